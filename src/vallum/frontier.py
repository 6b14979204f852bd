"""The frontier: a frozen line, the kilometres along it, and the land on both of its sides."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import numpy as np
import orjson
import shapely
from numpy.typing import ArrayLike
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, mapping
from shapely.geometry.base import BaseGeometry

from vallum.ground.chain import Chain
from vallum.ground.corridor import corridor
from vallum.ground.errors import BadInput, BadLine, BadSetting, NoChainage
from vallum.ground.geodesy import Floats, geodesic_length_m, moved, utm_epsg
from vallum.ground.line import one_line
from vallum.ground.span import Span, Spans

__all__ = ["Fill", "Frontier", "Place", "Section", "geodesic_length_m", "packaged_names"]

_SHAPE_STEP_DEG = 0.0001  # about 10 m; the hull of a shape is looked for at least this finely
_SHAPE_POINTS = 20_000


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a point is: so many metres along the frontier, so many beside it.

    Args:
        at_m: chainage.
        off_m: distance to the frontier; negative left of the direction of rising chainage.
        rival: another place on a meander, about as near, far along the line from this one.
    """

    at_m: float
    off_m: float
    rival: Place | None = None

    @property
    def side(self) -> Literal["left", "right"]:
        """The side of the direction of rising chainage; on the line itself it is right."""
        return "left" if self.off_m < 0 else "right"


@dataclass(frozen=True, kw_only=True)
class Section:
    """A short stretch of frontier with its own UTM zone: the unit of work.

    Args:
        number: 1 at the start of the frontier.
        span: its metres.
        epsg: EPSG code of the UTM zone (WGS84) at its middle.
    """

    number: int
    span: Span
    epsg: int


@dataclass(frozen=True, kw_only=True)
class Fill:
    """A stretch that the source does not draw as a border and that was closed in another way."""

    span: Span
    kind: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Frontier:
    """A border line with its chainage, frozen together with its source and its tolerance.

    Vertices are joined by geodesics of the WGS84 ellipsoid. "489 km of 1,400" means nothing
    without the line, its tolerance and its source, so `str(frontier)` says all three.

    Args:
        name: short name, as on the command line.
        line: EPSG:4326, in the direction of rising chainage.
        source: where the line comes from.
        licence: terms of use of the line.
        credit: words to print beside anything made from it.
        tolerance_m: how far the line may leave what was mapped; 0 when not known.
        left: country on the left of the direction of rising chainage.
        right: country on the right.
        start: name of the place at chainage 0.
        end: name of the place at the other end.
        title: words for people.
        fills: stretches that the source does not draw as a border.
        caveats: what to know before using the line, and what was done on reading it.

    Raises:
        BadLine: the line has no length, crosses itself or the 180th meridian, or is not on Earth.
    """

    name: str
    line: LineString
    source: str = ""
    licence: str = ""
    credit: str = ""
    tolerance_m: float = 0.0
    left: str = ""
    right: str = ""
    start: str = ""
    end: str = ""
    title: str = ""
    fills: tuple[Fill, ...] = ()
    caveats: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "line", one_line([self.line], self.name)[0])
        if self._chain.length_m < 0.5:
            raise BadLine(
                f"{self.name}: the line is {self._chain.length_m:.2f} m long, less than "
                "the metre in which vallum counts; give a longer line"
            )

    @classmethod
    def packaged(cls, name: str) -> Frontier:
        """Return a line that comes with vallum; `packaged_names()` lists them.

        Raises:
            BadLine: there is none of that name.
        """
        if name not in packaged_names():
            known = ", ".join(packaged_names())
            raise BadLine(
                f"no packaged frontier is called '{name}'; choose one of {known}, or give a file"
            )
        return _packaged(name)

    @classmethod
    def read(cls, path: Path | str, *, near: BaseGeometry | None = None) -> Frontier:
        """Read a frontier from GeoJSON, KML, KMZ, GeoPackage or Shapefile.

        The file is opened in the limited process. Parts that meet end to end within a metre are
        joined, and `caveats` says so.

        Args:
            path: a file that holds one line.
            near: where the line must be (EPSG:4326); used to notice swapped coordinates.

        Raises:
            BadLine: the file holds no usable line; the message says why and what to do.
        """
        from vallum.ground.vector import read_shapes_with_problems

        path = Path(path)
        try:
            features, problems = read_shapes_with_problems(path)
        except BadInput as error:
            raise error if isinstance(error, BadLine) else BadLine(str(error)) from error
        if not features and problems:
            why = problems[0].removeprefix(f"{path.name}: ")
            raise BadLine(f"{path.name}: holds no usable line, nothing was read; {why}")
        line, notes = one_line([feature.shape for feature in features], path.name, near)
        lines = [f for f in features if "Line" in f.shape.geom_type]
        return _made(line, lines[0].properties if lines else {}, path.stem, [*notes, *problems])

    @classmethod
    def from_geojson(cls, collection: Mapping[str, Any]) -> Frontier:
        """Rebuild what `to_geojson` returned; for our own files, not for foreign ones."""
        feature = collection["features"][0]
        line = LineString(feature["geometry"]["coordinates"])
        return _made(line, feature["properties"], "frontier", [])

    def to_geojson(self) -> dict[str, Any]:
        """Return an RFC 7946 FeatureCollection that `read` turns into the same frontier."""
        properties = {
            "name": self.name,
            "title": self.title,
            "from": self.start,
            "to": self.end,
            "left": self.left,
            "right": self.right,
            "source": self.source,
            "licence": self.licence,
            "credit": self.credit,
            "tolerance_m": self.tolerance_m,
            "length_m": self.length_m,
            "fills": [
                {"from_m": f.span.start_m, "to_m": f.span.end_m, "kind": f.kind} for f in self.fills
            ],
            "caveats": list(self.caveats),
        }
        feature = {
            "type": "Feature",
            "properties": properties,
            "geometry": json.loads(json.dumps(mapping(self.line))),
        }
        return {"type": "FeatureCollection", "features": [feature]}

    @cached_property
    def _chain(self) -> Chain:
        return Chain.of(*shapely.get_coordinates(self.line).T)

    def __getstate__(self) -> dict[str, Any]:
        # The indexes are rebuilt on the other side; they are larger than the line.
        return {key: value for key, value in self.__dict__.items() if key != "_chain"}

    @cached_property
    def length_m(self) -> int:
        """Geodesic length in whole metres."""
        return round(self._chain.length_m)

    @property
    def span(self) -> Span:
        """The whole frontier."""
        return Span(0, self.length_m)

    def points_at(self, at_m: ArrayLike, off_m: ArrayLike = 0.0) -> tuple[Floats, Floats]:
        """Return longitudes and latitudes of places along the frontier.

        Args:
            at_m: chainages; those outside the frontier give its ends.
            off_m: metres beside it, left negative; broadcast against `at_m`.
        """
        at, off = np.broadcast_arrays(np.asarray(at_m, float), np.asarray(off_m, float))
        edge, share = self._chain.edge_at(at)
        lon, lat = self._chain.place(edge, share)
        if not np.any(off):
            return lon, lat
        return moved(lon, lat, self._chain.azimuth(edge, share) + 90.0, off)

    def point_at(self, at_m: float, off_m: float = 0.0) -> Point:
        """Return one place along the frontier, `off_m` beside it (left negative)."""
        lon, lat = self.points_at(at_m, off_m)
        return Point(float(lon), float(lat))

    def bearings_at(self, at_m: ArrayLike) -> Floats:
        """Return the direction of rising chainage in degrees from north, [0, 360)."""
        edge, share = self._chain.edge_at(np.asarray(at_m, float))
        return self._chain.azimuth(edge, share) % 360.0

    def locate(self, lon: float, lat: float, *, limit_m: float = math.inf) -> Place:
        """Return the nearest place on the frontier, with a rival where a meander has one.

        A rival is at most 1.5 times as far away (25 m are granted) and lies at least three times
        both distances away along the line.

        Args:
            lon: degrees east.
            lat: degrees north.
            limit_m: farthest accepted distance from the frontier.

        Raises:
            NoChainage: the point is farther than `limit_m`, or not on Earth.
        """
        if not (abs(lon) <= 180 and abs(lat) <= 90):
            raise NoChainage(
                f"{self.name}: longitude {lon:g}, latitude {lat:g} is not on Earth; "
                "write longitude first, in degrees"
            )
        at, off = self._chain.locate(np.array([lon]), np.array([lat]))
        at_m, off_m = min(float(at[0]), float(self.length_m)), float(off[0])
        if abs(off_m) > limit_m:
            raise NoChainage(
                f"{self.name}: point {lon:.5f}, {lat:.5f} is {abs(off_m):,.0f} m from the frontier "
                f"(limit {limit_m:,.0f} m); widen the corridor or check longitude and latitude"
            )
        return Place(at_m=at_m, off_m=off_m, rival=self._rival(lon, lat, at_m, abs(off_m)))

    def _rival(self, lon: float, lat: float, at_m: float, away_m: float) -> Place | None:
        if away_m > 20_000:
            return None
        other, apart_m = self._chain.others(lon, lat, 1.5 * away_m + 25.0)
        far = np.abs(other - at_m) > 3.0 * (away_m + apart_m)
        if not far.any():
            return None
        other_m = float(other[far][np.argmin(apart_m[far])])
        near_lon, near_lat = self.points_at(other_m + np.array([-0.5, 0.5]))
        piece = Chain.of(near_lon, near_lat)
        _, off = piece.locate(np.array([lon]), np.array([lat]))
        return Place(at_m=other_m, off_m=float(off[0]))

    def locate_many(self, lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
        """Return chainage and signed offset (left negative) of many points; no rivals, no limit.

        Raises:
            NoChainage: a point is not on Earth.
        """
        lon, lat = np.broadcast_arrays(np.asarray(lon, float), np.asarray(lat, float))
        if not np.all((np.abs(lon) <= 180) & (np.abs(lat) <= 90)):
            raise NoChainage(
                f"{self.name}: some of the points are not on Earth; write longitude "
                "first, in degrees"
            )
        at, off = self._chain.locate(lon.ravel(), lat.ravel())
        return np.minimum(at, self.length_m).reshape(lon.shape), off.reshape(lon.shape)

    def span_of(self, shape: BaseGeometry) -> Span:
        """Return the shortest span that holds the nearest place of every point of `shape`.

        Args:
            shape: EPSG:4326. It is sampled at least every 10 m, coarser only when it is so large
                that this would take more than 20,000 points.

        Raises:
            NoChainage: the shape is empty.
        """
        if shape.is_empty:
            raise NoChainage(f"{self.name}: an empty shape has no place on the frontier")
        step = max(_SHAPE_STEP_DEG, shape.length / _SHAPE_POINTS)
        lon, lat = shapely.get_coordinates(shapely.segmentize(shape, step)).T
        at, _ = self.locate_many(lon, lat)
        start = min(math.floor(at.min() + 1e-3), self.length_m - 1)
        return Span(start, min(max(math.ceil(at.max() - 1e-3), start + 1), self.length_m))

    def spans_near(self, shapes: Iterable[BaseGeometry], within_m: float) -> Spans:
        """Return the metres of frontier within a distance of any shape (EPSG:4326)."""
        kept = [shape for shape in shapes if not shape.is_empty]
        return self._chain.near(kept, within_m) & self.span if kept else Spans()

    def spans_inside(self, polygon: BaseGeometry) -> Spans:
        """Return the metres of frontier inside a polygon (EPSG:4326, edges straight in degrees)."""
        return self._chain.inside(polygon) & self.span

    def line_of(self, span: Span) -> LineString:
        """Return the line of a span, densified so that straight edges follow the geodesics."""
        return LineString(np.column_stack(self._vertices(span)))

    def _vertices(self, span: Span) -> tuple[Floats, Floats]:
        chain = self._chain
        first, last = min(span.start_m, chain.length_m - 0.5), min(span.end_m, chain.length_m)
        if span.end_m >= self.length_m:
            last = chain.length_m
        inner = (chain.at_m > first + 0.01) & (chain.at_m < last - 0.01)
        lon, lat = self.points_at([first, last])
        return (
            np.concatenate([lon[:1], chain.lon[inner], lon[1:]]),
            np.concatenate([lat[:1], chain.lat[inner], lat[1:]]),
        )

    def corridor(self, span: Span, left_m: float, right_m: float) -> Polygon | MultiPolygon:
        """Return the land within `left_m` on the left and `right_m` on the right of a span.

        It follows meanders and is valid also where it is wider than they are; its ends are flat.

        Raises:
            BadSetting: a width is negative, or both are zero.
        """
        if left_m < 0 or right_m < 0 or left_m + right_m <= 0:
            raise BadSetting(
                f"a corridor of {left_m:g} m on the left and {right_m:g} m on the "
                "right has no area; give widths of 0 or more, one of them above 0"
            )
        return corridor(*self._vertices(span), left_m, right_m)

    def sections(self, length_m: int = 2000) -> tuple[Section, ...]:
        """Return the frontier cut into sections; they partition it, and the last takes the rest.

        Raises:
            BadSetting: the length is below 1 m.
        """
        if length_m < 1:
            raise BadSetting(f"sections of {length_m} m cannot be made; give 1 m or more")
        starts = range(0, self.length_m, length_m)
        spans = [Span(start, min(start + length_m, self.length_m)) for start in starts]
        lon, lat = self.points_at([span.middle_m for span in spans])
        return tuple(
            Section(number=i + 1, span=span, epsg=utm_epsg(float(x), float(y)))
            for i, (span, x, y) in enumerate(zip(spans, lon, lat, strict=True))
        )

    def transects(
        self, span: Span, left_m: float, right_m: float, *, step_m: float = 10, across: int = 21
    ) -> tuple[Floats, Floats, Floats]:
        """Return sample points across the corridor.

        The span is cut into equal cells of about `step_m`; each transect stands in the middle of
        its cell, so that the share of transects is a share of metres.

        Returns:
            at_m (n,), and lon and lat (n, across), from the left edge to the right.
        """
        n = max(1, round(span.length_m / step_m))
        at_m = np.asarray(span.start_m + (np.arange(n) + 0.5) * (span.length_m / n), np.float64)
        off_m = np.linspace(-left_m, right_m, across)
        lon, lat = self.points_at(at_m[:, None], off_m[None, :])
        return at_m, lon, lat

    @property
    def tolerance(self) -> str:
        """The tolerance in words; a length means little without it."""
        return f"{self.tolerance_m:g} m tolerance" if self.tolerance_m else "unknown tolerance"

    def __str__(self) -> str:
        km = (
            f"{self.length_m / 1000:,.0f}"
            if self.length_m >= 100_000
            else (f"{self.length_m / 1000:,.3f}")
        )
        return (
            f"{self.title or self.name}: {km} km at {self.tolerance}, "
            f"source {self.source or 'unknown'}, licence {self.licence or 'unknown'}"
        )

    def _repr_html_(self) -> str:
        rows = {
            "length": f"{self.length_m / 1000:,.3f} km (geodesic, WGS84)",
            "tolerance": f"{self.tolerance_m:g} m" if self.tolerance_m else "unknown",
            "from": self.start,
            "to": self.end,
            "left": self.left,
            "right": self.right,
            "source": self.source,
            "licence": self.licence,
            "credit": self.credit,
        }
        cells = "".join(
            f"<tr><th>{key}</th><td>{html.escape(value)}</td></tr>"
            for key, value in rows.items()
            if value
        )
        return f"<table><caption>{html.escape(self.title or self.name)}</caption>{cells}</table>"


def _folder() -> Any:
    return resources.files("vallum") / "data" / "frontiers"


@cache
def packaged_names() -> dict[str, str]:
    """Return name and title of the lines that come with vallum."""
    files = sorted(
        (f for f in _folder().iterdir() if f.name.endswith(".geojson")), key=lambda f: str(f.name)
    )
    return {f.name.removesuffix(".geojson"): _properties(f)["title"] for f in files}


def _properties(file: Any) -> dict[str, Any]:
    return dict(orjson.loads(file.read_bytes())["features"][0]["properties"])


@cache
def _packaged(name: str) -> Frontier:
    feature = orjson.loads((_folder() / f"{name}.geojson").read_bytes())["features"][0]
    line = LineString(feature["geometry"]["coordinates"])
    return _made(line, feature["properties"], name, [])


def _made(line: LineString, told: Mapping[str, Any], name: str, notes: list[str]) -> Frontier:
    """Build a frontier from what its file tells of it."""
    text = {
        key: str(told.get(key) or "")
        for key in ("title", "source", "licence", "credit", "left", "right", "from", "to")
    }
    tolerance = told.get("tolerance_m")
    caveats = [str(c) for c in _listed(told.get("caveats"))]
    fills = [
        Fill(span=Span(int(f["from_m"]), int(f["to_m"])), kind=str(f.get("kind", "")))
        for f in _listed(told.get("fills"))
        if isinstance(f, dict) and 0 <= int(f["from_m"]) < int(f["to_m"])
    ]
    return Frontier(
        name=str(told.get("name") or name),
        line=line,
        source=text["source"],
        licence=text["licence"],
        credit=text["credit"] or text["licence"],
        tolerance_m=float(tolerance) if isinstance(tolerance, int | float) else 0.0,
        left=text["left"],
        right=text["right"],
        start=text["from"],
        end=text["to"],
        title=text["title"],
        fills=tuple(fills),
        caveats=(*caveats, *notes),
    )


def _listed(value: Any) -> list[Any]:
    """Return a list that may have come as JSON text."""
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return [value] if value else []
    return value if isinstance(value, list) else []
