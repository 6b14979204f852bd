"""What people say at the desk, turned into rows: answers, drawings, flags, dates, and undoing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shapely.errors import ShapelyError
from shapely.geometry import shape as shape_of
from shapely.geometry.base import BaseGeometry

from vallum.ground.errors import BadInput, NotAllowed, NoTicket
from vallum.ground.kinds import Answer, Change, Kind, Reading, Reason, Role, Seen, Stage
from vallum.ground.records import Candidate, Remark, Row, Sample, Scene, Sighting, Verdict
from vallum.review import drawing
from vallum.steps.desk_frames import MAY_DECIDE, frame_of, may_read
from vallum.steps.desk_items import GeoJson, geojson
from vallum.steps.desk_mirror import Mirror
from vallum.steps.desk_people import Person
from vallum.steps.desk_saying import judgement
from vallum.steps.desk_ticket import Thing, Tickets

Status = Literal["saved", "same", "stale", "refused"]
MAY_ANSWER = {Role.ANALYST, Role.ADJUDICATOR, Role.KEEPER}


@dataclass(frozen=True, kw_only=True)
class Given:
    """An answer as a browser sends it.

    Args:
        ticket: what it is about.
        mode: how it was asked.
        answer: yes, no or cannot tell.
        category: class; None as suggested.
        change: what happened; None as suggested.
        reason: why not.
        shape: geometry as redrawn, EPSG:4326.
        looked: images that were on screen, in order, with seconds.
        seconds: time spent.
        at: when it was given; the same answer sent twice carries the same time.
        based_on: state of the project that the page showed.
    """

    ticket: str
    mode: str
    answer: Answer
    category: Kind | None = None
    change: Change | None = None
    reason: Reason = Reason.NONE
    shape: BaseGeometry | None = None
    looked: tuple[tuple[str, float], ...] = ()
    seconds: float
    at: datetime
    based_on: int


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """Something that a person drew."""

    shape: BaseGeometry
    category: Kind
    change: Change
    before: str
    after: str
    looked: tuple[tuple[str, float], ...] = ()
    seconds: float
    at: datetime
    frame: str = ""


@dataclass(frozen=True, kw_only=True)
class Theirs:
    """What stands there already."""

    answer: Answer
    category: Kind | None
    change: Change | None
    reason: Reason
    shape: GeoJson | None
    at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of one answer.

    Args:
        ticket: what it was about.
        status: saved; same (it was here already); stale (kept, but something else stands);
            refused.
        seq: ledger row that holds it; 0 when there is none.
        based_on: state of the project after it.
        message: what happened, unless it was saved.
        next: the one next step.
        theirs: what stands there already, when stale.
        error: code of the error, when refused.
    """

    ticket: str
    status: Status
    seq: int = 0
    based_on: int = 0
    message: str = ""
    next: str = ""
    theirs: Theirs | None = None
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One answer, weighed: the rows to write, and what to tell."""

    rows: tuple[Row, ...] = ()
    result: Result


def read_shape(told: GeoJson) -> BaseGeometry:
    """Return a shape from GeoJSON.

    Raises:
        BadInput: it is none.
    """
    try:
        return shape_of(told)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, ShapelyError) as error:
        raise BadInput(
            "geometry: is no GeoJSON line or point; nothing was kept, draw it again"
        ) from error


def thing_of(mirror: Mirror, tickets: Tickets, person: Person, ticket: str) -> Thing:
    """Return what a ticket stands for.

    Raises:
        NoTicket: nothing, or not for this person.
    """
    thing = tickets.read(person.name, ticket)
    if thing is not None:
        if thing.kind == "frame" and frame_of(mirror, thing.about) is not None:
            return thing
        if thing.kind != "frame" and thing.about in mirror.all(Candidate):
            return thing
    raise NoTicket("this is not known here any more; nothing was changed, reload the page")


def _check_role(person: Person) -> None:
    if person.role not in MAY_ANSWER:
        raise NotAllowed("an editor reads only; nothing was saved, ask the keeper for another role")


# -- answers ------------------------------------------------------------------------------------


def weigh(
    mirror: Mirror, tickets: Tickets, person: Person, said: Given, *, is_amended: bool = False
) -> Judged:
    """Return what becomes of an answer; nothing is written here.

    Args:
        mirror: rows in memory, fresh.
        tickets: of the project.
        person: who answers.
        said: the answer.
        is_amended: the same browser sent an earlier answer about it just before.

    Raises:
        NoTicket: what it is about is not known.
        NotAllowed: this person may not answer, or answered it as an analyst before.
        BadInput: the shape or an image cannot be used.
    """
    _check_role(person)
    thing = thing_of(mirror, tickets, person, said.ticket)
    _check_reader(mirror, person, thing)
    is_final = said.mode == "disagreements"
    own = mirror.own(person.name, thing.about)
    if is_final:
        _check_adjudicator(mirror, person, thing)
    elif own is not None and own.is_final:
        raise NotAllowed(
            "you settled this as an adjudicator; nothing was saved, change it in Disagreements"
        )
    row = _verdict(mirror, person, thing, said, is_final=is_final)
    standing = _standing(mirror, person, row, said.based_on, is_final=is_final)
    told = Result(ticket=said.ticket, status="saved", based_on=mirror.seq)
    own = mirror.own(person.name, row.about, row.reading)
    sent_before = mirror.said_at(row)
    if sent_before is not None or (own is not None and _same(own, row)):
        seq = sent_before or (mirror.seqs.get(own.id, 0) if own is not None else 0)
        return Judged(result=replace(told, status="same", seq=seq))
    if standing is not None and not is_amended:
        kept = replace(row, reading=Reading.CONTESTED, is_final=False)
        return Judged(rows=(*_frame_rows(mirror, thing), kept), result=_stale(told, standing))
    return Judged(rows=(*_frame_rows(mirror, thing), row), result=told)


def _verdict(
    mirror: Mirror, person: Person, thing: Thing, said: Given, *, is_final: bool
) -> Verdict:
    unknown = [name for name, _ in said.looked if name not in mirror.all(Scene)]
    if unknown:
        raise BadInput(f"there is no image {unknown[0][:40]}; nothing was saved, reload the page")
    candidate = mirror.all(Candidate).get(thing.about) if thing.kind != "frame" else None
    shape, change = None, said.change
    if candidate is not None:
        shape = drawing.redrawn(said.shape, candidate, mirror.project.frontier)
        change = None if said.change is candidate.change else said.change
    reason = said.reason
    # The same rule as for tables: what stood there before is no change of the border.
    if said.answer is Answer.NO and change is Change.UNCHANGED:
        reason = reason or Reason.EXISTED_BEFORE
    if said.answer is not Answer.YES and change is not Change.UNCHANGED:
        change = None
    reading = thing.reading
    if reading is Reading.REPEAT and mirror.own(person.name, thing.about) is None:
        reading = Reading.FIRST  # its first asking was never answered: so this is the first
    return Verdict(
        about=thing.about,
        analyst=person.name,
        answer=said.answer,
        category=said.category,
        change=change,
        reason=reason,
        shape=shape,
        looked_at=tuple(name for name, _ in said.looked),
        looked_s=tuple(round(seconds, 2) for _, seconds in said.looked),
        seconds=said.seconds,
        at=said.at,
        based_on=min(mirror.newest_about(thing.about), said.based_on),
        mode=said.mode,
        reading=reading,
        is_final=is_final,
    )


def _check_reader(mirror: Mirror, person: Person, thing: Thing) -> None:
    frame = frame_of(mirror, thing.about) if thing.kind == "frame" else None
    if frame is not None and not may_read(mirror, person, frame):
        raise NotAllowed(
            f"km {frame.span.start_m / 1000:.3f} is read a second time, by an adjudicator who did "
            "not read it the first time; nothing was saved, leave it to another"
        )


def _check_adjudicator(mirror: Mirror, person: Person, thing: Thing) -> None:
    if person.role not in MAY_DECIDE:
        raise NotAllowed("only an adjudicator can settle disagreements; nothing was saved")
    given = mirror.verdicts.get(thing.about, {}).values()
    own = [v for v in given if v.analyst == person.name and not v.is_withdrawn]
    if any(verdict.mode != "disagreements" for verdict in own):
        where = mirror.wheres.get(thing.about)
        km = f"km {where.at_m / 1000:.3f}" if where is not None else "this place"
        raise NotAllowed(
            f"you are an analyst of {km}, so you cannot also adjudicate it; nothing was saved, "
            "leave it to another adjudicator"
        )


def _standing(
    mirror: Mirror, person: Person, row: Verdict, based_on: int, *, is_final: bool
) -> Verdict | None:
    """Return what was said since the page was shown and says something else, if anything was.

    An analyst's answer is measured against final words and the same person's own answers (a
    second window); never against other analysts, who read blind. An adjudicator's is measured
    against all.
    """
    newer = []
    for other in mirror.verdicts.get(row.about, {}).values():
        is_own = other.analyst == person.name
        counts = is_final or other.is_final or (is_own and other.reading is row.reading)
        is_repeat = other.reading is Reading.REPEAT and other.id != row.id
        # When it was first said counts: what an undo brought back is not news.
        is_newer = (mirror.said_at(other) or 0) > based_on and not other.is_withdrawn
        if counts and is_newer and not is_repeat and judgement(other) != judgement(row):
            newer.append(other)
    return max(newer, key=lambda other: mirror.seqs[other.id], default=None)


def _same(one: Verdict, other: Verdict) -> bool:
    """Say whether two answers hold the same, no matter what each was based on."""
    return replace(one, based_on=0).same_as(replace(other, based_on=0))


def _stale(told: Result, other: Verdict) -> Result:
    who = "this was changed" if not other.is_final else "this was settled"
    stands = other.answer.value.replace("_", " ")
    if other.category:
        stands += f", {other.category.label}"
    return replace(
        told,
        status="stale",
        message=f"{who} while you were away (there: {stands}). Both are kept; it is now in "
        "Disagreements.",
        next="Go on; an adjudicator will look at both.",
        theirs=Theirs(
            answer=other.answer,
            category=other.category,
            change=other.change,
            reason=other.reason,
            shape=geojson(other.shape),
            at=other.at,
        ),
    )


def _frame_rows(mirror: Mirror, thing: Thing) -> list[Sample]:
    """Return the row of a frame that nobody answered before, with the images to look at."""
    if thing.kind != "frame" or thing.about in mirror.all(Sample):
        return []
    row = frame_of(mirror, thing.about)
    return [] if row is None else [with_images(mirror, row)]


def with_images(mirror: Mirror, row: Sample) -> Sample:
    """Return a frame with the images of the pair that shows most of it."""
    pair = mirror.pair_over(row.span, (row.before, row.after))
    return row if pair is None else replace(row, before=pair.before.id, after=pair.after.id)


# -- drawings, flags, dates -----------------------------------------------------------------------


def drawn(
    mirror: Mirror, tickets: Tickets, person: Person, told: Drawing
) -> tuple[Candidate, list[Row]]:
    """Return what a person drew, and the rows of it: the candidate and the yes that goes with it.

    Raises:
        NotAllowed: this person may not answer.
        NoTicket: the frame it was drawn in is not known.
        BadInput: the shape or an image cannot be used.
    """
    _check_role(person)
    frame = thing_of(mirror, tickets, person, told.frame) if told.frame else None
    if frame is not None:
        _check_reader(mirror, person, frame)
    scenes = mirror.all(Scene)
    names = (told.before, told.after, *(name for name, _ in told.looked))
    unknown = [name for name in names if name not in scenes]
    if unknown:
        raise BadInput(f"there is no image {unknown[0][:40]!r}; nothing was saved, reload the page")
    row = drawing.drawn(
        told.shape, told.category, told.change, mirror.project.frontier,
        before=told.before, after=told.after,
    )  # fmt: skip
    verdict = Verdict(
        about=row.id,
        analyst=person.name,
        answer=Answer.YES,
        category=told.category,
        looked_at=tuple(name for name, _ in told.looked),
        looked_s=tuple(round(seconds, 2) for _, seconds in told.looked),
        seconds=told.seconds,
        at=told.at,
        based_on=mirror.newest_about(row.id),
        mode="draw",
        frame=frame.about if frame is not None and frame.kind == "frame" else "",
    )
    known = mirror.all(Candidate).get(row.id)
    if mirror.said_at(verdict) is not None:
        return row, []
    rows: list[Row] = [] if known is not None else [row]
    return row, [*(_frame_rows(mirror, frame) if frame else []), *rows, verdict]


def flagged(
    mirror: Mirror, tickets: Tickets, person: Person, ticket: str, text: str, is_flagged: bool
) -> list[Row]:
    """Return the rows of a flag, or of its taking back."""
    _check_role(person)
    thing = thing_of(mirror, tickets, person, ticket)
    row = Remark(about=thing.about, analyst=person.name, is_flagged=is_flagged, text=text.strip())
    known = mirror.all(Remark).get(row.id)
    if known is None and not is_flagged:
        return []
    return [*_frame_rows(mirror, thing), row]


def dated(
    mirror: Mirror,
    tickets: Tickets,
    person: Person,
    ticket: str,
    *,
    scene: str,
    state: Seen,
    stage: Stage = Stage.NONE,
    seconds: float,
    at: datetime,
) -> list[Row]:
    """Return the row of what a person sees on one image of a thing.

    Raises:
        BadInput: there is no such image, or the ticket is that of a frame.
    """
    _check_role(person)
    thing = thing_of(mirror, tickets, person, ticket)
    if thing.kind == "frame":
        raise BadInput("a stretch of border has no date; nothing was saved, choose a thing on it")
    found = mirror.all(Scene).get(scene)
    if found is None:
        raise BadInput(f"there is no image {scene[:40]!r}; nothing was saved, reload the page")
    machine = mirror.all(Sighting).get(Sighting(about=thing.about, scene=scene).id)
    return [
        Sighting(
            about=thing.about,
            scene=scene,
            fit=machine.fit if machine is not None else "",
            state=state,
            stage=stage if state is Seen.PRESENT else Stage.NONE,
            analyst=person.name,
            seconds=seconds,
            at=at,
            share_seen=0.0 if state is Seen.NOT_OBSERVABLE else 1.0,
        )
    ]


# -- undo -----------------------------------------------------------------------------------------


def undone(mirror: Mirror, person: Person, thing: Thing) -> list[Row]:
    """Return the row that takes back a person's newest act about a thing; none when there is none.

    What was said before comes back; where nothing was, the row says that it was withdrawn.
    """
    acts = [act for act in mirror.acts(person.name, thing.about) if _belongs(act, thing)]
    if not acts:
        return []
    newest = acts[-1]
    earlier = [act for act in acts[:-1] if act.id == newest.id]
    if earlier:
        return [earlier[-1]]
    match newest:
        case Verdict() | Sighting():
            return [replace(newest, is_withdrawn=True)]
        case Remark():
            return [replace(newest, is_flagged=False)]
        case _:
            return []


def _belongs(act: Row, thing: Thing) -> bool:
    """Say whether an act is one that the page shows under this ticket."""
    if isinstance(act, Verdict):
        return (act.reading is Reading.REPEAT) == (thing.reading is Reading.REPEAT)
    return not isinstance(act, Sighting) or thing.kind == "finding"


def results_of(mirror: Mirror, judged: Iterable[Judged]) -> list[Result]:
    """Return the results once their rows are on disk, with the numbers of their ledger rows."""
    return [
        replace(
            one.result,
            based_on=mirror.seq,
            seq=mirror.seqs.get(one.rows[-1].id, 0) if one.rows else one.result.seq,
        )
        for one in judged
    ]
