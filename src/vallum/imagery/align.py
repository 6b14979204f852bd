"""How far one image lies from another: sub-pixel translation by tiles that vote.

The pixels are turned into locally normalised texture (brightness first, edges if brightness does
not agree), a coarse search over the whole image proposes a few shifts, and then every tile with
enough texture measures its own shift to a fraction of a pixel. The answer is the median of the
tiles that agree. Where they do not agree the answer says so in `blocked_by`; it is never a guess.

Phase correlation: Kuglin & Hines 1975. Refinement: Gauss-Newton on the normalised difference with
robust weights, in the manner of Lucas & Kanade 1981 and the ECC of Evangelidis & Psarakis 2008.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft, stats

from vallum.ground.errors import GridMismatch

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

SMALLEST_PX = 96
_REACH_PX = 6  # how far a tile may move from the coarse shift
_MARGIN_PX = 4  # pixels around a tile that the sub-pixel filter needs
_AGREE_PX = 1.0
_LEAST_TILES = 3
_LEAST_SHARE = 0.25
_LEAST_SURPRISE = 0.02
_WORST_RMSE_PX = 0.75
_LEAST_CORRELATION = 0.12


@dataclass(frozen=True, kw_only=True)
class Shift:
    """How far `moving` lies from `reference`, in pixels, and how well that is known.

    A thing seen at (column, row) of the reference is at (column + dx_px, row + dy_px) of moving.
    On a north-up grid the content of moving must go `-dx_px * gsd` east and `+dy_px * gsd` north
    to lie on the reference.

    Attributes:
        dx_px: columns, positive to the right.
        dy_px: rows, positive downward.
        rmse_px: root mean square distance of the agreeing tiles from their median.
        n_tiles: tiles that agree.
        reliability: share of the voting tiles that agree, 0 to 1.
        blocked_by: why the images could not be aligned; empty when they could. When it is not
            empty, the numbers above must not be used.
    """

    dx_px: float
    dy_px: float
    rmse_px: float
    n_tiles: int
    reliability: float
    blocked_by: str = ""


def shift(
    reference: NDArray[np.generic],
    moving: NDArray[np.generic],
    valid: Bools,
    *,
    search_px: int = 48,
) -> Shift:
    """Return how far `moving` lies from `reference`: translation only, no rotation or scale.

    A thing seen at (column, row) of `reference` is at (column + dx_px, row + dy_px) of `moving`.

    Args:
        reference: (band, y, x) or (y, x), any numeric type; the first three bands are averaged.
        moving: the same height, width and pixel size; the number of bands may differ.
        valid: (y, x) bool, True = usable in both; other pixels do not vote.
        search_px: largest shift looked for, along each axis.

    Returns:
        Shift; `blocked_by` is set when there is too little texture, when the tiles disagree (two
        different places), or when the agreeing tiles scatter too far.

    Raises:
        GridMismatch: the three arrays do not have one height and width.
    """
    if reference.shape[-2:] != moving.shape[-2:] or valid.shape != reference.shape[-2:]:
        raise GridMismatch(
            f"align: reference {reference.shape[-2:]}, moving {moving.shape[-2:]} and valid "
            f"{valid.shape} differ; read all three on one grid"
        )
    if min(valid.shape) < SMALLEST_PX:
        return _blocked(f"smaller than {SMALLEST_PX} px")
    if valid.mean() < 0.05:
        return _blocked("too few usable pixels")
    grey = _brightness(reference), _brightness(moving)
    outcome = _blocked("too little texture")
    for prepare in (_texture, _edges):
        left, right = (prepare(image, valid) for image in grey)
        found = _by_votes(left, right, valid, search_px)
        if not found.blocked_by:
            return found
        if found.reliability >= outcome.reliability:
            outcome = found
    return outcome


def _blocked(reason: str) -> Shift:
    return Shift(dx_px=0.0, dy_px=0.0, rmse_px=0.0, n_tiles=0, reliability=0.0, blocked_by=reason)


def _brightness(image: NDArray[np.generic]) -> Floats:
    """Return (y, x) float32: the mean of the first three bands."""
    if image.ndim == 2:
        return image.astype(np.float32)
    return np.asarray(image[:3].mean(axis=0, dtype=np.float32))


def _texture(grey: Floats, valid: Bools) -> Floats:
    """Return brightness as local z-scores within +-3, 0 where unusable or flat."""
    size = (31, 31)
    weight = valid.astype(np.float32)
    near = np.maximum(cv2.blur(weight, size), 1e-3)
    filled = np.where(valid, grey, np.float32(0))
    mean = cv2.blur(filled, size) / near
    high = np.where(valid, grey - mean, np.float32(0))
    spread = np.sqrt(np.maximum(cv2.blur(high * high, size), 0) / near)
    # A floor keeps the sensor noise of flat water or snow from voting as texture.
    floor = 0.1 * float(np.median(spread[valid])) + 1e-3
    # Soft shoulders at mask edges: the outline of a cloud must not be a landmark.
    inner = cv2.erode(valid.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=1)
    soft = cv2.blur(inner.astype(np.float32), (7, 7)) * inner
    return np.asarray(np.clip(high / (spread + floor), -3, 3) * soft, dtype=np.float32)


def _edges(grey: Floats, valid: Bools) -> Floats:
    """Return gradient magnitude as local z-scores: survives contrast that turned round."""
    smooth = cv2.GaussianBlur(grey, (0, 0), 1.0)
    magnitude = cv2.magnitude(
        cv2.Scharr(smooth, cv2.CV_32F, 1, 0), cv2.Scharr(smooth, cv2.CV_32F, 0, 1)
    )
    inner = cv2.erode(valid.astype(np.uint8), np.ones((7, 7), np.uint8), borderValue=1) > 0
    return _texture(np.sqrt(magnitude), inner) if inner.any() else np.zeros_like(grey)


def _by_votes(left: Floats, right: Floats, valid: Bools, search_px: int) -> Shift:
    """Return the best verdict of the tiles over the coarse proposals."""
    best = _blocked("too little texture")
    for column, row in _proposals(left, right, valid, search_px):
        votes, corners = _votes(left, right, valid, column, row)
        verdict = _settle(votes, search_px)
        if not verdict.blocked_by:
            apart = np.hypot(votes[:, 0] - verdict.dx_px, votes[:, 1] - verdict.dy_px)
            agreeing = corners[apart <= _AGREE_PX]
            dx, dy = _jointly(left, right, agreeing, verdict.dx_px, verdict.dy_px)
            return replace(verdict, dx_px=dx, dy_px=dy)
        if verdict.reliability >= best.reliability:
            best = verdict
    return best


def _proposals(left: Floats, right: Floats, valid: Bools, search_px: int) -> list[tuple[int, int]]:
    """Return a few whole-pixel shifts (dx, dy), best first, by correlation of decimated texture."""
    step = int(np.clip(min(left.shape) // 160, 1, 4))
    small = (left.shape[1] // step, left.shape[0] // step)
    a, b, m = (
        cv2.resize(x, small, interpolation=cv2.INTER_AREA)
        for x in (left, right, valid.astype(np.float32))
    )
    reach = min(-(-search_px // step), min(a.shape) // 2)
    shape = tuple(fft.next_fast_len(n + reach, real=True) for n in a.shape)
    fa, fb, fm = (fft.rfft2(x, shape) for x in (a, b, m))
    together = fft.irfft2(np.conj(fa) * fb, shape)
    shared = fft.irfft2(np.conj(fm) * fm, shape)
    score = together / np.sqrt(np.maximum(shared, 0.2 * float(m.sum()) + 1))
    score = np.roll(score, (reach, reach), (0, 1))[: 2 * reach + 1, : 2 * reach + 1]
    score = cv2.GaussianBlur(score.astype(np.float32), (0, 0), 0.7)
    proposals = []
    for _ in range(4):
        row, column = np.unravel_index(int(np.argmax(score)), score.shape)
        proposals.append((int(column - reach) * step, int(row - reach) * step))
        score[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3] = -np.inf
    return proposals if (0, 0) in proposals else [*proposals, (0, 0)]


def _side(shape: tuple[int, ...]) -> int:
    """Return the tile side: 256 px where the image is large enough for several of them."""
    return 256 if min(shape) >= 800 else 128 if min(shape) >= 320 else 64


def _starts(size: int, side: int, by: int) -> NDArray[np.intp]:
    """Return where tiles start along one axis so that they and their partners stay inside."""
    edge = _MARGIN_PX + _REACH_PX
    low, high = max(edge, edge - by), min(size - side - edge, size - side - edge - by)
    if high < low:
        return np.zeros(0, np.intp)
    # Tiles overlap by half where the image is too small for five of them in a row.
    hop = side if high - low >= 4 * side else side / 2
    n_tiles = max(1 if high == low else 2, round((high - low) / hop) + 1)
    return np.unique(np.linspace(low, high, n_tiles).astype(np.intp))


def _votes(
    left: Floats, right: Floats, valid: Bools, column: int, row: int
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return (n, 2) shifts (dx, dy) and (n, 2) corners (row, column) of tiles with texture.

    A tile that finds no match votes NaN: it counts against the reliability.
    """
    side = _side(left.shape)
    window = cv2.createHanningWindow((side, side), cv2.CV_32F)
    usable = cv2.integral(valid.astype(np.uint8))
    votes, corners = [], []
    for y, x in product(_starts(left.shape[0], side, row), _starts(left.shape[1], side, column)):
        v, u = y + row, x + column
        if min(_share(usable, y, x, side), _share(usable, v, u, side)) < 0.6:
            continue
        patch = left[y : y + side, x : x + side]
        if min(patch.std(), right[v : v + side, u : u + side].std()) < 0.15:
            continue
        near = right[v - _REACH_PX : v + side + _REACH_PX, u - _REACH_PX : u + side + _REACH_PX]
        match = cv2.matchTemplate(near, patch, cv2.TM_CCORR_NORMED)
        at_row, at_column = np.unravel_index(int(np.argmax(match)), match.shape)
        dx, dy = column + at_column - _REACH_PX, row + at_row - _REACH_PX
        corners.append((y, x))
        votes.append(_refined(patch, right, (y, x), window, float(dx), float(dy)))
    return (
        np.array(votes, dtype=np.float64).reshape(-1, 2),
        np.array(corners, dtype=np.intp).reshape(-1, 2),
    )


def _inside(start: float, size: int, side: int) -> int:
    return int(np.clip(round(start), _MARGIN_PX, size - side - _MARGIN_PX))


def _share(table: NDArray[np.int32], row: int, column: int, side: int) -> float:
    """Return the share of usable pixels in a tile from the summed-area table."""
    bottom, right = row + side, column + side
    total = int(table[bottom, right]) - int(table[row, right])
    return (total - int(table[bottom, column]) + int(table[row, column])) / side**2


def _refined(
    patch: Floats, right: Floats, corner: tuple[int, int], window: Floats, dx: float, dy: float
) -> tuple[float, float]:
    """Return the tile's shift after Gauss-Newton steps; NaN when the two do not correlate."""
    start, correlation = (dx, dy), 0.0
    for _ in range(6):
        there = _partner(right, corner, patch.shape[0], dx, dy)
        if there is None:
            return np.nan, np.nan
        normal, correlation = _normal(patch, there, window)
        step_x, step_y = _solved(normal)
        dx, dy = dx + step_x, dy + step_y
        if max(abs(dx - start[0]), abs(dy - start[1])) > 2:
            return np.nan, np.nan
        if max(abs(step_x), abs(step_y)) < 0.005:
            break
    return (dx, dy) if correlation >= _LEAST_CORRELATION else (np.nan, np.nan)


def _jointly(
    left: Floats, right: Floats, corners: NDArray[np.intp], dx: float, dy: float
) -> tuple[float, float]:
    """Return the one shift that fits all agreeing tiles best, from their median as a start."""
    side, start = _side(left.shape), (dx, dy)
    window = cv2.createHanningWindow((side, side), cv2.CV_32F)
    for _ in range(4):
        total = np.zeros(5)
        for y, x in corners:
            there = _partner(right, (y, x), side, dx, dy)
            if there is not None:
                total += _normal(left[y : y + side, x : x + side], there, window)[0]
        step_x, step_y = _solved(total)
        dx, dy = dx + step_x, dy + step_y
        if max(abs(dx - start[0]), abs(dy - start[1])) > _AGREE_PX / 2:
            return start
        if max(abs(step_x), abs(step_y)) < 0.002:
            break
    return dx, dy


def _partner(
    right: Floats, corner: tuple[int, int], side: int, dx: float, dy: float
) -> Floats | None:
    """Return the tile of `right` that lies (dx, dy) from `corner`, or None outside the image."""
    y, x = corner[0] + dy, corner[1] + dx
    row, column = _inside(y, right.shape[0], side), _inside(x, right.shape[1], side)
    if max(abs(x - column), abs(y - row)) > 1:
        return None
    return _sampled(right, row, column, side, x - column, y - row)


def _sampled(image: Floats, row: int, column: int, side: int, fx: float, fy: float) -> Floats:
    """Return the tile at a fraction of a pixel, by a separable Lanczos filter of eight taps.

    `cv2.warpAffine` rounds to 1/32 px, which would be a floor under the accuracy.
    """
    m = _MARGIN_PX
    rough = image[row - m : row + side + m, column - m : column + side + m]
    return np.asarray(
        cv2.sepFilter2D(rough, cv2.CV_32F, _lanczos(fx), _lanczos(fy))[m : m + side, m : m + side]
    )


def _lanczos(fraction: float) -> Floats:
    """Return nine taps that read the signal `fraction` of a pixel further on (-2 to 2)."""
    at = np.arange(-4, 5, dtype=np.float64) - fraction
    taps = np.where(np.abs(at) < 3, np.sinc(at) * np.sinc(at / 3), 0.0)
    return np.asarray(taps / taps.sum(), dtype=np.float32)


def _normal(patch: Floats, there: Floats, window: Floats) -> tuple[NDArray[np.float64], float]:
    """Return the five sums of the robust normal equations and the correlation of two tiles."""
    weighted = window * there
    cross, own, other = (
        float(np.vdot(a, b))
        for a, b in ((weighted, patch), (window * patch, patch), (weighted, there))
    )
    correlation = cross / max(np.sqrt(own * other), 1e-6)
    gain = np.float32(np.clip(cross / max(other, 1e-6), 0.2, 2.0))
    rest = patch - gain * there
    weight = window / (1 + (rest / np.float32(0.7)) ** 2)  # Cauchy: what changed pulls little
    gx = gain * cv2.Sobel(there, cv2.CV_32F, 1, 0, ksize=1, scale=0.5)
    gy = gain * cv2.Sobel(there, cv2.CV_32F, 0, 1, ksize=1, scale=0.5)
    wx, wy = weight * gx, weight * gy
    pairs = ((wx, gx), (wx, gy), (wy, gy), (wx, rest), (wy, rest))
    return np.array([float(np.vdot(a, b)) for a, b in pairs]), correlation


def _solved(normal: NDArray[np.float64]) -> tuple[float, float]:
    """Return the step (dx, dy); far out when only one direction is known (one straight edge)."""
    xx, xy, yy, bx, by = normal
    det = xx * yy - xy * xy
    if det < 1e-3 * max(xx, yy, 1e-6) ** 2:
        return 9.0, 9.0
    step = np.clip(((yy * bx - xy * by) / det, (xx * by - xy * bx) / det), -1, 1)
    return float(step[0]), float(step[1])


def _settle(votes: NDArray[np.float64], search_px: int) -> Shift:
    """Return the median of the largest group of agreeing votes, or why there is none."""
    n_voting = len(votes)
    real = votes[np.isfinite(votes).all(axis=1)]
    if n_voting < _LEAST_TILES:
        return _blocked("too little texture")
    if len(real) < _LEAST_TILES:
        return _blocked("no tile matches: two different places, or too much has changed")
    distance = np.hypot(*(real[:, None] - real[None]).transpose(2, 0, 1))
    middle = real[np.argmax((distance <= _AGREE_PX).sum(axis=1))]
    for _ in range(3):
        agreeing = real[np.hypot(*(real - middle).T) <= _AGREE_PX]
        if not len(agreeing):
            break
        middle = np.median(agreeing, axis=0)
    rmse = float(np.sqrt(((agreeing - middle) ** 2).sum(axis=1).mean())) if len(agreeing) else 0.0
    outcome = Shift(
        dx_px=float(middle[0]),
        dy_px=float(middle[1]),
        rmse_px=rmse,
        n_tiles=len(agreeing),
        reliability=len(agreeing) / n_voting,
    )
    if outcome.reliability < _LEAST_SHARE or _by_chance(len(agreeing), n_voting) > _LEAST_SURPRISE:
        return replace(
            outcome, blocked_by="the tiles disagree: two different places, or too much has changed"
        )
    if rmse > _WORST_RMSE_PX:
        return replace(outcome, blocked_by=f"residual {rmse:.2f} px is over {_WORST_RMSE_PX} px")
    if np.abs(middle).max() > search_px + 1:
        return replace(outcome, blocked_by=f"shift is over {search_px} px")
    return outcome


def _by_chance(n_agreeing: int, n_voting: int) -> float:
    """Return how often unrelated tiles would agree this well, over all proposals tried.

    A tile without a match lands anywhere within its reach, so another tile's vote is beside it
    with the ratio of the two areas.
    """
    beside = np.pi * _AGREE_PX**2 / (2 * _REACH_PX + 1) ** 2
    return float(10 * n_voting * stats.binom.sf(n_agreeing - 2, n_voting - 1, beside))
