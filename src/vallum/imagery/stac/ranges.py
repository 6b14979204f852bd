"""Reading only the corridor of a remote image: blocks are fetched when they are needed, and kept.

The limited process (`cutting`) decodes the image but has no network. It asks this side over an
inherited socket for byte ranges of numbered files; this side fetches them into a sparse file of
the image's size, which the limited process reads. What it may ask for is bounded: only files it
was given, only ranges inside them, only so much. GDAL never sees an address.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from typing_extensions import TypedDict  # that of `typing` tells pydantic too little before 3.12

from vallum.ground import foreign
from vallum.ground.errors import NotReached, VallumError, WorkerFailed
from vallum.ground.whole import write_whole
from vallum.imagery.stac.download import Show, check_room, silent, validators
from vallum.imagery.stac.hosts import shown
from vallum.imagery.stac.wire import Failed, Reply, Wire, whole

BLOCK_BYTES = 1 << 16
_MOST_AT_ONCE = 8 << 20
_BRIDGED_BLOCKS = 4  # fetching a gap of 256 KiB costs less than another request
_MOST_BYTES = 16 << 30
_LARGEST_BYTES = 1 << 41
_LINE_BYTES = 1 << 22
_OUTS = ("out", "mask_out")


class Cut(TypedDict):
    """What `cutting.cut` tells: blocks read, blocks there are, whether a mask was written."""

    n_blocks: int
    n_all: int
    mask: bool


_LONGEST_S = 24 * 3600.0


class Parts(Protocol):
    """A file of which parts can be had."""

    path: Path
    size: int
    n_fetched: int

    def ensure(self, ranges: Sequence[tuple[int, int]], show: Show, what: str) -> None:
        """See to it that byte ranges (start, stop) are in the file at `path`."""
        ...


@dataclass(kw_only=True)
class Here:
    """A file that was fetched whole."""

    path: Path
    size: int
    n_fetched: int = 0

    def ensure(self, ranges: Sequence[tuple[int, int]], show: Show, what: str) -> None:
        """Do nothing: all of it is here."""


@dataclass(kw_only=True)
class Remote:
    """One file on a server, of which parts are here.

    Attributes:
        wire: the way out.
        href: gives the address, signed anew each time it is called.
        path: sparse file beside which a list of what is here is kept.
        size: bytes of the whole file.
        n_fetched: bytes fetched by this run.
    """

    wire: Wire
    href: Callable[[], str] = field(repr=False)
    path: Path
    size: int = 0
    n_fetched: int = 0
    _have: set[int] = field(default_factory=set, repr=False)
    _known: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def _list(self) -> Path:
        return self.path.with_name(f"{self.path.name}.have")

    def open(self) -> None:
        """Learn its size from its first bytes, and what an earlier run fetched of it.

        Raises:
            AddressRefused: the address is not asked.
            NotReached: the server does not give parts of files, or nothing.
        """
        old = self._remembered()
        first = self._asked(0, BLOCK_BYTES)
        is_same = old is not None and old["known"] == self._known and old["size"] == self.size
        if is_same and old is not None and self.path.exists():
            self._have = {n for first, last in old["have"] for n in range(first, last + 1)}
        else:
            self._have = set()
            with self.path.open("wb") as stream:
                stream.truncate(self.size)
        self._keep(0, first)

    def ensure(self, ranges: Sequence[tuple[int, int]], show: Show, what: str) -> None:
        """Fetch what is missing of byte ranges (start, stop).

        Raises:
            NotReached: the server stopped giving it, or the file was changed there.
        """
        wanted: set[int] = set()
        for start, stop in ranges:
            wanted.update(range(start // BLOCK_BYTES, -(-min(stop, self.size) // BLOCK_BYTES)))
        missing = sorted(wanted - self._have)
        check_room(self.path.parent, len(missing) * BLOCK_BYTES)
        total = self.n_fetched + len(missing) * BLOCK_BYTES
        for first, last in _runs(missing, _BRIDGED_BLOCKS, _MOST_AT_ONCE // BLOCK_BYTES):
            start, stop = first * BLOCK_BYTES, min((last + 1) * BLOCK_BYTES, self.size)
            self._keep(start, self._asked(start, stop))
            show(what, min(self.n_fetched, total), total, "B")

    def _asked(self, start: int, stop: int) -> bytes:
        def attempt() -> bytes:
            headers = {"Range": f"bytes={start}-{stop - 1}"}
            with self.wire.open(self.href(), headers=headers) as reply:
                self._check(reply, start)
                return b"".join(reply.parts(stop - start))

        found: bytes = self.wire.patiently(attempt, shown(self.href()))
        self.n_fetched += len(found)
        return found

    def _check(self, reply: Reply, start: int) -> None:
        """Refuse an answer that is no part of the file that was opened."""
        told = reply.header("content-range")
        range_, _, text = told.removeprefix("bytes ").partition("/")
        size = whole(text)
        if reply.status != 206 or size is None or not range_.startswith(f"{start}-"):
            raise Failed(
                f"{shown(reply.href)}: the server gives no parts of files; fetch it whole with "
                "--whole"
            )
        if size > _LARGEST_BYTES:
            raise Failed(f"{shown(reply.href)}: is said to be {size / 2**40:,.0f} TiB; left out")
        known = validators(reply.headers)
        known.pop("content-length", None)
        if not self.size:
            self.size, self._known = size, known
        elif size != self.size or known != self._known:
            self._list.unlink(missing_ok=True)
            raise Failed(
                f"{shown(reply.href)}: was changed on the server while it was read; run it again"
            )

    def _keep(self, start: int, content: bytes) -> None:
        if len(content) < min(BLOCK_BYTES, self.size - start):
            raise NotReached(
                f"{shown(self.href())}: sends less than was asked for; try again later"
            )
        with self.path.open("r+b") as stream:
            os.pwrite(stream.fileno(), content, start)
            # First the bytes, then the list: else a power cut leaves a hole that nobody sees.
            os.fsync(stream.fileno())
        first = start // BLOCK_BYTES
        self._have.update(range(first, first + -(-len(content) // BLOCK_BYTES)))
        kept = {"size": self.size, "known": self._known, "have": [*_runs(sorted(self._have), 1)]}
        write_whole(self._list, json.dumps(kept).encode())

    def _remembered(self) -> dict[str, Any] | None:
        try:
            kept = json.loads(self._list.read_text())
            return kept if {"size", "known", "have"} <= set(kept) else None
        except (OSError, ValueError, TypeError):
            return None

    def forget(self) -> None:
        """Remove what was fetched."""
        self.path.unlink(missing_ok=True)
        self._list.unlink(missing_ok=True)


def _runs(numbers: Sequence[int], step: int, most: int = 1 << 40) -> Iterator[tuple[int, int]]:
    """Yield first and last of runs of block numbers at most `step` apart, none too long."""
    first = last = -1
    for number in numbers:
        if first >= 0 and number - last <= step and number - first < most:
            last = number
            continue
        if first >= 0:
            yield first, last
        first = last = number
    if first >= 0:
        yield first, last


def cut(
    remotes: Sequence[Parts],
    arguments: dict[str, Any],
    *,
    show: Show = silent,
    what: str = "fetch",
) -> Any:
    """Have the limited process cut the corridor out of remote files; return what it tells.

    Args:
        remotes: opened files.
        arguments: of `cutting.cut`, without `files` and `channel`.
        show: told how far it is.
        what: what is being fetched.

    Raises:
        BadImage: the files cannot be used.
        NotReached: the server stopped giving them.
        WorkerFailed: the limited process died.
    """
    ours, theirs = socket.socketpair()
    files = [{"path": str(r.path.resolve()), "size": r.size} for r in remotes]
    problems: list[VallumError] = []

    def serve() -> None:
        try:
            _serve(ours, remotes, show, what)
        except VallumError as error:
            problems.append(error)
        except (OSError, ValueError) as error:
            problems.append(WorkerFailed(f"what it asked for made no sense ({error})"))
        finally:
            ours.close()  # the other side sees the end and gives up

    helper = threading.Thread(target=serve, daemon=True)
    helper.start()
    try:
        found = foreign.call(
            "vallum.imagery.stac.cutting:cut",
            {**arguments, "files": files, "channel": theirs.fileno()},
            reads=[remote.path for remote in remotes],
            writes=sorted({Path(arguments[name]).parent for name in _OUTS if arguments.get(name)}),
            returns=Cut,
            wall_s=_LONGEST_S,
            file_bytes=_MOST_BYTES * 4,
            inherited=(theirs.fileno(),),
        )
    except VallumError as error:
        theirs.close()
        helper.join()
        raise (problems[0] if problems else error) from error
    finally:
        theirs.close()
        helper.join()
    return found


def _serve(ours: socket.socket, remotes: Sequence[Parts], show: Show, what: str) -> None:
    """Answer requests for ranges until the other side has gone."""
    with ours.makefile("rwb") as stream:
        while line := stream.readline(_LINE_BYTES):
            number, ranges = _request(line, remotes)
            n_asked = sum(stop - start for start, stop in ranges)
            if n_asked + sum(remote.n_fetched for remote in remotes) > _MOST_BYTES:
                raise WorkerFailed("it needs more than 16 GiB; measure a shorter stretch at a time")
            remotes[number].ensure(ranges, show, what)
            stream.write(b"ok\n")
            stream.flush()


def _request(line: bytes, remotes: Sequence[Parts]) -> tuple[int, list[tuple[int, int]]]:
    """Return file and ranges of a request, checked: what decodes a foreign file is not trusted.

    Raises:
        ValueError: it is no request for parts of the files.
    """
    number, ranges = json.loads(line)
    if type(number) is not int or not 0 <= number < len(remotes):
        raise ValueError("a file that is not there")
    for pair in ranges:
        start, stop = pair
        if type(start) is not int or type(stop) is not int or not 0 <= start < stop:
            raise ValueError("a range that is none")
        if start >= remotes[number].size:
            raise ValueError("a range behind the end")
    return number, [(start, stop) for start, stop in ranges]
