"""The same search as `canary.scan`, for thousands of needles at once, and for borrowed sentences.

`canary.scan` looks for each needle in turn: a quarter of a second each in a usual report. A project
has thousands: every id, hash, sentence. Here each place of a file is looked up once among the
beginnings of all needles (Rabin and Karp, 1987, with a table in place of a rolling hash), so that
the time hardly depends on how many there are.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vallum.evidence.bare import extras_of
from vallum.evidence.canary import Leak, Scan, _spellings, _views
from vallum.evidence.layers import layers
from vallum.evidence.unpack import Budget, Unread, inside

N_WORDS = 6
_N_LETTERS = 12  # a run of shorter ones is in every binary file
_TABLE_BITS = 22
_SPREAD = np.uint32(2_654_435_761)  # Knuth's multiplicative hash
_SMALL = 1 << 16
_SAMPLES = 256
_START = 8
_NO_TEXT = re.compile(rb"[\0-\x08\x0e-\x1b\x7f]")
_RUN = re.compile(rb"[\t\n\r -~]{6,}")
"""Letters in a row, by which texts are found among pixels and packed bytes."""
_EXACT = frozenset({"base64", "number of 8 bytes"})
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\d_]+")
_WIDE = re.compile(rb"\0[ -~]\0[ -~]\0")
"""Part of every four wide letters in a row, whichever byte of a letter comes first."""
_PICTURE = re.compile(rb"base64,[A-Za-z0-9+/=\s]+")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]+")
_OF_PATHS = np.zeros(256, dtype=bool)
_OF_PATHS[list(b"-0123456789.,+eE \t\n\r\f\vMmLlHhVvCcSsQqTtAaZz")] = True
"""Coordinates of a drawing: no reader reads words there. Numbers are looked for as they stand."""
_PATH_LETTERS = 400
"""So many of them in a row are a drawing."""
_TO_PLAIN = bytes.maketrans(b"-_", b"+/")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_OWN_CHUNKS = frozenset({"PLTE", "tRNS", "pHYs", "sRGB", "gAMA", "tEXt", "iTXt"})
"""What our own pictures hold beyond pixels: credit and caption, searched like all text."""


def sweep(
    folder: Path,
    needles: Mapping[str, str],
    *,
    names: Mapping[str, str] | None = None,
    phrases: Iterable[str] = (),
    printed: Iterable[str] = (),
) -> Scan:
    """Search every file of a folder, and all that lies in it, for what must not be there.

    Args:
        folder: of files that vallum made.
        needles: text by label, at least four characters each; found in all spellings.
        names: short texts by label, found only as whole words and where a reader would see them.
        phrases: texts of which no `N_WORDS` words in a row may be there.
        printed: sentences that are to be there; a run of words of theirs is not borrowed.

    Returns:
        The same as `canary.scan`; a picture that holds more than pixels, its size and its caption
        is among what is unread.
    """
    tables = _tables(needles)
    borrowed = runs_of_words(phrases) - runs_of_words(printed)
    known = {word for run in borrowed for word in run}
    called = _Names(names or {})
    leaks: set[Leak] = set()
    told: dict[bytes, frozenset[Leak]] = {}
    unread: list[tuple[str, str]] = []
    n_files = n_parts = 0
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        called_so = name.encode("utf-8", "surrogateescape")
        leaks |= set(_found(f"{name} (name)", called_so, tables, called_so))
        if path.is_symlink():
            unread.append((name, "a link, which leads elsewhere"))
        elif path.is_file():
            n_files += 1
            n_here, blobs = _blobs(name, path.read_bytes(), unread)
            n_parts += n_here
            for part, content in blobs:
                key = hashlib.blake2b(content, digest_size=16).digest()
                if key not in told:  # pictures stand in several files
                    # Pictures in a page are parts of their own: only text has escapes to resolve.
                    text = _texts(_PICTURE.sub(b" ", content))
                    told[key] = frozenset(
                        [
                            *_found(part, content, tables, text),
                            *(_said(part, content, text, borrowed, known, called)),
                        ]
                    )
                leaks |= {replace(leak, file=part) for leak in told[key]}
    return Scan(leaks=tuple(sorted(leaks)), unread=tuple(unread), n_files=n_files, n_parts=n_parts)


def _said(
    part: str,
    content: bytes,
    plain: bytes,
    borrowed: frozenset[tuple[str, ...]],
    known: set[str],
    called: _Names,
) -> Iterator[Leak]:
    """Yield names and borrowed sentences in what a reader sees of a part."""
    for spelling, text in _read(content, plain) if known or called else ():
        if _is_borrowed(text, borrowed, known):
            yield Leak(file=part, needle="sentence", spelling=spelling)
        for name in called.of(text):
            yield Leak(file=part, needle=name, spelling=spelling)


def _texts(content: bytes) -> bytes:
    """Return the texts in a part that is not text itself, as pixels are; all of it where it is.

    Texts in other letters than Latin are looked for there as needles only: what holds such texts
    (captions, rows, pages) is a part of its own.
    """
    step = max(1, len(content) // _SAMPLES)
    some = b"".join(content[at : at + 64] for at in range(0, len(content), step))
    if len(content) > _SMALL and len(_NO_TEXT.findall(some)) >= len(some) // 20:
        content = b"\n".join(_RUN.findall(content))
    return _without_paths(content)


def _without_paths(content: bytes) -> bytes:
    """Return a text with a space in place of each drawing in it."""
    is_path = np.concatenate([[False], _OF_PATHS[np.frombuffer(content, np.uint8)], [False]])
    edges = np.flatnonzero(is_path[1:] != is_path[:-1])
    first, last = edges[::2], edges[1::2]
    is_long = last - first >= _PATH_LETTERS
    if not is_long.any():
        return content
    kept_from = [0, *last[is_long].tolist()]
    kept_to = [*first[is_long].tolist(), len(content)]
    return b" ".join(content[a:b] for a, b in zip(kept_from, kept_to, strict=True))


def _blobs(
    name: str, content: bytes, unread: list[tuple[str, str]]
) -> tuple[int, list[tuple[str, bytes]]]:
    """Return how many parts a file has, and their bytes; many small texts are searched as one."""
    large: list[tuple[str, bytes]] = []
    small: dict[bool, list[bytes]] = {True: [], False: []}
    n_parts = 0
    for part in inside(name, content, Budget()):
        if isinstance(part, Unread):
            unread.append((part.name, part.why))
            continue
        n_parts += 1
        for more in layers(part.name, part.content):
            if isinstance(more, Unread):
                unread.append((more.name, more.why))
            else:
                large.append((more.name, more.content))
        unread.extend((part.name, why) for why in _beyond_pixels(part.content))
        if len(part.content) > _SMALL:
            large.append((part.name, part.content))
        else:
            small[b"\0" in part.content[:1024]].append(part.content)
    inner = [(f"{name} (inside)", b"\n\x1e\n".join(some)) for some in small.values() if some]
    return n_parts, large + inner


def _beyond_pixels(content: bytes) -> Iterator[str]:
    if content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        extras = set(extras_of(content)) - _OWN_CHUNKS
        if extras:
            yield f"a picture with more than pixels: {', '.join(sorted(extras)[:3])}"


# -- needles ----------------------------------------------------------------------------------


class _Table:
    """Needles by their beginnings, and the texts that they are spellings of."""

    def __init__(self, needles: Iterable[tuple[str, str, bytes]], texts: Mapping[str, str]) -> None:
        self.texts = texts
        self.by_start: dict[bytes, list[tuple[str, str, bytes]]] = defaultdict(list)
        self.may_start = np.zeros(1 << _TABLE_BITS, dtype=bool)
        for label, spelling, needle in needles:
            # Many begin alike: eight letters part most of them.
            start = needle[:_START] if len(needle) >= _START else needle[:4]
            self.by_start[start].append((label, spelling, needle))
        starts = np.frombuffer(b"".join({one[:4] for one in self.by_start}), dtype="<u4")
        self.starts = np.sort(starts)
        short = {one for one in self.by_start if len(one) < _START}
        self.short = np.sort(np.frombuffer(b"".join(short), dtype="<u4"))
        long = {one for one in self.by_start if len(one) == _START}
        self.long = np.sort(np.frombuffer(b"".join(long), dtype="<u8"))
        self.may_start[_slots(starts)] = True

    def found(self, content: bytes) -> Iterator[tuple[str, str]]:
        """Yield label and spelling of the needles in `content`, some of them more than once."""
        if len(content) < 4 or not len(self.starts):
            return
        known = self.by_start
        for place in self._places(content):
            start = content[place : place + _START]
            for label, spelling, needle in (*known.get(start, ()), *known.get(start[:4], ())):
                if content.startswith(needle, place) and (
                    spelling != "base64"
                    or _is_whole(content, place, len(needle), self.texts[label])
                ):
                    yield label, spelling

    def _places(self, content: bytes) -> Iterator[int]:
        """Yield where four bytes stand with which a needle begins."""
        for first in range(4):
            words = np.frombuffer(content, "<u4", (len(content) - first) // 4, first)
            at = np.flatnonzero(self.may_start[_slots(words)])
            near = np.searchsorted(self.starts, words[at])
            at = at[self.starts[np.minimum(near, len(self.starts) - 1)] == words[at]]
            # Many needles begin with the same few letters: the next four part them.
            behind = words[np.minimum(at + 1, len(words) - 1)].astype("<u8")
            both = words[at].astype("<u8") | (behind << np.uint64(32))
            at = at[_is_among(self.short, words[at]) | _is_among(self.long, both)]
            yield from (4 * at + first).tolist()


def _is_whole(content: bytes, place: int, length: int, text: str) -> bool:
    """Say whether a sentence found in base64 is all there, and not only what its middle says.

    Base64 has no letters of its own for the first and last bytes of what begins among others, so
    a needle is shorter than its text: "A new wall" is found where "1 new wall" is printed. Ids
    and hashes are taken as found.
    """
    if " " not in text:
        return True
    around = content[max(0, place - 4) : place + length + 4].translate(_TO_PLAIN)
    run = max(_BASE64.findall(around), key=len, default=b"")
    written = {unicodedata.normalize(how, text) for how in ("NFC", "NFD")}
    forms = [one.encode(code).lower() for one in written for code in ("utf-8", "utf-16-le")]
    for shift in range(4):
        letters = run[shift:]
        # What is left of the last four letters holds the end of the text: it is filled up.
        decoded = base64.b64decode(letters + b"A" * (-len(letters) % 4)).lower()
        if any(form in decoded for form in forms):
            return True
    return False


def _is_among(known: NDArray[Any], values: NDArray[Any]) -> NDArray[np.bool_]:
    """Say of each value whether it is one of those known, which are sorted."""
    if not len(known):
        return np.zeros(len(values), dtype=bool)
    near = np.searchsorted(known, values)
    found: NDArray[np.bool_] = known[np.minimum(near, len(known) - 1)] == values
    return found


def _slots(words: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return (words * _SPREAD) >> np.uint32(32 - _TABLE_BITS)


def _tables(needles: Mapping[str, str]) -> tuple[_Table, _Table]:
    """Return the needles that are compared in lower case, and those that are not."""
    spelled = [
        (label, spelling, needle)
        for label, text in needles.items()
        for spelling, needle in dict.fromkeys(_spellings(text))
    ]
    folded = [one for one in spelled if one[1] not in _EXACT]
    exact = [one for one in spelled if one[1] in _EXACT]
    return _Table(folded, needles), _Table(exact, needles)


def _found(name: str, content: bytes, tables: tuple[_Table, _Table], text: bytes) -> Iterator[Leak]:
    """Yield needles in a part as it is, and in its text with escapes resolved."""
    folded, exact = tables
    seen: set[bytes] = set()
    rest = [(how, view) for how, view in _views(text) if how != "as it is"]
    for how, view in (("as it is", content), *rest):
        if view in seen:
            continue
        seen.add(view)
        for table, letters in ((folded, view.lower()), (exact, view)):
            for label, spelling in table.found(letters):
                words = spelling if how == "as it is" else f"{spelling}, {how}"
                yield Leak(file=name, needle=label, spelling=words)


class _Names:
    """Short texts that count as whole words only."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.labels = {text.casefold(): label for label, text in names.items()}
        longest = sorted(map(re.escape, self.labels), key=len, reverse=True)
        self.pattern = re.compile(rf"(?<![^\W_])(?:{'|'.join(longest)})(?![^\W_])")

    def __bool__(self) -> bool:
        return bool(self.labels)

    def of(self, text: str) -> set[str]:
        """Return the labels of those in a text."""
        folded = text.casefold()
        if not any(name in folded for name in self.labels):
            return set()
        return {self.labels[name] for name in self.pattern.findall(folded)}


# -- sentences --------------------------------------------------------------------------------


def runs_of_words(texts: Iterable[str]) -> frozenset[tuple[str, ...]]:
    """Return all runs of six words in some texts; of twelve where each letter is a word."""
    return frozenset(run for text in texts for run in _runs(_words(text)))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _runs(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for at in range(len(words) - N_WORDS + 1):
        run = tuple(words[at : at + N_WORDS])
        if all(len(word) == 1 and not word.isascii() for word in run):
            run = tuple(words[at : at + _N_LETTERS])
        if sum(map(len, run)) >= _N_LETTERS:
            yield run


def _is_borrowed(text: str, borrowed: frozenset[tuple[str, ...]], known: set[str]) -> bool:
    if not known:
        return False
    return any(run in borrowed for row in _known_rows(_words(text), known) for run in _runs(row))


def _known_rows(words: Iterable[str], known: set[str]) -> Iterator[list[str]]:
    """Yield rows of at least `N_WORDS` words that all are in the texts; few rows are."""
    row: list[str] = []
    for word in words:
        if word in known:
            row.append(word)
        elif row:
            if len(row) >= N_WORDS:
                yield row
            row = []
    if len(row) >= N_WORDS:
        yield row


def _read(content: bytes, plain: bytes) -> Iterator[tuple[str, str]]:
    """Yield what a reader sees: with escapes and tags resolved, and in wide letters."""
    text = plain.decode("utf-8", "ignore")
    yield "utf-8", text
    if "<" in text or "&" in text:
        yield "utf-8, tags left out", html.unescape(_TAG.sub(" ", text))
    if "\\u" in text:
        yield "JSON escapes", re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text)
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"} or _WIDE.search(content):
        for code in ("utf-16-le", "utf-16-be"):
            for start in (0, 1):
                yield code, content[start:].decode(code, "ignore")
