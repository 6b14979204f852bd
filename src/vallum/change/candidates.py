"""From tracks and spots to candidates an analyst can judge: kinds, groups, flags, evidence."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from shapely.geometry import LineString, Point

from vallum.change import judge, lines, network, sorts
from vallum.change.found import Found
from vallum.change.gather import Evidence
from vallum.change.posts import Spot
from vallum.ground.kinds import Change, Kind

Bytes = NDArray[np.uint8]

_PAIR_WEIGHT = 3.0  # odds of a double fence where two narrow lines run side by side
_BESIDE_M = 15.0  # posts this near to a line that changed the same way belong to it
_SHORT_M, _EDGE_M = 25.0, 8.0
_NO_EDGE_PX = 1e6
_SILENT_LOGIT, _SILENT_DECADES = -3.0, 0.3
_MANY = 3
_ROW_M = 1.0  # the rows of a double fence are no wider


def described(
    judged: list[judge.Judged],
    spots: list[Spot],
    seen: Evidence,
    grid: GeoBox,
) -> list[Found]:
    """Return lines, then points, surest first, with what is known of each.

    Args:
        judged: the tracks that are kept.
        spots: the small things that are kept.
        seen: what they were found in.
        grid: of the images.
    """
    gsd_m = float(abs(grid.resolution.x))
    pairs = {i: (j, apart_m) for i, j, apart_m in judge.pairs_of(judged, gsd_m)}
    second = {j for j, _ in pairs.values()}
    solid = np.pad(seen.solid.astype(np.uint8), 1)
    found = []
    for number, one in enumerate(judged):
        if number in second:
            continue
        apart_m = pairs[number][1] if number in pairs else 0.0
        found.append(_line(one, apart_m, seen, solid, grid))
    found = _many_parallel(found)
    return grouped(found + [_point(spot, grid) for spot in spots])


def _line(one: judge.Judged, apart_m: float, seen: Evidence, solid: Bytes, grid: GeoBox) -> Found:
    """Return one line; `solid` is (y / 2 + 2, x / 2 + 2), 0 around and where not usable."""
    gsd_m = float(abs(grid.resolution.x))
    track, layer = one.track, one.track.layer
    shape = LineString(track.points).simplify(0.7)
    shape = LineString([grid.affine * (x + 0.5, y + 0.5) for x, y in shape.coords])
    course = (track.points - (layer.step - 1) / 2) / layer.step
    kinds = _kinds(track.points, layer.is_new, apart_m, seen, gsd_m)
    category = kinds[0][0]
    width_m = one.profile.width_px * gsd_m
    gap_m = 0.0
    if category is Kind.DOUBLE_FENCE:
        gap_m = apart_m or (one.profile.rows_px or one.profile.apart_px) * gsd_m
        width_m = gap_m + min(width_m, _ROW_M) if gap_m else width_m
    decades = lines.along(layer.decades, course)
    metres = max(1, round(shape.length))
    at = np.linspace(0, len(decades) - 1, metres)
    evidence = np.interp(at, np.arange(len(decades)), decades).round(2)
    return Found(
        category=category,
        change=one.change,
        score=one.score,
        shape=shape,
        length_m=float(shape.length),
        width_m=float(width_m),
        kinds=kinds,
        evidence=tuple(evidence.tolist()),
        is_bright=one.profile.contrast > 0,
        gap_m=float(gap_m),
        flags=_flags(one, float(shape.length), _edge_m(solid, course, gsd_m)),
    )


def _kinds(
    course: NDArray[np.float64], is_new: bool, apart_m: float, seen: Evidence, gsd_m: float
) -> tuple[tuple[Kind, float], ...]:
    """Return the probability of each line kind along a course, likeliest first."""
    here, then = seen.inputs[int(is_new)], seen.inputs[int(not is_new)]
    ways = sorts.measures(course, here, then, seen.logits[network.KINDS], gsd_m)
    odds = np.mean([sorts.chances(way) for way in ways], axis=0)
    if apart_m:
        odds[sorts.LINE_KINDS.index(Kind.DOUBLE_FENCE)] *= _PAIR_WEIGHT
    share = odds / odds.sum()
    order = np.argsort(-share, kind="stable")
    return tuple((sorts.LINE_KINDS[i], round(float(share[i]), 3)) for i in order)


def _edge_m(solid: Bytes, course: NDArray[np.float64], gsd_m: float) -> float:
    """Return how near a course comes to what is not usable; only if that is under `_EDGE_M`."""
    reach = int(_EDGE_M / (1.9 * gsd_m)) + 2
    x, y = (
        np.clip(np.rint(at).astype(int), 0, side - 3) + 1
        for at, side in zip(course.T, solid.shape[::-1], strict=True)
    )
    left, top = (max(0, int(at.min()) - reach) for at in (x, y))
    around = solid[top : int(y.max()) + reach + 1, left : int(x.max()) + reach + 1]
    apart = cv2.distanceTransform(around, cv2.DIST_L2, 3)[y - top, x - left]
    # Where all is usable there is no edge, and OpenCV says the largest number that there is.
    nearest = np.float32(min(float(apart.min()), _NO_EDGE_PX))
    return float(nearest * np.float32(2 * gsd_m))


def _flags(one: judge.Judged, length_m: float, edge_m: float) -> tuple[str, ...]:
    said = {
        "weak": one.score < 0,
        "short": length_m < _SHORT_M,
        "near_edge": edge_m < _EDGE_M,
        "only_classical": float(one.track.learned.mean()) < _SILENT_LOGIT,
        "only_learned": float(one.track.classical.mean()) < _SILENT_DECADES,
    }
    return tuple(name for name, holds in said.items() if holds)


def _point(spot: Spot, grid: GeoBox) -> Found:
    return Found(
        category=spot.kind,
        change=Change.NEW if spot.is_new else Change.REMOVED,
        score=spot.score,
        shape=Point(grid.affine * (spot.x + 0.5, spot.y + 0.5)),
        length_m=spot.size_m,
        width_m=spot.size_m,
        kinds=((spot.kind, 1.0),),
        flags=("weak",) if spot.score < 0 else (),
    )


def _many_parallel(found: list[Found]) -> list[Found]:
    """Return the lines, those flagged that have three others beside them: rows of a crop."""
    if len(found) <= _MANY:
        return found
    shapes = [one.shape for one in found]
    ends = np.array([np.array(s.coords)[[0, -1]] for s in shapes])
    heading = np.arctan2(*(ends[:, 1] - ends[:, 0]).T[::-1])
    near = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=30.0)
    turn = np.abs((heading[near[0]] - heading[near[1]] + np.pi / 2) % np.pi - np.pi / 2)
    count = np.bincount(near[0][turn < np.radians(10)], minlength=len(found)) - 1
    return [
        replace(one, flags=(*one.flags, "many_parallel")) if n >= _MANY else one
        for one, n in zip(found, count, strict=True)
    ]


def grouped(found: list[Found]) -> list[Found]:
    """Return the candidates with the number of their group: lines, and the posts beside them."""
    is_line = np.array([one.category.is_line for one in found], bool)
    if not is_line.any() or is_line.all():
        return [replace(one, group=0, post_spacing_m=0.0) for one in found]
    shapes = np.array([one.shape for one in found], dtype=object)
    line_at, point_at = np.flatnonzero(is_line), np.flatnonzero(~is_line)
    points, near = shapely.STRtree(shapes[line_at]).query(
        shapes[point_at], predicate="dwithin", distance=_BESIDE_M
    )
    a, b = point_at[points], line_at[near]
    same = np.array([_way(found[i]) == _way(found[j]) for i, j in zip(a, b, strict=True)], bool)
    a, b = a[same], b[same]
    graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(len(found), len(found)))
    marks = connected_components(graph, directed=False)[1]
    size = np.bincount(marks)
    number = np.where(size > 1, np.cumsum(size > 1), 0)
    out = []
    for one, mark in zip(found, marks, strict=True):
        spacing = 0.0
        if size[mark] > 1 and one.category.is_line:
            mine = shapes[(marks == mark) & ~is_line]
            spacing = _spacing(one.shape, mine)
        out.append(replace(one, group=int(number[mark]), post_spacing_m=spacing))
    return out


def _way(one: Found) -> bool:
    return one.change is Change.REMOVED


def _spacing(line: LineString | Point, points: NDArray[np.object_]) -> float:
    """Return the usual distance along a line of the points beside it; 0 with fewer than three."""
    if len(points) < _MANY:
        return 0.0
    at = shapely.line_locate_point(np.array([line]), points)
    return float(np.median(np.diff(np.sort(at))))
