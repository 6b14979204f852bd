"""What a notebook shows: one small piece of HTML, and three tables."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace

import pytest
from lxml import html
from PIL import Image

from fake_book import fake_book
from vallum.report import export
from vallum.report.figures import charts
from vallum.report.model import build
from vallum.report.notebook import MOST_BYTES, Notebook
from vallum.report.tongue import speaking


def _notebook(book):
    with speaking(book.languages[0]):
        strip = charts.strip(book)
        return Notebook(book=book, model=build(book), strip=strip.svg, strip_png=strip.png,
                        strip_alt=strip.alt)  # fmt: skip


@pytest.fixture(scope="module")
def shown():
    return _notebook(fake_book(7.4, is_simulated=True, n_chips=2))


@pytest.fixture(scope="module")
def page(shown):
    return html.fromstring(f"<div>{shown._repr_html_()}</div>")


def test_it_is_small_and_holds_no_script_and_loads_nothing(shown, page):
    text = shown._repr_html_()
    assert len(text.encode()) < MOST_BYTES
    assert not page.xpath("//script | //iframe | //link | //object")
    assert all(src.startswith("data:image/") for src in page.xpath("//@src"))
    for src in page.xpath("//img/@src"):
        assert b"<script" not in base64.b64decode(src.partition(",")[2])
    assert not re.search(r"\son\w+=", text)


def test_it_shows_the_headline_the_key_numbers_the_strip_and_places(shown, page):
    said = " ".join(page.text_content().split())
    told = shown.model
    for part in ("found", "unseen"):
        assert " ".join(told["headline"][part].split()) in said
    for row in told["key_numbers"]:
        assert " ".join(row["printed"].split()) in said
    assert len(page.xpath("//figure")) == 2
    assert all(page.xpath("//img/@alt"))
    assert "SIMULATED" in said


def _small(png):
    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        picture.resize((300, 300)).save(out, format="PNG")
    return out.getvalue()


def test_places_that_do_not_fit_are_told(shown):
    small = [replace(one, png_before=_small(one.png_before), png_after=_small(one.png_after))
             for one in shown.book.chips]  # fmt: skip
    many = replace(shown, book=replace(shown.book, chips=tuple(small * 9)))
    text = many._repr_html_()
    assert len(text.encode()) < MOST_BYTES
    n_shown = text.count("<figure")
    assert n_shown <= 12
    assert f"{18 - n_shown} more places with pictures are in the report." in text


def test_tables_are_those_of_the_files(shown):
    book = shown.book
    assert dict(zip(shown.numbers["name"], shown.numbers["value"], strict=True)) == {
        one.name: one.value for one in book.estimates
    }
    assert list(shown.findings["id"]) == list(export.findings_table(book)["id"])
    assert shown.findings.crs.to_epsg() == 4326
    assert len(shown.claims) == 0


def test_words_of_others_cannot_become_markup(shown):
    bad = replace(shown, book=replace(
        shown.book, name="<script>alert(1)</script>",
        chips=(replace(shown.book.chips[0], caption="<script>", alt='"><script>'),),
    ))  # fmt: skip
    assert "<script" not in bad._repr_html_()


def test_it_speaks_the_main_language_of_the_project(shown):
    book = replace(shown.book, languages=("ko",), chips=())
    with speaking("ko"):
        korean = replace(shown, book=book, model=build(book))
    said = korean._repr_html_()
    assert re.search("[가-힣]", said)
