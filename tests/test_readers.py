"""Simulated readers of sampled stretches err at the stated rates, and draw what stands there."""

import numpy as np
import pytest
from shapely.geometry import LineString

from vallum.frontier import Frontier
from vallum.ground.geodesy import geodesic_length_m
from vallum.ground.kinds import Answer, Change, Design, Kind
from vallum.ground.records import Sample
from vallum.ground.span import Span
from vallum.simulate.readers import NO_ERRORS, Errors, read
from vallum.simulate.truth import Built, Truth

UNIT_M = 100
N_UNITS = 400


@pytest.fixture(scope="module")
def line() -> Frontier:
    lon = np.linspace(129.0, 129.6, 300)
    return Frontier(name="straight", line=LineString(np.column_stack([lon, np.full(300, 42.0)])))


def built(line: Frontier, from_m: float, to_m: float, change: Change = Change.NEW) -> Built:
    at_m = np.arange(from_m, to_m + 1, 10.0)
    shape = LineString(np.column_stack(line.points_at(at_m, 30.0)))
    return Built(
        category=Kind.FENCE, change=change, shape=shape, length_m=geodesic_length_m(shape),
        span=line.span_of(shape), width_m=1.0,
    )  # fmt: skip


@pytest.fixture(scope="module")
def truth(line: Frontier) -> Truth:
    # Every second kilometre holds a fence that ends in the middle of a stretch.
    items = [built(line, k * 2000, k * 2000 + 1050) for k in range(20)]
    old = built(line, 1200, 1900, Change.UNCHANGED)
    return Truth(span=line.span, items=(*items, old))


def stretches(n: int = N_UNITS) -> list[Sample]:
    return [
        Sample(
            span=Span(k * UNIT_M, (k + 1) * UNIT_M), design=Design.SIMPLE, survey="s", unit=k,
            stratum="all", probability=0.5, seed=1, before="scene-a", after="scene-b",
        )
        for k in range(n)
    ]  # fmt: skip


def test_without_errors_what_is_drawn_is_what_changed_inside_each_stretch(line, truth):
    verdicts, drawn = read(stretches(), truth, line, errors=NO_ERRORS)
    answers = {v.about: v for v in verdicts if v.mode == "sample"}
    assert len(answers) == N_UNITS
    shapes = {candidate.id: candidate for candidate in drawn}
    for row in stretches():
        inside = row.span.start_m % 2000
        metres = sum(
            shapes[v.about].length_m for v in verdicts if v.mode == "draw" and v.frame == row.id
        )
        said = answers[row.id].answer
        if inside < 1000:
            assert said is Answer.YES
            assert metres == pytest.approx(UNIT_M, rel=0.15)
        elif inside == 1000:
            assert metres == pytest.approx(50, abs=12)
        else:
            assert said is Answer.NO
            assert metres == 0


def test_an_old_fence_is_no_change(line, truth):
    verdicts, _ = read(stretches(20)[12:19], truth, line, errors=NO_ERRORS)
    assert {v.answer for v in verdicts} == {Answer.NO}


def test_readers_err_at_the_stated_rates(line, truth):
    errors = Errors(miss=0.2, false=0.1, cannot_tell=0.05)
    verdicts, _ = read(stretches(), truth, line, errors=errors, seed=3)
    answers = [v for v in verdicts if v.mode == "sample"]
    has = {row.id: row.span.start_m % 2000 < 1050 for row in stretches()}
    there = [v.answer for v in answers if has[v.about]]
    bare = [v.answer for v in answers if not has[v.about]]
    assert np.mean([a is Answer.NO for a in there]) == pytest.approx(0.2, abs=0.07)
    assert np.mean([a is Answer.YES for a in bare]) == pytest.approx(0.1, abs=0.06)
    assert np.mean([v.answer is Answer.CANNOT_TELL for v in answers]) == pytest.approx(
        0.05, abs=0.04
    )


def test_every_row_says_that_it_is_simulated_and_which_images_were_shown(line, truth):
    verdicts, drawn = read(stretches(30), truth, line)
    assert all(v.is_simulated and v.looked_at == ("scene-a", "scene-b") for v in verdicts)
    assert {c.origin for c in drawn} == {"analyst"}


def test_the_same_seed_says_the_same_whatever_else_is_asked(line, truth):
    every, _ = read(stretches(), truth, line)
    some, _ = read(stretches(50), truth, line)
    known = {v.id: v for v in every}
    assert all(known[v.id].same_as(v) for v in some)
