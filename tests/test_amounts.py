"""Amounts in pairs: units that agree as printed, a change with its stock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vallum.ground.amounts import PAIRS, change_text, rounded, unit_pair


@pytest.mark.parametrize(
    ("value", "unit", "digits", "text"),
    [
        (505, "km", 0, "505 km (314 mi)"),  # NK Pro, January 2024
        (1582, "km", 0, "1,582 km (983 mi)"),
        (1.609344, "km", 6, "1.609344 km (1.000000 mi)"),
        (9.249, "km", 1, "9.2 km (5.7 mi)"),
        (0.3048, "m", 4, "0.3048 m (1.0000 ft)"),
        (2.589988110336, "km2", 3, "2.590 km2 (1.000 sq mi)"),
        (0.40468564224, "ha", 6, "0.404686 ha (1.000001 acre)"),
        (1_418, "km", -2, "1,400 km (900 mi)"),
    ],
)
def test_a_pair_is_printed_with_the_exact_factors(value, unit, digits, text):
    assert str(unit_pair(value, unit, digits)) == text


def test_the_second_number_comes_from_the_first_as_printed():
    # 9.749 km are 6.058 miles, but who reads 9.7 km gets 6.0.
    assert str(unit_pair(9.749, "km", 1)) == "9.7 km (6.0 mi)"
    assert round(9.749 / 1.609344, 1) == 6.1


def test_at_least_is_rounded_down_in_both_units():
    assert str(unit_pair(9.29, "km", 1, way=-1)) == "9.2 km (5.7 mi)"
    assert str(unit_pair(42.53, "m", 0, way=1)) == "43 m (142 ft)"


def test_binary_dust_moves_no_digit_and_halves_go_up():
    assert rounded(9.2, 1, -1) == 9.2
    assert rounded(0.1 + 0.2, 1, 1) == 0.3
    assert (rounded(0.5, 0), rounded(2.5, 0), rounded(-2.5, 0)) == (1, 3, -3)


@given(
    st.floats(0, 1e5, allow_nan=False),
    st.sampled_from(sorted(PAIRS)),
    st.integers(0, 3),
    st.sampled_from([-1, 0, 1]),
)
def test_the_two_numbers_of_a_pair_differ_by_less_than_their_last_digits(value, unit, digits, way):
    pair = unit_pair(value, unit, digits, way=way)
    factor, step = PAIRS[unit][1], 10.0**-digits
    assert abs(pair.value - pair.other * factor) <= step * factor * (1 + 1e-9)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ((169, 0, 5), "+169, 5 -> 174"),
        ((169, 3, 5), "+169, -3, 5 -> 171"),
        ((169,), "+169, stock not recorded"),
        ((0, 2, 5), "+0, -2, 5 -> 3"),
        ((6462, 0, 38), "+6,462, 38 -> 6,500"),
    ],
)
def test_change_and_stock_have_one_form(said, text):
    assert change_text(*said) == text


def test_a_unit_without_a_partner_is_not_guessed():
    with pytest.raises(KeyError):
        unit_pair(5, "furlong")
