"""Map tiles and rotated chips of one image, laid on its reference and stretched as it is.

Tiles are those of web maps (EPSG:3857, 256 px). Pixels come through `view.read_at`, like those
that are compared and measured; a test holds them against rio-tiler.
"""

from __future__ import annotations

import math

import morecantile
import numpy as np
import shapely
from affine import Affine
from pyproj import Proj

from vallum.frontier import Frontier
from vallum.ground.errors import BadSetting
from vallum.ground.geodesy import utm_epsg
from vallum.ground.span import Span
from vallum.imagery import display
from vallum.imagery.display import KEPT, NO_IMAGE, POOL, ZOOM_IN, Picture, Shown
from vallum.imagery.sizes import MOST_CHIP_PX, MOST_ZOOM, TILE_PX

MOST_WIDTH_PX, MOST_HEIGHT_PX = MOST_CHIP_PX
_MAP = morecantile.tms.get("WebMercatorQuad")
_MAP_CRS = "EPSG:3857"


def tile(shown: Shown, zoom: int, column: int, row: int) -> Picture:
    """Return one tile of the web map; an empty one says why it is empty.

    Args:
        shown: the image and how it is moved and toned.
        zoom: 0 to 22; beyond the image's own pixels it is interpolated.
        column: from the west.
        row: from the north.

    Raises:
        BadSetting: there is no such tile.
        BadImage: the image is gone or cannot be read.
    """
    bounds = tile_bounds(zoom, column, row)
    size_m = (bounds[2] - bounds[0]) / TILE_PX
    affine = Affine(size_m, 0, bounds[0], 0, -size_m, bounds[3])
    return _kept(shown, affine, (TILE_PX, TILE_PX), _MAP_CRS)


def tile_bounds(zoom: int, column: int, row: int) -> tuple[float, float, float, float]:
    """Return west, south, east and north of a tile in metres of EPSG:3857.

    Raises:
        BadSetting: there is no such tile.
    """
    if not 0 <= zoom <= MOST_ZOOM:
        raise BadSetting(f"there is no zoom {zoom}; give 0 to {MOST_ZOOM}")
    if not (0 <= column < 2**zoom and 0 <= row < 2**zoom):
        raise BadSetting(
            f"there is no tile {column}/{row} at zoom {zoom}; give 0 to {2**zoom - 1} for both"
        )
    box = _MAP.xy_bounds(morecantile.Tile(column, row, zoom))
    return float(box.left), float(box.bottom), float(box.right), float(box.top)


def is_beside(
    frontier: Frontier, extent: Span, reach_m: float, box: tuple[float, float, float, float]
) -> bool:
    """Say whether any land within `reach_m` of a stretch of border lies in a box.

    Args:
        frontier: the line.
        extent: the stretch.
        reach_m: the wider side of the corridor.
        box: west, south, east, north in metres of EPSG:3857.
    """
    x, y = np.array(box)[[0, 2]], np.array(box)[[1, 3]]
    lon, lat = display.changed(x, y, _MAP_CRS, "EPSG:4326")
    near = frontier.spans_near([shapely.box(lon[0], lat[0], lon[1], lat[1])], reach_m)
    return bool(near & extent)


def chip(
    shown: Shown,
    lon: float,
    lat: float,
    *,
    bearing_deg: float,
    across_m: float,
    width: int,
    height: int,
) -> Picture:
    """Return a picture around a place, turned so that `bearing_deg` points up.

    With the bearing of the border less 90 degrees, the border runs from left to right.

    Args:
        shown: the image and how it is moved and toned.
        lon: degrees east, of the middle.
        lat: degrees north.
        bearing_deg: true direction that points up, from north.
        across_m: metres on the ground across the width.
        width: pixels, up to 1600.
        height: pixels, up to 1200.

    Raises:
        BadSetting: the picture would be too large or too small, or the place is not on Earth.
        BadImage: the image is gone or cannot be read.
    """
    if not (1 <= width <= MOST_WIDTH_PX and 1 <= height <= MOST_HEIGHT_PX):
        raise BadSetting(
            f"a chip of {width} x {height} pixels is not made; give up to {MOST_WIDTH_PX} x "
            f"{MOST_HEIGHT_PX}"
        )
    if not (1 <= across_m <= 100_000) or not math.isfinite(bearing_deg):
        raise BadSetting(
            f"a chip {across_m:g} m across, turned to {bearing_deg:g} degrees, is not made; give "
            "1 to 100000 m and a direction in degrees"
        )
    if not (abs(lon) <= 180 and abs(lat) <= 84):
        raise BadSetting(f"longitude {lon:g}, latitude {lat:g} is no place that can be shown")
    epsg = shown.epsg or utm_epsg(lon, lat)
    return _kept(
        shown,
        turned_grid(lon, lat, bearing_deg, across_m, (height, width), epsg),
        (height, width),
        f"EPSG:{epsg}",
    )


def turned_grid(
    lon: float, lat: float, bearing_deg: float, across_m: float, shape: tuple[int, int], epsg: int
) -> Affine:
    """Return the pixel grid of a turned picture in a UTM zone; arguments as for `chip`.

    The zone's own north and scale at the place are taken off, so that up is the true direction
    and a metre is a metre on the ground.
    """
    zone = Proj(f"EPSG:{epsg}")
    x, y = zone(lon, lat)
    here = zone.get_factors(lon, lat)
    size = across_m * here.meridional_scale / shape[1]
    up = math.radians(bearing_deg - here.meridian_convergence)
    sine, cosine = math.sin(up), math.cos(up)
    # One column to the right is 90 degrees clockwise of up; one row down is opposite to up.
    right, down = (cosine * size, -sine * size), (-sine * size, -cosine * size)
    height, width = shape
    west = x - right[0] * width / 2 - down[0] * height / 2
    north = y - right[1] * width / 2 - down[1] * height / 2
    return Affine(right[0], down[0], west, right[1], down[1], north)


def _kept(shown: Shown, affine: Affine, shape: tuple[int, int], crs: str) -> Picture:
    """Return the picture of a grid, made once while it is in the cache."""
    stamps = display.changed_ns(shown.path, shown.reference)
    key = (shown, stamps, tuple(affine[:6]), shape, crs)
    found = KEPT.get(key)
    return found or KEPT.put(key, _made(shown, affine, shape, crs))


def _made(shown: Shown, affine: Affine, shape: tuple[int, int], crs: str) -> Picture:
    with POOL.opened(shown.path) as one:
        places = display.grid_places(one, shown, affine, shape, crs)
        if not _reaches(places, one.source.width, one.source.height):
            return display.nothing(shape[1], shape[0], NO_IMAGE)
        found = display.pixels_at(one, places)
    if found is None:
        return display.nothing(shape[1], shape[0], ZOOM_IN)
    pixels, valid = found
    if not valid.any():
        return display.nothing(shape[1], shape[0], NO_IMAGE)
    return display.encoded(display.coloured(pixels, shown), valid)


def _reaches(places: np.ndarray, width: int, height: int) -> bool:
    column, row = places
    return bool(((column > -1) & (row > -1) & (column < width) & (row < height)).any())
