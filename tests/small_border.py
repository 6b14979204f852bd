"""A border of one kilometre with two dates and known changes, small enough for every test."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pyproj
import rasterio
from rasterio.transform import from_origin

EPSG = 32652
GSD_M = 0.5
_WEST, _NORTH = 560_000.0, 4_700_000.0
_MARGIN_M = 150.0
LENGTH_M = 1000.0


@dataclass(frozen=True)
class Small:
    """Where the files are, and what was built."""

    line: Path
    images: Path
    fence_off_m: float = 25.0
    fence_from_m: float = 200.0
    fence_to_m: float = 800.0


def make(folder: Path, *, shift_px: tuple[float, float] = (2.0, -1.5), seed: int = 0) -> Small:
    """Write a line and two images: a fence of 600 m stands 25 m right of it in the later one."""
    small = Small(line=folder / "line.geojson", images=folder / "images")
    small.images.mkdir(parents=True)
    small.line.write_text(json.dumps(_line()))
    ground = _ground(seed)
    rng = np.random.default_rng(seed + 1)
    write(small.images / "scene_2019-05-01.tif", _noisy(ground, rng))
    after = ground.copy()
    _fence(after, small)
    after = after * 0.9 + 12
    move = np.float32([[1, 0, shift_px[0]], [0, 1, shift_px[1]]])
    after = cv2.warpAffine(
        after, move, after.shape[1::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    write(small.images / "scene_2022-05-10.tif", _noisy(after, rng))
    return small


def write(
    path: Path, pixels: np.ndarray, *, west: float = _WEST, epsg: int | None = EPSG, **more: object
) -> None:
    """Write (y, x) or (band, y, x) uint8 as a plain GeoTIFF without any date inside."""
    bands = np.stack([pixels * share for share in (1.0, 0.93, 0.8)]) if pixels.ndim == 2 else pixels
    bands = np.clip(bands, 1, 255).astype(np.uint8) if bands.dtype != np.uint16 else bands
    profile = {
        "driver": "GTiff",
        "width": bands.shape[2],
        "height": bands.shape[1],
        "count": bands.shape[0],
        "dtype": bands.dtype,
        "compress": "deflate",
        "transform": from_origin(west - _MARGIN_M, _NORTH + _MARGIN_M, GSD_M, GSD_M),
    }
    if epsg is not None:
        profile["crs"] = f"EPSG:{epsg}"
    with rasterio.open(path, "w", **(profile | more)) as target:
        target.write(bands)


def _line() -> dict[str, object]:
    east = np.array([_WEST, _WEST + LENGTH_M / 2, _WEST + LENGTH_M])
    lon, lat = pyproj.Transformer.from_crs(EPSG, 4326, always_xy=True).transform(
        east, np.full(3, _NORTH)
    )
    return {
        "type": "Feature",
        "properties": {
            "name": "small",
            "source": "made by the tests",
            "licence": "none",
            "tolerance_m": 1,
        },
        "geometry": {
            "type": "LineString",
            "coordinates": [[x, y] for x, y in zip(lon, lat, strict=True)],
        },
    }


def _ground(seed: int) -> np.ndarray:
    """Return (y, x) float32 brightness: hills, fields and grain."""
    rng = np.random.default_rng(seed)
    height, width = round(2 * _MARGIN_M / GSD_M), round((LENGTH_M + 2 * _MARGIN_M) / GSD_M)
    ground = np.full((height, width), 110.0, dtype=np.float32)
    for size, amount in ((4, 7), (12, 9), (40, 14), (150, 16)):
        grain = rng.standard_normal((height // size + 3, width // size + 3)).astype(np.float32)
        ground += amount * cv2.resize(grain, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(60):
        x, y = rng.integers(0, width), rng.integers(0, height)
        size = rng.integers(6, 18)
        ground[y : y + size, x : x + size] += rng.uniform(-50, 50)
    return ground


def _noisy(ground: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return cv2.GaussianBlur(ground, (0, 0), 0.6) + rng.normal(0, 2.0, ground.shape).astype(
        np.float32
    )


def _fence(ground: np.ndarray, small: Small) -> None:
    """Draw a bright line right (south) of the frontier, which runs from west to east."""
    row = round((_MARGIN_M + small.fence_off_m) / GSD_M)
    left, right = (round((_MARGIN_M + at) / GSD_M) for at in (small.fence_from_m, small.fence_to_m))
    ground[row : row + 2, left:right] += 45
    ground[row + 2 : row + 4, left:right] -= 30
