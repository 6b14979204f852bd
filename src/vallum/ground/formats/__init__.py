"""Readers for vector files from outside; they run in the limited process only."""
