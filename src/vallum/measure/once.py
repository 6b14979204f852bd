"""How much of each thing counts, so that nothing drawn twice is counted twice."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from vallum.ground.geodesy import WGS84, Ints, metres_per_degree, offsets_m
from vallum.ground.kinds import Kind
from vallum.ground.records import Candidate, Finding

Thing = Finding | Candidate
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Shapes = NDArray[np.object_]

SAME_WITHIN_M = 5.0
"""Two drawings of one kind this near are one thing.

Half of the smallest distance that has been published between two layers of fence (10 m), so that
layers are never merged; about what two people differ by when they draw the same line.
"""

DOUBLE_WITHIN_M = 20.0
"""Two lines called double fence this near are the two rows of one double fence."""

_LEAST_RUN_M = 4 * SAME_WITHIN_M  # lines that only cross each other are two things


@dataclass(frozen=True, kw_only=True)
class Weights:
    """How much of each thing counts: of the confirmed ones, and of those with the open ones.

    Args:
        shares: (n,) share of each that no earlier one covers; confirmed ones come first.
        rows: (n_sure,) rows of each confirmed one that its length counts for, among these alone.
        rows_with_open: (n,) the same of all, among all.
    """

    shares: Floats
    rows: Floats
    rows_with_open: Floats

    @classmethod
    def of(cls, sure: Sequence[Thing], open_: Sequence[Thing]) -> Weights:
        """Return the weights of things in their order: first come, first counted."""
        every = [*sure, *open_]
        rows = rows_drawn_as_one(sure)
        return cls(
            shares=shares_counted(every),
            rows=rows,
            rows_with_open=rows_drawn_as_one(every) if open_ else rows,
        )

    def at(self, places: Ints) -> Weights:
        """Return the weights of some things, given every one of each class and change among them.

        What covers a thing, or is its second row, is of its class and change; so nothing that was
        left out would have weighed on what is kept.
        """
        return Weights(
            shares=self.shares[places],
            rows=self.rows[places[places < len(self.rows)]],
            rows_with_open=self.rows_with_open[places],
        )


def metres_counted(things: Sequence[Thing]) -> Floats:
    """Return the metres that each line adds to a total of barrier-km.

    A stretch that runs within `SAME_WITHIN_M` of an earlier thing of the same class, change and
    layer adds nothing. A double fence adds its length twice, unless its two rows were drawn: as
    two parts of one geometry, or as two things within `DOUBLE_WITHIN_M`.

    Args:
        things: lines first come, first counted; points add 0.
    """
    lengths = np.array([thing.length_m for thing in things], dtype=float)
    return lengths * shares_counted(things) * rows_drawn_as_one(things)


def shares_counted(things: Sequence[Thing]) -> Floats:
    """Return, for each thing, the share (0 to 1) that no earlier thing of its sort covers.

    A point within `SAME_WITHIN_M` of an earlier point of its sort has share 0.
    """
    shares = np.ones(len(things))
    for later, earlier in _neighbours(things, SAME_WITHIN_M).items():
        before = [j for j in earlier if j < later]
        if not before:
            continue
        shape = things[later].shape
        if shape.geom_type == "Point":
            kept = [j for j in before if shares[j] > 0]
            shares[later] = 0.0 if kept else 1.0
        else:
            others = [things[j].shape for j in before]
            shares[later] = 1.0 - _share_beside(shape, others, SAME_WITHIN_M)
    return shares


def rows_drawn_as_one(things: Sequence[Thing]) -> Floats:
    """Return 2 for a double fence drawn as one line, and 1 for everything else."""
    rows = np.ones(len(things))
    double = [i for i, thing in enumerate(things) if thing.category is Kind.DOUBLE_FENCE]
    near = _neighbours([things[i] for i in double], DOUBLE_WITHIN_M)
    for place, index in enumerate(double):
        shape = things[index].shape
        others = [things[double[j]].shape for j in near.get(place, ())]
        if not (_has_two_rows(shape) or _has_second_row(shape, others)):
            rows[index] = 2.0
    return rows


def _has_two_rows(shape: BaseGeometry) -> bool:
    """Say whether the parts of one geometry run side by side for most of their length."""
    parts = list(shapely.get_parts(shape))
    if len(parts) < 2:
        return False
    lengths = [_local(part, part)[0].length for part in parts]
    paired = sum(
        length * _share_beside(part, parts[:i] + parts[i + 1 :], DOUBLE_WITHIN_M)
        for i, (part, length) in enumerate(zip(parts, lengths, strict=True))
    )
    return paired > sum(lengths) / 2


def _has_second_row(shape: BaseGeometry, others: list[BaseGeometry]) -> bool:
    """Say whether another line runs beside most of this one without being the same line."""
    if not others:
        return False
    near = _share_beside(shape, others, DOUBLE_WITHIN_M)
    return near - _share_beside(shape, others, SAME_WITHIN_M) > 0.5


def _neighbours(things: Sequence[Thing], within_m: float) -> dict[int, list[int]]:
    """Return, for each thing, those of the same class, change, layer and dimension near it."""
    if len(things) < 2:
        return {}
    shapes = np.array([thing.shape for thing in things], dtype=object)
    bounds = shapely.bounds(shapes)
    east, north = metres_per_degree(np.abs(bounds[:, [1, 3]]).max(axis=1))
    # Twice the distance: the box only sorts out what is surely too far.
    pad_lon, pad_lat = 2 * within_m / east, 2 * within_m / north
    boxes = shapely.box(
        bounds[:, 0] - pad_lon,
        bounds[:, 1] - pad_lat,
        bounds[:, 2] + pad_lon,
        bounds[:, 3] + pad_lat,
    )
    left, right = shapely.STRtree(boxes).query(boxes)
    alike = (left != right) & _is_same_sort(things, shapes, left, right)
    left, right = left[alike], right[alike]
    near = _may_touch(shapes[left], shapes[right], within_m)
    found: dict[int, list[int]] = {}
    for i, j in zip(left[near].tolist(), right[near].tolist(), strict=True):
        found.setdefault(i, []).append(j)
    return dict(sorted(found.items()))


def _is_same_sort(things: Sequence[Thing], shapes: Shapes, left: Ints, right: Ints) -> Mask:
    dimensions = shapely.get_dimensions(shapes).tolist()
    sorts = _numbered(
        (thing.category, thing.change, dimension)
        for thing, dimension in zip(things, dimensions, strict=True)
    )
    told = [thing.layer if isinstance(thing, Finding) else "" for thing in things]
    layers = _numbered(["", *told])[1:]  # 0 where none is told
    is_other = (layers[left] * layers[right] != 0) & (layers[left] != layers[right])
    return np.asarray((sorts[left] == sorts[right]) & ~is_other)


def _numbered(values: Iterable[Hashable]) -> Ints:
    """Return (n,) numbers, the same for equal values."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(value, len(numbers)) for value in values], dtype=np.intp)


def _may_touch(ones: Shapes, others: Shapes, within_m: float) -> Mask:
    """Say no for two points that are too far apart; lines are measured later."""
    may = np.ones(len(ones), dtype=bool)
    point = shapely.GeometryType.POINT
    are_points = (shapely.get_type_id(ones) == point) & (shapely.get_type_id(others) == point)
    first, second = ones[are_points], others[are_points]
    places = [get(each) for each in (first, second) for get in (shapely.get_x, shapely.get_y)]
    may[are_points] = np.asarray(WGS84.inv(*places)[2]) <= within_m
    return may


def _share_beside(shape: BaseGeometry, others: list[BaseGeometry], within_m: float) -> float:
    """Return the share of a line that runs within a distance of others for a while."""
    line, *near = _local(shape, *others)
    if not near or line.length == 0:
        return 0.0
    west, south, east, north = line.bounds
    pad = 2 * within_m
    near = [
        shapely.clip_by_rect(other, west - pad, south - pad, east + pad, north + pad)
        for other in near
    ]
    shared = shapely.intersection(line, shapely.union_all(near).buffer(within_m))
    runs = shapely.length(shapely.get_parts(shared))
    total = float(line.length)
    if runs.sum() > total / 2:
        return min(1.0, float(runs.sum()) / total)
    return float(runs[runs >= _LEAST_RUN_M].sum()) / total


def _local(shape: BaseGeometry, *others: BaseGeometry) -> list[BaseGeometry]:
    """Return shapes in metres east and north of the middle of the first."""
    centre = shape.centroid

    def flat(coordinates: Any) -> Any:
        x, y = offsets_m(coordinates[:, 0], coordinates[:, 1], centre.x, centre.y)
        return np.column_stack([x, y])

    return [shapely.transform(each, flat) for each in (shape, *others)]
