"""Vector files from outside: five good formats, and every hostile file of the collection."""

import csv
import gzip
import json
import sqlite3
import struct
import warnings
import zipfile

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiLineString, Point, Polygon, mapping

from vallum.ground.errors import BadInput, WorkerFailed
from vallum.ground.formats.checks import Gathered, Refused, from_crs
from vallum.ground.formats.geopackage import checked_wkb
from vallum.ground.vector import _feature, parse, read_shapes, read_shapes_with_problems

FENCE = LineString([(129.74, 42.44), (129.75, 42.45), (129.77, 42.45)])
FIELD = Polygon([(129.7, 42.4), (129.8, 42.4), (129.8, 42.5), (129.7, 42.4)])
TOWER = Point(129.76, 42.46)


def geojson_of(*features, **more):
    return json.dumps(
        {
            "type": "FeatureCollection",
            **more,
            "features": [
                {"type": "Feature", "properties": properties, "geometry": geometry}
                for geometry, properties in features
            ],
        }
    )


def line(*xy):
    return {"type": "LineString", "coordinates": [list(p) for p in xy]}


KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder>
<Placemark><name>fence</name><ExtendedData><Data name="km"><value>3.2</value></Data></ExtendedData>
<LineString><coordinates>129.74,42.44,5 129.75,42.45,5
129.77,42.45,5</coordinates></LineString></Placemark>
<Placemark><name>field</name><Polygon><outerBoundaryIs><LinearRing><coordinates>
129.7,42.4 129.8,42.4 129.8,42.5 129.7,42.4</coordinates></LinearRing></outerBoundaryIs></Polygon>
</Placemark>
<Placemark><name>tower</name><Point><coordinates>129.76,42.46</coordinates></Point></Placemark>
</Folder></Document></kml>"""


def make(path, epsg=4326):
    """Write fence, field and tower in the format of the suffix."""
    suffix = path.name.split(".", 1)[1]
    named = [(FENCE, "fence"), (FIELD, "field"), (TOWER, "tower")]
    text = geojson_of(*((mapping(shape), {"name": name}) for shape, name in named))
    if suffix == "geojson":
        path.write_text(text)
    elif suffix == "geojson.gz":
        path.write_bytes(gzip.compress(text.encode()))
    elif suffix == "kml":
        path.write_text(KML)
    elif suffix == "kmz":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("doc.kml", KML)
            archive.writestr("files/icon.png", b"")
    else:
        shapes = named if suffix == "gpkg" else named[:1]
        write_frame(path, [s for s, _ in shapes], [n for _, n in shapes], epsg)
    return path


def write_frame(path, shapes, names, epsg):
    import geopandas

    frame = geopandas.GeoDataFrame({"name": names, "km": 1.5}, geometry=shapes, crs=4326)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame.to_crs(epsg).to_file(path)


# Good files


@pytest.mark.parametrize("name", ["a.geojson", "a.geojson.gz", "a.kml", "a.kmz", "a.gpkg"])
def test_fence_field_and_tower_come_back_from_every_format(tmp_path, name):
    features = read_shapes(make(tmp_path / name))
    assert [f.number for f in features] == [1, 2, 3]
    assert [f.properties["name"] for f in features] == ["fence", "field", "tower"]
    for feature, shape in zip(features, (FENCE, FIELD, TOWER), strict=True):
        assert feature.shape.equals_exact(shape, 1e-9)


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp"])
@pytest.mark.parametrize("epsg", [4326, 32652, 5179])
def test_other_coordinate_systems_become_degrees(tmp_path, name, epsg):
    feature = read_shapes(make(tmp_path / name, epsg))[0]
    assert feature.shape.equals_exact(FENCE, 1e-7)
    assert feature.properties["name"] == "fence"
    assert feature.properties["km"] == 1.5


def test_the_capital_suffixes_of_old_shapefiles_are_known(tmp_path):
    path = make(tmp_path / "a.shp")
    for file in list(tmp_path.iterdir()):
        file.rename(file.with_suffix(file.suffix.upper()))
    assert len(read_shapes(path.with_suffix(".SHP"))) == 1


def test_a_shapefile_reads_no_other_sidecar(tmp_path):
    path = make(tmp_path / "a.shp")
    for suffix in (".qix", ".sbn", ".shp.xml", ".vrt", ".qpj"):
        (tmp_path / ("a" + suffix)).write_bytes(b"\xff" * 100)
    assert len(read_shapes(path)) == 1


@pytest.mark.parametrize(
    ("gone", "words"), [(".shx", "is not beside it"), (".prj", "coordinate system is not known")]
)
def test_a_shapefile_without_its_parts_says_which(tmp_path, gone, words):
    path = make(tmp_path / "a.shp")
    path.with_suffix(gone).unlink()
    with pytest.raises(BadInput, match=words):
        read_shapes(path)


def test_a_damaged_shapefile_is_refused(tmp_path):
    path = make(tmp_path / "a.shp")
    path.write_bytes(b"\x00" * 200)
    with pytest.raises(BadInput, match="is no Shapefile"):
        read_shapes(path)


def test_all_tables_of_a_geopackage_are_read(tmp_path):
    path = make(tmp_path / "a.gpkg")
    import geopandas

    more = geopandas.GeoDataFrame({"name": ["second"]}, geometry=[TOWER], crs=4326)
    more.to_file(path, layer="other")
    features = read_shapes(path)
    assert [f.properties["layer"] for f in features] == ["a", "a", "a", "other"]
    assert [f.number for f in features] == [1, 2, 3, 4]


def test_a_geopackage_with_unsaved_changes_beside_it_is_refused(tmp_path):
    path = make(tmp_path / "a.gpkg")
    (tmp_path / "a.gpkg-wal").write_bytes(b"x" * 32)
    with pytest.raises(BadInput, match="close the program"):
        read_shapes(path)


def test_a_geopackage_of_unknown_place_is_refused(tmp_path):
    path = make(tmp_path / "a.gpkg")
    with sqlite3.connect(path) as base:
        base.execute("UPDATE gpkg_geometry_columns SET srs_id = -1")
    base.close()
    with pytest.raises(BadInput, match="which coordinate system"):
        read_shapes(path)


def test_reading_changes_no_byte_and_leaves_no_file(tmp_path):
    path = make(tmp_path / "a.gpkg")
    before = path.read_bytes()
    read_shapes(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_one_geometry_and_one_feature_are_files_too(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(mapping(FENCE)))
    assert read_shapes(path)[0].shape.equals(FENCE)
    path.write_text(json.dumps({"type": "Feature", "id": 7, "properties": None,
                                "geometry": mapping(FIELD)}))  # fmt: skip
    assert read_shapes(path)[0].properties == {"id": 7}


def test_nested_properties_become_text(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text(geojson_of((mapping(TOWER), {"a": [1, {"b": 2}], "c": None, "d": True})))
    assert read_shapes(path)[0].properties == {"a": '[1, {"b": 2}]', "c": None, "d": True}


def test_collections_and_multi_parts_are_kept(tmp_path):
    both = shapely.GeometryCollection([FENCE, TOWER])
    two = MultiLineString([[(1, 2), (3, 4)], [(30, 40), (31, 41)]])
    path = tmp_path / "a.geojson"
    path.write_text(geojson_of((mapping(both), {}), (mapping(two), {})))
    assert [f.shape.geom_type for f in read_shapes(path)] == [
        "GeometryCollection",
        "MultiLineString",
    ]


# Bad files


def test_a_bad_feature_is_left_out_by_number_or_refuses_the_file(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text(geojson_of((line((1, 2)), {"name": "short"}), (mapping(FENCE), {})))
    features, problems = read_shapes_with_problems(path)
    assert [f.number for f in features] == [2]
    assert problems == [
        "a.geojson: feature 1 (short) was left out: its line has 1 vertex; a line has two or more"
    ]
    with pytest.raises(BadInput, match="feature 1"):
        read_shapes(path)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.geojson", "", "empty or cut short"),
        ("a.geojson", "<html>", "web page"),
        ("a.geojson", "[1, 2]", "no GeoJSON object"),
        ("a.geojson", '{"type": "Topology"}', "no GeoJSON"),
        ("a.geojson", '{"type": "FeatureCollection", "features": []}', "holds no feature"),
        ("a.geojson", geojson_of().encode("utf-16"), "UTF-16"),
        ("a.geojson", b'{"a": "\xc8\xb8\xff"}', "not UTF-8"),
        ("a.geojson.gz", gzip.compress(b" " * 20_000_000, mtime=0), "no honest file"),
        ("a.geojson.gz", gzip.compress(geojson_of().encode(), mtime=0)[:40], "cut short"),
        ("a.kml", "not xml", "broken XML"),
        ("a.kml", "<kml><a>" + "x" * 11_000_000 + "</a></kml>", "10 MB"),
        ("a.kml", "<!DOCTYPE kml><kml/>", "document type"),
        ("a.gpkg", "SQLite format 3", "no sound GeoPackage"),
        ("a.gpkg", "", "no sound GeoPackage"),
        ("a.kmz", "", "no sound KMZ"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    try:
        problem = parse(str(path))["problems"][0]
    except BadInput as error:
        problem = str(error)
    assert problem.startswith(name)
    assert words in problem


def test_a_file_of_another_kind_is_refused_with_the_kinds_that_are_read(tmp_path):
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(BadInput, match=r"vallum reads \.geojson"):
        read_shapes(tmp_path / "a.txt")


def test_a_folder_or_a_missing_file_is_refused(tmp_path):
    (tmp_path / "a.kml").mkdir()
    with pytest.raises(BadInput, match="not a plain file"):
        read_shapes(tmp_path / "a.kml")
    with pytest.raises(BadInput, match="is not there"):
        read_shapes(tmp_path / "b.kml")


@pytest.mark.parametrize(
    "crs",
    [
        "http://127.0.0.1:9/x",
        "/etc/passwd",
        "+proj=longlat +nadgrids=/etc/passwd",
        "EPSG:999999",
        "GEOGCS[",
        "",
        7,
    ],
)
def test_only_epsg_codes_name_a_coordinate_system_in_geojson(tmp_path, crs):
    path = tmp_path / "a.geojson"
    path.write_text(
        geojson_of((mapping(FENCE), {}), crs={"type": "name", "properties": {"name": crs}})
    )
    with pytest.raises(BadInput, match="EPSG"):
        parse(str(path))


@pytest.mark.parametrize(
    "crs", ["EPSG:4326", "urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326"]
)
def test_degrees_stay_degrees(crs):
    assert from_crs(crs, "a") is None


def test_coordinates_outside_their_coordinate_system_are_left_out():
    turn = from_crs("EPSG:32652", "a")
    with pytest.raises(Refused, match="outside the area"):
        turn(LineString([(1e20, 1e20), (2e20, 1e20)]))


def test_more_vertices_than_the_cap_are_refused_before_they_are_built():
    found = Gathered("a.geojson")
    with pytest.raises(BadInput, match="5,000,000 vertices"):
        found.spend(5_000_001)


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(0, 150), st.integers(0, 255))
def test_mutated_wkb_is_read_or_refused_and_nothing_else(noise, at, byte):
    wkb = bytearray(shapely.to_wkb(shapely.GeometryCollection([FENCE, FIELD, TOWER])))
    wkb[at] = byte
    for data in (noise, bytes(wkb), bytes(wkb)[:at]):
        try:
            shape = checked_wkb(data, Gathered("a"))
        except Refused:
            continue
        assert shapely.get_num_coordinates(shape) <= len(data) / 16


@pytest.mark.parametrize("kind", [2, 3, 4, 5, 6, 7])
def test_a_wkb_that_promises_too_much_is_refused(kind):
    with pytest.raises(Refused, match="promises"):
        checked_wkb(struct.pack("<BII", 1, kind, 2**31 - 1), Gathered("a"))


def test_heights_and_measures_are_dropped(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text(geojson_of((line((1, 2, 3), (4, 5, 6)), {})))
    assert not read_shapes(path)[0].shape.has_z
    for shape in (shapely.LineString([(1, 2, 3), (4, 5, 6)]), Point(1, 2, 3)):
        assert checked_wkb(shapely.to_wkb(shape, flavor="iso"), Gathered("a")).equals(shape)
        assert checked_wkb(shapely.to_wkb(shape, flavor="extended"), Gathered("a")).equals(shape)


def test_a_kmz_with_an_encrypted_map_is_refused(tmp_path):
    path = make(tmp_path / "a.kmz")
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    path.write_bytes(data)
    with pytest.raises(BadInput, match="encrypted"):
        read_shapes(path)


def test_the_worker_returns_nothing_but_json(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text(geojson_of((mapping(TOWER), {"n": 2**70, "x": np.pi})))
    json.dumps(parse(str(path)), allow_nan=False)


# The hostile collection: number of features that survive and words of the problem, or a refusal

REFUSED = None
HOSTILE = {
    "geojson/concatenated.geojson": (REFUSED, "several documents"),
    "geojson/deep-coordinates.geojson": (REFUSED, "nested too deeply"),
    "geojson/deep-nesting.geojson": (REFUSED, "nested too deeply"),
    "geojson/duplicate-keys.geojson": (REFUSED, "stands twice"),
    "geojson/huge-numbers.geojson": (REFUSED, "number"),
    "geojson/legacy-crs.geojson": (1, ""),
    "geojson/nan-infinity.geojson": (REFUSED, "NaN"),
    # the multi-part with a gap is sound as a shape; as a frontier it is refused
    "geojson/odd-geometries.geojson": (2, "axes swapped"),
    "geojson/script-in-properties.geojson": (1, ""),
    "geojson/utf8-bom.geojson": (1, ""),
    "gpkg/cross-join-view.gpkg": (2, "is a view"),
    "gpkg/endless-view.gpkg": (2, "is a view"),
    "gpkg/not-a-gpkg.gpkg": (REFUSED, "no sound GeoPackage"),
    "gpkg/script-in-layer-name.gpkg": (2, ""),
    "gpkg/trigger-changes-review.gpkg": (2, "1 trigger"),
    "gpkg/trigger-deletes.gpkg": (2, "2 triggers"),
    "gpkg/truncated.gpkg": (REFUSED, "no sound GeoPackage"),
    "gpkg/view-load-extension.gpkg": (2, "is a view"),
    "gpkg/wkb-huge-count.gpkg": (0, "promises"),
    "kml/bad-coordinates.kml": (0, "look swapped"),
    "kml/billion-laughs.kml": (REFUSED, "nothing was read"),
    "kml/deep-nesting.kml": (REFUSED, "nested too deeply"),
    "kml/network-link.kml": (0, "2 network links, not followed"),
    "kml/quadratic-blowup.kml": (REFUSED, "nothing was read"),
    "kml/script-in-description.kml": (1, ""),
    "kml/truncated.kml": (REFUSED, "broken XML"),
    "kml/wrong-encoding.kml": (REFUSED, "encoding"),
    "kml/xinclude.kml": (1, ""),
    "kml/xxe-file-read.kml": (REFUSED, "document type"),
    "kml/xxe-network.kml": (REFUSED, "document type"),
    "kml/xxe-parameter-entity.kml": (REFUSED, "document type"),
    "kml/xxe-utf16.kml": (REFUSED, "document type"),
    "kmz/billion-laughs.kmz": (REFUSED, "nothing was read"),
    "kmz/lying-size.kmz": (REFUSED, "no sound KMZ"),
    "kmz/not-a-zip.kmz": (REFUSED, "no sound KMZ"),
    "kmz/symlink.kmz": (REFUSED, "link to another file"),
    "kmz/two-documents.kmz": (1, "2 KML files"),
    "kmz/zip-bomb-nested.kmz": (REFUSED, "no KML file"),
    "kmz/zip-bomb-overlap.kmz": (REFUSED, "2,000 entries"),
    "kmz/zip-bomb.kmz": (REFUSED, "no honest file"),
    "kmz/zip-slip.kmz": (1, "4 entries"),
}


@pytest.mark.real
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_does_no_harm(shared_data, name):
    path = shared_data / "hostile" / name
    expected, words = HOSTILE[name]
    if expected is REFUSED:
        with pytest.raises(BadInput, match=words) as caught:
            read_shapes_with_problems(path)
        said = str(caught.value)
    else:
        features, problems = read_shapes_with_problems(path)
        assert len(features) == expected
        assert any(words in problem for problem in problems) == bool(words)
        said = repr(features) + repr(problems)
        for feature in features:
            xy = shapely.get_coordinates(feature.shape)
            assert np.isfinite(xy).all()
            assert (np.abs(xy) <= [180, 90]).all()
    assert "root:" not in said


@pytest.mark.real
def test_every_hostile_vector_file_of_the_collection_is_tried(shared_data):
    with (shared_data / "hostile" / "manifest.csv").open() as file:
        listed = {row["path"] for row in csv.DictReader(file)}
    folders = ("geojson/", "gpkg/", "kml/", "kmz/")
    assert {path for path in listed if path.startswith(folders)} == set(HOSTILE)


@pytest.mark.real
def test_metres_of_an_old_crs_member_become_degrees(shared_data):
    (feature,) = read_shapes(shared_data / "hostile" / "geojson" / "legacy-crs.geojson")
    assert feature.shape.centroid.distance(Point(129.74, 42.44)) < 0.05


@pytest.mark.real
def test_the_real_fences_of_2017_are_all_read(shared_data):
    features = read_shapes(shared_data / "barriers" / "usa-mex-fence-2017.geojson")
    assert len(features) == 743
    assert {f.properties["gen_type"] for f in features} >= {"pedestrian", "vehicle"}


@pytest.mark.parametrize(
    "shape", ["", "AAAA", "no base64", "\u00e9", "AQEAAAAAAAAAAAD4fwAAAAAAAPh/"]
)
def test_what_comes_back_as_no_shape_is_a_failure(shape):
    with pytest.raises(WorkerFailed, match="no shape"):
        _feature({"shape": shape, "properties": {}, "number": 1})
