"""The review desk as people use it: a real browser, a real server, a small border."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Route

import desk_page
import suggested_border
from desk_page import (
    APP,
    COMPARE,
    NOT_LOADED,
    REVIEW,
    Desk,
    Server,
    invited,
    middle,
    pixels,
    serving,
)
from vallum.ground.records import Verdict
from vallum.project import open_project

pytestmark = pytest.mark.slow

PAGES = ("images", "run", "coverage", "settings", "report", "people", "sample", "agreement")
MODES = ("triage", "sheet", "sweep", "sample", "dating", "disagreements")
HEARD_OF_THE_MACHINE = ("category", "change", "score", "kinds", "evidence", "others")


@pytest.fixture(scope="module")
def made(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return suggested_border.make(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def keeper(shared_desk: Desk) -> Desk:
    """A page for tests that decide nothing; its keeper has a name, and a sample is drawn."""
    shared_desk.ask("samples", {"n": 3, "length_m": 100, "seed": 5})
    shared_desk.page.reload()
    shared_desk.idle()
    return shared_desk


def verdicts(root: Path) -> list[Verdict]:
    with open_project(root) as project:
        return [e.row() for e in project.store.entries() if e.kind == Verdict.kind()]


def test_from_the_start_page_to_fifty_decisions_by_keyboard_alone(
    browser: Browser, root: Path
) -> None:
    with serving(root.parent) as server:
        desk = Desk(browser, server)
        page = desk.page
        desk.enter()
        page.locator("vallum-start-page .projects button").wait_for()
        desk.picture("start")
        press_until(page, "vallum-start-page .projects button")
        page.keyboard.press("Enter")
        page.wait_for_url("**/#/coverage")
        desk.name("ann")
        press_until(page, "nav a[href='#/review']")
        page.keyboard.press("Enter")
        tickets = [desk.idle()]
        tickets.extend(desk.decide(*KEYS[k % len(KEYS)]) for k in range(50))
        desk.saved()
        desk.picture("triage")
        assert "50 of" in page.locator("header .progress").inner_text()
        assert len(set(tickets)) == 51
        desk.page.keyboard.press("z")
        assert desk.idle(but=tickets[-1]) == tickets[-2]
        desk.saved()
        assert "49 of" in page.locator("header .progress").inner_text()
        desk.calm()
        desk.close()
    kept = verdicts(root)
    assert len({v.about for v in kept if v.analyst == "ann"}) > 35
    given = [v for v in kept if not v.is_withdrawn]
    assert len(given) == 50
    assert {v.answer.value for v in given} == {"yes", "no", "cannot_tell"}
    assert all(v.seconds > 0 and v.looked_at and min(v.looked_s) >= 0 for v in given)
    assert sum(v.is_withdrawn for v in kept) == 1


KEYS = (
    ("a",),
    ("x", "Shift+Digit1"),
    ("e",),
    ("u",),
    ("Shift+Digit3",),
    ("5", "w"),
    ("Space", "r"),
)
"""One decision each: yes, no with a reason, there before, cannot tell, another class, a blink."""


def press_until(page: Page, selector: str) -> None:
    """Press Tab until the focus is on something, as somebody without a mouse does."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.locator(f"{selector}:focus").count():
            return
    pytest.fail(f"Tab never comes to {selector}")


def test_no_ribbon_is_asked_for_before_it_is_known_where_it_stands(
    browser: Browser, server: Server, root: Path
) -> None:
    desk = Desk(browser, server)
    page = desk.page
    desk.enter()
    page.locator("vallum-name-dialog input").wait_for()
    page.locator("vallum-ribbon .foot").wait_for()
    page.wait_for_load_state("networkidle")
    assert [url for url in desk.asked if "/api/ribbon" in url] == []
    assert page.locator("vallum-strip .window, vallum-ribbon .pane").count() == 0
    desk.name("ann")
    desk.idle()
    page.locator("vallum-ribbon .pane").first.wait_for()
    page.locator("vallum-strip .window").first.wait_for()
    desk.close()


def test_a_line_and_a_post_are_drawn_and_taken_back_and_a_closed_window_loses_nothing(
    browser: Browser, server: Server, root: Path
) -> None:
    desk = Desk(browser, server)
    page = desk.page
    desk.enter()
    desk.name("ann")
    desk.idle()
    compare = page.locator("vallum-compare")
    after = middle(pixels(compare))
    page.keyboard.press("Space")
    page.wait_for_function(f"() => {COMPARE}.isIdle && {COMPARE}.shown === 'before'")
    before = middle(pixels(compare))
    assert min(before.std(), after.std()) > 8, "a map is blank"
    assert np.abs(after - before).mean() > 1, "both dates look the same"
    # a line by mouse
    page.keyboard.press("l")
    click_along(desk, (0.3, 0.4), (0.5, 0.55), (0.7, 0.4))
    assert page.evaluate("() => localStorage.length") > 0
    desk.picture("drawing")
    # the window is closed before the line is done
    page.close()
    desk.page = page = desk.context.new_page()
    page.goto(f"{server.address}/#/review/triage")
    desk.idle()
    page.get_by_role("button", name="Go on").click()
    page.wait_for_function(f"() => {REVIEW}.judge.drawing === 'line'")
    with page.expect_response("**/api/draw") as drawn:
        page.keyboard.press("3")
        page.keyboard.press("Enter")
    assert drawn.value.ok
    # a post by keyboard: the middle of the view is moved there
    page.keyboard.press("p")
    page.locator("vallum-compare .glass").focus()
    with page.expect_response("**/api/draw") as drawn:
        for key in ("ArrowRight", "ArrowUp", ".", "1"):
            page.keyboard.press(key)
    assert drawn.value.ok
    with page.expect_response("**/api/undo") as undone:
        page.keyboard.press("z")
    assert undone.value.ok
    desk.saved()
    desk.calm()
    desk.close()
    kinds = [(v.category, v.is_withdrawn) for v in verdicts(root) if v.mode == "draw"]
    assert [kind.value for kind, gone in kinds if kind is not None and not gone][:1] == ["fence"]
    assert kinds[-1] == ("guard_post", True)


def click_along(desk: Desk, *places: tuple[float, float]) -> None:
    """Click on shares of the width and height of the map."""
    box = desk.page.locator("vallum-compare .glass").bounding_box()
    assert box is not None
    for x, y in places:
        desk.page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def test_sheet_sweep_and_a_sample_that_tells_nothing_of_the_machine(
    browser: Browser, server: Server, root: Path
) -> None:
    desk = Desk(browser, server)
    page = desk.page
    desk.enter()
    desk.name("ann")
    desk.idle()
    desk.visit("review/sheet")
    sheet_is_whole(page)
    desk.picture("sheet")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+Digit2")
    with page.expect_response("**/api/verdicts") as sent:
        page.keyboard.press("Shift+Enter")
    assert sent.value.ok
    desk.saved()
    page.keyboard.press("z")
    desk.saved()
    page.locator("vallum-sheet .pick").first.wait_for()
    sheet_is_whole(page)
    page.keyboard.press("Shift+Enter")
    desk.saved()
    assert desk.ask("queue?mode=sheet")["n_done"] == 24
    kept = verdicts(root)
    assert sum(v.is_withdrawn for v in kept) == 24
    assert [v.reason.value for v in kept if v.answer == "no" and not v.is_withdrawn][-1] == "season"

    desk.visit("review/sweep")
    desk.idle()
    desk.picture("sweep")
    desk.decide("x")

    planned_and_drawn(desk)
    heard = listening(desk)
    desk.visit("review/sample")
    page.reload()
    desk.idle()
    page.locator("vallum-decide").get_by_text("says all of this stretch").wait_for()
    desk.decide("x")
    page.keyboard.press("a")
    page.locator("vallum-decide").get_by_text("counts every metre").wait_for()
    page.keyboard.press("l")
    click_along(desk, (0.45, 0.4), (0.55, 0.5))
    page.locator("vallum-decide").get_by_role("button", name="extended").click()
    page.keyboard.press("Enter")
    with page.expect_response("**/api/draw") as sent:
        page.keyboard.press("3")
    assert sent.value.ok
    desk.picture("sample")
    desk.decide("a")
    desk.saved()
    tells_nothing(desk, heard)
    desk.visit("sample")
    page.get_by_text("2 of 4 are read").wait_for()
    desk.calm()
    desk.close()
    drawn = next(v for v in verdicts(root) if v.mode == "draw")
    read = {v.about: v.answer.value for v in verdicts(root) if v.mode == "sample"}
    assert sorted(read.values()) == ["no", "yes"]
    assert read[drawn.frame] == "yes"


def planned_and_drawn(desk: Desk) -> None:
    """Plan and draw a sample on its page."""
    page = desk.page
    desk.visit("sample")
    form = page.locator("vallum-sample-form")
    form.locator("summary").first.click()
    form.locator("#length_m").fill("100")
    with page.expect_response(lambda got: "sample-plan?n=4" in got.url) as plan:
        form.locator("#n").fill("4")
    assert plan.value.json()["chosen"]["n"] == 4
    form.get_by_text("What this costs and gives").wait_for()
    desk.picture("sample-plan")
    with page.expect_response("**/api/samples") as drawn:
        form.get_by_role("button", name="Draw").click()
    assert drawn.value.ok, drawn.value.text()
    page.get_by_text("4 stretches are to be read").wait_for()


def sheet_is_whole(page: Page) -> None:
    page.wait_for_function(
        f"""() => {{
            const tiles = [...({REVIEW}?.shadowRoot.querySelector('vallum-sheet')?.shadowRoot
                .querySelectorAll('.pick') ?? [])];
            return tiles.length > 0 && tiles.slice(0, 8).every(tile =>
                [...tile.querySelectorAll('img')].every(img => img.complete && img.naturalWidth > 0));
        }}"""
    )


def listening(desk: Desk) -> list[tuple[str, str]]:
    """Return a list to which address and text of every JSON answer will be added."""
    heard: list[tuple[str, str]] = []

    def hear(route: Route) -> None:
        if route.request.method != "GET":
            route.fallback()
            return
        # A browser forgets bodies when its page goes on; so they are read on their way.
        response = route.fetch()
        if "json" in response.headers.get("content-type", ""):
            heard.append((route.request.url, response.text()))
        route.fulfill(response=response)

    desk.context.route("**/api/**", hear)
    return heard


def tells_nothing(desk: Desk, heard: list[tuple[str, str]]) -> None:
    """Neither the page nor any answer of the server names a class, a score or another's answer."""
    desk.context.unroute_all(behavior="ignoreErrors")
    shown = desk.page.evaluate(f"{REVIEW}.shadowRoot.querySelector('aside').innerText")
    shown += desk.page.evaluate(
        f"{REVIEW}.shadowRoot.querySelector('vallum-decide').shadowRoot.textContent"
    )
    assert "Suggested" not in shown
    assert "score" not in shown.lower()
    told = [h for h in heard if any(word in h[0] for word in ("/queue", "/item/"))]
    assert told
    for address, text in told:
        assert found(json.loads(text), mine=False) == set(), address
    for address, text in heard:
        if "/strip" in address:
            assert sum(json.loads(text)["lines"]) + sum(json.loads(text)["posts"]) == 0
        if "/ribbon" in address:
            assert "category" not in text


def found(told: Any, *, mine: bool) -> set[str]:
    """Return which words of the machine or of others are said anywhere, but in one's own answer."""
    if isinstance(told, list):
        return set().union(*(found(one, mine=mine) for one in told)) if told else set()
    if not isinstance(told, dict):
        return set()
    here = {key for key in HEARD_OF_THE_MACHINE if told.get(key) and not mine}
    # In a frame the shapes are one's own drawings; a test of the desk watches over that.
    own = ("mine", "group_shapes") if told.get("kind") == "frame" else ("mine",)
    return here.union(*(found(value, mine=key in own) for key, value in told.items()))


def test_two_blind_readers_a_dispute_settled_and_the_report(
    browser: Browser, server: Server, root: Path
) -> None:
    keeper = Desk(browser, server)
    keeper.enter()
    keeper.name("ann")
    keeper.idle()
    for _ in range(3):
        keeper.decide("a")
    keeper.saved()
    places = [item["centre"] for item in keeper.ask("queue")["items"]]

    bob = invited(browser, keeper, "bob")
    heard = listening(bob)
    bob.page.reload()
    bob.idle()
    bob.picture("second-reader")
    told = bob.ask("queue")
    assert told["is_blind"]
    assert [item["centre"] for item in told["items"]][:10] != places[:10]
    tells_nothing(bob, heard)
    bob.decide("x", "Shift+Digit3")
    # bob answers what ann did, wherever it comes in his order
    theirs = {tuple(item["centre"]) for item in keeper.ask("queue")["items"] if item["answer"]}
    number = {tuple(item["centre"]): k for k, item in reversed(list(enumerate(told["items"])))}
    for centre in sorted(theirs):
        bob.page.evaluate(f"k => {REVIEW}.sitting.go(k)", number[centre])
        ticket = told["items"][number[centre]]["ticket"]
        bob.page.wait_for_function(f"t => {COMPARE}?.item?.ticket === t", arg=ticket)
        bob.idle()
        if bob.ask(f"item/{ticket}")["answer"] is None:
            bob.decide("x", "Shift+Digit3")
    bob.saved()
    hidden = bob.ask("agreement")
    assert hidden.get("hidden") is True, "agreement is hidden until the section is done"

    judge = invited(browser, keeper, "jo", "adjudicator")
    judge.visit("review/disagreements")
    judge.idle()
    judge.page.locator("vallum-decide .others li").first.wait_for()
    assert judge.page.locator("vallum-decide .others li").count() == 2
    judge.picture("disagreement")
    n_open = len(judge.ask("queue?mode=disagreements")["items"])
    assert n_open >= len(theirs)
    judge.decide("a")
    judge.saved()
    assert len(judge.ask("queue?mode=disagreements")["items"]) == n_open - 1

    page = keeper.page
    keeper.visit("agreement")
    page.locator("vallum-agreement-page .loud").wait_for()
    keeper.picture("agreement")
    keeper.visit("report")
    for step in ("settle", "measure", "publish"):
        button = page.locator(f"vallum-report-making button[data-step={step}]")
        path = "publishing" if step == "publish" else f"steps/{step}"
        with page.expect_response(
            lambda got, path=path: got.url.endswith(f"/api/{path}") and got.request.method == "POST"
        ):
            button.click()
        page.wait_for_function(
            """async step => {
                const job = await (await fetch('/api/job')).json();
                return job?.what === step && job.state !== 'running' ? job.state : null;
            }""",
            arg=step,
        )
    keeper.visit("report/read")
    page.locator("vallum-report-page iframe").wait_for()
    frame = page.frame_locator("vallum-report-page iframe")
    frame.get_by_text("could be compared").first.wait_for()
    page.locator("vallum-report-page iframe").scroll_into_view_if_needed()
    keeper.picture("report")
    for desk in (keeper, bob, judge):
        desk.calm()
        desk.close()
    final = [v for v in verdicts(root) if v.is_final]
    assert len(final) == 1
    assert final[0].analyst == "jo"


def test_a_browser_that_goes_offline_and_a_server_that_dies_lose_nothing(
    browser: Browser, server: Server, root: Path
) -> None:
    keeper = Desk(browser, server)
    keeper.enter()
    keeper.ask("me", {"name": "kay"})
    ann = invited(browser, keeper, "ann")
    keeper.close()
    page = ann.page
    ann.idle()
    page.wait_for_function(f"() => {REVIEW}.sitting.upcoming().length > 5")
    ann.context.set_offline(True)
    for _ in range(3):
        last = ann.ticket
        page.keyboard.press("a")
        page.wait_for_function(f"t => {REVIEW}.sitting.item.ticket !== t", arg=last)
        page.wait_for_function(f"() => performance.now() - {REVIEW}.metAt > 4000")
    page.get_by_text("3 decisions").first.wait_for()
    assert ann.kept() == 3
    ann.picture("offline")
    ann.context.set_offline(False)
    ann.saved()
    assert len(verdicts(root)) == 3

    server.kill()
    ann.idle()
    last = ann.ticket
    page.keyboard.press("u")
    page.wait_for_function(f"t => {REVIEW}.sitting.item.ticket !== t", arg=last)
    page.locator(".banner", has_text="1 decision").first.wait_for()
    ann.picture("server-gone")
    assert ann.kept() == 1
    server.start()
    ann.saved()
    page.locator(".banner").wait_for(state="hidden")
    ann.calm("ERR_INTERNET_DISCONNECTED", "ERR_CONNECTION_REFUSED", NOT_LOADED)
    ann.close()
    kept = verdicts(root)
    assert len(kept) == 4
    assert [v.answer.value for v in kept] == ["yes"] * 3 + ["cannot_tell"]


def test_two_windows_with_the_same_thing_keep_both_answers(
    browser: Browser, server: Server, root: Path
) -> None:
    keeper = Desk(browser, server)
    keeper.enter()
    keeper.ask("me", {"name": "kay"})
    one = invited(browser, keeper, "ann")
    first, ticket = one.page, one.idle()
    second = one.context.new_page()
    second.goto(f"{server.address}/#/review/triage")
    one.page = second
    assert one.idle() == ticket
    one.page = first
    one.decide("a")
    one.saved()
    one.page = second
    second.bring_to_front()
    with second.expect_response("**/api/verdicts") as sent:
        second.keyboard.press("x")
        second.keyboard.press("Shift+Digit1")
    assert sent.value.status == 409
    told = sent.value.json()
    second.locator(".notes .note", has_text=told["message"][:40]).wait_for()
    one.picture("second-window")
    one.saved()
    assert one.kept() == 0
    one.calm(NOT_LOADED)
    kept = verdicts(root)
    assert sorted(v.answer.value for v in kept) == ["no", "yes"]
    assert len({v.about for v in kept}) == 1
    jo = invited(browser, keeper, "jo", "adjudicator")
    assert len(jo.ask("queue?mode=disagreements")["items"]) == 1
    for desk in (one, jo, keeper):
        desk.close()


@pytest.mark.parametrize("way", ["asked for", "no WebGL"])
def test_still_pictures_do_where_no_map_can_be_drawn(
    browser: Browser, server: Server, way: str
) -> None:
    desk = Desk(browser, server)
    if way == "no WebGL":
        desk.context.add_init_script(
            """const real = HTMLCanvasElement.prototype.getContext;
            HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
                return /webgl/.test(kind) ? null : real.call(this, kind, ...more);
            };"""
        )
    desk.enter()
    desk.ask("me", {"name": "ann"})
    still = "?still=1" if way == "asked for" else ""
    desk.page.goto(f"{server.address}/{still}#/review/triage")
    desk.page.reload()
    desk.idle()
    assert desk.page.locator("vallum-compare canvas").count() == 0
    after = middle(pixels(desk.page.locator("vallum-compare")))
    desk.page.keyboard.press("Space")
    desk.page.wait_for_function(f"() => {COMPARE}.shown === 'before'")
    before = middle(pixels(desk.page.locator("vallum-compare")))
    assert min(before.std(), after.std()) > 8
    assert np.abs(after - before).mean() > 1
    desk.decide("a")
    desk.saved()
    desk.picture(f"still-{way.replace(' ', '-')}")
    desk.calm("WebGL")
    desk.close()


def test_nothing_blinks_by_itself_where_motion_is_unwelcome(browser: Browser, keeper: Desk) -> None:
    desk = Desk(browser, keeper.server, reduced_motion="reduce")
    desk.enter()
    desk.idle()
    desk.page.get_by_role("button", name="Auto").click()
    desk.page.locator("vallum-compare").get_by_text("motion").first.wait_for()
    assert desk.page.evaluate(f"{COMPARE}.blinker.isOn") is False
    desk.calm()
    desk.close()


def test_every_page_is_free_of_what_axe_finds(keeper: Desk) -> None:
    bad: dict[str, list[str]] = {}
    for page in ("start", *PAGES, *(f"review/{mode}" for mode in MODES)):
        keeper.visit(page)
        shown(keeper, page)
        keeper.picture(f"page-{page.replace('/', '-')}")
        told = keeper.axe()
        if told:
            bad[page] = told
    assert bad == {}
    keeper.calm()


@pytest.mark.parametrize("size", [(1366, 768), (683, 384)], ids=["1366x768", "200 per cent"])
def test_nothing_is_cut_off_on_a_small_screen(keeper: Desk, size: tuple[int, int]) -> None:
    keeper.page.set_viewport_size({"width": size[0], "height": size[1]})
    for page in ("start", *PAGES, "review/sheet", "review/triage"):
        keeper.visit(page)
        shown(keeper, page)
        keeper.fits_across()
        if page == "review/sheet":
            tile = keeper.page.locator("vallum-sheet .pick").first.bounding_box()
            assert tile is not None
            assert tile["height"] > 80
        keeper.picture(f"{size[0]}-{page.replace('/', '-')}")
    assert height_of_map(keeper) >= (380 if size[0] > 900 else 240)
    larger = keeper.page.get_by_role("button", name="Larger map")
    larger.click()
    keeper.page.locator("vallum-filmstrip").wait_for(state="detached")
    keeper.fits_across()
    assert height_of_map(keeper) >= (500 if size[0] > 900 else 240)
    larger.click()
    keeper.page.set_viewport_size(desk_page.SIZE)
    keeper.calm()


def height_of_map(desk: Desk) -> float:
    box = desk.page.locator("vallum-compare").bounding_box()
    assert box is not None
    return box["height"]


@pytest.mark.parametrize(("code", "word"), [("ko", "검토"), ("zh-Hans", "审阅")])
def test_the_page_speaks_korean_and_chinese(keeper: Desk, code: str, word: str) -> None:
    keeper.visit("review/triage")
    keeper.page.locator("label.language select").select_option(code)
    shown(keeper, "review/triage")
    keeper.picture(f"language-{code}")
    assert keeper.page.evaluate("document.documentElement.lang") == code
    assert word in keeper.page.locator("vallum-app header nav").inner_text()
    left = keeper.page.evaluate(f"{REVIEW}.shadowRoot.textContent")
    assert "decide." not in left, "a key without words"
    keeper.page.locator("label.language select").select_option("en")
    keeper.calm()


def shown(desk: Desk, page: str) -> None:
    """Wait until a page is whole."""
    if page == "review/sheet":
        sheet_is_whole(desk.page)
    elif page in {"review/dating", "review/disagreements"}:
        desk.page.locator("vallum-review .calm").wait_for()
    elif page.startswith("review"):
        desk.idle()
    else:
        desk.page.wait_for_function(
            f"""() => {{
                const page = {APP}.querySelector('vallum-{page}-page');
                return page?.busy === '' && page.renderRoot.querySelector('h1') !== null
                    && !page.renderRoot.textContent.includes('Loading');
            }}"""
        )
