"""Images come in through a limited process: copied, dated, described, or refused in one line."""

import csv
import errno
import hashlib
import json
import os
import random
import threading
from datetime import date
from functools import partial

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from affine import Affine
from odc.geo.geobox import GeoBox
from pyproj import Geod
from rasterio.windows import Window
from shapely.geometry import Point

from small_images import EAST, NORTH, textured, write
from vallum.ground import foreign
from vallum.ground.errors import BadInput, DiskFull, WorkerFailed
from vallum.ground.records import Scene
from vallum.ground.when import When
from vallum.imagery import catalog, intake, view
from vallum.imagery.catalog import Wish

YEAR = Wish(taken=When.parse("2019"))


def receive_one(path, folder, wish=YEAR, **more):
    (received,) = catalog.receive([path], folder / "imagery", wish, **more)
    assert not received.problem, received.problem
    return received


def refused(path, folder, wish=YEAR, **more):
    (received,) = catalog.receive([path], folder / "imagery", wish, **more)
    assert received.scene is None
    assert "\n" not in received.problem
    assert received.problem.startswith(path.name)
    assert not list((folder / "imagery").iterdir())
    return received.problem


def test_an_image_becomes_a_scene_and_a_cloud_optimised_copy(tmp_path):
    pixels = textured(3, 700, 900)
    path = write(
        tmp_path / "border_2019-03-14.tif",
        pixels,
        res=0.5,
        tags={"SATELLITEID": '"WV02"', "TIFFTAG_ARTIST": "somebody"},
    )
    wish = Wish(licence="CC BY 4.0", credit="(c) them", may_publish=True)
    scene = receive_one(path, tmp_path, wish).scene
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert (scene.sha256, scene.name) == (digest, path.name)
    assert (str(scene.taken), scene.taken_from, scene.sensor) == ("2019-03-14", "filename", "WV02")
    assert (scene.n_bands, scene.dtype, scene.crs) == (3, "uint8", "EPSG:32652")
    assert (scene.licence, scene.credit, scene.may_publish) == ("CC BY 4.0", "(c) them", True)
    assert scene.gsd_m == pytest.approx(0.5, abs=0.001)
    assert scene.href == f"imagery/{digest[:16]}.tif"
    assert Geod(ellps="WGS84").geometry_area_perimeter(scene.footprint)[0] == pytest.approx(
        350 * 450, rel=0.002
    )
    copy = tmp_path / scene.href
    with rasterio.open(copy) as made:
        assert made.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert made.block_shapes[0] == (512, 512)
        assert made.overviews(1)
        assert "TIFFTAG_ARTIST" not in made.tags()
        assert np.array_equal(made.read(), pixels)
    assert [p.name for p in copy.parent.iterdir()] == [copy.name]


def test_adding_it_again_gives_the_same_scene_and_changes_no_byte(tmp_path):
    path = write(tmp_path / "2019-03-14.tif", textured())
    first = receive_one(path, tmp_path).scene
    copy = tmp_path / first.href
    before = copy.read_bytes(), copy.stat().st_mtime_ns
    again = receive_one(path, tmp_path)
    assert (again.scene, again.note) == (first, "already in the project")
    assert (copy.read_bytes(), copy.stat().st_mtime_ns) == before


def test_in_place_uses_a_local_cog_where_it_is(tmp_path):
    cog = tmp_path / "2019-03-14.tif"
    rasterio.shutil.copy(write(tmp_path / "source.tif", textured(3, 1200, 1200)), cog, driver="COG")
    wish = Wish(in_place=True)
    got = receive_one(cog, tmp_path, wish)
    assert got.scene.href == str(cog)
    assert not list((tmp_path / "imagery").iterdir())
    twice = list(catalog.receive([cog, cog], tmp_path / "imagery", wish))
    assert twice[1].note == "already in the project"
    plain = write(tmp_path / "2019-03-15.tif", textured(3, 1200, 1200))
    assert "without --in-place" in refused(plain, tmp_path, wish)
    cut = tmp_path / "2019-03-16.tif"
    cut.write_bytes(cog.read_bytes()[:-30_000])
    assert "broken or cut short" in refused(cut, tmp_path, wish)


def test_a_stac_item_beside_it_tells_date_and_angles(tmp_path):
    path = write(tmp_path / "tile.tif", textured(1), res=0.5)
    (tmp_path / "tile.json").write_text(
        json.dumps(
            {
                "type": "Feature",
                "properties": {
                    "datetime": "2021-05-06T02:03:04Z",
                    "platform": "sat\u202e-1",
                    "instruments": ["cam"],
                    "view:off_nadir": 14.5,
                    "view:sun_azimuth": 150,
                    "view:sun_elevation": 400,
                    "eo:cloud_cover": 7,
                    "license": "CC-BY-4.0",
                    "gsd": 0.5,
                },
            }
        )
    )
    got = receive_one(path, tmp_path, Wish())
    scene = got.scene
    assert (str(scene.taken), scene.taken_from) == ("2021-05-06", "sidecar")
    assert (scene.sensor, scene.licence) == ("sat -1 cam", "CC-BY-4.0")
    assert (scene.off_nadir_deg, scene.sun_azimuth_deg, scene.cloud_percent) == (14.5, 150, 7)
    assert np.isnan(scene.sun_elevation_deg)
    assert got.note == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [("{", "no valid JSON"), ("[1]", "no STAC item"), ("[" * 100_000, "no valid JSON")],
)
def test_a_bad_sidecar_is_said_and_ignored(tmp_path, text, why):
    path = write(tmp_path / "2019-03-14.tif", textured(1))
    path.with_suffix(".json").write_text(text)
    assert why in receive_one(path, tmp_path, Wish()).note


def test_foreign_sidecars_do_not_reach_the_scene(tmp_path):
    path = write(tmp_path / "2019-03-14.tif", textured(1, 300, 300))
    write(tmp_path / "2019-03-14.tif.msk", np.zeros((1, 300, 300), "uint8"))
    (tmp_path / "2019-03-14.tif.aux.xml").write_text(
        "<PAMDataset><GeoTransform>0,1,0,0,0,-1</GeoTransform><Metadata>"
        '<MDI key="ACQUISITIONDATETIME">2001-01-01T00:00:00Z</MDI></Metadata></PAMDataset>'
    )
    (tmp_path / "2019-03-14.tfw").write_text("9\n0\n0\n-9\n0\n0\n")
    scene = receive_one(path, tmp_path, Wish()).scene
    assert scene.taken_from == "filename"
    assert scene.gsd_m == pytest.approx(1, abs=0.01)
    assert scene.footprint.distance(Point(129.73, 42.45)) < 0.01


def test_pixel_size_is_measured_on_the_ellipsoid(tmp_path):
    degrees = Affine(0.0000027, 0, 129.7, 0, -0.0000027, 42.4)
    path = write(tmp_path / "2019-03-14.tif", textured(1), transform=degrees, crs="EPSG:4326")
    assert receive_one(path, tmp_path).scene.gsd_m == pytest.approx(0.3, abs=0.001)


def test_a_black_border_without_declaration_is_no_data(tmp_path):
    pixels = textured(3, 400, 400)
    pixels[:, :, :120] = 0
    pixels[:, 200:240, 300:340] = 0  # black, but not at the edge: a picture
    got = receive_one(write(tmp_path / "2019-03-14.tif", pixels), tmp_path)
    assert "black border" in got.note
    read, valid = view.read(
        tmp_path / got.scene.href,
        GeoBox((400, 400), Affine(1, 0, EAST, 0, -1, NORTH), "EPSG:32652"),
    )
    assert np.array_equal(read, pixels)
    assert not valid[:, :120].any()
    assert valid[:, 120:].all()
    share = Geod(ellps="WGS84").geometry_area_perimeter(got.scene.footprint)[0] / (400 * 280)
    assert 0.99 < share < 1.03


def test_a_transparency_band_without_declaration_is_a_mask(tmp_path):
    pixels = textured(4, 300, 300)
    pixels[3] = 255
    pixels[3, :100] = 0
    got = receive_one(write(tmp_path / "2019-03-14.tif", pixels), tmp_path)
    assert got.scene.n_bands == 3
    assert "transparency" in got.note


@pytest.mark.parametrize(
    ("transform", "note"),
    [
        (Affine(0.43, 0.25, EAST, 0.25, -0.43, NORTH), "rotated"),
        (Affine(1, 0, EAST, 0, 1, NORTH - 300), "south up"),
    ],
)
def test_images_that_are_not_north_up_are_laid_north_up(tmp_path, transform, note):
    path = write(tmp_path / "2019-03-14.tif", textured(1, 300, 300), transform=transform)
    got = receive_one(path, tmp_path)
    assert note in got.note
    with rasterio.open(tmp_path / got.scene.href) as made:
        a, b, _, d, e, _ = made.transform[:6]
        assert (b, d) == (0, 0)
        assert a > 0 > e
        copy = made.read()
        if note == "south up":
            assert np.array_equal(copy[0], textured(1, 300, 300)[0, ::-1])
        middle = transform * (150, 150)
        assert made.index(*middle) == pytest.approx((made.height / 2, made.width / 2), abs=1.5)


def bad_images(folder):
    """Write one file per way to be unusable; yield each with a word of its refusal."""
    good = textured(1, 64, 64)
    undated = write(folder / "undated.tif", good)
    yield undated, "--taken FROM..TO", Wish()
    yield write(folder / "no_crs.tif", good, crs=None), "coordinate reference system", YEAR
    yield write(folder / "float.tif", good.astype("float32")), "float32", YEAR
    yield write(folder / "signed.tif", good.astype("int16")), "int16", YEAR
    yield write(folder / "many.tif", textured(12, 8, 8)), "12 bands", YEAR
    yield write(folder / "black.tif", good * 0), "no valid pixel", YEAR
    yield write(folder / "nothing.tif", good * 0, nodata=0), "no valid pixel", YEAR
    yield (
        write(
            folder / "swapped.tif",
            good,
            crs="EPSG:4326",
            transform=Affine(1e-5, 0, 42.4, 0, -1e-5, 129.7),
        ),
        "swapped",
        YEAR,
    )
    yield write(folder / "metres_as_degrees.tif", good, crs="EPSG:4326"), "no place on Earth", YEAR
    yield (
        write(
            folder / "degrees_as_metres.tif", good, transform=Affine(1e-6, 0, 129.7, 0, -1e-6, 42.4)
        ),
        "wide",
        YEAR,
    )
    yield write(folder / "conflict_2018-01-01.tif", good), "--taken says", YEAR
    empty = folder / "empty.tif"
    empty.write_bytes(b"")
    yield empty, "empty file", YEAR
    text = folder / "page.tif"
    text.write_text("\n<!DOCTYPE html><html>404")
    yield text, "web page", YEAR
    vrt = folder / "disguise.tif"
    vrt.write_text("<VRTDataset rasterXSize='1' rasterYSize='1'></VRTDataset>")
    yield vrt, "GDAL virtual file", YEAR
    whole = write(folder / "whole.tif", textured(3, 600, 600))
    cut = folder / "cut.tif"
    cut.write_bytes(whole.read_bytes()[:300_000])
    yield cut, "broken or cut short", YEAR
    gone = folder / "gone.tif"
    yield gone, "no regular file", YEAR


def test_every_unusable_file_gets_one_line_with_the_next_step(tmp_path):
    for path, words, wish in bad_images(tmp_path):
        assert words in refused(path, tmp_path, wish), path.name


def test_a_bad_file_does_not_stop_the_rest(tmp_path):
    (tmp_path / "a.tif").write_bytes(b"II*\0garbage")
    write(tmp_path / "b_2019-03-14.tif", textured())
    paths = catalog.find_images(tmp_path)
    bad, good = catalog.receive(paths, tmp_path / "imagery", Wish())
    assert bad.problem
    assert good.scene is not None


def test_a_bomb_is_refused_before_a_pixel_is_read_but_a_large_scene_is_not(tmp_path):
    path = write(tmp_path / "2019-03-14.tif", textured(3, 300, 300))
    problem = refused(path, tmp_path, budget_bytes=200_000)
    assert "unfolds to" in problem
    assert 100_000 * 100_000 * 3 < catalog.BUDGET_BYTES < 400_000 * 400_000 * 4 * 2


def test_a_full_disk_is_said_and_nothing_half_written_stays(tmp_path):
    path = write(tmp_path / "2019-03-14.tif", textured(3, 900, 900))
    folder, work = tmp_path / "imagery", tmp_path / "work"
    folder.mkdir(), work.mkdir()
    wish = {
        "taken": None,
        "licence": "",
        "credit": "",
        "may_publish": False,
        "in_place": False,
        "is_simulated": False,
        "today": date(2026, 1, 1).isoformat(),
    }
    with pytest.raises(DiskFull):
        foreign.call(
            "vallum.imagery.intake:take_in",
            {"path": str(path), "folder": str(folder), "work": str(work), "wish": wish},
            returns=dict,
            reads=[path, folder],
            writes=[work],
            file_bytes=100_000,
        )
    assert not list(folder.iterdir())


def test_leftovers_of_a_killed_run_are_swept_after_a_day(tmp_path):
    folder = tmp_path / "imagery"
    for name, age_s in ((".incoming-old", 90_000), (".incoming-new", 60)):
        (folder / name).mkdir(parents=True)
        then = (folder / name).stat().st_mtime - age_s
        os.utime(folder / name, (then, then))
    list(catalog.receive([tmp_path / "none.tif"], folder, YEAR))
    assert [p.name for p in folder.iterdir()] == [".incoming-new"]


def test_images_are_found_in_subfolders_without_hidden_files_and_links(tmp_path):
    for name in ("b/x.TIF", "a.tif", "c.jp2", "notes.txt", "q.png", ".hidden/y.tif", "._a.tif"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (tmp_path / "link.tif").symlink_to("/etc/passwd")
    names = [str(p.relative_to(tmp_path)) for p in catalog.find_images(tmp_path)]
    assert names == ["a.tif", "b/x.TIF", "c.jp2"]
    assert catalog.find_images(tmp_path / "a.tif") == [tmp_path / "a.tif"]
    with pytest.raises(BadInput, match="is not there"):
        catalog.find_images(tmp_path / "none")


SAFE = {
    # what the manifest says is safe -> what we do
    "rotated.tif": "rotated",
    "south-up.tif": "south up",
    "wrong-zone.tif": "",
}


@pytest.mark.real
def test_every_hostile_raster_has_its_safe_outcome(shared_data, tmp_path):
    with (shared_data / "hostile" / "manifest.csv").open() as table:
        cases = [row for row in csv.reader(table) if row[0].startswith("raster/")]
    paths = [shared_data / "hostile" / row[0] for row in cases]
    assert len(paths) == 17
    got = list(catalog.receive(paths, tmp_path / "imagery", YEAR))
    accepted = {r.path.name: r for r in got if r.scene is not None}
    assert set(accepted) == set(SAFE)
    for name, note in SAFE.items():
        assert note in accepted[name].note
    words = {
        "html-as-tif.tif": "web page",
        "empty.tif": "empty",
        "no-crs.tif": "reference system",
        "huge-dimensions.tif": "on a side",
        "sparse-bomb.tif": "unfolds to",
        "vrt-raw-local-file.tif": "virtual file",
        "vrt-network.tif": "virtual file",
        "wms-service.tif": "web service",
        "zero-pixel-size.tif": "no size",
        "no-georeference.tif": "no georeference",
        "deflate-bomb.tif": "no valid pixel",
    }
    problems = {r.path.name: r.problem for r in got}
    for name, word in words.items():
        assert word in problems[name]
    assert not any("\n" in p or len(p) > 500 for p in problems.values())


@pytest.mark.real
def test_fuzzed_tiffs_end_only_their_own_process(shared_data, tmp_path):
    paths = sorted((shared_data / "hostile" / "fuzzed-tiff").glob("*.tif"))
    paths = random.Random(7).sample(paths, int(os.environ.get("VALLUM_FUZZED", "20")))
    got = list(catalog.receive(paths, tmp_path / "imagery", YEAR))
    assert len(got) == len(paths)
    for received in got:
        assert bool(received.problem) != (received.scene is not None)
        assert "\n" not in received.problem


@pytest.mark.real
def test_the_ten_dates_of_north_dakota_come_in_with_their_days(shared_data, tmp_path):
    paths = catalog.find_images(shared_data / "imagery" / "naip-nd-10dates")[:3]
    got = list(catalog.receive(paths, tmp_path / "imagery", Wish()))
    assert [str(r.scene.taken) for r in got] == ["2009-08-18", "2010-06-29", "2012-07-31"]
    assert {(r.scene.n_bands, r.scene.crs) for r in got} == {(4, "EPSG:26914")}
    for received in got:
        scene = received.scene
        assert scene.gsd_m == pytest.approx(5, abs=0.01)
        assert Scene.from_body(scene.body()) == scene
        with (
            rasterio.open(received.path) as one,
            rasterio.open(tmp_path / scene.href) as other,
        ):
            window = Window(100, 100, 300, 300)
            assert np.array_equal(one.read(window=window), other.read(window=window))


# -- what the limited process tells is not believed ---------------------------------------------


@pytest.fixture
def told(tmp_path):
    """What an honest process tells of an image, with its working copy in place."""
    write(tmp_path / "2019-03-14.tif", textured(3, 200, 200))
    (received,) = catalog.receive([tmp_path / "2019-03-14.tif"], tmp_path / "imagery", YEAR)
    return received.scene.body()


@pytest.mark.parametrize(
    "lie",
    [{"href": "imagery/../../secret.tif"}, {"href": "/etc/hostname"}, {"href": "imagery/none.tif"},
     {"href": "other/a.tif"}, {"sha256": "../../x"}, {"sha256": ""}, {"gsd_m": "wide"},
     {"mask_href": "imagery/none-mask.tif"}, {"footprint": "POINT"}, {"taken": "soon"}],
    ids=lambda lie: "-".join(f"{key}-{value}" for key, value in lie.items()),
)  # fmt: skip
def test_a_scene_that_names_other_files_or_is_none_is_refused(told, tmp_path, lie):
    path, folder = tmp_path / "2019-03-14.tif", tmp_path / "imagery"
    assert catalog.taken(path, {"scene": told, "note": ""}, folder).scene is not None
    found = catalog.taken(path, {"scene": told | lie, "note": ""}, folder)
    assert found.scene is None
    assert "2019-03-14.tif: left out" in found.problem


def test_a_finished_copy_gets_its_place_where_the_system_lets_nothing_be_moved(
    tmp_path, monkeypatch
):
    def refuse(*_):
        raise OSError(errno.EXDEV, "another device")

    (tmp_path / "made").write_text("pixels")
    monkeypatch.setattr(type(tmp_path), "replace", refuse)
    intake.leave(tmp_path / "made", tmp_path / "kept")
    assert [one.name for one in tmp_path.iterdir()] == ["kept"]
    assert (tmp_path / "kept").read_text() == "pixels"


def test_a_working_copy_that_is_there_is_written_over_by_nobody(tmp_path):
    made, folder = tmp_path / "out", tmp_path / "imagery"
    made.mkdir(), folder.mkdir()
    names = ["0" * 16 + ".tif", "1" * 16 + ".tif", "2" * 16 + "-mask.tif", "notes.txt", ".x.tif"]
    for name in names:
        (made / name).write_text("new")
    (folder / names[0]).write_text("old")
    catalog._keep(made, folder)
    assert {one.name: one.read_text() for one in folder.iterdir()} == {
        names[0]: "old", names[1]: "new", names[2]: "new"
    }  # fmt: skip


def test_the_process_that_copies_an_image_cannot_write_among_other_copies(tmp_path):
    if not foreign.protection().files:
        pytest.skip("this system does not close the file system")
    folder, work = tmp_path / "imagery", tmp_path / "imagery" / ".incoming-x"
    work.mkdir(parents=True)
    path = write(tmp_path / "2019-03-14.tif", textured(3, 200, 200))
    order = {"path": str(path), "folder": str(folder), "wish": catalog._plain(YEAR)}
    with pytest.raises((BadInput, DiskFull, WorkerFailed)):
        foreign.call(
            "vallum.imagery.intake:take_in", order | {"work": str(folder)},
            returns=catalog.Taken, reads=[path, folder], writes=[work],
        )  # fmt: skip
    assert [one.name for one in folder.iterdir()] == [".incoming-x"]


# -- several at once ------------------------------------------------------------------------------


def test_jobs_run_side_by_side_and_answer_in_order(monkeypatch):
    monkeypatch.setattr(catalog, "_AT_ONCE", 2)
    met = threading.Barrier(2, timeout=30)

    def job(number, _together):
        met.wait()
        return number

    jobs = [partial(job, number) for number in range(4)]
    assert list(catalog.side_by_side(jobs)) == [0, 1, 2, 3]


def test_who_stops_asking_ends_what_still_runs(monkeypatch):
    monkeypatch.setattr(catalog, "_AT_ONCE", 2)
    begun, ended = [], []

    def job(number, together):
        if number:
            begun.append(number)
            assert together.ending._told.wait(30)
            ended.append(number)
        return number

    asked = catalog.side_by_side([partial(job, number) for number in range(6)])
    assert next(asked) == 0
    asked.close()
    assert set(ended) == set(begun) < set(range(6))


def test_the_same_images_come_in_alike_however_many_at_once(tmp_path, monkeypatch):
    for number in range(4):
        write(tmp_path / f"2019-03-1{number}.tif", textured(1, 120, 120 + number // 2))
    paths = catalog.find_images(tmp_path)
    told = []
    for n in (1, 3):
        monkeypatch.setattr(catalog, "_AT_ONCE", n)
        told.append(list(catalog.receive(paths, tmp_path / f"imagery-{n}", YEAR)))
    plain = [
        [(got.path, got.scene and got.scene.sha256, got.problem, got.note) for got in each]
        for each in told
    ]
    assert plain[0] == plain[1]
    assert all(scene for _, scene, _, _ in plain[0])
    files = [sorted(p.name for p in (tmp_path / f"imagery-{n}").iterdir()) for n in (1, 3)]
    assert files[0] == files[1]
