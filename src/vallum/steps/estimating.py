"""What the samples of a project say of its border: rows in, numbers and the frozen sample out."""

from __future__ import annotations

from vallum.ground.errors import BadInput
from vallum.ground.kinds import Held
from vallum.ground.records import (
    Candidate,
    Comparison,
    Estimate,
    Finding,
    Sample,
    Scene,
    Stratum,
)
from vallum.ground.span import Span, Spans
from vallum.measure import extent, frozen, sampled
from vallum.measure.readings import SAMPLE, Rows, surveys
from vallum.measure.survey import Survey
from vallum.project import Project
from vallum.steps.judging import current_candidates, current_findings, verdicts_in_force


def sampled_numbers(project: Project) -> list[Estimate]:
    """Return the numbers that rest on samples and chosen areas; none where nothing was drawn."""
    if_at_random = project.config.measure.missing_at_random
    return sampled.sampled_estimates(surveys_of(project), if_at_random=if_at_random)


def frozen_sample(project: Project) -> str:
    """Return the text of the frozen sample; empty where nothing was drawn."""
    found = surveys_of(project)
    if_at_random = project.config.measure.missing_at_random
    return frozen.frozen(found, if_at_random=if_at_random) if found else ""


def sampled_over(project: Project, area: str, *, survey: str = "") -> list[Estimate]:
    """Return what a survey says of a part of the border; nothing is kept.

    Args:
        project: whose survey.
        area: "FROM..TO" in km.
        survey: its name; the newest one if empty.

    Raises:
        BadInput: there is no such survey.
        NotASample: the survey says nothing of some of these metres.
        BadSetting: the area cannot be read.
    """
    found = {one.name: one for one in surveys_of(project)}
    name = survey or next(reversed(found), "")
    if name not in found:
        raise BadInput(
            f"there is no survey '{name}'; nothing was computed, there are: "
            + (", ".join(found) or "none, draw one with `vallum sample`")
        )
    return sampled.estimates_over(found[name], Spans((Span.parse_km(area),)))


def surveys_of(project: Project) -> list[Survey]:
    """Return every first survey of a project with its readings, oldest first."""
    rows = rows_of(project)
    return surveys(rows, _note(project, rows)) if rows.strata else []


def rows_of(project: Project) -> Rows:
    """Return the rows that readings are made from."""
    strata = project.rows(Stratum)  # in the order of the ledger: oldest first
    if not strata:
        return Rows(strata=(), samples=(), verdicts=(), candidates={}, extent=project.extent)
    return Rows(
        strata=strata,
        samples=project.rows(Sample),
        verdicts=verdicts_in_force(project),
        candidates={row.id: row for row in project.rows(Candidate)},
        machine=[row for row in current_candidates(project) if row.origin == "machine"],
        findings=confirmed(project),
        extent=project.extent,
    )


def confirmed(project: Project) -> tuple[Finding, ...]:
    """Return the confirmed findings that count, as every number that rests on them does."""
    own = [f for f in current_findings(project) if f.held is not Held.IMPORTED]
    rows, drawn = project.rows(Comparison), current_candidates(project)
    return extent.confirmed(project.extent, rows, drawn, own)


def _note(project: Project, rows: Rows) -> str:
    told = []
    if any(row.is_simulated for row in rows.verdicts if row.mode == SAMPLE):
        told.append("SIMULATED readers with stated error rates")
    if any(scene.is_simulated for scene in project.rows(Scene)):
        told.append("SIMULATED images that show no real place")
    return "; ".join(told)
