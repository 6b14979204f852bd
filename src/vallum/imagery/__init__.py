"""What can be seen, and when: images come in, are looked at, paired and laid on a grid."""
