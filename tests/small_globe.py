"""The stand-in for Google Earth Pro of the benchmark, for tests: SIMULATED pictures."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path

import cv2
import numpy as np

_PATH = Path(__file__).parents[1] / "benchmarks" / "registration" / "globe.py"


@cache
def globe():
    """Return the module."""
    spec = importlib.util.spec_from_file_location("benchmark_globe", _PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@cache
def ground(seed: int = 1) -> np.ndarray:
    """Return a small made-up ground: blobs and sharp boxes."""
    rng = np.random.default_rng(seed)
    grey = np.full((1024, 1024), 105, np.float32)
    for size, amount in ((3, 8), (9, 12), (40, 18)):
        grain = rng.standard_normal((1024 // size + 4,) * 2).astype(np.float32)
        grey += amount * cv2.resize(grain, (1024, 1024), interpolation=cv2.INTER_CUBIC)
    for _ in range(250):
        x, y = rng.integers(0, 1024, 2)
        w, h = rng.integers(5, 30, 2)
        grey[y : y + h, x : x + w] = rng.uniform(20, 230)
    tint = np.array([0.85, 1.0, 0.95], np.float32)
    return np.clip(grey[..., None] * tint, 1, 255).astype(np.uint8)


def camera(**more):
    """Return a camera that differs from the view of the tour in what is given."""
    return globe().Camera(**({"width": 960, "height": 600, "zoom": 1.05, "turn_deg": 2.0} | more))


def off_m(shot, placing, *, shift=(0, 0)) -> float:
    """Return by how many metres a placing is off in the worst of 35 places of the picture."""
    columns, rows = np.meshgrid(np.linspace(20, 940, 7), np.linspace(20, 580, 5))
    columns, rows = columns.ravel(), rows.ravel()
    here = shot.place.to_plane(*shot.degrees(columns, rows))
    told = shot.place.to_plane(*placing.to_ground(columns + shift[0], rows + shift[1]))
    return float(np.hypot(*(here - told).T).max())
