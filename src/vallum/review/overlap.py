"""How far the lines that two analysts drew lie on each other, in metres."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import nan

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from vallum.ground.geodesy import utm_epsg
from vallum.ground.kinds import Answer
from vallum.ground.records import Candidate, Verdict
from vallum.ground.span import Span
from vallum.review.said import Said, author


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """How far the lines of two analysts lie on each other, where both worked.

    Args:
        first: one analyst; never published.
        second: the other.
        first_m: metres that the first redrew or drew.
        second_m: likewise the second.
        first_share: share of `first_m` within the buffer of a line of the second; NaN for 0 m.
        second_share: the other way about.
        buffer_m: the buffer.
    """

    first: str
    second: str
    first_m: float
    second_m: float
    first_share: float
    second_share: float
    buffer_m: float


@dataclass(frozen=True, kw_only=True)
class _Lines:
    """What one analyst holds to be there: `own` was redrawn or drawn, `all` also as suggested."""

    own: list[tuple[Candidate, BaseGeometry]]
    all: list[BaseGeometry]


def overlaps(
    candidates: Mapping[str, Candidate],
    answers: Mapping[str, Said],
    sections: Sequence[Span],
    buffer_m: float = 5.0,
) -> tuple[Overlap, ...]:
    """Return for each two analysts how much of what one drew lies along a line of the other.

    Counted are lines that an analyst redrew or added, in sections where both answered something
    (without sections: everywhere). They are held against all lines that the other accepted, as
    suggested or redrawn, and added. Pairs in which neither drew are left out.

    Args:
        candidates: by id.
        answers: what was said of each.
        sections: sorted stretches without overlap.
        buffer_m: how near two lines must lie to count as one.
    """
    if not any(_has_drawn(here, candidates[about]) for about, here in answers.items()):
        return ()
    numbers = section_numbers((candidates[about] for about in answers), sections)
    people: dict[str, _Lines] = {}
    worked: dict[str, set[int]] = {}
    for about, here in answers.items():
        candidate = candidates[about]
        drawn_by = author(here, candidate)
        for analyst, verdict in here.first.items():
            worked.setdefault(analyst, set()).add(numbers[about])
            lines = people.setdefault(analyst, _Lines(own=[], all=[]))
            _add(lines, candidate, verdict, is_own=drawn_by == analyst)
    found = []
    for one, other in combinations(sorted(people), 2):
        both = worked[one] & worked[other]
        ours, theirs = (
            [shape for candidate, shape in people[name].own if numbers[candidate.id] in both]
            for name in (one, other)
        )
        if not ours and not theirs:
            continue
        first_m, first_in_m = line_agreement(ours, people[other].all, buffer_m)
        second_m, second_in_m = line_agreement(theirs, people[one].all, buffer_m)
        found.append(
            Overlap(
                first=one,
                second=other,
                first_m=first_m,
                second_m=second_m,
                first_share=first_in_m / first_m if first_m else nan,
                second_share=second_in_m / second_m if second_m else nan,
                buffer_m=buffer_m,
            )
        )
    return tuple(found)


def line_agreement(
    ours: Iterable[BaseGeometry], theirs: Iterable[BaseGeometry], buffer_m: float = 5.0
) -> tuple[float, float]:
    """Return metres of `ours`, and how many of them lie within `buffer_m` of `theirs`.

    Measured in the UTM zone of each line's middle; lines that overlap count once each.

    Args:
        ours: lines, EPSG:4326.
        theirs: lines, EPSG:4326.
        buffer_m: distance to either side, round ends.
    """
    zones: dict[int, list[BaseGeometry]] = {}
    for line in ours:
        middle = line.centroid
        zones.setdefault(utm_epsg(middle.x, middle.y), []).append(line)
    others = list(theirs)
    length_m = within_m = 0.0
    for epsg, lines in zones.items():
        mine = _in_metres(lines, epsg)
        length_m += float(shapely.length(mine).sum())
        if others:
            around = shapely.union_all(shapely.buffer(_in_metres(others, epsg), buffer_m))
            within_m += float(shapely.length(shapely.intersection(mine, around)).sum())
    return length_m, within_m


def _in_metres(lines: Sequence[BaseGeometry], epsg: int) -> NDArray[np.object_]:
    project = Transformer.from_crs(4326, epsg, always_xy=True)
    table = np.array(lines, dtype=object)
    return np.asarray(
        shapely.transform(table, lambda xy: np.column_stack(project.transform(*xy.T)))
    )


def section_numbers(candidates: Iterable[Candidate], sections: Sequence[Span]) -> dict[str, int]:
    """Return the position in `sections` of the one with each candidate's middle; -1 for none."""
    middles_m = {candidate.id: candidate.span.middle_m for candidate in candidates}
    starts_m = np.array([section.start_m for section in sections], dtype=float)
    ends_m = np.array([section.end_m for section in sections], dtype=float)
    at_m = np.fromiter(middles_m.values(), float, len(middles_m))
    place = np.searchsorted(starts_m, at_m, side="right")
    is_inside = at_m < np.concatenate([[-np.inf], ends_m])[place]
    return dict(zip(middles_m, np.where(is_inside, place - 1, -1).tolist(), strict=True))


def _has_drawn(here: Said, candidate: Candidate) -> bool:
    """Say whether somebody may have redrawn or drawn the thing."""
    return candidate.origin == "analyst" or any(
        verdict.shape is not None for verdict in here.first.values()
    )


def _add(lines: _Lines, candidate: Candidate, verdict: Verdict, *, is_own: bool) -> None:
    """Add the line that an answer accepts, if it is one."""
    category = verdict.category or candidate.category
    if verdict.answer is not Answer.YES or not category.is_line:
        return
    shape = candidate.shape if verdict.shape is None else verdict.shape
    lines.all.append(shape)
    if verdict.shape is not None or is_own:
        lines.own.append((candidate, shape))
