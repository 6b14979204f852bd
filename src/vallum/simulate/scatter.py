"""What stands or changes in an imaginary place without being a barrier: trees, houses, cars, soil.

Shadows follow from the sun of the day, and tops of high things from its view.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vallum.simulate.day import GSD_M, Day, Mask, Plane, Points, fixed, fractal, lay, ramp

_ROOFS = np.array(
    [
        (138, 96, 82),
        (150, 146, 140),
        (104, 120, 146),
        (190, 186, 178),
        (112, 104, 98),
        (84, 84, 90),
    ],
    float,
)
_BARE = np.array([(170, 152, 124), (146, 122, 96), (190, 180, 164), (120, 116, 112)], float)
_POND = np.array([(60, 70, 66), (84, 88, 70), (50, 62, 74)], float)


@dataclass(frozen=True, kw_only=True, eq=False)
class Trees:
    """Trees of one sort and size.

    Attributes:
        stems: (y, x), 255 where one stands, on both days.
        radius_px: of the crown.
        height_m: throws the shadow.
        is_conifer: keeps its leaves and colour.
        colours: of the crown on both days, (2, 3).
    """

    stems: tuple[Mask, Mask]
    radius_px: float
    height_m: float
    is_conifer: bool
    colours: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Boxes:
    """Houses, or cars; arrays begin with (box,).

    Attributes:
        centre: (box, 2) in pixels.
        along: (box, 2) half of the long axis.
        across: (box, 2) half of the short axis.
        height_m: throws the shadow.
        colour: (box, 3) of the roof.
        is_gable: the roof has two pitches.
        stands: (2, box) on which day it is there.
    """

    centre: Points
    along: Points
    across: Points
    height_m: NDArray[np.float64]
    colour: NDArray[np.float64]
    is_gable: NDArray[np.bool_]
    stands: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Spot:
    """Ground that is there on one day or on both: bare earth, a pond, a burn, plastic rows."""

    mask: Mask
    colours: NDArray[np.float64]
    covers: tuple[float, float]


def random_trees(rng: np.random.Generator, shape: tuple[int, int], amount: float) -> list[Trees]:
    """Return up to three sorts of trees: woods, rows, orchards, single trees; some are felled."""
    if amount <= 0:
        return []
    form = fractal(rng, shape, slope=rng.uniform(0.7, 1.5), finest_px=4)
    found = []
    for _ in range(int(rng.integers(1, 4))):
        radius = float(np.clip(rng.lognormal(1.35, 0.5), 1.4, 11.0))
        density = 0.7 / (math.pi * radius**2)
        limit = rng.uniform(1.9, 2.6) - 2.6 * amount * rng.random()
        share = ramp(form, limit, limit + rng.uniform(0.05, 0.8))
        share = np.float32(rng.uniform(0.3, 1.5) * density) * share
        share += np.float32(density * rng.choice([0.0, 0.004, 0.02]))
        stems = np.where(rng.random(shape, np.float32) < share, np.uint8(255), np.uint8(0))
        if rng.random() < 0.25:
            _plant_rows(rng, stems, radius)
        later = stems.copy()
        if rng.random() < 0.25:
            for _ in range(int(rng.integers(1, 4))):
                cv2.fillConvexPoly(later, blob(rng, shape, 18, 110), 0, cv2.LINE_8, 4)
        pair = (stems, later) if rng.random() < 0.7 else (later, stems)
        conifer = bool(rng.random() < 0.4)
        base = np.array((56, 68, 48) if conifer else (82, 92, 58), float) * rng.normal(1, 0.15)
        found.append(
            Trees(
                stems=pair,
                radius_px=radius,
                height_m=radius * GSD_M * rng.uniform(1.4, 4.0),
                is_conifer=conifer,
                colours=base * rng.normal(1.0, 0.12, (2, 3)),
            )
        )
        form = -form if rng.random() < 0.3 else form
    return found


def draw_trees(canvas: Plane, trees: Sequence[Trees], day: Day, second: bool, grain: Plane) -> None:
    """Draw the trees' shadows, then their crowns lit from the sun, on `canvas`, in place."""
    shade = np.zeros(canvas.shape[:2], np.uint8)
    for sort in trees:
        stems = sort.stems[int(second)]
        cover = 1.0 if sort.is_conifer else 0.25 + 0.75 * day.leaf
        cast = _cast(stems, sort, day)
        np.maximum(shade, cv2.convertScaleAbs(cast, alpha=cover), out=shade)
    if trees:
        lay(canvas, cv2.GaussianBlur(shade, (0, 0), 0.7), None, day.shade)
    east, south = np.array(day.sun.shadow) / max(0.5, math.hypot(*day.sun.shadow))
    for sort in trees:
        stems = sort.stems[int(second)]
        right, down = np.rint(day.lean_px(0.7 * sort.height_m)).astype(int)
        if right or down:
            stems = np.roll(stems, (int(down), int(right)), (0, 1))
        dome = cv2.GaussianBlur(_spread(stems, sort.radius_px), (0, 0), 0.35 * sort.radius_px + 0.4)
        high = dome.astype(np.float32) * np.float32(1 / 255)
        lit = cv2.Sobel(high, cv2.CV_32F, 1, 0) * east + cv2.Sobel(high, cv2.CV_32F, 0, 1) * south
        crown = np.clip(1.0 + 0.5 * lit.astype(np.float32) + 0.12 * grain, 0.4, 1.9)
        edge = np.clip((1.5 + 0.25 * grain) * high - 0.2, 0.0, 1.0)
        full = 0.95 if sort.is_conifer else 0.3 + 0.68 * day.leaf
        green = 0.0 if sort.is_conifer else 0.25 * (day.green - 0.5)
        colour = sort.colours[int(second)] * (1 - green, 1 + 0.3 * green, 1 - green)
        lay(canvas, (edge * 255).astype(np.uint8), colour, full, crown)


def random_houses(
    rng: np.random.Generator, shape: tuple[int, int], amount: float, changing: float
) -> Boxes:
    """Return houses in villages and alone; a share `changing` of them stands on one day only."""
    n = rng.poisson(30 * amount) if rng.random() < 0.5 + 0.5 * amount else 0
    height, width = shape
    heart = rng.uniform(0, 1, 2) * (width, height)
    spread = rng.uniform(40, 200) if rng.random() < 0.7 else 1000
    turn = rng.uniform(0, math.pi)
    centre = heart + rng.normal(0, 1, (n, 2)) * spread * (1.0, rng.uniform(0.2, 1.0))
    if rng.random() < 0.4:  # in rows
        each = rng.uniform(28, 60)
        cells = np.rint((centre - heart) / each) * each + rng.normal(0, 2.5, (n, 2))
        spin = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
        centre = heart + cells @ spin
    long = np.clip(rng.lognormal(3.0, 0.45, n), 17, 150) / 2
    short = np.maximum(8.0, long * rng.uniform(0.35, 0.95, n))
    turns = turn + rng.choice([0, math.pi / 2], n) + rng.normal(0, rng.choice([0.03, 0.5]), n)
    roofs = _ROOFS[
        rng.integers(0, len(_ROOFS), n) if rng.random() < 0.6 else [int(rng.integers(6))] * n
    ]
    there = rng.random((2, n)) > changing / 2
    return _boxes(centre, long, short, turns, rng.uniform(2.8, 9.0, n), roofs, there, rng)


def random_cars(rng: np.random.Generator, paths: Sequence[Points]) -> Boxes:
    """Return cars on paths; most stand there on one day only."""
    places, turns = [], []
    for path in paths:
        ahead = np.diff(path, axis=0)
        for _ in range(rng.poisson(3)):
            at = int(rng.integers(len(ahead)))
            places.append(path[at] + rng.random() * ahead[at] + rng.normal(0, 1.5, 2))
            turns.append(math.atan2(ahead[at, 1], ahead[at, 0]))
    n = len(places)
    colour = rng.choice([40.0, 90.0, 200.0, 235.0], n)[:, None] * rng.normal(1, 0.08, (n, 3))
    there = np.array([rng.random(n) < 0.5, rng.random(n) < 0.5])
    centre = np.array(places).reshape(n, 2)
    long, short = rng.uniform(3.6, 8.5, n) / 2, rng.uniform(3.2, 4.6, n) / 2
    return _boxes(centre, long, short, np.array(turns), np.full(n, 1.6), colour, there, rng)


def draw_boxes(canvas: Plane, boxes: Boxes, day: Day, second: bool) -> None:
    """Draw all shadows, then walls and roofs, on `canvas` (y, x, 3), in place."""
    shown = np.flatnonzero(boxes.stands[int(second)])
    if not len(shown):
        return
    base = boxes.centre[:, None, :] + np.stack(
        [
            boxes.along + boxes.across,
            boxes.along - boxes.across,
            -boxes.along - boxes.across,
            boxes.across - boxes.along,
        ],
        1,
    )
    shade = np.zeros(canvas.shape[:2], np.uint8)
    for box in shown:
        feet = np.vstack([base[box], base[box] + day.cast_px(boxes.height_m[box])])
        cv2.fillConvexPoly(shade, _hull(feet), 255, cv2.LINE_AA, 4)
    lay(canvas, shade, None, day.shade)
    towards = -np.array(day.sun.shadow) / max(0.3, math.hypot(*day.sun.shadow))
    for box in shown:
        lean = day.lean_px(boxes.height_m[box])
        roof, colour = base[box] + lean, boxes.colour[box]
        if abs(lean).max() > 1:
            cv2.fillConvexPoly(
                canvas, _hull(np.vstack([base[box], roof])), _bgr(0.7 * colour), 8, 4
            )
        if not boxes.is_gable[box]:
            cv2.fillConvexPoly(canvas, fixed(roof), _bgr(colour), cv2.LINE_8, 4)
            continue
        middle = boxes.centre[box] + lean
        side = boxes.across[box]
        tilt = 0.22 * float(side @ towards) / max(1e-6, float(np.hypot(*side)))
        for sign in (1, -1):
            long = boxes.along[box]
            pitch = middle + np.array([long, long + sign * side, sign * side - long, -long])
            cv2.fillConvexPoly(canvas, fixed(pitch), _bgr(colour * (1 + sign * tilt)), 8, 4)


def random_spots(rng: np.random.Generator, shape: tuple[int, int], amount: float) -> list[Spot]:
    """Return ground that changes between the days; nothing long and narrow, nothing post-sized."""
    found = []
    for _ in range(rng.poisson(3 * amount)):
        mask = np.zeros(shape, np.uint8)
        kind = rng.random()
        if kind < 0.15:
            _draw_rows(rng, mask)
        else:
            for _ in range(int(rng.choice([1, 1, 2, 4]))):
                cv2.fillPoly(mask, [blob(rng, shape, 13, 90)], 255, cv2.LINE_AA, 4)
        if rng.random() < 0.5:
            mask = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.8, 7.0))
        group = _POND if kind > 0.75 else _BARE
        colour = group[int(rng.integers(len(group)))] * rng.normal(1, 0.15)
        cover = rng.uniform(0.25, 1.0)
        covers = [(0.0, cover), (cover, 0.0), (cover, 0.6 * cover)][int(rng.integers(3))]
        tone = rng.normal(1, 0.05, (2, 3))
        found.append(Spot(mask=mask, colours=np.clip(colour * tone, 10, 240), covers=covers))
    return found


def draw_spots(canvas: Plane, spots: Sequence[Spot], second: bool, grain: Plane) -> None:
    """Draw changed ground on `canvas` (y, x, 3), in place."""
    wave = 1.0 + np.float32(0.05) * grain
    for spot in spots:
        cover = spot.covers[int(second)]
        if cover:
            lay(canvas, spot.mask, spot.colours[int(second)], cover, wave)


def blob(
    rng: np.random.Generator, shape: tuple[int, int], least_px: float, most_px: float
) -> NDArray[np.int32]:
    """Return a compact outline somewhere in the place, for drawing with shift 4."""
    radius = np.exp(rng.uniform(math.log(least_px), math.log(most_px))) / 2
    corners = int(rng.choice([4, 4, 8, 14]))
    angle = np.arange(corners) * (2 * math.pi / corners) + rng.uniform(0, 6)
    reach = radius * np.exp(rng.normal(0, 0.04 if corners == 4 else 0.18, corners))
    slim = rng.uniform(0.55, 1.0)
    points = np.column_stack([np.cos(angle) * reach, np.sin(angle) * reach * slim])
    turn = rng.uniform(0, math.pi)
    spin = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    return fixed(points @ spin + rng.uniform(0, 1, 2) * (shape[1], shape[0]))


def _draw_rows(rng: np.random.Generator, mask: Mask) -> None:
    """Draw a block of five or more parallel strips: greenhouses, plastic on crops."""
    turn, each = rng.uniform(0, math.pi), rng.uniform(6.0, 24.0)
    long, n = rng.uniform(25.0, 140.0), int(rng.integers(5, 14))
    middle = rng.uniform(0.1, 0.9, 2) * (mask.shape[1], mask.shape[0])
    ahead = np.array([math.cos(turn), math.sin(turn)]) * long / 2
    aside = np.array([-math.sin(turn), math.cos(turn)]) * each
    half = 0.5 * rng.uniform(0.4, 0.85) * aside
    for row in range(n):
        foot = middle + (row - n / 2) * aside
        quad = foot + np.array([ahead + half, ahead - half, -ahead - half, half - ahead])
        cv2.fillConvexPoly(mask, fixed(quad), 255, cv2.LINE_AA, 4)


def _plant_rows(rng: np.random.Generator, stems: Mask, radius_px: float) -> None:
    """Plant an orchard or avenues: stems in straight rows."""
    turn, each = rng.uniform(0, math.pi), radius_px * rng.uniform(1.5, 4.0)
    apart = each * rng.choice([1.0, 1.5, 12.0])
    n = rng.uniform(4, 30, 2).astype(int)
    along, aside = np.meshgrid(np.arange(n[0]) * each, np.arange(n[1]) * apart)
    spin = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    place = np.column_stack([along.ravel(), aside.ravel()]) @ spin + rng.normal(
        0, 0.5, (n.prod(), 2)
    )
    place += rng.uniform(-0.1, 0.9, 2) * (stems.shape[1], stems.shape[0])
    column, row = np.rint(place).astype(int).T
    height, width = stems.shape
    inside = (column >= 0) & (row >= 0) & (column < width) & (row < height)
    stems[row[inside], column[inside]] = 255


def _cast(stems: Mask, sort: Trees, day: Day) -> Mask:
    """Return the shadows of the crowns of one sort: each crown, drawn out away from the sun."""
    whole = day.cast_px(sort.height_m)
    shadow = _rolled(_spread(stems, 0.85 * sort.radius_px), 0.35 * whole)
    left = 0.6 * whole
    reach = max(1.0, 0.8 * sort.radius_px)
    length = math.hypot(*left)
    while length > 0:  # each turn doubles what is drawn out already
        step = min(reach, length)
        shadow = np.maximum(shadow, _rolled(shadow, left * (step / math.hypot(*left))))
        length -= step
        reach *= 2
    return shadow


def _rolled(mask: Mask, by_px: Points) -> Mask:
    return np.roll(mask, (round(float(by_px[1])), round(float(by_px[0]))), (0, 1))


def _spread(stems: Mask, radius_px: float) -> Mask:
    turns = 1 if radius_px < 3.5 else 2 if radius_px < 7 else 3
    size = 2 * max(1, round(radius_px / turns)) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.dilate(stems, disc, iterations=turns), np.uint8)


def _boxes(
    centre: Points,
    long: NDArray[np.float64],
    short: NDArray[np.float64],
    turn: NDArray[np.float64],
    height_m: NDArray[np.float64],
    colour: NDArray[np.float64],
    stands: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Boxes:
    n = len(centre)
    return Boxes(
        centre=centre,
        along=np.column_stack([np.cos(turn), np.sin(turn)]) * long[:, None],
        across=np.column_stack([-np.sin(turn), np.cos(turn)]) * short[:, None],
        height_m=height_m,
        colour=np.clip(colour * rng.normal(1, 0.1, (n, 1)), 15, 245),
        is_gable=rng.random(n) < 0.6,
        stands=stands,
    )


def _hull(points: Points) -> NDArray[np.int32]:
    return np.asarray(cv2.convexHull(fixed(points)), np.int32)


def _bgr(colour: NDArray[np.float64]) -> tuple[float, float, float]:
    return float(colour[0]), float(colour[1]), float(colour[2])
