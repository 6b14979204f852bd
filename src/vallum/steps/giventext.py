"""A text as somebody gives it to a command: a file, standard input, or the text itself."""

from __future__ import annotations

import sys
from pathlib import Path

from vallum.ground.errors import BadInput, TooLarge
from vallum.ground.prose.text import Markup

STDIN = "-"
_MOST_BYTES = 10_000_000
_MARKUPS = {
    ".md": Markup.MARKDOWN,
    ".markdown": Markup.MARKDOWN,
    ".html": Markup.HTML,
    ".htm": Markup.HTML,
    ".xhtml": Markup.HTML,
}


def given_text(text_or_path: Path | str, *, done: str, words: str = "") -> tuple[str, str, Markup]:
    """Return name, text and markup of what is given.

    Args:
        text_or_path: a file (.txt, .md, .html; others are taken as plain text), `-` for standard
            input, or the text itself.
        done: what is done with a text, for messages: "read", "checked".
        words: further words that the command takes, for messages.

    Raises:
        BadInput: there is no such file, or it is no text.
        TooLarge: it is larger than 10 MB.
    """
    if text_or_path == STDIN:
        name, content = "standard input", sys.stdin.buffer.read(_MOST_BYTES + 1)
        return name, _decoded(content, name, done), Markup.PLAIN
    path = Path(text_or_path)
    if _is_file(path):
        with path.open("rb") as handle:
            text = _decoded(handle.read(_MOST_BYTES + 1), path.name, done)
        return path.name, text, _MARKUPS.get(path.suffix.lower(), Markup.PLAIN)
    if isinstance(text_or_path, str) and len(text_or_path.split()) > 1:
        return "text", text_or_path, Markup.PLAIN
    raise BadInput(
        f"{text_or_path}: there is no such file; nothing was {done}, give a file, `-`, {words}or "
        "the text itself in quotation marks"
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a long text is no name of a file
        return False


def _decoded(content: bytes, name: str, done: str) -> str:
    if len(content) > _MOST_BYTES:
        raise TooLarge(
            f"{name} is larger than {_MOST_BYTES // 1_000_000} MB; nothing was {done}, cut it"
        )
    if b"\0" in content[:4096]:
        raise BadInput(f"{name} is no text; nothing was {done}, save it as .txt, .md or .html")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
