"""The same acquisition twice is known, and only one of the two counts."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from shapely.geometry import box

from small_images import scene, textured, write
from vallum.ground.when import When
from vallum.imagery.deliveries.same import twin

MOMENT = datetime(2022, 4, 11, 2, 15, 21, tzinfo=UTC)
WHOLE = box(129, 42, 130, 43)


def one(name, *, moment=MOMENT, sensor="WorldView-2", footprint=WHOLE, **more):
    return scene(
        name, day=moment.date(), sensor=sensor, taken_at=moment, footprint=footprint,
        href=f"imagery/{name}.tif", n_bands=1, **more,
    )  # fmt: skip


def nowhere(_scene):
    return None


def test_one_moment_of_one_satellite_over_one_area_is_one_acquisition():
    first, again = one("a"), one("b", moment=MOMENT.replace(second=24))
    found = twin(again, [first], nowhere)
    assert (found.scene, found.is_better) == (first, True)
    assert "WorldView-2, 2022-04-11" in found.why


@pytest.mark.parametrize(
    "other",
    [
        one("b", moment=MOMENT.replace(minute=20)),
        one("b", sensor="GeoEye-1"),
        one("b", sensor=""),
        one("b", gsd_m=2.0),
        one("b", bands=("red",)),
        one("b", footprint=box(129.5, 42, 130.5, 43)),
        one("b", part_of="mosaic"),
    ],
    ids=["later", "other satellite", "unknown satellite", "coarser", "bands", "beside", "part"],
)
def test_what_shows_something_of_its_own_is_no_repeat(other):
    assert twin(other, [one("a")], nowhere) is None


def test_the_whole_set_counts_before_a_part_of_it():
    part = one("a", footprint=box(129, 42, 129.5, 43))
    found = twin(one("b"), [part], nowhere)
    assert (found.scene, found.is_better) == (part, False)


def test_what_may_be_measured_on_counts_before_what_may_not():
    raw = one("a", looking_only="no height model", footprint=box(128.95, 42, 130.05, 43))
    assert not twin(one("b"), [raw], nowhere).is_better


def test_a_repeat_is_no_twin_itself():
    assert twin(one("b"), [one("a", repeats="scene-x")], nowhere) is None


def test_the_same_pixels_at_another_compression_are_the_same(tmp_path):
    pixels = textured(1, 60, 70)
    plain, packed, other = (
        write(tmp_path / "a.tif", pixels),
        write(tmp_path / "b.tif", pixels, compress="lzw", tiled=True, blockxsize=64, blockysize=64),
        write(tmp_path / "c.tif", textured(1, 60, 70, seed=1)),
    )
    scenes = {
        name: scene(name, day=date(2022, 4, 11), href=str(path), n_bands=1, crs="EPSG:32652")
        for name, path in (("a", plain), ("b", packed), ("c", other))
    }

    def path_of(one):
        return tmp_path / one.href

    found = twin(scenes["b"], [scenes["c"], scenes["a"]], path_of)
    assert (found.scene, found.why) == (scenes["a"], "the same pixels")
    dated = replace(scenes["b"], taken=When.on(date(2021, 1, 1)))
    assert twin(dated, [scenes["a"]], path_of).scene == scenes["a"]
    # A made-up border may be unchanged between two dates.
    assert twin(replace(dated, is_simulated=True), [scenes["a"]], path_of) is None
