"""What can be said: confirmed, estimated and possible side by side, and never mixed up."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from fake_book import fake_book
from fake_said import fake_curve, said_book, said_estimates
from sample_rows import Desk, drawn
from vallum.ground.kinds import Basis, Dating
from vallum.ground.records import Estimate, Level
from vallum.ground.span import Spans
from vallum.measure.onset import curves_of, onset_estimates
from vallum.measure.sampled import sampled_estimates
from vallum.report import export
from vallum.report.built import Built, built_figure, built_model
from vallum.report.figures.ink import _footer, footer_in
from vallum.report.figures.ranges import ranges
from vallum.report.printing import (
    Scaled,
    Way,
    bounds_text,
    dated_text,
    label_of,
    value_text,
)
from vallum.report.publish import publish
from vallum.report.said import said_model

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


@pytest.fixture(scope="module")
def book():
    return said_book()


@pytest.fixture(scope="module")
def folder(book, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "report"
    publish(book, out)
    return out


@pytest.fixture(scope="module")
def page(folder):
    return lxml_html.fromstring((folder / "report.html").read_text("utf-8"))


@pytest.fixture(scope="module")
def told(folder):
    return json.loads((folder / "report.json").read_text("utf-8"))


def _text(element) -> str:
    return " ".join(element.text_content().replace("\u202f", " ").split())


def _strings(value) -> set[str]:
    if isinstance(value, dict):
        return set().union(*(_strings(part) for part in value.values()), map(str, value))
    if isinstance(value, list):
        return set().union(*(_strings(part) for part in value), {""})
    return {str(value)}


def _row(book, name: str):
    (row,) = [one for one in said_model(book)["rows"] if one["name"] == name]
    return row


# --- words ------------------------------------------------------------------------------------


def test_each_kind_of_number_has_words_that_no_other_kind_has(book):
    rows = said_model(book)["rows"]
    assert len(rows) >= 7
    words = {
        key: {row[key]["words"] for row in rows} for key in ("observed", "estimated", "possible")
    }
    assert words["observed"] <= {"at least", "nothing confirmed", "counted"}
    assert words["estimated"] == {"about", "no number"}
    assert words["possible"] == {"between", "from", "not worked out"}
    assert "at least" in words["observed"]


def test_an_estimate_never_stands_without_its_interval_and_what_was_read(book):
    row = _row(book, "border_km_changed")
    assert row["estimated"]["number"] == "5.3\u202fkm"
    assert row["estimated"]["more"] == [
        "95\u202f% interval: 4.6 to 6.1\u202fkm",
        "200 stretches read, 41 hold something; with the machine's map as a help",
    ]
    assert row["estimated"]["values"] == [5.31, 4.62, 6.04]


def test_what_is_confirmed_is_rounded_down_and_intervals_outward(book):
    row = _row(book, "border_km_changed")
    km = book.by_name["border_km_changed"].value
    assert float(row["observed"]["number"].split("\u202f")[0]) <= km
    assert row["observed"]["more"] == ["confirmed by people", "61 findings"]


def test_what_is_possible_says_how_much_was_not_seen(book):
    row = _row(book, "border_km_changed")
    unseen = book.by_name["border_km_not_comparable"].value
    assert row["possible"]["words"] == "between"
    assert row["possible"]["number"].startswith("4.6 and ")
    assert f"not seen ({unseen:.1f}\u202fkm)" in row["possible"]["more"][0]
    barrier = _row(book, "barrier_km_all_new")["possible"]
    assert (barrier["words"], barrier["number"]) == ("from", "5.5\u202fkm upward")
    assert "no upper bound" in barrier["more"][0]


def test_a_refused_number_prints_its_reason_and_no_number(book):
    cell = _row(book, "barrier_km_all_removed")["estimated"]
    assert cell["words"] == "no number"
    assert cell["number"] == ""
    assert cell["values"] == [None, None, None]
    assert cell["more"][0].startswith("only 3 of 200 stretches hold something")


def test_an_assumption_stands_in_a_row_of_its_own_and_is_marked(book, page):
    row = _row(book, "border_km_changed")
    assert row["only_if"]["head"].startswith("Only if")
    assert row["only_if"]["number"] == "6.1\u202fkm"
    rows = page.xpath("//tr[@class='only-if']")
    assert len(rows) == 1
    cells = [_text(cell) for cell in rows[0]]
    assert cells[0] == "Only if what was not seen is like what was seen"
    assert cells[-1].startswith("about 6.1 km 95 % interval: 5.3 to 7.1 km Nothing shows")
    assert "6.1" not in _text(rows[0].getprevious()).replace("4.6 to 6.1", "")


def test_chosen_areas_are_marked_and_stand_in_no_row_of_the_border(book, page):
    chosen = said_model(book)["chosen"]
    assert {row["area"] for row in chosen} == {"km 4.2–6"}
    assert not any("_in_" in row["name"] for row in said_model(book)["rows"])
    table = page.xpath("//table[contains(@class, 'chosen')]")[0]
    for row in table.xpath(".//tbody/tr"):
        assert "chosen, speaks of itself only" in _text(row)
        assert "95 %" not in _text(row)


def test_how_much_was_seen_stands_in_every_row(book):
    seen = book.by_name["border_km_comparable"].value
    for row in said_model(book)["rows"]:
        assert row["seen"]["number"].startswith(f"{seen:.1f}\u202fkm of ")


def test_without_a_sample_one_paragraph_says_what_it_would_add_and_how_to_draw_it(tmp_path):
    plain = fake_book(7.4, is_simulated=True)
    model = said_model(plain)
    assert model["rows"] == []
    assert "vallum sample" in model["without"]
    assert ranges(plain, model) is None
    publish(plain, tmp_path / "report")
    page = lxml_html.fromstring((tmp_path / "report" / "report.html").read_text("utf-8"))
    assert page.xpath("//nav/a[@href='#said']")
    section = page.xpath("//section[@id='said']")[0]
    assert model["without"] in _text(section)
    assert section.xpath(".//table | .//img") == []


def test_a_sample_that_is_not_read_yet_says_how_much_is_missing(book):
    waiting = Estimate(
        name="border_km_changed_estimated", value=math.nan, unit="km", method="m", n=163,
        wording="no number", basis=Basis.SAMPLED, reason="37 of 200 stretches are not read yet",
    )  # fmt: skip
    some = replace(fake_book(7.4, n_chips=0))
    half = replace(some, estimates=(*some.estimates, waiting))
    cell = _row(half, "border_km_changed")["estimated"]
    assert cell["more"] == ["37 of 200 stretches are not read yet"]
    assert ranges(half, said_model(half)) is None


def test_nothing_confirmed_beside_an_estimate_is_not_zero(book):
    alone = tuple(one for one in book.estimates if one.name != "posts_new")
    cell = _row(replace(book, estimates=alone), "posts_new")["observed"]
    assert (cell["words"], cell["number"]) == ("nothing confirmed", "")


def test_what_nobody_counted_is_not_called_unconfirmed(book):
    net = replace(book.by_name["posts_new_estimated"], name="posts_net_change_estimated",
                  value=-12.4, low=-20.1, high=-3.2)  # fmt: skip
    row = _row(replace(book, estimates=(*book.estimates, net)), "posts_net_change")
    assert row["observed"]["words"] == "not counted"
    assert row["estimated"]["number"] == "−12\u202fposts"
    assert row["estimated"]["more"][0].endswith(": −21 to −3\u202fposts")
    assert not row["is_main"]


def test_rows_of_a_real_sample_fill_every_cell():
    desk = Desk(drawn(60, 1))
    for one in desk.samples:
        desk.see(one, Spans.of((500, 3_100), (6_000, 8_050), (12_000, 14_600), (17_000, 18_300)))
    rows = sampled_estimates(desk.surveys, if_at_random=True)
    some = fake_book(20.0, n_chips=0)
    said = said_model(replace(some, estimates=(*some.estimates, *rows)))
    by_name = {row["name"]: row for row in said["rows"]}
    changed = by_name["border_km_changed"]
    assert changed["estimated"]["words"] == "about, as analysts read it"
    assert changed["possible"]["words"] == "between"
    assert changed["only_if"]["words"] == "about"
    refused = by_name["posts_new"]["estimated"]
    assert (refused["words"], refused["number"]) == ("no number", "")
    assert "at least 10" in refused["more"][0]


def test_the_curve_that_is_measured_is_the_curve_that_is_drawn(book):
    days = [date(2018, 5, 1), date(2019, 3, 14), date(2020, 6, 1), date(2022, 4, 9)]
    dated = [
        replace(one, last_absent=days[n % 3], first_seen=days[n % 3 + 1], built=None)
        for n, one in enumerate(book.findings)
    ]
    curves = curves_of(dated)
    assert curves
    drawn = tuple(Built.of(one.as_data()) for one in curves)
    assert drawn[0].days == curves[0].days
    assert drawn[0].n == curves[0].n
    rows = onset_estimates(dated)
    model = built_model(replace(book, built=drawn, estimates=(*book.estimates, *rows)))
    assert model["curves"][0]["note"] == curves[0].note
    assert {row["trace"] for row in model["rows"]} >= {
        one.name for one in rows if "_by_" in one.name
    }
    assert built_figure(replace(book, built=drawn)) is not None


# --- the page ---------------------------------------------------------------------------------


def test_the_section_stands_after_key_numbers_strip_and_map(page):
    ids = page.xpath("//main/section/@id")
    assert ids[:4] == ["numbers", "chart", "map", "said"]
    assert page.xpath("//nav/a[@href='#said']")


def test_every_number_in_the_section_is_in_the_model(page, told):
    known: set[str] = set()
    for text in _strings(told):
        known |= {match.rstrip(",") for match in NUMBER.findall(text)}
    cells = page.xpath("//section[@id='said']//td | //section[@id='said']//th")
    assert len(cells) > 60
    for cell in cells:
        assert {one.rstrip(",") for one in NUMBER.findall(_text(cell))} <= known, _text(cell)


def test_cells_say_on_a_phone_too_which_kind_of_number_they_hold(page):
    heads = {"Observed", "Estimated", "Possible", "Seen"}
    rows = page.xpath("//table[@class='said']//tr[td[@data-head='Observed']]")
    assert len(rows) >= 7
    for row in rows:
        assert set(row.xpath("./td/@data-head")) == heads


def test_all_numbers_of_the_section_stand_in_the_table_of_methods_with_their_reason(page):
    (row,) = page.xpath("//tr[@id='n-barrier_km_all_removed_estimated']")
    assert "no number" in _text(row)
    assert "only 3 of 200" in _text(row)
    (row,) = page.xpath("//tr[@id='n-border_km_changed_bounds']")
    assert "between" in _text(row).lower()


def test_the_citation_is_printed_and_lies_beside_the_page(page, folder, told):
    text = (folder / "CITATION.txt").read_text("utf-8")
    assert told["citation"] in text
    assert " ".join(told["citation"].replace("\u202f", " ").split()) in _text(
        page.xpath("//section[@id='credits']")[0]
    )
    assert page.xpath("//a[@href='CITATION.txt']")


def test_the_frozen_sample_lies_beside_the_page_to_the_letter(book, folder, tmp_path):
    assert not (folder / "sample.json").exists()
    text = '{"format":"vallum sample 1"}\n'
    publish(replace(fake_book(7.4, n_chips=0), sample=text), tmp_path / "report")
    assert (tmp_path / "report" / "sample.json").read_bytes() == text.encode()
    manifest = json.loads((tmp_path / "report" / "manifest.json").read_text("utf-8"))
    assert "sample.json" in manifest["files"]
    model = json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))
    assert "sample.json" in {file["name"] for file in model["downloads"]}
    assert {file["name"] for file in model["downloads"]} == set(manifest["files"]) - {
        "report.json", "report.html",
    }  # fmt: skip


def test_a_number_reads_the_same_in_the_section_and_in_the_table_of_methods(page, told):
    (row,) = page.xpath("//tr[@id='n-border_km_changed_estimated']")
    cells = [_text(cell) for cell in row.xpath("./td")]
    assert cells[:2] == ["5.3 km", "95 % interval: 4.6 to 6.1 km"]
    (row,) = page.xpath("//tr[@id='n-border_km_changed_bounds']")
    assert _text(row.xpath("./td")[0]) == "–"
    equal = {one["basis"] for one in told["numbers"] if one["bounds"] == "low and high are equal"}
    assert equal <= {"confirmed"}


def test_figures_are_files_too_and_carry_the_credit_of_the_line(folder, book):
    for stem in ("what-can-be-said", "built-by-when"):
        assert (folder / f"figures/{stem}.png").read_bytes().startswith(b"\x89PNG")
        assert (folder / f"figures/{stem}.svg").stat().st_size > 5000
    assert footer_in(book, 4.2) > 0.2
    assert any("OpenStreetMap" in line for line in _footer(book, 4.2))
    assert not (folder / "sample.json").exists()


# --- figures ----------------------------------------------------------------------------------


def test_the_picture_says_in_words_what_it_shows_and_that_it_is_simulated(book):
    figure = ranges(book, said_model(book))
    for words in ("observed, at least", "estimated, about 5.3\u202fkm (4.6 to 6.1\u202fkm)",
                  "possible, between 4.6 and"):  # fmt: skip
        assert words in figure.alt
    assert b"<svg" in figure.svg[:500]
    assert figure.notes == ("4 more quantities in the table.",)
    assert figure.alt.startswith("SIMULATED")
    assert built_figure(book).alt.startswith("SIMULATED")


def test_two_drawings_of_one_book_are_the_same_to_the_byte(book):
    first, again = (ranges(book, said_model(book)) for _ in range(2))
    assert first.svg == again.svg
    assert built_figure(book).png == built_figure(book).png


def _pixels(png: bytes) -> np.ndarray:
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(png)).convert("L"))


def test_the_picture_survives_a_photocopier(book):
    """Solid, hatched and white are told apart without colour."""
    plain = replace(book, is_simulated=False)
    grey = _pixels(ranges(plain, said_model(plain)).png)
    dark = (grey < 90).mean(axis=1)  # rows of pixels with the solid bar or the axis
    assert (dark > 0.2).sum() > 20
    assert (grey > 240).mean() > 0.5


# --- built by when ----------------------------------------------------------------------------


def test_the_dates_stand_with_their_limits_before_the_estimate(book):
    model = built_model(book)
    first, *_, last = model["rows"]
    assert (first["day"], first["words"], first["limits"], first["estimate"]) == (
        "2019-12-31", "certainly between", "0.6 and 3.2\u202fkm", "about 1.9\u202fkm",
    )  # fmt: skip
    assert (last["words"], last["limits"], last["estimate"]) == ("at least", "6.2\u202fkm", "")
    assert [row["label"] for row in model["stages"]] == ["as groundwork", "complete"]
    assert [row["trace"] for row in model["open"]] == [
        "barrier_km_undated", "barrier_km_not_enough_looks",
    ]  # fmt: skip
    assert model["curves"][0]["findings"] == "37 findings"


def test_a_curve_without_band_or_without_doubt_is_drawn_too(book):
    few = Built.of(fake_curve(n=6))
    assert not few.has_band
    assert all(math.isnan(one) for one in few.band_low)
    sure = replace(few, low=few.value, high=few.value)
    assert sure.is_certain
    for one in (few, sure):
        figure = built_figure(replace(book, built=(one, one)))
        assert figure.alt.count("6.3\u202fkm in all") == 2
    assert built_figure(replace(book, built=())) is None


def test_a_book_made_without_dates_prints_no_part_on_dates():
    model = built_model(fake_book(7.4, n_chips=0))
    assert model == {"curves": [], "rows": [], "open": [], "stages": []}


def test_what_the_looks_say_of_one_finding_is_said_in_words(book):
    finding = replace(
        book.findings[0], built=None, first_seen=date(2020, 5, 1), last_absent=date(2019, 4, 1)
    )
    said = {
        Dating.LEFT_CENSORED: "Stood there on the oldest image already, by 2020-05-01.",
        Dating.NOT_ENOUGH_LOOKS: "Stood there by 2020-05-01; older images were not looked at.",
        Dating.RIGHT_CENSORED: "Begun, and not standing on the newest image, 2019-04-01.",
        Dating.CONFLICTING: "Images contradict each other; between 2019-04-01 and 2020-05-01 at "
        "the widest.",
        Dating.NONE: "",
    }
    for dating, words in said.items():
        assert dated_text(replace(finding, dating=dating)) == words


# --- tables -----------------------------------------------------------------------------------


def test_the_table_of_numbers_has_what_names_say_and_all_that_it_had(book, folder):
    rows = list(csv.DictReader(io.StringIO((folder / "estimates.csv").read_text("utf-8-sig"))))
    assert [row["name"] for row in rows] == [one.name for one in book.estimates]
    by_name = {row["name"]: row for row in rows}
    row = by_name["barrier_km_double_fence_new_estimated"]
    assert (row["quantity"], row["kind"], row["change"], row["form"], row["basis"]) == (
        "barrier_km", "double_fence", "new", "estimated", "sampled",
    )  # fmt: skip
    assert (row["n"], row["n_positive"], row["survey"], row["low"]) == ("200", "12", "s1", "1.1")
    refused = by_name["barrier_km_all_removed_estimated"]
    assert refused["value"] == ""
    assert refused["reason"].startswith("only 3 of 200")
    assert set(row) >= {"id", "open_m", "denominator", "method", "wording", "spans", "from_ids",
                        "section", "estimator", "se", "run", "simulated"}  # fmt: skip


def test_the_run_stays_with_the_desk(book):
    stamped = replace(book, estimates=(replace(book.estimates[0], run="run-abc"),))
    assert list(export.estimates_table(stamped)["run"]) == [""]
    desk = export.estimates_table(replace(stamped, level=Level.DESK))
    assert list(desk["run"]) == ["run-abc"]


def test_the_geopackage_holds_the_numbers_as_a_table_without_places(book, folder):
    with closing(sqlite3.connect(folder / "findings.gpkg")) as file:
        kinds = dict(file.execute("SELECT table_name, data_type FROM gpkg_contents"))
        assert kinds["SIMULATED_estimates"] == "attributes"
        rows = file.execute(
            "SELECT quantity, change, low, reason FROM SIMULATED_estimates WHERE name = ?",
            ("border_km_with_new_infrastructure_estimated",),
        ).fetchall()
    assert rows == [("border_km_with_infrastructure", "new", 4.31, "")]


def test_days_of_findings_are_dates_in_every_table(book):
    dated = replace(book.findings[0], first_seen=date(2020, 5, 1))
    table = export.findings_table(replace(book, findings=(dated,)))
    text = export.to_csv(table).decode("utf-8-sig")
    assert "2020-05-01" in text
    assert "datetime" not in text
    export.to_geojson(book, table, "findings")


# --- printing ---------------------------------------------------------------------------------


@given(st.floats(0, 2000), st.floats(0, 2000), st.sampled_from(["km", "posts"]))
def test_a_printed_range_always_holds_what_it_stands_for(one, other, unit):
    low, high = sorted((one, other))
    text = Scaled.over([low, high], unit).range_text(low, high).replace(",", "")
    first, _, last = text.partition(" to ")
    number, _, of = last.partition("\u202f")
    top = float(number) * (0.001 if of == "m" else 1)
    bottom_unit = first.partition("\u202f")[2] or of
    bottom = float(first.partition("\u202f")[0]) * (0.001 if bottom_unit == "m" else 1)
    assert bottom <= low + 1e-6
    assert top >= high - 1e-6


def test_numbers_side_by_side_have_one_unit_and_things_are_whole():
    assert Scaled.over([0.2, 0.9], "km").text(0.2) == "200\u202fm"
    assert Scaled.over([0.2, 9.0], "km").text(0.2) == "0.2\u202fkm"
    assert Scaled.over([104.3], "posts").text(104.3) == "104\u202fposts"
    assert Scaled.over([104.3], "posts").range_text(86.6, 131.2) == "86 to 132\u202fposts"
    assert Scaled.over([math.nan], "km").text(math.nan) == "not known"


def test_a_number_that_is_none_is_printed_as_none():
    refused, bounds, *_ = [
        one for one in said_estimates(1.0, 10.0) if not math.isfinite(one.value)
    ][::-1]
    assert value_text(replace(refused, reason="too few")) == "no number"
    assert value_text(replace(bounds, reason="")) == "–"
    ceiling = Estimate(name="post_spacing_m_of_fence_after", value=110.01, unit="m", method="",
                       wording="at most")  # fmt: skip
    assert value_text(ceiling) == "111\u202fm"
    assert bounds_text(replace(ceiling, low=100.9, high=120.2)) == "100 to 121\u202fm"


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("border_km_changed_estimated",
         "border with changed infrastructure, estimated from a sample"),
        ("posts_new_bounds", "new posts, what is possible"),
        ("posts_new_in_km_12.5_15", "new posts, in km 12.5–15 only"),
        ("barrier_km_secondary_new", "secondary layer, new"),
        ("barrier_km_life_unknown_replaced", "barrier of unknown life, replaced"),
        ("barrier_km_built_by_2020-12-31", "barrier built by 2020-12-31"),
        ("barrier_km_removed_by_2020-12-31", "barrier removed by 2020-12-31"),
        ("barrier_km_at_stage_cleared", "barrier, last seen as a cleared strip"),
        ("posts_watchtower_stock_before", "watchtowers standing before"),
        ("posts_new_per_fence_km", "new posts per km of fence"),
        ("border_km_fenced", "border with any barrier standing after"),
    ],
)  # fmt: skip
def test_new_names_of_numbers_become_words(name, label):
    assert label_of(name) == label


def test_way_of_rounding_follows_the_word():
    assert Way.UP.value == "up"
    low = Estimate(name="n", value=1.29, unit="x", method="", wording="at least")
    assert value_text(replace(low, value=12.59)) == "12.5\u202fx"
    assert value_text(replace(low, value=12.51, wording="at most, in all")) == "12.6\u202fx"
