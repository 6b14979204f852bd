"""How coarsely a claim is told: whole cells of one fixed grid, whole months, quarters or years.

Nothing here is random. Noise averages out when a thing is told again (30 re-noised releases of
500 m come back to 183 m, measured) and leaves the likely places likely; a fixed grid gives the same
answer every time, whoever asks, and two answers of the same grid never intersect in less than one
of its cells. The coarser grids are made of whole cells of the finer ones, for the same reason.

How many people live in a cell is not known here: the packaged gazetteer has no populations, and a
number of records is no number of possible observers. So what a source risks decides how many
cells are told together, and nobody is promised a crowd of a certain size.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from vallum.ground.errors import BadSetting
from vallum.ground.saidkinds import Precision, Risk
from vallum.ground.span import Span, Spans
from vallum.ground.statements import Dated

LEAST_CELL_M = 5000
UNPLACED, UNDATED = "cannot be placed", "no date stated"
_TOGETHER = {Risk.LOW: 1, Risk.MEDIUM: 1, Risk.HIGH: 2, Risk.EXTREME: 4}
_CLOSE = frozenset({Precision.EXACT, Precision.VICINITY, Precision.LOCALITY})
_STEPS = (1, 2, 5)

Bracket = tuple[date | None, date | None]
Amount = tuple[float, float]


class Grain(StrEnum):
    """What a time is widened to."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @classmethod
    def of(cls, risk: Risk) -> Grain:
        """Return the grain that the risk of a source asks for.

        Seasons are quarters of the calendar year: a winter lies in two years, so a winter and a
        year, told one after the other, would leave a single month.
        """
        if risk.is_protected:
            return cls.YEAR
        return cls.QUARTER if risk is Risk.MEDIUM else cls.MONTH

    @property
    def n_months(self) -> int:
        """Its length."""
        return {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}[self]


@dataclass(frozen=True, kw_only=True)
class Grid:
    """The cells of a frontier, from chainage 0; the same for all claims and all releases.

    What is left at the far end belongs to the last cell: no cell is shorter than `cell_m`, unless
    the frontier is.

    Args:
        cell_m: length of a cell.
        length_m: of the whole frontier.

    Raises:
        BadSetting: the cells are shorter than 5 km.
    """

    cell_m: int
    length_m: int

    def __post_init__(self) -> None:
        if self.cell_m < LEAST_CELL_M:
            raise BadSetting(
                f"release.cell_m is {self.cell_m}; nothing was told, claims are never told more "
                f"closely than {LEAST_CELL_M} m: set it to that or more"
            )

    def cells(self, spans: Spans, risk: Risk = Risk.LOW) -> Spans:
        """Return the whole cells that `spans` touch; more of them together where risk is high."""
        block_m = self.cell_m * _TOGETHER[risk]
        last = max(1, self.length_m // block_m) - 1
        numbers = {
            min(number, last)
            for span in spans
            for number in range(span.start_m // block_m, (span.end_m - 1) // block_m + 1)
        }
        ends = {last: max(self.length_m, block_m * last + 1)}
        return Spans(Span(n * block_m, ends.get(n, (n + 1) * block_m)) for n in numbers)

    def refusal(self, earlier_m: Iterable[int]) -> str:
        """Say why these cells may not follow the earlier ones; empty where they may.

        Cells that are finer, or whose borders lie elsewhere, give less than one cell when they are
        laid over the earlier ones.
        """
        for known_m in sorted(set(earlier_m), reverse=True):
            if self.cell_m % known_m:
                finer = "finer than" if self.cell_m < known_m else "no whole number of"
                return (
                    f"release.cell_m is {self.cell_m}, {finer} the cells of {known_m} m that an "
                    "earlier release told: both together would tell places more closely than "
                    f"either; set it back to {known_m}"
                )
        return ""


# -- places -----------------------------------------------------------------------------------


def place_words(cells: Spans, towns: Sequence[tuple[str, int]] = (), *, near: bool = False) -> str:
    """Return cells in words: "border km 805 to 810 (nearest town Hoeryong)".

    The town follows from the cells alone, so it tells no more than they do; it need not be the one
    that the claim speaks of.

    Args:
        cells: whole cells; none where the claim cannot be placed.
        towns: name and chainage.
        near: name the town nearest to the middle of the cells, if its own cell is among them.
    """
    if not cells:
        return UNPLACED
    words = " and ".join(f"{_km(part.start_m)} to {_km(part.end_m)}" for part in cells)
    inside = [(abs(at_m - _middle_m(cells)), name) for name, at_m in towns if at_m in cells]
    return f"border km {words}" + (f" (nearest town {min(inside)[1]})" if near and inside else "")


def is_close(precisions: Iterable[Precision]) -> bool:
    """Say whether a town may be named: the claim itself speaks of a town or a spot."""
    said = list(precisions)
    return bool(said) and all(one in _CLOSE for one in said)


def _middle_m(cells: Spans) -> float:
    hull = cells.hull
    return hull.middle_m if hull else 0.0


def _km(at_m: int) -> str:
    return f"{at_m / 1000:,.1f}".removesuffix(".0")


# -- times ------------------------------------------------------------------------------------


def bracket_of(dates: Iterable[Dated]) -> Bracket:
    """Return the first and the last day that a claim's dates can mean; None where open."""
    said = list(dates)
    firsts = [one.first for one in said]
    lasts = [one.last for one in said]
    first = min((day for day in firsts if day), default=None) if all(firsts) else None
    last = max((day for day in lasts if day), default=None) if all(lasts) else None
    return first, last


def widened(bracket: Bracket, grain: Grain) -> Bracket:
    """Return the whole months, quarters or years that a bracket touches."""
    first, last = bracket
    size = grain.n_months
    if first:
        first = date(first.year, (first.month - 1) // size * size + 1, 1)
    if last:
        month = ((last.month - 1) // size + 1) * size
        last = date(last.year, month, calendar.monthrange(last.year, month)[1])
    return first, last


def time_words(bracket: Bracket) -> str:
    """Return whole months in words: "April 2019", "January to March 2020", "2019 to 2021"."""
    first, last = bracket
    if first is None and last is None:
        return UNDATED
    if last is None:
        return f"{_month(first)} or later"
    if first is None:
        return f"{_month(last)} or earlier"
    if (first.month, last.month) == (1, 12):
        return f"{first.year}" if first.year == last.year else f"{first.year} to {last.year}"
    if (first.year, first.month) == (last.year, last.month):
        return _month(last)
    begin = calendar.month_name[first.month] if first.year == last.year else _month(first)
    return f"{begin} to {_month(last)}"


def _month(day: date | None) -> str:
    return f"{calendar.month_name[day.month]} {day.year}" if day else ""


# -- amounts ----------------------------------------------------------------------------------


def rounded_out(amount: Amount) -> Amount:
    """Return an amount as steps of 1, 2, 5, 10, 20 ... that hold it; NaN stays where it is open.

    An exact number is known to few people.
    """
    low, high = amount
    return _step(low, up=False), _step(high, up=True)


def _step(value: float, *, up: bool) -> float:
    if not math.isfinite(value) or value <= 0:
        return value if math.isfinite(value) else math.nan
    exponent = math.floor(math.log10(value))
    steps = [float(f"{step}e{exponent + more}") for more in (-1, 0, 1) for step in _STEPS]
    fitting = [step for step in steps if (step >= value if up else step <= value)]
    return min(fitting) if up else max(fitting)
