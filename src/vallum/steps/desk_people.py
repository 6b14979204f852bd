"""The people at the desk: who they are, how they come in, what they may do."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from vallum.ground.errors import BadInput, NotAllowed, NotThere
from vallum.ground.kinds import Role
from vallum.ground.records import Analyst, Verdict
from vallum.ground.span import Spans
from vallum.project import actor
from vallum.steps.desk_mirror import Mirror

_KEY_BYTES = 32
MOST_NAME = 80


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody at the desk; the name is shown nowhere else."""

    name: str
    role: Role


@dataclass(frozen=True, kw_only=True)
class PersonRow:
    """One person, as the keeper sees the list.

    Args:
        name: as shown at the desk.
        role: what this person may do.
        is_active: may enter.
        has_joined: has used the link.
        sections: numbers of the sections this person works in; empty for all.
    """

    name: str
    role: Role
    is_active: bool
    has_joined: bool
    sections: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Invited:
    """A new person, and the link that lets this person in, once."""

    name: str
    link: str


@dataclass(kw_only=True)
class Sessions:
    """Browsers of the person at this computer; they last as long as the server."""

    keys: set[str] = field(default_factory=set)


def hashed(key: str) -> str:
    """Return what is kept of a key."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def new_key() -> str:
    """Return a key that nobody can guess."""
    return secrets.token_urlsafe(_KEY_BYTES)


def folded(name: str) -> str:
    """Return a name without what people type differently: case and blanks."""
    return " ".join(name.split()).casefold()


def named(mirror: Mirror, name: str) -> str:
    """Return a name as it was first written: "Kim " and "kim" are one person.

    Raises:
        BadInput: it is empty, or too long.
    """
    plain = " ".join("".join(c for c in name if c.isprintable()).split())
    if not plain or len(plain) > MOST_NAME:
        raise BadInput(
            f"a name has 1 to {MOST_NAME} letters; nothing was changed, write another one"
        )
    known = [row.name for row in mirror.all(Analyst).values()]
    known += [row.analyst for row in mirror.all(Verdict).values()]
    return next((one for one in known if one.casefold() == plain.casefold()), plain)


def row_of(mirror: Mirror, name: str) -> Analyst | None:
    """Return the row of a person, however the name is typed."""
    wanted = folded(name)
    return next((r for r in mirror.all(Analyst).values() if folded(r.name) == wanted), None)


def keeper(mirror: Mirror) -> Person:
    """Return the person at this computer: the keeper who came without an invitation."""
    row = _local(mirror)
    return Person(name=row.name if row else named(mirror, actor()), role=Role.KEEPER)


def needs_name(mirror: Mirror, person: Person) -> bool:
    """Say whether the person at this computer has not said a name yet."""
    return row_of(mirror, person.name) is None


def _local(mirror: Mirror) -> Analyst | None:
    rows = [
        row
        for row in mirror.all(Analyst).values()
        if row.role is Role.KEEPER
        and row.is_active
        and not row.key_sha256
        and not row.invite_sha256
    ]
    return max(rows, key=lambda row: mirror.seqs[row.id], default=None)


def person_of(mirror: Mirror, sessions: Sessions, key: str) -> Person | None:
    """Return who holds a key, or None."""
    if not key:
        return None
    mark = hashed(key)
    if mark in sessions.keys:
        return keeper(mirror)

    def make() -> dict[str, Analyst]:
        return {row.key_sha256: row for row in mirror.all(Analyst).values() if row.key_sha256}

    row = mirror.derived("keys", (Analyst.kind(),), make).get(mark)
    return Person(name=row.name, role=row.role) if row is not None and row.is_active else None


# -- what the keeper does -----------------------------------------------------------------------


def people(mirror: Mirror) -> list[PersonRow]:
    """Return everybody, by name."""
    sections = mirror.project.sections
    local = _local(mirror)
    return [
        PersonRow(
            name=row.name,
            role=row.role,
            is_active=row.is_active,
            has_joined=bool(row.key_sha256) or row == local,
            sections=tuple(
                one.number for one in sections if row.sections and row.sections & one.span
            ),
        )
        for row in sorted(mirror.all(Analyst).values(), key=lambda row: folded(row.name))
    ]


def invitation(mirror: Mirror, name: str, role: Role) -> tuple[Analyst, str]:
    """Return the row of a new person, and the token that lets this person in once.

    Raises:
        BadInput: there is a person of that name already.
    """
    if row_of(mirror, name) is not None:
        raise BadInput(
            f"there is somebody called '{' '.join(name.split())[:MOST_NAME]}' already; nothing was "
            "changed, choose another name or give that person a new link"
        )
    token = new_key()
    return Analyst(name=named(mirror, name), role=role, invite_sha256=hashed(token)), token


def renewed(mirror: Mirror, name: str) -> tuple[Analyst, str]:
    """Return the row of a person with a new link; the browser that had the old one is out.

    Raises:
        NotThere: nobody is called so.
    """
    token = new_key()
    return replace(_known(mirror, name), key_sha256="", invite_sha256=hashed(token)), token


def joined(mirror: Mirror, token: str) -> tuple[Analyst, str]:
    """Return the row of the person who used a link, and the key for the browser.

    Raises:
        NotAllowed: the link was used already, or was never given.
    """
    mark = hashed(token)
    for row in mirror.all(Analyst).values():
        if row.invite_sha256 == mark and row.is_active:
            key = new_key()
            return replace(row, invite_sha256="", key_sha256=hashed(key)), key
    raise NotAllowed(
        "this link was used already or is not known here; nothing was changed, ask the keeper "
        "for a new one"
    )


def changed(
    mirror: Mirror,
    name: str,
    *,
    role: Role | None = None,
    is_active: bool | None = None,
    sections: Sequence[int] | None = None,
) -> Analyst:
    """Return the row of a person with another role, other sections, let in or kept out.

    Raises:
        NotThere: nobody is called so.
        BadInput: there is no such section, or it is the keeper of this computer.
    """
    row = _known(mirror, name)
    if row == _local(mirror) and (role not in {None, Role.KEEPER} or is_active is False):
        raise BadInput(
            "the person at this computer stays its keeper; nothing was changed, choose another"
        )
    return replace(
        row,
        role=row.role if role is None else role,
        is_active=row.is_active if is_active is None else is_active,
        sections=row.sections if sections is None else _spans(mirror, sections),
    )


def renamed(mirror: Mirror, person: Person, name: str) -> list[Analyst]:
    """Return the rows by which the person at this computer gets a name.

    Raises:
        NotAllowed: the name was given by an invitation.
        BadInput: somebody else is called so.
    """
    local = _local(mirror)
    if person != keeper(mirror):
        raise NotAllowed(
            "your name came with your invitation; nothing was changed, ask the keeper for another"
        )
    wanted, there = named(mirror, name), row_of(mirror, name)
    if there is not None and there != local and (there.key_sha256 or there.invite_sha256):
        raise BadInput(
            f"somebody else is called '{there.name}'; nothing was changed, choose another name"
        )
    old = [replace(local, is_active=False)] if local and local.name != wanted else []
    return [*old, Analyst(name=wanted, role=Role.KEEPER)]


def _known(mirror: Mirror, name: str) -> Analyst:
    row = row_of(mirror, name)
    if row is None:
        raise NotThere(f"nobody here is called '{name[:MOST_NAME]}'; look at the list of people")
    return row


def _spans(mirror: Mirror, numbers: Iterable[int]) -> Spans:
    known = {one.number: one.span for one in mirror.project.sections}
    unknown = [number for number in numbers if number not in known]
    if unknown:
        raise BadInput(
            f"there is no section {unknown[0]}; nothing was changed, choose from "
            f"{min(known)} to {max(known)}"
        )
    return Spans(known[number] for number in numbers)
