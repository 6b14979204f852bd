"""The claims desk: papers that came in, what is claimed in them, and what is decided about it."""

from __future__ import annotations

import shutil
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import Field

from vallum.ground.errors import BadInput
from vallum.ground.kinds import Change, Role
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
from vallum.ground.span import Span
from vallum.ground.statements import Dated, Placed
from vallum.steps import desk_along as lanes
from vallum.steps import desk_claims as cards
from vallum.steps import desk_deciding as deciding
from vallum.steps import desk_jobs as background
from vallum.steps import desk_lists as lists
from vallum.steps import desk_said as inbox
from vallum.steps.desk import Person
from vallum.steps.desk_said import Said
from vallum.web import guard, upload
from vallum.web.guard import PROBLEMS, Body, Problem
from vallum.web.jobs import Here, Job, told
from vallum.web.review import said as as_json

router = APIRouter(prefix="/api", tags=["said"], responses=PROBLEMS)

_MOST_SPANS, _MOST_EXHIBITS = 50, 1000
_MOST_M = 10**8
_DAY = date(2, 1, 1)
_LAST_DAY = date(9998, 12, 31)


def said_of(request: Request) -> Said:
    """Return what was said, at the desk of the open project.

    Raises:
        NotSignedIn: nobody is signed in.
        NoProject: none is open.
    """
    guard.desk(request)
    return guard.home(request).said


Me = Annotated[Person, Depends(guard.me)]
TheSaid = Annotated[Said, Depends(said_of)]
Answering = Annotated[Person, Depends(guard.needs(Role.ANALYST, Role.ADJUDICATOR, Role.KEEPER))]
Keeping = Annotated[Person, Depends(guard.needs(Role.KEEPER))]
Ticket = Annotated[str, Field(min_length=1, max_length=100)]
TicketOrNone = Annotated[str, Field(max_length=100)]
Line = Annotated[str, Field(max_length=200)]
Text = Annotated[str, Field(max_length=2000)]
Reason = Annotated[str, Field(min_length=10, max_length=2000, pattern=r"\S.*\S")]
BasedOn = Annotated[int, Field(ge=0, le=2**53)]
Amount = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
Metre = Annotated[int, Field(ge=0, le=_MOST_M)]
Day = Annotated[date, Field(ge=_DAY, le=_LAST_DAY)]


class QuantityBody(Body):
    """How much; an end that is not stated is left out."""

    min: Amount | None = None
    max: Amount | None = None
    unit: Annotated[str, Field(max_length=40)] = ""
    qualifier: Line = ""
    as_stated: Line = ""


class PlacedBody(Body):
    """Where."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    as_stated: Line = ""
    precision: Precision = Precision.UNPLACED
    span: tuple[Metre, Metre] | None = None
    radius_m: Metre = 0
    country: Annotated[str, Field(max_length=20)] = ""
    side: Literal["", "left", "right"] = ""
    is_near: bool = False
    rivals: Annotated[list[Line], Field(max_length=50)] = Field(default=[])
    basis: Annotated[str, Field(max_length=40)] = "person"


class DatedBody(Body):
    """When; an open end is left out."""

    expression: Line = ""
    edtf: Annotated[str, Field(max_length=100)] = ""
    first: Day | None = None
    last: Day | None = None


class Changes(Body):
    """What is to change of a claim; what is left out stays."""

    statement: Annotated[str, Field(max_length=500)] | None = None
    subject: Subject | None = None
    change: Change | None = None
    also: Change | None = None
    modality: Modality | None = None
    quantity: QuantityBody | None = None
    places: Annotated[list[PlacedBody], Field(max_length=_MOST_SPANS)] | None = None
    dates: Annotated[list[DatedBody], Field(max_length=_MOST_SPANS)] | None = None
    attribution: Line | None = None
    access: Access | None = None
    handling: Handling | None = None
    embargo_until: Day | None = None


class DecideBody(Body):
    """What a person decides about a claim."""

    standing: Standing | None = None
    changes: Changes | None = None
    note: Text = ""
    based_on: BasedOn


class ProposeBody(Changes):
    """A claim that a person read; offsets count the characters of the paper's text."""

    exhibit: Ticket
    start: Annotated[int, Field(ge=-1, le=10**8)] = -1
    end: Annotated[int, Field(ge=-1, le=10**8)] = -1
    subject: Subject
    modality: Modality
    note: Text = ""


class GradeBody(Body):
    """How credible a claim is, 1 to 6 (Admiralty), and why."""

    credibility: Annotated[int, Field(ge=1, le=6)]
    reason: Reason
    based_on: BasedOn


class MatchBody(Body):
    """What a person finds when holding a claim against something."""

    about_kind: Literal["finding", "claim", "nothing"]
    about: TicketOrNone = ""
    relation: Relation
    method: MatchMethod
    rationale: Reason
    is_withdrawn: bool = False


class JobBody(Body):
    """A step over papers or claims, in the background."""

    kind: Literal["read", "match"]
    exhibits: Annotated[list[Ticket], Field(max_length=_MOST_EXHIBITS)] = Field(default=[])


class StaleClaim(Problem):
    """Somebody changed the claim meanwhile; nothing was written."""

    theirs: cards.ClaimFull


_STALE: dict[int | str, dict[str, Any]] = {
    409: {"model": StaleClaim | Problem, "description": "somebody changed it meanwhile"}
}
STALE_TEXT = "somebody changed this while you were at it; nothing was written"
STALE_NEXT = "Look at what stands now, and decide again."


# -- the inbox ------------------------------------------------------------------------------------

_UPLOAD_FIELDS = (
    "source", "paper", "published", "title", "url", "language", "handling", "embargo_until",
    "rights", "derived_from", "derived_how", "how",
)  # fmt: skip
_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files", "source"],
                    "properties": {
                        "files": {
                            "type": "array",
                            "minItems": 1,
                            "items": {"type": "string", "format": "binary"},
                        },
                        **{name: {"type": "string", "maxLength": 2000} for name in _UPLOAD_FIELDS},
                    },
                }
            }
        },
    }
}


@router.get("/exhibits")
def exhibits(who: Me, where: TheSaid) -> list[inbox.ExhibitRow]:
    """Return what came in, newest first."""
    return where.exhibits(who)


@router.post("/exhibits", openapi_extra=_UPLOAD)
async def take_in(request: Request, who: Keeping, where: TheSaid, here: Here) -> Job:
    """Take in papers, photographs and videos; their originals go to the vault."""
    announced = int(request.headers.get("content-length", "0"))
    if announced > upload.MOST_BYTES:
        raise upload.too_large()
    folder = background.new_inbox(here, announced)
    try:
        received = await upload.receive(request, folder, here)
        unknown = set(received.fields) - {*_UPLOAD_FIELDS, "files"}
        if unknown:
            raise BadInput(f"'{min(unknown)[:40]}' is not asked for; nothing was taken in")
        return Job.of(background.intake(here, where, who, folder, received.fields))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


@router.get("/exhibits/{ticket}", response_model=cards.ExhibitFull)
def exhibit(who: Me, where: TheSaid, ticket: str) -> Response:
    """Return one paper with its text and what is claimed in it."""
    return as_json(lists.exhibit_full(where, who, ticket))


@router.get("/exhibits/{ticket}/picture", response_class=Response)
def picture(who: Answering, where: TheSaid, ticket: str) -> Response:
    """Return the working copy of a photograph, made anew from its pixels."""
    headers = {"cache-control": "no-store", "content-security-policy": "default-src 'none'"}
    return Response(where.picture(who, ticket), media_type="image/png", headers=headers)


@router.post("/jobs")
def job(who: Answering, where: TheSaid, here: Here, body: JobBody) -> Job:
    """Read papers for claims, or hold claims against what images show."""
    if body.kind == "read":
        background.read(here, where, who, body.exhibits)
    else:
        background.match(here)
    begun = told(here, who)
    if begun is None:
        raise BadInput("the job ended before it could be told; nothing is lost, reload the page")
    return begun


# -- claims ---------------------------------------------------------------------------------------


@router.get("/claims", response_model=lists.ClaimList)
def claims(
    who: Me,
    where: TheSaid,
    from_m: Metre | None = None,
    to_m: Metre | None = None,
    standing: Standing | None = None,
    status: ClaimStatus | None = None,
    subject: Subject | None = None,
    exhibit: TicketOrNone = "",
    unplaced: bool = False,
    offset: Annotated[int, Query(ge=0, le=10**7)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> Response:
    """Return claims along the line, those that cannot be placed last."""
    wanted = lists.Wanted(
        span=_span(from_m, to_m),
        standing=standing,
        status=status,
        subject=subject,
        exhibit=exhibit,
        unplaced=unplaced,
        offset=offset,
        limit=limit,
    )
    return as_json(lists.claims(where, who, wanted))


def _span(from_m: int | None, to_m: int | None) -> Span | None:
    if from_m is None and to_m is None:
        return None
    first, last = from_m or 0, _MOST_M if to_m is None else to_m
    if first >= last:
        raise BadInput("the stretch runs backwards; nothing was looked up, turn its ends around")
    return Span(first, last)


@router.get("/claims/along", response_model=lanes.Along)
def along(who: Me, where: TheSaid) -> Response:
    """Return claims on the strip and the map."""
    return as_json(lanes.along(where, who))


@router.get("/claims/timeline", response_model=lanes.Timeline)
def timeline(
    who: Me, where: TheSaid, from_m: Metre | None = None, to_m: Metre | None = None
) -> Response:
    """Return claims in time, against the days by which things were first seen."""
    return as_json(lanes.timeline(where, who, _span(from_m, to_m)))


@router.get("/claims/words")
def words(_who: Me) -> lanes.Choices:
    """Return every value that a form can offer."""
    return lanes.choices()


@router.get("/claims/places")
def places(
    _who: Me,
    where: TheSaid,
    q: Annotated[str, Query(min_length=1, max_length=100)],
    precision: Precision | None = None,
) -> list[lanes.PlaceFound]:
    """Return the places that a name in any spelling may mean."""
    return lanes.places_for(where, q, precision)


@router.get("/when")
def when(
    _who: Me, text: Annotated[str, Query(min_length=1, max_length=100)], published: Day
) -> lanes.Understood:
    """Return the days that an expression of time means."""
    return lanes.when(text, published)


@router.post("/claims", response_model=cards.ClaimFull)
def propose(who: Answering, where: TheSaid, body: ProposeBody) -> Response:
    """Keep a claim that I read in a paper."""
    fields = _fields(body) | {"start": body.start, "end": body.end}
    return as_json(deciding.propose(where, who, body.exhibit, fields, body.note))


@router.get("/claims/{ticket}", response_model=cards.ClaimFull)
def claim(who: Me, where: TheSaid, ticket: str) -> Response:
    """Return one claim with its words and what speaks for and against it."""
    with where.lock:
        return as_json(cards.full(where, who, where.claim(who, ticket)))


@router.get("/claims/{ticket}/near")
def near(who: Answering, where: TheSaid, ticket: str) -> list[lists.Near]:
    """Return what the claim may be held against, nearest first."""
    return lists.near(where, who, ticket)


@router.post("/claims/{ticket}", response_model=cards.ClaimFull, responses=_STALE)
def decide(who: Answering, where: TheSaid, ticket: str, body: DecideBody) -> Response:
    """Approve, reject or change a claim."""
    outcome = deciding.decide(
        where,
        who,
        ticket,
        standing=body.standing,
        changes=_fields(body.changes) if body.changes is not None else {},
        note=body.note,
        based_on=body.based_on,
    )
    return _answer(outcome)


@router.post("/claims/{ticket}/grade", response_model=cards.ClaimFull, responses=_STALE)
def grade(who: Answering, where: TheSaid, ticket: str, body: GradeBody) -> Response:
    """Judge how credible a claim is, apart from who says it."""
    outcome = deciding.grade(
        where,
        who,
        ticket,
        credibility=body.credibility,
        reason=body.reason.strip(),
        based_on=body.based_on,
    )
    return _answer(outcome)


@router.post("/claims/{ticket}/match", response_model=cards.ClaimFull)
def match(who: Answering, where: TheSaid, ticket: str, body: MatchBody) -> Response:
    """Say what the claim is to a finding, to another claim, or that no image shows it."""
    return as_json(
        deciding.match(
            where,
            who,
            ticket,
            about_kind=body.about_kind,
            about=body.about,
            relation=body.relation,
            method=body.method,
            rationale=body.rationale.strip(),
            is_withdrawn=body.is_withdrawn,
        )
    )


def _answer(outcome: deciding.Outcome) -> Response:
    if not outcome.is_stale:
        return as_json(outcome.claim)
    return as_json(
        StaleClaim(error="Stale", message=STALE_TEXT, next=STALE_NEXT, theirs=outcome.claim), 409
    )


def _fields(body: Changes) -> dict[str, Any]:
    """Return what was sent as fields of a claim; null takes away only what may be missing."""
    may_be_none = {"change", "also", "embargo_until"}
    plain = {
        name: getattr(body, name)
        for name in body.model_fields_set & set(Changes.model_fields)
        if getattr(body, name) is not None or name in may_be_none
    }
    quantity = plain.pop("quantity", None)
    if quantity is not None:
        plain |= {
            "quantity_min": _or_nan(quantity.min),
            "quantity_max": _or_nan(quantity.max),
            "quantity_unit": quantity.unit,
            "qualifier": quantity.qualifier,
        }
    if "places" in plain:
        plain["places"] = tuple(_placed(one) for one in plain["places"])
    if "dates" in plain:
        plain["dates"] = tuple(_dated(one) for one in plain["dates"])
    return plain


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _placed(one: PlacedBody) -> Placed:
    values = one.model_dump() | {"rivals": tuple(one.rivals)}
    if one.span is not None:
        if one.span[0] >= one.span[1]:
            raise BadInput("a place runs backwards; nothing was changed, turn its ends around")
        values["span"] = Span(*one.span)
    return Placed(**values)


def _dated(one: DatedBody) -> Dated:
    if one.first is not None and one.last is not None and one.last < one.first:
        raise BadInput("a date runs backwards; nothing was changed, turn its ends around")
    return Dated(**one.model_dump())
