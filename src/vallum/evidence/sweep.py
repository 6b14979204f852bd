"""The same search as `canary.scan`, for thousands of needles at once, and for borrowed sentences.

`canary.scan` looks for each needle in turn: a quarter of a second each in a usual report. A project
has thousands: every id, hash, sentence. Here each place of a file is looked up once among the
beginnings of all needles (Rabin and Karp, 1987, with a table in place of a rolling hash), so that
the time hardly depends on how many there are.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vallum.evidence.bare import extras_of
from vallum.evidence.canary import Leak, Scan, _spellings
from vallum.evidence.layers import layers
from vallum.evidence.sweep_views import seen, views
from vallum.evidence.unpack import Budget, Unread, inside, letters_in, runs_in

N_WORDS = 6
_N_LETTERS = 12  # a run of shorter ones is in every binary file
_TABLE_BITS = 22
_SPREAD = np.uint32(2_654_435_761)  # Knuth's multiplicative hash
_SMALL = 1 << 16
_SAMPLES = 256
_START = 8
_PIECE = 1 << 16
_NO_TEXT = re.compile(rb"[\0-\x08\x0e-\x1b\x7f]")
_RUN = re.compile(rb"[\t\n\r -~]{6,}")
"""Letters in a row, by which texts are found among pixels and packed bytes."""
_EXACT = frozenset({"base64", "number of 8 bytes"})
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\d_]+")
_PICTURE = re.compile(rb"base64,[A-Za-z0-9+/=\s]+")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]+")
_OF_PATHS = letters_in(b"-0123456789.,+eE \t\n\r\f\vMmLlHhVvCcSsQqTtAaZz")
"""Coordinates of a drawing: no reader reads words there. Numbers are looked for as they stand."""
_PATH_LETTERS = 400
"""So many of them in a row are a drawing."""
_TO_PLAIN = bytes.maketrans(b"-_", b"+/")
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
    table = _table(needles)
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
        leaks |= set(_found(f"{name} (name)", called_so, table, called_so))
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
                            *_found(part, content, table, text),
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
    for spelling, text in seen(content, plain) if known or called else ():
        if known and _is_borrowed(text(), borrowed, known):
            yield Leak(file=part, needle="sentence", spelling=spelling)
        for name in called.of(text) if called else ():
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
    kept, begin = [], 0
    for first, last in runs_in(content, _OF_PATHS, _PATH_LETTERS):
        kept.append(content[begin:first])
        begin = last
    return b" ".join([*kept, content[begin:]]) if kept else content


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
    """Needles by their beginnings, and the texts that they are spellings of.

    All are looked up by their letters in lower case; those that are exact are then compared as
    they stand.
    """

    def __init__(self, needles: Iterable[tuple[str, str, bytes]], texts: Mapping[str, str]) -> None:
        self.texts = texts
        self.by_start: dict[bytes, list[tuple[str, str, bytes]]] = defaultdict(list)
        self.may_start = np.zeros(1 << _TABLE_BITS, dtype=bool)
        self.longest = _START
        for label, spelling, needle in needles:
            letters = needle.lower()
            self.longest = max(self.longest, len(letters))
            # Many begin alike: eight letters part most of them.
            start = letters[:_START] if len(letters) >= _START else letters[:4]
            self.by_start[start].append((label, spelling, needle))
        starts = np.frombuffer(b"".join({one[:4] for one in self.by_start}), dtype="<u4")
        short = {one for one in self.by_start if len(one) < _START}
        self.short = np.sort(np.frombuffer(b"".join(short), dtype="<u4"))
        long = {one for one in self.by_start if len(one) == _START}
        self.long = np.sort(np.frombuffer(b"".join(long), dtype="<u8"))
        self.may_start[_slots(starts)] = True

    def found(self, content: bytes) -> Iterator[tuple[str, str]]:
        """Yield label and spelling of the needles in `content`, some of them more than once."""
        for begin in range(0, len(content), _PIECE):
            # What begins in a piece may end behind it; a piece at a time stays near the processor.
            lower = content[begin : begin + _PIECE + self.longest].lower()
            for place in self._places(lower):
                for label, spelling, needle in self._beginning(lower[place : place + _START]):
                    letters, at = (content, begin + place) if spelling in _EXACT else (lower, place)
                    if letters.startswith(needle, at) and (
                        spelling != "base64"
                        or _is_whole(content, at, len(needle), self.texts[label])
                    ):
                        yield label, spelling

    def _beginning(self, start: bytes) -> Iterator[tuple[str, str, bytes]]:
        yield from self.by_start.get(start, ())
        yield from self.by_start.get(start[:4], ())

    def _places(self, lower: bytes) -> Iterator[int]:
        """Yield where letters stand with which a needle begins."""
        for first in range(4):
            n_words = (len(lower) - first) // 4
            if n_words > 0:
                words = np.frombuffer(lower[first:], "<u4", n_words)
                yield from (first + 4 * self._of(words)).tolist()

    def _of(self, words: NDArray[np.uint32]) -> NDArray[np.intp]:
        """Return where a needle begins among words of four letters."""
        at = np.flatnonzero(self.may_start.take(_slots(words)))
        # Many needles begin with the same few letters: the next four part them.
        behind = words[np.minimum(at + 1, len(words) - 1)].astype("<u8")
        both = words[at].astype("<u8") | (behind << np.uint64(32))
        return at[_is_among(self.short, words[at]) | _is_among(self.long, both)]


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


def _table(needles: Mapping[str, str]) -> _Table:
    spelled = (
        (label, spelling, needle)
        for label, text in needles.items()
        for spelling, needle in dict.fromkeys(_spellings(text))
    )
    return _Table(spelled, needles)


def _found(name: str, content: bytes, table: _Table, text: bytes) -> Iterator[Leak]:
    """Yield needles in a part as it is, and in its text with escapes resolved."""
    for label, spelling in table.found(content):
        yield Leak(file=name, needle=label, spelling=spelling)
    searched = {hash(content)}  # texts are large: none is kept to compare the next one with
    for how, view in views(text):
        if hash(view) not in searched:
            searched.add(hash(view))
            for label, spelling in table.found(view):
                yield Leak(file=name, needle=label, spelling=f"{spelling}, {how}")


class _Names:
    """Short texts that count as whole words only."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.labels = {text.casefold(): label for label, text in names.items()}
        self.longest = max(map(len, self.labels), default=0)
        by_length = sorted(map(re.escape, self.labels), key=len, reverse=True)
        self.pattern = re.compile(rf"(?<![^\W_])(?:{'|'.join(by_length)})(?![^\W_])")

    def __bool__(self) -> bool:
        return bool(self.labels)

    def of(self, text: Callable[[], Iterator[str]]) -> set[str]:
        """Return the labels of those in a text, which comes in pieces."""
        if not self._may_be_in(text()):
            return set()
        letters = "".join(piece.casefold() for piece in text())
        return {self.labels[name] for name in self.pattern.findall(letters)}

    def _may_be_in(self, text: Iterator[str]) -> bool:
        before = ""
        for piece in text:
            letters = before + piece.casefold()
            if any(name in letters for name in self.labels):
                return True
            before = letters[-self.longest :]
        return False


# -- sentences --------------------------------------------------------------------------------


def runs_of_words(texts: Iterable[str]) -> frozenset[tuple[str, ...]]:
    """Return all runs of six words in some texts; of twelve where each letter is a word."""
    return frozenset(run for text in texts for run in _runs(list(_words([text]))))


def _words(text: Iterable[str]) -> Iterator[str]:
    for piece in text:
        yield from _WORD.findall(piece.casefold())


def _runs(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for at in range(len(words) - N_WORDS + 1):
        run = tuple(words[at : at + N_WORDS])
        if all(len(word) == 1 and not word.isascii() for word in run):
            run = tuple(words[at : at + _N_LETTERS])
        if sum(map(len, run)) >= _N_LETTERS:
            yield run


def _is_borrowed(
    text: Iterator[str], borrowed: frozenset[tuple[str, ...]], known: set[str]
) -> bool:
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
