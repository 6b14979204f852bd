"""The picture of what can be said: a bar for what is confirmed, a dot, and what is possible."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from vallum.report.book import Book
from vallum.report.figures.ink import (
    BLACK,
    GREY,
    HATCH,
    Figures,
    draw_footer,
    footer_in,
    mark_simulated,
    new_figure,
    ready,
    save,
    wrapped,
)
from vallum.report.printing import THIN, length_text
from vallum.report.tongue import many, said, say, sentences
from vallum.report.words import marked

WIDTH_IN = 4.2  # a phone shows it whole, and its letters stay legible
_EDGE_IN, _LINE_IN, _BAR_IN, _AXIS_IN, _GAP_IN = 0.12, 0.2, 0.17, 0.42, 0.3
_TITLE, _TEXT, _SMALL = 11.0, 10.5, 9.0
_MOST = 5
_FIRST = (
    "border_km_changed",
    "border_km_with_new_infrastructure",
    "barrier_km_all_new",
    "posts_new",
)
SOLID = "#0b4f7d"
Said = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class _Track:
    """One line of words and the ink under it."""

    lines: tuple[str, ...]
    form: str  # observed, estimated or possible
    values: tuple[float, ...]

    @property
    def height(self) -> float:
        return len(self.lines) * _LINE_IN + _BAR_IN + 0.08


def ranges(book: Book, said: Said) -> Figures | None:
    """Draw what can be said of the main quantities; None where nothing was estimated.

    Args:
        book: for the marks that every figure carries.
        said: what `said.said_model` returned; nothing else is drawn.
    """
    rows = _chosen(said["rows"])
    if not rows:
        return None
    left_out = len(said["rows"]) - len(rows)
    more = many(left_out, "{n} more quantity in the table.", "{n} more quantities in the table.")
    notes = (more,) if left_out else ()
    told = sentences(say("What is confirmed, estimated and possible."), *map(_in_words, rows))
    alt = marked(book, told)
    with ready():
        pieces = [(row, _title(row), _tracks(row)) for row in rows]
        tall = (
            sum(_height(title, tracks) for _, title, tracks in pieces)
            + _EDGE_IN
            + footer_in(book, WIDTH_IN)
        )
        figure = new_figure(WIDTH_IN, tall)
        draw_footer(figure, book)
        top = figure.get_figheight() - _EDGE_IN
        for row, title, tracks in pieces:
            tall = _height(title, tracks)
            place = (
                _EDGE_IN / WIDTH_IN,
                (top - tall + _GAP_IN) / figure.get_figheight(),
                1 - 2.4 * _EDGE_IN / WIDTH_IN,
                (tall - _GAP_IN) / figure.get_figheight(),
            )
            _draw(figure.add_axes(place), row, title, tracks, said["whole_km"])
            top -= tall
        mark_simulated(figure, book, rows=len(rows))
        svg, png = save(figure, book, f"{book.name}: {say('what can be said')}", alt)
    return Figures(svg=svg, png=png, alt=alt, notes=notes)


def _chosen(rows: Sequence[Said]) -> list[Said]:
    """The quantities that are drawn: those that every report has first."""
    order = {name: number for number, name in enumerate(_FIRST)}
    ranked = sorted(
        (row for row in rows if row["is_main"]),
        key=lambda row: order.get(row["name"], len(order)),
    )
    return [row for row in ranked if row["estimated"]["number"]][:_MOST]


def _numbers(row: Said) -> list[float]:
    cells = (row["observed"], row["estimated"], row["possible"])
    return [math.nan if one is None else one for cell in cells for one in cell["values"]]


def _finite(value: float) -> bool:
    return math.isfinite(value)


def _sentence(cell: Said) -> str:
    """What a cell says, in one line."""
    return f"{cell['words']} {cell['number']}".strip()


def _in_words(row: Said) -> str:
    return say(
        "{what}: observed, {observed}; estimated, {estimated}; possible, {possible}.",
        what=row["label"].capitalize(), observed=_sentence(row["observed"]),
        estimated=_estimate_text(row["estimated"]), possible=_sentence(row["possible"]),
    )  # fmt: skip


def _estimate_text(cell: Said) -> str:
    if not cell["number"]:
        return f"{cell['words']}: {cell['more'][0] if cell['more'] else ''}".rstrip(": ")
    return f"{_sentence(cell)} ({cell['interval']})"


def _title(row: Said) -> list[str]:
    return wrapped(row["label"][:1].upper() + row["label"][1:], _TITLE, _room(), "bold")


def _room() -> float:
    return WIDTH_IN - 2.4 * _EDGE_IN


def _tracks(row: Said) -> list[_Track]:
    heads = {
        "observed": say("Observed: "), "estimated": say("Estimated: "),
        "possible": say("Possible: "),
    }  # fmt: skip
    texts = {
        "observed": _sentence(row["observed"]),
        "estimated": _estimate_text(row["estimated"]),
        "possible": _sentence(row["possible"])
        + (say(", no upper bound") if _is_open(row["possible"]) else ""),
    }
    return [
        _Track(
            lines=tuple(wrapped(head + texts[form], _TEXT, _room())),
            form=form,
            values=tuple(math.nan if one is None else one for one in row[form]["values"]),
        )
        for form, head in heads.items()
    ]


def _is_open(cell: Said) -> bool:
    return bool(cell["values"]) and cell["values"][1] is not None and cell["values"][2] is None


def _height(title: Sequence[str], tracks: Sequence[_Track]) -> float:
    return len(title) * 0.21 + 0.04 + sum(one.height for one in tracks) + _AXIS_IN + _GAP_IN


def _draw(
    axes: Axes, row: Said, title: Sequence[str], tracks: Sequence[_Track], whole_km: float
) -> None:
    """Draw one quantity; one unit upward is one inch, to the right one unit of the quantity."""
    tall = _height(title, tracks) - _GAP_IN
    end = whole_km if row["is_border"] else _end(_numbers(row))
    axes.set(xlim=(0, end), ylim=(0, tall))
    axes.patch.set_alpha(0)
    y = tall
    for text in title:
        axes.text(0, y - 0.17, text, size=_TITLE, weight="bold", color=BLACK)
        y -= 0.21
    y -= 0.04
    observed = tracks[0].values[0] if tracks[0].values else math.nan
    first = y - len(tracks[0].lines) * _LINE_IN
    for track in tracks:
        for text in track.lines:
            axes.text(0, y - 0.155, text, size=_TEXT, color=BLACK)
            y -= _LINE_IN
        _ink(axes, track, y - _BAR_IN, end)
        y -= _BAR_IN + 0.08
    if _finite(observed) and observed > 0:
        for at in _between(first, tracks):
            axes.plot([observed] * 2, at, color=SOLID, linewidth=0.9, linestyle=(0, (2, 2)))
    _axis(axes, row, end, first + len(tracks[0].lines) * _LINE_IN - 0.04)


def _between(first: float, tracks: Sequence[_Track]) -> list[tuple[float, float]]:
    """Where the thin line at the confirmed number runs: beside the bars, never through words."""
    places, y = [], first
    for number, track in enumerate(tracks):
        y -= len(track.lines) * _LINE_IN if number else 0.0
        places.append((y - _BAR_IN - 0.02, y - 0.01))
        y -= _BAR_IN + 0.08
    return places[1:]


def _end(numbers: Sequence[float]) -> float:
    most = max((one for one in numbers if _finite(one)), default=0.0)
    return 1.12 * most or 1.0


def _ink(axes: Axes, track: _Track, base: float, end: float) -> None:
    rail = base + _BAR_IN / 2
    axes.plot([0, end], [base - 0.015] * 2, color=HATCH, linewidth=0.5, clip_on=False)
    if not track.values or not any(map(_finite, track.values)):
        return
    value, low, high = track.values
    if track.form == "observed":
        axes.add_patch(Rectangle((0, base), value, _BAR_IN, facecolor=SOLID, edgecolor=SOLID))
    elif track.form == "estimated":
        axes.plot([low, high], [rail] * 2, color=BLACK, linewidth=2, solid_capstyle="butt")
        for at in (low, high):
            axes.plot([at] * 2, [base + 0.015, base + _BAR_IN - 0.015], color=BLACK, linewidth=2,
                      clip_on=False)  # fmt: skip
        axes.plot([value], [rail], "o", color=BLACK, markersize=8.5, clip_on=False)
    else:
        most = high if _finite(high) else end
        axes.add_patch(
            Rectangle((low, base), most - low, _BAR_IN, facecolor="white", edgecolor=HATCH,
                      hatch="////", linewidth=1.0)
        )  # fmt: skip
        if not _finite(high):
            axes.plot([end], [rail], ">", color=HATCH, markersize=9, clip_on=False)


def _axis(axes: Axes, row: Said, end: float, top: float) -> None:
    """A scale under the bars; of border the line where it ends, up to `top`."""
    base, is_border = _AXIS_IN, row["is_border"]
    axes.plot([0, end], [base] * 2, color=GREY, linewidth=0.8, clip_on=False)
    ticks = [one for one in MaxNLocator(nbins=4, steps=[1, 2, 5, 10]).tick_values(0, end)
             if 0 <= one < (0.86 if is_border else 1.001) * end]  # fmt: skip
    show = FuncFormatter(lambda value, _: f"{value:,.10g}")
    for at in ticks:
        axes.plot([at] * 2, [base, base - 0.05], color=GREY, linewidth=0.8, clip_on=False)
        axes.text(at, base - 0.08, show(at), size=_SMALL, color=GREY, va="top",
                  ha="left" if at == 0 else "center")  # fmt: skip
    words = f"{said(row['unit'])} {row['thing']}".strip()
    axes.text(0, base - 0.25, words, size=_SMALL, color=GREY, va="top")
    if is_border:
        axes.plot([end] * 2, [base - 0.06, top], color=BLACK, linewidth=2.2, clip_on=False)
        text = say("all of it:{space}{length}", space=THIN, length=length_text(end * 1000))
        axes.text(end, base - 0.25, text, size=_SMALL, color=BLACK, va="top", ha="right",
                  weight="bold")  # fmt: skip
    axes.set_axis_off()
