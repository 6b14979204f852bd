"""KML and KMZ: placemarks only; links, overlays and styles are counted, never followed."""

from __future__ import annotations

import math
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from lxml import etree
from shapely.geometry.base import BaseGeometry

from vallum.ground.errors import BadInput
from vallum.ground.formats import xml
from vallum.ground.formats.checks import MAX_NESTING, Gathered, Refused

_MAX_BYTES = 50 << 20
_MAX_RATIO = 100
_MAX_ENTRIES = 1000
_LINKS = {
    "NetworkLink": "network link",
    "GroundOverlay": "picture overlay",
    "PhotoOverlay": "picture overlay",
    "ScreenOverlay": "picture overlay",
}


def read(path: Path, name: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the placemarks of a KML file and what was wrong with others."""
    with path.open("rb") as file:
        data = file.read(_MAX_BYTES + 1)
    return _read(data, Gathered(name))


def read_kmz(path: Path, name: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the placemarks of `doc.kml` (or of the first KML) inside a KMZ archive.

    Members are streamed with caps; nothing is unpacked to disk and no name is trusted.
    """
    found = Gathered(name)
    try:
        with zipfile.ZipFile(path) as archive:
            entry = _main_entry(archive, found)
            with archive.open(entry) as member:
                limit = min(_MAX_BYTES, max(_MAX_RATIO * entry.compress_size, 100_000))
                data = member.read(limit + 1)
                if len(data) > limit:
                    raise BadInput(
                        f"{name}: unpacks to more than {limit / 1e6:.1f} MB, which no "
                        "honest file of its size does; nothing was read"
                    )
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        UnicodeDecodeError,
        OSError,
        ValueError,
    ):
        raise BadInput(
            f"{name}: is no sound KMZ archive; nothing was read. Save it again from the "
            "program that made it, or send the KML inside"
        ) from None
    return _read(data, found)


def _main_entry(archive: zipfile.ZipFile, found: Gathered) -> zipfile.ZipInfo:
    entries = archive.infolist()
    if len(entries) > _MAX_ENTRIES:
        raise BadInput(
            f"{found.name}: holds {len(entries):,} entries, more than {_MAX_ENTRIES:,}; "
            "nothing was read. Send the KML inside"
        )
    maps = [entry for entry in entries if entry.filename.lower().endswith(".kml")]
    if not maps:
        raise BadInput(f"{found.name}: holds no KML file; nothing was read. Export it again")
    named = [entry for entry in maps if entry.filename.lower() == "doc.kml"]
    if len(named) > 1:
        raise BadInput(
            f"{found.name}: holds doc.kml {len(named)} times; nothing was read. Send the KML inside"
        )
    entry = (named or maps)[0]
    if entry.flag_bits & 1:
        raise BadInput(f"{found.name}: is encrypted; send it without a password")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise BadInput(
            f"{found.name}: its doc.kml is a link to another file, which is not "
            "followed; nothing was read. Send the KML inside"
        )
    if len(maps) > 1:
        found.problem(
            f"{found.name}: holds {len(maps)} KML files; only the "
            f"{'doc.kml' if named else 'first'} was read"
        )
    unsafe = sum(
        ".." in e.filename or e.filename.startswith("/") or ":" in e.filename or "\\" in e.filename
        for e in entries
    )
    if unsafe:
        found.problem(
            f"{found.name}: {unsafe} entries have names that point outside the archive; "
            "they were not touched"
        )
    return entry


def _read(data: bytes, found: Gathered) -> tuple[list[dict[str, Any]], list[str]]:
    root = _parsed(data, found.name)
    links: Counter[str] = Counter()
    for element in root.iter():
        kind = _local(element)
        if kind in _LINKS:
            links[_LINKS[kind]] += 1
        if kind == "Placemark":
            properties = _properties(element)
            with found.feature(str(properties.get("name", ""))):
                found.add(_placemark_shape(element, found), properties)
    for kind, count in links.items():
        found.problem(
            f"{found.name}: holds {count} {kind}{'s' if count > 1 else ''}, "
            "not followed and not read"
        )
    return found.done()


def _parsed(data: bytes, name: str) -> Any:
    if len(data) > _MAX_BYTES:
        raise BadInput(f"{name}: is larger than {_MAX_BYTES >> 20} MB; cut out what you need")
    try:
        root = etree.fromstring(data, xml.parser())
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        # The parser's own words may quote the file or what it points to: say only where and what.
        line = getattr(error, "lineno", None)
        where = f" at line {line}" if line else ""
        words = str(error)
        if "encoding" in words or "not proper UTF-8" in words or "conversion" in words:
            raise BadInput(
                f"{name}: its text is not in the encoding that it names{where}; nothing "
                "was read. Save it again as UTF-8"
            ) from None
        if "depth" in words:
            raise BadInput(f"{name}: is nested too deeply to be a map; nothing was read") from None
        if "too long" in words:
            raise BadInput(
                f"{name}: holds a text of more than 10 MB{where}; nothing was read. "
                "Send it as GeoJSON or GeoPackage"
            ) from None
        raise BadInput(f"{name}: is broken XML{where}; nothing was read. Export it again") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise BadInput(
            f"{name}: brings its own document type, which can hide other files or "
            "grow without end; nothing was read. Export it again without one"
        )
    return root


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def _children(element: Any, *names: str) -> Iterator[Any]:
    return (child for child in element if _local(child) in names)


def _text(element: Any) -> str:
    return "".join(element.itertext()).strip()


def _properties(placemark: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for child in placemark:
        kind = _local(child)
        if kind in {"name", "description"}:
            found[kind] = _text(child)
        elif kind == "ExtendedData":
            for data in child.iter():
                if _local(data) == "Data":
                    values = list(_children(data, "value"))
                    found[str(data.get("name", ""))] = _text(values[0]) if values else ""
                elif _local(data) == "SimpleData":
                    found[str(data.get("name", ""))] = _text(data)
    return found


def _placemark_shape(placemark: Any, found: Gathered) -> BaseGeometry | None:
    known = {"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry"}
    for child in placemark:
        if _local(child) in known:
            return _shape(child, found)
        if _local(child) in {"Model", "Track", "MultiTrack"}:
            raise Refused(f"a {_local(child)} is no shape that vallum reads")
    return None


def _shape(element: Any, found: Gathered, nesting: int = 0) -> BaseGeometry:
    kind = _local(element)
    if kind == "MultiGeometry":
        if nesting >= MAX_NESTING:
            raise Refused("its geometry is nested too deeply")
        names = ("Point", "LineString", "LinearRing", "Polygon", "MultiGeometry")
        parts = [_shape(child, found, nesting + 1) for child in _children(element, *names)]
        return _collected(parts)
    if kind == "Polygon":
        return _polygon(element, found)
    xy = _positions(element, found)
    if kind == "Point":
        return shapely.Point(xy[0])
    if len(xy) < 2:
        raise Refused("its line has 1 vertex; a line has two or more")
    return shapely.LineString(xy)


def _collected(parts: list[Any]) -> BaseGeometry:
    kinds = {part.geom_type for part in parts}
    if kinds == {"LineString"}:
        return shapely.MultiLineString(parts)
    if kinds == {"Polygon"}:
        return shapely.MultiPolygon(parts)
    return shapely.GeometryCollection(parts)


def _polygon(element: Any, found: Gathered) -> BaseGeometry:
    rings: dict[str, list[Any]] = {"outerBoundaryIs": [], "innerBoundaryIs": []}
    for boundary in _children(element, *rings):
        for ring in _children(boundary, "LinearRing"):
            xy = _positions(ring, found)
            if len(xy) < 4 or not np.array_equal(xy[0], xy[-1]):
                raise Refused("a ring of its area is not closed")
            rings[_local(boundary)].append(xy)
    if len(rings["outerBoundaryIs"]) != 1:
        raise Refused("its area has no outer ring, or several")
    return shapely.Polygon(rings["outerBoundaryIs"][0], rings["innerBoundaryIs"])


def _positions(element: Any, found: Gathered) -> Any:
    texts = [_text(child) for child in _children(element, "coordinates")]
    tuples = texts[0].split() if texts else []
    if not tuples:
        raise Refused("it has no coordinates")
    found.spend(len(tuples))
    rows = [part.split(",") for part in tuples]
    if {len(row) for row in rows} - {2, 3}:
        raise Refused(
            "a position has neither two nor three numbers; decimals are written with a "
            "point, and longitude, latitude and height are parted by commas"
        )
    try:
        xy = [(float(row[0]), float(row[1])) for row in rows]
    except ValueError:
        raise Refused("its coordinates are not numbers") from None
    if not all(math.isfinite(x) and math.isfinite(y) for x, y in xy):
        raise Refused("its coordinates are not finite numbers")
    on_earth = all(abs(x) <= 180 and abs(y) <= 90 for x, y in xy)
    if (
        on_earth
        and len(xy) > 1
        and _local(element) != "LinearRing"
        and not any("." in part for part in tuples)
    ):
        raise Refused(
            "all its coordinates are whole degrees; decimals are written with a point, "
            "not with a comma"
        )
    return np.array(xy)
