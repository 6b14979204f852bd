"""`match`: claims held against what was found, against images, and against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from vallum.claims import alike
from vallum.claims.against import BY, NOTHING, against, reason_of
from vallum.claims.weigh import Weighed as Weighed
from vallum.claims.weigh import weigh
from vallum.ground.errors import BadInput, NotThere
from vallum.ground.kinds import Held
from vallum.ground.records import (
    Candidate,
    Claim,
    Comparison,
    Exhibit,
    Finding,
    Json,
    Look,
    Match,
    Scene,
    Source,
)
from vallum.ground.saidkinds import ClaimStatus, MatchMethod, Relation, Standing
from vallum.project import Project
from vallum.steps.done import Done, finished
from vallum.steps.judging import current_candidates, current_findings

_LEAST_WORDS = 10  # characters of a reason, as Atlos asks for
_ABOUT = (Finding, Comparison, Claim, Scene, Exhibit)


def match(project: Project) -> Done:
    """Hold every approved claim against findings, images and the other claims.

    What vallum found before and does not find any more is withdrawn, not forgotten. What a person
    said of the same claim, thing and method stays as it is. A second run adds nothing.
    """
    before = {row.id: row for row in project.rows(Match)}
    by_people = {name for name, row in before.items() if row.by != BY and not row.is_withdrawn}
    found = {row.id: row for row in _found(project) if row.id not in by_people}
    gone = [
        replace(row, is_withdrawn=True)
        for name, row in before.items()
        if row.by == BY and not row.is_withdrawn and name not in found
    ]
    with project.run("match") as work:
        work.add_all([*found.values(), *gone])
    told = weighed(project)
    return finished(
        work,
        _lines(told, len(gone)),
        facts=_facts(told, len(gone)),
        then="vallum publish" if told else "approve claims in the web page, `vallum open`",
    )


def match_by(
    project: Project,
    claim: str,
    about: str,
    relation: Relation,
    method: MatchMethod,
    rationale: str,
    by: str,
    *,
    is_withdrawn: bool = False,
) -> Match:
    """Keep what a person says of a claim and something it was held against; it wins over vallum.

    Of two claims it holds both ways, and is written so.

    Args:
        project: whose claim.
        claim: id of the claim.
        about: id of a finding, comparison, claim, image or exhibit; "nothing" where there is no
            image.
        relation: supports, contradicts or not observable.
        method: how the person came to it.
        rationale: why, in at least 10 characters; no names and no quotations.
        by: who says so.
        is_withdrawn: True to take back what was said; vallum's own answer counts again after the
            next `match`.

    Raises:
        NotThere: there is no such claim, or nothing of the name `about`.
        BadInput: no reason is given, nobody says so, or "nothing" is to support something.
    """
    by, rationale = " ".join(by.split()), rationale.strip()
    if not by or by == BY:
        raise BadInput("nobody is named who says so; nothing was kept, give a name")
    if len(rationale) < _LEAST_WORDS:
        raise BadInput(
            f"the reason has {len(rationale)} characters, at least {_LEAST_WORDS} are needed; "
            "nothing was kept, say why in a few words"
        )
    _check_about(project, claim, about, relation, method)
    said = Match(
        claim=claim,
        about=about,
        relation=relation,
        method=method,
        rationale=rationale,
        by=by,
        at=datetime.now(UTC),
        is_withdrawn=is_withdrawn,
    )
    both = [said]
    if method is MatchMethod.SECOND_SOURCE:
        both.append(replace(said, claim=about, about=claim))
    with project.run("match", by=by) as work:
        added = work.add_all(both)
    return next((row for row in added if isinstance(row, Match) and row.id == said.id), said)


def weighed(project: Project) -> tuple[Weighed, ...]:
    """Return where every approved claim stands, by id; nothing is kept.

    What people said of a finding that is no longer held, or was rejected since, does not count.
    """
    candidates = {row.id: row for row in current_candidates(project)}
    held = {row.id for row in _findings(project, candidates) if row.held is not Held.REJECTED}
    matches = [
        row
        for row in project.rows(Match)
        if not row.about.startswith(f"{Finding.PREFIX}-") or row.about in held
    ]
    return weigh(project.rows(Claim), project.rows(Exhibit), project.rows(Source), matches)


def _found(project: Project) -> Iterator[Match]:
    """Yield what vallum finds of every approved claim."""
    claims = [row for row in project.rows(Claim) if row.standing is Standing.APPROVED]
    if not claims:
        return
    published = {row.id: row.published for row in project.rows(Exhibit)}
    comparisons = project.rows(Comparison)
    looks = {row.id: row for row in project.rows(Look)}
    scenes = {row.id: row for row in project.rows(Scene)}
    candidates = {row.id: row for row in current_candidates(project)}
    findings = _findings(project, candidates)
    for claim in claims:
        yield from against(
            claim,
            findings,
            comparisons,
            looks,
            scenes,
            candidates=candidates,
            published=published.get(claim.exhibit),
        )
    yield from alike.paired(claims)


def _findings(project: Project, candidates: Mapping[str, Candidate]) -> list[Finding]:
    """Return the findings that count: those whose candidate is in force, as in every number."""
    return [row for row in current_findings(project) if row.about in candidates]


def _check_about(
    project: Project, claim: str, about: str, relation: Relation, method: MatchMethod
) -> None:
    if not project.store.latest(Claim, claim):
        raise NotThere(f"there is no claim {claim}; nothing was kept, see `vallum claims`")
    if about == NOTHING:
        if relation is not Relation.NOT_OBSERVABLE:
            raise BadInput(
                f"{claim}: nothing can neither support nor contradict a claim; nothing was kept, "
                "name what does, or say not observable"
            )
        return
    kinds = (Claim,) if method is MatchMethod.SECOND_SOURCE else _ABOUT
    if about == claim or not any(project.store.latest(cls, about) for cls in kinds):
        what = "another claim" if method is MatchMethod.SECOND_SOURCE else "such thing"
        raise NotThere(
            f"there is no {what} {about} to hold claim {claim} against; nothing was kept, "
            "choose one on the page"
        )


# -- in words -----------------------------------------------------------------------------------


def _lines(told: Sequence[Weighed], n_gone: int) -> list[str]:
    counts = Counter(one.status for one in told)
    parts = [f"{counts[status]:,} {status.label}" for status in ClaimStatus if counts[status]]
    n = len(told)
    lines = [f"{n:,} approved claim{'s' * (n != 1)}: {', '.join(parts) or 'nothing to hold up'}"]
    reasons = _reasons(told)
    if reasons:
        lines.append(
            "images say nothing: " + ", ".join(f"{k} {n:,}" for k, n in reasons.most_common())
        )
    if n_gone:
        lines.append(
            f"{n_gone:,} earlier match{'es' * (n_gone != 1)} withdrawn: not found any more"
        )
    lines += [f"{one.claim.id}: {one.status.label}. {one.why}" for one in told]
    return lines


def _reasons(told: Iterable[Weighed]) -> Counter[str]:
    """Return for how many claims images say nothing, by reason."""
    return Counter(
        reason
        for one in told
        for reason in {reason_of(row) for row in one.not_observable if row.by == BY}
    )


def _facts(told: Sequence[Weighed], n_gone: int) -> dict[str, Json]:
    counts = Counter(one.status for one in told)
    claims: dict[str, Json] = {
        one.claim.id: {
            "status": one.status.value,
            "why": one.why,
            "n_origins": len(one.origins),
            "supports": [row.about for row in one.supports],
            "contradicts": [row.about for row in one.contradicts],
            "agreeing": list(one.agreeing),
            "contradicting": list(one.contradicting),
        }
        for one in told
    }
    return {
        **{status.value: counts[status] for status in ClaimStatus},
        "n_claims": len(told),
        "n_withdrawn": n_gone,
        "images_say_nothing": dict(_reasons(told)),
        "claims": claims,
    }
