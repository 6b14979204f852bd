"""Context beside what was built: series and events on one axis of time, and never as a cause."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from vallum.ground.context import COLUMNS, Entry, Series
from vallum.ground.when import When
from vallum.report.book import Book
from vallum.report.built import Built, drawn_in, frame, ink
from vallum.report.export import safe_text
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
    width_in,
    wrapped,
)
from vallum.report.figures.years import time_axis
from vallum.report.printing import date_text, day_text, month_text, number_text
from vallum.report.tongue import many, said, say, sentences
from vallum.report.words import marked

WORDS = "Context, never cause"
MEANS = (
    "What else was counted or happened at the time, on the same axis. That two things happen at "
    "one time does not say that one brought about the other. Years that are not listed are not "
    "known here; they are not zero."
)
_MADE_UP = (
    "What was built here is SIMULATED and shows no real place; the series and events are real "
    "and have nothing to do with it."
)
WIDTH_IN = 4.2
_LEFT_IN, _RIGHT_IN, _EDGE_IN = 0.55, 0.17, 0.12
_CURVE_IN, _SERIES_IN, _EVENT_IN = 1.75, 0.95, 0.17
_TITLE_IN, _TICKS_IN, _KEY_IN, _LINE_IN, _MORE_IN = 0.3, 0.3, 0.22, 0.165, 0.24
_TEXT, _SMALL = 10.5, 9.0
_MOST_EVENTS = 12


def context_model(book: Book) -> dict[str, Any]:
    """Return the part as plain JSON; empty where there is no context, or no curve to set it by."""
    if not book.context or _curve_of(book) is None:
        return {}
    return {
        "words": said(WORDS),
        "means": said(MEANS),
        "made_up": said(_MADE_UP) if book.is_simulated else "",
        "series": [_series(one) for one in book.context],
        "sources": _sources(book.context),
    }


def _curve_of(book: Book) -> Built | None:
    return next((one for one in book.built if one.days), None)


def _series(one: Series) -> dict[str, Any]:
    return {
        "name": said(one.name),
        "unit": said(one.unit),
        "is_events": one.is_events,
        "rows": [_row(one, entry) for entry in one.entries],
    }


def _row(series: Series, entry: Entry) -> dict[str, Any]:
    return {
        "when": _day_text(entry.when),
        "earliest": entry.when.earliest.isoformat(),
        "latest": entry.when.latest.isoformat(),
        "what": said(entry.says) or _value_text(series, entry),
        "value": entry.value,
        "source": said(entry.source),
        "source_url": entry.source_url,
        # Where it was read is printed, and never a link: the page reaches for nothing.
        "read_at": re.sub(r"^[a-z]+://", "", entry.source_url),
        "accessed": say("read {day}", day=entry.accessed) if entry.accessed else "",
    }


def _value_text(series: Series, entry: Entry) -> str:
    return "" if entry.value is None else f"{number_text(entry.value)} {said(series.unit)}".strip()


def _day_text(when: When) -> str:
    first, last = when.earliest, when.latest
    is_month = first.day == 1 and (last.year, last.month) == (first.year, first.month)
    if is_month and (last.toordinal() - first.toordinal()) > 26:
        return month_text(first)
    return day_text(str(when))


def _sources(series: Sequence[Series]) -> list[str]:
    return list(dict.fromkeys(said(entry.source) for one in series for entry in one.entries))


def context_csv(book: Book) -> bytes:
    """The context as the table that `ground.context.read` takes; UTF-8 with a mark."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in book.context:
        for entry in one.entries:
            value = entry.says if entry.value is None else f"{entry.value:.15g}"
            cells = (one.name, one.unit, entry.as_stated or str(entry.when), value, entry.source,
                     entry.source_url, entry.accessed)  # fmt: skip
            writer.writerow([cells[3] if entry.value is not None and n == 3 else safe_text(cell)
                             for n, cell in enumerate(cells)])  # fmt: skip
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def context_figure(book: Book) -> Figures | None:
    """Draw what was built over the series and events; None where `context_model` is empty."""
    curve = _curve_of(book)
    if curve is None or not book.context:
        return None
    counted = [one for one in book.context if not one.is_events]
    happened = sorted(
        (entry for one in book.context if one.is_events for entry in one.entries),
        key=lambda entry: (entry.when, entry.says),
    )
    shown, left_out = happened[:_MOST_EVENTS], len(happened) - _MOST_EVENTS
    more = many(left_out, "{n} more event in the table.", "{n} more events in the table.")
    notes = (
        *((said(_MADE_UP),) if book.is_simulated else ()), *((more,) if left_out > 0 else ())
    )  # fmt: skip
    head = say("{words}.", words=said(WORDS))
    alt = marked(book, sentences(head, _in_words(curve, counted, shown)))
    with ready():
        lines = _lines(shown, _sources(book.context), notes)
        foot = footer_in(book, WIDTH_IN) + len(lines) * _LINE_IN + 0.08
        tall = _height(counted, shown) + foot
        figure = new_figure(WIDTH_IN, tall)
        draw_footer(figure, book)
        _draw(figure, curve, counted, shown)
        for number, (text, colour) in enumerate(reversed(lines)):
            y = footer_in(book, WIDTH_IN) + 0.06 + number * _LINE_IN
            figure.text(_EDGE_IN / WIDTH_IN, y / tall, text, size=_SMALL, color=colour)
        mark_simulated(figure, book, rows=2)
        svg, png = save(figure, book, f"{book.name}: {said(WORDS).lower()}", alt)
    return Figures(svg=svg, png=png, alt=alt, notes=notes)


def _in_words(curve: Built, counted: Sequence[Series], happened: Sequence[Entry]) -> str:
    told = [
        say(
            "{what}, km by date, from {first} to {last}.", what=said(curve.what).capitalize(),
            first=date_text(curve.days[0]), last=date_text(curve.days[-1]),
        )
    ]  # fmt: skip
    for one in counted:
        values = ", ".join(
            say("{value} in {when}", value=_value_text(one, entry), when=_day_text(entry.when))
            for entry in one.entries
        )
        told.append(say("{name}: {values}.", name=said(one.name), values=values))
    told += [
        say("{when}: {what}.", when=_day_text(entry.when), what=said(entry.says))
        for entry in happened
    ]
    return sentences(*told)


def _lines(
    happened: Sequence[Entry], sources: Sequence[str], notes: Sequence[str]
) -> list[tuple[str, str]]:
    """What stands under the axes: the events by number, the sources, the notes."""
    room = WIDTH_IN - 2 * _EDGE_IN
    told: list[tuple[str, str]] = []
    for number, entry in enumerate(happened, start=1):
        text = f"{number}  {_day_text(entry.when)}: {said(entry.says)}"
        told += [(line, BLACK) for line in wrapped(legible(text), _SMALL, room)]
    named = say("Sources: {sources}.", sources="; ".join(sources))
    for text in (named, *notes):
        told += [(line, GREY) for line in wrapped(legible(text), _SMALL, room)]
    return told


def _height(counted: Sequence[Series], happened: Sequence[Entry]) -> float:
    """Height in inches of everything above the words."""
    tall = _EDGE_IN + _TITLE_IN + _TITLE_IN + _CURVE_IN + _TICKS_IN + _KEY_IN
    tall += len(counted) * (_TITLE_IN + _SERIES_IN + 0.12)
    tall += sum(_titled(one).count("\n") for one in counted) * _MORE_IN
    if happened:
        tall += _TITLE_IN + len(happened) * _EVENT_IN + 0.1
    return tall + _TICKS_IN


def _draw(
    figure: Figure, curve: Built, counted: Sequence[Series], happened: Sequence[Entry]
) -> None:
    tall = figure.get_figheight()
    ends = _time_of(curve, counted, happened)
    y = tall - _EDGE_IN
    y = _title(figure, y, said(WORDS), size=_TEXT + 1.5)
    y = _title(figure, y, say("{what}, km by date", what=said(curve.what).capitalize()))
    axes = _axes(figure, y, _CURVE_IN)
    ink(axes, curve)
    frame(axes, curve, ends)
    axes.tick_params(labelsize=_SMALL)
    if not curve.is_certain:
        axes.legend(*drawn_in(axes, curve), loc="upper center", bbox_to_anchor=(0.45, -0.13),
                    fontsize=_SMALL, ncols=3, frameon=False, borderpad=0, handlelength=1.6,
                    columnspacing=1.4)  # fmt: skip
    y -= _CURVE_IN + _TICKS_IN + _KEY_IN
    for number, one in enumerate(counted):
        y = _title(figure, y, _titled(one))
        axes = _axes(figure, y, _SERIES_IN)
        _values(axes, one)
        is_last = not happened and number == len(counted) - 1
        _time(axes, ends, has_words=is_last)
        y -= _SERIES_IN + 0.12
    if happened:
        y = _title(figure, y, say("Events"))
        axes = _axes(figure, y, len(happened) * _EVENT_IN + 0.06)
        _events(axes, happened)
        _time(axes, ends, has_words=True)


def _titled(one: Series) -> str:
    return "\n".join(
        wrapped(
            legible(f"{said(one.name)} ({said(one.unit)})"), _TEXT, WIDTH_IN - 2 * _EDGE_IN, "bold"
        )
    )


def _time_of(
    curve: Built, counted: Sequence[Series], happened: Sequence[Entry]
) -> tuple[date, date]:
    """The axis of time: all that the curve, the series and the events speak of."""
    entries = [*(entry for one in counted for entry in one.entries), *happened]
    return (
        min([curve.days[0], *(entry.when.earliest for entry in entries)]),
        max([curve.days[-1], *(entry.when.latest for entry in entries)]) + timedelta(days=1),
    )


def _title(figure: Figure, y: float, text: str, size: float = _TEXT) -> float:
    """Write a heading downward from `y`, in inches, and return where the next thing begins."""
    tall = figure.get_figheight()
    figure.text(_EDGE_IN / WIDTH_IN, (y - 0.04) / tall, text, size=size, weight="bold",
                color=BLACK, va="top", linespacing=1.15)  # fmt: skip
    return y - _TITLE_IN - text.count("\n") * _MORE_IN


def _axes(figure: Figure, top: float, height: float) -> Axes:
    tall = figure.get_figheight()
    wide = (WIDTH_IN - _LEFT_IN - _RIGHT_IN) / WIDTH_IN
    axes = figure.add_axes((_LEFT_IN / WIDTH_IN, (top - height) / tall, wide, height / tall))
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return axes


def _time(axes: Axes, ends: tuple[date, date], *, has_words: bool) -> None:
    axes.set_xlim(*date2num(ends))  # type: ignore[no-untyped-call]
    time_axis(axes, _SMALL, BLACK)
    axes.tick_params(labelsize=_SMALL, colors=BLACK, labelbottom=has_words)
    axes.grid(axis="x", color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)


def _extent(when: When) -> tuple[float, float]:
    start, end = (float(date2num(day)) for day in (when.earliest, when.latest))  # type: ignore[no-untyped-call]
    return start, end + 1


def _values(axes: Axes, series: Series) -> None:
    """Draw each value as a block over the time that it is true of, with its number on it."""
    most = max((abs(entry.value or 0.0) for entry in series.entries), default=1.0) or 1.0
    least = min((entry.value or 0.0 for entry in series.entries), default=0.0)
    axes.set_ylim(min(0.0, least * 1.3), most * 1.3)
    for entry in series.entries:
        start, end = _extent(entry.when)
        value = entry.value or 0.0
        axes.bar(start, value, width=end - start, align="edge", facecolor="#d9d9d9",
                 edgecolor=GREY, linewidth=1)  # fmt: skip
        axes.text((start + end) / 2, max(value, 0.0) + 0.04 * most, number_text(value),
                  size=_SMALL, color=BLACK, ha="center", va="bottom", clip_on=True)  # fmt: skip
    axes.yaxis.set_major_locator(MaxNLocator(nbins=3))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))


def _events(axes: Axes, happened: Sequence[Entry]) -> None:
    axes.set_ylim(0, len(happened) * _EVENT_IN + 0.06)
    for number, entry in enumerate(happened, start=1):
        start, end = _extent(entry.when)
        y = (len(happened) - number + 0.5) * _EVENT_IN + 0.03
        axes.plot([start, end], [y, y], color=GREY, linewidth=2.4, solid_capstyle="butt")
        for edge in (start, end):
            axes.plot([edge] * 2, [y - 0.045, y + 0.045], color=GREY, linewidth=1.2)
        axes.annotate(f"{number}", (start, y), xytext=(-3 - 72 * width_in("0", _SMALL) / 2, 0),
                      textcoords="offset points", size=_SMALL, weight="bold", color=BLACK,
                      ha="center", va="center", annotation_clip=False)  # fmt: skip
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
