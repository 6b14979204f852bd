"""The agreement matrix: pairs of answers, without a name."""

from __future__ import annotations

import math
from dataclasses import replace

from small_figures import AGREEMENT, figures_book
from vallum.report.figures.agreement import matrix


def _rows(figure):
    return {(row[0], row[1]): row[2] for row in figure.table.rows}


def test_every_pair_of_answers_is_counted_once():
    rows = _rows(matrix(figures_book()))
    assert rows["yes", "yes"] == "223"
    assert rows["no", "yes"] == "14"
    assert ("yes", "no") not in rows
    cells = [int(n) for (one, _), n in rows.items() if one in {"yes", "no", "cannot tell"}]
    assert sum(cells) == 223 + 14 + 88 + 6 + 3


def test_the_share_of_equal_answers_is_told():
    assert "93.1\u202f% of 334 pairs of answers are the same" in matrix(figures_book()).alt


def test_agreement_of_people_with_themselves_is_left_out_where_it_is_not_known():
    assert "themselves" not in matrix(figures_book()).alt
    known = replace(AGREEMENT, within=(0.9, 0.8, 0.97))
    assert "themselves" in matrix(replace(figures_book(), agreement=known)).alt


def test_an_interval_that_is_not_known_is_not_printed():
    lone = replace(AGREEMENT, kappa=(0.5, math.nan, math.nan))
    alt = matrix(replace(figures_book(), agreement=lone)).alt
    assert "0.50" in alt
    assert "interval" not in alt


def test_nothing_is_drawn_where_nobody_answered_twice():
    nothing = replace(AGREEMENT, counts=((0, 0, 0),) * 3)
    assert matrix(replace(figures_book(), agreement=nothing)) is None
    assert matrix(replace(figures_book(), agreement=None)) is None
