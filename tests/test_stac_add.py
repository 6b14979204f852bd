"""`vallum add --stac` against a real STAC API: found, cut out, kept, never fetched twice."""

import hashlib
import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest
import rasterio
import shapely
from click.testing import CliRunner

import small_border
import small_catalogue as small
import stac_server
from vallum import steps
from vallum.commands.adding import add
from vallum.ground.errors import AddressRefused, BadSetting
from vallum.ground.records import Exhibit, Scene
from vallum.ground.when import When
from vallum.imagery.stac import search
from vallum.imagery.stac.hosts import Rules
from vallum.imagery.stac.wire import Wire
from vallum.project import open_project
from vallum.steps.catalogues import add_stac

MANY = 130


@pytest.fixture(scope="module")
def api():
    """A STAC API on PostgreSQL, for all tests of this file."""
    if why := stac_server.missing():
        assert os.environ.get("CI") != "true", why
        pytest.skip(why)
    with stac_server.stac_api() as running:
        yield running


@pytest.fixture(scope="module")
def files():
    with stac_server.files() as served:
        yield served


@pytest.fixture(scope="module")
def catalogue(api, files):
    """Two collections: `s2` with an image before and one after, `many` with 130 and no files."""
    one = small.four_bands(files, "one", 1, "?sig=SECRET-CANARY")
    two = small.four_bands(files, "two", 2, "?sig=SECRET-CANARY")
    api.load("collections", [small.collection(), small.collection("many")])
    api.load(
        "items",
        [
            small.item("one", one),
            small.item("two", two, moment="2022-05-10T02:10:00Z", cloud=60),
            *(
                small.item(f"item-{n:03}", {"B04": small.asset("https://x.example/a.tif", "red")},
                           collection="many", moment=f"2019-06-01T{n // 60:02}:{n % 60:02}:00Z")
                for n in range(MANY)
            ),
        ],
    )  # fmt: skip
    return api.href


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    return small_border.make(tmp_path_factory.mktemp("small")).line


@pytest.fixture
def project(tmp_path, api, files, line):
    """An empty project that may ask the two servers of the tests."""
    made, _ = steps.new(tmp_path / "p", frontier=line, before="2019", after="2022", corridor_m=100)
    made.close()
    settings = tmp_path / "p/vallum.toml"
    named = f'private_hosts = "{api.host}, {files.host}"'
    settings.write_text(settings.read_text().replace('private_hosts = ""', named))
    with open_project(tmp_path / "p") as opened:
        yield opened


def requests(files) -> list[str]:
    return [path for _, path, _ in files.asked]


def scenes(project) -> dict[str, Scene]:
    return {scene.name: scene for scene in project.rows(Scene)}


def test_images_of_both_epochs_are_cut_out_with_all_that_is_stated(
    project, catalogue, files
) -> None:
    n_before = files.n_bytes
    done = add_stac(project, catalogue, collections=["s2"])
    assert not done.blocked
    found = scenes(project)
    assert set(found) == {"one", "two"}
    scene = found["one"]
    assert str(scene.taken) == "2019-05-01"
    assert scene.taken_at is not None
    assert scene.taken_at.isoformat() == "2019-05-01T02:11:09+00:00"
    assert (scene.taken_from, scene.sensor) == ("catalogue", "sentinel-2a msi")
    assert scene.bands == ("red", "green", "blue", "nir")
    assert scene.reflectance == (1e-4, -0.1)
    assert (scene.off_nadir_deg, scene.sun_azimuth_deg, scene.cloud_percent) == (4.5, 151, 3.5)
    assert scene.licence == "CC-BY-4.0"
    assert scene.credit == "contains modified Copernicus Sentinel data 2019"
    # only blocks near the corridor came over
    whole = sum(len(content) for content in files.content.values())
    assert files.n_bytes - n_before < 0.6 * whole  # of such small files; of real ones far less
    # a second run finds everything and fetches nothing
    asked = len(files.asked)
    again = add_stac(project, catalogue, collections=["s2"])
    assert again.n_added == 0
    assert len(files.asked) == asked
    assert again.facts["scenes"] == done.facts["scenes"]
    # pixels are those of the files, the mask of the provider lies on the same grid
    with rasterio.open(project.path_of(scene)) as source:
        values, usable, where = source.read(), source.dataset_mask() > 0, source.transform
    row = round((small.NORTH - where.f) / small.GSD_M)
    column = round((where.c - small.WEST) / small.GSD_M)
    part = (slice(row, row + usable.shape[0]), slice(column, column + usable.shape[1]))
    for number in range(4):
        original = small.pixels(10 + number)[0][part]
        assert np.array_equal(values[number][usable], original[usable])
    with rasterio.open(project.root / scene.mask_href) as mask:
        assert mask.transform == where
        assert set(np.unique(mask.read(1)[usable])) == {0, 1}
    # nothing that was signed is anywhere in the project
    for path in project.root.rglob("*"):
        if path.is_file() and path.suffix != ".tif":
            assert b"SECRET-CANARY" not in path.read_bytes(), path
    assert "SECRET" not in json.dumps(done.to_json())
    exhibits = [row for row in project.rows(Exhibit) if row.role == "catalogue"]
    assert {row.id for row in exhibits} == {s.exhibit for s in found.values()}
    assert exhibits[0].url.startswith(catalogue)
    assert not list((project.imagery_folder / ".fetching").iterdir())


def test_a_list_fetches_nothing(project, catalogue, files) -> None:
    asked = len(files.asked)
    done = add_stac(project, catalogue, collections=["s2"], max_cloud=20, dry_run=True)
    assert [item["id"] for item in done.facts["items"]] == ["one"]
    assert done.lines[-1] == "nothing was fetched: this is a list"
    assert len(files.asked) == asked
    assert not project.rows(Scene)


def test_many_pages_are_read_and_the_limit_is_said(project, catalogue) -> None:
    whole = add_stac(project, catalogue, collections=["many"], dry_run=True)
    assert len(whole.facts["items"]) == MANY
    assert len({item["id"] for item in whole.facts["items"]}) == MANY
    few = add_stac(project, catalogue, collections=["many"], dry_run=True, max_items=7)
    assert len(few.facts["items"]) == 7
    assert any("stopped at 7" in line for line in few.lines)


def test_real_items_are_found_by_date_and_cloud(api, shared_data) -> None:
    told = json.loads(
        (shared_data / "stac/items/itemcollection-13-dates-one-tile.json").read_text()
    )
    real = [
        item | {"collection": "real", "links": [], "assets": {
            key: {**value, "href": value["href"].split("?")[0]} for key, value in item["assets"].items()
        }}
        for item in told["features"]
    ]  # fmt: skip
    api.load("collections", [small.collection("real")])
    api.load("items", real)
    area = shapely.box(27.2, -8.0, 27.6, -7.6)
    with Wire(rules=Rules(private=frozenset({api.host}))) as wire:
        found = [
            hit.item
            for hit in search.found(
                wire,
                search.opened(wire, api.href),
                search.Query(
                    collections=("real",),
                    when=(When.parse("2020-06..2020-07"),),
                    areas=(area,),
                    max_cloud=1.0,
                ),
            )
        ]
    expected = {i["id"] for i in real if i["properties"]["eo:cloud_cover"] <= 1.0}
    assert {item.name for item in found} == expected
    assert all(item.mask_kind == "scl" for item in found)


def test_a_bad_image_among_good_ones_is_named_and_the_rest_goes_on(
    project, api, catalogue, files
) -> None:
    assets = small.four_bands(files, "good", 3)
    del assets["SCL"]
    files.content["/page.tif"] = b"<!doctype html><p>please sign in</p>"
    bad = {"visual": small.asset(f"{files.href}/page.tif?sig=SECRET", "red", "green", "blue")}
    inside = {"visual": small.asset("http://169.254.169.254/latest/a.tif", "red", "green", "blue")}
    gone = {"visual": small.asset(f"{files.href}/gone.tif?sig=SECRET", "red", "green", "blue")}
    api.load("collections", [small.collection("mixed")])
    items = {"a-page": bad, "b-inside": inside, "c-gone": gone, "d-good": assets}
    api.load(
        "items",
        [small.item(name, files_, collection="mixed") for name, files_ in items.items()],
    )
    done = add_stac(project, catalogue, collections=["mixed"], bands="")
    assert list(scenes(project)) == ["d-good"]
    told = "\n".join(done.blocked)
    assert "a-page: is a web page" in told
    assert "b-inside" in told
    assert "nothing was sent" in told
    assert "gone.tif: the server has nothing there" in told
    assert len(done.blocked) == 3
    assert "SECRET" not in told
    assert done.exit_code == 3


def test_a_whole_file_is_kept_byte_by_byte(project, api, catalogue, files) -> None:
    content = small.cog(small.pixels(9, bands=3, dtype="uint8", size=256), gsd_m=16)
    files.content["/whole.tif"] = content
    api.load("collections", [small.collection("whole")])
    checksum = "1220" + hashlib.sha256(content).hexdigest()
    asset = small.asset(f"{files.href}/whole.tif", "red", "green", "blue", gsd_m=16)
    api.load(
        "items",
        [small.item("whole", {"visual": asset | {"file:checksum": checksum}}, collection="whole",
                    platform="drone", instruments=["rgb"])],
    )  # fmt: skip
    done = add_stac(project, catalogue, collections=["whole"], whole=True, licence="own")
    assert not done.blocked
    scene = scenes(project)["whole"]
    assert scene.sha256 == checksum[4:]
    assert (scene.licence, scene.credit) == ("own", "Tests of vallum")


# -- what is in the project, or twice in the catalogue ------------------------------------------


def offered(files, *found):
    """Offer items in a catalogue of the file server; return its address."""
    links = [{"rel": "search", "href": f"{files.href}/search"}]
    files.put_json("/search", {"type": "FeatureCollection", "features": list(found)})
    return files.put_json(
        "/catalogue", {"type": "Catalog", "id": "c", "stac_version": "1.0.0", "links": links}
    )


def visual(files, name, values, **more):
    """Put one picture on the server; return an item of it."""
    files.content[f"/{name}.tif"] = small.cog(values, gsd_m=16)
    asset = small.asset(f"{files.href}/{name}.tif", "red", "green", "blue", gsd_m=16)
    return small.item(name, {"visual": asset}, **more)


def test_one_acquisition_processed_twice_counts_once(project, files) -> None:
    values = small.pixels(21, bands=3, dtype="uint8", size=256)
    href = offered(
        files, visual(files, "x_0_L2A", values), visual(files, "x_1_L2A", values // 2 + 1)
    )
    done = add_stac(project, href, collections=["s2"])
    assert not done.blocked
    found = scenes(project)
    assert found["x_1_L2A"].repeats == found["x_0_L2A"].id
    assert not found["x_0_L2A"].repeats
    assert any("counts once" in line for line in done.lines)
    again = add_stac(project, href, collections=["s2"])
    assert again.n_added == 0
    assert scenes(project) == found


def test_the_same_pixels_under_two_dates_keep_the_first_date_and_are_said(project, files) -> None:
    values = small.pixels(22, bands=3, dtype="uint8", size=256)
    href = offered(
        files,
        visual(files, "first", values),
        visual(files, "second", values, moment="2022-05-10T02:11:09Z"),
    )
    done = add_stac(project, href, collections=["s2"])
    (kept,) = project.rows(Scene)
    assert (kept.name, str(kept.taken)) == ("first", "2019-05-01")
    assert len(done.blocked) == 1
    assert "second: its pixels are those of first, which is dated 2019-05-01" in done.blocked[0]
    asked = len([path for path in requests(files) if path.endswith(".tif")])
    again = add_stac(project, href, collections=["s2"])
    assert again.n_added == 0
    assert project.rows(Scene) == [kept]
    assert len([path for path in requests(files) if path.endswith(".tif")]) == asked


@pytest.mark.parametrize("moment", ["2019-06-15T02:00:00Z", "2022-05-01T02:00:00Z"])
def test_a_file_that_a_person_added_keeps_its_date_and_terms(
    project, files, tmp_path, moment
) -> None:
    item = visual(
        files, "theirs", small.pixels(23, bands=3, dtype="uint8", size=256), moment=moment
    )
    mine = tmp_path / "mine_2019-06-15.tif"
    mine.write_bytes(files.content["/theirs.tif"])
    steps.add(project, [mine], licence="own contract", credit="Desk", may_publish=True)
    done = add_stac(project, offered(files, item), collections=["s2"], whole=True)
    (scene,) = project.rows(Scene)
    assert (scene.name, str(scene.taken)) == ("mine_2019-06-15.tif", "2019-06-15")
    assert (scene.licence, scene.credit, scene.may_publish) == ("own contract", "Desk", True)
    assert bool(done.blocked) == moment.startswith("2022")


def test_a_killed_run_goes_on_without_fetching_again(project, api, catalogue, files) -> None:
    api.load("collections", [small.collection("slow")])
    assets = small.four_bands(files, "slow", 4)
    api.load("items", [small.item("slow", assets, collection="slow")])
    program = (
        "import sys; from pathlib import Path\n"
        "from vallum.project import open_project\n"
        "from vallum.steps.catalogues import add_stac\n"
        "with open_project(Path(sys.argv[1])) as project:\n"
        "    add_stac(project, sys.argv[2], collections=['slow'])\n"
    )

    def stuck(handler, path) -> bool:
        first = files.asked[-1][2].get("range", "").startswith("bytes=0-")
        if path == "/slow/B08.tif" and not first:
            time.sleep(30)  # the last band never comes
        return False

    files.answer = stuck
    n_before = len(files.asked)
    run = subprocess.Popen(
        [sys.executable, "-c", program, str(project.root), catalogue],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    end = time.monotonic() + 60
    while time.monotonic() < end:
        later = [p for _, p, h in files.asked[n_before:] if not h["range"].startswith("bytes=0-")]
        if "/slow/B08.tif" in later:
            break
        time.sleep(0.05)
    run.kill()
    run.wait()
    files.answer = None
    assert not project.rows(Scene)
    asked = len(files.asked)
    done = add_stac(project, catalogue, collections=["slow"])
    assert not done.blocked
    assert set(scenes(project)) == {"slow"}
    again = [(p, h["range"]) for _, p, h in files.asked[asked:]]
    assert {p for p, told in again if not told.startswith("bytes=0-")} <= {
        "/slow/B08.tif",
        "/slow/SCL.tif",
    }


def test_a_name_that_the_catalogue_does_not_have_is_said(project, catalogue) -> None:
    with pytest.raises(BadSetting, match="--collections.* many, .*s2"):
        add_stac(project, catalogue)
    done = add_stac(project, catalogue, collections=["S2x"])
    assert any("no collection 'S2x'; did you mean" in line for line in done.lines)


def test_a_private_server_that_nobody_named_is_not_asked(project, catalogue, api, tmp_path) -> None:
    settings = project.root / "vallum.toml"
    settings.write_text(settings.read_text().replace(f"{api.host}, ", ""))
    with open_project(project.root) as other, pytest.raises(AddressRefused, match="private_hosts"):
        add_stac(other, catalogue, collections=["s2"])


def test_the_command_asks_for_files_or_a_catalogue_and_lists(project, catalogue) -> None:
    def typed(*words: str):
        return CliRunner().invoke(add, [*words, "-p", str(project.root)])

    assert "give files or folders, or --stac URL" in typed().output
    assert "--list goes with --stac" in typed("x.tif", "--list").output
    assert "--taken goes with files" in typed("--stac", catalogue, "--taken", "2019").output
    assert "leave --before" in typed("--stac", catalogue, "--when", "2019", "--before").output
    shown = typed(
        "--stac", catalogue, "--collections", "s2", "--after", "--list", "--json",
    )  # fmt: skip
    assert shown.exit_code == 0, shown.output
    told = json.loads(shown.output[shown.output.index("{") :])
    assert [item["id"] for item in told["facts"]["items"]] == ["two"]
