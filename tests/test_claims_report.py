"""What the report shows of claims: cards, lanes, map, KMZ, GeoPackage, tables."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import date

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from lxml import html as lxml_html

from fake_book import fake_book
from fake_told import CELL_M, told_book
from vallum.ground.saidkinds import ClaimStatus
from vallum.ground.span import Spans
from vallum.report import export, geopackage, kmz
from vallum.report.claims import (
    LOOKS,
    NOT_COUNTED,
    ORDER,
    blocks_of,
    claims_model,
    grade_words,
    in_order,
)
from vallum.report.figures import charts, maps
from vallum.report.figures.claimlane import CELLS_NOTE, beside, cells_by_status, key_of, lane_rows
from vallum.report.model import build
from vallum.report.publish import files_in, publish
from vallum.report.styles import qml_for
from vallum.report.words import map_alt

MORE = {"claims.csv", "figures/claims-timeline.svg", "figures/claims-timeline.png", "context.csv", "figures/context.svg",
        "figures/context.png"}  # fmt: skip
HOSTILE = "<script>alert(1)</script> & $[name] ]]> \x07"


@pytest.fixture(scope="module")
def book():
    return told_book()


@pytest.fixture(scope="module")
def folder(book, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "report"
    publish(book, out)
    return out


@pytest.fixture(scope="module")
def page(folder):
    return lxml_html.fromstring((folder / "report.html").read_text("utf-8"))


def _text(element) -> str:
    return " ".join(element.text_content().split())


def _strings(value) -> set[str]:
    if isinstance(value, dict):
        return set().union(*(_strings(part) for part in value.values()), map(str, value))
    if isinstance(value, list):
        return set().union(*(_strings(part) for part in value), {""})
    return {str(value)}


def _luminance(colour: str) -> float:
    parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


# --- without claims ---------------------------------------------------------------------------


def test_without_claims_nothing_in_the_publication_speaks_of_claims(tmp_path):
    plain = fake_book(7.4, n_chips=0)
    assert build(plain)["claims"] == {}
    assert lane_rows(plain) == []
    publish(plain, tmp_path / "report")
    names = set(files_in(tmp_path / "report"))
    assert not names & MORE
    page = lxml_html.fromstring((tmp_path / "report" / "report.html").read_text("utf-8"))
    assert page.xpath("//section[@id='claims'] | //nav/a[@href='#claims']") == []
    assert "What was said" not in _text(page.body)
    with zipfile.ZipFile(tmp_path / "report" / "border.kmz") as archive:
        assert b"What was said" not in archive.read("doc.kml")
    layers = [name for name, _ in pyogrio.list_layers(tmp_path / "report" / "findings.gpkg")]
    assert "claims" not in layers


# --- the section ------------------------------------------------------------------------------


def test_the_section_stands_between_what_can_be_said_and_what_could_not_be_seen(page):
    ids = page.xpath("//main/section/@id")
    assert ids.index("said") < ids.index("claims") < ids.index("unseen")
    assert page.xpath("//nav/a[@href='#claims']")


def test_every_claim_is_a_card_that_says_what_where_when_who_how_sure_and_why(page, book):
    cards = page.xpath("//article")
    assert len(cards) == len(book.claims)
    by_words = {_text(card.find("h4")): card for card in cards}
    for one in book.claims:
        said = _text(by_words[one.says])
        for part in (one.where, one.when or "no date stated", one.who, one.grade, one.quantity):
            assert part in said
        assert one.why[1:] in said
        assert one.status.label in said
        assert grade_words(one.grade) in said


def test_the_intro_says_who_decides_and_what_corroborated_means(page):
    said = _text(page.xpath("//section[@id='claims']")[0])
    assert "a person approves it" in said
    assert "at least two sources of different origin" in said.lower()
    assert "one source says it and a finding from images supports it" in said
    assert "judged independently and are never combined" in said
    assert "Claims that may not be told are not in this list, nor is their number." in said
    assert said.count(NOT_COUNTED) == 1


def test_a_status_is_a_sign_and_a_word_beside_its_colour(page):
    badges = page.xpath("//span[contains(@class, 'badge ')]")
    assert {_text(badge) for badge in badges} == {
        "✓ corroborated", "✗ contradicted", "∅ not observable", "? unverified",
    }  # fmt: skip
    assert len({look.sign for look in LOOKS.values()}) == len(ClaimStatus)
    for status, look in LOOKS.items():
        contrast = 1.05 / (_luminance(look.colour) + 0.05)
        assert contrast >= 7, status
    ways = {(look.is_solid, look.hatch) for look in LOOKS.values()}
    assert len(ways) == len(ClaimStatus)
    style = page.findtext(".//style")
    for status, look in LOOKS.items():
        assert f".b-{status} {{ color: {look.colour};" in style


def test_contradicting_claims_lie_in_one_block_and_unplaced_ones_apart(page):
    (block,) = page.xpath("//div[@class='against']")
    assert {_text(one) for one in block.xpath(".//h4")} == {
        "Cameras are said to cover the entire region.",
        "Cameras are said not to cover the entire border.",
    }
    (head,) = page.xpath("//h3[text()='Cannot be placed']")
    (card,) = head.xpath("following-sibling::div[1]/article")
    assert "A buffer zone of 1 to 2" in _text(card)


def test_contradictions_through_a_third_claim_are_one_block(book):
    first, second, third, *_ = book.claims
    chained = [replace(first, beside=("ab3",)), replace(second, beside=()),
               replace(third, beside=("ab3", "nowhere", "zz9"))]  # fmt: skip
    (block,) = blocks_of(chained)
    assert [one.key for one in block] == ["kq7", "ab3", "zz9"]
    assert blocks_of([replace(one, beside=()) for one in book.claims]) == []


def test_links_to_findings_lead_to_the_findings(page, book):
    links = page.xpath("//article//a[starts-with(@href, '#held-')]")
    assert len(links) == 3
    for link in links:
        (row,) = page.xpath(f"//tr[@id='{link.get('href')[1:]}']")
        assert _text(link) in _text(row)
    ids = {book.id_of(one) for one in book.findings}
    assert {_text(link) for link in links} <= ids


def test_a_finding_that_the_book_does_not_hold_is_named_without_a_link(book):
    one = replace(book.claims[0], findings=("finding-elsewhere",), beside=())
    model = claims_model(replace(book, claims=(one,)))
    assert model["placed"][0]["findings"] == [{"id": "finding-elsewhere", "anchor": ""}]
    assert model["findings"] == []


def test_every_number_of_the_section_is_in_the_model(page, folder):
    told = json.loads((folder / "report.json").read_text("utf-8"))
    known = set()
    for text in _strings(told):
        known |= set(re.findall(r"\d+", text))
    cells = page.xpath("//section[@id='claims']//dd | //section[@id='claims']//td")
    assert len(cells) > 50
    for cell in cells:
        assert set(re.findall(r"\d+", _text(cell))) <= known, _text(cell)


def test_nothing_in_the_model_counts_claims(book):
    """A count of what is told beside what is left out would betray the latter."""

    def numbers(value):
        if isinstance(value, dict):
            for key, part in value.items():
                if key != "cells":
                    yield from numbers(part)
        elif isinstance(value, list):
            for part in value:
                yield from numbers(part)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield value

    assert list(numbers(claims_model(book))) == []
    assert len(book.claims) not in {int(n) for n in re.findall(r"\d+", NOT_COUNTED)}


def test_a_simulated_claim_says_so_on_its_card_even_in_a_real_book(book):
    real = replace(book, is_simulated=False,
                   claims=(replace(book.claims[0], is_simulated=True), *book.claims[1:]))  # fmt: skip
    cards = claims_model(real)
    marks = {one["key"]: one["mark"] for one in (*cards["placed"], *cards["unplaced"])}
    assert marks["kq7"] == "SIMULATED"
    assert marks["ab3"] == ""
    assert {one["mark"] for one in claims_model(book)["placed"]} == {"SIMULATED"}
    named = etree.fromstring(kmz.kml_bytes(real)).iter(f"{{{kmz.NAMESPACE}}}name")
    fence = next(name.text for name in named if "A second fence" in name.text)
    assert fence.startswith("SIMULATED")


def test_grades_are_told_in_words_and_what_is_no_grade_is_left():
    assert grade_words("B2") == "source B, usually reliable; information 2, probably true"
    assert "cannot be judged" in grade_words("F6")
    assert "truth cannot be judged" in grade_words("F6")
    for text in ("", "B", "G1", "A7", "B2 "):
        assert grade_words(text) == ""


@given(st.permutations(range(7)))
def test_the_order_in_which_claims_came_is_not_kept(order):
    claims = told_book().claims
    again = [claims[at] for at in order]
    assert in_order(again) == in_order(claims)
    starts = [one.cells for one in in_order(again)]
    assert not starts[-1]
    assert starts[0]


def test_claims_in_another_order_give_the_same_files(book, folder, tmp_path):
    publish(replace(book, claims=book.claims[::-1]), tmp_path / "report")
    for name in files_in(folder):
        assert (folder / name).read_bytes() == (tmp_path / "report" / name).read_bytes(), name


# --- files ------------------------------------------------------------------------------------


def test_the_files_are_listed_with_their_hashes(folder, page):
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert set(manifest["files"]) >= MORE
    linked = set(page.xpath("//section[@id='files']//a/@href"))
    assert linked >= MORE


def test_the_table_holds_each_claim_with_its_cells_and_no_point(folder, book):
    rows = list(csv.DictReader(io.StringIO((folder / "claims.csv").read_text("utf-8-sig"))))
    assert [row["key"] for row in rows] == [one.key for one in in_order(book.claims)]
    row = next(row for row in rows if row["key"] == "kq7")
    assert (row["start_m"], row["end_m"], row["cells"]) == ("0", "5000", "0-5000")
    assert (row["first"], row["last"], row["status"]) == ("2021-03-01", "2021-05-31",
                                                          "corroborated")  # fmt: skip
    assert {row["simulated"] for row in rows} == {"true"}
    assert not {"lon", "lat", "id", "source", "exhibit"} & set(row)
    unplaced = next(row for row in rows if row["key"] == "n77")
    assert (unplaced["start_m"], unplaced["cells"], unplaced["where"]) == (
        "",
        "",
        "cannot be placed",
    )


def test_a_word_of_a_claim_can_become_no_formula(book):
    claim = replace(book.claims[0], says="=HYPERLINK(1)", who="+1", why="@x", where="-y")
    data = export.to_csv(export.claims_table(replace(book, claims=(claim,))))
    (row,) = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    assert {row[name][:2] for name in ("says", "who", "why", "where")} == {"'=", "'+", "'@", "'-"}


def test_the_geopackage_has_a_styled_layer_of_whole_cells(folder, book):
    path = folder / "findings.gpkg"
    layers = [str(name) for name, _ in pyogrio.list_layers(path) if name != "layer_styles"]
    assert layers == [f"SIMULATED_{name}" for name in geopackage.layer_names(has_claims=True)]
    table = pyogrio.read_dataframe(path, layer="SIMULATED_claims")
    assert len(table) == len(book.claims)
    placed = table[table.geometry.notna()]
    assert set(placed.geom_type) == {"MultiLineString"}
    assert sorted(table[table.geometry.isna()].key) == ["n77"]
    ends = book.frontier.line_of(next(iter(book.claims[0].cells & book.frontier.span)))
    (shape,) = placed[placed.key == "kq7"].geometry
    np.testing.assert_allclose(shape.geoms[0].coords[0], ends.coords[0], atol=1e-9)
    qml = etree.fromstring(qml_for("claims").encode())
    assert [c.get("value") for c in qml.iter("category")] == [str(one) for one in ORDER]


def test_the_kmz_has_a_folder_of_stretches_and_never_a_point(book):
    root = etree.fromstring(kmz.kml_bytes(book))
    named = {"k": kmz.NAMESPACE}
    (folder,) = root.xpath("//k:Folder[k:name='SIMULATED What was said']", namespaces=named)
    marks = folder.xpath("k:Placemark", namespaces=named)
    assert len(marks) == len(book.claims)
    assert folder.xpath(".//k:Point", namespaces=named) == []
    shapeless = [m for m in marks if not m.xpath(".//k:coordinates", namespaces=named)]
    assert len(shapeless) == 1
    styles = set(root.xpath("//k:Style/@id", namespaces=named))
    used = {url.text[1:] for url in folder.iter(f"{{{kmz.NAMESPACE}}}styleUrl")}
    assert used <= styles
    assert folder.findtext(f"{{{kmz.NAMESPACE}}}description").endswith(NOT_COUNTED)


def test_no_word_of_a_claim_becomes_markup_anywhere(book, tmp_path):
    claim = replace(book.claims[0], says=HOSTILE, who=HOSTILE, why=HOSTILE, where=HOSTILE,
                    when=HOSTILE, key='"><i>', quantity=HOSTILE)  # fmt: skip
    publish(replace(book, claims=(claim,)), tmp_path / "report")
    text = (tmp_path / "report" / "report.html").read_text("utf-8")
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text
    with zipfile.ZipFile(tmp_path / "report" / "border.kmz") as archive:
        root = etree.fromstring(archive.read("doc.kml"))
    told = [one.text or "" for one in root.iter(f"{{{kmz.NAMESPACE}}}description")]
    (balloon,) = [one for one in told if "alert(1)" in one]
    # Google Earth reads a description as HTML.
    assert "<script" not in balloon
    assert "&lt;script&gt;" in balloon
    assert "$[" not in balloon
    assert set(re.findall(r"<[^>]*>", balloon)) == {"<br>", "<b>", "</b>"}


# --- figures ----------------------------------------------------------------------------------


def test_the_strip_chart_has_a_row_for_each_status_with_sign_and_word(book):
    rows = lane_rows(book)
    subs = [row.sub for row in rows if row.sub]
    assert subs == ["✓ corroborated", "✗ contradicted", "∅ not observable", "? unverified"]
    assert [row.label for row in rows if row.label] == ["What was said"]
    figure = charts.strip(book)
    assert CELLS_NOTE in figure.notes
    assert "What was said is drawn under them by whole cells" in figure.alt


def test_only_cells_inside_the_extent_are_drawn(book):
    far = replace(book.claims[0], cells=Spans.of((900 * CELL_M, 901 * CELL_M)))
    assert cells_by_status(replace(book, claims=(far,))) == {}
    assert lane_rows(replace(book, claims=(far,))) == []
    found = cells_by_status(book)
    assert all(part.end_m <= book.extent.end_m for cells in found.values() for part in cells)


def test_on_the_map_claims_run_beside_the_line_and_clear_of_what_was_found(book):
    x = np.linspace(0, 12_000, 200)

    def run(span):
        inside = x[(x >= span.start_m) & (x <= span.end_m)]
        return np.column_stack([inside, np.zeros(len(inside))])

    lines = list(beside(book, run, 1000.0, clear_m=250.0))
    assert {status for status, _ in lines} == set(ORDER)
    away = {status: float(np.abs(points[:, 1]).min()) for status, points in lines}
    assert min(away.values()) > 250 + 100
    assert len(set(away.values())) == len(ORDER)
    for status, points in lines:
        lengths = {part.length_m for part in cells_by_status(book)[status]}
        length = shapely.LineString(points).length
        assert min(abs(length - one) for one in lengths) < 150


def test_the_map_names_claims_in_its_key_and_words(book):
    figure = maps.line_map(book)
    assert "What was said runs beside the line in whole cells" in figure.alt
    unplaced = tuple(one for one in book.claims if not one.cells)
    without = replace(book, claims=unplaced)
    assert "What was said" not in map_alt(without)
    assert key_of(without) == []
    assert [text for text, _ in key_of(book)] == [
        "said: ✓ corroborated", "said: ✗ contradicted", "said: ∅ not observable",
        "said: ? unverified",
    ]  # fmt: skip


def test_days_of_a_claim_are_dates_in_the_model(book):
    placed = claims_model(book)["placed"]
    assert {date.fromisoformat(one["first"]) for one in placed if one["first"]}
