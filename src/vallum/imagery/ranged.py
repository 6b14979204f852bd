"""Reading blocks of an image in object storage, as GDAL asks for them.

GDAL sees a file without an address: it asks this module for bytes, and `buckets` fetches them.
What GDAL needs at once comes at once (all blocks of a window are one list of ranges), neighbours
in one request, several requests side by side. What was fetched is kept, up to a limit per process;
it is named by what the storage calls that content, so that it cannot grow old.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NoReturn
from weakref import WeakKeyDictionary

import rasterio
from rasterio.abc import MultiByteRangeResourceContainer

from vallum.ground.errors import BadImage
from vallum.imagery import buckets, objects
from vallum.imagery.objects import Named, Storage

CHUNK_BYTES = 1 << 14
KEPT_BYTES = 64 << 20
"""What one process keeps of all objects together."""
_FIRST_CHUNKS = 4  # the directories of most COGs lie in their first 64 KiB
_BRIDGED_CHUNKS = 4  # fetching a gap of 64 KiB costs less than another request
_MOST_CHUNKS = 256  # 4 MiB at a time; longer parts come side by side
_AT_ONCE = 4


@dataclass(kw_only=True)
class Chunks:
    """Pieces of objects, the least lately used dropped first.

    Attributes:
        most_bytes: how much is kept.
        n_requests: how many parts were asked for.
        n_bytes: how many bytes came.
    """

    most_bytes: int = KEPT_BYTES
    n_requests: int = 0
    n_bytes: int = 0
    _kept: OrderedDict[tuple[Named, int], bytes] = field(default_factory=OrderedDict, repr=False)
    _held: int = 0
    _guard: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def get(self, one: Named, number: int) -> bytes | None:
        """Return a chunk, or None."""
        with self._guard:
            found = self._kept.get((one, number))
            if found is not None:
                self._kept.move_to_end((one, number))
            return found

    def came(self, one: Named, first: int, body: bytes) -> None:
        """Keep what one request brought, beginning with the chunk `first`."""
        with self._guard:
            self.n_requests += 1
            self.n_bytes += len(body)
            for at in range(0, len(body), CHUNK_BYTES):
                key = (one, first + at // CHUNK_BYTES)
                piece = body[at : at + CHUNK_BYTES]
                self._held += len(piece) - len(self._kept.pop(key, b""))
                self._kept[key] = piece
            while self._held > self.most_bytes:
                self._held -= len(self._kept.popitem(last=False)[1])

    def forget(self) -> None:
        """Drop all that is kept."""
        with self._guard:
            self._kept.clear()
            self._held = 0


KEPT = Chunks()


@cache
def _helpers(of_process: int) -> ThreadPoolExecutor:
    """Return the threads that fetch side by side; a child process starts its own."""
    return ThreadPoolExecutor(_AT_ONCE, thread_name_prefix=f"object-storage-{of_process}")


@dataclass(kw_only=True, eq=False)
class Ranged:
    """One object, read by ranges.

    What GDAL calls must not raise: a problem is kept, and told by `opened` before anything that
    was read can be used.
    """

    one: Named
    storage: Storage = field(repr=False)
    problem: BadImage | None = None

    def ranges(self, wanted: Sequence[tuple[int, int]]) -> list[bytes]:
        """Return byte ranges (start, stop); zeros where there was a problem."""
        sizes = [max(0, stop - start) for start, stop in wanted]
        if self.problem is None:
            try:
                return self._ranges(wanted)
            except BadImage as error:
                self.problem = error
        return [bytes(size) for size in sizes]

    def _ranges(self, wanted: Sequence[tuple[int, int]]) -> list[bytes]:
        numbers: set[int] = set()
        for start, stop in wanted:
            stop = min(stop, self.one.size)
            numbers.update(range(start // CHUNK_BYTES, -(-stop // CHUNK_BYTES)))
        here = {number: KEPT.get(self.one, number) for number in numbers}
        missing = sorted(number for number, piece in here.items() if piece is None)
        if missing:
            here |= self._fetched(missing)
        return [self._joined(here, start, min(stop, self.one.size)) for start, stop in wanted]

    def _fetched(self, missing: Sequence[int]) -> dict[int, bytes | None]:
        runs = list(_runs(missing))
        if len(runs) == 1:
            bodies = [self._part(*runs[0])]
        else:
            threads = _helpers(os.getpid())
            bodies = list(threads.map(lambda run: self._part(*run), runs))
        found: dict[int, bytes | None] = {}
        for (first, _), body in zip(runs, bodies, strict=True):
            KEPT.came(self.one, first, body)
            for at in range(0, len(body), CHUNK_BYTES):
                found[first + at // CHUNK_BYTES] = body[at : at + CHUNK_BYTES]
        return found

    def _part(self, first: int, last: int) -> bytes:
        stop = min((last + 1) * CHUNK_BYTES, self.one.size)
        return buckets.part(self.storage, self.one, first * CHUNK_BYTES, stop)

    def _joined(self, here: dict[int, bytes | None], start: int, stop: int) -> bytes:
        if stop <= start:
            return b""
        first, last = start // CHUNK_BYTES, (stop - 1) // CHUNK_BYTES
        whole = b"".join(here[number] or b"" for number in range(first, last + 1))
        return whole[start - first * CHUNK_BYTES : stop - first * CHUNK_BYTES]


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield first and last of what is fetched together: near each other, not too much."""
    first = last = numbers[0]
    for number in numbers[1:]:
        if number - last > _BRIDGED_CHUNKS or number - first >= _MOST_CHUNKS:
            yield first, last
            first = number
        last = number
    yield first, last


_BEHIND: WeakKeyDictionary[Any, Ranged] = WeakKeyDictionary()


def behind(source: Any) -> Ranged | None:
    """Return the object that an open dataset reads; None for a file on a disk."""
    return _BEHIND.get(source)


class _File:
    """What GDAL reads an object by; it opens and closes as many as it likes."""

    def __init__(self, ranged: Ranged) -> None:
        self._ranged, self._at = ranged, 0

    def __enter__(self) -> _File:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        ends = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._ranged.one.size}
        self._at = max(0, ends[whence] + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        end = self._ranged.one.size
        stop = end if size < 0 else min(end, self._at + size)
        if stop <= self._at:
            return b""
        (body,) = self._ranged.ranges([(self._at, stop)])
        if self._ranged.problem is not None:
            return b""
        self._at = stop
        return body

    def get_byte_ranges(self, offsets: Sequence[int], sizes: Sequence[int]) -> list[bytes]:
        wanted = [(int(at), int(at) + int(n)) for at, n in zip(offsets, sizes, strict=True)]
        found = self._ranged.ranges(wanted)
        # GDAL copies as many bytes as it asked for, even behind the end of a cut-off file.
        return [
            body.ljust(stop - start, b"\0")
            for body, (start, stop) in zip(found, wanted, strict=True)
        ]


class _Folder(MultiByteRangeResourceContainer):  # type: ignore[misc]
    """What GDAL sees around the object: nothing else lies there."""

    def __init__(self, ranged: Ranged, name: str) -> None:
        self._ranged, self._name = ranged, name

    def open(self, path: str, mode: str = "r", **_: Any) -> _File:  # noqa: ARG002
        self._check(path)
        return _File(self._ranged)

    def isfile(self, path: str) -> bool:
        return Path(path).name == self._name

    def isdir(self, path: str) -> bool:  # noqa: ARG002
        return False

    def ls(self, path: str) -> list[str]:  # noqa: ARG002
        return []

    def mtime(self, path: str) -> int:  # noqa: ARG002
        return 0

    def rm(self, path: str) -> NoReturn:
        raise PermissionError(path)

    def size(self, path: str) -> int:
        self._check(path)
        return self._ranged.one.size

    def _check(self, path: str) -> None:
        if Path(path).name != self._name:
            raise FileNotFoundError(path)


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Yield an image in object storage as a rasterio dataset; no problem with it stays untold.

    It is to be closed by the thread that opened it, and rasterio's environment is the caller's.

    Args:
        path: as `objects.Named.path` makes it.

    Raises:
        BadImage: its bucket is not trusted; it is gone, was changed, or cannot be reached.
        RasterioError: it is no GeoTIFF, or is broken.
    """
    one = objects.of_path(path)
    ranged = Ranged(one=one, storage=objects.trusted(one))
    name = "object.tif"
    ranged.ranges([(0, min(one.size, _FIRST_CHUNKS * CHUNK_BYTES))])
    _tell(ranged)
    try:
        opener = _Folder(ranged, name)
        with rasterio.open(name, driver="GTiff", sharing=False, opener=opener) as source:
            _BEHIND[source] = ranged
            yield source
    finally:
        # Before anything that was read can be used: GDAL was given zeros for what did not come.
        _tell(ranged)


def _tell(ranged: Ranged) -> None:
    if ranged.problem is not None:
        raise ranged.problem from None
