"""The short way of reading, for grids that are the source's own, gives what the long way gives."""

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odc.geo.geobox import GeoBox
from rasterio.enums import ColorInterp

from small_images import EAST, NORTH, textured, write
from vallum.imagery import shifted, view

ANY = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
MASKS = ("none", "nodata", "nodata outside the type", "internal", "alpha")


def grid_of(height, width, *, res=0.5, east=0.0, north=0.0):
    corner = Affine(res, 0, EAST + east, 0, -res, NORTH + north)
    return GeoBox((height, width), corner, "EPSG:32652")


def image(path, shape, dtype, bands, mask, seed):
    """Write an image with some pixels of no data, as `mask` says."""
    pixels = textured(bands + (mask == "alpha"), *shape, dtype=dtype, seed=seed)
    holes = np.random.default_rng(seed).random(shape) < 0.02
    more = {"tiled": True, "blockxsize": 64, "blockysize": 64} if seed % 2 else {}
    if mask == "nodata":
        pixels[:, holes] = 0
        more["nodata"] = 0
    if mask == "nodata outside the type" and dtype == "uint8":
        more["nodata"] = 255
    if mask == "alpha":
        pixels[-1] = np.where(holes, 0, np.iinfo(dtype).max if dtype[0] != "f" else 255)
    found = write(path, pixels, res=0.5, mask=~holes if mask == "internal" else None, **more)
    if mask == "alpha":
        with rasterio.open(found, "r+") as target:
            target.colorinterp = [*[ColorInterp.gray] * bands, ColorInterp.alpha]
    return found


@ANY
@given(
    shape=st.tuples(st.integers(1, 150), st.integers(1, 150)),
    size=st.tuples(st.integers(1, 130), st.integers(1, 130)),
    at=st.tuples(st.floats(-40, 80), st.floats(-80, 40)),
    whole=st.booleans(),
    move=st.tuples(st.floats(-9, 9), st.floats(-9, 9)),
    dtype=st.sampled_from(["uint8", "uint16", "int16", "float32"]),
    bands=st.integers(1, 4),
    mask=st.sampled_from(MASKS),
    seed=st.integers(0, 99),
)
def test_the_short_way_gives_what_the_long_way_gives(
    tmp_path, monkeypatch, shape, size, at, whole, move, dtype, bands, mask, seed
):
    if mask == "alpha" and dtype not in {"uint8", "uint16"}:
        mask = "none"
    path = image(tmp_path / "a.tif", shape, dtype, bands, mask, seed)
    east, north = (round(2 * value) / 2 if whole else value for value in at)
    grid = grid_of(*size, east=east, north=north)
    dx_m, dy_m = (round(2 * value) / 2 if whole else value for value in move)
    short, seen = view.read(path, grid, dx_m=dx_m, dy_m=dy_m)
    with monkeypatch.context() as patch:
        patch.setattr(shifted, "TYPES", ())
        long, usable = view.read(path, grid, dx_m=dx_m, dy_m=dy_m)
    assert short.dtype == long.dtype
    assert np.array_equal(seen, usable)
    # OpenCV's remap knows places to 1/32 px in some types; the short way is exact (below).
    steepest = 140 * 2 / 64 + 1
    assert np.abs(short.astype(float) - long.astype(float)).max() <= (0 if whole else steepest)
    assert not short[:, ~seen].any()


@ANY
@given(
    size=st.tuples(st.integers(1, 300), st.integers(1, 300)),
    at=st.tuples(st.floats(-40, 80), st.floats(-80, 40)),
    seed=st.integers(0, 99),
    share=st.floats(0, 1),
)
def test_what_is_wanted_is_read_as_without_a_wish(tmp_path, size, at, seed, share):
    path = image(tmp_path / "a.tif", (200, 260), "uint8", 3, "internal", seed)
    grid = grid_of(*size, east=at[0], north=at[1])
    rng = np.random.default_rng(seed)
    wanted = np.zeros(size, bool)
    for _ in range(int(4 * share)):
        row, column = rng.integers(0, size[0]), rng.integers(0, size[1])
        wanted[row : row + 60, column : column + 60] = True
    with view.opened(path) as source:
        every, all_valid = view.read_from(source, grid)
        some, valid = view.read_from(source, grid, wanted=wanted)
    assert np.array_equal(valid[wanted], all_valid[wanted])
    assert np.array_equal(some[:, valid], every[:, valid])
    assert not (valid & ~all_valid).any()
    assert wanted.any() or not valid.any()


def test_nothing_is_decoded_that_nobody_wants(tmp_path):
    path = image(tmp_path / "a.tif", (300, 300), "uint8", 1, "none", 1)
    wanted = np.zeros((300, 300), bool)
    wanted[100:110, 200:210] = True
    with view.opened(path) as source:
        _, valid = view.read_from(source, grid_of(300, 300), wanted=wanted)
    assert valid.sum() == 100
    assert valid[wanted].all()


@pytest.mark.parametrize(
    ("crs", "res", "is_shift"),
    [("EPSG:32652", 0.5, True), ("EPSG:32651", 0.5, False), ("EPSG:32652", 0.5001, False)],
    ids=["same grid", "another zone", "pixels a little larger"],
)
def test_only_what_is_a_shift_is_taken_for_one(tmp_path, crs, res, is_shift):
    path = write(tmp_path / "a.tif", textured(1, 60, 60), res=res, crs=crs)
    with view.opened(path) as source:
        found = view._to_source(source, grid_of(40, 1000), 0.0, 0.0).shift((40, 1000))
    assert (found is not None) == is_shift


@settings(max_examples=60, deadline=None)
@given(
    shape=st.tuples(st.integers(2, 40), st.integers(2, 40)),
    parts=st.tuples(st.integers(0, 255), st.integers(0, 255)),
    dtype=st.sampled_from(["uint8", "uint16", "int16", "float32"]),
    seed=st.integers(0, 99),
)
def test_a_fraction_is_interpolated_to_half_a_count(shape, parts, dtype, seed):
    pixels = textured(2, *shape, dtype=dtype, seed=seed)
    usable = np.random.default_rng(seed).random(shape) < 0.9
    down, across = (value / 256 for value in parts)
    found, valid = shifted.moved(pixels, usable, (down, across))
    rows, columns = (n - (value > 0) for n, value in zip(shape, parts, strict=True))
    exact, spoilt = np.zeros((2, rows, columns)), np.zeros((rows, columns))
    for row, by_row in ((0, 1 - down), (1, down)):
        for column, by_column in ((0, 1 - across), (1, across)):
            if by_row * by_column > 0:
                here = np.s_[row : row + rows, column : column + columns]
                exact += by_row * by_column * pixels[:, *here]
                spoilt += by_row * by_column * ~usable[here]
    assert np.array_equal(valid, spoilt == 0)
    assert np.abs(found - exact)[:, valid].max(initial=0) <= (0.5 if dtype[0] != "f" else 1e-3)
    assert not found[:, ~valid].any()
