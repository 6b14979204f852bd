"""The best stretches for a sum: never overlapping, shortest of equals, the rest spent on what fits."""

import numpy as np
import pytest

from vallum.measure import knapsack
from vallum.measure.knapsack import Option
from vallum.measure.orders import Limits
from vallum.measure.prices import Product


def option(told, *, min_km2=0.0, price=10.0, mask=2):
    cumulated = np.concatenate([[0.0], np.cumsum(told)])
    one = Product(provider="EXAMPLE", name="p", gsd_m=0.5, price_per_km2=price,
                  limits=Limits(min_km2=min_km2))  # fmt: skip
    return Option(product=one, mask=mask, km2=np.arange(len(told) + 1.0), metres=cumulated,
                  gains=cumulated, most_cells=len(told))  # fmt: skip


def test_cheap_money_buys_all_and_dear_money_nothing():
    options = [option([5.0, 0, 3, 0, 0, 8])]
    known = knapsack.table(options, 6)
    assert knapsack.picked(known, knapsack.dearest(options)) == []
    every = knapsack.picked(known, knapsack.cheapest(options, 6))
    assert knapsack.sums(options, every)[0] == 16


def test_of_stretches_that_tell_the_same_for_the_same_money_the_shortest_is_taken():
    known = knapsack.table([option([0, 0, 7.0, 0, 0], min_km2=4.0)], 5)
    assert knapsack.picked(known, 0.01) == [(0, 2, 3)]


def test_a_gap_that_is_dear_is_left_between_two_that_are_not():
    known = knapsack.table([option([9.0, 0, 0, 9.0])], 4)
    assert knapsack.picked(known, 0.5) == [(0, 0, 1), (0, 3, 4)]


def test_two_dates_cost_twice():
    one, both = option([9.0]), option([9.0], mask=3)
    price = [float(each.of(np.array([0]), np.array([1]))[1][0]) for each in (one, both)]
    assert price == [10.0, 20.0]


def test_what_is_left_is_spent_on_what_fits_beside_what_is_taken():
    options = [option([9.0, 4.0, 6.0])]
    known = knapsack.table(options, 3)
    found = knapsack.filled(known, [(0, 0, 1)], 20.0)
    assert sorted(found) == [(0, 0, 1), (0, 2, 3)]
    assert knapsack.sums(options, found) == pytest.approx((15.0, 20.0))
