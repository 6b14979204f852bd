"""Pixels of any image, laid onto a grid in metres.

There is one way in: the centres of the grid's pixels are expressed in pixel coordinates of the
source (exactly every 32 pixels, bilinearly in between), the block of the source that is needed is
read at the resolution that is needed, and `cv2.remap` fetches the values. Where the grid is the
source's own, moved, there is nothing to map: see `shifted`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
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
from vallum.imagery import jpegs, objects, ranged, shifted

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
_FRACTION = np.float32(shifted.FRACTION)
_SQUARE = 1e-6  # how far the sides of a square pixel may differ
_SCALE = 0.005  # of a transverse Mercator projection, over a zone and its neighbours' edges
_DRIFT_PX = 1 / 512  # between two grids that count as one, from end to end


def check_file(path: Path) -> None:
    """Refuse what is no file: GDAL takes `/vsicurl/https://...` for one, and would call there.

    Where images lie is a row of the ledger, and a project may come from somebody else. Of objects
    only those pass whose bucket this person's own environment names.

    Raises:
        BadImage: there is no such file on a disk, or the bucket is not trusted.
    """
    if objects.is_object(path):
        objects.trusted(objects.of_path(path))
    elif not path.is_file():
        raise BadImage(f"{path.name}: is not there; add the image again")


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Yield the image as a rasterio dataset: GeoTIFF only, no sidecars.

    Of the network only object storage that the person named is asked, and never by GDAL.

    Raises:
        BadImage: the file is gone or is no readable GeoTIFF.
    """
    check_file(path)
    with rasterio.Env(**SAFE), ExitStack() as held:
        try:
            source = held.enter_context(_opened(path))
        except RasterioError as error:
            is_there = objects.is_there(path)
            reason = f"cannot be opened ({error})" if is_there else "is not there"
            raise BadImage(f"{path.name}: {reason}; add the image again") from error
        try:
            yield source
        except RasterioError as error:
            reason = f"{path.name}: its pixels cannot be read ({_cause(error)})"
            raise BadImage(f"{reason}; fetch the file and add it again") from error


def _opened(path: Path) -> AbstractContextManager[Any]:
    if objects.is_object(path):
        return ranged.opened(path)
    source: AbstractContextManager[Any] = rasterio.open(path, driver="GTiff", sharing=False)
    return source


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
    source: Any,
    grid: GeoBox,
    *,
    dx_m: float = 0.0,
    dy_m: float = 0.0,
    wanted: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return what `read` returns, from a dataset that is open already.

    Where `wanted` `(y, x)` is False, pixels may be left out as if they were unusable.
    """
    bands, shape = data_bands(source), (int(grid.shape[0]), int(grid.shape[1]))
    to_source = _to_source(source, grid, dx_m, dy_m)
    shift = to_source.shift(shape)
    if shift is not None and source.dtypes[0] in shifted.TYPES:
        return shifted.read(source, bands, shift, shape, _usable_of(source, bands), wanted)
    pixels = np.zeros((len(bands), *shape), source.dtypes[0])
    valid = np.zeros(shape, bool)
    for row, column in product(range(0, shape[0], _TILE_PX), range(0, shape[1], _TILE_PX)):
        box = (row, column, min(shape[0], row + _TILE_PX), min(shape[1], column + _TILE_PX))
        if wanted is None or wanted[box[0] : box[2], box[1] : box[3]].any():
            _fill(source, bands, partial(_positions, to_source), box, pixels, valid)
    return pixels, valid


def whole_move(
    source: Any, grid: GeoBox, move_m: tuple[float, float]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return a move near the wanted one that needs no interpolation, and what it leaves.

    Args:
        source: an open dataset.
        grid: where it will be read.
        move_m: how far its content is to be moved, east and north.

    Returns:
        The move, metres; and (dx, dy) in pixels, each 0 to below 1: what belongs at (column, row)
        then lies at (column + dx, row + dy). The wanted move and 0 where the grid is no shift of
        the source.
    """
    shift = _to_source(source, grid, *move_m).shift((int(grid.shape[0]), int(grid.shape[1])))
    if shift is None or source.dtypes[0] not in shifted.TYPES:
        return move_m, (0.0, 0.0)
    down, across = shift.part
    size_m = grid.affine.a, grid.affine.e
    return (move_m[0] + across * size_m[0], move_m[1] + down * size_m[1]), (across, down)


def own_pixels(source: Any, epsg: int, gsd_m: float) -> Affine | None:
    """Return the pixels of an image that can serve as the grid itself, so that none is resampled.

    Args:
        source: an open dataset.
        epsg: projected CRS of the grid.
        gsd_m: wanted pixel size on the ground; that of a projection differs a little.

    Returns:
        From pixels to `epsg`; None where the image lies in another CRS, is not north up, or has
        pixels of another size.
    """
    a, b, _, d, e, _ = source.transform[:6]
    if source.crs is None or source.crs.to_epsg() != epsg or a <= 0:
        return None
    is_upright = b == d == 0 and abs(a + e) <= _SQUARE * a
    return source.transform if is_upright and abs(a / gsd_m - 1) < _SCALE else None


def _usable_of(
    source: Any, bands: list[int]
) -> Callable[[Window, NDArray[Any]], NDArray[np.bool_] | None]:
    """Return what tells which pixels of a window the source calls valid; None says all."""
    flags, values = source.mask_flag_enums, set(source.nodatavals)
    all_valid = all(MaskFlags.all_valid in each for each in flags)
    by_value = all(each == [MaskFlags.nodata] for each in flags) and len(bands) == source.count
    empty = _as_stored(values.pop(), source.dtypes[0]) if by_value and len(values) == 1 else None

    def usable(window: Window, block: NDArray[Any]) -> NDArray[np.bool_] | None:
        if all_valid:
            return None
        if empty is None:
            return valid_block(source, window, (window.height, window.width))
        # The pixels say it themselves: asking for the mask would decode them again.
        return np.asarray((block != empty).any(axis=0))

    return usable


def _as_stored(value: float, dtype: str) -> NDArray[Any] | None:
    """Return a no-data value in the type of the pixels; None where it is none of its values."""
    if np.dtype(dtype).kind not in "iu" or not float(value).is_integer():
        return None
    limits = np.iinfo(dtype)
    return np.array(value, dtype) if limits.min <= value <= limits.max else None


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

    def where_of(box: Box) -> _Places:
        top, left, bottom, right = box
        return _Places(nodes=where[:, top:bottom, left:right], shape=(bottom - top, right - left))

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

    def shift(self, shape: tuple[int, int]) -> shifted.Shift | None:
        """Return the mapping as a mere shift of a grid of this shape, if that is what it is."""
        if self._transformer is not None:
            return None
        a, b, across, d, e, down = (self._inverse * self._forward)[:6]
        drift = max(abs(a - 1), abs(b), abs(d), abs(e - 1)) * max(shape)
        if drift > _DRIFT_PX:
            return None
        half_down, half_across = shape[0] / 2, shape[1] / 2
        return shifted.Shift(
            down=down + d * half_across + (e - 1) * half_down,
            across=across + (a - 1) * half_across + b * half_down,
        )


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


@dataclass(frozen=True, kw_only=True, eq=False)
class _Places:
    """Where the pixels of a part of the grid lie in the source: a lattice, bilinear in between.

    Attributes:
        nodes: `(2, m, n)` columns and rows of the source, all finite.
        rows: `(y, m)` weights of the nodes; None where every pixel is its own node.
        columns: `(x, n)` weights; None likewise.
        shape: pixels, `(y, x)`.
    """

    nodes: NDArray[np.float64]
    shape: tuple[int, int]
    rows: NDArray[np.float32] | None = None
    columns: NDArray[np.float32] | None = None

    def every(self, offset: tuple[float, float], scale: tuple[float, float]) -> NDArray[np.float32]:
        """Return `(2, y, x)` places within a block of the source, in its own, larger pixels.

        Args:
            offset: column and row of the block in the source.
            scale: pixels of the block per pixel of the source, across and down.
        """
        by, start = np.array(scale)[:, None, None], np.array(offset)[:, None, None]
        at = ((self.nodes - start + 0.5) * by - 0.5).astype(np.float32)
        if self.rows is not None and self.columns is not None:
            at = self.rows @ at @ self.columns.T
        at *= _FRACTION
        np.rint(at, out=at)
        at /= _FRACTION
        return np.asarray(at)


def _fill(
    source: Any,
    bands: list[int],
    where_of: Callable[[Box], _Places],
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
    if step == 1:
        block = jpegs.read(source, bands, window)
    else:
        shape = (len(bands), rows, columns)
        block = source.read(bands, window=window, out_shape=shape, resampling=Resampling.average)
    usable = valid_block(source, window, (rows, columns))
    places = where.every(
        (window.col_off, window.row_off), (columns / window.width, rows / window.height)
    )
    here = (slice(top, bottom), slice(left, right))
    pixels[:, *here], valid[here] = _fetch(block, usable, places)


def _positions(to_source: _Mapping, box: Box) -> _Places:
    """Return where all pixels in `box` lie in the source."""
    top, left, bottom, right = box
    shape = (bottom - top, right - left)
    rows, row_weights = _lattice(top, bottom)
    columns, column_weights = _lattice(left, right)
    nodes = to_source(*np.meshgrid(columns, rows))
    if np.isfinite(nodes).all():
        return _Places(nodes=nodes, shape=shape, rows=row_weights, columns=column_weights)
    # The grid reaches past the edge of the source's projection: no short cut there.
    every = to_source(*np.meshgrid(np.arange(left, right), np.arange(top, bottom)))
    return _Places(nodes=np.where(np.isfinite(every).all(axis=0), every, -1e6), shape=shape)


def _lattice(start: int, stop: int) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Return nodes that enclose the pixels `start..stop-1`, and the weights `(pixel, node)`."""
    last = max(stop - 1, start + 1)
    nodes = np.linspace(start, last, math.ceil((last - start) / _LATTICE_PX) + 1)
    at = (np.arange(start, stop) - start) / (last - start) * (len(nodes) - 1)
    weights = np.maximum(0.0, 1.0 - np.abs(at[:, None] - np.arange(len(nodes))[None, :]))
    return nodes, weights.astype(np.float32)


def _block(source: Any, where: _Places) -> tuple[Window, int] | None:
    """Return the window of the source that is needed and by how much to decimate it, or None."""
    step = _decimation(where)
    sizes = np.array([source.width, source.height])
    reach = step + 1.0
    low, high = where.nodes.min(axis=(1, 2)), where.nodes.max(axis=(1, 2))
    if where.rows is not None:
        low, high = np.maximum(low, -reach), np.minimum(high, sizes - 1 + reach)
        if (low > high).any():
            return None
    elif (low < -reach).any() or (high > sizes - 1 + reach).any():
        # Only what reaches the image counts, so that a grid much larger than it costs nothing.
        every = where.nodes
        last_near = (sizes - 1 + reach)[:, None, None]
        near = ((every > -reach) & (every < last_near)).all(axis=0)
        if not near.any():
            return None
        low, high = every[:, near].min(axis=1), every[:, near].max(axis=1)
    low, high = low - step, high + step + 1
    first = [max(0, math.floor(value / step) * step) for value in low]
    last = [
        min(size, math.ceil(value / step) * step)
        for value, size in zip(high, sizes.tolist(), strict=True)
    ]
    if last[0] <= first[0] or last[1] <= first[1]:
        return None
    return Window(first[0], first[1], last[0] - first[0], last[1] - first[1]), step


def _decimation(where: _Places) -> int:
    """Return the largest power of two by which the source may be averaged for this grid."""
    nodes, (height, width) = where.nodes, where.shape
    steps = [
        np.hypot(*(nodes[:, :, -1] - nodes[:, :, 0]).mean(axis=1)) / max(1, width - 1),
        np.hypot(*(nodes[:, -1, :] - nodes[:, 0, :]).mean(axis=1)) / max(1, height - 1),
    ]
    known = [step for step in steps if step > 0]
    # A thousandth of slack: a grid of exactly twice the pixel size is twice as coarse.
    return 2 ** max(0, math.floor(math.log2(min(known) * 1.001))) if known else 1


def _fetch(
    block: NDArray[Any], usable: NDArray[np.bool_], places: NDArray[np.float32]
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Interpolate `block` at `places`; strict about what is usable."""
    x, y = places
    height, width = usable.shape
    inside = x.min() >= 0 and y.min() >= 0 and x.max() <= width - 1 and y.max() <= height - 1
    valid: NDArray[np.bool_] = np.ones(x.shape, bool)
    if not inside:
        valid = (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1)
    whole = bool(usable.all())
    if not whole:
        # In floating point no weight is too small to be noticed.
        spoilt = cv2.remap(
            (~usable).astype(np.float32), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        valid &= spoilt <= 0
    found = np.stack(
        [cv2.remap(band, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for band in block]
    )
    if inside and whole:
        return found, valid
    return np.where(valid, found, 0).astype(block.dtype), valid


def _cause(error: BaseException) -> str:
    """Return what GDAL itself said, which rasterio only links to."""
    return str(error.__cause__ or error).splitlines()[0][:200]
