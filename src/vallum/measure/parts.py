"""What an estimate is made from, and what it says: strata with their readings, and a figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from math import inf, nan

import numpy as np
from numpy.typing import NDArray

from vallum.ground.errors import BadInput
from vallum.ground.geodesy import Floats, Ints

Bools = NDArray[np.bool_]


class First(IntEnum):
    """Class of the first answer about a stretch, as `Part.answers` holds it."""

    NO = 0
    YES = 1
    CANNOT_TELL = 2


MIN_POSITIVE = 10
"""Fewest stretches with something in them that a number is made from."""

MIN_DIVIDED = 2 * MIN_POSITIVE
"""The same where the border was divided: the few that stand in a large part weigh much there."""


def least_positive(n_parts: int) -> int:
    """Return how many stretches with something in them a number needs."""
    return MIN_DIVIDED if n_parts > 1 else MIN_POSITIVE


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """One stratum: how large it is, and what was read of the units drawn from it.

    `y` may be metres or a number of things (posts), and may be negative (gained less lost).

    Args:
        name: of the stratum.
        n_units: units in the population.
        size_m: metres in the population.
        y: (n,) value read per unit drawn, in order along the line.
        m: (n,) metres of each unit drawn.
        x: (n,) the machine's value of the same; None where there is no map.
        x_total: its sum over all units of the population, drawn or not.
        reference: (n,) second reading, NaN where there is none.
        answers: (n,) class of the first answer: 0 no, 1 yes, 2 cannot tell.
    """

    name: str
    n_units: int
    size_m: float
    y: Floats
    m: Floats
    x: Floats | None = None
    x_total: float = nan
    reference: Floats | None = None
    answers: Ints | None = None

    @property
    def n(self) -> int:
        """Units drawn."""
        return len(self.y)

    @property
    def fraction(self) -> float:
        """Share of the units that was drawn."""
        return self.n / self.n_units

    @property
    def scale(self) -> float:
        """What a rate per metre is multiplied with; metres for each unit drawn, if not known."""
        return self.size_m if self.size_m > 0 else self.n_units * float(np.mean(self.m))


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One estimated total, with what an editor must know of it.

    Args:
        value: the total; NaN where there is no number.
        low: lower end of the interval.
        high: upper end.
        se: standard error.
        df: degrees of freedom of the standard error.
        n: units read.
        n_positive: units in which something was read.
        estimator: short name of the method.
        reason: why there is no number; empty where there is one.
        notes: what was done, in plain sentences.
    """

    value: float
    low: float
    high: float
    se: float
    df: float
    n: int
    n_positive: int
    estimator: str
    reason: str = ""
    notes: tuple[str, ...] = ()

    def noting(self, *notes: str) -> Figure:
        """Return the same figure with more notes."""
        return replace(self, notes=(*self.notes, *notes))


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What is known of the total before the sample speaks.

    Args:
        floor: least possible total: what was observed without a sample.
        ceiling: largest possible total.
        is_length: True where a unit cannot hold more than its metres.
        level: chance of the interval to hold the true total.
    """

    floor: float = 0.0
    ceiling: float = inf
    is_length: bool = True
    level: float = 0.95


UNBOUNDED = Bounds()
"""Metres of border of which nothing is known beforehand."""


def refused(parts: Sequence[Part], estimator: str, reason: str) -> Figure:
    """Return a figure without a number, and why."""
    return Figure(
        value=nan,
        low=nan,
        high=nan,
        se=nan,
        df=nan,
        n=sum(part.n for part in parts),
        n_positive=positives(parts),
        estimator=estimator,
        reason=reason,
    )


def positives(parts: Sequence[Part]) -> int:
    """Return the number of units in which something was read."""
    return sum(int(np.count_nonzero(part.y)) for part in parts)


def check(parts: Sequence[Part]) -> None:
    """Check that the numbers of each stratum fit each other.

    Raises:
        BadInput: lengths of arrays differ, more was drawn than there is, or a value is not finite.
    """
    if not parts:
        raise BadInput("an estimate needs at least one part of the border; none was given")
    for part in parts:
        arrays = (part.m, part.x, part.reference, part.answers)
        if any(array is not None and len(array) != part.n for array in arrays):
            raise BadInput(
                f"part {part.name}: the values of its {part.n} readings, their metres and the "
                "machine's values differ in number; give one of each per stretch"
            )
        if part.n > part.n_units:
            raise BadInput(
                f"part {part.name}: {part.n} readings of {part.n_units} stretches; a stretch "
                "read by several people counts once, with the mean of their values"
            )
        known = (part.y, part.m) if part.x is None else (part.y, part.m, part.x)
        if not all(np.isfinite(array).all() for array in known):
            raise BadInput(
                f"part {part.name}: a value is not finite; a stretch without a reading makes "
                "the whole survey unfinished"
            )
        if part.n and not (part.m > 0).all():
            raise BadInput(f"part {part.name}: a stretch of 0 m cannot be read")


def clamped(figure: Figure, parts: Sequence[Part], bounds: Bounds) -> Figure:
    """Keep a figure within what was observed and what there is, and say so where it matters."""
    floor = bounds.floor
    if floor >= 0:
        floor = max(floor, sum(_observed(part) for part in parts))
    ceiling = bounds.ceiling
    if bounds.is_length:
        ceiling = min(ceiling, sum(part.scale for part in parts))
    floor = min(floor, ceiling)
    known = min(bounds.floor, ceiling)
    if known > figure.high and not math.isclose(known, figure.high, rel_tol=1e-6):
        return refused(parts, figure.estimator, _contradiction(known, figure.high, bounds))
    low, high, value = (
        float(min(max(v, floor), ceiling)) for v in (figure.low, figure.high, figure.value)
    )
    notes: tuple[str, ...] = ()
    if value != figure.value and not math.isclose(value, figure.value, rel_tol=1e-9):
        notes = ("the estimate itself was moved to what is possible, given what was observed",)
    elif figure.low < floor and floor > 0:
        notes = ("the lower end is what was observed: less cannot be",)
    said = replace(figure, low=low, high=high, value=value, df=float(figure.df))
    return said.noting(*notes)


def _contradiction(floor: float, high: float, bounds: Bounds) -> str:
    least, most = f"{floor:,.0f}", f"{max(high, 0.0):,.0f}"
    if bounds.is_length:
        least, most = f"{floor / 1000:,.1f} km", f"{high / 1000:,.1f} km"
    return (
        f"at least {least} are confirmed, the sample gives at most {most}: they contradict each "
        "other; look for what readers missed, or read a second time"
    )


def _observed(part: Part) -> float:
    """Return what was read of the units drawn; the second reading counts where there is one."""
    if part.reference is None:
        return float(np.maximum(part.y, 0).sum())
    # Of units that nobody read again the first reading may be wrong: they set no floor.
    return float(np.nansum(np.maximum(part.reference, 0)))
