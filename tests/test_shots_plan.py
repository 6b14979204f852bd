"""Capture plans: frames hold the line, their markers name them."""

import json
import math

import numpy as np
import pytest
import shapely
from pyproj import Geod

from vallum.frontier import Frontier
from vallum.ground.errors import BadInput, BadSetting
from vallum.ground.span import Span
from vallum.imagery.shots import plan

EARTH = Geod(ellps="WGS84")


@pytest.fixture(scope="module")
def line():
    return Frontier.packaged("prk-chn")


@pytest.mark.parametrize("along", [True, False], ids=["along", "north"])
def test_frames_hold_every_metre_of_the_line(line, along):
    made = plan.lay(line, Span(1_004_000, 1_012_000), along=along)
    assert made.frames[0].span.start_m == 1_004_000
    assert made.frames[-1].span.end_m == 1_012_000
    for one, other in zip(made.frames, made.frames[1:], strict=False):
        assert one.span.end_m == other.span.start_m
    for frame in made.frames:
        inside = shapely.Polygon(frame.outline).buffer(1e-6)
        assert inside.covers(line.line_of(frame.span))


def test_a_frame_is_as_large_as_asked_and_its_markers_lie_inside(line):
    frame = plan.lay(line, Span(5000, 9000), width_m=800, height_m=500).frames[1]
    (a, b, c, _) = frame.outline
    assert EARTH.inv(*a, *b)[2] == pytest.approx(800, abs=0.01)
    assert EARTH.inv(*b, *c)[2] == pytest.approx(500, abs=0.01)
    inside = shapely.Polygon(frame.outline)
    for marker in frame.markers:
        assert inside.contains(shapely.box(*marker.box(rim=1 / 7)))
        west, south, east, north = marker.box()
        assert EARTH.inv(west, south, east, south)[2] == pytest.approx(frame.marker_m, rel=1e-4)
        assert EARTH.inv(west, south, west, north)[2] == pytest.approx(frame.marker_m, rel=1e-4)


def test_markers_hide_neither_the_line_nor_one_another(line):
    made = plan.lay(line, Span(1_004_000, 1_024_000))
    places = np.array([(m.lon, m.lat) for frame in made.frames for m in frame.markers])
    for n, (lon, lat) in enumerate(places):
        _, _, away = EARTH.inv(*np.broadcast_arrays(lon, lat, *places.T))
        assert np.delete(away, n).min() > 36
    hidden = sum(
        shapely.box(*marker.box()).intersects(line.line_of(made.span))
        for frame in made.frames
        for marker in frame.markers
    )
    assert hidden == 0


def test_a_plan_made_before_keeps_its_markers_in_the_corners(line):
    told = plan.lay(line, Span(4000, 6000)).to_json()
    for frame in told["frames"]:
        del frame["reach"]
    frame = plan.Plan.from_json(told, "old.json").frames[0]
    first = frame.markers[0]
    assert EARTH.inv(*frame.outline[0], first.lon, first.lat)[2] == pytest.approx(
        0.93 * frame.marker_m * math.sqrt(2), abs=0.1
    )


def test_frames_run_with_the_border_from_left_to_right(line):
    for frame in plan.lay(line, Span(20_000, 24_000)).frames:
        (x0, x1), (y0, y1) = line.points_at(np.array([frame.span.start_m, frame.span.end_m], float))
        bearing = EARTH.inv(x0, y0, x1, y1)[0]
        assert math.cos(math.radians(bearing - frame.heading_deg - 90)) > 0.999


def test_three_markers_name_one_frame_of_many(line):
    made = plan.lay(line, Span(0, 300_000))
    numbers = [plan.marker_numbers(frame.code) for frame in made.frames]
    assert max(max(each) for each in numbers) < plan.N_MARKERS <= 1000
    for hidden in range(4):
        seen = {tuple(n for k, n in enumerate(each) if k != hidden) for each in numbers}
        assert len(seen) == len(numbers)


def test_another_plan_has_other_codes_and_the_same_plan_the_same(line):
    one = plan.lay(line, Span(4000, 9000))
    assert one == plan.lay(line, Span(4000, 9000))
    other = plan.lay(line, Span(4000, 9000), width_m=900)
    assert not {f.code for f in one.frames} & {f.code for f in other.frames}


def test_a_plan_survives_its_file(line):
    made = plan.lay(line, Span(4000, 6000))
    assert plan.Plan.from_json(json.loads(json.dumps(made.to_json())), "a.json") == made


@pytest.mark.parametrize(
    "told", [{}, {"name": "a", "span": [0, 1], "frames": [{"code": 1}]}], ids=["empty", "partial"]
)
def test_a_file_that_is_no_plan_is_refused(told):
    with pytest.raises(BadInput, match=r"a\.json: is no capture plan"):
        plan.Plan.from_json(told, "a.json")


@pytest.mark.parametrize(
    "sizes",
    [{"width_m": 10}, {"overlap": 0.9}, {"width_m": 60, "height_m": 60}],
    ids=["small", "overlap", "many"],
)
def test_senseless_sizes_are_refused(line, sizes):
    with pytest.raises(BadSetting):
        plan.lay(line, line.span, **sizes)
