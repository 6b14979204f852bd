"""Another day over any picture: each option changes what it should and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from vallum.simulate import otherday, scene

STILL = {
    "shift_px": (0.0, 0.0),
    "wobble_px": 0.0,
    "gain": (1.0,),
    "offset": (0.0,),
    "haze": (0.0, 0.0),
    "blur_px": 0.0,
    "noise": 0.0,
    "patches": 0.0,
}


@pytest.fixture(scope="module")
def land() -> np.ndarray:
    return scene.background((240, 240), 2)


def test_with_nothing_changed_the_picture_is_the_same(land: np.ndarray) -> None:
    assert np.array_equal(scene.second_date(land, 1, **STILL), land)


@pytest.mark.parametrize(
    "option",
    [
        {"snow": 0.5},
        {"shadow_px": (6.0, -4.0)},
        {"lean_px": (5.0, 0.0)},
        {"jpeg_quality": 60},
        {"shift_px": (37.0, -21.0)},
    ],
)
def test_an_option_changes_the_picture_and_repeats(land: np.ndarray, option: dict) -> None:
    first, again = (scene.second_date(land, 3, **(STILL | option)) for _ in range(2))
    assert np.array_equal(first, again)
    assert np.abs(first.astype(float) - land).mean() > 0.2
    assert first.shape == land.shape
    assert first.dtype == land.dtype


@pytest.mark.parametrize("share", [0.2, 0.6])
def test_snow_lies_on_about_the_stated_share(land: np.ndarray, share: float) -> None:
    snowy = otherday.snowed(land.astype(np.float32), share, 5)
    assert float((snowy.mean(axis=0) > 185).mean()) == pytest.approx(share, abs=0.13)


def test_moved_shadows_leave_their_place_and_fall_where_they_are_moved_to() -> None:
    canvas = np.full((3, 80, 80), 150, np.float32)
    canvas[:, 38:43, 30:35] = 70
    moved = otherday.moved_shadows(canvas, (15.0, 0.0))[0]
    assert moved[40, 32] > 110
    assert moved[40, 47] < 110
    assert moved[10, 10] == pytest.approx(150, abs=0.5)


def test_high_ground_leans_by_the_stated_distance_and_low_ground_stays() -> None:
    canvas = np.tile(np.arange(300, dtype=np.float32), (1, 300, 1))
    shift = canvas - otherday.leaning(canvas, (8.0, 0.0), 3)
    inner = shift[0, 20:-20, 20:-20]
    assert inner.min() > -0.5
    assert 6 < inner.max() < 8.5
    assert inner.std() > 1


@pytest.mark.parametrize("by_px", [6.0, -6.0])
def test_the_bank_moves_by_the_stated_distance(by_px: float) -> None:
    water = np.zeros((200, 200), bool)
    water[:, :80] = True
    canvas = np.where(water, 60.0, 160.0).astype(np.float32)[None].repeat(3, axis=0)
    moved = otherday.moved_bank(canvas, water, by_px, 4)[0]
    edge = (moved < 95).sum(axis=1)
    assert edge.mean() - 80 == pytest.approx(by_px, abs=1.5)
    assert np.ptp(edge) >= 2
    assert np.array_equal(moved[:, 120:], canvas[0, :, 120:])


def test_a_bank_without_water_is_refused(land: np.ndarray) -> None:
    with pytest.raises(ValueError, match="water"):
        scene.second_date(land, 1, bank_px=4.0)


@pytest.mark.parametrize("bands", [1, 4])
def test_all_options_work_on_one_and_four_bands_of_16_bits(bands: int) -> None:
    deep = scene.background((120, 120), 1)[[0, 1, 2, 0][:bands]].astype(np.uint16) * 30
    water = np.zeros((120, 120), bool)
    water[:40] = True
    seen = scene.second_date(
        deep, 2, snow=0.3, shadow_px=(3, 3), lean_px=(2, 1), water=water, bank_px=5.0
    )
    assert seen.shape == deep.shape
    assert seen.dtype == np.uint16
    assert seen.max() > 3000
