"""Fit what `vallum.change.judge` and `vallum.change.posts` weigh, on dev; prints what to copy there.

    python benchmarks/detection/fit.py [ROUNDS]

Never run it on `test`. The dev grounds are painted again ROUNDS times (3) with other barriers, so that
there is more to learn from. Rates of false candidates are measured where nothing was painted, on
ground that the network was not trained on (`grounds.unseen`): on its own ground it is too good.
Weights: logistic regression of "lies on something that changed" on the measures of every track.
Scores: a straight line through log10 of the false candidates per km against the rank.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import cases
import cv2
import grounds
import numpy as np
import shapely
from metrics import Thing, is_false, matched_truth_m, threshold_for
from scipy.optimize import minimize

from vallum.change import Settings, candidates, judge, posts, sorts
from vallum.change.detect import judged_lines
from vallum.change.gather import gather, padded


@dataclass(frozen=True, kw_only=True, eq=False)
class Looked:
    """What the detector says of one case before any threshold, and what is true."""

    case: cases.Case
    rows: np.ndarray
    found: list[Thing]
    bad: np.ndarray
    inside: np.ndarray
    kinds: list[dict]
    spots: list
    truths: list[Thing]

    @property
    def lines(self):
        """What is measured by length."""
        return [t for t in self.truths if t.shape.geom_type == "LineString"]

    @property
    def points(self):
        """What is counted, and changed."""
        return [t for t in self.truths if t.shape.geom_type == "Point" and t.change != "both"]


def looked(case):
    """Return what the detector says of a case (module internals, on purpose)."""
    settings = Settings(line_threshold=-np.inf)
    seen = gather(*padded(case.before, case.after, case.clear), case.gsd_m, settings)
    judged = judge.without_doubles(judged_lines(seen, case.gsd_m, settings), case.gsd_m)
    truths = [
        Thing(
            shape=(shapely.LineString if t.is_line else shapely.Point)(
                cases.in_metres(t.course, case.gsd_m)
            ),
            kind=t.kind,
            change=t.change,
            width_m=t.width_m,
        )
        for t in case.truth
    ]
    lines = [t for t in truths if t.shape.geom_type == "LineString"]
    found = [
        Thing(
            shape=shapely.LineString(cases.in_metres(one.track.points, case.gsd_m)),
            change=one.change.value,
        )
        for one in judged
    ]
    share = [case.corridor.intersection(t.shape).length / t.shape.length for t in found]
    return Looked(
        case=case,
        rows=np.array([one.measures for one in judged]).reshape(-1, len(judge.WEIGHTS)),
        found=found,
        bad=np.array([is_false(t, lines) for t in found], bool),
        inside=np.array(share) > 0.5,
        kinds=[
            dict(candidates._kinds(one.track.points, one.track.layer.is_new, 0.0, seen, case.gsd_m))
            for one in judged
        ],
        spots=posts.spots(seen.logits, seen.bright, seen.solid, case.gsd_m, -9),
        truths=truths,
    )


def painted_again(rounds):
    """Yield the dev grounds with other barriers, a third of them in each round."""
    bare = list(grounds.grounds("dev"))
    for k in range(1, rounds + 1):
        for number, ground in enumerate(bare):
            if number % 3 == k % 3:
                yield cases.case_of(ground, number - number % 2 + 1000 * k, "dev")


def regression(rows, labels):
    """Return the weights of a logistic regression with a mild ridge, in units of the measures."""
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


def completeness(data, scores, threshold, key):
    """Return the share of painted metres found at a threshold, by a key of the truth."""
    got, total = {}, {}
    for one, mine in zip(data, scores, strict=True):
        found = [
            t for t, s, n in zip(one.found, mine, one.inside, strict=True) if s >= threshold and n
        ]
        for truth in one.lines:
            if truth.change != "both":
                name = key(truth)
                got[name] = got.get(name, 0.0) + matched_truth_m(truth, found)
                total[name] = total.get(name, 0.0) + truth.shape.length
    return {name: round(got[name] / total[name], 2) for name in sorted(total)}


def bare():
    """Return scores, weighed anew by `main`, of what is found where nothing is: rows, spots, km."""
    rows, spots, km = [], [], 0.0
    settings = Settings(line_threshold=-np.inf)
    for ground in grounds.unseen():
        images = [
            np.clip(np.rint(v), 1, 255).astype(np.uint8) for v in (ground.before, ground.after)
        ]
        clear = np.ones(images[0].shape[1:], bool)
        seen = gather(*padded(*images, clear), cases.GSD_M, settings)
        judged = judge.without_doubles(judged_lines(seen, cases.GSD_M, settings), cases.GSD_M)
        rows += [one.measures for one in judged]
        found = posts.spots(seen.logits, seen.bright, seen.solid, cases.GSD_M, -9)
        spots += [s.score / posts._SLOPE + posts._START for s in found]
        km += clear.sum() * cases.GSD_M**2 / (2 * cases.CORRIDOR_M) / 1000
    return np.array(rows), np.array(spots), km


def rate_line(values, km, low, high):
    """Return start and slope of log10(false per km) against the values of false ones."""
    ordered = np.sort(values)[::-1]
    rate = np.arange(1, len(ordered) + 1) / km
    use = (rate > low) & (rate < high)
    slope, start = np.polyfit(ordered[use], np.log10(rate[use]), 1)
    return float(start), float(slope)


def fit_lines(data, more):
    every = [*data, *more]
    rows, bad = (np.concatenate([getattr(i, name) for i in every]) for name in ("rows", "bad"))
    weights = np.round(regression(rows, ~bad), 3)
    print(f"{len(rows)} tracks, {int((~bad).sum())} of them true\nWEIGHTS = {weights.tolist()}")
    scores = [i.rows @ weights for i in data]
    km = sum(i.case.km for i in data)
    false = np.concatenate([s[i.bad & i.inside] for i, s in zip(data, scores, strict=True)])
    threshold = threshold_for(false, km, 1.0)
    for key in (lambda _: "all", lambda t: t.kind, lambda t: t.change):
        print("  at 1 false per km, frozen dev cases:", completeness(data, scores, threshold, key))
    every_track = [np.zeros(len(s)) for s in scores]
    print("  however weak:", completeness(data, every_track, 0, lambda _: "all"), f"{len(false) / km:.0f}/km")  # fmt: skip
    return weights


def fit_posts(data):
    hits, misses, n_true = [], [], 0
    for one in data:
        n_true += len(one.points)
        taken = set()
        for spot in one.spots:
            place = shapely.Point(cases.in_metres([[spot.x, spot.y]], one.case.gsd_m)[0])
            if not one.case.corridor.intersects(place):
                continue
            near = [
                n
                for n, t in enumerate(one.points)
                if n not in taken
                and t.shape.distance(place) <= 3
                and (t.change == "removed") != spot.is_new
            ]
            taken.update(near[:1])
            (hits if near else misses).append(spot.score / posts._SLOPE + posts._START)
    km = sum(i.case.km for i in data)
    ordered = np.sort(misses)[::-1]
    for rate in (1, 3, 10):
        limit = ordered[min(len(ordered) - 1, int(rate * km))]
        print(f"  posts at {rate} false per km: {(np.array(hits) > limit).sum() / n_true:.2f}")
    print(f"  of {n_true} posts")


def show_kinds(data):
    names = [kind.value for kind in sorts.LINE_KINDS]
    table = np.zeros((5, 5))
    for one in data:
        changed = [t for t in one.lines if t.change != "both"]
        for found, bad, kinds in zip(one.found, one.bad, one.kinds, strict=True):
            if not bad:
                owner = max(changed, key=lambda t: matched_truth_m(t, [Thing(shape=found.shape)]))
                said = max(kinds, key=kinds.get)
                table[names.index(owner.kind), names.index(said.value)] += found.shape.length
    print(f"kind right, by length of what is true: {np.trace(table) / table.sum():.2f}")
    for name, row in zip(names, table / table.sum(axis=1, keepdims=True), strict=True):
        print(f"  {name:14}", row.round(2))


def main(rounds="3"):
    cv2.setNumThreads(1)
    data = [looked(case) for case in cases.load("dev")]
    more = [looked(case) for case in painted_again(int(rounds))]
    weights = fit_lines(data, more)
    fit_posts(data)
    show_kinds([*data, *more])
    rows, spots, km = bare()
    start, slope = rate_line(rows @ weights, km, 0.2, 8)
    print(f"{km:.1f} km where nothing was built, not trained on")
    print(f"_RATE, _SLOPE = {start:.2f}, {-slope:.3f}")
    start, slope = rate_line(spots, km, 0.3, 12)
    print(f"posts._START, _SLOPE = {-start / slope:.2f}, {-slope:.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
