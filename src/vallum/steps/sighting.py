"""`sight`: what every other image of the place says of what was found: there, or not yet."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import shapely
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from vallum.frontier import Section
from vallum.ground.kinds import Change, Held, Kind, Seen
from vallum.ground.records import Candidate, Fit, Json, Look, Scene, Sighting
from vallum.project import Project, Work
from vallum.run import Outcome, each
from vallum.steps.done import Done, Progress, finished, silent, tracked
from vallum.steps.judging import current_candidates, current_findings
from vallum.steps.seeing import (
    FitJob,
    Job,
    fit_job,
    fit_pair,
    is_due,
    made_with,
    refused,
    scenes_in_use,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from odc.geo.geobox import GeoBox

    from vallum.change.presence import Example
    from vallum.change.straight import Strip

_PART_PX = 400  # a long path is read in parts
_VERSION = 1  # raise it when a change of code must redo sightings


@dataclass(frozen=True, kw_only=True)
class _Known:
    """A thing whose path is known: a finding, or a candidate where nothing is settled."""

    candidate: Candidate
    category: Kind
    change: Change
    shape: BaseGeometry

    @property
    def accepted(self) -> str:
        """The scene on which it stands."""
        removed = self.change is Change.REMOVED
        return self.candidate.before if removed else self.candidate.after

    @property
    def without(self) -> str:
        """The scene on which it does not, or stood as it was before."""
        removed = self.change is Change.REMOVED
        return self.candidate.after if removed else self.candidate.before

    @property
    def width_m(self) -> float:
        """Width, the usual one of its kind where it was not measured."""
        from vallum.change import limits

        found = self.candidate.width_m
        return found if math.isfinite(found) and found > 0 else limits.USUAL_WIDTH_M[self.category]


@dataclass(frozen=True, kw_only=True)
class _View:
    """One image and how it is brought to lie on, and look like, the reference."""

    scene: Scene
    path: str
    fit: Fit | None  # None for the reference itself


@dataclass(frozen=True, kw_only=True)
class _SightJob(Job):
    known: _Known
    accepted: _View
    without: _View
    asked: tuple[tuple[_View, str], ...]  # with the mark of each


def sight(project: Project, *, scheduler: str = "", show: Progress = silent) -> Done:
    """Ask every other image of the place whether a known thing stands there.

    Known is what analysts confirmed, or every current candidate as long as nothing is settled.
    Images that were not aligned to the pair yet are aligned first. Images that are only for
    looking, and second deliveries of one acquisition, are not asked. What is said here is a
    measurement, not an analyst's answer, and changes no number; it is the input to dating.

    Args:
        project: where findings, candidates and images are.
        scheduler: "" for a plain loop, "local" for one process per core.
        show: told about every thing.
    """
    known = _known(project)
    every = list(_placed(project, known))
    with project.run("sight") as work:
        _align(project, work, every, scheduler, show)
        jobs = list(_jobs(project, every))
        outcomes = each(_sighted, jobs, scheduler)
        for outcome in tracked(outcomes, "sight", len(jobs), "things", show):
            work.add_all(_result(outcome))
    n_views = sum(len(asked) for _, _, asked in every)
    lines, facts = _summary(project, known)
    if jobs:
        n_asked = sum(len(job.asked) for job in jobs)
        lines.insert(0, f"{len(jobs):,} things looked for, {n_asked:,} times in all")
    elif not n_views:
        lines.insert(0, "no image but those of the pairs shows any of it: add more dates")
    return finished(work, lines, then="vallum measure", facts=facts)


def _known(project: Project) -> list[_Known]:
    """Return what was confirmed, or all candidates as long as nobody settled anything."""
    candidates = {row.id: row for row in current_candidates(project)}
    settled = [f for f in current_findings(project) if f.held is not Held.IMPORTED]
    if not settled:
        found = [
            _Known(candidate=row, category=row.category, change=row.change, shape=row.shape)
            for row in candidates.values()
        ]
    else:
        found = [
            _Known(
                candidate=candidates[finding.about],
                category=finding.category,
                change=finding.change,
                shape=finding.shape,
            )
            for finding in settled
            if finding.held is Held.CONFIRMED and finding.about in candidates
        ]
    return [one for one in found if one.change is not Change.UNCHANGED]


# -- which images are asked -----------------------------------------------------------------

_Place = tuple[_Known, Section, list[Look]]


def _placed(project: Project, known: Sequence[_Known]) -> Iterator[_Place]:
    """Yield every known thing with the section it mostly lies in, and other looks that show it."""
    scenes = _measurable(project)
    looks: dict[object, list[Look]] = defaultdict(list)
    for look in project.rows(Look):
        if look.scene in scenes and look.valid:
            looks[look.span].append(look)
    for one in known:
        pair = {one.accepted, one.without}
        if not pair <= scenes.keys():
            continue
        section = _section_of(project, one)
        if section is None:
            continue
        others = [
            look
            for look in looks[section.span]
            if look.scene not in pair
            and shapely.intersects(scenes[look.scene].footprint, one.shape)
        ]
        yield one, section, sorted(others, key=lambda look: look.scene)


def _measurable(project: Project) -> dict[str, Scene]:
    """Return the images on which something may be measured, by id."""
    from vallum.imagery import coverage

    return {
        key: scene
        for key, scene in scenes_in_use(project).items()
        if scene.has_pixels and coverage.is_for_measuring(scene)
    }


def _section_of(project: Project, one: _Known) -> Section | None:
    shared = []
    for section in project.sections:
        both = section.span & one.candidate.span
        if both is not None:
            shared.append((both.length_m, -section.number, section))
    return max(shared, key=lambda entry: entry[:2])[2] if shared else None


def _align(
    project: Project, work: Work, every: Sequence[_Place], scheduler: str, show: Progress
) -> None:
    """Align every image that is asked to the reference of the pair, where that is due."""
    fits = {fit.id: fit for fit in project.rows(Fit)}
    due: dict[str, FitJob] = {}
    for job in _fit_jobs(project, every):
        if is_due(job, fits):
            due[refused(job, "").id] = job
    outcomes = each(fit_pair, list(due.values()), scheduler)
    for outcome in tracked(outcomes, "align", len(due), "images", show):
        work.add(outcome.value or refused(outcome.task, outcome.problem))


def _fit_jobs(project: Project, every: Sequence[_Place]) -> Iterator[FitJob]:
    scenes = scenes_in_use(project)
    looks = {(look.scene, look.span): look for look in project.rows(Look)}
    for one, section, others in every:
        reference = looks.get((one.candidate.before, section.span))
        if reference is None:
            continue
        later = looks.get((one.candidate.after, section.span))
        for look in [*others, *([later] if later is not None else [])]:
            yield fit_job(
                project,
                section,
                (reference, scenes[reference.scene]),
                (look, scenes[look.scene]),
            )


def _jobs(project: Project, every: Sequence[_Place]) -> Iterator[_SightJob]:
    """Yield one job per thing, with the images whose answer is due."""
    scenes = scenes_in_use(project)
    looks = {(look.scene, look.span): look.id for look in project.rows(Look)}
    fits = {(fit.look, fit.reference): fit for fit in project.rows(Fit)}
    known = {row.id: row for row in project.rows(Sighting)}
    for one, section, others in every:
        reference = looks.get((one.candidate.before, section.span), "")

        def view(scene: str, reference: str = reference, section: Section = section) -> _View:
            look = looks.get((scene, section.span), "")
            fit = None if look == reference else fits.get((look, reference))
            if fit is None and look != reference:
                fit = Fit(look=look, reference=reference, blocked_by="not aligned")
            path = project.path_of(scenes[scene])
            return _View(scene=scenes[scene], path=str(path or ""), fit=fit)

        pair = view(one.accepted), view(one.without)
        asked = []
        for look in others:
            other = view(look.scene)
            mark = _mark(one, project, (*pair, other))
            row = known.get(Sighting(about=one.candidate.id, scene=look.scene).id)
            if row is None or row.made_with != mark:
                asked.append((other, mark))
        if asked:
            yield _SightJob(
                root=str(project.root),
                config=project.config,
                section=section,
                known=one,
                accepted=pair[0],
                without=pair[1],
                asked=tuple(asked),
            )


def _mark(one: _Known, project: Project, views: Sequence[_View]) -> str:
    return made_with(
        _VERSION,
        one.candidate.id,
        one.category,
        one.change,
        round(one.width_m, 2),
        one.shape.wkt,
        project.config.cover.mask_clouds,
        *[part for view in views for part in (view.scene.sha256, view.fit or "")],
    )


# -- one thing ------------------------------------------------------------------------------


def _sighted(job: _SightJob) -> list[Sighting]:
    """Return what each image says of one thing; the unit of work of a worker."""
    from vallum.change import presence

    one = job.known
    is_point = isinstance(one.shape, Point)
    examples: dict[float, Example | None] = {}
    rows = []
    for view, mark in job.asked:
        row = Sighting(
            about=one.candidate.id,
            scene=view.scene.id,
            fit=view.fit.id if view.fit and math.isfinite(view.fit.dx_m) else "",
            made_with=mark,
        )
        why = _why_not(job, view)
        if why:
            rows.append(replace(row, reason=why))
            continue
        gsd_m = max(v.scene.gsd_m for v in (view, job.accepted, job.without))
        if gsd_m not in examples:
            examples[gsd_m] = presence.example_of(
                _strip(job, job.accepted, gsd_m), _strip(job, job.without, gsd_m), is_point=is_point
            )
        example = examples[gsd_m]
        if example is None:
            rows.append(replace(row, reason="under half of it is clear on the images of its pair"))
            continue
        strip = _strip(job, view, gsd_m)
        told = presence.judged(strip, one.category, one.width_m, example, is_point=is_point)
        rows.append(
            replace(
                row,
                state=told.state,
                snr=round(told.snr, 3),
                share_seen=round(told.share_seen, 4),
                reason=told.reason,
            )
        )
    return rows


def _why_not(job: _SightJob, view: _View) -> str:
    """Return why nothing can be asked of an image; empty when something can."""
    if not isinstance(job.known.shape, LineString | Point):
        return "it is drawn in several parts"
    for one, name in (
        (view, ""),
        (job.accepted, "its own pair: "),
        (job.without, "its own pair: "),
    ):
        if one.fit is not None and one.fit.blocked_by:
            return f"{name}{one.fit.blocked_by}"
    return ""


def _strip(job: _SightJob, view: _View, gsd_m: float) -> Strip:
    """Return the straightened strip along the thing in one image, read in parts."""
    from vallum.change import straight
    from vallum.imagery import frame

    width_m = job.known.width_m
    local = cast("LineString | Point", frame.to_crs(job.known.shape, job.section.epsg))
    reach_m = straight.reach_m(width_m, gsd_m)
    strips = []
    for part in _parts(local, _PART_PX * gsd_m):
        image, clear, grid = _read(job, view, part, gsd_m, reach_m)
        strips.append(straight.straighten(image, clear, grid, part, width_m))
    return straight.joined(strips)


def _parts(shape: LineString | Point, length_m: float) -> list[LineString | Point]:
    """Return a line in pieces of about `length_m`; a point as it is."""
    if isinstance(shape, Point):
        return [shape]
    n = max(1, round(shape.length / length_m))
    return [substring(shape, k / n, (k + 1) / n, normalized=True) for k in range(n)]


def _read(
    job: _SightJob, view: _View, part: BaseGeometry, gsd_m: float, reach_m: float
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_], GeoBox]:
    """Return one image around a part of the path, brought to the reference: pixels, clear, grid."""
    import numpy as np
    from odc.geo.geobox import GeoBox

    from vallum.imagery import coverage
    from vallum.imagery import view as pixels_of

    grid = GeoBox.from_bbox(
        part.buffer(reach_m).bounds, crs=f"EPSG:{job.section.epsg}", resolution=gsd_m
    )
    fit = view.fit
    move = (fit.dx_m, fit.dy_m) if fit is not None else (0.0, 0.0)
    path = Path(view.path)
    pixels, clear = pixels_of.read(path, grid, dx_m=move[0], dy_m=move[1])
    if job.config.cover.mask_clouds and clear.any():
        clear = coverage.clear(path, grid, pixels, clear, dx_m=move[0], dy_m=move[1])
    image = pixels.astype(np.float32)
    if fit is None or not fit.gain:
        return image, clear, grid
    if len(fit.gain) == 1 < image.shape[0]:
        image = image[:3].mean(axis=0, keepdims=True)
    n = min(len(fit.gain), image.shape[0])
    gain, offset = (np.asarray(v[:n], np.float32)[:, None, None] for v in (fit.gain, fit.offset))
    return image[:n] * gain + offset, clear, grid


def _result(outcome: Outcome[_SightJob, list[Sighting]]) -> list[Sighting]:
    if outcome.value is not None:
        return outcome.value
    job = outcome.task
    return [
        Sighting(
            about=job.known.candidate.id,
            scene=view.scene.id,
            made_with=mark,
            reason=outcome.problem,
        )
        for view, mark in job.asked
    ]


def _summary(project: Project, known: Sequence[_Known]) -> tuple[list[str], dict[str, Json]]:
    ids, scenes = {one.candidate.id for one in known}, _measurable(project)
    rows = [
        row
        for row in project.rows(Sighting)
        if row.about in ids and not row.analyst and row.scene in scenes
    ]
    counts = Counter(row.state for row in rows)
    facts: dict[str, Json] = {
        "things": len(known),
        "sightings": len(rows),
        **{str(state): counts[state] for state in Seen},
    }
    lines = [
        f"{len(rows):,} sightings of {len({row.about for row in rows}):,} things: "
        + ", ".join(f"{counts[state]:,} {state.replace('_', ' ')}" for state in Seen)
    ]
    reasons = Counter(row.reason for row in rows if row.reason)
    lines += [f"  not observable: {n:,} x {why}" for why, n in reasons.most_common(4)]
    return lines, facts
