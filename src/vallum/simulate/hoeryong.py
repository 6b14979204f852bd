"""The stage of the demo: 7.4 km of the real frontier near Hoeryong, with an invented story.

The frontier line is real. Land, river, villages and every barrier are SIMULATED; only the amounts
follow a published study (see `plan`). Nothing here shows or claims anything about the real place.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import rasterio
import rasterio.windows
import shapely
from affine import Affine
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from vallum.ground.geodesy import geodesic_length_m
from vallum.ground.span import Span, Spans
from vallum.simulate import barriers, plan, setting
from vallum.simulate.barriers import Stroke
from vallum.simulate.chance import generator
from vallum.simulate.land import (
    COARSE_M,
    Land,
    Window,
    coarse_land,
    colours,
    ground,
)
from vallum.simulate.plan import Site, Work
from vallum.simulate.scene import Cloud, expose, to_bytes
from vallum.simulate.setting import Shot
from vallum.simulate.truth import Built, Taken, Truth

if TYPE_CHECKING:
    from vallum.frontier import Frontier

Progress = Callable[[str, float], None]

NEAR = (129.75, 42.44)
"""Longitude and latitude of Hoeryong; the stretch is centred on the nearest chainage."""

_BLOCK_PX = 512
_MARGIN_PX = 28
_EDGE_M = 16.0
_AHEAD = 6


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A simulated stretch of border on disk.

    Attributes:
        folder: where its files lie.
        span: stretch of the frontier.
        before: images of the first date.
        after: images of the second date.
        truth: what was painted.
        truth_path: the same as `truth.json`.
    """

    folder: Path
    span: Span
    before: tuple[Path, ...]
    after: tuple[Path, ...]
    truth: Truth
    truth_path: Path


@dataclass(frozen=True, kw_only=True, eq=False)
class _Canvas:
    """What all blocks share."""

    land: Land
    left_m: float
    top_m: float
    gsd_m: float
    shots: tuple[Shot, ...]
    frames: tuple[Window, ...]
    outlines: tuple[BaseGeometry, ...]
    marks: tuple[tuple[Stroke, ...], ...]
    cloud: Cloud


def stage(
    frontier: Frontier,
    folder: Path,
    *,
    seed: int = 1,
    gsd_m: float = 0.5,
    corridor_m: int = 400,
    stretch: tuple[int, int] | None = None,
    progress: Progress | None = None,
) -> Stage:
    """Write the simulated images of the demo and return them with their truth.

    Two scenes of March 2019 and two of April 2022: GeoTIFF, uint8 RGB, EPSG:32652, 0 is "no data"
    (outside a strip along the border). One cloud with its shadow hides part of the first scene of
    2022; a stretch between the two scenes of 2022 is covered by neither.

    Args:
        frontier: a line that passes Hoeryong, such as the packaged "prk-north".
        folder: where to write; made if missing. Files of an earlier stage are overwritten.
        seed: another seed is another country, with the same amounts built.
        gsd_m: size of a pixel.
        corridor_m: metres painted on each side of the frontier.
        stretch: paint only these metres, counted from the start of the stage; all if None.
        progress: called with a word and the share done, 0 to 1.

    Returns:
        The paths, the span and the truth. Works that lie beyond `corridor_m` or `stretch` are in
        the truth but in no picture; at 400 m of the whole stage all lie inside.

    Raises:
        NoChainage: the frontier does not pass within 5 km of Hoeryong.
    """
    folder.mkdir(parents=True, exist_ok=True)
    span = stretch_of(frontier)
    site = Site(frontier=frontier, span=span, seed=seed)
    if progress:
        progress("plan", 0.0)
    works = plan.works(site)
    shots = _within(setting.shots(seed), stretch)
    canvas = _prepared(site, works, shots, gsd_m, corridor_m)
    _write(canvas, folder, progress)
    truth = _truth(site, works, canvas, corridor_m)
    truth_path = folder / "truth.json"
    truth.write(truth_path)
    if stretch is not None:
        span = Span(span.start_m + stretch[0], span.start_m + stretch[1])
    return Stage(
        folder=folder,
        span=span,
        truth=truth,
        truth_path=truth_path,
        before=tuple(folder / shot.name for shot in canvas.shots if not shot.is_after),
        after=tuple(folder / shot.name for shot in canvas.shots if shot.is_after),
    )


def stretch_of(frontier: Frontier) -> Span:
    """Return the 7.4 km of frontier that are re-enacted.

    Raises:
        NoChainage: the frontier does not pass within 5 km of Hoeryong.
    """
    middle = round(frontier.locate(*NEAR, limit_m=5000.0).at_m)
    return Span(middle - plan.LENGTH_M // 2, middle + plan.LENGTH_M // 2)


def _within(shots: Sequence[Shot], stretch: tuple[int, int] | None) -> tuple[Shot, ...]:
    """Return the pictures cut to a stretch of the stage; those beyond it are not taken."""
    if stretch is None:
        return tuple(shots)
    cut = (
        replace(
            shot,
            stretch=(max(shot.stretch[0], stretch[0] - 6), min(shot.stretch[1], stretch[1] + 6)),
        )
        for shot in shots
    )
    return tuple(shot for shot in cut if shot.stretch[0] < shot.stretch[1])


def _prepared(
    site: Site, works: tuple[Work, ...], shots: tuple[Shot, ...], gsd_m: float, corridor_m: int
) -> _Canvas:
    project = plan.to_metres()
    reach = corridor_m + _EDGE_M
    strips = []
    for shot in shots:
        covered = Span(site.span.start_m + shot.stretch[0], site.span.start_m + shot.stretch[1])
        strip = site.frontier.corridor(covered, reach, reach)
        strips.append(
            shapely.transform(strip, lambda xy: np.column_stack(project.transform(*xy.T)))
        )
    west, south, east, north = shapely.total_bounds(strips)
    step = 2 * COARSE_M * max(1, math.ceil(gsd_m))
    left, top = math.floor(west / step) * step, math.ceil(north / step) * step
    shape = (math.ceil((top - south) / gsd_m), math.ceil((east - left) / gsd_m))

    def pixels(shape: BaseGeometry) -> BaseGeometry:
        corner = np.array([left, top])
        return shapely.transform(shape, lambda xy: (xy - corner) * [1, -1] / gsd_m)

    outlines = tuple(pixels(strip) for strip in strips)
    land = setting.cleared(
        coarse_land(shape, site.seed, gsd_m, setting.river(site, left, top, shape, gsd_m)),
        works,
        left,
        top,
    )
    marks = tuple(_marks(works, shot, pixels, site.seed, gsd_m) for shot in shots)
    return _Canvas(
        land=land,
        left_m=left,
        top_m=top,
        gsd_m=gsd_m,
        shots=shots,
        outlines=outlines,
        frames=tuple(_frame(outline) for outline in outlines),
        marks=marks,
        cloud=setting.cloud(site, shots, pixels, gsd_m),
    )


def _frame(outline: BaseGeometry) -> Window:
    """Return the whole blocks around an outline."""
    west, north, east, south = outline.bounds
    column, row = math.floor(west / _BLOCK_PX), math.floor(north / _BLOCK_PX)
    return Window(
        column=column * _BLOCK_PX,
        row=row * _BLOCK_PX,
        width=(math.ceil(east / _BLOCK_PX) - column) * _BLOCK_PX,
        height=(math.ceil(south / _BLOCK_PX) - row) * _BLOCK_PX,
    )


def _marks(
    works: tuple[Work, ...],
    shot: Shot,
    pixels: Callable[[BaseGeometry], BaseGeometry],
    seed: int,
    gsd_m: float,
) -> tuple[Stroke, ...]:
    marks: list[Stroke] = []
    for number, work in enumerate(works):
        look = work.after if shot.is_after else work.before
        if look is not None:
            # the chance of a work is its own: it looks the same in every picture of one date
            marks += barriers.strokes(
                pixels(work.shape),
                work.category,
                look,
                shot.sun,
                generator(seed, "look", number),
                gsd_m=gsd_m,
            )
    return tuple(marks)


def _write(canvas: _Canvas, folder: Path, progress: Progress | None) -> None:
    """Paint all blocks, two at a time, and write them in a fixed order."""
    blocks = _blocks(canvas)
    with ExitStack() as open_files:
        files = [
            open_files.enter_context(_new_file(canvas, number, folder))
            for number in range(len(canvas.shots))
        ]
        pool = open_files.enter_context(ThreadPoolExecutor(2))
        ahead = deque(pool.submit(_painted, canvas, block) for block in blocks[:_AHEAD])
        for done, block in enumerate(blocks):
            pictures = ahead.popleft().result()
            if done + _AHEAD < len(blocks):
                ahead.append(pool.submit(_painted, canvas, blocks[done + _AHEAD]))
            for number, picture in pictures:
                frame = canvas.frames[number]
                files[number].write(
                    picture,
                    window=rasterio.windows.Window(
                        block.column - frame.column, block.row - frame.row, _BLOCK_PX, _BLOCK_PX
                    ),
                )
            if progress:
                progress("paint", (done + 1) / len(blocks))


def _blocks(canvas: _Canvas) -> list[Window]:
    found = set()
    for outline, frame in zip(canvas.outlines, canvas.frames, strict=True):
        shapely.prepare(outline)
        for row in range(frame.row, frame.row + frame.height, _BLOCK_PX):
            for column in range(frame.column, frame.column + frame.width, _BLOCK_PX):
                if outline.intersects(
                    shapely.box(column, row, column + _BLOCK_PX, row + _BLOCK_PX)
                ):
                    found.add((row, column))
    return [
        Window(column=column, row=row, width=_BLOCK_PX, height=_BLOCK_PX)
        for row, column in sorted(found)
    ]


def _painted(canvas: _Canvas, block: Window) -> list[tuple[int, NDArray[np.uint8]]]:
    """Return the pictures (3, y, x) of one block, each with the number of its shot."""
    around = block.grown(_MARGIN_PX)
    place = ground(canvas.land, around)
    inner = slice(_MARGIN_PX, -_MARGIN_PX)
    pictures = []
    for number, (shot, outline) in enumerate(zip(canvas.shots, canvas.outlines, strict=True)):
        covered = _rastered(outline, block)
        if not covered.any():
            continue
        picture = colours(place, shot.season, shot.sun, shot.taken.year)
        barriers.draw(
            picture,
            canvas.marks[number],
            column=around.column,
            row=around.row,
        )
        if shot.is_cloudy:
            canvas.cloud.lay(picture, around)
        moved = replace(
            shot.exposure,
            dx_px=shot.exposure.dx_px - shot.phase_px[0],
            dy_px=shot.exposure.dy_px - shot.phase_px[1],
        )
        seen = to_bytes(expose(picture, around, moved, canvas.frames[number])[:, inner, inner])
        pictures.append((number, seen * covered))
    return pictures


def _rastered(outline: BaseGeometry, block: Window) -> NDArray[np.uint8]:
    """Return 1 where the outline covers the block (y, x)."""
    covered = np.zeros((block.height, block.width), np.uint8)
    box = shapely.box(
        block.column - 2,
        block.row - 2,
        block.column + block.width + 2,
        block.row + block.height + 2,
    )
    for area in getattr(outline & box, "geoms", [outline & box]):
        if area.geom_type == "Polygon" and not area.is_empty:
            rings = [area.exterior, *area.interiors]
            points = [
                np.rint((np.asarray(ring.coords) - [block.column, block.row]) * 16 - 8).astype(
                    np.int32
                )
                for ring in rings
            ]
            cv2.fillPoly(covered, points, 1, cv2.LINE_8, 4)
    return covered


def _new_file(canvas: _Canvas, number: int, folder: Path) -> Any:
    shot, frame, gsd_m = canvas.shots[number], canvas.frames[number], canvas.gsd_m
    transform = Affine(
        gsd_m,
        0,
        canvas.left_m + (frame.column + shot.phase_px[0]) * gsd_m,
        0,
        -gsd_m,
        canvas.top_m - (frame.row + shot.phase_px[1]) * gsd_m,
    )
    path = folder / shot.name
    path.unlink(missing_ok=True)
    file = rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=frame.width,
        height=frame.height,
        count=3,
        dtype="uint8",
        crs=f"EPSG:{plan.EPSG}",
        transform=transform,
        nodata=0,
        tiled=True,
        blockxsize=_BLOCK_PX,
        blockysize=_BLOCK_PX,
        compress="deflate",
        predictor=2,
        zlevel=4,
        sparse_ok=True,
        interleave="pixel",
        photometric="RGB",
        bigtiff="NO",
    )
    stamp = shot.taken.strftime("%Y-%m-%dT%H:%M:%SZ")
    file.update_tags(
        SIMULATED="YES",
        ACQUISITIONDATETIME=stamp,
        SENSOR="simulated",
        SATELLITEID="SIMULATED",
        SUN_AZIMUTH=f"{shot.sun.azimuth_deg:.1f}",
        SUN_ELEVATION=f"{shot.sun.elevation_deg:.1f}",
        TIFFTAG_IMAGEDESCRIPTION="SIMULATED picture made by vallum; it shows no real place",
        TIFFTAG_DATETIME=shot.taken.strftime("%Y:%m:%d %H:%M:%S"),
    )
    file.update_tags(ns="IMAGERY", ACQUISITIONDATETIME=stamp, SATELLITEID="SIMULATED")
    return file


def _truth(site: Site, works: tuple[Work, ...], canvas: _Canvas, corridor_m: int) -> Truth:
    items = []
    for work in works:
        if work.change is None:
            continue
        shape = plan.to_degrees(work.shape)
        look = work.after or work.before or barriers.LOOKS[work.category]
        items.append(
            Built(
                category=work.category,
                change=work.change,
                shape=shape,
                length_m=geodesic_length_m(shape) if work.category.is_line else 0.0,
                span=site.frontier.span_of(shape),
                width_m=max(look.width_m + look.gap_m, look.strip_m)
                if work.category.is_line
                else look.width_m,
            )
        )
    start_m = site.span.start_m
    return Truth(
        span=site.span,
        items=tuple(items),
        cloud=_hidden(site, canvas, corridor_m),
        gap=Spans.of((start_m + setting.GAP[0], start_m + setting.GAP[1])),
        scenes=tuple(
            Taken(
                name=shot.name,
                is_after=shot.is_after,
                span=Span(start_m + shot.stretch[0], start_m + shot.stretch[1]),
                dx_m=shot.exposure.dx_px * canvas.gsd_m,
                dy_m=-shot.exposure.dy_px * canvas.gsd_m,
                gain=shot.exposure.gain,
                offset=shot.exposure.offset,
                sun_azimuth_deg=shot.sun.azimuth_deg,
                sun_elevation_deg=shot.sun.elevation_deg,
            )
            for shot in canvas.shots
        ),
    )


def _hidden(site: Site, canvas: _Canvas, corridor_m: int) -> Spans:
    """Return the metres where cloud or shadow takes over a fifth of the corridor's width."""
    step, apart = 5, 20.0
    first = int(setting.CLOUD_AT_M) - 700
    t = np.arange(first, first + 1400, step, dtype=float) + step / 2
    off = np.arange(-corridor_m + apart / 2, corridor_m, apart)
    lon, lat = site.frontier.points_at(
        site.span.start_m + np.repeat(t, len(off)), np.tile(off, len(t))
    )
    x, y = plan.to_metres().transform(lon, lat)
    column = np.rint((np.asarray(x) - canvas.left_m) / canvas.gsd_m).astype(int)
    row = np.rint((canvas.top_m - np.asarray(y)) / canvas.gsd_m).astype(int)
    box = Window(
        column=int(column.min()),
        row=int(row.min()),
        width=int(np.ptp(column)) + 1,
        height=int(np.ptp(row)) + 1,
    )
    hidden = np.maximum(canvas.cloud.cover(box), canvas.cloud.shade(box))
    taken = hidden[row - box.row, column - box.column].reshape(len(t), len(off)) > 0.25
    start = np.flatnonzero(taken.mean(axis=1) > 0.2) * step + site.span.start_m + first
    return Spans.of(*[(at, at + step) for at in start.tolist()]).bridged(40)
