"""Text as programs read it: markup blanked so that every offset stays, and sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Markup(StrEnum):
    """How a text is marked up."""

    PLAIN = "plain"
    MARKDOWN = "markdown"
    HTML = "html"


@dataclass(frozen=True)
class Sentence:
    """One sentence: where it stands, and in which paragraph."""

    start: int
    end: int
    paragraph: int


_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"')\]]{1,2000}", re.IGNORECASE)
_UNREAD = "script|style|svg|pre|code|table|nav|noscript|template|head"
_OPENED = re.compile(rf"<({_UNREAD})(?=[\s>/])", re.IGNORECASE)
_BLOCK = re.compile(
    r"</?(?:p|div|li|ul|ol|h[1-6]|tr|td|th|section|article|header|footer|figure|figcaption|dd|dt|"
    r"blockquote|br|hr|aside|main|details|summary|caption)(?=[\s>/])",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE)


def blanked(text: str, markup: Markup) -> str:
    """Return `text` with markup and addresses replaced by spaces; as long as before."""
    if markup is Markup.HTML:
        text = _without_tags(text)
    elif markup is Markup.MARKDOWN:
        text = _without_markdown(text)
    return _URL.sub(_spaces, text)


def squeezed(clean: str) -> tuple[str, list[int]]:
    """Return a text with one space for several, and the offset that each character had.

    Where tags stood there are many, and no pattern should have to count them.
    """
    out: list[str] = []
    kept: list[int] = []
    at = 0
    for match in _GAP.finditer(clean):
        out.append(clean[at : match.start() + 1])
        kept.extend(range(at, match.start() + 1))
        at = match.end()
    out.append(clean[at:])
    kept.extend(range(at, len(clean)))
    return "".join(out), kept


_GAP = re.compile(r"[ \t\u00a0]{2,}")


def _spaces(match: re.Match[str]) -> str:
    return _kept_lines(match.group())


def _kept_lines(part: str) -> str:
    return "".join("\n" if char == "\n" else " " for char in part)


def _without_tags(text: str) -> str:
    """Return HTML with tags, comments and what is no prose blanked; blocks end paragraphs."""
    out: list[str] = []
    at = 0
    while at < len(text):
        opened = text.find("<", at)
        if opened < 0:
            out.append(text[at:])
            break
        out.append(text[at:opened])
        end = _end_of_tag(text, opened)
        part = text[opened:end]
        # Offsets stay, so a paragraph break must fit into the tag: "\n\n" needs two characters.
        is_break = _BLOCK.match(part) is not None and len(part) > 2
        out.append("\n\n" + " " * (len(part) - 2) if is_break else " " * len(part))
        at = end
    return _ENTITY.sub(_plain_entity, "".join(out))


def _end_of_tag(text: str, at: int) -> int:
    if text.startswith("<!--", at):
        end = text.find("-->", at)
        return len(text) if end < 0 else end + 3
    unread = _OPENED.match(text, at)
    if unread is not None:
        closed = re.compile(f"</{unread.group(1)}", re.IGNORECASE).search(text, at)
        if closed is None:
            return len(text)
        at = closed.start()
    end = text.find(">", at)
    return len(text) if end < 0 else end + 1


def _plain_entity(match: re.Match[str]) -> str:
    from html import unescape

    char = unescape(match.group())
    return (char if len(char) == 1 else " ").ljust(len(match.group()))


_FENCED = re.compile(r"^ {0,3}(```|~~~)")
_LINK = re.compile(r"(?<=\])\([^()\n]{0,500}\)")
_CODE = re.compile(r"`(?:[^`\n]|\n(?!\s{0,20}\n)){1,500}`")
_COMMENT = re.compile(r"<!--[^<>]{0,5000}-->")
_EMPHASIS = re.compile(r"\*{1,3}|(?<!\w)_{1,2}(?=\w)|(?<=\w)_{1,2}(?!\w)")


def _without_markdown(text: str) -> str:
    lines, is_code = [], False
    for line in text.splitlines(keepends=True):
        if _FENCED.match(line):
            is_code = not is_code
            lines.append(_kept_lines(line))
        else:
            lines.append(_kept_lines(line) if is_code or line.startswith(("    ", "|")) else line)
    whole = "".join(lines)
    for pattern in (_COMMENT, _CODE, _LINK, _EMPHASIS):
        whole = pattern.sub(_spaces, whole)
    return whole


_LONGEST = 1500
_PARAGRAPH = re.compile(
    r"\n[ \t\r]*\n\s*"  # an empty line
    r"|(?<=[.!?:”\"')…])[ \t\r]*\n\s*"  # a line that ends a sentence, as scraped pages have them
    r"|\n(?=[ \t]{0,8}(?:[-*+•|#>]|\d{1,3}[.)])[ \t])"  # list, table, heading
)
_END = re.compile(r"[.!?…][”\"')\]]{0,3}\s+(?=[“\"'(\[]{0,2}[A-Z0-9+À-Þ])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:approx|ca|c|No|Nos|e\.g|i\.e|sq|St|Dr|Mr|Mrs|Ms|Gen|Col|Lt|vs|[Ff]igs?|pp?|cf|est|"
    r"incl|resp|al|U\.S|U\.K|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)|\b[A-Z])\.$"
)


def sentences(clean: str) -> tuple[Sentence, ...]:
    """Return the sentences of a blanked text, in order."""
    found: list[Sentence] = []
    at = 0
    bounds = [*((m.start(), m.end()) for m in _PARAGRAPH.finditer(clean)), (len(clean),) * 2]
    for number, (stop, following) in enumerate(bounds):
        start = at
        for match in _END.finditer(clean, at, stop):
            if _ABBREVIATION.search(clean, max(start, match.start() - 7), match.start() + 1):
                continue
            found += _cut(start, match.end(), number)
            start = match.end()
        if clean[start:stop].strip():
            found += _cut(start, stop, number)
        at = following
    return tuple(found)


def _cut(start: int, stop: int, paragraph: int) -> list[Sentence]:
    """Return one sentence, or several pieces of what is too long to be one."""
    starts = [*range(start, stop, _LONGEST)]
    return [Sentence(at, min(at + _LONGEST, stop), paragraph) for at in starts]
