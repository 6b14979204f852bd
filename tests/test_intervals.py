"""Intervals of shares, counts and rates, against independent software and against chance."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from vallum.ground.errors import BadInput
from vallum.measure.intervals import (
    bootstrap_t,
    clopper_pearson,
    effective,
    normal,
    poisson_exact,
    score,
    student,
    wilson,
)

COUNTS = [(0, 20), (1, 20), (2, 200), (10, 60), (37, 600), (20, 20), (599, 600)]


@pytest.mark.parametrize(("x", "n"), COUNTS)
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_wilson_is_that_of_statsmodels(x: int, n: int, level: float) -> None:
    theirs = proportion_confint(x, n, alpha=1 - level, method="wilson")
    assert wilson(x, n, level=level) == pytest.approx(theirs, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("x", "n"), COUNTS)
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_clopper_pearson_is_that_of_statsmodels_and_of_scipy(x: int, n: int, level: float) -> None:
    ours = clopper_pearson(x, n, level=level)
    theirs = proportion_confint(x, n, alpha=1 - level, method="beta")
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12)
    exact = stats.binomtest(x, n).proportion_ci(confidence_level=level, method="exact")
    assert ours == pytest.approx((exact.low, exact.high), rel=1e-6, abs=1e-9)


def test_wilson_is_that_of_newcombe() -> None:
    # Newcombe (1998), Statistics in Medicine 17:857-872, table I, method 3, to 4 decimals.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)


def test_clopper_pearson_is_that_of_newcombe() -> None:
    # The same table, method 5.
    assert clopper_pearson(81, 263) == pytest.approx((0.2527, 0.3676), abs=5e-5)
    assert clopper_pearson(15, 148) == pytest.approx((0.0578, 0.1617), abs=5e-5)
    assert clopper_pearson(0, 20) == pytest.approx((0.0, 0.1684), abs=5e-5)
    assert clopper_pearson(1, 29) == pytest.approx((0.0009, 0.1776), abs=5e-5)


@pytest.mark.parametrize("x", [0, 1, 3, 10, 169])
def test_poisson_limits_put_the_tails_where_they_belong(x: int) -> None:
    low, high = poisson_exact(x)
    assert stats.poisson.cdf(x, high) == pytest.approx(0.025, rel=1e-6)
    if x:
        assert stats.poisson.sf(x - 1, low) == pytest.approx(0.025, rel=1e-6)
    else:
        # "Rule of three", two-sided: 3.69 (Garwood 1936).
        assert (low, high) == (0.0, pytest.approx(3.688879, abs=1e-6))


def test_poisson_limits_are_those_of_garwood() -> None:
    # Garwood (1936), Biometrika 28:437-442, table: 10 events, 4.795 to 18.390.
    assert poisson_exact(10) == pytest.approx((4.795, 18.390), abs=5e-4)


@given(st.integers(1, 400), st.floats(0, 1))
def test_intervals_hold_the_share_and_stay_within_what_is_possible(n: int, p: float) -> None:
    x = round(n * p)
    for low, high in (wilson(x, n), clopper_pearson(x, n)):
        assert 0 <= low <= x / n <= high <= 1
        assert low < high


def test_a_score_interval_without_a_cap_is_that_of_a_count() -> None:
    # (x - m)^2 = z^2 m, solved for m.
    z = normal()
    low, high = score(10, 1.0, z, cap=0.0)
    assert (10 - low) ** 2 == pytest.approx(z * z * low)
    assert (10 - high) ** 2 == pytest.approx(z * z * high)


def test_an_effective_sample_of_simple_size_is_wilson() -> None:
    p, n = 0.15, 200
    assert effective(p, math.sqrt(p * (1 - p) / n), n=n) == pytest.approx(wilson(30, 200))


def test_a_doubled_variance_halves_the_effective_sample() -> None:
    p, n = 0.15, 200
    se = math.sqrt(2 * p * (1 - p) / n)
    assert effective(p, se, n=n) == pytest.approx(wilson(15, 100))


def test_nothing_found_still_has_an_upper_limit() -> None:
    low, high = effective(0.0, 0.0, n=100)
    assert low == 0
    assert 0.03 < high < 0.04


def test_wilson_holds_95_per_cent_on_average() -> None:
    rng = np.random.default_rng(4)
    p = rng.uniform(0.02, 0.5, 4_000)
    x = rng.binomial(200, p)
    held = [low <= q <= high for q, (low, high) in zip(p, map(_wilson_of_200, x), strict=True)]
    assert 0.94 < np.mean(held) < 0.96


def _wilson_of_200(x: float) -> tuple[float, float]:
    return wilson(float(x), 200)


def test_bootstrap_t_corrects_for_skewness_where_the_sample_shows_it() -> None:
    rng = np.random.default_rng(8)
    held = {"bootstrap-t": 0, "plain": 0}
    draws, truth = 300, math.exp(1.2**2 / 2)
    for k in range(draws):
        values = rng.lognormal(0, 1.2, 40)
        mean, se = values.mean(), values.std(ddof=1) / math.sqrt(40)
        low, high = bootstrap_t(values, draws=299, seed=k)
        held["bootstrap-t"] += low <= truth <= high
        held["plain"] += abs(mean - truth) <= student(39) * se
    assert held["bootstrap-t"] / draws > held["plain"] / draws + 0.02
    assert held["bootstrap-t"] / draws > 0.9


def test_bootstrap_t_of_a_constant_has_no_width() -> None:
    assert bootstrap_t(np.ones(5)) == (1.0, 1.0)


def test_quantiles_are_those_of_scipy() -> None:
    assert normal(0.9) == pytest.approx(stats.norm.ppf(0.95))
    assert student(7.5) == pytest.approx(stats.t.ppf(0.975, 7.5))
    assert student(math.inf) == normal()


@pytest.mark.parametrize(
    "call",
    [
        lambda: wilson(3, 2),
        lambda: wilson(0, 0),
        lambda: clopper_pearson(-1, 10),
        lambda: poisson_exact(-1),
        lambda: effective(1.2, 0.1, n=10),
        lambda: bootstrap_t(np.array([1.0])),
    ],
)
def test_what_is_no_share_and_no_count_is_refused(call) -> None:
    with pytest.raises(BadInput):
        call()
