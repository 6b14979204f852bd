"""Areas for Google Earth: outlines that open offline, with hostile text kept as text."""

import io
import zipfile

import shapely
from lxml import etree

from vallum.report import aois
from vallum.report.aois import Area


def document(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return etree.fromstring(archive.read("doc.kml"))


def test_each_area_is_a_polygon_in_its_folder():
    areas = [
        Area(name="a", text="one\ntwo", shape=shapely.box(0, 0, 1, 1), folder="x"),
        Area(name="b", text="", shape=shapely.box(2, 0, 3, 1), folder="y"),
    ]
    root = document(aois.kmz_bytes("Areas", areas, is_simulated=True))
    folders = root.findall(".//{*}Folder")
    assert [one.find("{*}name").text for one in folders] == ["SIMULATED x", "SIMULATED y"]
    assert len(root.findall(".//{*}Polygon")) == 2
    assert root.find(".//{*}Placemark/{*}description").text == "one<br>two"


def test_text_of_a_price_file_is_no_markup():
    text = "<script>x</script> $[name]"
    root = document(
        aois.kmz_bytes("t", [Area(name="<b>", text=text, shape=shapely.box(0, 0, 1, 1))])
    )
    said = root.find(".//{*}Placemark/{*}description").text
    assert "<script>" not in said
    assert "$[name]" not in said


def test_the_same_areas_give_the_same_bytes():
    areas = [Area(name="a", text="t", shape=shapely.box(0, 0, 1, 1))]
    assert aois.kmz_bytes("t", areas) == aois.kmz_bytes("t", areas)
