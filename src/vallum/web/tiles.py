"""Pictures for the page: map tiles, turned chips and ribbons.

What these routes need of the desk is written down in `Pictured`; nothing else of it is touched.
An empty place is no error: it is a transparent picture whose header `X-Vallum-Empty` says why.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Literal, Protocol, cast

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from vallum.ground.errors import BadImage, BadSetting, NotThere
from vallum.ground.records import Comparison, Fit, Look, Scene
from vallum.ground.span import Span
from vallum.imagery import objects
from vallum.imagery.sizes import (
    MOST_CHIP_PX,
    MOST_RIBBON_M,
    MOST_RIBBON_PX,
    MOST_ZOOM,
    NO_IMAGE,
    TILE_PX,
)
from vallum.project import Project
from vallum.web import guard

if TYPE_CHECKING:
    from vallum.imagery import ribbon
    from vallum.imagery.display import Picture, Shown

EMPTY = "X-Vallum-Empty"
OUTSIDE, UNREADABLE = "outside corridor", "cannot be read"
_PAIR_STEP_M = 50

router = APIRouter(prefix="/api", tags=["pictures"], responses=guard.PROBLEMS)


class Pictured(Protocol):
    """What the routes of this file ask the desk for; rows held in memory, no database read."""

    @property
    def project(self) -> Project:
        """The open project: its frontier, sections, extent, and `path_of(scene)`."""
        ...

    def scene(self, scene_id: str) -> Scene | None:
        """Return an image, or None when there is none of that name."""
        ...

    def fit(self, fit_id: str) -> Fit | None:
        """Return how a look was aligned, or None."""
        ...

    def look(self, look_id: str) -> Look | None:
        """Return one scene over one section, or None."""
        ...

    def best_pair_at(self, at_m: int) -> tuple[Scene, Scene, Fit | None, Comparison] | None:
        """Return the images of the best comparison at a chainage, or None where there is none."""
        ...


def pictured(request: Request) -> Pictured:
    """Return the desk of the open project, as far as pictures need it."""
    return cast("Pictured", guard.desk(request))


Desk = Annotated[Pictured, Depends(pictured)]
FitId = Annotated[str, Query(max_length=80, description="how the image is laid on another")]
Version = Annotated[str, Query(max_length=80, description="changes whenever the picture does")]
PICTURES: dict[int | str, dict[str, object]] = {
    200: {
        "content": {"image/jpeg": {}, "image/png": {}},
        "headers": {EMPTY: {"description": "why it is empty", "schema": {"type": "string"}}},
    }
}


class RibbonItem(BaseModel):
    """Where something lies on a ribbon: 0 to 1 from the left and from the top."""

    model_config = ConfigDict(extra="forbid")

    at_m: int
    off_m: float
    x: float
    y: float


class Ribbon(BaseModel):
    """How a ribbon was made. To navigate by, never to measure on."""

    model_config = ConfigDict(extra="forbid")

    start_m: int
    end_m: int
    half_m: float
    sigma_m: float
    folded: list[tuple[int, int]]
    line: list[tuple[float, float]]
    items: list[RibbonItem]


@router.get("/tiles/{scene}/{z}/{x}/{y}", response_class=Response, responses=PICTURES)
def get_tile(
    desk: Desk,
    scene: str,
    z: Annotated[int, Path(ge=0, le=MOST_ZOOM)],
    x: Annotated[int, Path(ge=0)],
    y: Annotated[int, Path(ge=0)],
    fit: FitId = "",
    v: Version = "",
) -> Response:
    """Return one tile of the web map, 256 pixels on a side, with the image laid where it belongs.

    An empty tile is a transparent PNG; its header `X-Vallum-Empty` says why it is empty.
    """
    from vallum.imagery import display, tiles

    bounds = tiles.tile_bounds(z, x, y)
    shown = _shown(desk, _scene(desk, scene), fit)
    size = (TILE_PX, TILE_PX)
    if shown is None:
        return _answer(desk, display.nothing(*size, NO_IMAGE), v, bounds)
    try:
        return _answer(desk, tiles.tile(shown, z, x, y), v, bounds)
    except BadImage:
        return _answer(desk, display.nothing(*size, UNREADABLE), "", bounds)


@router.get("/chip/{scene}", response_class=Response, responses=PICTURES)
def get_chip(
    desk: Desk,
    scene: str,
    lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)],
    lat: Annotated[float, Query(ge=-84, le=84, allow_inf_nan=False)],
    across_m: Annotated[float, Query(ge=1, le=100_000, allow_inf_nan=False)],
    bearing: Annotated[float, Query(ge=-720, le=720, allow_inf_nan=False)] = 0.0,
    width: Annotated[int, Query(ge=1, le=MOST_CHIP_PX[0])] = 320,
    height: Annotated[int, Query(ge=1, le=MOST_CHIP_PX[1])] = 240,
    fit: FitId = "",
    v: Version = "",
) -> Response:
    """Return a picture around a place, turned so that `bearing` points up."""
    from vallum.imagery import display, tiles

    shown = _shown(desk, _scene(desk, scene), fit)
    if shown is None:
        return _answer(desk, display.nothing(width, height, NO_IMAGE), v)
    try:
        picture = tiles.chip(
            shown, lon, lat, bearing_deg=bearing, across_m=across_m, width=width, height=height
        )
    except BadImage:
        return _answer(desk, display.nothing(width, height, UNREADABLE), "")
    return _answer(desk, picture, v)


@router.get("/ribbon")
def get_ribbon(
    desk: Desk,
    start_m: Annotated[int, Query(ge=0)],
    length_m: Annotated[int, Query(ge=10, le=MOST_RIBBON_M)] = 4000,
    item: Annotated[list[str] | None, Query(max_length=500)] = None,
) -> Ribbon:
    """Return how a ribbon is made, where the border runs on it, and where places lie on it.

    Each `item` is a place as `at_m,off_m`; items come back in the order in which they were asked.
    """
    from vallum.imagery import ribbon

    line = _axis(desk, start_m, length_m)
    frontier = desk.project.frontier
    asked = [_place(text) for text in item or []]
    lon, lat = frontier.points_at([at for at, _ in asked], [off for _, off in asked])
    along, down = ribbon.placed(line, lon, lat)
    return Ribbon(
        start_m=line.span.start_m,
        end_m=line.span.end_m,
        half_m=line.half_m,
        sigma_m=line.sigma_m,
        folded=ribbon.folded_spans(line),
        line=ribbon.border_on(line, frontier),
        items=[
            RibbonItem(at_m=round(at_m), off_m=off_m, x=round(x, 5), y=round(y, 5))
            for (at_m, off_m), x, y in zip(asked, along.tolist(), down.tolist(), strict=True)
        ],
    )


@router.get("/ribbon/{side}", response_class=Response, responses=PICTURES)
def get_ribbon_picture(
    desk: Desk,
    side: Literal["before", "after"],
    start_m: Annotated[int, Query(ge=0)],
    length_m: Annotated[int, Query(ge=10, le=MOST_RIBBON_M)] = 4000,
    width: Annotated[int, Query(ge=8, le=MOST_RIBBON_PX[0])] = 1200,
    height: Annotated[int, Query(ge=8, le=MOST_RIBBON_PX[1])] = 180,
    v: Version = "",
) -> Response:
    """Return the border pulled straight, from the best pair of images of every place.

    To navigate by, never to measure on.
    """
    from vallum.imagery import ribbon

    line = _axis(desk, start_m, length_m)
    return _answer(desk, ribbon.picture(line, _pieces(desk, line.span, side), width, height), v)


# -- from rows to pictures -------------------------------------------------------------------


def _scene(desk: Pictured, scene_id: str) -> Scene:
    found = desk.scene(scene_id)
    if found is None:
        raise NotThere(f"there is no image '{scene_id[:80]}'; load the page again")
    return found


def _shown(desk: Pictured, scene: Scene, fit_id: str) -> Shown | None:
    """Return how to show an image, laid as a fit says; None when it has no pixels.

    Raises:
        NotThere: there is no such fit.
        BadSetting: the fit is about other images.
    """
    fit = desk.fit(fit_id) if fit_id else None
    if fit_id and fit is None:
        raise NotThere(f"there is no alignment '{fit_id[:80]}'; load the page again")
    return shown_with(desk, scene, fit)


def shown_with(desk: Pictured, scene: Scene, fit: Fit | None) -> Shown | None:
    """Return how to show an image, laid as `fit` says; None when it has no pixels.

    Only the image that the fit moves is moved; the one it is laid on stays as it is. A refused fit
    moves nothing.

    Raises:
        BadSetting: the fit is about other images.
    """
    from vallum.imagery.display import Shown

    path = desk.project.path_of(scene)
    moved = desk.look(fit.look) if fit else None
    stays = desk.look(fit.reference) if fit else None
    if fit and scene.id not in {look.scene for look in (moved, stays) if look}:
        raise BadSetting(f"the alignment {fit.id} is not about {scene.id}; load the page again")
    if path is None:
        return None
    if fit is None or moved is None or moved.scene != scene.id or not _can_move(fit):
        return Shown(path=path)
    on = desk.scene(stays.scene) if stays else None
    reference = desk.project.path_of(on) if on else None
    return Shown(
        path=path,
        dx_m=fit.dx_m,
        dy_m=fit.dy_m,
        epsg=_epsg(desk.project, moved.span),
        gain=fit.gain if reference else (),
        offset=fit.offset if reference else (),
        reference=reference if fit.gain else None,
    )


def _can_move(fit: Fit) -> bool:
    return not fit.blocked_by and math.isfinite(fit.dx_m) and math.isfinite(fit.dy_m)


def _epsg(project: Project, span: Span) -> int:
    """Return the grid in which a section was aligned."""
    sections = project.sections
    return next((s.epsg for s in sections if s.span == span), None) or next(
        (s.epsg for s in sections if s.span.overlaps(span)), sections[0].epsg
    )


def _axis(desk: Pictured, start_m: int, length_m: int) -> ribbon.Axis:
    from vallum.imagery import ribbon

    frontier, border = desk.project.frontier, desk.project.config.border
    if start_m >= frontier.length_m:
        raise BadSetting(
            f"the border is {frontier.length_m} m long and has no {start_m} m; give a start on it"
        )
    span = Span(start_m, min(start_m + length_m, frontier.length_m))
    return ribbon.axis(frontier, span, ribbon.half_width(border.left_m, border.right_m))


def _pieces(desk: Pictured, span: Span, side: str) -> list[tuple[Span, Shown]]:
    """Return which image to show over which metres of a ribbon."""
    pieces: list[tuple[Span, Shown]] = []
    for start_m in range(span.start_m, span.end_m, _PAIR_STEP_M):
        part = Span(start_m, min(start_m + _PAIR_STEP_M, span.end_m))
        pair = desk.best_pair_at(int(part.middle_m))
        if pair is None:
            continue
        scene, fit = (pair[0], None) if side == "before" else (pair[1], pair[2])
        shown = shown_with(desk, scene, fit)
        if shown is None or not objects.is_there(shown.path):
            continue
        if pieces and pieces[-1][1] == shown and pieces[-1][0].end_m == start_m:
            part = Span(pieces.pop()[0].start_m, part.end_m)
        pieces.append((part, shown))
    return pieces


def _place(text: str) -> tuple[float, float]:
    try:
        at_m, off_m = (float(part) for part in text.split(","))
    except ValueError as error:
        raise BadSetting(f"item '{text[:40]}' is no place; write at_m,off_m") from error
    if not (0 <= at_m < 1e8 and abs(off_m) < 1e6):
        raise BadSetting(f"item '{text[:40]}' is no place beside a border; write at_m,off_m")
    return at_m, off_m


def _answer(
    desk: Pictured,
    picture: Picture,
    version: str,
    bounds: tuple[float, float, float, float] | None = None,
) -> Response:
    """Return a picture as a response; the browser keeps it when its address carries a version."""
    lasting = "private, max-age=86400, immutable" if version else "private, max-age=60"
    headers = {"Cache-Control": lasting}
    if picture.empty:
        headers[EMPTY] = picture.empty
        project = desk.project
        reach_m = max(project.config.border.left_m, project.config.border.right_m)
        if picture.empty == NO_IMAGE and bounds is not None:
            from vallum.imagery import tiles

            inside = tiles.is_beside(project.frontier, project.extent, reach_m, bounds)
            headers[EMPTY] = NO_IMAGE if inside else OUTSIDE
    if picture.empty == UNREADABLE:
        headers["Cache-Control"] = "no-store"
    return Response(picture.body, media_type=picture.media_type, headers=headers)


__all__ = ["Pictured", "pictured", "router", "shown_with"]
