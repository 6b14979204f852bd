"""Where an image lies on the Earth, and how large its pixels are there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import ProjError

from vallum.ground.errors import BadImage
from vallum.imagery import stated

_GEOD = Geod(ellps="WGS84")
_WKT_CHARACTERS = 20_000
_SMALLEST_M, _LARGEST_M = 0.005, 10_000.0


def gsd_m(source: Any, name: str) -> float:
    """Return the size of a pixel at the middle of an image, measured on the ellipsoid.

    Of pixels that are not square the longer side counts: it decides what can be seen.

    Args:
        source: an open dataset, in any CRS.
        name: what to call it in messages.

    Raises:
        BadImage: it has no place on Earth; the message says why and what to do.
    """
    return round(max(sides_m(source, name)), 4)


def why_not_placed(source: Any) -> str:
    """Return in what way an image lacks a georeference; empty when it has one."""
    if source.transform.is_identity:
        return "has ground control points only" if source.gcps[0] else "has no georeference"
    return "has no coordinate reference system" if source.crs is None else ""


def sides_m(source: Any, name: str) -> tuple[float, float]:
    """Return width and height of a pixel at the middle of an image; arguments as for `gsd_m`.

    Raises:
        BadImage: it has no place on Earth; the message says why and what to do.
    """
    _check_transform(source, name)
    to_degrees = _to_degrees(source, name)
    columns = np.array([0, 0.5, 1, 0, 1]) * source.width
    rows = np.array([0, 0.5, 0, 1, 1]) * source.height
    x, y = _placed(source, columns, rows)
    lon, lat = (np.asarray(part) for part in to_degrees.transform(x, y))
    if source.crs.is_geographic and np.abs(y).max() > 90.01 and np.abs(x).max() <= 90.01:
        raise BadImage(
            f"{name}: has a latitude of {np.abs(y).max():.1f}; longitude and latitude seem to be "
            "swapped; correct its georeference"
        )
    is_placed = np.isfinite(lon).all() and np.isfinite(lat).all()
    if not (is_placed and np.abs(lat).max() <= 90.01 and np.abs(lon).max() <= 180.01):
        raise BadImage(
            f"{name}: its coordinates are no place on Earth in {crs_text(source)[:40]}; "
            "check its coordinate reference system"
        )
    middle_column, middle_row = columns[1], rows[1]
    side = np.array([-0.5, 0.5, 0.0, 0.0])
    x, y = _placed(source, middle_column + side, middle_row + side[::-1])
    lon, lat = (np.asarray(part) for part in to_degrees.transform(x, y))
    _, _, sides = _GEOD.inv(lon[::2], lat[::2], lon[1::2], lat[1::2])
    if not _SMALLEST_M <= float(np.max(sides)) <= _LARGEST_M:
        raise BadImage(
            f"{name}: its pixels would be {np.max(sides):.3g} m wide; "
            "check its coordinate reference system"
        )
    return float(sides[0]), float(sides[1])


def crs_text(source: Any) -> str:
    """Return `EPSG:n`, or the definition of a CRS without a number."""
    epsg = source.crs.to_epsg()
    return f"EPSG:{epsg}" if epsg else stated.words(source.crs.to_wkt(), 10_000)


def _placed(
    source: Any, columns: NDArray[Any], rows: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    a, b, c, d, e, f = source.transform[:6]
    return a * columns + b * rows + c, d * columns + e * rows + f


def _check_transform(source: Any, name: str) -> None:
    transform = source.transform
    if transform.is_identity:
        why = "has ground control points only" if source.gcps[0] else "has no georeference"
        raise BadImage(f"{name}: {why}; place it first, for example in QGIS (Georeferencer)")
    if not np.isfinite(transform[:6]).all() or abs(transform.determinant) < 1e-18:
        raise BadImage(f"{name}: its pixels have no size; fetch it again or georeference it")
    if source.crs is None:
        raise BadImage(
            f"{name}: has no coordinate reference system; state it with "
            "gdal_edit.py -a_srs EPSG:..."
        )


def _to_degrees(source: Any, name: str) -> Transformer:
    try:
        crs = CRS.from_wkt(source.crs.to_wkt()[:_WKT_CHARACTERS])
        return Transformer.from_crs(crs, 4326, always_xy=True)
    except (ProjError, ValueError) as error:
        raise BadImage(
            f"{name}: its coordinate reference system is not understood; state it with "
            "gdal_edit.py -a_srs EPSG:..."
        ) from error
