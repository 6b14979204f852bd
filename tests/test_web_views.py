"""Placing photographs over the API: the keeper alone, and no answer, file or log holds a camera."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from shapely.geometry import LineString

import small_papers
import web_client
from small_vault import LINE, new_desk
from vallum.ground.geodesy import WGS84, moved
from vallum.ground.kinds import Change, Held, Kind, Role
from vallum.ground.records import Custody, Depicted, Finding
from vallum.ground.saidkinds import Handling, Paper
from vallum.ground.span import Span
from vallum.steps.desk import Person
from vallum.steps.home import Home
from vallum.steps.sources import source_add
from vallum.steps.taking import intake
from vallum.steps.vaulting import deleted
from vallum.steps.viewing import view_name

ROUTES = (
    ("GET", "views"), ("POST", "views"), ("GET", "views/stated"), ("GET", "views/1/camera"),
    ("POST", "views/1/remove"), ("POST", "things"),
)  # fmt: skip


THING = LINE.point_at(500.0, 40.0)


def photo(desk, words, *, risk="low", source=None, **more):
    """A photograph of a source, and the source."""
    if source is None:
        source, _ = source_add(
            desk.project, voice="person" if risk != "low" else "organisation",
            name="" if risk != "low" else "River Club", attribution="background",
            described_as="a club on the river", consent=["retain", "analyse", "publish_text"],
            risk=risk, handling="clear",
        )  # fmt: skip
    fields = {"paper": Paper.PHOTO, "media_type": "image/jpeg", "captured": "2021-04-17",
              "handling": Handling.CLEAR}  # fmt: skip
    row, _ = desk.take_in(source, words, **(fields | more))
    return row, source


def camera(from_deg, away_m=300.0):
    """A camera that looks at THING, as the page sends it."""
    lon, lat = moved(THING.x, THING.y, from_deg, away_m)
    ahead, _, _ = WGS84.inv(float(lon), float(lat), THING.x, THING.y)
    return {"lon": float(lon), "lat": float(lat), "bearing_deg": ahead % 360}


def needles(*cameras):
    """Every number of a camera, as programs would write it; but not as coarse as the border's."""
    return {
        form.format(value)
        for one in cameras
        for name, value in one.items()
        for form in ("{!r}", "{:.6f}", "{:.5f}", *(["{:.4f}"] if name != "lon" else []))
    }


def apart_m(point):
    return WGS84.inv(*point, THING.x, THING.y)[2]


@pytest.fixture
def desk(tmp_path: Path):
    """A project of one kilometre with a vault: two open photographs, and one of a hidden source."""
    desk = new_desk(tmp_path)
    _, club = photo(desk, b"SIMULATED: one", title="SIMULATED east")
    photo(desk, b"SIMULATED: two", source=club, title="SIMULATED west")
    photo(desk, b"SIMULATED: three", risk="extreme")
    desk.take_in(club, b"SIMULATED: words", title="SIMULATED words")
    return desk


@pytest.fixture
def home(desk) -> Iterator[Home]:
    desk.project.close()
    with web_client.home_of(desk.root) as opened:
        yield opened


@pytest.fixture
def keeper(home: Home) -> TestClient:
    return web_client.keeper(home)


def unlock(home: Home, keeper: TestClient, desk) -> None:
    name = keeper.get("/api/state").json()["me"]["name"]
    home.keyring.put(Person(name=name, role=Role.KEEPER), desk.keys[0])


def paths(browser: TestClient) -> dict[str, str]:
    """Addresses of the pictures, by title; the hidden one is called hidden."""
    rows = browser.get("/api/exhibits").json()
    return {
        "hidden" if one["is_protected"] else one["title"][10:]: f"/api/exhibits/{one['ticket']}"
        for one in rows
    }


def ok(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()


def ticket(path: str) -> str:
    return path.rpartition("/")[2]


# -- the camera -----------------------------------------------------------------------------------


def test_everybody_but_the_keeper_is_refused(home: Home, keeper: TestClient) -> None:
    link = ok(keeper.post("/api/people", json={"name": "kim", "role": "analyst"}))["link"]
    analyst = web_client.stranger(home)
    assert analyst.post("/api/join", json={"token": link.partition("#")[2]}).status_code == 200
    mine = paths(keeper)["east"]
    for method, path in ROUTES:
        assert analyst.request(method, f"{mine}/{path}", json={}).status_code == 403, path
        stranger = web_client.stranger(home)
        assert stranger.request(method, f"{mine}/{path}", json={}).status_code == 401, path


def test_a_camera_is_locked_in_without_a_key_and_comes_out_with_one_alone(
    home: Home, keeper: TestClient, desk
) -> None:
    east = paths(keeper)["east"]
    before = ok(keeper.get(f"{east}/views"))
    assert (before["is_picture"], before["numbers"], before["has_vault"]) == (True, [], True)
    told = ok(keeper.post(f"{east}/views", json=camera(200) | {"fov_deg": 50}))
    assert told["numbers"] == [1]
    shut = keeper.get(f"{east}/views/1/camera")
    assert (shut.status_code, shut.json()["error"]) == (403, "NotOpened")
    unlock(home, keeper, desk)
    for n in (1, 2):
        out = ok(keeper.get(f"{east}/views/1/camera"))
        assert (out["lon"], out["lat"], out["fov_deg"]) == (
            camera(200)["lon"], camera(200)["lat"], 50,
        )  # fmt: skip
        looks = [row for row in home.project.rows(Custody) if row.outcome == "looked at"]
        assert len(looks) == n, "every look is on the ledger"
    assert keeper.get(f"{east}/views/2/camera").status_code == 404
    assert ok(keeper.get(f"{east}/views/stated")) is None


def test_placed_anew_or_deleted_what_rested_on_it_is_taken_back(
    home: Home, keeper: TestClient, desk
) -> None:
    east = paths(keeper)["east"]
    ok(keeper.post(f"{east}/views", json=camera(200)))
    unlock(home, keeper, desk)
    wish = {"way": "distance", "kind": "guard_post", "distance_m": 300, "error_m": 40}
    (thing,) = ok(keeper.post(f"{east}/things", json=wish))["things"]
    assert thing["method"] == "one view and a distance"
    assert apart_m(thing["point"]) < 3
    (row,) = home.project.rows(Depicted)
    old = view_name(home.project, row.exhibit, 1)
    again = ok(keeper.post(f"{east}/views", json=camera(100)))
    assert (again["n_taken_back"], again["things"]) == (1, [])
    assert old in deleted(home.project)
    ok(keeper.post(f"{east}/things", json=wish))
    gone = ok(keeper.post(f"{east}/views/1/remove"))
    assert (gone["n_taken_back"], gone["numbers"], gone["things"]) == (1, [], [])
    assert keeper.post(f"{east}/views/1/remove").status_code == 404


@pytest.mark.parametrize(
    "change",
    [{"lat": 91}, {"bearing_deg": None}, {"fov_deg": 0}, {"error_m": -1}, {"place": "here"}],
    ids=["not on Earth", "no direction", "no angle", "no error", "unknown field"],
)
def test_numbers_that_cannot_be_are_refused_and_not_repeated(
    keeper: TestClient, home: Home, change: dict
) -> None:
    east, head = paths(keeper)["east"], home.project.store.head()
    answer = keeper.post(f"{east}/views", json=camera(200) | change)
    assert answer.status_code == 400
    assert not [one for one in needles(camera(200)) if one in answer.text]
    assert home.project.store.head() == head


# -- the thing ------------------------------------------------------------------------------------


def test_two_views_cross_and_a_line_is_met(home: Home, keeper: TestClient, desk) -> None:
    at = paths(keeper)
    fence = Finding(
        about="SIMULATED", held=Held.CONFIRMED, category=Kind.FENCE, change=Change.NEW,
        span=Span(400, 600), agreement="2 of 2", off_m=40.0, length_m=330.0,
        shape=LineString([(THING.x - 0.002, THING.y), (THING.x + 0.002, THING.y)]),
    )  # fmt: skip
    with home.project.run("SIMULATED") as work:
        work.add(fence)
    for name, turn in (("east", 120), ("west", 200)):
        ok(keeper.post(f"{at[name]}/views", json=camera(turn)))
    shut = keeper.post(f"{at['east']}/things", json={"way": "line", "on": "line"})
    assert shut.json()["error"] == "NotOpened"
    unlock(home, keeper, desk)
    told = ok(keeper.get(f"{at['east']}/views"))
    west = next(one for one in told["others"] if one["title"])
    assert west["title"] == "SIMULATED west"
    beside = [{"ticket": west["ticket"], "number": west["number"]}]
    wish = {"way": "crossing", "kind": "guard_post", "beside": beside}
    (thing,) = ok(keeper.post(f"{at['east']}/things", json=wish))["things"]
    assert thing["method"] == "2 views that cross"
    assert apart_m(thing["point"]) < 3
    assert thing["start_m"] <= 500 <= thing["end_m"]
    (line,) = told["lines"]
    assert line["kind"] == "fence"
    wish = {"way": "line", "on": line["ticket"]}
    (met,) = ok(keeper.post(f"{at['west']}/things", json=wish))["things"]
    assert apart_m(met["point"]) < 3
    itself = {"way": "crossing", "beside": [{"ticket": ticket(at["east"]), "number": 1}]}
    assert "not cross itself" in keeper.post(f"{at['east']}/things", json=itself).json()["message"]


def test_found_on_an_image_it_needs_no_view_and_other_ways_say_what_they_need(
    home: Home, keeper: TestClient, desk
) -> None:
    at = paths(keeper)
    wish = {"way": "image", "at": [THING.x, THING.y], "error_m": 20, "kind": "watchtower"}
    (thing,) = ok(keeper.post(f"{at['east']}/things", json=wish))["things"]
    assert (thing["kind"], thing["precision_m"]) == ("watchtower", 20)
    unlock(home, keeper, desk)
    for way in ("crossing", "line", "distance", "image"):
        answer = keeper.post(f"{at['west']}/things", json={"way": way})
        assert answer.status_code == 400
        assert "needs" in answer.json()["message"]
    no_view = keeper.post(f"{at['west']}/things", json={"way": "distance", "distance_m": 9})
    assert no_view.status_code == 404
    assert "exhibit-" not in no_view.text
    words = keeper.post(f"{at['words']}/views", json=camera(200))
    assert "no photograph" in words.json()["message"]
    assert ok(keeper.get(f"{at['words']}/views"))["is_picture"] is False


def test_of_a_hidden_source_no_point_is_told(home: Home, keeper: TestClient, desk) -> None:
    hidden = paths(keeper)["hidden"]
    ok(keeper.post(f"{hidden}/views", json=camera(200)))
    unlock(home, keeper, desk)
    wish = {"way": "distance", "kind": "guard_post", "distance_m": 300}
    (thing,) = ok(keeper.post(f"{hidden}/things", json=wish))["things"]
    assert (thing["point"], thing["is_coarse"]) == (None, True)
    whole = home.project.frontier.span
    assert (thing["start_m"], thing["end_m"]) == (whole.start_m, whole.end_m)


# -- nothing leaks --------------------------------------------------------------------------------


def test_no_answer_no_file_and_no_log_holds_a_camera(
    home: Home, keeper: TestClient, desk, caplog: pytest.LogCaptureFixture, capfd
) -> None:
    caplog.set_level(logging.DEBUG)
    at, views = paths(keeper), (camera(120), camera(200), camera(160))
    said = []
    for name, view in zip(("east", "west", "hidden"), views, strict=True):
        said.append(keeper.post(f"{at[name]}/views", json=view))
    unlock(home, keeper, desk)
    beside = [{"ticket": ticket(at["west"]), "number": 1}]
    wishes = [("east", {"way": "crossing", "beside": beside})]
    wishes += [(name, {"way": "line", "on": "line"}) for name in ("east", "west", "hidden")]
    wishes += [(name, {"way": "distance", "distance_m": 9000}) for name in at]
    wishes += [("east", {"way": "line", "on": "line", "number": 7})]
    said += [keeper.post(f"{at[name]}/things", json=wish) for name, wish in wishes]
    assert {answer.status_code for answer in said} == {200, 400, 404}, "also those that fail"
    schema = keeper.get("/api/openapi.json").json()
    for path, methods in schema["paths"].items():
        if "get" not in methods or path.endswith(("/camera", "/stated")):
            continue
        for name in at.values():
            said.append(keeper.get(path.replace("{ticket}", ticket(name)).replace("{number}", "1")))
    looked_for = needles(*views)
    texts = [answer.text + str(answer.headers) for answer in said]
    texts += [caplog.text, *capfd.readouterr()]
    leaks = [one for one in looked_for for text in texts if one in text]
    assert leaks == []
    kept = [path for path in desk.root.rglob("*") if path.is_file()]
    kept += [path for path in desk.vault.folder.rglob("*") if path.is_file()]
    bytes_of = [path.read_bytes() for path in kept]
    assert len(kept) > 5
    assert not [one for one in looked_for for held in bytes_of if one.encode() in held]
    # The test itself can see: what is asked for does hold it.
    out = keeper.get(f"{at['east']}/views/1/camera")
    assert [one for one in looked_for if one in out.text]
    assert out.headers["cache-control"] == "no-store"


def test_what_the_file_says_comes_out_for_the_keeper_with_the_key(
    home: Home, keeper: TestClient, desk, tmp_path: Path
) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(small_papers.photo())
    club = next(one for one in ok(keeper.get("/api/sources")) if one["name"] == "River Club")
    intake(home.project, [path], source=club["code"], title="SIMULATED file", paper="photo")
    file = paths(keeper)["file"]
    assert keeper.get(f"{file}/views/stated").status_code == 403
    unlock(home, keeper, desk)
    out = ok(keeper.get(f"{file}/views/stated"))
    assert out["lat"] == pytest.approx(42.225)
    assert out["lon"] == pytest.approx(129.2)
    assert out["bearing_deg"] is None
