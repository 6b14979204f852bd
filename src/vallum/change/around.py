"""How the picture of a post stands out at its place, against all places around it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vallum.change.along import discriminant, half_of
from vallum.change.odds import Odds
from vallum.change.straight import Strip

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]

_ASIDE = 3
_LEAST_PLACES = 150
_SHRINK = 0.3
_KERNEL = 5  # the ground of the other date explains a pixel from this neighbourhood
_SMOOTH_PX = 0.7


def usual_picture(strip: Strip) -> Floats:
    """Return a plain square of the width of the thing."""
    at = np.abs(np.arange(-half_of(strip), half_of(strip) + 1, dtype=np.float32))
    bar = np.clip((strip.width + 1) / 2 - at, 0, 1).astype(np.float32)
    return np.asarray(np.outer(bar, bar))


def added(strip: Strip, without: Strip | None) -> Floats:
    """Return the picture of what stands there, less what the date without it explains.

    Only what stands out of the change around it is kept: the rest is grain.
    """
    rest, clear, _ = _residual(strip, without)
    middle, half = rest.shape[0] // 2, half_of(strip)
    near = slice(middle - half, middle + half + 1)
    picture = cv2.GaussianBlur(rest, (0, 0), _SMOOTH_PX)
    grain = 1.4826 * float(np.median(np.abs(picture[clear]))) if clear.any() else 0.0
    part = picture[near, near]
    at = np.arange(-half, half + 1)
    window = np.exp(-0.5 * (np.maximum(np.abs(at) - strip.width / 2, 0) / 2.0) ** 2)
    kept = np.sign(part) * np.maximum(np.abs(part) - grain, 0) * np.outer(window, window)
    return np.asarray(kept, dtype=np.float32)


def odds(
    strip: Strip,
    picture: Floats,
    ground: Strip | None,
    *,
    faded: float,
    shares: tuple[float, float],
) -> tuple[Odds, Odds | None] | None:
    """Return how a picture stands out at the middle of the strip, in both polarities.

    Args:
        strip: the square around the point on the date that is asked.
        picture: (row, column) what the thing adds to the ground.
        ground: the square on a date without the thing, if there is one.
        faded: share of the picture that is laid on other places to see if it would be noticed.
        shares: of the places around that may reach the threshold, in each polarity.

    Returns:
        Odds of both polarities; None where there is too little clear ground around it, or nothing
        in the picture.
    """
    if float(np.abs(picture).max()) < 1e-6:
        return None
    rest, clear, explained = _residual(strip, ground)
    half, middle = half_of(strip), rest.shape[0] // 2
    box = np.ones((2 * _ASIDE + 1, 2 * _ASIDE + 1), np.uint8)
    usable = cv2.erode(clear.astype(np.uint8), box) > 0
    row, column = np.indices(rest.shape) - middle
    far = np.maximum(np.abs(row), np.abs(column))
    # One place in two each way: neighbours say the same.
    others = usable & (far > 2 * half) & (far <= middle - half)
    others &= (row % 2 == 0) & (column % 2 == 0)
    if others.sum() < _LEAST_PLACES:
        return None
    near = slice(middle - half, middle + half + 1)
    kernel = _discriminant(rest, others, picture, None if ground is None else explained[near, near])
    match = cv2.filter2D(rest, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT)
    found = []
    for sign, share in zip((1, -1), shares, strict=True):
        best = cv2.dilate(np.float32(sign) * match, box)
        values = best[others].astype(np.float64)
        laid = (sign * match[others] + faded).astype(np.float64)
        found.append(
            Odds(
                here=float(best[middle, middle]),
                others=values,
                with_it=np.maximum(values, laid),
                threshold=float(np.quantile(values, 1 - share)),
            )
        )
    return found[0], found[1]


def _residual(strip: Strip, ground: Strip | None) -> tuple[Floats, Bools, Floats]:
    """Return what the ground of the other date does not explain, where both are clear, the rest."""
    clear = strip.clear if ground is None else strip.clear & ground.clear
    explained = np.zeros_like(strip.values)
    if not clear.any():
        return explained, clear, explained
    grey = np.where(clear, strip.values, np.median(strip.values[clear])).astype(np.float32)
    if ground is not None:
        before = np.where(clear, ground.values, np.median(ground.values[clear]))
        explained = _explained(grey, before.astype(np.float32), clear, half_of(strip))
        grey = grey - explained
    return np.asarray(grey - cv2.blur(grey, (41, 41))), clear, explained


def _explained(grey: Floats, before: Floats, clear: Bools, half: int) -> Floats:
    """Return the best filter of the other date for this one, fitted away from the middle."""
    layers = [np.ones_like(before)]
    reach = _KERNEL // 2
    layers += [
        np.roll(before, (dy, dx), (0, 1))
        for dy in range(-reach, reach + 1)
        for dx in range(-reach, reach + 1)
    ]
    stack = np.stack(layers, axis=-1)
    fit = clear.copy()
    middle = grey.shape[0] // 2
    fit[middle - half : middle + half + 1, middle - half : middle + half + 1] = False
    table, wanted = stack[fit].astype(np.float64), grey[fit].astype(np.float64)
    normal = table.T @ table
    normal += np.eye(len(normal)) * (1e-3 * np.trace(normal) / len(normal))
    weights = np.linalg.solve(normal, table.T @ wanted)
    return np.asarray(stack @ weights.astype(np.float32))


def _discriminant(rest: Floats, others: Bools, picture: Floats, explained: Floats | None) -> Floats:
    """Return the filter that gives 1 for the picture and little for the ground around it."""
    size = picture.shape[0]
    half = size // 2
    windows = np.lib.stride_tricks.sliding_window_view(rest, (size, size))
    centres = others[half : rest.shape[0] - half, half : rest.shape[1] - half]
    rows = windows[centres].reshape(-1, size * size)
    rows = rows - rows.mean(axis=1, keepdims=True)
    without = None
    if explained is not None:
        without = (explained - explained.mean()).reshape(-1)
    wanted = (picture - picture.mean()).reshape(-1)
    (weights,) = discriminant([rows], wanted, without, shrink=_SHRINK)
    return np.asarray((weights - weights.mean()).reshape(size, size), dtype=np.float32)
