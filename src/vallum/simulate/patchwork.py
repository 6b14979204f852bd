"""Pairs of pictures of imaginary places, as varied as chance can make them.

`patchwork` feeds the training of the detector: two dates of one place, between which much may have
changed (crops, snow, houses, woods, a river's edge, the light, the camera), but no fence, wall,
patrol road or cleared strip was built or removed and no guard post either. The idea is domain
randomisation (Tobin et al. 2017): who has seen enough strange places takes a real one for one more.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vallum.simulate import camera, mosaic, scatter, ways
from vallum.simulate.camera import Film
from vallum.simulate.day import GSD_M, Day, Plane, fractal, lay, ramp, random_days
from vallum.simulate.mosaic import Mosaic
from vallum.simulate.scatter import Boxes, Spot, Trees
from vallum.simulate.ways import Way

MARGIN_PX = 16
Build = Callable[[Plane, int, Day], None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Place:
    """One imaginary place, and what changes there between two days.

    Attributes:
        days: both days.
        mosaic: the ground.
        relief: rise of the ground to the right and down, each (y, x); None where it is level.
        water_px: distance to the water's mean edge (y, x), negative in the water; None for none.
        water: colours of the water on both days, (2, 3).
        ways: lines; there on both days.
        spots: ground that changes.
        trees: in sorts.
        boxes: houses and cars.
        drift: (y, x) noise whose highest parts hold snow.
        grain: (y, x) fine texture of things.
        film: how colours become bands.
    """

    days: tuple[Day, Day]
    mosaic: Mosaic
    relief: tuple[Plane, Plane] | None
    water_px: Plane | None
    water: NDArray[np.float64]
    ways: tuple[Way, ...]
    spots: tuple[Spot, ...]
    trees: tuple[Trees, ...]
    boxes: tuple[Boxes, ...]
    drift: Plane
    grain: Plane
    film: Film


def patchwork(
    rng: np.random.Generator, shape: tuple[int, int] = (448, 448), *, build: Build | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return two pictures of one imaginary place between which no barrier was built.

    Args:
        rng: all chance.
        shape: rows and columns.
        build: called as `build(canvas, date, day)` for date 0 and 1 before the camera sees the
            place, so that what it draws gets blur, noise and packing of that picture; `canvas` is
            (3, y, x) float32, 0-255, of `shape`, to be changed in place. The content of date 1 is
            where it is drawn; that of date 0 may be displaced by up to 2.5 px.

    Returns:
        Before and after, (3, y, x) uint8, 1-255.
    """
    around = (shape[0] + 2 * MARGIN_PX, shape[1] + 2 * MARGIN_PX)
    place = imagine(rng, around)
    inner = (slice(MARGIN_PX, -MARGIN_PX), slice(MARGIN_PX, -MARGIN_PX))
    pictures = []
    for date, day in enumerate(place.days):
        canvas = view(place, date)
        if build is not None:
            build(np.moveaxis(canvas[inner], -1, 0), date, day)
        if date == 0:
            canvas = camera.moved(rng, canvas)
        pictures.append(camera.take(rng, canvas[inner].copy(), place.film))
    return pictures[0], pictures[1]


def imagine(rng: np.random.Generator, shape: tuple[int, int]) -> Place:
    """Return a place: country, wild land, wood, village, water's edge, or a play of noise."""
    kind = rng.choice(
        ["country", "wild", "wood", "village", "shore", "plain", "noise"],
        p=[0.3, 0.18, 0.1, 0.18, 0.1, 0.07, 0.07],
    )
    farmed = {"country": 0.95, "village": 0.5, "shore": 0.5, "wood": 0.3}.get(kind, 0.0)
    rough = rng.random() if kind not in {"plain", "noise"} else 0.0
    ground = mosaic.random_mosaic(rng, shape, farmed=farmed, rough=rough)
    amount = {"country": 0.9, "village": 1.0, "plain": 0.25, "noise": 0.1}.get(kind, 0.5)
    lines = ways.random_ways(rng, shape, ground.edges, amount * rng.uniform(0.2, 1.4))
    wooded = {"wood": 1.0, "plain": 0.0, "noise": 0.0}.get(kind, 0.45 * rng.random())
    built = {"village": 1.0, "country": 0.15, "shore": 0.2}.get(kind, 0.02)
    changing = float(rng.choice([0.0, 0.1, 0.4, 0.9]))
    houses = scatter.random_houses(rng, shape, built, changing)
    cars = scatter.random_cars(rng, [way.path for way in lines if way.width_px > 4])
    busy = {"plain": 0.2, "noise": 0.2}.get(kind, 1.0) * rng.uniform(0.0, 1.2)
    wet = kind == "shore" or rng.random() < 0.08
    water = np.array([(70, 84, 80), (96, 104, 88), (46, 60, 72)])[int(rng.integers(3))]
    return Place(
        days=random_days(rng),
        mosaic=ground,
        relief=camera.relief_light(rng, shape) if kind != "noise" else None,
        water_px=_water_px(rng, shape) if wet else None,
        water=water * rng.normal(1.0, 0.12, (2, 1)) * rng.normal(1.0, 0.04, (2, 3)),
        ways=lines,
        spots=tuple(scatter.random_spots(rng, shape, busy)),
        trees=tuple(scatter.random_trees(rng, shape, wooded)),
        boxes=(cars, houses),
        drift=fractal(rng, shape, slope=0.8, finest_px=2, stretch=rng.uniform(1.0, 5.0)),
        grain=fractal(rng, shape, slope=0.3, longest_px=8),
        film=camera.random_film(rng),
    )


def view(place: Place, date: int) -> Plane:
    """Return a place (y, x, 3) float32, 0-255, as it lies on date 0 or 1, before any camera."""
    day, second = place.days[date], date == 1
    canvas = mosaic.ground(place.mosaic, day, second)
    if place.relief is not None:
        east, south = np.array(day.sun.shadow, np.float32)
        light = 1.0 + east * place.relief[0] + south * place.relief[1]
        canvas *= np.clip(light, 0.45, 1.6)[..., None]
    scatter.draw_spots(canvas, place.spots, second, place.grain)
    flat = [way for way in place.ways if not way.height_m]
    high = [way for way in place.ways if way.height_m]
    ways.draw_ways(canvas, flat, day, second, place.grain)
    if place.water_px is not None:
        _flood(canvas, place, day, date)
    if day.snow:
        _snow(canvas, place, day)
        ways.draw_ways(canvas, flat, day, second, place.grain, share=0.5)  # worn or cleared
    scatter.draw_boxes(canvas, place.boxes[0], day, second)
    ways.draw_ways(canvas, high, day, second, place.grain)
    scatter.draw_boxes(canvas, place.boxes[1], day, second)
    scatter.draw_trees(canvas, place.trees, day, second, place.grain)
    return canvas


def _water_px(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    """Return the distance to the mean edge of a river, a coast or ponds, negative in the water."""
    form = fractal(rng, shape, slope=1.3, finest_px=4)
    dice = rng.random()
    if dice < 0.55:  # a river
        dry = np.full(shape, 255, np.uint8)
        path = ways.random_path(rng, shape)
        cv2.polylines(dry, [np.rint(path).astype(np.int32)], False, 0, 1)
        away = np.asarray(cv2.distanceTransform(dry, cv2.DIST_L2, 3), np.float32)
        return away - np.float32(rng.uniform(4, 60)) + np.float32(rng.uniform(0, 6)) * form
    if dice < 0.8:  # a coast
        turn = rng.uniform(0, 2 * math.pi)
        right = np.arange(shape[1], dtype=np.float32)[None, :] - shape[1] / 2
        down = np.arange(shape[0], dtype=np.float32)[:, None] - shape[0] / 2
        away = np.float32(math.cos(turn)) * right + np.float32(math.sin(turn)) * down
        off, bend = np.float32(rng.normal(0, 80)), np.float32(rng.uniform(2, 40))
        return (away + off + bend * form).astype(np.float32)
    return np.float32(30.0) * (np.float32(rng.uniform(0.6, 1.8)) + form)


def _flood(canvas: Plane, place: Place, day: Day, date: int) -> None:
    """Lay bank and water over the canvas, in place; the edge moves with the day's level."""
    if place.water_px is None:
        return
    edge_px = place.water_px - np.float32(day.water_m / GSD_M)
    bank = (ramp(-edge_px, -14.0, -4.0) * 200).astype(np.uint8)
    lay(canvas, bank, np.array([158, 150, 134]), 0.7, 1.0 + 0.06 * place.grain)
    deep = (ramp(-edge_px, -0.8, 0.8) * 255).astype(np.uint8)
    ripple = 1.0 + np.float32(0.02) * (place.grain if date == 0 else -place.drift)
    lay(canvas, deep, place.water[date], 0.96, ripple)


def _snow(canvas: Plane, place: Place, day: Day) -> None:
    """Lay snow where the drift is high, with the hard edges that wind makes, in place."""
    limit = 1.8 - 3.4 * day.snow
    cover = ramp(place.drift + np.float32(0.25) * place.grain, limit, limit + 0.5)
    colour = np.array([222, 225, 230]) if day.snow > 0.3 else np.array([205, 208, 212])
    mask = (cover * 255).astype(np.uint8)
    lay(canvas, mask, colour, 0.6 + 0.37 * day.snow, 1.0 + 0.025 * place.grain)
