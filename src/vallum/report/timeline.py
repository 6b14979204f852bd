"""When it was said to be so, and when it was first seen: claims against findings, over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.dates import date2num
from matplotlib.figure import Figure

from vallum.ground.kinds import Held
from vallum.ground.records import Finding
from vallum.ground.told import Told
from vallum.report.book import SIMULATED, Book
from vallum.report.claims import LOOKS, cells_text, findings_of, in_order
from vallum.report.figures.claimlane import bar
from vallum.report.figures.ink import (
    BLACK,
    GREY,
    RULE,
    Figures,
    draw_footer,
    footer_in,
    legible,
    mark_simulated,
    new_figure,
    ready,
    save,
    wrapped,
)
from vallum.report.figures.years import time_axis
from vallum.report.printing import date_text, dated_text, grouped, kind_label, when_text
from vallum.report.tongue import clauses, many, said, say, sentences
from vallum.report.words import marked

WIDTH_IN = 4.2  # a phone shows it whole, and its letters stay legible
_EDGE_IN, _LINE_IN, _BAR_IN, _SEEN_IN, _GAP_IN = 0.12, 0.185, 0.15, 0.11, 0.16
_HEAD_IN, _AXIS_IN = 0.62, 0.32
_TEXT, _SMALL = 9.5, 9.0
_MOST_ROWS, _MOST_LINES = 24, 4
_FADE_STEPS = 24
_SEEN = "#0b4f7d"
Ends = tuple[date | None, date | None]


@dataclass(frozen=True, kw_only=True)
class _Track:
    """One claim: its words, its own bracket, and those of the findings it was held against."""

    told: Told
    lines: tuple[str, ...]
    seen: tuple[Ends, ...]

    @property
    def has_dates(self) -> bool:
        return self.told.first is not None or self.told.last is not None

    @property
    def height(self) -> float:
        inked = _BAR_IN + 0.04 if self.has_dates else 0.0
        return len(self.lines) * _LINE_IN + inked + len(self.seen) * _SEEN_IN + _GAP_IN


def first_seen(finding: Finding) -> Ends:
    """Between which days a finding was built; an end is None where no look bounds it."""
    built = finding.built
    low = finding.last_absent or (built.earliest if built else None)
    high = finding.first_seen or (built.latest if built else None)
    return low, high


def timeline_model(book: Book) -> list[dict[str, Any]]:
    """Return the table beside the figure: one row for each claim, in the order of the line."""
    claims = in_order(book.claims)
    known = {book.id_of(one): one for one in findings_of(book, claims)}
    return [
        {
            "says": said(one.says),
            "where": cells_text(one.cells) or said(one.where),
            "when": when_text(one.when) or say("no date stated"),
            "first": one.first.isoformat() if one.first else "",
            "last": one.last.isoformat() if one.last else "",
            "sign": LOOKS[one.status].sign,
            "label": said(one.status.label),
            "status": str(one.status),
            "seen": [_seen(key, known[key]) for key in one.findings if key in known],
            "shown": _shown([_seen(key, known[key]) for key in one.findings if key in known]),
            "mark": SIMULATED if one.is_simulated or book.is_simulated else "",
        }
        for one in claims
    ]


def _seen(key: str, finding: Finding) -> dict[str, str]:
    low, high = first_seen(finding)
    return {
        "id": key,
        "what": kind_label(finding.category),
        "dated": dated_text(finding) or say("Not dated."),
        "last_absent": low.isoformat() if low else "",
        "first_seen": high.isoformat() if high else "",
    }


def _shown(seen: Sequence[dict[str, str]]) -> list[str]:
    """Return findings in words, those of one kind and one bracket together."""
    counts = Counter((one["what"], one["dated"]) for one in seen)
    words = [_counted(what, n, dated) for (what, dated), n in counts.items()]
    rest = len(words) - _MOST_LINES
    more = say("and {rest} more, in the table below", rest=grouped(rest))
    return [*words[:_MOST_LINES], *([more] if rest > 0 else [])]


def _counted(what: str, n: int, dated: str) -> str:
    if n == 1:
        return sentences(say("{what}.", what=what), dated)
    return sentences(say("{what} ({n} of them).", what=what, n=grouped(n)), dated)


def timeline_figure(book: Book) -> Figures | None:
    """Draw the claims over time; None where none of them and none of their findings has a date."""
    tracks = _tracks(book)
    days = [day for one in tracks for ends in _ends(one) for day in ends if day is not None]
    if not days:
        return None
    shown, left_out = tracks[:_MOST_ROWS], len(tracks) - _MOST_ROWS
    more = many(left_out, "{n} more claim in the table.", "{n} more claims in the table.")
    notes = (more,) if left_out > 0 else ()
    alt = marked(book, sentences(say("Claims over time."), *map(_in_words, shown)))
    first, last = (float(date2num(day)) for day in (min(days), max(days)))  # type: ignore[no-untyped-call]
    room = max(30.0, 0.09 * (last - first))
    with ready():
        foot = footer_in(book, WIDTH_IN)
        tall = _EDGE_IN + _HEAD_IN + sum(one.height for one in shown) + _AXIS_IN + foot
        figure = new_figure(WIDTH_IN, tall)
        draw_footer(figure, book)
        _head(figure)
        base = (foot + _AXIS_IN) / tall
        axes = figure.add_axes(
            (0.03, base, 0.94, sum(one.height for one in shown) / tall), facecolor="none"
        )
        axes.set(xlim=(first - room, last + room), ylim=(0, sum(one.height for one in shown)))
        y = axes.get_ylim()[1]
        for one in shown:
            _draw(axes, one, y)
            y -= one.height
        _frame(axes)
        mark_simulated(figure, book, rows=max(1, round(tall / 3)))
        svg, png = save(figure, book, f"{book.name}: {say('claims over time')}", alt)
    return Figures(svg=svg, png=png, alt=alt, notes=notes)


def _tracks(book: Book) -> list[_Track]:
    claims = in_order(book.claims)
    known = {book.id_of(one): one for one in findings_of(book, claims)}
    return [_track(book, one, known) for one in claims]


def _track(book: Book, one: Told, known: dict[str, Finding]) -> _Track:
    sign = LOOKS[one.status].sign
    mark = f"{SIMULATED}: " if one.is_simulated and not book.is_simulated else ""
    where = cells_text(one.cells) or legible(said(one.where)) or say("cannot be placed")
    when = "" if one.first or one.last else say("No date stated.")
    says = sentences(legible(said(one.says)), when)
    text = f"{sign} {said(one.status.label)}, {where}: {mark}{says}"
    seen = {
        first_seen(known[key])
        for key in one.findings
        if key in known and known[key].held != Held.REJECTED
    }
    ordered = sorted(seen - {(None, None)}, key=lambda ends: tuple(str(day or "") for day in ends))
    return _Track(
        told=one,
        lines=tuple(wrapped(text, _TEXT, WIDTH_IN - 2.4 * _EDGE_IN)),
        seen=tuple(ordered[:_MOST_LINES]),
    )


def _ends(one: _Track) -> Sequence[Ends]:
    return ((one.told.first, one.told.last), *one.seen)


def _in_words(one: _Track) -> str:
    when = when_text(one.told.when) or say("no date stated")
    seen = clauses(*(_bracket_text(ends) for ends in one.seen))
    text = say(
        "{status}: {says}; said of: {when}",
        status=said(one.told.status.label).capitalize(), says=said(one.told.says).rstrip("。. "),
        when=when,
    )  # fmt: skip
    held = clauses(text, say("held against what was built {dates}", dates=seen) if seen else "")
    return say("{sentence}.", sentence=held)


def _bracket_text(ends: Ends) -> str:
    low, high = (date_text(day) if day else "" for day in ends)
    if low and high:
        return say("between {first} and {last}", first=low, last=high)
    if low:
        return say("after {day}", day=low)
    return say("by {day}, on the oldest image already", day=high)


def _head(figure: Figure) -> None:
    """Title and key, in inches from the top."""
    tall = figure.get_figheight()
    axes = figure.add_axes((0, 1 - (_EDGE_IN + _HEAD_IN) / tall, 1, (_EDGE_IN + _HEAD_IN) / tall))
    axes.set(xlim=(0, WIDTH_IN), ylim=(0, _EDGE_IN + _HEAD_IN))
    axes.set_axis_off()
    axes.text(_EDGE_IN, 0.6, say("What was said, and what was seen, over time"), size=11,
              weight="bold", color=BLACK, va="center")  # fmt: skip
    axes.add_patch(_box((_EDGE_IN, 0.33), (0.4, 0.12)))
    axes.text(0.62, 0.385, say("time that the claim names"), size=_SMALL, color=BLACK, va="center")
    _seen_line(axes, (_EDGE_IN, _EDGE_IN + 0.4), 0.16)
    axes.text(0.62, 0.16, say("built between these days, by images"), size=_SMALL, color=BLACK,
              va="center")  # fmt: skip
    axes.text(WIDTH_IN - _EDGE_IN, 0.16, say("fading: open"), size=_SMALL, color=GREY, va="center",
              ha="right")  # fmt: skip


def _box(corner: tuple[float, float], size: tuple[float, float]) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle(corner, *size, facecolor="white", edgecolor=BLACK, linewidth=1.2)


def _draw(axes: Axes, one: _Track, top: float) -> None:
    """Draw one claim downward from `top`, in inches; x is time."""
    y = top - 0.02
    for line in one.lines:
        axes.text(axes.get_xlim()[0], y - 0.02, line, size=_TEXT, color=BLACK, va="top")
        y -= _LINE_IN
    y -= 0.02
    if one.has_dates:
        _said_bar(axes, one.told, y)
        y -= _BAR_IN + 0.04
    for ends in one.seen:
        _seen_bar(axes, ends, y - _SEEN_IN / 2)
        y -= _SEEN_IN
    axes.axhline(top - one.height + _GAP_IN / 2, color=RULE, linewidth=0.7, zorder=0)


def _numbers(axes: Axes, ends: Ends) -> tuple[float, float, bool, bool]:
    """Ends as numbers and whether each is open; an open end lies at the edge of the figure."""
    left, right = axes.get_xlim()
    low, high = ends
    start = left if low is None else float(date2num(low))  # type: ignore[no-untyped-call]
    end = right if high is None else float(date2num(high)) + 1  # type: ignore[no-untyped-call]
    return start, end, low is None, high is None


def _said_bar(axes: Axes, told: Told, top: float) -> None:
    start, end, is_open_left, is_open_right = _numbers(axes, (told.first, told.last))
    whole = axes.get_xlim()[1] - axes.get_xlim()[0]
    # The rim of an open end lies outside of the picture.
    start, end = start - 0.02 * whole * is_open_left, end + 0.02 * whole * is_open_right
    least = 0.006 * whole
    bar(axes, (start, top - _BAR_IN), (max(end - start, least), _BAR_IN), told.status)
    if is_open_left or is_open_right:
        heights = top - _BAR_IN - 0.02, top + 0.02
        _fade(axes, (start, end), heights, is_open_left, is_open_right)


def _seen_bar(axes: Axes, ends: Ends, y: float) -> None:
    start, end, is_open_left, is_open_right = _numbers(axes, ends)
    _seen_line(axes, (start, end), y, is_open_left=is_open_left, is_open_right=is_open_right)
    if is_open_left or is_open_right:
        _fade(axes, (start, end), (y - 0.045, y + 0.045), is_open_left, is_open_right)


def _seen_line(
    axes: Axes, ends: tuple[float, float], y: float, *,
    is_open_left: bool = False, is_open_right: bool = False,
) -> None:  # fmt: skip
    axes.plot(ends, [y, y], color=_SEEN, linewidth=2.2, solid_capstyle="butt", zorder=3)
    for end, is_open in zip(ends, (is_open_left, is_open_right), strict=True):
        if not is_open:
            axes.plot([end] * 2, [y - 0.04, y + 0.04], color=_SEEN, linewidth=1.6, zorder=3)


def _fade(
    axes: Axes, ends: tuple[float, float], heights: tuple[float, float],
    is_open_left: bool, is_open_right: bool,
) -> None:  # fmt: skip
    """Let the ink of an open end vanish into the paper, over half of its length."""
    start, end = ends
    reach = (end - start) * (0.5 if is_open_left != is_open_right else 0.33)
    ramp = np.clip(np.linspace(1.25, 0, _FADE_STEPS), 0, 1)  # nothing is left at the very edge
    paper = np.ones((1, _FADE_STEPS, 4))
    paper[..., :3] = to_rgb("white")
    limits = axes.get_xlim(), axes.get_ylim()
    for is_open, edge, way in ((is_open_left, start, 1), (is_open_right, end, -1)):
        if is_open:
            paper[0, :, 3] = ramp if way > 0 else ramp[::-1]
            near, far = sorted((edge, edge + way * reach))
            axes.imshow(paper, extent=(near, far, *heights), aspect="auto", zorder=3.5,
                        interpolation="bilinear")  # fmt: skip
    axes.set(xlim=limits[0], ylim=limits[1])


def _frame(axes: Axes) -> None:
    time_axis(axes, _SMALL, BLACK)
    axes.set_yticks([])
    axes.grid(axis="x", color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "left", "right"):
        axes.spines[side].set_visible(False)
