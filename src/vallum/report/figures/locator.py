"""The locator: where on earth the line lies, on a packaged base, and which part of it is meant."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from pyproj import Transformer

from vallum.ground.span import Span
from vallum.report.book import SIMULATED, Book
from vallum.report.figures import base, graticule
from vallum.report.figures.ink import (
    ALARM,
    BLACK,
    GREY,
    Figures,
    Table,
    bare,
    draw_footer,
    drawable,
    footer_in,
    mark_simulated,
    new_figure,
    nice,
    ready,
    save,
    width_in,
    wrapped,
)
from vallum.report.figures.mapview import Points
from vallum.report.printing import length_text, stretch_text, whole_length_text
from vallum.report.tongue import said, say
from vallum.report.words import DISCLAIMER, line_name, marked

WIDTH_IN, TALL_IN = 4.2, 3.1
_LEAST_WIDE_M = 700_000
_SMALL_IN = 0.22  # a part shorter than this is ringed, or nobody would find it
_SAMPLES = 1500
_LINE_IN = 0.145


def locator(book: Book, span: Span | None = None) -> Figures:
    """Draw where the line lies, with the extent on it, or one stretch of it.

    Args:
        book: whose line.
        span: the stretch to mark, as wide as its place may be told; the extent if left out.
    """
    part = span or book.extent
    notes = [say("{base}.", base=said(base.CREDIT)), said(DISCLAIMER)]
    with ready():
        lines = [row for note in notes for row in wrapped(note, 7.5, WIDTH_IN - 0.24)]
        foot = _LINE_IN * len(lines) + 0.1
        below = footer_in(book, WIDTH_IN)
        height = TALL_IN + foot + below
        figure = new_figure(WIDTH_IN, height)
        axes = figure.add_axes((0, (foot + below) / height, 1, TALL_IN / height))
        _map(axes, book, part)
        for number, line in enumerate(lines):
            y = below + foot - 0.06 - _LINE_IN * (number + 0.5)
            figure.text(0.12 / WIDTH_IN, y / height, line, size=7.5, color=GREY, va="center")
        draw_footer(figure, book)
        mark_simulated(figure, book)
        alt = _alt(book, part)
        svg, png = save(figure, book, say("{name}: where it lies", name=book.name), alt)
    return Figures(svg=svg, png=png, alt=alt, notes=tuple(notes), table=_table(book, part))


def _alt(book: Book, part: Span) -> str:
    start, end = (said(one) or say("its other end") for one in (book.frontier.start,
                                                               book.frontier.end))  # fmt: skip
    text = say(
        "Small map of where {line} lies, from {start} to {end}, on land and sea. Marked: {where}, "
        "{length}.",
        line=line_name(book), start=start, end=end,
        where=stretch_text(part.start_m, part.end_m), length=length_text(part.length_m),
    )  # fmt: skip
    return marked(book, text)


def _table(book: Book, part: Span) -> Table:
    lon, lat = book.frontier.points_at([0, book.frontier.length_m])
    rows = [
        (say("the whole line"), stretch_text(0, book.frontier.length_m),
         length_text(book.frontier.length_m)),
        (say("marked on the map"), stretch_text(part.start_m, part.end_m),
         length_text(part.length_m)),
        *((say("its start") if first else say("its end"), degrees_text(x, y), "")
          for first, x, y in zip((True, False), lon, lat, strict=True)),
    ]  # fmt: skip
    return Table(
        head=(say("What"), say("Where"), say("Length")), rows=tuple(rows),
        caption=say("Where the line lies"),
    )  # fmt: skip


def degrees_text(lon: float, lat: float) -> str:
    """A place to a tenth of a degree: enough to find it in an atlas, and no more."""
    north, east = "N" if lat >= 0 else "S", "E" if lon >= 0 else "W"
    return f"{abs(lat):.1f}°{north} {abs(lon):.1f}°{east}"


def _map(axes: Axes, book: Book, part: Span) -> None:
    lon, lat = book.frontier.points_at(np.linspace(0, book.frontier.length_m, _SAMPLES))
    middle = f"+lat_0={(lat.min() + lat.max()) / 2:.6f} +lon_0={(lon.min() + lon.max()) / 2:.6f}"
    local = f"+proj=laea {middle} +datum=WGS84 +units=m"
    forward = Transformer.from_crs("EPSG:4326", local, always_xy=True)
    backward = Transformer.from_crs(local, "EPSG:4326", always_xy=True)
    whole = np.column_stack(forward.transform(lon, lat))
    at_m = np.linspace(part.start_m, part.end_m, 400)
    marked_part = np.column_stack(forward.transform(*book.frontier.points_at(at_m)))
    low, high = whole.min(axis=0), whole.max(axis=0)
    size = np.maximum((high - low) * 1.7, _LEAST_WIDE_M * np.array([1, TALL_IN / WIDTH_IN]))
    scale = max(size[0] / WIDTH_IN, size[1] / TALL_IN)
    x, y = (low + high) / 2
    half_x, half_y = WIDTH_IN * scale / 2, TALL_IN * scale / 2
    bounds = (x - half_x, y - half_y, x + half_x, y + half_y)
    axes.set_xlim(bounds[0], bounds[2])
    axes.set_ylim(bounds[1], bounds[3])
    bare(axes)
    base.draw(axes, forward, backward, bounds, whole)
    graticule.draw(axes, forward, backward, bounds)
    axes.plot(*whole.T, color="white", lw=2.6, zorder=1)
    axes.plot(*whole.T, color=BLACK, lw=1.3, zorder=2)
    _mark(axes, marked_part, scale)
    _sides(axes, book, whole, scale)
    _bar(axes, whole, bounds, scale)
    if book.is_simulated:
        text = say("{mark}: shows no real place", mark=SIMULATED)
        axes.text((bounds[0] + bounds[2]) / 2, bounds[3] - 0.1 * scale, f" {text} ", size=9,
                  weight="bold", color="white", ha="center", va="top", zorder=10,
                  bbox={"facecolor": ALARM, "edgecolor": "none", "pad": 2.5})  # fmt: skip


def _mark(axes: Axes, part: Points, scale: float) -> None:
    """The part that is meant: thick, and ringed where it would be lost."""
    axes.plot(*part.T, color=ALARM, lw=3.6, zorder=3, solid_capstyle="butt")
    if np.ptp(part, axis=0).max() < _SMALL_IN * scale:
        axes.plot(*part[len(part) // 2], marker="o", ms=13, mfc="none", mec=ALARM, mew=1.8,
                  zorder=4)  # fmt: skip


def _sides(axes: Axes, book: Book, whole: Points, scale: float) -> None:
    """Names of the two sides, each where its own side has most room around it."""
    line = book.frontier
    left, right = axes.get_xlim()
    low, high = axes.get_ylim()
    at_m = np.linspace(0, line.length_m, 61)[6:-6]
    for side, sign in ((line.left, -1), (line.right, 1)):
        text = drawable(said(side))
        half = width_in(text, 10) / 2 * scale
        best: tuple[float, float, float] | None = None
        for away in (0.35, 0.5, 0.7, 0.9):
            spots = _off(book, whole, at_m, sign * away * scale)
            for x, y in spots:
                across = np.abs(whole - (x, y)) - (half, 0.08 * scale)
                free = float(np.hypot(*np.maximum(across, 0).T).min()) / scale
                fits = left + half < x - 0.1 * scale and x + half + 0.1 * scale < right
                fits = fits and low + 0.35 * scale < y < high - 0.45 * scale and free > 0.12
                central = -abs(x) / scale - 2 * away
                if fits and (best is None or central > best[0]):
                    best = (central, float(x), float(y))
        if text and best:
            axes.text(best[1], best[2], text, size=10, color="#444444", ha="center", va="center",
                      zorder=5)  # fmt: skip


def _off(book: Book, whole: Points, at_m: Points, off_m: float) -> Points:
    """Places beside the line as the map draws it, right of its direction for positive `off_m`."""
    step = np.linspace(0, book.frontier.length_m, len(whole))
    # The direction of a fifth of the line: a name belongs to a side, not to a meander.
    reach = book.frontier.length_m / 10

    def at(metres: Points) -> Points:
        return np.column_stack([np.interp(metres, step, whole[:, axis]) for axis in (0, 1)])

    way = at(at_m + reach) - at(at_m - reach)
    way /= np.maximum(np.hypot(*way.T), 1e-9)[:, None]
    return at(at_m) + off_m * np.column_stack([way[:, 1], -way[:, 0]])


def _bar(
    axes: Axes, whole: Points, bounds: tuple[float, float, float, float], scale: float
) -> None:
    """A scale bar in the lower corner that the line leaves free."""
    length = nice(scale * 0.5)
    left, bottom, right, _ = bounds
    is_left_free = not ((whole[:, 0] < left + 1.6 * scale) & (whole[:, 1] < bottom + scale)).any()
    x = left + 0.6 * scale if is_left_free else right - 0.2 * scale - length
    y = bottom + 0.33 * scale
    axes.plot([x, x + length], [y, y], color=BLACK, lw=2, zorder=8, solid_capstyle="butt")
    axes.text(x + length / 2, y + 0.06 * scale, whole_length_text(length), size=8, color=BLACK,
              ha="center", va="bottom", zorder=8)  # fmt: skip
