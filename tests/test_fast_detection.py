"""The detector's short cuts give what the plain way gives."""

import cv2
import numpy as np
import pytest

from vallum.change import evidence, network, zscores
from vallum.simulate.scene import background, second_date

SHAPES = {"multiples of 16": (176, 208), "multiples of four": (132, 180), "odd": (131, 177)}


@pytest.fixture(scope="module")
def dates():
    before = background((320, 448), 31)
    return before, second_date(before, 5, shift_px=(0.3, 0.2))


def mask_of(shape, kind):
    clear = np.ones(shape, bool)
    if kind == "holes":
        clear[20:60, 30:110] = False
        clear[:, -9:] = False
    return clear


# -- z-scores ---------------------------------------------------------------------------------


def plainly_standardised(grey, clear):
    """Return z-scores the plain way: whole planes, one pass after another."""
    whole = bool(clear.all())

    def coarse(image):
        rows, columns = (max(1, side // 4) for side in image.shape)
        return cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA)

    weight = None if whole else coarse(clear.astype(np.float32))
    small, size = coarse(np.where(clear, grey, np.float32(0))), grey.shape[::-1]

    def around(values, reach_px):
        side = (reach_px // 4 | 1,) * 2
        mean = cv2.blur(values, side)
        if weight is not None:
            mean = mean / np.maximum(cv2.blur(weight, side), 1e-3)
        return np.asarray(mean, np.float32)

    apart = np.abs(grey - cv2.resize(around(small, 44), size)) * clear
    sample = apart[::5, ::3] if whole else apart[clear][::7]
    usual = max(float(np.median(sample)), 1e-3)
    spread = around(coarse(np.minimum(apart, np.float32(4 * usual))), 44)
    gain = 6 / np.maximum(1.25 * spread, max(0.4 * usual, 0.5))
    score = (grey - cv2.resize(around(small, 164), size)) * cv2.resize(gain, size) * clear
    return np.rint(np.clip(score, -120, 120)).astype(np.int8)


@pytest.mark.parametrize("masked", ["clear", "holes"])
@pytest.mark.parametrize("size", SHAPES)
def test_z_scores_by_bands_are_those_of_the_whole(size, masked):
    shape = SHAPES[size]
    image = background((shape[0] + 16, shape[1] + 16), 3)[:, : shape[0], : shape[1]]
    clear = mask_of(shape, masked)
    found = zscores.standardised([zscores.brightness(image), zscores.redness(image)], clear)
    greys = (
        image[:3].mean(axis=0, dtype=np.float32),
        image[0].astype(np.float32) - image[2].astype(np.float32),
    )
    for got, grey in zip(found, greys, strict=True):
        assert np.array_equal(got, plainly_standardised(grey, clear))


def test_eight_bits_are_looked_at_as_exact_numbers_are(dates):
    for image in dates:
        assert image.dtype == np.uint8
        exact = image.astype(np.float32)
        for plane in (zscores.brightness, zscores.redness):
            assert np.array_equal(plane(image).rows(slice(None)), plane(exact).rows(slice(None)))
    assert np.array_equal(
        network.inputs_of(*dates), network.inputs_of(*(x.astype(np.float32) for x in dates))
    )


def test_halved_brightness_by_bands_is_that_of_the_whole(dates):
    plane = zscores.brightness(dates[0][:, :301, :433])
    whole = cv2.resize(
        plane.rows(slice(None))[:300, :432], (216, 150), interpolation=cv2.INTER_AREA
    )
    assert np.array_equal(zscores.halved(plane), whole)


def test_what_is_not_a_number_outside_the_mask_does_no_harm(dates):
    clear = np.ones(dates[0].shape[1:], bool)
    clear[100:140, 200:260] = False
    images = [image.astype(np.float32) for image in dates]
    filled = network.inputs_of(*images, clear)
    for image in images:
        image[:, ~clear] = np.nan
    assert np.array_equal(network.inputs_of(*images, clear), filled)


# -- classical evidence -----------------------------------------------------------------------


def moved(image, dx, dy):
    """Return (y, x): what lies at (x + dx, y + dy), 0 outside."""
    out = np.zeros_like(image)
    rows, columns = image.shape
    y, x = slice(max(0, -dy), rows - max(0, dy)), slice(max(0, -dx), columns - max(0, dx))
    out[y, x] = image[y.start + dy : y.stop + dy, x.start + dx : x.stop + dx]
    return out


def plain_sums(z, solid, doublings):
    """Return (polarity, direction, y, x) sums along lines the plain way, in wide numbers."""
    pad = 40
    z = np.pad(z.astype(int), pad)
    solid = np.pad(solid.astype(int), pad)
    broad = np.rint(cv2.blur(z.astype(np.float64), (3, 3))).astype(int)
    out = np.zeros((2, 16, *z.shape), int)
    for n in range(16):
        for polarity, sign in enumerate((1, -1)):
            ridge = np.zeros_like(z)
            for values, reach in ((z, 2.4), (broad, 4.2)):
                dx, dy = evidence._offsets(reach)[n]
                sides = [sign * (values - moved(values, k * dx, k * dy)) for k in (1, -1)]
                ridge = np.maximum(ridge, np.clip(np.minimum(*sides), 0, 8))
            ridge *= solid
            aside = (1, 0) if 4 < n < 12 else (0, 1)
            for way in (1, -1):
                part = ridge
                for level in range(doublings):
                    dx, dy = (way * v for v in evidence._strides(2**level)[n])
                    far = part
                    if level >= 2:
                        beside = [moved(part, k * aside[0], k * aside[1]) for k in (1, -1)]
                        far = np.maximum(part, np.maximum(*beside))
                    part = part + moved(far, dx, dy)
                out[polarity, n] += part
            out[polarity, n] = np.minimum(out[polarity, n], 255) - ridge
    return out, pad


def plain_maps(dates, clear, doublings):
    """Return (4, y, x) and directions: what one date has and the other has not."""
    solid = cv2.erode(clear.astype(np.uint8), np.ones((13, 13), np.uint8), borderValue=0)
    found = [plain_sums(z, solid, doublings) for z in dates]
    pad = found[0][1]
    sums = [one for one, _ in found]
    nearby = []
    for one in sums[:2]:
        most = one.max(axis=0)
        grown = np.array(
            [np.max([moved(m, i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)], axis=0) for m in most]
        )
        nearby.append(np.maximum(grown, np.maximum(np.roll(grown, 1, 0), np.roll(grown, -1, 0))))
    maps, ways = [], []
    for mine, polarity in ((1, 0), (1, 1), (0, 0), (0, 1)):
        shown = sums[mine][polarity]
        if len(sums) > 2:
            shown = np.maximum(shown, sums[2][polarity if mine else 1 - polarity])
        value = np.maximum(shown - nearby[1 - mine], 0)
        maps.append(value.max(axis=0) * np.pad(solid, pad))
        ways.append(value.argmax(axis=0))
    inner = np.s_[:, pad:-pad, pad:-pad]
    return np.array(maps)[inner], np.array(ways)[inner]


@pytest.mark.parametrize("block", [(256, 512), (40, 56)], ids=["one block", "many blocks"])
@pytest.mark.parametrize(("n_dates", "doublings"), [(2, 4), (3, 3)])
def test_line_sums_in_flat_blocks_are_those_of_the_plain_way(
    monkeypatch, n_dates, doublings, block
):
    rng = np.random.default_rng(n_dates)
    shape = (104, 150)
    images = [rng.normal(0, 7, shape) for _ in range(n_dates)]
    for image, height in zip(images, (14, -30, 22), strict=False):
        x, y = rng.integers(20, 80, 2)
        cv2.line(image, (int(x), int(y)), (int(x) + 60, int(y) + 15), height, 2)
    dates = [np.clip(image, -120, 120).astype(np.int8) for image in images]
    clear = np.ones(shape, bool)
    clear[:18, :40] = False
    monkeypatch.setattr(evidence, "_BLOCK_PX", block)
    maps, ways = evidence._difference_maps(dates, clear, 1, doublings=doublings)
    plain, plain_ways = plain_maps(dates, clear, doublings)
    assert maps.any()
    assert np.array_equal(maps, plain)
    there = maps > 0
    assert np.array_equal(ways[there], plain_ways[there])


# -- network ----------------------------------------------------------------------------------


def test_what_the_network_reads_is_two_by_two_pixels_of_each_plane():
    rng = np.random.default_rng(0)
    planes = rng.integers(0, 256, (4, 32, 48), dtype=np.uint8)
    plain = planes.reshape(4, 16, 2, 24, 2).transpose(1, 3, 0, 2, 4).reshape(16, 24, 16)
    assert np.array_equal(network._folded(planes)[0], plain)


def test_the_table_of_the_network_clips_at_five_deviations_and_rises_evenly():
    values = np.arange(-128, 128)
    table = network._table()[values.astype(np.int8).view(np.uint8)].astype(int)
    assert (np.diff(table) >= 0).all()
    assert len(set(table[values <= -30])) == len(set(table[values >= 30])) == 1
    inside = np.abs(values) <= 30
    slope, start = np.polyfit(values[inside], table[inside], 1)
    assert np.abs(slope * values[inside] + start - table[inside]).max() < 1


def test_only_what_is_clear_is_shown_to_the_network_and_there_it_says_the_same(monkeypatch, dates):
    before, after = (np.tile(image, (1, 3, 3)) for image in dates)
    y, x = np.indices(before.shape[1:])
    clear = np.abs(y - 0.7 * x) < 60
    inputs = network.inputs_of(before, after, clear)
    whole = network.logits_of(inputs)
    monkeypatch.setattr(network, "_LEAST_CUT", 128)
    blocks = network._blocks(clear, clear.shape)
    assert len(blocks) > 1
    covered = np.zeros(clear.shape, int)
    for rows, columns in blocks:
        covered[rows, columns] += 1
    assert covered.max() == 1
    assert (covered[clear] == 1).all()
    assert covered.mean() < 0.8
    apart = np.abs(network.logits_of(inputs, clear) - whole)[:, clear[::2, ::2]]
    assert np.quantile(apart, 0.99) < 0.5
    assert apart.mean() < 0.1


def test_where_nothing_is_clear_the_network_says_nothing(dates):
    none = np.zeros(dates[0].shape[1:], bool)
    assert (network.logits_of(network.inputs_of(*dates, none), none) == -12).all()


@pytest.mark.parametrize("side", [16, 2048, 2064, 6000])
def test_a_side_is_cut_into_equal_parts_that_a_session_can_hold(side):
    cuts = network._cuts(side // 16 * 16)
    assert cuts[0][0] == 0
    assert [a for _, a in cuts[:-1]] == [b for b, _ in cuts[1:]]
    sizes = [b - a for a, b in cuts]
    assert max(sizes) <= network._BLOCK
    assert max(sizes) - min(sizes) <= 16
    assert not any(a % 16 for a, _ in cuts)
