"""One change, one candidate: join what tiles and sections found of the same thing.

Neighbouring tiles overlap, so the same line is found twice there, and a long line is found in
pieces. Lines of one change that run side by side within 3 m are one; pieces that continue each
other over a short gap are one; points within 3 m are one. No metre is counted twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from vallum.change.candidates import grouped
from vallum.change.found import Found
from vallum.ground.kinds import Kind

Doubles = NDArray[np.float64]

_OVERLAP_M = 7.0  # ends of pieces may overlap by this, after doubles are cut away
_OF_PIECES = {"short", "near_edge"}  # what is no longer true of pieces that were joined
_LEAST_PART_M = 5.0  # of a line that is cut at the edge of the corridor
_REACH_M = 12.0  # the heading of an end is that of its last metres


def stitch(found: Sequence[Found], *, same_m: float = 3.0, bridge_m: float = 10.0) -> list[Found]:
    """Return the candidates with pieces joined and doubles dropped, lines first, surest first.

    The result does not depend on the order given, and stitching twice changes nothing more.
    A line made of pieces carries the best score of them, their evidence end to end, and their kinds
    and width by length. Groups are numbered anew.

    Args:
        found: pieces from any number of tiles, all in one projected CRS in metres.
        same_m: two things closer than this are one.
        bridge_m: largest gap between two pieces of one line.
    """
    lines = [one for one in found if one.category.is_line]
    points = [one for one in found if not one.category.is_line]
    joined: list[Found] = []
    for change in sorted({one.change for one in lines}):
        joined += _lines([one for one in lines if one.change == change], same_m, bridge_m)
    merged: list[Found] = []
    for change in sorted({one.change for one in points}):
        merged += _points([one for one in points if one.change == change], same_m)
    return grouped([*sorted(joined, key=_surest), *sorted(merged, key=_surest)])


def within(found: Sequence[Found], area: BaseGeometry) -> list[Found]:
    """Return what lies inside an area: points as they are, lines cut at its edge.

    Args:
        found: in one projected CRS in metres.
        area: in the same CRS.
    """
    shapely.prepare(area)
    kept: list[Found] = []
    for one in found:
        if area.covers(one.shape):
            kept.append(one)
        elif isinstance(one.shape, LineString):
            for part in shapely.get_parts(one.shape.intersection(area)):
                if isinstance(part, LineString) and part.length > _LEAST_PART_M:
                    start_m = one.shape.project(Point(part.coords[0]))
                    kept.append(_part_of(one, part, start_m))
    return kept


def _surest(one: Found) -> tuple[float, float, float, float]:
    """Order by score, then length, then place: the same for any order of input."""
    x, y = one.shape.coords[0]
    return (-one.score, -one.length_m, x, y)


def _points(points: list[Found], same_m: float) -> list[Found]:
    """Return the points less those within `same_m` of a surer one."""
    ordered = sorted(points, key=_surest)
    shapes = np.array([one.shape for one in ordered])
    tree = shapely.STRtree(shapes)
    first, second = tree.query(shapes, predicate="dwithin", distance=same_m)
    starts = np.searchsorted(first, np.arange(len(ordered) + 1))
    dropped = np.zeros(len(ordered), bool)
    for i in range(len(ordered)):
        if not dropped[i]:
            near = second[starts[i] : starts[i + 1]]
            dropped[near[near > i]] = True
    return [one for one, gone in zip(ordered, dropped, strict=True) if not gone]


def _lines(lines: list[Found], same_m: float, bridge_m: float) -> list[Found]:
    """Return one change's lines: doubles cut away, pieces joined, until nothing more changes."""
    while True:
        joined = _joined(_without_doubles(lines, same_m), bridge_m)
        if len(joined) == len(lines) and _total_m(joined) > _total_m(lines) - same_m:
            return joined
        lines = joined


def _total_m(lines: list[Found]) -> float:
    return sum(one.length_m for one in lines)


def _without_doubles(lines: list[Found], same_m: float) -> list[Found]:
    """Return the lines, longest first, less the parts that run beside one already kept.

    The longest first: a whole line then wins over the half of it that another tile saw.
    """
    ordered = sorted(lines, key=lambda one: (-one.length_m, *_surest(one)))
    shapes = np.array([one.shape for one in ordered])
    widest_m = max((one.width_m for one in ordered), default=0.0)
    first, second = shapely.STRtree(shapes).query(
        shapes, predicate="dwithin", distance=same_m + widest_m
    )
    starts = np.searchsorted(first, np.arange(len(ordered) + 1))
    kept: list[list[Found]] = []  # per line, what of it was kept
    for i, one in enumerate(ordered):
        before = [int(j) for j in second[starts[i] : starts[i + 1]] if j < i]
        kept.append(_left_of(one, before, kept, same_m))
    return [part for parts in kept for part in parts]


def _left_of(one: Found, before: list[int], kept: list[list[Found]], same_m: float) -> list[Found]:
    """Return what of `one` does not run beside what is kept; a double lends it its score."""
    line = LineString(one.shape.coords)
    cuts: list[tuple[float, float]] = []
    beside, longest = None, 0.0
    for j in before:
        for n, part in enumerate(kept[j]):
            shared = _beside(line, part, same_m + min(part.width_m, one.width_m) / 2)
            cuts += shared
            length_m = sum(end - start for start, end in shared)
            if length_m > longest:
                beside, longest = (j, n), length_m
    if beside is None:
        return [one]
    j, n = beside
    if one.score > kept[j][n].score:
        kept[j][n] = replace(kept[j][n], score=one.score)
    return [
        _part_of(one, LineString(substring(line, start, end).coords), start)
        for start, end in _between(cuts, line.length)
        if end - start > 2 * same_m
    ]


def _part_of(one: Found, part: LineString, start_m: float) -> Found:
    """Return a stretch of a line, with the evidence of its own metres."""
    first, last = round(start_m), max(round(start_m) + 1, round(start_m + part.length))
    return replace(one, shape=part, length_m=float(part.length), evidence=one.evidence[first:last])


def _beside(shape: LineString, other: Found, reach_m: float) -> list[tuple[float, float]]:
    """Return the stretches (metres along `shape`) that run along `other`, not across it."""
    near = shape.intersection(other.shape.buffer(reach_m, cap_style="flat"))
    stretches = []
    for part in shapely.get_parts(shapely.line_merge(near)):
        if part.geom_type != "LineString" or part.length == 0:
            continue
        first, last = (Point(part.coords[k]) for k in (0, -1))
        along = abs(other.shape.project(last) - other.shape.project(first))
        if along > 0.7 * part.length:
            start, end = sorted((shape.project(first), shape.project(last)))
            stretches.append((start, end))
    return stretches


def _between(cuts: list[tuple[float, float]], length_m: float) -> list[tuple[float, float]]:
    """Return what the cuts leave of 0..length_m."""
    at, left = 0.0, []
    for start, end in sorted(cuts):
        if start > at:
            left.append((at, start))
        at = max(at, end)
    return [*left, (at, length_m)] if at < length_m else left


def _ends(lines: list[Found]) -> tuple[Doubles, Doubles]:
    """Return (2n, 2) ends (heads even, tails odd) and the unit vectors that point out of them."""
    at, out = [], []
    for one in lines:
        reach = min(_REACH_M, one.shape.length)
        inner = (one.shape.interpolate(reach), one.shape.interpolate(-reach))
        for end, within in zip((one.shape.coords[0], one.shape.coords[-1]), inner, strict=True):
            way = np.array(end) - (within.x, within.y)
            at.append(end)
            out.append(way / max(float(np.hypot(*way)), 1e-9))
    return np.array(at), np.array(out)


def _joined(lines: list[Found], bridge_m: float) -> list[Found]:
    """Return the lines with ends that face each other joined, each end once."""
    if len(lines) < 2:
        return lines
    at, out = _ends(lines)
    spots = np.asarray(shapely.points(at))
    a, b = shapely.STRtree(spots).query(spots, predicate="dwithin", distance=bridge_m)
    apart = (a < b) & (a // 2 != b // 2)
    a, b = a[apart], b[apart]
    leap = at[b] - at[a]
    gap = np.hypot(*leap.T)
    facing = -(out[a] * out[b]).sum(axis=1)
    onward = (out[a] * leap).sum(axis=1)
    aside = np.abs(out[a][:, 0] * leap[:, 1] - out[a][:, 1] * leap[:, 0])
    # Ends may overlap a little, and stand a little aside of each other.
    good = (facing > 0.85) & (aside < 2 + 0.3 * gap) & (onward > -_OVERLAP_M)
    taken = np.zeros(len(at), bool)
    used: set[int] = set()
    joined: list[Found] = []
    for i in np.flatnonzero(good)[np.lexsort((b[good], a[good], np.round(gap[good], 6)))]:
        one, two = int(a[i]), int(b[i])
        if taken[[one, two]].any() or {one // 2, two // 2} & used:
            continue
        taken[[one, two]] = True
        used |= {one // 2, two // 2}
        joined.append(_one_of_two(lines[one // 2], one % 2, lines[two // 2], two % 2))
    return joined + [line for n, line in enumerate(lines) if n not in used]


def _one_of_two(first: Found, first_end: int, second: Found, second_end: int) -> Found:
    """Return the two pieces as one line, from the far end of one to the far end of the other."""
    head = list(first.shape.coords) if first_end == 1 else list(first.shape.coords)[::-1]
    tail = list(second.shape.coords) if second_end == 0 else list(second.shape.coords)[::-1]
    way = np.array(head[-1]) - head[-2]
    way /= max(float(np.hypot(*way)), 1e-9)
    # Where they overlap, go on from the first point that lies ahead.
    while len(tail) > 2 and float(np.dot(np.array(tail[0]) - head[-1], way)) < 0:
        tail.pop(0)
    if float(np.dot(np.array(tail[0]) - head[-1], way)) < 0:
        head = head[:-1] if len(head) > 2 else head
    shape = LineString([*head, *tail])
    longer = max((first, second), key=lambda one: (one.length_m, one.score))
    kinds = _both_kinds(first, second)
    total = first.length_m + second.length_m
    width = (first.width_m * first.length_m + second.width_m * second.length_m) / total
    return replace(
        longer,
        score=max(first.score, second.score),
        shape=shape,
        length_m=float(shape.length),
        width_m=float(width),
        category=kinds[0][0] if kinds else longer.category,
        kinds=kinds,
        evidence=(
            *(first.evidence if first_end == 1 else first.evidence[::-1]),
            *(second.evidence if second_end == 0 else second.evidence[::-1]),
        ),
        flags=tuple(sorted({*first.flags, *second.flags} - _OF_PIECES)),
    )


def _both_kinds(first: Found, second: Found) -> tuple[tuple[Kind, float], ...]:
    """Return the probabilities of the kinds of two pieces, by length, likeliest first."""
    if not (first.kinds and second.kinds):
        return first.kinds or second.kinds
    total = first.length_m + second.length_m
    share = {kind: p * first.length_m / total for kind, p in first.kinds}
    for kind, p in second.kinds:
        share[kind] = share.get(kind, 0.0) + p * second.length_m / total
    return tuple(sorted(share.items(), key=lambda item: (-item[1], item[0])))
