"""Lists of claims at the desk, one paper with all that is claimed in it, and what lies near."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from vallum.ground.saidkinds import ClaimStatus, Standing, Subject
from vallum.ground.span import Span
from vallum.ground.statements import Claim, Exhibit
from vallum.ground.when import When
from vallum.steps.desk import Person
from vallum.steps.desk_claims import AboutKind, ClaimCard, ExhibitFull, at_m, card, finding_label
from vallum.steps.desk_said import Said, paragraphs, plain
from vallum.steps.judging import current_findings

_NEAR_M = 5_000
_MOST_NEAR = 50


@dataclass(frozen=True, kw_only=True)
class SubjectCount:
    """How many claims speak of one thing."""

    subject: Subject
    label: str
    n: int


@dataclass(frozen=True, kw_only=True)
class ClaimList:
    """Claims, along the line; the counts are of all that this person may see."""

    items: tuple[ClaimCard, ...]
    n_total: int
    standings: dict[Standing, int]
    statuses: dict[ClaimStatus, int]
    subjects: tuple[SubjectCount, ...]
    n_unplaced: int


@dataclass(frozen=True, kw_only=True)
class Near:
    """Something that a person may hold a claim against."""

    about_kind: AboutKind
    about: str
    label: str
    span: tuple[int, int] | None
    first: date | None
    last: date | None
    distance_m: int


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which claims a list is to hold."""

    span: Span | None = None
    standing: Standing | None = None
    status: ClaimStatus | None = None
    subject: Subject | None = None
    exhibit: str = ""
    unplaced: bool = False
    offset: int = 0
    limit: int = 500


# -- lists ----------------------------------------------------------------------------------------


def claims(said: Said, person: Person, wanted: Wanted) -> ClaimList:
    """Return claims along the line, those that cannot be placed last."""
    exhibit = said.exhibit(person, wanted.exhibit).id if wanted.exhibit else ""
    with said.lock:
        every = said.claims(person)
        weighed = said.weighed(person)
        status = {
            row.id: weighed[row.id].status
            for row in every
            if row.standing is Standing.APPROVED and row.id in weighed
        }
        found = [row for row in every if _is_wanted(row, wanted, exhibit, status)]
        found.sort(key=lambda row: (at_m(row) is None, at_m(row) or 0, row.id))
        chosen = found[wanted.offset : wanted.offset + wanted.limit]
        subjects = Counter(row.subject for row in every)
        statuses = Counter(status.values())
        standings = Counter(row.standing for row in every)
        return ClaimList(
            items=tuple(card(said, person, row) for row in chosen),
            n_total=len(found),
            standings={one: standings[one] for one in Standing},
            statuses={one: statuses[one] for one in ClaimStatus},
            subjects=tuple(
                SubjectCount(subject=one, label=one.label, n=n) for one, n in subjects.most_common()
            ),
            n_unplaced=sum(not row.spans for row in every),
        )


def _is_wanted(row: Claim, wanted: Wanted, exhibit: str, status: Mapping[str, ClaimStatus]) -> bool:
    if wanted.span is not None:
        is_here = bool(row.spans & wanted.span) if row.spans else wanted.unplaced
        if not is_here:
            return False
    return (
        (wanted.standing is None or row.standing is wanted.standing)
        and (wanted.status is None or status.get(row.id) is wanted.status)
        and (wanted.subject is None or row.subject is wanted.subject)
        and (not exhibit or row.exhibit == exhibit)
    )


def exhibit_full(said: Said, person: Person, ticket: str) -> ExhibitFull:
    """Return a paper with its text and its claims.

    Raises:
        NoTicket: there is none by this name for this person.
    """
    with said.lock:
        row: Exhibit = said.exhibit(person, ticket)
        words = said.words(person, row)
        inside = sorted(said.claims(person, row.id), key=lambda one: (one.start, one.end, one.nth))
        same = ("n_bytes", "media_type", "captured", "c2pa", "redactions")
        told = said.exhibit_row(person, row)
        more = ("rights", "archived_urls")
        hidden: dict[str, object] = {"rights": "", "archived_urls": ()}
        return ExhibitFull(
            **plain(told),  # type: ignore[arg-type]
            **plain(row, same),  # type: ignore[arg-type]
            **(hidden if told.is_protected else plain(row, more)),  # type: ignore[arg-type]
            text=words.text,
            why_no_text=words.why_no_text,
            message=words.message,
            paragraphs=tuple(paragraphs(words.text or "")),
            claims=tuple(card(said, person, one) for one in inside),
        )


def near(said: Said, person: Person, ticket: str) -> list[Near]:
    """Return findings and other claims that a person may hold a claim against, nearest first."""
    with said.lock:
        mine = said.claim(person, ticket)
        found: list[Near] = []
        for row in current_findings(said.desk.kept):
            away = _away_m(mine, [row.span])
            if away is None or away > _NEAR_M:
                continue
            built = row.built or (When.on(row.first_seen) if row.first_seen else None)
            found.append(
                Near(
                    about_kind="finding",
                    about=said.ticket(person, row.id),
                    label=finding_label(row),
                    span=(row.span.start_m, row.span.end_m),
                    first=built.earliest if built else None,
                    last=built.latest if built else None,
                    distance_m=away,
                )
            )
        for other in said.claims(person):
            away = _away_m(mine, list(other.spans))
            is_other = other.id != mine.id and other.standing is Standing.APPROVED
            if is_other and (other.subject is mine.subject or away is not None):
                found.append(_near_claim(said, person, other, away))
        kept = [one for one in found if one.distance_m <= _NEAR_M]
        return sorted(kept, key=lambda one: (one.distance_m, one.about_kind))[:_MOST_NEAR]


def _near_claim(said: Said, person: Person, other: Claim, away: int | None) -> Near:
    whens = other.whens
    first = next(iter(other.spans), None)
    return Near(
        about_kind="claim",
        about=said.ticket(person, other.id),
        label=other.statement or f"{other.subject.label}, {other.modality.label}",
        span=(first.start_m, first.end_m) if first is not None else None,
        first=min((when.earliest for when in whens), default=None),
        last=max((when.latest for when in whens), default=None),
        distance_m=0 if away is None else away,
    )


def _away_m(row: Claim, spans: Sequence[Span]) -> int | None:
    """Return how far a claim is from stretches; None where either has no place."""
    gaps = [
        max(0, one.start_m - other.end_m, other.start_m - one.end_m)
        for one in row.spans
        for other in spans
    ]
    return min(gaps, default=None)
