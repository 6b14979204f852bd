"""A placed picture laid north up, with a mask of what is drawn over the ground."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import rasterio
import rasterio.shutil
from affine import Affine
from numpy.typing import NDArray
from pyproj import Transformer

from vallum.ground.errors import BadImage
from vallum.ground.whole import replace_whole
from vallum.imagery import outline
from vallum.imagery.shots import place

Bools = NDArray[np.bool_]

_MOST_PX = 120_000_000
_MOST_STRETCH = 3.0  # beyond it the far side of a tilted picture is cut off
_STRIP = 0.035  # of the height: where credit and logo are written
_LOGO = (0.80, 0.90)  # right of and below: where the logo stands
_FLAT = 2  # grey values that neighbours of a bar of the window differ by, at most
_FLAT_SHARE = 0.6
_MOST_BAR = 0.3  # of a side
_RIM = 0.2  # around a marker, in sides: its white rim and what it smears
_LATTICE_PX = 16


def ground_shown(
    pixels: NDArray[np.uint8],
    hidden: Sequence[Sequence[float]],
    markers: Sequence[Sequence[float]],
) -> Bools:
    """Return (y, x): True where the picture shows ground, not bars, texts, logo or markers.

    Args:
        pixels: (y, x, 3).
        hidden: left, top, right, bottom of texts.
        markers: corners of markers, eight coordinates each.
    """
    height, width = pixels.shape[:2]
    shown = np.ones((height, width), np.uint8)
    top, bottom, left, right = bars(pixels)
    shown[:top], shown[height - bottom :] = 0, 0
    shown[:, :left], shown[:, width - right :] = 0, 0
    inner_height, inner_width = height - top - bottom, width - left - right
    strip = max(8, round(_STRIP * inner_height))
    shown[height - bottom - strip :] = 0
    logo_left, logo_top = (
        round(s * n) for s, n in zip(_LOGO, (inner_width, inner_height), strict=True)
    )
    shown[top + logo_top :, left + logo_left :] = 0
    for x0, y0, x1, y1 in hidden:
        grow = 0.35 * (y1 - y0) + 2
        a, b = max(0, math.floor(y0 - grow)), max(0, math.floor(x0 - grow))
        shown[a : math.ceil(y1 + grow) + 1, b : math.ceil(x1 + grow) + 1] = 0
    for corners in markers:
        quad = np.array(corners, dtype=np.float64).reshape(4, 2)
        middle = quad.mean(axis=0)
        around = middle + (quad - middle) * (1 + 2 * _RIM)
        cv2.fillConvexPoly(shown, np.rint(around).astype(np.int32), 0)
    return shown.astype(bool)


def bars(pixels: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Return the rows and columns at the top, bottom, left and right that are no picture.

    Bars of a window are drawn: most neighbouring pixels in them are equal. Ground is not.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY).astype(np.int16)
    flat = np.zeros(grey.shape, np.float32)
    flat[:, 1:] = np.abs(np.diff(grey, axis=1)) <= _FLAT
    flat[1:] *= np.abs(np.diff(grey, axis=0)) <= _FLAT
    width = grey.shape[1]
    # A list at the left must not hide the bar above it, nor the reverse: sides first.
    left, right = _run(flat.mean(axis=0)), _run(flat.mean(axis=0)[::-1])
    middle = flat[:, left : width - right]
    rows = middle.mean(axis=1)
    return _run(rows), _run(rows[::-1]), left, right


def _run(share: NDArray[np.float32]) -> int:
    """Return how many lines from the first on are a bar; 0 where that is most of the picture."""
    near = cv2.blur(share.reshape(-1, 1), (1, 9)).ravel()
    low = np.flatnonzero(near < _FLAT_SHARE)
    n = int(low[0]) if low.size else len(share)
    most = round(_MOST_BAR * len(share))
    # Water, snow and sky over the horizon are flat too, but seldom end in a straight line.
    if not 6 <= n <= most:
        return 0
    return n + 4


def write(
    pixels: NDArray[np.uint8],
    points: Sequence[Sequence[float]],
    model: str,
    hidden: Sequence[Sequence[float]],
    markers: Sequence[Sequence[float]],
    made: Path,
) -> dict[str, Any]:
    """Write the picture north up, in metres of its UTM zone; see `picture.straighten`."""
    height, width = pixels.shape[:2]
    known = [(float(c), float(r), float(x), float(y)) for c, r, x, y in points]
    chosen = model if model in {"similarity", "affine", "homography"} else None
    placing = place.fit(known, (width, height), model=chosen)  # type: ignore[arg-type]
    shown = ground_shown(pixels, hidden, markers) & _not_too_far(placing, (width, height))
    if not shown.any():
        raise BadImage("nothing of it shows ground; leave it out")
    epsg = utm(placing.lon, placing.lat)
    grid, shape = _grid(placing, shown, epsg)
    columns, rows = _sources(placing, grid, shape, epsg)
    laid = cv2.remap(pixels, columns, rows, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    usable = cv2.remap(shown.astype(np.float32), columns, rows, cv2.INTER_LINEAR) > 0.999
    laid[~usable] = 0
    _cog(laid[..., ::-1], usable, grid, epsg, made)
    with rasterio.open(made, driver="GTiff", sharing=False) as source:
        footprint = outline.outline(source)
    if footprint is None:
        raise BadImage("nothing of it shows ground; leave it out")
    return {"footprint": footprint.wkt, "gsd_m": placing.gsd_m, "epsg": epsg}


def utm(lon: float, lat: float) -> int:
    """Return the EPSG code of the UTM zone of a place."""
    zone = min(60, max(1, math.floor((lon + 180) / 6) + 1))
    return (32600 if lat >= 0 else 32700) + zone


def _not_too_far(placing: place.Placing, size: tuple[int, int]) -> Bools:
    """Return where a pixel shows no more than three times the ground that the finest one does."""
    columns, rows = np.meshgrid(np.arange(size[0], dtype=float), np.arange(size[1], dtype=float))
    depth = placing.matrix[2, 0] * columns + placing.matrix[2, 1] * rows + placing.matrix[2, 2]
    middle = float(depth[size[1] // 2, size[0] // 2])
    return np.asarray((depth / middle > 0) & (np.abs(middle / depth) < _MOST_STRETCH))


def _grid(placing: place.Placing, shown: Bools, epsg: int) -> tuple[Affine, tuple[int, int]]:
    """Return the north-up grid around what is shown, at the size of a pixel in the middle."""
    rows, columns = np.nonzero(shown[::8, ::8])
    lon, lat = placing.to_ground(columns * 8.0, rows * 8.0)
    x, y = Transformer.from_crs(4326, epsg, always_xy=True).transform(lon, lat)
    gsd = placing.gsd_m
    west, north = math.floor(np.min(x) / gsd - 8) * gsd, math.ceil(np.max(y) / gsd + 8) * gsd
    shape = (
        math.ceil((north - float(np.min(y))) / gsd) + 8,
        math.ceil((float(np.max(x)) - west) / gsd) + 8,
    )
    if shape[0] * shape[1] > _MOST_PX:
        raise BadImage(
            f"laid north up it would have {shape[0] * shape[1]:,} pixels; its points are wrong, or "
            "it is tilted towards the horizon"
        )
    return Affine(gsd, 0, west, 0, -gsd, north), shape


def _sources(
    placing: place.Placing, grid: Affine, shape: tuple[int, int], epsg: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return where each pixel of the grid lies in the picture; exact every 16 pixels."""
    rows, columns = (
        np.minimum(np.arange(0, n + _LATTICE_PX, _LATTICE_PX, dtype=np.float64), n + _LATTICE_PX)
        for n in shape
    )
    x, y = grid * tuple(np.meshgrid(columns + 0.5, rows + 0.5))
    lon, lat = Transformer.from_crs(epsg, 4326, always_xy=True).transform(x, y)
    column, row = placing.to_picture(np.asarray(lon), np.asarray(lat))
    between = [np.arange(n, dtype=np.float32) / _LATTICE_PX for n in shape]
    at = np.meshgrid(between[1], between[0])
    parts = [
        cv2.remap(part.astype(np.float32), at[0], at[1], cv2.INTER_LINEAR) for part in (column, row)
    ]
    return parts[0], parts[1]


def _cog(pixels: NDArray[np.uint8], usable: Bools, grid: Affine, epsg: int, made: Path) -> None:
    """Write pixels (y, x, 3) and their mask as a cloud-optimised GeoTIFF."""
    draft, part = made.with_suffix(".draft.tif"), made.with_suffix(".part.tif")
    height, width = usable.shape
    try:
        with (
            rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
            rasterio.open(
                draft, "w", driver="GTiff", width=width, height=height, count=3, dtype="uint8",
                crs=f"EPSG:{epsg}", transform=grid, tiled=True, blockxsize=512, blockysize=512,
                compress="zstd", zstd_level=1, predictor=2, photometric="rgb", sharing=False,
            ) as target,
        ):  # fmt: skip
            target.write(np.moveaxis(pixels, 2, 0))
            target.write_mask(usable)
        rasterio.shutil.copy(
            draft, part, driver="COG", BLOCKSIZE="512", COMPRESS="ZSTD", PREDICTOR="YES",
            OVERVIEW_RESAMPLING="AVERAGE",
        )  # fmt: skip
        replace_whole(part, made)
    finally:
        draft.unlink(missing_ok=True)
        part.unlink(missing_ok=True)
