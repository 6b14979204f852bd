"""Publishing: gates, drafts, editions, comparisons, sheets, and everything as a ZIP."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import FileResponse, Response
from pydantic import Field
from starlette.background import BackgroundTask

from vallum.ground.errors import NotAllowed
from vallum.ground.kinds import Kind, Role
from vallum.steps import desk_publishing as press
from vallum.steps.desk import Desk, Person
from vallum.steps.desk_press import FreezeWish, Press, PublishWish, SheetWish
from vallum.steps.desk_publishing import Wanted
from vallum.web import guard
from vallum.web.guard import PROBLEMS, Body
from vallum.web.jobs import AtDesk, Job

router = APIRouter(prefix="/api/publishing", tags=["publishing"], responses=PROBLEMS)
Me = Annotated[Person, Depends(guard.me)]
Keeping = Annotated[Person, Depends(guard.needs(Role.KEEPER))]
Tag = Annotated[str, Field(max_length=20)]
Tags = Annotated[list[Tag], Field(max_length=5)]
Line = Annotated[str, Field(max_length=2000)]
Which = Annotated[str, Query(max_length=10, pattern=r"^(report|desk|\d{1,5})$")]
Spoken = Annotated[str, Query(max_length=20)]
WhichOrNow = Annotated[str, Query(max_length=10, pattern=r"^(report|desk|\d{1,5}|)$")]


def press_of(request: Request) -> Press:
    """Return what begins publications on this server."""
    guard.desk(request)
    return cast("Press", request.app.state.press)


ThePress = Annotated[Press, Depends(press_of)]


class PublishBody(Body):
    """What to publish; no languages mean those of the settings."""

    level: Wanted = "public"
    languages: Tags = Field(default=[])
    parquet: bool = False
    overlays: bool = False


class EditionBody(Body):
    """An edition to be frozen: reasons and corrections by the name of the number."""

    note: Line = ""
    day: Annotated[str, Field(max_length=20)] = ""
    why: Annotated[dict[str, Line], Field(max_length=2000)] = Field(default={})
    correct: Annotated[dict[str, Line], Field(max_length=2000)] = Field(default={})
    languages: Tags = Field(default=[])


class SheetsBody(Body):
    """Of which findings to make a sheet each."""

    findings: Annotated[
        list[Annotated[str, Field(pattern=r"^finding-[a-z2-7]{16}$")]], Field(max_length=5000)
    ] = Field(default=[])
    every: bool = False
    kind: Kind | None = None
    km: Annotated[str, Field(max_length=60)] = ""
    level: Wanted = "public"
    language: Tag = ""


@router.get("")
def publishing(who: Me, desk: AtDesk) -> press.Publishing:
    """Return what is published here; settings, folders and the desk's own copy to the keeper."""
    return press.publishing(desk.kept, is_keeper=who.role is Role.KEEPER)


@router.get("/gates")
def gates(
    _who: Keeping, desk: AtDesk, level: Wanted = "public", language: Spoken = "en"
) -> press.Gates:
    """Return what would be refused or left out now, and the way out, as this person reads it.

    Ask again while it is still being checked.
    """
    return press.gates_at_hand(desk.kept, level, language)


@router.post("")
def publish(_who: Keeping, where: ThePress, body: PublishBody) -> Job:
    """Publish a draft."""
    told = body.model_dump() | {"languages": tuple(body.languages)}
    return Job.of(where.publish(PublishWish(**told)))


@router.post("/editions")
def freeze(_who: Keeping, where: ThePress, body: EditionBody) -> Job:
    """Freeze an edition."""
    told = body.model_dump() | {"languages": tuple(body.languages)}
    return Job.of(where.freeze(FreezeWish(**told)))


@router.get("/changes")
def changes(
    who: Me, desk: AtDesk, a: Which, b: WhichOrNow = "", language: Spoken = "en"
) -> press.Difference:
    """Return two publications number by number; against what would be published now if one."""
    if who.role is not Role.KEEPER and not b:
        raise NotAllowed("only the keeper sees what is not published; nothing was shown")
    for what in filter(None, (a, b)):
        _may_see(who, desk, what)
    return press.difference(desk.kept, a, b, language)


@router.get("/sheets")
def sheets(who: Me, desk: AtDesk) -> press.Sheets:
    """Return the sheets that were made; to the keeper, what more can be made of, too."""
    found = press.sheets(desk.kept)
    if who.role is Role.KEEPER:
        return found
    piles = tuple(pile for pile in found.piles if pile.level == "public")
    return replace(found, cases=(), piles=piles)


@router.post("/sheets")
def make_sheets(_who: Keeping, where: ThePress, body: SheetsBody) -> Job:
    """Make one page for each of some findings."""
    told = body.model_dump() | {"findings": tuple(body.findings), "kind": body.kind or ""}
    return Job.of(where.sheets(SheetWish(**told)))


@router.get("/zip/{what}", response_class=Response, include_in_schema=False)
def everything(who: Me, desk: AtDesk, what: str) -> Response:
    """Return all files of a publication in one ZIP."""
    _may_see(who, desk, what)
    path = press.zipped(desk.project, what, Path(tempfile.gettempdir()))
    return FileResponse(
        path,
        media_type="application/zip",
        filename=f"{_plain(desk.project.config.name)}-{what}.zip",
        background=BackgroundTask(path.unlink, missing_ok=True),
    )


@router.get("/files/{what}/{name:path}", response_class=Response, include_in_schema=False)
def file(who: Me, desk: AtDesk, what: str, name: str) -> Response:
    """Return one file of a publication or of the sheets; the report itself if none is named."""
    _may_see(who, desk, what)
    path = press.file_of(desk.project, what, name or press.PAGE)
    return FileResponse(path, headers={"content-security-policy": guard.REPORT_POLICY})


def _may_see(who: Person, desk: Desk, what: str) -> None:
    """Refuse what is for the desk to everybody but the keeper.

    Raises:
        NotAllowed: it is.
    """
    if who.role is not Role.KEEPER and press.is_for_the_desk(desk.project, what):
        raise NotAllowed("only the keeper can take what is for the desk; nothing was sent")


def _plain(name: str) -> str:
    """Return a name as a file may be called everywhere."""
    kept = "".join(sign if sign.isalnum() and sign.isascii() else "-" for sign in name)
    return kept.strip("-").lower() or "border"
