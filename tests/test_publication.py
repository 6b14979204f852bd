"""One model: what stands in any file of a publication stands in report.json, and traces back."""

import csv
import io
import json
import math
import re
import zipfile

import pandas as pd
import pyogrio
import pypdfium2
import pytest
from lxml import etree
from lxml import html as lxml_html

from fake_book import fake_book
from vallum.report.publish import files_in, publish

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
KML = "{http://www.opengis.net/kml/2.2}"


@pytest.fixture(scope="module")
def book():
    return fake_book(7.4, is_simulated=True)


@pytest.fixture(scope="module")
def folder(book, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "report"
    publish(book, out)
    return out


@pytest.fixture(scope="module")
def model(folder):
    return json.loads((folder / "report.json").read_text("utf-8"))


def numbers_in(text: str) -> set[str]:
    return {found.rstrip(",") for found in NUMBER.findall(text)}


@pytest.fixture(scope="module")
def known(model):
    """Every number that the model holds, as it is printed."""
    return numbers_in(json.dumps(model, ensure_ascii=False))


def test_every_number_of_the_page_is_in_the_model(folder, known):
    page = lxml_html.fromstring((folder / "report.html").read_text("utf-8"))
    for unread in page.xpath("//script | //style | //template"):
        unread.drop_tree()
    words = " ".join(page.body.itertext())
    own = {entry["sha256"] for entry in json.loads((folder / "manifest.json").read_text())[
        "files"].values()}  # fmt: skip
    for digest in own:
        words = words.replace(digest, "")
    assert numbers_in(words) - known == set()


def test_every_number_of_the_pdf_is_in_the_model(folder, known):
    file = pypdfium2.PdfDocument((folder / "report.pdf").read_bytes())
    pages = [page.get_textpage().get_text_range() for page in file]
    of_chapters = {title for item in file.get_toc() for title in numbers_in(item.get_title())}
    of_pages = {str(number) for number in range(len(pages) + 1)}
    # Hashes may be broken at marks that nobody sees, names at hyphens.
    words = re.sub("\u200b\\s*", "", "\n".join(pages))
    words = re.sub(r"[0-9a-f]{16,}|\ufffe\s*", "", words)
    assert len(numbers_in(words)) > 50
    assert numbers_in(words) - known - of_pages - of_chapters == set()


def test_every_number_of_the_kmz_is_in_the_model_or_in_its_tables(folder, known):
    with zipfile.ZipFile(folder / "border.kmz") as archive:
        root = etree.fromstring(archive.read("doc.kml"))
    tables = numbers_in((folder / "findings.geojson").read_text("utf-8"))
    tables |= numbers_in((folder / "candidates.csv").read_text("utf-8-sig"))
    tables |= numbers_in((folder / "images.csv").read_text("utf-8-sig"))
    for tag in ("name", "description"):
        for element in root.iter(f"{KML}{tag}"):
            missing = numbers_in(element.text or "") - known - tables
            lengths = {one for one in missing if _is_length_of_a_row(one, folder)}
            assert missing - lengths == set(), element.text


def _is_length_of_a_row(number: str, folder) -> bool:
    """Say whether a printed number is a metre mark or length of a row, rounded for a balloon."""
    value = float(number.replace(",", ""))
    rows = [
        row
        for name in ("findings.csv", "candidates.csv")
        for row in csv.DictReader(io.StringIO((folder / name).read_text("utf-8-sig")))
    ]
    return any(
        abs(value - scale * float(row[name])) <= 0.5 * scale + 0.051
        for row in rows
        for name in ("start_m", "end_m", "length_m", "off_m")
        if row.get(name)
        for scale in (1, 0.001)
    )


def _table_of(folder) -> dict[str, dict[str, str]]:
    text = (folder / "estimates.csv").read_text("utf-8-sig")
    return {row["name"]: row for row in csv.DictReader(io.StringIO(text))}


def _same(left, right) -> bool:
    missing = {"", None}
    left = None if left in missing or (isinstance(left, float) and math.isnan(left)) else left
    right = None if right in missing or (isinstance(right, float) and math.isnan(right)) else right
    return left is right or float(left) == float(right)


@pytest.mark.parametrize("name", ["value", "low", "high"])
def test_numbers_of_the_table_for_excel_are_those_of_the_model(folder, model, name):
    rows = _table_of(folder)
    assert len(rows) == len(model["numbers"])
    for number in model["numbers"]:
        assert _same(rows[number["name"]][name], number[name]), number["name"]


@pytest.mark.parametrize("name", ["value", "low", "high"])
def test_numbers_of_the_geopackage_are_those_of_the_model(folder, model, name):
    layers = [layer for layer, _ in pyogrio.list_layers(folder / "findings.gpkg")]
    (layer,) = (one for one in layers if one.endswith("estimates"))
    rows = pyogrio.read_dataframe(folder / "findings.gpkg", layer=layer).set_index("name")
    assert len(rows) == len(model["numbers"])
    for number in model["numbers"]:
        value = rows.loc[number["name"], name]
        assert _same(None if pd.isna(value) else value, number[name]), number["name"]


def test_every_number_on_a_figure_is_in_the_model(folder, model, known):
    """Figures draw their letters as outlines; the words stand in the description and the table."""
    for name, figure in model["figures"].items():
        assert figure["alt"], name
        assert numbers_in(figure["alt"]) <= known
    assert {path for path in files_in(folder) if path.endswith(".svg")}


def test_every_number_says_how_it_is_traced(model):
    names = {number["name"] for number in model["numbers"]}
    for number in (*model["numbers"], *model["key_numbers"]):
        assert number["trace"] == f"vallum trace {number['name']}"
        assert number["name"] in names


def test_a_second_publication_of_the_same_book_is_the_same_to_the_byte(book, folder, tmp_path):
    publish(book, tmp_path / "again")
    assert files_in(tmp_path / "again") == files_in(folder)
    for name in files_in(folder):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes(), name
