"""`cue`: free wide-area images say where along the border to look next."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from vallum.config import Cueing
from vallum.frontier import Frontier
from vallum.ground.errors import BadInput, BadSetting
from vallum.ground.records import Cue, Json, Scene
from vallum.ground.span import Span
from vallum.ground.when import When
from vallum.ground.whole import write_whole
from vallum.project import Project
from vallum.run import Outcome, each
from vallum.steps import cue_words
from vallum.steps.done import Done, Progress, block_sections, finished, silent
from vallum.steps.seeing import made_with, scenes_in_use

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from vallum.change.linear import Line
    from vallum.imagery.series import Group, Image, Stack

FOLDER = "cue"
_VERSION = 3  # raise it when a change of code must redo all cues
_LEAST_KNOWN = 0.3  # share of a cell's land of which something can be said
_MOST_M = {"cell_m": 20_000, "reach_m": 5_000}  # beyond it memory and time have no bound
_NEEDED_PX = 12  # columns in a cell, and rows in the corridor
_AROUND = timedelta(days=365)  # of the bracket, for fine images to look for


@dataclass(frozen=True, kw_only=True)
class _Job:
    """One stretch of border with all series."""

    line: dict[str, Json]
    spans: tuple[Span, ...]
    groups: tuple[Group, ...]
    rule: Cueing
    mask_clouds: bool
    made_with: str
    nothing: str = "no image with pixels of 5 to 45 m shows it"


def cue(
    project: Project, *, to: Path | None = None, scheduler: str = "", show: Progress = silent
) -> Done:
    """Rank stretches of border by what free wide-area images show, and say why.

    Every image of 5 to 45 m pixels of the project is used, whatever its date. A cell of which
    nothing can be said is kept apart from one in which nothing was found.

    Args:
        project: where the images are.
        to: folder for table, map, KMZ and areas; `out/cue` if None.
        scheduler: "" for a plain loop, "local" for one process per core.
        show: told about every stretch.
    """
    images = [_image(project, scene) for scene in scenes_in_use(project).values()]
    spans = cells(project.extent, project.config.cue.cell_m)
    found = _ready(project.frontier, spans, images, project.config.cue)
    rule, mask_clouds = project.config.cue, project.config.cover.mask_clouds
    jobs = _jobs(project.frontier, spans, found, rule, mask_clouds, _left_out(images, found))
    known = {row.span: replace(row, run="") for row in project.rows(Cue)}
    due = [job for job in jobs if any(_is_due(known.get(span), job) for span in job.spans)]
    rows = {span: known[span] for job in jobs for span in job.spans if span in known}
    with project.run("cue") as work:
        rows |= {row.span: row for row in _made(due, scheduler, show)}
        ranked = rank(rows.values())
        gone = [_replaced(row) for span, row in known.items() if span not in rows]
        work.add_all([*ranked, *gone])
        block_sections(work, [(row.span, row.blocked_by) for row in ranked if row.blocked_by])
    folder = to or project.out_folder / FOLDER
    files = written(ranked, project.frontier, folder, project.config.is_simulated)
    lines = [*(group.words for group in found), *cue_words.told(ranked)]
    return finished(
        work,
        lines,
        then=_then(ranked, str(to or "out/cue")),
        files=map(str, files),
        facts=cue_words.facts(ranked),
    )


def cue_files(
    files: Sequence[Path],
    line: Path,
    *,
    settings: Cueing | None = None,
    mask_clouds: bool = True,
    to: Path | None = None,
    show: Progress = silent,
) -> Done:
    """Do what `cue` does for plain files beside a line, without a project.

    Args:
        files: GeoTIFFs with a georeference and a date in the file or its name, or folders of them.
        line: the border; GeoJSON, KML, GeoPackage or Shapefile.
        settings: cell, reach and false alarms.
        mask_clouds: False to take cloud for ground.
        to: folder for the results; nothing is written if None.
        show: told about every stretch.

    Raises:
        BadInput: no file can be used.
    """
    from vallum.imagery.catalog import Wish, find_images, receive
    from vallum.imagery.series import Image

    rule = settings or Cueing()
    frontier = Frontier.read(line)
    paths = [path for one in files for path in find_images(one)]
    with tempfile.TemporaryDirectory(prefix="vallum-cue-") as folder:
        root = Path(folder)
        received = list(receive(paths, root / "imagery", Wish()))
        images = [
            Image(scene=one.scene, path=root / one.scene.href) for one in received if one.scene
        ]
        problems = [cue_words.for_series(one.problem) for one in received if one.problem]
        if not images:
            raise BadInput("none of the files can be used: " + "; ".join(problems[:3]))
        spans = cells(frontier.span, rule.cell_m)
        found = _ready(frontier, spans, images, rule)
        jobs = _jobs(frontier, spans, found, rule, mask_clouds, _left_out(images, found))
        ranked = rank(_made(jobs, "", show))
    paths_out = written(ranked, frontier, to, False) if to else ()
    lines = [*(group.words for group in found), *cue_words.told(ranked)]
    blocked = sorted({f"{row.span}: {row.blocked_by}" for row in ranked if row.blocked_by})
    return Done(
        step="cue",
        lines=tuple(lines),
        blocked=(*problems, *blocked),
        files=tuple(map(str, paths_out)),
        facts=cue_words.facts(ranked),
        next=_then(ranked, str(to) if to else ""),
    )


def current(project: Project) -> list[Cue]:
    """Return the cues of the cells as they are cut now, in order of chainage."""
    spans = set(cells(project.extent, project.config.cue.cell_m))
    return sorted((row for row in project.rows(Cue) if row.span in spans), key=lambda row: row.span)


def cells(extent: Span, cell_m: int) -> tuple[Span, ...]:
    """Return the cells of a stretch of border; the last takes a rest shorter than half a cell."""
    starts = list(range(extent.start_m, extent.end_m, cell_m))
    if len(starts) > 1 and extent.end_m - starts[-1] < cell_m / 2:
        starts.pop()
    return tuple(
        Span(start, end) for start, end in zip(starts, [*starts[1:], extent.end_m], strict=True)
    )


def _image(project: Project, scene: Scene) -> Image:
    from vallum.imagery.series import Image

    mask = project.root / scene.mask_href if scene.mask_href else None
    return Image(scene=scene, path=project.path_of(scene) or Path(), mask=mask)


def _ready(
    frontier: Frontier, spans: Sequence[Span], images: Iterable[Image], rule: Cueing
) -> tuple[Group, ...]:
    """Return the series that lie beside the stretch and are fine enough for its cells."""
    import shapely

    from vallum.change.linear import RATES
    from vallum.imagery import series

    if rule.cell_m < 100 or rule.reach_m < 50:
        raise BadSetting(
            f"cells of {rule.cell_m} m and a reach of {rule.reach_m} m are too small for pixels of "
            "10 m; nothing was done, set cue.cell_m to 100 or more and cue.reach_m to 50 or more"
        )
    for name, most_m in _MOST_M.items():
        if getattr(rule, name) > most_m:
            raise BadSetting(
                f"cue.{name} is {getattr(rule, name):,} m; nothing was done, "
                f"set it to {most_m:,} or less"
            )
    if not RATES[-1] <= rule.false_per_100km <= RATES[0]:
        raise BadSetting(
            f"cue.false_per_100km is {rule.false_per_100km:g}, and rates were measured from "
            f"{RATES[-1]:g} to {RATES[0]:g} alone; nothing was done, set it between them"
        )
    extent = Span(spans[0].start_m, spans[-1].end_m)
    line = frontier.line_of(extent)
    near = [one for one in images if shapely.dwithin(line, one.scene.footprint, 0.02)]
    return tuple(
        group
        for group in series.groups(near)
        if rule.cell_m / group.step_m >= _NEEDED_PX
        and 2 * rule.reach_m / group.step_m >= _NEEDED_PX
    )


def _left_out(images: Sequence[Image], found: Sequence[Group]) -> str:
    """Return why nothing shows a cell: no image, or images of which none can be used."""
    from vallum.imagery import series

    every = series.groups(images)
    finest_m = min((group.step_m for group in every), default=0.0)
    words = "no image with pixels of 5 to 45 m shows it"
    if every and not found:
        needed_m = math.ceil(_NEEDED_PX * finest_m)
        words = (
            f"no series lies beside it with {_NEEDED_PX} pixels to a cell: pixels of "
            f"{finest_m:g} m need cue.cell_m {needed_m:,} and cue.reach_m {needed_m // 2:,} or more"
        )
    n_long = sum(one.scene.taken.days > series.MOST_DAYS for one in images)
    if n_long:
        words += f"; {n_long} images of unknown date (more than a year) were left out"
    return words


def _jobs(
    frontier: Frontier,
    spans: Sequence[Span],
    groups: tuple[Group, ...],
    rule: Cueing,
    mask_clouds: bool,
    nothing: str = _Job.nothing,
) -> list[_Job]:
    from vallum.imagery import series

    n_dates = max((len(group.dates) for group in groups), default=1)
    step_m = min((group.step_m for group in groups), default=series.STEP_M)
    used = sorted(
        [image.scene.id, image.scene.href, image.scene.mask_href]
        for group in groups
        for date in group.dates
        for image in date
    )
    plain = frontier.to_geojson()
    jobs = []
    for run in series.stretches(spans, n_dates, rule.reach_m, step_m):
        ends: list[Json] = [[span.start_m, span.end_m] for span in run]
        mark = made_with(
            _VERSION, [list(map(str, one)) for one in used], ends, rule.reach_m,
            rule.false_per_100km, mask_clouds, nothing,
        )  # fmt: skip
        jobs.append(
            _Job(line=plain, spans=run, groups=groups, rule=rule, mask_clouds=mask_clouds,
                 made_with=mark, nothing=nothing)
        )  # fmt: skip
    return jobs


def _is_due(row: Cue | None, job: _Job) -> bool:
    return row is None or row.made_with != job.made_with


def _made(jobs: Sequence[_Job], scheduler: str, show: Progress) -> list[Cue]:
    rows: list[Cue] = []
    total = sum(len(job.spans) for job in jobs)
    show("cue", 0, total, "cells")
    for outcome in each(_cues_of, jobs, scheduler):
        rows += outcome.value if outcome.value is not None else _failed(outcome)
        show("cue", len(rows), total, "cells")
    return rows


def _failed(outcome: Outcome[_Job, list[Cue]]) -> list[Cue]:
    job = outcome.task
    return [
        Cue(span=span, blocked_by=outcome.problem, made_with=job.made_with) for span in job.spans
    ]


def _cues_of(job: _Job) -> list[Cue]:
    """Return the cue of every cell of a stretch: of its strongest series, or why there is none."""
    frontier = Frontier.from_geojson(job.line)
    best: dict[Span, Cue] = {}
    for group in job.groups:
        for row in _of_group(job, group, frontier):
            best[row.span] = _better(best.get(row.span), row)
    return [
        best.get(span) or Cue(span=span, blocked_by=job.nothing, made_with=job.made_with)
        for span in job.spans
    ]


def _better(one: Cue | None, other: Cue) -> Cue:
    """Return the cue that says more: found before nothing found before nothing can be said."""
    if one is None:
        return other
    first, second = sorted((one, other), key=lambda row: (bool(row.blocked_by), -row.score))
    if first.since and second.since and first.since.overlaps(second.since):
        words = f"a second series shows it too ({second.series})"
        return replace(first, reasons=(*first.reasons, words))
    return first


def _of_group(job: _Job, group: Group, frontier: Frontier) -> list[Cue]:
    import numpy as np

    from vallum.change import disturb, linear
    from vallum.imagery import series

    whole = Span(job.spans[0].start_m, job.spans[-1].end_m)
    stack = series.read(group, frontier, whole, job.rule.reach_m, mask_clouds=job.mask_clouds)
    starts = np.array([span.start_m for span in job.spans])
    number = np.searchsorted(starts, stack.at_m, side="right") - 1
    number[(stack.at_m < whole.start_m) | (stack.at_m >= whole.end_m)] = -1
    if len(stack.dates) < 2:
        words = f"only {len(stack.dates)} of the dates show any of it clear; two are the least"
        return [
            _cue(job, group, stack, span, number == i, words) for i, span in enumerate(job.spans)
        ]
    signal = np.where(stack.is_wet, np.float32(np.nan), stack.signal)
    two = group.signal.is_two_sided
    shape = signal.shape[1:]
    steps = disturb.steps(signal.reshape(len(signal), -1), stack.days, is_two_sided=two)
    strength = np.abs(steps.strength) if two else steps.strength
    looks = linear.along(strength.reshape(shape), group.step_m)
    looks[np.abs(stack.off_m) > job.rule.reach_m] = np.nan
    lines = linear.lines(signal, stack.days, looks, number, group.step_m, is_two_sided=two)
    least = linear.least_score(job.rule.false_per_100km, linear.kind_of(stack.days))
    is_known = (steps.state != int(disturb.State.TOO_LITTLE)).reshape(shape)
    rows = []
    for i, span in enumerate(job.spans):
        here = number == i
        share = float(is_known[:, here].mean()) if here.any() else 0.0
        why = (
            "" if share >= _LEAST_KNOWN else _too_little(share, float(stack.is_wet[:, here].mean()))
        )
        row = _cue(job, group, stack, span, here, why)
        line = lines.get(i)
        if line is not None and line.score >= least and not why:
            row = _with_line(row, line, group, stack, frontier)
        rows.append(row)
    return rows


def _too_little(share: float, wet: float) -> str:
    if wet > 1 - _LEAST_KNOWN:
        return "water nearly everywhere"
    return (
        f"too little data: enough clear dates before and after on {100 * share:.0f} % of the land"
    )


def _cue(
    job: _Job, group: Group, stack: Stack, span: Span, here: NDArray[np.bool_], why: str
) -> Cue:
    from vallum.imagery import series

    n_clear, share = series.clear_dates(stack, here)
    return Cue(
        span=span,
        series=group.words,
        n_dates=len(group.dates),
        n_clear=n_clear,
        clear_share=round(share, 4),
        made_with=job.made_with,
        blocked_by=why,
    )


def _with_line(row: Cue, line: Line, group: Group, stack: Stack, frontier: Frontier) -> Cue:
    """Return the cue of a cell with the line that was found in it, and why it is ranked so."""
    import numpy as np
    import shapely

    from vallum.change import linear
    from vallum.imagery import series

    kind = linear.kind_of(stack.days)
    lon, lat = stack.lon[line.rows, line.columns], stack.lat[line.rows, line.columns]
    _, off = frontier.locate_many(lon, lat)
    off_m = float(np.median(off))
    last, first = line.onset.last_without, line.onset.first_with
    since = series.bracket(group, stack, last, first)
    ends = (group.taken(stack.dates[last]), group.taken(stack.dates[first]))
    along_m = min(float(len(line.columns) * group.step_m), float(row.span.length_m))
    places = np.round(np.column_stack([lon, lat]), 6)  # as it is stored, so that files stay equal
    shape = shapely.LineString(places).simplify(group.step_m / 111_000)
    side = (frontier.left if off_m < 0 else frontier.right) or ("left" if off_m < 0 else "right")
    where = (
        f"{along_m:,.0f} m of ground changed in a line along the border, about {abs(off_m):,.0f} m "
        f"from it on the side of {side}"
    )
    return replace(
        row,
        score=round(linear.comparable(line.score, kind), 3),
        along_m=along_m,
        off_m=round(off_m, 1),
        since=since,
        shape=shape,
        reasons=(where, *cue_words.reasons(line, group, ends, kind, len(stack.dates))),
    )


def rank(rows: Iterable[Cue]) -> list[Cue]:
    """Return cues in order of chainage, with rank 1 for the strongest of those found.

    Those without a calibrated rate of false alarms come after all others.
    """
    every = sorted(rows, key=lambda row: row.span)
    found = (row for row in every if row.score > 0)
    strongest = sorted(found, key=lambda r: (not cue_words.is_calibrated(r), -r.score, r.span))
    place = {row.span: i for i, row in enumerate(strongest, start=1)}
    return [replace(row, rank=place.get(row.span, 0)) for row in every]


def _replaced(row: Cue) -> Cue:
    """Return the cue of a cell that is not cut any more, said to be so."""
    return Cue(span=row.span, blocked_by="replaced: the border is cut into other cells now")


def written(
    rows: Sequence[Cue], frontier: Frontier, folder: Path, is_simulated: bool
) -> tuple[Path, ...]:
    """Write table, map, KMZ, areas and catalogue queries; return the files."""
    from vallum.report import cues

    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "cues.csv": cues.table(rows),
        "cues.kmz": cues.kmz(rows, frontier, is_simulated=is_simulated),
        **cues.maps(rows, frontier, is_simulated=is_simulated),
        **_areas(rows, frontier),
    }
    for name, data in content.items():
        write_whole(folder / name, data)
    return tuple(folder / name for name in content)


def _areas(rows: Sequence[Cue], frontier: Frontier) -> dict[str, bytes]:
    """Return areas to order and the catalogue queries for fine images of the ranked cells."""
    from vallum.measure import orders

    areas: list[tuple[BaseGeometry, dict[str, Json]]] = []
    queries: list[dict[str, Json]] = []
    for row in sorted((row for row in rows if row.rank), key=lambda row: row.rank):
        if row.since is None:
            continue
        reach_m = max(200.0, abs(row.off_m) + 100)
        area = orders.aoi(frontier.corridor(row.span, reach_m, reach_m), orders.Limits())
        about: dict[str, Json] = {
            "name": f"cue-{row.rank}",
            "rank": row.rank,
            "start_m": row.span.start_m,
            "end_m": row.span.end_m,
            "score": row.score,
        }
        areas.append((area, about))
        when = When(row.since.earliest - _AROUND, row.since.latest + _AROUND)
        queries.append({**about, "search": orders.stac_query(area, when, gsd_m=1.0)})
    note = "Areas to look at next, by rank; from free wide-area images, no finding."
    return {
        "areas.geojson": _json(orders.feature_collection(areas, note=note)),
        "stac-queries.json": _json(queries),
    }


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _then(rows: Sequence[Cue], folder: str) -> str:
    """Return the next step; nothing was written where there is no folder."""
    if any(row.rank for row in rows):
        see = f"or look at {folder}/cues.kmz" if folder else "add -o FOLDER for the map and table"
        return f"vallum shop --prices FILE: which images to buy; {see}"
    see = f"see the map in {folder}" if folder else "add -o FOLDER for the map"
    return f"vallum add: more dates, if most is blocked; {see}"
