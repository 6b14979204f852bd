"""Variances of totals from a sample, and intervals that stay honest where little was found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from vallum.ground.geodesy import Floats
from vallum.measure.intervals import score, student
from vallum.measure.parts import Bounds


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A part of the total that cannot be negative, or (`sign` -1) one that is taken away.

    Args:
        sign: 1 or -1.
        scale: metres that the rate is multiplied with.
        rate: per metre, not below 0.
        variance: of scale x rate.
        step: what one more unit would add to the total, times 1 - f; used where `rate` is 0.
        cap: 1 / (highest possible rate), 0 where there is none.
        least: smallest `each` of `intervals.score`; above 0 where the variance rests on few units.
    """

    sign: int
    scale: float
    rate: float
    variance: float
    step: float
    cap: float
    least: float = 0.0

    def reach(self, t: float) -> tuple[float, float]:
        """Return how far the total may lie below and above, on account of this piece."""
        if self.rate <= 0:
            down, up = 0.0, t * t * self.step
        else:
            room = max(1 - self.cap * self.rate, 1e-9)
            each = max(self.variance / (self.scale**2 * self.rate * room), self.least)
            low, high = score(self.rate, each, t, cap=self.cap)
            if self.least > 0:
                # Of few a score interval ends too far from 0; Jeffreys' does not (Brown, Cai &
                # DasGupta 2001).
                n, tail = 1 / (self.cap * self.least), float(scipy.special.ndtr(-t))
                x = n * min(self.cap * self.rate, 1.0)
                jeffreys = float(scipy.special.betaincinv(x + 0.5, n - x + 0.5, tail))
                low = min(low, jeffreys / self.cap)
            down, up = (self.rate - low) * self.scale, (high - self.rate) * self.scale
        return (down, up) if self.sign > 0 else (up, down)


def piece(
    u: Floats, m: Floats, *, sign: int, scale: float, fraction: float, step: float, cap: float
) -> Piece:
    """Return the piece of values `u`, not below 0, read of units of `m` metres.

    Args:
        u: (n,) values, not below 0.
        m: (n,) metres of the units.
        sign: 1 or -1.
        scale: metres in the population.
        fraction: share of the units drawn.
        step: value of one more unit, where none was found.
        cap: 1 / (highest possible rate), 0 where there is none.
    """
    total_m = float(m.sum())
    rate = float(u.sum()) / total_m
    return Piece(
        sign=sign,
        scale=scale,
        rate=rate,
        variance=variance(u - rate * m, scale / total_m, fraction),
        step=step * scale / total_m * (1 - fraction),
        cap=cap,
    )


def variance(residuals: Floats, weight: float, fraction: float) -> float:
    """Return the variance of a stratum's total (Cochran 1977, eq. 2.20 and 6.10).

    Args:
        residuals: (n,) values less what is expected of units of their size.
        weight: what the sample's sum is multiplied with.
        fraction: share of the units drawn; nothing is uncertain when it is 1.
    """
    n = len(residuals)
    if n < 2:
        return math.nan if fraction < 1 else 0.0
    spread = float(np.var(residuals, ddof=1))
    return weight * weight * n * spread * max(1 - fraction, 0.0)


def satterthwaite(variances: Sequence[float], dfs: Sequence[float]) -> float:
    """Return the degrees of freedom of a sum of variances (Satterthwaite 1946)."""
    total = sum(variances)
    if total <= 0:
        return math.inf
    below = sum(v * v / max(df, 1.0) for v, df in zip(variances, dfs, strict=True) if v > 0)
    return total * total / below


def interval(
    value: float, total_variance: float, pieces: Sequence[Piece], *, df: float, bounds: Bounds
) -> tuple[float, float]:
    """Return the interval of a total made of pieces, each with its own uneven reach.

    The squares of the reaches are added, as the method of variance estimates recovery does (Zou &
    Donner 2008); correlations between pieces are in `total_variance`. Pieces of which nothing was
    found share one allowance, the largest: all of them together were not seen once.

    Args:
        value: the estimated total.
        total_variance: of it.
        pieces: what it is made of.
        df: degrees of freedom of `total_variance`.
        bounds: gives the level.
    """
    t = student(df, bounds.level)
    plain = t * t * total_variance
    down = up = plain
    unseen_down = unseen_up = 0.0
    for one in pieces:
        below, above = one.reach(t)
        if one.rate <= 0:
            unseen_down, unseen_up = max(unseen_down, below**2), max(unseen_up, above**2)
            continue
        down += below**2 - t * t * one.variance
        up += above**2 - t * t * one.variance
    # A piece's reach towards its own 0 is short; it cannot make the sum shorter than nothing.
    down, up = max(down, 0.1 * plain) + unseen_down, max(up, 0.1 * plain) + unseen_up
    return value - math.sqrt(down), value + math.sqrt(up)
