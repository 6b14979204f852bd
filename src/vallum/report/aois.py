"""Areas as a KMZ for Google Earth: outlines with what is said of each, no net."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import shapely
from lxml import etree
from shapely.geometry.base import BaseGeometry

from vallum.report.book import SIMULATED
from vallum.report.kmz import NAMESPACE

_WHEN = (1980, 1, 1, 0, 0, 0)  # the same areas give the same bytes


@dataclass(frozen=True, kw_only=True)
class Area:
    """One outline.

    Attributes:
        name: short.
        text: what is said of it; lines are kept.
        shape: polygon, EPSG:4326.
        folder: where it is listed.
    """

    name: str
    text: str
    shape: BaseGeometry
    folder: str = "Areas"


def kmz_bytes(
    title: str, areas: Sequence[Area], *, note: str = "", is_simulated: bool = False
) -> bytes:
    """Return a KMZ with a folder per kind of area.

    Args:
        title: of the document.
        areas: in the order in which they are listed.
        note: a sentence about all of them.
        is_simulated: every name begins with SIMULATED.
    """
    mark = f"{SIMULATED} " if is_simulated else ""
    root = etree.Element(f"{{{NAMESPACE}}}kml", nsmap={None: NAMESPACE})
    document = _sub(root, "Document")
    _sub(document, "name", f"{mark}{title}")
    _sub(document, "description", note)
    style = _sub(document, "Style", id="area")
    line = _sub(style, "LineStyle")
    _sub(line, "color", "ff00a5ff")
    _sub(line, "width", "2.5")
    _sub(_sub(style, "PolyStyle"), "fill", "0")
    for name in dict.fromkeys(area.folder for area in areas):
        folder = _sub(document, "Folder")
        _sub(folder, "name", f"{mark}{name}")
        for area in areas:
            if area.folder == name:
                _placemark(folder, area, mark)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo("doc.kml", _WHEN)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        entry.create_system = 3
        text = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
        archive.writestr(entry, bytes(text))
    return out.getvalue()


def _placemark(folder: Any, area: Area, mark: str) -> None:
    placemark = _sub(folder, "Placemark")
    _sub(placemark, "name", f"{mark}{area.name}")
    # Google Earth reads it as HTML and fills in "$[name]".
    text = "<br>".join(escape(one) for one in area.text.splitlines()).replace("$[", "$ [")
    _sub(placemark, "description", text)
    _sub(placemark, "styleUrl", "#area")
    shape = _sub(placemark, "MultiGeometry")
    for part in shapely.get_parts(area.shape):
        polygon = _sub(shape, "Polygon")
        _sub(polygon, "tessellate", "1")
        ring = _sub(_sub(_sub(polygon, "outerBoundaryIs"), "LinearRing"), "coordinates")
        xy = shapely.get_coordinates(part.exterior)
        ring.text = " ".join(f"{lon:.6f},{lat:.6f}" for lon, lat in xy)


def _sub(parent: Any, tag: str, text: str = "", **attributes: str) -> Any:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}", attributes)
    if text:
        element.text = "".join(one for one in text if one >= " " or one in "\n\t")
    return element


__all__ = ["Area", "kmz_bytes"]
