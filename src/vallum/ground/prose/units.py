"""Units of length and area as they are written, and what they come to in metres."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Measure(StrEnum):
    """What a number measures."""

    LENGTH = "length"
    AREA = "area"
    SHARE = "share"
    FOLD = "fold"
    COUNT = "count"


@dataclass(frozen=True)
class Unit:
    """A unit: how it is printed, what it measures, and how many SI units it is."""

    name: str
    measure: Measure
    factor: float
    pattern: str


COUNT = Unit("", Measure.COUNT, 1.0, r"(?!)")
FOLD = Unit("-fold", Measure.FOLD, 1.0, r"fold")
PERCENT = Unit("%", Measure.SHARE, 0.01, r"%|per\s?cent|pct\b")
UNITS = (
    # International mile, foot, yard and acre of 1959; square units before plain ones.
    Unit("sq mi", Measure.AREA, 2_589_988.11, r"square[ -]miles?|sq\.?\s?mi(?:les?)?|mi2|mi²"),
    Unit("km2", Measure.AREA, 1e6, r"square[ -]kilomet(?:er|re)s?|sq\.?\s?kms?|km2|km²|km\^2"),
    Unit("m2", Measure.AREA, 1.0, r"square[ -]met(?:er|re)s?|sq\.?\s?m|m2|m²"),
    Unit("ha", Measure.AREA, 1e4, r"hectares?|ha"),
    Unit("acres", Measure.AREA, 4_046.856_422_4, r"acres?"),
    Unit("km", Measure.LENGTH, 1000.0, r"kilomet(?:er|re)s?|kms?"),
    Unit("mi", Measure.LENGTH, 1609.344, r"miles?|mi"),
    Unit("cm", Measure.LENGTH, 0.01, r"centimet(?:er|re)s?|cm"),
    Unit("ft", Measure.LENGTH, 0.3048, r"feet|foot|ft"),
    Unit("yd", Measure.LENGTH, 0.9144, r"yards?|yds?"),
    Unit("m", Measure.LENGTH, 1.0, r"met(?:er|re)s?|m"),
    PERCENT,
    FOLD,
)
_BY_GROUP = {f"u{i}": unit for i, unit in enumerate(UNITS)}
SPACE = r"[ \t\u00a0\u2009\u202f]"
_AFTER = re.compile(
    rf"(?:{SPACE}|\n|-|‑){{0,2}}(?:"
    + "|".join(f"(?P<u{i}>{unit.pattern})" for i, unit in enumerate(UNITS))
    + r")(?![A-Za-z0-9²³/])(?!\^)",
    re.IGNORECASE,
)
_IS_PLURAL = re.compile(r"(?:s|feet)$", re.IGNORECASE)


def unit_after(text: str, at: int) -> tuple[Unit, int] | None:
    """Return the unit written at `at` of `text` and where it ends, or None."""
    match = _AFTER.match(text, at)
    if match is None or match.lastgroup is None:
        return None
    unit = _BY_GROUP[match.lastgroup]
    # "5 M" is five million and "MI" is no mile; lower case only for the shortest names.
    written = match.group(match.lastgroup)
    if written in {"M", "MI", "HA", "FT", "Mi", "Ha"}:
        return None
    return unit, match.end()


def unit_named(name: str) -> Unit | None:
    """Return the unit called `name` in a table, such as `km` or `miles`; None if unknown."""
    found = unit_after(name.strip(), 0)
    return found[0] if found is not None and found[1] == len(name.strip()) else None
