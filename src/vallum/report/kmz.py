"""The KMZ for Google Earth: a folder per class, one for what could not be compared, no net."""

from __future__ import annotations

import io
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from html import escape
from typing import Any, TypeAlias

import numpy as np
import shapely
from lxml import etree
from PIL import Image
from shapely.geometry.base import BaseGeometry

from vallum.ground.kinds import COLOURS, Kind, Status
from vallum.ground.records import Candidate, Finding
from vallum.ground.span import Span
from vallum.ground.told import Told
from vallum.report.book import SIMULATED, UNREVIEWED, Book, shown_fields
from vallum.report.claims import INTRO, LOOKS, NOT_COUNTED, cells_text, grade_words, in_order
from vallum.report.printing import (
    CHANGE_LABELS,
    STATUS_LABELS,
    dated_text,
    kind_label,
    length_text,
)
from vallum.report.printing import stretch_text as stretch
from vallum.report.words import DISCLAIMER, headline

NAMESPACE = "http://www.opengis.net/kml/2.2"
_ICON = "files/post.png"
_STATUS_COLOURS = {Status.NOT_COMPARABLE: "#c0392b", Status.INDETERMINATE: "#8a6100"}
_FIRST_ZIP_YEAR = 1980
_MOST_NAMES = 5
Element: TypeAlias = Any  # lxml.etree._Element; lxml has no types


def kmz_bytes(book: Book) -> bytes:
    """The KMZ as bytes; entry times are the day of the newest image."""
    day = book.newest_day
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (("doc.kml", kml_bytes(book)), (_ICON, _icon())):
            entry = zipfile.ZipInfo(
                name, (max(day.year, _FIRST_ZIP_YEAR), day.month, day.day, 0, 0, 0)
            )
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, data)
    return out.getvalue()


def kml_bytes(book: Book) -> bytes:
    """The document inside the KMZ."""
    root = etree.Element(f"{{{NAMESPACE}}}kml", nsmap={None: NAMESPACE})
    document = _sub(root, "Document")
    said = headline(book)
    _sub(document, "name", book.title)
    _sub(document, "open", "1")
    _sub(document, "description", f"{said.found}; {said.unseen}.\n{said.under}\n{_credit(book)}")
    _styles(document)
    _finding_folders(document, book)
    _doubtful_folder(document, book)
    _candidate_folder(document, book)
    _status_folder(document, book, Status.NOT_COMPARABLE, "Not comparable")
    _said_folder(document, book)
    _frontier_folder(document, book)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _credit(book: Book) -> str:
    credit = book.frontier.credit or book.frontier.source
    return f"Border line: {credit}. {DISCLAIMER} Made with vallum {book.version}."


def _sub(parent: Element, tag: str, text: str = "", **attributes: str) -> Element:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}", attributes)
    if text:
        element.text = "".join(one for one in text if one >= " " or one in "\n\t")
    return element


def _styles(document: Element) -> None:
    for kind in Kind:
        _style(document, f"finding-{kind}", COLOURS[kind], 3.5)
        _style(document, f"candidate-{kind}", COLOURS[kind], 1.5, alpha="99")
        _style(document, f"doubtful-{kind}", _STATUS_COLOURS[Status.INDETERMINATE], 2.5)
    _style(document, "not_comparable", _STATUS_COLOURS[Status.NOT_COMPARABLE], 5, alpha="b0")
    _style(document, "frontier", "#ffffff", 1.5)
    for status, look in LOOKS.items():
        _style(document, f"said-{status}", look.colour, 6, alpha="c0")


def _style(document: Element, name: str, colour: str, width: float, *, alpha: str = "ff") -> None:
    # KML colours run alpha, blue, green, red.
    tint = f"{alpha}{colour[5:7]}{colour[3:5]}{colour[1:3]}".lower()
    style = _sub(document, "Style", id=name)
    icon_style = _sub(style, "IconStyle")
    _sub(icon_style, "color", tint)
    _sub(icon_style, "scale", "0.5")
    _sub(_sub(icon_style, "Icon"), "href", _ICON)
    _sub(_sub(style, "LabelStyle"), "scale", "0")
    line = _sub(style, "LineStyle")
    _sub(line, "color", tint)
    _sub(line, "width", f"{width:g}")


def _icon() -> bytes:
    """A white square with a dark rim, tinted by each style; icons from the net fail offline."""
    side = 32
    pixels = np.zeros((side, side, 4), np.uint8)
    pixels[4:-4, 4:-4] = (90, 90, 90, 255)
    pixels[8:-8, 8:-8] = 255
    out = io.BytesIO()
    Image.fromarray(pixels, "RGBA").save(out, format="PNG")
    return out.getvalue()


def _folder(document: Element, book: Book, name: str, *, is_shown: bool = True) -> Element:
    folder = _sub(document, "Folder")
    _sub(folder, "name", f"{SIMULATED} {name}" if book.is_simulated else name)
    _sub(folder, "visibility", "1" if is_shown else "0")
    return folder


def _finding_folders(document: Element, book: Book) -> None:
    by_kind: dict[Kind, list[Finding]] = defaultdict(list)
    for finding in (*book.confirmed, *book.standing):
        by_kind[finding.category].append(finding)
    for kind in Kind:
        if by_kind[kind]:
            folder = _folder(document, book, kind_label(kind))
            for finding in sorted(by_kind[kind], key=lambda one: (one.span, book.id_of(one))):
                _finding(folder, book, finding, f"finding-{kind}")


def _doubtful_folder(document: Element, book: Book) -> None:
    if book.doubtful:
        folder = _folder(document, book, "Indeterminate or disputed")
        for finding in book.doubtful:
            _finding(folder, book, finding, f"doubtful-{finding.category}")


def _candidate_folder(document: Element, book: Book) -> None:
    if not book.unreviewed:
        return
    folder = _folder(document, book, "Unreviewed candidates (nothing confirmed)", is_shown=False)
    for one in book.unreviewed:
        name = f"Candidate: {one.change.value} {one.category.label}?"
        after = book.scene_by_id.get(one.after)
        where = stretch(one.span.start_m, one.span.end_m)
        text = f"{name} {where}. Suggested by the machine, not confirmed."
        _placemark(folder, book, one.shape, name, text, f"candidate-{one.category}",
                   data=_data(one, Candidate, book, UNREVIEWED),
                   begin=after.taken.latest if after else None, is_shown=False)  # fmt: skip


def _status_folder(document: Element, book: Book, status: Status, name: str) -> None:
    spans = book.status_spans.get(status)
    if not spans:
        return
    folder = _folder(document, book, name)
    for part in spans:
        text = (
            f"{STATUS_LABELS[status].capitalize()}: {stretch(part.start_m, part.end_m)}, "
            f"{length_text(part.length_m)}. Nothing can be said about this stretch."
        )
        _placemark(folder, book, book.frontier.line_of(part), text.split(",")[0], text,
                   str(status), data=_span_data(part, status))  # fmt: skip


def _said_folder(document: Element, book: Book) -> None:
    """What was said, by whole cells; what cannot be placed is listed without a place."""
    if not book.claims:
        return
    folder = _folder(document, book, "What was said")
    _sub(folder, "description", escape(" ".join((*INTRO, NOT_COUNTED))))
    for one in in_order(book.claims):
        look, cells = LOOKS[one.status], one.cells & book.frontier.span
        is_marked = one.is_simulated and not book.is_simulated
        name = f"{SIMULATED}. " * is_marked + f"{look.sign} {one.status.label}: {one.says}"
        lines = [book.frontier.line_of(part) for part in cells]
        _placemark(
            folder, book, shapely.MultiLineString(lines) if lines else None, name,
            f"{SIMULATED}. " * is_marked + _balloon(one), f"said-{one.status}", data=(),
        )  # fmt: skip


def _balloon(one: Told) -> str:
    """The text of a balloon; Google Earth reads it as HTML, so that every word is escaped."""
    rows = (
        ("", one.says),
        ("Status", f"{LOOKS[one.status].sign} {one.status.label}"),
        ("Why", one.why),
        ("Where", one.where or "cannot be placed"),
        ("Cells", cells_text(one.cells)),
        ("When", one.when or "no date stated"),
        ("Who", one.who),
        ("Grade", f"{one.grade}: {grade_words(one.grade)}" if one.grade else "not graded"),
        ("Findings", _few(one.findings)),
    )
    return "<br>".join(
        f"{f'<b>{head}</b>: ' if head else ''}{_plain(text)}" for head, text in rows if text
    )


def _few(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    told = ", ".join(names[:_MOST_NAMES])
    return f"{told} and {more} more, in claims.csv" if more > 0 else told


def _plain(text: str) -> str:
    # "$[name]" would be filled in by Google Earth.
    return escape(text).replace("$[", "$ [")


def _frontier_folder(document: Element, book: Book) -> None:
    folder = _folder(document, book, "Border line measured along")
    line = book.frontier
    length = f"{length_text(line.length_m)} at {line.tolerance}"
    text = f"{line.name}, {length}. {_credit(book)}"
    _placemark(folder, book, line.line, line.title or line.name, text, "frontier", data=())


def _finding(folder: Element, book: Book, finding: Finding, style: str) -> None:
    words = f"{CHANGE_LABELS[finding.change]} ({finding.held.value})"
    name = f"{kind_label(finding.category)}, {words}"
    text = f"{name}. {stretch(finding.span.start_m, finding.span.end_m)}"
    if finding.category.is_line:
        text += f", {length_text(finding.length_m)} long"
    text = ". ".join(filter(None, (text, dated_text(finding).rstrip("."), finding.agreement)))
    _placemark(
        folder, book, finding.shape, name, text, style,
        data=_data(finding, Finding, book, str(finding.held)),
        begin=finding.built.latest if finding.built else finding.first_seen,
        end=finding.removed.earliest if finding.removed else None,
    )  # fmt: skip


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
    placemark = _sub(folder, "Placemark")
    _sub(placemark, "name", mark + name)
    if not is_shown:
        _sub(placemark, "visibility", "0")
    _sub(placemark, "description", mark + text)
    if begin or end:
        span = _sub(placemark, "TimeSpan")
        if begin:
            _sub(span, "begin", begin.isoformat())
        if end and (begin is None or end >= begin):
            _sub(span, "end", end.isoformat())
    _sub(placemark, "styleUrl", f"#{style}")
    pairs = list(data)
    if pairs:
        extended = _sub(placemark, "ExtendedData")
        for key, value in pairs:
            _sub(_sub(extended, "Data", name=key), "value", value)
    if shape is None:
        return
    parts: Sequence[BaseGeometry] = list(shapely.get_parts(shape))
    parent = _sub(placemark, "MultiGeometry") if len(parts) > 1 else placemark
    for part in parts:
        _geometry(parent, part)


def _geometry(parent: Element, part: BaseGeometry) -> None:
    is_point = part.geom_type == "Point"
    element = _sub(parent, "Point" if is_point else "LineString")
    if not is_point:
        _sub(element, "tessellate", "1")
    xy = shapely.get_coordinates(part)
    _sub(element, "coordinates", " ".join(f"{lon:.6f},{lat:.6f}" for lon, lat in xy))


__all__ = ["NAMESPACE", "kml_bytes", "kmz_bytes"]
