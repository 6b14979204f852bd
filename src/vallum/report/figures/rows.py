"""The rows of the strip chart: what one horizontal piece is, and words and keys as rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vallum.ground.span import Span
from vallum.report.figures.ink import BLACK, GREY, Pattern, flow, swatch, width_in, wrapped
from vallum.report.figures.lanes import PLOT_IN

WIDTH_IN, LEFT_IN, RIGHT_IN = 12.0, 2.05, 2.55
EDGE_IN = 0.15


@dataclass(frozen=True, kw_only=True)
class Row:
    """One horizontal piece of the chart, drawn into axes that it shares with nobody."""

    height: float
    draw: Callable[[Axes], None] | None
    label: str = ""
    sub: str = ""
    total: str = ""
    total_note: str = ""
    over: str = ""  # heading above the totals
    is_lane: bool = False
    is_text: bool = False
    is_axis: bool = False
    has_axes: bool = False  # keeps its scale on the left
    is_small: bool = False  # of an inset: smaller words
    span: Span | None = None  # what it shows of the line; the whole extent if None


def text_rows(
    lines: Sequence[str], size: float, colour: str, *, weight: str = "normal"
) -> list[Row]:
    """Lines of words over the whole width, broken where they must be."""
    room = WIDTH_IN - 2 * EDGE_IN
    fitted = [part for line in lines for part in wrapped(line, size, room, weight)]

    def draw(line: str, axes: Axes) -> None:
        axes.text(0, 0.5, line, size=size, color=colour, weight=weight, va="center")

    return [Row(height=size / 72 * 1.45, draw=partial(draw, line), is_text=True) for line in fitted]


def gap(height: float) -> Row:
    """Nothing, so high."""
    return Row(height=height, draw=None)


def key_rows(entries: Sequence[tuple[Pattern, str]], *, size: float = 9) -> list[Row]:
    """A key: swatches and their labels, in as many rows as they need."""
    rows = []
    for entry in flow(entries, PLOT_IN + RIGHT_IN - 2 * EDGE_IN, size):

        def draw(axes: Axes, entry: list[tuple[float, Pattern, str]] = entry) -> None:
            axes.set_xlim(0, PLOT_IN)
            axes.set_ylim(0, 0.22)  # one unit is one inch
            for x, pattern, label in entry:
                swatch(axes, x, 0.045, (0.26, 0.13), pattern)
                axes.text(x + 0.33, 0.105, label, size=size, va="center", color=BLACK)

        rows.append(Row(height=0.22, draw=draw, is_text=False))
    return rows


def _fitted(text: str, size: float, room: float) -> float:
    """The size at which bold words fit, never under seven points."""
    return max(7.0, min(size, size * room / max(width_in(text, size, "bold"), 1e-6)))


def margins(figure: Figure, row: Row, y: float, tall: float, height: float) -> None:
    """Write the label on the left and the total on the right of a row."""
    middle = y + tall / 2
    right = (LEFT_IN + PLOT_IN + 0.12) / WIDTH_IN
    if row.label:
        room = LEFT_IN - EDGE_IN - 0.1
        if row.sub and "\n" not in row.sub:
            room -= width_in(row.sub, 8.5) + 0.15
        size = _fitted(row.label, 9 if row.is_small else 10, room)
        up = 0.42 * tall if "\n" in row.sub else 0.0
        figure.text(EDGE_IN / WIDTH_IN, middle + up, row.label, size=size, va="center", color=BLACK,
                    weight="bold")  # fmt: skip
    if row.sub:
        inset = 0.44 if row.has_axes else 0.1
        figure.text((LEFT_IN - inset) / WIDTH_IN, middle, row.sub, size=8.5, va="center",
                    ha="right", color=GREY, linespacing=1.7)  # fmt: skip
    if row.over:
        figure.text(right, y + tall + 0.06 / height, row.over, size=8, va="bottom", color=GREY)
    is_tall = "\n" in row.total_note
    text = "" if is_tall and row.total else row.total
    if text:
        figure.text(right, middle, text, size=10, weight="bold", va="center", color=BLACK)
    shift = width_in(text, 10, "bold") + 0.08 if text else 0
    figure.text(right + shift / WIDTH_IN, middle, row.total_note, size=8.5, va="center",
                color=GREY, linespacing=1.6)  # fmt: skip
