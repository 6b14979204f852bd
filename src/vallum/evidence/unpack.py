"""What lies inside a file: members of archives, rows of databases, streams, chunks, data URLs.

For files that vallum itself is about to publish, not for foreign ones. Nothing is written to disk.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

_MOST_BYTES = 1 << 30
_MOST_DEPTH = 6
_PDF_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_PDF_TEXT = re.compile(rb"\(((?:[^()\\]|\\.){0,5000})\)|<([0-9A-Fa-f\s]{2,10000})>", re.DOTALL)
_PDF_OCTAL = re.compile(rb"\\([0-7]{1,3})|\\(.)", re.DOTALL)
_DATA_URL = re.compile(rb"base64,([A-Za-z0-9+/=\s%]{8,})")
_BASE64 = re.compile(rb"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40,}={0,2}")
_LEAST_BASE64 = 40
_PNG, _SQLITE = b"\x89PNG\r\n\x1a\n", b"SQLite format 3\0"


@dataclass(frozen=True, kw_only=True)
class Part:
    """A file, or something in it, with its bytes as they are when unpacked."""

    name: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Unread:
    """Something that could not be looked into, and why."""

    name: str
    why: str


class Budget:
    """How much may be unpacked from one file."""

    def __init__(self, n_bytes: int = _MOST_BYTES) -> None:
        self.n_bytes = n_bytes

    def take(self, content: bytes) -> bool:
        """Note `content` and return whether there is room for it."""
        self.n_bytes -= len(content)
        return self.n_bytes >= 0


def inside(name: str, content: bytes, budget: Budget, depth: int = 0) -> Iterator[Part | Unread]:
    """Yield a file and all that lies in it, however deep.

    Args:
        name: as it is told.
        content: its bytes.
        budget: what may be unpacked in all.
        depth: how deep it lies.
    """
    if not budget.take(content):
        yield Unread(name=name, why="more than 1 GB when unpacked")
        return
    yield Part(name=name, content=content)
    opener = _opener(content)
    if opener is None:
        return
    if depth >= _MOST_DEPTH:
        yield Unread(name=name, why=f"lies more than {_MOST_DEPTH} files deep")
        return
    try:
        for part in opener(content):
            if isinstance(part, Unread):
                yield Unread(name=f"{name} > {part.name}".removesuffix(" > "), why=part.why)
            else:
                yield from inside(f"{name} > {part.name}", part.content, budget, depth + 1)
    except (zipfile.BadZipFile, sqlite3.Error, zlib.error, struct.error, EOFError, OSError,
            ValueError, NotImplementedError, RuntimeError) as error:  # fmt: skip
        yield Unread(name=name, why=f"cannot be opened: {error}")


def _opener(content: bytes) -> Callable[[bytes], Iterator[Part | Unread]] | None:
    if content[:4] in {b"PK\3\4", b"PK\5\6"}:
        return _zip
    if content.startswith(_SQLITE):
        return _sqlite
    if content.startswith(_PNG):
        return _png
    if content[:1024].find(b"%PDF-") >= 0:
        return _pdf
    if content[:2] == b"\x1f\x8b":
        return _gzip
    if content[:4] == b"wOFF":
        return _woff
    if content[:4] == b"wOF2":
        return _woff2
    if b"base64," in content or next(runs_in(content, _OF_BASE64, _LEAST_BASE64), None):
        return _base64
    return None


def letters_in(some: bytes) -> bytes:
    """Return a table for `runs_in` that tells these letters from all others."""
    return bytes(value in some for value in range(256))


_OF_BASE64 = letters_in(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")


def runs_in(content: bytes, letters: bytes, least: int) -> Iterator[tuple[int, int]]:
    """Yield where `least` or more of some letters stand in a row: from, and up to."""
    if len(content) < least:
        return
    marks = content.translate(letters)
    run, end = b"\1" * least, 0
    while (begin := marks.find(run, end)) >= 0:
        end = marks.find(b"\0", begin)
        end = len(marks) if end < 0 else end
        yield begin, end


def _zip(content: bytes) -> Iterator[Part | Unread]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for info in archive.infolist():
            about = info.filename.encode() + b"\n" + info.comment + b"\n" + info.extra
            yield Part(name=f"{info.filename} (head)", content=about)
            if info.flag_bits & 1:
                yield Unread(name=info.filename, why="under a password")
            elif info.file_size > _MOST_BYTES:
                yield Unread(name=info.filename, why="more than 1 GB when unpacked")
            else:
                yield Part(name=info.filename, content=archive.read(info))


def _sqlite(content: bytes) -> Iterator[Part | Unread]:
    """Yield every row: in the file a long text is cut over pages that do not follow each other."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(content)
        database.execute("PRAGMA query_only=ON")
        database.execute("PRAGMA trusted_schema=OFF")
        tables = database.execute(
            "SELECT name, coalesce(sql, '') FROM sqlite_master WHERE type='table'"
        ).fetchall()
        for table, sql in tables:
            yield Part(name=f"{table} (schema)", content=sql.encode())
            if sql.upper().startswith("CREATE VIRTUAL"):
                continue  # its rows lie in other tables, which are read
            quoted = table.replace('"', '""')
            for n, row in enumerate(database.execute(f'SELECT * FROM "{quoted}"'), start=1):  # noqa: S608
                texts = [str(value).encode() for value in row if not isinstance(value, bytes)]
                yield Part(name=f"{table} row {n}", content=b"\n".join(texts))
                for value in row:
                    if isinstance(value, bytes):
                        yield Part(name=f"{table} row {n}", content=value)


def _png(content: bytes) -> Iterator[Part | Unread]:
    at = len(_PNG)
    while at + 8 <= len(content):
        (length,) = struct.unpack_from(">I", content, at)
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        name = kind.decode("latin-1")
        if kind in {b"zTXt", b"iCCP"}:
            yield Part(name=name, content=zlib.decompress(body[body.index(b"\0") + 2 :]))
        elif kind == b"iTXt":
            keyword_end = body.index(b"\0")
            text = body[keyword_end + 3 :].split(b"\0", 2)[-1]
            is_packed = body[keyword_end + 1] == 1
            yield Part(name=name, content=zlib.decompress(text) if is_packed else text)
        at += 12 + length


def _pdf(content: bytes) -> Iterator[Part | Unread]:
    if b"/Encrypt" in content:
        yield Unread(name="", why="an encrypted PDF")
    yield from _pdf_strings("strings", content)
    for n, match in enumerate(_PDF_STREAM.finditer(content), start=1):
        head = content[max(0, match.start() - 400) : match.start()]
        head = head[head.rfind(b" obj") + 1 :]
        body = match[1]
        if b"/ASCII85Decode" in head:
            body = base64.a85decode(body.strip().removeprefix(b"<~").removesuffix(b"~>"))
        if b"/FlateDecode" in head:
            if re.search(rb"/Subtype\s*/Image", head):
                continue  # pixels: their packed bytes are searched with the file
            body = zlib.decompressobj().decompress(body)
        elif b"/DCTDecode" in head:
            body = body.removesuffix(b"\n").removesuffix(b"\r")  # the end of the line, not of it
        elif re.search(rb"/(LZW|RunLength|JBIG2|ASCIIHex)", head):
            yield Unread(name=f"stream {n}", why="packed in a way that is not read")
        yield Part(name=f"stream {n}", content=body)
        yield from _pdf_strings(f"stream {n} (strings)", body)


def _pdf_strings(name: str, content: bytes) -> Iterator[Part]:
    """Yield the texts in it joined: a line is often cut into pieces to move its letters."""
    pieces = []
    for match in _PDF_TEXT.finditer(content):
        if match[1] is not None:
            pieces.append(_PDF_OCTAL.sub(_octal, match[1]))
        else:
            digits = re.sub(rb"\s", b"", match[2])
            pieces.append(binascii.unhexlify(digits + b"0" * (len(digits) % 2)))
    if pieces:
        yield Part(name=name, content=b"".join(pieces))


def _octal(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 8) & 255]) if match[1] else match[2]


def _gzip(content: bytes) -> Iterator[Part | Unread]:
    unpacker = zlib.decompressobj(wbits=31)
    plain = unpacker.decompress(content, _MOST_BYTES)
    yield Part(name="unpacked", content=plain)


def _woff(content: bytes) -> Iterator[Part | Unread]:
    (n_tables,) = struct.unpack_from(">H", content, 12)
    for n in range(n_tables):
        tag, start, length, full, _ = struct.unpack_from(">4s4I", content, 44 + 20 * n)
        body = content[start : start + length]
        plain = zlib.decompress(body) if length < full else body
        yield Part(name=f"table {tag.decode('latin-1')}", content=plain)
    start, length = struct.unpack_from(">II", content, 24)
    if start and length:
        yield Part(name="metadata", content=zlib.decompress(content[start : start + length]))


def _woff2(content: bytes) -> Iterator[Part | Unread]:
    del content
    yield Unread(name="", why="a WOFF2 font; publish WOFF or TTF")


def _base64(content: bytes) -> Iterator[Part | Unread]:
    for n, match in enumerate(_DATA_URL.finditer(content), start=1):
        letters = re.sub(rb"\s|%..", b"", match[1])
        yield Part(name=f"data URL {n}", content=_from_base64(letters))
    if b"base64," not in content:
        for n, match in enumerate(_BASE64.finditer(content), start=1):
            yield Part(name=f"base64 {n}", content=_from_base64(match[0]))


def _from_base64(letters: bytes) -> bytes:
    letters = letters.rstrip(b"=")
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    return base64.b64decode(letters + b"=" * (-len(letters) % 4))
