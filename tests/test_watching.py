"""The desk's health, its history, and what its log tells of requests."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI, HTTPException
from fastapi.testclient import TestClient

import small_published
import web_client
from vallum.ground import logbook
from vallum.ground.records import Analyst, Source
from vallum.ground.saidkinds import Voice
from vallum.project import open_project
from vallum.steps.home import Home
from vallum.web import watching

SECRETS = tuple(f"canary-request-{k:02}" for k in range(20))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = small_published.make(tmp_path_factory.mktemp("made") / "border")
    with open_project(root) as project, project.run("source", by="Hong Gildong") as work:
        work.add(Source(code="qxkd", voice=Voice.PERSON))
    return root


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Iterator[Home]:
    home = web_client.home_of(Path(shutil.copytree(made, tmp_path / "border")))
    yield home
    home.close()


def reader(home: Home) -> TestClient:
    """The browser of somebody who only reads."""
    link = web_client.keeper(home).post(
        "/api/people", json={"name": "Im Kkeokjeong", "role": "editor"}
    ).json()["link"]  # fmt: skip
    token = link.partition("#")[2].rpartition("=")[2] or link.rpartition("=")[2]
    client = web_client.stranger(home)
    answer = client.post("/api/join", json={"token": token})
    assert answer.status_code == 200, (link, answer.text)
    return client


# -- health -------------------------------------------------------------------------------------


def test_a_stranger_is_told_that_it_is_well_and_nothing_else(home: Home) -> None:
    answer = web_client.stranger(home).get("/api/health")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    assert reader(home).get("/api/health").json() == {"ok": True}


def test_the_keeper_is_told_more(home: Home) -> None:
    told = web_client.keeper(home).get("/api/health").json()
    assert told["ok"] is True
    assert told["store"] == "sqlite"
    assert told["ledger_rows"] > 50
    assert told["disk_free_bytes"] > 0
    assert "backup_at" not in told
    assert str(home.cwd) not in json.dumps(told)


def test_health_is_bad_when_the_store_does_not_answer(home: Home) -> None:
    assert home.desk is not None
    with pytest.MonkeyPatch.context() as patch:
        from vallum.ground.errors import StoreError

        def gone() -> tuple[int, str]:
            raise StoreError("the server is away; /secret/path")

        patch.setattr(home.desk.project.store, "head", gone)
        answer = web_client.stranger(home).get("/api/health")
    assert (answer.status_code, answer.json()) == (503, {"ok": False})


def test_a_server_without_a_project_is_well(tmp_path: Path) -> None:
    with Home(cwd=tmp_path) as home:
        assert web_client.stranger(home).get("/api/health").json() == {"ok": True}


# -- history ------------------------------------------------------------------------------------


def test_the_keeper_sees_who_ran_what(home: Home) -> None:
    rows = web_client.keeper(home).get("/api/history").json()
    assert rows[0]["step"] == "source"
    assert rows[0]["by"] == "Hong Gildong"
    assert rows[0]["kinds"] == {"Source": 1}
    assert {"measure", "settle", "review"} <= {row["step"] for row in rows}


def test_others_see_neither_names_nor_when_a_source_came(home: Home) -> None:
    rows = reader(home).get("/api/history").json()
    assert {row["by"] for row in rows} == {""}
    assert "source" not in {row["step"] for row in rows}
    assert "measure" in {row["step"] for row in rows}
    assert not any("Source" in row["kinds"] for row in rows)
    assert web_client.stranger(home).get("/api/history").status_code == 401


@pytest.mark.parametrize("last", ["0", "-1", "100000", "x"])
def test_a_wrong_number_of_runs_is_refused(home: Home, last: str) -> None:
    answer = web_client.keeper(home).get("/api/history", params={"last": last})
    assert answer.status_code == 400


# -- requests -----------------------------------------------------------------------------------


def watched(root: Path) -> TestClient:
    app = FastAPI()

    @app.get("/api/people/{name}")
    def fails(name: str) -> None:
        raise RuntimeError(name)

    @app.post("/api/people/{name}/link")
    def refuses(name: str) -> None:
        raise HTTPException(403, name)

    app.add_middleware(watching.Watch, root=lambda: root)
    return TestClient(app, raise_server_exceptions=False)


def test_a_request_that_fails_is_told_by_its_route(home: Home) -> None:
    root = home.cwd
    with watched(root) as client:
        for secret in SECRETS:
            where = f"/api/people/{secret}"
            assert client.get(where, params={"q": secret}).status_code == 500
            assert client.post(f"{where}/link", json={"key": secret}).status_code == 403
    *each, summed = logbook.told(root)
    assert [(one.step, one.status, one.error) for one in each] == [
        ("GET /api/people/{name}", 500, "Unexpected")
    ] * len(SECRETS)
    assert summed.counts == {"requests": 40, "writes": 20, "refused": 20, "failed": 20}
    log = (root / "log" / logbook.FILE).read_text()
    assert "canary" not in log
    assert "testclient" not in log


def test_a_slow_request_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "SLOW_S", 0.0)
    web_client.keeper(home).get("/api/history")
    steps = [line.step for line in logbook.told(home.cwd)]
    assert "GET /api/history" in steps


def test_every_route_of_the_app_can_stand_in_the_log(home: Home) -> None:
    paths = web_client.keeper(home).get("/api/openapi.json").json()["paths"]
    assert len(paths) > 50
    for path, methods in paths.items():
        for method in methods:
            step = f"{method.upper()} {path}"
            assert logbook._is_step(step), step


def test_what_is_asked_of_the_app_stands_nowhere_in_its_log(home: Home) -> None:
    keeper, root = web_client.keeper(home), home.cwd
    for secret in SECRETS:
        keeper.get(f"/api/items/{secret}")
        keeper.post("/api/people", json={"name": secret, "role": "analyst"})
        keeper.post("/api/people", json={"name": secret, "role": secret})
        keeper.get(f"/{secret}")
        web_client.stranger(home).post("/api/join", json={"token": secret})
    files = sorted((root / "log").glob("*")) if (root / "log").is_dir() else []
    assert "canary" not in "".join(path.read_text() for path in files)
    with open_project(root, force=True) as project:
        assert len(project.rows(Analyst)) >= len(SECRETS)  # they were really taken
