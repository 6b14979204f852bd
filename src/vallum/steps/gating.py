"""Gates: what may not go out as it is, with the reason and the way out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from vallum.evidence.redact import STATEMENT, redact
from vallum.ground.errors import BadSetting
from vallum.ground.kinds import Answer, Design, Held
from vallum.ground.numbers import WITHDRAWN
from vallum.ground.records import Estimate, Exhibit, Json, Level, Look, Sample, Scene, Stratum
from vallum.project import Project
from vallum.steps import chipping, numbering, releasing
from vallum.steps.done import Done
from vallum.steps.judging import current_candidates, current_findings, verdicts_in_force

if TYPE_CHECKING:
    from vallum.evidence.release import Telling
    from vallum.report.gates import Refusal

_PICTURES = ("image/", "video/")
_TOLD_ELSEWHERE = frozenset({"embargo", "level", "claims"})


def refusals(
    project: Project, level: Level | str = Level.PUBLIC, on: date | None = None
) -> tuple[Refusal, ...]:
    """Return all that may not go out as it is, hard gates first; nothing is written.

    Only the search of what was written is left for the moment of publishing.

    Args:
        project: what would be published.
        level: who would read it.
        on: the day on which embargo and consent are held against; today if None.
    """
    telling = releasing.told(project, Level(level), on)
    return of_telling(project, Level(level), telling, stale=stale(project))


def check(project: Project, level: Level | str = Level.PUBLIC, on: date | None = None) -> Done:
    """Say what keeps a publication from going out, and what would be held back of it."""
    found = refusals(project, level, on)
    hard = [one for one in found if one.is_hard]
    lines = [str(one) for one in found if not one.is_hard]
    if not hard:
        lines.append(f"a publication of level {Level(level)} may go out")
    return Done(
        step="publish",
        lines=tuple(lines),
        blocked=tuple(str(one) for one in hard),
        facts={"refusals": [dict[str, Json](as_json(one)) for one in found]},
        next="" if hard else "vallum publish",
    )


def as_json(one: Refusal) -> dict[str, str | int | bool]:
    """Return a refusal as plain JSON."""
    return {
        "gate": one.gate,
        "what": one.what,
        "n": one.n,
        "why": one.why,
        "way_out": one.way_out,
        "is_hard": one.is_hard,
    }


def passed(project: Project, level: Level, telling: Telling) -> tuple[Refusal, ...]:
    """Return what is held back of a publication that may go out.

    Raises:
        BadSetting: a hard gate refuses it; the message names every one and the way out.
    """
    found = of_telling(project, level, telling)
    refuse(found)
    return tuple(one for one in found if not one.is_hard)


def refuse(found: Iterable[Refusal]) -> None:
    """Refuse a publication that a hard gate keeps in.

    Raises:
        BadSetting: there is one.
    """
    hard = "\n".join(f"- {one}" for one in found if one.is_hard)
    if hard:
        raise BadSetting(f"nothing was published:\n{hard}")


def in_words(found: Iterable[Refusal]) -> list[str]:
    """Return what gates held back, for the desk; claims are told of with the release."""
    return [str(one) for one in found if one.gate not in _TOLD_ELSEWHERE]


def of_telling(
    project: Project, level: Level, telling: Telling, *, stale: Sequence[str] = ()
) -> tuple[Refusal, ...]:
    """Return all that may not go out, where it is known what is told of claims."""
    from vallum.report import gates

    findings = current_findings(project)
    looked_at = {look.scene for look in project.rows(Look)}
    facts = gates.Facts(
        level=level,
        n_accepts=project.config.publish.n_accepts,
        yes=accepts(project),
        chosen=_chosen(project),
        pictures=chipping.withheld(project, current_candidates(project), findings, level),
        withheld=[one.why for one in telling.withheld],
        together=[str(one) for one in telling.refused],
        uncleared=_uncleared(project),
        stale=stale,
    )
    return gates.refusals(
        facts,
        estimates=redact(_estimates(project), level),
        confirmed=[one for one in findings if one.held is Held.CONFIRMED],
        scenes=[scene for scene in project.rows(Scene) if scene.id in looked_at],
    )


def accepts(project: Project) -> dict[str, int]:
    """Return how many different people said yes, by what they were asked about."""
    people: dict[str, set[str]] = defaultdict(set)
    for verdict in verdicts_in_force(project):
        if verdict.answer is Answer.YES:
            people[verdict.about].add(" ".join(verdict.analyst.split()).casefold())
    return {about: len(names) for about, names in people.items()}


def stale(project: Project) -> list[str]:
    """Return the numbers that no longer follow from the rows."""
    known = {one.name: one for one in _estimates(project)}
    if not known:
        return []
    again = {one.name: one for one in numbering.numbers(project)}
    other = [name for name in {**again, **known} if name not in again or name not in known]
    return other + [n for n in known if n in again and not known[n].same_as(again[n])]


def _estimates(project: Project) -> list[Estimate]:
    return [number for number in project.rows(Estimate) if number.wording != WITHDRAWN]


def _chosen(project: Project) -> frozenset[str]:
    """Return the ids of strata and samples of areas that were chosen for interest."""
    strata = {row.id for row in project.rows(Stratum) if not row.is_probability}
    samples = {row.id for row in project.rows(Sample) if row.design is Design.PURPOSIVE}
    return frozenset(strata | samples)


def _uncleared(project: Project) -> frozenset[str]:
    """Return the pictures that people handed in and that nobody has cleared."""
    return frozenset(
        row.id
        for row in project.rows(Exhibit)
        if row.role == STATEMENT
        and row.media_type.startswith(_PICTURES)
        and row.derived_how != "redacted"
        and not row.cleared_by
    )
