"""A figure that grows downward: words and marks in inches, cut to what was drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.patches import Polygon, Rectangle
from matplotlib.ticker import MaxNLocator

from vallum.report.book import Book
from vallum.report.figures.ink import (
    BLACK,
    GREY,
    Figures,
    Pattern,
    Table,
    bare,
    draw_footer,
    footer_in,
    legible,
    mark_simulated,
    new_figure,
    save,
    wrapped,
)
from vallum.report.words import marked

WIDTH_IN = 4.2  # a phone shows it whole, and its letters stay legible
EDGE_IN = 0.12
TITLE, TEXT, SMALL = 11.0, 9.5, 9.0
SOLID = "#0b4f7d"
_INCHES_PER_POINT = 1.32 / 72


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Where numbers lie between two places of a figure.

    Attributes:
        low: number at the left end.
        high: number at the right end.
        left: that end, in inches from the left edge.
        right: the other end.
    """

    low: float
    high: float
    left: float
    right: float

    def at(self, value: float) -> float:
        """Inches from the left edge; numbers outside lie on the end."""
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)

    def ticks(self, most: int = 4) -> list[float]:
        """Round numbers inside."""
        locator = MaxNLocator(nbins=most, steps=[1, 2, 5, 10])
        slack = 1e-9 * abs(self.high - self.low)
        found = locator.tick_values(self.low, self.high)
        return [float(one) for one in found if self.low - slack <= one <= self.high + slack]


class Board:
    """One figure being drawn from the top down; `y` is where the next thing goes, in inches."""

    def __init__(self, width: float = WIDTH_IN) -> None:
        self.width = width
        self.y = EDGE_IN
        self._figure = new_figure(width, 1.0)
        self.axes = bare(self._figure.add_axes((0, 0, 1, 1)))
        self.axes.set(xlim=(0, width), ylim=(1, 0))

    @property
    def room(self) -> float:
        """Inches between the edges; letters set at print size run a little wider than measured."""
        return 0.97 * (self.width - 2 * EDGE_IN)

    def put(self, x: float, y: float, text: str, **looks: Any) -> None:
        """Write one line at a place without moving on."""
        looks = {"size": SMALL, "color": BLACK, "va": "center", **looks}
        self.axes.text(x, y, legible(text), **looks)

    def write(
        self, text: str, *, size: float = TEXT, weight: str = "normal", color: str = BLACK,
        indent: float = 0.0, room: float = 0.0,
    ) -> None:  # fmt: skip
        """Write a text in as many lines as it needs and move on."""
        step = size * _INCHES_PER_POINT
        inches = (room or self.room) - indent
        for line in wrapped(legible(text), size, inches, weight):
            self.put(EDGE_IN + indent, self.y + step / 2, line, size=size, weight=weight,
                     color=color)  # fmt: skip
            self.y += step

    def line(self, xs: Sequence[float], ys: Sequence[float], **looks: Any) -> None:
        """Draw a line through places."""
        looks = {"color": GREY, "linewidth": 0.8, "solid_capstyle": "butt", **looks}
        self.axes.plot(xs, ys, clip_on=False, **looks)

    def box(self, x: float, y: float, size: tuple[float, float], pattern: Pattern,
            **looks: Any) -> None:  # fmt: skip
        """Draw a filled box whose upper left corner lies at a place."""
        looks = {"linewidth": 0.8, **looks}
        self.axes.add_patch(
            Rectangle((x, y), *size, facecolor=pattern.face, edgecolor=pattern.edge,
                      hatch=pattern.hatch or None, clip_on=False, **looks)
        )  # fmt: skip

    def shape(self, points: Sequence[tuple[float, float]], **looks: Any) -> None:
        """Draw a filled outline."""
        looks = {"facecolor": "white", "edgecolor": BLACK, "linewidth": 0.9, **looks}
        self.axes.add_patch(Polygon(points, closed=True, clip_on=False, **looks))

    def mark(self, x: float, y: float, form: str, **looks: Any) -> None:
        """Draw one mark: a circle, a square, a diamond."""
        looks = {"color": BLACK, "markersize": 7, "zorder": 4, **looks}
        self.axes.plot([x], [y], form, clip_on=False, **looks)

    def axis(self, scale: Scale, unit: str, *, grid_from: float = math.nan, most: int = 4) -> None:
        """Draw a scale under what stands above it, and thin lines up to `grid_from`."""
        y = self.y
        self.line([scale.left, scale.right], [y, y])
        ticks = scale.ticks(most)
        for at in ticks:
            x = scale.at(at)
            self.line([x, x], [y, y + 0.05])
            if math.isfinite(grid_from):
                self.line([x, x], [grid_from, y], color="#dddddd", linewidth=0.6, zorder=0)
            is_first = x - scale.left < 0.1
            self.put(scale.left if is_first else x, y + 0.13, f"{at:,.10g}", color=GREY,
                     ha="left" if is_first else "center")  # fmt: skip
        self.put(scale.left, y + 0.29, unit, color=GREY)
        self.y = y + 0.42

    def done(
        self, book: Book, title: str, alt: str, *, table: Table, notes: Sequence[str] = ()
    ) -> Figures:
        """Cut the figure, put credit and marks on it, and return it in both forms."""
        tall = self.y + footer_in(book, self.width) + 0.06
        self._figure.set_size_inches(self.width, tall)
        self.axes.set_ylim(tall, 0)
        draw_footer(self._figure, book)
        mark_simulated(self._figure, book, rows=max(1, round(tall / 3)))
        alt = marked(book, alt)
        svg, png = save(self._figure, book, f"{book.name}: {title}", alt)
        return Figures(svg=svg, png=png, alt=alt, notes=tuple(notes), table=table)
