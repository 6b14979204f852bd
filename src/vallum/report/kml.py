"""KML as it is written here: elements, colours, balloons, and a KMZ whose bytes never change."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from html import escape
from typing import Any, TypeAlias

import shapely
from lxml import etree
from shapely.geometry.base import BaseGeometry

from vallum.report.safe import clean

NAMESPACE = "http://www.opengis.net/kml/2.2"
GOOGLE = "http://www.google.com/kml/ext/2.2"
DOCUMENT = "doc.kml"
_FIRST_ZIP_DAY = date(1980, 1, 1)
Element: TypeAlias = Any  # lxml.etree._Element; lxml has no types


def root_with_document(**more: str) -> tuple[Element, Element]:
    """Return an empty KML and its `Document`; `more` are further namespaces by prefix."""
    spaces: dict[str | None, str] = dict(more.items())
    spaces[None] = NAMESPACE
    root = etree.Element(f"{{{NAMESPACE}}}kml", nsmap=spaces)
    return root, sub(root, "Document")


def sub(
    parent: Element, tag: str, text: str = "", *, space: str = NAMESPACE, **attributes: str
) -> Element:
    """Add an element and return it; signs that no XML may hold are left out."""
    element = etree.SubElement(parent, f"{{{space}}}{tag}", attributes)
    if text:
        element.text = clean(text)
    return element


def text_of(root: Element) -> bytes:
    """Return the document as bytes."""
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def packed(
    document: bytes, files: Mapping[str, bytes] | None = None, day: date = _FIRST_ZIP_DAY
) -> bytes:
    """Return a KMZ: the document first, then its files by name, all dated `day`.

    Days before 1980, which a ZIP cannot hold, become its first.
    """
    day = max(day, _FIRST_ZIP_DAY)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in ((DOCUMENT, document), *sorted((files or {}).items())):
            entry = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, data)
    return out.getvalue()


def tint(colour: str, alpha: str = "ff") -> str:
    """`#rrggbb` as KML wants it: alpha, blue, green, red."""
    return f"{alpha}{colour[5:7]}{colour[3:5]}{colour[1:3]}".lower()


def plain(text: str) -> str:
    """A text for a balloon, which Google Earth reads as HTML and fills in where it says `$[...]`.

    Lines stay lines.
    """
    return "<br>".join(escape(line) for line in text.splitlines()).replace("$[", "$ [")


def balloon(rows: Iterable[tuple[str, str]]) -> str:
    """Lines of a balloon, each a head in bold and a text; lines without a text are left out."""
    return "<br>".join(
        f"{f'<b>{plain(head)}</b>: ' if head else ''}{plain(text)}" for head, text in rows if text
    )


def timed(placemark: Element, begin: date | None, end: date | None) -> None:
    """Put it on the time slider; an end before the beginning is left out."""
    if begin or end:
        span = sub(placemark, "TimeSpan")
        if begin:
            sub(span, "begin", begin.isoformat())
        if end and (begin is None or end >= begin):
            sub(span, "end", end.isoformat())


def drawn(parent: Element, shape: BaseGeometry) -> None:
    """Add points and lines of a shape in EPSG:4326, with 6 decimals: about 0.1 m."""
    parts: Sequence[BaseGeometry] = list(shapely.get_parts(shape))
    home = sub(parent, "MultiGeometry") if len(parts) > 1 else parent
    for part in parts:
        element = sub(home, "Point" if part.geom_type == "Point" else "LineString")
        if part.geom_type != "Point":
            sub(element, "tessellate", "1")
        sub(element, "coordinates", places(shapely.get_coordinates(part)))


def places(xy: Iterable[Sequence[float]], decimals: int = 6) -> str:
    """Longitude and latitude of each place, as KML lists them."""
    return " ".join(f"{lon:.{decimals}f},{lat:.{decimals}f}" for lon, lat in xy)


def box(parent: Element, tag: str, bounds: tuple[float, float, float, float]) -> Element:
    """Add a box of degrees: bounds are west, south, east, north."""
    element = sub(parent, tag)
    west, south, east, north = bounds
    for side, value in (("north", north), ("south", south), ("east", east), ("west", west)):
        sub(element, side, f"{value:.9f}")
    return element
