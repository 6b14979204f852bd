import numpy as np
import pytest
from scipy import fft, ndimage

from vallum.ground.errors import GridMismatch
from vallum.imagery import align


def ground(seed, size=320):
    rng = np.random.default_rng(seed)
    layers = [ndimage.gaussian_filter(rng.normal(size=(size, size)), s) * s for s in (1.2, 3, 9)]
    image = sum(layers)
    return (100 + 25 * image / image.std()).astype(np.float32)


def moved(image, dx, dy):
    """Return the image with its content moved right and down, exactly (Fourier)."""
    rows, columns = (
        fft.fftfreq(n)[:, None] if k == 0 else fft.fftfreq(n)[None]
        for k, n in enumerate(image.shape)
    )
    phase = np.exp(-2j * np.pi * (columns * dx + rows * dy))
    return np.real(fft.ifft2(fft.fft2(image) * phase)).astype(np.float32)


def everywhere(image):
    return np.ones(image.shape[-2:], bool)


@pytest.mark.parametrize(("dx", "dy"), [(0.0, 0.0), (0.37, -0.61), (5.2, -16.8), (-40.4, 33.3)])
def test_a_known_shift_is_found_to_a_tenth_of_a_pixel(dx, dy):
    image = ground(1)
    other = moved(image, dx, dy) + np.random.default_rng(2).normal(0, 3, image.shape)
    found = align.shift(image, other, everywhere(image))
    assert not found.blocked_by
    assert abs(found.dx_px - dx) < 0.1
    assert abs(found.dy_px - dy) < 0.1
    assert found.rmse_px < 0.3
    assert found.reliability > 0.8


def test_brightness_contrast_and_bands_may_differ():
    image = ground(3)
    other = np.stack([30 + 2.5 * moved(image, 2.3, 1.4)] * 4)
    found = align.shift(image[None], other, everywhere(image))
    assert (found.dx_px, found.dy_px) == pytest.approx((2.3, 1.4), abs=0.1)


def test_contrast_that_turned_round_is_still_aligned_by_edges():
    image = ground(4)
    found = align.shift(image, 200 - moved(image, -3.0, 4.0), everywhere(image))
    assert not found.blocked_by
    assert (found.dx_px, found.dy_px) == pytest.approx((-3.0, 4.0), abs=0.5)


def test_a_third_of_the_ground_may_change():
    image = ground(5)
    other = moved(image, 1.6, -2.2)
    other[:110] = ground(6)[:110]
    found = align.shift(image, other, everywhere(image))
    assert not found.blocked_by
    assert (found.dx_px, found.dy_px) == pytest.approx((1.6, -2.2), abs=0.15)


def test_masked_pixels_do_not_vote():
    image = ground(7)
    other = moved(image, 1.5, 0.5)
    valid = everywhere(image)
    # A logo that stays put while the ground moves would pull the answer to zero.
    logo = ground(8)
    image, other = image.copy(), other.copy()
    image[:, :190], other[:, :190] = 3 * logo[:, :190], 3 * logo[:, :190]
    valid[:, :190] = False
    found = align.shift(image, other, valid)
    assert not found.blocked_by
    assert (found.dx_px, found.dy_px) == pytest.approx((1.5, 0.5), abs=0.15)


@pytest.mark.parametrize("size", [96, 128, 200])
def test_small_images_are_aligned(size):
    image = ground(9)
    other = moved(image, 2.4, -1.7)
    part = np.s_[60 : 60 + size, 60 : 60 + size]
    found = align.shift(image[part], other[part], everywhere(image[part]))
    assert not found.blocked_by
    assert (found.dx_px, found.dy_px) == pytest.approx((2.4, -1.7), abs=0.15)


@pytest.mark.parametrize("seed", range(6))
def test_two_different_places_are_refused(seed):
    found = align.shift(ground(10 + seed), ground(50 + seed), everywhere(ground(10)))
    assert "different places" in found.blocked_by


def test_flat_images_are_refused():
    flat = np.full((3, 256, 256), 90, np.uint8)
    assert "texture" in align.shift(flat, flat, everywhere(flat)).blocked_by


def test_nothing_usable_and_tiny_images_are_refused():
    image = ground(20)
    assert align.shift(image, image, np.zeros(image.shape, bool)).blocked_by
    assert "96" in align.shift(image[:90], image[:90], everywhere(image[:90])).blocked_by


def test_a_shift_beyond_the_search_is_not_invented():
    image = ground(21)
    found = align.shift(image, moved(image, 70, 0), everywhere(image), search_px=16)
    assert found.blocked_by


def test_unequal_shapes_are_an_error():
    image = ground(22)
    with pytest.raises(GridMismatch, match="one grid"):
        align.shift(image, image[:300], everywhere(image))


def _read(path):
    import rasterio

    with rasterio.open(path) as source:
        return source.read()


@pytest.mark.real
def test_the_puerto_rico_pair_is_found_17_rows_up_and_5_columns_right(shared_data):
    folder = shared_data / "imagery" / "puerto-rico-pair"
    pre, post = _read(folder / "pre.tif"), _read(folder / "post.tif")
    found = align.shift(pre, post, everywhere(pre))
    if found.blocked_by:  # relief moves its parts by different amounts: no single shift fits well
        return
    assert (found.dx_px, found.dy_px) == pytest.approx((5, -17), abs=1)


@pytest.mark.real
@pytest.mark.parametrize("other", [2, 5, 7, 9])
def test_shifts_between_naip_dates_are_found(shared_data, other):
    files = sorted((shared_data / "imagery" / "naip-nd-10dates").glob("*.tif"))
    first, second = (_read(files[n])[:3, :512, :512].mean(axis=0) for n in (1, other))
    bare = align.shift(first, second, everywhere(first))
    pushed = align.shift(first, moved(second, 3.3, -6.6), everywhere(first))
    assert not bare.blocked_by
    assert not pushed.blocked_by
    assert pushed.dx_px - bare.dx_px == pytest.approx(3.3, abs=0.35)
    assert pushed.dy_px - bare.dy_px == pytest.approx(-6.6, abs=0.3)


@pytest.mark.real
def test_north_dakota_does_not_lie_on_puerto_rico(shared_data):
    folder = shared_data / "imagery"
    files = sorted((folder / "naip-nd-10dates").glob("*.tif"))
    pre = _read(folder / "puerto-rico-pair" / "pre.tif")
    for path in files[:4]:
        found = align.shift(_read(path)[:3, 100:612, 100:612], pre, everywhere(pre))
        assert found.blocked_by


@pytest.mark.parametrize("seed", range(4))
def test_swapping_the_images_negates_the_answer(seed):
    rng = np.random.default_rng(seed)
    image, dx, dy = ground(30 + seed), *rng.uniform(-30, 30, 2)
    other = moved(image, dx, dy) + rng.normal(0, 20, image.shape)
    there, back = (
        align.shift(*pair, everywhere(image)) for pair in ((image, other), (other, image))
    )
    assert not there.blocked_by
    assert (back.dx_px, back.dy_px) == pytest.approx((-there.dx_px, -there.dy_px), abs=1e-3)
    assert back.reliability == there.reliability


def test_ce90_holds_nine_of_ten_tiles_and_grows_with_a_rotation():
    from scipy import ndimage

    image = ground(40, 512)
    turned = ndimage.rotate(image, 0.2, reshape=False, mode="reflect")
    plain = align.shift(image, moved(image, 1.2, 0.4), everywhere(image))
    bent = align.shift(image, turned, everywhere(image))
    assert plain.ce90_px < 0.1
    assert not bent.blocked_by
    assert (bent.dx_px, bent.dy_px) == pytest.approx((0, 0), abs=0.2)
    assert 0.5 < bent.ce90_px < 1.5
    assert bent.rmse_px < bent.ce90_px


def test_a_rotation_that_one_shift_leaves_over_three_pixels_is_refused():
    from scipy import ndimage

    image = ground(41, 1024)
    found = align.shift(
        image, ndimage.rotate(image, 0.6, reshape=False, mode="reflect"), everywhere(image)
    )
    assert "CE90" in found.blocked_by
