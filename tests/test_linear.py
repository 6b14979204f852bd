"""`change.linear`: disturbance that runs along the border."""

from __future__ import annotations

import numpy as np
import pytest

from vallum.change import linear
from vallum.change.linear import Kind

_STEP_M = 10.0
_DAYS = np.arange(0, 1200, 30, dtype=float)
_OFF, _AT = 61, 240


def _strengths(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((_OFF, _AT)).astype(np.float32)


def _signal(seed: int = 0) -> np.ndarray:
    chance = np.random.default_rng(seed)
    return (0.02 * chance.standard_normal((len(_DAYS), _OFF, _AT)) - 0.5).astype(np.float32)


def test_a_line_along_the_border_stands_out() -> None:
    strength = _strengths()
    strength[30, 60:160] += 4
    looks = linear.along(strength, _STEP_M)
    assert np.nanmedian(looks[30, 80:140]) > 2 * np.nanpercentile(looks[:20], 99)


def test_a_line_that_crosses_the_border_does_not() -> None:
    strength = _strengths()
    strength[:, 100] += 6
    assert np.nanmax(linear.along(strength, _STEP_M)) < 8


def test_the_edge_of_a_field_does_not_stand_out() -> None:
    strength = _strengths()
    strength[30:] += 5
    looks = linear.along(strength, _STEP_M)
    assert np.nanmedian(looks[28:33]) < 4


def test_nothing_is_said_where_nothing_is_known() -> None:
    strength = _strengths()
    strength[:, :100] = np.nan
    assert np.isnan(linear.along(strength, _STEP_M)[:, :95]).all()
    assert np.isnan(linear.along(np.full((9, 9), np.nan, np.float32), _STEP_M)).all()


def test_a_built_strip_is_found_in_its_cells_and_dated() -> None:
    signal, strength = _signal(), _strengths()
    signal[20:, 30, 60:160] += 0.3
    strength[30, 60:160] += 6
    looks = linear.along(strength, _STEP_M)
    found = linear.lines(signal, _DAYS, looks, np.arange(_AT) // 100, _STEP_M)
    assert {0, 1} <= set(found)
    for cell in (0, 1):
        assert abs(np.median(found[cell].rows) - 30) <= 1
        onset = found[cell].onset
        assert onset.last_without < 20 <= onset.first_with
        assert (found[cell].columns // 100 == cell).all()


def test_a_line_in_space_without_a_step_in_time_is_not_found() -> None:
    strength = _strengths()
    strength[30, 60:160] += 6
    looks = linear.along(strength, _STEP_M)
    found = linear.lines(_signal(), _DAYS, looks, np.arange(_AT) // 100, _STEP_M)
    assert all(line.score < linear.least_score(5.0) for line in found.values())


def test_columns_outside_all_cells_are_not_looked_at() -> None:
    signal, strength = _signal(), _strengths()
    signal[20:, 30] += 0.3
    strength[30] += 6
    looks = linear.along(strength, _STEP_M)
    assert not linear.lines(signal, _DAYS, looks, np.full(_AT, -1), _STEP_M)


@pytest.mark.parametrize("fewer", [20.0, 5.0, 1.5], ids=["20", "5", "1.5"])
def test_fewer_false_alarms_need_a_higher_score(fewer: float) -> None:
    assert linear.least_score(fewer) > linear.least_score(fewer * 2)


@pytest.mark.parametrize(
    ("n_dates", "kind"),
    [(2, Kind.PAIR), (4, Kind.FEW), (8, Kind.CONSTANT), (16, Kind.SEASON), (60, Kind.LONG)],
    ids=["2", "4", "8", "16", "60"],
)
def test_every_kind_of_series_has_rates_of_its_own(n_dates: int, kind: Kind) -> None:
    assert linear.kind_of(np.linspace(0, 730, n_dates)) is kind
    scores = linear.SCORES[kind]
    assert len(scores) == len(linear.RATES)
    assert list(scores) == sorted(scores)
    assert linear.least_score(5.0, kind) == pytest.approx(scores[3])


@pytest.mark.parametrize("kind", list(Kind), ids=[kind.name for kind in Kind])
def test_scores_of_few_dates_are_put_on_the_scale_of_many(kind: Kind) -> None:
    as_likely = linear.comparable(linear.least_score(5.0, kind), kind)
    assert as_likely == pytest.approx(linear.least_score(5.0))
    grown = [linear.comparable(score, kind) for score in np.linspace(0.5, 40, 80)]
    assert grown == sorted(grown)


def test_with_two_dates_noise_is_that_of_the_same_line_elsewhere() -> None:
    chance = np.random.default_rng(3)
    signal = (0.02 * chance.standard_normal((2, _OFF, _AT)) - 0.5).astype(np.float32)
    signal[1, 30, 60:160] += 0.2
    strength = _strengths()
    strength[30, 60:160] += 6
    looks = linear.along(strength, _STEP_M)
    found = linear.lines(signal, _DAYS[[0, 12]], looks, np.zeros(_AT, int), _STEP_M)
    assert 10 < found[0].strength < 60  # of the mean over 100 columns, not of a single pixel
    assert (found[0].onset.last_without, found[0].onset.first_with) == (0, 1)


def test_where_a_line_has_no_room_to_be_moved_two_dates_still_have_a_noise() -> None:
    chance = np.random.default_rng(4)
    signal = (0.02 * chance.standard_normal((2, 17, _AT)) - 0.5).astype(np.float32)
    signal[1, 8, 60:160] += 0.2
    looks = np.full((17, _AT), np.nan, np.float32)
    looks[8, 60:160] = 9
    found = linear.lines(signal, _DAYS[[0, 12]], looks, np.zeros(_AT, int), _STEP_M)
    assert 2 < found[0].strength < 20
