import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from vallum.ground.errors import GridMismatch
from vallum.imagery import radiometry


def ground(seed, bands=3, size=200):
    rng = np.random.default_rng(seed)
    smooth = [ndimage.gaussian_filter(rng.normal(size=(size, size)), 3) for _ in range(bands)]
    return np.stack([110 + 25 * layer / layer.std() for layer in smooth])


def everywhere(image):
    return np.ones(image.shape[1:], bool)


@given(gain=st.floats(0.4, 2.5), offset=st.floats(-40, 40), seed=st.integers(0, 50))
@settings(max_examples=25, deadline=None)
def test_gain_and_offset_are_recovered(gain, offset, seed):
    moving = ground(seed)
    noise = np.random.default_rng(seed + 1).normal(0, 1, moving.shape)
    found_gain, found_offset = radiometry.match(
        gain * moving + offset + noise, moving, everywhere(moving)
    )
    assert found_gain == pytest.approx([gain] * 3, rel=0.05)
    # What matters is the match where the pixels are.
    middle = [g * 110 + o for g, o in zip(found_gain, found_offset, strict=True)]
    assert middle == pytest.approx([gain * 110 + offset] * 3, abs=2)


@pytest.mark.parametrize("share", [0.1, 0.2, 0.3])
def test_changed_ground_does_not_pull_the_fit(share):
    moving = ground(7)
    reference = 1.3 * moving - 12
    edge = int(share * moving.shape[2])
    reference[:, :, :edge] = 220 + 0.2 * ground(8)[:, :, :edge]
    gain, offset = radiometry.match(reference, moving, everywhere(moving))
    assert gain == pytest.approx([1.3] * 3, rel=0.03)
    assert offset == pytest.approx([-12] * 3, abs=4)


def test_sixteen_bit_images_are_matched():
    moving = (ground(9) * 40).astype(np.uint16)
    reference = (moving * 0.7 + 900).astype(np.uint16)
    gain, offset = radiometry.match(reference, moving, everywhere(moving))
    assert gain == pytest.approx([0.7] * 3, rel=0.01)
    assert offset == pytest.approx([900] * 3, abs=40)


def test_masked_and_saturated_pixels_are_left_out():
    moving = ground(10)
    reference = np.clip(1.5 * moving, 0, 255)
    valid = everywhere(moving)
    reference[:, :60], valid[:60] = 7, False
    gain, _ = radiometry.match(reference.astype(np.uint8), moving, valid)
    assert gain == pytest.approx([1.5] * 3, rel=0.04)


def test_a_flat_band_and_too_few_pixels_leave_the_image_alone():
    moving = ground(11)
    nowhere = np.zeros(moving.shape[1:], bool)
    assert radiometry.match(moving, moving, nowhere) == ((1.0,) * 3, (0.0,) * 3)
    flat = np.full_like(moving, 50)
    gain, offset = radiometry.match(flat + 5, flat, everywhere(moving))
    assert gain == (1.0,) * 3
    assert offset == pytest.approx([5] * 3)


def test_unequal_bands_are_an_error():
    moving = ground(12)
    with pytest.raises(GridMismatch, match="same bands"):
        radiometry.match(moving[:2], moving, everywhere(moving))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_only_how_the_bands_differ_is_weighed_and_nothing_is_clipped(dtype):
    pixels = np.full((3, 4, 5), 200, dtype)
    found = radiometry.levelled(pixels, (2.0, 1.0, 1.5))
    assert found.dtype == dtype
    assert found[:, 0, 0].tolist() == [200, 100, 150]
    assert (pixels == 200).all()
    assert radiometry.levelled(pixels, (1.3, 1.3, 1.3)) is pixels
    assert radiometry.levelled(pixels, ()) is pixels
