"""Shifts found by arosics, for `benchmarks/registration/pairs.py`; runs in an environment of its own.

    python benchmarks/registration/peers.py FOLDER

Reads FOLDER/pairs.npz (a0, b0, a1, b1, ...), writes FOLDER/found.json: per method a list of
[dx, dy, seconds], or [null, null, seconds] where it gave up.
"""

import contextlib
import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np

warnings.filterwarnings("ignore")

if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "pairs.npz").is_file():
    print("skipped: pairs.py runs this one, with the folder of its pairs (VALLUM_PEERS)")
    sys.exit(0)

from arosics import COREG, COREG_LOCAL  # noqa: E402
from geoarray import GeoArray  # noqa: E402
from osgeo import gdal  # noqa: E402
from pyproj import CRS  # noqa: E402


@contextlib.contextmanager
def options(wanted, **_):
    """Stand in for `gdal.config_options`, which GDAL before 3.7 lacks."""
    before = {key: gdal.GetConfigOption(key) for key in wanted}
    for key, value in wanted.items():
        gdal.SetConfigOption(key, value)
    yield
    for key, value in before.items():
        gdal.SetConfigOption(key, value)


if not hasattr(gdal, "config_options"):
    gdal.config_options = options

PLACE = (500_000, 1, 0, 5_000_000, 0, -1), CRS.from_epsg(32619).to_wkt()
COMMON = {"max_shift": 48, "CPUs": 1, "q": True, "progress": False, "ignore_errors": True}


def coreg(reference, moving):
    found = COREG(reference, moving, ws=(256, 256), **COMMON)
    with contextlib.suppress(Exception):  # its own check by similarity fails on some pairs
        found.calculate_spatial_shifts()
    if not found.success:
        return None, None
    return -found.coreg_info["corrected_shifts_px"]["x"], -found.coreg_info["corrected_shifts_px"][
        "y"
    ]


def coreg_local(reference, moving):
    found = COREG_LOCAL(reference, moving, grid_res=64, window_size=(128, 128), **COMMON)
    points = found.CoRegPoints_table
    points = points[(points.ABS_SHIFT > 0) | (points.X_SHIFT_PX == 0)]
    points = points[~points.OUTLIER.astype(bool) & (points.X_SHIFT_PX > -9999)]
    if not len(points):
        return None, None
    return -float(points.X_SHIFT_PX.median()), -float(points.Y_SHIFT_PX.median())


def main(folder):
    pairs = np.load(folder / "pairs.npz")
    found = {}
    for name, method in (("arosics COREG 256", coreg), ("arosics COREG_LOCAL", coreg_local)):
        answers = found.setdefault(name, [])
        for n in range(len(pairs.files) // 2):
            images = [GeoArray(pairs[f"{side}{n}"], *PLACE) for side in "ab"]
            start = time.process_time()
            try:
                dx, dy = method(*images)
            except Exception:
                dx, dy = None, None
            answers.append([dx, dy, time.process_time() - start])
    (folder / "found.json").write_text(json.dumps(found))


main(Path(sys.argv[1]))
