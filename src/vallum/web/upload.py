"""Files that come in through the browser, straight to the project's inbox, never held in memory."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from fastapi import Request
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool

from vallum.ground.errors import BadInput, TooLarge
from vallum.steps.home import Home

MOST_BYTES = 20 << 30
MOST_FILES = 10_000
FILES = "files"
_MOST_FIELD = 2000
_MOST_FIELDS = 200
_MOST_NAME_BYTES = 200
_MOST_DEPTH = 8
_LOOK_EVERY = 64 << 20
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\/]')


class Inbox:
    """Takes a multipart body in pieces: files to `folder`, short texts to `fields`.

    Files of the fields in `apart` go to a folder of that name in it, all others to `FILES` beside.
    """

    def __init__(
        self, folder: Path, boundary: bytes, here: Home, apart: frozenset[str] = frozenset()
    ) -> None:
        self.folder = folder
        self.apart = apart
        self.fields: dict[str, str] = {}
        self.n_files = 0
        self._here = here
        self._n_bytes = self._looked = 0
        self._file: BinaryIO | None = None
        self._name = ""
        self._text = bytearray()
        self._header, self._value = bytearray(), bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, a, b: self._header.extend(data[a:b]),
                "on_header_value": lambda data, a, b: self._value.extend(data[a:b]),
                "on_header_end": self._header_end,
                "on_headers_finished": self._open,
                "on_part_data": self._data,
                "on_part_end": self._end,
            },
        )

    def feed(self, piece: bytes) -> None:
        """Take the next piece.

        Raises:
            TooLarge: more than 20 GB, or than 10,000 files.
            BadInput: it is no multipart body.
            DiskFull: the disk is nearly full.
        """
        self._n_bytes += len(piece)
        if self._n_bytes > MOST_BYTES:
            raise too_large()
        if self._n_bytes - self._looked > _LOOK_EVERY:
            self._looked = self._n_bytes
            self._here.check_room(0)
        try:
            self._parser.write(piece)
        except MultipartParseError as error:
            raise BadInput("the upload is damaged; nothing was taken in, send it again") from error

    def close(self) -> None:
        """Close what is open."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _begin(self) -> None:
        self._headers = {}

    def _header_end(self) -> None:
        self._headers[bytes(self._header).lower()] = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _open(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        self._text.clear()
        if b"filename" not in options:
            return
        self.n_files += 1
        if self.n_files > MOST_FILES:
            raise TooLarge(f"more than {MOST_FILES:,} files at once; send fewer at a time")
        name = safe_path(options[b"filename"].decode("utf-8", "replace"))
        part = self._name if self._name in self.apart else FILES
        path = self._free(Path(part) / name if self.apart else name)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("xb")

    def _free(self, name: Path) -> Path:
        """Return a path in the folder that is not taken, by a file or by a folder."""
        for number in range(MOST_FILES):
            wanted = name if not number else name.with_name(f"{name.stem}-{number}{name.suffix}")
            path = self.folder / wanted
            above = [part for part in path.parents if part.is_relative_to(self.folder)]
            if not path.exists() and not any(part.is_file() for part in above):
                return path
            if any(part.is_file() for part in above):
                name = Path(name.name)
        raise TooLarge("too many files of one name; send fewer at a time")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(data[start:end])
        else:
            self._text.extend(data[start:end])
            if len(self._text) > _MOST_FIELD:
                raise BadInput(f"'{self._name[:40]}' is too long; nothing was taken in, shorten it")

    def _end(self) -> None:
        if self._file is not None:
            self.close()
        else:
            if len(self.fields) >= _MOST_FIELDS:
                raise TooLarge(f"more than {_MOST_FIELDS} texts came with the files; send fewer")
            self.fields[self._name] = self._text.decode("utf-8", "replace")


def safe_path(told: str) -> Path:
    """Return a relative path made of what a browser calls a file: no way out of a folder.

    Folders stay, so that a delivery's files stay together; `..`, drive letters, hidden names and
    signs that no file system likes do not.
    """
    parts = re.split(r"[/\\]+", unicodedata.normalize("NFC", told))
    seen = ("".join(sign if sign.isprintable() else "_" for sign in part) for part in parts)
    clean = [_short(_FORBIDDEN.sub("_", part).strip().lstrip(".").rstrip(". ")) for part in seen]
    kept = [part for part in clean if part]
    return Path(*kept[-_MOST_DEPTH:]) if kept else Path("unnamed")


def _short(part: str) -> str:
    """Return the end of a name, as long as a disk takes."""
    return part[-120:].encode()[-_MOST_NAME_BYTES:].decode("utf-8", "ignore")


async def receive(
    request: Request,
    folder: Path,
    here: Home,
    *,
    needs_file: bool = True,
    apart: Iterable[str] = (),
) -> Inbox:
    """Take all files of a request into a folder.

    Args:
        request: with the files.
        folder: where they go.
        here: looks after the room on the disk.
        needs_file: False where texts alone are enough.
        apart: fields whose files are kept apart, each in a folder of its name.

    Raises:
        BadInput: it is no multipart upload, or holds no file though one is needed.
        TooLarge: it is larger than 20 GB.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not 0 < len(boundary) <= 200:
        raise BadInput("this is no upload of files; nothing was taken in, choose files or a folder")
    inbox = Inbox(folder, boundary, here, frozenset(apart))
    try:
        async for piece in request.stream():
            await run_in_threadpool(inbox.feed, piece)
    finally:
        inbox.close()
    if needs_file and not inbox.n_files:
        raise BadInput("there was no file in it; nothing was taken in, choose files or a folder")
    return inbox


def too_large() -> TooLarge:
    """Return the error for an upload over the limit."""
    return TooLarge(
        f"more than {MOST_BYTES >> 30} GB came at once; nothing was taken in, add the folder by "
        "its path instead"
    )
