"""Numbers and names as words; the only place where anything is rounded.

Lengths of 10 km and more are printed in kilometres with one decimal, shorter ones in metres. A
number under the words "at least" is rounded down and bounds are rounded outwards, so that rounding
never claims more than was found.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from vallum.ground.kinds import Basis, Change, Kind, Status
from vallum.ground.numbers import BOUNDS, ESTIMATED, IF_AT_RANDOM, Parts, parts_of
from vallum.ground.records import Estimate, Finding
from vallum.ground.when import When

THIN = "\u202f"  # narrow no-break space between a number and its unit
MINUS = "\u2212"
FROM_KM_M = 10_000
AT_LEAST, AT_MOST = "at least", "at most"
NO_NUMBER = "no number"
EXACT = "exact"
_ACCOUNTS = ("counted", "measured", "as listed")  # zero confirmed is no exact zero
BOTH_EQUAL = "low and high are equal"
NO_UPPER_BOUND = "no upper bound"
# No half posts, even where they were estimated.
_WHOLE = frozenset({"posts", "candidates", "findings"})

RULE = (
    "Lengths of 10 km and more are printed in kilometres with one decimal, shorter ones in "
    "metres; a number after “at least” and every lower bound is rounded down. All of them stand in "
    "report.json unrounded."
)


_INFERRED = frozenset({Basis.SAMPLED, Basis.BOUNDS, Basis.ASSUMPTION, Basis.CHOSEN_AREA})
"""Numbers that were worked out: to the metre they would promise more than they hold."""


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
    if not math.isfinite(estimate.value):
        return NO_NUMBER if estimate.reason else "–"  # bounds have no middle
    if estimate.basis in _INFERRED:
        return _scaled(estimate).text(estimate.value, way_of(estimate))
    return quantity_text(estimate.value, estimate.unit, way_of(estimate))


def quantity_text(value: float, unit: str, way: Way = Way.NEAREST) -> str:
    """A number in the unit of an estimate; kilometres become a length."""
    if unit == "km":
        return length_text(value * 1000, way)
    return number_text(value, way) + ("" if unit in {"", "1"} else THIN + unit)


def way_of(estimate: Estimate) -> Way:
    """Away from what would claim too much: `at least` down, `at most` up, else to the nearest."""
    if estimate.wording.strip().lower().startswith(AT_MOST):
        return Way.UP
    return Way.DOWN if is_at_least(estimate) else Way.NEAREST


def bounds_text(estimate: Estimate) -> str:
    """The bounds as `low to high`, rounded outwards; empty where the estimate has none.

    Where nothing limits what may stand on unknown border, it says so and how much border that is.
    """
    low, high, unit = estimate.low, estimate.high, estimate.unit
    if not math.isfinite(low) and not math.isfinite(high):
        return ""
    if estimate.basis in _INFERRED and math.isfinite(low) and math.isfinite(high):
        return _scaled(estimate).range_text(low, high) if low < high else ""
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


@dataclass(frozen=True, kw_only=True)
class Scaled:
    """How numbers that stand side by side are printed, so that they can be compared by eye.

    Kilometres with one decimal, or metres where all of them are under a kilometre; things that
    are counted are whole.
    """

    unit: str
    is_small: bool = False

    @classmethod
    def over(cls, numbers: Iterable[float], unit: str) -> Scaled:
        """Return how to print `numbers`, in `unit`; those that are not finite do not matter."""
        most = max((abs(one) for one in numbers if math.isfinite(one)), default=0.0)
        return cls(unit=unit, is_small=unit == "km" and most < 1)

    def text(self, value: float, way: Way = Way.NEAREST) -> str:
        """One number with its unit."""
        if self.unit == "km":
            metres = value * 1000
            return length_text(metres, way) if self.is_small else km_text(metres, way)
        if self.unit in _WHOLE:
            return _signed(f"{_rounded(value, 0, way):,.0f}{THIN}{self.unit}")
        return quantity_text(value, self.unit, way)

    def range_text(self, low: float, high: float, between: str = " to ") -> str:
        """Both ends, rounded outwards; the unit stands once where it is the same."""
        least, most = self.text(low, Way.DOWN), self.text(high, Way.UP)
        number, _, unit = least.partition(THIN)
        return f"{number if unit == most.partition(THIN)[2] else least}{between}{most}"


def _scaled(estimate: Estimate) -> Scaled:
    return Scaled.over((estimate.value, estimate.low, estimate.high), estimate.unit)


def is_at_least(estimate: Estimate) -> bool:
    """Whether the evidence allows a lower bound only."""
    return estimate.wording.strip().lower().startswith(AT_LEAST)


_LABELS = {
    "frontier_km": "border that was asked about",
    "border_km_changed": "border with changed infrastructure",
    "border_km_unchanged": "border compared, no change confirmed",
    "border_km_indeterminate": "border where it cannot be told",
    "border_km_not_comparable": "border that could not be compared",
    "border_km_not_examined": "border not examined yet",
    "border_km_comparable": "border that could be compared",
    "findings_on_coarse_images": "confirmed findings on images too coarse for their class",
    "border_km_with_new_infrastructure": "border with new or upgraded infrastructure",
    "border_km_with_removed_infrastructure": "border with removed infrastructure",
    "barrier_km_all_new": "new barrier, all classes",
    "barrier_km_all_upgraded": "upgraded barrier, all classes",
    "barrier_km_all_removed": "removed barrier, all classes",
    "posts_new": "new posts",
    "posts_removed": "removed posts",
    "border_km_fenced": "border with any barrier standing after",
    "border_km_fenced_before": "border with any barrier standing before",
    "barrier_km_all_extended": "extended barrier, all classes",
    "barrier_km_all_replaced": "replaced barrier, all classes",
    "barrier_km_standing_before": "barrier standing before, all layers",
    "barrier_km_standing_after": "barrier standing after, all layers",
    "layer_gap_m_primary_to_secondary": "gap from primary to secondary layer",
    "layer_gap_m_secondary_to_tertiary": "gap from secondary to tertiary layer",
    "posts_net_change": "posts, new less removed",
    "posts_before_per_border_km_comparable": "posts standing before per km of comparable border",
    "posts_after_per_border_km_comparable": "posts standing after per km of comparable border",
    "posts_after_per_fence_km": "posts standing after per km of fence",
    "post_spacing_m_of_border_comparable_before": "border per post before, compared border",
    "post_spacing_m_of_border_comparable_after": "border per post after, compared border",
    "post_spacing_m_of_fence_after": "fence per post after",
    "posts_stock_before": "posts standing before",
    "posts_stock_after": "posts standing after",
    "posts_new_per_border_km_comparable": "new posts per km of comparable border",
    "candidates_unreviewed": "unreviewed candidates",
    "barrier_km_undated": "barrier that stood there on its oldest image already",
    "barrier_km_not_enough_looks": "barrier of which older images were not looked at",
    "barrier_km_imported_all": "imported barrier, all classes",
    "repeated_geometries_imported": "imported lines that repeat another exactly",
    "barrier_km_repeated_imported": "imported barrier that repeats another exactly",
}
_IF = "only if what was not seen is like what was seen"
_FORMS = {ESTIMATED: "estimated from a sample", BOUNDS: "what is possible", IF_AT_RANDOM: _IF}
_KINDS = {
    "all": "all barriers",
    "primary": "primary layer",
    "secondary": "secondary layer",
    "tertiary": "tertiary layer (third or further)",
    "temporary": "temporary barrier",
    "permanent": "permanent barrier",
    "life_unknown": "barrier of unknown life",
}


def label_of(name: str) -> str:
    """What an estimate's name means, in words."""
    parts = parts_of(name)
    words = [_counted_label(parts)]
    if parts.form:
        words.append(_FORMS[parts.form])
    if parts.section:
        words.append(f"in {area_text(parts.section)} only")
    return ", ".join(words)


def dated_text(finding: Finding) -> str:
    """What the looks say of when a thing was built and removed, in sentences; empty if nothing."""
    first, last, dating = finding.first_seen, finding.last_absent, str(finding.dating)
    built = finding.built
    said = ""
    if dating == "left-censored" and first:
        said = f"Stood there on the oldest image already, by {first}. "
    elif dating == "not enough looks" and first:
        said = f"Stood there by {first}; older images were not looked at. "
    elif dating == "right-censored" and last:
        said = f"Begun, and not standing on the newest image, {last}. "
    elif dating == "conflicting" and first and last:
        said = f"Images contradict each other; between {last} and {first} at the widest. "
    elif built:
        said = f"Built between {built.earliest} and {built.latest}. "
    if finding.removed:
        said += f"Removed between {finding.removed.earliest} and {finding.removed.latest}. "
    return said.strip()


def area_text(section: str) -> str:
    """The part of the border that the name of a number speaks of: `km 12.5–15`."""
    where = re.fullmatch(r"km_([\d.]+)_([\d.]+)", section)
    return f"km {where[1]}–{where[2]}" if where else section.replace("_", " ")


def _counted_label(parts: Parts) -> str:
    """What is counted, whatever is then said of it."""
    name = replace(parts, section="", form="").name
    if name in _LABELS:
        return _LABELS[name]
    says = {
        "kind": _KINDS.get(parts.kind, parts.kind.replace("_", " ")),
        "change": parts.change,
        "at": parts.at,
        "metres": f"{int(parts.at[:-2]):,}{THIN}m" if parts.at.endswith("_m") else "",
        "stage": STAGE_LABELS.get(parts.change, parts.change),
    }
    template = _TEMPLATES.get((parts.quantity, bool(parts.kind)))
    return template.format(**says) if template else name.replace("_", " ")


_TEMPLATES = {
    # By quantity, and whether a class stands in the name.
    ("border_km_with_imported_barrier_within", True): "border with an imported barrier ({kind}) "
    "within {metres}",
    ("border_km_with_imported_barrier_within", False): "border with an imported barrier within "
    "{metres}",
    ("border_km_with_infrastructure", False): "border with {change} infrastructure",
    ("border_km_comparable", True): "border that could be compared for a {kind}",
    ("barrier_km_imported", True): "imported barrier: {kind}",
    ("barrier_km", True): "{kind}, {change}",
    ("barrier_km_built_by", False): "barrier built by {at}",
    ("barrier_km_built_by", True): "{kind} built by {at}",
    ("barrier_km_removed_by", False): "barrier removed by {at}",
    ("barrier_km_removed_by", True): "{kind} removed by {at}",
    ("barrier_km_at_stage", False): "barrier, last seen {stage}",
    ("posts", True): "{kind}s, {change}",
    ("posts", False): "{change} posts",
    ("posts_stock", True): "{kind}s standing {at}",
    ("posts_per_border_km_comparable", False): "{change} posts per km of comparable border",
    ("posts_per_fence_km", False): "{change} posts per km of fence",
}


def thing_of(name: str) -> str:
    """Which of the two lengths that are never mixed a name is about; empty for counts."""
    if name.startswith("barrier_km"):
        return "of barrier"
    if name.startswith(("border_km", "frontier_km")):
        return "of border"
    return ""


CHANGE_LABELS = {
    Change.NEW: "new",
    Change.EXTENDED: "extended",
    Change.UPGRADED: "upgraded",
    Change.REPLACED: "replaced",
    Change.REMOVED: "removed",
    Change.UNCHANGED: "there already",
}
STAGE_LABELS = {
    "cleared": "as a cleared strip",
    "groundwork": "as groundwork",
    "partial": "standing in part",
    "complete": "complete",
    "removed": "removed",
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
