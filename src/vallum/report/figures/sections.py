"""Cross-sections of barrier types, drawn to one scale: a sketch, not a measurement.

Sizes are typical ones. Where they come from stands beside each drawing: an investigation that
printed them, the key by which vallum tells classes apart (docs/explain/classes.md), or an
assumption that is called one. What the book measured of the same class stands under it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from vallum.ground.kinds import Held, Kind
from vallum.ground.records import Estimate
from vallum.report.book import Book
from vallum.report.figures.board import EDGE_IN, SMALL, SOLID, TEXT, TITLE, Board, Scale
from vallum.report.figures.ink import BLACK, GREY, HATCH, Figures, Pattern, Table, ready, wrapped
from vallum.report.printing import THIN, kind_label, label_of, number_text, value_text
from vallum.report.tongue import many, said, say

M_IN = 0.135  # inches of paper per metre of ground: 1 to 290
_LEFT_M = 15.5  # room for the drawing
_LEAST_ROW_IN = 0.78
_SKY_M = 1.2
_STEEL = {"color": BLACK, "linewidth": 1.1}


@dataclass(frozen=True, kw_only=True)
class Sketch:
    """How one class is drawn, with its sizes and where they come from."""

    kind: Kind
    draw: Callable[[_Pen], None]
    high_m: float
    sizes: Callable[[], str]
    source: Callable[[], str]


class _Pen:
    """Draws in metres: x to the right from the left edge, y upward from the ground."""

    def __init__(self, board: Board, ground_in: float) -> None:
        self._board = board
        self._ground = ground_in

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Inches of a place."""
        return EDGE_IN + x * M_IN, self._ground - y * M_IN

    def line(self, *points: tuple[float, float], **looks: Any) -> None:
        """A line through places."""
        xs, ys = zip(*(self.at(*point) for point in points), strict=True)
        self._board.line(xs, ys, **{**_STEEL, **looks})

    def shape(self, *points: tuple[float, float], **looks: Any) -> None:
        """A filled outline."""
        self._board.shape([self.at(*point) for point in points], **looks)

    def words(self, x: float, y: float, text: str, **looks: Any) -> None:
        """A word at a place."""
        self._board.put(*self.at(x, y), text, **{"size": 8.5, "color": GREY, **looks})

    def tall(self, x: float, high: float) -> None:
        """A height with its arrow, to the left of a thing."""
        self._arrow((x, 0), (x, high))
        self.words(x - 0.35, high / 2, _metres(high), ha="right")

    def wide(self, start: float, end: float, y: float) -> None:
        """A width with its arrow."""
        self._arrow((start, y), (end, y))
        self.words((start + end) / 2, y + 0.75, _metres(end - start), ha="center")

    def _arrow(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self._board.axes.annotate(
            "", self.at(*end), self.at(*start), annotation_clip=False,
            arrowprops={"arrowstyle": "<->", "color": GREY, "linewidth": 0.8, "shrinkA": 0,
                        "shrinkB": 0, "mutation_scale": 7},
        )  # fmt: skip

    def grass(self, start: float, end: float) -> None:
        """Growth on both sides of what is cleared."""
        x = start
        while x < end:
            self.line((x, 0), (x - 0.18, 0.55), color="#4d4d4d", linewidth=0.7)
            self.line((x, 0), (x + 0.2, 0.45), color="#4d4d4d", linewidth=0.7)
            x += 0.62


def _metres(value: float) -> str:
    return f"{value:g}{THIN}m"


def _row_of_wire(pen: _Pen, x: float, high: float = 2.5) -> None:
    pen.line((x, 0), (x, high))
    pen.line((x, high), (x - 0.4, high + 0.4))
    for step in range(1, 7):
        y = high * step / 6
        pen.line((x - 0.12, y), (x + 0.12, y), linewidth=1.8)


def _fence(pen: _Pen) -> None:
    _row_of_wire(pen, 7)
    pen.tall(6, 2.5)


def _double_fence(pen: _Pen) -> None:
    _row_of_wire(pen, 4.5)
    _row_of_wire(pen, 10.5)
    pen.wide(4.5, 10.5, 1.0)
    pen.tall(3.4, 2.5)


def _wall(pen: _Pen) -> None:
    pen.shape((6.8, 0), (6.8, 2), (7.2, 2), (7.2, 0), facecolor="#777777", hatch="xxxx")
    pen.tall(5.8, 2)
    pen.words(7.6, 1.0, _metres(0.4) + " " + say("thick"))


def _patrol_road(pen: _Pen) -> None:
    pen.grass(2.2, 5.0)
    pen.shape((5.2, 0), (5.5, 0.25), (9.5, 0.25), (9.8, 0), facecolor="#777777")
    pen.grass(10.0, 13)
    pen.wide(5.5, 9.5, 1.0)


def _cleared_strip(pen: _Pen) -> None:
    pen.grass(0.6, 3.0)
    pen.grass(11.5, 14)
    for step in range(18):
        x = 3.6 + step * 0.42
        pen.line((x, -0.14), (x + 0.16, -0.36), linewidth=0.7, color=GREY)
    pen.wide(3.2, 11.2, 0.8)


def _guard_post(pen: _Pen) -> None:
    pen.shape((5.5, 0), (5.5, 2.4), (9.0, 2.4), (9.0, 0), facecolor="#dddddd")
    pen.shape((5.1, 2.4), (7.25, 3.2), (9.4, 2.4), facecolor="#777777")
    pen.shape((6.4, 1.3), (6.4, 2.0), (8.1, 2.0), (8.1, 1.3))
    pen.tall(4.6, 3.2)
    pen.wide(5.5, 9.0, 3.6)


def _watchtower(pen: _Pen) -> None:
    for x, top in ((6.0, 6.3), (8.4, 8.1)):
        pen.line((x, 0), ((x + top) / 2 if x > 7 else 6.3, 6.0), linewidth=1.6)
    for y in (0.2, 3.1):
        pen.line((6.0 + y * 0.05, y), (8.4 - y * 0.025, y + 2.8), linewidth=0.8)
        pen.line((8.4 - y * 0.025, y), (6.0 + y * 0.05, y + 2.8), linewidth=0.8)
    pen.shape((5.7, 6.0), (5.7, 8.2), (8.7, 8.2), (8.7, 6.0), facecolor="#dddddd")
    pen.shape((6.1, 7.0), (6.1, 7.8), (8.3, 7.8), (8.3, 7.0))
    pen.shape((5.4, 8.2), (7.2, 9.0), (9.0, 8.2), facecolor="#777777")
    pen.tall(4.6, 9.0)
    pen.wide(5.7, 8.7, 9.4)


def _building(pen: _Pen) -> None:
    pen.shape((4.7, 0), (4.7, 2.8), (13.7, 2.8), (13.7, 0), facecolor="#dddddd")
    pen.shape((4.3, 2.8), (9.2, 4.6), (14.1, 2.8), facecolor="#777777")
    pen.tall(3.7, 4.6)
    pen.wide(4.7, 13.7, 0.7)


SKETCHES = (
    Sketch(kind=Kind.FENCE, draw=_fence, high_m=2.9,
           sizes=lambda: say("posts and wire, drawn 2.5 m high"),
           source=lambda: say("an assumption: images from above give no height of a wire fence")),
    Sketch(kind=Kind.DOUBLE_FENCE, draw=_double_fence, high_m=2.9,
           sizes=lambda: say("two rows, drawn 6 m apart"),
           source=lambda: say("an assumption: rows 4 to 12 m apart are looked for as one barrier")),
    Sketch(kind=Kind.WALL, draw=_wall, high_m=2.0,
           sizes=lambda: say("drawn 2 m high"),
           source=lambda: say("1 to 2 m at Taehongdan (Radio Free Asia, November 2022); 5 to 7 m "
                              "at Rafah (February 2024, three figures for one wall)")),
    Sketch(kind=Kind.PATROL_ROAD, draw=_patrol_road, high_m=1.9,
           sizes=lambda: say("drawn 4 m wide"),
           source=lambda: say("an assumption: 2.8 to 5.5 m are looked for")),
    Sketch(kind=Kind.CLEARED_STRIP, draw=_cleared_strip, high_m=1.7,
           sizes=lambda: say("bare ground, drawn 8 m wide"),
           source=lambda: say("an assumption: 5 to 14 m are looked for")),
    Sketch(kind=Kind.GUARD_POST, draw=_guard_post, high_m=3.9,
           sizes=lambda: say("drawn 3.5 m wide and 3.2 m high"),
           source=lambda: say("by vallum’s key: roof at most 6 m, under 5 m high, within 50 m of a "
                              "barrier or the border")),
    Sketch(kind=Kind.WATCHTOWER, draw=_watchtower, high_m=9.7,
           sizes=lambda: say("drawn 9 m high"),
           source=lambda: say("by vallum’s key: roof at most 8 m, 5 m or higher; the towers of the "
                              "inner German border were 6 to 11 m")),
    Sketch(kind=Kind.BUILDING, draw=_building, high_m=4.6,
           sizes=lambda: say("drawn 9 m long"),
           source=lambda: say("by vallum’s key: over 6 m")),
)  # fmt: skip


def sections(book: Book) -> Figures | None:
    """Draw each class that the book holds, to one scale; None where it holds none."""
    held = {one.category for one in book.stated}
    kinds = [one for one in SKETCHES if one.kind in held]
    if not kinds:
        return None
    gaps = [one for one in book.estimates if one.name.startswith("layer_gap_m") and _is_known(one)]
    with ready():
        board = Board()
        board.write(say("Types of structure, cut across"), size=TITLE, weight="bold")
        board.write(say("A sketch, not a measurement: typical sizes, all at one scale."),
                    size=SMALL, color=GREY)  # fmt: skip
        board.y += 0.06
        for one in kinds:
            _row(board, book, one)
        _bar_of_scale(board)
        for gap in gaps:
            _gap(board, gap)
        return board.done(
            book, say("types of structure, cut across"), _alt(book, kinds, gaps),
            table=_table(book, kinds, gaps), notes=_notes(gaps),
        )  # fmt: skip


def _is_known(one: Estimate) -> bool:
    return all(map(math.isfinite, (one.value, one.low, one.high)))


def _measured(book: Book, kind: Kind) -> str:
    """Widths and gaps that were measured on images of confirmed things, in words."""
    own = [
        candidate
        for one in book.stated
        if one.held is Held.CONFIRMED and one.category is kind
        and (candidate := book.candidate_by_id.get(one.about)) is not None
    ]  # fmt: skip
    is_double = kind is Kind.DOUBLE_FENCE
    sizes = [one.gap_m if is_double else one.width_m for one in own]
    sizes = [one for one in sizes if math.isfinite(one) and one > 0]
    if not sizes or kind in {Kind.FENCE, Kind.WALL}:  # thinner than a pixel: a blur has no width
        return ""
    what = say("rows apart") if is_double else say("seen from above")
    return say(
        "measured here: {low} to {high} m, middle value {middle} m ({what}, {n})",
        low=_tenth(min(sizes)), high=_tenth(max(sizes)), middle=_tenth(median(sizes)), what=what,
        n=many(len(sizes), "{n} finding", "{n} findings"),
    )  # fmt: skip


def _tenth(value: float) -> str:
    return f"{value:.1f}"


def _row(board: Board, book: Book, one: Sketch) -> None:
    left = EDGE_IN + _LEFT_M * M_IN + 0.08
    room = 0.97 * (board.width - EDGE_IN - left)
    texts = [(kind_label(one.kind), TEXT, "bold", BLACK), (one.sizes(), SMALL, "normal", BLACK),
             (one.source(), 8.5, "normal", GREY)]  # fmt: skip
    measured = _measured(book, one.kind)
    if measured:
        texts.append((measured, 8.5, "normal", SOLID))
    top = board.y
    y = top + 0.02
    for text, size, weight, ink in texts:
        for line in wrapped(text if size != TEXT else said(text), size, room, weight):
            board.put(left, y + 0.08, line, size=size, weight=weight, color=ink)
            y += 0.165 if size == TEXT else 0.15
    drawn = (one.high_m + _SKY_M) * M_IN
    ground = max(y, top + max(drawn, _LEAST_ROW_IN - 0.1) + 0.02) - 0.08
    pen = _Pen(board, ground)
    pen.line((0, 0), (_LEFT_M, 0), color=BLACK, linewidth=1.2)
    one.draw(pen)
    board.y = ground + 0.2


def _bar_of_scale(board: Board) -> None:
    y = board.y + 0.02
    ends = [EDGE_IN, EDGE_IN + 5 * M_IN]
    board.line(ends, [y, y], color=BLACK, linewidth=2.2)
    for end in ends:
        board.line([end, end], [y - 0.05, y + 0.05], color=BLACK, linewidth=1.2)
    board.put(ends[1] + 0.08, y, f"{_metres(5)}, " + say("upward and across"))
    board.y += 0.24


def _gap(board: Board, gap: Estimate) -> None:
    """The gap between two layers, on a scale of its own: fence, range, fence."""
    board.line([EDGE_IN, board.width - EDGE_IN], [board.y, board.y], color=GREY)
    board.y += 0.05
    board.write(_gap_text(gap), size=SMALL)
    scale = Scale(low=0.0, high=1.1 * gap.high, left=EDGE_IN + 0.08,
                  right=board.width - EDGE_IN - 0.1)  # fmt: skip
    base = board.y + 0.36
    board.line([scale.left, scale.right], [base, base], color=BLACK)
    board.box(scale.at(gap.low), base - 0.26, (scale.at(gap.high) - scale.at(gap.low), 0.26),
              Pattern(face="white", edge=HATCH, hatch="////"))  # fmt: skip
    for at in (0.0, gap.value):
        board.line([scale.at(at)] * 2, [base - 0.32, base], color=BLACK, linewidth=2)
    board.y = base + 0.02
    board.axis(scale, say("metres from the first layer; hatched: where the second one lies"))
    board.y += 0.02


def _gap_text(gap: Estimate) -> str:
    label = said(label_of(gap.name))
    low, high = (f"{number_text(round(one, 1))}{THIN}m" for one in (gap.low, gap.high))
    return say("{label}: nine tenths {low} to {high}, middle value {middle}", low=low, high=high,
               label=label[:1].upper() + label[1:], middle=value_text(gap))  # fmt: skip


def _notes(gaps: Sequence[Estimate]) -> list[str]:
    notes = [
        say("A sketch, not a measurement. Sizes are typical ones, from the sources beside each "
            "drawing. Widths measured here are of what differs on the images from above, at the "
            "size of their pixels.")
    ]  # fmt: skip
    if gaps:
        notes.append(
            say("Gaps between layers are measured on this border. For comparison: 15 to 600 m were "
                "published for Hoeryong (Human Rights Watch, November 2022, by YTN).")
        )  # fmt: skip
    return notes


def _alt(book: Book, kinds: Sequence[Sketch], gaps: Sequence[Estimate]) -> str:
    told = [say("Sketches of the types of structure, cut across.")]
    for one in kinds:
        measured = _measured(book, one.kind)
        text = f"{kind_label(one.kind)}: {one.sizes()}" + (f"; {measured}" if measured else "")
        told.append(f"{text}.")
    return " ".join([*told, *(f"{_gap_text(one)}." for one in gaps)])


def _table(book: Book, kinds: Sequence[Sketch], gaps: Sequence[Estimate]) -> Table:
    rows = [
        (kind_label(one.kind), one.sizes(), one.source(), _measured(book, one.kind) or "–")
        for one in kinds
    ]
    rows += [(said(label_of(one.name)), "–", said(one.denominator), _gap_text(one)) for one in gaps]
    return Table(
        head=(say("type"), say("drawn as"), say("where the size comes from"), say("measured here")),
        rows=tuple(rows),
        caption=say("Sizes of the types of structure"),
    )
