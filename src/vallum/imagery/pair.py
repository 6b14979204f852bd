"""Two images that are compared: read on one grid, the later one moved, each opened once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from vallum.imagery import coverage, frame, view

Pixels = NDArray[Any]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Side:
    """One image of a pair, open.

    Attributes:
        path: its working copy.
        source: the open dataset.
    """

    path: Path
    source: Any

    def read(
        self, grid: GeoBox, move_m: tuple[float, float] = (0.0, 0.0), wanted: Bools | None = None
    ) -> tuple[Pixels, Bools]:
        """Return pixels (band, y, x) and where they can be used, as `view.read_from` does."""
        dx_m, dy_m = move_m
        return view.read_from(self.source, grid, dx_m=dx_m, dy_m=dy_m, wanted=wanted)

    def clear(
        self, grid: GeoBox, pixels: Pixels, valid: Bools, move_m: tuple[float, float] = (0.0, 0.0)
    ) -> Bools:
        """Return where `valid` is also free of cloud, haze, snow and deep shadow."""
        dx_m, dy_m = move_m
        return coverage.clear(self.path, grid, pixels, valid, dx_m=dx_m, dy_m=dy_m)


@dataclass(frozen=True, kw_only=True, eq=False)
class Pair:
    """Both images, open."""

    before: Side
    after: Side

    def pixels(self, epsg: int, gsd_m: float) -> Affine | None:
        """Return the pixels of an image that can serve as the grid; the earlier one's, if it can.

        Args:
            epsg: projected CRS of the grid.
            gsd_m: pixel size of the coarser image, on the ground.
        """
        for side in (self.before, self.after):
            found = view.own_pixels(side.source, epsg, gsd_m)
            if found is not None:
                return found
        return None

    def read(
        self,
        grid: GeoBox,
        move_m: tuple[float, float],
        mask_clouds: bool,
        wanted: Bools | None = None,
    ) -> tuple[Pixels, Pixels, Bools]:
        """Return both images on one grid, the later one moved, and where both can be used.

        Args:
            grid: where to read.
            move_m: how far the content of the later image is moved, east and north.
            mask_clouds: leave out cloud, haze, snow and deep shadow.
            wanted: (y, x), True where pixels are needed; elsewhere they may be left out.

        Returns:
            Two (band, y, x) with the same bands in the images' own types, and (y, x) bool.
        """
        pictures, usable = [], []
        for side, move in ((self.before, (0.0, 0.0)), (self.after, move_m)):
            pixels, valid = side.read(grid, move, wanted)
            if mask_clouds and valid.any():
                valid = side.clear(grid, pixels, valid, move)
            pictures.append(pixels)
            usable.append(valid)
        one, other = frame.common_bands(*pictures)
        return one, other, usable[0] & usable[1]


@contextmanager
def opened(before_path: str, after_path: str) -> Iterator[Pair]:
    """Yield two images, open for as long as they are read.

    Raises:
        BadImage: one of them is gone or cannot be read.
    """
    one, other = Path(before_path), Path(after_path)
    with view.opened(one) as before, view.opened(other) as after:
        yield Pair(before=Side(path=one, source=before), after=Side(path=other, source=after))
