"""A place is told as whole cells of one fixed grid, a time as whole months, quarters or years."""

import math
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claim_rows import dated
from told_rows import GRID, LENGTH_M, TOWNS
from vallum.evidence.coarse import (
    Grain,
    Grid,
    bracket_of,
    is_close,
    place_words,
    rounded_out,
    time_words,
    widened,
)
from vallum.ground.errors import BadSetting
from vallum.ground.saidkinds import Precision, Risk
from vallum.ground.span import Span, Spans

SPANS = st.builds(
    lambda start, length: Span(start, min(start + length, LENGTH_M)),
    st.integers(0, LENGTH_M - 2),
    st.integers(1, 60_000),
)
DAYS = st.dates(date(2000, 1, 1), date(2030, 12, 31))


@given(SPANS, st.sampled_from(Risk))
def test_cells_are_whole_hold_the_place_and_depend_on_nothing_else(span, risk):
    cells = GRID.cells(Spans([span]), risk)
    assert cells & span == Spans([span])
    for part in cells:
        assert part.start_m % 5000 == 0
        assert part.end_m % 5000 == 0 or part.end_m == LENGTH_M
        assert part.length_m >= 5000
    assert GRID.cells(cells, risk) == cells


@given(SPANS)
def test_coarser_cells_are_made_of_whole_finer_ones(span):
    low, high, extreme = (GRID.cells(Spans([span]), r) for r in (Risk.LOW, Risk.HIGH, Risk.EXTREME))
    assert low & high == low
    assert high & extreme == high
    assert min(part.length_m for part in extreme) >= 20_000


def test_a_short_end_belongs_to_the_last_cell():
    assert GRID.cells(Spans.of((1_365_900, 1_366_000))) == Spans.of((1_360_000, 1_366_000))
    assert Grid(cell_m=5000, length_m=1000).cells(Spans.of((10, 20))) == Spans.of((0, 1000))


def test_every_place_in_a_cell_is_told_alike():
    told = {GRID.cells(Spans([Span(at, at + 1)])) for at in range(805_000, 810_000, 37)}
    assert told == {Spans.of((805_000, 810_000))}


def test_cells_under_five_kilometres_are_refused():
    with pytest.raises(BadSetting, match="4999"):
        Grid(cell_m=4999, length_m=LENGTH_M)


@pytest.mark.parametrize(("cell_m", "words"), [(5000, "finer"), (15_000, "no whole number")])
def test_cells_that_cut_those_of_an_earlier_release_are_refused(cell_m, words):
    assert words in Grid(cell_m=cell_m, length_m=LENGTH_M).refusal([10_000])


def test_coarser_cells_made_of_whole_earlier_ones_may_follow():
    assert Grid(cell_m=20_000, length_m=LENGTH_M).refusal([5000, 10_000]) == ""


def test_places_are_told_in_kilometres_and_a_town_only_if_it_lies_in_the_cells():
    cells = Spans.of((805_000, 810_000))
    assert place_words(cells, TOWNS) == "border km 805 to 810"
    assert place_words(cells, TOWNS, near=True) == "border km 805 to 810 (nearest town Hoeryong)"
    beside = Spans.of((810_000, 815_000))
    assert place_words(beside, TOWNS, near=True) == "border km 810 to 815"
    assert place_words(Spans(), TOWNS, near=True) == "cannot be placed"
    both = Spans.of((5000, 10_000), (1_360_000, 1_366_000))
    assert place_words(both) == "border km 5 to 10 and 1,360 to 1,366"


def test_a_town_is_named_only_for_claims_that_speak_of_a_town_or_a_spot():
    assert is_close([Precision.LOCALITY, Precision.EXACT])
    assert not is_close([Precision.LOCALITY, Precision.REGION])
    assert not is_close([])


@given(DAYS, st.integers(0, 900), st.sampled_from(Grain))
def test_times_are_widened_to_whole_months_that_hold_them(first, days, grain):
    last = first + timedelta(days)
    begin, end = widened((first, last), grain)
    assert begin <= first <= last <= end
    assert begin.day == 1
    assert (end + timedelta(1)).day == 1
    assert (begin.month - 1) % grain.n_months == 0
    assert end.month % grain.n_months == 0
    assert widened((begin, end), grain) == (begin, end)


@given(DAYS)
def test_a_quarter_lies_in_its_year_and_a_month_in_its_quarter(day):
    month, quarter, year = (widened((day, day), grain) for grain in Grain)
    assert year[0] <= quarter[0] <= month[0] <= month[1] <= quarter[1] <= year[1]


@pytest.mark.parametrize(
    ("risk", "words"),
    [("low", "April 2019"), ("medium", "April to June 2019"), ("high", "2019"), ("extreme", "2019")],
)  # fmt: skip
def test_the_more_is_at_risk_the_coarser_the_time(risk, words):
    bracket = bracket_of([dated("2019-04-14")])
    assert time_words(widened(bracket, Grain.of(Risk(risk)))) == words


def test_open_and_missing_times_are_told_as_such():
    assert time_words((None, None)) == "no date stated"
    assert time_words((date(2019, 4, 1), None)) == "April 2019 or later"
    assert time_words((None, date(2019, 4, 30))) == "April 2019 or earlier"
    assert time_words((date(2019, 1, 1), date(2021, 12, 31))) == "2019 to 2021"
    assert time_words((date(2019, 11, 1), date(2020, 1, 31))) == "November 2019 to January 2020"
    assert bracket_of([]) == (None, None)


@given(st.floats(0.01, 1e6), st.floats(1, 100))
def test_amounts_are_widened_to_round_steps_that_hold_them(low, times):
    high = low * times
    down, up = rounded_out((low, high))
    assert down <= low * 1.0001
    assert up >= high * 0.9999
    assert f"{down:.0e}"[0] in "125"
    assert f"{up:.0e}"[0] in "125"


def test_an_exact_number_becomes_a_range_and_an_open_end_stays_open():
    assert rounded_out((17, 17)) == (10, 20)
    low, high = rounded_out((23, math.nan))
    assert low == 20
    assert math.isnan(high)
