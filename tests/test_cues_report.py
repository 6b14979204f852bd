"""`report.cues`: table, map and KMZ of where to look next."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date

import pytest
from lxml import etree
from shapely.geometry import LineString

from vallum.frontier import Frontier
from vallum.ground.records import Cue
from vallum.ground.span import Span
from vallum.ground.when import When
from vallum.report import cues

_FRONTIER = Frontier(name="test", line=LineString([(129.0, 42.0), (129.03, 42.0)]), credit="Map")
_ROWS = [
    Cue(span=Span(0, 1000), n_dates=20, n_clear=9, series="S2"),
    Cue(
        span=Span(1000, 2000), score=9.5, rank=1, along_m=640, off_m=-180,
        since=When(date(2020, 4, 2), date(2020, 4, 22)),
        shape=LineString([(129.013, 42.002), (129.02, 42.002)]), reasons=("=1+1", "a < b"),
        series="S2", n_dates=20, n_clear=12, clear_share=0.6,
    ),
    Cue(span=Span(2000, 2400), blocked_by="too little data"),
]  # fmt: skip


def test_the_table_has_the_ranked_cells_on_top_and_says_what_came_of_each() -> None:
    rows = list(csv.DictReader(io.StringIO(cues.table(_ROWS).decode("utf-8-sig"))))
    assert [row["state"] for row in rows] == ["look", "nothing found", "not known"]
    assert (rows[0]["last_day_without"], rows[0]["first_day_with"]) == ("2020-04-02", "2020-04-22")
    assert not rows[0]["reasons"].startswith("=")
    assert rows[2]["reasons"] == "too little data"


def test_the_kmz_shows_cues_by_rank_and_what_is_not_known() -> None:
    archive = zipfile.ZipFile(io.BytesIO(cues.kmz(_ROWS, _FRONTIER, is_simulated=True)))
    root = etree.fromstring(archive.read("doc.kml"))
    names = [one.text for one in root.iter("{*}name")]
    assert "SIMULATED 1. km 1 to 2" in names
    assert "SIMULATED km 2 to 2.4" in names
    text = " ".join(one.text or "" for one in root.iter("{*}description"))
    assert "a &lt; b" in text
    assert "no finding" in text
    assert not list(root.iter("{*}href"))


def test_the_same_rows_give_the_same_bytes() -> None:
    assert cues.kmz(_ROWS, _FRONTIER) == cues.kmz(_ROWS, _FRONTIER)
    assert cues.maps(_ROWS, _FRONTIER) == cues.maps(_ROWS, _FRONTIER)


@pytest.mark.parametrize("is_simulated", [True, False], ids=["simulated", "real"])
def test_the_map_says_how_long_each_state_is(is_simulated: bool) -> None:
    made = cues.maps(_ROWS, _FRONTIER, is_simulated=is_simulated)
    assert made["map.png"].startswith(b"\x89PNG")
    assert ("SIMULATED" in made["map.svg"].decode()) == is_simulated


def test_no_rows_give_no_map() -> None:
    assert cues.maps([], _FRONTIER) == {}
