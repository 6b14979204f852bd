"""What land a border runs through: slope, water, cover and built-up land, from free maps.

Rasters are opened in the limited process only, one section at a time: a height model of a whole
country costs no more memory than one of its corner. Shapes come through `ground.vector`.

Slope is by central differences on a grid of the model's own pixels, at least 10 m; a coarser model
gives gentler slopes, so its pixel size is said with the figure. The width of a river is measured
across the line, where water lies on it or near it, and is the middle of all such widths.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from vallum.frontier import Frontier, Section
from vallum.ground import vector
from vallum.ground.errors import BadImage, BadInput, WorkerFailed
from vallum.ground.foreign import call
from vallum.ground.geodesy import WGS84, Floats
from vallum.ground.names import NamedPlace

REACH_M = 1000.0
"""How far to each side of the line land is described."""

NEAR_M = 150.0
"""Water this near to the line is taken to be the water that it runs along."""

STEEP_DEG = 17.0
"""Slope from which land is an obstacle (30 %); a choice."""

RIVER_M, WIDE_M = 20.0, 1000.0
"""Widths from which water is an obstacle, and from which it is no river; a choice."""

WORLD_COVER = {
    10: "trees", 20: "shrubs", 30: "grass", 40: "crop", 50: "built", 60: "bare", 70: "snow",
    80: "water", 90: "wetland", 95: "mangrove", 100: "moss",
}  # fmt: skip
"""Classes of ESA WorldCover (product user manual v2.0), which are taken where none are given."""

_ACROSS_M = 1500.0  # how far to each side water is looked for
_TRANSECT_M = 100.0
_LEAST_STEP_M = 10.0
_MOST_CELLS = 1_000_000
_MOST_BLOCK = 4_000_000
_LEAST_KNOWN = 0.5  # share of the land that a map must cover
_SEA_M = 1.0
_CHUNK = 40
_WALL_S = 300.0
_TOWNS = ("city", "county", "town")

Told = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Maps:
    """The files that a person has; None where there is none.

    Attributes:
        dem: heights in metres, GeoTIFF.
        water: GeoTIFF (1, or the percent of time with water), or shapes of water.
        land_cover: GeoTIFF of classes.
        settlements: GeoTIFF (above 0 is built up), or shapes.
        classes: what the numbers of `land_cover` mean.
    """

    dem: Path | None = None
    water: Path | None = None
    land_cover: Path | None = None
    settlements: Path | None = None
    classes: Mapping[int, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Land:
    """What maps say of one section; NaN or empty where they say nothing."""

    slope_deg: float = math.nan
    relief_m: float = math.nan
    lowest_m: float = math.nan
    river_width_m: float = math.nan
    settled_share: float = math.nan
    land_cover: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def obstacle(self) -> str:
        """river, lake, sea, steep or none; empty where not enough is known to say none."""
        if self.river_width_m >= RIVER_M:
            if self.river_width_m < WIDE_M:
                return "river"
            return "sea" if self.lowest_m <= _SEA_M else "lake"
        if self.slope_deg >= STEEP_DEG:
            return "steep"
        is_known = math.isfinite(self.river_width_m) and math.isfinite(self.slope_deg)
        return "none" if is_known else ""


def read(
    frontier: Frontier, sections: Sequence[Section], maps: Maps
) -> tuple[list[Land], dict[str, str]]:
    """Return what maps say of each section, and why, for each map that cannot be used at all.

    Args:
        frontier: the line.
        sections: of it.
        maps: the files.
    """
    shapes, rasters, problems = _opened(maps)
    told: list[Told] = [{} for _ in sections]
    line = frontier.to_geojson()
    for first in range(0, len(sections), _CHUNK):
        some = sections[first : first + _CHUNK]
        for name, answered in _asked(line, rasters, some, problems).items():
            for k, answer in enumerate(answered):
                told[first + k][name] = answer
    classes = maps.classes or WORLD_COVER
    land = []
    for section, answers in zip(sections, told, strict=True):
        for name, areas in shapes.items():
            answers[name] = _of_shapes(frontier, section, name, areas)
        land.append(_land(answers, classes))
    return land, problems


def _asked(
    line: Told, rasters: dict[str, Path], sections: Sequence[Section], problems: dict[str, str]
) -> dict[str, list[Told | None]]:
    """Return what rasters say of some sections; one that cannot be read is taken out of them."""
    if not rasters:
        return {}
    plain = [[s.span.start_m, s.span.end_m, s.epsg, s.number] for s in sections]

    def asked(names: Sequence[str]) -> Told:
        paths = {name: str(rasters[name].absolute()) for name in names}
        order = {"line": line, "paths": paths, "sections": plain}
        return dict(call("vallum.imagery.land:told_by_rasters", order, wall_s=_WALL_S))

    try:
        found = asked(list(rasters))
    except WorkerFailed:
        # One of them brought the process down: each is asked alone.
        found = {}
        for name in rasters:
            try:
                found |= asked([name])
            except WorkerFailed as error:
                found[name] = str(error)
    for name in [name for name, answer in found.items() if isinstance(answer, str)]:
        path, why = rasters.pop(name), found.pop(name)
        problems[name] = f"{path.name}: {why}; {_WORDS[name]} not told, save it again"
    return found


def nearest_town(
    frontier: Frontier, section: Section, places: Sequence[NamedPlace]
) -> tuple[str, float]:
    """Return the nearest town of a gazetteer and its distance from the section in metres.

    Towns are points there, a kilometre or two off; so is the distance.
    """
    towns = [one for one in places if one.kind in _TOWNS]
    if not towns:
        return "", math.nan
    n = max(2, section.span.length_m // 200)
    lon, lat = frontier.points_at(np.linspace(section.span.start_m, section.span.end_m, n))
    east = np.repeat([one.lon for one in towns], n)
    north = np.repeat([one.lat for one in towns], n)
    _, _, away_m = WGS84.inv(np.tile(lon, len(towns)), np.tile(lat, len(towns)), east, north)
    nearest_m = np.asarray(away_m).reshape(len(towns), n).min(axis=1)
    best = int(np.argmin(nearest_m))
    return towns[best].name, float(nearest_m[best])


_WORDS = {
    "dem": "slopes are",
    "water": "rivers are",
    "land_cover": "land cover is",
    "settlements": "settled land is",
}


def _opened(
    maps: Maps,
) -> tuple[dict[str, list[vector.Feature]], dict[str, Path], dict[str, str]]:
    """Return shapes that were read, rasters that are there, and what cannot be used."""
    shapes: dict[str, list[vector.Feature]] = {}
    rasters: dict[str, Path] = {}
    problems: dict[str, str] = {}
    for name, word in _WORDS.items():
        path: Path | None = getattr(maps, name)
        if path is None:
            continue
        is_shapes = path.name.lower().endswith(vector.SUFFIXES)
        if not path.is_file():
            problems[name] = f"{path}: does not exist; {word} not told, check the path"
        elif is_shapes and name in {"water", "settlements"}:
            try:
                shapes[name] = vector.read_shapes(path)
            except BadInput as error:
                problems[name] = f"{error}; {word} not told"
        elif is_shapes:
            problems[name] = f"{path.name}: {word} read from a GeoTIFF; save it as one"
        else:
            rasters[name] = path
    return shapes, rasters, problems


def _land(answers: Told, classes: Mapping[int, str]) -> Land:
    """Join what the maps told of one section."""
    missing = [f"{name}: does not cover the section" for name in answers if not answers[name]]
    dem, water = answers.get("dem") or {}, answers.get("water") or {}
    cover, settled = answers.get("land_cover") or {}, answers.get("settlements") or {}
    shares: dict[str, float] = {}
    for code, share in cover.get("shares", []):
        word = classes.get(int(code), f"class {int(code)}")
        shares[word] = shares.get(word, 0.0) + share
    ranked = sorted(shares.items(), key=lambda entry: (-entry[1], entry[0]))
    return Land(
        slope_deg=dem.get("slope_deg", math.nan),
        relief_m=dem.get("relief_m", math.nan),
        lowest_m=dem.get("lowest_m", math.nan),
        river_width_m=_middle(water["widths"]) if water else math.nan,
        settled_share=settled.get("share", shares.get("built", math.nan) if cover else math.nan),
        land_cover=tuple(f"{word} {share:.2f}" for word, share in ranked if share >= 0.005),
        problems=tuple(missing),
    )


def _middle(widths: Sequence[float]) -> float:
    """Return the middle width where water is beside most of a section; 0 where it is dry."""
    wet = [width for width in widths if width > 0]
    return float(np.median(wet)) if 2 * len(wet) >= len(widths) and wet else 0.0


# -- shapes ---------------------------------------------------------------------------------


def _of_shapes(
    frontier: Frontier, section: Section, name: str, features: Sequence[vector.Feature]
) -> Told:
    """Return what shapes say of a section; nothing of a map that ends elsewhere is guessed."""
    reach_m = _ACROSS_M if name == "water" else REACH_M
    land = frontier.corridor(section.span, reach_m, reach_m)
    near = [one.shape for one in features if one.shape.intersects(land)]
    there = Transformer.from_crs(4326, section.epsg, always_xy=True)

    def flat(shape: BaseGeometry) -> BaseGeometry:
        return shapely.transform(shape, lambda xy: np.column_stack(there.transform(*xy.T)))

    areas = shapely.union_all([flat(one) for one in near if "Polygon" in one.geom_type])
    if name == "settlements":
        return {"share": float(areas.intersection(flat(land)).area / flat(land).area)}
    _, lon, lat = frontier.transects(
        section.span, _ACROSS_M, _ACROSS_M, step_m=_TRANSECT_M, across=3
    )
    x, y = there.transform(lon, lat)
    return {"widths": [_width(areas, xy) for xy in np.stack([x, y], axis=2)]}


def _width(areas: BaseGeometry, xy: Floats) -> float:
    """Return the length of the piece of a transect in water that is nearest to its middle."""
    wet = shapely.LineString(xy).intersection(areas)
    middle = shapely.Point(xy[1])
    pieces = [one for one in shapely.get_parts(wet) if one.distance(middle) <= NEAR_M]
    return float(min(pieces, key=lambda one: one.distance(middle)).length) if pieces else 0.0


# -- rasters; in the limited process only -----------------------------------------------------


def told_by_rasters(
    line: Told, paths: Mapping[str, str], sections: Sequence[Sequence[int]]
) -> dict[str, list[Told | None] | str]:
    """Return what each raster says of sections (None where it does not cover one), or why not.

    Runs in the limited process.

    Args:
        line: the frontier as GeoJSON.
        paths: by layer: dem, water, land_cover, settlements.
        sections: first metre, end, EPSG code and number of each.
    """
    from vallum.ground.span import Span

    frontier = Frontier.from_geojson(line)
    places = [Section(number=n, span=Span(a, b), epsg=epsg) for a, b, epsg, n in sections]
    found: dict[str, list[Told | None] | str] = {}
    for layer, path in paths.items():
        try:
            found[layer] = _raster(frontier, layer, path, places)
        except BadImage as error:
            found[layer] = str(error)
    return found


def _raster(
    frontier: Frontier, layer: str, path: str, sections: Sequence[Section]
) -> list[Told | None]:
    import rasterio
    from pyproj.exceptions import ProjError
    from rasterio.errors import RasterioError

    work = {"dem": _heights, "water": _waters, "land_cover": _covers, "settlements": _built}[layer]
    try:
        with rasterio.open(path) as source:
            if source.crs is None:
                raise BadImage("does not say where it lies (no CRS)")
            return [work(source, frontier, section) for section in sections]
    except (RasterioError, ProjError) as error:
        raise BadImage(f"cannot be read as a map ({type(error).__name__})") from error


def _heights(source: Any, frontier: Frontier, section: Section) -> Told | None:
    step_m = max(_LEAST_STEP_M, _pixel_m(source, frontier, section))
    x, y, inside, step_m = _grid(frontier, section, step_m)
    height = _sampled(source, *_degrees(x, y, section), is_smooth=True)
    south_m, east_m = np.gradient(height, step_m)
    slope = np.degrees(np.arctan(np.hypot(south_m, east_m)))
    known = inside & np.isfinite(height)
    if known.sum() < _LEAST_KNOWN * inside.sum():
        return None
    low, high = np.percentile(height[known], (5, 95))
    slopes = slope[inside & np.isfinite(slope)]
    return {
        "slope_deg": float(np.median(slopes)) if len(slopes) else math.nan,
        "relief_m": float(high - low),
        "lowest_m": float(height[known].min()),
    }


def _waters(source: Any, frontier: Frontier, section: Section) -> Told | None:
    step_m = min(max(5.0, _pixel_m(source, frontier, section) / 2), 50.0)
    across = 2 * math.ceil(_ACROSS_M / step_m) + 1
    step_m = 2 * _ACROSS_M / (across - 1)
    _, lon, lat = frontier.transects(
        section.span, _ACROSS_M, _ACROSS_M, step_m=_TRANSECT_M, across=across
    )
    value = _sampled(source, lon, lat)
    known = np.isfinite(value)
    if known.mean() < _LEAST_KNOWN:
        return None
    wet = (value == 1) | ((value >= 50) & (value <= 100))
    return {"widths": [_run_m(row, step_m) for row in wet]}


def _run_m(wet: NDArray[np.bool_], step_m: float) -> float:
    """Return the length of the run of water that is nearest to the middle of a transect."""
    turns = np.flatnonzero(np.diff(wet.astype(np.int8), prepend=0, append=0))
    first, end = turns[::2], turns[1::2]
    middle = len(wet) // 2
    away = np.maximum(0, np.maximum(first - middle, middle - (end - 1))) * step_m
    if not len(away) or away.min() > NEAR_M:
        return 0.0
    best = int(np.argmin(away))
    return float((end[best] - first[best]) * step_m)


def _covers(source: Any, frontier: Frontier, section: Section) -> Told | None:
    value, inside = _land_pixels(source, frontier, section)
    known = value[inside & np.isfinite(value)]
    if len(known) < _LEAST_KNOWN * inside.sum():
        return None
    codes, counts = np.unique(known, return_counts=True)
    pairs = zip(codes.tolist(), (counts / counts.sum()).tolist(), strict=True)
    return {"shares": [[code, share] for code, share in pairs]}


def _built(source: Any, frontier: Frontier, section: Section) -> Told | None:
    value, inside = _land_pixels(source, frontier, section)
    known = value[inside & np.isfinite(value)]
    if len(known) < _LEAST_KNOWN * inside.sum():
        return None
    return {"share": float((known > 0).mean())}


def _land_pixels(
    source: Any, frontier: Frontier, section: Section
) -> tuple[Floats, NDArray[np.bool_]]:
    step_m = max(_LEAST_STEP_M, _pixel_m(source, frontier, section))
    x, y, inside, _ = _grid(frontier, section, step_m)
    return _sampled(source, *_degrees(x, y, section)), inside


def _grid(
    frontier: Frontier, section: Section, step_m: float
) -> tuple[Floats, Floats, NDArray[np.bool_], float]:
    """Return a grid of places around a section, which of them lie in it, and its step."""
    land = frontier.corridor(section.span, REACH_M, REACH_M)
    there = Transformer.from_crs(4326, section.epsg, always_xy=True)
    flat = shapely.transform(land, lambda xy: np.column_stack(there.transform(*xy.T)))
    west, south, east, north = flat.bounds
    step_m = max(step_m, math.sqrt((east - west) * (north - south) / _MOST_CELLS))
    x, y = np.meshgrid(np.arange(west, east, step_m), np.arange(south, north, step_m))
    shapely.prepare(flat)
    return x, y, np.asarray(shapely.contains_xy(flat, x, y)), step_m


def _degrees(x: Floats, y: Floats, section: Section) -> tuple[Floats, Floats]:
    back = Transformer.from_crs(section.epsg, 4326, always_xy=True)
    lon, lat = back.transform(x, y)
    return np.asarray(lon), np.asarray(lat)


def _pixel_m(source: Any, frontier: Frontier, section: Section) -> float:
    """Return the size of a pixel on the ground, at the middle of a section."""
    at = frontier.point_at(section.span.middle_m)
    to_map = Transformer.from_crs(4326, source.crs, always_xy=True)
    x, y = to_map.transform(at.x, at.y)
    step = source.transform * (1, 0), source.transform * (0, 0)
    other = (x + step[0][0] - step[1][0], y + step[0][1] - step[1][1])
    lon, lat = to_map.transform(*other, direction="INVERSE")
    size_m = float(WGS84.inv(at.x, at.y, lon, lat)[2])
    return size_m if math.isfinite(size_m) and size_m > 0 else _LEAST_STEP_M


def _sampled(source: Any, lon: Floats, lat: Floats, *, is_smooth: bool = False) -> Floats:
    """Return the first band at places; NaN where it has none. Reads no more than is needed.

    Args:
        source: an open raster.
        lon: degrees, any shape.
        lat: the same.
        is_smooth: weigh the four pixels around a place, in place of the nearest one.
    """
    from rasterio.windows import Window

    to_map = Transformer.from_crs(4326, source.crs, always_xy=True)
    x, y = to_map.transform(lon, lat)
    column, row = ~source.transform * (np.asarray(x), np.asarray(y))
    first_c, first_r = max(0, math.floor(np.min(column)) - 2), max(0, math.floor(np.min(row)) - 2)
    end_c = min(source.width, math.ceil(np.max(column)) + 3)
    end_r = min(source.height, math.ceil(np.max(row)) + 3)
    if end_c <= first_c or end_r <= first_r:
        return np.full(np.shape(lon), np.nan)
    window = Window(first_c, first_r, end_c - first_c, end_r - first_r)
    less = max(1.0, math.sqrt(window.width * window.height / _MOST_BLOCK))
    shape = (math.ceil(window.height / less), math.ceil(window.width / less))
    block = source.read(1, window=window, out_shape=shape, masked=True)
    value = np.ma.filled(block.astype(np.float64), np.nan)
    c = (column - first_c) * shape[1] / window.width
    r = (row - first_r) * shape[0] / window.height
    return _smooth(value, c - 0.5, r - 0.5) if is_smooth else _nearest(value, c, r)


def _nearest(value: Floats, column: Floats, row: Floats) -> Floats:
    c, r = np.floor(column).astype(int), np.floor(row).astype(int)
    is_in = (c >= 0) & (r >= 0) & (c < value.shape[1]) & (r < value.shape[0])
    found = np.full(c.shape, np.nan)
    found[is_in] = value[r[is_in], c[is_in]]
    return found


def _smooth(value: Floats, column: Floats, row: Floats) -> Floats:
    c, r = np.floor(column), np.floor(row)
    found = np.zeros(column.shape)
    for dc, dr in ((0, 0), (0, 1), (1, 0), (1, 1)):
        weight = (1 - abs(column - c - dc)) * (1 - abs(row - r - dr))
        found += weight * _nearest(value, c + dc, r + dr)
    return found
