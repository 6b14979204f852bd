"""From evidence per pixel to polylines: thinning, linking, bridging, scoring.

Pixels on the crest of the evidence are joined to neighbours that lie along their direction and
point the same way; each group is walked from end to end; ends that face each other over a short
gap are joined. No step loops over pixels in Python.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph
from scipy.spatial import cKDTree

from vallum.change.evidence import N_DIRECTIONS
from vallum.change.fuse import Layer

Doubles = NDArray[np.float64]
Ints = NDArray[np.intp]

FLOOR = 1.3  # decades under which a pixel is noise
_SEED = 1.8  # decades that a line must reach somewhere
PIECE_PX = 16  # pixels of line that count as one independent piece
_BIN_PX = 4
_ROW = 1024  # places that are looked up at once
_TURN = 2  # directions (of 11.25 degrees) that neighbours may differ by


@dataclass(frozen=True, kw_only=True, eq=False)
class Track:
    """One polyline in pixel coordinates (x, y) of the full grid, pixel centres at whole numbers.

    Attributes:
        points: (n, 2) float64, x and y.
        score: sum of the decades above `FLOOR`, per independent piece.
        layer: where it was found.
        decades: (m,) float32 evidence per pixel of the layer along the line.
        learned: (m,) float32 logits of the network along it.
        classical: (m,) float32 decades of the classical part along it.
    """

    points: Doubles
    score: float
    layer: Layer
    decades: NDArray[np.float32]
    learned: NDArray[np.float32]
    classical: NDArray[np.float32]

    @property
    def length_px(self) -> float:
        """Length in pixels of the full grid."""
        return float(np.hypot(*np.diff(self.points, axis=0).T).sum())


def trace(
    layer: Layer, *, bridge_px: float, shortest_px: float, least_score: float = -np.inf
) -> list[Track]:
    """Return the polylines of one layer, strongest first.

    Args:
        layer: evidence of one change, polarity and resolution.
        bridge_px: largest gap inside a line, in pixels of the full grid.
        shortest_px: shorter lines are dropped, in pixels of the full grid.
        least_score: lines that score less are dropped.
    """
    xs, ys, values, directions = _crest(layer)
    if not len(xs):
        return []
    group = _groups(xs, ys, directions)
    group = _strong(group, values)
    keep = group >= 0
    xs, ys, values, group = xs[keep], ys[keep], values[keep], group[keep]
    if not len(xs):
        return []
    pieces = _walked(xs, ys, values, group)
    lines = _bridged(pieces, bridge_px / layer.step)
    least_px = shortest_px / layer.step
    return _tracks(layer, [line for line in lines if _length(line) >= least_px], least_score)


def _tracks(layer: Layer, lines: list[Doubles], least_score: float) -> list[Track]:
    """Return the lines that score enough, strongest first; all are measured at once."""
    if not lines:
        return []
    spots, starts = _spots(lines)
    decades = _along(layer.decades, spots)
    scores = _scores(decades, lines, starts)
    good = np.flatnonzero(scores >= least_score)
    good = good[np.argsort(-scores[good], kind="stable")]
    if not len(good):
        return []
    ends = np.append(starts[1:], len(spots))
    at = [np.arange(starts[i], ends[i]) for i in good]
    kept = np.concatenate(at)
    cuts = np.cumsum([len(one) for one in at])[:-1]
    parts = zip(
        good,
        np.split(decades[kept], cuts),
        np.split(_along(layer.learned, spots[kept]), cuts),
        np.split(_along(layer.classical, spots[kept]), cuts),
        strict=True,
    )
    return [
        Track(
            points=lines[i] * layer.step + (layer.step - 1) / 2,
            score=float(scores[i]),
            layer=layer,
            decades=one,
            learned=learned,
            classical=classical,
        )
        for i, one, learned, classical in parts
    ]


def _length(line: Doubles) -> float:
    return float(np.hypot(*np.diff(line, axis=0).T).sum())


def _across(directions: NDArray[np.uint8], reach: int) -> tuple[Ints, Ints]:
    angle = directions.astype(np.float64) * (np.pi / N_DIRECTIONS)
    return (
        np.rint(-reach * np.sin(angle)).astype(np.intp),
        np.rint(reach * np.cos(angle)).astype(np.intp),
    )


def _crest(layer: Layer) -> tuple[Ints, Ints, Doubles, Ints]:
    """Return x, y, decades and direction of pixels no weaker than what lies across them."""
    decades = layer.decades
    rows, columns = decades.shape
    ys, xs = np.nonzero(decades > FLOOR)
    here, directions = decades[ys, xs], layer.direction[ys, xs]
    is_top = np.ones(len(xs), bool)
    for reach in (-2, -1, 1, 2):
        dx, dy = _across(directions, reach)
        beside = decades[np.clip(ys + dy, 0, rows - 1), np.clip(xs + dx, 0, columns - 1)]
        # Strict on one side only: of two equal neighbours one stays.
        is_top &= (here > beside) if reach < 0 else (here >= beside)
    return (
        xs[is_top],
        ys[is_top],
        here[is_top].astype(np.float64),
        directions[is_top].astype(np.intp),
    )


def _apart(a: Ints, b: Ints) -> Ints:
    """Return by how many steps two directions differ, 0 to 8 (a line has no head)."""
    d = np.abs(a - b) % N_DIRECTIONS
    return np.asarray(np.minimum(d, N_DIRECTIONS - d), dtype=np.intp)


def _pairs(xs: Ints, ys: Ints, directions: Ints) -> tuple[Ints, Ints, Doubles]:
    """Return index pairs of crest pixels that continue each other, with their distance."""
    width = int(xs.max()) + 8
    where = np.full((int(ys.max()) + 8, width), -1, np.int32)
    where[ys, xs] = np.arange(len(xs))
    first, second, length = [], [], []
    for dx in range(-3, 4):
        for dy in range(4):
            if dy == 0 and dx <= 0:
                continue
            other = where[ys + dy, np.clip(xs + dx, 0, width - 1)]
            a = np.flatnonzero(other >= 0)
            b = other[a]
            angle = round(np.arctan2(dy, dx) / np.pi * N_DIRECTIONS) % N_DIRECTIONS
            near = np.hypot(dx, dy) < 2
            along = _apart(directions[a], np.full(len(a), angle)) <= _TURN + (2 if near else 0)
            same = _apart(directions[a], directions[b]) <= _TURN
            keep = along & same
            first.append(a[keep])
            second.append(b[keep].astype(np.intp))
            length.append(np.full(int(keep.sum()), np.hypot(dx, dy)))
    return np.concatenate(first), np.concatenate(second), np.concatenate(length)


def _graph(xs: Ints, ys: Ints, directions: Ints) -> sparse.csr_matrix:
    first, second, length = _pairs(xs, ys, directions)
    return sparse.csr_matrix((length, (first, second)), shape=(len(xs), len(xs)))


def _groups(xs: Ints, ys: Ints, directions: Ints) -> Ints:
    """Return the number of the connected group of each crest pixel."""
    return np.asarray(
        csgraph.connected_components(_graph(xs, ys, directions), directed=False)[1], dtype=np.intp
    )


def _strong(group: Ints, values: Doubles) -> Ints:
    """Return groups renumbered, -1 for those too small or nowhere strong."""
    count = np.bincount(group)
    top = np.zeros(len(count))
    np.maximum.at(top, group, values)
    good = (count >= 6) & (top >= _SEED)
    number = np.where(good, np.cumsum(good) - 1, -1)
    return np.asarray(number[group], dtype=np.intp)


def _walked(xs: Ints, ys: Ints, values: Doubles, group: Ints) -> list[Doubles]:
    """Return one polyline per group: the mean place per few pixels of walking distance."""
    order = np.lexsort((xs, ys, group))
    xs, ys, values, group = xs[order], ys[order], values[order], group[order]
    tree = cKDTree(np.column_stack((xs, ys)))
    pairs = tree.query_pairs(4.3, output_type="ndarray")
    pairs = pairs[group[pairs[:, 0]] == group[pairs[:, 1]]]
    length = np.hypot(xs[pairs[:, 0]] - xs[pairs[:, 1]], ys[pairs[:, 0]] - ys[pairs[:, 1]])
    graph = sparse.csr_matrix((length, (pairs[:, 0], pairs[:, 1])), shape=(len(xs), len(xs)))
    _, starts = np.unique(group, return_index=True)
    walked = _distance(graph, starts)
    far = starts + np.array([int(np.argmax(part)) for part in np.split(walked, starts[1:])])
    walked = _distance(graph, far)
    step = np.minimum(np.floor(walked / _BIN_PX), 1_000_000).astype(np.int64)
    key = group.astype(np.int64) * 2_000_000 + step
    _, index = np.unique(key, return_inverse=True)
    weight = np.maximum(values - FLOOR / 2, 0.1)
    total = np.bincount(index, weight)
    points = np.column_stack([np.bincount(index, weight * v) / total for v in (xs, ys)])
    owner = np.zeros(len(total), np.intp)
    owner[index] = group
    lines = np.split(points, np.flatnonzero(np.diff(owner)) + 1)
    return [smooth for line in lines if len(line) > 1 for smooth in _unfolded(line)]


def _distance(graph: sparse.csr_matrix, sources: Ints) -> Doubles:
    return np.asarray(csgraph.dijkstra(graph, directed=False, indices=sources, min_only=True))


def _unfolded(line: Doubles) -> list[Doubles]:
    """Return the line cut where it jumps or turns sharply: a loop or a fork was averaged there."""
    leap = np.diff(line, axis=0)
    length = np.hypot(*leap.T)
    heading = np.arctan2(leap[:, 1], leap[:, 0])
    turn = np.abs((np.diff(heading) + np.pi) % (2 * np.pi) - np.pi)
    cut = np.zeros(len(line), bool)
    cut[1:-1] = turn > np.radians(75)
    cut[1:] |= length > 4 * _BIN_PX
    parts = np.split(line, np.flatnonzero(cut))
    return [part for part in parts if len(part) > 1]


def _ends(lines: list[Doubles]) -> tuple[Doubles, Doubles]:
    """Return (2n, 2) end points (heads at even, tails at odd numbers) and outward unit vectors."""
    at, out = [], []
    for line in lines:
        reach = min(len(line) - 1, 5)
        for end, inner in ((line[0], line[reach]), (line[-1], line[-1 - reach])):
            at.append(end)
            way = end - inner
            out.append(way / max(float(np.hypot(*way)), 1e-6))
    return np.array(at), np.array(out)


def _bridged(lines: list[Doubles], gap_px: float) -> list[Doubles]:
    """Return the lines with facing ends joined, nearest and straightest first."""
    if len(lines) < 2:
        return lines
    at, out = _ends(lines)
    pairs = cKDTree(at).query_pairs(max(gap_px, 2.0), output_type="ndarray")
    pairs = pairs[pairs[:, 0] // 2 != pairs[:, 1] // 2]
    if not len(pairs):
        return lines
    a, b = pairs.T
    leap = at[b] - at[a]
    gap = np.hypot(*leap.T)
    way = leap / np.maximum(gap, 1e-6)[:, None]
    facing = -(out[a] * out[b]).sum(axis=1)
    # Over a very short gap the way across says nothing; ends may also overlap by a few pixels.
    along = np.minimum((out[a] * way).sum(axis=1), -(out[b] * way).sum(axis=1))
    aside = np.abs(out[a][:, 0] * leap[:, 1] - out[a][:, 1] * leap[:, 0])
    good = (facing > np.cos(np.radians(30))) & (
        (along > np.cos(np.radians(25))) | ((gap < 2 * _BIN_PX) & (aside < 3))
    )
    cost = gap + 20 * (1 - facing) + 2 * aside
    order = np.flatnonzero(good)[np.argsort(cost[good], kind="stable")]
    mate = np.full(len(at), -1, np.intp)
    root = np.arange(len(lines))
    for i in order:
        one, two = int(a[i]), int(b[i])
        if mate[one] < 0 and mate[two] < 0 and _root(root, one // 2) != _root(root, two // 2):
            mate[one], mate[two] = two, one
            root[_root(root, one // 2)] = _root(root, two // 2)
    return _chains(lines, mate)


def _root(root: Ints, number: int) -> int:
    while root[number] != number:
        root[number] = root[root[number]]
        number = int(root[number])
    return number


def _chains(lines: list[Doubles], mate: Ints) -> list[Doubles]:
    """Return the lines strung together along their joined ends."""
    seen, chains = np.zeros(len(lines), bool), []
    for end in np.flatnonzero(mate < 0):
        if seen[end // 2]:
            continue
        parts, now = [], int(end)
        while now >= 0:
            seen[now // 2] = True
            parts.append(lines[now // 2] if now % 2 == 0 else lines[now // 2][::-1])
            now = int(mate[now ^ 1])
        chains.append(np.concatenate(parts))
    return chains


def along(image: NDArray[np.float32], line: Doubles) -> NDArray[np.float32]:
    """Return the best value within a pixel of the line, once per pixel of its length."""
    return _along(image, resampled(line, 1.0))


def _along(image: NDArray[np.float32], spots: Doubles) -> NDArray[np.float32]:
    """Return the best value within a pixel of each of (n, 2) places."""
    n = len(spots)
    rows = -(-n // _ROW)
    at = np.zeros((2, rows * _ROW), np.float32)
    at[:, :n] = spots.T
    x, y = at.reshape(2, rows, _ROW)
    best = cv2.remap(image, x, y, cv2.INTER_LINEAR)
    for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        cv2.max(best, cv2.remap(image, x + dx, y + dy, cv2.INTER_LINEAR), dst=best)
    return np.asarray(best.ravel()[:n])


def resampled(line: Doubles, step: float) -> Doubles:
    """Return points each `step` along the line, both ends kept."""
    walked = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))))
    spots = np.linspace(0, walked[-1], max(2, round(walked[-1] / step) + 1))
    return np.column_stack([np.interp(spots, walked, line[:, k]) for k in (0, 1)])


def _spots(lines: list[Doubles]) -> tuple[Doubles, Ints]:
    """Return points one pixel apart along all lines, one after another, and where each begins."""
    points = np.concatenate(lines)
    first = np.cumsum([0] + [len(line) for line in lines])
    leap = np.hypot(*np.diff(points, axis=0).T)
    leap[first[1:-1] - 1] = 1.0  # from the end of a line to the next
    walked = np.concatenate(([0.0], np.cumsum(leap)))
    begin, end = walked[first[:-1]], walked[first[1:] - 1]
    count = np.maximum(2, np.rint(end - begin).astype(np.intp) + 1)
    starts = np.cumsum(count) - count
    number = np.arange(count.sum()) - np.repeat(starts, count)
    step = np.repeat((end - begin) / (count - 1), count)
    at = np.minimum(np.repeat(begin, count) + number * step, np.repeat(end, count))
    return np.column_stack([np.interp(at, walked, points[:, k]) for k in (0, 1)]), starts


def _scores(values: NDArray[np.float32], lines: list[Doubles], starts: Ints) -> Doubles:
    """Return the decades above the floor per independent piece, less for lines that wander."""
    steps = np.diff(np.append(starts, len(values))) - 1
    chord = np.array([line[-1] - line[0] for line in lines])
    straight = np.hypot(*chord.T) / np.maximum(steps, 1)
    above = np.clip(values - np.float32(FLOOR), -FLOOR, 2.5).astype(np.float64)
    total = np.add.reduceat(above, starts) / PIECE_PX
    return np.asarray(total * np.minimum(1.0, 0.3 + 0.8 * straight))
