"""Areas to order images of: inside what a provider takes, over the corridor, none paid twice.

A provider refuses areas that are too small, too thin, too long or have too many corners. Here the
corridor of a stretch of border becomes one area that it takes; everything of the corridor stays
inside. Where several areas would be bought of the same product and date, they are laid so that no
land is paid twice as far as the limits allow.

Areas are computed in a metric projection of the place (UTM), and handed out in EPSG:4326.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry import Polygon, mapping
from shapely.geometry.base import BaseGeometry

from vallum.ground.errors import BadSetting
from vallum.ground.geodesy import WGS84, utm_epsg
from vallum.ground.records import Json
from vallum.ground.when import When

MARGIN_M = 50.0
"""Land ordered around the corridor: an image may lie some metres off."""

_SLIVER = 0.005  # share of an area that may be thinner than the least width: pointed corners
_LOST = 1e-4  # share of an area that may fall off it where it is cut from its neighbour
_GROW_STEPS = 40
_CORNER = 4
_DIGITS = 6  # of a degree: about 0.1 m


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What areas a provider takes.

    Attributes:
        min_km2: smallest area; 0 for none.
        max_km2: largest area; infinite for none.
        min_width_m: it is nowhere thinner than this; 0 for none.
        max_vertices: corners of its outline, the closing point not counted.
        max_aspect: length by width of the rectangle around it; infinite for none.
    """

    min_km2: float = 0.0
    max_km2: float = math.inf
    min_width_m: float = 0.0
    max_vertices: int = 500
    max_aspect: float = math.inf

    def __post_init__(self) -> None:
        if self.max_vertices < _CORNER:
            raise BadSetting(
                f"an area with at most {self.max_vertices} corners cannot be drawn; write "
                f"max_vertices = {_CORNER} or more"
            )
        if self.max_km2 < self.min_km2 or self.max_aspect < 1:
            raise BadSetting(
                "no area can be larger than max_km2 and smaller than min_km2, or less long than "
                "wide; mend max_km2, min_km2 or max_aspect"
            )


def area_km2(area: BaseGeometry) -> float:
    """Return the area on the ellipsoid (EPSG:4326)."""
    return abs(float(WGS84.geometry_area_perimeter(area)[0])) / 1e6


def aoi(corridor: BaseGeometry, limits: Limits, *, margin_m: float = MARGIN_M) -> Polygon:
    """Return one area around a corridor that a provider takes, as small as that allows.

    Args:
        corridor: land that must lie inside, EPSG:4326.
        limits: of the provider.
        margin_m: land added around it.

    Raises:
        BadSetting: no area around all of the corridor keeps the limits; order shorter stretches.
    """
    flat, back = _flat(corridor)
    area = _thickened(flat, limits, margin_m)
    area = _with_few_corners(area, limits)
    area = _grown(area, lambda one: _aspect(one) <= limits.max_aspect)
    true = area_km2(corridor) * 1e6 / flat.area  # of the projection
    area = _grown(area, lambda one: one.area * true / 1e6 >= limits.min_km2 * 1.0002)
    area = _with_few_corners(area, limits)
    found = _degrees(area, back)
    problems = breaches(found, limits, around=corridor)
    if problems:
        raise BadSetting(
            f"no area of this stretch is taken by the provider ({'; '.join(problems)}); nothing "
            "was ordered, choose another product or shorter sections"
        )
    return found


def breaches(
    area: BaseGeometry, limits: Limits, *, around: BaseGeometry | None = None
) -> tuple[str, ...]:
    """Return in words which limits an area breaks; empty when it may be ordered.

    Args:
        area: EPSG:4326.
        limits: of the provider.
        around: land that must lie inside; a hair of 0.1 % may not.
    """
    found = []
    if not isinstance(area, Polygon) or not area.is_valid or area.interiors:
        return ("it is no plain outline",)
    size_km2, flat = area_km2(area), _flat(area)[0]
    if size_km2 < limits.min_km2:
        found.append(f"{_beside(size_km2, limits.min_km2)} km2 is less than {limits.min_km2:g} km2")
    if size_km2 > limits.max_km2:
        found.append(f"{_beside(size_km2, limits.max_km2)} km2 is more than {limits.max_km2:g} km2")
    if len(area.exterior.coords) - 1 > limits.max_vertices:
        found.append(f"{len(area.exterior.coords) - 1} corners, more than {limits.max_vertices}")
    if _aspect(flat) > limits.max_aspect * 1.001:
        found.append(f"{_aspect(flat):.1f} times as long as wide, more than {limits.max_aspect:g}")
    if not _is_wide(flat, limits.min_width_m):
        found.append(f"somewhere thinner than {limits.min_width_m:,.0f} m")
    if around is not None and around.difference(area).area > 1e-3 * around.area:
        found.append("it leaves out some of the corridor")
    return tuple(found)


def _beside(size_km2: float, limit_km2: float) -> str:
    """Return a size with as many digits as tell it from a limit."""
    for digits in range(1, 7):
        if round(size_km2, digits) != limit_km2:
            return f"{size_km2:.{digits}f}"
    return f"{size_km2:.9f}"


def apart(
    areas: Sequence[Polygon], limits: Limits, *, around: Sequence[BaseGeometry] = ()
) -> tuple[Polygon, ...]:
    """Return areas of one product and date so that as little land as possible is in two of them.

    What an earlier area shows is cut from a later one, unless that would break a limit, cut it in
    pieces, or cut off some of its own corridor; then the two stay as they are. Pairs whose
    union costs no more than both stay apart too: which stretches go together was decided before.

    Args:
        areas: EPSG:4326.
        limits: of the provider.
        around: land that each must hold by itself, in the same order.
    """
    kept: list[Polygon] = []
    tree = shapely.STRtree(list(areas))
    for place, area in enumerate(areas):
        for other in sorted(int(k) for k in tree.query(area)):
            if other >= place:
                continue
            rest = area.difference(kept[other])
            largest = max(shapely.get_parts(rest), key=lambda one: one.area, default=Polygon())
            is_whole = largest.area > (1 - _LOST) * rest.area and largest.area < area.area
            if not is_whole:
                continue
            cut, land = _rounded(Polygon(largest.exterior)), around[place] if around else None
            if not breaches(cut, limits, around=land):
                area = cut
        kept.append(area)
    return tuple(kept)


def overlap_km2(areas: Sequence[Polygon]) -> float:
    """Return the land that is in more than one area, as often as it is paid too much."""
    if not areas:
        return 0.0
    return max(0.0, math.fsum(map(area_km2, areas)) - area_km2(shapely.union_all(list(areas))))


# -- what is handed out ---------------------------------------------------------------------


def feature_collection(
    areas: Sequence[tuple[BaseGeometry, Mapping[str, Json]]], *, note: str = ""
) -> dict[str, Json]:
    """Return areas with what is said of them as a GeoJSON FeatureCollection (RFC 7946).

    Args:
        areas: shape (EPSG:4326) and properties of each.
        note: a sentence for whoever opens the file.
    """
    features: list[Json] = [
        {"type": "Feature", "properties": dict(told), "geometry": geometry(shape)}
        for shape, told in areas
    ]
    collection: dict[str, Json] = {"type": "FeatureCollection"}
    if note:
        collection["note"] = note
    return collection | {"features": features}


def stac_query(
    area: BaseGeometry,
    when: When,
    *,
    gsd_m: float = math.inf,
    cloud_percent: float = 100.0,
    collections: Sequence[str] = (),
    limit: int = 100,
) -> dict[str, Json]:
    """Return the body of a STAC search (POST /search) for images of an area and time.

    Filters are in the query extension, which servers know best; one that does not know it answers
    with more images, never with fewer.

    Args:
        area: EPSG:4326.
        when: first and last day.
        gsd_m: coarsest pixels wanted; infinite for any.
        cloud_percent: most cloud, as the provider states it.
        collections: names on the server; all if empty.
        limit: images on one page.
    """
    body: dict[str, Json] = {
        "intersects": geometry(area),
        "datetime": f"{when.earliest}T00:00:00Z/{when.latest}T23:59:59Z",
        "limit": limit,
    }
    if collections:
        body["collections"] = list(collections)
    wanted: dict[str, Json] = {}
    if math.isfinite(gsd_m):
        wanted["gsd"] = {"lte": gsd_m}
    if cloud_percent < 100:
        wanted["eo:cloud_cover"] = {"lte": cloud_percent}
    return body | ({"query": wanted} if wanted else {})


def geometry(shape: BaseGeometry) -> dict[str, Json]:
    """Return a shape as GeoJSON (RFC 7946: outlines against the clock), to 0.1 m."""
    if isinstance(shape, Polygon):
        shape = shapely.geometry.polygon.orient(shape)
    whole: dict[str, Json] = {"type": shape.geom_type}
    return whole | {"coordinates": _listed(mapping(shape)["coordinates"])}


def _listed(value: object) -> Json:
    if isinstance(value, tuple | list):
        return [_listed(part) for part in value]
    return round(float(str(value)), _DIGITS)


# -- shapes in metres -----------------------------------------------------------------------

Back = Callable[[np.ndarray], np.ndarray]


def _flat(shape: BaseGeometry) -> tuple[BaseGeometry, Back]:
    """Return a shape in metres of the UTM zone of its middle, and the way back."""
    middle = shape.centroid
    there = Transformer.from_crs(4326, utm_epsg(middle.x, middle.y), always_xy=True)

    def back(xy: np.ndarray) -> np.ndarray:
        return np.column_stack(there.transform(xy[:, 0], xy[:, 1], direction="INVERSE"))

    return shapely.transform(shape, lambda xy: np.column_stack(there.transform(*xy.T))), back


def _degrees(area: Polygon, back: Back) -> Polygon:
    flat: Polygon = shapely.transform(area, back)
    return _rounded(flat)


def _rounded(area: Polygon) -> Polygon:
    """Return an area as it is written, without repeated corners; invalid if that broke it."""
    plain = Polygon(np.round(shapely.get_coordinates(area.exterior), _DIGITS)).simplify(0)
    return plain if isinstance(plain, Polygon) else area


def _thickened(flat: BaseGeometry, limits: Limits, margin_m: float) -> Polygon:
    """Return one outline around everything, nowhere thinner than the least width."""
    # Corners closer than some metres cost time and tell nothing.
    area = flat.buffer(margin_m + 4.0, join_style="mitre", mitre_limit=2.0).simplify(4.0)
    radius_m = limits.min_width_m / 2
    if radius_m and not _is_wide(_outline(area), limits.min_width_m):
        # What lies within half the least width of the middle line is as wide as that everywhere.
        inner = area.buffer(-radius_m)
        core = area if inner.is_empty else inner.union(area)
        area = core.buffer(radius_m, quad_segs=4)
        spare_m = _spare_m(area, flat, margin_m, limits.min_width_m)
        area = area.buffer(-spare_m, quad_segs=4)
    return _outline(area)


def _spare_m(area: BaseGeometry, flat: BaseGeometry, margin_m: float, min_width_m: float) -> float:
    """Return by how much a thickened area may shrink again and still be wide enough."""
    low_m, high_m = 0.0, min_width_m / 2
    kept = flat.buffer(margin_m / 2)
    for _ in range(12):
        middle_m = (low_m + high_m) / 2
        one = _outline(area.buffer(-middle_m, quad_segs=4))
        if one.covers(kept) and _is_wide(one, min_width_m):
            low_m = middle_m
        else:
            high_m = middle_m
    return low_m


def _outline(area: BaseGeometry) -> Polygon:
    """Return one polygon without holes; pieces that lie apart are joined by their hull."""
    parts = [part for part in shapely.get_parts(area) if isinstance(part, Polygon)]
    if not parts:
        return Polygon()
    whole = parts[0] if len(parts) == 1 else shapely.convex_hull(shapely.union_all(parts))
    return Polygon(whole.exterior) if isinstance(whole, Polygon) else Polygon()


def _with_few_corners(area: Polygon, limits: Limits) -> Polygon:
    """Return an area around `area` with as many corners as are taken."""
    by_m = 1.0
    while len(area.exterior.coords) - 1 > limits.max_vertices and by_m < 1e5:
        # Simplified, then moved out by what that may have cut off, so that all stays inside.
        simple = _wider(_outline(area.simplify(by_m)), by_m)
        simple = _outline(simple.simplify(by_m / 4))
        if len(simple.exterior.coords) - 1 <= limits.max_vertices and simple.covers(area):
            return simple
        by_m *= 1.6
    if len(area.exterior.coords) - 1 <= limits.max_vertices:
        return area
    around = shapely.minimum_rotated_rectangle(area)
    return around if isinstance(around, Polygon) else area


def _grown(area: Polygon, is_enough: Callable[[Polygon], bool]) -> Polygon:
    """Return an area grown evenly until something holds; as it is where it never does."""
    if is_enough(area):
        return area
    high_m = 10.0
    for _ in range(24):
        if is_enough(_wider(area, high_m)):
            break
        high_m *= 2
    else:
        return area
    low_m = 0.0
    for _ in range(_GROW_STEPS):
        middle_m = (low_m + high_m) / 2
        if is_enough(_wider(area, middle_m)):
            high_m = middle_m
        else:
            low_m = middle_m
    return _wider(area, high_m)


def _wider(area: Polygon, by_m: float) -> Polygon:
    return _outline(area.buffer(by_m, join_style="mitre", mitre_limit=2.0))


def _aspect(area: BaseGeometry) -> float:
    """Return length by width of the smallest rectangle around an area."""
    around = shapely.minimum_rotated_rectangle(area)
    corners = shapely.get_coordinates(around)
    sides = np.hypot(*np.diff(corners[:3], axis=0).T)
    return float(sides.max() / sides.min()) if len(sides) and sides.min() > 0 else math.inf


def _is_wide(area: BaseGeometry, width_m: float) -> bool:
    """Say whether a disc of nearly the width passes through all of an area but its corners."""
    if not width_m:
        return True
    radius_m = 0.98 * width_m / 2
    opened = area.buffer(-radius_m)
    if opened.is_empty or len(shapely.get_parts(opened)) > 1:
        return False
    # A square corner holds 1 - pi/4 of a radius square that no disc reaches.
    corners_m2 = 8 * (1 - math.pi / 4) * radius_m**2
    missed_m2 = area.difference(opened.buffer(radius_m, quad_segs=16)).area
    return bool(missed_m2 <= max(_SLIVER * area.area, corners_m2))
