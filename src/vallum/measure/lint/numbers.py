"""Numbers with units read out of prose, with where they stand and what they are amounts of."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from vallum.ground.prose.spelled import FRACTIONS, WORDS, fraction, worth
from vallum.ground.prose.text import Markup, Sentence, blanked, sentences, squeezed
from vallum.ground.prose.units import COUNT, FOLD, PERCENT, Measure, Unit, unit_after
from vallum.measure.lint.dates import Day, read_dates, read_years
from vallum.measure.lint.ignored import is_no_measurement
from vallum.measure.lint.words import (
    Hedge,
    Thing,
    hedge,
    is_delta,
    is_stock,
    states,
    thing_after,
    thing_before,
)

_DIGITS = r"\d{1,3}(?:[,\u00a0\u2009\u202f]\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?"
_NUMBER = re.compile(
    rf"(?P<digits>(?<![\w.,/:#^])(?:{_DIGITS})(?![\d_:]|[.,/]\d))"
    rf"|(?P<fraction>\b(?:{FRACTIONS})(?=\s(?:of|the)\b))|(?P<words>\b(?:{WORDS}))",
    re.IGNORECASE,
)
_MULTIPLIER = re.compile(r"\s?(?P<by>thousand|million|billion)\b", re.IGNORECASE)
_BY = {"thousand": 1e3, "million": 1e6, "billion": 1e9}
_TIMES = re.compile(
    r"[ -]times (?:as (?:many|much|long|high|large|big)|the|more|higher|longer|larger|greater|its|"
    r"their)\b|[ -]times(?=,? from\b)",
    re.IGNORECASE,
)
_IS_LABEL = re.compile(r"\w:\s?$")
_REACH = 90
_MOST_NUMBERS = 200_000


@dataclass(frozen=True, kw_only=True)
class Number:
    """A number in a text.

    Attributes:
        start: first character.
        end: one past the last, unit included.
        text: as written.
        value: in its unit; the lower end of a range.
        high: the upper end of a range, else the value.
        unit: its unit; counts have an empty one.
        digits: as printed, to know how it was rounded.
        hedge: how it is softened.
        sentence: number of its sentence.
        thing: what it is an amount of.
        states: `new`, `upgraded`, `removed`, from the words around.
        is_delta: said to be an increase.
        is_stock: said to be how much there is.
        is_signed: written with a plus sign.
    """

    start: int
    end: int
    text: str
    value: float
    high: float
    unit: Unit
    digits: str
    hedge: Hedge = Hedge.NONE
    sentence: int = 0
    thing: Thing = Thing.UNKNOWN
    states: frozenset[str] = frozenset()
    is_delta: bool = False
    is_stock: bool = False
    is_signed: bool = False

    @property
    def measure(self) -> Measure:
        """What it measures."""
        return self.unit.measure

    @property
    def si(self) -> float:
        """In metres, square metres, or pure number."""
        return self.value * self.unit.factor

    @property
    def is_range(self) -> bool:
        """True for "15-600 m"."""
        return self.high != self.value

    @property
    def step(self) -> float:
        """One unit of the last printed digit, in its unit; 0 for plain counts."""
        decimals = len(self.digits.partition(".")[2])
        if self.measure is Measure.COUNT and not decimals:
            return 0.0
        return 10.0**-decimals

    @property
    def coarse_step(self) -> float:
        """One unit of the last digit that is no trailing zero: 100 for 1,400."""
        whole, _, decimals = self.digits.partition(".")
        if decimals:
            return 10.0 ** -len(decimals)
        bare = re.sub(r"\D", "", whole)
        return 10.0 ** (len(bare) - len(bare.rstrip("0"))) if bare.strip("0") else 1.0

    @property
    def interval(self) -> tuple[float, float]:
        """What the true number can be by the digits and the words, in SI."""
        low, high = self.value - self.step / 2, self.high + self.step / 2
        if self.hedge is Hedge.ABOUT:
            reach = max(self.coarse_step / 2, 0.005 * self.value)
            low, high = self.value - reach, self.high + reach
        elif self.hedge is Hedge.AT_LEAST:
            low, high = self.value - self.step / 2, self.high + max(self.coarse_step, self.step)
        elif self.hedge is Hedge.AT_MOST:
            low = self.value - max(self.coarse_step, self.step)
        return low * self.unit.factor, high * self.unit.factor


@dataclass(frozen=True, kw_only=True)
class Prose:
    """A text, read once."""

    text: str
    clean: str
    offsets: Sequence[int]
    sentences: tuple[Sentence, ...]
    numbers: tuple[Number, ...]
    days: tuple[Day, ...]
    years: tuple[Day, ...]
    n_ignored: int

    def where(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets in the text as read of a piece of `clean`."""
        return self.offsets[start], self.offsets[end - 1] + 1

    @cached_property
    def by_sentence(self) -> tuple[tuple[Number, ...], ...]:
        """Numbers of each sentence."""
        found: list[list[Number]] = [[] for _ in self.sentences]
        for number in self.numbers:
            found[number.sentence].append(number)
        return tuple(tuple(numbers) for numbers in found)

    @cached_property
    def by_paragraph(self) -> dict[int, tuple[Number, ...]]:
        """Numbers of each paragraph."""
        found: dict[int, list[Number]] = {}
        for number in self.numbers:
            found.setdefault(self.sentences[number.sentence].paragraph, []).append(number)
        return {key: tuple(numbers) for key, numbers in found.items()}

    def words_of(self, sentence: int) -> str:
        """Return one sentence."""
        one = self.sentences[sentence]
        return self.clean[one.start : one.end]

    def before(self, number: Number, reach: int = _REACH) -> str:
        """Return the words before a number in its sentence, up to the number before."""
        floor = self.sentences[number.sentence].start
        index = self._at(number)
        if index:
            floor = max(floor, self.numbers[index - 1].end)
        return self.clean[max(floor, number.start - reach) : number.start]

    def after(self, number: Number, reach: int = _REACH) -> str:
        """Return the words after a number in its sentence, up to the next number."""
        stop = self.sentences[number.sentence].end
        index = self._at(number)
        if index + 1 < len(self.numbers):
            stop = min(stop, self.numbers[index + 1].start)
        return self.clean[number.end : min(stop, number.end + reach)]

    def near(self, number: Number, reach: int = 3) -> list[Number]:
        """Return the numbers of its paragraph within so many sentences, itself included."""
        paragraph = self.sentences[number.sentence].paragraph
        first = max(0, number.sentence - reach)
        return [
            one
            for index in range(first, min(len(self.sentences), number.sentence + reach + 1))
            if self.sentences[index].paragraph == paragraph
            for one in self.by_sentence[index]
        ]

    def gap(self, one: Number, other: Number) -> str:
        """Return what stands between two numbers."""
        return self.clean[one.end : other.start]

    def days_of(self, sentence: int) -> list[Day]:
        """Return the dates with a month, and the years, of one sentence, in order."""
        one = self.sentences[sentence]
        starts = self._all_days[0]
        return list(
            self._all_days[1][bisect_left(starts, one.start) : bisect_left(starts, one.end)]
        )

    @cached_property
    def _all_days(self) -> tuple[list[int], list[Day]]:
        days = sorted((*self.days, *self.years), key=lambda day: day.start)
        return [day.start for day in days], days

    @cached_property
    def _starts(self) -> list[int]:
        return [number.start for number in self.numbers]

    def _at(self, number: Number) -> int:
        return bisect_left(self._starts, number.start)


def read(text: str, markup: Markup = Markup.PLAIN) -> Prose:
    """Return a text with its sentences, dates and measurements.

    Years, dates, money, people, ages, references, durations and codes such as COVID-19 are no
    measurements and are left out; `n_ignored` says how many.
    """
    clean, offsets = squeezed(blanked(text, markup))
    parts = sentences(clean)
    days = read_dates(clean)
    taken = [(day.start, day.end) for day in days]
    years = tuple(year for year in read_years(clean) if not _inside(year.start, taken))
    raw, n_ignored = _raw(clean, taken)
    merged = _with_shared_units(_with_ranges(raw, clean), clean)
    placed = _placed(merged, parts)
    shape = Prose(
        text=text,
        clean=clean,
        offsets=offsets,
        sentences=parts,
        numbers=tuple(placed),
        days=days,
        years=years,
        n_ignored=n_ignored,
    )
    return replace(shape, numbers=tuple(_told(shape)))


def _inside(at: int, spans: Sequence[tuple[int, int]]) -> bool:
    index = bisect_right(spans, (at, 1 << 60)) - 1
    return index >= 0 and spans[index][0] <= at < spans[index][1]


def _raw(clean: str, taken: Sequence[tuple[int, int]]) -> tuple[list[Number], int]:
    found: list[Number] = []
    n_ignored = 0
    for match in _NUMBER.finditer(clean):
        made = None if _inside(match.start(), taken) else _one(match, clean)
        if made is None:
            n_ignored += 1
        else:
            found.append(made)
        if len(found) >= _MOST_NUMBERS:
            break
    return found, n_ignored


def _one(match: re.Match[str], clean: str) -> Number | None:
    """Return the number of a match, with its unit, or None if it is no measurement."""
    written = match.group()
    if match.group("fraction") is not None:
        percent = 100 * fraction(written)
        # "a third" is not rounded like 33 %: as printed it is good to some five points.
        return Number(
            start=match.start(),
            end=match.end(),
            text=written,
            value=percent,
            high=percent,
            unit=PERCENT,
            digits="30",
            hedge=Hedge.ABOUT,
        )
    is_word = match.group("words") is not None
    value = worth(written) if is_word else float(re.sub(r"[,\u00a0\u2009\u202f]", "", written))
    end = match.end()
    multiplier = _MULTIPLIER.match(clean, end)
    if multiplier is not None and not is_word:
        value = (value or 0.0) * _BY[multiplier.group("by").lower()]
        end = multiplier.end()
    is_open = clean.startswith("+", end) and unit_after(clean, end + 1) is not None
    end += is_open
    times = _TIMES.match(clean, end)
    found = unit_after(clean, end)
    unit, stop = (FOLD, end) if times is not None else (COUNT, end) if found is None else found
    if value is None or is_no_measurement(clean, match.start(), stop, unit, written, is_word):
        return None
    start = match.start()
    sign = clean[start - 1] if start else ""
    is_signed = sign == "+" and (start < 2 or clean[start - 2] in " \n(“\"'[")
    is_signed = is_signed and not re.search(
        r"[\d)][^.\n]{0,25}$", clean[max(0, start - 12) : start - 1]
    )
    return Number(
        start=start - is_signed,
        end=stop,
        text=clean[start - is_signed : stop],
        value=value,
        high=value,
        unit=unit,
        digits=written if not is_word else f"{value:g}",
        hedge=Hedge.AT_LEAST if is_open else Hedge.NONE,
        is_signed=is_signed,
    )


_RANGE = re.compile(r"\s?[-–—‒]\s?")


def _with_ranges(raw: Sequence[Number], clean: str) -> list[Number]:
    """Join "15-600 m", "15 to 600 m" and "between 15 and 600 m"."""
    found: list[Number] = []
    for number in raw:
        last = found[-1] if found else None
        if last is not None and _is_range(last, number, clean):
            found[-1] = replace(
                last,
                end=number.end,
                text=clean[last.start : number.end],
                high=number.value,
                unit=number.unit,
            )
        else:
            found.append(number)
    return found


def _is_range(one: Number, other: Number, clean: str) -> bool:
    gap = clean[one.end : other.start]
    if one.value >= other.value or one.is_range or len(gap) > 5 or other.is_signed:
        return False
    if one.measure is not Measure.COUNT and one.unit is not other.unit:
        return False
    if _RANGE.fullmatch(gap):
        return True
    head = clean[max(0, one.start - 14) : one.start].lower()
    if gap == " and ":
        return head.rstrip().endswith("between")
    is_measure = other.measure in {Measure.LENGTH, Measure.AREA, Measure.SHARE}
    return gap == " to " and is_measure and "from" not in head and "increase" not in head


_SHARES = re.compile(
    r"\s?(?:,|and|or|to|plus|\+|&|/|,\s?and|versus|against|(?:out )?of(?: the| its)?)\s?"
)


def _with_shared_units(numbers: Sequence[Number], clean: str) -> list[Number]:
    """Give the unit of "305 and 164 m" to both."""
    found = list(numbers)
    for i in range(len(found) - 2, -1, -1):
        one, following = found[i], found[i + 1]
        if one.measure is not Measure.COUNT or following.measure in {Measure.COUNT, Measure.FOLD}:
            continue
        gap = clean[one.end : following.start]
        # "5 and 20 %" may be two things; a shared unit needs numbers of one size.
        if (
            _SHARES.fullmatch(gap)
            and not one.is_signed
            and 0.02 <= one.value / max(1e-9, following.value) <= 50
        ):
            found[i] = replace(one, unit=following.unit)
    return found


def _placed(numbers: Sequence[Number], parts: Sequence[Sentence]) -> list[Number]:
    starts = [part.start for part in parts]
    found = []
    for number in numbers:
        index = max(0, bisect_right(starts, number.start) - 1)
        found.append(replace(number, sentence=index))
    return found


def _told(prose: Prose) -> list[Number]:
    """Return the numbers with what the words around say of them."""
    found = []
    for number in prose.numbers:
        before, after = prose.before(number), prose.after(number)
        far = prose.clean[
            max(prose.sentences[number.sentence].start, number.start - 140) : number.start
        ]
        near = re.split(r"[;:(—]", after, maxsplit=1)[0]
        thing = thing_after(near)
        if thing_before(before[-60:]) is Thing.OTHER:
            thing = Thing.OTHER
        if thing is Thing.UNKNOWN:
            thing = thing_before(re.split(r"[;:)—]", before)[-1])
        if number.unit is COUNT and thing in {Thing.BORDER, Thing.SECTION, Thing.ROAD}:
            thing = Thing.UNKNOWN  # "the posts along the river reached 169"
        if thing is Thing.UNKNOWN and number.unit is COUNT and _IS_LABEL.search(before):
            thing = thing_before(before)
        found.append(
            replace(
                number,
                hedge=hedge(before[-40:], prose.clean[number.end : number.end + 16])
                or number.hedge,
                thing=thing,
                states=states(near, before[-60:]),
                is_delta=number.is_signed or is_delta(before, after),
                is_stock=is_stock(far, after),
            )
        )
    return found
