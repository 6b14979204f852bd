"""The review desk: an open project at which several people work at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from vallum.ground.errors import NotAllowed, StoreError, VallumError
from vallum.ground.kinds import Reading, Role, Seen, Stage
from vallum.ground.records import Candidate, Comparison, Fit, Look, Row, Sample, Scene
from vallum.ground.unhurried import unhurried
from vallum.project import Project, Work, actor
from vallum.steps import desk_frames as frames
from vallum.steps import desk_items as items
from vallum.steps import desk_people as persons
from vallum.steps import desk_queue as queues
from vallum.steps import desk_sampling as sampling
from vallum.steps import desk_telling as telling
from vallum.steps import desk_writing as writing
from vallum.steps import judging
from vallum.steps.desk_batch import Batch, apart
from vallum.steps.desk_items import ItemFull, Said
from vallum.steps.desk_kept import Kept
from vallum.steps.desk_mirror import UNDO, Mirror
from vallum.steps.desk_people import Person, PersonRow
from vallum.steps.desk_queue import Mode, Order, Queue, Wanted
from vallum.steps.desk_sampling import Asked, PlanTold, SampleDrawn, Survey
from vallum.steps.desk_telling import Here, Hidden, Progress, Told
from vallum.steps.desk_ticket import Thing, Tickets
from vallum.steps.desk_writing import Drawing, Given, Result
from vallum.steps.done import Done
from vallum.steps.sessions import Sessions, hashed, new_key

__all__ = ["Desk", "Drawn", "Person", "Undone"]

_STAY_S = 60.0
_REVIEW, _PEOPLE, _SAMPLE = "review", "people", "sample"


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What became of a drawing."""

    ticket: str
    about: str


@dataclass(frozen=True, kw_only=True)
class Undone:
    """What stands after something was taken back."""

    ticket: str
    mine: Said | None
    based_on: int


class Desk:
    """Everything that people at the desk ask of an open project, and all that they tell it.

    Rows are held in memory and brought up to date at every call; what is written is on disk when it
    returns. Safe for threads.
    """

    def __init__(self, project: Project) -> None:
        """Read the project's ledger once."""
        self.project = project
        self._lock = threading.RLock()
        self._door = threading.Lock()
        self._waiting: list[Batch] = []
        self._mirror = Mirror(project)
        self.kept = Kept.of(project, self.fresh)
        self._tickets = Tickets(self._mirror.secret)
        self.sessions = Sessions()
        self.keeper_key = ""
        self._works: dict[tuple[str, str], Work] = {}
        self._seen_at: dict[str, tuple[float, int | None]] = {}

    @contextmanager
    def fresh(self) -> Iterator[Mirror]:
        """Yield the newest rows in memory; nobody else writes meanwhile."""
        with self._lock:
            self._mirror.refresh()
            yield self._mirror

    @contextmanager
    def _recent(self) -> Iterator[Mirror]:
        """Yield rows that may be a second old: for what every tile and every request asks."""
        with self._lock:
            if time.monotonic() - self._mirror.refreshed_at > 1.0:
                self._mirror.refresh()
            yield self._mirror

    def close(self) -> None:
        """End the session: runs of people end here. The project itself stays open."""
        with self._lock:
            self._works.clear()

    def _write(self, name: str, step: str, rows: Iterable[Row]) -> None:
        """Put rows on disk as one transaction, in the run of this person and this session."""
        rows = list(rows)
        if not rows:
            return
        self.project.add_together([(self._work(name, step), rows)])
        self._mirror.refresh()

    def _work(self, name: str, step: str) -> Work:
        """Return the run of a person in this session."""
        key = (name, step)
        if key not in self._works:
            self._works[key] = self.project.begin(step, by=name)
        return self._works[key]

    # -- single rows, for pictures --------------------------------------------------------------

    def scene(self, scene_id: str) -> Scene | None:
        """Return an image, or None when there is none of that name."""
        with self._recent() as mirror:
            return mirror.all(Scene).get(scene_id)

    def fit(self, fit_id: str) -> Fit | None:
        """Return how a look was aligned, or None."""
        with self._recent() as mirror:
            return mirror.all(Fit).get(fit_id)

    def look(self, look_id: str) -> Look | None:
        """Return one scene over one section, or None."""
        with self._recent() as mirror:
            return mirror.all(Look).get(look_id)

    def best_pair_at(self, at_m: int) -> tuple[Scene, Scene, Fit | None, Comparison] | None:
        """Return the images of the comparison in force at a chainage, or None."""
        with self._recent() as mirror:
            pair = mirror.pair_at(at_m)
            return (pair.before, pair.after, pair.fit, pair.comparison) if pair else None

    def candidates(self) -> list[Candidate]:
        """Return the candidates in force, along the line."""
        with self.fresh() as mirror:
            return mirror.current

    def answered(self, person: Person) -> set[str]:
        """Return the ids of what a person answered."""
        with self.fresh() as mirror:
            rows = mirror.by.get((person.name, Reading.FIRST), {})
            return {about for about, row in rows.items() if not row.is_withdrawn}

    def ticket_of(self, person: Person, candidate_id: str) -> str:
        """Return the ticket of a candidate for a person."""
        return self._tickets.write(person.name, Thing(about=candidate_id))

    # -- what to judge --------------------------------------------------------------------------

    def queue(
        self,
        person: Person,
        mode: Mode,
        *,
        order: Order = "score",
        section: int | None = None,
        is_like: bool = False,
    ) -> Queue:
        """Return what a person is asked in one mode, in order.

        Raises:
            NotAllowed: disagreements are for adjudicators.
        """
        wanted = Wanted(person=person, mode=mode, order=order, section=section, is_like=is_like)
        with unhurried(), self.fresh() as mirror:
            return queues.queue(mirror, self._tickets, wanted)

    def item(self, person: Person, ticket: str, mode: Mode = "triage") -> ItemFull:
        """Return one thing with all that is needed to judge it.

        Raises:
            NoTicket: it is not known to this person, or cannot be judged any more.
        """
        with self.fresh() as mirror:
            return telling.item(mirror, self._tickets, person, ticket, mode)

    # -- what people say ------------------------------------------------------------------------

    def answer(self, person: Person, given: Sequence[Given]) -> list[Result]:
        """Keep a batch of answers in one transaction; on disk when this returns.

        The same answer sent twice is saved once. An answer to an older state than what stands is
        kept as contested and goes to the adjudicator. One that cannot be kept does not hinder the
        others.

        Raises:
            StoreLocked: another vallum is at work in this project; nothing was saved.
        """
        batch = Batch(person=person, given=given)
        with self._door:
            self._waiting.append(batch)
        with self._lock:
            if not batch.is_done:
                # Whoever comes first writes for all who wait: one flush to disk serves them all.
                self._answer_waiting()
        if batch.error is not None:
            raise batch.error
        return batch.results

    def _answer_waiting(self) -> None:
        with self._door:
            batches, self._waiting = self._waiting, []
        try:
            while batches:
                together = apart(batches)
                self._answer_together(together)
                batches = [batch for batch in batches if batch not in together]
        except VallumError as error:
            for batch in batches:
                batch.error = error
        finally:
            for batch in batches:
                lost = StoreError("the answers could not be written; nothing was saved, send again")
                batch.error = batch.error or lost
                batch.is_done = True

    def _answer_together(self, batches: Sequence[Batch]) -> None:
        """Weigh and write the answers of several people in one transaction."""
        with self.fresh() as mirror:
            parts: list[tuple[Work, list[Row]]] = []
            for batch in batches:
                name, begun, mine = batch.person.name, set[str](), list[Row]()
                for said in batch.given:
                    if said.ticket in begun:
                        # Two answers about one thing in one batch: the first must be there before.
                        self._write(name, _REVIEW, mine)
                        mine = []
                    batch.judged.append(self._weighed(mirror, batch.person, said, begun))
                    mine += batch.judged[-1].rows
                    begun.add(said.ticket)
                parts += [(self._work(name, _REVIEW), mine)] if mine else []
            if parts:
                self.project.add_together(parts)
                mirror.refresh()
            for batch in batches:
                batch.results = writing.results_of(mirror, batch.judged)
                batch.is_done = True

    def _weighed(
        self, mirror: Mirror, person: Person, said: Given, begun: set[str]
    ) -> writing.Judged:
        try:
            return writing.weigh(
                mirror, self._tickets, person, said, is_amended=said.ticket in begun
            )
        except VallumError as error:
            message, _, step = str(error).rpartition("; ")
            result = Result(
                ticket=said.ticket,
                status="refused",
                message=message or str(error),
                next=step,
                error=error.code,
            )
            return writing.Judged(result=result)

    def draw(self, person: Person, told: Drawing) -> Drawn:
        """Keep what a person drew, and the yes that goes with it.

        Raises:
            NotAllowed: this person may not answer.
            NoTicket: the frame it was drawn in is not known.
            BadInput: the shape or an image cannot be used.
        """
        with self.fresh() as mirror:
            row, rows = writing.drawn(mirror, self._tickets, person, told)
            self._write(person.name, _REVIEW, rows)
            return Drawn(ticket=self.ticket_of(person, row.id), about=row.id)

    def undo(self, person: Person, ticket: str) -> Undone:
        """Take back a person's newest act about a thing; what was before comes back.

        Raises:
            NoTicket: the thing is not known to this person.
        """
        with self.fresh() as mirror:
            thing = writing.thing_of(mirror, self._tickets, person, ticket)
            self._write(person.name, UNDO, writing.undone(mirror, person, thing))
            own = mirror.own(person.name, thing.about, thing.reading)
            return Undone(ticket=ticket, mine=items.said(mirror, own, ticket), based_on=mirror.seq)

    def flag(self, person: Person, ticket: str, text: str, *, is_flagged: bool = True) -> None:
        """Keep a person's flag on a thing, or take it off.

        Raises:
            NoTicket: the thing is not known to this person.
            NotAllowed: this person may not.
        """
        with self.fresh() as mirror:
            rows = writing.flagged(mirror, self._tickets, person, ticket, text, is_flagged)
            self._write(person.name, _REVIEW, rows)

    def date(
        self,
        person: Person,
        ticket: str,
        *,
        scene: str,
        state: Seen,
        stage: Stage = Stage.NONE,
        seconds: float,
        at: datetime,
    ) -> ItemFull:
        """Keep what a person sees on one image of a thing, and return the thing.

        Raises:
            NoTicket: the thing is not known to this person.
            BadInput: there is no such image.
        """
        with self.fresh() as mirror:
            rows = writing.dated(
                mirror, self._tickets, person, ticket,
                scene=scene, state=state, stage=stage, seconds=seconds, at=at,
            )  # fmt: skip
            self._write(person.name, _REVIEW, rows)
            return telling.item(mirror, self._tickets, person, ticket, "dating")

    def settle(self, person: Person) -> Done:
        """Apply the rule to the verdicts: findings where it decides.

        Raises:
            NotAllowed: this person only reads.
        """
        if person.role not in writing.MAY_ANSWER:
            raise NotAllowed("an editor reads only; nothing was settled, ask an analyst")
        return judging.settle(self.project)

    def sample_plan(self, person: Person, asked: Asked) -> PlanTold:
        """Return what a sample would cost and give; nothing is drawn.

        Raises:
            NotAllowed: only an adjudicator or the keeper draws.
            BadSetting: it cannot be drawn so.
            BadInput: nothing can be compared yet.
        """
        with self._drawing(person) as mirror:
            return sampling.plan(mirror, self.kept, asked)

    def sample(self, person: Person, asked: Asked) -> SampleDrawn:
        """Draw stretches of border, and keep them and what they were drawn from.

        Raises:
            NotAllowed: only an adjudicator or the keeper draws.
            BadSetting: it cannot be drawn so.
            BadInput: nothing can be compared yet, or there is no such survey.
        """
        with self._drawing(person) as mirror:
            n_before = len(mirror.all(Sample))
            survey, n_drawn, rows = sampling.drawn(mirror, asked)
            self._write(person.name, _SAMPLE, rows)
            n_new = len(mirror.all(Sample)) - n_before
            n = len(frames.sample_frames(mirror))
            return SampleDrawn(survey=survey, n=n, n_drawn=n_drawn, n_new=n_new)

    @contextmanager
    def _drawing(self, person: Person) -> Iterator[Mirror]:
        if person.role not in frames.MAY_DECIDE:
            raise NotAllowed("only an adjudicator or the keeper draws a sample; nothing was drawn")
        with self.fresh() as mirror:
            yield mirror

    def surveys(self, person: Person) -> list[Survey]:
        """Return all drawings, how far they are read, and their numbers once they are."""
        with self.fresh() as mirror:
            return sampling.surveys(mirror, person)

    # -- how far ----------------------------------------------------------------------------------

    def progress(self, person: Person) -> Progress:
        """Return how far everybody is, section by section."""
        with self.fresh() as mirror:
            return telling.progress(mirror, person, self._here(), today=datetime.now(UTC).date())

    def presence(self, person: Person, section: int | None) -> list[Here]:
        """Note where a person works, and return where the others are."""
        with self._lock:
            self._seen_at[person.name] = (time.monotonic(), section)
            return [here for here in self._here() if here.name != person.name]

    def _here(self) -> list[Here]:
        now = time.monotonic()
        self._seen_at = {k: v for k, v in self._seen_at.items() if now - v[0] < _STAY_S}
        return [Here(name=name, section=at) for name, (_, at) in sorted(self._seen_at.items())]

    def agreement(self, person: Person) -> Told | Hidden:
        """Return how far people agree; to an analyst, of finished sections only."""
        with self.fresh() as mirror:
            return telling.agreement(mirror, person)

    # -- people -----------------------------------------------------------------------------------

    def sign_in_keeper(self) -> tuple[str, Person]:
        """Let in the person at this computer; returns the browser's key and who it is."""
        with self.fresh() as mirror:
            key = self.keeper_key = new_key()
            self.sessions.keys.add(hashed(key))
            return key, persons.keeper(mirror)

    def person_of(self, key: str) -> Person | None:
        """Return who holds a key, or None."""
        with self._recent() as mirror:
            return persons.person_of(mirror, self.sessions, key)

    def needs_name(self, person: Person) -> bool:
        """Say whether this person has not said a name yet."""
        with self.fresh() as mirror:
            return persons.needs_name(mirror, person)

    def people(self) -> list[PersonRow]:
        """Return everybody at the desk, by name."""
        with self.fresh() as mirror:
            return persons.people(mirror, self.sessions)

    def invite(self, by: Person, name: str, role: Role) -> persons.Invited:
        """Add a person, and return the link that lets this person in, once.

        Raises:
            BadInput: the name cannot be used, or somebody has it.
        """
        with self.fresh() as mirror:
            row, token = persons.invitation(mirror, self.sessions, name, role)
            self._write(by.name, _PEOPLE, [row])
            return persons.Invited(name=row.name, link=f"/join#{token}")

    def invite_again(self, by: Person, name: str) -> persons.Invited:
        """Return a new link for a person who lost the old one, or the browser.

        Raises:
            NotThere: nobody is called so.
        """
        with self.fresh() as mirror:
            row, token = persons.renewed(mirror, self.sessions, name)
            self._write(by.name, _PEOPLE, [row])
            return persons.Invited(name=row.name, link=f"/join#{token}")

    def invite_whoever(self, name: str, role: Role) -> persons.Invited:
        """Invite a person, or give a known one this role and a new link; from the command line."""
        with self.fresh() as mirror:
            row, token = persons.whoever(mirror, self.sessions, name, role)
            self._write(actor(), _PEOPLE, [row])
            return persons.Invited(name=row.name, link=f"/join#{token}")

    def change_person(
        self,
        by: Person,
        name: str,
        *,
        role: Role | None = None,
        is_active: bool | None = None,
        sections: Sequence[int] | None = None,
    ) -> list[PersonRow]:
        """Give a person another role or other sections, let in or keep out; returns everybody.

        Raises:
            NotThere: nobody is called so.
            BadInput: there is no such section.
        """
        with self.fresh() as mirror:
            row = persons.changed(mirror, name, role=role, is_active=is_active, sections=sections)
            self._write(by.name, _PEOPLE, [row])
            return persons.people(mirror, self.sessions)

    def join(self, token: str) -> tuple[str, Person]:
        """Let in who holds a link; returns the browser's key and who it is. The link is used up.

        Raises:
            NotAllowed: the link was used already, has ended, or was never given.
        """
        with self.fresh() as mirror:
            row, key = persons.joined(mirror, self.sessions, token)
            self._write(row.name, _PEOPLE, [row])
            return key, Person(name=row.name, role=row.role)

    def end_session(self, by: Person, name: str) -> None:
        """Sign a person's browser out, and end a link that was not used.

        Raises:
            NotThere: nobody is called so.
            BadInput: it is the person at this computer.
        """
        with self.fresh() as mirror:
            self._write(by.name, _PEOPLE, persons.left(mirror, name))

    def rename(self, person: Person, name: str) -> Person:
        """Give the person at this computer a name.

        Raises:
            NotAllowed: the name came with an invitation.
            BadInput: somebody else has it.
        """
        with self.fresh() as mirror:
            self._write(name.strip(), _PEOPLE, persons.renamed(mirror, person, name))
            return persons.keeper(mirror)
