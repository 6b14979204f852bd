"""A line on the ellipsoid with chainage: where is a point, what lies near, what inside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from vallum.ground.geodesy import (
    WGS84,
    Floats,
    Ints,
    mercator,
    mercator_scale,
    moved,
    offsets_m,
    steps,
    turned,
)
from vallum.ground.span import Spans

STEP_M = 250.0  # a straight edge of this length leaves the geodesic by about a millimetre
_FAR_M = 50_000.0
_EARTH_M = 6_371_000.0
_AT_ONCE = 20_000


@dataclass(frozen=True, eq=False)
class Chain:
    """A line, densified along geodesics to at most 250 m between vertices.

    Args:
        lon: (n,) degrees.
        lat: (n,) degrees.
        at_m: (n,) chainage of each vertex, strictly rising from 0.
        azimuth_deg: (n-1,) direction at the start of each edge.
        azimuth_end_deg: (n-1,) direction at the end of each edge.
    """

    lon: Floats
    lat: Floats
    at_m: Floats
    azimuth_deg: Floats
    azimuth_end_deg: Floats

    @classmethod
    def of(cls, lon: Floats, lat: Floats) -> Chain:
        """Measure and densify a line of two or more vertices, none repeated in a row."""
        azimuth, _, length_m = steps(lon, lat)
        n = np.maximum(1, np.ceil(length_m / STEP_M)).astype(int)
        edge = np.repeat(np.arange(n.size), n)
        k = np.arange(edge.size) - np.repeat(np.cumsum(n) - n, n)
        share = k / n[edge]
        start_m = np.concatenate([[0.0], np.cumsum(length_m)])
        dense_lon, dense_lat = moved(lon[edge], lat[edge], azimuth[edge], share * length_m[edge])
        first = k == 0
        dense_lon[first], dense_lat[first] = lon[:-1], lat[:-1]
        dense_lon, dense_lat = np.append(dense_lon, lon[-1]), np.append(dense_lat, lat[-1])
        at_m = np.append(start_m[edge] + share * length_m[edge], start_m[-1])
        azimuth, end, _ = steps(dense_lon, dense_lat)
        return cls(dense_lon, dense_lat, at_m, azimuth, end)

    @property
    def length_m(self) -> float:
        """Geodesic length, not rounded."""
        return float(self.at_m[-1])

    @cached_property
    def _mercator(self) -> shapely.STRtree:
        return shapely.STRtree(_edges(*mercator(self.lon, self.lat)))

    @cached_property
    def _degrees(self) -> shapely.STRtree:
        return shapely.STRtree(_edges(self.lon, self.lat))

    def edge_at(self, at_m: Any) -> tuple[Ints, Floats]:
        """Return the edge that holds each chainage, and the share of it that lies before."""
        edge = np.clip(np.searchsorted(self.at_m, at_m, side="right") - 1, 0, self.at_m.size - 2)
        share = (at_m - self.at_m[edge]) / (self.at_m[edge + 1] - self.at_m[edge])
        return edge, np.clip(share, 0.0, 1.0)

    def place(self, edge: Ints, share: Floats) -> tuple[Floats, Floats]:
        """Return longitude and latitude of a share of an edge."""
        lon = self.lon[edge] + share * (self.lon[edge + 1] - self.lon[edge])
        lat = self.lat[edge] + share * (self.lat[edge + 1] - self.lat[edge])
        return lon, lat

    def azimuth(self, edge: Ints, share: Floats) -> Floats:
        """Return the direction of the line at a share of an edge, in degrees from north."""
        start: Floats = self.azimuth_deg[edge]
        bend: Floats = turned(self.azimuth_end_deg[edge] - start)
        return start + share * bend

    def locate(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Return chainage and signed offset (right positive) of the nearest place, per point.

        The nearest edges come from a conformal map, are compared in metres around each point, and
        the foot on the best one is refined on the ellipsoid. Beyond 50 km only the edge that is
        nearest on the map is refined.
        """
        lon = self.lon[0] + turned(lon - self.lon[0])
        pieces = [
            self._locate(lon[i : i + _AT_ONCE], lat[i : i + _AT_ONCE])
            for i in range(0, lon.size, _AT_ONCE)
        ]
        if not pieces:
            return np.empty(0), np.empty(0)
        return np.concatenate([p[0] for p in pieces]), np.concatenate([p[1] for p in pieces])

    def _locate(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        points = shapely.points(*mercator(lon, lat))
        (_, edge), reach = self._mercator.query_nearest(
            points, all_matches=False, return_distance=True
        )
        scale = mercator_scale(lat)
        # Mercator's scale changes by d*tan(lat)/R over a distance d: only that much can be missed.
        true_m = reach / scale
        slack = 1.1 * true_m * np.abs(np.tan(np.radians(np.clip(lat, -89, 89)))) / _EARTH_M
        near = np.flatnonzero(true_m < _FAR_M)
        who, candidate = self._mercator.query(
            points[near],
            predicate="dwithin",
            distance=(reach * (1.0 + slack + 1e-6) + 0.05 * scale)[near],
        )
        who = np.concatenate([near[who], np.arange(lon.size)])
        candidate = np.concatenate([candidate, edge])
        share, apart_m = self._foot(candidate, lon[who], lat[who])
        order = np.lexsort((candidate, apart_m, who))
        best = order[np.unique(who[order], return_index=True)[1]]
        return self._refined(candidate[best], share[best], lon, lat)

    def _foot(self, edge: Ints, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Return the share of each edge that is nearest to its point, and the distance there."""
        ax, ay = offsets_m(self.lon[edge], self.lat[edge], lon, lat)
        bx, by = offsets_m(self.lon[edge + 1], self.lat[edge + 1], lon, lat)
        ux, uy = bx - ax, by - ay
        share = np.clip(-(ax * ux + ay * uy) / (ux * ux + uy * uy), 0.0, 1.0)
        return share, np.hypot(ax + share * ux, ay + share * uy)

    def _refined(
        self, edge: Ints, share: Floats, lon: Floats, lat: Floats
    ) -> tuple[Floats, Floats]:
        length_m = self.at_m[edge + 1] - self.at_m[edge]
        for turn in range(3):
            azimuth, _, apart_m = WGS84.inv(*self.place(edge, share), lon, lat)
            azimuth, apart_m = np.asarray(azimuth), np.asarray(apart_m)
            aside = np.radians(azimuth - self.azimuth(edge, share))
            if turn < 2:
                along = apart_m * np.cos(aside)
                share = np.clip(share + np.where(np.abs(along) > 1e-4, along, 0) / length_m, 0, 1)
        right = np.sin(aside) >= 0
        right = self._side_at_vertex(edge, share, azimuth, right)
        return self.at_m[edge] + share * length_m, np.where(right, apart_m, -apart_m)

    def _side_at_vertex(self, edge: Ints, share: Floats, azimuth: Floats, right: Any) -> Any:
        """Return the side for points whose nearest place is a corner of the line.

        Only points on the outer side of a corner have the corner itself as their nearest place.
        """
        vertex = np.where(share >= 1.0, edge + 1, edge)
        at = np.flatnonzero(
            ((share <= 0) | (share >= 1)) & (vertex > 0) & (vertex < self.at_m.size - 1)
        )
        vertex = vertex[at]
        come, go = self.azimuth_end_deg[vertex - 1], self.azimuth_deg[vertex]
        by_come = np.sin(np.radians(azimuth[at] - come)) >= 0
        by_go = np.sin(np.radians(azimuth[at] - go)) >= 0
        right[at] = np.where(by_come == by_go, by_come, turned(go - come) < 0)
        return right

    def others(self, lon: float, lat: float, within_m: float) -> tuple[Floats, Floats]:
        """Return chainage and distance of the nearest place on every edge within a distance."""
        lon = float(self.lon[0] + turned(lon - self.lon[0]))
        point = shapely.Point(*mercator(lon, lat))
        reach = 1.02 * within_m * float(mercator_scale(abs(lat) + within_m / 110_000))
        edge = self._mercator.query(point, predicate="dwithin", distance=reach)
        share, apart_m = self._foot(edge, np.full(edge.size, lon), np.full(edge.size, lat))
        keep = apart_m <= within_m
        at_m = self.at_m[edge] + share * (self.at_m[edge + 1] - self.at_m[edge])
        return at_m[keep], apart_m[keep]

    def inside(self, polygon: BaseGeometry) -> Spans:
        """Return the metres that lie inside a polygon, whose edges are straight in degrees."""
        polygon = polygon if polygon.is_valid else shapely.make_valid(polygon)
        shapely.prepare(polygon)
        edges = self._degrees.geometries
        touched = self._degrees.query(polygon, predicate="intersects")
        whole = shapely.covers(polygon, edges[touched])
        first, last = [self.at_m[touched[whole]]], [self.at_m[touched[whole] + 1]]
        cut = touched[~whole]
        parts, owner = shapely.get_parts(
            shapely.intersection(edges[cut], polygon), return_index=True
        )
        lines = shapely.get_type_id(parts) == 1
        parts, owner = parts[lines], cut[owner[lines]]
        for share in self._shares(parts, owner):
            length_m = self.at_m[owner + 1] - self.at_m[owner]
            first.append(self.at_m[owner] + share.min(axis=1) * length_m)
            last.append(self.at_m[owner] + share.max(axis=1) * length_m)
        return spans_between(np.concatenate(first), np.concatenate(last))

    def _shares(self, parts: Any, owner: Ints) -> list[Floats]:
        if not parts.size:
            return []
        ends = shapely.get_coordinates([shapely.get_point(parts, 0), shapely.get_point(parts, -1)])
        ends = ends.reshape(2, -1, 2)
        a = np.column_stack([self.lon[owner], self.lat[owner]])
        u = np.column_stack([self.lon[owner + 1], self.lat[owner + 1]]) - a
        return [np.clip(((ends - a) * u).sum(axis=2) / (u * u).sum(axis=1), 0, 1).T]

    def near(self, shapes: Any, within_m: float) -> Spans:
        """Return the metres within a distance of any shape (points, lines or areas, degrees)."""
        shapes = np.asarray(shapes, dtype=object).ravel()
        while np.any(shapely.get_type_id(shapes) > 3):
            shapes = shapely.get_parts(shapes)
        start, end = _shape_edges(shapes)
        found = Spans()
        for i in range(0, len(start), 2000):
            found = found | self._near_edges(start[i : i + 2000], end[i : i + 2000], within_m)
        for area in shapes[shapely.get_type_id(shapes) == 3]:
            found = found | self.inside(area)
        return found

    def _near_edges(self, start: Floats, end: Floats, within_m: float) -> Spans:
        (lon0, lat0), (lon1, lat1) = start.T, end.T
        ends = np.stack([np.stack(mercator(*start.T), 1), np.stack(mercator(*end.T), 1)], 1)
        highest = np.maximum(np.abs(lat0), np.abs(lat1)) + within_m / 110_000
        reach = 1.001 * within_m * mercator_scale(highest) + 1.0
        shapes: Any = shapely.linestrings(ends)
        alone = (start == end).all(axis=1)
        shapes[alone] = shapely.points(ends[alone, 0])  # the index finds no line without length
        who, edge = self._mercator.query(shapes, predicate="dwithin", distance=reach)
        px, py = self.lon[edge], self.lat[edge]
        ux, uy = offsets_m(self.lon[edge + 1], self.lat[edge + 1], px, py)
        ax, ay = offsets_m(lon0[who], lat0[who], px, py)
        bx, by = offsets_m(lon1[who], lat1[who], px, py)
        low, high = _within_capsule(ux, uy, ax, ay, bx, by, within_m)
        keep = low < high
        length_m = (self.at_m[edge + 1] - self.at_m[edge])[keep]
        start = self.at_m[edge][keep]
        return spans_between(start + low[keep] * length_m, start + high[keep] * length_m)


def spans_between(first_m: Floats, last_m: Floats) -> Spans:
    """Return the union of stretches given by float ends, rounded to whole metres."""
    order = np.argsort(first_m, kind="stable")
    first_m, last_m = np.rint(first_m[order]), np.maximum.accumulate(np.rint(last_m[order]))
    if not first_m.size:
        return Spans()
    breaks = np.flatnonzero(first_m[1:] > last_m[:-1])
    starts = first_m[np.concatenate([[0], breaks + 1])]
    ends = last_m[np.concatenate([breaks, [last_m.size - 1]])]
    return Spans.of(*((int(a), int(b)) for a, b in zip(starts, ends, strict=True)))


def _edges(x: Floats, y: Floats) -> Any:
    points = np.column_stack([x, y])
    return shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1))


def _shape_edges(shapes: Any) -> tuple[Floats, Floats]:
    """Return (n, 2) starts and ends of all edges, at most 1 km long; a point is its own edge."""
    areas = shapely.get_type_id(shapes) == 3
    flat = np.concatenate([shapes[~areas], shapely.get_parts(shapely.boundary(shapes[areas]))])
    flat = shapely.get_parts(flat)
    flat = shapely.segmentize(flat[~shapely.is_empty(flat)], 0.008)
    xy, owner = shapely.get_coordinates(flat, return_index=True)
    same = owner[1:] == owner[:-1]
    alone = np.bincount(owner, minlength=1)[owner] == 1 if owner.size else np.empty(0, bool)
    return np.concatenate([xy[:-1][same], xy[alone]]), np.concatenate([xy[1:][same], xy[alone]])


def _within_capsule(
    ux: Floats, uy: Floats, ax: Floats, ay: Floats, bx: Floats, by: Floats, radius: float
) -> tuple[Floats, Floats]:
    """Return the shares [low, high] of the edge (0,0)-(ux,uy) within `radius` of the edge a-b.

    That set is one interval, because the points within a distance of a straight edge are convex.
    """
    pieces = [_in_circle(ux, uy, ax, ay, radius), _in_circle(ux, uy, bx, by, radius)]
    vx, vy = bx - ax, by - ay
    length = np.hypot(vx, vy)
    flat = length < 1e-6
    length = np.where(flat, 1.0, length)
    along0, along = (-ax * vx - ay * vy) / length, (ux * vx + uy * vy) / length
    aside0, aside = (-ax * vy + ay * vx) / length, (ux * vy - uy * vx) / length
    low_a, high_a = _between(along0, along, np.zeros_like(length), np.where(flat, -1.0, length))
    low_b, high_b = _between(aside0, aside, -radius, radius)
    pieces.append((np.maximum(low_a, low_b), np.minimum(high_a, high_b)))
    low, high = np.full(ux.shape, np.inf), np.full(ux.shape, -np.inf)
    for first, last in pieces:
        first, last = np.maximum(first, 0.0), np.minimum(last, 1.0)
        some = first <= last
        low = np.where(some, np.minimum(low, first), low)
        high = np.where(some, np.maximum(high, last), high)
    return low, high


def _in_circle(
    ux: Floats, uy: Floats, cx: Floats, cy: Floats, radius: float
) -> tuple[Floats, Floats]:
    a = ux * ux + uy * uy
    middle = (cx * ux + cy * uy) / a
    inside = middle * middle - (cx * cx + cy * cy - radius * radius) / a
    half = np.sqrt(np.maximum(inside, 0.0))
    none = inside < 0
    return np.where(none, np.inf, middle - half), np.where(none, -np.inf, middle + half)


def _between(start: Floats, slope: Floats, low: Any, high: Any) -> tuple[Floats, Floats]:
    """Return where `low <= start + share * slope <= high`."""
    level = np.abs(slope) < 1e-12
    safe = np.where(level, 1.0, slope)
    one, two = (low - start) / safe, (high - start) / safe
    inside = (start >= low) & (start <= high)
    first = np.where(level, np.where(inside, -np.inf, np.inf), np.minimum(one, two))
    last = np.where(level, np.where(inside, np.inf, -np.inf), np.maximum(one, two))
    empty = np.broadcast_to(np.asarray(low) > np.asarray(high), first.shape)
    return np.where(empty, np.inf, first), np.where(empty, -np.inf, last)
