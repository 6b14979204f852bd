"""What a publication tells of the people's agreement, and of what others published before."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from vallum.ground.kinds import Answer
from vallum.ground.records import Verdict
from vallum.project import Project
from vallum.steps.judging import current_candidates

if TYPE_CHECKING:
    from vallum.measure.published import PublishedFigure
    from vallum.report.figures.agreement import Agreement
    from vallum.report.figures.forest import Published
    from vallum.review.said import Said

_LEAST_PEOPLE = 2
_FRONTIERS = {
    "prk-chn": {"CN-KP"},
    "prk-rus": {"KP-RU"},
    "prk-north": {"CN-KP", "KP-RU"},
    "pol-blr": {"PL-BY"},
}
_UNITS = {"km": "km", "count": "posts"}
_WORDS = ("fenc", "barrier", "wall", "guard post", "watchtower", "facilities", "infrastructure",
          "without updated imagery")  # fmt: skip
_OUTLETS = {"HRW": "Human Rights Watch", "Reuters": "Reuters and Middlebury Institute"}
_METHOD = (
    "Pairs of answers of different people to the same thing, yes, no or cannot tell; final words, "
    "contested and withdrawn answers do not count, nor does the yes of who drew a thing. "
    "Krippendorff's alpha for words without order, with the middle 95 % of 1,000 draws of things "
    "(Krippendorff 2011, Computing Krippendorff's alpha-reliability)."
)


def agreement(project: Project) -> Agreement | None:
    """Return how far people agreed, without any name; None where no two answered the same thing.

    Of people with themselves nothing is told where fewer than two were asked twice: it would be
    the record of one person.
    """
    from vallum.report.figures.agreement import Agreement
    from vallum.review import agreement as rules
    from vallum.review.said import author, said

    known = {one.id: one for one in current_candidates(project)}
    verdicts = [one for one in project.rows(Verdict) if one.about in known]
    answers = said(verdicts)
    first = [
        {name: one for name, one in here.first.items() if name != author(here, known[about])}
        for about, here in sorted(answers.items())
    ]
    pairs = _pairs(first)
    if not pairs:
        return None
    account = rules.report(known.values(), verdicts)
    order = tuple(Answer)
    between = account.alpha
    return Agreement(
        answers=tuple(one.value for one in order),
        counts=tuple(tuple(pairs[frozenset((a, b))] for b in order) for a in order),
        n_twice=account.overall.n_candidates,
        kappa=(between.value, between.low, between.high),
        within=_within(answers),
        method=_METHOD,
    )


def _within(answers: Mapping[str, Said]) -> tuple[float, float, float]:
    """Return alpha of people with themselves; NaN where it would be the record of one person."""
    from vallum.review.agreement import alpha_of

    order = tuple(Answer)
    repeats = [
        (name, order.index(here.first[name].answer), order.index(one.answer))
        for _, here in sorted(answers.items())
        for name, one in sorted(here.repeat.items())
        if name in here.first
    ]
    if len({name for name, *_ in repeats}) < _LEAST_PEOPLE:
        return math.nan, math.nan, math.nan
    alpha = alpha_of(np.array([codes for _, *codes in repeats], np.intp))
    return alpha.value, alpha.low, alpha.high


def _pairs(first: Iterable[Mapping[str, Verdict]]) -> Counter[frozenset[Answer]]:
    """Count unordered pairs of answers: who gave which is lost, on purpose."""
    found: Counter[frozenset[Answer]] = Counter()
    for given in first:
        for one, other in combinations(given.values(), 2):
            found[frozenset((one.answer, other.answer))] += 1
    return found


def published(project: Project) -> tuple[Published, ...]:
    """Return what others published of barriers on this line, from the packaged table.

    Nothing for a simulated border: made-up numbers beside real ones would be misquoted.
    """
    from vallum.measure.published import figures

    codes = _FRONTIERS.get(project.frontier.name, set())
    if project.config.is_simulated or not codes:
        return ()
    rows = [one for one in figures() if codes & set(one.frontier.split("+"))]
    return tuple(_published(one) for one in rows if _is_comparable(one))


def _is_comparable(one: PublishedFigure) -> bool:
    """Say whether it counts kilometres or posts of something that this report counts too."""
    words = one.quantity.casefold()
    return (
        one.unit in _UNITS
        and math.isfinite(one.low)
        and any(word in words for word in _WORDS)
        and not words.startswith(("gap", "mean", "post spacing"))
    )


def _published(one: PublishedFigure) -> Published:
    from vallum.report.figures.forest import Published

    unit = _UNITS[one.unit]
    is_range = math.isfinite(one.high) and one.high > one.low
    epochs = " to ".join(filter(None, (one.epoch_before, one.epoch_after)))
    return Published(
        label=one.quantity,
        words=one.qualifier,
        value=math.nan if is_range else one.low,
        low=one.low if is_range else math.nan,
        high=one.high if is_range else math.nan,
        unit=unit,
        who=f"{_outlet(one.study)}, {one.published[:4]} (read in {one.source})",
        url=one.source_url,
        over=", ".join(filter(None, ("whole line" if one.aoi == "whole" else one.aoi, epochs))),
    )


def _outlet(study: str) -> str:
    """Return who published it, without the short name that the table gives one of several."""
    for short, name in _OUTLETS.items():
        if study.startswith(short):
            return name
    return study
