"""Before and after pictures: which are shown, and why others are not."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from vallum.evidence.redact import redact
from vallum.ground.kinds import Change, Held
from vallum.ground.records import Candidate, Comparison, Finding, Fit, Level, Scene
from vallum.project import Project
from vallum.steps.done import Progress, silent

if TYPE_CHECKING:
    from vallum.report import Chip

_CHIP_PX = 300
_GAINS = frozenset({Change.NEW, Change.EXTENDED})


@dataclass(frozen=True, kw_only=True)
class _Window:
    """Pixels of one place on both dates."""

    before: Scene
    after: Scene
    grid: Any
    old: Any
    new: Any
    old_valid: Any
    new_valid: Any
    fit: Fit | None = None


def chips_of(
    project: Project,
    candidates: Sequence[Candidate],
    findings: Sequence[Finding],
    level: Level,
    show: Progress = silent,
) -> list[Chip]:
    """Return before/after pictures of the strongest, confirmed ones first, kinds in turn.

    Args:
        project: whose images.
        candidates: current candidates.
        findings: what was settled.
        level: who will see them.
        show: told about every picture.
    """
    wanted = project.config.publish.n_chips
    settled, fits = {finding.about: finding for finding in findings}, _fits(project)
    chips: list[Chip] = []
    for candidate in strongest(candidates, findings):
        if len(chips) >= wanted:
            break
        window = _window(project, candidate, level, settled.get(candidate.id), fits)
        if not isinstance(window, str):
            chips.append(_drawn(candidate, window))
            show("pictures", len(chips), wanted, "pictures")
    return chips


def withheld(
    project: Project,
    candidates: Sequence[Candidate],
    findings: Sequence[Finding],
    level: Level,
) -> dict[str, str]:
    """Return why pictures are not shown that would be by their rank, by candidate.

    Nothing is drawn. Candidates without images of both dates count as no picture at all.
    """
    wanted = project.config.publish.n_chips
    settled, fits = {finding.about: finding for finding in findings}, _fits(project)
    found: dict[str, str] = {}
    n_shown = 0
    for candidate in strongest(candidates, findings):
        if n_shown >= wanted or len(found) >= wanted:
            break
        window = _window(project, candidate, level, settled.get(candidate.id), fits)
        if not isinstance(window, str):
            n_shown += 1
        elif window:
            found[candidate.id] = window
    return found


def chip_of(project: Project, candidate: Candidate, level: Level) -> Chip | None:
    """Return the before/after picture of one candidate, or None where none may be shown."""
    window = _window(project, candidate, level, _finding_of(project, candidate))
    return None if isinstance(window, str) else _drawn(candidate, window)


def why_no_chip(project: Project, candidate: Candidate, level: Level) -> str:
    """Return why no picture of a candidate may be shown; empty where one may.

    Also empty where there are no pixels of both dates here: there is nothing to show.
    """
    window = _window(project, candidate, level, _finding_of(project, candidate))
    return window if isinstance(window, str) else ""


def strongest(candidates: Sequence[Candidate], findings: Sequence[Finding]) -> list[Candidate]:
    """Return candidates in the order in which they deserve a picture; confirmed ones if any."""
    confirmed = {f.about for f in findings if f.held is Held.CONFIRMED}
    unsettled = {c.id for c in candidates} - {f.about for f in findings}
    pool = [c for c in candidates if c.change is not Change.UNCHANGED]
    pool = [c for c in pool if c.id in confirmed] or [c for c in pool if c.id in unsettled]
    groups: dict[tuple[str, str], list[Candidate]] = {}
    for candidate in sorted(pool, key=lambda c: (-c.score, c.id)):
        groups.setdefault((candidate.change, candidate.category), []).append(candidate)
    ordered = []
    for rank in range(max(map(len, groups.values()), default=0)):
        ordered += [group[rank] for _, group in sorted(groups.items()) if rank < len(group)]
    return ordered


def stood_before(finding: Finding | None, before: Scene) -> str:
    """Return why a pair of images is no before and after of a finding; empty where it is.

    Args:
        finding: what the desk holds of it; None where nothing.
        before: the earlier image.
    """
    if finding is None or finding.held is not Held.CONFIRMED:
        return ""
    if finding.change is Change.UNCHANGED:
        return "people found that the thing stood there before, so there is no before and after"
    seen = finding.first_seen
    if finding.change in _GAINS and seen is not None and seen <= before.taken.earliest:
        return "another image shows the thing standing before the earlier of the two dates"
    return ""


def _finding_of(project: Project, candidate: Candidate) -> Finding | None:
    rows = (row for row in project.rows(Finding) if row.about == candidate.id)
    return next((row for row in rows if row.held is not Held.WITHDRAWN), None)


def _window(
    project: Project,
    candidate: Candidate,
    level: Level,
    finding: Finding | None,
    fits: Mapping[str, Fit] | None = None,
) -> _Window | str:
    """Return the pixels of a place, or why they may not be shown; empty where there are none."""
    from vallum.imagery import frame, view
    from vallum.report.figures import chips

    scenes = {
        scene.id: scene for scene in project.store.latest(Scene, candidate.before, candidate.after)
    }
    before, after = scenes.get(candidate.before), scenes.get(candidate.after)
    if before is None or after is None:
        return ""
    paths = project.path_of(before), project.path_of(after)
    if paths[0] is None or paths[1] is None:
        return ""
    before, after = redact((before, after), level)
    all_of_it = np.ones((1, 1), dtype=bool)
    # What licence and dates forbid is known before a pixel is read.
    shut = stood_before(finding, before) or chips.may_draw(before, after, all_of_it, all_of_it)
    if shut:
        return shut
    fit = (_fits(project, {candidate.id}) if fits is None else fits).get(candidate.id)
    middle = _middle(candidate.shape)
    epsg = next(s.epsg for s in project.sections if s.span.overlaps(candidate.span))
    grid = frame.window_at(middle.x, middle.y, epsg, max(before.gsd_m, after.gsd_m), _CHIP_PX)
    old, old_valid = view.read(paths[0], grid)
    new, new_valid = view.read(
        paths[1], grid, dx_m=fit.dx_m if fit else 0.0, dy_m=fit.dy_m if fit else 0.0
    )
    return chips.may_draw(
        before_valid=old_valid, after_valid=new_valid, before_scene=before, after_scene=after
    ) or _Window(
        before=before,
        after=after,
        grid=grid,
        old=old,
        new=new,
        old_valid=old_valid,
        new_valid=new_valid,
        fit=fit,
    )


def _drawn(candidate: Candidate, window: _Window) -> Chip:
    from vallum.report.figures import chips

    return chips.draw(
        window.old,
        window.new,
        window.grid,
        candidate,
        window.before,
        window.after,
        before_valid=window.old_valid,
        after_valid=window.new_valid,
        fit=window.fit,
    )


def _middle(shape: BaseGeometry) -> Point:
    if isinstance(shape, Point):
        return shape
    return LineString(shape.coords).interpolate(0.5, normalized=True)


def _fits(project: Project, only: Collection[str] | None = None) -> dict[str, Fit]:
    """Return how the pair of each candidate was aligned, by candidate."""
    known = {fit.id: fit for fit in project.rows(Fit)}
    found: dict[str, Fit] = {}
    for comparison in project.rows(Comparison):
        if comparison.fit in known:
            for name in comparison.candidate_ids:
                if only is None or name in only:
                    found.setdefault(name, known[comparison.fit])
    return found
