"""Finding, placing and buying images over the API: who may, what is kept, what is refused."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

import small_pictures
import web_client
from vallum.ground.records import Scene, Shot
from vallum.project import open_project
from vallum.steps.done import Done
from vallum.steps.home import Home


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_pictures.make(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def home(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("here")
    root = Path(shutil.copytree(made, folder / "p"))
    with web_client.home_of(root, folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def keeper(home: Home) -> TestClient:
    return web_client.keeper(home)


@pytest.fixture(scope="module")
def people(home: Home, keeper: TestClient) -> dict[str, TestClient]:
    found = {}
    for name, role in (("ann", "analyst"), ("eve", "editor")):
        link = keeper.post("/api/people", json={"name": name, "role": role}).json()["link"]
        browser = web_client.stranger(home)
        browser.post("/api/join", json={"token": link.partition("#")[2]})
        found[role] = browser
    return found


def get(browser: TestClient, path: str):
    answer = browser.get(f"/api/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def shot(browser: TestClient, number: int = 1) -> dict:
    name = small_pictures.SHOTS[number - 1]
    return next(one for one in get(browser, "shots")["items"] if one["name"] == name)


def ended(home: Home, what: str):
    job = home.jobs.wait(60)
    assert job is not None
    assert job.what == what
    return job


# -- screenshots ----------------------------------------------------------------------------------


def test_screenshots_are_listed_with_their_state_and_nobody_learns_of_folders(
    people: dict[str, TestClient],
) -> None:
    listed = get(people["editor"], "shots")
    assert [one["name"] for one in listed["items"]] == list(small_pictures.SHOTS)
    assert {one["state"]: one["n"] for one in listed["counts"]}["waiting"] >= 1
    assert "imagery/" not in people["editor"].get("/api/shots").text
    full = get(people["editor"], f"shots/{listed['items'][0]['id']}")
    assert full["next"] in {one["id"] for one in listed["items"]}


def test_the_picture_itself_is_shown_and_only_from_inside_the_project(
    home: Home, people: dict[str, TestClient]
) -> None:
    found = shot(people["analyst"])
    answer = people["analyst"].get(f"/api/shots/{found['id']}/picture")
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    outside = Shot(sha256="x", name="x.png", href="../../passwd", width_px=9, height_px=9)
    text = Shot(sha256="y", name="y.png", href="vallum.toml", width_px=9, height_px=9)
    with home.project.run("SIMULATED") as work:
        work.add(outside, text)
    for row in (outside, text):
        answer = people["analyst"].get(f"/api/shots/{row.id}/picture")
        assert answer.status_code == 404
        assert "add the file again" in answer.json()["message"]
    with home.project.run("SIMULATED") as work:
        work.add(*(replace(row, is_skipped=True) for row in (outside, text)))


def test_the_map_has_the_line_with_its_chainage_and_the_finest_image_first(
    people: dict[str, TestClient],
) -> None:
    ground = get(people["editor"], "ground")
    assert ground["line"][0][2] == 0
    assert ground["line"][-1][2] == pytest.approx(1000, abs=3)
    assert [one["gsd_m"] for one in ground["images"]] == sorted(
        one["gsd_m"] for one in ground["images"]
    )
    west, south, east, north = ground["images"][0]["bounds"]
    assert west < ground["line"][0][0] < east
    assert south < ground["line"][0][1] < north


def test_points_tell_how_they_agree_and_nothing_is_written(
    home: Home, people: dict[str, TestClient]
) -> None:
    found, before = shot(people["analyst"], 2), home.project.store.head()
    points = small_pictures.points(home.project)
    path = f"/api/shots/{found['id']}/residuals"

    two = people["analyst"].post(path, json={"points": points[:2]}).json()
    assert two["method"] == "similarity"
    assert two["rmse_m"] is None, "two points always agree"
    assert two["looking_only"]
    four = people["analyst"].post(path, json={"points": points}).json()
    assert four["rmse_m"] < 0.01
    assert four["gsd_m"] == pytest.approx(small_pictures.GSD_M, rel=0.01)
    assert four["looking_only"] == four["why_not"] == ""
    assert len(four["outline"]) == 4
    bad = small_pictures.points(
        home.project, (60, 40), (580, 60), (560, 320), (80, 300), (320, 180)
    )
    bad[4]["column"] += 40
    five = people["analyst"].post(path, json={"points": bad}).json()
    assert five["worst"] == 4
    assert five["residual_m"][4] == max(five["residual_m"])
    one = people["analyst"].post(path, json={"points": points[:1]}).json()
    assert "at least two" in one["why_not"]
    assert home.project.store.head() == before


def test_an_analyst_places_a_screenshot_and_it_becomes_an_image(
    home: Home, people: dict[str, TestClient]
) -> None:
    found = shot(people["analyst"])
    body = {"points": small_pictures.points(home.project), "taken": "2022-04-11..2022-09-30"}
    answer = people["editor"].post(f"/api/shots/{found['id']}/place", json=body)
    assert answer.status_code == 403
    answer = people["analyst"].post(f"/api/shots/{found['id']}/place", json=body)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["state"], told["by"], told["method"]) == ("placed", "ann", "points")
    assert told["taken"] == ["2022-04-11", "2022-09-30"]
    assert told["at_m"] == pytest.approx(500, abs=30)
    (scene,) = [row for row in home.project.rows(Scene) if row.id == told["scene"]]
    lon, lat = small_pictures.truth(home.project, 320, 180)
    assert scene.footprint.contains(type(scene.footprint.centroid)(lon, lat))
    after = get(people["analyst"], f"shots/{found['id']}")
    assert len(after["points"]) == 4
    neighbour = get(people["analyst"], f"shots/{shot(people['analyst'], 2)['id']}")
    assert neighbour["near"] is not None, "the map begins where its neighbour in the list lies"


def test_a_screenshot_is_dated_left_out_and_what_makes_no_sense_is_refused(
    people: dict[str, TestClient],
) -> None:
    ann, found = people["analyst"], shot(people["analyst"], 3)
    path = f"/api/shots/{found['id']}"
    told = ann.post(f"{path}/date", json={"taken": "2021-05..2021-06"}).json()
    assert told["taken"] == ["2021-05-01", "2021-06-30"]
    assert told["taken_from"] == "given"
    wrong = ann.post(f"{path}/date", json={"taken": "last spring"})
    assert (wrong.status_code, wrong.json()["error"]) == (400, "BadDate")
    assert ann.post(f"{path}/skip").json()["state"] == "skipped"
    assert people["editor"].post(f"{path}/skip").status_code == 403
    far = [{"column": 1, "row": 1, "lon": 500, "lat": 0}]
    assert ann.post(f"{path}/residuals", json={"points": far}).status_code == 400
    assert ann.get("/api/shots/shot-nothing").status_code == 404
    assert ann.post("/api/shots/shot-nothing/skip").status_code == 404


# -- finding and buying ---------------------------------------------------------------------------


def test_cells_are_ranked_and_what_cannot_be_said_is_no_nothing(
    people: dict[str, TestClient],
) -> None:
    told = get(people["editor"], "cues")
    assert [one["rank"] for one in told["items"]] == [1, 2]
    first = told["items"][0]
    assert first["since"] == ["2020-04-01", "2020-05-11"]
    assert first["shape"]["type"] == "Polygon"
    states = [one["state"] for one in told["cells"]]
    assert states == ["nothing", "found", "found", "blocked"]
    whole = told["found_m"] + told["nothing_m"] + told["blocked_m"] + told["unlooked_m"]
    assert whole >= told["extent"][1] - told["extent"][0]
    assert (told["found_m"], told["nothing_m"], told["blocked_m"]) == (500, 250, 250)


def test_land_is_told_by_kind_and_by_section(people: dict[str, TestClient]) -> None:
    told = get(people["editor"], "terrain")
    assert {one["stratum"]: one["n_sections"] for one in told["strata"]} == {
        "flat, settled, no obstacle": 1,
        "steep, empty, river": 1,
    }
    first, second = told["items"]
    assert first["land_cover"] == [
        {"name": "crop", "share": 0.62},
        {"name": "grass", "share": 0.25},
    ]
    assert second["town_m"] is None
    assert second["blocked_by"]


def test_the_calendar_has_every_section_with_its_longest_gap(
    people: dict[str, TestClient],
) -> None:
    told = get(people["editor"], "dates")
    assert told["before"] == ["2019-01-01", "2019-12-31"]
    first = told["sections"][0]
    assert [one["state"] for one in first["days"]] == ["used", "used"]
    assert first["gap"] == ["2019-05-01", "2022-05-10"]
    assert first["gap_days"] == 1105


def test_the_shopping_list_is_read_from_its_table_and_can_be_taken_away(
    people: dict[str, TestClient],
) -> None:
    told = get(people["editor"], "shopping")
    assert told["columns"][0] == "order", "the mark for spreadsheets is no part of the name"
    assert told["n_rows"] == 2
    (file,) = get(people["editor"], "made/shopping")
    got = people["editor"].get(f"/api/made/shopping/{file['name']}")
    assert got.content == ("\ufeff" + small_pictures.ORDERS).encode()
    assert "attachment" in got.headers["content-disposition"]
    for name in ("../../vallum.toml", "%2e%2e/%2e%2e/vallum.toml", "nothing.csv"):
        assert people["editor"].get(f"/api/made/shopping/{name}").status_code in {400, 404}
    assert people["editor"].get("/api/made/vault/x").status_code == 400
    example = people["editor"].get("/api/shopping/example")
    assert "EXAMPLE" in example.text


def test_only_the_keeper_asks_a_catalogue_makes_a_plan_or_reads_land(
    people: dict[str, TestClient],
) -> None:
    ann = people["analyst"]
    bodies: dict[str, dict] = {
        "catalogue": {"url": "https://a.example", "collections": ["x"]},
        "plans": {"km": "0..1"},
        "cues": {},
        "shopping": {"prices_name": "p.csv", "prices": "x", "budget": 5},
    }
    for path, body in bodies.items():
        assert ann.post(f"/api/{path}", json=body).status_code == 403, path
    assert ann.post("/api/terrain", files={"files": ("dem/a.tif", b"x")}).status_code == 403
    assert ann.get("/api/last/catalogue").status_code == 403


def test_a_plan_is_made_as_a_job_and_its_tour_can_be_taken_away(
    home: Home, keeper: TestClient
) -> None:
    answer = keeper.post("/api/plans", json={"km": "0..1", "width_m": 500, "height_m": 300})
    assert answer.json()["command"] == "vallum capture-plan --km 0..1"
    job = ended(home, "capture-plan")
    assert job.error is None
    (file,) = get(keeper, "made/capture-plan")
    assert file["name"] == "capture-plan-km-0..1.kmz"
    assert keeper.get(f"/api/made/capture-plan/{file['name']}").content.startswith(b"PK")
    assert get(keeper, "last/capture-plan")["facts"]["frames"] >= 3
    assert get(keeper, "last/cue") is None


def test_a_catalogue_on_this_computer_is_refused_before_anything_is_asked(
    home: Home, keeper: TestClient
) -> None:
    body = {"url": "https://127.0.0.1:9/v1", "collections": ["x"], "when": ["2019"]}
    assert keeper.post("/api/catalogue", json=body).json()["what"] == "catalogue"
    job = ended(home, "catalogue")
    assert job.state == "failed"
    assert type(job.error).__name__ == "AddressRefused"
    assert get(keeper, "last/catalogue") is None
    names = [one["name"] for one in get(keeper, "catalogue/presets")]
    assert "earth-search" in names


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"prices": ""}, "is empty"),
        ({"prices_name": "p.exe"}, ".csv or .toml"),
        ({"budget": 0}, "nothing to aim at"),
    ],
    ids=["no prices", "another file", "no aim"],
)
def test_a_shopping_list_without_what_it_needs_is_refused_in_words(
    keeper: TestClient, change: dict, words: str
) -> None:
    body = {"prices_name": "p.csv", "prices": "provider\nx", "budget": 10} | change
    answer = keeper.post("/api/shopping", json=body)
    assert answer.status_code == 400
    assert words in answer.json()["message"]


def test_layers_of_land_that_cannot_be_told_apart_are_refused_and_removed(
    home: Home, keeper: TestClient
) -> None:
    two = [("files", (f"dem/{name}.tif", b"II*\0")) for name in "ab"]
    answer = keeper.post("/api/terrain", files=two)
    assert answer.status_code == 400
    assert "one is needed" in answer.json()["message"]
    answer = keeper.post("/api/terrain", files=[("files", ("else/a.tif", b"x"))])
    assert "no layer was given" in answer.json()["message"]
    answer = keeper.post("/api/terrain", data={"roads": "x"}, files=two[:1])
    assert answer.status_code == 400
    inbox = home.project.root / "inbox"
    assert not inbox.exists() or not any(inbox.iterdir())


def test_a_height_model_is_read_and_what_was_uploaded_is_removed(
    home: Home, keeper: TestClient, made: Path
) -> None:
    with open_project(made) as project:
        scene = next(row for row in project.rows(Scene) if row.n_bands)
        path = project.path_of(scene)
    assert path is not None
    answer = keeper.post("/api/terrain", files=[("files", ("dem/heights.tif", path.read_bytes()))])
    assert answer.status_code == 200, answer.text
    job = ended(home, "terrain")
    assert job.error is None, job.error
    assert "dem" in job.command
    assert get(keeper, "last/terrain")["lines"]
    inbox = home.project.root / "inbox"
    assert not inbox.exists() or not any(inbox.iterdir())


# -- a height model for orders without a map ------------------------------------------------------


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """What `add` is called with, and which files were there."""
    calls: list[dict] = []

    def add(_project: object, paths: list[Path], *, dem: Path | None, **_more: object) -> Done:
        names = sorted(one.name for path in paths for one in path.rglob("*") if one.is_file())
        calls.append({"names": names, "dem": dem and (dem.name, dem.read_bytes())})
        return Done(step="add", lines=())

    monkeypatch.setattr("vallum.steps.home.add", add)
    return calls


def test_a_height_model_is_sent_beside_an_order_and_is_no_image_of_it(
    home: Home, keeper: TestClient, added: list[dict]
) -> None:
    sent = [("files", ("dem/a.tif", b"SIMULATED image")), ("dem", ("h.tif", b"SIMULATED heights"))]
    answer = keeper.post("/api/images", files=sent)
    assert answer.status_code == 200, answer.text
    assert answer.json()["command"].endswith("--dem FILE")
    ended(home, "add")
    keeper.post("/api/images", files=sent[:1])
    ended(home, "add")
    assert added == [
        {"names": ["a.tif"], "dem": ("h.tif", b"SIMULATED heights")},
        {"names": ["a.tif"], "dem": None},
    ]
    assert not any((home.project.root / "inbox").iterdir())


def test_a_height_model_is_named_by_its_path_and_a_wrong_one_is_refused(
    home: Home, keeper: TestClient, added: list[dict], tmp_path: Path
) -> None:
    heights = tmp_path / "h.tif"
    heights.write_bytes(b"SIMULATED")
    (tmp_path / "order").mkdir()
    body = {"path": str(tmp_path / "order"), "dem": str(heights)}
    assert keeper.post("/api/images/folder", json=body).status_code == 200
    ended(home, "add")
    assert added[0]["dem"] == ("h.tif", b"SIMULATED")
    for dem, words in (("missing.tif", "no height model"), ("order", "one GeoTIFF")):
        answer = keeper.post("/api/images/folder", json=body | {"dem": str(tmp_path / dem)})
        assert answer.status_code == 400
        assert words in answer.json()["message"]
    alone = keeper.post("/api/images", files=[("dem", ("h.tif", b"x"))])
    assert "no image came" in alone.json()["message"]
    home.is_local = False
    try:
        assert keeper.post("/api/images/folder", json=body).status_code == 403
    finally:
        home.is_local = True
