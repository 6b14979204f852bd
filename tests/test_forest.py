"""Forest plots: what was mapped and estimated, and apart from it what others published."""

from __future__ import annotations

from dataclasses import replace

from fake_book import fake_book
from small_figures import PUBLISHED, figures_book
from vallum.report.figures.forest import forest, published


def _row(figure, start):
    return [row for row in figure.table.rows if row[0].startswith(start)]


def test_mapped_and_estimated_numbers_stand_in_blocks_of_their_own():
    figure = forest(figures_book())
    mapped, estimated, possible = (
        _row(figure, start) for start in ("Mapped", "Estimated", "Possible")
    )
    assert {row[1] for row in estimated} <= {row[1] for row in mapped}
    assert estimated[0][2] == "about 9.4\u202fkm (8.6 to 10.3\u202fkm)"
    assert possible[0][2] == "8.6\u202fkm upward, no upper bound"
    assert all(row[3] for row in mapped)


def test_mapped_numbers_alone_are_no_forest():
    assert forest(fake_book(7.4, n_chips=0)) is None


def test_numbers_of_others_never_share_a_figure_with_ours():
    book = figures_book()
    assert "Made-up Outlet" not in forest(book).alt
    figure = published(book)
    assert "Mapped" not in figure.alt
    assert any("no contradiction" in note for note in figure.notes)


def test_numbers_of_others_are_printed_as_they_were_worded_with_their_source():
    rows = published(figures_book()).table.rows
    assert rows[0][1:3] == ("new fencing", "at least 482\u202fkm")
    assert "https://example.org/a" in rows[0][3]
    assert "six areas, 2020 to 2023" in rows[0][3]
    assert rows[1][2] == "5–174\u202fposts"


def test_what_is_left_out_of_many_is_said():
    many = tuple(replace(PUBLISHED[0], label=f"fence {n}") for n in range(11))
    figure = published(replace(figures_book(), published=many))
    assert any(note.startswith("3 more published numbers") for note in figure.notes)


def test_nothing_published_draws_nothing():
    assert published(fake_book(7.4, n_chips=0)) is None
