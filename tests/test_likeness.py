"""What was accepted so far orders the rest, and touches nothing else."""

import inspect
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from desk_rows import candidate, line, post
from vallum.ground.kinds import Kind
from vallum.review import frames, likeness
from vallum.review.likeness import FEATURES, features_of, rank

KINDS = list(Kind)[:5]


def simulated(seed, n=600):
    """Return candidates, and whether each is real: width, place and straightness of evidence tell.

    Crop rows score as high as fences here, so that the machine's score alone is a weak guide.
    """
    chance = np.random.default_rng(seed)
    is_real = chance.random(n) < 0.4
    base, things = candidate(line(1000, 1300)), []
    for real in is_real.tolist():
        evidence = chance.normal(3.0 if real else 2.4, 0.8, 30)
        things.append(
            replace(
                base,
                score=float(chance.normal(2.2 if real else 1.8, 1.0)),
                width_m=float(abs(chance.normal(2.0 if real else 3.0, 0.7))),
                off_m=float(chance.normal(60 if real else 140, 50)),
                evidence=tuple(evidence.tolist()),
                polarity="bright" if chance.random() < (0.7 if real else 0.45) else "dark",
                flags=() if real or chance.random() < 0.6 else ("many_parallel",),
                kinds=("fence 0.70", "patrol_road 0.30") if real else ("fence 0.52", "wall 0.48"),
            )
        )
    return things, is_real


def test_nothing_is_learned_from_too_few_or_from_one_sort_of_answers():
    features = features_of(simulated(1, 50)[0])
    assert rank(features, {i: bool(i % 2) for i in range(19)}) is None
    assert rank(features, dict.fromkeys(range(40), True)) is None
    assert rank(features, {}) is None
    assert rank(features, {i: bool(i % 2) for i in range(20)}).shape == (50,)


@pytest.mark.parametrize("n_answers", [20, 60, 200])
def test_held_out_yes_rank_above_no_better_than_by_the_score_alone(n_answers):
    gains = []
    for seed in range(4):
        things, is_real = simulated(seed)
        # As in Triage: the strongest were answered first.
        order = np.argsort([-c.score for c in things])
        known, rest = order[:n_answers], order[n_answers:]
        found = rank(features_of(things), {int(i): bool(is_real[i]) for i in known})
        score = np.array([c.score for c in things])
        gains.append(
            roc_auc_score(is_real[rest], found[rest]) - roc_auc_score(is_real[rest], score[rest])
        )
    assert np.mean(gains) > (0.1 if n_answers == 20 else 0.2)
    assert min(gains) > 0


def test_where_the_score_says_all_little_is_lost():
    chance = np.random.default_rng(3)
    base = candidate(line(1000, 1300))
    things = [replace(base, score=float(s)) for s in chance.normal(0, 1, 500)]
    is_real = np.array([c.score + chance.normal(0, 0.5) > 0.5 for c in things])
    found = rank(features_of(things), {i: bool(is_real[i]) for i in range(60)})
    alone = roc_auc_score(is_real[60:], [c.score for c in things[60:]])
    assert roc_auc_score(is_real[60:], found[60:]) == pytest.approx(alone, abs=0.01)


def test_features_are_numbers_whatever_was_not_measured():
    things = [
        candidate(post(1000), Kind.GUARD_POST, group="g"),
        candidate(line(1000, 2000), score=float("nan"), group="g", layer="primary", gap_m=3.0),
        candidate(line(2000, 3000), kinds=("double_fence 0.9", "fence 0.1"), flags=("unheard_of",)),
    ]
    features = features_of(things)
    assert features.shape == (3, len(FEATURES))
    assert np.isfinite(features).all()
    assert features[2, FEATURES.index(Kind.DOUBLE_FENCE)] == 0.9
    assert features[0, FEATURES.index("is_grouped")] == 1
    assert len(set(FEATURES)) == len(FEATURES)
    assert features_of([]).shape == (0, len(FEATURES))


def test_a_class_that_nobody_knows_is_refused_and_leaves_no_trace():
    known = candidate(line(0, 200), kinds=("wall 0.75",))
    before = features_of([known])
    with pytest.raises(ValueError, match="no_such_class"):
        features_of([candidate(line(0, 200), kinds=("no_such_class 0.5",))])
    assert (features_of([known]) == before).all()
    assert before[0, FEATURES.index("wall")] == 0.75
    assert features_of([candidate(line(0, 200))])[0, FEATURES.index("wall")] == 0.0


def test_the_same_answers_give_the_same_order():
    things, is_real = simulated(5, 200)
    labels = {i: bool(is_real[i]) for i in range(40)}
    one = rank(features_of(things), labels)
    assert np.array_equal(one, rank(features_of(things), dict(reversed(labels.items()))))


def test_sweeps_have_no_way_to_be_ranked():
    for draw in (frames.sweep_frames, frames.sweep):
        assert set(inspect.signature(draw).parameters) <= {"usable", "length_m"}
    assert not any(value is likeness for value in vars(frames).values())
