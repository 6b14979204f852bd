"""Footprints from catalogues: which images exist, without their pixels."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import rfc8785
from shapely.geometry import MultiPolygon, Polygon

from vallum.ground.errors import BadDate, BadInput, BadTable
from vallum.ground.records import Scene, to_json
from vallum.ground.vector import Feature, read_shapes_with_problems
from vallum.ground.when import When
from vallum.imagery import dates, stated

_FIRST = (
    "start_datetime",
    "datetime",
    "acquired",
    "acquisition_date",
    "acquisitiondate",
    "acq_date",
    "acq_time",
    "start_date",
    "date",
    "timestamp",
    "taken",
)
_LAST = ("end_datetime", "end_date", *_FIRST)
_SAFE_INTEGER = 2**53 - 1


def read(path: Path) -> tuple[list[Scene], list[str]]:
    """Return one Scene without pixels per footprint, and a line for each that was left out.

    Understood are the names of STAC and of common catalogues: `datetime`, `end_datetime`, `date`,
    `acquired`; `gsd`; `platform`, `sensor`; `off_nadir`, `sun_azimuth`, `sun_elevation`;
    `cloud_percent`, `eo:cloud_cover`; `id`, `name`; `credit`, `license`. A scene is named by the
    hash of its whole record, so a repeated record becomes one scene.

    Args:
        path: GeoJSON (also gzipped), KML, GeoPackage or Shapefile of polygons.

    Raises:
        BadTable: the file cannot be read, or holds no dated polygon.
    """
    try:
        features, problems = read_shapes_with_problems(path)
    except BadInput as error:
        raise BadTable(str(error)) from error
    today = datetime.now(UTC).date()
    scenes: dict[str, Scene] = {}
    for feature in features:
        try:
            scene = _scene(feature, path, today)
        except BadInput as error:
            problems.append(f"{path.name}: feature {feature.number}: {error}")
            continue
        if scene.sha256 in scenes:
            problems.append(
                f"{path.name}: feature {feature.number} repeats an earlier one; it counts once"
            )
        scenes.setdefault(scene.sha256, scene)
    if not scenes:
        first = f": {problems[0]}" if problems else ""
        raise BadTable(
            f"{path.name}: holds no dated footprint{first}; give polygons with a `datetime`"
        )
    return list(scenes.values()), problems


def _scene(feature: Feature, path: Path, today: date) -> Scene:
    if not isinstance(feature.shape, Polygon | MultiPolygon):
        raise BadTable(f"is a {feature.shape.geom_type}, no area; give polygons")
    properties = {key.lower(): value for key, value in feature.properties.items()}
    name = stated.text(
        properties,
        100,
        "id",
        "catalog_id",
        "catalogid",
        "catid",
        "scene_id",
        "strip_id",
        "name",
        "title",
    )
    seen = stated.conditions(properties)
    return Scene(
        sha256=_sha256(feature),
        name=name or f"{path.name.split('.')[0]} {feature.number}",
        taken=_taken(properties, today),
        taken_from="catalogue",
        sensor=stated.text(
            properties, 60, "platform", "sensor", "satellite", "spacecraft", "instrument"
        ),
        gsd_m=stated.number(
            properties,
            0.01,
            10_000,
            "gsd",
            "gsd_m",
            "eo:gsd",
            "resolution_m",
            "pixel_resolution",
            "resolution",
        ),
        footprint=feature.shape,
        licence=stated.text(properties, 100, "license", "licence"),
        credit=stated.text(properties, 200, "credit", "attribution", "copyright"),
        off_nadir_deg=seen.off_nadir_deg,
        sun_azimuth_deg=seen.sun_azimuth_deg,
        sun_elevation_deg=seen.sun_elevation_deg,
        cloud_percent=seen.cloud_percent,
    )


def _taken(properties: Mapping[str, object], today: date) -> When:
    """Return the first and last day a catalogue states.

    Raises:
        BadDate: it states none that can be.
    """
    first, last = (_days(properties, keys, today) for keys in (_FIRST, _LAST))
    if first is None or last is None:
        raise BadDate("has no date that can be read; add a `datetime`")
    if last.latest < first.earliest:
        raise BadDate(f"ends on {last.latest}, before it begins on {first.earliest}; correct it")
    return When(first.earliest, last.latest)


def _days(properties: Mapping[str, object], keys: tuple[str, ...], today: date) -> When | None:
    for key in keys:
        text = str(properties.get(key) or "")
        day = dates.day_in(text, today)
        if day is not None:
            return When.on(day)
        try:
            days = When.parse(text) if text else None
        except BadDate:
            continue
        if days is not None and dates.OLDEST <= days.earliest <= today:
            return days
    return None


def _sha256(feature: Feature) -> str:
    """Return the hash of the whole record in its canonical form."""
    plain = {
        key: str(value) if _is_beyond_json(value) else value
        for key, value in feature.properties.items()
    }
    record = {"properties": plain, "shape": to_json(feature.shape)}
    return hashlib.sha256(rfc8785.dumps(record)).hexdigest()


def _is_beyond_json(value: object) -> bool:
    if isinstance(value, float):
        return not math.isfinite(value)
    return isinstance(value, int) and abs(value) > _SAFE_INTEGER
