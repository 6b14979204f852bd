"""Whole or not at all: the one place where a file or folder gets the name under which it is kept.

Whatever is written is written under another name first, is put on the disk (`fsync`), gets its name
in one step (`rename`), and then the folder is put on the disk, so that the name is there too. Left
out, the second would lose the content at a power cut, the fourth the name: Pillai et al., "All File
Systems Are Not Created Equal" (OSDI 2014), found both in programs that many people rely on.
"""

from __future__ import annotations

import ctypes
import errno
import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO

from vallum.ground.errors import DiskFull, VallumError

PART = ".part"
OUT_OF_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FULL_WORDS = ("disk is full", "no space", "disk i/o", "failed to write", "file too large")
_LEAST_ROOM_BYTES = 1 << 20
_NO_TIME = (0, 0)
_STALE_S = 3600
_AT_ONCE = 8
_EXCHANGE = 2  # RENAME_EXCHANGE of renameat2(2)
_AT_FDCWD = -100
_BLOCK_BYTES = 4096


def write_whole(path: Path, content: bytes | Callable[[BinaryIO], None]) -> None:
    """Write a file so that a crash leaves the old one or the new one, never half of one.

    Args:
        path: in a folder that is there; replaced if there is one.
        content: the bytes, or what writes them to the open file.

    Raises:
        DiskFull: there is no room; names the file and, as far as known, the bytes it needs.
    """
    _sweep(path)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}{PART}")
    _write(part, path, content, mode=0o666, show=str(path))


def write_private(path: Path, content: bytes | Callable[[BinaryIO], None]) -> None:
    """Write a file as `write_whole`, readable by its owner only and without a time.

    Its time is set to zero: the order in which files came says who sent them. Neither its draft nor
    an error tells its folder.

    Args:
        path: in a folder that is there; replaced if there is one.
        content: the bytes, or what writes them to the open file.

    Raises:
        DiskFull: there is no room.
    """
    part = path.with_name(f".{secrets.token_hex(8)}{PART}")
    _write(part, path, content, mode=0o600, show=path.name)


def _write(
    part: Path, path: Path, content: bytes | Callable[[BinaryIO], None], *, mode: int, show: str
) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    n_bytes = 0
    try:
        with os.fdopen(os.open(part, flags, mode), "wb") as handle:
            if callable(content):
                content(handle)
            else:
                handle.write(content)
            handle.flush()
            n_bytes = handle.tell() if handle.seekable() else 0
            if mode == 0o600:
                os.utime(handle.fileno(), _NO_TIME)
            os.fsync(handle.fileno())
        part.replace(path)
    except OSError as error:
        needed = n_bytes if callable(content) else len(content)
        with suppress(OSError):
            needed = needed or part.stat().st_size
        part.unlink(missing_ok=True)
        raise _in_words(error, show, needed, is_all=not callable(content)) from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    fsync_folder(path.parent)


def _in_words(error: OSError, show: str, n_bytes: int, *, is_all: bool) -> Exception:
    """Return what is told of a failure: a full disk is called so, with what the file needs."""
    if error.errno not in OUT_OF_ROOM:
        return error
    return no_room(show, n_bytes, is_all=is_all)


def no_room(show: str, n_bytes: int, *, is_all: bool = True) -> DiskFull:
    """Return the error for a file or folder that had no room.

    Args:
        show: its path.
        n_bytes: what it needs; 0 where nobody knows.
        is_all: False if it needs more than that.
    """
    more = "" if is_all else "more than "
    needs = f" for {more}{n_bytes:,} bytes" if n_bytes else ""
    return DiskFull(
        f"{show}: no room left{needs}; nothing half-written was kept, free some space and run the "
        "same command again"
    )


def _sweep(path: Path) -> None:
    """Take away drafts of this file that a process left behind when it was killed."""
    oldest = time.time() - _STALE_S
    for left in path.parent.glob(f".{_literal(path.name)}.*{PART}"):
        with suppress(OSError):
            if left.stat().st_mtime < oldest:
                left.unlink()


def _literal(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


@contextmanager
def drafted_whole(path: Path, *, suffix: str = "") -> Iterator[Path]:
    """Yield the name of a draft that takes the place of `path` if nothing goes wrong.

    For libraries that write files themselves and put others beside them meanwhile: the draft lies
    in a folder of its own.

    Args:
        path: in a folder that is there; replaced if there is one.
        suffix: ending of the draft's name, where a library looks at it; that of `path` if empty.

    Raises:
        DiskFull: there is no room.
    """
    folder = path.with_name(f".{path.name}.{secrets.token_hex(4)}{PART}")
    try:
        folder.mkdir(mode=0o700)
        draft = folder / (path.stem + (suffix or path.suffix))
        yield draft
        replace_whole(draft, path)
    except Exception as error:
        if not is_out_of_room(error, path.parent):
            raise
        # Where not even the folder had room: a file takes a block of the disk, and its name more.
        n_bytes = max(_size_of(folder), _BLOCK_BYTES)
        raise no_room(str(path), n_bytes, is_all=False) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_out_of_room(error: Exception, folder: Path) -> bool:
    """Say whether the disk was full; GDAL and SQLite say so in words of their own, or not at all.

    Args:
        error: what a library raised.
        folder: where it wrote.
    """
    if isinstance(error, VallumError):
        return False
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in OUT_OF_ROOM
    return any(word in str(error).lower() for word in _FULL_WORDS) or (
        shutil.disk_usage(folder).free < _LEAST_ROOM_BYTES
    )


def _size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def replace_whole(draft: Path, path: Path) -> None:
    """Give a finished file its name; at any moment the old or the new one is there.

    Args:
        draft: a file that is written and closed, on the same file system.
        path: replaced if there is one.

    Raises:
        DiskFull: there is no room for what the system had not written yet.
    """
    try:
        _fsync(draft)
    except OSError as error:
        raise _in_words(error, str(path), draft.stat().st_size, is_all=True) from error
    draft.replace(path)
    fsync_folder(path.parent)


def folder_whole(partial: Path, folder: Path, *, aside: Path | None = None) -> None:
    """Give a finished folder its name; at any moment the old or the new one is there.

    Args:
        partial: a folder that is written, on the same file system; gone afterwards.
        folder: where it shall lie; an empty one is replaced.
        aside: where to keep the folder that lies there, in a folder that is there; replaced if
            there is one. Needed if `folder` is there and not empty.

    Raises:
        OSError: `folder` is there, not empty, and `aside` is None.
        DiskFull: there is no room for what the system had not written yet.
    """
    try:
        fsync_tree(partial)
    except OSError as error:
        raise _in_words(error, str(folder), _size_of(partial), is_all=True) from error
    if aside is None or not folder.exists():
        partial.replace(folder)
    else:
        shutil.rmtree(aside, ignore_errors=True)
        # First where the old one will lie: a crash before the exchange leaves the old one in place.
        partial.replace(aside)
        if not _exchanged(aside, folder):
            aside.replace(partial)
            folder.replace(aside)
            try:
                partial.replace(folder)
            except BaseException:
                aside.replace(folder)
                raise
        fsync_folder(aside.parent)
    fsync_folder(folder.parent)
    if partial.parent != folder.parent and partial.parent.is_dir():
        fsync_folder(partial.parent)


def _exchanged(one: Path, other: Path) -> bool:
    """Swap the names of two folders in one step; False where the system cannot (renameat2(2))."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    paths = os.fsencode(one), os.fsencode(other)
    return bool(call(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _EXCHANGE) == 0)


def fsync_tree(folder: Path) -> None:
    """Put every file of a folder on the disk, and every name in it; links are left as they are."""
    files, folders = [], [folder]
    for path in folder.rglob("*"):
        if path.is_symlink():
            continue
        if path.is_dir():
            folders.append(path)
        elif path.is_file():
            files.append(path)
    # Several at a time: the system writes what waits together, in one turn of the disk.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for done in [pool.submit(_fsync, path) for path in files]:
            done.result()
    for path in sorted(folders, reverse=True):
        fsync_folder(path)


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def fsync_open(handle: IO[bytes] | IO[str]) -> None:
    """Put what was written to an open file on the disk."""
    handle.flush()
    os.fsync(handle.fileno())


def fsync_folder(folder: Path) -> None:
    """Make sure that a name written or taken away in `folder` stays so after a power cut.

    Where a file system cannot do that for folders (some network drives), nothing is done.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP, errno.EBADF}:
            raise
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, so that they outlast a power cut."""
    missing = []
    for one in [folder, *folder.parents]:
        if one.exists():
            break
        missing.append(one)
    folder.mkdir(parents=True, exist_ok=True)
    for one in reversed(missing):
        fsync_folder(one.parent)
