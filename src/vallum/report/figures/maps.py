"""The map of the line: where the known and the unknown lie, plain, with no map from the net."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.transforms import Bbox
from shapely.geometry.base import BaseGeometry

from vallum.ground.kinds import COLOURS, Change, Status
from vallum.ground.span import Spans
from vallum.report.book import SIMULATED, STATUS_ORDER, Book
from vallum.report.figures import base, graticule
from vallum.report.figures.claimlane import beside, draw_beside, key_of
from vallum.report.figures.ink import (
    ALARM,
    BLACK,
    GREY,
    PNG_DPI,
    SCREEN_DPI,
    STATUS_PATTERNS,
    Figures,
    Table,
    bare,
    mark_simulated,
    new_figure,
    ready,
    save,
    width_in,
    wrapped,
)
from vallum.report.figures.mapnames import draw_names
from vallum.report.figures.mapview import (
    SAMPLES,
    WIDTH_IN,
    Points,
    View,
    corner_box,
    corners_by_room,
    north,
    scale_bar,
    view_of,
)
from vallum.report.printing import STATUS_LABELS, kind_label, length_text, stretch_text
from vallum.report.tongue import many, said, say
from vallum.report.words import DISCLAIMER, map_alt

_MOST_STRETCHES = 12
_MOST_RUNS = 500  # of one status; more are joined where the gap is under half a pixel of print
_PRINT = 2 * PNG_DPI  # half pixels in an inch
_SEEN_PX = 4  # a corridor narrower than this is left out
_CHANGE_DASHES: dict[Change, Any] = {
    **dict.fromkeys((Change.EXTENDED, Change.UPGRADED, Change.REPLACED), (0, (5, 1.5))),
    Change.REMOVED: (0, (1, 1.5)),
}
# line width, colour, dash, colour of a core drawn on top (none: "")
_STATUS_LINES: dict[Status, tuple[float, str, Any, str]] = {
    Status.CHANGED: (5.5, STATUS_PATTERNS[Status.CHANGED].face, "solid", ""),
    Status.INDETERMINATE: (4.0, "#8a6100", (0, (0.6, 0.6)), ""),
    Status.UNCHANGED: (3.0, "#8c8c8c", "solid", ""),
    Status.NOT_EXAMINED: (3.6, "#555555", "solid", "white"),
    Status.NOT_COMPARABLE: (3.0, "#c0392b", (0, (2.2, 1.6)), ""),
}


def line_map(book: Book) -> Figures:
    """Draw the extent on a plain map, by status, with structures where the scale shows them."""
    view, height = view_of(book)
    shows_corridor = (book.left_m + book.right_m) / view.metres_per_in * SCREEN_DPI >= _SEEN_PX * 3
    clear_m = book.left_m if shows_corridor else 0.0
    said = list(beside(book, view.run, view.metres_per_in, clear_m=clear_m))
    if said:
        view = replace(view, ink=np.vstack([view.ink, *(points for _, points in said)]))
    with ready():
        entries = _entries(book, shows_corridor=shows_corridor)
        shows_base = view.bounds[2] - view.bounds[0] >= base.LEAST_WIDE_M
        notes = _notes(book, shows_corridor=shows_corridor, shows_base=shows_base)
        lines = [part for note in notes for part in wrapped(note, 8, WIDTH_IN - 0.4)]
        foot = 0.3 * len(_packed(entries)) + 0.17 * len(lines) + 0.3
        figure = new_figure(WIDTH_IN, height + foot)
        axes = figure.add_axes((0.0, foot / (height + foot), 1.0, height / (height + foot)))
        _prepare(axes, view, book, shows_base=shows_base)
        graticule.draw(axes, view.forward, view.backward, view.bounds)
        _surroundings(axes, book, view, shows_corridor=shows_corridor)
        _statuses(axes, book, view)
        draw_beside(axes, said, view.metres_per_in)
        if shows_corridor:
            _structures(axes, book, view)
        _furniture(figure, axes, book, view, shows_corridor=shows_corridor)
        _legend(figure, entries, lines, foot, height + foot)
        mark_simulated(figure, book)
        alt = map_alt(book)
        svg, png = save(figure, book, say("{name}: map of the line", name=book.name), alt)
    return Figures(svg=svg, png=png, alt=alt, notes=tuple(notes), table=_table(book))


def _prepare(axes: Axes, view: View, book: Book, *, shows_base: bool) -> None:
    left, bottom, right, top = view.bounds
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    bare(axes)
    if shows_base:
        at_m = np.linspace(0, book.frontier.length_m, SAMPLES)
        whole = view.project(*book.frontier.points_at(at_m))
        base.draw(axes, view.forward, view.backward, view.bounds, whole)
        return
    axes.add_patch(
        Rectangle((left, bottom), right - left, top - bottom, facecolor=base.LAND, zorder=-5)
    )


def _surroundings(axes: Axes, book: Book, view: View, *, shows_corridor: bool) -> None:
    """The corridor, and what of the line lies outside the extent."""
    if shows_corridor:
        shape = book.frontier.corridor(book.extent, book.left_m, book.right_m)
        for part in shapely.get_parts(shape):
            ring = view.project(*shapely.get_coordinates(part.exterior).T)
            axes.fill(*ring.T, facecolor="#f1eadb", edgecolor="#b5a88a", lw=0.8, zorder=-2)
    whole = book.frontier.span
    for first, last in ((whole.start_m, book.extent.start_m), (book.extent.end_m, whole.end_m)):
        if last > first:
            at_m = np.linspace(first, last, SAMPLES)
            axes.plot(*view.project(*book.frontier.points_at(at_m)).T, color="#a0a0a0", lw=1,
                      zorder=0)  # fmt: skip


def _statuses(axes: Axes, book: Book, view: View) -> None:
    axes.plot(*view.line.T, color=BLACK, lw=0.9, zorder=1)
    for order, status in enumerate(reversed(STATUS_ORDER)):
        width, colour, dash, core = _STATUS_LINES[status]
        runs = [view.run(part) for part in _seen(book.status_spans.get(status, Spans()), view)]
        zorder = 2 + order * 0.1
        _lines(axes, runs, colour, width, dash, zorder)
        if core:
            _lines(axes, runs, core, width - 2, "solid", zorder + 0.01)


def _seen(spans: Spans, view: View) -> Spans:
    """Return thousands of stretches with those joined whose gap no print shows; few as they are."""
    return spans if len(spans) <= _MOST_RUNS else spans.bridged(round(view.metres_per_in / _PRINT))


def _lines(
    axes: Axes, runs: Sequence[Points], colour: str, width: float, dash: Any, zorder: float
) -> None:
    collection = LineCollection(
        runs, colors=colour, linewidths=width, linestyles=[dash], capstyle="butt", zorder=zorder
    )
    axes.add_collection(collection, autolim=False)


def _structures(axes: Axes, book: Book, view: View) -> None:
    """Findings in the colour of their class, unreviewed candidates hollow or thin and dashed."""
    groups: dict[tuple[str, Any, float], list[BaseGeometry]] = defaultdict(list)
    for finding in (*book.standing, *book.confirmed):
        dash = _CHANGE_DASHES.get(finding.change, "solid")
        groups[COLOURS[finding.category], dash, 2.0].append(finding.shape)
    for one in book.unreviewed:
        groups[COLOURS[one.category], (0, (2, 2)), 0.9].append(one.shape)
    for (colour, dash, width), shapes in groups.items():
        parts = shapely.get_parts(shapes)
        is_point = shapely.get_type_id(parts) == 0
        xy = view.project(*shapely.get_coordinates(parts[is_point]).T)
        face = colour if width > 1 else "white"
        axes.plot(*xy.T, marker="s", ms=3.6, mfc=face, mec=colour, mew=0.8, ls="none", zorder=5)
        runs = [view.project(*shapely.get_coordinates(part).T) for part in parts[~is_point]]
        _lines(axes, runs, colour, width, dash, 4)


def _furniture(figure: Figure, axes: Axes, book: Book, view: View, *, shows_corridor: bool) -> None:
    corners = corners_by_room(view)
    low = next(one for one in corners if one[0] == "bottom")
    taken = [scale_bar(axes, view, low), north(axes, view, low)]
    if book.extent.length_m < 0.5 * book.frontier.length_m:
        free = [one for one in corners if one != low]
        taken.append(_locator(figure, axes, book, free[0], view))
    if book.is_simulated:
        left, _, right, top = view.bounds
        down = top - 0.08 * view.metres_per_in
        text = say("{mark}: shows no real place", mark=SIMULATED)
        axes.text(
            (left + right) / 2, down, f" {text} ", size=10, weight="bold", color="white",
            ha="center", va="top", zorder=10,
            bbox={"facecolor": ALARM, "edgecolor": "none", "pad": 3},
        )  # fmt: skip
    draw_names(axes, book, view, taken, shows_corridor=shows_corridor)


def _locator(figure: Figure, axes: Axes, book: Book, corner: tuple[str, str], view: View) -> Bbox:
    """The whole line in a corner, with the extent on it."""
    box = corner_box(view, corner, 2.0, 1.25)
    place = axes.transData.transform(box).ravel() / np.tile(figure.bbox.size, 2)
    inset = figure.add_axes((place[0], place[1], place[2] - place[0], place[3] - place[1]))
    whole = view.project(*book.frontier.points_at(np.linspace(0, book.frontier.length_m, 1500)))
    inset.plot(*whole.T, color="#777777", lw=1)
    inset.plot(*view.line.T, color=ALARM, lw=3)
    middle = view.line[len(view.line) // 2]
    inset.plot(*middle, marker="o", ms=9, mfc="none", mec=ALARM, mew=1.4)
    low, high = whole.min(axis=0), whole.max(axis=0)
    half = max((high - low)[0] / 2.0, (high - low)[1] / 1.25) * 0.6
    centre = (low + high) / 2
    inset.set_xlim(centre[0] - half * 2.0, centre[0] + half * 2.0)
    inset.set_ylim(centre[1] - half * 1.25, centre[1] + half * 1.25)
    inset.set_xticks([])
    inset.set_yticks([])
    width, tall = half * 2.0, half * 1.25
    (x, y) = centre
    if 2 * width >= base.LEAST_WIDE_M:
        bounds = (x - width, y - tall, x + width, y + tall)
        base.draw(inset, view.forward, view.backward, bounds, whole)
    text = say("whole line, {length}", length=length_text(book.frontier.length_m))
    inset.text(0.03, 0.03, text, size=7.5, color=GREY, transform=inset.transAxes)
    for side in inset.spines.values():
        side.set_color("#999999")
    return box


def _entries(book: Book, *, shows_corridor: bool) -> list[tuple[str, tuple[Any, ...]]]:
    entries: list[tuple[str, tuple[Any, ...]]] = []
    for status in STATUS_ORDER:
        spans = book.status_spans.get(status)
        if spans:
            text = f"{STATUS_LABELS[status]}: {length_text(spans.length_m)}"
            entries.append((text, _STATUS_LINES[status]))
    entries += key_of(book)
    if shows_corridor:
        present = {finding.category for finding in (*book.confirmed, *book.standing)}
        for category in sorted(present, key=str):
            marker = "" if category.is_line else "s"
            entries.append((kind_label(category), (2.0, COLOURS[category], "solid", "", marker)))
        if book.unreviewed:
            entries.append((say("unreviewed candidate"), (0.9, GREY, (0, (2, 2)), "")))
    return entries


def _notes(book: Book, *, shows_corridor: bool, shows_base: bool) -> list[str]:
    if shows_corridor:
        text = say(
            "Shaded: corridor, {left} left and {right} right of the line. Solid: new; long dashes: "
            "extended, upgraded or replaced; dots: removed.",
            left=length_text(book.left_m), right=length_text(book.right_m),
        )  # fmt: skip
    else:
        text = say(
            "The corridor is narrower than the line drawn here, so single structures are left to "
            "the strip chart and the downloads."
        )
    credit = book.frontier.credit or book.frontier.source
    notes = [text, say("Line: {credit}", credit=credit)]
    if shows_base:
        notes.append(say("{base}.", base=said(base.CREDIT)))
    return [*notes, said(DISCLAIMER)]


def _table(book: Book) -> Table | None:
    """How much border is in which state, and where: what the map shows."""
    rows = []
    for status in STATUS_ORDER:
        spans = book.status_spans.get(status)
        if spans:
            longest = sorted(spans, key=lambda part: -part.length_m)[:_MOST_STRETCHES]
            text = ", ".join(stretch_text(part.start_m, part.end_m) for part in sorted(longest))
            more = len(spans) - len(longest)
            if more > 0:
                text += " " + many(more, "and {n} shorter one", "and {n} shorter ones")
            rows.append((STATUS_LABELS[status], length_text(spans.length_m), text))
    if not rows:
        return None
    head = (say("State of the border"), say("Length"), say("Where"))
    return Table(head=head, rows=tuple(rows), caption=say("What the map of the line shows"))


def _packed(
    entries: Sequence[tuple[str, tuple[Any, ...]]],
) -> list[list[tuple[float, str, tuple[Any, ...]]]]:
    """Entries of the key in rows, each with its place in inches."""
    rows: list[list[tuple[float, str, tuple[Any, ...]]]] = [[]]
    x = 0.2
    for text, look in entries:
        wide = 0.54 + width_in(text, 9)
        if rows[-1] and x + wide > WIDTH_IN - 0.2:
            rows.append([])
            x = 0.2
        rows[-1].append((x, text, look))
        x += wide + 0.3
    return rows


def _legend(
    figure: Figure, entries: Sequence[tuple[str, tuple[Any, ...]]], notes: Sequence[str],
    foot: float, height: float,
) -> None:  # fmt: skip
    axes = bare(figure.add_axes((0, 0, 1, foot / height)))
    axes.set_xlim(0, WIDTH_IN)
    axes.set_ylim(0, foot)
    for row, placed in enumerate(_packed(entries)):
        for x, text, look in placed:
            y = foot - 0.2 - 0.3 * row
            width, colour, dash, core, *marker = look
            if marker and marker[0]:
                axes.plot(x + 0.22, y, marker=marker[0], ms=5, color=colour)
            else:
                axes.plot([x, x + 0.44], [y, y], color=colour, lw=width, ls=dash,
                          solid_capstyle="butt", dash_capstyle="butt")  # fmt: skip
            if core:
                axes.plot([x, x + 0.44], [y, y], color=core, lw=width - 2, solid_capstyle="butt")
            axes.text(x + 0.54, y, text, size=9, va="center", color=BLACK)
    for number, line in enumerate(reversed(notes)):
        axes.text(0.2, 0.12 + 0.17 * number, line, size=8, color=GREY, va="center")
