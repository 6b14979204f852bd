"""What is due: the steps whose inputs changed since they ran, and the command to type next."""

from __future__ import annotations

from vallum.ground.kinds import Held
from vallum.ground.records import APART, Comparison, Estimate, Finding, Fit, Json, Release, Verdict
from vallum.project import Project


def due(
    project: Project,
    *,
    n_scenes: int,
    n_comparisons: int,
    n_candidates: int,
    n_verdicts: int,
    n_findings: int,
) -> str:
    """Return the command that is due next, from how many rows there are."""
    if not n_scenes and not n_findings:
        return "vallum add FOLDER"
    if n_scenes and not n_comparisons:
        return "vallum run"
    if n_candidates and not n_verdicts:
        return "vallum review --export candidates.csv"
    if not project.rows(Release):
        return "vallum run"
    return f"open {project.out_folder / 'report' / 'report.html'} in a browser"


def due_steps(project: Project) -> list[Json]:
    """Return the steps that would have something to do now, in the order in which `run` does them.

    Each is asked by the rule by which it chooses its own work. A step is not named for what an
    earlier one that is due would bring it.
    """
    checks = (
        ("cover", _covers),
        ("align", _aligns),
        ("detect", _detects),
        ("settle", _settles),
        ("measure", _measures),
        ("publish", _publishes),
    )
    return [name for name, has_work in checks if has_work(project)]


def _covers(project: Project) -> bool:
    from vallum.steps.seeing import look_jobs

    return bool(look_jobs(project))


def _aligns(project: Project) -> bool:
    from vallum.steps.seeing import fit_jobs, is_due

    known = {fit.id: fit for fit in project.rows(Fit)}
    return any(is_due(job, known) for job in fit_jobs(project))


def _detects(project: Project) -> bool:
    from vallum.steps.finding import is_due, pair_jobs

    known = {(row.span, row.slot): row for row in project.rows(Comparison)}
    jobs, _ = pair_jobs(project, known)
    return any(is_due(known.get((job.section.span, job.slot)), job) for job in jobs)


def _settles(project: Project) -> bool:
    from vallum.steps.judging import current_candidates, settled_rows, verdicts_in_force

    if not project.rows(Verdict):
        return False
    found, gone = settled_rows(project, current_candidates(project), verdicts_in_force(project))
    known = {row.id: row for row in project.rows(Finding) if row.held is not Held.IMPORTED}
    return any(row.id not in known or not known[row.id].same_as(row) for row in [*found, *gone])


def _measures(project: Project) -> bool:
    from vallum.steps.gating import stale

    if not project.rows(Estimate):
        return bool(project.rows(Comparison) or project.rows(Finding))
    return bool(stale(project))


def _publishes(project: Project) -> bool:
    head = project.store.head_without(*APART)
    told = {release.ledger_head for release in project.rows(Release)}
    return bool(project.rows(Estimate)) and head not in told
