"""Images outside any project: two files that somebody wants to compare, georeferenced or not.

They are foreign bytes like all others: the limited process looks at a file and writes what is
needed of it as a plain GeoTIFF that nobody but vallum made, pixel for pixel on the file's own grid.
Of a large image only the blocks that will be read are written. GeoTIFF, PNG and JPEG; 1 to 8 bands;
8- and 16-bit and floating point numbers.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import numpy as np
import rasterio
import shapely
from affine import Affine
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from pyproj import Transformer
from rasterio._err import CPLE_BaseError  # what reading raises has no public name
from rasterio.enums import ColorInterp
from rasterio.errors import CRSError, RasterioError
from rasterio.windows import Window
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry
from typing_extensions import TypedDict  # that of `typing` tells pydantic too little before 3.12

from vallum.ground import foreign
from vallum.ground.errors import BadImage, BadInput, DiskFull, WorkerFailed
from vallum.imagery import georef, intake, rewrite, stated, view

WHOLE_PX = 36_000_000
PLAIN_CRS = "EPSG:3132"
"""The map on which plain pictures are laid: in metres, true to scale at its middle meridian."""
_DRIVERS = ((b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"))
_BLOCK_PX = 256
_STEP_PX = 1024
_LONGEST_S = 6 * 3600.0
_TOP = 40_000.0  # where the brightest thousandth of scaled numbers goes
_SCALED = frozenset({"int8", "int16", "int32", "uint32", "float32", "float64"})

Convert = Callable[[NDArray[Any]], NDArray[Any]]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One image outside any project, and vallum's own copy of what is needed of it.

    Attributes:
        path: the file as it was given.
        copy: vallum's copy, on the file's own pixel grid; a GeoTIFF with a mask.
        width: columns.
        height: rows.
        n_bands: bands that hold a picture.
        crs: `EPSG:n` or WKT; empty without a georeference.
        transform: `Affine` of the file; of no meaning without a georeference.
        pixel_m: width and height of a pixel at the middle, on the ellipsoid; zeros without.
        is_whole: all of it was copied, not only what will be read.
        notes: what a person should know.
    """

    path: Path
    copy: Path
    width: int
    height: int
    n_bands: int
    crs: str
    transform: Affine
    pixel_m: tuple[float, float]
    is_whole: bool
    notes: tuple[str, ...] = ()

    @property
    def is_placed(self) -> bool:
        """True when the file says where on Earth it lies."""
        return bool(self.crs)

    @property
    def gsd_m(self) -> float:
        """The longer side of a pixel; 0 without a georeference."""
        return max(self.pixel_m)

    @property
    def grid(self) -> GeoBox:
        """Its own pixel grid; only with a georeference."""
        return GeoBox((self.height, self.width), self.transform, self.crs)

    @property
    def footprint(self) -> Polygon:
        """Its outline in EPSG:4326, valid pixels or not; only with a georeference."""
        ring = shapely.segmentize(shapely.box(0, 0, self.width, self.height), self.width / 16)
        at = shapely.get_coordinates(ring)
        x, y = self.transform * (at[:, 0], at[:, 1])
        lon, lat = Transformer.from_crs(self.crs, 4326, always_xy=True).transform(x, y)
        return Polygon(np.column_stack([lon, lat]))


class _Looked(TypedDict):
    width: int
    height: int
    n_bands: int
    crs: str
    transform: list[float]
    pixel_m: list[float]
    is_whole: bool
    notes: list[str]


def take(
    paths: Sequence[Path], folder: Path, *, ignore_georeference: bool = False
) -> list[Picture]:
    """Look at files, and copy those that are not large.

    Args:
        paths: the files.
        folder: where the copies go.
        ignore_georeference: treat them as plain pictures.

    Raises:
        BadImage: one cannot be used; the message names it and the next step.
        DiskFull: there is no room for the copies.
    """
    files = [str(_usable(path)) for path in paths]
    copies = [str(folder.absolute() / f"{number}.tif") for number in range(len(files))]
    # One process for all: starting one takes longer than looking at a small file.
    order = {"paths": files, "copies": copies, "is_plain": ignore_georeference}
    called = " or ".join(path.name for path in paths)
    told = _asked(called, "look", order, [Path(one) for one in files], folder, list[_Looked])
    return [
        Picture(
            path=path,
            copy=Path(copy),
            width=one["width"],
            height=one["height"],
            n_bands=one["n_bands"],
            crs=one["crs"],
            transform=Affine(*one["transform"]),
            pixel_m=(one["pixel_m"][0], one["pixel_m"][1]),
            is_whole=one["is_whole"],
            notes=tuple(one["notes"]),
        )
        for path, copy, one in zip(paths, copies, told, strict=True)
    ]


def cut(picture: Picture, area: BaseGeometry) -> None:
    """Copy what of a large image lies in `area`, given in its pixels (column, row).

    Raises:
        BadImage: it shows nothing there, or cannot be read.
        DiskFull: there is no room for the copy.
    """
    if picture.is_whole:
        return
    order = {
        "path": str(_usable(picture.path)),
        "copy": str(picture.copy),
        "area": shapely.to_wkt(area, rounding_precision=1),
    }
    files = [_usable(picture.path)]
    _asked(picture.path.name, "cut_out", order, files, picture.copy.parent, list[str])


def place(picture: Picture, crs: str, transform: Affine) -> None:
    """Write into vallum's copy where it lies: plain pictures are laid on a map of their own."""
    with rasterio.open(picture.copy, "r+", driver="GTiff", sharing=False) as target:
        target.crs = crs
        target.transform = transform


def _usable(path: Path) -> Path:
    file = path.resolve()
    if not file.exists():
        raise BadImage(f"{path}: is not there; check the path")
    if not file.is_file() or any(sign in str(file) for sign in ("/vsi", "://", "<", "\n")):
        raise BadImage(f"{path}: is no plain file with a usable name; give the image file itself")
    return file


def _asked(
    name: str, job: str, order: dict[str, Any], reads: Sequence[Path], folder: Path, returns: Any
) -> Any:
    try:
        return foreign.call(
            f"vallum.imagery.loose:{job}",
            order,
            reads=reads,
            writes=[folder],
            returns=returns,
            wall_s=_LONGEST_S,
            file_bytes=2 * intake.BUDGET_BYTES,
        )
    except BadInput as error:
        raise BadImage(stated.words(str(error), 500)) from error
    except DiskFull as error:
        raise DiskFull(
            f"{name}: no room for a working copy in {gettempdir()}; nothing was kept. "
            "Free some space, or set TMPDIR to a folder with more"
        ) from error
    except WorkerFailed as error:
        raise BadImage(
            f"{name}: could not be opened safely ({stated.words(str(error), 200)}); "
            "convert it with gdal_translate -of COG and try again"
        ) from error


# -- inside the limited process ---------------------------------------------------------------


def look(paths: list[str], copies: list[str], is_plain: bool) -> list[dict[str, Any]]:
    """Say what files are and copy the small ones; runs in the limited process only.

    Raises:
        BadImage: one cannot be used.
    """
    pairs = zip(paths, copies, strict=True)
    return [_looked_at(Path(path), Path(copy), is_plain) for path, copy in pairs]


def _looked_at(file: Path, copy: Path, is_plain: bool) -> dict[str, Any]:
    with _opened(file) as source:
        notes: list[str] = []
        crs, pixel_m = "", (0.0, 0.0)
        if not is_plain:
            why = georef.why_not_placed(source)
            if why:
                notes.append(why)
            else:
                crs, pixel_m = georef.crs_text(source), georef.sides_m(source, file.name)
        is_whole = source.width * source.height <= WHOLE_PX
        if is_whole:
            notes += _copied(file, source, copy, None)
        return {
            "width": source.width,
            "height": source.height,
            "n_bands": len(view.data_bands(source)),
            "crs": crs,
            "transform": list(source.transform[:6]),
            "pixel_m": list(pixel_m),
            "is_whole": is_whole,
            "notes": notes,
        }


def cut_out(path: str, copy: str, area: str) -> list[str]:
    """Copy the blocks of a file that touch `area` (WKT in pixels); in the limited process only.

    Raises:
        BadImage: it cannot be used.
    """
    file = Path(path)
    with _opened(file) as source:
        return _copied(file, source, Path(copy), shapely.from_wkt(area))


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    """Yield the file as an open dataset; whatever is wrong with it becomes BadImage."""
    signal.alarm(intake.LOOK_S)
    start = intake.start_of(file)
    drivers = [name for sign, name in _DRIVERS if start.startswith(sign)]
    if not drivers and not intake.is_tiff(start):
        raise BadImage(
            f"{file.name}: is {intake.kind_of(start)}; GeoTIFF, PNG and JPEG are read; "
            "fetch the image again or convert it"
        )
    try:
        driver = drivers[0] if drivers else "GTiff"
        with rasterio.open(file, driver=driver, sharing=False) as source:
            _check(file, source)
            yield source
    except (RasterioError, CPLE_BaseError, CRSError) as error:
        reason = f"broken or cut short ({intake.cause(error)})"
        raise BadImage(f"{file.name}: {reason}; fetch it again") from error
    signal.alarm(0)


def _check(file: Path, source: Any) -> None:
    """Refuse what cannot be compared, before a pixel is read; give it time by its size."""
    decoded = intake.check_size(file, source, intake.BUDGET_BYTES)
    kinds = set(source.dtypes)
    if len(kinds) > 1 or not kinds <= {"uint8", "uint16", *_SCALED}:
        raise BadImage(
            f"{file.name}: holds {', '.join(sorted(kinds))} pixels; numbers of one type are read, "
            "8- or 16-bit or floating point; convert it with gdal_translate -ot UInt16"
        )
    intake.check_bands(file, source)
    signal.alarm(120 + int(decoded / 4e6))


def _copied(file: Path, source: Any, copy: Path, area: BaseGeometry | None) -> list[str]:
    """Write the copy, or the part of it in `area`; return what a person should know."""
    faults = rewrite.faults(source)
    convert, dtype, note = _numbers(source)
    bands = source.indexes[: -1 if faults.has_alpha else None]
    bands = [band for band in bands if source.colorinterp[band - 1] != ColorInterp.alpha]
    if area is not None:
        shapely.prepare(area)
    n_valid = 0
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        rasterio.open(copy, "w", **_profile(source, len(bands), dtype)) as target,
    ):
        for window in _windows(source):
            left, top = window.col_off, window.row_off
            box = shapely.box(left, top, left + window.width, top + window.height)
            if area is not None and not area.intersects(box):
                continue
            pixels = source.read(bands, window=window)
            usable = view.valid_block(source, window, (window.height, window.width))
            usable &= rewrite.is_shown(source, faults, window, pixels)
            if pixels.dtype.kind == "f":
                usable &= np.isfinite(pixels).all(axis=0)
            target.write(np.where(usable, convert(pixels), 0).astype(dtype), window=window)
            target.write_mask(usable, window=window)
            n_valid += int(usable.sum())
    if not n_valid:
        where = "" if area is None else " where the two images are to be compared"
        raise BadImage(
            f"{file.name}: holds no valid pixel{where}; fetch it again or take another image"
        )
    said = [rewrite.NOTES[name] for name in faults.found if name in {"alpha", "border"}]
    return [*said, *([note] if note else [])]


def _profile(source: Any, count: int, dtype: str) -> dict[str, Any]:
    """Return how the copy is written: only blocks with something in them take room."""
    is_placed = source.crs is not None and not source.transform.is_identity
    return {
        "driver": "GTiff",
        "width": source.width,
        "height": source.height,
        "count": count,
        "dtype": dtype,
        # A plain picture gets any place for now: `place` says where.
        "crs": source.crs if is_placed else PLAIN_CRS,
        "transform": source.transform if is_placed else Affine(1, 0, 0, 0, -1, 0),
        "tiled": True,
        "blockxsize": _BLOCK_PX,
        "blockysize": _BLOCK_PX,
        "compress": "zstd",
        "zstd_level": 1,
        "predictor": 2,
        "photometric": "minisblack",
        "BIGTIFF": "IF_SAFER",
        "SPARSE_OK": True,
        "sharing": False,
    }


def _windows(source: Any) -> Iterator[Window]:
    """Yield windows that follow how the file is stored, so that nothing is unpacked twice."""
    height, width = source.shape
    is_striped = source.block_shapes[0][1] == width
    rows = _BLOCK_PX if is_striped else _STEP_PX
    columns = width if is_striped else _STEP_PX
    for row in range(0, height, rows):
        for column in range(0, width, columns):
            yield Window(column, row, min(columns, width - column), min(rows, height - row))


def _numbers(source: Any) -> tuple[Convert, str, str]:
    """Return how values become 8- or 16-bit numbers, of which type, and a note about it."""
    dtype = source.dtypes[0]
    if dtype not in _SCALED:
        return (lambda pixels: pixels), dtype, ""
    some = _sample(source)
    if not some.size:
        return (lambda pixels: np.zeros(pixels.shape)), "uint8", ""
    low, high = (float(v) for v in np.percentile(some, (0.1, 99.9)))
    if some.min() >= 0 and (some == np.rint(some)).all() and 1 < some.max() <= 65535:
        fits = "uint8" if some.max() <= 255 else "uint16"
        top = np.iinfo(fits).max
        return (lambda pixels: np.clip(np.nan_to_num(pixels), 0, top)), fits, ""
    # Zero stays zero where the numbers are brightness; decibels and the like start at their least.
    base = 0.0 if low >= -0.05 * high else low
    scale = _TOP / max(high - base, 1e-12)

    def convert(pixels: NDArray[Any]) -> NDArray[Any]:
        scaled = (np.nan_to_num(pixels.astype(np.float64)) - base) * scale
        return np.clip(np.rint(scaled), 1, 65535)

    return convert, "uint16", f"{dtype} numbers were scaled to 16 bits (times {scale:.4g})"


def _sample(source: Any) -> NDArray[np.float64]:
    """Return valid values from up to 64 places of all bands."""
    side, found = 128, []
    bands = view.data_bands(source)
    for row in np.unique(np.linspace(0, max(0, source.height - side), 8).astype(int)):
        for column in np.unique(np.linspace(0, max(0, source.width - side), 8).astype(int)):
            size = (min(side, source.width), min(side, source.height))
            window = Window(int(column), int(row), *size)
            pixels = source.read(bands, window=window).astype(np.float64)
            usable = view.valid_block(source, window, (window.height, window.width))
            found.append(pixels[:, usable & np.isfinite(pixels).all(axis=0)].ravel())
    return np.concatenate(found)
