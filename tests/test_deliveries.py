"""Deliveries in their providers' layouts: what belongs together, and what their papers say."""

import json
import shutil
import tarfile
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import rasterio
from PIL import Image as Picture

import small_orders
from small_images import textured, write
from vallum.ground.errors import BadImage, WorkerFailed
from vallum.ground.records import Scene
from vallum.imagery import catalog
from vallum.imagery.cloud.cover import Cover
from vallum.imagery.deliveries import accept, find, masks, stacitem, unpack
from vallum.imagery.deliveries.order import Found, Image, Mask, Order

WISH = {
    "taken": None, "licence": "", "credit": "", "may_publish": False, "in_place": False,
    "is_simulated": True, "today": "2026-11-22",
}  # fmt: skip


def look(*paths: Path) -> Found:
    """What lies there, found in this process: the files were made by the test."""
    near = [str(path) for path in find.around(paths)]
    return Found.of(json.loads(json.dumps(find.look([str(path) for path in paths], near))))


def only(found: Found):
    assert not found.problems, found.problems
    ((image,),) = [order.images for order in found.orders]
    return image


def take(image, folder: Path, *, dem: Path | None = None, **wish) -> list[tuple[Scene, str]]:
    home, work = folder / "imagery", folder / "work"
    for one in (home, work):
        one.mkdir(exist_ok=True)
    answer = accept.take_in(
        image.plain(),
        "order",
        str(dem or ""),
        str(home),
        str(work),
        WISH | wish,
        1 << 34,
        [catalog.hash_of(Path(name)) for name in image.files],
        catalog.hash_of(dem) if dem else "",
    )
    shutil.rmtree(work)
    return [(Scene.from_body(one["scene"]), one["note"]) for one in answer["scenes"]]


def pixels_of(scene: Scene, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    with rasterio.open(folder / scene.href) as source:
        return source.read(), source.dataset_mask() > 0


# -- Maxar ----------------------------------------------------------------------------------


def test_tiles_of_maxar_become_one_scene_with_all_that_the_papers_state(tmp_path):
    small_orders.maxar(tmp_path)
    found = look(tmp_path)
    image = only(found)
    assert found.orders[0].kind == "Maxar"
    assert found.orders[0].number == "0155"
    assert not found.pictures
    assert not found.singles
    ((scene, note),) = take(image, tmp_path)
    assert scene.taken_at == datetime(2023, 3, 14, 2, 12, 21, 123456, tzinfo=UTC)
    assert (str(scene.taken), scene.taken_from) == ("2023-03-14", f"sidecar {image.name}.IMD")
    assert (scene.sensor, scene.bands, scene.dtype) == ("WorldView-2", ("pan",), "uint16")
    assert (scene.off_nadir_deg, scene.view_azimuth_deg) == (18.1, 213.4)
    assert (scene.sun_azimuth_deg, scene.sun_elevation_deg) == (151.2, 41.3)
    assert scene.cloud_percent == pytest.approx(3.0)
    assert scene.licence == "Maxar News Bureau, internal use (LICENSE.TXT)"
    assert scene.credit == "Satellite image ©2023 Maxar Technologies"
    assert note == ""
    pixels, valid = pixels_of(scene, tmp_path)
    expected = textured(1, 200, 300, dtype="uint16", seed=0, low=200, high=1800)
    assert np.array_equal(pixels, expected)
    assert valid.all()


def test_one_tile_dropped_alone_brings_its_set(tmp_path):
    folder = small_orders.maxar(tmp_path)
    tile = next(folder.glob("*R1C1*"))
    image = only(look(tile))
    assert len(image.files) == 2
    assert "belongs to a set of 2 listed in" in image.notes[0]


def test_a_set_without_a_tile_is_taken_and_says_what_is_not_seen(tmp_path):
    folder = small_orders.maxar(tmp_path, n_tiles=3)
    whole = only(look(tmp_path))
    gone = next(folder.glob("*R1C2*"))
    gone.unlink()
    image = only(look(tmp_path))
    assert image.missing == (gone.name,)
    ((scene, note),) = take(image, tmp_path)
    assert f"1 of its 3 files are missing ({gone.name})" in note
    _, valid = pixels_of(scene, tmp_path)
    assert valid[:, :150].all()
    assert valid[:, 300:].all()
    assert not valid[:, 150:300].any()
    assert len(whole.files) == 3


def test_a_renamed_tile_is_found_by_what_is_left_over(tmp_path):
    folder = small_orders.maxar(tmp_path)
    next(folder.glob("*R1C2*")).rename(folder / "right half.tif")
    image = only(look(tmp_path))
    assert not image.missing
    assert "right half.tif taken for" in image.notes[0]
    assert [Path(file).name for file in image.files][-1] == "right half.tif"


@pytest.mark.parametrize(
    "case", ["another-date", "another-place", "upon-another"], ids=lambda case: case
)
def test_an_image_that_is_no_lost_tile_is_not_taken_for_one(tmp_path, case):
    folder = small_orders.maxar(tmp_path)
    first, lost = sorted(folder.glob("*.TIF"))
    east = {"another-date": 150, "another-place": 9_000, "upon-another": 3}[case]
    name = "scene_2019-05-01.tif" if case == "another-date" else "loose.tif"
    with rasterio.open(lost) as source:
        pixels = source.read()
    write(folder / name, pixels, transform=small_orders.at(east))
    lost.unlink()
    found = look(tmp_path)
    ((image,),) = [order.images for order in found.orders]
    assert ([Path(file).name for file in image.files], image.missing) == (
        [first.name],
        (lost.name,),
    )
    assert [Path(path).name for path in found.singles] == [name]


def test_an_image_of_another_date_is_not_the_only_image_of_a_paper(tmp_path):
    folder = small_orders.maxar(tmp_path, n_tiles=1)
    (tile,) = folder.glob("*.TIF")
    tile.rename(folder / "scene_2019-05-01.tif")
    found = look(tmp_path)
    assert not found.orders
    assert [Path(path).name for path in found.singles] == ["scene_2019-05-01.tif"]
    assert "describes an image whose files are not here" in found.problems[0]
    order = small_orders.planet(tmp_path / "p")
    (order / "manifest.json").unlink(missing_ok=True)
    (picture,) = order.rglob("*AnalyticMS*.tif")
    picture.rename(picture.with_name("other_2019-06-01.tif"))
    found = look(tmp_path / "p")
    assert not found.orders
    assert [Path(path).name for path in found.singles] == ["other_2019-06-01.tif"]


def test_papers_of_maxar_in_xml_say_the_same_and_bands_come_red_first(tmp_path):
    pixels = textured(4, 200, 300, dtype="uint16", low=200, high=1800)
    write(tmp_path / "p.TIF", pixels)
    small_orders.maxar_xml(tmp_path)
    ((scene, _),) = take(only(look(tmp_path)), tmp_path)
    assert (scene.sensor, str(scene.taken)) == ("WorldView-3", "2022-05-01")
    assert np.isnan(scene.cloud_percent)
    assert scene.bands == ("red", "green", "blue", "nir")
    assert np.array_equal(pixels_of(scene, tmp_path)[0], pixels[[2, 1, 0, 3]])


def test_a_basic_image_is_for_looking_only_without_a_height_model(tmp_path):
    small_orders.basic(tmp_path)
    image = only(look(tmp_path))
    assert image.is_raw
    assert image.rpc is not None
    ((scene, _),) = take(image, tmp_path)
    assert "no height model" in scene.looking_only
    assert scene.crs == "EPSG:32652"
    assert scene.footprint.centroid.x == pytest.approx(129.73, abs=1e-3)
    assert scene.footprint.centroid.y == pytest.approx(42.45, abs=1e-3)


def test_with_a_height_model_a_basic_image_lies_where_its_camera_model_says(tmp_path):
    small_orders.basic(tmp_path)
    image = only(look(tmp_path))
    dem = tmp_path / "dem.tif"
    heights = np.full((1, 80, 80), 600.0, np.float32)
    write(
        dem,
        heights,
        crs="EPSG:4326",
        transform=rasterio.transform.from_origin(129.7, 42.48, 1e-3, 1e-3),
    )
    (flat,), (high,) = take(image, tmp_path), take(image, tmp_path, dem=dem)
    assert high[0].looking_only == ""
    assert "dem.tif" in high[1]
    # The model shifts columns by 0.05 x (600 - 100) m / 500 m of its scale of longitude, 0.01 deg.
    moved = high[0].footprint.centroid.x - flat[0].footprint.centroid.x
    assert moved == pytest.approx(-0.05 * 0.01, abs=5e-5)
    small = tmp_path / "far.tif"
    write(
        small,
        heights,
        crs="EPSG:4326",
        transform=rasterio.transform.from_origin(10, 42.48, 1e-3, 1e-3),
    )
    with pytest.raises(BadImage, match=r"far\.tif: covers 0%"):
        take(image, tmp_path, dem=small)


def test_a_basic_image_without_its_camera_model_names_the_next_step(tmp_path):
    (small_orders.basic(tmp_path) / "b.RPB").unlink()
    with pytest.raises(BadImage, match="camera model.*order it map-projected"):
        take(only(look(tmp_path)), tmp_path)


# -- the others -----------------------------------------------------------------------------


def test_a_planet_order_gives_date_angles_and_its_mask(tmp_path):
    found = look(small_orders.planet(tmp_path))
    image = only(found)
    assert found.orders[0].number == "tumen"
    ((scene, _),) = take(image, tmp_path)
    assert (str(scene.taken), scene.sensor) == ("2022-04-11", "PlanetScope PSB.SD")
    assert (scene.cloud_percent, scene.off_nadir_deg) == (33, 3.1)
    assert (scene.bands, scene.reflectance) == (("red", "green", "blue", "nir"), (1e-4, 0.0))
    assert scene.credit == "Image © 2022 Planet Labs PBC"
    with rasterio.open(tmp_path / scene.mask_href) as mask:
        codes = mask.read(1)
        assert mask.shape == (90, 120)
    assert (codes[:30] == Cover.CLOUD).all()
    assert (codes[30:60] == Cover.GROUND).all()
    assert (codes[60:] == Cover.SNOW).all()


def test_a_renamed_planet_file_is_known_by_its_hash(tmp_path):
    order = small_orders.planet(tmp_path, with_metadata=False)
    next(order.rglob("*AnalyticMS*")).rename(order / "picture.tif")
    image = only(look(order))
    assert "picture.tif is 20220411_021234" in image.notes[0]
    # Its item's name holds the moment, where the metadata file is not there.
    assert image.told.taken_at.startswith("2022-04-11T02:12:34")


def test_a_dimap_of_two_tiles_gives_angles_reflectance_and_cloud_polygons(tmp_path):
    image = only(look(small_orders.dimap(tmp_path)))
    ((scene, note),) = take(image, tmp_path)
    assert (scene.name, scene.sensor) == ("PHR1A_ORT_abc", "Pléiades 1A")
    assert scene.taken_at == datetime(2022, 5, 1, 2, 15, 21, tzinfo=UTC)
    assert (scene.off_nadir_deg, scene.sun_elevation_deg, scene.cloud_percent) == (12.5, 60, 4.5)
    assert scene.bands == ("red", "green", "blue", "nir")
    # pi d^2 / (E sin(elevation) gain), with d = 1.0075 on the first of May.
    assert scene.reflectance[0] == pytest.approx(
        np.pi * 1.0075**2 / (1500 * np.sin(np.radians(60)) * 9.5), rel=2e-3
    )
    assert scene.credit == "© CNES 2022, distribution Airbus DS"
    assert pixels_of(scene, tmp_path)[0].shape == (4, 80, 200)
    with rasterio.open(tmp_path / scene.mask_href) as mask:
        codes = mask.read(1)
    assert (codes[:, :50] == Cover.CLOUD).all()
    assert (codes[:, 52:] == Cover.GROUND).all()
    assert note == ""


def test_a_safe_folder_stacks_its_bands_of_ten_metres_and_keeps_its_classes(tmp_path):
    image = only(look(small_orders.safe(tmp_path)))
    ((scene, _),) = take(image, tmp_path)
    assert scene.sensor == "Sentinel-2A MSI"
    assert scene.taken_at == datetime(2022, 4, 11, 2, 24, 11, 500000, tzinfo=UTC)
    assert (scene.sun_elevation_deg, scene.sun_azimuth_deg) == (53.5, 152.5)
    assert scene.view_azimuth_deg == pytest.approx(104.0)
    assert (scene.bands, scene.reflectance) == (("red", "green", "blue", "nir"), (1e-4, -0.1))
    red = textured(1, 60, 60, dtype="uint16", seed=2, low=1100, high=4000)[0]
    assert np.array_equal(pixels_of(scene, tmp_path)[0][0], red)
    with rasterio.open(tmp_path / scene.mask_href) as mask:
        codes = mask.read(1)
        assert (mask.res, mask.shape) == ((20.0, 20.0), (30, 30))
    assert (codes[:10] == Cover.CLOUD).all()
    assert (codes[10:12] == Cover.SHADOW).all()
    assert (codes[20:] == Cover.SNOW).all()


def test_one_band_of_a_safe_folder_brings_the_others(tmp_path):
    folder = small_orders.safe(tmp_path)
    image = only(look(next(folder.rglob("*_B04_10m.jp2"))))
    assert len(image.files) == 4


def test_a_landsat_scene_stacks_six_bands_and_reads_its_quality_bits(tmp_path):
    found = look(small_orders.landsat(tmp_path))
    assert not found.singles  # thermal and quality files are spoken of
    ((scene, _),) = take(only(found), tmp_path)
    assert (scene.sensor, scene.n_bands) == ("Landsat-8 OLI_TIRS", 6)
    assert scene.bands == ("red", "green", "blue", "nir", "swir16", "swir22")
    assert scene.taken_at == datetime(2022, 4, 11, 2, 5, 43, 123456, tzinfo=UTC)
    assert scene.reflectance == (2.75e-05, -0.2)
    with rasterio.open(tmp_path / scene.mask_href) as mask:
        codes = mask.read(1)
    assert (codes[:8] == Cover.CLOUD).all()
    assert (codes[8:10] == Cover.SHADOW).all()
    assert (codes[39] == Cover.NODATA).all()


def test_a_landsat_scene_without_a_band_says_which(tmp_path):
    image = only(look(small_orders.landsat(tmp_path, bands=("2", "3", "4"))))
    assert image.told.bands == ("red", "green", "blue")
    assert "SR_B5.TIF" in image.notes[0]


def test_naip_is_dated_by_its_metadata_and_without_it_by_its_name(tmp_path):
    folder = small_orders.naip(tmp_path)
    first = only(look(folder)).told
    assert (first.taken, first.source[:7]) == ("2020-07-15", "sidecar")
    next(folder.glob("*.xml")).unlink()
    image = only(look(folder))
    assert (image.told.taken, image.told.source) == ("2020-07-15", "filename")
    ((scene, _),) = take(image, tmp_path)
    assert (scene.bands, scene.licence) == (("red", "green", "blue", "nir"), "public domain (USDA)")


def test_a_stac_item_with_its_files_beside_it_is_a_delivery(tmp_path):
    ((scene, _),) = take(only(look(small_orders.up42(tmp_path))), tmp_path)
    assert (scene.name, scene.sensor, scene.licence) == ("order-1-scene-1", "sat-9", "proprietary")
    assert (scene.view_azimuth_deg, scene.off_nadir_deg) == (201.0, 12.5)
    assert scene.bands == ("red", "green", "blue", "nir")


# -- mosaics --------------------------------------------------------------------------------


def test_a_mosaic_is_split_by_the_dates_of_its_seams(tmp_path):
    root = small_orders.mosaic(tmp_path / "m")
    found = look(root)
    image = only(found)
    parts = take(image, tmp_path)
    assert [str(scene.taken) for scene, _ in parts] == ["2022-04-11", "2022-09-30"]
    assert {scene.part_of for scene, _ in parts} == {"mosaic.tif"}
    assert [scene.sensor for scene, _ in parts] == ["WV02", "GE01"]
    whole = textured(3, 100, 200)
    seen = [int(pixels_of(scene, tmp_path)[1].sum()) for scene, _ in parts]
    assert seen == [pytest.approx(12_000, abs=150), pytest.approx(8_000, abs=150)]
    assert sum(seen) == whole[0].size
    assert np.array_equal(pixels_of(parts[0][0], tmp_path)[0][:, :90, :110], whole[:, :90, :110])


def seamed(root: Path, change) -> Found:
    """A mosaic of two dates whose layer was changed before it is looked at."""
    layer = small_orders.mosaic(root) / "mosaic_CUT.geojson"
    document = json.loads(layer.read_text())
    change(document["features"])
    layer.write_text(json.dumps(document))
    return look(root)


def test_where_seams_of_two_dates_overlap_both_dates_are_the_bracket(tmp_path):
    def reach(features):
        one, other = (feature["geometry"]["coordinates"][0] for feature in features)
        top, bottom = np.mean([one[:2], one[2:4]], axis=1).tolist()
        other[0] = other[4] = top  # the second begins in the middle of the first
        other[3] = bottom

    parts = take(only(seamed(tmp_path / "m", reach)), tmp_path)
    sizes = {str(scene.taken): int(pixels_of(scene, tmp_path)[1].sum()) for scene, _ in parts}
    assert list(sizes) == ["2022-04-11", "2022-04-11..2022-09-30", "2022-09-30"]
    assert sizes["2022-04-11..2022-09-30"] == pytest.approx(6_000, abs=200)
    assert sum(sizes.values()) == pytest.approx(20_000, abs=200)
    assert "seams of 2 dates overlap here" in parts[1][1]
    assert parts[1][0].sensor == ""


def test_two_dates_for_the_same_ground_lose_neither(tmp_path):
    def same(features):
        features[1]["geometry"] = features[0]["geometry"]

    ((scene, note),) = take(only(seamed(tmp_path / "m", same)), tmp_path)
    assert str(scene.taken) == "2022-04-11..2022-09-30"
    assert "40% of the mosaic lies in no dated seam and was left out; say --taken" in note
    assert "the dated part of a mosaic" in note


@pytest.mark.parametrize(
    "properties", [{}, {"acq_date": "2099-01-01"}], ids=["undated", "in-the-future"]
)
def test_the_undated_part_of_a_mosaic_has_the_range_of_its_papers(tmp_path, properties):
    image = only(seamed(tmp_path / "m", lambda found: found[1].update(properties=properties)))
    image = replace(image, told=replace(image.told, taken="2022-01-01..2022-12-31"))
    parts = take(image, tmp_path)
    assert [str(scene.taken) for scene, _ in parts] == ["2022-04-11", "2022-01-01..2022-12-31"]
    assert sum(pixels_of(scene, tmp_path)[1].sum() for scene, _ in parts) == pytest.approx(
        20_000, abs=200
    )


def test_what_a_person_says_dates_the_undated_part_of_a_mosaic(tmp_path):
    image = only(seamed(tmp_path / "m", lambda found: found.pop()))
    parts = take(image, tmp_path, taken="2022-01-01..2022-12-31")
    assert [(str(scene.taken), scene.taken_from) for scene, _ in parts][1] == (
        "2022-01-01..2022-12-31",
        "given",
    )


# -- wrong, partial, mixed ------------------------------------------------------------------


def test_a_mixed_folder_keeps_its_orders_apart(tmp_path):
    small_orders.maxar(tmp_path / "a")
    small_orders.planet(tmp_path / "b")
    small_orders.landsat(tmp_path)
    write(tmp_path / "loose_2020-01-02.tif", textured(3, 40, 40))
    (tmp_path / "shot.png").write_bytes(b"\x89PNG\r\n")
    found = look(tmp_path)
    assert [order.kind for order in found.orders] == ["Landsat", "Maxar", "Planet"]
    assert [Path(path).name for path in found.singles] == ["loose_2020-01-02.tif"]
    assert [Path(path).name for path in found.pictures] == ["shot.png"]
    assert not found.problems


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("d.XML", "<Dimap_Document><open", "broken XML"),
        ("d.XML", '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>', "document"),
        ("manifest.json", "{", "no valid JSON"),
    ],
    ids=["broken-xml", "entity", "broken-json"],
)
def test_a_broken_paper_is_one_line_and_the_rest_goes_on(tmp_path, name, text, said):
    (tmp_path / name).write_text(text)
    write(tmp_path / "x_2020-01-02.tif", textured(1, 40, 40))
    found = look(tmp_path)
    assert len(found.problems) == 1
    assert found.problems[0].startswith(name)
    assert said in found.problems[0]
    assert len(found.singles) == 1


ODD = {
    "roles": {"type": "Feature", "id": "x", "properties": {"datetime": "2020-01-01T00:00:00Z"},
              "assets": {"a": {"href": "a.tif", "roles": 5}}},
    "scale": {"type": "Feature", "id": "x", "properties": {},
              "assets": {"a": {"href": "a.tif", "raster:bands": 5}}},
    "notes": {"name": "m", "files": [{"path": "a.tif", "media_type": "image/tiff",
                                      "annotations": ["planet/x"]}]},
}  # fmt: skip


@pytest.mark.parametrize("kind", ODD, ids=str)
def test_an_odd_value_in_a_paper_costs_nothing_else(tmp_path, kind):
    small_orders.maxar(tmp_path / "order")
    (tmp_path / "bad.json").write_text(json.dumps(ODD[kind]))
    write(tmp_path / "a.tif", textured(1, 40, 40))
    found = look(tmp_path)
    assert not found.problems
    assert {"Maxar"} < {order.kind for order in found.orders}
    assert found.orders[0].images[0].told.sensor == "WorldView-2"


def test_a_paper_that_a_reader_fails_on_is_left_out_by_name(tmp_path, monkeypatch):
    small_orders.up42(tmp_path)
    document = json.loads((tmp_path / "data.json").read_text())
    document["features"][0]["id"] = "odd"
    (tmp_path / "a.json").write_text(json.dumps(document))
    small_orders.maxar(tmp_path / "order")
    told = stacitem._told

    def failing(folder, paper, item, *more):
        if item["id"] == "odd":
            raise KeyError("SIMULATED")
        return told(folder, paper, item, *more)

    monkeypatch.setattr(stacitem, "_told", failing)
    found = look(tmp_path)
    assert [order.kind for order in found.orders] == ["Maxar", "STAC"]
    (line,) = found.problems
    assert line.startswith("a.json: is no paper as STAC writes them (KeyError")


def test_xml_that_hides_its_document_type_in_another_encoding_is_not_read(tmp_path):
    text = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ELEMENT x ANY>]><x/>'
    (tmp_path / "d.XML").write_bytes(text.encode("utf-16"))
    write(tmp_path / "x_2020-01-02.tif", textured(1, 40, 40))
    (line,) = look(tmp_path).problems
    assert line.startswith("d.XML: declares a document type")


@pytest.mark.parametrize(
    "name",
    [
        "LC08_L2SP_115031_20220411_20220419_02_T1_QA_PIXEL.TIF",
        "LC08_L2SP_115031_20220411_20220419_02_T1_ST_B10.TIF",
        "20220411_021234_56_2465_3B_udm2_clip.tif",
        "T52TDN_20220411T021601_SCL_20m.jp2",
        "MSK_CLDPRB_20m.jp2",
    ],
)
def test_a_mask_without_the_papers_of_its_image_is_no_image(tmp_path, name):
    write(tmp_path / name, textured(1, 40, 40))
    write(tmp_path / "mudman_muscle_2020-01-02.tif", textured(1, 40, 40))
    found = look(tmp_path)
    assert [Path(path).name for path in found.singles] == ["mudman_muscle_2020-01-02.tif"]
    (line,) = found.problems
    assert line.startswith(f"{name}: is a mask")
    assert line.endswith("add the whole delivery")


def photograph(path: Path, **tags) -> Path:
    """A picture with what a camera writes: SIMULATED."""
    exif = Picture.Exif()
    for tag, value in tags.get("own", {}).items():
        exif[tag] = value
    exif.get_ifd(0x8825).update(tags.get("gps", {}))
    exif.get_ifd(0x8769).update(tags.get("shot", {}))
    Picture.new("RGB", (64, 48), (90, 120, 40)).save(path, exif=exif)
    return path


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("a.jpg", {"own": {0x010F: "SIMULATED camera"}}),
        ("a.jpg", {"gps": {1: "N", 2: (42.0, 27.0, 12.0), 3: "E", 4: (129.0, 44.0, 6.0)}}),
        ("a.jpg", {"shot": {0x829A: 0.01}}),
        ("a.png", {"own": {0x0110: "SIMULATED phone"}}),
        ("a.tif", {"own": {0x0110: "SIMULATED scanner"}}),
    ],
    ids=["make", "place", "exposure", "png", "tiff"],
)
def test_a_photograph_from_the_ground_is_counted_and_not_named(tmp_path, name, tags):
    photograph(tmp_path / name, **tags)
    photograph(tmp_path / "screen.png")
    found = look(tmp_path)
    assert found.n_photos == 1
    assert [Path(path).name for path in found.pictures] == ["screen.png"]
    assert not found.singles
    assert not found.problems


def test_a_map_is_no_photograph_whatever_took_it(tmp_path):
    write(tmp_path / "drone_2020-01-02.tif", textured(1, 40, 40))
    with Picture.open(tmp_path / "drone_2020-01-02.tif") as plain:
        exif = plain.getexif()
        exif[0x010F] = "SIMULATED camera"
        plain.save(tmp_path / "made_2020-01-02.tif", tiffinfo=exif)
    found = look(tmp_path)
    assert (found.n_photos, len(found.singles)) == (0, 2)


def test_papers_without_their_image_say_what_is_missing(tmp_path):
    folder = small_orders.maxar(tmp_path)
    for tile in folder.glob("*.TIF"):
        tile.unlink()
    found = look(tmp_path)
    assert not found.orders
    assert "describes an image whose files are not here" in found.problems[0]
    assert "R1C1" in found.problems[0]


def test_tiles_on_two_grids_are_refused_with_the_next_step(tmp_path):
    folder = small_orders.maxar(tmp_path)
    tile = next(folder.glob("*R1C2*"))
    write(tile, textured(1, 200, 150, dtype="uint16"), transform=small_orders.at(150.4))
    with pytest.raises(BadImage, match="shifted by part of a pixel.*--taken"):
        take(only(look(tmp_path)), tmp_path)


def test_the_order_of_tiles_and_their_names_do_not_change_the_scene(tmp_path):
    folder = small_orders.maxar(tmp_path)
    first = take(only(look(tmp_path)), tmp_path)[0][0]
    for tile in sorted(folder.glob("*.TIF")):
        tile.rename(folder / f"x{tile.name[::-1]}.tif")
    again = take(only(look(tmp_path)), tmp_path)[0]
    assert again[0].sha256 == first.sha256
    assert "already in the project" in again[1]


# -- masks and archives ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("scl", [0, 2, 3, 4, 6, 8, 9, 10, 11], [255, 2, 2, 0, 5, 1, 1, 3, 4]),
        ("qa_pixel", [1, 2, 4, 8, 16, 32, 64, 128], [255, 1, 3, 1, 2, 4, 0, 5]),
        ("bqa", [1, 16, 3 << 7, 3 << 9, 3 << 11, 1 << 7], [255, 1, 2, 4, 3, 0]),
        ("bqa_old", [1, 3 << 14, 3 << 12, 3 << 10, 3 << 4], [255, 1, 3, 4, 5]),
        ("cldprb", [0, 39, 40, 100, 255], [0, 0, 1, 1, 0]),
        ("qa60", [0, 1 << 10, 1 << 11], [0, 1, 3]),
        ("udm", [0, 1, 2], [0, 255, 1]),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_values_of_a_provider_become_covers(kind, values, expected):
    assert masks.decode(kind, np.array([[values]], np.uint16)).tolist() == [expected]


def test_a_mask_of_too_few_bands_is_refused():
    with pytest.raises(BadImage, match="6 bands"):
        masks.decode("udm2", np.zeros((1, 2, 2), np.uint8))


def test_an_archive_unfolds_and_one_that_leads_out_of_it_does_not(tmp_path):
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    with zipfile.ZipFile(good, "w") as archive:
        archive.writestr("a/b.txt", "words")
    with zipfile.ZipFile(bad, "w") as archive:
        archive.writestr("../out.txt", "words")
    folder = tmp_path / "into"
    folder.mkdir()
    assert unpack.write(str(good), str(folder), 1 << 30) == {"files": 1}
    assert (folder / "a" / "b.txt").read_text() == "words"
    with pytest.raises(BadImage, match="leads out of it"):
        unpack.write(str(bad), str(folder), 1 << 30)
    assert not (tmp_path / "out.txt").exists()


def test_an_archive_that_would_fill_the_disk_is_refused(tmp_path):
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(1 << 20))
    (tmp_path / "into").mkdir()
    with pytest.raises(BadImage, match="would unfold"):
        unpack.write(str(bomb), str(tmp_path / "into"), 1000)


def zipped(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_what_unfolds_to_a_hundred_times_its_size_is_no_delivery(tmp_path, monkeypatch):
    monkeypatch.setattr(unpack, "_SMALL_BYTES", 1 << 20)
    (tmp_path / "into").mkdir()
    bomb = zipped(tmp_path / "bomb.zip", a=bytes(2 << 20))
    with pytest.raises(BadImage, match="would unfold"):
        unpack.write(str(bomb), str(tmp_path / "into"), 1 << 40)
    (tmp_path / "zeros").write_bytes(bytes(2 << 20))
    with tarfile.open(tmp_path / "bomb.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "zeros", "zeros")
    with pytest.raises(BadImage, match="far more than its size"):
        unpack.write(str(tmp_path / "bomb.tar.gz"), str(tmp_path / "into"), 1 << 40)
    monkeypatch.setattr(unpack, "_SMALL_BYTES", 4 << 20)  # small ones may
    assert unpack.write(str(bomb), str(tmp_path / "into"), 1 << 40) == {"files": 1}


@pytest.mark.parametrize(
    ("names", "said"),
    [(["x" * 252 + ".tif"], "longer than a disk takes"), (["a", "a/b.tif"], "is broken")],
    ids=["too-long", "file-and-folder"],
)
def test_a_name_that_no_disk_takes_is_said_without_any_folder(tmp_path, names, said):
    (tmp_path / "into").mkdir()
    odd = zipped(tmp_path / "odd.zip", **dict.fromkeys(names, b"words"))
    with pytest.raises(BadImage, match=said) as caught:
        unpack.write(str(odd), str(tmp_path / "into"), 1 << 30)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("kind", ["singles", "pictures", "files", "masks", "link"])
def test_papers_that_name_a_file_outside_what_was_given_are_refused(tmp_path, kind):
    given, secret = tmp_path / "given", tmp_path / "secret.tif"
    given.mkdir()
    secret.write_text("x")
    (given / "link.tif").symlink_to(secret)
    named = str(given / "link.tif") if kind == "link" else str(given / "../secret.tif")
    image = Image(name="a", files=(str(given / "a.tif"),))
    if kind == "files":
        image = replace(image, files=(named,))
    if kind == "masks":
        image = replace(image, masks=(Mask(path=named, kind="udm2"),))
    order = Order(kind="Planet", number="1", images=(image,))
    lists = {kind: (named,)} if kind in {"singles", "pictures"} else {}
    lists |= {"singles": (named,)} if kind == "link" else {}
    with pytest.raises(WorkerFailed, match="outside what was given"):
        find._within(Found(orders=(order,), **lists), [given])
    honest = Found(
        orders=(Order(kind="x", number="1", images=(replace(image, files=(), masks=()),)),)
    )
    assert find._within(honest, [given]) is honest
