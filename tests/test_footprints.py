"""Catalogues become scenes without pixels."""

import gzip
import json
import math

import pytest

from vallum.frontier import Frontier
from vallum.ground.errors import BadTable
from vallum.ground.records import Scene
from vallum.ground.when import When
from vallum.imagery import footprints

SQUARE = [[[129.0, 42.0], [129.1, 42.0], [129.1, 42.1], [129.0, 42.1], [129.0, 42.0]]]


def write(path, *features):
    text = json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": properties,
                    "geometry": {"type": kind, "coordinates": coordinates},
                }
                for properties, kind, coordinates in features
            ],
        }
    )
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return path


def test_a_catalogue_is_read_with_its_conditions(tmp_path):
    path = write(
        tmp_path / "a.geojson.gz",
        (
            {
                "id": "1030A",
                "datetime": "2022-03-01T23:59:58Z",
                "end_datetime": "2022-03-02T00:00:04Z",
                "platform": "WV02",
                "gsd": 0.48,
                "off_nadir": 12.5,
                "sun_azimuth": 150,
                "sun_elevation": 40.5,
                "cloud_percent": 3.0,
                "credit": "them",
            },
            "Polygon",
            SQUARE,
        ),
    )
    (scene,), problems = footprints.read(path)
    assert problems == []
    assert (scene.name, scene.sensor, scene.gsd_m) == ("1030A", "WV02", 0.48)
    assert scene.taken == When.parse("2022-03-01..2022-03-02")
    assert (scene.off_nadir_deg, scene.sun_azimuth_deg, scene.sun_elevation_deg) == (
        12.5,
        150,
        40.5,
    )
    assert (scene.cloud_percent, scene.credit, scene.taken_from) == (3.0, "them", "catalogue")
    assert not scene.has_pixels
    assert Scene.from_body(scene.body()) == scene
    again, _ = footprints.read(path)
    assert again[0].id == scene.id


@pytest.mark.parametrize(
    "properties",
    [
        {"date": "2022-03-01"},
        {"Acquired": "2022-03-01T10:00:00Z"},
        {"acquisition_date": "2022-03-01"},
    ],
)
def test_common_names_of_the_date_are_understood(tmp_path, properties):
    (scene,), _ = footprints.read(write(tmp_path / "a.geojson", (properties, "Polygon", SQUARE)))
    assert scene.taken == When.parse("2022-03-01")
    assert math.isnan(scene.gsd_m)


def test_what_cannot_be_used_is_named_and_the_rest_goes_on(tmp_path):
    good = {"datetime": "2022-03-01T10:00:00Z", "cloud_percent": 101, "gsd": "fine"}
    path = write(
        tmp_path / "a.geojson",
        (good, "Polygon", SQUARE),
        ({}, "Polygon", SQUARE),
        (good, "Point", [129.0, 42.0]),
        ({"datetime": "2022-03-02", "end_datetime": "2022-03-01"}, "Polygon", SQUARE),
        (good, "Polygon", SQUARE),
    )
    scenes, problems = footprints.read(path)
    assert len(scenes) == 1
    assert math.isnan(scenes[0].cloud_percent)
    assert [p.split(": ")[1] for p in problems] == [
        "feature 2",
        "feature 3",
        "feature 4",
        "feature 5 repeats an earlier one; it counts once",
    ]


def test_a_table_without_footprints_is_refused(tmp_path):
    with pytest.raises(BadTable, match="no dated footprint"):
        footprints.read(write(tmp_path / "a.geojson", ({"gsd": 1}, "Polygon", SQUARE)))


@pytest.mark.real
def test_the_open_catalogue_covers_the_known_kilometres_of_the_turkish_syrian_line(shared_data):
    scenes, problems = footprints.read(shared_data / "footprints" / "maxar-open-catalog.geojson.gz")
    assert len(scenes) + len(problems) == 1107
    assert len(scenes) >= 1100
    assert min(s.taken for s in scenes).earliest.isoformat() == "2010-06-02"
    line = next((shared_data / "frontiers").glob("tur-syr*.geojson"))
    frontier = Frontier.read(line)
    seen = [(s.taken, frontier.spans_inside(s.footprint)) for s in scenes]
    seen = [(taken, spans) for taken, spans in seen if spans]
    once, twice = seen[0][1], None
    for i, (taken, spans) in enumerate(seen):
        once = once | spans
        for other, others in seen[i + 1 :]:
            if not taken.overlaps(other):
                both = spans & others
                twice = both if twice is None else twice | both
    assert once.length_m == pytest.approx(104_600, abs=600)
    assert twice.length_m == pytest.approx(79_600, abs=600)
