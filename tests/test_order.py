"""Layers counted outward from the border."""

from vallum.ground.span import Span
from vallum.steps.order import by_ten_metres, layers_of


def test_a_line_that_is_alone_has_no_layer():
    assert layers_of([(Span(0, 100), 20.0)]) == [""]


def test_lines_behind_each_other_are_counted_outward_on_each_side():
    lines = [(Span(0, 100), 40.0), (Span(0, 120), 10.0), (Span(10, 90), 70.0), (Span(0, 90), -30.0)]
    assert layers_of(lines) == ["secondary", "primary", "tertiary", ""]


def test_lines_one_after_the_other_are_not_layers():
    assert layers_of([(Span(0, 100), 10.0), (Span(100, 200), 30.0)]) == ["", ""]


def test_two_readings_of_one_line_are_not_two_layers():
    assert layers_of([(Span(0, 100), 10.0), (Span(0, 100), 11.0)]) == ["", ""]


def test_a_short_piece_nearer_by_does_not_push_a_long_line_back():
    assert layers_of([(Span(0, 1000), 40.0), (Span(0, 100), 10.0)]) == ["", ""]


def test_evidence_is_kept_for_each_ten_metres_and_the_rest():
    assert by_ten_metres([1.0] * 10 + [3.0] * 5) == (1.0, 3.0)
    assert by_ten_metres([]) == ()
