"""The pixel grids on which a section is worked: whole, in tiles, and at single places."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
import shapely.affinity
from affine import Affine
from odc.geo.geobox import GeoBox
from rasterio import features
from shapely.geometry.base import BaseGeometry

from vallum.ground.errors import BadSetting

_MAX_SIDE_PX = 200_000


def to_crs(shape: BaseGeometry, epsg: int) -> BaseGeometry:
    """Return `shape` (EPSG:4326) in another CRS."""
    return _moved(shape, 4326, epsg)


def from_crs(shape: BaseGeometry, epsg: int) -> BaseGeometry:
    """Return `shape` (in `epsg`) in EPSG:4326."""
    return _moved(shape, epsg, 4326)


def _moved(shape: BaseGeometry, source: int, target: int) -> BaseGeometry:
    transformer = pyproj.Transformer.from_crs(source, target, always_xy=True)

    def move(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))

    return shapely.transform(shape, move)


def grid_of(shape: BaseGeometry, epsg: int, gsd_m: float, pixels: Affine | None = None) -> GeoBox:
    """Return the north-up grid around a shape, snapped to whole pixels.

    Args:
        shape: EPSG:4326.
        epsg: projected CRS of the grid, metres.
        gsd_m: pixel size.
        pixels: take those of this grid (`pair.Pair.pixels`) instead; from pixels to `epsg`.

    Raises:
        BadSetting: the grid would have more than 200,000 pixels on a side.
    """
    west, south, east, north = to_crs(shapely.segmentize(shape, 0.005), epsg).bounds
    if max(east - west, north - south) / gsd_m > _MAX_SIDE_PX:
        raise BadSetting(
            f"one section would be {max(east - west, north - south) / gsd_m:,.0f} px wide at "
            f"{gsd_m} m; make border.section_m or the corridor smaller"
        )
    if pixels is not None:
        left, top, right, bottom = _within(pixels, west, south, east, north)
        return _part_of(pixels, epsg, (left, top), (bottom - top, right - left))
    return GeoBox.from_bbox((west, south, east, north), crs=f"EPSG:{epsg}", resolution=gsd_m)


def _within(pixels: Affine, west: float, south: float, east: float, north: float) -> _Box:
    """Return left, top, right and bottom of the pixels that hold a box."""
    (left, top), (right, bottom) = ~pixels * (west, north), ~pixels * (east, south)
    return math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom)


def _part_of(pixels: Affine, epsg: int, corner: tuple[int, int], shape: tuple[int, int]) -> GeoBox:
    return GeoBox(shape, pixels * Affine.translation(*corner), f"EPSG:{epsg}")


def tiles(grid: GeoBox, size_px: int, overlap_px: int) -> Iterator[GeoBox]:
    """Yield overlapping pieces of a grid, row by row; together they cover it.

    Args:
        grid: the whole.
        size_px: side of a tile without its overlap.
        overlap_px: how far a tile reaches into its neighbours.
    """
    n_rows, n_cols = grid.shape
    for top in range(0, n_rows, size_px):
        for left in range(0, n_cols, size_px):
            rows = slice(max(0, top - overlap_px), min(n_rows, top + size_px + overlap_px))
            cols = slice(max(0, left - overlap_px), min(n_cols, left + size_px + overlap_px))
            yield grid[rows, cols]


def tiles_over(
    local: BaseGeometry, grid: GeoBox, most_px: int, overlap_px: int, margin_px: int
) -> list[GeoBox]:
    """Return overlapping pieces of a grid that cover an area with few pixels outside of it.

    Bands of rows, or of columns, are cut to the area and then into pieces of like size; of several
    heights of the bands the one with the fewest pixels is taken.

    Args:
        local: the area, in the grid's CRS.
        grid: the whole.
        most_px: largest side of a piece, with its overlap.
        overlap_px: how far a piece reaches into its neighbours.
        margin_px: how far it reaches beyond the area.
    """
    pixels = shapely.affinity.affine_transform(local, (~grid.affine).to_shapely())
    pixels = shapely.clip_by_rect(pixels, 0, 0, grid.shape[1], grid.shape[0])
    if pixels.is_empty:
        return []
    core_px = most_px - 2 * overlap_px
    ways = []
    for axis in (1, 0):
        least = math.ceil((pixels.bounds[axis + 2] - pixels.bounds[axis]) / core_px)
        for n_bands in range(max(1, least), least + 3):
            boxes = [
                _grown(pixels, cell, overlap_px, margin_px, grid.shape)
                for cell in _cells(pixels, axis, n_bands, core_px)
            ]
            sizes = [(box[2] - box[0]) * (box[3] - box[1]) + _EACH_PX for box in boxes]
            ways.append((sum(sizes), boxes))
    chosen = min(ways, key=lambda way: way[0])[1]
    return [grid[top:bottom, left:right] for left, top, right, bottom in chosen]


_Box = tuple[int, int, int, int]
_EACH_PX = 50_000  # what a piece costs beside its pixels


def _cells(area: BaseGeometry, axis: int, n_bands: int, core_px: int) -> Iterator[_Box]:
    """Yield (left, top, right, bottom) that hold an area; bands along the other axis first."""
    for band in _split(area, axis, n_bands):
        part = shapely.clip_by_rect(area, *band)
        if part.is_empty:
            continue
        length = part.bounds[3 - axis] - part.bounds[1 - axis]
        yield from _split(part, 1 - axis, max(1, math.ceil(length / core_px)))


def _split(area: BaseGeometry, axis: int, n_parts: int) -> Iterator[_Box]:
    """Yield the box of an area cut into equal parts along x (0) or y (1), in whole pixels."""
    bounds = [*map(math.floor, area.bounds[:2]), *map(math.ceil, area.bounds[2:])]
    edges = np.rint(np.linspace(bounds[axis], bounds[axis + 2], n_parts + 1)).astype(int).tolist()
    for low, high in pairwise(edges):
        box = [*bounds]
        box[axis], box[axis + 2] = low, high
        yield box[0], box[1], box[2], box[3]


def _grown(
    area: BaseGeometry, cell: _Box, overlap_px: int, margin_px: int, shape: tuple[int, int]
) -> _Box:
    """Return a cell grown into its neighbours, less what lies beyond the margin of the area."""
    left, top, right, bottom = cell
    wide = (left - overlap_px, top - overlap_px, right + overlap_px, bottom + overlap_px)
    part = shapely.clip_by_rect(area, *wide)
    west, north, east, south = part.bounds if not part.is_empty else cell
    return (
        max(0, wide[0], math.floor(west) - margin_px),
        max(0, wide[1], math.floor(north) - margin_px),
        min(shape[1], wide[2], math.ceil(east) + margin_px),
        min(shape[0], wide[3], math.ceil(south) + margin_px),
    )


def window_at(
    lon: float, lat: float, epsg: int, gsd_m: float, size_px: int, pixels: Affine | None = None
) -> GeoBox:
    """Return a square grid of `size_px` pixels centred on a place; `pixels` as for `grid_of`."""
    x, y = pyproj.Transformer.from_crs(4326, epsg, always_xy=True).transform(lon, lat)
    if pixels is not None:
        column, row = ~pixels * (x, y)
        corner = (round(column - size_px / 2), round(row - size_px / 2))
        return _part_of(pixels, epsg, corner, (size_px, size_px))
    half = size_px * gsd_m / 2
    return GeoBox.from_bbox(
        (x - half, y - half, x + half, y + half), crs=f"EPSG:{epsg}", shape=(size_px, size_px)
    )


def inside(shape: BaseGeometry, grid: GeoBox) -> npt.NDArray[np.bool_]:
    """Return which pixels of a grid have their centre inside a shape (EPSG:4326).

    Returns:
        (y, x) bool.
    """
    return burnt(to_crs(shape, grid.crs.epsg), grid)


def burnt(local: BaseGeometry, grid: GeoBox) -> npt.NDArray[np.bool_]:
    """Return which pixels of a grid have their centre inside a shape in the grid's own CRS.

    Returns:
        (y, x) bool.
    """
    box = shapely.box(*grid.extent.boundingbox)
    if local.is_empty or not local.intersects(box):
        return np.zeros(grid.shape, dtype=bool)
    if local.contains(box):
        return np.ones(grid.shape, dtype=bool)
    found = features.rasterize(
        [(local, 1)], out_shape=grid.shape, transform=grid.affine, fill=0, dtype="uint8"
    )
    return np.asarray(found).view(bool)


def values_at(
    mask: npt.NDArray[np.bool_], grid: GeoBox, lon: npt.ArrayLike, lat: npt.ArrayLike
) -> npt.NDArray[np.bool_]:
    """Return what a mask (y, x) on `grid` says at places (EPSG:4326); False outside it."""
    transformer = pyproj.Transformer.from_crs(4326, grid.crs.epsg, always_xy=True)
    x, y = (np.asarray(part) for part in transformer.transform(lon, lat))
    column, row = (np.floor(part).astype(int) for part in ~grid.affine * (x, y))
    height, width = mask.shape
    within = (column >= 0) & (row >= 0) & (column < width) & (row < height)
    found = np.zeros(within.shape, dtype=bool)
    found[within] = mask[row[within], column[within]]
    return found


def common_bands(
    one: npt.NDArray[np.generic], other: npt.NDArray[np.generic]
) -> tuple[npt.NDArray[np.generic], npt.NDArray[np.generic]]:
    """Return two images with the same bands, each in its own type.

    A panchromatic image against a colour one compares with the mean of the first three bands, as
    float32; otherwise the bands that both have are kept, in their order.

    Args:
        one: (band, y, x).
        other: (band, y, x).
    """
    if one.shape[0] != other.shape[0] and min(one.shape[0], other.shape[0]) <= 2:
        return _grey(one), _grey(other)
    n_bands = min(one.shape[0], other.shape[0])
    return one[:n_bands], other[:n_bands]


def _grey(pixels: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    colours = pixels[:3] if pixels.shape[0] >= 3 else pixels[:1]
    return np.asarray(colours.mean(axis=0, keepdims=True, dtype=np.float32), dtype=np.float32)
