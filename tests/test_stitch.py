from dataclasses import replace

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from odc.geo.geobox import GeoBox
from shapely.geometry import LineString, Point

from test_detect import drawn, pair
from vallum.change.detect import detect
from vallum.change.found import Found
from vallum.change.stitch import stitch, within
from vallum.ground.kinds import Change, Kind


def fence(*coordinates, change=Change.NEW, score=1.0, width_m=0.5, kind=Kind.FENCE):
    shape = LineString(coordinates)
    return Found(
        category=kind,
        change=change,
        score=score,
        shape=shape,
        length_m=shape.length,
        width_m=width_m,
    )


def post(x, y, score=7.0, change=Change.NEW):
    return Found(
        category=Kind.GUARD_POST,
        change=change,
        score=score,
        shape=Point(x, y),
        length_m=4,
        width_m=4,
    )


def total_m(found):
    return sum(one.length_m for one in found if one.category.is_line)


def test_the_overlap_of_two_tiles_counts_once():
    joined = stitch([fence((0, 0), (100, 0)), fence((70, 0.6), (180, 0.6), score=2)])
    assert len(joined) == 1
    assert total_m(joined) == pytest.approx(180, abs=2)
    assert joined[0].score == 2


def test_the_same_line_found_twice_is_one_and_keeps_the_better_score():
    joined = stitch([fence((0, 0), (100, 0), score=1), fence((100, 1), (0, 1), score=3)])
    assert len(joined) == 1
    assert total_m(joined) == pytest.approx(100, abs=1)
    assert joined[0].score == 3


def test_pieces_that_continue_each_other_become_one_line():
    pieces = [fence((0, 0), (50, 2)), fence((57, 2.3), (100, 4)), fence((106, 4), (150, 6))]
    joined = stitch(pieces)
    assert len(joined) == 1
    assert joined[0].length_m == pytest.approx(150.1, abs=1)


def test_a_gap_over_the_limit_and_a_turn_stay_apart():
    assert len(stitch([fence((0, 0), (50, 0)), fence((75, 0), (120, 0))])) == 2
    assert len(stitch([fence((0, 0), (50, 0)), fence((53, 2), (53, 60))])) == 2


def test_parallel_lines_five_metres_apart_stay_two():
    joined = stitch([fence((0, 0), (100, 0)), fence((0, 5), (100, 5))])
    assert len(joined) == 2
    assert total_m(joined) == pytest.approx(200)


def test_a_crossing_takes_nothing_from_either_line():
    joined = stitch([fence((0, 0), (100, 0)), fence((50, -60), (50, 60))])
    assert sorted(one.length_m for one in joined) == pytest.approx([100, 120])


def test_different_changes_are_never_joined():
    joined = stitch([fence((0, 0), (50, 0)), fence((50, 0), (100, 0), change=Change.REMOVED)])
    assert len(joined) == 2


def test_points_within_three_metres_are_one_and_the_surer_stays():
    joined = stitch(
        [post(0, 0, 7), post(2, 1, 9), post(10, 0, 8), post(0, 0.5, 8, change=Change.REMOVED)]
    )
    assert {one.shape.coords[0] for one in joined} == {(2, 1), (10, 0), (0, 0.5)}


def test_nothing_gives_nothing():
    assert stitch([]) == []


def test_what_lies_beyond_the_corridor_is_cut_off_with_its_evidence():
    line = replace(fence((0, 0), (100, 0)), evidence=tuple(float(m) for m in range(100)))
    aside = fence((0, 50), (100, 50))
    (kept,) = within([line, aside], shapely.box(30, -10, 70, 10))
    assert kept.length_m == pytest.approx(40)
    assert kept.evidence == tuple(float(m) for m in range(30, 70))
    assert within([line], shapely.box(-1, -1, 101, 1)) == [line]


@st.composite
def cut_lines(draw):
    """Return straight lines far apart, and pieces of them as overlapping tiles would give."""
    lines, pieces = [], []
    for row in range(draw(st.integers(1, 4))):
        length = draw(st.floats(60, 400))
        y = 60.0 * row
        lines.append(length)
        start = 0.0
        while start < length:
            end = min(length, start + draw(st.floats(30, 120)))
            if length - end < 15:
                end = length
            jitter = round(draw(st.floats(-0.5, 0.5)), 3)  # no 1e-308 m
            pieces.append(
                fence((start, y + jitter), (end, y + jitter), score=draw(st.floats(0, 5)))
            )
            start = end - draw(st.floats(-4, 20)) if end < length else length
    return lines, pieces


@given(cut_lines(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_cut_lines_come_back_whole_in_any_order(cut, random):
    lines, pieces = cut
    first = stitch(pieces)
    random.shuffle(pieces)
    second = stitch(pieces)
    assert len(first) == len(lines)
    assert total_m(first) == pytest.approx(sum(lines), rel=0.03, abs=3)
    assert [(a.score, a.shape.wkt) for a in first] == [(b.score, b.shape.wkt) for b in second]


@given(cut_lines())
@settings(max_examples=30, deadline=None)
def test_stitching_twice_changes_nothing(cut):
    once = stitch(cut[1])
    assert [one.shape.wkt for one in stitch(once)] == [one.shape.wkt for one in once]


@given(st.lists(st.tuples(st.floats(0, 40), st.floats(0, 40)), max_size=30))
@settings(max_examples=40, deadline=None)
def test_no_two_points_of_one_change_stay_within_three_metres(places):
    joined = stitch([post(x, y, score=float(n)) for n, (x, y) in enumerate(places)])
    at = np.array([one.shape.coords[0] for one in joined]).reshape(-1, 2)
    gaps = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)) + 99 * np.eye(len(at))
    assert (gaps > 3).all()
    assert bool(joined) == bool(places)


def test_cutting_a_scene_in_tiles_changes_next_to_nothing():
    before, after = (np.tile(image, (2, 2)) for image in pair(21))
    for course in (((60, 70), (730, 400)), ((500, 60), (430, 740)), ((80, 700), (330, 420))):
        after = drawn(after, course)
    before, after = (np.clip(x, 0, 255).astype(np.uint8)[None] for x in (before, after))
    whole_grid = GeoBox((800, 800), Affine(0.5, 0, 500_000, 0, -0.5, 4_650_000), "EPSG:32652")

    def found_on(rows, columns):
        part = before[:, rows, columns]
        return detect(
            part, after[:, rows, columns], np.ones(part.shape[1:], bool), whole_grid[rows, columns]
        )

    whole = stitch(found_on(slice(0, 800), slice(0, 800)))
    cuts = (slice(0, 448), slice(352, 800))
    tiled = stitch([one for rows in cuts for columns in cuts for one in found_on(rows, columns)])
    lines = [[one for one in found if one.category.is_line] for found in (whole, tiled)]
    assert total_m(tiled) == pytest.approx(total_m(whole), rel=0.04)
    for one in lines[0]:
        near = [other for other in lines[1] if other.shape.distance(one.shape.centroid) < 3]
        assert near, one
    assert len(lines[1]) == len(lines[0])


def test_width_and_kind_of_the_longer_piece_stay():
    joined = stitch(
        [
            fence((0, 0), (90, 0), kind=Kind.WALL, width_m=1.0),
            replace(fence((92, 0), (122, 0)), width_m=2.0),
        ]
    )
    assert joined[0].category == Kind.WALL
    assert joined[0].width_m == pytest.approx(1.25)
