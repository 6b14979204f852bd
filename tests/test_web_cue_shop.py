"""From wide-area images to a shopping list by the buttons of the page: the real jobs, SIMULATED."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from fastapi.testclient import TestClient

import small_series
import web_client
from vallum import config
from vallum.ground.records import Cue
from vallum.measure.prices import EXAMPLE
from vallum.simulate.series import series
from vallum.steps import making
from vallum.steps.home import Home

LENGTH_M = 3000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A border of 3 km with 12 SIMULATED dates; a strip is laid bare in its middle."""
    root = tmp_path_factory.mktemp("wide")
    one = series(7, length_m=LENGTH_M, reach_m=400, n_dates=12, years=3.0, n_strips=1)
    chance = np.random.default_rng(1)
    ndvi = (0.6 + 0.02 * chance.standard_normal(one.ndvi.shape)).astype(np.float32)
    ndvi[6:, 60:62, 110:190] = 0.15
    one = replace(one, ndvi=ndvi, shown=np.ones_like(one.shown))
    line = small_series.line(root / "line.geojson", LENGTH_M)
    made, _ = making.new(root / "p", frontier=line, before="2018", after="2021", is_simulated=True)
    settings = replace(
        made.config,
        cue=replace(made.config.cue, reach_m=300),
        cover=replace(made.config.cover, mask_clouds=False),
    )
    with made.run("add") as work:
        work.add_all(small_series.write(made.imagery_folder, one))
    made.close()
    config.write(settings, root / "p" / config.FILE_NAME)
    with web_client.home_of(root / "p", root) as opened:
        yield opened


@pytest.fixture(scope="module")
def keeper(home: Home) -> TestClient:
    return web_client.keeper(home)


def ended(home: Home, answer, what: str) -> None:
    assert answer.status_code == 200, answer.text
    assert answer.json()["what"] == what
    job = home.jobs.wait(60)
    assert job is not None
    assert job.state == "done", job.error


def cues(keeper: TestClient) -> dict:
    return keeper.get("/api/cues").json()


def whole_m(told: dict) -> int:
    return told["found_m"] + told["nothing_m"] + told["blocked_m"] + told["unlooked_m"]


def test_the_buttons_lead_from_wide_images_to_areas_to_order(
    home: Home, keeper: TestClient
) -> None:
    ended(home, keeper.post("/api/cues"), "cue")
    told = cues(keeper)
    (first,) = told["items"]
    assert (first["start_m"], first["end_m"]) == (1000, 2000)
    assert first["off_m"] == pytest.approx(205, abs=20)
    assert first["since"]
    assert first["reasons"]
    assert whole_m(told) == told["extent"][1] - told["extent"][0]
    names = {one["name"] for one in keeper.get("/api/made/cue").json()}
    assert names >= {"cues.csv", "cues.kmz", "areas.geojson", "map.svg"}
    assert keeper.get("/api/last/cue").json()["facts"]["n_found"] == 1

    body = {"prices_name": "mine.toml", "prices": EXAMPLE, "budget": 1e6}
    ended(home, keeper.post("/api/shopping", json=body), "shop")
    listed = keeper.get("/api/shopping").json()
    assert listed["n_rows"] >= 1
    got = keeper.get("/api/made/shopping/orders.csv").content.decode("utf-8-sig")
    orders = list(csv.DictReader(io.StringIO(got)))
    assert [row["order"] for row in orders] == [row[0] for row in listed["rows"]]
    assert sum(float(row["price"]) for row in orders) <= 1e6
    inbox = home.project.root / "inbox"
    assert not inbox.exists() or not any(inbox.iterdir()), "the price file does not stay"


def test_cells_that_are_cut_anew_are_counted_once(home: Home, keeper: TestClient) -> None:
    if not cues(keeper)["cells"]:
        ended(home, keeper.post("/api/cues"), "cue")
    n_before = len(home.project.rows(Cue))
    change = {"table": "cue", "name": "cell_m", "value": 1500}
    assert keeper.post("/api/settings", json=change).status_code == 200
    assert cues(keeper)["cells"] == [], "cells of another cut say nothing of these"
    ended(home, keeper.post("/api/cues"), "cue")
    told = cues(keeper)
    assert len(home.project.rows(Cue)) == n_before + len(told["cells"])
    assert [one["start_m"] for one in told["cells"]] == [0, 1500]
    assert whole_m(told) == told["extent"][1] - told["extent"][0]
    assert all(one["end_m"] - one["start_m"] > 1000 for one in told["items"])
