"""First-seen brackets: from the last look without a thing to the first look with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from fake_book import fake_book
from small_figures import figures_book
from vallum.ground.kinds import Dating
from vallum.ground.when import When
from vallum.report.figures.board import Scale
from vallum.report.figures.brackets import _steps, brackets, life_of, life_text

DAY = date(2020, 6, 1)
LATER = date(2021, 6, 1)


@pytest.fixture(scope="module")
def plain():
    return fake_book(7.4, n_chips=0).confirmed[0]


def test_a_bracket_runs_from_last_absent_to_first_seen(plain):
    life = life_of(replace(plain, last_absent=DAY, first_seen=LATER))
    assert (life.maybe_from, life.sure_from) == (DAY.toordinal(), LATER.toordinal())
    assert life_text(life) == "built between 2020-06-01 and 2021-06-01"


def test_what_stood_on_the_oldest_image_may_be_any_age(plain):
    old = replace(plain, built=None, first_seen=DAY, last_absent=None, dating=Dating.LEFT_CENSORED)
    assert life_text(life_of(old)) == "stood there on its oldest image, 2020-06-01"
    assert life_of(old).days == [DAY.toordinal()]


def test_what_was_begun_is_not_said_to_stand(plain):
    begun = replace(plain, built=None, first_seen=None, last_absent=DAY,
                    dating=Dating.RIGHT_CENSORED)  # fmt: skip
    assert life_text(life_of(begun)) == "begun after 2020-06-01, not complete"


def test_a_removal_is_a_bracket_too(plain):
    gone = replace(plain, built=None, first_seen=None, last_absent=None, removed=When(DAY, LATER))
    assert life_text(life_of(gone)) == "removed between 2020-06-01 and 2021-06-01"


def test_without_a_look_there_is_no_bracket(plain):
    assert life_of(replace(plain, built=None, first_seen=None, last_absent=None)) is None


def test_steps_rise_by_what_begins_and_fall_by_what_ends():
    scale = Scale(low=0, high=100, left=0.0, right=1.0)
    points = _steps([(20, 60, 0.5), (40, 80, 0.5)], scale, 1.0)
    heights = {round(x, 6): 1.0 - y for x, y in points}
    bar = max(heights.values()) or 1.0
    assert [round(heights[x] / bar, 6) for x in (0.2, 0.4, 0.6, 0.8)] == [0.5, 1.0, 0.5, 0.0]


def test_every_dated_finding_is_in_the_table_once():
    book = figures_book()
    figure = brackets(book)
    told = sum(int(row[2].split()[0].replace(",", "")) for row in figure.table.rows)
    assert told == sum(life_of(one) is not None for one in book.stated if one.held == "confirmed")


def test_many_brackets_are_drawn_by_section_and_the_note_says_so():
    book = figures_book()
    spread = [
        replace(one, built=When(date(2019, 1, 1 + n % 28), date(2021, 1 + n % 12, 1)))
        for n, one in enumerate(book.findings)
    ]
    figure = brackets(replace(book, findings=tuple(spread)))
    assert any("Each row is a section" in note for note in figure.notes)
    assert len(figure.table.rows) > 10


def test_findings_without_a_date_are_told():
    book = figures_book()
    bare = tuple(replace(one, built=None) for one in book.findings[:30])
    figure = brackets(replace(book, findings=(*bare, *book.findings[30:])))
    assert any("not dated" in note for note in figure.notes)
