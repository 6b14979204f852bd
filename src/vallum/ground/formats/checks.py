"""What every vector file must pass, whatever its format."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError
from shapely.geometry.base import BaseGeometry

from vallum.ground.errors import BadInput

MAX_VERTICES = 5_000_000
MAX_FEATURES = 1_000_000
MAX_BYTES = 512 << 20
MAX_TEXT = 1_000_000
MAX_PROBLEMS = 200
MAX_NESTING = 8
_EPSG = re.compile(
    r"(?:urn:ogc:def:crs:|https?://www\.opengis\.net/def/crs/)?EPSG[:/]"
    r"(?:[\d.]*[:/])?(\d{4,6})",
    re.IGNORECASE,
)
_DEGREES = re.compile(r"(?:urn:ogc:def:crs:)?OGC:(?:1\.3|2)?:?CRS84", re.IGNORECASE)

Scalar = str | float | int | bool | None


class Refused(Exception):
    """One feature cannot be used; the text says why."""


@dataclass
class Gathered:
    """Features as they are read, and what was wrong with the others.

    Args:
        name: of the file, for messages.
        to_degrees: turns shapes of the file into EPSG:4326; None when they already are.
    """

    name: str
    to_degrees: Callable[[BaseGeometry], BaseGeometry] | None = None
    features: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    number: int = 0
    vertices: int = 0
    left_out: int = 0

    @contextmanager
    def feature(self, label: str = "") -> Iterator[None]:
        """Count one feature; a `Refused` or an impossible geometry inside drops it with a word."""
        self.number += 1
        if self.number > MAX_FEATURES:
            raise BadInput(
                f"{self.name}: holds more than {MAX_FEATURES:,} features; "
                "split the file and try again"
            )
        try:
            yield
        except (Refused, shapely.errors.ShapelyError) as error:
            what = f"feature {self.number}" + (f" ({label[:60]})" if label else "")
            self.problem(f"{self.name}: {what} was left out: {error}")

    def problem(self, text: str) -> None:
        """Note one problem; beyond 200 they are only counted."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(text)
        else:
            self.left_out += 1

    def spend(self, vertices: int) -> None:
        """Count vertices before memory is taken for them.

        Raises:
            BadInput: the file holds more than vallum reads.
        """
        self.vertices += vertices
        if self.vertices > MAX_VERTICES:
            raise BadInput(
                f"{self.name}: holds more than {MAX_VERTICES:,} vertices; "
                "cut out what you need and try again"
            )

    def add(self, shape: BaseGeometry | None, properties: Mapping[Any, Any]) -> None:
        """Keep the current feature if its shape passes all checks."""
        if shape is None:
            raise Refused("it has no geometry")
        shape = shapely.force_2d(shape)
        if self.to_degrees is not None:
            shape = self.to_degrees(shape)
        self.features.append(
            {"shape": checked(shape), "number": self.number, "properties": plain(properties)}
        )

    def done(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Return features and problems."""
        more = [f"{self.name}: {self.left_out} more problems of this sort"] if self.left_out else []
        return self.features, [*self.problems, *more]


def checked(shape: BaseGeometry) -> BaseGeometry:
    """Return the shape (EPSG:4326) if it can be measured.

    Raises:
        Refused: empty, not on Earth, torn at the 180th meridian, without length, or crossing
            itself.
    """
    if shape.is_empty:
        raise Refused("its geometry is empty")
    xy = shapely.get_coordinates(shape)
    bad = np.flatnonzero(
        ~np.isfinite(xy).all(axis=1) | (np.abs(xy[:, 0]) > 180) | (np.abs(xy[:, 1]) > 90)
    )
    if bad.size:
        lon, lat = xy[bad[0]]
        raise Refused(
            f"longitude {lon:g}, latitude {lat:g} is not on Earth"
            + (
                "; latitude and longitude look swapped, write longitude first"
                if abs(lon) <= 90 < abs(lat) <= 180
                else ""
            )
        )
    for line in shapely.get_parts(shapely.get_parts(shape)):
        if line.geom_type in {"LineString", "LinearRing"} and line.length == 0:
            raise Refused("its line has no length")
        edge = line.boundary if line.geom_type == "Polygon" else line
        for ring in shapely.get_parts(edge):
            if np.any(np.abs(np.diff(shapely.get_coordinates(ring)[:, 0])) > 180):
                raise Refused("it crosses the 180th meridian; cut it there")
    if not shape.is_valid:
        raise Refused(f"its area is not valid ({shapely.is_valid_reason(shape)[:80]})")
    return shape


def plain(properties: Mapping[Any, Any]) -> dict[str, Scalar]:
    """Return properties as text and numbers; nested values become JSON text, bytes a length."""
    return {str(key)[:256]: _scalar(value) for key, value in properties.items()}


def _scalar(value: Any) -> Scalar:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes):
        return f"({len(value)} bytes)"
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    return str(value)[:MAX_TEXT].encode("utf-8", "replace").decode()


def from_crs(crs: CRS | str, name: str) -> Callable[[BaseGeometry], BaseGeometry] | None:
    """Return what turns shapes of `crs` into EPSG:4326, or None when nothing is to be done.

    Args:
        crs: a CRS, or a name of the form EPSG:1234 or CRS84 in one of its old spellings. Other
            strings are refused: PROJ would take addresses and file names.
        name: of the file, for the message.

    Raises:
        BadInput: the coordinate system is not known.
    """
    if isinstance(crs, str):
        if _DEGREES.fullmatch(crs):
            return None
        match = _EPSG.fullmatch(crs)
        if match is None:
            raise BadInput(
                f"{name}: its coordinate system is not named by an EPSG code, so "
                "vallum cannot tell where it lies; save it as EPSG:4326 and try again"
            )
        crs = crs_of_epsg(int(match[1]), name)
    if crs.to_epsg() == 4326 or crs == CRS.from_epsg(4326):
        return None
    turn = Transformer.from_crs(crs, 4326, always_xy=True)

    def to_degrees(shape: BaseGeometry) -> BaseGeometry:
        def move(xy: Any) -> Any:
            try:
                return np.column_stack(turn.transform(xy[:, 0], xy[:, 1], errcheck=True))
            except ProjError:
                raise Refused("it lies outside the area of its coordinate system") from None

        return shapely.transform(shape, move)

    return to_degrees


def crs_of_epsg(code: int, name: str) -> CRS:
    """Return the CRS of an EPSG code.

    Raises:
        BadInput: there is no such code.
    """
    try:
        return CRS.from_epsg(code)
    except CRSError:
        raise BadInput(
            f"{name}: there is no coordinate system EPSG:{code}; "
            "save the file as EPSG:4326 and try again"
        ) from None


def crs_of_wkt(text: str, name: str) -> CRS:
    """Return the CRS of a WKT text of at most 20,000 characters.

    Raises:
        BadInput: the text is no WKT.
    """
    try:
        if not re.match(r"\s*[A-Za-z]+\s*\[", text) or len(text) > 20_000:
            raise CRSError("no WKT")
        return CRS.from_wkt(text)
    except CRSError:
        raise BadInput(
            f"{name}: its coordinate system cannot be read; "
            "save the file as EPSG:4326 and try again"
        ) from None
