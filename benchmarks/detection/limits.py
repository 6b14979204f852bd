"""What the detector cannot see: the share found of barriers by contrast, size and misregistration.

    python benchmarks/detection/limits.py [--per-cell 12] [--write FILE.csv]

One simulated barrier after another is painted on backgrounds of the test half that were not used
for tuning, with everything else held, and found or not: found means half of its length within 2 m
and half its width of a candidate of at least the frozen threshold that says it is new. Four sweeps,
each for every kind:

* contrast: mean step of the barrier's middle over the deviation of the high-passed difference of
  the dates beside it (A in sigma), at 0.5 m;
* width in pixels: a plain line 0.5 to 24 px wide (kind "line"), whose paint has 1.4 or 2.8 sigma;
  a narrow one fills its pixels in part and shows less;
* ground sampling distance: the same real-world barrier at 0.3 to 2 m;
* misregistration: the earlier date moved by 0 to 8 px, after alignment failed to.

The file has the columns kind, gsd_m, width_px, contrast, misregistration_px, n, found, share, low,
high; low and high are the 95 % interval of the share (Wilson). Its rows are SIMULATED: they say what
to expect at best.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import cases
import cv2
import grounds
import metrics
import numpy as np
import paint
import scoring
import shapely

CONTRASTS = (0.35, 0.7, 1.4, 2.8, 5.6)
WIDTHS_PX = (0.5, 1, 2, 4, 8, 16, 24)
GSDS_M = (0.3, 0.5, 0.7, 1.0, 2.0)
SHIFTS_PX = (0, 1, 2, 4, 8)
LENGTH_M = 120.0
_USUAL = 2.8  # contrast of the sweeps of GSD and misregistration


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One point of a curve; `width_px` and `contrast` are those that were painted, on average."""

    kind: str
    gsd_m: float
    width_px: float
    contrast: float
    misregistration_px: float
    n: int
    found: int
    share: float
    low: float
    high: float


def _backgrounds(n):
    """Return n bare grounds of the test half, spread over what may be shipped."""
    rows = [
        g
        for family in (grounds.naip, grounds.drawn, grounds.land)
        for g in family("test")
        if g.after.shape[2] >= 460
    ]
    return [rows[int(i)] for i in np.linspace(0, len(rows) - 1, n)]


def _look(rng, kind, gsd_m, width_px):
    """Return one look of a kind at full cover; "line" is a plain line of that width."""
    if kind == "line":
        width_m = width_px * gsd_m
        stroke = paint.Stroke(width_m=width_m, cover=0.9, tone=1.0)
        return paint.Look(kind=kind, width_m=width_m, strokes=(stroke,), uneven=0.0)
    return paint.look(rng, kind, 1.0)


def _course(rng, shape, length_px):
    """Return a gently bending course along the strip, within +-20 degrees of it."""
    x = np.arange(0, length_px + 1, 15.0)
    start = rng.uniform(30, max(31, shape[1] - length_px - 30))
    slope = np.tan(np.radians(rng.uniform(-20, 20))) * min(1.0, 90 / length_px)
    y = shape[0] / 2 + rng.uniform(-25, 25) + slope * (x - length_px / 2)
    return np.column_stack((start + x, y + 4 * np.sin(x / rng.uniform(40, 120))))


def _noise(difference):
    """Return the deviation of the high-passed difference."""
    fine = difference - cv2.blur(difference, (41, 41))
    return 1.4826 * float(np.median(np.abs(fine - np.median(fine))))


def _amplitude(delta, points):
    """Return the strongest mean step across the course, in grey values."""
    aside = np.arange(-16, 17)
    spots = np.stack([paint.beside(_dense(points), t) for t in aside]).astype(np.float32)
    profile = cv2.remap(delta, spots[..., 0], spots[..., 1], cv2.INTER_LINEAR).mean(axis=1)
    return float(np.abs(profile).max())


def _dense(points):
    walked = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))))
    at = np.linspace(0, walked[-1], int(walked[-1]))
    return np.column_stack([np.interp(at, walked, points[:, k]) for k in (0, 1)])


def _painted(rng, after, difference, kind, gsd_m, width_px, contrast):
    """Return (after, course, width_m, contrast) of one barrier.

    It is as strong as makes its step `contrast` times the noise at 0.5 m; at another pixel size it
    stays the same barrier, so that its step follows from how much of a pixel it fills.
    """
    light = paint.light_of(after, 0.5, rng.uniform(140, 220), rng.uniform(35, 55))
    look = _look(rng, kind, gsd_m, width_px)
    points = _course(rng, after.shape[1:], min(LENGTH_M / gsd_m, after.shape[2] - 70))
    noise = max(_noise(difference), 1.0)
    deltas = []
    for size_m in (0.5, gsd_m):
        scaled = replace(light, shadow=light.shadow * 0.5 / size_m)
        trial = after.copy()
        paint.lay(np.random.default_rng(1), trial, points, look, scaled, size_m)
        deltas.append(trial - after)
    usual, delta = deltas
    if kind == "line":  # as strong as one that fills four pixels would be
        broad = after.copy()
        paint.lay(rng, broad, points, _look(rng, kind, gsd_m, 4.0), light, gsd_m)
        usual = broad - after
    factor = contrast * noise / max(_amplitude(usual.mean(axis=0), points), 0.1)
    real = factor * _amplitude(delta.mean(axis=0), points) / noise
    return after + factor * delta, points, look.width_m, real


def _is_found(rng, ground, kind, gsd_m, width_px, contrast, shift_px, least):
    """Return whether one barrier was found, its width in pixels and its contrast."""
    before, after = ground.before, ground.after
    way = rng.uniform(0, 2 * np.pi)
    if shift_px:
        matrix = np.float32([[1, 0, shift_px * np.cos(way)], [0, 1, shift_px * np.sin(way)]])
        before = np.stack(
            [
                cv2.warpAffine(b, matrix, b.shape[::-1], borderMode=cv2.BORDER_REFLECT)
                for b in before
            ]
        )
    difference = ground.after.mean(axis=0) - ground.before.mean(axis=0)
    painted, points, width_m, real = _painted(
        rng, after, difference, kind, gsd_m, width_px, contrast
    )
    dates = [np.clip(np.rint(v), 1, 255).astype(np.uint8) for v in (before, painted)]
    clear = np.ones(dates[0].shape[1:], bool)
    found, _ = scoring.found_by_vallum(*dates, clear, gsd_m)
    truth = metrics.Thing(
        shape=shapely.LineString(cases.in_metres(points, gsd_m)), change="new", width_m=width_m
    )
    sure = [one for one in found if one.shape.geom_type != "Point" and one.score >= least]
    hit = metrics.matched_truth_m(truth, sure) >= 0.5 * truth.shape.length
    return hit, width_m / gsd_m, real


def _cell(number, places, kind, least, *, gsd_m=0.5, width_px=0.0, contrast=_USUAL, shift_px=0.0):
    hits, widths, contrasts = 0, [], []
    for n, ground in enumerate(places):
        # The same chance along a curve: only what is swept changes.
        rng = np.random.default_rng((8, number, n))
        hit, width, real = _is_found(rng, ground, kind, gsd_m, width_px, contrast, shift_px, least)
        hits += hit
        widths.append(width)
        contrasts.append(real)
    low, high = metrics.wilson(hits, len(places))
    return Cell(
        kind=kind,
        gsd_m=gsd_m,
        width_px=round(float(np.mean(widths)), 2),
        contrast=round(float(np.mean(contrasts)), 2),
        misregistration_px=shift_px,
        n=len(places),
        found=int(hits),
        share=round(hits / len(places), 3),
        low=round(low, 3),
        high=round(high, 3),
    )


def _post_cell(places, least, *, gsd_m=0.5, contrast=_USUAL):
    """Return one point of the curves of posts: four on every background, 100 px apart."""
    hits, widths, n = 0, [], 0
    for number, ground in enumerate(places):
        rng = np.random.default_rng((18, number))
        after = ground.after.copy()
        noise = max(_noise(after.mean(axis=0) - ground.before.mean(axis=0)), 1.0)
        light = paint.light_of(after, gsd_m, rng.uniform(140, 220), rng.uniform(35, 55))
        middles = [np.array((60.0 + 100 * k, 100 + rng.uniform(-30, 30))) for k in range(4)]
        for middle in middles:
            trial = after.copy()
            side_m = paint.post(rng, trial, middle, 0.0, 1.0, light, gsd_m)
            delta = trial - after
            x, y = np.rint(middle).astype(int)
            step = np.abs(delta.mean(axis=0)[y - 1 : y + 2, x - 1 : x + 2]).mean()
            after = after + contrast * noise / max(float(step), 0.1) * delta
            widths.append(side_m / gsd_m)
        dates = [np.clip(np.rint(v), 1, 255).astype(np.uint8) for v in (ground.before, after)]
        found, _ = scoring.found_by_vallum(*dates, np.ones(dates[0].shape[1:], bool), gsd_m)
        sure = [f for f in found if f.shape.geom_type == "Point" and f.score >= least]
        for middle in middles:
            place = shapely.Point(cases.in_metres(middle[None], gsd_m)[0])
            hits += any(f.change == "new" and f.shape.distance(place) <= 3 for f in sure)
            n += 1
    low, high = metrics.wilson(hits, n)
    return Cell(
        kind="guard_post", gsd_m=gsd_m, width_px=round(float(np.mean(widths)), 2),
        contrast=contrast, misregistration_px=0.0, n=n, found=int(hits), share=round(hits / n, 3),
        low=round(low, 3), high=round(high, 3),
    )  # fmt: skip


def curves(per_cell, least, least_post):
    """Yield (title, cells) of every curve."""
    places = _backgrounds(per_cell)
    yield (
        "guard_post, contrast",
        [_post_cell(places, least_post, contrast=a) for a in CONTRASTS],
    )
    yield (
        "guard_post, GSD",
        [_post_cell(places, least_post, gsd_m=g) for g in GSDS_M if g != 0.5],
    )
    for number, kind in enumerate(paint.KINDS):
        yield (
            f"{kind}, contrast",
            [_cell(number, places, kind, least, contrast=a) for a in CONTRASTS],
        )
        yield (
            f"{kind}, GSD",
            [_cell(number, places, kind, least, gsd_m=g) for g in GSDS_M if g != 0.5],
        )
        yield (
            f"{kind}, misregistration",
            [_cell(number, places, kind, least, shift_px=float(s)) for s in SHIFTS_PX if s],
        )
    for contrast in (1.4, 2.8):
        yield (
            f"plain line of {contrast} sigma, width",
            [_cell(9, places, "line", least, width_px=w, contrast=contrast) for w in WIDTHS_PX],
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--per-cell", type=int, default=12, help="barriers per point of a curve")
    parser.add_argument("--write", type=Path, help="write the table to this CSV file")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    least = scoring.frozen()["vallum"]["line"]
    print(f"threshold {least:.3f}; share found of {args.per_cell} barriers of {LENGTH_M:.0f} m (or as "
          "long as the strip), all else at 0.5 m, 2.8 sigma, no misregistration")  # fmt: skip
    cells = []
    for title, row in curves(args.per_cell, least, scoring.frozen()["vallum"]["post"]):
        cells += row
        swept = title.rsplit(", ", 1)[1]
        name = {"contrast": "contrast", "GSD": "gsd_m", "width": "width_px"}.get(
            swept, "misregistration_px"
        )
        print(
            f"{title:34}" + "  ".join(f"{getattr(c, name):g}: {c.share:.2f}" for c in row),
            flush=True,
        )
    if args.write:
        with args.write.open("w", newline="") as sink:
            sink.write("# SIMULATED, by benchmarks/detection/limits.py: what to expect at best.\n")
            table = csv.DictWriter(sink, fieldnames=list(Cell.__dataclass_fields__))
            table.writeheader()
            table.writerows(asdict(c) for c in cells)


if __name__ == "__main__":
    main()
