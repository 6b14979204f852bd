"""The form for people at risk: what the browser saves, the vault can open, and nothing leaves."""

import io
import json
import zipfile
from pathlib import Path

import pyrage
import pytest

from desk_page import launch
from small_vault import Desk, new_desk
from vallum.evidence.handover import is_handover
from vallum.ground.errors import BadSetting
from vallum.steps.handing import LANGUAGES, handover_form

PHOTO = b"\xff\xd8\xff\xe0 SIMULATED photograph \xff\xd9"
NAMES = {"en": "Lock and save", "ko": "잠가서 저장하기", "zh": "加锁并保存"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A project with an empty vault."""
    return new_desk(tmp_path)


def test_the_form_holds_the_public_keys_and_nothing_of_the_desk(desk, tmp_path) -> None:
    out = tmp_path / "notes.html"
    done = handover_form(desk.project, out, language="ko")
    text = out.read_text("utf-8")
    assert done.facts == {"n_recipients": 2, "language": "ko"}
    for key in desk.keys[:2]:
        assert key.recipient in text
    for private in (
        str(tmp_path),
        "AGE-SECRET-KEY",
        "http://",
        "https://",
    ):
        assert private not in text, private
    assert "connect-src" not in text
    assert "default-src 'none'" in text


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        pytest.param("a.txt", {}, "a browser opens .html", id="no-page"),
        pytest.param("a.html", {"language": "fr"}, "no form in 'fr'", id="no-such-language"),
        pytest.param("there.html", {}, "there is such a file", id="taken"),
    ],
)
def test_a_form_that_cannot_be_written_is_refused(desk, tmp_path, name, changes, words) -> None:
    (tmp_path / "there.html").write_text("mine")
    with pytest.raises(BadSetting, match=words):
        handover_form(desk.project, tmp_path / name, **changes)
    assert (tmp_path / "there.html").read_text() == "mine"
    assert handover_form(desk.project, tmp_path / "there.html", yes=True).files


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_browser_without_a_network_saves_opens_with_every_key(
    desk, tmp_path, language
) -> None:
    from playwright.sync_api import sync_playwright

    form = tmp_path / "notes.html"
    handover_form(desk.project, form, language=language)
    asked: list[str] = []
    wrong: list[str] = []
    with sync_playwright() as playwright:
        browser = launch(playwright)
        context = browser.new_context(offline=True, accept_downloads=True)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(form.as_uri())
        save = page.get_by_role("button", name=NAMES[language])
        save.click()  # nothing is agreed to
        assert page.get_by_role("alert").inner_text()
        page.fill("#what", "찔레꽃 <b>fence</b>")
        page.set_input_files(
            "#files", [{"name": "Kim at home.JPG", "mimeType": "image/jpeg", "buffer": PHOTO}]
        )
        page.check("#retain")
        with page.expect_download() as download:
            save.click()
        name = download.value.suggested_filename
        download.value.save_as(tmp_path / name)
        assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
        assert "찔레꽃" not in page.content()
        browser.close()
    assert is_handover(name)
    assert [url for url in asked if not url.startswith(("file:", "blob:"))] == []
    assert wrong == []
    locked = (tmp_path / name).read_bytes()
    for key in desk.keys[:2]:
        inside = zipfile.ZipFile(io.BytesIO(pyrage.decrypt(locked, [key._secret])))
        assert inside.read("1.jpg") == PHOTO
        told = json.loads(inside.read("handover.json"))
        assert (told["told"]["what"], told["language"]) == ("찔레꽃 <b>fence</b>", language)
        assert told["consent"] == ["retain"]
        assert "Kim" not in str(inside.namelist()) + json.dumps(told)
