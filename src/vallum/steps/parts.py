"""Where two files outside any project are compared: beside a line, or everywhere, part by part."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import shapely
from odc.geo.geobox import GeoBox
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from vallum.frontier import Frontier, geodesic_length_m
from vallum.ground import foreign
from vallum.ground.errors import BadInput, BadLine, WorkerFailed
from vallum.ground.line import one_line
from vallum.ground.span import Span
from vallum.imagery import frame
from vallum.steps.laying import PLAIN_EPSG, Laid

_SECTION_M = 2000
_CELL_PX = 4096
_REACH_M, _REACH_PX = 150, 128
_LINE_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Part:
    """A stretch of the corridor, or a square of the image: aligned as one, searched as one."""

    name: str
    core: BaseGeometry  # EPSG:4326; the cores do not overlap
    reach: BaseGeometry  # EPSG:4326; a little more, so that things at its edge are whole
    span: Span | None


# -- the line -----------------------------------------------------------------------------------


def line_in(path: Path, pair: Laid) -> Frontier:
    """Return the line of a file: in degrees, or in pixels where the images have no georeference.

    Raises:
        BadLine: it cannot be used, or lies outside plain images.
    """
    if not pair.in_pixels:
        return Frontier.read(path, near=pair.area)
    if not path.is_file():
        raise BadLine(f"{path}: is not there; check the path")
    if not path.name.lower().endswith((".geojson", ".json", ".geojson.gz", ".json.gz")):
        raise BadLine(
            f"{path.name}: the images have no georeference, so the line comes as GeoJSON in pixels "
            "of the earlier one (column, row); nothing was compared"
        )
    try:
        job = "vallum.ground.formats.geojson:lines_in_pixels"
        lines: list[list[list[float]]] = foreign.call(
            job,
            {"path": str(path.absolute())},
            reads=[path],
            returns=list[list[list[float]]],
            wall_s=_LINE_S,
        )
    except BadInput as error:
        raise BadLine(str(error)) from error
    except WorkerFailed as error:
        raise BadLine(
            f"{path.name}: could not be opened safely ({error}); export it again"
        ) from error
    width, height = pair.grid.shape[1], pair.grid.shape[0]
    drawn = shapely.MultiLineString(lines)
    if not drawn.intersects(shapely.box(0, 0, width, height)):
        left, top, right, bottom = drawn.bounds
        raise BadLine(
            f"{path.name}: its line (columns {left:,.1f} to {right:,.1f}, rows {top:,.1f} to "
            f"{bottom:,.1f}) lies outside the images of {width} x {height} px; nothing was "
            "compared. Images without georeference need a line in pixels: column, row"
        )
    return Frontier(name=path.stem, line=one_line(_placed(lines, pair), path.name)[0])


def _placed(lines: Iterable[Sequence[Sequence[float]]], pair: Laid) -> list[BaseGeometry]:
    """Return lines in pixels as lines in EPSG:4326 on the map of the plain pictures."""
    transform, placed = pair.grid.affine, list[BaseGeometry]()
    for line in lines:
        xy = np.asarray(line, np.float64)
        x, y = transform * (xy[:, 0], xy[:, 1])
        placed.append(frame.from_crs(LineString(np.column_stack([x, y])), PLAIN_EPSG))
    return placed


# -- parts --------------------------------------------------------------------------------------


def parts(pair: Laid, frontier: Frontier | None, left_m: float, right_m: float) -> list[Part]:
    """Return what to compare: stretches of the corridor of a line, or squares that cover all.

    Raises:
        BadLine: the corridor lies outside what both images show.
    """
    found = list(_cells(pair) if frontier is None else _stretches(pair, frontier, left_m, right_m))
    if not found:
        raise BadLine(_outside(pair, frontier))
    return found


def _stretches(pair: Laid, frontier: Frontier, left_m: float, right_m: float) -> Iterator[Part]:
    """Yield stretches of about 2 km of what lies in or near both images."""
    widths = (left_m, right_m)
    near = frontier.spans_near([pair.area], max(widths))
    for whole in near:
        n_parts = max(1, round(whole.length_m / _SECTION_M))
        ends = [int(v) for v in np.linspace(whole.start_m, whole.end_m, n_parts + 1)]
        for start_m, end_m in pairwise(ends):
            span = Span(start_m, end_m)
            reach = span.widened(_REACH_M, whole)
            core = frontier.corridor(span, *widths).intersection(pair.area)
            if not core.is_empty:
                yield Part(
                    name=str(span),
                    core=core,
                    reach=frontier.corridor(reach, *widths).intersection(pair.area),
                    span=span,
                )


def _cells(pair: Laid) -> Iterator[Part]:
    """Yield squares of about 4,096 px that cover what both images show."""
    shown = pair.crop(pair.area)
    if shown is None:
        return
    n_rows, n_columns = (max(1, round(n / _CELL_PX)) for n in shown.shape)
    rows = np.linspace(0, shown.shape[0], n_rows + 1).astype(int)
    columns = np.linspace(0, shown.shape[1], n_columns + 1).astype(int)
    for top, bottom in pairwise(rows):
        for left, right in pairwise(columns):
            core = _area_of(shown, left, top, right, bottom, pair.epsg)
            more = (left - _REACH_PX, top - _REACH_PX, right + _REACH_PX, bottom + _REACH_PX)
            name = f"columns {left}-{right}, rows {top}-{bottom}"
            reach = _area_of(shown, *more, pair.epsg).intersection(pair.area)
            yield Part(name=name, core=core.intersection(pair.area), reach=reach, span=None)


def _area_of(
    grid: GeoBox, left: float, top: float, right: float, bottom: float, epsg: int
) -> BaseGeometry:
    # Half a hair more, so that rounding on the way through degrees loses no row of pixels.
    ring = shapely.segmentize(shapely.box(left - 0.01, top - 0.01, right + 0.01, bottom + 0.01), 64)
    xy = shapely.get_coordinates(ring)
    x, y = grid.affine * (xy[:, 0], xy[:, 1])
    return frame.from_crs(shapely.Polygon(np.column_stack([x, y])), epsg)


def _outside(pair: Laid, frontier: Frontier | None) -> str:
    if frontier is None:
        return "the two images share no pixel; nothing was compared"
    near_m = math.inf
    for shape in (pair.area, pair.area.centroid):
        pairs = shapely.get_coordinates(shapely.shortest_line(frontier.line, shape))
        near_m = min(near_m, geodesic_length_m(LineString(pairs)))
    return (
        f"{frontier.name}: the line passes {near_m / 1000:,.1f} km from what both images show; "
        "nothing was compared. Check the line, its order of longitude and latitude, or the images"
    )
