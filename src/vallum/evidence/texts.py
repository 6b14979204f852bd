"""Text out of files, as a new text: nothing of the file but its words comes along.

Runs in the limited process, on bytes from outside. What is left out on purpose:

- characters that nobody sees (zero width, tags, direction marks, fillers): a text can be marked
  with them for each reader, and the copy would tell who handed it over;
- double and trailing spaces, in which the same can be done;
- deleted text, comments, and the names of those who changed a document;
- what stands around an article on a page, when enough of the page is left.

What a person sees as a space is one. Letters are in NFC, since Korean from some computers comes
in pieces that no gazetteer knows.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any

from vallum.ground.errors import BadInput, TooLarge

MOST_CHARACTERS = 2_000_000
MOST_PAGES = 1_000
_LEAST_SHARE = 0.25
_LEAST_LEFT = 120
_SHORT = 400

_LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_BLANKS = dict.fromkeys((0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800, 0x034F, 0x17B4, 0x17B5))
_JOINERS = "\u200c\u200d"
_NEEDS_JOINERS = ("ARABIC", "DEVANAGARI", "BENGALI", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM",
                  "SINHALA", "GUJARATI", "GURMUKHI", "KHMER", "MYANMAR", "SYRIAC")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Words:
    """A text and what the file itself says of it.

    Attributes:
        text: one kind of line end; empty when there is none.
        title: heading.
        language: ISO 639, as the file says.
        published: day, as the page says; a person should look.
        notes: what a person should know.
    """

    text: str
    title: str = ""
    language: str = ""
    published: str = ""
    notes: tuple[str, ...] = field(default=())


# -- letters ----------------------------------------------------------------------------------


def plain(text: str, *, is_table: bool = False) -> str:
    """Return a text with one kind of line end and visible characters only, at most 2,000,000.

    Args:
        text: any.
        is_table: keep several spaces or tabs beside each other: they are empty cells.
    """
    text = unicodedata.normalize("NFC", _LINE_ENDS.sub("\n", text[: 2 * MOST_CHARACTERS]))
    text = text.translate(_BLANKS)
    text = "".join(_seen(char, at, text) for at, char in enumerate(text))
    if not is_table:
        text = re.sub(r"[ \t]{2,}", " ", text)
    text = re.sub(r"[ \t]+\n", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()[:MOST_CHARACTERS]


def _seen(char: str, at: int, text: str) -> str:
    if char in "\n\t" or " " <= char <= "~":
        return char
    kind = unicodedata.category(char)
    if kind == "Zs":
        return " "
    if char in _JOINERS:
        return char if _is_joined(text[at - 1 : at]) and _is_joined(text[at + 1 : at + 2]) else ""
    if kind in {"Cc", "Cf", "Cs", "Co", "Cn"} or 0xFE00 <= ord(char) <= 0xFE0F:
        return ""
    return "" if 0xE0100 <= ord(char) <= 0xE01EF else char


def _is_joined(char: str) -> bool:
    return bool(char) and unicodedata.name(char, "").startswith(_NEEDS_JOINERS)


def decoded(content: bytes) -> str:
    """Return the letters of a text file, in whatever encoding it was saved.

    Raises:
        BadInput: it is no text.
    """
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"),
                       (b"\xfe\xff", "utf-16")):  # fmt: skip
        if content.startswith(mark):
            return content.decode(name, "replace")
    if b"\0" in content[:4096]:
        raise BadInput("this is no text; nothing was taken, save it as .txt, .html, .pdf or .docx")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _guessed(content)


def _guessed(content: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(content[:200_000]).best()
    return content.decode(best.encoding if best else "cp1252", "replace")


# -- pages ------------------------------------------------------------------------------------


def from_html(content: bytes) -> Words:
    """Return the main text of a saved page; all that can be seen on it where that is too little."""
    from trafilatura import extract, extract_metadata
    from trafilatura.settings import use_config

    tree = _tree(_page(content))
    options: Any = use_config()
    options.set("DEFAULT", "EXTRACTION_TIMEOUT", "0")
    article = _without_asides(tree)
    main = extract(_again(article), include_comments=False, include_tables=True, config=options)
    rest = plain(_visible(article))
    text = plain(main or "")
    notes: list[str] = []
    if len(text) < _LEAST_SHARE * len(rest) or (len(text) < _SHORT and len(text) < 0.8 * len(rest)):
        text = rest or plain(_visible(tree))
        if text:
            notes.append("no article found on the page: all that can be read on it was taken")
    about = extract_metadata(
        _again(tree), date_config={"extensive_search": False, "original_date": True}
    )
    return Words(
        text=text,
        title=plain((about and about.title) or "")[:300],
        language=_language(tree),
        published=_day((about and about.date) or ""),
        notes=tuple(notes),
    )


def _page(content: bytes) -> str:
    named = re.search(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w-]{3,20})", content[:4096], re.I)
    if named is not None and not content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode(named[1].decode())
        except (LookupError, UnicodeDecodeError):
            pass
    return decoded(content)


def _tree(page: str) -> Any:
    from lxml import etree, html

    parser = html.HTMLParser(
        no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        return html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*>", "", page), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise BadInput(f"this page cannot be read ({error}); nothing was taken") from error


def _again(tree: Any) -> Any:
    from copy import deepcopy

    return deepcopy(tree)


_ASIDE_TAGS = "nav footer aside form button select dialog menu"
_ASIDE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:related(?:posts)?|share|sharing|sharedaddy|social|comments?|promo|newsletter|"
    r"sidebar|cookies?|advert\w*|teasers?|recommend\w*|breadcrumbs?|menu|footer|nav|navigation|"
    r"widget|most-read|read-more|trending)(?:$|[\s_-])",
    re.I,
)
_ASIDE_BLOCKS = frozenset(("div", "section", "ul", "ol", "p", "header", "table", "article"))


def _without_asides(tree: Any) -> Any:
    """Return a page without navigation, comments and boxes, unless hardly anything is left."""
    article = _again(tree)
    for element in list(article.iter()):
        names = f"{element.get('class', '')} {element.get('id', '')} {element.get('role', '')}"
        is_aside = element.tag in _ASIDE_TAGS.split() or (
            element.tag in _ASIDE_BLOCKS and _ASIDE_NAMES.search(names[:300]) is not None
        )
        if is_aside and element.getparent() is not None:
            element.drop_tree()
    left, whole = (len(" ".join(one.text_content().split())) for one in (article, tree))
    return article if left >= min(_LEAST_LEFT, whole) else tree


_NEVER_SEEN = "script|style|noscript|template|head|svg|iframe|object"
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?!\.?\d)", re.I)
_BLOCKS = frozenset(
    "p div li ul ol h1 h2 h3 h4 h5 h6 tr section article header footer figure figcaption dd dt "  # noqa: SIM905
    "blockquote br hr aside main nav table form pre".split()
)


def _visible(tree: Any) -> str:
    tree = _again(tree)
    for element in list(tree.iter(*_NEVER_SEEN.split("|"))):
        element.drop_tree()
    for element in list(tree.iter()):
        is_hidden = _HIDDEN.search(element.get("style", "")) or element.get("hidden") is not None
        if is_hidden and element.getparent() is not None:
            element.drop_tree()
    parts: list[str] = []
    for element in tree.iter():
        if element.tag in _BLOCKS:
            element.text = "\n" + (element.text or "")
            element.tail = "\n" + (element.tail or "")
    parts.append(tree.text_content())
    return re.sub(r"[ \t]*\n[ \t\n]*", "\n", "".join(parts))


def _language(tree: Any) -> str:
    found = re.match(r"[a-zA-Z]{2,3}", tree.get("lang") or "")
    return found.group().lower() if found else ""


def _day(text: str) -> str:
    return text if re.fullmatch(r"(?:19|20)\d\d-\d\d-\d\d", text) else ""


def from_mhtml(content: bytes) -> Words:
    """Return the main text of a page saved as one file (MHTML)."""
    message = message_from_bytes(content, policy=policy.default)
    for part in message.walk():
        if part.get_content_type() == "text/html":
            page = part.get_payload(decode=True)
            if isinstance(page, bytes):
                return from_html(page)
    raise BadInput("there is no page in this saved page; nothing was taken, save it as .html")


# -- documents --------------------------------------------------------------------------------


def from_pdf(content: bytes) -> Words:
    """Return the text of a PDF, page by page; no picture of a text is read."""
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        is_locked = "password" in str(error).lower()
        way = "save it without its password" if is_locked else "give the whole file"
        raise BadInput(f"this PDF cannot be opened ({error}); nothing was taken, {way}") from error
    pages: list[str] = []
    notes: list[str] = []
    n_characters, n_pages = 0, len(document)
    for number in range(min(n_pages, MOST_PAGES)):
        try:
            page = document[number].get_textpage().get_text_bounded()
        except pdfium.PdfiumError:
            notes.append(f"page {number + 1} cannot be read")
            continue
        pages.append(page)
        n_characters += len(page)
        if n_characters > MOST_CHARACTERS:
            break
    if len(pages) < n_pages:
        notes.append(f"{len(pages)} of {n_pages} pages were read")
    # PDFium writes a hyphen at the end of a line as one of these.
    text = plain(re.sub(r"[\x02\ufffe]\s*", "", "\n".join(pages)))
    if not text:
        notes.append("no text in it: its pages are pictures, which vallum does not read")
    return Words(text=text, notes=tuple(notes))


_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_GONE = {f"{_W}{name}" for name in (
    "del", "moveFrom", "delText", "instrText", "delInstrText", "rPr", "pPr", "sectPr",
    "commentRangeStart", "commentReference", "annotationRef")} | {f"{_MC}Fallback"}  # fmt: skip
_MOST_XML = 64 << 20
_LEFT_OUT = (b"<w:del ", b"<w:comment", b"<w:moveFrom ", b"<w:vanish")


def from_docx(content: bytes) -> Words:
    """Return the text of a Word document as it stands: without deleted text and comments."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
        parts = [
            _docx_part(archive, name)
            for name in ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml")
            if name in names
        ]
    note = "text that was deleted or hidden, and comments, were left out"
    return Words(
        text=plain("\n\n".join(part for part, _ in parts)),
        notes=(note,) if any(gone for _, gone in parts) else (),
    )


def _docx_part(archive: zipfile.ZipFile, name: str) -> tuple[str, bool]:
    from lxml import etree

    xml = member(archive, name, _MOST_XML)
    if b"<!DOCTYPE" in xml[:2048] or b"<!ENTITY" in xml:
        raise BadInput("a Word document has no document type; this one was not opened")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise BadInput(f"this document cannot be read ({error}); nothing was taken") from error
    out: list[str] = []
    was_gone = any(mark in xml for mark in _LEFT_OUT)
    _docx_walk(root, out)
    return "".join(out), was_gone


def _docx_walk(root: Any, out: list[str]) -> None:
    """Write the text below `root`; a loop, since depth is the sender's choice."""
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            out.append(node)
            continue
        if node.tag in _GONE or (node.tag == f"{_W}r" and _is_vanished(node)):
            continue
        if node.tag == f"{_W}t":
            out.append(node.text or "")
        elif node.tag in {f"{_W}tab", f"{_W}ptab"}:
            out.append("\t")
        elif node.tag in {f"{_W}br", f"{_W}cr"}:
            out.append("\n")
        elif node.tag == f"{_W}noBreakHyphen":
            out.append("-")
        else:
            after = {f"{_W}p": "\n", f"{_W}tc": "\t"}.get(node.tag, "")
            stack.extend([after] if after else [])
            stack.extend(reversed([child for child in node if isinstance(child.tag, str)]))


def _is_vanished(run: Any) -> bool:
    found = run.find(f"{_W}rPr/{_W}vanish")
    return found is not None and found.get(f"{_W}val", "1") not in {"0", "false", "off"}


def member(archive: zipfile.ZipFile, name: str, most_bytes: int) -> bytes:
    """Return a member of an archive, whatever its head says of its size.

    Raises:
        BadInput: it is locked, or packed more than a hundredfold.
        TooLarge: it is larger than `most_bytes`.
    """
    info = archive.getinfo(name)
    if info.flag_bits & 1:
        raise BadInput("it is under a password; nothing was taken, save it without one")
    if info.file_size > 1 << 20 and info.file_size > 100 * max(1, info.compress_size):
        raise BadInput("it unfolds to more than a hundred times its size; it was not opened")
    with archive.open(info) as handle:
        content = handle.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise TooLarge(f"more than {most_bytes >> 20} MB in one part of it; nothing was taken")
    return content


def from_text(content: bytes) -> Words:
    """Return the text of a text file."""
    return Words(text=plain(decoded(content)))


def from_table(content: bytes) -> Words:
    """Return a table as the text it is."""
    return Words(text=plain(decoded(content), is_table=True))
