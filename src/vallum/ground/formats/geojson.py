"""GeoJSON, also gzipped, in UTF-8; RFC 7946 with the old `crs` member understood."""

from __future__ import annotations

import gzip
import json
import zlib
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from vallum.ground.errors import BadInput
from vallum.ground.formats.checks import MAX_BYTES, MAX_NESTING, Gathered, Refused, from_crs

_RATIO = 100
_DEPTH = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}


def read(path: Path, name: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the features of a GeoJSON file and what was wrong with others."""
    document = _loaded(_bytes(path, name), name)
    found = Gathered(name)
    crs = document.get("crs")
    if crs is not None:
        found.to_degrees = from_crs(_crs_name(crs), name)
    for feature in _features(document, name):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        properties = properties if isinstance(properties, dict) else {}
        label = str(properties.get("name") or properties.get("case") or "")
        with found.feature(label):
            if not isinstance(feature, dict) or feature.get("type") != "Feature":
                raise Refused("it is no Feature")
            if "id" in feature and "id" not in properties:
                properties = {"id": feature["id"], **properties}
            found.add(_shape(feature.get("geometry"), found), properties)
    return found.done()


def lines_in_pixels(path: str) -> list[list[list[float]]]:
    """Return the lines of a GeoJSON whose coordinates are pixels, not degrees.

    Runs in the limited process only. Other shapes are left out.

    Raises:
        BadInput: the file cannot be used, or holds no line.
    """
    file = Path(path)
    document, found = _loaded(_bytes(file, file.name), file.name), Gathered(file.name)
    lines: list[list[list[float]]] = []
    for feature in _features(document, file.name):
        with found.feature(""):
            shape = _shape(feature.get("geometry") if isinstance(feature, dict) else None, found)
            parts = shapely.get_parts(shapely.get_parts([shape]))
            xys = (_xy(part) for part in parts if part.geom_type == "LineString")
            lines += [xy.tolist() for xy in xys if np.isfinite(xy).all()]
    problems = found.done()[1]
    if problems or not lines:
        raise BadInput(problems[0] if problems else f"{file.name}: holds no line; draw one")
    return lines


def _xy(line: shapely.LineString) -> Any:
    return shapely.get_coordinates(line)


def _bytes(path: Path, name: str) -> bytes:
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if data[:2] == b"\x1f\x8b":
        data = _unzipped(data, name)
    if len(data) > MAX_BYTES:
        raise BadInput(f"{name}: is larger than {MAX_BYTES >> 20} MB; cut out what you need")
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise BadInput(f"{name}: is UTF-16 text; GeoJSON is UTF-8. Save it again as UTF-8")
    return data.removeprefix(b"\xef\xbb\xbf")


def _unzipped(data: bytes, name: str) -> bytes:
    limit = min(MAX_BYTES, max(_RATIO * len(data), 1 << 20))
    unpack = zlib.decompressobj(wbits=31)
    try:
        text = unpack.decompress(data, limit + 1)
    except (zlib.error, gzip.BadGzipFile):
        raise BadInput(f"{name}: cannot be unzipped; the file is damaged, fetch it again") from None
    if len(text) > limit:
        raise BadInput(
            f"{name}: unzips to more than {limit >> 20} MB, which no honest file of its "
            "size does; nothing was read. Unzip it yourself if you trust it"
        )
    if not unpack.eof:
        raise BadInput(f"{name}: is cut short; fetch it again")
    return text


def _loaded(data: bytes, name: str) -> dict[str, Any]:
    """Parse strictly: orjson decides what is JSON, the standard library finds repeated keys."""
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BadInput(_why_no_json(data, error, name)) from None
    if not isinstance(document, dict):
        raise BadInput(f"{name}: is no GeoJSON object; export a FeatureCollection and try again")
    del document
    try:
        result: dict[str, Any] = json.loads(
            data,
            object_pairs_hook=lambda pairs: _unique(pairs, name),
            parse_constant=lambda _: _no_number(name),
        )
    except (ValueError, RecursionError):
        raise BadInput(
            f"{name}: holds a number that is too large to be one; check the export"
        ) from None
    return result


def _no_number(name: str) -> NoReturn:
    raise BadInput(f"{name}: holds NaN or Infinity, which are no JSON; check the export")


def _unique(pairs: list[tuple[str, Any]], name: str) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise BadInput(
            f"{name}: the key {json.dumps(twice[:40])} stands twice in one object, so "
            "two readers would see two files; nothing was read. Remove one of them"
        )
    return found


def _why_no_json(data: bytes, error: orjson.JSONDecodeError, name: str) -> str:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return f"{name}: is not UTF-8 text; GeoJSON is. Save it again as UTF-8"
    text = str(error)
    where = f"line {error.lineno}, column {error.colno}"
    if "after document" in text:
        return (
            f"{name}: goes on after its end at {where} (several documents in one file?); "
            "nothing was read. Save all features as one FeatureCollection"
        )
    if "end of data" in text or "zero-length" in text:
        return f"{name}: is empty or cut short at {where}; nothing was read. Fetch it again"
    if "depth" in text:
        return f"{name}: is nested too deeply to be a map; nothing was read. Check the export"
    if "infinity" in text:
        return f"{name}: holds a number without end at {where}; nothing was read. Check the export"
    if data.lstrip()[:1] == b"<":
        return f"{name}: is a web page or XML, not GeoJSON; fetch the file itself and try again"
    return (
        f"{name}: is no JSON from {where} on (NaN and Infinity are none either); "
        "nothing was read. Export it again"
    )


def _crs_name(crs: Any) -> str:
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name[:200] if isinstance(name, str) else ""


def _features(document: dict[str, Any], name: str) -> list[Any]:
    kind = document.get("type")
    if kind == "FeatureCollection":
        features = document.get("features")
        if isinstance(features, list):
            return features
    elif kind == "Feature":
        return [document]
    elif isinstance(kind, str) and kind in {*_DEPTH, "GeometryCollection"}:
        return [{"type": "Feature", "properties": {}, "geometry": document}]
    raise BadInput(
        f"{name}: is JSON but no GeoJSON (type is {json.dumps(kind)[:40]}); "
        "export a FeatureCollection and try again"
    )


def _shape(geometry: Any, found: Gathered, nesting: int = 0) -> BaseGeometry | None:
    if geometry is None:
        return None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind == "GeometryCollection":
        members = geometry.get("geometries")
        if nesting >= MAX_NESTING or not isinstance(members, list):
            raise Refused("its geometry collection is broken or nested too deeply")
        parts = [_shape(member, found, nesting + 1) for member in members]
        return shapely.GeometryCollection([part for part in parts if part is not None])
    if not isinstance(kind, str) or kind not in _DEPTH:
        raise Refused(f"there is no geometry of type {json.dumps(kind)[:40]}")
    return _built(kind, geometry.get("coordinates"), found)


def _built(kind: str, coordinates: Any, found: Gathered) -> BaseGeometry:
    if kind == "Point":
        return shapely.Point(_positions([coordinates], found)[0])
    if not isinstance(coordinates, list) or not coordinates:
        raise Refused("its geometry is empty")
    if kind == "MultiPoint":
        return shapely.MultiPoint(_positions(coordinates, found))
    if kind == "LineString":
        return _line(coordinates, found)
    if kind == "MultiLineString":
        return shapely.MultiLineString([_line(part, found) for part in coordinates])
    if kind == "Polygon":
        return _polygon(coordinates, found)
    return shapely.MultiPolygon([_polygon(part, found) for part in coordinates])


def _line(coordinates: Any, found: Gathered) -> shapely.LineString:
    xy = _positions(coordinates, found)
    if len(xy) < 2:
        raise Refused(f"its line has {len(xy)} vertex; a line has two or more")
    return shapely.LineString(xy)


def _polygon(rings: Any, found: Gathered) -> shapely.Polygon:
    if not isinstance(rings, list) or not rings:
        raise Refused("its geometry is empty")
    parts = [_positions(ring, found) for ring in rings]
    for part in parts:
        if len(part) < 4 or not np.array_equal(part[0], part[-1]):
            raise Refused("a ring of its area is not closed")
    return shapely.Polygon(parts[0], parts[1:])


def _positions(coordinates: Any, found: Gathered) -> Any:
    if not isinstance(coordinates, list) or not all(type(p) is list for p in coordinates):
        raise Refused("its coordinates are not lists of numbers")
    found.spend(len(coordinates))
    sizes = set(map(len, coordinates))
    if sizes and (len(sizes) > 1 or not sizes <= {2, 3}):
        raise Refused(
            f"its positions have {' and '.join(map(str, sorted(sizes)))} numbers; "
            "give longitude and latitude, or those and a height, everywhere"
        )
    if not set(map(type, chain.from_iterable(coordinates))) <= {int, float}:
        raise Refused("its coordinates are not numbers")
    try:
        return np.asarray(coordinates, dtype=np.float64).reshape(len(coordinates), -1)[:, :2]
    except (OverflowError, ValueError):
        raise Refused("its coordinates are too large to be degrees") from None
