"""Un-building: erase a real line or post from a picture, so that one date becomes two.

Labels of fences on single pictures become pairs in which the fence is new (or was taken down). The
place of the line is filled piece by piece with the texture beside it (as quilting does: Efros and
Freeman 2001), over the slow change of brightness that surrounds it. What is blended keeps its
variance, so that no smooth scar gives the place away.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from vallum.simulate.land import Image, Pixels

_PIECE_PX = 22.0
_N_CANDIDATES = 40
_RING_PX = 3
_SOFT_PX = 0.7

Pairs = NDArray[np.int64]
"""(n, 2) columns and rows, or steps right and down."""


def unbuild(
    image: Image,
    shape_px: BaseGeometry,
    width_m: float,
    rng: np.random.Generator,
    gsd_m: float = 0.5,
    *,
    shadow_m: tuple[float, float] = (0.0, 0.0),
) -> Image:
    """Return a copy of `image` in which a structure is gone.

    Args:
        image: (band, y, x) uint8 or uint16.
        shape_px: LineString, MultiLineString or Point in pixels (column, row); the centre of the
            first pixel is (0.5, 0.5).
        width_m: breadth of what is to go, with its posts and its bare strip.
        rng: chance of which texture comes from where.
        gsd_m: size of a pixel.
        shadow_m: how far right and down its shadow reaches; that goes too.

    Returns:
        Same shape and type; unchanged farther from the line than half of `width_m` and 3 pixels
        (and its shadow).

    Raises:
        ValueError: `width_m` is not above 0.
    """
    if width_m <= 0:
        raise ValueError(f"width_m must be above 0, not {width_m}")
    half_px = width_m / 2 / gsd_m + 1.0
    cast = np.asarray(shadow_m) / gsd_m
    gone = _mask(image.shape[1:], shape_px, half_px, cast)
    result = image.copy()
    if not gone.any() or gone.all():
        return result
    filled = _filled(image.astype(np.float32), gone, _pieces(shape_px, cast), half_px, cast, rng)
    soft = cv2.GaussianBlur((gone * 255).astype(np.uint8), (0, 0), _SOFT_PX)
    soft = np.where(gone, np.maximum(soft, 160), soft)
    share = np.clip(soft.astype(np.float32) / 255 * 1.25, 0.0, 1.0)
    mixed = image + share * (filled - image)
    top = np.iinfo(image.dtype).max
    changed = share > 0
    result[:, changed] = np.clip(np.rint(mixed[:, changed]), 0, top).astype(image.dtype)
    return result


def _mask(
    shape: tuple[int, ...], shape_px: BaseGeometry, half_px: float, cast: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return the pixels of the structure and of its shadow."""
    n_steps = math.ceil(math.hypot(*cast)) + 1
    steps = np.linspace(0.0, 1.0, n_steps) if n_steps > 1 else np.zeros(1)
    moved = [affinity.translate(shape_px, *(step * cast)) for step in steps]
    body = shapely.union_all(shapely.buffer(moved, half_px))
    sheet = np.zeros(shape, np.uint8)
    for part in getattr(body, "geoms", [body]):
        outlines = [part.exterior, *part.interiors]
        corners = [
            np.rint(shapely.get_coordinates(line) * 16 - 8).astype(np.int32) for line in outlines
        ]
        cv2.fillPoly(sheet, corners, 1, cv2.LINE_8, 4)
    return sheet > 0


def _pieces(
    shape_px: BaseGeometry, cast: NDArray[np.float64]
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return the middle of each piece of the structure, and the direction across it."""
    found = []
    for part in getattr(shape_px, "geoms", [shape_px]):
        if part.length == 0:
            found.append((shapely.get_coordinates(part)[0] + cast / 2, np.array([0.0, 0.0])))
            continue
        n = max(1, math.ceil(part.length / _PIECE_PX))
        at = (np.arange(n) + 0.5) * part.length / n
        reach = min(3.0, part.length / 4)
        ends = [
            shapely.get_coordinates(shapely.line_interpolate_point([part], at + step))
            for step in (-reach, 0.0, reach)
        ]
        ahead = ends[2] - ends[0]
        ahead /= np.maximum(1e-9, np.hypot(*ahead.T))[:, None]
        across = np.column_stack([-ahead[:, 1], ahead[:, 0]])
        found += list(zip(ends[1] + cast / 2, across, strict=True))
    return found


def _filled(
    image: Pixels,
    gone: NDArray[np.bool_],
    pieces: list[tuple[NDArray[np.float64], NDArray[np.float64]]],
    half_px: float,
    cast: NDArray[np.float64],
    rng: np.random.Generator,
) -> Pixels:
    """Return the picture (band, y, x) with the gone pixels filled; the others are unchanged."""
    reach = half_px + math.hypot(*cast) / 2
    base = _slow(image, ~gone, 2 * reach + 4)
    detail = image - base
    sums = np.zeros_like(image)
    weights, squares = (np.zeros(gone.shape, np.float32) for _ in range(2))
    usable = ~gone
    ring = cv2.dilate(gone.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=_RING_PX) > 0
    ring &= usable
    for middle, across in pieces:
        box = _box(middle, reach + _PIECE_PX, gone.shape)
        target = _where(gone | ring, box)
        away = target + 0.5 - middle
        near = np.exp(-0.5 * (away**2).sum(axis=1) / (0.45 * _PIECE_PX + 0.4 * reach) ** 2)
        target, near = target[near > 0.02], near[near > 0.02].astype(np.float32)
        if not len(target):
            continue
        border = _thinned(_where(ring, box), rng)
        steps = _candidates(across, reach, rng)
        step = _best(detail, usable, target, border, steps)
        column, row = target.T
        source = _inside(target + step, gone.shape)
        sums[:, row, column] += near * detail[:, source[:, 1], source[:, 0]]
        weights[row, column] += near
        squares[row, column] += near * near
    # weights are divided by the root of their squares' sum: a mean would be too smooth
    filled = np.asarray(base + sums / np.sqrt(np.maximum(squares, 1e-12)), np.float32)
    reached = weights > 0
    # what does not fit along the border is made up for, fading inwards
    left = np.where(ring & reached, image - filled, 0).astype(np.float32)
    filled += _slow(left, ring & reached, 0.7 * reach)
    return np.asarray(np.where(gone, np.where(reached, filled, base), image), np.float32)


def _slow(image: Pixels, seen: NDArray[np.bool_], sigma_px: float) -> Pixels:
    """Return the slow part (band, y, x) of a picture of which only a part is seen."""
    keep = seen.astype(np.float32)
    weight = np.maximum(cv2.GaussianBlur(keep, (0, 0), sigma_px), 1e-6)
    planes = [cv2.GaussianBlur(plane * keep, (0, 0), sigma_px) / weight for plane in image]
    return np.stack(planes).astype(np.float32)


def _box(
    middle: NDArray[np.float64], reach: float, shape: tuple[int, ...]
) -> tuple[int, int, int, int]:
    left, upper = np.maximum(0, np.floor(middle - reach)).astype(int)
    right, lower = np.minimum(shape[::-1], np.ceil(middle + reach) + 1).astype(int)
    return int(left), int(upper), int(right), int(lower)


def _where(mask: NDArray[np.bool_], box: tuple[int, int, int, int]) -> Pairs:
    left, upper, right, lower = box
    row, column = np.nonzero(mask[upper:lower, left:right])
    return np.column_stack([column + left, row + upper])


def _thinned(pairs: Pairs, rng: np.random.Generator, most: int = 300) -> Pairs:
    if len(pairs) <= most:
        return pairs
    return pairs[rng.choice(len(pairs), most, replace=False)]


def _candidates(across: NDArray[np.float64], reach: float, rng: np.random.Generator) -> Pairs:
    """Return steps from a gone pixel to where its texture may come from: to both sides."""
    if not across.any():
        turn = rng.uniform(0, 2 * math.pi, _N_CANDIDATES)
        across = np.column_stack([np.cos(turn), np.sin(turn)])
    side = rng.choice([-1.0, 1.0], _N_CANDIDATES)
    far = side * (2 * reach + 2 + rng.exponential(0.6 * reach + 4, _N_CANDIDATES))
    along = rng.normal(0, 5.0, _N_CANDIDATES)
    ahead = np.column_stack([across[..., 1], -across[..., 0]])
    steps = np.atleast_2d(across) * far[:, None] + ahead * along[:, None]
    return np.rint(steps).astype(np.int64)


def _best(
    detail: Pixels, usable: NDArray[np.bool_], target: Pairs, border: Pairs, steps: Pairs
) -> Pairs:
    """Return the step whose texture fits best along the border of the gone pixels."""
    sparse = target[:: max(1, len(target) // 100)]
    free = np.array([_share_usable(sparse + step, usable) for step in steps])
    wanted = steps[free >= max(0.97, free.max() - 0.02)] if free.max() >= 0.97 else None
    if wanted is None:  # close to an edge or between lines: the least covered will do
        return np.asarray(steps[int(np.argmax(free))])
    if not len(border):
        return np.asarray(wanted[0])
    here = detail[:, border[:, 1], border[:, 0]]
    costs = []
    for step in wanted:
        there = _inside(border + step, usable.shape)
        difference = here - detail[:, there[:, 1], there[:, 0]]
        costs.append(float(np.minimum(difference**2, np.quantile(difference**2, 0.9)).mean()))
    return np.asarray(wanted[int(np.argmin(costs))])


def _share_usable(pairs: Pairs, usable: NDArray[np.bool_]) -> float:
    column, row = pairs.T
    within = (column >= 0) & (row >= 0) & (column < usable.shape[1]) & (row < usable.shape[0])
    good = within.copy()
    good[within] = usable[row[within], column[within]]
    return float(good.mean())


def _inside(pairs: Pairs, shape: tuple[int, ...]) -> Pairs:
    """Return the pairs, mirrored where they lie outside the picture."""
    last = np.array(shape[::-1]) - 1
    mirrored = np.abs(pairs)
    return np.clip(np.where(mirrored > last, 2 * last - mirrored, mirrored), 0, last)
