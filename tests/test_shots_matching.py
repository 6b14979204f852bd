"""Pictures without markers found on placed images; SIMULATED."""

from collections import OrderedDict
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio
from pyproj import Transformer
from rasterio.transform import from_origin
from shapely import box

import small_globe
from vallum.frontier import Frontier
from vallum.imagery.shots import matching, rectify

HALF_M, AT_M = 250, 700_500


@pytest.fixture(scope="module")
def line():
    return Frontier.packaged("prk-chn")


@pytest.fixture(scope="module")
def search(line, tmp_path_factory):
    """A search over one image of 500 m around km 700.5, which has other light and noise."""
    point = line.point_at(AT_M)
    epsg = rectify.utm(point.x, point.y)
    to_utm = Transformer.from_crs(4326, epsg, always_xy=True)
    x0, y0 = to_utm.transform(point.x, point.y)
    steps = np.arange(2 * HALF_M) + 0.5 - HALF_M
    lon, lat = to_utm.transform(*np.meshgrid(x0 + steps, y0 - steps), direction="INVERSE")
    globe = small_globe.globe()
    plane = globe.Tangent(point.x, point.y).to_plane(lon.ravel(), lat.ravel())
    east, north = plane.reshape(2 * HALF_M, 2 * HALF_M, 2).transpose(2, 0, 1)
    pixels = globe.Shot._texture(small_globe.ground(), east, north).astype(np.float32)
    pixels = 0.8 * pixels + 20 + np.random.default_rng(0).normal(0, 4, pixels.shape)
    path = tmp_path_factory.mktemp("reference") / "a.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=2 * HALF_M, height=2 * HALF_M, count=3, dtype="uint8",
        crs=f"EPSG:{epsg}", transform=from_origin(x0 - HALF_M, y0 + HALF_M, 1, 1),
    ) as target:  # fmt: skip
        target.write(np.clip(pixels, 1, 255).astype(np.uint8).transpose(2, 0, 1))
    sections = [one for one in line.sections(2000) if abs(one.span.middle_m - AT_M) < 1500]
    references = [matching.Reference(scene="scene-a", path=Path(path), gsd_m=1.0)]
    return matching.Search(frontier=line, sections=sections, reach_m=250, references=references)


def shoot(line, seed):
    point = line.point_at(AT_M)
    globe = small_globe.globe()
    view = globe.View(point.x, point.y, 260.0, 40.0)
    shot = globe.Shot(view, small_globe.camera(tilt_deg=2.0, tilt_to_deg=100.0))
    return shot, cv2.cvtColor(
        shot.picture(globe.World(), small_globe.ground(seed)), cv2.COLOR_BGR2GRAY
    )


def test_a_picture_is_found_on_an_image_of_other_light(line, search):
    shot, grey = shoot(line, 1)
    found = search.find(grey, np.ones(grey.shape, bool))
    assert not found.why_not
    assert found.scene == "scene-a"
    assert len(found.points) <= 64
    assert small_globe.off_m(shot, found.placing) < 1.0
    assert found.placing.tilt_deg == pytest.approx(2.0, abs=1.0)


def test_a_picture_of_another_place_is_refused(line, search):
    _, grey = shoot(line, 2)
    found = search.find(grey, np.ones(grey.shape, bool))
    assert found.placing is None
    assert found.why_not == "matches none of the placed images"
    assert found.n_pairs < matching.LEAST_PAIRS


def test_a_picture_without_texture_is_refused(search):
    flat = np.full((600, 960), 120, np.uint8)
    assert "too little texture" in search.find(flat, np.ones(flat.shape, bool)).why_not


def test_points_are_kept_from_all_over_the_picture():
    crowd = [(float(n % 20), float(n // 20), 1.0, 1.0) for n in range(300)]
    kept = matching.evenly([*crowd, (950.0, 550.0, 1.0, 1.0)], (1000, 600))
    assert len(kept) == 64
    assert (950.0, 550.0, 1.0, 1.0) in kept


def test_an_image_that_lies_elsewhere_is_not_even_opened(line, search, monkeypatch):
    """Else every picture would take longer with each image of the project."""
    _, grey = shoot(line, 1)
    reference = search.references[0]
    point = line.point_at(AT_M)
    elsewhere = box(point.x + 1, point.y + 1, point.x + 1.01, point.y + 1.01)
    opened = []
    monkeypatch.setattr(
        matching.view, "read", lambda path, grid, read=matching.view.read: (
            opened.append(path) or read(path, grid)
        ),
    )  # fmt: skip
    for area, is_found in ((elsewhere, False), (point.buffer(0.001), True)):
        opened.clear()
        again = replace(search, references=[replace(reference, area=area)], _tiles=OrderedDict())
        found = again.find(grey, np.ones(grey.shape, bool))
        assert (found.placing is not None) is is_found
        assert bool(opened) is is_found
