"""Shares, growth and unit pairs, recomputed from the numbers beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from vallum.ground.prose.units import COUNT, FOLD, Measure
from vallum.measure.lint.numbers import Number, Prose
from vallum.measure.lint.problem import Problem
from vallum.measure.lint.saying import amount, over, plain
from vallum.measure.lint.words import Hedge, Thing

_OF = re.compile(
    r"[^.;:\d]{0,60}\b(?<!increase )(?<!rise )(?<!total )(?<!sum )(?:of|out of)\s(?:the |its |a |"
    r"an |all |all the |some |about |roughly |over |"
    r"more than |at least |around |nearly |total |analysed |analyzed |"
    r"surveyed ){0,4}(?:\w+[- ]){0,1}",
    re.IGNORECASE,
)
_LED_BY_OF = re.compile(
    r"(?:\bof|\bout of)\s(?:the |its |a |an |all |these |those |some |about |roughly |over |"
    r"around |at least ){0,3}(?:remaining |total |full |whole ){0,1}$",
    re.IGNORECASE,
)
_CHANGES = re.compile(
    r"\s?(?:increase|rise|more|growth|jump|gain|higher|longer|greater|less|fewer|decrease|decline|"
    r"fall|drop|"
    r"confidence|interval|level|likely|probab|error|sure|accura|of the (?:time|cases)|within|CI\b)",
    re.IGNORECASE,
)
_CHANGED = re.compile(
    r"\b(?:by|increase of|rise of|growth of|jump of|up|down|within)\s(?:about |some |over |"
    r"nearly |almost |"
    r"roughly |around |more than |at least ){0,2}$",
    re.IGNORECASE,
)
_THAT_IS = re.compile(r"\s{0,3}(?:That|This|It|They|These|Which|Or)\b[^.\d]{0,60}$")


# -- shares -----------------------------------------------------------------------------------


def shares(prose: Prose) -> Iterator[Problem]:
    """Find percentages that are not what "A of B" comes to."""
    for index, numbers in enumerate(prose.by_sentence):
        percents = [n for n in numbers if n.measure is Measure.SHARE and _is_share_of_all(prose, n)]
        amounts = _amounts(numbers)
        n_percents = sum(n.measure is Measure.SHARE and n.is_range for n in numbers) + len(percents)
        if n_percents != 1 or not percents:
            yield from _several(prose, numbers, percents)
            continue
        share = percents[0]
        if not amounts and index and _THAT_IS.match(prose.before(share)):
            amounts = _amounts(prose.by_sentence[index - 1])
        yield from _checked(prose, share, _share_pairs(prose, amounts, share))


def _amounts(numbers: Sequence[Number]) -> list[Number]:
    kinds = {Measure.LENGTH, Measure.AREA, Measure.COUNT}
    return [
        n for n in numbers if n.measure in kinds and not n.is_range and n.thing is not Thing.OTHER
    ]


def _is_share_of_all(prose: Prose, share: Number) -> bool:
    is_change = _CHANGES.match(prose.after(share)) or _CHANGED.search(prose.before(share))
    return not share.is_range and not is_change


def _several(
    prose: Prose, numbers: Sequence[Number], percents: Sequence[Number]
) -> Iterator[Problem]:
    """Check each of several shares that stands in brackets right behind its own "A of B"."""
    for share in percents:
        at = numbers.index(share)
        near = _amounts(numbers[max(0, at - 2) : at])
        if len(near) == 2 and len(prose.gap(near[1], share)) <= 40:
            yield from _checked(prose, share, _share_pairs(prose, near, share))


def _share_pairs(
    prose: Prose, amounts: Sequence[Number], share: Number
) -> list[tuple[Number, Number]]:
    """Return (part, whole) that the share may be about: all of them if it is not plain which."""
    linked = []
    for one, other in pairwise(amounts):
        if one.measure is not other.measure or one.sentence != other.sentence:
            continue
        if one.value * one.unit.factor < other.si and _OF.fullmatch(prose.gap(one, other)):
            linked.append((one, other))
        elif (
            other.si < one.si
            and one.measure is not Measure.COUNT
            and _LED_BY_OF.search(prose.before(one))
        ):
            linked.append((other, one))
    for i, one in enumerate(amounts):
        # "70 % of the 321 km, or 230 km": the whole follows the share, the part is beside it.
        led = share.end <= one.start and _OF.fullmatch(prose.clean[share.end : one.start][:90])
        if led and len(amounts) == 2 and amounts[1 - i].measure is one.measure:
            part = amounts[1 - i]
            if part.si < one.si:
                linked.append((part, one))
    return linked


def _checked(
    prose: Prose, share: Number, pairs: Sequence[tuple[Number, Number]]
) -> Iterator[Problem]:
    if not pairs or any(_share_fits(share, part, whole) for part, whole in pairs):
        return
    part, whole = pairs[-1]
    right = 100 * part.si / whole.si
    yield over(
        prose,
        "share",
        (part, whole, share),
        f"{amount(part.value, part.unit)} of {amount(whole.value, whole.unit)} is "
        f"{plain(round(right, 1))} %, not {share.text}",
        suggestion=f"write about {right:.0f} %",
    )


def _share_fits(share: Number, part: Number, whole: Number) -> bool:
    (low, high), (small, large) = part.interval, whole.interval
    least, most = max(0.0, low) / large, high / small if small > 0 else 1e9
    slack = 0.0005
    return least <= share.interval[1] + slack and most >= share.interval[0] - slack


# -- growth -----------------------------------------------------------------------------------

_MOST_NUMBERS = 40
_FACTORS = {"doubl": 2.0, "tripl": 3.0, "trebl": 3.0, "quadrupl": 4.0, "quintupl": 5.0, "halv": 0.5}
_WORD_FACTOR = re.compile(
    r"\b(doubl|tripl|trebl|quadrupl|quintupl|halv)(?:ed|ing|es|e)\b", re.IGNORECASE
)
_FROM = re.compile(
    r"\bfrom\s(?:only |just |about |some |around |roughly |a mere |a total of ){0,2}$",
    re.IGNORECASE,
)
_THEN = re.compile(r"\b(?:then|before|earlier|previously)\b", re.IGNORECASE)
_NOW = re.compile(r"[^.;\d]{0,25}\b(?:now|today|later|afterwards)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"[;:(—]|,? (?:while|whereas|but|although)\b")


def folds(prose: Prose) -> Iterator[Problem]:
    """Find "20-fold" and "doubled" that the numbers from and to do not bear out."""
    for index, numbers in enumerate(prose.by_sentence):
        for fold in numbers[:_MOST_NUMBERS]:
            if fold.measure is Measure.FOLD:
                yield from _grown(prose, index, fold)
        one = prose.sentences[index]
        for match in _WORD_FACTOR.finditer(prose.clean, one.start, one.end):
            yield from _grown(prose, index, _spelled(prose, index, match))


def _spelled(prose: Prose, index: int, match: re.Match[str]) -> Number:
    factor = _FACTORS[match.group(1).lower()]
    before = prose.clean[max(0, match.start() - 20) : match.start()].lower()
    hedge = Hedge.ABOUT
    if re.search(r"more than\s$|over\s$", before):
        hedge = Hedge.AT_LEAST
    return Number(
        start=match.start(),
        end=match.end(),
        text=match.group(),
        value=factor,
        high=factor,
        unit=FOLD,
        digits=f"{factor:g}",
        hedge=hedge,
        sentence=index,
    )


def _grown(prose: Prose, index: int, fold: Number) -> Iterator[Problem]:
    pair = _from_to(prose, prose.by_sentence[index], fold)
    if pair is None:
        others = [n for n in prose.by_sentence[index] if n.measure is not Measure.FOLD]
        same = prose.sentences[index].paragraph
        for near in (index - 1, index + 1):
            if others or not 0 <= near < len(prose.sentences):
                continue
            if prose.sentences[near].paragraph == same and _is_about(prose, index, near):
                pair = pair or _from_to(prose, prose.by_sentence[near], None)
    if pair is None or not pair[0].value:
        return
    before, after = pair
    least = before.interval[0] and after.interval[0] / before.interval[1]
    most = after.interval[1] / max(1e-9, before.interval[0])
    ratio = after.si / before.si
    if _fold_fits(fold, least, most):
        return
    said = fold.text if fold.text[0].isdigit() or "fold" in fold.text else f"'{fold.text}'"
    yield over(
        prose,
        "fold",
        (fold, before, after),
        f"from {amount(before.value, before.unit)} to {amount(after.value, after.unit)} is "
        f"{plain(round(ratio, 1) if ratio < 10 else round(ratio))}-fold, not {said}; "
        "or the two are about different things",
        suggestion="say which numbers the growth is between, of one and the same class",
    )


def _fold_fits(fold: Number, least: float, most: float) -> bool:
    # "A 20-fold increase" is read by some as 21 times as much.
    low, high = fold.value * 0.9, (fold.value + 1) * 1.1
    if fold.value < 2:
        low, high = fold.value * 0.8, fold.value * 1.2
    elif fold.value < 4:
        low, high = fold.value * 0.88, fold.value * 1.15
    if fold.hedge is Hedge.AT_LEAST:
        low, high = fold.value, fold.value * 3
    elif fold.hedge is Hedge.AT_MOST:
        low = fold.value * 0.8
    return least <= high and most >= low


def _is_about(prose: Prose, index: int, near: int) -> bool:
    """Return whether a sentence without other numbers speaks of those of its neighbour."""
    words = prose.words_of(index)
    if near < index:
        return (
            re.match(r"\s{0,3}(?:That|This|It|The (?:increase|rise|growth|number))\b", words)
            is not None
        )
    things = [
        set(re.findall(r"\b(?:posts?|towers?|facilities|fenc\w+|walls?)\b", prose.words_of(i)))
        for i in (index, near)
    ]
    return bool(things[0] & things[1]) or not things[1]


def _from_to(
    prose: Prose, numbers: Sequence[Number], fold: Number | None
) -> tuple[Number, Number] | None:
    """Return the numbers before and after: "from 38 to 6,500", or two with "up from" between."""
    numbers = numbers[:_MOST_NUMBERS]
    for one, other in pairwise(numbers):
        if one.measure is not other.measure or one.measure in {Measure.FOLD, Measure.SHARE}:
            continue
        if fold is not None and _apart(prose, one, other, fold):
            continue
        known = {one.thing, other.thing} - {Thing.UNKNOWN}
        if len(known) > 1 and one.unit is not COUNT:
            continue
        gap = prose.gap(one, other)
        if _THEN.search(gap) and _NOW.match(prose.after(other)):
            return one, other
        if _FROM.search(prose.before(one)) and re.search(r"\bto\b|\b(?:up|rising|growing)\b", gap):
            return one, other
        if re.search(
            r"\b(?:up from|compared with|compared to|against)\s[^.\d]{0,25}$|"
            r"^,? from\s[^.\d]{0,12}$",
            gap,
        ):
            return other, one
        years = [re.findall(r"\b(?:19|20)\d\d\b", text) for text in (gap, prose.after(other, 40))]
        if years[0] and years[1] and one.unit is other.unit:
            first, second = years[0][0], years[1][0]
            return (one, other) if first < second else (other, one)
    return None


def _apart(prose: Prose, one: Number, other: Number, fold: Number) -> bool:
    """Return whether the growth is said in another clause that has a number of its own."""
    between = (
        prose.clean[fold.end : one.start]
        if fold.end <= one.start
        else prose.clean[other.end : fold.start]
    )
    inside = one.end <= fold.start < other.start
    if inside:
        return False
    own = [
        n
        for n in prose.by_sentence[fold.sentence]
        if n not in (one, other, fold) and n.measure is one.measure
    ]
    return bool(own) and (
        _CLAUSE.search(between) is not None
        or any(min(fold.start, one.start) < n.start < max(fold.start, other.start) for n in own)
    )


# -- pairs of units ---------------------------------------------------------------------------

_PAIRED = re.compile(
    r"(?:(?:[\s-](?:of|long|high|wide|tall|deep|thick))?\s{0,2}[(\[]|\s?/\s?|\s?=\s?|,?\sor\s|"
    r",?\si\.e\.,?\s|"
    r",?\sthat is,?\s|,?\sequivalent to\s|,?\sequal to\s|\s(?:is|are|equals?)\s)"
    r"(?:about |roughly |approximately |around |some |approx\.? |ca\.? |c\. ?|~|≈|nearly |over |"
    r"more than |almost |at least ){0,2}",
    re.IGNORECASE,
)
_MOST_APART = 0.04


def pairs(prose: Prose) -> Iterator[Problem]:
    """Find lengths and areas said in two units that do not agree within rounding."""
    for numbers in prose.by_sentence:
        for one, other in pairwise(numbers):
            kinds = one.measure is other.measure and one.measure in {Measure.LENGTH, Measure.AREA}
            if not kinds or one.unit is other.unit or not _PAIRED.fullmatch(prose.gap(one, other)):
                continue
            closed = re.match(
                r"\s?(?:long|wide|high|tall|deep|thick)?\s?[)\],.;=]|\s|$", prose.after(other)
            )
            if closed is None or _agree(one, other):
                continue
            right = one.si / other.unit.factor
            yield over(
                prose,
                "unit-pair",
                (one, other),
                f"{amount(one.value, one.unit)} is {plain(_rounded(right, other))} "
                f"{other.unit.name}, not {amount(other.value, other.unit)}",
                suggestion=f"write {plain(_rounded(right, other))} {other.unit.name}, or correct "
                f"{amount(one.value, one.unit)}",
            )


def _rounded(value: float, like: Number) -> float:
    return round(value, max(0, len(like.digits.partition(".")[2])))


def _agree(one: Number, other: Number) -> bool:
    """Return whether two amounts agree within the rounding of their digits.

    Trailing zeros may be rounding too (1,400 miles), up to 4 %.
    """
    reach = []
    for number in (one, other):
        low, high = number.interval
        extra = min(number.coarse_step / 2 * number.unit.factor, _MOST_APART / 2 * number.si)
        middle_low, middle_high = number.si - extra, number.high * number.unit.factor + extra
        reach.append((min(low, middle_low), max(high, middle_high)))
    (a, b), (c, d) = reach
    if one.is_range or other.is_range:
        ends = ((one.value, other.value), (one.high, other.high))
        return all(
            abs(x * one.unit.factor - y * other.unit.factor)
            <= max(
                one.step * one.unit.factor,
                other.step * other.unit.factor,
                0.03 * x * one.unit.factor,
            )
            for x, y in ends
        )
    return a <= d and c <= b
