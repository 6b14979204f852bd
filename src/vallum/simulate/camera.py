"""How a picture of an imaginary place was taken: light, air, optics, bands, noise, packing."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vallum.simulate.day import Plane, fractal

_HAZE = np.array([176, 186, 200], np.float32)


@dataclass(frozen=True, kw_only=True, eq=False)
class Film:
    """What both pictures of a place share: how its colours become bands.

    Attributes:
        mix: (3, 3) from red, green, blue to the bands of the picture.
    """

    mix: NDArray[np.float32]


def random_film(rng: np.random.Generator) -> Film:
    """Return true colour mostly; one band three times, or false colour, sometimes."""
    dice = rng.random()
    if dice < 0.14:
        weights = rng.dirichlet([2.0, 2.0, 1.0])
        return Film(mix=np.tile(weights, (3, 1)).astype(np.float32))
    if dice < 0.22:
        mix = np.eye(3)[rng.permutation(3)] + rng.normal(0, 0.2, (3, 3))
        mix /= np.maximum(0.7, mix.sum(axis=1, keepdims=True))
        return Film(mix=mix.astype(np.float32))
    mix = np.eye(3) + rng.normal(0, 0.05, (3, 3))
    return Film(mix=(mix / mix.sum(axis=1, keepdims=True)).astype(np.float32))


def moved(rng: np.random.Generator, canvas: Plane) -> Plane:
    """Return a canvas (y, x, 3) whose content is displaced smoothly by up to 2.5 px."""
    size = float(rng.choice([0.0, 0.4, 1.0, 2.2], p=[0.25, 0.3, 0.3, 0.15])) * rng.uniform(0.5, 1.1)
    if not size:
        return canvas
    height, width = canvas.shape[:2]
    turn = rng.uniform(0, 2 * math.pi)
    shift = np.array([math.cos(turn), math.sin(turn)]) * size * rng.uniform(0.2, 0.8)
    grid = rng.uniform(-1, 1, (2, int(rng.integers(2, 6)), int(rng.integers(2, 6))))
    maps = []
    for axis in (0, 1):
        drift = cv2.resize(
            grid[axis].astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
        )
        drift *= np.float32(0.3 * size)
        drift += np.float32(shift[axis])
        along = np.arange(width if axis == 0 else height, dtype=np.float32)
        maps.append(drift + (along[None, :] if axis == 0 else along[:, None]))
    out = cv2.remap(canvas, maps[0], maps[1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(out, np.float32)


def take(rng: np.random.Generator, canvas: Plane, film: Film) -> NDArray[np.uint8]:
    """Return the picture (3, y, x) uint8 that one camera makes of a canvas on one day.

    Args:
        rng: chance of air, optics, sensor and packing.
        canvas: (y, x, 3) float32, 0-255; may be changed.
        film: shared by both days.
    """
    canvas = _lit(rng, canvas)
    canvas = cv2.transform(canvas, film.mix).astype(np.float32, copy=False)
    is_grey = bool(np.allclose(film.mix, film.mix[0]))
    blur = rng.uniform(0.4, 1.3)
    canvas = np.asarray(cv2.GaussianBlur(canvas, (0, 0), blur), np.float32)
    if rng.random() < 0.3:  # sharpened, as sold pictures often are
        soft = cv2.GaussianBlur(canvas, (0, 0), blur + 0.4)
        canvas = np.asarray(cv2.addWeighted(canvas, 1.7, soft, -0.7, 0.0), np.float32)
    canvas = _hazy(rng, canvas, is_grey)
    canvas += _noise(rng, canvas.shape[:2], is_grey)
    seen = cv2.convertScaleAbs(np.maximum(canvas, 1.0, out=canvas))
    if rng.random() < 0.55:
        seen = _packed(rng, seen)
    out = np.maximum(np.moveaxis(seen, -1, 0), 1)
    if is_grey:
        out = np.repeat(out[:1], 3, axis=0)
    return np.ascontiguousarray(out, np.uint8)


def _lit(rng: np.random.Generator, canvas: Plane) -> Plane:
    """Return the canvas under uneven light: a slow drift, and the shadow of a cloud sometimes."""
    shape = canvas.shape[:2]
    light = np.full(shape, np.float32(1.0))
    if rng.random() < 0.5:
        light += np.float32(rng.uniform(0.0, 0.1)) * _slow(rng, shape)
    if rng.random() < 0.3:
        across = np.linspace(-1, 1, shape[1], dtype=np.float32)[None, :]
        down = np.linspace(-1, 1, shape[0], dtype=np.float32)[:, None]
        light -= np.float32(rng.uniform(0.0, 0.12)) * (across * across + down * down)
    if rng.random() < 0.07:
        edge = np.float32(rng.uniform(2.0, 20.0))
        form = _slow(rng, shape) + np.float32(rng.normal(0, 1))
        light *= 1.0 - np.float32(rng.uniform(0.15, 0.5)) * np.clip(edge * form, 0, 1)
    canvas *= light[..., None]
    return canvas


def _slow(rng: np.random.Generator, shape: tuple[int, ...]) -> Plane:
    small = rng.standard_normal((4, 4), np.float32)
    return np.asarray(
        cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32
    )


def _hazy(rng: np.random.Generator, canvas: Plane, is_grey: bool) -> Plane:
    """Return the canvas with gamma, haze, gain and offset."""
    if rng.random() < 0.4:
        power = np.float32(np.exp(rng.normal(0, 0.16)))
        canvas = np.clip(canvas, 0, 400) / np.float32(255)
        canvas = np.asarray(cv2.pow(canvas, float(power)), np.float32) * np.float32(255)
    veil = rng.uniform(0.0, 0.3) ** 2 * 4 * (rng.random() < 0.6)
    air = _HAZE.mean() + 0 * _HAZE if is_grey else _HAZE
    gain = rng.normal(1.0, 0.1) * rng.normal(1.0, 0.04, 3)
    gain, offset = (1 - veil) * gain, veil * air * gain + rng.normal(0, 6) + rng.normal(0, 2, 3)
    if is_grey:
        gain, offset = np.full(3, gain[0]), np.full(3, offset[0])
    stretch = np.exp(rng.normal(0, 0.2)) if rng.random() < 0.5 else 1.0
    middle = 110.0 * (1 - stretch)
    canvas *= (gain * stretch).astype(np.float32)
    canvas += (offset * stretch + middle).astype(np.float32)
    return canvas


def _noise(rng: np.random.Generator, shape: tuple[int, ...], is_grey: bool) -> Plane:
    """Return noise (y, x, 3) of one of several strengths and grains."""
    size = np.float32(rng.choice([0.5, 1.2, 2.5, 5.0], p=[0.3, 0.35, 0.25, 0.1]))
    room = rng.standard_normal((shape[0] + 32, shape[1] + 32), np.float32)
    if rng.random() < 0.3:
        room = np.asarray(cv2.blur(room, (2, 2)), np.float32) * np.float32(1.7)
    room *= size
    starts = [(0, 0)] * 3 if is_grey else [(0, 0), (11, 29), (31, 7)]
    bands = [room[row : row + shape[0], column : column + shape[1]] for row, column in starts]
    return np.asarray(cv2.merge(bands), np.float32)


def _packed(rng: np.random.Generator, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    quality = int(rng.integers(50, 98))
    _, packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)


def relief_light(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[Plane, Plane] | None:
    """Return how the ground rises to the right and down, or None for level ground."""
    if rng.random() < 0.35:
        return None
    height = fractal(
        rng,
        shape,
        slope=rng.uniform(0.7, 2.0),
        finest_px=int(rng.choice([1, 2, 4])),
        longest_px=256,
    )
    if rng.random() < 0.35:  # gullies and ridges
        height = np.abs(height)
    strength = rng.uniform(0.02, 0.22)
    east = cv2.Sobel(height, cv2.CV_32F, 1, 0)
    south = cv2.Sobel(height, cv2.CV_32F, 0, 1)
    norm = strength / max(1e-6, float(np.sqrt((east * east + south * south).mean())))
    return np.asarray(east * norm, np.float32), np.asarray(south * norm, np.float32)
