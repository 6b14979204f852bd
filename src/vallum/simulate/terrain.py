"""SIMULATED maps along a frontier: heights, water, land cover and settlements, known exactly.

Every stretch has one slope, one width of river, one cover and one share of built-up land, so that
what `imagery.land` reads of it can be told right from wrong.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.transform import from_origin

from vallum.ground.geodesy import utm_epsg
from vallum.simulate.chance import generator

if TYPE_CHECKING:
    from vallum.frontier import Frontier
    from vallum.ground.span import Span

_AROUND_M = 1700.0


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A stretch of invented land.

    Attributes:
        span: metres of frontier.
        slope_deg: of the land, rising away from the line on both sides.
        river_m: width of the water on the line; 0 for none.
        cover: class of ESA WorldCover.
        settled: share of built-up land.
    """

    span: Span
    slope_deg: float = 0.0
    river_m: float = 0.0
    cover: int = 40
    settled: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Written:
    """Where the maps are."""

    dem: Path
    water: Path
    land_cover: Path
    settlements: Path


def write(
    frontier: Frontier,
    stretches: Sequence[Stretch],
    folder: Path,
    *,
    seed: int = 1,
    pixel_m: float = 20.0,
    base_m: float = 300.0,
    noise_m: float = 0.0,
) -> Written:
    """Write the four maps as GeoTIFFs of one grid, and return their paths.

    Args:
        frontier: a line; where it bends the slope is that of the nearest place on it.
        stretches: of it, in order; the land between them is like the nearest.
        folder: where to write; made if missing.
        seed: of the places that are built up, and of noise.
        pixel_m: size of a pixel.
        base_m: height on the line.
        noise_m: standard deviation of errors of the heights.
    """
    folder.mkdir(parents=True, exist_ok=True)
    first, last = stretches[0].span.start_m, stretches[-1].span.end_m
    lon, lat = frontier.points_at(np.linspace(first, last, 200))
    epsg = utm_epsg(float(lon[100]), float(lat[100]))
    there = Transformer.from_crs(4326, epsg, always_xy=True)
    x, y = there.transform(lon, lat)
    west, north = min(x) - _AROUND_M, max(y) + _AROUND_M
    n_columns = math.ceil((max(x) + _AROUND_M - west) / pixel_m)
    n_rows = math.ceil((north - min(y) + _AROUND_M) / pixel_m)
    east, south = np.meshgrid(
        west + (np.arange(n_columns) + 0.5) * pixel_m, north - (np.arange(n_rows) + 0.5) * pixel_m
    )
    at, off = frontier.locate_many(*there.transform(east, south, direction="INVERSE"))
    edges = np.array([one.span.end_m for one in stretches[:-1]])
    which = np.searchsorted(edges, at, side="right")

    def per(name: str) -> NDArray[np.float64]:
        return np.array([float(getattr(one, name)) for one in stretches])[which]

    rng = generator(seed, "terrain")
    away = np.abs(off)
    height = base_m + away * np.tan(np.radians(per("slope_deg")))
    height += rng.normal(0, noise_m, away.shape) if noise_m else 0.0
    water = (away <= per("river_m") / 2) & (per("river_m") > 0)
    built = rng.random(away.shape) < per("settled")
    layers: dict[str, NDArray[Any]] = {
        "dem": height.astype(np.float32),
        "water": water.astype(np.uint8),
        "land_cover": np.where(water, 80, per("cover")).astype(np.uint8),
        "settlements": built.astype(np.uint8),
    }
    paths = {}
    for name, values in layers.items():
        paths[name] = folder / f"simulated-{name.replace('_', '-')}.tif"
        with rasterio.open(
            paths[name], "w", driver="GTiff", width=n_columns, height=n_rows, count=1,
            dtype=values.dtype, crs=f"EPSG:{epsg}", compress="deflate", tiled=True,
            transform=from_origin(west, north, pixel_m, pixel_m),
        ) as file:  # fmt: skip
            file.write(values, 1)
            file.update_tags(SIMULATED="YES")
    return Written(**paths)
