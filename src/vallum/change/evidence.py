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

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from vallum.change.zscores import PER_DEVIATION

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

N_DIRECTIONS = 16
_BLOCK_PX = (512, 1024)  # rows and columns: a few flat copies fit the cache
_RIDGE_PX = 6  # reach of a ridge across its line
_RAISED = np.uint8(128)
_MOST_OCTAVES = 2  # wider lines are left to the network
_STEPS = 8  # a ridge is clipped here: 1.3 standard deviations


@dataclass(frozen=True, kw_only=True, eq=False)
class Ridges:
    """Evidence for lines that stand in one of two dates only, at half the resolution.

    Attributes:
        decades: (y / 2, x / 2) float32, about -log10 of the chance of as much in noise; 0 = none.
        direction: (y / 2, x / 2) uint8, 0..15, times 11.25 degrees from the x axis toward +y.
    """

    decades: Floats
    direction: Bytes


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
        for number, (value, which) in enumerate(_decades(maps, directions, good)):
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
    scaled = cv2.multiply(z, PER_DEVIATION / max(usual, 0.5), dtype=cv2.CV_8S)
    scaled = cv2.min(cv2.max(scaled, -120), 120)
    return np.asarray(scaled * clear)


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
    # As far as a sum, its bends, a ridge and the tolerance reach.
    halo = 2**doublings - 1 + doublings - 2 + _RIDGE_PX + tolerance_px
    rows, columns = clear.shape
    maps = np.zeros((4, rows, columns), np.uint8)
    directions = np.zeros_like(maps)
    # A ridge needs both sides: nothing near the edge of the image or of what is clear.
    solid = cv2.erode(clear.view(np.uint8), np.ones((13, 13), np.uint8), borderValue=0)
    raised = [_framed(x.view(np.uint8) ^ _RAISED, halo, 128) for x in dates]
    most = _framed(solid * np.uint8(_STEPS), halo, 0)
    high, wide = _BLOCK_PX
    for row, column in product(range(0, rows, high), range(0, columns, wide)):
        height, width = min(high, rows - row), min(wide, columns - column)
        there = np.s_[row : row + height, column : column + width]
        if not solid[there].any():
            continue
        window = np.s_[row : row + height + 2 * halo, column : column + width + 2 * halo]
        block = np.ascontiguousarray(most[window])
        sums = [_line_sums(np.ascontiguousarray(x[window]), block, doublings) for x in raised]
        best = _suppressed(sums, block.shape, tolerance_px)
        inner = np.s_[halo : halo + height, halo : halo + width]
        for kept, out in zip(best, (maps, directions), strict=True):
            for number, one in enumerate(kept):
                out[number][there] = one.reshape(block.shape)[inner]
    solid *= 255
    for found in maps:
        cv2.bitwise_and(found, solid, dst=found)
    return maps, directions


def _framed(image: Bytes, by: int, value: int) -> Bytes:
    return np.asarray(cv2.copyMakeBorder(image, by, by, by, by, cv2.BORDER_CONSTANT, value=value))


# The blocks below are flat: one row after another, so that a step aside and a step down are both a
# step along, and one call does a whole block. What comes in at the ends of rows stays in the halo.


def _line_sums(z: Bytes, most: Bytes, doublings: int) -> list[Bytes]:
    """Return per direction the ridge summed along it, (2 * y * x,): bright ones, then dark ones.

    Args:
        z: (y, x) local z-scores + 128.
        most: (y, x) to how much a ridge counts there.
        doublings: it is summed over 2 ** doublings pixels each way.
    """
    width, size = z.shape[1], z.size
    broad = np.asarray(cv2.blur(z, (3, 3))).ravel()
    flat, both = z.ravel(), np.concatenate((most.ravel(), most.ravel()))
    work = [np.zeros(2 * size, np.uint8) for _ in range(8)]
    known: dict[int, Bytes] = {}
    out = []
    for number in range(N_DIRECTIONS):
        narrow, wide = (
            dy * width + dx for dx, dy in (_offsets(2.4)[number], _offsets(4.2)[number])
        )
        if narrow not in known:
            known[narrow] = np.zeros(2 * size, np.uint8)
            _ridge(flat, narrow, work, known[narrow])
        ridge = _ridge(broad, wide, work[1:], work[0])
        cv2.max(known[narrow], ridge, dst=ridge)
        cv2.min(ridge, both, dst=ridge)
        out.append(_summed(ridge, number, doublings, width, work[1:]))
    return out


def _ridge(z: Bytes, across: int, work: list[Bytes], out: Bytes) -> Bytes:
    """Return how far `z` rises over both its sides, then how far it falls under both."""
    size, step = len(z), abs(across)
    left, middle, right = z[: size - 2 * step], z[step : size - step], z[2 * step :]
    side = work[0][: len(middle)]
    cv2.subtract(middle, cv2.max(left, right, dst=side), dst=out[step : size - step])
    cv2.subtract(cv2.min(left, right, dst=side), middle, dst=out[size + step : 2 * size - step])
    return out


def _summed(ridge: Bytes, number: int, doublings: int, width: int, work: list[Bytes]) -> Bytes:
    """Return the ridge summed over 2 ** doublings pixels each way; the far parts may bend."""
    is_steep = N_DIRECTIONS // 4 < number < 3 * N_DIRECTIONS // 4
    aside = 1 if is_steep else width
    steps = [dy * width + dx for dx, dy in (_strides(2**n)[number] for n in range(doublings))]
    one, two, far = work[:3]
    _added(ridge, ridge, steps[0], one)
    _added(one, one, steps[1], two)
    # Backward, the first four pixels are those that lie ahead of the place four back: until the end
    # the sum over what lies behind is kept where it is that far ahead.
    ahead, behind = two, two
    spare = [(work[3], work[4]), (work[5], work[6])]
    for level in range(2, doublings):
        _bent(ahead, aside, far)
        new_ahead = _added(ahead, far, steps[level], spare[level % 2][0])
        if behind is not ahead:
            _bent(behind, aside, far)
        behind = _added(behind, far, -steps[level], spare[level % 2][1])
        ahead = new_ahead
    total = _added(ahead, behind, -steps[0] - steps[1], np.zeros_like(ridge))
    return np.asarray(cv2.subtract(total, ridge, dst=total))


def _added(image: Bytes, other: Bytes, step: int, out: Bytes) -> Bytes:
    """Return `image` and what `other` has `step` further on."""
    first, last = max(0, -step), len(image) - max(0, step)
    cv2.add(image[first:last], other[first + step : last + step], dst=out[first:last])
    return out


def _bent(image: Bytes, aside: int, out: Bytes) -> Bytes:
    """Return the most of each place and the two beside it."""
    cv2.max(image[: -2 * aside], image[2 * aside :], dst=out[aside:-aside])
    cv2.max(out[aside:-aside], image[aside:-aside], dst=out[aside:-aside])
    return out


def _suppressed(
    sums: list[list[Bytes]], shape: tuple[int, int], tolerance_px: int
) -> tuple[list[Bytes], list[Bytes]]:
    """Return what one date has and the other has not, the best over directions, and which it was.

    Four (y * x,) each: new bright, new dark, gone bright, gone dark.
    """
    size = shape[0] * shape[1]
    nearby = [_nearby(one, size, shape[1], tolerance_px) for one in sums[:2]]
    tops, which = [], []
    value, is_more, shown = (np.empty(size, np.uint8) for _ in range(3))
    for mine, polarity in ((1, 0), (1, 1), (0, 0), (0, 1)):
        here = slice(polarity * size, (polarity + 1) * size)
        # A bright line that is new and a dark one that went look alike in the change.
        there = here if mine else slice((1 - polarity) * size, (2 - polarity) * size)
        top, best = np.zeros(size, np.uint8), np.zeros(size, np.uint8)
        for n in range(N_DIRECTIONS):
            seen = sums[mine][n][here]
            if len(sums) > 2:
                seen = cv2.max(seen, sums[2][n][there], dst=shown)
            cv2.subtract(seen, nearby[1 - mine][n], dst=value)
            cv2.compare(value, top, cv2.CMP_GT, dst=is_more)
            # Later directions have larger numbers: the largest is the last that was more.
            np.bitwise_and(is_more, np.uint8(n), out=is_more)
            cv2.max(best, is_more, dst=best)
            cv2.max(top, value, dst=top)
        tops.append(top)
        which.append(best)
    return tops, which


def _nearby(sums: list[Bytes], size: int, width: int, tolerance_px: int) -> list[Bytes]:
    """Return per direction what a date shows within the tolerance, bright or dark.

    In this or a neighbouring direction: a dark line that turned bright is the same line.
    """
    grown = []
    for both in sums:
        most = np.asarray(cv2.max(both[:size], both[size:]))
        for step in (1, width):
            wide = most.copy()
            for far in range(step, step * tolerance_px + 1, step):
                cv2.max(wide[far:], most[:-far], dst=wide[far:])
                cv2.max(wide[:-far], most[far:], dst=wide[:-far])
            most = wide
        grown.append(most)
    return [
        np.asarray(cv2.max(grown[n], cv2.max(grown[n - 1], grown[(n + 1) % N_DIRECTIONS])))
        for n in range(N_DIRECTIONS)
    ]


def _decades(maps: Bytes, directions: Bytes, solid: Bools) -> list[tuple[Floats, Bytes]]:
    """Return (y, x) decades of evidence and their direction, for new and for gone.

    Divided by the local level, by a tail fitted here; of bright and dark the better one.
    """
    counted = [cv2.min(one, 60) for one in maps]
    total = cv2.add(cv2.add(counted[0], counted[1]), cv2.add(counted[2], counted[3]))
    level = total.astype(np.float32)
    level *= np.float32(0.25)
    usual = float(cv2.mean(level, solid.view(np.uint8))[0])
    near = cv2.blur(solid.astype(np.float32), (129, 129))
    cv2.max(near, 1e-3, dst=near)
    local = cv2.blur(level, (129, 129))
    local *= np.float32(0.8)
    local /= near
    local += np.float32(0.2 * usual + 0.5)
    at = np.flatnonzero(solid)
    at = at[:: max(1, len(at) // 50_000)]
    if not len(at):
        return [(np.zeros(solid.shape, np.float32), directions[0]) for _ in range(2)]
    sample = maps.reshape(len(maps), -1)[:, at] / local.ravel()[at]
    one, two = np.quantile(sample, (0.9, 0.98))
    slope = np.float32(np.log10(0.1 / 0.02) / max(two - one, 0.05 * two, 1e-3))
    factor = slope / local
    out = []
    for bright, dark in ((0, 1), (2, 3)):
        most = cv2.max(maps[bright], maps[dark])
        which = directions[bright]
        cv2.copyTo(directions[dark], cv2.compare(maps[dark], maps[bright], cv2.CMP_GT), which)
        value = cv2.multiply(most, factor, dtype=cv2.CV_32F)
        cv2.max(cv2.add(value, float(1 - one * slope), dst=value), 0.0, dst=value)
        # Nothing seen is no evidence, even where the tail begins below nothing.
        decades = np.zeros_like(value)
        out.append((np.asarray(cv2.copyTo(value, most, decades)), which))
    return out
