"""Tiles cover the whole corridor, with few pixels beside it."""

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from odc.geo.geobox import GeoBox

from vallum.imagery import frame

EAST, NORTH, GSD_M = 500_000.0, 4_700_000.0, 0.5


def corridor(points, half_m):
    line = shapely.LineString([(EAST + x, NORTH - y) for x, y in points])
    return line.buffer(half_m, cap_style="flat")


def grid_around(area):
    west, south, east, north = area.bounds
    shape = (int((north - south) / GSD_M) + 1, int((east - west) / GSD_M) + 1)
    return GeoBox(shape, Affine(GSD_M, 0, west, 0, -GSD_M, north), "EPSG:32652")


@settings(max_examples=25, deadline=None)
@given(
    bearing=st.floats(0, np.pi),
    bend=st.floats(-1.5, 1.5),
    half_m=st.sampled_from([60, 200, 500]),
    most_px=st.sampled_from([700, 1200, 2240]),
)
def test_every_pixel_of_the_corridor_lies_well_inside_a_tile(bearing, bend, half_m, most_px):
    points = np.cumsum(
        [(0, 0), *((400 * np.cos(a), 400 * np.sin(a)) for a in (bearing, bearing + bend))], axis=0
    )
    area = corridor(points, half_m)
    grid = grid_around(area)
    tiles = frame.tiles_over(area, grid, most_px, 64, 48)
    here = frame.burnt(area, grid)
    covered = np.zeros(grid.shape, bool)
    for tile in tiles:
        assert max(tile.shape) <= most_px
        column, row = (round(v) for v in ~grid.affine * (tile.affine.c, tile.affine.f))
        rows, columns = tile.shape
        assert row >= 0
        assert column >= 0
        covered[row : row + rows, column : column + columns] = True
    assert covered[here].all()


@pytest.mark.parametrize("bearing_deg", [0, 20, 45, 70, 90])
def test_a_straight_corridor_takes_few_pixels_more_than_it_has(bearing_deg):
    angle = np.radians(bearing_deg)
    area = corridor([(0, 0), (2300 * np.cos(angle), 2300 * np.sin(angle))], 1000)
    tiles = frame.tiles_over(area, grid_around(area), 2240, 64, 48)
    n_px = sum(tile.shape[0] * tile.shape[1] for tile in tiles)
    plain = [tile.shape[0] * tile.shape[1] for tile in frame.tiles(grid_around(area), 2048, 96)]
    assert n_px < 1.65 * area.area / GSD_M**2
    assert n_px < 0.85 * sum(plain) or bearing_deg in {0, 90}


def test_no_area_takes_no_tiles():
    area = corridor([(0, 0), (500, 0)], 100)
    elsewhere = shapely.transform(area, lambda xy: xy + np.array([10_000, 0]))
    assert frame.tiles_over(elsewhere, grid_around(area), 2240, 64, 48) == []
