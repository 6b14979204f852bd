"""The register of sources and the vault, for the keeper alone."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import BaseModel, Field, SecretStr

from vallum.ground.errors import BadInput
from vallum.ground.records import Json
from vallum.ground.saidkinds import Attribution, Handling, Risk, Scope, Voice
from vallum.steps import desk_jobs as background
from vallum.steps import desk_keyring as keyring
from vallum.steps import desk_sources as register
from vallum.steps.desk import Desk
from vallum.steps.desk_keyring import Keyring
from vallum.web import guard
from vallum.web.guard import PROBLEMS, Body, Problem
from vallum.web.jobs import Here, Job
from vallum.web.review import StepDone
from vallum.web.review import said as as_json
from vallum.web.said import STALE_NEXT, STALE_TEXT, BasedOn, Day, Keeping, Line, TheSaid

router = APIRouter(prefix="/api", tags=["vault"], responses=PROBLEMS)

TheDesk = Annotated[Desk, Depends(guard.desk)]
Words = Annotated[str, Field(max_length=500)]
Why = Annotated[str, Field(min_length=10, max_length=500, pattern=r"\S.*\S")]
Identity = Annotated[SecretStr, Field(max_length=200_000)]
Passphrase = Annotated[SecretStr, Field(min_length=1, max_length=1000)]
Letter = Literal["A", "B", "C", "D", "E", "F"]
Scopes = Annotated[list[Scope], Field(max_length=len(Scope))]
_TOO_SOON: dict[int | str, dict[str, Any]] = {
    429: guard.problem("the last try was less than two seconds ago")
}


class NewSource(Body):
    """Who speaks; what is left out is the strictest."""

    voice: Voice
    name: Line = ""
    reliability: Letter = "F"
    reliability_basis: Words = ""
    attribution: Attribution | None = None
    described_as: Words = ""
    consent: Scopes | None = None
    consent_given: Day | None = None
    consent_method: Words = ""
    consent_expires: Day | None = None
    risk: Risk | None = None
    origin: Line = ""
    handling: Handling | None = None
    identity: Identity = SecretStr("")


class SourceChange(Body):
    """What is to change of a source, and why; what is left out stays."""

    reason: Why
    based_on: BasedOn
    name: Line | None = None
    attribution: Attribution | None = None
    described_as: Words | None = None
    consent: Scopes | None = None
    consent_given: Day | None = None
    consent_method: Words | None = None
    consent_expires: Day | None = None
    risk: Risk | None = None
    origin: Line | None = None
    handling: Handling | None = None
    identity: Identity | None = None


class SourceGrade(Body):
    """How reliable a source is, A to F (Admiralty), and why."""

    reliability: Letter
    basis: Why
    based_on: BasedOn


class WithdrawBody(Body):
    """That a source takes its agreement back; `confirm` is WITHDRAW."""

    confirm: Annotated[str, Field(max_length=20)]
    reason: Why = "the source took its agreement back"
    based_on: BasedOn | None = None


class KeyBody(Body):
    """The passphrase of a new key."""

    passphrase: Annotated[SecretStr, Field(min_length=12, max_length=1000)]


class NewKeyTold(BaseModel):
    """A key that was just made, locked with its passphrase; it is kept nowhere."""

    recipient: str
    identity: str
    file_name: str


class NewVault(Body):
    """Where to make the vault, and who can open it."""

    folder: Annotated[str, Field(min_length=1, max_length=2000)]
    recipients: Annotated[
        list[Annotated[str, Field(min_length=10, max_length=200)]],
        Field(min_length=2, max_length=20),
    ]


class UnlockBody(Body):
    """An identity file and its passphrase; both are forgotten, the key is held in memory."""

    identity: Annotated[SecretStr, Field(min_length=1, max_length=100_000)]
    passphrase: Passphrase


class StaleSource(Problem):
    """Somebody changed the source meanwhile; nothing was written."""

    theirs: register.SourceRow


_STALE: dict[int | str, dict[str, Any]] = {
    409: {"model": StaleSource | Problem, "description": "somebody changed it meanwhile"}
}


# -- sources --------------------------------------------------------------------------------------


@router.get("/sources")
def sources(who: Keeping, where: TheSaid) -> list[register.SourceRow]:
    """Return the register of sources."""
    return register.sources(where, who)


@router.post("/sources")
def add(who: Keeping, where: TheSaid, body: NewSource) -> register.SourceRow:
    """Register a source; who it is goes into the vault and is never sent back with it."""
    values = {
        name: getattr(body, name)
        for name in type(body).model_fields
        if name != "identity" and getattr(body, name) is not None
    }
    return register.add(where, who, values, body.identity.get_secret_value())


@router.get("/sources/{ticket}")
def source(who: Keeping, where: TheSaid, ticket: str) -> register.SourceFull:
    """Return one source with its past."""
    return register.source(where, who, ticket)


@router.get("/sources/{ticket}/identity")
def identity(who: Keeping, where: TheSaid, ticket: str) -> register.Identity:
    """Return who a source is; that I looked is written to the ledger."""
    return register.identity(where, who, ticket)


@router.post("/sources/{ticket}", response_model=register.SourceRow, responses=_STALE)
def change(who: Keeping, where: TheSaid, ticket: str, body: SourceChange) -> Response:
    """Change what is held of a source."""
    may_be_none = {"consent_given", "consent_expires"}
    values = {
        name: getattr(body, name)
        for name in body.model_fields_set - {"reason", "based_on", "identity"}
        if getattr(body, name) is not None or name in may_be_none
    }
    if body.identity is not None:
        values["identity"] = body.identity.get_secret_value()
    return _answer(
        register.change(
            where, who, ticket, values, reason=body.reason.strip(), based_on=body.based_on
        )
    )


@router.post("/sources/{ticket}/grade", response_model=register.SourceRow, responses=_STALE)
def grade(who: Keeping, where: TheSaid, ticket: str, body: SourceGrade) -> Response:
    """Judge how reliable a source is."""
    return _answer(
        register.grade(
            where,
            who,
            ticket,
            reliability=body.reliability,
            basis=body.basis.strip(),
            based_on=body.based_on,
        )
    )


@router.post("/sources/{ticket}/withdraw")
def withdraw(who: Keeping, where: TheSaid, ticket: str, body: WithdrawBody) -> StepDone:
    """Take a source's agreement back, and delete what it gave."""
    done: dict[str, Json] = register.withdraw(
        where,
        who,
        ticket,
        confirm=body.confirm,
        reason=body.reason.strip(),
        based_on=body.based_on,
    ).to_json()
    return StepDone.model_validate(done)


def _answer(outcome: register.SourceOutcome) -> Response:
    if not outcome.is_stale:
        return as_json(outcome.source)
    return as_json(
        StaleSource(error="Stale", message=STALE_TEXT, next=STALE_NEXT, theirs=outcome.source), 409
    )


# -- the vault ------------------------------------------------------------------------------------


@router.get("/vault")
def state(who: Keeping, where: TheDesk, here: Here) -> register.VaultState:
    """Return how the vault stands."""
    return register.vault_state(where.project, here.keyring, who)


@router.post("/vault")
def make(who: Keeping, _where: TheDesk, here: Here, body: NewVault) -> register.VaultState:
    """Make the vault of this project."""
    if not here.is_local:
        raise BadInput(
            "other people reach this server, so the vault is not made through it; nothing was "
            "made, use `vallum vault new` on the computer where vallum runs"
        )
    here.make_vault(who, register.folder_named(body.folder), body.recipients)
    return register.vault_state(here.project, here.keyring, who)


@router.post("/vault/keys", response_model=NewKeyTold, responses=_TOO_SOON)
def keys(_who: Keeping, here: Here, body: KeyBody) -> Response:
    """Make a key under a passphrase, and send it; nothing of it stays here."""
    refusal = _too_soon(here.keyring)
    if refusal is not None:
        return refusal
    made = keyring.made_key(body.passphrase.get_secret_value())
    return as_json(
        NewKeyTold(recipient=made.recipient, identity=made.identity, file_name=made.file_name)
    )


@router.post("/vault/unlock", response_model=register.VaultState, responses=_TOO_SOON)
def unlock(who: Keeping, where: TheDesk, here: Here, body: UnlockBody) -> Response:
    """Bring a key: it is held in memory for me alone, and dropped when it is not used."""
    refusal = _too_soon(here.keyring)
    if refusal is not None:
        return refusal
    register.unlock(
        where.project,
        here.keyring,
        who,
        body.identity.get_secret_value(),
        body.passphrase.get_secret_value(),
    )
    return as_json(register.vault_state(where.project, here.keyring, who))


@router.post("/vault/lock")
def lock(who: Keeping, where: TheDesk, here: Here) -> register.VaultState:
    """Forget the key."""
    register.lock(where.project, here.keyring, who)
    return register.vault_state(where.project, here.keyring, who)


@router.post("/vault/check")
def check(who: Keeping, where: TheDesk, here: Here) -> Job:
    """Open every file of the vault with my key, and throw it away."""
    return Job.of(background.check(here, where.project, who))


def _too_soon(ring: Keyring) -> Response | None:
    wait_s = ring.wait_s()
    if not wait_s:
        return None
    problem = Problem(
        error="Busy",
        message="the last try was less than two seconds ago; nothing was opened",
        next="Wait a moment and do it again.",
    )
    return guard.plain(429, problem, {"retry-after": str(math.ceil(wait_s))})
