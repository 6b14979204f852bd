"""What stands at the simulated Hoeryong before and after, as vectors in metres.

The amounts follow what Human Rights Watch published about 7.4 km near Hoeryong on 17 November
2022; every position is invented.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from scipy.ndimage import gaussian_filter1d
from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from vallum.ground.geodesy import geodesic_length_m
from vallum.ground.kinds import Change, Kind
from vallum.ground.span import Span
from vallum.simulate import barriers
from vallum.simulate.barriers import LOOKS, Look
from vallum.simulate.chance import generator

if TYPE_CHECKING:
    from vallum.frontier import Frontier

EPSG = 32652
LENGTH_M = 7400
NEW_FENCE_M = 9200.0
UPGRADED_FENCE_M = 9500.0
N_NEW_POSTS = 169
N_TOWERS = 5

_FIRST_M, _LAST_M = 150.0, 7250.0
_LAST_UPGRADED_M = 6950.0
_ROADS_BUILT = ((2500.0, 4250.0), (5250.0, 6450.0))
_BUMPS = ((930.0, 75.0, 120.0), (2760.0, 65.0, 110.0), (5640.0, 80.0, 120.0), (6560.0, 60.0, 90.0))
"""Where the primary fence runs inland around fields: middle, how far, half width (m)."""

_FARM_TRACKS = (
    (1250.0, 345.0, 205.0, 40.0),
    (3020.0, 335.0, 190.0, -50.0),
    (5120.0, 340.0, 240.0, 30.0),
    (600.0, -90.0, -260.0, 45.0),
    (6700.0, -70.0, -250.0, -60.0),
    (2600.0, -80.0, -240.0, 20.0),
)
"""Chainage, first and last offset, lean (m)."""
_HAMLETS = (
    (1480.0, 2080.0, 352.0, 3),
    (5380.0, 5960.0, -278.0, 5),
    (3560.0, 3840.0, -285.0, 3),
    (4050.0, 4250.0, 355.0, 3),
)
"""First and last chainage, offset (m), rows of houses."""
_TILES = ((138, 96, 82), (150, 146, 140), (104, 120, 146))

Metres = NDArray[np.float64]
Offsets = Callable[[Metres], Metres]


@dataclass(frozen=True, kw_only=True)
class Work:
    """One structure, in metres of UTM zone 52 N.

    Attributes:
        category: its class.
        change: None for scenery that no one counts (houses, roads of the country).
        shape: where it stands.
        before: how it looks at the first date; None when it is not there.
        after: the same at the second date.
    """

    category: Kind
    change: Change | None
    shape: LineString | Point
    before: Look | None
    after: Look | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Site:
    """A stretch of frontier as a smooth line in metres, with places beside it.

    `t` is chainage from the start of `span`; `off` is metres to the right (North Korea's side).
    """

    frontier: Frontier
    span: Span
    seed: int

    @cached_property
    def _base(self) -> tuple[Metres, Metres, Metres]:
        t = np.arange(-900.0, self.span.length_m + 900.0, 5.0)
        lon, lat = self.frontier.points_at(self.span.start_m + t)
        line = np.column_stack(to_metres().transform(lon, lat))
        smooth = gaussian_filter1d(line, 10.0, axis=0, mode="nearest")
        tangent = gaussian_filter1d(np.gradient(smooth, axis=0), 6.0, axis=0, mode="nearest")
        tangent /= np.hypot(*tangent.T)[:, None]
        return t, smooth, np.column_stack([tangent[:, 1], -tangent[:, 0]])

    def places(self, t: Metres, off: Metres | float) -> Metres:
        """Return (n, 2) metres of places beside the frontier."""
        at, line, right = self._base
        place = np.column_stack([np.interp(t, at, line[:, k]) for k in (0, 1)])
        side = np.column_stack([np.interp(t, at, right[:, k]) for k in (0, 1)])
        found: Metres = place + side * np.broadcast_to(off, t.shape)[:, None]
        return found

    def path(self, first_m: float, last_m: float, off: Offsets) -> LineString:
        """Return a line beside the frontier, without the loops that inner bends would make."""
        t = np.arange(first_m, last_m + 3.0, 6.0)
        corners = _unlooped(self.places(t, off(t)))
        line = shapely.get_coordinates(shapely.segmentize(LineString(corners), 6.0))
        soft = LineString(gaussian_filter1d(line, 1.5, axis=0, mode="nearest"))
        return LineString(shapely.get_coordinates(soft.simplify(0.5)))

    def cross(self, t: float, first_off: float, last_off: float, lean_m: float = 0.0) -> LineString:
        """Return a straight line across the corridor at `t`."""
        return LineString(self.places(np.array([t, t + lean_m]), np.array([first_off, last_off])))

    def wave(self, name: str, size_m: float, length_m: float) -> Offsets:
        """Return a smooth chance function of `t` with deviation `size_m`."""
        t = np.arange(-1000.0, self.span.length_m + 1000.0, 20.0)
        white = generator(self.seed, name).standard_normal(len(t))
        soft = gaussian_filter1d(white, length_m / 20.0, mode="wrap")
        soft *= size_m / soft.std()
        return lambda at: np.asarray(np.interp(at, t, soft), float)


def to_metres() -> Transformer:
    """Return the projection from EPSG:4326 to the metres of the site."""
    return Transformer.from_crs(4326, EPSG, always_xy=True)


def to_degrees(shape: BaseGeometry) -> BaseGeometry:
    """Return a shape of the site in EPSG:4326."""
    back = Transformer.from_crs(EPSG, 4326, always_xy=True)
    return shapely.transform(shape, lambda xy: np.column_stack(back.transform(*xy.T)))


def works(site: Site) -> tuple[Work, ...]:
    """Return all that stands or will stand there, border works first, then scenery."""
    wave, gap = site.wave("primary", 7.0, 130.0), site.wave("gap", 24.0, 240.0)

    def primary(t: Metres) -> Metres:
        inland = sum(
            reach * np.exp(-0.5 * ((t - middle) / (width * 0.62)) ** 4)
            for middle, reach, width in _BUMPS
        )
        return np.maximum(82.0 + wave(t), 68.0) + inland

    def secondary(t: Metres) -> Metres:
        return primary(t) + np.clip(52.0 + gap(t), 24.0, 120.0)

    return (
        *_fences(site, primary, secondary),
        *_posts(site, primary),
        *_patrol_roads(site, primary),
        *_scenery(site),
    )


def _fences(site: Site, primary: Offsets, secondary: Offsets) -> Iterator[Work]:
    strong, new, old = barriers.STRONG_FENCE, LOOKS[Kind.FENCE], barriers.OLD_FENCE
    upgraded = [site.path(_FIRST_M, _LAST_UPGRADED_M, primary)]
    upgraded += [_spur(site, t, primary, 4.0, 62.0) for t in (480.0, 2230.0, 4540.0)]
    upgraded.append(site.path(3150.0, 3750.0, lambda t: primary(t) - 16.0))
    second_row = site.path(1080.0, 2980.0, lambda t: primary(t) - 15.0)
    for line in _exactly(upgraded, second_row, UPGRADED_FENCE_M):
        yield Work(
            category=Kind.FENCE, change=Change.UPGRADED, shape=line, before=old, after=strong
        )
    rest = site.path(_LAST_UPGRADED_M, _LAST_M, primary)
    yield Work(category=Kind.FENCE, change=Change.UNCHANGED, shape=rest, before=old, after=old)
    built = [site.path(120.0, 7290.0, secondary)]
    built += [
        _spur(site, t, secondary, 3.0, reach)
        for t, reach in ((820.0, 90.0), (1900.0, 60.0), (4380.0, 110.0), (6120.0, 75.0))
    ]
    third_row = site.path(4000.0, 6900.0, lambda t: secondary(t) + 19.0)
    for line in _exactly(built, third_row, NEW_FENCE_M):
        yield Work(category=Kind.FENCE, change=Change.NEW, shape=line, before=None, after=new)
    gone = site.path(5110.0, 5330.0, lambda t: 262.0 + 0.06 * (t - 5110.0))
    yield Work(
        category=Kind.FENCE,
        change=Change.REMOVED,
        shape=gone,
        before=barriers.FIELD_FENCE,
        after=None,
    )


def _spur(site: Site, t: float, off: Offsets, first_m: float, length_m: float) -> LineString:
    start = float(off(np.array([t]))[0]) + first_m
    return site.cross(t, start, start + length_m, lean_m=12.0)


def _exactly(lines: list[LineString], last: LineString, total_m: float) -> list[LineString]:
    """Return `lines` and as much of `last` as brings them to `total_m` on the ellipsoid."""
    missing = total_m - sum(geodesic_length_m(to_degrees(line)) for line in lines)
    scale = last.length / geodesic_length_m(to_degrees(last))
    if not 20.0 < missing * scale <= last.length:
        raise AssertionError(f"the plan lacks {missing:.0f} m, its spare row has {last.length:.0f}")
    rest = shapely.get_coordinates(substring(last, 0.0, missing * scale))
    return [*lines, LineString(rest)]


def _posts(site: Site, primary: Offsets) -> Iterator[Work]:
    tower, post = LOOKS[Kind.WATCHTOWER], LOOKS[Kind.GUARD_POST]
    chance = generator(site.seed, "posts")
    at: Metres = (np.arange(N_TOWERS, dtype=float) + 0.5) * (site.span.length_m / N_TOWERS)
    towers = site.places(at, primary(at) - 6.0)
    for place in towers:
        yield Work(
            category=Kind.WATCHTOWER,
            change=Change.UNCHANGED,
            shape=Point(place),
            before=tower,
            after=tower,
        )
    line = site.path(_FIRST_M, _LAST_M, lambda t: primary(t) + 5.0)
    each = line.length / N_NEW_POSTS
    along = (np.arange(N_NEW_POSTS) + 0.5 + chance.uniform(-0.14, 0.14, N_NEW_POSTS)) * each
    # The colours of the roofs seen in published pictures: grey, whitewashed, blue, tile.
    roofs = ((156, 160, 163), (192, 190, 184), (112, 130, 152), (150, 112, 96))
    for place in shapely.line_interpolate_point(line, along):
        look = replace(
            post,
            width_m=float(chance.uniform(3.0, 4.8)),
            height_m=float(chance.uniform(2.6, 4.2)),
            colour=roofs[int(chance.choice(4, p=(0.4, 0.25, 0.2, 0.15)))],
        )
        yield Work(
            category=Kind.GUARD_POST, change=Change.NEW, shape=place, before=None, after=look
        )


def _patrol_roads(site: Site, primary: Offsets) -> Iterator[Work]:
    track, road = barriers.TRACK, LOOKS[Kind.PATROL_ROAD]
    cuts = [_FIRST_M, *(end for stretch in _ROADS_BUILT for end in stretch), _LAST_M]
    for number, (first, last) in enumerate(pairwise(cuts)):
        line = site.path(first, last, lambda t: primary(t) + 12.0)
        built = number % 2 == 1
        yield Work(
            category=Kind.PATROL_ROAD,
            shape=line,
            before=track,
            change=Change.UPGRADED if built else Change.UNCHANGED,
            after=road if built else track,
        )


def _scenery(site: Site) -> Iterator[Work]:
    """Return the roads, houses and cars of the country; they carry no change."""
    shore, land = site.wave("shore road", 16.0, 260.0), site.wave("land road", 14.0, 220.0)
    wide, lane = barriers.PAVED, replace(barriers.PAVED, width_m=4.6, colour=(150, 141, 124))
    lines = [
        (wide, site.cross(3930.0, -520.0, 520.0, lean_m=60.0)),
        (lane, site.path(-250.0, 7650.0, lambda t: 335.0 + shore(t))),
        (wide, site.path(-250.0, 7650.0, lambda t: -250.0 + land(t))),
    ]
    lines += [
        (barriers.TRACK, site.cross(t, first, last, lean_m=lean))
        for t, first, last, lean in _FARM_TRACKS
    ]
    for look, line in lines:
        yield Work(category=Kind.PATROL_ROAD, change=None, shape=line, before=look, after=look)
    chance = generator(site.seed, "houses")
    for first, last, off, rows in _HAMLETS:
        for row in range(rows):
            at = np.arange(first, last, 19.0)
            at = at[chance.random(len(at)) < 0.72] + chance.uniform(-3, 3)
            side = math.copysign(17.0, off)
            for place in site.places(at, off + row * side + chance.uniform(-2, 2, len(at))):
                look = replace(
                    LOOKS[Kind.BUILDING],
                    width_m=float(chance.uniform(6.5, 11.0)),
                    colour=_TILES[int(chance.integers(3))],
                )
                yield Work(
                    category=Kind.BUILDING, change=None, shape=Point(place), before=look, after=look
                )
    car = Look(width_m=2.2, height_m=1.6, colour=(196, 196, 198))
    for number, share in enumerate(chance.uniform(0.02, 0.98, 14)):
        place = shapely.line_interpolate_point(lines[2 * (number % 2)][1], share, normalized=True)
        first_day = number < 7
        yield Work(
            category=Kind.BUILDING,
            change=None,
            shape=place,
            before=car if first_day else None,
            after=None if first_day else car,
        )


def _unlooped(corners: Metres) -> Metres:
    """Return the corners without the loops where the path crosses itself within 400 m."""
    kept = [corners[0]]
    i, n = 0, len(corners)
    while i < n - 1:
        start, end = corners[i], corners[i + 1]
        later = slice(min(i + 2, n - 1), min(i + 68, n - 1))
        first, second = corners[later], corners[later.start + 1 : later.stop + 1]
        hit = _crossings(start, end, first, second[: len(first)])
        if len(hit) and np.isfinite(hit).any():
            last = int(np.flatnonzero(np.isfinite(hit))[-1])
            kept.append(start + hit[last] * (end - start))
            i = later.start + last + 1
        else:
            i += 1
        kept.append(corners[i])
    return np.array(kept)


def _crossings(start: Metres, end: Metres, first: Metres, second: Metres) -> Metres:
    """Return where along start-end each segment crosses it, 0 to 1; NaN where it does not."""
    along, other = end - start, second - first
    cross = along[0] * other[:, 1] - along[1] * other[:, 0]
    gap = first - start
    with np.errstate(divide="ignore", invalid="ignore"):
        here = (gap[:, 0] * other[:, 1] - gap[:, 1] * other[:, 0]) / cross
        there = (gap[:, 0] * along[1] - gap[:, 1] * along[0]) / cross
    met = (here >= 0) & (here <= 1) & (there >= 0) & (there <= 1)
    return np.where(met, here, np.nan)
