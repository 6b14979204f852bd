"""Every number of a project from its newest rows; nothing is written."""

from __future__ import annotations

from vallum.ground import visibility
from vallum.ground.kinds import Held, Kind
from vallum.ground.records import Comparison, Estimate, Look, Scene
from vallum.project import Project
from vallum.steps.estimating import confirmed, sampled_numbers
from vallum.steps.judging import current_candidates, current_findings, verdicts_in_force
from vallum.steps.seeing import scenes_in_use


def numbers(project: Project) -> list[Estimate]:
    """Return every number: what is confirmed, imported, seen, and what samples say."""
    with project.store.remembering():
        return [*counted(project), *sampled_numbers(project)]


def counted(project: Project) -> list[Estimate]:
    """Return every number that rests on no sample."""
    from vallum.change import limits
    from vallum.measure import barriers, estimates, looks, onset

    findings = current_findings(project)
    dates = project.config.dates
    return [
        *estimates.estimates(
            project.extent,
            project.frontier,
            project.rows(Comparison),
            current_candidates(project),
            [f for f in findings if f.held is not Held.IMPORTED],
            verdicts_in_force(project),
            {scene.id: scene for scene in project.rows(Scene)},
            project.rows(Look),
            {kind: limits.said(kind, visibility.of_kind(kind).most_m) for kind in Kind},
        ),
        *barriers.imported_estimates(
            [f for f in findings if f.held is Held.IMPORTED],
            project.frontier,
            extent=project.extent,
        ),
        *onset.onset_estimates(confirmed(project)),
        *looks.coverage_estimates(
            project.extent,
            project.rows(Look),
            scenes_in_use(project),
            dates.before_when,
            dates.after_when,
        ),
    ]
