"""The claim ladder: rungs of what may be told, and no count of what may not."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from fake_told import told_book
from vallum.ground.saidkinds import ClaimStatus
from vallum.ground.span import Spans
from vallum.report.figures.ladder import climb, ladder


@pytest.fixture(scope="module")
def book():
    return told_book()


def _one(book, status):
    return next(one for one in book.claims if one.status is status)


def test_a_corroborated_claim_with_findings_stands_on_every_rung(book):
    assert set(climb(_one(book, ClaimStatus.CORROBORATED)).rungs) == {"yes"}


def test_what_no_image_can_show_stops_below_that_rung(book):
    one = climb(_one(book, ClaimStatus.NOT_OBSERVABLE))
    assert (one.observable, one.matched) == ("no", "no")


def test_whether_images_show_it_is_not_known_where_none_were_asked(book):
    assert climb(_one(book, ClaimStatus.UNVERIFIED)).observable == "not known"


def test_a_claim_without_cells_is_not_placed(book):
    one = replace(book.claims[0], cells=Spans())
    assert climb(one).placed == "no"


def test_every_told_claim_is_in_the_table_with_its_outcome(book):
    rows = ladder(book).table.rows
    assert sorted(row[0] for row in rows) == sorted(one.says for one in book.claims)
    assert all(row[-1].split(maxsplit=1)[1] for row in rows)


def test_no_number_of_claims_is_printed_anywhere(book):
    figure = ladder(book)
    words = " ".join([*figure.notes, *figure.table.head, figure.table.caption])
    assert not re.search(r"\d", words)
    assert any("nor is their number" in note for note in figure.notes)


def test_many_claims_are_cut_in_the_picture_and_whole_in_the_table(book):
    many = tuple(replace(book.claims[0], key=f"k{n}", says=f"Claim {n}.") for n in range(26))
    figure = ladder(replace(book, claims=many))
    assert len(figure.table.rows) == 26
    assert not any(re.search(r"\d", note) for note in figure.notes)
