"""Rates: what a spacing or a number per kilometre is counted along."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from vallum.ground.prose.spelled import WORDS
from vallum.ground.prose.units import COUNT, Measure
from vallum.measure.lint.numbers import Number, Prose
from vallum.measure.lint.problem import Problem, Severity
from vallum.measure.lint.saying import over, plain
from vallum.measure.lint.words import POST_WORDS, Hedge, Thing, last

_SOFT = (
    r"(?:(?:about|some|roughly|around|on average|an average of|average|only|just|approximately|"
    r"nearly|less than|under|almost|the|a|an|some) ){0,3}"
)
_EVERY = re.compile(
    r"\b(?:every|each|per|one in|one for|once in|for every|for each|spaced(?: at| out at| out)?|"
    r"spacing(?: of| is| was| at|:)?|spacing averag(?:es|ed)|intervals? (?:of|is|was)|"
    r"apart by|separated by|distances? (?:of|is|was)|gaps? of|"
    r"distances? between[\w\s,-]{0,50}? (?:is|was|of|averag(?:es|ed)))"
    rf"\s{_SOFT}$",
    re.IGNORECASE,
)
_APART = re.compile(
    r"[\s-]{0,2}(?:apart\b|from (?:each other|one another|the next)|intervals?\b|spacing\b|"
    r"gaps?\b(?! between (?:the )?(?:layers|fences|rows|lines)))",
    re.IGNORECASE,
)
# "A watchtower and a bunker 250 m apart" is one distance, no rate.
_TWO = re.compile(rf"\b(?:a|an|one|two|both)\s(?:\w+\s){{0,2}}?(?:{POST_WORDS})", re.IGNORECASE)
_POSTS = re.compile(rf"\b(?:{POST_WORDS})", re.IGNORECASE)
_NOT_BUILT = re.compile(
    r"\b(?:layers|rows of|fence lines|samples?|cells?|images?|kilometre posts|profiles?|"
    r"points? is)\b",
    re.IGNORECASE,
)
_DENOMINATOR = re.compile(
    r"\b(?:of|along|on)\s(?:the |a |this |that |its |their |each |all |new |double |secondary |"
    r"primary |whole |entire |same |total ){0,3}"
    r"(?:[\d.,]+[\s-]?(?:km|kilomet\w+|miles?|mi|m|met\w+)[\s-](?:long )?(?:of |section of |"
    r"stretch of )?(?:the |new )?)?"
    r"(?:\w+[- ]){0,2}?(?P<what>fenc\w+|walls?|barriers?|wire|border|frontier|boundary|riverbank|"
    r"river|bank|coast\w*|shore\w*|"
    r"section|stretch|segment|road|track|line)(?![- ]?posts?)\b",
    re.IGNORECASE,
)
_UNIT_NAMED = re.compile(
    r"\s?(?:-|\bof )?\s?(?P<what>fence|fencing|border|frontier|wall|barrier|boundary|coast|"
    r"river)\b|\b(?P<pre>fence|border|frontier|wall|barrier)[- ]$",
    re.IGNORECASE,
)
_PER_UNIT = re.compile(
    r"(?P<a>\b(?:per|for every|for each|each|every|a)\s(?:(?P<named>fence|border|frontier|wall|"
    r"barrier|coast)[- ])?"
    r"(?P<unit>kilomet(?:re|er)|km|mile))\b(?![\s-](?:long|posts?|zone|stretch|section))",
    re.IGNORECASE,
)
_MOST = 12
_FENCES = ("fenc", "wall", "barrier", "wire")


def rates(prose: Prose) -> Iterator[Problem]:
    """Find spacings and densities that do not say along what, or do not recompute."""
    for index, numbers in enumerate(prose.by_sentence):
        words = prose.words_of(index)
        if not _POSTS.search(words) and not (index and _POSTS.search(prose.words_of(index - 1))):
            continue
        for number in numbers:
            if is_spacing(prose, number):
                yield from _checked(prose, number)
        yield from _densities(prose, index)


def is_spacing(prose: Prose, number: Number) -> bool:
    """Return whether a length is the distance from one post to the next."""
    if number.measure is not Measure.LENGTH or number.is_range:
        return False
    start = max(prose.sentences[number.sentence].start, number.start - 100)
    before, after = prose.clean[start : number.start], prose.after(number)
    is_apart = _APART.match(after) is not None and not _TWO.search(before)
    around = prose.clean[max(start, number.start - 75) : number.end + 70]
    if not (is_apart or _EVERY.search(before)) or _NOT_BUILT.search(around):
        return False
    # A distance between layers of fence has no denominator; one between posts has.
    return _POSTS.search(around) is not None


def denominator(prose: Prose, number: Number) -> str:
    """Return what a spacing is said to be counted along: `fence`, `border`, or nothing.

    Words right after it count ("every 110 m of fence"), then those of the clause before it.
    """
    after = prose.clean[number.end : min(prose.sentences[number.sentence].end, number.end + 90)]
    stop = re.search(r"[;:]|\bwhile\b|\bcompared\b|\bup from\b|\bagainst\b", after)
    after = after[: stop.start()] if stop else after
    match = _UNIT_NAMED.match(after) or _DENOMINATOR.search(after)
    if match is None:
        start = max(prose.sentences[number.sentence].start, number.start - 140)
        match = last(_DENOMINATOR, prose.clean[start : number.start])
    if match is None:
        return ""
    what = match.group("what").lower()
    return "fence" if what.startswith(_FENCES) else "border"


def lengths_near(prose: Prose, number: Number) -> list[Number]:
    """Return lengths of fence or border said near a rate."""
    return [
        n
        for n in prose.near(number)
        if n.measure is Measure.LENGTH
        and n is not number
        and n.si > 5 * number.si
        and n.thing is not Thing.OTHER
    ]


def counts_near(prose: Prose, number: Number) -> list[Number]:
    """Return numbers of posts said near a rate."""
    return [
        n
        for n in prose.near(number)
        if n.unit is COUNT
        and n.value >= 2
        and n.thing in {Thing.POST, Thing.UNKNOWN}
        and not n.is_range
    ]


def _checked(prose: Prose, spacing: Number) -> Iterator[Problem]:
    named = denominator(prose, spacing)
    told = [
        (c, n, n.si / c.value)
        for c in counts_near(prose, spacing)[:_MOST]
        for n in lengths_near(prose, spacing)[:_MOST]
    ]
    fits = [row for row in told if _recomputes(spacing, row[0], row[1])]
    if named:
        yield from _contradicted(prose, spacing, named, told, fits)
        return
    if fits and len({row[1].si for row in told}) == 1:
        return  # one length, one count: it is plain what it is counted along
    shown = "; ".join(
        f"{plain(n.value)} {n.unit.name}{_of(n)} / {plain(c.value)} = {plain(round(s))} m"
        for c, n, s in told[:4]
    )
    yield over(
        prose,
        "denominator",
        (spacing,),
        f"{spacing.text} is a rate without its denominator: per metre of fence or of border?"
        + (f" {shown}" if shown else " Where fences run in layers the two differ."),
        severity=Severity.WARNING,
        suggestion=f"write {spacing.text} of fence, or of border, and of how many km",
    )


def _of(number: Number) -> str:
    return f" of {number.thing}" if number.thing in {Thing.FENCE, Thing.BORDER} else ""


def _recomputes(spacing: Number, count: Number, length: Number) -> bool:
    (low, high), (few, many) = length.interval, count.interval
    least, most = low / max(many, 1e-9), high / max(few, 1e-9)
    reach = max(0.02, 0.12 if spacing.hedge is Hedge.ABOUT else 0.0) * spacing.si
    bottom, top = spacing.interval
    coarse = spacing.coarse_step / 2 * spacing.unit.factor
    bottom = min(bottom - reach, spacing.si - min(coarse, 0.06 * spacing.si))
    top = max(top + reach, spacing.si + min(coarse, 0.06 * spacing.si))
    return least <= top and most >= bottom


def _contradicted(
    prose: Prose,
    spacing: Number,
    named: str,
    told: Sequence[tuple[Number, Number, float]],
    fits: Sequence[tuple[Number, Number, float]],
) -> Iterator[Problem]:
    """Find a spacing "of border" that is one of fence, or fits nothing in the text."""

    def is_named(length: Number) -> bool:
        is_fence = length.thing is Thing.FENCE
        return is_fence if named == "fence" else length.thing in {Thing.BORDER, Thing.SECTION}

    own = [row for row in told if is_named(row[1])]
    if not own or any(row in fits for row in own):
        return
    if not fits and len(told) != 1:
        return
    count, length, right = own[0]
    yield over(
        prose,
        "spacing",
        (spacing, count, length),
        f"{plain(length.value)} {length.unit.name} of {named} / {plain(count.value)} = "
        f"one every {plain(round(right) if right >= 10 else round(right, 1))} m of {named}, "
        f"not {spacing.text}"
        + (
            f"; {spacing.text} is what {plain(fits[0][1].value)} {fits[0][1].unit.name} of "
            f"{'border' if named == 'fence' else 'fence'} would give"
            if fits
            else ""
        ),
        suggestion=f"write one every {plain(round(right))} m of {named}",
    )


def _densities(prose: Prose, index: int) -> Iterator[Problem]:
    """Find "9.2 posts per km" that does not say of what."""
    one = prose.sentences[index]
    for match in _PER_UNIT.finditer(prose.clean, one.start, one.end):
        if match.group("named"):
            continue
        before = prose.clean[max(one.start, match.start() - 45) : match.start()]
        is_a = match.group("a").lower().startswith("a ")
        counted = re.search(
            rf"(?:\d[\d.,]*|\b(?:{WORDS}))\s(?:\w+\s){{0,3}}(?:{POST_WORDS})\s?(?:\w+\s){{0,2}}$",
            before,
            re.IGNORECASE,
        )
        if counted is None or is_a:
            continue
        after = prose.clean[match.end() : min(one.end, match.end() + 80)]
        if _UNIT_NAMED.match(after) or _DENOMINATOR.match(after.lstrip()):
            continue
        start = match.start() - len(before) + counted.start()
        yield Problem(
            rule="denominator",
            message=f"'{prose.clean[start : match.end()]}' does not say of what: per kilometre of "
            "fence or of border? Where fences run in layers the two differ.",
            start=start,
            end=match.end(),
            text=prose.clean[start : match.end()],
            severity=Severity.WARNING,
            suggestion="write per km of fence, or per km of border",
        )
