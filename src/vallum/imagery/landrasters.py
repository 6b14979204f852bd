"""What rasters say of the land of sections; runs in the limited process only."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from typing_extensions import TypedDict  # that of `typing` tells pydantic too little before 3.12

from vallum.frontier import Frontier, Section
from vallum.ground.errors import BadImage
from vallum.ground.geodesy import WGS84, Floats
from vallum.imagery import watermarks

REACH_M = 1000.0
"""How far to each side of the line land is described."""

NEAR_M = 150.0
"""Water this near to the line is taken to be the water that it runs along."""

ACROSS_M = 1500.0  # how far to each side water is looked for
TRANSECT_M = 100.0
_LEAST_STEP_M = 10.0
_MOST_CELLS = 1_000_000
_MOST_BLOCK = 4_000_000
LOWEST_M, HIGHEST_M = -500.0, 9000.0
"""Heights beyond these are not on land: a value for no data that the file does not declare."""

_DRIVERS = {".hgt": "SRTMHGT", ".dt0": "DTED", ".dt1": "DTED", ".dt2": "DTED", ".asc": "AAIGrid"}
"""Beside GeoTIFF, formats that hold all of themselves: others could name another file to read."""

_LEAST_KNOWN = 0.5  # share of the land that a map must cover

Told = dict[str, Any]
Tiles = Sequence[Any]


class Answer(TypedDict, total=False):
    """What one map says of one section, checked when it comes back."""

    why: str
    slope_deg: float
    relief_m: float
    lowest_m: float
    widths: list[float]
    shares: list[tuple[float, float]]
    share: float


class Layer(TypedDict):
    """What one map says of every section, and its bad files with the reason."""

    told: list[Answer | None]
    bad: dict[str, str]


_Work = Callable[[Tiles, Frontier, Section], Told | None]


def names_of(paths: Sequence[Path]) -> str:
    """Return the files of one map in few words."""
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return paths[0].name + more


def told_by_rasters(
    line: Told,
    paths: Mapping[str, Sequence[str]],
    sections: Sequence[Sequence[int]],
    water_value: int | None = None,
) -> dict[str, Told | str]:
    """Return what each layer says of sections, and its bad files; or why it says nothing.

    `told` has None where it does not cover a section, and `bad` the reason for each bad path.

    Runs in the limited process.

    Args:
        line: the frontier as GeoJSON.
        paths: by layer: dem, water, land_cover, settlements; several are tiles of one map.
        sections: first metre, end, EPSG code and number of each.
        water_value: of the water map; told by its values if None.
    """
    from vallum.ground.span import Span

    frontier = Frontier.from_geojson(line)
    places = [Section(number=n, span=Span(a, b), epsg=epsg) for a, b, epsg, n in sections]
    found: dict[str, Told | str] = {}
    for layer, files in paths.items():
        try:
            found[layer] = _rasters(frontier, layer, files, places, water_value)
        except BadImage as error:
            found[layer] = str(error)
    return found


def _rasters(
    frontier: Frontier,
    layer: str,
    paths: Sequence[str],
    sections: Sequence[Section],
    water_value: int | None,
) -> Told:
    """Return what one map says, which may lie in several files.

    Raises:
        BadImage: none of them can be used, or nobody knows what their values mean.
    """
    import rasterio
    from pyproj.exceptions import ProjError
    from rasterio.errors import RasterioError

    bad: dict[str, str] = {}
    with contextlib.ExitStack() as held:
        tiles = []
        for path in paths:
            name = Path(path).name
            try:
                source = held.enter_context(rasterio.open(path, driver=_driver_of(Path(path))))
                if source.crs is None:
                    bad[path] = f"{name}: does not say where it lies (no CRS); save it again"
                else:
                    tiles.append(source)
            except (RasterioError, ProjError) as error:
                why = f"cannot be read as a map ({type(error).__name__})"
                bad[path] = f"{name}: {why}; save it again"
        if not tiles:
            raise BadImage("; ".join(bad.values()))
        try:
            work: _Work
            if layer == "water":
                work = partial(_waters, wet=watermarks.meant(tiles, water_value))
            else:
                work = {"dem": _heights, "land_cover": _covers, "settlements": _built}[layer]
            told = [work(tiles, frontier, section) for section in sections]
        except (RasterioError, ProjError) as error:
            why = f"cannot be read as a map ({type(error).__name__})"
            names = names_of([Path(path) for path in paths])
            raise BadImage(f"{names}: {why}; save it again") from error
    return {"told": told, "bad": bad}


def _driver_of(path: Path) -> str:
    return _DRIVERS.get(path.suffix.lower(), "GTiff")


def _heights(tiles: Tiles, frontier: Frontier, section: Section) -> Told | None:
    step_m = max(_LEAST_STEP_M, _pixel_m(tiles[0], frontier, section))
    x, y, inside, step_m = _grid(frontier, section, step_m)
    at = _degrees(x, y, section)
    height = _sampled(tiles, *at, is_smooth=True, least=LOWEST_M, most=HIGHEST_M)
    south_m, east_m = np.gradient(height, step_m)
    slope = np.degrees(np.arctan(np.hypot(south_m, east_m)))
    known = inside & np.isfinite(height)
    if known.sum() < _LEAST_KNOWN * inside.sum():
        raw = _sampled(tiles, *at)[inside]
        is_odd = (raw < LOWEST_M) | (raw > HIGHEST_M)
        why = f"holds heights under {LOWEST_M:g} m or above {HIGHEST_M:,.0f} m: declare no data"
        return {"why": why} if is_odd.any() else None
    low, high = np.percentile(height[known], (5, 95))
    slopes = slope[inside & np.isfinite(slope)]
    return {
        "slope_deg": float(np.median(slopes)) if len(slopes) else math.nan,
        "relief_m": float(high - low),
        "lowest_m": float(height[known].min()),
    }


def _waters(
    tiles: Tiles, frontier: Frontier, section: Section, *, wet: watermarks.Meaning
) -> Told | None:
    step_m = min(max(5.0, _pixel_m(tiles[0], frontier, section) / 2), 50.0)
    across = 2 * math.ceil(ACROSS_M / step_m) + 1
    step_m = 2 * ACROSS_M / (across - 1)
    _, lon, lat = frontier.transects(
        section.span, ACROSS_M, ACROSS_M, step_m=TRANSECT_M, across=across
    )
    value = _sampled(tiles, lon, lat)
    known = np.isfinite(value)
    if known.mean() < _LEAST_KNOWN:
        return None
    value, odd = wet.read(value)
    if odd is not None:
        return {"why": f"holds {odd:g} here, which is neither water nor land of {wet.words}"}
    if np.isfinite(value).mean() < _LEAST_KNOWN:
        return None
    return {"widths": [_run_m(row, step_m) for row in value == 1]}


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


def _covers(tiles: Tiles, frontier: Frontier, section: Section) -> Told | None:
    value, inside = _land_pixels(tiles, frontier, section)
    known = value[inside & np.isfinite(value)]
    if len(known) < _LEAST_KNOWN * inside.sum():
        return None
    codes, counts = np.unique(known, return_counts=True)
    pairs = zip(codes.tolist(), (counts / counts.sum()).tolist(), strict=True)
    return {"shares": [[code, share] for code, share in pairs]}


def _built(tiles: Tiles, frontier: Frontier, section: Section) -> Told | None:
    value, inside = _land_pixels(tiles, frontier, section)
    known = value[inside & np.isfinite(value)]
    if len(known) < _LEAST_KNOWN * inside.sum():
        return None
    return {"share": float((known > 0).mean())}


def _land_pixels(
    tiles: Tiles, frontier: Frontier, section: Section
) -> tuple[Floats, NDArray[np.bool_]]:
    step_m = max(_LEAST_STEP_M, _pixel_m(tiles[0], frontier, section))
    x, y, inside, _ = _grid(frontier, section, step_m)
    return _sampled(tiles, *_degrees(x, y, section)), inside


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


def _sampled(
    tiles: Tiles,
    lon: Floats,
    lat: Floats,
    *,
    is_smooth: bool = False,
    least: float = -math.inf,
    most: float = math.inf,
) -> Floats:
    """Return the first band at places; NaN where no tile has any. Reads no more than is needed.

    Args:
        tiles: open rasters of one map; where they overlap the first counts.
        lon: degrees, any shape.
        lat: the same.
        is_smooth: weigh the four pixels around a place, in place of the nearest one.
        least: pixels below it hold nothing.
        most: pixels above it hold nothing.
    """
    found = np.full(np.shape(lon), np.nan)
    for source in tiles:
        gap = np.isnan(found)
        if not gap.any():
            break
        found[gap] = _of_tile(source, lon, lat, is_smooth, (least, most))[gap]
    return found


def _of_tile(
    source: Any, lon: Floats, lat: Floats, is_smooth: bool, ends: tuple[float, float]
) -> Floats:
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
    value[(value < ends[0]) | (value > ends[1])] = np.nan
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
