"""What a person draws: checked, placed beside the frontier, and made into a candidate."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from vallum.frontier import Frontier, geodesic_length_m
from vallum.ground.errors import BadInput
from vallum.ground.kinds import Change, Kind
from vallum.ground.records import Candidate

LIMIT_M = 20_000.0
"""Farthest accepted distance of a drawn thing from the frontier."""

_SAME_DEG = 2e-8  # rows keep 8 decimals; below this two geometries are the same
_LEAST_M = 0.5


def simple(shape: BaseGeometry) -> BaseGeometry:
    """Return a point, line or several lines in two dimensions; one part stands for itself.

    Raises:
        BadInput: it is neither, has no length, or a coordinate that is no number.
    """
    shape = shapely.force_2d(shape)
    parts = shapely.get_parts(shape)
    if len(parts) == 1:
        shape = parts[0]
    if shape.geom_type not in {"Point", "LineString", "MultiLineString"} or shape.is_empty:
        raise BadInput(
            f"geometry: is a {shape.geom_type}, not a line or a point; left out. Draw a line, or "
            "one point per post"
        )
    xy = shapely.get_coordinates(shape)
    if not np.isfinite(xy).all() or (np.abs(xy) > (180, 90)).any():
        is_swapped = bool((np.abs(xy) <= (90, 180)).all())
        fix = "latitude and longitude are swapped" if is_swapped else "draw it again"
        raise BadInput(f"geometry: a coordinate is not on Earth; left out, {fix}")
    if shape.geom_type != "Point" and geodesic_length_m(shape) < _LEAST_M:
        raise BadInput(
            "geometry: the line has no length; left out. Draw it through two places or more"
        )
    return shape


def is_same(one: BaseGeometry, other: BaseGeometry) -> bool:
    """Say whether two shapes are the same, as far as rows keep them."""
    mine, theirs = (shapely.get_coordinates(shape) for shape in (one, other))
    parts = shapely.get_num_geometries(np.array([one, other]))
    return bool(
        parts[0] == parts[1]
        and mine.shape == theirs.shape
        and np.allclose(mine, theirs, rtol=0, atol=_SAME_DEG)
    )


def redrawn(
    shape: BaseGeometry | None, candidate: Candidate, frontier: Frontier, limit_m: float = LIMIT_M
) -> BaseGeometry | None:
    """Return a shape if it differs from the candidate's, else None.

    Raises:
        BadInput: it cannot replace the candidate's shape, or lies too far away.
    """
    if shape is None or shape.is_empty:
        return None
    shape = simple(shape)
    if is_same(shape, candidate.shape):
        return None
    if shapely.get_dimensions(shape) != shapely.get_dimensions(candidate.shape):
        raise BadInput(
            f"geometry: a {shape.geom_type} cannot replace a {candidate.shape.geom_type}; left "
            "out. Answer no, and add a row of your own"
        )
    placed(shape, frontier, limit_m)
    return shape


def placed(shape: BaseGeometry, frontier: Frontier, limit_m: float = LIMIT_M) -> float:
    """Return the offset of the middle of a shape from the frontier, left negative.

    Raises:
        BadInput: it lies farther than `limit_m` from the frontier.
    """
    middle = shape.interpolate(0.5, normalized=True) if shape.length else shape.centroid
    off_m = _off_m(middle.x, middle.y, frontier)
    if abs(off_m) > limit_m:
        swapped = abs(middle.x) <= 90 and abs(_off_m(middle.y, middle.x, frontier)) <= limit_m
        fix = "latitude and longitude are swapped" if swapped else "check latitude and longitude"
        raise BadInput(
            f"place {middle.y:.5f}, {middle.x:.5f}: is {abs(off_m) / 1000:,.1f} km from the "
            f"frontier (limit {limit_m / 1000:g} km); left out, {fix}"
        )
    return off_m


def _off_m(lon: float, lat: float, frontier: Frontier) -> float:
    return float(frontier.locate_many([lon], [lat])[1][0])


def drawn(
    shape: BaseGeometry,
    category: Kind,
    change: Change,
    frontier: Frontier,
    *,
    before: str,
    after: str,
    limit_m: float = LIMIT_M,
    said: str = "",
) -> Candidate:
    """Return the candidate that a person drew.

    Args:
        shape: a line or a point, EPSG:4326.
        category: what it is.
        change: what happened to it.
        frontier: gives it its span and offset.
        before: earlier image it was drawn on.
        after: later image.
        limit_m: farthest accepted distance from the frontier.
        said: the class as it was typed in a table; empty for a drawing in the app.

    Raises:
        BadInput: the shape does not fit the class, or cannot be used.
    """
    shape = simple(shape)
    if category.is_line == (shape.geom_type == "Point"):
        wanted = "a line" if category.is_line else "a point"
        if not said:
            raise BadInput(
                f"a {category.label} is drawn as {wanted}, not as a {shape.geom_type}; nothing was "
                f"kept, draw {wanted} or choose another class"
            )
        hint = "; draw it in the GeoPackage" if category.is_line else ""
        raise BadInput(
            f"column class: '{said[:60]}' needs {wanted}{hint}, but the row gives a "
            f"{shape.geom_type}; left out"
        )
    off_m = placed(shape, frontier, limit_m)
    return Candidate(
        span=frontier.span_of(shape), off_m=off_m, category=category, change=change, score=1.0,
        shape=shape, length_m=geodesic_length_m(shape) if category.is_line else 0.0,
        before=before, after=after, origin="analyst",
    )  # fmt: skip
