"""What the detector hands back, and what it can be told."""

from __future__ import annotations

from dataclasses import dataclass

from shapely.geometry import LineString, Point

from vallum.ground.kinds import Change, Kind


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the detector looks for. The defaults were set on the `dev` half of the benchmark.

    Attributes:
        min_length_m: shortest line reported; never under 24 pixels.
        line_threshold: least score of a line: 0 is about one false candidate per kilometre of
            corridor of +-32 m on the ground it was set on, 1 is one per ten; see `Found.score`.
        post_threshold: least score of a point, in decades of chance; see `Found.score`.
        tolerance_px: how far a thing may seem to move between the dates and still be the same.
        bridge_m: largest gap inside one line.
        widest_m: widest line looked for (cleared strips are 5-14 m).
        upgrade_ratio: how much stronger or wider a line must have become to be an upgrade.
        finds_posts: also look for posts, towers and buildings.
    """

    min_length_m: float = 15.0
    line_threshold: float = 0.0
    post_threshold: float = 6.5
    tolerance_px: int = 1
    bridge_m: float = 10.0
    widest_m: float = 14.0
    upgrade_ratio: float = 1.8
    finds_posts: bool = True


@dataclass(frozen=True, kw_only=True)
class Found:
    """One suggestion of the detector, in the CRS of the grid.

    Attributes:
        category: what it looks like; rough, an analyst decides.
        change: new, upgraded or removed.
        score: larger is surer. For lines minus log10 of the false candidates per km (corridor of
            +-32 m) that as good a score met with where nothing was built; for points minus log10
            of the share of pixels of the tile that stand out as much, less what dark and very
            small spots are charged. Never compare the two.
        shape: LineString for kinds measured by length, Point for kinds that are counted.
        length_m: length of the line; the longer side of a point.
        width_m: width of the ridge at half its contrast; distance of the two lines of a double
            fence plus one of them; diameter of a point.
    """

    category: Kind
    change: Change
    score: float
    shape: LineString | Point
    length_m: float
    width_m: float
