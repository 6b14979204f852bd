"""Backgrounds from a user's own pictures."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio
from affine import Affine

from vallum.ground.errors import BadImage, BadInput
from vallum.simulate.backgrounds import backgrounds
from vallum.simulate.scene import background


def write_tif(path: Path, pixels: np.ndarray, gsd_m: float) -> None:
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        count=len(pixels),
        height=pixels.shape[1],
        width=pixels.shape[2],
        dtype=pixels.dtype,
        crs="EPSG:32652",
        transform=Affine(gsd_m, 0, 400000, 0, -gsd_m, 4700000),
    ) as file:
        file.write(pixels)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    land = background((150, 180), 1)
    write_tif(folder / "a.tif", land.astype(np.uint16) * 10, 0.6)
    cv2.imwrite(str(folder / "b.png"), np.moveaxis(land, 0, -1)[..., ::-1])
    (folder / "notes.txt").write_text("no picture")
    return folder


def test_windows_come_from_every_picture(folder: Path) -> None:
    found = [*backgrounds(folder, (64, 80), per_image=3, seed=5)]
    assert [one.name for one in found] == ["a.tif"] * 3 + ["b.png"] * 3
    assert all(one.pixels.shape == (3, 64, 80) for one in found)
    assert found[0].pixels.dtype == np.uint16
    assert found[0].gsd_m == pytest.approx(0.6)
    assert math.isnan(found[-1].gsd_m)


def test_a_window_shows_the_picture_at_its_place(folder: Path) -> None:
    land = background((150, 180), 1)
    one, again = (
        next(backgrounds(folder / "b.png", (40, 40), per_image=1, seed=2)) for _ in range(2)
    )
    assert (one.row, one.column) == (again.row, again.column)
    here = land[:, one.row : one.row + 40, one.column : one.column + 40]
    assert np.array_equal(one.pixels, here)


def test_empty_ground_and_small_pictures_yield_nothing(tmp_path: Path) -> None:
    write_tif(tmp_path / "a.tif", np.zeros((3, 90, 90), np.uint8), 1.0)
    write_tif(tmp_path / "b.tif", np.full((3, 30, 30), 9, np.uint8), 1.0)
    assert [*backgrounds(tmp_path, (64, 64))] == []


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no GeoTIFF"):
        next(backgrounds(tmp_path))


def test_a_broken_picture_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "bad.tif").write_bytes(b"II*\0 no picture")
    with pytest.raises(BadImage, match=r"bad\.tif"):
        next(backgrounds(tmp_path))
