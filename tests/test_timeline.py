"""Claims over time: what was said of when, against when it was first seen."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from lxml import etree
from PIL import Image

from fake_told import told_book
from vallum.ground.when import When
from vallum.report.claims import in_order
from vallum.report.figures.ink import legible
from vallum.report.timeline import first_seen, timeline_figure, timeline_model


@pytest.fixture(scope="module")
def book():
    return told_book()


def test_each_claim_has_a_row_with_the_days_of_its_findings(book):
    rows = timeline_model(book)
    assert [row["says"] for row in rows] == [one.says for one in in_order(book.claims)]
    row = next(row for row in rows if row["says"].startswith("A second fence"))
    assert (row["when"], row["first"], row["last"]) == ("spring 2021", "2021-03-01", "2021-05-31")
    assert {one["first_seen"] for one in row["seen"]} == {"2021-06-01", "2021-09-01"}
    assert {one["last_absent"] for one in row["seen"]} == {"2020-10-14", ""}
    assert row["label"] == "corroborated"
    undated = next(row for row in rows if "spikes" in row["says"])
    assert (undated["when"], undated["first"], undated["seen"]) == ("no date stated", "", [])


def test_a_finding_without_looks_has_its_bracket(book):
    plain = replace(book.findings[0], last_absent=None, first_seen=None,
                    built=When(date(2019, 1, 1), date(2020, 1, 1)))  # fmt: skip
    assert first_seen(plain) == (date(2019, 1, 1), date(2020, 1, 1))
    assert first_seen(replace(plain, built=None)) == (None, None)


def test_the_picture_says_in_words_what_it_shows(book):
    figure = timeline_figure(book)
    assert figure.alt.startswith("SIMULATED. Claims over time.")
    assert "said of: spring 2021; held against what was built" in figure.alt
    assert "between 2020-10-14 and 2021-06-01" in figure.alt
    assert "by 2021-09-01, on the oldest image already" in figure.alt
    assert "no date stated" in figure.alt
    root = etree.fromstring(figure.svg)
    assert "SIMULATED Test border" in etree.tostring(root, method="text", encoding="unicode")
    assert b"dc:date" not in figure.svg


def test_the_same_book_gives_the_same_bytes(book):
    one, two = timeline_figure(book), timeline_figure(book)
    assert (one.svg, one.png) == (two.svg, two.png)
    other = timeline_figure(replace(book, claims=book.claims[::-1]))
    assert other.png == one.png


def test_without_any_day_there_is_no_picture_and_still_a_table(book):
    undated = tuple(
        replace(one, first=None, last=None, when="", findings=()) for one in book.claims
    )
    bare = replace(book, claims=undated)
    assert timeline_figure(bare) is None
    assert len(timeline_model(bare)) == len(undated)
    assert timeline_figure(replace(book, claims=())) is None


def _ink(png: bytes, left: float, right: float) -> float:
    """Darkness of the upper bar between two shares of the width."""
    grey = 255 - np.asarray(Image.open(io.BytesIO(png)).convert("L")).astype(float)
    wide = grey.shape[1]
    part = grey[int(0.2 * len(grey)) :, int(left * wide) : int(right * wide)]
    return float(part.sum())


def test_an_open_end_fades_and_a_closed_one_does_not(book):
    base = replace(book.claims[0], status=book.claims[0].status, findings=())
    plain = replace(book, is_simulated=False)
    closed = replace(base, first=date(2020, 1, 1), last=date(2022, 1, 1))
    later = replace(base, key="later", first=date(2020, 1, 1), last=None)
    figures = [timeline_figure(replace(plain, claims=(one, closed))).png for one in (closed, later)]
    ends = [_ink(png, 0.93, 0.97) for png in figures]
    starts = [_ink(png, 0.10, 0.3) for png in figures]
    assert ends[1] < ends[0] + 0.2 * starts[0]
    assert starts[1] > 0.5 * starts[0]


def test_one_day_is_still_seen(book):
    claim = replace(book.claims[0], first=date(2021, 4, 1), last=date(2021, 4, 1), findings=())
    plain = replace(book, is_simulated=False)
    with_day = timeline_figure(replace(plain, claims=(claim, *book.claims[1:])))
    assert "said of: spring 2021" in with_day.alt


def test_many_claims_are_cut_in_the_picture_and_whole_in_the_table(book):
    many = tuple(replace(book.claims[0], key=f"k{number:02d}") for number in range(30))
    crowded = replace(book, claims=many)
    figure = timeline_figure(crowded)
    assert figure.notes == ("6 more claims in the table.",)
    assert len(timeline_model(crowded)) == 30


def test_letters_without_a_glyph_and_dollar_signs_do_no_harm(book):
    claim = replace(book.claims[0], says="It cost $5 and $[x \U00013080\U00013080 \x07 later.",
                    where="\U00013080")  # fmt: skip
    figure = timeline_figure(replace(book, claims=(claim,)))
    root = etree.fromstring(figure.svg)
    told = etree.tostring(root, method="text", encoding="unicode")
    assert "$5 and $[x" in told
    assert "\x07" not in told
    assert legible("a \U00013080\U00013080 b\x07") == "a … b…"
    assert legible("plain") == "plain"
