"""Claims along the line and in time, and what a form needs: places, dates, words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

import shapely
from shapely.geometry.base import BaseGeometry

from vallum.claims import observable
from vallum.claims.draft import Place
from vallum.claims.edtf import bracket_of
from vallum.claims.placing import Land, put_one, put_words
from vallum.frontier import Frontier
from vallum.ground import context
from vallum.ground.errors import BadDate, BadTable
from vallum.ground.kinds import Change, Kind
from vallum.ground.names import NamedPlace, find
from vallum.ground.records import Finding
from vallum.ground.saidkinds import (
    Access,
    Attribution,
    ClaimStatus,
    Handling,
    MatchMethod,
    Modality,
    Paper,
    Precision,
    Relation,
    Risk,
    Scope,
    Standing,
    Subject,
    Voice,
)
from vallum.ground.span import Span, Spans
from vallum.ground.statements import Claim, Placed
from vallum.steps.desk import Person
from vallum.steps.desk_claims import PlacedTold, at_m, finding_label, placed_told
from vallum.steps.desk_items import GeoJson, geojson
from vallum.steps.desk_said import Said, embargo
from vallum.steps.judging import current_findings

_MOST_PLACES = 20
_MOST_FINDINGS = 300
_M_PER_DEG = 111_000.0
_FINEST = 2_000  # a line on a screen needs no more parts than this


# -- along the line -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class AlongOne:
    """A claim on the strip and the map; `line` is the border along its stretches, EPSG:4326."""

    ticket: str
    statement: str
    subject: Subject
    subject_label: str
    modality: Modality
    standing: Standing
    status: ClaimStatus | None
    spans: tuple[tuple[int, int], ...]
    at_m: int
    line: GeoJson
    point: tuple[float, float]
    precision: Precision
    is_under_embargo: bool
    is_simulated: bool


@dataclass(frozen=True, kw_only=True)
class Along:
    """Claims along the whole line; `border` is the line itself, as coarse as a screen shows it."""

    extent: tuple[int, int]
    border: GeoJson
    items: tuple[AlongOne, ...]
    n_unplaced: int


def along(said: Said, person: Person) -> Along:
    """Return the claims that have a place and were not rejected, along the line."""
    project = said.project
    with said.lock:
        every = [row for row in said.claims(person) if row.standing is not Standing.REJECTED]
        placed = sorted((row for row in every if row.spans), key=lambda row: (at_m(row), row.id))
        return Along(
            extent=(project.extent.start_m, project.extent.end_m),
            border=geojson(_line(project.frontier, Spans((project.extent,)))) or {},
            items=tuple(_along(said, person, row) for row in placed),
            n_unplaced=len(every) - len(placed),
        )


def _along(said: Said, person: Person, row: Claim) -> AlongOne:
    frontier = said.project.frontier
    middle = at_m(row) or 0
    point = frontier.point_at(middle)
    order = tuple(Precision)
    return AlongOne(
        ticket=said.ticket(person, row.id),
        statement=row.statement,
        subject=row.subject,
        subject_label=row.subject.label,
        modality=row.modality,
        standing=row.standing,
        status=_status(said, person, row),
        spans=tuple((part.start_m, part.end_m) for part in row.spans),
        at_m=middle,
        line=geojson(_line(frontier, row.spans)) or {},
        point=(round(point.x, 6), round(point.y, 6)),
        precision=max((one.precision for one in row.places if one.span), key=order.index),
        is_under_embargo=embargo(row, said.rows.exhibit_of(row)) is not None,
        is_simulated=row.is_simulated,
    )


def _status(said: Said, person: Person, row: Claim) -> ClaimStatus | None:
    found = said.weighed(person).get(row.id)
    return found.status if found is not None and row.standing is Standing.APPROVED else None


def _line(frontier: Frontier, spans: Spans) -> BaseGeometry:
    """Return the border along stretches, as fine as a screen can show it."""
    whole = frontier.span
    inside = [part for one in spans if (part := one & whole) is not None]
    lines = [frontier.line_of(part) for part in inside]
    rough = sum(part.length_m for part in inside) / _FINEST / _M_PER_DEG
    drawn = [line.simplify(rough) for line in lines]
    return drawn[0] if len(drawn) == 1 else shapely.union_all(drawn)


# -- in time --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ClaimTime:
    """When a claim means; an open end is None."""

    ticket: str
    statement: str
    subject: Subject
    subject_label: str
    modality: Modality
    standing: Standing
    status: ClaimStatus | None
    first: date | None
    last: date | None
    published: date | None
    at_m: int | None


@dataclass(frozen=True, kw_only=True)
class FindingTime:
    """Between which days a finding came to stand."""

    ticket: str
    category: Kind
    label: str
    change: Change
    at_m: int
    span: tuple[int, int]
    last_absent: date | None
    first_seen: date | None
    is_dated: bool


@dataclass(frozen=True, kw_only=True)
class ContextPoint:
    """A value or an event, and the days it is true of."""

    first: date
    last: date
    value: float | None
    label: str


@dataclass(frozen=True, kw_only=True)
class ContextSeries:
    """What is drawn beside, as context and never as a cause."""

    name: str
    title: str
    unit: str
    kind: str
    credit: str
    points: tuple[ContextPoint, ...]


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """Claims against the days by which things were first seen.

    Of more than 300 findings only so many are told, evenly along the border; `n_findings` says how
    many there are, and `first` and `last` are of all of them.
    """

    first: date | None
    last: date | None
    n_findings: int
    claims: tuple[ClaimTime, ...]
    findings: tuple[FindingTime, ...]
    series: tuple[ContextSeries, ...]
    problem: str


def timeline(said: Said, person: Person, span: Span | None) -> Timeline:
    """Return claims and findings in time, of a stretch or of all, and the context beside them."""
    with said.lock:
        every = [
            row
            for row in said.claims(person)
            if row.standing is not Standing.REJECTED
            and (span is None or not row.spans or row.spans & span)
        ]
        times = tuple(_claim_time(said, person, row) for row in every)
    every_finding = current_findings(said.desk.kept)
    held = [row for row in every_finding if span is None or row.span.overlaps(span)]
    held.sort(key=lambda row: (row.span.start_m, row.id))
    step = max(1, -(-len(held) // _MOST_FINDINGS))
    things = tuple(_finding_time(said, person, row) for row in held[::step])
    series, problem = _series(said)
    days = [day for one in times for day in (one.first, one.last, one.published) if day]
    days += [day for row in held for day in _days(row) if day]
    return Timeline(
        first=min(days, default=None),
        last=max(days, default=None),
        n_findings=len(held),
        claims=times,
        findings=tuple(sorted(things, key=lambda one: one.at_m)),
        series=series,
        problem=problem,
    )


def _claim_time(said: Said, person: Person, row: Claim) -> ClaimTime:
    exhibit = said.rows.exhibit_of(row)
    firsts, lasts = [one.first for one in row.dates], [one.last for one in row.dates]
    return ClaimTime(
        ticket=said.ticket(person, row.id),
        statement=row.statement,
        subject=row.subject,
        subject_label=row.subject.label,
        modality=row.modality,
        standing=row.standing,
        status=_status(said, person, row),
        first=None if None in firsts else min((day for day in firsts if day), default=None),
        last=None if None in lasts else max((day for day in lasts if day), default=None),
        published=exhibit.published if exhibit is not None else None,
        at_m=at_m(row),
    )


def _days(row: Finding) -> tuple[date | None, date | None]:
    """Return the last day without a thing, and the first with it."""
    absent, seen, built = row.last_absent, row.first_seen, row.built
    if built is not None:
        absent, seen = absent or built.earliest, seen or built.latest
    return absent, seen


def _finding_time(said: Said, person: Person, row: Finding) -> FindingTime:
    absent, seen = _days(row)
    return FindingTime(
        ticket=said.ticket(person, row.id),
        category=row.category,
        label=finding_label(row),
        change=row.change,
        at_m=int(row.span.middle_m),
        span=(row.span.start_m, row.span.end_m),
        last_absent=absent,
        first_seen=seen,
        is_dated=absent is not None and seen is not None,
    )


def _series(said: Said) -> tuple[tuple[ContextSeries, ...], str]:
    """Return the series of the project's own table, else those of its line; and what is wrong."""
    path = said.project.root / context.CONTEXT_FILE
    try:
        own = path.is_file()
        found = context.read(path) if own else context.packaged(said.project.frontier.name)
    except BadTable as error:
        return (), str(error)
    return tuple(_one_series(one) for one in found), ""


def _one_series(one: context.Series) -> ContextSeries:
    return ContextSeries(
        name=one.name,
        title=one.name,
        unit=one.unit,
        kind="event" if one.is_events else "series",
        credit="; ".join(dict.fromkeys(entry.source for entry in one.entries)),
        points=tuple(
            ContextPoint(
                first=entry.when.earliest,
                last=entry.when.latest,
                value=entry.value,
                label=entry.says or entry.as_stated,
            )
            for entry in one.entries
        ),
    )


# -- for forms ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class PlaceFound:
    """A place of the gazetteer, ready to be put on a claim."""

    placed: PlacedTold
    lon: float | None
    lat: float | None
    at_m: int | None
    off_m: float | None
    within_m: int
    kind: str
    names: dict[str, str]


def places_for(said: Said, query: str, precision: Precision | None) -> list[PlaceFound]:
    """Return the places that a name in any spelling may mean, each with its stretch of frontier.

    What is in no gazetteer may be typed: "A to B", "km 12.5..13", "42.44, 129.75".
    """
    land = said.land
    listed = tuple(land.towns.values())
    every = find(query, listed)
    found = every[:_MOST_PLACES]
    if not found:
        return [
            PlaceFound(placed=placed_told(one), lon=None, lat=None, at_m=_middle(one), off_m=None,
                       within_m=one.radius_m, kind="", names={})
            for one in put_words(query, land)[:1]
        ]  # fmt: skip
    at, off = land.line.locate_many([one.lon for one in found], [one.lat for one in found])
    return [
        PlaceFound(
            placed=placed_told(_placed(one, land, every, precision)),
            lon=one.lon,
            lat=one.lat,
            at_m=round(float(where)),
            off_m=round(float(beside), 1),
            within_m=one.within_m,
            kind=one.kind,
            names=dict(one.names),
        )
        for one, where, beside in zip(found, at, off, strict=True)
    ]


def _placed(
    one: NamedPlace, land: Land, every: tuple[NamedPlace, ...], precision: Precision | None
) -> Placed:
    place = Place(
        name=one.name, as_stated="", precision=Precision.LOCALITY, country=one.country,
        lon=one.lon, lat=one.lat, within_m=one.within_m, kind=one.kind,
    )  # fmt: skip
    made = put_one(place, land)
    rivals = tuple(other.name for other in every if other is not one)[:_MOST_PLACES]
    wanted = precision if precision is not None and made.span else made.precision
    return replace(made, precision=wanted, rivals=rivals, basis="person")


def _middle(place: Placed) -> int | None:
    return int(place.span.middle_m) if place.span is not None else None


@dataclass(frozen=True, kw_only=True)
class Understood:
    """What an expression of time means, in days."""

    text: str
    is_understood: bool
    expression: str
    edtf: str
    first: date | None
    last: date | None
    message: str


def when(text: str, published: date) -> Understood:
    """Return the days that words or an EDTF date mean, counted from the day of publication."""
    from vallum.claims.times import moments

    words = " ".join(text.split())
    for lead in ("", "in "):
        found = moments(lead + words, published)
        if found and (found[0].start, found[0].end) == (0, len(lead + words)):
            time = found[0].time
            said = time.expression if not lead else time.expression.removeprefix(lead)
            return _understood(words, said, time.edtf, time.first, time.last)
    try:
        bracket = bracket_of(words)
    except BadDate:
        message = "this was not understood; write it like mid-April, last month, 2019-05 or 2021~"
        return Understood(
            text=words, is_understood=False, expression=words, edtf="", first=None, last=None,
            message=message,
        )  # fmt: skip
    return _understood(words, words, words, bracket.first, bracket.last)


def _understood(
    text: str, expression: str, edtf: str, first: date | None, last: date | None
) -> Understood:
    ends = f"{first or 'open'} to {last or 'open'}"
    return Understood(
        text=text,
        is_understood=True,
        expression=expression,
        edtf=edtf,
        first=first,
        last=last,
        message=f"{expression}: {ends}",
    )


# -- words ----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A value that can be chosen, and its words in English."""

    value: str
    label: str


@dataclass(frozen=True, kw_only=True)
class SubjectChoice(Choice):
    """What a claim may speak of; `is_visible` says whether an image could show it."""

    is_visible: bool


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Every value that a form of the claims desk offers."""

    subjects: tuple[SubjectChoice, ...]
    changes: tuple[Choice, ...]
    modalities: tuple[Choice, ...]
    precisions: tuple[Choice, ...]
    accesses: tuple[Choice, ...]
    standings: tuple[Choice, ...]
    statuses: tuple[Choice, ...]
    relations: tuple[Choice, ...]
    methods: tuple[Choice, ...]
    handlings: tuple[Choice, ...]
    risks: tuple[Choice, ...]
    voices: tuple[Choice, ...]
    attributions: tuple[Choice, ...]
    scopes: tuple[Choice, ...]
    papers: tuple[Choice, ...]


def choices() -> Choices:
    """Return every value that can be chosen."""
    return Choices(
        subjects=tuple(
            SubjectChoice(value=one.value, label=one.label, is_visible=_is_visible(one))
            for one in Subject
        ),
        changes=_chosen(Change),
        modalities=_chosen(Modality),
        precisions=_chosen(Precision),
        accesses=_chosen(Access),
        standings=_chosen(Standing),
        statuses=_chosen(ClaimStatus),
        relations=_chosen(Relation),
        methods=_chosen(MatchMethod),
        handlings=_chosen(Handling),
        risks=_chosen(Risk),
        voices=_chosen(Voice),
        attributions=_chosen(Attribution),
        scopes=_chosen(Scope),
        papers=_chosen(one for one in Paper if one),
    )


_SHARPEST_M = 0.3
"""Pixels of the sharpest images that can be bought."""


def _is_visible(subject: Subject) -> bool:
    return not observable.observable(subject, _SHARPEST_M)


def _chosen(values: Iterable[StrEnum]) -> tuple[Choice, ...]:
    return tuple(Choice(value=one.value, label=one.value.replace("_", " ")) for one in values)
