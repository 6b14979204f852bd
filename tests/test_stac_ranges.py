"""Only the corridor of a remote image is fetched, through a process that has no network."""

import json
import socket

import numpy as np
import pytest
import rasterio
import shapely

import small_catalogue as small
import stac_server
from vallum.ground.errors import BadImage, NotReached, WorkerFailed
from vallum.imagery.stac import ranges
from vallum.imagery.stac.hosts import Rules
from vallum.imagery.stac.wire import Patience, Wire

VALUES = small.pixels(3)
COG = small.cog(VALUES)


@pytest.fixture
def files():
    with stac_server.files() as served:
        served.content["/a.tif"] = COG
        yield served


@pytest.fixture
def wire(files):
    rules = Rules(private=frozenset({files.host}))
    with Wire(rules=rules, patience=Patience(tries=2), sleep=lambda _s: None) as made:
        yield made


def near(share_x: float, share_y: float, half: float = 0.002) -> shapely.Polygon:
    west, south, east, north = small.footprint().bounds
    x, y = west + share_x * (east - west), north - share_y * (north - south)
    return shapely.box(x - half, y - half, x + half, y + half)


def remote(wire, files, folder, path="/a.tif", name="file0.tif"):
    made = ranges.Remote(
        wire=wire, href=lambda: f"{files.href}{path}?sig=SECRET", path=folder / name
    )
    made.open()
    return made


def order(folder, area, **more):
    return {
        "name": "a scene",
        "area": shapely.to_wkb(area, hex=True) if area is not None else "",
        "out": str(folder / "out.tif"),
        **more,
    }


def read(path):
    with rasterio.open(path) as source:
        return source.read(), source.dataset_mask() > 0, source.transform


def place_in(transform, shape):
    """Return where the result lies in the original, as slices."""
    column = round((transform.c - small.WEST) / small.GSD_M)
    row = round((small.NORTH - transform.f) / small.GSD_M)
    return slice(row, row + shape[0]), slice(column, column + shape[1])


def test_only_blocks_of_the_corridor_come_over_and_are_the_same_pixels(
    files, wire, tmp_path
) -> None:
    source = remote(wire, files, tmp_path)
    told = ranges.cut([source], order(tmp_path, near(0.3, 0.6)))
    pixels, usable, transform = read(tmp_path / "out.tif")
    rows, columns = place_in(transform, usable.shape)
    assert usable.any()
    assert np.array_equal(pixels[0][usable], VALUES[0][rows, columns][usable])
    assert told["n_blocks"] < told["n_all"] / 4
    assert files.n_bytes < len(COG) / 2
    assert source.n_fetched == files.n_bytes
    assert not any("range" not in headers for _, _, headers in files.asked)


def test_a_corridor_across_leaves_the_corners_out(files, wire, tmp_path) -> None:
    west, south, east, north = small.footprint().bounds
    line = shapely.LineString([(west, north), (east, south)]).buffer(0.0003)
    ranges.cut([remote(wire, files, tmp_path)], order(tmp_path, line))
    pixels, usable, _ = read(tmp_path / "out.tif")
    assert usable[0, 0]
    assert usable[-1, -1]
    assert not usable[0, -1]
    assert not usable[-1, 0]
    assert not pixels[0][~usable].any()


def test_what_was_fetched_before_a_kill_is_not_fetched_again(files, wire, tmp_path) -> None:
    first = remote(wire, files, tmp_path)
    first.ensure([(200_000, 600_000)], lambda *_: None, "a")
    n_before = len(files.asked)
    again = remote(wire, files, tmp_path)
    again.ensure([(200_000, 600_000)], lambda *_: None, "a")
    assert len(files.asked) == n_before + 1  # its size and version only
    content = again.path.read_bytes()
    assert content[200_000:600_000] == COG[200_000:600_000]


def test_a_file_that_was_changed_on_the_server_is_begun_anew(files, wire, tmp_path) -> None:
    first = remote(wire, files, tmp_path)
    first.ensure([(200_000, 600_000)], lambda *_: None, "a")
    other = small.cog(small.pixels(4))
    files.content["/a.tif"] = other
    with pytest.raises(NotReached, match="was changed on the server"):
        first.ensure([(700_000, 800_000)], lambda *_: None, "a")
    again = remote(wire, files, tmp_path)
    again.ensure([(200_000, 600_000)], lambda *_: None, "a")
    assert again.path.read_bytes()[200_000:600_000] == other[200_000:600_000]


def test_a_server_that_gives_no_parts_is_told_with_the_way_out(files, wire, tmp_path) -> None:
    files.gives_ranges = False
    with pytest.raises(NotReached, match="--whole") as caught:
        remote(wire, files, tmp_path)
    assert "SECRET" not in str(caught.value)


def test_a_server_that_stops_in_the_middle_is_what_is_told(files, wire, tmp_path) -> None:
    source = remote(wire, files, tmp_path)
    files.answer = lambda handler, path: handler.send(503, b"") or True
    with pytest.raises(NotReached, match="HTTP 503"):
        ranges.cut([source], order(tmp_path, near(0.5, 0.5)))


def test_bands_of_several_files_and_a_coarser_mask_lie_on_one_grid(files, wire, tmp_path) -> None:
    blue = small.pixels(5)
    files.content["/b.tif"] = small.cog(blue)
    classes = np.full((1, small.SIZE_PX // 2, small.SIZE_PX // 2), 4, np.uint8)
    classes[:, :, : small.SIZE_PX // 8] = 9
    files.content["/scl.tif"] = small.cog(classes, gsd_m=2 * small.GSD_M)
    every = [
        remote(wire, files, tmp_path),
        remote(wire, files, tmp_path, "/b.tif", "file1.tif"),
        remote(wire, files, tmp_path, "/scl.tif", "mask0.tif"),
    ]
    told = ranges.cut(
        every,
        order(
            tmp_path,
            near(0.25, 0.5),
            mask_file=2,
            mask_kind="scl",
            mask_out=str(tmp_path / "mask.tif"),
        ),
    )
    assert told["mask"]
    pixels, usable, transform = read(tmp_path / "out.tif")
    rows, columns = place_in(transform, usable.shape)
    assert np.array_equal(pixels[1][usable], blue[0][rows, columns][usable])
    with rasterio.open(tmp_path / "mask.tif") as mask:
        values = mask.read(1)
        assert mask.transform == transform
    is_cloud = np.arange(small.SIZE_PX)[columns] < small.SIZE_PX // 4
    expected = np.broadcast_to(np.where(is_cloud, 1, 0), values.shape)
    assert np.array_equal(values[usable], expected[usable])
    assert set(np.unique(values[usable])) == {0, 1}
    assert (values[~usable] == 255).all()


def test_a_plain_tiff_of_strips_gives_the_rows_that_are_needed(files, wire, tmp_path) -> None:
    content = small.cog(VALUES, driver="GTiff", tiled=False, compress="deflate")
    files.content["/s.tif"] = content
    ranges.cut([remote(wire, files, tmp_path, "/s.tif")], order(tmp_path, near(0.5, 0.9)))
    pixels, usable, transform = read(tmp_path / "out.tif")
    rows, columns = place_in(transform, usable.shape)
    assert np.array_equal(pixels[0][usable], VALUES[0][rows, columns][usable])
    assert files.n_bytes < 0.6 * len(content)


def test_no_data_is_known_from_the_catalogue_or_by_being_all_zero(files, wire, tmp_path) -> None:
    values = VALUES.copy()
    values[:, :, :600] = 0
    stated = VALUES.copy()
    stated[:, :, :600] = 7
    files.content["/zero.tif"] = small.cog(values)
    files.content["/item.tif"] = small.cog(stated)
    for path, nothing in (("/zero.tif", None), ("/item.tif", 7.0)):
        source = remote(wire, files, tmp_path, path)
        ranges.cut([source], order(tmp_path, near(0.58, 0.5), nothing=[nothing]))
        source.forget()
        _, usable, transform = read(tmp_path / "out.tif")
        _, columns = place_in(transform, usable.shape)
        known = np.arange(small.SIZE_PX)[columns] >= 600
        assert usable[:, known].any(), path
        assert not usable[:, ~known].any(), path


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<!doctype html><p>sign in", "a web page"),
        (COG[:3000], "broken or cut short"),
        (small.cog(VALUES.astype(np.float32)), "holds float32 pixels"),
    ],
    ids=["page", "short", "float"],
)
def test_what_is_no_usable_image_is_told_in_one_line(files, wire, tmp_path, content, words) -> None:
    files.content["/bad.tif"] = content
    source = remote(wire, files, tmp_path, "/bad.tif")
    with pytest.raises(BadImage, match=words):
        ranges.cut([source], order(tmp_path, near(0.5, 0.5)))


def test_an_image_elsewhere_is_left_out(files, wire, tmp_path) -> None:
    with pytest.raises(BadImage, match="do not reach the corridor"):
        ranges.cut([remote(wire, files, tmp_path)], order(tmp_path, shapely.box(10, 10, 11, 11)))


@pytest.mark.parametrize(
    "request_",
    [
        [1, [[0, 10]]],
        [-1, [[0, 10]]],
        ["0", [[0, 10]]],
        [0, [[10, 0]]],
        [0, [[-5, 10]]],
        [0, [[0.5, 10]]],
        [0, [[1 << 60, (1 << 60) + 1]]],
        [0, "x"],
        {"href": "https://other.example/"},
        [0, [[0, 1 << 40]]],
    ],
    ids=["file", "minus", "text", "backwards", "before", "half", "behind", "word", "href", "all"],
)
def test_what_the_limited_process_may_ask_for_is_bounded(files, wire, tmp_path, request_) -> None:
    source = remote(wire, files, tmp_path)
    n_asked = len(files.asked)
    ours, theirs = socket.socketpair()
    with theirs, theirs.makefile("rwb") as line:
        line.write(json.dumps(request_).encode() + b"\n")
        line.flush()
        theirs.shutdown(socket.SHUT_WR)
        with ours, pytest.raises((ValueError, TypeError, WorkerFailed)):
            ranges._serve(ours, [source], lambda *_: None, "a")
    assert len(files.asked) == n_asked
