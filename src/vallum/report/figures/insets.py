"""Insets of the strip chart: parts too short to be seen in the whole, drawn larger.

A part is a stretch between two named points: an end of the extent, a tripoint or another end of a
packaged line of the same family. One that is under a fiftieth of the extent gets an inset of its
own. Where there is none and runs are shorter than a pixel, the tenth of the extent that holds most
of them gets one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from vallum.frontier import Frontier, packaged_names
from vallum.ground.kinds import Kind
from vallum.ground.span import Span, Spans
from vallum.report.book import Book
from vallum.report.figures.ink import ALARM, BLACK, drawable
from vallum.report.figures.lanes import (
    PLOT_IN,
    Scale,
    draw_runs,
    draw_statuses,
    draw_ticks,
    scale_of,
    waits_for,
)
from vallum.report.figures.rows import Row, gap, text_rows
from vallum.report.printing import kind_label, length_text, number_text, stretch_text
from vallum.report.tongue import said, say

SMALL_SHARE = 0.02
TIMES = 10
_MOST = 2
_NEAR_M = 50
_ROW_IN = 0.19
Lanes = Sequence[tuple[Kind, str, Spans]]


@dataclass(frozen=True, kw_only=True)
class Inset:
    """A stretch that is drawn again, larger."""

    span: Span
    name: str
    times: float


def insets_of(book: Book, lanes: Lanes, scale: Scale) -> list[Inset]:
    """Return the stretches to draw larger, by place; none where everything can be seen."""
    extent = book.extent
    points = sorted({extent.start_m, extent.end_m, *(at for at, _ in _named(book))})
    small = [
        Span(first, last)
        for first, last in pairwise(points)
        if 0 < last - first < SMALL_SHARE * extent.length_m
    ]
    names = dict(_named(book))
    found = [
        Inset(span=part, name=_between(part, names, book), times=extent.length_m / part.length_m)
        for part in small[:_MOST]
    ]
    if found or not scale.bin_m:
        return found
    window = _densest(extent, lanes, scale)
    return [Inset(span=window, name=say("most short runs"), times=TIMES)] if window else []


def _named(book: Book) -> list[tuple[int, str]]:
    """Named points inside the extent at which one part of the line ends and another begins."""
    return [
        (at_m, name)
        for at_m, name in _joints(book.frontier.name, book.frontier.length_m)
        if book.extent.start_m < at_m < book.extent.end_m
    ]


@cache
def _joints(name: str, length_m: int) -> tuple[tuple[int, str], ...]:
    """Ends of packaged lines of the same family that lie inside this one: tripoints."""
    if name not in packaged_names() or Frontier.packaged(name).length_m != length_m:
        return ()
    line = Frontier.packaged(name)
    found: dict[int, str] = {}
    for other in packaged_names():
        if other == name or other.partition("-")[0] != name.partition("-")[0]:
            continue
        part = Frontier.packaged(other)
        for place, words in ((0, part.start), (-1, part.end)):
            lon, lat = part.line.coords[place]
            at = line.locate(lon, lat)
            at_m = round(at.at_m)
            if abs(at.off_m) < _NEAR_M and _NEAR_M < at_m < length_m - _NEAR_M:
                found.setdefault(at_m, words)
    return tuple(sorted(found.items()))


def _between(part: Span, names: dict[int, str], book: Book) -> str:
    start = short_name(names.get(part.start_m) or book.frontier.start)
    end = short_name(names.get(part.end_m) or book.frontier.end)
    return say("{start} to {end}", start=start or say("start"), end=end or say("end"))


def short_name(name: str) -> str:
    """The name of an end of the line without what stands in brackets: there is no room for it."""
    return re.split(r"\s*[(（]", drawable(said(name)))[0]


def _densest(extent: Span, lanes: Lanes, scale: Scale) -> Span | None:
    """The tenth of the extent with most runs under a pixel; None where there are under two."""
    short = sorted(
        part.middle_m for _, _, spans in lanes for part in spans if part.length_m < scale.pixel_m
    )
    if len(short) < 2:
        return None
    wide = extent.length_m // TIMES
    at = np.array(short)
    counts = np.searchsorted(at, at + wide, side="right") - np.arange(len(at))
    first = int(at[int(counts.argmax())])
    inside = at[(at >= first) & (at <= first + wide)]
    start = round((int(inside[0]) + int(inside[-1])) / 2 - wide / 2)
    start = min(max(start, extent.start_m), extent.end_m - wide)
    return Span(start, start + wide)


def inset_rows(book: Book, lanes: Lanes, insets: Sequence[Inset]) -> list[Row]:
    """Rows under the axis, for each inset a heading, what is known, the lanes and posts in it."""
    rows: list[Row] = []
    for number, inset in enumerate(insets, start=1):
        rows += [gap(0.08), *text_rows([heading_of(inset, number)], 10, ALARM, weight="bold")]
        rows += [gap(0.04), *_lanes(book, lanes, inset), _axis(inset), gap(0.06)]
    return rows


def heading_of(inset: Inset, number: int) -> str:
    """What is written over an inset: its letter, where it lies, how much larger it is drawn."""
    return say(
        "Inset {letter}: {where}, {length} ({name}), drawn {times} times as long",
        letter=_letter(number), where=stretch_text(inset.span.start_m, inset.span.end_m),
        length=length_text(inset.span.length_m), name=inset.name,
        times=number_text(round(inset.times)),
    )  # fmt: skip


def _letter(number: int) -> str:
    return "ABCDEFG"[number - 1]


def _lanes(book: Book, lanes: Lanes, inset: Inset) -> list[Row]:
    inside = [(kind, change, spans & inset.span) for kind, change, spans in lanes]
    inside = [lane for lane in inside if lane[2]]
    statuses = [spans & inset.span for spans in book.status_spans.values()]
    scale = scale_of(book, [spans for *_, spans in inside], inset.span, statuses)
    rows: list[Row] = []
    last: Kind | None = None
    if any(statuses):
        draw = partial(draw_statuses, book=book, scale=scale)
        rows += [_row(inset, draw, say("Where"), ""), gap(0.04)]
    for kind, change, spans in inside:
        draw = partial(draw_runs, spans=spans, scale=scale, look=(kind, change))
        label = kind_label(kind) if kind != last else ""
        rows.append(_row(inset, draw, label, waits_for(change), spans.length_m))
        last = kind
    posts = [
        one.span.middle_m
        for one in (*book.confirmed, *book.standing)
        if not one.category.is_line and one.span.overlaps(inset.span)
    ]
    if posts:
        draw = partial(draw_ticks, at_m=posts, scale=scale)
        row = _row(inset, draw, say("Posts"), "")
        rows += [gap(0.04), _told(row, number_text(len(posts)))]
    if len(rows) < 2:
        text = say("no structure is on record here")
        rows.append(_told(_row(inset, lambda _: None, "", ""), "", text))
    return rows


def _row(
    inset: Inset, draw: Callable[[Axes], None], label: str, sub: str, metres: int | None = None
) -> Row:
    return Row(
        height=_ROW_IN, draw=draw, label=label, sub=sub, is_lane=True, span=inset.span,
        total_note="" if metres is None else say("{length} of border", length=length_text(metres)),
        is_small=True,
    )  # fmt: skip


def _told(row: Row, total: str, note: str = "") -> Row:
    return replace(row, total_note=total or note)


def _axis(inset: Inset) -> Row:
    def draw(axes: Axes) -> None:
        axes.set_ylim(0, 1)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
        axes.xaxis.tick_top()
        axes.tick_params(axis="x", labelsize=8, length=4, pad=-15, direction="in", colors=BLACK)
        axes.spines["top"].set_visible(True)
        axes.spines["top"].set_color(BLACK)

    return Row(height=0.28, draw=draw, is_lane=True, is_axis=True, span=inset.span)


def marks(axes: Axes, insets: Sequence[Inset], y: float, tall: float) -> None:
    """Show on the axis of the whole which stretch each inset draws, by its letter."""
    first, last = axes.get_xlim()
    per_in = (last - first) / PLOT_IN
    for number, inset in enumerate(insets, start=1):
        left, right = inset.span.start_m / 1000, inset.span.end_m / 1000
        axes.plot([left, right], [y, y], color=ALARM, lw=3, solid_capstyle="butt", zorder=5,
                  clip_on=False)  # fmt: skip
        middle = min(max((left + right) / 2, first + 0.06 * per_in), last - 0.06 * per_in)
        axes.text(middle, y - tall, _letter(number), size=9, weight="bold", color=ALARM,
                  ha="center", va="top")  # fmt: skip
