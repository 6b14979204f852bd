"""Intervals for shares, counts and rates that keep to what is possible: never below 0."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import scipy

from vallum.ground.errors import BadInput
from vallum.ground.geodesy import Floats

_LEVEL = 0.95


def wilson(x: float, n: float, *, level: float = _LEVEL) -> tuple[float, float]:
    """Return the score interval of a share (Wilson 1927).

    Its mean coverage is the level; unlike the usual p +- 1.96 se it has no negative bound and no
    zero width at x = 0 (Brown, Cai & DasGupta 2001).

    Args:
        x: how many of them are; may be a fraction (an effective number).
        n: how many there are.
        level: chance of the interval to hold the true share.

    Raises:
        BadInput: x is not within 0 and n, or n is not positive.
    """
    _check_share(x, n)
    return score(x / n, 1 / n, normal(level))


def clopper_pearson(x: float, n: float, *, level: float = _LEVEL) -> tuple[float, float]:
    """Return the exact interval of a share (Clopper & Pearson 1934); it covers at least `level`.

    Args:
        x: how many of them are; may be a fraction (Korn & Graubard 1998).
        n: how many there are.
        level: least chance of the interval to hold the true share.

    Raises:
        BadInput: x is not within 0 and n, or n is not positive.
    """
    _check_share(x, n)
    tail = (1 - level) / 2
    low = 0.0 if x <= 0 else float(scipy.special.betaincinv(x, n - x + 1, tail))
    high = 1.0 if x >= n else float(scipy.special.betaincinv(x + 1, n - x, 1 - tail))
    return low, high


def poisson_exact(x: float, *, level: float = _LEVEL) -> tuple[float, float]:
    """Return the exact interval of the mean of a count (Garwood 1936).

    Args:
        x: what was counted.
        level: least chance of the interval to hold the true mean.

    Raises:
        BadInput: x is negative.
    """
    if not x >= 0:
        raise BadInput(f"a count of {x} has no interval; counts begin at 0")
    tail = (1 - level) / 2
    low = 0.0 if x == 0 else float(scipy.special.gammaincinv(x, tail))
    return low, float(scipy.special.gammaincinv(x + 1, 1 - tail))


def effective(
    share: float, se: float, *, n: float, df: float = math.inf, level: float = _LEVEL
) -> tuple[float, float]:
    """Return the Wilson interval of a share from a sample that is not a simple one.

    The share is treated as if it came from as many independent units as would give the same
    standard error, n* = p (1 - p) / se^2 (Kish 1965; Korn & Graubard 1998; Franco et al. 2019).

    Args:
        share: as estimated, 0 to 1.
        se: its standard error; 0 where nothing (or everything) was found.
        n: units read; stands for n* where `se` says nothing.
        df: degrees of freedom of `se`.
        level: chance of the interval to hold the true share.

    Raises:
        BadInput: the share is not within 0 and 1.
    """
    if not 0 <= share <= 1:
        raise BadInput(f"{share} is not a share; a share lies within 0 and 1")
    room = share * (1 - share)
    each = se * se / room if room > 0 and se > 0 else 1 / n
    return score(share, each, student(df, level))


def score(rate: float, each: float, t: float, *, cap: float = 1.0) -> tuple[float, float]:
    """Return the rates r0 that solve (rate - r0)^2 = t^2 each r0 (1 - cap r0).

    That is, the variance is taken as it would be at the bound. With each = 1 / n and cap 1 it is
    Wilson's interval; with cap 0 the score interval of a Poisson mean.

    Args:
        rate: as estimated, not below 0.
        each: variance over rate (1 - cap rate).
        t: quantile.
        cap: 1 / (highest possible rate); 0 where there is none.
    """
    spread = t * t * each
    square = 1 + cap * spread
    middle = rate + spread / 2
    root = math.sqrt(max(middle * middle - square * rate * rate, 0.0))
    high = (middle + root) / square
    low = (middle - root) / square
    # Where all, or none, of it was found the bound is exact, not 1e-17 beside it.
    if cap > 0:
        high = 1 / cap if cap * rate >= 1 else min(high, 1 / cap)
    return max(low, 0.0) if rate > 0 else 0.0, high


def bootstrap_t(
    values: Floats, *, fpc: float = 1.0, level: float = _LEVEL, draws: int = 1999, seed: int = 0
) -> tuple[float, float]:
    """Return the bootstrap-t interval of a mean (Efron 1981; Hall 1988).

    It corrects for skewness, but only for that which is in the sample: with fewer than about 10
    values that differ from the rest it is of no use, and `estimate` does not use it.

    Args:
        values: one per unit.
        fpc: 1 - n / N, the share not read.
        level: chance of the interval to hold the true mean.
        draws: samples drawn from the sample.
        seed: of these draws.

    Raises:
        BadInput: fewer than 2 values.
    """
    n = len(values)
    if n < 2:
        raise BadInput(f"{n} values have no spread; an interval needs at least 2")
    mean, se = float(np.mean(values)), float(np.std(values, ddof=1) / math.sqrt(n))
    drawn = np.random.default_rng(seed).choice(values, size=(draws, n))
    spread = drawn.std(axis=1, ddof=1) / math.sqrt(n)
    pivots = (drawn.mean(axis=1) - mean)[spread > 0] / spread[spread > 0]
    if not len(pivots):
        return mean, mean
    low, high = np.quantile(pivots, [(1 - level) / 2, (1 + level) / 2])
    width = se * math.sqrt(fpc)
    return mean - float(high) * width, mean - float(low) * width


def normal(level: float = _LEVEL) -> float:
    """Return the two-sided quantile of the normal distribution."""
    return float(scipy.special.ndtri((1 + level) / 2))


def student(df: float, level: float = _LEVEL) -> float:
    """Return the two-sided quantile of Student's t; the normal one for infinite `df`."""
    if math.isinf(df):
        return normal(level)
    quantile = cast("Callable[[Any, Any], Any]", scipy.special.stdtrit)
    return float(quantile(max(df, 1.0), (1 + level) / 2))


def _check_share(x: float, n: float) -> None:
    if not (n > 0 and 0 <= x <= n):
        raise BadInput(f"{x} of {n} is no share; the first must lie within 0 and the second")
