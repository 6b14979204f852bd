"""What was really built: exact vectors, and how a list of findings compares with them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from vallum.ground.geodesy import geodesic_length_m, utm_epsg
from vallum.ground.kinds import Change, Held, Kind
from vallum.ground.records import Candidate, Finding
from vallum.ground.span import Span, Spans

if TYPE_CHECKING:
    from vallum.frontier import Frontier

CHANGES = (Change.NEW, Change.UPGRADED, Change.REMOVED)
_STEP_M = 2.0
Scored = TypeVar("Scored")


@dataclass(frozen=True, kw_only=True)
class Built:
    """One structure that stands, stood or will stand there.

    Attributes:
        category: its class.
        change: new, upgraded, removed or unchanged between the two dates.
        shape: line or point, EPSG:4326.
        length_m: geodesic; 0 for points.
        span: stretch of frontier it lies beside.
        width_m: breadth as it shows in a picture, cleared ground included.
    """

    category: Kind
    change: Change
    shape: BaseGeometry
    length_m: float
    span: Span
    width_m: float


@dataclass(frozen=True, kw_only=True)
class Taken:
    """How one simulated scene was taken; what `align` and `match` should recover.

    Attributes:
        name: file name.
        is_after: True for the second date.
        span: chainage it covers.
        dx_m: its content lies this far east of where the georeference puts it.
        dy_m: the same, north.
        gain: per band.
        offset: per band, in digital numbers.
        sun_azimuth_deg: direction of the sun, from north.
        sun_elevation_deg: height of the sun.
    """

    name: str
    is_after: bool
    span: Span
    dx_m: float
    dy_m: float
    gain: tuple[float, ...]
    offset: tuple[float, ...]
    sun_azimuth_deg: float
    sun_elevation_deg: float


@dataclass(frozen=True, kw_only=True)
class Truth:
    """All that was painted.

    Attributes:
        span: the stretch of frontier that was painted.
        items: structures, also those that did not change.
        cloud: metres that a cloud or its shadow hides in the only scene after.
        gap: metres that no scene after covers.
        scenes: how the scenes were taken.
    """

    span: Span
    items: tuple[Built, ...]
    cloud: Spans = Spans()
    gap: Spans = Spans()
    scenes: tuple[Taken, ...] = ()

    @property
    def visible(self) -> Spans:
        """Metres that can be compared: neither under the cloud nor in the gap."""
        return Spans((self.span,)) - self.cloud - self.gap

    def length_m(self, category: Kind, change: Change) -> float:
        """Return the geodesic length of all lines of one class and change."""
        return sum(
            item.length_m
            for item in self.items
            if item.category == category and item.change == change
        )

    def count(self, category: Kind, change: Change) -> int:
        """Return the number of things of one class and change."""
        return sum(item.category == category and item.change == change for item in self.items)

    def write(self, path: Path) -> None:
        """Write as JSON (coordinates at 8 decimals, about a millimetre)."""
        path.write_text(json.dumps(self.to_json(), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Truth:
        """Return what `write` wrote."""
        return cls.from_json(json.loads(path.read_text(encoding="utf-8")))

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "simulated": True,
            "span": _pair(self.span),
            "cloud": [_pair(part) for part in self.cloud],
            "gap": [_pair(part) for part in self.gap],
            "scenes": [{**vars(taken), "span": _pair(taken.span)} for taken in self.scenes],
            "items": [
                {
                    "category": str(item.category),
                    "change": str(item.change),
                    "shape": _rounded(mapping(item.shape)),
                    "length_m": item.length_m,
                    "span": _pair(item.span),
                    "width_m": item.width_m,
                }
                for item in self.items
            ],
        }

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Truth:
        """Return what `to_json` returned."""
        return cls(
            span=Span(*told["span"]),
            cloud=Spans(Span(*part) for part in told["cloud"]),
            gap=Spans(Span(*part) for part in told["gap"]),
            scenes=tuple(
                Taken(
                    **{
                        **taken,
                        "span": Span(*taken["span"]),
                        "gain": tuple(taken["gain"]),
                        "offset": tuple(taken["offset"]),
                    }
                )
                for taken in told["scenes"]
            ),
            items=tuple(
                Built(
                    category=Kind(item["category"]),
                    change=Change(item["change"]),
                    shape=shape(item["shape"]),
                    length_m=item["length_m"],
                    span=Span(*item["span"]),
                    width_m=item["width_m"],
                )
                for item in told["items"]
            ),
        )


@dataclass(frozen=True, kw_only=True)
class LineScore:
    """Agreement by length, with a buffer (Wiedemann and Heipke 1997).

    Attributes:
        true_m: length of the truth.
        found_m: of it, within the buffer of something claimed.
        claimed_m: length of what was claimed.
        right_m: of it, within the buffer of the truth.
        kind_m: of that, called by its right class.
    """

    true_m: float
    found_m: float
    claimed_m: float
    right_m: float
    kind_m: float

    @property
    def completeness(self) -> float:
        """Share of the truth that was found; NaN without truth."""
        return _share(self.found_m, self.true_m)

    @property
    def correctness(self) -> float:
        """Share of the claims that is true; NaN without claims."""
        return _share(self.right_m, self.claimed_m)

    @property
    def quality(self) -> float:
        """Right claims over claims and misses together; NaN without both."""
        return _share(self.right_m, self.claimed_m + self.true_m - self.found_m)

    @property
    def kinds_right(self) -> float:
        """Share of the right claims that carries the right class."""
        return _share(self.kind_m, self.right_m)


@dataclass(frozen=True, kw_only=True)
class PostScore:
    """Agreement of things that are counted, matched one to one."""

    n_true: int
    n_found: int
    n_false: int

    @property
    def n_missed(self) -> int:
        """True ones that nothing was matched to."""
        return self.n_true - self.n_found


@dataclass(frozen=True, kw_only=True)
class Score:
    """Found against truth.

    `lines` and `posts` count only what lies beside metres that were compared; `whole_` all.
    Keys are "all" (new, upgraded and removed against each other) and every change, for which the
    claim must name the same change.

    Attributes:
        buffer_m: greatest accepted distance.
        seen_m: metres that `lines` and `posts` are restricted to.
        span_m: metres of the whole.
        lines: within what was seen.
        posts: within what was seen.
        whole_lines: everywhere.
        whole_posts: everywhere.
    """

    buffer_m: float
    seen_m: int
    span_m: int
    lines: dict[str, LineScore]
    posts: dict[str, PostScore]
    whole_lines: dict[str, LineScore]
    whole_posts: dict[str, PostScore]


@dataclass(frozen=True, kw_only=True)
class _Things:
    """Lines cut into pieces, and points, in metres."""

    middle: NDArray[np.float64]
    piece_m: NDArray[np.float64]
    at_m: NDArray[np.float64]
    change: NDArray[np.object_]
    category: NDArray[np.object_]

    def only(self, chosen: NDArray[np.bool_]) -> _Things:
        return _Things(
            middle=self.middle[chosen],
            piece_m=self.piece_m[chosen],
            at_m=self.at_m[chosen],
            change=self.change[chosen],
            category=self.category[chosen],
        )


def compare(
    found: Sequence[Finding | Candidate],
    truth: Truth,
    frontier: Frontier,
    *,
    buffer_m: float = 4.0,
    seen: Spans,
) -> Score:
    """Return how well findings, or bare candidates, agree with the truth.

    Of findings only confirmed and imported ones count. Lines are cut into pieces of 2 m; a piece
    agrees when its middle lies within `buffer_m` of the other side's lines. Points are matched one
    to one, nearest first overall, within `buffer_m`; their class may differ (the boundary between
    guard post and watchtower is a convention). Metres are those of the UTM zone.

    Args:
        found: what is claimed; unchanged stock is scored under its own key only.
        truth: what was built.
        frontier: gives each piece its chainage.
        buffer_m: greatest accepted distance.
        seen: metres of frontier that were compared.
    """
    claimed = [
        one
        for one in found
        if isinstance(one, Candidate) or one.held in {Held.CONFIRMED, Held.IMPORTED}
    ]
    lon, lat = frontier.points_at([truth.span.middle_m])
    project = Transformer.from_crs(4326, utm_epsg(float(lon[0]), float(lat[0])), always_xy=True)
    true_lines, true_points = _things(truth.items, frontier, project)
    lines, points = _things(claimed, frontier, project)
    everywhere = Spans((frontier.span,))
    return Score(
        buffer_m=buffer_m,
        seen_m=seen.length_m,
        span_m=truth.span.length_m,
        lines=_by_change(_line_score, true_lines, lines, buffer_m, seen),
        posts=_by_change(_post_score, true_points, points, buffer_m, seen),
        whole_lines=_by_change(_line_score, true_lines, lines, buffer_m, everywhere),
        whole_posts=_by_change(_post_score, true_points, points, buffer_m, everywhere),
    )


def lines_of(built: Iterable[BaseGeometry]) -> list[BaseGeometry]:
    """Return the single lines and points of simple and multi geometries."""
    return [part for one in built for part in getattr(one, "geoms", [one]) if not part.is_empty]


def _things(
    group: Sequence[Built | Finding | Candidate], frontier: Frontier, project: Transformer
) -> tuple[_Things, _Things]:
    """Return pieces of lines, and points."""
    rows: tuple[list[Any], list[Any]] = ([], [])
    for one in group:
        for part in lines_of([one.shape]):
            flat = shapely.transform(part, lambda xy: np.column_stack(project.transform(*xy.T)))
            if flat.geom_type == "Point":
                rows[1].append((shapely.get_coordinates(flat), np.zeros(1), one))
                continue
            n = max(1, math.ceil(flat.length / _STEP_M))
            at = (np.arange(n) + 0.5) * flat.length / n
            middle = shapely.get_coordinates(shapely.line_interpolate_point([flat], at))
            # the ellipsoid's length, so that sums agree with `length_m`
            rows[0].append((middle, np.full(n, geodesic_length_m(part) / n), one))
    return _table(rows[0], frontier, project), _table(rows[1], frontier, project)


def _table(
    rows: list[tuple[NDArray[np.float64], NDArray[np.float64], Built | Finding | Candidate]],
    frontier: Frontier,
    project: Transformer,
) -> _Things:
    middle = np.vstack([np.empty((0, 2)), *[row[0] for row in rows]])
    lon, lat = project.transform(middle[:, 0], middle[:, 1], direction="INVERSE")
    at_m = frontier.locate_many(lon, lat)[0] if len(middle) else np.empty(0)
    return _Things(
        middle=middle,
        at_m=at_m,
        piece_m=np.concatenate([np.empty(0), *[row[1] for row in rows]]),
        change=np.array([row[2].change for row in rows for _ in row[0]], object),
        category=np.array([row[2].category for row in rows for _ in row[0]], object),
    )


def _within(at_m: NDArray[np.float64], spans: Spans) -> NDArray[np.bool_]:
    inside = np.zeros(len(at_m), bool)
    for part in spans:
        inside |= (at_m >= part.start_m) & (at_m < part.end_m)
    return inside


def _by_change(
    score: Callable[[_Things, _Things, float, Spans], Scored],
    truth: _Things,
    claimed: _Things,
    buffer_m: float,
    seen: Spans,
) -> dict[str, Scored]:
    found = {}
    for name, changes in (("all", CHANGES), *((str(one), (one,)) for one in Change)):
        mine = truth.only(np.isin(truth.change, list(changes)))
        theirs = claimed.only(np.isin(claimed.change, list(changes)))
        found[name] = score(mine, theirs, buffer_m, seen)
    return found


def _line_score(truth: _Things, claimed: _Things, buffer_m: float, seen: Spans) -> LineScore:
    # Matched before it is restricted, so that nothing is lost where the seen metres end.
    near_claim, _ = _nearest(truth, claimed, buffer_m)
    near_truth, which = _nearest(claimed, truth, buffer_m)
    same = np.zeros(len(claimed.at_m), bool)
    if len(truth.at_m):
        same = near_truth & (claimed.category == truth.category[which])
    true_m = truth.piece_m * _within(truth.at_m, seen)
    claimed_m = claimed.piece_m * _within(claimed.at_m, seen)
    return LineScore(
        true_m=float(true_m.sum()),
        found_m=float(true_m[near_claim].sum()),
        claimed_m=float(claimed_m.sum()),
        right_m=float(claimed_m[near_truth].sum()),
        kind_m=float(claimed_m[same].sum()),
    )


def _nearest(
    things: _Things, others: _Things, buffer_m: float
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Say of each thing whether one of the others is near, and which is nearest."""
    if not len(others.at_m) or not len(things.at_m):
        return np.zeros(len(things.at_m), bool), np.zeros(len(things.at_m), np.int64)
    distance, which = cKDTree(others.middle).query(things.middle)
    # pieces are points 2 m apart: half a step is the most that this overstates a distance
    return distance <= math.hypot(buffer_m, _STEP_M / 2), which


def _post_score(truth: _Things, claimed: _Things, buffer_m: float, seen: Spans) -> PostScore:
    is_found = np.zeros(len(truth.at_m), bool)
    is_right = np.zeros(len(claimed.at_m), bool)
    if len(is_found) and len(is_right):
        apart = np.hypot(*(truth.middle[:, None] - claimed.middle[None]).transpose(2, 0, 1))
        # far pairs cost so much that every near pair is worth making
        rows, columns = linear_sum_assignment(np.where(apart <= buffer_m, apart, 1e6))
        near = apart[rows, columns] <= buffer_m
        is_found[rows[near]] = is_right[columns[near]] = True
    true_seen, claim_seen = _within(truth.at_m, seen), _within(claimed.at_m, seen)
    return PostScore(
        n_true=int(true_seen.sum()),
        n_found=int((is_found & true_seen).sum()),
        n_false=int((claim_seen & ~is_right).sum()),
    )


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else math.nan


def _pair(span: Span) -> list[int]:
    return [span.start_m, span.end_m]


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(part) for part in value]
    return round(value, 8) if isinstance(value, float) else value
