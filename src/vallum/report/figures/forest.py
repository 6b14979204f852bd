"""Forest plots: what was mapped, estimated and possible; and what others published.

They are two figures. Numbers of others are of another border or period and follow other rules, so
that they never stand on a scale of ours; and both together would not fit on a page.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vallum.ground.numbers import BOUNDS, ESTIMATED
from vallum.ground.records import Estimate
from vallum.report.book import Book
from vallum.report.figures.board import EDGE_IN, SMALL, SOLID, TEXT, TITLE, Board, Scale
from vallum.report.figures.ink import BLACK, GREY, HATCH, Figures, Pattern, Table, ready, width_in
from vallum.report.printing import THIN, Scaled, Way, label_of, thing_of, way_of
from vallum.report.tongue import many, said, say

_NAMES = (
    "border_km_changed",
    "border_km_with_new_infrastructure",
    "border_km_with_removed_infrastructure",
    "barrier_km_all_new",
    "barrier_km_all_upgraded",
    "barrier_km_all_removed",
    "posts_new",
    "posts_removed",
)
_MOST_PUBLISHED = 8
_POSSIBLE = Pattern(face="white", edge=HATCH, hatch="////")


@dataclass(frozen=True, kw_only=True)
class Published:
    """A figure that others published, as they worded it.

    Attributes:
        label: what it counts, in their words.
        value: the number, in `unit`.
        low: lower end, NaN if none was given.
        high: upper end, NaN if none was given.
        unit: km or posts.
        who: outlet and year.
        url: where it stands.
        over: of what border or period, in their words: it is seldom that of the report.
        words: what they put before the number, such as "at least"; may be empty.
    """

    label: str
    value: float
    low: float
    high: float
    unit: str
    who: str
    url: str
    over: str
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class _Point:
    """One line of the plot: words, the number as printed, and where its ink lies."""

    label: str
    printed: str
    values: tuple[float, float, float]
    form: str
    more: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class _Panel:
    """Numbers of one unit that share a scale, in blocks."""

    unit: str
    blocks: tuple[tuple[str, str, tuple[_Point, ...]], ...]

    @property
    def end(self) -> float:
        numbers = [
            number
            for _, _, points in self.blocks
            for one in points
            for number in one.values
            if math.isfinite(number)
        ]
        return 1.08 * max(numbers, default=1.0) or 1.0


def forest(book: Book) -> Figures | None:
    """Draw mapped, estimated and possible numbers in blocks.

    None where nothing was estimated: the mapped numbers alone stand in the report already.
    """
    panels = _panels(book)
    if not any(form == "estimated" for one in panels for form, *_ in one.blocks):
        return None
    notes = (
        say("Mapped and estimated numbers of one unit share a scale; each block says of which "
            "border it speaks. Mapped numbers are lower bounds."),
    )  # fmt: skip
    return _drawn(book, say("Mapped, estimated, possible"), panels, notes)


def published(book: Book) -> Figures | None:
    """Draw what others published, on scales of their own; None where nobody did."""
    panels = _published_panels(book)
    if not panels:
        return None
    notes = [
        say("Other border, other period, other rules of counting: a larger number is no "
            "contradiction. None of these numbers was measured here.")
    ]  # fmt: skip
    left = len(book.published) - sum(len(points) for one in panels for _, _, points in one.blocks)
    if left > 0:
        notes.append(many(left, "{n} more published number is left out.",
                          "{n} more published numbers are left out."))  # fmt: skip
    return _drawn(book, say("Published by others"), panels, tuple(notes))


def _drawn(
    book: Book, title: str, panels: Sequence[_Panel], notes: tuple[str, ...]
) -> Figures:  # fmt: skip
    with ready():
        board = Board()
        board.write(title, size=TITLE, weight="bold")
        board.y += 0.06
        frames: dict[str, str] = {}
        for panel in panels:
            _draw(board, panel, frames)
        return board.done(book, title, _alt(title, panels), table=_table(title, panels),
                          notes=notes)  # fmt: skip


def _panels(book: Book) -> list[_Panel]:
    groups: dict[tuple[str, str], list[str]] = {}
    for name in _NAMES:
        one = book.estimate(name)
        if one is not None and (one.value or _known(book.estimate(f"{name}_{ESTIMATED}"))):
            groups.setdefault((one.unit, thing_of(name)), []).append(name)
    made = []
    for (unit, thing), names in groups.items():
        blocks = (
            _block(book, "mapped", names),
            _block(book, "estimated", names),
            _block(book, "possible", names),
        )
        kept = tuple(block for block in blocks if block[2])
        made.append(_Panel(unit=f"{said(unit)} {said(thing)}".strip(), blocks=kept))
    return made


def _known(one: Estimate | None) -> bool:
    return one is not None and math.isfinite(one.value)


def _block(
    book: Book, form: str, names: Iterable[str]
) -> tuple[str, str, tuple[_Point, ...]]:  # fmt: skip
    ending = {"mapped": "", "estimated": f"_{ESTIMATED}", "possible": f"_{BOUNDS}"}[form]
    points, frames = [], []
    for name in names:
        one = book.estimate(name + ending)
        if one is None or not math.isfinite(one.low if form == "possible" else one.value):
            continue
        near = [book.estimate(name + other) for other in ("", f"_{ESTIMATED}", f"_{BOUNDS}")]
        scaled = Scaled.over(
            [number for each in near if each for number in (each.value, each.low, each.high)],
            one.unit,
        )
        points.append(
            _Point(label=said(label_of(name)), printed=_text(one, scaled, form),
                   values=(one.value, one.low, one.high), form=form)
        )  # fmt: skip
        frames.append(one.denominator)
    is_one = len(set(frames)) == 1
    return form, said(frames[0]) if frames and is_one else "", tuple(points)


def _text(one: Estimate, scaled: Scaled, form: str) -> str:
    if form == "mapped":
        number = scaled.text(one.value, way_of(one))
        wording = said(one.wording)
        return f"{wording} {number}" if one.value else said("nothing confirmed")
    if form == "estimated":
        return say("about {number} ({interval})", number=scaled.text(one.value),
                   interval=scaled.range_text(one.low, one.high))  # fmt: skip
    if not math.isfinite(one.high):
        return say("{number} upward, no upper bound", number=scaled.text(one.low, Way.DOWN))
    return scaled.range_text(one.low, one.high)


def _published_panels(book: Book) -> list[_Panel]:
    found = []
    for unit in dict.fromkeys(one.unit for one in book.published):
        rows = [one for one in book.published if one.unit == unit]
        points = tuple(
            _Point(
                label=said(one.label), printed=_published_text(one), form="published",
                values=(one.value, one.low, one.high),
                more="; ".join(filter(None, (said(one.who), said(one.over)))), url=one.url,
            )
            for one in rows[:_MOST_PUBLISHED]
        )  # fmt: skip
        block = ("published", "", points)
        found.append(_Panel(unit=said(unit), blocks=(block,)))
    return found


def _published_text(one: Published) -> str:
    """The number as they printed it: not rounded again."""
    is_range = math.isfinite(one.low) and math.isfinite(one.high) and one.low < one.high
    ends = (one.low, one.high) if is_range else (one.value,)
    text = "–".join(f"{end:,.10g}" for end in ends)
    return f"{said(one.words)} {text}{THIN}{said(one.unit)}".strip()


def _head(form: str) -> str:
    return {
        "mapped": say("Mapped: confirmed by people, place by place"),
        "estimated": say("Estimated from a sample, with 95% interval"),
        "possible": say("Possible, with what no pair of images shows"),
        "published": say("Other border, other dates, other rules of counting"),
    }[form]


def _draw(board: Board, panel: _Panel, frames: dict[str, str]) -> None:
    """Draw one panel; a frame that was printed for the same block above is not printed again."""
    scale = Scale(low=0.0, high=panel.end, left=EDGE_IN + 0.05,
                  right=board.width - EDGE_IN - 0.1)  # fmt: skip
    spans: list[tuple[float, float]] = []
    board.line([EDGE_IN, board.width - EDGE_IN], [board.y, board.y], color=BLACK, linewidth=1.2)
    board.y += 0.05
    for form, frame, points in panel.blocks:
        board.write(_head(form), size=TEXT, weight="bold", color=BLACK)
        if frame and frames.get(form) != frame:
            frames[form] = frame
            board.write(frame, size=8.5, color=GREY)
        for one in points:
            board.y += 0.03
            _row(board, one, scale, spans)
        board.y += 0.1
    for top, base in spans:
        for at in scale.ticks():
            board.line([scale.at(at)] * 2, [top, base], color="#cccccc", linewidth=0.7, zorder=0)
    board.axis(scale, panel.unit)
    board.y += 0.06


def _row(board: Board, one: _Point, scale: Scale, spans: list[tuple[float, float]]) -> None:
    label = one.label[:1].upper() + one.label[1:]
    if width_in(f"{label}: {one.printed}", SMALL) <= board.room:
        board.write(f"{label}: {one.printed}", size=SMALL)
    else:
        board.write(f"{label}:", size=SMALL)
        board.write(one.printed, size=SMALL, indent=0.12)
    if one.more:
        board.write(one.more, size=8.5, color=GREY)
    y = board.y + 0.09
    spans.append((y - 0.08, y + 0.08))
    _ink(board, one, scale, y)
    board.y += 0.19


def _ink(board: Board, one: _Point, scale: Scale, y: float) -> None:
    value, low, high = one.values
    board.line([scale.left, scale.right], [y, y], color="#bbbbbb", linewidth=0.6)
    if one.form == "possible":
        end = scale.at(high) if math.isfinite(high) else scale.right
        board.box(scale.at(low), y - 0.055, (max(end - scale.at(low), 0.03), 0.11), _POSSIBLE)
        if not math.isfinite(high):
            board.mark(scale.right + 0.03, y, ">", color=HATCH, markersize=8)
        return
    has_range = math.isfinite(low) and math.isfinite(high) and low < high
    if has_range and one.form != "mapped":
        board.line([scale.at(low), scale.at(high)], [y, y], color=BLACK, linewidth=2)
        for end in (low, high):
            board.line([scale.at(end)] * 2, [y - 0.05, y + 0.05], color=BLACK, linewidth=2)
    form = {"mapped": "s", "estimated": "o"}.get(one.form, "D")
    looks = {"color": SOLID} if one.form == "mapped" else {}
    if one.form == "published":
        looks = {"markerfacecolor": "white", "markeredgecolor": BLACK, "markeredgewidth": "1.4"}
    if math.isfinite(value):
        board.mark(scale.at(value), y, form, **looks)


def _alt(title: str, panels: Sequence[_Panel]) -> str:
    said_of = []
    for panel in panels:
        for form, _, points in panel.blocks:
            rows = "; ".join(
                f"{one.label}: {one.printed}" + (f" ({one.more})" if one.more else "")
                for one in points
            )
            said_of.append(f"{_head(form)}. {rows}.")
    return " ".join([f"{title}.", *said_of])


def _table(title: str, panels: Sequence[_Panel]) -> Table:
    rows = tuple(
        (
            _head(form).partition(":")[0],
            one.label,
            one.printed,
            "; ".join(filter(None, (one.more, one.url))) or frame,
        )
        for panel in panels
        for form, frame, points in panel.blocks
        for one in points
    )
    return Table(
        head=(say("kind of number"), say("what"), say("number"), say("of what border, by whom")),
        rows=rows,
        caption=title,
    )
