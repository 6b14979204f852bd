"""Cross-sections: sketches to one scale, with the source of every size."""

from __future__ import annotations

from dataclasses import replace

import pytest

from small_figures import figures_book
from vallum.ground.kinds import Kind
from vallum.report.figures.sections import SKETCHES, _measured, sections


def test_every_class_has_a_sketch_with_its_source():
    assert [one.kind for one in SKETCHES] == list(Kind)
    assert all(one.sizes() and one.source() for one in SKETCHES)


def test_only_classes_that_the_book_holds_are_drawn():
    book = figures_book()
    fences = tuple(one for one in book.findings if one.category is Kind.FENCE)
    figure = sections(replace(book, findings=fences, estimates=()))
    assert [row[0] for row in figure.table.rows] == ["Fence"]


def test_it_says_that_it_is_no_measurement():
    assert any("not a measurement" in note for note in sections(figures_book()).notes)


def test_measured_gaps_stand_beside_the_sketch():
    figure = sections(figures_book())
    assert "12.2\u202fm to 79.7\u202fm" in figure.alt
    assert any("15 to 600 m" in note for note in figure.notes)


@pytest.mark.parametrize(
    ("kind", "is_told"), [(Kind.PATROL_ROAD, True), (Kind.FENCE, False)], ids=["road", "fence"]
)
def test_widths_are_told_of_what_is_wider_than_a_pixel_only(kind, is_told):
    book = figures_book()
    wide = tuple(replace(one, width_m=4.0) for one in book.candidates)
    # A new width is no new name: findings still speak of the same candidates.
    assert bool(_measured(replace(book, candidates=wide), kind)) is is_told
