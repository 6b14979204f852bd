"""A small catalogue near the small border: SIMULATED scenes as COGs, and items that list them."""

from __future__ import annotations

from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
import shapely
from pyproj import Transformer
from rasterio.io import MemoryFile
from rasterio.transform import from_origin
from shapely.geometry import box, mapping

EPSG = 32652
WEST, NORTH = 558_000.0, 4_702_000.0  # the border runs from 560,000 to 561,000 along 4,700,000
GSD_M = 4.0
SIZE_PX = 1_024
BANDS = ("red", "green", "blue", "nir")
_NAMES = {"red": "B04", "green": "B03", "blue": "B02", "nir": "B08"}


def pixels(seed: int, bands: int = 1, size: int = SIZE_PX, dtype: str = "uint16") -> np.ndarray:
    """Ground that is different everywhere and never 0; it does not compress."""
    rng = np.random.default_rng(seed)
    top = 250 if dtype == "uint8" else 6_000
    return rng.integers(1, top, (bands, size, size)).astype(dtype)


def cog(
    values: np.ndarray, *, gsd_m: float = GSD_M, block: int = 128, driver: str = "COG", **more: Any
) -> bytes:
    """Return an image as the bytes of a cloud-optimised GeoTIFF, or of a plain one."""
    count, height, width = values.shape
    where = from_origin(WEST, NORTH, gsd_m, gsd_m)
    profile = {
        "driver": "GTiff", "width": width, "height": height, "count": count,
        "dtype": values.dtype, "crs": f"EPSG:{EPSG}", "transform": where,
        "photometric": "minisblack", **more,
    }  # fmt: skip
    with MemoryFile() as plain:
        with plain.open(**profile) as target:
            target.write(values)
        if driver != "COG":
            return bytes(plain.read())
        with plain.open() as source, MemoryFile() as made:
            rasterio.shutil.copy(
                source, made.name, driver="COG", BLOCKSIZE=block, COMPRESS="NONE", OVERVIEWS="NONE"
            )
            return bytes(made.read())


def footprint(size_m: float = SIZE_PX * GSD_M) -> shapely.Polygon:
    """The area of the images, EPSG:4326."""
    to_degrees = Transformer.from_crs(EPSG, 4326, always_xy=True)
    area = shapely.segmentize(box(WEST, NORTH - size_m, WEST + size_m, NORTH), size_m / 4)
    return shapely.transform(
        area, lambda points: np.column_stack(to_degrees.transform(points[:, 0], points[:, 1]))
    )


def collection(name: str = "s2", **more: Any) -> dict[str, Any]:
    return {
        "type": "Collection",
        "id": name,
        "stac_version": "1.0.0",
        "description": "made by the tests",
        "license": "CC-BY-4.0",
        "providers": [{"name": "Tests of vallum", "roles": ["producer", "licensor"]}],
        "links": [],
        "extent": {
            "spatial": {"bbox": [[-180, -90, 180, 90]]},
            "temporal": {"interval": [[None, None]]},
        },
        **more,
    }


def item(
    name: str,
    assets: dict[str, Any],
    *,
    moment: str = "2019-05-01T02:11:09Z",
    collection: str = "s2",
    cloud: float | None = 3.5,
    area: Any = None,
    **properties: Any,
) -> dict[str, Any]:
    area = area if area is not None else footprint()
    told = {
        "datetime": moment,
        "platform": "sentinel-2a",
        "instruments": ["msi"],
        "view:off_nadir": 4.5,
        "view:sun_azimuth": 151.0,
        "view:sun_elevation": 55.0,
        **properties,
    }
    if cloud is not None:
        told["eo:cloud_cover"] = cloud
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": [],
        "id": name,
        "collection": collection,
        "geometry": mapping(area),
        "bbox": list(area.bounds),
        "properties": told,
        "links": [],
        "assets": assets,
    }


def asset(href: str, *bands: str, gsd_m: float = GSD_M, **more: Any) -> dict[str, Any]:
    return {
        "href": href,
        "type": "image/tiff; application=geotiff; profile=cloud-optimized",
        "roles": ["data"],
        "gsd": gsd_m,
        "eo:bands": [{"name": band, "common_name": band} for band in bands],
        **more,
    }


def four_bands(files: Any, name: str, seed: int, query: str = "") -> dict[str, Any]:
    """Put four files and a cloud mask of twice the pixel size on a server; return the assets."""
    found = {}
    for number, band in enumerate(BANDS):
        path = f"/{name}/{_NAMES[band]}.tif"
        files.content[path] = cog(pixels(10 * seed + number))
        found[_NAMES[band]] = asset(
            files.href + path + query, band, **{"raster:bands": [{"scale": 1e-4, "offset": -0.1}]}
        )
    mask = np.full((1, SIZE_PX // 2, SIZE_PX // 2), 4, np.uint8)
    mask[:, :, : SIZE_PX // 4] = 9  # the western half is cloud
    files.content[f"/{name}/SCL.tif"] = cog(mask, gsd_m=2 * GSD_M)
    found["SCL"] = asset(f"{files.href}/{name}/SCL.tif{query}", gsd_m=2 * GSD_M)
    found["thumbnail"] = {"href": f"{files.href}/{name}/small.jpg", "type": "image/jpeg"}
    return found
