"""Who is asked what, in which order: the six modes of the desk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from vallum.ground.errors import NotAllowed
from vallum.ground.geodesy import Floats
from vallum.ground.kinds import Answer, Change, Held, Reading, Seen
from vallum.ground.records import Analyst, Candidate, Finding, Sample, Scene, Sighting, Verdict
from vallum.ground.span import Span, Spans
from vallum.review import dating, likeness
from vallum.review import queue as rules
from vallum.review.dated import may_date, of_acquisition
from vallum.review.queue import Turn
from vallum.steps.desk_frames import MAY_DECIDE, frames_for, sample_frames, sweep_frames
from vallum.steps.desk_heard import disputes, heard
from vallum.steps.desk_images import Reader, shows
from vallum.steps.desk_items import Ask, Item, candidate_item, frame_item
from vallum.steps.desk_mirror import Mirror, median
from vallum.steps.desk_people import Person
from vallum.steps.desk_ticket import Thing, Tickets
from vallum.steps.done import known

Mode = Literal["triage", "sheet", "sweep", "sample", "disagreements", "dating"]
Order = Literal["score", "position"]

MOST_ITEMS = 2000
_BACK = 50
_LEAST_IMAGES = 3


@dataclass(frozen=True, kw_only=True)
class Queue:
    """What is to be judged, in order; what I answered stays in its place.

    Args:
        mode: how it is asked.
        is_blind: class, score and what others say are hidden.
        items: at most 2,000 of them, from a little before the first open one on.
        n_total: things in the queue.
        n_done: of these, answered by me.
        median_s: seconds that half of my answers took.
        left_s: seconds that the rest will take at that pace.
        needs: the mode or the step without which this mode has nothing to show; None if none.
    """

    mode: Mode
    is_blind: bool
    items: tuple[Item, ...]
    n_total: int
    n_done: int
    median_s: float | None
    left_s: float | None
    needs: str | None = None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a person asks for."""

    person: Person
    mode: Mode
    order: Order = "score"
    section: int | None = None
    is_like: bool = False


@dataclass(kw_only=True, slots=True)
class _Place:
    """One thing in a queue before it is told."""

    thing: Thing
    is_done: bool
    tell: Callable[[Reader], Item]
    is_blind: bool


@dataclass(frozen=True, kw_only=True)
class _Pile:
    """Things in a queue, in order: whether each is answered, and each one when it is shown."""

    is_done: Sequence[bool]
    place: Callable[[int], _Place]

    @classmethod
    def of(cls, places: Sequence[_Place]) -> _Pile:
        return cls(is_done=[place.is_done for place in places], place=places.__getitem__)


def queue(mirror: Mirror, tickets: Tickets, wanted: Wanted) -> Queue:
    """Return the queue of one person in one mode.

    Raises:
        NotAllowed: disagreements are for adjudicators.
    """
    needs: str | None = None
    match wanted.mode:
        case "triage":
            pile = _triage(mirror, wanted, *_turns(mirror, wanted))
        case "sheet":
            # A sheet asks to accept what is suggested, and that is hidden from a second reader.
            every, hidden = _turns(mirror, wanted)
            turns = [turn for turn in every if turn.about not in hidden]
            pile = _triage(mirror, wanted, turns, hidden)
            needs = "triage" if every and not turns else None
        case "sweep":
            pile = _Pile.of(_frames(mirror, wanted, sweep_frames(mirror)))
        case "sample":
            pile = _Pile.of(_frames(mirror, wanted, frames_for(mirror, wanted.person)))
            needs = None if sample_frames(mirror) else "sample"
        case "disagreements":
            if wanted.person.role not in MAY_DECIDE:
                raise NotAllowed("only an adjudicator can settle disagreements; nothing was shown")
            pile = _Pile.of(list(_disputed(mirror, wanted)))
        case _:
            pile = _Pile.of(list(_dated(mirror, wanted)))
    return _told(mirror, tickets, wanted, pile, needs)


def _told(
    mirror: Mirror, tickets: Tickets, wanted: Wanted, pile: _Pile, needs: str | None
) -> Queue:
    name = wanted.person.name
    n, n_done = len(pile.is_done), sum(pile.is_done)
    first = next((k for k, is_done in enumerate(pile.is_done) if not is_done), n)
    begin = 0 if n <= MOST_ITEMS else max(0, first - _BACK)
    shown = [pile.place(k) for k in range(begin, min(n, begin + MOST_ITEMS))]
    by_id = _by_id(mirror)
    about = [place.thing.about for place in shown]
    mirror.wheres_of([by_id[one] for one in about if one in by_id])  # all at once, for the items
    items = [
        place.tell(
            Reader(
                name=name,
                ticket=tickets.write(name, place.thing),
                thing=place.thing,
                is_blind=place.is_blind,
            )
        )
        for place in shown
    ]
    pace = median(v.seconds for v in mirror.by.get((name, Reading.FIRST), {}).values())
    return Queue(
        mode=wanted.mode,
        is_blind=bool(shown) and all(place.is_blind for place in shown),
        items=tuple(items),
        n_total=n,
        n_done=n_done,
        median_s=known(pace),
        left_s=known(pace * (n - n_done)),
        needs=needs,
    )


# -- candidates ---------------------------------------------------------------------------------


def seed_of(mirror: Mirror) -> int:
    """Return the seed of the project's blind orders and repeats."""
    return int.from_bytes(hashlib.sha256(b"seed" + mirror.secret).digest()[:4])


def given(mirror: Mirror) -> list[Verdict]:
    """Return all verdicts that were not taken back."""

    def make() -> list[Verdict]:
        rows = mirror.all(Verdict).values()
        return [row for row in rows if not row.is_withdrawn]

    return mirror.derived("given", ("Verdict",), make)


def sections_of(mirror: Mirror, person: Person) -> Spans:
    """Return where a person works; empty for everywhere."""
    row = mirror.all(Analyst).get(Analyst(name=person.name, role=person.role).id)
    return row.sections if row is not None else Spans()


def _section(mirror: Mirror, number: int | None) -> Span | None:
    spans = [one.span for one in mirror.project.sections if one.number == number]
    return spans[0] if spans else None


def _turns(mirror: Mirror, wanted: Wanted) -> tuple[list[Turn], set[str]]:
    """Return what a person is asked in Triage and on sheets, and the ids that are shown blind."""
    name = wanted.person.name
    turns, hidden = _arranged(mirror, wanted)
    if wanted.mode != "sheet":
        turns = rules.repeats(turns, given(mirror), analyst=name, seed=seed_of(mirror))
    mine, by_id, judgeable = sections_of(mirror, wanted.person), _by_id(mirror), mirror.judgeable
    hidden = hidden | mirror.second_readings(name) | _drawn_by_others(mirror, name)
    turns = [turn for turn in turns if turn.about in judgeable]
    if mine:
        turns = [turn for turn in turns if by_id[turn.about].span.middle_m in mine]
    return turns, hidden


def _triage(mirror: Mirror, wanted: Wanted, turns: list[Turn], hidden: set[str]) -> _Pile:
    name, by_id = wanted.person.name, _by_id(mirror)
    answered = {
        reading: {
            about
            for about, row in mirror.by.get((name, reading), {}).items()
            if not row.is_withdrawn
        }
        for reading in Reading
    }

    def place(k: int) -> _Place:
        turn = turns[k]
        return _candidate(mirror, name, by_id[turn.about], turn, turn.about in hidden)

    return _Pile(is_done=[turn.about in answered[turn.reading] for turn in turns], place=place)


def _arranged(mirror: Mirror, wanted: Wanted) -> tuple[list[Turn], set[str]]:
    """Return who is asked what in which order, without repeats; few answers change it."""
    name = wanted.person.name

    def make(scores: Floats | None = None) -> tuple[list[Turn], set[str]]:
        return rules.arranged(
            mirror.current,
            mirror.usable,
            mirror.first_readers,
            analyst=name,
            seed=seed_of(mirror),
            sections=[section.span for section in mirror.project.sections],
            order=wanted.order,
            section=_section(mirror, wanted.section),
            scores=scores,
        )

    kinds = ("Candidate", "Comparison", "Look", "Fit", "Scene", "drawn", "begun")
    scores = _likeness(mirror, name) if wanted.is_like else None
    if scores is not None:
        known = ("arranged alike", name, wanted.order, wanted.section)
        return mirror.derived(known, (*kinds, "Verdict"), lambda: make(scores))
    return mirror.derived(("arranged", name, wanted.order, wanted.section), kinds, make)


def _by_id(mirror: Mirror) -> dict[str, Candidate]:
    kinds = ("Candidate", "Comparison", "Sample", "drawn")
    return mirror.derived("by id", kinds, lambda: {row.id: row for row in mirror.current})


def _drawn_by_others(mirror: Mirror, name: str) -> set[str]:
    """Return what somebody else drew; it is shown blind."""

    def make() -> set[str]:
        drawn = {row.id for row in mirror.current if row.origin == "analyst"}
        mine = {row.about for row in given(mirror) if row.analyst == name and row.mode == "draw"}
        return drawn - mine

    kinds = ("Candidate", "Comparison", "Sample", "drawn")
    return mirror.derived(("drawn by others", name), kinds, make)


def _candidate(mirror: Mirror, name: str, row: Candidate, turn: Turn, is_blind: bool) -> _Place:
    return _Place(
        thing=Thing(about=row.id, reading=turn.reading),
        is_done=mirror.own(name, row.id, turn.reading) is not None,
        tell=lambda by: candidate_item(mirror, row, by),
        is_blind=is_blind,
    )


def _likeness(mirror: Mirror, name: str) -> Floats | None:
    """Return how probably this person says yes to each current candidate; None when unknown."""
    kinds = ("Candidate", "Comparison", "Verdict", "drawn")
    return mirror.derived(("likeness", name), kinds, lambda: _learned(mirror, name))


def _learned(mirror: Mirror, name: str) -> Floats | None:
    rows = mirror.current
    features = mirror.derived(
        "features", ("Candidate", "Comparison", "drawn"), lambda: likeness.features_of(rows)
    )
    own = mirror.by.get((name, Reading.FIRST), {})
    said = {
        index: own[row.id].answer
        for index, row in enumerate(rows)
        if row.id in own and not own[row.id].is_withdrawn
    }
    labels = {at: one is Answer.YES for at, one in said.items() if one is not Answer.CANNOT_TELL}
    return likeness.rank(features, labels)


def _disputed(mirror: Mirror, wanted: Wanted) -> Iterator[_Place]:
    name = wanted.person.name
    rows = mirror.current
    by_id = {row.id: row for row in rows}
    section = _section(mirror, wanted.section)
    turns = rules.disagreements(
        rows, (), mirror.usable, adjudicator=name, answers=heard(mirror), weigh=disputes(mirror)
    )
    for turn in turns:
        row = by_id[turn.about]
        is_here = section is None or row.span.middle_m in Spans([section])
        if is_here and row.id in mirror.judgeable:
            yield _candidate(mirror, name, row, turn, is_blind=False)


# -- frames -------------------------------------------------------------------------------------


def _frames(mirror: Mirror, wanted: Wanted, rows: list[Sample]) -> list[_Place]:
    name, section = wanted.person.name, _section(mirror, wanted.section)
    mine = sections_of(mirror, wanted.person)
    is_blind = wanted.mode == "sample"
    places = []
    for row in rows:
        is_here = section is None or row.span.overlaps(section)
        if not is_here or (mine and not mine & row.span):
            continue

        def tell(by: Reader, row: Sample = row) -> Item:
            return frame_item(mirror, row, by)

        thing = Thing(about=row.id, kind="frame")
        is_done = mirror.own(name, row.id) is not None
        places.append(_Place(thing=thing, is_done=is_done, tell=tell, is_blind=is_blind))
    return places


# -- dating -------------------------------------------------------------------------------------


def _dated(mirror: Mirror, wanted: Wanted) -> Iterator[_Place]:
    section = _section(mirror, wanted.section)
    mine = sections_of(mirror, wanted.person)
    for finding, row in datable(mirror):
        at_m = row.span.middle_m
        if (section is None or at_m in Spans([section])) and (not mine or at_m in mine):
            thing = Thing(about=row.id, kind="finding")

            def tell(by: Reader, row: Candidate = row) -> Item:
                return candidate_item(mirror, row, by)

            is_done = not _asked(mirror, row, finding, wanted.person.name).scene
            yield _Place(thing=thing, is_done=is_done, tell=tell, is_blind=False)


def datable(mirror: Mirror) -> list[tuple[Finding, Candidate]]:
    """Return what is held to be there and is shown by at least three images, along the line."""

    def make() -> list[tuple[Finding, Candidate]]:
        found = []
        held = {f.about: f for f in mirror.all(Finding).values() if f.held is Held.CONFIRMED}
        judgeable, wheres = mirror.judgeable, mirror.wheres
        for row in mirror.current:
            finding = held.get(row.id)
            is_open = finding is not None and finding.change is not Change.UNCHANGED
            if finding is None or not is_open or row.id not in judgeable:
                continue
            at_m = wheres[row.id].at_m
            seeing = [
                scene
                for scene, look in shows(mirror, at_m)
                if may_date(scene) and at_m in look.seen
            ]
            if len(seeing) >= _LEAST_IMAGES:
                found.append((finding, row))
        return found

    kinds = ("Finding", "Candidate", "Comparison", "Look", "Fit", "Scene", "drawn")
    return mirror.derived("datable", kinds, make)


def _asked(mirror: Mirror, row: Candidate, finding: Finding, name: str) -> Ask:
    """Return what `ask` does, anew only where something was said of the thing since."""
    kinds = ("Candidate", "Comparison", "Look", "Fit", "Scene", "Finding", "drawn")
    newest = mirror.newest_about(row.id)
    return mirror.derived(
        ("ask", name, row.id), kinds, lambda: ask(mirror, row, finding, name), newest
    )


def ask(mirror: Mirror, row: Candidate, finding: Finding, name: str) -> Ask:
    """Return which image to look at next to date a thing, from the pair and what I said.

    Images that are only for looking, and second deliveries, are not asked and move nothing.
    """
    pair, category = mirror.judgeable[row.id], finding.category
    before, after = dating.of_pair(finding.change)
    scenes, rows = mirror.all(Scene), mirror.all(Sighting)
    said: dict[str, tuple[Seen | None, dating.Side]] = {
        of_acquisition(pair.before.id, scenes): (before, ""),
        of_acquisition(pair.after.id, scenes): (after, ""),
    }
    for key in mirror.about.get(row.id, {}):
        told = rows.get(key)
        if told is not None and told.analyst == name and not told.is_withdrawn:
            state = dating.stands(told.state, told.stage, category)
            said[told.scene] = (state, dating.side_of(told.state, told.stage, category))
    at_m = mirror.wheres_of([row])[row.id].at_m
    shots = []
    for scene, look in shows(mirror, at_m):
        if not may_date(scene):
            continue
        if at_m in look.seen:
            said.setdefault(scene.id, (None, ""))
        if scene.id in said:
            seen, side = said[scene.id]
            shots.append(dating.Shot(scene=scene.id, taken=scene.taken, state=seen, side=side))
    found = dating.dating(shots)
    return Ask(
        scene=found.ask,
        first_seen=found.first_seen,
        last_absent=found.last_absent,
        built=(found.built.earliest, found.built.latest) if found.built else None,
        removed=(found.removed.earliest, found.removed.latest) if found.removed else None,
        conflicts=found.conflicts,
        n_left=found.n_left,
    )
