"""The ground of an imaginary place: patches of every size, fields with rows, and their texture.

Ground is one map of labels and one table of looks per day, so that hundreds of patches cost one
look-up. The patches are "dead leaves" (occlusion of shapes whose sizes follow a power law; Lee,
Mumford and Huang 2001), which have the statistics of natural pictures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from vallum.simulate.day import Day, Plane, Points, fixed, fractal

Labels = NDArray[np.int32]

_ANCHORS = np.array(
    [
        (163, 147, 121),
        (132, 119, 96),
        (104, 88, 70),
        (190, 172, 138),
        (146, 110, 82),
        (96, 112, 66),
        (70, 96, 52),
        (120, 124, 78),
        (58, 78, 46),
        (158, 150, 96),
        (176, 172, 164),
        (120, 120, 118),
        (88, 90, 84),
        (205, 200, 188),
        (66, 62, 54),
    ],
    np.float32,
)
_LUSH, _DRY = np.array([0.78, 1.02, 0.7], np.float32), np.array([1.14, 1.02, 0.88], np.float32)
_N_TEXTURES = 3
_STEADY_PX = 14.0
"""Patches less broad than this never change by themselves: they could be taken for posts."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Looks:
    """How each label looks on one day; all arrays begin with (label,).

    Attributes:
        colour: (label, 3) digital numbers.
        grain: (label, texture) amplitude of each texture, relative to the colour.
        across: (label, 2) turns per pixel of the rows, to the right and down.
        depth: amplitude of the rows, relative.
        tram: (label, 2) turns per pixel of the tramlines.
        tram_depth: how dark (negative) or bright the tramlines are.
        plant: how much the colour follows the season, 0 to 1.
    """

    colour: NDArray[np.float32]
    grain: NDArray[np.float32]
    across: NDArray[np.float32]
    depth: NDArray[np.float32]
    tram: NDArray[np.float32]
    tram_depth: NDArray[np.float32]
    plant: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class Mosaic:
    """The ground of a place.

    Attributes:
        labels: (y, x).
        looks: of the first and of the second day.
        textures: shared by both days, each (y, x).
        bend: (y, x) in turns; bends rows.
        tint: (y, x) drift of colour, and its direction (3,).
        edges: lines between parcels, each (n, 2).
        breadth_px: (label,) of each patch before others hid parts of it.
    """

    labels: Labels
    looks: tuple[Looks, Looks]
    textures: tuple[Plane, ...]
    bend: Plane
    tint: tuple[Plane, NDArray[np.float32]]
    edges: tuple[Points, ...]
    breadth_px: NDArray[np.float64]


def random_mosaic(
    rng: np.random.Generator, shape: tuple[int, int], *, farmed: float, rough: float
) -> Mosaic:
    """Return the ground of a place.

    Args:
        rng: chance.
        shape: rows and columns.
        farmed: chance that there are parcels.
        rough: 0 for few large patches, 1 for hundreds of small ones.
    """
    labels = np.zeros(shape, np.int32)
    sizes, angles, edges = [1e9], [rng.uniform(0, math.pi)], []
    n_leaves = int(4 + 380 * rough * rng.random() ** 1.5)
    if rng.random() < 0.85:
        found = _leaves(rng, labels, len(sizes), n_leaves)
        sizes += found[0]
        angles += found[1]
    if rng.random() < 0.35:
        labels = _ragged(rng, labels)
    for _ in range(int(rng.choice([1, 1, 2, 3])) if rng.random() < farmed else 0):
        widths, turn, lines = _parcels(rng, labels, len(sizes))
        sizes += widths
        angles += [turn] * len(widths)
        edges += lines
    first = _random_looks(rng, np.array(angles))
    changes = rng.random(len(sizes)) < rng.choice([0.0, 0.1, 0.3, 0.6, 0.9])
    changes &= np.array(sizes) >= _STEADY_PX
    second = _mixed(first, _random_looks(rng, np.array(angles)), changes)
    smooth = fractal(rng, shape, slope=1.6, finest_px=8)
    slopes = (rng.uniform(0.0, 0.5), rng.uniform(0.4, 1.1), rng.uniform(0.9, 1.8))
    grains = (1, 1 if rng.random() < 0.5 else 2, 2)
    return Mosaic(
        labels=labels,
        looks=(first, second),
        textures=tuple(
            fractal(rng, shape, slope=slope, finest_px=grain)
            for slope, grain in zip(slopes, grains, strict=True)
        ),
        bend=smooth * np.float32(rng.choice([0.0, 0.1, 0.5, 1.5])),
        tint=(smooth, rng.normal(0.0, 3.0, 3).astype(np.float32)),
        edges=tuple(edges),
        breadth_px=np.array(sizes),
    )


def ground(mosaic: Mosaic, day: Day, second: bool) -> Plane:
    """Return the bare ground (y, x, 3) of one day, 0-255, without relief and things."""
    looks, labels = mosaic.looks[int(second)], mosaic.labels
    season = _DRY + np.float32(day.green) * (_LUSH - _DRY)
    colour = looks.colour * (1.0 + looks.plant[:, None] * (season - 1.0))
    canvas = np.take(colour, labels, axis=0)
    light = np.ones(labels.shape, np.float32)
    for number, texture in enumerate(mosaic.textures):
        light += np.take(looks.grain[:, number], labels) * texture
    if looks.depth.any():
        rows = np.sin(np.float32(2 * math.pi) * _turns(looks.across, mosaic))
        light += np.take(looks.depth, labels) * rows
    if looks.tram_depth.any():
        turns = _turns(looks.tram, mosaic)
        near = np.abs(turns - np.rint(turns)) < 0.04
        light += near * np.take(looks.tram_depth, labels)
    canvas *= np.maximum(light, 0.15)[..., None]
    drift, direction = mosaic.tint
    canvas += drift[..., None] * direction
    return np.ascontiguousarray(canvas, np.float32)


def random_colours(rng: np.random.Generator, n: int) -> NDArray[np.float32]:
    """Return colours (n, 3): mostly of soils, plants and stone, sometimes of anything."""
    if rng.random() < 0.05:
        return rng.uniform(25, 225, (n, 3)).astype(np.float32)
    few = _ANCHORS[rng.choice(len(_ANCHORS), int(rng.integers(3, 10)), replace=False)]
    colour = few[rng.integers(0, len(few), n)]
    tone = rng.normal(1.0, rng.uniform(0.03, 0.16), (n, 1))
    hue = rng.normal(1.0, rng.uniform(0.01, 0.06), (n, 3))
    return np.clip(colour * tone * hue, 18, 235).astype(np.float32)


def _turns(across: NDArray[np.float32], mosaic: Mosaic) -> Plane:
    height, width = mosaic.labels.shape
    right = np.arange(width, dtype=np.float32)[None, :]
    down = np.arange(height, dtype=np.float32)[:, None]
    turns: Plane = np.take(across[:, 0], mosaic.labels) * right
    turns += np.take(across[:, 1], mosaic.labels) * down
    turns += mosaic.bend
    return turns


def _random_looks(rng: np.random.Generator, angles: NDArray[np.float64]) -> Looks:
    n = len(angles)
    strength = rng.choice([0.01, 0.03, 0.06, 0.12], p=[0.15, 0.35, 0.35, 0.15])
    turn = angles + rng.choice([0.0, math.pi / 2], n, p=[0.7, 0.3]) + rng.normal(0, 0.02, n)
    away = np.column_stack([-np.sin(turn), np.cos(turn)])
    rows = rng.random(n) < rng.choice([0.0, 0.3, 0.8])
    lines = rng.random(n) < rng.choice([0.0, 0.0, 0.35])
    period, each = rng.uniform(2.0, 14.0, n), rng.uniform(22.0, 70.0, n)
    depth = rows * rng.uniform(0.01, 0.16, n) * rng.uniform(0.3, 1.0)
    return Looks(
        colour=random_colours(rng, n),
        grain=(strength * rng.gamma(1.2, 0.7, (n, _N_TEXTURES))).astype(np.float32),
        across=(away / period[:, None]).astype(np.float32),
        depth=depth.astype(np.float32),
        tram=(away / each[:, None]).astype(np.float32),
        tram_depth=(lines * rng.uniform(-0.2, 0.15, n)).astype(np.float32),
        plant=(rng.random(n) * (rng.random(n) < 0.6)).astype(np.float32),
    )


def _mixed(first: Looks, other: Looks, changes: NDArray[np.bool_]) -> Looks:
    """Return `first`, and `other` where a label changes."""
    parts = {
        name: np.where(changes.reshape(-1, *[1] * (part.ndim - 1)), vars(other)[name], part)
        for name, part in vars(first).items()
    }
    return replace(first, **parts)


def _leaves(
    rng: np.random.Generator, labels: Labels, first: int, n: int
) -> tuple[list[float], list[float]]:
    """Draw `n` shapes into `labels`; return breadth and direction of each."""
    power = rng.uniform(1.2, 2.6)
    radius = np.clip(rng.uniform(2, 16) * (1 - rng.random(n)) ** (-1 / power), 1.5, 200)
    if rng.random() < 0.7:
        radius = np.sort(radius)[::-1]
    corners = 16
    angle = np.arange(corners) * (2 * math.pi / corners)
    round_ = rng.choice([1.0, 2.0, 2.0, 60.0, 60.0], n)[:, None]
    reach = (np.abs(np.cos(angle)) ** round_ + np.abs(np.sin(angle)) ** round_) ** (-1 / round_)
    reach *= np.exp(rng.normal(0, 1, (n, corners)) * rng.choice([0, 0, 0.1, 0.35], (n, 1)))
    slim = rng.uniform(0.25, 1.0, n)
    turn = rng.uniform(0, math.pi, n)
    if rng.random() < 0.4:
        turn = rng.uniform(0, math.pi) + rng.choice([0.0, math.pi / 2], n) + rng.normal(0, 0.04, n)
    along, across = reach * np.cos(angle), reach * np.sin(angle) * slim[:, None]
    x = along * np.cos(turn)[:, None] - across * np.sin(turn)[:, None]
    y = along * np.sin(turn)[:, None] + across * np.cos(turn)[:, None]
    height, width = labels.shape
    centre = rng.uniform(-0.1, 1.1, (n, 2)) * (width, height)
    shapes = fixed(np.stack([x, y], 2) * radius[:, None, None] + centre[:, None, :])
    for number, one in enumerate(shapes):
        cv2.fillPoly(labels, [one], first + number, cv2.LINE_8, 4)
    return list(2 * radius * slim), list(turn)


def _parcels(
    rng: np.random.Generator, labels: Labels, first: int
) -> tuple[list[float], float, list[Points]]:
    """Draw one estate of fields into `labels`; return breadths, direction and edges."""
    height, width = labels.shape
    reach = 0.75 * math.hypot(height, width)
    turn = rng.uniform(0, math.pi)
    broad, long = 14 + rng.gamma(1.5, 40.0), rng.uniform(80.0, 500.0)
    cuts = np.cumsum(broad * rng.uniform(0.55, 1.6, int(2 * reach / broad * 1.2) + 2)) - reach
    cuts = cuts[cuts < reach][:90]
    sheet = np.full(labels.shape, -1, np.int32)
    frame = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    middle = np.array([width / 2, height / 2])
    skew = rng.normal(0, 0.05)
    widths: list[float] = []
    edges: list[Points] = []
    for low, high in pairwise(cuts):
        ends = np.arange(-reach - rng.uniform(0, long), reach + long, long)
        ends += rng.uniform(-0.2, 0.2, len(ends)) * long
        for start, end in pairwise(ends):
            quad = np.array(
                [
                    (start, low + skew * start),
                    (end, low + skew * end),
                    (end, high + skew * end),
                    (start, high + skew * start),
                ]
            )
            cv2.fillConvexPoly(
                sheet, fixed(quad @ frame + middle), first + len(widths), cv2.LINE_8, 4
            )
            widths.append(high - low)
        edges.append(np.array([(-reach, low - skew * reach), (reach, low + skew * reach)]))
    where = np.full(labels.shape, 255, np.uint8)
    if rng.random() < 0.7:
        where[:] = 0
        hull = rng.uniform(-0.15, 1.15, (6, 2)) * (width, height)
        cv2.fillPoly(where, [cv2.convexHull(fixed(hull))], 255, cv2.LINE_8, 4)
    np.copyto(labels, sheet, where=(where > 0) & (sheet >= 0))
    return widths, turn, [edge @ frame + middle for edge in edges]


def _ragged(rng: np.random.Generator, labels: Labels) -> Labels:
    """Return labels whose edges are uneven, as nature draws them."""
    height, width = labels.shape
    size = float(rng.uniform(1.0, 9.0))
    shift = [fractal(rng, labels.shape, slope=1.0, finest_px=2, longest_px=64) for _ in range(2)]
    from_x = np.arange(width, dtype=np.float32)[None, :] + size * shift[0]
    from_y = np.arange(height, dtype=np.float32)[:, None] + size * shift[1]
    moved = cv2.remap(
        labels.astype(np.float32), from_x, from_y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT
    )
    return np.asarray(np.rint(moved), np.int32)
