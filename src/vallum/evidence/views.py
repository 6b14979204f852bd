"""Where a photograph from the ground was taken and what it looks at, and where that thing stands.

Who knows where a camera stood knows where a person was. So a `View` is made to be locked away: it
prints as nothing, and `packed` gives every view the same size. What comes out of here for others is
a `Spot`, the place of the thing that was photographed, with how far it may be wrong.

All geometry is in a plane around the first camera, metres east and north (`geodesy.offsets_m`: 1 m
at 30 km). Errors are carried to first order: a direction that is wrong by an angle moves a thing
sideways by its distance times that angle; several views are joined by weighted least squares, each
weighted by how far its ray may lie aside at the thing (resection and intersection as in Mikhail,
Bethel and McGlone, Introduction to Modern Photogrammetry, 2001).
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from vallum.ground.errors import BadInput
from vallum.ground.geodesy import moved, offsets_m

Floats = NDArray[np.float64]

USUAL_FOV_DEG = 65.0
"""Across a picture of a usual telephone or drone camera (28 mm of the old film)."""
USUAL_ERROR_M = 10.0
"""Of a camera point: of a telephone under open sky about 5 m (95 %), of a point on a map more."""
USUAL_BEARING_ERROR_DEG = 5.0
"""Of a telephone's compass; a direction taken from two landmarks is better than 1."""
LINE_ERROR_M = 5.0
REACH_M = 20_000.0
LEAST_ANGLE_DEG = 5.0
_LEAST_GRAZE_DEG = 10.0
_PACKED = 1024
_95_OF_TWO = 2.4477  # radius of the 95 % ellipse in standard deviations
_MOST_MISFIT = 9.0


@dataclass(frozen=True, kw_only=True, repr=False)
class View:
    """Camera point and direction of one picture; for the vault alone.

    Attributes:
        lon: of the camera, degrees east.
        lat: degrees north.
        bearing_deg: direction of the middle of the picture, from true north.
        fov_deg: angle across the picture.
        error_m: by how much the point may be wrong, one standard deviation.
        bearing_error_deg: by how much the direction may be wrong, one standard deviation.
        distance_m: to the thing in the middle, where it was measured.
    """

    lon: float
    lat: float
    bearing_deg: float
    fov_deg: float = USUAL_FOV_DEG
    error_m: float = USUAL_ERROR_M
    bearing_error_deg: float = USUAL_BEARING_ERROR_DEG
    distance_m: float | None = field(default=None)

    def __post_init__(self) -> None:
        whole = [getattr(self, entry.name) for entry in fields(self)]
        if not all(one is None or math.isfinite(one) for one in whole):
            raise BadInput(
                "a view needs numbers; nothing was kept, give them in degrees and metres"
            )
        if abs(self.lon) > 180 or abs(self.lat) > 90:
            raise BadInput(
                "the camera point is not on Earth; nothing was kept, give longitude first, in "
                "degrees"
            )
        if not 0 < self.fov_deg < 180 or not 0 < self.bearing_error_deg <= 45 or self.error_m <= 0:
            raise BadInput(
                "a view needs an angle across the picture between 0 and 180 degrees, an error of "
                "its direction of at most 45 degrees and one of its point above 0 m; nothing was "
                "kept"
            )
        if self.distance_m is not None and not 0 < self.distance_m <= REACH_M:
            raise BadInput(
                f"a distance lies above 0 and up to {REACH_M:,.0f} m; nothing was kept, measure it "
                "on a map"
            )

    def __repr__(self) -> str:
        return "View()"  # it must not get into a log

    def packed(self) -> bytes:
        """Return it as bytes, of one size whatever it says, to be locked in the vault."""
        return json.dumps(asdict(self)).encode().ljust(_PACKED)

    @classmethod
    def unpacked(cls, content: bytes) -> View:
        """Return what `packed` gave.

        Raises:
            BadInput: the bytes are no view.
        """
        try:
            told = json.loads(content)
            return cls(**{entry.name: told[entry.name] for entry in fields(cls)})
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput("what lies in the vault is no view; place the picture again") from error

    def towards(self, at_share: float = 0.5) -> float:
        """Return the direction of what stands at a share of the picture's width, from true north.

        Args:
            at_share: 0 at the left edge, 1 at the right; of a picture without distortion.
        """
        if not 0 <= at_share <= 1:
            raise BadInput(
                "where a thing stands in the picture is a share from 0 (left) to 1 (right)"
            )
        half = math.tan(math.radians(self.fov_deg / 2))
        return (self.bearing_deg + math.degrees(math.atan((2 * at_share - 1) * half))) % 360.0


@dataclass(frozen=True, kw_only=True)
class Spot:
    """Where a thing stands, with the ellipse that holds it in 95 of 100 cases.

    Attributes:
        lon: degrees east.
        lat: degrees north.
        major_m: longer half axis.
        minor_m: shorter half axis.
        azimuth_deg: direction of the longer axis, from north, below 180.
        method: how it was found.
    """

    lon: float
    lat: float
    major_m: float
    minor_m: float
    azimuth_deg: float
    method: str


def cone(view: View, reach_m: float = 2000.0) -> Polygon:
    """Return what a camera can have in its picture, up to a distance; for the keeper's eyes only.

    Args:
        view: the view.
        reach_m: how far it is drawn.

    Returns:
        EPSG:4326; its first corner is the camera point.
    """
    half = view.fov_deg / 2
    turns = view.bearing_deg + np.linspace(-half, half, max(3, math.ceil(view.fov_deg / 2)))
    lon, lat = moved(view.lon, view.lat, turns, reach_m)
    edge = list(zip(lon.tolist(), lat.tolist(), strict=True))
    return Polygon([(view.lon, view.lat), *edge])


def crossing(sights: Sequence[tuple[View, float]]) -> Spot:
    """Return where the rays of two or more views meet.

    Args:
        sights: views, each with the share of the picture's width at which the thing stands.

    Raises:
        BadInput: fewer than two, rays that run nearly alike, that lead away from each other, or of
            which one cannot be right.
    """
    if len(sights) < 2:
        raise BadInput("one view gives a direction and no place; nothing was placed, add another")
    first = sights[0][0]
    turns = np.radians([view.towards(share) for view, share in sights])
    points = np.array(
        [offsets_m(view.lon, view.lat, first.lon, first.lat) for view, _ in sights], dtype=float
    )
    ahead = np.column_stack([np.sin(turns), np.cos(turns)])
    across = np.column_stack([np.cos(turns), -np.sin(turns)])
    angles = np.abs(np.sin(turns[:, None] - turns[None, :]))
    if angles.max() < math.sin(math.radians(LEAST_ANGLE_DEG)):
        raise BadInput(
            f"the views look the same way, to {LEAST_ANGLE_DEG:g} degrees: where they cross is not "
            "known; nothing was placed, add one from the side"
        )
    point_m = np.array([view.error_m for view, _ in sights])
    turn = np.radians([view.bearing_error_deg for view, _ in sights])
    sigma_m, there = point_m.copy(), np.zeros(2)
    for _ in range(4):  # how far aside a ray may lie depends on how far the thing is
        weight = (across / sigma_m[:, None] ** 2).T
        spread = np.linalg.inv(weight @ across)
        there = spread @ (weight @ (across * points).sum(axis=1))
        distance_m = ((there - points) * ahead).sum(axis=1)
        sigma_m = np.hypot(point_m, distance_m * turn)
    if (distance_m <= 0).any():
        raise BadInput(
            "the views lead away from each other: they do not show one thing, or a direction is "
            "turned round; nothing was placed, check the directions"
        )
    if distance_m.max() > REACH_M:
        raise BadInput(
            f"the views cross more than {REACH_M / 1000:g} km away; nothing was placed, check them"
        )
    aside = ((there - points) * across).sum(axis=1) / sigma_m
    if len(sights) > 2 and float(aside @ aside) / (len(sights) - 2) > _MOST_MISFIT:
        raise BadInput(
            "the views do not meet in one point: they show different things, or one is wrong; "
            "nothing was placed, leave one out and try again"
        )
    return _spot(first, there, spread, f"{len(sights)} views that cross")


def on_line(
    view: View, line: BaseGeometry, *, at_share: float = 0.5, line_error_m: float = LINE_ERROR_M
) -> Spot:
    """Return where the ray of one view meets a line on the ground that the thing stands on.

    Args:
        view: the view.
        line: the line, EPSG:4326: a fence that images show, the frontier, a road.
        at_share: where the thing stands in the picture, from 0 (left) to 1 (right).
        line_error_m: by how much the line may lie aside, one standard deviation.

    Raises:
        BadInput: the ray misses it, runs along it, or meets it more than once and no distance was
            given.
    """
    turn = math.radians(view.towards(at_share))
    ahead = np.array([math.sin(turn), math.cos(turn)])
    hits = [
        hit
        for part in shapely.get_parts(shapely.get_parts(line))
        for hit in _hits(_plane(part, view), ahead)
    ]
    if not hits:
        raise BadInput(
            f"the view does not meet that line within {REACH_M / 1000:g} km; nothing was placed, "
            "check the direction or choose another line"
        )
    if view.distance_m is not None:
        wanted_m = view.distance_m
        hits.sort(key=lambda hit: abs(hit[0] - wanted_m))
    elif len(hits) > 1:
        raise BadInput(
            f"the view meets that line {len(hits)} times; nothing was placed, say which by a rough "
            "distance"
        )
    distance_m, along = hits[0]
    graze = abs(along[0] * ahead[1] - along[1] * ahead[0])
    if graze < math.sin(math.radians(_LEAST_GRAZE_DEG)):
        raise BadInput(
            "the view runs along that line: where on it the thing stands is not known; nothing was "
            "placed, add a view from the side"
        )
    sigma_m = math.hypot(view.error_m, distance_m * math.radians(view.bearing_error_deg)) / graze
    axes = np.column_stack([along, (-along[1], along[0])])
    spread = axes @ np.diag([sigma_m**2, line_error_m**2]) @ axes.T
    return _spot(view, distance_m * ahead, spread, "one view and a line on the ground")


def at_distance(view: View, distance_m: float, error_m: float, *, at_share: float = 0.5) -> Spot:
    """Return where a thing stands at a distance that was measured.

    Args:
        view: the view.
        distance_m: from the camera.
        error_m: by how much that may be wrong, one standard deviation.
        at_share: where the thing stands in the picture, from 0 (left) to 1 (right).
    """
    if not (0 < distance_m <= REACH_M and error_m > 0):
        raise BadInput(
            f"a distance lies above 0 and up to {REACH_M:,.0f} m, and has an error; nothing was "
            "placed"
        )
    turn = math.radians(view.towards(at_share))
    ahead = np.array([math.sin(turn), math.cos(turn)])
    axes = np.column_stack([ahead, (ahead[1], -ahead[0])])
    aside_m = distance_m * math.radians(view.bearing_error_deg)
    sizes = [view.error_m**2 + error_m**2, view.error_m**2 + aside_m**2]
    spread = axes @ np.diag(sizes) @ axes.T
    return _spot(view, distance_m * ahead, spread, "one view and a distance")


def stated(lon: float, lat: float, error_m: float) -> Spot:
    """Return a place that a person found on an image, within a distance in 95 of 100 cases."""
    if not (abs(lon) <= 180 and abs(lat) <= 90 and error_m > 0):
        raise BadInput(
            "a place is longitude, latitude in degrees, with an error above 0 m; nothing was placed"
        )
    return Spot(lon=lon, lat=lat, major_m=error_m, minor_m=error_m, azimuth_deg=0.0,
                method="found on an image by a person")  # fmt: skip


def _plane(line: BaseGeometry, view: View) -> Floats:
    lon, lat = shapely.get_coordinates(line).T
    return np.column_stack(offsets_m(lon, lat, view.lon, view.lat)).astype(np.float64)


def _hits(points: Floats, ahead: Floats) -> list[tuple[float, Floats]]:
    """Return distance and direction of the line where a ray from (0, 0) meets it, nearest first."""
    start, step = points[:-1], np.diff(points, axis=0)
    turn = step[:, 0] * ahead[1] - step[:, 1] * ahead[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (start[:, 1] * ahead[0] - start[:, 0] * ahead[1]) / turn
        distance_m = (start[:, 1] * step[:, 0] - start[:, 0] * step[:, 1]) / turn
    is_hit = (share >= 0) & (share < 1) & (distance_m > 0) & (distance_m <= REACH_M) & (turn != 0)
    found = []
    for number in np.flatnonzero(is_hit):
        along = step[number] / np.hypot(*step[number])
        found.append((float(distance_m[number]), along))
    return sorted(found, key=lambda hit: hit[0])


def _spot(view: View, there: Floats, spread: Floats, method: str) -> Spot:
    """Return a place in the plane around a view's camera, with its 95 % ellipse."""
    sizes, axes = np.linalg.eigh(spread)
    azimuth = math.degrees(math.atan2(axes[0, 1], axes[1, 1])) % 180.0
    east, north = float(there[0]), float(there[1])
    turn, away_m = math.degrees(math.atan2(east, north)), math.hypot(east, north)
    lon, lat = moved(view.lon, view.lat, turn, away_m)
    minor_m, major_m = (math.sqrt(max(0.0, size)) * _95_OF_TWO for size in sizes)
    return Spot(
        lon=float(lon), lat=float(lat), major_m=major_m, minor_m=minor_m, azimuth_deg=azimuth,
        method=method,
    )  # fmt: skip
