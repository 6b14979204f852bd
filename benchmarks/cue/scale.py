"""How long 1,000 km of border and 60 dates take, and how much memory: SIMULATED images on disk.

    python benchmarks/cue/scale.py [KM ...]          # 40 and 1000 if left out
    python benchmarks/cue/scale.py --own-mask [KM]   # 40 if left out: no mask kept, ours is made

Sixty compressed GeoTIFFs of four bands along a border due north, 10 m, are made with a cloud mask
beside each, as `vallum look` keeps them, and read by the code that `vallum cue` runs: opening,
masking, series, lines and ranking, in one process. Images are made by another process, so that the
peak of memory is that of the reading alone. Pixels repeat every 20 km, which changes neither time
nor memory. The images (3 GB for 1,000 km) are deleted at the end.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import rasterio
import shapely
from pyproj import Transformer
from rasterio.transform import from_origin
from shapely.geometry import LineString, box

from vallum.config import Cueing
from vallum.frontier import Frontier
from vallum.ground.records import Scene
from vallum.ground.span import Span
from vallum.ground.when import When
from vallum.imagery import cloud
from vallum.imagery.cloud import kept
from vallum.imagery.series import Image
from vallum.simulate.series import series
from vallum.steps import cueing
from vallum.steps.done import silent

EPSG, EAST, SOUTH, STEP = 32631, 500_000.0, 10_000.0, 10.0
N_DATES, WIDE = 60, 121
BANDS = ("red", "green", "blue", "nir")


def make(folder: Path, km: int) -> None:
    """Write the images and their masks, 20 km at a time."""
    one = series(1, length_m=20_000, reach_m=600, n_dates=N_DATES)
    tall, wide = km * 100, one.ndvi.shape[1]
    place = from_origin(EAST - wide * STEP / 2, SOUTH + tall * STEP, STEP, STEP)
    profile = {"driver": "GTiff", "width": wide, "height": tall, "crs": f"EPSG:{EPSG}",
               "transform": place, "tiled": True, "blockxsize": 128, "blockysize": 512,
               "compress": "deflate", "zlevel": 1}  # fmt: skip
    for day, ndvi, shown in zip(one.dates, one.ndvi, one.shown, strict=True):
        red, nir = (np.uint16(3000 * (1 + sign * ndvi).T) for sign in (-1, 1))
        pixels = np.stack([red, red, red, nir])
        cover = np.where(shown, int(cloud.Cover.GROUND), int(cloud.Cover.CLOUD)).T.astype(np.uint8)
        path = folder / f"{day}.tif"
        for file, data, how in (
            (path, pixels, {"count": 4, "dtype": "uint16", "nodata": 0, "predictor": 2}),
            (kept.beside(path), cover[None], {"count": 1, "dtype": "uint8"}),
        ):
            with rasterio.open(file, "w", **profile, **how) as target:
                for top in range(0, tall, 2000):
                    rows = min(2000, tall - top)
                    target.write(data[:, :rows], window=((top, top + rows), (0, wide)))
    (folder / "days.json").write_text(json.dumps([str(day) for day in one.dates]))


def read(folder: Path, km: int) -> None:
    """Run `cue` over the images and print a line of the table."""
    there = Transformer.from_crs(EPSG, 4326, always_xy=True).transform
    half, north = WIDE * STEP / 2, SOUTH + km * 1000
    outline = box(EAST - half, SOUTH, EAST + half, north)
    area = shapely.transform(outline, lambda xy: np.column_stack(there(*xy.T)))
    images = []
    for i, day in enumerate(json.loads((folder / "days.json").read_text())):
        scene = Scene(sha256=f"{i:064x}", name=day, taken=When.parse(day), taken_from="filename",
                      gsd_m=STEP, n_bands=4, footprint=area, href=f"{day}.tif",
                      bands=BANDS)  # fmt: skip
        images.append(Image(scene=scene, path=folder / f"{day}.tif"))
    at = np.linspace(SOUTH, north, km + 1)
    line = LineString(np.column_stack(there(np.full(km + 1, EAST), at)))
    frontier, rule = Frontier(name="due north", line=line), Cueing()
    spans = cueing.cells(Span(0, frontier.length_m), rule.cell_m)
    before = peak_mb()
    start, busy = time.perf_counter(), time.process_time()
    groups = cueing._ready(frontier, spans, images, rule)
    jobs = cueing._jobs(frontier, spans, groups, rule, True)
    rows = cueing.rank(cueing._made(jobs, "", silent))
    took, busy = time.perf_counter() - start, time.process_time() - busy
    print(f"| {km:,} | {N_DATES} | {len(rows):,} | {sum(row.rank > 0 for row in rows)} | "
          f"{sum(bool(row.blocked_by) for row in rows)} | {took:.0f} | {busy:.0f} | "
          f"{before:.0f} | {peak_mb():.0f} |", flush=True)  # fmt: skip


def peak_mb() -> float:
    """Return the most memory this process has held; on Linux without that of its parent."""
    status = Path("/proc/self/status")
    if status.exists():
        found = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return int(found[0].split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Make images in one process, read them in another, for each length."""
    own = "--own-mask" in sys.argv
    lengths = [int(word) for word in sys.argv[1:] if word.isdigit()] or (
        [40] if own else [40, 1000]
    )
    print("SIMULATED images; cloud masks " + ("made by vallum while reading" if own else "kept beside them"))  # fmt: skip
    print("| km | dates | cells | to look at | not known | seconds | of the processor | memory before, MB | peak, MB |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    for km in lengths:
        with tempfile.TemporaryDirectory() as folder:
            for role in ("make", "read"):
                subprocess.run([sys.executable, __file__, role, str(km), folder], check=True)
                if own and role == "make":
                    for file in Path(folder).glob("*-cover.tif"):
                        file.unlink()


if __name__ == "__main__":
    if sys.argv[1:2] in (["make"], ["read"]):
        {"make": make, "read": read}[sys.argv[1]](Path(sys.argv[3]), int(sys.argv[2]))
    else:
        main()
