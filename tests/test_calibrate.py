"""Scores become rates and chances, and both say what they rest on."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString

import fake_book
from vallum import steps
from vallum.change import calibrate
from vallum.ground.kinds import Change, Held, Kind
from vallum.ground.records import Candidate, Comparison, Finding
from vallum.ground.span import Span, Spans
from vallum.report.figures.diagram import reliability as diagram
from vallum.report.html import page
from vallum.report.model import build
from vallum.report.trust import Trust
from vallum.steps.trusting import _inside, calibration, trust


def draws(rng, per_km: float, km: float, decay: float = 1.0, floor: float = 0.0):
    """Scores whose rate per km falls by `decay` decades per unit of score."""
    n = rng.poisson(per_km * km)
    return floor + rng.exponential(1 / (decay * math.log(10)), n)


# --- false candidates per km --------------------------------------------------------------------


def test_the_rate_follows_the_scores_it_was_fitted_on() -> None:
    rng = np.random.default_rng(1)
    rate = calibrate.false_rate(draws(rng, 3.0, 400, decay=0.7), 400, floor=0.0)
    assert rate.per_km(0.0) == pytest.approx(3.0, rel=0.1)
    assert rate.decay == pytest.approx(0.7, rel=0.1)
    assert rate.per_km(2.0) == pytest.approx(3.0 * 10**-1.4, rel=0.3)


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_the_interval_holds_the_truth_in_95_of_100_campaigns(threshold: float) -> None:
    rng = np.random.default_rng(2)
    inside = 0
    for _ in range(1000):
        rate = calibrate.false_rate(draws(rng, 1.5, 20), 20, floor=0.0)
        low, high = rate.interval(threshold)
        inside += low <= 1.5 * 10**-threshold <= high
    assert 0.93 <= inside / 1000 <= 0.985


def test_without_candidates_there_is_still_an_upper_bound() -> None:
    rate = calibrate.false_rate([], 10, floor=0.0)
    assert rate.per_km(0) == 0
    low, high = rate.interval(0)
    assert low == 0
    assert high == pytest.approx(0.3689, abs=1e-3)  # the exact Poisson bound over 10 km
    assert rate.threshold(1.0) == 0.0


def test_the_threshold_for_a_rate_gives_that_rate() -> None:
    rate = calibrate.false_rate(draws(np.random.default_rng(3), 5, 50), 50, floor=0.0)
    assert rate.per_km(rate.threshold(0.5)) == pytest.approx(0.5)
    assert rate.threshold(1000) == rate.floor


def test_what_lies_under_the_floor_does_not_count() -> None:
    rate = calibrate.false_rate([-1.0, 0.2, 0.9], 2, floor=0.0)
    assert (rate.n, rate.per_km(0.0)) == (2, 1.0)


def test_nothing_compared_has_no_rate() -> None:
    with pytest.raises(ValueError, match="nothing was compared"):
        calibrate.false_rate([1.0], 0)


# --- chance per section -------------------------------------------------------------------------


def test_a_section_adds_up_what_covers_20_metres_of_it() -> None:
    best, metres = calibrate.section_scores(
        [(90, 250), (210, 215), (305, 315)], [1.0, 3.0, 2.0], 0, 350
    )
    assert best.tolist() == pytest.approx([-math.inf, 1.0, math.log10(10 + 1000), 2.0])
    assert metres.tolist() == [0, 100, 55, 10]


def test_the_default_curve_rises_with_the_score() -> None:
    curve = calibrate.Chances()
    said = curve.of([calibrate.NO_CANDIDATE, -2.0, 0.0, 1.0, 3.0])
    assert (np.diff(said) >= 0).all()
    assert 0 < said[0] < said[-1] < 1


def test_few_answers_leave_the_default_as_it_is() -> None:
    n = calibrate.LEAST_ANSWERS - 1
    curve = calibrate.learnt(np.linspace(-1, 3, n), np.ones(n))
    assert curve.n_answers == 0
    np.testing.assert_array_equal(curve.of([0.0, 2.0]), calibrate.Chances().of([0.0, 2.0]))


def test_many_answers_draw_the_curve_to_what_was_so() -> None:
    rng = np.random.default_rng(4)
    scores = rng.uniform(-1, 3, 3000)
    truth = 0.5 / (1 + np.exp(-(scores - 1)))  # half as much as the default says
    curve = calibrate.learnt(scores, rng.random(3000) < truth)
    assert curve.n_answers == 3000
    at = np.array([-0.5, 0.5, 1.5, 2.5])
    np.testing.assert_allclose(curve.of(at), 0.5 / (1 + np.exp(-(at - 1))), atol=0.06)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-3, 6), st.booleans()), min_size=30, max_size=80))
def test_a_better_score_never_has_a_smaller_chance(answers) -> None:
    scores, holds = zip(*answers, strict=True)
    said = calibrate.learnt(scores, holds).of(np.linspace(-4, 8, 50))
    assert (np.diff(said) >= -1e-9).all()
    assert ((said > 0) & (said < 1)).all()


def test_the_fitted_curve_recovers_the_one_that_made_the_answers() -> None:
    rng = np.random.default_rng(5)
    scores = rng.uniform(-2, 4, 4000)
    holds = rng.random(4000) < 1 / (1 + np.exp(-(-1.0 + 1.5 * scores)))
    level, slope = calibrate.fitted([*scores, calibrate.NO_CANDIDATE], [*holds, True])
    assert level == pytest.approx(-1.0, abs=0.15)
    assert slope == pytest.approx(1.5, abs=0.15)


def test_a_reliable_curve_lies_on_the_diagonal() -> None:
    rng = np.random.default_rng(6)
    said = rng.uniform(0, 1, 8000)
    bins, brier = calibrate.reliability(said, rng.random(8000) < said)
    assert len(bins) == 8
    assert sum(one.n for one in bins) == 8000
    assert all(abs(one.said - one.was) < 0.05 for one in bins)
    assert all(one.low <= one.was <= one.high for one in bins)
    assert brier == pytest.approx(1 / 6, abs=0.01)


def test_what_is_judged_was_not_learnt_from() -> None:
    # Answers that have nothing to do with the score: who learns them by heart looks too good.
    rng = np.random.default_rng(7)
    scores, holds = rng.uniform(-1, 3, 200), rng.random(200) < 0.5
    own = calibrate.reliability(calibrate.learnt(scores, holds).of(scores), holds)[1]
    apart = calibrate.reliability(calibrate.held_out(scores, holds), holds)[1]
    assert own < apart


def test_without_answers_there_is_no_diagram() -> None:
    bins, brier = calibrate.reliability([], [])
    assert bins == ()
    assert math.isnan(brier)


# --- in a project -------------------------------------------------------------------------------


def made(project, at_m: int, change: Change, score: float, *, length_m: int = 60) -> Candidate:
    """A line suggested by the machine."""
    lon, lat = project.frontier.points_at(np.array([at_m, at_m + length_m], float), 30.0)
    return Candidate(
        span=Span(at_m, at_m + length_m), off_m=30.0, category=Kind.FENCE, change=change,
        score=score, length_m=float(length_m), shape=LineString(np.column_stack((lon, lat))),
        before="scene-a", after="scene-b",
    )  # fmt: skip


def held(one: Candidate, how: Held) -> Finding:
    """What the desk holds of it."""
    return Finding(
        about=one.id, held=how, category=one.category, change=one.change, span=one.span,
        off_m=one.off_m, shape=one.shape, length_m=one.length_m, agreement="2 of 2",
    )  # fmt: skip


@pytest.fixture
def border(tmp_path):
    """10 km compared: 8 removed lines, 60 new ones of which the better half is right."""
    project, _ = steps.new(
        tmp_path / "p", frontier="prk-rus", before="2019", after="2022", corridor_m=100,
        stretch_km="0..10",
    )  # fmt: skip
    with project:
        removed = [made(project, 1000 * k + 20, Change.REMOVED, 0.1 * k) for k in range(8)]
        new = [made(project, 100 * k + 20, Change.NEW, k / 20) for k in range(60)]
        comparison = Comparison(
            span=Span(0, 10_000), slot=0, seen=Spans.of((0, 10_000)), threshold=0.0,
            candidate_ids=tuple(one.id for one in (*removed, *new)),
        )  # fmt: skip
        with project.run("detect") as work:
            work.add_all([*removed, *new, comparison])
        yield project, removed, new


def test_what_is_marked_as_removed_gives_the_false_rate(border) -> None:
    project, removed, _ = border
    known = calibration(project)
    assert known.rate is not None
    assert (known.rate.n, known.rate.km, known.rate.per_km(0.0)) == (8, 10.0, 0.8)
    assert known.chances.n_answers == 0
    with project.run("settle") as work:
        work.add(held(removed[0], Held.CONFIRMED))
    assert calibration(project).rate.n == 7
    said = steps.status(project)
    assert said.facts["calibration"]["rests_on_removed_lines"] == 7
    assert any("false lines: about 0.70 per km" in line for line in said.lines)
    assert "1 confirmed as removed" in trust(project).rates_from


def test_answers_draw_the_chances_and_say_how_many_they_are(border) -> None:
    project, _, new = border
    plain = dict(calibration(project).sections)
    with project.run("settle") as work:
        work.add_all(
            held(one, Held.CONFIRMED if n >= 30 else Held.REJECTED) for n, one in enumerate(new)
        )
    known = calibration(project)
    assert known.chances.n_answers == 60
    assert sum(one.n for one in known.bins) == 60
    drawn = dict(known.sections)
    assert len(drawn) == 100
    assert drawn[500] < plain[500]
    assert drawn[4000] > plain[4000]
    assert "60 sections" in trust(project).chances_from


def test_without_a_comparison_nothing_is_said(tmp_path) -> None:
    project, _ = steps.new(
        tmp_path / "p", frontier="prk-rus", before="2019", after="2022", corridor_m=100
    )
    with project:
        assert trust(project) is None
        assert "calibration" not in steps.status(project).facts


def test_the_report_prints_rates_reliability_and_limits() -> None:
    known = Trust(
        rates=((0.0, 0.8, 0.3, 1.6),), rates_from="Rests on 8 lines.",
        bins=((0.2, 0.1, 40, 0.04, 0.2), (0.8, 0.9, 50, 0.8, 0.95)), brier=0.09,
        chances_from="Drawn to 90 sections.", limits=(("fence", 0.5, "Of a fence, half."),),
        limits_from="Simulated: from 90 painted things.",
    )  # fmt: skip
    book = replace(fake_book.fake_book(n_chips=0), trust=known)
    drawn = diagram(book)
    model = build(book) | {"downloads": []}
    model["figures"] = {
        name: {"alt": drawn.alt, "notes": [], "table": None}
        for name in ("strip", "map", "reliability")
    }
    figures = dict.fromkeys(("strip", "map", "reliability"), drawn.svg)
    file = {"name": "report.json", "href": "report.json", "what": "model", "sha256": "", "bytes": 1}
    text_of = page(model, file, figures, book.chips)
    for text in ("Rests on 8 lines.", "0.30 to 1.6", "Of a fence, half.", "Drawn to 90 sections.",
                 "said 80", "Brier score 0.09", "What this method cannot see"):  # fmt: skip
        assert text in text_of, text
    assert diagram(replace(book, trust=None)) is None


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(1, 300)), max_size=8),
    st.lists(st.integers(0, 1200), max_size=8),
    st.integers(1, 250),
)
def test_metres_in_stretches_are_those_of_the_algebra_of_sets(parts, starts, size_m):
    spans = Spans.of(*((a, a + long) for a, long in parts))
    assert _inside(spans, starts, size_m) == [
        (spans & Span(at, at + size_m)).length_m for at in starts
    ]
