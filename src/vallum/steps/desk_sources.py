"""The register of sources and the vault, for the keeper alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from vallum.ground.errors import BadInput, NotAllowed, NotOpened, NotThere, Stale, VallumError
from vallum.ground.kinds import Role
from vallum.ground.records import Custody
from vallum.ground.saidkinds import Attribution, Event, Handling, Risk, Scope, Voice
from vallum.ground.statements import Claim, Exhibit, Source
from vallum.project import Project
from vallum.steps import sources as register
from vallum.steps.desk import Person
from vallum.steps.desk_keyring import Keyring, needs_key, opened_key
from vallum.steps.desk_said import Said, no_ticket, plain
from vallum.steps.done import Done
from vallum.steps.looking import BROUGHT, PUT_AWAY, REFUSED, note
from vallum.steps.vaulting import VAULT, the_vault, unlocked
from vallum.steps.withdrawing import withdraw as take_back

WITHDRAW = "WITHDRAW"
_SAME = ("code", "voice", "name", "reliability", "reliability_basis", "attribution",
         "described_as", "consent", "consent_given", "consent_method", "consent_expires",
         "consent_withdrawn", "risk", "origin", "handling", "is_simulated")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class SourceRow:
    """One source, as the keeper sees the register; who it is, is not in it."""

    ticket: str
    code: str
    voice: Voice
    name: str
    reliability: str
    reliability_basis: str
    attribution: Attribution
    described_as: str
    consent: tuple[Scope, ...]
    consent_given: date | None
    consent_method: str
    consent_expires: date | None
    consent_withdrawn: date | None
    risk: Risk
    is_protected: bool
    origin: str
    handling: Handling
    has_identity: bool
    n_exhibits: int
    n_claims: int
    is_simulated: bool
    based_on: int


@dataclass(frozen=True, kw_only=True)
class SourcePast:
    """A state in which a source was."""

    at: str
    by: str
    reliability: str
    reliability_basis: str
    risk: Risk
    handling: Handling


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Something that was done with what is kept of a source."""

    at: datetime
    by: str
    event: Event
    outcome: str


@dataclass(frozen=True, kw_only=True)
class SourceFull(SourceRow):
    """One source with its past."""

    history: tuple[SourcePast, ...]
    custody: tuple[Kept, ...]


@dataclass(frozen=True, kw_only=True)
class SourceOutcome:
    """A source after a change, or the newer state that stood in the way and stays."""

    source: SourceRow
    is_stale: bool = False


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who a source is, as it lies in the vault."""

    text: str
    looked_at: datetime


@dataclass(frozen=True, kw_only=True)
class LastCheck:
    """The newest recovery drill."""

    at: datetime
    by: str
    outcome: str


@dataclass(frozen=True, kw_only=True)
class VaultState:
    """How the vault stands; `problem` says why it cannot be used."""

    exists: bool
    is_connected: bool
    folder: str
    n_recipients: int
    recipients: tuple[str, ...]
    n_files: int
    last_check: LastCheck | None
    is_unlocked: bool
    is_mine: bool
    locks_in_s: int | None
    problem: str


# -- the register ---------------------------------------------------------------------------------


def sources(said: Said, person: Person) -> list[SourceRow]:
    """Return the register, by code."""
    with said.lock:
        every = said.fresh().all(Source).values()
        return [_row(said, person, one) for one in sorted(every, key=lambda one: one.code)]


def source(said: Said, person: Person, ticket: str) -> SourceFull:
    """Return one source with its past.

    Raises:
        NoTicket: there is none by this name.
    """
    with said.lock:
        row = _named(said, person, ticket)
        past = [(entry, entry.row()) for entry in said.fresh().history.get(row.id, ())]
        return SourceFull(
            **plain(_row(said, person, row)),  # type: ignore[arg-type]
            history=tuple(
                SourcePast(
                    at=entry.at,
                    by=entry.actor,
                    reliability=old.reliability,
                    reliability_basis=old.reliability_basis,
                    risk=old.risk,
                    handling=old.handling,
                )
                for entry, old in past
                if isinstance(old, Source)
            ),
            custody=tuple(
                Kept(at=one.at, by=one.by, event=one.event, outcome=one.outcome)
                for one in _looks(said.project, row.id)
            ),
        )


def _looks(project: Project, subject: str) -> list[Custody]:
    """Return what was done with something that is kept, oldest first."""
    rows = [row for row in project.rows(Custody) if row.subject == subject]
    return sorted(rows, key=lambda row: row.at)


def _row(said: Said, person: Person, row: Source) -> SourceRow:
    rows = said.fresh()
    papers = {one.id for one in rows.all(Exhibit).values() if one.source in {row.id, row.code}}
    claims = Counter(one.exhibit for one in rows.all(Claim).values())
    return SourceRow(
        **plain(row, _SAME),  # type: ignore[arg-type]
        ticket=said.ticket(person, row.id),
        is_protected=row.risk.is_protected,
        has_identity=bool(row.vault_ref),
        n_exhibits=len(papers),
        n_claims=sum(claims[name] for name in papers),
        based_on=rows.seqs[row.id],
    )


def _named(said: Said, person: Person, ticket: str) -> Source:
    if person.role is not Role.KEEPER:
        raise NotAllowed("only the keeper can do this; nothing was changed")
    row = said.fresh().all(Source).get(said.read(person, Source, ticket))
    if row is None:
        raise no_ticket()
    return row


def add(said: Said, person: Person, values: Mapping[str, Any], identity: str) -> SourceRow:
    """Register a source; who it is goes into the vault.

    Raises:
        BadInput: a value cannot be used, or tells who somebody is.
        BadSetting: there is something for the vault, and no vault.
    """
    with said.lock, said.project.alone():
        row, _ = register.source_add(
            said.project,
            **values,
            identity=_bytes(identity),
            by=person.name,
        )
        return _row(said, person, said.fresh().all(Source)[row.id])


def change(
    said: Said,
    person: Person,
    ticket: str,
    values: Mapping[str, Any],
    *,
    reason: str,
    based_on: int,
) -> SourceOutcome:
    """Change what is held of a source.

    Raises:
        NoTicket: there is none by this name.
        BadInput: a value cannot be used, or tells who somebody is.
        NotAllowed: it has withdrawn.
    """
    changes = dict(values)
    identity = changes.pop("identity", None)
    if isinstance(identity, str) and identity.strip():
        changes["identity"] = _bytes(identity)
    with said.lock, said.project.alone():
        row = _named(said, person, ticket)
        if said.fresh().seqs[row.id] > based_on:
            is_same = all(_same(getattr(row, name, None), changes[name]) for name in changes)
            return SourceOutcome(source=_row(said, person, row), is_stale=not is_same)
        register.source_change(said.project, row.code, why=reason, by=person.name, **changes)
        return SourceOutcome(source=_row(said, person, said.fresh().all(Source)[row.id]))


def grade(
    said: Said, person: Person, ticket: str, *, reliability: str, basis: str, based_on: int
) -> SourceOutcome:
    """Judge how reliable a source is.

    Raises:
        NoTicket: there is none by this name.
        NotAllowed: this person took in what came from a source at high risk.
    """
    with said.lock, said.project.alone():
        row = _named(said, person, ticket)
        is_same = (row.reliability, row.reliability_basis) == (reliability, basis.strip())
        if not is_same and said.fresh().seqs[row.id] > based_on:
            return SourceOutcome(source=_row(said, person, row), is_stale=True)
        register.source_grade(
            said.project, row.code, reliability=reliability, why=basis, by=person.name
        )
        return SourceOutcome(source=_row(said, person, said.fresh().all(Source)[row.id]))


def withdraw(
    said: Said, person: Person, ticket: str, *, confirm: str, reason: str, based_on: int | None
) -> Done:
    """Take a source's agreement back, and delete what it gave.

    Raises:
        NoTicket: there is none by this name.
        BadInput: it was not confirmed.
        Stale: somebody changed it meanwhile.
    """
    with said.lock, said.project.alone():
        row = _named(said, person, ticket)
        if based_on is not None and said.fresh().seqs[row.id] > based_on:
            raise Stale(
                "somebody changed this source meanwhile; nothing was done, look at it again"
            )
        if confirm != WITHDRAW:
            raise BadInput(
                f"this deletes what the source gave, for ever; nothing was done, type {WITHDRAW}"
            )
        return take_back(said.project, row.code, why=reason, by=person.name, yes=True)


def identity(said: Said, person: Person, ticket: str) -> Identity:
    """Return who a source is; that it was looked at is on the ledger before it is told.

    Raises:
        NoTicket: there is none by this name.
        NotOpened: the vault is not open for this person.
        NotThere: nothing is known of it, or the vault's disk is not connected.
    """
    with said.lock:
        row = _named(said, person, ticket)
        keys = needs_key(said.keyring, person)
        if not row.vault_ref:
            raise NotThere("who this is was never put into the vault; nothing was shown, ask")
        said.note_look(person, row.id, always=True)
        content = unlocked(said.project, row.vault_ref, *keys)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(
            "who this is lies in the vault as a file that is no text; nothing was shown, open it "
            "with `age`"
        ) from error
    return Identity(text=text, looked_at=datetime.now(UTC))


def _same(one: object, other: object) -> bool:
    """Say whether two values of a field hold the same, in whatever order."""
    if isinstance(one, tuple) and isinstance(other, list | tuple):
        return set(one) == set(other)
    return one == other


def _bytes(text: str) -> bytes | None:
    return text.strip().encode("utf-8", "replace") or None


# -- the vault ------------------------------------------------------------------------------------


def vault_state(project: Project, keyring: Keyring, person: Person) -> VaultState:
    """Return how the vault stands; this is no use of the key."""
    folder = project.config.vault.folder
    recipients: tuple[str, ...] = ()
    n_files, problem, is_connected = 0, "", False
    if folder:
        try:
            vault = the_vault(project)
            recipients, n_files, is_connected = vault.recipients, len(vault.names), True
        except (VallumError, OSError) as error:
            problem = str(error) if isinstance(error, VallumError) else "its folder cannot be read"
            is_connected = not isinstance(error, NotThere | OSError)
    return VaultState(
        exists=bool(folder),
        is_connected=is_connected,
        folder=folder,
        n_recipients=len(recipients),
        recipients=recipients,
        n_files=n_files,
        last_check=_last_check(project),
        is_unlocked=keyring.is_open,
        is_mine=keyring.is_mine(person),
        locks_in_s=keyring.locks_in_s,
        problem=problem,
    )


def _last_check(project: Project) -> LastCheck | None:
    rows = [
        row
        for row in project.rows(Custody)
        if row.subject == VAULT and row.event is Event.FIXITY and " files opened" in row.outcome
    ]
    newest = max(rows, key=lambda row: row.at, default=None)
    if newest is None:
        return None
    return LastCheck(at=newest.at, by=newest.by, outcome=newest.outcome)


def unlock(
    project: Project, keyring: Keyring, person: Person, identity: str, passphrase: str
) -> None:
    """Take a keeper's key into memory, and write that to the ledger.

    Raises:
        BadInput: it is no identity file.
        NotOpened: the passphrase is another one, the file was changed, or the vault is not locked
            to this key.
        BadSetting: there is no vault.
    """
    vault = the_vault(project)
    try:
        key = opened_key(identity, passphrase)
    except NotOpened:
        note(project, person.name, REFUSED, step="unlock")
        raise
    if key.recipient not in vault.recipients:
        note(project, person.name, REFUSED, step="unlock")
        raise NotOpened(
            "the vault is not locked to this key; nothing was opened, take another key, or lock "
            "the vault to this one too with `vallum vault rotate`"
        )
    note(project, person.name, BROUGHT, step="unlock")
    keyring.put(person, key)


def lock(project: Project, keyring: Keyring, person: Person) -> None:
    """Forget the key, and write that to the ledger if there was one."""
    if keyring.is_open:
        keyring.drop()
        note(project, person.name, PUT_AWAY, step="lock")


def folder_named(text: str) -> Path:
    """Return a folder that a person typed.

    Raises:
        BadInput: no folder can be called that, or it is not named from the root.
    """
    if not text.strip() or any(ord(sign) < 32 or ord(sign) == 127 for sign in text):
        raise BadInput("a folder needs a name without line breaks; nothing was made")
    path = Path(text.strip()).expanduser()
    if not path.is_absolute():
        raise BadInput(
            "the folder of the vault is named from the root of the disk; nothing was made, write "
            "all of its path"
        )
    return path
