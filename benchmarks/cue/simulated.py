"""How many strips along the border are found on SIMULATED series, and how well they are dated.

    python benchmarks/cue/simulated.py            # seeds of `test`, what is reported
    python benchmarks/cue/simulated.py --dev      # seeds of `dev`, what thresholds were set on
    python benchmarks/cue/simulated.py --only 8   # the setup of so many dates

Series of 2 and 4 dates are chosen from 60 as people choose images: clear ones, of one season, far
apart in time.

A strip is found in a cell of 1 km when it runs through at least 200 m of it and a line is named
there within 60 m of it. A false alarm is a cell named without any strip in it. Clear cuts, floods,
moving river bends, harvests and roads that cross the corridor are in all series and count as false
when named. All of it is SIMULATED: on real land both rates will differ.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np

from vallum.change import disturb, linear
from vallum.simulate.series import STEP_M, Series, series

DEV, TEST = range(100, 116), range(300, 316)
LENGTH_M, REACH_M, CELL_M = 20_000, 500, 1000
SETUPS = (("60 dates in 4 years", 60, 4.0), ("16 dates in 2 years", 16, 2.0), ("8 dates in 4 years", 8, 4.0), ("4 dates of one season in 4 years", 4, 4.0), ("2 dates of one season in 4 years", 2, 4.0))  # fmt: skip


@dataclass(frozen=True)
class Tally:
    """What became of the cells of one series."""

    false: tuple[float, ...]
    true: tuple[tuple[float, float, float, float], ...]  # score, width_m, late and wide days
    late: tuple[tuple[bool, float, float], ...]


def drawn(seed: int, n_dates: int, years: float) -> Series:
    """Return a series; of fewer than six dates those that a person would choose of 60."""
    if n_dates >= 6:
        return series(seed, length_m=LENGTH_M, n_dates=n_dates, years=years)
    one = series(seed, length_m=LENGTH_M, years=years)
    clear = one.shown.mean(axis=(1, 2))
    of_year = np.array([day.timetuple().tm_yday for day in one.dates])
    off = np.abs((of_year - 200 + 182) % 365 - 182)  # from the middle of July
    worth = clear - off / 60
    ends = np.linspace(one.days[0], one.days[-1] + 1, n_dates + 1)
    kept = []
    for low, high in pairwise(ends):
        here = np.flatnonzero((one.days >= low) & (one.days < high))
        kept.append(int(here[worth[here].argmax()]))
    return replace(one, dates=tuple(one.dates[i] for i in kept), ndvi=one.ndvi[kept],
                   shown=one.shown[kept])  # fmt: skip


def signal_of(one: Series) -> np.ndarray:
    """Return the series as `cue` reads it: bareness, hidden and wet pixels NaN."""
    signal = np.where(one.shown, -one.ndvi, np.nan).astype(np.float32)
    n_wet = (signal > 0).sum(axis=0)
    wet = n_wet > np.maximum(1, 0.15 * one.shown.sum(axis=0))
    signal[:, cv2.dilate(wet.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0] = np.nan
    return signal


def found(one: Series) -> dict[int, linear.Line]:
    """Return the line of every cell."""
    signal = signal_of(one)
    strength = disturb.steps(signal.reshape(len(signal), -1), one.days).strength
    looks = linear.along(strength.reshape(signal.shape[1:]), STEP_M)
    cells = np.arange(signal.shape[2]) * round(STEP_M) // CELL_M
    return linear.lines(signal, one.days, looks, cells, STEP_M)


def tally(one: Series) -> Tally:
    """Compare what was found with what was built."""
    lines = found(one)
    false, true, late = [], [], []
    for cell in range(LENGTH_M // CELL_M):
        low, high = cell * CELL_M, (cell + 1) * CELL_M
        here = [
            (min(strip.end_m, high) - max(strip.start_m, low), strip)
            for strip in one.strips
            if strip.start_m < high and strip.end_m > low
        ]
        line = lines.get(cell)
        if not here:
            false.append(line.score if line else 0.0)
            continue
        inside_m, strip = max(here, key=lambda pair: pair[0])
        if inside_m < 200:
            continue
        off_m = np.median(line.rows) * STEP_M - REACH_M if line else np.inf
        is_it = abs(off_m - strip.off_m) <= 60
        true.append((line.score if is_it else 0.0, strip.width_m, strip.when.toordinal(), 0.0))
        if is_it:
            last, first = one.days[line.onset.last_without], one.days[line.onset.first_with]
            day = strip.when.toordinal()
            late.append(
                (bool(last < day <= first), first - last, abs((last + first) / 2 - day), line.score)
            )
    return Tally(tuple(false), tuple(true), tuple(late))


def table(name: str, seeds: range, n_dates: int, years: float, *, sets: bool) -> None:
    """Print detection against false alarms for one kind of series."""
    start = time.perf_counter()
    every = [tally(drawn(seed, n_dates, years)) for seed in seeds]
    false = np.sort([score for one in every for score in one.false])[::-1]
    km = len(seeds) * LENGTH_M / 1000
    true = np.array([row for one in every for row in one.true])
    late = np.array([row for one in every for row in one.late])
    wide = true[:, 1] >= 10
    print(f"\nSIMULATED, {name}: {km:,.0f} km of border, {len(true)} cells with a strip, "
          f"{time.perf_counter() - start:.0f} s", flush=True)  # fmt: skip
    kind = linear.kind_of(drawn(seeds[0], n_dates, years).days)
    print("| asked: false per 100 km | score | got | found | of those 10 m and wider | true date inside | bracket, median days | middle off, median days |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|")
    for rate in linear.RATES:
        at = round(rate * km / 100)
        score = float(false[at]) if sets and at < len(false) else linear.least_score(rate, kind)
        got = (false > score).sum() / km * 100
        dated = late[late[:, 3] > score]
        print(f"| {rate:g} | {score:.2f} | {got:.1f} | {(true[:, 0] > score).mean():.2f} | "
              f"{(true[wide, 0] > score).mean():.2f} | {dated[:, 0].mean():.2f} | "
              f"{np.median(dated[:, 1]):.0f} | {np.median(dated[:, 2]):.0f} |")  # fmt: skip


def main() -> None:
    """Print one table per kind of series."""
    is_dev = "--dev" in sys.argv
    few = slice(0, 8) if "--quick" in sys.argv else slice(None)
    only = int(sys.argv[sys.argv.index("--only") + 1]) if "--only" in sys.argv else 0
    for name, n_dates, years in (one for one in SETUPS if only in (0, one[1])):
        table(name, (DEV if is_dev else TEST)[few], n_dates, years, sets=is_dev)


if __name__ == "__main__":
    main()
