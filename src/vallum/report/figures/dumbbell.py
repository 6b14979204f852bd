"""Before and after, section by section: posts per kilometre, and the share that is fenced."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vallum.ground.kinds import Change, Held, Status
from vallum.ground.records import Finding
from vallum.ground.span import Span, Spans
from vallum.report.book import Book
from vallum.report.figures.board import EDGE_IN, SMALL, SOLID, TEXT, TITLE, Board, Scale
from vallum.report.figures.ink import (
    BLACK,
    GREY,
    HATCH,
    Figures,
    Pattern,
    Table,
    nice,
    ready,
    width_in,
)
from vallum.report.printing import length_text, share_text
from vallum.report.tongue import said, say

_MOST_ROWS = 16
_LEAST_SHARE = 0.1  # of a section that must be compared: a rate over less says little
_ROW_IN = 0.2
_BLIND = Pattern(face="white", edge=HATCH, hatch="////")


@dataclass(frozen=True, kw_only=True)
class Ends:
    """One quantity at one date: what is confirmed, and what it is with all that is in doubt."""

    value: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Part:
    """One section: how much of it was compared, and its quantity before and after."""

    span: Span
    compared_m: int
    before: Ends | None
    after: Ends | None


@dataclass(frozen=True, kw_only=True)
class _Panel:
    title: str
    means: str
    unit: str
    parts: tuple[Part, ...]
    show: Callable[[float], str]
    of: Callable[[Part], float]


def stretches(extent: Span, most: int) -> list[Span]:
    """Cut the extent at whole multiples of a round length into at most `most` + 1 pieces."""
    step = max(1, round(nice(max(extent.length_m / most, 1.0))))
    first = extent.start_m // step * step
    cuts = range(first, extent.end_m, step)
    parts = [(max(at, extent.start_m), min(at + step, extent.end_m)) for at in cuts]
    return [Span(start, end) for start, end in parts if end > start]


def place_text(span: Span) -> str:
    """Where a section lies, short: `km 100–150`."""
    start, end = (f"{at / 1000:,.{1 if at % 1000 else 0}f}" for at in (span.start_m, span.end_m))
    return f"km {start}–{end}"


def dumbbell(book: Book) -> Figures | None:
    """Draw each section before and after; None where nothing is known of before and after."""
    panels = [one for one in (_posts(book), _fenced(book)) if one is not None]
    if not panels:
        return None
    with ready():
        board = Board()
        board.write(say("Before and after, by section of the border"), size=TITLE, weight="bold")
        _key(board, has_doubt=any(map(_has_doubt, panels)))
        for panel in panels:
            _draw(board, panel)
        return board.done(
            book, say("before and after by section"), _alt(panels), table=_table(panels),
            notes=_notes(panels),
        )  # fmt: skip


# -- what is drawn -----------------------------------------------------------------------------


def stood_before(finding: Finding) -> bool:
    """Say whether a thing stood at the earlier date in some form (as `measure.counting` does)."""
    if finding.change is Change.EXTENDED:
        return not finding.category.is_line
    return finding.change is not Change.NEW


def stands_after(finding: Finding) -> bool:
    """Say whether it stands at the later date: all but what was removed."""
    return finding.change is not Change.REMOVED


def _compared(book: Book) -> Spans:
    one = book.estimate("border_km_comparable")
    if one is not None and one.spans:
        return one.spans & book.extent
    blind = book.status_spans.get(Status.NOT_COMPARABLE, Spans())
    return Spans((book.extent,)) - blind


def _posts(book: Book) -> _Panel | None:
    """Posts per km of compared border; None where nobody recorded what stood before."""
    if book.estimate("posts_stock_before") is None:
        return None
    seen = _compared(book)
    held = {Held.CONFIRMED, Held.INDETERMINATE, Held.DISPUTED}
    posts = [one for one in book.stated if not one.category.is_line and one.held in held]
    posts = [one for one in posts if seen & one.span]

    def part(span: Span) -> Part:
        compared_m = (seen & span).length_m
        here = [one for one in posts if span.start_m <= one.span.start_m < span.end_m]
        if compared_m < _LEAST_SHARE * span.length_m:
            return Part(span=span, compared_m=compared_m, before=None, after=None)
        ends = [_count(here, is_there, compared_m) for is_there in (stood_before, stands_after)]
        return Part(span=span, compared_m=compared_m, before=ends[0], after=ends[1])

    return _Panel(
        title=say("Posts per km of compared border"),
        means=say("guard posts, watchtowers and buildings, as confirmed"),
        unit=say("posts per km"),
        parts=tuple(map(part, stretches(book.extent, _MOST_ROWS - 1))),
        show=_rate_text,
        of=lambda one: one.compared_m / one.span.length_m,
    )


def _rate_text(value: float) -> str:
    return f"{value:.{2 if 0 < value < 1 else 1}f}"


def _count(posts: Sequence[Finding], is_there: Callable[[Finding], bool], metres: int) -> Ends:
    there = [one for one in posts if is_there(one)]
    sure = sum(one.held is Held.CONFIRMED for one in there)
    return Ends(value=sure * 1000 / metres, high=len(there) * 1000 / metres)


def _fenced(book: Book) -> _Panel | None:
    """Share of all border with a barrier; what no pair shows may be fenced or not."""
    before, after = book.estimate("border_km_fenced_before"), book.estimate("border_km_fenced")
    if before is None or after is None or not (before.spans or after.spans):
        return None
    seen = _compared(book)

    def part(span: Span) -> Part:
        compared_m = (seen & span).length_m
        if compared_m < _LEAST_SHARE * span.length_m:
            return Part(span=span, compared_m=compared_m, before=None, after=None)
        shares = [
            Ends(value=(one.spans & span).length_m / span.length_m, high=math.nan)
            for one in (before, after)
        ]
        return Part(span=span, compared_m=compared_m, before=shares[0], after=shares[1])

    return _Panel(
        title=say("Share of border with a barrier, at least"),
        means=say("fence, double fence or wall, confirmed; hatched: border that no pair of images "
                  "shows, which may be fenced or not"),
        unit=say("% of the border of the section"),
        parts=tuple(map(part, stretches(book.extent, _MOST_ROWS - 1))),
        show=share_text,
        of=lambda one: one.compared_m / one.span.length_m,
    )  # fmt: skip


# -- drawing -----------------------------------------------------------------------------------


def _has_doubt(panel: _Panel) -> bool:
    ends = [end for one in panel.parts for end in (one.before, one.after) if end]
    return any(math.isfinite(end.high) and end.high > end.value for end in ends)


def _key(board: Board, *, has_doubt: bool) -> None:
    board.y += 0.04
    y = board.y + 0.09
    x = EDGE_IN + 0.06
    for label, is_after in ((say("before"), False), (say("after"), True)):
        _dot(board, x, y, is_after=is_after)
        board.put(x + 0.12, y, label)
        x += 0.12 + width_in(label, SMALL) + 0.3
    if has_doubt:
        board.line([x, x + 0.22], [y, y], color=BLACK, linewidth=1.0, linestyle=(0, (2, 1.5)))
        board.put(x + 0.3, y, say("with all that is in doubt"))
    board.y += 0.24


def _dot(board: Board, x: float, y: float, *, is_after: bool) -> None:
    if is_after:
        board.mark(x, y, "o", color=SOLID, markersize=6.5, zorder=5)
    else:
        board.mark(x, y, "o", markerfacecolor="white", markeredgecolor=BLACK, markersize=9.5,
                   markeredgewidth=1.3)  # fmt: skip


def _draw(board: Board, panel: _Panel) -> None:
    is_share = panel.show is share_text
    known = [end for one in panel.parts for end in (one.before, one.after) if end]
    most = max((max(one.value, one.high if math.isfinite(one.high) else 0.0) for one in known),
               default=1.0)  # fmt: skip
    labels = max(width_in(place_text(one.span), SMALL) for one in panel.parts)
    numbers = max([width_in(_ends_text(panel, one), SMALL) for one in panel.parts if one.before]
                  or [0.0])  # fmt: skip
    scale = Scale(
        low=0.0, high=1.0 if is_share else 1.05 * most or 1.0,
        left=EDGE_IN + labels + 0.16, right=board.width - EDGE_IN - numbers - 0.18,
    )  # fmt: skip
    board.y += 0.04
    board.write(panel.title, size=TEXT, weight="bold")
    board.write(panel.means, size=8.5, color=GREY)
    top = board.y
    board.y += 0.04
    for one in panel.parts:
        y = board.y + _ROW_IN / 2
        board.put(EDGE_IN, y, place_text(one.span))
        _row(board, panel, one, scale, y)
        board.y += _ROW_IN
    board.y += 0.04
    if is_share:
        percent = Scale(low=0.0, high=100.0, left=scale.left, right=scale.right)
        board.axis(percent, panel.unit, grid_from=top)
    else:
        board.axis(scale, panel.unit, grid_from=top)
    board.y += 0.06


def _ends_text(panel: _Panel, one: Part) -> str:
    if one.before is None or one.after is None:
        return ""
    return f"{panel.show(one.before.value)} → {panel.show(one.after.value)}"


def _row(board: Board, panel: _Panel, one: Part, scale: Scale, y: float) -> None:
    if one.before is None or one.after is None:
        wide = scale.right - scale.left
        board.box(scale.left, y - 0.06, (wide, 0.12), _BLIND)
        words = say("not compared") if not one.compared_m else say("hardly compared")
        board.put(scale.right + 0.1, y, words, color=GREY)
        return
    board.line([scale.left, scale.right], [y, y], color="#bbbbbb", linewidth=0.6)
    if panel.show is share_text:
        blind = 1 - one.compared_m / one.span.length_m
        if blind > 0.005:
            x = scale.at(1 - blind)
            board.box(x, y - 0.06, (scale.right - x, 0.12), _BLIND)
    xs = [scale.at(one.before.value), scale.at(one.after.value)]
    board.line(xs, [y, y], color=SOLID, linewidth=2.4)
    for end, off in ((one.before, 0.055), (one.after, -0.055)):
        if math.isfinite(end.high) and end.high > end.value:
            board.line([scale.at(end.value), scale.at(end.high)], [y + off, y + off], color=BLACK,
                       linewidth=1.0, linestyle=(0, (2, 1.5)))  # fmt: skip
            board.line([scale.at(end.high)] * 2, [y + off - 0.03, y + off + 0.03], color=BLACK,
                       linewidth=1.0)  # fmt: skip
    _dot(board, xs[0], y, is_after=False)
    _dot(board, xs[1], y, is_after=True)
    board.put(scale.right + 0.1, y, _ends_text(panel, one))


# -- words -------------------------------------------------------------------------------------


def _notes(panels: Sequence[_Panel]) -> list[str]:
    notes = [
        say(
            "Sections are cut at round kilometre marks. Confirmed findings only, so every number "
            "is a lower bound; findings lie in the section in which they begin."
        ),
        say(
            "A section of which less than {share} was compared has no numbers.",
            share=share_text(_LEAST_SHARE),
        ),
    ]
    if any(map(_has_doubt, panels)):
        notes.append(
            say("Dashed: as if everything in doubt were there. Totals count two posts of one class "
                "side by side once, so that sections can add up to more than the total.")
        )  # fmt: skip
    return notes


def _known_parts(panel: _Panel) -> list[Part]:
    return [one for one in panel.parts if one.before and one.after]


def _alt(panels: Sequence[_Panel]) -> str:
    told = [say("Before and after by section.")]
    for panel in panels:
        known = _known_parts(panel)
        if not known:
            continue
        most = max(known, key=lambda one: one.after.value - one.before.value)  # type: ignore[union-attr]
        told.append(
            say("{title}: {known} of {n} sections could be compared; the largest rise is at "
                "{where}, {ends}.", title=panel.title, known=len(known), n=len(panel.parts),
                where=place_text(most.span), ends=_ends_text(panel, most))
        )  # fmt: skip
    return " ".join(told)


def _table(panels: Sequence[_Panel]) -> Table:
    rows = []
    for panel in panels:
        for one in panel.parts:
            ends = [_end_text(panel, end) for end in (one.before, one.after)]
            rows.append((panel.title, place_text(one.span), length_text(one.compared_m), *ends))
    return Table(
        head=(say("what"), say("section"), say("compared border"), say("before"), say("after")),
        rows=tuple(rows),
        caption=say("Before and after by section"),
    )


def _end_text(panel: _Panel, end: Ends | None) -> str:
    if end is None:
        return said("not known")
    text = panel.show(end.value)
    if math.isfinite(end.high) and panel.show(end.high) != text:
        text += " " + say("(up to {most} with all that is in doubt)", most=panel.show(end.high))
    return text
