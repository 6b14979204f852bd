"""The GeoPackage opened by QGIS itself, where QGIS is installed."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from fake_book import fake_book
from vallum.ground.kinds import COLOURS, Kind
from vallum.report import geopackage

_PYTHON = "/usr/bin/python3"  # QGIS is built for the Python of the system


@pytest.fixture(scope="module")
def looked(tmp_path_factory):
    if not Path(_PYTHON).exists():
        pytest.skip(f"no {_PYTHON}, so no QGIS")
    folder = tmp_path_factory.mktemp("qgis")
    geopackage.write_geopackage(fake_book(7.4, is_simulated=True, n_chips=0), folder / "a.gpkg")
    shutil.copy(folder / "a.gpkg", folder / "opened.gpkg")  # QGIS changes what it opens
    done = subprocess.run(
        [_PYTHON, str(Path(__file__).with_name("qgis_look.py")), str(folder / "opened.gpkg"),
         str(folder / "map.png")],
        capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    if b"No module named 'qgis'" in done.stderr:
        pytest.skip("QGIS is not installed (python3-qgis)")
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def test_every_layer_opens_with_its_own_style(looked):
    for name in geopackage.layer_names():
        layer = looked[f"SIMULATED_{name}"]
        assert layer["is_valid"], name
        if name in {"frontier", "corridor", "images"}:
            assert layer["renderer"] == "singleSymbol", name
        elif name != geopackage.NUMBERS:
            assert layer["renderer"] == "categorizedSymbol", name


def test_layers_lie_in_the_order_in_which_they_can_all_be_seen(looked):
    names = [name.removeprefix("SIMULATED_") for name in looked if name.startswith("SIMULATED_")]
    assert names == list(geopackage.layer_names())
    assert names.index("findings_points") < names.index("statuses") < names.index("corridor")


def test_the_legend_and_the_titles_of_columns_are_words(looked):
    lines = looked["SIMULATED_findings_lines"]
    assert lines["legend"] == ["Fence", "Double fence", "Wall", "Patrol road", "Cleared strip"]
    assert lines["aliases"]["off_m"] == "beside the line (m, left negative)"
    assert lines["has_labels"]
    assert "[% category %]" in lines["tip"]


def test_the_map_that_qgis_draws_shows_classes_and_what_is_unknown(looked):
    drawn = set(looked["colours"])
    for kind in (Kind.FENCE, Kind.GUARD_POST, Kind.WATCHTOWER):
        assert COLOURS[kind].lower() in drawn, kind
    assert "#c0392b" in drawn, "what could not be compared"
    assert "#8c8c8c" in drawn, "compared, no change"
