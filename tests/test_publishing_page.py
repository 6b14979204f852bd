"""The page Report as people use it: gates, a draft, an edition with its reasons, what is taken."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

import desk_page
import small_published
from desk_page import APP, Desk, invited
from vallum import steps
from vallum.ground.records import Edition
from vallum.project import open_project

pytestmark = pytest.mark.slow

TABS = ("", "read", "editions", "sheets", "cite")
PARTS = {"": "making", "read": "reading"}
LANGUAGES = {"ko": "판", "zh-Hans": "版次"}
SIZES = ((683, 384), (390, 800), (1366, 768))


@pytest.fixture(scope="module")
def made(one_edition: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An edition is out; since then the two readers have answered otherwise."""
    root = Path(shutil.copytree(one_edition, tmp_path_factory.mktemp("made") / "border"))
    with open_project(root) as project:
        for reader in small_published.READERS:
            small_published.answer(project, reader, yes=2, day=9)
        steps.measure(project)
    small_published.translate(root / "out" / "report")
    return root


@pytest.fixture(scope="module")
def desk(shared_desk: Desk) -> Desk:
    return shared_desk


@pytest.fixture(autouse=True)
def as_before(desk: Desk) -> None:
    desk.page.set_viewport_size(desk_page.SIZE)
    desk.page.evaluate("localStorage.setItem('vallum.language', 'en')")
    desk.visit("start")


def whole(desk: Desk, tab: str = "") -> None:
    """Go to a part of the page, and wait until it and its own parts have what they asked for."""
    desk.visit(f"report/{tab}" if tab else "report")
    name = PARTS.get(tab, {"cite": "citing"}.get(tab, tab))
    desk.page.wait_for_function(
        f"""() => {{
            const page = {APP}.querySelector('vallum-report-page');
            const part = page?.renderRoot.querySelector('vallum-report-{name}');
            const every = root => [...(root?.querySelectorAll('*') ?? [])]
                .filter(one => one.renderRoot).flatMap(one => [one, ...every(one.renderRoot)]);
            return part && [part, ...every(part.renderRoot)]
                .every(one => (one.busy ?? '') === '' && !/\\.\\.\\.$|…/.test(
                    one.renderRoot.querySelector('[role=status]')?.textContent ?? ''));
        }}"""
    )


def ended(desk: Desk, what: str) -> None:
    """Wait until a job has ended well."""
    desk.page.wait_for_function(
        """async what => {
            const job = await (await fetch('/api/job')).json();
            if (job?.state === 'failed') throw new Error(job.error.message);
            return job?.what === what && job.state === 'done';
        }""",
        arg=what,
    )


def test_the_report_is_read_in_two_languages_and_taken_as_one_file(desk: Desk) -> None:
    page = desk.page
    whole(desk)
    form = page.locator("vallum-report-making form")
    form.get_by_label("한국어").check()
    expect(form).to_contain_text("--language en --language ko")
    page.get_by_role("link", name="Read and take away").click()
    part = page.locator("vallum-report-reading")
    expect(part.locator("h2").first).to_contain_text("Edition 1")
    expect(part.locator("h2").first).to_contain_text("out of date")
    part.locator("select[name=spoken]").select_option("ko")
    frame = page.frame_locator("vallum-report-reading iframe")
    frame.locator("html[lang=ko] h1").first.wait_for()
    desk.picture("publish-read")
    with page.expect_download() as taken:
        part.get_by_role("link", name=re.compile("as one ZIP")).click()
    assert taken.value.suggested_filename.endswith("-report.zip")
    expect(part.get_by_role("link", name="report.pdf", exact=True)).to_be_visible()
    desk.calm()


def test_nothing_is_said_to_be_open_while_it_is_still_being_checked(desk: Desk) -> None:
    page, asked = desk.page, []
    older = {"gate": "photo", "what": "2 pictures", "n": 2, "why": "nobody cleared them",
             "way_out": "clear them", "is_hard": False}  # fmt: skip
    told = [
        {"gates": None, "is_checking": True},
        {"gates": [], "is_checking": True},
        {"gates": [older], "is_checking": True},
        {"gates": [older], "is_checking": False},
    ]

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(json=told[min(len(asked), len(told)) - 1])

    page.route("**/api/publishing/gates*", answer)
    try:
        desk.visit("report")
        gates = page.locator("vallum-gates")
        status, items = gates.locator("[role=status]"), gates.locator("li")
        again = gates.get_by_role("button", name="Check again")
        for n_asked, n_items in ((1, 0), (2, 0), (3, 1)):
            while len(asked) < n_asked:
                page.wait_for_timeout(50)
            expect(items).to_have_count(n_items)
            expect(status).to_contain_text(
                re.compile("^\\s*(Checking what|Something was added since)")
            )
            expect(again).to_be_disabled()
        expect(status).to_contain_text("can be published")
        expect(again).to_be_enabled()
        page.wait_for_timeout(1500)
        assert len(asked) == 4, "asked again although it is known"
    finally:
        page.unroute("**/api/publishing/gates*")


def test_an_edition_is_frozen_with_reasons_and_a_correction_and_compared_with_the_one_before(
    desk: Desk, shared_root: Path
) -> None:
    page = desk.page
    whole(desk)
    expect(page.locator("vallum-gates [role=status]")).to_contain_text(
        re.compile("Nothing holds it back|can be published")
    )
    desk.picture("publish-make")
    whole(desk, "editions")
    form = page.locator("vallum-freeze form")
    expect(form).to_contain_text("What changed since Edition 1")
    rows = form.locator("tbody tr")
    assert rows.count() > 3
    desk.picture("publish-freeze")
    rows.nth(0).locator("input[type=checkbox]").check()
    expect(form).to_contain_text("A correction needs a reason")
    rows.nth(0).locator("input[name]").fill("the fence was counted twice")
    form.locator("#note").fill("SIMULATED second")
    form.locator("#day").fill("2026-06-01")
    # what is typed is asked about before it is lost
    page.get_by_role("link", name="Sheets", exact=True).click()
    page.get_by_role("button", name="Stay here").click()
    expect(form.locator("#note")).to_have_value("SIMULATED second")
    form.locator("#all").fill("two more dates were read")
    form.locator("#all").press("Enter")
    ended(desk, "edition")
    table = page.locator("vallum-report-editions table").first
    expect(table.locator("tbody tr")).to_have_count(2, timeout=desk_page.PATIENCE_MS)
    expect(table.locator("tbody tr").first).to_contain_text("SIMULATED second")
    expect(table.locator("tbody tr").first).to_contain_text("as frozen")
    with open_project(shared_root) as project:
        row = max(project.rows(Edition), key=lambda one: one.number)
    assert row.corrections
    assert row.corrections[0].endswith("=the fence was counted twice")

    beside = page.locator("vallum-publications-beside form")
    beside.locator("select[name=a]").select_option("1")
    beside.locator("select[name=b]").select_option("2")
    beside.get_by_role("button", name="Compare").click()
    expect(beside.locator("table")).to_contain_text("the fence was counted twice")
    expect(beside.locator("table")).to_contain_text("correction")
    beside.scroll_into_view_if_needed()
    desk.picture("publish-compare")
    assert desk.axe() == []
    desk.calm()


def test_sheets_of_chosen_findings_are_made_and_taken(desk: Desk) -> None:
    page = desk.page
    whole(desk, "sheets")
    part = page.locator("vallum-report-sheets")
    part.locator("tbody tr").first.locator("input").check()
    part.locator("#level").select_option("desk")
    part.locator("form button.primary").click()
    ended(desk, "sheet")
    taken = part.locator(".files a")
    expect(taken).to_have_count(2, timeout=desk_page.PATIENCE_MS)
    expect(part.locator("h2").last).to_contain_text("not")
    with page.expect_download() as pile:
        part.get_by_role("link", name=re.compile("ZIP")).click()
    assert pile.value.suggested_filename.endswith("-sheets-desk.zip")
    desk.calm()


def test_who_is_cited_is_typed_and_saved(desk: Desk, shared_root: Path) -> None:
    whole(desk, "cite")
    page = desk.page
    page.locator("vallum-report-citing #authors").fill("The Border Desk")
    page.locator("vallum-report-citing #licence").fill("CC-BY-4.0")
    page.keyboard.press("Enter")
    expect(page.get_by_text("saved; publish to use it")).to_be_visible()
    text = (shared_root / "vallum.toml").read_text(encoding="utf-8")
    assert 'authors = "The Border Desk"' in text
    assert 'licence = "CC-BY-4.0"' in text
    desk.calm()


@pytest.mark.parametrize("code", ["en", *LANGUAGES])
def test_every_part_speaks_every_language_fits_every_screen_and_satisfies_axe(
    desk: Desk, code: str
) -> None:
    page, bad = desk.page, {}
    page.locator("label.language select").select_option(code)
    for tab in TABS:
        whole(desk, tab)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            desk.fits_across()
        page.set_viewport_size({"width": 1366, "height": 1500})
        desk.picture(f"publish-{tab or 'make'}-{code}")
        if found := desk.axe():
            bad[tab] = found
        words = page.evaluate(
            f"""() => {{
                const all = root => [root.textContent, ...[...root.querySelectorAll('*')]
                    .filter(one => one.renderRoot).map(one => all(one.renderRoot))].join(' ');
                return all({APP}.querySelector('vallum-report-page').renderRoot);
            }}"""
        )
        assert not re.search(r"\bpublish\.[a-z_]+|\breport\.(?!html|pdf|json)[a-z_]+", words), words
        assert LANGUAGES.get(code, "Editions") in words
    assert bad == {}
    desk.calm()


def test_an_editor_reads_and_cannot_freeze(browser: Browser, desk: Desk) -> None:
    eve = invited(browser, desk, "eve", "editor")
    whole(eve)
    assert eve.page.locator("vallum-report-making form").count() == 0
    expect(eve.page.locator("vallum-report-making button").first).to_be_disabled()
    for tab in TABS[1:]:
        whole(eve, tab)
        assert eve.page.locator("vallum-freeze").count() == 0
    eve.visit("report/editions")
    expect(eve.page.locator("vallum-report-editions tbody tr").first).to_be_visible()
    assert eve.axe() == []
    eve.calm()
    eve.close()
