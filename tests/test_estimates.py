"""The published numbers: exact sums, honest bounds, nothing counted twice."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiLineString

from desk_rows import (
    EXTENT,
    FRONTIER,
    SCENES,
    candidate,
    comparison,
    finding,
    line,
    post,
    scene,
    spanned,
    verdict,
)
from vallum.ground.kinds import Change, Held, Kind
from vallum.ground.records import FOOTPRINT_ONLY
from vallum.ground.span import Span, Spans
from vallum.measure.estimates import estimates
from vallum.measure.once import metres_counted, shares_counted
from vallum.measure.wording import Words

KM = 1000
FRAME = Span(0, 10 * KM)
STATUSES = ("changed", "unchanged", "indeterminate", "not_comparable", "not_examined")


def numbers(candidates=(), findings=(), *, compared=None, extent=FRAME, verdicts=(), scenes=None):
    rows = [comparison(extent, candidates=candidates)] if compared is None else compared
    found = estimates(
        extent, FRONTIER, rows, candidates, findings, verdicts, SCENES if scenes is None else scenes
    )
    assert len({e.name for e in found}) == len(found)
    return {e.name: e for e in found}


def held(things, as_held=Held.CONFIRMED):
    return [finding(thing, as_held) for thing in things]


def test_the_five_statuses_add_up_to_the_frontier_exactly():
    things = [spanned(0, 333), spanned(500, 777), spanned(900, 1234)]
    rows = [
        comparison(Span(0, 2 * KM), Spans.of((100, 1999)), things),
        comparison(Span(2 * KM, 4 * KM), blocked_by="cloud"),
    ]
    found = numbers(
        things,
        [finding(things[0]), finding(things[1], Held.INDETERMINATE)],
        compared=rows,
    )
    metres = [round(found[f"border_km_{s}"].value * 1000) for s in STATUSES]
    assert metres == [233, 1055, 277, 2101, 6334]
    assert sum(metres) == round(found["frontier_km"].value * 1000) == FRAME.length_m
    assert found["border_km_comparable"].value == 1.899


def test_without_a_finding_nothing_is_confirmed_and_candidates_are_only_potential():
    found = numbers([spanned(0, 400)])
    changed = found["border_km_changed"]
    assert (changed.value, changed.low, changed.high) == (0.0, 0.0, 0.4)
    assert changed.wording == Words.NOTHING_CONFIRMED
    waiting = found["candidates_unreviewed"]
    assert waiting.value == 1
    assert waiting.wording.startswith("potentially; not yet validated")
    assert found["posts_new"].wording == Words.NOTHING_CONFIRMED


def test_the_worst_case_counts_all_that_is_not_known_as_changed():
    things = [spanned(0, 100), spanned(200, 400), spanned(500, 800), spanned(900, 1000)]
    findings = [
        finding(things[0]),
        finding(things[1], Held.DISPUTED),
        finding(things[3], Held.REJECTED),
    ]
    rows = [comparison(Span(0, 2 * KM), Spans.of((0, 1500)), things)]
    found = numbers(things, findings, compared=rows, extent=Span(0, 3 * KM))
    for name in ("border_km_changed", "border_km_with_new_infrastructure"):
        assert found[name].low == found[name].value == 0.1
        # 200 disputed, 300 unreviewed, 500 not comparable, 1000 never compared.
        assert found[name].high == pytest.approx(0.1 + 0.2 + 0.3 + 0.5 + 1.0)
    assert found["border_km_with_removed_infrastructure"].value == 0
    assert found["border_km_with_removed_infrastructure"].high == pytest.approx(2.0)


def test_confirmed_change_is_at_least_and_says_of_what():
    fence = spanned(0, 400)
    changed = numbers([fence], held([fence]))["border_km_changed"]
    assert changed.wording == "at least"
    assert "10.000 km with comparable imagery" in changed.denominator
    assert "10.000 km of frontier" in changed.denominator
    assert changed.spans == Spans.of((0, 400))
    assert finding(fence).id in changed.from_ids


def test_metres_known_from_footprints_are_comparable_and_never_taken_for_unchanged():
    pair = comparison(FRAME, Spans.of((0, 4 * KM)), blocked_by=FOOTPRINT_ONLY)
    found = numbers(compared=[pair])
    assert found["border_km_comparable"].value == 4.0
    assert found["border_km_not_examined"].value == 4.0
    assert found["border_km_unchanged"].value == 0.0
    assert found["border_km_changed"].high == 10.0
    assert "posts_new_per_border_km_comparable" not in found


def test_layers_beside_each_other_count_once_as_border_and_twice_as_fence():
    layers = [candidate(line(1000, 2000, off_m)) for off_m in (40, 60)]
    found = numbers(layers, held(layers))
    assert found["barrier_km_fence_new"].value == pytest.approx(2.0, rel=0.001)
    assert found["border_km_with_new_infrastructure"].value == pytest.approx(1.0, abs=0.005)


def test_a_double_fence_counts_once_as_border_and_twice_as_fence():
    double = [candidate(line(1000, 2000), Kind.DOUBLE_FENCE)]
    found = numbers(double, held(double))
    assert found["barrier_km_double_fence_new"].value == pytest.approx(2.0, rel=0.001)
    assert found["border_km_with_new_infrastructure"].value == pytest.approx(1.0, abs=0.005)


def test_a_double_fence_whose_rows_were_drawn_counts_its_rows():
    two_things = [candidate(line(1000, 2000, off), Kind.DOUBLE_FENCE) for off in (50, 60)]
    two_parts = candidate(
        MultiLineString([line(1000, 2000, 50), line(1000, 2000, 60)]), Kind.DOUBLE_FENCE
    )
    one_after_the_other = candidate(
        MultiLineString([line(1000, 1500), line(1600, 2100)]), Kind.DOUBLE_FENCE
    )
    assert metres_counted(two_things).sum() == pytest.approx(2000, rel=0.001)
    assert metres_counted([two_parts]).sum() == pytest.approx(2000, rel=0.001)
    assert metres_counted([one_after_the_other]).sum() == pytest.approx(2000, rel=0.001)


def test_a_line_drawn_twice_is_counted_once_and_said():
    drawn = [candidate(line(1000, 2000, off)) for off in (50, 52)]
    found = numbers(drawn, held(drawn))["barrier_km_fence_new"]
    assert found.value == pytest.approx(1.0, rel=0.002)
    assert "drawn twice" in found.method


def test_a_line_that_is_half_on_another_adds_its_other_half():
    drawn = [candidate(line(1000, 2000)), candidate(line(1500, 2500))]
    assert metres_counted(drawn).sum() == pytest.approx(1500, abs=12)


def test_lines_that_cross_or_differ_in_class_change_or_layer_are_not_merged():
    fence = line(1000, 2000)
    lon, lat = FRONTIER.points_at([1500, 1500], [-100.0, 200.0])
    crossing = LineString(list(zip(lon, lat, strict=True)))
    assert shares_counted([candidate(fence), candidate(crossing)]).tolist() == [1.0, 1.0]
    other = [candidate(fence), candidate(fence, Kind.WALL)]
    assert shares_counted(other).tolist() == [1.0, 1.0]
    gone = [candidate(fence), candidate(fence, change=Change.REMOVED)]
    assert shares_counted(gone).tolist() == [1.0, 1.0]
    layers = [replace(f, layer=layer) for f, layer in
              zip(held([candidate(fence)] * 2), ("primary", "secondary"), strict=True)]  # fmt: skip
    assert shares_counted(layers).tolist() == [1.0, 1.0]
    same = [replace(f, layer="primary") for f in layers]
    assert shares_counted(same).tolist() == pytest.approx([1.0, 0.0])


def test_posts_are_counted_by_change_and_never_twice():
    posts = [candidate(post(at), Kind.GUARD_POST) for at in (100, 200, 300)]
    posts.append(candidate(post(101), Kind.GUARD_POST))  # 1 m from the first: the same post
    posts.append(candidate(post(100), Kind.WATCHTOWER))  # another class beside it: another thing
    gone = candidate(post(400), Kind.BUILDING, Change.REMOVED)
    found = numbers([*posts, gone], held([*posts, gone]))
    assert (found["posts_new"].value, found["posts_removed"].value) == (4, 1)
    assert "1 left out" in found["posts_new"].method
    assert found["border_km_with_new_infrastructure"].value >= 0.003


def test_undecided_and_unreviewed_things_stand_in_the_high_bound_only():
    sure = candidate(post(100), Kind.GUARD_POST)
    unsure = candidate(post(200), Kind.GUARD_POST)
    waiting = candidate(post(300), Kind.WATCHTOWER)
    wrong = candidate(post(400), Kind.GUARD_POST)
    findings = [finding(sure), finding(unsure, Held.DISPUTED), finding(wrong, Held.REJECTED)]
    road = spanned(0, 500, category=Kind.PATROL_ROAD)  # finishes the metres beside the waiting one
    found = numbers([sure, unsure, waiting, wrong, road], [*findings, finding(road)])
    for name, per in (("posts_new", 1), ("posts_new_per_border_km_comparable", 10)):
        bounds = (found[name].value, found[name].low, found[name].high)
        assert bounds == pytest.approx((1 / per, 1 / per, 3 / per))
        assert found[name].open_m == 0
        assert "High: adds what is undecided or unreviewed (2 things" in found[name].method


@pytest.mark.parametrize(
    ("seen_m", "held_as", "open_m", "words"),
    [
        (10 * KM, Held.CONFIRMED, 0, "unreviewed (0 things, as suggested)"),
        (10 * KM, Held.DISPUTED, 0, "unreviewed (1 thing, as suggested)"),
        (10 * KM, None, 500, "No upper bound: 0.500 km of border were not finished"),
        (4 * KM, Held.CONFIRMED, 6 * KM, "No upper bound: 6.000 km of border were not seen,"),
        (9_999, Held.CONFIRMED, 1, "No upper bound: 0.001 km of border were not seen,"),
        (4 * KM, None, 6500, "No upper bound: 6.500 km of border were not seen or not finished"),
    ],
)
def test_things_have_an_upper_bound_only_where_every_metre_was_seen_and_finished(
    seen_m, held_as, open_m, words
):
    sure, other = spanned(0, 1000), spanned(2000, 2500)
    rows = [comparison(FRAME, Spans.of((0, seen_m)), [sure, other])]
    findings = [finding(sure), *([finding(other, held_as)] if held_as else [])]
    found = numbers([sure, other], findings, compared=rows)
    for name in ("barrier_km_fence_new", "barrier_km_all_new", "barrier_km_all_removed",
                 "posts_new", "posts_removed"):  # fmt: skip
        assert found[name].open_m == open_m
        assert math.isnan(found[name].high) == (open_m > 0), name
        assert found[name].low == found[name].value
    fence = found["barrier_km_fence_new"]
    assert words in fence.method
    if not open_m:
        assert fence.high == pytest.approx(1.5, rel=0.001)
    # Metres of border are bounded by the border itself.
    border = found["border_km_with_new_infrastructure"]
    assert border.high == pytest.approx((1500 + 10 * KM - seen_m) / KM)
    assert border.open_m == 0


def test_a_density_is_open_only_where_border_that_it_speaks_of_was_not_finished():
    sure, waiting = candidate(post(100), Kind.GUARD_POST), spanned(2000, 2500)
    rows = [comparison(FRAME, Spans.of((0, 4 * KM)), [sure, waiting])]
    done = numbers([sure, waiting], held([sure, waiting]), compared=rows)
    density = done["posts_new_per_border_km_comparable"]
    assert (density.high, density.open_m) == (0.25, 0)
    assert math.isnan(done["posts_new"].high)
    unfinished = numbers([sure, waiting], held([sure]), compared=rows)
    density = unfinished["posts_new_per_border_km_comparable"]
    assert math.isnan(density.high)
    assert density.open_m == 500
    assert "0.500 km of border were not finished" in density.method


def test_what_was_suggested_as_new_and_settled_as_standing_before_is_stock_and_no_change():
    towers = [candidate(post(at), Kind.WATCHTOWER) for at in (100, 200)]
    fence = spanned(1000, 1400)
    findings = [
        finding(towers[0], change=Change.UNCHANGED),
        finding(towers[1]),
        finding(fence, change=Change.UNCHANGED),
    ]
    found = numbers([*towers, fence], findings)
    assert found["posts_new"].value == 1
    assert (found["posts_stock_before"].value, found["posts_stock_after"].value) == (1, 2)
    assert found["barrier_km_all_new"].value == 0
    assert found["barrier_km_fence_unchanged"].value == pytest.approx(0.4)
    assert found["border_km_changed"].spans == Spans((towers[1].span,))


def test_no_stock_is_given_unless_analysts_recorded_what_stood_before():
    new = candidate(post(100), Kind.GUARD_POST)
    found = numbers([new], held([new]))
    assert "posts_stock_before" not in found
    assert "No stock is given" in found["posts_new"].method


def test_change_and_stock_are_both_given_once_the_stock_is_recorded():
    new = [candidate(post(100 + 50 * i), Kind.GUARD_POST) for i in range(7)]
    old = [
        candidate(post(2000 + 50 * i), Kind.WATCHTOWER, Change.UNCHANGED, origin="analyst")
        for i in range(5)
    ]
    gone = candidate(post(4000), Kind.WATCHTOWER, Change.REMOVED)
    things = [*new, *old, gone]
    found = numbers(things, held(things))
    assert found["posts_new"].value == 7
    assert found["posts_stock_before"].value == 6
    assert found["posts_stock_after"].value == 12
    delta = found["posts_new"].value - found["posts_removed"].value
    assert found["posts_stock_after"].value - found["posts_stock_before"].value == delta


def test_a_density_names_its_denominator_and_counts_only_beside_compared_border():
    posts = [candidate(post(at), Kind.GUARD_POST) for at in (100, 200, 9000)]
    rows = [comparison(FRAME, Spans.of((0, 4 * KM)), posts)]
    found = numbers(posts, held(posts), compared=rows)
    density = found["posts_new_per_border_km_comparable"]
    assert density.value == pytest.approx(2 / 4)
    assert "4.000 km of border" in density.denominator
    assert density.wording == "at least, within the analysed (cloud-free) area"
    assert found["posts_new"].value == 3


def test_roads_and_strips_are_no_barriers():
    things = [candidate(line(1000, 2000, 30), kind) for kind in (Kind.WALL, Kind.PATROL_ROAD)]
    found = numbers(things, held(things))
    assert found["barrier_km_all_new"].value == pytest.approx(1.0, rel=0.001)
    assert found["barrier_km_patrol_road_new"].value == pytest.approx(1.0, rel=0.001)


def test_things_beside_border_that_is_not_under_study_do_not_count():
    things = [candidate(line(1000, 2000)), candidate(line(5000, 6000), origin="analyst")]
    rows = [comparison(Span(0, 3 * KM), candidates=things)]
    found = numbers(things, held(things), compared=rows, extent=Span(0, 3 * KM))
    assert found["barrier_km_all_new"].value == pytest.approx(1.0, rel=0.001)
    waiting = numbers(things, compared=rows, extent=Span(0, 3 * KM))
    assert waiting["candidates_unreviewed"].value == 1


def test_upgraded_and_removed_lengths_stay_apart():
    things = [
        candidate(line(0, 1000), change=Change.UPGRADED),
        candidate(line(2000, 2500), change=Change.REMOVED),
    ]
    found = numbers(things, held(things))
    assert found["barrier_km_all_new"].value == 0
    assert found["barrier_km_all_upgraded"].value == pytest.approx(1.0, rel=0.001)
    assert found["barrier_km_all_removed"].value == pytest.approx(0.5, rel=0.001)
    assert found["border_km_with_new_infrastructure"].value == pytest.approx(1.0, abs=0.01)
    assert found["border_km_with_removed_infrastructure"].value == pytest.approx(0.5, abs=0.01)


def test_the_frontier_says_its_line_tolerance_and_source():
    method = numbers()["frontier_km"].method
    assert all(word in method for word in ("test-line", "1 m", "made up for tests", "Only km"))
    assert "Only" not in numbers(extent=EXTENT)["frontier_km"].method


def test_simulated_answers_and_images_are_said_in_every_method():
    fence = candidate(line(0, 1000))
    said = [verdict(fence, name, is_simulated=True) for name in ("ann", "bob")]
    fake = scene("fake.tif", is_simulated=True)
    found = numbers([fence], held([fence]), verdicts=said, scenes={fake.id: fake})
    assert all("SIMULATED analysts" in e.method for e in found.values())
    assert all("SIMULATED images" in e.method for e in found.values())
    assert "2 answers by 2 analysts" in found["border_km_changed"].method
    assert "ann" not in found["border_km_changed"].method.replace("analysts", "")


def test_unreviewed_candidates_with_one_answer_are_told_from_those_with_none():
    things = [spanned(0, 400), spanned(1000, 1400)]
    found = numbers(things, verdicts=[verdict(things[0])])["candidates_unreviewed"]
    assert found.value == 2
    assert "1 that nobody answered, 1 with too few answers" in found.method


def test_suggestions_that_were_not_kept_are_said():
    rows = [comparison(FRAME, n_beyond_cap=12)]
    found = numbers(compared=rows)
    assert "12 weaker" in found["candidates_unreviewed"].method
    assert "12 weaker" in found["border_km_unchanged"].method


POOL = [
    *[spanned(a * 700, a * 700 + 500) for a in range(8)],
    *[spanned(a * 900, a * 900 + 300, change=Change.REMOVED) for a in range(4)],
    *[candidate(post(a * 400 + 9), Kind.GUARD_POST) for a in range(8)],
    *[candidate(post(a * 900 + 9), Kind.WATCHTOWER, Change.UNCHANGED) for a in range(3)],
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(POOL), st.sampled_from([*Held, None])), max_size=12))
def test_low_is_never_above_value_nor_value_above_high(chosen):
    chosen = list({c.id: (c, as_held) for c, as_held in chosen}.values())
    candidates = [c for c, _ in chosen]
    findings = [finding(c, as_held) for c, as_held in chosen if as_held]
    rows = [comparison(FRAME, Spans.of((0, 6 * KM)), candidates)]
    found = numbers(candidates, findings, compared=rows)
    for estimate in found.values():
        assert estimate.low <= estimate.value, estimate.name
        is_thing = estimate.name.startswith(("barrier_km", "posts_", "post_spacing"))
        if math.isnan(estimate.high):
            assert is_thing
            assert estimate.open_m > 0, estimate.name
        else:
            assert estimate.value <= estimate.high, estimate.name
            assert estimate.open_m == 0
            # 4 km were not seen; only a number per compared km may be bounded.
            assert not is_thing or "border" in estimate.name
        assert estimate.unit
        assert estimate.method.endswith(".")
        assert estimate.wording
        assert not math.isnan(estimate.value)
        if estimate.spans:
            assert not (estimate.spans - Spans((FRAME,)))
    assert sum(round(found[f"border_km_{s}"].value * 1000) for s in STATUSES) == FRAME.length_m


def test_thousands_of_posts_are_counted_in_a_moment():
    posts = [
        candidate(post(at), Kind.GUARD_POST, span=Span(at, at + 1)) for at in range(0, 9000, 6)
    ]
    assert numbers(posts, held(posts))["posts_new"].value == len(posts)
