"""Writes the SIMULATED images of a stretch of the frontier; blocks of land repeat in each of them.

    python benchmarks/rehearsal/images.py FOLDER FROM_M TO_M [FOOTPRINTS.geojson]

Prints as JSON what was made. With a fourth word only footprints are written.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely import LineString, intersects_xy
from shapely.geometry.base import BaseGeometry

sys.path.insert(0, str(Path(__file__).parents[1]))

from rehearsal import tiff
from rehearsal.frames import LINE, NORTH_M, Frame, catalogue, frames, meets
from rehearsal.land import FULL, SEED, Size, pictures
from vallum.frontier import Frontier


@dataclass(frozen=True, kw_only=True, eq=False)
class Stock:
    """The base in all its forms and resolutions, and the blocks that were encoded of it.

    Attributes:
        size: how large it is.
        base: (date, sensor, clear or cloudy, band, y, x).
    """

    size: Size
    base: NDArray[np.uint8]

    @cached_property
    def coarser(self) -> dict[tuple[int, int, int, int], NDArray[np.uint8]]:
        """The base at each resolution: averaged over 2 x 2 pixels again and again."""
        found = {}
        for at in np.ndindex(self.base.shape[:3]):
            part = np.moveaxis(self.base[at], 0, -1)
            for level in range(self.size.n_levels):
                found[(*at, level)] = np.ascontiguousarray(np.moveaxis(part, -1, 0))
                half = (max(1, part.shape[1] // 2), max(1, part.shape[0] // 2))
                part = cv2.resize(part, half, interpolation=cv2.INTER_AREA)
        return found

    @cached_property
    def _blocks(self) -> dict[tuple[Any, ...], bytes]:
        return {}

    @cached_property
    def shared(self) -> bytes:
        """What the JPEG blocks of every file share."""
        return tiff.packed([np.zeros((3, self.size.block_px, self.size.block_px), np.uint8)])[0]

    def write(self, frame: Frame, path: Path) -> None:
        """Write one image as a GeoTIFF whose blocks repeat."""
        size = self.size
        valid = _valid(frame, size)
        cloudy = np.zeros((size.frame_bases,) * 2, bool)
        for at in frame.cloudy:
            cloudy[at] = True
        under = np.kron(cloudy, np.ones((size.base_blocks,) * 2, bool))
        own: dict[tuple[Any, ...], bytes] = {}
        levels = [self._level(frame, level, valid, under, own) for level in range(size.n_levels)]
        place = tiff.Place(
            epsg=frame.epsg,
            west=frame.column * size.base_m + frame.error_m[0],
            north=NORTH_M - frame.row * size.base_m + frame.error_m[1],
            gsd_m=size.gsd_m,
        )
        told = {
            "ACQUISITIONDATETIME": frame.taken.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "SATELLITEID": f"SIMULATED-{'AB'[frame.sensor]}",
            "NOTE": "SIMULATED: shows no real place; its blocks repeat",
        }
        tiff.write(path, levels, place, self.shared, size.block_px, told)

    def _level(
        self,
        frame: Frame,
        level: int,
        valid: NDArray[np.bool_],
        under: NDArray[np.bool_],
        own: dict[tuple[Any, ...], bytes],
    ) -> tiff.Level:
        size, step = self.size, 1 << level
        n = size.frame_blocks // step
        keys: list[list[tuple[Any, ...] | None]] = []
        for i in range(n):
            keys.append([])
            for j in range(n):
                here = (slice(i * step, (i + 1) * step), slice(j * step, (j + 1) * step))
                keys[-1].append(self._key(frame, level, (i, j), valid[here], under[here]))
        wanted = {key for row in keys for key in row if key is not None}
        missing = sorted(wanted - self._blocks.keys() - own.keys(), key=repr)
        if missing:
            _, made = tiff.packed([self._pixels(key) for key in missing])
            for key, block in zip(missing, made, strict=True):
                (self._blocks if _is_common(key) else own)[key] = block
        masks = {key[-2]: _mask_of(key[-2], step, size.block_px) for key in wanted}
        side = size.frame_blocks * size.block_px // step
        return tiff.Level(
            height=side,
            width=side,
            blocks=[[self._found(key, own) for key in row] for row in keys],
            masks=[[masks[key[-2]] if key is not None else None for key in row] for row in keys],
        )

    def _found(
        self, key: tuple[Any, ...] | None, own: dict[tuple[Any, ...], bytes]
    ) -> bytes | None:
        if key is None:
            return None
        return self._blocks[key] if _is_common(key) else own[key]

    def _key(
        self,
        frame: Frame,
        level: int,
        at: tuple[int, int],
        valid: NDArray[np.bool_],
        under: NDArray[np.bool_],
    ) -> tuple[Any, ...] | None:
        """Return what tells one encoded block from all others; None where nothing is."""
        if not valid.any():
            return None
        size = self.size
        period = max(1, size.base_px >> level)
        # An image begins where the land does, so its blocks lie on the land's.
        row, column = (part * size.block_px % period for part in at)
        some = b"" if valid.all() else np.packbits(valid).tobytes()
        if not under.any():
            cloud = b"clear"
        else:
            cloud = b"cloudy" if under.all() else np.packbits(under).tobytes()
        return (int(frame.is_after), frame.sensor, level, row, column, some, cloud)

    def _pixels(self, key: tuple[Any, ...]) -> NDArray[np.uint8]:
        date, sensor, level, row, column, some, cloud = key
        side, step = self.size.block_px, 1 << level

        def part(kind: int) -> NDArray[np.uint8]:
            whole = self.coarser[date, sensor, kind, level]
            rows = (row + np.arange(side)) % whole.shape[1]
            columns = (column + np.arange(side)) % whole.shape[2]
            return np.ascontiguousarray(whole[:, rows][:, :, columns])

        if cloud in {b"clear", b"cloudy"}:
            pixels = part(int(cloud == b"cloudy"))
        else:
            pixels = np.where(_grid(cloud, step, side), part(1), part(0))
        return pixels if not some else np.where(_grid(some, step, side), pixels, np.uint8(0))


def _is_common(key: tuple[Any, ...]) -> bool:
    """Say whether other images are likely to hold the same block."""
    return not key[-2] and key[-1] in {b"clear", b"cloudy"}


def _grid(bits: bytes, step: int, side: int) -> NDArray[np.bool_]:
    """Return (y, x) of one block from one bit for each finest block below it."""
    cells = np.unpackbits(np.frombuffer(bits, np.uint8), count=step * step).reshape(step, step)
    return np.kron(cells, np.ones((side // step,) * 2, np.uint8)).astype(bool)


@lru_cache(maxsize=256)
def _mask_of(some: bytes, step: int, side: int) -> bytes:
    return tiff.packed_mask(_grid(some, step, side) if some else np.ones((side, side), bool))


def _valid(frame: Frame, size: Size) -> NDArray[np.bool_]:
    """Return which blocks of an image hold pixels: products are cut where their zone ends."""
    n = size.frame_blocks
    middle = (np.arange(n) + 0.5) * size.block_px * size.gsd_m
    x, y = np.meshgrid(
        frame.column * size.base_m + middle, NORTH_M - frame.row * size.base_m - middle
    )
    lon, _ = Transformer.from_crs(frame.epsg, 4326, always_xy=True).transform(x, y)
    west = (frame.epsg - 32600) * 6 - 186
    valid = (np.asarray(lon) >= west) & (np.asarray(lon) < west + 6)
    for row, column in frame.missing:
        rows = slice(row * size.base_blocks, (row + 1) * size.base_blocks)
        valid[rows, column * size.base_blocks : (column + 1) * size.base_blocks] = False
    return valid


def stock(folder: Path, size: Size, seed: int = SEED) -> Stock:
    """Return the land, from `folder` where it was painted before."""
    told = json.dumps([3, seed, asdict(size)], sort_keys=True)
    path = folder / f"land-{hashlib.sha256(told.encode()).hexdigest()[:12]}.npy"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".part.npy")
        np.save(draft, pictures(size, seed))
        draft.replace(path)
    return Stock(size=size, base=np.load(path, mmap_mode="r"))


def images(
    folder: Path, stretch: tuple[int, int], size: Size = FULL, seed: int = SEED
) -> list[Path]:
    """Write the images of a stretch of the frontier (metres) that are not there yet; return them."""
    chosen = [f for f in frames(Frontier.packaged(LINE), size, seed) if meets(f, stretch)]
    target = folder / "images"
    target.mkdir(parents=True, exist_ok=True)
    made = None
    for frame in chosen:
        path = target / frame.name
        if not path.is_file():
            made = made or stock(folder, size, seed)
            draft = path.with_suffix(".part")
            made.write(frame, draft)
            draft.replace(path)
    return [target / frame.name for frame in chosen]


def corridor_bytes(paths: Sequence[Path], stretch: tuple[int, int], size: Size = FULL) -> int:
    """Return the bytes of all finest blocks of images that meet the corridor of a stretch."""
    frontier, total = Frontier.packaged(LINE), 0
    around: dict[int, BaseGeometry] = {}
    side_m = size.block_px * size.gsd_m
    for path in paths:
        with rasterio.open(path) as source:
            epsg, (west, north) = source.crs.to_epsg(), source.transform @ (0, 0)
        if epsg not in around:
            around[epsg] = _corridor(frontier, stretch, epsg, size.reach_m + side_m / 2)
            shapely.prepare(around[epsg])
        data = path.read_bytes()
        counts = np.array(tiff.numbers(data, tiff.read_tags(data)[0][325]))
        row, column = np.divmod(np.arange(counts.size), size.frame_blocks)
        x, y = west + (column + 0.5) * side_m, north - (row + 0.5) * side_m
        total += int(counts[intersects_xy(around[epsg], x, y)].sum())
    return total


def _corridor(
    frontier: Frontier, stretch: tuple[int, int], epsg: int, reach_m: float
) -> BaseGeometry:
    lon, lat = frontier.points_at(np.arange(*stretch, 50.0))
    x, y = Transformer.from_crs(4326, epsg, always_xy=True).transform(lon, lat)
    is_near = np.isfinite(x) & np.isfinite(y)
    return LineString(np.column_stack([x, y])[is_near]).buffer(reach_m)


def main() -> None:
    """Make the images of a stretch, or only their footprints, and say as JSON what was made."""
    folder, first, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    if len(sys.argv) > 4:
        catalogue(Path(sys.argv[4]), (first, last))
        print(json.dumps({"SIMULATED": True}))
        return
    files = images(folder, (first, last))
    told = {
        "SIMULATED": True,
        "line_km": round(Frontier.packaged(LINE).length_m / 1000, 1),
        "files": [str(path) for path in files],
        "on_disk": sum(path.stat().st_size for path in files),
        "unrepeated": sum(n for path in files for _, _, n in tiff.repeats(path)),
        "corridor": corridor_bytes(files, (first, last)),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
