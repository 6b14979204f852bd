"""Spoiled copies of good files: bits, lengths, tags, chunks, numbers and words changed by chance."""

from __future__ import annotations

import io
import random
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable

Spoil = Callable[[bytes, random.Random], bytes]

_EXTREMES = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_NUMBERS = (
    b"NaN", b"Infinity", b"-1e400", b"1e999", b"-0", b"9" * 400, b"0x10", b"1,5", b"", b"181",
    b"-91", b"1e-320", b"null", b'"1"', "\u0661\u0662".encode(), b"1_000", b"99999999999999999999",
)  # fmt: skip
_WORDS = (
    b"\x00", b"\xff\xfe", b"\xed\xa0\x80", "\u202e".encode(), b"\x1b[2J", b"<", b"&", b'"', b"\r",
    b"\n\n", b"'", b"]]>", b"{" * 300, b"[" * 2000, b"A" * 70_000, b"../../etc/passwd", b"%s%n",
    b"=cmd|' /C calc'!A0", b"file:///etc/passwd", b"\xef\xbb\xbf", b"<!DOCTYPE a>", b"T",
    b"9999-99-99", b"0000-00-00", b"2021-02-30", b"__proto__",
)  # fmt: skip
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
_LONGEST = 32 << 20


def _at(content: bytes, by: random.Random) -> int:
    """Draw a place; headers say more than bodies, so half of the places lie early."""
    early = min(len(content), 256)
    return by.randrange(early if by.random() < 0.5 else len(content))


def flip(content: bytes, by: random.Random) -> bytes:
    """Turn over one to eight bits."""
    out = bytearray(content)
    for _ in range(by.randint(1, 8)):
        out[_at(content, by)] ^= 1 << by.randrange(8)
    return bytes(out)


def scribble(content: bytes, by: random.Random) -> bytes:
    """Write chance over a stretch."""
    at = _at(content, by)
    n = min(by.choice((1, 4, 16, 64, 512)), len(content) - at)
    return content[:at] + by.randbytes(n) + content[at + n :]


def cut(content: bytes, by: random.Random) -> bytes:
    """End too early, now and then right after the start."""
    return content[: by.choice((0, 1, 4, 8, _at(content, by), len(content) - 1, len(content) // 2))]


def lengthen(content: bytes, by: random.Random) -> bytes:
    """Go on after the end."""
    return content + by.choice((b"\x00" * 4096, by.randbytes(64), content, b"\n"))


def swap(content: bytes, by: random.Random) -> bytes:
    """Exchange two stretches."""
    n = max(1, min(by.choice((2, 8, 32, 256)), len(content) // 3))
    one, two = sorted((by.randrange(len(content) - n + 1), by.randrange(len(content) - n + 1)))
    if two - one < n:
        return content[:one] + content[one : one + n][::-1] + content[one + n :]
    return (
        content[:one] + content[two : two + n] + content[one + n : two]
        + content[one : one + n] + content[two + n :]
    )  # fmt: skip


def repeat(content: bytes, by: random.Random) -> bytes:
    """Say a stretch many times over, or leave it out."""
    at = _at(content, by)
    n = by.choice((1, 16, 200))
    return content[:at] + content[at : at + n] * by.choice((0, 2, 50)) + content[at + n :]


def lie(content: bytes, by: random.Random) -> bytes:
    """Write the largest, smallest or a negative number where a length, count or offset may be."""
    size, sign = by.choice(((2, "H"), (4, "I"), (8, "Q")))
    at = _at(content, by) // 2 * 2
    if at + size > len(content):
        return cut(content, by)
    value = by.choice(_EXTREMES) & ((1 << 8 * size) - 1)
    return content[:at] + struct.pack(by.choice("<>") + sign, value) + content[at + size :]


def renumber(content: bytes, by: random.Random) -> bytes:
    """Put something that is hardly a number in a number's place."""
    found = list(_NUMBER.finditer(content[: 1 << 20]))
    if not found:
        return flip(content, by)
    where = by.choice(found)
    return content[: where.start()] + by.choice(_NUMBERS) + content[where.end() :]


def say(content: bytes, by: random.Random) -> bytes:
    """Put in words and signs that readers stumble over."""
    at = by.randrange(len(content) + 1)
    return content[:at] + by.choice(_WORDS) + content[at:]


def encode(content: bytes, by: random.Random) -> bytes:
    """Say the same text in another encoding."""
    text = content.decode("utf-8", "replace")
    return text.encode(
        by.choice(("utf-16", "utf-16-be", "utf-32", "utf-7", "utf-8-sig")), "replace"
    )


def shuffle_lines(content: bytes, by: random.Random) -> bytes:
    """Drop, double and exchange lines."""
    lines = content.split(b"\n")
    for _ in range(3):
        k = by.randrange(len(lines))
        lines[k:k] = [lines[by.randrange(len(lines))]] * by.randint(0, 3)
        if len(lines) > 1 and by.random() < 0.5:
            del lines[by.randrange(len(lines))]
    return b"\n".join(lines)


def tags(content: bytes, by: random.Random) -> bytes:
    """Change a tag of a TIFF's first directory: its number, type, count or value; or its order."""
    order = {b"II": "<", b"MM": ">"}.get(content[:2])
    if order is None or len(content) < 16:
        return lie(content, by)
    if by.random() < 0.05:
        return (b"MM" if order == "<" else b"II") + content[2:]
    (at,) = struct.unpack_from(order + "I", content, 4)
    if at + 2 > len(content):
        return flip(content, by)
    (n,) = struct.unpack_from(order + "H", content, at)
    entry = at + 2 + 12 * by.randrange(max(1, min(n, 64)))
    if entry + 12 > len(content):
        return flip(content, by)
    out = bytearray(content)
    offset, sign = by.choice(((0, "H"), (2, "H"), (4, "I"), (8, "I"), (8, "H")))
    value = by.choice((*_EXTREMES, by.randrange(1 << 16), by.randrange(1, 20), 256, 34665, 330))
    struct.pack_into(order + sign, out, entry + offset, value & (0xFFFF if sign == "H" else -1))
    return bytes(out)


def chunks(content: bytes, by: random.Random) -> bytes:
    """Change a chunk of a PNG and give it the right checksum, or a marker of a JPEG."""
    if content[:2] == b"\xff\xd8":
        marks = [m.start() for m in re.finditer(rb"\xff[\xc0-\xfe]", content[:4096])]
        at = by.choice(marks) if marks else 0
        return content[:at] + bytes((0xFF, by.randrange(0xC0, 0xFF))) + content[at + 2 :]
    if content[:4] != b"\x89PNG":
        return swap(content, by)
    parts, at = [], 8
    while at + 12 <= len(content):
        (n,) = struct.unpack_from(">I", content, at)
        parts.append((content[at + 4 : at + 8], content[at + 8 : at + 8 + n]))
        at += 12 + n
    k = by.randrange(len(parts))
    kind, body = parts[k]
    change = by.randrange(4)
    if change == 0:
        parts.insert(by.randrange(len(parts)), parts[k])
    elif change == 1:
        del parts[k]
    elif change == 2 and body:
        parts[k] = (kind, lie(body, by) if len(body) > 8 else flip(body, by))
    else:
        parts[k] = (by.choice((b"IHDR", b"iCCP", b"zTXt", b"acTL", b"eXIf", b"IEND")), body)
    return content[:8] + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )


def members(content: bytes, by: random.Random) -> bytes:
    """Change what an archive holds, and pack it soundly again."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            held = [(info.filename, archive.read(info)) for info in archive.infolist()]
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, zlib.error, EOFError):
        return lie(content, by)
    k = by.randrange(len(held))
    name, body = held[k]
    change = by.randrange(5)
    if change == 0:
        names = ("../" + name, "/etc/" + name, "a\x00b", "C:\\" + name, "", "\u202e" + name, "CON")
        held[k] = (by.choice(names), body)
    elif change == 1:
        del held[k]
    elif change == 2:
        held += [held[k]] * by.choice((1, 1200))
    elif body:
        held[k] = (name, by.choice((flip, cut, lie, renumber, say, scribble))(body, by))
    out = io.BytesIO()
    packed = by.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", packed) as archive:
        warnings.simplefilter("ignore")  # of the same name twice
        for each, what in held:
            info = zipfile.ZipInfo(each or "x")
            info.compress_type = packed
            if change == 4 and each == name:
                info.external_attr = 0o120777 << 16  # a link
            archive.writestr(info, what)
    return out.getvalue()


_ALL: tuple[Spoil, ...] = (flip, scribble, cut, lengthen, swap, repeat, lie)
_TEXT: tuple[Spoil, ...] = (flip, cut, repeat, renumber, renumber, say, say, encode, shuffle_lines)


def spoils(content: bytes) -> tuple[Spoil, ...]:
    """Return what can be done to a file, by its first bytes."""
    if content[:2] in (b"II", b"MM") and len(content) > 8:
        return (*_ALL, tags, tags, tags, tags)
    if content[:4] == b"\x89PNG" or content[:2] == b"\xff\xd8":
        return (*_ALL, chunks, chunks, chunks)
    if content[:2] == b"PK":
        return (*_ALL, members, members, members, members)
    if b"\x00" not in content[:512]:
        return _TEXT
    return _ALL


def spoiled(content: bytes, n: int, by: random.Random) -> list[tuple[str, bytes]]:
    """Return `n` spoiled copies and what was done to each; none is the file itself."""
    ways = spoils(content)
    out = []
    for k in range(n):
        way = ways[k % len(ways)]
        made = way(content, by)
        if by.random() < 0.2 and made:  # two things wrong at once
            made = by.choice(ways)(made, by)
        while made == content:
            made = flip(content, by) + b"\x00"
        out.append((way.__name__.replace("_", "-"), made[:_LONGEST]))
    return out
