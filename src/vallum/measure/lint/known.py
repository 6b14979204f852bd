"""Numbers and dates that contradict the figures of a published study."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from vallum.ground.prose.units import COUNT, Measure, Unit, unit_named
from vallum.measure.lint.dates import Day
from vallum.measure.lint.epochs import epoch_of, speaks_of_images
from vallum.measure.lint.numbers import Number, Prose
from vallum.measure.lint.problem import Problem, Severity
from vallum.measure.lint.rates import denominator, is_spacing
from vallum.measure.lint.saying import amount, over, plain
from vallum.measure.lint.words import Hedge, Thing, states, thing_after
from vallum.measure.published import PublishedFigure

_ALIASES = {
    "HRW": r"\bHRW\b|Human Rights Watch",
    "AccessDPRK": r"AccessDPRK|\bBogle\b",
    "NK Pro": r"\bNK ?Pro\b",
    "Reuters": r"\bReuters\b|Middlebury",
    "RFA": r"\bRFA\b|Radio Free Asia|\bBogle\b",
    "Jung": r"\bJung Sung-?hak\b",
}


@dataclass(frozen=True)
class _Fact:
    """A published figure in the linter's terms."""

    figure: PublishedFigure
    value: float
    unit: Unit
    thing: Thing
    states: frozenset[str]

    @property
    def is_delta(self) -> bool:
        return "added" in self.figure.quantity

    @property
    def is_before(self) -> bool:
        return bool(self.figure.epoch_before) and not self.figure.epoch_after

    @property
    def is_telling(self) -> bool:
        """A number that few other texts have by chance."""
        digits = f"{self.value:g}".replace(".", "").strip("0")
        return len(digits) >= 2

    def is_of(self, number: Number) -> bool:
        if number.measure is not self.unit.measure or number.is_range:
            return False
        known = {number.thing, self.thing} - {Thing.UNKNOWN, Thing.SECTION}
        same = abs(number.si - self.value * self.unit.factor) <= 1e-6 * max(1.0, number.si)
        return same and (len(known) <= 1 or number.measure is Measure.LENGTH)


@dataclass(frozen=True)
class _Study:
    """The figures of one study, and how much of a text is about it."""

    name: str
    facts: tuple[_Fact, ...]
    matched: tuple[tuple[Number, _Fact], ...]
    is_named: bool

    @cached_property
    def score(self) -> int:
        told = {fact.figure.id for _, fact in self.matched if fact.is_telling}
        near = {n.sentence for n, fact in self.matched if fact.is_telling}
        small = {
            fact.figure.id
            for n, fact in self.matched
            if not fact.is_telling and (n.thing or n.sentence in near)
        }
        return len(told) + bool(small and told) + self.is_named


def contradictions(prose: Prose, figures: Sequence[PublishedFigure]) -> Iterator[Problem]:
    """Find numbers, rates and dates that published studies contradict.

    Only texts that name a study or share figures with it are compared with it.
    """
    studies = _studies(prose, figures)
    for study in studies:
        yield from _dates(prose, study, studies)
        if not study.score:
            continue
        yield from _deltas(prose, study)
        yield from _spacings(prose, study)
        yield from _wordings(prose, study)
        yield from _near_misses(prose, study, studies)


def _studies(prose: Prose, figures: Sequence[PublishedFigure]) -> list[_Study]:
    by_name: dict[str, list[_Fact]] = {}
    for figure in figures:
        unit = COUNT if figure.unit == "count" else unit_named(figure.unit)
        if figure.is_one_number and unit is not None:
            thing, done = _thing(figure.quantity), states(figure.quantity, "")
            fact = _Fact(figure, figure.low, unit, thing, done)
            by_name.setdefault(figure.study, []).append(fact)
    by_value: dict[str, list[Number]] = {}
    for number in prose.numbers:
        by_value.setdefault(_key(number.si), []).append(number)
    found = []
    for name, facts in by_name.items():
        matched = tuple(
            (n, fact)
            for fact in facts
            for n in by_value.get(_key(fact.value * fact.unit.factor), ())
            if fact.is_of(n)
        )
        found.append(_Study(name, tuple(facts), matched, _named(prose, name, facts)))
    return found


def _key(value: float) -> str:
    return f"{value:.9g}"


def _thing(quantity: str) -> Thing:
    """Return what a figure of the table is an amount of."""
    if re.match(r"(?:border|section)\b", quantity):
        return Thing.BORDER
    return thing_after(" " + quantity)


def _named(prose: Prose, name: str, facts: Sequence[_Fact]) -> bool:
    """Return whether a text names a study, or the one place that it is about."""
    aliases = [pattern for key, pattern in _ALIASES.items() if key in name]
    places = [f.figure.aoi for f in facts if re.fullmatch(r"[A-Z][a-z]{4,}", f.figure.aoi)]
    patterns = [*aliases, *(rf"\b{place}\b" for place in places)]
    return any(re.search(pattern, prose.clean) for pattern in patterns)


# -- increases and stocks ---------------------------------------------------------------------


def _deltas(prose: Prose, study: _Study) -> Iterator[Problem]:
    before = next((f for f in study.facts if f.is_before and f.unit is COUNT), None)
    delta = next((f for f in study.facts if f.is_delta and f.unit is COUNT), None)
    if before is None or delta is None:
        return
    total = before.value + delta.value
    is_close = study.score >= 2 or study.is_named
    for number in prose.numbers if is_close else ():
        if number.unit is not COUNT or number.thing not in {Thing.POST, Thing.UNKNOWN}:
            continue
        if number.value == delta.value and not number.is_delta and _as_stock(prose, number, before):
            message = (
                f"{plain(delta.value)} is what was added (study {study.name}, figure "
                f"{delta.figure.id}): on {plain(before.value)} it makes {plain(total)}"
            )
        elif number.value == total and number.is_delta and not number.is_stock:
            message = (
                f"{plain(total)} is how many there are afterwards; {plain(delta.value)} were added "
                f"to {plain(before.value)} (study {study.name}, figure {delta.figure.id})"
            )
        else:
            continue
        yield over(
            prose,
            "delta-as-stock",
            (number,),
            message,
            suggestion=f"write +{plain(delta.value)}, from {plain(before.value)} to {plain(total)}",
        )


def _as_stock(prose: Prose, number: Number, before: _Fact) -> bool:
    """Return whether an increase is printed as how many there are, beside how many there were."""
    if number.is_stock:
        return True
    sentence = prose.by_sentence[number.sentence]
    earlier = [
        n for n in sentence if n.unit is COUNT and n.value == before.value and not n.is_delta
    ]
    if not earlier:
        return False
    first = min(earlier[0], number, key=lambda n: n.start)
    last = max(earlier[0], number, key=lambda n: n.start)
    gap = prose.gap(first, last)
    dated = [
        d for d in prose.days_of(number.sentence) if d.start < last.start or d.start - last.end < 40
    ]
    links = re.search(
        r"\b(?:to|became|now|against|versus|vs|compared|up from|grew|rose|but by|by)\b|→|->", gap
    )
    return links is not None or len({d.year for d in dated if d.year}) >= 2


# -- rates ------------------------------------------------------------------------------------


def _spacings(prose: Prose, study: _Study) -> Iterator[Problem]:
    """Find the study's spacing printed without, or with another, denominator."""
    spacing = _spacing_fact(study)
    lengths = [f for f in study.facts if f.unit.name == "km" and not f.is_delta]
    count = max((f for f in study.facts if f.unit is COUNT), key=lambda f: f.value, default=None)
    if spacing is None or count is None:
        return
    told = []
    for fact in lengths:
        is_all = re.search(r"total|analysed", fact.figure.quantity)
        if is_all:
            what = (
                "fence"
                if fact.thing is Thing.FENCE or "fence" in fact.figure.quantity
                else "border"
            )
            told.append((what, fact.value, fact.value * 1000 / count.value))
    own = [row for row in told if abs(row[2] - spacing.value) <= 0.03 * spacing.value]
    if len(told) < 2 or not own:
        return
    shown = "; ".join(
        f"{plain(km)} km of {what} / {plain(count.value)} = one every {plain(round(m))} m of {what}"
        for what, km, m in told
    )
    for number in prose.numbers:
        if not spacing.is_of(number) or not is_spacing(prose, number):
            continue
        named = denominator(prose, number)
        if named == own[0][0]:
            continue
        wrong = f"{number.text} is not per metre of {named}" if named else "no denominator is named"
        yield over(
            prose,
            "denominator",
            (number,),
            f"{wrong}: {shown} (study {study.name}, figure {spacing.figure.id})",
            severity=Severity.ERROR if named else Severity.WARNING,
            suggestion="; or ".join(
                f"write one every {plain(round(m))} m of {what}" for what, _, m in told
            ),
        )


def _spacing_fact(study: _Study) -> _Fact | None:
    told = [f for f in study.facts if "spacing" in f.figure.quantity and f.figure.epoch_after]
    return told[0] if told else None


# -- dates ------------------------------------------------------------------------------------


def _dates(prose: Prose, study: _Study, studies: Sequence[_Study]) -> Iterator[Problem]:
    """Find an image date that is the study's but for the year."""
    epochs = {
        epoch
        for fact in study.facts
        for text in (fact.figure.epoch_before, fact.figure.epoch_after)
        if (epoch := epoch_of(text)) is not None
    }
    others = {
        epoch
        for one in studies
        for f in one.facts
        if one.score
        for text in (f.figure.epoch_before, f.figure.epoch_after, f.figure.published[:7])
        if (epoch := epoch_of(text)) is not None
    }
    is_close = study.score >= 1
    matched: dict[int, list[_Fact]] = {}
    for n, fact in study.matched:
        if fact.is_telling:
            matched.setdefault(n.sentence, []).append(fact)
    for index in range(len(prose.sentences)) if prose.days and epochs else ():
        said = {(day.year, day.month) for day in prose.days_of(index)}
        if not is_close and not said & epochs:
            continue
        own = matched.get(index, [])
        for day in prose.days_of(index):
            right = _slipped(day, epochs)
            if right is None or (day.year, day.month) in others:
                continue
            is_image = speaks_of_images(prose, day, index)
            if not is_image and not any(
                fact.figure.epoch_after == f"{right[0]}-{right[1]:02d}" for fact in own
            ):
                continue
            yield over(
                prose,
                "epoch",
                (day,),
                f"{day.text}: study {study.name} compared images of "
                f"{' and '.join(f'{y}-{m:02d}' for y, m in sorted(epochs))}",
                suggestion=f"write {right[0]}-{right[1]:02d}, if this is the image meant",
            )


def _slipped(day: Day, epochs: set[tuple[int, int]]) -> tuple[int, int] | None:
    if day.year is None or day.month is None:
        return None
    for year, month in sorted(epochs):
        if month == day.month and year != day.year and abs(year - day.year) <= 3:
            return year, month
    return None


# -- words and slips --------------------------------------------------------------------------


def _wordings(prose: Prose, study: _Study) -> Iterator[Problem]:
    for number, fact in study.matched:
        soft = fact.figure.qualifier in {
            "at least",
            "over",
            "more than",
            "about",
            "roughly",
            "nearly",
        }
        if soft and fact.is_telling and number.hedge is Hedge.EXACTLY:
            yield over(
                prose,
                "wording",
                (number,),
                f"{number.text} is printed as exact; study {study.name} says "
                f"'{fact.figure.qualifier} {amount(fact.value, fact.unit)}'",
                severity=Severity.WARNING,
                suggestion=f"write {fact.figure.qualifier} {amount(fact.value, fact.unit)}",
            )


def _near_misses(prose: Prose, study: _Study, studies: Sequence[_Study]) -> Iterator[Problem]:
    """Find a number that is one digit off the study's own for the same thing."""
    known = {id(number) for one in studies for number, _ in one.matched}
    for number in prose.numbers:
        if number.value < 100 or number.is_range or id(number) in known:
            continue
        for fact in study.facts:
            if (
                fact.unit is number.unit
                and fact.thing is number.thing is not Thing.UNKNOWN
                and fact.states
                and fact.states == number.states
                and _one_digit(number.value, fact.value)
            ):
                yield over(
                    prose,
                    "published",
                    (number,),
                    f"study {study.name} has {amount(fact.value, fact.unit)} for "
                    f"'{fact.figure.quantity}' (figure {fact.figure.id}), not {number.text}",
                    severity=Severity.WARNING,
                    suggestion=f"write {amount(fact.value, fact.unit)}, or name the other source",
                )


def _one_digit(one: float, other: float) -> bool:
    a, b = f"{one:g}", f"{other:g}"
    return len(a) == len(b) and sum(x != y for x, y in zip(a, b, strict=True)) == 1
