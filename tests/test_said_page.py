"""The pages about claims as people use them: a real browser, a real server, SIMULATED papers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import desk_page
import said_page
from desk_page import APP, NOT_LOADED, Desk, invited, serving
from said_page import CANARY, PASSPHRASE, Made
from vallum.ground.records import Claim, Match
from vallum.project import open_project

pytestmark = pytest.mark.slow

PAGES = ("papers", "claims", "timeline", "sources", "vault")
LANGUAGES = {"ko": "주장", "zh-Hans": "说法"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return said_page.make(tmp_path_factory.mktemp("made"))


def read(desk: Desk) -> None:
    """Have the open papers read by the button."""
    desk.visit("papers")
    desk.page.get_by_role("button", name="Read claims in all").click()
    ended(desk, "read")


def ended(desk: Desk, what: str) -> None:
    desk.page.wait_for_function(
        """async what => {
            const job = await (await fetch('/api/job')).json();
            return job?.what === what && job.state !== 'running' ? job.state : null;
        }""",
        arg=what,
    )


def opened(desk: Desk, title: str = "Fences by the river") -> None:
    """Open a paper, and wait until its claims are marked."""
    desk.visit("papers")
    desk.page.get_by_role("link", name=title, exact=True).click()
    desk.page.locator("vallum-marked-text .mark.current").wait_for()


def whole(desk: Desk, page: str) -> None:
    """Wait until a page shows all that it asked for."""
    desk.page.wait_for_function(
        f"""() => {{
            const page = {APP}.querySelector('vallum-{page}-page');
            return page?.busy === '' && page.renderRoot.querySelector('h1') !== null
                && !/Loading|읽는 중|正在加载/.test(page.renderRoot.textContent);
        }}"""
    )


def pressed(page: Page, key: str) -> dict[str, Any]:
    """Press a key of a decision; return the claim as the server answers."""
    with page.expect_response(
        lambda got: "/api/claims/" in got.url and got.request.method == "POST"
    ) as sent:
        page.keyboard.press(key)
    assert sent.value.ok, sent.value.text()
    return dict(sent.value.json())


def claims(root: Path) -> list[Claim]:
    with open_project(root) as project:
        return list(project.rows(Claim))


def told(desk: Desk) -> str:
    return desk.page.locator(".progress").first.inner_text()


def test_a_paper_is_read_decided_by_keyboard_graded_and_held_against_a_finding(
    desk: Desk, root: Path
) -> None:
    page = desk.page
    read(desk)
    opened(desk)
    current = page.locator("vallum-marked-text .mark.current")
    assert current.inner_text() == "fence", "an offset after a character of two units is right"
    desk.picture("said-reading")
    assert pressed(page, "a")["standing"] == "approved"
    expect(current).to_have_text("Two guard posts")
    assert told(desk) == "2 proposed, 1 approved, 0 rejected"
    page.keyboard.press("u")
    expect(page.locator(".progress")).to_have_text("3 proposed, 0 approved, 0 rejected")
    assert pressed(page, "a")["standing"] == "approved"
    expect(current).to_have_text("Two guard posts")
    edited(page)
    page.keyboard.press("n")
    expect(current).to_have_text("A watchtower")
    page.keyboard.press("r")
    page.locator("vallum-reject-form button").first.wait_for()
    assert pressed(page, "3")["standing"] == "rejected"
    expect(page.locator(".progress")).to_have_text("0 proposed, 2 approved, 1 rejected")

    desk.visit("claims")
    whole(desk, "claims")
    page.locator("#standing").select_option("approved")
    page.get_by_role("status").get_by_text("2 claims").wait_for()
    page.locator("vallum-claim-lanes .thing[data-ticket]").first.wait_for()
    page.locator("ul.cards a").filter(has_text="guard post").click()
    graded_and_matched(page)
    desk.picture("said-claim")

    desk.visit("timeline")
    whole(desk, "timeline")
    expect(page.locator("svg .thing[role='link']")).to_have_count(3)
    expect(page.locator("svg .thing[role='img']")).to_have_count(3)
    page.get_by_text("Context, never cause").first.wait_for()
    thing = page.locator("svg .thing[role='link']").first
    thing.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/#/claims/*")
    desk.calm()
    kept = {row.subject.value: row for row in claims(root) if row.approved_by == "ann"}
    post = kept["guard_post"]
    assert [place.name for place in post.places] == ["Oldmill", "Farbridge"]
    assert post.dates[-1].edtf == "2019-04-11/2019-04-20"
    assert post.credibility == 2
    with open_project(root) as project:
        (match,) = [row for row in project.rows(Match) if row.by == "ann"]
    assert match.rationale == "a post stands 100 m from the mill"


def edited(page: Page) -> None:
    """Add a place and a date to the current claim, and approve it, without the mouse."""
    page.keyboard.press("e")
    page.locator("vallum-claim-form select").first.wait_for()
    search = page.locator("vallum-places-field #q")
    search.focus()
    page.keyboard.type("farbr")
    page.locator("vallum-places-field .found button").first.wait_for()
    page.keyboard.press("Enter")
    page.locator("vallum-places-field li").get_by_text("Farbridge").first.wait_for()
    page.locator("vallum-dates-field #words").focus()
    page.keyboard.type("mid-April")
    page.get_by_text("That is 11 Apr to 20 Apr 2019.").wait_for()
    assert "15 May 2019" in page.locator("vallum-dates-field #words-hint").inner_text()
    page.keyboard.press("Enter")
    got = pressed(page, "Control+Enter")
    assert got["standing"] == "approved"
    assert len(got["places"]) == len(got["dates"]) == 2


def graded_and_matched(page: Page) -> None:
    page.locator("details[data-part='grade'] summary").click()
    page.locator("vallum-grade-form input[value='2']").check()
    page.locator("vallum-grade-form #reason").fill("the paper and the image agree")
    page.get_by_role("button", name="Save the grade").click()
    page.locator("vallum-claim-full article").get_by_text("grade B2").first.wait_for()
    page.locator("details[data-part='match'] summary").click()
    form = page.locator("vallum-match-form")
    form.locator("label", has_text="finding: guard post").first.locator("input").check()
    form.locator("#relation").select_option("supports")
    form.locator("#why").fill("a post stands 100 m from the mill")
    page.get_by_role("button", name="Save the match").click()
    page.locator("li.card", has_text="a post stands 100 m from the mill").wait_for()
    page.locator("#weighing").wait_for()


def test_words_are_selected_with_the_mouse_or_by_keyboard_for_a_claim_by_hand(desk: Desk) -> None:
    page = desk.page
    read(desk)
    opened(desk)
    # a double click marks a word
    words = page.locator("vallum-marked-text .para").last.locator("span").first
    box = words.bounding_box()
    assert box is not None
    page.mouse.dblclick(box["x"] + 45, box["y"] + box["height"] / 2)
    page.locator(".bar").get_by_text("market").wait_for()
    page.keyboard.press("h")
    page.locator("vallum-claim-form #subject").select_option("gate")
    page.locator("vallum-claim-form #modality").select_option("present")
    page.locator("vallum-claim-form #statement").fill("a gate at the market")
    with page.expect_response("**/api/claims") as sent:
        page.get_by_role("button", name="Propose this claim").click()
    assert sent.value.ok, sent.value.text()
    start = said_page.TEXT.index("market")
    # the text of the server may differ in its line ends, never in its characters
    assert (sent.value.json()["start"], sent.value.json()["end"]) == (start, start + 6)
    expect(page.locator(".mark.current")).to_have_text("market")

    page.get_by_role("button", name="Propose a claim by hand").click()
    area = page.locator("vallum-word-pick textarea")
    expect(area).to_be_focused()
    page.locator("vallum-word-pick select").select_option("0")
    area.focus()
    page.keyboard.press("Control+Home")
    for _ in range(9):
        page.keyboard.press("Shift+ArrowRight")
    page.locator("vallum-word-pick q").get_by_text("SIMULATED").wait_for()
    page.get_by_role("button", name="Propose a claim from these words").click()
    page.locator("vallum-claim-form #subject").wait_for()
    desk.calm()


def test_who_was_slower_sees_both_versions_and_loses_nothing_typed(
    browser: Browser, desk: Desk
) -> None:
    page = desk.page
    read(desk)
    opened(desk)
    bob = invited(browser, desk, "bob", "analyst")
    page.keyboard.press("e")
    page.locator("vallum-claim-form #statement").fill("a fence by the mill, as ann says")
    theirs = next(one for one in bob.ask("claims?subject=fence")["items"])
    bob.ask(
        f"claims/{theirs['ticket']}",
        {"standing": "approved", "based_on": theirs["based_on"]},
    )
    page.keyboard.press("Control+Enter")
    page.get_by_text("bob was faster").first.wait_for()
    table = page.locator("table.two")
    assert "a fence by the mill, as ann says" in table.inner_text()
    desk.picture("said-conflict")
    assert (
        page.locator("vallum-claim-form #statement").input_value()
        == "a fence by the mill, as ann says"
    )
    page.get_by_role("button", name="Go on with mine").click()
    page.locator("vallum-claim-form #note").fill("the mill is named in the text")
    assert pressed(page, "Control+Enter")["statement"] == "a fence by the mill, as ann says"
    desk.calm(NOT_LOADED)
    bob.close()


def test_nobody_leaves_what_is_typed_by_accident_and_the_browser_keeps_none_of_it(
    desk: Desk,
) -> None:
    page = desk.page
    read(desk)
    opened(desk)
    before = page.url
    page.keyboard.press("e")
    page.locator("vallum-claim-form #statement").fill("typed and not saved")
    desk.visit("claims")
    page.get_by_role("button", name="Stay here").click()
    assert page.url == before
    assert page.locator("vallum-claim-form #statement").input_value() == "typed and not saved"
    page.keyboard.press("Escape")
    page.get_by_text("You typed changes that are not saved yet").wait_for()
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert not re.search("typed|Oldmill|river|fence", kept), kept
    desk.visit("claims")
    page.get_by_role("button", name="Leave and lose it").click()
    page.wait_for_url("**/#/claims")
    desk.calm()


def test_a_source_is_added_the_vault_opened_and_who_it_is_goes_from_the_page_again(
    desk: Desk, made: Made
) -> None:
    page = desk.page
    desk.visit("sources")
    whole(desk, "sources")
    page.get_by_role("button", name="Add a source").click()
    page.locator("vallum-source-form #name").fill("SIMULATED Weekly")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("heading", name="SIMULATED Weekly").wait_for()
    desk.visit("vault")
    whole(desk, "vault")
    page.locator("#file").set_input_files(made.key)
    page.locator("#passphrase").fill(PASSPHRASE)
    page.get_by_role("button", name="Unlock").click()
    page.get_by_text("The vault is open for you.").first.wait_for()
    assert page.locator("#passphrase").count() == 0
    page.get_by_role("button", name="Start the drill").click()
    page.get_by_text("Every file opened.").wait_for()
    desk.picture("said-vault")
    desk.visit("sources")
    whole(desk, "sources")
    row = page.locator("li.card", has_text="a trader near the border")
    assert CANARY not in page.content()
    row.get_by_role("button", name="Details").click()
    row.get_by_role("button", name="Show who it is").click()
    row.get_by_text(CANARY).wait_for()
    row.get_by_role("button", name="Close").click()
    everything = f"{APP}.querySelector('vallum-sources-page').renderRoot.innerHTML"
    assert CANARY not in page.evaluate(everything)
    graded_source(page, page.locator("li.card", has_text="River Bulletin"))
    withdrawn(page, page.locator("li.card", has_text="SIMULATED Weekly"))
    desk.visit("vault")
    page.get_by_role("button", name="Lock now").click()
    page.locator("#passphrase").wait_for()
    desk.calm()


def graded_source(page: Page, row: Locator) -> None:
    row.get_by_role("button", name="Details").click()
    row.get_by_role("button", name="Grade", exact=True).click()
    row.locator("vallum-grade-form input[value='C']").check()
    row.locator("vallum-grade-form #reason").fill("right three times before")
    row.get_by_role("button", name="Save the grade").click()
    row.get_by_text("C: fairly reliable (right three times before)").wait_for()


def withdrawn(page: Page, row: Locator) -> None:
    row.get_by_role("button", name="Details").click()
    row.get_by_role("button", name="Withdraw", exact=True).click()
    do = row.get_by_role("button", name="Delete what it gave")
    row.locator("#withdraw-why").fill("it was entered by mistake")
    expect(do).to_be_disabled()
    row.locator("#confirm").fill("WITHDRAW")
    do.click()
    row.get_by_text("withdrawn", exact=False).first.wait_for()


def test_keys_are_made_and_downloaded_and_a_vault_is_built_from_them(
    browser: Browser, made: Made, tmp_path: Path
) -> None:
    bare = said_page.bare(tmp_path / "bare")
    with serving(tmp_path, bare) as server:
        desk = Desk(browser, server, accept_downloads=True)
        page = desk.page
        desk.enter()
        desk.ask("me", {"name": "ann"})
        page.reload()
        desk.visit("vault")
        whole(desk, "vault")
        assert desk.axe() == []
        for what in ("Your key", "Recovery key"):
            maker = page.locator("vallum-key-maker", has_text=what)
            maker.locator("#passphrase").fill(PASSPHRASE)
            maker.locator("#again").fill(PASSPHRASE)
            # two keys within two seconds are refused, and the page says so
            page.wait_for_timeout(2100)
            with page.expect_download() as down:
                maker.get_by_role("button", name="Make and download").click()
            content = Path(down.value.path()).read_text()
            assert content.startswith("-----BEGIN AGE ENCRYPTED FILE-----")
        page.get_by_text("2 of at least 2 keys").wait_for()
        desk.picture("said-new-vault")
        page.locator("#folder").fill(str(tmp_path / "new-vault"))
        page.get_by_role("button", name="Make the vault").click()
        page.get_by_text("Last recovery drill").wait_for()
        desk.calm()
        desk.close()


def test_a_file_comes_in_by_the_page_with_its_source_and_terms(desk: Desk, tmp_path: Path) -> None:
    page = desk.page
    desk.visit("papers")
    whole(desk, "papers")
    paper = tmp_path / "letter.txt"
    paper.write_text("SIMULATED. A wall was completed at Oldmill in March 2019.\n")
    page.locator("vallum-take-in #files").set_input_files(paper)
    page.locator("vallum-take-in #source").select_option(label="River Bulletin")
    page.locator("vallum-take-in #published").fill("2019-05-20")
    page.locator("vallum-take-in #title").fill("A letter")
    desk.picture("said-take-in")
    assert desk.axe() == []
    page.get_by_role("button", name="Take in 1 file").click()
    ended(desk, "intake")
    page.get_by_role("link", name="A letter", exact=True).wait_for()
    desk.calm()


def test_an_editor_reads_what_is_approved_and_has_neither_texts_nor_sources(
    browser: Browser, desk: Desk
) -> None:
    read(desk)
    opened(desk)
    pressed(desk.page, "a")
    editor = invited(browser, desk, "eve", "editor")
    editor.visit("papers")
    editor.page.get_by_role("link", name="Fences by the river", exact=True).click()
    editor.page.get_by_text("Texts are not shown in your role").wait_for()
    expect(editor.page.locator("article.claim")).to_have_count(1)
    assert editor.page.get_by_role("button", name="Approve").count() == 0
    words = editor.page.locator("vallum-app header nav").inner_text()
    assert "Sources" not in words
    assert "Vault" not in words
    editor.visit("sources")
    editor.page.get_by_text("for the keeper of the project").wait_for()
    editor.calm()
    editor.close()


def test_every_page_of_claims_is_free_of_what_axe_finds_and_fits_every_screen(desk: Desk) -> None:
    page = desk.page
    read(desk)
    bad: dict[str, list[str]] = {}
    for name in (*PAGES, "reading", "editing", "claim"):
        shown(desk, name)
        if found := desk.axe():
            bad[name] = found
        for width, height in ((683, 384), (390, 800), (360, 740), (1366, 768)):
            page.set_viewport_size({"width": width, "height": height})
            desk.fits_across()
            desk.picture(f"said-{name}-{width}")
    assert bad == {}
    head = page.locator("vallum-app header").first.bounding_box()
    assert head is not None
    assert head["height"] < 60, "the top bar is one line"
    desk.calm()


def shown(desk: Desk, name: str) -> None:
    """Go to a page or a state of one, and wait until it is whole."""
    if name in PAGES:
        desk.visit(name)
        whole(desk, name)
    elif name == "claim":
        desk.visit("claims")
        desk.page.locator("ul.cards a").first.click()
        desk.page.locator("vallum-claim-full article").first.wait_for()
        for summary in desk.page.locator("vallum-claim-full summary").all():
            summary.click()
    else:
        opened(desk)
        if name == "editing":
            desk.page.keyboard.press("e")
            desk.page.locator("vallum-claim-form select").first.wait_for()


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_pages_of_claims_speak_korean_and_chinese(desk: Desk, code: str) -> None:
    page = desk.page
    read(desk)
    page.locator("label.language select").select_option(code)
    for name in PAGES:
        desk.visit(name)
        whole(desk, name)
        for width in (1366, 390):
            page.set_viewport_size({"width": width, "height": 768})
            desk.fits_across()
            desk.picture(f"said-{name}-{code}-{width}")
        left = page.evaluate(f"{APP}.querySelector('vallum-{name}-page').renderRoot.textContent")
        assert not re.search(r"\b(said|papers|claims|sources|vault|timeline)\.[a-z_]+", left)
        page.set_viewport_size(desk_page.SIZE)
    assert LANGUAGES[code] in page.locator("vallum-app header nav").inner_text()
    head = page.locator("vallum-app header").first.bounding_box()
    assert head is not None
    assert head["height"] < 60
    desk.visit("papers")
    page.get_by_role("link", name="Fences by the river", exact=True).click()
    page.locator("vallum-marked-text .mark.current").wait_for()
    desk.picture(f"said-reading-{code}")
    page.locator("label.language select").select_option("en")
    desk.calm()


def test_protected_and_locked_papers_say_so_and_have_no_name(desk: Desk) -> None:
    page = desk.page
    desk.visit("papers")
    whole(desk, "papers")
    row = page.locator("ul.papers li", has_text="Protected paper")
    expect(row).to_contain_text("locked in the vault")
    assert "from-a-friend" not in page.locator("vallum-papers-page").inner_html()
    row.get_by_role("link", name="Open: Protected paper").click()
    page.get_by_text("Its text lies in the vault").wait_for()
    page.get_by_role("link", name="Open the vault").wait_for()
    desk.calm()
