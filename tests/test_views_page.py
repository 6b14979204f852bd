"""Placing a photograph in a real browser: pressed on the map, locked away, forgotten by the page."""

from __future__ import annotations

import base64
import math
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

import desk_page
import said_page
from desk_page import APP, NOT_LOADED, Desk
from said_page import PASSPHRASE, Made
from vallum.evidence.keys import read_key
from vallum.ground.geodesy import WGS84, moved
from vallum.ground.records import Depicted, Exhibit, Source
from vallum.project import open_project
from vallum.steps.taking import intake
from vallum.steps.viewing import view_of

pytestmark = pytest.mark.slow

TITLE = "SIMULATED view from the hill"
SECOND = "SIMULATED view from the road"
LANGUAGES = {"ko": "카메라의 위치와 방향", "zh-Hans": "相机的位置与方向"}
PANEL = f"""{APP}.querySelector('vallum-papers-page').renderRoot
    .querySelector('vallum-reading').renderRoot.querySelector('vallum-view-panel')"""
MAP = f"{PANEL}.renderRoot.querySelector('vallum-camera-form').renderRoot.querySelector('vallum-map-pane')"
STORED = """async () => {
    const dbs = await indexedDB.databases();
    return JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href,
        history.state, dbs.map(one => one.name), await caches.keys()]);
}"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("made")
    made = said_page.make(folder)
    with open_project(made.root) as project:
        source = next(row for row in project.rows(Source) if row.name == "The Border Post")
        for number, title in enumerate((TITLE, SECOND)):
            path = folder / f"{number}.jpg"
            cv2.imwrite(str(path), _hill(number))
            intake(project, [path], source=source.code, title=title, paper="photo")
    return made


def _hill(seed: int) -> np.ndarray:
    """A SIMULATED photograph: sky, a hill, a post."""
    picture = np.full((300, 480, 3), (220, 190, 150), np.uint8)
    edge = 180 + 30 * np.sin(np.arange(480) / 60 + seed)
    picture[np.arange(300)[:, None] > edge[None, :]] = (60, 110, 90)
    cv2.rectangle(picture, (225, 110), (255, 190), (70, 70, 80), -1)
    cv2.putText(picture, "SIMULATED", (12, 286), 0, 0.7, (255, 255, 255), 2)
    return picture


def unlock(desk: Desk, made: Made) -> None:
    body = {"identity": base64.b64encode(made.key.read_bytes()).decode(), "passphrase": PASSPHRASE}
    assert desk.ask("vault/unlock", body)["is_mine"]


def opened(desk: Desk, title: str = TITLE) -> Page:
    """Open a photograph and its panel, and wait for the map."""
    page = desk.page
    desk.visit("papers")
    page.get_by_role("link", name=title, exact=True).click()
    page.get_by_role("button", name="Place it").click()
    page.locator("vallum-camera-form vallum-map-pane path.border").wait_for(state="attached")
    return page


def mercator(lon: float, lat: float) -> list[float]:
    sin = math.sin(math.radians(lat))
    return [(lon + 180) / 360, 0.5 - math.log((1 + sin) / (1 - sin)) / (4 * math.pi)]


def press(page: Page, lon: float, lat: float) -> None:
    """Press a place on the map."""
    page.locator("vallum-camera-form vallum-map-pane").scroll_into_view_if_needed()
    spot = page.evaluate(
        f"""async ([lon, lat, x, y]) => {{
            const it = {MAP};
            it.go([lon, lat], 1500);
            await it.updateComplete;
            const {{ view, size }} = it, box = it.getBoundingClientRect();
            return [box.left + it.clientLeft + size.width / 2 + (x - view.x) * view.k,
                box.top + it.clientTop + size.height / 2 + (y - view.y) * view.k];
        }}""",
        [lon, lat, *mercator(lon, lat)],
    )
    page.mouse.click(*spot)


def field(page: Page, name: str):
    return page.locator(f"vallum-camera-form #{name}")


def told(page: Page):
    return page.locator("vallum-view-panel .note.good")


def scene(root: Path) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where the SIMULATED camera stood, and the thing."""
    with open_project(root) as project:
        thing = project.frontier.point_at(5_000)
    lon, lat = moved(thing.x, thing.y, 215.0, 400.0)
    return (float(lon), float(lat)), (thing.x, thing.y)


def exhibit(root: Path, title: str = TITLE) -> Exhibit:
    with open_project(root) as project:
        return next(row for row in project.rows(Exhibit) if row.title == title)


def test_a_photograph_is_placed_on_the_map_locked_away_and_the_thing_is_told(
    desk: Desk, root: Path, made: Made
) -> None:
    camera, thing = scene(root)
    unlock(desk, made)
    page = opened(desk)
    expect(page.get_by_text("Press where the camera stood")).to_be_visible()
    press(page, *camera)
    expect(page.get_by_text("Now press what stands in the middle")).to_be_visible()
    press(page, *thing)
    ahead, _, _ = WGS84.inv(*camera, *thing)
    assert float(field(page, "bearing").input_value()) == pytest.approx(ahead % 360, abs=0.5)
    expect(page.get_by_text(re.compile(r"is (39|40)\d m away"))).to_be_visible()
    typed = field(page, "point").input_value()
    desk.picture("views-pressed")
    assert desk.axe() == []
    # what is typed and not locked is asked about, and stored nowhere
    page.get_by_role("link", name="Sources").first.click()
    page.get_by_role("button", name="Stay here").click()
    assert field(page, "point").input_value() == typed
    page.get_by_role("button", name="Lock it into the vault").click()
    expect(told(page)).to_contain_text("this page has forgotten it")
    assert field(page, "point").input_value() == ""

    page.get_by_label("one view and a distance").check()
    page.locator("vallum-thing-form #kind").select_option("guard_post")
    page.locator("vallum-thing-form #distance").fill("400")
    page.locator("vallum-thing-form #error").fill("30")
    page.get_by_role("button", name="Place the thing").click()
    outcome = page.locator("vallum-view-panel .outcome")
    expect(outcome).to_contain_text("guard post at")
    expect(outcome).to_contain_text("one view and a distance")
    desk.picture("views-placed")
    with open_project(root) as project:
        (row,) = project.rows(Depicted)
        kept = view_of(project, row.exhibit, read_key(made.key, PASSPHRASE))
    assert row.by == "ann"
    assert WGS84.inv(row.shape.x, row.shape.y, *thing)[2] < 10
    assert WGS84.inv(kept.lon, kept.lat, *camera)[2] < 5, "as good as a press on the screen"

    # nothing of it is left in the browser, until the keeper asks
    lat, lon = (part.strip() for part in typed.split(","))
    needles = {lat[:-1], lon[:-1], f"{kept.bearing_deg:.1f}°"}
    for words in (
        page.content(),
        page.evaluate(f"{PANEL}.renderRoot.textContent"),
        page.evaluate(STORED),
    ):
        assert not [one for one in needles if one in words]
    assert not [url for url in desk.asked if lat[:-1] in url or lon[:-1] in url]
    page.get_by_role("button", name="Show the camera").click()
    expect(field(page, "point")).to_have_value(typed)
    expect(page.get_by_role("button", name="Lock it into the vault")).to_be_disabled()
    desk.picture("views-shown")
    page.get_by_role("button", name="Hide it").click()
    expect(field(page, "point")).to_have_value("")
    stored = page.evaluate(STORED)
    assert not [one for one in needles if one in stored]
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete it for ever").click()
    expect(told(page)).to_contain_text("1 placed by it taken back")
    expect(page.get_by_text("Nothing in it has been placed.")).to_be_visible()
    desk.calm(NOT_LOADED)


def test_two_photographs_cross_by_keyboard_and_numbers_alone(
    desk: Desk, root: Path, made: Made
) -> None:
    _, thing = scene(root)
    for title, turn in ((TITLE, 215.0), (SECOND, 130.0)):
        lon, lat = moved(*thing, turn, 400.0)
        ahead, _, _ = WGS84.inv(float(lon), float(lat), *thing)
        page = opened(desk, title)
        point = field(page, "point")
        point.fill("nowhere")
        expect(point).to_have_attribute("aria-invalid", "true")
        point.fill(f"{float(lat):.6f}, {float(lon):.6f}")
        field(page, "bearing").fill(f"{ahead % 360:.2f}")
        page.keyboard.press("Enter")
        expect(told(page)).to_contain_text("this page has forgotten it")
    expect(page.get_by_text("To work this out the vault must be open")).to_be_visible()
    expect(page.get_by_role("button", name="Place the thing")).to_be_disabled()
    unlock(desk, made)
    page = opened(desk, TITLE)
    page.get_by_label(f"{SECOND}, view 1").check()
    page.get_by_role("button", name="Place the thing").click()
    expect(page.locator("vallum-view-panel .outcome")).to_contain_text("2 views that cross")
    with open_project(root) as project:
        (row,) = project.rows(Depicted)
    assert row.exhibit == exhibit(root).id
    assert WGS84.inv(row.shape.x, row.shape.y, *thing)[2] < 5
    desk.calm(NOT_LOADED)


@pytest.mark.parametrize("code", ["en", *LANGUAGES])
def test_the_panel_speaks_every_language_fits_every_screen_and_satisfies_axe(
    desk: Desk, code: str
) -> None:
    page = opened(desk)
    page.locator("label.language select").select_option(code)
    for width, height in ((1366, 768), (683, 384), (390, 800)):
        page.set_viewport_size({"width": width, "height": height})
        page.locator("vallum-thing-form").scroll_into_view_if_needed()
        desk.fits_across()
        page.locator("vallum-view-panel").screenshot(
            path=desk_page.KEPT / f"views-panel-{code}-{width}.png"
        )
    assert desk.axe() == []
    texts = [*page.locator("vallum-view-panel :is(h2, h3, p, label, button, legend)").all()]
    left = " ".join(one.inner_text() for one in texts)
    assert not re.search(r"\bview\.[a-z_]+", left)
    assert LANGUAGES.get(code, "Where the camera stood and looked") in left
    desk.visit("images")
    page.locator("vallum-images-page #dem").wait_for()
    page.set_viewport_size(desk_page.SIZE)
    desk.picture(f"views-images-{code}")
    assert desk.axe() == []
    desk.calm(NOT_LOADED)
