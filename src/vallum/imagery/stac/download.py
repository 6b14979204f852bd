"""Fetching whole files: in parts that survive a killed run, with patience and room on the disk."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from vallum.ground.errors import DiskFull, NotReached
from vallum.ground.whole import replace_whole, write_whole
from vallum.imagery.stac.hosts import shown
from vallum.imagery.stac.wire import Failed, Reply, Wire
from vallum.imagery.stac.wire import whole as whole_number

Show = Callable[[str, float, float, str], None]

MOST_BYTES = 64 << 30
_ROOM_BYTES = 256 << 20  # what is left free for everything else


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A file that was fetched whole."""

    path: Path
    sha256: str
    n_bytes: int


def silent(what: str, done: float, total: float, unit: str) -> None:
    """Show nothing."""


def fetch(
    wire: Wire,
    href: Callable[[], str],
    to: Path,
    *,
    sha256: str = "",
    most_bytes: int = MOST_BYTES,
    show: Show = silent,
) -> Fetched:
    """Fetch a file; what an earlier run left as `.part` is gone on with if the file is the same.

    Args:
        wire: the way out.
        href: gives the address, signed anew each time it is called.
        to: where the whole file goes.
        sha256: what it must hash to; empty where that is not known.
        most_bytes: more than this is refused.
        show: told how far it is.

    Raises:
        AddressRefused: the address is not asked.
        DiskFull: there is no room for it.
        NotReached: the server did not give it, or gave something else than the catalogue states.
    """
    part, note = to.with_name(f"{to.name}.part"), to.with_name(f"{to.name}.part.json")
    plain = shown(href())

    def attempt() -> None:
        _go_on(wire, href(), part, note, most_bytes, show)

    if not to.exists():
        wire.patiently(attempt, plain)
    found = _hash(part if not to.exists() else to)
    if sha256 and found != sha256:
        for path in (part, note, to):
            path.unlink(missing_ok=True)
        raise NotReached(
            f"{plain}: its bytes are not those that the catalogue states; they were thrown away, "
            "run it again"
        )
    if not to.exists():
        replace_whole(part, to)
        note.unlink(missing_ok=True)
    return Fetched(path=to, sha256=found, n_bytes=to.stat().st_size)


def _go_on(wire: Wire, href: str, part: Path, note: Path, most_bytes: int, show: Show) -> None:
    """Fetch what is still missing of a file into `part`."""
    had = part.stat().st_size if part.exists() else 0
    validator = _validator(note) if had else ""
    headers = {"Range": f"bytes={had}-", "If-Range": validator} if had and validator else {}
    try:
        with wire.open(href, headers=headers) as reply:
            start = had if _goes_on(reply, had) else 0
            _store(reply, part, note, start, most_bytes, show)
    except Failed as error:
        if error.status == 416:  # it holds no more than we have: shorter now, or complete
            part.unlink(missing_ok=True)
            raise Failed(str(error), is_hopeful=True) from error
        raise


def _goes_on(reply: Reply, had: int) -> bool:
    """Say whether an answer begins where the last one ended."""
    told = reply.header("content-range")
    if reply.status != 206:
        return False
    if not told.startswith(f"bytes {had}-"):
        raise Failed(f"{shown(reply.href)}: sends another part than was asked for")
    return True


def _store(reply: Reply, part: Path, note: Path, start: int, most_bytes: int, show: Show) -> None:
    length = whole_number(reply.header("content-length"))
    total = start + length if length is not None else 0
    if total > most_bytes:
        raise Failed(
            f"{shown(reply.href)}: is {total / 2**30:,.1f} GiB, more than "
            f"{most_bytes / 2**30:,.0f}; leave --whole away to fetch the corridor only"
        )
    check_room(part.parent, total - start)
    write_whole(note, json.dumps(validators(reply.headers)).encode())
    name = shown(reply.href).rsplit("/", 1)[-1]
    done = start
    with part.open("r+b" if start else "wb") as stream:
        stream.seek(start)
        stream.truncate()
        for piece in reply.parts(most_bytes - start):
            stream.write(piece)
            done += len(piece)
            show(f"fetch {name}", done, total, "B")
        stream.flush()
        os.fsync(stream.fileno())


def validators(headers: Mapping[str, str]) -> dict[str, str]:
    """Return what tells this version of a file from another."""
    return {
        name: headers[name]
        for name in ("etag", "last-modified", "content-length")
        if name in headers
    }


def _validator(note: Path) -> str:
    """Return what to send as `If-Range`; a weak tag may not be (RFC 9110, 13.1.5)."""
    try:
        known = json.loads(note.read_text())
        tag = str(known.get("etag", ""))
        return tag if tag.startswith('"') else str(known.get("last-modified", ""))
    except (OSError, ValueError, AttributeError):
        return ""


def check_room(folder: Path, n_bytes: int) -> None:
    """Refuse to begin what will not fit.

    Raises:
        DiskFull: there is too little room in the folder.
    """
    free = shutil.disk_usage(folder).free
    if n_bytes + _ROOM_BYTES > free:
        raise DiskFull(
            f"{n_bytes / 2**30:,.1f} GiB are to be fetched, {free / 2**30:,.1f} GiB are free; "
            "nothing more was fetched, free some space and run it again"
        )


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
