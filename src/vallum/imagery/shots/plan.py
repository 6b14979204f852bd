"""Where to take pictures straight down along the border, and which markers lie in their corners.

A frame is a rectangle on the ground. In its corners lie four square markers, drawn on the ground
by the KMZ. Each shows a number from 0 to 986; the four numbers of a frame are its code modulo four
numbers without a common factor (Chinese remainder theorem). So any two of them name one frame of
some 58,000, any three one of 14 million, and a misread marker contradicts the others.
The code of a plan's first frame follows from its line and its settings: frames of another plan, or
of another project, have other codes.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

from vallum.frontier import Frontier
from vallum.ground.errors import BadInput, BadSetting
from vallum.ground.span import Span

Floats = NDArray[np.float64]

MODULI = (250, 249, 247, 241)
"""Numbers shown in the corners: upper left, upper right, lower right, lower left."""
FIRST = (0, 250, 499, 746)
N_MARKERS = FIRST[-1] + MODULI[-1]
_CODES = math.prod(MODULI)
MARKER_SHARE = 0.036
"""Side of a marker as a share of the frame's width; 36 m of 1,000 m."""
_LEAST_MARKER_M = 6.0
# The screen is assumed no wider than 16:9, and a margin keeps the markers inside of it.
_ASPECT, _MARGIN = 16 / 9, 1.12
# Further in than the corners: they stay in the picture when somebody zooms in or presses n. Where
# they would hide the line or one another, the next place is taken.
_REACHES = (
    (0.6, 0.67),
    (0.7, 0.67),
    (0.5, 0.67),
    (0.6, 0.8),
    (0.75, 0.8),
    (0.45, 0.8),
    (0.93, 0.9),
)
_NEAR = 4  # frames before it whose markers could lie under its own
_CLEAR, _APART = 1.2, 1.5  # from the line, and from other markers, in sides
VIEW_DEG = 60.0  # horizontal field of view of Google Earth Pro
_MOST_FRAMES = 5000
_LEAST_M, _MOST_M = 60.0, 20_000.0
_STEP_M = 10
_EARTH = Geod(ellps="WGS84")


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One picture to take.

    Attributes:
        name: as printed: plan, and number from 1.
        code: what its markers tell.
        span: the frontier that runs through it.
        lon: of its middle.
        lat: of its middle.
        heading_deg: direction of its upper edge's outward side, from north.
        width_m: on the ground.
        height_m: on the ground.
        marker_m: side of a marker, with its black border and without its white rim.
        reach: how far out its markers stand, across and up, as shares of half its sides; at its
            very corners where 0 (plans made before markers stood further in).
    """

    name: str
    code: int
    span: Span
    lon: float
    lat: float
    heading_deg: float
    width_m: float
    height_m: float
    marker_m: float
    reach: tuple[float, float] = (0.0, 0.0)

    @property
    def range_m(self) -> float:
        """Height above the ground from which all of it is on the screen."""
        widest = max(self.width_m, self.height_m * _ASPECT)
        return _MARGIN * widest / (2 * math.tan(math.radians(VIEW_DEG / 2)))

    @property
    def markers(self) -> tuple[Marker, ...]:
        """The markers in its corners: upper left, upper right, lower right, lower left."""
        # Markers point north, whatever the frame does: half a diagonal with the white rim.
        inset = 0.93 * self.marker_m
        across, up = self.width_m / 2 - inset, self.height_m / 2 - inset
        if self.reach[0] > 0:
            across = min(across, self.reach[0] * self.width_m / 2)
            up = min(up, self.reach[1] * self.height_m / 2)
        signs = ((-1, 1), (1, 1), (1, -1), (-1, -1))
        places = [self._place(x * across, y * up) for x, y in signs]
        numbers = marker_numbers(self.code)
        return tuple(
            Marker(number=number, lon=lon, lat=lat, side_m=self.marker_m)
            for number, (lon, lat) in zip(numbers, places, strict=True)
        )

    @property
    def outline(self) -> list[tuple[float, float]]:
        """Longitude and latitude of its corners, from the upper left one clockwise."""
        right, up = self.width_m / 2, self.height_m / 2
        corners = ((-right, up), (right, up), (right, -up), (-right, -up))
        return [self._place(x, y) for x, y in corners]

    def _place(self, right_m: float, up_m: float) -> tuple[float, float]:
        away_m = math.hypot(right_m, up_m)
        bearing = self.heading_deg + math.degrees(math.atan2(right_m, up_m))
        lon, lat, _ = _EARTH.fwd(self.lon, self.lat, bearing, away_m)
        return float(lon), float(lat)


@dataclass(frozen=True, kw_only=True)
class Marker:
    """A square on the ground, its sides north to south and west to east.

    Attributes:
        number: what it shows.
        lon: of its middle.
        lat: of its middle.
        side_m: with its black border, without its white rim.
    """

    number: int
    lon: float
    lat: float
    side_m: float

    def box(self, *, rim: float = 0.0) -> tuple[float, float, float, float]:
        """Return west, south, east, north in degrees; `rim` is added around, in sides."""
        reach = self.side_m * (0.5 + rim)
        north, east = metres_per_degree(self.lat)
        lon, lat = reach / east, reach / north
        return self.lon - lon, self.lat - lat, self.lon + lon, self.lat + lat

    @property
    def corners(self) -> list[tuple[float, float]]:
        """Longitude and latitude of the corners, from the north-west one clockwise."""
        west, south, east, north = self.box()
        return [(west, north), (east, north), (east, south), (west, south)]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The frames along one stretch of border.

    Attributes:
        name: file name without its suffix.
        span: the stretch.
        frames: in the order in which they are to be taken.
    """

    name: str
    span: Span
    frames: tuple[Frame, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON that `from_json` turns into the same plan."""
        frames = [
            {**asdict(frame), "span": [frame.span.start_m, frame.span.end_m]}
            for frame in self.frames
        ]
        span = [self.span.start_m, self.span.end_m]
        return {"kind": "vallum capture plan", "name": self.name, "span": span, "frames": frames}

    @classmethod
    def from_json(cls, told: Mapping[str, Any], source: str) -> Plan:
        """Return the plan of a file.

        Raises:
            BadInput: it is no plan.
        """
        try:
            frames = tuple(
                Frame(
                    **{
                        **frame,
                        "span": Span(*frame["span"]),
                        "reach": tuple(frame.get("reach", (0.0, 0.0))),
                    }
                )
                for frame in told["frames"]
            )
            return cls(name=str(told["name"]), span=Span(*told["span"]), frames=frames)
        except (KeyError, TypeError, ValueError) as error:
            raise BadInput(
                f"{source}: is no capture plan; its pictures are not found by their markers, "
                "make the plan again with vallum capture-plan"
            ) from error


def marker_numbers(code: int) -> tuple[int, ...]:
    """Return the numbers in the corners of the frame with this code."""
    return tuple(first + code % size for first, size in zip(FIRST, MODULI, strict=True))


@cache
def metres_per_degree(lat: float) -> tuple[float, float]:
    """Return the metres of a degree of latitude and of longitude at a latitude, on WGS84."""
    a, e2 = 6_378_137.0, 0.00669437999014
    sine = math.sin(math.radians(lat))
    w = math.sqrt(1 - e2 * sine * sine)
    degree = math.pi / 180
    return degree * a * (1 - e2) / w**3, degree * a * math.cos(math.radians(lat)) / w


def lay(
    frontier: Frontier,
    span: Span,
    *,
    width_m: float = 1000.0,
    height_m: float = 600.0,
    overlap: float = 0.15,
    along: bool = True,
) -> Plan:
    """Return frames that together show the frontier of a stretch.

    Each frame takes as much of the line as fits into it less the overlap.

    Args:
        frontier: the line.
        span: the stretch.
        width_m: of a frame, on the ground.
        height_m: of a frame.
        overlap: share of a frame that its neighbour shows too, 0 to 0.6.
        along: turn every frame so that the line runs from left to right; otherwise north is up.

    Raises:
        BadSetting: a size makes no sense, or the frames would be too many for one plan.
    """
    if not all(_LEAST_M <= side <= _MOST_M for side in (width_m, height_m)):
        raise BadSetting(
            f"a frame of {width_m:g} x {height_m:g} m cannot be planned; no plan was made, choose "
            f"sides of {_LEAST_M:.0f} to {_MOST_M:,.0f} m"
        )
    if not 0 <= overlap <= 0.6:
        raise BadSetting(f"an overlap of {overlap:g} cannot be planned; choose 0 to 0.6")
    if span.length_m > _MOST_FRAMES * min(width_m, height_m) * (1 - overlap):
        raise BadSetting(
            f"{span} would need more than {_MOST_FRAMES:,} frames; no plan was made, choose a "
            "shorter stretch or larger frames"
        )
    inner = width_m * (1 - overlap), height_m * (1 - overlap)
    marker_m = max(_LEAST_MARKER_M, round(MARKER_SHARE * min(width_m, 1.67 * height_m), 1))
    settings = [span.start_m, span.end_m, width_m, height_m, overlap, along, frontier.line.wkt]
    first = _first_code(settings)
    heading = "along" if along else "north"
    name = f"km-{span.start_m / 1000:g}-{span.end_m / 1000:g}-{width_m:g}x{height_m:g}-{heading}"
    if overlap != 0.15:
        name += f"-{overlap:g}"
    frames: list[Frame] = []
    start_m = span.start_m
    while start_m < span.end_m:
        part, middle, turn = _as_far_as_fits(frontier, start_m, span.end_m, inner, along=along)
        frame = Frame(
            name=f"{name}/{len(frames) + 1:03d}",
            code=(first + len(frames)) % _CODES,
            span=part,
            lon=round(middle[0], 8),
            lat=round(middle[1], 8),
            heading_deg=round(turn, 3),
            width_m=width_m,
            height_m=height_m,
            marker_m=marker_m,
        )
        frames.append(_with_markers(frame, frontier, frames[-_NEAR:]))
        start_m = part.end_m
    return Plan(name=name, span=span, frames=tuple(frames))


def _with_markers(frame: Frame, frontier: Frontier, before: Sequence[Frame]) -> Frame:
    """Return the frame with its markers where they hide neither the line nor other markers."""
    north, east = metres_per_degree(frame.lat)
    per_degree = np.array([east, north])
    around = frontier.line_of(
        Span(
            max(0, frame.span.start_m - round(frame.width_m)),
            min(frontier.span.end_m, frame.span.end_m + round(frame.width_m)),
        )
    )
    line = shapely.transform(around, lambda at: at * per_degree)
    others = [
        np.array([marker.lon, marker.lat]) * per_degree for one in before for marker in one.markers
    ]
    best, least = frame, math.inf
    for reach in _REACHES:
        tried = replace(frame, reach=reach)
        places = [np.array([marker.lon, marker.lat]) * per_degree for marker in tried.markers]
        on_line = sum(
            shapely.Point(place).distance(line) < _CLEAR * frame.marker_m for place in places
        )
        on_others = sum(
            float(np.abs(place - other).max()) < _APART * frame.marker_m
            for place in places
            for other in others
        )
        if on_line + 2 * on_others < least:
            best, least = tried, on_line + 2 * on_others
        if least == 0:
            break
    return best


def _first_code(settings: Sequence[object]) -> int:
    digest = hashlib.sha256(json.dumps(settings).encode()).digest()
    return int.from_bytes(digest[:8], "big") % _CODES


def _as_far_as_fits(
    frontier: Frontier, start_m: int, end_m: int, inner: tuple[float, float], *, along: bool
) -> tuple[Span, tuple[float, float], float]:
    """Return the longest stretch from `start_m` that fits, the frame's middle and its heading."""
    reach = min(end_m, start_m + int(3 * max(inner)))
    at_m = np.unique(np.append(np.arange(start_m, reach, _STEP_M), reach)).astype(float)
    lon, lat = frontier.points_at(at_m)
    north, east = metres_per_degree(float(lat[0]))
    x, y = (lon - lon[0]) * east, (lat - lat[0]) * north
    # Two points 10 m apart fit into the smallest frame: this is always replaced.
    best = 1, 0.0, 0.0, 0.0
    for last in range(1, len(at_m)):
        # Heading is the direction of "up": 90 degrees left of the direction of the line.
        turn = math.degrees(math.atan2(x[last], y[last])) - 90 if along else 0.0
        sine, cosine = math.sin(math.radians(turn)), math.cos(math.radians(turn))
        right, up = (x * cosine - y * sine)[: last + 1], (x * sine + y * cosine)[: last + 1]
        if np.ptp(right) > inner[0] or np.ptp(up) > inner[1]:
            break
        a, b = (right.min() + right.max()) / 2, (up.min() + up.max()) / 2
        best = last, a * cosine + b * sine, b * cosine - a * sine, turn
    last, x_m, y_m, turn = best
    middle = float(lon[0] + x_m / east), float(lat[0] + y_m / north)
    return Span(start_m, int(at_m[last])), middle, turn % 360.0
