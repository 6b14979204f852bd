"""Areas as a KMZ for Google Earth: outlines with what is said of each, no net."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from vallum.report.book import SIMULATED
from vallum.report.kml import Element, packed, places, plain, root_with_document, text_of
from vallum.report.kml import sub as _sub


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
    root, document = root_with_document()
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
    return packed(text_of(root))


def _placemark(folder: Element, area: Area, mark: str) -> None:
    placemark = _sub(folder, "Placemark")
    _sub(placemark, "name", f"{mark}{area.name}")
    _sub(placemark, "description", plain(area.text))
    _sub(placemark, "styleUrl", "#area")
    shape = _sub(placemark, "MultiGeometry")
    for part in shapely.get_parts(area.shape):
        polygon = _sub(shape, "Polygon")
        _sub(polygon, "tessellate", "1")
        ring = _sub(_sub(_sub(polygon, "outerBoundaryIs"), "LinearRing"), "coordinates")
        ring.text = places(shapely.get_coordinates(part.exterior))


__all__ = ["Area", "kmz_bytes"]
