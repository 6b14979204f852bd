"""What is built at a border, and how it looks from above: fences, walls, roads, posts, towers.

A structure becomes *strokes* (soil, shadow, mesh, posts, roof), each with its own width, colour
and cover; strokes are drawn finer than a pixel and laid on the picture by the share they cover.
Every shadow follows from the picture's own sun.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Point
from shapely.geometry.base import BaseGeometry

from vallum.ground.kinds import Kind
from vallum.simulate.land import Image, Pixels
from vallum.simulate.season import Sun

Colour = tuple[float, float, float]
_SOIL: Colour = (163, 147, 121)
_CONCRETE: Colour = (176, 172, 164)
_FINE = 4
"""Parts into which a pixel is cut for drawing."""
_PIECE_M = 18.0
_ORDER = {Kind.CLEARED_STRIP: 0, Kind.PATROL_ROAD: 1}


@dataclass(frozen=True, kw_only=True)
class Look:
    """How one structure looks; lengths in metres, covers from 0 (not there) to 1 (opaque).

    Attributes:
        width_m: breadth seen from above; for a point, the length of its sides.
        height_m: top above ground; throws the shadow.
        cover: how much of `width_m` hides the ground; a mesh hides little.
        shade: how dark its shadow is; a mesh throws a porous one.
        colour: of mesh, wall, roof or road.
        strip_m: breadth of cleared ground around it; 0 for none.
        strip_cover: how bare that ground is.
        strip_share: share of the length that has the strip.
        post_each_m: distance between fence posts; 0 for none.
        gap_m: between the two rows of a double fence, or of wheel tracks; 0 for one row.
        uneven: how much the contrast changes along a line, 0 to 1.
        post_cover: how much its posts hide; None for what follows from `cover`.
        lean: metres to the right and down by which the view displaces the top of a thing one
            metre high; a wall or house then shows its face.
        pitch: how much the two halves of a roof differ; 0 for a flat one.
    """

    width_m: float
    height_m: float = 0.0
    cover: float = 1.0
    shade: float = 0.5
    colour: Colour = _CONCRETE
    strip_m: float = 0.0
    strip_cover: float = 0.0
    strip_share: float = 1.0
    strip_colour: Colour = _SOIL
    post_each_m: float = 0.0
    gap_m: float = 0.0
    uneven: float = 0.3
    post_cover: float | None = None
    lean: tuple[float, float] = (0.0, 0.0)
    pitch: float = 0.2


LOOKS: dict[Kind, Look] = {
    Kind.FENCE: Look(
        width_m=0.35,
        height_m=2.6,
        cover=0.32,
        shade=0.15,
        post_each_m=4.0,
        strip_m=2.6,
        strip_cover=0.24,
        strip_share=0.55,
        uneven=0.4,
    ),
    Kind.DOUBLE_FENCE: Look(
        width_m=0.35,
        height_m=2.8,
        cover=0.3,
        shade=0.15,
        post_each_m=4.0,
        gap_m=7.0,
        strip_m=10.0,
        strip_cover=0.35,
    ),
    Kind.WALL: Look(width_m=0.5, height_m=3.2, shade=0.6, colour=(186, 182, 174)),
    Kind.PATROL_ROAD: Look(width_m=4.4, cover=0.6, colour=(170, 157, 134), uneven=0.2),
    Kind.CLEARED_STRIP: Look(width_m=8.0, cover=0.6, colour=_SOIL),
    Kind.GUARD_POST: Look(
        width_m=3.8, height_m=3.4, shade=0.55, colour=(150, 158, 164), strip_m=7.0, strip_cover=0.3
    ),
    Kind.WATCHTOWER: Look(
        width_m=4.4, height_m=9.0, shade=0.6, colour=(168, 164, 158), strip_m=8.0, strip_cover=0.25
    ),
    Kind.BUILDING: Look(width_m=9.0, height_m=3.6, shade=0.55, colour=(150, 120, 104)),
}
OLD_FENCE = replace(
    LOOKS[Kind.FENCE],
    width_m=0.25,
    height_m=2.0,
    cover=0.28,
    shade=0.1,
    strip_m=1.6,
    strip_cover=0.1,
    strip_share=0.7,
    colour=(138, 130, 118),
    post_each_m=5.0,
)
STRONG_FENCE = replace(
    LOOKS[Kind.FENCE],
    width_m=0.6,
    height_m=3.2,
    cover=0.3,
    shade=0.15,
    strip_m=4.2,
    strip_cover=0.25,
    strip_share=0.65,
    post_each_m=3.0,
)
TRACK = replace(LOOKS[Kind.PATROL_ROAD], width_m=0.8, cover=0.4, gap_m=1.7, colour=_SOIL)
PAVED = replace(
    LOOKS[Kind.PATROL_ROAD], width_m=7.0, cover=0.95, colour=(128, 126, 122), uneven=0.05
)
FIELD_FENCE = replace(
    OLD_FENCE,
    width_m=0.5,
    height_m=2.2,
    cover=0.45,
    shade=0.22,
    post_each_m=3.0,
    strip_m=1.2,
    strip_cover=0.2,
    colour=(96, 88, 76),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Stroke:
    """One mark: lines or filled areas of one colour, in pixels (column, row).

    Attributes:
        order: strokes of higher order lie above.
        colour: None darkens what lies below, as a shadow does.
        width_px: of lines; 0 fills the outlines instead.
        cover: 0 to 1.
        outlines: each (n, 2).
        box: west, north, east, south in pixels.
    """

    order: int
    colour: Colour | None
    width_px: float
    cover: float
    outlines: tuple[NDArray[np.float64], ...]
    box: tuple[float, float, float, float]


def paint(
    image: Image,
    shape_px: BaseGeometry,
    kind: Kind,
    look: Look | None,
    sun: Sun,
    rng: np.random.Generator,
    *,
    gsd_m: float = 0.5,
) -> Image:
    """Return a copy of `image` in which one structure stands.

    Args:
        image: (band, y, x); digital numbers are taken as 0-255 for uint8 and scaled for uint16 so
            that its 99th percentile is a bright 200.
        shape_px: LineString or Point in pixels (column, row); the centre of the first pixel is
            (0.5, 0.5).
        kind: what it is.
        look: how it looks; None for the usual look of its kind.
        sun: throws the shadow.
        rng: chance of its unevenness, its posts and its direction.
        gsd_m: size of a pixel.
    """
    scale = 1.0 if image.dtype == np.uint8 else max(1.0, float(np.percentile(image, 99)) / 200)
    canvas = image.astype(np.float32) / np.float32(scale)
    draw(
        canvas,
        strokes(shape_px, kind, look or LOOKS[kind], sun, rng, gsd_m=gsd_m),
    )
    top = np.iinfo(image.dtype).max
    painted: Image = np.clip(np.rint(canvas * scale), 0, top).astype(image.dtype)
    return painted


def strokes(
    shape_px: BaseGeometry,
    kind: Kind,
    look: Look,
    sun: Sun,
    rng: np.random.Generator,
    *,
    gsd_m: float,
) -> list[Stroke]:
    """Return the marks of one structure; see `paint` for the arguments."""
    if isinstance(shape_px, Point):
        return _box_strokes(shape_px, look, sun, rng, gsd_m)
    rows = [shape_px]
    if look.gap_m:
        away = look.gap_m / 2 / gsd_m
        rows = [shapely.offset_curve(shape_px, away), shapely.offset_curve(shape_px, -away)]
    marks: list[Stroke] = []
    if look.gap_m and look.strip_m:
        soil = replace(
            look,
            width_m=look.strip_m,
            cover=look.strip_cover,
            strip_m=0.0,
            height_m=0.0,
            post_each_m=0.0,
            gap_m=0.0,
            colour=look.strip_colour,
        )
        marks += _line_strokes(shape_px, soil, sun, rng, gsd_m, order=0)
        look = replace(look, strip_m=0.0)
    for row in rows:
        marks += _line_strokes(row, look, sun, rng, gsd_m, order=_ORDER.get(kind, 3))
    return marks


def draw(
    canvas: Pixels,
    marks: Iterable[Stroke],
    *,
    column: float = 0.0,
    row: float = 0.0,
) -> None:
    """Lay marks on `canvas`, in place.

    Args:
        canvas: (band, y, x) float32, 0-255. A fourth band and further ones get the mean colour.
        marks: strokes in pixels; those outside the canvas are left out.
        column: place of the canvas's left edge.
        row: place of its upper edge.
    """
    height, width = canvas.shape[1:]
    layers: dict[tuple[int, Colour | None], list[Stroke]] = {}
    for mark in marks:
        west, north, east, south = mark.box
        if west < column + width and east > column and north < row + height and south > row:
            layers.setdefault((mark.order, mark.colour), []).append(mark)
    # shadows fall on soil and roads and under mesh and roofs
    for order, colour in sorted(layers, key=lambda one: (one[0], one[1] or ())):
        _lay(canvas, colour, layers[order, colour], column, row)


def _lay(
    canvas: Pixels,
    colour: Colour | None,
    layer: Sequence[Stroke],
    column: float,
    row: float,
) -> None:
    boxes = np.array([mark.box for mark in layer])
    left = max(0, math.floor(boxes[:, 0].min() - column))
    upper = max(0, math.floor(boxes[:, 1].min() - row))
    right = min(canvas.shape[2], math.ceil(boxes[:, 2].max() - column))
    lower = min(canvas.shape[1], math.ceil(boxes[:, 3].max() - row))
    if right <= left or lower <= upper:
        return
    sheet = np.zeros(((lower - upper) * _FINE, (right - left) * _FINE), np.uint8)
    corner = np.array([column + left, row + upper])
    for mark in layer:
        points = [
            np.rint((outline - corner) * _FINE * 16 - 8).astype(np.int32)
            for outline in mark.outlines
        ]
        if mark.width_px == 0:
            cv2.fillPoly(sheet, points, round(255 * mark.cover), cv2.LINE_8, 4)
            continue
        breadth = max(1, round(mark.width_px * _FINE))
        # drawn in whole parts: what is thinner or broader than that covers less or more of it
        cover = min(1.0, mark.cover * mark.width_px * _FINE / breadth)
        cv2.polylines(sheet, points, False, round(255 * cover), breadth, cv2.LINE_8, 4)
    share = cv2.resize(sheet, (right - left, lower - upper), interpolation=cv2.INTER_AREA)
    cover_of = share.astype(np.float32) / 255
    under = canvas[:, upper:lower, left:right]
    if colour is None:
        # sky light is blue, so shadows lose more red than blue
        under *= 1.0 - cover_of * _bands((1.0, 0.97, 0.9), len(under))
    else:
        under += cover_of * (_bands(colour, len(under)) - under)


def _bands(colour: Colour, n_bands: int) -> NDArray[np.float32]:
    mean = sum(colour) / 3
    values = [*colour, *[mean] * n_bands][:n_bands] if n_bands >= 3 else [mean] * n_bands
    return np.asarray(values, np.float32)[:, None, None]


def _line_strokes(
    line: BaseGeometry, look: Look, sun: Sun, rng: np.random.Generator, gsd_m: float, *, order: int
) -> list[Stroke]:
    marks: list[Stroke] = []
    cast = np.array(sun.shadow) * look.height_m / gsd_m
    lean = np.array(look.lean) * look.height_m / gsd_m
    pieces = _pieces(line, _PIECE_M / gsd_m)
    strength = _wander(len(pieces), rng, correlated_over=7)
    strength = np.clip(1.0 + look.uneven * strength, 0.35, 1.6)
    bare = _wander(len(pieces), rng, correlated_over=12)
    bare_limit = np.quantile(bare, 1 - look.strip_share) if look.strip_share < 1 else -np.inf
    for piece, factor, rank in zip(pieces, strength, bare, strict=True):
        if look.strip_m and rank >= bare_limit:
            marks.append(
                _stroke(
                    0, look.strip_colour, look.strip_m / gsd_m, look.strip_cover * factor, [piece]
                )
            )
        if look.height_m:
            shadow = np.vstack([piece, (piece + cast)[::-1]])
            marks.append(_stroke(2, None, 0.0, look.shade * factor, [shadow]))
        if lean.any():
            face = np.vstack([piece, (piece + lean)[::-1]])
            marks.append(_stroke(order, _dim(look.colour), 0.0, 0.85 * look.cover * factor, [face]))
            piece = piece + lean
        marks.append(
            _stroke(order, look.colour, look.width_m / gsd_m, look.cover * factor, [piece])
        )
    if look.post_each_m:
        marks += _fence_posts(line, look, cast, rng, gsd_m)
    return marks


def _fence_posts(
    line: BaseGeometry,
    look: Look,
    cast: NDArray[np.float64],
    rng: np.random.Generator,
    gsd_m: float,
) -> list[Stroke]:
    each = look.post_each_m / gsd_m
    n = max(2, int(line.length / each))
    at = (np.arange(n) + 0.25 * rng.random(n)) * each
    feet = shapely.get_coordinates(shapely.line_interpolate_point([line], at))
    side = max(0.3, look.width_m) / gsd_m
    cover = min(0.9, 1.6 * look.cover) if look.post_cover is None else look.post_cover
    marks = []
    for group in np.array_split(feet, max(1, n // 12)):
        tops = [np.array([foot, foot + 0.01]) for foot in group]
        shadows = [np.array([foot, foot + cast]) for foot in group]
        marks.append(_stroke(2, None, 0.25 / gsd_m, min(0.6, 2 * look.shade), shadows))
        marks.append(_stroke(4, look.colour, side, cover, tops))
    return marks


def _box_strokes(
    point: Point, look: Look, sun: Sun, rng: np.random.Generator, gsd_m: float
) -> list[Stroke]:
    """Return soil, shadow and a roof of two pitches of a small house that stands at `point`."""
    centre = np.array([point.x, point.y])
    turn = rng.uniform(0, math.pi)
    long, short = look.width_m * rng.uniform(1.0, 1.25), look.width_m * rng.uniform(0.8, 1.0)
    along = np.array([math.cos(turn), math.sin(turn)]) * long / 2 / gsd_m
    across = np.array([-math.sin(turn), math.cos(turn)]) * short / 2 / gsd_m
    corners = centre + np.array([along + across, along - across, -along - across, across - along])
    cast = np.array(sun.shadow) * look.height_m / gsd_m
    hull = shapely.MultiPoint(np.vstack([corners, corners + cast])).convex_hull
    marks = []
    if look.strip_m:
        marks.append(
            _stroke(
                0,
                look.strip_colour,
                look.strip_m / gsd_m,
                look.strip_cover * rng.uniform(0.6, 1.2),
                [np.array([centre, centre + 0.1])],
            )
        )
    marks.append(_stroke(2, None, 0.0, look.shade, [shapely.get_coordinates(hull)]))
    # towards the sun a roof is brighter than away from it
    east, south = (-part for part in sun.shadow)
    tilt = look.pitch * float(across @ [east, south]) / float(np.hypot(*across))
    tone = rng.uniform(0.88, 1.1)
    lean = np.array(look.lean) * look.height_m / gsd_m
    if lean.any():
        seen = shapely.MultiPoint(np.vstack([corners, corners + lean])).convex_hull
        walls = shapely.get_coordinates(seen)
        marks.append(_stroke(5, _dim(look.colour), 0.0, look.cover, [walls]))
    for side, half in ((1 + tilt, 1), (1 - tilt, -1)):
        pitch = centre + np.array([along, along + half * across, half * across - along, -along])
        pitch += lean
        colour = (
            look.colour[0] * side * tone,
            look.colour[1] * side * tone,
            look.colour[2] * side * tone,
        )
        marks.append(_stroke(6, colour, 0.0, look.cover, [pitch]))
    return marks


def _dim(colour: Colour) -> Colour:
    """Return the colour of a face beside that of the top."""
    return colour[0] * 0.72, colour[1] * 0.72, colour[2] * 0.74


def _stroke(
    order: int,
    colour: Colour | None,
    width_px: float,
    cover: float,
    outlines: Sequence[NDArray[np.float64]],
) -> Stroke:
    points = np.vstack(outlines)
    reach = width_px / 2 + 1
    west, north = points.min(axis=0) - reach
    east, south = points.max(axis=0) + reach
    return Stroke(
        order=order,
        colour=colour,
        width_px=width_px,
        cover=float(np.clip(cover, 0, 1)),
        outlines=tuple(outlines),
        box=(west, north, east, south),
    )


def _pieces(line: BaseGeometry, length_px: float) -> list[NDArray[np.float64]]:
    """Return the line cut into pieces of about `length_px`, each (n, 2)."""
    corners = shapely.get_coordinates(line)
    at = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
    n = max(1, round(at[-1] / length_px))
    cuts = np.linspace(0.0, at[-1], n + 1)
    ends = np.column_stack([np.interp(cuts, at, corners[:, k]) for k in (0, 1)])
    first = np.searchsorted(at, cuts[:-1], side="right")
    last = np.searchsorted(at, cuts[1:], side="left")
    return [np.vstack([ends[i], corners[first[i] : last[i]], ends[i + 1]]) for i in range(n)]


def _wander(n: int, rng: np.random.Generator, *, correlated_over: int) -> NDArray[np.float64]:
    """Return `n` values of mean 0 and deviation 1 that change slowly."""
    reach = np.arange(-3 * correlated_over, 3 * correlated_over + 1)
    window = np.exp(-0.5 * (reach / correlated_over) ** 2)
    white = rng.standard_normal(n + len(window) - 1)
    return np.convolve(white, window / np.sqrt((window**2).sum()), mode="valid")
