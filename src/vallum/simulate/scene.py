"""From open land to a picture: haze, cloud, misregistration, blur, gain, noise.

`background` makes a picture of land where nothing was built; `second_date` takes any picture, real
or simulated, and returns it as another day would show it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vallum.simulate import otherday
from vallum.simulate.chance import generator
from vallum.simulate.land import Image, Pixels, Window, coarse_land, colours, ground, texture
from vallum.simulate.season import Season, Sun

NOON = Sun(azimuth_deg=160.0, elevation_deg=46.0)
_HAZE = (176.0, 186.0, 200.0)
_WAVE_PX = (2600.0, 3400.0)


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """How one picture was taken; what differs between two pictures of the same land.

    Attributes:
        seed: chance of noise and of the slow drift of the misregistration.
        dx_px: a thing appears this far to the right of where the georeference puts it.
        dy_px: the same, down.
        wobble_px: how much both change, smoothly, over a picture.
        gain: per band; the last one holds for further bands.
        offset: per band, in digital numbers.
        haze: share of the light that is haze: at one side of the picture and at the other.
        blur_px: deviation of the point spread.
        noise: deviation of the sensor's noise, in digital numbers of 0-255.
    """

    seed: int = 1
    dx_px: float = 0.0
    dy_px: float = 0.0
    wobble_px: float = 0.0
    gain: tuple[float, ...] = (1.0,)
    offset: tuple[float, ...] = (0.0,)
    haze: tuple[float, float] = (0.0, 0.0)
    blur_px: float = 0.6
    noise: float = 1.5


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """One cloud: an uneven ellipse, opaque inside, with a shadow on the ground.

    Attributes:
        column: place of its middle, in pixels of the endless grid.
        row: the same.
        turn_deg: direction of its long axis, from right towards down.
        long_px: half of its long axis.
        short_px: half of its short axis.
        shadow_px: how far right and down its shadow falls.
        seed: chance of its edge.
    """

    column: float
    row: float
    turn_deg: float
    long_px: float
    short_px: float
    shadow_px: tuple[int, int]
    seed: int

    def cover(self, window: Window) -> Pixels:
        """Return how much of the ground it hides (y, x), 0 to 1."""
        x = window.column + np.arange(window.width, dtype=np.float32) - self.column
        y = window.row + np.arange(window.height, dtype=np.float32) - self.row
        turn = math.radians(self.turn_deg)
        along = (x[None, :] * math.cos(turn) + y[:, None] * math.sin(turn)) / self.long_px
        across = (y[:, None] * math.cos(turn) - x[None, :] * math.sin(turn)) / self.short_px
        inner = 1.0 - along**2 - across**2
        if inner.max() < -1.2:
            return np.zeros(inner.shape, np.float32)
        edge = 0.22 * texture(self.seed, "cloud", window)
        dense = np.clip((inner + edge) / 0.45, 0.0, 1.0)
        return (dense * dense * (3 - 2 * dense)).astype(np.float32)

    def shade(self, window: Window) -> Pixels:
        """Return how much of the sun it takes away (y, x), 0 to 1."""
        right, down = self.shadow_px
        return self.cover(
            Window(
                column=window.column - right,
                row=window.row - down,
                width=window.width,
                height=window.height,
            )
        )

    def lay(self, canvas: Pixels, window: Window) -> None:
        """Lay the cloud and its shadow over `canvas` (band, y, x), in place."""
        shade, cover = self.shade(window), self.cover(window)
        if not (shade.any() or cover.any()):
            return
        canvas *= 1.0 - 0.58 * cv2.GaussianBlur(shade, (0, 0), 4.0)
        bulge = texture(self.seed, "bulge", window)
        white = 224.0 + 9.0 * bulge + 14.0 * cover
        canvas += cover * (white - canvas)


def expose(canvas: Pixels, window: Window, exposure: Exposure, whole: Window) -> Pixels:
    """Return what the sensor records of a canvas: moved, blurred, hazy, with gain and noise.

    Args:
        canvas: (band, y, x) float32, 0-255.
        window: where it lies on the endless grid; its noise and drift follow from that.
        exposure: how the picture was taken.
        whole: the whole picture, over which the haze changes.
    """
    from_x, from_y = _sources(window, exposure)
    moved = np.empty_like(canvas)
    for band, plane in enumerate(canvas):
        moved[band] = cv2.remap(
            plane, from_x, from_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
        )
        if exposure.blur_px:
            moved[band] = cv2.GaussianBlur(moved[band], (0, 0), exposure.blur_px)
    n_bands = len(canvas)
    if any(exposure.haze):
        first, last = exposure.haze
        right = (np.arange(window.width) + window.column - whole.column) / max(1, whole.width)
        down = (np.arange(window.height) + window.row - whole.row) / max(1, whole.height)
        veil = first + (last - first) * (0.7 * right[None, :] + 0.3 * down[:, None])
        moved += veil.astype(np.float32) * (_per_band(_HAZE, n_bands) - moved)
    moved *= _per_band(exposure.gain, n_bands)
    moved += _per_band(exposure.offset, n_bands)
    if exposure.noise:
        moved += exposure.noise * _noise(moved.shape, exposure.seed, window)
    return moved


def _sources(window: Window, exposure: Exposure) -> tuple[Pixels, Pixels]:
    """Return for each pixel from which column and row of the canvas it takes its content."""
    x, y = np.arange(window.width), np.arange(window.height)
    start = generator(exposure.seed, "wobble").uniform(0, 2 * math.pi, 2)
    right = 2 * math.pi * (x + window.column) / _WAVE_PX[0]
    down = 2 * math.pi * (y + window.row) / _WAVE_PX[1]
    # sin(right + down) and cos of it, as sums of products: one sine per row and column
    drift = [
        np.outer(np.cos(down), np.sin(right + turn)) + np.outer(np.sin(down), np.cos(right + turn))
        for turn in start
    ]
    from_x = x[None, :] - exposure.dx_px - exposure.wobble_px * drift[0]
    from_y = y[:, None] - exposure.dy_px - exposure.wobble_px * drift[1]
    return from_x.astype(np.float32), from_y.astype(np.float32)


def _noise(shape: tuple[int, ...], seed: int, window: Window) -> Pixels:
    """Return normal noise, cut from a long strip at a place that follows from seed and window."""
    strip, size = _noise_strip(), math.prod(shape)
    chance = generator(seed, "noise", window.column, window.row)
    if size > len(strip) // 2:
        return chance.standard_normal(shape, np.float32)
    start = int(chance.integers(len(strip) - size))
    return strip[start : start + size].reshape(shape)


@cache
def _noise_strip() -> Pixels:
    return generator("noise").standard_normal(1 << 22, np.float32)


def background(
    shape: tuple[int, int],
    seed: int,
    gsd_m: float = 0.5,
    season: Season | str = Season.WINTER,
    *,
    sun: Sun = NOON,
    year: int = 0,
    exposure: Exposure | None = None,
) -> NDArray[np.uint8]:
    """Return a picture (3, y, x) of farmed land without a border: fields, lanes, woods, relief.

    Args:
        shape: rows and columns.
        seed: another seed is another place; the same seed is the same place in every season.
        gsd_m: size of a pixel.
        season: winter, spring, summer or autumn.
        sun: lights relief and throws shadows.
        year: another year has other crops.
        exposure: how it was taken; None for a clean, aligned picture with little noise.
    """
    window = Window(column=0, row=0, width=shape[1], height=shape[0])
    margin = 24
    around = window.grown(margin)
    canvas = colours(ground(coarse_land(shape, seed, gsd_m), around), Season(season), sun, year)
    seen = expose(canvas, around, exposure or Exposure(seed=seed), window)
    return to_bytes(seen[:, margin:-margin, margin:-margin])


def second_date(
    image: Image,
    seed: int,
    *,
    shift_px: tuple[float, float] = (1.4, -0.9),
    wobble_px: float = 0.3,
    gain: tuple[float, ...] = (1.06, 1.03, 0.98),
    offset: tuple[float, ...] = (-4.0, 1.0, 5.0),
    haze: tuple[float, float] = (0.02, 0.08),
    blur_px: float = 0.5,
    noise: float = 1.5,
    patches: float = 0.05,
    jpeg_quality: int = 0,
    snow: float = 0.0,
    shadow_px: tuple[float, float] = (0.0, 0.0),
    lean_px: tuple[float, float] = (0.0, 0.0),
    water: NDArray[np.bool_] | None = None,
    bank_px: float = 0.0,
) -> Image:
    """Return `image` as another day would show it: moved, recoloured, hazy, noisy.

    Nothing is built or removed. It works on real pictures too. What the options do follows from
    `seed` alone.

    Args:
        image: (band, y, x) uint8 or uint16.
        seed: chance.
        shift_px: things appear this far to the right and down; pairs on sale differ by up to
            40 pixels.
        wobble_px: smooth change of the shift over the picture.
        gain: per band; the last one holds for further bands.
        offset: per band, in digital numbers of a picture of 0-255.
        haze: share of haze at the left and at the right side.
        blur_px: further blur.
        noise: sensor noise, in digital numbers of a picture of 0-255.
        patches: how strongly areas of fields change their brightness; 0 for none.
        jpeg_quality: 1-100 passes 8-bit pictures of 1 or 3 bands through JPEG; 0 does not.
        snow: share of the ground under snow, with the hard edges that wind makes.
        shadow_px: how far right and down the shadows in the picture move, as under another sun.
        lean_px: how far right and down the highest ground appears, as from another direction;
            the lowest stays. The relief is invented.
        water: (y, x) True where the picture shows water; only for `bank_px`.
        bank_px: how far the water's edge moves onto the land; negative when the water falls.

    Returns:
        Same shape and type; places that the shift brings in from outside mirror the edge.

    Raises:
        ValueError: `bank_px` without `water`, or `water` of another shape.
    """
    scale = 1.0 if image.dtype == np.uint8 else max(1.0, float(np.percentile(image, 99)) / 200)
    canvas = image.astype(np.float32) / np.float32(scale)
    window = Window(column=0, row=0, width=image.shape[2], height=image.shape[1])
    if patches:
        field = np.sign(texture(seed, "patches", window, "smooth"))
        soft = cv2.GaussianBlur(field.astype(np.float32), (0, 0), 1.5)
        canvas *= 1.0 + patches * soft
    if bank_px:
        if water is None or water.shape != image.shape[1:]:
            raise ValueError("bank_px needs `water`, (y, x) of the picture's own shape")
        canvas = otherday.moved_bank(canvas, water, bank_px, seed)
    if any(shadow_px):
        canvas = otherday.moved_shadows(canvas, shadow_px)
    if any(lean_px):
        canvas = otherday.leaning(canvas, lean_px, seed)
    if snow:
        canvas = otherday.snowed(canvas, snow, seed)
    exposure = Exposure(
        seed=seed,
        dx_px=shift_px[0],
        dy_px=shift_px[1],
        wobble_px=wobble_px,
        gain=gain,
        offset=offset,
        haze=haze,
        blur_px=blur_px,
        noise=noise,
    )
    seen = expose(canvas, window, exposure, window) * scale
    top = np.iinfo(image.dtype).max
    result: Image = np.clip(np.rint(seen), 0, top).astype(image.dtype)
    if jpeg_quality and result.dtype == np.uint8 and len(result) in {1, 3}:
        result = _packed(result, jpeg_quality)
    return result


def _packed(picture: Image, quality: int) -> Image:
    """Return an 8-bit picture of 1 or 3 bands as it comes out of JPEG."""
    _, packed = cv2.imencode(
        ".jpg", np.moveaxis(picture, 0, -1), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    flat: Any = cv2.imdecode(packed, cv2.IMREAD_UNCHANGED)
    flat = flat.reshape(*picture.shape[1:], -1)
    return np.ascontiguousarray(np.moveaxis(flat, -1, 0))


def to_bytes(canvas: Pixels) -> NDArray[np.uint8]:
    """Return digital numbers 1-255; 0 is kept for "no data"."""
    return np.clip(np.rint(canvas), 1, 255).astype(np.uint8)


def _per_band(values: tuple[float, ...], n_bands: int) -> Pixels:
    return np.asarray((*values, *[values[-1]] * n_bands)[:n_bands], np.float32)[:, None, None]
