"""Brightness as distance from the local mean in units of the local deviation, in whole numbers.

What both parts of the detector look at. It is done in bands of rows that fit the cache: over a
whole tile the same dozen passes take three times as long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

PER_DEVIATION = 6  # whole numbers per local standard deviation
_NEAR_PX, _FAR_PX = 44, 164  # windows of the spread and of the mean
_COARSE_PX = 4
_BAND_PX = 128  # rows at a time
_MOST = 120


@dataclass(frozen=True, kw_only=True, eq=False)
class Plane:
    """One number per pixel, kept as small as it came.

    Attributes:
        values: (y, x), any numeric type.
        divisor: what the values are to be divided by.
    """

    values: NDArray[np.generic]
    divisor: int = 1

    def rows(self, rows: slice) -> Floats:
        """Return some rows as float32."""
        part = self.values[rows].astype(np.float32)
        if self.divisor != 1:
            part /= np.float32(self.divisor)
        return np.asarray(part)


def brightness(image: NDArray[np.generic]) -> Plane:
    """Return the mean of the first three bands of (band, y, x)."""
    if image.dtype == np.uint8 and len(image) >= 3:
        total = cv2.add(cv2.add(image[0], image[1], dtype=cv2.CV_16S), image[2], dtype=cv2.CV_16S)
        return Plane(values=np.asarray(total), divisor=3)
    return Plane(values=image[:3].mean(axis=0, dtype=np.float32))


def redness(image: NDArray[np.generic]) -> Plane | None:
    """Return red less blue of (band, y, x); None without colour."""
    if len(image) < 3:
        return None
    kind = cv2.CV_16S if image.dtype == np.uint8 else cv2.CV_32F
    return Plane(values=np.asarray(cv2.subtract(image[0], image[2], dtype=kind)))


def halved(plane: Plane) -> Floats:
    """Return (y / 2, x / 2) float32 means of two by two pixels; an odd last one is left out."""
    rows, columns = (side // 2 for side in plane.values.shape)
    out = np.empty((rows, columns), np.float32)
    for top in range(0, rows, _BAND_PX):
        part = plane.rows(slice(2 * top, 2 * min(top + _BAND_PX, rows)))[:, : 2 * columns]
        size = (columns, len(part) // 2)
        out[top : top + _BAND_PX] = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    return out


def standardised(planes: Sequence[Plane | None], clear: Bools) -> NDArray[np.int8]:
    """Return (plane, y, x) local z-scores times `PER_DEVIATION` as int8, 0 where not clear.

    A gain and an offset of a whole plane change nothing but for rounding, unless its usual
    deviation is under 1.25: flat ground is not stretched to noise.

    The spread is a clipped mean deviation, so that one roof does not hide the fence beside it. The
    mean comes from a wider window than the spread: a close one dips beside a bright strip, and the
    dip would look like a dark line along it. Both change slowly, so they are taken on a grid of
    `_COARSE_PX` pixels.

    Args:
        planes: each (y, x); None gives zeros.
        clear: (y, x) bool, True = usable.
    """
    usable, apart = _usable(clear), np.empty(clear.shape, np.float32)
    out = np.zeros((len(planes), *clear.shape), np.int8)
    for plane, scores in zip(planes, out, strict=True):
        if plane is not None:
            _score(plane, usable, apart, scores)
    return out


@dataclass(frozen=True, kw_only=True, eq=False)
class _Usable:
    """Where a pair can be used, in the forms that the passes need.

    Attributes:
        clear: (y, x) bool.
        mask: (y, x) float32 of `clear`; None where all of it is.
        weight: the same on the coarse grid.
        sample: where the usual deviation is taken: flat numbers of pixels, None for a raster.
    """

    clear: Bools
    mask: Floats | None
    weight: Floats | None
    sample: NDArray[np.intp] | None


def _usable(clear: Bools) -> _Usable:
    if clear.all():
        return _Usable(clear=clear, mask=None, weight=None, sample=None)
    mask = clear.astype(np.float32)
    return _Usable(clear=clear, mask=mask, weight=_coarse(mask), sample=np.flatnonzero(clear)[::7])


def _score(plane: Plane, usable: _Usable, apart: Floats, out: NDArray[np.int8]) -> None:
    """Write the scores of one plane into `out`; `apart` is room to work in."""
    shape = out.shape
    around = partial(_around, weight=usable.weight)
    small = np.concatenate([_coarse(_seen(plane, usable, rows)) for rows in _rows(shape)])
    near = around(small, _NEAR_PX)
    for rows, mean in _bands(near, shape):
        cv2.absdiff(_seen(plane, usable, rows), mean, dst=apart[rows])
        if usable.mask is not None:
            cv2.multiply(apart[rows], usable.mask[rows], dst=apart[rows])
    sample = apart[::5, ::3] if usable.sample is None else apart.ravel()[usable.sample]
    usual = max(float(np.median(sample)), 1e-3) if sample.size else 1e-3
    cut = [_coarse(cv2.min(apart[rows], 4 * usual)) for rows in _rows(shape)]
    spread = around(np.concatenate(cut), _NEAR_PX)
    gain = PER_DEVIATION / np.maximum(1.25 * spread, max(0.4 * usual, 0.5))
    far = around(small, _FAR_PX)
    for (rows, mean), (_, times) in zip(_bands(far, shape), _bands(gain, shape), strict=True):
        level = cv2.subtract(_seen(plane, usable, rows), mean, dst=mean)
        score = cv2.multiply(level, times, dst=out[rows], dtype=cv2.CV_8S)
        cv2.min(cv2.max(score, -_MOST), _MOST, dst=score)
        if usable.mask is not None:
            score *= usable.clear[rows]
        out[rows] = score


def _seen(plane: Plane, usable: _Usable, rows: slice) -> Floats:
    """Return some rows as float32, 0 where they are not usable."""
    part = plane.rows(rows)
    if usable.mask is not None:
        if np.issubdtype(plane.values.dtype, np.floating):  # may hold NaN there
            return np.where(usable.clear[rows], part, np.float32(0))
        cv2.multiply(part, usable.mask[rows], dst=part)
    return part


def _around(values: Floats, reach_px: int, *, weight: Floats | None) -> Floats:
    """Return means over windows of `reach_px` pixels of the image, of a coarse grid."""
    side = (reach_px // _COARSE_PX | 1,) * 2
    mean = cv2.blur(values, side)
    if weight is not None:
        mean = mean / np.maximum(cv2.blur(weight, side), 1e-3)
    return np.asarray(mean, np.float32)


def _rows(shape: tuple[int, ...]) -> list[slice]:
    """Return the bands that a plane is taken in; one where coarse points do not fill it."""
    rows, columns = shape
    if rows % _COARSE_PX or columns % _COARSE_PX:
        return [slice(0, rows)]
    return [slice(top, min(top + _BAND_PX, rows)) for top in range(0, rows, _BAND_PX)]


def _bands(small: Floats, shape: tuple[int, ...]) -> Iterator[tuple[slice, Floats]]:
    """Yield rows and what a coarse grid is there at full size, interpolated between its points."""
    rows, columns = shape
    if rows % _COARSE_PX or columns % _COARSE_PX:
        yield slice(0, rows), np.asarray(cv2.resize(small, (columns, rows)))
        return
    for band in _rows(shape):
        first = max(0, band.start // _COARSE_PX - 1)
        part = small[first : band.stop // _COARSE_PX + 1]
        wide = cv2.resize(part, (columns, len(part) * _COARSE_PX))
        start = band.start - first * _COARSE_PX
        yield band, np.asarray(wide[start : start + band.stop - band.start])


def _coarse(image: Floats) -> Floats:
    rows, columns = (max(1, side // _COARSE_PX) for side in image.shape)
    return np.asarray(cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA))
