"""Along a corrected line, what is found again keeps its name: what people said of it stands.

A thing is named by its shape. Beside a line that was moved a little, the same fence is aligned from
other windows and cut at other metres, and would get another name. Where people have answered, the
suggestion that they saw stays: at its new place along the line, and flagged if the machine sees it
no longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from vallum import lines
from vallum.frontier import Frontier
from vallum.ground.records import Candidate, Comparison, Look, Row
from vallum.ground.span import Span, Spans
from vallum.project import Project
from vallum.steps.judging import verdicts_in_force

LOST = "found before the line was corrected, not found again"
_APART_M = 3.0
_SHARE = 0.7
_SLOTS = 8
_M_PER_DEG = 111_000.0


def named_again(project: Project, pieces: Sequence[Candidate], comparison: Comparison) -> list[Row]:
    """Return the rows of one comparison; after a correction of the line under the names before it.

    Args:
        project: whose rows.
        pieces: what was found.
        comparison: lists them.
    """
    as_found: list[Row] = [*pieces, comparison]
    if comparison.blocked_by or not (project.root / lines.FOLDER).is_dir():
        return as_found
    if not _is_first_since(_history(project, comparison)):
        return as_found
    judged = _judged(project, comparison)
    if not judged.wholes and not judged.pieces:
        return as_found
    kept = list(_kept(project, pieces, judged, comparison))
    ids = tuple(dict.fromkeys(piece.id for piece in kept))
    return [*kept, replace(comparison, piece_ids=ids, candidate_ids=ids)]


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """What people answered about, around one comparison, before the line was corrected.

    Attributes:
        wholes: things of which every part is looked for anew.
        pieces: parts, looked for anew, of things that reach into sections which stay as they are:
            joined with the parts there, they are the same thing again.
    """

    wholes: tuple[Candidate, ...] = ()
    pieces: tuple[Candidate, ...] = ()


def _history(project: Project, comparison: Comparison) -> list[Comparison]:
    rows = (entry.row() for entry in project.store.history(comparison.id))
    return [row for row in rows if isinstance(row, Comparison)]


def _is_first_since(history: Sequence[Comparison]) -> bool:
    """Say whether nothing was compared here since the line was corrected."""
    for row in reversed(history):
        if row.blocked_by == lines.CORRECTED:
            return True
        if not row.blocked_by:
            return False
    return not history


def _before(history: Sequence[Comparison]) -> Comparison | None:
    """Return the comparison that the last correction of the line took out of force."""
    corrected = [k for k, row in enumerate(history) if row.blocked_by == lines.CORRECTED]
    good = [row for row in history[: corrected[-1]] if not row.blocked_by] if corrected else []
    return good[-1] if good else None


def _judged(project: Project, comparison: Comparison) -> _Judged:
    """Return what was found around here before, and people answered about."""
    answered = {verdict.about for verdict in verdicts_in_force(project)}
    touched = lines.touched_by((project.root / lines.FRONTIER_FILE).read_bytes())
    frame = comparison.span.widened(lines.shift_m(project.root), project.frontier.span)
    listed: dict[str, None] = {}
    within: dict[str, None] = {}
    for section in project.sections:
        if not section.span.overlaps(frame):
            continue
        for slot in range(_SLOTS):
            there = Comparison(span=section.span, slot=slot, seen=comparison.seen)
            before = _before(_history(project, there))
            if before is None:
                break
            listed |= dict.fromkeys(before.candidate_ids)
            within |= dict.fromkeys(before.piece_ids)
    asked = [name for name in listed if name in answered]
    if not asked:
        return _Judged()
    kept = Spans(section.span for section in project.sections) - touched
    found = project.store.latest(Candidate, *asked)
    parted = [row.shape for row in found if kept & row.span]
    pieces = project.store.latest(Candidate, *within) if within and parted else []
    around = shapely.union_all(parted).buffer(0.5 / _M_PER_DEG)
    return _Judged(
        wholes=tuple(row for row in found if not kept & row.span),
        pieces=tuple(row for row in pieces if around.covers(row.shape)),
    )


def _kept(
    project: Project, found: Iterable[Candidate], judged: _Judged, comparison: Comparison
) -> Iterator[Candidate]:
    """Yield what was found, by the names that it had, and what was answered and is not found."""
    looks = project.store.latest(Look, comparison.before, comparison.after)
    scenes = {look.id: look.scene for look in looks}
    pair = scenes.get(comparison.before), scenes.get(comparison.after)
    every = [*judged.wholes, *judged.pieces]
    left = {row.id: row for row in every if (row.before, row.after) == pair}
    again: dict[str, None] = {}
    for piece in found:
        same = _same(piece, left.values())
        if same is None:
            yield piece
        else:
            again[same.id] = None
    for row in left.values():
        there = moved(row, project.frontier)
        if row.id in again:
            yield there
        elif there.span.middle_m in comparison.seen:
            yield replace(there, flags=tuple(dict.fromkeys((*there.flags, LOST))))


def _same(piece: Candidate, among: Iterable[Candidate]) -> Candidate | None:
    """Return the one of which a piece is a part: the same change at the same place."""
    best = max(
        # Its class may change: that is for people to say, and they were asked.
        ((_within(piece.shape, row.shape), row.id, row) for row in among
         if row.change == piece.change),
        key=lambda entry: entry[:2],
        default=None,
    )  # fmt: skip
    return best[2] if best is not None and best[0] >= _SHARE else None


def _within(one: BaseGeometry, other: BaseGeometry) -> float:
    """Return the share of a shape that lies within 3 m of another of its sort, 0 to 1."""
    if isinstance(one, Point) != isinstance(other, Point):
        return 0.0
    squeeze = np.cos(np.radians(one.centroid.y))
    mine, theirs = (
        shapely.transform(shape, lambda xy: xy * (_M_PER_DEG * squeeze, _M_PER_DEG))
        for shape in (one, other)
    )
    if isinstance(one, Point):
        return float(mine.distance(theirs) <= _APART_M)
    return float(mine.intersection(theirs.buffer(_APART_M)).length / mine.length)


def moved(row: Candidate, line: Frontier) -> Candidate:
    """Return a candidate at its place beside another line; its name and its shape stay."""
    span, off_m = place_of(row.shape, line)
    return replace(row, span=span, off_m=off_m, run="")


def place_of(shape: BaseGeometry, line: Frontier) -> tuple[Span, float]:
    """Return the stretch of a line beside which a shape lies, and its middle offset in metres."""
    lon, lat = shapely.get_coordinates(shape).T
    _, off_m = line.locate_many(lon, lat)
    return line.span_of(shape), round(float(np.median(off_m)), 1)
