"""A published key for what stands like a small building: guard post, watchtower or building.

The key is vallum's own proposal: no published definition of these classes by size could be found.
docs/explain/classes.md prints it, with what it rests on and what it cannot tell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from vallum.ground.errors import BadInput
from vallum.ground.kinds import Kind

TOWER_HEIGHT_M = 5.0
"""A watchtower is at least this high; a post of one storey with its roof is lower."""

TOWER_ROOF_M = 8.0
"""The longer side of a watchtower's roof or platform is at most this."""

POST_ROOF_M = 6.0
"""The longer side of a guard post's roof is at most this; what is larger is a building."""

LEAST_ROOF_M = 1.5
"""What is smaller in both directions cannot be entered: a box, a sign, a pile."""

TO_LINE_M = 50.0
"""A guard post stands this near to a barrier, a patrol road or the border; a shed need not."""

GARRISON_BUILDINGS = 3
"""So many buildings in one enclosure are a garrison; it counts as its buildings."""

LEAST_PIXELS = 4.0
"""A roof of fewer pixels along its longer side has no size that could be measured."""

EDGE_PX = 1.0
"""Error of a length between two edges, in pixels, half a pixel for each edge (about 95 %)."""


@dataclass(frozen=True, kw_only=True)
class Height:
    """A height above the ground from a shadow.

    Args:
        value_m: metres.
        error_m: half the width of a range that holds the truth about 19 times in 20.
    """

    value_m: float
    error_m: float

    @property
    def low_m(self) -> float:
        """Lower end; never below the ground."""
        return max(0.0, self.value_m - self.error_m)

    @property
    def high_m(self) -> float:
        """Upper end."""
        return self.value_m + self.error_m


def height_from_shadow(
    shadow_m: float,
    sun_elevation_deg: float,
    *,
    gsd_m: float,
    slope_deg: float = 0.0,
    slope_error_deg: float = 3.0,
    elevation_error_deg: float = 0.2,
) -> Height:
    """Return the height of a thing from the length of its shadow, with its error.

    `height = shadow x (tan(sun elevation) + tan(slope))`, from plane trigonometry. The error is the
    first-order sum of three independent ones: the two edges of the shadow, the slope, the sun.

    Args:
        shadow_m: from the foot of the thing to the tip of the shadow, on the map.
        sun_elevation_deg: over the horizon, from the image's own record.
        gsd_m: ground sample distance.
        slope_deg: of the ground in the direction of the shadow; positive where it rises away from
            the thing, which makes the shadow shorter.
        slope_error_deg: how far the slope may be off; 3 where nobody measured it on a plain.
        elevation_error_deg: how far the sun may be off: a quarter of an hour is up to 4 degrees, a
            recorded time next to nothing.

    Raises:
        BadInput: no shadow, no sun, or ground that the sun cannot reach.
    """
    if not (shadow_m > 0 and gsd_m > 0 and 0 < sun_elevation_deg < 90):
        raise BadInput(
            f"a shadow of {shadow_m:g} m at {gsd_m:g} m per pixel under a sun "
            f"{sun_elevation_deg:g} degrees high gives no height; measure a shadow that "
            "can be seen, and read the sun's elevation from the image's record"
        )
    sun, slope = math.radians(sun_elevation_deg), math.radians(slope_deg)
    rise = math.tan(sun) + math.tan(slope)
    if rise <= 0:
        raise BadInput(
            f"the ground falls by {-slope_deg:g} degrees and the sun stands {sun_elevation_deg:g} "
            "degrees high: the shadow has no end; measure another image"
        )
    errors = (
        EDGE_PX * gsd_m * rise,
        shadow_m * math.radians(slope_error_deg) / math.cos(slope) ** 2,
        shadow_m * math.radians(elevation_error_deg) / math.cos(sun) ** 2,
    )
    return Height(value_m=shadow_m * rise, error_m=math.hypot(*errors))


def classify(
    width_m: float,
    length_m: float,
    height_m: float,
    *,
    to_line_m: float,
    gsd_m: float = 0.5,
    height_error_m: float = math.nan,
    n_buildings: int = 1,
) -> tuple[Kind | None, str]:
    """Return the class of a thing by the key, and why; None where the key cannot tell.

    It names a class only where the whole range of the measurements lies on one side of a limit.
    It says nothing of use: who sits there, and whether anybody does, no roof tells.

    Args:
        width_m: one side of the roof as seen from above.
        length_m: the other side.
        height_m: above the ground; NaN where no shadow was measured.
        to_line_m: to the nearest barrier, patrol road or the border; NaN where not known.
        gsd_m: ground sample distance of the image they were measured on.
        height_error_m: as of `Height`; NaN for a quarter of the height.
        n_buildings: buildings of the same enclosure, this one included.

    Raises:
        BadInput: a side that is not above 0.
    """
    if not (width_m > 0 and length_m > 0 and gsd_m > 0):
        raise BadInput(
            f"a roof of {width_m:g} by {length_m:g} m has no size; measure both sides in metres"
        )
    long_m, error_m = max(width_m, length_m), EDGE_PX * gsd_m
    if too_small := _too_small(long_m, gsd_m):
        return None, too_small
    if not math.isfinite(height_error_m):
        height_error_m = height_m / 4
    low_m, high_m = height_m - height_error_m, height_m + height_error_m
    is_slim = long_m + error_m <= TOWER_ROOF_M and height_m >= long_m
    if low_m >= TOWER_HEIGHT_M and is_slim:
        return Kind.WATCHTOWER, (
            f"{height_m:.1f} m high (at least {low_m:.1f}) on a roof of {long_m:.1f} m: "
            f"over {TOWER_HEIGHT_M:g} m and not wider than high"
        )
    least_m = long_m - error_m
    if least_m > POST_ROOF_M:
        # An unknown height (NaN) is below nothing, so that it leaves a tower possible.
        if least_m > TOWER_ROOF_M or high_m < max(TOWER_HEIGHT_M, least_m):
            return Kind.BUILDING, _building(long_m, n_buildings)
        return None, f"watchtower or building: a roof of {long_m:.1f} m, {height_m:.1f} m high"
    return _small(long_m, error_m, (height_m, low_m, high_m), to_line_m)


def _too_small(long_m: float, gsd_m: float) -> str:
    """Return why a roof is no roof that could be judged; empty where it is."""
    if long_m < LEAST_PIXELS * gsd_m:
        return (
            f"its roof of {long_m:.1f} m is under {LEAST_PIXELS:g} pixels of {gsd_m:g} m: it has "
            "no size"
        )
    if long_m + EDGE_PX * gsd_m < LEAST_ROOF_M:
        return f"under {LEAST_ROOF_M:g} m on both sides: too small to be entered"
    return ""


def _building(long_m: float, n_buildings: int) -> str:
    why = f"its roof of {long_m:.1f} m is longer than that of a guard post ({POST_ROOF_M:g} m)"
    if n_buildings >= GARRISON_BUILDINGS:
        why += f"; {n_buildings} buildings in one enclosure: part of a garrison"
    return why


def _small(
    long_m: float, error_m: float, height_m: tuple[float, float, float], to_line_m: float
) -> tuple[Kind | None, str]:
    """Return the class of what is not surely larger than a guard post, and no sure tower."""
    value_m, low_m, high_m = height_m
    if long_m + error_m > POST_ROOF_M:
        return None, (
            f"its roof of {long_m:.1f} m, give or take {error_m:g} m, may be that of a guard post "
            f"or of a building (limit {POST_ROOF_M:g} m)"
        )
    if not math.isfinite(value_m):
        return None, "guard post or watchtower: no shadow was measured, so no height is known"
    if high_m >= TOWER_HEIGHT_M:
        return None, (
            f"guard post or watchtower: {low_m:.1f} to {high_m:.1f} m high, on both sides of "
            f"{TOWER_HEIGHT_M:g} m, or wider than high"
        )
    if not math.isfinite(to_line_m):
        return None, "guard post or shed: its distance to the barrier is not known"
    if to_line_m > TO_LINE_M:
        return Kind.BUILDING, (
            f"small and low, but {to_line_m:.0f} m from any barrier, patrol road or the border "
            f"(limit {TO_LINE_M:g} m): may be a shed"
        )
    return Kind.GUARD_POST, (
        f"a roof of {long_m:.1f} m, {value_m:.1f} m high, {to_line_m:.0f} m from the line"
    )
