"""Simulation: a stretch of border with known truth, for the demo, tests and benchmarks.

Everything made here is SIMULATED and says so: in the tags and names of its files, in `Scene` rows
and in verdicts.
"""
