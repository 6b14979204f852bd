"""Which metres of frontier an image lets one see, and which two images to compare there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

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
from vallum.imagery import cloud, season, view
from vallum.imagery.cloud import kept

GRID_M = 5.0
OWN = "vallum"
_OPEN_SHARE = 0.01
_GREEN_M = 20.0
_AROUND_M = 300.0  # clouds are told by their size, so some land around the corridor is needed
_MOST_CELLS = 16_000_000
_OVERVIEW_PX = 1024

MIN_GAIN_M = 10
MAX_GSD_RATIO = 1.5


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
    shows, by = np.zeros(valid.shape, np.uint8), ""
    if mask_clouds and valid.any():
        shows, by = covers(path, grid, pixels, valid)
    cells = _cells(grid, np.asarray(x), np.asarray(y))
    has_pixels = valid[cells]
    is_clear = has_pixels & cloud.shown(shows[cells])
    seen = _steps(section.span, is_clear.mean(axis=1) >= min_share)
    with_pixels = _steps(section.span, has_pixels.mean(axis=1) >= min_share)
    why = "" if seen else _why_nothing(scene, lon, lat, has_pixels, bool(with_pixels))
    return Look(
        scene=scene.id,
        span=section.span,
        seen=seen,
        valid=with_pixels,
        clear_share=float(is_clear.mean()),
        hidden=cloud.shares(shows[cells], has_pixels),
        masked_by=by,
        blocked_by=why,
    )


def covers(
    path: Path,
    grid: GeoBox,
    pixels: NDArray[Any],
    valid: NDArray[np.bool_],
    *,
    dx_m: float = 0.0,
    dy_m: float = 0.0,
) -> tuple[NDArray[np.uint8], str]:
    """Return what each pixel shows, as values of `cloud.Cover`, and who says so.

    What the provider or the network said is read where `cover` kept it beside the image
    (`vallum.imagery.cloud.kept`); where nobody said anything, the own mask answers.

    Args:
        path: the image that `pixels` were read from.
        grid: what they were read onto.
        pixels: `(band, y, x)`.
        valid: `(y, x)`, True = usable.
        dx_m: metres by which the content of the image was moved east when it was read.
        dy_m: metres by which the content of the image was moved north.

    Returns:
        Values `(y, x)`, `NODATA` where not valid; and `provider`, `network` or `vallum`.
    """
    laid = kept.read(path, grid, dx_m=dx_m, dy_m=dy_m)
    if laid is None and valid.any():
        return np.where(valid, _own(path, grid, pixels, valid), np.uint8(cloud.Cover.NODATA)), OWN
    shows, by = laid if laid is not None else (np.full(valid.shape, cloud.Cover.NODATA), "")
    is_open = valid & (shows == cloud.Cover.NODATA)
    # The rim of a kept cover, half a pixel wide, is not worth a second opinion.
    if is_open.sum() > _OPEN_SHARE * valid.sum():
        shows = np.where(is_open, _own(path, grid, pixels, valid), shows)
        by = by if is_open.sum() < valid.sum() / 2 else OWN
    return np.where(valid, shows, cloud.Cover.NODATA).astype(np.uint8), by


def _own(
    path: Path, grid: GeoBox, pixels: NDArray[Any], valid: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    gsd_m, has_nir = abs(float(grid.resolution.x)), pixels.shape[0] >= 4
    return cloud.covers(pixels, valid, gsd_m, has_nir, usual=usual_levels(path))


def clear(
    path: Path,
    grid: GeoBox,
    pixels: NDArray[Any],
    valid: NDArray[np.bool_],
    *,
    dx_m: float = 0.0,
    dy_m: float = 0.0,
) -> NDArray[np.bool_]:
    """Return where the ground can be seen; arguments as for `covers`."""
    if not valid.any():
        return valid
    if not kept.beside(path).exists():
        gsd_m, has_nir = abs(float(grid.resolution.x)), pixels.shape[0] >= 4
        return cloud.clear(pixels, valid, gsd_m, has_nir, usual=usual_levels(path))
    return valid & cloud.shown(covers(path, grid, pixels, valid, dx_m=dx_m, dy_m=dy_m)[0])


def greenness(scene: Scene, path: Path, grid: GeoBox) -> float:
    """Return the middle vegetation index of the land of an image on a grid, read coarsely.

    NaN where the image does not say which band is red and which near infrared, and where nothing
    of it is clear.
    """
    if not {"red", "nir"} <= set(scene.bands):
        return math.nan
    bounds = grid.extent.boundingbox
    size_m = max(_GREEN_M, scene.gsd_m, max(bounds.span_x, bounds.span_y) / _OVERVIEW_PX)
    coarse = GeoBox.from_bbox(bounds, crs=grid.crs, resolution=size_m)
    pixels, valid = view.read(path, coarse)
    seen = clear(path, coarse, pixels, valid)
    return season.greenness(pixels, seen, scene.bands, scene.reflectance)


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

    Pairs are added as long as each compares at least 10 m that no better one compares. Images
    that are only for looking, and second deliveries of the same acquisition, are never paired.

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
        and is_for_measuring(before[1])
        and is_for_measuring(after[1])
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


def is_for_measuring(scene: Scene) -> bool:
    """Say whether an image may be compared: not only for looking, and no second delivery."""
    return not scene.looking_only and not scene.repeats


def _fitness(before: Scene, after: Scene) -> tuple[int, int, int, int, int, int]:
    """Return how well two scenes go together, lowest best: rules 1 and 3 to 6 of `pair`."""
    coarser, finer = max(before.gsd_m, after.gsd_m), min(before.gsd_m, after.gsd_m)
    is_known = finer > 0 and math.isfinite(coarser)
    sun, other = season.sun_of(before), season.sun_of(after)
    unlike = sum(
        min(1.0, value) if math.isfinite(value) else 0.5
        for value in (
            season.turn(sun.azimuth_deg, other.azimuth_deg) / 45,
            abs(sun.elevation_deg - other.elevation_deg) / 20,
            season.days_apart(before.taken, after.taken) / 60,
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
    unlike = season.conditions(before, after)
    facts = (
        (unlike.days_apart, "{:.0f} days apart in the year"),
        (unlike.sun_azimuth_turn_deg, "sun directions {:.0f} deg apart"),
        (max(_or_unknown(before.off_nadir_deg, after.off_nadir_deg)), "up to {:.0f} deg off nadir"),
    )
    parts += [words.format(value) for value, words in facts if math.isfinite(value)]
    parts += unlike.warnings
    if not (before.has_pixels and after.has_pixels):
        parts.append("footprints only, nothing can be compared yet")
    return "; ".join(parts)
