"""What the strip chart and the map in the browser are drawn from.

Everything is a list of short lines of text, which keeps a border of thousands of findings small:
`"12 480"` is a stretch in metres of chainage, `"124.1,40.5"` a place in degrees.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from vallum.ground.kinds import COLOURS, Change, Held, Kind, Status
from vallum.ground.records import Finding
from vallum.ground.span import Span, Spans
from vallum.report.book import STATUS_ORDER, Book, category_order
from vallum.report.claims import in_order
from vallum.report.figures import base
from vallum.report.figures.ink import nice
from vallum.report.figures.insets import heading_of, insets_of
from vallum.report.figures.lanes import lanes_of, scale_of
from vallum.report.livewords import doubts, method_box, words
from vallum.report.printing import (
    CHANGE_LABELS,
    STATUS_LABELS,
    day_text,
    kind_label,
    length_text,
    number_text,
    stretch_text,
)
from vallum.report.tongue import said, say

Model = dict[str, Any]
_SAMPLES = 6000
_ACROSS_PX = 8000  # as far as one can zoom before a simplified line shows
_BINS = 400
_MOST_PAIRS = 120
_MOST_STRETCHES = 14
_BARE = -1
_HELD = (Held.CONFIRMED, Held.INDETERMINATE, Held.DISPUTED, Held.IMPORTED)


def live_model(book: Book) -> Model:
    """Return lanes and lines as plain JSON, without anything that the level withholds."""
    things = [one for one in book.stated if one.held in _HELD]
    step = book.extent.length_m / 111_320 / _ACROSS_PX  # degrees per pixel, roughly
    return {
        "extent": [book.extent.start_m, book.extent.end_m],
        "words": _words(book),
        "places": [
            {"name": name, "other": other, "at_m": at_m} for name, other, at_m in book.places
        ],
        "statuses": [
            {"key": str(one), "label": said(STATUS_LABELS[one]),
             "spans": _runs(book.status_spans[one])}
            for one in STATUS_ORDER if book.status_spans.get(one)
        ],
        "kinds": [
            {"key": str(kind), "label": kind_label(kind), "colour": COLOURS[kind],
             "is_line": kind.is_line}
            for kind in sorted({one.category for one in things}, key=category_order)
        ],
        "changes": [
            {"key": str(change), "label": said(CHANGE_LABELS[change])}
            for change in Change if any(one.change == change for one in things)
        ],
        "helds": [
            {"key": str(held), "label": said(str(held))}
            for held in _HELD if any(one.held == held for one in things)
        ],
        "things": [_thing(book, one, step) for one in things],
        "open": _open(book),
        "pairs": _pairs(book),
        "claims": _claims(book),
        "line": _line(book, step),
        "insets": _insets(book),
        "base": _base(book),
        "stretches": _stretches(book),
        "method_box": list(method_box(book)),
        "doubts": list(doubts(book)),
    }  # fmt: skip


def _words(book: Book) -> dict[str, str]:
    """Words of the script; where nothing was said, the page speaks of no claims either."""
    told = words()
    return told if book.claims else {key: told[key] for key in told if not key.endswith(".said")}


def _runs(spans: Iterable[Span]) -> list[str]:
    return [f"{span.start_m} {span.end_m}" for span in spans]


def _thing(book: Book, finding: Finding, step: float) -> str:
    """One finding: class, change, held, stretch, bracket of days, id, chip, shape."""
    first, last = "-", "-"
    if finding.built is not None:
        first, last = finding.built.earliest.isoformat(), finding.built.latest.isoformat()
    elif finding.first_seen is not None:
        last = finding.first_seen.isoformat()
    span = finding.span
    parts = (
        finding.category, finding.change, finding.held, str(span.start_m), str(span.end_m),
        first, last, book.id_of(finding), str(_chip_of(book, finding)), _shape(finding.shape, step),
    )  # fmt: skip
    return " ".join(parts)


def _chip_of(book: Book, finding: Finding) -> int:
    ids = [chip.candidate_id for chip in book.chips]
    return ids.index(finding.about) if finding.about in ids else _BARE


def _shape(shape: BaseGeometry, step: float) -> str:
    """A shape as `lon,lat;lon,lat`, parts parted by `|`, as fine as a screen shows."""
    simple = shapely.simplify(shape, step)
    parts: list[Any] = [] if simple.is_empty else list(shapely.get_parts(simple))
    texts = []
    for part in parts:
        coords = part.exterior.coords if part.geom_type == "Polygon" else part.coords
        texts.append(";".join(f"{_short(x)},{_short(y)}" for x, y, *_ in coords))
    return "|".join(texts)


def _short(degrees: float) -> str:
    return f"{degrees:.6f}".rstrip("0").rstrip(".")


def _open(book: Book) -> Model:
    """Candidates that nobody settled yet, counted in bins: they are no findings, one by one."""
    bin_m = nice(max(1.0, book.extent.length_m / _BINS))
    bins: dict[int, int] = defaultdict(int)
    for one in book.unreviewed:
        bins[int((one.span.middle_m - book.extent.start_m) // bin_m)] += 1
    return {"bin_m": bin_m, "bins": [f"{at} {n}" for at, n in sorted(bins.items())]}


def _pairs(book: Book) -> list[Model]:
    """Which two dates were compared where; the pairs that cover most come first."""
    found: dict[tuple[str, str], list[Span]] = defaultdict(list)
    for one in book.comparisons:
        before, after = book.scene_of(one.before), book.scene_of(one.after)
        if before is not None and after is not None and not one.blocked_by:
            found[str(before.taken), str(after.taken)].extend(one.seen)
    joined = {days: Spans(spans) for days, spans in found.items()}
    most = sorted(joined, key=lambda days: (-joined[days].length_m, days))[:_MOST_PAIRS]
    return [
        {"before": day_text(before), "after": day_text(after),
         "spans": _runs(joined[before, after])}
        for before, after in sorted(most)
    ]  # fmt: skip


def _claims(book: Book) -> list[Model]:
    """Claims that a release lets out, by whole cells."""
    return [
        {
            "status": str(told.status),
            "anchor": f"told-{number}",
            "says": said(told.says),
            "when": said(told.when),
            "mark": "SIMULATED" if told.is_simulated else "",
            "spans": _runs(told.cells),
        }
        for number, told in enumerate(in_order(book.claims), start=1)
        if told.cells
    ]


def _line(book: Book, step: float) -> list[str]:
    """The line itself, `lon,lat,metres of chainage` per point, as fine as a screen shows."""
    at_m = np.unique(np.linspace(book.extent.start_m, book.extent.end_m, _SAMPLES).astype(int))
    if len(at_m) < 2:
        return []
    lon, lat = book.frontier.points_at(at_m)
    line = shapely.simplify(LineString(np.column_stack([lon, lat, at_m])), step)
    return [f"{_short(x)},{_short(y)},{z:.0f}" for x, y, z in line.coords]


def _base(book: Book) -> Model:
    """Land and borders of countries under the map; empty where a nearer map would show their error.

    Borders that run along the line of the book are left out: they are the same border.
    """
    west, south, east, north = shapely.bounds(book.frontier.line_of(book.extent))
    wide_m = max((north - south), (east - west) * 0.8) * 111_320
    if wide_m < base.LEAST_WIDE_M:
        return {"land": [], "countries": [], "credit": ""}
    pad = max(east - west, north - south) * 0.8
    near = base.around(west - pad, south - pad, east + pad, north + pad)
    fine = pad / 1500
    ours = shapely.simplify(book.frontier.line, fine).buffer(base.OURS_M / 111_320)
    rings = [ring for part in near.land.geoms for ring in (part.exterior, *part.interiors)]
    lines = shapely.get_parts(near.borders - ours)
    return {
        "land": [text for ring in rings if (text := _shape(LineString(ring.coords), fine))],
        "countries": [text for line in lines if (text := _shape(line, fine))],
        "credit": said(base.CREDIT),
    }


def _insets(book: Book) -> list[Model]:
    """The stretches that the printed strip draws larger, under the same headings."""
    lanes = lanes_of(book)
    found = insets_of(book, lanes, scale_of(book, [spans for *_, spans in lanes]))
    return [
        {"span": [one.span.start_m, one.span.end_m], "title": heading_of(one, number)}
        for number, one in enumerate(found, start=1)
    ]


def _stretches(book: Book) -> list[Model]:
    """What is new on each stretch between named places: border only, which adds up exactly."""
    if not book.status_spans:
        return []
    ends = _ends(book)
    rows = []
    for (name, start_m), (to_name, end_m) in pairwise(ends):
        frame = Span(start_m, end_m)
        metres = {
            one: (book.status_spans.get(one, Spans()) & frame).length_m for one in STATUS_ORDER
        }
        inside = [one for one in book.confirmed if start_m <= one.span.middle_m < end_m]
        n_posts = sum(not one.category.is_line and one.change != Change.REMOVED for one in inside)
        rows.append(
            {
                "from": name,
                "to": to_name,
                "where": stretch_text(start_m, end_m),
                "start_m": start_m,
                "end_m": end_m,
                "length": length_text(frame.length_m),
                "length_m": frame.length_m,
                "changed": length_text(metres[Status.CHANGED]),
                "changed_m": metres[Status.CHANGED],
                "unseen": length_text(metres[Status.NOT_COMPARABLE]),
                "unseen_m": metres[Status.NOT_COMPARABLE],
                "unexamined": length_text(metres[Status.NOT_EXAMINED]),
                "unexamined_m": metres[Status.NOT_EXAMINED],
                "posts": number_text(n_posts),
                "n_posts": n_posts,
                "kinds": ", ".join(
                    kind_label(kind)
                    for kind in Kind if kind.is_line and any(one.category == kind for one in inside)
                ),
            }
        )  # fmt: skip
    return rows


def _ends(book: Book) -> list[tuple[str, int]]:
    """Named places that cut the extent into stretches, not too short and not too many."""
    extent = book.extent
    least_m = max(1, extent.length_m // _MOST_STRETCHES)
    first = said(book.frontier.start) if extent.start_m == 0 else ""
    last = said(book.frontier.end) if extent.end_m == book.frontier.length_m else ""
    found = [(first or say("beginning of the part looked at"), extent.start_m)]
    for name, other, at_m in sorted(book.places, key=lambda place: place[2]):
        if found[-1][1] + least_m <= at_m <= extent.end_m - least_m:
            found.append((f"{name} {other}".strip(), at_m))
    found.append((last or say("end of the part looked at"), extent.end_m))
    return found
