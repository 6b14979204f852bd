"""The setting of the stage: which pictures are taken, in what light; its river, woods and cloud."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import cv2
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from vallum.ground.kinds import Kind
from vallum.simulate import plan
from vallum.simulate.chance import generator
from vallum.simulate.land import COARSE_M, Land, Pixels
from vallum.simulate.plan import Site, Work
from vallum.simulate.scene import Cloud, Exposure
from vallum.simulate.season import Season, Sun

GAP = (4700, 5050)
"""Metres from the start that no scene of the second date covers."""
CLOUD_AT_M = 2080.0
_CLOUD_LONG_M, _CLOUD_SHORT_M, _CLOUD_HEIGHT_M = 560.0, 165.0, 190.0
_GRID_M = 2.0


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One picture to be taken: when, of what, in what light.

    Attributes:
        name: file name.
        taken: time of the picture, UTC.
        is_after: whether the barriers of the second date stand.
        stretch: metres from the start of the span that it covers.
        season: colours of the land.
        sun: light and shadows.
        exposure: the sensor.
        phase_px: by how much its grid is moved against the others' grids.
        is_cloudy: whether the cloud hangs in it.
    """

    name: str
    taken: datetime
    is_after: bool
    stretch: tuple[int, int]
    season: Season
    sun: Sun
    exposure: Exposure
    phase_px: tuple[float, float] = (0.0, 0.0)
    is_cloudy: bool = False


def shots(seed: int) -> tuple[Shot, ...]:
    """Return the pictures of the stage, the first date first."""

    def exposure(name: str, dx: float, dy: float, **values: Any) -> Exposure:
        return Exposure(
            seed=int(generator(seed, name).integers(2**31)),
            dx_px=dx,
            dy_px=dy,
            **values,
        )

    march, april = (
        Sun(azimuth_deg=162.0, elevation_deg=46.0),
        Sun(azimuth_deg=139.0, elevation_deg=50.0),
    )
    end = plan.LENGTH_M + 6
    return (
        Shot(
            name="simulated-2019-03-21-a.tif",
            taken=datetime(2019, 3, 21, 2, 40, 11, tzinfo=UTC),
            is_after=False,
            stretch=(-6, 4300),
            season=Season.WINTER,
            sun=march,
            exposure=exposure("a", 0.5, -0.3, wobble_px=0.2, haze=(0.03, 0.09)),
        ),
        Shot(
            name="simulated-2019-03-24-b.tif",
            taken=datetime(2019, 3, 24, 2, 31, 52, tzinfo=UTC),
            is_after=False,
            stretch=(3700, end),
            season=Season.WINTER,
            phase_px=(0.37, 0.61),
            sun=Sun(azimuth_deg=158.0, elevation_deg=46.5),
            exposure=exposure(
                "b",
                -0.4,
                0.6,
                wobble_px=0.25,
                gain=(0.96, 0.97, 1.0),
                offset=(3.0, 2.0, 0.0),
                haze=(0.07, 0.04),
            ),
        ),
        Shot(
            name="simulated-2022-04-12-a.tif",
            taken=datetime(2022, 4, 12, 1, 41, 7, tzinfo=UTC),
            is_after=True,
            stretch=(-6, GAP[0]),
            season=Season.SPRING,
            sun=april,
            is_cloudy=True,
            phase_px=(0.18, 0.74),
            exposure=exposure(
                "c",
                2.1,
                -1.3,
                wobble_px=0.35,
                gain=(1.07, 1.05, 1.0),
                offset=(-6.0, -2.0, 3.0),
                haze=(0.04, 0.1),
                blur_px=0.65,
            ),
        ),
        Shot(
            name="simulated-2022-04-17-b.tif",
            taken=datetime(2022, 4, 17, 1, 55, 30, tzinfo=UTC),
            is_after=True,
            stretch=(GAP[1], end),
            season=Season.SPRING,
            sun=Sun(azimuth_deg=143.0, elevation_deg=52.0),
            phase_px=(0.55, 0.12),
            exposure=exposure(
                "d",
                -1.4,
                1.9,
                wobble_px=0.3,
                gain=(0.93, 0.95, 0.98),
                offset=(4.0, 5.0, 8.0),
                haze=(0.11, 0.05),
            ),
        ),
    )


def river(site: Site, left: float, top: float, shape: tuple[int, int], gsd_m: float) -> Pixels:
    """Return the distance to the edge of the river, which follows the frontier, coarsely."""
    t = np.arange(-850.0, plan.LENGTH_M + 850.0, 4.0)
    half_m = np.clip(27.0 + site.wave("breadth", 8.0, 200.0)(t), 16.0, 40.0)
    banks = [site.places(t, site.wave("stream", 6.0, 160.0)(t) + side * half_m) for side in (-1, 1)]
    cells = tuple(math.ceil(size * gsd_m / COARSE_M) + 2 for size in shape)
    fine = round(COARSE_M / _GRID_M)
    wet = np.zeros((cells[0] * fine, cells[1] * fine), np.uint8)
    corner = np.array([left, top])
    quads = np.stack([banks[0][:-1], banks[0][1:], banks[1][1:], banks[1][:-1]], axis=1)
    points = np.rint((quads - corner) * [1, -1] / _GRID_M).astype(np.int32)
    for quad in points:
        cv2.fillConvexPoly(wet, quad, 1)
    away = cv2.distanceTransform(1 - wet, cv2.DIST_L2, 5) - cv2.distanceTransform(
        wet, cv2.DIST_L2, 5
    )
    coarse = cv2.resize(away, cells[::-1], interpolation=cv2.INTER_AREA) * _GRID_M
    smooth: Pixels = cv2.GaussianBlur(coarse, (0, 0), 0.8)
    return smooth


def cleared(land: Land, works: tuple[Work, ...], left: float, top: float) -> Land:
    """Return the land without trees and furrows where roads run, houses and barriers stand."""
    bare = np.zeros(land.wood.shape, np.uint8)
    yard = np.zeros(land.wood.shape, np.uint8)
    for work in works:
        xy = (shapely.get_coordinates(work.shape) - [left, top]) * [1, -1] / COARSE_M - 0.5
        points = np.rint(xy * 16).astype(np.int32)
        cv2.polylines(bare, [points], False, 1, 3, cv2.LINE_8, 4)
        if work.category is Kind.BUILDING:
            cv2.polylines(yard, [points], False, 1, 5, cv2.LINE_8, 4)
    open_sky = 1.0 - cv2.GaussianBlur(bare.astype(np.float32), (0, 0), 0.7)
    return replace(
        land,
        wood=land.wood * open_sky,
        farm=land.farm * (1.0 - cv2.GaussianBlur(yard.astype(np.float32), (0, 0), 1.0)),
    )


def cloud(
    site: Site,
    taken: Sequence[Shot],
    pixels: Callable[[BaseGeometry], BaseGeometry],
    gsd_m: float,
) -> Cloud:
    """Return the cloud that hangs across the corridor, with its shadow beside it."""
    sun = next(shot.sun for shot in taken if shot.is_cloudy)
    across = pixels(site.cross(CLOUD_AT_M, -200.0, 200.0))
    (x0, y0), (x1, y1) = shapely.get_coordinates(across)
    east, south = sun.shadow
    return Cloud(
        column=(x0 + x1) / 2,
        row=(y0 + y1) / 2,
        turn_deg=math.degrees(math.atan2(y1 - y0, x1 - x0)),
        long_px=_CLOUD_LONG_M / gsd_m,
        short_px=_CLOUD_SHORT_M / gsd_m,
        shadow_px=(round(east * _CLOUD_HEIGHT_M / gsd_m), round(south * _CLOUD_HEIGHT_M / gsd_m)),
        seed=site.seed,
    )
