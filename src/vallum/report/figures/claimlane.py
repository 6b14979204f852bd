"""Claims in figures: bars of whole cells on the strip chart, lines beside the border on the map."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from shapely.geometry import LineString

from vallum.ground.saidkinds import ClaimStatus
from vallum.ground.span import Span, Spans
from vallum.report.book import Book
from vallum.report.claims import LOOKS, ORDER, in_order
from vallum.report.figures.ink import BLACK, RULE
from vallum.report.figures.lanes import PLOT_IN
from vallum.report.figures.rows import Row, gap
from vallum.report.tongue import said, say

CELLS_NOTE = (
    "What was said is drawn by whole cells of the line: a claim may mean any part of its cell. "
    "Where nothing is drawn, that does not say that nothing was said."
)
_SIGN_IN = 0.2  # a bar narrower than this carries no sign; the row says its status
_BESIDE_IN = (0.12, 0.075)  # from the line to the first stretch, and from one to the next
_SMOOTH_IN = 0.02
_LEAST_TICKED_IN = 0.2
Points = NDArray[np.float64]


def cells_by_status(book: Book) -> dict[ClaimStatus, list[Span]]:
    """Cells inside the extent for each status that is there, each once, by place."""
    found: dict[ClaimStatus, list[Span]] = {}
    for status in ORDER:
        cells = {
            part
            for one in in_order(book.claims)
            if one.status == status
            for part in Spans(one.cells) & book.extent
        }
        if cells:
            found[status] = sorted(cells)
    return found


def lane_rows(book: Book) -> list[Row]:
    """Rows of the strip chart, one for each status; none where nothing was said of any place."""
    lanes: list[Row] = []
    for status, cells in cells_by_status(book).items():
        lane = Row(
            height=0.24,
            draw=partial(_draw_cells, cells=cells, status=status, per_km=_inches_per_km(book)),
            sub=f"{LOOKS[status].sign} {said(status.label)}",
            is_lane=True,
        )
        lanes += [lane, gap(0.03)]
    if not lanes:
        return []
    head = Row(height=0.24, draw=lambda _: None, label=say("What was said"), is_lane=True)
    return [gap(0.16), head, *lanes, gap(0.04)]


def _inches_per_km(book: Book) -> float:
    return PLOT_IN * 1000 / book.extent.length_m


def _draw_cells(axes: Axes, *, cells: list[Span], status: ClaimStatus, per_km: float) -> None:
    look = LOOKS[status]
    axes.set_ylim(0, 1)
    axes.axhline(0, color=RULE, lw=0.8, zorder=0)
    for part in sorted(cells, key=lambda one: -one.length_m):  # the short ones stay on top
        bar(axes, (part.start_m / 1000, 0.08), (part.length_m / 1000, 0.84), status)
        if part.length_m / 1000 * per_km >= _SIGN_IN:
            axes.text(
                part.middle_m / 1000, 0.48, look.sign, size=10, weight="bold", ha="center",
                va="center", color="white" if look.is_solid else look.colour, zorder=4,
                bbox=None if look.is_solid
                else {"facecolor": "white", "edgecolor": "none", "pad": 0.8},
            )  # fmt: skip


def bar(
    axes: Axes, corner: tuple[float, float], size: tuple[float, float], status: ClaimStatus
) -> None:
    """Draw a bar in the look of a status, in the units of the axes."""
    look = LOOKS[status]
    axes.add_patch(
        Rectangle(
            corner, *size, facecolor=look.colour if look.is_solid else "white",
            edgecolor="white" if look.is_solid else look.colour, hatch=look.hatch or None,
            linewidth=1.2, zorder=2,
        )
    )  # fmt: skip


def beside(
    book: Book, run: Callable[[Span], Points], metres_per_in: float, *, clear_m: float = 0.0
) -> Iterator[tuple[ClaimStatus, Points]]:
    """Yield the cells as lines that run beside the border, one distance for each status.

    Args:
        book: whose claims.
        run: gives the border along a span, `(n, 2)` in metres.
        metres_per_in: scale of the map.
        clear_m: what lies beside the border and must stay in sight, such as the corridor.
    """
    first, step = _BESIDE_IN
    first += clear_m / metres_per_in
    for rank, (status, cells) in enumerate(cells_by_status(book).items()):
        away_m = (first + rank * step) * metres_per_in
        for part in cells:
            smooth = shapely.simplify(LineString(run(part)), _SMOOTH_IN * metres_per_in)
            shifted = shapely.offset_curve(smooth, away_m, join_style="round")
            for piece in shapely.get_parts(shifted):
                if not piece.is_empty:
                    yield status, shapely.get_coordinates(piece)


def draw_beside(
    axes: Axes, stretches: list[tuple[ClaimStatus, Points]], metres_per_in: float
) -> None:
    """Draw what `beside` gave, with a short cross line at both ends where there is room."""
    for status, points in stretches:
        width, colour, dash, _ = line_look(status)
        axes.add_collection(
            LineCollection([points], colors=colour, linewidths=width, linestyles=[dash],
                           capstyle="butt", zorder=3),
            autolim=False,
        )  # fmt: skip
        if LineString(points).length < _LEAST_TICKED_IN * metres_per_in:
            continue
        half = 0.035 * metres_per_in
        for end, towards in ((points[0], points[1]), (points[-1], points[-2])):
            way = (towards - end) / np.hypot(*(towards - end)) * half
            (x, y), (dx, dy) = end, way
            axes.plot([x - dy, x + dy], [y + dx, y - dx], lw=1.1, color=BLACK, zorder=3.1)


def line_look(status: ClaimStatus) -> tuple[float, str, Any, str]:
    """Width, colour, dash and core of a status on the map, as its key wants them."""
    return 2.4, LOOKS[status].colour, LOOKS[status].dash, ""


def key_of(book: Book) -> list[tuple[str, tuple[float, str, Any, str]]]:
    """What the key of the map says of claims."""
    return [
        (
            say("said: {status}", status=f"{LOOKS[status].sign} {said(status.label)}"),
            line_look(status),
        )
        for status in cells_by_status(book)
    ]
