"""First seen: between which two days each new thing was built, drawn as the interval it is."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from functools import partial
from statistics import median

from matplotlib.axes import Axes

from vallum.ground.kinds import Change
from vallum.ground.records import Finding
from vallum.ground.span import Span, Spans
from vallum.ground.when import When
from vallum.report.book import Book
from vallum.report.figures.ink import GREY, HATCH, RULE, Pattern, day_number
from vallum.report.figures.lanes import Scale, draw_blind
from vallum.report.figures.rows import Row, gap, key_rows
from vallum.report.printing import length_text
from vallum.report.tongue import many, said, say

_WIDTHS = (
    (183, Pattern(face="#3b0f70", edge="#3b0f70"), "bracket of up to half a year"),
    (731, Pattern(face="#8463ad", edge="#5b3b85"), "bracket of up to two years"),
    (10**6, Pattern(face="#bca6d8", edge="#6f5a86"), "bracket of over two years"),
)
"""How wide a bracket may be in days, how it is filled and what the key says: darker is surer."""
_TALL_IN = 0.95
_LEAST_PX = 1.2  # a run is drawn no narrower than this
_NEW = frozenset({Change.NEW, Change.EXTENDED, Change.UPGRADED, Change.REPLACED})
NOTE = (
    "First seen: each block reaches from the last image without the thing to the first image with "
    "it; it was built somewhere in that time. Tall and pale means little is known."
)


def dated(book: Book) -> list[Finding]:
    """Confirmed lines with a bracket in which they were built, by place."""
    return [
        one
        for one in book.confirmed
        if one.category.is_line and one.change in _NEW and one.built and one.span & book.extent
    ]


def seen_rows(book: Book, scale: Scale) -> list[Row]:
    """Rows of the strip chart on when things were first seen; none where nothing is dated."""
    found = dated(book)
    if not found:
        return []
    lines = [one for one in book.confirmed if one.category.is_line and one.change in _NEW]
    metres = sum(one.length_m for one in found)
    middle = round(median(one.built.days for one in found if one.built))
    open_ones = len(lines) - len(found)
    notes = [many(middle, "to {n} day (median)", "to {n} days (median)")]
    if open_ones:
        notes.append(many(open_ones, "{n} not dated", "{n} not dated"))
    used = [index for index in range(len(_WIDTHS)) if any(_rank(one) == index for one in found)]
    key = [(_WIDTHS[index][1], said(_WIDTHS[index][2])) for index in used]
    return [
        gap(0.3),
        Row(
            height=_TALL_IN,
            draw=partial(_draw, book=book, scale=scale, found=found),
            label=say("First seen"),
            sub=say("later ↑") + "\n" + say("earlier ↓"),
            total=length_text(metres),
            total_note="\n".join(notes),
            over=say("barrier that is dated"),
            is_lane=True,
            has_axes=True,
        ),
        gap(0.04),
        *key_rows(key, size=8.5),
        gap(0.1),
    ]


def _rank(finding: Finding) -> int:
    days = finding.built.days if finding.built else 10**6
    return next(index for index, (most, *_) in enumerate(_WIDTHS) if days <= most)


def _draw(axes: Axes, *, book: Book, scale: Scale, found: list[Finding]) -> None:
    brackets: dict[When, list[Span]] = defaultdict(list)
    for one in found:
        if one.built:
            brackets[one.built].append(one.span)
    first = min(min(when.earliest for when in brackets), book.before.latest)
    last = max(max(when.latest for when in brackets), book.after.earliest)
    pad = max(5, (last - first).days // 25)
    axes.set_ylim(day_number(first - timedelta(days=pad)), day_number(last + timedelta(days=pad)))
    draw_blind(axes, scale, low=axes.get_ylim()[0], high=axes.get_ylim()[1])
    least = max(1, round(_LEAST_PX * scale.pixel_m))
    for when, spans in sorted(brackets.items(), key=lambda pair: -pair[0].days):
        days = when.days
        pattern = next(look for most, look, _ in _WIDTHS if days <= most)
        low, high = day_number(when.earliest), day_number(when.latest + timedelta(days=1))
        runs = [
            (part.start_m / 1000, max(part.length_m, least) / 1000)
            for part in Spans(spans) & book.extent
        ]
        axes.broken_barh(
            runs, (low, high - low), facecolor=pattern.face, edgecolor=pattern.edge,
            linewidth=0.0 if scale.bin_m else 0.4, zorder=2,
        )  # fmt: skip
    _years(axes, first, last)
    for side in ("bottom", "top"):
        axes.axhline(axes.get_ylim()[side == "top"], color=HATCH, lw=0.6, zorder=0)


def _years(axes: Axes, first: date, last: date) -> None:
    """Years as lines with their numbers; months where there are no two years."""
    years = range(first.year, last.year + 2)
    step = max(1, len(years) // 4)
    days = [date(year, 1, 1) for year in years if year % step == 0]
    low, high = axes.get_ylim()
    inside = [day for day in days if low <= day_number(day) <= high]
    labels = [f"{day.year}" for day in inside]
    if not inside:
        inside, labels = [first, last], [f"{first:%Y-%m}", f"{last:%Y-%m}"]
    axes.set_yticks([day_number(day) for day in inside], labels)
    axes.tick_params(axis="y", labelsize=8, length=0, pad=3, colors=GREY)
    axes.set_axisbelow(True)
    axes.grid(axis="y", color=RULE, lw=0.7)


def dated_table_row(book: Book) -> tuple[str, str, str, str] | None:
    """What the row says, for the table behind the chart; None where nothing is dated."""
    found = dated(book)
    if not found:
        return None
    middle = round(median(one.built.days for one in found if one.built))
    return (
        say("First seen"),
        say("barrier that is dated"),
        length_text(sum(one.length_m for one in found)),
        many(middle, "to {n} day (median)", "to {n} days (median)"),
    )
