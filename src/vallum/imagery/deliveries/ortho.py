"""Images that come without a map (level 1B, Primary, Basic) are laid on the ground here.

Such a product has a camera model of rational polynomials (RPC: NGA STDI-0002, appendix E): where a
point of known longitude, latitude and height lies in the image. With a height model every pixel
gets its own height. Without one all of them get the same, hills shift what stands on them by
height x tan(viewing angle), and the result is for looking only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from rasterio.rpc import RPC
from rasterio.transform import RPCTransformer
from rasterio.windows import Window, from_bounds
from scipy import ndimage

from vallum.ground.errors import BadImage
from vallum.imagery import intake, rewrite, view

_LATTICE_PX = 16
_HEIGHTS_PX = 6_000
_LEAST_SHARE = 0.98


@dataclass(frozen=True, kw_only=True, eq=False)
class Heights:
    """A height model around an image, or one height for all of it."""

    level_m: float
    pixels: NDArray[np.float32] | None = None
    to_pixels: Affine | None = None
    to_model: Transformer | None = None
    note: str = ""

    def at(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return heights at places, bilinear."""
        if self.pixels is None or self.to_pixels is None or self.to_model is None:
            return np.full(lon.shape, self.level_m)
        x, y = self.to_model.transform(lon, lat)
        column, row = self.to_pixels * (np.asarray(x), np.asarray(y))
        where = np.stack([row - 0.5, column - 0.5])
        found = ndimage.map_coordinates(self.pixels, where, order=1, mode="nearest")
        return np.asarray(found, np.float64)


def lay(name: str, source: Any, rpc: Mapping[str, Any] | None, dem: Path | None, made: Path) -> str:
    """Write an image that is not map-projected onto a north-up grid in metres.

    Bilinear, tile by tile; memory does not grow with the image.

    Args:
        name: what to call it in messages.
        source: the open dataset.
        rpc: its camera model as `rasterio.rpc.RPC` takes it; None for the model inside the file.
        dem: height model, a GeoTIFF; None if there is none.
        made: the new file, with a mask.

    Returns:
        What a person should know.

    Raises:
        BadImage: there is no camera model, or the height model cannot be used.
    """
    model = RPC(**rpc) if rpc is not None else source.rpcs
    if model is None:
        raise BadImage(
            f"{name}: is not map-projected, and its camera model (.RPB, RPC) is not here; fetch "
            "the whole delivery, or order it map-projected"
        )
    with RPCTransformer(model) as camera:
        corners = _ground(camera, source, model.height_off)
        heights = _heights(dem, corners, model)
        corners = _ground(camera, source, float(np.median(heights.at(*corners))))
        crs, transform, shape = _grid(source, corners)
        if max(shape) > intake.SIDE_PX:
            raise BadImage(
                f"{name}: its camera model gives no sensible size; order it map-projected"
            )
        _warp(camera, source, heights, (crs, transform, shape), made)
    return heights.note


def _ground(camera: Any, source: Any, height_m: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return where points around the rim of the image lie, in degrees, at one height."""
    share = np.linspace(0, 1, 9)
    rows = np.concatenate([share * 0, share * 0 + 1, share, share]) * source.height
    columns = np.concatenate([share, share, share * 0, share * 0 + 1]) * source.width
    lon, lat = camera.xy(rows, columns, zs=np.full(rows.size, height_m), offset="ul")
    return np.asarray(lon, np.float64), np.asarray(lat, np.float64)


def _heights(dem: Path | None, corners: tuple[NDArray[Any], NDArray[Any]], model: RPC) -> Heights:
    if dem is None:
        return Heights(level_m=float(model.height_off))
    if not intake.is_tiff(intake.start_of(dem)):
        raise BadImage(f"{dem.name}: is no GeoTIFF; convert the height model with gdal_translate")
    with rasterio.open(dem, driver="GTiff", sharing=False) as source:
        if source.crs is None or source.transform.is_identity:
            raise BadImage(f"{dem.name}: has no georeference; give another height model")
        crs = CRS.from_wkt(source.crs.to_wkt())
        to_model = Transformer.from_crs(4326, crs, always_xy=True)
        x, y = (np.asarray(part) for part in to_model.transform(*corners))
        margin = max(np.ptp(x), np.ptp(y)) * 0.05 + 4 * abs(source.transform.a)
        window = from_bounds(
            x.min() - margin, y.min() - margin, x.max() + margin, y.max() + margin,
            source.transform,
        )  # fmt: skip
        inside = _inside(window, source)
        core = from_bounds(x.min(), y.min(), x.max(), y.max(), source.transform)
        covered = _inside(core, source)
        share = _area(covered) / _area(core) if covered else 0.0
        if inside is None or share < _LEAST_SHARE:
            raise BadImage(
                f"{dem.name}: covers {share:.0%} of the image; give a height model of all of it"
            )
        every = max(1.0, max(inside.width, inside.height) / _HEIGHTS_PX)
        out = (math.ceil(inside.height / every), math.ceil(inside.width / every))
        found = source.read(1, window=inside, out_shape=out, masked=True).astype(np.float32)
        corner = source.window_transform(inside) * Affine.scale(
            inside.width / out[1], inside.height / out[0]
        )
    values = np.ma.filled(found, np.nan)
    values[~np.isfinite(values) | (values < -500) | (values > 9000)] = np.nan
    holes = float(np.isnan(values).mean())
    if holes > 1 - _LEAST_SHARE:
        raise BadImage(f"{dem.name}: has no heights on {holes:.0%} of the image; give another one")
    level = float(np.nanmedian(values))
    values[np.isnan(values)] = level
    return Heights(
        level_m=level,
        pixels=values,
        to_pixels=~corner,
        to_model=to_model,
        note=f"laid on the ground by its camera model and {dem.name}, whose heights are taken as "
        "they are: heights above the sea instead of the ellipsoid shift it evenly",
    )


def _inside(window: Window, source: Any) -> Window | None:
    left, top = max(0, math.floor(window.col_off)), max(0, math.floor(window.row_off))
    right = min(source.width, math.ceil(window.col_off + window.width))
    bottom = min(source.height, math.ceil(window.row_off + window.height))
    return Window(left, top, right - left, bottom - top) if right > left and bottom > top else None


def _area(window: Window) -> float:
    return float(window.width * window.height)


def _grid(
    source: Any, corners: tuple[NDArray[Any], NDArray[Any]]
) -> tuple[CRS, Affine, tuple[int, int]]:
    """Return a UTM grid that covers the image with pixels as small as its own."""
    lon, lat = (float(part.mean()) for part in corners)
    zone = int((lon + 180) // 6) % 60 + 1
    crs = CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)
    x, y = (
        np.asarray(p) for p in Transformer.from_crs(4326, crs, always_xy=True).transform(*corners)
    )
    # The rim runs along the upper, lower, left and right edge, nine points each.
    lengths = [
        np.hypot(np.diff(x[i : i + 9]), np.diff(y[i : i + 9])).sum() for i in range(0, 36, 9)
    ]
    size = min(min(lengths[:2]) / source.width, min(lengths[2:]) / source.height)
    if not (math.isfinite(size) and 0.05 <= size <= 1000):
        raise BadImage("its camera model gives no sensible size of a pixel; order it map-projected")
    size = float(f"{size:.2g}")
    west, north = math.floor(x.min() / size) * size, math.ceil(y.max() / size) * size
    shape = (math.ceil((north - y.min()) / size), math.ceil((x.max() - west) / size))
    return crs, Affine(size, 0, west, 0, -size, north), shape


def _warp(
    camera: Any,
    source: Any,
    heights: Heights,
    grid: tuple[CRS, Affine, tuple[int, int]],
    made: Path,
) -> None:
    crs, transform, shape = grid
    to_degrees = Transformer.from_crs(crs, 4326, always_xy=True)
    bands = view.data_bands(source)
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        rewrite.created(made, source, len(bands), transform, shape, crs.to_wkt()) as target,
    ):
        for window in rewrite.windows(*shape):
            where = _positions(camera, heights, to_degrees, transform, window)
            pixels, valid = view.read_at(source, where)
            if view.valid_block(source, Window(0, 0, 1, 1), (1, 1)).all() and source.nodata is None:
                valid &= pixels.any(axis=0)
            target.write(pixels, window=window)
            target.write_mask(valid, window=window)


def _positions(
    camera: Any, heights: Heights, to_degrees: Transformer, transform: Affine, window: Window
) -> NDArray[np.float64]:
    """Return where the pixels of a window lie in the image, exact every 16 pixels."""
    rows = np.arange(0, window.height + _LATTICE_PX, _LATTICE_PX)
    columns = np.arange(0, window.width + _LATTICE_PX, _LATTICE_PX)
    across, down = np.meshgrid(columns + window.col_off + 0.5, rows + window.row_off + 0.5)
    x, y = transform * (across.ravel(), down.ravel())
    lon, lat = (np.asarray(part) for part in to_degrees.transform(x, y))
    seen = camera.rowcol(lon, lat, zs=heights.at(lon, lat), op=lambda value: value)
    # The model counts from the corner of the first pixel, `view.read_at` from its middle.
    found = np.stack([np.asarray(seen[1]), np.asarray(seen[0])]) - 0.5
    found = np.nan_to_num(found, nan=-1e6, posinf=-1e6, neginf=-1e6).clip(-1e6, 1e7)
    lattice = found.reshape(2, rows.size, columns.size)
    by_row, by_column = _weights(window.height, rows.size), _weights(window.width, columns.size)
    return np.stack([by_row @ part @ by_column.T for part in lattice])


def _weights(n_px: int, n_nodes: int) -> NDArray[np.float64]:
    """Return the matrix that takes values every 16 pixels to every pixel, linearly."""
    at = np.arange(n_px) / _LATTICE_PX
    node = np.floor(at).astype(int)
    found = np.zeros((n_px, n_nodes))
    found[np.arange(n_px), node] = 1 - (at - node)
    found[np.arange(n_px), node + 1] += at - node
    return found
