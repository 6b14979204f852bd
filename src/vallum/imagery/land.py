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

import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from vallum.frontier import Frontier, Section
from vallum.ground import vector
from vallum.ground.errors import BadInput, WorkerFailed
from vallum.ground.foreign import call
from vallum.ground.geodesy import WGS84, Floats
from vallum.ground.names import NamedPlace
from vallum.imagery.landrasters import (
    ACROSS_M,
    NEAR_M,
    REACH_M,
    TRANSECT_M,
    Layer,
    Told,
    names_of,
)

STEEP_DEG = 17.0
"""Slope from which land is an obstacle (30 %); a choice."""

RIVER_M, WIDE_M = 20.0, 1000.0
"""Widths from which water is an obstacle, and from which it is no river; a choice."""

WORLD_COVER = {
    10: "trees", 20: "shrubs", 30: "grass", 40: "crop", 50: "built", 60: "bare", 70: "snow",
    80: "water", 90: "wetland", 95: "mangrove", 100: "moss",
}  # fmt: skip
"""Classes of ESA WorldCover (product user manual v2.0), which are taken where none are given."""

NOT_COVERED = "does not cover the section"
_SEA_M = 1.0
_CHUNK = 40
_WALL_S = 300.0
_TOWNS = ("city", "county", "town")


@dataclass(frozen=True, kw_only=True)
class Maps:
    """The files that a person has; None where there is none.

    Attributes:
        dem: heights in metres, GeoTIFF; several are tiles of one map, as for all rasters.
        water: GeoTIFF (1, or the percent of time with water), or shapes of water.
        land_cover: GeoTIFF of classes.
        settlements: GeoTIFF (above 0 is built up), or shapes.
        classes: what the numbers of `land_cover` mean.
        water_value: the one value of `water` that means water; told by its values if None.
    """

    dem: Path | tuple[Path, ...] | None = None
    water: Path | tuple[Path, ...] | None = None
    land_cover: Path | tuple[Path, ...] | None = None
    settlements: Path | tuple[Path, ...] | None = None
    classes: Mapping[int, str] | None = None
    water_value: int | None = None

    def files(self, name: str) -> tuple[Path, ...]:
        """Return the files of one layer."""
        given = getattr(self, name)
        return (given,) if isinstance(given, Path) else tuple(given or ())


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
        for name, answered in _asked(line, rasters, some, problems, maps.water_value).items():
            for k, answer in enumerate(answered):
                told[first + k][name] = answer
    classes = maps.classes or WORLD_COVER
    land = []
    for section, answers in zip(sections, told, strict=True):
        for name, features in shapes.items():
            answers[name] = _of_shapes(frontier, section, name, features)
        land.append(_land(answers, classes))
    return land, problems


def _asked(
    line: Told,
    rasters: dict[str, list[Path]],
    sections: Sequence[Section],
    problems: dict[str, str],
    water_value: int | None,
) -> dict[str, list[Told | None]]:
    """Return what rasters say of some sections; one that cannot be read is taken out of them."""
    plain = [[s.span.start_m, s.span.end_m, s.epsg, s.number] for s in sections]

    def asked(names: Sequence[str]) -> Told:
        paths = {name: [str(path.absolute()) for path in rasters[name]] for name in names}
        order = {"line": line, "paths": paths, "sections": plain, "water_value": water_value}
        answer: Told = call(
            "vallum.imagery.landrasters:told_by_rasters",
            order,
            reads=[path for name in names for path in rasters[name]],
            returns=dict[str, str | Layer],
            wall_s=_WALL_S,
        )
        if any(len(one["told"]) != len(sections) for one in answer.values() if one is not str(one)):
            raise WorkerFailed("the process that opened it did not tell of every section")
        return answer

    if not rasters:
        return {}
    try:
        answers = asked(list(rasters))
    except WorkerFailed:
        # One of them brought the process down: each is asked alone.
        answers = {}
        for name in rasters:
            try:
                answers |= asked([name])
            except WorkerFailed as error:
                answers[name] = f"{names_of(rasters[name])}: {error}; save it again"
    found: dict[str, list[Told | None]] = {}
    for name, answer in answers.items():
        if isinstance(answer, str):
            del rasters[name]
            problems[name] = f"{answer}; {_WORDS[name]} not told"
            continue
        found[name] = answer["told"]
        for path, why in answer["bad"].items():
            rasters[name] = [one for one in rasters[name] if str(one.absolute()) != path]
            problems[f"{name} {path}"] = why
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
) -> tuple[dict[str, list[vector.Feature]], dict[str, list[Path]], dict[str, str]]:
    """Return shapes that were read, rasters that are there, and what cannot be used.

    A problem of a whole layer has its name; one of a file among several has its path as well.
    """
    shapes: dict[str, list[vector.Feature]] = {}
    rasters: dict[str, list[Path]] = {}
    problems: dict[str, str] = {}
    for name, word in _WORDS.items():
        bad: dict[Path, str] = {}
        for path in maps.files(name):
            is_shapes = path.name.lower().endswith(vector.SUFFIXES)
            if not path.is_file():
                bad[path] = f"{path}: does not exist; {word} not told, check the path"
            elif is_shapes and name in {"water", "settlements"}:
                try:
                    shapes[name] = [*shapes.get(name, ()), *_areas(path)]
                except BadInput as error:
                    bad[path] = f"{error}; {word} not told"
            elif is_shapes:
                bad[path] = f"{path.name}: {word} read from a GeoTIFF; save it as one"
            elif name in shapes:
                bad[path] = f"{path.name}: give shapes or GeoTIFFs of a layer, not both; left out"
            else:
                rasters.setdefault(name, []).append(path)
        if name in shapes and name in rasters:
            del rasters[name]
            problems[f"{name} mixed"] = f"{name}: shapes were read; GeoTIFFs of it were left out"
        is_left = name in shapes or name in rasters
        problems |= {f"{name} {path}" if is_left else name: why for path, why in bad.items()}
    return shapes, rasters, problems


def _areas(path: Path) -> list[vector.Feature]:
    """Return the shapes of a file that holds areas.

    Raises:
        BadInput: it cannot be read, or has points and lines alone.
    """
    features = vector.read_shapes(path)
    if not any("Polygon" in one.shape.geom_type for one in features):
        raise BadInput(
            f"{path.name}: holds lines or points and no areas, so that nothing has a width or a "
            "size; give areas"
        )
    return features


def _land(answers: Told, classes: Mapping[int, str]) -> Land:
    """Join what the maps told of one section."""
    missing = [f"{name}: {NOT_COVERED}" for name in answers if not answers[name]]
    missing += [f"{name}: {one['why']}" for name, one in answers.items() if one and "why" in one]
    answers = {name: one for name, one in answers.items() if one and "why" not in one}
    dem, water = answers.get("dem") or {}, answers.get("water") or {}
    cover, settled = answers.get("land_cover") or {}, answers.get("settlements") or {}
    shares: dict[str, float] = {}
    named = sum(share for code, share in cover.get("shares", []) if int(code) in classes)
    # No built-up pixel is an answer only of a map that has a class for it, and names all it shows.
    is_told = named > 0.99 and "built" in classes.values()
    for code, share in cover.get("shares", []):
        word = classes.get(int(code), f"class {int(code)}")
        shares[word] = shares.get(word, 0.0) + share
    ranked = sorted(shares.items(), key=lambda entry: (-entry[1], entry[0]))
    return Land(
        slope_deg=dem.get("slope_deg", math.nan),
        relief_m=dem.get("relief_m", math.nan),
        lowest_m=dem.get("lowest_m", math.nan),
        river_width_m=_middle(water["widths"]) if "widths" in water else math.nan,
        settled_share=settled.get("share", shares.get("built", 0.0 if is_told else math.nan)),
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
) -> Told | None:
    """Return what shapes say of a section; None where it lies outside the box around them all."""
    reach_m = ACROSS_M if name == "water" else REACH_M
    land = frontier.corridor(section.span, reach_m, reach_m)
    box = shapely.box(*shapely.total_bounds([one.shape for one in features]))
    if not box.intersects(land):
        return None
    near = [one.shape for one in features if one.shape.intersects(land)]
    beside = frontier.corridor(section.span, NEAR_M, NEAR_M) if name == "water" else land
    if any("Polygon" not in one.geom_type and one.intersects(beside) for one in near):
        return {"why": "has lines or points here, without a width or size"}
    there = Transformer.from_crs(4326, section.epsg, always_xy=True)

    def flat(shape: BaseGeometry) -> BaseGeometry:
        return shapely.transform(shape, lambda xy: np.column_stack(there.transform(*xy.T)))

    areas = shapely.union_all([flat(one) for one in near if "Polygon" in one.geom_type])
    if name == "settlements":
        return {"share": float(areas.intersection(flat(land)).area / flat(land).area)}
    _, lon, lat = frontier.transects(section.span, ACROSS_M, ACROSS_M, step_m=TRANSECT_M, across=3)
    x, y = there.transform(lon, lat)
    return {"widths": [_width(areas, xy) for xy in np.stack([x, y], axis=2)]}


def _width(areas: BaseGeometry, xy: Floats) -> float:
    """Return the length of the piece of a transect in water that is nearest to its middle."""
    wet = shapely.LineString(xy).intersection(areas)
    middle = shapely.Point(xy[1])
    pieces = [one for one in shapely.get_parts(wet) if one.distance(middle) <= NEAR_M]
    return float(min(pieces, key=lambda one: one.distance(middle)).length) if pieces else 0.0
