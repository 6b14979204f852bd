"""The KMZ for Google Earth: a folder per class, one for what could not be compared, no net."""

from __future__ import annotations

import io
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise

import shapely
from PIL import Image, ImageDraw
from shapely.geometry.base import BaseGeometry

from vallum.ground.kinds import COLOURS, Change, Kind, Status
from vallum.ground.records import Candidate, Finding, Scene
from vallum.ground.span import Span
from vallum.ground.told import Told
from vallum.report import overlay
from vallum.report.book import SIMULATED, UNREVIEWED, Book, shown_fields
from vallum.report.claims import INTRO, LOOKS, NOT_COUNTED, cells_text, grade_words, in_order
from vallum.report.kml import (
    NAMESPACE,
    Element,
    balloon,
    drawn,
    packed,
    plain,
    root_with_document,
    sub,
    text_of,
    timed,
    tint,
)
from vallum.report.overlay import MOST_BYTES, Overlay
from vallum.report.printing import (
    CHANGE_LABELS,
    STATUS_LABELS,
    dated_text,
    day_text,
    kind_label,
    length_text,
)
from vallum.report.printing import stretch_text as stretch
from vallum.report.tongue import many, said, say
from vallum.report.words import DISCLAIMER, headline

NAME = "border.kmz"
_STATUS_COLOURS = {Status.NOT_COMPARABLE: "#c0392b", Status.NOT_EXAMINED: "#777777",
                   Status.INDETERMINATE: "#8a6100"}  # fmt: skip
_SIDES = {Kind.GUARD_POST: 4, Kind.WATCHTOWER: 3, Kind.BUILDING: 0}  # 0: a disc
_ICON_PX = 32
_MOST_NAMES = 5
_LEAST_RANGE_M, _M_PER_DEGREE = 2_000.0, 111_320.0


def files(
    book: Book, overlays: Sequence[Overlay] = (), *, most_bytes: int = MOST_BYTES
) -> dict[str, bytes]:
    """Return the KMZ files by their path in the publication, each smaller than `most_bytes`.

    `border.kmz` is always there. Where it would be larger, findings and candidates stand in files
    of their own by part of the border, and it says which. Pixels have files of their own, too; no
    file refers to another, so that each can be passed on.

    Args:
        book: what is published.
        overlays: tiles of images that may be shown; none unless somebody asked for them.
        most_bytes: size above which a file is split.
    """
    whole = kmz_bytes(book)
    pixels = overlay.files(book, overlays, most_bytes=most_bytes)
    if len(whole) <= most_bytes:
        return {NAME: whole, **pixels}
    n_parts = math.ceil(len(whole) / (0.7 * most_bytes))
    while True:
        parts = _halves(book.extent, n_parts)
        found = {_part_name(part): _packed(book, part) for part in parts}
        if n_parts >= book.extent.length_m or max(map(len, found.values())) <= most_bytes:
            return {NAME: _packed(book, None, tuple(found)), **found, **pixels}
        n_parts *= 2


def _halves(extent: Span, n_parts: int) -> list[Span]:
    edges = [extent.start_m + extent.length_m * at // n_parts for at in range(n_parts + 1)]
    return [Span(start, end) for start, end in pairwise(edges) if start < end]


def _part_name(part: Span) -> str:
    return f"border-km-{part.start_m / 1000:g}-{part.end_m / 1000:g}.kmz"


def kmz_bytes(book: Book) -> bytes:
    """The whole KMZ as bytes; entry times are the day of the newest image."""
    return _packed(book, book.extent, is_whole=True)


def _packed(
    book: Book, part: Span | None, elsewhere: tuple[str, ...] = (), *, is_whole: bool = False
) -> bytes:
    document = _document(book, part, elsewhere, is_whole=is_whole)
    return packed(document, _icons(), book.newest_day)


def kml_bytes(book: Book) -> bytes:
    """The document inside the KMZ."""
    return _document(book, book.extent, (), is_whole=True)


def _document(
    book: Book, part: Span | None, elsewhere: tuple[str, ...], *, is_whole: bool
) -> bytes:
    """One document: findings of `part` (the last one holds what lies at its end), or none."""
    root, document = root_with_document()
    first = headline(book)
    where = f", {stretch(part.start_m, part.end_m)}" if part and not is_whole else ""
    sub(document, "name", book.title + where)
    sub(document, "open", "1")
    rows = [("", f"{first.found}; {first.unseen}."), ("", first.under), ("", _credit(book)),
            (say("Time slider"), say("A thing appears on the first day on which it was seen. The "
                                     "bracket in its text says since when it can have stood.")),
            (say("Findings are in"), ", ".join(elsewhere))]  # fmt: skip
    sub(document, "description", balloon(rows))
    _look_at(document, book, part or book.extent)
    _styles(document)
    if part is not None:
        _finding_folders(document, book, part)
        _doubtful_folder(document, book, part)
        _candidate_folder(document, book, part)
    if is_whole or part is None:
        _status_folder(document, book, Status.NOT_COMPARABLE, say("Not comparable"))
        _status_folder(document, book, Status.NOT_EXAMINED, say("Not examined"))
        _said_folder(document, book)
    _frontier_folder(document, book)
    return text_of(root)


def _credit(book: Book) -> str:
    line = book.frontier
    credit = ", ".join(dict.fromkeys(filter(None, (line.credit or line.source, line.licence))))
    text = say("Border line: {credit}.", credit=credit) + f" {say(DISCLAIMER)} "
    if book.cite_as.licence:
        text += say("Licence of this file: {licence}.", licence=book.cite_as.licence) + " "
    return text + say("Made with vallum {version}.", version=book.version)


def _look_at(document: Element, book: Book, part: Span) -> None:
    """Where Google Earth flies when the file is opened: high enough to see all of it."""
    west, south, east, north = book.frontier.line_of(part).bounds
    tall_m = (north - south) * _M_PER_DEGREE
    wide_m = (east - west) * _M_PER_DEGREE * math.cos(math.radians((south + north) / 2))
    look = sub(document, "LookAt")
    for tag, value in (("longitude", f"{(west + east) / 2:.6f}"),
                       ("latitude", f"{(south + north) / 2:.6f}"), ("altitude", "0"),
                       ("heading", "0"), ("tilt", "0"),
                       ("range", f"{max(_LEAST_RANGE_M, 1.2 * max(tall_m, wide_m)):.0f}"),
                       ("altitudeMode", "clampToGround")):  # fmt: skip
        sub(look, tag, value)


def _styles(document: Element) -> None:
    for kind in Kind:
        icon = _icon_name(kind, is_full=True)
        hollow = _icon_name(kind, is_full=False)
        _style(document, f"finding-{kind}", COLOURS[kind], 3.5, icon)
        _style(document, f"removed-{kind}", COLOURS[kind], 2, hollow, alpha="b0")
        _style(document, f"candidate-{kind}", COLOURS[kind], 1.5, hollow, alpha="99")
        _style(document, f"doubtful-{kind}", _STATUS_COLOURS[Status.INDETERMINATE], 2.5, hollow)
    for status in (Status.NOT_COMPARABLE, Status.NOT_EXAMINED):
        _style(document, str(status), _STATUS_COLOURS[status], 5, alpha="b0")
    _style(document, "frontier", "#ffffff", 1.5)
    for told, look in LOOKS.items():
        _style(document, f"said-{told}", look.colour, 6, alpha="c0")


def _style(
    document: Element, name: str, colour: str, width: float, icon: str = "", *, alpha: str = "ff"
) -> None:
    style = sub(document, "Style", id=name)
    icon_style = sub(style, "IconStyle")
    sub(icon_style, "color", tint(colour, alpha))
    sub(icon_style, "scale", "0.6")
    sub(sub(icon_style, "Icon"), "href", icon or _icon_name(Kind.GUARD_POST, is_full=True))
    sub(sub(style, "LabelStyle"), "scale", "0")
    line = sub(style, "LineStyle")
    sub(line, "color", tint(colour, alpha))
    sub(line, "width", f"{width:g}")


def _icon_name(kind: Kind, *, is_full: bool) -> str:
    sides = _SIDES.get(kind, 4)
    shape = {4: "square", 3: "triangle", 0: "disc"}[sides]
    return f"files/{shape}{'' if is_full else '-hollow'}.png"


def _icons() -> dict[str, bytes]:
    """White shapes with a dark rim, tinted by each style; icons from the net fail offline."""
    return {
        _icon_name(kind, is_full=is_full): _icon(sides, is_full=is_full)
        for kind, sides in _SIDES.items()
        for is_full in (True, False)
    }


def _icon(sides: int, *, is_full: bool) -> bytes:
    large = 4 * _ICON_PX
    picture = Image.new("RGBA", (large, large), (255, 255, 255, 0))
    pen = ImageDraw.Draw(picture)
    rims = [(14, (60, 60, 60, 255)), (26, (255, 255, 255, 255))]
    if not is_full:
        rims.append((42, (255, 255, 255, 0)))
    for edge, ink in rims:
        near, far = edge, large - edge
        if sides == 3:
            top = near + (edge - 14)  # the tip's rim is as wide as the sides'
            pen.polygon([(large // 2, top), (far + 8, far), (near - 8, far)], fill=ink)
        elif sides:
            pen.rectangle((near, near, far, far), fill=ink)
        else:
            pen.ellipse((near, near, far, far), fill=ink)
    out = io.BytesIO()
    picture.resize((_ICON_PX, _ICON_PX), Image.Resampling.BOX).save(out, format="PNG")
    return out.getvalue()


def _folder(document: Element, book: Book, name: str, *, is_shown: bool = True) -> Element:
    folder = sub(document, "Folder")
    sub(folder, "name", f"{SIMULATED} {name}" if book.is_simulated else name)
    sub(folder, "visibility", "1" if is_shown else "0")
    return folder


def _within(book: Book, rows: Iterable[Finding | Candidate], part: Span) -> Iterator[int]:
    """Numbers of the rows whose middle lies in the part; what lies beyond the border's ends, too.

    Every row is in one part and in one only.
    """
    for number, row in enumerate(rows):
        at_m = row.span.middle_m
        is_first, is_last = part.start_m == book.extent.start_m, part.end_m == book.extent.end_m
        if (is_first or at_m >= part.start_m) and (is_last or at_m < part.end_m):
            yield number


def _finding_folders(document: Element, book: Book, part: Span) -> None:
    rows = (*book.confirmed, *book.standing)
    by_kind: dict[Kind, list[Finding]] = defaultdict(list)
    for number in _within(book, rows, part):
        by_kind[rows[number].category].append(rows[number])
    for kind in Kind:
        if by_kind[kind]:
            folder = _folder(document, book, kind_label(kind))
            for one in sorted(by_kind[kind], key=lambda one: (one.span, book.id_of(one))):
                is_gone = one.change == Change.REMOVED
                _finding(folder, book, one, f"{'removed' if is_gone else 'finding'}-{kind}")


def _doubtful_folder(document: Element, book: Book, part: Span) -> None:
    chosen = list(_within(book, book.doubtful, part))
    if chosen:
        folder = _folder(document, book, say("Indeterminate or disputed"))
        for number in chosen:
            finding = book.doubtful[number]
            _finding(folder, book, finding, f"doubtful-{finding.category}")


def _candidate_folder(document: Element, book: Book, part: Span) -> None:
    chosen = [book.unreviewed[number] for number in _within(book, book.unreviewed, part)]
    if not chosen:
        return
    name = say("Unreviewed candidates (nothing confirmed)")
    folder = _folder(document, book, name, is_shown=False)
    for one in chosen:
        name = say("Candidate: {kind}, {change}?", kind=kind_label(one.category),
                   change=say(CHANGE_LABELS[one.change]))  # fmt: skip
        scenes = _scenes(book, one)
        rows = [
            ("", f"{name} {stretch(one.span.start_m, one.span.end_m)}"),
            ("", say("Suggested by the machine, not confirmed.")),
            (say("Images"), _days(scenes)),
            (say("Credit"), _image_credit(scenes)),
        ]
        _placemark(folder, book, one.shape, name, balloon(rows), f"candidate-{one.category}",
                   data=_data(one, Candidate, book, UNREVIEWED),
                   begin=scenes[-1].taken.latest if scenes else None, is_shown=False)  # fmt: skip


def _status_folder(document: Element, book: Book, status: Status, name: str) -> None:
    spans = book.status_spans.get(status)
    if not spans:
        return
    folder = _folder(document, book, name)
    for part in spans:
        title = say("{status}: {stretch}", status=_capital(say(STATUS_LABELS[status])),
                    stretch=stretch(part.start_m, part.end_m))  # fmt: skip
        rows = [
            ("", f"{title}, {length_text(part.length_m)}."),
            ("", say("Nothing can be said about this stretch: it is not empty, it is unknown.")),
        ]
        _placemark(folder, book, book.frontier.line_of(part), title, balloon(rows), str(status),
                   data=_span_data(part, status))  # fmt: skip


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _said_folder(document: Element, book: Book) -> None:
    """What was said, by whole cells; what cannot be placed is listed without a place."""
    if not book.claims:
        return
    folder = _folder(document, book, say("What was said"))
    sub(folder, "description", plain(" ".join(map(say, (*INTRO, NOT_COUNTED)))))
    for one in in_order(book.claims):
        look, cells = LOOKS[one.status], one.cells & book.frontier.span
        is_marked = one.is_simulated and not book.is_simulated
        name = (
            f"{SIMULATED}. " * is_marked + f"{look.sign} {say(one.status.label)}: " + said(one.says)
        )
        lines = [book.frontier.line_of(part) for part in cells]
        _placemark(
            folder, book, shapely.MultiLineString(lines) if lines else None, name,
            f"{SIMULATED}. " * is_marked + _claim(one), f"said-{one.status}", data=(),
        )  # fmt: skip


def _claim(one: Told) -> str:
    """The text of a claim's balloon."""
    grade = f"{one.grade}: {grade_words(one.grade)}" if one.grade else say("not graded")
    return balloon(
        (
            ("", said(one.says)),
            (say("Status"), f"{LOOKS[one.status].sign} {say(one.status.label)}"),
            (say("Why"), said(one.why)),
            (say("Where"), said(one.where) or say("cannot be placed")),
            (say("Cells"), cells_text(one.cells)),
            (say("When"), said(one.when) or say("no date stated")),
            (say("Who"), said(one.who)),
            (say("Grade"), grade),
            (say("Findings"), _few(one.findings)),
        )
    )


def _few(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    told = ", ".join(names[:_MOST_NAMES])
    if more <= 0:
        return told
    rest = many(more, "and {n} more, in claims.csv", "and {n} more, in claims.csv")
    return f"{told} {rest}"


def _frontier_folder(document: Element, book: Book) -> None:
    folder = _folder(document, book, say("Border line measured along"))
    line = book.frontier
    length = say("{length} at {tolerance}", length=length_text(line.length_m),
                 tolerance=said(line.tolerance))  # fmt: skip
    rows = [("", f"{line.name}, {length}."), ("", _credit(book))]
    _placemark(folder, book, line.line, line.title or line.name, balloon(rows), "frontier",
               data=())  # fmt: skip


def _finding(folder: Element, book: Book, finding: Finding, style: str) -> None:
    name = say("{kind}, {change} ({held})", kind=kind_label(finding.category),
               change=say(CHANGE_LABELS[finding.change]),
               held=say(finding.held.value))  # fmt: skip
    length = length_text(finding.length_m) if finding.category.is_line else ""
    about = book.candidate_by_id.get(finding.about)
    scenes = _scenes(book, about) if about else ()
    rows = [
        ("", name),
        (say("Where"), stretch(finding.span.start_m, finding.span.end_m)),
        (say("Length"), length),
        (say("Dates"), dated_text(finding)),
        (say("Settled"), said(finding.agreement)),
        (say("Class in the source's words"), finding.subtype),
        (say("Images"), _days(scenes)),
        (say("Credit"), _image_credit(scenes)),
        (say("Line"), book.frontier.credit or book.frontier.source),
        (say("Trace"), f"vallum trace {book.id_of(finding)}"),
    ]
    _placemark(
        folder, book, finding.shape, name, balloon(rows), style,
        data=_data(finding, Finding, book, str(finding.held)),
        begin=finding.built.latest if finding.built else finding.first_seen,
        end=finding.removed.earliest if finding.removed else None,
    )  # fmt: skip


def _scenes(book: Book, candidate: Candidate) -> tuple[Scene, ...]:
    """The earlier and the later image, as far as the book holds them."""
    found = (book.scene_by_id.get(candidate.before), book.scene_by_id.get(candidate.after))
    return tuple(scene for scene in found if scene is not None)


def _days(scenes: Sequence[Scene]) -> str:
    days = [day_text(str(scene.taken)) for scene in scenes]
    if len(days) < 2:
        return "".join(days)
    return say("{before} against {after}", before=days[0], after=days[1])


def _image_credit(scenes: Iterable[Scene]) -> str:
    told = [", ".join(filter(None, (scene.credit, scene.licence))) for scene in scenes]
    return "; ".join(dict.fromkeys(filter(None, told)))


def _data(
    row: Finding | Candidate, cls: type[Finding | Candidate], book: Book, settled: str
) -> list[tuple[str, str]]:
    """Name and text of every field that may be shown."""
    pairs = [("id", book.id_of(row)), ("settled", settled)]
    for name in shown_fields(cls, book.level):
        value = getattr(row, name)
        if isinstance(value, Span):
            pairs += [("start_m", str(value.start_m)), ("end_m", str(value.end_m))]
        elif not isinstance(value, BaseGeometry | tuple) and value is not None and name != "run":
            pairs.append((name, str(value)))
    return pairs


def _span_data(part: Span, status: Status) -> list[tuple[str, str]]:
    return [("status", str(status)), ("start_m", str(part.start_m)), ("end_m", str(part.end_m))]


def _placemark(
    folder: Element, book: Book, shape: BaseGeometry | None, name: str, text: str, style: str, *,
    data: Iterable[tuple[str, str]], begin: date | None = None, end: date | None = None,
    is_shown: bool = True,
) -> None:  # fmt: skip
    mark = f"{SIMULATED}. " if book.is_simulated else ""
    placemark = sub(folder, "Placemark")
    sub(placemark, "name", mark + name)
    if not is_shown:
        sub(placemark, "visibility", "0")
    sub(placemark, "Snippet", maxLines="0")
    sub(placemark, "description", mark + text)
    timed(placemark, begin, end)
    sub(placemark, "styleUrl", f"#{style}")
    pairs = list(data)
    if pairs:
        extended = sub(placemark, "ExtendedData")
        for key, value in pairs:
            sub(sub(extended, "Data", name=key), "value", value)
    if shape is not None:
        drawn(placemark, shape)


__all__ = ["NAME", "NAMESPACE", "files", "kml_bytes", "kmz_bytes"]
