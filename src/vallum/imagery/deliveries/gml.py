"""Polygons of GML masks, as DIMAP (`CLD_*.GML`) and Sentinel-2 (`MSK_CLOUDS`) carry them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import Polygon

from vallum.ground.errors import BadInput
from vallum.imagery.deliveries.papers import Folder, every, local

_MOST_POINTS = 2_000_000


def read(path: Path) -> list[tuple[Any, dict[str, str]]]:
    """Return polygons with the texts of their member, in the numbers of the file.

    Raises:
        BadInput: it is no XML, or holds more points than any mask needs.
    """
    root = Folder(files=(path,)).xml.get(path)
    if root is None:
        raise BadInput(f"{path.name}: is no GML that can be read; the mask was left out")
    found: list[tuple[Any, dict[str, str]]] = []
    n_points = 0
    members = list(every(root, "featureMember", "member", "maskMember", "featureMembers")) or [root]
    for member in members:
        texts = {
            local(leaf): leaf.text.strip()
            for leaf in member.iter()
            if len(leaf) == 0 and leaf.text and len(leaf.text) < 200
        }
        for polygon in every(member, "Polygon", "PolygonPatch"):
            rings = [_ring(ring) for ring in every(polygon, "posList", "coordinates")]
            rings = [ring for ring in rings if len(ring) >= 4]
            n_points += sum(map(len, rings))
            if n_points > _MOST_POINTS:
                raise BadInput(f"{path.name}: holds too many points; the mask was left out")
            if rings:
                found.append((shapely.make_valid(Polygon(rings[0], rings[1:])), texts))
    return found


def code(root: Any) -> int:
    """Return the EPSG number that a GML document names first, or 0."""
    for element in root.iter():
        for name, said in element.attrib.items():
            if name.rpartition("}")[2] == "srsName":
                match = re.search(r"(\d{4,5})\s*$", str(said))
                if match:
                    return int(match[1])
    return 0


def _ring(element: Any) -> list[tuple[float, float]]:
    try:
        numbers = [
            float(part) for part in re.split(r"[\s,]+", (element.text or "").strip()) if part
        ]
    except ValueError:
        return []
    step = 3 if element.get("srsDimension") == "3" else 2
    return [(numbers[i], numbers[i + 1]) for i in range(0, len(numbers) - step + 1, step)]
