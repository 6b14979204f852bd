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
from datetime import date
from enum import Enum
from functools import lru_cache

from vallum.ground.kinds import Basis, Change, Kind, Status
from vallum.ground.numbers import BOUNDS, ESTIMATED, IF_AT_RANDOM, Parts, parts_of
from vallum.ground.records import Estimate, Finding
from vallum.ground.when import When
from vallum.report.tongue import ENGLISH, Spoken, many, said, say, sentences, spoken

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
        return say("not known")
    if abs(metres) >= FROM_KM_M:
        return f"{grouped(_rounded(metres / 1000, 1, way), 1)}{THIN}km"
    return f"{grouped(_rounded(metres, 0, way))}{THIN}m"


def metres_text(metres: float) -> str:
    """A small shift or residual: metres with two decimals, `–` where there is none."""
    return f"{grouped(metres + 0.0, 2)}{THIN}m" if math.isfinite(metres) else "–"


def exact_text(metres: int) -> str:
    """A length to the metre: `1,240,118 m`."""
    return f"{grouped(metres)}{THIN}m"


def grouped(value: float, digits: int = 0) -> str:
    """A number with that many decimals, its thousands set apart as the language does."""
    if spoken() == ENGLISH:
        return f"{value:,.{digits}f}".replace("-", MINUS)
    return _grouped(spoken(), value, digits)


@lru_cache(maxsize=20_000)
def _grouped(language: str, value: float, digits: int) -> str:
    from babel.numbers import format_decimal

    # What Python has rounded: Babel would round halves of binary numbers in its own way.
    shape = "#,##0" + (f".{'0' * digits}" if digits else "")
    text = format_decimal(f"{value:.{digits}f}", shape, locale=language.replace("-", "_"))
    return text.replace("-", MINUS)


def whole_length_text(metres: float) -> str:
    """A round length, as of a scale bar: `5 km`, `200 m`."""
    if metres >= 1000:
        return f"{metres / 1000:,.10g}{THIN}km"
    return f"{metres:,.10g}{THIN}m"


def km_text(metres: float, way: Way = Way.NEAREST) -> str:
    """A length in kilometres with one decimal; in metres where that would say 0.0."""
    if math.isfinite(metres) and 0 < metres < 100:
        return f"{grouped(_rounded(metres, 0, way))}{THIN}m"
    return f"{grouped(_rounded(metres / 1000, 1, way), 1)}{THIN}km"


def number_text(value: float, way: Way = Way.NEAREST) -> str:
    """A count or rate without unit: thousands separated, at most two decimals below 100."""
    if not math.isfinite(value):
        return say("not known")
    if float(value).is_integer() or abs(value) >= 100:
        return grouped(_rounded(value, 0, way))
    digits = 1 if abs(value) >= 10 else 2
    return grouped(_rounded(value, digits, way), digits)


def share_text(share: float) -> str:
    """A share as a percentage; never 0 % or 100 % unless exactly so."""
    if not math.isfinite(share):
        return say("not known")
    if 0 < share < 0.001:
        return say("under {share}", share=f"0.1{THIN}%")
    if 0.999 < share < 1:
        return say("over {share}", share=f"99.9{THIN}%")
    return f"{grouped(share * 100, 1)}{THIN}%"


def interval_text(interval: str) -> str:
    """An interval under its name: `95 % interval: 3 to 9`."""
    return say("95{space}% interval: {interval}", space=THIN, interval=interval)


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
        return said(NO_NUMBER) if estimate.reason else "–"  # bounds have no middle
    if estimate.basis in _INFERRED:
        return _scaled(estimate).text(estimate.value, way_of(estimate))
    return quantity_text(estimate.value, estimate.unit, way_of(estimate))


def quantity_text(value: float, unit: str, way: Way = Way.NEAREST) -> str:
    """A number in the unit of an estimate; kilometres become a length."""
    if unit == "km":
        return length_text(value * 1000, way)
    return number_text(value, way) + ("" if unit in {"", "1"} else THIN + said(unit))


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
        return said(EXACT) if is_account else said(BOTH_EQUAL)
    # The worst case of a length is the border itself: it is rounded as the border is.
    up = Way.NEAREST if unit == "km" and high >= FROM_KM_M / 1000 else Way.UP
    least, most = quantity_text(low, unit, Way.DOWN), quantity_text(high, unit, up)
    if not math.isfinite(high):
        text = said(NO_UPPER_BOUND)
        if estimate.open_m:
            length = length_text(estimate.open_m)
            text = say("no upper bound: {length} of border unknown", length=length)
        if low == estimate.value:
            return text
        return say("{least} or more; {open}", least=least, open=text)
    if not math.isfinite(low):
        return say("{most} or less", most=most)
    return _to(least, most)


def _to(low: str, high: str) -> str:
    """Both ends of a range; the unit stands once where it is the same."""
    number, _, unit = low.partition(THIN)
    return say("{low} to {high}", low=number if unit == high.partition(THIN)[2] else low, high=high)


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
            return f"{grouped(_rounded(value, 0, way))}{THIN}{said(self.unit)}"
        return quantity_text(value, self.unit, way)

    def range_text(self, low: float, high: float, between: str = " to ") -> str:
        """Both ends, rounded outwards; the unit stands once where it is the same."""
        least, most = self.text(low, Way.DOWN), self.text(high, Way.UP)
        if between == " to " or spoken() != ENGLISH:  # other languages have one word for both
            return _to(least, most)
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
        words.append(said(_FORMS[parts.form]))
    if parts.section:
        words.append(say("in {area} only", area=area_text(parts.section)))
    return ", ".join(words)


def dated_text(finding: Finding) -> str:
    """What the looks say of when a thing was built and removed, in sentences; empty if nothing."""
    first, last, dating = finding.first_seen, finding.last_absent, str(finding.dating)
    built, gone = finding.built, finding.removed
    first_day, last_day = (date_text(day) if day else "" for day in (first, last))
    told = ""
    if dating == "left-censored" and first:
        told = say("Stood there on the oldest image already, by {day}.", day=first_day)
    elif dating == "not enough looks" and first:
        told = say("Stood there by {day}; older images were not looked at.", day=first_day)
    elif dating == "right-censored" and last:
        told = say("Begun, and not standing on the newest image, {day}.", day=last_day)
    elif dating == "conflicting" and first and last:
        told = say(
            "Images contradict each other; between {first} and {last} at the widest.",
            first=last_day, last=first_day,
        )  # fmt: skip
    elif built:
        told = say("Built between {first} and {last}.", **_ends(built))
    return sentences(
        told, say("Removed between {first} and {last}.", **_ends(gone)) if gone else ""
    )


def _ends(when: When) -> dict[str, str]:
    return {"first": date_text(when.earliest), "last": date_text(when.latest)}


def area_text(section: str) -> str:
    """The part of the border that the name of a number speaks of: `km 12.5–15`."""
    where = re.fullmatch(r"km_([\d.]+)_([\d.]+)", section)
    return f"km {where[1]}–{where[2]}" if where else section.replace("_", " ")


def _counted_label(parts: Parts) -> str:
    """What is counted, whatever is then said of it."""
    name = replace(parts, section="", form="").name
    if name in _LABELS:
        return said(_LABELS[name])
    template = _TEMPLATES.get((parts.quantity, bool(parts.kind)))
    if template is None:
        return said(name.replace("_", " "))
    return say(
        template,
        kind=said(_KINDS.get(parts.kind, parts.kind.replace("_", " "))),
        change=said(parts.change),
        at=_at_text(parts.at),
        metres=exact_text(int(parts.at[:-2])) if parts.at.endswith("_m") else "",
        stage=STAGE_LABELS.get(parts.change, parts.change),
    )


def _at_text(at: str) -> str:
    """The day or the epoch in a name."""
    return date_text(date.fromisoformat(at)) if re.fullmatch(r"\d{4}-\d\d-\d\d", at) else said(at)


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
        return say("of barrier")
    if name.startswith(("border_km", "frontier_km")):
        return say("of border")
    return ""


CHANGE_LABELS = Spoken({
    Change.NEW: "new",
    Change.EXTENDED: "extended",
    Change.UPGRADED: "upgraded",
    Change.REPLACED: "replaced",
    Change.REMOVED: "removed",
    Change.UNCHANGED: "there already",
})  # fmt: skip
STAGE_LABELS = Spoken({
    "cleared": "as a cleared strip",
    "groundwork": "as groundwork",
    "partial": "standing in part",
    "complete": "complete",
    "removed": "removed",
})  # fmt: skip
STATUS_LABELS = Spoken({
    Status.CHANGED: "changed",
    Status.INDETERMINATE: "indeterminate",
    Status.UNCHANGED: "compared, no change confirmed",
    Status.NOT_EXAMINED: "not examined",
    Status.NOT_COMPARABLE: "not comparable",
})  # fmt: skip


def plural(count: int, one: str, more: str = "") -> str:
    """`1 post`, `2 posts`; `one` and `more` are literals, without the number."""
    return many(count, f"{{n}} {one}", f"{{n}} {more or one + 's'}")


def kind_label(category: Kind) -> str:
    """The class with a capital, as a row's heading."""
    return said(category.label).capitalize()


def status_label(status: Status) -> str:
    """What is known of a metre, in the longer words."""
    return said(status.label)


def km_mark(at_m: float, *, digits: int = 1) -> str:
    """A place on the line: `km 1,004.2`."""
    return f"km {grouped(at_m / 1000, digits)}"


def stretch_text(start_m: int, end_m: int) -> str:
    """A stretch of the line: `km 1,004.2-1,004.9`, in metres' detail when it is short."""
    digits = 1 if end_m - start_m >= 1000 else 3
    return f"km {grouped(start_m / 1000, digits)}–{grouped(end_m / 1000, digits)}"


def date_text(day: date) -> str:
    """A day: `2019-03-14`, as an English reader meets it nowhere wrong; else as the language."""
    return day.isoformat() if spoken() == ENGLISH else _day(spoken(), day, "long")


def when_text(when: str) -> str:
    """A time that somebody named, such as a year, or in words, as the language writes it."""
    return day_text(when) if re.fullmatch(r"\d{4}(-\d\d-\d\d)?", when) else said(when)


def month_text(day: date) -> str:
    """The month of a day: `2019-05`, or as the language writes it."""
    return f"{day:%Y-%m}" if spoken() == ENGLISH else _day(spoken(), day, "yMMMM")


def year_text(year: int) -> str:
    """A year: `2019`, or as the language writes it."""
    return f"{year}" if spoken() == ENGLISH else _day(spoken(), date(year, 1, 1), "y")


@lru_cache(maxsize=20_000)
def _day(language: str, day: date, form: str) -> str:
    from babel.dates import format_date, format_skeleton

    locale = language.replace("-", "_")
    if form == "long":
        return format_date(day, form, locale=locale)
    return format_skeleton(form, day, locale=locale)


def day_text(text: str) -> str:
    """A bracket of days for people: `2019-03-14`, `2019`, `2022 to 2023`, `2019-03-01 to ...`."""
    when = When.parse(text)
    first, last = when.earliest, when.latest
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        ends = year_text(first.year), year_text(last.year)
    else:
        ends = date_text(first), date_text(last)
    return ends[0] if ends[0] == ends[1] else say("{low} to {high}", low=ends[0], high=ends[1])
