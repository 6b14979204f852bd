"""A mask of cloud, haze and deep shadow without training, for images of any bands.

Cloud and snow are bright in *every* band at once, water and vegetation are dark in at least one; so
the darkest band of each pixel is compared with the scene's own middle. What is bright must be wider
than 50 m and larger than a hectare, so that roofs, roads and cleared strips stay. Order of the
visible bands does not matter, and one band is enough. Snow looks like cloud to it. Bare fields,
salt and sand as bright as thin cloud are taken for cloud now and then, most where no near infrared
tells. Thin or broken cloud through which plants still shine is mostly missed, and so is haze over
all of a scene (benchmarks/cloud.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.signal import fftconvolve

from vallum.imagery.cloud.cover import Cover, shown

CELL_M = 5.0
_MIN_WIDTH_M = 50.0
_MIN_AREA_M2 = 10_000.0
_BUFFER_M = 50.0  # the ragged rim of a cloud, which the threshold leaves out
_SHADOW_REACH_M = 2_500.0
# Tuned on one Sentinel-2 chip only (benchmarks/cloud.py reports another).
_LOW, _HIGH = 1.0, 3.0  # spreads above the middle: extent of a cloud, and what proves it
_LOW_RATIO, _HIGH_RATIO = 1.25, 1.5
_LOW_8BIT, _HIGH_8BIT = 128.0, 154.0  # nothing darker is cloud in an 8-bit picture
_SURE_8BIT = 225.0  # anything as bright, as white and as large is, whatever the scene
_SATURATION, _SURE_SATURATION, _EVEN_SATURATION = 0.4, 0.12, 0.25
_EVEN_RATIO, _LEAST_SHARE = 0.7, 0.02
_NIR_RATIO = 1.3  # soil and vegetation are brighter in the near infrared, cloud is not
_SHADE_RATIO = 0.75
_BLACK_SHARE = 0.04
_HAZE_AREA_M2 = 100_000.0
_HAZE_DETAIL = 0.6  # haze takes away at least this much of the detail that the rest shows


@dataclass(frozen=True, kw_only=True)
class Levels:
    """What is usual in a scene, in its own pixel values.

    Attributes:
        middle: median of the darkest band.
        spread: median less 16th percentile of the darkest band: the side that cloud leaves alone.
        bright: median of the mean of all bands.
        white: 99.5th percentile of the mean of all bands.
    """

    middle: float
    spread: float
    bright: float
    white: float


def levels(pixels: NDArray[Any], valid: NDArray[np.bool_], has_nir: bool = False) -> Levels | None:
    """Return what is usual in a scene; None when it has no valid pixel.

    With a near infrared band, pixels that are equally bright in all bands (cloud, but also sand
    and concrete) are left out, so that a scene of nearly nothing but cloud does not call it usual.

    Args:
        pixels: `(band, y, x)`, best a small overview of the whole scene.
        valid: `(y, x)`, True = usable.
        has_nir: as for `clear`.
    """
    if not valid.any():
        return None
    ground = valid
    if has_nir and len(pixels) >= 4:
        coloured = valid & ~_is_even(pixels)
        ground = coloured if coloured.sum() > _LEAST_SHARE * valid.sum() else valid
    darkest = pixels.min(axis=0)[ground]
    mean = pixels.mean(axis=0, dtype=np.float32)
    low, middle = np.percentile(darkest, [16, 50])
    return Levels(
        middle=float(middle),
        spread=float(max(middle - low, 0.1 * middle, 1.0)),
        bright=float(np.median(mean[ground])),
        white=float(np.percentile(mean[valid], 99.5)),
    )


def _is_even(pixels: NDArray[Any]) -> NDArray[np.bool_]:
    """Return where visible and near infrared are about equally bright."""
    visible, infrared = pixels[: max(3, len(pixels) - 1)].astype(np.float32), pixels[-1]
    brightest = np.maximum(visible.max(axis=0), 1.0)
    ratio = infrared / brightest
    is_pale = visible.min(axis=0) > (1 - _EVEN_SATURATION) * brightest
    found: NDArray[np.bool_] = is_pale & (ratio > _EVEN_RATIO) & (ratio < _NIR_RATIO)
    return found


def clear(
    pixels: NDArray[Any],
    valid: NDArray[np.bool_],
    gsd_m: float,
    has_nir: bool,
    *,
    usual: Levels | None = None,
) -> NDArray[np.bool_]:
    """Return where the ground can be seen: valid, and no cloud, haze, snow or deep shadow.

    Args:
        pixels: `(band, y, x)` uint8 or uint16.
        valid: `(y, x)`, True = usable.
        gsd_m: size of a pixel.
        has_nir: the fourth band (of more than four, the last) is near infrared.
        usual: levels of the whole scene; without them those of `pixels`, so that a part that is
            all cloud is noticed in 8-bit pictures only.

    Returns:
        Mask `(y, x)`, True = clear.
    """
    coarse, step = _covers(pixels, valid, gsd_m, has_nir, usual)
    shows = shown(coarse)
    return valid if shows.all() else valid & _enlarged(shows, step, valid.shape)


def covers(
    pixels: NDArray[Any],
    valid: NDArray[np.bool_],
    gsd_m: float,
    has_nir: bool,
    *,
    usual: Levels | None = None,
) -> NDArray[np.uint8]:
    """Return what each pixel shows, as values of `Cover` `(y, x)`; arguments as for `clear`."""
    coarse, step = _covers(pixels, valid, gsd_m, has_nir, usual)
    fine: NDArray[np.uint8] = _enlarged(coarse, step, valid.shape)
    return fine


def _enlarged(coarse: NDArray[Any], step: int, shape: tuple[int, ...]) -> NDArray[Any]:
    if step == 1:
        return coarse
    return np.repeat(np.repeat(coarse, step, 1)[:, : shape[1]], step, 0)[: shape[0]]


def _covers(
    pixels: NDArray[Any],
    valid: NDArray[np.bool_],
    gsd_m: float,
    has_nir: bool,
    usual: Levels | None,
) -> tuple[NDArray[np.uint8], int]:
    """Return what each cell shows, and how many pixels a cell is wide."""
    step = max(1, math.floor(CELL_M / gsd_m + 1e-6))
    cells, usable = _coarse(pixels, valid, step)
    usual = usual or levels(cells, usable, has_nir)
    if usual is None:
        return np.zeros(usable.shape, np.uint8), step
    cell_m = gsd_m * step
    cloud, pale = _cloud(cells, usable, cell_m, has_nir, usual, pixels.dtype == np.uint8)
    shadow = _shadow(cells, usable, cell_m, cloud, usual)
    coarse = np.where(shadow, Cover.SHADOW, Cover.GROUND).astype(np.uint8)
    coarse[_haze(cells, usable, cell_m, pale & ~cloud)] = Cover.HAZE
    coarse[_grown(cloud, _BUFFER_M / cell_m)] = Cover.CLOUD
    return coarse, step


def _coarse(
    pixels: NDArray[Any], valid: NDArray[np.bool_], step: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return means of `step` x `step` pixels, and which of them are wholly valid."""
    if step == 1:
        return pixels.astype(np.float32), valid
    height, width = valid.shape
    rows, columns = math.ceil(height / step), math.ceil(width / step)
    down, across = rows * step - height, columns * step - width

    def grown(band: NDArray[Any]) -> NDArray[Any]:
        if not (down or across):
            return band
        return np.asarray(cv2.copyMakeBorder(band, 0, down, 0, across, cv2.BORDER_REPLICATE))

    def mean(band: NDArray[Any]) -> NDArray[Any]:
        wide = grown(band)
        if step % 2 == 0:  # two by two is done at once, and leaves a quarter to be averaged
            half = (wide.shape[1] // 2, wide.shape[0] // 2)
            wide = cv2.resize(wide, half, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(wide, (columns, rows), interpolation=cv2.INTER_AREA))

    whole = np.ones((rows, columns), bool)
    if not valid.all():
        lines = grown(valid.view(np.uint8)).view(bool).reshape(rows, step, -1)
        whole = np.logical_and.reduce(lines, axis=1).reshape(rows, columns, step).all(axis=2)
    return np.stack([mean(band) for band in pixels]).astype(np.float32), whole


def _cloud(
    cells: NDArray[np.float32],
    usable: NDArray[np.bool_],
    cell_m: float,
    has_nir: bool,
    usual: Levels,
    is_8bit: bool,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return cells of large, bright, colourless areas; and all that are bright and colourless."""
    low = max(usual.middle + _LOW * usual.spread, _LOW_RATIO * usual.middle)
    high = max(usual.middle + _HIGH * usual.spread, _HIGH_RATIO * usual.middle)
    darkest = np.where(usable, cells.min(axis=0), 0)
    darkest = cv2.morphologyEx(darkest, cv2.MORPH_OPEN, _disc(_MIN_WIDTH_M / 2 / cell_m))
    visible = cells if len(cells) < 4 or not has_nir else cells[: max(3, len(cells) - 1)]
    brightest = np.maximum(visible.max(axis=0), 1.0)
    saturation = 1.0 - visible.min(axis=0) / brightest
    pale = saturation < _SATURATION
    if has_nir and len(cells) >= 4:
        pale &= cells[-1] < _NIR_RATIO * brightest
    if is_8bit:
        sure = (darkest >= _SURE_8BIT) & (saturation < _SURE_SATURATION)
        bright = ((darkest > max(low, _LOW_8BIT)) & pale) | sure
        proof = ((darkest > max(high, _HIGH_8BIT)) & pale) | sure
    else:
        bright, proof = (darkest > low) & pale, (darkest > high) & pale
    return _large(bright & usable, cell_m, proof), bright & usable


def _haze(
    cells: NDArray[np.float32], usable: NDArray[np.bool_], cell_m: float, pale: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return wide pale areas that show little of the detail which the rest of the picture shows.

    Haze adds light to every band and takes away contrast (the dark channel of He and others 2009
    is bright there); a bright field adds light too, but keeps its furrows and edges.
    """
    area = _large(pale, cell_m, least_m2=_HAZE_AREA_M2)
    rest = usable & ~_grown(area, _BUFFER_M / cell_m)
    if not area.any() or rest.mean() < _LEAST_SHARE:
        return np.zeros_like(area)
    mean = cells.mean(axis=0)
    size = 2 * max(1, round(_BUFFER_M / cell_m)) + 1
    detail = cv2.blur(np.abs(mean - cv2.medianBlur(mean, 5)), (size, size))
    return area & _large(
        area & (detail < _HAZE_DETAIL * np.median(detail[rest])), cell_m, least_m2=_HAZE_AREA_M2
    )


def _large(
    area: NDArray[np.bool_],
    cell_m: float,
    proof: NDArray[np.bool_] | None = None,
    least_m2: float = _MIN_AREA_M2,
) -> NDArray[np.bool_]:
    """Return connected areas of at least a hectare, of which a fiftieth is proven."""
    if not area.any():
        return area
    labels, n_areas = ndimage.label(area)
    sizes = np.bincount(labels.ravel(), minlength=n_areas + 1)
    keep = sizes * cell_m**2 >= least_m2
    if proof is not None:
        proven = np.bincount(labels.ravel(), weights=(proof & area).ravel(), minlength=n_areas + 1)
        keep &= proven >= np.maximum(4, 0.02 * sizes)
    keep[0] = False
    found: NDArray[np.bool_] = keep[labels]
    return found


def _shadow(
    cells: NDArray[np.float32],
    usable: NDArray[np.bool_],
    cell_m: float,
    cloud: NDArray[np.bool_],
    usual: Levels,
) -> NDArray[np.bool_]:
    """Return cells in the shadow of a cloud, or too black to show anything."""
    closing = _disc(_MIN_WIDTH_M / 2 / cell_m)
    mean = cv2.morphologyEx(cells.mean(axis=0), cv2.MORPH_CLOSE, closing)
    brightest = cv2.morphologyEx(cells.max(axis=0), cv2.MORPH_CLOSE, closing)
    black = _large((brightest < _BLACK_SHARE * usual.white) & usable, cell_m)
    dark = (mean < _SHADE_RATIO * usual.bright) & usable & ~cloud
    if cloud.mean() < 0.003 or dark.mean() < 0.003:
        return black
    return black | (_large(dark, cell_m) & _cast(cloud, dark, cell_m))


def _cast(cloud: NDArray[np.bool_], dark: NDArray[np.bool_], cell_m: float) -> NDArray[np.bool_]:
    """Return the cloud mask moved to where it best covers what is dark, and widened.

    All clouds of a scene throw their shadows in one direction, so one shift explains most of them
    (Zhu and Woodcock 2012 match cloud by cloud; heights differ little over a few kilometres).
    """
    coarse = max(1, round(max(cloud.shape) / 400))
    one = cloud[::coarse, ::coarse].astype(np.float32)
    other = dark[::coarse, ::coarse].astype(np.float32)
    # Lit ground under the shifted cloud counts against it.
    match = fftconvolve(other - other.mean(), one[::-1, ::-1], mode="full")
    rows, columns = (np.arange(n) - n // 2 for n in match.shape)
    reach = np.hypot(rows[:, None], columns[None, :]) * cell_m * coarse <= _SHADOW_REACH_M
    at = np.unravel_index(np.argmax(np.where(reach, match, -np.inf)), match.shape)
    shift = (int(rows[at[0]]) * coarse, int(columns[at[1]]) * coarse)
    moved = ndimage.shift(cloud.astype(np.uint8), shift, order=0, mode="constant", cval=0) > 0
    return _grown(moved, 3 * _BUFFER_M / cell_m)


def _grown(area: NDArray[np.bool_], by_cells: float) -> NDArray[np.bool_]:
    if not area.any():
        return area
    grown: NDArray[np.bool_] = cv2.dilate(area.astype(np.uint8), _disc(by_cells)) > 0
    return grown


def _disc(radius_cells: float) -> NDArray[np.uint8]:
    size = 2 * max(1, round(radius_cells)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
