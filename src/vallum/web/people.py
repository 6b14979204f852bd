"""Who is at the desk: the list of people, one-time links, and who I am."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from vallum.ground.errors import NoProject
from vallum.ground.kinds import Role
from vallum.steps.desk import Desk, Person
from vallum.steps.desk_people import MOST_NAME, PersonRow
from vallum.steps.looking import SealedLook, looks
from vallum.web.guard import PROBLEMS, Body, desk, home, me, needs, sign_in, sign_out

router = APIRouter(prefix="/api", tags=["people"], responses=PROBLEMS)

Me = Annotated[Person, Depends(me)]
TheDesk = Annotated[Desk, Depends(desk)]
Keeping = Annotated[Person, Depends(needs(Role.KEEPER))]
Name = Annotated[str, Field(min_length=1, max_length=MOST_NAME)]


class InviteBody(Body):
    """A new person."""

    name: Name
    role: Role = Role.ANALYST


class ChangeBody(Body):
    """What is to change of a person; what is left out stays."""

    role: Role | None = None
    is_active: bool | None = None
    sections: Annotated[list[int], Field(max_length=10_000)] | None = None


class JoinBody(Body):
    """A one-time link."""

    token: Annotated[str, Field(min_length=1, max_length=200)]


class NameBody(Body):
    """What I am called."""

    name: Name


class LeaveBody(Body):
    """Where to sign out: this browser, or every one of mine."""

    everywhere: bool = False


class Left(BaseModel):
    """What it takes to come in again."""

    next: str


class Invitation(BaseModel):
    """A link that lets one person in, once; it is shown once."""

    name: str
    link: str


class WhoAmI(BaseModel):
    """Who I am."""

    name: str
    role: Role
    needs_name: bool = False


@router.get("/people")
def people(_who: Keeping, where: TheDesk) -> list[PersonRow]:
    """Return everybody at the desk."""
    return where.people()


@router.post("/people")
def invite(who: Keeping, where: TheDesk, body: InviteBody) -> Invitation:
    """Add a person, and return the link that lets this person in, once."""
    found = where.invite(who, body.name, body.role)
    return Invitation(name=found.name, link=found.link)


@router.post("/people/{name}/link")
def invite_again(who: Keeping, where: TheDesk, name: str) -> Invitation:
    """Return a new link for somebody who lost the old one; the old one ends."""
    found = where.invite_again(who, name)
    return Invitation(name=found.name, link=found.link)


@router.post("/people/{name}/end")
def end(who: Keeping, where: TheDesk, name: str) -> list[PersonRow]:
    """Sign a person's browser out; this person needs a new link to come in again."""
    where.end_session(who, name)
    return where.people()


@router.get("/looks")
def looked(_who: Keeping, where: TheDesk) -> list[SealedLook]:
    """Return who looked at what is sealed, newest first."""
    return looks(where.project)


@router.post("/people/{name}")
def change(who: Keeping, where: TheDesk, name: str, body: ChangeBody) -> list[PersonRow]:
    """Give a person another role or other sections, let in or keep out."""
    return where.change_person(
        who, name, role=body.role, is_active=body.is_active, sections=body.sections
    )


@router.post("/join")
def join(request: Request, response: Response, body: JoinBody) -> WhoAmI:
    """Come in by a one-time link; this browser stays signed in."""
    where = home(request).desk
    if where is None:
        raise NoProject("no project is open here, so nobody can join; ask the keeper to open it")
    key, person = where.join(body.token)
    sign_in(request, response, key)
    return WhoAmI(name=person.name, role=person.role)


@router.post("/me/leave")
def leave(request: Request, response: Response, who: Me, body: LeaveBody) -> Left:
    """Sign out: this browser, or every one of mine."""
    here = home(request)
    here.sign_out(request.cookies.get(here.cookie, ""), who, everywhere=body.everywhere)
    sign_out(request, response)
    return Left(next="Ask the keeper for a new link, or open the one that vallum printed.")


@router.post("/me")
def rename(who: Me, where: TheDesk, body: NameBody) -> WhoAmI:
    """Say what I am called; only for the person at this computer."""
    person = where.rename(who, body.name)
    return WhoAmI(name=person.name, role=person.role, needs_name=where.needs_name(person))
