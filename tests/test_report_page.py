"""The report in a real browser, from a file, with the network off: SIMULATED all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fake_book import fake_book
from vallum.ground.kinds import Change, Held, Status
from vallum.ground.span import Spans
from vallum.report import plates
from vallum.report.html import page as html_page
from vallum.report.model import build

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FILE = {"name": "report.json", "href": "report.json", "what": "", "bytes": 1, "sha256": "ab" * 32}
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1366, "height": 768}
STRIP = "vallum-strip [role=slider]"


@pytest.fixture(scope="module")
def model() -> dict[str, Any]:
    book = fake_book(7.4, is_simulated=True)
    made = build(book)
    figures = {
        plate.name: plate.draw(book, made) for plate in plates.PLATES if plate.name in {"strip"}
    }
    assert figures["strip"] is not None
    made["figures"] = {
        name: {"alt": one.alt, "notes": list(one.notes)} for name, one in figures.items() if one
    }
    made["downloads"] = []
    made["svg"] = {name: one.svg for name, one in figures.items() if one}
    return made


@pytest.fixture(scope="module")
def report(model: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    chips = fake_book(7.4, is_simulated=True).chips
    path.write_text(html_page(model, FILE, model["svg"], chips), "utf-8")
    return path


class Reader:
    """Somebody who opened the file, and what their browser asked for and complained of."""

    def __init__(self, browser: Browser, report: Path, **more: Any) -> None:
        more = {"viewport": DESK, "offline": True, "reduced_motion": "reduce"} | more
        self.context = browser.new_context(**more)
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.context.on("console", lambda message: self.complaints.append(message.text))
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.page: Page = self.context.new_page()
        self.page.goto(report.as_uri())

    def calm(self, report: Path) -> None:
        """Nothing but the file itself was loaded, and nothing was complained of."""
        more = [url for url in self.asked if not url.startswith(("data:", report.as_uri()))]
        assert more == []
        assert self.complaints == []

    def axe(self) -> list[str]:
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page).response["violations"]
        return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


def becomes_true(page: Page, what: str) -> None:
    """Wait for something; the page's policy lets nobody ask twice with `wait_for_function`."""
    for _ in range(100):
        if page.evaluate(what):
            return
        page.wait_for_timeout(100)
    raise AssertionError(what)


@pytest.fixture(scope="module")
def reader(browser: Browser, report: Path) -> Iterator[Reader]:
    reader = Reader(browser, report)
    reader.page.locator(STRIP).wait_for()
    yield reader
    reader.context.close()


@pytest.fixture(scope="module")
def phone(browser: Browser, report: Path) -> Iterator[Reader]:
    reader = Reader(browser, report, viewport=PHONE, has_touch=True, is_mobile=True)
    reader.page.locator(STRIP).wait_for()
    yield reader
    reader.context.close()


def test_the_page_asks_for_nothing_and_its_policy_stops_nothing_of_its_own(
    reader: Reader, report: Path
) -> None:
    assert reader.page.locator("vallum-strip svg path").count() > 5
    assert reader.page.locator("vallum-linemap svg path").count() > 3
    reader.calm(report)


def test_axe_finds_nothing_on_a_desk_and_on_a_phone(reader: Reader, phone: Reader) -> None:
    assert reader.axe() == []
    assert phone.axe() == []


def test_nothing_scrolls_sideways_on_a_phone_or_at_twice_the_size(
    phone: Reader, reader: Reader
) -> None:
    wide = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    got, room = phone.page.evaluate(wide)
    assert got <= room
    reader.page.set_viewport_size({"width": 683, "height": 384})  # 1366 x 768 at 200 %
    settled = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    becomes_true(reader.page, settled)
    got, room = reader.page.evaluate(wide)
    reader.page.set_viewport_size(DESK)
    assert got <= room


def test_the_strip_is_read_by_keys_and_moves_the_map(reader: Reader, model: dict[str, Any]) -> None:
    page = reader.page
    page.locator(STRIP).focus()
    page.keyboard.press("Home")
    page.keyboard.press("n")
    told = page.locator(STRIP).get_attribute("aria-valuetext") or ""
    assert told.startswith("km 0.0")
    at_m = int(page.locator(STRIP).get_attribute("aria-valuenow") or "-1")
    starts = sorted(int(line.split(" ")[3]) for line in model["live"]["things"])
    assert at_m == next(start for start in starts if start > 0)
    here = page.locator("vallum-strip .readout li")
    assert here.first.inner_text().startswith("Guard post: new, confirmed.")
    assert "built between 2019-03-14 and 2022-04-09" in here.first.inner_text()
    assert page.locator("vallum-linemap .here").count() == 1
    page.keyboard.press("+")
    assert page.locator("vallum-strip").get_by_text("Show all of it").is_enabled()
    page.keyboard.press("0")
    assert not page.locator("vallum-strip").get_by_text("Show all of it").is_enabled()


def test_a_press_on_the_strip_chooses_that_place(reader: Reader) -> None:
    page = reader.page
    box = page.locator(STRIP).bounding_box()
    assert box is not None
    page.locator(STRIP).click(position={"x": box["width"] - 40, "y": 60})
    near = int(page.locator(STRIP).get_attribute("aria-valuenow") or "0")
    assert near > 0.9 * int(page.locator(STRIP).get_attribute("aria-valuemax") or "0")


def test_the_wheel_zooms_with_control_and_scrolls_the_page_without(reader: Reader) -> None:
    page = reader.page
    page.locator(STRIP).scroll_into_view_if_needed()
    box = page.locator(STRIP).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 80)
    whole = page.locator("vallum-strip").get_by_text("Show all of it")
    before = page.evaluate("scrollY")
    page.mouse.wheel(0, 60)
    page.wait_for_function("before => scrollY > before", arg=before)
    assert not whole.is_enabled()
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    becomes_true(page, "document.querySelector('vallum-strip').shown[0] > 0")
    whole.click()


def test_a_filter_takes_findings_from_strip_map_and_pictured_places(
    reader: Reader, model: dict[str, Any]
) -> None:
    page = reader.page
    page.locator("vallum-filter summary").click()
    kinds = {line.split(" ")[0] for line in model["live"]["things"]}
    for kind in sorted(kinds):
        page.locator(f"vallum-filter input[name='kind:{kind}']").uncheck()
    total = len(model["live"]["things"])
    told = page.locator("vallum-filter [role=status]")
    assert told.inner_text() == f"0 of {total} findings are shown."
    settled = page.locator("[data-case]:not([data-kind=''])")
    assert settled.count() > 0
    assert all(not one.is_visible() for one in settled.all())
    page.locator("vallum-filter").get_by_text("Show everything again").click()
    assert told.inner_text() == ""
    assert settled.first.is_visible()
    page.locator("vallum-filter summary").click()


def test_two_dates_are_swiped_by_a_slider_and_shown_side_by_side(reader: Reader) -> None:
    page = reader.page
    compare = page.locator("vallum-compare").first
    later = compare.locator("img").nth(1)
    slider = compare.locator("input[type=range]")
    slider.focus()
    page.keyboard.press("End")
    assert later.evaluate("one => getComputedStyle(one).clipPath").startswith("polygon(50% 0px")
    assert "100% 4." in later.evaluate("one => getComputedStyle(one).clipPath")
    page.keyboard.press("Home")
    assert ", 0% 4." in later.evaluate("one => getComputedStyle(one).clipPath")
    compare.get_by_text("Side by side").click()
    boxes = [compare.locator("img").nth(n).bounding_box() for n in (0, 1)]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[1]["x"] >= boxes[0]["x"] + boxes[0]["width"]
    assert compare.locator("input").count() == 0


def test_nothing_blinks_where_less_motion_is_asked_for(reader: Reader) -> None:
    compare = reader.page.locator("vallum-compare").last
    compare.get_by_text("Blink").click()
    assert "less motion" in compare.locator("[role=status]").inner_text()


def test_it_blinks_no_faster_than_three_times_a_second(browser: Browser, report: Path) -> None:
    reader = Reader(browser, report, reduced_motion="no-preference")
    compare = reader.page.locator("vallum-compare").first
    compare.get_by_text("Blink").click()
    swaps = reader.page.evaluate(
        """() => new Promise(done => {
            const part = document.querySelector("vallum-compare");
            let n = 0, was = part.isAfter;
            const timer = setInterval(() => { if (part.isAfter !== was) { n += 1; was = part.isAfter; } }, 10);
            setTimeout(() => { clearInterval(timer); done(n); }, 1500);
        })"""
    )
    compare.get_by_text("Stop blinking").click()
    reader.context.close()
    assert 1 <= swaps <= 4


def test_without_script_everything_is_there(browser: Browser, report: Path) -> None:
    reader = Reader(browser, report, java_script_enabled=False)
    page = reader.page
    assert page.locator("#fig-strip img").is_visible()
    images = page.locator("vallum-compare img")
    assert images.count() == 4
    assert all(one.is_visible() for one in images.all())
    assert not page.locator("[data-go]").first.is_visible()
    assert page.locator("#tables table").first.is_visible()
    reader.context.close()


def test_on_paper_the_pictures_stand_for_the_live_charts(reader: Reader, tmp_path: Path) -> None:
    import pypdfium2

    path = tmp_path / "report.pdf"
    reader.page.pdf(path=path, format="A4")
    pages = pypdfium2.PdfDocument(path)
    texts = [page.get_textpage().get_text_range() for page in pages]
    text = " ".join(" ".join(texts).split())
    assert len(texts) > 5
    assert all(len(one) > 10 or _has_picture(page) for one, page in zip(texts, pages, strict=True))
    assert "Everything is placed by its distance along the border line" in text
    assert "Show all of it" not in text
    assert "Side by side" not in text


def _has_picture(page: Any) -> bool:
    return any(one.type == 3 for one in page.get_objects())


def test_the_order_is_what_was_found_what_was_not_seen_how_and_what_it_rests_on(
    reader: Reader,
) -> None:
    ids = reader.page.locator("main > section").evaluate_all("all => all.map(one => one.id)")
    wanted = ["numbers", "chart", "map", "said", "new", "pictures", "unseen", "method", "changes",
              "annex", "credits", "files"]  # fmt: skip
    assert [one for one in ids if one in wanted] == wanted


def test_numbers_carry_their_names_and_lead_to_how_they_are_known(
    reader: Reader, model: dict[str, Any]
) -> None:
    names = {number["name"] for number in model["numbers"]}
    cards = reader.page.locator("#numbers [data-trace]").evaluate_all(
        "all => all.map(one => one.dataset.trace)"
    )
    assert cards == [number["name"] for number in model["key_numbers"]]
    assert set(cards) <= names
    links = reader.page.locator("a.how").evaluate_all("all => all.map(one => one.hash.slice(1))")
    assert len(links) > 10
    gone = reader.page.evaluate("ids => ids.filter(id => !document.getElementById(id))", links)
    assert gone == []


def test_words_of_people_cannot_leave_the_data_of_the_charts(tmp_path: Path) -> None:
    evil = "</template><script>alert(1)</script>&lt;"
    book = replace(fake_book(7.4, n_chips=0), places=((evil, evil, 100),))
    made = build(book)
    made["figures"], made["downloads"] = {}, []
    text = html_page(made, FILE, {}, ())
    data = text.partition('<template id="live-data">')[2].partition("</template>")[0]
    assert "<" not in data
    assert json.loads(data)["places"][0]["name"] == evil
    assert "<script>alert" not in text


def test_what_was_corrected_keeps_its_old_value_in_sight(model: dict[str, Any]) -> None:
    change = {"name": "posts_new", "label": "new posts", "was": "85 posts", "now": "87 posts",
              "difference": "+2 posts", "why": ["2 findings came"], "is_correction": True,
              "trace": "posts_new"}  # fmt: skip
    correction = {"edition": 1, "day": "2026-01-02", "name": "posts_new", "label": "new posts",
                  "was": "83 posts", "now": "85 posts", "why": "counted twice"}  # fmt: skip
    history = {"edition": "edition 2", "is_draft": False, "day": "2026-03-04", "note": "Spring.",
               "editions": [{"number": 1, "day": "2026-01-02", "note": "",
                             "manifest_sha256": "cd" * 32}],
               "changes": [change], "corrections": [correction], "since": "edition 1"}  # fmt: skip
    chips = fake_book(7.4, is_simulated=True).chips
    text = html_page({**model, "history": history}, FILE, model["svg"], chips)
    for words in ("edition 2", "Compared with edition 1", "<s>85 posts</s>", "2 findings came",
                  "<s>83 posts</s>", "counted twice", "cd" * 32):  # fmt: skip
        assert words in text


def test_a_link_into_something_folded_away_opens_it(reader: Reader) -> None:
    page = reader.page
    row = page.locator("#n-frontier_km")
    assert not row.is_visible()
    page.locator("#tables a[href='#n-frontier_km']").first.click()
    assert row.is_visible()
    page.evaluate("history.replaceState(null, '', ' ')")


def test_who_comes_by_a_link_finds_its_place_open_in_view(browser: Browser, report: Path) -> None:
    reader = Reader(browser, report)
    reader.page.goto("about:blank")
    reader.page.goto(report.as_uri() + "#n-frontier_km")
    reader.page.locator(STRIP).wait_for()
    row = reader.page.locator("#n-frontier_km")
    assert row.is_visible()
    box = row.bounding_box()
    assert box is not None
    assert 0 <= box["y"] < DESK["height"]
    reader.context.close()


def test_long_tables_are_folded_away_and_no_section_is_empty(reader: Reader) -> None:
    page = reader.page
    bare = page.evaluate(
        "[...document.querySelectorAll('main > section, details.more')]"
        ".filter(one => one.textContent.trim().length < 20).map(one => one.id)"
    )
    assert bare == []
    assert page.locator("#annex details.more table.method").count() == 1


def test_a_page_of_lines_from_others_speaks_of_no_comparison(model: dict[str, Any]) -> None:
    book = fake_book(7.4, is_simulated=True)
    spans = {f"border_km_{one}": Spans() for one in Status}
    spans[f"border_km_{Status.NOT_COMPARABLE}"] = Spans((book.extent,))
    blind = replace(
        book, comparisons=(), scenes=(), looks=(), chips=(), candidates=(),
        findings=(replace(book.confirmed[0], held=Held.IMPORTED, change=Change.UNCHANGED),),
        estimates=tuple(
            replace(one, spans=spans[one.name]) if one.name in spans else one
            for one in book.estimates
        ),
    )  # fmt: skip
    made = build(blind)
    made["figures"], made["downloads"] = {}, []
    text = html_page(made, FILE, {}, ())
    assert "No two images were compared." in text
    assert "What is known, by section of the border" in text
    for words in (
        "What is new",
        "With a change",
        "Nothing has been confirmed",
        "We laid two dated",
    ):
        assert words not in text


_CROWD = """async () => {
    const strip = document.querySelector("vallum-strip");
    const of = { change: "new", held: "confirmed", kind: strip.live.kinds.find((one) => one.is_line).key, first: "", last: "", chip: -1, parts: [] };
    const [from, to] = strip.live.extent;
    const things = Array.from({ length: 1500 }, (_, k) => {
        const at = from + Math.round(((to - from) * k) / 1500);
        return { ...of, id: `finding-${k}`, span: [at, at + 1] };
    });
    strip.live = { ...strip.live, things };
    await strip.updateComplete;
    strip.shown = [from + (to - from) * 0.45, from + (to - from) * 0.55];
    await strip.updateComplete;
    return strip.renderRoot.querySelectorAll("canvas").length;
}"""
_DRAG = """async () => {
    const strip = document.querySelector("vallum-strip");
    const glass = strip.renderRoot.querySelector(".glass");
    const box = glass.getBoundingClientRect();
    glass.setPointerCapture = () => {}; // no real pointer is there to be held
    const clear = CanvasRenderingContext2D.prototype.clearRect;
    window.paints = 0;
    CanvasRenderingContext2D.prototype.clearRect = function (...all) { window.paints += 1; clear.apply(this, all); };
    const send = (type, x) => glass.dispatchEvent(new PointerEvent(type, {
        clientX: box.left + x, clientY: box.top + 40, button: 0, buttons: 1, pointerId: 1, bubbles: true, cancelable: true }));
    send("pointerdown", 600);
    const found = [];
    for (let k = 1; k <= 12; k += 1) {
        send("pointermove", 600 - 10 * k);
        await strip.updateComplete;
        found.push([window.paints, Number(/\\((.*)px/.exec(strip.renderRoot.querySelector(".sheet").style.transform)[1])]);
    }
    send("pointerup", 480);
    return found;
}"""


def test_a_crowded_strip_is_pushed_while_it_is_dragged_and_exact_once_it_rests(
    browser: Browser, report: Path
) -> None:
    reader = Reader(browser, report)
    page = reader.page
    page.locator(STRIP).wait_for()
    assert page.evaluate(_CROWD) == 1
    before = page.evaluate("() => [...document.querySelector('vallum-strip').shown]")
    found = page.evaluate(_DRAG)
    assert {paints for paints, _ in found} == {1}
    assert [b - a for (_, a), (_, b) in pairwise(found)] == [-10] * 11
    becomes_true(page, "() => window.paints === 2")
    after = page.evaluate("() => [...document.querySelector('vallum-strip').shown]")
    width = page.evaluate("() => document.querySelector('vallum-strip').scale.width")
    assert after[0] - before[0] == pytest.approx(120 * (before[1] - before[0]) / width)
    assert page.evaluate("""async () => {
        const strip = document.querySelector("vallum-strip");
        const [sheet, canvas] = [".sheet", "canvas"].map((name) => strip.renderRoot.querySelector(name));
        const rested = canvas.toDataURL();
        strip.laid = null;
        strip.requestUpdate();
        await strip.updateComplete;
        return [window.paints, sheet.style.transform, rested === canvas.toDataURL()];
    }""") == [3, "translateX(0px)", True]
    reader.context.close()


_CROWDED_MAP = """async () => {
    const map = document.querySelector("vallum-linemap");
    const kind = map.live.kinds.find((one) => one.is_line).key;
    const of = { change: "new", held: "confirmed", kind, first: "", last: "", chip: -1 };
    const [from, to] = [map.live.line[0], map.live.line.at(-1)];
    const things = Array.from({ length: 40 }, (_, k) => {
        const ends = Array.from({ length: 200 }, (_, i) => (i % 2 ? [to[0], to[1] + k / 1e4] : [from[0], from[1] + i / 1e5]));
        return { ...of, id: `finding-${k}`, span: [k, k + 1], parts: [ends] };
    });
    await Object.assign(map, { live: { ...map.live, things } }).updateComplete;
    return map.renderRoot.querySelectorAll("canvas").length;
}"""
_DRAG_MAP = """async () => {
    const map = document.querySelector("vallum-linemap");
    const glass = map.renderRoot.querySelector(".glass");
    const box = glass.getBoundingClientRect();
    glass.setPointerCapture = () => {}; // no real pointer is there to be held
    const canvas = map.renderRoot.querySelector("canvas");
    const pen = canvas.getContext("2d");
    let paints = 0;
    pen.setTransform = function (...all) { paints += 1; CanvasRenderingContext2D.prototype.setTransform.apply(this, all); };
    const send = (type, x) => glass.dispatchEvent(new PointerEvent(type, {
        clientX: box.left + x, clientY: box.top + 40, button: 0, buttons: 1, pointerId: 1, bubbles: true, cancelable: true }));
    send("pointerdown", 400);
    const found = [];
    for (let k = 1; k <= 12; k += 1) {
        send("pointermove", 400 - 10 * k);
        await map.updateComplete;
        found.push([paints, Number(/\\((-?[0-9.]+)px/.exec(map.renderRoot.querySelector(".sheet").style.transform)[1])]);
    }
    send("pointerup", 280);
    return found;
}"""


def test_a_crowded_map_has_its_room_before_a_hand_comes_so_that_no_frame_of_a_drag_paints(
    browser: Browser, report: Path
) -> None:
    reader = Reader(browser, report)
    page = reader.page
    page.locator("vallum-linemap .glass").wait_for()
    assert page.evaluate(_CROWDED_MAP) == 1
    becomes_true(
        page,
        """() => {
            const map = document.querySelector("vallum-linemap");
            const canvas = map.renderRoot.querySelector("canvas");
            return canvas.clientWidth > map.renderRoot.querySelector(".glass").clientWidth * 1.5;
        }""",
    )
    found = page.evaluate(_DRAG_MAP)
    assert {paints for paints, _ in found} == {0}
    assert [b - a for (_, a), (_, b) in pairwise(found)] == [-10] * 11
    reader.context.close()
