"""Pixels of an image whose grid is parallel to the wanted one: a shift, and nothing more.

Two dates of one provider usually share projection and pixel size, so laying one on the other needs
no map of positions: whole pixels are copied, and a fraction of a pixel is one 2 x 2 filter on the
source's own type. What is not wanted is not decoded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from vallum.imagery import jpegs

Bools = NDArray[np.bool_]

FRACTION = 256  # places are rounded to 1/256 px, so that whole pixels stay whole
TYPES = ("uint8", "uint16", "int16", "float32", "float64")
_CHUNK_PX = 8_000_000
_LEAST_ROWS, _USUAL_ROWS, _MOST_ROWS = 64, 512, 2048  # of a block of the file


@dataclass(frozen=True, kw_only=True)
class Shift:
    """Pixel (row, column) of the grid lies at (row + down, column + across) of the source."""

    down: float
    across: float

    @property
    def whole(self) -> tuple[int, int]:
        """Whole rows and columns."""
        return (_rounded(self.down) // FRACTION, _rounded(self.across) // FRACTION)

    @property
    def part(self) -> tuple[float, float]:
        """The rest of both, 0 to below 1."""
        return (
            _rounded(self.down) % FRACTION / FRACTION,
            _rounded(self.across) % FRACTION / FRACTION,
        )


def _rounded(value: float) -> int:
    return round(value * FRACTION)


def read(
    source: Any,
    bands: list[int],
    shift: Shift,
    shape: tuple[int, int],
    usable_of: Callable[[Window, NDArray[Any]], Bools | None],
    wanted: Bools | None = None,
) -> tuple[NDArray[Any], Bools]:
    """Return pixels `(band, y, x)` and mask `(y, x)` of a grid that lies parallel to the source.

    Args:
        source: an open dataset.
        bands: numbers of the bands, from 1.
        shift: where the grid lies in the source.
        shape: rows and columns of the grid.
        usable_of: which pixels of a window that was read can be used; None where all can.
        wanted: `(y, x)`, True where pixels are needed; elsewhere they may be left out (invalid).
    """
    pixels = np.zeros((len(bands), *shape), source.dtypes[0])
    valid = np.zeros(shape, bool)
    for rows, columns in _parts(source, shift, shape, wanted):
        (top, left), more = shift.whole, tuple(int(part > 0) for part in shift.part)
        window = Window(
            left + columns.start,
            top + rows.start,
            columns.stop - columns.start + more[1],
            rows.stop - rows.start + more[0],
        )
        block = jpegs.read(source, bands, window)
        pixels[:, rows, columns], valid[rows, columns] = moved(
            block, usable_of(window, block), shift.part
        )
    return pixels, valid


def moved(
    block: NDArray[Any], usable: Bools | None, part: tuple[float, float]
) -> tuple[NDArray[Any], Bools]:
    """Return `block` seen from a fraction of a pixel further down and to the right.

    Args:
        block: `(band, y, x)` of one of `TYPES`.
        usable: `(y, x)`; None where all can be used.
        part: rows and columns, 0 to below 1; each above 0 takes one row or column away.

    Returns:
        Pixels, bilinear, 0 where unusable; and where all that went into a pixel was usable.
    """
    more = tuple(int(value > 0) for value in part)
    rows, columns = (n - m for n, m in zip(block.shape[1:], more, strict=True))
    out = block
    if any(more):
        weights = (np.array((1 - value, value)[: 1 + (value > 0)]) for value in part)
        kernel = np.outer(*weights)
        out = np.stack(
            [
                cv2.filter2D(band, -1, kernel, anchor=(0, 0), borderType=cv2.BORDER_REPLICATE)
                for band in block
            ]
        )[:, :rows, :columns]
    if usable is None or usable.all():
        return out, np.ones((rows, columns), bool)
    valid = np.ones((rows, columns), bool)
    for down, across in product(range(more[0] + 1), range(more[1] + 1)):
        valid &= usable[down : down + rows, across : across + columns]
    if out.dtype.kind in "iu":
        return out * valid, valid
    return np.where(valid, out, out.dtype.type(0)), valid


def _parts(
    source: Any, shift: Shift, shape: tuple[int, int], wanted: Bools | None
) -> Iterator[tuple[slice, slice]]:
    """Yield the rows and columns of the grid to fill, each on few rows of the source's blocks."""
    inner = [
        slice(max(0, -first), min(n, size - int(part > 0) - first))
        for first, part, n, size in zip(shift.whole, shift.part, shape, source.shape, strict=True)
    ]
    if any(part.stop <= part.start for part in inner):
        return
    high = int(source.block_shapes[0][0])
    unit = high if _LEAST_ROWS <= high <= _MOST_ROWS else _USUAL_ROWS
    width = inner[1].stop - inner[1].start
    # Without a mask, as many whole rows of blocks as memory allows; with one, each by itself.
    step = unit if wanted is not None else max(1, _CHUNK_PX // (width * unit)) * unit
    first = inner[0].start
    while first < inner[0].stop:
        last = min(inner[0].stop, ((first + shift.whole[0]) // step + 1) * step - shift.whole[0])
        rows, columns = slice(first, last), inner[1]
        if wanted is not None:
            rows, columns = _needed(wanted, rows, columns)
        if rows.stop > rows.start:
            yield rows, columns
        first = last


def _needed(wanted: Bools, rows: slice, columns: slice) -> tuple[slice, slice]:
    """Return the part of a window that holds all wanted pixels of it; empty without any."""
    part = wanted[rows, columns]
    across = np.flatnonzero(part.any(axis=0))
    if not across.size:
        return slice(rows.start, rows.start), columns
    down = np.flatnonzero(part[:, across[0] : across[-1] + 1].any(axis=1))
    return (
        slice(rows.start + int(down[0]), rows.start + int(down[-1]) + 1),
        slice(columns.start + int(across[0]), columns.start + int(across[-1]) + 1),
    )
