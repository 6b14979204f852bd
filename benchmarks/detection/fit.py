"""Fit the weights and the score of `vallum.change.judge` on the dev half; prints what to copy.

    python benchmarks/detection/fit.py

Never run it on `test`. Weights: logistic regression of "lies on something painted" on the measures
of every track. Score: a straight line through log10 of the false candidates per km on the bare
pairs against the rank.
"""

from __future__ import annotations

import cv2
import numpy as np
import scenes
import shapely
from scipy.optimize import minimize

from vallum.change import evidence, judge, posts
from vallum.change.detect import Settings, judged_lines

_SEEDS = 3


def _everything(pair):
    """Return all judged tracks of a pair before thresholds (module internals, on purpose)."""
    settings = Settings(line_threshold=-np.inf)
    before, after = evidence.brightness(pair.before), evidence.brightness(pair.after)
    return judged_lines(before, after, pair.clear, pair.gsd_m, settings)


def _is_true(one, pair):
    line = shapely.LineString(one.track.points)
    wanted = {"new": ("new", "upgraded"), "removed": ("removed",), "both": ()}
    for thing in pair.truth:
        if thing.kind == "post":
            continue
        near = shapely.LineString(thing.course).buffer((2 + thing.width_m / 2) / pair.gsd_m)
        if line.intersection(near).length > 0.5 * line.length:
            return one.change.value in wanted[thing.change] or None
    return False


def _regression(rows, labels):
    middle, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    table = np.column_stack(((rows - middle) / spread, np.ones(len(rows))))

    def loss(b):
        z = table @ b
        slope = table.T @ (1 / (1 + np.exp(-z)) - labels)
        return (
            np.logaddexp(0, z).sum() - z[labels].sum() + 0.5 * (b[:-1] ** 2).sum(),
            slope + np.r_[b[:-1], 0],
        )

    return minimize(loss, np.zeros(table.shape[1]), jac=True).x[:-1] / spread


def main():
    cv2.setNumThreads(1)
    bare = [*scenes.naip("dev"), *scenes.drawn("dev")]
    rows, labels = [], []
    for seed in range(_SEEDS):
        for number, pair in enumerate(bare):
            painted = scenes.with_barriers(pair, 100 * seed + number, n_posts=0)
            for one in judge.without_doubles(_everything(painted), painted.gsd_m):
                truth = _is_true(one, painted)
                if truth is not None:
                    rows.append(one.measures)
                    labels.append(truth)
    weights = _regression(np.array(rows), np.array(labels))
    print("WEIGHTS =", np.round(weights, 2).tolist())
    judge.WEIGHTS = np.round(weights, 2)
    judge._RATE, judge._SLOPE = 0.0, 1.0
    for family in ("naip", "drawn", ""):
        chosen = [pair for pair in bare if family in pair.family]
        km = sum(pair.corridor_km for pair in chosen)
        ranks = np.sort(
            [
                one.score
                for pair in chosen
                for one in judge.without_doubles(_everything(pair), pair.gsd_m)
            ]
        )[::-1]
        rate = np.arange(1, len(ranks) + 1) / km
        use = (rate > 0.3) & (rate < 10)
        slope, start = np.polyfit(ranks[use], np.log10(rate[use]), 1)
        print(f"{family or 'all'}: {km:.1f} km, _RATE, _SLOPE = {start:.2f}, {-slope:.3f}")
        if family:
            found = [
                s.score
                for pair in chosen
                for s in posts.spots(
                    evidence.brightness(pair.before),
                    evidence.brightness(pair.after),
                    pair.clear,
                    gsd_m=pair.gsd_m,
                    tolerance_px=1,
                    threshold=0.8,
                )
            ]
            best = np.sort(found)[::-1]
            print(
                "  posts: threshold for 1/3/10 false per km:",
                [round(float(best[min(len(best) - 1, int(n * km))]), 2) for n in (1, 3, 10)],
            )


if __name__ == "__main__":
    main()
