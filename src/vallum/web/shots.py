"""Screenshots: which lie on the ground, and pairs of places by which people lay the others."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import FileResponse, Response
from pydantic import Field

from vallum.ground.kinds import Role
from vallum.steps import desk_shots as shots
from vallum.steps.desk import Person
from vallum.web import guard
from vallum.web.guard import PROBLEMS, Body
from vallum.web.jobs import AtDesk

router = APIRouter(prefix="/api", tags=["shots"], responses=PROBLEMS)
Me = Annotated[Person, Depends(guard.me)]
Placing = Annotated[Person, Depends(guard.needs(Role.ANALYST, Role.ADJUDICATOR, Role.KEEPER))]
ShotId = Annotated[str, Field(min_length=1, max_length=80)]
Pixel = Annotated[float, Field(ge=-1e5, le=1e6, allow_inf_nan=False)]
Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Lat = Annotated[float, Field(ge=-85, le=85, allow_inf_nan=False)]
Taken = Annotated[str, Field(max_length=60)]
_MOST_POINTS = 60
_PICTURES: dict[int | str, dict[str, object]] = {
    200: {"content": {"image/png": {}, "image/jpeg": {}, "image/webp": {}}}
}


class PointBody(Body):
    """The same place twice: in the picture, from its upper left corner, and on the ground."""

    column: Pixel
    row: Pixel
    lon: Lon
    lat: Lat


class PointsBody(Body):
    """Pairs of places."""

    points: Annotated[list[PointBody], Field(max_length=_MOST_POINTS)]

    def plain(self) -> list[shots.Point]:
        """Return them as numbers."""
        return [(one.column, one.row, one.lon, one.lat) for one in self.points]


class PlaceBody(PointsBody):
    """Pairs of places, and when the picture was taken: `FROM..TO`, a day, or `unknown`."""

    taken: Taken = ""


class DateBody(Body):
    """When the picture was taken: `FROM..TO` or a day."""

    taken: Annotated[str, Field(min_length=1, max_length=60)]


@router.get("/shots")
def every_shot(_who: Me, desk: AtDesk) -> shots.ShotList:
    """Return every screenshot, and how many are at which point."""
    return shots.shots(desk.kept)


@router.get("/ground")
def ground(_who: Me, desk: AtDesk) -> shots.Ground:
    """Return the line and the images that lie on the ground, for the map."""
    return shots.ground(desk.kept)


@router.get("/shots/{shot}")
def shot(_who: Me, desk: AtDesk, shot: ShotId) -> shots.ShotFull:
    """Return one screenshot with its points."""
    return shots.shot(desk.project, shot)


@router.get("/shots/{shot}/picture", response_class=Response, responses=_PICTURES)
def picture(_who: Me, desk: AtDesk, shot: ShotId) -> Response:
    """Return the working copy of a screenshot."""
    path, media_type = shots.picture(desk.project, shot)
    headers = {
        "cache-control": "private, max-age=3600",
        "content-security-policy": "default-src 'none'",
    }
    return FileResponse(path, media_type=media_type, headers=headers)


@router.post("/shots/{shot}/residuals")
def residuals(_who: Placing, desk: AtDesk, shot: ShotId, body: PointsBody) -> shots.Residuals:
    """Return how well points agree; nothing is kept."""
    return shots.residuals(desk.project, shot, body.plain())


@router.post("/shots/{shot}/place")
def place(who: Placing, desk: AtDesk, shot: ShotId, body: PlaceBody) -> shots.ShotTold:
    """Keep points as the place of a screenshot."""
    return shots.place(desk.project, who, shot, body.plain(), body.taken)


@router.post("/shots/{shot}/date")
def date_it(who: Placing, desk: AtDesk, shot: ShotId, body: DateBody) -> shots.ShotTold:
    """Keep when a screenshot was taken."""
    return shots.date_it(desk.project, who, shot, body.taken)


@router.post("/shots/{shot}/skip")
def skip(who: Placing, desk: AtDesk, shot: ShotId) -> shots.ShotTold:
    """Leave a screenshot out; placing it later takes it in again."""
    return shots.skip(desk.project, who, shot)
