"""The simulation study of the estimators: its populations are what it says, its sums add up."""

import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

_FOLDER = Path(__file__).parents[1] / "benchmarks" / "estimation"
_NAMES = ("population", "draws", "tables", "study")


@pytest.fixture(scope="module")
def study():
    sys.path.insert(0, str(_FOLDER))
    import study

    yield study
    sys.path.remove(str(_FOLDER))
    for name in _NAMES:
        sys.modules.pop(name, None)


@pytest.fixture
def rng():
    return np.random.default_rng(5)


@pytest.mark.parametrize("prevalence", [0.002, 0.02, 0.15, 0.4])
def test_a_border_holds_as_much_barrier_as_it_was_asked_for(study, rng, prevalence):
    border = study.made.border(
        rng, prevalence=prevalence, detector=study.DETECTORS["good"], quantity="length"
    )
    assert border.total == pytest.approx(prevalence * border.m.sum(), abs=study.made.CELL_M)
    assert border.m.sum() == pytest.approx(study.made.USABLE * study.made.LINE_M, rel=0.001)
    assert np.all(border.y <= border.m)
    assert border.m.max() == study.made.UNIT_M


def test_what_stands_there_comes_in_runs_of_many_stretches(study, rng):
    border = study.made.border(
        rng, prevalence=0.15, detector=study.DETECTORS["good"], quantity="length"
    )
    there = border.y > 0
    runs = int(np.sum(np.diff(there.astype(int), prepend=0) == 1))
    assert there.sum() / runs > 4


def test_detectors_mark_what_they_are_said_to_mark(study, rng):
    for name, least, most in (("good", 0.85, 0.99), ("adversarial", 0.0, 0.1)):
        border = study.made.border(
            rng, prevalence=0.15, detector=study.DETECTORS[name], quantity="length"
        )
        both = np.minimum(border.x, border.y).sum() / border.total
        assert least < both < most


def test_analysts_miss_and_accept_as_often_as_they_are_said_to(study, rng):
    border = study.made.border(
        rng, prevalence=0.15, detector=study.DETECTORS["good"], quantity="length"
    )
    there = border.y > 0
    said = [
        study.made.read(rng, border.y, border.m, study.READERS["errs"], "length") for _ in range(40)
    ]
    assert np.mean([(one[there] == 0).mean() for one in said]) == pytest.approx(0.10, abs=0.01)
    assert np.mean([(one[~there] > 0).mean() for one in said]) == pytest.approx(0.03, abs=0.003)
    assert all(np.all(one <= border.m) for one in said)


def test_every_stretch_has_the_same_chance_in_a_systematic_sample(study, rng):
    seen = np.zeros(1000)
    for _ in range(600):
        drawn = study.drawing._systematic(rng, 1000, 300)
        assert len(set(drawn)) == 300
        seen[drawn] += 1
    assert seen.min() > 120
    assert seen.max() < 240


def test_intervals_of_a_small_study_cover_and_the_machine_makes_them_narrower(study):
    case = study.Case(design="simple", n=200, prevalence=0.4, detector="good")
    simple, assisted, _ = study.run(case, draws=250, root=7)
    for line in (simple, assisted):
        assert line.refused == 0
        assert 0.89 < line.coverage <= 1
        assert abs(line.bias) < 0.05
    assert simple.width_ratio == 1
    assert assisted.width_ratio < study.tables.NARROWER


def test_draws_without_a_number_are_neither_covered_nor_missed(study):
    case = study.Case(design="simple", n=200, prevalence=0.002, detector="product")
    line = study.run(case, draws=20, root=7)[-1]
    assert line.refused == 1
    assert math.isnan(line.coverage)
    assert study.tables.state(line) == "refused"


def test_the_same_seed_gives_the_same_study_and_another_seed_another(study):
    case = study.Case(design="stratified+second", n=200, prevalence=0.4, detector="product")
    first, again, other = (study.run(case, draws=10, root=root)[-1] for root in (7, 7, 8))
    assert (first.bias, first.width) == (again.bias, again.width)
    assert first.bias != other.bias


def test_a_missed_target_is_a_fail_and_everything_says_simulated(study, tmp_path):
    case = study.Case(design="simple", n=200, prevalence=0.4, detector="good")
    lines = study.run(case, draws=40, root=7)
    bad = [replace(line, coverage=0.80) for line in lines]
    good = [replace(line, coverage=0.95) for line in lines]
    assert "FAIL" in study.tables.verdicts(bad).splitlines()[0]
    assert "PASS" in study.tables.verdicts(good).splitlines()[0]
    study.tables.write(tmp_path, good, draws=40, seeds="dev")
    assert "SIMULATED" in (tmp_path / "results.md").read_text()
    assert len((tmp_path / "results.csv").read_text().splitlines()) == len(good) + 1
