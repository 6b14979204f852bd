"""Real images, printed apart and never tuned on: fences, buildings, bare farmland, roads.

    python benchmarks/detection/real.py [fences|buildings|farmland|roads]

* fences (LEVIR, evaluation only): hand-drawn new fences of 11 m and more. As in section 3.6 of the
  notes on detection every fence is looked at twice, from a straight pseudo-border 20 px to its left
  and to its right, in a corridor of +-64 px that reaches 20 m beyond its ends. It is in the top k
  when one of the k surest candidates of the corridor that says "new" covers half of it within 3 m
  (labels are drawn to +-3 px, so 1.5 m).
* buildings (LEVIR): vallum suggests buildings as points, peers mark pixels, so F1 of pixels is not
  comparable; printed is how many new buildings hold a point.
* farmland (NAIP at its true 5 m, dates of the test half): nothing was built, all lines are false.
* roads (Las Vegas, one date, evaluation only): the earlier date is the same image blurred over
  10 m, so every line in the image is "new". Held against a road graph that is jittered by some
  pixels and lacks walls, tracks and kerbs: correctness is a lower bound.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from itertools import pairwise

import cv2
import grounds
import metrics
import numpy as np
import rasterio
import scenes
import scoring
import shapely
from cases import in_metres

from vallum.change import Settings

GSD_M = 0.5
_CORRIDOR_PX, _ASIDE_PX, _BEYOND_M, _LEAST_M = 64, 20, 20.0, 11.0


def _found(before, after, gsd_m=GSD_M, settings=scoring.LOW):
    before, after = (np.clip(np.rint(v), 1, 255).astype(np.uint8) for v in (before, after))
    clear = np.ones(before.shape[1:], bool)
    return scoring.found_by_vallum(before, after, clear, gsd_m, settings)[0]


def _drawn_fences(name, shift):
    """Return (change, line in local metres) of the fences drawn on a pair, on the grid of `a`."""
    path = grounds.IMAGERY / "levir-pairs" / "fences" / f"{name}.geojson"
    rows = []
    for feature in json.loads(path.read_text())["features"] if path.exists() else ():
        course = np.array(feature["geometry"]["coordinates"], float).reshape(-1, 2) - 0.5
        if feature["properties"]["drawn_on"] == "b":
            course = course - shift
        for piece in _straight(course):
            line = shapely.LineString(in_metres(piece, GSD_M))
            rows.append((feature["properties"]["change"], line))
    return rows


def _straight(course):
    """Yield the pieces of a course between its corners of 25 degrees and more."""
    step = np.diff(course, axis=0)
    heading = np.unwrap(np.arctan2(step[:, 1], step[:, 0]))
    corners = np.flatnonzero(np.abs(np.diff(heading)) > np.radians(25)) + 1
    for first, last in pairwise([0, *corners, len(course) - 1]):
        yield course[first : last + 1]


def _views(line, image):
    """Yield the two corridors of a fence, inside the image."""
    start, end = np.array(line.coords[0]), np.array(line.coords[-1])
    way = (end - start) / np.hypot(*(end - start))
    for side in (-1, 1):
        aside = side * _ASIDE_PX * GSD_M * np.array((-way[1], way[0]))
        border = shapely.LineString(
            (start - _BEYOND_M * way + aside, end + _BEYOND_M * way + aside)
        )
        yield border.buffer(_CORRIDOR_PX * GSD_M, cap_style="flat").intersection(image)


def _rank(truth, lines, corridor):
    """Return at which place the first candidate stands that covers half of the fence, and of how many."""
    inside = []
    for one in sorted(lines, key=lambda thing: -thing.score):
        part = one.shape.intersection(corridor)
        if part.length >= 8:
            inside.append(metrics.Thing(**{**vars(one), "shape": part}))
    for place, one in enumerate(inside, 1):
        if metrics.matched_truth_m(truth, [one], 3.0) >= 0.5 * truth.shape.length:
            return place, len(inside)
    return np.inf, len(inside)


def fences():
    """Print in which share of corridors a real new fence is among the surest candidates."""
    rows = []
    for name in grounds.levir_names():
        before, after, clear, shift = grounds.levir_pair(name)
        drawn = _drawn_fences(name, shift)
        if not drawn:
            continue
        lines = [t for t in _found(before, after) if t.shape.geom_type != "Point"]
        image = shapely.box(0, 0, clear.shape[1] * GSD_M, clear.shape[0] * GSD_M)
        for change, line in drawn:
            truth = metrics.Thing(shape=line, change=change)
            for corridor in _views(line, image):
                place, n = _rank(truth, lines, corridor)
                rows.append((name, change, line.length, place, n))
    print(
        f"\nReal fences (LEVIR, evaluation only), {'views':>8}  top 1  top 3  any   candidates per view"
    )
    built = ("new", "upgraded")
    groups = (
        ("new and upgraded, 11 m and more", lambda r: r[1] in built and r[2] >= _LEAST_M),
        ("new, 11 m and more", lambda r: r[1] == "new" and r[2] >= _LEAST_M),
        ("  11-30 m", lambda r: r[1] == "new" and _LEAST_M <= r[2] < 30),
        ("  30 m and more", lambda r: r[1] == "new" and r[2] >= 30),
        ("new, shorter", lambda r: r[1] == "new" and r[2] < _LEAST_M),
        ("upgraded", lambda r: r[1] == "upgraded"),
        ("removed", lambda r: r[1] == "removed"),
    )
    for title, chosen in groups:
        mine = [r for r in rows if chosen(r)]
        if mine:
            shares = [np.mean([r[3] <= k for r in mine]) for k in (1, 3, 1e9)]
            print(f"{title:36}{len(mine):8d}  " + "  ".join(f"{v:5.2f}" for v in shares)
                  + f"{np.mean([r[4] for r in mine]):8.1f}")  # fmt: skip


def buildings():
    """Print how many new buildings of the LEVIR masks hold a point."""
    folder = grounds.IMAGERY / "levir-pairs" / "label"
    least = scoring.frozen()["vallum"]["post"]
    total = hit = false = 0
    for path in sorted(folder.glob("*.png")):
        mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) > 0
        n, parts, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
        before, after, _, _ = grounds.levir_pair(path.stem)
        points = [
            t for t in _found(before, after) if t.shape.geom_type == "Point" and t.score >= least
        ]
        near = cv2.dilate(parts.astype(np.float32), np.ones((9, 9))).astype(int)
        at = [
            near[tuple(np.clip(int(v / GSD_M), 0, s - 1) for v, s in zip((t.shape.y, t.shape.x), mask.shape, strict=True))]
            for t in points
        ]  # fmt: skip
        good = {k for k in range(1, n) if stats[k, cv2.CC_STAT_AREA] > 40}
        total += len(good)
        hit += len(good & set(at))
        false += sum(k == 0 for k in at)
    print(f"\nNew buildings (LEVIR, evaluation only): {hit} of {total} hold a point; {false} points on "
          "none (posts, cars, trees: not labelled)")  # fmt: skip
    print("F1 of building pixels (TinyCD and others publish .91-.94): not comparable, vallum suggests "
          "points, not outlines")  # fmt: skip


def farmland():
    """Print false lines per km of farmland at its true 5 m."""
    least = scoring.frozen()["vallum"]["line"]
    settings = replace(scoring.LOW, finds_posts=False)
    km = false = usual = 0.0
    for pair in scenes.naip("test", gsd_m=5.0):
        found = _found(pair.before[:3], pair.after[:3], 5.0, settings)
        km += pair.corridor_km
        false += sum(t.score >= least for t in found)
        usual += sum(t.score >= Settings().line_threshold for t in found)
    km2 = km * 64 / 1000
    print(f"\nFarmland at its true 5 m, ten pairs of dates, nothing built: {km2:.0f} km2. False lines per "
          f"border-km of a corridor of +-500 m: {false / km2:.2f} at the frozen threshold, {usual / km2:.2f} "
          f"at the default; of +-32 m: {false / km:.3f}, {usual / km:.3f}")  # fmt: skip


def roads():
    """Print how much of a road graph is drawn out of one image."""
    folder = grounds.IMAGERY / "spacenet-vegas"
    with rasterio.open(folder / "vegas-img0-rgb.tif") as source:
        inverse, size = ~source.transform, (source.width, source.height)
        rgb = source.read()[:3]
    width, height = grounds.VEGAS_PX
    after = np.stack(
        [cv2.resize(b, (width, height), interpolation=cv2.INTER_AREA) for b in rgb]
    ).astype(np.float32)
    rng = np.random.default_rng(1)
    before = np.stack([cv2.GaussianBlur(b, (0, 0), 20) for b in after])
    before += rng.normal(0, 2, before.shape)
    truths = []
    for feature in json.loads((folder / "vegas-img0-roads.geojson").read_text())["features"]:
        spots = [inverse * tuple(spot[:2]) for spot in feature["geometry"]["coordinates"]]
        xy = np.array(spots) * (width / size[0], height / size[1]) * GSD_M
        lanes = float(feature["properties"].get("lane_number") or 1)
        line = shapely.LineString(xy).intersection(
            shapely.box(12, 12, width * GSD_M - 12, height * GSD_M - 12)
        )
        if line.length > 10:
            truths.append(metrics.Thing(shape=line, change="new", width_m=3.5 * lanes))
    settings = replace(scoring.LOW, finds_posts=False)
    least = scoring.frozen()["vallum"]["line"]
    found = [t for t in _found(before, after, GSD_M, settings) if t.score >= least]
    found = [t for t in found if t.change != "removed"]
    total = sum(t.shape.length for t in truths)
    drawn = sum(t.shape.length for t in found)
    print(f"\nRoads on one date (Las Vegas at 0.5 m, evaluation only): {len(truths)} roads, {total:.0f} m; "
          f"{len(found)} lines, {drawn:.0f} m")  # fmt: skip
    for buffer_m in (2.0, 5.0):
        hit = sum(metrics.matched_truth_m(t, found, buffer_m) for t in truths)
        right = sum(metrics.matched_found_m(t, truths, buffer_m) for t in found)
        print(f"  within {buffer_m:.0f} m and half the width: completeness {hit / total:.2f}, "
              f"correctness {right / max(drawn, 1e-9):.2f}")  # fmt: skip


PARTS = {"fences": fences, "buildings": buildings, "farmland": farmland, "roads": roads}


if __name__ == "__main__":
    cv2.setNumThreads(1)
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()
