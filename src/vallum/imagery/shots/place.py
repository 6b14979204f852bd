"""From points known both in a picture and on the ground to where every pixel lies.

Two or three points allow a similarity (shift, turn, scale), four or five an affine map, six or more
the view of a tilted camera (homography), each only where it foretells points that it has not seen
better than the simpler one. Columns and rows count from the centre of the first pixel.

Homography, and the camera in it: Hartley & Zisserman 2004, chapters 4 and 8.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

Floats = NDArray[np.float64]
Reals = NDArray[np.floating[Any]]
Model = Literal["similarity", "affine", "homography"]
Point = tuple[float, float, float, float]
"""Column, row, longitude, latitude."""

TILT_LIMIT_DEG = 10.0
"""Beyond it a picture is for looking only: a fence of 3 m seems to lie half a metre off its foot,
about a pixel, and a hill of 50 m lies 9 m off; a plane through the points cannot put that right."""
RMSE_LIMIT_M = 5.0
"""Beyond it a picture is for looking only: two dates are matched to each other by one shift, which
takes a common error away but not one that differs within the picture."""
_LEAST_POINTS = {"similarity": 2, "affine": 3, "homography": 4}
_UNCHECKED = 2  # points that nothing contradicts
_GSD_M = (0.02, 50.0)
_LEAST_APART_PX = 20.0
_SLIGHT_DEG = 5.0  # below it the foreshortening is too faint to be measured
# Google Earth Pro shows 60 degrees from left to right; in widths of the picture.
_FOCAL = 1 / (2 * math.tan(math.radians(30)))
_GAIN = 0.7  # a model with more freedom must leave less than this share of the error
_WORST = 3.0  # times the error of the others
_MOST_LEFT_OUT = 40  # points that people click; each is left out in turn


@dataclass(frozen=True, kw_only=True, eq=False)
class Placing:
    """Where a picture lies on the ground.

    Attributes:
        model: similarity, affine or homography.
        matrix: (3, 3), from columns and rows to metres east and north of the origin.
        lon: of the origin.
        lat: of the origin.
        residuals_m: distance of each point from where the picture puts it.
        residuals_px: the same in pixels.
        rmse_m: root mean square of the distances, for the points that the model left free.
        rmse_px: the same in pixels.
        gsd_m: size of a pixel on the ground, in the middle.
        rotation_deg: direction of up, from north.
        tilt_deg: of the camera away from straight down; NaN where the points cannot tell.
        corners: longitude, latitude of the four corners, from the upper left one clockwise.
        looking_only: why lengths may not be measured on it; empty when they may.
        worst: number of the point, from 0, that the others contradict; -1 for none.
    """

    model: Model
    matrix: Floats
    lon: float
    lat: float
    residuals_m: tuple[float, ...]
    residuals_px: tuple[float, ...]
    rmse_m: float
    rmse_px: float
    gsd_m: float
    rotation_deg: float
    tilt_deg: float
    corners: tuple[tuple[float, float], ...]
    looking_only: str = ""
    worst: int = -1

    def to_ground(self, columns: Reals, rows: Reals) -> tuple[Floats, Floats]:
        """Return longitudes and latitudes of places in the picture."""
        x, y = applied(self.matrix, np.asarray(columns, float), np.asarray(rows, float))
        lon, lat = _plane(self.lon, self.lat).transform(x, y, direction="INVERSE")
        return np.asarray(lon), np.asarray(lat)

    def to_picture(self, lon: Reals, lat: Reals) -> tuple[Floats, Floats]:
        """Return columns and rows of places on the ground."""
        x, y = _plane(self.lon, self.lat).transform(np.asarray(lon), np.asarray(lat))
        return applied(np.linalg.inv(self.matrix), np.asarray(x), np.asarray(y))


def fit(points: Sequence[Point], size: tuple[int, int], *, model: Model | None = None) -> Placing:
    """Return where a picture lies, by points.

    Args:
        points: at least two.
        size: columns and rows of the picture.
        model: what to fit; by the number of points if None.

    Raises:
        ValueError: the points do not place it; says why, in words that finish a sentence.
    """
    at = np.array([point[:2] for point in points], dtype=np.float64).reshape(-1, 2)
    places = np.array([point[2:] for point in points], dtype=np.float64).reshape(-1, 2)
    _check(at, places, size)
    lon0, lat0 = (float(value) for value in places.mean(axis=0))
    east, north = _plane(lon0, lat0).transform(*places.T)
    ground = np.column_stack([east, north])
    chosen = model or _chosen(at, ground)
    matrix = _solved(at, ground, chosen)
    _check_sense(matrix, at, size)
    return _described(matrix, chosen, at, ground, size, (lon0, lat0))


def applied(matrix: Reals, x: Reals, y: Reals) -> tuple[Floats, Floats]:
    """Return what a projective map makes of places."""
    w = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
    return (
        (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / w,
        (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / w,
    )


def to_plane(places: Floats, origin: tuple[float, float]) -> Floats:
    """Return (n, 2) metres east and north of an origin; places are longitude and latitude."""
    return np.column_stack(_plane(*origin).transform(places[:, 0], places[:, 1]))


def from_plane(metres: Floats, origin: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return longitudes and latitudes of metres east and north of an origin."""
    lon, lat = _plane(*origin).transform(metres[:, 0], metres[:, 1], direction="INVERSE")
    return np.asarray(lon), np.asarray(lat)


def tilt_of(matrix: Floats, size: tuple[int, int]) -> float:
    """Return by how many degrees a camera with this view looked away from straight down.

    A strong tilt shows in the foreshortening in the middle of the picture, whatever the lens; a
    slight one in how scale changes across it, if the lens is that of Google Earth.

    Args:
        matrix: from columns and rows to metres.
        size: columns and rows of the picture.
    """
    middle = np.array([(size[0] - 1) / 2, (size[1] - 1) / 2])
    x, y = applied(matrix, *middle)
    down = np.linalg.inv(matrix)
    down = down / (down[2, 0] * x + down[2, 1] * y + down[2, 2])
    sizes = np.linalg.svd(_slope(down, float(x), float(y)), compute_uv=False)
    strong = math.degrees(math.acos(min(1.0, float(sizes[1] / sizes[0]))))
    if strong >= _SLIGHT_DEG:
        return strong
    change = math.hypot(float(down[2, 0]), float(down[2, 1]))
    focal = _FOCAL * size[0]
    return math.degrees(math.asin(min(1.0, change * focal / float(sizes[0]))))


@lru_cache(maxsize=256)
def _plane(lon: float, lat: float) -> Transformer:
    """Return the map from degrees to metres east and north of a place; true to shape."""
    plane = f"+proj=tmerc +lat_0={lat!r} +lon_0={lon!r} +k=1 +x_0=0 +y_0=0 +ellps=WGS84 +units=m"
    return Transformer.from_crs(4326, plane, always_xy=True)


def _check(at: Floats, places: Floats, size: tuple[int, int]) -> None:
    if len(at) < 2:
        raise ValueError("one point does not place a picture; click at least two, better four")
    if not (np.isfinite(at).all() and np.isfinite(places).all()):
        raise ValueError("a point is no number")
    if (np.abs(places[:, 0]) > 180).any() or (np.abs(places[:, 1]) > 90).any():
        raise ValueError("a point is not on Earth; write longitude before latitude")
    outside = (at < -0.1 * max(size)).any() or (at > 1.1 * np.array(size)).any()
    if outside:
        raise ValueError(f"a point lies outside the picture of {size[0]} x {size[1]} pixels")
    if np.ptp(at, axis=0).max() < _LEAST_APART_PX:
        raise ValueError("the points lie at one place in the picture; choose them far apart")
    if float(np.ptp(places, axis=0).max()) == 0:
        raise ValueError("the points lie at one place on the ground; choose them far apart")


def _check_sense(matrix: Floats, at: Floats, size: tuple[int, int]) -> None:
    """Refuse a view that would be mirrored, folded over the horizon or of no possible scale."""
    corners = np.array([[0, 0], [size[0] - 1, 0], [size[0] - 1, size[1] - 1], [0, size[1] - 1]])
    every = np.vstack([at, corners])
    depth = every @ matrix[2, :2] + matrix[2, 2]
    middle = every.mean(axis=0)
    turned = np.linalg.det(_slope(matrix, *middle)) if (depth > 0).all() or (depth < 0).all() else 1
    if not np.isfinite(matrix).all() or not ((depth > 0).all() or (depth < 0).all()):
        raise ValueError("the points contradict each other: no camera sees them so")
    if turned > 0:
        raise ValueError("by these points it would be mirrored; check which point is which")
    gsd_m = math.sqrt(abs(float(turned)))
    if not _GSD_M[0] <= gsd_m <= _GSD_M[1]:
        raise ValueError(
            f"by these points a pixel would be {gsd_m:.3g} m wide; check which point is which"
        )


def _chosen(at: Floats, ground: Floats) -> Model:
    """Return the model that foretells best, among those that the number of points allows."""
    allowed: list[Model] = ["similarity"]
    if len(at) >= 4:
        allowed.append("affine")
    if len(at) >= 6:
        allowed.append("homography")
    best, error = allowed[0], _foretold(at, ground, allowed[0])
    for model in allowed[1:]:
        other = _foretold(at, ground, model)
        if other < _GAIN * error:
            best, error = model, other
    return best


def _foretold(at: Floats, ground: Floats, model: Model) -> float:
    """Return the root mean square distance of each point from where the others put it."""
    if len(at) <= _LEAST_POINTS[model]:
        return math.inf
    total = 0.0
    for n in range(len(at)):
        rest = np.arange(len(at)) != n
        try:
            matrix = _solved(at[rest], ground[rest], model)
        except ValueError:
            return math.inf
        x, y = applied(matrix, *at[n])
        total += float((x - ground[n, 0]) ** 2 + (y - ground[n, 1]) ** 2)
    return math.sqrt(total / len(at))


def _solved(at: Floats, ground: Floats, model: Model) -> Floats:
    """Return the matrix of a model, by least squares."""
    if model == "homography":
        # Errors are made in the picture, so they are made small there.
        down, _ = cv2.findHomography(ground.reshape(-1, 1, 2), at.reshape(-1, 1, 2), 0)
        if down is None or abs(np.linalg.det(down)) < 1e-12:
            raise ValueError("the points lie in one line; choose them around the picture")
        matrix = np.asarray(np.linalg.inv(down), dtype=np.float64)
        return matrix / matrix[2, 2] if abs(matrix[2, 2]) > 1e-12 else matrix
    column, row = at.T
    zero, one = np.zeros(len(at)), np.ones(len(at))
    if model == "affine":
        terms = np.column_stack([column, row, one])
        if np.linalg.svd(terms - terms.mean(axis=0), compute_uv=False)[1] < _LEAST_APART_PX / 4:
            raise ValueError("the points lie in one line; choose them around the picture")
        solved, *_ = np.linalg.lstsq(terms, ground, rcond=None)
        return np.vstack([solved.T, [0, 0, 1]])
    # Rows run down and north runs up: x = a c + b r + e, y = b c - a r + n.
    terms = np.vstack(
        [np.column_stack([column, row, one, zero]), np.column_stack([-row, column, zero, one])]
    )
    (a, b, e, n), *_ = np.linalg.lstsq(
        terms, np.concatenate([ground[:, 0], ground[:, 1]]), rcond=None
    )
    return np.array([[a, b, e], [b, -a, n], [0, 0, 1]])


def _slope(matrix: Reals, x: float, y: float) -> Floats:
    """Return the (2, 2) derivative of a projective map at a place."""
    w = float(matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2])
    to_x, to_y = applied(matrix, np.float64(x), np.float64(y))  # type: ignore[arg-type]
    return np.asarray((matrix[:2, :2] - np.outer([float(to_x), float(to_y)], matrix[2, :2])) / w)


def _described(
    matrix: Floats,
    model: Model,
    at: Floats,
    ground: Floats,
    size: tuple[int, int],
    origin: tuple[float, float],
) -> Placing:
    x, y = applied(matrix, *at.T)
    off_m = np.hypot(x - ground[:, 0], y - ground[:, 1])
    column, row = applied(np.linalg.inv(matrix), *ground.T)
    off_px = np.hypot(column - at[:, 0], row - at[:, 1])
    free = {"similarity": 4, "affine": 6, "homography": 8}[model]
    # Points that define the model agree with it for nothing.
    loss = math.sqrt(2 * len(at) / max(1, 2 * len(at) - free))
    rmse_m, rmse_px = (loss * float(np.sqrt(np.mean(off**2))) for off in (off_m, off_px))
    slope = _slope(matrix, (size[0] - 1) / 2, (size[1] - 1) / 2)
    up = slope @ np.array([0.0, -1.0])
    right, bottom = size[0] - 0.5, size[1] - 0.5
    x, y = applied(
        matrix, np.array([-0.5, right, right, -0.5]), np.array([-0.5, -0.5, bottom, bottom])
    )
    lon, lat = _plane(*origin).transform(x, y, direction="INVERSE")
    tilt_deg = _tilt(matrix, model, size, rmse_px)
    return Placing(
        model=model,
        matrix=matrix,
        lon=origin[0],
        lat=origin[1],
        residuals_m=tuple(off_m.tolist()),
        residuals_px=tuple(off_px.tolist()),
        rmse_m=rmse_m,
        rmse_px=rmse_px,
        gsd_m=math.sqrt(abs(float(np.linalg.det(slope)))),
        rotation_deg=math.degrees(math.atan2(float(up[0]), float(up[1]))) % 360.0,
        tilt_deg=tilt_deg,
        corners=tuple(zip(np.asarray(lon).tolist(), np.asarray(lat).tolist(), strict=True)),
        looking_only=_why_only(len(at), tilt_deg, rmse_m),
        worst=_worst(at, ground, model, off_m),
    )


def _tilt(matrix: Floats, model: Model, size: tuple[int, int], rmse_px: float) -> float:
    """Return the tilt, NaN where the points are too few or too rough to tell."""
    if model == "homography":
        return tilt_of(matrix, size)
    if model == "affine":
        sizes = np.linalg.svd(matrix[:2, :2], compute_uv=False)
        flat = 1 - float(sizes[1] / sizes[0])
        if flat > 6 * rmse_px / min(size):
            return math.degrees(math.acos(1 - flat))
    return math.nan


def _why_only(n_points: int, tilt_deg: float, rmse_m: float) -> str:
    if tilt_deg > TILT_LIMIT_DEG:
        loss = 100 * (1 - math.cos(math.radians(tilt_deg)))
        return (
            f"tilted {tilt_deg:.0f} degrees; lengths would be wrong by up to {loss:.0f}%. "
            "Usable for looking, not for measuring"
        )
    if n_points <= _UNCHECKED:
        return "placed by two points, which nothing checks; add two more to measure on it"
    if rmse_m > RMSE_LIMIT_M:
        return (
            f"its points disagree by {rmse_m:.1f} m (limit {RMSE_LIMIT_M:g} m). "
            "Usable for looking, not for measuring"
        )
    return ""


def _worst(at: Floats, ground: Floats, model: Model, off_m: Floats) -> int:
    """Return the point without which the others agree far better; -1 for none.

    Each is left out in turn: a wrong point draws the view towards itself, so that its own residual
    can be smaller than that of a right one. It is named when the others then foretell each other,
    and it lies far beside where they put it, in the simplest model that can tell.
    """
    if len(at) > _MOST_LEFT_OUT:
        n = int(off_m.argmax())
        others = float(np.median(np.delete(off_m, n)))
        return n if off_m[n] > max(1.0, _WORST * others) else -1
    tried = {"similarity": ["similarity"], "affine": ["similarity", "affine"]}.get(
        model, ["similarity", "affine", "homography"]
    )
    for each in tried:
        named = _odd_one(at, ground, each)  # type: ignore[arg-type]
        if named >= 0:
            return named
    return -1


def _odd_one(at: Floats, ground: Floats, model: Model) -> int:
    """Return the point that the others contradict, as they lie in one model; -1 for none."""
    free = 2 * _LEAST_POINTS[model]
    if 2 * (len(at) - 1) - free < 2:
        return -1
    left: list[float] = []
    beside: list[float] = []
    for n in range(len(at)):
        rest = np.arange(len(at)) != n
        try:
            matrix = _solved(at[rest], ground[rest], model)
        except ValueError:
            return -1
        x, y = applied(matrix, *at.T)
        off = np.hypot(x - ground[:, 0], y - ground[:, 1])
        left.append(math.sqrt(float((off[rest] ** 2).sum()) / (2 * (len(at) - 1) - free)))
        beside.append(float(off[n]))
    order = np.argsort(left)
    n, next_ = int(order[0]), int(order[1])
    # Where few points are left over, they agree by chance now and then.
    times = _WORST * (1 + 2 / (2 * (len(at) - 1) - free))
    is_alone = left[n] * times < left[next_]
    return n if is_alone and beside[n] > max(1.0, 2 * times * left[n]) else -1
