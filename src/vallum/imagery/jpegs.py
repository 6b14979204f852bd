"""Pixels of an image at full size; blocks of JPEG are decoded by libjpeg-turbo.

The GDAL inside rasterio decodes JPEG without vector instructions, at less than half the speed of
the libjpeg-turbo inside OpenCV (`benchmarks/speed`, part `read_align`). So the blocks of a usual
JPEG GeoTIFF are found by GDAL and decoded there; whatever is not usual, or does not come out as it
should, GDAL reads itself. Both follow ITU-T T.81, which leaves the last bits to the decoder: some
values differ by a few grey levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rasterio.windows import Window

from vallum.imagery import ranged

Bytes = NDArray[np.uint8]

_START, _END = b"\xff\xd8", b"\xff\xd9"
_MODES = {
    (1, "JPEG"): ("L", cv2.IMREAD_GRAYSCALE),
    (3, "YCbCr JPEG"): ("RGB", cv2.IMREAD_COLOR_RGB),
}
_NO_PICTURE = (OSError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning)


def read(source: Any, bands: list[int], window: Window) -> NDArray[Any]:
    """Return (band, y, x) of a window that lies in the image, in the image's own type.

    Args:
        source: an open dataset.
        bands: their numbers, from 1.
        window: whole pixels.

    Raises:
        RasterioError: the pixels cannot be read.
    """
    kind = _kind(source) if bands == list(source.indexes) else None
    found = _decoded(source, kind, window) if kind is not None else None
    return np.asarray(source.read(bands, window=window)) if found is None else found


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """How the blocks of an image are coded.

    Attributes:
        mode: Pillow's name for what a block must be.
        flag: OpenCV's for what to make of it.
        tables: what all blocks share; empty where each has its own.
        side: (rows, columns) of a block.
    """

    mode: str
    flag: int
    tables: bytes
    side: tuple[int, int]

    def stream(self, block: bytes) -> bytes | None:
        """Return a block as a JPEG file; None where it is not whole."""
        if block[:2] != _START or _END not in block[-4:]:
            return None
        return self.tables[:-2] + block[2:] if self.tables else block


def _kind(source: Any) -> _Kind | None:
    """Return how the blocks of an image are coded; None where that is not a usual JPEG."""
    told = source.tags(ns="IMAGE_STRUCTURE")
    mode = _MODES.get((source.count, told.get("COMPRESSION")))
    is_usual = source.count == 1 or told.get("INTERLEAVE") == "PIXEL"
    if mode is None or not is_usual or "MINISWHITE" in told or set(source.dtypes) != {"uint8"}:
        return None
    tables = bytes.fromhex(source.get_tag_item("JPEGTABLES", "TIFF", bidx=1) or "")
    if tables and not (tables[:2] == _START and tables[-2:] == _END):
        return None
    return _Kind(mode=mode[0], flag=mode[1], tables=tables, side=source.block_shapes[0])


def _decoded(source: Any, kind: _Kind, window: Window) -> Bytes | None:
    """Return the pixels of a window; None where one block is not as it should be."""
    top, left = int(window.row_off), int(window.col_off)
    shape = (int(window.height), int(window.width))
    high, wide = kind.side
    blocks = list(
        product(
            range(top // high, -(-(top + shape[0]) // high)),
            range(left // wide, -(-(left + shape[1]) // wide)),
        )
    )
    ranges = [_range(source, row, column) for row, column in blocks]
    found = _bytes(source, ranges)
    if found is None:
        return None
    out = np.zeros((source.count, *shape), np.uint8)
    for (row, column), (start, stop), block in zip(blocks, ranges, found, strict=True):
        if start == stop:  # never written: nothing there
            continue
        pixels = _pixels(kind, block)
        if pixels is None:
            return None
        down, across = row * high - top, column * wide - left
        there = _overlap(down, high, shape[0]), _overlap(across, wide, shape[1])
        here = tuple(
            slice(part.start - first, part.stop - first)
            for part, first in zip(there, (down, across), strict=True)
        )
        out[:, *there] = pixels[here].transpose(2, 0, 1)
    return out


def _overlap(first: int, size: int, whole: int) -> slice:
    return slice(max(0, first), min(whole, first + size))


def _range(source: Any, row: int, column: int) -> tuple[int, int]:
    """Return where a block lies in the file (start, stop); nowhere where it was never written."""
    start, size = (
        int(source.get_tag_item(f"BLOCK_{what}_{column}_{row}", "TIFF", bidx=1) or 0)
        for what in ("OFFSET", "SIZE")
    )
    return start, start + size


def _bytes(source: Any, ranges: Sequence[tuple[int, int]]) -> list[bytes] | None:
    """Return pieces of the file an image lies in; None where it is no file, or cannot be read."""
    behind = ranged.behind(source)
    if behind is not None:
        return behind.ranges(ranges)
    found = []
    try:
        with Path(source.name).open("rb") as file:
            for start, stop in ranges:
                file.seek(start)
                found.append(file.read(stop - start))
    except OSError:
        return None
    return found


def _pixels(kind: _Kind, block: bytes) -> Bytes | None:
    """Return (y, x, band) of a block; None where it is not what the image says it holds."""
    stream = kind.stream(block)
    if stream is None:
        return None
    try:
        with Image.open(BytesIO(stream), formats=("JPEG",)) as head:  # reads no pixel
            is_usual = head.mode == kind.mode and head.size == kind.side[::-1]
            if not is_usual or "adobe" in head.info:  # which would say that it is no YCbCr
                return None
    except _NO_PICTURE:
        return None
    flag = kind.flag | cv2.IMREAD_IGNORE_ORIENTATION
    pixels = cv2.imdecode(np.frombuffer(stream, np.uint8), flag)
    if pixels is None or pixels.shape[:2] != kind.side:
        return None
    return np.atleast_3d(pixels)
