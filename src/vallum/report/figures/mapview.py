"""The part of the earth that a map draws, and what stands in its corners."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.transforms import Bbox
from numpy.typing import NDArray
from pyproj import Transformer

from vallum.ground.span import Span
from vallum.report.book import Book
from vallum.report.figures.ink import BLACK, nice
from vallum.report.printing import whole_length_text
from vallum.report.tongue import say

WIDTH_IN = 9.6
_LEAST_IN, _MOST_IN = 3.4, 7.6
_PAD, _PAD_SAID = 0.10, 0.17  # the second where claims run beside the line
SAMPLES = 3000
Points = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class View:
    """The part of the earth that is drawn: a local projection true in area and near its middle."""

    forward: Any
    backward: Any
    at_m: Points
    line: Points  # (n, 2), metres east and north of the middle, along the extent
    bounds: tuple[float, float, float, float]
    metres_per_in: float
    ink: Points  # (n, 2), what names must not cover

    def project(self, lon: Any, lat: Any) -> Points:
        """Metres east and north of the middle, `(n, 2)`."""
        return np.column_stack(self.forward.transform(np.atleast_1d(lon), np.atleast_1d(lat)))

    def run(self, span: Span) -> Points:
        """The line along a span, `(n, 2)`."""
        inner = self.at_m[(self.at_m > span.start_m) & (self.at_m < span.end_m)]
        at = np.concatenate([[span.start_m], inner, [span.end_m]])
        return np.column_stack(
            [np.interp(at, self.at_m, self.line[:, 0]), np.interp(at, self.at_m, self.line[:, 1])]
        )


def view_of(book: Book) -> tuple[View, float]:
    """Return what a map of the extent shows, and its height in inches."""
    at_m = np.linspace(book.extent.start_m, book.extent.end_m, SAMPLES)
    lon, lat = book.frontier.points_at(at_m)
    middle = f"+lat_0={(lat.min() + lat.max()) / 2:.6f} +lon_0={(lon.min() + lon.max()) / 2:.6f}"
    local = f"+proj=laea {middle} +datum=WGS84 +units=m"
    forward = Transformer.from_crs("EPSG:4326", local, always_xy=True)
    backward = Transformer.from_crs(local, "EPSG:4326", always_xy=True)
    line = np.column_stack(forward.transform(lon, lat))
    room = max(book.left_m, book.right_m)
    low, high = line.min(axis=0) - room, line.max(axis=0) + room
    pad = _PAD_SAID if any(one.cells & book.extent for one in book.claims) else _PAD
    size = (high - low) * (1 + 2 * pad)
    height = float(np.clip(WIDTH_IN * size[1] / size[0], _LEAST_IN, _MOST_IN))
    scale = max(size[0] / WIDTH_IN, size[1] / height)
    centre = (low + high) / 2
    half = np.array([WIDTH_IN, height]) * scale / 2
    (left, bottom), (right, top) = centre - half, centre + half
    shapes = [one.shape for one in book.stated] + [one.shape for one in book.unreviewed]
    whole = np.linspace(0, book.frontier.length_m, 2 * SAMPLES)
    lon_lat = np.vstack(
        [shapely.get_coordinates(shapes), np.column_stack(book.frontier.points_at(whole))]
    )
    around = np.column_stack(forward.transform(*lon_lat.T))
    near = np.abs(around - (low + high) / 2).max(axis=1) < scale * (WIDTH_IN + _MOST_IN)
    ink = np.vstack([line, around[near]])
    view = View(
        forward=forward,
        backward=backward,
        at_m=at_m,
        line=line,
        bounds=(float(left), float(bottom), float(right), float(top)),
        metres_per_in=float(scale),
        ink=ink,
    )
    return view, height


def corner_box(view: View, corner: tuple[str, str], wide: float, tall: float) -> Bbox:
    """A box in a corner, sizes in inches, in metres."""
    left, bottom, right, top = view.bounds
    pad, unit = 0.22 * view.metres_per_in, view.metres_per_in
    x = left + 0.5 * unit if corner[1] == "left" else right - wide * unit - pad
    y = bottom + 1.6 * pad if corner[0] == "bottom" else top - tall * unit - pad
    return Bbox.from_bounds(x, y, wide * unit, tall * unit)


def corners_by_room(view: View) -> list[tuple[str, str]]:
    """Corners, the one with the least of the line in it first."""
    corners = [(a, b) for a in ("bottom", "top") for b in ("left", "right")]

    def crowded(corner: tuple[str, str]) -> int:
        box = corner_box(view, corner, 2.1, 1.5)
        x, y = view.line.T
        return int(((x > box.x0) & (x < box.x1) & (y > box.y0) & (y < box.y1)).sum())

    return sorted(corners, key=crowded)


def scale_bar(axes: Axes, view: View, corner: tuple[str, str]) -> Bbox:
    """Draw a scale bar into a corner and return the box that it takes."""
    length = nice(view.metres_per_in * 0.75)
    wide = length / view.metres_per_in
    box = corner_box(view, corner, wide, 0.32)
    y, tall = box.y0, 0.06 * view.metres_per_in
    for step, face in ((0, BLACK), (1, "white")):
        axes.add_patch(Rectangle((box.x0 + step * length / 2, y), length / 2, tall, facecolor=face,
                                 edgecolor=BLACK, lw=0.8, zorder=8))  # fmt: skip
    axes.text(box.x0 + length / 2, y + 1.6 * tall, whole_length_text(length), size=9, color=BLACK,
              ha="center", va="bottom", zorder=8)  # fmt: skip
    return box


def north(axes: Axes, view: View, corner: tuple[str, str]) -> Bbox:
    """Draw an arrow to the north above the scale bar and return the box that it takes."""
    box = corner_box(view, corner, 0.4, 0.6)
    box = box.translated(0, 0.45 * view.metres_per_in)  # above the scale bar
    lon, lat = view.backward.transform((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
    (x0, y0), (x1, y1) = view.project([lon, lon], [lat, lat + 0.001])
    reach = 0.5 * view.metres_per_in / math.hypot(x1 - x0, y1 - y0)
    way_x, way_y = float(x1 - x0) * reach, float(y1 - y0) * reach
    foot = ((box.x0 + box.x1) / 2, box.y0)
    axes.annotate("", (foot[0] + way_x, foot[1] + way_y), foot, zorder=8,
                  arrowprops={"arrowstyle": "-|>", "color": BLACK, "lw": 1.4})  # fmt: skip
    tip = (foot[0] + way_x * 1.08, foot[1] + way_y * 1.08)
    axes.text(
        *tip, say("N"), size=10, weight="bold", ha="center", va="bottom", color=BLACK, zorder=8
    )
    return box
