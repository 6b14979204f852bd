"""The learned part: its weights are pinned, it runs in blocks, and it never decides alone."""

import hashlib

import numpy as np
import pytest

from vallum.change import evidence, fuse, network, sorts
from vallum.ground.errors import BrokenInstall
from vallum.simulate.scene import background, second_date


@pytest.fixture(scope="module")
def dates():
    before = background((320, 448), 21)
    return before, second_date(before, 4, shift_px=(0.4, -0.3))


def test_the_packaged_weights_are_the_pinned_ones():
    assert hashlib.sha256(network.WEIGHTS.read_bytes()).hexdigest() == network.SHA256


def test_weights_that_were_changed_are_refused(monkeypatch, tmp_path, dates):
    other = tmp_path / "lines.onnx"
    other.write_bytes(network.WEIGHTS.read_bytes() + b" ")
    monkeypatch.setattr(network, "WEIGHTS", other)
    network._session.cache_clear()
    try:
        with pytest.raises(BrokenInstall, match="Install vallum again"):
            network.logits_of(network.inputs_of(*dates))
    finally:
        network._session.cache_clear()


def test_there_is_one_map_for_each_output_at_half_the_resolution(dates):
    logits = network.logits_of(network.inputs_of(*dates))
    assert logits.shape == (len(network.OUTPUTS), 160, 224)
    assert np.isfinite(logits).all()


def test_blocks_give_what_the_whole_gives(monkeypatch, dates):
    inputs = network.inputs_of(*dates)
    whole = network.logits_of(inputs)
    monkeypatch.setattr(network, "_BLOCK", 128)
    apart = np.abs(network.logits_of(inputs) - whole)
    # what lies beyond the halo of a block may change a little, no more
    assert np.quantile(apart, 0.99) < 0.5
    assert apart.mean() < 0.1


def test_brightness_and_gain_do_not_change_what_the_network_is_shown(dates):
    before, after = (image.astype(np.float32) for image in dates)
    same = network.inputs_of(before, after)
    other = network.inputs_of(0.7 * before + 20, 1.3 * after - 10)
    assert np.abs(same.astype(int) - other).max() <= 1


def test_an_image_of_one_band_has_no_redness(dates):
    inputs = network.inputs_of(dates[0][:1], dates[1][:1])
    assert inputs[:2].any()
    assert not inputs[2:].any()


def test_where_the_mask_says_no_nothing_is_shown(dates):
    clear = np.ones(dates[0].shape[1:], bool)
    clear[100:200, 50:150] = False
    assert not network.inputs_of(*dates, clear)[:, 100:200, 50:150].any()


def test_a_silent_network_lowers_strong_classical_evidence_but_does_not_delete_it():
    strong = np.zeros((64, 64), np.float32)
    strong[32] = 3.5
    ridges = evidence.Ridges(decades=strong, direction=np.zeros((64, 64), np.uint8))
    none = evidence.Ridges(decades=strong * 0, direction=ridges.direction)
    logits = np.full((3, 64, 64), -12, np.float32)
    new, gone = fuse.layers(ridges, none, logits, np.ones((64, 64), bool))
    assert (new.decades[32] >= 2.4).all()
    assert not gone.decades.any()
    assert new.is_new
    assert not gone.is_new


def test_the_network_adds_what_the_classical_part_does_not_see():
    none = evidence.Ridges(
        decades=np.zeros((64, 64), np.float32), direction=np.zeros((64, 64), np.uint8)
    )
    logits = np.full((3, 64, 64), -9, np.float32)
    logits[1, :, 30:33] = 3
    new, gone = fuse.layers(none, none, logits, np.ones((64, 64), bool))
    assert gone.decades[:, 31].min() > 2
    assert not new.decades.any()
    # it runs down the image: eight of sixteen directions
    assert np.median(gone.direction[8:56, 31]) == 8


def test_the_chances_of_the_kinds_sum_to_one_and_do_not_depend_on_the_way_one_walks(dates):
    inputs = network.inputs_of(*dates)
    logits = network.logits_of(inputs)[network.KINDS]
    course = np.array([(60.0, 100.0), (200.0, 120.0), (380.0, 90.0)])
    said = []
    for way in (course, course[::-1]):
        rows = sorts.measures(way, inputs[1], inputs[0], logits, 0.5)
        chances = np.mean([sorts.chances(row) for row in rows], axis=0)
        assert chances.sum() == pytest.approx(1)
        said.append(chances)
    assert said[0] == pytest.approx(said[1], abs=0.02)
