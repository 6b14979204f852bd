"""Candidates are cut where a pair stops seeing, and joined where sections meet."""

import numpy as np
import pytest
from shapely import LineString, Point

from vallum.frontier import Frontier, geodesic_length_m
from vallum.ground.kinds import Change, Kind
from vallum.ground.records import Candidate
from vallum.ground.span import Span, Spans
from vallum.steps.finding import _merged, _touching, placed

EPSG = 32631
LINE = Frontier(name="test", line=LineString([(3.0, 42.0), (3.05, 42.0), (3.1, 42.0)]))


def beside(start_m: float, end_m: float, off_m: float = 50.0) -> LineString:
    return LineString(np.column_stack(LINE.points_at(np.linspace(start_m, end_m, 20), off_m)))


def piece(
    start_m: float, end_m: float, *, off_m: float = 50.0, change: Change = Change.NEW
) -> Candidate:
    shape = beside(start_m, end_m, off_m)
    return Candidate(
        span=LINE.span_of(shape), off_m=off_m, category=Kind.FENCE, change=change, score=3.0,
        length_m=geodesic_length_m(shape), shape=shape, before="scene-a", after="scene-b",
    )  # fmt: skip


def test_a_line_is_cut_where_its_pair_stops_seeing() -> None:
    allowed = Spans.of((0, 1000), (1400, 2000))
    parts = list(placed(beside(600, 1700), LINE, allowed, EPSG))
    assert [round(span.start_m, -1) for _, span, _ in parts] == [600, 1400]
    assert [round(span.end_m, -1) for _, span, _ in parts] == [1000, 1700]
    assert sum(geodesic_length_m(shape) for shape, _, _ in parts) == pytest.approx(700, abs=10)


def test_what_lies_beside_nothing_allowed_is_left_out() -> None:
    assert list(placed(beside(600, 900), LINE, Spans.of((1000, 2000)), EPSG)) == []
    lon, lat = LINE.points_at(500.0, 30.0)
    assert list(placed(Point(float(lon), float(lat)), LINE, Spans.of((1000, 2000)), EPSG)) == []


def test_a_post_takes_one_metre_and_its_side() -> None:
    lon, lat = LINE.points_at(500.4, -30.0)
    ((_, span, off_m),) = placed(Point(float(lon), float(lat)), LINE, Spans.of((0, 2000)), EPSG)
    assert span.length_m == 1
    assert span.start_m in {499, 500, 501}
    assert off_m == pytest.approx(-30, abs=0.5)


def test_a_line_keeps_its_direction_of_increasing_chainage() -> None:
    forth = next(placed(beside(600, 900), LINE, Spans.of((0, 2000)), EPSG))[0]
    back = next(placed(beside(600, 900).reverse(), LINE, Spans.of((0, 2000)), EPSG))[0]
    assert forth.coords[0] == pytest.approx(back.coords[0], abs=1e-7)


def test_pieces_that_meet_at_a_section_border_become_one() -> None:
    left, right = piece(1500, 2000), piece(2000, 2600)
    (group,) = _touching([left, right], {left.id: 0, right.id: 1})
    whole = _merged(group)
    assert whole.length_m == pytest.approx(left.length_m + right.length_m, abs=2)
    assert whole.span == Span(left.span.start_m, right.span.end_m)


def test_a_line_through_three_sections_becomes_one() -> None:
    pieces = [piece(1500, 2000), piece(2000, 4000), piece(4000, 4300)]
    (group,) = _touching(pieces, {one.id: number for number, one in enumerate(pieces)})
    assert _merged(group).length_m == pytest.approx(2800, abs=5)


@pytest.mark.parametrize(
    "other",
    [piece(2000, 2600, change=Change.REMOVED), piece(2000, 2600, off_m=90.0), piece(2050, 2600)],
)
def test_pieces_of_another_change_row_or_place_stay_apart(other: Candidate) -> None:
    left = piece(1500, 2000)
    assert len(_touching([left, other], {left.id: 0, other.id: 1})) == 2


def test_pieces_of_one_comparison_are_left_as_they_are() -> None:
    left, right = piece(1500, 2000), piece(2000, 2600)
    assert len(_touching([left, right], {left.id: 0, right.id: 0})) == 2
