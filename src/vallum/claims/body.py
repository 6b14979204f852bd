"""The text of an article without what stands around it; every offset stays as it was.

No library for main text is used: those that are well kept return a new text, whose offsets are no
longer those of the file, and bring clients for the network along.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vallum.ground.prose.text import Markup, Sentence, blanked, sentences, squeezed

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})((?:\s[^<>]{0,2000})?)>")
_ASIDE_TAGS = frozenset(
    {"nav", "footer", "aside", "form", "button", "select", "iframe", "menu", "dialog"}
)
_ASIDE_NAMES = re.compile(
    r"(?:class|id|role)\s*=\s*[\"'][^\"']{0,300}\b(?:related|share|social|comments?|promo|"
    r"newsletter|sidebar|cookie|advert\w*|teasers?|recommend\w*|breadcrumbs?|menu|footer|nav|"
    r"navigation|most-read|read-more|trending)\b",
    re.IGNORECASE,
)
_ASIDE_BLOCKS = frozenset({"div", "section", "ul", "ol", "p", "header", "table", "article"})
_HEADING = re.compile(
    r"\W{0,4}(?:read (?:also|more|next)|also read|related|most (?:read|popular|viewed)|"
    r"more (?:from|stories|news|on)|recommended|you (?:may|might) also like|newsletters?|sign up|"
    r"subscribe|comments?|trending|see also|latest (?:news|stories)|around the web|sponsored|"
    r"advertisement|share this|editors?[’'] picks?|in other news|what others read)\b.{0,40}",
    re.IGNORECASE | re.DOTALL,
)
_ENDS_WELL = re.compile(r"(?<!\.\.)[.!?][\"”’')\]]{0,3}$|[:;”\"]$")
_NAME = re.compile(r"(?<=[\w,;:“‘(] )[A-Z][A-Za-z’'-]{2,}")
_ITEM = re.compile(r"[.;:?!][”\"’')]?\s(?=\((?:[a-z]|[ivx]{1,4}|\d{1,2})\)\s)")
_SHORT, _LONG = 60, 120
_LOW, _LOWEST = 0.6, 0.3


@dataclass(frozen=True)
class Body:
    """A text without its markup, and its sentences.

    Attributes:
        clean: without markup, one space for several.
        sentences: of the main text only, in order; none from a repeated or unrelated paragraph.
        offsets: where each character of `clean` stood in the text as read.
    """

    clean: str
    sentences: tuple[Sentence, ...]
    offsets: list[int]

    def where(self, start: int, end: int) -> tuple[int, int]:
        """Return where characters of `clean` stood in the text as read."""
        return self.offsets[start], self.offsets[end - 1] + 1


def body_of(text: str, markup: Markup = Markup.PLAIN) -> Body:
    """Return the main text of an article.

    Left out: navigation and boxes of a page, repeated paragraphs (a picture caption printed
    twice), "read more" lists, and the cut openings of other articles that scraped pages end in.
    """
    source = _without_asides(text) if markup is Markup.HTML else text
    clean, offsets = squeezed(blanked(source, markup))
    found: list[Sentence] = []
    for number, (start, end) in enumerate(_kept(clean, _paragraphs(clean))):
        found += [
            Sentence(first, last, number)
            for one in sentences(clean[start:end])
            for first, last in _items(clean, start + one.start, start + one.end)
        ]
    return Body(clean, tuple(found), offsets)


def _items(clean: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the items of "... done. (b) Another ...", as answers to parliaments have them."""
    cuts = [cut.end() for cut in _ITEM.finditer(clean, start, end)]
    return [*zip([start, *cuts], [*cuts, end], strict=True)]


def _paragraphs(clean: str) -> list[tuple[int, int]]:
    """Return paragraphs: by lines, or by empty lines where lines are wrapped."""
    lines = [line for line in clean.split("\n") if line.strip()]
    wrapped = [line for line in lines if 45 <= len(line.strip()) <= 100]
    is_wrapped = len(lines) > 3 and len(wrapped) > 0.6 * len(lines) and all(
        len(line) <= 130 for line in lines
    )  # fmt: skip
    pattern = (
        r"\n[ \t\r]*\n\s*|\n(?=[ \t]{0,8}(?:[-*+•]|\d{1,3}[.)])[ \t])" if is_wrapped else r"\n"
    )
    found, at = [], 0
    for gap in [*re.finditer(pattern, clean), None]:
        stop = gap.start() if gap else len(clean)
        part = clean[at:stop]
        if part.strip():
            found.append((at + len(part) - len(part.lstrip()), at + len(part.rstrip())))
        at = gap.end() if gap else stop
    return found


def _kept(clean: str, paragraphs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the paragraphs of the article itself."""
    paragraphs = paragraphs[: _tail(clean, paragraphs)]
    kept: list[tuple[int, int]] = []
    seen: set[str] = set()
    after_heading = False
    for start, end in paragraphs:
        words = " ".join(clean[start:end].split())
        is_heading = len(words) < _SHORT and _HEADING.fullmatch(words) is not None
        is_teaser = after_heading and not _ENDS_WELL.search(words)
        after_heading = is_heading or is_teaser
        key = words[:80].casefold()
        if is_heading or is_teaser or (len(key) > 40 and key in seen):
            continue
        seen.add(key)
        kept.append((start, end))
    return kept


def _tail(clean: str, paragraphs: list[tuple[int, int]]) -> int:
    """Return the number of the first paragraph of an unrelated tail, or how many there are."""
    n = len(paragraphs)
    texts = [clean[start:end] for start, end in paragraphs]
    known: set[str] = set()
    share: list[float] = []
    for text in texts:
        names = {name.casefold().strip("’'s") for name in _NAME.findall(text)}
        share.append(len(names & known) / len(names) if names else 1.0)
        known |= names
    first = n
    for number in range(max(2, n // 2), n):
        text = texts[number].strip()
        if len(text) < _SHORT and _HEADING.fullmatch(text):
            return number
        is_cut = len(text) > _LONG and not _ENDS_WELL.search(text)
        if is_cut and share[number] < _LOW:
            first = number
            break
    while 2 < first < n and share[first - 1] < _LOWEST and len(texts[first - 1]) > 2 * _LONG:
        first -= 1
    return first


# -- pages ------------------------------------------------------------------------------------


def _without_asides(page: str) -> str:
    """Return a page with navigation, boxes, and all outside of its article blanked."""
    pairs = _pairs(page)
    drop = [(start, end) for start, end, name, attributes in pairs if _is_aside(name, attributes)]
    for wanted in ("article", "main"):
        found = [
            (start, end)
            for start, end, name, attributes in pairs
            if name == wanted and not _is_aside(name, attributes)
        ]
        if found:
            first, last = max(found, key=lambda pair: pair[1] - pair[0])
            drop += [(0, first), (last, len(page))]
            break
    return _blank(page, drop)


def _is_aside(name: str, attributes: str) -> bool:
    return name in _ASIDE_TAGS or (
        name in _ASIDE_BLOCKS and _ASIDE_NAMES.search(attributes) is not None
    )


def _pairs(page: str) -> list[tuple[int, int, str, str]]:
    """Return every closed element: start, end, name, attributes."""
    opened: dict[str, list[tuple[int, str]]] = {}
    found = []
    for tag in _TAG.finditer(page):
        name = tag[2].lower()
        if not tag[1]:
            opened.setdefault(name, []).append((tag.start(), tag[3]))
        elif opened.get(name):
            start, attributes = opened[name].pop()
            found.append((start, tag.end(), name, attributes))
    return found


def _blank(page: str, drop: list[tuple[int, int]]) -> str:
    out, at = [], 0
    for start, end in sorted(drop):
        first = max(start, at)
        if end <= first:
            continue
        out.append(page[at:first])
        out.append(re.sub(r"[^\n]", " ", page[first:end]))
        at = end
    return "".join([*out, page[at:]])
