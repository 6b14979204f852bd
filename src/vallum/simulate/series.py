"""SIMULATED wide-area series beside a straight border, with known strips laid bare along it.

Fields, forest, grass and a river with their seasons; weather that differs by year; clouds and what
a cloud mask misses; and what must not be taken for a barrier: harvests, a crop that changes, clear
cuts, floods, bends of the river that move, and roads that cross the corridor. Everything is drawn
from one seed. The picture is drawn by the rules of this file only: nothing of `change` is used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d
from scipy.spatial import cKDTree

Floats = NDArray[np.float32]

STEP_M = 10.0
_BARE, _WATER, _CLOUD = 0.13, -0.15, 0.05
_FOREST, _GRASS, _CROP, _YARD = range(4)
_SHARES = (0.3, 0.2, 0.42, 0.08)
_YEAR_DAYS = 365.2425


@dataclass(frozen=True, kw_only=True)
class Strip:
    """One strip that was laid bare beside the border."""

    start_m: float
    end_m: float
    off_m: float
    width_m: float
    when: date


@dataclass(frozen=True, kw_only=True)
class Series:
    """A SIMULATED stretch of border on many dates.

    Attributes:
        dates: rising.
        ndvi: `(date, off, at)`, also under cloud; off from left to right, at from the start.
        shown: `(date, off, at)`, where a cloud mask would call the ground clear; it errs.
        strips: what was built.
        is_water: `(off, at)` where the river ran on the first date.
    """

    dates: tuple[date, ...]
    ndvi: Floats
    shown: NDArray[np.bool_]
    strips: tuple[Strip, ...]
    is_water: NDArray[np.bool_]

    @property
    def days(self) -> NDArray[np.float64]:
        """Days of the dates."""
        return np.array([one.toordinal() for one in self.dates], np.float64)


def series(
    seed: int,
    *,
    length_m: int = 20_000,
    reach_m: int = 500,
    n_dates: int = 60,
    years: float = 4.0,
    n_strips: int = 4,
    cloud_share: float = 0.45,
) -> Series:
    """Return a SIMULATED stretch of border.

    Args:
        seed: the same seed draws the same stretch.
        length_m: of the stretch.
        reach_m: to each side.
        n_dates: dates, evenly spread with gaps of chance.
        years: time from the first to the last.
        n_strips: strips laid bare, one in each equal part of the stretch.
        cloud_share: usual share of cloud.
    """
    chance = np.random.default_rng(seed)
    n_at, n_off = round(length_m / STEP_M), 2 * round(reach_m / STEP_M) + 1
    dates = _dates(chance, n_dates, years)
    days = np.array([one.toordinal() for one in dates], np.float64)
    truth = _land(chance, days, (n_off, n_at))
    water, is_water = _river(chance, days, (n_off, n_at))
    truth = np.where(water, np.float32(_WATER), truth)
    _clear_cuts(chance, days, truth, water)
    _crossings(chance, days, truth)
    strips = tuple(
        _strip(chance, dates, length_m * i / n_strips, length_m * (i + 1) / n_strips, reach_m)
        for i in range(n_strips)
    )
    for strip in strips:
        _build(chance, days, truth, strip, reach_m)
    seen = _seen(chance, truth)
    seen, shown = _clouds(chance, seen, cloud_share)
    return Series(dates=dates, ndvi=seen, shown=shown, strips=strips, is_water=is_water)


def _dates(chance: np.random.Generator, n_dates: int, years: float) -> tuple[date, ...]:
    steps = chance.gamma(1.2, 1.0, n_dates) + 0.1
    at = np.cumsum(steps) / steps.sum() * years * _YEAR_DAYS
    days = sorted({round(float(one)) for one in at})
    while len(days) < n_dates:
        days = sorted({*days, int(chance.integers(1, max(2, round(years * _YEAR_DAYS))))})
    return tuple(date(2018, 1, 5) + timedelta(days=one) for one in days)


def _smooth(chance: np.random.Generator, shape: tuple[int, ...], sigma_px: float) -> Floats:
    """Return a smooth field of chance with mean 0 and deviation 1."""
    step = max(1, int(sigma_px // 3))
    small = tuple(math.ceil(n / step) + 2 for n in shape)
    field = gaussian_filter(chance.standard_normal(small), sigma_px / step, mode="wrap")
    field = (field - field.mean()) / max(float(field.std()), 1e-9)
    wide = np.kron(field, np.ones((step, step))) if step > 1 else field
    return wide[: shape[0], : shape[1]].astype(np.float32)


def _land(chance: np.random.Generator, days: NDArray[np.float64], shape: tuple[int, int]) -> Floats:
    """Return NDVI `(date, off, at)` of fields, forest, grass and yards without any change."""
    n_off, n_at = shape
    n_patches = max(12, round(n_off * n_at / 350))
    seeds = chance.random((n_patches, 2)) * (n_off, n_at)
    off, at = np.mgrid[0:n_off, 0:n_at]
    squeeze = np.array([1.0, 0.6])
    _, patch = cKDTree(seeds * squeeze).query(np.column_stack([off.ravel(), at.ravel()]) * squeeze)
    kind = chance.choice(4, n_patches, p=_SHARES)
    level = np.choose(kind, [0.62, 0.42, 0.25, 0.22]) + 0.04 * chance.standard_normal(n_patches)
    swing = np.choose(kind, [0.18, 0.2, 0.0, 0.06]) * chance.uniform(0.7, 1.3, n_patches)
    phase = 200 + 8 * chance.standard_normal(n_patches)
    year = np.floor(days / _YEAR_DAYS).astype(int)
    of_year = days - year * _YEAR_DAYS
    year -= year.min()
    wave = np.cos(2 * np.pi * (of_year[:, None] - phase) / _YEAR_DAYS)
    green = level + swing * wave
    n_years = int(year.max()) + 1
    peak = chance.normal(195, 18, (n_years, n_patches))
    long = chance.uniform(28, 60, (n_years, n_patches))
    high = chance.uniform(0.3, 0.6, (n_years, n_patches))
    apart = (of_year[:, None] - peak[year]) / long[year]
    crop = high[year] * np.exp(-0.5 * np.where(apart > 0, (2.2 * apart), apart) ** 2)
    green = green + np.where(kind == _CROP, crop, 0)
    weather = 0.03 * chance.standard_normal((n_years, 1)) + 0.015 * chance.standard_normal(
        (n_years, n_patches)
    )
    green = green + weather[year]
    texture = 0.05 * _smooth(chance, shape, 2.0) + 0.02 * chance.standard_normal(shape)
    land = green[:, patch].reshape(len(days), n_off, n_at) + texture
    return np.asarray(np.clip(land, 0.05, 0.92), np.float32)


def _river(
    chance: np.random.Generator, days: NDArray[np.float64], shape: tuple[int, int]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where water is on each date, and where it is on the first: bends move, floods pass."""
    n_off, n_at = shape
    middle = n_off / 2 + gaussian_filter1d(chance.standard_normal(n_at), 40, mode="wrap") * 90
    half = 1.5 + 2.5 * chance.random() + 0.5 * np.sin(np.arange(n_at) / 60)
    moved = np.zeros(n_at)
    for _ in range(max(1, n_at // 1000)):
        at = chance.integers(0, n_at)
        bump = np.exp(-0.5 * ((np.arange(n_at) - at) / chance.uniform(10, 30)) ** 2)
        moved += chance.choice([-1, 1]) * chance.uniform(2, 6) * bump
    when = days[0] + chance.random() * (days[-1] - days[0])
    share = 1 / (1 + np.exp(-(days - when) / 40))
    flood = np.where(chance.random(len(days)) < 0.06, chance.uniform(1, 8, len(days)), 0)
    off = np.arange(n_off)[:, None]
    water = np.stack([
        np.abs(off - (middle + s * moved)) <= half + f for s, f in zip(share, flood, strict=True)
    ])  # fmt: skip
    return water, np.asarray(np.abs(off - (middle + share[0] * moved)) <= half)


def _clear_cuts(
    chance: np.random.Generator,
    days: NDArray[np.float64],
    truth: Floats,
    water: NDArray[np.bool_],
) -> None:
    """Clear patches of 1 to 12 ha for good: a change, but none along the border."""
    _, n_off, n_at = truth.shape
    off, at = np.mgrid[0:n_off, 0:n_at]
    for _ in range(max(1, n_at // 400)):
        here = (chance.uniform(0, n_off), chance.uniform(0, n_at))
        tall, wide = chance.uniform(5, 18), chance.uniform(5, 22)
        inside = (np.abs(off - here[0]) < tall) & (np.abs(at - here[1]) < wide)
        first = chance.integers(3, len(days) - 2)
        bare = inside & ~water[first:]
        truth[first:] = np.where(bare, truth[first:] * 0.25 + 0.1, truth[first:])


def _crossings(chance: np.random.Generator, days: NDArray[np.float64], truth: Floats) -> None:
    """Build roads that cross the corridor."""
    _, n_off, n_at = truth.shape
    off, at = np.mgrid[0:n_off, 0:n_at]
    for _ in range(max(1, n_at // 500)):
        lean, start = chance.uniform(-0.6, 0.6), chance.uniform(0, n_at)
        inside = np.abs(at - start - lean * off) < 0.8
        first = chance.integers(3, len(days) - 2)
        truth[first:] = np.where(inside, 0.4 * truth[first:] + 0.6 * _BARE, truth[first:])


def _strip(
    chance: np.random.Generator, dates: tuple[date, ...], low_m: float, high_m: float, reach_m: int
) -> Strip:
    long = min(float(np.exp(chance.uniform(math.log(300), math.log(3000)))), (high_m - low_m) * 0.8)
    start = chance.uniform(low_m + 0.05 * (high_m - low_m), high_m - long)
    side = chance.choice([-1, 1])
    span = (dates[-1] - dates[0]).days
    return Strip(
        start_m=start,
        end_m=start + long,
        off_m=float(side * chance.uniform(120, reach_m - 60)),
        width_m=float(chance.uniform(5, 25)),
        when=dates[0] + timedelta(days=round(span * chance.uniform(0.25, 0.85))),
    )


def _build(
    chance: np.random.Generator,
    days: NDArray[np.float64],
    truth: Floats,
    strip: Strip,
    reach_m: int,
) -> None:
    """Lay a strip bare from its day on; what a pixel shows is the share that the strip covers."""
    n_off, n_at = truth.shape[1:]
    first_at, last_at = round(strip.start_m / STEP_M), round(strip.end_m / STEP_M)
    at = np.arange(first_at, last_at)
    drift = gaussian_filter1d(chance.standard_normal(n_at), 25, mode="wrap")[at] * 15
    centre = (strip.off_m + reach_m) / STEP_M + drift / STEP_M * 3
    off = np.arange(n_off)[:, None]
    half = strip.width_m / STEP_M / 2
    share = np.clip(
        np.minimum(off + 0.5, centre + half) - np.maximum(off - 0.5, centre - half), 0, 1
    )
    since = (days - strip.when.toordinal())[:, None, None]
    regrown = chance.choice([0.0, 0.08]) * np.maximum(since, 0) / _YEAR_DAYS
    share = np.where(since >= 0, share * np.maximum(0.4, 1 - regrown), 0)
    part = truth[:, :, first_at:last_at]
    truth[:, :, first_at:last_at] = np.where(
        part > _WATER + 0.05, (1 - share) * part + share * _BARE, part
    )


def _seen(chance: np.random.Generator, truth: Floats) -> Floats:
    """Return what a sensor shows: blurred, noisy, a little misplaced, under varying air."""
    seen = np.empty_like(truth)
    for date_, land in enumerate(truth):
        rows, columns = chance.normal(0, 0.25, 2)
        moved = gaussian_filter(land, 0.55)
        up, right = np.gradient(moved)
        seen[date_] = moved + rows * up + columns * right
        seen[date_] += chance.normal(0, 0.02) + chance.normal(0, 0.018, land.shape)
    return seen.astype(np.float32)


def _clouds(
    chance: np.random.Generator, seen: Floats, cloud_share: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """Lay clouds over the dates; the mask misses thin cloud, and covers some clear ground."""
    shown = np.ones(seen.shape, bool)
    for date_ in range(len(seen)):
        share = float(np.clip(chance.beta(0.9, 0.9 * (1 - cloud_share) / cloud_share), 0, 1))
        field = _smooth(chance, seen.shape[1:], 40.0) + 0.3 * _smooth(chance, seen.shape[1:], 6.0)
        edge = np.quantile(field, 1 - share) if 0 < share < 1 else (-9 if share >= 1 else 9)
        thick = np.clip((field - edge + 0.15) / 0.5, 0, 1).astype(np.float32)
        seen[date_] = (1 - thick) * seen[date_] + thick * _CLOUD
        misses = chance.uniform(0.05, 0.35)
        shown[date_] = thick < misses
        if chance.random() < 0.04:
            shown[date_] = True  # one date in 25 comes without any mask
    return seen, shown
