"""What the detector hands back, and what it can be told."""

from __future__ import annotations

from dataclasses import dataclass

from shapely.geometry import LineString, Point

from vallum.ground.kinds import Change, Kind


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the detector looks for. The defaults were set on the `dev` half of the benchmark.

    Attributes:
        min_length_m: shortest line reported; never under 20 pixels.
        line_threshold: least score of a line: 0 is about one false candidate per kilometre of
            corridor of +-32 m on the ground it was set on, 1 is one per ten; see `Found.score`.
        post_threshold: least score of a point, on the same scale.
        tolerance_px: how far a thing may seem to move between the dates and still be the same.
        bridge_m: largest gap inside one line.
        widest_m: widest line looked for (cleared strips are 5-14 m).
        upgrade_ratio: how much stronger or wider a line must have become to be an upgrade.
        finds_posts: also look for posts, towers and buildings.
    """

    min_length_m: float = 10.0
    line_threshold: float = 0.0
    post_threshold: float = -0.3
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
        score: larger is surer: minus log10 of the false candidates per km (corridor of +-32 m)
            that as good a score met with where nothing was built, on ground that the network was
            not trained on (`benchmarks/detection/fit.py`); lines and points each on their own.
        shape: LineString for kinds measured by length, Point for kinds that are counted.
        length_m: length of the line; the longer side of a point.
        width_m: width of the ridge at half its contrast; distance of the two lines of a double
            fence plus one of them; diameter of a point.
        kinds: probability of every kind it may be, likeliest first; they sum to 1.
        evidence: per metre from the start of `shape`, decades of evidence; empty for points.
        is_bright: brighter than its sides; None where it was not measured.
        gap_m: between the two lines of a double fence; 0 for everything else.
        post_spacing_m: usual distance of the posts of its group; 0 with fewer than three.
        group: things that belong together, a fence with its posts, share a number; 0 = alone.
        flags: what an analyst should know: "weak" (more than one false candidate per km scores as
            much), "short" (under 25 m), "near_edge" (of what can be compared), "only_classical" or
            "only_learned" (the other part is silent), "many_parallel" (perhaps rows of a crop).
    """

    category: Kind
    change: Change
    score: float
    shape: LineString | Point
    length_m: float
    width_m: float
    kinds: tuple[tuple[Kind, float], ...] = ()
    evidence: tuple[float, ...] = ()
    is_bright: bool | None = None
    gap_m: float = 0.0
    post_spacing_m: float = 0.0
    group: int = 0
    flags: tuple[str, ...] = ()
