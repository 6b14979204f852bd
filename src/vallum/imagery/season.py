"""Under what sun and in what season an image was taken, and how unlike that makes two of them.

Trees in leaf hide a fence that stands plain in winter, and shadows that fall another way look like
lines that came or went. Neither stops a comparison; a person who judges one must know.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vallum.ground.records import Scene
from vallum.ground.when import When

KNOWN_SEASON_DAYS = 60
"""A bracket of days longer than this says nothing about the season."""

LARGE_TURN_DEG = 30.0
LARGE_LIFT_DEG = 15.0
LOW_SUN_DEG = 25.0
LARGE_TILT_DEG = 15.0
_NDVI_ON, _NDVI_OFF = 0.62, 0.5  # middle of the land; chosen on 2015 and 2016 of s2-68-dates
_TEMPERATE_DEG = (30.0, 65.0)


class Leaf(StrEnum):
    """Whether trees that shed their leaves carry them."""

    ON = "leaf on"
    OFF = "leaf off"
    TURNING = "leaves coming or falling"
    UNKNOWN = "season not known"


@dataclass(frozen=True, kw_only=True)
class Sun:
    """Where the sun stands, in degrees: from north over east, and above the horizon."""

    azimuth_deg: float
    elevation_deg: float
    is_computed: bool = False


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """How unlike two images are in season, sun and view; NaN where not known.

    Attributes:
        text: all of it in words.
        leaf: before and after.
        days_apart: in the year, whatever the years.
        sun_azimuth_turn_deg: angle between the directions of the sun.
        sun_elevation_lift_deg: by how much the sun stands higher after.
        view_deg: angle between the two directions of view.
        warnings: what this can make look new or gone.
    """

    text: str
    leaf: tuple[Leaf, Leaf]
    days_apart: float
    sun_azimuth_turn_deg: float
    sun_elevation_lift_deg: float
    view_deg: float
    warnings: tuple[str, ...]


# -- sun ------------------------------------------------------------------------------------


def sun(at: datetime, lon_deg: float, lat_deg: float) -> Sun:
    """Return where the sun stood, to about 0.02 degrees from 1900 to 2100.

    The low-accuracy solution of J. Meeus, Astronomical Algorithms, 2nd edition 1998, chapters 13,
    25 and 28, as NOAA's solar calculator uses it; without refraction.

    Args:
        at: the moment; without a time zone it is taken as UTC.
        lon_deg: east positive.
        lat_deg: north positive.
    """
    moment = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    days = (moment - datetime(2000, 1, 1, 12, tzinfo=UTC)) / timedelta(days=1)
    century = days / 36_525
    mean_deg = (280.46646 + century * (36_000.76983 + 0.0003032 * century)) % 360
    anomaly = math.radians(357.52911 + century * (35_999.05029 - 0.0001537 * century))
    centre_deg = (
        math.sin(anomaly) * (1.914602 - century * (0.004817 + 0.000014 * century))
        + math.sin(2 * anomaly) * (0.019993 - 0.000101 * century)
        + math.sin(3 * anomaly) * 0.000289
    )
    node = math.radians(125.04 - 1934.136 * century)
    longitude = math.radians(mean_deg + centre_deg - 0.00569 - 0.00478 * math.sin(node))
    tilt = math.radians(23.4392911 - 0.0130042 * century + 0.00256 * math.cos(node))
    declination = math.asin(math.sin(tilt) * math.sin(longitude))
    ascension_deg = math.degrees(
        math.atan2(math.cos(tilt) * math.sin(longitude), math.cos(longitude))
    )
    sidereal_deg = 280.46061837 + 360.98564736629 * days + 0.000387933 * century**2
    hour = math.radians((sidereal_deg + lon_deg - ascension_deg + 180) % 360 - 180)
    lat = math.radians(lat_deg)
    height = math.asin(
        math.sin(lat) * math.sin(declination)
        + math.cos(lat) * math.cos(declination) * math.cos(hour)
    )
    azimuth_deg = math.degrees(
        math.atan2(
            math.sin(hour),
            math.cos(hour) * math.sin(lat) - math.tan(declination) * math.cos(lat),
        )
    )
    return Sun(
        azimuth_deg=(azimuth_deg + 180) % 360, elevation_deg=math.degrees(height), is_computed=True
    )


def sun_of(scene: Scene) -> Sun:
    """Return where the sun stood: as stated, else from moment and place, else NaN."""
    stated = Sun(azimuth_deg=scene.sun_azimuth_deg, elevation_deg=scene.sun_elevation_deg)
    known = math.isfinite(stated.azimuth_deg), math.isfinite(stated.elevation_deg)
    if all(known) or scene.taken_at is None:
        return stated
    place = scene.footprint.centroid
    found = sun(scene.taken_at, place.x, place.y)
    return Sun(
        azimuth_deg=stated.azimuth_deg if known[0] else found.azimuth_deg,
        elevation_deg=stated.elevation_deg if known[1] else found.elevation_deg,
        is_computed=True,
    )


# -- leaves ---------------------------------------------------------------------------------


def leaf(taken: When, lat_deg: float, ndvi: float = math.nan) -> Leaf:
    """Return whether trees that shed leaves carried them, from the date and from the pixels.

    By the date: between 30 and 65 degrees of latitude leaves come and fall within windows that
    move by a day and a half per degree. They are wide on purpose; spring moves by weeks with
    height and from year to year (X. Zhang and others 2003, Remote Sensing of Environment 84,
    471-475). Inside such a window greenness decides. Outside of it greenness has no say: spruce
    and winter wheat are green in January, a mown meadow is bare in July. Nearer the equator rain
    decides, not the date: only green land is believed there.

    Args:
        taken: when; more than 60 days wide says nothing.
        lat_deg: north positive.
        ndvi: middle vegetation index of the land; NaN when not known.
    """
    by_date = _leaf_by_date(taken, lat_deg)
    if by_date in {Leaf.ON, Leaf.OFF} or math.isnan(ndvi):
        return by_date
    if ndvi >= _NDVI_ON:
        return Leaf.ON
    return Leaf.OFF if ndvi <= _NDVI_OFF and by_date is Leaf.TURNING else by_date


def _leaf_by_date(taken: When, lat_deg: float) -> Leaf:
    low, high = _TEMPERATE_DEG
    if taken.days > KNOWN_SEASON_DAYS or not low <= abs(lat_deg) <= high:
        return Leaf.UNKNOWN
    later = 1.5 * (abs(lat_deg) - low)
    found = {
        _leaf_on(day.timetuple().tm_yday + (0 if lat_deg >= 0 else 183), later)
        for day in (taken.earliest, taken.latest)
    }
    return found.pop() if len(found) == 1 else Leaf.TURNING


def _leaf_on(day: int, later: float) -> Leaf:
    day = (day - 1) % 366 + 1
    if 120 + later <= day <= 285 - later:
        return Leaf.ON
    return Leaf.OFF if day <= 75 + later or day >= 335 - 1.5 * later else Leaf.TURNING


def greenness(
    pixels: NDArray[Any],
    clear: NDArray[np.bool_],
    bands: Sequence[str],
    reflectance: Sequence[float] = (),
) -> float:
    """Return the middle vegetation index of the land; NaN without red, near infrared or land.

    Args:
        pixels: `(band, y, x)`.
        clear: `(y, x)`, where the ground can be seen.
        bands: what each band shows.
        reflectance: gain and offset; without them the offset is taken as 0 for unsigned pixels.
    """
    if not {"red", "nir"} <= set(bands):
        return math.nan
    gain, offset = reflectance[:2] if len(reflectance) >= 2 else (1.0, 0.0)
    red, infrared = (
        pixels[list(bands).index(name)][clear].astype(np.float32) * gain + offset
        for name in ("red", "nir")
    )
    index = (infrared - red) / np.maximum(infrared + red, 1e-6)
    land = index[index > 0]  # water lies below
    return float(np.median(land)) if land.size else math.nan


# -- two images -----------------------------------------------------------------------------


def conditions(
    before: Scene, after: Scene, *, ndvi: tuple[float, float] = (math.nan, math.nan)
) -> Conditions:
    """Return how unlike two images are in season, sun and view, in numbers and in words.

    Args:
        before: the earlier image.
        after: the later one.
        ndvi: greenness of both, where it can be had.
    """
    both = (before, after)
    leaves = [leaf(s.taken, s.footprint.centroid.y, n) for s, n in zip(both, ndvi, strict=True)]
    suns = [sun_of(scene) for scene in both]
    turn_deg = turn(suns[0].azimuth_deg, suns[1].azimuth_deg)
    lift_deg = suns[1].elevation_deg - suns[0].elevation_deg
    view_deg = _between_views(before, after)
    found = Conditions(
        text="",
        leaf=(leaves[0], leaves[1]),
        days_apart=days_apart(before.taken, after.taken),
        sun_azimuth_turn_deg=turn_deg,
        sun_elevation_lift_deg=lift_deg,
        view_deg=view_deg,
        warnings=(
            *_leaf_warnings(leaves[0], leaves[1]),
            *_sun_warnings(suns, turn_deg, lift_deg),
            *_view_warnings(before, after, view_deg),
        ),
    )
    words = [*_facts(found, suns, both), *found.warnings]
    return Conditions(**{**vars(found), "text": "; ".join(words)})


def days_apart(before: When, after: When) -> float:
    """Return how far apart two dates are in the year; NaN when one is too uncertain."""
    if max(before.days, after.days) > KNOWN_SEASON_DAYS:
        return math.nan
    one, other = (taken.earliest + (taken.latest - taken.earliest) / 2 for taken in (before, after))
    apart = abs(one.timetuple().tm_yday - other.timetuple().tm_yday)
    return float(min(apart, 365 - apart))


def turn(one_deg: float, other_deg: float) -> float:
    """Return the angle between two directions; NaN when one is not known."""
    return abs((one_deg - other_deg + 180) % 360 - 180)


def _between_views(before: Scene, after: Scene) -> float:
    """Return the angle between two lines of sight; NaN unless both are known or both upright."""
    rays = []
    for scene in (before, after):
        tilt, azimuth = math.radians(scene.off_nadir_deg), math.radians(scene.view_azimuth_deg)
        if scene.off_nadir_deg < 1:
            azimuth = 0.0
        level = math.sin(tilt)
        rays.append((level * math.sin(azimuth), level * math.cos(azimuth), math.cos(tilt)))
    product = sum(a * b for a, b in zip(*rays, strict=True))
    if math.isnan(product):
        return math.nan
    return math.degrees(math.acos(max(-1.0, min(1.0, product))))


def _facts(found: Conditions, suns: Sequence[Sun], scenes: Sequence[Scene]) -> list[str]:
    one, other = found.leaf
    words = [one.value + " on both" if one is other else f"{one} before, {other} after"]
    if Leaf.UNKNOWN in (one, other) and one is other:
        words = [Leaf.UNKNOWN.value]
    if math.isfinite(found.days_apart):
        words[0] += f" ({found.days_apart:.0f} days apart in the year)"
    azimuths = [s.azimuth_deg for s in suns]
    heights = [s.elevation_deg for s in suns]
    if all(map(math.isfinite, azimuths)):
        words.append(f"sun from {azimuths[0]:.0f} and {azimuths[1]:.0f} deg")
    if all(map(math.isfinite, heights)):
        words.append(f"sun {heights[0]:.0f} and {heights[1]:.0f} deg high")
    if not (math.isfinite(found.sun_azimuth_turn_deg) or all(map(math.isfinite, heights))):
        words.append("sun not known")
    tilts = [scene.off_nadir_deg for scene in scenes]
    if all(map(math.isfinite, tilts)):
        words.append(f"{tilts[0]:.0f} and {tilts[1]:.0f} deg off nadir")
    return words


def _leaf_warnings(before: Leaf, after: Leaf) -> list[str]:
    if before is Leaf.OFF and after is Leaf.ON:
        return ["trees may hide after what showed before: gone may be hidden"]
    if before is Leaf.ON and after is Leaf.OFF:
        return ["trees may have hidden before what shows after: new may be old"]
    if before is after is Leaf.ON:
        return ["trees in leaf may hide things on both"]
    return []


def _sun_warnings(suns: Sequence[Sun], turn_deg: float, lift_deg: float) -> list[str]:
    words = []
    if turn_deg > LARGE_TURN_DEG:
        words.append("shadows fall another way: their edges may seem new or gone")
    if abs(lift_deg) > LARGE_LIFT_DEG:
        ratio = [1 / math.tan(math.radians(max(1.0, s.elevation_deg))) for s in suns]
        longer = "before" if ratio[0] > ratio[1] else "after"
        words.append(f"shadows {max(ratio) / min(ratio):.1f} times as long {longer}")
    if min(s.elevation_deg for s in suns) < LOW_SUN_DEG:
        words.append("low sun: much lies in shadow")
    return words


def _view_warnings(before: Scene, after: Scene, view_deg: float) -> list[str]:
    if view_deg > LARGE_TILT_DEG:
        return [f"seen from directions {view_deg:.0f} deg apart: tall things lean another way"]
    steepest = max(
        (s.off_nadir_deg for s in (before, after) if math.isfinite(s.off_nadir_deg)), default=0.0
    )
    is_open = math.isnan(view_deg) and steepest > LARGE_TILT_DEG
    return ["seen aslant: tall things may lean another way"] if is_open else []
