"""Amounts as they are printed in pairs: kilometres with miles, a change with the stock."""

from __future__ import annotations

import math
from dataclasses import dataclass

_MILE_KM = 1.609344
_FOOT_M = 0.3048

PAIRS: dict[str, tuple[str, float]] = {
    "km": ("mi", _MILE_KM),
    "m": ("ft", _FOOT_M),
    "km2": ("sq mi", _MILE_KM**2),
    "ha": ("acre", _MILE_KM**2 * 100 / 640),
}
"""Metric unit: the other unit, and how many of the first are one of the second.

Exact by definition: a foot is 0.3048 m and a mile 5,280 feet (the international yard of 1959), an
acre 1/640 of a square mile.
"""

_SLACK = 1e-9  # binary dust must not turn 9.2 into 9.1


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One amount in two units, each as it is to be printed.

    Args:
        value: rounded to `digits`.
        unit: metric unit.
        digits: decimals of `value`.
        other: rounded to `other_digits`.
        other_unit: the other unit.
        other_digits: decimals of `other`.
    """

    value: float
    unit: str
    digits: int
    other: float
    other_unit: str
    other_digits: int

    def __str__(self) -> str:
        first = f"{self.value:,.{max(self.digits, 0)}f}"
        second = f"{self.other:,.{max(self.other_digits, 0)}f}"
        return f"{first} {self.unit} ({second} {self.other_unit})"


def rounded(value: float, digits: int, way: int = 0) -> float:
    """Return a value with so many decimals (negative: tens, hundreds).

    Args:
        value: what to round.
        digits: decimals.
        way: -1 never up (after "at least"), 1 never down, 0 to the nearest, halves away from zero
            as people do it.
    """
    scale = 10.0**digits
    scaled = value * scale
    if way < 0:
        return math.floor(scaled + _SLACK) / scale
    if way > 0:
        return math.ceil(scaled - _SLACK) / scale
    return math.copysign(math.floor(abs(scaled) + 0.5 + _SLACK), scaled) / scale


def unit_pair(value: float, unit: str, digits: int = 0, *, way: int = 0) -> Pair:
    """Return an amount in its metric unit and in the other one.

    The second number is made from the first **as printed**, so that a reader who converts the one
    gets the other. It has the decimals of the first: miles, feet, square miles and acres are all
    within a factor of four of their partner.

    Args:
        value: the amount, unrounded.
        unit: km, m, km2 or ha.
        digits: decimals to print; negative for tens or hundreds.
        way: as in `rounded`; the second is rounded the same way.

    Raises:
        KeyError: the unit has no partner in `PAIRS`.
    """
    other_unit, factor = PAIRS[unit]
    first = rounded(value, digits, way)
    return Pair(
        value=first, unit=unit, digits=digits,
        other=rounded(first / factor, digits, way), other_unit=other_unit, other_digits=digits,
    )  # fmt: skip


def change_text(added: float, removed: float = 0, before: float | None = None) -> str:
    """Return a change together with the stock, in the one form that cannot be misread.

    `+169, 5 -> 174`; with removals `+169, -3, 5 -> 171`; `+169, stock not recorded` where nobody
    recorded what stood before.

    Args:
        added: how many were added.
        removed: how many were taken away.
        before: how many stood before; None when not recorded.
    """
    text = f"+{added:,.0f}" + (f", -{removed:,.0f}" if removed else "")
    if before is None:
        return f"{text}, stock not recorded"
    return f"{text}, {before:,.0f} -> {before + added - removed:,.0f}"
