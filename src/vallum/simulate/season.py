"""Seasons and light: what colours the land has, and where its shadows fall."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class Season(StrEnum):
    """A time of year, by how the land near 42 N looks."""

    WINTER = "winter"
    SPRING = "spring"
    SUMMER = "summer"
    AUTUMN = "autumn"


@dataclass(frozen=True, kw_only=True)
class Sun:
    """Where the sun stands; every shadow of one picture follows from it."""

    azimuth_deg: float
    elevation_deg: float

    @property
    def shadow(self) -> tuple[float, float]:
        """Shadow of a thing one metre high: metres to the right (east) and down (south)."""
        length = 1.0 / math.tan(math.radians(self.elevation_deg))
        azimuth = math.radians(self.azimuth_deg)
        return -math.sin(azimuth) * length, math.cos(azimuth) * length


@dataclass(frozen=True, kw_only=True)
class Palette:
    """Colours of one season, digital numbers of red, green, blue in full sun."""

    grass: tuple[tuple[int, int, int], tuple[int, int, int]]
    fields: tuple[tuple[int, int, int], ...]
    wood_floor: tuple[int, int, int]
    broadleaf: tuple[int, int, int]
    conifer: tuple[int, int, int]
    lane: tuple[int, int, int]
    gravel: tuple[int, int, int]
    shallow: tuple[int, int, int]
    deep: tuple[int, int, int]
    leaf: float
    """How much a broadleaved crown covers, 0 to 1."""
    ice: float
    """How much of the river's edge is frozen, 0 to 1."""
    level_m: float
    """How far the water reaches beyond its mean edge."""


PALETTES: dict[Season, Palette] = {
    Season.WINTER: Palette(
        grass=((132, 119, 96), (112, 101, 83)),
        fields=((146, 130, 103), (124, 107, 86), (106, 92, 76), (138, 125, 102), (118, 106, 90)),
        wood_floor=(101, 91, 76),
        broadleaf=(92, 83, 72),
        conifer=(60, 68, 52),
        lane=(158, 145, 122),
        gravel=(161, 154, 140),
        shallow=(98, 108, 103),
        deep=(62, 77, 80),
        leaf=0.4,
        ice=0.55,
        level_m=-1.5,
    ),
    Season.SPRING: Palette(
        grass=((128, 121, 92), (101, 102, 73)),
        fields=((138, 118, 93), (108, 91, 73), (96, 84, 69), (106, 109, 77), (127, 117, 92)),
        wood_floor=(97, 92, 71),
        broadleaf=(95, 95, 67),
        conifer=(57, 69, 49),
        lane=(159, 144, 118),
        gravel=(156, 148, 132),
        shallow=(104, 109, 95),
        deep=(73, 84, 76),
        leaf=0.55,
        ice=0.0,
        level_m=1.0,
    ),
    Season.SUMMER: Palette(
        grass=((96, 112, 66), (82, 100, 58)),
        fields=((92, 116, 62), (78, 108, 56), (110, 120, 70), (84, 104, 60), (124, 118, 84)),
        wood_floor=(60, 76, 46),
        broadleaf=(58, 82, 44),
        conifer=(46, 64, 42),
        lane=(160, 146, 118),
        gravel=(162, 152, 134),
        shallow=(112, 112, 88),
        deep=(84, 90, 72),
        leaf=1.0,
        ice=0.0,
        level_m=2.5,
    ),
    Season.AUTUMN: Palette(
        grass=((134, 122, 84), (120, 108, 74)),
        fields=((158, 138, 92), (132, 114, 82), (116, 102, 78), (146, 130, 88), (126, 120, 86)),
        wood_floor=(104, 92, 66),
        broadleaf=(124, 94, 56),
        conifer=(58, 70, 48),
        lane=(160, 146, 120),
        gravel=(160, 152, 136),
        shallow=(96, 106, 98),
        deep=(62, 78, 78),
        leaf=0.8,
        ice=0.0,
        level_m=0.0,
    ),
}
