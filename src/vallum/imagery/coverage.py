"""Which metres of frontier an image lets one see, and which two images to compare there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from pyproj import Transformer
from rasterio.enums import Resampling
from rasterio.windows import Window

from vallum.frontier import Frontier, Section
from vallum.ground.records import Look, Scene
from vallum.ground.span import Span, Spans
from vallum.imagery import cloud, view

GRID_M = 5.0
_AROUND_M = 300.0  # clouds are told by their size, so some land around the corridor is needed
_MOST_CELLS = 16_000_000
_OVERVIEW_PX = 1024

MIN_GAIN_M = 10
MAX_GSD_RATIO = 1.5
_KNOWN_SEASON_DAYS = 60  # a bracket of days longer than this says nothing about the season


def look(
    scene: Scene,
    path: Path | None,
    frontier: Frontier,
    section: Section,
    left_m: float,
    right_m: float,
    min_share: float,
    *,
    mask_clouds: bool = True,
) -> Look:
    """Return which metres of a section one image lets one see.

    The corridor is sampled across every 10 m of chainage, at 5 m or the image's own pixels. A
    metre is seen when at least `min_share` of its cross-section is valid and clear. Of an image
    without pixels, a metre is seen where the line itself (not its corridor) lies in the footprint;
    cloud is then not known.

    Args:
        scene: the image.
        path: its working copy; None for a footprint.
        frontier: the line.
        section: the stretch to look at.
        left_m: width of the corridor on the left.
        right_m: width of the corridor on the right.
        min_share: share of a cross-section that must be usable, above 0 and up to 1.
        mask_clouds: False to count cloud, haze, snow and deep shadow as seen.

    Raises:
        BadImage: the working copy is gone or cannot be read.
    """
    if path is None:
        inside = frontier.spans_inside(scene.footprint) & section.span
        return Look(
            scene=scene.id,
            span=section.span,
            seen=inside,
            valid=inside,
            clear_share=inside.length_m / section.span.length_m,
            blocked_by="" if inside else "no overlap",
        )
    _, lon, lat = frontier.transects(section.span, left_m, right_m)
    x, y = Transformer.from_crs(4326, section.epsg, always_xy=True).transform(lon, lat)
    grid = _grid_around(np.asarray(x), np.asarray(y), section.epsg, scene.gsd_m)
    pixels, valid = view.read(path, grid)
    usable = valid
    if mask_clouds and valid.any():
        usual = usual_levels(path)
        gsd_m = float(grid.resolution.x)
        usable = cloud.clear(pixels, valid, gsd_m, pixels.shape[0] >= 4, usual=usual)
    cells = _cells(grid, np.asarray(x), np.asarray(y))
    has_pixels, is_clear = valid[cells], usable[cells]
    seen = _steps(section.span, is_clear.mean(axis=1) >= min_share)
    with_pixels = _steps(section.span, has_pixels.mean(axis=1) >= min_share)
    why = "" if seen else _why_nothing(scene, lon, lat, has_pixels, bool(with_pixels))
    return Look(
        scene=scene.id,
        span=section.span,
        seen=seen,
        valid=with_pixels,
        clear_share=float(is_clear.mean()),
        blocked_by=why,
    )


def _why_nothing(
    scene: Scene,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    has_pixels: NDArray[np.bool_],
    is_covered: bool,
) -> str:
    if is_covered:
        return "cloud, haze, snow or deep shadow"
    if not has_pixels.any():
        touches = shapely.contains_xy(scene.footprint, lon.ravel(), lat.ravel()).any()
        return "no valid pixels" if touches else "no overlap"
    most = has_pixels.mean(axis=1).max()
    return f"too narrow: has pixels for at most {100 * most:.0f} % of the corridor's width"


def _grid_around(x: NDArray[np.float64], y: NDArray[np.float64], epsg: int, gsd_m: float) -> GeoBox:
    """Return a grid around the points with some land beside them."""
    west, east = x.min() - _AROUND_M, x.max() + _AROUND_M
    south, north = y.min() - _AROUND_M, y.max() + _AROUND_M
    size_m = max(GRID_M, gsd_m, math.sqrt((east - west) * (north - south) / _MOST_CELLS))
    west, north = math.floor(west / size_m) * size_m, math.ceil(north / size_m) * size_m
    shape = (math.ceil((north - south) / size_m), math.ceil((east - west) / size_m))
    return GeoBox(shape, Affine(size_m, 0, west, 0, -size_m, north), f"EPSG:{epsg}")


def _cells(
    grid: GeoBox, x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    a, _, c, _, e, f = grid.affine[:6]
    return np.floor((y - f) / e).astype(int), np.floor((x - c) / a).astype(int)


def _steps(span: Span, is_seen: NDArray[np.bool_]) -> Spans:
    """Return the whole metres of the equal cells in `span` for which `is_seen` holds."""
    edges = np.rint(np.linspace(span.start_m, span.end_m, len(is_seen) + 1)).astype(int)
    turns = np.flatnonzero(np.diff(is_seen.astype(np.int8), prepend=0, append=0))
    first, last = edges[turns[::2]], edges[turns[1::2]]
    return Spans.of(*zip(first.tolist(), last.tolist(), strict=True))


def usual_levels(path: Path) -> cloud.Levels | None:
    """Return what is usual in a whole scene, for `cloud.clear` to measure parts of it against.

    Read from an overview of at most 1,024 pixels on a side, once per process and image.

    Raises:
        BadImage: the image is gone or cannot be read.
    """
    changed_ns = path.stat().st_mtime_ns if path.exists() else 0
    return _usual(str(path), changed_ns)


@lru_cache(maxsize=64)
def _usual(path: str, _changed_ns: int) -> cloud.Levels | None:
    with view.opened(Path(path)) as source:
        size = max(1.0, max(source.shape) / _OVERVIEW_PX)
        shape = (math.ceil(source.height / size), math.ceil(source.width / size))
        bands = view.data_bands(source)
        pixels = source.read(bands, out_shape=(len(bands), *shape), resampling=Resampling.average)
        valid = view.valid_block(source, Window(0, 0, source.width, source.height), shape)
    return cloud.levels(pixels, valid, len(bands) >= 4)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two looks to compare, the metres to compare them on, and why these two."""

    before: Look
    after: Look
    seen: Spans
    reason: str


Seen = tuple[Look, Scene]


def pair(looks_before: Sequence[Seen], looks_after: Sequence[Seen], section: Section) -> list[Pair]:
    """Return the pairs of looks to compare over a section, best first.

    The rule, in order; what comes later decides only between equals:

    1. both have pixels;
    2. most metres seen in both, in steps of 50 m (of later pairs: metres not yet compared);
    3. pixel sizes that differ by no more than 1.5 times;
    4. finer pixels (of the coarser of the two; sizes within a fifth are equal);
    5. like conditions: sun direction and height, time of year, low viewing angle;
    6. the newest image after, and the latest before.

    Pairs are added as long as each compares at least 10 m that no better one compares.

    Args:
        looks_before: looks at the earlier date, with their scenes.
        looks_after: looks at the later date, with their scenes.
        section: the stretch; metres outside it do not count.

    Returns:
        Pairs; the `seen` of a later one leaves out what earlier ones compare.
    """
    frame = section.span
    options = [
        (before, after, common)
        for before in looks_before
        for after in looks_after
        if before[1].id != after[1].id
        and (common := before[0].seen & after[0].seen & frame).length_m
    ]
    fitness = {id(option): _fitness(option[0][1], option[1][1]) for option in options}
    done, found = Spans(), list[Pair]()
    while options:
        gains = [(option, option[2] - done) for option in options]
        floor_m = MIN_GAIN_M if found else 1
        gains = [(option, gain) for option, gain in gains if gain.length_m >= floor_m]
        if not gains:
            break
        best, gain = min(
            gains,
            key=lambda entry: (
                fitness[id(entry[0])][0],
                -(entry[1].length_m // MIN_GAIN_M),
                *fitness[id(entry[0])][1:],
                entry[0][0][1].id,
                entry[0][1][1].id,
            ),
        )
        reason = _reason(best[0][1], best[1][1], gain, len(options), bool(found))
        found.append(Pair(before=best[0][0], after=best[1][0], seen=gain, reason=reason))
        done = done | gain
        options = [option for option, _ in gains]
    return found


def _fitness(before: Scene, after: Scene) -> tuple[int, int, int, int, int, int]:
    """Return how well two scenes go together, lowest best: rules 1 and 3 to 6 of `pair`."""
    coarser, finer = max(before.gsd_m, after.gsd_m), min(before.gsd_m, after.gsd_m)
    is_known = finer > 0 and math.isfinite(coarser)
    unlike = sum(
        min(1.0, value) if math.isfinite(value) else 0.5
        for value in (
            _turn(before.sun_azimuth_deg, after.sun_azimuth_deg) / 45,
            abs(before.sun_elevation_deg - after.sun_elevation_deg) / 20,
            _season_days(before, after) / 60,
            max(_or_unknown(before.off_nadir_deg, after.off_nadir_deg)) / 30,
        )
    )
    return (
        0 if before.has_pixels and after.has_pixels else 1,
        0 if is_known and coarser <= MAX_GSD_RATIO * finer * (1 + 1e-9) else 1,
        round(math.log(coarser) / math.log(1.2)) if is_known else 1000,
        round(4 * unlike),
        -after.taken.latest.toordinal(),
        -before.taken.latest.toordinal(),
    )


def _or_unknown(*values: float) -> Iterable[float]:
    return values if all(map(math.isfinite, values)) else (math.nan,)


def _turn(one: float, other: float) -> float:
    """Return the angle between two directions; NaN when one is not known."""
    return abs((one - other + 180) % 360 - 180)


def _season_days(before: Scene, after: Scene) -> float:
    """Return how far apart the two are in the year; NaN when a date is too uncertain."""
    if max(before.taken.days, after.taken.days) > _KNOWN_SEASON_DAYS:
        return math.nan
    one, other = (
        s.taken.earliest + (s.taken.latest - s.taken.earliest) / 2 for s in (before, after)
    )
    apart = abs(one.timetuple().tm_yday - other.timetuple().tm_yday)
    return float(min(apart, 365 - apart))


def _size(gsd_m: float) -> str:
    return f"{gsd_m:.2g} m" if math.isfinite(gsd_m) else "unknown size"


def _reason(before: Scene, after: Scene, gain: Spans, n_options: int, is_later: bool) -> str:
    """Say in plain words why two images were chosen."""
    if is_later:
        parts = [f"adds {gain.length_m:,} m that better pairs leave open"]
    else:
        choice = "the only pair" if n_options == 1 else f"best of {n_options} pairs"
        parts = [f"{choice}: {gain.length_m:,} m seen in both"]
    parts.append(f"pixels of {_size(before.gsd_m)} and {_size(after.gsd_m)}")
    if max(before.gsd_m, after.gsd_m) > MAX_GSD_RATIO * min(before.gsd_m, after.gsd_m):
        parts[-1] += ", unlike: fine things may seem new or gone"
    facts = (
        (_season_days(before, after), "{:.0f} days apart in the year"),
        (_turn(before.sun_azimuth_deg, after.sun_azimuth_deg), "sun directions {:.0f} deg apart"),
        (max(_or_unknown(before.off_nadir_deg, after.off_nadir_deg)), "up to {:.0f} deg off nadir"),
    )
    parts += [words.format(value) for value, words in facts if math.isfinite(value)]
    if not (before.has_pixels and after.has_pixels):
        parts.append("footprints only, nothing can be compared yet")
    return "; ".join(parts)
