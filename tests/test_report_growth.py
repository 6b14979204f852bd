"""What a report grows by: far less than the border does. SIMULATED all of it."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest

from fake_book import fake_book
from vallum.evidence import canary, sweep
from vallum.ground.kinds import Status
from vallum.ground.span import Span, Spans
from vallum.report import export, geopackage, split, stac
from vallum.report.book import Book
from vallum.report.figures import charts, maps
from vallum.report.publish import _data_files

FEW, MANY = 400, 20_000


def cut(n: int) -> Book:
    """A book of 1,400 km whose border is cut into `n` stretches of three statuses."""
    book = fake_book(1400.0, is_simulated=True)
    step = book.extent.length_m // n
    start = book.extent.start_m
    found: dict[Status, list[Span]] = {}
    for at in range(n):
        status = (Status.CHANGED, Status.UNCHANGED, Status.NOT_EXAMINED)[at % 3]
        found.setdefault(status, []).append(Span(start + at * step, start + (at + 1) * step))
    vars(book)["status_spans"] = {one: Spans(spans) for one, spans in found.items()}
    return book


@pytest.mark.parametrize("draw", [maps.line_map, charts.strip], ids=["map", "strip chart"])
def test_a_drawing_of_fifty_times_as_many_stretches_is_not_four_times_as_large(draw) -> None:
    few, many = draw(cut(FEW)), draw(cut(MANY))
    assert len(many.svg) < 4 * len(few.svg)
    assert len(many.svg) < 1_500_000
    assert many.svg.count(b"<path") < 4 * few.svg.count(b"<path")
    assert few.table is not None
    assert many.table is not None
    assert len(few.table.rows) == len(many.table.rows)


def test_tables_are_made_once_for_all_files(monkeypatch: pytest.MonkeyPatch) -> None:
    book = fake_book(7.4)
    made: list[str] = []
    for name in ("findings_table", "candidates_table", "statuses_table"):
        real = getattr(export, name)

        def counted(asked: Book, real=real, name=name):
            made.append(name)
            return real(asked)

        monkeypatch.setattr(export, name, counted)
    tables = export.Tables(book)
    _data_files(book, tables)
    geopackage.layers_of(book, tables)
    assert sorted(made) == ["candidates_table", "findings_table", "statuses_table"]


def test_parts_of_the_border_hold_the_features_of_the_whole() -> None:
    book = fake_book(7.4)
    tables = export.Tables(book)
    whole = export.to_geojson(book, tables.findings, "findings")
    assert whole == export.collected(book, tables.features["findings"], "findings")
    assert split.files(book, most_bytes=40_000, tables=tables) == split.files(
        book, most_bytes=40_000
    )


def test_findings_on_compared_metres_are_those_that_share_one() -> None:
    dice = random.Random(5)
    for _ in range(200):
        spans = Spans.of(*((at, at + dice.randrange(1, 30)) for at in dice.sample(range(300), 4)))
        ends = [(at, at + dice.randrange(1, 20)) for at in dice.sample(range(320), 12)]
        expected = [n for n, (a, b) in enumerate(ends) if spans & Span(a, b)]
        assert stac._touching(np.array(ends), spans) == expected


def test_a_search_reads_texts_as_the_plain_expressions_do() -> None:
    dice = random.Random(7)
    drawing = re.compile(rb"[-0-9.,+eE\sMmLlHhVvCcSsQqTtAaZz]{400,}")
    for _ in range(500):
        text = bytes(dice.choice(b" \t\r\n\x0bab") for _ in range(dice.randrange(30)))
        assert canary._without_spaces(text) == re.sub(rb"\s+", b" ", text)
        assert canary._joined(text) == re.sub(rb"\r?\n[ \t]*", b"", text)
        parts = (dice.choice([b"x", b"12.3 ", b"M 4", b"b"]) * dice.randrange(300) for _ in "12345")
        text = b"".join(parts)
        assert sweep._without_paths(text) == drawing.sub(b" ", text)
