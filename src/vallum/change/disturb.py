"""When the ground of a pixel was laid bare: one lasting step in a series with gaps and seasons.

Per pixel, a season (a constant and waves of a year) is fitted to the clear dates, what all pixels
around have in common on a date is taken away, and for every gap between two clear dates the
sums of what is left after it are compared with what chance would leave: the test of Andrews (1993,
Econometrica 61) for a step at an unknown time, computed from cumulative sums (Brown, Durbin and
Evans 1975), with weights after Huber (1964) so that one missed cloud makes no step. A step has to
last: clear dates are needed on both sides of it. A pixel with too few of them has `TOO_LITTLE`,
which is not the same as `NONE`.

Everything runs over all pixels at once; there is no loop over pixels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from vallum.change import bracket

Floats = NDArray[np.float32]

YEAR_DAYS = 365.2425
_PIXELS_AT_ONCE = 768  # stays in the processor's cache, and BLAS starts no threads for it
_RIDGE = 0.05  # of a date's weight, on the waves: a season seen half is not invented
_HUBER = 1.5
_N_PASSES = 2
_SPIKE = 3.0
_FEW_PIXELS = 200.0  # clear pixels at which what they have in common is believed half
_PRIOR_DATES = 6.0  # clear dates that the noise of the land around counts for
_LEAST_NOISE = 1e-4


class State(IntEnum):
    """What a series says of one pixel."""

    TOO_LITTLE = 0
    NONE = 1
    BREAK = 2


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What is needed to say anything.

    Attributes:
        n_waves: waves of a year, half a year ... in the season; 0 for a constant.
        least_before: clear dates needed before a step.
        least_after: clear dates needed after it: what does not last is no step.
    """

    n_waves: int
    least_before: int
    least_after: int


def rule_of(days: NDArray[np.float64]) -> Rule:
    """Return what a series of these dates can bear: few dates or a short time bear no season."""
    n_dates = len(np.unique(days))
    n_years = float(days.max() - days.min()) / YEAR_DAYS if n_dates else 0.0
    if n_dates >= 12 and n_years >= 1.5 and n_dates >= 5 * n_years:
        return Rule(n_waves=2 if n_dates >= 30 else 1, least_before=4, least_after=3)
    if n_dates >= 5:
        return Rule(n_waves=0, least_before=2, least_after=1)
    return Rule(n_waves=0, least_before=1, least_after=1)


@dataclass(frozen=True, kw_only=True)
class Steps:
    """The strongest lasting step of each pixel; arrays `(pixel,)`.

    Attributes:
        strength: how far the step stands out of the pixel's noise, in its standard deviations;
            positive is barer, negative greener; NaN where there is too little data.
        size: height of the step in the units of the signal.
        at: index of the first date with it; `at - 1` need not have been clear.
        state: values of `State`, with the threshold that was asked for.
        n_clear: clear dates.
        noise: standard deviation of one date.
    """

    strength: Floats
    size: Floats
    at: NDArray[np.int16]
    state: NDArray[np.uint8]
    n_clear: NDArray[np.int16]
    noise: Floats


def steps(
    signal: Floats,
    days: NDArray[np.float64],
    *,
    rule: Rule | None = None,
    threshold: float = 5.0,
    is_two_sided: bool = False,
    common: bool = True,
) -> Steps:
    """Return the strongest lasting step towards bare ground of every pixel.

    Args:
        signal: `(date, pixel)`, higher is barer; NaN where the ground was hidden.
        days: day of each date, rising.
        rule: what is needed; that of `rule_of` with one wave at most if left out (a second wave
            costs twice the time; lines are judged with both by `onset`).
        threshold: strength from which on a step is a break.
        is_two_sided: steps down count as well (radar).
        common: take away what the pixels have in common on a date; not for single series.
    """
    rule = rule or replace(rule_of(days), n_waves=min(1, rule_of(days).n_waves))
    basis = _basis(days, rule.n_waves)
    values = np.asarray(signal, np.float32)
    shift = _common(values, basis) if common else np.zeros(len(days), np.float32)
    around = _typical_noise(values, basis, shift)
    parts = [
        _steps_of(values[:, here] - shift[:, None], basis, rule, around, is_two_sided)
        for here in _chunks(values.shape[1])
    ]
    strength, size, at, n_clear, noise = (
        np.concatenate([part[i] for part in parts]) if parts else np.zeros(0, np.float32)
        for i in range(5)
    )
    size_of = np.abs(strength) if is_two_sided else strength
    state = np.where(size_of >= threshold, int(State.BREAK), int(State.NONE))
    state = np.where(np.isfinite(strength), state, int(State.TOO_LITTLE))
    return Steps(
        strength=strength,
        size=size,
        at=at.astype(np.int16),
        state=state.astype(np.uint8),
        n_clear=n_clear.astype(np.int16),
        noise=noise,
    )


def _chunks(n_pixels: int) -> Iterator[slice]:
    for start in range(0, n_pixels, _PIXELS_AT_ONCE):
        yield slice(start, start + _PIXELS_AT_ONCE)


def _basis(days: NDArray[np.float64], n_waves: int) -> Floats:
    """Return the columns of the season, `(date, column)`; the first is the constant."""
    angle = 2 * np.pi * days / YEAR_DAYS
    columns = [np.ones_like(angle)]
    for wave in range(1, n_waves + 1):
        columns += [np.sin(wave * angle), np.cos(wave * angle)]
    return np.stack(columns, axis=1).astype(np.float32)


def _season(
    values: Floats, weights: Floats, basis: Floats, inverse: Floats | None = None
) -> tuple[Floats, Floats]:
    """Return what the season leaves of `values` (0 where hidden), and the inverse matrices.

    The inverses depend on the weights alone: hand them in where the weights did not change.
    """
    if inverse is None and values.shape[1] > _PIXELS_AT_ONCE:
        parts = [_season(values[:, i], weights[:, i], basis) for i in _chunks(values.shape[1])]
        return np.hstack([left for left, _ in parts]), np.concatenate([one for _, one in parts])
    if inverse is None:
        inverse = _inverse(weights, basis)
    sums = basis.T @ (weights * values)
    fitted = np.empty_like(sums)
    for p, row in enumerate(fitted):
        np.multiply(inverse[:, p, 0], sums[0], out=row)
        for q in range(1, len(sums)):
            row += inverse[:, p, q] * sums[q]
    left = basis @ fitted
    np.subtract(values, left, out=left)
    left *= weights > 0
    return left, inverse


def _inverse(weights: Floats, basis: Floats) -> Floats:
    """Return the inverse normal matrices of the season, `(pixel, column, column)`."""
    n_columns = basis.shape[1]
    pairs = (basis[:, :, None] * basis[:, None, :]).reshape(len(basis), -1)
    matrices = (pairs.T @ weights).T.reshape(-1, n_columns, n_columns).astype(np.float64)
    ridge = np.full(n_columns, _RIDGE)
    ridge[0] = 1e-3
    matrices[:, np.arange(n_columns), np.arange(n_columns)] += ridge
    return np.asarray(np.linalg.inv(matrices), np.float32)


def _common(values: Floats, basis: Floats) -> Floats:
    """Return what the clear pixels of each date have in common beyond their seasons, `(date,)`.

    Weather, haze and another sensor lift or lower all pixels of a date; a strip beside the border
    is a small share of them. Where few are clear it is believed less.
    """
    every = max(1, values.shape[1] // 20_000)
    some = values[:, ::every]
    shift = np.zeros(len(values), np.float32)
    for _ in range(2):
        clear = np.isfinite(some)
        filled = np.where(clear, some - shift[:, None], 0).astype(np.float32)
        left, _ = _season(filled, clear.astype(np.float32), basis)
        for date, (row, is_clear) in enumerate(zip(left, clear, strict=True)):
            n_clear = int(is_clear.sum())
            if n_clear:
                trust = n_clear * every / (n_clear * every + _FEW_PIXELS)
                shift[date] += trust * float(np.median(row[is_clear]))
    return shift


def _typical_noise(values: Floats, basis: Floats, shift: Floats) -> float:
    """Return the usual noise of one date: median difference of neighbouring clear dates."""
    every = max(1, values.shape[1] // 5_000)
    some = values[:, ::every]
    clear = np.isfinite(some)
    filled = np.where(clear, some - shift[:, None], 0).astype(np.float32)
    left, _ = _season(filled, clear.astype(np.float32), basis)
    before, _ = _neighbours(left, clear)
    known = clear & np.isfinite(before)
    if not known.any():
        return _LEAST_NOISE
    jumps = (left - before)[known]
    middle = np.median(jumps) if basis.shape[1] == 1 else 0.0
    return max(_LEAST_NOISE, 1.4826 * float(np.median(np.abs(jumps - middle))) / 2**0.5)


def _neighbours(left: Floats, clear: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return the values on the clear dates before and after each date; NaN where there is none."""
    before, after = np.full_like(left, np.nan), np.full_like(left, np.nan)
    last = np.full(left.shape[1], np.nan, np.float32)
    for date in range(len(left)):
        before[date] = last
        last = np.where(clear[date], left[date], last)
    last[:] = np.nan
    for date in reversed(range(len(left))):
        after[date] = last
        last = np.where(clear[date], left[date], last)
    return before, after


def _without_spikes(left: Floats, clear: NDArray[np.bool_], around: float) -> NDArray[np.bool_]:
    """Return the clear dates less those that stand out of both their neighbours to one side.

    The idea of the temporal masks of Zhu and Woodcock (2014): a cloud that the mask missed lasts
    one date. The first and the last date have one neighbour and are kept.
    """
    before, after = _neighbours(left, clear)
    limit = _SPIKE * around
    with np.errstate(invalid="ignore"):
        high = np.minimum(left - before, left - after) > limit
        low = np.maximum(left - before, left - after) < -limit
    kept: NDArray[np.bool_] = clear & ~high & ~low
    return kept


def _steps_of(
    values: Floats, basis: Floats, rule: Rule, around: float, is_two_sided: bool
) -> tuple[NDArray[np.float32], ...]:
    """Return strength, size, first date, clear dates and noise of each pixel of a chunk."""
    clear = np.isfinite(values)
    filled = np.where(clear, values, 0).astype(np.float32)
    if rule.n_waves:
        left, _ = _season(filled, clear.astype(np.float32), basis)
        clear = _without_spikes(left, clear, around)
    weights = clear.astype(np.float32)
    noise = np.full(values.shape[1], around, np.float32)
    where = np.arange(values.shape[1])
    for _ in range(_N_PASSES):
        score, size, allowed, inverse = _scores(filled, weights, clear, basis, rule)
        ranked = np.where(allowed, np.abs(score) if is_two_sided else score, -np.inf)
        at = ranked.argmax(axis=0)
        rest = _rest(filled, weights, basis, size[at, where], at, inverse)
        noise = _noise(rest, weights, basis.shape[1], around)
        weights = np.where(clear, 1 / np.maximum(1, np.abs(rest) / (_HUBER * noise)), 0).astype(
            np.float32
        )
    strength = score[at, where] / noise
    known = allowed.any(axis=0)
    return (
        np.where(known, strength, np.nan).astype(np.float32),
        np.where(known, size[at, where], np.nan).astype(np.float32),
        at.astype(np.float32),
        np.isfinite(values).sum(axis=0).astype(np.float32),
        noise,
    )


def _scores(
    filled: Floats, weights: Floats, clear: NDArray[np.bool_], basis: Floats, rule: Rule
) -> tuple[Floats, Floats, NDArray[np.bool_], Floats]:
    """Return score (in units of the noise), size, admissibility of a step at every date, inverses.

    With the season taken out by least squares, the residual sum after a date is the size of a
    step there times its own variance, so both follow from cumulative sums alone.
    """
    left, inverse = _season(filled, weights, basis)
    after = _from_here(weights * left)
    sums = [_from_here(weights * column[:, None]) for column in basis.T]
    spread = sums[0].copy()
    for p, one in enumerate(sums):
        across = inverse[:, p, p] * one
        for q in range(p + 1, len(sums)):
            across += (2 * inverse[:, p, q]) * sums[q]
        across *= one
        spread -= across
    n_after = _from_here(clear.astype(np.float32))
    n_before = n_after[:1] - n_after
    allowed = clear & (n_after >= rule.least_after) & (n_before >= rule.least_before)
    allowed &= spread > 0.2
    spread = np.maximum(spread, 0.2)
    return (
        (after / np.sqrt(spread)).astype(np.float32),
        (after / spread).astype(np.float32),
        allowed,
        inverse,
    )


def _from_here(values: Floats) -> Floats:
    """Return the sums from each date to the last (row by row: three times as fast as `cumsum`)."""
    sums = np.array(values, np.float32)
    for date in range(len(sums) - 2, -1, -1):
        sums[date] += sums[date + 1]
    return sums


def _rest(
    filled: Floats,
    weights: Floats,
    basis: Floats,
    size: Floats,
    at: NDArray[np.int64],
    inverse: Floats,
) -> Floats:
    """Return what season and step together leave."""
    dates = np.arange(len(filled))[:, None]
    without = filled - size * (dates >= at[None, :])
    without *= weights > 0
    left, _ = _season(without, weights, basis, inverse)
    return left


def _noise(rest: Floats, weights: Floats, n_columns: int, around: float) -> Floats:
    """Return the noise of each pixel, drawn to that of the land around where dates are few."""
    free = np.maximum(weights.sum(axis=0) - n_columns - 1, 0)
    total = (weights * rest * rest).sum(axis=0)
    mixed = (total + _PRIOR_DATES * around**2) / (free + _PRIOR_DATES)
    return np.asarray(np.maximum(np.sqrt(mixed), _LEAST_NOISE), np.float32)


@dataclass(frozen=True, kw_only=True)
class Onset:
    """When one series stepped.

    Attributes:
        strength: as in `Steps`; NaN with too little data.
        size: height of the step.
        last_without: index of the last clear date before the step may have come; -1 if not known.
        first_with: index of the first clear date by which it had come; -1 if not known.
        n_clear: clear dates.
    """

    strength: float
    size: float
    last_without: int
    first_with: int
    n_clear: int


def onset(
    signal: Floats,
    days: NDArray[np.float64],
    *,
    rule: Rule | None = None,
    is_two_sided: bool = False,
    around: float | None = None,
) -> Onset:
    """Return when a single series stepped, as a bracket of dates on which the ground was seen.

    Whether it stepped is asked only where enough clear dates lie before and after, as in `steps`.
    The bracket may reach beyond, to the first or last clear date; see `bracket`.

    Args:
        signal: `(date,)`, NaN where hidden.
        days: day of each date, rising.
        rule: what is needed.
        is_two_sided: steps down count as well.
        around: noise of one date as the land around shows it, for series of few dates.
    """
    rule = rule or rule_of(days)
    values = np.asarray(signal, np.float32)[:, None]
    basis = _basis(days, rule.n_waves)
    usual = around or _typical_noise(values, basis, np.zeros(len(days), np.float32))
    strength, size, _, n_clear, _ = _steps_of(values, basis, rule, usual, is_two_sided)
    last_without, first_with = -1, -1
    if np.isfinite(strength[0]):
        sign = 1.0 if strength[0] >= 0 else -1.0
        last_without, first_with = bracket.dates(values[:, 0], basis, sign, around)
    return Onset(
        strength=float(strength[0]),
        size=float(size[0]),
        last_without=last_without,
        first_with=first_with,
        n_clear=int(n_clear[0]),
    )
