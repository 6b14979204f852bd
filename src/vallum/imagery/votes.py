"""What single tiles say about how far one image lies from another.

Both images are turned into texture (brightness, or edges where brightness does not agree, as local
z-scores), cut into the same tiles, and every tile is correlated in the Fourier domain, where each
frequency counts by its phase alone. The highest point of the correlation is the tile's vote, to a
fraction of a pixel. The two images play the same part everywhere, so swapping them negates the
votes.

A move is a complex number: columns + 1j * rows, in pixels. "A thing at z of the reference is at
z + move of moving."

Phase correlation: Kuglin & Hines 1975. Weights of the joint estimate: Knapp & Carter 1976.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Moves = NDArray[np.complex128]
Spectra = NDArray[np.complex64]

REACH_PX = 12  # how far a tile may lie from where it is looked for
_NEAR_PX = 15  # side of the window of the local z-score
_CLIP = 3.0
_LEAST_USABLE = 0.6
_LEAST_TEXTURE = 0.25
_LOUDEST = 4.0
_FAINT = 0.3
_BLUR_PX = 0.8  # of the correlation peak, so that a paraboloid fits it


@dataclass(frozen=True, kw_only=True, eq=False)
class Votes:
    """The votes of the tiles that have texture in both images.

    Attributes:
        at: (n,) complex, centres of the tiles, half way between both images.
        moves: (n,) complex, what each tile says.
        base: the whole-pixel move at which the tiles were cut.
        high: (n, y, x) correlation of each tile for whole moves around `base`.
        left: (n, side, side // 2 + 1) spectra of the tiles of the reference.
        right: the same of moving.
        side: pixels along a tile.
    """

    at: Moves
    moves: Moves
    base: complex
    high: Floats
    left: Spectra
    right: Spectra
    side: int

    def __len__(self) -> int:
        return len(self.moves)


def brightness(image: NDArray[np.generic]) -> Floats:
    """Return (y, x) float32: the mean of the first three bands."""
    if image.ndim == 2:
        return np.asarray(image, dtype=np.float32)
    if image.dtype not in (np.uint8, np.uint16) or len(image) < 3:
        return np.asarray(image[:3].mean(axis=0, dtype=np.float32))
    total = np.asarray(cv2.add(image[0], image[1], dtype=cv2.CV_32F))
    cv2.add(total, image[2], dst=total, dtype=cv2.CV_32F)
    total /= np.float32(3)
    return total


def texture(grey: Floats, weight: Floats | None) -> Floats:
    """Return brightness as local z-scores within +-3, 0 where unusable or flat.

    Args:
        grey: (y, x).
        weight: (y, x) 0 to 1, how far a pixel is usable; None where all are.
    """
    size = (_NEAR_PX, _NEAR_PX)
    high = np.asarray(cv2.blur(grey, size))
    np.subtract(grey, high, out=high)
    spread = high * high
    cv2.sqrt(cv2.blur(spread, size), dst=spread)
    seen = spread[::5, ::5]
    if weight is not None:
        for rows, wide, inner in _around(weight < 1):
            weighed = _weighed(grey[wide], weight[wide])
            high[rows], spread[rows] = weighed[0][inner], weighed[1][inner]
        seen = seen[weight[::5, ::5] > 0]
    # A floor keeps the sensor noise of flat water or snow from voting as texture.
    spread += np.float32(0.1 * float(np.median(seen)) + 1e-3) if seen.size else np.float32(1)
    high /= spread
    return np.asarray(np.clip(high, -_CLIP, _CLIP, out=high))


def _around(found: Bools) -> Iterator[tuple[slice, slice, slice]]:
    """Yield the stretches of rows on which a filter feels what was found in (y, x).

    Yields:
        The rows; those and as many around them as the filter needs; and the rows within these.
    """
    rows = np.asarray(found.any(axis=1)).view(np.uint8)[None]
    near = cv2.dilate(rows, np.ones((1, 2 * _NEAR_PX + 1), np.uint8))[0]
    turns = np.flatnonzero(np.diff(near, prepend=0, append=0)).tolist()
    for first, last in zip(turns[::2], turns[1::2], strict=True):
        start, stop = max(0, first - _NEAR_PX), min(len(near), last + _NEAR_PX)
        yield slice(first, last), slice(start, stop), slice(first - start, last - start)


def _weighed(grey: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Return what stands out from the mean around it, and how much does so around it."""
    size = (_NEAR_PX, _NEAR_PX)
    near = np.maximum(cv2.blur(weight, size), np.float32(1e-3))
    high = (grey - cv2.blur(grey * weight, size) / near) * weight
    return high, np.asarray(cv2.sqrt(np.maximum(cv2.blur(high * high, size), 0) / near))


def edges(grey: Floats, weight: Floats | None) -> Floats:
    """Return gradient magnitude as local z-scores: survives contrast that turned round."""
    smooth = cv2.GaussianBlur(grey, (0, 0), 1.0)
    across = cv2.Scharr(smooth, cv2.CV_32F, 1, 0), cv2.Scharr(smooth, cv2.CV_32F, 0, 1)
    inner = None if weight is None else cv2.erode(weight, np.ones((7, 7), np.uint8))
    return texture(cv2.sqrt(cv2.magnitude(*across)), inner)


def softened(valid: Bools) -> Floats | None:
    """Return weights with soft shoulders, so that the outline of a cloud is no landmark.

    None where everything is usable.
    """
    if valid.all():
        return None
    weight = np.ones(valid.shape, np.float32)
    for rows, wide, inside in _around(~valid):
        inner = cv2.erode(valid[wide].view(np.uint8), np.ones((5, 5), np.uint8), borderValue=1)
        soft = cv2.blur(inner.astype(np.float32), (7, 7)) * inner
        weight[rows] = soft[inside]
    return weight


def between(size: int, side: int, by: int, n_most: int, *, hop: int = 0) -> NDArray[np.intp]:
    """Return where tiles start along one axis so that both partners stay inside.

    At most `n_most`, spread evenly, about `hop` apart (a whole tile if 0). They overlap where the
    image is too small for four in a row.
    """
    low = max(0, by // 2, by // 2 - by)
    high = min(size - side, size - side + by // 2, size - side + by // 2 - by)
    if high < low:
        return np.zeros(0, np.intp)
    n_tiles = (high - low) // (hop or side) + 1
    if n_tiles < 4:
        n_tiles = min(4, 2 * n_tiles - 1) if n_tiles > 1 else 2
    return np.unique(np.linspace(low, high, min(n_tiles, n_most)).round().astype(np.intp))


def cast(
    reference: NDArray[np.generic],
    moving: NDArray[np.generic],
    valid: Bools,
    corners: NDArray[np.intp],
    side: int,
    base: complex,
    prepare: Callable[[Floats, Floats | None], Floats],
) -> Votes:
    """Return what the tiles say that have texture and pixels in both images.

    Args:
        reference: (band, y, x) or (y, x).
        moving: the same height and width.
        valid: (y, x), usable in both.
        corners: (n, 2) row and column of the upper left corner, half way between both images.
        side: pixels along a tile.
        base: whole-pixel move around which is looked, within `REACH_PX`.
        prepare: `texture` or `edges`.
    """
    dx, dy = int(base.real), int(base.imag)
    # The odd pixel goes to one image or the other by its sign alone: symmetric under a swap.
    here = corners - (dy // 2, dx // 2)
    there = here + np.array([dy, dx])
    masks = [_cut(valid, at, side).reshape(-1, side, side) for at in (here, there)]
    shares = np.minimum(*(mask.mean(axis=(1, 2), dtype=np.float32) for mask in masks))
    usable = shares >= _LEAST_USABLE
    scores = [
        _prepared(image, at[usable], side, prepare, mask[usable])
        for image, at, mask in ((reference, here, masks[0]), (moving, there, masks[1]))
    ]
    rich = np.minimum(*(np.einsum("nyx,nyx->n", s, s) for s in scores)) / side**2
    rich = rich >= _LEAST_TEXTURE**2
    window = cv2.createHanningWindow((side, side), cv2.CV_32F)
    chosen = scores if rich.all() else [s[rich] for s in scores]
    left, right = (fft.rfft2(np.multiply(s, window, out=s)) for s in chosen)
    high = _correlations(left, right, side)
    centres = corners[usable][rich] + (side - 1) / 2
    return Votes(
        at=centres[:, 1] + 1j * centres[:, 0],
        moves=base + _peaks(high),
        base=base,
        high=high,
        left=left,
        right=right,
        side=side,
    )


def _cut(image: NDArray[np.generic], corners: NDArray[np.intp], side: int) -> NDArray[np.generic]:
    """Return (band, n * side, side) or (n * side, side): tiles one below the other."""
    if not len(corners):
        return np.zeros((*image.shape[:-2], 0, side), image.dtype)
    tiles = [image[..., y : y + side, x : x + side] for y, x in corners.tolist()]
    return np.concatenate(tiles, axis=-2)


def _prepared(
    image: NDArray[np.generic],
    corners: NDArray[np.intp],
    side: int,
    prepare: Callable[[Floats, Floats | None], Floats],
    masks: Bools,
) -> Floats:
    """Return (n, side, side) texture; only the pixels of the tiles are ever touched."""
    if not len(corners):
        return np.zeros((0, side, side), np.float32)
    # One tall picture: filters reach a few pixels into the next tile, where the window is 0.
    weight = softened(masks.reshape(-1, side))
    return prepare(brightness(_cut(image, corners, side)), weight).reshape(-1, side, side)


def _correlations(left: Spectra, right: Spectra, side: int) -> Floats:
    """Return (n, y, x) correlations for moves within the reach and one pixel around."""
    reach = REACH_PX + 1
    if not len(left):
        return np.zeros((0, 2 * reach + 1, 2 * reach + 1), np.float32)
    cross = np.conj(left) * right
    size = np.abs(cross)
    rows, columns = fft.fftfreq(side)[:, None], fft.rfftfreq(side)[None]
    low = np.exp(-2 * (np.pi * _BLUR_PX) ** 2 * (rows**2 + columns**2)).astype(np.float32)
    cross *= low / (size + np.float32(_FAINT) * size.mean(axis=(1, 2), keepdims=True) + 1e-12)
    moves = np.arange(-reach, reach + 1)
    return np.asarray(fft.irfft2(cross, (side, side)).take(moves, 1).take(moves, 2), np.float32)


def in_common(votes: Votes) -> tuple[complex, float]:
    """Return the move at the top of all correlations together, and its height in deviations."""
    high = votes.high
    if not len(high):
        return votes.base, 0.0
    level = np.median(high, axis=(1, 2), keepdims=True)
    spread = high.std(axis=(1, 2), keepdims=True) + 1e-12
    # Clipped: the outline of one field must not speak for the whole image.
    together = np.clip((high - level) / spread, -_LOUDEST, _LOUDEST).mean(axis=0)
    if -float(together.min()) > float(together.max()):
        # Contrast that turned round: every top would be beside the true place.
        return votes.base, 0.0
    rest = 1.4826 * float(np.median(np.abs(together - np.median(together)))) + 1e-9
    height = (float(together[1:-1, 1:-1].max()) - float(np.median(together))) / rest
    return votes.base + complex(_peaks(together[None])[0]), height


def _peaks(high: Floats) -> Moves:
    """Return (n,) moves: the highest point of each correlation, by a paraboloid on 3 x 3."""
    inside = 2 * REACH_PX + 1
    at = (
        high[:, 1:-1, 1:-1].reshape(len(high), -1).argmax(axis=1) if len(high) else np.zeros(0, int)
    )
    row, column, n = at // inside, at % inside, np.arange(len(high))
    near = np.stack([high[n, row + i, column + j] for i in range(3) for j in range(3)])
    return (column - REACH_PX) + 1j * (row - REACH_PX) + _top(near.astype(np.float64))


def _top(z: NDArray[np.float64]) -> Moves:
    """Return where the least-squares paraboloid through (9, n) values has its top."""
    gx = (z[2] + z[5] + z[8] - z[0] - z[3] - z[6]) / 6
    gy = (z[6] + z[7] + z[8] - z[0] - z[1] - z[2]) / 6
    xx = (z[0] + z[3] + z[6] + z[2] + z[5] + z[8] - 2 * (z[1] + z[4] + z[7])) / 3
    yy = (z[0] + z[1] + z[2] + z[6] + z[7] + z[8] - 2 * (z[3] + z[4] + z[5])) / 3
    xy = (z[0] + z[8] - z[2] - z[6]) / 4
    det = xx * yy - xy * xy
    fine = (det > 0) & (xx < 0)
    det = np.where(fine, det, 1.0)
    dx = np.where(fine, (xy * gy - yy * gx) / det, 0.0)
    dy = np.where(fine, (xy * gx - xx * gy) / det, 0.0)
    return np.asarray(np.clip(dx, -1, 1) + 1j * np.clip(dy, -1, 1))


def jointly(votes: Votes, chosen: Bools, start: complex) -> complex:
    """Return the one move that fits all chosen tiles best, close to `start`.

    The cross spectra of the tiles are added up, and the phase plane that fits them best is found
    by Newton steps; no pixel is resampled. A frequency counts by the root of what the tiles have in
    common there.
    """
    left, right = votes.left[chosen], votes.right[chosen]
    total = np.conj(left) * right
    energy = np.sqrt(
        np.einsum("nyx,nyx->n", left, left.conj()).real
        * np.einsum("nyx,nyx->n", right, right.conj()).real
    )
    shared = np.tensordot(1 / np.maximum(energy, 1e-9), total, 1)
    ky = 2 * np.pi * fft.fftfreq(votes.side)[:, None]
    kx = 2 * np.pi * fft.rfftfreq(votes.side)[None]
    # Near the highest frequencies the sampling of both images folds: leave them out.
    halves = np.ones(kx.shape)
    halves[:, 0] = 0.5  # holds both signs of the row frequency
    weight = (
        halves
        * (np.maximum(np.abs(kx), np.abs(ky)) < 0.85 * np.pi)
        / np.sqrt(np.abs(shared) + 1e-12)
    )
    move = start - votes.base
    for _ in range(6):
        turned = weight * shared * np.exp(1j * (kx * move.real + ky * move.imag))
        real, imaginary = turned.real, turned.imag
        gx, gy = -float((kx * imaginary).sum()), -float((ky * imaginary).sum())
        xx, yy = float((kx * kx * real).sum()), float((ky * ky * real).sum())
        xy = float((kx * ky * real).sum())
        det = xx * yy - xy * xy
        if not (xx > 0 and det > 1e-3 * max(xx, yy) ** 2):
            return start
        step = complex((yy * gx - xy * gy) / det, (xx * gy - xy * gx) / det)
        move += step
        if abs(move - (start - votes.base)) > 0.5:
            return start
        if abs(step) < 5e-4:
            break
    return votes.base + move
