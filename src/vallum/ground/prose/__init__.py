"""Text as people write it: markup, sentences, numbers in words, units."""
