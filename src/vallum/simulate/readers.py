"""Simulated readers of sampled stretches: they know the truth and err at stated rates.

They stand in for people where a sample is read in the demo and in tests; every row says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from vallum.ground.geodesy import geodesic_length_m
from vallum.ground.kinds import Answer, Change, Kind
from vallum.ground.records import Candidate, Sample, Verdict
from vallum.ground.span import Spans
from vallum.simulate.analysts import Place, degrees, middle, placed, seen_pieces
from vallum.simulate.chance import generator
from vallum.simulate.truth import Truth

if TYPE_CHECKING:
    from vallum.frontier import Frontier

READERS = ("reader-a", "reader-b")
ADJUDICATOR = "reader-c"
_LEAST_M = 5.0
_STRAY_M = 0.5
_FALSE_M = 40.0


@dataclass(frozen=True, kw_only=True)
class Errors:
    """How often a reader errs, per stretch.

    Attributes:
        miss: chance that all that changed in a stretch is overlooked.
        false: chance that something is drawn in a stretch where nothing changed.
        cannot_tell: chance of "cannot tell", whatever is true.
    """

    miss: float = 0.06
    false: float = 0.02
    cannot_tell: float = 0.02


NO_ERRORS = Errors(miss=0.0, false=0.0, cannot_tell=0.0)


def read(
    samples: Sequence[Sample],
    truth: Truth,
    frontier: Frontier,
    *,
    names: Sequence[str] = READERS,
    errors: Errors = Errors(),
    seed: int = 1,
) -> tuple[list[Verdict], list[Candidate]]:
    """Return the answers about stretches, and what was drawn in them; one reader per stretch.

    Chance depends on the seed, the reader and the stretch alone.

    Args:
        samples: what is asked.
        truth: what was built.
        frontier: places the truth.
        names: the readers; each stretch is given to one of them by its number.
        errors: how often they err.
        seed: chance.

    Returns:
        Verdicts (mode "sample" about the stretch, mode "draw" about each drawing), and drawings.
    """
    place = placed(truth, frontier)
    verdicts: list[Verdict] = []
    drawn: list[Candidate] = []
    for row in samples:
        name = names[row.unit % len(names)]
        chance = generator(seed, "read", name, row.id)
        luck, seconds = float(chance.random()), round(float(chance.lognormal(3.4, 0.4)), 1)
        pieces = _changed(row, place, frontier)
        is_missed = luck < errors.cannot_tell + (errors.miss if pieces else errors.false)
        answer = Answer.YES if pieces else Answer.NO
        if luck < errors.cannot_tell:
            answer, pieces = Answer.CANNOT_TELL, []
        elif is_missed and pieces:
            answer, pieces = Answer.NO, []
        elif is_missed:
            answer, pieces = Answer.YES, [_mistaken(row, place, frontier)]
        told = Verdict(
            about=row.id,
            analyst=name,
            answer=answer,
            looked_at=tuple(filter(None, (row.before, row.after))),
            seconds=seconds,
            mode="sample",
            is_simulated=True,
        )
        verdicts.append(told)
        for category, change, shape in pieces:
            one = _drawing(row, category, change, shape, frontier, place, chance)
            drawn.append(one)
            draws = replace(told, about=one.id, answer=Answer.YES, category=category)
            verdicts.append(replace(draws, seconds=0.0, mode="draw", frame=row.id))
    return verdicts, drawn


_Piece = tuple[Kind, Change, BaseGeometry]


def _changed(row: Sample, place: Place, frontier: Frontier) -> list[_Piece]:
    """Return what changed beside a stretch, in metres, cut to it."""
    span = Spans([row.span])
    found: list[_Piece] = []
    for item, shape in zip(place.truth.items, place.shapes, strict=True):
        if item.change is Change.UNCHANGED or not item.span.overlaps(row.span):
            continue
        found += [
            (item.category, item.change, piece)
            for piece in seen_pieces(shape, span, frontier, place.project)
            if piece.length >= _LEAST_M or not item.category.is_line
        ]
    return found


def _mistaken(row: Sample, place: Place, frontier: Frontier) -> _Piece:
    """Return a short fence beside the border where there is none."""
    at_m = row.span.middle_m
    half_m = min(_FALSE_M, row.span.length_m) / 2
    lon, lat = frontier.points_at([at_m - half_m, at_m + half_m])
    ends = np.column_stack(place.project.transform(lon, lat))
    return Kind.FENCE, Change.NEW, shapely.LineString(ends)


def _drawing(
    row: Sample,
    category: Kind,
    change: Change,
    piece: BaseGeometry,
    frontier: Frontier,
    place: Place,
    chance: np.random.Generator,
) -> Candidate:
    strayed = shapely.transform(piece, lambda xy: xy + chance.normal(0, _STRAY_M, xy.shape))
    shape = degrees(strayed, place.project)
    at = degrees(middle(piece), place.project).coords[0]
    return Candidate(
        span=frontier.span_of(shape),
        off_m=frontier.locate(at[0], at[1]).off_m,
        category=category,
        change=change,
        score=0.0,
        shape=shape,
        before=row.before,
        after=row.after,
        origin="analyst",
        length_m=geodesic_length_m(shape) if category.is_line else 0.0,
    )
