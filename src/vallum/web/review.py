"""What people are asked, and what they say: queues, things, answers, drawings, progress."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter

from vallum.ground.cells import UNIT_M
from vallum.ground.kinds import Answer, Change, Design, Kind, Reason, Role, Seen, Stage
from vallum.ground.records import Json
from vallum.steps import desk_items as items
from vallum.steps import desk_queue as queues
from vallum.steps import desk_telling as telling
from vallum.steps.desk import Desk, Drawn, Person, Undone
from vallum.steps.desk_queue import Mode, Order
from vallum.steps.desk_sampling import Asked, PlanTold, SampleDrawn, Survey
from vallum.steps.desk_writing import Drawing, Given, Result, read_shape
from vallum.web.guard import PROBLEMS, Body, Problem, desk, me, needs

router = APIRouter(prefix="/api", tags=["review"], responses=PROBLEMS)

Me = Annotated[Person, Depends(me)]
TheDesk = Annotated[Desk, Depends(desk)]
Answering = Annotated[Person, Depends(needs(Role.ANALYST, Role.ADJUDICATOR, Role.KEEPER))]
Deciding = Annotated[Person, Depends(needs(Role.ADJUDICATOR, Role.KEEPER))]

_MOST_ITEMS, _MOST_LOOKED, _MOST_TEXT, _MOST_PLACES = 500, 200, 2000, 5000
_DAY_S = 86_400.0

Ticket = Annotated[str, Field(min_length=1, max_length=100)]
SceneId = Annotated[str, Field(max_length=80)]
Seconds = Annotated[float, Field(ge=0, le=_DAY_S, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Position = Annotated[list[Number], Field(min_length=2, max_length=3)]


class PointShape(Body):
    """A post, EPSG:4326."""

    type: Literal["Point"]
    coordinates: Position


class LineShape(Body):
    """A line, EPSG:4326."""

    type: Literal["LineString"]
    coordinates: Annotated[list[Position], Field(min_length=2, max_length=_MOST_PLACES)]


class LinesShape(Body):
    """Several lines, EPSG:4326."""

    type: Literal["MultiLineString"]
    coordinates: Annotated[
        list[Annotated[list[Position], Field(min_length=2, max_length=_MOST_PLACES)]],
        Field(min_length=1, max_length=100),
    ]


Shape = Annotated[PointShape | LineShape | LinesShape, Field(discriminator="type")]


class Looked(Body):
    """An image that was on screen."""

    scene: SceneId
    seconds: Seconds


Looks = Annotated[list[Looked], Field(max_length=_MOST_LOOKED)]


class AnswerBody(Body):
    """One answer."""

    ticket: Ticket
    mode: Literal["triage", "sheet", "sweep", "sample", "disagreements", "dating"]
    answer: Answer
    category: Kind | None = None
    change: Change | None = None
    reason: Reason = Reason.NONE
    shape: Shape | None = None
    looked: Looks = Field(default=[])
    seconds: Seconds
    at: AwareDatetime
    based_on: Annotated[int, Field(ge=0, le=2**53)]


class AnswersBody(Body):
    """A batch of answers."""

    items: Annotated[list[AnswerBody], Field(max_length=_MOST_ITEMS)]


class Results(BaseModel):
    """What became of each answer, in the order in which they came."""

    results: list[Result]


class StaleResults(Problem):
    """Some answers met something else; all are kept."""

    results: list[Result]


class DrawBody(Body):
    """Something that was drawn."""

    shape: Shape
    category: Kind
    change: Change = Change.NEW
    before: SceneId
    after: SceneId
    frame: Annotated[str, Field(max_length=100)] | None = None
    looked: Looks = Field(default=[])
    seconds: Seconds
    at: AwareDatetime
    mode: Annotated[str, Field(max_length=20)] = "draw"


class TicketBody(Body):
    """A thing."""

    ticket: Ticket


class FlagBody(TicketBody):
    """A flag, or its taking back."""

    text: Annotated[str, Field(max_length=_MOST_TEXT)] = ""
    is_flagged: bool = True


class DatingBody(TicketBody):
    """What is seen on one image of a thing."""

    scene: SceneId
    state: Seen
    stage: Literal["", "cleared", "groundwork", "partial", "complete"] = ""
    seconds: Seconds
    at: AwareDatetime


class PresenceBody(Body):
    """Where somebody works."""

    section: Annotated[int, Field(ge=0, le=10**9)] | None = None


class Present(BaseModel):
    """Who else is at work."""

    others: list[telling.Here]


Unit = Annotated[int, Field(ge=10, le=100_000)]
N = Annotated[int, Field(ge=1, le=100_000)]
Within = Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)]
At = Annotated[int, Field(ge=0, le=10**9)]


class SampleBody(Body):
    """How to choose stretches: a number of them, or how narrow the answer shall be."""

    n: N | None = None
    within_km: Within | None = None
    length_m: Unit = 300
    design: Literal["simple", "systematic", "stratified", "second", "purposive"] = "simple"
    seed: Annotated[int, Field(ge=0, le=2**53)] = 1
    of: Annotated[str, Field(max_length=100)] = ""
    from_m: At | None = None
    to_m: At | None = None
    why: Annotated[str, Field(max_length=_MOST_TEXT)] = ""


class Flagged(BaseModel):
    """A flag as it stands."""

    ticket: str
    is_flagged: bool


class StepDone(BaseModel):
    """What a step did."""

    lines: list[str]
    blocked: list[str]
    facts: dict[str, Any]
    next: str


@cache
def _adapter(kind: Hashable) -> TypeAdapter[Any]:
    return TypeAdapter(cast("Any", kind))


def said(value: object, status: int = 200) -> Response:
    """Return a value of the desk as JSON at once: thousands of items need no second check."""
    adapter = _adapter(cast("Hashable", type(value)))
    return Response(adapter.dump_json(value), status, media_type="application/json")


@router.get("/queue", response_model=queues.Queue)
def queue(
    who: Me,
    where: TheDesk,
    mode: Mode = "triage",
    order: Order = "score",
    section: Annotated[int | None, Query(ge=0, le=10**9)] = None,
    like: bool = False,
) -> Response:
    """Return what I am asked in one mode, in order."""

    def make() -> queues.Queue:
        return where.queue(who, mode, order=order, section=section, is_like=like)

    if like:  # what is learned is learned anew after each answer, by and by
        return said(where.kept.remembered(("alike", who, mode, order, section), make))
    return said(make())


@router.get("/item/{ticket}", response_model=items.ItemFull)
def item(who: Me, where: TheDesk, ticket: str, mode: Mode = "triage") -> Response:
    """Return one thing with all that is needed to judge it."""
    return said(where.item(who, ticket, mode))


@router.post(
    "/verdicts",
    response_model=Results,
    responses={409: {"model": StaleResults, "description": "something else stands; all is kept"}},
)
def verdicts(who: Answering, where: TheDesk, body: AnswersBody) -> Response:
    """Keep answers; the same one sent twice is saved once."""
    results = where.answer(who, [_given(one) for one in body.items])
    stale = next((result for result in results if result.status == "stale"), None)
    if stale is None:
        return said(Results(results=results))
    return said(
        StaleResults(error="Stale", message=stale.message, next=stale.next, results=results), 409
    )


def _given(one: AnswerBody) -> Given:
    return Given(
        ticket=one.ticket,
        mode=one.mode,
        answer=one.answer,
        category=one.category,
        change=one.change,
        reason=one.reason,
        shape=read_shape(one.shape.model_dump()) if one.shape is not None else None,
        looked=_looked(one.looked),
        seconds=one.seconds,
        at=one.at,
        based_on=one.based_on,
    )


def _looked(looks: list[Looked]) -> tuple[tuple[str, float], ...]:
    return tuple((look.scene, look.seconds) for look in looks)


@router.post("/draw")
def draw(who: Answering, where: TheDesk, body: DrawBody) -> Drawn:
    """Keep what I drew, and my yes to it."""
    told = Drawing(
        shape=read_shape(body.shape.model_dump()),
        category=body.category,
        change=body.change,
        before=body.before,
        after=body.after,
        looked=_looked(body.looked),
        seconds=body.seconds,
        at=body.at,
        frame=body.frame or "",
    )
    return where.draw(who, told)


@router.post("/undo", response_model=Undone)
def undo(who: Answering, where: TheDesk, body: TicketBody) -> Response:
    """Take back my newest answer, drawing, flag or date about a thing."""
    return said(where.undo(who, body.ticket))


@router.post("/flags")
def flags(who: Answering, where: TheDesk, body: FlagBody) -> Flagged:
    """Flag a thing for the others, or take the flag off."""
    where.flag(who, body.ticket, body.text, is_flagged=body.is_flagged)
    return Flagged(ticket=body.ticket, is_flagged=body.is_flagged)


@router.post("/dating", response_model=items.ItemFull)
def dating(who: Answering, where: TheDesk, body: DatingBody) -> Response:
    """Keep what I see on one image of a thing, and return the thing."""
    at: datetime = body.at
    return said(
        where.date(
            who,
            body.ticket,
            scene=body.scene,
            state=body.state,
            stage=Stage(body.stage),
            seconds=body.seconds,
            at=at,
        )
    )


@router.get("/progress", response_model=telling.Progress)
def progress(who: Me, where: TheDesk) -> Response:
    """Return how far everybody is, and who is at work where."""
    return said(where.progress(who))


@router.post("/presence")
def presence(who: Me, where: TheDesk, body: PresenceBody) -> Present:
    """Say where I work, and return where the others are."""
    return Present(others=where.presence(who, body.section))


@router.get("/agreement", response_model=telling.Told | telling.Hidden)
def agreement(who: Me, where: TheDesk) -> Response:
    """Return how far people agree; to an analyst, of finished sections only."""
    return said(where.kept.remembered(("agreement", who), lambda: where.agreement(who)))


@router.get("/sample-plan")
def sample_plan(
    who: Deciding,
    where: TheDesk,
    n: N | None = None,
    within_km: Within | None = None,
    length_m: Unit = UNIT_M,
    design: Literal["simple", "systematic", "stratified"] = "stratified",
    n_readers: Annotated[int, Query(ge=1, le=100)] = 1,
) -> PlanTold:
    """Return what a sample would cost and give; nothing is drawn."""
    asked = Asked(
        design=Design(design), n=n, within_km=within_km, length_m=length_m, n_readers=n_readers
    )
    return where.kept.remembered(("plan", who, asked), lambda: where.sample_plan(who, asked))


@router.post("/samples")
def samples(who: Deciding, where: TheDesk, body: SampleBody) -> SampleDrawn:
    """Draw stretches of border by chance, or read all of a chosen area."""
    area = (body.from_m, body.to_m) if body.from_m is not None and body.to_m is not None else None
    asked = Asked(
        design=Design(body.design),
        n=body.n,
        within_km=body.within_km,
        length_m=body.length_m,
        seed=body.seed,
        of=body.of,
        area_m=area,
        why=body.why.strip(),
    )
    return where.sample(who, asked)


@router.get("/surveys")
def surveys(who: Me, where: TheDesk) -> list[Survey]:
    """Return all drawings, how far they are read, and their numbers once they are."""
    return where.surveys(who)


@router.post("/settle")
def settle(who: Answering, where: TheDesk) -> StepDone:
    """Apply the rule to the verdicts."""
    done: dict[str, Json] = where.settle(who).to_json()
    return StepDone.model_validate(done)
