"""Finding images: catalogues, capture plans, where to look next, what to buy, land and dates."""

from __future__ import annotations

import re
import shutil
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, Response
from pydantic import Field

from vallum.ground.errors import BadSetting
from vallum.ground.kinds import Kind, Role
from vallum.steps import desk_calendar as calendars
from vallum.steps import desk_cues as lists
from vallum.steps import desk_pictures as bench
from vallum.steps.desk import Person
from vallum.steps.desk_pictures import Bench, Group, LastDone, MadeFile
from vallum.web import guard, upload
from vallum.web.guard import PROBLEMS, Body
from vallum.web.jobs import AtDesk, Here, Job

router = APIRouter(prefix="/api", tags=["pictures"], responses=PROBLEMS)
Me = Annotated[Person, Depends(guard.me)]
Keeping = Annotated[Person, Depends(guard.needs(Role.KEEPER))]
Line = Annotated[str, Field(max_length=2000)]
Amount = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
_Text = Annotated[str, Field(max_length=1 << 20)]
_MOST_KM = 60
_ANY_FILE: dict[int | str, dict[str, object]] = {200: {"content": {"application/octet-stream": {}}}}
_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "files": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                        },
                        **{name: {"type": "string", "maxLength": 2000} for name in bench.LAND},
                    },
                }
            }
        },
    }
}


def bench_of(request: Request) -> Bench:
    """Return what the picture steps of this server said last."""
    guard.desk(request)
    return cast("Bench", request.app.state.bench)


TheBench = Annotated[Bench, Depends(bench_of)]


class CatalogueBody(Body):
    """What to look for in a catalogue; a list first shows what there is, and fetches nothing."""

    url: Annotated[str, Field(min_length=1, max_length=2000)]
    collections: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=20)] = (
        Field(default=[])
    )
    when: Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=10)] = Field(
        default=[]
    )
    max_cloud: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] | None = None
    max_items: Annotated[int, Field(ge=1, le=10_000)] = 200
    whole: bool = False
    bands: Annotated[str, Field(max_length=100)] = ""
    licence: Line = ""
    credit: Line = ""
    may_publish: bool = False
    is_list: bool = True


class PlanBody(Body):
    """Which frames are to be saved in Google Earth Pro."""

    km: Annotated[str, Field(max_length=_MOST_KM)] = ""
    width_m: Annotated[float, Field(ge=50, le=20_000, allow_inf_nan=False)] = 1000.0
    height_m: Annotated[float, Field(ge=50, le=20_000, allow_inf_nan=False)] = 600.0
    overlap: Annotated[float, Field(ge=0, le=0.8, allow_inf_nan=False)] = 0.2


class ShopBody(Body):
    """What a shopping list is for; the price file as its text."""

    prices_name: Annotated[str, Field(min_length=1, max_length=200)]
    prices: _Text
    half_width_km: Amount = 0.0
    budget: Amount = 0.0
    kinds: Annotated[list[Kind], Field(max_length=20)] = Field(default=[])


# -- from a catalogue ---------------------------------------------------------------------------


@router.post("/catalogue")
def catalogue(_who: Keeping, where: TheBench, body: CatalogueBody) -> Job:
    """Ask a catalogue what it has of the corridor, or fetch that."""
    told = body.model_dump(exclude={"is_list"})
    wish = bench.CatalogueWish(
        **told | {"collections": tuple(body.collections), "when": tuple(body.when)}
    )
    return Job.of(where.catalogue(wish, is_list=body.is_list))


@router.get("/catalogue/presets")
def presets(_who: Keeping) -> list[bench.Preset]:
    """Return public catalogues by name; nothing is asked of them."""
    return bench.presets()


@router.get("/last/{what}")
def last(
    _who: Keeping,
    where: TheBench,
    what: Literal["catalogue", "fetch", "capture-plan", "cue", "shop", "terrain"],
) -> LastDone | None:
    """Return what a step said when it was last done, since the server was started."""
    return where.last(what)


# -- to look at and to buy ----------------------------------------------------------------------


@router.post("/plans")
def plan(_who: Keeping, where: TheBench, body: PlanBody) -> Job:
    """Write a numbered tour of frames for Google Earth Pro, with four marks on the ground each."""
    return Job.of(where.plan(bench.PlanWish(**body.model_dump())))


@router.get("/cues")
def cues(_who: Me, desk: AtDesk) -> lists.CueList:
    """Return where wide-area images say to look next."""
    return lists.cues(desk.kept)


@router.post("/cues")
def cue(_who: Keeping, where: TheBench) -> Job:
    """Look through wide-area images for where the ground changed."""
    return Job.of(where.cue())


@router.post("/shopping")
def shop(_who: Keeping, where: TheBench, body: ShopBody) -> Job:
    """Work out which images to buy."""
    told = body.model_dump() | {"kinds": tuple(body.kinds)}
    return Job.of(where.shop(bench.ShopWish(**told)))


@router.get("/shopping")
def shopping(_who: Me, desk: AtDesk) -> bench.Shopping:
    """Return the shopping list that was made last."""
    return bench.shopping(desk.project)


@router.get("/shopping/example", response_class=Response, responses=_ANY_FILE)
def example(_who: Me, _desk: AtDesk) -> Response:
    """Return a price file with invented prices, to be filled in."""
    headers = {"content-disposition": 'attachment; filename="prices-example.toml"'}
    return Response(bench.example_prices(), media_type="application/octet-stream", headers=headers)


@router.get("/made/{group}")
def made(_who: Me, desk: AtDesk, group: Group) -> list[MadeFile]:
    """Return the files that a step left for people to take away, newest first."""
    return bench.made(desk.project, group)


@router.get("/made/{group}/{name:path}", response_class=Response, responses=_ANY_FILE)
def made_file(_who: Me, desk: AtDesk, group: Group, name: str) -> Response:
    """Return one of these files."""
    path = bench.made_path(desk.project, group, name)
    return FileResponse(path, media_type="application/octet-stream", filename=path.name)


# -- land and dates -----------------------------------------------------------------------------


@router.get("/terrain")
def terrain(_who: Me, desk: AtDesk) -> lists.TerrainList:
    """Return what kind of land the border runs through."""
    return lists.land(desk.kept)


@router.post("/terrain", openapi_extra=_UPLOAD)
async def read_terrain(request: Request, _who: Keeping, here: Here, where: TheBench) -> Job:
    """Read height, water, land cover and settlements from files; each in a folder of its layer."""
    announced = int(request.headers.get("content-length", "0"))
    if announced > upload.MOST_BYTES:
        raise upload.too_large()
    folder = here.inbox(announced)
    try:
        got = await upload.receive(request, folder, here, needs_file=False)
        unknown = set(got.fields) - {*bench.LAND, "files"}
        if unknown:
            raise BadSetting(f"'{min(unknown)[:40]}' is not asked for; nothing was read")
        paths = bench.land_paths(folder)
        for name in bench.LAND:
            for line in filter(None, re.split(r"[\r\n]+", got.fields.get(name, ""))):
                paths.setdefault(name, []).append(here.folder(line))
        return Job.of(where.terrain(paths, folder))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


@router.get("/dates")
def dates(_who: Me, desk: AtDesk) -> calendars.Calendar:
    """Return which days there are images of, section by section."""
    with desk.fresh() as mirror:
        kinds = ("Look", "Scene")
        return mirror.derived("calendar", kinds, lambda: calendars.calendar(desk.kept))
