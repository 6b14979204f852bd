"""Lines that stand on both days of an imaginary place: roads, tracks, hedges, old fences, walls."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from vallum.simulate.day import Day, Mask, Plane, Points, fixed, lay

_LIGHT = np.array([(190, 184, 172), (168, 152, 126), (176, 176, 174), (214, 210, 200)], float)
_DARK = np.array([(96, 96, 96), (74, 72, 66), (60, 62, 52), (110, 100, 84)], float)
_PLANT = np.array([(62, 80, 46), (84, 92, 58), (96, 86, 62), (50, 66, 44)], float)


@dataclass(frozen=True, kw_only=True, eq=False)
class Way:
    """One line of the place, there on both days.

    Attributes:
        path: (n, 2) in pixels.
        width_px: breadth; below 1 it covers less instead.
        colours: on both days, (2, 3).
        covers: on both days; neither is 0, for a line that one day hides would be a new line.
        height_m: throws the shadow and leans; 0 for flat things.
        shade: how dark the shadow is, relative to other shadows of the day.
        each_px: distance between posts; 0 for none.
        gap_px: between two rows, as of wheel tracks; 0 for one row.
        grain: how much the colour changes along it.
        verge_px: breadth of worn or lush ground around it; 0 for none.
        least: by how many digital numbers it differs from its ground at least, on both days.
    """

    path: Points
    width_px: float
    colours: NDArray[np.float64]
    covers: tuple[float, float]
    height_m: float = 0.0
    shade: float = 0.0
    each_px: float = 0.0
    gap_px: float = 0.0
    grain: float = 0.05
    verge_px: float = 0.0
    least: float = 0.0


def random_ways(
    rng: np.random.Generator, shape: tuple[int, int], edges: Sequence[Points], amount: float
) -> tuple[Way, ...]:
    """Return lines of many kinds, flat ones first.

    Args:
        rng: chance.
        shape: rows and columns.
        edges: of parcels; some lines follow them.
        amount: 0 for none, 1 for a dense country.
    """
    n = rng.poisson(9 * amount)
    paths = [
        edges[int(rng.integers(len(edges)))]
        if edges and rng.random() < 0.45
        else random_path(rng, shape)
        for _ in range(n)
    ]
    ways = [_random_way(rng, path) for path in paths]
    if edges and rng.random() < 0.4:
        pattern = _random_way(rng, edges[0])
        ways += [_like(rng, pattern, path) for path in edges if rng.random() < 0.5]
    if rng.random() < 0.25 * amount:
        pattern = _random_way(rng, random_path(rng, shape))
        ways += [_like(rng, pattern, path) for path in _streets(rng, shape)]
    return tuple(sorted(ways, key=lambda way: way.height_m))


def random_path(rng: np.random.Generator, shape: tuple[int, int]) -> Points:
    """Return a line that crosses the place or ends in it: straight, broken or winding."""
    height, width = shape
    turn, bend = rng.uniform(0, 2 * math.pi), rng.choice([0.0, 0.0, 0.02, 0.12, 0.3])
    step = rng.uniform(6.0, 16.0) if bend else rng.uniform(30.0, 400.0)
    long = math.hypot(height, width) * (1.2 if rng.random() < 0.7 else rng.uniform(0.1, 0.6))
    n = max(2, math.ceil(long / step) + 1)
    if bend:
        turns = turn + np.cumsum(rng.normal(0, bend, n)) - bend * rng.normal()
    else:
        turns = turn + np.cumsum(rng.normal(0, 0.5, n) * (rng.random(n) < rng.choice([0, 0.5])))
    steps = np.column_stack([np.cos(turns), np.sin(turns)]) * step
    path: Points = np.cumsum(steps, axis=0)
    middle = path[n // 2] if rng.random() < 0.8 else path[0]
    return np.asarray(path - middle + rng.uniform(0.05, 0.95, 2) * (width, height))


def draw_ways(
    canvas: Plane, ways: Sequence[Way], day: Day, second: bool, grain: Plane, *, share: float = 1.0
) -> None:
    """Draw lines with their shadows on `canvas` (y, x, 3), in place.

    Args:
        canvas: changed in place.
        ways: drawn in order.
        day: gives sun and view.
        second: takes the colours of the second day.
        grain: (y, x) texture.
        share: of its usual cover that a line has.
    """
    for way in ways:
        number, cover = int(second), share * way.covers[int(second)]
        rows = _rows(way)
        wave = 1.0 + np.float32(way.grain) * grain
        if way.verge_px:
            verge = _drawn(canvas, rows, way.verge_px)
            lay(canvas, verge, way.colours[number], 0.3 * cover, wave)
        if way.height_m:
            lay(canvas, _shadow(canvas, way, rows, day), None, day.shade * way.shade)
        rows = [row + day.lean_px(way.height_m) * 0.5 for row in rows]
        mask = _drawn(canvas, rows, way.width_px)
        lay(canvas, mask, _set_off(canvas, mask, way, number, cover), cover, wave)
        if way.each_px:
            _draw_posts(canvas, way, rows, day, number)


def _set_off(canvas: Plane, mask: Mask, way: Way, number: int, cover: float) -> NDArray[np.float64]:
    """Return the way's colour, driven away from the ground's until the way can be seen.

    Otherwise a change of the crops around an old path would make it look like a new one.
    """
    colour = np.asarray(way.colours[number], float)
    where = np.flatnonzero(mask != 0)[::7]
    if not len(where) or not way.least:
        return colour
    under = canvas.reshape(-1, 3)[where].mean(axis=0)
    apart = float((colour - under).mean())
    missing = min(way.least / max(0.1, cover * min(1.0, way.width_px)), 110.0) - abs(apart)
    if missing <= 0:
        return colour
    sign = 1.0 if apart > 0 else -1.0
    if not 20.0 < float(colour.mean()) + sign * missing < 235.0:
        sign, missing = -sign, missing + 2 * abs(apart)
    return np.asarray(np.clip(colour + sign * missing, 8, 245))


def _random_way(rng: np.random.Generator, path: Points) -> Way:
    """Return a way that can be told from its ground, on both days."""
    return replace(_some_way(rng, path), least=float(rng.choice([4.0, 9.0, 15.0, 25.0])))


def _some_way(rng: np.random.Generator, path: Points) -> Way:
    """Return a way of one of nine kinds."""
    kind = rng.choice(9, p=[0.14, 0.1, 0.1, 0.12, 0.1, 0.14, 0.08, 0.14, 0.08])
    cover = rng.uniform(0.25, 1.0)
    covers = (cover * rng.uniform(0.6, 1.0), cover * rng.uniform(0.6, 1.0))
    solid = (rng.uniform(0.8, 1.0), rng.uniform(0.8, 1.0))
    thin = rng.uniform(0.4, 2.0)
    match int(kind):
        case 0:  # a road
            group = _LIGHT if rng.random() < 0.5 else _DARK
            broad = rng.uniform(7, 26)
            return Way(
                path=path,
                width_px=broad,
                colours=_two(rng, group),
                covers=solid,
                verge_px=broad * rng.uniform(1.1, 1.6) * (rng.random() < 0.4),
            )
        case 1:  # a dirt lane
            return Way(
                path=path,
                width_px=rng.uniform(3, 8),
                colours=_two(rng, _LIGHT),
                covers=covers,
                grain=0.1,
            )
        case 2:  # wheel tracks
            return Way(
                path=path,
                width_px=rng.uniform(0.7, 1.6),
                colours=_two(rng, _LIGHT),
                covers=covers,
                gap_px=rng.uniform(3.0, 5.0),
                grain=0.12,
            )
        case 3:  # a footpath
            return Way(path=path, width_px=thin, colours=_two(rng, _LIGHT), covers=covers)
        case 4:  # a ditch
            return Way(path=path, width_px=1.3 * thin, colours=_two(rng, _DARK), covers=covers)
        case 5:  # an old fence
            return Way(
                path=path,
                width_px=rng.uniform(0.3, 1.3),
                colours=_two(rng, _LIGHT if rng.random() < 0.6 else _DARK),
                covers=covers,
                height_m=rng.uniform(1.0, 3.2),
                shade=rng.uniform(0.1, 0.6),
                each_px=rng.uniform(4, 14) * (rng.random() < 0.6),
                gap_px=rng.choice([0.0, 0.0, 0.0, 8.0, 16.0]),
                verge_px=rng.uniform(2, 9) * (rng.random() < 0.4),
            )
        case 6:  # an old wall
            return Way(
                path=path,
                width_px=rng.uniform(0.6, 2.2),
                colours=_two(rng, _LIGHT),
                covers=solid,
                height_m=rng.uniform(1.2, 5.0),
                shade=rng.uniform(0.7, 1.0),
            )
        case 7:  # a hedge
            return Way(
                path=path,
                width_px=rng.uniform(2.0, 8.0),
                colours=_two(rng, _PLANT),
                covers=covers,
                height_m=rng.uniform(0.8, 4.0),
                shade=rng.uniform(0.5, 1.0),
                grain=rng.uniform(0.1, 0.35),
            )
        case _:  # rails or a row of plants
            return Way(
                path=path,
                width_px=rng.uniform(0.5, 2.0),
                colours=_two(rng, _DARK if rng.random() < 0.5 else _PLANT),
                covers=covers,
                gap_px=rng.uniform(2.5, 9.0),
                verge_px=rng.uniform(5, 12),
            )


def _like(rng: np.random.Generator, pattern: Way, path: Points) -> Way:
    """Return a way like another one on another path."""
    fresh = vars(pattern) | {
        "path": path,
        "width_px": pattern.width_px * rng.uniform(0.85, 1.15),
        "colours": pattern.colours * rng.uniform(0.94, 1.06),
    }
    return Way(**fresh)


def _two(rng: np.random.Generator, group: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a colour on two days: of one hue, with other light and moisture."""
    colour = group[int(rng.integers(len(group)))] * rng.normal(1.0, 0.1)
    tone = rng.normal(1.0, 0.07, (2, 1)) * rng.normal(1.0, 0.02, (2, 3))
    return np.asarray(np.clip(colour * tone, 15, 240))


def _streets(rng: np.random.Generator, shape: tuple[int, int]) -> list[Points]:
    """Return a grid of streets over a part of the place."""
    turn, middle = rng.uniform(0, math.pi), rng.uniform(0.2, 0.8, 2) * (shape[1], shape[0])
    frame = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    half, each = rng.uniform(60, 260, 2), rng.uniform(45, 120, 2)
    lines = []
    for side in (0, 1):
        for at in np.arange(-half[side], half[side], each[side]):
            ends = np.array([(at, -half[1 - side]), (at, half[1 - side])])
            lines.append((ends if side == 0 else ends[:, ::-1]) @ frame + middle)
    return lines


def _rows(way: Way) -> list[Points]:
    if not way.gap_px:
        return [way.path]
    ahead = np.gradient(way.path, axis=0)
    ahead /= np.maximum(1e-6, np.hypot(*ahead.T))[:, None]
    aside = np.column_stack([-ahead[:, 1], ahead[:, 0]]) * (way.gap_px / 2)
    return [way.path + aside, way.path - aside]


def _drawn(canvas: Plane, rows: Sequence[Points], width_px: float) -> Mask:
    mask = np.zeros(canvas.shape[:2], np.uint8)
    breadth = max(1, round(width_px))
    value = round(255 * min(1.0, width_px / breadth))
    cv2.polylines(mask, [fixed(row) for row in rows], False, value, breadth, cv2.LINE_AA, 4)
    return mask


def _shadow(canvas: Plane, way: Way, rows: Sequence[Points], day: Day) -> Mask:
    cast = day.cast_px(way.height_m)
    mask = np.zeros(canvas.shape[:2], np.uint8)
    steps = np.linspace(0.0, 1.0, max(2, math.ceil(math.hypot(*cast)) + 1))
    lines = [fixed(row + step * cast) for row in rows for step in steps]
    cv2.polylines(mask, lines, False, 255, max(1, round(way.width_px)), cv2.LINE_AA, 4)
    return mask


def _draw_posts(canvas: Plane, way: Way, rows: Sequence[Points], day: Day, number: int) -> None:
    cast = day.cast_px(way.height_m)
    tops, shadows = (np.zeros(canvas.shape[:2], np.uint8) for _ in range(2))
    for row in rows:
        at = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(row, axis=0).T))])
        wanted = np.arange(0.0, at[-1], way.each_px)
        feet = np.column_stack([np.interp(wanted, at, row[:, k]) for k in (0, 1)])
        cv2.polylines(tops, list(fixed(feet)[:, None, :]), True, 255, 1, cv2.LINE_AA, 4)
        ends = fixed(np.stack([feet, feet + cast], 1))
        cv2.polylines(shadows, list(ends), False, 200, 1, cv2.LINE_AA, 4)
    lay(canvas, shadows, None, day.shade * way.shade)
    lay(canvas, tops, way.colours[number] * 1.06, min(1.0, 1.4 * way.covers[number]))
