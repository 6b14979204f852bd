"""How much better an even spacing along the line does than chance.

A systematic sample with one start has no unbiased variance (Wolter 2007, ch. 8): it is one draw of
a few. What stands on a border stands in runs, so stretches far apart are less alike than
neighbours, and an even spacing does better than chance. By how much follows from how long the runs
are, and that shows in the stretches themselves: where runs are long, most stretches hold all or
nothing; where they are short, most hold a part.
"""

from __future__ import annotations

import math

import numpy as np
import scipy

from vallum.ground.geodesy import Floats

_MIN_PARTLY = 2
# Runs of one length, not of random ones, do worse by the formula than it says; 1.15 covers what a
# study of six kinds of borders showed (log-normal, exponential, fixed, mixed, long, short runs).
_SAFETY = 1.15
_LEAST = 0.05
_PSEUDO = 0.15
_LOW, _HIGH = 1e-3, 1e2


def even_spacing(y: Floats, m: Floats, *, fraction: float, is_length: bool) -> float:
    """Return by what the variance of a simple sample is multiplied for an even spacing, 0.05 to 1.

    For lengths: runs with random ends (correlation falls exponentially with distance), whose length
    is that which explains the share of stretches that are held in part; then the variance of an
    even spacing as of Cochran (1946) and Matern (1960). Gains and losses are taken apart. For
    counts, and where fewer than 2 stretches are held in part: `successive`.

    Args:
        y: (n,) readings in order along the line.
        m: (n,) metres of the stretches.
        fraction: share of all stretches that was drawn.
        is_length: False for counts.
    """
    if fraction >= 1 or len(y) < 3 or not y.any():
        return 1.0
    partly = int(np.count_nonzero((y != 0) & (np.abs(y) < m)))
    if not is_length or partly < _MIN_PARTLY:
        return successive(y, m)
    above = below = 0.0
    for u in (np.maximum(y, 0), np.maximum(-y, 0)):
        if u.any():
            spread = float(np.var(u - u.sum() / m.sum() * m))
            above += spread * _gain(_decay_of(u, m, fraction), fraction)
            below += spread
    return min(max(above / below, _LEAST), 1.0) if below > 0 else 1.0


def successive(values: Floats, m: Floats) -> float:
    """Return the variance from successive differences over that of a simple sample, at most 1.

    Wolter (2007, eq. 8.2.2); rather too large, because it takes neighbours in the sample for
    neighbours on the line.

    Args:
        values: (n,) in order along the line.
        m: (n,) metres of the stretches.
    """
    residuals = values - values.sum() / m.sum() * m
    spread = float(np.var(residuals, ddof=1))
    if spread <= 0:
        return 1.0
    return min(float(np.mean(np.diff(residuals) ** 2)) / 2 / spread, 1.0)


def _decay_of(u: Floats, m: Floats, fraction: float) -> float:
    """Return the length of a stretch in lengths of correlation, from how much each is held by runs.

    Rather too large than too small: one more stretch half held is counted than there are, and runs
    may not be longer than the likeness of neighbours in the sample allows, plus its standard error
    (readers who call every stretch all or nothing would make them endless).
    """
    n, share = len(u), float(u.sum() / m.sum())
    room = share * (1 - share)
    if room <= 0:
        return _HIGH
    residuals = u - share * m
    square = float(residuals @ residuals)
    held = square / n / float(np.mean(m)) ** 2 / room - _PSEUDO / (n * room)
    likeness = float(residuals[1:] @ residuals[:-1]) / square + 1 / math.sqrt(n)
    alike = _HIGH if likeness <= 0 else -math.log(min(likeness, 1.0)) / max(1 / fraction - 1, 0.1)
    return max(_SAFETY * _decay(held), alike)


def _held(decay: float) -> float:
    """Return the variance of the share held, over p (1 - p), of stretches `decay` runs long."""
    return 2 * (decay - 1 + math.exp(-decay)) / decay**2


def _decay(held: float) -> float:
    """Return the length of a stretch in lengths of correlation; the inverse of `_held`."""
    if held >= _held(_LOW):
        return _LOW
    if held <= _held(_HIGH):
        return _HIGH
    return math.exp(
        float(
            scipy.optimize.brentq(
                lambda log: _held(math.exp(log)) - held, math.log(_LOW), math.log(_HIGH), xtol=1e-4
            )
        )
    )


def _gain(decay: float, fraction: float) -> float:
    """Return variance of an even spacing over that of chance, correlation exp(-decay x distance).

    Expected over borders of this correlation: 1 plus twice the correlations of stretches at the
    distance drawn, less twice those of all stretches, times the share drawn (Cochran 1946, eq. 23).
    """
    step = 1 / fraction
    near = math.exp(-decay)
    first = ((1 - near) / decay) ** 2 / _held(decay)
    far = math.exp(-decay * step)
    drawn = 2 * first * far / near / (1 - far)
    every = 2 * first / (1 - near)
    return (1 + drawn - fraction * (1 + every)) / (1 - fraction)
