"""The packaged base of small maps, and the locator that stands on it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from importlib import resources

import numpy as np
import pytest
import shapely
from lxml import etree
from pyproj import Transformer
from shapely.geometry import LineString, Point

from fake_book import fake_book
from vallum.ground.span import Span
from vallum.report.figures import base, locator, maps
from vallum.report.figures.ink import new_figure
from vallum.report.tongue import speaking


@pytest.mark.parametrize(
    ("box", "inside", "outside"),
    [
        pytest.param((120, 35, 140, 46), (127.0, 40.0), (131.0, 39.0), id="korea"),
        pytest.param((40, 34, 58, 48), (44.0, 40.0), (51.0, 42.0), id="a-sea-inside-land"),
        pytest.param((-120, 22, -92, 36), (-106.0, 31.7), (-96.0, 25.0), id="rio-grande"),
    ],
)
def test_land_is_land_and_sea_is_sea(box, inside, outside):
    found = base.around(*box)
    assert found.land.is_valid
    assert found.land.contains(Point(inside))
    assert not found.land.contains(Point(outside))
    west, south, east, north = box
    assert shapely.box(west, south, east, north).covers(found.borders)
    assert len(found.borders.geoms) > 0


def test_a_box_of_open_sea_is_empty():
    found = base.around(-150, -50, -140, -40)
    assert found.land.is_empty
    assert found.borders.is_empty


def test_the_packaged_file_is_small_and_stands_beside_its_licence():
    folder = resources.files("vallum") / "data/base"
    data = (folder / "natural-earth-50m.npz").read_bytes()
    assert len(data) < 400_000
    assert len(hashlib.sha256(data).hexdigest()) == 64
    words = (folder / "LICENCE").read_text(encoding="utf-8")
    assert "public domain" in words
    assert "no view on where any border" in words


def test_the_border_of_the_book_is_not_drawn_twice_and_others_are_drawn():
    """Natural Earth draws the same border kilometres off: beside our line it is left out."""
    line = fake_book(7.4, n_chips=0).frontier.packaged("prk-north")
    local = "+proj=laea +lat_0=41.5 +lon_0=127.5 +datum=WGS84 +units=m"
    forward = Transformer.from_crs("EPSG:4326", local, always_xy=True)
    backward = Transformer.from_crs(local, "EPSG:4326", always_xy=True)
    at_m = np.linspace(0, line.length_m, 3000)
    ours = np.column_stack(forward.transform(*line.points_at(at_m)))
    axes = new_figure(4, 4).add_axes((0, 0, 1, 1))
    base.draw(axes, forward, backward, (-600e3, -500e3, 600e3, 500e3), ours)
    (borders,) = axes.collections
    drawn = [LineString(one) for one in borders.get_segments()]
    near = LineString(ours).buffer(0.8 * base.OURS_M)
    assert sum(one.length for one in drawn) > 100_000
    assert sum(one.intersection(near).length for one in drawn) == 0


def test_a_map_says_where_its_base_comes_from_and_a_close_one_has_none():
    assert any("Natural Earth" in one for one in maps._notes(
        fake_book(7.4, n_chips=0), shows_corridor=False, shows_base=True))  # fmt: skip
    close = maps.line_map(fake_book(7.4, n_chips=0))
    assert not any("Natural Earth" in note for note in close.notes)
    assert any("do not state a view" in note for note in close.notes)


def test_the_locator_marks_the_extent_and_says_where_it_is_in_words_and_table():
    book = fake_book(1384, n_chips=0, part=(0.3, 0.4))
    figure = locator.locator(book)
    assert "km 352.6–470.1" in figure.alt
    assert any("do not state a view" in note for note in figure.notes)
    told = [cell for row in figure.table.rows for cell in row]
    assert "km 352.6–470.1" in told
    assert "40.5°N 124.0°E" in told
    assert etree.fromstring(figure.svg) is not None


def test_a_stretch_is_marked_as_wide_as_it_was_handed_in():
    book = fake_book(1384, is_simulated=True, n_chips=0)
    figure = locator.locator(book, Span(100_000, 110_000))
    assert "km 100.0–110.0" in figure.alt
    assert figure.alt.startswith("SIMULATED")
    assert figure.svg == locator.locator(book, Span(100_000, 110_000)).svg


def test_a_line_far_from_any_land_still_gets_a_locator():
    book = fake_book(7.4, n_chips=0)
    line = replace(book.frontier, line=shapely.transform(book.frontier.line, lambda xy: xy - 90))
    assert locator.locator(replace(book, frontier=line)).png


def test_names_of_both_sides_are_said_in_the_language_that_is_written():
    with speaking("ko"):
        assert locator.locator(fake_book(7.4, n_chips=0)).png
