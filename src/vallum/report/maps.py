"""The map of the line: where the known and the unknown lie, plain, with no map from the net."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from vallum.ground.kinds import COLOURS, Change, Status
from vallum.ground.span import Span
from vallum.report import graticule
from vallum.report.book import SIMULATED, STATUS_ORDER, UNREVIEWED, Book
from vallum.report.claimlane import beside, draw_beside, key_of
from vallum.report.ink import (
    ALARM,
    BLACK,
    GREY,
    SCREEN_DPI,
    STATUS_PATTERNS,
    Figures,
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
from vallum.report.printing import STATUS_LABELS, kind_label, length_text, whole_length_text
from vallum.report.words import map_alt

WIDTH_IN = 9.6
_LEAST_IN, _MOST_IN = 3.4, 7.6
_PAD, _PAD_SAID = 0.10, 0.17  # the second where claims run beside the line
_SAMPLES = 3000
_SEEN_PX = 4  # a corridor narrower than this is left out
_CHANGE_DASHES: dict[Change, Any] = {
    **dict.fromkeys((Change.EXTENDED, Change.UPGRADED, Change.REPLACED), (0, (5, 1.5))),
    Change.REMOVED: (0, (1, 1.5)),
}
Points = NDArray[np.float64]
_HALO = [withStroke(linewidth=2.2, foreground="#fbfaf7")]
# line width, colour, dash, colour of a core drawn on top (none: "")
_STATUS_LINES: dict[Status, tuple[float, str, Any, str]] = {
    Status.CHANGED: (5.5, STATUS_PATTERNS[Status.CHANGED].face, "solid", ""),
    Status.INDETERMINATE: (4.0, "#8a6100", (0, (0.6, 0.6)), ""),
    Status.UNCHANGED: (3.0, "#8c8c8c", "solid", ""),
    Status.NOT_EXAMINED: (3.6, "#555555", "solid", "white"),
    Status.NOT_COMPARABLE: (2.2, "#c0392b", (0, (2.2, 1.6)), ""),
}


@dataclass(frozen=True, kw_only=True)
class _View:
    """The part of the earth that is drawn: a local projection true in area and near its middle."""

    forward: Any
    backward: Any
    at_m: Points
    line: Points  # (n, 2), metres east and north of the middle, along the extent
    bounds: tuple[float, float, float, float]
    metres_per_in: float
    ink: Points  # (n, 2), what names must not cover

    def project(self, lon: Any, lat: Any) -> Points:
        """Metres east and north of the middle, `(n, 2)`."""
        return np.column_stack(self.forward.transform(np.atleast_1d(lon), np.atleast_1d(lat)))

    def run(self, span: Span) -> Points:
        """The line along a span, `(n, 2)`."""
        inner = self.at_m[(self.at_m > span.start_m) & (self.at_m < span.end_m)]
        at = np.concatenate([[span.start_m], inner, [span.end_m]])
        return np.column_stack(
            [np.interp(at, self.at_m, self.line[:, 0]), np.interp(at, self.at_m, self.line[:, 1])]
        )


def line_map(book: Book) -> Figures:
    """Draw the extent on a plain map, by status, with structures where the scale shows them."""
    view, height = _view(book)
    shows_corridor = (book.left_m + book.right_m) / view.metres_per_in * SCREEN_DPI >= _SEEN_PX * 3
    clear_m = book.left_m if shows_corridor else 0.0
    said = list(beside(book, view.run, view.metres_per_in, clear_m=clear_m))
    if said:
        view = replace(view, ink=np.vstack([view.ink, *(points for _, points in said)]))
    with ready():
        entries = _entries(book, shows_corridor=shows_corridor)
        notes = _notes(book, shows_corridor=shows_corridor)
        foot = 0.3 * len(_packed(entries)) + 0.17 * len(notes) + 0.3
        figure = new_figure(WIDTH_IN, height + foot)
        axes = figure.add_axes((0.0, foot / (height + foot), 1.0, height / (height + foot)))
        _prepare(axes, view)
        graticule.draw(axes, view.forward, view.backward, view.bounds)
        _surroundings(axes, book, view, shows_corridor=shows_corridor)
        _statuses(axes, book, view)
        draw_beside(axes, said, view.metres_per_in)
        if shows_corridor:
            _structures(axes, book, view)
        _furniture(figure, axes, book, view)
        _legend(figure, entries, notes, foot, height + foot)
        mark_simulated(figure, book)
        alt = map_alt(book)
        svg, png = save(figure, book, f"{book.name}: map of the line", alt)
    return Figures(svg=svg, png=png, alt=alt, notes=tuple(notes))


def _view(book: Book) -> tuple[_View, float]:
    at_m = np.linspace(book.extent.start_m, book.extent.end_m, _SAMPLES)
    lon, lat = book.frontier.points_at(at_m)
    middle = f"+lat_0={(lat.min() + lat.max()) / 2:.6f} +lon_0={(lon.min() + lon.max()) / 2:.6f}"
    local = f"+proj=laea {middle} +datum=WGS84 +units=m"
    forward = Transformer.from_crs("EPSG:4326", local, always_xy=True)
    backward = Transformer.from_crs(local, "EPSG:4326", always_xy=True)
    line = np.column_stack(forward.transform(lon, lat))
    room = max(book.left_m, book.right_m)
    low, high = line.min(axis=0) - room, line.max(axis=0) + room
    pad = _PAD_SAID if any(one.cells & book.extent for one in book.claims) else _PAD
    size = (high - low) * (1 + 2 * pad)
    height = float(np.clip(WIDTH_IN * size[1] / size[0], _LEAST_IN, _MOST_IN))
    scale = max(size[0] / WIDTH_IN, size[1] / height)
    centre = (low + high) / 2
    half = np.array([WIDTH_IN, height]) * scale / 2
    (left, bottom), (right, top) = centre - half, centre + half
    shapes = [one.shape for one in book.stated] + [one.shape for one in book.unreviewed]
    whole = np.linspace(0, book.frontier.length_m, 2 * _SAMPLES)
    lon_lat = np.vstack(
        [shapely.get_coordinates(shapes), np.column_stack(book.frontier.points_at(whole))]
    )
    around = np.column_stack(forward.transform(*lon_lat.T))
    near = np.abs(around - (low + high) / 2).max(axis=1) < scale * (WIDTH_IN + _MOST_IN)
    ink = np.vstack([line, around[near]])
    view = _View(
        forward=forward,
        backward=backward,
        at_m=at_m,
        line=line,
        bounds=(float(left), float(bottom), float(right), float(top)),
        metres_per_in=float(scale),
        ink=ink,
    )
    return view, height


def _prepare(axes: Axes, view: _View) -> None:
    left, bottom, right, top = view.bounds
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    bare(axes)
    axes.add_patch(
        Rectangle((left, bottom), right - left, top - bottom, facecolor="#fbfaf7", zorder=-5)
    )


def _surroundings(axes: Axes, book: Book, view: _View, *, shows_corridor: bool) -> None:
    """The corridor, and what of the line lies outside the extent."""
    if shows_corridor:
        shape = book.frontier.corridor(book.extent, book.left_m, book.right_m)
        for part in shapely.get_parts(shape):
            ring = view.project(*shapely.get_coordinates(part.exterior).T)
            axes.fill(*ring.T, facecolor="#f1eadb", edgecolor="#b5a88a", lw=0.8, zorder=-2)
    whole = book.frontier.span
    for first, last in ((whole.start_m, book.extent.start_m), (book.extent.end_m, whole.end_m)):
        if last > first:
            at_m = np.linspace(first, last, _SAMPLES)
            axes.plot(*view.project(*book.frontier.points_at(at_m)).T, color="#a0a0a0", lw=1,
                      zorder=0)  # fmt: skip


def _statuses(axes: Axes, book: Book, view: _View) -> None:
    axes.plot(*view.line.T, color=BLACK, lw=0.9, zorder=1)
    for order, status in enumerate(reversed(STATUS_ORDER)):
        width, colour, dash, core = _STATUS_LINES[status]
        runs = [view.run(part) for part in book.status_spans.get(status, ())]
        zorder = 2 + order * 0.1
        _lines(axes, runs, colour, width, dash, zorder)
        if core:
            _lines(axes, runs, core, width - 2, "solid", zorder + 0.01)


def _lines(
    axes: Axes, runs: Sequence[Points], colour: str, width: float, dash: Any, zorder: float
) -> None:
    collection = LineCollection(
        runs, colors=colour, linewidths=width, linestyles=[dash], capstyle="butt", zorder=zorder
    )
    axes.add_collection(collection, autolim=False)


def _structures(axes: Axes, book: Book, view: _View) -> None:
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


def _furniture(figure: Figure, axes: Axes, book: Book, view: _View) -> None:
    corners = _corners_by_room(view)
    low = next(one for one in corners if one[0] == "bottom")
    taken = [_scale_bar(axes, view, low), _north(axes, view, low)]
    if book.extent.length_m < 0.5 * book.frontier.length_m:
        free = [one for one in corners if one != low]
        taken.append(_locator(figure, axes, book, free[0], view))
    if book.is_simulated:
        left, _, right, top = view.bounds
        down = top - 0.08 * view.metres_per_in
        axes.text((left + right) / 2, down, f" {SIMULATED}: shows no real place ", size=10,
                  weight="bold", color="white", ha="center", va="top", zorder=10,
                  bbox={"facecolor": ALARM, "edgecolor": "none", "pad": 3})  # fmt: skip
    _names(axes, book, view, taken)


def _box(view: _View, corner: tuple[str, str], wide: float, tall: float) -> Bbox:
    """A box in a corner, sizes in inches, in metres."""
    left, bottom, right, top = view.bounds
    pad, unit = 0.22 * view.metres_per_in, view.metres_per_in
    x = left + 0.5 * unit if corner[1] == "left" else right - wide * unit - pad
    y = bottom + 1.6 * pad if corner[0] == "bottom" else top - tall * unit - pad
    return Bbox.from_bounds(x, y, wide * unit, tall * unit)


def _corners_by_room(view: _View) -> list[tuple[str, str]]:
    """Corners, the one with the least of the line in it first."""
    corners = [(a, b) for a in ("bottom", "top") for b in ("left", "right")]

    def crowded(corner: tuple[str, str]) -> int:
        box = _box(view, corner, 2.1, 1.5)
        x, y = view.line.T
        return int(((x > box.x0) & (x < box.x1) & (y > box.y0) & (y < box.y1)).sum())

    return sorted(corners, key=crowded)


def _scale_bar(axes: Axes, view: _View, corner: tuple[str, str]) -> Bbox:
    length = nice(view.metres_per_in * 0.75)
    wide = length / view.metres_per_in
    box = _box(view, corner, wide, 0.32)
    y, tall = box.y0, 0.06 * view.metres_per_in
    for step, face in ((0, BLACK), (1, "white")):
        axes.add_patch(Rectangle((box.x0 + step * length / 2, y), length / 2, tall, facecolor=face,
                                 edgecolor=BLACK, lw=0.8, zorder=8))  # fmt: skip
    axes.text(box.x0 + length / 2, y + 1.6 * tall, whole_length_text(length), size=9, color=BLACK,
              ha="center", va="bottom", zorder=8)  # fmt: skip
    return box


def _north(axes: Axes, view: _View, corner: tuple[str, str]) -> Bbox:
    box = _box(view, corner, 0.4, 0.6)
    box = box.translated(0, 0.45 * view.metres_per_in)  # above the scale bar
    lon, lat = view.backward.transform((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
    (x0, y0), (x1, y1) = view.project([lon, lon], [lat, lat + 0.001])
    reach = 0.5 * view.metres_per_in / math.hypot(x1 - x0, y1 - y0)
    way_x, way_y = float(x1 - x0) * reach, float(y1 - y0) * reach
    foot = ((box.x0 + box.x1) / 2, box.y0)
    axes.annotate("", (foot[0] + way_x, foot[1] + way_y), foot, zorder=8,
                  arrowprops={"arrowstyle": "-|>", "color": BLACK, "lw": 1.4})  # fmt: skip
    tip = (foot[0] + way_x * 1.08, foot[1] + way_y * 1.08)
    axes.text(*tip, "N", size=10, weight="bold", ha="center", va="bottom", color=BLACK, zorder=8)
    return box


def _locator(figure: Figure, axes: Axes, book: Book, corner: tuple[str, str], view: _View) -> Bbox:
    """The whole line in a corner, with the extent on it."""
    box = _box(view, corner, 2.0, 1.25)
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
    inset.set_facecolor("white")
    text = f"whole line, {length_text(book.frontier.length_m)}"
    inset.text(0.03, 0.03, text, size=7.5, color=GREY, transform=inset.transAxes)
    for side in inset.spines.values():
        side.set_color("#999999")
    return box


def _names(axes: Axes, book: Book, view: _View, taken: Sequence[Bbox]) -> None:
    """Names of sides, places and kilometres, each only where it covers nothing."""
    boxes = list(taken)
    extent = book.extent
    for side, at_left in ((book.frontier.left, True), (book.frontier.right, False)):
        _side_name(axes, book, view, drawable(side), boxes, at_left=at_left)
    inside = [place for place in book.places if extent.start_m <= place[2] <= extent.end_m]
    for name, other, at_m in inside:
        text = "\n".join(part for part in (drawable(name), drawable(other)) if part)
        _name_at(axes, view, text, at_m, boxes, size=8.5, colour=BLACK)
    step = nice(extent.length_m / 9)
    for at_m in np.arange(math.ceil(extent.start_m / step), extent.end_m / step) * step:
        text = f"km {at_m / 1000:,.10g}"
        _name_at(axes, view, text, float(at_m), boxes, size=7.5, colour=GREY)


def _text_box(view: _View, x: float, y: float, text: str, size: float) -> Bbox:
    lines = text.split("\n")
    wide = max(width_in(line, size) for line in lines) * view.metres_per_in
    tall = len(lines) * size / 72 * 1.35 * view.metres_per_in
    return Bbox.from_bounds(x - wide / 2, y - tall / 2, wide, tall)


def _name_at(
    axes: Axes, view: _View, text: str, at_m: float, boxes: list[Bbox], *,
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
            leader = np.linspace(point, (x, y), 20)[:15]
            if _is_free(view, box, boxes) and not _crosses(leader, boxes):
                axes.plot([point[0], x - way[0] * half.width / 2],
                          [point[1], y - way[1] * half.height / 2], color=colour, lw=0.6,
                          zorder=6)  # fmt: skip
                axes.plot(*point, marker="o", ms=2.6, color=colour, zorder=6)
                axes.text(x, y, text, size=size, color=colour, ha="center", va="center",
                          linespacing=1.2, zorder=7, path_effects=_HALO)  # fmt: skip
                boxes.append(box)
                return


def _crosses(leader: Points, boxes: Sequence[Bbox]) -> bool:
    """Say whether a leader line runs through anything that is written already."""
    x, y = leader.T
    return any(
        bool(((x > box.x0) & (x < box.x1) & (y > box.y0) & (y < box.y1)).any()) for box in boxes
    )


def _is_free(view: _View, box: Bbox, boxes: Sequence[Bbox]) -> bool:
    left, bottom, right, top = view.bounds
    edge = 0.22 * view.metres_per_in
    inside = left + 1.8 * edge < box.x0 and box.x1 < right - edge / 3
    inside = inside and bottom + edge < box.y0 and box.y1 < top - edge
    x, y = view.ink.T
    pad = 0.03 * view.metres_per_in
    on_line = (x > box.x0 - pad) & (x < box.x1 + pad) & (y > box.y0 - pad) & (y < box.y1 + pad)
    return inside and not on_line.any() and not any(box.overlaps(other) for other in boxes)


def _side_name(
    axes: Axes, book: Book, view: _View, text: str, boxes: list[Bbox], *, at_left: bool
) -> None:
    """Write a country's name well inside its side of the line."""
    if not text:
        return
    text = " ".join(text.upper())
    at_m = np.linspace(book.extent.start_m, book.extent.end_m, 41)[4:-4]
    best: tuple[float, float, float] | None = None
    for away in (0.5, 0.8, 1.2):
        off_m = away * view.metres_per_in * (-1 if at_left else 1)
        spots = view.project(*book.frontier.points_at(at_m, off_m))
        for x, y in spots:
            box = _text_box(view, x, y, text, 11)
            nearest = float(np.hypot(*(view.line - (x, y)).T).min())
            # A meander can bring the line close again from the other side: then look elsewhere.
            fits = nearest > 0.9 * abs(off_m) and _is_free(view, box, boxes)
            middle = -abs(x) / view.metres_per_in
            if fits and (best is None or middle > best[0]):
                best = (middle, float(x), float(y))
        if best is not None:
            break
    if best is not None:
        axes.text(best[1], best[2], text, size=11, color="#6b6b6b", ha="center", va="center",
                  zorder=-1)  # fmt: skip
        boxes.append(_text_box(view, best[1], best[2], text, 11))


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
            entries.append((f"{UNREVIEWED} candidate", (0.9, GREY, (0, (2, 2)), "")))
    return entries


def _notes(book: Book, *, shows_corridor: bool) -> list[str]:
    if shows_corridor:
        text = (
            f"Shaded: corridor, {length_text(book.left_m)} left and {length_text(book.right_m)} "
            "right of the line. Solid: new; long dashes: extended, upgraded or replaced; dots: "
            "removed."
        )
    else:
        text = (
            "The corridor is narrower than the line drawn here, so single structures are left to "
            "the strip chart and the downloads."
        )
    credit = book.frontier.credit or book.frontier.source
    return [*wrapped(text, 8, WIDTH_IN - 0.4), *wrapped(f"Line: {credit}", 8, WIDTH_IN - 0.4)]


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
