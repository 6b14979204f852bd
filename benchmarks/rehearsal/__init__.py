"""Dress rehearsal of the whole border: 1,418 km of SIMULATED images, every step run to its end."""
