"""Roll-ups name their parts; a barrier may be longer than its section, a border may not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from vallum.ground.prose.units import Measure
from vallum.measure.lint.numbers import Number, Prose
from vallum.measure.lint.problem import Problem, Severity
from vallum.measure.lint.saying import amount, over
from vallum.measure.lint.words import NEW_WORDS, UPGRADED_WORDS, Thing, last

_JOIN = r"\s?(?:,|and/or|or|and|/|&)\s?(?:or |and |been |newly |has been |have been )?"
_BOTH = (
    rf"(?:(?:{NEW_WORDS}){_JOIN}(?:{UPGRADED_WORDS})|(?:{UPGRADED_WORDS}){_JOIN}(?:{NEW_WORDS}))"
)
_ROLLED = re.compile(rf"\b{_BOTH}\b", re.IGNORECASE)
_FENCE_WORDS = re.compile(
    r"\b(?:(?:border|perimeter|security) )?(?:fenc(?:es?|ing)|walls?|barriers?|(?:barbed )?wire)\b",
    re.IGNORECASE,
)
_ALONG = re.compile(
    r"\balong\s(?:(?:at least|more than|about|over|some|roughly|nearly|a|the|around) ){0,2}$",
    re.IGNORECASE,
)


def rollups(prose: Prose) -> Iterator[Problem]:
    """Find one length of barrier that is "new or improved", without the length of each."""
    for index, numbers in enumerate(prose.by_sentence):
        lengths = [n for n in numbers if n.measure is Measure.LENGTH and n.thing is not Thing.OTHER]
        words = prose.words_of(index)
        if not lengths or not _ROLLED.search(words):
            continue
        for number in lengths:
            span = _rolled(prose, number)
            if span is None or _names_parts(prose, number):
                continue
            start, end = min(span[0], number.start), max(span[1], number.end)
            yield Problem(
                rule="roll-up",
                message=f"{number.text} lumps new and upgraded barrier together: say how much is "
                "new and how much upgraded, and that it is length of barrier, not of border",
                start=start,
                end=end,
                text=prose.clean[start:end],
                numbers=(number.value,),
                severity=Severity.WARNING,
                suggestion="name the parts and the unit: X km of new fence, Y km of upgraded fence",
            )


def _rolled(prose: Prose, number: Number) -> tuple[int, int] | None:
    """Return where "new or improved fencing" stands beside a length, or None.

    None too if the length is one of border: "489 km of the border".
    """
    if number.thing is not Thing.FENCE or len(number.states) == 1:
        return None
    before, after = prose.before(number, 110), prose.after(number)
    if _ALONG.search(before) or re.match(r"[,\s]{1,2}(?:where|on which|along which)\b", after):
        return None
    behind = _ROLLED.search(after)
    if behind is not None and not re.search(r"[;:(—]", after[: behind.start()]):
        fence = _FENCE_WORDS.match(after[behind.end() :].lstrip())
        reach = len(after[behind.end() :]) - len(after[behind.end() :].lstrip())
        return number.start, number.end + behind.end() + (reach + fence.end() if fence else 0)
    ahead = last(_ROLLED, before)
    if ahead is None or re.search(r"[;—]", before[ahead.end() :]):
        return None
    return number.start - len(before) + ahead.start(), number.end


def _names_parts(prose: Prose, whole: Number) -> bool:
    """Return whether the length of each part stands near by."""
    said = {
        state
        for n in prose.near(whole, 2)
        if n is not whole and n.measure is Measure.LENGTH and len(n.states) == 1
        for state in n.states
    }
    return {"new", "upgraded"} <= said


# -- a border is not longer than its section --------------------------------------------------

_PART_OF = re.compile(
    r"[^.;:\d]{0,40}\b(?<!increase )(?<!rise )(?<!growth )(?<!total )(?<!length )(?<!sum "
    r")(?<!border )(?<!frontier )(?<!section )(?<!stretch )(?<!segment )(?:of|out of)\s(?!which|"
    r"these|this|"
    r"them|it\b)(?:the |its |a |an |that |about |roughly |some ){0,3}(?:\w+[- ]){0,1}",
    re.IGNORECASE,
)
_LED = re.compile(
    r"\b(?:of|out of)\s(?:the |its |a |an |this |that |all |about |roughly ){0,3}$", re.IGNORECASE
)
_COVERS = re.compile(
    r"\b(?:fenced|covered|sealed|changed|closed|walled|lined|blocked|new|has|have|had|is|are|was|"
    r"were)\b",
    re.IGNORECASE,
)


def sections(prose: Prose) -> Iterator[Problem]:
    """Find a length of border that is longer than the section it is part of."""
    for numbers in prose.by_sentence:
        lengths = [n for n in numbers if n.measure is Measure.LENGTH and not n.is_range]
        for one, other in pairwise(lengths):
            pair = _part_and_whole(prose, one, other)
            if pair is None or pair[0].interval[0] <= pair[1].interval[1]:
                continue
            part, whole = pair
            yield over(
                prose,
                "longer-than-section",
                (part, whole),
                f"{amount(part.value, part.unit)} cannot be part of "
                f"{amount(whole.value, whole.unit)} of border; a barrier in layers can be longer "
                "than its section, but then it is length of barrier",
                suggestion=f"write {amount(part.value, part.unit)} of fence within a section of "
                f"{amount(whole.value, whole.unit)}",
            )


def _part_and_whole(prose: Prose, one: Number, other: Number) -> tuple[Number, Number] | None:
    places = {Thing.BORDER, Thing.SECTION, Thing.UNKNOWN}
    gap = prose.gap(one, other)
    start, end = prose.where(one.end, max(other.start, one.end + 1))
    if "unknown" in gap or "<" in prose.text[start:end]:  # beside the number, in another box
        return None
    if _PART_OF.fullmatch(gap) and other.thing in places and one.thing is not Thing.OTHER:
        # "7.4 km section of the 1,400 km border": part first.
        return one, other
    if (
        _LED.search(prose.before(one))
        and one.thing in places
        and other.thing in {*places, Thing.FENCE}
    ):
        is_barrier = other.thing is Thing.FENCE and not re.search(r"\bborder\b", prose.after(other))
        covers = _COVERS.search(prose.after(other) + gap) is not None
        return (other, one) if covers and not is_barrier else None
    is_section = one.thing is Thing.SECTION and not re.match(
        r"[^.]{0,30}\b(?:of|along|on|in)\s(?:the |its |a )?$", gap
    )
    if is_section and other.thing is Thing.BORDER and _COVERS.search(gap):
        return other, one
    return None


# -- claims of all and not all ----------------------------------------------------------------

_WHOLE = re.compile(
    r"\b(?:entire|whole|full length of the|all of the|complete)\s(?:\S+\s){0,3}?(?:border|"
    r"frontier|boundary)\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|never|nor|n't|n’t|except|hardly|almost|nearly)\b[^.;]{0,60}$", re.IGNORECASE
)
_WHAT = re.compile(
    r"\b(?:cameras?|fenc\w+|walls?|wire|guard posts?|watchtowers?|sensors?|lights?)\b",
    re.IGNORECASE,
)


def extents(prose: Prose) -> Iterator[Problem]:
    """Find one thing said to cover the entire border, and not the entire border."""
    said: dict[tuple[str, bool], re.Match[str]] = {}
    for index, sentence in enumerate(prose.sentences):
        for match in _WHOLE.finditer(prose.clean, sentence.start, sentence.end):
            head = prose.clean[max(sentence.start, match.start() - 90) : match.start()]
            what = {w.lower().rstrip("s") for w in _WHAT.findall(prose.words_of(index))}
            is_not = _NOT.search(head) is not None
            for word in sorted(what):
                said.setdefault((word, is_not), match)
                other = said.get((word, not is_not))
                if other is None:
                    continue
                yield Problem(
                    rule="contradicting-extent",
                    message=f"{word}s are said to cover '{other.group()}' and not to: give the "
                    "dates and the lengths of both, or drop one",
                    start=match.start(),
                    end=match.end(),
                    text=prose.clean[match.start() : match.end()],
                    severity=Severity.WARNING,
                    suggestion="say which stretch, and at which date",
                )
                return


__all__: Sequence[str] = ("extents", "rollups", "sections")
