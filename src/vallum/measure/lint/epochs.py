"""Dates in order, and images of the dates that were compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from vallum.measure.lint.dates import Day
from vallum.measure.lint.numbers import Prose
from vallum.measure.lint.problem import Problem
from vallum.measure.lint.saying import over

_BETWEEN = re.compile(
    r"\b(?:between|from)\s(?:(?:early|mid|late|about|the|end of|spring|summer) ?){0,2}[-]?$",
    re.IGNORECASE,
)
_AND = re.compile(
    r"\s?(?:and|to|until|till|through|-|–|—)\s?(?:(?:early|mid|late|about|the|end of) ?){0,2}[-]?",
    re.IGNORECASE,
)
_FIRST = re.compile(
    r"\b(?:first|before|earlier|initial|older|pre-|began|begun|started|last absent|not yet|"
    r"absent)\b[^.;]{0,50}$",
    re.IGNORECASE,
)
_SECOND = re.compile(
    r"\b(?:second|after|later|latest|newer|final|completed|finished|ended|first seen|"
    r"present)\b[^.;]{0,50}$",
    re.IGNORECASE,
)
_IMAGES = re.compile(
    r"\b(?:images?|imagery|photos?|photographs?|pictures?|satellite|scenes?|epochs?|dates?)\b",
    re.IGNORECASE,
)
_WORK = re.compile(r"\b(?:began|begun|started|completed|finished|ended)\b", re.IGNORECASE)
_SEEN = re.compile(r"\b(?:last absent|first seen|absent)\b", re.IGNORECASE)


def date_order(prose: Prose) -> Iterator[Problem]:
    """Find periods that end before they begin, and a second image older than the first."""
    for index in range(len(prose.sentences)):
        days = [day for day in prose.days_of(index) if day.year is not None]
        for one, other in pairwise(days):
            if one.earliest <= other.latest:
                continue
            gap = prose.clean[one.end : other.start]
            head = prose.clean[max(prose.sentences[index].start, one.start - 60) : one.start]
            if _is_period(head, gap) or _is_before_after(prose, index, head, gap):
                yield over(
                    prose,
                    "date-order",
                    (one, other),
                    f"{other.text} is before {one.text}, but the text has it after",
                    suggestion=f"check both dates; {other.text} to {one.text}, or a slip in a year",
                )


def _is_period(head: str, gap: str) -> bool:
    return _BETWEEN.search(head) is not None and _AND.fullmatch(gap) is not None


def _is_before_after(prose: Prose, index: int, head: str, gap: str) -> bool:
    words = prose.words_of(index)
    if not (_IMAGES.search(words) or _WORK.search(words) or _SEEN.search(words)):
        return False
    # "before 2022 … after 2019" of images; "after work began in 2022" turns the order round.
    turned = re.search(
        r"\bafter\b[^.;]{0,30}\b(?:began|begun|started|last absent)\b", words, re.IGNORECASE
    )
    return _FIRST.search(head) is not None and _SECOND.search(gap) is not None and turned is None


def epoch_of(text: str) -> tuple[int, int] | None:
    """Return (year, month) of an epoch written 2022-04, or None if it is no month."""
    match = re.fullmatch(r"((?:19|20)\d\d)-(\d\d)(?:-\d\d)?", text.strip())
    return (int(match.group(1)), int(match.group(2))) if match else None


def speaks_of_images(prose: Prose, day: Day, index: int) -> bool:
    """Return whether a date is one of an image: said beside it, in its sentence."""
    sentence = prose.sentences[index]
    head = prose.clean[max(sentence.start, day.start - 12) : day.start]
    if re.search(r"\b(?:before|after|left|right|top|bottom):\s?$", head, re.IGNORECASE):
        return True
    near = prose.clean[max(sentence.start, day.start - 140) : min(sentence.end, day.end + 80)]
    return (
        re.search(
            r"\b(?:images?|imagery|photos?|photographs?|pictures?|satellite|snapshots?|shots?|"
            r"clips?|frames?|scenes?)\b",
            near,
            re.IGNORECASE,
        )
        is not None
    )
