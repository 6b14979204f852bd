"""The packaged network masks images in reflectance, and stays out of all others."""

import numpy as np
import pytest
import rasterio

from vallum.imagery.cloud import Cover, network, shares, shown

NAMES = ("red", "green", "blue", "nir")
PLAIN = (1e-4, 0.0)


def land(size=256, seed=0):
    """Fields in reflectance times 10,000, red green blue infrared."""
    rng = np.random.default_rng(seed)
    fields = np.kron(rng.normal(0, 1, (16, 16)), np.ones((16, 16)))[:size, :size]
    level = 700 + 60 * fields + rng.normal(0, 15, (size, size))
    colour = np.array([0.9, 1.1, 0.9, 3.8])[:, None, None]
    return np.clip(level * colour, 1, None).astype(np.uint16)


@pytest.mark.parametrize(
    ("bands", "reflectance", "gsd_m", "can"),
    [
        (NAMES, PLAIN, 10.0, True),
        ((*NAMES, "swir16", "swir22"), PLAIN, 30.0, True),
        (NAMES, (), 10.0, False),
        (("red", "green", "blue"), PLAIN, 10.0, False),
        (NAMES, PLAIN, 90.0, False),
        ((), PLAIN, 10.0, False),
    ],
    ids=["four", "six", "no-reflectance", "no-infrared", "coarse", "no-names"],
)
def test_bands_reflectance_and_size_must_be_known(bands, reflectance, gsd_m, can):
    assert network.reads(bands, reflectance, gsd_m) is can


def test_white_and_veiled_land_is_hidden_and_the_rest_is_not():
    pixels = land()
    pixels[:, 30:90, 30:90] = 6800
    veiled = pixels[:, 140:220, 140:220]
    veiled += ((7000 - veiled.astype(float)) * 0.35).astype(np.uint16)
    valid = np.ones(pixels.shape[1:], bool)
    valid[:, 250:] = False
    found = network.covers(pixels, valid, 10.0, NAMES, PLAIN)
    assert (found[30:90, 30:90] == Cover.CLOUD).all()
    assert not shown(found[150:210, 150:210]).any()
    assert shown(found[110:130, :130]).mean() > 0.95
    assert (found[:, 250:] == Cover.NODATA).all()


def test_a_lake_is_water_and_snow_is_told_by_short_wave_infrared():
    fine = land()
    pixels = np.concatenate([fine, fine[3:] // 2, fine[3:] // 3])
    pixels[:, 100:160, 100:160] = np.array([300, 400, 350, 150, 60, 30])[:, None, None]
    pixels[:, 20:70, 20:70] = np.array([7600, 7900, 8000, 7000, 900, 700])[:, None, None]
    valid = np.ones(pixels.shape[1:], bool)
    found = network.covers(pixels, valid, 10.0, (*NAMES, "swir16", "swir22"), PLAIN)
    assert (found[110:150, 110:150] == Cover.WATER).mean() > 0.9
    assert (found[25:65, 25:65] == Cover.SNOW).mean() > 0.9


def test_numbers_that_no_land_has_are_left_to_the_own_mask():
    pixels = land(64)
    valid = np.ones((64, 64), bool)
    assert network.covers(pixels, valid, 10.0, NAMES, (1.0, 0.0)) is None
    assert network.covers(pixels, np.zeros_like(valid), 10.0, NAMES, PLAIN) is None


def test_gain_and_offset_may_be_one_for_all_bands_or_one_for_each():
    pixels = land(64)
    valid = np.ones((64, 64), bool)
    raised = pixels + 1000
    plain = network.covers(pixels, valid, 10.0, NAMES, PLAIN)
    for stated in ((1e-4, -0.1), (1e-4, -0.1) * 4):
        assert (network.covers(raised, valid, 10.0, NAMES, stated) == plain).all()


def test_shares_are_told_by_cause_largest_first():
    covers = np.array([[0, 1, 1, 3], [5, 2, 255, 1]], np.uint8)
    valid = covers != Cover.NODATA
    assert shares(covers, valid) == ("cloud 0.375", "shadow 0.125", "haze 0.125")
    assert shares(np.zeros((2, 2), np.uint8), np.ones((2, 2), bool)) == ()
    assert shown(covers).sum() == 2


@pytest.mark.real
@pytest.mark.parametrize("chip", ["adwp", "aeey"])
def test_both_labelled_chips_are_met_to_088(shared_data, chip):
    folder = shared_data / "imagery" / "s2-cloud-labels"

    def band(name):
        with rasterio.open(folder / f"{chip}-{name}.tif") as source:
            return source.read(1)

    pixels = np.stack([band(b) for b in ("b04", "b03", "b02", "b08")])
    label = band("label")
    said = network.covers(pixels, pixels.any(axis=0), 10.0, NAMES, PLAIN)
    found = (said == Cover.CLOUD) | (said == Cover.HAZE)
    both = (found & (label == 1)).sum()
    assert 2 * both / (found[label < 2].sum() + (label == 1).sum()) > 0.88
