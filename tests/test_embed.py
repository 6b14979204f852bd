"""Fragments for a news page: no script, nothing loaded from elsewhere, the same in any page."""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import replace
from functools import partial

import pytest
from axe_playwright_python.sync_playwright import Axe
from lxml import html
from PIL import Image

from fake_book import fake_book
from vallum.report import embed
from vallum.report.book import Cite
from vallum.report.figures import charts
from vallum.report.model import build
from vallum.report.tongue import speaking

HOSTILE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Host</title><style>
#in *{color:lime!important;font:40px cursive!important;letter-spacing:9px!important;
text-transform:uppercase!important;border:3px dashed red!important;max-width:50px!important;
float:left!important;transform:rotate(3deg)!important;filter:invert(1)!important}
img{width:20px!important;height:20px!important;opacity:.1!important}
p,.frame,.caption{display:none!important}
div{overflow:hidden!important;position:static!important}
figure{background:black!important;margin:99px!important}
#in *::before{content:"HOST"!important}
#page #in *{display:inline!important;color:lime!important} #page #in p{font-size:3px!important}
</style></head><body><main id="page"><section id="in"><h1 style="all:revert!important">A page</h1>
FRAGMENT</section></main></body></html>"""


@pytest.fixture(scope="module")
def book():
    return replace(fake_book(7.4, is_simulated=True, n_chips=1),
                   cite_as=Cite(url="https://example.org/border"))  # fmt: skip


@pytest.fixture(scope="module")
def made(book):
    return embed.files(book, build(book), {"strip": charts.strip(book)})


@pytest.fixture(scope="module")
def folder(made, tmp_path_factory):
    place = tmp_path_factory.mktemp("page")
    for name, data in made.items():
        path = place / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        if name.endswith(".html"):
            page = HOSTILE.replace("FRAGMENT", data.decode("ascii"))
            path.with_name(f"host-{path.name}").write_text(page, encoding="utf-8")
    return place / "embed"


@pytest.fixture
def page(browser, folder):
    context = browser.new_context(viewport={"width": 1000, "height": 900}, offline=True)
    shown = context.new_page()
    shown.asked = []
    shown.on("request", lambda request: shown.asked.append(request.url))
    shown.open = lambda name: shown.goto((folder / name).as_uri())
    yield shown
    context.close()


def _fragments(made):
    return {name: html.fromstring(f"<div>{data.decode('ascii')}</div>")
            for name, data in made.items() if name.endswith(".html")}  # fmt: skip


def test_there_is_a_strip_a_swipe_for_each_place_and_a_note_for_the_editor(made):
    assert set(made) == {
        "embed/strip.html", "embed/strip.png", "embed/swipe-1.html", "embed/swipe-1-before.png",
        "embed/swipe-1-after.png", "embed/README.txt",
    }  # fmt: skip


def test_fragments_hold_no_script_and_refer_to_their_own_pictures_only(made):
    for name, root in _fragments(made).items():
        text = made[name].decode("ascii").lower()
        assert not root.xpath("//script | //iframe | //link | //object | //form")
        assert not re.search(r"\son\w+=|javascript:|url\(|@import", text)
        assert {f"embed/{src}" for src in root.xpath("//img/@src")} <= set(made)
        assert set(root.xpath("//a/@href")) <= {"https://example.org/border"}


def test_every_picture_has_words_and_every_fragment_its_credit_and_mark(made, book):
    for root in _fragments(made).values():
        assert all(alt.strip() for alt in root.xpath("//img/@alt"))
        assert len(root.xpath("//img/@alt")) == len(root.xpath("//img"))
        said = " ".join(root.text_content().split())
        assert "SIMULATED: shows no real place" in said
        assert book.frontier.credit in said
    swipe = _fragments(made)["embed/swipe-1.html"].text_content()
    assert "© 2022 Example Imaging" in swipe


def test_what_is_printed_stands_in_the_model(made, book):
    told = build(book)
    strip = _fragments(made)["embed/strip.html"].text_content()
    assert told["headline"]["found"] in strip
    assert told["headline"]["unseen"] in strip
    for row in told["statuses"]["rows"]:
        assert row["printed"] in strip
    assert told["chips"][0]["caption"] in _fragments(made)["embed/swipe-1.html"].text_content()


def test_words_of_others_cannot_become_markup(book):
    bad = replace(
        book, chips=(replace(book.chips[0], caption="<img src=x onerror=1>", alt='"><b>'),)
    )
    found = embed.files(bad, build(bad), {})
    root = html.fromstring(found["embed/swipe-1.html"].decode("ascii"))
    assert len(root.xpath("//img")) == 2
    assert not root.xpath("//b | //img[@onerror]")


def test_the_link_is_one_to_a_page_or_none(book):
    bad = replace(book, cite_as=Cite(url="javascript:alert(1)"))
    found = embed.files(bad, build(bad), {})
    assert b"javascript" not in found["embed/swipe-1.html"]


def test_two_fragments_on_one_page_have_different_names(made):
    ids = [root.xpath("//figure/@id")[0] for root in _fragments(made).values()]
    assert len(set(ids)) == len(ids)


def test_korean_survives_a_page_without_a_charset(book):
    with speaking("ko"):
        found = embed.files(book, build(book), {})
    data = found["embed/swipe-1.html"]
    assert data.isascii()
    assert b'lang="ko"' in data


def test_pictures_are_those_of_the_report_to_the_byte(made, book):
    told = build(book)["chips"][0]
    for word in ("before", "after"):
        data = made[f"embed/swipe-1-{word}.png"]
        assert hashlib.sha256(data).hexdigest() == told[f"sha256_{word}"]


@pytest.mark.parametrize("name", ["strip.html", "swipe-1.html"])
def test_a_hostile_page_changes_nothing_in_a_fragment(page, name):
    look = """() => [...document.querySelectorAll('figure, figure *')].map(e => {
        const s = getComputedStyle(e), b = getComputedStyle(e, '::before');
        return [e.tagName, s.color, s.fontSize, s.fontFamily, s.display, s.position, s.opacity,
                s.transform, s.filter, s.borderTopStyle, s.letterSpacing, s.float, s.overflowX,
                s.width, s.height, b.content];
    })"""
    page.open(f"host-{name}")
    hostile = page.evaluate(look)
    page.open(name)
    assert page.evaluate(look) == hostile


def test_a_fragment_leaves_the_page_around_it_alone(page):
    page.open("host-swipe-1.html")
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).fontSize") == "32px"


@pytest.mark.parametrize("name", ["strip.html", "swipe-1.html"])
def test_nothing_is_asked_for_but_the_pictures_beside_it(page, folder, name):
    page.open(name)
    page.wait_for_load_state("load")
    assert all(url.startswith(folder.as_uri()) for url in page.asked)
    shown = "[...document.images].every(i => i.complete && i.naturalWidth > 0)"
    assert page.evaluate(shown)


def _edge(page) -> tuple[float, list[float]]:
    """Where the edge stands and where both pictures stand, across the box, as shares of it."""
    return page.evaluate("""() => {
        const box = document.querySelector('[tabindex]'), r = box.getBoundingClientRect();
        const at = e => (e.getBoundingClientRect().left - r.left) / box.clientWidth;
        return [at(box.querySelector('[aria-hidden]')), [...box.querySelectorAll('img')].map(at)];
    }""")


def test_arrow_keys_draw_the_later_picture_over_the_earlier_one(page):
    page.open("host-swipe-1.html")
    start, _ = _edge(page)
    page.locator("[tabindex='0']").focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('[tabindex]').scrollLeft > 200")
    edge, pictures = _edge(page)
    assert edge < start - 0.15
    assert pictures == pytest.approx([0, 0], abs=0.01)  # both stay where they are
    page.evaluate("document.querySelector('[tabindex]').scrollLeft = 1e6")
    edge, pictures = _edge(page)
    assert edge == pytest.approx(0, abs=0.02)
    assert pictures == pytest.approx([0, 0], abs=0.01)


def test_what_is_drawn_right_of_the_edge_is_the_later_picture(page):
    page.set_viewport_size({"width": 600, "height": 900})
    page.open("swipe-1.html")
    page.evaluate("""() => {
        const box = document.querySelector('[tabindex]');
        const [before, after] = box.querySelectorAll('img');
        for (const [e, c] of [[before, 'rgb(255,0,0)'], [after, 'rgb(0,0,255)']]) {
            e.removeAttribute('src');
            e.style.setProperty('background', c, 'important');
        }
        box.scrollLeft = box.clientWidth / 2;
    }""")
    box = page.locator("[tabindex='0']")
    with Image.open(io.BytesIO(box.screenshot())) as shot:
        wide, tall = shot.size
        look = partial(shot.convert("RGB").getpixel)
        assert look((wide // 4, tall // 4)) == (255, 0, 0)
        assert look((3 * wide // 4, tall // 4)) == (0, 0, 255)


def test_a_finger_can_swipe_it_on_a_phone(browser, folder):
    context = browser.new_context(viewport={"width": 360, "height": 700}, has_touch=True)
    shown = context.new_page()
    shown.goto((folder / "swipe-1.html").as_uri())
    assert shown.evaluate("document.documentElement.scrollWidth <= 360")
    client = context.new_cdp_session(shown)
    for kind, x in (("touchStart", 300), *(("touchMove", x) for x in range(290, 90, -20)),
                    ("touchEnd", None)):  # fmt: skip
        points = [{"x": x, "y": 250}] if x else []
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    shown.wait_for_function("document.querySelector('[tabindex]').scrollLeft > 60", timeout=3000)
    context.close()


@pytest.mark.parametrize("name", ["strip.html", "swipe-1.html"])
def test_axe_finds_nothing(page, name):
    page.open(name)
    # A fragment is no page: title, language and landmarks are those of the page around it.
    rules = {"document-title", "html-has-lang", "landmark-one-main", "page-has-heading-one",
             "region"}  # fmt: skip
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["id"] not in rules] == []


def test_in_print_both_pictures_stand_one_under_the_other(page):
    page.open("swipe-1.html")
    page.emulate_media(media="print")
    tops = page.evaluate("[...document.images].map(i => i.getBoundingClientRect().top)")
    heights = page.evaluate("[...document.images].map(i => i.getBoundingClientRect().height)")
    assert tops[1] >= tops[0] + heights[0] - 1
