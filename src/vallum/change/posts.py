"""Posts, towers and buildings: small things that stand out on all sides, in one date only.

A spot counts by how far it rises over (or falls under) the *least* different of its eight
neighbours at a distance of its own size: a line has two neighbours like itself and does not count.
What the other date shows within the tolerance is taken off. A shadow beside it is a bonus.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from vallum.change.evidence import PER_DEVIATION, standardised

Floats = NDArray[np.float32]
Shorts = NDArray[np.int16]

_SIZES_M = (2.5, 4.0, 6.5, 10.0)
_SHADOW_WEIGHT = 0.3
# Set on the dev half of the benchmark: what false spots are made of.
_SMALL_COST, _SMALL_M = 1.5, 3.0  # the finest size catches every grain of texture
_DARK_COST = 2.0  # most dark spots are trees and their shadows


@dataclass(frozen=True, kw_only=True)
class Spot:
    """One small thing: pixel centre, side, which date, brightness sign, score, shadow.

    Attributes:
        x: column.
        y: row.
        size_m: side of the square that fits best.
        is_new: stands in the later date only; otherwise in the earlier only.
        is_bright: brighter than all around it.
        score: minus log10 of the share of pixels whose contrast with their least different
            neighbour, less that of the other date, is as large; plus the bonus for a shadow.
        shadow: darkening of the darkest neighbour between the dates, in standard deviations.
    """

    x: float
    y: float
    size_m: float
    is_new: bool
    is_bright: bool
    score: float
    shadow: float


def spots(
    before: Floats,
    after: Floats,
    clear: NDArray[np.bool_],
    *,
    gsd_m: float,
    tolerance_px: int,
    threshold: float,
) -> list[Spot]:
    """Return the small things that stand in one date only, surest first.

    Args:
        before: (y, x) brightness of the earlier date.
        after: the same of the later date, aligned.
        clear: (y, x) bool, True = usable in both.
        gsd_m: pixel size; things under 2 pixels are not looked for.
        tolerance_px: how far a thing may seem to move between the dates.
        threshold: least score.
    """
    dates = [standardised(x, clear).astype(np.int16) for x in (before, after)]
    found: list[Spot] = []
    for size_m in _SIZES_M:
        size_px = size_m / gsd_m
        if size_px < 2 or 6 * size_px > min(clear.shape):
            continue
        found += _of_size(dates, clear, size_m, size_px, tolerance_px, threshold)
    return _apart(sorted(found, key=lambda s: -s.score), gsd_m)


def _of_size(
    dates: list[Shorts],
    clear: NDArray[np.bool_],
    size_m: float,
    size_px: float,
    tolerance_px: int,
    threshold: float,
) -> list[Spot]:
    """Return the spots of one size."""
    core = max(1, int(size_px * 0.7)) | 1
    ring = max(2, round(size_px * 1.05))
    smooth = [cv2.blur(x, (core, core)) for x in dates]
    edge = 2 * (ring + core) + 1
    solid = cv2.erode(clear.astype(np.uint8), np.ones((edge, edge), np.uint8), borderValue=0)
    wide = np.ones((2 * tolerance_px + 3, 2 * tolerance_px + 3), np.uint8)
    contrast = [_stands_out(x, ring) for x in smooth]  # per date: (bright, dark)
    cases = list(product(((1, 0), (0, 1)), (0, 1)))
    rests = [
        cv2.subtract(contrast[mine][sign], cv2.max(cv2.dilate(contrast[other][sign], wide), 0))
        * solid
        for (mine, other), sign in cases
    ]
    start, slope = _tail(rests, solid)
    found = []
    for ((mine, other), sign), rest in zip(cases, rests, strict=True):
        top = cv2.dilate(rest, np.ones((2 * ring + 1, 2 * ring + 1), np.uint8))
        # The bonus can lift a spot over the threshold, so ask a little less of it here.
        ys, xs = np.nonzero((rest == top) & (rest > max(start, 0.5 * PER_DEVIATION)))
        shade = _shadow(smooth[mine], smooth[other], ys, xs, ring) / PER_DEVIATION
        score = 2 + (rest[ys, xs] - start) * slope
        score += _SHADOW_WEIGHT * np.clip(shade, 0, 3) if sign == 0 else -_DARK_COST
        score -= _SMALL_COST if size_m < _SMALL_M else 0.0
        found += [
            Spot(
                x=float(x),
                y=float(y),
                size_m=size_m,
                is_new=mine == 1,
                is_bright=sign == 0,
                score=float(s),
                shadow=float(d),
            )
            for x, y, s, d in zip(xs, ys, score, shade, strict=True)
            if s >= threshold
        ]
    return found


def _tail(rests: list[Shorts], solid: NDArray[np.uint8]) -> tuple[float, float]:
    """Return the contrast that 1 % of the pixels reach, and decades per unit of contrast beyond."""
    at = np.flatnonzero(solid)
    at = at[:: max(1, len(at) // 100_000)]
    if len(at) < 100:
        return float("inf"), 0.0
    sample = np.concatenate([rest.ravel()[at] for rest in rests])
    one, two = np.quantile(sample, (0.99, 0.999))
    return float(one), 1 / max(float(two - one), 0.5)


def _ring(ring: int) -> list[tuple[int, int]]:
    angle = np.arange(8) * np.pi / 4
    return [(round(ring * np.cos(a)), round(ring * np.sin(a))) for a in angle]


def _stands_out(z: Shorts, ring: int) -> tuple[Shorts, Shorts]:
    """Return how far each pixel rises over, and falls under, its least different neighbour."""
    high = np.full_like(z, -127)
    low = np.full_like(z, 127)
    padded = cv2.copyMakeBorder(z, ring, ring, ring, ring, cv2.BORDER_REPLICATE)
    rows, columns = z.shape
    for dx, dy in _ring(ring):
        side = padded[ring + dy : ring + dy + rows, ring + dx : ring + dx + columns]
        cv2.max(high, side, dst=high)
        cv2.min(low, side, dst=low)
    return np.asarray(cv2.subtract(z, high)), np.asarray(cv2.subtract(low, z))


def _shadow(
    mine: Shorts, other: Shorts, ys: NDArray[np.intp], xs: NDArray[np.intp], ring: int
) -> NDArray[np.float64]:
    """Return how much darker than in the other date the darkest neighbour of each spot is."""
    rows, columns = mine.shape
    drops = []
    for dx, dy in _ring(int(1.2 * ring)):
        v, u = np.clip(ys + dy, 0, rows - 1), np.clip(xs + dx, 0, columns - 1)
        drops.append(np.minimum(other[v, u], 0) - mine[v, u].astype(np.float64))
    return np.max(drops, axis=0) if drops else np.zeros(len(ys))


def _apart(found: list[Spot], gsd_m: float) -> list[Spot]:
    """Return the spots less those too near a surer one to be another: its shadow, its corner."""
    kept: list[Spot] = []
    places = np.zeros((0, 3))
    for spot in found:
        apart_m = np.hypot(places[:, 0] - spot.x, places[:, 1] - spot.y) * gsd_m
        if (apart_m >= np.maximum(3.0, 0.75 * (places[:, 2] + spot.size_m))).all():
            kept.append(spot)
            places = np.vstack((places, (spot.x, spot.y, spot.size_m)))
    return kept
