"""Where a line stands in one date that did not stand in the other, per pixel.

Per date: brightness as local z-scores; across each of 16 directions a ridge must rise over *both*
its sides (a step between two fields does not), clipped near one standard deviation so that one
bright roof cannot make a line; then the ridge is summed along the direction in doubling steps that
may bend by a pixel. What the other date shows within the tolerance, of either polarity, is taken
off. At coarser resolutions the ridges of the difference of the dates count too. The rest is divided
by its local level and turned into decades of evidence by a tail fitted to the whole tile, so that
a value means about the same number of false pixels everywhere.

All of it runs on 8-bit integers in blocks that fit the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
_COARSEST_KEPT = 2  # fences and walls are upgraded; wide strips are not looked at
PER_DEVIATION = 6  # whole numbers per local standard deviation
_STEPS = 8  # a ridge is clipped here: 1.3 standard deviations
_NEAR_PX, _FAR_PX = 41, 161  # windows of the spread and of the mean


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """Evidence of one change in one polarity at one resolution.

    Attributes:
        decades: (y, x) float32, about -log10 of the chance of as much in noise; 0 = none.
        direction: (y, x) uint8, 0..15, times 11.25 degrees from the x axis toward +y.
        is_bright: the line is brighter than its sides.
        is_new: stands in the later date; otherwise in the earlier.
        is_kept: stands in the other date too: not new, but perhaps upgraded.
        step: pixels of the grid per pixel of this layer.
    """

    decades: Floats
    direction: Bytes
    is_bright: bool
    is_new: bool
    step: int
    is_kept: bool = False


def brightness(image: NDArray[np.generic]) -> Floats:
    """Return (y, x) float32: the mean of the first three bands of (band, y, x)."""
    return np.asarray(image[:3].mean(axis=0, dtype=np.float32))


def n_octaves(gsd_m: float, widest_m: float) -> int:
    """Return how many halvings of the resolution reach lines as wide as `widest_m`."""
    return 1 + max(0, int(np.ceil(np.log2(widest_m / gsd_m / 6.0))))


def layers(
    before: Floats, after: Floats, clear: Bools, *, octaves: int, tolerance_px: int
) -> Iterator[Layer]:
    """Yield the evidence layers, finest resolution first: new and gone, bright and dark.

    Args:
        before: (y, x) brightness of the earlier date.
        after: the same of the later date, aligned.
        clear: (y, x) bool, True = usable in both dates.
        octaves: resolutions to look at; each halves the one before.
        tolerance_px: reach of the suppression by the other date, in pixels of each resolution.
    """
    step, usable = 1, clear.astype(np.float32)
    for octave in range(octaves):
        if octave:
            if min(before.shape) < 64:
                return
            size = (before.shape[1] // 2, before.shape[0] // 2)
            rows, columns = size[1] * 2, size[0] * 2
            before, after, usable = (
                cv2.resize(x[:rows, :columns], size, interpolation=cv2.INTER_AREA)
                for x in (before, after, usable)
            )
            step *= 2
        good = usable > 0.99
        if not good.any():
            return
        yield from _one_resolution(before, after, good, step, tolerance_px)


def _one_resolution(
    before: Floats, after: Floats, clear: Bools, step: int, tolerance_px: int
) -> Iterator[Layer]:
    dates = [standardised(before, clear), standardised(after, clear)]
    if step > 1:
        # What both dates share cancels; at full resolution a misfit of a pixel would not let it.
        change = dates[1].astype(np.float32) - dates[0]
        dates.append(standardised(change, clear))
    maps, directions = _difference_maps(dates, clear, tolerance_px, step=step)
    cases = [
        *product((True, False), (True, False), (False,)),
        (True, True, True),
        (True, False, True),
    ]
    # What changed and what stayed have different tails.
    decades = [*_decades(maps[:4], clear), *(_decades(maps[4:], clear) if len(maps) > 4 else ())]
    for number, (is_new, is_bright, is_kept) in enumerate(cases[: len(maps)]):
        yield Layer(
            decades=decades[number],
            direction=directions[number],
            is_bright=is_bright,
            is_new=is_new,
            is_kept=is_kept,
            step=step,
        )


def standardised(grey: Floats, clear: Bools) -> NDArray[np.int8]:
    """Return local z-scores times `PER_DEVIATION` as int8, 0 where not clear.

    The spread is a clipped mean deviation, so that one roof does not hide the fence beside it.
    """
    filled, weight = np.where(clear, grey, np.float32(0)), clear.astype(np.float32)
    far, near = (np.maximum(cv2.blur(weight, (n, n)), 1e-3) for n in (_FAR_PX, _NEAR_PX))
    high = np.where(clear, grey - cv2.blur(filled, (_NEAR_PX, _NEAR_PX)) / near, np.float32(0))
    size = np.abs(high)
    usual = max(float(np.median(size[clear][::7])), 1e-3)
    spread = cv2.blur(np.minimum(size, 4 * usual), (_NEAR_PX, _NEAR_PX)) / near
    spread = np.maximum(1.25 * spread, max(0.4 * usual, 0.5))
    # The mean comes from a wider window than the spread: a close one dips beside a bright strip,
    # and the dip would look like a dark line along it.
    level = np.where(clear, grey - cv2.blur(filled, (_FAR_PX, _FAR_PX)) / far, np.float32(0))
    return np.asarray(np.clip(np.rint(level * (PER_DEVIATION / spread)), -120, 120), dtype=np.int8)


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
    dates: list[NDArray[np.int8]], clear: Bools, tolerance_px: int, *, step: int
) -> tuple[Bytes, Bytes]:
    """Return (4 or 6, y, x) best over directions and which direction it was.

    New bright, new dark, gone bright, gone dark; where the resolution is fine also kept bright and
    kept dark.
    """
    doublings = 3 if step > 1 else 4
    n_maps = 6 if step <= _COARSEST_KEPT else 4
    halo = 2**doublings + 2 * doublings + 8 + tolerance_px
    rows, columns = clear.shape
    maps = np.zeros((n_maps, rows, columns), np.uint8)
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
        maps[there], directions[there] = _suppressed(sums, inner, tolerance_px, n_maps)
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
    n_maps: int,
) -> tuple[Bytes, Bytes]:
    """Return (n_maps, y, x) the best over directions of what one date has, or what both have."""
    wide = np.ones((2 * tolerance_px + 1, 2 * tolerance_px + 1), np.uint8)
    # What the other date shows nearby, in this or a neighbouring direction.
    nearby = []
    for date in sums[:2]:
        grown = [
            [np.ascontiguousarray(cv2.dilate(x, wide)[inner]) for x in polarity]
            for polarity in date
        ]
        nearby.append(
            [
                [
                    cv2.max(g[n], cv2.max(g[n - 1], g[(n + 1) % N_DIRECTIONS]))
                    for n in range(N_DIRECTIONS)
                ]
                for g in grown
            ]
        )
    tops: list[Bytes] = []
    which: list[Bytes] = []
    cases = [(1, 0, False), (1, 1, False), (0, 0, False), (0, 1, False), (1, 0, True), (1, 1, True)]
    for mine, polarity, is_kept in cases[:n_maps]:
        top = np.zeros_like(nearby[0][0][0])
        best = np.zeros_like(top)
        for n in range(N_DIRECTIONS):
            # A dark line that turned bright is the same line.
            stood = cv2.max(nearby[1 - mine][polarity][n], nearby[1 - mine][1 - polarity][n])
            shown = np.ascontiguousarray(sums[mine][polarity][n][inner])
            if is_kept:
                value = cv2.min(shown, stood)
            else:
                if len(sums) > 2:
                    # A bright line that is new and a dark one that went look alike in the change.
                    shown = cv2.max(
                        shown,
                        np.ascontiguousarray(sums[2][polarity if mine else 1 - polarity][n][inner]),
                    )
                value = cv2.subtract(shown, stood)
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
