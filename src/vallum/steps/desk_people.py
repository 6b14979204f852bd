"""The people at the desk: who they are, how they come in, what they may do."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from vallum.ground.errors import BadInput, NotAllowed, NotThere
from vallum.ground.kinds import Role
from vallum.ground.records import Analyst, Verdict
from vallum.ground.span import Spans
from vallum.project import actor
from vallum.steps import sessions as door
from vallum.steps.desk_mirror import Mirror
from vallum.steps.sessions import LastSeen, Sessions, hashed, new_key

MOST_NAME = 80
_FIRST = "keeper"
_ALIKE = str.maketrans(
    "АВЕКМНОРСТУХІЈЅаеорсухіјѕһԁԛԝкΑΒΕΖΗΙΚΜΝΟΡΤΥΧονακρυιI1|0",
    "ABEKMHOPCTYXlJSaeopcyxijshdqwkABEZHlKMNOPTYXovakpuilllo",
)
"""Letters of other scripts, and digits, that look like Latin ones."""


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
        is_signed_in: a browser of this person may come in now.
        last_seen: roughly when it last asked for something.
        link: whether a link waits to be used, or waited too long.
        sections: numbers of the sections this person works in; empty for all.
    """

    name: str
    role: Role
    is_active: bool
    has_joined: bool
    is_signed_in: bool
    last_seen: LastSeen
    link: Literal["", "open", "over"]
    sections: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Invited:
    """A new person, and the link that lets this person in, once."""

    name: str
    link: str


def _plain(name: str) -> str:
    """Return a name without what nobody sees: signs without a shape, two ways to write one."""
    seen = "".join(sign for sign in unicodedata.normalize("NFKC", name) if sign.isprintable())
    return " ".join(seen.split())


def folded(name: str) -> str:
    """Return a name without what people type differently: case, blanks, and what nobody sees."""
    return _plain(name).casefold()


def _looks(name: str) -> str:
    """Return what two names have in common that look alike on a screen."""
    return _plain(name).translate(_ALIKE).casefold()


def named(mirror: Mirror, name: str) -> str:
    """Return a name as it was first written: "Kim " and "kim" are one person.

    Raises:
        BadInput: it is empty, or too long.
    """
    plain = _plain(name)
    if not plain or len(plain) > MOST_NAME:
        raise BadInput(
            f"a name has 1 to {MOST_NAME} letters; nothing was changed, write another one"
        )
    known = [row.name for row in mirror.all(Analyst).values()]
    known += [row.analyst for row in mirror.all(Verdict).values()]
    return next((one for one in dict.fromkeys(known) if folded(one) == plain.casefold()), plain)


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
    if row is None or not door.is_same(row.key_sha256, mark):
        return None
    if not door.is_signed_in(mirror, sessions, row):
        return None
    sessions.used[mark] = sessions.now()
    return Person(name=row.name, role=row.role)


# -- what the keeper does -----------------------------------------------------------------------


def people(mirror: Mirror, sessions: Sessions) -> list[PersonRow]:
    """Return everybody, by name."""
    local = _local(mirror)
    return [
        PersonRow(
            name=row.name,
            role=row.role,
            is_active=row.is_active,
            has_joined=bool(row.key_sha256) or row == local,
            is_signed_in=door.is_signed_in(mirror, sessions, row),
            last_seen=door.last_seen(mirror, sessions, row),
            link=_link(mirror, sessions, row),
            sections=_numbers(mirror, row),
        )
        for row in sorted(mirror.all(Analyst).values(), key=lambda row: folded(row.name))
    ]


def _numbers(mirror: Mirror, row: Analyst) -> tuple[int, ...]:
    every = mirror.project.sections
    return tuple(one.number for one in every if row.sections and row.sections & one.span)


def _link(mirror: Mirror, sessions: Sessions, row: Analyst) -> Literal["", "open", "over"]:
    if not row.invite_sha256 or not row.is_active:
        return ""
    return "over" if door.is_link_over(mirror, sessions, row) else "open"


def invitation(mirror: Mirror, sessions: Sessions, name: str, role: Role) -> tuple[Analyst, str]:
    """Return the row of a new person, and the token that lets this person in once.

    Raises:
        BadInput: there is a person of that name already.
    """
    if row_of(mirror, name) is not None:
        raise BadInput(
            f"there is somebody called '{' '.join(name.split())[:MOST_NAME]}' already; nothing was "
            "changed, choose another name or give that person a new link"
        )
    _check_unlike(mirror, name)
    token = new_key()
    row = Analyst(
        name=named(mirror, name),
        role=role,
        invite_sha256=hashed(token),
        invite_given=sessions.now(),
    )
    return row, token


def _check_unlike(mirror: Mirror, name: str) -> None:
    """Refuse a name that looks like another person's: decisions are told apart by names."""
    for row in mirror.all(Analyst).values():
        if folded(row.name) != folded(name) and _looks(row.name) == _looks(name):
            raise BadInput(
                f"'{_plain(name)[:MOST_NAME]}' looks like '{row.name}', who is here already; "
                "nothing was changed, choose a name that nobody mixes up"
            )


def renewed(mirror: Mirror, sessions: Sessions, name: str) -> tuple[Analyst, str]:
    """Return the row of a person with a new link; the browser that was in is out at once.

    So a browser that was lost is shut out before the new one comes in, and each person has one.

    Raises:
        NotThere: nobody is called so.
    """
    token = new_key()
    row = replace(
        _known(mirror, name),
        key_sha256="",
        key_given=None,
        invite_sha256=hashed(token),
        invite_given=sessions.now(),
    )
    return row, token


def whoever(mirror: Mirror, sessions: Sessions, name: str, role: Role) -> tuple[Analyst, str]:
    """Return the row of a person, new or known, with this role and a new link.

    Raises:
        BadInput: it is no name.
    """
    if row_of(mirror, name) is None:
        return invitation(mirror, sessions, name, role)
    row, token = renewed(mirror, sessions, name)
    return replace(row, role=role, is_active=True), token


def joined(mirror: Mirror, sessions: Sessions, token: str) -> tuple[Analyst, str]:
    """Return the row of the person who used a link, and the key for the browser.

    Raises:
        NotAllowed: the link was used already, has ended, or was never given.
    """
    mark = hashed(token)
    for row in mirror.all(Analyst).values():
        if not row.is_active or not door.is_same(row.invite_sha256, mark):
            continue
        if door.is_link_over(mirror, sessions, row):
            raise NotAllowed(
                f"this link ended after {mirror.project.config.desk.invite_days} days; nothing was "
                "changed, ask the keeper for a new one"
            )
        key = new_key()
        came = replace(
            row,
            invite_sha256="",
            invite_given=None,
            key_sha256=hashed(key),
            key_given=sessions.now(),
        )
        return came, key
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


def first_keeper(mirror: Mirror, sessions: Sessions) -> str:
    """Return the name of the keeper to invite; empty where one is in, or has a link that works."""
    keepers = [row for row in mirror.all(Analyst).values() if row.role is Role.KEEPER]
    active = [row for row in keepers if row.is_active]
    if any(door.is_signed_in(mirror, sessions, row) for row in active):
        return ""
    if any(_link(mirror, sessions, row) == "open" for row in active):
        return ""
    return active[0].name if active else _FIRST


def left(mirror: Mirror, name: str) -> list[Analyst]:
    """Return the row of a person whose browser, and link, let nobody in any more.

    None if that was so already.

    Raises:
        NotThere: nobody is called so.
        BadInput: it is the person at this computer, whose session is the program's.
    """
    row = _known(mirror, name)
    if row == _local(mirror):
        raise BadInput(
            "the person at this computer is in for as long as vallum runs; nothing was changed, "
            "stop the program instead"
        )
    over = door.ended(row)
    return [] if over == row else [over]


def _known(mirror: Mirror, name: str) -> Analyst:
    row = row_of(mirror, name)
    if row is None:
        raise NotThere(
            f"nobody here is called '{name[:MOST_NAME]}'; nothing was changed, look at the list of "
            "people"
        )
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
