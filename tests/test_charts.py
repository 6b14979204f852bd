"""The strip chart, the map and the chips."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image

from fake_book import around, fake_book
from vallum.ground.errors import BadImage, GridMismatch
from vallum.ground.kinds import COLOURS, Change, Status
from vallum.ground.span import Span, Spans
from vallum.report.figures import calendar, charts, chips, firstseen, maps
from vallum.report.figures.ink import (
    HATCH,
    STATUS_PATTERNS,
    drawable,
    families,
    nice,
    width_in,
    wrapped,
)
from vallum.report.figures.lanes import LEAST_SHARE, PLOT_IN, bin_edges, lanes_of, scale_of, shares
from vallum.report.printing import Way, length_text
from vallum.report.tongue import speaking

EXTENT = Span(1_234, 98_765)
metres = st.integers(EXTENT.start_m, EXTENT.end_m)


@given(st.lists(st.tuples(metres, metres), max_size=12), st.sampled_from([20.0, 500.0, 5000.0]))
@settings(max_examples=60, deadline=None)
def test_binned_ink_holds_exactly_the_metres_of_the_spans(pairs, bin_m):
    spans = Spans.of(*pairs)
    edges = bin_edges(EXTENT, bin_m)
    found = shares(spans, edges)
    assert found.min() >= 0
    assert found.max() <= 1 + 1e-9
    assert math.isclose((found * np.diff(edges)).sum(), spans.length_m, abs_tol=1e-5)


def test_bins_end_with_the_extent_and_lie_on_whole_multiples_between():
    edges = bin_edges(EXTENT, 5000.0)
    assert edges[0] == EXTENT.start_m
    assert edges[-1] == EXTENT.end_m
    assert (np.diff(edges) > 0).all()
    assert (edges[1:-1] % 5000 == 0).all()


def test_a_long_line_is_binned_and_says_so_with_the_size_of_the_bin():
    strip = charts.strip(fake_book(3170, n_chips=0))
    assert any("bins of 10\u202fkm" in note for note in strip.notes)
    assert any(f"{LEAST_SHARE:.0%}" in note for note in strip.notes)


def test_runs_longer_than_a_pixel_are_drawn_as_they_are():
    book = replace(fake_book(7.4, n_chips=0), estimates=())
    assert scale_of(book, [Spans.of((100, 400))]).bin_m == 0
    pixel_m = book.extent.length_m / (PLOT_IN * 100)
    assert scale_of(book, [Spans.of((100, 101))]).bin_m >= 2 * pixel_m


def test_the_same_book_gives_the_same_bytes():
    book = fake_book(7.4, is_simulated=True, n_chips=0)
    first, second = charts.strip(book), charts.strip(book)
    assert first.svg == second.svg
    assert first.png == second.png
    assert maps.line_map(book).svg == maps.line_map(book).svg


def test_figures_are_titled_and_undated_and_say_when_they_are_simulated():
    for figure in (charts.strip(fake_book(7.4, is_simulated=True, n_chips=0)),
                   maps.line_map(fake_book(7.4, is_simulated=True, n_chips=0))):  # fmt: skip
        root = etree.fromstring(figure.svg)
        told = etree.tostring(root, method="text", encoding="unicode")
        assert "SIMULATED Test border" in told
        assert "SIMULATED" in figure.alt
        assert b"dc:date" not in figure.svg
        picture = Image.open(io.BytesIO(figure.png))
        assert picture.info["Title"].startswith("SIMULATED")
    assert "SIMULATED" not in charts.strip(fake_book(7.4, n_chips=0)).alt


@pytest.mark.parametrize("length_km", [7.4, 1384])
def test_open_bounds_are_said_beside_every_lane_and_explained_once(length_km):
    book = fake_book(length_km, n_chips=0)
    open_m = book.by_name["barrier_km_all_new"].open_m
    (note,) = [one for one in charts.strip(book).notes if one.startswith("No upper bound: ")]
    assert length_text(open_m, Way.UP) in note
    lanes = [charts._lane_total(book, one, change) for one, change, _ in lanes_of(book)]
    said = [(total, words) for total, words in lanes if total]
    assert said
    assert {words for _, words in said} == {"(no upper bound)"}
    posts = charts._post_note(book, 13).split("\n")
    assert [line for line in posts if line.endswith("(no upper bound)")] == posts[:-1]
    room = charts.RIGHT_IN - 0.12  # what `_margins` leaves; more would be cut off
    assert (
        max(width_in(total, 10, "bold") + 0.08 + width_in(words, 8.5) for total, words in lanes)
        < room
    )
    assert max(width_in(line, 8.5) for line in posts) < room


@pytest.mark.parametrize("count", [1, 9, 60])
def test_names_along_the_line_never_overlap(count):
    book = fake_book(7.4, n_chips=0)
    random = np.random.default_rng(count)
    places = [(f"Place {n}", "", int(m)) for n, m in
              enumerate(random.integers(0, book.extent.length_m, count))]  # fmt: skip
    placed, left_out = charts.fitted_names(book, places)
    assert placed
    assert len(placed) + left_out == count
    per_in = book.extent.length_m / 1000 / PLOT_IN
    for storey in (0, 1):
        row = sorted((x, width_in(name, 8.5) * per_in / 2)
                     for name, _, _, x, level in placed if level == storey)  # fmt: skip
        for (x, half), (next_x, next_half) in pairwise(row):
            assert x + half < next_x - next_half


def test_a_text_without_glyphs_is_left_out_and_never_printed_as_boxes():
    assert drawable("Hoeryŏng") == "Hoeryŏng"
    assert drawable("\U00013080") == ""
    assert drawable("회령") == ("회령" if len(families()) > 1 else "")


def test_lines_are_broken_only_where_they_must_be():
    text = "one two three four five six seven eight nine ten"
    lines = wrapped(text, 10, 1.2)
    assert " ".join(lines) == text
    assert all(width_in(line, 10) <= 1.2 for line in lines)
    assert len(lines) > 1


@pytest.mark.parametrize(("least", "step"), [(0.9, 1), (1.0, 1), (1.1, 2), (3170, 5000), (21, 50)])
def test_nice_steps_are_one_two_or_five(least, step):
    assert nice(least) == pytest.approx(step)


def _luminance(colour: str) -> float:
    parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def _contrast(one: str, other: str = "#ffffff") -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_hatches_and_inks_keep_their_contrast_and_no_two_statuses_look_alike_in_grey():
    assert _contrast(HATCH) >= 3
    for status in (Status.INDETERMINATE, Status.NOT_EXAMINED, Status.NOT_COMPARABLE):
        assert _contrast(STATUS_PATTERNS[status].edge, "#ffffff") >= 3
    assert all(_contrast(colour) >= 3 for colour in COLOURS.values())
    faces = {p: p.face.replace("white", "#ffffff") for p in STATUS_PATTERNS.values()}
    looks = {(p.hatch, round(_luminance(face), 1)) for p, face in faces.items()}
    assert len(looks) == len(Status)


def test_a_book_in_which_nothing_was_measured_still_gives_a_chart_and_a_map():
    book = replace(fake_book(7.4, n_chips=0), estimates=(), findings=(), candidates=(), scenes=(),
                   looks=(), comparisons=(), fits=(), places=())  # fmt: skip
    assert "not measured" in charts.strip(book).alt
    assert maps.line_map(book).svg


def test_a_part_of_the_line_gets_a_locator_and_no_corridor():
    figure = maps.line_map(fake_book(1384, n_chips=0, part=(0.3, 0.4)))
    assert "narrower than the line" in figure.notes[0]
    assert "Shaded: corridor" in maps.line_map(fake_book(7.4, n_chips=0)).notes[0]


@pytest.fixture
def place():
    book = fake_book(7.4, n_chips=0)
    candidate = next(one for one in book.candidates if not one.category.is_line)
    grid = around(*candidate.shape.coords[0])
    pixels = np.random.default_rng(1).integers(40, 200, (3, 200, 200)).astype(np.uint8)
    return book, candidate, grid, pixels


def _shown(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


def test_the_target_is_not_covered_and_both_dates_are_stretched_alike(place):
    book, candidate, grid, pixels = place
    chip = chips.draw(pixels, pixels, grid, candidate, *book.scenes)
    before, after = _shown(chip.png_before), _shown(chip.png_after)
    times, head = 5, chips._HEAD_PX
    middle = slice(head + 92 * times, head + 108 * times), slice(92 * times, 108 * times)
    np.testing.assert_array_equal(before[middle], after[middle])
    plain = before[middle][::times, ::times].astype(float)
    truth = pixels[:, 92:108, 92:108].transpose(1, 2, 0).astype(float)
    # A stretch keeps the order of values: the picture is a straight line of the pixels.
    inside = (plain > 0) & (plain < 255)
    slope, offset = np.polyfit(truth[inside], plain[inside], 1)
    assert np.abs(plain[inside] - (slope * truth[inside] + offset)).max() < 4


def test_pictures_carry_dates_pixel_size_credit_and_place(place):
    book, candidate, grid, pixels = place
    chip = chips.draw(pixels, pixels, grid, candidate, *book.scenes)
    assert "2019-03-14" in chip.caption
    assert "2022-04-09" in chip.caption
    assert "0.50\u202fm" in chip.caption
    assert chip.credit == "© 2022 Example Imaging"
    assert "Between the corner ticks" in chip.alt
    assert (chip.width_px, chip.height_px) == Image.open(io.BytesIO(chip.png_after)).size
    assert Image.open(io.BytesIO(chip.png_before)).info["Copyright"] == chip.credit


def test_a_simulated_picture_says_so_in_pixels_words_and_metadata(place):
    _, candidate, grid, pixels = place
    scenes = fake_book(7.4, is_simulated=True, n_chips=0).scenes
    chip = chips.draw(pixels, pixels, grid, candidate, *scenes)
    plain = chips.draw(pixels, pixels, grid, candidate, *fake_book(7.4, n_chips=0).scenes)
    assert chip.is_simulated
    assert chip.caption.startswith("SIMULATED")
    assert Image.open(io.BytesIO(chip.png_after)).info["Title"].startswith("SIMULATED")
    red = (_shown(chip.png_after) == (139, 0, 0)).all(axis=2).sum()
    assert red > 500
    assert (_shown(plain.png_after) == (139, 0, 0)).all(axis=2).sum() < 5


def test_a_place_with_a_hole_or_without_a_licence_is_refused_with_the_reason(place):
    book, candidate, grid, pixels = place
    full, holed = np.ones((200, 200), bool), np.ones((200, 200), bool)
    holed[:3] = False
    assert chips.may_draw(*book.scenes, full, full) == ""
    assert "98.5% of the after picture" in chips.may_draw(*book.scenes, full, holed)
    closed = replace(book.scenes[0], may_publish=False)
    assert "--may-publish" in chips.may_draw(closed, book.scenes[1], full, full)
    made_up = replace(closed, is_simulated=True)
    assert chips.may_draw(made_up, book.scenes[1], full, full) == ""
    with pytest.raises(BadImage, match="no picture was made"):
        chips.draw(pixels, pixels, grid, candidate, *book.scenes, before_valid=holed)


def test_arrays_of_another_grid_are_refused(place):
    book, candidate, grid, pixels = place
    with pytest.raises(GridMismatch, match="one grid"):
        chips.draw(pixels, pixels[:, :100], grid, candidate, *book.scenes)


@pytest.mark.parametrize("n_bands", [1, 2, 4, 8])
def test_any_number_of_bands_and_sixteen_bits_make_a_picture(place, n_bands):
    book, candidate, grid, _ = place
    pixels = np.random.default_rng(2).integers(300, 2000, (n_bands, 200, 200)).astype(np.uint16)
    chip = chips.draw(pixels, pixels, grid, candidate, *book.scenes)
    assert np.ptp(_shown(chip.png_before)) == 255


def test_a_target_longer_than_the_picture_keeps_its_ticks_inside(place):
    book, _, _, pixels = place
    line = next(one for one in book.candidates if one.category.is_line and one.length_m > 150)
    grid = around(*line.shape.interpolate(0.5, normalized=True).coords[0])
    chip = chips.draw(pixels, pixels, grid, line, *book.scenes)
    yellow = (_shown(chip.png_after) == (255, 212, 0)).all(axis=2).sum()
    assert yellow > 100
    assert line.change in set(Change)


def test_each_picture_can_be_printed_alone_at_eight_centimetres(place):
    book, candidate, grid, pixels = place
    fit = replace(book.fits[0], rmse_m=0.314)
    chip = chips.draw(pixels, pixels, grid, candidate, *book.scenes, fit=fit)
    picture = Image.open(io.BytesIO(chip.png_before))
    assert picture.width >= 8 / 2.54 * 300
    assert [round(one) for one in picture.info["dpi"]] == [300, 300]
    assert "residual shift 0.31\u202fm" in chip.caption
    unknown = chips.draw(pixels, pixels, grid, candidate, *book.scenes)
    assert "alignment not stated" in unknown.caption
    assert not np.array_equal(_shown(chip.png_before), _shown(unknown.png_before))


def test_a_credit_in_any_script_is_written_in_our_fonts_and_never_cut_off():
    credit = "© 2022 위성영상 / 卫星图像 Example Imaging, a company with quite a long name"
    lines = chips._fitted(credit, 25, 300)
    assert len(lines) > 1
    assert "".join("".join(lines).split()) == "".join(credit.split())
    written = [part for line in lines for _, part in chips._runs(line, 25, bold=False)]
    assert "".join("".join(written).split()) == "".join(credit.split())


def test_pictures_are_worded_in_english_whatever_is_spoken(place):
    book, candidate, grid, pixels = place
    plain = chips.draw(pixels, pixels, grid, candidate, *book.scenes)
    with speaking("ko"):
        assert chips.draw(pixels, pixels, grid, candidate, *book.scenes) == plain


def test_brackets_of_different_width_are_told_apart_in_grey():
    shades = [_luminance(look.face) for _, look, _ in firstseen._WIDTHS]
    assert all(later / earlier > 1.8 for earlier, later in pairwise(s + 0.05 for s in shades))
    assert all(_contrast(look.edge) >= 3 for _, look, _ in firstseen._WIDTHS)
    edges = [look.edge for look, _ in calendar.SHOWN.values()]
    assert all(_contrast(edge) >= 3 for edge in edges)
