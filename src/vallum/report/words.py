"""Sentences of the report: headline, captions, method; every number in them comes from the book."""

from __future__ import annotations

from dataclasses import dataclass

from vallum.ground.kinds import Basis, Held
from vallum.ground.records import Estimate
from vallum.report.book import SIMULATED, Book
from vallum.report.printing import (
    day_text,
    exact_text,
    km_text,
    length_text,
    number_text,
    way_of,
)
from vallum.report.tongue import listed, many, said, say, sentences

DISCLAIMER = (
    "Lines and names on maps and charts are working references for measuring. They do not state "
    "a view on where any border runs or on what any place should be called."
)
SHARE_CREDIT = "Contains information made available under the Open Database License (ODbL) 1.0."


@dataclass(frozen=True, kw_only=True)
class Headline:
    """The two halves of the headline, equally loud, and the line under them."""

    found: str
    unseen: str
    under: str
    from_names: tuple[str, ...]


def headline(book: Book) -> Headline:
    """Say what was found and, as loudly, what could not be seen."""
    if book.confirmed:
        found, names = _found(book)
    elif book.unreviewed:
        found = many(
            len(book.unreviewed),
            "{n} unreviewed candidate; nothing has been confirmed",
            "{n} unreviewed candidates; nothing has been confirmed",
        )
        names = ("candidates_unreviewed",)
    elif book.standing:
        found, names = _imported(book)
    else:
        found, names = _nothing(book)
    unseen, more = _unseen(book)
    return Headline(found=found, unseen=unseen, under=_under(book), from_names=(*names, *more))


_LENGTHS = {
    "barrier_km_all_new": "{km} of new",
    "barrier_km_all_extended": "{km} of extended",
    "barrier_km_all_upgraded": "{km} of upgraded",
    "barrier_km_all_replaced": "{km} of replaced",
    "barrier_km_all_removed": "{km} of removed",
}
_BORDERS = {
    "border_km_with_new_infrastructure": "{km} of border with new or upgraded infrastructure",
    "border_km_changed": "{km} of border with changed infrastructure",
}
_ALONG = {
    "border_km_with_new_infrastructure": "{barriers}; new or upgraded infrastructure of any kind "
    "on {km} of border",
    "border_km_changed": "{barriers}; changes of any kind on {km} of border",
}


def _found(book: Book) -> tuple[str, tuple[str, ...]]:
    parts: list[str] = []
    names: list[str] = []
    lead: Estimate | None = None
    for name, words in _LENGTHS.items():
        estimate = book.estimate(name)
        if estimate is not None and estimate.value > 0:
            lead = lead or estimate
            parts.append(say(words, km=km_text(estimate.value * 1000, way_of(estimate))))
            names.append(name)
    if lead is None:
        return _found_posts(book)
    text = _worded(lead, say("{lengths} barrier", lengths=listed(parts)))
    for name, words in _ALONG.items():
        border = book.estimate(name)
        if border is not None and border.value > 0:
            # Border-km count roads, strips and posts too: they are not "along" the barriers named.
            km = _worded(border, km_text(border.value * 1000, way_of(border)))
            text = say(words, barriers=text, km=km)
            names.append(name)
            break
    return _capital(text), tuple(names)


def _found_posts(book: Book) -> tuple[str, tuple[str, ...]]:
    for name, one, more in (
        ("posts_new", "{count} new post", "{count} new posts"),
        ("posts_removed", "{count} removed post", "{count} removed posts"),
    ):
        estimate = book.estimate(name)
        if estimate is not None and estimate.value > 0:
            count = number_text(estimate.value, way_of(estimate))
            text = say(one if estimate.value == 1 else more, count=count)
            return _capital(_worded(estimate, text)), (name,)
    for name, words in _BORDERS.items():
        border = book.estimate(name)
        if border is not None and border.value > 0:
            text = say(words, km=km_text(border.value * 1000, way_of(border)))
            return _capital(_worded(border, text)), (name,)
    n = len(book.confirmed)
    return many(
        n,
        "{n} confirmed change of infrastructure",
        "{n} confirmed changes of infrastructure",
    ), ()  # fmt: skip


def _imported(book: Book) -> tuple[str, tuple[str, ...]]:
    total = book.estimate("barrier_km_imported_all")
    if total is None:
        return many(
            len(book.standing),
            "{n} structure on record; no change has been confirmed",
            "{n} structures on record; no change has been confirmed",
        ), ()  # fmt: skip
    lead = km_text(total.value * 1000, way_of(total))
    for estimate in book.estimates:
        if estimate.name.startswith("border_km_with_imported_barrier_within_"):
            distance = estimate.name.removesuffix("_m").rsplit("_", 1)[-1]
            return say(
                "{length} of barrier on record; {km} of border have one within {distance}",
                length=lead, km=km_text(estimate.value * 1000, way_of(estimate)),
                distance=exact_text(int(distance)),
            ), (total.name, estimate.name)  # fmt: skip
    return say("{length} of barrier on record", length=lead), (total.name,)


def _nothing(book: Book) -> tuple[str, tuple[str, ...]]:
    seen = book.estimate("border_km_comparable")
    if seen is None:
        return say("Nothing has been measured yet"), ()
    if seen.value == 0:
        return say("Nothing can be said of any change on this border"), (seen.name,)
    examined = book.estimate("border_km_unchanged")
    if examined is not None and examined.value > 0:
        length = km_text(examined.value * 1000)
        return say("No change confirmed on {length} of border", length=length), (examined.name,)
    return say("Nothing was examined yet"), (seen.name,)


def _unseen(book: Book) -> tuple[str, tuple[str, ...]]:
    blind, waiting = (
        book.estimate("border_km_not_comparable"),
        book.estimate("border_km_not_examined"),
    )
    if blind is None:
        return say("how much of the border could be compared was not measured"), ()
    km = km_text(blind.value * 1000)
    if waiting is None or waiting.value <= 0:
        return say("{km} could not be compared", km=km), (blind.name,)
    return say(
        "{km} could not be compared and {more} not examined",
        km=km, more=km_text(waiting.value * 1000),
    ), (blind.name, waiting.name)  # fmt: skip


def _under(book: Book) -> str:
    length, line = length_text(book.extent.length_m), line_name(book)
    text = say("{length} of {line}.", length=length, line=line)
    if book.scenes:
        text = say(
            "{length} of {line}, images {before} against images {after}.",
            length=length, line=line, before=day_text(str(book.before)),
            after=day_text(str(book.after)),
        )  # fmt: skip
    posts, told, waiting = book.estimate("posts_new"), "", ""
    if book.confirmed and posts is not None and posts.value > 0:
        count = say("{count} new posts", count=number_text(posts.value, way_of(posts)))
        told = say("{what}.", what=_capital(_worded(posts, count)))
    if book.confirmed and book.unreviewed:
        waiting = many(
            len(book.unreviewed),
            "{n} candidate still unreviewed.",
            "{n} candidates still unreviewed.",
        )  # fmt: skip
    mark = say("SIMULATED: no real place is shown.") if book.is_simulated else ""
    return sentences(mark, text, told, waiting)


def line_name(book: Book) -> str:
    """What the line is called in a sentence."""
    return say("the line “{name}”", name=said(book.frontier.title or book.frontier.name))


_WORDED = {
    "at least": "at least {what}",
    "about": "about {what}",
    "exactly": "exactly {what}",
    "up to": "up to {what}",
    "apparent": "apparent {what}",
    "an apparent": "an apparent {what}",
}


def _worded(estimate: Estimate, what: str) -> str:
    """A number after its wording, where that can stand there."""
    words = _WORDED.get(estimate.wording.strip().lower())
    return say(words, what=what) if words else what


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def method_paragraphs(book: Book) -> tuple[str, ...]:
    """The method in about 150 plain words."""
    if not book.comparisons and any(finding.held == Held.IMPORTED for finding in book.findings):
        return tuple(map(said, _IMPORTED_ONLY))
    is_sampled = any(one.basis == Basis.SAMPLED for one in book.estimates)
    return tuple(map(said, (*_METHOD, _SAMPLED) if is_sampled else _METHOD))


_IMPORTED_ONLY = (
    "Barrier lines made by others were read as they are and laid on the border line. "
    "No image was compared, so nothing here says when a barrier was built, or whether it "
    "still stands.",
    "Two lengths are kept apart: the length of the barriers themselves, in which parallel "
    "rows count each, and the length of border that has any barrier within a stated "
    "distance, in which they count once. The second depends on that distance, so the "
    "distance is printed with it.",
)
_METHOD = (
    "We ask, for every metre of the border line, whether two dated images show it clearly: "
    "one from the earlier period, one from the later. Where they do, the later image is "
    "moved until it lies on the earlier one, and the size of the remaining disagreement is "
    "kept. Where they do not, the metre counts as not comparable. It is never counted as "
    "empty.",
    "A program marks lines and small buildings that differ. A mark is only a candidate. "
    "People then look at both dates and answer yes, no, or cannot tell; a rule settles their "
    "answers. Only settled answers are called findings, and only confirmed ones enter a "
    "total, which is why totals read “at least”.",
    "Length of barrier and length of border are different: two parallel fences along one "
    "kilometre are two kilometres of barrier on one kilometre of border. Upper bounds of "
    "border assume the worst of what could not be seen. Lengths of barrier and numbers of "
    "posts have no upper bound while any border is unknown: any amount may stand there.",
)
_SAMPLED = (
    "Beside what was confirmed, stretches of comparable border were drawn by chance and read in "
    "full, without the program's marks in sight. From them we estimate how much there is on all "
    "comparable border, with an interval that follows from the draw alone. An estimate says "
    "“about”, never stands without its interval, and says nothing of border that no image shows."
)


def strip_alt(book: Book, rows: int) -> str:
    """What the strip chart shows, for those who cannot see it."""
    head = headline(book)
    text = say(
        "Strip chart along {length} of border. {found}; {unseen}. Rows by class of structure: "
        "{rows}. The table of statuses and the table of findings hold the same numbers.",
        length=length_text(book.extent.length_m), found=head.found, unseen=head.unseen,
        rows=number_text(rows),
    )  # fmt: skip
    return marked(book, sentences(text, said(_CLAIMED) if book.claims else ""))


_CLAIMED = (
    "What was said is drawn under them by whole cells, one row for each status; the same stands "
    "claim by claim under What was said and in claims.csv."
)


def map_alt(book: Book) -> str:
    """What the map shows, for those who cannot see it."""
    head = headline(book)
    text = say(
        "Map of {line} from {start} to {end}, drawn by what is known of each stretch. {found}; "
        "{unseen}.",
        line=line_name(book), start=said(book.frontier.start), end=said(book.frontier.end),
        found=head.found, unseen=head.unseen,
    )  # fmt: skip
    is_placed = any(one.cells for one in book.claims)
    return marked(book, sentences(text, said(_BESIDE) if is_placed else ""))


_BESIDE = (
    "What was said runs beside the line in whole cells, in one style for each status; no single "
    "place is marked."
)


def marked(book: Book, text: str) -> str:
    """The words for those who cannot see a figure, marked when it shows no real place."""
    return f"{SIMULATED}. {text}" if book.is_simulated else text


def credits_of(book: Book) -> tuple[str, ...]:
    """Whom to credit, each once, the line first."""
    lines = [say("Border line: {credit}", credit=book.frontier.credit or book.frontier.source)]
    if "odbl" in f"{book.frontier.licence} {book.frontier.credit}".lower():
        lines.append(said(SHARE_CREDIT))
    lines.extend(
        say("Barriers and footprints: {credit}", credit=said(credit)) for credit in book.credits
    )
    seen = sorted({scene.credit for scene in book.scenes if scene.credit})
    lines.extend(say("Images: {credit}", credit=credit) for credit in seen)
    nameless = sum(not scene.credit for scene in book.scenes)
    if nameless:
        lines.append(
            many(
                nameless,
                "{n} image came without a credit line.",
                "{n} images came without a credit line.",
            )
        )
    return tuple(lines)
