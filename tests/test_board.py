"""The board: figures that grow downward, in every language, and what each of them must carry."""

from __future__ import annotations

import io

import numpy as np
import pytest
from lxml import etree
from PIL import Image

from fake_told import told_book
from small_figures import empty_book, figures_book
from vallum.report.figures import (
    agreement,
    brackets,
    dumbbell,
    evidence,
    forest,
    ladder,
    sections,
)
from vallum.report.figures.board import Board, Scale
from vallum.report.figures.ink import PNG_DPI, Table, ready
from vallum.report.tongue import speaking

DRAWN = {
    "agreement": agreement.matrix,
    "brackets": brackets.brackets,
    "dumbbell": dumbbell.dumbbell,
    "evidence": evidence.tree,
    "forest": forest.forest,
    "published": forest.published,
    "sections": sections.sections,
    "ladder": ladder.ladder,
}


def _book(name):
    return told_book() if name == "ladder" else figures_book()


@pytest.fixture(scope="module")
def figures():
    return {name: draw(_book(name)) for name, draw in DRAWN.items()}


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_every_figure_has_words_a_table_and_a_note_and_says_simulated(figures, name):
    one = figures[name]
    assert one.alt.startswith("SIMULATED")
    assert len(one.alt) > 60
    assert one.table.rows
    assert all(len(row) == len(one.table.head) for row in one.table.rows)
    assert one.notes
    assert all(one.notes)
    title = etree.fromstring(one.svg).find("{http://www.w3.org/2000/svg}metadata")
    assert title is not None
    assert b"SIMULATED" in one.svg


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_every_figure_is_as_wide_as_a_column_and_no_ink_touches_its_sides(figures, name):
    pixels = np.asarray(Image.open(io.BytesIO(figures[name].png)).convert("L"))
    assert abs(pixels.shape[1] - 4.2 * PNG_DPI) <= 1
    assert pixels.shape[0] < 12 * PNG_DPI
    assert pixels[:, [0, 1, -2, -1]].min() > 225


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_nothing_is_drawn_for_an_empty_project(name):
    assert DRAWN[name](empty_book()) is None


def test_the_same_book_gives_the_same_bytes(figures):
    again = DRAWN["evidence"](_book("evidence"))
    assert (again.svg, again.png) == (figures["evidence"].svg, figures["evidence"].png)


@pytest.mark.parametrize("language", ["ko", "zh-Hans"])
def test_a_figure_in_another_language_is_drawn_with_our_fonts_alone(language):
    # A glyph that no font of ours has would be a warning, which fails the run.
    with speaking(language):
        figure = agreement.matrix(figures_book())
    assert "223" in figure.alt + str(figure.table.rows)


def test_hangul_and_hanzi_are_kept_and_what_has_no_glyph_is_left_out():
    with ready():
        board = Board()
        board.write("국경을 따라, 边境线上 \U0001f6a7")
        done = board.done(figures_book(), "title", "alt", table=Table(head=(), rows=(), caption=""))
    written = [text.get_text() for text in board.axes.texts]
    assert written == ["국경을 따라, 边境线上 …"]
    assert done.alt == "SIMULATED. alt"


def test_a_scale_puts_its_ends_at_the_edges_and_keeps_what_lies_outside():
    scale = Scale(low=0.0, high=7.3, left=1.0, right=3.0)
    assert (scale.at(0.0), scale.at(7.3)) == (1.0, 3.0)
    assert (scale.at(-5.0), scale.at(99.0)) == (1.0, 3.0)
    assert scale.ticks() == [0.0, 2.0, 4.0, 6.0]
