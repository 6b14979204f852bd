"""The ground along a path, laid straight: how every later look at a known path begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from shapely.geometry import LineString, Point

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

WIDEST = 8  # samples across a thing; wider things are looked at with coarser samples
REACH = 128  # samples looked at to each side, at full resolution
_LEAST_REACH = 64
_AHEAD = 4  # samples on each side from which the direction of a path is taken


@dataclass(frozen=True, kw_only=True, eq=False)
class Strip:
    """Brightness along a path, straightened.

    Attributes:
        values: (along, across) float32; the path runs down the middle column. For a point it is
            the square around it, north up.
        clear: the same shape, True = usable.
        step_px: pixels of the grid per sample.
        gsd_m: pixel size of the grid.
        width: width of the thing in samples.
    """

    values: Floats
    clear: Bools
    step_px: int
    gsd_m: float
    width: float


def reach_m(width_m: float, gsd_m: float) -> float:
    """Return how far around a path the pixels must be read, in metres."""
    step = step_of(width_m, gsd_m)
    return (half_across(step) + 2 * _AHEAD) * step * gsd_m


def step_of(width_m: float, gsd_m: float) -> int:
    """Return how many pixels go into one sample, so that the thing is a few samples wide."""
    return max(1, int(width_m / gsd_m / WIDEST))


def half_across(step_px: int) -> int:
    """Return how many samples a strip reaches to each side."""
    return max(_LEAST_REACH, REACH // step_px)


def straighten(
    image: NDArray[np.generic],
    clear: Bools,
    grid: GeoBox,
    shape: LineString | Point,
    width_m: float,
) -> Strip:
    """Return the strip along a path, or the square around a point.

    Args:
        image: (band, y, x); the first three bands are averaged.
        clear: (y, x) bool, True = usable.
        grid: of both, in metres.
        shape: line or point in the CRS of the grid.
        width_m: width of the thing; wide things are sampled more coarsely.
    """
    gsd_m = abs(float(grid.resolution.x))
    step = step_of(width_m, gsd_m)
    grey = np.asarray(image[:3].mean(axis=0, dtype=np.float32))
    usable = clear.astype(np.float32)
    if step > 1:
        grey, usable = _coarser(grey, usable, step)
    x, y = _places(shape, grid, step)
    values, seen = (
        cv2.remap(one, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0.0)
        for one in (grey, usable)
    )
    return Strip(
        values=values,
        clear=seen > 0.99,
        step_px=step,
        gsd_m=gsd_m,
        width=max(1.0, width_m / gsd_m / step),
    )


def joined(strips: Sequence[Strip]) -> Strip:
    """Return strips of pieces of one path as one, in their order.

    Args:
        strips: at least one, all of one width and pixel size.
    """
    first = strips[0]
    return Strip(
        values=np.concatenate([one.values for one in strips]),
        clear=np.concatenate([one.clear for one in strips]),
        step_px=first.step_px,
        gsd_m=first.gsd_m,
        width=first.width,
    )


def _coarser(grey: Floats, usable: Floats, step: int) -> tuple[Floats, Floats]:
    """Return both at a coarser resolution; what is not usable has no part in a mean."""
    rows, columns = (max(1, n // step) for n in grey.shape)
    parts = [
        cv2.resize(
            one[: rows * step, : columns * step], (columns, rows), interpolation=cv2.INTER_AREA
        )
        for one in (grey * usable, usable)
    ]
    return np.asarray(parts[0] / np.maximum(parts[1], 1e-6)), np.asarray(parts[1])


def _places(shape: LineString | Point, grid: GeoBox, step: int) -> tuple[Floats, Floats]:
    """Return columns and rows (along, across) of all samples, in samples of the grid."""
    x, y = (~grid.affine) * np.asarray(shapely.get_coordinates(shape)).T
    xy = np.column_stack((x, y)) / step - 0.5
    across = np.arange(-half_across(step), half_across(step) + 1, dtype=np.float64)
    if isinstance(shape, Point):
        columns, rows = np.meshgrid(xy[0, 0] + across, xy[0, 1] + across)
        return columns.astype(np.float32), rows.astype(np.float32)
    spots, way = _course(xy)
    columns = spots[:, :1] - way[:, 1:] * across
    rows = spots[:, 1:] + way[:, :1] * across
    return columns.astype(np.float32), rows.astype(np.float32)


def _course(xy: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return places one sample apart along a line, and the direction of travel at each."""
    at = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))))
    n = max(2, round(at[-1]))
    where = (np.arange(n) + 0.5) * at[-1] / n

    def along(distance: NDArray[np.float64]) -> NDArray[np.float64]:
        inside = np.clip(distance, 0.0, at[-1])
        return np.column_stack([np.interp(inside, at, xy[:, k]) for k in (0, 1)])

    way = along(where + _AHEAD) - along(where - _AHEAD)
    way /= np.maximum(np.hypot(*way.T), 1e-9)[:, None]
    return along(where), way
