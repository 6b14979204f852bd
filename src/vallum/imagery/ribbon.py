"""The border pulled straight: a long, low picture to find one's way by.

**To navigate, never to measure.** Along a meander the picture is stretched on one side and squeezed
on the other; lengths, distances and directions on it are wrong, and decisions are made on the
turned but unwarped map (`tiles.chip`, or the map itself).

The picture follows a smoothed axis, because one bent around every meander would fold: of a
meandering river with 500 m to each side, 42 % of the length folds along the raw line, 0.5 % along
one smoothed with a sigma of 400 m. What still folds is greyed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import cKDTree

from vallum.frontier import Frontier
from vallum.ground.errors import BadSetting
from vallum.ground.geodesy import Floats, utm_epsg
from vallum.ground.span import Span
from vallum.imagery import display
from vallum.imagery.display import KEPT, NO_IMAGE, POOL, Picture, Shown
from vallum.imagery.sizes import MOST_RIBBON_M, MOST_RIBBON_PX

HALF_M = 300.0
SIGMA_SHARE = 0.9  # of the half-width
MOST_LENGTH_M = MOST_RIBBON_M
MOST_WIDTH_PX, MOST_HEIGHT_PX = MOST_RIBBON_PX
_LEAST_HALF_M = 50.0
_STEP_M = 5.0
_LATTICE_PX = 4  # folds are looked for in cells of so many pixels
_GREY, _DARK, _PALE = 96, 58, 74
_HATCH_PX = 12

Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Axis:
    """A smoothed border line in a UTM zone, every few metres of chainage.

    Attributes:
        span: the metres that are shown.
        epsg: the zone.
        half_m: metres shown on each side.
        sigma_m: how strongly it is smoothed.
        at_m: (n,) chainages; they reach beyond the span.
        xy: (n, 2) metres.
        right: (n, 2) unit vectors to the right of rising chainage.
    """

    span: Span
    epsg: int
    half_m: float
    sigma_m: float
    at_m: Floats
    xy: Floats
    right: Floats

    @cached_property
    def tree(self) -> cKDTree:
        """An index of `xy`."""
        return cKDTree(self.xy)


def half_width(left_m: float, right_m: float) -> float:
    """Return the metres that a ribbon shows on each side of a border with such a corridor."""
    return min(max(left_m, right_m, _LEAST_HALF_M), HALF_M)


@lru_cache(maxsize=32)
def axis(frontier: Frontier, span: Span, half_m: float) -> Axis:
    """Return the smoothed axis along which a span is pulled straight.

    Args:
        frontier: the line; beyond its ends it is continued by its own mirror image.
        span: at most 40 km.
        half_m: metres to each side; the axis is smoothed with a sigma of 0.9 times as much.

    Raises:
        BadSetting: the span is too long.
    """
    if span.length_m > MOST_LENGTH_M:
        raise BadSetting(f"a ribbon of {span.length_m} m is not made; give up to {MOST_LENGTH_M} m")
    sigma_m = SIGMA_SHARE * half_m
    reach_m = 4 * sigma_m + half_m
    n = math.ceil((span.length_m + 2 * reach_m) / _STEP_M) + 1
    at_m = np.linspace(span.start_m - reach_m, span.end_m + reach_m, n)
    middle = frontier.point_at(span.middle_m)
    epsg = utm_epsg(middle.x, middle.y)
    raw = _raw(frontier, at_m, epsg)
    smooth = gaussian_filter1d(raw, sigma_m / (at_m[1] - at_m[0]), axis=0, mode="nearest")
    along = np.gradient(smooth, axis=0)
    along /= np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    right = np.column_stack([along[:, 1], -along[:, 0]])
    return Axis(
        span=span,
        epsg=epsg,
        half_m=half_m,
        sigma_m=sigma_m,
        at_m=at_m,
        xy=smooth,
        right=right,
    )


def _raw(frontier: Frontier, at_m: Floats, epsg: int) -> Floats:
    """Return the line itself (n, 2), continued beyond its ends point by point mirrored."""
    last = float(frontier.length_m)
    inside = np.clip(at_m, 0.0, last)
    end = np.where(at_m < 0, 0.0, last)
    mirrored = np.clip(2 * end - at_m, 0.0, last)
    found = [_metres(*frontier.points_at(chainage), epsg) for chainage in (inside, end, mirrored)]
    is_beyond = (at_m < 0) | (at_m > last)
    return np.where(is_beyond[:, None], 2 * found[1] - found[2], found[0])


def _metres(lon: ArrayLike, lat: ArrayLike, epsg: int) -> Floats:
    return np.column_stack(
        display.changed(np.asarray(lon), np.asarray(lat), "EPSG:4326", f"EPSG:{epsg}")
    )


def places(line: Axis, width: int, height: int) -> tuple[Floats, Floats]:
    """Return the coordinates (y, x) of a ribbon's pixels in the axis' zone; left is on top."""
    at_m = columns_at(line.span, width)
    off_m = ((np.arange(height) + 0.5) / height * 2 - 1) * line.half_m
    x, y, right_x, right_y = (
        np.interp(at_m, line.at_m, values)
        for values in (*line.xy.T, *line.right.T)
    )  # fmt: skip
    return x + off_m[:, None] * right_x, y + off_m[:, None] * right_y


def columns_at(span: Span, width: int) -> Floats:
    """Return the chainage in the middle of each column of a ribbon."""
    return span.start_m + (np.arange(width) + 0.5) / width * span.length_m


def is_folded(line: Axis, width: int, height: int) -> Mask:
    """Return the pixels (y, x) that do not show their place once and the right way round.

    These are the pixels where the picture turns back on itself (the determinant of the mapping is
    not positive), and those that lie nearer to another part of the axis, which show a place that
    other pixels show too.
    """
    x, y = places(line, width, height)
    turn = np.gradient(x, axis=1) * np.gradient(y, axis=0)
    turn -= np.gradient(x, axis=0) * np.gradient(y, axis=1)
    # Rows go down to the right of the line, so that the determinant of a plain picture is negative.
    folded: Mask = turn >= 0
    rows, columns = np.arange(0, height, _LATTICE_PX), np.arange(0, width, _LATTICE_PX)
    some = np.ix_(rows, columns)
    nearest_m, _ = line.tree.query(np.column_stack([x[some].ravel(), y[some].ravel()]))
    off_m = np.abs(((rows + 0.5) / height * 2 - 1) * line.half_m)[:, None]
    is_double = nearest_m.reshape(len(rows), -1) < off_m - _STEP_M - 0.02 * line.half_m
    grown = np.repeat(np.repeat(is_double, _LATTICE_PX, 0), _LATTICE_PX, 1)
    both: Mask = folded | grown[:height, :width]
    return both


def folded_spans(line: Axis, width: int = 1200, height: int = 180) -> list[tuple[int, int]]:
    """Return the stretches of chainage in which some of a ribbon is greyed."""
    columns = is_folded(line, width, height).any(axis=0)
    turns = np.flatnonzero(np.diff(columns.astype(np.int8), prepend=0, append=0))
    edges = np.rint(line.span.start_m + turns / width * line.span.length_m).astype(int)
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def placed(line: Axis, lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Return where places lie on a ribbon, 0 to 1 from the left and from the top.

    Beside the line and off the ribbon the numbers are below 0 or above 1.

    Args:
        line: the axis.
        lon: (n,) degrees east.
        lat: (n,) degrees north.
    """
    xy = _metres(np.atleast_1d(lon), np.atleast_1d(lat), line.epsg)
    _, nearest = line.tree.query(xy)
    apart = xy - line.xy[nearest]
    right = line.right[nearest]
    ahead_m = -apart[:, 0] * right[:, 1] + apart[:, 1] * right[:, 0]
    off_m = (apart * right).sum(axis=1)
    speed = np.hypot(*np.gradient(line.xy, line.at_m, axis=0).T)[nearest]
    at_m = line.at_m[nearest] + ahead_m / np.maximum(speed, 0.05)
    along = (at_m - line.span.start_m) / line.span.length_m
    return along, off_m / (2 * line.half_m) + 0.5


def border_on(line: Axis, frontier: Frontier, n: int = 201) -> list[tuple[float, float]]:
    """Return where the border itself runs on a ribbon, as `placed` says it, at `n` chainages."""
    at_m = np.linspace(line.span.start_m, line.span.end_m, n)
    along, down = placed(line, *frontier.points_at(at_m))
    return [(round(float(x), 5), round(float(y), 5)) for x, y in zip(along, down, strict=True)]


def picture(line: Axis, pieces: Sequence[tuple[Span, Shown]], width: int, height: int) -> Picture:
    """Return a ribbon. To navigate by, never to measure on.

    Args:
        line: the axis.
        pieces: which image to show over which metres; the rest is hatched.
        width: pixels, up to 4000.
        height: pixels, up to 1000.

    Raises:
        BadSetting: the picture would be too large or too small.
        BadImage: an image is gone or cannot be read.
    """
    if not (8 <= width <= MOST_WIDTH_PX and 8 <= height <= MOST_HEIGHT_PX):
        raise BadSetting(
            f"a ribbon of {width} x {height} pixels is not made; give 8 to {MOST_WIDTH_PX} x "
            f"{MOST_HEIGHT_PX}"
        )
    paths = [path for _, shown in pieces for path in (shown.path, shown.reference)]
    key = (line, tuple(pieces), display.changed_ns(*paths), width, height)
    return KEPT.get(key) or KEPT.put(key, _made(line, pieces, width, height))


def _made(line: Axis, pieces: Sequence[tuple[Span, Shown]], width: int, height: int) -> Picture:
    x, y = places(line, width, height)
    at_m = columns_at(line.span, width)
    colours = _hatched(width, height)
    is_empty = True
    for span, shown in pieces:
        columns = np.flatnonzero((at_m >= span.start_m) & (at_m < span.end_m))
        if not columns.size:
            continue
        part = slice(columns[0], columns[-1] + 1)
        with POOL.opened(shown.path) as one:
            where = display.source_places(one, shown, x[:, part], y[:, part], f"EPSG:{line.epsg}")
            found = display.pixels_at(one, display.finite(where))
        if found is not None and found[1].any():
            is_empty = False
            here = colours[:, part]
            here[found[1]] = display.coloured(found[0], shown)[found[1]]
    folded = is_folded(line, width, height)
    colours[folded] = colours[folded] // 4 + _GREY * 3 // 4
    made = display.encoded(colours, np.ones((height, width), bool))
    why = NO_IMAGE if is_empty else ""
    return Picture(body=made.body, media_type=made.media_type, empty=why)


def _hatched(width: int, height: int) -> NDArray[np.uint8]:
    """Return grey hatching (y, x, 3), as where there is nothing to show."""
    column, row = np.meshgrid(np.arange(width), np.arange(height))
    is_pale = (column + row) % _HATCH_PX < 3
    grey = np.where(is_pale, _PALE, _DARK).astype(np.uint8)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)
