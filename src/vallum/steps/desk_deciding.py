"""What people at the desk decide about claims: approve, change, grade, propose, match."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vallum.ground.errors import BadInput, VallumError
from vallum.ground.records import Finding
from vallum.ground.saidkinds import MatchMethod, Relation, Standing
from vallum.ground.statements import Claim
from vallum.steps import claiming, matching
from vallum.steps.desk import Person
from vallum.steps.desk_claims import AboutKind, ClaimFull, full
from vallum.steps.desk_said import Said, no_ticket

NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A claim after a change, or the newer one that stood in the way and stays."""

    claim: ClaimFull
    is_stale: bool = False


# -- decisions ------------------------------------------------------------------------------------


def decide(
    said: Said,
    person: Person,
    ticket: str,
    *,
    standing: Standing | None,
    changes: dict[str, Any],
    note: str,
    based_on: int,
) -> Outcome:
    """Approve, reject or change a claim.

    Raises:
        NoTicket: there is none by this name for this person.
        BadInput: there is no reason where one is needed.
        BadSetting: a field cannot be used.
    """
    _check_places(said, changes)
    return _changed(said, person, ticket, standing, changes, note, based_on)


def grade(
    said: Said, person: Person, ticket: str, *, credibility: int, reason: str, based_on: int
) -> Outcome:
    """Judge how credible a claim is, apart from how reliable its source is.

    Raises:
        NoTicket: there is none by this name for this person.
        NotAllowed: this person took in the paper of a protected source.
    """
    changes = {"credibility": credibility, "credibility_basis": reason}
    return _changed(said, person, ticket, None, changes, "", based_on)


def _changed(
    said: Said,
    person: Person,
    ticket: str,
    standing: Standing | None,
    changes: dict[str, Any],
    note: str,
    based_on: int,
) -> Outcome:
    with said.lock, said.project.alone():
        row = said.claim(person, ticket)
        told: dict[str, Any] = {
            "standing": standing or row.standing,
            "by": person.name,
            "changes": changes,
            "note": note,
            "keys": said.keyring.keys_of(person),
            "land": said.land,
        }
        if said.fresh().seqs[row.id] > based_on:
            is_same = _is_done(said, row, told)
            return Outcome(claim=full(said, person, row), is_stale=not is_same)
        name = claiming.decide(said.project, row.id, based_on=based_on, **told).id
        return Outcome(claim=full(said, person, said.fresh().all(Claim)[name]))


def _is_done(said: Said, row: Claim, told: dict[str, Any]) -> bool:
    """Say whether a decision stands already: the same one may be sent twice."""
    try:
        return claiming.decided(said.project, row, **told) is row
    except VallumError:
        return False


def propose(
    said: Said, person: Person, ticket: str, fields: dict[str, Any], note: str
) -> ClaimFull:
    """Keep a claim that a person read in a paper; somebody approves it.

    Raises:
        NoTicket: there is no such paper for this person.
        BadSetting: a field cannot be used.
    """
    _check_places(said, fields)
    with said.lock, said.project.alone():
        exhibit = said.exhibit(person, ticket)
        row = claiming.propose(
            said.project, exhibit, by=person.name, note=note,
            keys=said.keyring.keys_of(person), land=said.land, **fields,
        )  # fmt: skip
        return full(said, person, said.fresh().all(Claim)[row.id])


def _check_places(said: Said, changes: dict[str, Any]) -> None:
    length_m = said.project.frontier.length_m
    for place in changes.get("places", ()):
        if place.span is not None and place.span.end_m > length_m:
            raise BadInput(
                f"'{place.name}' ends at {place.span.end_m:,} m, and the frontier at "
                f"{length_m:,} m; nothing was changed, correct it"
            )


def match(
    said: Said,
    person: Person,
    ticket: str,
    *,
    about_kind: AboutKind,
    about: str,
    relation: Relation,
    method: MatchMethod,
    rationale: str,
    is_withdrawn: bool,
) -> ClaimFull:
    """Keep what a person finds when holding a claim against something.

    Raises:
        NoTicket: the claim, or what it is held against, is not there for this person.
    """
    with said.lock, said.project.alone():
        row = said.claim(person, ticket)
        other = _other(said, person, about_kind, about)
        if other == row.id:
            raise BadInput("a claim does not speak for itself; nothing was kept, choose another")
        matching.match_by(
            said.project, row.id, other, relation, method, rationale, person.name,
            is_withdrawn=is_withdrawn,
        )  # fmt: skip
        return full(said, person, said.fresh().all(Claim)[row.id])


def _other(said: Said, person: Person, kind: AboutKind, ticket: str) -> str:
    if kind == "nothing":
        return NOTHING
    if kind == "claim":
        return said.claim(person, ticket).id
    name = said.read(person, Finding, ticket)
    if not said.project.store.latest(Finding, name):
        raise no_ticket()
    return name
