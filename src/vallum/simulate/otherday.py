"""What another day does to a picture of which only the pixels are known, real or simulated."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from vallum.simulate.land import Pixels, Window, texture

_SNOW = (222.0, 225.0, 230.0)
_SHADOW_PX = 15
_REACH_PX = 60.0


def snowed(canvas: Pixels, share: float, seed: int) -> Pixels:
    """Return the picture with snow on about `share` of its ground.

    Dark things (woods, walls) stay darker than open ground, and the edges of drifts are hard.

    Args:
        canvas: (band, y, x) float32, 0-255.
        share: 0 to 1.
        seed: chance of where it lies.
    """
    window = _window(canvas)
    drift = texture(seed, "snow", window) + 0.25 * texture(seed, "snow grain", window, "fine")
    edge = 3.0 * float(np.quantile(drift, 1.0 - min(1.0, share)))
    cover = np.clip(3.0 * drift - edge + 0.5, 0.0, 1.0) * 0.93
    grey = canvas.mean(axis=0)
    # what is darker than its surroundings is steep or high, and holds less snow
    dark = np.clip((cv2.GaussianBlur(grey, (0, 0), 12.0) - grey) / 60.0, 0.0, 0.75)
    cover = (cover * (1.0 - dark)).astype(np.float32)
    white = _bands(_SNOW, len(canvas)) * (1.0 + 0.02 * texture(seed, "snow grain", window, "fine"))
    return np.asarray(canvas + cover * (white - canvas), np.float32)


def moved_shadows(canvas: Pixels, by_px: tuple[float, float]) -> Pixels:
    """Return the picture with the shadows of its small things moved, as under another sun.

    What is dark, and narrower than 15 pixels, is taken for a shadow: it is brightened to what lies
    around it, and the place where it falls now is darkened as much.

    Args:
        canvas: (band, y, x) float32, 0-255.
        by_px: how far right and down.
    """
    grey = canvas.mean(axis=0).astype(np.float32)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_SHADOW_PX, _SHADOW_PX))
    closed = cv2.morphologyEx(cv2.GaussianBlur(grey, (0, 0), 1.0), cv2.MORPH_CLOSE, disc)
    loss = 1.0 - (grey + 1.0) / (np.maximum(closed, grey) + 1.0)
    loss = np.clip((loss - 0.18) * 1.25, 0.0, 0.7).astype(np.float32)
    matrix = np.array([[1.0, 0.0, by_px[0]], [0.0, 1.0, by_px[1]]])
    size = (grey.shape[1], grey.shape[0])
    there = cv2.warpAffine(loss, matrix, size, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(canvas * ((1.0 - there) / (1.0 - loss)), np.float32)


def leaning(canvas: Pixels, by_px: tuple[float, float], seed: int) -> Pixels:
    """Return the picture as seen from another direction: high ground is displaced by `by_px`.

    Args:
        canvas: (band, y, x) float32.
        by_px: how far right and down the highest ground appears.
        seed: chance of the relief, whose lowest ground stays in place.
    """
    window = _window(canvas)
    height = texture(seed, "lean", window, "smooth")
    low, high = float(height.min()), float(height.max())
    height = (height - low) / max(1e-6, high - low)
    x = np.arange(window.width, dtype=np.float32)[None, :] - by_px[0] * height
    y = np.arange(window.height, dtype=np.float32)[:, None] - by_px[1] * height
    x, y = x.astype(np.float32), y.astype(np.float32)
    planes = [
        cv2.remap(plane, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT) for plane in canvas
    ]
    return np.stack(planes).astype(np.float32)


def moved_bank(canvas: Pixels, water: NDArray[np.bool_], by_px: float, seed: int) -> Pixels:
    """Return the picture with its water's edge moved.

    Land that is flooded takes the colour of the water beside it; ground that falls dry becomes
    gravel and mud.

    Args:
        canvas: (band, y, x) float32, 0-255.
        water: (y, x) True where there is water.
        by_px: how far the water comes onto the land; negative when it falls. It varies by a third
            along the bank.
        seed: chance.
    """
    if not water.any() or water.all():
        return canvas.copy()
    window = _window(canvas)
    wet = water.astype(np.uint8)
    away = cv2.distanceTransform(1 - wet, cv2.DIST_L2, 5)
    away = away - cv2.distanceTransform(wet, cv2.DIST_L2, 5)
    wave = texture(seed, "bank", window)
    reach = by_px * (1.0 + 0.33 * np.clip(wave - wave.mean(), -1.5, 1.5))
    now = np.clip(0.5 + reach - away, 0.0, 1.0).astype(np.float32)
    was = np.clip(0.5 - away, 0.0, 1.0).astype(np.float32)
    flooded, dried = np.maximum(now - was, 0.0), np.maximum(was - now, 0.0)
    grain = 1.0 + 0.05 * texture(seed, "gravel", window, "fine")
    lake = _spread(canvas, water & (away < -1.5)) * (1.0 + 0.2 * (grain - 1.0))
    brighter = _spread(canvas, ~water & (away > 1.5)) * 1.08
    mud = (0.6 * brighter + 0.4 * _bands((150.0, 142.0, 126.0), len(canvas))) * grain
    result = canvas + flooded * (lake - canvas)
    return np.asarray(result + dried * (mud - result), np.float32)


def _spread(canvas: Pixels, where: NDArray[np.bool_]) -> Pixels:
    """Return the colours of some pixels, spread over the others around them."""
    if not where.any():
        return np.broadcast_to(canvas.mean(axis=(1, 2), keepdims=True), canvas.shape)
    keep = where.astype(np.float32)
    mean = canvas[:, where].mean(axis=1)[:, None, None]
    small = max(1, math.ceil(max(canvas.shape[1:]) / 400))
    size = (canvas.shape[2], canvas.shape[1])

    def soft(plane: Pixels) -> Pixels:
        few = cv2.resize(plane, None, fx=1 / small, fy=1 / small, interpolation=cv2.INTER_AREA)
        blurred = cv2.GaussianBlur(few, (0, 0), _REACH_PX / 5 / small)
        return np.asarray(cv2.resize(blurred, size, interpolation=cv2.INTER_LINEAR), np.float32)

    weight = soft(keep)
    sums = np.stack([soft(plane * keep) for plane in canvas])
    return np.asarray((sums + 1e-3 * mean) / (weight + 1e-3), np.float32)


def _window(canvas: Pixels) -> Window:
    return Window(column=0, row=0, width=canvas.shape[2], height=canvas.shape[1])


def _bands(colour: tuple[float, float, float], n_bands: int) -> Pixels:
    grey = sum(colour) / 3
    values = [*colour, *[grey] * n_bands][:n_bands] if n_bands >= 3 else [grey] * n_bands
    return np.asarray(values, np.float32)[:, None, None]
