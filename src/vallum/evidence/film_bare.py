"""Whether an MP4 holds one track of H.264 frames and nothing else; decodes nothing.

Box types: ISO/IEC 14496-12; AVC samples: ISO/IEC 14496-15; kinds of NAL units: ITU-T H.264,
table 7-1. What is not known here counts as an extra: a list of what is bad would miss something.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_HOLDERS = {b"moov", b"trak", b"edts", b"mdia", b"minf", b"dinf", b"stbl"}
_PLAIN = {
    b"ftyp", b"free", b"mdat", b"mvhd", b"tkhd", b"elst", b"mdhd", b"hdlr", b"vmhd", b"dref",
    b"stsd", b"stts", b"stss", b"ctts", b"stsc", b"stsz", b"stco", b"co64",
}  # fmt: skip
_ONCE = _HOLDERS | _PLAIN - {b"free"}
_IN_ENTRY = {b"avcC", b"pasp", b"colr", b"btrt"}
_SLICES, _SETS, _SEI = {1, 5}, {7, 8}, 6
_HERE = struct.pack(">III4sI", 0, 1, 12, b"url ", 1)  # the frames are in this file
_ENCODER = b"\x0cLavc libx264"
_MOST_HEAD = 64 << 20
_MOST_TOLD = 20
_BRANDS = {b"isom", b"iso2", b"iso5", b"iso6", b"avc1", b"mp41", b"mp42"}
_UNDETERMINED = 0x55C4
_AT_ENTRY = 8 + 78  # of the first box in an AVC sample entry


def extras_of(path: Path) -> tuple[str, ...]:
    """Name what an MP4 holds beyond what its frames need; empty for none.

    Times, names of handlers and of encoders, languages, user data, further tracks, chapters,
    supplemental information (SEI), bytes between and after: extras, and so is whatever cannot be
    read.
    """
    found: list[str] = []
    try:
        with path.open("rb") as handle:
            _whole(handle, path.stat().st_size, found)
    except (IndexError, struct.error, ValueError, OSError) as error:
        found.append(f"cannot be read: {error}")
    return tuple(found[:_MOST_TOLD])


def strip(path: Path) -> None:
    """Take out of an MP4 that ffmpeg just wrote the two traces its flags leave in it.

    They are an empty list of user data, and the name `Lavc libx264` in the description of frames.
    """
    with path.open("r+b") as handle:
        boxes = list(_outer(handle, path.stat().st_size))
        kind, start, end = boxes[-1]
        if kind != b"moov":  # in front of the frames it could not shrink without moving them
            raise ValueError("the list of frames is not at the end")
        handle.seek(start)
        parts = [(k, part) for k, part in _inner(handle.read(end - start)) if k != b"udta"]
        body = b"".join(struct.pack(">I4s", 8 + len(part), k) + part for k, part in parts)
        body = body.replace(_ENCODER, bytes(len(_ENCODER)))
        handle.seek(start - 8)
        handle.write(struct.pack(">I4s", 8 + len(body), kind) + body)
        handle.truncate()


def _whole(handle: BinaryIO, size: int, found: list[str]) -> None:
    bodies: dict[bytes, bytes] = {}
    frames: list[tuple[int, int]] = []
    for kind, start, end in _outer(handle, size):
        if kind == b"mdat":
            frames.append((start, end))
            continue
        if end - start > _MOST_HEAD:
            raise ValueError("a box is too large")
        handle.seek(start)
        _box(kind, handle.read(end - start), bodies, found)
    if len(frames) != 1:
        found.append(f"{len(frames)} boxes of frames")
        return
    missing = {b"ftyp", b"mvhd", b"tkhd", b"mdhd", b"hdlr", b"stsd", b"stsz"} - set(bodies)
    if missing:
        found.append(f"no {b' '.join(sorted(missing)).decode('latin-1')}")
        return
    _heads(bodies, found)
    _samples(handle, bodies[b"stsz"], *frames[0], found)


def _outer(handle: BinaryIO, size: int) -> Iterator[tuple[bytes, int, int]]:
    at = 0
    while at < size:
        handle.seek(at)
        head = handle.read(16)
        length, kind = struct.unpack_from(">I4s", head)
        start = at + 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", head, 8)
            start = at + 16
        if length < start - at or at + length > size:
            raise ValueError("a box goes beyond the end")
        yield kind, start, at + length
        at += length


def _box(kind: bytes, body: bytes, bodies: dict[bytes, bytes], found: list[str]) -> None:
    if kind in _ONCE and kind in bodies:
        found.append(f"two {kind.decode()}")
    if kind not in _HOLDERS | _PLAIN:
        found.append(f"box {kind.decode('latin-1')}")
        return
    bodies[kind] = body
    if kind == b"free" and body.strip(b"\0"):
        found.append("bytes in a free box")
    if kind in _HOLDERS:
        for inner, part in _inner(body):
            _box(inner, part, bodies, found)


def _inner(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(body):
        length, kind = struct.unpack_from(">I4s", body, at)
        if length < 8 or at + length > len(body):
            raise ValueError("a box goes beyond its holder")
        yield kind, body[at + 8 : at + length]
        at += length


def _heads(bodies: dict[bytes, bytes], found: list[str]) -> None:
    brands = bodies[b"ftyp"]
    if {brands[k : k + 4] for k in (0, *range(8, len(brands), 4))} - _BRANDS:
        found.append("an unknown brand")
    for kind in (b"mvhd", b"tkhd", b"mdhd"):
        width = 8 if bodies[kind][0] else 4
        if bodies[kind][4 : 4 + 2 * width].strip(b"\0"):
            found.append(f"a time in {kind.decode()}")
    after = 4 + (28 if bodies[b"mdhd"][0] else 16)
    if struct.unpack_from(">H", bodies[b"mdhd"], after)[0] != _UNDETERMINED:
        found.append("a language")
    handler = bodies[b"hdlr"]
    if handler[8:12] != b"vide" or (handler[:8] + handler[12:]).strip(b"\0"):
        found.append("a name of a handler")
    if bodies.get(b"dref") != _HERE:
        found.append("frames in another file")
    _entry(bodies[b"stsd"], found)


def _entry(body: bytes, found: list[str]) -> None:
    """Look at how the frames are described: H.264, no name of an encoder, nothing else."""
    n, length, kind = struct.unpack_from(">II4s", body, 4)
    if n != 1 or kind != b"avc1" or 8 + length != len(body):
        found.append("frames of another kind")
        return
    entry = body[8:]
    if entry[16:32].strip(b"\0") or entry[50:82].strip(b"\0"):
        found.append("a name of an encoder")
    for inner, part in _inner(entry[_AT_ENTRY:]):
        if inner not in _IN_ENTRY:
            found.append(f"box {inner.decode('latin-1')}")
        if inner == b"avcC":
            _sets(part, found)


def _sets(body: bytes, found: list[str]) -> None:
    at, n_left = 6, body[5] & 31
    for _ in range(2):
        for _ in range(n_left):
            (length,) = struct.unpack_from(">H", body, at)
            if body[at + 2] & 31 not in _SETS:
                found.append("more than parameters in the head of the frames")
            at += 2 + length
        n_left = body[at] if at < len(body) else 0
        at += 1
    if len(body) - at > 3:  # chroma and depth of High profile take four bytes, one was counted
        found.append("bytes after the parameters")


def _samples(handle: BinaryIO, stsz: bytes, start: int, end: int, found: list[str]) -> None:
    """Walk through every frame, unit by unit."""
    each, n = struct.unpack_from(">II", stsz, 4)
    sizes = [each] * n if each else list(struct.unpack_from(f">{n}I", stsz, 12))
    if sum(sizes) != end - start:
        found.append("bytes that belong to no frame")
    at, kinds = start, set[int]()
    while at < end:
        handle.seek(at)
        length, head = struct.unpack(">IB", handle.read(5))
        if length < 1 or at + 4 + length > end:
            raise ValueError("a unit goes beyond the end")
        kinds.add(head & 31)
        at += 4 + length
    odd = sorted(kinds - _SLICES - _SETS)
    found.extend("supplemental information" if n == _SEI else f"units of kind {n}" for n in odd)
