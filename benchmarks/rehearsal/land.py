"""SIMULATED land that repeats without a seam, on two dates, and images of it along a frontier.

One square of country (fields, lanes, woods, relief, a river) is painted once for each date, with
barriers, posts and a road that only the later date has. It repeats for ever in both directions of
each UTM zone, so that any number of images shows the same land at the same place. Each image has
its own date, error of georeference, light, noise, clouds and missing parts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from shapely import LineString, Point

from vallum.ground.kinds import Change, Kind
from vallum.simulate import barriers
from vallum.simulate.barriers import LOOKS, Look
from vallum.simulate.chance import generator
from vallum.simulate.land import (
    COARSE_M,
    Land,
    Pixels,
    Window,
    coarse_land,
    colours,
    ground,
    texture,
)
from vallum.simulate.scene import Cloud, Exposure, expose, to_bytes
from vallum.simulate.season import Season, Sun

SEED = 7
_AROUND_PX = 32
_STEP_PX = 1024
_SUNS = {
    False: Sun(azimuth_deg=160.0, elevation_deg=46.0),
    True: Sun(azimuth_deg=143.0, elevation_deg=51.0),
}
_SEASONS = {False: Season.WINTER, True: Season.SPRING}


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large everything is; the tests make it small.

    Attributes:
        gsd_m: size of a pixel.
        block_px: side of a block of a file.
        base_blocks: side of the land that repeats, in blocks; a power of two.
        frame_bases: side of an image, in repeats of the land; a power of two.
        reach_m: half the width of the corridor that images are meant to show.
        error_m: deviation of the georeference of an image, per direction.
    """

    gsd_m: float = 0.5
    block_px: int = 512
    base_blocks: int = 8
    frame_bases: int = 8
    reach_m: float = 1_000.0
    error_m: float = 1.2

    @property
    def base_px(self) -> int:
        """Side of the land that repeats."""
        return self.block_px * self.base_blocks

    @property
    def base_m(self) -> float:
        """The same in metres."""
        return self.base_px * self.gsd_m

    @property
    def frame_blocks(self) -> int:
        """Side of an image in blocks."""
        return self.base_blocks * self.frame_bases

    @property
    def n_levels(self) -> int:
        """Resolutions of an image: down to one block."""
        return round(math.log2(self.frame_blocks)) + 1


FULL = Size()


# -- the land -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Thing:
    """What was painted: a line or a point in pixels of the base, and what became of it."""

    category: Kind
    change: Change
    shape: LineString | Point
    before: Look | None
    after: Look | None


def things(size: Size, seed: int = SEED) -> list[Thing]:
    """Return what stands on the base before and after; nothing crosses its edges."""
    side, gsd_m = size.base_px, size.gsd_m

    def path(first: float, last: float, row: float, name: str) -> LineString:
        x = np.arange(first * side, last * side, max(2.0, 6.0 / gsd_m))
        turn = generator(seed, name).uniform(0, 2 * math.pi, 2)
        y = row * side + 0.012 * side * np.sin(2 * math.pi * x / (0.31 * side) + turn[0])
        y += 0.004 * side * np.sin(2 * math.pi * x / (0.083 * side) + turn[1])
        return LineString(np.column_stack([x, y]))

    fence, post, road = LOOKS[Kind.FENCE], LOOKS[Kind.GUARD_POST], LOOKS[Kind.PATROL_ROAD]
    old, strong, track = barriers.OLD_FENCE, barriers.STRONG_FENCE, barriers.TRACK
    told = [
        (Kind.FENCE, Change.NEW, path(0.08, 0.86, 0.44, "new"), None, fence),
        (Kind.FENCE, Change.UPGRADED, path(0.12, 0.70, 0.41, "upgraded"), old, strong),
        (Kind.FENCE, Change.UNCHANGED, path(0.10, 0.92, 0.75, "old"), old, old),
        (Kind.FENCE, Change.REMOVED, path(0.55, 0.78, 0.20, "gone"), barriers.FIELD_FENCE, None),
        (Kind.PATROL_ROAD, Change.NEW, path(0.15, 0.60, 0.47, "road"), None, road),
        (Kind.PATROL_ROAD, Change.UNCHANGED, path(0.05, 0.95, 0.88, "track"), track, track),
    ]
    at = np.linspace(0.1, 0.84, 12)
    along = told[0][2]
    for share in at:
        foot = along.interpolate(float(share), normalized=True)
        place = Point(foot.x, foot.y + 9.0 / gsd_m)
        told.append((Kind.GUARD_POST, Change.NEW, place, None, post))
    return [
        Thing(category=kind, change=change, shape=shape, before=before, after=after)
        for kind, change, shape, before, after in told
    ]


def painted(size: Size, *, is_after: bool, seed: int = SEED) -> Pixels:
    """Return one date of the base (3, y, x), 0-255, before any sensor; it repeats seamlessly."""
    fade = min(256, size.base_px // 4)
    side = size.base_px + fade
    wide = np.empty((3, side, side), np.float32)
    land = _country(size, side, seed)
    for row in range(0, side, _STEP_PX):
        for column in range(0, side, _STEP_PX):
            here = Window(
                column=column,
                row=row,
                width=min(_STEP_PX, side - column),
                height=min(_STEP_PX, side - row),
            )
            lit = colours(
                ground(land, here.grown(_AROUND_PX)),
                _SEASONS[is_after],
                _SUNS[is_after],
                int(is_after),
            )
            inner = slice(_AROUND_PX, -_AROUND_PX)
            wide[:, row : row + here.height, column : column + here.width] = lit[:, inner, inner]
    ramp = ((np.arange(fade, dtype=np.float32) + 0.5) / fade)[None, :, None]
    wide[:, :fade] = ramp * wide[:, :fade] + (1 - ramp) * wide[:, size.base_px :]
    ramp = ramp.transpose(0, 2, 1)
    wide[:, :, :fade] = ramp * wide[:, :, :fade] + (1 - ramp) * wide[:, :, size.base_px :]
    canvas = np.ascontiguousarray(wide[:, : size.base_px, : size.base_px])
    whole = Window(column=0, row=0, width=size.base_px, height=size.base_px)
    # Real ground is rougher than painted ground: without it a block takes half the bytes.
    soil = 0.065 * texture(seed, "soil", whole, "fine")
    canvas *= 1.0 + soil + 0.03 * texture(seed, f"soil {is_after}", whole, "fine")
    for number, thing in enumerate(things(size, seed)):
        look = thing.after if is_after else thing.before
        if look is not None:
            rng = generator(seed, "thing", number)
            marks = barriers.strokes(
                thing.shape, thing.category, look, _SUNS[is_after], rng, gsd_m=size.gsd_m
            )
            barriers.draw(canvas, marks)
    return canvas


def _country(size: Size, side: int, seed: int) -> Land:
    """Return land with a river that leaves the base on the right where it entered on the left."""
    cells = math.ceil(side * size.gsd_m / COARSE_M) + 2
    x = np.arange(cells) * COARSE_M
    middle_m = size.base_m * (0.58 + 0.05 * np.sin(2 * math.pi * x / size.base_m))
    water_m = np.abs(np.arange(cells)[:, None] * COARSE_M - middle_m[None, :]) - 28.0
    return coarse_land((side, side), seed, size.gsd_m, water_m.astype(np.float32))


def exposures(*, is_after: bool) -> tuple[Exposure, Exposure]:
    """Return how the two sensors of a date see: light, blur, noise, and a part of a pixel."""
    if is_after:
        return (
            Exposure(seed=31, noise=2.5, dx_px=0.6, dy_px=-0.4, wobble_px=0.2, gain=(1.06, 1.04, 1.0), offset=(-5.0, -2.0, 3.0), haze=(0.04, 0.06), blur_px=0.65),
            Exposure(seed=32, noise=2.5, dx_px=-0.4, dy_px=0.7, wobble_px=0.2, gain=(0.94, 0.95, 0.98), offset=(4.0, 4.0, 7.0), haze=(0.08, 0.07), blur_px=0.6),
        )  # fmt: skip
    return (
        Exposure(seed=21, noise=2.5, dx_px=0.3, dy_px=0.2, wobble_px=0.15, haze=(0.03, 0.05)),
        Exposure(seed=22, noise=2.5, dx_px=-0.5, dy_px=-0.3, wobble_px=0.2, gain=(0.97, 0.97, 1.0), offset=(3.0, 2.0, 0.0), haze=(0.06, 0.05)),
    )  # fmt: skip


def pictures(size: Size, seed: int = SEED) -> NDArray[np.uint8]:
    """Return the base (date, sensor, clear or cloudy, band, y, x) as the sensors record it."""
    side = size.base_px
    made = np.empty((2, 2, 2, 3, side, side), np.uint8)
    for date in (0, 1):
        clear = painted(size, is_after=bool(date), seed=seed)
        cloudy = clear.copy()
        _cloud(size).lay(cloudy, Window(column=0, row=0, width=side, height=side))
        for sensor, exposure in enumerate(exposures(is_after=bool(date))):
            for kind, canvas in enumerate((clear, cloudy)):
                made[date, sensor, kind] = _recorded(canvas, exposure)
    return made


def _cloud(size: Size) -> Cloud:
    side = size.base_px
    return Cloud(
        column=0.49 * side, row=0.49 * side, turn_deg=20.0, long_px=0.38 * side, short_px=0.27 * side,
        shadow_px=(round(0.02 * side), round(0.015 * side)), seed=SEED,
    )  # fmt: skip


def _recorded(canvas: Pixels, exposure: Exposure) -> NDArray[np.uint8]:
    """Return a periodic canvas as a sensor records it, block by block."""
    side = canvas.shape[1]
    whole = Window(column=0, row=0, width=side, height=side)
    seen = np.empty(canvas.shape, np.uint8)
    for row in range(0, side, _STEP_PX):
        for column in range(0, side, _STEP_PX):
            here = Window(
                column=column, row=row, width=min(_STEP_PX, side), height=min(_STEP_PX, side)
            )
            around = here.grown(_AROUND_PX)
            rows = np.arange(around.row, around.row + around.height) % side
            columns = np.arange(around.column, around.column + around.width) % side
            part = np.ascontiguousarray(canvas[:, rows][:, :, columns])
            inner = slice(_AROUND_PX, -_AROUND_PX)
            # The veil of haze would tell where the base begins: the same share everywhere.
            even = replace(exposure, haze=(exposure.haze[0],) * 2)
            seen[:, row : row + here.height, column : column + here.width] = to_bytes(
                expose(part, around, even, whole)[:, inner, inner]
            )
    return seen
