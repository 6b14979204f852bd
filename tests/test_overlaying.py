"""Tiles for Google Earth, cut from the images of a small project."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import small_border
from vallum import steps
from vallum.ground.records import Scene
from vallum.project import open_project
from vallum.report import overlay
from vallum.steps import overlaying


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("overlaying")
    small = small_border.make(folder)
    place = folder / "border"
    project, _ = steps.new(place, frontier=small.line, before="2019", after="2022", corridor_m=60)
    with project:
        steps.add(project, [small.images], licence="free to show", credit="Made for tests",
                  may_publish=True)  # fmt: skip
        for step in (steps.cover, steps.align, steps.detect):
            step(project)
    return place


@pytest.fixture(scope="module")
def tiles(root):
    with open_project(root) as project:
        return overlaying.overlays_of(project)


def test_both_dates_of_every_section_are_cut_and_no_tile_is_too_large(root, tiles):
    with open_project(root) as project:
        scenes = {scene.id: scene for scene in project.rows(Scene)}
    assert {tile.scene_id for tile in tiles} == set(scenes)
    for tile in tiles:
        with Image.open(io.BytesIO(tile.picture)) as picture:
            assert picture.size == (tile.width_px, tile.height_px)
        assert max(tile.width_px, tile.height_px) <= overlay.MOST_SIDE_PX
        assert tile.credit == "Made for tests"
        assert tile.gsd_m == pytest.approx(0.5, abs=0.01)


def test_the_earlier_date_leaves_the_time_slider_when_the_later_one_comes(tiles):
    first, last = sorted({tile.taken for tile in tiles})
    assert {tile.until for tile in tiles if tile.taken == first} == {last.earliest}
    assert {tile.until for tile in tiles if tile.taken == last} == {None}


def test_the_later_date_lies_on_the_earlier_one_as_it_was_compared(tiles):
    # The later image was painted one metre and more aside; unmoved, the two would not agree.
    first, last = sorted({tile.taken for tile in tiles})
    pair = [
        next(tile for tile in sorted(tiles, key=lambda one: one.bounds) if tile.taken == taken)
        for taken in (first, last)
    ]
    assert pair[0].bounds == pair[1].bounds
    old, new = (
        np.asarray(Image.open(io.BytesIO(tile.picture)).convert("L"), float)[40:-40, 40:-40]
        for tile in pair
    )

    def alike(shift: int) -> float:
        moved = np.roll(new, (shift, -shift), (0, 1))[8:-8, 8:-8].ravel()
        return float(np.corrcoef(old[8:-8, 8:-8].ravel(), moved)[0, 1])

    assert alike(0) > max(alike(-2), alike(2))


def test_pixels_whose_licence_says_nothing_never_leave(root):
    with open_project(root) as project:
        (one, *_) = project.rows(Scene)
    assert overlaying.may_show(one)
    assert not overlaying.may_show(replace(one, may_publish=False))
    assert overlaying.may_show(replace(one, may_publish=False, is_simulated=True))
    assert not overlaying.may_show(replace(one, set_aside="cloud"))


def test_without_a_licence_no_tile_is_cut(root):
    with open_project(root) as project:
        barred = [replace(scene, may_publish=False) for scene in project.rows(Scene)]
        with project.run("test") as work:
            work.add_all(barred)
        assert overlaying.overlays_of(project) == ()
        with project.run("test") as work:
            work.add_all([replace(scene, may_publish=True) for scene in barred])


def test_a_very_long_border_gets_larger_pixels_and_not_more_of_them(root, monkeypatch, tiles):
    monkeypatch.setattr(overlaying, "MOST_PX", 60_000)
    with open_project(root) as project:
        fewer = overlaying.overlays_of(project)

    def total(some):
        return sum(tile.width_px * tile.height_px for tile in some)

    assert total(fewer) < total(tiles) / 4
    assert fewer[0].gsd_m > tiles[0].gsd_m
