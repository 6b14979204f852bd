"""Numbers and names as words; the only place where anything is rounded.

Lengths of 10 km and more are printed in kilometres with one decimal, shorter ones in metres. A
number under the words "at least" is rounded down and bounds are rounded outwards, so that rounding
never claims more than was found.
"""

from __future__ import annotations

import math
import re
from enum import Enum

from vallum.ground.kinds import Change, Kind, Status
from vallum.ground.records import Estimate
from vallum.ground.when import When

THIN = "\u202f"  # narrow no-break space between a number and its unit
MINUS = "\u2212"
FROM_KM_M = 10_000
AT_LEAST = "at least"
EXACT = "exact"
_ACCOUNTS = ("counted", "measured", "as listed")  # zero confirmed is no exact zero
BOTH_EQUAL = "low and high are equal"
NO_UPPER_BOUND = "no upper bound"

RULE = (
    "Lengths of 10 km and more are printed in kilometres with one decimal, shorter ones in "
    "metres; a number after “at least” and every lower bound is rounded down. All of them stand in "
    "report.json unrounded."
)


class Way(Enum):
    """Which way a number is rounded."""

    NEAREST = "nearest"
    DOWN = "down"
    UP = "up"


def length_text(metres: float, way: Way = Way.NEAREST) -> str:
    """A length with its unit: `18.7 km`, or `9,214 m` below 10 km."""
    if not math.isfinite(metres):
        return "not known"
    if abs(metres) >= FROM_KM_M:
        return _signed(f"{_rounded(metres / 1000, 1, way):,.1f}{THIN}km")
    return _signed(f"{_rounded(metres, 0, way):,.0f}{THIN}m")


def metres_text(metres: float) -> str:
    """A small shift or residual: metres with two decimals, `–` where there is none."""
    return _signed(f"{metres + 0.0:.2f}{THIN}m") if math.isfinite(metres) else "–"


def _signed(text: str) -> str:
    return text.replace("-", MINUS)


def whole_length_text(metres: float) -> str:
    """A round length, as of a scale bar: `5 km`, `200 m`."""
    if metres >= 1000:
        return f"{metres / 1000:,.10g}{THIN}km"
    return f"{metres:,.10g}{THIN}m"


def km_text(metres: float, way: Way = Way.NEAREST) -> str:
    """A length in kilometres with one decimal; in metres where that would say 0.0."""
    if math.isfinite(metres) and 0 < metres < 100:
        return f"{_rounded(metres, 0, way):,.0f}{THIN}m"
    return f"{_rounded(metres / 1000, 1, way):,.1f}{THIN}km"


def number_text(value: float, way: Way = Way.NEAREST) -> str:
    """A count or rate without unit: thousands separated, at most two decimals below 100."""
    if not math.isfinite(value):
        return "not known"
    if float(value).is_integer() or abs(value) >= 100:
        return _signed(f"{_rounded(value, 0, way):,.0f}")
    digits = 1 if abs(value) >= 10 else 2
    return _signed(f"{_rounded(value, digits, way):,.{digits}f}")


def share_text(share: float) -> str:
    """A share as a percentage; never 0 % or 100 % unless exactly so."""
    if not math.isfinite(share):
        return "not known"
    if 0 < share < 0.001:
        return f"under 0.1{THIN}%"
    if 0.999 < share < 1:
        return f"over 99.9{THIN}%"
    return f"{share * 100:.1f}{THIN}%"


def _rounded(value: float, digits: int, way: Way) -> float:
    scale = 10.0**digits
    # Binary dust must not turn 9.2 into 9.1.
    if way is Way.DOWN:
        return math.floor(value * scale + 1e-6) / scale
    if way is Way.UP:
        return math.ceil(value * scale - 1e-6) / scale
    return round(value, digits)


def value_text(estimate: Estimate) -> str:
    """The value of an estimate with its unit, as printed everywhere."""
    return quantity_text(estimate.value, estimate.unit, way_of(estimate))


def quantity_text(value: float, unit: str, way: Way = Way.NEAREST) -> str:
    """A number in the unit of an estimate; kilometres become a length."""
    if unit == "km":
        return length_text(value * 1000, way)
    return number_text(value, way) + ("" if unit in {"", "1"} else THIN + unit)


def way_of(estimate: Estimate) -> Way:
    """Down for what is only known to be at least so much, else to the nearest."""
    return Way.DOWN if is_at_least(estimate) else Way.NEAREST


def bounds_text(estimate: Estimate) -> str:
    """The bounds as `low to high`, rounded outwards; empty where the estimate has none.

    Where nothing limits what may stand on unknown border, it says so and how much border that is.
    """
    low, high, unit = estimate.low, estimate.high, estimate.unit
    if not math.isfinite(low) and not math.isfinite(high):
        return ""
    if low == high == estimate.value:
        is_account = estimate.wording.strip().lower().startswith(_ACCOUNTS)
        return EXACT if is_account else BOTH_EQUAL
    # The worst case of a length is the border itself: it is rounded as the border is.
    up = Way.NEAREST if unit == "km" and high >= FROM_KM_M / 1000 else Way.UP
    least, most = quantity_text(low, unit, Way.DOWN), quantity_text(high, unit, up)
    if not math.isfinite(high):
        text = NO_UPPER_BOUND
        if estimate.open_m:
            text += f": {length_text(estimate.open_m)} of border unknown"
        return text if low == estimate.value else f"{least} or more; {text}"
    if not math.isfinite(low):
        return f"{most} or less"
    number, _, word = least.partition(THIN)
    return f"{number if word == most.partition(THIN)[2] else least} to {most}"


def is_at_least(estimate: Estimate) -> bool:
    """Whether the evidence allows a lower bound only."""
    return estimate.wording.strip().lower().startswith(AT_LEAST)


_LABELS = {
    "frontier_km": "border that was asked about",
    "border_km_changed": "border with new, upgraded or removed infrastructure",
    "border_km_unchanged": "border compared, no change confirmed",
    "border_km_indeterminate": "border where it cannot be told",
    "border_km_not_comparable": "border that could not be compared",
    "border_km_not_examined": "border not examined yet",
    "border_km_comparable": "border that could be compared",
    "border_km_with_new_infrastructure": "border with new or upgraded infrastructure",
    "border_km_with_removed_infrastructure": "border with removed infrastructure",
    "barrier_km_all_new": "new barrier, all classes",
    "barrier_km_all_upgraded": "upgraded barrier, all classes",
    "barrier_km_all_removed": "removed barrier, all classes",
    "posts_new": "new posts",
    "posts_removed": "removed posts",
    "posts_stock_before": "posts standing before",
    "posts_stock_after": "posts standing after",
    "posts_new_per_border_km_comparable": "new posts per km of comparable border",
    "candidates_unreviewed": "unreviewed candidates",
    "barrier_km_imported_all": "imported barrier, all classes",
    "repeated_geometries_imported": "imported lines that repeat another exactly",
    "barrier_km_repeated_imported": "imported barrier that repeats another exactly",
}
_WITHIN = re.compile(r"border_km_with_imported_barrier(?:_(.+))?_within_(\d+)_m")
_BARRIER = re.compile(r"barrier_km_(.+)_(new|upgraded|removed|unchanged)")


def label_of(name: str) -> str:
    """What an estimate's name means, in words."""
    if name in _LABELS:
        return _LABELS[name]
    if match := _WITHIN.fullmatch(name):
        word = f" ({match[1].replace('_', ' ')})" if match[1] else ""
        return f"border with an imported barrier{word} within {int(match[2]):,}{THIN}m"
    if name.startswith("barrier_km_imported_"):
        return "imported barrier: " + name.removeprefix("barrier_km_imported_").replace("_", " ")
    if match := _BARRIER.fullmatch(name):
        return f"{match[1].replace('_', ' ')}, {match[2]}"
    return name.replace("_", " ")


def thing_of(name: str) -> str:
    """Which of the two lengths that are never mixed a name is about; empty for counts."""
    if name.startswith("barrier_km"):
        return "of barrier"
    if name.startswith(("border_km", "frontier_km")):
        return "of border"
    return ""


CHANGE_LABELS = {
    Change.NEW: "new",
    Change.UPGRADED: "upgraded",
    Change.REMOVED: "removed",
    Change.UNCHANGED: "there already",
}
STATUS_LABELS = {
    Status.CHANGED: "changed",
    Status.INDETERMINATE: "indeterminate",
    Status.UNCHANGED: "compared, no change confirmed",
    Status.NOT_EXAMINED: "not examined",
    Status.NOT_COMPARABLE: "not comparable",
}


def plural(count: int, one: str, many: str = "") -> str:
    """`1 post`, `2 posts`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def kind_label(category: Kind) -> str:
    """The class with a capital, as a row's heading."""
    return category.label.capitalize()


def km_mark(at_m: float, *, digits: int = 1) -> str:
    """A place on the line: `km 1,004.2`."""
    return f"km {at_m / 1000:,.{digits}f}"


def stretch_text(start_m: int, end_m: int) -> str:
    """A stretch of the line: `km 1,004.2-1,004.9`, in metres' detail when it is short."""
    digits = 1 if end_m - start_m >= 1000 else 3
    return f"km {start_m / 1000:,.{digits}f}–{end_m / 1000:,.{digits}f}"


def day_text(text: str) -> str:
    """A bracket of days for people: `2019-03-14`, `2019`, `2022 to 2023`, `2019-03-01 to ...`."""
    when = When.parse(text)
    first, last = when.earliest, when.latest
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        return f"{first.year}" if first.year == last.year else f"{first.year} to {last.year}"
    return f"{first}" if first == last else f"{first} to {last}"
