"""What a reader of a PDF or a Parquet file sees, which its bytes do not show.

The letters of a PDF are numbers in the order of its font, and a Parquet file packs its columns:
`unpack` finds neither. So a PDF is read as a viewer reads it (text of every page, metadata,
attachments, notes), and a Parquet file column by column.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from vallum.evidence.unpack import Budget, Part, Unread, inside

_PDF, _PARQUET = b"%PDF-", b"PAR1"
_TAGS = ("Title", "Author", "Subject", "Keywords", "Creator", "Producer", "CreationDate", "ModDate")
_TEXT_NOTE = "Contents"
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff\ufffe\u0002"))
_MOST_PAGES = 5_000


def layers(name: str, content: bytes) -> Iterator[Part | Unread]:
    """Yield the texts in a PDF or a Parquet file; nothing for any other.

    Args:
        name: as it is told.
        content: its bytes.
    """
    if content[:1024].find(_PDF) >= 0:
        yield from _pdf(name, content)
    elif content.startswith(_PARQUET) and content.endswith(_PARQUET):
        yield from _parquet(name, content)


def _pdf(name: str, content: bytes) -> Iterator[Part | Unread]:
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        yield Unread(name=name, why=f"a PDF that cannot be opened: {error}")
        return
    try:
        told = [document.get_metadata_value(tag) for tag in _TAGS]
        yield Part(name=f"{name} > metadata", content="\n".join(filter(None, told)).encode())
        yield Part(name=f"{name} > outline", content="\n".join(_outline(document)).encode())
        if len(document) > _MOST_PAGES:
            yield Unread(name=name, why=f"a PDF of more than {_MOST_PAGES:,} pages")
            return
        for number in range(len(document)):
            page = document[number]
            text = page.get_textpage()
            words = [text.get_text_bounded(), *_notes(page)]
            text.close()
            page.close()
            yield Part(
                name=f"{name} > page {number + 1}",
                content=_plain("\n".join(words)).encode("utf-8", "replace"),
            )
        for number in range(document.count_attachments()):
            held = document.get_attachment(number)
            label = f"{name} > attachment {number + 1}"
            yield Part(name=f"{label} (name)", content=held.get_name().encode())
            yield from inside(label, bytes(held.get_data()), Budget())
    except pdfium.PdfiumError as error:
        yield Unread(name=name, why=f"a PDF that cannot be read: {error}")
    finally:
        document.close()


def _plain(text: str) -> str:
    """Return a text without the signs that only say where a line may break, and in one line."""
    bare = text.translate(_UNSEEN)
    return f"{bare}\n\x1e\n{' '.join(bare.split())}"


def _outline(document: Any) -> Iterator[str]:
    """Yield the titles of its table of contents."""
    for mark in document.get_toc():
        yield mark.get_title() if hasattr(mark, "get_title") else str(mark.title)


def _notes(page: Any) -> Iterator[str]:
    """Yield what notes on a page say: comments, links' descriptions."""
    import ctypes

    import pypdfium2.raw as raw

    for number in range(raw.FPDFPage_GetAnnotCount(page.raw)):
        note = raw.FPDFPage_GetAnnot(page.raw, number)
        size = raw.FPDFAnnot_GetStringValue(note, _TEXT_NOTE.encode(), None, 0)
        room = ctypes.create_string_buffer(size)
        given = ctypes.cast(room, ctypes.POINTER(raw.FPDF_WCHAR))
        raw.FPDFAnnot_GetStringValue(note, _TEXT_NOTE.encode(), given, size)
        raw.FPDFPage_CloseAnnot(note)
        text = room.raw.decode("utf-16-le", "ignore").rstrip("\0")
        if text:
            yield text


def _parquet(name: str, content: bytes) -> Iterator[Part | Unread]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        yield Unread(name=name, why="a Parquet file, and pyarrow is not installed to read it")
        return
    try:
        table = pq.read_table(io.BytesIO(content))
    except (pa.ArrowException, OSError, ValueError) as error:
        yield Unread(name=name, why=f"a Parquet file that cannot be read: {error}")
        return
    known = [table.schema.metadata or {}]
    known += [field.metadata or {} for field in table.schema]
    words = [b"\n".join((*found, *found.values())) for found in known]
    yield Part(name=f"{name} > metadata", content=b"\n".join(words))
    for label, column in zip(table.column_names, table.columns, strict=True):
        values = [value for value in column.to_pylist() if value is not None]
        plain = [one for one in values if isinstance(one, bytes)]
        rest = "\n".join(str(one) for one in values if not isinstance(one, bytes))
        yield Part(
            name=f"{name} > column {label}",
            content=b"\n".join([label.encode(), rest.encode("utf-8", "replace"), *plain]),
        )
