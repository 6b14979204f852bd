"""Pixels lie where they belong, on any grid, from any source."""

import numpy as np
import pytest
import rasterio
from affine import Affine
from odc.geo.geobox import GeoBox
from pyproj import Transformer
from rasterio.enums import ColorInterp, Resampling
from rasterio.vrt import WarpedVRT

from small_images import EAST, NORTH, textured, write
from vallum.ground.errors import BadImage
from vallum.imagery import view


def grid_of(height, width, *, res=1.0, west=EAST, north=NORTH, epsg=32652):
    return GeoBox((height, width), Affine(res, 0, west, 0, -res, north), f"EPSG:{epsg}")


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_a_grid_that_coincides_gives_the_very_pixels(tmp_path, dtype):
    pixels = textured(4, 1300, 1100, dtype=dtype, high=250)
    path = write(tmp_path / "a.tif", pixels)
    got, valid = view.read(path, grid_of(1300, 1100))
    assert got.dtype == pixels.dtype
    assert np.array_equal(got, pixels)
    assert valid.all()


def test_a_grid_inside_the_image_gives_its_part(tmp_path):
    pixels = textured(1, 200, 200)
    path = write(tmp_path / "a.tif", pixels)
    got, valid = view.read(path, grid_of(50, 60, west=EAST + 30, north=NORTH - 40))
    assert np.array_equal(got, pixels[:, 40:90, 30:90])
    assert valid.all()


def test_content_moves_east_and_north(tmp_path):
    pixels = textured(1, 60, 60)
    pixels[0, 30, 20] = 255
    path = write(tmp_path / "a.tif", pixels, res=0.5)
    got, valid = view.read(path, grid_of(60, 60, res=0.5), dx_m=2.0, dy_m=1.5)
    assert got[0, 27, 24] == 255
    assert not valid[:, :4].any()
    assert not valid[-3:].any()
    assert valid[:-3, 4:].all()


def test_half_a_pixel_is_the_mean_of_two(tmp_path):
    pixels = textured(1, 20, 20)
    path = write(tmp_path / "a.tif", pixels)
    got, _ = view.read(path, grid_of(20, 20), dx_m=0.5)
    mean = (pixels[0, :, :-1].astype(float) + pixels[0, :, 1:]) / 2
    assert np.abs(got[0, :, 1:] - mean).max() <= 1


def test_what_lies_outside_is_invalid_and_zero(tmp_path):
    path = write(tmp_path / "a.tif", textured(3, 50, 50))
    got, valid = view.read(path, grid_of(100, 100, west=EAST - 50, north=NORTH + 50))
    assert valid.sum() == 50 * 50
    assert not got[:, ~valid].any()
    far, none = view.read(path, grid_of(40, 40, west=EAST + 5_000))
    assert not none.any()
    assert not far.any()


def test_one_bad_neighbour_makes_a_pixel_invalid(tmp_path):
    mask = np.ones((40, 40), bool)
    mask[20, 20] = False
    path = write(tmp_path / "a.tif", textured(1, 40, 40), mask=mask)
    _, exact = view.read(path, grid_of(40, 40))
    assert np.array_equal(exact, mask)
    _, moved = view.read(path, grid_of(40, 40), dx_m=0.1, dy_m=-0.1)
    inner = ~moved[5:35, 5:35]
    assert np.argwhere(inner).tolist() == [[15, 15], [15, 16], [16, 15], [16, 16]]


def test_declared_no_data_is_honoured_where_all_bands_have_it(tmp_path):
    pixels = textured(3, 30, 30)
    pixels[:, 5, 5] = 0
    pixels[0, 9, 9] = 0
    path = write(tmp_path / "a.tif", pixels, nodata=0)
    _, valid = view.read(path, grid_of(30, 30))
    assert np.argwhere(~valid).tolist() == [[5, 5]]


def test_a_transparency_band_is_a_mask_and_no_picture(tmp_path):
    pixels = textured(4, 30, 30)
    pixels[3] = 255
    pixels[3, :, :10] = 0
    path = write(tmp_path / "a.tif", pixels)
    with rasterio.open(path, "r+") as target:
        target.colorinterp = [ColorInterp.gray, *[ColorInterp.undefined] * 2, ColorInterp.alpha]
    got, valid = view.read(path, grid_of(30, 30))
    assert got.shape == (3, 30, 30)
    assert not valid[:, :10].any()
    assert valid[:, 10:].all()


def test_a_coarser_grid_gets_means(tmp_path):
    pixels = textured(1, 320, 320)
    path = write(tmp_path / "a.tif", pixels)
    got, valid = view.read(path, grid_of(80, 80, res=4))
    means = pixels[0].reshape(80, 4, 80, 4).mean(axis=(1, 3))
    assert valid.all()
    assert np.abs(got[0] - means).max() <= 1


def ramps(height, width):
    """Two bands that say in which column and row they are, 20 counts a pixel."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([1000 + 20 * columns, 1000 + 20 * rows]).astype("uint16")


@pytest.mark.parametrize(
    ("crs", "transform"),
    [
        ("EPSG:32652", Affine(0.5, 0, EAST, 0, -0.5, NORTH)),
        ("EPSG:32651", None),
        ("EPSG:4326", None),
        ("EPSG:32652", Affine(0.43, 0.25, EAST, 0.25, -0.43, NORTH)),
        ("EPSG:32652", Affine(0.5, 0, EAST, 0, 0.5, NORTH - 500)),
    ],
)
def test_positions_agree_with_gdal_to_a_tenth_of_a_pixel(tmp_path, crs, transform):
    middle = EAST + 250, NORTH - 250
    if transform is None:
        x, y = Transformer.from_crs(32652, crs, always_xy=True).transform(*middle)
        size = 0.5 if crs != "EPSG:4326" else 0.5 / 100_000
        transform = Affine(size, 0, x - 500 * size, 0, -size, y + 500 * size)
    path = write(tmp_path / "a.tif", ramps(1000, 1000), transform=transform, crs=crs)
    grid = grid_of(400, 400, west=middle[0] - 100, north=middle[1] + 100, res=0.5)
    got, valid = view.read(path, grid)
    with (
        rasterio.open(path) as source,
        WarpedVRT(
            source,
            crs="EPSG:32652",
            transform=grid.affine,
            width=400,
            height=400,
            resampling=Resampling.bilinear,
            tolerance=0.01,
            add_alpha=True,
        ) as warped,
    ):
        theirs, alpha = warped.read([1, 2]).astype(float), warped.read(3) > 0
    both = valid & alpha
    assert both.mean() > 0.6
    off = np.abs(got.astype(float) - theirs)[:, both] / 20
    assert off.max() <= 0.1


def test_a_source_longer_than_opencv_allows_is_read(tmp_path):
    path = write(tmp_path / "a.tif", textured(1, 20, 40_000), res=1.0)
    got, valid = view.read(path, grid_of(10, 1000, res=2.0, west=EAST + 38_000))
    assert valid.all()
    assert got.min() > 0
    whole, seen = view.read(path, grid_of(20, 40_000))
    assert seen.all()
    assert whole[0, :, -1].min() > 0


def test_sidecars_of_an_image_are_ignored(tmp_path):
    path = write(tmp_path / "a.tif", textured(1, 30, 30))
    write(tmp_path / "a.tif.msk", np.zeros((1, 30, 30), "uint8"))
    write(tmp_path / "a.tif.ovr", np.full((1, 15, 15), 7, "uint8"))
    (tmp_path / "a.tif.aux.xml").write_text(
        "<PAMDataset><GeoTransform>0,1,0,0,0,-1</GeoTransform></PAMDataset>"
    )
    got, valid = view.read(path, grid_of(15, 15, res=2.0))
    assert valid.all()
    assert got.min() > 40


def test_a_missing_or_broken_file_is_named(tmp_path):
    with pytest.raises(BadImage, match=r"gone\.tif: is not there"):
        view.read(tmp_path / "gone.tif", grid_of(5, 5))
    path = write(tmp_path / "cut.tif", textured(1, 600, 600))
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(BadImage, match=r"cut.tif: .*add"):
        view.read(path, grid_of(600, 600))


def test_a_grid_far_off_the_source_projection_reads_nothing(tmp_path):
    path = write(tmp_path / "a.tif", textured(1, 30, 30))
    grid = GeoBox((20, 20), Affine(1e6, 0, -1e7, 0, -1e6, 1e7), "EPSG:3857")
    _, valid = view.read(path, grid)
    assert not valid.any()
