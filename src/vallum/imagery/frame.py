"""The pixel grids on which a section is worked: whole, in tiles, and at single places."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
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


def grid_of(shape: BaseGeometry, epsg: int, gsd_m: float) -> GeoBox:
    """Return the north-up grid around a shape, snapped to whole pixels.

    Args:
        shape: EPSG:4326.
        epsg: projected CRS of the grid, metres.
        gsd_m: pixel size.

    Raises:
        BadSetting: the grid would have more than 200,000 pixels on a side.
    """
    west, south, east, north = to_crs(shapely.segmentize(shape, 0.005), epsg).bounds
    if max(east - west, north - south) / gsd_m > _MAX_SIDE_PX:
        raise BadSetting(
            f"one section would be {max(east - west, north - south) / gsd_m:,.0f} px wide at "
            f"{gsd_m} m; make border.section_m or the corridor smaller"
        )
    return GeoBox.from_bbox((west, south, east, north), crs=f"EPSG:{epsg}", resolution=gsd_m)


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


def window_at(lon: float, lat: float, epsg: int, gsd_m: float, size_px: int) -> GeoBox:
    """Return a square grid of `size_px` pixels centred on a place."""
    x, y = pyproj.Transformer.from_crs(4326, epsg, always_xy=True).transform(lon, lat)
    half = size_px * gsd_m / 2
    return GeoBox.from_bbox(
        (x - half, y - half, x + half, y + half), crs=f"EPSG:{epsg}", shape=(size_px, size_px)
    )


def inside(shape: BaseGeometry, grid: GeoBox) -> npt.NDArray[np.bool_]:
    """Return which pixels of a grid have their centre inside a shape (EPSG:4326).

    Returns:
        (y, x) bool.
    """
    local = to_crs(shape, grid.crs.epsg)
    if local.is_empty or not local.intersects(shapely.box(*grid.extent.boundingbox)):
        return np.zeros(grid.shape, dtype=bool)
    burnt = features.rasterize(
        [(local, 1)], out_shape=grid.shape, transform=grid.affine, fill=0, dtype="uint8"
    )
    return np.asarray(burnt, dtype=bool)


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
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return two images as float32 with the same bands.

    A panchromatic image against a colour one compares with the mean of the first three bands;
    otherwise the bands that both have are kept, in their order.

    Args:
        one: (band, y, x).
        other: (band, y, x).
    """
    if one.shape[0] != other.shape[0] and min(one.shape[0], other.shape[0]) <= 2:
        return _grey(one), _grey(other)
    n_bands = min(one.shape[0], other.shape[0])
    return one[:n_bands].astype(np.float32), other[:n_bands].astype(np.float32)


def _grey(pixels: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    colours = pixels[:3] if pixels.shape[0] >= 3 else pixels[:1]
    return np.asarray(colours.astype(np.float32).mean(axis=0, keepdims=True), dtype=np.float32)
