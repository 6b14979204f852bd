"""Images as people see them: opened once, laid where they belong, stretched, and encoded.

For the eye only. Nothing here is measured on, and nothing here changes an image.
"""

from __future__ import annotations

import math
import mmap
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.warp import transform_bounds
from rasterio.windows import Window

from vallum.ground.errors import BadImage
from vallum.imagery import objects, view
from vallum.imagery.sizes import NO_IMAGE as NO_IMAGE
from vallum.imagery.sizes import ZOOM_IN as ZOOM_IN

JPEG, PNG = "image/jpeg", "image/png"
N_KEPT_OPEN = 16
"""Images kept open for the next picture."""
_LATTICE_PX = 32
_STRETCH = (2.0, 98.0)  # percentiles
_OVERVIEW_PX = 1024
_MOST_PX = 48_000_000  # read for one picture
_QUALITY = 85
_SPECK_PX = 200  # an area
_NEAR_M = 700_000.0  # beyond that a grid is no plane: all its pixels are looked at one by one
_KEPT_BYTES = 64 << 20
_MAPPED_BYTES = 16 << 10

Pixels = NDArray[Any]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One image and how it is brought to lie on its reference and to look like it.

    Attributes:
        path: its working copy.
        dx_m: metres by which its content is moved east in `epsg`.
        dy_m: metres by which its content is moved north in `epsg`.
        epsg: the grid in which it is moved; 0 when it is not moved.
        gain: per band: reference = gain x moved + offset; empty for none.
        offset: per band.
        reference: working copy of the image whose stretch is used; None for its own.
    """

    path: Path
    dx_m: float = 0.0
    dy_m: float = 0.0
    epsg: int = 0
    gain: tuple[float, ...] = ()
    offset: tuple[float, ...] = ()
    reference: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Picture:
    """An encoded picture.

    Attributes:
        body: the bytes.
        media_type: what they are.
        empty: why nothing is to be seen on it; an empty text when something is.
    """

    body: bytes
    media_type: str
    empty: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Opened:
    """An open dataset with what is asked of it again and again.

    Attributes:
        source: the rasterio dataset.
        wkt: its CRS.
        changed_ns: when its file was changed last.
        factors: by how much its overviews are smaller, 1 for the image itself.
        box: west, south, east and north in degrees.
        may_have_specks: its no-data value is the 0 of a picture of bytes, where black is a colour.
    """

    source: Any
    wkt: str
    changed_ns: int
    factors: tuple[int, ...]
    box: tuple[float, float, float, float]
    may_have_specks: bool

    def cost_px(self, window: Window, step: float) -> float:
        """Return how many pixels are read for `window` at one pixel out of `step`."""
        factor = max(f for f in self.factors if f <= max(1.0, step))
        return float(window.width * window.height) / factor**2


class Pool:
    """Datasets kept open between pictures; each is used by one thread at a time."""

    def __init__(self, n_idle: int = N_KEPT_OPEN) -> None:
        self._n_idle = n_idle
        self._idle: OrderedDict[int, tuple[Path, Opened]] = OrderedDict()
        self._guard = threading.Lock()

    @contextmanager
    def opened(self, path: Path) -> Iterator[Opened]:
        """Yield the image at `path`: GeoTIFF only, no sidecars, no network.

        Raises:
            BadImage: the file is gone, has no place on Earth, or its pixels cannot be read.
        """
        with rasterio.Env(**view.SAFE):
            if objects.is_object(path):
                # Such a dataset is closed by the thread that opened it; what it read is kept apart.
                with view.opened(path) as source:
                    yield _described(path, source, 0)
                return
            one = self._take(path) or _open(path)
            try:
                yield one
            except RasterioError as error:
                one.source.close()
                raise BadImage(
                    f"{path.name}: its pixels cannot be read ({str(error).splitlines()[0][:200]}); "
                    "fetch the file and add it again"
                ) from error
            except BaseException:
                one.source.close()
                raise
            self._give(path, one)

    def _take(self, path: Path) -> Opened | None:
        try:
            changed_ns = path.stat().st_mtime_ns
        except OSError:
            return None
        with self._guard:
            for key, (known, one) in reversed(self._idle.items()):
                if known == path and one.changed_ns == changed_ns:
                    del self._idle[key]
                    return one
        return None

    def _give(self, path: Path, one: Opened) -> None:
        surplus = []
        with self._guard:
            self._idle[id(one)] = (path, one)
            while len(self._idle) > self._n_idle:
                surplus.append(self._idle.popitem(last=False)[1][1])
        for other in surplus:
            other.source.close()

    def close(self) -> None:
        """Close what nobody uses at the moment, as when a project is closed."""
        with self._guard:
            idle = [one for _, one in self._idle.values()]
            self._idle.clear()
        for one in idle:
            one.source.close()


def _open(path: Path) -> Opened:
    view.check_file(path)
    try:
        changed_ns = path.stat().st_mtime_ns
        source = rasterio.open(path, driver="GTiff", sharing=False)
    except (RasterioError, OSError) as error:
        reason = "cannot be opened" if path.exists() else "is not there"
        raise BadImage(f"{path.name}: {reason}; add the image again") from error
    return _described(path, source, changed_ns)


def _described(path: Path, source: Any, changed_ns: int) -> Opened:
    if source.crs is None or abs(source.transform.determinant) < 1e-20:
        source.close()
        raise BadImage(f"{path.name}: has no place on Earth; georeference it first")
    return Opened(
        source=source,
        wkt=source.crs.to_wkt(),
        changed_ns=changed_ns,
        factors=(1, *source.overviews(1)),
        box=transform_bounds(source.crs, "EPSG:4326", *source.bounds),
        may_have_specks=source.dtypes[0] == "uint8" and source.nodata == 0,
    )


POOL = Pool()


class Kept:
    """Encoded pictures, kept up to so many bytes; the one longest not asked for goes first.

    Each lies in memory of its own. On the heap, where everything else lies, they left holes that
    nothing fitted into: the memory of a desk grew by a twentieth in half an hour.
    """

    def __init__(self, limit_bytes: int = _KEPT_BYTES) -> None:
        self._limit, self._held = limit_bytes, 0
        self._pictures: OrderedDict[object, tuple[Picture, bytes | mmap.mmap]] = OrderedDict()
        self._guard = threading.Lock()

    @property
    def held_bytes(self) -> int:
        """How much is kept."""
        return self._held

    def get(self, key: object) -> Picture | None:
        """Return what was put under `key`, or None."""
        with self._guard:
            found = self._pictures.get(key)
            if found is None:
                return None
            self._pictures.move_to_end(key)
        picture, block = found
        return replace(picture, body=block[:])

    def put(self, key: object, picture: Picture) -> Picture:
        """Keep a picture and return it."""
        block = _laid_apart(picture.body)
        with self._guard:
            old = self._pictures.pop(key, None)
            self._held += len(block) - (len(old[1]) if old else 0)
            self._pictures[key] = replace(picture, body=b""), block
            while self._held > self._limit and self._pictures:
                self._held -= len(self._pictures.popitem(last=False)[1][1])
        return picture


def _laid_apart(body: bytes) -> bytes | mmap.mmap:
    """Return bytes in memory of their own; few of them as they are: a page would be too much."""
    if len(body) < _MAPPED_BYTES:
        return body
    block = mmap.mmap(-1, len(body))
    block[:] = body
    return block


KEPT = Kept()


def changed_ns(*paths: Path | None) -> tuple[int, ...]:
    """Return when files were changed last, so that a picture of an older state is not reused."""
    return tuple(path.stat().st_mtime_ns if path and path.exists() else 0 for path in paths)


# -- where things are ------------------------------------------------------------------------


@lru_cache(maxsize=64)
def transformer(source: str, target: str) -> Transformer | None:
    """Return what brings coordinates from one CRS (WKT or `EPSG:n`) to another; None if equal."""
    one, other = CRS.from_user_input(source), CRS.from_user_input(target)
    if one == other or (one.to_epsg() is not None and one.to_epsg() == other.to_epsg()):
        return None
    return Transformer.from_crs(one, other, always_xy=True)


def changed(x: Pixels, y: Pixels, source: str, target: str) -> tuple[Pixels, Pixels]:
    """Return coordinates of one CRS (WKT or `EPSG:n`) in another."""
    change = transformer(source, target)
    x, y = (x, y) if change is None else change.transform(x, y)
    return np.asarray(x), np.asarray(y)


def source_places(one: Opened, shown: Shown, x: Pixels, y: Pixels, crs: str) -> Pixels:
    """Return `(2, ...)` pixels of the source that lie at places on the map once it is moved.

    The move is undone in the grid in which it was found, so that neither the convergence of the
    grids nor the scale of the map falsifies it. Not finite where there is no such place.

    Args:
        one: the open image.
        shown: how it is moved.
        x: coordinates in `crs`.
        y: the same shape.
        crs: CRS of the places, `EPSG:n`.
    """
    if shown.epsg and (shown.dx_m or shown.dy_m):
        grid = f"EPSG:{shown.epsg}"
        x, y = changed(x, y, crs, grid)
        x, y, crs = x - shown.dx_m, y - shown.dy_m, grid
    x, y = changed(x, y, crs, one.wkt)
    x, y = np.where(np.isfinite(x), x, np.nan), np.where(np.isfinite(y), y, np.nan)
    a, b, c, d, e, f = (~one.source.transform)[:6]
    return np.stack([a * x + b * y + c - 0.5, d * x + e * y + f - 0.5])


def grid_places(
    one: Opened, shown: Shown, affine: Affine, shape: tuple[int, int], crs: str
) -> NDArray[np.float64]:
    """Return `source_places` of all pixels of a grid: exact every 32 pixels, bilinear between."""
    height, width = shape
    rows, row_at, row_share = _lattice(height)
    columns, column_at, column_share = _lattice(width)

    def exact(columns: Pixels, rows: Pixels) -> Pixels:
        column, row = np.meshgrid(columns + 0.5, rows + 0.5)
        a, b, c, d, e, f = affine[:6]
        x, y = a * column + b * row + c, d * column + e * row + f
        found = source_places(one, shown, x, y, crs)
        return found if is_near else _near_only(found, one, *changed(x, y, crs, "EPSG:4326"))

    is_near = math.hypot(affine.a * width, affine.e * height) < _NEAR_M
    if not is_near:
        return exact(np.arange(width), np.arange(height))
    nodes = exact(columns, rows)
    if not np.isfinite(nodes).all():
        return finite(exact(np.arange(width), np.arange(height)))
    down = nodes[:, row_at] * (1 - row_share[:, None]) + nodes[:, row_at + 1] * row_share[:, None]
    left, right = down[:, :, column_at], down[:, :, column_at + 1]
    places: NDArray[np.float64] = left * (1 - column_share) + right * column_share
    return places


def _near_only(places: Pixels, one: Opened, lon: Pixels, lat: Pixels) -> NDArray[np.float64]:
    """Return places with those outside of the image's box far away: UTM comes round again."""
    west, south, east, north = one.box
    is_inside = (lon > west - 1) & (lon < east + 1) & (lat > south - 1) & (lat < north + 1)
    return finite(np.where(is_inside, places, np.nan))


def finite(places: Pixels) -> NDArray[np.float64]:
    """Return places with those that do not exist far outside of any image."""
    return np.where(np.isfinite(places).all(axis=0), places, -1e6)


def _lattice(n: int) -> tuple[NDArray[np.float64], NDArray[np.int_], NDArray[np.float64]]:
    """Return nodes over `0..n-1`, and for each pixel the node before it and the share beyond."""
    n_steps = math.ceil(max(1, n - 1) / _LATTICE_PX)
    nodes = np.linspace(0, max(1, n - 1), n_steps + 1)
    at = np.arange(n) / nodes[-1] * n_steps
    before = np.minimum(at.astype(int), n_steps - 1)
    return nodes, before, at - before


def pixels_at(one: Opened, places: NDArray[np.float64]) -> tuple[Pixels, Mask] | None:
    """Return pixels and mask at places of the source, or None where that would read too much."""
    low, high = places.min(axis=(1, 2)), places.max(axis=(1, 2))
    size = np.array([one.source.width, one.source.height])
    low, high = np.clip(low, 0, size), np.clip(high, 0, size)
    across = np.diff(places, axis=2)
    step = float(np.median(np.hypot(*across))) if across.size else 1.0
    window = Window(low[0], low[1], *(high - low))
    if one.cost_px(window, step) > _MOST_PX:
        return None
    pixels, valid = view.read_at(one.source, places)
    if one.may_have_specks and valid.any():
        valid = _without_specks(valid)
    return pixels, valid


def _without_specks(valid: Mask) -> Mask:
    """Return a mask without small holes inside: those are black things, not missing pixels."""
    _, labels, boxes, _ = cv2.connectedComponentsWithStats((~valid).view(np.uint8))
    height, width = valid.shape
    left, top, wide, high, size = boxes.T
    is_inside = (left > 0) & (top > 0) & (left + wide < width) & (top + high < height)
    is_speck = is_inside & (size <= _SPECK_PX)
    is_speck[0] = False  # what is valid
    return np.asarray(valid | is_speck[labels])


# -- how bright they are ---------------------------------------------------------------------


def shown_bands(n_bands: int) -> list[int]:
    """Return the bands shown as red, green and blue: the first three, or the first alone."""
    return [0, 1, 2] if n_bands >= 3 else [0, 0, 0]


def stretch(path: Path) -> NDArray[np.float32]:
    """Return the values shown as black and white, `(red green blue, 2)`.

    2 and 98 % of the valid pixels of the whole image, read from an overview once per file, so
    that every tile of an image is stretched alike. Pictures of bytes have their colours already
    and are stretched in all bands alike; deeper ones are stretched band by band.

    Raises:
        BadImage: the image is gone or cannot be read.
    """
    return np.asarray(_levels(str(path), changed_ns(path)), np.float32)


@lru_cache(maxsize=256)
def _levels(path: str, _changed_ns: tuple[int, ...]) -> tuple[tuple[float, float], ...]:
    with POOL.opened(Path(path)) as one:
        values, kind = _sampled(one), one.source.dtypes[0]
    values = values[:, values.any(axis=0)]  # zeros that nobody declared are no data either
    if values.shape[1] < 2:
        top = float(np.iinfo(kind).max) if np.issubdtype(kind, np.integer) else 1.0
        return ((0.0, top),) * 3
    found = np.percentile(values, _STRETCH, axis=1).T
    if kind == "uint8":
        found = np.tile(np.percentile(values, _STRETCH), (3, 1))
    return tuple((float(low), max(float(high), float(low) + 1e-6)) for low, high in found)


def _sampled(one: Opened) -> NDArray[np.float32]:
    """Return `(red green blue, n)` valid values from all over the image, without reading it all."""
    source, bands = one.source, view.data_bands(one.source)
    bands = [bands[index] for index in shown_bands(len(bands))]
    step = max(1.0, max(source.shape) / _OVERVIEW_PX)
    whole = Window(0, 0, source.width, source.height)
    if one.cost_px(whole, step) <= _MOST_PX:
        windows = [(whole, (math.ceil(source.height / step), math.ceil(source.width / step)))]
    else:
        shares = np.linspace(0.05, 0.95, 6)
        tops, lefts = (np.floor(shares * (n - 256)) for n in source.shape)
        windows = [(Window(x, y, 256, 256), (256, 256)) for y in tops for x in lefts]
    parts = []
    for window, shape in windows:
        values = source.read(
            bands, window=window, out_shape=(3, *shape), resampling=Resampling.average
        )
        parts.append(values[:, view.valid_block(source, window, shape)])
    values = np.concatenate(parts, axis=1).astype(np.float32)
    return values[:, np.isfinite(values).all(axis=0)]


def coloured(pixels: Pixels, shown: Shown) -> NDArray[np.uint8]:
    """Return `(y, x, 3)` bytes, red first, brought to the reference and stretched as it is.

    Args:
        pixels: `(band, y, x)`, any numeric type.
        shown: which stretch, and gain and offset.
    """
    bands = shown_bands(len(pixels))
    levels = stretch(shown.path if shown.reference is None else shown.reference)
    if shown.reference is not None and len(shown.gain) == 1:
        levels = np.repeat(levels.mean(axis=0, keepdims=True), 3, axis=0)
    gain, offset = (_per_band(one, bands) for one in (shown.gain, shown.offset))
    low, high = levels[:, :1], levels[:, 1:]
    times = (255.0 / (high - low)) * (1.0 if gain is None else gain)
    plus = ((0.0 if offset is None else offset) - low) * (255.0 / (high - low))
    made = [
        np.nan_to_num(pixels[band].astype(np.float32) * times[n, 0] + plus[n, 0])
        for n, band in enumerate(bands)
    ]
    return np.clip(np.stack(made, axis=-1) + 0.5, 0, 255).astype(np.uint8)


def _per_band(values: tuple[float, ...], bands: list[int]) -> NDArray[np.float32] | None:
    """Return one value for each shown band as a column; None where there is none."""
    if not values or not np.isfinite(values).all():
        return None
    chosen = [values[band] if band < len(values) else values[0] for band in bands]
    return np.array(chosen, np.float32)[:, None]


# -- bytes -----------------------------------------------------------------------------------


def encoded(colours: NDArray[np.uint8], valid: Mask) -> Picture:
    """Return a JPEG of quality 85, or a PNG where some pixels are transparent.

    Measured on tiles of 256 px: JPEG 1 ms and 9 kB, WebP 7-25 ms and 5-7 kB, PNG 25 ms and 118 kB.
    Tiles travel within one computer or one office, so time counts more than bytes.

    Args:
        colours: `(y, x, 3)`, red first.
        valid: `(y, x)`, False where nothing is shown.
    """
    blue_first = colours[:, :, ::-1]
    if valid.all():
        body = cv2.imencode(".jpg", blue_first, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1]
        return Picture(body=body.tobytes(), media_type=JPEG)
    alpha = np.where(valid, 255, 0).astype(np.uint8)[:, :, None]
    blank = np.where(valid[:, :, None], blue_first, 0)
    return _png(np.concatenate([blank, alpha], axis=2), "")


@lru_cache(maxsize=64)
def nothing(width: int, height: int, why: str) -> Picture:
    """Return a transparent PNG that says why it is empty."""
    return _png(np.zeros((height, width, 4), np.uint8), why)


def _png(pixels: NDArray[np.uint8], why: str) -> Picture:
    body = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1]
    return Picture(body=body.tobytes(), media_type=PNG, empty=why)
