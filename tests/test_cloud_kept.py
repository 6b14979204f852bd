"""What the provider or the network says is kept beside the image and read by every step."""

import numpy as np
import pytest
import rasterio
from affine import Affine
from odc.geo.geobox import GeoBox
from pyproj import Transformer
from shapely.geometry import LineString

from small_images import EAST, NORTH, write
from vallum.ground.errors import BadImage
from vallum.imagery import coverage, view
from vallum.imagery.cloud import Cover, kept
from vallum.imagery.cloud.kept import Stated

GRID = GeoBox((120, 200), Affine(10, 0, EAST, 0, -10, NORTH), "EPSG:32652")
NAMES = ("red", "green", "blue", "nir")


def near(x_m, y_m=-600):
    x, y = Transformer.from_crs(32652, 4326, always_xy=True).transform(
        [EAST + v for v in x_m], [NORTH + y_m] * 2
    )
    return LineString(list(zip(x, y, strict=True))).buffer(0.004)


EVERYWHERE = near((0, 2000))


def ground(bands=4, height=120, width=200, seed=0):
    rng = np.random.default_rng(seed)
    level = rng.normal(800, 40, (height, width))
    colour = np.array([0.9, 1.1, 0.9, 3.6])[:bands, None, None]
    return (level * colour).astype(np.uint16)


@pytest.fixture
def delivered(tmp_path):
    """An image with a provider's mask: cloud on its left half, haze in one corner."""
    path = write(tmp_path / "a.tif", ground(), res=10)
    mask = np.zeros((1, 120, 200), np.uint8)
    mask[:, :, :100] = Cover.CLOUD
    mask[:, 100:, 180:] = Cover.HAZE
    return path, write(tmp_path / "a-mask.tif", mask, res=10)


def test_the_word_of_the_provider_counts(delivered):
    path, mask = delivered
    assert kept.read(path, GRID) is None
    assert kept.make(path, Stated(gsd_m=10, mask=mask), EVERYWHERE, "mark") == "provider"
    assert kept.mark_of(path) == "mark"
    pixels, valid = view.read(path, GRID)
    shows, by = coverage.covers(path, GRID, pixels, valid)
    assert by == "provider"
    assert (shows[:, :100] == Cover.CLOUD).all()
    assert (shows[101:, 181:] == Cover.HAZE).all()
    assert (shows[:100, 100:] == Cover.GROUND).all()
    assert not coverage.clear(path, GRID, pixels, valid)[:, :100].any()


def test_the_mask_moves_with_the_image(delivered):
    path, mask = delivered
    kept.make(path, Stated(gsd_m=10, mask=mask), EVERYWHERE, "mark")
    shows, _ = kept.read(path, GRID, dx_m=50.0)
    assert (shows[:100, 5:105] == Cover.CLOUD).all()
    assert (shows[:100, 106:] == Cover.GROUND).all()


def test_a_coarser_mask_is_laid_on_the_image(tmp_path):
    path = write(tmp_path / "a.tif", ground(), res=10)
    mask = np.zeros((1, 60, 100), np.uint8)
    mask[:, :, 50:] = Cover.SNOW
    coarse = write(tmp_path / "a-mask.tif", mask, res=20)
    kept.make(path, Stated(gsd_m=10, mask=coarse), EVERYWHERE, "mark")
    shows, _ = kept.read(path, GRID)
    assert (shows[:, 100:] == Cover.SNOW).all()
    assert (shows[:, :100] == Cover.GROUND).all()


def test_where_the_provider_said_nothing_the_own_mask_answers(tmp_path):
    path = write(tmp_path / "a.tif", ground(), res=10)
    mask = np.full((1, 120, 200), Cover.NODATA, np.uint8)
    mask[:, :, :30] = Cover.CLOUD
    part = write(tmp_path / "a-mask.tif", mask, res=10)
    kept.make(path, Stated(gsd_m=10, mask=part), EVERYWHERE, "mark")
    pixels, valid = view.read(path, GRID)
    shows, by = coverage.covers(path, GRID, pixels, valid)
    assert by == "vallum"
    assert (shows[:, :30] == Cover.CLOUD).all()
    assert (shows[:, 30:] == Cover.GROUND).mean() > 0.95


def test_a_mask_of_another_image_is_refused_and_leaves_nothing_behind(tmp_path):
    path = write(tmp_path / "a.tif", ground(), res=10)
    stated = Stated(gsd_m=10, mask=write(tmp_path / "b.tif", ground(bands=1), res=10))
    with pytest.raises(BadImage, match=r"b\.tif: is no mask of this image; add the delivery again"):
        kept.make(path, stated, EVERYWHERE, "mark")
    gone = Stated(gsd_m=10, mask=tmp_path / "gone.tif")
    with pytest.raises(BadImage, match="is not there"):
        kept.make(path, gone, EVERYWHERE, "mark")
    assert not kept.beside(path).exists()
    assert list(tmp_path.glob("*.part")) == []


def test_the_network_is_asked_near_the_border_only(tmp_path):
    pixels = np.concatenate([ground(width=1500), ground(width=1500, seed=1)], axis=2)
    pixels[:, 40:100, 60:140] = 6800
    path = write(tmp_path / "a.tif", pixels, res=10)
    stated = Stated(gsd_m=10, bands=NAMES, reflectance=(1e-4, 0.0))
    assert kept.make(path, stated, near((0, 2000)), "mark") == "network"
    with rasterio.open(kept.beside(path)) as made:
        shows = made.read(1)
    assert (shows[:, :1024] != Cover.NODATA).all()
    assert (shows[:, 1024:] == Cover.NODATA).all()
    assert (shows[45:95, 65:135] == Cover.CLOUD).all()


def test_fine_images_are_masked_in_cells_of_ten_metres(tmp_path):
    path = write(tmp_path / "a.tif", np.kron(ground(height=60), np.ones((1, 4, 4), "u2")), res=2.5)
    stated = Stated(gsd_m=2.5, bands=NAMES, reflectance=(1e-4, 0.0))
    kept.make(path, stated, EVERYWHERE, "mark")
    with rasterio.open(kept.beside(path)) as made:
        assert (made.shape, made.res) == ((60, 200), (10, 10))


def test_without_mask_and_bands_nothing_is_kept_and_a_file_of_others_stays(tmp_path):
    path = write(tmp_path / "a.tif", ground(bands=1), res=10)
    assert kept.make(path, Stated(gsd_m=10), EVERYWHERE, "mark") == ""
    write(kept.beside(path), ground(bands=1).astype(np.uint8), res=10)
    assert kept.read(path, GRID) is None
    kept.forget(path)
    assert kept.beside(path).exists()


def test_what_vallum_kept_can_be_forgotten(delivered):
    path, mask = delivered
    kept.make(path, Stated(gsd_m=10, mask=mask), EVERYWHERE, "mark")
    kept.forget(path)
    assert not kept.beside(path).exists()
