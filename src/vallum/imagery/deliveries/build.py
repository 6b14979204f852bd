"""One image of several files: tiles side by side, or single bands laid on each other.

Written window by window by vallum itself; no virtual file of anybody is opened, and GDAL's driver
for such files stays switched off in the limited process.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning
from rasterio.windows import Window

from vallum.ground.errors import BadImage
from vallum.imagery import intake, rewrite, view

FIRST = ("red", "green", "blue", "nir")
_APART_PX = 0.1
_DRIVERS = {True: "GTiff", False: "JP2OpenJPEG"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """One open file and where it lies on the common grid, in whole pixels."""

    source: Any
    row: int
    column: int

    @property
    def window(self) -> Window:
        """Its place on the common grid."""
        return Window(self.column, self.row, self.source.width, self.source.height)


def opened(stack: ExitStack, path: Path) -> Any:
    """Return a TIFF or JPEG 2000 open for reading, until `stack` closes; no sidecars.

    Raises:
        BadImage: it is neither.
    """
    start = intake.start_of(path)
    is_tiff = intake.is_tiff(start)
    if not is_tiff and not start.startswith((b"\x00\x00\x00\x0cjP", b"\xff\x4f\xff\x51")):
        raise BadImage(
            f"{path.name}: is {intake.kind_of(start)}; only GeoTIFF, COG and the JPEG 2000 of a "
            "delivery are read; convert it with gdal_translate -of COG"
        )
    with warnings.catch_warnings():
        # What lies nowhere yet is expected here: its camera model places it.
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        return stack.enter_context(rasterio.open(path, driver=_DRIVERS[is_tiff], sharing=False))


def first_bands(shows: Sequence[str]) -> list[int]:
    """Return the order of bands (from 0) in a working copy: red, green, blue, near infrared first.

    Pages and masks take the first three bands for red, green and blue.
    """
    if not {"red", "green", "blue"} <= set(shows):
        return list(range(len(shows)))
    head = [shows.index(name) for name in FIRST if name in shows]
    return head + [n for n in range(len(shows)) if n not in head]


def reordered(values: Sequence[float], order: Sequence[int]) -> tuple[float, ...]:
    """Return gains and offsets in the new order of bands; one pair for all stays as it is."""
    if len(values) != 2 * len(order) or len(values) <= 2:
        return tuple(values)
    return tuple(value for n in order for value in values[2 * n : 2 * n + 2])


def tiles(
    name: str, files: Sequence[Path], made: Path, order: Sequence[int], nothing: int, budget: int
) -> None:
    """Write files that lie side by side as one image.

    Args:
        name: what to call it in messages.
        files: TIFF or JPEG 2000 on one grid.
        made: the new file.
        order: bands (from 0) in the order in which they are written; empty for all as they are.
        nothing: value that means no data where files do not say so; -1 for none.
        budget: bytes that it may unfold to.

    Raises:
        BadImage: the files do not lie on one grid, or are too large.
    """
    with ExitStack() as stack:
        sources = [opened(stack, path) for path in files]
        parts, transform, shape = _laid(name, files, sources)
        bands = [n + 1 for n in order] if order else view.data_bands(sources[0])
        _check_size(name, shape, len(bands), sources[0].dtypes[0], budget)
        is_whole = sum(p.source.width * p.source.height for p in parts) >= shape[0] * shape[1]
        is_plain = is_whole and all(_is_undeclared(source) for source in sources)
        env = stack.enter_context(rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True))
        del env
        like = sources[0]
        with rewrite.created(made, like, len(bands), transform, shape) as target:
            for window in rewrite.windows(*shape):
                pixels = np.zeros((len(bands), window.height, window.width), like.dtypes[0])
                valid = np.zeros(pixels.shape[1:], bool)
                for part in parts:
                    _lay(part, bands, window, pixels, valid, nothing)
                target.write(pixels, window=window)
                if not is_plain:
                    target.write_mask(valid, window=window)


def bands(name: str, files: Sequence[Path], made: Path, nothing: int, budget: int) -> None:
    """Write single-band files as one image of as many bands; valid is what all bands show.

    Raises:
        BadImage: the files do not lie on one grid, or are too large.
    """
    with ExitStack() as stack:
        sources = [opened(stack, path) for path in files]
        parts, transform, shape = _laid(name, files, sources)
        _check_size(name, shape, len(parts), sources[0].dtypes[0], budget)
        stack.enter_context(rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True))
        with rewrite.created(made, sources[0], len(parts), transform, shape) as target:
            for window in rewrite.windows(*shape):
                valid = np.ones((window.height, window.width), bool)
                for n, part in enumerate(parts, start=1):
                    pixels = np.zeros((1, window.height, window.width), part.source.dtypes[0])
                    here = np.zeros(valid.shape, bool)
                    _lay(part, [1], window, pixels, here, nothing)
                    target.write(pixels[0], n, window=window)
                    valid &= here
                target.write_mask(valid, window=window)


def _lay(
    part: Part,
    bands: Sequence[int],
    window: Window,
    pixels: NDArray[Any],
    valid: NDArray[np.bool_],
    nothing: int,
) -> None:
    """Put what one file shows of a window where it belongs."""
    top, left = max(part.row, window.row_off), max(part.column, window.col_off)
    bottom = min(part.row + part.source.height, window.row_off + window.height)
    right = min(part.column + part.source.width, window.col_off + window.width)
    if bottom <= top or right <= left:
        return
    inside = Window(left - part.column, top - part.row, right - left, bottom - top)
    found = part.source.read(list(bands), window=inside)
    if _is_undeclared(part.source):
        shown = (found != nothing).any(axis=0) if nothing >= 0 else np.ones(found.shape[1:], bool)
    else:
        shown = view.valid_block(part.source, inside, found.shape[1:])
    rows = slice(top - window.row_off, bottom - window.row_off)
    columns = slice(left - window.col_off, right - window.col_off)
    pixels[:, rows, columns] = np.where(shown, found, pixels[:, rows, columns])
    valid[rows, columns] |= shown


def _is_undeclared(source: Any) -> bool:
    from rasterio.enums import MaskFlags

    return all(MaskFlags.all_valid in flags for flags in source.mask_flag_enums)


def _laid(
    name: str, files: Sequence[Path], sources: Sequence[Any]
) -> tuple[list[Part], Affine, tuple[int, int]]:
    """Return every file's place on the grid that they share."""
    first = sources[0]
    for path, source in zip(files, sources, strict=True):
        intake.check_kind(path, source)
        if source.crs is None or source.transform.is_identity:
            raise BadImage(f"{path.name}: has no place of its own; fetch the delivery again")
        is_like = (
            source.crs == first.crs
            and source.count >= min(1, first.count)
            and source.dtypes[0] == first.dtypes[0]
            and source.transform.almost_equals(
                Affine(*first.transform[:2], source.transform.c, *first.transform[3:5],
                       source.transform.f), 1e-6 * abs(first.transform.a)
            )
        )  # fmt: skip
        if not is_like:
            raise BadImage(
                f"{name}: {path.name} lies on another grid than {files[0].name} (coordinate "
                "system, size or kind of pixel); add the files one by one with --taken"
            )
    places = []
    for path, source in zip(files, sources, strict=True):
        column, row = ~first.transform * (source.transform.c, source.transform.f)
        if max(abs(column - round(column)), abs(row - round(row))) > _APART_PX:
            raise BadImage(
                f"{name}: {path.name} is shifted by part of a pixel against {files[0].name}; add "
                "the files one by one with --taken"
            )
        places.append((round(row), round(column)))
    top, left = (min(place[n] for place in places) for n in (0, 1))
    parts = [
        Part(source=source, row=row - top, column=column - left)
        for source, (row, column) in zip(sources, places, strict=True)
    ]
    shape = (
        max(part.row + part.source.height for part in parts),
        max(part.column + part.source.width for part in parts),
    )
    return parts, first.transform * Affine.translation(left, top), shape


def _check_size(name: str, shape: tuple[int, int], n_bands: int, dtype: str, budget: int) -> None:
    decoded = math.prod(shape) * n_bands * np.dtype(dtype).itemsize
    if max(shape) > intake.SIDE_PX or decoded > budget:
        raise BadImage(
            f"{name}: would be {shape[1]:,} x {shape[0]:,} pixels ({decoded / 2**30:,.0f} GiB); "
            "add its files in parts"
        )
