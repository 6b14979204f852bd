"""Lengths, directions and small distances on the WGS84 ellipsoid, for whole arrays at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

WGS84 = Geod(ellps="WGS84")
_A_M = 6378137.0
_E2 = 0.0066943799901413165
_E = _E2**0.5


def geodesic_length_m(shape: BaseGeometry) -> float:
    """Return the length of all lines (or rings) of `shape` in metres.

    Vertices are joined by geodesics of the WGS84 ellipsoid (Karney 2013, through PROJ).

    Args:
        shape: EPSG:4326; points have length 0, polygons the length of their rings.
    """
    total = 0.0
    for part in shapely.get_parts(shapely.get_parts(shape)):
        edge = part.boundary if part.geom_type == "Polygon" else part
        for line in shapely.get_parts(edge):
            if line.geom_type in {"LineString", "LinearRing"} and not line.is_empty:
                lon, lat = shapely.get_coordinates(line).T
                total += float(WGS84.line_length(lon, lat))
    return total


def steps(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Return azimuth at the start, azimuth at the end (degrees) and length (m) of each edge."""
    lon, lat = np.asarray(lon, float), np.asarray(lat, float)
    start, back, length_m = WGS84.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    return np.asarray(start), turned(np.asarray(back) + 180.0), np.asarray(length_m)


def moved(lon: Any, lat: Any, azimuth_deg: Any, by_m: Any) -> tuple[Floats, Floats]:
    """Return where one arrives from (lon, lat) after `by_m` metres; all arguments broadcast.

    Longitudes stay within 180 degrees of the start, so a shape near +180 is not torn.
    """
    lon, lat, azimuth, by = np.broadcast_arrays(
        *(np.asarray(v, float) for v in (lon, lat, azimuth_deg, by_m))
    )
    shape = lon.shape
    flat = [np.ascontiguousarray(v).ravel() for v in (lon, lat, azimuth, by)]
    there_lon, there_lat, _ = WGS84.fwd(flat[0], flat[1], flat[2], flat[3])
    near = flat[0] + turned(np.asarray(there_lon) - flat[0])
    return near.reshape(shape), np.asarray(there_lat).reshape(shape)


def turned(angle_deg: Any) -> Any:
    """Return the angle in [-180, 180)."""
    return (angle_deg + 180.0) % 360.0 - 180.0


def metres_per_degree(lat: Any) -> tuple[Any, Any]:
    """Return metres per degree of longitude and per degree of latitude at `lat`."""
    sine2 = np.sin(np.radians(lat)) ** 2
    root = np.sqrt(1.0 - _E2 * sine2)
    east = _A_M / root * np.cos(np.radians(lat))
    north = _A_M * (1.0 - _E2) / root**3
    return np.radians(east), np.radians(north)


def offsets_m(lon: Any, lat: Any, lon0: Any, lat0: Any) -> tuple[Any, Any]:
    """Return metres east and north of (lon0, lat0), to about d^3/R^2: 1 mm at 1 km, 1 m at 30 km.

    The scale is that of the middle latitude, so that the error is of second order.
    """
    east, north = metres_per_degree((np.asarray(lat) + lat0) / 2.0)
    return (lon - lon0) * east, (lat - lat0) * north


def mercator(lon: Any, lat: Any) -> tuple[Any, Any]:
    """Return ellipsoidal Mercator metres: conformal, so what is nearest stays nearest."""
    phi = np.radians(np.clip(lat, -89.0, 89.0))
    sine = np.sin(phi)
    y = np.arctanh(sine) - _E * np.arctanh(_E * sine)
    return _A_M * np.radians(lon), _A_M * y


def mercator_scale(lat: Any) -> Any:
    """Return Mercator metres per metre at `lat`."""
    phi = np.radians(np.clip(lat, -89.0, 89.0))
    return np.sqrt(1.0 - _E2 * np.sin(phi) ** 2) / np.cos(phi)


def utm_epsg(lon: float, lat: float) -> int:
    """Return the EPSG code of the UTM zone (WGS84) that holds a place; plain 6-degree zones."""
    zone = int((turned(lon) + 180.0) // 6.0) + 1
    return (32600 if lat >= 0 else 32700) + zone
