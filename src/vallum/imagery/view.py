"""Pixels of any image, laid onto a grid in metres.

There is one way in: the centres of the grid's pixels are expressed in pixel coordinates of the
source (exactly every 32 pixels, bilinearly in between), the block of the source that is needed is
read at the resolution that is needed, and `cv2.remap` fetches the values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from pyproj import CRS, Transformer
from rasterio.enums import ColorInterp, MaskFlags, Resampling
from rasterio.errors import RasterioError
from rasterio.windows import Window

from vallum.ground.errors import BadImage

# No sidecar of an image is ever looked at: an .ovr, .msk or .aux.xml beside it could replace it.
SAFE = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_CACHEMAX": 64,
    "PROJ_NETWORK": "OFF",
}
_TILE_PX = 1024
_LATTICE_PX = 32
_BLOCK_PX = 48_000_000
_SIDE_PX = 30_000  # cv2.remap needs its source below 32,767 px on a side
_FRACTION = 256  # coordinates are rounded to 1/256 px, so that whole pixels stay whole


def check_file(path: Path) -> None:
    """Refuse what is no file: GDAL takes `/vsicurl/https://...` for one, and would call there.

    Where images lie is a row of the ledger, and a project may come from somebody else.

    Raises:
        BadImage: there is no such file on a disk.
    """
    if not path.is_file():
        raise BadImage(f"{path.name}: is not there; add the image again")


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Yield the image as a rasterio dataset: GeoTIFF only, no sidecars, no network.

    Raises:
        BadImage: the file is gone or is no readable GeoTIFF.
    """
    check_file(path)
    with rasterio.Env(**SAFE):
        try:
            source = rasterio.open(path, driver="GTiff", sharing=False)
        except RasterioError as error:
            reason = "is not there" if not path.exists() else f"cannot be opened ({error})"
            raise BadImage(f"{path.name}: {reason}; add the image again") from error
        with source:
            try:
                yield source
            except RasterioError as error:
                reason = f"{path.name}: its pixels cannot be read ({_cause(error)})"
                raise BadImage(f"{reason}; fetch the file and add it again") from error


def read(
    path: Path, grid: GeoBox, *, dx_m: float = 0.0, dy_m: float = 0.0
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return the image's pixels on `grid`, and which of them can be used.

    Bilinear; where the grid is at least twice as coarse as the source, the source is averaged
    first (from its overviews if it has them). Positions are right to 0.1 source pixel. Memory
    beyond the result is bounded, whatever the size of the source.

    Args:
        path: a GeoTIFF or COG in any CRS, north up or not.
        grid: where to put the pixels; a projected CRS in metres.
        dx_m: metres by which the content of the image is moved east.
        dy_m: metres by which the content of the image is moved north.

    Returns:
        Pixels `(band, y, x)` in the source's dtype without its alpha band, 0 where unusable; and
        a mask `(y, x)`, True where all source pixels that went into a pixel are valid.

    Raises:
        BadImage: the file is gone, has no place on Earth, or its pixels cannot be read.
    """
    with opened(path) as source:
        return read_from(source, grid, dx_m=dx_m, dy_m=dy_m)


def read_from(
    source: Any, grid: GeoBox, *, dx_m: float = 0.0, dy_m: float = 0.0
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return what `read` returns, from a dataset that is open already."""
    bands = data_bands(source)
    height, width = grid.shape
    pixels = np.zeros((len(bands), height, width), source.dtypes[0])
    valid = np.zeros((height, width), bool)
    where_of = partial(_positions, _to_source(source, grid, dx_m, dy_m))
    for row, column in product(range(0, height, _TILE_PX), range(0, width, _TILE_PX)):
        box = (row, column, min(height, row + _TILE_PX), min(width, column + _TILE_PX))
        _fill(source, bands, where_of, box, pixels, valid)
    return pixels, valid


def read_at(source: Any, where: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return what `read` returns, at places given in pixels of the source.

    Args:
        source: an open dataset.
        where: `(2, y, x)` columns and rows, 0 in the centre of the first pixel; all finite.
    """
    bands = data_bands(source)
    height, width = where.shape[1:]
    pixels = np.zeros((len(bands), height, width), source.dtypes[0])
    valid = np.zeros((height, width), bool)

    def where_of(box: Box) -> NDArray[np.float64]:
        top, left, bottom, right = box
        return where[:, top:bottom, left:right]

    _fill(source, bands, where_of, (0, 0, height, width), pixels, valid)
    return pixels, valid


def data_bands(source: Any) -> list[int]:
    """Return the numbers (from 1) of the bands that hold a picture, without any alpha band."""
    pairs = zip(source.indexes, source.colorinterp, strict=True)
    return [index for index, meaning in pairs if meaning != ColorInterp.alpha]


def valid_block(source: Any, window: Window, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which pixels of `window`, decimated to `shape`, the source itself calls valid.

    Its alpha band, internal mask or declared no-data value is honoured; a pixel is no data when
    all its bands are. Values of a 16-bit alpha count by their upper half.
    """
    if all(MaskFlags.all_valid in flags for flags in source.mask_flag_enums):
        return np.ones(shape, bool)
    how = Resampling.nearest if shape == (window.height, window.width) else Resampling.average
    mask = source.dataset_mask(window=window, out_shape=shape, resampling=how)
    usable: NDArray[np.bool_] = mask > 127
    return usable


class _Mapping:
    """Where a pixel of the grid lies in the source, in source pixels (centre of the first: 0)."""

    def __init__(self, forward: Affine, transformer: Transformer | None, inverse: Affine) -> None:
        self._forward, self._transformer, self._inverse = forward, transformer, inverse

    def __call__(self, columns: NDArray[Any], rows: NDArray[Any]) -> NDArray[np.float64]:
        """Return `(2, ...)` source columns and rows; not finite where there is no such place."""
        x, y = _applied(self._forward, columns + 0.5, rows + 0.5)
        if self._transformer is not None:
            x, y = self._transformer.transform(x, y)
        column, row = _applied(self._inverse, np.asarray(x), np.asarray(y))
        return np.stack([column - 0.5, row - 0.5])


def _applied(affine: Affine, x: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    a, b, c, d, e, f = affine[:6]
    return a * x + b * y + c, d * x + e * y + f


def _to_source(source: Any, grid: GeoBox, dx_m: float, dy_m: float) -> _Mapping:
    if source.crs is None or abs(source.transform.determinant) < 1e-20:
        raise BadImage(f"{Path(source.name).name}: has no place on Earth; georeference it first")
    ours, theirs = CRS.from_user_input(str(grid.crs)), CRS.from_wkt(source.crs.to_wkt())
    same = source.crs.to_epsg() is not None and source.crs.to_epsg() == grid.crs.epsg
    transformer = None if same else Transformer.from_crs(ours, theirs, always_xy=True)
    a, b, c, d, e, f = grid.affine[:6]
    forward = Affine(a, b, c - dx_m, d, e, f - dy_m)
    return _Mapping(forward, transformer, ~source.transform)


Box = tuple[int, int, int, int]


def _fill(
    source: Any,
    bands: list[int],
    where_of: Callable[[Box], NDArray[np.float64]],
    box: Box,
    pixels: NDArray[Any],
    valid: NDArray[np.bool_],
) -> None:
    """Fetch the part `box` (rows and columns of the grid) of the result."""
    top, left, bottom, right = box
    where = where_of(box)
    within = _block(source, where)
    if within is None:
        return
    window, step = within
    rows, columns = math.ceil(window.height / step), math.ceil(window.width / step)
    if (max(rows, columns) > _SIDE_PX or rows * columns > _BLOCK_PX) and bottom - top > 1:
        middle_row, middle = (top + bottom) // 2, (left + right + 1) // 2
        for rows_, columns_ in product(
            ((top, middle_row), (middle_row, bottom)), ((left, middle), (middle, right))
        ):
            if columns_[1] > columns_[0]:
                part = (rows_[0], columns_[0], rows_[1], columns_[1])
                _fill(source, bands, where_of, part, pixels, valid)
        return
    block = source.read(
        bands,
        window=window,
        out_shape=(len(bands), rows, columns),
        resampling=Resampling.nearest if step == 1 else Resampling.average,
    )
    usable = valid_block(source, window, (rows, columns))
    scale = np.array([columns / window.width, rows / window.height])[:, None, None]
    offset = np.array([window.col_off, window.row_off])[:, None, None]
    where = (where - offset + 0.5) * scale - 0.5
    here = (slice(top, bottom), slice(left, right))
    pixels[:, *here], valid[here] = _fetch(block, usable, where)


def _positions(to_source: _Mapping, box: Box) -> NDArray[np.float64]:
    """Return source columns and rows `(2, y, x)` of all pixels in `box`."""
    top, left, bottom, right = box
    rows, row_weights = _lattice(top, bottom)
    columns, column_weights = _lattice(left, right)
    nodes = to_source(*np.meshgrid(columns, rows))
    if np.isfinite(nodes).all():
        positions: NDArray[np.float64] = row_weights @ nodes @ column_weights.T
        return positions
    # The grid reaches past the edge of the source's projection: no short cut there.
    every = to_source(*np.meshgrid(np.arange(left, right), np.arange(top, bottom)))
    return np.where(np.isfinite(every).all(axis=0), every, -1e6)


def _lattice(start: int, stop: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return nodes that enclose the pixels `start..stop-1`, and the weights `(pixel, node)`."""
    last = max(stop - 1, start + 1)
    nodes = np.linspace(start, last, math.ceil((last - start) / _LATTICE_PX) + 1)
    at = (np.arange(start, stop) - start) / (last - start) * (len(nodes) - 1)
    return nodes, np.maximum(0.0, 1.0 - np.abs(at[:, None] - np.arange(len(nodes))[None, :]))


def _block(source: Any, where: NDArray[np.float64]) -> tuple[Window, int] | None:
    """Return the window of the source that is needed and by how much to decimate it, or None."""
    step = _decimation(where)
    sizes = np.array([source.width, source.height])
    reach = step + 1.0
    low, high = where.min(axis=(1, 2)), where.max(axis=(1, 2))
    if (low < -reach).any() or (high > sizes - 1 + reach).any():
        # Only what reaches the image counts, so that a grid much larger than it costs nothing.
        last_near = (sizes - 1 + reach)[:, None, None]
        near = ((where > -reach) & (where < last_near)).all(axis=0)
        if not near.any():
            return None
        low, high = where[:, near].min(axis=1), where[:, near].max(axis=1)
    low, high = low - step, high + step + 1
    first = [max(0, math.floor(value / step) * step) for value in low]
    last = [
        min(size, math.ceil(value / step) * step)
        for value, size in zip(high, sizes.tolist(), strict=True)
    ]
    if last[0] <= first[0] or last[1] <= first[1]:
        return None
    return Window(first[0], first[1], last[0] - first[0], last[1] - first[1]), step


def _decimation(where: NDArray[np.float64]) -> int:
    """Return the largest power of two by which the source may be averaged for this grid."""
    steps = [
        np.hypot(*(where[:, :, -1] - where[:, :, 0]).mean(axis=1)) / max(1, where.shape[2] - 1),
        np.hypot(*(where[:, -1, :] - where[:, 0, :]).mean(axis=1)) / max(1, where.shape[1] - 1),
    ]
    known = [step for step in steps if step > 0]
    # A thousandth of slack: a grid of exactly twice the pixel size is twice as coarse.
    return 2 ** max(0, math.floor(math.log2(min(known) * 1.001))) if known else 1


def _fetch(
    block: NDArray[Any], usable: NDArray[np.bool_], where: NDArray[np.float64]
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Interpolate `block` at the positions `where`; strict about what is usable."""
    where = np.round(where * _FRACTION) / _FRACTION
    x, y = where.astype(np.float32)
    height, width = usable.shape
    valid: NDArray[np.bool_] = (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1)
    if not usable.all():
        # In floating point no weight is too small to be noticed.
        spoilt = cv2.remap(
            (~usable).astype(np.float32), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        valid &= spoilt <= 0
    bands = [
        cv2.remap(band, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for band in block
    ]
    return np.where(valid, np.stack(bands), 0).astype(block.dtype), valid


def _cause(error: BaseException) -> str:
    """Return what GDAL itself said, which rasterio only links to."""
    return str(error.__cause__ or error).splitlines()[0][:200]
