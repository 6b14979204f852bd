"""Publishing over the API: gates, drafts, editions and comparisons; who may do what."""

from __future__ import annotations

import hashlib
import io
import math
import shutil
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient

import small_published
import web_client
from vallum import steps
from vallum.ground.errors import BadInput, NotThere
from vallum.ground.kinds import Basis, Held
from vallum.ground.records import Edition, Estimate, Finding
from vallum.report import tongue
from vallum.steps import desk_press, gating
from vallum.steps import desk_publishing as press
from vallum.steps.home import Home

KEEPERS = (
    ("POST", "/api/publishing", {}),
    ("POST", "/api/publishing/editions", {}),
    ("POST", "/api/publishing/sheets", {"every": True}),
    ("GET", "/api/publishing/gates", None),
    ("GET", "/api/publishing/changes?a=1", None),
    ("GET", "/api/publishing/changes?a=1&b=desk", None),
    ("GET", "/api/publishing/zip/desk", None),
    ("GET", "/api/publishing/files/desk/report.html", None),
    ("GET", "/api/publishing/files/sheets-desk-ko/one.pdf", None),
)


@pytest.fixture(scope="module")
def home(one_edition: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """One project for all tests of this file."""
    root = Path(shutil.copytree(one_edition, tmp_path_factory.mktemp("here") / "border"))
    with web_client.home_of(root) as opened:
        yield opened


@pytest.fixture(scope="module")
def keeper(home: Home) -> TestClient:
    return web_client.keeper(home)


@pytest.fixture(scope="module")
def editor(home: Home, keeper: TestClient) -> TestClient:
    link = ok(keeper.post("/api/people", json={"name": "eve", "role": "editor"}))["link"]
    browser = web_client.stranger(home)
    assert browser.post("/api/join", json={"token": link.partition("#")[2]}).status_code == 200
    return browser


@pytest.fixture(scope="module")
def edition(keeper: TestClient) -> dict:
    """The first edition; the report that lies here is the same."""
    return ok(keeper.get("/api/publishing"))["editions"][0]


@pytest.fixture(scope="module")
def report(home: Home, keeper: TestClient, edition: dict) -> dict:
    small_published.translate(home.project.out_folder / "report")
    return ok(keeper.get("/api/publishing"))["report"]


def ok(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()


def gates(keeper: TestClient, query: str = "") -> list[dict]:
    """What holds back, asked for until it is known for the newest rows."""
    for _ in range(600):
        told = ok(keeper.get(f"/api/publishing/gates{query}"))
        if not told["is_checking"]:
            return told["gates"]
        time.sleep(0.1)
    raise AssertionError("still checking")


# -- what there is --------------------------------------------------------------------------------


def test_a_publication_is_listed_with_every_file_and_its_hash(report: dict, home: Home) -> None:
    folder = home.project.out_folder / "report"
    assert report["languages"] == ["en", "ko"]
    assert (report["edition"], report["level"], report["path"]) == (1, "public", str(folder))
    assert report["files"][0]["name"] == "report.html"
    for one in report["files"]:
        held = (folder / one["name"]).read_bytes()
        assert (len(held), hashlib.sha256(held).hexdigest()) == (one["n_bytes"], one["sha256"])
    assert {p.name for p in folder.rglob("*.csv")} <= {one["name"] for one in report["files"]}


def test_everything_comes_as_one_zip_that_is_the_same_each_time(
    report: dict, keeper: TestClient, home: Home
) -> None:
    answers = [keeper.get("/api/publishing/zip/report") for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert 'filename="desk-report.zip"' in answers[0].headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answers[0].content)) as held:
        assert held.testzip() is None
        names = {name.removeprefix("report/") for name in held.namelist()}
    listed = {one["name"] for one in report["files"]}
    assert names == listed | {"manifest.json", "ko/report.html"}


def test_the_report_in_another_language_is_shown_in_a_sandbox(
    report: dict, keeper: TestClient
) -> None:
    page = keeper.get("/api/publishing/files/report/ko/report.html")
    assert 'lang="ko"' in page.text[:400]
    assert "sandbox" in page.headers["content-security-policy"]
    assert keeper.get("/api/publishing/files/report/").text == keeper.get("/api/report/").text


@pytest.mark.parametrize(
    "path",
    [
        "report/nothing.html", "report/..%2f..%2fvallum.toml", "report/way-out", "nowhere/report.html",
        "..%2f/vallum.toml", "7/report.html", "0/report.html",
    ],
)  # fmt: skip
def test_nothing_else_of_the_computer_is_given_out(
    path: str, report: dict, keeper: TestClient, home: Home
) -> None:
    link = home.project.out_folder / "report" / "way-out"
    if not link.is_symlink():
        link.symlink_to(home.project.root / "vallum.toml")
    try:
        assert keeper.get(f"/api/publishing/files/{path}").status_code == 404
    finally:
        link.unlink()


def test_where_nothing_was_published_nothing_can_be_taken(tmp_path: Path) -> None:
    root = small_published.make(tmp_path / "border", is_measured=False)
    with web_client.home_of(root) as home:
        told = press.publishing(home.project, is_keeper=True)
        assert (told.report, told.desk, told.editions, told.citation) == (None, None, (), "")
        for what in ("report", "1", "sheets"):
            with pytest.raises(NotThere):
                press.zipped(home.project, what, tmp_path)
        with pytest.raises(NotThere, match="no such publication here"):
            press.difference(home.project, "1")


# -- who may --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "body"), KEEPERS, ids=[f"{m} {p}" for m, p, _ in KEEPERS]
)
def test_only_the_keeper_publishes_and_sees_what_is_held_back(
    method: str, path: str, body: dict | None, editor: TestClient, home: Home
) -> None:
    head = home.project.store.head()
    assert editor.request(method, path, json=body).status_code == 403
    assert web_client.stranger(home).request(method, path, json=body).status_code == 401
    assert home.project.store.head() == head


def test_an_editor_reads_and_takes_what_is_public(
    report: dict, editor: TestClient, keeper: TestClient
) -> None:
    told = ok(editor.get("/api/publishing"))
    assert (told["settings"], told["desk"], told["report"]["path"]) == ({}, None, "")
    assert told["report"]["files"] == ok(keeper.get("/api/publishing"))["report"]["files"]
    assert editor.get("/api/publishing/files/1/report.html").status_code == 200
    assert editor.get("/api/publishing/zip/1").status_code == 200
    assert ok(editor.get("/api/publishing/changes?a=1&b=report"))["changes"] == []
    assert ok(editor.get("/api/publishing/sheets"))["cases"] == []


def test_a_report_for_the_desk_lies_apart_and_only_the_keeper_takes_it(
    report: dict, keeper: TestClient, editor: TestClient, home: Home
) -> None:
    folder = press.folder_of(home.project, "desk")
    shutil.copytree(home.project.out_folder / "report", folder)
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"level": "public"', '"level": "desk"'))
    told = ok(keeper.get("/api/publishing"))
    assert (told["desk"]["level"], told["report"]["level"]) == ("desk", "public")
    assert keeper.get("/api/publishing/zip/desk").status_code == 200
    assert editor.get("/api/publishing/zip/desk").status_code == 403
    assert editor.get("/api/publishing/files/desk/report.html").status_code == 403


# -- gates ----------------------------------------------------------------------------------------


def test_gates_say_what_is_refused_why_and_the_way_out(keeper: TestClient, home: Home) -> None:
    assert not [one for one in gates(keeper) if one["is_hard"]]
    ok(keeper.post("/api/settings", json={"table": "publish", "name": "n_accepts", "value": 3}))
    try:
        (hard,) = [one for one in gates(keeper) if one["is_hard"]]
        assert hard["gate"] == "accepts"
        held = [row for row in home.project.rows(Finding) if row.held is Held.CONFIRMED]
        assert hard["n"] == len(held) > 0
        assert "n_accepts" in hard["way_out"]
        ok(keeper.post("/api/publishing", json={}))
        job = home.jobs.wait(600)
        assert job is not None
        assert job.state == "failed"
        assert hard["why"] in str(job.error)
        (korean, *_) = gates(keeper, "?language=ko")
        assert (korean["gate"], korean["n"]) == ("accepts", hard["n"])
        desk = gates(keeper, "?level=desk")
        assert not [one for one in desk if one["is_hard"]]
    finally:
        back = {"table": "publish", "name": "n_accepts", "value": 2}
        ok(keeper.post("/api/settings", json=back))


def test_gates_speak_the_language_of_the_page(home: Home, monkeypatch) -> None:
    heard = []
    monkeypatch.setattr(gating, "refusals", lambda *_: heard.append(tongue.spoken()) or ())
    for language in ("ko", "zh-Hans", "en"):
        press.gates(home.project, "public", language)
    assert heard == ["ko", "zh-Hans", "en"]


def test_a_language_that_nobody_speaks_is_refused(keeper: TestClient) -> None:
    assert keeper.get("/api/publishing/gates?language=xx").status_code == 400


def test_a_gate_that_closed_since_it_was_looked_at_is_honoured(
    one_edition: Path, tmp_path: Path
) -> None:
    """What the page was told may be older than the rows; what is published may not."""
    root = Path(shutil.copytree(one_edition, tmp_path / "border"))
    with web_client.home_of(root) as home:
        keeper = web_client.keeper(home)
        assert not [one for one in gates(keeper) if one["is_hard"]]
        sound = next(
            row
            for row in home.project.rows(Estimate)
            if row.basis is Basis.CONFIRMED and not row.reason and math.isfinite(row.value)
        )
        with home.project.run("measure") as work:
            work.add(replace(sound, wording="exactly", run=""))
        ok(keeper.post("/api/publishing", json={}))
        job = home.jobs.wait(600)
        assert job is not None
        assert (job.state, "wording (refused)" in str(job.error)) == ("failed", True)
        told = ok(keeper.get("/api/publishing/gates"))
        assert told["is_checking"] or [one for one in told["gates"] if one["is_hard"]]
        assert [one["gate"] for one in gates(keeper) if one["is_hard"]] == ["wording"]


def test_who_is_cited_otherwise_since_it_was_published_is_told(
    report: dict, keeper: TestClient
) -> None:
    assert ok(keeper.get("/api/publishing"))["is_cited_otherwise"] is False
    for value in ("The Border Desk", ""):
        said = {"table": "publish", "name": "authors", "value": value}
        ok(keeper.post("/api/settings", json=said))
        assert ok(keeper.get("/api/publishing"))["is_cited_otherwise"] is bool(value)


# -- editions -------------------------------------------------------------------------------------


def test_an_edition_is_frozen_and_what_was_touched_shows(
    edition: dict, keeper: TestClient, home: Home
) -> None:
    (row,) = home.project.rows(Edition)
    assert (edition["number"], edition["day"], edition["note"]) == (1, "2026-05-01", "SIMULATED")
    assert edition["manifest_sha256"] == row.manifest_sha256
    assert edition["is_whole"] is True
    manifest = home.project.out_folder / "editions" / "1" / "manifest.json"
    held, mode = manifest.read_bytes(), manifest.stat().st_mode
    manifest.chmod(0o644)
    try:
        manifest.write_bytes(held + b" ")
        assert ok(keeper.get("/api/publishing"))["editions"][0]["is_whole"] is False
    finally:
        manifest.write_bytes(held)
        manifest.chmod(mode)
    assert ok(keeper.get("/api/report-state"))["is_stale"] is False, "an edition adds no result"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"day": "yesterday"}, "BadDate"),
        ({"why": {"fence": "w" * 2001}}, "BadInput"),
        ({"number": 7}, "BadInput"),
    ],
    ids=["no day", "endless reason", "unknown field"],
)
def test_what_cannot_be_frozen_is_refused_at_once(
    body: dict, error: str, keeper: TestClient, home: Home
) -> None:
    head = home.project.store.head()
    answer = keeper.post("/api/publishing/editions", json=body)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert home.project.store.head() == head


def test_what_the_next_edition_would_say_otherwise_is_told_number_by_number(
    edition: dict, keeper: TestClient, home: Home
) -> None:
    assert ok(keeper.get("/api/publishing/changes?a=1"))["changes"] == []
    for reader in small_published.READERS:
        small_published.answer(home.project, reader, yes=2, day=9)
    steps.measure(home.project)
    changes = ok(keeper.get("/api/publishing/changes?a=1"))["changes"]
    assert changes
    assert all(one["was"] != one["now"] and one["label"] and one["why"] for one in changes)


# -- what begins ----------------------------------------------------------------------------------


class Begun:
    """Takes note of what would be begun, in place of jobs."""

    def __init__(self, root: Path) -> None:
        self.project = SimpleNamespace(out_folder=root / "out")
        self.jobs = self

    def start(self, what: str, command: str, work: object) -> tuple[str, str]:
        assert callable(work)
        return what, command


@pytest.mark.parametrize(
    ("verb", "wish", "command"),
    [
        ("publish", desk_press.PublishWish(languages=("en", "ko"), parquet=True, overlays=True),
         "vallum publish --language en --language ko --parquet --overlays"),
        ("publish", desk_press.PublishWish(level="desk"),
         "vallum publish --level desk --to HERE/out/report-desk"),
        ("freeze", desk_press.FreezeWish(note=" one ", day="2026-06-01", why={"all": " more \n dates ", "a": " "},
                                    correct={"b": "twice"}),
         "vallum publish --edition --note one --day 2026-06-01 --why 'all=more dates' --correct b=twice"),
        ("sheets", desk_press.SheetWish(every=True, kind="fence", km="1..2", level="desk", language="ko"),
         "vallum sheet --all --kind fence --km 1..2 --level desk --language ko"),
        ("sheets", desk_press.SheetWish(findings=("a", "b", "c", "d")), "vallum sheet a b c ..."),
    ],
    ids=["publish", "for the desk", "edition", "all sheets", "four sheets"],
)  # fmt: skip
def test_every_button_does_what_a_command_does(
    verb: str, wish: object, command: str, tmp_path: Path
) -> None:
    begun = Begun(tmp_path)
    _, said = getattr(desk_press.Press(home=begun), verb)(wish)
    assert said == command.replace("HERE", str(tmp_path))


def test_sheets_of_nothing_are_not_begun(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no finding was chosen"):
        desk_press.Press(home=Begun(tmp_path)).sheets(desk_press.SheetWish(km=" "))
