"""Bring the brightness of one image to that of another, on pixels that did not change.

A gain and an offset per band. The invariant pixels are found by iteration, in the spirit of IR-MAD
(Nielsen 2007): fit, weigh every pixel by how well it follows the fit in all bands, fit again.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vallum.ground.errors import GridMismatch

Doubles = NDArray[np.float64]

_N_SAMPLE = 40_000
_N_LEAST = 200
_BLOCK_PX = 4  # means of blocks: a small misregistration must not flatten the fit
_GAIN_LIMIT = 4.0  # times the ratio of the spreads


def match(
    reference: NDArray[np.generic], moving: NDArray[np.generic], valid: NDArray[np.bool_]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return (gain, offset) per band so that `reference` is about `gain * moving + offset`.

    Robust while at least about 60 % of the usable pixels did not change. A band in which nothing
    varies, or an image with too few usable pixels, gets gain 1 and offset 0.

    Args:
        reference: (band, y, x), any numeric type.
        moving: same shape, already aligned.
        valid: (y, x) bool, True = usable in both.

    Returns:
        Two tuples with one number per band, in the units of the pixels.

    Raises:
        GridMismatch: the shapes differ.
    """
    if reference.shape != moving.shape or reference.shape[-2:] != valid.shape:
        raise GridMismatch(
            f"radiometry: reference {reference.shape}, moving {moving.shape} and valid "
            f"{valid.shape} differ; read them on one grid with the same bands"
        )
    left, right = _sample(reference, moving, valid)
    n_bands = reference.shape[0]
    if left.shape[1] < _N_LEAST:
        return (1.0,) * n_bands, (0.0,) * n_bands
    weight = np.ones(left.shape[1])
    fits = np.array([_start(left[band], right[band]) for band in range(n_bands)])
    for _ in range(12):
        weight = _invariance(left, right, fits)
        fresh = np.array([_fit(left[b], right[b], weight, fits[b]) for b in range(n_bands)])
        done = bool(np.allclose(fresh, fits, rtol=1e-4, atol=1e-3))
        fits = fresh
        if done:
            break
    return tuple(map(float, fits[:, 0])), tuple(map(float, fits[:, 1]))


def levelled(
    pixels: NDArray[np.generic], gain: Sequence[float]
) -> NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.float32]:
    """Return an image whose bands are weighed against each other as their gains say.

    The largest gain becomes 1, so that nothing is clipped, and offsets are left alone: this serves
    what looks at local contrast, not at the level. Images of 8 and 16 bits stay what they are.

    Args:
        pixels: (band, y, x).
        gain: one per band; as many as bands, or it is not used.
    """
    wanted = np.asarray(gain, dtype=np.float64)
    if len(wanted) != len(pixels) or not (wanted > 0).all():
        return pixels  # type: ignore[return-value]
    wanted = wanted / wanted.max()
    if (wanted == 1).all():
        return pixels  # type: ignore[return-value]
    kept = pixels.dtype in (np.uint8, np.uint16)
    out = pixels.copy() if kept else pixels.astype(np.float32)
    for band, by in zip(out, wanted.tolist(), strict=True):
        if by == 1:
            continue
        if band.dtype == np.uint8:
            cv2.LUT(band, np.rint(np.arange(256) * by).astype(np.uint8), dst=band)
        else:
            cv2.multiply(band, by, dst=band)
    return out  # type: ignore[return-value]


def _sample(
    reference: NDArray[np.generic], moving: NDArray[np.generic], valid: NDArray[np.bool_]
) -> tuple[Doubles, Doubles]:
    """Return (band, n) means of small blocks, usable in both and not saturated."""
    block = _BLOCK_PX if min(valid.shape) >= 32 * _BLOCK_PX else 1
    rows, columns = (n // block * block for n in valid.shape)
    small = (columns // block, rows // block)
    usable = valid.copy()
    for image in (reference, moving):
        if np.issubdtype(image.dtype, np.unsignedinteger):
            top = int(image.max())
            if top in (255, 65535):  # a full well says only "at least"
                usable &= (np.asarray(image) != top).all(axis=0)
    whole = usable
    if block > 1:
        whole = _means(usable, rows, columns, small) > 0.999
    at = np.flatnonzero(whole)
    if len(at) > _N_SAMPLE:
        chosen = np.random.default_rng(0).choice(len(at), _N_SAMPLE, replace=False, shuffle=False)
        at = at[np.sort(chosen)]
    left, right = (
        np.array(
            [
                (band if block == 1 else _means(band, rows, columns, small)).ravel()[at]
                for band in image
            ],
            dtype=np.float64,
        ).reshape(len(image), -1)
        for image in (reference, moving)
    )
    return left, right


def _means(
    band: NDArray[np.generic], rows: int, columns: int, small: tuple[int, int]
) -> NDArray[np.float32]:
    """Return means of the blocks that fill `rows` and `columns`."""
    return np.asarray(
        cv2.resize(band[:rows, :columns].astype(np.float32), small, interpolation=cv2.INTER_AREA)
    )


def _start(left: Doubles, right: Doubles) -> Doubles:
    """Return a first (gain, offset): Theil-Sen on random pairs, or the spread if that fails."""
    if np.ptp(right) == 0 or np.ptp(left) == 0:
        return np.array([1.0, float(np.median(left) - np.median(right))])
    rng = np.random.default_rng(1)
    first, second = rng.integers(0, len(left), (2, 20_000))
    run, rise = right[second] - right[first], left[second] - left[first]
    far = np.abs(run) > np.quantile(np.abs(run), 0.5)
    gain = float(np.median(rise[far] / run[far])) if far.any() else 0.0
    spread = float(_spread(left) / max(_spread(right), 1e-9))
    if not spread / 3 <= gain <= spread * 3:
        gain = spread  # next to no common pattern (season): match the spread instead
    return np.array([gain, float(np.median(left - gain * right))])


def _spread(values: Doubles) -> float:
    low, high = np.quantile(values, (0.25, 0.75))
    return float(high - low) or float(values.std()) or 1e-9


def _invariance(left: Doubles, right: Doubles, fits: Doubles) -> Doubles:
    """Return a Tukey weight per pixel from its worst band."""
    rest = np.abs(left - fits[:, :1] * right - fits[:, 1:])
    # The 40 % quantile, not the median: up to a third of the pixels may have changed.
    scale = np.maximum(
        np.quantile(rest, 0.4, axis=1, keepdims=True) / 0.5244,
        1e-6 + 1e-4 * np.abs(left).max(axis=1, keepdims=True),
    )
    worst = (rest / scale).max(axis=0) / (3.5 + 0.3 * np.log(len(left)))
    return np.where(worst < 1, (1 - worst**2) ** 2, 0.0)


def _fit(left: Doubles, right: Doubles, weight: Doubles, before: Doubles) -> Doubles:
    """Return (gain, offset) by weighted orthogonal regression: both images are noisy."""
    total = weight.sum()
    if total < _N_LEAST / 4:
        return before
    mean_left, mean_right = (weight @ left) / total, (weight @ right) / total
    a, b = left - mean_left, right - mean_right
    aa, bb, ab = (weight @ (a * a)) / total, (weight @ (b * b)) / total, (weight @ (a * b)) / total
    if bb < 1e-9 or aa < 1e-9 or ab <= 0:
        return np.array([before[0], mean_left - before[0] * mean_right])
    # Noise of the two is taken to stand in the ratio of the present gain.
    ratio = before[0] ** 2
    tilt = aa - ratio * bb
    gain = (tilt + np.sqrt(tilt**2 + 4 * ratio * ab**2)) / (2 * ab)
    gain = float(np.clip(gain, before[0] / _GAIN_LIMIT, before[0] * _GAIN_LIMIT))
    return np.array([gain, mean_left - gain * mean_right])
