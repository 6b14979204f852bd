"""Tables, GeoJSON, GeoPackage and KMZ."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from shapely.geometry import shape

from fake_book import fake_book
from vallum.ground.kinds import Change, Held, Status
from vallum.ground.records import Finding, Level, Scene
from vallum.ground.when import When
from vallum.report import export, geopackage, kmz
from vallum.report.book import shown_fields
from vallum.report.styles import qml_for
from vallum.report.tongue import speaking

ICONS = {
    f"files/{shape}{fill}.png"
    for shape in ("square", "triangle", "disc")
    for fill in ("", "-hollow")
}
SECRETS = ("secret-file-name", "/home/someone", "1" * 64)


@pytest.fixture(scope="module")
def book():
    return fake_book(7.4, n_chips=0)


@pytest.fixture(scope="module")
def packed(book, tmp_path_factory):
    path = tmp_path_factory.mktemp("gpkg") / "findings.gpkg"
    geopackage.write_geopackage(book, path)
    return path


def _read_csv(data: bytes) -> list[dict[str, str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@given(st.text(max_size=20))
def test_no_text_can_become_a_formula(text):
    safe = export.safe_text(text)
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert safe.removeprefix("'") == text.removeprefix("'") or safe == text


@pytest.mark.parametrize("start", ["=", "＝", "＋", "－", "＠", "\t", "\r", "\n"])
def test_signs_that_start_a_formula_are_defused_full_width_ones_too(start):
    assert export.safe_text(f"{start}1+1") == f"'{start}1+1"


def test_a_dangerous_word_in_a_row_is_defused_and_numbers_stay_numbers(book):
    finding = replace(book.findings[0], subtype="=HYPERLINK(1)", off_m=-12.5)
    table = export.findings_table(replace(book, findings=(finding,)))
    row = _read_csv(export.to_csv(table))[0]
    assert row["subtype"] == "'=HYPERLINK(1)"
    assert row["off_m"] == "-12.5"


def test_csv_holds_every_finding_that_was_not_rejected(book):
    rows = _read_csv(export.to_csv(export.findings_table(book)))
    kept = [finding for finding in book.findings if finding.held != Held.REJECTED]
    assert {row["id"] for row in rows} == {finding.id for finding in kept}
    assert "rejected" not in {row["held"] for row in rows}
    by_id = {finding.id: finding for finding in kept}
    for row in rows:
        assert float(row["length_m"]) == by_id[row["id"]].length_m
        assert row["built_earliest"] == "2019-03-14"


def test_candidates_say_how_they_were_settled(book):
    rows = _read_csv(export.to_csv(export.candidates_table(book)))
    assert len(rows) == len(book.candidates)
    answers = {row["id"]: row["settled"] for row in rows}
    assert answers[book.unreviewed[0].id] == "unreviewed"
    assert set(answers.values()) == {"confirmed", "indeterminate", "rejected", "unreviewed"}


def test_statuses_follow_each_other_without_gap_and_add_up_to_the_extent(book):
    rows = _read_csv(export.to_csv(export.statuses_table(book)))
    ends = [int(row["end_m"]) for row in rows]
    starts = [int(row["start_m"]) for row in rows]
    assert starts == [book.extent.start_m, *ends[:-1]]
    assert ends[-1] == book.extent.end_m
    assert sum(int(row["length_m"]) for row in rows) == book.extent.length_m


def test_only_public_fields_leave_a_public_book(book):
    names = set(shown_fields(Scene, Level.PUBLIC))
    assert "taken" in names
    assert not names & {"name", "sha256", "href", "exhibit"}
    for table in (export.images_table(book), export.findings_table(book),
                  export.candidates_table(book)):  # fmt: skip
        text = export.to_csv(table).decode()
        assert not any(secret in text for secret in SECRETS)


def test_a_book_for_the_desk_names_files_but_never_their_folders(book):
    text = export.to_csv(export.images_table(replace(book, level=Level.DESK))).decode()
    assert "secret-file-name-1.tif" in text
    assert "/home/someone" not in text


def test_geojson_is_longitude_first_with_six_decimals(book):
    told = json.loads(export.to_geojson(book, export.findings_table(book), "findings"))
    by_id = {finding.id: finding for finding in book.findings}
    assert "crs" not in told
    assert len(told["features"]) == len(book.stated)
    for feature in told["features"]:
        found, truth = shape(feature["geometry"]), by_id[feature["id"]].shape
        xy = shapely.get_coordinates(found)
        np.testing.assert_array_equal(xy, np.round(xy, 6))
        np.testing.assert_allclose(xy, shapely.get_coordinates(truth), atol=6e-7)
        assert 120 < xy[:, 0].min() <= xy[:, 0].max() < 130


def test_geojson_of_a_simulated_book_says_so():
    made_up = fake_book(7.4, is_simulated=True, n_chips=0)
    told = json.loads(export.to_geojson(made_up, export.findings_table(made_up), "findings"))
    assert told["simulated"] is True
    assert told["name"].startswith("SIMULATED")
    assert all(feature["properties"]["simulated"] for feature in told["features"])


def test_the_geopackage_has_all_layers_and_reads_back(book, packed):
    layers = [str(name) for name, _ in pyogrio.list_layers(packed) if name != "layer_styles"]
    assert layers == list(geopackage.layer_names())
    lines = pyogrio.read_dataframe(packed, layer="findings_lines")
    points = pyogrio.read_dataframe(packed, layer="findings_points")
    assert len(lines) + len(points) == len(book.stated)
    assert set(lines.geom_type) == {"LineString"}
    assert "sha256" not in pyogrio.read_dataframe(packed, layer="images").columns


def test_the_geopackage_is_version_1_3_without_write_ahead_log_and_without_clocks(book, packed):
    with closing(sqlite3.connect(packed)) as file:
        assert file.execute("PRAGMA user_version").fetchone() == (10300,)
        assert file.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        days = {row[0] for row in file.execute("SELECT last_change FROM gpkg_contents")}
        days |= {row[0] for row in file.execute("SELECT update_time FROM layer_styles")}
    assert days == {f"{book.newest_day}T00:00:00.000Z"}
    header = packed.read_bytes()  # SQLite's file format: how often the file was committed to
    assert header[24:28] == header[92:96] == (1).to_bytes(4, "big")
    assert not packed.with_name(packed.name + "-wal").exists()


def test_every_layer_has_one_default_style_for_its_exact_geometry_column(packed):
    with closing(sqlite3.connect(packed)) as file:
        columns = set(file.execute("SELECT table_name, column_name FROM gpkg_geometry_columns"))
        styles = list(
            file.execute(
                "SELECT f_table_name, f_geometry_column, styleQML, useAsDefault FROM layer_styles"
            )
        )
    assert {(table, column) for table, column, _, _ in styles} == columns
    assert len(styles) == len(columns)
    for _, _, qml, is_default in styles:
        assert is_default == 1
        assert etree.fromstring(qml.encode()).tag == "qgis"


def test_styles_name_every_status_and_every_class():
    statuses = etree.fromstring(qml_for("statuses").encode())
    assert {c.get("value") for c in statuses.iter("category")} == set(map(str, Status))
    symbols = {s.get("name") for s in statuses.iter("symbol")}
    assert {c.get("symbol") for c in statuses.iter("category")} == symbols
    lines = etree.fromstring(qml_for("findings_lines").encode())
    assert {c.get("value") for c in lines.iter("category")} >= {"fence", "wall", "patrol_road"}


def test_classes_are_told_apart_without_colour():
    def looks(layer: str, *names: str) -> set[tuple[str, ...]]:
        root = etree.fromstring(qml_for(layer).encode())
        return {
            tuple(p.get("v") for p in symbol.iter("prop") if p.get("k") in names)
            for symbol in root.iter("symbol")
        }

    assert len(looks("findings_lines", "line_style", "line_width")) == 5
    assert len(looks("findings_points", "name")) == 3


def test_candidates_that_were_settled_are_not_drawn_twice():
    root = etree.fromstring(qml_for("candidates_lines").encode())
    drawn = {c.get("value"): c.get("render") for c in root.iter("category")}
    assert drawn[""] == "false"
    assert {shown for value, shown in drawn.items() if value} == {"true"}


def test_every_column_has_a_title_and_what_it_means_is_in_the_file(packed):
    with closing(sqlite3.connect(packed)) as file:
        told = {
            (table, column): (title, about)
            for table, column, title, about in file.execute(
                "SELECT table_name, column_name, title, description FROM gpkg_data_columns"
            )
        }
        extension = file.execute(
            "SELECT count(*) FROM gpkg_extensions WHERE extension_name = 'gpkg_schema'"
        ).fetchone()
    assert extension == (2,)
    assert told["findings_lines", "length_m"][0] == "length (m)"
    assert "ellipsoid" in told["findings_lines", "length_m"][1]
    assert all(title for title, _ in told.values())
    aliases = etree.fromstring(qml_for("statuses", ["status", "start_m"]).encode())
    assert [a.get("field") for a in aliases.iter("alias")] == ["status", "start_m"]


def test_labels_of_layers_follow_the_language_and_names_of_columns_do_not(book, tmp_path):
    with speaking("ko"):
        geopackage.write_geopackage(book, tmp_path / "ko.gpkg")
    with closing(sqlite3.connect(tmp_path / "ko.gpkg")) as file:
        columns = {row[1] for row in file.execute('PRAGMA table_info("findings_lines")')}
    assert {"category", "length_m", "built_earliest"} <= columns


def test_a_simulated_geopackage_says_so_in_every_layer(tmp_path):
    made_up = fake_book(7.4, is_simulated=True, n_chips=0)
    geopackage.write_geopackage(made_up, tmp_path / "a.gpkg")
    names = [name for name, _ in pyogrio.list_layers(tmp_path / "a.gpkg")]
    assert all(name.startswith("SIMULATED_") for name in names if name != "layer_styles")


def test_empty_layers_are_written_too(book, tmp_path):
    bare = replace(book, findings=(), candidates=(), scenes=(), estimates=())
    geopackage.write_geopackage(bare, tmp_path / "bare.gpkg")
    assert pyogrio.read_info(tmp_path / "bare.gpkg", layer="findings_lines")["features"] == 0


def _kml(data: bytes):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == {"doc.kml", *ICONS}
        return etree.fromstring(archive.read("doc.kml"))


def _named(root, tag):
    return root.iter(f"{{{kmz.NAMESPACE}}}{tag}")


def test_the_kmz_has_a_folder_per_class_and_one_for_what_could_not_be_compared(book):
    root = _kml(kmz.kmz_bytes(book))
    names = [f.findtext(f"{{{kmz.NAMESPACE}}}name") for f in _named(root, "Folder")]
    assert {"Fence", "Wall", "Guard post", "Not comparable"} <= set(names)
    assert "Indeterminate or disputed" in names
    assert any(name.startswith("Unreviewed candidates") for name in names)


def test_the_kmz_holds_every_shape_where_it_is(book):
    root = _kml(kmz.kmz_bytes(book))
    found = {}
    for mark in _named(root, "Placemark"):
        ids = [d.findtext(f"{{{kmz.NAMESPACE}}}value") for d in _named(mark, "Data")
               if d.get("name") == "id"]  # fmt: skip
        if ids:
            text = " ".join(c.text for c in _named(mark, "coordinates"))
            found[ids[0]] = np.array([pair.split(",") for pair in text.split()], float)
    wanted = {row.id: row.shape for row in (*book.stated, *book.unreviewed)}
    assert set(found) == set(wanted)
    for key, geometry in wanted.items():
        np.testing.assert_allclose(found[key], shapely.get_coordinates(geometry), atol=6e-7)


def test_the_kmz_needs_no_net_and_leaks_nothing(book):
    text = etree.tostring(_kml(kmz.kmz_bytes(book)), encoding="unicode")
    hrefs = set(_hrefs(text))
    assert hrefs == ICONS
    assert not any(secret in text for secret in SECRETS)


def _hrefs(text: str):
    return (part.split("<")[0] for part in text.split("<href>")[1:])


def test_every_style_that_is_used_is_defined_and_times_are_brackets(book):
    root = _kml(kmz.kmz_bytes(book))
    defined = {style.get("id") for style in _named(root, "Style")}
    used = {url.text.removeprefix("#") for url in _named(root, "styleUrl")}
    assert used <= defined
    begins = {begin.text for begin in _named(root, "begin")}
    assert begins == {"2022-04-09"}


def test_zip_times_are_the_day_of_the_newest_image(book):
    with zipfile.ZipFile(io.BytesIO(kmz.kmz_bytes(book))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2022, 4, 9, 0, 0, 0)}


def test_a_simulated_kmz_says_so_in_every_name():
    root = _kml(kmz.kmz_bytes(fake_book(7.4, is_simulated=True, n_chips=0)))
    names = [name.text for name in _named(root, "name")]
    assert names
    assert all(name.startswith("SIMULATED") for name in names)


def test_control_characters_in_a_row_cannot_break_the_kmz(book):
    finding: Finding = replace(book.stated[0], agreement="two \x00of & <two> said \x0byes")
    root = _kml(kmz.kmz_bytes(replace(book, findings=(finding,))))
    # Google Earth reads a description as HTML: what is no markup of ours is escaped.
    assert any("two of &amp; &lt;two&gt;" in (d.text or "") for d in _named(root, "description"))


def test_a_balloon_says_dates_agreement_images_and_whom_to_credit(book):
    root = _kml(kmz.kmz_bytes(book))
    told = [d.text for d in _named(root, "description") if "(confirmed)" in (d.text or "")]
    assert told
    for text in told:
        assert "2019-03-14" in text
        assert "<b>Settled</b>: two of two said yes" in text
        assert "© 2022 Example Imaging, licence for tests" in text
        assert book.frontier.credit in text
        assert "vallum trace finding-" in text


def test_what_is_gone_leaves_the_time_slider_when_it_went(book):
    gone = replace(
        book.confirmed[0], change=Change.REMOVED, built=None, first_seen=None,
        removed=When.parse("2020-02-01..2021-03-01"),
    )  # fmt: skip
    root = _kml(kmz.kmz_bytes(replace(book, findings=(gone,))))
    assert [end.text for end in _named(root, "end")] == ["2020-02-01"]
    assert "#removed-" in next(url.text for url in _named(root, "styleUrl"))


def test_the_file_opens_above_the_border_and_children_stand_in_the_order_of_kml(book):
    root = _kml(kmz.kmz_bytes(book))
    (look,) = _named(root, "LookAt")
    middle = book.frontier.point_at(book.extent.middle_m)
    assert abs(float(look.findtext(f"{{{kmz.NAMESPACE}}}longitude")) - middle.x) < 0.02
    assert float(look.findtext(f"{{{kmz.NAMESPACE}}}range")) >= 2000
    order = ["name", "visibility", "open", "Snippet", "description", "LookAt", "TimeSpan",
             "styleUrl", "Style", "ExtendedData", "Point", "LineString", "MultiGeometry",
             "Folder", "Placemark"]  # fmt: skip
    for parent in (*_named(root, "Document"), *_named(root, "Placemark"), *_named(root, "Folder")):
        ranks = [order.index(etree.QName(child).localname) for child in parent]
        assert ranks == sorted(ranks)


def test_a_large_kmz_is_split_by_parts_of_the_border_and_every_row_is_in_one_of_them(book):
    found = kmz.files(book, most_bytes=18_000)
    assert len(found) > 2
    assert max(map(len, found.values())) <= 18_000
    ids: list[str] = []
    for name, data in found.items():
        root = _kml(data)
        own = [d.findtext(f"{{{kmz.NAMESPACE}}}value") for d in _named(root, "Data")
               if d.get("name") == "id"]  # fmt: skip
        folders = {f.findtext(f"{{{kmz.NAMESPACE}}}name") for f in _named(root, "Folder")}
        assert ("Not comparable" in folders) == (name == kmz.NAME)
        assert not list(_named(root, "NetworkLink"))
        ids += own
    assert sorted(ids) == sorted(row.id for row in (*book.stated, *book.unreviewed))


def test_a_small_kmz_is_one_file(book):
    assert kmz.files(book) == {"border.kmz": kmz.kmz_bytes(book)}
