"""Patchwork: imaginary pairs are varied, repeat, and nothing is built between their dates."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from vallum.simulate import camera, mosaic, scatter, ways
from vallum.simulate.day import Day, Plane, fractal, random_days
from vallum.simulate.patchwork import Place, imagine, patchwork, view
from vallum.simulate.season import Sun

SMALL = (160, 200)


def places(n: int, start: int = 0) -> list[Place]:
    return [imagine(np.random.default_rng(start + seed), SMALL) for seed in range(n)]


def still(place: Place) -> Place:
    """The place with the same ground, light and things on both dates."""
    day = replace(place.days[0], snow=0.0)
    return replace(
        place,
        days=(day, day),
        mosaic=replace(place.mosaic, looks=(place.mosaic.looks[0],) * 2),
        water=place.water[[0, 0]],
        water_px=None,
        ways=tuple(
            replace(way, colours=way.colours[[0, 0]], covers=(0.5, 0.5)) for way in place.ways
        ),
        spots=(),
        trees=tuple(
            replace(sort, stems=(sort.stems[0],) * 2, colours=sort.colours[[0, 0]])
            for sort in place.trees
        ),
        boxes=tuple(replace(box, stands=np.ones_like(box.stands)) for box in place.boxes),
    )


@pytest.mark.parametrize("shape", [(96, 96), (70, 150)])
def test_a_pair_has_the_wanted_shape_and_no_pixel_without_data(shape: tuple[int, int]) -> None:
    for picture in patchwork(np.random.default_rng(5), shape):
        assert picture.shape == (3, *shape)
        assert picture.dtype == np.uint8
        assert picture.min() >= 1


def test_the_same_chance_gives_the_same_pair_and_other_chance_another() -> None:
    first, again = (patchwork(np.random.default_rng(8), SMALL) for _ in range(2))
    assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True))
    other = patchwork(np.random.default_rng(9), SMALL)
    assert not np.array_equal(first[0], other[0])


def test_pairs_differ_widely_in_brightness_contrast_and_change() -> None:
    pairs = [patchwork(np.random.default_rng(seed), (96, 96)) for seed in range(40)]
    mean = np.array([one.mean() for one, _ in pairs])
    spread = np.array([one.std() for one, _ in pairs])
    change = np.array([np.abs(one.astype(float) - two).mean() for one, two in pairs])
    assert np.ptp(mean) > 80
    assert spread.max() > 4 * spread.min()
    assert change.max() > 6 * change.min()
    grey = [np.array_equal(one[0], one[1]) and np.array_equal(two[0], two[2]) for one, two in pairs]
    assert 0 < sum(grey) < 20


def test_two_equal_days_over_an_unchanged_place_look_the_same() -> None:
    for place in places(6):
        calm = still(place)
        assert np.array_equal(view(calm, 0), view(calm, 1))


def test_every_line_is_there_on_both_dates() -> None:
    seen = 0
    for place in places(12, start=50):
        assert all(min(way.covers) > 0.1 for way in place.ways)
        calm = replace(still(place), ways=place.ways, trees=(), boxes=place.boxes)
        bare = replace(calm, ways=())
        marks = [np.abs(view(calm, date) - view(bare, date)).sum(axis=2) for date in (0, 1)]
        for way in place.ways:
            inside = np.zeros(SMALL, np.uint8)
            cv2.polylines(inside, [np.rint(way.path).astype(np.int32)], False, 1, 3)
            if inside.sum() < 40:
                continue
            shown = [float((mark[inside > 0] > 1).mean()) for mark in marks]
            assert (shown[0] > 0.05) == (shown[1] > 0.05)
            seen += 1
    assert seen > 30


def test_what_changes_on_the_ground_is_compact() -> None:
    rng = np.random.default_rng(3)
    for _ in range(200):
        outline = scatter.blob(rng, SMALL, 13, 90).astype(np.float32) / 16
        _, sides, _ = cv2.minAreaRect(outline)
        assert max(sides) < 4.5 * min(sides)
        assert min(sides) > 4


def test_houses_that_come_and_go_are_larger_than_posts() -> None:
    rng = np.random.default_rng(4)
    n = 0
    for _ in range(20):
        houses = scatter.random_houses(rng, SMALL, 1.0, 0.9)
        comes = houses.stands[0] != houses.stands[1]
        sides_px = 2 * np.hypot(*houses.across.T)
        assert (sides_px[comes] > 15.9).all()
        n += int(comes.sum())
    assert n > 50


def test_small_patches_of_ground_never_change_by_themselves() -> None:
    sizes = []
    for seed in range(40):
        ground = mosaic.random_mosaic(np.random.default_rng(seed), SMALL, farmed=0.0, rough=1.0)
        first, second = (looks.colour for looks in ground.looks)
        moved = np.flatnonzero((first != second).any(axis=1))
        sizes += [ground.breadth_px[label] for label in moved]
    assert len(sizes) > 100
    assert min(sizes) >= 14


def test_shadows_follow_the_sun_of_each_date() -> None:
    place = still(places(1)[0])
    stems = np.zeros(SMALL, np.uint8)
    stems[80, 100] = 255
    tree = scatter.Trees(
        stems=(stems, stems),
        radius_px=3.0,
        height_m=6.0,
        is_conifer=True,
        colours=np.full((2, 3), 60.0),
    )
    flat = np.full((*SMALL, 3), 150, np.float32)
    for azimuth_deg, side in ((90.0, -1), (270.0, 1)):
        day = Day(sun=Sun(azimuth_deg=azimuth_deg, elevation_deg=40.0))
        canvas = flat.copy()
        scatter.draw_trees(canvas, [tree], day, False, np.zeros(SMALL, np.float32))
        assert canvas[80, 100 + side * 9].mean() < 120
        assert canvas[80, 100 - side * 9].mean() == 150
    assert place.days[0] is place.days[1]


def test_tops_lean_with_the_view_of_each_date() -> None:
    rng = np.random.default_rng(1)
    path = np.array([[100.0, -5.0], [100.0, 170.0]])
    wall = ways.Way(
        path=path,
        width_px=2.0,
        colours=np.full((2, 3), 240.0),
        covers=(1.0, 1.0),
        height_m=6.0,
        shade=0.0,
    )
    middle = []
    for lean in (0.0, 0.5):
        canvas = np.full((*SMALL, 3), 100, np.float32)
        day = Day(sun=Sun(azimuth_deg=180, elevation_deg=60), lean=(lean, 0.0))
        ways.draw_ways(canvas, [wall], day, False, rng.standard_normal(SMALL, np.float32))
        middle.append(int(canvas[80, :, 0].argmax()))
    assert 2 <= middle[1] - middle[0] <= 4


def test_snow_whitens_one_date_only() -> None:
    place = still(places(1, start=7)[0])
    winter = replace(place.days[1], snow=0.9)
    snowy = replace(place, days=(place.days[0], winter), trees=())
    assert view(snowy, 1).mean() > view(snowy, 0).mean() + 20


def test_the_edge_of_the_water_moves_with_its_level() -> None:
    place = still(places(1)[0])
    away = np.broadcast_to(np.arange(200, dtype=np.float32) - 100, SMALL).copy()
    low, high = (replace(place.days[0], water_m=level) for level in (-4.0, 4.0))
    dark = np.zeros((2, 3))
    wet = replace(
        place, water_px=away, water=dark, days=(low, high), ways=(), trees=(), relief=None
    )
    wet = replace(wet, boxes=tuple(replace(b, stands=b.stands & False) for b in place.boxes))
    edge = [int((view(wet, date)[40, :, 0] < 12).sum()) for date in (0, 1)]
    assert 12 <= edge[1] - edge[0] <= 20


def test_what_is_built_is_seen_by_the_camera_of_each_date() -> None:
    def square(canvas: Plane, date: int, day: Day) -> None:
        assert canvas.shape == (3, *SMALL)
        assert isinstance(day, Day)
        if date == 1:
            canvas[:, 70:90, 90:110] += 120

    plain = patchwork(np.random.default_rng(21), SMALL)
    built = patchwork(np.random.default_rng(21), SMALL, build=square)
    assert np.array_equal(plain[0], built[0])
    brighter = built[1].astype(float) - plain[1]
    assert brighter[:, 74:86, 94:106].mean() > 25
    assert np.abs(brighter[:, :40]).max() < 3
    edge = brighter.mean(axis=0)[80, 84:96]
    assert ((edge > 8) & (edge < 0.85 * edge.max())).any()  # blurred, not cut out


def test_the_residual_shift_stays_below_two_and_a_half_pixels() -> None:
    dot = np.zeros((64, 64, 3), np.float32)
    dot[32, 32] = 1000
    there = np.indices((64, 64))[::-1]
    moves = []
    for seed in range(60):
        seen = np.clip(camera.moved(np.random.default_rng(seed), dot.copy())[..., 0], 0, None)
        moves.append([float((axis * seen).sum() / seen.sum()) - 32 for axis in there])
    far = np.hypot(*np.array(moves).T)
    assert far.max() < 3.0
    assert far.max() > 1.0
    assert (far < 0.01).any()


def test_two_days_run_from_equal_to_half_a_year_apart() -> None:
    rng = np.random.default_rng(2)
    pairs = [random_days(rng) for _ in range(300)]
    assert any(one == two for one, two in pairs)
    turn = [abs(one.sun.azimuth_deg - two.sun.azimuth_deg) for one, two in pairs]
    assert max(turn) > 40
    assert any((one.snow > 0) != (two.snow > 0) for one, two in pairs)
    assert all(0 < day.sun.elevation_deg < 90 for pair in pairs for day in pair)


@pytest.mark.parametrize("slope", [0.3, 1.8])
def test_noise_has_mean_0_and_deviation_1(slope: float) -> None:
    field = fractal(np.random.default_rng(0), (90, 130), slope=slope)
    assert field.shape == (90, 130)
    assert field.dtype == np.float32
    assert abs(float(field.mean())) < 1e-4
    assert float(field.std()) == pytest.approx(1.0, abs=1e-3)


def test_a_larger_slope_is_smoother() -> None:
    rough, smooth = (
        fractal(np.random.default_rng(0), (128, 128), slope=slope) for slope in (0.2, 1.8)
    )
    assert np.abs(np.diff(smooth, axis=1)).mean() < 0.4 * np.abs(np.diff(rough, axis=1)).mean()
