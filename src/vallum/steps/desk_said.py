"""What was said, as people at the desk see it: rows kept fresh, who may see which, and the inbox.

An analyst sees what claims rest on, never who a protected source is: no code, no file name, no
title, no day of receipt. What is marked RED is there for the keeper alone; an editor sees approved
claims that are under no embargo, and no texts.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime

from vallum.claims.placing import Land
from vallum.evidence.consent import agreed, strictest
from vallum.ground.errors import NotAllowed, NoTicket, NotOpened, NotThere, VallumError
from vallum.ground.kinds import Role
from vallum.ground.records import Row
from vallum.ground.saidkinds import Event, Handling, Paper, Scope, Standing, Voice
from vallum.ground.statements import Claim, Exhibit, Source
from vallum.steps.desk import Desk, Person
from vallum.steps.desk_fresh import Rows
from vallum.steps.desk_keyring import Keyring, needs_key
from vallum.steps.desk_ticket import Thing, Tickets
from vallum.steps.looking import LOOKED_AT as LOOKED_AT
from vallum.steps.matching import Weighed
from vallum.steps.papers import WORKING_PICTURE, WORKING_TEXT, picture_of, text_of
from vallum.steps.reading import land_of
from vallum.steps.vaulting import custody

PROTECTED = "(protected)"
_TEXT, _PICTURE = ".txt", ".png"
_LINES = re.compile(r"[^\n]+")
_LABEL_LETTERS = 3


# -- what is told -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class SourceTold:
    """A source as it stands beside what it said; `ticket` is empty for all but the keeper."""

    ticket: str
    label: str
    voice: Voice
    grade: str
    described_as: str
    is_protected: bool


@dataclass(frozen=True, kw_only=True)
class Standings:
    """How many claims are at which point."""

    proposed: int
    approved: int
    rejected: int


@dataclass(frozen=True, kw_only=True)
class ExhibitRow:
    """One paper of the inbox."""

    ticket: str
    paper: Paper
    title: str
    name: str
    language: str
    url: str
    published: date | None
    received: date | None
    source: SourceTold | None
    handling: Handling
    embargo_until: date | None
    is_under_embargo: bool
    is_protected: bool
    derived_from: str
    derived_how: str
    has_text: bool
    has_picture: bool
    is_locked: bool
    n_claims: Standings
    sensitive: tuple[str, ...]
    cleared_by: str
    is_simulated: bool


@dataclass(frozen=True, kw_only=True)
class Words:
    """The text of a paper, or why it is not shown: locked, role, none or gone."""

    text: str | None
    why_no_text: str = ""
    message: str = ""


class Said:
    """What was said, over an open desk; safe for threads.

    Tickets are written for one person each. `rows` are as `fresh` left them; whoever holds the
    lock reads rows that nobody changes meanwhile through this server.
    """

    def __init__(self, desk: Desk, keyring: Keyring) -> None:
        self.desk = desk
        self.project = desk.project
        self.keyring = keyring
        self.lock = threading.RLock()
        self.rows = Rows(desk)
        with desk.fresh() as mirror:
            self._secret = mirror.secret
        self._tickets: dict[str, Tickets] = {}
        self._marks: dict[str, str] = {}
        self._land: Land | None = None

    def fresh(self) -> Rows:
        """Return the newest rows; hold `lock` for as long as they must stay so."""
        with self.lock:
            self.rows.refresh()
            return self.rows

    @property
    def land(self) -> Land:
        """The frontier with the names around it."""
        with self.lock:
            if self._land is None:
                self._land = land_of(self.project)
            return self._land

    # -- tickets ------------------------------------------------------------------------------

    def ticket(self, person: Person, row_id: str) -> str:
        """Return what a claim, exhibit, source or finding is called in one person's browser."""
        prefix = row_id.partition("-")[0]
        return self._of(prefix).write(person.name, Thing(about=row_id))

    def read(self, person: Person, cls: type[Row], ticket: str) -> str:
        """Return the id that a ticket stands for.

        Raises:
            NoTicket: nothing of this kind, or not for this person.
        """
        thing = self._of(cls.PREFIX).read(person.name, ticket)
        if thing is None or thing != Thing(about=thing.about):
            raise no_ticket()
        return f"{cls.PREFIX}-{thing.about.rpartition('-')[2]}"

    def _of(self, prefix: str) -> Tickets:
        if prefix not in self._tickets:
            # A ticket of one kind must not be read as one of another.
            secret = hashlib.sha256(self._secret + prefix.encode()).digest()
            self._tickets[prefix] = Tickets(secret)
        return self._tickets[prefix]

    # -- who may see what ---------------------------------------------------------------------

    def sees(self, person: Person, claim: Claim) -> bool:
        """Say whether a claim is there for a person."""
        exhibit = self.rows.exhibit_of(claim)
        if exhibit is None:
            return False
        if claim.handling is Handling.RED and person.role is not Role.KEEPER:
            return False
        if self._is_red(exhibit) and person.role is not Role.KEEPER:
            return False
        if person.role is Role.EDITOR:
            return claim.standing is Standing.APPROVED and embargo(claim, exhibit) is None
        return True

    def sees_exhibit(self, person: Person, exhibit: Exhibit) -> bool:
        """Say whether a paper is there for a person."""
        if self._is_red(exhibit) and person.role is not Role.KEEPER:
            return False
        if person.role is not Role.EDITOR:
            return True
        claims = self.rows.all(Claim).values()
        return any(one.exhibit == exhibit.id and self.sees(person, one) for one in claims)

    def _is_red(self, exhibit: Exhibit) -> bool:
        """Say whether a paper is for the keeper alone, as it and its source are marked now."""
        source = self.rows.source_of(exhibit)
        marks = [exhibit.handling, *([source.handling] if source is not None else [])]
        return strictest(*marks) is Handling.RED

    def claims(self, person: Person, exhibit_id: str = "") -> list[Claim]:
        """Return the claims that are there for a person, all or those of one paper."""
        every = self.fresh().all(Claim).values()
        wanted = (one for one in every if not exhibit_id or one.exhibit == exhibit_id)
        return [one for one in wanted if self.sees(person, one)]

    def claim(self, person: Person, ticket: str) -> Claim:
        """Return a claim.

        Raises:
            NoTicket: there is none by this name for this person.
        """
        row = self.fresh().all(Claim).get(self.read(person, Claim, ticket))
        if row is None or not self.sees(person, row):
            raise no_ticket()
        return row

    def exhibit(self, person: Person, ticket: str) -> Exhibit:
        """Return a paper.

        Raises:
            NoTicket: there is none by this name for this person.
        """
        row = self.fresh().all(Exhibit).get(self.read(person, Exhibit, ticket))
        if row is None or not self.sees_exhibit(person, row):
            raise no_ticket()
        return row

    # -- sources beside what they said ----------------------------------------------------------

    def source_told(self, person: Person, source: Source | None) -> SourceTold | None:
        """Return a source as a person may know it."""
        if source is None:
            return None
        is_keeper = person.role is Role.KEEPER
        is_protected = protects(source)
        if is_keeper:
            label = source.name or source.code
        else:
            label = f"source {self._letters(source)}" if is_protected else source.name
        return SourceTold(
            ticket=self.ticket(person, source.id) if is_keeper else "",
            label=label or f"source {self._letters(source)}",
            voice=source.voice,
            grade=source.reliability,
            described_as=source.described_as,
            is_protected=is_protected,
        )

    def _letters(self, source: Source) -> str:
        """Return a few letters that mean nothing and are one source's at this desk."""
        known = self.rows.all(Source)
        if len(self._marks) != len(known):
            self._marks = {name: self._mark(name) for name in known}
        mine = self._marks.get(source.id) or self._mark(source.id)
        others = [mark for name, mark in self._marks.items() if name != source.id]
        n = _LABEL_LETTERS
        while any(mark.startswith(mine[:n]) for mark in others):
            n += 1
        return mine[:n]

    def _mark(self, name: str) -> str:
        digest = hmac.digest(self._secret, b"label " + name.encode(), "sha256")
        return "".join(c for c in base64.b32encode(digest).decode().lower() if c.isalpha())

    def weighed(self, person: Person) -> Mapping[str, Weighed]:
        """Return what is computed of each approved claim among those that a person may see."""
        if person.role is Role.KEEPER:
            return self.rows.weighed(person.role, lambda: self.rows.all(Claim).values())
        return self.rows.weighed(person.role, lambda: self.claims(person))

    # -- the inbox ------------------------------------------------------------------------------

    def exhibits(self, person: Person) -> list[ExhibitRow]:
        """Return the papers that a person may see, newest first."""
        with self.lock:
            rows = self.fresh()
            seen = [one for one in rows.all(Exhibit).values() if self.sees_exhibit(person, one)]
            counts = self._counts(person)
            told = [self.exhibit_row(person, one, counts) for one in seen]
            # What is not told of a paper, its place in the list must not tell either.
            return sorted(
                told, key=lambda one: (one.received or date.min, one.ticket), reverse=True
            )

    def _counts(self, person: Person) -> Counter[tuple[str, Standing]]:
        seen = (one for one in self.rows.all(Claim).values() if self.sees(person, one))
        return Counter((one.exhibit, one.standing) for one in seen)

    def exhibit_row(
        self,
        person: Person,
        exhibit: Exhibit,
        counts: Counter[tuple[str, Standing]] | None = None,
    ) -> ExhibitRow:
        """Return a paper as a person may see it; of protected ones neither name nor title."""
        counts = self._counts(person) if counts is None else counts
        source = self.rows.source_of(exhibit)
        is_hidden = protects(source) or exhibit.handling is Handling.RED
        base = self.rows.all(Exhibit).get(exhibit.derived_from)
        keys = self.keyring.keys_of(person)
        return ExhibitRow(
            ticket=self.ticket(person, exhibit.id),
            paper=exhibit.paper,
            title=PROTECTED if is_hidden else exhibit.title,
            name="" if is_hidden else exhibit.name,
            language=exhibit.language,
            url="" if is_hidden else exhibit.url,
            published=exhibit.published,
            received=None if is_hidden and person.role is not Role.KEEPER else exhibit.received,
            source=self.source_told(person, source),
            handling=exhibit.handling,
            embargo_until=exhibit.embargo_until,
            is_under_embargo=is_under(exhibit.embargo_until),
            is_protected=is_hidden,
            derived_from=self.ticket(person, base.id)
            if base is not None and self.sees_exhibit(person, base)
            else "",
            derived_how=exhibit.derived_how,
            has_text=person.role is not Role.EDITOR and self.has_text(exhibit),
            has_picture=person.role is not Role.EDITOR and self._has_picture(exhibit),
            is_locked=self._is_shut(person, exhibit) and not keys,
            n_claims=Standings(**{one.value: counts[exhibit.id, one] for one in Standing}),
            sensitive=exhibit.sensitive,
            cleared_by=exhibit.cleared_by,
            is_simulated=exhibit.is_simulated,
        )

    def _is_locked(self, exhibit: Exhibit) -> bool:
        """Say whether its working copies lie in the vault."""
        rows = self.rows
        return not exhibit.href and any(
            rows.is_vaulted(exhibit, what) for what in (WORKING_TEXT, WORKING_PICTURE)
        )

    def _is_shut(self, person: Person, exhibit: Exhibit) -> bool:
        """Say whether it is locked away, or ought to be: its source is at risk since it came in."""
        lies_open = protects(self.rows.source_of(exhibit)) and bool(exhibit.href)
        return self._is_locked(exhibit) or (lies_open and person.role is not Role.KEEPER)

    def _barred(self, person: Person, exhibit: Exhibit) -> str:
        """Return why its source's words are not for a person; the keeper may keep them."""
        source = self.rows.source_of(exhibit)
        if source is None or person.role is Role.KEEPER:
            return ""
        return agreed(source, Scope.ANALYSE, datetime.now(UTC).date())

    def has_text(self, exhibit: Exhibit) -> bool:
        """Say whether there is a working text of it, locked away or not."""
        return exhibit.href.endswith(_TEXT) or self.rows.is_vaulted(exhibit, WORKING_TEXT)

    def _has_picture(self, exhibit: Exhibit) -> bool:
        return exhibit.href.endswith(_PICTURE) or self.rows.is_vaulted(exhibit, WORKING_PICTURE)

    def words(self, person: Person, exhibit: Exhibit) -> Words:
        """Return the text of a paper if it may be shown to a person now.

        What lies in the vault is opened for the keeper who unlocked it, and that is written to the
        ledger first.
        """
        if person.role is Role.EDITOR:
            return Words(text=None, why_no_text="role", message="Texts are for analysts.")
        if not self.has_text(exhibit):
            return Words(text=None, why_no_text="none", message="There is no text in it.")
        if why := self._barred(person, exhibit):
            return Words(text=None, why_no_text="role", message=f"Not to be worked with: {why}.")
        keys = self.keyring.keys_of(person)
        if self._is_shut(person, exhibit) and not keys:
            message = "Its text lies in the vault; the keeper can open it."
            return Words(text=None, why_no_text="locked", message=message)
        try:
            if self._is_locked(exhibit):
                self.note_look(person, exhibit.id)
                return Words(text=text_of(self.project, exhibit, *keys))
            return Words(text=text_of(self.project, exhibit))
        except NotThere as error:
            return Words(text=None, why_no_text="gone", message=str(error))

    def note_look(self, person: Person, subject: str, *, always: bool = False) -> None:
        """Write to the ledger that a person looks at what lies in the vault.

        Args:
            person: who.
            subject: id of the exhibit or source.
            always: each time; else once for each unlocking of the vault.
        """
        if not (self.keyring.is_first_look(person, subject) or always):
            return
        with self.project.run("look", by=person.name) as work:
            work.add(custody(subject, Event.FIXITY, by=person.name, outcome=LOOKED_AT))

    def picture(self, person: Person, ticket: str) -> bytes:
        """Return the working copy of a photograph, made anew from its pixels, as PNG.

        Raises:
            NoTicket: there is no such paper for this person.
            NotThere: it has no picture.
            NotOpened: the picture lies in the vault, which is not open for this person.
        """
        with self.lock:
            exhibit = self.exhibit(person, ticket)
            if person.role is Role.EDITOR or not self._has_picture(exhibit):
                raise NotThere("there is no picture of it here; look at its text")
            if why := self._barred(person, exhibit):
                raise NotAllowed(f"this picture is not to be worked with: {why}; ask the keeper")
            if self._is_shut(person, exhibit) and not self._is_locked(exhibit):
                raise NotOpened(
                    "its source is at risk; only the keeper may see it, nothing was shown"
                )
            if not self._is_locked(exhibit):
                return picture_of(self.project, exhibit)
            keys = needs_key(self.keyring, person)
            self.note_look(person, exhibit.id)
            return picture_of(self.project, exhibit, *keys)


# -- rules ----------------------------------------------------------------------------------------


def no_ticket() -> VallumError:
    """Return the error for what is not there for somebody; it says no more than that."""
    return NoTicket("this is not known here any more; nothing was changed, reload the page")


def protects(source: Source | None) -> bool:
    """Say whether nothing outside the vault may tell who this is."""
    return source is not None and (source.risk.is_protected or source.handling is Handling.RED)


def is_under(day: date | None) -> bool:
    """Say whether an embargo still runs."""
    return day is not None and day > datetime.now(UTC).date()


def embargo(claim: Claim, exhibit: Exhibit | None) -> date | None:
    """Return until when a claim may not be told, by itself or by its paper; None if it may."""
    days = [claim.embargo_until, exhibit.embargo_until if exhibit is not None else None]
    return max((day for day in days if day is not None and is_under(day)), default=None)


def paragraphs(text: str) -> list[tuple[int, int]]:
    """Return first and last offset of each line that holds something."""
    return [match.span() for match in _LINES.finditer(text) if match[0].strip()]


def plain(value: object, names: Iterable[str] = ()) -> dict[str, object]:
    """Return the fields of a dataclass by name, all or those named, without going deeper."""
    wanted: Sequence[str] = tuple(names) or tuple(one.name for one in fields(value))  # type: ignore[arg-type]
    return {name: getattr(value, name) for name in wanted}
