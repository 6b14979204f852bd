"""One day over an imaginary place: sun, view and season; and the noise that fills its ground."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vallum.simulate.season import Sun

Plane = NDArray[np.float32]
"""(y, x) of one quantity, or (y, x, band) of a canvas in digital numbers 0-255."""
Mask = NDArray[np.uint8]
Points = NDArray[np.float64]
"""(n, 2) columns and rows in pixels."""

GSD_M = 0.5
"""The size that a pixel of a patchwork stands for."""


@dataclass(frozen=True, kw_only=True)
class Day:
    """What differs between two days over one place.

    Attributes:
        sun: throws every shadow of the day.
        lean: metres to the right and down by which the view displaces the top of a thing one
            metre high.
        green: how green what grows is, 0 (dry) to 1 (lush).
        leaf: how much broadleaved crowns cover, 0 to 1.
        snow: share of the ground under snow; 0 for none.
        shade: how dark shadows are, 0 to 1.
        water_m: how far the water reaches beyond its mean edge.
    """

    sun: Sun
    lean: tuple[float, float] = (0.0, 0.0)
    green: float = 0.5
    leaf: float = 1.0
    snow: float = 0.0
    shade: float = 0.5
    water_m: float = 0.0

    def cast_px(self, height_m: float) -> Points:
        """Return how far right and down the shadow of a thing of `height_m` reaches (2,)."""
        return np.array(self.sun.shadow) * (height_m / GSD_M)

    def lean_px(self, height_m: float) -> Points:
        """Return how far right and down the top of a thing of `height_m` appears (2,)."""
        return np.array(self.lean) * (height_m / GSD_M)


def random_days(rng: np.random.Generator) -> tuple[Day, Day]:
    """Return two days over one place, from nearly the same to half a year apart."""
    first = _random_day(rng)
    if rng.random() < 0.06:
        return first, first
    alike = rng.random()
    turn = rng.normal(0.0, 4.0 + 36.0 * alike)
    rise = float(np.clip(first.sun.elevation_deg + rng.normal(0.0, 1.0 + 12.0 * alike), 17, 74))
    other = _random_day(rng)
    second = Day(
        sun=Sun(azimuth_deg=(first.sun.azimuth_deg + turn) % 360, elevation_deg=rise),
        lean=other.lean if rng.random() < 0.6 else first.lean,
        green=first.green + alike * (other.green - first.green),
        leaf=other.leaf if rng.random() < alike else first.leaf,
        snow=other.snow,
        shade=float(np.clip(first.shade + rng.normal(0.0, 0.12), 0.15, 0.8)),
        water_m=first.water_m + float(rng.choice([-1.0, 1.0])) * rng.uniform(0.5, 10.0) * alike,
    )
    return (first, second) if rng.random() < 0.5 else (second, first)


def _random_day(rng: np.random.Generator) -> Day:
    azimuth = rng.uniform(95.0, 250.0) if rng.random() < 0.85 else rng.uniform(0.0, 360.0)
    off_nadir = np.tan(np.radians(rng.uniform(0.0, 28.0))) * (rng.random() < 0.7)
    towards = rng.uniform(0.0, 2 * math.pi)
    return Day(
        sun=Sun(azimuth_deg=azimuth, elevation_deg=rng.uniform(19.0, 70.0)),
        lean=(off_nadir * math.cos(towards), off_nadir * math.sin(towards)),
        green=rng.random(),
        leaf=float(np.clip(rng.normal(0.75, 0.35), 0.08, 1.0)),
        snow=rng.uniform(0.15, 1.0) if rng.random() < 0.09 else 0.0,
        shade=rng.uniform(0.3, 0.75) * (1.0 if rng.random() < 0.9 else 0.4),
        water_m=rng.normal(0.0, 2.0),
    )


def fractal(
    rng: np.random.Generator,
    shape: tuple[int, int],
    *,
    slope: float = 1.0,
    finest_px: int = 1,
    longest_px: int = 256,
    stretch: float = 1.0,
) -> Plane:
    """Return noise (y, x) of mean 0 and deviation 1 with forms of many sizes.

    Each doubling of the size has `2 ** slope` times the amplitude, as midpoint displacement has;
    small arrays are drawn and resized up, so it costs little more than its finest grain.

    Args:
        rng: chance.
        shape: rows and columns.
        slope: 0 is as rough as it gets, 2 is smooth.
        finest_px: size of the finest forms.
        longest_px: size of the largest forms.
        stretch: how much longer forms are to the right than down.
    """
    step = longest_px
    field = _white(rng, shape, step, stretch)
    amplitude = 1.0
    while step > finest_px:
        step = max(finest_px, step // 2)
        amplitude *= 0.5**slope
        finer = _white(rng, shape, step, stretch)
        size = (finer.shape[1], finer.shape[0])
        field = cv2.resize(field, size, interpolation=cv2.INTER_CUBIC)
        cv2.scaleAdd(finer, amplitude, field, field)
    field = cv2.resize(field, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    mean, deviation = cv2.meanStdDev(field)
    field -= np.float32(mean[0, 0])
    field *= np.float32(1.0 / max(1e-6, float(deviation[0, 0])))
    return np.asarray(field, np.float32)


def _white(rng: np.random.Generator, shape: tuple[int, int], step: int, stretch: float) -> Plane:
    rows = max(2, math.ceil(shape[0] / step) + (step > 1))
    columns = max(2, math.ceil(shape[1] / step / stretch) + (step > 1))
    return rng.standard_normal((rows, columns), np.float32)


def ramp(values: Plane, low: float, high: float) -> Plane:
    """Return 0 below `low`, 1 above `high`, and a straight rise between."""
    out: Plane = values - np.float32(low)
    out *= np.float32(1.0 / (high - low))
    return np.clip(out, 0.0, 1.0, out=out)


def lay(
    canvas: Plane,
    mask: Mask,
    colour: NDArray[np.floating] | None,
    cover: float,
    grain: Plane | None = None,
) -> None:
    """Cover `canvas` (y, x, 3) with `colour` where `mask` is 255, in place.

    Args:
        canvas: changed in place; must be contiguous.
        mask: (y, x), 0 to 255; work is done where it is not 0.
        colour: (3,) digital numbers; None darkens, as a shadow does.
        cover: 0 to 1 on top of the mask.
        grain: (y, x) factor on the colour.
    """
    where = np.flatnonzero(mask != 0)
    if not len(where):
        return
    flat = canvas.reshape(-1, 3)
    under = flat[where]
    share = mask.reshape(-1)[where].astype(np.float32)[:, None] * np.float32(cover / 255)
    if colour is None:
        # sky light is blue, so shadows lose more red than blue
        under *= 1.0 - share * np.array([1.0, 0.97, 0.9], np.float32)
    else:
        over: NDArray[np.float32] = np.asarray(colour, np.float32)[None, :]
        if grain is not None:
            over = over * grain.reshape(-1)[where][:, None]
        under += share * (over - under)
    flat[where] = under


def fixed(points: Points) -> NDArray[np.int32]:
    """Return points as the 1/16 pixels that drawing with shift 4 takes."""
    return np.rint(points * 16 - 8).astype(np.int32)
