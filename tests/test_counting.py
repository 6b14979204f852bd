"""The counting rules by name, on a published case and on the shapes that break them."""

import ast
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiLineString

from desk_rows import FRONTIER, candidate, comparison, finding, line, post
from vallum.frontier import Frontier, geodesic_length_m
from vallum.ground.kinds import BUILT, Change, Kind, Life
from vallum.ground.span import Span, Spans
from vallum.measure.counting import (
    BARRIERS,
    CELL_M,
    LAYERS,
    ROLL_UPS,
    RULES,
    border_once,
    by_life,
    layer_gaps,
    layers_of,
    meander_m,
    of_changes,
    profiles_of,
    rate_per_km,
    stands_after,
    stood_before,
)
from vallum.measure.estimates import estimates

ROOT = Path(__file__).parents[1]
KM = 1000


def numbers(things, extent, *, frontier=FRONTIER, seen=None, **more):
    rows = [comparison(extent, seen, things)]
    held = [finding(thing, **more) for thing in things]
    return {e.name: e for e in estimates(extent, frontier, rows, things, held)}


def confirmed(*things, **more):
    return [finding(thing, **more) for thing in things]


# -- HRW, Hoeryong, 17 November 2022 ------------------------------------------------------------

SECTION = Span(0, 7400)


def weaving(length_m, off_m, wave_m=100.0):
    """A line along the section, as far from the border as `off_m` says, of exactly this length."""
    at = np.arange(0.0, 7401.0, 20.0)

    def drawn(swing_m):
        off = off_m(at) + swing_m * np.sin(2 * np.pi * at / wave_m)
        return LineString(np.column_stack(FRONTIER.points_at(at, off)))

    narrow, wide = 0.0, 60.0
    for _ in range(60):
        middle = (narrow + wide) / 2
        short = geodesic_length_m(drawn(middle)) < length_m
        narrow, wide = (middle, wide) if short else (narrow, middle)
    return drawn(narrow)


@pytest.fixture(scope="module")
def hoeryong():
    """Secondary fence 9.2 km new, primary 9.5 km upgraded, 5 towers before, 169 posts added."""
    primary = weaving(9500, lambda at: 60 + 0 * at)
    secondary = weaving(9200, lambda at: 160 + at / 7400 * 400)
    things = [
        candidate(primary, change=Change.UPGRADED),
        candidate(secondary),
        *(
            candidate(post(740 + 1480 * k, 5.0), Kind.WATCHTOWER, Change.UNCHANGED)
            for k in range(5)
        ),
        *(candidate(post(20 + 43.5 * k, 130.0), Kind.GUARD_POST) for k in range(169)),
    ]
    return numbers(things, SECTION)


def test_hoeryong_2022_prints_the_change_and_the_stock_in_one_form(hoeryong):
    assert hoeryong["posts_new"].value == 169
    assert hoeryong["posts_stock_before"].value == 5
    assert hoeryong["posts_stock_after"].value == 174
    for name in ("posts_new", "posts_stock_before", "posts_stock_after"):
        assert "In one form: +169, 5 -> 174." in hoeryong[name].method
    assert hoeryong["posts_guard_post_new"].value == 169
    assert hoeryong["posts_watchtower_stock_before"].value == 5
    assert "posts_guard_post_stock_before" not in hoeryong


def test_hoeryong_2022_has_more_fence_than_border_in_each_layer_without_complaint(hoeryong):
    assert hoeryong["barrier_km_primary_upgraded"].value == pytest.approx(9.5, abs=0.001)
    assert hoeryong["barrier_km_secondary_new"].value == pytest.approx(9.2, abs=0.001)
    assert not any("tertiary" in name for name in hoeryong)
    assert "barrier_km_primary_new" not in hoeryong
    assert hoeryong["barrier_km_standing_after"].value == pytest.approx(18.7, abs=0.002)
    assert hoeryong["barrier_km_standing_before"].value == pytest.approx(9.5, abs=0.001)
    border = hoeryong["border_km_with_new_infrastructure"]
    assert border.value == pytest.approx(7.4, abs=0.005)
    assert border.value <= hoeryong["frontier_km"].value == 7.4


def test_hoeryong_2022_spacing_is_of_border_or_of_fence_and_says_which(hoeryong):
    before = hoeryong["post_spacing_m_of_border_comparable_before"]
    after = hoeryong["post_spacing_m_of_border_comparable_after"]
    fence = hoeryong["post_spacing_m_of_fence_after"]
    assert before.value == pytest.approx(1480)
    assert after.value == pytest.approx(42.5, abs=0.05)
    assert fence.value == pytest.approx(18_700 / 174, abs=0.05)
    assert (after.unit, fence.unit) == ("m of border per post", "m of fence per post")
    assert "of the 7.400 km of border" in after.denominator
    assert "of the 18.700 km of fence" in fence.denominator
    assert hoeryong["posts_after_per_fence_km"].value == pytest.approx(174 / 18.7, abs=0.01)
    assert hoeryong["posts_new_per_fence_km"].value == pytest.approx(169 / 18.7, abs=0.01)
    assert hoeryong["posts_after_per_border_km_comparable"].value == pytest.approx(174 / 7.4)
    assert after.wording.startswith("at most")
    assert fence.wording == "among what is confirmed"


def test_hoeryong_2022_gap_between_layers_is_a_range_within_the_published_one(hoeryong):
    gap = hoeryong["layer_gap_m_primary_to_secondary"]
    assert 15 <= gap.low < gap.value < gap.high <= 600
    assert gap.value == pytest.approx(300, abs=30)
    assert gap.n == pytest.approx(7400 / CELL_M, abs=2)


def test_hoeryong_2022_border_is_fenced_before_and_after(hoeryong):
    for name in ("border_km_fenced", "border_km_fenced_before"):
        assert hoeryong[name].value == pytest.approx(7.4, abs=0.005)
        assert hoeryong[name].high == 7.4
        assert hoeryong[name].wording == "at least"


# -- layers -------------------------------------------------------------------------------------


def layers(*things, **more):
    found = confirmed(*things, **more)
    named = layers_of(found, FRONTIER)
    return [named.get(one.id, "") for one in found]


def test_layers_are_counted_outward_from_the_border_on_each_side_by_itself():
    right = [candidate(line(0, 1000, off)) for off in (30, 60, 200, 260)]
    left = [candidate(line(0, 1000, -off)) for off in (100, 40)]
    assert layers(*right, *left) == [
        "primary", "secondary", "tertiary", "tertiary", "secondary", "primary",
    ]  # fmt: skip


def test_a_fence_with_none_before_it_is_primary_however_far_it_stands():
    assert layers(candidate(line(0, 1000, 900)), candidate(line(1200, 2000, 40))) == ["primary"] * 2


def test_a_fence_behind_many_short_pieces_is_secondary():
    pieces = [candidate(line(k * 100, k * 100 + 80, 30)) for k in range(10)]
    assert layers(*pieces, candidate(line(0, 1000, 90))) == ["primary"] * 10 + ["secondary"]


def test_a_fence_behind_another_for_less_than_half_its_way_is_primary():
    assert layers(candidate(line(0, 400, 30)), candidate(line(0, 1000, 90)))[1] == "primary"
    assert layers(candidate(line(0, 600, 30)), candidate(line(0, 1000, 90)))[1] == "secondary"


def test_what_is_drawn_twice_or_as_two_rows_is_one_layer():
    twice = [candidate(line(0, 1000, off)) for off in (50, 53)]
    assert layers(*twice, candidate(line(0, 1000, 90))) == ["primary", "primary", "secondary"]
    rows = [candidate(line(0, 1000, off), Kind.DOUBLE_FENCE) for off in (50, 62)]
    assert layers(*rows, candidate(line(0, 1000, 90))) == ["primary", "primary", "secondary"]
    near = [candidate(line(0, 1000, off)) for off in (50, 62)]
    assert layers(*near) == ["primary", "secondary"]
    one = candidate(MultiLineString([line(0, 1000, 50), line(0, 1000, 60)]), Kind.DOUBLE_FENCE)
    assert layers(one, candidate(line(0, 1000, 120))) == ["primary", "secondary"]


def test_a_line_that_runs_along_the_border_itself_keeps_its_side():
    at = np.arange(0.0, 1001.0, 25.0)
    off = np.where(np.arange(at.size) % 5 == 0, -3.0, 4.0)
    along = candidate(LineString(np.column_stack(FRONTIER.points_at(at, off))))
    assert layers(along, candidate(line(0, 1000, 40)), candidate(line(0, 1000, -40))) == [
        "primary", "secondary", "primary",
    ]  # fmt: skip


def test_removed_fences_are_layers_of_what_stood_before():
    gone = candidate(line(0, 1000, 90), change=Change.REMOVED)
    old = candidate(line(0, 1000, 30), change=Change.UNCHANGED)
    new = candidate(line(0, 1000, 60))
    behind = candidate(line(0, 1000, 150))
    assert layers(gone, old, new, behind) == ["secondary", "primary", "secondary", "tertiary"]


def test_roads_posts_and_what_is_not_confirmed_have_no_layer():
    road = candidate(line(0, 1000, 20), Kind.PATROL_ROAD)
    tower = candidate(post(500), Kind.WATCHTOWER)
    fence = candidate(line(0, 1000, 90))
    assert layers(road, tower, fence) == ["", "", "primary"]
    rejected = [replace(one, held="rejected") for one in confirmed(fence)]
    assert layers_of(rejected, FRONTIER) == {}


def test_a_layer_that_somebody_stated_is_kept():
    near, far = confirmed(candidate(line(0, 1000, 30)), candidate(line(0, 1000, 90)))
    named = layers_of([near, replace(far, layer="tertiary")], FRONTIER)
    assert named == {near.id: "primary", far.id: "tertiary"}


def test_the_gap_between_layers_is_measured_across_the_border():
    things = [candidate(line(0, 1000, off)) for off in (30, 75, 600)]
    gaps = layer_gaps(confirmed(*things), FRONTIER)
    assert list(gaps) == [LAYERS[:2], LAYERS[1:]]
    assert gaps["primary", "secondary"] == pytest.approx(45, abs=0.5)
    assert gaps["secondary", "tertiary"] == pytest.approx(525, abs=2)
    assert layer_gaps(confirmed(things[0]), FRONTIER) == {}


def test_layers_and_gaps_follow_from_one_profile_of_all_lines():
    changes = (Change.NEW, Change.REMOVED, Change.UPGRADED, Change.NEW)
    spans = ((0, 1000, 30), (200, 900, 75), (100, 1400, -40), (0, 700, 120))
    found = [
        finding(candidate(line(*span), change=change))
        for span, change in zip(spans, changes, strict=True)
    ]
    profiles = profiles_of(found, FRONTIER)
    assert set(profiles) == {one.id for one in found}
    assert layers_of(found, FRONTIER, profiles) == layers_of(found, FRONTIER)
    gaps = layer_gaps(found, FRONTIER)
    again = layer_gaps(found, FRONTIER, profiles)
    assert gaps
    assert {pair: one.tolist() for pair, one in gaps.items()} == {
        pair: one.tolist() for pair, one in again.items()
    }


LINES_OF_ALL_SORTS = [
    candidate(line(a, a + length, off), kind, change)
    for a, length, off, kind, change in (
        (0, 1500, 30, Kind.FENCE, Change.NEW), (200, 900, 55, Kind.WALL, Change.NEW),
        (500, 1200, -40, Kind.FENCE, Change.UPGRADED), (600, 700, 90, Kind.FENCE, Change.EXTENDED),
        (100, 2500, 140, Kind.FENCE, Change.NEW), (900, 400, 31, Kind.FENCE, Change.NEW),
        (300, 800, 70, Kind.DOUBLE_FENCE, Change.REPLACED), (0, 600, 45, Kind.FENCE, Change.REMOVED),
        (1000, 900, 300, Kind.FENCE, Change.UNCHANGED), (50, 60, 5, Kind.FENCE, Change.REMOVED),
        (700, 300, 142, Kind.FENCE, Change.NEW), (650, 400, 60, Kind.FENCE, Change.NEW),
    )
]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(LINES_OF_ALL_SORTS), unique=True))
def test_layers_add_up_to_all_barriers_of_each_change(things):
    found = numbers(things, Span(0, 5 * KM))
    for change in Change:
        kinds = sum(
            found[name].value for kind in BARRIERS
            if (name := f"barrier_km_{kind}_{change}") in found
        )  # fmt: skip
        parts = [
            found[n].value for layer in LAYERS if (n := f"barrier_km_{layer}_{change}") in found
        ]
        assert sum(parts) == pytest.approx(kinds, abs=1e-9)


# -- border -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def meander():
    """A line east with a loop to the north: 3 km out and back through a neck of 150 m."""
    degree_m = 82_800.0
    neck = 150 / degree_m
    return Frontier(
        name="meander",
        line=LineString(
            [(129.0, 42.0), (129.03, 42.0), (129.03, 42.027), (129.03 + neck, 42.027),
             (129.03 + neck, 42.0), (129.06, 42.0)]
        ),
        source="made up", licence="none", credit="nobody", tolerance_m=1.0, left="N", right="S",
    )  # fmt: skip


def across(frontier, south_m):
    """A fence south of the neck, 200 m either way."""
    lat = 42.0 - south_m / 111_100
    shape = LineString([(129.03 - 0.0024, lat), (129.03 + 0.0042, lat)])
    return candidate(shape, span=frontier.span_of(shape))


def test_a_fence_across_the_neck_of_a_meander_counts_for_its_loop_once(meander):
    things = [across(meander, 10), across(meander, 60)]
    whole = meander.span
    spans = border_once(things, Spans((whole,)))
    assert 6000 < spans.length_m < 6700
    assert sum(thing.length_m for thing in things) < 1200
    assert meander_m(things) == spans.length_m
    found = numbers(things, whole, frontier=meander)
    border = found["border_km_with_new_infrastructure"]
    assert border.value == spans.length_m / 1000 <= found["frontier_km"].value
    assert "meanders that a short barrier closes off" in border.method
    assert found["barrier_km_all_new"].value < 1.2
    assert "meanders" not in numbers([candidate(line(0, 900))], Span(0, KM))[border.name].method


@pytest.mark.parametrize(("length_m", "expected"), [(1000.0, 0), (501.0, 0), (499.0, 1000)])
def test_only_what_is_under_half_of_its_border_is_said_to_close_off_a_meander(length_m, expected):
    thing = replace(candidate(line(0, 1000)), span=Span(0, 1000), length_m=length_m)
    tower = candidate(post(3000), Kind.WATCHTOWER, span=Span(3000, 3050))
    assert meander_m([thing, tower]) == expected


def test_border_fenced_counts_compared_metres_and_may_be_all_of_the_border():
    old = candidate(line(1000, 3000), change=Change.UNCHANGED)
    gone = candidate(line(3000, 4000, 30), change=Change.REMOVED)
    new = candidate(line(500, 1000))
    found = numbers([old, gone, new], Span(0, 10 * KM), seen=Spans.of((0, 2000), (3000, 4000)))
    assert found["border_km_fenced"].value == pytest.approx(1.5, abs=0.01)
    assert found["border_km_fenced_before"].value == pytest.approx(2.0, abs=0.01)
    assert found["border_km_fenced"].high == 10
    assert "border_km_fenced" not in numbers([new, gone], Span(0, 10 * KM))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(LINES_OF_ALL_SORTS)), st.integers(1, 3000), st.integers(1, 2000))
def test_border_km_never_exceed_the_stretch_they_speak_of(things, start_m, length_m):
    within = Spans.of((start_m, start_m + length_m))
    found = border_once(things, within)
    assert found.length_m <= length_m
    assert not found - within


# -- changes and lives --------------------------------------------------------------------------


def test_a_roll_up_is_named_and_holds_no_change_twice():
    assert set(ROLL_UPS) == {"new", "removed"}
    assert ROLL_UPS["new"] == BUILT
    assert not ROLL_UPS["new"] & ROLL_UPS["removed"]
    things = [candidate(line(0, 1000), change=change) for change in Change]
    assert {t.change for t in of_changes(things, "new")} == BUILT


def test_extended_and_replaced_barriers_are_counted_apart_and_within_what_was_built():
    things = [
        candidate(line(0, 1000), change=Change.EXTENDED),
        candidate(line(2000, 2500), Kind.WALL, Change.REPLACED),
        candidate(post(3000), Kind.BUILDING, Change.EXTENDED),
    ]
    found = numbers(things, Span(0, 5 * KM))
    assert found["barrier_km_all_extended"].value == pytest.approx(1.0, rel=0.001)
    assert found["barrier_km_all_replaced"].value == pytest.approx(0.5, rel=0.001)
    assert found["barrier_km_wall_replaced"].value == pytest.approx(0.5, rel=0.001)
    assert found["barrier_km_all_new"].value == found["barrier_km_all_upgraded"].value == 0
    assert found["border_km_with_new_infrastructure"].value == pytest.approx(1.5, abs=0.01)
    assert found["border_km_changed"].value == found["border_km_with_new_infrastructure"].value
    assert (found["posts_extended"].value, found["posts_new"].value) == (1, 0)
    assert found["barrier_km_standing_before"].value == pytest.approx(0.5, rel=0.001)
    assert found["barrier_km_standing_after"].value == pytest.approx(1.5, rel=0.001)


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (Change.NEW, False, True), (Change.EXTENDED, False, True), (Change.UPGRADED, True, True),
        (Change.REPLACED, True, True), (Change.REMOVED, True, False),
        (Change.UNCHANGED, True, True),
    ],
)  # fmt: skip
def test_every_change_says_when_a_line_stood(change, before, after):
    fence = candidate(line(0, 1000), change=change)
    assert (stood_before(fence), stands_after(fence)) == (before, after)


def test_a_post_that_was_extended_stood_before_and_is_counted_once_in_each_stock():
    things = [
        candidate(post(100), Kind.BUILDING, Change.EXTENDED),
        candidate(post(300), Kind.BUILDING, Change.UNCHANGED),
        candidate(post(500), Kind.BUILDING, Change.NEW),
        candidate(post(700), Kind.BUILDING, Change.REMOVED),
        candidate(post(900), Kind.BUILDING, Change.REPLACED),
    ]
    found = numbers(things, Span(0, 5 * KM))
    assert (found["posts_stock_before"].value, found["posts_stock_after"].value) == (4, 4)
    assert "+1, -1, 4 -> 4" in found["posts_new"].method


def test_lives_are_told_apart_only_where_somebody_told_one():
    fences = [candidate(line(k * 1000, k * 1000 + 500)) for k in range(3)]
    assert not any("temporary" in name for name in numbers(fences, Span(0, 5 * KM)))
    rows = [comparison(Span(0, 5 * KM), None, fences)]
    held = confirmed(*fences)
    held[0] = replace(held[0], life=Life.TEMPORARY)
    assert [len(part) for part in by_life(held).values()] == [1, 0, 2]
    found = {e.name: e for e in estimates(Span(0, 5 * KM), FRONTIER, rows, fences, held)}
    assert found["barrier_km_temporary_new"].value == pytest.approx(0.5, rel=0.001)
    assert found["barrier_km_life_unknown_new"].value == pytest.approx(1.0, rel=0.001)
    assert "barrier_km_permanent_new" not in found


# -- rates --------------------------------------------------------------------------------------


def test_a_rate_on_fence_has_bounds_only_where_all_border_was_seen_and_finished():
    things = [candidate(line(0, 1000, 30)), candidate(post(500, 40), Kind.GUARD_POST)]
    found = numbers(things, Span(0, 2 * KM))
    rate = found["posts_new_per_fence_km"]
    assert rate.low == rate.value == rate.high == pytest.approx(1.0, rel=0.001)
    blind = numbers(things, Span(0, 2 * KM), seen=Spans.of((0, 1500)))["posts_new_per_fence_km"]
    assert (blind.low, blind.open_m) == (0.0, 500)
    assert math.isnan(blind.high)
    assert blind.value == rate.value


def test_a_rate_and_its_spacing_are_one_number_said_two_ways():
    rate = rate_per_km((174.0, 200.0), (7.4, 7.4))
    value, low, high = rate.spacing_m
    assert value == high == pytest.approx(42.53, abs=0.01)
    assert low == pytest.approx(37.0)
    assert (rate.value, rate.low, rate.high) == pytest.approx((23.51, 23.51, 27.03), abs=0.01)
    assert rate_per_km((5.0, 5.0), (0.0, 0.0)) is None
    assert rate_per_km((5.0, math.nan), (2.0, math.nan)).spacing_m[1] == 0.0


def test_no_rate_is_made_where_there_is_no_fence_or_no_post():
    post_alone = numbers([candidate(post(500), Kind.GUARD_POST)], Span(0, 2 * KM))
    fence_alone = numbers([candidate(line(0, 1000))], Span(0, 2 * KM))
    assert not any("fence_km" in name or "spacing" in name for name in (*post_alone, *fence_alone))


def test_the_six_areas_of_2024_get_the_denominator_that_was_not_printed():
    """HRW 2024: "110 m" is 743 km of fence by 6,820 facilities; of 321 km of border it is 47 m."""
    of_fence = rate_per_km((6820.0, 6820.0), (743.0, 743.0)).spacing_m[0]
    of_border = rate_per_km((6820.0, 6820.0), (321.0, 321.0)).spacing_m[0]
    assert (round(of_fence), round(of_border)) == (109, 47)


# -- the list -----------------------------------------------------------------------------------


def test_every_rule_has_its_place_in_the_docs_and_no_other_has():
    page = (ROOT / "docs" / "explain" / "counting-rules.md").read_text(encoding="utf-8")
    assert re.findall(r"^### (.+)$", page, re.MULTILINE) == list(RULES)
    for rule in RULES.values():
        section = page.split(f"### {rule.name}\n")[1].split("\n### ")[0]
        assert f"`{rule.by.__name__}`" in section, rule.name
        assert rule.meaning == rule.meaning.strip(" .")


def test_every_rule_is_what_the_numbers_are_made_by():
    room = ROOT / "src" / "vallum" / "measure"
    used = {
        alias.name
        for module in room.glob("*.py")
        if module.name != "counting.py"
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert {rule.by.__name__ for rule in RULES.values()} <= used
