"""One clean line out of what a file holds, or a plain word on why there is none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from vallum.ground.errors import BadLine
from vallum.ground.geodesy import WGS84, Floats, steps

_JOIN_M = 1.0
_FAR_M = 300_000.0


def one_line(
    shapes: Sequence[BaseGeometry], name: str, near: BaseGeometry | None = None
) -> tuple[LineString, list[str]]:
    """Return the single line that `shapes` make up, and what was done to get it.

    Parts that meet end to end within a metre are joined, turned round where needed. Vertices
    repeated in a row are dropped. Heights are dropped.

    Args:
        shapes: EPSG:4326; exactly one chain of lines among them.
        name: of the file, for the message.
        near: where the line must be; used to notice swapped coordinates.

    Raises:
        BadLine: there is no line, more than one, a gap, a crossing, or it lies outside the Earth.
    """
    parts = _line_parts(shapes, name)
    for part in parts:
        _check_range(part, name)
    chain, notes = _chained(parts, name)
    crossed_m = _first_crossing_m(chain)
    if crossed_m is not None:
        raise BadLine(
            f"{name}: the line crosses or touches itself at km {crossed_m / 1000:.3f}, so a place "
            "there would have two chainages; nothing was read. Cut the loop away in a map program "
            "and try again"
        )
    if near is not None:
        _check_not_swapped(chain, near, name)
    return chain, notes


def _line_parts(shapes: Sequence[BaseGeometry], name: str) -> list[Floats]:
    flat = shapely.get_parts(shapely.get_parts(np.asarray(list(shapes), dtype=object)))
    lines = [part for part in flat if part.geom_type in {"LineString", "LinearRing"}]
    if not lines:
        kinds = sorted({part.geom_type for part in flat}) or ["nothing"]
        raise BadLine(
            f"{name}: holds no line, only {' and '.join(kinds)}; a frontier is one line. "
            "Export the border as a line (LineString) and try again"
        )
    parts = []
    for line in lines:
        xy = shapely.get_coordinates(line)
        if not len(xy):
            continue
        xy = xy[np.concatenate([[True], np.any(np.diff(xy, axis=0) != 0, axis=1)])]
        if len(xy) > 1:
            parts.append(xy)
    if not parts:
        raise BadLine(
            f"{name}: the line has fewer than two different vertices, so its length is zero; "
            "nothing was read. Give at least a first and a last point"
        )
    return parts


def _check_range(xy: Floats, name: str) -> None:
    bad = ~np.isfinite(xy).all(axis=1) | (np.abs(xy[:, 0]) > 180) | (np.abs(xy[:, 1]) > 90)
    if bad.any():
        k = int(np.flatnonzero(bad)[0])
        swapped = abs(xy[k, 0]) <= 90 < abs(xy[k, 1]) <= 180
        raise BadLine(
            f"{name}: vertex {k + 1} is at longitude {xy[k, 0]:g}, latitude {xy[k, 1]:g}, which is "
            "not on Earth; nothing was read. "
            + (
                "Latitude and longitude look swapped: write longitude first"
                if swapped
                else "Longitude and latitude in degrees are wanted: check the coordinate system"
            )
        )
    jump = np.flatnonzero(np.abs(np.diff(xy[:, 0])) > 180)
    if jump.size:
        raise BadLine(
            f"{name}: the line crosses the 180th meridian after vertex {int(jump[0]) + 1}, which "
            "vallum does not measure; nothing was read. Cut the line there and use one half"
        )


def _chained(parts: list[Floats], name: str) -> tuple[LineString, list[str]]:
    """Join parts end to end, starting with the first as it is drawn."""
    if len(parts) == 1:
        return LineString(parts[0]), []
    chain, left, flipped = parts[0], list(parts[1:]), 0
    while left:
        gaps = []
        for i, part in enumerate(left):
            gaps += [
                (_gap_m(chain[-1], part[0]), i, "end", False),
                (_gap_m(chain[-1], part[-1]), i, "end", True),
                (_gap_m(chain[0], part[-1]), i, "start", False),
                (_gap_m(chain[0], part[0]), i, "start", True),
            ]
        gap_m, i, where, flip = min(gaps)
        if gap_m > _JOIN_M:
            raise BadLine(
                f"{name}: holds {len(parts)} lines that do not make one; the smallest gap left is "
                f"{gap_m:,.0f} m. Nothing was read. Join them in a map program, or keep one"
            )
        part = left.pop(i)
        part, flipped = (part[::-1], flipped + 1) if flip else (part, flipped)
        chain = np.concatenate([chain, part[1:]] if where == "end" else [part[:-1], chain])
    note = f"{len(parts)} lines that meet end to end were joined into one"
    return LineString(chain), [note + (f"; {flipped} of them turned round" if flipped else "")]


def _gap_m(a: Floats, b: Floats) -> float:
    return float(WGS84.inv(a[0], a[1], b[0], b[1])[2])


def _first_crossing_m(line: LineString) -> float | None:
    """Return the chainage where the line first meets itself again, or None."""
    if line.is_simple:
        return None
    xy = shapely.get_coordinates(line)
    edges: Any = shapely.linestrings(np.stack([xy[:-1], xy[1:]], axis=1))
    a, b = shapely.STRtree(edges).query(edges, predicate="intersects")
    a, b = a[a < b], b[a < b]
    meet = shapely.get_coordinates(shapely.centroid(shapely.intersection(edges[a], edges[b])))
    # Neighbours share a vertex; they cross only where one runs back over the other.
    back = shapely.length(shapely.intersection(edges[a], edges[b])) > 0
    ring = bool((xy[0] == xy[-1]).all())
    real = (b - a > 1) & ~(ring & (a == 0) & (b == len(edges) - 1)) | back
    if not real.any():
        return 0.0
    k = np.flatnonzero(real)[np.argmin(a[real])]
    _, _, length_m = steps(xy[:, 0], xy[:, 1])
    return float(length_m[: a[k]].sum() + _gap_m(xy[a[k]], meet[k]))


def _check_not_swapped(line: LineString, near: BaseGeometry, name: str) -> None:
    xy = shapely.get_coordinates(line)
    target = near.centroid
    away_m = _nearest_m(xy, target)
    swapped_m = math.inf if np.abs(xy[:, 0]).max() > 90 else _nearest_m(xy[:, ::-1], target)
    if swapped_m < _FAR_M < away_m:
        raise BadLine(
            f"{name}: the line lies {away_m / 1000:,.0f} km from where it is expected, and "
            f"{swapped_m / 1000:,.0f} km with latitude and longitude swapped; nothing was read. "
            "Write longitude first"
        )


def _nearest_m(xy: Floats, target: Point) -> float:
    there = np.broadcast_to([[target.x], [target.y]], (2, len(xy)))
    return float(np.min(WGS84.inv(xy[:, 0], xy[:, 1], there[0], there[1])[2]))
