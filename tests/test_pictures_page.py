"""The pages about finding, placing and buying images, as people use them: SIMULATED screenshots."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

import desk_page
import small_pictures
from desk_page import APP, Desk
from vallum.ground.records import Scene, Shot
from vallum.project import open_project

pytestmark = pytest.mark.slow

PAGES = {
    "images/catalogue": "catalogue",
    "images/shots": "shots",
    "images/dates": "dates",
    "images/cues": "cues",
    "images/land": "land",
}
LANGUAGES = {"ko": "화면 캡처", "zh-Hans": "截图"}
SIZES = ((683, 384), (390, 800), (1366, 768))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_pictures.make(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def root(shared_root: Path) -> Path:
    return shared_root


@pytest.fixture(scope="module")
def desk(shared_desk: Desk) -> Desk:
    return shared_desk


@pytest.fixture(autouse=True)
def as_before(desk: Desk) -> None:
    """English, on a screen of the usual size, with nothing typed."""
    desk.page.set_viewport_size(desk_page.SIZE)
    desk.page.evaluate("localStorage.setItem('vallum.language', 'en')")
    desk.visit("start")


def whole(desk: Desk, page: str) -> None:
    """Go to a page, and wait until it shows all that it asked for."""
    desk.visit(page)
    name = PAGES.get(page, "placing")
    desk.page.wait_for_function(
        f"""() => {{
            const page = {APP}.querySelector('vallum-{name}-page');
            return page?.busy === '' && page.renderRoot.querySelector('h1') !== null
                && !/Loading|읽는 중|正在加载/.test(page.renderRoot.textContent);
        }}"""
    )


def opened(desk: Desk, number: int = 1) -> None:
    """Open a screenshot to be placed, and wait until picture and map can be pressed."""
    ids = {one["name"]: one["id"] for one in desk.ask("shots")["items"]}
    whole(desk, f"images/shots/{ids[f'shot-0{number}.png']}")
    desk.page.locator("vallum-shot-pane image").wait_for(state="attached")
    desk.page.locator("vallum-map-pane path.border").wait_for(state="attached")


def press(page: Page, pane: str, world: tuple[float, float]) -> None:
    """Press a place of a pane, given in the units of its picture."""
    spot = page.evaluate(
        f"""([pane, x, y]) => {{
            const it = {APP}.querySelector('vallum-placing-page').renderRoot.querySelector(pane);
            it.show([x, y]);
            const {{ view, size }} = it, box = it.getBoundingClientRect();
            const turn = view.turn * Math.PI / 180;
            const [dx, dy] = [(x - view.x) * view.k, (y - view.y) * view.k];
            return [
                box.left + it.clientLeft + size.width / 2 + dx * Math.cos(turn) - dy * Math.sin(turn),
                box.top + it.clientTop + size.height / 2 + dx * Math.sin(turn) + dy * Math.cos(turn),
            ];
        }}""",
        [pane, *world],
    )
    page.mouse.click(*spot)


def mercator(lon: float, lat: float) -> tuple[float, float]:
    import math

    sin = math.sin(math.radians(lat))
    return (lon + 180) / 360, 0.5 - math.log((1 + sin) / (1 - sin)) / (4 * math.pi)


def marked(page: Page, root: Path, *places: tuple[float, float], off_px: float = 0.0) -> None:
    """Mark pairs with the mouse: in the picture, then on the map; the last is off by so much."""
    with open_project(root) as project:
        truths = [small_pictures.truth(project, column, row) for column, row in places]
    for number, ((column, row), (lon, lat)) in enumerate(zip(places, truths, strict=True), 1):
        more = off_px if number == len(places) else 0.0
        press(page, "vallum-shot-pane", (column + 0.5 + more, row + 0.5))
        press(page, "vallum-map-pane", mercator(lon, lat))


def table(page: Page) -> Locator:
    return page.locator("vallum-pair-table tbody tr")


def test_a_screenshot_is_placed_with_the_mouse_its_worst_pair_found_and_mended(
    desk: Desk, root: Path
) -> None:
    page = desk.page
    whole(desk, "images/shots")
    expect(page.get_by_role("button", name="to be placed 3")).to_be_visible()
    desk.picture("pictures-shots")
    page.get_by_role("link", name="Place the next one").click()
    opened(desk)
    expect(page.get_by_text("Pair 1: press a place in the screenshot")).to_be_visible()
    marked(page, root, (60, 40), (580, 60))
    expect(page.locator(".verdict")).to_contain_text("nothing checks them")
    marked(page, root, (560, 320), (80, 300), (330, 190), off_px=30)
    expect(page.locator(".verdict")).to_contain_text("Pair 5 contradicts the others")
    expect(table(page).nth(4)).to_contain_text("worst")
    desk.picture("pictures-placing-worst")
    assert desk.axe() == []
    page.get_by_role("button", name="Remove pair 5").first.click()
    expect(page.locator(".verdict .good-text")).to_contain_text("✓")
    expect(table(page)).to_have_count(4)
    page.locator("vallum-shot-pane .stage").focus()
    page.keyboard.press("z")
    expect(table(page)).to_have_count(5)
    page.keyboard.press("Delete")
    expect(table(page)).to_have_count(5)  # no pair is chosen, so none goes
    page.get_by_role("button", name="Remove pair 5").first.click()

    keep = page.get_by_role("button", name="Keep this place")
    expect(keep).to_be_disabled()
    page.locator("vallum-shot-date #oldest").fill("2022-04-11")
    page.locator("vallum-shot-date #newest").fill("2022-09-30")
    expect(page.locator("vallum-shot-date")).to_contain_text("173 days")
    expect(page.locator("vallum-shot-date")).to_contain_text("there by 30 Sep 2022")
    desk.picture("pictures-placing-good")
    keep.click()
    expect(page.get_by_text("Kept: it lies on the ground now")).to_be_visible(timeout=60_000)
    desk.picture("pictures-placing-kept")
    desk.calm()
    with open_project(root) as project:
        (row,) = [row for row in project.rows(Shot) if row.scene]
        (scene,) = [one for one in project.rows(Scene) if one.id == row.scene]
    assert row.by == "ann"
    assert row.rmse_m < 2.0, "a press is as good as a pixel of the screen"
    assert str(scene.taken) == "2022-04-11..2022-09-30"


def test_a_pair_is_marked_and_a_pair_is_typed_without_the_mouse(desk: Desk, root: Path) -> None:
    page = desk.page
    opened(desk, 2)
    stage = page.locator("vallum-shot-pane .stage")
    stage.focus()
    page.keyboard.press("+")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Enter")
    expect(table(page)).to_have_count(1)
    page.locator("vallum-map-pane .stage").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(table(page).first).to_contain_text("–")
    page.get_by_role("button", name="Type a pair").click()
    with open_project(root) as project:
        lon, lat = small_pictures.truth(project, 100.0, 50.0)
    page.get_by_label("Pair 2: column and row in the picture").fill("100.5, 50.5")
    page.keyboard.press("Tab")
    ground = page.get_by_label("Pair 2: latitude and longitude")
    ground.fill("nowhere")
    page.keyboard.press("Tab")
    expect(ground).to_have_attribute("aria-invalid", "true")
    ground.fill(f"{lat:.6f}, {lon:.6f}")
    page.keyboard.press("Tab")
    expect(page.locator(".verdict")).to_contain_text("nothing checks them")
    # it has a date that was read in the picture, which may stay
    expect(page.locator("vallum-shot-date")).to_contain_text("read in the picture")
    page.get_by_role("link", name="All screenshots").click()
    page.get_by_role("button", name="Leave and lose it").click()
    page.locator("vallum-shots-page h1").wait_for()
    desk.calm()


def test_a_screenshot_is_left_out_and_dated_as_unknown(desk: Desk, root: Path) -> None:
    page = desk.page
    opened(desk, 3)
    page.get_by_label("Unknown").check()
    expect(page.locator("vallum-shot-date")).to_contain_text("not since when")
    page.get_by_role("button", name="Leave it out").click()
    expect(page.get_by_text("Left out; placing it later")).to_be_visible()
    with open_project(root) as project:
        (row,) = [row for row in project.rows(Shot) if row.name == "shot-03.png"]
    assert row.is_skipped
    assert row.by == "ann"
    desk.calm()


def test_every_page_about_images_is_free_of_what_axe_finds_and_fits_every_screen(
    desk: Desk,
) -> None:
    page = desk.page
    bad: dict[str, list[str]] = {}
    ids = [one["id"] for one in desk.ask("shots")["items"]]
    for name in (*PAGES, f"images/shots/{ids[1]}"):
        whole(desk, name)
        if found := desk.axe():
            bad[name] = found
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            desk.fits_across()
            short = re.sub(r"/shot-.*", "-one", name).replace("/", "-")
            desk.picture(f"pictures-{short}-{width}")
    assert bad == {}
    desk.calm()


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_pages_about_images_speak_korean_and_chinese(desk: Desk, code: str) -> None:
    page = desk.page
    page.locator("label.language select").select_option(code)
    ids = [one["id"] for one in desk.ask("shots")["items"]]
    for name in (*PAGES, f"images/shots/{ids[1]}"):
        whole(desk, name)
        desk.fits_across()
        short = re.sub(r"/shot-.*", "-one", name).replace("/", "-")
        desk.picture(f"pictures-{short}-{code}")
        tag = PAGES.get(name, "placing")
        left = page.evaluate(f"{APP}.querySelector('vallum-{tag}-page').renderRoot.textContent")
        keys = r"\b(shots|plan|placing|pairs|cues|land|dates|catalogue|shopping|tabs)\.[a-z_]+"
        assert not re.search(keys, left)
    assert LANGUAGES[code] in page.locator("vallum-picture-tabs nav").inner_text()
    page.locator("label.language select").select_option("en")
    desk.calm()


def test_what_wide_images_say_is_shown_on_strip_map_and_table(desk: Desk) -> None:
    page = desk.page
    whole(desk, "images/cues")
    strip = page.locator("vallum-cue-strip")
    expect(strip.locator("svg.strip .thing")).to_have_count(2)
    strip.locator("svg.strip .thing").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("vallum-cues-page tr.on")).to_contain_text("a short line")
    expect(page.locator("vallum-cues-page .loud .gap")).to_contain_text("0.3 km")
    expect(page.locator("vallum-shopping table")).to_contain_text("no usable image before")
    with page.expect_download() as got:
        page.get_by_role("link", name="orders.csv").click()
    assert got.value.path().read_bytes().startswith("\ufefforder,".encode())
    desk.calm()
