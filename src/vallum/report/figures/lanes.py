"""The ink of the strip chart: how chainage becomes bars, hatches and counts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from vallum.ground.kinds import COLOURS, Change, Held, Kind, Status
from vallum.ground.records import Finding
from vallum.ground.span import Span, Spans
from vallum.report.book import STATUS_ORDER, UNREVIEWED, Book
from vallum.report.figures.ink import (
    BLACK,
    GREY,
    HATCH,
    RULE,
    SCREEN_DPI,
    STATUS_PATTERNS,
    Pattern,
    legible,
    nice,
    swatch,
    width_in,
)
from vallum.report.printing import CHANGE_LABELS, length_text
from vallum.report.tongue import say

PLOT_IN = 7.4
_LONGEST_TYPE = 14
LISTED = "listed: "
"""Begins the name of a lane that holds one type of what a source lists, in the source's words."""
LEAST_SHARE = 0.18  # a bin with anything in it stays visible
Edges = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How chainage becomes ink: exact runs, or bins where a run would be under a pixel."""

    extent: Span
    blind: Spans
    pixel_m: float
    bin_m: float  # 0: runs are drawn as they are

    @property
    def edges(self) -> Edges:
        """Edges of the bins in metres, whole multiples of the bin and the two ends."""
        return bin_edges(self.extent, self.bin_m)


def bin_edges(extent: Span, bin_m: float) -> Edges:
    """Edges in metres: the ends of the extent and the whole multiples of `bin_m` between them."""
    inner = np.arange(math.floor(extent.start_m / bin_m) + 1, math.ceil(extent.end_m / bin_m))
    return np.concatenate([[extent.start_m], inner * bin_m, [extent.end_m]]).astype(np.float64)


def shares(spans: Spans, edges: Edges) -> Edges:
    """Share of each bin that the spans cover, `(len(edges) - 1,)`, from 0 to 1."""
    if not spans:
        return np.zeros(len(edges) - 1)
    ends = np.array([(part.start_m, part.end_m) for part in spans], dtype=np.float64)
    grown = np.concatenate([[0.0], np.cumsum(ends[:, 1] - ends[:, 0])])
    covered = np.interp(edges, ends.ravel(), np.repeat(grown, 2)[1:-1])
    return np.asarray(np.diff(covered) / np.diff(edges))


def scale_of(
    book: Book,
    drawn: Iterable[Spans],
    extent: Span | None = None,
    statuses: Iterable[Spans] | None = None,
) -> Scale:
    """Return a scale with bins where any of the runs would be under a pixel.

    Args:
        book: whose line.
        drawn: runs of the lanes.
        extent: the stretch that is drawn; the extent of the book if left out.
        statuses: runs of the statuses on it; those of the book if left out.
    """
    extent = extent or book.extent
    pixel_m = extent.length_m / (PLOT_IN * SCREEN_DPI)
    every = [*drawn, *(book.status_spans.values() if statuses is None else statuses)]
    shortest = min((part.length_m for spans in every for part in spans), default=math.inf)
    return Scale(
        extent=extent,
        blind=book.status_spans.get(Status.NOT_COMPARABLE, Spans()) & extent,
        pixel_m=pixel_m,
        bin_m=nice(2 * pixel_m) if shortest < pixel_m else 0.0,
    )


def draw_amounts(axes: Axes, *, lengths: dict[Status, int]) -> None:
    """Draw one bar cut by the metres of each status, labelled where there is room."""
    total_m = sum(lengths.values())
    left = 0.0
    for status in STATUS_ORDER:
        share = lengths.get(status, 0) / total_m
        if not share:
            continue
        pattern = STATUS_PATTERNS[status]
        swatch(axes, left, 0, (share, 1), pattern)
        text = length_text(lengths[status])
        if width_in(text, 10, "bold") + 0.2 < share * PLOT_IN:
            axes.text(
                left + share / 2, 0.47, text, ha="center", va="center", size=10, weight="bold",
                color=pattern.ink,
                bbox={"facecolor": pattern.face, "edgecolor": "none", "pad": 1.5}
                if pattern.hatch else None,
            )  # fmt: skip
        left += share
    axes.plot([0, 1, 1, 0, 0], [0, 0, 1, 1, 0], color=HATCH, lw=0.8, clip_on=False)


def draw_statuses(axes: Axes, *, book: Book, scale: Scale) -> None:
    """Draw where along the line each status is."""
    axes.set_ylim(0, 1)
    floor = np.zeros(len(scale.edges) - 1) if scale.bin_m else None
    for status in reversed(STATUS_ORDER):
        pattern = STATUS_PATTERNS[status]
        spans = book.status_spans.get(status, Spans()) & scale.extent
        if not spans:
            continue
        if floor is None:
            _runs(axes, spans, pattern)
        else:
            top = floor + shares(spans, scale.edges)
            _steps(axes, scale.edges, floor, top, pattern)
            floor = top
    _frame(axes, scale)


def draw_seen(axes: Axes, *, spans: Spans, scale: Scale) -> None:
    """Draw where images could be compared, dark, and where not, hatched."""
    axes.set_ylim(0, 1)
    draw_blind(axes, scale)
    pattern = Pattern(face="#555555", edge="#555555")
    _lane_ink(axes, spans, scale, pattern)
    _frame(axes, scale)


def draw_runs(axes: Axes, *, spans: Spans, scale: Scale, look: tuple[Kind, str]) -> None:
    """Draw one class and one change of it along the line."""
    axes.set_ylim(0, 1)
    draw_blind(axes, scale)
    _lane_ink(axes, spans, scale, pattern_of(*look))
    axes.axhline(0, color=RULE, lw=0.8, zorder=0)


def change_of(finding: Finding) -> str:
    """The lane of a finding: how it changed, or its type where a source lists it with one."""
    if finding.held == Held.IMPORTED and finding.subtype:
        return f"{LISTED}{finding.subtype}"
    return str(finding.change)


def lanes_of(book: Book) -> list[tuple[Kind, str, Spans]]:
    """Line classes that are present, each with the changes or listed types that are present."""
    found: dict[tuple[Kind, str], list[Span]] = {}
    for finding in (*book.confirmed, *book.standing):
        found.setdefault((finding.category, change_of(finding)), []).append(finding.span)
    for candidate in book.unreviewed:
        found.setdefault((candidate.category, UNREVIEWED), []).append(candidate.span)
    listed = sorted({change for _, change in found if change.startswith(LISTED)})
    lanes = []
    for category in Kind:
        for change in (*map(str, Change), *listed, UNREVIEWED):
            spans = Spans(found.get((category, change), ())) & book.extent
            if category.is_line and spans:
                lanes.append((category, change, spans))
    return lanes


def waits_for(change: str) -> str:
    """The change of a lane in words: how it changed, or that nobody has looked at it."""
    if change.startswith(LISTED):
        words = change.removeprefix(LISTED).replace("_", " ")
        return legible(words if len(words) <= _LONGEST_TYPE else words[: _LONGEST_TYPE - 1] + "…")
    return say("unreviewed") if change == UNREVIEWED else CHANGE_LABELS[Change(change)]


def draw_ticks(axes: Axes, *, at_m: Sequence[float], scale: Scale) -> None:
    """Draw posts one by one, for a stretch on which they can be told apart."""
    axes.set_ylim(0, 1)
    draw_blind(axes, scale)
    axes.vlines(np.array(at_m) / 1000, 0.1, 0.9, color=COLOURS[Kind.GUARD_POST], lw=1.6, zorder=2)
    axes.axhline(0, color=RULE, lw=0.8, zorder=0)


def pattern_of(category: Kind, change: str) -> Pattern:
    """Return how a change is filled: solid, hatched, crossed, grey or hollow."""
    colour = COLOURS[category]
    if change == UNREVIEWED:
        return Pattern(face="white", edge=colour)
    if change.startswith(LISTED):
        return Pattern(face="#8c8c8c", edge="#8c8c8c")
    return {
        Change.NEW: Pattern(face=colour, edge=colour),
        Change.EXTENDED: Pattern(face="white", edge=colour, hatch="----"),
        Change.UPGRADED: Pattern(face="white", edge=colour, hatch="\\\\\\\\\\"),
        Change.REPLACED: Pattern(face="white", edge=colour, hatch="++++"),
        Change.REMOVED: Pattern(face="white", edge=colour, hatch="xxxx"),
        Change.UNCHANGED: Pattern(face="#8c8c8c", edge="#8c8c8c"),
    }[Change(change)]


def _lane_ink(axes: Axes, spans: Spans, scale: Scale, pattern: Pattern) -> None:
    if not spans:
        return
    if not scale.bin_m or min(part.length_m for part in spans) >= scale.pixel_m:
        _runs(axes, spans, pattern)
        return
    height = shares(spans, scale.edges)
    height = np.where((height > 0) & (height < LEAST_SHARE), LEAST_SHARE, height)
    _steps(axes, scale.edges, np.zeros(len(height)), height, pattern)


def _runs(axes: Axes, spans: Spans, pattern: Pattern) -> None:
    axes.broken_barh(
        [(part.start_m / 1000, part.length_m / 1000) for part in spans],
        (0, 1), facecolor=pattern.face, edgecolor=pattern.edge, linewidth=0.8,
        hatch=pattern.hatch or None, zorder=2,
    )  # fmt: skip


def _steps(axes: Axes, edges: Edges, low: Edges, high: Edges, pattern: Pattern) -> None:
    """Fill between two stairs, only where there is something between them."""
    axes.fill_between(
        np.repeat(edges, 2)[1:-1] / 1000, np.repeat(low, 2), np.repeat(high, 2),
        where=np.repeat(high > low, 2).tolist(), facecolor=pattern.face, edgecolor=pattern.edge,
        linewidth=0.8 if pattern.hatch or pattern.face == "white" else 0,
        hatch=pattern.hatch or None, zorder=2,
    )  # fmt: skip


def draw_blind(axes: Axes, scale: Scale, *, low: float = 0.0, high: float = 1.0) -> None:
    """Hatch what could not be compared, so that a gap cannot pass for nothing."""
    spans = scale.blind
    if scale.bin_m:
        edges = scale.edges
        blind = shares(spans, edges) >= 0.5
        spans = Spans.of(
            *((round(a), round(b)) for a, b, is_blind in zip(edges, edges[1:], blind, strict=False)
              if is_blind)
        )  # fmt: skip
    if spans:
        axes.broken_barh(
            [(part.start_m / 1000, part.length_m / 1000) for part in spans],
            (low, high - low), facecolor="none", edgecolor=HATCH, linewidth=0, hatch="////",
            zorder=0,
        )  # fmt: skip


def _frame(axes: Axes, scale: Scale) -> None:
    start, end = scale.extent.start_m / 1000, scale.extent.end_m / 1000
    axes.plot([start, end, end, start, start], [0, 0, 1, 1, 0], color=HATCH, lw=0.8, zorder=3,
              clip_on=False)  # fmt: skip


def draw_posts(
    axes: Axes, *, edges: Edges, counts: Sequence[NDArray[np.int64]], scale: Scale
) -> None:
    """Draw posts back to back: one date above, the other below, unreviewed ones hollow on top."""
    up, down, waiting = counts
    draw_blind(axes, scale, low=-1e6, high=1e6)
    x, wide = edges[:-1] / 1000, np.diff(edges) / 1000
    gap = wide * 0.12
    for height, colour in ((up, COLOURS[Kind.GUARD_POST]), (-down, GREY)):
        axes.bar(x + gap / 2, height, wide - gap, align="edge", color=colour, linewidth=0)
    some = waiting > 0
    axes.bar(
        (x + gap / 2)[some], waiting[some], bottom=up[some], align="edge",
        width=(wide - gap)[some], facecolor="white", edgecolor=COLOURS[Kind.GUARD_POST],
        linewidth=0.8,
    )  # fmt: skip
    axes.axhline(0, color=BLACK, lw=0.8)
    top, bottom = max(1, int((up + waiting).max())), int(down.max())
    axes.set_ylim(-max(bottom, 0.22 * top) * 1.1, top * 1.12)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):,.0f}"))
    axes.tick_params(axis="y", labelsize=8, length=0, pad=3, colors=GREY)
    axes.set_axisbelow(True)
    axes.grid(axis="y", color=RULE, lw=0.7)
