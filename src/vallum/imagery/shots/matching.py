"""A picture without markers, found again on images that are placed already.

Points of the picture and of the corridor, as other images show it, are described by SIFT and paired
where both find each other nearest and clearly so. A view of flat ground on which many pairs agree
is searched with MAGSAC++; around it the points are paired again at the picture's own pixel size.
It counts only if so many agree, spread so widely, as different places never showed.

SIFT: Lowe 2004; RootSIFT: Arandjelovic & Zisserman 2012; MAGSAC++: Barath et al. 2020.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import cv2
import numpy as np
from affine import Affine
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from pyproj import Transformer
from shapely import box
from shapely.geometry.base import BaseGeometry

from vallum.frontier import Frontier, Section
from vallum.ground.errors import BadImage
from vallum.imagery import view
from vallum.imagery.shots import place

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_COARSE_M = 1.0
_MOST_TILE_PX = 2600
_AROUND_M = 150.0
_COARSE_POINTS, _FINE_POINTS = 3000, 6000
_MOST_PICTURE_PX = 1600
_RATIO, _FINE_RATIO = 0.82, 0.9
_COARSE_PX, _FINE_PX = 4.0, 1.5
_PROMISING = 9  # pairs that agree on the coarse view, to look closer
# Chosen by judgement, then checked on `dev` dates of real farmland (benchmarks/registration): on
# 136 other places at most 6 pairs agreed; of 68 right places of another year one reached it, three
# others 7 to 12. A lower limit would find hardly more.
LEAST_PAIRS = 24
LEAST_SPREAD = 0.12
_SURE = 60  # no other image is tried
_NEAR_PX = 6.0
_MOST_TILT_DEG = 45.0
_CELLS = 8  # of the picture along each axis, from which points are kept evenly
_KEPT = 64
_MOST_CACHED = 160


@dataclass(frozen=True, kw_only=True, eq=False)
class Reference:
    """An image that is placed: its id, its working copy, the size of its pixels, where it lies.

    Attributes:
        area: its valid pixels, EPSG:4326; where none is told, it is opened for every section.
    """

    scene: str
    path: Path
    gsd_m: float
    area: BaseGeometry | None = None

    def shows(self, grid: GeoBox) -> bool:
        """Say whether it may show some of a grid, without opening it."""
        if self.area is None:
            return True
        to_degrees = Transformer.from_crs(grid.crs, 4326, always_xy=True)
        return bool(self.area.intersects(box(*to_degrees.transform_bounds(*grid.boundingbox))))


@dataclass(frozen=True, kw_only=True, eq=False)
class Matched:
    """Where a picture was found, or why it was not.

    Attributes:
        placing: where it lies.
        points: what it was placed by.
        scene: image on which it was found.
        n_pairs: pairs that agree.
        why_not: empty when it was found.
    """

    placing: place.Placing | None = None
    points: tuple[place.Point, ...] = ()
    scene: str = ""
    n_pairs: int = 0
    why_not: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Points:
    """Described points of an image: places (n, 2) in pixels and descriptors (n, 128)."""

    at: Floats
    words: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Tile:
    grid: GeoBox
    points: Points


@dataclass(kw_only=True, eq=False)
class Search:
    """The corridor as placed images show it; what was described is kept for the next picture.

    Attributes:
        frontier: the line.
        sections: where to look.
        reach_m: beside the line.
        references: the images, those to try first in front.
    """

    frontier: Frontier
    sections: Sequence[Section]
    reach_m: float
    references: Sequence[Reference]
    _tiles: OrderedDict[tuple[str, int], list[_Tile]] = field(default_factory=OrderedDict)

    def find(
        self,
        grey: NDArray[np.uint8],
        shown: Bools,
        *,
        first: int = 0,
        told: Callable[[int, int], None] = lambda _n, _of: None,
    ) -> Matched:
        """Return where a picture lies.

        Args:
            grey: (y, x).
            shown: (y, x), True where it shows ground.
            first: index of the section to begin with; its neighbours follow.
            told: called with how many of how many sections were looked at.
        """
        if not self.references:
            return Matched(
                why_not="no image of this stretch is placed yet that it could be matched with"
            )
        scale = min(1.0, _MOST_PICTURE_PX / max(grey.shape))
        own = _described(grey, shown, scale, _COARSE_POINTS)
        if len(own.at) < LEAST_PAIRS:
            return Matched(why_not="has too little texture to be matched")
        best = Matched(why_not="matches none of the placed images")
        order = sorted(range(len(self.sections)), key=lambda n: abs(n - first))
        for n_done, n in enumerate(order):
            told(n_done, len(order))
            for reference in self.references:
                found = self._on(reference, n, own, grey, shown)
                if found.n_pairs > best.n_pairs:
                    best = found
                if not found.why_not and found.n_pairs >= _SURE:
                    return found
            if not best.why_not and n_done > 2:
                break
        return best

    def _on(
        self, reference: Reference, n: int, own: Points, grey: NDArray[np.uint8], shown: Bools
    ) -> Matched:
        best = Matched(why_not="matches none of the placed images")
        for tile in self._section(reference, n):
            coarse = _viewed(own, tile.points, _RATIO, _COARSE_PX)
            if coarse is None or coarse[1] < _PROMISING:
                continue
            found = _closer(reference, tile.grid, coarse[0], grey, shown)
            if found.n_pairs > best.n_pairs or (best.why_not and not found.why_not):
                best = found
        return best

    def _section(self, reference: Reference, n: int) -> list[_Tile]:
        key = (reference.scene, n)
        if key in self._tiles:
            self._tiles.move_to_end(key)
            return self._tiles[key]
        tiles = []
        for grid in _grids(self.frontier, self.sections[n], self.reach_m, reference.gsd_m):
            if not reference.shows(grid):
                continue
            try:
                pixels, valid = view.read(reference.path, grid)
            except BadImage:
                continue
            if valid.mean() > 0.05:
                tiles.append(
                    _Tile(
                        grid=grid,
                        points=_described(_grey(pixels, valid), valid, 1.0, _COARSE_POINTS),
                    )
                )
        self._tiles[key] = tiles
        while len(self._tiles) > _MOST_CACHED:
            self._tiles.popitem(last=False)
        return tiles


def _grids(frontier: Frontier, section: Section, reach_m: float, gsd_m: float) -> list[GeoBox]:
    """Return grids that together hold the corridor of a section."""
    _, lon, lat = frontier.transects(section.span, reach_m, reach_m)
    x, y = Transformer.from_crs(4326, section.epsg, always_xy=True).transform(lon, lat)
    size_m = max(_COARSE_M, gsd_m)
    west, north = float(np.min(x)) - _AROUND_M, float(np.max(y)) + _AROUND_M
    columns = math.ceil((float(np.max(x)) + _AROUND_M - west) / size_m)
    rows = math.ceil((north - float(np.min(y)) + _AROUND_M) / size_m)
    lap = 200
    grids = []
    for row, column in product(_starts(rows, lap), _starts(columns, lap)):
        corner = Affine(size_m, 0, west + column * size_m, 0, -size_m, north - row * size_m)
        shape = (min(rows - row, _MOST_TILE_PX), min(columns - column, _MOST_TILE_PX))
        grids.append(GeoBox(shape, corner, f"EPSG:{section.epsg}"))
    return grids


def _starts(size: int, lap: int) -> list[int]:
    hop = _MOST_TILE_PX - lap
    return list(range(0, max(1, size - lap), hop))


def _grey(pixels: NDArray[np.generic], valid: Bools) -> NDArray[np.uint8]:
    """Return (y, x): mean of up to three bands, stretched between its 1st and 99th percentile."""
    mean = pixels[:3].astype(np.float32).mean(axis=0)
    low, high = np.percentile(mean[valid], [1, 99]) if valid.any() else (0.0, 1.0)
    scaled = (mean - low) * (255.0 / max(1e-6, float(high - low)))
    return np.asarray(np.clip(scaled, 0, 255), dtype=np.uint8)


def _described(grey: NDArray[np.uint8], shown: Bools, scale: float, n_most: int) -> Points:
    """Return points with RootSIFT descriptors; coordinates in pixels of the full picture."""
    mask = shown.astype(np.uint8)
    if scale != 1.0:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        mask = cv2.resize(mask, grey.shape[::-1], interpolation=cv2.INTER_NEAREST)
    mask = cv2.erode(mask, np.ones((9, 9), np.uint8), borderValue=1)
    even = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8)).apply(grey)
    # Without the precise upscale places are a quarter of a pixel off, which turns with the picture.
    sift = cv2.SIFT.create(nfeatures=n_most, contrastThreshold=0.02, enable_precise_upscale=True)
    found, words = sift.detectAndCompute(even, mask)
    if words is None or not found:
        return Points(at=np.zeros((0, 2)), words=np.zeros((0, 128), np.float32))
    at = (np.array([point.pt for point in found]) + 0.5) / scale - 0.5
    words = np.sqrt(words / np.maximum(words.sum(axis=1, keepdims=True), 1e-6))
    return Points(at=at, words=words.astype(np.float32))


def _pairs(one: Points, other: Points, ratio: float) -> NDArray[np.intp]:
    """Return (n, 2) indexes of points that find each other nearest, clearly before the second."""
    if len(one.at) < 2 or len(other.at) < 2:
        return np.zeros((0, 2), np.intp)
    alike = one.words @ other.words.T
    # Descriptors have length 1: distance^2 = 2 - 2 * likeness.
    two = np.argpartition(-alike, 1, axis=1)[:, :2]
    rows = np.arange(len(alike))
    near = np.take_along_axis(alike, two, axis=1)
    order = near.argmax(axis=1)
    best, next_ = two[rows, order], near[rows, 1 - order]
    clear = 2 - 2 * near[rows, order] < ratio**2 * (2 - 2 * next_)
    mutual = alike.argmax(axis=0)[best] == rows
    kept = np.flatnonzero(clear & mutual)
    return np.column_stack([kept, best[kept]])


def _viewed(own: Points, other: Points, ratio: float, most_px: float) -> tuple[Floats, int] | None:
    """Return the map from the picture to another image on which most pairs agree, and how many."""
    pairs = _pairs(own, other, ratio)
    if len(pairs) < _PROMISING:
        return None
    start, end = own.at[pairs[:, 0]], other.at[pairs[:, 1]]
    # Coarse: a similarity has few ways to be right by chance.
    matrix, agreeing = cv2.estimateAffinePartial2D(
        start,
        end,
        method=cv2.RANSAC,
        ransacReprojThreshold=3 * most_px,
        maxIters=5000,
        confidence=0.999,
    )
    if matrix is None:
        return None
    n_agreeing = int(agreeing.sum())
    return np.vstack([matrix, [0, 0, 1]]).astype(np.float64), n_agreeing


def _closer(
    reference: Reference, grid: GeoBox, coarse: Floats, grey: NDArray[np.uint8], shown: Bools
) -> Matched:
    """Return where the picture lies, from points paired again near the coarse view."""
    refused = Matched(why_not="matches none of the placed images")
    size_m = abs(grid.affine.a)
    zoom = math.sqrt(abs(float(np.linalg.det(coarse[:2, :2]))))
    if not 0.02 < zoom * size_m < 30:
        return refused
    fine_m = max(reference.gsd_m, zoom * size_m)
    height, width = grey.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
    x, y = place.applied(coarse, *corners.T)
    x, y = grid.affine * (x + 0.5, y + 0.5)
    margin = 20 * fine_m
    west, north = float(x.min()) - margin, float(y.max()) + margin
    shape = (
        math.ceil((north - float(y.min()) + margin) / fine_m),
        math.ceil((float(x.max()) + margin - west) / fine_m),
    )
    if max(shape) > 3 * _MOST_TILE_PX:
        return refused
    near = GeoBox(shape, Affine(fine_m, 0, west, 0, -fine_m, north), grid.crs)
    pixels, valid = view.read(reference.path, near)
    if valid.mean() < 0.02:
        return refused
    scale = min(1.0, zoom * size_m / fine_m)
    own = _described(grey, shown, scale, _FINE_POINTS)
    other = _described(_grey(pixels, valid), valid, 1.0, _FINE_POINTS)
    pairs = _pairs(own, other, _FINE_RATIO)
    start, end = own.at[pairs[:, 0]], other.at[pairs[:, 1]]
    to_near = np.linalg.inv(np.array(near.affine).reshape(3, 3)) @ np.array(grid.affine).reshape(
        3, 3
    )
    guessed = place.applied(to_near @ coarse, *start.T)
    # A tilted view leaves the coarse one by far more than a pixel: only what is absurd is left out.
    reach = max(_NEAR_PX, 0.06 * max(shape))
    close = np.hypot(guessed[0] - end[:, 0], guessed[1] - end[:, 1]) < reach
    start, end = start[close], end[close]
    if len(start) < _PROMISING:
        return refused
    matrix, agreeing = cv2.findHomography(
        start, end, cv2.USAC_MAGSAC, _FINE_PX, maxIters=10000, confidence=0.9999
    )
    if matrix is None:
        return refused
    kept = agreeing.ravel().astype(bool)
    return _accepted(reference, near, start[kept], end[kept], (width, height), fine_m)


def _accepted(
    reference: Reference,
    near: GeoBox,
    start: Floats,
    end: Floats,
    size: tuple[int, int],
    fine_m: float,
) -> Matched:
    """Return the match if the pairs are many, lie widely and make a camera; why not otherwise."""
    n_pairs = len(start)
    refused = Matched(n_pairs=n_pairs, why_not="matches none of the placed images")
    if n_pairs < LEAST_PAIRS:
        return refused
    hull = cv2.contourArea(cv2.convexHull(start.astype(np.float32)))
    if hull < LEAST_SPREAD * size[0] * size[1]:
        return refused
    x, y = near.affine * (end[:, 0] + 0.5, end[:, 1] + 0.5)
    lon, lat = Transformer.from_crs(near.crs.epsg, 4326, always_xy=True).transform(x, y)
    every = [
        (float(c), float(r), float(a), float(b))
        for (c, r), a, b in zip(start, lon, lat, strict=True)
    ]
    points = evenly(every, size)
    try:
        whole = place.fit(every, size, model="homography")
        placing = place.fit(points, size, model="homography")
    except ValueError:
        return refused
    if not placing.tilt_deg < _MOST_TILT_DEG or whole.rmse_m > 2 * _FINE_PX * fine_m:
        return refused
    return Matched(placing=placing, points=tuple(points), scene=reference.scene, n_pairs=n_pairs)


def evenly(points: Sequence[place.Point], size: tuple[int, int]) -> list[place.Point]:
    """Return at most 64 points, taken in turn from the cells of a net over the picture."""
    cells: dict[tuple[int, int], list[place.Point]] = {}
    for point in points:
        cell = (int(point[0] / size[0] * _CELLS), int(point[1] / size[1] * _CELLS))
        cells.setdefault(cell, []).append(point)
    kept: list[place.Point] = []
    n = 0
    while len(kept) < min(_KEPT, len(points)):
        kept += [cell[n] for _, cell in sorted(cells.items()) if n < len(cell)]
        n += 1
    return kept[:_KEPT]
