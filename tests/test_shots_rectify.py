"""Placed pictures laid north up, with what is drawn over the ground masked."""

import numpy as np
import pytest
import rasterio
from pyproj import Transformer

from test_shots_place import LAT, LON, ground
from vallum.ground.errors import BadImage, WorkerFailed
from vallum.imagery.shots import picture, place, rectify

SHAPE = (600, 1000, 3)


def noise(seed=0):
    return np.random.default_rng(seed).integers(40, 200, SHAPE).astype(np.uint8)


def test_bars_of_a_window_are_found_and_ground_is_none():
    pixels = noise()
    assert rectify.bars(pixels) == (0, 0, 0, 0)
    pixels[:40], pixels[570:], pixels[:, :200] = 240, 20, 250
    top, bottom, left, right = rectify.bars(pixels)
    assert 40 <= top <= 48
    assert 30 <= bottom <= 38
    assert 200 <= left <= 208
    assert right == 0


def test_a_picture_that_is_flat_all_over_is_no_bar():
    assert rectify.bars(np.full(SHAPE, 250, np.uint8)) == (0, 0, 0, 0)


def test_logo_texts_and_markers_are_masked():
    marker = [300, 200, 330, 200, 330, 230, 300, 230]
    shown = rectify.ground_shown(noise(), [[10, 10, 90, 22]], [marker])
    assert not shown[595, 500]
    assert not shown[560, 950]
    assert not shown[15, 50]
    assert not shown[196:234, 296:334].any()
    assert shown[100, 500]
    assert 0.9 < shown.mean() < 0.97


def test_a_mark_on_the_picture_lies_where_it_was_placed(tmp_path):
    pixels = np.full(SHAPE, 90, np.uint8) + noise() // 8
    pixels[140:146, 240:246] = 255
    points = ground([60, 940, 930, 50], [40, 60, 560, 540])
    made = tmp_path / "made.tif"
    told = rectify.write(pixels, points, "", [], [], made)
    assert told["gsd_m"] == pytest.approx(0.5, rel=1e-3)
    with rasterio.open(made) as source:
        red, mask = source.read(1), source.dataset_mask() > 0
        row, column = np.argwhere((red > 230) & mask).mean(axis=0)
        x, y = source.transform * (column + 0.5, row + 0.5)
        assert source.crs.to_epsg() == told["epsg"] == 32652
    placing = place.fit(points, (1000, 600))
    lon, lat = placing.to_ground(np.array([242.5]), np.array([142.5]))
    east, north = Transformer.from_crs(4326, 32652, always_xy=True).transform(lon, lat)
    assert np.hypot(east[0] - x, north[0] - y) < 0.15
    assert abs(LON - float(lon[0])) < 0.01
    assert abs(LAT - float(lat[0])) < 0.01


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty file"),
        (b"\xff\xd8\xff\xe0 no picture", "no readable picture"),
        (b"<svg/>", "no readable picture"),
    ],
    ids=["empty", "broken", "markup"],
)
def test_what_is_no_picture_is_refused_by_name(tmp_path, content, why):
    file = tmp_path / "shot.jpg"
    file.write_bytes(content)
    with pytest.raises(BadImage, match=f"shot.jpg: .*{why}"):
        picture.take_in(str(file), str(tmp_path))


def test_a_picture_too_small_to_place_is_refused(tmp_path):
    import cv2

    file = tmp_path / "icon.png"
    cv2.imwrite(str(file), noise()[:100, :100])
    with pytest.raises(BadImage, match="too few"):
        picture.take_in(str(file), str(tmp_path))
    assert picture.is_picture(file)
    assert not picture.is_picture(tmp_path / "gone.png")


@pytest.mark.parametrize(
    "lie",
    [{"sha256": "x" * 64}, {"href": "../a.png"}, {"markers": [[1, 2.0]]}, {"sha256": "b" * 64}],
    ids=["hash", "path", "marker", "missing"],
)
def test_a_copy_that_is_none_is_not_kept(tmp_path, lie):
    work, folder = tmp_path / "work", tmp_path / "shots"
    work.mkdir(), folder.mkdir()
    (work / ("a" * 16 + ".png")).write_bytes(b"picture")
    told = {"sha256": "a" * 64, "name": "a", "href": "a" * 16 + ".png", "width": 1, "height": 1,
            "markers": [[3, *[0.0] * 8]]}  # fmt: skip
    with pytest.raises(WorkerFailed):
        picture.keep(told | lie, work, folder)
    assert not [*folder.iterdir()]
    picture.keep(told, work, folder)
    assert [one.name for one in folder.iterdir()] == ["a" * 16 + ".png"]
