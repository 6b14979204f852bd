"""Slope, rivers, cover and towns, read from SIMULATED maps of which everything is known."""

import json
import math

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_bounds
from shapely.geometry import mapping

from vallum.frontier import Frontier
from vallum.ground import names
from vallum.ground.span import Span
from vallum.imagery import land
from vallum.imagery.land import Land, Maps
from vallum.simulate import terrain
from vallum.simulate.terrain import Stretch

LINE = Frontier.packaged("prk-north")
START = 400_000
STRETCHES = (
    Stretch(span=Span(START, START + 2000), slope_deg=2.0, settled=0.2),
    Stretch(span=Span(START + 2000, START + 4000), slope_deg=24.0, river_m=200.0, cover=10),
)
SECTIONS = [s for s in LINE.sections(2000) if START <= s.span.start_m < START + 4000]


@pytest.fixture(scope="module")
def maps(tmp_path_factory):
    return terrain.write(LINE, STRETCHES, tmp_path_factory.mktemp("maps"), pixel_m=25.0)


@pytest.fixture(scope="module")
def read(maps):
    found, problems = land.read(
        LINE,
        SECTIONS,
        Maps(dem=maps.dem, water=maps.water, land_cover=maps.land_cover,
             settlements=maps.settlements),
    )  # fmt: skip
    assert problems == {}
    return found


def test_slopes_are_those_that_were_painted(read):
    assert [one.slope_deg for one in read] == pytest.approx([2.0, 24.0], abs=0.3)
    assert read[0].relief_m < read[1].relief_m


def test_a_river_is_as_wide_as_it_was_painted_and_dry_land_has_none(read):
    assert read[0].river_width_m == 0.0
    assert read[1].river_width_m == pytest.approx(200, abs=25)


def test_obstacles_follow_from_water_and_slope(read):
    assert [one.obstacle for one in read] == ["none", "river"]


def test_cover_and_settled_land_are_shares_of_the_land(read):
    # Land near the other stretch is like it, so that the shares are not quite those painted.
    assert read[0].settled_share == pytest.approx(0.2, abs=0.04)
    assert read[1].settled_share < 0.03
    assert read[0].land_cover[0] in {"crop 1.00", "crop 0.99", "crop 0.98"}
    assert [one.split()[0] for one in read[1].land_cover[:2]] == ["trees", "water"]


def test_simulated_maps_say_that_they_are(maps):
    with rasterio.open(maps.dem) as source:
        assert source.tags()["SIMULATED"] == "YES"


def test_land_that_no_map_covers_is_unknown_and_not_flat_dry_or_empty(maps):
    far = [LINE.sections(2000)[400]]
    found, problems = land.read(LINE, far, Maps(dem=maps.dem, water=maps.water))
    assert problems == {}
    assert math.isnan(found[0].slope_deg)
    assert math.isnan(found[0].river_width_m)
    assert found[0].obstacle == ""
    assert found[0].problems == (
        "dem: does not cover the section",
        "water: does not cover the section",
    )


def test_a_map_that_cannot_be_read_is_one_line_and_the_rest_goes_on(maps, tmp_path):
    bad = tmp_path / "bad.tif"
    bad.write_bytes(b"no map")
    gone = tmp_path / "gone.tif"
    found, problems = land.read(
        LINE, SECTIONS[:1], Maps(dem=bad, water=gone, settlements=maps.settlements)
    )
    assert set(problems) == {"dem", "water"}
    assert "bad.tif" in problems["dem"]
    assert "save it again" in problems["dem"]
    assert "check the path" in problems["water"]
    assert found[0].settled_share > 0


def test_water_from_shapes_is_measured_like_water_from_pixels(tmp_path):
    path = tmp_path / "river.geojson"
    water = LINE.corridor(Span(START + 2000, START + 4000), 100, 100)
    town = LINE.corridor(Span(START, START + 2000), 0.1, 500)
    _geojson(path, water)
    _geojson(tmp_path / "town.geojson", town)
    maps = Maps(water=path, settlements=tmp_path / "town.geojson")
    found, problems = land.read(LINE, SECTIONS, maps)
    assert problems == {}
    assert found[0].river_width_m == 0.0
    assert found[1].river_width_m == pytest.approx(200, abs=30)
    assert found[0].settled_share == pytest.approx(0.25, abs=0.05)


def _geojson(path, shape):
    features = [{"type": "Feature", "properties": {}, "geometry": mapping(shape)}]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))


@pytest.mark.parametrize(
    ("one", "word"),
    [
        (Land(slope_deg=3, river_width_m=0), "none"),
        (Land(slope_deg=30, river_width_m=0), "steep"),
        (Land(slope_deg=30), "steep"),
        (Land(slope_deg=3), ""),
        (Land(river_width_m=0), ""),
        (Land(river_width_m=80), "river"),
        (Land(river_width_m=2500, lowest_m=400), "lake"),
        (Land(river_width_m=2500, lowest_m=0), "sea"),
    ],
    ids=["none", "steep", "steep, no water map", "no water map", "no dem", "river", "lake", "sea"],
)
def test_no_obstacle_is_only_said_where_all_is_known(one, word):
    assert one.obstacle == word


def test_the_nearest_town_is_the_one_at_the_least_distance():
    section = SECTIONS[0]
    name, away_m = land.nearest_town(LINE, section, names.places("prk-north"))
    known = {one.name: one for one in names.places("prk-north")}
    line = LINE.line_of(section.span)
    there = shapely.Point(known[name].lon, known[name].lat)
    degrees = line.distance(there)
    assert 80_000 * degrees < away_m < 112_000 * degrees
    assert land.nearest_town(LINE, section, ()) == ("", pytest.approx(math.nan, nan_ok=True))


def _tif(path, share, value, other=0, epsg=4326):
    """Write a map around the sections whose western share has one value, the rest another."""
    west, south, east, north = LINE.line_of(Span(START, START + 4000)).buffer(0.05).bounds
    pixels = np.full((100, 100), other, np.float32)
    pixels[:, : round(100 * share)] = value
    with rasterio.open(
        path, "w", driver="GTiff", width=100, height=100, count=1, dtype="float32",
        crs=f"EPSG:{epsg}", transform=from_bounds(west, south, east, north, 100, 100),
    ) as file:  # fmt: skip
        file.write(pixels, 1)
    return path


@pytest.mark.parametrize(
    ("shape", "is_refused"),
    [
        (shapely.box(0, 0, 0.1, 0.1), False),
        (LINE.line_of(Span(START, START + 4000)), True),
        (shapely.Point(0, 0), True),
    ],
    ids=["elsewhere", "line", "point"],
)
def test_shapes_elsewhere_or_without_areas_say_nothing(tmp_path, shape, is_refused):
    path = tmp_path / "shapes.geojson"
    _geojson(path, shape)
    found, problems = land.read(LINE, SECTIONS, Maps(water=path, settlements=path))
    assert set(problems) == ({"water", "settlements"} if is_refused else set())
    assert all("no areas" in line for line in problems.values())
    for one in found:
        assert math.isnan(one.river_width_m)
        assert math.isnan(one.settled_share)
        assert one.obstacle == ""


def test_cover_that_knows_built_land_and_shows_none_says_none(tmp_path):
    cover = _tif(tmp_path / "cover.tif", 1, 40)
    found, _ = land.read(LINE, SECTIONS[:1], Maps(land_cover=cover))
    assert found[0].settled_share == 0.0
    other = Maps(land_cover=cover, classes={40: "crop"})
    assert math.isnan(land.read(LINE, SECTIONS[:1], other)[0][0].settled_share)


@pytest.mark.parametrize(
    ("value", "other", "word"),
    [(1, 1, "1 is taken for water"), (255, 0, "may be water or no data"),
     (50, 10, "classes of land cover"), (1, 3, "neither 0 and 1 nor percents")],
    ids=["turned round", "0 and 255", "classes", "numbers"],
)  # fmt: skip
def test_a_water_map_of_which_nobody_knows_the_meaning_is_asked(tmp_path, value, other, word):
    path = _tif(tmp_path / "water.tif", 0.5, value, other)
    found, problems = land.read(LINE, SECTIONS, Maps(water=path))
    assert word in problems["water"]
    assert "--water-value" in problems["water"]
    assert math.isnan(found[0].river_width_m)
    told, problems = land.read(LINE, SECTIONS, Maps(water=path, water_value=77))
    assert problems == {}
    assert told[0].river_width_m == 0.0


def test_one_percent_of_water_is_land(tmp_path):
    path = _tif(tmp_path / "percent.tif", 0.99, 1, 97)
    found, problems = land.read(LINE, SECTIONS, Maps(water=path))
    assert problems == {}
    assert found[0].river_width_m == 0.0


def test_tiles_of_one_map_are_read_together_and_a_bad_one_costs_one_line(tmp_path):
    west = _tif(tmp_path / "west.tif", 0.5, 100, math.nan)
    east = _tif(tmp_path / "east.tif", 0.5, math.nan, 100)
    bad = tmp_path / "bad.tif"
    bad.write_bytes(b"no map")
    found, problems = land.read(LINE, SECTIONS, Maps(dem=(west, bad, east)))
    assert [one.slope_deg for one in found] == pytest.approx([0, 0], abs=0.01)
    assert [line.partition(":")[0] for line in problems.values()] == ["bad.tif"]


def test_impossible_heights_are_no_data_and_said_to_be_impossible(tmp_path):
    found, _ = land.read(LINE, SECTIONS, Maps(dem=_tif(tmp_path / "d.tif", 1, -9999)))
    assert math.isnan(found[0].slope_deg)
    assert "declare no data" in found[0].problems[0]
