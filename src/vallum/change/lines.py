"""From evidence per pixel to polylines: thinning, linking, bridging, scoring.

Pixels on the crest of the evidence are joined to neighbours that lie along their direction and
point the same way; each group is walked from end to end; ends that face each other over a short
gap are joined. No step loops over pixels in Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph
from scipy.spatial import cKDTree

from vallum.change.evidence import N_DIRECTIONS
from vallum.change.fuse import Layer
from vallum.change.polylines import Doubles, Ints, Lines, ranges, starts_of

Floats = NDArray[np.float32]

FLOOR = 1.3  # decades under which a pixel is noise
_SEED = 1.8  # decades that a line must reach somewhere
PIECE_PX = 16  # pixels of line that count as one independent piece
_BIN_PX = 4
_ROW = 1024  # places that are looked up at once
_TURN = 2  # directions (of 11.25 degrees) that neighbours may differ by
_LINK_PX, _WALK_PX = 3, 4.3  # reach of a link along each axis, and of a step while walking


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
    decades: Floats
    learned: Floats
    classical: Floats

    @property
    def length_px(self) -> float:
        """Length in pixels of the full grid."""
        return float(np.hypot(*np.diff(self.points, axis=0).T).sum())


@dataclass(frozen=True, kw_only=True, eq=False)
class Tracks:
    """The tracks of one layer, one after another; attributes as in `Track`.

    Attributes:
        lines: their points.
        scores: (tracks,) float64.
        layer: where they were found.
        decades: (m,) float32 along all of them.
        learned: (m,) float32.
        classical: (m,) float32.
        first: (tracks + 1,) where each begins in the three above.
    """

    lines: Lines
    scores: Doubles
    layer: Layer
    decades: Floats
    learned: Floats
    classical: Floats
    first: Ints

    def __len__(self) -> int:
        return len(self.scores)

    def __iter__(self) -> Iterator[Track]:
        return (self.one(number) for number in range(len(self)))

    def one(self, number: int) -> Track:
        """Return one of the tracks."""
        here = slice(self.first[number], self.first[number + 1])
        return Track(
            points=self.lines.one(number),
            score=float(self.scores[number]),
            layer=self.layer,
            decades=self.decades[here],
            learned=self.learned[here],
            classical=self.classical[here],
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Crest:
    """Pixels on the crest of the evidence, row by row; all arrays are (n,).

    Attributes:
        xs: columns.
        ys: rows.
        values: decades, float64.
        directions: 0..15.
        columns: width of the layer.
    """

    xs: Ints
    ys: Ints
    values: Doubles
    directions: Ints
    columns: int


@dataclass(frozen=True, kw_only=True, eq=False)
class _Near:
    """Pairs of crest pixels near each other, by the first one; all arrays are (pairs,).

    Attributes:
        one: number of the pixel that comes first.
        other: number of the later one.
        way: which of `_ways` leads from one to the other.
    """

    one: Ints
    other: Ints
    way: Ints


def trace(
    layer: Layer, *, bridge_px: float, shortest_px: float, least_score: float = -np.inf
) -> Tracks:
    """Return the polylines of one layer, strongest first.

    Args:
        layer: evidence of one change, polarity and resolution.
        bridge_px: largest gap inside a line, in pixels of the full grid.
        shortest_px: shorter lines are dropped, in pixels of the full grid.
        least_score: lines that score less are dropped.
    """
    crest = _crest(layer)
    near = _near(crest)
    group = _strong(_groups(crest, near), crest.values)
    lines = _bridged(_unfolded(*_walked(crest, near, group)), bridge_px / layer.step)
    long = np.flatnonzero(lines.lengths() >= shortest_px / layer.step)
    return _tracks(layer, lines.some(long), least_score)


def _tracks(layer: Layer, lines: Lines, least_score: float) -> Tracks:
    """Return the lines that score enough, strongest first."""
    spots = lines.by_pixel()
    decades = _along(layer.decades, spots.points)
    scores = _scores(decades, lines, spots.first)
    good = np.flatnonzero(scores >= least_score)
    good = good[np.argsort(-scores[good], kind="stable")]
    count = np.diff(spots.first)[good]
    kept = ranges(spots.first[good], count)
    lines = lines.some(good)
    return Tracks(
        lines=Lines(
            points=lines.points * layer.step + (layer.step - 1) / 2,
            first=lines.first,
        ),
        scores=scores[good],
        layer=layer,
        decades=decades[kept],
        learned=_along(layer.learned, spots.points[kept]),
        classical=_along(layer.classical, spots.points[kept]),
        first=starts_of(count),
    )


def _across(reach: int) -> tuple[Ints, Ints]:
    """Return (16,) columns and rows from a pixel to the one that far across each direction."""
    angle = np.arange(N_DIRECTIONS) * (np.pi / N_DIRECTIONS)
    return (
        np.rint(-reach * np.sin(angle)).astype(np.intp),
        np.rint(reach * np.cos(angle)).astype(np.intp),
    )


def _crest(layer: Layer) -> _Crest:
    """Return the pixels no weaker than what lies across them."""
    columns = layer.decades.shape[1]
    decades = layer.decades.ravel()
    at = np.flatnonzero(decades > FLOOR)
    here, directions = decades[at], layer.direction.ravel()[at]
    for reach in (-1, 1, -2, 2):
        dx, dy = _across(reach)
        beside = decades.take(at + (dy * columns + dx)[directions], mode="clip")
        # Strict on one side only: of two equal neighbours one stays.
        is_top = np.flatnonzero((here > beside) if reach < 0 else (here >= beside))
        at, here, directions = at[is_top], here[is_top], directions[is_top]
    ys, xs = np.divmod(at, columns)
    return _Crest(
        xs=xs,
        ys=ys,
        values=here.astype(np.float64),
        directions=directions.astype(np.intp),
        columns=columns,
    )


@cache
def _ways() -> list[tuple[int, int]]:
    """Return the steps (columns, rows) to pixels within `_WALK_PX` that come later, in order."""
    reach = int(_WALK_PX)
    return [
        (dx, dy)
        for dy in range(reach + 1)
        for dx in range(-reach, reach + 1)
        if (dy > 0 or dx > 0) and np.hypot(dx, dy) <= _WALK_PX
    ]


@cache
def _links() -> NDArray[np.bool_]:
    """Return (ways, 16, 16) bool: whether two pixels of these directions continue each other."""
    directions = np.arange(N_DIRECTIONS)
    same = _apart(directions[:, None], directions) <= _TURN
    links = np.zeros((len(_ways()), N_DIRECTIONS, N_DIRECTIONS), bool)
    for link, (dx, dy) in zip(links, _ways(), strict=True):
        if max(abs(dx), dy) <= _LINK_PX:
            angle = round(np.arctan2(dy, dx) / np.pi * N_DIRECTIONS) % N_DIRECTIONS
            turn = _TURN + (2 if np.hypot(dx, dy) < 2 else 0)
            link[:] = (_apart(directions, np.intp(angle)) <= turn)[:, None] & same
    return links


def _apart(a: Ints, b: Ints | np.intp) -> Ints:
    """Return by how many steps two directions differ, 0 to 8 (a line has no head)."""
    d = np.abs(a - b) % N_DIRECTIONS
    return np.asarray(np.minimum(d, N_DIRECTIONS - d), dtype=np.intp)


def _near(crest: _Crest) -> _Near:
    """Return the pairs of crest pixels within `_WALK_PX`."""
    beyond = int(_WALK_PX)
    width, n = crest.columns + 2 * beyond, len(crest.xs)
    at = crest.ys * width + crest.xs + beyond
    where = np.full(int(at.max(initial=0)) + (beyond + 1) * width, -1, np.int32)
    where[at] = np.arange(n, dtype=np.int32)
    ways = np.array([dy * width + dx for dx, dy in _ways()])
    others = where.take(at[:, None] + ways).ravel()
    hits = np.flatnonzero(others >= 0).astype(np.int32)
    one, way = np.divmod(hits, np.int32(len(ways)))
    return _Near(one=one, other=others[hits], way=way)


def _graph(one: Ints, other: Ints, weights: Doubles, n: int) -> sparse.csr_matrix:
    """Return the graph of n pixels from pairs in the order of `_near`."""
    return sparse.csr_matrix((weights, other, starts_of(np.bincount(one, minlength=n))), (n, n))


def _groups(crest: _Crest, near: _Near) -> Ints:
    """Return the number of the connected group of each crest pixel."""
    one, other = (crest.directions[end] for end in (near.one, near.other))
    linked = np.flatnonzero(_links()[near.way, one, other])
    if not len(linked):
        return np.arange(len(crest.xs))
    graph = _graph(near.one[linked], near.other[linked], np.ones(len(linked)), len(crest.xs))
    return np.asarray(csgraph.connected_components(graph, directed=False)[1], dtype=np.intp)


def _strong(group: Ints, values: Doubles) -> Ints:
    """Return groups renumbered, -1 for those too small or nowhere strong."""
    count = np.bincount(group)
    top = np.zeros(len(count))
    np.maximum.at(top, group, values)
    good = (count >= 6) & (top >= _SEED)
    number = np.where(good, np.cumsum(good) - 1, -1)
    return np.asarray(number[group], dtype=np.intp)


def _walked(crest: _Crest, near: _Near, group: Ints) -> tuple[Doubles, Ints]:
    """Return (n, 2) mean places per few pixels of walking distance, and the group of each."""
    mine = group[near.one]
    same = np.flatnonzero((mine == group[near.other]) & (mine >= 0))
    length = np.array([np.hypot(*way) for way in _ways()])[near.way[same]]
    graph = _graph(near.one[same], near.other[same], length, len(group))
    kept = np.flatnonzero(group >= 0)
    if not len(kept):
        return np.empty((0, 2)), kept
    group, xs, ys, values = group[kept], crest.xs[kept], crest.ys[kept], crest.values[kept]
    start = _firsts(group, kept)
    far = _distance(graph, start)[kept]
    top = np.zeros(len(start))
    np.maximum.at(top, group, far)
    ends = np.flatnonzero(far == top[group])
    walked = _distance(graph, _firsts(group[ends], kept[ends]))[kept]
    step = np.floor(walked / _BIN_PX).astype(np.intp)
    most = np.zeros(len(start), np.intp)
    np.maximum.at(most, group, step)
    index = starts_of(most + 1)[group] + step
    weight = np.maximum(values - FLOOR / 2, 0.1)
    total = np.bincount(index, weight)
    places = np.column_stack([np.bincount(index, weight * v) for v in (xs, ys)])
    used = np.flatnonzero(total)
    return places[used] / total[used, None], np.repeat(np.arange(len(most)), most + 1)[used]


def _firsts(group: Ints, values: Ints) -> Ints:
    """Return the first value of each group."""
    first = np.zeros(int(group.max(initial=-1)) + 1, np.intp)
    first[group[::-1]] = values[::-1]
    return first


def _distance(graph: sparse.csr_matrix, sources: Ints) -> Doubles:
    return np.asarray(csgraph.dijkstra(graph, directed=False, indices=sources, min_only=True))


def _unfolded(points: Doubles, owner: Ints) -> Lines:
    """Return the lines cut where they jump or turn sharply: a loop or a fork was averaged there."""
    leap = np.diff(points, axis=0)
    heading = np.arctan2(leap[:, 1], leap[:, 0])
    turn = np.abs((np.diff(heading) + np.pi) % (2 * np.pi) - np.pi)
    is_first = np.ones(len(points) + 1, bool)
    is_first[1:-1] = owner[1:] != owner[:-1]
    cut = is_first.copy()
    cut[1:-1] |= np.hypot(*leap.T) > 4 * _BIN_PX
    cut[1:-2] |= (turn > np.radians(75)) & ~is_first[2:-1]
    first = np.flatnonzero(cut)
    whole = Lines(points=points, first=first)
    return whole.some(np.flatnonzero(np.diff(first) > 1))


def _ends(lines: Lines) -> tuple[Doubles, Doubles]:
    """Return (2n, 2) end points (heads at even, tails at odd numbers) and outward unit vectors."""
    reach = np.minimum(np.diff(lines.first) - 1, 5)
    heads, tails = lines.first[:-1], lines.first[1:] - 1
    at = np.stack((lines.heads, lines.tails), axis=1).reshape(-1, 2)
    inner = lines.points[np.stack((heads + reach, tails - reach), axis=1).ravel()]
    way = at - inner
    return at, way / np.maximum(np.hypot(*way.T), 1e-6)[:, None]


def _bridged(lines: Lines, gap_px: float) -> Lines:
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
    return _chains(lines, _mates(pairs[order].tolist(), len(lines)))


def _mates(pairs: list[list[int]], n_lines: int) -> list[int]:
    """Return with which end each end is joined, -1 for none; no line is joined to itself."""
    mate, root = [-1] * (2 * n_lines), list(range(n_lines))
    for one, two in pairs:
        if mate[one] < 0 and mate[two] < 0:
            here, there = _root(root, one // 2), _root(root, two // 2)
            if here != there:
                mate[one], mate[two] = two, one
                root[here] = there
    return mate


def _root(root: list[int], number: int) -> int:
    while root[number] != number:
        root[number] = root[root[number]]
        number = root[number]
    return number


def _chains(lines: Lines, mate: list[int]) -> Lines:
    """Return the lines strung together along their joined ends."""
    seen = [False] * len(lines)
    ends: list[int] = []  # by which each line is entered
    begins: list[int] = []  # of each chain, in `ends`
    for end, other in enumerate(mate):
        if other >= 0 or seen[end // 2]:
            continue
        begins.append(len(ends))
        now = end
        while now >= 0:
            seen[now // 2] = True
            ends.append(now)
            now = mate[now ^ 1]
    entered = np.array(ends)
    strung = lines.some(entered // 2)
    count = np.diff(strung.first)
    back = np.repeat(entered % 2 == 1, count)
    at = np.arange(len(strung.points))
    turned = np.repeat(strung.first[:-1] + strung.first[1:] - 1, count) - at
    points = strung.points[np.where(back, turned, at)]
    return Lines(points=points, first=strung.first[[*begins, len(ends)]])


def along(image: Floats, line: Doubles) -> Floats:
    """Return the best value within a pixel of the line, once per pixel of its length."""
    return _along(image, resampled(line, 1.0))


def _along(image: Floats, spots: Doubles) -> Floats:
    """Return the best value within a pixel of each of (n, 2) places."""
    n = len(spots)
    rows = max(1, -(-n // _ROW))
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


def _scores(values: Floats, lines: Lines, first: Ints) -> Doubles:
    """Return the decades above the floor per independent piece, less for lines that wander."""
    steps = np.diff(first) - 1
    straight = np.hypot(*(lines.tails - lines.heads).T) / np.maximum(steps, 1)
    above = np.clip(values - np.float32(FLOOR), -FLOOR, 2.5).astype(np.float64)
    total = np.add.reduceat(above, first[:-1]) / PIECE_PX
    return np.asarray(total * np.minimum(1.0, 0.3 + 0.8 * straight))
