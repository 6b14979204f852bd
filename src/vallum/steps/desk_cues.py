"""Where to look next, what kind of land it is, and which dates there are: as the desk shows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from shapely.geometry import mapping

from vallum.ground.records import Cue, Terrain
from vallum.project import Project
from vallum.steps.cueing import current
from vallum.steps.done import known

CellState = Literal["found", "nothing", "blocked"]
_LINE_POINTS = 1500
_DIGITS = 6


@dataclass(frozen=True, kw_only=True)
class CueTold:
    """One cell that is worth a look; `point` is where to go."""

    id: str
    rank: int
    start_m: int
    end_m: int
    score: float
    along_m: float
    off_m: float | None
    since: tuple[date, date] | None
    reasons: tuple[str, ...]
    series: str
    n_dates: int
    n_clear: int
    clear_share: float
    point: tuple[float, float]
    shape: dict[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell of the border in short: what came of it."""

    start_m: int
    end_m: int
    state: CellState
    score: float
    why: str


@dataclass(frozen=True, kw_only=True)
class CueList:
    """What wide-area images say of the border; lengths are of whole cells."""

    extent: tuple[int, int]
    line: tuple[tuple[float, float], ...]
    items: tuple[CueTold, ...]
    cells: tuple[Cell, ...]
    found_m: int
    nothing_m: int
    blocked_m: int
    unlooked_m: int
    series: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Share:
    """A share of something, 0 to 1."""

    name: str
    share: float | None


@dataclass(frozen=True, kw_only=True)
class TerrainTold:
    """What kind of land a section runs through."""

    start_m: int
    end_m: int
    slope_deg: float | None
    relief_m: float | None
    river_width_m: float | None
    obstacle: str
    town: str
    town_m: float | None
    settled_share: float | None
    land_cover: tuple[Share, ...]
    stratum: str
    sources: tuple[str, ...]
    blocked_by: str


@dataclass(frozen=True, kw_only=True)
class StratumLength:
    """How many metres of frontier run through one kind of land."""

    stratum: str
    length_m: int
    n_sections: int


@dataclass(frozen=True, kw_only=True)
class TerrainList:
    """The land along the border, in order, and how much there is of each kind."""

    items: tuple[TerrainTold, ...]
    strata: tuple[StratumLength, ...]
    sources: tuple[str, ...]
    extent_m: int


def cues(project: Project) -> CueList:
    """Return the cells by rank, and the whole border cell by cell."""
    rows = current(project)
    cells = tuple(_cell(row) for row in rows)
    told = sorted((row for row in rows if row.rank > 0), key=lambda row: row.rank)
    extent = project.extent
    lengths = {
        state: sum(one.end_m - one.start_m for one in cells if one.state == state)
        for state in ("found", "nothing", "blocked")
    }
    return CueList(
        extent=(extent.start_m, extent.end_m),
        line=_line(project),
        items=tuple(_cue(project, row) for row in told),
        cells=cells,
        found_m=lengths["found"],
        nothing_m=lengths["nothing"],
        blocked_m=lengths["blocked"],
        unlooked_m=max(0, extent.length_m - sum(lengths.values())),
        series=tuple(sorted({row.series for row in rows if row.series})),
    )


def land(project: Project) -> TerrainList:
    """Return the land along the border, section by section."""
    rows = sorted(project.rows(Terrain), key=lambda row: row.span.start_m)
    return TerrainList(
        items=tuple(_terrain(row) for row in rows),
        strata=_strata(rows),
        sources=tuple(sorted({one for row in rows for one in row.sources})),
        extent_m=project.extent.length_m,
    )


def _line(project: Project) -> tuple[tuple[float, float], ...]:
    """Return the border as fine as a screen can show it."""
    extent = project.extent
    step_m = max(25, extent.length_m // _LINE_POINTS)
    at_m = [*range(extent.start_m, extent.end_m, step_m), extent.end_m]
    lon, lat = project.frontier.points_at(at_m)
    return tuple(zip(lon.round(_DIGITS).tolist(), lat.round(_DIGITS).tolist(), strict=True))


def _cell(row: Cue) -> Cell:
    state: CellState = "blocked" if row.blocked_by else "found" if row.rank > 0 else "nothing"
    return Cell(
        start_m=row.span.start_m,
        end_m=row.span.end_m,
        state=state,
        score=row.score,
        why=row.blocked_by,
    )


def _cue(project: Project, row: Cue) -> CueTold:
    if row.shape is not None and not row.shape.is_empty:
        point = row.shape.representative_point()
    else:
        point = project.frontier.point_at(round(row.span.middle_m))
    return CueTold(
        id=row.id,
        rank=row.rank,
        start_m=row.span.start_m,
        end_m=row.span.end_m,
        score=row.score,
        along_m=row.along_m,
        off_m=known(row.off_m),
        since=(row.since.earliest, row.since.latest) if row.since is not None else None,
        reasons=row.reasons,
        series=row.series,
        n_dates=row.n_dates,
        n_clear=row.n_clear,
        clear_share=row.clear_share,
        point=(round(float(point.x), _DIGITS), round(float(point.y), _DIGITS)),
        shape=dict(mapping(row.shape)) if row.shape is not None else None,
    )


def _terrain(row: Terrain) -> TerrainTold:
    return TerrainTold(
        start_m=row.span.start_m,
        end_m=row.span.end_m,
        slope_deg=known(row.slope_deg),
        relief_m=known(row.relief_m),
        river_width_m=known(row.river_width_m),
        obstacle=row.obstacle,
        town=row.town,
        town_m=known(row.town_m),
        settled_share=known(row.settled_share),
        land_cover=tuple(_share(text) for text in row.land_cover),
        stratum=row.stratum,
        sources=row.sources,
        blocked_by=row.blocked_by,
    )


def _share(text: str) -> Share:
    name, _, number = text.rpartition(" ")
    try:
        return Share(name=name or text, share=float(number))
    except ValueError:
        return Share(name=text, share=None)


def _strata(rows: Sequence[Terrain]) -> tuple[StratumLength, ...]:
    names: Iterable[str] = dict.fromkeys(row.stratum for row in rows if row.stratum)
    told = []
    for name in names:
        of_it = [row.span.length_m for row in rows if row.stratum == name]
        told.append(StratumLength(stratum=name, length_m=sum(of_it), n_sections=len(of_it)))
    return tuple(sorted(told, key=lambda one: (-one.length_m, one.stratum)))
