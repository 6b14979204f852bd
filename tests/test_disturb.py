"""`change.disturb`: one lasting step in a series with gaps and seasons."""

from __future__ import annotations

import numpy as np
import pytest

from vallum.change import disturb
from vallum.change.disturb import State

_DAYS = np.arange(0, 1460, 24, dtype=float)


def _quiet(n_pixels: int = 300, seed: int = 0) -> np.ndarray:
    chance = np.random.default_rng(seed)
    season = 0.2 * np.sin(2 * np.pi * _DAYS / disturb.YEAR_DAYS + 1)
    noise = 0.03 * chance.standard_normal((len(_DAYS), n_pixels))
    return (-0.5 + season[:, None] + noise).astype(np.float32)


def test_a_step_is_found_at_its_date_and_with_its_size() -> None:
    signal = _quiet()
    signal[30:, :10] += 0.25
    found = disturb.steps(signal, _DAYS)
    assert (found.state[:10] == State.BREAK).all()
    assert np.abs(found.at[:10] - 30).max() <= 1
    assert found.size[:10] == pytest.approx(np.full(10, 0.25), abs=0.06)


def test_quiet_pixels_with_a_season_are_no_breaks() -> None:
    found = disturb.steps(_quiet(2000), _DAYS)
    assert (found.state == State.BREAK).mean() < 0.01


def test_weather_that_all_pixels_share_is_no_break() -> None:
    signal = _quiet(5000)
    signal[25:] += 0.15
    assert (disturb.steps(signal, _DAYS).state == State.BREAK).mean() < 0.02
    assert (disturb.steps(signal, _DAYS, common=False).state == State.BREAK).mean() > 0.9


def test_one_missed_cloud_is_no_break() -> None:
    signal = _quiet()
    signal[40] += 0.5
    assert (disturb.steps(signal, _DAYS, common=False).state == State.BREAK).mean() < 0.05


def test_what_does_not_last_is_no_break() -> None:
    signal = _quiet()
    signal[-2:, :5] += 0.4
    found = disturb.steps(signal, _DAYS)
    assert (found.at[:5] < len(_DAYS) - 2).all()


def test_greening_is_no_break_unless_both_ways_count() -> None:
    signal = _quiet()
    signal[30:, :5] -= 0.3
    assert (disturb.steps(signal, _DAYS).state[:5] == State.NONE).all()
    both = disturb.steps(signal, _DAYS, is_two_sided=True)
    assert (both.state[:5] == State.BREAK).all()
    assert (both.strength[:5] < 0).all()


def test_too_little_data_is_not_the_same_as_no_break() -> None:
    signal = _quiet()
    signal[5:, :3] = np.nan
    found = disturb.steps(signal, _DAYS)
    assert (found.state[:3] == State.TOO_LITTLE).all()
    assert np.isnan(found.strength[:3]).all()
    assert (found.state[3:] == State.NONE).mean() > 0.98


def test_two_dates_are_compared_with_the_land_around() -> None:
    chance = np.random.default_rng(2)
    signal = (0.02 * chance.standard_normal((2, 900))).astype(np.float32)
    signal[1, :20] += 0.3
    found = disturb.steps(signal, np.array([0.0, 365.0]))
    assert (found.state[:20] == State.BREAK).all()
    assert (found.state[20:] == State.BREAK).mean() < 0.01


def test_the_bracket_ends_on_dates_on_which_the_ground_was_clear() -> None:
    signal = _quiet(1)[:, 0]
    signal[30:] += 0.3
    signal[27:33] = np.nan
    found = disturb.onset(signal, _DAYS)
    assert found.last_without <= 26
    assert found.first_with >= 33
    assert np.isfinite(signal[[found.last_without, found.first_with]]).all()


def test_brackets_hold_nearly_all_true_dates() -> None:
    chance = np.random.default_rng(5)
    held = []
    for seed in range(60):
        signal, at = _quiet(1, seed)[:, 0], int(chance.integers(8, 50))
        signal[at:] += 0.08
        signal[chance.random(len(signal)) < 0.4] = np.nan
        found = disturb.onset(signal, _DAYS)
        held.append(found.last_without < at <= found.first_with)
    assert np.mean(held) > 0.93


@pytest.mark.parametrize(
    ("n_dates", "n_waves"), [(2, 0), (8, 0), (16, 1), (60, 2)], ids=["2", "8", "16", "60"]
)
def test_few_dates_bear_no_season(n_dates: int, n_waves: int) -> None:
    assert disturb.rule_of(np.linspace(0, 730, n_dates)).n_waves == n_waves
