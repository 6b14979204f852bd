"""Putting an image right before its working copy is written; runs in the limited process.

Three things are put right: black borders and a transparency band that the file does not declare
(they become a mask), and images that are rotated or lie south up (they are laid north up).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.windows import Window

from vallum.imagery import view

MADE = "vallum-"  # an error that names such a file is about what we write, not what we read
_STEP_PX = 2048
_CELLS = 2048
_EDGE_SHARE = 0.01
_REGION_SHARE = 0.0005
NOTES = {
    "border": "black border without declared no-data value: taken as no data",
    "alpha": "last band holds only 0 and 255: taken as transparency, not as a picture",
    "rotated": "rotated: resampled to north up",
    "south up": "south up: turned",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Faults:
    """What is wrong with an image.

    Attributes:
        has_alpha: the last band is a transparency that the file does not declare.
        border: cells of a black border; all True where only the edges were looked at.
        turn: "rotated", "south up" or nothing.
    """

    has_alpha: bool
    border: NDArray[np.bool_] | None
    turn: str

    @property
    def note(self) -> str:
        """The faults in words; empty when there are none."""
        return "; ".join(NOTES[name] for name in self.found)

    @property
    def found(self) -> tuple[str, ...]:
        """The names of the faults, as in `NOTES`."""
        border = ["border"] * (self.border is not None)
        return tuple(name for name in ["alpha"] * self.has_alpha + border + [self.turn] if name)


def faults(source: Any, *, only_edges: bool = False) -> Faults:
    """Return what is wrong with an image.

    Args:
        source: an open dataset.
        only_edges: suspect a black border from the outermost pixels alone; otherwise the whole
            image is read if they are black.
    """
    has_alpha, border = _looks_like_alpha(source), None
    if not has_alpha and _edges_are_black(source):
        border = np.ones((1, 1), bool) if only_edges else _black_border(source)
    a, b, _, d, e, _ = source.transform[:6]
    turn = "rotated" if b or d else "south up" if a < 0 or e > 0 else ""
    return Faults(has_alpha=has_alpha, border=border, turn=turn)


def put_right(source: Any, faults: Faults, work: Path) -> Path | None:
    """Write the image with its faults put right, as a plain tiled GeoTIFF in `work`.

    Args:
        source: an open dataset.
        faults: as `faults` returned them, of the whole image.
        work: folder for intermediate files.

    Returns:
        The new file, or None when nothing is wrong.
    """
    ready: Path | None = None
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        if faults.has_alpha or faults.border is not None:
            ready = _with_mask(source, faults, work / f"{MADE}masked.tif")
        if not faults.turn:
            return ready
        if ready is None:
            return _upright(source, work / f"{MADE}upright.tif")
        with rasterio.open(ready, driver="GTiff", sharing=False) as masked:
            return _upright(masked, work / f"{MADE}upright.tif")


def _with_mask(source: Any, faults: Faults, made: Path) -> Path:
    """Write the image with a mask in place of its alpha band or black border."""
    bands = source.indexes[: -1 if faults.has_alpha else None]
    with created(made, source, len(bands), source.transform, source.shape) as target:
        for window in windows(*source.shape):
            pixels = source.read(bands, window=window)
            target.write(pixels, window=window)
            target.write_mask(is_shown(source, faults, window, pixels), window=window)
    return made


def is_shown(
    source: Any, faults: Faults, window: Window, pixels: NDArray[Any]
) -> NDArray[np.bool_]:
    """Return which pixels of a window an undeclared transparency or black border leaves.

    Args:
        source: an open dataset.
        faults: as `faults` returned them, of the whole image.
        window: where `pixels` lie.
        pixels: (band, y, x), without an undeclared transparency.
    """
    if faults.has_alpha:
        usable = source.read(source.count, window=window) > 0
        return np.asarray(usable & (pixels.any(axis=0) | (source.nodata != 0)))
    if faults.border is None:
        return np.ones(pixels.shape[1:], bool)
    return np.asarray(pixels.any(axis=0) | ~_of_cells(faults.border, source.shape, window))


def _upright(source: Any, made: Path) -> Path:
    """Write the image north up, in its own coordinate reference system."""
    grid = upright_grid(source)
    bands = view.data_bands(source)
    with created(made, source, len(bands), grid.affine, grid.shape) as target:
        for window in windows(*grid.shape):
            row, column = window.row_off, window.col_off
            part = grid[row : row + window.height, column : column + window.width]
            pixels, usable = view.read_from(source, part)
            target.write(pixels, window=window)
            target.write_mask(usable, window=window)
    return made


def upright_grid(source: Any) -> GeoBox:
    """Return the north-up grid that covers an image without making its pixels coarser."""
    a, b, c, d, e, f = source.transform[:6]
    height, width = source.shape
    x = np.array([c, c + a * width, c + b * height, c + a * width + b * height])
    y = np.array([f, f + d * width, f + e * height, f + d * width + e * height])
    if b or d:
        across = down = min(math.hypot(a, d), math.hypot(b, e))
        shape = (math.ceil(np.ptp(y) / down - 1e-6), math.ceil(np.ptp(x) / across - 1e-6))
    else:
        across, down, shape = abs(a), abs(e), (height, width)
    return GeoBox(shape, Affine(across, 0, x.min(), 0, -down, y.max()), source.crs.to_wkt())


def created(
    made: Path, source: Any, count: int, transform: Affine, shape: Any, crs: Any = None
) -> Any:
    """Return a new tiled GeoTIFF open for writing, with the pixel type and CRS of `source`.

    Args:
        made: the file.
        source: an open dataset.
        count: bands.
        transform: `Affine` of the new file.
        shape: rows and columns.
        crs: coordinate reference system, where it is another than that of `source`.
    """
    return rasterio.open(
        made,
        "w",
        driver="GTiff",
        height=shape[0],
        width=shape[1],
        count=count,
        dtype=source.dtypes[0],
        crs=crs or source.crs,
        transform=transform,
        tiled=True,
        blockxsize=512,
        blockysize=512,
        compress="zstd",
        zstd_level=1,
        predictor=2,
        BIGTIFF="IF_SAFER",
        photometric="minisblack",
        sharing=False,
    )


def windows(height: int, width: int) -> Iterator[Window]:
    """Yield windows of at most 2,048 pixels on a side that cover an image."""
    for row in range(0, height, _STEP_PX):
        for column in range(0, width, _STEP_PX):
            yield Window(column, row, min(_STEP_PX, width - column), min(_STEP_PX, height - row))


def _looks_like_alpha(source: Any) -> bool:
    """Say whether the last band is a transparency that the file does not declare."""
    meanings = set(source.colorinterp[-1:]) & {ColorInterp.undefined, ColorInterp.gray}
    if source.count not in {2, 4} or source.dtypes[0] != "uint8" or not meanings:
        return False
    found: set[int] = set()
    size = 64
    for share_row in (0.02, 0.25, 0.5, 0.75, 0.98):
        for share_column in (0.02, 0.25, 0.5, 0.75, 0.98):
            window = Window(
                int(share_column * max(0, source.width - size)),
                int(share_row * max(0, source.height - size)),
                min(size, source.width),
                min(size, source.height),
            )
            found |= set(np.unique(source.read(source.count, window=window)).tolist())
            if not found <= {0, 255}:
                return False
    return 255 in found


def _is_undeclared(source: Any) -> bool:
    return all(MaskFlags.all_valid in flags for flags in source.mask_flag_enums)


def _edges_are_black(source: Any) -> bool:
    """Say whether a good part of the outermost pixels is 0 in all bands, undeclared."""
    if not _is_undeclared(source):
        return False
    height, width = source.shape
    rim = (
        Window(0, 0, width, 1),
        Window(0, height - 1, width, 1),
        Window(0, 0, 1, height),
        Window(width - 1, 0, 1, height),
    )
    edges = np.concatenate([~source.read(window=w).any(axis=0).ravel() for w in rim])
    return bool(edges.mean() > _EDGE_SHARE)


def _black_border(source: Any) -> NDArray[np.bool_] | None:
    """Return cells (at most 2048 on a side) of black areas that touch the edge; None if small.

    The cells are grown by one, so that the ragged rim of the area is inside too.
    """
    from scipy import ndimage

    height, width = source.shape
    size = math.ceil(max(height, width) / _CELLS)
    black = np.ones((math.ceil(height / size), math.ceil(width / size)), bool)
    for window in windows(height, width):
        part = ~source.read(window=window).any(axis=0)
        rows = (window.row_off + np.arange(part.shape[0])) // size
        columns = (window.col_off + np.arange(part.shape[1])) // size
        by_row = np.logical_and.reduceat(part, _starts(rows), axis=0)
        by_cell = np.logical_and.reduceat(by_row, _starts(columns), axis=1)
        black[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] &= by_cell
    labels, n_areas = ndimage.label(black)
    rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    areas = np.bincount(labels.ravel(), minlength=n_areas + 1)
    large = max(16, _REGION_SHARE * black.size)
    keep = [label for label in np.unique(rim) if label and areas[label] >= large]
    if not keep:
        return None
    grown: NDArray[np.bool_] = ndimage.binary_dilation(np.isin(labels, keep), np.ones((3, 3), bool))
    return grown


def _starts(numbers: NDArray[np.int_]) -> NDArray[np.int_]:
    return np.flatnonzero(np.diff(numbers, prepend=-1))


def _of_cells(cells: Any, shape: tuple[int, int], window: Window) -> NDArray[np.bool_]:
    """Return, for the pixels of a window, what `cells` says of them."""
    size = math.ceil(max(shape) / _CELLS)
    rows = (window.row_off + np.arange(window.height)) // size
    columns = (window.col_off + np.arange(window.width)) // size
    found: NDArray[np.bool_] = cells[np.ix_(rows, columns)]
    return found
