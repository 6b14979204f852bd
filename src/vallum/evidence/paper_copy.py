"""A document made fit to be shown: its words as a new text, and some of them replaced.

The text is built anew (`vallum.evidence.papers`): no author, no times, no comments, no tracked
changes, no headers, no hidden marks come along. Of a PDF only those words are taken that can be
seen on its pages: what lies under a bar, or is written white on white, stays behind, although a
program that copies the text would find it. What is to be hidden is put as a new string in place
of the words, never laid over them.

Who somebody is can be told from what is said and how: no program finds that.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vallum.evidence import courier, papers, texts
from vallum.ground.errors import BadInput, BadSetting, WorkerFailed
from vallum.ground.whole import write_private

NOT_HIDDEN = (
    "names that were not given", "places", "dates", "quotations", "manner of speaking",
    "who else could know this",
)  # fmt: skip
_WALL_S = 600.0
_PICTURES = "its pages are pictures, which vallum does not read"
_DOTS_PER_POINT = 2.0
_MOST_PAGE_PT = 3000.0
_CONTRAST = 24
_MOST_REPORTED = 50
_MEDIA = {
    "application/pdf", "text/plain", "text/markdown", "text/csv", "text/html", "multipart/related",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Replaced:
    """Words that were replaced.

    Attributes:
        by: what stands in their place.
        spellings: how they were written, and how often.
        inside: longer words in which they occur, and how often; these were left.
    """

    by: str
    spellings: dict[str, int]
    inside: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Copied:
    """A new text, which nobody has cleared yet.

    Attributes:
        n_characters: of the new text.
        n_hidden: words of a PDF that cannot be seen on its pages, left out.
        replaced: for each order to replace, in the order given.
        notes: what a person should know.
    """

    n_characters: int
    n_hidden: int
    replaced: tuple[Replaced, ...]
    notes: tuple[str, ...]


def scrub_paper(path: Path, out: Path, *, replace: Sequence[tuple[str, str]] = ()) -> Copied:
    """Write the words of a document as a new plain text (UTF-8) to `out`.

    Args:
        path: PDF, DOCX, HTML, MHTML, Markdown, CSV or plain text; left as it is.
        out: `.txt`; replaced if there is one.
        replace: words and what is to stand in their place; whole words, in any case.

    Raises:
        BadInput: it cannot be opened, or holds no text.
        BadSetting: `out` is the file itself, or of another kind; there is nothing to replace.
        WorkerFailed: the process that opened it died.
    """
    _check(path, out, replace)
    text, n_hidden, notes = _words_of(path)
    if not text.strip():
        raise BadInput(
            f"{path.name}: there is no text in it ({_PICTURES}); nothing was written. Save its "
            "pages as pictures and scrub those"
        )
    text, replaced = with_replaced(text, replace)
    write_private(out, f"{text.rstrip()}\n".encode())
    return Copied(n_characters=len(text), n_hidden=n_hidden, replaced=replaced, notes=tuple(notes))


def _check(path: Path, out: Path, replace: Sequence[tuple[str, str]]) -> None:
    if out.suffix.lower() != ".txt":
        raise BadSetting(f"{out.name}: a document is written as .txt; nothing was done, name it so")
    if not path.is_file():
        raise BadInput(f"{path.name}: there is no such file; nothing was done")
    if out.exists() and out.samefile(path):
        raise BadSetting(f"{out.name}: that is the original; nothing was done, name another file")
    for words, by in replace:
        if not words.strip() or not any(char.isalnum() for char in words):
            raise BadSetting("no words to replace; nothing was done, write WORDS=[person]")
        if _pattern(words).search(by):
            raise BadSetting("what is put in place holds the words themselves; nothing was done")


def _words_of(path: Path) -> tuple[str, int, list[str]]:
    with path.open("rb") as handle:
        kind = papers.sniffed(handle.read(4096))
    if kind != "application/pdf":
        found = papers.opened(path, name=path.name)
        if found.media_type not in _MEDIA:
            why = found.notes[0] if found.notes else "it is no document"
            raise BadInput(f"{path.name}: {why}; nothing was written")
        return found.text, 0, list(found.notes)
    answer = courier.ask("vallum.evidence.paper_copy:_pdf_here", path, wall_s=_WALL_S)
    text, n_hidden, notes = (answer.told.get(name) for name in ("text", "n_hidden", "notes"))
    if not isinstance(text, str) or not isinstance(n_hidden, int) or not isinstance(notes, list):
        raise WorkerFailed(f"{path.name}: what came back is no text; nothing was written")
    # Once more here: the document may have taken over the process that opened it.
    return texts.plain(text), n_hidden, [" ".join(str(note).split())[:300] for note in notes[:20]]


# -- replacing words --------------------------------------------------------------------------

# Scripts in which words stand apart. Particles are tied to Korean names, and Chinese and Japanese
# have no spaces: there a name counts wherever it stands.
_TIED = re.compile(r"[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff]")


def with_replaced(
    text: str, replace: Sequence[tuple[str, str]]
) -> tuple[str, tuple[Replaced, ...]]:
    """Return a text with words replaced, and what was found of each.

    Whole words in any case and with any space between them. The longest are replaced first, so
    that a surname alone does not break a full name.
    """
    text = unicodedata.normalize("NFC", text)
    found: dict[int, Replaced] = {}
    for n in sorted(range(len(replace)), key=lambda n: -len(replace[n][0])):
        words, by = replace[n]
        spellings: Counter[str] = Counter()

        def put(match: re.Match[str], by: str = by, seen: Counter[str] = spellings) -> str:
            seen[" ".join(match.group().split())] += 1
            return by

        text = _pattern(words).sub(put, text)
        found[n] = Replaced(by=by, spellings=dict(spellings.most_common(_MOST_REPORTED)), inside={})
    whole = tuple(
        Replaced(by=one.by, spellings=one.spellings, inside=_inside(text, replace[n][0]))
        for n, one in sorted(found.items())
    )
    return text, whole


def _pattern(words: str) -> re.Pattern[str]:
    words = unicodedata.normalize("NFC", words).strip()
    middle = r"[\s\u00ad-]+".join(re.escape(part) for part in re.split(r"[\s-]+", words) if part)
    before = "" if _TIED.match(words[0]) else r"(?<![^\W_])"
    after = "" if _TIED.match(words[-1]) else r"(?![^\W_])"
    return re.compile(f"{before}{middle}{after}", re.IGNORECASE)


def _inside(text: str, words: str) -> dict[str, int]:
    """Return longer words that hold the words and were left."""
    part = re.escape(unicodedata.normalize("NFC", words).strip())
    longer = re.findall(rf"[\w'’-]{{0,60}}{part}[\w'’-]{{0,60}}", text, re.IGNORECASE)
    return dict(Counter(longer).most_common(_MOST_REPORTED))


# -- in the limited process: what can be seen on the pages of a PDF ---------------------------


def _pdf_here(content: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Return the words that can be seen; runs in the limited process."""
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        is_locked = "password" in str(error).lower()
        way = "save it without its password" if is_locked else "give the whole file"
        raise BadInput(
            f"this PDF cannot be opened ({error}); nothing was written, {way}"
        ) from error
    document.init_forms()
    pages, notes = list[str](), list[str]()
    n_hidden = n_characters = 0
    for number in range(min(len(document), texts.MOST_PAGES)):
        try:
            words, n_unseen = _seen_on(document[number])
        except pdfium.PdfiumError:
            notes.append(f"page {number + 1} cannot be read")
            continue
        pages.append(words)
        n_hidden += n_unseen
        n_characters += len(words)
        if n_characters > texts.MOST_CHARACTERS:
            break
    if len(pages) < len(document):
        notes.append(f"{len(pages)} of {len(document)} pages were read")
    text = texts.plain(re.sub(r"[\x02\ufffe]\s*", "", "\n".join(pages)))
    return {"text": text, "n_hidden": n_hidden, "notes": notes}, []


def _seen_on(page: Any) -> tuple[str, int]:
    """Return the words of a page that can be seen, and how many cannot."""
    width, height = page.get_size()
    dots = min(_DOTS_PER_POINT, _MOST_PAGE_PT / max(width, height, 1.0))
    shown = page.render(scale=dots, grayscale=True, may_draw_forms=True).to_numpy()
    shown = shown.reshape(shown.shape[0], shown.shape[1])
    letters = page.get_textpage()
    left, bottom, *_ = page.get_bbox()
    n, out, n_hidden = letters.count_chars(), list[str](), 0
    text = [letters.get_text_range(k, 1) for k in range(n)]
    start = 0
    while start < n:
        end = start + 1
        if text[start].strip():
            while end < n and text[end].strip():
                end += 1
            if _is_seen(letters, start, end, shown, (left, bottom, dots)):
                out.append("".join(text[start:end]))
            else:
                n_hidden += 1
        else:
            out.append(text[start])
        start = end
    return "".join(out), n_hidden


def _is_seen(
    letters: Any, start: int, end: int, shown: Any, where: tuple[float, float, float]
) -> bool:
    """Return whether most letters of a word stand out from what is around them."""
    left, bottom, dots = where
    tight = [letters.get_charbox(k) for k in range(start, end)]
    loose = [letters.get_charbox(k, loose=True) for k in range(start, end)]
    low, high = min(box[1] for box in tight), max(box[3] for box in tight)
    n_seen = 0
    for own, room in zip(tight, loose, strict=True):
        is_thin = high - low < 0.4 * (room[3] - room[1])  # a dash alone fills its own box
        down, up = (room[1], room[3]) if is_thin else (low, high)
        x = [round((v - left) * dots) for v in (min(own[0], room[0]), max(own[2], room[2]))]
        y = [shown.shape[0] - round((v - bottom) * dots) for v in (up, down)]
        part = shown[max(0, y[0]) : max(0, y[1], y[0] + 1), max(0, x[0]) : max(0, x[1], x[0] + 1)]
        n_seen += bool(part.size) and int(np.ptp(part)) >= _CONTRAST
    return 2 * n_seen > end - start
