"""Chance by hash: the same on every machine and with every version of every library.

Generators of libraries may change their streams between versions (NumPy says so in NEP 19); what
was drawn for a review must be drawn again years later.
"""

from __future__ import annotations

import hashlib

_BITS = 53  # what a float holds exactly


def draw(*parts: object) -> float:
    """Return a number in [0, 1) that follows from `parts` alone.

    Args:
        parts: numbers, words, ids; the order counts.
    """
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode("utf-8", "replace")).digest()
    return float(int.from_bytes(digest[:8]) >> (64 - _BITS)) / float(1 << _BITS)
