"""Blocks of JPEG decoded beside GDAL: the same pixels but for a few grey levels, or GDAL's own."""

import io
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio
import rasterio.shutil
from affine import Affine
from PIL import Image
from rasterio.windows import Window

from vallum.ground.errors import BadImage
from vallum.imagery import jpegs, view

SIDE = 256
WHOLE = Window(0, 0, 700, 600)


def ground(n_bands: int) -> np.ndarray:
    """Return (band, y, x) SIMULATED ground, 600 x 700 px, of many colours."""
    rng = np.random.default_rng(3)
    few = rng.integers(40, 215, (60, 70, n_bands), dtype=np.uint8)
    pixels = np.atleast_3d(cv2.resize(few, (700, 600), interpolation=cv2.INTER_CUBIC))
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))


def written(path: Path, *, n_bands: int = 3, **options: object) -> Path:
    """Write the ground in blocks of 256."""
    usual = {"compress": "jpeg", "tiled": True, "blockxsize": SIDE, "blockysize": SIDE}
    if n_bands == 3:
        usual |= {"photometric": "ycbcr", "interleave": "pixel"}
    with rasterio.open(
        path, "w", driver="GTiff", width=700, height=600, count=n_bands, dtype="uint8",
        crs="EPSG:32652", transform=Affine(0.5, 0, 400_000, 0, -0.5, 4_600_000),
        **{**usual, **options},
    ) as out:  # fmt: skip
        out.write(ground(n_bands))
    return path


def both(path: Path, window: Window) -> tuple[np.ndarray, np.ndarray]:
    """Return what this module reads, and what GDAL reads."""
    with view.opened(path) as source:
        bands = list(source.indexes)
        return jpegs.read(source, bands, window), source.read(bands, window=window)


def is_ours(path: Path) -> bool:
    with view.opened(path) as source:
        kind = jpegs._kind(source)
        return kind is not None and jpegs._decoded(source, kind, WHOLE) is not None


@pytest.mark.parametrize("n_bands", [1, 3])
@pytest.mark.parametrize(
    "window",
    [WHOLE, Window(100, 200, 300, 250), Window(512, 512, 188, 88), Window(255, 0, 2, 1)],
    ids=["whole", "across blocks", "the last block", "two pixels"],
)
def test_a_window_holds_what_was_written_no_worse_than_gdal_reads_it(tmp_path, n_bands, window):
    path = written(tmp_path / "a.tif", n_bands=n_bands)
    assert is_ours(path)
    ours, theirs = both(path, window)
    assert ours.dtype == np.uint8
    there = np.s_[:, window.row_off :, window.col_off :]
    truth = ground(n_bands)[there][:, : window.height, : window.width].astype(float)
    errors = [float(np.sqrt(((one - truth) ** 2).mean())) for one in (ours, theirs)]
    assert errors[0] < errors[1] + 0.5
    assert errors[0] < 6


def test_grey_is_decoded_as_pillow_decodes_it(tmp_path):
    """Grey has no colour to be spread over pixels: one decoder like another."""
    path = written(tmp_path / "a.tif", n_bands=1)
    ours, theirs = both(path, WHOLE)
    assert np.abs(ours.astype(int) - theirs).max() <= 1


@pytest.mark.parametrize(
    "options",
    [
        {"compress": "deflate", "photometric": "rgb"},
        {"photometric": "rgb"},
        {"photometric": "rgb", "interleave": "band"},
        {"photometric": "miniswhite", "n_bands": 1},
        {"tiled": False, "blockysize": 16, "blockxsize": 700},
    ],
    ids=["deflate", "RGB", "band after band", "white is 0", "strips"],
)
def test_whatever_is_not_usual_gdal_reads_itself(tmp_path, options):
    path = written(tmp_path / "a.tif", **options)
    assert not is_ours(path)
    ours, theirs = both(path, WHOLE)
    assert np.array_equal(ours, theirs)


def test_an_image_that_is_no_file_is_read_by_gdal(tmp_path):
    data = written(tmp_path / "image.tif").read_bytes()
    with rasterio.MemoryFile(data) as memory, memory.open() as source:
        bands = list(source.indexes)
        found = jpegs.read(source, bands, WHOLE)
        assert np.array_equal(found, source.read(bands, window=WHOLE))


def test_some_of_the_bands_are_read_by_gdal(tmp_path):
    with view.opened(written(tmp_path / "a.tif")) as source:
        assert np.array_equal(jpegs.read(source, [2], WHOLE), source.read([2], window=WHOLE))


def test_a_block_that_was_never_written_is_empty(tmp_path):
    path = tmp_path / "a.tif"
    written(path, sparse_ok=True)
    with rasterio.open(path) as source:
        profile = {**source.profile, "sparse_ok": True}
        block = source.read(window=Window(0, 0, SIDE, SIDE))
    with rasterio.open(tmp_path / "b.tif", "w", **profile) as out:
        out.write(block, window=Window(0, 0, SIDE, SIDE))
    assert is_ours(tmp_path / "b.tif")
    ours, theirs = both(tmp_path / "b.tif", WHOLE)
    assert ours[:, :SIDE, :SIDE].any()
    assert not ours[:, SIDE:].any()
    assert not theirs[:, SIDE:].any()


def test_a_file_that_was_cut_off_is_refused_as_before(tmp_path):
    path = written(tmp_path / "a.tif")
    with view.opened(path) as source:
        start, stop = jpegs._range(source, 2, 2)
    for size in ((start + stop) // 2, start):
        with path.open("r+b") as file:
            file.truncate(size)
        assert not is_ours(path)
        with pytest.raises(BadImage, match=r"a\.tif: its pixels cannot be read"):
            view.read(path, _grid())


def _grid():
    from odc.geo.geobox import GeoBox

    return GeoBox((600, 700), Affine(0.5, 0, 400_000, 0, -0.5, 4_600_000), "EPSG:32652")


def test_all_ways_of_reading_decode_alike(tmp_path):
    path = written(tmp_path / "a.tif")
    whole, _ = view.read(path, _grid())
    with view.opened(path) as source:
        at = np.stack(np.meshgrid(np.arange(20.0, 600), np.arange(30.0, 500)))
        mapped, _ = view.read_at(source, at)
    assert np.array_equal(mapped, whole[:, 30:500, 20:600])


def block(mode: str = "RGB", size: tuple[int, int] = (SIDE, SIDE), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 128 if mode == "L" else (10, 128, 250)[: len(mode)]).save(
        out, "JPEG", **options
    )
    return out.getvalue()


KIND = jpegs._Kind(mode="RGB", flag=cv2.IMREAD_COLOR_RGB, tables=b"", side=(SIDE, SIDE))


def test_a_block_is_not_turned_by_what_it_says_of_a_camera():
    turned = Image.Exif()
    turned[0x0112] = 6
    left = np.zeros((SIDE, SIDE, 3), np.uint8)
    left[:, : SIDE // 2] = 200
    out = io.BytesIO()
    Image.fromarray(left).save(out, "JPEG", exif=turned)
    pixels = jpegs._pixels(KIND, out.getvalue())
    assert pixels is not None
    assert pixels[10, 10].min() > 150
    assert pixels[10, -10].max() < 50


@pytest.mark.parametrize(
    "body",
    [
        block("L"),
        block("CMYK"),
        block(size=(SIDE, 2 * SIDE)),
        block(size=(60_000, 1)),
        block()[:-2],
        block()[: len(block()) // 2],
        b"\xff\xd8\xff\xd9",
        b"",
        bytes(500),
        block(keep_rgb=True),
    ],
    ids=[
        "grey", "four colours", "too high", "too wide", "no end", "half", "nothing in it", "empty",
        "zeros", "no YCbCr",
    ],
)  # fmt: skip
def test_a_block_that_is_not_what_the_image_says_is_left_to_gdal(body):
    assert jpegs._pixels(KIND, body) is None


def test_a_block_is_what_it_was():
    pixels = jpegs._pixels(KIND, block(quality=95))
    assert pixels is not None
    assert np.abs(pixels[5, 5].astype(int) - (10, 128, 250)).max() <= 3


def test_tables_that_are_not_whole_are_left_to_gdal(tmp_path):
    path = written(tmp_path / "a.tif")
    body = path.read_bytes()
    with view.opened(path) as source:
        tables = bytes.fromhex(source.get_tag_item("JPEGTABLES", "TIFF", bidx=1))
    shutil.copy(path, tmp_path / "b.tif")
    (tmp_path / "b.tif").write_bytes(body.replace(tables, tables[:-2] + b"\0\0", 1))
    with view.opened(tmp_path / "b.tif") as source:
        assert jpegs._kind(source) is None
