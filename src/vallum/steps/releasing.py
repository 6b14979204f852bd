"""What a publication tells of claims, and what it remembers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from vallum.evidence.coarse import Grid
from vallum.evidence.difference import HEADER, Memory
from vallum.evidence.release import Sayable, Telling, Withheld, barred, repeated, tell
from vallum.ground.errors import WouldLeak
from vallum.ground.kinds import Held
from vallum.ground.names import places
from vallum.ground.records import (
    Claim,
    Comparison,
    Custody,
    Disclosure,
    Exhibit,
    Finding,
    Level,
    Match,
    Scene,
    Source,
)
from vallum.ground.saidkinds import ClaimStatus, Event, MatchMethod, Relation, Standing
from vallum.project import Project, actor
from vallum.steps.judging import current_findings

if TYPE_CHECKING:
    from vallum.claims.weigh import Weighed

_TOWNS = frozenset({"city", "county", "town"})
_TOWN_OFF_M = 5_000  # farther off, nobody would call it the town of that stretch
_SEEN = tuple(f"{cls.PREFIX}-" for cls in (Finding, Comparison, Scene))
_NOTHING = "nothing"


# -- what is told -----------------------------------------------------------------------------


def told(
    project: Project, level: Level, on: date | None = None, *, despite: Collection[str] = ()
) -> Telling:
    """Return what may be told of the claims of a project, with what has to be remembered.

    Statuses are weighed anew among what may be told, from the rows as they are now: a claim under
    embargo corroborates nothing before its day, or its effect would tell that it is there.

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
    matches = _matches(project, free, day)
    aside = _aside(project, [one for one in known if one.claim.id in free], matches, level)
    kept = [one.claim for one in known if one.claim.id in free - aside.keys()]
    weighed = _weighed(project, kept, matches)
    telling = tell(
        [
            replace(_with_status(one, weighed.get(one.claim.id)), aside=aside.get(one.claim.id, ""))
            for one in known
        ],
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
    if telling.restated:
        lines.append(
            f"{len(telling.restated)} claims have another status than before, and all are of one "
            "source: whoever has the publication before can tell that they belong together"
        )
    if telling.as_before:
        lines.append(
            f"the risk of a source has risen: {', '.join(telling.as_before)} told as closely as "
            "before, for a change would show which claims are its; to tell one more coarsely "
            "from now on, decide with the keeper and publish with --despite and its name"
        )
    lines += _otherwise(project, telling) if telling.withheld and telling.told else []
    return lines


def remembered(
    project: Project, telling: Telling, manifest_sha256: str
) -> list[Disclosure | Custody]:
    """Return the rows to keep of a release, with who overruled what; none if it was published."""
    known = {row.release for row in project.rows(Disclosure)}
    if manifest_sha256 in known:
        return []
    now, who = datetime.now(UTC), actor()
    return [
        *(replace(row, release=manifest_sha256) for row in telling.disclosures),
        *(
            Custody(
                subject=name,
                event=Event.DISSEMINATION,
                at=now,
                by=who,
                outcome=f"published despite a refusal, release {manifest_sha256}",
            )
            for name in telling.overruled
        ),
    ]


def printed_alone(
    project: Project, telling: Telling, keys: Collection[str], level: Level
) -> Telling:
    """Return a telling that remembers, of all it could tell, what is out after some claims are.

    Claims that the newest release tells stay with it: the next release is held against them.

    Args:
        project: whose earlier releases.
        telling: all that could be told.
        keys: keys of the claims that are printed.
        level: who reads them.
    """
    memory = Memory.of(project.rows(Disclosure), level)
    before = memory.outlines.get(memory.newest, {}).keys()
    out = {HEADER, *before, *(name for name, key in telling.keys.items() if key in keys)}
    return replace(
        telling, disclosures=tuple(row for row in telling.disclosures if row.subject in out)
    )


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


def _matches(project: Project, free: Collection[str], on: date) -> list[Match]:
    """Return the matches of some claims that hold now, with each other and with what was seen."""
    if not free:
        return []
    from vallum.steps.matching import holding

    held = _shown(project)
    return [
        row
        for row in holding(project, on)
        if row.claim in free
        and (
            row.about in free
            or row.about == _NOTHING
            or (row.about.startswith(_SEEN) and (row.about in held or not _is_finding(row.about)))
        )
    ]


def _aside(
    project: Project, free: Sequence[Sayable], matches: Sequence[Match], level: Level
) -> dict[str, str]:
    """Return claims that are not told beside another of the same origin, and why."""
    pairs: dict[Relation, list[tuple[str, str]]] = {}
    for row in matches:
        if row.method is MatchMethod.SECOND_SOURCE:
            pairs.setdefault(row.relation, []).append((row.claim, row.about))
    alone = _weighed(project, [one.claim for one in free], ())
    return repeated(
        free,
        same=pairs.get(Relation.SUPPORTS, []),
        otherwise=pairs.get(Relation.CONTRADICTS, []),
        origins={name: "".join(one.origins) for name, one in alone.items()},
        earlier=project.rows(Disclosure),
        level=level,
    )


def _weighed(
    project: Project, claims: Sequence[Claim], matches: Sequence[Match]
) -> dict[str, Weighed]:
    """Return where claims stand by themselves, by id: no other claim speaks for them."""
    if not claims:
        return {}
    from vallum.claims.weigh import weigh

    known = {claim.id for claim in claims}
    apart = [row for row in matches if row.method is not MatchMethod.SECOND_SOURCE]
    among = [row for row in matches if row.method is MatchMethod.SECOND_SOURCE]
    matches = [*apart, *(row for row in among if row.about in known)]
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
        is_part_shown=bool(weighed.in_part),
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
