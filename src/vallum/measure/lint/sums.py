"""Parts add up to their whole: equations, totals, and "of which"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from vallum.ground.prose.units import COUNT, Measure, Unit
from vallum.measure.lint.numbers import Number, Prose
from vallum.measure.lint.problem import Problem
from vallum.measure.lint.saying import amount, over
from vallum.measure.lint.words import Thing

_SOFT = (
    r"(?:(?:about|some|roughly|around|at least|over|more than|nearly|almost|only|a|the|"
    r"just)\s){0,2}"
)
_PLUS = re.compile(rf"[^=;\n]{{0,60}}?(?:\+|\bplus\b)\s{{0,2}}{_SOFT}\(?")
_EQUALS = re.compile(
    r"[^+;\n]{0,60}?(?:=|\b(?:equals?|makes?|making|gives?|giving|sums? to|adds? up to|comes? to|"
    rf"totals?|totall?ing|is)\b)\s{{0,2}}{_SOFT}"
)
_TOTAL_AFTER = re.compile(
    r"[^.;:,(\d]{0,50}?,?\s{0,2}\b(?:in all|in total|altogether|all told|all together|combined|"
    r"overall|"
    r"taken together|total)\b",
    re.IGNORECASE,
)
_TOTAL_BEFORE = re.compile(
    r"\b(?:totall?ing|totall?ed|totals|(?:a|the|with a|for a) (?:combined |grand |overall |"
    r"joint )?total"
    r"(?: (?:length|of|is|was|fence|number))*(?: \w+){0,3}|total|add(?:s|ed|ing)? up to|"
    r"amount(?:s|ed|ing)? to|"
    r"sum(?:s|med|ming)? (?:of|to)|altogether,?|in total,?|in all,?|all told,?|combined|"
    r"together,?|overall,?|"
    r"(?:total|combined|overall) length(?: of)?(?: \w+){0,4}|making|for a total of|"
    rf"together (?:they|these) \w+(?: up)?(?: to)?|com(?:es|ing) to)\s{{1,2}}(?:of |to |is |was |"
    rf"are )?{_SOFT}$"
    r"|\b(?:altogether|together|combined|overall|all told|all (?:the )?(?:layers|fences|fencing|"
    r"parts))\b"
    r"[^.;:\d]{0,50}$",
    re.IGNORECASE,
)
_RUNNING = re.compile(
    r"\b(?:bring|brings|bringing|brought|tak(?:es|ing)|took|rais(?:es|ing|ed)|new total|now|since|"
    r"previous|already|existing|up from|so far|to date|stands? at|stood at)\b",
    re.IGNORECASE,
)
_STRICT = re.compile(
    r"\b(?:compris\w+|compos\w+ of|consist\w+ of|made up of|makes? up|split (?:into|between)|"
    r"divided (?:into|between)|namely|br(?:oken|eaks?) down|the sum of)\b",
    re.IGNORECASE,
)
_LOOSE = re.compile(
    r"\bof (?:which|these|them|those|this|that|it)\b|:\s|\(|—|\s–\s|\bincluding\b|\bbeing\b"
)
_OF_THESE = re.compile(r"\s{0,3}(?:Of (?:these|this|that|them|those|it|which)\b|Of the (?!\d))")
_REST = re.compile(r"\b(?:remaining|remainder|the rest)\b[^.;\d]{0,25}$", re.IGNORECASE)
_SERIES = re.compile(
    r"\b(?:from|up from|against|compared (?:with|to)|versus|every|each|per)\s{1,2}" + _SOFT + "$",
    re.IGNORECASE,
)
_NEAR = 0.03
_MOST_PARTS = 12


def sums(prose: Prose) -> Iterator[Problem]:
    """Find wholes that are not the sum of their parts."""
    seen: set[int] = set()
    for problem in (*_equations(prose), *_stated(prose), *_slips(prose), *_shares(prose)):
        spot = {problem.start, problem.end}
        if not spot & seen:
            seen |= spot
            yield problem


# -- a + b = c --------------------------------------------------------------------------------


def _equations(prose: Prose) -> Iterator[Problem]:
    for numbers in prose.by_sentence:
        chain: list[Number] = []
        signs: list[str] = []
        for number in numbers:
            sign = _sign(prose.gap(chain[-1], number), number) if chain else ""
            if not sign:
                yield from _solved(prose, chain, signs)
                chain, signs = [], []
            else:
                signs.append(sign)
            chain.append(number)
        yield from _solved(prose, chain, signs)


def _sign(gap: str, number: Number) -> str:
    if number.is_signed and not gap.strip():
        return "+"
    if _PLUS.fullmatch(gap):
        return "+"
    return "=" if _EQUALS.fullmatch(gap) else ""


def _solved(prose: Prose, chain: Sequence[Number], signs: Sequence[str]) -> Iterator[Problem]:
    if signs.count("=") != 1 or "+" not in signs:
        return
    at = signs.index("=") + 1
    unit = next((one.unit for one in chain if one.unit is not COUNT), COUNT)
    sides = [_in_unit(chain[:at], unit), _in_unit(chain[at:], unit)]
    if any(one.measure is not unit.measure for side in sides for one in side):
        return
    if all(len(side) == 1 for side in sides) or min(len(side) for side in sides) != 1:
        return
    parts, whole = sorted(sides, key=len, reverse=True)
    if not _fits(whole[0], parts):
        yield _wrong(prose, whole[0], parts)


def _in_unit(numbers: Sequence[Number], unit: Unit) -> list[Number]:
    return [replace(one, unit=unit) if one.unit is COUNT else one for one in numbers]


# -- totals in words --------------------------------------------------------------------------


def _stated(prose: Prose) -> Iterator[Problem]:
    for index, numbers in enumerate(prose.by_sentence):
        for i, whole in enumerate(numbers[:_MOST_PARTS]):
            if i and _is_pair(prose, numbers[i - 1], whole):
                continue
            if whole.measure not in {Measure.LENGTH, Measure.AREA, Measure.COUNT} or whole.is_range:
                continue
            parts, is_strict = _parts(prose, index, whole)
            if len(parts) >= 2 and _is_wrong(whole, parts, is_strict=is_strict):
                yield _wrong(prose, whole, parts)


def _parts(prose: Prose, index: int, whole: Number) -> tuple[list[Number], bool]:
    """Return the parts that the words give to a whole, and whether they name all of them."""
    numbers = prose.by_sentence[index]
    after = prose.after(whole)
    later = _alike(prose, whole, [n for n in numbers if n.start > whole.start])
    if _STRICT.search(after) and len(later) >= 2:
        return later, True
    if any(_REST.search(prose.before(n)) for n in later[1:]):
        return later, True
    head = prose.before(whole)
    earlier = _alike(prose, whole, [n for n in numbers if n.start < whole.start])
    is_total = bool(_TOTAL_AFTER.match(after) or _TOTAL_BEFORE.search(head))
    is_led = len(later) >= 2 and _LOOSE.search(prose.gap(whole, later[0])) is not None
    if is_total and (len(earlier) >= 2 or not is_led):
        parts = (
            earlier
            if len(earlier) >= 2
            else _alike(prose, whole, _previous(prose, index)) + earlier
        )
        # "Altogether" of another sentence may speak of more than the one before it named.
        around = head + after + prose.words_of(index)[:40]
        return parts, not _RUNNING.search(around)
    if whole.measure is Measure.COUNT:
        return [], False
    if len(later) >= 2 and _LOOSE.search(prose.gap(whole, later[0])):
        parts = _bracketed(prose, whole, later)
        # What is new or upgraded is all new or upgraded.
        return parts, len(whole.states) == 2 and all(one.states for one in parts)
    starts = prose.words_of(index)[: max(0, whole.start - prose.sentences[index].start)]
    if re.fullmatch(
        rf"\s{{0,3}}(?:Out of|Of|From)\s(?:the |a |an |these |those |its )?{_SOFT}", starts
    ):
        return later, False
    following = _next(prose, index)
    if not following or whole is not numbers[-1]:
        return [], False
    is_rest = any(_REST.search(prose.before(n)) for n in following[1:])
    if is_rest or _OF_THESE.match(prose.words_of(index + 1)):
        return _alike(prose, whole, following), is_rest
    return [], False


def _bracketed(prose: Prose, whole: Number, later: list[Number]) -> list[Number]:
    """Return the parts inside the brackets that open right after the whole, or all of them."""
    opened = re.match(r"[^.;:(]{0,60}\(", prose.clean[whole.end : whole.end + 70])
    if opened is None:
        return later
    closed = prose.clean.find(")", whole.end)
    return [one for one in later if closed < 0 or one.end <= closed]


def _previous(prose: Prose, index: int) -> list[Number]:
    """Return the numbers of the sentences before, in this paragraph, back to where two are."""
    found: list[Number] = []
    paragraph = prose.sentences[index].paragraph
    for at in range(index - 1, max(-1, index - 4), -1):
        if prose.sentences[at].paragraph != paragraph:
            break
        found = [*prose.by_sentence[at], *found]
        if len(found) >= 2:
            break
    return found


def _next(prose: Prose, index: int) -> tuple[Number, ...]:
    if index + 1 >= len(prose.sentences):
        return ()
    same = prose.sentences[index + 1].paragraph == prose.sentences[index].paragraph
    return prose.by_sentence[index + 1] if same else ()


def _alike(prose: Prose, whole: Number, numbers: Sequence[Number]) -> list[Number]:
    """Return those numbers that can be parts of a whole."""
    found: list[Number] = []
    last: Number | None = None
    # "two parts, 305 m and 164 m": a bare number has the whole's unit only where none has one.
    is_bare = not any(number.measure is whole.measure for number in numbers)
    for number in numbers[:_MOST_PARTS]:
        one, said, last = number, last, number
        if said is not None and _is_pair(prose, said, number):
            continue
        if said is not None and prose.gap(said, number).strip() == "or":
            found = [one for one in found if one.start != said.start]  # one or the other: no parts
            continue
        if is_bare and number.unit is COUNT and number.thing is not Thing.POST:
            one = replace(number, unit=whole.unit)
        if one.measure is not whole.measure or one.is_range or one.thing is Thing.OTHER:
            continue
        known = {whole.thing, one.thing} - {Thing.UNKNOWN, Thing.SECTION}
        if len(known) > 1 or one.value * one.unit.factor > whole.si * 1.0001:
            continue
        if _SERIES.search(prose.before(number)) or (number.is_stock and not number.is_delta):
            continue
        found.append(one)
    return [] if _is_series(prose, found) else found


def _is_pair(prose: Prose, one: Number, other: Number) -> bool:
    """Return whether the second number says the first in another unit: 505 km (314 mi)."""
    gap = prose.gap(one, other)
    return one.unit is not other.unit and len(gap) <= 12 and bool(re.search(r"[(/=]|\bor\b", gap))


def _is_series(prose: Prose, parts: Sequence[Number]) -> bool:
    """Return whether each number is of its own year: one thing at several dates, not parts."""
    years = []
    for part in parts:
        near = prose.before(part, 45) + " | " + prose.after(part, 45)
        years.append(frozenset(re.findall(r"\b(?:19|20)\d\d\b|\bbefore\b|\bnow\b|\bthen\b", near)))
    told = [year for year in years if year]
    return len(told) >= 2 and len(told) == len(parts) and len(set(told)) == len(told)


# -- without words for a total ----------------------------------------------------------------


def _slips(prose: Prose) -> Iterator[Problem]:
    """Find a whole and two or three parts beside it that miss it by a slip of the pen."""
    for numbers in prose.by_paragraph.values():
        lengths = [
            n for n in numbers if n.measure in {Measure.LENGTH, Measure.AREA} and not n.is_range
        ]
        for i, whole in enumerate(lengths):
            if whole.value < 20 or whole.thing is Thing.OTHER:
                continue
            if i and _is_pair(prose, lengths[i - 1], whole):
                continue
            close = [
                n
                for n in lengths[max(0, i - 3) : i + 4]
                if n is not whole and abs(n.sentence - whole.sentence) <= 2
            ]
            parts = _alike(prose, whole, close)
            parts_each = [
                [n for n in parts if n.start < whole.start],
                [n for n in parts if n.start > whole.start],
            ]
            groups = [
                side[j : j + k]
                for side in parts_each
                for k in (2, 3)
                for j in range(len(side) - k + 1)
            ]
            if any(_fits(whole, group) for group in groups):
                continue
            for group in groups:
                if len({one.value for one in group}) == len(group) and _is_slip(whole, group):
                    yield _wrong(prose, whole, group)
                    break


def _is_slip(whole: Number, parts: Sequence[Number]) -> bool:
    if any(one.unit is not whole.unit for one in parts):
        return False
    near = abs(sum(one.si for one in parts) - whole.si) <= _NEAR * whole.si
    kinds = [one.states for one in parts]
    is_split = {frozenset({"new"}), frozenset({"upgraded"})} == set(kinds) and not whole.states
    return (
        near and min(one.value for one in parts) > 0.05 * whole.value and not _mixed(parts)
    ) or (is_split and _one_digit_off(whole, parts))


def _mixed(parts: Sequence[Number]) -> bool:
    return len({one.thing for one in parts} - {Thing.UNKNOWN}) > 1


def _shares(prose: Prose) -> Iterator[Problem]:
    """Find shares with "the remaining" that do not make 100 %."""
    for numbers in prose.by_sentence:
        shares = [n for n in numbers if n.measure is Measure.SHARE and not n.is_range]
        if len(shares) < 2 or not any(_REST.search(prose.before(n)) for n in shares[1:]):
            continue
        low = sum(n.interval[0] for n in shares)
        high = sum(n.interval[1] for n in shares)
        if not low - 1e-9 <= 1 <= high + 1e-9:
            total = sum(n.value for n in shares)
            yield over(
                prose,
                "sum",
                shares,
                f"the shares and what is called the rest add up to {total:g} %, not 100 %",
                suggestion="correct one of them, or say what else there is",
            )


# -- arithmetic -------------------------------------------------------------------------------


def _fits(whole: Number, parts: Sequence[Number]) -> bool:
    """Return whether parts add up to a whole within the rounding of the printed digits."""
    low, high = (sum(one.interval[side] for one in parts) for side in (0, 1))
    slack = 1e-9 * max(1.0, whole.si)
    return low <= whole.interval[1] + slack and high >= whole.interval[0] - slack


def _is_wrong(whole: Number, parts: Sequence[Number], *, is_strict: bool) -> bool:
    n = len(parts)
    groups = [parts[i : i + k] for k in range(2, n + 1) for i in range(n - k + 1)]
    if any(_fits(whole, group) for group in groups):
        return False
    # "Of 240 km 118 km were compared: 12 km changed, 106 km did not": parts of a part.
    tails = [(parts[i], parts[i + 1 : i + 1 + k]) for i in range(n) for k in range(2, n - i)]
    if any(_fits(one, group) for one, group in tails):
        return False
    if is_strict:
        return True
    excess = sum(one.interval[0] for one in parts) > whole.interval[1]
    near = abs(sum(one.si for one in parts) - whole.si) <= 0.1 * whole.si
    return (excess and not _overlapping(parts)) or near or _one_digit_off(whole, parts)


def _overlapping(parts: Sequence[Number]) -> bool:
    """Return whether parts may be the same metres: lengths of several kinds of thing."""
    return len({one.thing for one in parts} - {Thing.UNKNOWN}) > 1


def _one_digit_off(whole: Number, parts: Sequence[Number]) -> bool:
    """Return whether one wrong digit, not the last, explains why it does not add up.

    Only from three digits on: of shorter numbers too many are one digit apart by chance.
    """
    if whole.value < 100:
        return False
    everyone = [whole, *parts]
    for i, number in enumerate(everyone):
        digits = re.sub(r"\D", "", number.digits.partition(".")[0])
        for at in range(len(digits) - 1):
            for digit in "0123456789":
                other = digits[:at] + digit + digits[at + 1 :]
                if digit == digits[at] or (at == 0 and digit == "0"):
                    continue
                value = number.value + int(other) - int(digits)
                changed = replace(number, value=value, high=value)
                tried = [changed if j == i else one for j, one in enumerate(everyone)]
                if _fits(tried[0], tried[1:]):
                    return True
    return False


def _wrong(prose: Prose, whole: Number, parts: Sequence[Number]) -> Problem:
    factor = whole.unit.factor
    total = sum(one.si for one in parts) / factor
    terms = " + ".join(amount(one.value, one.unit) for one in parts)
    right = amount(total, whole.unit)
    return over(
        prose,
        "sum",
        (whole, *parts),
        f"{terms} = {right}, not {amount(whole.value, whole.unit)}",
        suggestion=f"write {right}, correct a part, or name what else the whole holds",
    )
