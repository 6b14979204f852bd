"""Bad input, full disks and killed runs: said in words, blocking only what they must."""

import csv
import ctypes
import json
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pyproj
import pytest
import rasterio
from affine import Affine
from click.testing import CliRunner, Result
from rasterio.warp import Resampling, calculate_default_transform, reproject

import small_border
from vallum.cli import main
from vallum.ground.records import Candidate, Comparison, Fit, Look, Scene
from vallum.project import open_project

TABLES = ("estimates.csv", "candidates.csv", "statuses.csv")
WEST, NORTH = 559_850.0, 4_700_150.0  # upper left corner of the images of small_border
VALLUM = (sys.executable, "-m", "vallum.cli")


def vallum(*words: object) -> Result:
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert "Traceback" not in result.output
    assert "[Unexpected]" not in result.output, result.output
    return result


def start(*words: object, limit: Callable[[], None] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*VALLUM, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=limit,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    output, _ = process.communicate(timeout=60)
    assert "Traceback" not in output
    assert "[Unexpected]" not in output, output
    return process.returncode, output


def new(root: Path, line: Path, *more: object) -> None:
    dates = ("--before", "2019", "--after", "2022")
    made = vallum("new", root, "--frontier", line, *dates, "--corridor-m", 60, *more)
    assert made.exit_code == 0, made.output


def verified(root: Path) -> int:
    """Return the number of ledger rows, after every one of them was checked."""
    result = vallum("verify", "-p", root, "--json")
    assert result.exit_code == 0, result.output
    return int(json.loads(result.stdout)["facts"]["rows"])


def bytes_of(folder: Path) -> dict[str, bytes]:
    """All files but the log: that something ran again is what it is there to tell."""
    files = {str(p.relative_to(folder)): p for p in folder.rglob("*") if p.is_file()}
    return {name: p.read_bytes() for name, p in files.items() if not name.startswith("log/")}


def tables_of(root: Path) -> dict[str, bytes]:
    return {name: (root / "out" / "report" / name).read_bytes() for name in TABLES}


def pixels_of(path: Path) -> np.ndarray:
    with rasterio.open(path) as source:
        return source.read()


def write(path: Path, pixels: np.ndarray, *, west_m: float = 0.0, **more: object) -> None:
    """Write pixels whose left edge lies `west_m` east of where small_border's images begin."""
    transform = Affine(small_border.GSD_M, 0, WEST + west_m, 0, -small_border.GSD_M, NORTH)
    small_border.write(path, pixels, **({"transform": transform} | more))


def change_settings(root: Path, old: str, instead: str) -> None:
    path = root / "vallum.toml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, instead), encoding="utf-8")


def line_file(folder: Path, points: list[list[float]]) -> Path:
    shape = {"type": "LineString", "coordinates": points}
    path = folder / "drawn.geojson"
    path.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": shape}))
    return path


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> small_border.Small:
    return small_border.make(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def ready(small: small_border.Small, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of 300 m with two images, on which nothing ran yet."""
    folder = tmp_path_factory.mktemp("ready")
    (folder / "images").mkdir()
    for path in small.images.iterdir():
        write(folder / "images" / path.name, pixels_of(path)[:, :, 600:1400], west_m=300.0)
    root = folder / "border"
    new(root, small.line, "--km", "0.2..0.5")
    change_settings(root, "n_chips = ", "n_chips = 1 # instead of ")
    added = vallum("add", folder / "images", "-p", root, "--credit", "tests", "--may-publish")
    assert added.exit_code == 0, added.output
    return root


@pytest.fixture(scope="module")
def finished(ready: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same project after an undisturbed run."""
    root = tmp_path_factory.mktemp("finished") / "border"
    shutil.copytree(ready, root)
    result = vallum("run", "-p", root)
    assert result.exit_code == 0, result.output
    return root


@pytest.fixture
def again(ready: Path, tmp_path: Path) -> Path:
    """A copy of the project on which nothing ran yet."""
    return Path(shutil.copytree(ready, tmp_path / "border"))


@pytest.fixture
def done(finished: Path, tmp_path: Path) -> Path:
    """A copy of the project after an undisturbed run."""
    return Path(shutil.copytree(finished, tmp_path / "border"))


# -- images -----------------------------------------------------------------------------------

REFUSED = {
    "undated.tif": ("nothing says when it was taken", "--taken FROM..TO"),
    "nowhere_2019-05-01.tif": ("has no georeference", "Georeferencer"),
    "no-crs_2019-05-01.tif": ("has no coordinate reference system", "gdal_edit.py -a_srs"),
    "empty_2019-05-01.tif": ("empty file", "fetch it again"),
    "cut_2019-05-01.tif": ("broken or cut short", "fetch it again"),
    "page_2019-05-01.tif": ("a web page", "fetch the image again"),
    "virtual_2019-05-01.tif": ("a GDAL virtual file", "fetch the image again"),
    "twin_2019-06-01.tif": (
        "is the same file as good_2019-05-01.tif, which is dated 2019-05-01",
        "--taken 2019-06-01",
    ),
}
ACCEPTED = {
    "good_2019-05-01.tif": "3 bands\n",
    "other_2019-05-01.tif": "already in the project; the same file as good_2019-05-01.tif",
    "zone_2019-05-01.tif": "check its coordinate reference system",
    "beside_2019-05-01.tif": "covers nothing of the corridor, its middle is 40 km from the line",
    "years_2018_to_2020.tif": "its date lies only partly in an epoch",
    "old_2005-05-01.tif": "its date lies in neither epoch (before 2019-01-01..2019-12-31",
}


@pytest.fixture(scope="module")
def delivery(small: small_border.Small, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as people send it: two thirds of it cannot be used."""
    folder = tmp_path_factory.mktemp("delivery")
    tiny = pixels_of(small.images / "scene_2019-05-01.tif")[:, 200:400, 600:800]
    good = folder / "good_2019-05-01.tif"
    write(good, tiny, west_m=300.0)
    write(folder / "undated.tif", tiny + 1)
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        write(folder / "nowhere_2019-05-01.tif", tiny, epsg=None, transform=Affine.identity())
    write(folder / "no-crs_2019-05-01.tif", tiny, epsg=None)
    (folder / "empty_2019-05-01.tif").write_bytes(b"")
    (folder / "cut_2019-05-01.tif").write_bytes(good.read_bytes()[:30_000])
    (folder / "page_2019-05-01.tif").write_text("<!DOCTYPE html><html>404</html>")
    (folder / "virtual_2019-05-01.tif").write_text('<VRTDataset rasterXSize="9"></VRTDataset>')
    shutil.copy(good, folder / "other_2019-05-01.tif")
    shutil.copy(good, folder / "twin_2019-06-01.tif")
    write(folder / "zone_2019-05-01.tif", tiny, epsg=32635)
    write(folder / "beside_2019-05-01.tif", tiny, west_m=41_000.0)
    write(folder / "years_2018_to_2020.tif", tiny + 2, west_m=300.0)
    write(folder / "old_2005-05-01.tif", tiny + 3, west_m=300.0)
    return folder


@pytest.fixture(scope="module")
def received(
    small: small_border.Small, delivery: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Result]:
    root = tmp_path_factory.mktemp("received") / "border"
    new(root, small.line)
    return root, vallum("add", delivery, "-p", root)


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_used_is_named_with_the_reason_and_the_way_out(
    received: tuple[Path, Result], name: str
) -> None:
    _, result = received
    said = next(line for line in result.output.splitlines() if line.startswith(f"blocked: {name}"))
    assert all(part in said for part in REFUSED[name]), said
    assert said.count(name) <= 2  # once by us, once perhaps by GDAL


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_file_of_no_use_now_is_kept_and_told_apart(
    received: tuple[Path, Result], name: str
) -> None:
    _, result = received
    said = next(line for line in result.output.splitlines() if line.startswith(f"{name}: "))
    assert ACCEPTED[name] in f"{said}\n", said


def test_good_files_come_in_beside_bad_ones_and_nothing_else_stays(
    received: tuple[Path, Result],
) -> None:
    root, result = received
    assert result.exit_code == 3
    assert f"{len(ACCEPTED)} of {len(ACCEPTED) + len(REFUSED)} files are in" in result.output
    assert verified(root) > 0
    with open_project(root) as project:
        scenes = {scene.name: scene for scene in project.rows(Scene)}
    assert set(scenes) == set(ACCEPTED) - {"other_2019-05-01.tif"}
    assert str(scenes["good_2019-05-01.tif"].taken) == "2019-05-01"
    copies = {path.name for path in (root / "imagery").iterdir() if path.is_file()}
    wanted = {Path(scene.href).name for scene in scenes.values()}
    assert wanted <= copies
    assert all(name.endswith(".tif") for name in copies)


def test_a_date_that_was_stated_outlives_a_second_delivery(
    received: tuple[Path, Result], delivery: Path, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(received[0], tmp_path / "border"))
    twin = delivery / "twin_2019-06-01.tif"
    stated = vallum(
        "add", twin, "-p", root, "--taken", "2019-06-01", "--licence", "CC0", "--credit", "us"
    )
    assert stated.exit_code == 0, stated.output
    assert "its date was 2019-05-01 and is now 2019-06-01" in stated.output
    back = vallum("add", delivery / "good_2019-05-01.tif", "-p", root)
    assert back.exit_code == 3
    assert "its filename says 2019-05-01; the date in the project was kept" in back.output
    assert vallum("add", twin, "-p", root).exit_code == 0
    with open_project(root) as project:
        scene = next(s for s in project.rows(Scene) if s.name == "good_2019-05-01.tif")
    assert (str(scene.taken), scene.licence, scene.credit) == ("2019-06-01", "CC0", "us")


def test_paths_that_hold_no_image_add_nothing(
    received: tuple[Path, Result], tmp_path: Path
) -> None:
    root, _ = received
    rows = verified(root)
    missing = vallum("add", tmp_path / "nothing", "-p", root)
    assert "does not exist; nothing was added, check the path" in missing.output
    empty = vallum("add", tmp_path, "-p", root)
    assert "nothing was added, give GeoTIFF" in empty.output
    assert missing.exit_code == empty.exit_code == 1
    assert verified(root) == rows


def test_a_scene_of_nothing_but_cloud_blocks_with_that_reason(
    small: small_border.Small, ready: Path, tmp_path: Path
) -> None:
    root, images = tmp_path / "border", tmp_path / "images"
    images.mkdir()
    first = ready.parent / "images" / "scene_2019-05-01.tif"
    shutil.copy(first, images)
    white = np.random.default_rng(7).normal(240, 1.5, pixels_of(first).shape)
    write(images / "white_2022-05-01.tif", white.clip(0, 255).astype(np.uint8), west_m=300.0)
    new(root, small.line, "--km", "0.2..0.5")
    assert vallum("add", images, "-p", root).exit_code == 0
    for step in ("cover", "align", "detect"):
        vallum(step, "-p", root)
    with open_project(root) as project:
        why = {comparison.blocked_by for comparison in project.rows(Comparison)}
        looks = [look.blocked_by for look in project.rows(Look)]
    assert why == {"after (2022): cloud, haze, snow or deep shadow"}
    assert sorted(looks) == ["", "cloud, haze, snow or deep shadow"]
    measured = json.loads(vallum("measure", "-p", root, "--json").stdout)["facts"]
    assert measured["border_km_not_comparable"] == pytest.approx(0.3)
    verified(root)


def test_images_that_are_all_of_one_epoch_make_no_pair_and_it_says_which_is_missing(
    again: Path,
) -> None:
    change_settings(again, 'after = "2022"', 'after = "2023"')
    change_settings(again, 'before = "2019"', 'before = "2022"')
    vallum("cover", "-p", again)
    result = vallum("detect", "-p", again)
    assert result.exit_code == 3
    assert "blocked: km 0.200-0.500: after (2023): no image" in result.output


def test_unlike_images_of_two_dates_are_still_compared(
    small: small_border.Small, tmp_path: Path
) -> None:
    """Each quarter of the line has another kind of later image: size, bands, depth, CRS."""
    images, root = tmp_path / "images", tmp_path / "border"
    images.mkdir()
    shutil.copy(small.images / "scene_2019-05-01.tif", images)
    later = pixels_of(small.images / "scene_2022-05-10.tif")
    parts = [later[:, :, round(x / 0.5) : round((x + 280) / 0.5)] for x in (135, 385, 635, 885)]
    # coarser pixels
    size = (round(parts[0].shape[2] / 1.4), round(parts[0].shape[1] / 1.4))
    coarse = np.stack([cv2.resize(b, size, interpolation=cv2.INTER_AREA) for b in parts[0]])
    write(images / "a_2022-05-10.tif", coarse, transform=Affine(0.7, 0, WEST + 135, 0, -0.7, NORTH))
    # one band; 16 bit
    write(images / "b_2022-05-10.tif", parts[1][:1], west_m=385)
    write(images / "c_2022-05-10.tif", parts[2].astype(np.uint16) * 8, west_m=635)
    # degrees
    _write_in_degrees(images / "d_2022-05-10.tif", parts[3], WEST + 885)
    new(root, small.line, "--section-m", 250)
    assert vallum("add", images, "-p", root).exit_code == 0
    for step in ("cover", "align", "detect"):
        result = vallum(step, "-p", root)
        assert result.exit_code == 0, result.output
    with open_project(root) as project:
        compared = [c for c in project.rows(Comparison) if not c.blocked_by]
        scenes = {scene.id: scene for scene in project.rows(Scene)}
        looks = {look.id: scenes[look.scene] for look in project.rows(Look)}
        fits = project.rows(Fit)
        found = [c for c in project.rows(Candidate) if c.category.is_line and c.change == "new"]
    assert sum(c.seen.length_m for c in compared) >= 0.97 * small_border.LENGTH_M
    used = [looks[c.after] for c in sorted(compared, key=lambda c: c.span)]
    assert [scene.name[0] for scene in used] == ["a", "b", "c", "d"]
    assert [scene.n_bands for scene in used] == [3, 1, 3, 3]
    assert used[2].dtype == "uint16"
    assert used[3].crs == "EPSG:4326"
    assert [round(fit.dx_m, 1) for fit in fits] == pytest.approx([-1.0] * 4, abs=0.25)
    assert [round(fit.dy_m, 1) for fit in fits] == pytest.approx([-0.8] * 4, abs=0.25)
    beside = [c for c in found if abs(c.off_m - small.fence_off_m) < 5]
    for start_m in (210, 260, 510, 760):  # the fence is suggested in every quarter
        assert any(c.span.start_m < start_m + 35 and c.span.end_m > start_m for c in beside), (
            start_m
        )


def _write_in_degrees(path: Path, pixels: np.ndarray, west: float) -> None:
    bands, height, width = pixels.shape
    transform = Affine(0.5, 0, west, 0, -0.5, NORTH)
    bounds = (west, NORTH - height / 2, west + width / 2, NORTH)
    grid, columns, rows = calculate_default_transform(
        "EPSG:32652", "EPSG:4326", width, height, *bounds
    )
    turned = np.zeros((bands, rows, columns), np.uint8)
    reproject(
        pixels, turned, src_transform=transform, src_crs="EPSG:32652", dst_transform=grid,
        dst_crs="EPSG:4326", resampling=Resampling.cubic,
    )  # fmt: skip
    small_border.write(path, turned, epsg=4326, transform=grid, nodata=0)


# -- lines ------------------------------------------------------------------------------------

EAST, NORTHING = 129.73, 42.45


@pytest.mark.parametrize(
    ("points", "says"),
    [
        ([[NORTHING, EAST], [NORTHING, EAST + 0.01]], ("swapped", "write longitude first")),
        (
            [[0, 0], [0.01, 0.01], [0.01, 0], [0, 0.01]],
            ("crosses or touches itself at km 0.78", "Cut the loop away"),
        ),
        ([[EAST, NORTHING]], ("1 vertex", "two or more")),
        ([[EAST, NORTHING], [EAST, NORTHING]], ("no length",)),
    ],
    ids=["swapped", "crossing", "one vertex", "no length"],
)
def test_a_line_that_cannot_be_used_makes_no_project(
    tmp_path: Path, points: list[list[float]], says: tuple[str, ...]
) -> None:
    path = line_file(tmp_path, points)
    root = tmp_path / "border"
    result = vallum("new", root, "--frontier", path, "--before", "2019", "--after", "2022")
    assert result.exit_code == 1
    assert "drawn.geojson" in result.output
    assert "nothing was read" in result.output
    assert all(part in result.output for part in says), result.output
    assert not root.exists()


@pytest.mark.parametrize("content", ["", "hello", "{}", '{"type": "FeatureCollection"}'])
def test_a_file_that_holds_no_line_makes_no_project(tmp_path: Path, content: str) -> None:
    path = tmp_path / "drawn.geojson"
    path.write_text(content)
    root = tmp_path / "border"
    result = vallum("new", root, "--frontier", path, "--before", "2019", "--after", "2022")
    assert result.exit_code == 1
    assert "drawn.geojson" in result.output
    assert not root.exists()


def test_a_folder_in_place_of_a_line_is_said(tmp_path: Path) -> None:
    dates = ("--before", "2019", "--after", "2022")
    result = vallum("new", tmp_path / "border", "--frontier", tmp_path, *dates)
    assert result.exit_code == 2
    assert "is a folder; no project was made" in result.output


def test_new_says_where_the_line_is_so_that_swapped_coordinates_are_noticed(tmp_path: Path) -> None:
    path = line_file(tmp_path, [[36.9, 37.1], [37.05, 37.3]])
    dates = ("--before", "2019", "--after", "2022")
    result = vallum("new", tmp_path / "border", "--frontier", path, *dates)
    assert result.exit_code == 0
    assert "it runs from 37.1000° N 36.9000° E to 37.3000° N 37.0500° E" in result.output


def test_an_image_that_meets_the_line_only_when_swapped_tells_of_it(
    ready: Path, tmp_path: Path
) -> None:
    """A line at 10 N 48 E that was drawn as 48 N 10 E: possible, but elsewhere."""
    root = tmp_path / "border"
    new(root, line_file(tmp_path, [[10.0, 48.0], [10.0, 48.01]]))
    tiny = pixels_of(ready.parent / "images" / "scene_2019-05-01.tif")[:, :64, :64]
    x, y = pyproj.Transformer.from_crs(4326, 32639, always_xy=True).transform(48.0, 10.0)
    image = tmp_path / "a_2019-05-01.tif"
    small_border.write(image, tiny, epsg=32639, transform=Affine(0.5, 0, x, 0, -0.5, y))
    result = vallum("add", image, "-p", root)
    assert result.exit_code == 0
    assert "with latitude and longitude swapped they would meet" in result.output


def test_a_line_of_ten_metres_is_measured_to_the_metre(ready: Path, tmp_path: Path) -> None:
    with open_project(ready) as project:
        points = [project.frontier.point_at(at_m) for at_m in (300, 310)]
    root = tmp_path / "border"
    new(root, line_file(tmp_path, [[p.x, p.y] for p in points]))
    assert vallum("add", ready.parent / "images", "-p", root).exit_code == 0
    for step in ("cover", "align", "detect", "measure"):
        assert vallum(step, "-p", root).exit_code == 0
    facts = json.loads(vallum("measure", "-p", root, "--json").stdout)["facts"]
    assert facts["frontier_km"] == pytest.approx(0.010)
    assert facts["border_km_comparable"] == pytest.approx(0.010)


def test_a_corridor_wider_than_a_meander_is_said_with_its_kilometres(tmp_path: Path) -> None:
    there = 0.004 * np.sin(np.linspace(0, 6 * np.pi, 1200))
    points = [[129.7 + 0.00002 * k, 42.4 + float(y)] for k, y in enumerate(there)]
    dates = ("--before", "2019", "--after", "2022")
    path = line_file(tmp_path, points)
    wide = vallum("new", tmp_path / "w", "--frontier", path, *dates, "--corridor-m", 2000)
    assert wide.exit_code == 0
    assert "reaches across a bend of the line on about" in wide.output
    assert "make the corridor narrower" in wide.output
    narrow = vallum("new", tmp_path / "n", "--frontier", path, *dates, "--corridor-m", 10)
    assert "bend" not in narrow.output


# -- the project's folder -----------------------------------------------------------------------


def test_a_network_drive_is_refused_until_forced(
    again: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"disk / ext4 rw 0 0\nserver:/share {again.parent} nfs4 rw 0 0\n")
    monkeypatch.setattr("vallum.store.sqlite._MOUNTS", mounts)
    result = vallum("status", "-p", again)
    assert result.exit_code == 1
    assert "on a network drive (nfs4 at" in result.output
    assert "own disk, or use --force-network-drive" in result.output
    assert vallum("status", "-p", again, "--force-network-drive").exit_code == 0


BROKEN = {
    "no TOML": ("left_m = 60", "left_m = = 60", ("at line ", "column ", "correct it")),
    "unknown name": ("left_m = 60", "lefft_m = 60", ("lefft_m", "did you mean 'left_m'")),
    "a word": ("left_m = 60", 'left_m = "wide"', ("left_m is 'wide'",)),
    "no date": ('before = "2019"', 'before = "sometime"', ("dates:", "'sometime' is no date")),
    "too long": ("end_m = 500", "end_m = 5000", ("end_m is 5000", "m long")),
    "swapped dates": ('before = "2019"', 'before = "2030"', ("swap them",)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_settings_broken_by_hand_are_named_and_nothing_is_touched(again: Path, name: str) -> None:
    old, instead, says = BROKEN[name]
    settings = again / "vallum.toml"
    good = settings.read_text(encoding="utf-8")
    change_settings(again, old, instead)
    before = bytes_of(again)
    result = vallum("run", "-p", again)
    assert result.exit_code == 2
    assert all(part in result.output for part in says), result.output
    assert bytes_of(again) == before
    settings.write_text(good, encoding="utf-8")
    assert vallum("status", "-p", again).exit_code == 0


@pytest.mark.parametrize("damage", ["edited", "cut short", "emptied", "gone"])
def test_a_frontier_that_is_not_the_old_one_stops_everything(again: Path, damage: str) -> None:
    line = again / "frontier.geojson"
    good = line.read_bytes()
    changed = {"edited": good.replace(b"129.7", b"129.8"), "cut short": good[:90], "emptied": b""}
    line.unlink() if damage == "gone" else line.write_bytes(changed[damage])
    result = vallum("run", "-p", again)
    assert result.exit_code == 2
    assert "frontier.geojson" in result.output
    assert "back" in result.output
    line.write_bytes(good)
    verified(again)


@pytest.mark.parametrize("damage", ["gone", "emptied"])
def test_a_lost_ledger_is_not_taken_for_a_new_one(again: Path, damage: str) -> None:
    database = again / "project.db"
    good = database.read_bytes()
    database.unlink() if damage == "gone" else database.write_bytes(b"")
    before = bytes_of(again)
    result = vallum("status", "-p", again)
    assert result.exit_code == 1
    assert "project.db" in result.output
    assert "backup" in result.output
    assert bytes_of(again) == before
    database.write_bytes(good)
    verified(again)


def test_a_ledger_without_settings_is_not_overwritten(
    again: Path, small: small_border.Small
) -> None:
    (again / "vallum.toml").unlink()
    before = bytes_of(again)
    dates = ("--before", "2019", "--after", "2022")
    result = vallum("new", again, "--frontier", small.line, *dates)
    assert result.exit_code == 2
    assert "put vallum.toml back from a backup" in result.output
    assert bytes_of(again) == before


def test_a_new_that_was_ended_before_its_first_row_is_finished_later(
    again: Path, small: small_border.Small, tmp_path: Path
) -> None:
    fresh = tmp_path / "fresh"
    new(fresh, small.line)
    for path in fresh.glob("project.db*"):
        path.unlink()
    from vallum.store import Store

    Store(fresh / "project.db").close()
    assert vallum("status", "-p", fresh).exit_code == 0
    line = fresh / "frontier.geojson"
    line.write_bytes(line.read_bytes().replace(b"129.7", b"129.8"))
    assert "was changed since the project was made" in vallum("status", "-p", fresh).output


def _without_rights() -> None:
    """Let file rights hold for root too: give up the capabilities that pass over them."""
    library = ctypes.CDLL(None)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        library.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


@pytest.mark.skipif(sys.platform != "linux", reason="file rights of root need Linux")
def test_a_folder_that_may_not_be_written_is_said(again: Path) -> None:
    before = bytes_of(again)
    folders = [again, *(path for path in again.rglob("*") if path.is_dir())]
    for path in [*again.rglob("*"), again]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        code, said = ended(start("run", "-p", again, limit=_without_rights))
    finally:
        for path in folders:
            path.chmod(0o755)
    if os.getuid() == 0 and code == 0:
        pytest.skip("rights could not be given up here")
    assert code == 1
    assert "may not be written; nothing was changed" in said
    assert {name: data for name, data in bytes_of(again).items() if "-" not in name} == {
        name: data for name, data in before.items() if "-" not in name
    }


# -- a full disk ----------------------------------------------------------------------------------


@contextmanager
def room_for(n_bytes: int) -> Iterator[None]:
    """Let no file grow beyond `n_bytes`: for who writes it, the disk is full there."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


def test_no_room_for_a_working_copy_is_said_and_the_rest_goes_on(
    small: small_border.Small, tmp_path: Path
) -> None:
    root, images = tmp_path / "border", tmp_path / "images"
    images.mkdir()
    new(root, small.line)
    shutil.copy(small.images / "scene_2019-05-01.tif", images / "big_2019-05-01.tif")
    tiny = pixels_of(small.images / "scene_2019-05-01.tif")[:, :64, :64]
    write(images / "tiny_2019-05-01.tif", tiny)
    room = 600_000
    assert (images / "big_2019-05-01.tif").stat().st_size > 2 * room
    code, said = ended(
        start(
            "add",
            images,
            "-p",
            root,
            limit=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)),
        )
    )
    assert code == 3
    assert "big_2019-05-01.tif: no room left in imagery/ for its working copy" in said
    assert "nothing half-written stays; free some space and add it again" in said
    assert "1 of 2 files are in" in said
    assert len(list((root / "imagery").iterdir())) == 1
    verified(root)
    assert vallum("add", images, "-p", root).exit_code == 0
    assert len(list((root / "imagery").iterdir())) == 2


def test_no_room_for_the_ledger_is_said_and_keeps_what_was_there(again: Path) -> None:
    rows = verified(again)
    with room_for(20_000):
        result = vallum("cover", "-p", again)
    assert result.exit_code == 1
    assert "[DiskFull]" in result.output
    assert "free some space and run the same command again" in result.output
    assert verified(again) == rows
    assert vallum("cover", "-p", again).exit_code == 0
    assert verified(again) > rows


def test_no_room_for_the_report_is_said_and_leaves_nothing_half_written(
    done: Path, finished: Path
) -> None:
    shutil.rmtree(done / "out" / "report")
    with room_for(300_000):
        result = vallum("publish", "-p", done)
    assert result.exit_code == 1
    assert "[DiskFull]" in result.output
    assert "nothing half-written was kept" in result.output
    assert not list((done / "out").iterdir())
    verified(done)
    assert vallum("publish", "-p", done).exit_code == 0
    assert bytes_of(done / "out") == bytes_of(finished / "out")


# -- killed, twice, again -------------------------------------------------------------------------


def _kinds(root: Path) -> dict[str, int]:
    """Return how many ledger rows of each kind there are, read past the running process."""
    with sqlite3.connect(f"file:{root / 'project.db'}?mode=ro", uri=True, timeout=10) as database:
        found = database.execute("SELECT kind, count(*) FROM ledger GROUP BY kind").fetchall()
    database.close()
    return dict(found)


def _kill_when(root: Path, is_time: Callable[[], bool], delay_s: float) -> bool:
    """Start a run, kill it a moment after `is_time`; return whether it was still at work."""
    process = start("run", "-p", root)
    try:
        while process.poll() is None and not is_time():
            time.sleep(0.01)
        time.sleep(delay_s)
        was_running = process.poll() is None
    finally:
        process.kill()
        process.communicate()
    return was_running


def test_a_run_killed_again_and_again_ends_as_if_it_never_was(again: Path, finished: Path) -> None:
    moments = {
        "looking": lambda: _kinds(again).get("Look", 0) > 0,
        "aligned": lambda: _kinds(again).get("Fit", 0) > 0,
        "publishing": lambda: any((again / "out").glob(".*/*")),
    }
    chance = random.Random(5)
    killed = []
    for name, is_time in moments.items():
        before = _kinds(again)
        if _kill_when(again, is_time, chance.uniform(0, 0.1)):
            killed.append(name)
        verified(again)
        now = _kinds(again)
        assert all(now[kind] >= number for kind, number in before.items())
    assert len(killed) >= 2, killed
    result = vallum("run", "-p", again)
    assert result.exit_code == 0, result.output
    verified(again)
    assert tables_of(again) == tables_of(finished)
    visible = {path.name for path in (again / "out").iterdir() if not path.name.startswith(".")}
    assert visible == {"report"}
    assert {p.name for p in (again / "out" / "report").iterdir()} == {
        p.name for p in (finished / "out" / "report").iterdir()
    }


def test_two_runs_at_once_take_turns_or_one_says_so(again: Path, finished: Path) -> None:
    both = [ended(process) for process in (start("run", "-p", again), start("run", "-p", again))]
    assert 0 in {code for code, _ in both}, both
    for code, said in both:
        if code:
            assert code == 1
            assert "another vallum is at work" in said
            assert "wait until it has finished" in said
            assert "[StoreLocked]" in said
    verified(again)
    assert tables_of(again) == tables_of(finished)


def test_work_in_progress_keeps_others_out_but_lets_them_look(again: Path) -> None:
    with open_project(again) as project, project.alone():
        locked = vallum("cover", "-p", again)
        assert locked.exit_code == 1
        assert "[StoreLocked]" in locked.output
        assert vallum("status", "-p", again).exit_code == 0
        assert vallum("verify", "-p", again).exit_code == 0
    assert vallum("cover", "-p", again).exit_code == 0


# -- tables of verdicts -----------------------------------------------------------------------------


def _table(root: Path, path: Path) -> list[dict[str, str]]:
    assert vallum("review", "--export", path, "-p", root).exit_code == 0
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def _save(path: Path, rows: list[dict[str, str]], **dialect: object) -> Path:
    encoding = str(dialect.pop("encoding", "utf-8"))
    with path.open("w", encoding=encoding, newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), **dialect)
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_good_answers_are_kept_beside_bad_ones(done: Path, tmp_path: Path) -> None:
    rows = _table(done, tmp_path / "out.csv")
    rows[0]["answer"] = "yes"
    odd = {**rows[0], "answer": "perhaps"}
    stranger = {**rows[0], "candidate": "candidate-of-another-project"}
    table = _save(tmp_path / "back.csv", [rows[0], odd, stranger, *rows[1:]])
    result = vallum("review", "--import", table, "--analyst", "anna", "-p", done)
    assert result.exit_code == 3
    assert "1 answers read, 1 new" in result.output
    assert "blocked: back.csv, row 3, column answer: 'perhaps' is not understood" in result.output
    assert "blocked: back.csv, row 4, column candidate: 'candidate-of-another" in result.output
    verified(done)


def test_a_table_of_another_project_adds_nothing(done: Path, tmp_path: Path) -> None:
    rows = _table(done, tmp_path / "out.csv")
    before = bytes_of(done)
    strangers = [
        {**row, "candidate": f"candidate-{i}", "answer": "no"} for i, row in enumerate(rows)
    ]
    table = _save(tmp_path / "back.csv", strangers)
    result = vallum("review", "--import", table, "--analyst", "anna", "-p", done)
    assert result.exit_code == 3
    assert "0 answers read" in result.output
    assert "Export again" in result.output
    assert bytes_of(done) == before


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "is empty; nothing was read"),
        ("a.csv", b"x,y\n1,2\n", "has no column 'candidate'"),
        ("a.gpkg", b"nonsense", "is no sound GeoPackage"),
        ("a.xlsx", b"PK\x03\x04", "save it as 'CSV UTF-8'"),
    ],
)
def test_a_file_that_is_no_table_is_said(
    done: Path, tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    result = vallum("review", "--import", path, "--analyst", "anna", "-p", done)
    assert result.exit_code == 1
    assert name in result.output
    assert says in result.output


def test_after_review_and_settling_a_second_run_changes_no_byte(done: Path, tmp_path: Path) -> None:
    rows = _table(done, tmp_path / "out.csv")
    for row in rows:
        row["answer"] = "yes"
    plain = _save(tmp_path / "anna.csv", rows)
    # The way a European Excel saves it: semicolons, commas in numbers, no UTF-8.
    numbers = ("km_from", "km_to", "lat", "lon", "off_m", "score", "length_m")
    excel = [row | {name: row[name].replace(".", ",") for name in numbers} for row in rows]
    saved = _save(tmp_path / "bob.csv", excel, delimiter=";", encoding="cp1252")
    for analyst, table in (("anna", plain), ("bob", saved)):
        result = vallum("review", "--import", table, "--analyst", analyst, "-p", done)
        assert result.exit_code == 0, result.output
        assert f"{len(rows)} answers read, {len(rows)} new" in result.output
    result = vallum("run", "-p", done)
    assert result.exit_code == 0
    assert f"{len(rows)} confirmed" in result.output
    before = bytes_of(done)
    for words in (("review", "--import", saved, "--analyst", "bob"), ("settle",), ("run",)):
        assert vallum(*words, "-p", done).exit_code == 0
        assert bytes_of(done) == before, words
    verified(done)
