"""Un-building: the line goes, the ground stays, and no scar tells where it was."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import shapely
from shapely import LineString, MultiLineString, Point

from vallum.ground.kinds import Kind
from vallum.simulate import barriers, scene
from vallum.simulate.looks import random_look
from vallum.simulate.patchwork import patchwork
from vallum.simulate.unbuild import unbuild

SIZE = 260
LINE = LineString([(-5, 90), (110, 140), (180, 130), (265, 170)])


def ground(name: str) -> np.ndarray:
    if name == "noise":
        white = np.random.default_rng(2).normal(0, 12, (3, SIZE, SIZE))
        return np.clip(120 + white, 1, 255).astype(np.uint8)
    if name == "land":
        return scene.background((SIZE, SIZE), 4)
    return patchwork(np.random.default_rng(int(name)), (SIZE, SIZE))[0]


def built(picture: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(5)
    look = random_look(rng, Kind.WALL, style="plain", contrast=1.5)
    return barriers.paint(picture, LINE, Kind.WALL, look, scene.NOON, rng)


def along(seen: np.ndarray, off_px: float, breadth: int = 7) -> np.ndarray:
    """Pixels of a (y, x) map in a strip beside the line."""
    inside = np.zeros(seen.shape, np.uint8)
    course = shapely.get_coordinates(LINE) + np.array([0, off_px])
    cv2.polylines(inside, [np.rint(course).astype(np.int32)], False, 1, breadth)
    return seen[inside > 0]


def roughness(picture: np.ndarray, off_px: float) -> float:
    grey = picture.astype(np.float32).mean(axis=0)
    return float(along(grey - cv2.GaussianBlur(grey, (0, 0), 2.0), off_px).var())


@pytest.mark.parametrize("name", ["noise", "land"])
def test_the_erased_strip_is_as_rough_as_its_surroundings(name: str) -> None:
    picture = unbuild(built(ground(name)), LINE, 4.0, np.random.default_rng(1))
    beside = np.median([roughness(picture, off) for off in (-34, -24, 24, 34)])
    assert 0.6 < roughness(picture, 0) / beside < 1.6


def test_the_erased_strip_is_as_rough_as_it_was_before_anything_was_built() -> None:
    # a place may be rougher here than there, so many places are asked, and what was there before
    ratios = []
    for seed in range(12):
        never = ground(str(seed))
        picture = unbuild(built(never), LINE, 4.0, np.random.default_rng(1))
        ratios.append(roughness(picture, 0) / roughness(never, 0))
    assert 0.75 < np.median(ratios) < 1.33
    assert np.quantile(ratios, 0.2) > 0.5
    assert np.quantile(ratios, 0.8) < 2.0


@pytest.mark.parametrize("name", ["noise", "land"])
def test_no_line_is_left(name: str) -> None:
    before = built(ground(name))
    after = unbuild(before, LINE, 4.0, np.random.default_rng(1))

    def step(picture: np.ndarray) -> float:
        grey = picture.astype(np.float32).mean(axis=0)
        sides = np.concatenate([along(grey, off, 5) for off in (-13, 13)])
        return abs(float(along(grey, 0, 3).mean() - sides.mean()))

    assert step(before) > 12
    assert step(after) < 4


def test_the_ground_farther_away_is_untouched() -> None:
    picture = built(ground("land"))
    result = unbuild(picture, LINE, 4.0, np.random.default_rng(1))
    row, column = np.nonzero((result != picture).any(axis=0))
    far = shapely.distance(shapely.points(column + 0.5, row + 0.5), LINE)
    assert far.max() <= 4.0 / 2 / 0.5 + 4
    assert len(row) > 1000


def test_the_same_chance_gives_the_same_ground() -> None:
    picture = built(ground("land"))
    first, again, other = (
        unbuild(picture, LINE, 4.0, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(("bands", "dtype"), [(1, np.uint8), (4, np.uint16)])
def test_bands_and_type_are_kept(bands: int, dtype: type) -> None:
    scale = 1 if dtype == np.uint8 else 40
    picture = np.repeat(ground("noise")[:1], bands, axis=0).astype(dtype) * dtype(scale)
    result = unbuild(picture, LINE, 3.0, np.random.default_rng(1))
    assert result.shape == picture.shape
    assert result.dtype == dtype
    assert result.max() <= picture.max() * 1.3
    assert not np.array_equal(result, picture)


def test_a_post_goes_with_its_shadow() -> None:
    picture = ground("land")
    place = Point(130, 60)
    shadow_m = tuple(3.6 * part for part in scene.NOON.shadow)
    with_post = barriers.paint(
        picture, place, Kind.GUARD_POST, None, scene.NOON, np.random.default_rng(3)
    )
    result = unbuild(with_post, place, 7.0, np.random.default_rng(1), shadow_m=shadow_m)
    box = np.s_[:, 40:80, 110:150]
    was = np.abs(with_post[box].astype(float) - picture[box])
    left = np.abs(result[box].astype(float) - picture[box])
    assert was.max() > 50
    assert np.quantile(left, 0.99) < 0.5 * np.quantile(was, 0.99)


def test_lines_of_several_parts_and_beyond_the_edge_are_taken() -> None:
    picture = ground("noise")
    far = LineString([(-90, -90), (-50, -40)])
    both = MultiLineString([LINE, far])
    result = unbuild(picture, both, 3.0, np.random.default_rng(1))
    assert not np.array_equal(result, picture)
    assert np.array_equal(unbuild(picture, far, 3.0, np.random.default_rng(1)), picture)


def test_a_width_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="width_m"):
        unbuild(ground("noise"), LINE, 0.0, np.random.default_rng(1))
