"""What a score means on this border: false candidates per kilometre, and the chance of a barrier.

Two calibrations, both from the campaign itself and both with what they rest on.

1. `false_rate`: the detector treats both dates alike, so what it calls *removed* is what it would
   call *new* with the dates swapped; where little was really removed, that is what it finds where
   nothing was built. The tail of such scores is close to exponential (the largest of many chances
   is Gumbel-like; Karlin and Altschul 1990): candidates per km with a score of S or more =
   K * 10 ** (-decay * S).
2. `Chances`: the chance that a section of 100 m holds 20 m or more of new barrier, from the scores
   of its candidates: a curve fitted on simulated borders, drawn to what analysts answered as
   answers come in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression, minimize
from scipy.special import gammaincinv

Doubles = NDArray[np.float64]

SECTION_M, LEAST_M = 100, 20
"""A section counts as holding a barrier from this many metres of it on."""

LEAST_ANSWERS = 30
"""Answered sections under which the default curve is used as it is."""

DEFAULT = (-1.05, 2.42)
"""Level and slope of the logistic curve, from `benchmarks/detection/chances.py` on dev, where 37 %
of the sections hold a barrier. A border holds fewer: too high until analysts' answers redraw it."""

NO_CANDIDATE = -math.inf
"""Score of a section without a candidate."""

EMPTY = 0.091
"""Chance of a barrier in a section without a candidate, from the same and as much too high."""

_PRIOR_DECAY, _PRIOR_WEIGHT = 1.0, 5.0  # a score is meant to be in decades
_N_BINS = 8
_PRIOR_ANSWERS = 10.0
_Z = NormalDist().inv_cdf(0.975)


# -- false candidates per km ----------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Rate:
    """False candidates per kilometre of border, by threshold.

    Attributes:
        floor: score from which candidates were counted.
        n: candidates that the rate rests on.
        km: kilometres of border that were compared.
        decay: decades of rate per unit of score.
    """

    floor: float
    n: int
    km: float
    decay: float

    def per_km(self, threshold: float) -> float:
        """Return false candidates per km with this score or more."""
        return self.n / self.km * 10 ** (-self.decay * (threshold - self.floor))

    def interval(self, threshold: float) -> tuple[float, float]:
        """Return the 95 % interval of `per_km`: of the count, and of the decay beyond the floor.

        That of the count is the exact one of Garwood (1936), by the gamma distribution.
        """
        low = float(gammaincinv(self.n, 0.025)) if self.n else 0.0
        high = float(gammaincinv(self.n + 1, 0.975))
        fall = self.decay * (threshold - self.floor)
        spread = _Z * abs(fall) / math.sqrt(self.n + _PRIOR_WEIGHT)
        # Both errors are independent: they add as squares, in decades.
        below = math.inf if not low else math.hypot(math.log10(self.n / low), spread)
        above = math.hypot(math.log10(high / max(self.n, 1)), spread)
        start = max(self.n, 1) / self.km * 10**-fall
        return (0.0 if math.isinf(below) else start * 10**-below), start * 10**above

    def threshold(self, per_km: float) -> float:
        """Return the score at which so many false candidates per km are expected; at least 0.

        Raises:
            ZeroDivisionError: never; without candidates it is the floor.
        """
        if not self.n:
            return self.floor
        return max(self.floor, self.floor + math.log10(self.n / self.km / per_km) / self.decay)


def false_rate(scores: ArrayLike, km: float, *, floor: float | None = None) -> Rate:
    """Return the rate of false candidates by threshold, from what a swapped comparison yields.

    Things that really were removed count as false here, so the rate is an upper estimate wherever
    barriers were taken down; leave out those that analysts confirmed as removed.

    The decay is drawn to one decade per unit of score, as if five more candidates had said so.

    Args:
        scores: of the candidates of the swapped comparison, or of the `removed` candidates of the
            ordinary one.
        km: kilometres of border that were compared.
        floor: least score that was kept; the least one seen if left out.

    Raises:
        ValueError: `km` is not above 0.
    """
    if km <= 0:
        raise ValueError("nothing was compared, so there is no rate")
    found = np.asarray(scores, dtype=np.float64)
    if floor is None:
        floor = float(found.min()) if found.size else 0.0
    found = found[found >= floor]
    excess = float((found - floor).sum()) * math.log(10)
    decay = (found.size + _PRIOR_WEIGHT) / (excess + _PRIOR_WEIGHT / _PRIOR_DECAY)
    return Rate(floor=floor, n=int(found.size), km=km, decay=float(decay))


# -- chance per section ---------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Bin:
    """One point of a reliability diagram: what was said, and how often it was so."""

    said: float
    was: float
    n: int
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Chances:
    """From the score of a section to the chance that it holds a new barrier.

    Attributes:
        level: of the default logistic curve.
        slope: of the same, per unit of score.
        n_answers: answered sections that it was drawn to; 0 when it is the default.
        knots: default chances at which it was drawn elsewhere.
        values: where to.
    """

    level: float = DEFAULT[0]
    slope: float = DEFAULT[1]
    n_answers: int = 0
    knots: tuple[float, ...] = ()
    values: tuple[float, ...] = ()

    def of(self, scores: ArrayLike) -> Doubles:
        """Return the chance for each score; `NO_CANDIDATE` for a section without one."""
        plain = self.default(scores)
        if not self.knots:
            return plain
        # Between the knots in log odds; beyond the ends as much aside as at the end.
        at, to = _log_odds(np.array(self.knots)), _log_odds(np.array(self.values))
        x = _log_odds(plain)
        aside = np.interp(x, at, to - at)
        return np.asarray(1 / (1 + np.exp(-(x + aside))))

    def default(self, scores: ArrayLike) -> Doubles:
        """Return the chance before any answer was heard."""
        found = np.asarray(scores, dtype=np.float64)
        with np.errstate(invalid="ignore", over="ignore"):
            curve = 1 / (1 + np.exp(-(self.level + self.slope * np.maximum(found, -30))))
        return np.asarray(np.where(np.isneginf(found), EMPTY, np.maximum(curve, EMPTY)))


def section_scores(
    spans: Sequence[tuple[int, int]], scores: Sequence[float], start_m: int, end_m: int
) -> tuple[Doubles, NDArray[np.int64]]:
    """Return the score of each section of 100 m, and how many metres candidates cover there.

    The score of a section is the decimal logarithm of the sum of 10 ** score of its candidates:
    about the best one, a little more where several agree. A candidate counts in a section where it
    covers 20 m or more of it, or all of its own length.

    Args:
        spans: chainage from, to of each candidate, in metres.
        scores: of the same.
        start_m: where the first section begins.
        end_m: where the last one ends; a shorter rest at the end is a section too.
    """
    n = max(1, math.ceil((end_m - start_m) / SECTION_M))
    total = np.zeros(n)
    metres = np.zeros(n, dtype=np.int64)
    for (first, last), score in zip(spans, scores, strict=True):
        for k in range(
            max(0, (first - start_m) // SECTION_M), min(n, -(-(last - start_m) // SECTION_M))
        ):
            left = start_m + k * SECTION_M
            shared = min(last, left + SECTION_M) - max(first, left)
            if shared >= min(LEAST_M, last - first) and shared > 0:
                total[k] += 10.0 ** min(score, 30.0)
                metres[k] = min(SECTION_M, metres[k] + shared)
    with np.errstate(divide="ignore"):
        return np.log10(total), metres


def fitted(scores: ArrayLike, holds: ArrayLike) -> tuple[float, float]:
    """Return level and slope of the default curve from sections whose truth is known.

    Logistic regression on the sections that have a candidate; the slope is never negative.

    Args:
        scores: of each section, from `section_scores`.
        holds: whether it holds 20 m or more of new barrier.
    """
    x, y = np.asarray(scores, np.float64), np.asarray(holds, np.float64)
    x, y = x[np.isfinite(x)], y[np.isfinite(x)]

    def loss(b: Doubles) -> float:
        z = b[0] + b[1] * x
        return float(np.logaddexp(0, z).sum() - (z * y).sum() + 0.05 * b @ b)

    found = minimize(loss, np.zeros(2), bounds=[(None, None), (0.0, None)]).x
    return float(found[0]), float(found[1])


def learnt(scores: ArrayLike, holds: ArrayLike, base: Chances | None = None) -> Chances:
    """Return the curve drawn to what analysts answered.

    Answered sections are put in bins by what the default says; in each the share of yes is mixed
    with the default as if ten more answers had agreed with it (beta-binomial), and the result made
    monotone (isotonic regression). With fewer than `LEAST_ANSWERS` the default stays.

    Args:
        scores: of each answered section, `NO_CANDIDATE` allowed.
        holds: whether analysts found 20 m or more of new barrier in it.
        base: the curve to start from; the packaged default if left out.
    """
    base = base or Chances()
    x, y = np.asarray(scores, np.float64), np.asarray(holds, np.float64)
    if x.size < LEAST_ANSWERS:
        return Chances(level=base.level, slope=base.slope)
    said = base.default(x)
    knots, values, weights = [], [], []
    for chosen in _bins(said):
        mean, n = float(said[chosen].mean()), int(chosen.sum())
        knots.append(mean)
        values.append((_PRIOR_ANSWERS * mean + float(y[chosen].sum())) / (_PRIOR_ANSWERS + n))
        weights.append(_PRIOR_ANSWERS + n)
    monotone = isotonic_regression(values, weights=weights).x
    return Chances(
        level=base.level,
        slope=base.slope,
        n_answers=int(x.size),
        knots=tuple(knots),
        values=tuple(float(v) for v in monotone),
    )


def reliability(chances: ArrayLike, holds: ArrayLike) -> tuple[tuple[Bin, ...], float]:
    """Return the points of a reliability diagram, and the Brier score (0 is perfect).

    Judge a curve on answers that it was not drawn to: use `held_out`.

    Args:
        chances: what was said of each section.
        holds: whether it was so.
    """
    from vallum.change.limits import wilson

    said, was = np.asarray(chances, np.float64), np.asarray(holds, np.float64)
    if not said.size:
        return (), math.nan
    found = []
    for chosen in _bins(said):
        n, yes = int(chosen.sum()), float(was[chosen].sum())
        low, high = wilson(yes, n)
        found.append(Bin(said=float(said[chosen].mean()), was=yes / n, n=n, low=low, high=high))
    return tuple(found), float(np.mean((said - was) ** 2))


def held_out(scores: ArrayLike, holds: ArrayLike, base: Chances | None = None) -> Doubles:
    """Return for each answered section what a curve drawn to the other ones says of it.

    Five parts of neighbouring sections, so that one long fence is not on both sides.
    """
    x, y = np.asarray(scores, np.float64), np.asarray(holds, np.float64)
    part = np.arange(x.size) * 5 // max(x.size, 1)
    out = np.zeros(x.size)
    for k in range(5):
        here = part == k
        if here.any():
            out[here] = learnt(x[~here], y[~here], base).of(x[here])
    return out


def _bins(said: Doubles) -> list[NDArray[np.bool_]]:
    """Return masks of at most eight bins of about equal numbers; equal values stay together."""
    edges = np.unique(np.quantile(said, np.linspace(0, 1, _N_BINS + 1)[1:-1]))
    number = np.searchsorted(edges, said, side="right")
    return [number == k for k in np.unique(number)]


def _log_odds(chance: Doubles) -> Doubles:
    safe = np.clip(chance, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(safe / (1 - safe)))
