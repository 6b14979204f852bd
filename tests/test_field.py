from dataclasses import replace

import cv2
import numpy as np
import pytest
from scipy import ndimage

from test_align import everywhere, ground, moved
from vallum.imagery import align, field

SIZE = 640
PLACES = np.arange(SIZE) + 1j * np.arange(SIZE)[:, None]
FROM_MIDDLE = PLACES - (SIZE - 1) / 2 * (1 + 1j)


def remapped(image, at):
    maps = at.real.astype(np.float32), at.imag.astype(np.float32)
    return cv2.remap(image, *maps, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REFLECT)


def bent(image, moves):
    """Return the image with what is at z moved to z + moves(z)."""
    back = -moves
    for _ in range(10):
        parts = [p.astype(np.float32) for p in (moves.real, moves.imag)]
        back = -(remapped(parts[0], PLACES + back) + 1j * remapped(parts[1], PLACES + back))
    return remapped(image, PLACES + back)


def wobble():
    layers = np.random.default_rng(0).normal(size=(2, SIZE, SIZE))
    across, down = (ndimage.gaussian_filter(layer, 80) for layer in layers)
    return (across + 1j * down) * 2.5 / np.abs(across + 1j * down).max()


WARPS = {
    "smooth": 2.5 * np.sin(2 * np.pi * PLACES.imag / 600) + 2j * np.cos(np.pi * PLACES.real / 350),
    "rotation": (np.exp(1j * np.radians(0.3)) - 1) * FROM_MIDDLE,
    "scale": 0.002 * FROM_MIDDLE,
    "relief": wobble(),
}


@pytest.mark.parametrize("name", list(WARPS))
def test_a_smooth_warp_is_followed_to_a_third_of_a_pixel(name):
    image = ground(1, SIZE)
    other = bent(image, WARPS[name]) + np.random.default_rng(2).normal(0, 3, image.shape)
    shift = align.shift(image, other, everywhere(image))
    found = field.measure(image, other, everywhere(image), shift)
    apart = np.abs(found.moves(image.shape) - WARPS[name])[40:-40, 40:-40]
    assert found.helps
    assert found.ce90_px < 0.8 * found.before_px
    assert np.quantile(apart, 0.9) < 0.35
    laid, _ = field.laid(image[None], other[None], everywhere(image))
    inner = np.s_[40:-40, 40:-40]
    assert np.abs(laid[0] - image)[inner].mean() < 0.65 * np.abs(other - image)[inner].mean()


def test_no_field_is_used_where_one_shift_fits():
    image = ground(3, SIZE)
    other = moved(image, 0.4, -0.7) + np.random.default_rng(4).normal(0, 3, image.shape)
    shift = align.shift(image, other, everywhere(image))
    found = field.measure(image, other, everywhere(image), shift)
    assert not found.helps
    assert found.moves(image.shape) == pytest.approx(shift.move)


def test_a_fence_that_appears_is_not_pulled():
    image = ground(5, SIZE)
    plain = bent(image, WARPS["relief"])
    fenced = plain.copy()
    cv2.line(fenced, (30, 300), (610, 340), 255.0, 2)
    cv2.line(fenced, (30, 306), (610, 346), 0.0, 2)
    without, with_fence = (
        field.measure(image, other, everywhere(image), align.UNMOVED) for other in (plain, fenced)
    )
    apart = np.abs(without.moves(image.shape) - with_fence.moves(image.shape))
    assert with_fence.helps
    assert apart.max() < 0.35


def test_changed_ground_does_not_bend_the_rest():
    image = ground(6, SIZE)
    other = moved(image, 0.3, 0.2)
    other[200:420, 150:450] = ground(7, SIZE)[200:420, 150:450]
    found = field.measure(image, other, everywhere(image), align.UNMOVED)
    assert np.abs(found.moves(image.shape) - (0.3 + 0.2j)).max() < 0.5


def test_two_different_places_have_no_field():
    found = field.measure(
        ground(8, SIZE), ground(9, SIZE), everywhere(ground(8, SIZE)), align.UNMOVED
    )
    assert not found.helps


def test_the_mask_leaves_out_what_was_taken_from_outside():
    image = ground(10, SIZE)
    other = bent(image, WARPS["rotation"])
    laid, usable = field.laid(image[None], other[None], everywhere(image))
    assert laid.shape == (1, SIZE, SIZE)
    assert 0.97 < usable.mean() < 1


def test_small_tiles_are_left_as_they_are():
    image = ground(11)[:60, :60]
    laid, usable = field.laid(image[None], image[None], everywhere(image))
    assert laid.base is image or np.array_equal(laid[0], image)
    assert usable.all()


def test_what_a_shift_leaves_is_taken_off_once_and_the_type_stays():
    image = np.clip(ground(12, SIZE), 0, 255)
    other = np.clip(moved(image, 0.5, 0.25), 0, 255).astype(np.uint8)
    laid, usable = field.laid(
        image[None].astype(np.uint8), other[None], everywhere(image), (0.5, 0.25)
    )
    assert laid.dtype == np.uint8
    assert not usable[-1].any()
    inner = np.s_[20:-20, 20:-20]
    assert usable[inner].all()
    apart = [np.abs(x.astype(float) - image)[inner].mean() for x in (laid[0], other)]
    assert apart[0] < 0.6 * apart[1]


def test_a_warp_is_followed_on_an_image_whose_tiles_do_not_touch():
    size = 1900
    places = np.arange(size) + 1j * np.arange(size)[:, None]
    image = ground(13, size)
    turn = (np.exp(1j * np.radians(0.1)) - 1) * (places - (size - 1) / 2 * (1 + 1j))
    back = places - turn
    other = cv2.remap(
        image,
        back.real.astype(np.float32),
        back.imag.astype(np.float32),
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REFLECT,
    )
    found = field.measure(image, other, everywhere(image), align.UNMOVED)
    assert found.helps
    assert found.ce90_px < 0.5 * found.before_px


@pytest.mark.parametrize("rest", [(0.0, 0.0), (0.3, 0.2)], ids=["bicubic", "bilinear"])
@pytest.mark.parametrize("n_bands", [1, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_what_is_taken_a_few_rows_at_a_time_is_the_whole(dtype, n_bands, rest):
    image = np.clip(ground(14, SIZE), 0, 255)
    other = np.clip(bent(image, WARPS["smooth"] + complex(*rest)), 0, 255)
    one, later = (
        np.stack([picture * (1 - n / 10) for n in range(n_bands)]).astype(dtype)
        for picture in (image, other)
    )
    usable = everywhere(image)
    usable[100:180, 200:330] = False
    start = replace(align.UNMOVED, dx_px=rest[0], dy_px=rest[1])
    found = field.measure(one, later, usable, start)
    bands = list(found.places((SIZE, SIZE)))
    at = [np.concatenate([band[n] for band in bands]) for n in (1, 2)]
    how = cv2.INTER_LINEAR if any(rest) else cv2.INTER_CUBIC
    whole = [cv2.remap(band, *at, how, borderMode=cv2.BORDER_REPLICATE) for band in later]
    share = cv2.remap(usable.astype(np.float32), *at, cv2.INTER_LINEAR)
    laid, seen = field.laid(one, later, usable, rest)
    assert found.helps
    assert laid.dtype == dtype
    assert np.array_equal(laid, whole)
    assert np.abs(at[0] - np.arange(SIZE)).max() < found.reach_px
    assert np.mean(seen != (usable & (share > 0.99))) < 1e-4
