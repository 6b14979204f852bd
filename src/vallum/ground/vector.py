"""Shapes from outside: GeoJSON, KML, KMZ, GeoPackage, Shapefile, opened in the limited process."""

from __future__ import annotations

import base64
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from typing_extensions import TypedDict  # that of `typing` tells pydantic too little before 3.12

from vallum.ground.errors import BadInput, WorkerFailed
from vallum.ground.foreign import call

SUFFIXES = (".geojson", ".json", ".geojson.gz", ".json.gz", ".kml", ".kmz", ".gpkg", ".shp")
_WALL_S = 90.0
_BESIDE = (".shx", ".dbf", ".prj", ".cpg")


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One shape of a file, with what the file says of it.

    Args:
        shape: EPSG:4326, valid, not empty, without heights.
        properties: text and numbers; nested values as JSON text. Treat the text as hostile.
        number: 1 for the first feature of the file, counting those that were left out.
    """

    shape: BaseGeometry
    properties: dict[str, str | float | int | bool | None]
    number: int


class _Entry(TypedDict):
    shape: str
    properties: dict[str, str | float | int | bool | None]
    number: int


class _Parsed(TypedDict):
    features: list[_Entry]
    problems: list[str]


def read_shapes(path: Path | str) -> list[Feature]:
    """Return all shapes of a vector file, or none at all: one bad feature refuses the file.

    Raises:
        BadInput: the file or one of its features cannot be used; the message says why and what
            to do next.
    """
    features, problems = read_shapes_with_problems(path)
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise BadInput(problems[0] + more)
    return features


def read_shapes_with_problems(path: Path | str) -> tuple[list[Feature], list[str]]:
    """Return the usable shapes of a vector file, and a line for everything that was left out.

    Raises:
        BadInput: the file as a whole cannot be used.
    """
    path = Path(path)
    _check_file(path)
    try:
        answer: _Parsed = call(
            "vallum.ground.vector:parse",
            {"path": str(path.absolute())},
            reads=[path, *_parts(path)],
            returns=_Parsed,
            wall_s=_WALL_S,
        )
        return [_feature(entry) for entry in answer["features"]], answer["problems"]
    except WorkerFailed as error:
        raise BadInput(
            f"{path.name}: could not be opened safely ({error}); nothing was read. "
            "Export it again, or split it"
        ) from error


def _parts(path: Path) -> list[Path]:
    """Return the other files of a Shapefile; its folder can be listed, nothing else in it read."""
    if path.suffix.lower() != ".shp":
        return []
    beside = [path.with_suffix(suffix) for suffix in _BESIDE]
    beside += [path.with_suffix(suffix.upper()) for suffix in _BESIDE]
    return [one for one in beside if one.is_file() and not one.is_symlink()]


def _feature(entry: _Entry) -> Feature:
    """Return a shape as the limited process wrote it, if it is one."""
    try:
        shape = shapely.from_wkb(base64.b64decode(entry["shape"], validate=True))
    except (shapely.errors.GEOSException, ValueError, TypeError) as error:
        raise WorkerFailed("what came back is no shape") from error
    if shape is None or shape.is_empty:
        raise WorkerFailed("what came back is no shape")
    return Feature(shape=shape, properties=entry["properties"], number=entry["number"])


def _check_file(path: Path) -> None:
    if not path.name.lower().endswith(SUFFIXES):
        raise BadInput(f"{path.name}: vallum reads {', '.join(SUFFIXES)}; save it as one of them")
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - one call tells missing from strange
    except OSError:
        raise BadInput(f"{path}: is not there or cannot be read; check the path") from None
    if not stat.S_ISREG(mode):
        raise BadInput(f"{path.name}: is not a plain file; give the file itself")


def parse(path: str) -> dict[str, Any]:
    """Open a file; runs in the limited process only. Returns plain JSON, shapes as WKB in base64.

    Raises:
        BadInput: the file as a whole cannot be used.
    """
    # Each reader brings its own library, and a file needs only one of them.
    from vallum.ground.formats import geojson, geopackage, kml, shapefile

    file = Path(path)
    suffix = file.name.lower().removesuffix(".gz").rsplit(".", 1)[-1]
    read = {
        "geojson": geojson.read,
        "json": geojson.read,
        "kml": kml.read,
        "kmz": kml.read_kmz,
        "gpkg": geopackage.read,
        "shp": shapefile.read,
    }[suffix]
    features, problems = read(file, file.name)
    if not features and not problems:
        problems = [f"{file.name}: holds no feature; export the layer again"]
    for feature in features:
        feature["shape"] = base64.b64encode(shapely.to_wkb(feature["shape"])).decode()
    return {"features": features, "problems": problems}
