"""Where an image can serve as the grid, its pixels are compared as they came."""

import numpy as np
import pytest
import shapely
from affine import Affine
from pyproj import Transformer

from small_images import EAST, NORTH, textured, write
from vallum.imagery import frame, pair
from vallum.imagery.georef import gsd_m

RES = 0.5
TO_DEGREES = Transformer.from_crs(32652, 4326, always_xy=True)
AREA = shapely.Polygon(
    [TO_DEGREES.transform(EAST + x, NORTH - y) for x, y in ((30, 20), (150, 40), (140, 130), (20, 99))]
)  # fmt: skip


def pair_of(tmp_path, first=None, second=None):
    told = [{"crs": "EPSG:32652", "transform": Affine(RES, 0, EAST, 0, -RES, NORTH)} for _ in "ab"]
    told[0] |= first or {}
    told[1] |= second or {}
    paths = []
    for name, one in zip("ab", told, strict=True):
        pixels = textured(3, 400, 500, seed=ord(name))
        paths.append(write(tmp_path / f"{name}.tif", pixels, **one))
    return pair.opened(*map(str, paths))


def test_the_earlier_image_is_not_resampled(tmp_path) -> None:
    with pair_of(tmp_path) as both:
        size_m = gsd_m(both.before.source, "a")
        assert size_m != RES, "on the ground a pixel of a projection has another size"
        grid = frame.grid_of(AREA, 32652, size_m, both.pixels(32652, size_m))
        assert abs(grid.resolution.x) == RES
        column, row = ~both.before.source.transform * (grid.affine.c, grid.affine.f)
        assert (column, row) == (round(column), round(row))
        pixels, valid = both.before.read(grid)
        rows, columns = (
            slice(int(at), int(at) + n) for at, n in zip((row, column), grid.shape, strict=True)
        )
        assert valid.all()
        np.testing.assert_array_equal(pixels, both.before.source.read()[:, rows, columns])
        local = frame.to_crs(AREA, 32652)
        west, south, east, north = local.bounds
        left, bottom, right, top = grid.extent.boundingbox
        assert left <= west < left + RES
        assert right - RES < east <= right
        assert bottom <= south < bottom + RES
        assert top - RES < north <= top


MOVED = Affine(RES, 0, EAST + 0.2, 0, -RES, NORTH)
TURNED = Affine(RES, 0.1, EAST, 0.1, -RES, NORTH)
COARSE = Affine(2 * RES, 0, EAST, 0, -2 * RES, NORTH)
OTHER_ZONE = {"crs": "EPSG:32651", "transform": Affine(RES, 0, 1_060_000.0, 0, -RES, NORTH)}


@pytest.mark.parametrize(
    ("first", "second", "whose"),
    [
        ({"transform": TURNED}, {"transform": MOVED}, MOVED),
        (OTHER_ZONE, {"transform": MOVED}, MOVED),
        ({"transform": COARSE}, {}, Affine(RES, 0, EAST, 0, -RES, NORTH)),
        (OTHER_ZONE, {"transform": TURNED}, None),
    ],
    ids=["turned", "another zone", "another size", "neither can"],
)
def test_another_grid_is_taken_where_an_image_cannot_be_it(tmp_path, first, second, whose) -> None:
    with pair_of(tmp_path, first, second) as both:
        assert both.pixels(32652, RES) == whose


def test_a_window_lies_on_the_pixels_around_a_place(tmp_path) -> None:
    lon, lat = TO_DEGREES.transform(EAST + 100.3, NORTH - 80.1)
    with pair_of(tmp_path) as both:
        grid = frame.window_at(lon, lat, 32652, RES, 64, both.pixels(32652, RES))
    assert grid.shape == (64, 64)
    column, row = ~Affine(RES, 0, EAST, 0, -RES, NORTH) * (grid.affine.c, grid.affine.f)
    assert (column, row) == (round(column), round(row))
    middle = grid.affine * (32, 32)
    assert np.hypot(middle[0] - EAST - 100.3, middle[1] - NORTH + 80.1) <= RES
