"""Numbers of a text against the estimates of a project."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vallum.ground.prose.units import COUNT, PERCENT, Measure, unit_named
from vallum.measure.lint.dates import Day
from vallum.measure.lint.epochs import speaks_of_images
from vallum.measure.lint.numbers import Number, Prose
from vallum.measure.lint.problem import Problem, Severity
from vallum.measure.lint.saying import amount, over, plain
from vallum.measure.lint.words import Hedge, Thing, last

_IS_PLACE = re.compile(r"\s?(?:to the )?(?:right|left) of\b", re.IGNORECASE)
_ONLY = re.compile(
    r"\b(?:only|just|merely|at most|no more than|not more than|up to|exactly|precisely|all|"
    r"all the|a total of exactly)\s"
    r"(?:the |of the )?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A number that the project knows.

    Attributes:
        name: of the estimate, or words for it.
        value: in `unit`.
        unit: `km`, `m`, `posts`, `%` ...; anything that is no length or area counts things.
        wording: words that its evidence allows; empty where any will do.
    """

    name: str
    value: float
    unit: str
    wording: str = ""

    @property
    def measure(self) -> Measure:
        """What it measures."""
        unit = unit_named(self.unit)
        if unit is not None:
            return unit.measure
        return Measure.SHARE if self.unit in {"share", "fraction"} else Measure.COUNT

    @property
    def si(self) -> float:
        """In metres, square metres, or pure number."""
        unit = unit_named(self.unit)
        return self.value * (unit.factor if unit is not None else 1.0)


def unmatched(prose: Prose, facts: Sequence[Fact]) -> Iterator[Problem]:
    """Find numbers that no estimate bears out, and words stronger than the evidence."""
    shares = _shares(facts)
    for number in prose.numbers:
        if not _is_checked(number) or _IS_PLACE.match(prose.after(number)):
            continue
        pool = shares if number.measure is Measure.SHARE else facts
        matching = [
            fact for fact in pool if fact.measure is number.measure and bears_out(fact, number)
        ]
        if not matching:
            yield _unknown(prose, number, pool)
        else:
            yield from _too_strong(prose, number, matching)


def _is_checked(number: Number) -> bool:
    """Return whether a number is a measurement that the project should know."""
    if number.measure is Measure.FOLD:
        return False
    if number.measure is Measure.SHARE:
        return number.thing in {Thing.BORDER, Thing.FENCE, Thing.SECTION, Thing.POST}
    if number.measure is not Measure.COUNT:
        return True
    return number.thing is Thing.POST and number.value == int(number.value)


def _shares(facts: Sequence[Fact]) -> list[Fact]:
    """Return the shares that the project states, and those of the border that it implies."""
    wholes = [f for f in facts if f.name in {"frontier_km", "border_km_comparable"} and f.value > 0]
    parts = [f for f in facts if f.name.startswith("border_km")]
    made = [
        Fact(
            name=f"{part.name} / {whole.name}",
            value=100 * part.si / whole.si,
            unit=PERCENT.name,
            wording=part.wording,
        )
        for part in parts
        for whole in wholes
        if part.si <= whole.si
    ]
    return [f for f in facts if f.measure is Measure.SHARE] + made


def bears_out(fact: Fact, number: Number) -> bool:
    """Return whether a fact, rounded as the text rounds, is the number; "at least" rounds down."""
    if not math.isfinite(fact.value):
        return False
    factor = number.unit.factor
    value = fact.si / factor
    step = max(number.step, 1e-9)
    coarse = max(number.coarse_step, step)
    ends = (number.value, number.high) if number.is_range else (number.value,)
    for end in ends:
        over_by = value - end
        slack = 1e-6 * max(1.0, abs(end))
        if number.hedge is Hedge.AT_LEAST and -slack <= over_by < coarse + slack:
            return True
        if number.hedge is Hedge.AT_MOST and -coarse - slack < over_by <= slack:
            return True
        if number.hedge is Hedge.ABOUT and abs(over_by) <= max(coarse / 2, 0.005 * end) + slack:
            return True
        if number.hedge in {Hedge.AT_LEAST, Hedge.AT_MOST}:
            continue
        # A lower bound may be printed rounded down without saying so.
        is_floor = fact.wording.startswith("at least") and 0 <= over_by < step
        if abs(over_by) <= step / 2 + slack or is_floor:
            return True
    return False


def _unknown(prose: Prose, number: Number, pool: Sequence[Fact]) -> Problem:
    known = [f for f in pool if f.measure is number.measure and math.isfinite(f.value)]
    near = min(known, key=lambda f: abs(f.si - number.si), default=None)
    hint = ""
    if near is not None:
        hint = f"; the nearest is {near.name} = {amount(near.si / number.unit.factor, number.unit)}"
    return over(
        prose,
        "not-in-estimates",
        (number,),
        f"no estimate of the project is {amount(number.value, number.unit)}{hint}",
        severity=Severity.WARNING,
        suggestion="take the number from `vallum measure`, or name the other source",
    )


def _too_strong(prose: Prose, number: Number, matching: Sequence[Fact]) -> Iterator[Problem]:
    before = prose.before(number, 40)
    if not (_ONLY.search(before) or number.hedge in {Hedge.EXACTLY, Hedge.AT_MOST}):
        return
    bounded = [
        fact
        for fact in matching
        if fact.wording.startswith(("at least", "apparent", "potentially"))
    ]
    if len(bounded) == len(matching):
        fact = bounded[0]
        yield over(
            prose,
            "wording",
            (number,),
            f"the words before {number.text} say more than the evidence: {fact.name} is "
            f"'{fact.wording}'",
            severity=Severity.WARNING,
            suggestion=f"write {fact.wording.partition(',')[0]} {number.text}",
        )


def stocks(prose: Prose, facts: Sequence[Fact]) -> Iterator[Problem]:
    """Find the project's increase in posts printed as how many there are, or the reverse."""
    by_name = {fact.name: fact.value for fact in facts}
    new, after = by_name.get("posts_new", math.nan), by_name.get("posts_stock_after", math.nan)
    before = by_name.get("posts_stock_before", math.nan)
    if not (new > 0 and after > 0) or new == after:
        return
    for number in prose.numbers:
        if number.unit is not COUNT or number.thing not in {Thing.POST, Thing.UNKNOWN}:
            continue
        if number.value == new and number.is_stock and not number.is_delta:
            what = f"{plain(new)} posts were added; there are {plain(after)} now"
        elif number.value == after and number.is_delta and not number.is_stock:
            what = f"{plain(after)} posts stand there now; {plain(new)} of them were added"
        else:
            continue
        was = f", {plain(before)} before" if math.isfinite(before) else ""
        yield over(
            prose,
            "delta-as-stock",
            (number,),
            f"{what}{was} (posts_new, posts_stock_after)",
            suggestion=f"write +{plain(new)}, to {plain(after)}",
        )


_WHICH = re.compile(
    r"\b(?:(?P<before>first|before|earlier|older|initial)|(?P<after>second|after|later|latest|"
    r"newer))\b",
    re.IGNORECASE,
)


def epochs(
    prose: Prose, windows: tuple[tuple[int, int], tuple[int, int]] | None
) -> Iterator[Problem]:
    """Find images said to be of a date outside the dates that the project compares.

    Args:
        prose: the text.
        windows: first and last month (year * 12 + month - 1) of before and of after.
    """
    if windows is None:
        return
    for index in range(len(prose.sentences)):
        for day in prose.days_of(index):
            which = _which(prose, day, index)
            if which is None or day.year is None or not speaks_of_images(prose, day, index):
                continue
            first, final = windows[which]
            low = day.year * 12 + (day.month or 1) - 1
            high = day.year * 12 + (day.month or 12) - 1
            if high < first or low > final:
                word = ("before", "after")[which]
                yield over(
                    prose,
                    "epoch",
                    (day,),
                    f"{day.text}: the project's {word} images are of {_month(first)} to "
                    f"{_month(final)}",
                    suggestion="check the date of the image",
                )


def _which(prose: Prose, day: Day, index: int) -> int | None:
    """Return 0 for a date of the first image, 1 for one of the second, None if not said."""
    start = max(prose.sentences[index].start, day.start - 90)
    match = last(_WHICH, prose.clean[start : day.start])
    if match is None:
        return None
    return 0 if match.group("before") else 1


def _month(number: int) -> str:
    return f"{number // 12}-{number % 12 + 1:02d}"
