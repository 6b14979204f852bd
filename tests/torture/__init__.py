"""The promises F1 to F15 of `docs/explain/trust.md`, each measured by a module of its own.

`make torture` measures them in full and writes the page; the tests measure the same in the small.
Every module `fN_*.py` has `NAME`, `WHAT`, `PROMISED` (words per size) and `measure`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

SEED = int(os.environ.get("VALLUM_TORTURE_SEED", "1"))
"""Random points (where to kill, which bit to flip) follow from it; another number, other points."""


class Size(StrEnum):
    """How much is done: as in the tests, or as before a release."""

    CI = "ci"
    RELEASE = "release"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One promise, measured.

    Args:
        measured: what came out, in words and numbers; the same kind of words as what is promised.
        holds: nothing was lost, let through or overlooked.
        in_time: the promised times, rates and growths were kept; None where none is promised.
            Only `make torture` ends with an error over these: tests run on loaded machines.
        misses: a line for each thing that does not hold, by name.
        notes: what a reader must know to judge the number: what could not be done here.
    """

    measured: str
    holds: bool
    in_time: bool | None = None
    misses: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Promise(Protocol):
    """What each module offers."""

    NAME: str
    WHAT: str
    PROMISED: dict[Size, str]

    def measure(self, size: Size, folder: Path) -> Figure:
        """Measure it in an empty folder."""
        ...
