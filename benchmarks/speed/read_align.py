"""Reading and aligning one section of 2 km x 2 km at 0.5 m, two dates: Mpx/s per core, step by step.

    python benchmarks/speed/read_align.py [FOLDER]

The pair is SIMULATED (`vallum.simulate.hoeryong`, 8-bit RGB, sub-pixel phase between the dates),
written as JPEG COGs with 512 px blocks; it is made once per FOLDER (about half a minute). Time is
CPU time of one process with one thread, per million useful pixels of the pair: the pixels of the
section's corridor, not what was processed. Everything runs in turn in one process, and the best of
three counts.

- peer: the same tiles through GDAL's WarpedVRT, bilinear;
- before: the same tiles with a map of positions for every pixel, as vallum read until version 0.9;
- bound: every block that touches the corridor decoded once, grey, phase correlation of each, and
  one warp, with plain rasterio and OpenCV; once more with the decoder that vallum uses
  (`vallum.imagery.jpegs`).
"""

from __future__ import annotations

import math
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import rasterio
import rasterio.shutil
import shapely
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window, bounds
from shapely.geometry import box

sys.path.insert(0, str(Path(__file__).parents[1]))

from record import Row, keep
from vallum.frontier import Frontier, Section
from vallum.ground.records import Scene
from vallum.ground.span import Span
from vallum.ground.when import When
from vallum.imagery import align, coverage, frame, jpegs, pair, radiometry, view
from vallum.imagery import field as bent
from vallum.steps import finding, fitting, tilewise

EPSG, GSD_M, HALF_M, BLOCK_PX = 32652, 0.5, 1000, 512
STRETCH = (1500, 4300)
TIMES = 3


def make(folder: Path) -> None:
    """Write the two dates as JPEG COGs."""
    from vallum.simulate import hoeryong

    cv2.setNumThreads(1)
    stage = hoeryong.stage(LINE(), folder / "stage", corridor_m=HALF_M + 200, stretch=STRETCH)
    for name, path in (("before", stage.before[0]), ("after", stage.after[0])):
        with rasterio.open(path) as source:
            rasterio.shutil.copy(
                source, folder / f"{name}.part.tif", driver="COG", COMPRESS="JPEG", QUALITY=85,
                BLOCKSIZE=BLOCK_PX, NUM_THREADS=1, ADD_ALPHA="NO",
            )  # fmt: skip
        with rasterio.open(
            folder / f"{name}.part.tif", "r+", IGNORE_COG_LAYOUT_BREAK="YES"
        ) as made:
            made.nodata = None
        (folder / f"{name}.part.tif").rename(folder / f"{name}.tif")


def LINE() -> Frontier:  # noqa: N802
    """Return the frontier that the stage lies on."""
    return Frontier.packaged("prk-north")


@dataclass
class Clock:
    """CPU seconds by name, of functions that were wrapped."""

    spent_s: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def watching(self, *functions: tuple[Any, str, str]) -> Iterator[None]:
        """Count the time that functions, given as (owner, attribute, name), take."""
        before = [(owner, name, getattr(owner, name)) for owner, name, _ in functions]
        for (owner, name, called), (_, _, plain) in zip(functions, before, strict=True):
            setattr(owner, name, self._counted(plain, called))
        try:
            yield
        finally:
            for owner, name, plain in before:
                setattr(owner, name, plain)

    def _counted(self, plain: Callable[..., Any], called: str) -> Callable[..., Any]:
        def counted(*args: Any, **more: Any) -> Any:
            began = time.process_time()
            try:
                return plain(*args, **more)
            finally:
                spent = time.process_time() - began
                self.spent_s[called] = self.spent_s.get(called, 0.0) + spent

        return counted


def best(function: Callable[[], Any]) -> tuple[float, Any]:
    """Return the least CPU seconds of some runs, and what the last returned."""
    spent, out = [], None
    for _ in range(TIMES):
        began = time.process_time()
        out = function()
        spent.append(time.process_time() - began)
    return min(spent), out


def bytes_read() -> int:
    """Return the bytes that this process has asked of files so far; 0 where nobody counts."""
    try:
        told = Path("/proc/self/io").read_text(encoding="ascii")
    except OSError:
        return 0
    return int(told.split("rchar: ")[1].split()[0])


def by_warp(paths: Sequence[Path], tiles: Sequence[Any], move_m: tuple[float, float]) -> None:
    """Read all tiles of both dates through WarpedVRT, bilinear."""
    for path, (dx_m, dy_m) in zip(paths, ((0.0, 0.0), move_m), strict=True):
        with rasterio.Env(**view.SAFE), rasterio.open(path) as source:
            for tile in tiles:
                place = rasterio.Affine.translation(-dx_m, -dy_m) * tile.affine
                rows, columns = tile.shape
                with WarpedVRT(
                    source, crs=source.crs, transform=place, height=rows, width=columns,
                    resampling=Resampling.bilinear, add_alpha=True,
                ) as laid:  # fmt: skip
                    laid.read()


def as_before(paths: Sequence[Path], tiles: Sequence[Any], move_m: tuple[float, float]) -> None:
    """Read all tiles of both dates with a map of positions for every pixel, and make them float."""
    for path, (dx_m, dy_m) in zip(paths, ((0.0, 0.0), move_m), strict=True):
        for tile in tiles:
            with rasterio.Env(**view.SAFE), rasterio.open(path) as source:
                _mapped(source, tile, dx_m, dy_m)


def _mapped(source: Any, tile: Any, dx_m: float, dy_m: float) -> Any:
    n_rows, n_columns = tile.shape
    out = np.zeros((3, n_rows, n_columns), np.uint8)
    a, _, c, _, e, f = source.transform[:6]
    for top in range(0, n_rows, 1024):
        for left in range(0, n_columns, 1024):
            columns, rows = np.meshgrid(
                np.arange(left, min(n_columns, left + 1024)) + 0.5,
                np.arange(top, min(n_rows, top + 1024)) + 0.5,
            )
            x = (tile.affine.c - dx_m + columns * tile.affine.a - c) / a - 0.5
            y = (tile.affine.f - dy_m + rows * tile.affine.e - f) / e - 0.5
            first = max(0, math.floor(x.min()) - 1), max(0, math.floor(y.min()) - 1)
            last = (
                min(source.width, math.ceil(x.max()) + 2),
                min(source.height, math.ceil(y.max()) + 2),
            )
            if last[0] <= first[0] or last[1] <= first[1]:
                continue
            window = Window(*first, last[0] - first[0], last[1] - first[1])
            block = source.read([1, 2, 3], window=window)
            where = np.stack([x - first[0], y - first[1]])
            x, y = (np.round(where * 256) / 256).astype(np.float32)
            valid = (x >= 0) & (y >= 0) & (x <= block.shape[2] - 1) & (y <= block.shape[1] - 1)
            bands = [cv2.remap(b, x, y, cv2.INTER_LINEAR, borderMode=1) for b in block]
            here = np.s_[:, top : top + 1024, left : left + 1024]
            out[here] = np.where(valid, np.stack(bands), 0)
    return out.astype(np.float32)


def by_gdal(source: Any, bands: list[int], window: Window) -> np.ndarray:
    """Return pixels as plain rasterio reads them."""
    return np.asarray(source.read(bands, window=window))


def chain(paths: Sequence[Path], local: Any, decode: Callable[..., np.ndarray] = by_gdal) -> int:
    """Do what nobody can leave out; return how many pixels the blocks hold."""
    shapely.prepare(local)
    n_px = 0
    window_of = cv2.createHanningWindow((BLOCK_PX, BLOCK_PX), cv2.CV_32F)
    turn = np.array([[1, 0, 0.36], [0, 1, -0.86]])
    with rasterio.open(paths[0]) as before, rasterio.open(paths[1]) as after:
        for row in range(before.height // BLOCK_PX):
            needed = [
                column
                for column in range(before.width // BLOCK_PX)
                if local.intersects(box(*bounds(_block(column, row), before.transform)))
            ]
            for _, run in groupby(enumerate(needed), key=lambda at: at[1] - at[0]):
                columns = [column for _, column in run]
                window = Window(
                    columns[0] * BLOCK_PX, row * BLOCK_PX, len(columns) * BLOCK_PX, BLOCK_PX
                )
                pictures = [
                    np.ascontiguousarray(decode(source, [1, 2, 3], window).transpose(1, 2, 0))
                    for source in (before, after)
                ]
                grey = [
                    cv2.cvtColor(one, cv2.COLOR_RGB2GRAY).astype(np.float32) for one in pictures
                ]
                for at in range(0, window.width, BLOCK_PX):
                    one, other = (np.ascontiguousarray(g[:, at : at + BLOCK_PX]) for g in grey)
                    cv2.phaseCorrelate(one, other, window_of)
                size = (window.width, BLOCK_PX)
                cv2.warpAffine(
                    pictures[1], turn, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
                )
                n_px += window.width * BLOCK_PX
    return n_px


def _block(column: int, row: int) -> Window:
    return Window(column * BLOCK_PX, row * BLOCK_PX, BLOCK_PX, BLOCK_PX)


def scene_of(path: Path, day: date) -> Scene:
    """Return what `cover` must know of one image."""
    return Scene(
        sha256=path.stem, name=path.name, taken=When.on(day), taken_from="given", gsd_m=GSD_M,
        footprint=box(129, 42, 130, 43), href=path.name,
    )  # fmt: skip


def main(folder: Path) -> None:
    """Print the tables."""
    cv2.setNumThreads(1)
    paths = [folder / "before.tif", folder / "after.tif"]
    if not all(path.exists() for path in paths):
        # In a process of its own: its memory is none of ours.
        worker = multiprocessing.get_context("spawn").Process(target=make, args=(folder,))
        worker.start()
        worker.join()
    line = LINE()
    start_m = int(line.locate_many(*_middle(paths[0]))[0][0]) - 1000
    section = Section(number=1, span=Span(start_m, start_m + 2000), epsg=EPSG)
    corridor = line.corridor(section.span, HALF_M, HALF_M)
    useful = frame.to_crs(corridor, EPSG).area / GSD_M**2 / 1e6
    area = line.corridor(section.span.widened(finding._BEYOND_M, line.span), HALF_M, HALF_M)
    with pair.opened(str(paths[0]), str(paths[1])) as both:
        pixels = both.pixels(EPSG, GSD_M)
    grid = frame.grid_of(area, EPSG, GSD_M, pixels)
    local = frame.to_crs(area, EPSG)
    tiles = frame.tiles_over(local, grid, tilewise.TILE_PX, tilewise.OVERLAP_PX, tilewise.MARGIN_PX)
    processed = sum(tile.shape[0] * tile.shape[1] for tile in tiles) / 1e6
    days = (date(2019, 3, 21), date(2022, 4, 12))
    scenes = [scene_of(path, day) for path, day in zip(paths, days, strict=True)]

    def cover() -> None:
        for scene, path in zip(scenes, paths, strict=True):
            coverage.look(scene, path, line, section, HALF_M, HALF_M, 0.8)

    def aligned() -> tuple[align.Shift, tuple[float, ...]]:
        grids = [
            frame.window_at(place.x, place.y, EPSG, GSD_M, 1024, pixels)
            for place in map(line.point_at, np.linspace(start_m, start_m + 2000, 9)[1::2])
        ]
        with pair.opened(str(paths[0]), str(paths[1])) as both:
            read = fitting.read_windows(both, grids)
            found, usable = fitting.shift_of(read, 48)
            return found, fitting.match_of(both, usable, found, True)[0]

    shift, gain = aligned()
    move_m = (-shift.dx_px * GSD_M, shift.dy_px * GSD_M)
    pictures = tilewise.Pictures(
        before_path=str(paths[0]), after_path=str(paths[1]), move_m=move_m, gain=gain
    )

    def laid() -> None:
        with pair.opened(str(paths[0]), str(paths[1])) as both:
            for tile in tiles:
                tilewise.laid_tile(both, pictures, tile, frame.burnt(local, tile))

    coverage.look(scenes[0], paths[0], line, section, HALF_M, HALF_M, 0.8)
    began = bytes_read()
    cover(), aligned(), laid()
    asked = bytes_read() - began
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    clock = Clock()
    watched = (
        (view, "read_from", "of it: decode, lay, mask no data"),
        (coverage, "clear", "of it: clouds"),
        (bent, "laid", "of it: field of shifts"),
        (radiometry, "levelled", "of it: weigh bands"),
        (frame, "burnt", "of it: corridor"),
    )
    spent = {"cover": best(cover)[0], "align": best(aligned)[0], "read and lay": best(laid)[0]}
    with clock.watching(*watched):
        laid()
    bound_s, blocks_px = best(lambda: chain(paths, local))
    least_s, _ = best(lambda: chain(paths, local, jpegs.read))
    few = tiles[:: max(1, len(tiles) // 3)]
    share = sum(tile.shape[0] * tile.shape[1] for tile in few) / 1e6 / processed
    warp_s = best(lambda: by_warp(paths, few, move_m))[0] / share
    old_s = best(lambda: as_before(paths, few, move_m))[0] / share
    whole_s = sum(spent.values())
    new_s = clock.spent_s["of it: decode, lay, mask no data"]
    parts = {**spent, **clock.spent_s}
    print(f"useful {useful:.1f} Mpx, processed {processed / useful:.2f} px per useful px in "
          f"{len(tiles)} tiles, blocks that touch the corridor {blocks_px / 1e6 / useful:.2f}\n")  # fmt: skip
    print("| step | ms CPU per useful pair-Mpx | Mpx/s per core | share |\n|---|---|---|---|")
    for name, seconds in parts.items():
        print(f"| {name} | {seconds / useful * 1e3:.1f} | {useful / seconds:,.0f} | "
              f"{seconds / whole_s:.0%} |")  # fmt: skip
    print()
    unit = "pair-Mpx/s per core"
    note = "SIMULATED, 2 km x 2 km at 0.5 m, JPEG COG"
    keep(
        "speed/read_align",
        [
            Row(name="cover, align, read and lay", value=useful / whole_s, unit=unit,
                better="more", bound=useful / bound_s, note=note),
            Row(name="the same, bound decoded as here", value=useful / whole_s, unit=unit,
                better="more", bound=useful / least_s, note=note),
            Row(name="read and lay one tile after another", value=processed / new_s, unit=unit,
                better="more", peer="WarpedVRT bilinear", peer_value=processed / warp_s, note=note),
            Row(name="the same against maps of positions", value=processed / new_s, unit=unit,
                better="more", peer="maps of positions", peer_value=processed / old_s, note=note),
            Row(name="processed per useful pixel", value=processed / useful, unit="px", better="less"),
            Row(name="bytes read per useful pixel of the pair", value=asked / useful / 1e6,
                unit="B", better="less"),
            Row(name="peak memory", value=peak_mb, unit="MB", better="less", bound=2000.0),
        ],
    )  # fmt: skip


def _middle(path: Path) -> tuple[Any, Any]:
    """Return longitude and latitude of the middle of an image, as arrays of one."""
    with rasterio.open(path) as source:
        x, y = source.xy(source.height // 2, source.width // 2)
    place = frame.from_crs(shapely.Point(x, y), EPSG)
    return np.array([place.x]), np.array([place.y])


if __name__ == "__main__":
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":
        # Before numpy is loaded, or threads that wait count as work.
        alone = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL")}
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **alone})
    if len(sys.argv) > 1:
        Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as made:
            main(Path(made))
