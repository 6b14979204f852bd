"""Blocks: what a page for print is put together from, as plain JSON.

Words are chosen in Python, where they can be said in any language; the typst templates only set
them. Every text stays a string: nothing that a project holds is ever read as markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

Block = dict[str, Any]
Run = str | dict[str, Any]
Text = Run | Sequence[Run]
"""A text, or pieces of it in different looks."""


def bold(text: str) -> Run:
    """A piece of text in bold."""
    return {"as": "bold", "text": text}


def small(text: str) -> Run:
    """A piece of text that explains what stands beside it."""
    return {"as": "small", "text": text}


def code(text: str) -> Run:
    """A name, id or command: may be broken anywhere, is never translated."""
    return {"as": "code", "text": text}


def alarm(text: str) -> Run:
    """A piece of text that nobody may miss."""
    return {"as": "alarm", "text": text}


def footnote(text: Text) -> Run:
    """A note at the foot of the page."""
    return {"as": "note", "text": text}


def page_of(anchor: str) -> Run:
    """The page on which an anchor stands, as a link."""
    return {"as": "page", "to": anchor}


def newline() -> Run:
    """A line break."""
    return {"as": "newline"}


def heading(text: str, *, level: int = 1, own_page: bool = False) -> Block:
    """A heading; `own_page` begins a new page."""
    return {"kind": "heading", "level": level, "text": text, "own_page": own_page}


def para(text: Text, *, tone: str = "") -> Block:
    """A paragraph; `tone` is empty, `lead`, `small` or `loud`."""
    return {"kind": "para", "text": text, "tone": tone}


def bullets(items: Iterable[Text], *, is_compact: bool = False) -> Block:
    """A list, in small letters if compact."""
    return {"kind": "list", "items": list(items), "is_compact": is_compact}


def terms(rows: Iterable[tuple[str, Text]]) -> Block:
    """Names and what stands for them, without those that stand for nothing."""
    return {"kind": "terms", "rows": [[name, text] for name, text in rows if text]}


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[Text]],
    *,
    caption: Text = "",
    widths: Sequence[str] = (),
    right: Iterable[int] = (),
    anchors: Sequence[str] = (),
    last_is_sum: bool = False,
    is_compact: bool = False,
) -> Block:
    """A table whose head is repeated on every page.

    Args:
        head: one word per column.
        rows: as many cells each.
        caption: what it shows.
        widths: per column `auto` or a share like `2fr`; equal shares if left out.
        right: columns of numbers, counted from 0.
        anchors: per row a name that pages can be asked for; empty for none.
        last_is_sum: the last row adds up the others.
        is_compact: small letters, for annexes.
    """
    numbers = set(right)
    return {
        "kind": "table",
        "head": list(head),
        "rows": [list(row) for row in rows],
        "caption": caption,
        "widths": list(widths) or ["1fr"] * len(head),
        "aligns": ["right" if at in numbers else "left" for at in range(len(head))],
        "anchors": list(anchors),
        "last_is_sum": last_is_sum,
        "is_compact": is_compact,
    }


def picture(file: str, alt: str, *, caption: Text = "", width_mm: float = 0.0) -> Block:
    """A picture with what it shows in words; as wide as the page if `width_mm` is 0."""
    return {
        "kind": "picture",
        "file": file,
        "alt": printed_alt(alt),
        "caption": caption,
        "width": width_mm,
    }


def pair(
    title: str,
    files: Sequence[str],
    alts: Sequence[str],
    caption: Text,
    *,
    width_mm: float,
    is_heading: bool = True,
) -> Block:
    """Two pictures side by side, before and after, each `width_mm` wide, kept on one page."""
    return {
        "kind": "pair",
        "title": title,
        "files": list(files),
        "alts": [printed_alt(alt) for alt in alts],
        "caption": caption,
        "width": width_mm,
        "is_heading": is_heading,
    }


def annexes(title: str, text: str) -> Block:
    """Where the annexes begin: a new page; headings after it are counted by letters."""
    return {"kind": "annexes", "title": title, "text": text}


def turned(blocks: Sequence[Block]) -> Block:
    """A page of its own on its side."""
    return {"kind": "turned", "blocks": list(blocks)}


def columns(parts: Sequence[Sequence[Block]], shares: Sequence[str]) -> Block:
    """Blocks side by side; `shares` as widths of a table's columns."""
    return {"kind": "columns", "blocks": [list(part) for part in parts], "shares": list(shares)}


def framed(blocks: Sequence[Block], *, tone: str = "") -> Block:
    """Blocks in a frame, kept together where they fit on a page; `tone` as the status it shows."""
    return {"kind": "framed", "blocks": list(blocks), "tone": tone}


def sentence(text: str) -> str:
    """The text with its first letter as a capital."""
    return text[:1].upper() + text[1:]


def printed_alt(text: str) -> str:
    """An alt text without control characters, and never empty."""
    return "".join(letter if letter >= " " else " " for letter in text).strip() or "–"


def joined(parts: Iterable[Text], between: str = ", ") -> list[Run]:
    """Pieces one after another, with something between them; empty ones are left out."""
    found: list[Run] = []
    for part in parts:
        if not part:
            continue
        if found:
            found.append(between)
        found.extend([part] if isinstance(part, str | dict) else part)
    return found
