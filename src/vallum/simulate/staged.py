"""Barriers in stages: built, strengthened, taken down, or left alone, on any pictures, with truth.

`build` draws works on pictures that exist; `simulated_pair` makes the pictures too. The truth is
the works themselves: vectors, exact, in pixels of the picture.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry

from vallum.ground.kinds import LINES, Change, Kind
from vallum.simulate.barriers import Look, draw, paint, strokes
from vallum.simulate.day import Day
from vallum.simulate.land import Image, Pixels
from vallum.simulate.looks import random_look, stronger
from vallum.simulate.patchwork import patchwork
from vallum.simulate.season import Sun

_LINE_KINDS = (
    Kind.FENCE,
    Kind.DOUBLE_FENCE,
    Kind.WALL,
    Kind.PATROL_ROAD,
    Kind.CLEARED_STRIP,
)
_CHANGES = (Change.NEW, Change.REMOVED, Change.UPGRADED, Change.UNCHANGED)
_APART_PX = 24.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Works:
    """One structure through all dates.

    Attributes:
        category: its kind; of an upgraded one, the last.
        shape_px: LineString or Point, in pixels (column, row); the centre of the first is (.5, .5).
        looks: one per date; None where it does not stand.
        seed: chance of its unevenness and posts, the same on every date.
    """

    category: Kind
    shape_px: LineString | Point
    looks: tuple[Look | None, ...]
    seed: int

    def change(self, before: int = 0, after: int = -1) -> Change | None:
        """Return what happened between two dates; None if it stands on neither."""
        first, last = self.looks[before], self.looks[after]
        if first is None:
            return None if last is None else Change.NEW
        if last is None:
            return Change.REMOVED
        alike = replace(first, lean=(0.0, 0.0)) == replace(last, lean=(0.0, 0.0))
        return Change.UNCHANGED if alike else Change.UPGRADED

    def shape_in(self, transform: Affine) -> BaseGeometry:
        """Return where it stands in the CRS that `transform` leads to from pixels."""

        def there(xy: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.column_stack(transform * (xy[:, 0], xy[:, 1]))

        return shapely.transform(self.shape_px, there)


@dataclass(frozen=True, kw_only=True, eq=False)
class Pair:
    """Two dates of one imaginary place, and what stands there.

    Attributes:
        before: (3, y, x) uint8; displaced by up to 2.5 pixels against `after`.
        after: the same.
        works: the truth, in pixels of `after`.
        gsd_m: size of a pixel.
    """

    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    works: tuple[Works, ...]
    gsd_m: float


def build(
    pictures: Sequence[Image], works: Sequence[Works], suns: Sequence[Sun], *, gsd_m: float = 0.5
) -> tuple[Image, ...]:
    """Return copies of the pictures of several dates in which the works stand.

    Args:
        pictures: one per date, each (band, y, x).
        works: each with as many looks as there are dates.
        suns: one per date.
        gsd_m: size of a pixel.

    Raises:
        ValueError: the numbers of pictures, suns and looks differ.
    """
    for one in works:
        if not len(one.looks) == len(pictures) == len(suns):
            raise ValueError(
                f"{len(pictures)} pictures, {len(suns)} suns, but {len(one.looks)} looks of a work"
            )
    built = []
    for date, (picture, sun) in enumerate(zip(pictures, suns, strict=True)):
        result = picture.copy()
        for one in works:
            look = one.looks[date]
            if look is not None:
                rng = np.random.default_rng(one.seed)
                result = paint(result, one.shape_px, one.category, look, sun, rng, gsd_m=gsd_m)
        built.append(result)
    return tuple(built)


def simulated_pair(
    rng: np.random.Generator,
    shape: tuple[int, int] = (448, 448),
    *,
    gsd_m: float = 0.5,
    n_lines: int = 3,
    n_posts: int = 4,
) -> Pair:
    """Return a pair of patchwork pictures in which works changed.

    Everything on one date is lit by one sun, leans one way and was taken by one camera.

    Args:
        rng: all chance.
        shape: rows and columns.
        gsd_m: size of a pixel of the works; the place around them is drawn for 0.5.
        n_lines: how many lines to try to place; those that would run into others are left out.
        n_posts: the same of posts, towers and buildings.
    """
    works = random_works(rng, shape, gsd_m=gsd_m, n_lines=n_lines, n_posts=n_posts)

    def raise_works(canvas: Pixels, date: int, day: Day) -> None:
        marks = []
        for one in works:
            look = one.looks[date]
            if look is not None:
                chance = np.random.default_rng(one.seed)
                seen = replace(look, lean=day.lean)
                marks += strokes(one.shape_px, one.category, seen, day.sun, chance, gsd_m=gsd_m)
        draw(canvas, marks)

    before, after = patchwork(rng, shape, build=raise_works)
    return Pair(before=before, after=after, works=works, gsd_m=gsd_m)


def random_works(
    rng: np.random.Generator,
    shape: tuple[int, int],
    *,
    gsd_m: float = 0.5,
    n_lines: int = 3,
    n_posts: int = 4,
    n_dates: int = 2,
) -> tuple[Works, ...]:
    """Return works of all kinds and changes, for places of `shape` (rows, columns).

    Lines keep apart from each other; half of the posts stand beside a line.
    """
    lines: list[Works] = []
    for _ in range(n_lines):
        course = random_course(rng, shape, gsd_m)
        near = course.buffer(_APART_PX)
        if any(other.shape_px.intersection(near).length > 3 * _APART_PX for other in lines):
            continue
        kind = _LINE_KINDS[int(rng.choice(5, p=[0.34, 0.18, 0.17, 0.17, 0.14]))]
        lines.append(_staged(rng, kind, course, n_dates))
    posts = []
    for _ in range(n_posts):
        place = rng.uniform(8, np.array(shape[::-1]) - 8)
        if lines and rng.random() < 0.5:
            line = lines[int(rng.integers(len(lines)))].shape_px
            at = line.interpolate(rng.random(), normalized=True)
            place = np.array([at.x, at.y]) + rng.normal(0, 5.0 / gsd_m, 2)
        kind = (Kind.GUARD_POST, Kind.WATCHTOWER, Kind.BUILDING)[
            int(rng.choice(3, p=[0.6, 0.2, 0.2]))
        ]
        posts.append(_staged(rng, kind, Point(place), n_dates))
    return (*lines, *posts)


def random_course(
    rng: np.random.Generator, shape: tuple[int, int], gsd_m: float = 0.5
) -> LineString:
    """Return a line of 20-250 m inside the place: straight, bent gently, or with a corner."""
    length = rng.uniform(20.0, 250.0) / gsd_m
    length = min(length, 1.2 * math.hypot(*shape))
    n = max(3, int(length / 14))
    bend = float(rng.choice([0.0, 0.01, 0.04, 0.1]))
    turns = rng.uniform(0, 2 * math.pi) + np.cumsum(rng.normal(0, bend, n))
    if rng.random() < 0.3:
        turns[int(rng.integers(1, n)) :] += rng.normal(0, 0.9)
    steps = np.column_stack([np.cos(turns), np.sin(turns)]) * (length / n)
    path = np.vstack([[0.0, 0.0], np.cumsum(steps, axis=0)])
    path += rng.uniform(0.15, 0.85, 2) * shape[::-1] - path[len(path) // 2]
    inside = shapely.box(2, 2, shape[1] - 2, shape[0] - 2).intersection(LineString(path))
    parts = [part for part in getattr(inside, "geoms", [inside]) if part.length > 0]
    longest = max(parts, key=lambda part: part.length)
    return LineString(shapely.get_coordinates(longest))


def _staged(
    rng: np.random.Generator, kind: Kind, shape_px: LineString | Point, n_dates: int
) -> Works:
    changes = _CHANGES if kind in LINES else (Change.NEW, Change.REMOVED, Change.UNCHANGED)
    weights = np.array([0.5, 0.22, 0.16, 0.12] if kind in LINES else [0.6, 0.25, 0.15])
    change = changes[int(rng.choice(len(changes), p=weights / weights.sum()))]
    last = random_look(rng, kind)
    first: Look | None = last
    final: Look | None = last
    if change is Change.NEW:
        first = None
    elif change is Change.REMOVED:
        final = None
    elif change is Change.UPGRADED:
        final = stronger(rng, last)
    turn = int(rng.integers(1, n_dates)) if n_dates > 1 else 0
    looks = tuple(first if date < turn else final for date in range(n_dates))
    return Works(category=kind, shape_px=shape_px, looks=looks, seed=int(rng.integers(1 << 32)))
