"""Single pixels, the same SIMULATED series for all: vallum's step test beside COLD (pyxccd).

    VALLUM_CUE_PEERS=/path/to/python-with-pyxccd python benchmarks/cue/peers.py

pyxccd carries GPL code and is no dependency: it runs in a Python of its own that you name. bfast was
wanted beside it; its wheel could not be installed where this was written. Half of the pixels step.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from vallum.change import disturb

N_PIXELS, N_DATES = 600, 100
SIZES = (0.1, 0.2, 0.3)
_PEER = """
import sys, time, numpy as np
from pyxccd import cold_detect_flex
data = np.load(sys.argv[1])
days, values, clear = data["days"].astype(np.int64), data["values"], data["clear"]
start, found = time.perf_counter(), []
for i in range(values.shape[1]):
    stack = np.ascontiguousarray((values[:, i : i + 1] * 10000).astype(np.int64))
    quality = np.where(clear[:, i], 0, 255).astype(np.int64)
    try:
        parts = cold_detect_flex(days, stack, quality, 20, tmask_b1_index=1, tmask_b2_index=1)
        breaks = [int(one["t_break"]) for one in parts if one["change_prob"] == 100]
    except Exception:
        breaks = []
    found.append(breaks[-1] if breaks else 0)
np.savez(sys.argv[2], found=np.array(found), took=time.perf_counter() - start)
"""


def series_of(size: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return days, NDVI `(date, pixel)`, what is clear, and the day of each step (0: none)."""
    chance = np.random.default_rng(round(size * 100))
    days = np.sort(chance.choice(np.arange(736_000, 738_000), N_DATES, replace=False)).astype(float)
    wave = 0.15 * np.sin(2 * np.pi * days[:, None] / 365.2425 + chance.uniform(0, 6, N_PIXELS))
    values = 0.55 + wave + 0.03 * chance.standard_normal((N_DATES, N_PIXELS))
    at = np.where(
        np.arange(N_PIXELS) < N_PIXELS // 2, chance.uniform(736_700, 737_400, N_PIXELS), 0
    )
    values -= size * ((at > 0) & (days[:, None] >= at))
    clear = chance.random(values.shape) > 0.3
    missed = clear & (chance.random(values.shape) < 0.02)
    return days, np.where(missed, values - 0.3, values), clear, at


def row(name: str, size: float, found: np.ndarray, at: np.ndarray, seconds: float) -> None:
    """Print how many steps were found and how many pixels without one were named."""
    real = at > 0
    hit = real & (found > 0) & (np.abs(found - at) < 183)
    off = np.median(np.abs(found - at)[hit]) if hit.any() else np.nan
    print(f"| {size:g} | {name} | {hit.sum() / real.sum():.2f} | {(found[~real] > 0).mean():.3f} | "
          f"{off:.0f} | {len(at) / seconds:,.0f} |")  # fmt: skip


def main() -> None:
    """Print the table."""
    peer = os.environ.get("VALLUM_CUE_PEERS", "")
    print(f"SIMULATED pixels, {N_DATES} dates, 30 % hidden, 2 % missed cloud; one process")
    print("| step in NDVI | | found within half a year | named without a step | median days off | pixels a second |\n|---|---|---|---|---|---|")  # fmt: skip
    for size in SIZES:
        days, values, clear, at = series_of(size)
        signal = np.where(clear, -values, np.nan).astype(np.float32)
        start = time.perf_counter()
        found = disturb.steps(signal, days, common=False)
        took = time.perf_counter() - start
        day = np.where(found.state == disturb.State.BREAK, days[found.at], 0)
        row("vallum", size, day, at, took)
        if peer:
            with tempfile.TemporaryDirectory() as folder:
                given, told = Path(folder, "in.npz"), Path(folder, "out.npz")
                np.savez(given, days=days, values=values, clear=clear)
                subprocess.run([peer, "-c", _PEER, str(given), str(told)], check=True)
                answer = np.load(told)
                row("COLD (pyxccd)", size, answer["found"], at, float(answer["took"]))
    if not peer:
        print("VALLUM_CUE_PEERS is not set: no peer ran")


if __name__ == "__main__":
    main()
