"""Tiles and chips: where things lie, how bright they are, and what is said of empty places."""

import math
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import cv2
import morecantile
import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import Geod, Proj, Transformer
from rasterio.transform import from_origin
from rio_tiler.io import Reader
from shapely.geometry import LineString

import small_border
from vallum.frontier import Frontier
from vallum.ground.errors import BadImage, BadSetting
from vallum.ground.span import Span
from vallum.imagery import display, tiles
from vallum.imagery.display import Shown

EPSG = small_border.EPSG
WEST, NORTH, GSD = 559_850.0, 4_700_150.0, 0.5
MAP = morecantile.tms.get("WebMercatorQuad")
TO_LONLAT = Transformer.from_crs(EPSG, 4326, always_xy=True)


def texture(height=600, width=1000, seed=0):
    rng = np.random.default_rng(seed)
    made = np.full((height, width), 110.0, np.float32)
    for size, amount in ((3, 12), (9, 16), (40, 18)):
        grain = rng.standard_normal((height // size + 3, width // size + 3)).astype(np.float32)
        made += amount * cv2.resize(grain, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(made, 2, 250)


def write(path, bands, *, west=WEST, north=NORTH, gsd=GSD, mask=None, **more):
    profile = {
        "driver": "GTiff",
        "count": len(bands),
        "height": bands.shape[1],
        "width": bands.shape[2],
        "dtype": bands.dtype,
        "crs": f"EPSG:{EPSG}",
        "transform": from_origin(west, north, gsd, gsd),
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
    }
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        rasterio.open(path, "w", **(profile | more)) as to,
    ):
        to.write(bands)
        if mask is not None:
            to.write_mask(mask)
    return path


def grey(pixels):
    return np.stack([pixels] * 3).astype(np.uint8)


def moved(pixels, columns, rows):
    move = np.float32([[1, 0, columns], [0, 1, rows]])
    return cv2.warpAffine(
        pixels, move, pixels.shape[1::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )


def decoded(picture):
    """Return (y, x, 3 or 4), red first."""
    found = cv2.imdecode(np.frombuffer(picture.body, np.uint8), cv2.IMREAD_UNCHANGED)
    order = [2, 1, 0, 3][: found.shape[2]]
    return found[:, :, order]


def tile_at(x, y, zoom):
    return MAP.tile(*TO_LONLAT.transform(x, y), zoom)


def picture_at(shown, x, y, zoom):
    at = tile_at(x, y, zoom)
    return tiles.tile(shown, zoom, at.x, at.y)


def shift_between(one, other):
    one, other = (part[..., 1].astype(np.float64) for part in (one, other))
    window = cv2.createHanningWindow(one.shape[::-1], cv2.CV_64F)
    return cv2.phaseCorrelate(one, other, window)[0]


@pytest.fixture
def pair(tmp_path):
    ground = texture()
    before = write(tmp_path / "before.tif", grey(ground))
    # Content 5.2 px too far right and 3.6 px too far down: it must go 2.6 m west, 1.8 m north.
    after = write(tmp_path / "after.tif", grey(moved(ground, 5.2, 3.6)))
    return before, after


@pytest.mark.parametrize("zoom", [17, 18, 19])
def test_before_and_after_lie_on_each_other_once_the_shift_is_applied(pair, zoom):
    before, after = pair
    here = (WEST + 250, NORTH - 150)
    still = decoded(picture_at(Shown(path=before), *here, zoom))
    laid = Shown(path=after, dx_m=-2.6, dy_m=1.8, epsg=EPSG)
    assert math.hypot(*shift_between(still, decoded(picture_at(laid, *here, zoom)))) < 0.3
    as_it_is = decoded(picture_at(Shown(path=after), *here, zoom))
    pixel_m = 40_075_016.686 / 256 / 2**zoom * math.cos(math.radians(42.4))
    assert math.hypot(*shift_between(still, as_it_is)) == pytest.approx(
        math.hypot(2.6, 1.8) / pixel_m, abs=0.3
    )


@pytest.mark.parametrize("zoom", [18, 20, 21])
def test_a_shift_of_whole_pixels_gives_the_very_same_picture_also_magnified(tmp_path, zoom):
    ground = texture()
    before = write(tmp_path / "a.tif", grey(ground))
    after = write(tmp_path / "b.tif", grey(moved(ground, 6, -4)))
    here = (WEST + 250, NORTH - 150, zoom)
    still = decoded(picture_at(Shown(path=before), *here)).astype(int)
    laid = Shown(path=after, dx_m=-3.0, dy_m=-2.0, epsg=EPSG, reference=before)
    assert np.abs(decoded(picture_at(laid, *here)) - still).mean() < 0.5


def test_a_shift_follows_the_grid_it_was_found_in_and_not_the_map(tmp_path):
    # 3 degrees from the middle of the zone the grid is turned by 2 degrees against the map.
    far_west, far_north = 745_000.0, 4_700_150.0
    ground = texture()
    before = write(tmp_path / "a.tif", grey(ground), west=far_west, north=far_north)
    after = write(tmp_path / "b.tif", grey(moved(ground, 100, 0)), west=far_west, north=far_north)
    here = (far_west + 250, far_north - 150)
    still = decoded(picture_at(Shown(path=before), *here, 19))
    laid = decoded(picture_at(Shown(path=after, dx_m=-50.0, epsg=EPSG), *here, 19))
    assert math.hypot(*shift_between(still, laid)) < 0.3


@pytest.mark.parametrize("zoom", [15, 17, 18, 19, 21])
def test_tiles_show_what_rio_tiler_shows_without_a_shift(tmp_path, zoom):
    ground = texture()
    path = write(tmp_path / "one.tif", grey(ground))
    with rasterio.open(path, "r+") as source:
        source.build_overviews([2, 4], rasterio.enums.Resampling.average)
    at = tile_at(WEST + 250, NORTH - 150, zoom)
    box = tiles.tile_bounds(zoom, at.x, at.y)
    size = (box[2] - box[0]) / 256
    with display.POOL.opened(path) as one:
        grid = Affine(size, 0, box[0], 0, -size, box[3])
        places = display.grid_places(one, Shown(path=path), grid, (256, 256), "EPSG:3857")
        pixels, valid = display.pixels_at(one, places)
    with Reader(str(path)) as reader:
        theirs = reader.tile(
            at.x, at.y, zoom, resampling_method="bilinear", reproject_method="bilinear"
        )
    both = valid & (theirs.mask > 0)
    # rio-tiler shows half a pixel more at the edge; of what both show, nearly all must be there.
    assert both.sum() > 0.9 * (theirs.mask > 0).sum()
    apart = np.abs(pixels[0].astype(float) - theirs.data[0])[both]
    assert apart.mean() < (0.1 if zoom >= 18 else 5.0)


def test_a_blink_does_not_flash_because_the_later_image_takes_on_the_earlier_ones_levels(tmp_path):
    ground = texture()
    before = write(tmp_path / "a.tif", grey(ground))
    darker = (ground - 20) / 1.6
    after = write(tmp_path / "b.tif", grey(darker))
    here = (WEST + 250, NORTH - 150, 18)
    still = decoded(picture_at(Shown(path=before), *here)).astype(float)
    laid = Shown(path=after, epsg=EPSG, gain=(1.6,) * 3, offset=(20.0,) * 3, reference=before)
    assert np.abs(decoded(picture_at(laid, *here)) - still).mean() < 4
    alone = decoded(picture_at(Shown(path=after, reference=before), *here))
    assert np.abs(alone - still).mean() > 20


def test_each_band_gets_its_own_gain(tmp_path):
    ground = texture()
    before = write(
        tmp_path / "a.tif", np.stack([ground, ground * 0.9, ground * 0.8]).astype(np.uint8)
    )
    after = write(
        tmp_path / "b.tif", np.stack([ground * 0.5, ground * 0.6, ground * 0.4]).astype(np.uint8)
    )
    here = (WEST + 250, NORTH - 150, 18)
    laid = Shown(path=after, gain=(2.0, 1.5, 2.0), offset=(0.0,) * 3, reference=before)
    apart = decoded(picture_at(laid, *here)).astype(float) - decoded(
        picture_at(Shown(path=before), *here)
    )
    assert np.abs(apart).mean(axis=(0, 1)).max() < 4


def test_a_grey_image_laid_on_a_colour_image_takes_its_mean_levels(tmp_path):
    ground = texture()
    before = write(
        tmp_path / "a.tif", np.stack([ground, ground * 0.9, ground * 0.8]).astype(np.uint8)
    )
    after = write(tmp_path / "b.tif", ground[None].astype(np.uint8))
    here = (WEST + 250, NORTH - 150, 18)
    laid = Shown(path=after, gain=(0.9,), offset=(0.0,), reference=before)
    seen, still = decoded(picture_at(laid, *here)), decoded(picture_at(Shown(path=before), *here))
    assert np.ptp(seen.astype(int), axis=2).max() <= 2
    assert abs(seen.mean() - still.mean()) < 4


def test_sixteen_bits_four_bands_and_one_band_fill_the_range_of_the_screen(tmp_path):
    ground = texture()
    deep = np.stack([ground * share + 300 for share in (9, 8, 7, 30)]).astype(np.uint16)
    for name, bands in (("deep", deep), ("grey", ground[None].astype(np.uint8))):
        path = write(tmp_path / f"{name}.tif", bands)
        seen = decoded(picture_at(Shown(path=path), WEST + 250, NORTH - 150, 18))
        assert seen.shape == (256, 256, 3)
        low, high = np.percentile(seen, (5, 95))
        assert low < 60 < 190 < high


def test_near_infrared_is_not_shown_as_a_colour(tmp_path):
    ground = texture()
    deep = np.stack([ground * 9, ground * 8, ground * 7, ground * 0 + 60_000]).astype(np.uint16)
    path = write(tmp_path / "deep.tif", deep)
    seen = decoded(picture_at(Shown(path=path), WEST + 250, NORTH - 150, 18))
    assert seen.std(axis=(0, 1)).min() > 20


def test_an_internal_mask_makes_pixels_transparent_and_black_ones_stay(tmp_path):
    ground = texture()
    ground[300:302, 500:502] = 0
    mask = np.full(ground.shape, 255, np.uint8)
    mask[:, 560:] = 0
    path = write(tmp_path / "masked.tif", grey(ground), mask=mask)
    at = tile_at(WEST + 250, NORTH - 150, 18)
    picture = tiles.tile(Shown(path=path), 18, at.x, at.y)
    assert picture.media_type == "image/png"
    assert picture.empty == ""
    seen = decoded(picture)
    assert 0.05 < (seen[:, :, 3] == 0).mean() < 0.95
    # A hole of the size of the black spot would be an isolated transparent spot.
    n_areas, _ = cv2.connectedComponents((seen[:, :, 3] == 0).astype(np.uint8))
    assert n_areas == 2


def test_black_specks_are_no_holes_where_zero_is_declared_as_no_data(tmp_path):
    ground = texture()
    ground[300:303, 500:503] = 0
    ground[:, 560:] = 0
    path = write(tmp_path / "zero.tif", grey(ground), nodata=0)
    at = tile_at(WEST + 250, NORTH - 150, 18)
    seen = decoded(tiles.tile(Shown(path=path), 18, at.x, at.y))
    n_areas, _ = cv2.connectedComponents((seen[:, :, 3] == 0).astype(np.uint8))
    assert n_areas == 2


def test_an_alpha_band_is_a_mask_and_no_colour(tmp_path):
    ground = texture()
    alpha = np.full(ground.shape, 255, np.uint8)
    alpha[:, :500] = 0
    bands = np.concatenate([grey(ground), alpha[None]])
    path = write(tmp_path / "alpha.tif", bands, photometric="RGB", alpha="yes")
    seen = decoded(picture_at(Shown(path=path), WEST + 250, NORTH - 150, 17))
    assert 0 < (seen[:, :, 3] == 0).mean() < 1
    assert seen[:, :, :3][seen[:, :, 3] > 0].std() > 20


def test_a_tile_beside_the_image_is_empty_and_says_so(pair):
    picture = picture_at(Shown(path=pair[0]), WEST + 5000, NORTH, 18)
    assert picture.empty == "no image"
    assert picture.media_type == "image/png"
    seen = decoded(picture)
    assert seen.shape == (256, 256, 4)
    assert not seen[:, :, 3].any()


@pytest.mark.parametrize("zoom", [0, 1, 2, 3, 6, 10])
def test_an_image_is_at_most_a_speck_in_one_place_of_a_tile_of_half_the_world(pair, zoom):
    here = tile_at(WEST + 250, NORTH - 150, zoom)
    for column in {here.x, 2**zoom - 1 - here.x, 0}:
        seen = decoded(tiles.tile(Shown(path=pair[0]), zoom, column, here.y))
        assert (seen[:, :, 3] > 0).sum() <= (16 if column == here.x else 0)


def test_the_deepest_zoom_is_interpolated(pair):
    picture = picture_at(Shown(path=pair[0]), WEST + 250, NORTH - 150, 22)
    assert picture.media_type == "image/jpeg"
    steps = np.abs(np.diff(decoded(picture)[:, :, 1].astype(int), axis=1))
    assert steps.max() < 60


@pytest.mark.parametrize("at", [(-1, 0, 0), (23, 0, 0), (3, 8, 0), (3, 0, -1)])
def test_tiles_that_cannot_exist_are_refused(pair, at):
    with pytest.raises(BadSetting):
        tiles.tile(Shown(path=pair[0]), *at)


def test_a_missing_file_is_a_bad_image(tmp_path):
    with pytest.raises(BadImage, match="not there"):
        tiles.tile(Shown(path=tmp_path / "gone.tif"), 18, 0, 0)


def test_a_huge_sparse_image_is_not_read_whole(tmp_path):
    path = tmp_path / "huge.tif"
    side = 120_000
    with rasterio.open(
        path, "w", driver="GTiff", width=side, height=side, count=3, dtype="uint8", sparse_ok=True,
        tiled=True, blockxsize=512, blockysize=512, crs=f"EPSG:{EPSG}", bigtiff="YES",
        transform=from_origin(WEST, NORTH, GSD, GSD), compress="deflate",
    ) as to:  # fmt: skip
        to.write(
            grey(texture(512, 512)),
            window=rasterio.windows.Window(60_000 // 512 * 512, 0, 512, 512),
        )
    began = time.perf_counter()
    near = picture_at(Shown(path=path), WEST + 30_080, NORTH - 100, 18)
    far = picture_at(Shown(path=path), WEST + 30_080, NORTH - 30_000, 9)
    assert time.perf_counter() - began < 5
    assert near.empty == ""
    assert far.empty == "zoom in"


def test_eight_threads_get_the_same_tiles_as_one(pair):
    before, after = pair
    at = tile_at(WEST + 250, NORTH - 150, 19)
    wanted = [
        (shown, at.x + dx, at.y + dy)
        for dx in range(-2, 3)
        for dy in range(-2, 3)
        for shown in (
            Shown(path=before),
            Shown(path=after, dx_m=-2.6, dy_m=1.8, epsg=EPSG, gain=(1.0,) * 3, offset=(0.0,) * 3, reference=before),
        )
    ]  # fmt: skip
    alone = [tiles.tile(shown, 19, x, y).body for shown, x, y in wanted]
    display.KEPT = tiles.KEPT = display.Kept()
    with ThreadPoolExecutor(8) as workers:
        together = list(
            workers.map(lambda one: tiles.tile(one[0], 19, one[1], one[2]).body, wanted * 2)
        )
    assert together == alone * 2


def test_kept_pictures_never_take_more_than_their_room():
    kept = display.Kept(limit_bytes=1000)
    for number in range(50):
        kept.put(number, display.Picture(body=bytes(90), media_type="image/png"))
    assert kept.held_bytes <= 1000
    assert kept.get(49) is not None
    assert kept.get(0) is None
    kept.put(49, display.Picture(body=bytes(10), media_type="image/png"))
    assert kept.held_bytes == 10 * 90 + 10


def test_kept_pictures_lie_apart_from_all_that_stays():
    kept = display.Kept()
    tracemalloc.start()
    for number in range(100):
        body = bytes([number]) * 65_536
        kept.put(number, display.Picture(body=body, media_type="image/jpeg"))
    on_the_heap = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept.held_bytes == 100 * 65_536
    assert on_the_heap < 1_000_000
    assert kept.get(7).body == bytes([7]) * 65_536


def test_a_picture_that_was_replaced_on_disk_is_not_shown_from_memory(tmp_path):
    path = write(tmp_path / "one.tif", grey(texture(seed=1)))
    here = (WEST + 250, NORTH - 150, 18)
    first = picture_at(Shown(path=path), *here).body
    time.sleep(0.02)
    write(path, grey(texture(seed=2)))
    assert picture_at(Shown(path=path), *here).body != first


def test_files_are_closed_when_the_pool_is_closed(pair):
    pool = display.Pool(n_idle=2)
    with pool.opened(pair[0]) as one, pool.opened(pair[0]) as other:
        assert one is not other
    pool.close()
    assert one.source.closed
    assert other.source.closed


@pytest.mark.parametrize("bearing", [0.0, 37.0, 200.0, -90.0])
def test_up_in_a_chip_is_the_bearing_and_a_metre_is_a_metre_on_the_ground(bearing):
    lon, lat = TO_LONLAT.transform(745_000.0, 4_700_000.0)
    grid = tiles.turned_grid(lon, lat, bearing, 400.0, (300, 400), EPSG)
    middle, top, right = grid @ (200, 150), grid @ (200, 50), grid @ (300, 150)
    away = Geod(ellps="WGS84")
    for there, turn in ((top, 0), (right, 90)):
        azimuth, _, metres = away.inv(*TO_LONLAT.transform(*middle), *TO_LONLAT.transform(*there))
        assert (azimuth - bearing - turn + 180) % 360 - 180 == pytest.approx(0, abs=0.02)
        assert metres == pytest.approx(100, abs=0.05)
    assert TO_LONLAT.transform(*middle) == pytest.approx((lon, lat), abs=1e-8)


def test_an_upright_chip_shows_what_the_image_holds(tmp_path):
    ground = texture()
    path = write(tmp_path / "one.tif", grey(ground))
    lon, lat = TO_LONLAT.transform(WEST + 250, NORTH - 150)
    zone = Proj(f"EPSG:{EPSG}").get_factors(lon, lat)
    seen = decoded(
        tiles.chip(
            Shown(path=path), lon, lat, bearing_deg=zone.meridian_convergence,
            across_m=100 / zone.meridional_scale, width=200, height=120,
        )
    )  # fmt: skip
    part = ground[240:360, 400:600]
    assert np.corrcoef(seen[:, :, 1].ravel(), part.ravel())[0, 1] > 0.99


def test_a_shifted_chip_lies_on_the_reference(pair):
    before, after = pair
    lon, lat = TO_LONLAT.transform(WEST + 250, NORTH - 150)
    how = {"bearing_deg": 33.0, "across_m": 100.0, "width": 240, "height": 200}
    still = decoded(tiles.chip(Shown(path=before), lon, lat, **how))
    laid = Shown(path=after, dx_m=-2.6, dy_m=1.8, epsg=EPSG)
    assert math.hypot(*shift_between(still, decoded(tiles.chip(laid, lon, lat, **how)))) < 0.3


@pytest.mark.parametrize(
    "wrong",
    [{"width": 1601}, {"height": 0}, {"across_m": 0}, {"bearing_deg": math.nan}, {"lat": 91}],
)
def test_chips_that_cannot_be_made_are_refused(pair, wrong):
    asked = {
        "lon": 129.7,
        "lat": 42.4,
        "bearing_deg": 0,
        "across_m": 100,
        "width": 100,
        "height": 100,
    }
    with pytest.raises(BadSetting):
        tiles.chip(Shown(path=pair[0]), **(asked | wrong))


def test_land_beside_the_border_is_told_from_other_land():
    ends = TO_LONLAT.transform(np.array([560_000, 561_000]), np.full(2, 4_700_000))
    frontier = Frontier(name="made up", line=LineString(np.column_stack(ends)))
    at = tile_at(560_500, 4_700_000, 18)
    box = tiles.tile_bounds(18, at.x, at.y)
    assert tiles.is_beside(frontier, Span(0, 1000), 60, box)
    assert not tiles.is_beside(frontier, Span(900, 1000), 60, box)
    away = tiles.tile_bounds(18, at.x, at.y + 20)
    assert not tiles.is_beside(frontier, Span(0, 1000), 60, away)
