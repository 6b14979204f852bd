"""The small border, compared, with sixty SIMULATED suggestions beside what the machine found."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

import small_border
from vallum import steps
from vallum.frontier import Frontier
from vallum.ground.geodesy import geodesic_length_m
from vallum.ground.kinds import Change, Kind
from vallum.ground.records import Candidate, Comparison
from vallum.project import Project

N_SUGGESTED = 60


def make(folder: Path) -> Path:
    """A border of 1 km, compared; beside the one painted fence stand 60 SIMULATED suggestions."""
    small = small_border.make(folder)
    project, _ = steps.new(
        folder / "border",
        frontier=small.line,
        before="2019",
        after="2022",
        corridor_m=100,
        is_simulated=True,
    )
    with project:
        steps.add(project, [small.images])
        for step in (steps.cover, steps.align, steps.detect):
            step(project)
        suggest(project)
        return project.root


def suggest(project: Project) -> None:
    """List more candidates in the comparison of the only section, as the machine would."""
    (compared,) = [c for c in project.rows(Comparison) if c.slot == 0 and not c.blocked_by]
    found = [row for row in project.rows(Candidate) if row.id in compared.candidate_ids]
    before, after = found[0].before, found[0].after
    more = [_suggestion(project.frontier, k, before, after) for k in range(N_SUGGESTED)]
    listed = (*compared.candidate_ids, *(row.id for row in more))
    with project.run("simulated suggestions") as work:
        work.add_all([*more, dataclasses.replace(compared, candidate_ids=listed)])


def _suggestion(frontier: Frontier, k: int, before: str, after: str) -> Candidate:
    """Return a line of 30 m or a post, somewhere within 60 m of the frontier."""
    at, off = 60.0 + 14.5 * k, float((k * 37) % 110 - 55)
    if k % 3:
        shape: BaseGeometry = frontier.point_at(at, off)
    else:
        lon, lat = frontier.points_at([at, at + 30.0], off)
        shape = LineString(list(zip(lon.tolist(), lat.tolist(), strict=True)))
    return Candidate(
        span=frontier.span_of(shape),
        off_m=off,
        category=Kind.GUARD_POST if k % 3 else Kind.FENCE,
        change=Change.NEW,
        score=round(0.3 + ((k * 29) % 60) / 100, 3),
        length_m=0.0 if k % 3 else geodesic_length_m(shape),
        shape=shape,
        before=before,
        after=after,
        kinds=("guard_post 0.71",) if k % 3 else ("fence 0.64", "wall 0.22"),
        flags=("weak",),
    )
