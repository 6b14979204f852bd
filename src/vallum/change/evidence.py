"""Where a line stands in one date that did not stand in the other: the part without learning.

Per date: brightness as local z-scores; across each of 16 directions a ridge must rise over *both*
its sides (a step between two fields does not), clipped near one standard deviation so that one
bright roof cannot make a line; then the ridge is summed along the direction in doubling steps that
may bend by a pixel. What the other date shows within the tolerance, of either polarity, is taken
off. At coarser resolutions the ridges of the difference of the dates count too. The rest is divided
by its local level and turned into decades of evidence by a tail fitted to the whole tile, so that
a value means about the same number of false pixels everywhere.

The finest resolution is half that of the image: what is thinner is left to the network, which
reads every pixel. All of it runs on 8-bit integers in blocks that fit the cache.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

N_DIRECTIONS = 16
_BLOCK_PX = 512
_MOST_OCTAVES = 2  # wider lines are left to the network
PER_DEVIATION = 6  # whole numbers per local standard deviation
_STEPS = 8  # a ridge is clipped here: 1.3 standard deviations
_NEAR_PX, _FAR_PX = 44, 164  # windows of the spread and of the mean
_COARSE_PX = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class Ridges:
    """Evidence for lines that stand in one of two dates only, at half the resolution.

    Attributes:
        decades: (y / 2, x / 2) float32, about -log10 of the chance of as much in noise; 0 = none.
        direction: (y / 2, x / 2) uint8, 0..15, times 11.25 degrees from the x axis toward +y.
    """

    decades: Floats
    direction: Bytes


def brightness(image: NDArray[np.generic]) -> Floats:
    """Return (y, x) float32: the mean of the first three bands of (band, y, x)."""
    return np.asarray(image[:3].mean(axis=0, dtype=np.float32))


def n_octaves(gsd_m: float, widest_m: float) -> int:
    """Return how many resolutions, from half the image's, reach lines as wide as `widest_m`."""
    return int(np.clip(np.ceil(np.log2(widest_m / gsd_m / 6.0)), 1, _MOST_OCTAVES))


def ridges(
    before: NDArray[np.int8],
    after: NDArray[np.int8],
    clear: Bools,
    *,
    octaves: int,
    tolerance_px: int,
) -> tuple[Ridges, Ridges]:
    """Return the evidence for lines that are new, and for lines that are gone.

    Args:
        before: (y, x) local z-scores of the earlier date from `standardised`; even sides.
        after: the same of the later date, aligned.
        clear: (y, x) bool, True = usable in both dates.
        octaves: resolutions to look at, from half of the image's; each halves the one before.
        tolerance_px: reach of the suppression by the other date, in pixels of each resolution.
    """
    size = (clear.shape[1] // 2, clear.shape[0] // 2)
    dates, usable = [before, after], clear.astype(np.float32)
    best = [np.zeros(size[::-1], np.float32) for _ in range(2)]
    ways = [np.zeros(size[::-1], np.uint8) for _ in range(2)]
    for octave in range(octaves):
        if min(usable.shape) < 64:
            break
        dates = [_half(z) for z in dates]
        usable = cv2.resize(usable, dates[0].shape[::-1], interpolation=cv2.INTER_AREA)
        good = usable > 0.99
        if not good.any():
            break
        both = [_levelled(z, good) for z in dates]
        if octave:
            # What both dates share cancels; finer, a misfit of a pixel would not let it.
            both.append(_levelled(cv2.subtract(both[1], both[0]), good))
        maps, directions = _difference_maps(both, good, tolerance_px, doublings=3 if octave else 4)
        decades = _decades(maps, good)
        for number in range(2):
            pair = decades[2 * number : 2 * number + 2]
            dark = pair[1] > pair[0]
            which = np.where(dark, directions[2 * number + 1], directions[2 * number])
            value = np.maximum(pair[0], pair[1])
            if octave:
                value = cv2.resize(value, size, interpolation=cv2.INTER_LINEAR)
                which = cv2.resize(which, size, interpolation=cv2.INTER_NEAREST)
            cv2.copyTo(which, cv2.compare(value, best[number], cv2.CMP_GT), ways[number])
            best[number] = cv2.max(value, best[number])
    new, gone = (Ridges(decades=d, direction=w) for d, w in zip(best, ways, strict=True))
    return new, gone


def _half(z: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return means of two by two pixels; an odd last row or column is left out."""
    rows, columns = z.shape[0] // 2, z.shape[1] // 2
    raised = z[: rows * 2, : columns * 2].view(np.uint8) ^ np.uint8(128)
    small = cv2.resize(raised, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray((small ^ np.uint8(128)).view(np.int8))


def _levelled(z: NDArray[np.int8], clear: Bools) -> NDArray[np.int8]:
    """Return `z` scaled so that its usual deviation is `PER_DEVIATION`, 0 where not clear."""
    usual = 1.25 * cv2.mean(cv2.absdiff(z, 0), clear.view(np.uint8))[0]
    scaled = cv2.multiply(z, PER_DEVIATION / max(usual, 0.5), dtype=cv2.CV_16S)
    scaled = np.clip(scaled, -120, 120).astype(np.int8)
    return np.asarray(scaled * clear)


def standardised(grey: Floats, clear: Bools) -> NDArray[np.int8]:
    """Return local z-scores times `PER_DEVIATION` as int8, 0 where not clear.

    The spread is a clipped mean deviation, so that one roof does not hide the fence beside it. The
    mean comes from a wider window than the spread: a close one dips beside a bright strip, and the
    dip would look like a dark line along it. Both change slowly, so they are taken on a grid of
    `_COARSE_PX` pixels.

    Args:
        grey: (y, x) float32.
        clear: (y, x) bool, True = usable.
    """
    whole = bool(clear.all())
    weight = None if whole else _coarse(clear.astype(np.float32))
    filled = grey if whole else np.where(clear, grey, np.float32(0))
    small, size = _coarse(filled), grey.shape[::-1]

    def around(values: Floats, reach_px: int) -> Floats:
        side = (reach_px // _COARSE_PX | 1,) * 2
        mean = cv2.blur(values, side)
        if weight is not None:
            mean = mean / np.maximum(cv2.blur(weight, side), 1e-3)
        return np.asarray(mean, np.float32)

    def upward(values: Floats) -> Floats:
        return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_LINEAR))

    apart = cv2.absdiff(grey, upward(around(small, _NEAR_PX)))
    if not whole:
        apart *= clear
    sample = apart[::5, ::3] if whole else apart[clear][::7]
    usual = max(float(np.median(sample)), 1e-3) if sample.size else 1e-3
    spread = around(_coarse(cv2.min(apart, 4 * usual)), _NEAR_PX)
    gain = PER_DEVIATION / np.maximum(1.25 * spread, max(0.4 * usual, 0.5))
    level = cv2.subtract(grey, upward(around(small, _FAR_PX)))
    score = cv2.multiply(level, upward(gain))
    if not whole:
        score *= clear
    np.clip(score, -120, 120, out=score)
    return np.asarray(np.rint(score, out=score).astype(np.int8))


def _coarse(image: Floats) -> Floats:
    rows, columns = (max(1, side // _COARSE_PX) for side in image.shape)
    return np.asarray(cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA))


@lru_cache
def _offsets(reach: float) -> list[tuple[int, int]]:
    """Return (dx, dy) across each direction, rounded to pixels."""
    angle = np.arange(N_DIRECTIONS) * np.pi / N_DIRECTIONS
    return [(round(-reach * np.sin(a)), round(reach * np.cos(a))) for a in angle]


@lru_cache
def _strides(length: int) -> list[tuple[int, int]]:
    """Return (dx, dy) of `length` steps along each direction; a step moves one row or column."""
    angle = np.arange(N_DIRECTIONS) * np.pi / N_DIRECTIONS
    along = np.stack((np.cos(angle), np.sin(angle)), axis=1)
    along /= np.abs(along).max(axis=1, keepdims=True)
    return [(round(length * dx), round(length * dy)) for dx, dy in along]


def _difference_maps(
    dates: list[NDArray[np.int8]], clear: Bools, tolerance_px: int, *, doublings: int
) -> tuple[Bytes, Bytes]:
    """Return (4, y, x) best over directions and which direction it was.

    New bright, new dark, gone bright, gone dark.
    """
    halo = 2**doublings + 2 * doublings + 8 + tolerance_px
    rows, columns = clear.shape
    maps = np.zeros((4, rows, columns), np.uint8)
    directions = np.zeros_like(maps)
    # A ridge needs both sides: nothing near the edge of the image or of what is clear.
    solid = cv2.erode(clear.astype(np.uint8), np.ones((13, 13), np.uint8), borderValue=0)
    padded = [np.pad(x, halo) for x in dates]
    mask = np.pad(solid * np.uint8(255), halo)
    for row, column in product(range(0, rows, _BLOCK_PX), range(0, columns, _BLOCK_PX)):
        height, width = min(_BLOCK_PX, rows - row), min(_BLOCK_PX, columns - column)
        if not solid[row : row + height, column : column + width].any():
            continue
        window = np.s_[row : row + height + 2 * halo, column : column + width + 2 * halo]
        sums = [
            _line_sums(np.ascontiguousarray(x[window]), mask[window], doublings) for x in padded
        ]
        inner = np.s_[halo : halo + height, halo : halo + width]
        there = np.s_[:, row : row + height, column : column + width]
        maps[there], directions[there] = _suppressed(sums, inner, tolerance_px)
    maps *= solid
    return maps, directions


def _line_sums(z: NDArray[np.int8], mask: Bytes, doublings: int) -> tuple[list[Bytes], list[Bytes]]:
    """Return per direction the ridge summed along it: bright ones, dark ones."""
    broad = cv2.blur(z.astype(np.float32), (3, 3)).round().astype(np.int8)
    narrow_sides, broad_sides = _offsets(2.4), _offsets(4.2)
    known: dict[tuple[int, int], tuple[Bytes, Bytes]] = {}
    bright: list[Bytes] = []
    dark: list[Bytes] = []
    for number in range(N_DIRECTIONS):
        across = narrow_sides[number]
        if across not in known:
            known[across] = _ridge(z, across)
        wide = _ridge(broad, broad_sides[number])
        for out, narrow, other in zip((bright, dark), known[across], wide, strict=True):
            ridge = cv2.bitwise_and(cv2.max(narrow, other), mask)
            out.append(_summed(ridge, number, doublings))
    return bright, dark


def _overlap(shape: tuple[int, ...], dx: int, dy: int) -> tuple[slice, slice]:
    """Return the rows and columns (x, y) for which (x + dx, y + dy) lies inside."""
    return (slice(max(0, -dy), shape[0] - max(0, dy)), slice(max(0, -dx), shape[1] - max(0, dx)))


def _with_moved(
    operation: Callable[..., Any], image: NDArray[Any], other: NDArray[Any], dx: int, dy: int
) -> NDArray[Any]:
    """Return `operation(image(x, y), other(x + dx, y + dy))`; 0 where that lies outside."""
    out = np.zeros_like(image)
    here, there = _overlap(image.shape, dx, dy), _overlap(image.shape, -dx, -dy)
    operation(image[here], other[there], dst=out[here])
    return out


def _ridge(z: NDArray[np.int8], across: tuple[int, int]) -> tuple[Bytes, Bytes]:
    """Return how far `z` rises over both its sides, and how far it falls under both, clipped."""
    dx, dy = across
    left = _with_moved(cv2.subtract, z, z, dx, dy)
    right = _with_moved(cv2.subtract, z, z, -dx, -dy)
    rise = np.clip(cv2.min(left, right), 0, _STEPS).view(np.uint8)
    fall = np.negative(np.clip(cv2.max(left, right), -_STEPS, 0)).view(np.uint8)
    return rise, fall


def _summed(ridge: Bytes, number: int, doublings: int) -> Bytes:
    """Return the ridge summed over 2 ** doublings pixels each way; the far parts may bend."""
    is_steep = N_DIRECTIONS // 4 < number < 3 * N_DIRECTIONS // 4
    aside = (1, 0) if is_steep else (0, 1)
    ways = []
    for sign in (1, -1):
        part = ridge
        for level in range(doublings):
            dx, dy = (sign * stride for stride in _strides(2**level)[number])
            far = part
            if level >= 2:
                far = _with_moved(cv2.max, part, part, *aside)
                far = _with_moved(cv2.max, far, part, -aside[0], -aside[1])
            part = _with_moved(cv2.add, part, far, dx, dy)
        ways.append(part)
    return np.asarray(cv2.subtract(cv2.add(ways[0], ways[1]), ridge))


def _suppressed(
    sums: list[tuple[list[Bytes], list[Bytes]]],
    inner: tuple[slice, slice],
    tolerance_px: int,
) -> tuple[Bytes, Bytes]:
    """Return (4, y, x) the best over directions of what one date has and the other has not."""
    wide = np.ones((2 * tolerance_px + 1, 2 * tolerance_px + 1), np.uint8)
    # What the other date shows nearby, in this or a neighbouring direction; a dark line that turned
    # bright is the same line.
    nearby = []
    for bright, dark in sums[:2]:
        grown = [
            np.ascontiguousarray(cv2.dilate(cv2.max(*pair), wide)[inner])
            for pair in zip(bright, dark, strict=True)
        ]
        nearby.append(
            [
                cv2.max(grown[n], cv2.max(grown[n - 1], grown[(n + 1) % N_DIRECTIONS]))
                for n in range(N_DIRECTIONS)
            ]
        )
    tops: list[Bytes] = []
    which: list[Bytes] = []
    for mine, polarity in ((1, 0), (1, 1), (0, 0), (0, 1)):
        top = np.zeros_like(nearby[0][0])
        best = np.zeros_like(top)
        for n in range(N_DIRECTIONS):
            shown = np.ascontiguousarray(sums[mine][polarity][n][inner])
            if len(sums) > 2:
                # A bright line that is new and a dark one that went look alike in the change.
                shown = cv2.max(
                    shown,
                    np.ascontiguousarray(sums[2][polarity if mine else 1 - polarity][n][inner]),
                )
            value = cv2.subtract(shown, nearby[1 - mine][n])
            cv2.copyTo(np.full_like(top, n), cv2.compare(value, top, cv2.CMP_GT), best)
            top = cv2.max(top, value)
        tops.append(top)
        which.append(best)
    return np.stack(tops), np.stack(which)


def _decades(maps: Bytes, solid: Bools) -> Floats:
    """Return (map, y, x) decades of evidence: divided by the local level, by a tail fitted here."""
    level = np.minimum(maps, 60).mean(axis=0, dtype=np.float32)
    usual = float(cv2.mean(level, solid.view(np.uint8))[0])
    near = np.maximum(cv2.blur(solid.astype(np.float32), (129, 129)), 1e-3)
    local = 0.8 * cv2.blur(level, (129, 129)) / near + np.float32(0.2 * usual + 0.5)
    at = np.flatnonzero(solid)
    at = at[:: max(1, len(at) // 50_000)]
    if not len(at):
        return np.zeros(maps.shape, np.float32)
    sample = maps.reshape(len(maps), -1)[:, at] / local.ravel()[at]
    one, two = np.quantile(sample, (0.9, 0.98))
    slope = np.float32(np.log10(0.1 / 0.02) / max(two - one, 0.05 * two, 1e-3))
    decades = np.empty(maps.shape, np.float32)
    factor = slope / local
    for out, found in zip(decades, maps, strict=True):
        cv2.multiply(found, factor, dst=out, dtype=cv2.CV_32F)
        cv2.max(cv2.add(out, float(1 - one * slope)), 0.0, dst=out)
        out[found == 0] = 0
    return decades
