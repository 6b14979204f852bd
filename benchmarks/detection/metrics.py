"""The measures of the benchmark: pure functions on shapes, scores and numbers.

After section 2 of the notes on detection: completeness and correctness of Wiedemann and Heipke
(1997), false candidates per km, average precision and review effort over 100 m sections, posts one
to one, confusion by length, reliability, and bootstrap intervals over images. Everything is in
metres of one plane.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
import shapely.ops

Shape = shapely.LineString | shapely.Point | shapely.MultiLineString

DIRECTION = {"new": "built", "upgraded": "built", "removed": "removed", "both": "stood"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Thing:
    """Something painted or something found.

    Attributes:
        shape: line or point in metres.
        kind: what it is, or is said to be.
        change: new, upgraded, removed, both; "any" for methods that cannot tell.
        width_m: of a truth; widens the buffer.
        score: of a candidate, higher is surer.
    """

    shape: Shape
    kind: str = ""
    change: str = "any"
    width_m: float = 0.0
    score: float = 0.0


def agree(found: Thing, truth: Thing) -> bool:
    """Return whether the changes go the same way; an upgrade may be called new."""
    if truth.change == "both":
        return False
    return found.change == "any" or DIRECTION[found.change] == DIRECTION[truth.change]


def matched_truth_m(truth: Thing, found: Sequence[Thing], buffer_m: float = 2.0) -> float:
    """Return how many metres of a truth lie within the buffer of candidates that agree.

    The buffer is `buffer_m` and half the width of the truth.
    """
    near = [one.shape for one in found if agree(one, truth)]
    if not near:
        return 0.0
    area = shapely.union_all(shapely.buffer(near, buffer_m + truth.width_m / 2, cap_style="flat"))
    return float(truth.shape.intersection(area).length)


def matched_found_m(found: Thing, truths: Sequence[Thing], buffer_m: float = 2.0) -> float:
    """Return how many metres of a candidate lie within the buffer of truths that agree."""
    near = [one.shape.buffer(buffer_m + one.width_m / 2) for one in truths if agree(found, one)]
    return float(found.shape.intersection(shapely.union_all(near)).length) if near else 0.0


def is_false(found: Thing, truths: Sequence[Thing], buffer_m: float = 2.0) -> bool:
    """Return whether less than half of a candidate lies on something that changed that way."""
    return matched_found_m(found, truths, buffer_m) < 0.5 * found.shape.length


def owner(found: Thing, truths: Sequence[Thing], buffer_m: float = 2.0) -> int | None:
    """Return the number of the truth that most of a candidate lies on, None if it is false."""
    lengths = [matched_found_m(found, [one], buffer_m) for one in truths]
    if not lengths or max(lengths) < 0.5 * found.shape.length:
        return None
    return int(np.argmax(lengths))


def threshold_for(false_scores: Sequence[float], km: float, rate: float) -> float:
    """Return the lowest score that lets at most `rate` false candidates per km pass."""
    ordered = np.sort(np.asarray(false_scores, float))[::-1]
    allowed = int(np.floor(rate * km + 1e-9))
    if allowed >= len(ordered):
        return -np.inf
    return float(np.nextafter(ordered[allowed], np.inf))


def rate_curve(false_scores: Sequence[float], km: float) -> tuple[np.ndarray, np.ndarray]:
    """Return scores, ascending, and -log10 of the false candidates per km at or over each."""
    scores = np.sort(np.asarray(false_scores, float))
    return scores, -np.log10(np.arange(len(scores), 0, -1) / km)


def as_rate(scores: np.ndarray, curve: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Return scores as -log10 false candidates per km after a curve; its ends go on slowly."""
    at, rate = curve
    if len(at) < 2:
        return np.zeros(len(scores))
    inside = np.interp(scores, at, rate)
    scale = max(float(np.subtract(*np.percentile(at, [90, 10]))), 1e-9)
    return inside + np.maximum(scores - at[-1], 0) / scale + np.minimum(scores - at[0], 0) / scale


def _groups(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the order best first and the last place of every run of equal scores."""
    order = np.argsort(-scores, kind="stable")
    # -inf equals -inf, but their difference is no number
    ranked = scores[order]
    return order, np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))


def average_precision(is_true: np.ndarray, scores: np.ndarray) -> float:
    """Return the area under precision over recall; equal scores count as one step."""
    is_true = np.asarray(is_true, float)
    if not is_true.sum():
        return float("nan")
    order, ends = _groups(np.asarray(scores, float))
    hits = np.cumsum(is_true[order])[ends]
    precision = hits / (ends + 1)
    return float((np.diff(np.append(0, hits)) * precision).sum() / is_true.sum())


def review_effort(
    metres: np.ndarray,
    km: np.ndarray,
    scores: np.ndarray,
    share: float,
    weights: np.ndarray | None = None,
) -> float:
    """Return the share of the corridor to review, best first, for a share of the barrier length.

    Args:
        metres: of barrier in each section.
        km: length of each section.
        scores: of each section; among equal ones the order is chance.
        share: of barrier length wanted, 0-1.
        weights: how many sections each one stands for.
    """
    weights = np.ones(len(metres)) if weights is None else np.asarray(weights, float)
    order, ends = _groups(np.asarray(scores, float))
    found = np.append(0, np.cumsum((metres * weights)[order])[ends])
    walked = np.append(0, np.cumsum((km * weights)[order])[ends])
    if not found[-1]:
        return float("nan")
    target = share * found[-1]
    step = int(np.searchsorted(found, target - 1e-12))
    gain = found[step] - found[step - 1]
    part = (target - found[step - 1]) / gain if gain else 1.0
    return float((walked[step - 1] + part * (walked[step] - walked[step - 1])) / walked[-1])


def weights_for(is_true: np.ndarray, prevalence: float) -> np.ndarray:
    """Return weights of sections that make the true ones `prevalence` of all.

    The empty sections count more (or less), which is what drawing them again and again tends to.
    """
    is_true = np.asarray(is_true, bool)
    n_true, n_empty = is_true.sum(), (~is_true).sum()
    factor = n_true * (1 - prevalence) / prevalence / max(n_empty, 1)
    return np.where(is_true, 1.0, factor)


def sections_of(line: shapely.LineString, half_width_m: float, length_m: float = 100.0) -> list:
    """Return (polygon, km) of the sections of a border: about `length_m` long, all alike."""
    n = max(1, round(line.length / length_m))
    cuts = np.linspace(0, line.length, n + 1)
    return [
        (
            shapely.ops.substring(line, start, end).buffer(half_width_m, cap_style="flat"),
            float(end - start) / 1000,
        )
        for start, end in pairwise(cuts)
    ]


def match_points(
    truths: Sequence[Thing], found: Sequence[Thing], within_m: float = 3.0
) -> np.ndarray:
    """Return per candidate the number of the truth it is matched to, or -1.

    One to one; the surest candidate chooses first, its nearest truth that is left.
    """
    taken: set[int] = set()
    result = np.full(len(found), -1)
    for i in sorted(range(len(found)), key=lambda n: -found[n].score):
        near = [
            (found[i].shape.distance(one.shape), j)
            for j, one in enumerate(truths)
            if j not in taken and agree(found[i], one)
        ]
        far_m, j = min(near, default=(np.inf, -1))
        if far_m <= within_m:
            taken.add(j)
            result[i] = j
    return result


def recall_at(
    scores: np.ndarray, is_true: np.ndarray, n_truths: int, km: float, rate: float
) -> float:
    """Return the share of truths found where `rate` false candidates per km pass (FROC)."""
    scores, is_true = np.asarray(scores, float), np.asarray(is_true, bool)
    least = threshold_for(scores[~is_true], km, rate)
    return float((is_true & (scores >= least)).sum() / n_truths) if n_truths else float("nan")


def confusion(pairs: Sequence[tuple[str, str, float]], kinds: Sequence[str]) -> np.ndarray:
    """Return metres by (true kind, named kind) from (true, named, metres)."""
    table = np.zeros((len(kinds), len(kinds)))
    for true, named, metres in pairs:
        if true in kinds and named in kinds:
            table[kinds.index(true), kinds.index(named)] += metres
    return table


def isotonic(scores: np.ndarray, is_true: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (scores, probabilities) of the best rising fit (pool adjacent violators).

    Read it with `np.interp`; -inf scores belong to the first step.
    """
    finite = np.where(np.isfinite(scores), scores, -1e3)
    at, index = np.unique(finite, return_inverse=True)
    count = np.bincount(index).astype(float)
    mean = np.bincount(index, np.asarray(is_true, float)) / count
    blocks: list[list[float]] = []  # mean, weight, steps
    for value, weight in zip(mean, count, strict=True):
        blocks.append([value, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            last, before = blocks.pop(), blocks.pop()
            total = last[1] + before[1]
            mixed = (last[0] * last[1] + before[0] * before[1]) / total
            blocks.append([mixed, total, last[2] + before[2]])
    return at, np.concatenate([np.full(int(n), value) for value, _, n in blocks])


def probability(scores: np.ndarray, fit: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Return the probabilities of scores after an isotonic fit."""
    return np.interp(np.where(np.isfinite(scores), scores, -1e3), *fit)


def brier(probabilities: np.ndarray, is_true: np.ndarray) -> float:
    """Return the mean squared error of probabilities: 0 is perfect."""
    return float(np.mean((np.asarray(probabilities) - np.asarray(is_true, float)) ** 2))


def reliability(
    probabilities: np.ndarray, is_true: np.ndarray, edges: Sequence[float]
) -> list[tuple[float, float, int]]:
    """Return (mean probability, share that is true, how many) of every bin that holds any."""
    which = np.digitize(probabilities, edges[1:-1])
    return [
        (
            float(probabilities[which == n].mean()),
            float(np.asarray(is_true, float)[which == n].mean()),
            int((which == n).sum()),
        )
        for n in range(len(edges) - 1)
        if (which == n).any()
    ]


def bootstrap(
    images: Sequence[str],
    statistic: Callable[[np.ndarray], float],
    *,
    n: int = 400,
    seed: int = 1,
) -> tuple[float, float]:
    """Return the 95 % interval of a statistic over images drawn with replacement.

    Args:
        images: the image of every case: cases of one image are drawn together.
        statistic: takes how often each case was drawn (counts), returns a number.
        n: draws.
        seed: chance.
    """
    names, index = np.unique(np.asarray(images), return_inverse=True)
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), n)
    values = np.array([statistic(draw[index]) for draw in draws])
    values = values[np.isfinite(values)]
    if not len(values):
        return float("nan"), float("nan")
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def wilson(k: float, n: float) -> tuple[float, float]:
    """Return the 95 % interval of a share k of n (Wilson 1927)."""
    if n <= 0:
        return float("nan"), float("nan")
    z, p = 1.96, k / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))
