"""GeoJSON by section, GeoParquet, the STAC collection, metadata for a DOI, and tiles for Earth."""

from __future__ import annotations

import builtins
import io
import json
import zipfile
from dataclasses import replace
from datetime import date

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
import yaml
from lxml import etree
from PIL import Image

from fake_book import fake_book
from vallum.ground.errors import BadImage, BadSetting
from vallum.ground.when import When
from vallum.report import citing, export, geopackage, kmz, overlay, parquet, split, stac
from vallum.report.book import Cite
from vallum.report.issue import History, Issue
from vallum.report.kml import NAMESPACE
from vallum.report.overlay import Overlay


@pytest.fixture(scope="module")
def book():
    return fake_book(7.4, n_chips=0)


@pytest.fixture(scope="module")
def made_up():
    return fake_book(7.4, is_simulated=True, n_chips=0)


# --- by section -------------------------------------------------------------------------------


def test_what_is_small_enough_is_not_cut(book):
    assert split.files(book) == {}


def test_every_feature_is_in_one_part_and_no_part_is_too_large(book):
    found = split.files(book, most_bytes=40_000)
    parts = [name for name in found if "/findings-km-" in name]
    assert len(parts) > 1
    assert max(len(found[name]) for name in parts) <= 40_000
    ids = [feature["id"] for name in parts for feature in json.loads(found[name])["features"]]
    assert sorted(ids) == sorted(book.id_of(one) for one in book.stated)


def test_the_index_says_which_part_holds_which_stretch(book):
    found = split.files(book, most_bytes=40_000)
    parts = json.loads(found[split.INDEX])["parts"]
    assert {f"sections/{part['file']}" for part in parts} == set(found) - {split.INDEX}
    for part in parts:
        features = json.loads(found[f"sections/{part['file']}"])["features"]
        assert len(features) == part["features"]
        for feature in features:
            told = feature["properties"]
            middle = (told["start_m"] + told["end_m"]) / 2
            assert part["start_m"] <= middle < part["end_m"] + 1


# --- GeoParquet -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def packed(book):
    return parquet.files(book)


def test_parquet_holds_the_rows_and_shapes_of_the_tables(book, packed):
    back = gpd.read_parquet(io.BytesIO(packed["parquet/findings.parquet"]))
    table = export.findings_table(book)
    assert list(back["id"]) == list(table["id"])
    assert back["length_m"].to_numpy() == pytest.approx(table["length_m"].to_numpy(), abs=0)
    assert shapely.equals_exact(back.geometry.to_numpy(), table.geometry.to_numpy()).all()
    assert back.crs.to_epsg() == 4326


def test_parquet_says_where_its_places_are_and_names_no_maker(packed):
    for name, data in packed.items():
        told = pq.read_schema(io.BytesIO(data)).metadata
        assert b"pandas" not in told
        about = json.loads(told[b"vallum"])
        assert about["line_credit"] == "© OpenStreetMap contributors, ODbL 1.0"
        if "estimates" in name:
            assert b"geo" not in told
            continue
        places = json.loads(told[b"geo"])
        assert places["version"] == "1.1.0"
        assert places["primary_column"] == "geometry"
        assert places["columns"]["geometry"]["encoding"] == "WKB"
        assert "creator" not in places


def test_parquet_is_the_same_to_the_byte_when_made_again(book, packed):
    assert parquet.files(book) == packed


def test_estimates_in_parquet_are_numbers_and_unrounded(book, packed):
    back = pq.read_table(io.BytesIO(packed["parquet/estimates.parquet"])).to_pandas()
    assert back.set_index("name")["value"].to_dict() == {
        one.name: one.value for one in book.estimates
    }


def test_without_pyarrow_it_is_said_what_to_install(monkeypatch):
    known = builtins.__import__

    def without(name, *more):
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return known(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(BadSetting, match=r'pip install "vallum\[parquet\]"'):
        parquet.check()


# --- STAC -------------------------------------------------------------------------------------


def _schemas():
    """The schemas that pystac brings, and a reader that opens no others."""
    from importlib import resources

    folder = resources.files("pystac") / "validation" / "jsonschemas"
    found = {}
    for path in (*(folder / "geojson").iterdir(), *(folder / "stac-spec").iterdir(),
                 *(folder / "stac-spec" / "v1.1.0").iterdir()):  # fmt: skip
        if path.name.endswith(".json"):
            schema = json.loads(path.read_text("utf-8"))
            found[schema["$id"].removesuffix("#")] = schema
            found[path.name] = schema
    return found


@pytest.fixture(scope="module")
def validate():
    import jsonschema_rs

    schemas = _schemas()

    def retrieve(uri: str):
        # Some are named in capitals where they are referred to, and otherwise where they stand.
        return schemas.get(uri.partition("#")[0]) or schemas[uri.rpartition("/")[2].rstrip("#")]

    by_type = {}
    for kind, name in (("Feature", "item"), ("Collection", "collection")):
        uri = next(one for one in schemas if one.endswith(f"/{name}-spec/json-schema/{name}.json"))
        by_type[kind] = jsonschema_rs.validator_for(schemas[uri], retriever=retrieve)
    return lambda told: by_type[told["type"]].validate(told)


@pytest.fixture(scope="module")
def catalogue(made_up):
    return stac.files(made_up)


def test_every_file_of_the_collection_is_valid_stac(catalogue, validate):
    assert len(catalogue) == 4
    for data in catalogue.values():
        validate(json.loads(data))
    broken = json.loads(catalogue[stac.COLLECTION])
    del broken["license"]
    with pytest.raises(Exception, match="license"):
        validate(broken)


def test_pystac_walks_from_the_collection_to_the_images(catalogue, tmp_path):
    import pystac

    for name, data in catalogue.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    collection = pystac.Collection.from_file(tmp_path / stac.COLLECTION)
    items = {item.id: item for item in collection.get_items()}
    (pair,) = [item for item in items.values() if item.id.startswith("pair-")]
    sources = [link.get_absolute_href() for link in pair.links if link.rel == "derived_from"]
    assert len(sources) == 2
    for source in sources:
        assert pystac.Item.from_file(source).id in items


def test_links_are_relative_and_no_item_holds_pixels(catalogue):
    for name, data in catalogue.items():
        told = json.loads(data)
        assert all(link["href"].startswith(("./", "../")) for link in told["links"])
        if name != stac.COLLECTION:
            assert told["assets"] == {}
    text = b"".join(catalogue.values())
    assert b"secret-file-name" not in text
    assert b"/home/someone" not in text
    assert b"1" * 64 not in text


def test_a_pair_says_what_was_compared_and_what_people_confirmed(made_up, catalogue):
    (pair,) = [json.loads(data) for name, data in catalogue.items() if "/pairs/" in name]
    told = pair["properties"]
    seen = made_up.estimate("border_km_comparable").spans
    assert told["vallum:compared_m"] == seen.length_m
    statuses = {key: n for key, n in told.items() if key.startswith("vallum:metres_")}
    assert sum(statuses.values()) == seen.length_m
    assert sum(told["vallum:confirmed"].values()) == len(made_up.confirmed)
    assert told["start_datetime"] == "2019-03-14T00:00:00Z"
    assert told["end_datetime"] == "2022-04-09T23:59:59Z"
    assert told["title"].startswith("SIMULATED")


def test_without_a_pair_there_is_no_collection(book):
    assert stac.files(replace(book, comparisons=())) == {}


# --- for a DOI --------------------------------------------------------------------------------


def _named(book, **said):
    issue = Issue(number=3, day=date(2026, 11, 22))
    return replace(book, cite_as=Cite(**said), history=History(issue=issue))


def test_nobody_is_named_who_is_not_in_the_settings(book):
    cff = yaml.safe_load(citing.files(book)["CITATION.cff"])
    assert cff["authors"] == [{"name": "Authors not stated"}]
    told = json.loads(citing.files(book)["datacite.json"])
    assert told["creators"] == [{"name": "Authors not stated", "nameType": "Organizational"}]


def test_people_and_desks_stand_as_the_settings_say(book):
    full = _named(book, authors=("Doe, Jo", "The Border Desk"), publisher="The Border Desk",
                  licence="CC-BY-4.0", doi="https://doi.org/10.1234/abc.5",
                  url="https://example.org/border", contact="desk@example.org")  # fmt: skip
    cff = yaml.safe_load(citing.files(full)["CITATION.cff"])
    assert cff["authors"] == [{"family-names": "Doe", "given-names": "Jo"},
                              {"name": "The Border Desk"}]  # fmt: skip
    assert (cff["doi"], cff["license"], str(cff["date-released"])) == (
        "10.1234/abc.5", "CC-BY-4.0", "2026-11-22",
    )  # fmt: skip
    assert cff["contact"] == [{"name": "The Border Desk", "email": "desk@example.org"}]
    told = json.loads(citing.files(full)["datacite.json"])
    assert told["creators"][0]["familyName"] == "Doe"
    assert told["doi"] == "10.1234/abc.5"
    assert told["publicationYear"] == 2026
    assert told["rightsList"][0]["rightsIdentifier"] == "cc-by-4.0"
    assert told["version"].startswith("edition 3")


def test_what_the_formats_demand_is_there(book):
    # CFF 1.2.0 and the metadata schema of DataCite 4: their mandatory fields.
    full = _named(book, authors=("The Border Desk",), publisher="The Border Desk", doi="10.1234/a")
    cff = yaml.safe_load(citing.files(full)["CITATION.cff"])
    assert {"cff-version", "message", "title", "authors"} <= set(cff)
    assert cff["cff-version"] == "1.2.0"
    assert all({"type", "title", "authors"} <= set(one) for one in cff["references"])
    told = json.loads(citing.files(full)["datacite.json"])
    needed = {"doi", "creators", "titles", "publisher", "publicationYear", "types",
              "schemaVersion"}  # fmt: skip
    assert needed <= set(told)
    assert told["types"]["resourceTypeGeneral"] == "Dataset"


def test_a_sentence_is_no_name_of_a_licence(book):
    free = _named(book, licence="free for newsrooms, ask us")
    assert "license" not in yaml.safe_load(citing.files(free)["CITATION.cff"])
    rights = json.loads(citing.files(free)["datacite.json"])["rightsList"]
    assert rights == [{"rights": "free for newsrooms, ask us"}]


@pytest.mark.parametrize(
    "name", ['a "b": c', "- x\n# y", "{a: [b", "é\u2028한\x85", "\\n", "'", "null"],
    ids=["quotes", "lines", "braces", "letters", "backslash", "apostrophe", "null"],
)  # fmt: skip
def test_no_name_can_break_the_yaml(book, name):
    cff = yaml.safe_load(citing.files(replace(book, name=name))["CITATION.cff"])
    assert cff["title"] == name


def test_whether_the_settings_still_say_what_was_published_can_be_told(book):
    said = Cite(authors=("Doe, Jo",), publisher="The Border Desk", licence="CC-BY-4.0",
                doi="10.1234/abc", url="https://example.org", contact="desk@example.org")  # fmt: skip
    made = citing.files(replace(book, cite_as=said))
    assert citing.is_cited_so(said, made)
    for name in ("authors", "publisher", "licence", "doi", "url", "contact"):
        for other in ("", "10.9999/other"):
            value = (other,) * bool(other) if name == "authors" else other
            assert not citing.is_cited_so(replace(said, **{name: value}), made), (name, other)
    assert not citing.is_cited_so(said, {})


# --- texts of others --------------------------------------------------------------------------


def test_signs_that_are_no_text_break_no_file(book, tmp_path):
    bad = "a\x00b\x07c\x1f\x7f\ufffe\uffff\ud800"
    first, *rest = book.findings
    evil = replace(book, name=bad, cite_as=Cite(publisher=bad, licence=bad),
                   findings=(replace(first, subtype=bad, agreement=bad), *rest))  # fmt: skip
    etree.fromstring(kmz.kml_bytes(evil))
    assert yaml.safe_load(citing.files(evil)["CITATION.cff"])["title"] == "abc"
    geopackage.write_geopackage(evil, tmp_path / "a.gpkg")
    for data in (export.to_csv(export.findings_table(evil)),
                 export.to_geojson(evil, export.findings_table(evil), "x")):  # fmt: skip
        assert b"abc" in data
        assert b"\x00" not in data


@pytest.mark.parametrize(
    "text",
    ["=1", "+1", "-1", "@x", "\t=1", "\n=1", "＝1", "－1", " =1", "\xa0=1", "\ufeff=1", "\u200b=1",
     "﹢1", "\u22121"],
    ids=["equals", "plus", "minus", "at", "tab", "line", "wide", "wide minus", "blank", "hard blank",
         "mark", "unseen", "small", "minus sign"],
)  # fmt: skip
def test_no_spreadsheet_computes_a_text(text):
    assert export.safe_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["a=1", "", " ", "(-1)", "한", "'=1", "1 - 2"])
def test_other_texts_stay_as_they_are(text):
    assert export.safe_text(text) == text


# --- simulated --------------------------------------------------------------------------------


def test_a_simulated_state_says_so_in_both_files(made_up):
    cff, told = (data.decode() for data in citing.files(made_up).values())
    assert yaml.safe_load(cff)["title"].startswith("SIMULATED")
    assert json.loads(told)["titles"][0]["title"].startswith("SIMULATED")


# --- pixels for Google Earth ------------------------------------------------------------------


def _tile(number: int, *, day: str = "2019-03-14", size: int = 64, simulated: bool = False):
    random = np.random.default_rng(number)
    out = io.BytesIO()
    Image.fromarray(random.integers(0, 255, (size, size, 3), np.uint8)).save(out, format="PNG")
    west = 124 + number / 100
    return Overlay(
        scene_id=f"scene-{day}abcdefgh", taken=When.parse(day), until=date(2022, 4, 9),
        bounds=(west, 40.5, west + 0.01, 40.51), picture=out.getvalue(), width_px=size,
        height_px=size, gsd_m=0.5, credit="© 2019 Example Imaging", licence="free to show",
        is_simulated=simulated,
    )  # fmt: skip


def test_tiles_are_in_files_of_their_own_and_none_is_too_large(book):
    tiles = [_tile(number) for number in range(6)]
    found = overlay.files(book, tiles, most_bytes=40_000)
    assert len(found) == 3
    assert max(map(len, found.values())) <= 40_000
    n_tiles = 0
    for name, data in found.items():
        assert name.startswith("overlays/2019-03-14-")
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            root = etree.fromstring(archive.read("doc.kml"))
            hrefs = [one.text for one in root.iter(f"{{{NAMESPACE}}}href")]
            assert set(hrefs) == set(archive.namelist()) - {"doc.kml"}
            for href in hrefs:
                with Image.open(archive.open(href)) as picture:
                    assert max(picture.size) <= overlay.MOST_SIDE_PX
        assert not list(root.iter(f"{{{NAMESPACE}}}NetworkLink"))
        n_tiles += len(hrefs)
    assert n_tiles == 6


def test_a_tile_has_its_region_its_time_and_its_credit(book):
    (data,) = overlay.files(book, [_tile(0)]).values()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        root = etree.fromstring(archive.read("doc.kml"))
    (ground,) = root.iter(f"{{{NAMESPACE}}}GroundOverlay")
    boxes = [
        {etree.QName(side).localname: float(side.text) for side in box}
        for tag in ("LatLonAltBox", "LatLonBox")
        for box in ground.iter(f"{{{NAMESPACE}}}{tag}")
    ]
    assert boxes[0] == boxes[1] == {"north": 40.51, "south": 40.5, "east": 124.01, "west": 124.0}
    assert [one.text for one in ground.find(f"{{{NAMESPACE}}}TimeSpan")] == [
        "2019-03-14", "2022-04-09",
    ]  # fmt: skip
    assert "© 2019 Example Imaging" in ground.findtext(f"{{{NAMESPACE}}}description")


def test_a_tile_that_earth_would_shrink_is_refused():
    with pytest.raises(BadImage, match="too large"):
        replace(_tile(0), width_px=2049)


def test_made_up_pixels_say_so_even_in_a_real_book(book):
    (data,) = overlay.files(book, [_tile(0, simulated=True)]).values()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        root = etree.fromstring(archive.read("doc.kml"))
    assert all(name.text.startswith("SIMULATED") for name in root.iter(f"{{{NAMESPACE}}}name"))


def test_without_tiles_there_is_no_file_with_pixels(book):
    assert overlay.files(book, []) == {}
