"""Rays from photographs: where they cross, how wrong that may be, and that a view prints nothing."""

import json
import logging
import math

import numpy as np
import pytest
from shapely.geometry import LineString, MultiLineString, Point

from vallum.evidence.views import View, at_distance, cone, crossing, on_line, stated
from vallum.ground.errors import BadInput
from vallum.ground.geodesy import WGS84, moved

THING = (128.5, 42.1)


def looking(from_deg, away_m, *, off_deg=0.0, **more):
    """A view of THING from a direction and distance, wrong by an angle."""
    lon, lat = moved(*THING, from_deg, away_m)
    ahead, _, _ = WGS84.inv(float(lon), float(lat), *THING)
    return View(lon=float(lon), lat=float(lat), bearing_deg=ahead + off_deg, **more)


def apart_m(spot, place=THING):
    return WGS84.inv(spot.lon, spot.lat, *place)[2]


@pytest.mark.parametrize("away_m", [50, 800, 9000], ids=str)
@pytest.mark.parametrize("turn", [40, 90, 150], ids=str)
def test_two_views_meet_where_the_thing_stands(away_m, turn):
    spot = crossing([(looking(10, away_m), 0.5), (looking(10 + turn, away_m), 0.5)])
    assert apart_m(spot) < 0.5 + away_m / 900  # meridians are not parallel
    assert spot.method == "2 views that cross"


def test_a_third_view_makes_the_ellipse_smaller():
    sights = [(looking(turn, 800), 0.5) for turn in (0, 70, 140)]
    assert crossing(sights).major_m < crossing(sights[:2]).major_m


def test_the_ellipse_lies_along_rays_that_cross_at_a_sharp_angle():
    spot = crossing([(looking(0, 1000), 0.5), (looking(14, 1000), 0.5)])
    assert spot.azimuth_deg == pytest.approx(7, abs=1)
    assert spot.major_m > 5 * spot.minor_m


def test_the_ellipse_holds_the_thing_in_95_of_100_cases():
    random = np.random.default_rng(4)
    inside = 0
    for _ in range(400):
        sights = []
        for turn, away_m in ((10, 600), (80, 900)):
            view = looking(turn, away_m, off_deg=random.normal(0, 2), bearing_error_deg=2)
            lon, lat = moved(view.lon, view.lat, random.uniform(0, 360), abs(random.normal(0, 10)))
            sights.append((View(lon=float(lon), lat=float(lat), bearing_deg=view.bearing_deg,
                                bearing_error_deg=2, error_m=10), 0.5))  # fmt: skip
        spot = crossing(sights)
        turn, _, away_m = WGS84.inv(spot.lon, spot.lat, *THING)
        aside = math.radians(turn - spot.azimuth_deg)
        axes = away_m * math.cos(aside) / spot.major_m, away_m * math.sin(aside) / spot.minor_m
        inside += math.hypot(*axes) <= 1
    assert 0.92 <= inside / 400 <= 0.99


@pytest.mark.parametrize(
    ("sights", "words"),
    [
        ([looking(0, 800)], "one view gives a direction"),
        ([looking(0, 800), looking(3, 900)], "look the same way"),
        ([looking(0, 800), looking(180, 800)], "look the same way"),
        ([looking(0, 800, off_deg=180), looking(90, 800)], "lead away"),
        ([looking(0, 800), looking(90, 800, off_deg=30), looking(45, 800)], "do not meet"),
        ([looking(0, 30_000), looking(90, 30_000)], "km away"),
    ],
    ids=["one", "alike", "opposite", "away", "no-point", "far"],
)
def test_views_that_give_no_place_are_refused(sights, words):
    with pytest.raises(BadInput, match=words):
        crossing([(view, 0.5) for view in sights])


def test_what_stands_at_the_edge_of_the_picture_is_half_the_angle_aside():
    view = View(lon=128.5, lat=42.1, bearing_deg=350, fov_deg=60)
    assert view.towards(0.5) == pytest.approx(350)
    assert view.towards(1.0) == pytest.approx(20)
    assert view.towards(0.0) == pytest.approx(320)
    assert (view.towards(0.75) + 10) % 360 == pytest.approx(16.1, abs=0.01)  # tangents
    with pytest.raises(BadInput, match="share"):
        view.towards(1.2)


def fence(off_m=0.0, turn=90.0):
    """A straight line through THING."""
    lon, lat = moved(*THING, turn, np.array([-3000.0, 3000.0]))
    return LineString(list(zip(lon.tolist(), lat.tolist(), strict=True)))


def test_one_view_and_a_line_give_a_place_on_the_line():
    spot = on_line(looking(30, 700), fence())
    assert apart_m(spot) < 1
    assert spot.azimuth_deg == pytest.approx(90, abs=1)  # it may be wrong along the line
    assert spot.major_m == pytest.approx(
        2.4477 * math.hypot(10, 700 * math.radians(5)) / 0.866, rel=0.02
    )


def test_of_several_crossings_the_one_near_the_distance_is_taken():
    behind = LineString([(128.49, 42.11), (128.51, 42.11)])
    both = MultiLineString([fence(), behind])
    view = looking(180, 700)
    with pytest.raises(BadInput, match="2 times"):
        on_line(view, both)
    near = View(lon=view.lon, lat=view.lat, bearing_deg=view.bearing_deg, distance_m=600)
    assert apart_m(on_line(near, both)) < 1
    far = View(lon=view.lon, lat=view.lat, bearing_deg=view.bearing_deg, distance_m=1900)
    assert apart_m(on_line(far, both)) > 1000


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (looking(30, 700, off_deg=180), "does not meet"),
        (looking(95, 700), "runs along"),
    ],
    ids=["away", "along"],
)
def test_a_view_that_misses_the_line_or_runs_along_it_is_refused(view, words):
    with pytest.raises(BadInput, match=words):
        on_line(view, fence())


def test_a_measured_distance_gives_a_place():
    spot = at_distance(looking(200, 400), 400, 20)
    assert apart_m(spot) < 1
    assert spot.major_m > spot.minor_m > 0
    with pytest.raises(BadInput, match="above 0"):
        at_distance(looking(200, 400), 0, 20)


def test_a_place_found_on_an_image_is_taken_as_it_is():
    spot = stated(*THING, 30)
    assert (spot.lon, spot.lat, spot.major_m) == (*THING, 30)
    with pytest.raises(BadInput):
        stated(42.1, 128.5, 30)


def test_the_cone_holds_what_the_picture_shows_and_nothing_else():
    view = View(lon=128.5, lat=42.1, bearing_deg=90, fov_deg=40)
    seen = cone(view, 1000)

    def at(turn, away_m):
        return Point(*(float(one) for one in moved(128.5, 42.1, turn, away_m)))

    assert seen.contains(at(90, 900))
    assert seen.contains(at(108, 500))
    assert not seen.contains(at(115, 500))
    assert not seen.contains(at(270, 100))
    assert not seen.contains(at(90, 1100))


@pytest.mark.parametrize(
    "wrong",
    [
        {"lon": 200.0}, {"lat": 91.0}, {"fov_deg": 0.0}, {"fov_deg": 180.0}, {"error_m": 0.0},
        {"bearing_error_deg": 60.0}, {"bearing_deg": math.nan}, {"distance_m": -1.0},
        {"distance_m": 1e6},
    ],
    ids=lambda one: "-".join(f"{k}{v}" for k, v in one.items()),
)  # fmt: skip
def test_a_view_that_cannot_be_is_refused_without_its_point(wrong):
    with pytest.raises(BadInput) as told:
        View(**({"lon": 128.123456, "lat": 42.654321, "bearing_deg": 10.0} | wrong))
    assert "128.1" not in str(told.value)
    assert "42.6" not in str(told.value)


def test_a_view_prints_as_nothing_and_is_packed_to_one_size(caplog):
    view = View(lon=128.123456, lat=42.654321, bearing_deg=211.5)
    with caplog.at_level(logging.INFO):
        logging.getLogger("x").info("%s %r", view, [view])
    assert "128" not in f"{view!r} {view} {caplog.text}"
    other = View(lon=1, lat=2, bearing_deg=3, distance_m=17.25)
    assert len(view.packed()) == len(other.packed())
    assert View.unpacked(view.packed()) == view


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", json.dumps({"lon": "x"}).encode()], ids=str)
def test_what_is_no_view_is_refused(content):
    with pytest.raises(BadInput, match="no view"):
        View.unpacked(content)
