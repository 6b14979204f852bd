"""Around the review: state, projects, uploads, jobs, settings, coverage, strip and report."""

import io
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

import small_border
import web_client
from vallum import config, steps
from vallum.ground import foreign
from vallum.ground.errors import Busy, DiskFull, NotAllowed, Stopped, StoreLocked
from vallum.ground.kinds import Kind
from vallum.ground.records import Level, Release
from vallum.ground.span import Span
from vallum.project import open_project
from vallum.simulate.hoeryong import _within
from vallum.simulate.setting import shots
from vallum.steps import overview
from vallum.steps import settings as page_settings
from vallum.steps.done import Done
from vallum.steps.home import Home
from vallum.steps.jobs import Jobs
from vallum.web import upload


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> small_border.Small:
    return small_border.make(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def detected(made: small_border.Small, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which the machine has looked."""
    root = tmp_path_factory.mktemp("detected") / "small"
    project, _ = steps.new(
        root, frontier=made.line, before="2019", after="2022..2023", corridor_m=100
    )
    with project:
        steps.add(project, [made.images], licence="none", credit="tests", may_publish=True)
        for step in (steps.cover, steps.align, steps.detect):
            step(project)
    return root


@pytest.fixture(scope="module")
def seen(detected: Path) -> TestClient:
    """The page of that project; only looked at."""
    return web_client.keeper(web_client.home_of(detected))


@pytest.fixture
def home(made: small_border.Small, tmp_path: Path) -> Home:
    """An empty project of one's own."""
    project, _ = steps.new(tmp_path / "mine", frontier=made.line, before="2019", after="2022")
    project.close()
    return web_client.home_of(tmp_path / "mine", tmp_path)


@pytest.fixture
def browser(home: Home) -> TestClient:
    return web_client.keeper(home)


@pytest.fixture(scope="module")
def still(made: small_border.Small, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """An empty project that is only asked what it refuses."""
    folder = tmp_path_factory.mktemp("still")
    project, _ = steps.new(folder / "mine", frontier=made.line, before="2019", after="2022")
    project.close()
    return web_client.home_of(folder / "mine", folder)


@pytest.fixture(scope="module")
def refusing(still: Home) -> TestClient:
    return web_client.keeper(still)


def wait(browser: TestClient) -> dict:
    """The job, once it has ended."""
    browser.app.state.home.jobs.wait(60)
    return browser.get("/api/job").json()


# -- state and projects ------------------------------------------------------------------------


def test_the_state_tells_what_the_page_needs(seen: TestClient) -> None:
    state = seen.get("/api/state").json()
    project = state["project"]
    assert project["name"] == "small"
    assert project["frontier"]["length_m"] == project["extent"][1] == 1000
    assert project["corridor"] == {"left_m": 100, "right_m": 100}
    assert project["counts"]["scenes"] == 2
    assert project["counts"]["candidates"] > 0
    assert project["counts"]["verdicts"] == 0
    assert project["next"].startswith("vallum review")
    assert state["is_local"] is True
    assert state["me"]["needs_name"] is True


def test_folders_of_this_computer_are_told_to_the_keeper_alone(
    browser: TestClient, home: Home
) -> None:
    link = browser.post("/api/people", json={"name": "ann"}).json()["link"]
    ann = web_client.stranger(home)
    assert ann.post("/api/join", json={"token": link.partition("#")[2]}).status_code == 200
    line = f"kept in {home.project.root}/scenes/a.tif, at 5 km/h"
    command = f"vallum cover --project {home.project.root}"
    home.jobs.start("cover", command, lambda _: Done(step="cover", lines=(line,)))
    assert wait(browser)["lines"] == [line]

    for address in ("state", "home", "job", "report-state"):
        answer = ann.get(f"/api/{address}")
        assert answer.status_code == 200
        assert str(home.cwd) not in answer.text, address
    assert browser.get("/api/state").json()["project"]["root"] == str(home.project.root)
    assert ann.get("/api/state").json()["project"]["name"] == home.project.config.name
    told = ann.get("/api/job").json()
    assert (told["command"], told["lines"][-1]) == ("", "kept in …/a.tif, at 5 km/h")


def test_which_walls_this_machine_lacks_is_told_to_the_keeper_alone(
    browser: TestClient, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = foreign.Protection(
        network=True, files=False, programs=True, limits=False, landlock_abi=0, why_not=("x",)
    )
    monkeypatch.setattr(foreign, "protection", lambda: lacking)
    assert browser.get("/api/home").json()["notice"] == ["files", "limits"]
    assert "read your files, take all memory and time" in lacking.notice
    link = browser.post("/api/people", json={"name": "ann"}).json()["link"]
    ann = web_client.stranger(home)
    assert ann.post("/api/join", json={"token": link.partition("#")[2]}).status_code == 200
    assert ann.get("/api/home").json()["notice"] == []
    whole = replace(lacking, files=True, limits=True)
    monkeypatch.setattr(foreign, "protection", lambda: whole)
    assert browser.get("/api/home").json()["notice"] == []
    assert whole.notice == ""


def test_the_keys_are_those_of_the_picture_guide(seen: TestClient) -> None:
    state = seen.get("/api/state").json()
    assert [kind["key"] for kind in state["kinds"]] == list("12345678")
    assert {kind["kind"] for kind in state["kinds"]} == set(Kind)
    assert [k["kind"] for k in state["kinds"]][:3] == ["guard_post", "watchtower", "fence"]
    assert [r["reason"] for r in state["reasons"] if r["key"]] == [
        "shadow", "season", "crop", "misaligned", "cloud", "vehicle",
    ]  # fmt: skip


def test_a_project_is_made_and_opened(browser: TestClient, home: Home, made) -> None:
    body = {"folder": "next", "name": "My border", "frontier": "prk-rus", "before": "2019",
            "after": "2022", "corridor_m": 500, "km": "2..9"}  # fmt: skip
    project = browser.post("/api/projects", json=body).json()["project"]
    assert project["name"] == "My border"
    assert project["extent"] == [2000, 9000]
    assert project["corridor"] == {"left_m": 500, "right_m": 500}
    assert Path(project["root"]) == (home.cwd / "next").resolve()
    again = browser.post("/api/projects", json=body)
    assert again.status_code == 400
    assert "already holds a project" in again.json()["message"]
    roots = {found["name"]: found["root"] for found in browser.get("/api/home").json()["projects"]}
    assert set(roots) == {"mine", "My border"}
    back = browser.post("/api/open", json={"root": roots["mine"]}).json()
    assert back["project"]["name"] == "mine"


@pytest.mark.parametrize(
    "change",
    [{"frontier": "atlantis"}, {"before": "someday"}, {"after": "2018"}, {"km": "90..95"},
     {"folder": "a\nb"}, {"folder": "a\0b"}, {"folder": "  "}, {"corridor_m": 0}, {"name": "a\nb"}],
)  # fmt: skip
def test_a_wrong_start_makes_nothing(refusing: TestClient, still: Home, change: dict) -> None:
    body = {"folder": "next", "frontier": "prk-rus", "before": "2019", "after": "2022"} | change
    before = sorted(still.cwd.rglob("vallum.toml"))
    answer = refusing.post("/api/projects", json=body)
    assert answer.status_code == 400
    assert answer.json()["next"]
    assert sorted(still.cwd.rglob("vallum.toml")) == before
    assert still.project.config.name == "mine"


def test_opening_no_project_leaves_the_old_one_open(refusing: TestClient, still: Home) -> None:
    answer = refusing.post("/api/open", json={"root": str(still.cwd)})
    assert answer.status_code == 400
    assert answer.json()["error"] == "NotAProject"
    assert refusing.get("/api/state").json()["project"]["name"] == "mine"


def test_from_elsewhere_no_folder_outside_can_be_reached(home: Home, browser: TestClient) -> None:
    home.is_local = False
    for path in ("/", "..", "mine/../..", "~"):
        with pytest.raises(NotAllowed):
            home.folder(path)
        assert browser.post("/api/images/folder", json={"path": path}).status_code == 403
    assert home.folder("mine").name == "mine"


def test_a_project_on_a_network_drive_is_told_on_the_start_page(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = home.cwd / "mounts"
    mounts.write_text(f"server:/x {home.cwd.resolve()} nfs4 rw 0 0\n")
    monkeypatch.setattr("vallum.store.sqlite._MOUNTS", mounts)
    fresh = Home(cwd=home.cwd / "mine")
    fresh.open_here(None)
    assert fresh.desk is None
    told = web_client.keeper(fresh).get("/api/home").json()["problem"]
    assert told["error"] == "NetworkDrive"
    assert "own disk" in told["next"]


def test_a_folder_without_a_project_shows_the_start_page(tmp_path: Path) -> None:
    fresh = Home(cwd=tmp_path)
    fresh.open_here(None)
    found = web_client.keeper(fresh).get("/api/home").json()
    assert found["problem"] is None
    assert found["projects"] == []


# -- images ------------------------------------------------------------------------------------


def test_dropped_files_are_taken_in_one_by_one_with_a_note_each(
    browser: TestClient, home: Home, made: small_border.Small
) -> None:
    files = [
        ("files", (f"delivery/{path.name}", path.read_bytes(), "image/tiff"))
        for path in sorted(made.images.iterdir())
    ]
    files.append(("files", ("delivery/bad.tif", b"no image", "image/tiff")))
    started = browser.post(
        "/api/images", files=files, data={"licence": "mine", "may_publish": "true"}
    )
    assert started.status_code == 200, started.text
    assert started.json()["command"] == "vallum add FOLDER --licence mine --may-publish"
    job = wait(browser)
    assert job["state"] == "done"
    assert {file["name"]: file["ok"] for file in job["files"]} == {
        "bad.tif": False, "scene_2019-05-01.tif": True, "scene_2022-05-10.tif": True,
    }  # fmt: skip
    assert all(file["note"] for file in job["files"])
    assert len(job["blocked"]) == 1
    assert list((home.project.root / "inbox").iterdir()) == []
    images = browser.get("/api/images").json()
    assert [image["epoch"] for image in images] == ["before", "after"]
    assert images[0]["off_nadir_deg"] is None
    assert {image["licence"] for image in images} == {"mine"}
    assert all(image["may_publish"] for image in images)


def test_a_folder_of_this_computer_is_taken_in(
    browser: TestClient, made: small_border.Small
) -> None:
    body = {"path": str(made.images), "credit": "Jane's"}
    assert browser.post("/api/images/folder", json=body).json()["what"] == "add"
    job = wait(browser)
    assert len(job["files"]) == 2
    assert job["command"].endswith("""--credit 'Jane'"'"'s'""")
    wrong = browser.post("/api/images/folder", json={"path": "nowhere"})
    assert wrong.status_code == 200
    failed = wait(browser)
    assert failed["state"] == "failed"
    assert failed["error"]["error"] == "BadInput"
    assert failed["error"]["next"] == "Check the path"


def test_an_image_is_set_aside_and_taken_back(detected: Path, tmp_path: Path) -> None:
    shutil.copytree(detected, tmp_path / "copy")
    browser = web_client.keeper(web_client.home_of(tmp_path / "copy"))
    image = browser.get("/api/images").json()[0]["id"]
    assert browser.post(f"/api/images/{image}/aside", json={"why": "no"}).status_code == 400
    rows = browser.post(f"/api/images/{image}/aside", json={"why": "thin cloud over it"}).json()
    assert rows[0]["set_aside"] == "thin cloud over it"
    rows = browser.post(f"/api/images/{image}/aside", json={"back": True}).json()
    assert rows[0]["set_aside"] == ""


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("a.tif", "a.tif"),
        ("order/GIS_FILES/a.shp", "order/GIS_FILES/a.shp"),
        ("../../etc/passwd", "etc/passwd"),
        ("..\\..\\windows\\a.tif", "windows/a.tif"),
        ("/abs/a.tif", "abs/a.tif"),
        ("C:\\x\\a.tif", "C_/x/a.tif"),
        ("./.hidden/..a.tif", "hidden/a.tif"),
        ("a\x00b\n.tif", "a_b_.tif"),
        ("", "unnamed"),
        ("...", "unnamed"),
        ("회령/a.tif", "회령/a.tif"),
    ],
)
def test_no_file_name_leads_out_of_the_inbox(told: str, kept: str) -> None:
    path = upload.safe_path(told)
    assert path == Path(kept)
    assert not path.is_absolute()
    assert ".." not in path.parts
    assert len(upload.safe_path("x" * 5000).name) <= 120
    assert len(upload.safe_path("/".join("abcdefghijklmnop")).parts) <= 8


def test_two_files_of_one_name_are_both_kept(still: Home, tmp_path: Path) -> None:
    inbox = upload.Inbox(tmp_path / "in", b"edge", still)
    names = ["a/b.tif", "a/b.tif", "a", "a/b.tif/c.tif"]
    body = b"".join(
        b'--edge\r\nContent-Disposition: form-data; name="files"; filename="%s"\r\n\r\n%d\r\n'
        % (name.encode(), number)
        for number, name in enumerate(names)
    )
    for byte in body + b"--edge--\r\n":
        inbox.feed(bytes([byte]))
    inbox.close()
    found = [path for path in (tmp_path / "in").rglob("*") if path.is_file()]
    assert sorted(path.read_text() for path in found) == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"--x--\r\n", "multipart/form-data; boundary=x"),
        (b"rubbish", "multipart/form-data; boundary=x"),
        (b"{}", "application/json"),
        (b"--x", "multipart/form-data"),
        (b'--x\r\nContent-Disposition: form-data; name="taken"\r\n\r\n2019\r\n--x--\r\n',
         "multipart/form-data; boundary=x"),
    ],
)  # fmt: skip
def test_an_upload_without_files_is_refused(
    refusing: TestClient, still: Home, content: bytes, kind: str
) -> None:
    answer = refusing.post("/api/images", content=content, headers={"content-type": kind})
    assert answer.status_code == 400
    assert "nothing was taken in" in answer.json()["message"]
    assert list((still.project.root / "inbox").iterdir()) == []


def test_an_upload_beyond_the_limit_or_the_disk_is_refused(
    refusing: TestClient, still: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = {"files": ("a.tif", io.BytesIO(b"x" * 1000))}
    monkeypatch.setattr(upload, "MOST_BYTES", 500)
    answer = refusing.post("/api/images", files=file)
    assert answer.status_code == 413
    assert answer.json()["error"] == "TooLarge"
    monkeypatch.undo()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 1 << 29))
    answer = refusing.post("/api/images", files=file)
    assert answer.status_code == 507
    assert answer.json()["error"] == "DiskFull"
    with pytest.raises(DiskFull):
        still.check_room(0)


# -- jobs --------------------------------------------------------------------------------------


def test_a_step_is_done_in_the_background_and_tells_what_it_did(browser: TestClient) -> None:
    assert browser.post("/api/steps/measure").json()["state"] == "running"
    job = wait(browser)
    assert job["state"] == "done", job
    assert job["command"] == "vallum measure"
    assert job["total"] == job["done"] > 0
    assert any("border_km" in line for line in job["lines"])
    assert browser.post("/api/steps/nothing").status_code == 400


def test_the_report_is_shown_in_a_sandbox_and_told_when_it_is_stale(
    browser: TestClient, home: Home
) -> None:
    assert browser.get("/api/report-state").json()["exists"] is False
    assert browser.get("/api/report/").status_code == 404
    folder = home.project.out_folder / "report"
    folder.mkdir()
    (folder / "report.html").write_text("<html>found: nothing</html>")
    (folder / "way-out").symlink_to(home.project.root / "vallum.toml")
    with home.project.run("publish") as work:
        work.add(
            Release(
                manifest_sha256="0", level=Level.PUBLIC, estimate_ids=(), ledger_head="0", n_files=1
            )
        )
    state = browser.get("/api/report-state").json()
    assert state["exists"] is True
    assert state["is_stale"] is False
    report = browser.get("/api/report/")
    assert "found: nothing" in report.text
    policy = report.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "allow-same-origin" not in policy
    assert "frame-ancestors 'self'" in policy
    for path in ("nothing.html", "way-out", "..%2f..%2fvallum.toml", "%2e%2e", "report.html%00"):
        assert browser.get(f"/api/report/{path}").status_code == 404
    browser.post("/api/steps/measure")
    wait(browser)
    assert browser.get("/api/report-state").json()["is_stale"] is True


def test_one_job_at_a_time_and_it_can_be_stopped() -> None:
    jobs, at_work = Jobs(), threading.Event()

    def work(show) -> Done:
        for n in range(10_000):
            show("looking", n, 10_000, "sections")
            at_work.set()
            threading.Event().wait(0.005)
        return Done(step="x")

    jobs.start("detect", "vallum detect", work)
    at_work.wait(5)
    assert jobs.current.state == "running"
    assert jobs.current.step == "looking"
    with pytest.raises(Busy, match="detect"):
        jobs.start("run", "vallum run", work)
    jobs.stop()
    ended = jobs.wait(5)
    assert ended.state == "stopped"
    assert ended.error is None
    with pytest.raises(Stopped):
        jobs.show("late", 1, 2, "x")


@pytest.mark.parametrize(
    ("error", "code"),
    [(StoreLocked("locked"), "StoreLocked"), (OSError(28, "no space"), "DiskFull"),
     (PermissionError(13, "denied", "x"), "BadInput")],
)  # fmt: skip
def test_a_job_that_fails_says_why(error: Exception, code: str) -> None:
    jobs = Jobs()

    def work(show) -> Done:
        raise error

    jobs.start("run", "vallum run", work)
    ended = jobs.wait(5)
    assert ended.state == "failed"
    assert ended.error.code == code


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_job_that_breaks_is_not_left_running() -> None:
    jobs = Jobs()

    def work(show) -> Done:
        raise ZeroDivisionError

    jobs.start("run", "vallum run", work)
    ended = jobs.wait(5)
    assert ended.state == "failed"
    assert "nobody foresaw" in str(ended.error)


def test_nothing_is_closed_under_a_job(refusing: TestClient, still: Home) -> None:
    go_on = threading.Event()

    def work(show) -> Done:
        go_on.wait(10)
        return Done(step="x")

    still.jobs.start("run", "vallum run", work)
    try:
        for path, body in (
            ("/api/close", {}),
            ("/api/open", {"root": "mine"}),
            ("/api/run", {}),
            ("/api/demo", {}),
            ("/api/settings", {"table": "review", "name": "n_agree", "value": 3}),
        ):
            answer = refusing.post(path, json=body)
            assert (answer.status_code, answer.json()["error"]) == (409, "Busy"), path
    finally:
        go_on.set()
        still.jobs.wait(5)


def test_the_demo_button_makes_a_border_and_opens_it(
    browser: TestClient, home: Home, made: small_border.Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Path, bool]] = []

    def quick_demo(folder: Path, *, review: bool, show) -> Done:
        asked.append((folder, review))
        root = folder / "hoeryong"
        project, _ = steps.new(
            root, frontier=made.line, before="2019", after="2022", is_simulated=True
        )
        project.close()
        return Done(step="demo", facts={"root": str(root)})

    monkeypatch.setattr(steps, "demo", quick_demo)
    for folder in ("demo-border", "demo-border-2"):
        assert browser.post("/api/demo").json()["command"] == f"vallum demo {folder} --no-review"
        assert wait(browser)["state"] == "done"
        project = browser.get("/api/state").json()["project"]
        assert project["is_simulated"] is True
        assert Path(project["root"]).parent.name == folder
    assert [review for _, review in asked] == [False, False]


def test_the_short_demo_keeps_the_cloud_the_gap_and_all_images() -> None:
    cut = _within(shots(1), (1700, 5400))
    assert len(cut) == 4
    assert all(1694 <= shot.stretch[0] < shot.stretch[1] <= 5406 for shot in cut)
    assert _within(shots(1), None) == shots(1)
    assert len(_within(shots(1), (0, 3000))) == 2


# -- settings ----------------------------------------------------------------------------------


def test_every_setting_is_listed_with_its_meaning(refusing: TestClient, still: Home) -> None:
    listed = refusing.get("/api/settings").json()
    assert all(setting["meaning"] for setting in listed)
    frozen = {(s["table"], s["name"]) for s in listed if s["is_frozen"]}
    assert {("", "name"), ("", "is_simulated"), ("border", "left_m")} <= frozen
    assert ("review", "n_agree") not in frozen
    types = {s["name"]: s["type"] for s in listed}
    assert (types["n_agree"], types["min_clear_share"], types["mask_clouds"]) == (
        "int",
        "float",
        "bool",
    )


def test_a_setting_is_written_and_used_at_once(browser: TestClient, home: Home) -> None:
    change = {"table": "review", "name": "n_agree", "value": 3}
    listed = browser.post("/api/settings", json=change).json()
    assert next(s["value"] for s in listed if s["name"] == "n_agree") == 3
    assert browser.get("/api/state").json()["project"]["n_agree"] == 3
    assert config.read(home.project.root / "vallum.toml").review.n_agree == 3
    browser.post("/api/settings", json={"table": "cover", "name": "min_clear_share", "value": 1})
    assert home.project.config.cover.min_clear_share == 1.0


@pytest.mark.parametrize(
    ("table", "name", "value"),
    [("review", "n_agree", 0), ("review", "n_agree", "2"), ("review", "n_agree", 2.5),
     ("review", "n_agree", True), ("review", "none", 1), ("none", "n_agree", 1),
     ("border", "left_m", 5), ("", "name", "other"), ("", "is_simulated", True),
     ("", "review", 1), ("dates", "before", "2023"), ("dates", "before", "soon"),
     ("publish", "desk", "a\x7fb"), ("cover", "min_clear_share", 2)],
)  # fmt: skip
def test_a_setting_that_makes_no_sense_changes_nothing(
    refusing: TestClient, still: Home, table: str, name: str, value: object
) -> None:
    path = still.project.root / "vallum.toml"
    before = path.read_bytes()
    answer = refusing.post("/api/settings", json={"table": table, "name": name, "value": value})
    assert answer.status_code == 400, answer.text
    assert path.read_bytes() == before
    assert len(page_settings.settings(still.project.config)) > 15


# -- coverage and strip ------------------------------------------------------------------------


def test_every_metre_has_one_status(seen: TestClient) -> None:
    coverage = seen.get("/api/coverage").json()
    start, end = coverage["extent"]
    assert sum(status["length_m"] for status in coverage["statuses"]) == end - start
    at = start
    for stretch in coverage["stretches"]:
        assert stretch["start_m"] == at
        at = stretch["end_m"]
    assert at == end
    section = coverage["sections"][0]
    assert section["before"]["name"] == "scene_2019-05-01.tif"
    assert section["after"]["name"] == "scene_2022-05-10.tif"
    assert section["seen_m"] > 800
    assert section["n_candidates"] > 0
    assert section["blocked_by"] == ""


def test_a_project_without_images_is_not_examined(refusing: TestClient) -> None:
    coverage = refusing.get("/api/coverage").json()
    lengths = {s["status"]: s["length_m"] for s in coverage["statuses"]}
    assert lengths["not_examined"] == 1000
    assert coverage["sections"][0]["before"] is None
    assert coverage["sections"][0]["blocked_by"] == "not examined yet"
    strip = refusing.get("/api/strip").json()
    assert sum(strip["seen"]) == sum(strip["lines"]) == 0


def test_the_strip_counts_every_candidate_once(seen: TestClient) -> None:
    n = seen.get("/api/state").json()["project"]["counts"]["candidates"]
    for bins in (1, 7, 700, 4000):
        strip = seen.get("/api/strip", params={"bins": bins}).json()
        n_bins = min(bins, 1000)
        assert {len(strip[name]) for name in ("seen", "lines", "posts", "answered")} == {n_bins}
        assert sum(strip["lines"]) + sum(strip["posts"]) == n
        assert strip["bin_m"] == pytest.approx(1000 / n_bins)
    assert seen.get("/api/strip", params={"bins": 0}).status_code == 400


def test_the_share_seen_is_that_of_the_metres() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        cuts = np.sort(rng.choice(1001, size=6, replace=False)) + 5000
        spans = overview.Spans.of(*[(int(a), int(b)) for a, b in cuts.reshape(3, 2)])
        extent, n_bins = Span(5000, 6001), int(rng.integers(1, 40))
        metres = np.isin(
            np.arange(5000, 6001), [m for s in spans for m in range(s.start_m, s.end_m)]
        )
        total = overview._shares(spans, extent, n_bins).sum() * extent.length_m / n_bins
        assert total == pytest.approx(metres.sum(), abs=0.06 * n_bins)
    assert overview._shares(overview.Spans(), Span(0, 10), 2).tolist() == [0, 0]
    assert overview._shares(overview.Spans.of((0, 5)), Span(0, 10), 4).tolist() == [1, 1, 0, 0]


def test_another_vallum_at_work_is_told_as_locked(still: Home, refusing: TestClient) -> None:
    with open_project(still.project.root) as other, other.alone():
        answer = refusing.post(
            "/api/settings", json={"table": "review", "name": "n_agree", "value": 1}
        )
    assert answer.status_code == 423
    assert answer.json()["error"] == "StoreLocked"


def test_who_comes_in_while_a_project_opens_is_known_from_its_first_moment(home: Home) -> None:
    class Watched(Home):
        def __setattr__(self, name: str, value: object) -> None:
            super().__setattr__(name, value)
            if name == "desk" and value is not None:
                known.append(self.person_of(key))

    known: list[object] = []
    root = home.project.root
    home.close()
    key = ""
    with Watched(cwd=root.parent) as here:
        key = here.sign_in(here.token)
        before = here.person_of(key)
        here.open(root)
        here.open(root)
    assert known == [before, before]
    assert before is not None
