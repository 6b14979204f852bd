"""The sun stands where almanacs say, and unlike dates are said to be unlike."""

import math
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest
from shapely.geometry import box

from small_images import scene
from vallum.ground.when import When
from vallum.imagery import season
from vallum.imagery.season import Leaf

HOERYONG = box(129.7, 42.3, 129.9, 42.5)


# The first is worked by hand in I. Reda and A. Andreas, Solar Position Algorithm, NREL/TP-560-34302
# (2003), table A5.1; the others follow from what equinox, solstice and noon are.
@pytest.mark.parametrize(
    ("at", "lon", "lat", "azimuth_deg", "elevation_deg"),
    [
        (
            datetime(2003, 10, 17, 12, 30, 30, tzinfo=timezone(timedelta(hours=-7))),
            -105.1786, 39.742476, 194.34, 39.87,
        ),
        (datetime(2024, 3, 20, 12, 7, tzinfo=UTC), 0.0, 0.0, None, 89.8),
        (datetime(2024, 6, 20, 12, 2, tzinfo=UTC), 0.0, 60.0, 180.0, 53.44),
        (datetime(2024, 12, 21, 11, 58, tzinfo=UTC), 0.0, -60.0, 0.0, 53.44),
        (datetime(2024, 6, 20, 0, 2, tzinfo=UTC), 0.0, 80.0, 0.0, 13.44),
    ],
    ids=["nrel", "equinox", "solstice", "south", "midnight"],
)  # fmt: skip
def test_the_sun_stands_where_it_should(at, lon, lat, azimuth_deg, elevation_deg):
    found = season.sun(at, lon, lat)
    assert found.elevation_deg == pytest.approx(elevation_deg, abs=0.25)
    if azimuth_deg is not None:
        assert season.turn(found.azimuth_deg, azimuth_deg) < 0.5


def test_a_time_without_a_zone_is_taken_as_utc():
    moment = datetime(2022, 4, 11, 2, 10)  # noqa: DTZ001
    assert season.sun(moment, 129.8, 42.4) == season.sun(moment.replace(tzinfo=UTC), 129.8, 42.4)


def test_a_stated_sun_is_kept_and_a_missing_one_computed():
    at = datetime(2022, 4, 11, 2, 10, tzinfo=UTC)
    stated = scene(sun_azimuth_deg=150, sun_elevation_deg=50, taken_at=at, footprint=HOERYONG)
    assert season.sun_of(stated) == season.Sun(azimuth_deg=150, elevation_deg=50)
    half = season.sun_of(scene(sun_azimuth_deg=150, taken_at=at, footprint=HOERYONG))
    assert (half.azimuth_deg, half.is_computed) == (150, True)
    assert half.elevation_deg == pytest.approx(54, abs=3)
    assert math.isnan(season.sun_of(scene(footprint=HOERYONG)).elevation_deg)


@pytest.mark.parametrize(
    ("taken", "lat", "leaf"),
    [
        ("2022-07-15", 42.4, Leaf.ON),
        ("2022-01-15", 42.4, Leaf.OFF),
        ("2022-01-15", -42.4, Leaf.ON),
        ("2022-07-15", -42.4, Leaf.OFF),
        ("2022-04-20", 42.4, Leaf.TURNING),
        ("2021-12-20..2022-01-20", 42.4, Leaf.OFF),
        ("2022-07-15", 10.0, Leaf.UNKNOWN),
        ("2022-07-15", 70.0, Leaf.UNKNOWN),
        ("2022", 42.4, Leaf.UNKNOWN),
    ],
)
def test_the_date_says_whether_leaves_are_on(taken, lat, leaf):
    assert season.leaf(When.parse(taken), lat) is leaf


@pytest.mark.parametrize(
    ("taken", "lat", "ndvi", "leaf"),
    [
        ("2022-04-20", 42.4, 0.75, Leaf.ON),
        ("2022-04-20", 42.4, 0.3, Leaf.OFF),
        ("2022-04-20", 42.4, 0.56, Leaf.TURNING),
        ("2022-07-15", 42.4, 0.2, Leaf.ON),
        ("2022-01-15", 42.4, 0.8, Leaf.OFF),
        ("2022-07-15", 10.0, 0.75, Leaf.ON),
        ("2022-07-15", 10.0, 0.2, Leaf.UNKNOWN),
    ],
    ids=["green", "bare", "between", "mown", "spruce", "tropics", "dry"],
)
def test_greenness_decides_only_where_the_date_does_not(taken, lat, ndvi, leaf):
    assert season.leaf(When.parse(taken), lat, ndvi) is leaf


def test_greenness_is_that_of_clear_land():
    pixels = np.zeros((4, 10, 10), np.uint16)
    pixels[0], pixels[3] = 500, 3500
    pixels[0, :5], pixels[3, :5] = 3000, 3000  # cloud
    pixels[3, 9] = 100  # water
    clear = np.ones((10, 10), bool)
    clear[:5] = False
    names = ("red", "green", "blue", "nir")
    assert season.greenness(pixels, clear, names) == pytest.approx(0.75)
    raised = season.greenness(pixels + 1000, clear, names, (1e-4, -0.1))
    assert raised == pytest.approx(0.75, abs=1e-3)
    assert math.isnan(season.greenness(pixels, clear, ()))
    assert math.isnan(season.greenness(pixels, np.zeros_like(clear), names))


def test_a_winter_and_a_summer_image_are_said_to_be_unlike():
    winter = scene(
        "a", day=date(2019, 1, 15), footprint=HOERYONG, off_nadir_deg=2.0,
        sun_azimuth_deg=165.0, sun_elevation_deg=24.0,
    )  # fmt: skip
    summer = scene(
        "b", day=date(2022, 7, 1), footprint=HOERYONG, off_nadir_deg=28.0, view_azimuth_deg=90.0,
        sun_azimuth_deg=128.0, sun_elevation_deg=64.0,
    )  # fmt: skip
    found = season.conditions(winter, summer)
    assert found.leaf == (Leaf.OFF, Leaf.ON)
    assert (found.sun_azimuth_turn_deg, found.sun_elevation_lift_deg) == (37, 40)
    assert math.isnan(found.view_deg)
    assert found.text == (
        "leaf off before, leaf on after (167 days apart in the year); sun from 165 and 128 deg; "
        "sun 24 and 64 deg high; 2 and 28 deg off nadir; "
        "trees may hide after what showed before: gone may be hidden; "
        "shadows fall another way: their edges may seem new or gone; "
        "shadows 4.6 times as long before; low sun: much lies in shadow; "
        "seen aslant: tall things may lean another way"
    )
    back = season.conditions(summer, winter)
    assert "trees may have hidden before what shows after: new may be old" in back.warnings


def test_like_images_get_no_warning_and_unknown_ones_say_so():
    day = {"footprint": HOERYONG, "sun_azimuth_deg": 150.0, "sun_elevation_deg": 45.0}
    one, other = scene("a", day=date(2019, 3, 1), **day), scene("b", day=date(2022, 3, 5), **day)
    assert season.conditions(one, other).warnings == ()
    bare = [scene(name, footprint=box(10, 1, 11, 2)) for name in "ab"]
    found = season.conditions(*bare)
    assert found.text == "season not known (0 days apart in the year); sun not known"
    assert math.isnan(found.sun_azimuth_turn_deg)


def test_two_views_from_opposite_sides_add_up():
    east, west = (
        scene(name, off_nadir_deg=20.0, view_azimuth_deg=azimuth, footprint=HOERYONG)
        for name, azimuth in (("a", 90.0), ("b", 270.0))
    )
    found = season.conditions(east, west)
    assert found.view_deg == pytest.approx(40)
    assert "seen from directions 40 deg apart" in found.text
