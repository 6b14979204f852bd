"""Names on a map: of sides, places and kilometres, each only where it covers nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox

from vallum.ground.span import Span
from vallum.report.book import Book
from vallum.report.figures.ink import BLACK, GREY, drawable, nice, width_in
from vallum.report.figures.mapview import Points, View
from vallum.report.tongue import said, say

_HALO = [withStroke(linewidth=2.2, foreground="#fbfaf7")]
_LINE = 1.36  # from one line of a name to the next, in the size of its letters


@dataclass(kw_only=True)
class _Taken:
    """What is written already: boxes of names, and the lines that lead from names to places."""

    boxes: list[Bbox]
    leaders: list[Points] = field(default_factory=list)


def draw_names(
    axes: Axes, book: Book, view: View, taken: Sequence[Bbox], *, shows_corridor: bool
) -> None:
    """Write the names of sides, places and kilometres, each only where it covers nothing."""
    sofar = _Taken(boxes=list(taken))
    extent = book.extent
    line = book.frontier
    sides = ((line.left, book.left_m, True), (line.right, book.right_m, False))
    for side, wide_m, at_left in sides:
        clear_m = wide_m if shows_corridor else 0.0
        name = drawable(said(side))
        _side_name(axes, book, view, name, sofar, at_left=at_left, clear_m=clear_m)
    inside = [place for place in book.places if extent.start_m <= place[2] <= extent.end_m]
    for name, other, at_m in inside:
        text = "\n".join(part for part in (drawable(name), drawable(other)) if part)
        if text:
            _name_at(axes, view, text, at_m, sofar, size=8.5, colour=BLACK)
    step = nice(extent.length_m / 9)
    for at_m in np.arange(math.ceil(extent.start_m / step), extent.end_m / step) * step:
        text = say("km {n}", n=f"{at_m / 1000:,.10g}")
        _name_at(axes, view, text, float(at_m), sofar, size=7.5, colour=GREY)


def _text_box(view: View, x: float, y: float, text: str, size: float) -> Bbox:
    lines = text.split("\n")
    wide = max(width_in(line, size) for line in lines) * view.metres_per_in
    tall = len(lines) * size / 72 * _LINE * view.metres_per_in
    return Bbox.from_bounds(x - wide / 2, y - tall / 2, wide, tall)


def _name_at(
    axes: Axes, view: View, text: str, at_m: float, taken: _Taken, *,
    size: float, colour: str,
) -> None:  # fmt: skip
    """Write a name beside the line on the side and at the distance where nothing is covered."""
    point = view.run(Span(int(at_m), int(at_m) + 1))[0]
    half = _text_box(view, 0, 0, text, size)
    for away in (0.16, 0.3, 0.5, 0.8, 1.1):
        for angle in (90, 270, 0, 180, 45, 225, 135, 315):
            way = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
            reach = away * view.metres_per_in + np.array([half.width, half.height]) / 2
            x, y = point + way * reach
            box = _text_box(view, x, y, text, size)
            leader = _outside(np.linspace(point, (x, y), 40), box)
            if not _is_free(view, box, taken) or _crosses(leader, taken.boxes):
                continue
            axes.plot(*leader[[0, -1]].T, color=colour, lw=0.6, zorder=6)
            axes.plot(*point, marker="o", ms=2.6, color=colour, zorder=6)
            _write(axes, view, (float(x), float(y)), text, size, colour)
            taken.boxes.append(box)
            taken.leaders.append(leader)
            return


def _write(
    axes: Axes, view: View, middle: tuple[float, float], text: str, size: float, colour: str
) -> None:
    """Write each line by itself: fonts differ in what they take for the height of a line."""
    lines = text.split("\n")
    step = size / 72 * _LINE * view.metres_per_in
    for number, line in enumerate(lines):
        y = middle[1] + ((len(lines) - 1) / 2 - number) * step
        foot = y - 0.36 * size / 72 * view.metres_per_in
        axes.text(
            middle[0], foot, line, size=size, color=colour, ha="center", va="baseline", zorder=7,
            path_effects=_HALO,
        )  # fmt: skip


def _outside(leader: Points, box: Bbox) -> Points:
    """The part of a leader line before it reaches its name."""
    x, y = leader.T
    inside = (x > box.x0) & (x < box.x1) & (y > box.y0) & (y < box.y1)
    return leader[: max(2, int(np.argmax(inside)) if inside.any() else len(leader))]


def _crosses(leader: Points, boxes: Sequence[Bbox]) -> bool:
    """Say whether a leader line runs through anything that is written already."""
    x, y = leader.T
    return any(
        bool(((x > box.x0) & (x < box.x1) & (y > box.y0) & (y < box.y1)).any()) for box in boxes
    )


def _is_free(view: View, box: Bbox, taken: _Taken) -> bool:
    left, bottom, right, top = view.bounds
    edge = 0.22 * view.metres_per_in
    inside = left + 1.8 * edge < box.x0 and box.x1 < right - edge / 3
    inside = inside and bottom + edge < box.y0 and box.y1 < top - edge
    pad = 0.03 * view.metres_per_in
    wide = Bbox.from_extents(box.x0 - pad, box.y0 - pad, box.x1 + pad, box.y1 + pad)
    covered = _crosses(view.ink, [wide]) or any(_crosses(one, [wide]) for one in taken.leaders)
    return inside and not covered and not any(wide.overlaps(other) for other in taken.boxes)


def _side_name(
    axes: Axes,
    book: Book,
    view: View,
    text: str,
    taken: _Taken,
    *,
    at_left: bool,
    clear_m: float,
) -> None:
    """Write a country's name well inside its side of the line."""
    if not text:
        return
    text = " ".join(text.upper())
    at_m = np.linspace(book.extent.start_m, book.extent.end_m, 41)[4:-4]
    best: tuple[float, float, float] | None = None
    for away in (0.5, 0.8, 1.2, 1.6):
        off_m = (clear_m + away * view.metres_per_in) * (-1 if at_left else 1)
        spots = view.project(*book.frontier.points_at(at_m, off_m))
        for x, y in spots:
            box = _text_box(view, x, y, text, 11)
            nearest = float(np.hypot(*(view.line - (x, y)).T).min())
            # A meander can bring the line close again from the other side: then look elsewhere.
            across = np.abs(view.line - (x, y)) - np.array([box.width, box.height]) / 2
            is_clear = float(np.hypot(*np.maximum(across, 0).T).min()) > 1.03 * clear_m
            fits = nearest > 0.85 * abs(off_m) and is_clear and _is_free(view, box, taken)
            middle = -abs(x) / view.metres_per_in
            if fits and (best is None or middle > best[0]):
                best = (middle, float(x), float(y))
        if best is not None:
            break
    if best is not None:
        axes.text(best[1], best[2], text, size=11, color="#5f5f5f", ha="center", va="center",
                  zorder=-1)  # fmt: skip
        taken.boxes.append(_text_box(view, best[1], best[2], text, 11))
