"""Frames hold every usable metre once; a sample gives every metre the same chance."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vallum.ground.errors import BadSetting
from vallum.ground.span import Span, Spans
from vallum.review.frames import sample_frames, sweep, sweep_frames, units

USABLE = Spans.of((150, 5000), (5100, 5300), (7000, 12_345), (20_000, 20_030))

stretches = st.lists(
    st.tuples(st.integers(0, 30_000), st.integers(1, 5_000)), min_size=1, max_size=8
).map(lambda pairs: Spans.of(*((a, a + n) for a, n in pairs)))


@settings(max_examples=80, deadline=None)
@given(stretches, st.integers(50, 2000))
def test_frames_hold_every_usable_metre_once(usable, length_m):
    frames = sweep_frames(usable, length_m)
    assert sum(frame.length_m for frame in frames) == usable.length_m
    assert Spans(frames) == usable
    assert list(frames) == sorted(frames)
    assert all(frame.length_m < 1.5 * length_m for frame in frames)


def test_frames_are_cut_at_whole_multiples_and_short_rests_are_joined():
    assert sweep_frames(Spans.of((150, 2500)), 800) == (
        Span(150, 800), Span(800, 1600), Span(1600, 2500),
    )  # fmt: skip
    assert sweep_frames(Spans.of((700, 1600)), 800) == (Span(700, 1600),)
    assert sweep_frames(Spans.of((700, 820)), 800) == (Span(700, 820),)


def test_the_whole_northern_border_of_korea_is_1773_frames():
    assert len(sweep_frames(Spans.of((0, 1_418_000)), 800)) == 1773


def test_frames_and_answers_about_them_stay_when_more_images_come():
    early = {row.id for row in sweep(Spans.of((0, 8000)))}
    assert early <= {row.id for row in sweep(Spans.of((0, 16_000)))}


def test_a_sweep_is_no_sample():
    rows = sweep(USABLE)
    assert {(row.design, row.seed, row.probability) for row in rows} == {("sweep", 0, 1.0)}


def test_units_are_cells_of_the_frontier_with_their_usable_part():
    found = units(USABLE, 1000)
    assert found[0] == Spans.of((150, 1000))
    assert found[5] == Spans.of((5100, 5300))
    assert found[-1] == Spans.of((20_000, 20_030))
    assert len(found) == 13
    assert units(Spans.of((100, 200), (700, 900)), 1000) == [Spans.of((100, 200), (700, 900))]


@pytest.mark.parametrize("design", ["simple", "systematic"])
def test_a_sample_is_the_same_for_the_same_seed_and_for_ever(design):
    one = sample_frames(USABLE, 500, 6, design=design, seed=11)
    assert one == sample_frames(USABLE, 500, 6, design=design, seed=11)
    assert one != sample_frames(USABLE, 500, 6, design=design, seed=12)
    assert [row.span for row in one] == sorted(row.span for row in one)
    assert {row.probability for row in one} == {6 / len(units(USABLE, 500))}


def test_the_draw_does_not_depend_on_the_version_of_any_library():
    spans = [row.span.start_m for row in sample_frames(Spans.of((0, 10_000)), 1000, 3, seed=7)]
    assert spans == [4000, 6000, 9000]
    rows = sample_frames(Spans.of((0, 10_000)), 1000, 3, design="systematic", seed=7)
    assert [row.span.start_m for row in rows] == [1000, 5000, 8000]


def test_a_larger_simple_sample_keeps_what_was_drawn():
    few = {row.id for row in sample_frames(USABLE, 500, 4, seed=3)}
    assert few < {row.id for row in sample_frames(USABLE, 500, 9, seed=3)}


def test_a_unit_with_a_hole_gives_a_row_per_piece():
    rows = sample_frames(Spans.of((100, 200), (700, 900)), 1000, 1, seed=1)
    assert [row.span for row in rows] == [Span(100, 200), Span(700, 900)]


@pytest.mark.parametrize("design", ["simple", "systematic"])
def test_every_metre_has_the_stated_chance(design):
    cells = units(USABLE, 1000)
    n, draws = 5, 3000
    times = dict.fromkeys((unit.parts[0].start_m for unit in cells), 0)
    for seed in range(draws):
        rows = sample_frames(USABLE, 1000, n, design=design, seed=seed)
        assert len(rows) == n  # no unit has a hole here
        for row in rows:
            times[row.span.start_m] += 1
    expected = n / len(cells)
    # Four standard errors of a share of 3,000 draws.
    error = (expected * (1 - expected) / draws) ** 0.5
    assert all(abs(t / draws - expected) < 4 * error for t in times.values())


def test_the_ratio_to_metres_drawn_is_unbiased_enough_to_use():
    usable = Spans.of((0, 100_300))
    built = Spans.of(*((a, a + 700) for a in range(0, 100_000, 2900)))
    truth = built.length_m / usable.length_m
    found = []
    for seed in range(400):
        drawn = Spans(row.span for row in sample_frames(usable, 800, 20, seed=seed))
        found.append((drawn & built).length_m / drawn.length_m)
    assert sum(found) / len(found) == pytest.approx(truth, abs=0.01)


def test_a_systematic_sample_is_spread_along_the_line():
    rows = sample_frames(Spans.of((0, 100_000)), 1000, 10, design="systematic", seed=5)
    gaps = {b.span.start_m - a.span.start_m for a, b in pairwise(rows)}
    assert gaps == {10_000}


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(BadSetting, match="only 13"):
        sample_frames(USABLE, 1000, 14, seed=1)
    assert len(sample_frames(USABLE, 1000, 13, seed=1)) == 13
    with pytest.raises(BadSetting, match="at least 1"):
        sample_frames(USABLE, 1000, 0, seed=1)
    with pytest.raises(BadSetting, match="length above 0"):
        sweep_frames(USABLE, 0)
    with pytest.raises(BadSetting, match="only 0"):
        sample_frames(Spans(), 1000, 1, seed=1)
