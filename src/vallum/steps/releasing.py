"""What a publication tells of claims, and what it remembers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from vallum.evidence.coarse import Grid
from vallum.evidence.release import Sayable, Telling, Withheld, barred, tell
from vallum.ground.errors import WouldLeak
from vallum.ground.kinds import Held
from vallum.ground.names import places
from vallum.ground.records import (
    Claim,
    Comparison,
    Disclosure,
    Exhibit,
    Finding,
    Level,
    Match,
    Scene,
    Source,
)
from vallum.ground.saidkinds import ClaimStatus, Standing
from vallum.project import Project
from vallum.steps.judging import current_findings

if TYPE_CHECKING:
    from vallum.claims.weigh import Weighed

_TOWNS = frozenset({"city", "county", "town"})
_TOWN_OFF_M = 20_000
_SEEN = tuple(f"{cls.PREFIX}-" for cls in (Finding, Comparison, Scene))
_NOTHING = "nothing"


# -- what is told -----------------------------------------------------------------------------


def told(
    project: Project, level: Level, on: date | None = None, *, despite: Collection[str] = ()
) -> Telling:
    """Return what may be told of the claims of a project, with what has to be remembered.

    Statuses are weighed anew among what may be told: a claim under embargo corroborates nothing
    before its day, or its effect would tell that it is there.

    Args:
        project: whose claims.
        level: who reads it.
        on: the day of the release; today if left out.
        despite: claims whose refusal a keeper has decided to overrule.

    Raises:
        BadSetting: `release.cell_m` differs from an earlier release.
    """
    day = on or datetime.now(UTC).date()
    papers = {row.id: row for row in project.rows(Exhibit)}
    sources = _sources(project)
    claims = [row for row in project.rows(Claim) if row.standing is Standing.APPROVED]
    known, lost = [], []
    for claim in claims:
        paper = papers.get(claim.exhibit)
        source = sources.get(paper.source) if paper else None
        if paper is None or source is None:
            lost.append(Withheld(subject=claim.id, why="it is not known who says it"))
        else:
            known.append(Sayable(claim=claim, exhibit=paper, source=source))
    free = {
        one.claim.id
        for one in known
        if not barred(one.claim, one.exhibit, one.source, level=level, on=day)
    }
    weighed = _weighed(project, [one.claim for one in known if one.claim.id in free])
    telling = tell(
        [_with_status(one, weighed.get(one.claim.id)) for one in known],
        level=level,
        on=day,
        grid=Grid(cell_m=project.config.release.cell_m, length_m=project.frontier.length_m),
        earlier=project.rows(Disclosure),
        towns=towns(project),
        despite=despite,
    )
    return replace(telling, withheld=(*telling.withheld, *lost))


def check(telling: Telling) -> None:
    """Refuse a release that tells more together with earlier ones than they do.

    Raises:
        WouldLeak: it does; the message names claims and releases.
    """
    if telling.refused:
        reasons = "\n".join(f"- {one}" for one in telling.refused)
        raise WouldLeak(
            "this release and an earlier one, laid over each other, would tell more than either; "
            f"nothing was published:\n{reasons}"
        )


def in_words(project: Project, telling: Telling) -> list[str]:
    """Return what the desk should know of a telling; never printed in it."""
    lines = []
    if telling.told or telling.withheld:
        counts = Counter(one.why for one in telling.withheld)
        why = "; ".join(f"{n} {reason}" for reason, n in counts.most_common())
        lines.append(f"{len(telling.told)} claims told" + (f"; withheld: {why}" if why else ""))
    if telling.together:
        lines.append(
            f"{len(telling.together)} claims are new, and all from one source: whoever has the "
            "publication before can tell that they belong together"
        )
    lines += _otherwise(project, telling) if telling.withheld and telling.told else []
    return lines


def remembered(project: Project, telling: Telling, manifest_sha256: str) -> list[Disclosure]:
    """Return the rows to keep of a release; none where it was published before."""
    known = {row.release for row in project.rows(Disclosure)}
    if manifest_sha256 in known:
        return []
    return [replace(row, release=manifest_sha256) for row in telling.disclosures]


def towns(project: Project) -> tuple[tuple[str, int], ...]:
    """Return name and chainage of the towns of the gazetteer along the project's frontier."""
    near = [place for place in places(project.config.border.frontier) if place.kind in _TOWNS]
    if not near:
        return ()
    at, off = project.frontier.locate_many([p.lon for p in near], [p.lat for p in near])
    found = [
        (place.name, round(float(where)))
        for place, where, aside in zip(near, at, off, strict=True)
        if abs(float(aside)) <= _TOWN_OFF_M
    ]
    return tuple(sorted(found, key=lambda town: (town[1], town[0])))


def _sources(project: Project) -> dict[str, Source]:
    every = project.rows(Source)
    return {row.code: row for row in every} | {row.id: row for row in every}


def _weighed(project: Project, claims: Sequence[Claim]) -> dict[str, Weighed]:
    """Return where claims stand by themselves, by id: no other claim speaks for them."""
    if not claims:
        return {}
    from vallum.claims.weigh import weigh

    known = {claim.id for claim in claims}
    held = _shown(project)
    matches = [
        row
        for row in project.rows(Match)
        if row.about in known
        or row.about == _NOTHING
        or (row.about.startswith(_SEEN) and (row.about in held or not _is_finding(row.about)))
    ]
    every = weigh(claims, project.rows(Exhibit), project.rows(Source), matches)
    return {one.claim.id: one for one in every}


def _with_status(one: Sayable, weighed: Weighed | None) -> Sayable:
    if weighed is None:
        return one
    seen = [row.about for row in (*weighed.supports, *weighed.contradicts)]
    return replace(
        one,
        status=weighed.status,
        findings=tuple(dict.fromkeys(filter(_is_finding, seen))),
        agreeing=weighed.agreeing,
        contradicting=weighed.contradicting,
    )


def _shown(project: Project) -> set[str]:
    return {row.id for row in current_findings(project) if row.held is not Held.REJECTED}


def _is_finding(name: str) -> bool:
    return name.startswith(f"{Finding.PREFIX}-")


def _otherwise(project: Project, telling: Telling) -> list[str]:
    """Return told claims that the desk, with all it has, holds to be contradicted."""
    from vallum.steps.matching import weighed

    contradicted = ClaimStatus.CONTRADICTED
    return [
        f"{one.claim.id}: told as {telling.statuses[one.claim.id].label}, but something that is "
        "not told contradicts it; think again before you publish it"
        for one in weighed(project)
        if one.status is contradicted
        and telling.statuses.get(one.claim.id, contradicted) is not contradicted
    ]
