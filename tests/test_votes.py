import cv2
import numpy as np
import pytest

from vallum.imagery import votes

NEAR = (15, 15)


def picture(n_rows=900, n_columns=96):
    rough = np.random.default_rng(0).normal(100, 40, (n_rows, n_columns)).astype(np.float32)
    return cv2.GaussianBlur(rough, (0, 0), 1.0)


def with_holes(shape):
    usable = np.ones(shape, bool)
    usable[:20, :50] = usable[300:360, 30:] = usable[500:506] = usable[-1, 0] = False
    return usable


def shoulders(usable):
    inner = cv2.erode(usable.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=1)
    return cv2.blur(inner.astype(np.float32), (7, 7)) * inner


def test_shoulders_are_soft_around_every_hole_and_nowhere_else():
    usable = with_holes((900, 96))
    assert np.array_equal(votes.softened(usable), shoulders(usable))
    assert votes.softened(np.ones((900, 96), bool)) is None


@pytest.mark.parametrize("whole", [True, False])
def test_texture_beside_holes_is_what_weighing_every_row_gives(whole):
    grey = picture()
    usable = np.ones(grey.shape, bool) if whole else with_holes(grey.shape)
    weight = np.ones_like(grey) if whole else shoulders(usable)
    near = np.maximum(cv2.blur(weight, NEAR), 1e-3)
    high = (grey - cv2.blur(grey * weight, NEAR) / near) * weight
    spread = cv2.sqrt(np.maximum(cv2.blur(high * high, NEAR), 0) / near)
    floor = 0.1 * np.median(spread[::5, ::5][weight[::5, ::5] > 0]) + 1e-3
    found = votes.texture(grey, votes.softened(usable))
    assert found == pytest.approx(np.clip(high / (spread + floor), -3, 3), abs=1e-5)
    assert not found[weight == 0].any()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.int32])
@pytest.mark.parametrize("n_bands", [1, 2, 3, 4])
def test_brightness_is_the_mean_of_at_most_three_bands(dtype, n_bands):
    image = np.random.default_rng(1).integers(0, 255, (n_bands, 20, 30)).astype(dtype)
    found = votes.brightness(image)
    assert found.dtype == np.float32
    assert np.array_equal(found, image[:3].mean(axis=0, dtype=np.float32))
