"""Reads a backup: a file from outside, of which nothing is believed that its list does not say."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from vallum.config import FILE_NAME
from vallum.ground import whole
from vallum.ground.errors import BadInput
from vallum.ground.records import SCHEMA_VERSION
from vallum.project import DATABASE_FILE, FRONTIER_FILE

MANIFEST = "manifest.json"
INSIDE = "project"
FORMAT = "vallum backup 1"
_MOST_MANIFEST = 256 << 20
_MOST_FILES = 1_000_000
_CHUNK = 1 << 20
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_NEEDED = (FILE_NAME, FRONTIER_FILE, DATABASE_FILE)


@dataclass(frozen=True, kw_only=True)
class Listed:
    """What the list of a backup says of a file."""

    sha256: str
    n_bytes: int


@dataclass(frozen=True, kw_only=True)
class Content:
    """A backup that is open for reading."""

    name: str
    rows: int
    head: str
    at: str
    files: Mapping[str, Listed]
    read: Callable[[str], IO[bytes]]


@contextmanager
def opened(backup: Path) -> Iterator[Content]:
    """Open a backup and read its list.

    Raises:
        BadInput: it is no backup, or its list cannot be believed.
    """
    if backup.is_dir():
        yield _content(backup.name, lambda name: _in_folder(backup, name))
        return
    try:
        with zipfile.ZipFile(backup) as archive:
            _check_names(backup.name, archive)
            yield _content(backup.name, archive.open)
    except FileNotFoundError as error:
        raise BadInput(f"there is no {backup}; nothing was restored, check the path") from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error) as error:
        raise _refused(backup.name, "it is no sound zip file") from error


def _in_folder(folder: Path, name: str) -> IO[bytes]:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise _refused(folder.name, f"'{name[:80]}' is a link to elsewhere")
    if path.exists() and not path.is_file():
        raise _refused(folder.name, f"'{name[:80]}' is no plain file")
    return path.open("rb")


def _check_names(name: str, archive: zipfile.ZipFile) -> None:
    names = archive.namelist()
    if len(names) > _MOST_FILES or len(set(names)) != len(names):
        raise _refused(name, "it holds a name twice, or too many")
    # The others are unpacked in pieces of any size, however little is asked for.
    if any(one.compress_type not in _PACKED for one in archive.infolist()):
        raise _refused(name, "it is packed in a way that vallum never packs")


def _content(name: str, read: Callable[[str], IO[bytes]]) -> Content:
    try:
        with read(MANIFEST) as handle:
            raw = handle.read(_MOST_MANIFEST + 1)
    except (KeyError, OSError) as error:
        raise _refused(name, f"it holds no {MANIFEST}") from error
    try:
        told = json.loads(raw) if len(raw) <= _MOST_MANIFEST else None
        if not isinstance(told, dict) or told.get("format") != FORMAT:
            raise _refused(name, f"its {MANIFEST} is not of a kind this vallum knows")
        if int(told["schema"]) > SCHEMA_VERSION:
            raise _refused(name, "it was written by a newer vallum; install that first")
        files = {str(one): _listed(about) for one, about in dict(told["files"]).items()}
        content = Content(
            name=name,
            rows=int(told["rows"]),
            head=str(told["head"]),
            at=str(told["at"]),
            files=files,
            read=read,
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _refused(name, f"its {MANIFEST} cannot be read") from error
    _check_files(name, files)
    return content


def _listed(about: Any) -> Listed:
    n_bytes = about["bytes"]
    if not isinstance(n_bytes, int) or n_bytes < 0:
        raise ValueError("a size that is none")
    return Listed(sha256=str(about["sha256"]), n_bytes=n_bytes)


def _check_files(name: str, files: Mapping[str, Listed]) -> None:
    for one in files:
        parts = PurePosixPath(one).parts
        is_plain = one != "" and one == "/".join(parts) and not set(parts) & {"..", ".", "/"}
        if not is_plain or "\\" in one or ":" in one or not one.isprintable():
            raise _refused(name, f"it names '{one[:80]!r}', which is no plain name")
        if one.startswith(DATABASE_FILE) and one != DATABASE_FILE:
            raise _refused(name, f"it holds '{one[:80]}', which would act on the database")
    missing = [one for one in _NEEDED if one not in files]
    if missing:
        raise _refused(name, f"it holds no {missing[0]}")


def check_room(backup: Path, content: Content, folder: Path) -> None:
    """Refuse what has no room, before anything is written.

    Raises:
        DiskFull: there is no room.
    """
    needed = sum(one.n_bytes for one in content.files.values())
    if needed > shutil.disk_usage(folder).free:
        raise whole.no_room(str(backup), needed)


def take_out(content: Content, name: str, folder: Path) -> None:
    """Write one file of a backup into a folder, if it is what the list says.

    Raises:
        BadInput: it is missing, longer or shorter, or has another hash.
    """
    listed, digest, left = content.files[name], hashlib.sha256(), content.files[name].n_bytes
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0)
    try:
        with (
            content.read(f"{INSIDE}/{name}") as source,
            os.fdopen(os.open(target, flags, 0o600), "wb") as out,
        ):
            # Never more than the list says, however much a zip file claims to unpack to.
            while chunk := source.read(min(_CHUNK, left + 1)):
                left -= len(chunk)
                if left < 0:
                    break
                digest.update(chunk)
                out.write(chunk)
    except (KeyError, FileNotFoundError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise _refused(content.name, f"{name} is missing or damaged") from error
    except OSError as error:
        if error.errno in whole.OUT_OF_ROOM:
            raise whole.no_room(name, listed.n_bytes) from error
        raise
    if left or digest.hexdigest() != listed.sha256:
        raise _refused(content.name, f"{name} is not as it was when the backup was made")


def _refused(name: str, why: str) -> BadInput:
    return BadInput(f"{name} cannot be restored: {why}; nothing was restored, use another backup")
