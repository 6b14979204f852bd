"""Make the packaged base of small maps, land and borders, from Natural Earth.

Run once, by hand, when the base is renewed:

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python tools/naturalearth.py package/countries-50m.json

The npm package holds Natural Earth 4.1.0, scale 1:50,000,000, as TopoJSON. Natural Earth is in the
public domain; the package is under the ISC licence. The file that is made holds rings of land and
the arcs that two countries share, on the grid of the source, and nothing else: no names, no codes.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

TO = Path(__file__).parents[1] / "src/vallum/data/base/natural-earth-50m.npz"
PER_DEGREE = 10_000
Points = NDArray[np.float64]


def arcs_of(topology: dict[str, Any]) -> list[Points]:
    """Return the arcs in degrees (TopoJSON specification 1.0.0, section 2.1.3)."""
    scale, shift = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    return [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in topology["arcs"]]


def rings_of(geometry: dict[str, Any]) -> list[list[int]]:
    """Return the rings of a geometry as lists of arc numbers, whatever it is nested in."""
    if geometry["type"] == "GeometryCollection":
        return [ring for part in geometry["geometries"] for ring in rings_of(part)]
    if geometry["type"] == "Polygon":
        return list(geometry["arcs"])
    return [ring for polygon in geometry["arcs"] for ring in polygon]


def joined(arcs: list[Points], ring: list[int]) -> Points:
    """Return one ring as points; a number below zero is an arc run backwards."""
    parts = [arcs[one] if one >= 0 else arcs[~one][::-1] for one in ring]
    return np.vstack([parts[0], *(part[1:] for part in parts[1:])])


def packed(lines: list[Points]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return all points as differences on a grid, and how many points each line has."""
    whole = [np.round(line * PER_DEGREE).astype(np.int32) for line in lines]
    counts = np.array([len(line) for line in whole], dtype=np.int32)
    return np.diff(np.vstack(whole), axis=0, prepend=np.int32(0)).astype(np.int32), counts


def main(source: Path) -> None:
    """Read the TopoJSON and write the packaged file."""
    topology = json.loads(source.read_text(encoding="utf-8"))
    arcs = arcs_of(topology)
    land = [joined(arcs, ring) for ring in rings_of(topology["objects"]["land"])]
    countries = topology["objects"]["countries"]["geometries"]
    users: Counter[int] = Counter()
    for country in countries:
        if country.get("arcs"):
            used = {one if one >= 0 else ~one for ring in rings_of(country) for one in ring}
            users.update(used)
    borders = [arcs[number] for number, count in sorted(users.items()) if count > 1]
    rings, n_ring = packed(land)
    lines, n_line = packed(borders)
    TO.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        TO, per_degree=np.int32(PER_DEGREE), land=rings, land_counts=n_ring, borders=lines,
        border_counts=n_line,
    )  # fmt: skip
    print(f"{TO.name}: {len(land)} rings, {len(borders)} borders, {TO.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
