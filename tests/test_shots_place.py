"""Points to transform: models, residuals, tilt, refusals."""

import math

import numpy as np
import pytest

from vallum.imagery.shots import place
from vallum.imagery.shots.plan import metres_per_degree

SIZE = (1000, 600)
LON, LAT = 129.2, 42.3


def ground(columns, rows, *, gsd_m=0.5, turn_deg=20.0, noise_m=0.0, seed=0):
    """Return control points of a picture straight down: column, row, lon, lat."""
    north, east = metres_per_degree(LAT)
    x, y = (np.asarray(columns, float) - 500) * gsd_m, -(np.asarray(rows, float) - 300) * gsd_m
    turn = math.radians(turn_deg)  # up points to `turn_deg` from north
    e, n = x * math.cos(turn) + y * math.sin(turn), y * math.cos(turn) - x * math.sin(turn)
    rng = np.random.default_rng(seed)
    e, n = e + rng.normal(0, noise_m, e.shape), n + rng.normal(0, noise_m, n.shape)
    return list(zip(columns, rows, LON + e / east, LAT + n / north, strict=True))


FOUR = ([60, 940, 930, 50], [40, 60, 560, 540])
EIGHT = ([60, 500, 940, 930, 500, 50, 300, 700], [40, 30, 60, 560, 570, 540, 300, 310])


@pytest.mark.parametrize("n", [2, 3, 4, 8])
def test_exact_points_place_exactly(n):
    points = ground(*EIGHT)[:n]
    placing = place.fit(points, SIZE)
    assert placing.model == "similarity"
    assert placing.gsd_m == pytest.approx(0.5, rel=1e-3)
    assert placing.rotation_deg == pytest.approx(20.0, abs=0.05)
    assert placing.rmse_m < 0.05
    lon, lat = placing.to_ground(np.array([500.0]), np.array([300.0]))
    north, east = metres_per_degree(LAT)
    assert math.hypot((lon[0] - LON) * east, (lat[0] - LAT) * north) < 0.05


def test_to_picture_undoes_to_ground():
    placing = place.fit(ground(*FOUR), SIZE)
    columns, rows = np.array([3.0, 800.0]), np.array([500.0, 20.0])
    back = placing.to_picture(*placing.to_ground(columns, rows))
    assert np.allclose(back, [columns, rows], atol=1e-4)


def test_more_freedom_is_taken_only_where_it_foretells_better():
    models = [place.fit(ground(*EIGHT, noise_m=2.0, seed=seed), SIZE).model for seed in range(40)]
    assert models.count("similarity") >= 32
    points = [(c, r * 0.8, x, y) for c, r, x, y in ground(*EIGHT)]
    assert place.fit(points, SIZE).model == "affine"


def tilted(columns, rows, tilt_deg):
    """Return points as a camera of 60 degrees sees them, tilted to the upper edge."""
    north, east = metres_per_degree(LAT)
    focal, tilt = 500 / math.tan(math.radians(30)), math.radians(tilt_deg)
    points = []
    for column, row in zip(columns, rows, strict=True):
        x, y = (column - 499.5) / focal, -(row - 299.5) / focal
        ahead = math.cos(tilt) - y * math.sin(tilt)
        e, n = 800 * x / ahead, 800 * (y * math.cos(tilt) + math.sin(tilt)) / ahead
        points.append((column, row, LON + e / east, LAT + n / north))
    return points


@pytest.mark.parametrize("tilt_deg", [1.0, 3.0, 8.0, 21.0])
def test_tilt_is_measured(tilt_deg):
    placing = place.fit(tilted(*EIGHT, tilt_deg), SIZE, model="homography")
    assert placing.tilt_deg == pytest.approx(tilt_deg, abs=0.15)
    assert bool(placing.looking_only) == (tilt_deg > place.TILT_LIMIT_DEG)


def test_a_point_at_a_wrong_place_is_named():
    points = ground(*EIGHT, noise_m=0.3)
    column, row, lon, lat = points[5]
    points[5] = (column, row, lon + 0.001, lat)
    placing = place.fit(points, SIZE)
    assert placing.worst == 5
    assert placing.looking_only.startswith("its points disagree by")


@pytest.mark.parametrize("n", [4, 5, 6, 8])
def test_a_wrong_corner_among_few_points_is_named(n):
    for odd in range(n):
        points = ground(*EIGHT, noise_m=0.2, seed=odd)[:n]
        column, row, lon, lat = points[odd]
        points[odd] = (column, row, lon + 0.0004, lat - 0.0003)
        assert place.fit(points, SIZE).worst == odd


def test_points_that_are_only_rough_are_not_named():
    named = [place.fit(ground(*EIGHT, noise_m=1.0, seed=k)[:6], SIZE).worst for k in range(40)]
    assert named.count(-1) >= 38


def test_two_points_are_for_looking_only():
    assert "which nothing checks" in place.fit(ground([60, 940], [40, 560]), SIZE).looking_only


@pytest.mark.parametrize(
    ("points", "why"),
    [
        (ground([60], [40]), "one point"),
        (ground([60, 62], [40, 41]), "at one place in the picture"),
        ([(1, 1, LON, LAT), (900, 500, LON, LAT)], "at one place on the ground"),
        ([(1, 1, LON, LAT), (900, 500, 42.0, 129.0)], "not on Earth"),
        ([(1, 1, LON, LAT), (5000, 500, LON, 42.31)], "outside the picture"),
        ([(1, 1, LON, LAT), (900, 500, LON + 5, LAT + 3)], "m wide"),
        ([(1, 1, math.nan, LAT), (900, 500, LON, LAT)], "no number"),
    ],
    ids=["one", "one pixel", "one place", "swapped", "outside", "too large", "nan"],
)
def test_points_that_place_nothing_say_why(points, why):
    with pytest.raises(ValueError, match=why):
        place.fit(points, SIZE)


def test_a_mirrored_picture_is_refused():
    mirrored = [(1000 - c, r, x, y) for c, r, x, y in ground(*FOUR)]
    with pytest.raises(ValueError, match="mirrored"):
        place.fit(mirrored, SIZE, model="affine")
