"""Find more like this: the rest of the queue, ordered by what was accepted so far."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from vallum.ground.geodesy import Floats
from vallum.ground.kinds import Change, Kind
from vallum.ground.records import Candidate

LEAST = 20
"""Answers, yes and no, before anything is learned."""

_FLAGS = ("weak", "short", "near_edge", "only_classical", "only_learned", "many_parallel")
_LAYERS = ("primary", "secondary", "tertiary")
_CHANGES = tuple(change for change in Change if change is not Change.UNCHANGED)
_NUMBERS = (
    "score", "log_length", "log_width", "has_width", "log_off", "is_left", "is_bright", "is_dark",
    "evidence_mean", "evidence_min", "evidence_max", "evidence_low_share", "log_group",
    "is_grouped", "gap_m", "log_spacing", "is_drawn",
)  # fmt: skip
FEATURES = (*_NUMBERS, *Kind, *_FLAGS, *_LAYERS, *_CHANGES)
"""What is known of a candidate, column by column."""

_NO_KIND: dict[str, float] = dict.fromkeys(Kind, 0.0)
_STIFFNESS = 0.1  # inverse of the penalty: a few dozen answers must not bend 40 columns


def features_of(candidates: Sequence[Candidate]) -> Floats:
    """Return one line of numbers per candidate, (n, len(FEATURES)), without NaN.

    Lengths, distances and counts go in as logarithms; what was not measured is 0.
    """
    sizes = Counter(c.group for c in candidates if c.group)
    rows = [_numbers(c, sizes[c.group] if c.group else 1) for c in candidates]
    table = np.array(rows, float).reshape(-1, len(FEATURES))
    return np.where(np.isfinite(table), table, 0.0)


def _numbers(c: Candidate, n_group: int) -> list[float]:
    kinds = _NO_KIND.copy()
    for word in c.kinds:
        name, _, share = word.rpartition(" ")
        kinds[name if name in kinds else Kind(name)] = float(share)
    if not c.kinds:
        kinds[c.category] = 1.0
    evidence = c.evidence or (0.0,)
    return [
        c.score, _log(c.length_m), _log(c.width_m), float(c.width_m > 0), _log(abs(c.off_m)),
        c.off_m < 0, c.polarity == "bright", c.polarity == "dark",
        sum(evidence) / len(evidence), min(evidence), max(evidence),
        sum([value < 1.0 for value in evidence]) / len(evidence), _log(n_group), n_group > 1,
        c.gap_m, _log(c.post_spacing_m), c.origin == "analyst",
        *kinds.values(),
        *(flag in c.flags for flag in _FLAGS),
        *(c.layer == layer for layer in _LAYERS),
        *(c.change is change for change in _CHANGES),
    ]  # fmt: skip


def _log(value: float) -> float:
    return math.log1p(value) if value > 0 else 0.0


def rank(features: Floats, labels: Mapping[int, bool], *, least: int = LEAST) -> Floats | None:
    """Return how probably an analyst says yes to each candidate, (n,), 0 to 1; higher is likelier.

    Logistic regression on scaled features. It orders the queue of Triage and nothing else: it is
    written nowhere, and Sample and Sweep have no access to it. The numbers are for sorting; as
    probabilities they are too near to the middle, and the answers so far are no random choice.

    Args:
        features: (n, d), from `features_of`.
        labels: yes (True) or no (False) by position; leave out "cannot tell".
        least: answers that are needed.

    Returns:
        None with fewer than `least` labels, or when all of them say the same.
    """
    if len(labels) < least or len(set(labels.values())) < 2:
        return None
    from sklearn.linear_model import LogisticRegression

    at = np.array(sorted(labels))
    # Spread over all candidates, not over those answered: those are often the strongest only.
    middle, spread = features.mean(axis=0), features.std(axis=0)
    scaled = (features - middle) / np.where(spread > 0, spread, 1.0)
    model = LogisticRegression(C=_STIFFNESS, class_weight="balanced", max_iter=500)
    model.fit(scaled[at], np.array([labels[i] for i in at.tolist()]))
    return np.asarray(model.predict_proba(scaled)[:, 1], float)
