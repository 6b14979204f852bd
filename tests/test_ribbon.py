"""The border pulled straight: what lies where on it, what folds, and what is missing."""

import math

import cv2
import numpy as np
import pytest
import rasterio
from pyproj import Transformer
from rasterio.transform import from_origin
from shapely.geometry import LineString

from vallum.frontier import Frontier
from vallum.ground.errors import BadSetting
from vallum.ground.span import Span
from vallum.imagery import display, ribbon
from vallum.imagery.display import Shown

EPSG = 32652
TO_LONLAT = Transformer.from_crs(EPSG, 4326, always_xy=True)
WEST, NORTH = 500_000.0, 4_700_000.0  # on the middle meridian the grid is not turned


def frontier(x, y):
    return Frontier(name="made up", line=LineString(np.column_stack(TO_LONLAT.transform(x, y))))


def straight(length_m=3000.0):
    return frontier(np.linspace(WEST - length_m / 2, WEST + length_m / 2, 200), np.full(200, NORTH))


def meander(size_m, wave_m=800.0):
    along = np.linspace(-3000, 3000, 1500)
    return frontier(WEST + along, NORTH + size_m * np.sin(along / wave_m * 2 * math.pi))


def colours(picture):
    return cv2.imdecode(np.frombuffer(picture.body, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]


@pytest.fixture
def image(tmp_path):
    rng = np.random.default_rng(0)
    ground = np.full((800, 3400), 110.0, np.float32)
    for size, amount in ((8, 14), (30, 22), (90, 20)):
        grain = rng.standard_normal((800 // size + 3, 3400 // size + 3)).astype(np.float32)
        ground += amount * cv2.resize(grain, (3400, 800), interpolation=cv2.INTER_CUBIC)
    ground = np.clip(ground, 2, 250).astype(np.uint8)
    path = tmp_path / "one.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=3400, height=800, count=3, dtype="uint8",
        crs=f"EPSG:{EPSG}", transform=from_origin(WEST - 1700, NORTH + 400, 1.0, 1.0),
    ) as to:  # fmt: skip
        to.write(np.stack([ground] * 3))
    return path, ground


def test_of_a_straight_line_a_ribbon_is_the_plain_picture(image):
    path, ground = image
    line = straight()
    span = Span(500, 2500)
    axis = ribbon.axis(line, span, 300.0)
    seen = colours(ribbon.picture(axis, [(span, Shown(path=path))], 1000, 300))[:, :, 1]
    part = ground[100:700, 700:2700]  # 1,000 m on each side of the middle, 300 m up and down
    plain = cv2.resize(part, (1000, 300), interpolation=cv2.INTER_AREA).astype(float)
    low, high = display.stretch(path)[1]
    plain = np.clip((plain - low) / (high - low) * 255, 0, 255)
    assert np.abs(seen - plain).mean() < 6
    assert np.corrcoef(seen.ravel(), plain.ravel())[0, 1] > 0.98
    assert not ribbon.folded_spans(axis)


def test_a_ribbon_is_moved_like_everything_else(image):
    path, _ = image
    span = Span(500, 2500)
    axis = ribbon.axis(straight(), span, 300.0)
    still = colours(ribbon.picture(axis, [(span, Shown(path=path))], 1000, 300)).astype(int)
    laid = Shown(path=path, dx_m=20.0, dy_m=-8.0, epsg=EPSG)
    east = colours(ribbon.picture(axis, [(span, laid)], 1000, 300)).astype(int)
    assert np.abs(east[4:, 10:] - still[:-4, :-10]).mean() < 3
    assert np.abs(east - still).mean() > 10


def test_a_smooth_axis_folds_less_than_the_raw_line_and_the_folds_are_found():
    line = meander(150.0)
    span = Span(2500, 5000)
    smooth = ribbon.axis(line, span, 300.0)
    raw = ribbon.Axis(
        span=span, epsg=EPSG, half_m=300.0, sigma_m=0.0, at_m=smooth.at_m,
        xy=np.column_stack(
            Transformer.from_crs(4326, EPSG, always_xy=True).transform(*line.points_at(smooth.at_m))
        ),
        right=smooth.right * 0,
    )  # fmt: skip
    along = np.gradient(raw.xy, axis=0)
    along /= np.hypot(*along.T)[:, None]
    raw.right[:] = np.column_stack([along[:, 1], -along[:, 0]])
    assert ribbon.is_folded(raw, 600, 90).mean() > 0.15
    assert ribbon.is_folded(smooth, 600, 90).mean() < 0.02


def test_folded_pixels_are_those_that_lie_nearer_to_another_part_of_the_axis():
    # One bend of 120 m radius: places beyond its middle are shown twice, so they fold.
    turn = np.linspace(0, math.pi, 200)
    x = np.concatenate(
        [np.linspace(-900, 0, 100), 120 * np.sin(turn)[1:], np.linspace(0, -900, 100)[1:]]
    )
    y = np.concatenate([np.full(100, -120.0), -120 * np.cos(turn)[1:], np.full(99, 120.0)])
    along = np.gradient(np.column_stack([x, y]), axis=0)
    along /= np.hypot(*along.T)[:, None]
    at_m = np.concatenate([[0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    axis = ribbon.Axis(
        span=Span(200, int(at_m[-1]) - 200), epsg=EPSG, half_m=200.0, sigma_m=0.0, at_m=at_m,
        xy=np.column_stack([x, y]), right=np.column_stack([along[:, 1], -along[:, 0]]),
    )  # fmt: skip
    folded = ribbon.is_folded(axis, 400, 100)
    px, py = ribbon.places(axis, 400, 100)
    # The bend turns left, so its inside is the upper half of the ribbon.
    assert not folded[50:].any()
    deep = np.abs(((np.arange(100) + 0.5) / 100 * 2 - 1) * 200) > 140
    assert folded[:50][deep[:50]].mean() > 0.9
    assert not folded[:50][(~deep)[:50] & (np.arange(50) > 25)].any()
    assert np.isfinite(px + py).all()


def test_folds_are_greyed_and_listed(image):
    path, _ = image
    line = meander(420.0, 700.0)
    span = Span(3000, 7000)
    axis = ribbon.axis(line, span, 120.0)
    folds = ribbon.folded_spans(axis)
    assert folds
    assert all(span.start_m <= a < b <= span.end_m for a, b in folds)
    seen = colours(ribbon.picture(axis, [(span, Shown(path=path))], 800, 60))
    folded = ribbon.is_folded(axis, 800, 60)
    inner = cv2.erode(folded.astype(np.uint8), np.ones((7, 7))) > 0
    assert seen[inner].std() < 25
    assert 50 < seen[inner].mean() < 150


def test_where_there_is_no_image_a_ribbon_is_hatched_grey(image):
    path, _ = image
    span = Span(500, 2500)
    axis = ribbon.axis(straight(), span, 300.0)
    half = ribbon.picture(axis, [(Span(500, 1500), Shown(path=path))], 1000, 200)
    assert half.empty == ""
    seen = colours(half).astype(int)
    assert np.ptp(seen[:, 510:], axis=2).max() < 8
    assert 50 < seen[:, 510:].mean() < 80
    assert seen[:, 510:].std() > 3
    assert seen[:, :490].std() > 30
    assert ribbon.picture(axis, [], 1000, 200).empty == "no image"


@pytest.mark.parametrize("size_m", [0.0, 60.0, 150.0])
def test_things_lie_on_a_ribbon_where_their_pixels_are(size_m):
    line = meander(size_m)
    span = Span(2000, 4000)
    axis = ribbon.axis(line, span, 300.0)
    x, y = ribbon.places(axis, 500, 150)
    rows, columns = np.meshgrid([10, 60, 75, 100, 140], [20, 130, 250, 460], indexing="ij")
    lon, lat = TO_LONLAT.transform(x[rows, columns].ravel(), y[rows, columns].ravel())
    along, down = ribbon.placed(axis, lon, lat)
    clear = ~ribbon.is_folded(axis, 500, 150)[rows, columns].ravel()
    assert clear.sum() >= 15
    assert along[clear] * 500 - 0.5 == pytest.approx(columns.ravel()[clear], abs=1.5)
    assert down[clear] * 150 - 0.5 == pytest.approx(rows.ravel()[clear], abs=1.0)


def test_the_border_itself_is_drawn_where_it_leaves_the_axis():
    straight_one = ribbon.axis(straight(), Span(500, 2500), 300.0)
    assert np.array(ribbon.border_on(straight_one, straight()))[:, 1] == pytest.approx(
        0.5, abs=1e-3
    )
    line = meander(150.0)
    bent = np.array(ribbon.border_on(ribbon.axis(line, Span(2000, 4000), 300.0), line))
    assert 0.1 < np.ptp(bent[:, 1]) < 0.8


def test_a_ribbon_reaches_the_ends_of_the_border_without_a_bend():
    line = straight()
    axis = ribbon.axis(line, Span(0, line.length_m), 300.0)
    x, y = ribbon.places(axis, 300, 60)
    assert np.ptp(y, axis=1).max() < 1.0
    assert np.diff(x, axis=1) == pytest.approx(line.length_m / 300, rel=0.01)


@pytest.mark.parametrize(("left", "right", "half"), [(100, 50, 100), (2000, 0, 300), (10, 20, 50)])
def test_half_a_ribbon_is_the_corridor_up_to_300_m(left, right, half):
    assert ribbon.half_width(left, right) == half


def test_ribbons_that_cannot_be_made_are_refused():
    line = straight()
    axis = ribbon.axis(line, Span(0, 1000), 300.0)
    for size in ((4001, 100), (100, 1001), (0, 10)):
        with pytest.raises(BadSetting):
            ribbon.picture(axis, [], *size)
    with pytest.raises(BadSetting):
        ribbon.axis(line, Span(0, 40_001), 300.0)
