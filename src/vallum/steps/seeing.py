"""`cover` and `align`: which metres can be seen when, and which pairs lie on each other."""

from __future__ import annotations

import hashlib
import json
import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import shapely

from vallum import lines
from vallum.config import Config
from vallum.frontier import Frontier, Section
from vallum.ground.errors import NotAligned
from vallum.ground.records import Fit, Json, Look, Row, Scene
from vallum.ground.span import Span, Spans
from vallum.imagery import objects
from vallum.project import Project
from vallum.run import Outcome, each
from vallum.steps import fitting, masking
from vallum.steps.done import Done, Progress, block_sections, finished, km, silent, tracked

if TYPE_CHECKING:
    from affine import Affine
    from odc.geo.geobox import GeoBox

    from vallum.imagery.coverage import Pair

_WINDOW_PX = 1024
_N_WINDOWS = 5
_VERSION = 6  # raise it when a change of code must redo looks, fits and comparisons


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a worker needs for one section; it opens the frontier line itself."""

    root: str
    config: Config
    section: Section

    @property
    def frontier(self) -> Frontier:
        """The line in force, read once per process."""
        return lines.read(Path(self.root))


def made_with(*parts: Json | Row) -> str:
    """Return a hash of inputs and settings; equal hashes mean that nothing is due."""
    plain = [_without_run(part) if isinstance(part, Row) else part for part in parts]
    return hashlib.sha256(json.dumps([_VERSION, *plain], sort_keys=True).encode()).hexdigest()[:16]


def _without_run(row: Row) -> dict[str, Json]:
    return {name: value for name, value in row.body().items() if name != "run"}


# -- cover ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _LookJob(Job):
    scene: Scene
    path: str
    made_with: str


def cover(project: Project, *, scheduler: str = "", show: Progress = silent) -> Done:
    """Work out which metres of frontier every image lets one see.

    Args:
        project: where images and looks are.
        scheduler: "" for a plain loop, "local" for one process per core.
        show: told about every section.
    """
    n_blocked = 0
    with project.run("cover") as work:
        news = masking.keep_covers(project, scheduler, show)
        jobs = look_jobs(project)
        outcomes = each(_look, jobs, scheduler)
        for outcome in tracked(outcomes, "cover", len(jobs), "looks", show):
            look = outcome.value if outcome.value is not None else _blocked_look(outcome)
            n_blocked += bool(look.blocked_by)
            work.add(look)
    looks, scenes = project.rows(Look), scenes_in_use(project)
    lines, facts = _coverage_lines(project, looks, scenes)
    if jobs:
        lines.insert(0, f"{len(jobs):,} looks, {n_blocked:,} of them show nothing usable")
    lines += news
    return finished(work, lines, then="vallum align", facts=facts)


def look_jobs(project: Project) -> list[_LookJob]:
    """Return what `cover` would look at now."""
    border, rule = project.config.border, project.config.cover
    reach_m = max(border.left_m, border.right_m)
    known = {(look.scene, look.span): look for look in project.rows(Look)}
    line = project.frontier.line_of(project.extent)
    shapely.prepare(line)
    starts = [section.span.start_m for section in project.sections]
    jobs = []
    for scene in project.rows(Scene):
        near_deg = 0.0 if not scene.has_pixels else 2 * reach_m / 111_000 / masking.cos_of(scene)
        if not shapely.dwithin(line, scene.footprint, near_deg):
            continue
        touched = project.frontier.spans_near([scene.footprint], reach_m)
        cover, path = masking.mark_of(project, scene), str(project.path_of(scene) or "")
        for section in _touched(project.sections, starts, touched):
            mark = made_with(
                scene.id,
                scene.sha256,
                scene.href,
                cover,
                [section.span.start_m, section.span.end_m],
                border.left_m,
                border.right_m,
                rule.min_clear_share,
                rule.mask_clouds,
            )
            look = known.get((scene.id, section.span))
            if look is None or look.made_with != mark:
                jobs.append(
                    _LookJob(
                        root=str(project.root),
                        config=project.config,
                        section=section,
                        scene=scene,
                        path=path,
                        made_with=mark,
                    )
                )
    return jobs


def _touched(
    sections: Sequence[Section], starts: Sequence[int], touched: Spans
) -> Iterator[Section]:
    """Yield the sections that hold any of these metres, along the line.

    Args:
        sections: of a project, which neither overlap nor leave anything out.
        starts: where each begins, in metres.
        touched: the metres.
    """
    chosen: set[int] = set()
    for part in touched:
        first = max(0, bisect_right(starts, part.start_m) - 1)
        chosen.update(range(first, bisect_left(starts, part.end_m)))
    for number in sorted(chosen):
        if touched & sections[number].span:
            yield sections[number]


def _look(job: _LookJob) -> Look:
    from vallum.imagery import coverage

    border, rule = job.config.border, job.config.cover
    look = coverage.look(
        job.scene,
        Path(job.path) if job.path else None,
        job.frontier,
        job.section,
        border.left_m,
        border.right_m,
        rule.min_clear_share,
        mask_clouds=rule.mask_clouds,
    )
    return replace(look, made_with=job.made_with)


def _blocked_look(outcome: Outcome[_LookJob, Look]) -> Look:
    job = outcome.task
    return Look(
        scene=job.scene.id,
        span=job.section.span,
        seen=Spans(),
        valid=Spans(),
        clear_share=0.0,
        made_with=objects.still_due(job.made_with, outcome.problem),
        blocked_by=outcome.problem,
    )


def _coverage_lines(
    project: Project, looks: Sequence[Look], scenes: dict[str, Scene]
) -> tuple[list[str], dict[str, Json]]:
    epochs = {"before": project.config.dates.before_when, "after": project.config.dates.after_when}
    within = {
        name: {scene.id for scene in scenes.values() if scene.taken.is_within(epoch)}
        for name, epoch in epochs.items()
    }
    seen = {
        name: Spans(part for look in looks if look.scene in chosen for part in look.seen)
        for name, chosen in within.items()
    }
    both = seen["before"] & seen["after"]
    total_m = project.extent.length_m
    lines = [f"seen {name} ({epochs[name]}): {km(spans.length_m)}" for name, spans in seen.items()]
    lines.append(
        f"seen on both: {km(both.length_m)} of {km(total_m)}; "
        f"not comparable: {km(total_m - both.length_m)}"
    )
    facts: dict[str, Json] = {f"seen_{name}_m": spans.length_m for name, spans in seen.items()}
    facts |= {"seen_on_both_m": both.length_m, "extent_m": total_m}
    return lines, facts


def scenes_in_use(project: Project) -> dict[str, Scene]:
    """Return the images by id, without those that a person set aside."""
    return {scene.id: scene for scene in project.rows(Scene) if not scene.set_aside}


# -- pairs ----------------------------------------------------------------------------------


def pairs(project: Project) -> Iterator[tuple[Section, list[Pair], str]]:
    """Yield every section with the pairs of looks to compare, best first, or why there are none."""
    from vallum.imagery import coverage

    scenes = scenes_in_use(project)
    by_section: dict[object, list[tuple[Look, Scene]]] = defaultdict(list)
    for look in project.rows(Look):
        if look.scene in scenes:
            by_section[look.span].append((look, scenes[look.scene]))
    dates = project.config.dates
    for section in project.sections:
        looks = by_section.get(section.span, [])
        before = [pair for pair in looks if pair[1].taken.is_within(dates.before_when)]
        after = [pair for pair in looks if pair[1].taken.is_within(dates.after_when)]
        found = coverage.pair(before, after, section)
        why = (
            ""
            if found
            else _why_none(before, dates.before, "before")
            or _why_none(after, dates.after, "after")
            or "the images of both dates show different parts"
        )
        yield section, found, why


def _why_none(looks: Sequence[tuple[Look, Scene]], epoch: str, name: str) -> str:
    """Return why no look of one epoch can be used; empty when one can."""
    if any(look.seen for look, _ in looks):
        return ""
    reasons = sorted({look.blocked_by for look, _ in looks if look.blocked_by})
    return f"{name} ({epoch}): {'; '.join(reasons) if reasons else 'no image'}"


# -- align ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class FitJob(Job):
    """One pair of looks in one section."""

    before: Look
    after: Look
    before_path: str
    after_path: str
    gsd_m: float
    made_with: str


def align(project: Project, *, scheduler: str = "", show: Progress = silent) -> Done:
    """Bring the after image of every pair to lie on its before image, or refuse.

    A section whose pair cannot be aligned counts as not comparable.
    """
    known = {fit.id: fit for fit in project.rows(Fit)}
    every = list(fit_jobs(project))
    jobs = [job for job in every if is_due(job, known)]
    blocked: list[tuple[Span, str]] = []
    with project.run("align") as work:
        for outcome in tracked(each(fit_pair, jobs, scheduler), "align", len(jobs), "pairs", show):
            job = outcome.task
            fit = outcome.value or refused(job, outcome.problem)
            work.add(fit)
            if fit.blocked_by:
                blocked.append((job.section.span, fit.blocked_by))
        block_sections(work, blocked)
    current = {refused(job, "").id for job in every}
    fits = [fit for fit in project.rows(Fit) if fit.id in current and not fit.blocked_by]
    lines = [f"{len(jobs):,} pairs aligned or refused, {len(fits):,} usable in all"] if jobs else []
    if fits:
        moves = sorted(math.hypot(fit.dx_m, fit.dy_m) for fit in fits)
        rmse = sorted(fit.rmse_m for fit in fits)
        lines.append(
            f"median move {moves[len(moves) // 2]:.2f} m, largest {moves[-1]:.2f} m; "
            f"median residual {rmse[len(rmse) // 2]:.2f} m"
        )
    return finished(work, lines, then="vallum detect", facts={"usable": len(fits)})


def is_due(job: FitJob, known: dict[str, Fit]) -> bool:
    """Say whether a pair was not aligned yet with these inputs and settings."""
    found = known.get(refused(job, "").id)
    return found is None or found.made_with != job.made_with


def fit_jobs(project: Project) -> Iterator[FitJob]:
    """Yield every pair that is to lie on each other, aligned before or not."""
    scenes = {scene.id: scene for scene in project.rows(Scene)}
    for section, found, _ in pairs(project):
        for pair in found:
            before, after = scenes[pair.before.scene], scenes[pair.after.scene]
            if not (before.has_pixels and after.has_pixels):
                continue
            yield fit_job(project, section, (pair.before, before), (pair.after, after))


def fit_job(
    project: Project, section: Section, before: tuple[Look, Scene], after: tuple[Look, Scene]
) -> FitJob:
    """Return the job that lays the look `after` on the look `before`; both have pixels."""
    rule = project.config.align
    return FitJob(
        root=str(project.root),
        config=project.config,
        section=section,
        before=before[0],
        after=after[0],
        before_path=str(project.path_of(before[1])),
        after_path=str(project.path_of(after[1])),
        gsd_m=max(before[1].gsd_m, after[1].gsd_m),
        made_with=made_with(
            before[1].sha256,
            after[1].sha256,
            before[0],
            after[0],
            rule.search_px,
            rule.max_rmse_px,
        ),
    )


def refused(job: FitJob, why: str) -> Fit:
    """Return the alignment as one that could not be made."""
    mark = objects.still_due(job.made_with, why)
    return Fit(look=job.after.id, reference=job.before.id, made_with=mark, blocked_by=why)


def fit_pair(job: FitJob) -> Fit:
    """Return the shift and the radiometric match of one pair, from windows along the frontier."""
    from vallum.imagery import pair

    with pair.opened(job.before_path, job.after_path) as both:
        grids = list(_windows(job, both.pixels(job.section.epsg, job.gsd_m)))
        read = fitting.read_windows(both, grids)
        found, usable = fitting.shift_of(read, job.config.align.search_px)
        rmse_px = found.rmse_px
        if rmse_px > job.config.align.max_rmse_px:
            rmse_px = fitting.left_by_field(usable, found)
        if rmse_px > job.config.align.max_rmse_px:
            raise NotAligned(
                f"not aligned: the shift differs by {rmse_px:.1f} px within the section "
                f"(limit {job.config.align.max_rmse_px} px); raise align.max_rmse_px to accept it"
            )
        gain, offset = fitting.match_of(both, usable, found, job.config.cover.mask_clouds)
    size_m = abs(float(usable[0].grid.resolution.x))
    # A thing at column c, row r of the reference is at c + dx, r + dy of the other: move it back.
    return Fit(
        look=job.after.id,
        reference=job.before.id,
        dx_m=-found.dx_px * size_m,
        dy_m=found.dy_px * size_m,
        rmse_m=rmse_px * size_m,
        n_tiles=found.n_tiles,
        reliability=found.reliability,
        gain=gain,
        offset=offset,
        made_with=job.made_with,
    )


def _windows(job: FitJob, pixels: Affine | None) -> Iterator[GeoBox]:
    """Yield windows along the part of the frontier that both looks see."""
    import numpy as np

    from vallum.imagery import frame

    both = job.before.seen & job.after.seen
    reach_m = job.config.border.left_m + job.config.border.right_m
    size_px = int(min(_WINDOW_PX, max(128, 1.5 * reach_m / job.gsd_m)))
    size_m = size_px * job.gsd_m
    at_m = (
        np.concatenate(
            [
                np.linspace(s.start_m, s.end_m, max(2, 2 * math.ceil(s.length_m / size_m)) + 1)[
                    1:-1
                ]
                for s in both
            ]
        )
        if both
        else np.empty(0)
    )
    chosen: list[float] = []
    for at in at_m[np.argsort(np.abs(at_m - np.median(at_m)))] if at_m.size else []:
        if all(abs(at - other) >= 0.7 * size_m for other in chosen) and len(chosen) < _N_WINDOWS:
            chosen.append(float(at))
    for at in sorted(chosen):
        place = job.frontier.point_at(at)
        yield frame.window_at(place.x, place.y, job.section.epsg, job.gsd_m, size_px, pixels)
