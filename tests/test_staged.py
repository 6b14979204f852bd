"""Works in stages: exact vectors, pictures that follow them, on every date what should stand."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from affine import Affine
from shapely import LineString, Point

from vallum.ground.kinds import Change, Kind
from vallum.simulate.barriers import LOOKS, OLD_FENCE, STRONG_FENCE
from vallum.simulate.scene import NOON
from vallum.simulate.staged import Works, build, random_works, simulated_pair

FENCE = LOOKS[Kind.FENCE]


def work(*looks: object, kind: Kind = Kind.FENCE) -> Works:
    line = LineString([(10.0, 40.0), (110.0, 60.0)])
    return Works(category=kind, shape_px=line, looks=tuple(looks), seed=7)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("looks", "change"),
    [
        ((None, FENCE), Change.NEW),
        ((FENCE, None), Change.REMOVED),
        ((OLD_FENCE, STRONG_FENCE), Change.UPGRADED),
        ((FENCE, FENCE), Change.UNCHANGED),
        ((None, None), None),
    ],
)
def test_the_change_follows_from_the_looks(looks: tuple, change: Change | None) -> None:
    assert work(*looks).change() is change


def test_changes_are_known_between_any_two_of_many_dates() -> None:
    one = work(None, OLD_FENCE, STRONG_FENCE, None)
    assert one.change(0, 1) is Change.NEW
    assert one.change(1, 2) is Change.UPGRADED
    assert one.change(2, 3) is Change.REMOVED
    assert one.change(0, 3) is None


def test_each_date_shows_what_stands_there() -> None:
    pictures = [np.full((3, 100, 120), 110, np.uint8)] * 3
    wall = LOOKS[Kind.WALL]
    seen = build(pictures, [work(None, wall, None, kind=Kind.WALL)], [NOON] * 3)
    marked = [int((picture != 110).any(axis=0).sum()) for picture in seen]
    assert marked[0] == marked[2] == 0
    assert marked[1] > 200
    assert all((picture == 110).all() for picture in pictures)


def test_what_did_not_change_looks_the_same_on_both_dates() -> None:
    pictures = [np.full((3, 100, 120), 110, np.uint8)] * 2
    first, second = build(pictures, [work(FENCE, FENCE)], [NOON, NOON])
    assert (first != 110).any()
    assert np.array_equal(first, second)


def test_looks_and_pictures_must_be_as_many() -> None:
    with pytest.raises(ValueError, match="3 pictures"):
        build([np.zeros((3, 9, 9), np.uint8)] * 3, [work(None, FENCE)], [NOON] * 3)


def test_a_simulated_pair_repeats_and_changes_where_its_works_stand() -> None:
    pair, again = (
        simulated_pair(np.random.default_rng(4), (200, 200), n_lines=3, n_posts=2) for _ in range(2)
    )
    assert np.array_equal(pair.before, again.before)
    assert np.array_equal(pair.after, again.after)
    assert pair.works
    plain = simulated_pair(np.random.default_rng(4), (200, 200), n_lines=3, n_posts=2)
    assert [one.shape_px.wkt for one in pair.works] == [one.shape_px.wkt for one in plain.works]
    assert pair.before.shape == pair.after.shape == (3, 200, 200)


def test_works_have_all_kinds_and_changes_and_lie_inside() -> None:
    rng = np.random.default_rng(6)
    works = [one for _ in range(60) for one in random_works(rng, (300, 240))]
    assert {one.category for one in works} == set(Kind)
    assert {one.change() for one in works} == {
        Change.NEW,
        Change.UPGRADED,
        Change.REMOVED,
        Change.UNCHANGED,
    }
    lines = [one.shape_px for one in works if not isinstance(one.shape_px, Point)]
    assert shapely.box(0, 0, 240, 300).covers(shapely.union_all(lines))
    assert all(line.length > 0 for line in lines)


def test_only_lines_are_upgraded_and_they_differ() -> None:
    rng = np.random.default_rng(8)
    works = [one for _ in range(40) for one in random_works(rng, (300, 300))]
    upgraded = [one for one in works if one.change() is Change.UPGRADED]
    assert upgraded
    assert all(one.category.is_line for one in upgraded)


def test_works_know_their_place_on_the_ground() -> None:
    half = Affine(0.5, 0, 1000.0, 0, -0.5, 5000.0)
    there = shapely.get_coordinates(work(None, FENCE).shape_in(half))
    assert there.tolist() == [[1005.0, 4980.0], [1055.0, 4970.0]]
