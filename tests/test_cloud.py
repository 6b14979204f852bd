"""Cloud, snow and deep shadow are masked; bright things that people build are not."""

import cv2
import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vallum.imagery import cloud
from vallum.imagery.cloud import Cover


def land(height=400, width=400, *, bands=4, dtype="uint8", scale=1, seed=0):
    """Fields, woods and a river, 2 m pixels."""
    rng = np.random.default_rng(seed)
    fields = cv2.resize(
        rng.normal(0, 1, (10, 10)), (width, height), interpolation=cv2.INTER_NEAREST
    )
    level = 80 + 15 * fields + rng.normal(0, 4, (height, width))
    colour = np.array([1.0, 1.1, 0.8, 1.6])[:bands, None, None]
    picture = level[None] * colour
    picture[:, :, 180:200] = np.array([30, 45, 40, 12])[:bands, None, None]
    return np.clip(picture * scale, 1, None).astype(dtype)


def puff(picture, row, column, radius, *, value, opacity=1.0):
    """Paint a round cloud with a soft rim."""
    rows, columns = np.mgrid[: picture.shape[1], : picture.shape[2]]
    away = np.hypot(rows - row, columns - column)
    share = np.clip((radius - away) / 10 + 1, 0, 1) * opacity
    return (picture * (1 - share) + value * share).astype(picture.dtype), away <= radius


def all_of(picture):
    return np.ones(picture.shape[1:], bool)


@pytest.mark.parametrize(("dtype", "scale"), [("uint8", 1), ("uint16", 12)])
@pytest.mark.parametrize("bands", [1, 3, 4])
def test_a_cloud_is_masked_and_the_land_beside_it_is_not(dtype, scale, bands):
    clean = land(bands=bands, dtype=dtype, scale=scale)
    cloudy, where = puff(clean, 250, 300, 60, value=235 * scale)
    valid = all_of(clean)
    assert cloud.clear(clean, valid, 2.0, bands == 4).mean() > 0.99
    clear = cloud.clear(cloudy, valid, 2.0, bands == 4)
    assert (~clear)[where].mean() > 0.97
    assert clear[:, :150].mean() > 0.99


def test_a_shadow_beside_the_cloud_is_masked_but_a_river_without_cloud_is_not():
    clean = land()
    cloudy, where = puff(clean, 150, 300, 50, value=235)
    dark, shade = puff(cloudy, 280, 330, 50, value=25, opacity=0.9)
    found = cloud.covers(dark, all_of(dark), 2.0, True)
    assert (found[shade & ~where] == Cover.SHADOW).mean() > 0.8
    assert (cloud.covers(clean, all_of(clean), 2.0, True) == Cover.GROUND).all()


def test_roofs_roads_and_cleared_strips_stay():
    picture = land(800, 800)
    picture[:, 100:130, 100:140] = 250  # a roof of 60 x 80 m, at 2 m
    picture[:, 500:515, :] = 240  # a bare strip, 30 m wide, along everything
    picture[:, :, 600:604] = 245  # a road of 8 m
    assert cloud.clear(picture, all_of(picture), 2.0, True).mean() > 0.999


def test_snow_over_everything_is_masked_in_8_bit_pictures():
    picture = np.full((3, 300, 300), 240, "uint8")
    assert not cloud.clear(picture, all_of(picture), 5.0, False).any()


def test_a_part_that_is_all_cloud_is_known_by_the_levels_of_the_scene():
    scene = land(dtype="uint16", scale=12)
    usual = cloud.levels(scene, all_of(scene))
    part = np.full((4, 200, 200), 2800, "uint16")
    assert not cloud.clear(part, all_of(part), 5.0, True, usual=usual).any()


def test_black_without_detail_is_masked():
    picture = land()
    picture[:, 200:300, 0:150] = 1
    clear = cloud.clear(picture, all_of(picture), 2.0, True)
    assert not clear[220:280, 20:130].any()
    assert clear[:, 220:].all()


def test_invalid_pixels_are_never_clear_and_say_nothing_of_the_scene():
    picture = land()
    valid = all_of(picture)
    valid[:, 300:] = False
    picture[:, :, 300:] = 255
    clear = cloud.clear(picture, valid, 2.0, True)
    assert not clear[:, 300:].any()
    assert clear[:, :300].mean() > 0.99
    nothing = np.zeros_like(valid)
    assert not cloud.clear(picture, nothing, 2.0, True).any()
    assert cloud.levels(picture, nothing) is None


@settings(max_examples=25, deadline=None)
@given(
    arrays(np.uint8, st.tuples(st.integers(1, 5), st.integers(1, 40), st.integers(1, 40))),
    st.sampled_from([0.3, 2.0, 10.0, 500.0]),
)
def test_any_picture_gives_a_mask_of_its_own_shape(pixels, gsd_m):
    valid = pixels.any(axis=0)
    clear = cloud.clear(pixels, valid, gsd_m, pixels.shape[0] >= 4)
    assert clear.shape == valid.shape
    assert not (clear & ~valid).any()


@pytest.mark.real
def test_clear_days_in_north_dakota_stay_clear(shared_data):
    for path in sorted((shared_data / "imagery" / "naip-nd-10dates").glob("*.tif")):
        with rasterio.open(path) as source:
            pixels, valid = source.read(), source.dataset_mask() > 0
        assert cloud.clear(pixels, valid, 5.0, True)[valid].mean() > 0.95, path.name


@pytest.mark.real
def test_hand_made_labels_are_mostly_met(shared_data):
    folder = shared_data / "imagery" / "s2-cloud-labels"

    def band(name):
        with rasterio.open(folder / f"adwp-{name}.tif") as source:
            return source.read(1)

    pixels = np.stack([band(b) for b in ("b04", "b03", "b02", "b08")])
    label = band("label")
    found = cloud.covers(pixels, pixels.all(axis=0), 10.0, True) == Cover.CLOUD
    both = (found & (label == 1)).sum()
    assert 2 * both / (found[label < 2].sum() + (label == 1).sum()) > 0.8
