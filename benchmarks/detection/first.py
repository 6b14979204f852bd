"""How good is the classical detector: on what is painted, on bare ground, on real new fences.

    python benchmarks/detection/first.py [dev|test]

Thresholds and weights were set on `dev` only. Completeness and correctness after Wiedemann and
Heipke 1997 with a buffer of 2 m + half the width; new and removed must be told apart. False
candidates are counted on pairs on which nothing was painted, per kilometre of corridor of +-32 m.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict

import cv2
import numpy as np
import scenes
import shapely
from affine import Affine
from odc.geo.geobox import GeoBox

from vallum.change.detect import detect
from vallum.change.stitch import stitch
from vallum.imagery import align

WANTED = {"new": {"new", "upgraded"}, "removed": {"removed"}, "both": set()}


def grid_of(shape, gsd_m):
    return GeoBox(shape, Affine(gsd_m, 0, 500_000, 0, -gsd_m, 5_000_000), "EPSG:32614")


def found_in(pair):
    """Return the stitched candidates in metres from the upper left corner, and pixels per second."""
    start = time.process_time()
    found = detect(pair.before, pair.after, pair.clear, grid_of(pair.clear.shape, pair.gsd_m))
    seconds = time.process_time() - start
    return stitch(found), seconds


def in_metres(course, gsd_m):
    """Return painted pixel coordinates in the CRS of `grid_of`."""
    return np.column_stack(
        (500_000 + (course[:, 0] + 0.5) * gsd_m, 5_000_000 - (course[:, 1] + 0.5) * gsd_m)
    )


def snr_of(thing):
    return "c<.5" if thing.contrast < 0.5 else "c<.9" if thing.contrast < 0.9 else "c>=.9"


def _painted(pairs, table):
    """Add lengths of truth, of truth found, of candidates and of true candidates to the table."""
    for pair in pairs:
        found, _ = found_in(pair)
        lines = [one for one in found if one.category.is_line]
        points = [one for one in found if not one.category.is_line]
        truths = [(thing, in_metres(thing.course, pair.gsd_m)) for thing in pair.truth]
        areas = defaultdict(list)
        for thing, course in truths:
            if thing.kind == "post":
                near = [
                    p
                    for p in points
                    if p.shape.distance(shapely.Point(course[0])) <= 3
                    and p.change.value in WANTED[thing.change]
                ]
                for key in ("post", f"post {snr_of(thing)}"):
                    table[pair.family, key] += (1, bool(near), 0, 0, 0, 0)
                continue
            line = shapely.LineString(course)
            buffer = line.buffer(2 + thing.width_m / 2)
            if thing.change == "both":
                wrong = sum(
                    one.shape.intersection(buffer).length
                    for one in lines
                    if one.change != "upgraded"
                    and one.shape.intersection(buffer).length > 0.5 * one.length_m
                )
                table[pair.family, "stood in both"] += (line.length, wrong, 0, 0, 0, 0)
                continue
            for change in WANTED[thing.change]:
                areas[change].append(buffer)
            mine = [one for one in lines if one.change.value in WANTED[thing.change]]
            reach = [one.shape.buffer(2 + thing.width_m / 2) for one in mine]
            length = line.intersection(shapely.union_all(reach)).length if reach else 0.0
            inside = [
                one for one in mine if one.shape.intersection(buffer).length > 0.5 * one.length_m
            ]
            right = sum(one.length_m for one in inside if one.category == thing.kind)
            total = sum(one.length_m for one in inside)
            for key in (thing.kind, f"lines {snr_of(thing)}", "all lines"):
                table[pair.family, key] += (line.length, length, 0, 0, right, total)
        for one in lines:
            area = areas.get(one.change.value)
            true = one.shape.intersection(shapely.union_all(area)).length if area else 0.0
            table[pair.family, "all lines"] += (0, 0, one.length_m, true, 0, 0)


def _show(table):
    print(f"{'':10}{'':18}{'truth':>8} {'complete':>9} {'correct':>8} {'kind right':>10}")
    for (family, key), (truth, got, length, true, right, total) in sorted(table.items()):
        unit = "" if key.startswith("post") else " m"
        correct = f"{true / length:8.2f}" if length else " " * 8
        kind = f"{right / total:10.2f}" if total else " " * 10
        print(
            f"{family:10}{key:18}{truth:6.0f}{unit:2} {got / max(truth, 1e-9):9.2f} "
            f"{correct} {kind}"
        )


def _bare(name, pairs):
    km = false_lines = false_points = length = pixels = seconds = 0.0
    for pair in pairs:
        found, used = found_in(pair)
        lines = [one for one in found if one.category.is_line]
        km, pixels, seconds = km + pair.corridor_km, pixels + pair.clear.size, seconds + used
        false_lines, false_points = false_lines + len(lines), false_points + len(found) - len(lines)
        length += sum(one.length_m for one in lines)
    print(
        f"{name:34}{km:8.1f} km  lines {false_lines / km:5.2f}/km ({length / km:5.0f} m/km)  "
        f"points {false_points / km:5.2f}/km   {pixels / seconds / 1e6:.2f} Mpx/s"
    )


def _real_fences():
    """Print how much of the hand-drawn LEVIR fences is found (evaluation only, 0.5 m)."""
    folder = scenes.SHARED / "imagery" / "levir-pairs"
    for drawn in sorted((folder / "fences").glob("*json")):
        name = drawn.name.split(".")[0].removesuffix("-fences")
        before, after = (cv2.imread(str(folder / side / f"{name}.png")) for side in "ab")
        if before is None or after is None:
            print(f"levir {name}: images not found")
            continue
        before, after = (image.transpose(2, 0, 1) for image in (before, after))
        clear = np.ones(before.shape[1:], bool)
        moved = align.shift(before, after, clear)
        if not moved.blocked_by:
            matrix = np.float32([[1, 0, moved.dx_px], [0, 1, moved.dy_px]])
            after = np.stack(
                [
                    cv2.warpAffine(
                        b, matrix, b.shape[::-1], flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
                    )
                    for b in after
                ]
            )
        shift = (moved.dx_px, moved.dy_px) if not moved.blocked_by else (0.0, 0.0)
        pair = scenes.Pair(
            name=name, family="levir", before=before, after=after, clear=clear, gsd_m=0.5
        )
        lines = [one for one in found_in(pair)[0] if one.category.is_line]
        total = got = 0.0
        for feature in json.loads(drawn.read_text())["features"]:
            course = np.array(feature["geometry"]["coordinates"], float).reshape(-1, 2) - 0.5
            if feature["properties"]["drawn_on"] == "b":
                course = course - shift
            line = shapely.LineString(in_metres(course, 0.5))
            wanted = WANTED["removed" if feature["properties"]["change"] == "removed" else "new"]
            near = [one.shape.buffer(2.5) for one in lines if one.change.value in wanted]
            total += line.length
            got += line.intersection(shapely.union_all(near)).length if near else 0.0
        print(
            f"levir {name:20} fences {total:5.0f} m, found {got / total:.2f} with "
            f"{len(lines)} candidates; alignment: {moved.blocked_by or 'ok'}"
        )


def main(split="test"):
    cv2.setNumThreads(1)
    print(f"== {split} ==\nNothing built: false candidates per km of corridor of +-32 m")
    naip, drawn = list(scenes.naip(split)), list(scenes.drawn(split))
    _bare("naip, as if 0.5 m", naip)
    _bare("drawn, 0.5 m", drawn)
    _bare("naip at its true 5 m", scenes.naip(split, gsd_m=5.0))
    table = defaultdict(lambda: np.zeros(6))
    for seed in range(3):
        offset = 10_000 * (1 + seed) + (0 if split == "dev" else 500_000)
        _painted(
            (scenes.with_barriers(pair, offset + n) for n, pair in enumerate([*naip, *drawn])),
            table,
        )
    print("\nPainted: completeness by kind and contrast")
    _show(table)
    if split == "test" and scenes.SHARED.is_dir():
        print(
            "\nReal fences, new, upgraded and removed (evaluation only; alignment refusals not honoured)"
        )
        _real_fences()


if __name__ == "__main__":
    main(*sys.argv[1:2])
