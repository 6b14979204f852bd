"""Chance that is the same on every machine."""

from __future__ import annotations

import hashlib

import numpy as np


def generator(*parts: object) -> np.random.Generator:
    """Return a random generator (PCG64) whose stream follows from `parts` alone.

    Args:
        parts: anything with a stable text form: numbers, words, ids. The order counts.
    """
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16])))
