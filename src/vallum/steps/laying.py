"""Two files outside any project, laid on one grid of pixels; what is needed of them, and where.

With a georeference in both, the place on Earth decides; otherwise pixel lies on pixel, from the
upper left corner, on a map of their own. From there on both cases are one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import shapely
from affine import Affine
from odc.geo.geobox import GeoBox
from pyproj import CRS, Transformer
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from vallum.frontier import geodesic_length_m
from vallum.ground.errors import BadImage
from vallum.ground.geodesy import Floats, utm_epsg
from vallum.imagery import frame, loose
from vallum.imagery.loose import Picture

PLAIN_EPSG = int(loose.PLAIN_CRS.removeprefix("EPSG:"))
_NORTH_M = 7_000_000.0  # inside the area for which that map is made
_EAST_M = 500_000.0
_SAME_GSD = 1.02
_ONE_WINDOW_PX = 2304
_WINDOW_PX = 1024
_LEAST_WINDOW_PX = 768
_AROUND_PX = 160


@dataclass(frozen=True, kw_only=True)
class Laid:
    """Two pictures on one map.

    Attributes:
        one: the first file (A, or before).
        other: the second (B, or after).
        in_pixels: pixel lies on pixel; what they share in metres is then only assumed.
        area: what both show, EPSG:4326.
        grid: the grid on which they are compared.
        notes: what a person should know.
    """

    one: Picture
    other: Picture
    in_pixels: bool
    area: BaseGeometry
    grid: GeoBox
    notes: tuple[str, ...]

    @property
    def epsg(self) -> int:
        """EPSG code of the grid; only where `grid` is in metres."""
        return int(self.grid.crs.epsg)

    @property
    def gsd_m(self) -> float:
        """Pixel size of the grid; only where `grid` is in metres."""
        return float(abs(self.grid.affine.a))

    def in_grid(self, shape: BaseGeometry) -> BaseGeometry:
        """Return a shape (EPSG:4326) in columns and rows of the grid."""
        return _in_pixels(shape, 4326, str(self.grid.crs), self.grid.affine)

    def crop(self, shape: BaseGeometry, more_px: int = 0) -> GeoBox | None:
        """Return the part of the grid around a shape (EPSG:4326); None when it lies outside."""
        bounds = self.in_grid(shape).bounds
        return _sliced(self.grid, bounds, more_px) if bounds[0] == bounds[0] else None

    def prepare(self, windows: Sequence[GeoBox], areas: Iterable[BaseGeometry] = ()) -> None:
        """Copy what will be read of the files: windows of the grid, and areas in EPSG:4326."""
        boxes = [_box_of(window) for window in windows]
        for picture in (self.one, self.other):
            coarse = max(1.0, _px_m(self.grid) / max(_px_m(picture.grid), 1e-9))
            needed = [
                *(_in_pixels(b, str(self.grid.crs), picture.crs, picture.transform) for b in boxes),
                *(_in_pixels(a, 4326, picture.crs, picture.transform) for a in areas),
            ]
            loose.cut(picture, shapely.union_all(needed).buffer(_AROUND_PX * coarse))
            if self.in_pixels:
                loose.place(picture, picture.crs, picture.transform)


@contextmanager
def laid(
    one: Path,
    other: Path,
    *,
    on_pixels_of_one: bool,
    ignore_georeference: bool = False,
    gsd_m: float = 1.0,
) -> Iterator[Laid]:
    """Yield two files on one map; vallum's copies of them are gone afterwards.

    Args:
        one: the first file.
        other: the second.
        on_pixels_of_one: compare on the first file's own pixels, and accept that only one of the
            two has a georeference; otherwise compare on a grid in metres.
        ignore_georeference: lay pixel on pixel although the files say where they lie.
        gsd_m: taken for the pixel size of plain pictures.

    Raises:
        BadImage: a file cannot be used, only one has a georeference, or they show two places.
        DiskFull: there is no room for the copies.
    """
    with TemporaryDirectory(prefix="vallum-") as folder:
        pictures = loose.take([one, other], Path(folder), ignore_georeference=ignore_georeference)
        if all(picture.is_placed for picture in pictures):
            yield _on_earth(pictures[0], pictures[1], on_pixels_of_one)
            return
        if not on_pixels_of_one and any(picture.is_placed for picture in pictures):
            bare = next(picture for picture in pictures if not picture.is_placed)
            raise BadImage(
                f"{bare.path.name}: {bare.notes[0]}, the other image has a georeference; nothing "
                "was compared. Georeference it, or lay pixel on pixel with --ignore-georeference"
            )
        yield _on_pixels(pictures[0], pictures[1], gsd_m, told=not ignore_georeference)


def _on_earth(one: Picture, other: Picture, on_pixels_of_one: bool) -> Laid:
    area = one.footprint.intersection(other.footprint)
    if area.is_empty or not area.area:
        first, second = one.footprint.centroid, other.footprint.centroid
        apart_m = geodesic_length_m(shapely.LineString([first, second]))
        raise BadImage(
            f"{one.path.name} and {other.path.name} show no common ground: their middles lie "
            f"{apart_m / 1000:,.1f} km apart; nothing was compared. Check that they are of one "
            "place, or lay pixel on pixel with --ignore-georeference"
        )
    notes = [f"{p.path.name}: {note}" for p in (one, other) for note in p.notes]
    grid = one.grid if on_pixels_of_one else _in_metres(one, other, area)
    return Laid(one=one, other=other, in_pixels=False, area=area, grid=grid, notes=tuple(notes))


def _in_metres(one: Picture, other: Picture, area: BaseGeometry) -> GeoBox:
    """Return the first file's own grid where it is one of square metres, else one in UTM."""
    a, b, _, d, e, _ = one.transform[:6]
    crs = CRS.from_user_input(one.crs)
    is_upright = b == d == 0 and a > 0 and abs(a + e) < 1e-6 * a
    is_utm = crs.utm_zone is not None and crs.to_epsg() is not None
    is_metric = is_utm and all(axis.unit_name == "metre" for axis in crs.axis_info)
    if is_upright and is_metric and one.gsd_m * _SAME_GSD >= other.gsd_m:
        return one.grid
    middle = area.centroid
    return frame.grid_of(area, utm_epsg(middle.x, middle.y), max(one.gsd_m, other.gsd_m))


def _on_pixels(one: Picture, other: Picture, gsd_m: float, *, told: bool) -> Laid:
    width, height = min(one.width, other.width), min(one.height, other.height)
    rest = [(p, p.notes if p.is_placed else p.notes[told:]) for p in (one, other)]
    notes = [f"{p.path.name}: {note}" for p, some in rest for note in some]
    if told:
        bare = [p.path.name for p in (one, other) if not p.is_placed]
        notes.append(f"no georeference ({', '.join(bare)}): compared pixel by pixel")
    if (one.width, one.height) != (other.width, other.height):
        notes.append(
            f"sizes differ ({one.width} x {one.height} and {other.width} x {other.height} px): "
            f"compared on the {width} x {height} px that both have from the upper left corner"
        )
    # The corner lies on whole pixels, so that no picture is resampled.
    west = round((_EAST_M - width * gsd_m / 2) / gsd_m) * gsd_m
    north = round(_NORTH_M / gsd_m) * gsd_m
    transform = Affine(gsd_m, 0, west, 0, -gsd_m, north)
    grid = GeoBox((height, width), transform, loose.PLAIN_CRS)
    placed = [
        replace(p, crs=loose.PLAIN_CRS, transform=transform, pixel_m=(gsd_m, gsd_m))
        for p in (one, other)
    ]
    area = frame.from_crs(shapely.segmentize(_box_of(grid), width * gsd_m / 16), PLAIN_EPSG)
    return Laid(
        one=placed[0],
        other=placed[1],
        in_pixels=True,
        area=area,
        grid=grid,
        notes=tuple(notes),
    )


def windows(laid: Laid, area: BaseGeometry, most: int) -> list[GeoBox]:
    """Return the windows of the grid on which a shift is measured for `area` (EPSG:4326).

    One window where a single one is enough, else up to `most` of 1,024 px, spread over the area.
    """
    shown = laid.in_grid(laid.area).bounds
    wanted = laid.in_grid(area.intersection(laid.area))
    left, top, right, bottom = wanted.bounds
    left, right = _widened(left, right, shown[0], shown[2])
    top, bottom = _widened(top, bottom, shown[1], shown[3])
    if max(right - left, bottom - top) <= _ONE_WINDOW_PX:
        whole = _sliced(laid.grid, (left, top, right, bottom))
        return [whole] if whole is not None else []
    n_columns, n_rows = (max(1, round(n / _WINDOW_PX)) for n in (right - left, bottom - top))
    x = left + (np.arange(n_columns) + 0.5) * (right - left) / n_columns
    y = top + (np.arange(n_rows) + 0.5) * (bottom - top) / n_rows
    centres = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    inside = shapely.contains_xy(wanted.buffer(_WINDOW_PX / 4), centres)
    centres = centres[inside] if inside.any() else centres
    chosen = centres[np.unique(np.linspace(0, len(centres) - 1, most).astype(int))]
    half = _WINDOW_PX / 2
    found = [_sliced(laid.grid, (cx - half, cy - half, cx + half, cy + half)) for cx, cy in chosen]
    return [window for window in found if window is not None]


def _widened(low: float, high: float, least: float, most: float) -> tuple[float, float]:
    """Return the interval widened to what a shift needs, inside `least`..`most`."""
    more = max(0.0, _LEAST_WINDOW_PX - (high - low)) / 2
    return max(least, low - more), min(most, high + more)


def _sliced(grid: GeoBox, bounds: Sequence[float], more_px: int = 0) -> GeoBox | None:
    """Return the part of a grid within (left, top, right, bottom) in its pixels."""
    left, top = (max(0, int(np.floor(v + 1e-3)) - more_px) for v in bounds[:2])
    right, bottom = (
        min(n, int(np.ceil(v - 1e-3)) + more_px)
        for v, n in zip(bounds[2:], grid.shape[::-1], strict=True)
    )
    return grid[top:bottom, left:right] if right > left and bottom > top else None


def _box_of(grid: GeoBox) -> Polygon:
    """Return the outline of a grid in its own CRS."""
    height, width = grid.shape
    ring = shapely.get_coordinates(box(0, 0, width, height))
    x, y = grid.affine * (ring[:, 0], ring[:, 1])
    return Polygon(np.column_stack([x, y]))


def _px_m(grid: GeoBox) -> float:
    """Return the side of a pixel in units of the grid's CRS, in metres when that is in degrees."""
    side = abs(grid.affine.determinant) ** 0.5
    return float(side * 111_000 if grid.crs.geographic else side)


def _in_pixels(shape: BaseGeometry, crs: int | str, target: str, transform: Affine) -> BaseGeometry:
    """Return a shape in columns and rows of a grid with this CRS and transform."""
    west, south, east, north = shape.bounds
    dense = shapely.segmentize(shape, max(east - west, north - south, 1e-9) / 32)
    turn = Transformer.from_crs(crs, target, always_xy=True)
    inverse = ~transform

    def move(xy: Floats) -> Floats:
        return np.column_stack(inverse * turn.transform(xy[:, 0], xy[:, 1]))

    return shapely.transform(dense, move)
