"""Five methods from the literature on the same cases, each with the same vectoriser.

Change vectors (CVA), IR-MAD (Nielsen 2007, as in Orfeo), filter of the difference and Frangi
difference make a map of evidence. The vectoriser ranks it (-log10 of the share of pixels that
stand out as much), averages along the best of 16 directions over 12 m, keeps what is connected to
strong spots, thins it and walks the longest ways; the score is the summed evidence times
straightness.
Line segments (LSD, von Gioi 2010) of the second date without a parallel one on the first, and the
other way round, are joined end to end and scored by their length and meaningfulness.

None of them says new or removed: either is accepted. Their thresholds are set on dev like ours. Of
public change networks no weights could be had here, so none is shown.
"""

from __future__ import annotations

import time
from functools import lru_cache, partial

import cv2
import numpy as np
import shapely
from cases import in_metres
from metrics import Thing
from scipy import sparse
from scipy.sparse import csgraph
from scipy.spatial import cKDTree
from scipy.stats import chi2
from skimage.feature import hessian_matrix, hessian_matrix_eigvals
from skimage.filters import apply_hysteresis_threshold
from skimage.morphology import skeletonize

NETWORK_NOTE = "public change networks: no weights could be had here, so none is compared"
_LONG_PX, _SHORTEST_PX, _DIRECTIONS = 25, 30, 16
_FLOOR, _LOW, _HIGH = 0.8, 1.0, 1.6


def _normalised(band, size=41):
    """Return the local z-score of a (y, x) image, cut at 4."""
    band = band.astype(np.float32)
    mean = cv2.blur(band, (size, size))
    spread = np.sqrt(np.maximum(cv2.blur(band * band, (size, size)) - mean * mean, 4.0))
    return np.clip((band - mean) / spread, -4, 4)


def _grey_pair(case):
    return [_normalised(image.mean(axis=0)) for image in (case.before, case.after)]


def cva(case):
    """Return the ridges of the distance between the locally normalised colours (y, x)."""
    steps = [_normalised(b) - _normalised(a) for a, b in zip(case.before, case.after, strict=True)]
    return ridge(np.minimum(np.sqrt(np.square(steps).sum(axis=0)), 4.0))


def irmad(case, rounds=8):
    """Return the ridges of the iteratively reweighted multivariate alteration (y, x)."""
    first, second = (v.reshape(len(v), -1).astype(np.float64) for v in (case.before, case.after))
    weights = np.ones(first.shape[1])
    n = len(first)
    for _ in range(rounds):
        both = np.vstack((first, second))
        both = both - np.average(both, axis=1, weights=weights)[:, None]
        cov = (both * weights) @ both.T / weights.sum()
        cov += 1e-3 * np.trace(cov) / len(cov) * np.eye(len(cov))  # grey images have equal bands
        one, two, across = cov[:n, :n], cov[n:, n:], cov[:n, n:]
        root = np.linalg.inv(np.linalg.cholesky(one))
        left, rho, _ = np.linalg.svd(root @ across @ np.linalg.inv(np.linalg.cholesky(two)).T)
        a = root.T @ left
        b = np.linalg.solve(two, across.T @ a) / np.maximum(rho, 1e-6)
        mads = a.T @ both[:n] - b.T @ both[n:]
        spread = np.maximum(2 * (1 - np.clip(rho, 0, 1 - 1e-4)), 1e-4)
        total = (mads**2 / spread[:, None]).sum(axis=0)
        weights = np.maximum(chi2.sf(total, n), 1e-6)
    change = np.sqrt(total).reshape(case.clear.shape).astype(np.float32)
    return ridge(np.minimum(change, float(np.percentile(change, 98))))


@lru_cache(maxsize=1)
def _rods():
    """Return (angle, kernel) of 16 lines of 25 px."""
    reach = _LONG_PX // 2 + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    rods = []
    for angle in np.arange(_DIRECTIONS) * np.pi / _DIRECTIONS:
        along = x * np.cos(angle) + y * np.sin(angle)
        aside = np.abs(y * np.cos(angle) - x * np.sin(angle))
        core = np.clip(1 - aside, 0, 1) * (np.abs(along) <= _LONG_PX / 2)
        rods.append((float(angle), (core / core.sum()).astype(np.float32)))
    return rods


def _shifted(image, angle, far_px):
    """Return the image sampled `far_px` across a direction."""
    move = np.float32([[1, 0, -far_px * np.sin(angle)], [0, 1, far_px * np.cos(angle)]])
    return cv2.warpAffine(
        image,
        move,
        image.shape[::-1],
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT,
    )


def ridge(image, widths_px=(1.2, 3.0, 8.0, 18.0)):
    """Return how much a line of 25 px stands over both its sides, at the best width and turn."""
    best = np.zeros(image.shape, np.float32)
    for angle, kernel in _rods():
        mean = cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REFLECT)
        for width_px in widths_px:
            core = mean
            if width_px > 2:
                core = (mean + sum(_shifted(mean, angle, k * width_px / 3) for k in (-1, 1))) / 3
            sides = [_shifted(mean, angle, k * (width_px / 2 + 2.5)) for k in (-1, 1)]
            np.maximum(best, (core - np.maximum(*sides)) * width_px**0.25, out=best)
    return best


def difference_filter(case):
    """Return the strongest ridge, bright or dark, of the difference (y, x)."""
    before, after = _grey_pair(case)
    # One bright roof must not make a line.
    step = np.clip(after - before, -1.5, 1.5)
    return np.maximum(ridge(step), ridge(-step))


def frangi(image, sigmas=(1, 2, 4)):
    """Return the vesselness of Frangi (1998) of a (y, x) image, bright or dark.

    The larger of `skimage.filters.frangi` for both polarities with its defaults, which derives the
    image twice as often.
    """
    best, gamma = np.zeros(image.shape, np.float32), None
    for sigma in sigmas:
        parts = hessian_matrix(image, sigma, mode="reflect", use_gaussian_derivatives=True)
        values = hessian_matrix_eigvals(parts)
        weak, strong = np.sort(np.abs(values), axis=0)
        size = np.hypot(weak, strong)
        gamma = gamma or size.max() / 2 or 1.0
        blob = np.exp(-((weak / np.maximum(strong, 1e-10)) ** 2) / 0.5)
        seen = blob * (1 - np.exp(-(size**2) / (2 * gamma**2)))
        np.maximum(best, seen.astype(np.float32), out=best)
    return best


def frangi_difference(case):
    """Return how much the ridges of one date exceed those of the other within a pixel (y, x)."""
    before, after = (frangi(image) for image in _grey_pair(case))
    near = [cv2.dilate(ridges, np.ones((3, 3))) for ridges in (before, after)]
    return np.maximum(np.maximum(after - near[0], before - near[1]), 0)


def _decades(evidence):
    """Return -log10 of the share of pixels that stand out at least as much."""
    flat = np.sort(evidence.ravel())
    above = len(flat) - np.searchsorted(flat, evidence.ravel(), side="left")
    return -np.log10(above / len(flat)).reshape(evidence.shape).astype(np.float32)


def vectorised(evidence, gsd_m):
    """Return the polylines of a map of evidence as candidates in local metres."""
    decades = np.minimum(_decades(evidence), 2.5)
    drawn_out = np.full(decades.shape, -np.inf, np.float32)
    for _, kernel in _rods():
        mean = cv2.filter2D(decades, -1, kernel, borderType=cv2.BORDER_REFLECT)
        np.maximum(drawn_out, mean, out=drawn_out)
    thin = skeletonize(apply_hysteresis_threshold(drawn_out, _LOW, _HIGH))
    return [_candidate(path, drawn_out, gsd_m) for path in _paths(thin)]


def _candidate(path, strength, gsd_m):
    values = strength[path[:, 1], path[:, 0]]
    shape = shapely.LineString(in_metres(path, gsd_m)).simplify(0.4)
    straight = float(np.hypot(*(path[-1] - path[0]))) / len(path)
    total = float((values - _FLOOR).sum()) / 16
    return Thing(shape=shape, score=total * min(1.0, 0.3 + 0.8 * straight))


def _paths(thin):
    """Yield (n, 2) x, y of the longest ways through every connected part of a skeleton."""
    ys, xs = np.nonzero(thin)
    spots = np.column_stack((xs, ys))
    for _ in range(3):
        if len(spots) < _SHORTEST_PX:
            return
        pairs = cKDTree(spots).query_pairs(1.5, output_type="ndarray")
        length = np.hypot(*(spots[pairs[:, 0]] - spots[pairs[:, 1]]).T)
        graph = sparse.csr_matrix((length, pairs.T), shape=(len(spots), len(spots)))
        n_parts, part = csgraph.connected_components(graph, directed=False)
        left = np.ones(len(spots), bool)
        for number in np.flatnonzero(np.bincount(part, minlength=n_parts) >= _SHORTEST_PX):
            mine = np.flatnonzero(part == number)
            way = mine[_longest(graph[mine][:, mine])]
            if len(way) >= _SHORTEST_PX:
                yield spots[way]
                near = cKDTree(spots[way]).query(spots[mine])[0] <= 3
                left[mine[near]] = False
            else:
                left[mine] = False
        left[np.bincount(part, minlength=n_parts)[part] < _SHORTEST_PX] = False
        spots = spots[left]


def _longest(graph):
    """Return the nodes of the longest shortest way, in order."""
    far = int(np.argmax(csgraph.dijkstra(graph, directed=False, indices=0)))
    distance, before = csgraph.dijkstra(
        graph, directed=False, indices=far, return_predecessors=True
    )
    node, way = int(np.argmax(distance)), []
    while node >= 0:
        way.append(node)
        node = int(before[node])
    return np.array(way)


def segments(case):
    """Return the line segments of one date that the other lacks, joined, in local metres."""
    detector = cv2.createLineSegmentDetector(cv2.LSD_REFINE_ADV)
    dates = []
    for image in (case.before, case.after):
        found = detector.detect(cv2.convertScaleAbs(_normalised(image.mean(axis=0)), None, 28, 128))
        lines = found[0].reshape(-1, 4) if found[0] is not None else np.zeros((0, 4))
        sure = found[3].ravel() if found[0] is not None else np.zeros(0)
        dates.append((lines, sure))
    return _unmatched(*dates[1], dates[0][0], case.gsd_m) + _unmatched(
        *dates[0], dates[1][0], case.gsd_m
    )


def _unmatched(lines, sure, others, gsd_m):
    """Return joined segments that do not run along a segment of the other date."""
    if not len(lines):
        return []
    areas = [shapely.LineString(v.reshape(2, 2)).buffer(3.0, cap_style="flat") for v in others]
    shapes = [shapely.LineString(v.reshape(2, 2)) for v in lines]
    keep = []
    tree = shapely.STRtree(areas) if areas else None
    for shape in shapes:
        near = [areas[i] for i in tree.query(shape)] if tree else []
        shared = shape.intersection(shapely.union_all(near)).length if near else 0.0
        keep.append(shared < 0.5 * shape.length and shape.length > 6)
    kept = np.flatnonzero(keep)
    return _joined([shapes[i] for i in kept], sure[kept], gsd_m)


def _joined(shapes, sure, gsd_m):
    """Return chains of segments whose ends face each other over less than 10 m."""
    if not shapes:
        return []
    ends = np.array([shape.coords for shape in shapes])
    way = ends[:, 1] - ends[:, 0]
    way /= np.hypot(*way.T)[:, None]
    tree = shapely.STRtree(shapes)
    first, second = tree.query(shapes, predicate="dwithin", distance=10 / gsd_m)
    alike = np.abs((way[first] * way[second]).sum(axis=1)) > np.cos(np.radians(15))
    middle = ends.mean(axis=1)
    leap = middle[second] - middle[first]
    aside = np.abs(way[first][:, 0] * leap[:, 1] - way[first][:, 1] * leap[:, 0])
    keep = alike & (aside < 0.25 * np.hypot(*leap.T) + 2)
    graph = sparse.csr_matrix(
        (np.ones(keep.sum()), (first[keep], second[keep])), shape=(len(shapes),) * 2
    )
    n, part = csgraph.connected_components(graph, directed=False)
    found = []
    for number in range(n):
        mine = np.flatnonzero(part == number)
        spots = ends[mine].reshape(-1, 2)
        axis = way[mine[0]]
        order = np.argsort(spots @ axis)
        shape = shapely.LineString(in_metres(spots[order], gsd_m)).simplify(1.0)
        if shape.length >= _SHORTEST_PX * gsd_m:
            length = sum(shapes[i].length for i in mine)
            score = np.log10(length) + 0.1 * np.log1p(np.maximum(sure[mine], 0)).mean()
            found.append(Thing(shape=shape, score=float(score)))
    return found


def _by_map(evidence, case):
    began = time.process_time()
    found = vectorised(evidence(case), case.gsd_m)
    return found, time.process_time() - began


def _by_segments(case):
    began = time.process_time()
    found = segments(case)
    return found, time.process_time() - began


PEERS = {
    "CVA": partial(_by_map, cva),
    "IR-MAD": partial(_by_map, irmad),
    "filter of difference": partial(_by_map, difference_filter),
    "Frangi difference": partial(_by_map, frangi_difference),
    "line segments (LSD)": _by_segments,
}
