"""Run a detector on cases and hold what it found against what was painted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import metrics
import numpy as np
import shapely
from affine import Affine
from cases import CORRIDOR_M, Case, in_metres
from metrics import Thing
from odc.geo.geobox import GeoBox

from vallum.change import Settings, detect, stitch

THRESHOLDS = Path(__file__).parent / "thresholds.json"
KINDS = ("fence", "double_fence", "wall", "patrol_road", "cleared_strip")
SNR_EDGES = (0, 1, 2, 3, 5, 8, 13, 21, np.inf)
SNR_NAMES = ("<1", "1-2", "2-3", "3-5", "5-8", "8-13", "13-21", ">21")
LOW = Settings(line_threshold=-1.3, post_threshold=-1.5)
"""What `detect` is asked for: far more than anyone would look at, so that curves can be drawn."""

_LEFT, _TOP = 500_000.0, 5_000_000.0
_SHORTEST_M = 5.0
_IN_SECTION_M = 5.0


def grid_of(shape, gsd_m):
    """Return a north-up grid in metres whose corner is known to `in_grid`."""
    return GeoBox(shape, Affine(gsd_m, 0, _LEFT, 0, -gsd_m, _TOP), "EPSG:32614")


def to_local(shape):
    """Return a shape of that grid in metres from its upper left corner, y down."""
    return shapely.transform(shape, lambda xy: np.column_stack((xy[:, 0] - _LEFT, _TOP - xy[:, 1])))


def found_by_vallum(before, after, clear, gsd_m, settings=LOW):
    """Return the stitched candidates of `vallum.change.detect` in local metres, and its seconds."""
    began = time.process_time()
    raw = detect(before, after, clear, grid_of(clear.shape, gsd_m), settings)
    seconds = time.process_time() - began
    found = [
        Thing(
            shape=to_local(one.shape),
            kind=one.category.value,
            change=one.change.value,
            width_m=one.width_m,
            score=float(one.score),
        )
        for one in stitch(raw)
    ]
    return found, seconds


def vallum(case: Case):
    """Return what vallum finds in a case, and the seconds of processor it took."""
    return found_by_vallum(case.before, case.after, case.clear, case.gsd_m)


@dataclass(eq=False)
class Outcome:
    """One case with what one method found in it.

    Attributes:
        case: the case.
        lines: candidate lines, cut to the corridor.
        points: candidate points in the corridor.
        truths: painted lines, also those that stood on both dates.
        posts: painted posts.
        seconds: of processor time.
        owners: per line, the number of the truth it lies on, or None if it is false.
        matched_m: per line, metres on something that changed that way.
        post_of: per point, the number of its post or -1.
    """

    case: Case
    lines: list[Thing]
    points: list[Thing]
    truths: list[Thing]
    posts: list[Thing]
    seconds: float
    owners: list[int | None] = field(default_factory=list)
    matched_m: list[float] = field(default_factory=list)
    post_of: np.ndarray = field(default_factory=lambda: np.zeros(0, int))

    @property
    def km(self):
        """Kilometres of corridor."""
        return self.case.km

    def passing(self, least):
        """Return the numbers of the lines with at least that score."""
        return [n for n, one in enumerate(self.lines) if one.score >= least]


def outcome(case: Case, found: Sequence[Thing], seconds: float) -> Outcome:
    """Return the candidates of a case held against its truth, inside the corridor."""
    corridor = case.corridor
    lines, points = [], []
    for one in found:
        if one.shape.geom_type == "Point":
            if corridor.covers(one.shape):
                points.append(one)
            continue
        inside = one.shape.intersection(corridor)
        if inside.length >= _SHORTEST_M:
            lines.append(Thing(**{**vars(one), "shape": inside}))
    truths = [
        Thing(
            shape=shapely.LineString(in_metres(t.course, case.gsd_m)),
            kind=t.kind,
            change=t.change,
            width_m=t.width_m,
            score=t.snr,
        )
        for t in case.truth
        if t.is_line
    ]
    posts = [
        Thing(shape=shapely.Point(in_metres(t.course, case.gsd_m)[0]), kind="post", change=t.change)
        for t in case.truth
        if not t.is_line
    ]
    return Outcome(
        case=case,
        lines=lines,
        points=points,
        truths=truths,
        posts=posts,
        seconds=seconds,
        owners=[metrics.owner(one, truths) for one in lines],
        matched_m=[metrics.matched_found_m(one, truths) for one in lines],
        post_of=metrics.match_points(posts, points),
    )


def _one(task):
    method, case = task
    cv2.setNumThreads(1)
    return outcome(case, *method(case))


def run(method: Callable, cases: Sequence[Case], jobs: int = 1) -> list[Outcome]:
    """Return the outcome of a method (case -> candidates, seconds) on every case."""
    tasks = [(method, case) for case in cases]
    if jobs == 1:
        return [_one(task) for task in tasks]
    with ProcessPoolExecutor(jobs) as pool:
        return list(pool.map(_one, tasks))


def line_threshold(outcomes: Sequence[Outcome], rate: float = 1.0) -> float:
    """Return the score at which `rate` false lines per km pass."""
    scores, km = false_lines(outcomes)
    return metrics.threshold_for(scores, km, rate)


def false_lines(outcomes):
    """Return the scores of the false lines and the kilometres."""
    scores = [
        one.score
        for o in outcomes
        for one, mine in zip(o.lines, o.owners, strict=True)
        if mine is None
    ]
    return scores, sum(o.km for o in outcomes)


def point_scores(outcomes):
    """Return scores of all points, whether each is a post, how many posts there are, and km."""
    scores = np.array([one.score for o in outcomes for one in o.points])
    is_true = np.concatenate([o.post_of >= 0 for o in outcomes]) if outcomes else np.zeros(0, bool)
    return scores, is_true, sum(len(o.posts) for o in outcomes), sum(o.km for o in outcomes)


# What a case adds to the sums: metres painted, found within 2 m and 5 m, metres of candidates and
# of those on something, false candidates, km, squared distance and its count, gaps.
SUMS = ("truth", "hit", "hit5", "found", "right", "false", "km", "square", "n_square", "gaps")


def tally(o: Outcome, least: float, chosen: Callable[[Thing], bool] = lambda _: True) -> np.ndarray:
    """Return the `SUMS` of a case at a threshold; `chosen` picks the truths to count."""
    passing = o.passing(least)
    shown = [o.lines[n] for n in passing]
    row = dict.fromkeys(SUMS, 0.0)
    for truth in o.truths:
        if truth.change == "both" or not chosen(truth):
            continue
        hit = metrics.matched_truth_m(truth, shown)
        row["truth"] += truth.shape.length
        row["hit"] += hit
        row["hit5"] += metrics.matched_truth_m(truth, shown, 5.0)
        row["gaps"] += _gaps(truth, shown) if hit else 0
    for n in passing:
        one, mine = o.lines[n], o.owners[n]
        row["found"] += one.shape.length
        row["right"] += o.matched_m[n]
        row["false"] += mine is None
        if mine is not None:
            far = _distances(one.shape, o.truths[mine])
            row["square"] += float((far**2).sum())
            row["n_square"] += len(far)
    row["km"] = o.km
    return np.array([row[name] for name in SUMS])


def _gaps(truth, shown):
    near = [one.shape for one in shown if metrics.agree(one, truth)]
    area = shapely.union_all(shapely.buffer(near, 2 + truth.width_m / 2, cap_style="flat"))
    left = shapely.get_parts(truth.shape.intersection(area))
    return max(0, len(left) - 1)


def _distances(shape, truth):
    """Return how far points of a candidate lie from the course, where they are within its buffer."""
    spots = shapely.line_interpolate_point(
        shapely.get_parts(shape)[0], np.arange(0, shapely.get_parts(shape)[0].length, 2.0)
    )
    far = shapely.distance(spots, truth.shape)
    return far[far <= 2 + truth.width_m / 2]


def ratios(sums: np.ndarray) -> dict[str, float]:
    """Return completeness, correctness, quality and the rest from summed tallies."""
    v = dict(zip(SUMS, sums, strict=True))
    nan = float("nan")

    def share(a, b):
        return a / b if b else nan

    complete, correct = share(v["hit"], v["truth"]), share(v["right"], v["found"])
    return {
        "completeness": complete,
        "completeness_5m": share(v["hit5"], v["truth"]),
        "correctness": correct,
        "f1": share(2 * complete * correct, complete + correct),
        "quality": share(v["right"], v["found"] + v["truth"] - v["hit"]),
        "false_per_km": share(v["false"], v["km"]),
        "rms_m": share(v["square"], v["n_square"]) ** 0.5,
        "gaps_per_km": share(v["gaps"], v["hit"] / 1000),
    }


def with_interval(outcomes, least, name, chosen=lambda _: True):
    """Return (value, low, high) of a ratio, 95 % over images."""
    table = np.array([tally(o, least, chosen) for o in outcomes])
    value = ratios(table.sum(axis=0))[name]
    low, high = metrics.bootstrap(
        [o.case.image for o in outcomes],
        lambda counts: ratios((counts[:, None] * table).sum(axis=0))[name],
    )
    return value, low, high


@dataclass(frozen=True, kw_only=True, eq=False)
class Sections:
    """The 100 m sections of all cases: barrier metres, km, score, image."""

    metres: np.ndarray
    km: np.ndarray
    scores: np.ndarray
    images: np.ndarray

    @property
    def is_true(self):
        """At least 20 m of something that was built or taken away."""
        return self.metres >= 20


def sections(outcomes: Sequence[Outcome], curve=None) -> Sections:
    """Return the sections; a section's score is the log of the summed odds of its candidates.

    A score is -log10 of false candidates per km; with `curve`, scores of another scale are brought
    to that first.
    """
    rows = []
    for o in outcomes:
        scores = np.array([one.score for one in o.lines])
        if curve is not None:
            scores = metrics.as_rate(scores, curve)
        for area, km in metrics.sections_of(o.case.line, CORRIDOR_M):
            metres = sum(t.shape.intersection(area).length for t in o.truths if t.change != "both")
            inside = np.array([one.shape.intersection(area).length for one in o.lines])
            good = inside >= _IN_SECTION_M if len(inside) else np.zeros(0, bool)
            score = np.log10((10 ** np.clip(scores[good], -9, 30)).sum()) if good.any() else -np.inf
            rows.append((metres, km, score, o.case.image))
    metres, km, scores, images = zip(*rows, strict=True)
    return Sections(
        metres=np.array(metres), km=np.array(km), scores=np.array(scores), images=np.array(images)
    )


def named_kinds(outcomes, least):
    """Return (true kind, named kind, metres) of every true line that passes."""
    return [
        (o.truths[o.owners[n]].kind, o.lines[n].kind, o.matched_m[n])
        for o in outcomes
        for n in o.passing(least)
        if o.owners[n] is not None
    ]


def thin(curve, n=60):
    """Return a rate curve with few enough points to be kept in a file."""
    at, rate = curve
    if len(at) > n:
        chosen = np.unique(np.linspace(0, len(at) - 1, n).astype(int))
        at, rate = at[chosen], rate[chosen]
    return [np.round(at, 5).tolist(), np.round(rate, 4).tolist()]


def frozen() -> dict:
    """Return the thresholds and curves that `detect.py dev --freeze` wrote."""
    if not THRESHOLDS.exists():
        raise SystemExit(f"{THRESHOLDS.name} is missing; run `detect.py dev --freeze` first")
    return json.loads(THRESHOLDS.read_text())
