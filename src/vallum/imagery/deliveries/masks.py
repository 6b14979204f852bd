"""Providers' masks of cloud, haze, shadow and snow, in the values of `imagery.cloud.Cover`.

Each is written beside the working copy as one band of bytes, on the image's own grid or on a plain
multiple of it. Bits and classes after the providers' documents: Planet UDM2, Sentinel-2 SCL,
QA60, MSK_CLASSI and MSK_CLDPRB, Landsat Collection 2 QA_PIXEL and Collection 1 BQA, and polygons.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.windows import Window

from vallum.ground.errors import BadImage, BadInput
from vallum.imagery.cloud.cover import Cover

GROUND, CLOUD, SHADOW, HAZE, SNOW, WATER, NODATA = (int(what) for what in Cover)
KINDS = (
    "udm2", "udm", "scl", "qa_pixel", "bqa", "bqa_old", "cldprb", "qa60", "classi", "gml",
)  # fmt: skip
# 3 cloud shadow, 2 dark (cast shadow), 6 water, 8 and 9 cloud, 10 thin cirrus, 11 snow.
_SCL = {0: NODATA, 2: SHADOW, 3: SHADOW, 6: WATER, 8: CLOUD, 9: CLOUD, 10: HAZE, 11: SNOW}
_PROBABLE = 40
_ROWS = 512
_DRIVERS = ("GTiff", "JP2OpenJPEG")

Codes = NDArray[np.uint8]


def decode(kind: str, values: NDArray[Any]) -> Codes:
    """Return what every pixel shows.

    Args:
        kind: one of `KINDS` but "gml".
        values: (band, y, x) as in the provider's file.

    Raises:
        BadImage: the file has fewer bands than such a mask has, or the kind is not known.
    """
    needed = {"udm2": 6, "classi": 3}.get(kind, 1)
    if values.shape[0] < needed:
        raise BadImage(f"a mask of kind {kind} has {needed} bands, this one {values.shape[0]}")
    found = np.zeros(values.shape[1:], np.uint8)
    for what, where in _layers(kind, values):
        found[where] = what
    return found


def _layers(kind: str, v: NDArray[Any]) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Yield what is where; a later one covers an earlier one."""
    one = v[0].astype(np.int64)
    if kind == "udm2":
        yield from _udm2(v)
    elif kind == "udm":
        yield CLOUD, (one & 2) > 0
        yield NODATA, (one & 1) > 0
    elif kind == "scl":
        for value, what in _SCL.items():
            yield what, one == value
    elif kind == "qa_pixel":
        for bit, what in ((7, WATER), (5, SNOW), (2, HAZE), (4, SHADOW), (1, CLOUD), (3, CLOUD)):
            yield what, (one >> bit & 1) > 0
        yield NODATA, (one & 1) > 0
    elif kind in {"bqa", "bqa_old"}:
        yield from _bqa(kind, one)
    elif kind == "cldprb":
        yield CLOUD, (one >= _PROBABLE) & (one <= 100)
    elif kind == "qa60":
        yield HAZE, (one >> 11 & 1) > 0
        yield CLOUD, (one >> 10 & 1) > 0
    elif kind == "classi":  # opaque cloud, cirrus, snow
        for band, what in ((2, SNOW), (1, HAZE), (0, CLOUD)):
            yield what, v[band] > 0
    else:
        raise BadImage(f"'{kind}' is no mask that is known; use one of {', '.join(KINDS)}")


def _udm2(v: NDArray[Any]) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    # 1 clear, 2 snow, 3 shadow, 4 light haze, 5 heavy haze, 6 cloud, 7 confidence, 8 UDM.
    for band, what in ((1, SNOW), (3, HAZE), (4, HAZE), (2, SHADOW), (5, CLOUD)):
        yield what, v[band] > 0
    if v.shape[0] > 7:
        yield NODATA, (v[7].astype(np.int64) & 1) > 0
    else:
        yield NODATA, np.asarray(~v[:6].any(axis=0))


def _bqa(kind: str, one: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Yield the layers of the older quality bands of Landsat: confidence 3 of 3 counts."""
    if kind == "bqa":  # Collection 1
        yield SNOW, (one >> 9 & 3) == 3
        yield HAZE, (one >> 11 & 3) == 3
        yield SHADOW, (one >> 7 & 3) == 3
        yield CLOUD, (one >> 4 & 1) > 0
    else:  # before the collections
        yield WATER, (one >> 4 & 3) == 3
        yield SNOW, (one >> 10 & 3) == 3
        yield HAZE, (one >> 12 & 3) == 3
        yield CLOUD, (one >> 14 & 3) == 3
    yield NODATA, (one & 1) > 0


def write(kind: str, path: Path, like: Path, made: Path) -> None:
    """Write a provider's mask onto the grid of an image, or onto a plain multiple of it.

    Runs in the limited process. What the mask does not cover is `NODATA`.

    Args:
        kind: one of `KINDS`.
        path: the provider's file.
        like: the image, a GeoTIFF of vallum.
        made: where to write.

    Raises:
        BadImage: it cannot be read, or lies in another coordinate reference system.
    """
    with rasterio.open(like, driver="GTiff", sharing=False) as image:
        if kind == "gml":
            _write_shapes(path, image, made)
            return
        with path.open("rb") as stream:
            driver = _DRIVERS[0] if stream.read(2) in {b"II", b"MM"} else _DRIVERS[1]
        with rasterio.open(path, driver=driver, sharing=False) as source:
            _check(path, source, image)
            every = max(1, round(abs(source.transform.a / image.transform.a)))
            with _created(made, image, every) as target:
                for window in _windows(target):
                    target.write(_sampled(kind, source, target, window), 1, window=window)


def _check(path: Path, source: Any, image: Any) -> None:
    if source.crs is None or source.crs != image.crs:
        raise BadImage(f"{path.name}: lies in another coordinate system than its image")
    if source.transform.b or source.transform.d or image.transform.b or image.transform.d:
        raise BadImage(f"{path.name}: is rotated against its image")
    if max(source.shape) > 400_000 or source.count > 16:
        raise BadImage(f"{path.name}: is too large for a mask")


def _created(made: Path, image: Any, every: int) -> Any:
    return rasterio.open(
        made,
        "w",
        driver="GTiff",
        width=math.ceil(image.width / every),
        height=math.ceil(image.height / every),
        count=1,
        dtype="uint8",
        crs=image.crs,
        transform=image.transform * Affine.scale(every),
        tiled=True,
        blockxsize=256,
        blockysize=256,
        compress="deflate",
        BIGTIFF="IF_SAFER",
        sharing=False,
    )


def _windows(target: Any) -> Iterator[Window]:
    for row in range(0, target.height, _ROWS):
        for column in range(0, target.width, 4 * _ROWS):
            yield Window(
                column,
                row,
                min(4 * _ROWS, target.width - column),
                min(_ROWS, target.height - row),
            )


def _sampled(kind: str, source: Any, target: Any, window: Window) -> Codes:
    """Return the mask at the middles of a window's pixels, each from the pixel it lies in."""
    to_source = ~source.transform * target.transform
    columns = np.arange(window.col_off, window.col_off + window.width) + 0.5
    rows = np.arange(window.row_off, window.row_off + window.height) + 0.5
    x = np.floor(to_source.a * columns + to_source.c + 1e-6).astype(int)
    y = np.floor(to_source.e * rows + to_source.f + 1e-6).astype(int)
    found = np.full((rows.size, columns.size), NODATA, np.uint8)
    inside_x = np.flatnonzero((x >= 0) & (x < source.width))
    inside_y = np.flatnonzero((y >= 0) & (y < source.height))
    if not inside_x.size or not inside_y.size:
        return found
    xs, ys = x[inside_x], y[inside_y]
    box = Window(xs.min(), ys.min(), np.ptp(xs) + 1, np.ptp(ys) + 1)
    codes = decode(kind, source.read(window=box))
    found[np.ix_(inside_y, inside_x)] = codes[np.ix_(ys - ys.min(), xs - xs.min())]
    return found


def _write_shapes(path: Path, image: Any, made: Path) -> None:
    from pyproj import Transformer
    from rasterio.features import rasterize
    from shapely import transform

    from vallum.imagery.deliveries import gml
    from vallum.imagery.deliveries.papers import Folder

    try:
        members = gml.read(path)
    except BadInput as error:
        raise BadImage(str(error)) from error
    epsg = gml.code(Folder(files=(path,)).xml[path])
    shapes = [(shape, _of_words(texts)) for shape, texts in members if not shape.is_empty]
    if epsg and image.crs.to_epsg() != epsg:
        to_image = Transformer.from_crs(epsg, image.crs.to_wkt(), always_xy=True)
        # In GML a geographic position is latitude, longitude: the order of EPSG.
        is_turned = to_image.source_crs is not None and to_image.source_crs.is_geographic

        def placed(points: NDArray[np.float64]) -> NDArray[np.float64]:
            x, y = (points[:, 1], points[:, 0]) if is_turned else (points[:, 0], points[:, 1])
            return np.column_stack(to_image.transform(x, y))

        shapes = [(transform(shape, placed), what) for shape, what in shapes]
    # A mask of polygons is no finer than some pixels: 4,096 on a side are enough.
    every = max(1, math.ceil(max(image.shape) / 4096))
    with _created(made, image, every) as target:
        for window in _windows(target):
            corner = target.window_transform(window)
            codes = np.zeros((window.height, window.width), np.uint8)
            if shapes:
                rasterize(shapes, out=codes, transform=corner, all_touched=True)
            target.write(codes, 1, window=window)


def _of_words(texts: dict[str, str]) -> int:
    """Return what a polygon of a mask shows, from the words beside it; cloud if none tells."""
    said = " ".join(texts.values()).upper()
    for word, what in (("SNOW", SNOW), ("CIRRUS", HAZE), ("HAZE", HAZE), ("SHADOW", SHADOW)):
        if word in said:
            return what
    return CLOUD
