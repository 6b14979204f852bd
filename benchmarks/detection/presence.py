"""Does a known thing stand in another image: how often is the answer right, by contrast and kind.

    python benchmarks/detection/presence.py [dev|test]

Five dates of one place. A thing is painted (*simulated*) on the last dates, from a random one on; it
counts as accepted on the last date, against the first, on which it never stands. The three dates
between are asked. Its contrast changes from date to date, it lies up to a pixel or two aside, its
drawn path is a pixel or so off, one date in twelve shows it in the other polarity, and one in eight
is partly masked. `naip`: real dates of farmland (5 m, used as if a pixel were 0.5 m); `drawn`:
procedural ground. Split by place, date and seed, as in `scenes.py`; thresholds were set on `dev`.

A bracket is (last date said absent, first date said present]; it is wrong when the true one of the
five dates on which the thing first stands lies outside. A flip is an "absent" after a "present".
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from functools import lru_cache
from pathlib import Path

import brush
import cv2
import numpy as np
import rasterio
from affine import Affine
from odc.geo.geobox import GeoBox
from shapely.geometry import LineString, Point

from vallum.change import presence, straight
from vallum.change.limits import wilson
from vallum.ground.kinds import Kind
from vallum.imagery import align, radiometry

NAIP = Path(__file__).parents[3] / "shared" / "data" / "imagery" / "naip-nd-10dates"
DATES = {"dev": (0, 2, 4, 6, 8), "test": (1, 3, 5, 7, 9)}
GSD_M, SIDE = 0.5, 460
N_THINGS = {"dev": 4, "test": 4}  # per kind and place
CONTRASTS = ((0.25, 0.5), (0.5, 0.9), (0.9, 1.6))


@lru_cache(maxsize=2)
def naip(split):
    """Return two places of five dates (y, x), of one half, aligned and matched to the first."""
    files = sorted(NAIP.glob("*.tif"))
    images = [rasterio.open(files[n]).read()[:, :723] for n in DATES[split]]
    first, found = images[0], []
    for image in images:
        moved = align.shift(first, image, np.ones(first.shape[1:], bool))
        matrix = np.float32([[1, 0, moved.dx_px], [0, 1, moved.dy_px]])
        image = np.stack(
            [
                cv2.warpAffine(
                    band.astype(np.float32),
                    matrix,
                    (image.shape[2], image.shape[1]),
                    flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
                    borderMode=cv2.BORDER_REPLICATE,
                )
                for band in image
            ]
        )
        gain, offset = radiometry.match(first, image, (image > 0).all(axis=0))
        grey = (image * np.float32(gain)[:, None, None] + np.float32(offset)[:, None, None])[:3]
        half = np.s_[:SIDE] if split == "dev" else np.s_[-SIDE:]
        found.append(grey.mean(axis=0)[:, half])
    return [[image[:SIDE] for image in found], [image[-SIDE:] for image in found]]


def drawn(split, number):
    """Return five dates (y, x) of one procedural place, with fields, trees and old lines."""
    rng = np.random.default_rng((3 if split == "dev" else 4, number))
    shape = (SIDE, SIDE)

    def noise(scale):
        small = rng.normal(size=(int(SIDE / scale) + 3,) * 2).astype(np.float32)
        return cv2.resize(small, shape, interpolation=cv2.INTER_CUBIC)

    def rough():
        return sum(0.6**k * noise(128 / 2**k) for k in range(7))

    y, x = np.indices(shape, np.float32)
    spots = rng.uniform(0, SIDE, (int(rng.integers(4, 30)), 2))
    bent = np.stack((y + 12 * noise(90), x + 12 * noise(90)))
    owner = np.argmin([np.abs(bent[0] - v) + np.abs(bent[1] - u) for v, u in spots], axis=0)
    base = 95 + 12 * rough() * rng.uniform(0.5, 1.5)
    trees = np.zeros(shape, np.float32)
    for u, v in rng.uniform(0, SIDE, (int(rng.integers(20, 400)), 2)):
        cv2.circle(trees, (int(u), int(v)), int(rng.integers(2, 7)), 1.0, -1, cv2.LINE_AA)
    for _ in range(3):
        course = brush.course(rng, shape, rng.uniform(150, 350))
        if course is not None:
            kind = str(rng.choice(brush.KINDS))
            base = base + brush.line(rng, shape, GSD_M, kind, course, rng.uniform(0.4, 1.2), 12)[0]
    images = []
    for _ in range(5):
        tone = rng.normal(0, 14, len(spots))[owner] * rng.uniform(0.3, 1)
        turn, period = rng.uniform(0, np.pi), rng.uniform(5, 12)
        rows = 5 * np.sin((x * np.cos(turn) + y * np.sin(turn)) * 2 * np.pi / period)
        rows = rows * (owner == rng.integers(len(spots)))
        sun = rng.uniform(0, 2 * np.pi)
        move = np.float32([[1, 0, 3 * np.cos(sun)], [0, 1, 3 * np.sin(sun)]])
        shade = np.maximum(cv2.warpAffine(trees, move, shape) - trees, 0)
        grey = base + tone + rows + 4 * rough()
        grey = grey - trees * rng.uniform(10, 35) - shade * rng.uniform(10, 30)
        grey = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), rng.uniform(0.5, 0.8))
        images.append(grey + rng.normal(0, rng.uniform(1, 3), shape).astype(np.float32))
    return images


def _painted(rng, images, kind, low, high):
    """Return images with one thing, its shape, width, and the first date on which it stands."""
    grey = images[-1]
    sigma = 1.48 * float(np.median(np.abs(grey - cv2.blur(grey, (41, 41)))))
    contrast = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    if kind == "post":
        centre = rng.uniform(110, SIDE - 110, 2)
        add, width_m = brush.post(
            rng, grey.shape, GSD_M, centre, contrast, sigma, rng.uniform(0, 360)
        )
        shape = Point(*_metres(centre[None] + rng.normal(0, 0.7, 2))[0])
    else:
        longest_m = 220 if kind in ("patrol_road", "cleared_strip") else 130
        # Rarely there is no room for a long one.
        course = brush.course(rng, grey.shape, rng.uniform(longest_m / 4, longest_m) / GSD_M, 60)
        if course is None:
            course = brush.course(rng, grey.shape, longest_m / 4 / GSD_M, 60)
        add, width_m = brush.line(rng, grey.shape, GSD_M, kind, course, contrast, sigma)
        wrong = cv2.GaussianBlur(rng.normal(size=course.shape), (1, 3), 1) * 1.2
        shape = LineString(_metres(course + wrong))
    first = int(rng.integers(1, 5))
    shown = []
    for date, image in enumerate(images):
        if date >= first:
            strength = float(np.clip(np.exp(rng.normal(0, 0.25)), 0.5, 1.5))
            strength *= -1 if date < 4 and rng.random() < 1 / 12 else 1
            aside = rng.normal(0, 0.8, 2)
            moved = cv2.warpAffine(
                add, np.float32([[1, 0, aside[0]], [0, 1, aside[1]]]), add.shape[::-1]
            )
            image = image + strength * moved
        shown.append(image)
    return shown, shape, width_m, first


def _metres(points):
    return np.column_stack(
        (500_000 + (points[:, 0] + 0.5) * GSD_M, 5_000_000 - (points[:, 1] + 0.5) * GSD_M)
    )


GRID = GeoBox((SIDE, SIDE), Affine(GSD_M, 0, 500_000, 0, -GSD_M, 5_000_000), "EPSG:32614")


def _asked(rng, shown, shape, width_m, kind):
    """Return the answers for the three dates between."""
    category = Kind.GUARD_POST if kind == "post" else Kind(kind)
    everywhere = np.ones(GRID.shape, bool)
    strips = [straight.straighten(shown[n][None], everywhere, GRID, shape, width_m) for n in (4, 0)]
    example = presence.example_of(*strips, is_point=kind == "post")
    answers = []
    for date in (1, 2, 3):
        clear = everywhere.copy()
        if rng.random() < 1 / 8:
            left = int(rng.integers(0, SIDE // 2))
            clear[:, left : left + SIDE // 2] = False
        gain = rng.uniform(0.9, 1.1)  # brightness is never matched perfectly
        image = shown[date] * np.float32(gain) + np.float32(rng.normal(0, 4))
        answers.append(
            presence.presence(image[None], clear, GRID, shape, category, width_m, example=example)
        )
    return answers


def _told(answers, first):
    """Return (wrong bracket, flip, width of the bracket in dates)."""
    states = ["absent", *[str(a.state) for a in answers], "present"]
    seen = [d for d, s in enumerate(states) if s == "present"]
    flip = any(s == "absent" and d > seen[0] for d, s in enumerate(states))
    last = max((d for d, s in enumerate(states[: seen[0]]) if s == "absent"), default=0)
    return not last < first <= seen[0], flip, seen[0] - last


def run(split, places=4):
    """Return per (family, kind or contrast): counts of dates and of things."""
    table = defaultdict(Counter)
    places_of = {"naip": naip(split), "drawn": [drawn(split, n) for n in range(places)]}
    for family, grounds in places_of.items():
        for place, images in enumerate(grounds):
            rounds = N_THINGS[split] * (2 if family == "naip" else 1)
            for number in range(rounds):
                for kind in (*brush.KINDS, "post"):
                    for low, high in CONTRASTS:
                        key = (5 if split == "dev" else 6, place, number, sum(map(ord, kind)))
                        rng = np.random.default_rng((*key, int(low * 100)))
                        shown, shape, width_m, first = _painted(rng, images, kind, low, high)
                        answers = _asked(rng, shown, shape, width_m, kind)
                        wrong, flip, wide = _told(answers, first)
                        sort = "posts" if kind == "post" else "lines"
                        for row in (kind, f"{sort} c {low}-{high}", f"all {sort}"):
                            counts = table[family, row]
                            counts["things"] += 1
                            counts["wrong"] += wrong
                            counts["flip"] += flip
                            counts["wide"] += wide
                            for date, answer in zip((1, 2, 3), answers, strict=True):
                                stood = "stood" if date >= first else "not"
                                counts[stood, str(answer.state)] += 1
    return table


def show(table):
    print(
        f"{'':7}{'':18}{'stood: present/absent/not obs.':>32}{'did not: absent/present/not obs.':>34}"
        f"{'wrong bracket':>22}{'flips':>7}{'width':>7}"
    )
    for (family, row), c in sorted(table.items()):
        stood = [c["stood", s] for s in ("present", "absent", "not_observable")]
        bare = [c["not", s] for s in ("absent", "present", "not_observable")]
        parts = ["/".join(f"{v / max(sum(p), 1):.3f}" for v in p) for p in (stood, bare)]
        low, high = wilson(c["wrong"], c["things"])
        print(
            f"{family:7}{row:18}{parts[0]:>32}{parts[1]:>34}"
            f"{c['wrong'] / c['things']:8.3f} [{low:.3f}, {high:.3f}]{c['flip'] / c['things']:7.3f}"
            f"{c['wide'] / c['things']:7.2f}   n = {c['things']}"
        )


def main():
    cv2.setNumThreads(1)
    split = sys.argv[1] if len(sys.argv) > 1 else "dev"
    start = time.process_time()
    show(run(split))
    print(f"{time.process_time() - start:.0f} s of processor time; simulated things, {split}")


if __name__ == "__main__":
    main()
