"""`imagery.series` reads many dates beside the border; `simulate.series` makes SIMULATED ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import rasterio

import small_series
from vallum.frontier import Frontier
from vallum.ground.errors import BadImage
from vallum.ground.records import Scene
from vallum.ground.span import Span
from vallum.ground.when import When
from vallum.imagery import series
from vallum.imagery.cloud import Cover
from vallum.imagery.series import Image, Signal
from vallum.simulate import series as simulated

_LENGTH_M = 2000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, simulated.Series, list[Scene]]:
    folder = tmp_path_factory.mktemp("series")
    one = simulated.series(3, length_m=_LENGTH_M, reach_m=400, n_dates=8, n_strips=1)
    small_series.line(folder / "line.geojson", _LENGTH_M)
    return folder, one, small_series.write(folder / "imagery", one)


def _images(folder: Path, scenes: list[Scene]) -> list[Image]:
    return [Image(scene=scene, path=folder / scene.href) for scene in scenes]


def test_the_ground_is_read_where_it_lies_and_hidden_pixels_stay_hidden(made) -> None:
    folder, one, scenes = made
    frontier = Frontier.read(folder / "line.geojson")
    (group,) = series.groups(_images(folder, scenes))
    stack = series.read(group, frontier, Span(500, 1500), 300, mask_clouds=False)
    assert group.signal is Signal.NDVI
    assert stack.signal.shape[0] == len(stack.dates) <= 8
    column = int(np.abs(stack.at_m - 1005).argmin())
    for off_m in (-200.0, 0.0, 200.0):
        row = int(np.abs(stack.off_m - off_m).argmin())
        source = (slice(None), round(stack.off_m[row] / 10) + 40, 100)
        truth = np.where(one.shown[source], -one.ndvi[source], np.nan)[list(stack.dates)]
        read = stack.signal[:, row, column]
        both = np.isfinite(truth) & np.isfinite(read)
        assert both.any()
        assert np.abs(truth - read)[both].max() < 0.2
        assert not (np.isfinite(read) & np.isnan(truth)).all()
    assert np.isnan(stack.signal).mean() > 0.2


def test_images_too_fine_too_coarse_repeated_or_for_looking_make_no_series(made) -> None:
    folder, _, scenes = made
    odd = [
        replace(scenes[0], gsd_m=0.5),
        replace(scenes[0], gsd_m=90.0),
        replace(scenes[0], repeats=scenes[1].id),
        replace(scenes[0], looking_only="screenshot"),
        replace(scenes[0], set_aside="haze"),
        replace(scenes[0], href=""),
    ]
    assert series.groups(_images(folder, odd)) == ()


def test_coarse_and_fine_pixels_and_other_signals_are_series_of_their_own(made) -> None:
    folder, _, scenes = made
    mixed = [*scenes[:4], replace(scenes[4], gsd_m=30.0), replace(scenes[5], bands=("vv", "vh"))]
    found = series.groups(_images(folder, mixed))
    assert [(group.signal, group.step_m, len(group.dates)) for group in found] == [
        (Signal.NDVI, 10.0, 4),
        (Signal.NDVI, 30.0, 1),
        (Signal.RADAR, 10.0, 1),
    ]


def test_tiles_of_one_day_are_one_date(made) -> None:
    folder, _, scenes = made
    twin = replace(scenes[1], sha256="f" * 64, taken=scenes[0].taken)
    (group,) = series.groups(_images(folder, [scenes[0], twin]))
    assert [len(date_) for date_ in group.dates] == [2]


def test_a_mask_kept_beside_an_image_hides_its_cloud(made) -> None:
    folder, _, scenes = made
    image = _images(folder, scenes)[0]
    mask = folder / "mask.tif"
    with rasterio.open(image.path) as source:
        profile = source.profile | {"count": 1, "dtype": "uint8", "nodata": None}
        cover = np.full(source.shape, int(Cover.GROUND), np.uint8)
    cover[:, :100] = Cover.CLOUD
    with rasterio.open(mask, "w", **profile) as target:
        target.write(cover, 1)
    frontier = Frontier.read(folder / "line.geojson")
    (group,) = series.groups([replace(image, mask=mask)])
    stack = series.read(group, frontier, Span(0, _LENGTH_M), 300)
    for values in stack.signal:
        assert np.isnan(values[:, stack.at_m < 980]).all()


def test_an_image_that_is_gone_is_named(made) -> None:
    folder, _, scenes = made
    (group,) = series.groups([Image(scene=scenes[0], path=folder / "gone.tif")])
    with pytest.raises(BadImage, match=r"gone\.tif"):
        series.read(group, Frontier.read(folder / "line.geojson"), Span(0, 1000), 300)


def test_composites_count_with_all_their_days(made) -> None:
    folder, _, scenes = made
    years = [
        replace(scenes[i], taken=When(date(2000 + i, 1, 1), date(2000 + i, 12, 31)))
        for i in range(2)
    ]
    (group,) = series.groups(_images(folder, years))
    stack = series.read(
        group, Frontier.read(folder / "line.geojson"), Span(0, 1000), 300, mask_clouds=False
    )
    if len(stack.dates) == 2:
        found = series.bracket(group, stack, 0, 1)
        assert (found.earliest, found.latest) == (date(2000, 1, 1), date(2001, 12, 31))
    assert group.taken(0) == years[0].taken


@pytest.mark.parametrize(
    ("bands", "signal", "bare", "green"),
    [
        (("red", "green", "blue", "nir"), Signal.NDVI, (30, 30, 30, 35), (10, 20, 10, 80)),
        ((), Signal.GREENNESS, (30, 30, 30, 35), (10, 20, 10, 80)),
        ((), Signal.COLOUR, (90, 80, 70), (40, 90, 40)),
        ((), Signal.BRIGHTNESS, (90,), (40,)),
    ],
    ids=["ndvi", "greenness", "colour", "brightness"],
)
def test_bare_ground_is_higher_than_plants_in_every_signal(bands, signal, bare, green) -> None:
    plain = Scene(
        sha256="0" * 64, name="x", taken=When.on(date(2020, 1, 1)), taken_from="tag", gsd_m=10.0,
        footprint=None, bands=bands,
    )  # fmt: skip
    values = [
        series.bareness(np.array(one, np.uint16).reshape(-1, 1, 1), plain, signal).item()
        for one in (bare, green)
    ]
    assert values[0] > values[1]


def test_an_offset_of_reflectance_is_taken_into_account() -> None:
    scene = Scene(
        sha256="0" * 64, name="x", taken=When.on(date(2020, 1, 1)), taken_from="tag", gsd_m=10.0,
        footprint=None, bands=("red", "nir"), reflectance=(0.0001, -0.1),
    )  # fmt: skip
    pixels = np.array([1500, 4000], np.uint16).reshape(2, 1, 1)
    assert series.bareness(pixels, scene, Signal.NDVI).item() == pytest.approx(-0.25 / 0.35)


def test_stretches_hold_every_cell_once_and_are_shorter_for_long_series() -> None:
    cells = [Span(start, start + 1000) for start in range(0, 30_000, 1000)]
    few, many = (series.stretches(cells, n, 500, 10.0) for n in (20, 400))
    assert [span for run in few for span in run] == cells
    assert [span for run in many for span in run] == cells
    assert max(map(len, many)) < max(map(len, few)) <= 10


def test_a_simulated_series_is_the_same_for_the_same_seed() -> None:
    one, again, other = (
        simulated.series(seed, length_m=1000, reach_m=200, n_dates=6, n_strips=1)
        for seed in (1, 1, 2)
    )
    assert np.array_equal(one.ndvi, again.ndvi)
    assert one.strips == again.strips != other.strips
    assert len(one.dates) == 6
    assert 0.1 < one.shown.mean() < 0.95


def test_a_simulated_strip_lies_bare_after_its_day_only() -> None:
    one = simulated.series(11, length_m=2000, reach_m=400, n_dates=30, n_strips=1)
    (strip,) = one.strips
    row = round((strip.off_m + 400) / 10)
    columns = slice(round(strip.start_m / 10), round(strip.end_m / 10))
    values = np.ma.masked_array(one.ndvi, ~one.shown)[:, :, columns]
    against = (
        values[:, row - 3 : row + 4] - values[:, row - 8 : row + 9].mean(axis=(1, 2))[:, None, None]
    )
    by_row = against.mean(axis=2)
    later = one.days >= strip.when.toordinal()
    turn = by_row[later].mean(axis=0) - by_row[~later].mean(axis=0)
    assert turn.min() < -0.03
