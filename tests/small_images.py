"""Small images with known content, near kilometre 0 of a made-up border in UTM zone 52."""

from datetime import date
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from shapely.geometry import box

from vallum.ground.records import Scene
from vallum.ground.when import When

EAST, NORTH = 560_000.0, 4_700_000.0


def textured(bands=3, height=300, width=400, *, dtype="uint8", seed=0, low=40, high=180):
    """A picture that is different everywhere and never 0."""
    rng = np.random.default_rng(seed)
    return rng.integers(low, high, (bands, height, width)).astype(dtype)


def write(
    path: Path, pixels, *, res=1.0, transform=None, crs="EPSG:32652", mask=None, tags=None, **more
) -> Path:
    """Write a GeoTIFF whose upper left corner is at EAST, NORTH."""
    transform = transform or Affine(res, 0, EAST, 0, -res, NORTH)
    bands, height, width = pixels.shape
    more = {"driver": "GTiff", "photometric": "minisblack", **more}
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        rasterio.open(
            path,
            "w",
            width=width,
            height=height,
            count=bands,
            dtype=pixels.dtype,
            crs=crs,
            transform=transform,
            **more,
        ) as target,
    ):
        target.write(pixels)
        if mask is not None:
            target.write_mask(mask)
        target.update_tags(**(tags or {}))
    return path


def scene(name="a", *, day=date(2019, 3, 1), gsd_m=1.0, footprint=None, href="", **more) -> Scene:
    """A scene with the fields that the rules read."""
    return Scene(
        sha256=name,
        name=name,
        taken=When.on(day),
        taken_from="given",
        gsd_m=gsd_m,
        footprint=footprint or box(129, 42, 130, 43),
        href=href,
        **more,
    )
