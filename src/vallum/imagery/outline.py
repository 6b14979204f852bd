"""The area of an image that holds valid pixels, as a polygon on the Earth."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from rasterio.features import shapes
from rasterio.windows import Window
from shapely.geometry import LinearRing, MultiPolygon, Polygon, shape
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

from vallum.imagery.view import valid_block

SIDE_CELLS = 2048
_HOLE_CELLS = 64
_EDGE_PARTS = 16


def outline(source: Any) -> BaseGeometry | None:
    """Return the area of valid pixels, EPSG:4326, or None when there is none.

    Read at no more than 2,048 cells on a side. Simplified outwards by at most two cells, so that
    no valid pixel is left outside; holes under 64 cells are closed.

    Args:
        source: an open dataset; its overviews are used where it has them.
    """
    height, width = source.shape
    size = max(1.0, max(height, width) / SIDE_CELLS)
    cells = (math.ceil(height / size), math.ceil(width / size))
    valid = valid_block(source, Window(0, 0, width, height), cells)
    if not valid.any():
        return None
    whole = shapely.box(0, 0, cells[1], cells[0])
    area = whole if valid.all() else _grown_outline(valid).intersection(whole)
    scale = np.array([width / cells[1], height / cells[0]])
    area = shapely.segmentize(area, max(cells) / _EDGE_PARTS)
    to_degrees = Transformer.from_crs(CRS.from_wkt(source.crs.to_wkt()), 4326, always_xy=True)
    a, b, c, d, e, f = source.transform[:6]

    def placed(points: NDArray[np.float64]) -> NDArray[np.float64]:
        column, row = (points * scale).T
        lon, lat = to_degrees.transform(a * column + b * row + c, d * column + e * row + f)
        return np.column_stack([lon, lat])

    return _areas_of(shapely.make_valid(shapely.transform(area, placed)))


def _grown_outline(valid: NDArray[np.bool_]) -> BaseGeometry:
    """Return the valid cells as polygons in cells, grown by one and simplified."""
    padded = np.pad(valid, 2)
    grown = padded.copy()
    grown[1:] |= padded[:-1]
    grown[:-1] |= padded[1:]
    down = grown.copy()
    grown[:, 1:] |= down[:, :-1]
    grown[:, :-1] |= down[:, 1:]
    outlines = shapes(grown.astype(np.uint8), mask=grown)
    found = [area for outline, _ in outlines if isinstance(area := shape(outline), Polygon)]
    solid = [Polygon(area.exterior, _large_holes(area)) for area in found]
    simple = shapely.simplify(shapely.union_all(solid), 1.0)
    return shapely.transform(simple, lambda points: points - 2.0)


def _large_holes(area: Polygon) -> list[LinearRing]:
    return [ring for ring in area.interiors if Polygon(ring).area >= _HOLE_CELLS]


def _areas_of(found: BaseGeometry) -> BaseGeometry | None:
    """Return only the polygons of a geometry that making it valid may have mixed."""
    parts = [p for p in shapely.get_parts(found) if isinstance(p, Polygon) and p.area > 0]
    parts += [q for p in shapely.get_parts(found) if isinstance(p, MultiPolygon) for q in p.geoms]
    if not parts:
        return None
    parts = [orient(part) for part in parts]
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)
