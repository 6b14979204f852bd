"""The frames of a sweep hold every usable metre once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vallum.ground.errors import BadSetting
from vallum.ground.span import Span, Spans
from vallum.review.frames import sweep, sweep_frames

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


def test_frames_of_no_length_are_refused():
    with pytest.raises(BadSetting, match="length above 0"):
        sweep_frames(USABLE, 0)
