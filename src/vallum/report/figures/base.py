"""Land and borders under small maps, from Natural Earth: where a place lies, never a measure.

The data is packaged (`data/base`, made by tools/naturalearth.py) and in the public domain. At its
scale, 1:50,000,000, coasts and borders are off by a kilometre or more, so it is drawn only under
maps on which that is not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

LEAST_WIDE_M = 250_000
"""A map of less than this is drawn without the base: it would be seen to be wrong."""
OURS_M = 15_000
"""Borders of the base this near to the line of the book are left out: they are the same border."""
SEA, LAND, BORDER = "#e4ecf1", "#fbfaf7", "#8f8f8f"
CREDIT = (
    "Land and other borders: Natural Earth, 1:50,000,000, public domain; off by a kilometre or more"
)
Points = NDArray[np.float64]
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class Base:
    """Land and borders inside a box, EPSG:4326; borders are drawn thin, as working references."""

    land: MultiPolygon
    borders: MultiLineString


def around(west: float, south: float, east: float, north: float) -> Base:
    """Return land and borders inside a box of degrees; empty where there are none."""
    box = (west, south, east, north)
    rings, lines = _packaged()
    near = [ring for ring in rings if _meets(ring, box)]
    parts = [shapely.clip_by_rect(Polygon(ring), *box) for ring in near if _is_outer(ring)]
    holes = [shapely.clip_by_rect(Polygon(ring), *box) for ring in near if not _is_outer(ring)]
    land = shapely.union_all([shapely.make_valid(part) for part in parts])
    if holes:
        land = land - shapely.union_all([shapely.make_valid(hole) for hole in holes])
    cut = [shapely.clip_by_rect(LineString(line), *box) for line in lines if _meets(line, box)]
    return Base(
        land=MultiPolygon([part for part in _parts(land) if isinstance(part, Polygon)]),
        borders=MultiLineString(
            [part for one in cut for part in _parts(one) if isinstance(part, LineString)]
        ),
    )


def _parts(shape: BaseGeometry) -> list[BaseGeometry]:
    return [part for part in shapely.get_parts(shape) if not part.is_empty]


def _meets(points: Points, box: Bounds) -> bool:
    west, south, east, north = box
    (low_x, low_y), (high_x, high_y) = points.min(axis=0), points.max(axis=0)
    return bool(low_x <= east and high_x >= west and low_y <= north and high_y >= south)


def _is_outer(ring: Points) -> bool:
    """Rings of land run clockwise in the source, holes the other way."""
    x, y = ring.T
    return bool((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() < 0)


@cache
def _packaged() -> tuple[tuple[Points, ...], tuple[Points, ...]]:
    path = resources.files("vallum") / "data/base/natural-earth-50m.npz"
    with path.open("rb") as file, np.load(file) as data:
        per_degree = int(data["per_degree"])
        return tuple(
            tuple(
                np.split(np.cumsum(data[name], axis=0) / per_degree, np.cumsum(data[counts])[:-1])
            )
            for name, counts in (("land", "land_counts"), ("borders", "border_counts"))
        )  # type: ignore[return-value]


def degrees_of(backward: Transformer, bounds: Bounds, *, wider: float = 0.15) -> Bounds:
    """Return the box of degrees that holds a map, grown by a share of its size."""
    left, bottom, right, top = bounds
    pad_x, pad_y = wider * (right - left), wider * (top - bottom)
    x, y = np.meshgrid(
        np.linspace(left - pad_x, right + pad_x, 25), np.linspace(bottom - pad_y, top + pad_y, 25)
    )
    lon, lat = backward.transform(x.ravel(), y.ravel())
    return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())


def draw(
    axes: Axes, forward: Transformer, backward: Transformer, bounds: Bounds, line: Points
) -> None:
    """Draw sea, land and the borders of others under a map.

    Args:
        axes: in metres of the map's projection.
        forward: from degrees to metres.
        backward: from metres to degrees.
        bounds: left, bottom, right and top of the map.
        line: the line of the book, whole, `(n, 2)` in metres; borders along it are left out.
    """
    left, bottom, right, top = bounds
    base = around(*degrees_of(backward, bounds))
    sea = Rectangle((left, bottom), right - left, top - bottom, facecolor=SEA, zorder=-5)
    axes.add_patch(sea)
    corners: list[Points] = []
    codes: list[NDArray[np.uint8]] = []
    for polygon in base.land.geoms:
        for ring in (polygon.exterior, *polygon.interiors):
            points = _projected(forward, ring)
            corners.append(points)
            code = np.full(len(points), Path.LINETO, dtype=np.uint8)
            code[0], code[-1] = Path.MOVETO, Path.CLOSEPOLY
            codes.append(code)
    if corners:
        land = Path(np.vstack(corners), np.concatenate(codes))
        axes.add_patch(PathPatch(land, facecolor=LAND, edgecolor="#b9c4cb", lw=0.5, zorder=-4.9))
    own = shapely.buffer(shapely.simplify(LineString(line), 500), OURS_M)
    others: list[Any] = []
    for border in base.borders.geoms:
        left_over = LineString(_projected(forward, border)) - own
        others += [np.asarray(part.coords) for part in _parts(left_over)]
    axes.add_collection(
        LineCollection(
            others, colors=BORDER, linewidths=0.7, linestyles=[(0, (4, 2))], zorder=-3.5
        ),
        autolim=False,
    )


def _projected(forward: Transformer, shape: BaseGeometry) -> Points:
    return np.column_stack(forward.transform(*np.asarray(shape.coords).T))
