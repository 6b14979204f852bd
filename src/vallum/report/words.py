"""Sentences of the report: headline, captions, method; every number in them comes from the book."""

from __future__ import annotations

from dataclasses import dataclass

from vallum.ground.kinds import Basis, Held
from vallum.ground.records import Estimate
from vallum.report.book import SIMULATED, Book
from vallum.report.printing import (
    THIN,
    day_text,
    km_text,
    length_text,
    number_text,
    plural,
    way_of,
)

_PREFIXES = ("at least", "about", "exactly", "up to", "apparent", "an apparent")
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
        count = plural(len(book.unreviewed), "unreviewed candidate")
        found, names = f"{count}; nothing has been confirmed", ("candidates_unreviewed",)
    elif book.standing:
        found, names = _imported(book)
    else:
        found, names = _nothing(book)
    unseen, more = _unseen(book)
    return Headline(found=found, unseen=unseen, under=_under(book), from_names=(*names, *more))


def _found(book: Book) -> tuple[str, tuple[str, ...]]:
    parts: list[str] = []
    names: list[str] = []
    lead = ""
    for name, words in (
        ("barrier_km_all_new", "new"),
        ("barrier_km_all_extended", "extended"),
        ("barrier_km_all_upgraded", "upgraded"),
        ("barrier_km_all_replaced", "replaced"),
        ("barrier_km_all_removed", "removed"),
    ):
        estimate = book.estimate(name)
        if estimate is not None and estimate.value > 0:
            lead = lead or _prefix(estimate)
            parts.append(f"{km_text(estimate.value * 1000, way_of(estimate))} of {words}")
            names.append(name)
    if not parts:
        return _found_posts(book)
    text = " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
    along = ""
    for name in ("border_km_with_new_infrastructure", "border_km_changed"):
        border = book.estimate(name)
        if border is not None and border.value > 0:
            # Border-km count roads, strips and posts too: they are not "along" the barriers named.
            length = km_text(border.value * 1000, way_of(border))
            kind = "changes" if name == "border_km_changed" else "new or upgraded infrastructure"
            along = f"; {kind} of any kind on {_prefix(border)}{length} of border"
            names.append(name)
            break
    return _capital(f"{lead}{text} barrier{along}"), tuple(names)


def _found_posts(book: Book) -> tuple[str, tuple[str, ...]]:
    for name, word in (("posts_new", "new"), ("posts_removed", "removed")):
        estimate = book.estimate(name)
        if estimate is not None and estimate.value > 0:
            count = number_text(estimate.value, way_of(estimate))
            noun = "post" if estimate.value == 1 else "posts"
            return _capital(f"{_prefix(estimate)}{count} {word} {noun}"), (name,)
    for name, words in (
        ("border_km_with_new_infrastructure", "new or upgraded"),
        ("border_km_changed", "changed"),
    ):
        border = book.estimate(name)
        if border is not None and border.value > 0:
            km = km_text(border.value * 1000, way_of(border))
            return _capital(f"{_prefix(border)}{km} of border with {words} infrastructure"), (name,)
    return _capital(f"{plural(len(book.confirmed), 'confirmed change')} of infrastructure"), ()


def _imported(book: Book) -> tuple[str, tuple[str, ...]]:
    total = book.estimate("barrier_km_imported_all")
    if total is None:
        count = plural(len(book.standing), "structure")
        return f"{count} on record; no change has been confirmed", ()
    lead = km_text(total.value * 1000, way_of(total))
    names = [total.name]
    along = ""
    for estimate in book.estimates:
        if estimate.name.startswith("border_km_with_imported_barrier_within_"):
            distance = estimate.name.removesuffix("_m").rsplit("_", 1)[-1]
            km = km_text(estimate.value * 1000, way_of(estimate))
            along = f"; {km} of border have one within {int(distance):,}{THIN}m"
            names.append(estimate.name)
            break
    return f"{lead} of barrier on record{along}", tuple(names)


def _nothing(book: Book) -> tuple[str, tuple[str, ...]]:
    seen = book.estimate("border_km_comparable")
    if seen is None:
        return "Nothing has been measured yet", ()
    if seen.value == 0:
        return "Nothing can be said of any change on this border", (seen.name,)
    examined = book.estimate("border_km_unchanged")
    if examined is not None and examined.value > 0:
        length = km_text(examined.value * 1000)
        return f"No change confirmed on {length} of border", (examined.name,)
    return "Nothing was examined yet", (seen.name,)


def _unseen(book: Book) -> tuple[str, tuple[str, ...]]:
    blind, waiting = (
        book.estimate("border_km_not_comparable"),
        book.estimate("border_km_not_examined"),
    )
    if blind is None:
        return "how much of the border could be compared was not measured", ()
    text = f"{km_text(blind.value * 1000)} could not be compared"
    names = [blind.name]
    if waiting is not None and waiting.value > 0:
        text += f" and {km_text(waiting.value * 1000)} not examined"
        names.append(waiting.name)
    return text, tuple(names)


def _under(book: Book) -> str:
    length = length_text(book.extent.length_m)
    text = f"{length} of {line_name(book)}"
    if book.scenes:
        text += f", images {day_text(str(book.before))} against images {day_text(str(book.after))}"
    text += "."
    posts = book.estimate("posts_new")
    if book.confirmed and posts is not None and posts.value > 0:
        count = number_text(posts.value, way_of(posts))
        text += f" {_capital(_prefix(posts))}{count} new posts."
    if book.confirmed and book.unreviewed:
        text += f" {plural(len(book.unreviewed), 'candidate')} still unreviewed."
    if book.is_simulated:
        text = f"{SIMULATED}: no real place is shown. {text}"
    return text


def line_name(book: Book) -> str:
    """What the line is called in a sentence."""
    return f"the line “{book.frontier.title or book.frontier.name}”"


def _prefix(estimate: Estimate) -> str:
    """The wording as words before a number, where it can stand there."""
    wording = estimate.wording.strip()
    return f"{wording} " if wording.lower() in _PREFIXES else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def method_paragraphs(book: Book) -> tuple[str, ...]:
    """The method in about 150 plain words."""
    if not book.comparisons and any(finding.held == Held.IMPORTED for finding in book.findings):
        return (
            "Barrier lines made by others were read as they are and laid on the border line. "
            "No image was compared, so nothing here says when a barrier was built, or whether it "
            "still stands.",
            "Two lengths are kept apart: the length of the barriers themselves, in which parallel "
            "rows count each, and the length of border that has any barrier within a stated "
            "distance, in which they count once. The second depends on that distance, so the "
            "distance is printed with it.",
        )
    said = (
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
    is_sampled = any(one.basis == Basis.SAMPLED for one in book.estimates)
    return (*said, _SAMPLED) if is_sampled else said


_SAMPLED = (
    "Beside what was confirmed, stretches of comparable border were drawn by chance and read in "
    "full, without the program's marks in sight. From them we estimate how much there is on all "
    "comparable border, with an interval that follows from the draw alone. An estimate says "
    "“about”, never stands without its interval, and says nothing of border that no image shows."
)


def strip_alt(book: Book, rows: int) -> str:
    """What the strip chart shows, for those who cannot see it."""
    said = headline(book)
    return marked(
        book,
        f"Strip chart along {length_text(book.extent.length_m)} of border. {said.found}; "
        f"{said.unseen}. Rows by class of structure: {rows}. The table of statuses and the table "
        "of findings hold the same numbers." + (_CLAIMED if book.claims else ""),
    )


_CLAIMED = (
    " What was said is drawn under them by whole cells, one row for each status; the same stands "
    "claim by claim under What was said and in claims.csv."
)


def map_alt(book: Book) -> str:
    """What the map shows, for those who cannot see it."""
    said = headline(book)
    return marked(
        book,
        f"Map of {line_name(book)} from {book.frontier.start} to {book.frontier.end}, "
        f"drawn by what is known of each stretch. {said.found}; {said.unseen}."
        + (_BESIDE if any(one.cells for one in book.claims) else ""),
    )


_BESIDE = (
    " What was said runs beside the line in whole cells, in one style for each status; no single "
    "place is marked."
)


def marked(book: Book, text: str) -> str:
    """The words for those who cannot see a figure, marked when it shows no real place."""
    return f"{SIMULATED}. {text}" if book.is_simulated else text


def credits_of(book: Book) -> tuple[str, ...]:
    """Whom to credit, each once, the line first."""
    lines = [f"Border line: {book.frontier.credit or book.frontier.source}"]
    if "odbl" in f"{book.frontier.licence} {book.frontier.credit}".lower():
        lines.append(SHARE_CREDIT)
    lines.extend(f"Barriers and footprints: {credit}" for credit in book.credits)
    seen = sorted({scene.credit for scene in book.scenes if scene.credit})
    lines.extend(f"Images: {credit}" for credit in seen)
    nameless = sum(not scene.credit for scene in book.scenes)
    if nameless:
        lines.append(f"{plural(nameless, 'image')} came without a credit line.")
    return tuple(lines)
