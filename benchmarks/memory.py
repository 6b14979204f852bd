"""Memory on two scenes of 100,000 x 100,000 px: peak of each command, and how long it took.

    python benchmarks/memory.py [SIDE_PX] [FOLDER]

The scenes are SIMULATED: texture in a band 3 km wide along the line, no data elsewhere (that is
how a strip looks), 8-bit, one band, 0.5 m. A stretch of 10 km is measured. Peak memory is that of
the largest process, as the kernel accounts it.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from multiprocessing import Process
from pathlib import Path

import cv2
import numpy as np
import rasterio
from pyproj import Transformer
from rasterio.transform import from_origin
from rasterio.windows import Window

GSD_M, EPSG, WEST, NORTH, BLOCK_PX = 0.5, 32652, 400_000.0, 4_750_000.0, 512
BAND_M = 1_500.0


def scene(path: Path, side_px: int, seed: int) -> None:
    """Write one scene; later ones hold a bright line 40 m south of the frontier."""
    profile = {
        "driver": "GTiff",
        "width": side_px,
        "height": side_px,
        "count": 1,
        "dtype": "uint8",
        "nodata": 0,
        "crs": f"EPSG:{EPSG}",
        "transform": from_origin(WEST, NORTH, GSD_M, GSD_M),
        "tiled": True,
        "blockxsize": BLOCK_PX,
        "blockysize": BLOCK_PX,
        "compress": "deflate",
        "zlevel": 1,
        "sparse_ok": True,
        "bigtiff": "yes",
    }
    middle_px = side_px // 2
    reach_px = round(BAND_M / GSD_M)
    rng = np.random.default_rng(7)
    coarse = rng.standard_normal((2 * reach_px // 8 + 4, side_px // 8 + 4)).astype(np.float32)
    noise = np.random.default_rng(seed)
    with rasterio.open(path, "w", **profile) as target:
        for top in range(middle_px - reach_px, middle_px + reach_px, BLOCK_PX):
            for left in range(0, side_px, BLOCK_PX * 8):
                width = min(BLOCK_PX * 8, side_px - left)
                height = min(BLOCK_PX, middle_px + reach_px - top)
                row, column = (top - middle_px + reach_px) // 8, left // 8
                part = coarse[row : row + height // 8 + 2, column : column + width // 8 + 2]
                block = 110 + 14 * cv2.resize(part, (width, height), interpolation=cv2.INTER_CUBIC)
                block += noise.standard_normal((height, width), dtype=np.float32) * 3
                at = middle_px + round(40 / GSD_M) - top
                if seed > 1 and 0 <= at < height - 3:
                    block[at : at + 2] += 40
                    block[at + 2] -= 25
                window = Window(left, top, width, height)
                target.write(np.clip(block, 1, 255).astype(np.uint8), 1, window=window)


def peak(*words: str) -> tuple[float, float]:
    """Run a command of vallum; return peak memory in MB and seconds."""
    began = time.perf_counter()
    command = [str(Path(sys.executable).parent / "vallum"), *words]
    child = os.posix_spawn(command[0], command, os.environ)
    _, state, used = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(state) not in {0, 3}:
        raise SystemExit(f"{' '.join(words)} failed")
    return used.ru_maxrss / 1024, time.perf_counter() - began


def main(side_px: int, folder: Path) -> None:
    """Print the table."""
    images = folder / "images"
    images.mkdir(parents=True, exist_ok=True)
    for seed, day in ((1, "2019-05-01"), (2, "2022-05-01")):
        path = images / f"simulated_{day}.tif"
        if not path.exists():
            # In a process of its own: a child's peak begins at that of the process it came from.
            maker = Process(target=scene, args=(path, side_px, seed))
            maker.start()
            maker.join()
    y = NORTH - side_px // 2 * GSD_M
    x = np.linspace(WEST + 500, WEST + side_px * GSD_M - 500, 20)
    lon, lat = Transformer.from_crs(EPSG, 4326, always_xy=True).transform(x, np.full(20, y))
    line = folder / "line.geojson"
    line.write_text(
        json.dumps(
            {
                "type": "Feature",
                "properties": {"name": "memory", "source": "made by a benchmark", "tolerance_m": 1},
                "geometry": {"type": "LineString", "coordinates": list(zip(lon, lat, strict=True))},
            }
        )
    )
    project = str(folder / "project")
    length_km = (side_px * GSD_M - 1000) / 1000
    stretch = (
        f"{length_km / 2 - min(5, length_km / 3):.1f}..{length_km / 2 + min(5, length_km / 3):.1f}"
    )
    print(
        f"two scenes of {side_px:,} x {side_px:,} px, {stretch} km of frontier, corridor 1,000 m each side"
    )
    print("| command | peak MB | seconds |\n|---|---|---|")
    for words in (
        [
            "new",
            project,
            "--frontier",
            str(line),
            "--before",
            "2019",
            "--after",
            "2022",
            "--km",
            stretch,
        ],
        ["add", str(images), "--project", project],
        ["cover", "--project", project],
        ["align", "--project", project],
        ["detect", "--project", project],
        ["measure", "--project", project],
        ["publish", "--project", project],
    ):
        peak_mb, seconds = peak(*words)
        print(f"| {words[0]} | {peak_mb:,.0f} | {seconds:,.1f} |", flush=True)


if __name__ == "__main__":
    side = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    if len(sys.argv) > 2:
        main(side, Path(sys.argv[2]))
    else:
        with tempfile.TemporaryDirectory() as scratch:
            main(side, Path(scratch))
