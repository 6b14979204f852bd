"""When: brackets of days, read from what people type."""

import calendar
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vallum.ground.errors import BadDate
from vallum.ground.when import When

days = st.dates(date(1900, 1, 1), date(2100, 12, 31))
brackets = st.tuples(days, st.integers(0, 2000)).map(
    lambda p: When(p[0], p[0] + timedelta(days=p[1]))
)


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2019", date(2019, 1, 1), date(2019, 12, 31)),
        ("2019-03", date(2019, 3, 1), date(2019, 3, 31)),
        ("2019-03-14", date(2019, 3, 14), date(2019, 3, 14)),
        ("2022..2023", date(2022, 1, 1), date(2023, 12, 31)),
        ("2022/2023", date(2022, 1, 1), date(2023, 12, 31)),
        (" 2019-03 .. 2019-04-02 ", date(2019, 3, 1), date(2019, 4, 2)),
        ("2019..2019", date(2019, 1, 1), date(2019, 12, 31)),
    ],
)
def test_years_months_days_and_ranges_are_read(text: str, earliest: date, latest: date) -> None:
    assert When.parse(text) == When(earliest, latest)


@pytest.mark.parametrize(("year", "last"), [(2019, 28), (2020, 29), (1900, 28), (2000, 29)])
def test_february_ends_on_the_right_day(year: int, last: int) -> None:
    assert When.parse(f"{year}-02").latest == date(year, 2, last)


def test_a_leap_day_is_a_day() -> None:
    assert When.parse("2020-02-29") == When.on(date(2020, 2, 29))
    assert When.parse("2020").days == 366


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "2019..",
        "..2019",
        "19",
        "2019-3",
        "20190314",
        "March 2019",
        "2019-03-14T00",
        "2019...2020",
    ],
)
def test_a_text_that_is_no_date_is_refused_with_examples(text: str) -> None:
    with pytest.raises(BadDate, match="write 2019, 2019-03, 2019-03-14"):
        When.parse(text)


@pytest.mark.parametrize(
    "text", ["2019-02-29", "2019-13", "2019-00", "2019-04-31", "0000", "2019-01-00"]
)
def test_a_day_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(BadDate, match="no such day"):
        When.parse(text)


def test_a_range_that_runs_backwards_is_refused() -> None:
    with pytest.raises(BadDate, match="runs backwards"):
        When.parse("2023..2022")
    with pytest.raises(ValueError, match="lies before"):
        When(date(2023, 1, 1), date(2022, 1, 1))


def test_a_range_with_three_ends_is_refused() -> None:
    with pytest.raises(BadDate, match="more than two ends"):
        When.parse("2019..2020..2021")


def test_one_known_day_has_one_day() -> None:
    assert When.on(date(2019, 3, 14)).days == 1
    assert str(When.on(date(2019, 3, 14))) == "2019-03-14"
    assert When.on(datetime(2019, 3, 14, 23, 59, tzinfo=UTC)) == When.on(date(2019, 3, 14))


def test_brackets_that_share_a_day_overlap_and_have_no_order() -> None:
    first, second = When.parse("2019-01..2019-06"), When.parse("2019-06..2019-12")
    assert first.overlaps(second)
    assert not first.is_before(second)
    assert first & second == When.parse("2019-06")
    assert first | second == When.parse("2019")


def test_brackets_apart_have_an_order_and_nothing_in_common() -> None:
    first, second = When.parse("2019"), When.parse("2022..2023")
    assert first.is_before(second)
    assert not second.is_before(first)
    assert first & second is None


def test_within_means_surely_inside() -> None:
    assert When.parse("2019-03").is_within(When.parse("2019"))
    assert not When.parse("2018-12..2019-01").is_within(When.parse("2019"))


@settings(deadline=None)
@given(brackets)
def test_what_is_printed_is_read_back(when: When) -> None:
    assert When.parse(str(when)) == when


@settings(deadline=None)
@given(st.integers(1, 9999), st.integers(1, 12))
def test_a_month_is_as_long_as_the_calendar_says(year: int, month: int) -> None:
    assert When.parse(f"{year:04}-{month:02}").days == calendar.monthrange(year, month)[1]


@settings(deadline=None)
@given(brackets, brackets)
def test_two_brackets_are_apart_or_overlap_never_both(one: When, other: When) -> None:
    apart = one.is_before(other) or other.is_before(one)
    assert apart != one.overlaps(other)
    assert one.overlaps(other) == ((one & other) is not None)


@settings(deadline=None)
@given(brackets, brackets)
def test_the_hull_holds_both_and_the_overlap_lies_in_both(one: When, other: When) -> None:
    assert one.is_within(one | other)
    assert other.is_within(one | other)
    shared = one & other
    if shared is not None:
        assert shared.is_within(one)
        assert shared.is_within(other)
        assert shared.days <= min(one.days, other.days)


@settings(deadline=None)
@given(brackets, brackets)
def test_brackets_sort_by_their_earliest_day(one: When, other: When) -> None:
    if one < other:
        assert one.earliest <= other.earliest
