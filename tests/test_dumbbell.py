"""Before and after by section: rates and shares over what was compared."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest

from fake_book import fake_book
from small_figures import figures_book
from vallum.ground.kinds import Change, Held
from vallum.ground.span import Span, Spans
from vallum.report.figures import dumbbell as room
from vallum.report.figures.dumbbell import dumbbell, place_text, stretches


@pytest.mark.parametrize(
    ("extent", "most"),
    [(Span(0, 7_400), 15), (Span(1_112_323, 1_119_723), 15), (Span(5, 1_188_600), 9)],
    ids=["short", "mid-line", "long"],
)
def test_sections_cover_the_extent_once_and_are_cut_at_round_marks(extent, most):
    parts = stretches(extent, most)
    assert (parts[0].start_m, parts[-1].end_m) == (extent.start_m, extent.end_m)
    assert all(one.end_m == two.start_m for one, two in pairwise(parts))
    assert len(parts) <= most + 1
    assert all(part.end_m % 100 == 0 for part in parts[:-1])


def test_a_section_is_named_as_short_as_it_can_be():
    assert place_text(Span(100_000, 200_000)) == "km 100–200"
    assert place_text(Span(1_112_323, 1_112_500)) == "km 1,112.3–1,112.5"


def test_posts_of_all_sections_add_up_to_the_confirmed_posts_on_compared_border():
    book = figures_book()
    panel = room._posts(book)
    seen = room._compared(book)
    after = [
        one for one in book.stated
        if one.held is Held.CONFIRMED and not one.category.is_line
        and one.change is not Change.REMOVED and seen & one.span
    ]  # fmt: skip
    counted = sum(one.after.value * one.compared_m / 1000 for one in panel.parts if one.after)
    assert len(after) > 50
    assert math.isclose(counted, len(after), abs_tol=1e-6)


def test_what_is_in_doubt_only_ever_adds():
    panel = room._posts(figures_book())
    ends = [end for one in panel.parts for end in (one.before, one.after) if end]
    assert all(end.high >= end.value for end in ends)
    assert any(end.high > end.value for end in ends)


def test_a_section_that_was_hardly_compared_has_no_numbers():
    book = fake_book(1400, n_chips=0)
    blind = replace(book.estimate("border_km_comparable"),
                    spans=book.estimate("border_km_comparable").spans - Spans.of((0, 95_000)))  # fmt: skip
    others = tuple(one for one in book.estimates if one.name != blind.name)
    panel = room._posts(replace(book, estimates=(*others, blind)))
    assert panel.parts[0].after is None
    assert panel.parts[1].after is not None


def test_no_stock_before_means_no_posts_before_and_after():
    assert dumbbell(fake_book(7.4, has_stock=False, n_chips=0)) is None


def test_shares_of_border_lie_between_none_and_all():
    panel = room._fenced(figures_book())
    shares = [end.value for one in panel.parts for end in (one.before, one.after) if end]
    assert shares
    assert all(0 <= share <= 1 for share in shares)
