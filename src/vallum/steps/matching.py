"""`match`: claims held against what was found, against images, and against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from vallum.claims import alike
from vallum.claims.against import (
    BY,
    NOTHING,
    against,
    is_partly,
    never_shown,
    reason_of,
)
from vallum.claims.fitting import cannot_support
from vallum.claims.weigh import Weighed as Weighed
from vallum.claims.weigh import weigh
from vallum.evidence.consent import agreed
from vallum.evidence.register import check_words
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
from vallum.ground.row import Row
from vallum.ground.saidkinds import ClaimStatus, MatchMethod, Relation, Scope, Standing
from vallum.ground.span import Spans
from vallum.project import Project
from vallum.steps.done import Done, finished
from vallum.steps.judging import current_candidates, current_findings

_LEAST_WORDS = 10  # characters of a reason, as Atlos asks for
_ABOUT = (Finding, Comparison, Claim, Scene, Exhibit)


@dataclass(frozen=True, kw_only=True)
class _Now:
    """What counts on a day.

    Attributes:
        claims: approved, and of sources that agreed that they are worked with.
        left_out: why other approved claims do not count, by id.
        found: what vallum finds now, whatever it found before.
        people: what people said and what still holds.
        outdated: what people said of something that was changed since.
    """

    claims: tuple[Claim, ...]
    left_out: Mapping[str, str]
    found: tuple[Match, ...]
    people: tuple[Match, ...]
    outdated: tuple[Match, ...]

    @property
    def matches(self) -> tuple[Match, ...]:
        """Those that count: a person's wins over vallum's of the same claim, thing and method."""
        taken = {row.id for row in self.people}
        return (*self.people, *(row for row in self.found if row.id not in taken))


def match(project: Project) -> Done:
    """Hold every approved claim against findings, images and the other claims.

    What vallum found before and does not find any more is withdrawn, not forgotten. What a person
    said of the same claim, thing and method stays as it is. A second run adds nothing.
    """
    now = _now(project, _today())
    before = {row.id: row for row in project.rows(Match)}
    by_people = {name for name, row in before.items() if row.by != BY and not row.is_withdrawn}
    found = {row.id: row for row in now.found if row.id not in by_people}
    gone = [
        replace(row, is_withdrawn=True)
        for name, row in before.items()
        if row.by == BY and not row.is_withdrawn and name not in found
    ]
    with project.run("match") as work:
        work.add_all([*found.values(), *gone])
    told = _weighed(project, now)
    return finished(
        work,
        _lines(told, now, len(gone)),
        facts=_facts(told, now, len(gone)),
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
        BadInput: no reason is given, nobody says so, "nothing" is to support something, or a
            finding or an image that cannot speak to the claim is.
    """
    by, rationale = " ".join(by.split()), rationale.strip()
    if not by or by == BY:
        raise BadInput("nobody is named who says so; nothing was kept, give a name")
    if len(rationale) < _LEAST_WORDS:
        raise BadInput(
            f"the reason has {len(rationale)} characters, at least {_LEAST_WORDS} are needed; "
            "nothing was kept, say why in a few words"
        )
    check_words(rationale, "reason")
    _check_about(project, claim, about, relation, method)
    if not is_withdrawn:
        _check_images(project, claim, about, relation, method)
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


def weighed(
    project: Project, claims: Iterable[Claim] | None = None, *, on: date | None = None
) -> tuple[Weighed, ...]:
    """Return where every approved claim stands, by id; nothing is kept.

    It is computed from the claims, findings and images as they are, not from what `match` wrote:
    nothing that was changed since counts as it was. Claims of a source that has not agreed that
    they are worked with, or not for that day, are not there and speak for no other.

    Args:
        project: whose claims.
        claims: only these count, as if there were no others; all of them if left out.
        on: the day on which consent is asked for; today if left out.
    """
    return _weighed(project, _now(project, on or _today(), claims))


def holding(project: Project, on: date | None = None) -> list[Match]:
    """Return the matches that hold on a day, in place of the rows that `match` wrote.

    Args:
        project: whose claims.
        on: the day on which consent is asked for; today if left out.
    """
    return list(_now(project, on or _today()).matches)


def _weighed(project: Project, now: _Now) -> tuple[Weighed, ...]:
    return weigh(now.claims, project.rows(Exhibit), project.rows(Source), now.matches)


def _today() -> date:
    return datetime.now(UTC).date()


# -- what counts --------------------------------------------------------------------------------


def _now(project: Project, on: date, claims: Iterable[Claim] | None = None) -> _Now:
    every_claim = project.rows(Claim) if claims is None else claims
    approved = [row for row in every_claim if row.standing is Standing.APPROVED]
    exhibits = {row.id: row for row in project.rows(Exhibit)}
    every = project.rows(Source)
    sources = {row.code: row for row in every} | {row.id: row for row in every}
    left_out = {
        claim.id: why for claim in approved if (why := _not_agreed(claim, exhibits, sources, on))
    }
    counting = tuple(claim for claim in approved if claim.id not in left_out)
    findings = _findings(project, {row.id: row for row in current_candidates(project)})
    people: list[Match] = []
    outdated: list[Match] = []
    for row in project.rows(Match):
        if row.by != BY and not row.is_withdrawn and _is_held(row, findings):
            is_off = _was_changed(project, row) or _unfounded(row, approved, exhibits, findings)
            (outdated if is_off else people).append(row)
    return _Now(
        claims=counting,
        left_out=left_out,
        found=tuple(_found(project, counting, exhibits, findings)),
        people=tuple(people),
        outdated=tuple(outdated),
    )


def _not_agreed(
    claim: Claim, exhibits: Mapping[str, Exhibit], sources: Mapping[str, Source], on: date
) -> str:
    """Return why a claim may not be worked with; empty where it may.

    Whoever republishes has published; of a part, a copy or a translation the first source is asked
    too.
    """
    exhibit, passed = exhibits.get(claim.exhibit), set[str]()
    while exhibit is not None and exhibit.id not in passed:
        source = sources.get(exhibit.source)
        if source is not None and (why := agreed(source, Scope.ANALYSE, on)):
            return why
        passed.add(exhibit.id)
        is_new = exhibit.derived_how == "republishes"
        exhibit = None if is_new else exhibits.get(exhibit.derived_from)
    return ""


def _is_held(row: Match, findings: Iterable[Finding]) -> bool:
    """Say whether what a person said of a finding can still count: only what is sure supports."""
    if not row.about.startswith(f"{Finding.PREFIX}-"):
        return True
    held = next((finding.held for finding in findings if finding.id == row.about), Held.REJECTED)
    if row.relation is Relation.SUPPORTS:
        return held is Held.CONFIRMED
    return held is not Held.REJECTED


def _unfounded(
    row: Match,
    claims: Iterable[Claim],
    exhibits: Mapping[str, Exhibit],
    findings: Iterable[Finding],
) -> str:
    """Return why what a person said of a finding cannot be; empty where it can."""
    if row.relation is not Relation.SUPPORTS:
        return ""
    claim = next((one for one in claims if one.id == row.claim), None)
    finding = next((one for one in findings if one.id == row.about), None)
    if claim is None or finding is None:
        return ""
    exhibit = exhibits.get(claim.exhibit)
    return cannot_support(claim, finding, row.method, exhibit.published if exhibit else None)


def _was_changed(project: Project, row: Match) -> bool:
    """Say whether a claim or finding means something else now than when a person spoke of it."""
    said = project.store.history(row.id)[-1].seq
    for name in (row.claim, row.about):
        entries = project.store.history(name)
        then = [entry for entry in entries if entry.seq < said]
        if then and _meaning(then[-1].row()) != _meaning(entries[-1].row()):
            return True
    return False


def _meaning(row: Row) -> str:
    """Return what of a row is spoken of; as text, for no NaN is like another."""
    if isinstance(row, Claim):
        places = [(place.span, place.side, place.precision) for place in row.places]
        dates = [(one.first, one.last) for one in row.dates]
        amount = (row.quantity_min, row.quantity_max, row.quantity_unit, row.qualifier)
        return repr((row.subject, row.change, row.also, row.modality, amount, places, dates))
    if isinstance(row, Finding):
        return repr((row.category, row.change, row.span))
    return ""


def _found(
    project: Project,
    claims: Sequence[Claim],
    exhibits: Mapping[str, Exhibit],
    findings: Sequence[Finding],
) -> Iterator[Match]:
    """Yield what vallum finds of claims."""
    if not claims:
        return
    published = {row.id: row.published for row in exhibits.values()}
    comparisons = project.rows(Comparison)
    looks = {row.id: row for row in project.rows(Look)}
    scenes = {row.id: row for row in project.rows(Scene)}
    candidates = {row.id: row for row in current_candidates(project)}
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
    yield from alike.paired(claims, published=published)


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


def _check_images(
    project: Project, name: str, about: str, relation: Relation, method: MatchMethod
) -> None:
    """Refuse what images cannot say: of what they never show, or of another place or time."""
    if relation is Relation.NOT_OBSERVABLE or method is MatchMethod.SECOND_SOURCE:
        return
    (claim,) = project.store.latest(Claim, name)
    exhibit = next(iter(project.store.latest(Exhibit, claim.exhibit)), None)
    why = never_shown(claim.subject) if about.startswith(f"{Comparison.PREFIX}-") else ""
    findings = project.store.latest(Finding, about)
    if findings and relation is Relation.SUPPORTS:
        day = exhibit.published if exhibit else None
        why = cannot_support(claim, findings[0], method, day)
    spans = [row.span for row in findings]
    spans += [row.span for row in project.store.latest(Comparison, about)]
    if not why and spans and not claim.spans & Spans(spans):
        why = "it does not lie at the place that the claim states"
    if why:
        raise BadInput(
            f"{about} cannot {'bear out' if relation is Relation.SUPPORTS else 'contradict'} "
            f"claim {name}: {why}; nothing was kept, correct the claim first, if it is wrong"
        )


# -- in words -----------------------------------------------------------------------------------


def _lines(told: Sequence[Weighed], now: _Now, n_gone: int) -> list[str]:
    counts = Counter(one.status for one in told)
    parts = [f"{counts[status]:,} {status.label}" for status in ClaimStatus if counts[status]]
    n = len(told)
    lines = [f"{n:,} approved claim{'s' * (n != 1)}: {', '.join(parts) or 'nothing to hold up'}"]
    if reasons := _reasons(told):
        lines.append(
            "images say nothing: " + ", ".join(f"{k} {n:,}" for k, n in reasons.most_common())
        )
    if n_gone:
        lines.append(
            f"{n_gone:,} earlier match{'es' * (n_gone != 1)} withdrawn: not found any more"
        )
    if now.outdated:
        lines.append(
            f"{len(now.outdated):,} of what people said does not count: what it is about was "
            "changed since; say it again, or take it back"
        )
    if now.left_out:
        whys = Counter(now.left_out.values())
        lines.append(
            "approved claims that do not count: "
            + ", ".join(f"{why} {n:,}" for why, n in whys.most_common())
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


def _facts(told: Sequence[Weighed], now: _Now, n_gone: int) -> dict[str, Json]:
    counts = Counter(one.status for one in told)
    claims: dict[str, Json] = {
        one.claim.id: {
            "status": one.status.value,
            "why": one.why,
            "reasons": [
                _reason(row)
                for row in (*one.supports, *one.in_part, *one.contradicts, *one.not_observable)
            ],
            "n_origins": len(one.origins),
            "supports": [row.about for row in one.supports],
            "in_part": [row.about for row in one.in_part],
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
        "n_outdated": len(now.outdated),
        "images_say_nothing": dict(_reasons(told)),
        "left_out": dict(now.left_out),
        "claims": claims,
    }


def _reason(row: Match) -> dict[str, Json]:
    """Return one thing that images, or a person, say of a claim."""
    return {
        "relation": row.relation.value,
        "is_partly": is_partly(row),
        "about": row.about,
        "method": row.method.value,
        "by": row.by,
        "why": row.rationale,
    }
