"""Open land seen from above: relief, a river, fields, woods; the same place in any season.

Everything is a function of the place (column and row on one endless grid) and of a seed, so that a
country of any size is painted block by block without seams, and two dates share the same ground.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Literal

import cv2
import numpy as np
import scipy.fft
from numpy.typing import NDArray

from vallum.simulate.chance import generator
from vallum.simulate.season import PALETTES, Palette, Season, Sun

Image = NDArray[np.uint8] | NDArray[np.uint16]
Pixels = NDArray[np.float32]
"""(band, y, x) in digital numbers 0-255, or (y, x) of one quantity."""

Grain = Literal["fine", "form", "smooth"]

COARSE_M = 4.0
_TEXTURE_SIZE = 2048
_ROUGHNESS = 0.05 / 8
_PARCELS = 4096
_FIELD_CELL_M = 170.0
_TREE_CELL_M = 5.5
_CROWNS_M = (1.2, 1.9, 2.8)


@dataclass(frozen=True, kw_only=True)
class Window:
    """A block of the endless grid, in pixels."""

    column: int
    row: int
    width: int
    height: int

    def grown(self, by_px: int) -> Window:
        """Return the window with `by_px` more on every side."""
        return Window(
            column=self.column - by_px,
            row=self.row - by_px,
            width=self.width + 2 * by_px,
            height=self.height + 2 * by_px,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Land:
    """A country: coarse maps on a grid of `COARSE_M`, whose cell (0, 0) lies at pixel (0, 0).

    Attributes:
        seed: chance of everything below the coarse maps.
        gsd_m: size of a pixel.
        slope_east: rise of the ground per metre to the right.
        slope_south: the same, down.
        water_m: distance to the water's mean edge, negative in the water.
        wood: share of ground under trees, 0 to 1.
        farm: share of ground under the plough, 0 to 1.
    """

    seed: int
    gsd_m: float
    slope_east: Pixels
    slope_south: Pixels
    water_m: Pixels
    wood: Pixels
    farm: Pixels


@dataclass(frozen=True, kw_only=True, eq=False)
class Ground:
    """What does not change with the season, in one window; all arrays are (y, x)."""

    window: Window
    seed: int
    gsd_m: float
    slope_east: Pixels
    slope_south: Pixels
    water_m: Pixels
    wood: Pixels
    farm: Pixels
    parcel: NDArray[np.int32]
    across_m: Pixels
    edge_m: Pixels
    lane_m: Pixels
    patch: Pixels
    fine: Pixels
    crowns: tuple[tuple[float, bool, NDArray[np.uint8]], ...]


def coarse_land(
    shape: tuple[int, int], seed: int, gsd_m: float, water_m: Pixels | None = None
) -> Land:
    """Return a country of `shape` (y, x) pixels; without `water_m` it has no river.

    Args:
        shape: rows and columns at `gsd_m`.
        seed: chance.
        gsd_m: size of a pixel.
        water_m: distance to the water's edge on the grid of `COARSE_M`, negative in the water.
    """
    rows = math.ceil(shape[0] * gsd_m / COARSE_M) + 2
    columns = math.ceil(shape[1] * gsd_m / COARSE_M) + 2
    everywhere = Window(column=0, row=0, width=columns, height=rows)
    rough = texture(seed, "relief", everywhere, "smooth")
    if water_m is None:
        water_m = np.full((rows, columns), 1e4, np.float32)
        rise = np.full((rows, columns), 0.35, np.float32)
    else:
        rise = _ramp(water_m + 60 * texture(seed, "valley", everywhere), 160.0, 620.0)
    gully = texture(seed, "gully", everywhere)
    height = rise * (60.0 + 44.0 * rough + 9.0 * gully) + 1.2 * texture(seed, "swell", everywhere)
    # what is finer than a few cells would show the grid in the shading
    height = cv2.GaussianBlur(height, (0, 0), 2.5).astype(np.float32)
    steep = cv2.GaussianBlur(rise, (0, 0), 6.0)
    wood = _ramp(texture(seed, "wood", everywhere) + 1.5 * steep, 1.2, 2.0)
    wood = np.maximum(wood, 0.6 * _ramp(texture(seed, "copse", everywhere), 1.5, 2.1))
    wood *= _ramp(water_m, 6.0, 18.0)
    farm = 1.0 - _ramp(1.6 * steep + 0.6 * texture(seed, "farm", everywhere), 0.75, 1.15)
    farm *= _ramp(water_m + 8 * texture(seed, "margin", everywhere), 34.0, 48.0)
    farm *= 1.0 - wood
    return Land(
        seed=seed,
        gsd_m=gsd_m,
        slope_east=cv2.Sobel(height, cv2.CV_32F, 1, 0) / (8 * COARSE_M),
        slope_south=cv2.Sobel(height, cv2.CV_32F, 0, 1) / (8 * COARSE_M),
        water_m=water_m.astype(np.float32),
        wood=wood.astype(np.float32),
        farm=farm.astype(np.float32),
    )


def ground(land: Land, window: Window) -> Ground:
    """Return what lies in `window` in any season."""
    gsd_m, seed = land.gsd_m, land.seed
    micro = texture(seed, "micro", window)
    bend = texture(seed, "bend", window, "smooth")
    parcel, across_m, edge_m, lane_m = _fields(seed, window, gsd_m, bend)
    wood = np.clip(_lifted(land.wood, window, gsd_m), 0.0, 1.0)
    return Ground(
        window=window,
        seed=seed,
        gsd_m=gsd_m,
        slope_east=_lifted(land.slope_east, window, gsd_m)
        + cv2.Sobel(micro, cv2.CV_32F, 1, 0) * _ROUGHNESS,
        slope_south=_lifted(land.slope_south, window, gsd_m)
        + cv2.Sobel(micro, cv2.CV_32F, 0, 1) * _ROUGHNESS,
        water_m=_lifted(land.water_m, window, gsd_m) + 0.9 * bend,
        wood=wood,
        farm=np.clip(_lifted(land.farm, window, gsd_m), 0.0, 1.0),
        parcel=parcel,
        across_m=across_m,
        edge_m=edge_m,
        lane_m=lane_m,
        patch=texture(seed, "patch", window),
        fine=texture(seed, "fine", window, "fine"),
        crowns=_crowns(seed, window, gsd_m, wood),
    )


def colours(ground: Ground, season: Season, sun: Sun, year: int = 0) -> Pixels:
    """Return the land (3, y, x) as lit by `sun` in `season`, 0-255, before haze and sensor.

    Args:
        ground: the place.
        season: chooses colours, leaves, ice and water level.
        sun: lights slopes and throws the trees' shadows.
        year: another year has other crops and other weather.
    """
    palette, seed = PALETTES[season], ground.seed
    when = f"{season}{year}"
    weather = texture(seed, f"weather {when}", ground.window)
    fresh = texture(seed, f"fresh {when}", ground.window, "fine")
    mix = np.clip(0.5 + 0.28 * ground.patch + 0.14 * weather, 0.0, 1.0)
    picture = _between(palette.grass[0], palette.grass[1], mix)
    _lay(picture, _crop(ground, palette, when), ground.farm)
    _lay(picture, palette.wood_floor, 0.7 * ground.wood)
    worn = np.clip(1.7 - ground.lane_m / 0.9, 0.0, 1.0) * np.clip(0.9 - 0.2 * ground.patch, 0.3, 1)
    _lay(picture, palette.lane, 0.75 * worn * (ground.farm > 0.25))
    grain = 1.0 + 0.034 * ground.fine + 0.02 * fresh + 0.03 * weather
    picture *= grain * _light(ground, sun)
    _river(picture, ground, palette, when)
    _trees(picture, ground, palette, sun)
    return picture


def _crop(ground: Ground, palette: Palette, when: str) -> Pixels:
    """Return what grows (3, y, x): one colour and one row pattern per parcel and season."""
    chance = generator(ground.seed, "crop", when)
    # Two in three parcels keep the colour that they have in any spring: crops persist.
    which = np.where(
        chance.random(_PARCELS) < 0.45,
        chance.integers(0, 60, _PARCELS),
        generator(ground.seed, "habit").integers(0, 60, _PARCELS),
    )
    table = np.asarray(palette.fields, np.float32)[which % len(palette.fields)]
    table *= chance.normal(1.0, 0.05, (_PARCELS, 1)).astype(np.float32)
    depth = chance.choice([0.0, 0.012, 0.03, 0.06], _PARCELS).astype(np.float32)
    period = chance.uniform(1.9, 4.2, _PARCELS).astype(np.float32)
    field = np.take(np.ascontiguousarray(table.T), ground.parcel, axis=1)
    wave = np.sin((2 * math.pi) * ground.across_m / period[ground.parcel])
    field *= 1.0 + depth[ground.parcel] * wave * (0.8 + 0.4 * ground.patch)
    _lay(field, palette.grass[0], 0.55 * np.clip(1.3 - ground.edge_m / 0.55, 0.0, 1.0))
    return field


def _light(ground: Ground, sun: Sun) -> Pixels:
    """Return brightness relative to level ground (Lambert, with a quarter of sky light)."""
    east, south = sun.shadow
    slant = 1.0 + ground.slope_east * east + ground.slope_south * south
    slant /= np.sqrt(1.0 + ground.slope_east**2 + ground.slope_south**2)
    return np.clip(0.25 + 0.75 * slant, 0.3, 1.7).astype(np.float32)


def _river(picture: Pixels, ground: Ground, palette: Palette, when: str) -> None:
    """Lay banks, water and ice over `picture`, in place."""
    edge_m = ground.water_m - palette.level_m
    if edge_m.min() > 30:
        return
    ripple = texture(ground.seed, f"ripple {when}", ground.window)
    reach_m = np.clip(6.0 + 4.5 * ground.patch, 1.0, None)
    gravel = _column(palette.gravel) * (1.0 + 0.045 * ground.fine)
    _lay(picture, gravel, 0.8 * np.clip(1.2 - edge_m / reach_m, 0.0, 1.0))
    depth = np.clip(-edge_m / 14.0 + 0.12 * ground.patch, 0.0, 1.0)
    water = _between(palette.shallow, palette.deep, depth) * (1.0 + 0.025 * ripple)
    _lay(picture, water, np.clip(0.5 - edge_m / 0.9, 0.0, 1.0))
    if palette.ice:
        shore = np.clip(1.0 - np.abs(edge_m + 5.0) / 7.0, 0.0, 1.0)
        sheet = _ramp(shore + 0.45 * ripple + palette.ice, 1.1, 1.25) * (edge_m < 0)
        _lay(picture, (172, 176, 177), 0.7 * sheet)


def _trees(picture: Pixels, ground: Ground, palette: Palette, sun: Sun) -> None:
    """Lay trees and their shadows over `picture`, in place; all crowns are lit from the sun."""
    if not ground.crowns:
        return
    shade = np.zeros(picture.shape[1:], np.uint8)
    domes = np.zeros((2, *shade.shape), np.uint8)
    for radius_m, is_conifer, stems in ground.crowns:
        cover = 1.0 if is_conifer else 0.25 + 0.65 * palette.leaf
        cast = _cast(stems, radius_m, radius_m * 2.4, sun, ground.gsd_m)
        np.maximum(shade, cv2.convertScaleAbs(cast, alpha=cover), out=shade)
        disc = cv2.dilate(stems, _disc(radius_m / ground.gsd_m))
        dome = cv2.GaussianBlur(disc, (0, 0), max(0.6, 0.4 * radius_m / ground.gsd_m))
        np.maximum(domes[int(is_conifer)], dome, out=domes[int(is_conifer)])
    dry = np.clip(ground.water_m / 2.0, 0.0, 1.0)
    dim = cv2.GaussianBlur(shade, (0, 0), 0.6).astype(np.float32) * (0.5 / 255) * dry
    picture *= 1.0 - dim * _column((1.0, 0.96, 0.88))
    east, south = sun.shadow
    for sort, packed in enumerate(domes):
        if not packed.any():
            continue
        dome = packed.astype(np.float32) / 255
        lit = cv2.Sobel(dome, cv2.CV_32F, 1, 0) * east + cv2.Sobel(dome, cv2.CV_32F, 0, 1) * south
        crown = _column(palette.conifer if sort else palette.broadleaf)
        crown = crown * np.clip(1.0 + 0.28 * lit + 0.08 * ground.fine, 0.45, 1.8)
        cover = 0.95 if sort else palette.leaf
        _lay(picture, crown, cover * np.clip(1.35 * dome, 0.0, 1.0) * dry)


def _cast(
    stems: NDArray[np.uint8], radius_m: float, height_m: float, sun: Sun, gsd_m: float
) -> NDArray[np.uint8]:
    """Return the shadows of round things of one size that stand at `stems`."""
    east, south = (height_m * part / gsd_m for part in sun.shadow)
    reach = math.ceil(math.hypot(east, south) + radius_m / gsd_m) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.uint8)
    # dilate looks from the shadow back to its thing, so the kernel is drawn mirrored
    tip = (round(reach - east), round(reach - south))
    cv2.line(kernel, (reach, reach), tip, 1, max(1, round(1.5 * radius_m / gsd_m)))
    shadow: NDArray[np.uint8] = cv2.dilate(stems, kernel)
    return shadow


def _disc(radius_px: float) -> NDArray[np.uint8]:
    size = 2 * max(1, round(radius_px)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def _crowns(
    seed: int, window: Window, gsd_m: float, wood: Pixels
) -> tuple[tuple[float, bool, NDArray[np.uint8]], ...]:
    """Return (crown radius, is conifer, stems as 255 in (y, x)) per sort of tree."""
    cell = _TREE_CELL_M / gsd_m
    first_x, first_y = math.floor(window.column / cell), math.floor(window.row / cell)
    x, y = np.meshgrid(
        np.arange(first_x, first_x + window.width / cell + 2),
        np.arange(first_y, first_y + window.height / cell + 2),
    )
    dice = _dice(seed)[:, (y % 256).astype(int), (x % 256).astype(int)]
    column = ((x + dice[0]) * cell - window.column).astype(int)
    row = ((y + dice[1]) * cell - window.row).astype(int)
    inside = (column >= 0) & (row >= 0) & (column < window.width) & (row < window.height)
    column, row, dice = column[inside], row[inside], dice[:, inside]
    density = wood[row, column]
    grows = dice[2] < 0.012 + 0.9 * density
    is_conifer = dice[3] < 0.5
    size = (dice[4] * len(_CROWNS_M)).astype(int)
    found = []
    for number, radius_m in enumerate(_CROWNS_M):
        for conifer in (False, True):
            chosen = grows & (size == number) & (is_conifer == conifer)
            stems = np.zeros((window.height, window.width), np.uint8)
            stems[row[chosen], column[chosen]] = 255
            if chosen.any():
                found.append((radius_m, conifer, stems))
    return tuple(found)


@cache
def _dice(seed: int) -> Pixels:
    return generator(seed, "trees").random((5, 256, 256), np.float32)


def _fields(
    seed: int, window: Window, gsd_m: float, bend: Pixels
) -> tuple[NDArray[np.int32], Pixels, Pixels, Pixels]:
    """Return parcel number, place across the rows, distance to parcel edge and to the next lane.

    Groups of parcels are the Voronoi cells of jittered points, bent a little; each group is cut
    into strips of its own direction and width. Lanes run where two groups meet.
    """
    x = (window.column + np.arange(window.width, dtype=np.float32)) * gsd_m
    y = (window.row + np.arange(window.height, dtype=np.float32)) * gsd_m
    x, y = x[None, :] + 5.0 * bend, y[:, None] - 4.0 * bend[:, :]
    nearest = np.full(x.shape, np.inf, np.float32)
    second = nearest.copy()
    owner = np.zeros(x.shape, np.intp)
    seeds = _near(_field_seeds(seed, x, y), x, y)
    for number, (seed_x, seed_y) in enumerate(seeds[:, :2].tolist()):
        distance = cv2.magnitude(x - seed_x, y - seed_y)
        np.copyto(owner, number, where=distance < nearest)
        np.minimum(second, np.maximum(distance, nearest), out=second)
        np.minimum(nearest, distance, out=nearest)
    direction, width_m = (seeds[:, k].astype(np.float32) for k in (2, 3))
    across_m = (x * np.cos(direction)[owner] + y * np.sin(direction)[owner]).astype(np.float32)
    strip = across_m / width_m[owner]
    whole = np.floor(strip)
    inside = (0.5 - np.abs(strip - whole - 0.5)) * width_m[owner]
    first = (seeds[:, 4].astype(np.int64) * 7919 % _PARCELS).astype(np.int32)
    parcel: NDArray[np.int32] = (first[owner] + whole.astype(np.int32) * 1723) % _PARCELS
    lane_m = ((second - nearest) / 2).astype(np.float32)
    return parcel, across_m, inside.astype(np.float32), lane_m


def _field_seeds(seed: int, x: Pixels, y: Pixels) -> NDArray[np.float64]:
    """Return x, y, direction, strip width and number of the groups near a window, (n, 5)."""
    cell = _FIELD_CELL_M
    across = np.arange(math.floor(x.min() / cell) - 2, math.floor(x.max() / cell) + 3)
    down = np.arange(math.floor(y.min() / cell) - 2, math.floor(y.max() / cell) + 3)
    i, j = (part.ravel() for part in np.meshgrid(across, down))
    dice = generator(seed, "fields").random((4, 128, 128))[:, j % 128, i % 128]
    return np.column_stack(
        [
            (i + 0.1 + 0.8 * dice[0]) * cell,
            (j + 0.1 + 0.8 * dice[1]) * cell,
            dice[2] * math.pi,
            11.0 + 34.0 * dice[3] ** 2,
            (j % 128) * 128 + i % 128,
        ]
    )


def _near(seeds: NDArray[np.float64], x: Pixels, y: Pixels) -> NDArray[np.float64]:
    """Return the seeds that are the nearest or second nearest of any place, by a coarse look."""
    few = (slice(None, None, 10), slice(None, None, 10))
    apart = np.hypot(x[few][..., None] - seeds[:, 0], y[few][..., None] - seeds[:, 1])
    wanted = np.argpartition(apart, 2, axis=-1)[..., :3]
    return seeds[np.unique(wanted)]


def texture(seed: int, name: str, window: Window, grain: Grain = "form") -> Pixels:
    """Return noise (y, x) of mean 0 and deviation 1 that is the same wherever windows overlap.

    Args:
        seed: chance.
        name: different names give unrelated noise.
        window: the place.
        grain: "fine" for grain of a few pixels, "form" for forms of all sizes, "smooth" for large.
    """
    cloth = _cloth(grain)
    down, right = generator(seed, name).integers(0, _TEXTURE_SIZE, 2)
    rows = (np.arange(window.height) + window.row + down) % _TEXTURE_SIZE
    columns = (np.arange(window.width) + window.column + right) % _TEXTURE_SIZE
    return cloth[np.ix_(rows, columns)]


@cache
def _cloth(grain: Grain) -> Pixels:
    """Return one periodic noise picture; power falls with frequency as in natural scenes."""
    size = _TEXTURE_SIZE
    fall, longest_px = {"fine": (0.55, 100.0), "form": (1.6, 900.0), "smooth": (2.6, 500.0)}[grain]
    white = generator("cloth", grain).standard_normal((size, size), np.float32)
    down, right = scipy.fft.fftfreq(size)[:, None], scipy.fft.rfftfreq(size)[None, :]
    frequency = np.hypot(down, right)
    frequency[0, 0] = np.inf
    gain = frequency**-fall * (1.0 - np.exp(-((frequency * longest_px) ** 2)))
    spectrum = scipy.fft.rfft2(white) * gain.astype(np.float32)
    cloth = scipy.fft.irfft2(spectrum, s=(size, size)).astype(np.float32)
    cloth = (cloth - cloth.mean()) / cloth.std()
    return np.asarray(cloth, np.float32)


def _lifted(coarse: Pixels, window: Window, gsd_m: float) -> Pixels:
    """Return a coarse map on the pixels of `window`, smoothly."""
    step = gsd_m / COARSE_M
    matrix = np.asarray(
        [[step, 0, (window.column + 0.5) * step - 0.5], [0, step, (window.row + 0.5) * step - 0.5]],
        np.float64,
    )
    lifted: Pixels = cv2.warpAffine(
        coarse,
        matrix,
        (window.width, window.height),
        borderMode=cv2.BORDER_REPLICATE,
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
    )
    return lifted


def _ramp(values: Pixels, low: float, high: float) -> Pixels:
    """Return 0 below `low`, 1 above `high`, and a smooth rise between."""
    part = np.clip((values - low) / (high - low), 0.0, 1.0)
    return np.asarray(part * part * (3.0 - 2.0 * part), np.float32)


def _between(first: tuple[int, int, int], second: tuple[int, int, int], mix: Pixels) -> Pixels:
    start, end = _column(first), _column(second)
    return (start + mix * (end - start)).astype(np.float32, copy=False)


def _lay(picture: Pixels, colour: Pixels | tuple[int, int, int], cover: Pixels) -> None:
    """Cover `picture` with `colour` where `cover` is 1, in place."""
    over = colour if isinstance(colour, np.ndarray) else _column(colour)
    picture += cover.astype(np.float32) * (over - picture)


def _column(colour: tuple[float, float, float]) -> Pixels:
    return np.array(colour, np.float32).reshape(-1, 1, 1)
