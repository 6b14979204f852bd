"""Whether a picture holds pixels and nothing else; looks at its structure, decodes nothing."""

from __future__ import annotations

import struct
import zlib

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_CHUNKS = {b"IHDR", b"IDAT", b"IEND"}
_SOI, _EOI, _SOS, _APP0, _SOF0, _DHT, _DQT = 0xD8, 0xD9, 0xDA, 0xE0, 0xC0, 0xC4, 0xDB
_TABLES = {_SOF0, _DHT, _DQT}
_JFIF_BYTES = 16


def extras_of(content: bytes) -> tuple[str, ...]:
    """Name what a JPEG or PNG holds beyond what its pixels need; empty for none.

    A JPEG may have a plain JFIF head without thumbnail, tables, one frame and one scan; a PNG
    IHDR, IDAT and IEND. Comments, EXIF, XMP, profiles, further pictures, text, times, and bytes
    after the end are extras; so is whatever cannot be read.
    """
    try:
        if content.startswith(_PNG):
            return tuple(_in_png(content))
        if content.startswith(b"\xff\xd8"):
            return tuple(_in_jpeg(content))
    except (IndexError, struct.error) as error:
        return (f"cannot be read: {error}",)
    return ("neither JPEG nor PNG",)


def _in_png(content: bytes) -> list[str]:
    found: list[str] = []
    kinds: list[bytes] = []
    at = len(_PNG)
    while at < len(content) and (not kinds or kinds[-1] != b"IEND"):
        (length,) = struct.unpack_from(">I", content, at)
        kind = content[at + 4 : at + 8]
        body = content[at + 4 : at + 8 + length]
        (check,) = struct.unpack_from(">I", content, at + 8 + length)
        if zlib.crc32(body) != check:
            found.append("a chunk with a wrong checksum")
        if kind not in _PNG_CHUNKS:
            found.append(kind.decode("latin-1"))
        kinds.append(kind)
        at += 12 + length
    if not kinds or kinds[-1] != b"IEND":
        found.append("no end")
    if at != len(content):
        found.append("bytes after the end")
    return found


def _in_jpeg(content: bytes) -> list[str]:
    found: list[str] = []
    at, n_scans = 2, 0
    while True:
        if content[at] != 0xFF:
            return [*found, "no marker where one should be"]
        kind = content[at + 1]
        if kind == _EOI:
            break
        (length,) = struct.unpack_from(">H", content, at + 2)
        body = content[at + 4 : at + 2 + length]
        if kind == _APP0 and length == _JFIF_BYTES and body.startswith(b"JFIF\0"):
            pass
        elif kind == _SOS:
            n_scans += 1
        elif kind not in _TABLES:
            found.append("comment" if kind == 0xFE else f"segment {kind:02X}")
        at += 2 + length
        if kind == _SOS:
            at = _after_scan(content, at)
    if n_scans != 1:
        found.append(f"{n_scans} scans")
    if at + 2 != len(content):
        found.append("bytes after the end")
    return found


def _after_scan(content: bytes, at: int) -> int:
    """Return where the next marker stands; `FF 00` is a byte of the scan."""
    while True:
        at = content.find(b"\xff", at)
        if at < 0:
            raise IndexError("the scan has no end")
        if content[at + 1] != 0:
            return at
        at += 2
