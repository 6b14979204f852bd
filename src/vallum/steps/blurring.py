"""How closely a row may say where something in a picture stands; rows that say too much say less.

The place of a thing is on any satellite image for all to see. It tells of a person where a source
is protected, and where the camera stood beside it: then a row holds the coarse cells of a release.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from vallum.evidence import coarse
from vallum.evidence.views import View
from vallum.ground.geodesy import WGS84
from vallum.ground.records import Depicted, Exhibit, Source
from vallum.ground.saidkinds import Risk
from vallum.ground.span import Span, Spans
from vallum.ground.when import When
from vallum.project import Project, Work
from vallum.steps.lodging import is_hidden
from vallum.steps.vaulting import owners

LEAST_AWAY_M = 100.0
"""A thing that is nearer to the camera would give the camera away."""
_LEAST_ERRORS = 5.0  # or that many times the error of the camera point, if that is more


@dataclass(frozen=True, kw_only=True)
class Of:
    """An exhibit, and how closely what comes from it may be told."""

    exhibit: Exhibit
    source: Source | None

    @property
    def is_hidden(self) -> bool:
        """Nothing of it may lie outside the vault."""
        return self.source is None or is_hidden(self.source, self.exhibit.handling)

    @property
    def risk(self) -> Risk:
        """What its source risks; what is for the keeper alone counts as high."""
        if self.source is None:
            return Risk.EXTREME
        return (
            self.source.risk if self.source.risk.is_protected or not self.is_hidden else Risk.HIGH
        )


def is_close(view: View, lon: float, lat: float) -> bool:
    """Say whether a camera stood so near to a place that the place would give it away."""
    away_m = WGS84.inv(view.lon, view.lat, lon, lat)[2]
    return bool(away_m < max(LEAST_AWAY_M, _LEAST_ERRORS * view.error_m))


def worst(of: Iterable[Of]) -> Risk:
    """Return the highest risk of several exhibits."""
    return max((one.risk for one in of), key=list(Risk).index)


def coarsened(project: Project, row: Depicted, of: Sequence[Of]) -> Depicted:
    """Return a row with whole cells for its place and, of what is hidden, whole years."""
    if row.span is None:
        return row
    risk, whole = worst(of), project.frontier.span
    grid = coarse.Grid(cell_m=project.config.release.cell_m, length_m=whole.length_m)
    cells = grid.cells(Spans((row.span,)), risk).hull
    cells = cells and Span(cells.start_m, min(cells.end_m, whole.end_m))
    when = row.when
    if when is not None and any(one.is_hidden for one in of):
        begin, end = coarse.widened((when.earliest, when.latest), coarse.Grain.of(risk))
        when = When(begin, end) if begin and end else None
    return replace(
        row, shape=None, span=cells, when=when,
        precision_m=float(cells.length_m if cells else math.nan),
    )  # fmt: skip


def overtold(project: Project, source: Source, papers: Iterable[Exhibit]) -> list[Depicted]:
    """Return what rows should say that tell more of a source's pictures than they may.

    Also rows of another source's picture that was placed with a camera of this one.

    Args:
        project: where.
        source: as it is from now on.
        papers: what came from it, and the copies and translations made of that.
    """
    mine = {row.id for row in papers}
    exhibits = {row.id: row for row in project.rows(Exhibit)}
    sources = {name: row for row in project.rows(Source) for name in (row.id, row.code)}
    sources |= {source.id: source, source.code: source}
    camera_of, found = owners(project), list[Depicted]()
    for row in project.rows(Depicted):
        about = {row.exhibit, *(camera_of.get(ref, "") for ref in row.camera_ref.split())}
        if row.is_withdrawn or not about & mine:
            continue
        of = [
            Of(exhibit=exhibits[name], source=whose)
            for name in sorted(about & exhibits.keys())
            for whose in (sources.get(exhibits[name].source), *[source] * (name in mine))
        ]
        if any(one.is_hidden for one in of):
            less = coarsened(project, row, of)
            found += [] if less.same_as(row) else [less]
    return found


def blur_beside(project: Project, work: Work, of: Of, view: View) -> int:
    """Coarsen what is kept of a picture where its camera, as placed now, stood beside the thing.

    Returns:
        How many rows.
    """
    rows = [
        coarsened(project, row, [of])
        for row in project.rows(Depicted)
        if row.exhibit == of.exhibit.id
        and not row.is_withdrawn
        and row.shape is not None
        and is_close(view, row.shape.centroid.x, row.shape.centroid.y)
    ]
    return len(work.add_all(rows))
