"""The frontier: chainage, sides, meanders, sections, corridors; and the lines that come along."""

import json
import math
import pickle
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiLineString, MultiPoint, Point, Polygon, box, mapping

from vallum.frontier import Fill, Frontier, geodesic_length_m, packaged_names
from vallum.ground.errors import BadLine, BadSetting, NoChainage
from vallum.ground.geodesy import WGS84
from vallum.ground.span import Span, Spans

CALM = settings(deadline=None)  # two cores are shared; a slow example is no wrong one
LINES = ["pol-blr", "prk-chn", "prk-north", "prk-rus", "tur-syr", "usa-mex"]


def from_metres(along, across, *, lon=129.7, lat=42.4, bearing=40.0):
    """Place points given in metres along and right of a bearing from an origin."""
    along, across = np.asarray(along, float), np.asarray(across, float)
    azimuth = bearing + np.degrees(np.arctan2(across, along))
    n = along.size
    x, y, _ = WGS84.fwd(np.full(n, lon), np.full(n, lat), azimuth, np.hypot(along, across))
    return np.column_stack([x, y])


def frontier_of(xy, name="test"):
    return Frontier(name=name, line=LineString(xy))


@st.composite
def frontiers(draw):
    """Lines that never turn back on their bearing, anywhere between 70 S and 70 N."""
    n = draw(st.integers(1, 12))
    ahead = draw(st.lists(st.floats(15, 6000), min_size=n, max_size=n))
    aside = draw(st.lists(st.floats(-2500, 2500), min_size=n, max_size=n))
    xy = from_metres(
        np.cumsum([0.0, *ahead]),
        [0.0, *aside],
        lon=draw(st.floats(-170, 170)),
        lat=draw(st.floats(-70, 70)),
        bearing=draw(st.floats(0, 360)),
    )
    try:
        return frontier_of(xy)
    except BadLine:
        assume(False)


@pytest.fixture(scope="module")
def meander():
    """Thirty bends of a river, 900 m apart and 1,400 m wide, with necks of 290 m."""
    along = np.linspace(0, 27_000, 1500)
    return frontier_of(from_metres(along - 180 * np.sin(along / 71.6), 700 * np.sin(along / 143.2)))


@pytest.fixture(scope="module")
def straight():
    """One edge of 20 km."""
    return frontier_of(from_metres([0, 20_000], [0, 0]))


# Chainage


@CALM
@given(frontiers())
def test_chainage_rises_from_zero_to_the_geodesic_length(frontier):
    chain = frontier._chain
    assert chain.at_m[0] == 0
    assert np.all(np.diff(chain.at_m) > 0)
    assert frontier.length_m == round(geodesic_length_m(frontier.line))
    assert frontier.span == Span(0, frontier.length_m)


@CALM
@given(frontiers(), st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_a_place_on_the_line_is_found_again_within_a_metre(frontier, shares):
    at = np.array(shares) * frontier.length_m
    found, off = frontier.locate_many(*frontier.points_at(at))
    assert np.all(np.abs(found - at) < 1.0)
    assert np.all(np.abs(off) < 0.1)
    one = frontier.point_at(at[0])
    assert abs(frontier.locate(one.x, one.y).at_m - at[0]) < 1.0


@CALM
@given(frontiers(), st.floats(0, 1), st.floats(-8000, 8000))
def test_no_place_is_nearer_than_the_one_located(frontier, share, off_m):
    point = frontier.point_at(share * frontier.length_m, off_m)
    place = frontier.locate(point.x, point.y)
    lon, lat = frontier.points_at(np.linspace(0, frontier.length_m, 3000))
    n = lon.size
    away = WGS84.inv(lon, lat, np.full(n, point.x), np.full(n, point.y))[2]
    assert abs(place.off_m) <= np.min(away) + 0.01
    there = frontier.point_at(place.at_m)
    assert WGS84.inv(there.x, there.y, point.x, point.y)[2] == pytest.approx(
        abs(place.off_m),
        abs=0.6,  # chainage ends at a whole metre
    )


@CALM
@given(st.floats(-70, 70), st.floats(0, 360), st.floats(0.05, 0.95), st.floats(-20_000, 20_000))
def test_beside_a_straight_edge_chainage_and_offset_are_exact(lat, bearing, share, off_m):
    frontier = frontier_of(from_metres([0, 30_000], [0, 0], lat=lat, bearing=bearing))
    point = frontier.point_at(share * 30_000, off_m)
    place = frontier.locate(point.x, point.y)
    assert place.at_m == pytest.approx(share * 30_000, abs=0.05)
    assert place.off_m == pytest.approx(off_m, abs=0.05)


def test_nearest_in_degrees_would_be_wrong_by_hundreds_of_metres(straight):
    point = straight.point_at(10_000, 1000)
    raw = straight.line.interpolate(straight.line.project(point))
    raw_m = straight.locate(raw.x, raw.y).at_m
    assert abs(raw_m - 10_000) > 200
    assert straight.locate(point.x, point.y).at_m == pytest.approx(10_000, abs=0.01)


def test_a_long_edge_follows_the_geodesic_not_the_straight_line_in_degrees():
    frontier = frontier_of([(60.0, 45.0), (62.0, 45.0)])
    azimuth, _, length_m = WGS84.inv(60.0, 45.0, 62.0, 45.0)
    lon, lat, _ = WGS84.fwd(60.0, 45.0, azimuth, length_m / 2)
    middle = frontier.point_at(length_m / 2)
    assert WGS84.inv(lon, lat, middle.x, middle.y)[2] < 0.01
    assert lat - 45.0 > 0.004  # 480 m north of the parallel


def test_left_is_negative_and_right_positive(straight):
    bearing = float(straight.bearings_at([5000])[0])
    here = straight.point_at(5000)
    for side, turn, sign in (("left", -90, -1), ("right", 90, 1)):
        lon, lat, _ = WGS84.fwd(here.x, here.y, bearing + turn, 300)
        place = straight.locate(lon, lat)
        assert place.side == side
        assert place.off_m == pytest.approx(sign * 300, abs=0.01)


@pytest.mark.parametrize("turn_deg", [5, 60, 90, 120, 170])
@pytest.mark.parametrize("hand", [-1, 1])
def test_outside_a_corner_the_side_is_the_outer_one(turn_deg, hand):
    angle = math.radians(turn_deg)
    corner = frontier_of(
        from_metres([0, 1000, 1000 + 1000 * math.cos(angle)], [0, 0, hand * 1000 * math.sin(angle)])
    )
    come, go = corner.bearings_at([500, 1500])
    outward = come + ((go - come + 180) % 360 - 180) / 2 - hand * 90
    here = corner.point_at(1000)
    lon, lat, _ = WGS84.fwd(here.x, here.y, outward, 100)
    place = corner.locate(lon, lat)
    assert place.at_m == pytest.approx(1000, abs=1)
    assert place.off_m == pytest.approx(-hand * 100, abs=0.5)


def test_bearings_are_those_of_the_edges(straight):
    azimuth = WGS84.inv(*straight.line.coords[0], *straight.line.coords[1])[0] % 360
    assert straight.bearings_at([0.0])[0] == pytest.approx(azimuth, abs=1e-6)


def test_a_point_too_far_away_has_no_chainage(straight):
    point = straight.point_at(5000, 800)
    with pytest.raises(NoChainage, match=r"800 m from the frontier \(limit 500 m\)"):
        straight.locate(point.x, point.y, limit_m=500)
    assert straight.locate(point.x, point.y, limit_m=900).off_m == pytest.approx(800, abs=0.01)


def test_a_point_that_is_not_on_earth_is_refused(straight):
    with pytest.raises(NoChainage, match="longitude first"):
        straight.locate(42.4, 129.7)
    with pytest.raises(NoChainage, match="longitude first"):
        straight.locate_many([129.7, math.nan], [42.4, 42.4])


def test_far_points_are_located_too(straight):
    at, off = straight.locate_many([135.0, -60.0], [48.0, -30.0])
    assert np.all((at >= 0) & (at <= straight.length_m))
    assert abs(off[0]) > 700_000
    assert abs(off[1]) > 10_000_000


def test_no_points_give_no_places(straight):
    at, off = straight.locate_many([], [])
    assert at.size == off.size == 0


def test_on_a_hairpin_the_rival_is_the_other_leg():
    hairpin = frontier_of(from_metres([0, 5000, 5000, 0], [0, 0, 400, 400]))
    point = hairpin.point_at(2000, 180)
    place = hairpin.locate(point.x, point.y)
    assert place.at_m == pytest.approx(2000, abs=1)
    assert place.rival is not None
    assert place.rival.at_m == pytest.approx(5000 + 400 + 3000, abs=5)
    assert place.rival.off_m == pytest.approx(220, abs=2)
    assert place.rival.rival is None


def test_without_a_meander_there_is_no_rival(straight):
    for off_m in (0, 30, 500, 5000):
        point = straight.point_at(9000, off_m)
        assert straight.locate(point.x, point.y).rival is None
    corner = frontier_of(from_metres([0, 1000, 1000], [0, 0, 1000]))
    inner = corner.point_at(700, 300)
    assert corner.locate(inner.x, inner.y).rival is None


# Spans


@pytest.mark.parametrize("lat", [42.4, -33.0, 0.0])
def test_metres_inside_a_box_are_exact(lat):
    frontier = frontier_of([(20.0, lat - 0.2), (20.0, lat + 0.2)])
    found = frontier.spans_inside(box(19.0, lat - 0.05, 21.0, lat + 0.1))
    start_m = WGS84.inv(20, lat - 0.2, 20, lat - 0.05)[2]
    end_m = WGS84.inv(20, lat - 0.2, 20, lat + 0.1)[2]
    (part,) = found.parts
    assert abs(part.start_m - start_m) <= 1
    assert abs(part.end_m - end_m) <= 1


def test_a_meander_leaves_and_enters_a_box_many_times(meander):
    lon, lat = meander.points_at(np.arange(meander.length_m) + 0.5)
    strip = LineString(from_metres([0, 27_000], [0, 0])).buffer(0.002)
    inside = meander.spans_inside(strip)
    assert len(inside) > 20
    assert abs(inside.length_m - int(shapely.contains_xy(strip, lon, lat).sum())) <= len(inside)


def test_nothing_is_inside_a_distant_or_empty_area(straight):
    assert straight.spans_inside(box(0, 0, 1, 1)) == Spans()
    assert straight.spans_inside(Polygon()) == Spans()


def test_everything_is_inside_the_world(meander):
    assert meander.spans_inside(box(-180, -90, 180, 90)) == Spans([meander.span])


@pytest.mark.parametrize("off_m", [-600.0, 0.0, 400.0])
def test_metres_near_a_point_are_the_chord_of_its_circle(straight, off_m):
    (part,) = straight.spans_near([straight.point_at(8000, off_m)], 1000).parts
    half_m = math.sqrt(1000**2 - off_m**2)
    assert abs(part.start_m - (8000 - half_m)) <= 1
    assert abs(part.end_m - (8000 + half_m)) <= 1


def test_metres_near_a_parallel_fence_end_with_round_caps(straight):
    lon, lat = straight.points_at(np.linspace(3000, 9000, 40), 300.0)
    (part,) = straight.spans_near([LineString(np.column_stack([lon, lat]))], 500).parts
    assert abs(part.start_m - (3000 - 400)) <= 1
    assert abs(part.end_m - (9000 + 400)) <= 1
    assert straight.spans_near([LineString(np.column_stack([lon, lat]))], 299) == Spans()


def test_metres_near_an_area_include_those_inside_it(straight):
    area = straight.corridor(Span(4000, 12_000), 5000, 5000)
    (part,) = straight.spans_near([area, Point(0, 0)], 100).parts
    assert abs(part.start_m - 3900) <= 1
    assert abs(part.end_m - 12_100) <= 1


@settings(CALM, max_examples=40)
@given(frontiers(), st.floats(0, 1), st.floats(0, 1), st.floats(-3000, 3000), st.floats(50, 4000))
def test_metres_near_a_shape_are_those_whose_distance_is_small(frontier, a, b, off_m, within_m):
    ends = [frontier.point_at(share * frontier.length_m, off_m) for share in (a, b)]
    found = frontier.spans_near([MultiPoint(ends)], within_m)
    at = np.arange(0, frontier.length_m, max(1, frontier.length_m // 400)) + 0.5
    lon, lat = frontier.points_at(at)
    away = np.min(
        [WGS84.inv(lon, lat, np.full(at.size, p.x), np.full(at.size, p.y))[2] for p in ends], axis=0
    )
    told = np.array([x in found for x in at])
    assert np.all(told[away < within_m - 1.5])
    assert not np.any(told[away > within_m + 1.5])


def test_no_shapes_are_near_nothing(straight):
    assert straight.spans_near([], 100) == Spans()
    assert straight.spans_near([Polygon()], 100) == Spans()


def test_a_shape_spans_from_its_first_place_to_its_last(straight):
    line = LineString([straight.point_at(1000, 500), straight.point_at(3000, -200)])
    span = straight.span_of(line)
    assert abs(span.start_m - 1000) <= 1
    assert abs(span.end_m - 3000) <= 1


def test_a_point_spans_one_metre_also_at_the_ends(straight):
    assert straight.span_of(straight.point_at(0)) == Span(0, 1)
    assert straight.span_of(straight.point_at(1234.5)) == Span(1234, 1235)
    end = straight.length_m
    assert straight.span_of(straight.point_at(end)) == Span(end - 1, end)
    with pytest.raises(NoChainage):
        straight.span_of(Polygon())


def test_between_its_ends_a_shape_is_looked_at_too():
    corner = frontier_of(from_metres([0, 3000, 0], [0, 3000, 6000]))
    across = LineString([corner.point_at(100, 200), corner.point_at(corner.length_m - 100, 200)])
    past = LineString([across.coords[0], corner.point_at(4242), across.coords[1]])
    assert corner.span_of(past).length_m > 8000


# Cutting


@CALM
@given(frontiers(), st.integers(1, 9000))
def test_sections_partition_the_frontier_exactly(frontier, length_m):
    assume(frontier.length_m / length_m < 3000)
    sections = frontier.sections(length_m)
    assert [s.number for s in sections] == list(range(1, len(sections) + 1))
    assert sections[0].span.start_m == 0
    assert sections[-1].span.end_m == frontier.length_m
    assert all(a.span.end_m == b.span.start_m for a, b in pairwise(sections))
    assert all(s.span.length_m == length_m for s in sections[:-1])
    assert 0 < sections[-1].span.length_m <= length_m


def test_a_short_frontier_is_one_section():
    frontier = frontier_of(from_metres([0, 700], [0, 0]))
    (section,) = frontier.sections()
    assert section.span == Span(0, 700)


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [(129.7, 42.4, 32652), (-114.7, 32.5, 32611), (20.0, -29.0, 32734), (-179.9, 5.0, 32601)],
)
def test_a_section_has_the_utm_zone_of_its_middle(lon, lat, epsg):
    frontier = frontier_of(from_metres([0, 1000], [0, 0], lon=lon, lat=lat, bearing=10))
    assert frontier.sections()[0].epsg == epsg


def test_sections_without_length_are_refused(straight):
    with pytest.raises(BadSetting, match="1 m or more"):
        straight.sections(0)


@CALM
@given(frontiers(), st.floats(0, 1), st.floats(0, 1))
def test_the_line_of_a_span_is_as_long_as_the_span(frontier, a, b):
    start_m = int(a * (frontier.length_m - 1))
    span = Span(start_m, min(frontier.length_m, start_m + 1 + int(b * frontier.length_m)))
    assert geodesic_length_m(frontier.line_of(span)) == pytest.approx(span.length_m, abs=0.6)


def test_transects_cross_the_line_at_right_angles(straight):
    at, lon, lat = straight.transects(Span(1000, 2000), 300, 500, step_m=10, across=9)
    assert at.shape == (100,)
    assert lon.shape == lat.shape == (100, 9)
    assert (at[0], at[-1]) == (1005, 1995)
    found, off = straight.locate_many(lon, lat)
    assert np.abs(found - at[:, None]).max() < 0.01
    assert off[0] == pytest.approx(np.linspace(-300, 500, 9), abs=0.01)


# Corridor


@CALM
@given(frontiers(), st.floats(0, 4000), st.floats(1, 4000), st.data())
def test_a_corridor_is_valid_and_holds_what_is_near_the_line(frontier, left_m, right_m, data):
    area = frontier.corridor(frontier.span, left_m, right_m)
    assert area.is_valid
    assert area.geom_type in {"Polygon", "MultiPolygon"}
    at = data.draw(st.floats(1, max(1.0, frontier.length_m - 1)))
    off = data.draw(st.floats(-left_m, right_m)) * 0.98
    point = frontier.point_at(at, off)
    place = frontier.locate(point.x, point.y)
    inside = -left_m * 0.985 < place.off_m < right_m * 0.985 and abs(place.off_m) > 0.1
    if inside and 0 < place.at_m < frontier.length_m:
        assert area.buffer(1e-6).contains(point)


@pytest.mark.parametrize("widths", [(1000, 1000), (1500, 200), (3000, 0), (0, 40), (5000, 5000)])
def test_a_corridor_wider_than_a_meander_is_valid(meander, widths):
    area = meander.corridor(meander.span, *widths)
    assert area.is_valid
    if min(widths) > 0:
        assert meander.spans_inside(area) == Spans([meander.span])


def test_a_straight_corridor_has_the_area_of_its_widths(straight):
    area = straight.corridor(Span(2000, 7000), 300, 700)
    m2 = abs(WGS84.geometry_area_perimeter(area)[0])
    assert m2 == pytest.approx(5000 * 1000, rel=1e-5)
    for at, off, inside in [(4000, -299, 1), (4000, -301, 0), (4000, 699, 1), (4000, 701, 0),
                            (1990, 0, 0), (2010, 0, 1), (7010, 100, 0)]:  # fmt: skip
        assert area.contains(straight.point_at(at, off)) == bool(inside)


def test_corridors_of_sections_cover_the_corridor_of_the_frontier(meander):
    whole = meander.corridor(meander.span, 400, 250)
    parts = shapely.union_all([meander.corridor(s.span, 400, 250) for s in meander.sections()])
    assert whole.symmetric_difference(parts).area / whole.area < 1e-3


@pytest.mark.parametrize("widths", [(-1, 100), (0, 0)])
def test_a_corridor_without_area_is_refused(straight, widths):
    with pytest.raises(BadSetting, match="no area"):
        straight.corridor(straight.span, *widths)


# Lines that cannot be used


@pytest.mark.parametrize(
    ("xy", "words"),
    [
        ([(129.7, 42.4), (129.7, 42.4)], "length is zero"),
        ([(129.7, 42.4), (129.700001, 42.4)], "less than the metre"),
        ([(42.4, 129.7), (42.5, 129.8)], "swapped: write longitude first"),
        ([(560_900, 4_699_000), (562_000, 4_700_000)], "check the coordinate system"),
        ([(179.9, 60.0), (-179.9, 60.1)], "180th meridian after vertex 1"),
    ],
)
def test_an_unusable_line_is_refused_with_its_reason(xy, words):
    with pytest.raises(BadLine, match=words):
        frontier_of(xy)


def test_a_crossing_is_named_by_its_kilometre():
    xy = from_metres([0, 4000, 4000, 2000, 2000], [0, 0, 2000, 2000, -1000])
    with pytest.raises(BadLine, match=r"km 2\.000"):
        frontier_of(xy)


def test_a_line_that_runs_back_over_itself_is_refused():
    with pytest.raises(BadLine, match=r"km 0\.\d+"):
        frontier_of([(129.0, 42.0), (129.01, 42.0), (129.005, 42.0)])


def test_vertices_repeated_in_a_row_are_dropped():
    xy = [(129.7, 42.4), (129.7, 42.4), (129.8, 42.4), (129.8, 42.5), (129.8, 42.5)]
    assert len(frontier_of(xy).line.coords) == 3


# Files


def written(folder, *shapes, name="border.geojson", **properties):
    features = [
        {"type": "Feature", "properties": properties, "geometry": mapping(shape)}
        for shape in shapes
    ]
    path = folder / name
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_a_line_of_three_points_is_a_frontier(tmp_path):
    path = written(tmp_path, LineString([(129.7, 42.4), (129.8, 42.45), (129.9, 42.4)]))
    frontier = Frontier.read(path)
    assert frontier.name == "border"
    assert frontier.length_m == 19_857
    assert len(frontier.sections()) == 10


def test_parts_that_meet_end_to_end_are_joined_and_that_is_said(tmp_path):
    a, b, c = (129.7, 42.4), (129.8, 42.45), (129.9, 42.4)
    nearly = (129.800005, 42.450003)
    frontier = Frontier.read(written(tmp_path, MultiLineString([[a, b], [c, nearly]])))
    assert frontier.length_m == 19_857
    assert frontier.caveats == (
        "2 lines that meet end to end were joined into one; 1 of them turned round",
    )
    several = written(tmp_path, LineString([b, c]), LineString([a, b]), name="two.geojson")
    assert Frontier.read(several).line.coords[0] == a


def test_lines_with_a_gap_are_refused_with_its_length(tmp_path):
    lines = [LineString([(129.7, 42.4), (129.8, 42.4)]), LineString([(129.81, 42.4), (129.9, 42)])]
    gap_m = WGS84.inv(129.8, 42.4, 129.81, 42.4)[2]
    with pytest.raises(BadLine, match=rf"border\.geojson: holds 2 lines .* {gap_m:.0f} m"):
        Frontier.read(written(tmp_path, *lines))


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (Point(129.7, 42.4), "holds no line, only Point"),
        (box(129, 42, 130, 43), "holds no line, only Polygon"),
        (LineString([(42.44, 129.74), (42.45, 129.75)]), "write longitude first"),
        (LineString([(129.7, 42.4), (129.7, 42.4)]), "no length"),
    ],
)
def test_a_file_without_a_usable_line_is_refused(tmp_path, shape, words):
    with pytest.raises(BadLine, match=words):
        Frontier.read(written(tmp_path, shape))


def test_swapped_coordinates_are_noticed_when_the_place_is_known(tmp_path):
    path = written(tmp_path, LineString([(37.0, 40.0), (37.1, 41.0)]))
    with pytest.raises(BadLine, match="with latitude and longitude swapped"):
        Frontier.read(path, near=Point(40.5, 37.0))
    assert Frontier.read(path, near=Point(37.0, 40.5)).length_m > 100_000


def test_a_missing_file_is_a_bad_line(tmp_path):
    with pytest.raises(BadLine, match="not there"):
        Frontier.read(tmp_path / "none.geojson")


def test_a_frontier_survives_being_written_and_read(tmp_path):
    frontier = Frontier(
        name="tumen", title="Tumen", line=LineString([(129.7, 42.4), (129.8, 42.45), (129.9, 42)]),
        source="drawn here", licence="CC0", credit="us", tolerance_m=2.5, left="A", right="B",
        start="here", end="there", fills=(Fill(span=Span(10, 20), kind="straight"),),
        caveats=("old", "rough"),
    )  # fmt: skip
    path = tmp_path / "out.geojson"
    path.write_text(json.dumps(frontier.to_geojson()))
    again = Frontier.read(path)
    assert again.to_geojson() == frontier.to_geojson()
    assert again.fills == frontier.fills


def test_a_frontier_can_be_sent_to_another_process(straight):
    point = straight.point_at(500, 20)
    again = pickle.loads(pickle.dumps(straight))
    assert again.locate(point.x, point.y) == straight.locate(point.x, point.y)


def test_length_is_never_printed_without_tolerance_source_and_licence():
    text = str(Frontier.packaged("prk-chn"))
    assert "1,366 km at 1 m tolerance" in text
    assert "source npm package @geo-maps/countries-coastline-1m 0.6.0" in text
    assert "licence Open Database License" in text
    page = Frontier.packaged("prk-rus")._repr_html_()
    assert "17.753 km" in page
    assert "10 m" in page
    assert "© OpenStreetMap contributors" in page
    risky = Frontier(name="x", title="<script>", line=LineString([(1, 1), (1, 2)]))
    assert "<script>" not in risky._repr_html_()


# Packaged lines


def test_an_unknown_packaged_name_lists_the_known_ones():
    assert list(packaged_names()) == LINES
    with pytest.raises(BadLine, match="prk-north"):
        Frontier.packaged("prk-south")


@pytest.mark.parametrize("name", LINES)
def test_packaged_lines_carry_their_credit_and_say_what_was_filled(name):
    frontier = Frontier.packaged(name)
    assert frontier.credit == "© OpenStreetMap contributors, ODbL"
    assert "opendatacommons.org/licenses/odbl" in frontier.licence
    assert frontier.left
    assert frontier.right
    assert frontier.start
    assert frontier.end
    assert frontier.title == packaged_names()[name]
    assert ("gaps filled" in frontier.source) == bool(frontier.fills)
    assert all(fill.span.end_m <= frontier.length_m for fill in frontier.fills)


@pytest.mark.real
@pytest.mark.parametrize("name", LINES)
def test_packaged_lines_agree_with_independent_ones(shared_data, name):
    theirs = Frontier.read(shared_data / "frontiers" / f"{name}.geojson")
    ours = Frontier.packaged(name)
    assert ours.length_m == pytest.approx(theirs.length_m, rel=0.005)
    at = np.linspace(0, theirs.length_m, 4000)
    there, off = ours.locate_many(*theirs.points_at(at))
    assert np.mean(np.abs(off) < 5) > 0.98
    assert np.percentile(np.abs(there - at), 95) < 0.005 * theirs.length_m
    assert np.mean(np.diff(there) > 0) > 0.99


@pytest.mark.real
def test_fences_of_2017_lie_along_as_much_border_as_was_measured(shared_data):
    path = shared_data / "barriers" / "usa-mex-fence-2017.geojson"
    lines = shapely.from_geojson(path.read_text()).geoms
    assert sum(map(geodesic_length_m, lines)) == pytest.approx(1_127_800, rel=1e-3)
    frontier = Frontier.packaged("usa-mex")
    for within_m, expected_m in ((100, 925_800), (300, 993_200), (1000, 1_148_800)):
        assert frontier.spans_near(lines, within_m).length_m == pytest.approx(expected_m, rel=1e-3)
