"""Every metre has exactly one status, whatever the rows."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk_rows import FRONTIER, comparison, finding, scene, spanned
from vallum.ground.kinds import Change, Held, Kind, Status
from vallum.ground.records import FOOTPRINT_ONLY, Look
from vallum.ground.span import Span, Spans
from vallum.measure.estimates import estimates
from vallum.measure.extent import account, beside, confirmed, statuses, statuses_of

KM = 1000
FRAME = Span(0, 10 * KM)
# Made once: hypothesis draws from them, so that no geometry is computed per example.
POOL = [spanned(a * 500, a * 500 + length) for a in range(18) for length in (1, 400, 1900)]


def status_at(found, at_m):
    return [status for status, spans in found.items() if at_m in spans]


def test_nothing_compared_yet_is_not_examined():
    found = statuses(FRAME, [], [], [])
    assert found[Status.NOT_EXAMINED] == Spans((FRAME,))
    assert sum(spans.length_m for spans in found.values()) == FRAME.length_m


def test_a_section_whose_only_comparison_is_blocked_is_not_comparable():
    blocked = comparison(Span(0, 2 * KM), blocked_by="not aligned")
    found = statuses(FRAME, [blocked], [], [])
    assert found[Status.NOT_COMPARABLE] == Spans.of((0, 2 * KM))
    assert found[Status.NOT_EXAMINED] == Spans.of((2 * KM, 10 * KM))


def test_a_second_pair_fills_what_the_best_leaves_open():
    best = comparison(Span(0, 2 * KM), Spans.of((0, 1500)))
    next_best = comparison(Span(0, 2 * KM), Spans.of((1500, 1800)), slot=1)
    found = statuses(Span(0, 2 * KM), [best, next_best], [], [])
    assert found[Status.UNCHANGED] == Spans.of((0, 1800))
    assert found[Status.NOT_COMPARABLE] == Spans.of((1800, 2000))


def test_a_pair_known_from_footprints_only_is_comparable_but_not_examined():
    pair = comparison(Span(0, 2 * KM), Spans.of((0, 1500)), blocked_by=FOOTPRINT_ONLY)
    rows = account(Span(0, 2 * KM), [pair], [], [])
    found = statuses(Span(0, 2 * KM), [pair], [], [])
    assert rows.comparable.length_m == 1500
    assert rows.seen.length_m == 0
    assert found[Status.NOT_EXAMINED].length_m == 1500
    assert found[Status.NOT_COMPARABLE].length_m == 500


def test_changed_goes_before_indeterminate_before_not_examined_before_unchanged():
    sure, unsure, waiting = spanned(0, 400), spanned(200, 700), spanned(600, 900)
    compared = comparison(Span(0, 2 * KM), candidates=[sure, unsure, waiting])
    found = statuses(
        Span(0, 2 * KM),
        [compared],
        [sure, unsure, waiting],
        [finding(sure), finding(unsure, Held.DISPUTED)],
    )
    assert found[Status.CHANGED] == Spans.of((0, 400))
    assert found[Status.INDETERMINATE] == Spans.of((400, 700))
    assert found[Status.NOT_EXAMINED] == Spans.of((700, 900))
    assert found[Status.UNCHANGED] == Spans.of((900, 2000))


def test_a_rejected_suggestion_leaves_its_metres_unchanged():
    fence = spanned(0, 400)
    rows = ([comparison(Span(0, KM), candidates=[fence])], [fence])
    found = statuses(Span(0, KM), *rows, [finding(fence, Held.REJECTED)])
    assert found[Status.UNCHANGED].length_m == KM


def test_a_thing_confirmed_to_have_stood_before_changes_no_metre():
    fence = spanned(0, 400, change=Change.UNCHANGED, origin="analyst")
    found = statuses(Span(0, KM), [comparison(Span(0, KM))], [fence], [finding(fence)])
    assert found[Status.CHANGED].length_m == 0
    assert found[Status.UNCHANGED].length_m == KM


def test_what_an_earlier_detection_left_behind_does_not_count():
    stale = spanned(0, 400)
    found = statuses(Span(0, KM), [comparison(Span(0, KM))], [stale], [finding(stale)])
    assert found[Status.CHANGED].length_m == 0
    waiting = statuses(Span(0, KM), [comparison(Span(0, KM))], [stale], [])
    assert waiting[Status.NOT_EXAMINED].length_m == 0


def test_what_an_analyst_drew_counts_without_being_listed():
    drawn = spanned(0, 400, origin="analyst")
    compared = [comparison(Span(0, KM))]
    assert statuses(Span(0, KM), compared, [drawn], [])[Status.NOT_EXAMINED].length_m == 400
    found = statuses(Span(0, KM), compared, [drawn], [finding(drawn)])
    assert found[Status.CHANGED].length_m == 400


def test_a_finding_counts_only_on_metres_that_were_compared():
    fence = spanned(500, 1500)
    compared = comparison(Span(0, 2 * KM), Spans.of((0, KM)), candidates=[fence])
    found = statuses(Span(0, 2 * KM), [compared], [fence], [finding(fence)])
    assert found[Status.CHANGED] == Spans.of((500, 1000))
    assert found[Status.NOT_COMPARABLE] == Spans.of((1000, 2000))


def test_a_listed_candidate_that_is_not_in_hand_leaves_its_comparison_open():
    lost = spanned(0, 400)
    found = statuses(Span(0, KM), [comparison(Span(0, KM), candidates=[lost])], [], [])
    assert found[Status.NOT_EXAMINED].length_m == KM


def test_an_imported_barrier_changes_no_metre():
    fence = spanned(0, 400)
    imported = replace(finding(fence, Held.IMPORTED), about="exhibit-a:1", change=Change.UNCHANGED)
    found = statuses(Span(0, KM), [comparison(Span(0, KM))], [], [imported])
    assert found[Status.UNCHANGED].length_m == KM


@st.composite
def desks(draw):
    """Draw comparisons, candidates and findings, sane or not."""
    chosen = draw(st.lists(st.sampled_from(POOL), max_size=8, unique_by=lambda c: c.id))
    comparisons = []
    for number in range(draw(st.integers(0, 5))):
        a, b = sorted(draw(st.tuples(*[st.integers(0, 11 * KM)] * 2)))
        c, d = sorted(draw(st.tuples(*[st.integers(0, 11 * KM)] * 2)))
        comparisons.append(
            comparison(
                Span(a, b + 1),
                Spans.of((c, d)),
                draw(st.lists(st.sampled_from(POOL), max_size=4)),
                slot=number,
                blocked_by=draw(st.sampled_from(["", "", "cloud", FOOTPRINT_ONLY])),
            )
        )
    candidates = [replace(c, origin=draw(st.sampled_from(["machine", "analyst"]))) for c in chosen]
    held = st.sampled_from(list(Held))
    changes = st.sampled_from(list(Change))
    about = draw(st.lists(st.sampled_from(POOL), max_size=6, unique_by=lambda c: c.id))
    findings = [replace(finding(c, draw(held)), change=draw(changes)) for c in about]
    return comparisons, candidates, findings


@settings(max_examples=150, deadline=None)
@given(desks())
def test_the_five_statuses_partition_the_extent_to_the_metre(desk):
    found = statuses(FRAME, *desk)
    assert set(found) == set(Status)
    assert sum(spans.length_m for spans in found.values()) == FRAME.length_m
    union = Spans()
    for spans in found.values():
        assert not (union & spans)
        union |= spans
    assert union == Spans((FRAME,))


@settings(max_examples=60, deadline=None)
@given(desks(), st.randoms())
def test_the_order_of_rows_does_not_matter(desk, dice):
    shuffled = [dice.sample(rows, len(rows)) for rows in desk]
    assert statuses(FRAME, *shuffled) == statuses(FRAME, *desk)


@settings(max_examples=60, deadline=None)
@given(desks())
def test_changed_and_unchanged_metres_were_all_compared(desk):
    found = statuses(FRAME, *desk)
    seen = account(FRAME, *desk).seen
    for status in (Status.CHANGED, Status.UNCHANGED, Status.INDETERMINATE):
        assert not (found[status] - seen)
    assert not (found[Status.NOT_COMPARABLE] & seen)


@st.composite
def sized_desks(draw):
    """Draw the rows of a desk, and the pixels of each comparison."""
    desk = draw(desks())
    size = st.sampled_from([0.3, 0.65, 0.9, 2.0, 10.0, 30.0, math.nan])
    return desk, {one.id: draw(size) for one in desk[0]}


@settings(max_examples=150, deadline=None)
@given(sized_desks())
def test_whatever_the_pixels_statuses_sum_and_comparable_border_holds_what_was_found(case):
    desk, sizes = case
    rows = account(FRAME, *desk, sizes)
    found = statuses_of(rows)
    assert sum(spans.length_m for spans in found.values()) == FRAME.length_m
    assert Spans(part for spans in found.values() for part in spans) == Spans((FRAME,))
    comparable = rows.comparable
    for status in (Status.CHANGED, Status.UNCHANGED, Status.INDETERMINATE):
        assert not (found[status] - comparable)
    assert not (beside(rows.confirmed) & rows.seen) - comparable
    assert not (comparable & found[Status.NOT_COMPARABLE])
    for kind in Kind:
        assert not (rows.comparable_for(kind) - comparable)


@settings(max_examples=40, deadline=None)
@given(sized_desks())
def test_no_printed_number_of_border_exceeds_the_comparable_border_that_stands_beside_it(case):
    (comparisons, candidates, findings), sizes = case
    scenes = [scene(f"{nth}.tif", gsd_m=sizes[one.id]) for nth, one in enumerate(comparisons)]
    looks = [
        Look(scene=image.id, span=one.span, seen=one.seen, valid=one.seen, clear_share=1.0)
        for image, one in zip(scenes, comparisons, strict=True)
    ]
    pairs = [
        replace(one, before=look.id, after=look.id)
        for look, one in zip(looks, comparisons, strict=True)
    ]
    images = {image.id: image for image in scenes}
    told = estimates(FRAME, FRONTIER, pairs, candidates, findings, (), images, looks)
    book = {one.name: one for one in told}
    comparable = book["border_km_comparable"]
    for one in told:
        if one.name.startswith("border_km") and "with comparable" in one.denominator:
            assert not (one.spans - comparable.spans), one.name
            assert f"of {comparable.value:,.3f} km with comparable" in one.denominator
            assert one.value <= comparable.value
    assert sum(book[f"border_km_{one.value}"].spans.length_m for one in Status) == FRAME.length_m


def test_a_change_confirmed_on_pixels_that_show_no_class_lies_on_comparable_border():
    road = spanned(0, 800)
    pair = comparison(Span(0, KM), candidates=[road])
    rows = account(Span(0, KM), [pair], [road], [finding(road)], {pair.id: 30.0})
    found = statuses_of(rows)
    assert found[Status.CHANGED] == rows.comparable == Spans.of((0, 800))
    assert found[Status.NOT_COMPARABLE] == Spans.of((800, 1000))


def test_what_people_confirmed_to_stand_is_unchanged_whatever_the_pixels():
    road = spanned(0, 800, change=Change.UNCHANGED, origin="analyst")
    pair = comparison(Span(0, KM))
    rows = account(Span(0, KM), [pair], [road], [finding(road)], {pair.id: 30.0})
    assert statuses_of(rows)[Status.UNCHANGED] == rows.comparable == Spans.of((0, 800))
    rejected = account(Span(0, KM), [pair], [road], [finding(road, Held.REJECTED)], {pair.id: 30.0})
    assert rejected.comparable.length_m == 0


def test_no_class_counts_border_that_could_not_be_compared_at_all():
    coarse = comparison(Span(0, KM))
    fine = comparison(Span(0, KM), Spans.of((0, KM)), slot=1, blocked_by=FOOTPRINT_ONLY)
    rows = account(Span(0, KM), [coarse, fine], [], [], {coarse.id: 30.0, fine.id: 0.3})
    assert rows.comparable_for(Kind.FENCE).length_m <= rows.comparable.length_m


@pytest.mark.parametrize("at_m", [0, 399, 400, 999])
def test_a_metre_is_found_in_one_status(at_m):
    fence = spanned(0, 400)
    rows = ([comparison(Span(0, KM), candidates=[fence])], [fence], [finding(fence)])
    expected = Status.CHANGED if at_m < 400 else Status.UNCHANGED
    assert status_at(statuses(Span(0, KM), *rows), at_m) == [expected]


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(POOL), unique_by=lambda one: one.id, max_size=12),
    st.lists(st.sampled_from([*Held]), min_size=12, max_size=12),
    st.sets(st.integers(0, 11)),
    st.booleans(),
)
def test_what_is_confirmed_is_the_same_without_the_metres(things, decided, drawn, is_blocked):
    things = [replace(one, origin="analyst") if n in drawn else one for n, one in enumerate(things)]
    findings = [finding(one, held) for one, held in zip(things, decided, strict=False)]
    rows = [
        comparison(Span(0, 5 * KM), candidates=things[:6], blocked_by="cloud" * is_blocked),
        comparison(Span(5 * KM, 7 * KM), candidates=things[8:]),
    ]
    frame = Span(0, 6 * KM)
    found = confirmed(frame, rows, things, findings)
    assert found == account(frame, rows, things, findings).confirmed
