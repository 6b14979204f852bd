"""What was said: claims about structures, read out of texts for a person to approve."""
