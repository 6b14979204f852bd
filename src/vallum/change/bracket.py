"""Which dates a step in one series may have: the last date surely without it, the first with it.

For every gap between two clear dates the series is fitted anew: season, step, and a season of the
step (bare ground beside a crop shows in July and hardly in January). The gaps that explain the
series nearly as well as the best make the bracket. How nearly follows from the series itself: the
usual limit of a likelihood region, widened by how much neighbouring residuals repeat each other,
since a run of ten dates that err alike holds less than ten facts (Bayley and Hammersley 1946).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

Numbers = NDArray[np.float64]

_LEVEL = 0.95
_WIDER = 3.0  # of the limit; chosen on seeds of `dev`, where it held 97 % and more of all dates
_RIDGE, _RIDGE_OF_STEP = 0.05, 0.3  # of a date's weight
_HUBER = 1.5
_N_PASSES = 3
_MOST_LAGS = 5
_PRIOR_DATES = 6.0  # clear dates that a noise known from the land around counts for
_LEAST_NOISE = 1e-4


def dates(
    signal: NDArray[np.float32],
    basis: NDArray[np.float32],
    sign: float,
    around: float | None = None,
) -> tuple[int, int]:
    """Return the last clear date surely without the step and the first surely with it.

    Args:
        signal: `(date,)`, NaN where hidden; at least two clear dates.
        basis: `(date, column)` of the season; the first is the constant.
        sign: 1 where the step goes up, -1 where it goes down.
        around: noise of one date as the land around shows it; that of the series if None.
    """
    clear = np.flatnonzero(np.isfinite(signal))
    values, season = signal[clear].astype(np.float64), basis[clear].astype(np.float64)
    designs, ridge = _designs(season)
    weights = np.ones(len(values))
    for _ in range(_N_PASSES):
        misfit, left = _fits(designs, ridge, weights, values, season.shape[1], sign)
        best = int(misfit.argmin())
        noise, free = _noise(left[best], weights, designs.shape[2], around)
        usual = 1.4826 * float(np.median(np.abs(left[best])))
        limit = _HUBER * max(usual, 0.3 * noise, 0.1 * _LEAST_NOISE)
        weights = 1 / np.maximum(1, np.abs(left[best]) / limit)
    if not np.isfinite(misfit[best]):
        return int(clear[0]), int(clear[-1])
    allowed = _WIDER * repeats(left[best] / noise) * float(special.fdtri(1, free, _LEVEL))
    likely = np.flatnonzero((misfit - misfit[best]) / noise**2 <= allowed)
    return int(clear[likely[0]]), int(clear[likely[-1] + 1])


def _designs(season: Numbers) -> tuple[Numbers, Numbers]:
    """Return the columns of a fit for every gap, `(gap, date, column)`, and their ridge."""
    n, n_columns = season.shape
    after = (np.arange(n) > np.arange(n - 1)[:, None]).astype(np.float64)[:, :, None]
    parts = [np.broadcast_to(season, (n - 1, n, n_columns)), after]
    ridge = [1e-3, *[_RIDGE] * (n_columns - 1), 1e-3]
    if n_columns > 1:
        parts.append(after * season[:, 1:3])
        ridge += [_RIDGE_OF_STEP] * 2
    return np.concatenate(parts, axis=2), np.array(ridge)


def _fits(
    designs: Numbers, ridge: Numbers, weights: Numbers, values: Numbers, at: int, sign: float
) -> tuple[Numbers, Numbers]:
    """Return the weighted misfit of every gap, infinite where the step goes the other way."""
    weighted = (designs * weights[:, None]).transpose(0, 2, 1)
    normal = weighted @ designs + np.diag(ridge)
    found = np.linalg.solve(normal, (weighted @ values)[:, :, None])
    left = values - (designs @ found)[:, :, 0]
    misfit = (weights * left * left).sum(axis=1)
    return np.where(sign * found[:, at, 0] > 0, misfit, np.inf), left


def _noise(
    left: Numbers, weights: Numbers, n_columns: int, around: float | None
) -> tuple[float, float]:
    """Return the noise of one date, and how many dates it rests on."""
    free = max(0.0 if around else 1.0, float(weights.sum()) - n_columns)
    total = float((weights * left * left).sum())
    if around:
        total, free = total + _PRIOR_DATES * around**2, free + _PRIOR_DATES
    return max(float(np.sqrt(total / free)), _LEAST_NOISE), free


def repeats(left: Numbers) -> float:
    """Return how many dates of a series hold what one of independent dates would: 1 or more.

    One plus twice the autocorrelations, up to the first that is not positive (Geyer 1992).
    """
    inside = np.clip(left, -3, 3)
    inside = inside - inside.mean()
    spread = float((inside * inside).sum())
    total = 1.0
    for lag in range(1, min(_MOST_LAGS, len(left) // 4) + 1):
        share = float((inside[lag:] * inside[:-lag]).sum()) / max(spread, 1e-12)
        if share <= 0:
            break
        total += 2 * share
    return total
