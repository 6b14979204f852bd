"""Placing photographs, for the keeper alone: cameras come in, and go out only when asked for."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from vallum.evidence import views as geometry
from vallum.ground.kinds import Kind
from vallum.steps import desk_views as placing
from vallum.web.guard import PROBLEMS, Body
from vallum.web.said import Keeping, TheSaid, Ticket

router = APIRouter(prefix="/api", tags=["views"], responses=PROBLEMS)
Number = Annotated[int, Field(ge=1, le=9999)]
Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Metres = Annotated[float, Field(gt=0, le=geometry.REACH_M, allow_inf_nan=False)]
_MOST_VIEWS = 20


class CameraBody(Body):
    """Where a camera stood and what it looked at; it is locked away and never answered."""

    number: Number = 1
    lon: Lon
    lat: Lat
    bearing_deg: Annotated[float, Field(ge=0, le=360, allow_inf_nan=False)]
    fov_deg: Annotated[float, Field(gt=0, lt=180, allow_inf_nan=False)] = geometry.USUAL_FOV_DEG
    distance_m: Metres | None = None
    error_m: Metres = geometry.USUAL_ERROR_M
    bearing_error_deg: Annotated[float, Field(gt=0, le=45, allow_inf_nan=False)] = (
        geometry.USUAL_BEARING_ERROR_DEG
    )

    def __repr__(self) -> str:
        return "CameraBody()"

    __str__ = __repr__


class BesideBody(Body):
    """A further view of the same thing."""

    ticket: Ticket
    number: Number = 1


class ThingBody(Body):
    """What a picture shows, and by which one way it is placed."""

    way: placing.Way
    number: Number = 1
    kind: Kind | None = None
    beside: Annotated[list[BesideBody], Field(max_length=_MOST_VIEWS)] = Field(default=[])
    on: Annotated[str, Field(max_length=100)] = ""
    distance_m: Metres | None = None
    error_m: Metres = 50.0
    at_share: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.5
    at: tuple[Lon, Lat] | None = None


@router.get("/exhibits/{ticket}/views")
def views(who: Keeping, where: TheSaid, ticket: Ticket) -> placing.Views:
    """Return which views of a picture are placed, and what it shows; no camera."""
    return placing.views(where, who, ticket)


@router.post("/exhibits/{ticket}/views")
def place(who: Keeping, where: TheSaid, ticket: Ticket, body: CameraBody) -> placing.Views:
    """Lock a camera point and view away."""
    view = geometry.View(**body.model_dump(exclude={"number"}))
    return placing.place(where, who, ticket, view, number=body.number)


@router.get("/exhibits/{ticket}/views/stated")
def stated(who: Keeping, where: TheSaid, ticket: Ticket) -> placing.Camera | None:
    """Return what the file says of its camera; that I looked is written to the ledger."""
    return placing.stated_camera(where, who, ticket)


@router.get("/exhibits/{ticket}/views/{number}/camera")
def camera(who: Keeping, where: TheSaid, ticket: Ticket, number: Number) -> placing.Camera:
    """Return where a camera stood; that I looked is written to the ledger."""
    return placing.camera(where, who, ticket, number)


@router.post("/exhibits/{ticket}/views/{number}/remove")
def remove(who: Keeping, where: TheSaid, ticket: Ticket, number: Number) -> placing.Views:
    """Delete a view for ever, and take back what was placed by it."""
    return placing.remove(where, who, ticket, number)


@router.post("/exhibits/{ticket}/things")
def thing(who: Keeping, where: TheSaid, ticket: Ticket, body: ThingBody) -> placing.Views:
    """Keep where a thing stands that a picture shows."""
    beside = tuple((one.ticket, one.number) for one in body.beside)
    told = body.model_dump() | {"beside": beside}
    return placing.thing(where, who, ticket, placing.ThingWish(**told))
