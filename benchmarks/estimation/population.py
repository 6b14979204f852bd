"""SIMULATED borders, detectors and analysts for the study of the estimators, and draws from them.

A border is 1,366 km of frontier in cells of 10 m. A quarter of it has no usable pair of images, in
holes of 1 to 30 km; the rest is the population, cut at every 200 m of chainage as
`vallum.measure.designs` cuts it, so that units beside a hole are shorter.

Barriers stand in runs of 0.2 to 5 km (log-normal, median 1 km), the gaps between them are gamma of
shape 0.6, so runs come in groups, as building programmes do. Guard posts stand along the runs. What
the detector misses, and what it marks where nothing is, comes in runs too: a barrier that does not
show is not seen for 200 m, not for one pixel, and crop rows are many.

Everything is drawn by one numpy generator that the caller seeds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

LINE_M = 1_366_000
CELL_M = 10
UNIT_M = 200
USABLE = 0.75

Quantity = Literal["length", "posts", "change"]


@dataclass(frozen=True)
class Detector:
    """How well a machine marks what stands there; all simulated.

    Attributes:
        name: in the tables.
        completeness: share of barrier length (and of posts) it marks.
        correctness: share of what it marks that is barrier, at every prevalence; NaN where the
            share of empty line that it marks is fixed instead.
        marked: share of empty line that it marks; NaN where `correctness` is given.
        false_posts_per_km: marks of posts where none is.
        skill: how many standard deviations higher it scores what is there than what is not.
    """

    name: str
    completeness: float
    correctness: float = np.nan
    marked: float = np.nan
    false_posts_per_km: float = 1.0
    skill: float = 1.2


DETECTORS = (
    Detector("good", completeness=0.9, correctness=0.85, false_posts_per_km=0.2, skill=2.0),
    # The product's, as benchmarks/detection measured it: 2 false lines of some 60 m per km.
    Detector("product", completeness=0.64, marked=0.12, false_posts_per_km=3.0),
    Detector("useless", completeness=0.15, marked=0.15, false_posts_per_km=3.0, skill=0.0),
    # Marks only where nothing stands, and much of it.
    Detector("adversarial", completeness=0.0, marked=0.30, false_posts_per_km=5.0, skill=0.0),
)


@dataclass(frozen=True)
class Reader:
    """How an analyst errs; `miss` and `false` are chances per unit that holds, or lacks, something.

    For posts, `miss` is the chance per post.
    """

    name: str
    miss: float = 0.0
    false: float = 0.0


READERS = (Reader("exact"), Reader("errs", miss=0.10, false=0.03))


@dataclass(frozen=True, eq=False)
class Population:
    """One SIMULATED border: every array has one entry per unit, in order along the line.

    Attributes:
        y: what stands there: metres of barrier, number of posts, or metres gained less lost.
        m: usable metres.
        x: what the machine says of the same.
        score: how sure the machine is, 0 where it marks nothing.
        stratum: 0 nothing marked, 1 weakly marked, 2 strongly marked.
    """

    y: Floats
    m: Floats
    x: Floats
    score: Floats
    stratum: Ints

    @property
    def total(self) -> float:
        """The true total."""
        return float(self.y.sum())


def border(
    rng: np.random.Generator, *, prevalence: float, detector: Detector, quantity: Quantity
) -> Population:
    """Return one SIMULATED border; `prevalence` is the share of usable metres with a barrier.

    For "posts" they stand along barriers of that prevalence; for "change" barriers of half of that
    prevalence stood before, a tenth of which is gone, and the rest is new.
    """
    usable = np.flatnonzero(~_runs(rng, LINE_M // CELL_M, 1 - USABLE, 6_000, 1_000, 30_000))
    unit = usable * CELL_M // UNIT_M
    starts = np.flatnonzero(np.diff(unit, prepend=-1))
    m = np.add.reduceat(np.full(len(usable), float(CELL_M)), starts)
    now = _runs(rng, len(usable), prevalence, 1_000, 200, 5_000)
    if quantity == "posts":
        truth = _posts(rng, now)
        marks, score = _marked_posts(rng, truth, detector)
    else:
        marks, score = _marked(rng, now, detector)
        truth = now.astype(np.float64) * CELL_M
        marks = marks * CELL_M
    if quantity == "change":
        truth, marks, score = _change(rng, now, marks, score, detector)
    per_unit = np.maximum.reduceat(score, starts)
    return Population(
        y=np.add.reduceat(truth, starts),
        m=m,
        x=np.add.reduceat(marks, starts),
        score=per_unit,
        stratum=_strata(per_unit),
    )


def _runs(
    rng: np.random.Generator, n: int, share: float, median_m: float, least_m: float, most_m: float
) -> Bools:
    """Return n cells of which exactly a share (rounded) is set, in runs with gamma gaps."""
    goal = round(n * share)
    there = np.zeros(n, dtype=bool)
    if goal < 1:
        return there
    many = 20 + int(3 * goal * CELL_M / median_m)
    lengths = np.clip(rng.lognormal(np.log(median_m), 0.7, many), least_m, most_m) / CELL_M
    lengths = np.maximum(1, lengths.round().astype(np.int64))
    k = int(np.searchsorted(np.cumsum(lengths), goal)) + 1
    lengths = lengths[:k]
    lengths[-1] -= int(lengths.sum()) - goal
    gaps = rng.gamma(0.6, size=k + 1)
    before = np.floor(np.cumsum(gaps)[:-1] / gaps.sum() * (n - goal)).astype(np.int64)
    first = before + np.concatenate([[0], np.cumsum(lengths)[:-1]])
    edges = np.zeros(n + 1, dtype=np.int64)
    np.add.at(edges, first, 1)
    np.add.at(edges, first + lengths, -1)
    return np.cumsum(edges[:-1]) > 0


def _marked(rng: np.random.Generator, there: Bools, detector: Detector) -> tuple[Floats, Floats]:
    """Return the cells that the machine marks (0, 1) and their scores (0 where not marked)."""
    marked = np.zeros(len(there), dtype=bool)
    held = int(there.sum())
    marked[there] = ~_runs(rng, held, 1 - detector.completeness, 200, 50, 2_000)
    share = detector.marked
    if np.isnan(share):
        false_m = detector.completeness * held * (1 / detector.correctness - 1)
        share = false_m / max(1, len(there) - held)
    marked[~there] = _runs(rng, len(there) - held, share, 60, 30, 300)
    # One score per stretch that is marked without a break and is all true, or all false.
    run = np.cumsum(np.diff(marked * (1 + there), prepend=0) != 0)
    noise = rng.normal(size=int(run[-1]) + 1)[run] + detector.skill * there
    return marked.astype(np.float64), np.where(marked, 1 / (1 + np.exp(-noise)), 0.0)


def _posts(rng: np.random.Generator, there: Bools) -> Floats:
    """Return posts per cell: along runs, one per 40 to 1,000 m, the density one per run."""
    run = np.cumsum(np.diff(there, prepend=False))
    density = np.exp(rng.uniform(np.log(1 / 1_000), np.log(1 / 40), int(run[-1]) + 1))
    chance = np.where(there, density[run] * CELL_M, 0.0)
    return (rng.random(len(there)) < chance).astype(np.float64)


def _marked_posts(
    rng: np.random.Generator, posts: Floats, detector: Detector
) -> tuple[Floats, Floats]:
    """Return the machine's posts per cell and their scores."""
    hit = (posts > 0) & (rng.random(len(posts)) < detector.completeness)
    # False posts come in groups too: on a twentieth to a fifth of the line they are many.
    dense = _runs(rng, len(posts), 0.2, 2_000, 200, 10_000)
    chance = detector.false_posts_per_km * CELL_M / 1_000 * np.where(dense, 3.0, 0.5)
    marks = hit + (rng.random(len(posts)) < chance).astype(np.float64)
    noise = rng.normal(size=len(posts)) + detector.skill * hit
    return marks, np.where(marks > 0, 1 / (1 + np.exp(-noise)), 0.0)


def _change(
    rng: np.random.Generator, now: Bools, marks: Floats, score: Floats, detector: Detector
) -> tuple[Floats, Floats, Floats]:
    """Return metres gained less lost per cell, the machine's, and its score of either.

    Of what stands now, half stood before; a tenth of what stood before is gone.
    """
    held = int(now.sum())
    old = np.zeros(len(now), dtype=bool)
    old[now] = _runs(rng, held, 0.5, 1_000, 200, 5_000)
    gone = np.zeros(len(now), dtype=bool)
    gone[~now] = _runs(rng, len(now) - held, 0.05 * held / (len(now) - held), 500, 100, 2_000)
    truth = (now.astype(np.float64) - (old | gone)) * CELL_M
    lost, lost_score = _marked(rng, gone, replace(detector, marked=0.01, correctness=np.nan))
    says = np.where(old, 0.0, marks) - lost * CELL_M
    return truth, says, np.maximum(np.where(old, 0.0, score), lost_score)


def _strata(score: Floats) -> Ints:
    """Return 0 where nothing is marked, then the weaker and the stronger half of what is.

    As `vallum.measure.designs.divided` cuts scores: under 40 marked units are not halved.
    """
    some = score > 0
    middle = np.median(score[some]) if some.sum() >= 40 else np.inf
    return (some + (score >= middle)).astype(np.int64)


def read(
    rng: np.random.Generator, y: Floats, m: Floats, reader: Reader, quantity: Quantity
) -> Floats:
    """Return what one analyst says of units with `y` and `m` metres; errors are drawn anew."""
    said = y.copy()
    if quantity == "posts":
        said = rng.binomial(y.astype(np.int64), 1 - reader.miss).astype(np.float64)
        false = (y == 0) & (rng.random(len(y)) < reader.false)
        return np.where(false, 1.0, said)
    said[(y != 0) & (rng.random(len(y)) < reader.miss)] = 0.0
    false = (y == 0) & (rng.random(len(y)) < reader.false)
    return np.where(false, rng.uniform(0.1, 1.0, len(y)) * m, said)
