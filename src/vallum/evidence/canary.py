"""Whether something that must not be published is in what is about to be published.

Names of sources, serial numbers, exact positions, paths, hashes of originals: each is a *needle*,
and every file of a folder is searched for it, in several spellings and inside whatever other
files it holds. A needle is told by its label, never by its text.

Finding none proves little: text that is drawn as pixels or as the outlines of letters is not read,
nor is a PDF's text whose font numbers its letters in its own way. What could not be looked into is
named in `unread`, and a release with anything unread is not to go out.
"""

from __future__ import annotations

import base64
import html
import json
import quopri
import re
import struct
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

from vallum.evidence.unpack import Budget, Unread, inside
from vallum.ground.errors import BadSetting

_LEAST_CHARACTERS = 4
_NUMBER = re.compile(r"-?\d+\.\d+\Z")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


@dataclass(frozen=True, kw_only=True, order=True)
class Leak:
    """A needle that was found.

    Attributes:
        file: path in the folder, with what it lies in: `map.kmz > doc.kml`.
        needle: its label.
        spelling: how it was written there.
    """

    file: str
    needle: str
    spelling: str


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What a canary scan found.

    Attributes:
        leaks: in the order of the files.
        unread: files, or parts of files, that could not be looked into, with the reason.
        n_files: files of the folder.
        n_parts: files and parts that were searched.
    """

    leaks: tuple[Leak, ...]
    unread: tuple[tuple[str, str], ...]
    n_files: int
    n_parts: int

    @property
    def is_clean(self) -> bool:
        """Nothing was found, and everything was read."""
        return not self.leaks and not self.unread


def scan(folder: Path, needles: Mapping[str, str]) -> Scan:
    """Search every file of a folder, and all that lies in it, for what must not be there.

    Args:
        folder: or one file.
        needles: text by label; at least four characters each.

    Raises:
        BadSetting: a needle is so short that it would be found by chance.
    """
    for label, text in needles.items():
        if len(text) < _LEAST_CHARACTERS:
            raise BadSetting(
                f"{label}: a needle of {len(text)} characters would be found by chance; nothing "
                f"was searched, give at least {_LEAST_CHARACTERS}"
            )
    spelled = {label: tuple(_spellings(text)) for label, text in needles.items()}
    leaks: set[Leak] = set()
    unread: list[tuple[str, str]] = []
    paths = [folder] if folder.is_file() else sorted(folder.rglob("*"))
    n_files = n_parts = 0
    for path in paths:
        name = path.name if path == folder else path.relative_to(folder).as_posix()
        leaks |= set(_found(f"{name} (name)", name.encode("utf-8", "surrogateescape"), spelled))
        if path.is_symlink():
            unread.append((name, "a link, which leads elsewhere"))
        elif path.is_file():
            n_files += 1
            for part in inside(name, path.read_bytes(), Budget()):
                if isinstance(part, Unread):
                    unread.append((part.name, part.why))
                else:
                    n_parts += 1
                    leaks |= set(_found(part.name, part.content, spelled))
    return Scan(leaks=tuple(sorted(leaks)), unread=tuple(unread), n_files=n_files, n_parts=n_parts)


def _spellings(text: str) -> Iterator[tuple[str, bytes]]:
    """Yield every way in which a program may write `text`, folded as `_found` folds."""
    for form in dict.fromkeys(unicodedata.normalize(how, text) for how in ("NFC", "NFD")):
        plain = form.encode()
        yield "utf-8", plain.lower()
        for code in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "gb18030", "euc-kr"):
            try:
                yield code, form.encode(code).lower()
            except UnicodeEncodeError:
                continue
        yield "hex", plain.hex().encode()
        yield "reversed", plain[::-1].lower()
        for raw in (plain, form.encode("utf-16-le")):
            yield from _in_base64(raw)
        yield "JSON escapes", json.dumps(form)[1:-1].encode().lower()
        yield "percent", quote(form, safe="").encode().lower()
        yield "entities", "".join(f"&#{ord(c)};" for c in form).encode()
        yield "entities", "".join(f"&#x{ord(c):x};" for c in form).encode()
    if _NUMBER.match(text):
        for order in "<>":
            yield "number of 8 bytes", struct.pack(f"{order}d", float(text))


def _in_base64(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the letters that base64 has for `raw` wherever it begins among others."""
    for n_before in range(3):
        code = base64.b64encode(b"\0" * n_before + raw)
        first = (n_before * 8 + 5) // 6
        last = (n_before + len(raw)) * 8 // 6
        # Eight letters are found by chance once in 2 ** 48 places.
        if last - first >= 8:
            yield "base64", code[first:last]
            yield "base64", code[first:last].translate(bytes.maketrans(b"+/", b"-_"))


def _found(
    name: str, content: bytes, spelled: Mapping[str, tuple[tuple[str, bytes], ...]]
) -> Iterator[Leak]:
    views = dict(_views(content))
    folded = {how: view.lower() for how, view in views.items()}
    for label, spellings in spelled.items():
        for spelling, needle in spellings:
            exact = spelling in {"base64", "number of 8 bytes"}
            for how in views:
                if needle in (views[how] if exact else folded[how]):
                    words = spelling if how == "as it is" else f"{spelling}, {how}"
                    yield Leak(file=name, needle=label, spelling=words)
                    break
            else:
                continue
            break


def _views(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the content as it is, and as a reader would see it who resolves escapes."""
    yield "as it is", content
    if b"\0" in content[:1024]:
        return
    changes: tuple[tuple[str, bytes, Callable[[bytes], bytes]], ...] = (
        ("entities resolved", b"&", lambda c: html.unescape(c.decode("utf-8", "replace")).encode()),
        ("escapes resolved", b"\\u", _unescaped),
        ("percent resolved", b"%", unquote_to_bytes),
        ("quoted-printable resolved", b"=", quopri.decodestring),
        ("tags left out", b"<", lambda c: re.sub(rb"<[^<>]{0,2000}>", b"", c)),
        ("spaces left out", b"\n", _without_spaces),
        ("lines joined", b"\n", _joined),
    )
    for how, sign, change in changes:
        if sign in content:
            yield how, change(content)


def _without_spaces(content: bytes) -> bytes:
    """Return a text with one space in place of each run of them."""
    before = b" " if content[:1].isspace() else b""
    after = b" " if content[-1:].isspace() else b""
    inner = b" ".join(content.split())
    return before + inner + after if inner else before


def _joined(content: bytes) -> bytes:
    """Return a text with its lines in one, without what indents them."""
    first, *more = content.split(b"\n")
    lines = [first, *(line.lstrip(b" \t") for line in more)]
    return b"".join([*(line.removesuffix(b"\r") for line in lines[:-1]), lines[-1]])


def _unescaped(content: bytes) -> bytes:
    text = content.decode("utf-8", "replace")
    # Two escapes make one letter beyond the first plane.
    text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
