"""The measures of the detection benchmark, on cases small enough to reckon by hand."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely

_PATH = Path(__file__).parents[1] / "benchmarks" / "detection" / "metrics.py"


@pytest.fixture(scope="module")
def metrics():
    spec = importlib.util.spec_from_file_location("benchmark_metrics", _PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def line(*points):
    return shapely.LineString(points)


def test_half_a_fence_found_is_half_complete_and_wholly_correct(metrics):
    truth = metrics.Thing(shape=line((0, 0), (100, 0)), change="new", width_m=1)
    found = metrics.Thing(shape=line((0, 1), (50, 1)), change="new")
    assert metrics.matched_truth_m(truth, [found]) == pytest.approx(50)
    assert metrics.matched_found_m(found, [truth]) == pytest.approx(50)


def test_a_candidate_outside_the_buffer_is_false_and_a_wider_buffer_takes_it_in(metrics):
    truth = metrics.Thing(shape=line((0, 0), (100, 0)), change="new", width_m=1)
    found = metrics.Thing(shape=line((0, 3), (50, 3)), change="new")
    assert metrics.is_false(found, [truth], 2.0)
    assert not metrics.is_false(found, [truth], 5.0)


def test_a_candidate_is_false_when_less_than_half_of_it_is_on_something(metrics):
    truth = metrics.Thing(shape=line((0, 0), (40, 0)), change="new")
    found = metrics.Thing(shape=line((0, 0), (100, 0)), change="new")
    assert metrics.is_false(found, [truth])
    assert metrics.owner(found, [truth]) is None


def test_new_and_removed_are_told_apart_and_an_upgrade_may_be_called_new(metrics):
    shape = line((0, 0), (100, 0))
    new, removed, any_change = (
        metrics.Thing(shape=shape, change=change) for change in ("new", "removed", "any")
    )
    upgraded = metrics.Thing(shape=shape, change="upgraded")
    stood = metrics.Thing(shape=shape, change="both")
    assert metrics.agree(new, upgraded)
    assert not metrics.agree(removed, upgraded)
    assert metrics.agree(any_change, removed)
    assert not metrics.agree(any_change, stood)


def test_a_crossing_line_matches_only_the_width_of_the_buffer(metrics):
    truth = metrics.Thing(shape=line((0, 0), (100, 0)), change="new")
    across = metrics.Thing(shape=line((50, -50), (50, 50)), change="new")
    assert metrics.matched_truth_m(truth, [across]) == pytest.approx(4)


def test_the_threshold_lets_the_allowed_number_of_false_candidates_pass(metrics):
    scores = [5.0, 4.0, 3.0, 2.0, 1.0]
    least = metrics.threshold_for(scores, km=2, rate=1)
    assert sum(score >= least for score in scores) == 2
    assert metrics.threshold_for(scores, km=10, rate=1) == -np.inf


def test_equal_false_scores_never_pass_more_than_allowed(metrics):
    least = metrics.threshold_for([3.0, 3.0, 3.0], km=1, rate=1)
    assert least > 3.0


def test_a_score_as_a_rate_rises_with_the_score_and_one_per_km_is_zero(metrics):
    curve = metrics.rate_curve(np.arange(10.0), km=5)
    rates = metrics.as_rate(np.array([-3.0, 0.0, 5.0, 9.0, 20.0]), curve)
    assert rates[2] == pytest.approx(0.0)
    assert (np.diff(rates) > 0).all()


def test_average_precision_of_a_perfect_order_is_one_and_of_no_order_the_prevalence(metrics):
    is_true = np.array([1, 0, 0, 1, 0])
    assert metrics.average_precision(is_true, np.array([9, 1, 2, 8, 3])) == 1.0
    assert metrics.average_precision(is_true, np.full(5, -np.inf)) == pytest.approx(0.4)


def test_review_effort_is_the_oracle_for_a_perfect_order_and_the_share_for_no_order(metrics):
    metres, km = np.array([100.0, 100.0, 0.0, 0.0]), np.full(4, 0.1)
    assert metrics.review_effort(metres, km, metres, 0.9) == pytest.approx(0.45)
    assert metrics.review_effort(metres, km, np.zeros(4), 0.9) == pytest.approx(0.9)
    assert metrics.review_effort(metres, km, -metres, 0.5) == pytest.approx(0.75)


def test_weights_bring_the_true_sections_to_the_prevalence(metrics):
    is_true = np.array([True, True, False, False])
    weights = metrics.weights_for(is_true, 0.05)
    assert weights[is_true].sum() / weights.sum() == pytest.approx(0.05)
    metres = np.where(is_true, 100.0, 0.0)
    effort = metrics.review_effort(metres, np.ones(4), metres, 1.0, weights)
    assert effort == pytest.approx(0.05)


def test_sections_cover_the_border_without_remainder(metrics):
    sections = metrics.sections_of(line((0, 0), (250, 0)), 32)
    assert len(sections) == 2
    assert sum(km for _, km in sections) == pytest.approx(0.25)
    assert shapely.union_all([area for area, _ in sections]).area == pytest.approx(250 * 64)


def test_every_post_is_matched_once(metrics):
    truths = [metrics.Thing(shape=shapely.Point(0, 0), change="new")]
    found = [
        metrics.Thing(shape=shapely.Point(2, 0), change="new", score=1),
        metrics.Thing(shape=shapely.Point(1, 0), change="new", score=2),
        metrics.Thing(shape=shapely.Point(0, 0), change="removed", score=3),
    ]
    assert metrics.match_points(truths, found).tolist() == [-1, 0, -1]


def test_recall_counts_what_passes_at_the_rate(metrics):
    scores = np.array([9.0, 8.0, 7.0, 6.0])
    is_true = np.array([True, False, True, False])
    assert metrics.recall_at(scores, is_true, 2, km=1, rate=0) == 0.5
    assert metrics.recall_at(scores, is_true, 2, km=1, rate=1) == 1.0


def test_confusion_sums_metres_by_true_and_named_kind(metrics):
    table = metrics.confusion(
        [("wall", "wall", 30.0), ("wall", "fence", 10.0), ("wall", "tree", 5.0)], ["fence", "wall"]
    )
    assert table.tolist() == [[0.0, 0.0], [10.0, 30.0]]


def test_the_isotonic_fit_rises_and_keeps_the_mean(metrics):
    scores = np.array([-np.inf, 1.0, 2.0, 3.0, 4.0])
    is_true = np.array([0, 1, 0, 1, 1])
    at, steps = metrics.isotonic(scores, is_true)
    assert (np.diff(steps) >= 0).all()
    assert steps.mean() == pytest.approx(is_true.mean())
    assert metrics.probability(np.array([1.5]), (at, steps))[0] == pytest.approx(0.5)


def test_brier_and_reliability_of_a_sure_and_right_forecast(metrics):
    p, y = np.array([0.0, 0.0, 1.0]), np.array([0, 0, 1])
    assert metrics.brier(p, y) == 0
    assert metrics.reliability(p, y, [0, 0.5, 1.0]) == [(0.0, 0.0, 2), (1.0, 1.0, 1)]


def test_cases_of_one_image_are_drawn_together(metrics):
    values = np.array([0.0, 0.0, 1.0, 1.0])
    images = ["a", "a", "b", "b"]
    seen = []

    def mean(counts):
        seen.append(tuple(counts))
        return float((counts * values).sum() / counts.sum())

    low, high = metrics.bootstrap(images, mean, n=100)
    assert all(a == b and c == d for a, b, c, d in seen)
    assert (low, high) == (0.0, 1.0)


def test_the_interval_of_a_share_holds_it(metrics):
    low, high = metrics.wilson(8, 10)
    assert low < 0.8 < high
    assert metrics.wilson(0, 10)[0] == 0.0
