"""Wide-area series on real images: what is found, against what is known of the places.

    python benchmarks/cue/real.py [FOLDER OF REAL DATA]

* s2-68-dates (Slovenia, 1 km2, 2015-2017) has land cover and cloud masks but **no list of changes**.
  So two things are measured: how much of quiet land is called changed, and how often a strip that
  is laid over the real pixels (SIMULATED strip, real noise, real cloud) is found and dated, with
  the masks delivered and without any.
* landsat-8-dates (Peru, 1985-2020) has no labels either; the reference is made here, by a rule
  of its own: a pixel that was water (near infrared darker than red) up to one composite and land
  from the next on, or the other way round.
* s2-deforestation-pair has one change polygon and two dates without a day. By its own words the
  polygon comes from Sentinel-1 **radar**, not from the two pictures; so what is printed first is
  whether the pictures show any change there at all. Nothing was tuned on it.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from datetime import date
from pathlib import Path

import numpy as np
import rasterio
from rasterio.features import rasterize
from scipy import ndimage

from vallum.change import disturb, linear
from vallum.imagery import series
from vallum.imagery.series import Signal

BARE = 0.13
N_STRIPS = 32


def _read(path: Path) -> np.ndarray:
    with rasterio.open(path) as source:
        return source.read()


# -- s2-68-dates ----------------------------------------------------------------------------


def slovenia(folder: Path) -> None:
    """Print false changes by land cover, and how SIMULATED strips fare on real pixels."""
    days, clear, ndvi, cover = slovenian(folder)
    signal = np.where(clear, -ndvi, np.nan).astype(np.float32)
    found = disturb.steps(signal.reshape(len(days), -1), days)
    print(f"\ns2-68-dates: {len(days)} dates after joining two passes of one day, "
          f"{np.isfinite(signal).mean():.0%} of pixels clear")  # fmt: skip
    print("| land cover class | pixels | too little data | called changed |\n|---|---|---|---|")
    state, kinds = found.state, cover.ravel()
    for kind in np.unique(kinds):
        here = kinds == kind
        print(f"| {kind} | {here.sum():,} | {(state[here] == 0).mean():.3f} | "
              f"{(state[here] == 2).mean():.3f} |")  # fmt: skip
    print(f"| all | {len(kinds):,} | {(state == 0).mean():.3f} | {(state == 2).mean():.3f} |")
    print("\n| strips (SIMULATED) of 700 m on real pixels | found within 60 m | true date inside | bracket, median days |\n|---|---|---|---|")  # fmt: skip
    for name, shown in (("masks delivered", clear), ("no mask at all", np.isfinite(ndvi))):
        for width_m in (8.0, 15.0):
            print(f"| {width_m:g} m wide, {name} | {_strips(ndvi, shown, days, width_m)} |")


def slovenian(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return days, clear mask, NDVI and land cover; two passes of one day are joined."""
    root = folder / "imagery" / "s2-68-dates"
    with (root / "dates.csv").open() as file:
        every = [
            date.fromisoformat(row["datetime_utc"][:10]).toordinal() for row in csv.DictReader(file)
        ]
    ndvi, valid = _read(root / "ndvi.tif"), _read(root / "valid-mask.tif") > 0
    valid &= np.isfinite(ndvi) & (np.abs(ndvi) <= 1)
    days = np.array(sorted(set(every)), float)
    joined, shown = np.full((len(days), *ndvi.shape[1:]), np.nan, np.float32), []
    for i, day in enumerate(days):
        now = [j for j, one in enumerate(every) if one == day]
        best = max(now, key=lambda j: valid[j].mean())
        joined[i] = ndvi[best]
        shown.append(valid[best])
    return days, np.stack(shown), joined, _read(root / "land-cover.tif")[0]


def _strips(ndvi: np.ndarray, shown: np.ndarray, days: np.ndarray, width_m: float) -> str:
    """Return how many strips were found, how many true dates the bracket holds and its width."""
    chance = np.random.default_rng(1)
    hits, inside, wide = 0, [], []
    for _ in range(N_STRIPS):
        turned = chance.random() < 0.5
        picture, mask = (np.swapaxes(one, 1, 2) if turned else one for one in (ndvi, shown))
        picture = picture.copy()
        row, first = chance.uniform(12, picture.shape[1] - 12), int(chance.integers(5, 25))
        day = chance.uniform(days[0] + 200, days[-1] - 200)
        at = np.arange(picture.shape[1])[:, None]
        half = width_m / 20
        share = np.clip(np.minimum(at + 0.5, row + half) - np.maximum(at - 0.5, row - half), 0, 1)
        here = (slice(int(np.searchsorted(days, day)), None), slice(None), slice(first, first + 70))
        picture[here] = (1 - share) * picture[here] + share * BARE
        signal = np.where(mask, -picture, np.nan).astype(np.float32)
        strength = disturb.steps(signal.reshape(len(days), -1), days).strength
        looks = linear.along(strength.reshape(signal.shape[1:]), 10.0)
        lines = linear.lines(signal, days, looks, np.zeros(signal.shape[2], int), 10.0)
        line = lines.get(0)
        if line and line.score >= linear.least_score(5.0) and abs(np.median(line.rows) - row) <= 6:
            hits += 1
            last, with_it = days[line.onset.last_without], days[line.onset.first_with]
            inside.append(last < day <= with_it)
            wide.append(with_it - last)
    if not hits:
        return f"0 of {N_STRIPS} | - | -"
    return f"{hits} of {N_STRIPS} | {np.mean(inside):.2f} | {np.median(wide):.0f}"


# -- landsat-8-dates ------------------------------------------------------------------------


def peru(folder: Path) -> None:
    """Print how steps agree with a river that moves, by a water rule made here."""
    root = folder / "imagery" / "landsat-8-dates"
    files = sorted(root.glob("*.tif"))
    years = np.array([int(path.stem[-4:]) for path in files])
    stacks = np.stack([_read(path) for path in files]).astype(np.float32)
    infrared, red, alpha = stacks[:, 1], stacks[:, 2], stacks[:, 3] > 0
    ndvi = np.where(alpha, (infrared - red) / np.maximum(infrared + red, 1), np.nan)
    water = infrared < red
    days = np.array([date(int(year), 7, 1).toordinal() for year in years], float)
    valid = alpha.all(axis=0)
    turns = (np.diff(water.astype(np.int8), axis=0) != 0).sum(axis=0)
    once = valid & (turns == 1)
    never = valid & (turns == 0)
    when = np.abs(np.diff(water.astype(np.int8), axis=0)).argmax(axis=0) + 1
    # At least two composites before a step and one after: the rule of short series.
    once &= (when >= 2) & (when <= len(years) - 1)
    signal = -ndvi.astype(np.float32)
    found = disturb.steps(signal.reshape(len(days), -1), days, is_two_sided=True)
    shape = once.shape
    strength, at = np.abs(found.strength).reshape(shape), found.at.reshape(shape)
    print("\nlandsat-8-dates: river that moved, reference by a water rule made in this file")
    print("| strength | moved pixels found | of those in the right five years | within one composite | quiet pixels called changed |\n|---|---|---|---|---|")  # fmt: skip
    for least in (3.0, 5.0, 7.0):
        hit = once & (strength >= least)
        off = np.abs(at[hit] - when[hit])
        print(f"| {least:g} | {hit.sum() / max(1, once.sum()):.2f} of {once.sum():,} | {(off == 0).mean():.2f} | "
              f"{(off <= 1).mean():.2f} | {(strength[never] >= least).mean():.3f} |")  # fmt: skip


# -- s2-deforestation-pair ------------------------------------------------------------------


def suriname(folder: Path) -> None:
    """Print how two dates agree with the change polygon."""
    root = folder / "imagery" / "s2-deforestation-pair"
    before, after = _read(root / "t0.tif"), _read(root / "t1.tif")
    with rasterio.open(root / "t0.tif") as source:
        transform, shape = source.transform, source.shape
    told = json.loads((root / "changes.geojson").read_text())["features"]
    truth = rasterize([one["geometry"] for one in told], shape, transform=transform) > 0
    from vallum.imagery import cloud

    clear = np.stack(
        [cloud.clear(one[:3], one[:3].any(axis=0), 10.0, False) for one in (before, after)]
    )
    print(f"\ns2-deforestation-pair: {truth.sum()} changed pixels, "
          f"{clear.all(axis=0)[truth].mean():.0%} of them clear on both by our mask")  # fmt: skip
    source_of = told[0]["properties"].get("satellite", "not said")
    green = -_signals(before, after, Signal.COLOUR)
    place = [(one[clear.all(axis=0)][:, None] < one[truth]).mean() for one in green]
    print(f"the polygon was drawn from: {source_of}; inside it our green index is "
          f"{green[0][truth].mean():+.3f} on the first date and {green[1][truth].mean():+.3f} on the "
          f"second, greener than {place[0]:.0%} and {place[1]:.0%} of the land")  # fmt: skip
    print("| signal, both ways | strength | found | of what is called changed, right | IoU | quiet land called changed | with areas under 0.5 ha left out: found | right | IoU |\n|---|---|---|---|---|---|---|---|---|")  # fmt: skip
    days = np.array([0.0, 365.0])
    for masked in (True, False):
        for signal in (Signal.COLOUR, Signal.BRIGHTNESS):
            values = _signals(before, after, signal)
            values = np.where(clear | (not masked), values, np.nan).astype(np.float32)
            found = disturb.steps(values.reshape(2, -1), days, is_two_sided=True)
            strength = np.abs(found.strength).reshape(shape)
            for least in (3.0, 5.0):
                called = np.nan_to_num(strength) >= least
                quiet = called[~truth & np.isfinite(strength)].mean()
                name = f"{signal.words}, {'clouds masked' if masked else 'no mask'}"
                print(f"| {name} | {least:g} | {_scores(called, truth)} | {quiet:.3f} | {_scores(_large(called), truth)} |")  # fmt: skip


def _signals(before: np.ndarray, after: np.ndarray, signal: Signal) -> np.ndarray:
    from types import SimpleNamespace

    plain = SimpleNamespace(bands=(), reflectance=())
    return np.stack([series.bareness(one[:3], plain, signal) for one in (before, after)])  # type: ignore[arg-type]


def _large(called: np.ndarray) -> np.ndarray:
    closed = ndimage.binary_opening(called)
    labels, _ = ndimage.label(closed)
    sizes = np.bincount(labels.ravel())
    keep = sizes >= 50
    keep[0] = False
    return keep[labels]


def _scores(called: np.ndarray, truth: np.ndarray) -> str:
    both = (called & truth).sum()
    return (f"{both / truth.sum():.2f} | {both / max(1, called.sum()):.2f} | "
            f"{both / (called | truth).sum():.2f}")  # fmt: skip


def main() -> None:
    """Print the three tables, or say that the data is not there."""
    beside = Path(os.environ.get("VALLUM_SHARED", Path(__file__).parents[3] / "shared")) / "data"
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else beside
    if not folder.is_dir():
        print("real data not beside the project (../shared/data): nothing was measured")
        return
    slovenia(folder)
    peru(folder)
    suriname(folder)


if __name__ == "__main__":
    main()
