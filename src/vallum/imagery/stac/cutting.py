"""Cutting the corridor out of remote images; runs in the limited process, which has no network.

Bytes come through `ranges`: before a part of a file is read, its range is asked for over an
inherited socket, and lies in a sparse file afterwards. Blocks of which no pixel lies in the
corridor are never asked for; they are no data in what is written.
"""

from __future__ import annotations

import io
import json
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from rasterio.enums import MaskFlags, Resampling
from rasterio.errors import RasterioError
from rasterio.windows import Window, from_bounds
from shapely.geometry.base import BaseGeometry

from vallum.ground.errors import BadImage
from vallum.imagery import georef, intake, view

_BLOCK_BYTES = 1 << 16
_UNIT_PX = 256
_MOST_RANGES = 4_000
_MOST_UNITS = 400_000
_CELL_PX = 8
NO_MASK = 255


class _Remote:
    """A remote file: a range is asked for before it is read."""

    def __init__(self, number: int, path: str, size: int, channel: Any) -> None:
        self.number, self.size = number, size
        self._channel = channel
        self._file = os.open(path, os.O_RDONLY)
        self._here: set[int] = set()

    def read(self, start: int, stop: int) -> bytes:
        """Return bytes of the file."""
        self.ask([(start, stop)])
        return os.pread(self._file, stop - start, start)

    def ask(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Have byte ranges fetched that are not here yet."""
        missing, blocks = [], set[int]()
        for start, stop in ranges:
            if start < 0 or stop <= start or start >= self.size:
                continue  # the file says so of a block it does not hold
            span = range(start // _BLOCK_BYTES, -(-min(stop, self.size) // _BLOCK_BYTES))
            if not self._here.issuperset(span):
                missing.append((start, min(stop, self.size)))
                blocks.update(span)
        for first in range(0, len(missing), _MOST_RANGES):
            request = [self.number, missing[first : first + _MOST_RANGES]]
            self._channel.write(json.dumps(request).encode() + b"\n")
            self._channel.flush()
            if self._channel.readline(16) != b"ok\n":
                raise OSError("the other side has gone")
        self._here |= blocks


class _Handle(io.RawIOBase):
    """What GDAL reads a remote file by; it opens and closes as many as it likes."""

    def __init__(self, remote: _Remote) -> None:
        super().__init__()
        self._remote, self._at = remote, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        ends = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._remote.size}
        self._at = max(0, ends[whence] + offset)
        return self._at

    def read(self, size: int = -1) -> bytes:
        end = self._remote.size
        stop = end if size < 0 else min(end, self._at + size)
        if stop <= self._at:
            return b""
        content = self._remote.read(self._at, stop)
        self._at += len(content)
        return content


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """Which part of the first file is cut out, and in which steps.

    Attributes:
        window: the part, in pixels of the first file.
        units: rows and columns (start, stop) to read, in pixels of the first file.
        tile: rows and columns of a block of what is written.
    """

    window: Window
    units: tuple[tuple[int, int, int, int], ...]
    tile: tuple[int, int]


def cut(
    files: Sequence[dict[str, Any]],
    channel: int,
    *,
    name: str,
    area: str,
    out: str,
    nothing: Sequence[float | None] = (),
    mask_file: int = -1,
    mask_kind: str = "",
    mask_out: str = "",
    budget_bytes: int = intake.BUDGET_BYTES,
) -> dict[str, Any]:
    """Write the part of remote files that lies in `area` as one GeoTIFF with a mask.

    Args:
        files: `path` and `size` of each, as `ranges.Remote` keeps them.
        channel: number of the inherited socket.
        name: what to call the image in messages.
        area: what is needed, EPSG:4326, as WKB in hexadecimal; empty for all of it.
        out: file to write; the bands of all files, in order.
        nothing: pixel value of each file that means no data where the file does not say it.
        mask_file: number of the file with the provider's mask; -1 for none.
        mask_kind: how its values are to be read.
        mask_out: file to write it to, decoded, on the grid of `out`.
        budget_bytes: pixels x bands x bytes that may be written.

    Returns:
        `n_blocks` read of `n_all` in the first file; `mask` whether one was written.

    Raises:
        BadImage: the files cannot be used, or do not reach the area.
    """
    with (
        socket.socket(fileno=channel) as end,
        end.makefile("rwb") as line,
        ExitStack() as stack,
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True, **view.SAFE),
    ):
        try:
            remotes = [
                _Remote(number, str(file["path"]), int(file["size"]), line)
                for number, file in enumerate(files)
            ]
            sources = [stack.enter_context(_opened(remote, name)) for remote in remotes]
            mask = sources[mask_file] if mask_file >= 0 else None
            pixels = [source for source in sources if source is not mask]
            needed = shapely.from_wkb(bytes.fromhex(area)) if area else None
            plan = _plan(pixels, name, needed, budget_bytes)
            for remote, source in zip(remotes, sources, strict=True):
                remote.ask(_ranges(source, sources[0], plan))
            values = [None if v is None else float(v) for v in nothing] or [None] * len(sources)
            _write(pixels, plan, Path(out), name, values)
            has_mask = mask is not None and _write_mask(
                mask, pixels[0], plan, Path(mask_out), mask_kind
            )
        except RasterioError as error:
            raise BadImage(
                f"{name}: broken or cut short on the server ({intake.cause(error)}); leave it out"
            ) from error
    whole = -(-sources[0].height // plan.tile[0]) * -(-sources[0].width // plan.tile[1])
    return {"n_blocks": len(plan.units), "n_all": whole, "mask": has_mask}


@contextmanager
def _opened(remote: _Remote, name: str) -> Iterator[Any]:
    """Yield a remote file as a dataset: GeoTIFF only, and no other file beside it."""
    wanted = f"remote{remote.number}.tif"

    def opener(path: str, mode: str = "rb") -> _Handle:  # noqa: ARG001 - called by name
        if Path(path).name != wanted:
            raise FileNotFoundError(path)
        return _Handle(remote)

    start = remote.read(0, min(64, remote.size))
    if not intake.is_tiff(start):
        raise BadImage(f"{name}: is {intake.kind_of(start)}; only GeoTIFF and COG are read")
    with rasterio.open(wanted, driver="GTiff", sharing=False, opener=opener) as source:
        intake.check_size(Path(name), source, 1 << 50)
        yield source


def _plan(pixels: Sequence[Any], name: str, area: BaseGeometry | None, budget_bytes: int) -> _Plan:
    """Return which blocks of the first file are needed."""
    source = pixels[0]
    intake.check_kind(Path(name), source)
    georef.gsd_m(source, name)
    if {s.dtypes[0] for s in pixels} != {source.dtypes[0]}:
        raise BadImage(f"{name}: its files hold different kinds of numbers; choose with --bands")
    if sum(len(view.data_bands(s)) for s in pixels) > 8:
        raise BadImage(f"{name}: has more than 8 bands; choose with --bands")
    if source.transform.b or source.transform.d:
        raise BadImage(f"{name}: is rotated, so no part of it can be cut out; use --whole")
    whole = shapely.box(0, 0, source.width, source.height)
    needed = whole if area is None else _in_pixels(source, area)
    if needed.is_empty or not needed.intersects(whole):
        raise BadImage(f"{name}: its pixels do not reach the corridor; it was left out")
    left, top, right, bottom = needed.intersection(whole).bounds
    rows, columns = source.block_shapes[0]
    is_striped = columns >= source.width and source.width > 1024
    columns = _UNIT_PX if is_striped else columns
    rows, columns = (size * max(1, -(-_UNIT_PX // size)) for size in (rows, columns))
    first, last = int(top) // rows, -(-int(np.ceil(bottom)) // rows)
    begin, end = int(left) // columns, -(-int(np.ceil(right)) // columns)
    window = Window(
        begin * columns,
        first * rows,
        min(end * columns, source.width) - begin * columns,
        min(last * rows, source.height) - first * rows,
    )
    n_bands = sum(len(view.data_bands(s)) for s in pixels)
    if (last - first) * (end - begin) > _MOST_UNITS:
        raise BadImage(f"{name}: is stored in too many small blocks; use --whole")
    if window.width * window.height * n_bands * np.dtype(source.dtypes[0]).itemsize > budget_bytes:
        raise BadImage(f"{name}: unfolds to more than is taken at once; measure a shorter stretch")
    units = _units(source, needed, (first, last, begin, end), (rows, columns))
    return _Plan(window=window, units=units, tile=(rows, columns))


def _units(
    source: Any,
    needed: BaseGeometry,
    blocks: tuple[int, int, int, int],
    size: tuple[int, int],
) -> tuple[tuple[int, int, int, int], ...]:
    """Return the blocks that touch what is needed, as rows and columns of the image."""
    first, last, begin, end = blocks
    rows, columns = size
    row, column = (part.ravel() for part in np.mgrid[first:last, begin:end])
    boxes = shapely.box(column * columns, row * rows, (column + 1) * columns, (row + 1) * rows)
    shapely.prepare(needed)
    hit = shapely.intersects(needed, boxes)
    return tuple(
        (
            int(r * rows),
            min(int((r + 1) * rows), source.height),
            int(c * columns),
            min(int((c + 1) * columns), source.width),
        )
        for r, c in zip(row[hit], column[hit], strict=True)
    )


def _in_pixels(source: Any, area: BaseGeometry) -> BaseGeometry:
    """Return an area of the Earth in columns and rows of an image."""
    crs = CRS.from_wkt(source.crs.to_wkt())
    to_source = Transformer.from_crs(4326, crs, always_xy=True)
    a, _, c, _, e, f = source.transform[:6]

    def placed(points: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = to_source.transform(points[:, 0], points[:, 1])
        return np.column_stack([(np.asarray(x) - c) / a, (np.asarray(y) - f) / e])

    found = shapely.transform(shapely.segmentize(area, 0.02), placed)
    if not np.isfinite(shapely.get_coordinates(found)).all():
        return shapely.Polygon()
    return shapely.make_valid(found)


def _bounds(source: Any, unit: tuple[int, int, int, int]) -> tuple[float, float, float, float]:
    """Return west, south, east and north of a part of an image, in its own coordinates."""
    top, bottom, left, right = unit
    a, _, c, _, e, f = source.transform[:6]
    x, y = sorted((c + a * left, c + a * right)), sorted((f + e * top, f + e * bottom))
    return x[0], y[0], x[1], y[1]


def _same_grid(one: Any, other: Any) -> bool:
    return bool(one.transform == other.transform and one.shape == other.shape)


def _window(source: Any, first: Any, unit: tuple[int, int, int, int]) -> Window:
    """Return the part of a file that lies where `unit` lies in the first file."""
    top, bottom, left, right = unit
    if _same_grid(source, first):
        return Window(left, top, right - left, bottom - top)
    return from_bounds(*_bounds(first, unit), transform=source.transform)


def _ranges(source: Any, first: Any, plan: _Plan) -> list[tuple[int, int]]:
    """Return the byte ranges of all blocks that are needed, so that few requests fetch them."""
    rows, columns = source.block_shapes[0]
    is_mixed = source.interleaving is not None and source.interleaving.name == "pixel"
    blocks: set[tuple[int, int]] = set()
    for unit in plan.units:
        part = _window(source, first, unit)
        top, left = max(0, int(part.row_off)), max(0, int(part.col_off))
        bottom = min(source.height, int(np.ceil(part.row_off + part.height)))
        right = min(source.width, int(np.ceil(part.col_off + part.width)))
        blocks.update(
            (row, column)
            for row in range(top // rows, -(-bottom // rows))
            for column in range(left // columns, -(-right // columns))
        )
    found = []
    for band in [1] if is_mixed else source.indexes:
        for row, column in sorted(blocks):
            start = source.get_tag_item(f"BLOCK_OFFSET_{column}_{row}", "TIFF", bidx=band)
            size = source.get_tag_item(f"BLOCK_SIZE_{column}_{row}", "TIFF", bidx=band)
            if start and size:
                found.append((int(start), int(start) + int(size)))
    return sorted(found)


def _write(
    pixels: Sequence[Any], plan: _Plan, out: Path, name: str, nothing: Sequence[float | None]
) -> None:
    """Write the bands of all files, unit by unit, with a mask."""
    first = pixels[0]
    for source in pixels[1:]:
        if source.crs != first.crs:
            raise BadImage(
                f"{name}: its files lie in different coordinate systems; choose with --bands"
            )
    n_bands = sum(len(view.data_bands(source)) for source in pixels)
    with _made(out, first, plan, n_bands, first.dtypes[0]) as target:
        for unit in plan.units:
            bands, usable = [], None
            for source, value in zip(pixels, nothing, strict=False):
                values, valid = _read(source, first, unit, value)
                bands.append(values)
                usable = valid if usable is None else usable & valid
            where = _inside(unit, plan)
            target.write(np.concatenate(bands), window=where)
            target.write_mask(usable, window=where)


def _made(
    out: Path, first: Any, plan: _Plan, count: int, dtype: str, nothing: int | None = None
) -> Any:
    size = [min(1024, part) for part in plan.tile]
    rows, columns = (part if part % 16 == 0 else 512 for part in size)
    a, b, c, d, e, f = first.transform[:6]
    window = plan.window
    return rasterio.open(
        out,
        "w",
        driver="GTiff",
        width=window.width,
        height=window.height,
        count=count,
        dtype=dtype,
        crs=first.crs,
        transform=Affine(a, b, c + a * window.col_off, d, e, f + e * window.row_off),
        tiled=True,
        blockxsize=columns,
        blockysize=rows,
        compress="zstd",
        zstd_level=1,
        predictor=2,
        sparse_ok=True,
        nodata=nothing,
        BIGTIFF="IF_SAFER",
        photometric="minisblack",
        sharing=False,
    )


def _inside(unit: tuple[int, int, int, int], plan: _Plan) -> Window:
    top, bottom, left, right = unit
    return Window(left - plan.window.col_off, top - plan.window.row_off, right - left, bottom - top)


def _read(
    source: Any, first: Any, unit: tuple[int, int, int, int], nothing: float | None
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return the bands of one file where `unit` lies, and which pixels are valid."""
    part, bands = _window(source, first, unit), view.data_bands(source)
    shape = (unit[1] - unit[0], unit[3] - unit[2])
    if not _same_grid(source, first):
        values = source.read(
            bands, window=part, out_shape=(len(bands), *shape), resampling=Resampling.bilinear
        )
        mask = source.dataset_mask(window=part, out_shape=shape, resampling=Resampling.nearest)
        return values, mask > 127
    values = source.read(bands, window=part)
    if not all(MaskFlags.all_valid in flags for flags in source.mask_flag_enums):
        return values, view.valid_block(source, part, shape)
    if nothing is not None:
        return values, ~(values == nothing).all(axis=0)
    black = ~values.any(axis=0)
    if values.dtype == np.uint8 and black.any():
        # A single black pixel of a picture may be a shadow; a black area is no picture.
        rows, columns = (-(-size // _CELL_PX) * _CELL_PX for size in shape)
        padded = np.pad(black, ((0, rows - shape[0]), (0, columns - shape[1])), mode="edge")
        cells = padded.reshape(rows // _CELL_PX, _CELL_PX, columns // _CELL_PX, _CELL_PX)
        area = cells.all(axis=(1, 3)).repeat(_CELL_PX, 0).repeat(_CELL_PX, 1)
        black = black & area[: shape[0], : shape[1]]
    return values, ~black


def _write_mask(mask: Any, first: Any, plan: _Plan, out: Path, kind: str) -> bool:
    """Write the provider's mask, decoded, on the grid of the image; say whether it could be."""
    from vallum.imagery.deliveries import masks

    if mask.crs != first.crs:
        return False
    with _made(out, first, plan, 1, "uint8", NO_MASK) as target:
        for unit in plan.units:
            shape = (unit[1] - unit[0], unit[3] - unit[2])
            values = mask.read(
                window=_window(mask, first, unit),
                out_shape=(mask.count, *shape),
                resampling=Resampling.nearest,
            )
            target.write(masks.decode(kind, values), 1, window=_inside(unit, plan))
    return True


def lay_mask(path: str, like: str, out: str, kind: str) -> None:
    """Write a provider's mask that was fetched whole onto the grid of an image.

    Raises:
        BadImage: it cannot be read, or lies elsewhere.
    """
    from vallum.imagery.deliveries import masks

    try:
        masks.write(kind, Path(path), Path(like), Path(out))
    except RasterioError as error:
        raise BadImage(f"the provider's mask cannot be read ({intake.cause(error)})") from error
