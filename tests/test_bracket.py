"""`change.bracket`: between which clear dates a step came."""

from __future__ import annotations

import numpy as np
import pytest

from vallum.change import bracket

_N = 50
_DAYS = np.linspace(0, 1300, _N)
_ANGLE = 2 * np.pi * _DAYS / 365.25
_SEASON = np.stack([np.ones(_N), np.sin(_ANGLE), np.cos(_ANGLE)], axis=1).astype(np.float32)
_FLAT = _SEASON[:, :1]


def _series(seed: int, at: int, *, size: float = 0.1, memory: float = 0.0) -> np.ndarray:
    """Return a season, a step and noise of 0.03 of which each date keeps a share of the last."""
    chance = np.random.default_rng(seed)
    noise = chance.standard_normal(_N)
    for i in range(1, _N):
        noise[i] = memory * noise[i - 1] + (1 - memory**2) ** 0.5 * noise[i]
    values = 0.1 * _SEASON[:, 1] + 0.03 * noise
    values[at:] += size
    return values.astype(np.float32)


@pytest.mark.parametrize("memory", [0.0, 0.6], ids=["white noise", "noise that repeats itself"])
def test_brackets_hold_nearly_all_true_dates(memory: float) -> None:
    held = []
    for seed in range(80):
        at = 5 + seed % 40
        last, first = bracket.dates(_series(seed, at, memory=memory), _SEASON, 1.0)
        held.append(last < at <= first)
    assert np.mean(held) >= 0.95


def test_a_step_that_nobody_can_miss_has_a_bracket_of_two_dates() -> None:
    assert bracket.dates(_series(1, 20, size=2.0), _SEASON, 1.0) == (19, 20)


def test_a_step_seen_in_summer_alone_may_have_come_in_the_winter_before() -> None:
    values = _series(3, _N, size=0.0)
    in_summer = np.cos(_ANGLE) < -0.2
    values[(_DAYS > 600) & in_summer] += 0.3
    last, first = bracket.dates(values, _SEASON, 1.0)
    winter = np.flatnonzero((_DAYS > 600) & in_summer)[0]
    assert last < winter <= first


def test_hidden_dates_are_never_ends() -> None:
    values = _series(4, 25, size=1.0)
    values[20:30] = np.nan
    assert bracket.dates(values, _SEASON, 1.0) == (19, 30)


def test_a_step_down_is_dated_too() -> None:
    assert bracket.dates(-_series(5, 30, size=2.0), _SEASON, -1.0) == (29, 30)


def test_a_step_the_other_way_leaves_all_dates_open() -> None:
    values = np.where(np.arange(_N) < 20, 0.0, 1.0).astype(np.float32)
    assert bracket.dates(values, _FLAT, -1.0) == (0, _N - 1)


def test_two_dates_are_their_own_bracket() -> None:
    assert bracket.dates(np.array([0.0, 0.5], np.float32), _FLAT[:2], 1.0) == (0, 1)


def test_what_the_land_around_shows_narrows_the_bracket_of_few_dates() -> None:
    values = np.array([0.0, 0.01, 0.3, 0.31, 0.3], np.float32)
    alone = bracket.dates(values, _FLAT[:5], 1.0)
    told = bracket.dates(values, _FLAT[:5], 1.0, around=0.02)
    assert told == (1, 2)
    assert alone[0] <= told[0] < told[1] <= alone[1]


def test_noise_that_repeats_itself_counts_as_fewer_dates() -> None:
    chance = np.random.default_rng(6)
    white = chance.standard_normal(400)
    slow = np.convolve(white, np.ones(5), "valid")
    assert bracket.repeats(white) < 1.3
    assert bracket.repeats(slow) > 2.5
