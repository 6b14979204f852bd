"""The strip of land beside a line: so many metres on its left, so many on its right."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon

from vallum.ground.geodesy import Floats, moved, steps, turned

_STRAIGHT_DEG = 0.5
_ARC_DEG = 4.0
_HAIR_DEG = 2e-8  # 2 mm
_PINHOLE_DEG2 = 1e-10  # about 1 m2


def corridor(lon: Floats, lat: Floats, left_m: float, right_m: float) -> Polygon | MultiPolygon:
    """Return all places whose way to the line is at most `left_m` or `right_m` long, on its side.

    Every edge gets a strip on each side and every corner a sector on its outer side; their union
    is valid on any meander, also where the strip is wider than the meander. The ends are flat.

    Args:
        lon: (n,) vertices of the line, at most some hundred metres apart.
        lat: (n,) degrees.
        left_m: width on the left of the direction of the line; 0 for none.
        right_m: width on its right.
    """
    azimuth, azimuth_end, _ = steps(lon, lat)
    pieces: list[Any] = []
    for side, width_m in ((-90.0, left_m), (90.0, right_m)):
        if width_m > 0:
            pieces += [_strips(lon, lat, azimuth, azimuth_end, side, width_m)]
            pieces += _sectors(lon, lat, azimuth, azimuth_end, side, width_m)
    whole = shapely.union_all(np.concatenate(pieces))
    # Rounding leaves hairlines between neighbouring strips; growing and shrinking closes them.
    for by in (_HAIR_DEG, -_HAIR_DEG):
        whole = shapely.buffer(whole, by, join_style="mitre", mitre_limit=2.0)
    areas = [_without_pinholes(part) for part in shapely.get_parts(whole)]
    return areas[0] if len(areas) == 1 else MultiPolygon(areas)


def _without_pinholes(area: Polygon) -> Polygon:
    holes = [ring for ring in area.interiors if Polygon(ring).area > _PINHOLE_DEG2]
    return Polygon(area.exterior, holes)


def _strips(
    lon: Floats, lat: Floats, azimuth: Floats, azimuth_end: Floats, side: float, width_m: float
) -> Any:
    """Return one four-cornered strip per edge; nearly straight neighbours share their corners."""
    at_start, at_end = azimuth.copy(), azimuth_end.copy()
    turn = turned(azimuth[1:] - azimuth_end[:-1])
    straight = np.abs(turn) < _STRAIGHT_DEG
    middle = azimuth_end[:-1] + turn / 2.0
    at_end[:-1] = np.where(straight, middle, at_end[:-1])
    at_start[1:] = np.where(straight, middle, at_start[1:])
    near = np.column_stack(moved(lon[:-1], lat[:-1], at_start + side, width_m))
    far = np.column_stack(moved(lon[1:], lat[1:], at_end + side, width_m))
    line = np.column_stack([lon, lat])
    ring = np.stack([line[:-1], near, far, line[1:], line[:-1]], axis=1)
    strips: Any = shapely.polygons(ring)
    bad = ~shapely.is_valid(strips)
    strips[bad] = shapely.convex_hull(strips[bad])
    return strips


def _sectors(
    lon: Floats, lat: Floats, azimuth: Floats, azimuth_end: Floats, side: float, width_m: float
) -> list[Any]:
    """Return the round joins on the outer sides of corners."""
    turn = turned(azimuth[1:] - azimuth_end[:-1])
    at = np.flatnonzero((np.abs(turn) >= _STRAIGHT_DEG) & (turn * side < 0))
    steps_each = np.maximum(1, np.ceil(np.abs(turn[at]) / _ARC_DEG)).astype(int)
    found = []
    for n in np.unique(steps_each):
        some = at[steps_each == n]
        angle = azimuth_end[some][:, None] + side + turn[some][:, None] * np.linspace(0, 1, n + 1)
        # The last angle must be exactly that of the next strip, or a hairline stays open.
        angle[:, -1] = azimuth[some + 1] + side
        centre = np.column_stack([lon[some + 1], lat[some + 1]])[:, None, :]
        arc = np.stack(moved(centre[..., 0], centre[..., 1], angle, width_m), axis=2)
        found.append(shapely.polygons(np.concatenate([centre, arc, centre], axis=1)))
    return found
