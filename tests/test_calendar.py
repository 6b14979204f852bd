"""The coverage calendar: what was imaged when, and where nothing clear is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from fake_book import fake_book
from vallum.ground.records import Look
from vallum.ground.span import Span, Spans
from vallum.ground.when import When
from vallum.report.figures import calendar
from vallum.report.printing import length_text


@pytest.fixture(scope="module")
def book():
    """Six kilometres with a clear image, a cloudy one, a footprint and one for looking only."""
    plain = fake_book(7.4, n_chips=0)
    scene = plain.scenes[0]
    kinds = [
        ("clear", {}),
        ("cloudy", {}),
        ("footprint", {"n_bands": 0, "href": ""}),
        ("looking", {"looking_only": "taken at an angle"}),
        ("aside", {"set_aside": "wrong place"}),
        ("again", {"repeats": "scene-x"}),
    ]
    scenes, looks = [], []
    for number, (name, fields) in enumerate(kinds):
        taken = When.on(date(2019, 3 + number, 1))
        one = replace(scene, sha256=f"{number}" * 64, name=name, taken=taken, **fields)
        seen = Spans.of((0, 2000)) if name == "cloudy" else Spans.of((0, 4000))
        looks.append(Look(scene=one.id, span=Span(0, 4000), seen=seen, valid=Spans.of((0, 4000)),
                          clear_share=0.9))  # fmt: skip
        scenes.append(one)
    return replace(plain, scenes=tuple(scenes), looks=tuple(looks))


def test_each_image_shows_what_it_shows_and_images_out_of_use_are_left_out(book):
    found = {one.scene.name: one.parts for one in calendar.seen_of(book)}
    assert found == {
        "clear": {calendar.CLEAR: Spans.of((0, 4000))},
        "cloudy": {calendar.CLEAR: Spans.of((0, 2000)), calendar.HIDDEN: Spans.of((2000, 4000))},
        "footprint": {calendar.FOOTPRINT: Spans.of((0, 4000))},
        "looking": {calendar.LOOKING: Spans.of((0, 4000))},
    }


def test_a_footprint_and_an_image_for_looking_never_count_as_clear(book):
    seen = [one for one in calendar.seen_of(book) if one.scene.name in {"footprint", "looking"}]
    assert not calendar.clear_in(book, seen, book.before)


def test_gaps_are_told_with_their_length_in_words_and_table(book):
    figure = calendar.calendar_figure(book)
    before = length_text(book.extent.length_m - 4000)
    whole = length_text(book.extent.length_m)
    assert f"nothing clear before: {before}; nothing clear after: {whole}" in figure.alt
    rows = {row[0]: row for row in figure.table.rows}
    assert rows["nothing clear before"][2] == before
    assert rows["nothing clear after"][3] == "100.0\u202f%"
    assert any("1 image was set aside" in note for note in figure.notes)


def test_a_day_that_is_not_known_is_drawn_as_high_as_the_time_in_question(book):
    wide = replace(book.scenes[0], taken=When.parse("2019"))
    looks = tuple(replace(look, scene=wide.id) for look in book.looks[:1])
    figure = calendar.calendar_figure(replace(book, scenes=(wide,), looks=looks))
    assert any("A tall bar" in note for note in figure.notes)
    assert not any("A tall bar" in note for note in calendar.calendar_figure(book).notes)


def test_many_dates_are_gathered_by_year_in_the_table(book):
    scene, look = book.scenes[0], book.looks[0]
    scenes = [replace(scene, sha256=f"{n:064d}", taken=When.on(date(2015 + n % 8, 1 + n % 12, 1 + n % 28)))
              for n in range(120)]  # fmt: skip
    looks = [replace(look, scene=one.id) for one in scenes]
    figure = calendar.calendar_figure(replace(book, scenes=tuple(scenes), looks=tuple(looks)))
    assert [row[0] for row in figure.table.rows[:8]] == [str(2015 + n) for n in range(8)]
    assert sum(int(row[1]) for row in figure.table.rows[:8]) == 120


def test_a_book_without_images_has_no_calendar_and_the_same_book_gives_the_same_bytes(book):
    assert calendar.calendar_figure(replace(book, scenes=(), looks=())) is None
    assert calendar.calendar_figure(book).svg == calendar.calendar_figure(book).svg
