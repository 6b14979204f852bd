"""Barrier lines of others: kept as they are, repeats said, border-km only with its distance."""

import json
from itertools import pairwise

import pytest
from shapely.geometry import LineString, MultiLineString, Point, shape

from desk_rows import FRONTIER, line
from vallum.frontier import Frontier, geodesic_length_m
from vallum.ground.kinds import Change, Held, Kind
from vallum.ground.span import Span
from vallum.ground.vector import Feature, read_shapes
from vallum.measure.barriers import findings_from_lines, imported_estimates


def features(*shapes, types=()):
    named = dict(enumerate(types))
    return [
        Feature(shape=each, properties={"gen_type": named.get(i)}, number=i + 1)
        for i, each in enumerate(shapes)
    ]


def imported(*shapes, types=(), **more):
    rows = features(*shapes, types=types)
    return findings_from_lines(rows, FRONTIER, exhibit_id="exhibit-x", **more)


def named(estimates):
    return {estimate.name: estimate for estimate in estimates}


def test_an_imported_line_is_held_as_imported_and_unchanged():
    fence = line(1000, 2000)
    (found,), notes = imported(fence, types=["vehicle"])
    assert notes == []
    assert (found.held, found.change, found.subtype) == (Held.IMPORTED, Change.UNCHANGED, "vehicle")
    assert (found.about, found.from_ids) == ("exhibit-x:1", ("exhibit-x",))
    assert found.length_m == geodesic_length_m(fence)
    assert found.span.length_m == pytest.approx(1000, abs=3)
    assert found.off_m == pytest.approx(50, abs=1)
    assert (found.built, found.removed) == (None, None)


def test_a_line_without_a_type_is_unknown():
    found, _ = imported(line(0, 10), line(20, 30), types=[None, "  "])
    assert [f.subtype for f in found] == ["unknown", "unknown"]


def test_the_class_can_follow_from_the_properties():
    found, _ = imported(
        line(0, 10),
        line(20, 30),
        types=["wall", "mesh"],
        category=lambda p: Kind.WALL if p["gen_type"] == "wall" else Kind.FENCE,
    )
    assert [f.category for f in found] == [Kind.WALL, Kind.FENCE]


def test_an_exact_repeat_is_kept_and_named_in_either_direction():
    fence = line(1000, 2000)
    found, notes = imported(fence, fence.reverse(), line(1000, 1999), fence, types=["a", "b", "a"])
    assert [f.repeats for f in found] == ["", found[0].id, "", found[0].id]
    assert len(notes) == 2
    assert "feature 2: exactly repeats feature 1" in notes[0]
    assert "'a' there and 'b' here" in notes[0]


def test_a_line_far_from_the_frontier_is_kept_and_said():
    far = LineString([(129.1, 43.0), (129.11, 43.0)])
    found, notes = imported(far)
    assert len(found) == 1
    assert "from the frontier" in notes[0]
    assert abs(found[0].off_m) > 100_000


def test_what_is_no_line_is_left_out_and_said():
    found, notes = imported(Point(129.1, 42.0), line(0, 100))
    assert [f.about for f in found] == ["exhibit-x:2"]
    assert "feature 1: is Point" in notes[0]


def test_double_rows_count_twice_as_barrier_and_once_as_border():
    rows, _ = imported(line(1000, 2000, 50), line(1000, 2000, 70))
    found = named(imported_estimates(rows, FRONTIER, (100,)))
    once = named(imported_estimates(rows[:1], FRONTIER, (100,)))
    border = "border_km_with_imported_barrier_within_100_m"
    assert found["barrier_km_imported_all"].value == pytest.approx(2.0, rel=0.001)
    assert found[border].value == pytest.approx(once[border].value, abs=0.02)
    assert found[border].spans.length_m == round(found[border].value * 1000)


def test_repeats_are_in_the_total_and_not_in_its_low_bound():
    fence = line(1000, 2000)
    rows, _ = imported(fence, fence, line(3000, 3500))
    found = named(imported_estimates(rows, FRONTIER))
    total = found["barrier_km_imported_all"]
    assert total.value == pytest.approx(2.5, rel=0.001)
    assert total.low == pytest.approx(1.5, rel=0.001)
    assert total.high == total.value
    assert found["repeated_geometries_imported"].value == 1
    assert found["barrier_km_repeated_imported"].value == pytest.approx(1.0, rel=0.001)


def test_border_km_grow_with_the_distance_and_each_names_its_own():
    rows, _ = imported(line(1000, 2000, 200), line(5000, 6000, 50))
    found = named(imported_estimates(rows, FRONTIER, (100, 300, 1000)))
    values = [
        found[f"border_km_with_imported_barrier_within_{d}_m"].value for d in (100, 300, 1000)
    ]
    assert all(near < far for near, far in pairwise(values))
    assert "300 m" in found["border_km_with_imported_barrier_within_100_m"].method


def test_every_subtype_has_its_own_numbers_and_they_add_up():
    lines = [line(a, a + 500) for a in (0, 1000, 2000)]
    rows, _ = imported(*lines, types=["Concrete wall", "fence", None])
    found = named(imported_estimates(rows, FRONTIER, (100,)))
    parts = [found[f"barrier_km_imported_{t}"].value for t in ("concrete_wall", "fence", "unknown")]
    assert sum(parts) == pytest.approx(found["barrier_km_imported_all"].value)
    assert "border_km_with_imported_barrier_concrete_wall_within_100_m" in found


def test_a_line_of_several_parts_is_measured_whole():
    both = MultiLineString([line(0, 500), line(1000, 1500)])
    (found,), _ = imported(both)
    assert found.length_m == pytest.approx(1000, rel=0.001)


def test_only_what_lies_beside_the_stretch_under_study_counts():
    rows, _ = imported(line(1000, 2000), line(5000, 6000))
    found = named(imported_estimates(rows, FRONTIER, (100,), extent=Span(0, 1500)))
    border = found["border_km_with_imported_barrier_within_100_m"]
    assert found["barrier_km_imported_all"].value == pytest.approx(1.0, rel=0.001)
    assert border.value == pytest.approx(0.6, abs=0.03)
    assert "1.500 km of frontier" in border.denominator


def test_nothing_imported_gives_no_number():
    assert imported_estimates([], FRONTIER) == []


@pytest.fixture(scope="module")
def united_states_mexico(shared_data):
    told = json.loads((shared_data / "frontiers" / "usa-mex.geojson").read_text())
    feature = told["features"][0] if told["type"] == "FeatureCollection" else told
    frontier = Frontier(name="usa-mex", line=shape(feature["geometry"]), source="test")
    rows = read_shapes(shared_data / "barriers" / "usa-mex-fence-2017.geojson")
    findings, notes = findings_from_lines(rows, frontier, exhibit_id="exhibit-fence")
    return findings, notes, named(imported_estimates(findings, frontier))


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "expected"),
    [("all", 1127.8), ("pedestrian", 618.1), ("vehicle", 484.0), ("unknown", 25.6)],
)
def test_the_united_states_fence_has_the_length_of_its_own_table(
    united_states_mexico, name, expected
):
    found = united_states_mexico[2]
    assert found[f"barrier_km_imported_{name}"].value == pytest.approx(expected, rel=0.005)


@pytest.mark.real
def test_the_five_repeats_in_the_united_states_fence_are_found_and_said(united_states_mexico):
    findings, notes, found = united_states_mexico
    assert len(findings) == 743
    assert found["repeated_geometries_imported"].value == 5
    assert found["barrier_km_repeated_imported"].value == pytest.approx(3.47, abs=0.01)
    assert sum("exactly repeats" in note for note in notes) == 5


@pytest.mark.real
@pytest.mark.parametrize(
    ("distance_m", "expected"),
    [
        (100, {"": 925.8, "_pedestrian": 456.2, "_vehicle": 470.4}),
        (300, {"": 993.2, "_pedestrian": 503.9, "_vehicle": 494.6}),
        (1000, {"": 1148.8, "_pedestrian": 621.4, "_vehicle": 556.6}),
    ],
)
def test_border_km_with_the_united_states_fence_depend_on_the_distance(
    united_states_mexico, distance_m, expected
):
    # The table sampled the border every 50 m; here every metre counts, so they differ a little.
    for kind, km in expected.items():
        name = f"border_km_with_imported_barrier{kind}_within_{distance_m}_m"
        assert united_states_mexico[2][name].value == pytest.approx(km, rel=0.01)
