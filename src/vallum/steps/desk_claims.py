"""Claims at the desk: one beside its words, what speaks for and against it, and its past."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from vallum.ground.kinds import Change
from vallum.ground.records import Comparison, Finding, Look, Scene
from vallum.ground.saidkinds import (
    Access,
    ClaimStatus,
    Handling,
    MatchMethod,
    Modality,
    Precision,
    Relation,
    Standing,
    Subject,
)
from vallum.ground.statements import Claim, Match, Placed, Source
from vallum.steps.desk import Person
from vallum.steps.desk_said import (
    ExhibitRow,
    Said,
    SourceTold,
    embargo,
    plain,
    protects,
)
from vallum.steps.matching import Weighed

MACHINE = "vallum"
LEAST_REASON = 10
AboutKind = Literal["claim", "finding", "comparison", "nothing"]
NOTHING = "nothing"
_AROUND = 240
_NEAR_M = 5_000
_MOST_NEAR = 50


# -- what is told -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """How much; an end that is not stated is None."""

    min: float | None
    max: float | None
    unit: str
    qualifier: str
    as_stated: str


@dataclass(frozen=True, kw_only=True)
class PlacedTold:
    """Where; `span` in metres of frontier, None where it is not on the line."""

    name: str
    as_stated: str
    precision: Precision
    span: tuple[int, int] | None
    radius_m: int
    country: str
    side: str
    is_near: bool
    rivals: tuple[str, ...]
    basis: str


@dataclass(frozen=True, kw_only=True)
class DatedTold:
    """When; an open end is None."""

    expression: str
    edtf: str
    first: date | None
    last: date | None


@dataclass(frozen=True, kw_only=True)
class ClaimCard:
    """One claim, for lists and beside its words."""

    ticket: str
    exhibit: str
    start: int
    end: int
    statement: str
    subject: Subject
    subject_label: str
    change: Change | None
    also: Change | None
    modality: Modality
    quantity: Quantity
    places: tuple[PlacedTold, ...]
    dates: tuple[DatedTold, ...]
    attribution: str
    access: Access
    credibility: int
    credibility_basis: str
    grade: str
    handling: Handling
    embargo_until: date | None
    is_under_embargo: bool
    standing: Standing
    status: ClaimStatus | None
    source: SourceTold | None
    published: date | None
    title: str
    spans: tuple[tuple[int, int], ...]
    at_m: int | None
    n_agreeing: int
    n_contradicting: int
    n_findings: int
    is_by_machine: bool
    decided_by: str
    decided_at: datetime | None
    note: str
    is_simulated: bool
    based_on: int


@dataclass(frozen=True, kw_only=True)
class MatchTold:
    """One thing that a claim was held against."""

    about_kind: AboutKind
    about: str
    label: str
    relation: Relation
    method: MatchMethod
    spans: tuple[tuple[int, int], ...]
    rationale: str
    by: str
    at: datetime | None
    is_by_machine: bool


@dataclass(frozen=True, kw_only=True)
class Weighing:
    """What the status of a claim rests on; what shows a part of it only corroborates nothing."""

    status: ClaimStatus
    why: str
    supports: tuple[MatchTold, ...]
    in_part: tuple[MatchTold, ...]
    contradicts: tuple[MatchTold, ...]
    not_observable: tuple[MatchTold, ...]
    origins: tuple[str, ...]
    agreeing: tuple[ClaimCard, ...]
    contradicting: tuple[ClaimCard, ...]


@dataclass(frozen=True, kw_only=True)
class Quote:
    """The words of a claim, and what stands around them."""

    before: str
    text: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Past:
    """A state in which a claim was."""

    at: str
    by: str
    standing: Standing
    credibility: int
    note: str


@dataclass(frozen=True, kw_only=True)
class ClaimFull(ClaimCard):
    """One claim with all that is needed to decide about it."""

    quote: Quote | None
    weighing: Weighing | None
    history: tuple[Past, ...]


@dataclass(frozen=True, kw_only=True)
class ExhibitFull(ExhibitRow):
    """One paper with its text, where that may be shown, and the claims in it."""

    text: str | None
    why_no_text: str
    message: str
    paragraphs: tuple[tuple[int, int], ...]
    claims: tuple[ClaimCard, ...]
    n_bytes: int
    media_type: str
    rights: str
    captured: str
    c2pa: str
    redactions: tuple[str, ...]
    archived_urls: tuple[str, ...]


# -- one claim ------------------------------------------------------------------------------------


def card(said: Said, person: Person, row: Claim) -> ClaimCard:
    """Return a claim as a person may know it; hold the lock of `said`."""
    return ClaimCard(**_card(said, person, row))  # type: ignore[arg-type]


def _card(said: Said, person: Person, row: Claim) -> dict[str, object]:
    rows = said.rows
    exhibit = rows.exhibit_of(row)
    source = rows.source_of(exhibit)
    found = said.weighed(person).get(row.id) if row.standing is Standing.APPROVED else None
    spans = row.spans
    until = embargo(row, exhibit)
    is_hidden = exhibit is None or protects(source) or exhibit.handling is Handling.RED
    same = ("start", "end", "statement", "subject", "change", "also", "modality", "attribution",
            "access", "credibility", "credibility_basis", "handling", "standing", "note",
            "is_simulated")  # fmt: skip
    return plain(row, same) | {
        "ticket": said.ticket(person, row.id),
        "exhibit": said.ticket(person, row.exhibit),
        "subject_label": row.subject.label,
        "quantity": _quantity(row),
        "places": tuple(placed_told(one) for one in row.places),
        "dates": tuple(DatedTold(**plain(one)) for one in row.dates),  # type: ignore[arg-type]
        "grade": f"{source.reliability if source else 'F'}{row.credibility}",
        "embargo_until": until or row.embargo_until,
        "is_under_embargo": until is not None,
        "status": found.status if found else None,
        "source": said.source_told(person, source),
        "published": exhibit.published if exhibit else None,
        "title": "" if is_hidden or exhibit is None else exhibit.title,
        "spans": tuple((part.start_m, part.end_m) for part in spans),
        "at_m": at_m(row),
        "n_agreeing": _n_seen(said, person, found.agreeing) if found else 0,
        "n_contradicting": _n_seen(said, person, found.contradicting) if found else 0,
        "n_findings": sum(one.about.startswith(f"{Finding.PREFIX}-") for one in found.supports)
        if found
        else 0,
        "is_by_machine": row.proposed_by.startswith(MACHINE),
        "decided_by": row.approved_by,
        "decided_at": row.approved_at,
        "based_on": rows.seqs[row.id],
    }


def _quantity(row: Claim) -> Quantity:
    return Quantity(
        min=row.quantity_min if math.isfinite(row.quantity_min) else None,
        max=row.quantity_max if math.isfinite(row.quantity_max) else None,
        unit=row.quantity_unit,
        qualifier=row.qualifier,
        as_stated=row.quantity_as_stated,
    )


def placed_told(place: Placed) -> PlacedTold:
    """Return a place as the page gets it."""
    span = (place.span.start_m, place.span.end_m) if place.span is not None else None
    return PlacedTold(**(plain(place) | {"span": span}))  # type: ignore[arg-type]


def at_m(row: Claim) -> int | None:
    """Return the middle of the first stretch that a claim can mean."""
    first = next(iter(row.spans), None)
    return int(first.middle_m) if first is not None else None


def _n_seen(said: Said, person: Person, names: Iterable[str]) -> int:
    return len(_seen(said, person, names))


def _seen(said: Said, person: Person, names: Iterable[str]) -> list[Claim]:
    rows = said.rows.all(Claim)
    return [rows[name] for name in names if name in rows and said.sees(person, rows[name])]


def full(said: Said, person: Person, row: Claim) -> ClaimFull:
    """Return a claim with its words, its weighing and its past; hold the lock of `said`."""
    rows = said.rows
    found = said.weighed(person).get(row.id) if row.standing is Standing.APPROVED else None
    past = [(entry, entry.row()) for entry in rows.history.get(row.id, ())]
    return ClaimFull(
        **_card(said, person, row),  # type: ignore[arg-type]
        quote=_quote(said, person, row),
        weighing=_weighing(said, person, found) if found is not None else None,
        history=tuple(
            Past(
                at=entry.at,
                by=old.approved_by or old.proposed_by,
                standing=old.standing,
                credibility=old.credibility,
                note=old.note,
            )
            for entry, old in past
            if isinstance(old, Claim)
        ),
    )


def _quote(said: Said, person: Person, row: Claim) -> Quote | None:
    exhibit = said.rows.exhibit_of(row)
    if exhibit is None or row.start < 0 or not said.sees_exhibit(person, exhibit):
        return None
    text = said.words(person, exhibit).text
    if text is None or row.end > len(text):
        return None
    before, after = text[: row.start], text[row.end :]
    return Quote(
        before=before[-_AROUND:].rpartition("\n")[2],
        text=text[row.start : row.end],
        after=after[:_AROUND].partition("\n")[0],
    )


def _weighing(said: Said, person: Person, found: Weighed) -> Weighing:
    def told(matches: Iterable[Match]) -> tuple[MatchTold, ...]:
        every = (match_told(said, person, one) for one in matches)
        return tuple(one for one in every if one is not None)

    sources = {one.code: one for one in said.rows.all(Source).values()}
    labels: list[str] = []
    for origin in found.origins:
        one = said.source_told(person, sources.get(origin))
        labels.append(one.label if one is not None else f"origin {len(labels) + 1}")
    return Weighing(
        status=found.status,
        why=found.why,
        supports=told(found.supports),
        in_part=told(found.in_part),
        contradicts=told(found.contradicts),
        not_observable=told(found.not_observable),
        origins=tuple(labels),
        agreeing=tuple(card(said, person, one) for one in _seen(said, person, found.agreeing)),
        contradicting=tuple(
            card(said, person, one) for one in _seen(said, person, found.contradicting)
        ),
    )


def match_told(said: Said, person: Person, row: Match) -> MatchTold | None:
    """Return a match as a person may know it; None where it rests on a claim not for them."""
    kind, label = _about(said, person, row.about)
    if not label:
        return None
    is_named = kind in {"claim", "finding"}
    return MatchTold(
        about_kind=kind,
        about=said.ticket(person, row.about) if is_named else "",
        label=label,
        relation=row.relation,
        method=row.method,
        spans=tuple((part.start_m, part.end_m) for part in row.spans),
        rationale=row.rationale,
        by=row.by,
        at=row.at,
        is_by_machine=row.by == MACHINE,
    )


def _about(said: Said, person: Person, about: str) -> tuple[AboutKind, str]:
    """Return what kind of thing this is and its words; no words where it is not for this person."""
    store = said.project.store
    if about.startswith(f"{Claim.PREFIX}-"):
        seen = _seen(said, person, [about])
        return "claim", (seen[0].statement or seen[0].subject.label) if seen else ""
    if about.startswith(f"{Finding.PREFIX}-"):
        findings = store.latest(Finding, about)
        return "finding", finding_label(findings[0]) if findings else "a finding of before"
    if about.startswith(f"{Comparison.PREFIX}-"):
        found = store.latest(Comparison, about)
        return "comparison", _comparison_label(said, found[0]) if found else "images"
    return "nothing", "no image shows it"


def _comparison_label(said: Said, row: Comparison) -> str:
    looks = {one.id: one for one in said.project.store.latest(Look, row.before, row.after)}
    days = []
    for name in (row.before, row.after):
        scene = looks[name].scene if name in looks else ""
        taken = [str(one.taken) for one in said.project.store.latest(Scene, scene)] if scene else []
        days += taken[:1]
    return f"images of {' and '.join(days)}" if days else "images"


def finding_label(row: Finding) -> str:
    """Return a finding in a few words."""
    at = f"km {row.span.start_m / 1000:.2f}"
    return f"{row.category.label}, {row.change.value}, {at}, {row.held.value}"
