"""The routes for pictures: what they answer, with which headers, and that nothing empty fails."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import cv2
import morecantile
import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.testclient import TestClient
from pyproj import Transformer
from shapely.geometry import box

import small_border
from vallum.frontier import Frontier, Section
from vallum.ground.errors import VallumError
from vallum.ground.records import Comparison, Fit, Look, Scene
from vallum.ground.span import Span, Spans
from vallum.ground.when import When
from vallum.web import guard, tiles

MAP = morecantile.tms.get("WebMercatorQuad")
EPSG = small_border.EPSG
TO_LONLAT = Transformer.from_crs(EPSG, 4326, always_xy=True)
SPAN = Span(0, 999)


def scene(name, day, href):
    return Scene(
        sha256=name, name=name, taken=When.parse(day), taken_from="given", gsd_m=0.5,
        footprint=box(129, 42, 130, 43), href=href,
    )  # fmt: skip


class FakeDesk:
    """Rows in memory, as the desk holds them."""

    def __init__(self, folder):
        small = small_border.make(folder)
        frontier = Frontier.read(small.line)
        before, after = sorted(small.images.iterdir())
        self.before = scene("a", "2019-05-01", str(before))
        self.after = scene("b", "2022-05-10", str(after))
        self.footprint = scene("c", "2021-05-10", "")
        self.gone = scene("d", "2021-05-11", str(folder / "gone.tif"))
        self.looks = {
            look.id: look
            for look in (
                Look(
                    scene=one.id,
                    span=SPAN,
                    seen=Spans([SPAN]),
                    valid=Spans([SPAN]),
                    clear_share=1.0,
                )
                for one in (self.before, self.after)
            )
        }
        stays, moves = self.looks
        self.a_fit = Fit(
            look=moves, reference=stays, dx_m=-1.0, dy_m=-0.75, rmse_m=0.1,
            gain=(1.11,) * 3, offset=(-13.0,) * 3,
        )  # fmt: skip
        self.fits = {self.a_fit.id: self.a_fit}
        self.project = SimpleNamespace(
            frontier=frontier,
            sections=(Section(number=1, span=SPAN, epsg=EPSG),),
            extent=SPAN,
            config=SimpleNamespace(border=SimpleNamespace(left_m=60, right_m=60)),
            path_of=lambda one: Path(one.href) if one.href else None,
        )

    def scene(self, scene_id):
        rows = (self.before, self.after, self.footprint, self.gone)
        return {one.id: one for one in rows}.get(scene_id)

    def fit(self, fit_id):
        return self.fits.get(fit_id)

    def look(self, look_id):
        return self.looks.get(look_id)

    def best_pair_at(self, at_m):
        if at_m >= 700:
            return None
        comparison = Comparison(span=SPAN, slot=0, seen=Spans([SPAN]))
        return self.before, self.after, self.a_fit, comparison


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    return FakeDesk(tmp_path_factory.mktemp("border"))


@pytest.fixture(scope="module")
def client(desk):
    app = FastAPI()
    app.include_router(tiles.router)
    app.dependency_overrides[tiles.pictured] = lambda: desk
    app.exception_handler(VallumError)(lambda _, error: guard.answer(error))

    @app.exception_handler(RequestValidationError)
    def wrong(_, error):
        return guard.plain(400, guard.Problem(error="BadInput", message=str(error), next=""))

    with TestClient(app) as found:
        yield found


def at(x_m=500.0, y_m=0.0, zoom=19):
    tile = MAP.tile(*TO_LONLAT.transform(560_000 + x_m, 4_700_000 + y_m), zoom)
    return f"{tile.z}/{tile.x}/{tile.y}"


def lonlat(x_m=500.0, y_m=0.0):
    lon, lat = TO_LONLAT.transform(560_000 + x_m, 4_700_000 + y_m)
    return {"lon": lon, "lat": lat}


def pixels(answer):
    return cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_UNCHANGED)


def test_a_tile_comes_with_headers_that_let_the_browser_keep_it(client, desk):
    answer = client.get(f"/api/tiles/{desk.before.id}/{at()}?v=3")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "private, max-age=86400, immutable"
    assert tiles.EMPTY not in answer.headers
    assert pixels(answer).shape == (256, 256, 3)
    without = client.get(f"/api/tiles/{desk.before.id}/{at()}")
    assert "immutable" not in without.headers["cache-control"]


def test_with_its_fit_the_later_image_lies_on_the_earlier_one_and_looks_like_it(client, desk):
    fit = desk.a_fit.id
    still = pixels(client.get(f"/api/tiles/{desk.before.id}/{at()}?fit={fit}&v=1")).astype(float)
    laid = pixels(client.get(f"/api/tiles/{desk.after.id}/{at()}?fit={fit}&v=1")).astype(float)
    alone = pixels(client.get(f"/api/tiles/{desk.after.id}/{at()}?v=1")).astype(float)
    window = cv2.createHanningWindow((256, 256), cv2.CV_64F)
    shift, _ = cv2.phaseCorrelate(still[:, :, 1].copy(), laid[:, :, 1].copy(), window)
    assert np.hypot(*shift) < 0.3
    assert np.abs(laid - still).mean() < 0.6 * np.abs(alone - still).mean()
    assert abs(laid.mean() - still.mean()) < 5


def test_the_image_that_stays_is_the_same_with_and_without_its_fit(client, desk):
    with_fit = client.get(f"/api/tiles/{desk.before.id}/{at()}?fit={desk.a_fit.id}")
    assert with_fit.content == client.get(f"/api/tiles/{desk.before.id}/{at()}").content


def test_a_refused_fit_moves_nothing(client, desk):
    refused = Fit(look=desk.a_fit.look, reference="look-elsewhere", blocked_by="not aligned")
    desk.fits[refused.id] = refused
    answer = client.get(f"/api/tiles/{desk.after.id}/{at()}?fit={refused.id}")
    assert answer.content == client.get(f"/api/tiles/{desk.after.id}/{at()}?fit=").content


@pytest.mark.parametrize(
    ("x_m", "y_m", "why"), [(1500, 0, "outside corridor"), (500, 4000, "outside corridor")]
)
def test_an_empty_tile_says_why_it_is_empty(client, desk, x_m, y_m, why):
    answer = client.get(f"/api/tiles/{desk.before.id}/{at(x_m, y_m)}?v=1")
    assert answer.status_code == 200
    assert answer.headers[tiles.EMPTY] == why
    assert not pixels(answer)[:, :, 3].any()


def test_a_footprint_without_pixels_gives_empty_pictures(client, desk):
    answer = client.get(f"/api/tiles/{desk.footprint.id}/{at()}?v=1")
    assert (answer.status_code, answer.headers[tiles.EMPTY]) == (200, "no image")
    chip = client.get(f"/api/chip/{desk.footprint.id}", params=lonlat() | {"across_m": 100})
    assert (chip.status_code, chip.headers[tiles.EMPTY]) == (200, "no image")
    assert pixels(chip).shape == (240, 320, 4)


def test_a_file_that_is_gone_gives_an_empty_picture_that_is_not_kept(client, desk):
    answer = client.get(f"/api/tiles/{desk.gone.id}/{at()}?v=1")
    assert (answer.status_code, answer.headers[tiles.EMPTY]) == (200, "cannot be read")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["tiles/scene-nobody/3/1/1", "chip/scene-nobody?lon=1&lat=1&across_m=10"]
)
def test_an_unknown_image_is_not_there(client, path):
    answer = client.get(f"/api/{path}")
    assert answer.status_code == 404
    assert set(answer.json()) == {"error", "message", "next"}


def test_an_unknown_fit_is_not_there_and_one_of_other_images_is_refused(client, desk):
    assert client.get(f"/api/tiles/{desk.after.id}/{at()}?fit=fit-none").status_code == 404
    answer = client.get(f"/api/tiles/{desk.footprint.id}/{at()}?fit={desk.a_fit.id}")
    assert answer.status_code == 400
    assert "not about" in answer.json()["message"]


@pytest.mark.parametrize(
    "place", ["23/0/0", "3/8/0", "3/0/9", "-1/0/0", "2/-1/0", "a/b/c", "22/4194304/1"]
)
def test_tiles_that_cannot_exist_are_refused(client, desk, place):
    answer = client.get(f"/api/tiles/{desk.before.id}/{place}")
    assert answer.status_code == 400
    assert set(answer.json()) == {"error", "message", "next"}


@pytest.mark.parametrize("zoom", [0, 4, 9, 22])
def test_every_zoom_answers(client, desk, zoom):
    assert (
        client.get(f"/api/tiles/{desk.after.id}/{at(zoom=zoom)}?fit={desk.a_fit.id}").status_code
        == 200
    )


def test_a_chip_is_as_large_as_asked_and_turned(client, desk):
    how = lonlat() | {"across_m": 100, "width": 300, "height": 160, "v": 1}
    plain = client.get(f"/api/chip/{desk.before.id}", params=how)
    turned = client.get(f"/api/chip/{desk.before.id}", params=how | {"bearing": 180})
    assert pixels(plain).shape == (160, 300, 3)
    upside = pixels(turned)[::-1, ::-1].astype(int)
    assert np.abs(upside - pixels(plain)).mean() < 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"width": 1601},
        {"height": 1201},
        {"across_m": 0},
        {"lon": "nan"},
        {"lat": 91},
        {"bearing": "inf"},
    ],
)
def test_chips_that_cannot_be_made_are_refused(client, desk, wrong):
    how = lonlat() | {"across_m": 100} | wrong
    assert client.get(f"/api/chip/{desk.before.id}", params=how).status_code == 400


def test_a_ribbon_shows_both_dates_and_hatches_what_is_not_compared(client):
    for side in ("before", "after"):
        answer = client.get(f"/api/ribbon/{side}?start_m=0&length_m=1000&width=500&height=60")
        assert answer.status_code == 200
        seen = pixels(answer).astype(int)
        assert seen.shape == (60, 500, 3)
        assert seen[:, :340].std() > 25
        assert seen[:, 360:].mean() < 90
    assert client.get("/api/ribbon/middle?start_m=0").status_code == 400


def test_a_ribbon_is_described_and_places_are_found_on_it(client):
    told = client.get(
        "/api/ribbon",
        params={"start_m": 0, "length_m": 1000, "item": ["500,0", "250,-30", "750,30"]},
    ).json()
    assert told["half_m"] == 60
    assert told["folded"] == []
    assert [round(one["x"], 2) for one in told["items"]] == [0.5, 0.25, 0.75]
    assert [round(one["y"], 2) for one in told["items"]] == [0.5, 0.25, 0.75]
    assert {round(y, 2) for _, y in told["line"]} == {0.5}


@pytest.mark.parametrize(
    "query",
    [
        "start_m=5000",
        "start_m=-1",
        "start_m=0&length_m=0",
        "start_m=0&item=here",
        "start_m=0&item=nan,1",
        "",
    ],
)
def test_ribbons_that_cannot_be_made_are_refused(client, query):
    assert client.get(f"/api/ribbon?{query}").status_code == 400


def test_eight_browsers_at_once_get_the_right_tiles(client, desk):
    wanted = [
        f"/api/tiles/{one.id}/{at(x_m, zoom=20)}?fit={desk.a_fit.id}&v=1"
        for x_m in range(100, 900, 60)
        for one in (desk.before, desk.after)
    ]
    alone = [client.get(url).content for url in wanted]
    with ThreadPoolExecutor(8) as browsers:
        together = list(
            browsers.map(lambda url: client.get(url.replace("v=1", "v=2")).content, wanted * 2)
        )
    assert together == alone * 2
