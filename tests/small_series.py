"""A SIMULATED series as files beside a straight border, small enough for tests."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyproj
import rasterio
import shapely
from rasterio.transform import from_origin
from shapely.geometry import box

from vallum.ground.records import Scene
from vallum.ground.when import When
from vallum.simulate.series import STEP_M, Series

EPSG = 32652
WEST, NORTH = 560_000.0, 4_700_000.0
BANDS = ("red", "green", "blue", "nir")


def line(path: Path, length_m: float) -> Path:
    """Write the border: due east on the grid, from the west end of the series."""
    east = np.linspace(WEST, WEST + length_m, 5)
    lon, lat = _to_degrees().transform(east, np.full(5, NORTH))
    shape = {"type": "LineString", "coordinates": np.column_stack([lon, lat]).tolist()}
    path.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": shape}))
    return path


def write(folder: Path, one: Series, *, every: int = 1, **more: object) -> list[Scene]:
    """Write one GeoTIFF a date, hidden pixels as no data, and return its scenes."""
    folder.mkdir(parents=True, exist_ok=True)
    scenes = []
    _, n_off, n_at = one.ndvi.shape
    north = NORTH + n_off * STEP_M / 2
    outline = box(WEST, north - n_off * STEP_M, WEST + n_at * STEP_M, north)
    to_degrees = _to_degrees().transform
    area = shapely.transform(outline, lambda xy: np.column_stack(to_degrees(*xy.T)))
    for day, ndvi, shown in [*zip(one.dates, one.ndvi, one.shown, strict=True)][::every]:
        red, nir = 3000 * (1 - ndvi), 3000 * (1 + ndvi)
        pixels = np.stack([red, red, red, nir]).clip(1, 65535).astype(np.uint16) * shown
        path = folder / f"s2_{day}.tif"
        profile = {
            "driver": "GTiff", "width": n_at, "height": n_off, "count": 4, "dtype": "uint16",
            "crs": f"EPSG:{EPSG}", "nodata": 0, "transform": from_origin(WEST, north, STEP_M, STEP_M),
        }  # fmt: skip
        with rasterio.open(path, "w", **profile) as target:
            target.write(pixels)
        told = {
            "sha256": f"{len(scenes):064x}", "name": path.name, "taken": When.on(day),
            "taken_from": "filename", "sensor": "SIMULATED", "gsd_m": STEP_M, "n_bands": 4,
            "footprint": area, "href": f"imagery/{path.name}", "bands": BANDS,
            "is_simulated": True,
        }  # fmt: skip
        scenes.append(Scene(**(told | more)))
    return scenes


def _to_degrees() -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(EPSG, 4326, always_xy=True)
