"""Pairs of images to tune (`dev`) and to measure (`test`) the detector on.

Two families, split by place and by date, never by tile:

* `naip`: real pairs of dates of the NAIP crops in ../shared/data (public domain). Nothing was built
  there, crops and water changed strongly. `dev`: the western half of five dates; `test`: the
  eastern half of the other five. Used as if a pixel were 0.5 m, and at its true 5 m.
* `drawn`: procedural ground at 0.5 m with season, noise, gain and up to 1 px of misregistration
  between the dates. Other seeds in `test`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import paint
import rasterio

from vallum.imagery import radiometry

SHARED = Path(os.environ.get("VALLUM_SHARED", Path(__file__).parents[3] / "shared")) / "data"
NAIP = SHARED / "imagery" / "naip-nd-10dates"
# `rates`: the dates of dev on ground that the network was not trained on and `test` shows on others.
DATES = {"dev": (0, 2, 4, 6, 8), "rates": (0, 2, 4, 6, 8), "test": (1, 3, 5, 7, 9)}
_ROWS, _COLUMNS, _HALF = 723, 934, 460
# Pixels by which a date lies right of and under the first date of its half, after
# `vallum.imagery.align.shift` of 2026-11-22; kept, so that the cases stay when the alignment changes.
_SHIFTS = {
    2: (0.496692823475945, -0.20466378599838442),
    3: (0.14648949557772814, -0.06133241588129426),
    4: (0.42919093343673176, -0.3371855394530433),
    5: (-0.25130724975548246, 0.043222620815032996),
    6: (-0.08172804507622944, 0.394150519674407),
    7: (-0.4564681195826302, 0.6190990406634432),
    8: (0.09454753773513622, -0.046601507735871905),
    9: (-0.025427696746328457, 0.07814798731925927),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Pair:
    """Two aligned images (band, y, x), where they are usable, and what was painted on them."""

    name: str
    family: str
    before: np.ndarray
    after: np.ndarray
    clear: np.ndarray
    gsd_m: float
    truth: list[paint.Painted] = field(default_factory=list)

    @property
    def corridor_km(self):
        """Kilometres of corridor of +-32 m that the pair amounts to."""
        return self.clear.sum() * self.gsd_m**2 / 64 / 1000


@lru_cache(maxsize=12)
def _naip(split, number):
    """Return one date on the grid of the first date of its split, aligned and matched."""
    files = sorted(NAIP.glob("*.tif"))
    first = DATES[split][0]
    reference, moving = (rasterio.open(files[n]).read()[:, :_ROWS] for n in (first, number))
    if number == first:
        return reference.astype(np.float32)
    dx_px, dy_px = _SHIFTS[number]
    matrix = np.float32([[1, 0, dx_px], [0, 1, dy_px]])
    moved = np.stack(
        [
            cv2.warpAffine(
                band.astype(np.float32),
                matrix,
                (_COLUMNS, _ROWS),
                flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            )
            for band in moving
        ]
    )
    valid = (moving > 0).all(axis=0)
    gain, offset = (np.array(v) for v in radiometry.match(reference, moved, valid))
    # Dates years apart can ask for a gain of 5, which would bleach a fifth of the pixels.
    bounded = np.clip(gain, 0.38, 2.2)
    offset += (gain - bounded) * np.median(moved[:, valid], axis=1)
    return np.clip(
        moved * np.float32(bounded)[:, None, None] + np.float32(offset)[:, None, None], 1, 255
    )


def naip(split, gsd_m=0.5):
    """Yield the bare pairs of dates of one half."""
    columns = np.s_[:, :, :_HALF] if split == "dev" else np.s_[:, :, _COLUMNS - _HALF :]
    for first, second in combinations(DATES[split], 2):
        before, after = (_naip(split, n)[columns] for n in (first, second))
        yield Pair(
            name=f"naip {first}-{second}",
            family="naip",
            before=before.round(),
            after=after.round(),
            clear=np.ones(before.shape[1:], bool),
            gsd_m=gsd_m,
        )


def _noise(rng, shape, scale):
    small = rng.normal(size=(int(shape[0] / scale) + 3, int(shape[1] / scale) + 3))
    return cv2.resize(small.astype(np.float32), shape[::-1], interpolation=cv2.INTER_CUBIC)


def _fractal(rng, shape, rough=0.6):
    return sum(rough**k * _noise(rng, shape, 128 / 2**k) for k in range(7))


def _parcels(rng, shape, n):
    """Return (y, x) numbers of irregular fields."""
    spots = rng.uniform(0, 1, (n, 2)) * shape
    y, x = np.indices(shape, np.float32)
    bent = [v + 12 * _noise(rng, shape, 90) for v in (y, x)]
    best, owner = np.full(shape, np.inf, np.float32), np.zeros(shape, np.int32)
    turn = rng.uniform(0, np.pi)
    for k, (v, u) in enumerate(spots):
        a = np.cos(turn) * (bent[0] - v) + np.sin(turn) * (bent[1] - u)
        b = -np.sin(turn) * (bent[0] - v) + np.cos(turn) * (bent[1] - u)
        far = np.maximum(np.abs(a), 0.6 * np.abs(b))
        owner[far < best] = k
        best = np.minimum(far, best)
    return owner


def drawn(split, n_pairs=10, size=600):
    """Yield procedural pairs without anything built between the dates."""
    for number in range(n_pairs):
        rng = np.random.default_rng((1 if split == "dev" else 2, number))
        shape = (size, size)
        owner = _parcels(rng, shape, int(rng.integers(4, 30)))
        base = 95 + 12 * _fractal(rng, shape) * rng.uniform(0.5, 1.5)
        trees = np.zeros(shape, np.float32)
        spots = rng.uniform(0, size, (int(rng.integers(20, 500)), 2))
        for x, y in spots:
            cv2.circle(trees, (int(x), int(y)), int(rng.integers(2, 7)), 1.0, -1, cv2.LINE_AA)
        standing = []
        for _ in range(3):  # lines that stand on both dates
            course = paint.course(rng, shape, rng.uniform(150, 400))
            if course is not None:
                kind = str(rng.choice(paint.KINDS))
                standing.append((course, paint.look(rng, kind, rng.uniform(0.4, 1.2))))
        images = []
        for date in range(2):
            tone = rng.normal(0, 14, owner.max() + 1)[owner] * rng.uniform(0.3, 1)
            rows = np.zeros(shape, np.float32)
            if rng.random() < 0.5:  # crop rows in one parcel
                y, x = np.indices(shape)
                turn, period = rng.uniform(0, np.pi), rng.uniform(5, 12)
                wave = np.sin((x * np.cos(turn) + y * np.sin(turn)) * 2 * np.pi / period)
                rows = 5 * wave * (owner == rng.integers(owner.max() + 1))
            sun = rng.uniform(0, 2 * np.pi)
            move = np.float32([[1, 0, 3 * np.cos(sun)], [0, 1, 3 * np.sin(sun)]])
            shade = np.maximum(cv2.warpAffine(trees, move, shape) - trees, 0)
            grey = (base + tone + rows + 4 * _fractal(rng, shape)).astype(np.float32)[None]
            light = paint.light_of(grey, 0.5, np.degrees(sun), 40)
            for course, look in standing:
                paint.lay(np.random.default_rng(number), grey, course, look, light, 0.5)
            grey = grey[0] - trees * rng.uniform(10, 35) - shade * rng.uniform(10, 30)
            jitter = rng.uniform(-0.7, 0.7, 2) * date
            grey = cv2.warpAffine(
                grey.astype(np.float32),
                np.float32([[1, 0, jitter[0]], [0, 1, jitter[1]]]),
                shape,
                flags=cv2.INTER_CUBIC,
                borderMode=cv2.BORDER_REFLECT,
            )
            grey = cv2.GaussianBlur(grey, (0, 0), rng.uniform(0.5, 0.8))
            grey = grey * rng.uniform(0.85, 1.2) + rng.uniform(-10, 10)
            grey = grey + rng.normal(0, rng.uniform(1, 3), shape)
            images.append(np.clip(grey, 1, 255).round()[None].repeat(3, axis=0))
        yield Pair(
            name=f"drawn {number}",
            family="drawn",
            before=images[0],
            after=images[1],
            clear=np.ones(shape, bool),
            gsd_m=0.5,
        )


def with_barriers(pair, seed, *, n_lines=5, n_posts=8):
    """Return the pair with lines and posts painted on it: new, removed, and standing in both."""
    rng = np.random.default_rng(seed)
    images = {"before": pair.before.astype(np.float32), "after": pair.after.astype(np.float32)}
    shape = pair.clear.shape
    sun = rng.uniform(0, 360), rng.uniform(25, 65)
    lights = {date: paint.light_of(image, pair.gsd_m, *sun) for date, image in images.items()}
    truth = []
    taken = np.zeros(shape, np.uint8)
    on = {"new": ("after",), "removed": ("before",), "both": ("before", "after")}
    for number in range(n_lines):
        kind = paint.KINDS[(seed + number) % len(paint.KINDS)]
        change = str(rng.choice(("new", "removed", "both"), p=(0.55, 0.3, 0.15)))
        # Roads and strips are long things; a short wide one is a field.
        longest_m = 220 if kind in ("patrol_road", "cleared_strip") else 130
        course = paint.course(rng, shape, rng.uniform(longest_m / 4, longest_m) / pair.gsd_m)
        if course is None:
            continue
        line = np.rint(course).astype(np.int32).reshape(-1, 1, 2)
        here = cv2.polylines(np.zeros_like(taken), [line], False, 1, 1)
        if (taken & here).sum() > 3:
            continue
        taken |= cv2.dilate(here, np.ones((5, 5), np.uint8))
        contrast = float(np.exp(rng.uniform(np.log(0.25), np.log(1.6))))
        look = paint.look(rng, kind, contrast)
        for date in on[change]:
            paint.lay(rng, images[date], course, look, lights[date], pair.gsd_m)
        truth.append(
            paint.Painted(
                kind=kind, change=change, course=course, width_m=look.width_m, contrast=contrast
            )
        )
    for _ in range(n_posts):
        centre = rng.uniform(20, np.array(shape[::-1]) - 20)
        if taken[int(centre[1]), int(centre[0])]:
            continue
        change = str(rng.choice(("new", "removed"), p=(0.7, 0.3)))
        contrast = float(np.exp(rng.uniform(np.log(0.25), np.log(1.6))))
        (date,) = on[change]
        heading = rng.uniform(0, np.pi)
        width_m = paint.post(rng, images[date], centre, heading, contrast, lights[date], pair.gsd_m)
        truth.append(
            paint.Painted(
                kind="post", change=change, course=centre[None], width_m=width_m, contrast=contrast
            )
        )
    return Pair(
        name=pair.name + " painted",
        family=pair.family,
        before=np.clip(images["before"], 1, 255),
        after=np.clip(images["after"], 1, 255),
        clear=pair.clear,
        gsd_m=pair.gsd_m,
        truth=truth,
    )
