"""What others state about an image, read with suspicion: text in one line, numbers in range."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass


def words(text: str, limit: int) -> str:
    """Return foreign text in one line, without control or direction characters."""
    kept = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text[: 4 * limit])
    return " ".join(kept.split())[:limit]


def text(properties: Mapping[str, object], limit: int, *keys: str) -> str:
    """Return the first of `keys` that is a text; empty if none is."""
    for key in keys:
        value = properties.get(key)
        if isinstance(value, str) and (found := words(value, limit)):
            return found
    return ""


def number(properties: Mapping[str, object], low: float, high: float, *keys: str) -> float:
    """Return the first of `keys` that is a number from `low` to `high`; NaN if none is."""
    for key in keys:
        value = properties.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return float(value)
    return math.nan


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """How an image was taken, in degrees and percent; NaN where not stated."""

    off_nadir_deg: float
    sun_azimuth_deg: float
    sun_elevation_deg: float
    cloud_percent: float


def conditions(properties: Mapping[str, object]) -> Conditions:
    """Return viewing angle, sun and cloud, under the names that catalogues use."""
    return Conditions(
        off_nadir_deg=number(properties, 0, 90, "view:off_nadir", "off_nadir", "off_nadir_deg"),
        sun_azimuth_deg=number(
            properties, 0, 360, "view:sun_azimuth", "sun_azimuth", "sun_azimuth_deg"
        ),
        sun_elevation_deg=number(
            properties, -90, 90, "view:sun_elevation", "sun_elevation", "sun_elevation_deg"
        ),
        cloud_percent=_cloud_percent(properties),
    )


def _cloud_percent(properties: Mapping[str, object]) -> float:
    sure = number(properties, 0, 100, "eo:cloud_cover", "cloud_percent", "cloudpercent")
    if math.isfinite(sure):
        return sure
    # Planet writes shares from 0 to 1 under this name, others percent: 0.5 could be either.
    loose = number(properties, 0, 100, "cloud_cover", "cloudcover", "clouds")
    return loose if loose == 0 or loose > 1 else math.nan
