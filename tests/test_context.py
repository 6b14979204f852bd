"""Context: series and events beside what was built, with their sources, never as a cause."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from lxml import html as lxml_html

from fake_book import fake_book
from fake_said import fake_curve
from fake_told import some_context, told_book
from vallum.ground.context import COLUMNS, packaged, parse, read, when_of
from vallum.ground.errors import BadDate, BadTable
from vallum.ground.when import When
from vallum.report.built import NOT_DIVIDED, Built, built_figure, built_model
from vallum.report.context import WORDS, context_csv, context_figure, context_model
from vallum.report.publish import publish

HEAD = ",".join(COLUMNS)
ROW = "Arrivals,people,2019,1047,Somebody,https://example.org,2026-11-21"


# --- the packaged table -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["prk-chn", "prk-north", "prk-rus"])
def test_the_border_of_north_korea_comes_with_context(name):
    series = {one.name: one for one in packaged(name)}
    arrivals = series["Arrivals of North Koreans in South Korea per year"]
    assert [(e.when, e.value) for e in arrivals.entries] == [
        (When.parse("2019"), 1047.0), (When.parse("2022"), 67.0),
    ]  # fmt: skip
    events = series["Policy events"]
    assert events.is_events
    assert any(e.when == When.parse("2020-08-25") and "buffer zone" in e.says
               for e in events.entries)  # fmt: skip


def test_every_packaged_entry_names_its_source_where_it_stands_and_when_it_was_read():
    entries = [entry for one in packaged("prk-north") for entry in one.entries]
    assert len(entries) >= 7
    for entry in entries:
        assert entry.source
        assert entry.source_url.startswith("https://")
        assert date.fromisoformat(entry.accessed)
        assert (entry.value is None) == bool(entry.says)


@pytest.mark.parametrize("name", ["usa-mex", "pol-blr", "tur-syr", "my own line", ""])
def test_other_borders_come_with_none(name):
    assert packaged(name) == ()


# --- a project's own --------------------------------------------------------------------------


def test_a_table_is_read_in_order_of_time_with_series_as_they_first_appear():
    text = f"{HEAD}\nB,event,2020,something,S,,\n{ROW}\nB,event,2019-05,before,S,,\n"
    one, two = parse(text, "context.csv")
    assert (one.name, two.name) == ("B", "Arrivals")
    assert [entry.says for entry in one.entries] == ["before", "something"]
    assert two.entries[0].value == 1047.0


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2020", (2020, 1, 1), (2020, 12, 31)),
        ("2020-08~", (2020, 8, 1), (2020, 8, 31)),
        ("2020-08-25?", (2020, 8, 25), (2020, 8, 25)),
        ("2020-XX", (2020, 1, 1), (2020, 12, 31)),
        ("2020-21", (2020, 3, 1), (2020, 5, 31)),
        ("2020-24", (2020, 12, 1), (2021, 2, 28)),
        ("2019-06/2020-21", (2019, 6, 1), (2020, 5, 31)),
    ],
)
def test_dates_are_strict_brackets(text, first, last):
    assert when_of(text) == When(date(*first), date(*last))


@pytest.mark.parametrize("text", ["", "soon", "2020/", "/2020", "..", "2020-13", "1/2/3"])
def test_what_is_no_closed_date_is_refused(text):
    with pytest.raises(BadDate):
        when_of(text)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("Arrivals,people,soon,1047,S,,", "row 3, column when: 'soon' is no date"),
        ("Arrivals,people,2019,many,S,,", "row 3, column value: 'many' is no number"),
        ("Arrivals,people,2019,nan,S,,", "row 3, column value: 'nan' is no number"),
        ("Arrivals,people,2019,1047,,,", "row 3, column source: is empty"),
        (",people,2019,1047,S,,", "row 3, column series: is empty"),
        (f"Arrivals,event,2019,{'x' * 301},S,,", "row 3, column value: has 301 letters"),
        ("Arrivals,people", "row 3, column when: is empty"),
    ],
    ids=["date", "number", "nan", "no source", "no series", "too long", "too short"],
)
def test_a_bad_cell_is_named_by_row_and_column(line, says):
    with pytest.raises(BadTable, match="no context was read") as refused:
        parse(f"{HEAD}\n{ROW}\n{line}\n", "context.csv")
    assert says in str(refused.value)
    assert str(refused.value).startswith("context.csv ")


def test_a_table_without_a_column_says_which_and_how_the_first_line_must_be():
    with pytest.raises(BadTable, match=r"column unit, source is missing.*series,unit,when"):
        parse("series,when,value\n", "context.csv")
    with pytest.raises(BadTable, match="column series"):
        parse("", "context.csv")


def test_a_file_that_is_no_text_or_far_too_large_is_refused(tmp_path):
    path = tmp_path / "context.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadTable, match="UTF-8"):
        read(path)
    path.write_bytes(b"x" * (1 << 20 | 1))
    with pytest.raises(BadTable, match="over 1 MB"):
        read(path)
    path.write_text(f'{HEAD}\n"Arrivals,people', encoding="utf-8")
    with pytest.raises(BadTable, match="mend the quotes"):
        read(path)


def test_the_example_on_the_page_can_be_read():
    page = Path(__file__).parents[1] / "docs" / "explain" / "context-series.md"
    (example,) = re.findall(r"```text\n(series,.*?)```", page.read_text("utf-8"), re.DOTALL)
    one, two = parse(example, "context.csv")
    assert one.entries[0].value == 1047.0
    assert two.is_events


def test_what_is_published_reads_back_the_same(tmp_path):
    book = told_book()
    (tmp_path / "context.csv").write_bytes(context_csv(book))
    assert read(tmp_path / "context.csv") == book.context
    own = replace(book, context=packaged("prk-chn"))
    (tmp_path / "context.csv").write_bytes(context_csv(own))
    assert read(tmp_path / "context.csv") == own.context


# --- in the report ----------------------------------------------------------------------------


def test_the_words_stand_over_the_figure_in_it_and_at_its_table(tmp_path):
    book = told_book()
    publish(book, tmp_path / "report")
    page = lxml_html.fromstring((tmp_path / "report" / "report.html").read_text("utf-8"))
    assert (
        page.xpath("//details[@id='context']/summary")[0].text_content() == "Context, never cause"
    )
    (image,) = page.xpath("//img[contains(@alt, 'Context, never cause')]")
    assert image.get("alt").startswith("SIMULATED")
    figure = image.getparent()
    assert "Context, never cause. Sources: A. Nobody, 2023." in figure.text_content()
    text = " ".join(page.xpath("//section[@id='dates']")[0].text_content().split())
    assert "1,047 people" in text
    assert "example.org/a?b=1" in text
    assert "https:" not in (tmp_path / "report" / "report.html").read_text("utf-8")
    told = json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))
    urls = {row["source_url"] for one in told["context"]["series"] for row in one["rows"]}
    assert urls == {"https://example.org/a?b=1"}


def test_context_stands_only_beside_what_was_built():
    plain = replace(fake_book(7.4, n_chips=0), context=some_context())
    assert context_model(plain) == {}
    assert context_figure(plain) is None
    bare = replace(told_book(), context=())
    assert context_model(bare) == {}
    assert context_figure(bare) is None


def test_a_simulated_book_says_that_the_context_is_real_and_the_border_is_not():
    model = context_model(told_book())
    assert "SIMULATED" in model["made_up"]
    assert "nothing to do with it" in model["made_up"]
    assert context_model(told_book(is_simulated=False))["made_up"] == ""
    assert model["made_up"] in context_figure(told_book()).notes


def test_the_picture_says_values_and_events_in_words_and_its_bytes_are_the_same_again():
    book = told_book()
    one, two = context_figure(book), context_figure(book)
    assert f"{WORDS}. Barrier built, km by date" in one.alt
    assert "1,047 people in 2019, 67 people in 2022" in one.alt
    assert "2020-08-25: A buffer zone is declared." in one.alt
    assert (one.svg, one.png) == (two.svg, two.png)


def test_events_without_a_series_and_a_series_without_events_are_drawn_too():
    counted, happened = some_context()
    for some in ((counted,), (happened,)):
        assert context_figure(replace(told_book(), context=some)).png.startswith(b"\x89PNG")


# --- built by when, where looks divide time too little -----------------------------------------


def _wide() -> Built:
    curve = fake_curve(n=6)
    return Built.of(
        {**curve, "days": ["2019-03-14", "2019-03-15", "2022-04-09"], "low": [0, 0, 12.99],
         "high": [0, 12.99, 12.99], "value": [0, None, 12.99], "band_low": [None] * 3,
         "band_high": [None] * 3, "total": 12.99}
    )  # fmt: skip


def test_over_one_wide_bracket_no_line_is_drawn():
    wide = _wide()
    assert not wide.has_estimate
    assert not wide.is_certain
    book = replace(told_book(), built=(wide,))
    assert built_figure(book) is not None
    assert context_figure(book) is not None
    assert Built.of(fake_curve()).has_estimate
    straight = replace(wide, value=(0.0, 0.0, 12.99))
    assert straight.has_estimate
    assert built_figure(replace(book, built=(straight,))).svg != built_figure(book).svg


def test_a_number_without_an_estimate_says_only_between_which_limits_it_lies():
    book = told_book()
    name = "barrier_km_built_by_2020-12-31"
    open_one = replace(book.by_name[name], value=math.nan, low=0.0, high=12.99)
    others = tuple(one for one in book.estimates if one.name != name)
    (row,) = [r for r in built_model(replace(book, estimates=(*others, open_one)))["rows"]
              if r["trace"] == name]  # fmt: skip
    assert (row["words"], row["limits"]) == ("certainly between", "0.0 and 13.0\u202fkm")
    assert row["estimate"] == NOT_DIVIDED
    assert "about" not in row["estimate"]
    assert row["values"] == [None, 0.0, 12.99]
