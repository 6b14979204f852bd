"""The strip chart: the whole border in one look, found, compared and unknown side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from vallum.ground.kinds import Change, Kind, Status
from vallum.ground.records import Estimate
from vallum.ground.span import Spans
from vallum.report.book import SIMULATED, STATUS_ORDER, UNREVIEWED, Book
from vallum.report.figures.claimlane import CELLS_NOTE, lane_rows
from vallum.report.figures.firstseen import NOTE as SEEN_NOTE
from vallum.report.figures.firstseen import dated, dated_table_row, seen_rows
from vallum.report.figures.ink import (
    ALARM,
    BLACK,
    GREY,
    STATUS_PATTERNS,
    Figures,
    Table,
    bare,
    drawable,
    mark_simulated,
    new_figure,
    nice,
    ready,
    save,
    width_in,
    wrapped,
)
from vallum.report.figures.insets import Inset, inset_rows, insets_of, marks, short_name
from vallum.report.figures.lanes import (
    LEAST_SHARE,
    LISTED,
    PLOT_IN,
    Scale,
    bin_edges,
    change_of,
    draw_amounts,
    draw_posts,
    draw_runs,
    draw_seen,
    draw_statuses,
    lanes_of,
    pattern_of,
    scale_of,
    waits_for,
)
from vallum.report.figures.rows import (
    EDGE_IN,
    LEFT_IN,
    RIGHT_IN,
    WIDTH_IN,
    Row,
    gap,
    key_rows,
    margins,
    text_rows,
)
from vallum.report.printing import (
    BOTH_EQUAL,
    EXACT,
    NO_UPPER_BOUND,
    STATUS_LABELS,
    bounds_text,
    kind_label,
    length_text,
    number_text,
    value_text,
    whole_length_text,
)
from vallum.report.tongue import many, said, say
from vallum.report.words import headline, strip_alt

__all__ = ["RIGHT_IN", "WIDTH_IN", "fitted_names", "strip"]


def strip(book: Book) -> Figures:
    """Draw the strip chart of a book.

    x is chainage. Where a run would be shorter than one pixel, runs are gathered in bins and the
    height of the ink is the share of the bin, so that short runs are neither lost nor inflated.
    """
    lanes = lanes_of(book)
    scale = scale_of(book, [spans for _, _, spans in lanes])
    insets = insets_of(book, lanes, scale)
    notes = _notes(book, scale, insets)
    with ready():
        rows = [
            *_title_rows(book),
            *_known_rows(book, scale),
            *_lane_rows(book, scale, lanes),
            *_post_rows(book, scale),
            *seen_rows(book, scale),
            *lane_rows(book),
            _axis_row(book, insets),
            *inset_rows(book, lanes, insets),
            *_legend_rows(book, lanes),
            *text_rows([*notes, _source(book)], 8, GREY),
        ]
        figure = _assembled(rows, book)
        mark_simulated(figure, book)
        alt = strip_alt(book, len(lanes))
        svg, png = save(figure, book, say("{name}: strip chart", name=book.name), alt)
    return Figures(svg=svg, png=png, alt=alt, notes=tuple(notes), table=_table(book, lanes))


def _notes(book: Book, scale: Scale, insets: Sequence[Inset]) -> list[str]:
    notes = []
    if scale.bin_m:
        notes.append(
            say(
                "Where runs are shorter than one pixel they are gathered in bins of {bin}: the "
                "height of the ink is the share of the bin, and a bin with anything in it is "
                "filled to at least {share}.",
                bin=whole_length_text(scale.bin_m), share=f"{LEAST_SHARE:.0%}",
            )
        )  # fmt: skip
    if insets:
        notes.append(
            say("Letters under the axis mark the stretches that the insets draw larger.")
        )  # fmt: skip
    if book.status_spans:
        notes.append(
            say(
                "Rows may overlap and must not be added up: two fences beside one metre of border "
                "are two rows. Hatched stretches could not be compared, so an empty row there says "
                "nothing."
            )
        )
    open_m = max((one.open_m for one in book.estimates), default=0)
    if open_m:
        notes.append(
            say(
                "No upper bound: {length} of border were not seen or not finished, and any amount "
                "may stand there.",
                length=length_text(open_m),
            )
        )
    if dated(book):
        notes.append(said(SEEN_NOTE))
    return [*notes, *([said(CELLS_NOTE)] if book.claims else [])]


def _source(book: Book) -> str:
    line = book.frontier
    name, credit = drawable(said(line.title)) or line.name, drawable(line.credit) or line.source
    return say(
        "Line: {name}, {length} at {tolerance}, {credit}. Made with vallum {version}.",
        name=name, length=length_text(line.length_m), tolerance=_tolerance(line.tolerance_m),
        credit=credit or say("source not stated"), version=book.version,
    )  # fmt: skip


def _tolerance(metres: float) -> str:
    if not metres:
        return say("unknown tolerance")
    return say("{metres} tolerance", metres=whole_length_text(metres))


def _table(book: Book, lanes: Sequence[tuple[Kind, str, Spans]]) -> Table:
    """What every row of the chart says, in words and numbers."""
    rows = [
        (say("How much is known"), STATUS_LABELS[status], length_text(spans.length_m), "")
        for status, spans in book.status_spans.items()
        if spans
    ]
    rows += [
        (kind_label(category), waits_for(change), *_lane_total(book, category, change))
        for category, change, _ in lanes
    ]
    for name in _POST_NAMES:
        estimate = book.estimate(f"posts_{name}")
        if estimate is not None and (estimate.value or name.startswith("stock")):
            number = number_text(estimate.value)
            rows.append((say("Posts"), said(_POST_NAMES[name]), number, _bounds(estimate)))
    rows += [row] if (row := dated_table_row(book)) else []
    head = (say("Row"), say("What"), say("How much"), say("Bounds"))
    return Table(head=head, rows=tuple(rows), caption=say("What the strip chart shows"))


def _title_rows(book: Book) -> list[Row]:
    said = headline(book)
    room = WIDTH_IN - 2 * EDGE_IN
    rows: list[Row] = []
    if book.is_simulated:
        rows += text_rows(
            [say("{mark}: shows no real place", mark=SIMULATED)], 11, ALARM, weight="bold"
        )
    halves = (said.found, said.unseen[:1].upper() + said.unseen[1:])
    size = next(
        (one for one in (15.0, 14.0, 13.0) if width_in(said.found, one, "bold") < room), 14.0
    )
    for half in halves:
        rows += text_rows([half], size, BLACK, weight="bold")
    rows += text_rows([said.under], 10, GREY)
    return [*rows, gap(0.12)]


def _known_rows(book: Book, scale: Scale) -> list[Row]:
    """How much is known (bar and key), where (lane), and where imagery could be compared."""
    places = _place_rows(book)
    if not book.status_spans:
        return places
    lengths = {status: spans.length_m for status, spans in book.status_spans.items()}
    present = [status for status in STATUS_ORDER if lengths.get(status)]
    key = [
        (STATUS_PATTERNS[one], f"{STATUS_LABELS[one]} {length_text(lengths[one])}")
        for one in present
    ]
    total_m = sum(lengths.values())
    seen_m = total_m - lengths.get(Status.NOT_COMPARABLE, 0)
    seen = Spans(part for one in present if one != Status.NOT_COMPARABLE
                 for part in book.status_spans[one])  # fmt: skip
    return [
        Row(
            height=0.34,
            draw=partial(draw_amounts, lengths=lengths),
            label=say("How much is known"),
            total=length_text(total_m),
            total_note=say("of border"),
        ),
        gap(0.06),
        *key_rows(key),
        gap(0.1),
        *places,
        Row(
            height=0.36,
            draw=partial(draw_statuses, book=book, scale=scale),
            label=say("Where"),
            is_lane=True,
        ),
        gap(0.07),
        Row(
            height=0.2,
            draw=partial(draw_seen, spans=seen, scale=scale),
            label=say("Comparable imagery"),
            total=length_text(seen_m),
            total_note=say("of {length} of border", length=length_text(total_m)),
            is_lane=True,
        ),
        gap(0.07),
    ]


def _lane_rows(book: Book, scale: Scale, lanes: Sequence[tuple[Kind, str, Spans]]) -> list[Row]:
    rows: list[Row] = []
    last: Kind | None = None
    for category, change, spans in lanes:
        if category != last:
            rows.append(gap(0.09 if last else 0.24))
        total, note = _lane_total(book, category, change)
        rows.append(
            Row(
                height=0.24,
                draw=partial(draw_runs, spans=spans, scale=scale, look=(category, change)),
                label=kind_label(category) if category != last else "",
                sub=waits_for(change),
                total=total,
                total_note=note,
                over=say("km of barrier (bounds)") if last is None else "",
                is_lane=True,
            )
        )
        last = category
    return rows


def _lane_total(book: Book, category: Kind, change: str) -> tuple[str, str]:
    """The length of a lane and what to write beside it."""
    if change == UNREVIEWED:
        count = sum(one.category == category for one in book.unreviewed)
        return "", many(count, "{n} mark, nothing confirmed", "{n} marks, nothing confirmed")
    subtype = change.removeprefix(LISTED) if change.startswith(LISTED) else ""
    name = f"imported_{subtype}" if subtype else f"{category}_{change}"
    estimate = book.estimate(f"barrier_km_{name}")
    if estimate is not None:
        return value_text(estimate), _bounds(estimate)
    metres = sum(
        one.length_m
        for one in (*book.confirmed, *book.standing)
        if one.category == category and change_of(one) == change
    )
    return length_text(metres), ""


def _bounds(estimate: Estimate) -> str:
    # How much border leaves it open stands once, in the notes: there is no room for it here.
    text = said(NO_UPPER_BOUND) if math.isnan(estimate.high) else bounds_text(estimate)
    return "" if text in {"", said(EXACT), said(BOTH_EQUAL)} else f"({text})"


def _post_rows(book: Book, scale: Scale) -> list[Row]:
    has_stock = book.estimate("posts_stock_before") is not None
    up, down = _posts(book, has_stock=has_stock)
    waiting = [one.span.middle_m for one in book.unreviewed if not one.category.is_line]
    if not (up or down or waiting):
        return []
    bin_m = nice(book.extent.length_m / 100)
    edges = bin_edges(book.extent, bin_m)
    counts = [np.histogram(np.array(at, dtype=np.float64), edges)[0] for at in (up, down, waiting)]
    words = [say("after ↑"), say("before ↓")] if has_stock else [say("new ↑"), say("removed ↓")]
    added = book.estimate("posts_new")
    total = f"+{value_text(added)}" if added is not None and (up or down) else ""
    note = _post_note(book, len(waiting))
    return [
        gap(0.28),
        Row(
            height=1.3,
            draw=partial(draw_posts, edges=edges, counts=counts, scale=scale),
            label=say("Posts per {length}", length=whole_length_text(bin_m)),
            sub="\n".join(words) + ("\n" + say("hollow: unreviewed") if waiting else ""),
            total=total,
            total_note=note,
            over=say("number of posts (bounds)"),
            has_axes=True,
            is_lane=True,
        ),
    ]


def _posts(book: Book, *, has_stock: bool) -> tuple[list[float], list[float]]:
    """Places of posts above and below the axis."""
    up: list[float] = []
    down: list[float] = []
    for finding in (*book.confirmed, *book.standing):
        if finding.category.is_line:
            continue
        if finding.change == Change.NEW or (has_stock and finding.change != Change.REMOVED):
            up.append(finding.span.middle_m)
        if finding.change == Change.REMOVED or (has_stock and finding.change != Change.NEW):
            down.append(finding.span.middle_m)
    return up, down


_POST_NAMES = {
    "new": "new", "removed": "removed", "stock_before": "before", "stock_after": "after",
}  # fmt: skip


def _post_note(book: Book, waiting: int) -> str:
    lines = []
    for name, word in _POST_NAMES.items():
        estimate = book.estimate(f"posts_{name}")
        if estimate is not None and (estimate.value or name.startswith("stock")):
            number = number_text(estimate.value)
            lines.append(f"{number} {said(word)} {_bounds(estimate)}".strip())
    if book.estimate("posts_stock_before") is None:
        lines.append(say("standing before: not recorded"))
    if waiting:
        lines.append(many(waiting, "{n} unreviewed", "{n} unreviewed"))
    return "\n".join(lines)


def _place_rows(book: Book) -> list[Row]:
    """Names along the line, in two storeys; those without room are left out and counted."""
    inside = [
        place for place in book.places if book.extent.start_m <= place[2] <= book.extent.end_m
    ]
    placed, left_out = fitted_names(book, inside)
    if not placed:
        return []
    tall = 0.36 if any(other for _, other, *_ in placed) else 0.2
    storeys = 1 + max(storey for *_, storey in placed)

    def draw(axes: Axes) -> None:
        axes.set_ylim(0, storeys * tall + 0.1)
        for name, other, at_km, x_km, storey in placed:
            base = 0.1 + storey * tall
            axes.plot([at_km, at_km], [0, base], color=GREY, lw=0.8, clip_on=False)
            axes.text(x_km, base + 0.02, name, size=8.5, color=BLACK, ha="center", va="bottom")
            if other:
                axes.text(x_km, base + 0.18, other, size=9, color=BLACK, ha="center", va="bottom")

    note = many(left_out, "{n} name left out", "{n} names left out") if left_out else ""
    return [
        Row(height=storeys * tall + 0.1, draw=draw, label=say("Places"), total_note=note,
             is_lane=True),
        gap(0.03),
    ]  # fmt: skip


def fitted_names(
    book: Book, places: Sequence[tuple[str, str, int]]
) -> tuple[list[tuple[str, str, float, float, int]], int]:
    """Choose names that fit without overlap.

    Returns:
        `(name, other, place in km, middle of the text in km, storey)` and how many were left out.
    """
    per_in = book.extent.length_m / 1000 / PLOT_IN
    first, last = book.extent.start_m / 1000, book.extent.end_m / 1000
    ends = [-math.inf, -math.inf]
    placed = []
    for raw, other_raw, at_m in sorted(places, key=lambda place: place[2]):
        name, other = drawable(raw), drawable(other_raw)
        half = (max(width_in(name, 8.5), width_in(other, 9)) / 2 + 0.05) * per_in
        x = min(max(at_m / 1000, first + half), last - half)
        # A tick of the upper storey must not run through a name of the lower one.
        free = [
            storey for storey in (0, 1)
            if x - half > ends[storey] and (storey == 0 or at_m / 1000 > ends[0])
        ]  # fmt: skip
        if name and free:
            ends[free[0]] = x + half
            placed.append((name, other, at_m / 1000, x, free[0]))
    return placed, len(places) - len(placed)


def _axis_row(book: Book, insets: Sequence[Inset]) -> Row:
    line, extent = book.frontier, book.extent
    down = 0.14 if insets else 0.0

    def draw(axes: Axes) -> None:
        axes.xaxis.set_major_locator(MaxNLocator(nbins=10, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
        axes.set_ylim(0, 1)
        axes.xaxis.tick_top()
        axes.tick_params(axis="x", labelsize=9, length=4, pad=-18, direction="in", colors=BLACK)
        axes.spines["top"].set_visible(True)
        axes.spines["top"].set_color(BLACK)
        # Where exactly the ends lie stands in brackets; there is no room for it here.
        start, end = (short_name(name) for name in (line.start, line.end))
        words = say(
            "Kilometres along the line (chainage). km 0: {start} · km {length}: {end}",
            start=start or say("start"), length=f"{line.length_m / 1000:,.1f}",
            end=end or say("end"),
        )  # fmt: skip
        middle = (extent.start_m + extent.end_m) / 2000
        lines = wrapped(words, 9, PLOT_IN + 1.6)
        marks(axes, insets, 0.97, 0.36)
        axes.text(
            middle, 0.46 - down, "\n".join(lines[:3]), size=9, color=BLACK, ha="center", va="top"
        )

    return Row(height=0.66 + down, draw=draw, is_lane=True, is_axis=True)


def _legend_rows(book: Book, lanes: Sequence[tuple[Kind, str, Spans]]) -> list[Row]:
    present = {change for _, change, _ in lanes}
    sample = next((category for category, _, _ in lanes), Kind.FENCE)
    entries = [
        (pattern_of(sample, change), waits_for(change))
        for change in (*map(str, Change), UNREVIEWED)
        if change in present
    ]
    listed = next((change for change in sorted(present) if change.startswith(LISTED)), "")
    if listed:
        entries.append((pattern_of(sample, listed), say("as listed by the source")))
    if book.status_spans.get(Status.NOT_COMPARABLE):
        entries.append(
            (STATUS_PATTERNS[Status.NOT_COMPARABLE], STATUS_LABELS[Status.NOT_COMPARABLE])
        )
    return [*key_rows(entries), gap(0.1)] if entries else []


def _assembled(rows: Sequence[Row], book: Book) -> Figure:
    height = sum(row.height for row in rows) + 2 * EDGE_IN
    figure = new_figure(WIDTH_IN, height)
    y = height - EDGE_IN
    for row in rows:
        y -= row.height
        if row.draw is None:
            continue
        shown = row.span or book.extent
        left = EDGE_IN if row.is_text else LEFT_IN
        wide = WIDTH_IN - 2 * EDGE_IN if row.is_text else PLOT_IN
        axes = figure.add_axes((left / WIDTH_IN, y / height, wide / WIDTH_IN, row.height / height))
        if not (row.has_axes or row.is_axis):
            bare(axes)
        else:
            for name, side in axes.spines.items():
                side.set_visible(name == "top" and row.is_axis)
            axes.patch.set_alpha(0)
            axes.set_xticks([])
        axes.set_xlim((shown.start_m / 1000, shown.end_m / 1000) if row.is_lane else (0, 1))
        if row.is_axis:
            axes.set_yticks([])
        row.draw(axes)
        margins(figure, row, y / height, row.height / height, height)
    return figure
