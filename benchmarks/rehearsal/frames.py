"""Which SIMULATED images there are along the frontier: where, when, with which faults and clouds."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from pyproj import Transformer
from shapely import Polygon, box
from shapely.geometry import mapping

from rehearsal.land import FULL, SEED, Size
from vallum.frontier import Frontier, Section
from vallum.simulate.chance import generator

LINE = "prk-north"
NORTH_M = 5_242_880.0
"""Northing at which the land begins to repeat; a multiple of every size in use."""
_FIRST_DAY = {
    False: datetime(2019, 3, 4, 2, 20, tzinfo=UTC),
    True: datetime(2022, 4, 2, 1, 50, tzinfo=UTC),
}


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One image: where and when, by which sensor, what it lacks and where clouds hang.

    Attributes:
        name: file name.
        taken: moment, UTC.
        is_after: of the later date.
        sensor: 0 or 1.
        epsg: its UTM zone.
        column: repeats of the land from the zone's origin to its left edge.
        row: the same from the top.
        error_m: what its georeference is wrong by, east and north.
        cloudy: repeats of the land under cloud, as (row, column) within the image.
        missing: repeats without pixels.
        spans: stretch of frontier that it was taken for, metres.
    """

    name: str
    taken: datetime
    is_after: bool
    sensor: int
    epsg: int
    column: int
    row: int
    error_m: tuple[float, float]
    cloudy: frozenset[tuple[int, int]]
    missing: frozenset[tuple[int, int]]
    spans: tuple[int, int]


def frames(frontier: Frontier, size: Size, seed: int = SEED) -> list[Frame]:
    """Return all images of the whole frontier, those of the earlier date first.

    Each date is taken by one sensor all along, and by another on about a third: several images
    show most places. Some images are missing altogether, which leaves gaps.
    """
    found: list[Frame] = []
    for is_after in (False, True):
        for sensor, (first, share) in enumerate(((0, 0.96), (3, 0.35))):
            passes = _pass(frontier, size, first)
            for number, (sections, column, row) in enumerate(passes):
                chance = generator(seed, "frame", is_after, sensor, number)
                if chance.random() > share:
                    continue
                found.append(_frame(size, sections, column, row, is_after, sensor, number, chance))
    return found


def _frame(
    size: Size,
    sections: Sequence[Section],
    column: int,
    row: int,
    is_after: bool,
    sensor: int,
    number: int,
    chance: np.random.Generator,
) -> Frame:
    taken = _FIRST_DAY[is_after] + timedelta(
        days=int(chance.integers(0, 50)), seconds=37 * number + 11 * sensor
    )
    bases = range(size.frame_bases)
    dice = {(i, j): chance.random(2) for i in bases for j in bases}
    return Frame(
        name=f"simulated-{taken:%Y-%m-%d}-{'ab'[sensor]}{number:03d}.tif",
        taken=taken,
        is_after=is_after,
        sensor=sensor,
        epsg=sections[0].epsg,
        column=column,
        row=row,
        error_m=tuple(chance.normal(0.0, size.error_m, 2).round(3).tolist()),
        cloudy=frozenset(at for at, (one, _) in dice.items() if one < (0.06 if is_after else 0.03)),
        missing=frozenset(at for at, (_, two) in dice.items() if two < 0.02),
        spans=(sections[0].span.start_m, sections[-1].span.end_m),
    )


def _pass(frontier: Frontier, size: Size, first: int) -> Iterator[tuple[list[Section], int, int]]:
    """Yield the sections of each image along the line, and the corner of the image."""
    together: list[Section] = []
    boxes: list[tuple[int, int, int, int]] = []
    for section in frontier.sections()[first:]:
        box = _bases(frontier, section, size)
        if together and not _fits([*boxes, box], size, section.epsg == together[0].epsg):
            yield together, *_corner(boxes, size)
            # the next one begins with the last section of this one: neighbours overlap
            is_same = section.epsg == together[-1].epsg and _fits([boxes[-1], box], size, True)
            together, boxes = (together[-1:], boxes[-1:]) if is_same else ([], [])
        together.append(section)
        boxes.append(box)
    if together:
        yield together, *_corner(boxes, size)


def _bases(frontier: Frontier, section: Section, size: Size) -> tuple[int, int, int, int]:
    """Return west, north, east, south of a section's corridor, in repeats of the land."""
    at_m = np.linspace(section.span.start_m, section.span.end_m, 21)
    lon, lat = frontier.points_at(at_m)
    x, y = Transformer.from_crs(4326, section.epsg, always_xy=True).transform(lon, lat)
    reach = size.reach_m + 250.0
    return (
        math.floor((min(x) - reach) / size.base_m),
        math.floor((NORTH_M - max(y) - reach) / size.base_m),
        math.floor((max(x) + reach) / size.base_m),
        math.floor((NORTH_M - min(y) + reach) / size.base_m),
    )


def _hull(boxes: Sequence[tuple[int, int, int, int]]) -> tuple[int, int, int, int]:
    west, north, east, south = zip(*boxes, strict=True)
    return min(west), min(north), max(east), max(south)


def _fits(boxes: Sequence[tuple[int, int, int, int]], size: Size, is_same_zone: bool) -> bool:
    west, north, east, south = _hull(boxes)
    return is_same_zone and max(east - west, south - north) < size.frame_bases


def _corner(boxes: Sequence[tuple[int, int, int, int]], size: Size) -> tuple[int, int]:
    west, north, east, south = _hull(boxes)
    spare_x, spare_y = size.frame_bases - 1 - (east - west), size.frame_bases - 1 - (south - north)
    return west - spare_x // 2, north - spare_y // 2


def catalogue(path: Path, stretch: tuple[int, int], size: Size = FULL, seed: int = SEED) -> None:
    """Write the footprints of the images of a stretch as GeoJSON, for `add --footprints`."""
    features = []
    for frame in frames(Frontier.packaged(LINE), size, seed):
        if meets(frame, stretch):
            west, north = frame.column * size.base_m, NORTH_M - frame.row * size.base_m
            side_m = size.frame_bases * size.base_m
            corners = np.array(box(west, north - side_m, west + side_m, north).exterior.coords)
            to_degrees = Transformer.from_crs(frame.epsg, 4326, always_xy=True)
            lon, lat = to_degrees.transform(*corners.T)
            shape = mapping(Polygon(np.column_stack([lon, lat])))
            told = {"id": frame.name, "datetime": frame.taken.isoformat(), "gsd": size.gsd_m}
            features.append({"type": "Feature", "geometry": shape, "properties": told})
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))


def meets(frame: Frame, stretch: tuple[int, int]) -> bool:
    """Say whether an image was taken for any of a stretch (metres)."""
    return frame.spans[0] < stretch[1] and stretch[0] < frame.spans[1]
