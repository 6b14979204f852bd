"""GeoTIFFs whose blocks point many times at the same bytes: large images that need little disk.

TIFF allows it: `TileOffsets` may name one place of the file as often as it likes. Every block is
then read and decoded for real, each time it is asked for; only the disk has less to give than an
archive of unrelated pixels would have. Laid out like a cloud-optimised GeoTIFF: all directories
first, then pixels, with overviews and an internal mask.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile

QUALITY = 85
_ASCII, _SHORT, _LONG, _RATIONAL, _UNDEFINED, _DOUBLE = 2, 3, 4, 5, 7, 12
_SIZES = {_ASCII: 1, _SHORT: 2, _LONG: 4, _RATIONAL: 8, _UNDEFINED: 1, _DOUBLE: 8}
_OFFSETS, _COUNTS, _TABLES = 324, 325, 347
_REDUCED, _MASK = 1, 4
_MOST_AT_ONCE = 64

Blocks = list[list[bytes | None]]
"""What each block holds, by row and column; None where the image has nothing."""


@dataclass(frozen=True, kw_only=True)
class Level:
    """One resolution of an image.

    Attributes:
        height: rows of pixels.
        width: columns of pixels.
        blocks: encoded pixels.
        masks: encoded masks, of the same shape.
    """

    height: int
    width: int
    blocks: Blocks
    masks: Blocks


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the first pixel lies: zone, corner in metres, size of a pixel."""

    epsg: int
    west: float
    north: float
    gsd_m: float


def packed(tiles: Sequence[NDArray[np.uint8]], quality: int = QUALITY) -> tuple[bytes, list[bytes]]:
    """Return what JPEG blocks of one file share, and each block, as GDAL encodes them.

    Args:
        tiles: each (3, side, side), red green blue; all of one size.
        quality: 1 to 100.
    """
    shared, found = b"", list[bytes]()
    for at in range(0, len(tiles), _MOST_AT_ONCE):
        shared, some = _packed(tiles[at : at + _MOST_AT_ONCE], quality)
        found += some
    return shared, found


def _packed(tiles: Sequence[NDArray[np.uint8]], quality: int) -> tuple[bytes, list[bytes]]:
    side = tiles[0].shape[1]
    with MemoryFile() as memory, warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with memory.open(
            driver="GTiff", width=side * len(tiles), height=side, count=3, dtype="uint8", tiled=True,
            blockxsize=side, blockysize=side, compress="jpeg", photometric="ycbcr",
            jpeg_quality=quality,
        ) as target:  # fmt: skip
            target.write(np.concatenate(list(tiles), axis=2))
        data = bytes(memory.getbuffer())
    tags = read_tags(data)[0]
    offsets, counts = numbers(data, tags[_OFFSETS]), numbers(data, tags[_COUNTS])
    shared = bytes(numbers(data, tags[_TABLES]))
    return shared, [data[at : at + n] for at, n in zip(offsets, counts, strict=True)]


def packed_mask(is_valid: NDArray[np.bool_]) -> bytes:
    """Return the block of an internal mask: one bit a pixel, deflated."""
    return zlib.compress(np.packbits(is_valid, axis=1).tobytes(), 6)


def write(
    path: Path,
    levels: Sequence[Level],
    place: Place,
    shared: bytes,
    block_px: int,
    told: Mapping[str, str],
) -> None:
    """Write an image; the same bytes object is written once, however many blocks hold it.

    Args:
        path: the new file.
        levels: finest first, each half the size of the one before.
        place: where it lies.
        shared: what the JPEG blocks share (`packed`).
        block_px: side of a block.
        told: metadata that GDAL shows as tags.
    """
    directories = []
    for number, level in enumerate(levels):
        reduced = _REDUCED if number else 0
        more = {} if number else {**_georeference(place), **_metadata(told)}
        directories.append(_picture(level, block_px, shared, reduced, more))
        directories.append(_plain_mask(level, block_px, reduced))
    at = 8
    for directory in directories:
        directory.at = at
        at += directory.n_bytes
    kept: dict[int, int] = {}
    pool: list[bytes] = []
    for directory in directories:
        for block in directory.flat:
            if block is not None and id(block) not in kept:
                kept[id(block)] = at
                pool.append(block)
                at += len(block)
    if at >= 1 << 32:
        raise ValueError(f"{path.name}: {at:,} bytes do not fit a TIFF of 32-bit offsets")
    with path.open("wb") as stream:
        stream.write(struct.pack("<2sHI", b"II", 42, directories[0].at))
        following = [directory.at for directory in directories[1:]] + [0]
        for directory, then in zip(directories, following, strict=True):
            stream.write(directory.packed(kept, then))
        for block in pool:
            stream.write(block)


# -- directories --------------------------------------------------------------------------------

Values = Sequence[float] | bytes


@dataclass(kw_only=True)
class _Directory:
    """One directory of a TIFF before it is written: tag -> (type, values), and its blocks."""

    fields: dict[int, tuple[int, Values]]
    blocks: Blocks
    at: int = 0
    flat: list[bytes | None] = field(init=False)

    def __post_init__(self) -> None:
        self.flat = [block for row in self.blocks for block in row]
        n = len(self.flat)
        self.fields |= {_OFFSETS: (_LONG, [0] * n), _COUNTS: (_LONG, [0] * n)}

    @property
    def n_bytes(self) -> int:
        outside = sum(
            _even(len(_bytes_of(*told))) for told in self.fields.values() if _is_out(told)
        )
        return 2 + 12 * len(self.fields) + 4 + outside

    def packed(self, kept: Mapping[int, int], following: int) -> bytes:
        self.fields[_OFFSETS] = (_LONG, [kept[id(b)] if b is not None else 0 for b in self.flat])
        self.fields[_COUNTS] = (_LONG, [len(b) if b is not None else 0 for b in self.flat])
        entries, outside = b"", b""
        start = self.at + 2 + 12 * len(self.fields) + 4
        for tag, (kind, values) in sorted(self.fields.items()):
            raw = _bytes_of(kind, values)
            n = len(values) // (2 if kind == _RATIONAL else 1)
            entries += struct.pack("<HHI", tag, kind, n)
            if len(raw) <= 4:
                entries += raw.ljust(4, b"\0")
                continue
            entries += struct.pack("<I", start + len(outside))
            outside += raw.ljust(_even(len(raw)), b"\0")
        return (
            struct.pack("<H", len(self.fields)) + entries + struct.pack("<I", following) + outside
        )


def _even(n: int) -> int:
    return n + n % 2


def _is_out(told: tuple[int, Values]) -> bool:
    return len(_bytes_of(*told)) > 4


def _bytes_of(kind: int, values: Values) -> bytes:
    if isinstance(values, bytes):
        return values
    dtype = {_SHORT: "<u2", _LONG: "<u4", _RATIONAL: "<u4", _DOUBLE: "<f8"}[kind]
    return np.asarray(values).astype(dtype).tobytes()


def _picture(
    level: Level, block_px: int, shared: bytes, reduced: int, more: dict[int, tuple[int, Values]]
) -> _Directory:
    fields: dict[int, tuple[int, Values]] = {
        254: (_LONG, [reduced]),
        256: (_LONG, [level.width]),
        257: (_LONG, [level.height]),
        258: (_SHORT, [8, 8, 8]),
        259: (_SHORT, [7]),  # JPEG
        262: (_SHORT, [6]),  # YCbCr
        277: (_SHORT, [3]),
        284: (_SHORT, [1]),
        322: (_LONG, [block_px]),
        323: (_LONG, [block_px]),
        339: (_SHORT, [1, 1, 1]),
        _TABLES: (_UNDEFINED, shared),
        530: (_SHORT, [2, 2]),
        532: (_RATIONAL, [0, 1, 255, 1, 128, 1, 255, 1, 128, 1, 255, 1]),
        **more,
    }
    return _Directory(fields=fields, blocks=level.blocks)


def _plain_mask(level: Level, block_px: int, reduced: int) -> _Directory:
    fields: dict[int, tuple[int, Values]] = {
        254: (_LONG, [_MASK | reduced]),
        256: (_LONG, [level.width]),
        257: (_LONG, [level.height]),
        258: (_SHORT, [1]),
        259: (_SHORT, [8]),  # deflate
        262: (_SHORT, [4]),  # mask
        277: (_SHORT, [1]),
        284: (_SHORT, [1]),
        322: (_LONG, [block_px]),
        323: (_LONG, [block_px]),
    }
    return _Directory(fields=fields, blocks=level.masks)


def _georeference(place: Place) -> dict[int, tuple[int, Values]]:
    keys = [1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, place.epsg]
    return {
        33550: (_DOUBLE, [place.gsd_m, place.gsd_m, 0.0]),
        33922: (_DOUBLE, [0.0, 0.0, 0.0, place.west, place.north, 0.0]),
        34735: (_SHORT, keys),
    }


def _metadata(told: Mapping[str, str]) -> dict[int, tuple[int, Values]]:
    items = "".join(
        f'<Item name="{escape(name)}">{escape(value)}</Item>' for name, value in told.items()
    )
    return {42112: (_ASCII, f"<GDALMetadata>{items}</GDALMetadata>\0".encode())}


# -- reading them again -------------------------------------------------------------------------

Tag = tuple[int, int, int]
"""Type, number of values, and the place of the bytes."""


def read_tags(data: bytes) -> list[dict[int, Tag]]:
    """Return the tags of every directory of a little-endian TIFF of 32-bit offsets."""
    found = []
    (at,) = struct.unpack_from("<I", data, 4)
    while at:
        (n,) = struct.unpack_from("<H", data, at)
        tags = {}
        for k in range(n):
            place = at + 2 + 12 * k
            tag, kind, count = struct.unpack_from("<HHI", data, place)
            size = count * _SIZES.get(kind, 1)
            where = place + 8 if size <= 4 else struct.unpack_from("<I", data, place + 8)[0]
            tags[tag] = (kind, count, where)
        found.append(tags)
        (at,) = struct.unpack_from("<I", data, at + 2 + 12 * n)
    return found


def numbers(data: bytes, tag: Tag) -> list[int]:
    """Return the whole numbers of a tag."""
    kind, count, where = tag
    dtype = {_SHORT: "<u2", _LONG: "<u4", _UNDEFINED: "u1"}[kind]
    return [int(value) for value in np.frombuffer(data, dtype, count, where)]


def repeats(path: Path) -> Iterator[tuple[int, int, int]]:
    """Yield for each directory: blocks that hold something, different places, bytes behind all.

    The last is what a file of the same pixels would hold that repeats nothing.
    """
    data = path.read_bytes()
    for tags in read_tags(data):
        offsets, counts = numbers(data, tags[_OFFSETS]), numbers(data, tags[_COUNTS])
        filled = [(at, n) for at, n in zip(offsets, counts, strict=True) if n]
        yield len(filled), len(set(filled)), sum(n for _, n in filled)


def is_laid_out(path: Path) -> bool:
    """Say whether directories lie before pixels and get coarser, as in a cloud-optimised GeoTIFF."""
    data = path.read_bytes()
    tags = read_tags(data)
    first = min(n for one in tags for n in numbers(data, one[_OFFSETS]) if n)
    widths = [numbers(data, one[256])[0] for one in tags]
    ends = [where + count * _SIZES[kind] for one in tags for kind, count, where in one.values()]
    with rasterio.open(path) as source:
        has_overviews = bool(source.overviews(1)) or max(source.shape) <= 512
    return max(ends) <= first and widths == sorted(widths, reverse=True) and has_overviews
