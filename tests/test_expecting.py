"""What is expected of a stretch before it is read: the best suggestion beside what can be seen."""

import math
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from desk_rows import candidate, line
from vallum.ground.cells import units
from vallum.ground.span import Span, Spans
from vallum.steps.expecting import _LEAST_SCORE, _scores

ROW = candidate(line(0, 10))
UNIT_M = 100


def suggested(start_m, end_m, score=0.5):
    return replace(ROW, span=Span(start_m, end_m), score=score)


def test_a_suggestion_in_the_hole_of_a_stretch_is_not_beside_it():
    whole = units(Spans.of((0, 30), (60, 200)), UNIT_M)
    assert _scores([suggested(30, 60)], whole, UNIT_M) == {0: 0.0, 1: 0.0}
    assert _scores([suggested(30, 61)], whole, UNIT_M) == {0: 0.5, 1: 0.0}
    assert _scores([suggested(99, 101)], whole, UNIT_M) == {0: 0.5, 1: 0.5}


def test_a_suggestion_without_a_score_is_one_all_the_same():
    whole = units(Spans.of((0, 100)), UNIT_M)
    for score in (0.0, -1.0, math.nan):
        assert _scores([suggested(10, 20, score)], whole, UNIT_M) == {0: _LEAST_SCORE}


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 600), st.integers(1, 250)), max_size=6),
    st.lists(st.tuples(st.integers(0, 800), st.integers(1, 400), st.floats(0, 9)), max_size=6),
)
def test_each_stretch_has_the_best_score_of_what_shares_a_metre_with_it(parts, rows):
    usable = Spans.of(*((a, a + long) for a, long in parts))
    whole = units(usable, UNIT_M)
    machine = [suggested(a, a + long, score) for a, long, score in rows]
    assert _scores(machine, whole, UNIT_M) == {
        number: max((max(r.score, _LEAST_SCORE) for r in machine if pieces & r.span), default=0.0)
        for number, pieces in whole.items()
    }
