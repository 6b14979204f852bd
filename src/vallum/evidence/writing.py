"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

PART = ".part"
_NO_TIME = (0, 0)


def write_whole(path: Path, content: bytes | Callable[[BinaryIO], None]) -> None:
    """Write a file so that a crash leaves the old one or the new one, readable by its owner only.

    Its time is set to zero: the order in which files came says who sent them.

    Args:
        path: in a folder that is there; replaced if there is one.
        content: the bytes, or what writes them to the open file.
    """
    part = path.with_name(f".{secrets.token_hex(8)}{PART}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    try:
        with os.fdopen(os.open(part, flags, 0o600), "wb") as handle:
            if callable(content):
                content(handle)
            else:
                handle.write(content)
            handle.flush()
            os.utime(handle.fileno(), _NO_TIME)
            os.fsync(handle.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    fsync_folder(path.parent)


def fsync_folder(folder: Path) -> None:
    """Make sure that a name written or taken away in `folder` stays so after a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
