"""Span and Spans: whole metres, exact sums, the algebra of sets."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vallum.ground.errors import BadSetting
from vallum.ground.span import Span, Spans

pairs = st.tuples(st.integers(0, 120), st.integers(1, 30)).map(lambda p: (p[0], p[0] + p[1]))
many = st.lists(pairs, max_size=12)


def metres(value: Spans | Span) -> set[int]:
    """The set as plain metres, worked out the slow way."""
    parts = [value] if isinstance(value, Span) else value.parts
    return {m for part in parts for m in range(part.start_m, part.end_m)}


def is_tidy(spans: Spans) -> bool:
    """Sorted, not overlapping, not touching."""
    return all(a.end_m < b.start_m for a, b in zip(spans.parts, spans.parts[1:], strict=False))


# --- Span ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("start_m", "end_m"), [(5, 5), (5, 4), (-1, 4), (0, 0)])
def test_an_empty_backward_or_negative_span_is_refused(start_m: int, end_m: int) -> None:
    with pytest.raises(ValueError, match="no such span"):
        Span(start_m, end_m)


@pytest.mark.parametrize(
    ("text", "start_m", "end_m"),
    [
        ("1004..1019", 1_004_000, 1_019_000),
        ("12.5..13", 12_500, 13_000),
        ("  0 .. 0.001 km ", 0, 1),
        ("1.0006..2.0004", 1_001, 2_000),
    ],
)
def test_a_span_is_read_in_kilometres(text: str, start_m: int, end_m: int) -> None:
    assert Span.parse_km(text) == Span(start_m, end_m)


@pytest.mark.parametrize("text", ["", "1004", "1004-1019", "1..2..3", "a..b", "-1..2", "1e3..2e3"])
def test_a_text_that_is_no_stretch_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadSetting, match=r"like 1004\.\.1019"):
        Span.parse_km(text)


@pytest.mark.parametrize("text", ["5..5", "6..5", "1.0001..1.0004"])
def test_a_stretch_that_ends_before_it_starts_is_refused(text: str) -> None:
    with pytest.raises(BadSetting, match="end must lie beyond the start"):
        Span.parse_km(text)


def test_a_span_knows_its_length_and_its_middle() -> None:
    assert Span(10, 13).length_m == 3
    assert Span(10, 13).middle_m == 11.5


def test_touching_spans_do_not_overlap() -> None:
    assert not Span(0, 5).overlaps(Span(5, 9))
    assert Span(0, 6).overlaps(Span(5, 9))
    assert Span(0, 5) & Span(5, 9) is None
    assert Span(0, 6) & Span(5, 9) == Span(5, 6)


def test_a_span_grows_only_inside_its_frame() -> None:
    assert Span(3, 5).widened(10, Span(0, 100)) == Span(0, 15)
    assert Span(90, 95).widened(10, Span(0, 100)) == Span(80, 100)
    with pytest.raises(ValueError, match="outside"):
        Span(200, 210).widened(5, Span(0, 100))


def test_a_span_is_printed_in_kilometres_to_the_metre() -> None:
    assert str(Span(1_004_000, 1_019_001)) == "km 1004.000-1019.001"


@settings(deadline=None)
@given(pairs, pairs)
def test_overlap_of_two_spans_is_the_overlap_of_their_metres(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    a, b = Span(*one), Span(*other)
    shared = a & b
    assert a.overlaps(b) == b.overlaps(a) == bool(metres(a) & metres(b))
    assert (metres(shared) if shared else set()) == metres(a) & metres(b)


# --- Spans -----------------------------------------------------------------------------------


def test_touching_spans_become_one() -> None:
    assert Spans.of((0, 5), (5, 9)).parts == (Span(0, 9),)


def test_spans_one_metre_apart_stay_two() -> None:
    assert Spans.of((0, 5), (6, 9)).parts == (Span(0, 5), Span(6, 9))


def test_an_empty_pair_is_left_out() -> None:
    assert Spans.of((5, 5), (9, 3)) == Spans()


def test_nothing_is_empty_and_nowhere() -> None:
    empty = Spans()
    assert not empty
    assert len(empty) == 0
    assert empty.length_m == 0
    assert empty.hull is None
    assert str(empty) == "nowhere"


def test_the_sums_of_the_border_are_exact() -> None:
    border = Span(0, 1_418_000)
    compared = Spans.of((0, 700_000), (800_001, 1_165_001))
    assert compared.length_m == 1_065_000
    assert compared.within(border).length_m == 353_000


def test_a_metre_is_in_the_set_from_its_start_to_before_its_end() -> None:
    spans = Spans.of((10, 20), (30, 31))
    assert 10 in spans
    assert 19.9 in spans
    assert 20 not in spans
    assert 30.5 in spans
    assert "10" not in spans


def test_a_single_span_works_on_the_right_of_every_operator() -> None:
    spans = Spans.of((0, 10))
    assert spans | Span(10, 12) == Spans.of((0, 12))
    assert spans & Span(5, 12) == Spans.of((5, 10))
    assert spans - Span(5, 12) == Spans.of((0, 5))
    assert spans ^ Span(5, 12) == Spans.of((0, 5), (10, 12))


def test_equal_sets_are_equal_and_hash_alike_however_they_were_built() -> None:
    one, other = Spans.of((0, 5), (5, 9)), Spans.of((3, 9), (0, 4))
    assert one == other
    assert len({one, other}) == 1


@settings(deadline=None)
@given(many)
def test_a_set_of_spans_holds_exactly_the_metres_it_was_given(one: list[tuple[int, int]]) -> None:
    spans = Spans.of(*one)
    assert metres(spans) == {m for a, b in one for m in range(a, b)}
    assert spans.length_m == len(metres(spans))
    assert is_tidy(spans)


@settings(deadline=None)
@given(many, many)
def test_the_algebra_is_that_of_sets(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    a, b = Spans.of(*one), Spans.of(*other)
    for mine, theirs in (
        (a | b, metres(a) | metres(b)),
        (a & b, metres(a) & metres(b)),
        (a - b, metres(a) - metres(b)),
        (a ^ b, metres(a) ^ metres(b)),
    ):
        assert metres(mine) == theirs
        assert mine.length_m == len(theirs)
        assert is_tidy(mine)


@settings(deadline=None)
@given(many, many)
def test_lengths_add_up(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    a, b = Spans.of(*one), Spans.of(*other)
    assert (a | b).length_m == a.length_m + b.length_m - (a & b).length_m
    assert (a - b).length_m + (a & b).length_m == a.length_m


@settings(deadline=None)
@given(many, pairs)
def test_a_set_and_its_complement_partition_the_frame(
    one: list[tuple[int, int]], frame: tuple[int, int]
) -> None:
    spans, whole = Spans.of(*one), Span(*frame)
    missing = spans.within(whole)
    assert metres(missing) == metres(whole) - metres(spans)
    assert missing.length_m + (spans & whole).length_m == whole.length_m


@settings(deadline=None)
@given(many, st.integers(0, 40))
def test_bridging_fills_every_gap_up_to_the_limit_and_no_longer_one(
    one: list[tuple[int, int]], gap_m: int
) -> None:
    spans = Spans.of(*one)
    bridged = spans.bridged(gap_m)
    added = bridged - spans
    assert all(part.length_m <= gap_m for part in added)
    assert bridged.hull == spans.hull
    if spans.hull is not None:
        left_open = bridged.within(spans.hull)
        assert all(part.length_m > gap_m for part in left_open)
    assert bridged.bridged(gap_m) == bridged


@settings(deadline=None)
@given(many, st.integers(0, 40))
def test_short_parts_are_dropped_whole(one: list[tuple[int, int]], length_m: int) -> None:
    spans = Spans.of(*one)
    kept = spans.longer_than(length_m)
    assert kept.parts == tuple(part for part in spans if part.length_m >= length_m)


@settings(deadline=None)
@given(many, st.integers(0, 160))
def test_membership_is_that_of_the_metres(one: list[tuple[int, int]], at_m: int) -> None:
    spans = Spans.of(*one)
    assert (at_m in spans) == (at_m in metres(spans))


@settings(deadline=None)
@given(many, many, many)
def test_the_order_of_joining_does_not_matter(
    one: list[tuple[int, int]], other: list[tuple[int, int]], third: list[tuple[int, int]]
) -> None:
    a, b, c = Spans.of(*one), Spans.of(*other), Spans.of(*third)
    assert (a | b) | c == a | (b | c)
    assert a & (b | c) == (a & b) | (a & c)
    assert a - (b | c) == (a - b) - c
