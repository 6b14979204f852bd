"""What an item states, under the names of many providers, and what is kept of it."""

import json
import math

import pytest
from shapely.geometry import box

import small_catalogue as small
from vallum.ground.errors import BadInput
from vallum.ground.when import When
from vallum.imagery.stac import items, naming

HREF = "https://files.example/a.tif?sig=SECRET"


def an_item(assets, **more):
    return small.item("scene", assets, area=box(129, 42, 130, 43), **more)


def read(assets, **more):
    return items.read(an_item(assets, **more), "https://stac.example/search")


def chosen(item, bands=""):
    return [asset.key for asset in items.chosen(item, bands)]


def test_what_is_stated_is_read() -> None:
    item = read({"visual": small.asset(HREF, "red", "green", "blue")}, **{"view:azimuth": 98.0})
    told = item.told
    assert item.taken == When.parse("2019-05-01")
    assert told.taken_at == "2019-05-01T02:11:09+00:00"
    assert (told.sensor, told.off_nadir_deg, told.view_azimuth_deg) == ("sentinel-2a msi", 4.5, 98)
    assert (told.sun_azimuth_deg, told.sun_elevation_deg, told.cloud_percent) == (151, 55, 3.5)
    assert told.credit == "contains modified Copernicus Sentinel data 2019"


def test_a_composite_of_a_year_is_not_taken_for_one_day() -> None:
    item = read(
        {"a": small.asset(HREF, "red")},
        moment="2019-01-01T00:00:00Z",
        start_datetime="2019-01-01T00:00:00Z",
        end_datetime="2019-12-31T23:59:59Z",
    )
    assert item.taken == When.parse("2019")
    assert not item.told.taken_at


def test_first_and_last_day_do_where_the_date_is_null() -> None:
    item = read(
        {"a": small.asset(HREF, "red")},
        moment=None,
        start_datetime="2012-01-01T00:00:00Z",
        end_datetime="2012-01-03T23:59:59Z",
    )
    assert item.taken == When.parse("2012-01-01..2012-01-03")


@pytest.mark.parametrize("moment", [None, "yesterday", 7, "2019-13-01T00:00:00Z", "x" * 99])
def test_an_item_without_a_date_is_refused_by_name(moment) -> None:
    with pytest.raises(BadInput, match="scene: the catalogue tells no date"):
        read({"a": small.asset(HREF, "red")}, moment=moment)


@pytest.mark.parametrize(
    "geometry",
    [None, {"type": "Polygon", "coordinates": "x"}, {"type": "Nonsense"}, {},
     {"type": "Polygon", "coordinates": [[[500, 1], [501, 1], [501, 2], [500, 1]]]}],
    ids=["none", "text", "kind", "empty", "off earth"],
)  # fmt: skip
def test_the_box_does_where_the_outline_is_broken(geometry) -> None:
    item = an_item({"a": small.asset(HREF, "red")}) | {"geometry": geometry}
    assert items.read(item, "https://stac.example/").footprint.bounds == (129, 42, 130, 43)


# -- which files ---------------------------------------------------------------------------------


def band(name, gsd_m=10.0, **more):
    return small.asset(HREF, name, gsd_m=gsd_m, **more)


def test_values_in_four_bands_go_before_a_picture_for_the_eye() -> None:
    assets = {name: band(name) for name in ("blue", "green", "red", "nir")}
    assets |= {
        "visual": small.asset(HREF, "red", "green", "blue", gsd_m=10),
        "swir16": band("swir16", 20),
    }
    assert chosen(read(assets)) == ["red", "green", "blue", "nir"]


def test_the_finest_goes_first() -> None:
    assets = {
        "ms_analytic": small.asset(HREF, "red", "green", "blue", "nir", gsd_m=1.24),
        "pan_analytic": small.asset(HREF, "pan", gsd_m=0.31),
        "visual": small.asset(HREF, "red", "green", "blue", gsd_m=0.31),
    }
    assert chosen(read(assets)) == ["visual"]


def test_near_infrared_of_another_size_is_left_out() -> None:
    assets = {name: band(name) for name in ("blue", "green", "red")} | {"nir": band("nir", 20)}
    assert chosen(read(assets)) == ["red", "green", "blue"]


def test_small_pictures_masks_and_descriptions_are_no_images() -> None:
    beside = {
        "thumbnail": small.asset(HREF, gsd_m=1),
        "overview": small.asset(HREF) | {"roles": ["overview"]},
        "SCL": small.asset(HREF),
        "aot": small.asset(HREF),
        "metadata": {"href": "https://files.example/m.xml", "type": "application/xml"},
        "jp2": {"href": "https://files.example/m.jp2", "type": "image/jp2"},
    }
    with pytest.raises(BadInput, match="lists no GeoTIFF on the web"):
        items.chosen(read(beside))


def test_a_person_may_choose_and_is_told_what_there_is() -> None:
    assets = {"B04": band("red"), "B03": band("green"), "TCI": small.asset(HREF)}
    item = read(assets)
    assert chosen(item, "B03, red") == ["B03", "B04"]
    assert chosen(item, "visual") == ["TCI"]
    with pytest.raises(BadInput, match="no band or file 'blue'.*red, green"):
        items.chosen(item, "blue")


def test_an_alternate_address_on_the_web_stands_in_for_one_that_is_not() -> None:
    asset = small.asset("s3://bucket/a.tif", "red") | {"alternate": {"https": {"href": HREF}}}
    assert read({"a": asset}).assets[0].href == HREF


def test_bands_of_stac_1_1_are_read() -> None:
    asset = {
        "href": HREF,
        "type": "image/tiff; application=geotiff",
        "bands": [{"name": "B4", "eo:common_name": "red"}, {"name": "b", "eo:common_name": "blue"}],
        "raster:scale": 0.0001,
        "nodata": 0,
    }
    found = read({"data": asset}).assets[0]
    assert (found.bands, found.nothing) == (("red", "blue"), 0)
    assert found.reflectance == (0.0001, 0.0)


@pytest.mark.parametrize(
    ("key", "sensor", "band"),
    [("B08", "sentinel-2a", "nir"), ("B02_10m", "", "blue"), ("SR_B4.TIF", "landsat_8", "red"),
     ("SR_B4.TIF", "landsat_5", "nir08"), ("nbart_swir_1", "landsat-8", "swir16"),
     ("B8", "landsat-9", "pan"), ("nir-1", "worldview", "nir"), ("B99", "sentinel-2a", "")],
)  # fmt: skip
def test_bands_are_known_by_their_usual_names(key, sensor, band) -> None:
    assert naming.bands_of(key, {}, sensor, []) == ((band,) if band else ())


@pytest.mark.parametrize(
    ("properties", "raster", "expected"),
    [({"s2:processing_baseline": "03.01"}, [{}], (1e-4, 0)),
     ({"s2:processing_baseline": "05.09"}, [{}], (1e-4, -0.1)),
     ({"earthsearch:boa_offset_applied": True}, [{"scale": 1e-4, "offset": -0.1}], (1e-4, 0)),
     ({}, [{"scale": 2.75e-5, "offset": -0.2}], (2.75e-5, -0.2)),
     ({}, [{"scale": 1.0}, {"scale": 2.0, "offset": 1}], (1, 0, 2, 1)),
     ({}, [{}], ())],
    ids=["old", "new", "taken off", "landsat", "two", "none"],
)  # fmt: skip
def test_gain_and_offset_are_those_of_the_product(properties, raster, expected) -> None:
    assert naming.reflectance(raster, properties) == pytest.approx(expected)


# -- secrets -------------------------------------------------------------------------------------


def test_no_signature_is_kept() -> None:
    assets = {"a": small.asset(HREF, "red")}
    item = an_item(assets, note="see https://me:SECRET@x.example/?token=SECRET")
    item["links"] = [{"rel": "self", "href": "https://stac.example/items/scene?key=SECRET"}]
    found = items.read(item, "https://stac.example/search?key=SECRET")
    assert "SECRET" in found.assets[0].href  # it is needed to fetch
    assert "SECRET" not in found.record.decode()
    assert "SECRET" not in found.href
    assert "SECRET" not in repr(found)
    assert json.loads(found.record)["assets"]["a"]["href"] == "https://files.example/a.tif"


def test_no_signature_is_in_what_is_told_or_printed() -> None:
    signed = "https://x.example/l?sig=SECRET"
    item = an_item(
        {f"a {signed}": small.asset(HREF, "red")}, license=signed, platform=f"wv {signed}"
    )
    item |= {"id": f"id {signed}", "collection": signed}
    item["properties"]["providers"] = [{"name": f"see {signed}", "roles": ["licensor"]}]
    found = items.read(item, "https://stac.example/", {"license": signed})
    told = f"{found.title} {found.told} {found.assets[0].key} {found.record.decode()}"
    assert "SECRET" not in told
    assert found.told.licence == "https://x.example/l"
    with pytest.raises(BadInput) as caught:
        items.chosen(found, "blue")
    assert "SECRET" not in str(caught.value)


# -- real items ----------------------------------------------------------------------------------


def test_every_real_item_is_read_or_refused_in_one_line(shared_data) -> None:
    n_read, refused = 0, []
    for path in sorted((shared_data / "stac").rglob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8-sig"))
        if not isinstance(document, dict):
            continue
        for item in document.get("features") or [document]:
            if not isinstance(item, dict) or item.get("type") != "Feature":
                continue
            try:
                found = items.read(item, "https://stac.example/")
                items.chosen(found)
                n_read += 1
            except BadInput as error:
                refused.append(str(error))
    assert n_read >= 35
    assert all("\n" not in line and "it was left out" in line for line in refused)


@pytest.mark.parametrize(
    ("name", "keys", "mask", "sensor", "sun_deg"),
    [("sentinel2-06vvn-20190629-raster-ext", ["B04", "B03", "B02", "B08"], "scl", "Sentinel-2B msi", 52.09),
     ("sentinel2-28qch-20200714", ["B04", "B03", "B02", "B08"], "scl", "sentinel-2a MSI", math.nan),
     ("landsat7-l2sp-044033-20210329", ["red", "green", "blue", "nir08"], "qa_pixel", "LANDSAT_7 ETM", 43.39),
     ("landsat8-l2sr-081119-20200101", ["SR_B4.TIF", "SR_B3.TIF", "SR_B2.TIF", "SR_B5.TIF"], "qa_pixel",
      "LANDSAT_8 oli tirs", 22.72),
     ("landsat8-ga-ard-088080-20200525", ["nbart_panchromatic"], "", "landsat-8 oli tirs", 31.79)],
    ids=["pc", "es", "l7", "l8", "ga"],
)  # fmt: skip
def test_the_same_is_read_from_different_providers(
    shared_data, name, keys, mask, sensor, sun_deg
) -> None:
    document = json.loads((shared_data / f"stac/items/{name}.json").read_text())
    item = items.read(document, "https://stac.example/")
    assert chosen(item) == keys
    assert item.mask_kind == mask
    assert item.told.sensor == sensor
    assert item.told.sun_elevation_deg == pytest.approx(sun_deg, abs=0.01, nan_ok=True)
