"""Parts of the strip chart: insets, first seen, line breaking and the table behind it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from fake_book import fake_book
from vallum.frontier import Frontier
from vallum.ground.kinds import Change, Kind
from vallum.ground.span import Span, Spans
from vallum.ground.when import When
from vallum.report.figures import charts, firstseen, insets
from vallum.report.figures.ink import pieces, width_in, wrapped
from vallum.report.figures.lanes import lanes_of, scale_of


@pytest.fixture(scope="module")
def whole():
    """The northern frontier of North Korea with nothing on it."""
    line = Frontier.packaged("prk-north")
    empty = fake_book(7.4, n_chips=0)
    return replace(
        empty, frontier=line, extent=line.span, findings=(), candidates=(), estimates=(),
        comparisons=(), fits=(), looks=(), places=(),
    )  # fmt: skip


def test_the_short_russian_part_gets_an_inset_with_its_name(whole):
    (inset,) = insets.insets_of(whole, [], scale_of(whole, []))
    assert 17_000 < inset.span.length_m < 18_500
    assert inset.span.end_m == whole.extent.end_m
    assert inset.name.startswith("Tumen tripoint")
    assert inset.times > insets.TIMES
    notes = charts._notes(whole, scale_of(whole, []), [inset])
    assert any(note.startswith("Letters under the axis") for note in notes)
    assert charts.strip(whole).png


def test_a_project_on_one_side_of_the_tripoint_has_no_inset_of_a_part(whole):
    part = replace(whole, extent=Span(100_000, 200_000))
    assert insets.insets_of(part, [], scale_of(part, [])) == []


def test_the_tenth_with_most_short_runs_gets_an_inset_where_runs_are_under_a_pixel():
    book = fake_book(1384, n_chips=0)
    spans = Spans.of(*((at, at + 30) for at in range(700_000, 720_000, 2_000)), (10_000, 10_030))
    lanes = [(Kind.FENCE, str(Change.NEW), spans)]
    (inset,) = insets.insets_of(book, lanes, scale_of(book, [spans]))
    assert inset.times == insets.TIMES
    assert inset.span.start_m <= 700_000 < 718_030 <= inset.span.end_m
    assert inset.span.length_m == book.extent.length_m // insets.TIMES


def test_no_inset_where_everything_can_be_seen():
    book = replace(fake_book(7.4, n_chips=0), estimates=())
    spans = Spans.of((100, 900), (2000, 3000))
    assert insets.insets_of(book, [(Kind.FENCE, "new", spans)], scale_of(book, [spans])) == []


def test_brackets_are_drawn_as_intervals_and_their_width_is_told():
    book = fake_book(7.4, n_chips=0)
    days = When(date(2020, 1, 1), date(2020, 3, 1))
    narrow = replace(book, findings=tuple(replace(one, built=days) for one in book.findings))
    row = firstseen.dated_table_row(narrow)
    assert row[3] == f"to {days.days} days (median)"
    assert firstseen.NOTE in charts._notes(narrow, scale_of(narrow, []), [])


def test_things_without_a_bracket_are_counted_and_not_drawn():
    book = fake_book(7.4, n_chips=0)
    undated = replace(book, findings=tuple(replace(one, built=None) for one in book.findings))
    assert firstseen.dated(undated) == []
    assert firstseen.seen_rows(undated, scale_of(undated, [])) == []
    one = next(one for one in book.confirmed if one.category.is_line and one.change is Change.NEW)
    some = replace(book, findings=tuple(
        replace(row, built=row.built if row is one else None) for row in book.findings
    ))  # fmt: skip
    notes = [row.total_note for row in firstseen.seen_rows(some, scale_of(some, []))]
    assert any("not dated" in note for note in notes)


def test_the_table_behind_the_chart_holds_every_lane_with_its_bounds():
    book = fake_book(7.4, n_chips=0)
    lanes = lanes_of(book)
    table = charts._table(book, lanes)
    told = {row[:2]: row[2:] for row in table.rows}
    for category, change, _ in lanes:
        key = (charts.kind_label(category), charts.waits_for(change))
        assert told[key] == charts._lane_total(book, category, change)
    assert {len(row) for row in table.rows} == {len(table.head)}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("在鸭绿江沿线（2019年5月）比较了 1,432.9\u202fkm 的边界，其中“未见”占 35%。", id="hanzi"),
        pytest.param("이 구간의 국경(압록강)은 비교할 수 없었습니다. 9.1\u202fkm", id="hangul"),
        pytest.param("A well-known “odd” word, e.g. 3.5\u202fkm, don’t.", id="latin"),
        pytest.param("", id="nothing"),
    ],
)  # fmt: skip
def test_no_letter_is_lost_where_a_line_is_broken(text):
    assert "".join(space + piece for space, piece in pieces(text)).removeprefix(" ") == text
    joined = "".join("".join(wrapped(text, 9, 1.1)).split())
    assert joined == "".join(text.split())


def test_hanzi_break_anywhere_but_never_before_closing_or_after_opening_punctuation():
    text = "在鸭绿江沿线（二零一九年）比较了边界，其中“未见”的部分很长。" * 3
    lines = wrapped(text, 9, 1.0)
    assert len(lines) > 5
    assert all(width_in(line, 9) <= 1.0 + width_in("，", 9) for line in lines)
    assert not any(line[0] in "，。）”、；：" for line in lines)
    assert not any(line[-1] in "（“《" for line in lines)


def test_hangul_breaks_between_words_only():
    text = "압록강과 두만강을 따라 새로운 울타리가 세워졌습니다"
    assert " ".join(wrapped(text, 9, 1.0)) == text
