"""Posts, towers and small buildings: peaks of the network's maps, measured in the images."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vallum.ground.kinds import Kind

Floats = NDArray[np.float32]

_NEW, _GONE = 3, 4  # places of the two maps among the outputs of the network
_APART_M = 3.0  # posts are not nearer to each other
# score = (logit - _START) * _SLOPE: minus log10 of the false ones per km, fitted on dev.
_START, _SLOPE = -1.36, 1.162


@dataclass(frozen=True, kw_only=True)
class Spot:
    """One small thing.

    Attributes:
        x: column of its centre, pixel centres at whole numbers.
        y: row.
        size_m: apparent side.
        is_new: stands in the later date only; otherwise in the earlier only.
        score: minus log10 of the false ones per km of corridor of +-32 m that score as much.
        kind: guard post; towers are not told apart from them.
    """

    x: float
    y: float
    size_m: float
    is_new: bool
    score: float
    kind: Kind = Kind.GUARD_POST


def spots(
    logits: Floats,
    bright: tuple[Floats, Floats],
    solid: NDArray[np.bool_],
    gsd_m: float,
    threshold: float,
) -> list[Spot]:
    """Return the small things that stand in one date only, surest first.

    Args:
        logits: (10, y / 2, x / 2) of the network.
        bright: (y / 2, x / 2) brightness of both dates.
        solid: (y / 2, x / 2) bool, True = usable in both.
        gsd_m: size of a pixel of the image.
        threshold: least score.
    """
    found = [
        spot
        for number, is_new in ((_NEW, True), (_GONE, False))
        for spot in _peaks(logits[number], bright[is_new], solid, gsd_m, is_new, threshold)
    ]
    return sorted(found, key=lambda spot: -spot.score)


def _peaks(
    logit: Floats,
    bright: Floats,
    solid: NDArray[np.bool_],
    gsd_m: float,
    is_new: bool,
    threshold: float,
) -> list[Spot]:
    reach = max(1, round(_APART_M / (2 * gsd_m)))
    smooth = cv2.GaussianBlur(logit, (0, 0), 0.7)
    least = threshold / _SLOPE + _START
    if smooth.max() < least:
        return []
    top = cv2.dilate(smooth, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    tops = np.flatnonzero((smooth == top) & solid & (smooth >= least))
    ys, xs = np.divmod(tops, smooth.shape[1])
    out = []
    for y, x in zip(ys.tolist(), xs.tolist(), strict=True):
        dx, dy = _fraction(smooth, y, x)
        out.append(
            Spot(
                x=2 * (x + dx) + 0.5,
                y=2 * (y + dy) + 0.5,
                size_m=_size_m(bright, y, x, gsd_m),
                is_new=is_new,
                score=float((smooth[y, x] - _START) * _SLOPE),
            )
        )
    return out


def _fraction(image: Floats, y: int, x: int) -> tuple[float, float]:
    """Return how far right and down of a peak the top of the parabola through it lies."""
    rows, columns = image.shape
    if not (0 < y < rows - 1 and 0 < x < columns - 1):
        return 0.0, 0.0
    here = float(image[y, x])

    def off(low: float, high: float) -> float:
        bend = 2 * here - low - high
        return float(np.clip(0.5 * (high - low) / bend, -0.5, 0.5)) if bend > 1e-6 else 0.0

    return (
        off(float(image[y, x - 1]), float(image[y, x + 1])),
        off(float(image[y - 1, x]), float(image[y + 1, x])),
    )


def _size_m(bright: Floats, y: int, x: int, gsd_m: float) -> float:
    """Return the side of the square as large as what stands out around (x, y), 2 to 8 m."""
    reach = max(3, round(8 / (2 * gsd_m)))
    window = bright[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
    middle = float(bright[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].mean())
    ground = float(np.median(window))
    same = np.abs(window - middle) < 0.5 * abs(middle - ground)
    _, marks = cv2.connectedComponents(same.astype(np.uint8), connectivity=4)
    mark = marks[min(y, reach), min(x, reach)]
    area = float((marks == mark).sum()) if mark else 4.0
    return float(np.clip(np.sqrt(area) * 2 * gsd_m, 2.0, 8.0))
