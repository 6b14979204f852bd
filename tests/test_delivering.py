"""`add` and `dates` on a project: orders, archives, repeats, and a line for everything."""

import json
import os
import shutil
import signal
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
from click.testing import CliRunner
from PIL import Image as Picture

import called_here
import small_border
import small_orders
from small_images import textured, write
from vallum import steps
from vallum.commands import answer
from vallum.commands.calendars import dates as dates_command
from vallum.ground import foreign
from vallum.ground.errors import BadInput
from vallum.ground.records import Scene
from vallum.project import open_project
from vallum.steps.datebook import dates
from vallum.steps.done import Done


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A border with its images, and a project of it without any; never opened."""
    root = tmp_path_factory.mktemp("delivering")
    small = small_border.make(root / "border")
    made, _ = steps.new(
        root / "project", frontier=small.line, before="2019..2021", after="2022..2023",
        corridor_m=100,
    )  # fmt: skip
    made.close()
    return root


@pytest.fixture
def project(empty, tmp_path):
    shutil.copytree(empty / "project", tmp_path / "project")
    with open_project(tmp_path / "project") as made:
        yield made


@pytest.fixture
def here(monkeypatch):
    """What runs in the limited process runs in this one: the files were made by the test."""
    monkeypatch.setattr(foreign, "call", called_here.call)
    yield
    signal.alarm(0)


def zipped(folder: Path, archive: Path) -> Path:
    with zipfile.ZipFile(archive, "w") as opened:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                opened.write(path, path.relative_to(folder.parent))
    return archive


def test_a_mixed_folder_becomes_scenes_with_a_line_for_everything(here, project, tmp_path):
    box = tmp_path / "box"
    small_orders.maxar(box / "first")
    again = small_orders.maxar(box / "second")
    for tile in again.glob("*.TIF"):  # the same order at another compression
        with rasterio.open(tile) as source:
            pixels, profile = source.read(), source.profile | {"compress": "lzw"}
        with rasterio.open(tile, "w", **profile) as target:
            target.write(pixels)
    write(box / "broken_2019-05-01.tif", textured(1, 40, 40)).write_bytes(b"II*\0 nothing")
    box.joinpath("d.XML").write_text("<open")
    done = steps.add(project, [box])
    scenes = {scene.id: scene for scene in project.rows(Scene)}
    (counted,) = [scene for scene in scenes.values() if not scene.repeats]
    (repeat,) = [scene for scene in scenes.values() if scene.repeats]
    assert repeat.repeats == counted.id
    assert counted.order == "Maxar 0155"
    said = "\n".join(done.lines)
    assert "Maxar 0155: 2 images, covers km" in said
    assert "WorldView-2 2023-03-14, 1.00 m, 1 bands, 3 % cloud, 18 degrees off nadir" in said
    assert said.count("kept, counts once") == 1
    assert "2 of 4 files are in; 2 left out, see below" in said
    assert sorted(line.partition(":")[0] for line in done.blocked) == [
        "broken_2019-05-01.tif",
        "d.XML",
    ]
    second = steps.add(project, [box])
    assert second.n_added == 0
    assert {scene.id: scene.repeats for scene in project.rows(Scene)} == {
        scene.id: scene.repeats for scene in scenes.values()
    }


def test_an_archive_is_unpacked_taken_in_and_gone(project, tmp_path):
    small_orders.planet(tmp_path)
    archive = zipped(tmp_path / "order", tmp_path / "download.zip")
    done = steps.add(project, [archive], licence="Planet, news use", may_publish=True)
    (scene,) = project.rows(Scene)
    assert (scene.sensor, scene.licence) == ("PlanetScope PSB.SD", "Planet, news use")
    assert (project.root / scene.mask_href).is_file()
    assert not [path for path in project.imagery_folder.iterdir() if path.is_dir()]
    assert not done.blocked


def test_a_set_that_grows_counts_whole_and_its_part_no_more(here, project, tmp_path):
    folder = small_orders.maxar(tmp_path / "set")
    tile = next(folder.glob("*R1C2*"))
    held = tmp_path / "held.tif"
    os.replace(tile, held)  # noqa: PTH105
    steps.add(project, [folder])
    os.replace(held, tile)  # noqa: PTH105
    done = steps.add(project, [folder])
    assert any("this one counts from now on" in line for line in done.lines)
    part, whole = sorted(project.rows(Scene), key=lambda scene: scene.footprint.area)
    assert (part.repeats, whole.repeats) == (whole.id, "")
    aside = steps.set_aside(project, whole.id, why="stripes over half of it")
    assert aside.lines[1].endswith("it counts now")
    assert {scene.repeats for scene in project.rows(Scene)} == {""}


def test_an_archive_that_is_none_and_a_folder_with_nothing_say_so(here, project, tmp_path):
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04 cut")
    done = steps.add(project, [tmp_path / "x.zip"])
    assert done.blocked[0].startswith("x.zip: is broken or cut short; fetch it again")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="no image in"):
        steps.add(project, [tmp_path / "empty"])
    with pytest.raises(BadInput, match="does not exist"):
        steps.add(project, [tmp_path], dem=tmp_path / "no.tif")


def test_an_image_that_comes_back_into_use_does_not_count_beside_its_twin(here, project, tmp_path):
    for n, name in enumerate("abc"):
        steps.add(project, [small_orders.maxar(tmp_path / name, seed=n)])

    def counting():
        return sorted(s.id for s in project.rows(Scene) if not (s.repeats or s.set_aside))

    ((first,), every) = counting(), {scene.id for scene in project.rows(Scene)}
    assert len(every) == 3
    steps.set_aside(project, first, why="thin cloud over the line")
    ((second,), _) = counting(), steps.set_aside(project, first, why="and haze beside it")
    assert counting() == [second]
    done = steps.set_aside(project, first, back=True)
    assert "this one counts again" in done.lines[0]
    assert counting() == [first]
    assert {s.repeats for s in project.rows(Scene) if s.id != first} == {first}
    # A repeat that is set aside and back leaves the one that counts as it is.
    steps.set_aside(project, second, why="stripes over half of it")
    steps.set_aside(project, second, back=True)
    assert counting() == [first]


def test_a_photograph_in_a_mixed_folder_leaves_no_trace(here, project, tmp_path):
    box = tmp_path / "box"
    box.mkdir()
    small_orders.naip(box)
    exif = Picture.Exif()
    exif[0x010E] = "SIMULATED-CANARY"
    exif.get_ifd(0x8825).update({1: "N", 2: (42.0, 27.0, 12.0), 3: "E", 4: (129.0, 44.0, 6.0)})
    for name in ("SIMULATED-person-1.jpg", "SIMULATED-person-2.jpg"):
        Picture.new("RGB", (640, 480), (90, 120, 40)).save(box / name, exif=exif)
    (box / "SIMULATED-person-3.HEIC").write_bytes(b"\0\0\0\x18ftypheic")
    done = steps.add(project, [box, box / "SIMULATED-person-3.HEIC"])
    (line,) = done.blocked
    assert line.startswith("photographs: 3 with what a camera writes")
    assert line.endswith("use vallum intake")
    assert not any("SIMULATED" in text for text in (*done.lines, json.dumps(done.to_json())))
    assert not (project.imagery_folder / "shots").exists()
    project.store.close()
    for path in project.root.rglob("*"):
        assert not path.is_file() or b"SIMULATED-" not in path.read_bytes(), path


@pytest.mark.parametrize("name", [".delivery.zip", "..zip", ".zip", "\x1b[2Jx.zip"], ids=ascii)
def test_an_archive_of_any_name_is_unpacked(here, project, tmp_path, name):
    small_orders.naip(tmp_path / "order")
    steps.add(project, [zipped(tmp_path / "order", tmp_path / name)])
    assert len(project.rows(Scene)) == 1


def test_names_of_foreign_files_neither_steer_a_terminal_nor_forge_a_line(here, project, tmp_path):
    box = tmp_path / "box"
    box.mkdir()
    evil = "\x1b]0;SIMULATED\x07\x9b2J\u202eevil"
    (box / f"{evil}\nblocked: all_2023-01-01.tif").write_bytes(b"II*\0 nothing")
    (box / f"{evil}_2023-01-01.tif").write_bytes(b"II*\0 nothing")
    (box / f"{evil}.xml").write_text("<a")
    done = steps.add(project, [box])
    assert len(done.blocked) == 3
    for text in (*done.lines, *done.blocked):
        assert text.isprintable(), ascii(text)


def test_what_a_command_prints_holds_nothing_that_a_terminal_obeys(capsys):
    evil = "a\x1b[2J\x9b\u202e\udcff\nforged"
    done = Done(step="add", lines=(evil,), blocked=(evil,), files=(evil,), next=evil)
    answer._tell(done, False)
    printed = capsys.readouterr().out
    assert printed.count("\n") == 4
    assert all(line.isprintable() for line in printed.splitlines())
    answer._tell(done, True)
    packed = capsys.readouterr().out
    assert packed.replace("\n", "").isprintable()
    assert json.loads(packed)["lines"] == [evil]
    answer._complain("BadInput", "one\x1b[2J\n- two", False)
    assert capsys.readouterr().err == "vallum: one [2J\n- two  [BadInput]\n"


def test_dates_tells_every_section_and_writes_a_table(here, empty, project, tmp_path):
    line = (empty / "border" / "images").glob("*.tif")
    steps.add(project, sorted(line))
    assert dates(project).lines[0].endswith("no image")
    steps.cover(project)
    done = dates(project, table=tmp_path / "dates.csv")
    assert "2 dates (2019-05-01 to 2022-05-10), longest gap 1,105 days" in done.lines[0]
    rows = (tmp_path / "dates.csv").read_text("utf-8-sig").splitlines()
    assert rows[0].startswith("section,from_km,to_km,earliest,latest,sensor,gsd_m,seen_m")
    assert rows[2].endswith("1105")
    result = CliRunner().invoke(dates_command, ["-p", str(project.root), "--json"])
    assert result.exit_code == 0, result.output
    facts = json.loads(result.output)
    told = facts.get("facts", facts)["sections"][0]
    assert told["longest_gap_days"] == 1105
    assert np.isclose(told["dates"][0]["gsd_m"], 0.5, atol=0.01)
