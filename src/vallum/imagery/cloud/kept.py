"""The cover of an image, kept in a file beside it: what the provider or the network says.

The file holds values of `Cover` on the image's own grid or a plain multiple of it, `NODATA` where
nobody said anything. It is made once, near the border only and block by block, so that neither
time nor memory grows with what lies far from the line; every later step reads it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from affine import Affine
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from pyproj import CRS, Transformer
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window, bounds
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from vallum.ground.errors import BadImage
from vallum.ground.whole import replace_whole
from vallum.imagery import view
from vallum.imagery.cloud import network
from vallum.imagery.cloud.cover import Cover

PROVIDER, NETWORK = "provider", "network"
_BY, _MADE_WITH = "VALLUM_MASKED_BY", "VALLUM_MADE_WITH"
_BLOCK, _MARGIN = 1024, 64
_TILE = 256


@dataclass(frozen=True, kw_only=True)
class Stated:
    """What is known of an image that helps to mask it.

    Attributes:
        gsd_m: size of its pixels.
        bands: what each band shows, as in `Scene.bands`.
        reflectance: gain and offset, as in `Scene.reflectance`.
        mask: the provider's mask as values of `Cover`; None without one.
    """

    gsd_m: float
    bands: tuple[str, ...] = ()
    reflectance: tuple[float, ...] = ()
    mask: Path | None = None

    @property
    def by(self) -> str:
        """Who will say what it shows: the provider, the network, or nobody (empty)."""
        if self.mask is not None:
            return PROVIDER
        return NETWORK if network.reads(self.bands, self.reflectance, self.gsd_m) else ""


def beside(path: Path) -> Path:
    """Return where the cover of the image at `path` is kept."""
    return path.with_name(f"{path.stem}-cover.tif")


def mark_of(path: Path) -> str:
    """Return what the kept cover of an image was made with; empty when there is none."""
    if not beside(path).exists():
        return ""
    with view.opened(beside(path)) as source:
        return str(source.tags().get(_MADE_WITH, "")) if source.tags().get(_BY) else ""


def forget(path: Path) -> None:
    """Remove the kept cover of an image, if vallum made one."""
    if mark_of(path):
        beside(path).unlink()


def read(
    path: Path, grid: GeoBox, *, dx_m: float = 0.0, dy_m: float = 0.0
) -> tuple[NDArray[np.uint8], str] | None:
    """Return the kept cover of an image on a grid, and who said it; None when none is kept.

    Args:
        path: the image.
        grid: where to put the values; nearest neighbours, `NODATA` where nothing was said.
        dx_m: metres by which the content of the image is moved east.
        dy_m: metres by which the content of the image is moved north.
    """
    if not beside(path).exists():
        return None
    a, b, c, d, e, f = grid.affine[:6]
    with view.opened(beside(path)) as source:
        by = str(source.tags().get(_BY, ""))
        if not by:
            return None
        how: dict[str, Any] = {"resampling": Resampling.nearest, "src_nodata": int(Cover.NODATA)}
        with WarpedVRT(
            source,
            crs=str(grid.crs),
            transform=Affine(a, b, c - dx_m, d, e, f - dy_m),
            height=grid.shape[0],
            width=grid.shape[1],
            nodata=int(Cover.NODATA),
            **how,
        ) as laid:
            return laid.read(1), by


def make(path: Path, stated: Stated, near: BaseGeometry, made_with: str) -> str:
    """Write the cover of an image beside it and return who said it; empty when nobody can.

    Args:
        path: the working copy of the image.
        stated: what is known of it.
        near: EPSG:4326, where the cover is needed.
        made_with: kept with it, so that it is made again when something changes.

    Raises:
        BadImage: the image or the provider's mask cannot be read, or does not fit the image.
    """
    with view.opened(path) as source:
        if stated.mask is not None:
            with view.opened(stated.mask) as mask:
                _check(source, mask, stated.mask)
                plan = _Plan(like=mask, step=1, made_with=made_with, by=PROVIDER)
                _write(path, plan, near, lambda cells: mask.read(1, window=cells))
        elif stated.by:
            step = max(1, math.floor(network.CELL_M / stated.gsd_m + 1e-6))
            plan = _Plan(like=source, step=step, made_with=made_with, by=NETWORK)
            _write(path, plan, near, lambda cells: _asked(source, stated, step, cells))
    return stated.by


def _check(source: Any, mask: Any, path: Path) -> None:
    is_ours = mask.count == 1 and mask.dtypes[0] == "uint8" and mask.crs == source.crs
    if not is_ours or not box(*source.bounds).intersects(box(*mask.bounds)):
        raise BadImage(f"{path.name}: is no mask of this image; add the delivery again")


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """A cover to write: on the grid of `like`, in cells of `step` pixels."""

    like: Any
    step: int
    made_with: str
    by: str

    @property
    def profile(self) -> dict[str, Any]:
        return {
            "driver": "GTiff",
            "height": math.ceil(self.like.height / self.step),
            "width": math.ceil(self.like.width / self.step),
            "count": 1,
            "dtype": "uint8",
            "crs": self.like.crs,
            "transform": self.like.transform * Affine.scale(self.step, self.step),
            "nodata": int(Cover.NODATA),
            "compress": "deflate",
            "tiled": True,
            "blockxsize": _TILE,
            "blockysize": _TILE,
            "SPARSE_OK": True,
        }


def _write(
    path: Path, plan: _Plan, near: BaseGeometry, of: Callable[[Window], NDArray[np.uint8]]
) -> None:
    """Write the blocks of a cover that lie near the border; the file appears when it is whole."""
    profile = plan.profile
    part = beside(path).with_suffix(".part")
    local = _moved(near, plan.like.crs)
    shapely.prepare(local)
    try:
        with rasterio.open(part, "w", **profile) as target:
            target.update_tags(**{_BY: plan.by, _MADE_WITH: plan.made_with})
            for cells in _blocks(profile["height"], profile["width"]):
                if local.intersects(box(*bounds(cells, profile["transform"]))):
                    target.write(of(cells), 1, window=cells)
        replace_whole(part, beside(path))
    finally:
        part.unlink(missing_ok=True)


def _moved(shape: BaseGeometry, crs: Any) -> BaseGeometry:
    transformer = Transformer.from_crs(4326, CRS.from_wkt(crs.to_wkt()), always_xy=True)

    def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))

    return shapely.transform(shapely.segmentize(shape, 0.01), move)


def _blocks(height: int, width: int) -> Iterator[Window]:
    for row, column in product(range(0, height, _BLOCK), range(0, width, _BLOCK)):
        yield Window(column, row, min(_BLOCK, width - column), min(_BLOCK, height - row))


def _asked(source: Any, stated: Stated, step: int, cells: Window) -> NDArray[np.uint8]:
    """Return what the network says of one block of cells, having seen a little around it."""
    height, width = math.ceil(source.height / step), math.ceil(source.width / step)
    top, left = max(0, cells.row_off - _MARGIN), max(0, cells.col_off - _MARGIN)
    bottom = min(height, cells.row_off + cells.height + _MARGIN)
    right = min(width, cells.col_off + cells.width + _MARGIN)
    window = Window(
        left * step,
        top * step,
        min(right * step, source.width) - left * step,
        min(bottom * step, source.height) - top * step,
    )
    shape = (bottom - top, right - left)
    bands = view.data_bands(source)[: len(stated.bands)]
    pixels = source.read(
        bands, window=window, out_shape=(len(bands), *shape), resampling=Resampling.average
    )
    valid = view.valid_block(source, window, shape)
    found = network.covers(pixels, valid, stated.gsd_m * step, stated.bands, stated.reflectance)
    if found is None:
        found = np.full(shape, Cover.NODATA, np.uint8)
    row, column = cells.row_off - top, cells.col_off - left
    return found[row : row + cells.height, column : column + cells.width]
