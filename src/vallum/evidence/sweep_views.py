"""A text as its readers see it who resolve escapes, leave out tags or join lines: one at a time.

The same texts as `canary` makes, which is slower and kept apart from it: each checks the other.
"""

from __future__ import annotations

import html
import quopri
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import AnyStr
from urllib.parse import unquote_to_bytes

_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_TAG, _TAG_TEXT = re.compile(rb"<[^<>]{0,2000}>"), re.compile(r"<[^<>]{0,2000}>")
_INDENT = re.compile(rb"\n[ \t]+")
_WIDE = re.compile(rb"\0[ -~]\0[ -~]\0")
"""Part of every four wide letters in a row, whichever byte of a letter comes first."""
_SPACES = bytes.maketrans(b"\t\n\r\v\f", b"     ")
_PIECE = 1 << 13


def pieces(text: AnyStr, after: AnyStr) -> Iterator[AnyStr]:
    """Yield a text in pieces of some thousand letters, each but the last ending with `after`.

    What would be made of a whole text in one call takes many times its size.
    """
    begin = 0
    while begin < len(text):
        found = text.find(after, begin + _PIECE)
        end = len(text) if found < 0 else found + len(after)
        yield text[begin:end]
        begin = end


def seen(content: bytes, plain: bytes) -> Iterator[tuple[str, Callable[[], Iterator[str]]]]:
    """Yield how a reader sees a part, and a call that returns what is seen, piece by piece.

    Args:
        content: the part as it is.
        plain: its text, see `sweep`.
    """
    yield "utf-8", lambda: _decoded(plain, b" ")
    if b"<" in plain or b"&" in plain:
        yield "utf-8, tags left out", lambda: map(_shown, _decoded(plain, b">"))
    if b"\\" in plain and any("\\u" in piece for piece in _decoded(plain, b" ")):
        yield "JSON escapes", lambda: map(_spoken, _decoded(plain, b" "))
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"} or _WIDE.search(content):
        for code in ("utf-16-le", "utf-16-be"):
            for start in (0, 1):
                text = content[start:].decode(code, "ignore")
                yield code, partial(pieces, text, " ")


def _decoded(plain: bytes, after: bytes) -> Iterator[str]:
    return (piece.decode("utf-8", "ignore") for piece in pieces(plain, after))


def _shown(page: str) -> str:
    """Return a space in place of each tag, and entities resolved; neither goes on behind a ">"."""
    return html.unescape(_TAG_TEXT.sub(" ", page))


def _spoken(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


def views(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield how a text is read, and what it is then; nothing of what is not text."""
    if b"\0" in content[:1024]:
        return
    if b"&" in content:
        yield "entities resolved", b"".join(map(_unescaped, pieces(content, b" ")))
    if b"\\u" in content:
        yield "escapes resolved", _unquoted(content)
    if b"%" in content:
        yield "percent resolved", unquote_to_bytes(content)
    if b"=" in content:
        plain = map(quopri.decodestring, pieces(content, b"\n"))
        yield "quoted-printable resolved", b"".join(plain)
    if b"<" in content:
        yield "tags left out", b"".join(_TAG.sub(b"", one) for one in pieces(content, b">"))
    if b"\n" in content:
        yield "spaces left out", spaced_once(content)
        yield "lines joined", joined(content)


def spaced_once(content: bytes) -> bytes:
    """Return a text with one space in place of each run of spaces, ends of lines and the like."""
    text = content.translate(_SPACES)
    while b"  " in text:
        text = text.replace(b"  ", b" ")
    return text


def joined(content: bytes) -> bytes:
    """Return a text with its lines in one, without what indents them."""
    lines = (piece.replace(b"\r\n", b"\n") for piece in pieces(content, b"\n"))
    first = _INDENT.sub(b"\n", next(lines, b""))
    more = (_INDENT.sub(b"\n", piece.lstrip(b" \t")) for piece in lines)
    return b"".join(piece.replace(b"\n", b"") for piece in (first, *more))


def _unescaped(content: bytes) -> bytes:
    return html.unescape(content.decode("utf-8", "replace")).encode()


def _unquoted(content: bytes) -> bytes:
    text = content.decode("utf-8", "replace")
    # Two escapes make one letter beyond the first plane.
    return _spoken(text).encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
