"""The coverage calendar: which kilometre was imaged when, how well, and where nothing was seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter, DayLocator, MonthLocator, YearLocator
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from vallum.ground.records import Look, Scene
from vallum.ground.span import Span, Spans
from vallum.ground.when import When
from vallum.report.book import Book
from vallum.report.figures.ink import (
    BLACK,
    GREY,
    HATCH,
    RULE,
    Figures,
    Pattern,
    Table,
    day_number,
    draw_footer,
    flow,
    footer_in,
    mark_simulated,
    new_figure,
    ready,
    save,
    swatch,
    width_in,
    wrapped,
)
from vallum.report.printing import day_text, length_text, number_text, share_text
from vallum.report.tongue import many, said, say
from vallum.report.words import marked

WIDTH_IN = 9.6
_LEFT_IN, _RIGHT_IN, _EDGE_IN = 2.35, 0.3, 0.12
_PLOT_IN = WIDTH_IN - _LEFT_IN - _RIGHT_IN
_TALL_IN, _LANE_IN, _TITLE_IN = 3.0, 0.2, 0.42
_SIZE, _NOTE_SIZE = 9.0, 8.0
_MOST_ROWS = 40
_BANDS = "#f1f1ee"
CLEAR, HIDDEN, FOOTPRINT, LOOKING = "clear", "hidden", "footprint", "looking"
SHOWN = {
    CLEAR: (Pattern(face="#0b4f7d", edge="#0b4f7d"), "clear across the corridor"),
    HIDDEN: (Pattern(face="#cfe0ea", edge="#5d86a0", hatch="...."),
             "pixels, hidden by cloud, haze, snow or shadow in part"),
    LOOKING: (Pattern(face="#fff3cf", edge="#8a6100", hatch="||||"),
              "for looking only, never measured"),
    FOOTPRINT: (Pattern(face="white", edge="#555555"), "footprint only, no pixels here"),
}  # fmt: skip
_BLIND = Pattern(face="white", edge=HATCH, hatch="////")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What one image lets one see along the line, by what it shows."""

    scene: Scene
    parts: dict[str, Spans]


def seen_of(book: Book) -> list[Seen]:
    """Return what every image in use shows of the extent, by date; those that show nothing not."""
    looks: dict[str, list[Look]] = defaultdict(list)
    for look in book.looks:
        looks[look.scene].append(look)
    found = []
    for scene in sorted(book.scenes, key=lambda one: (one.taken, one.sensor, one.id)):
        mine = looks.get(scene.id, [])
        if scene.set_aside or scene.repeats or not mine:
            continue
        seen = _joined(book, (part for look in mine for part in look.seen))
        valid = _joined(book, (part for look in mine for part in look.valid))
        parts = {CLEAR: seen, HIDDEN: valid - seen}
        if not (scene.n_bands or scene.has_pixels):
            parts = {FOOTPRINT: seen | valid}
        elif scene.looking_only:
            parts = {LOOKING: seen | valid}
        parts = {key: spans for key, spans in parts.items() if spans}
        if parts:
            found.append(Seen(scene=scene, parts=parts))
    return found


def _joined(book: Book, spans: Iterable[Span]) -> Spans:
    return Spans(spans) & book.extent


def clear_in(book: Book, seen: Sequence[Seen], epoch: When) -> Spans:
    """Return where any image of an epoch is clear."""
    return Spans(
        part
        for one in seen
        if one.scene.taken.overlaps(epoch)
        for part in one.parts.get(CLEAR, Spans())
    ) & Spans((book.extent,))


def calendar_figure(book: Book) -> Figures | None:
    """Draw the calendar of a book; None where it holds no image."""
    seen = seen_of(book)
    if not seen:
        return None
    lanes = _lanes(book, seen)
    notes = _notes(book, seen)
    with ready():
        figure = _drawn(book, seen, lanes, notes)
        mark_simulated(figure, book)
        alt = _alt(book, seen, lanes)
        svg, png = save(figure, book, say("{name}: coverage calendar", name=book.name), alt)
    return Figures(
        svg=svg, png=png, alt=alt, notes=tuple(notes), table=_table(book, seen, lanes)
    )  # fmt: skip


def _lanes(book: Book, seen: Sequence[Seen]) -> list[tuple[str, Spans]]:
    """What has no clear image: before, after, and in either; the loud part of the figure."""
    whole = Spans((book.extent,))
    before, after = (clear_in(book, seen, epoch) for epoch in (book.before, book.after))
    return [
        (say("nothing clear before"), whole - before),
        (say("nothing clear after"), whole - after),
    ]


def _notes(book: Book, seen: Sequence[Seen]) -> list[str]:
    notes = [
        say(
            "Hatched: no image of that time shows the corridor clearly. What stands there, "
            "and what was built there, cannot be told from these images."
        )
    ]
    if any(one.scene.taken.days > 1 for one in seen):
        notes.append(
            say(
                "A tall bar is an image whose day is not known: its height is the time in question."
            )
        )
    aside = sum(bool(scene.set_aside) for scene in book.scenes)
    if aside:
        notes.append(
            many(aside, "{n} image was set aside and is not drawn.",
                 "{n} images were set aside and are not drawn.")
        )  # fmt: skip
    return notes


def _alt(book: Book, seen: Sequence[Seen], lanes: Sequence[tuple[str, Spans]]) -> str:
    first, last = seen[0].scene.taken.earliest, max(one.scene.taken.latest for one in seen)
    missing = "; ".join(f"{what}: {length_text(spans.length_m)}" for what, spans in lanes)
    text = say(
        "Calendar of images: kilometres along the line from left to right, time from bottom to "
        "top. {images} from {first} to {last} over {length} of border. {missing}.",
        images=many(len(seen), "{n} image", "{n} images"), first=day_text(str(first)),
        last=day_text(str(last)), length=length_text(book.extent.length_m), missing=missing,
    )  # fmt: skip
    return marked(book, text)


def _table(book: Book, seen: Sequence[Seen], lanes: Sequence[tuple[str, Spans]]) -> Table:
    """One row for each date and sensor, or for each year where they are too many."""

    def by_day(one: Seen) -> str:
        return day_text(str(one.scene.taken))

    def by_year(one: Seen) -> str:
        return f"{one.scene.taken.latest.year}"

    groups = _grouped(seen, by_day)
    if len(groups) > _MOST_ROWS:
        groups = _grouped(seen, by_year)
    rows = [
        (when, number_text(len(members)), *(_length(members, key) for key in SHOWN))
        for when, members in groups.items()
    ]
    total_m = book.extent.length_m
    rows += [
        (what, "", length_text(spans.length_m), share_text(spans.length_m / total_m), "", "")
        for what, spans in lanes
    ]
    head = (say("Taken"), say("Images"), *(said(word) for _, word in SHOWN.values()))
    return Table(head=head, rows=tuple(rows), caption=say("Which border was imaged when"))


def _grouped(seen: Sequence[Seen], key: Callable[[Seen], str]) -> dict[str, list[Seen]]:
    groups: dict[str, list[Seen]] = defaultdict(list)
    for one in seen:
        groups[key(one)].append(one)
    return dict(groups)


def _length(members: Sequence[Seen], key: str) -> str:
    spans = Spans(part for one in members for part in one.parts.get(key, Spans()))
    return length_text(spans.length_m) if spans else "–"


def _drawn(
    book: Book, seen: Sequence[Seen], lanes: Sequence[tuple[str, Spans]], notes: Sequence[str]
) -> Figure:
    lines = [part for note in notes for part in wrapped(note, _NOTE_SIZE, WIDTH_IN - 0.3)]
    present = [key for key in SHOWN if any(key in one.parts for one in seen)]
    entries = [(SHOWN[key][0], said(SHOWN[key][1])) for key in present]
    entries.append((_BLIND, say("no clear image")))
    entries.append((Pattern(face=_BANDS, edge="#b5b5ad"), say("time that was asked about")))
    key_rows = flow(entries, WIDTH_IN - 2 * _EDGE_IN, _SIZE)
    foot = footer_in(book, WIDTH_IN)
    below = foot + 0.17 * len(lines) + 0.25 * len(key_rows) + 0.2
    axis_in, lanes_in = 0.62, len(lanes) * (_LANE_IN + 0.06) + 0.08
    height = _TITLE_IN + _TALL_IN + lanes_in + axis_in + below
    figure = new_figure(WIDTH_IN, height)

    def place(bottom: float, tall: float) -> Axes:
        return figure.add_axes(
            (_LEFT_IN / WIDTH_IN, bottom / height, _PLOT_IN / WIDTH_IN, tall / height)
        )

    _times(place(below + axis_in + lanes_in, _TALL_IN), book, seen, lanes)
    figure.text(_EDGE_IN / WIDTH_IN, 1 - 0.22 / height, say("Which border was imaged when"),
                size=12, weight="bold", color=BLACK, va="center")  # fmt: skip
    for number, (what, spans) in enumerate(lanes):
        bottom = below + axis_in + (len(lanes) - 1 - number) * (_LANE_IN + 0.06)
        _lane(place(bottom, _LANE_IN), book, what, spans, is_last=number == len(lanes) - 1)
    _key(figure, key_rows, below - 0.12, height)
    for number, line in enumerate(lines):
        y = foot + 0.17 * (len(lines) - number - 0.5) + 0.04
        figure.text(_EDGE_IN / WIDTH_IN, y / height, line, size=_NOTE_SIZE, color=GREY, va="center")
    draw_footer(figure, book)
    return figure


def _key(
    figure: Figure, rows: Sequence[Sequence[tuple[float, Pattern, str]]], top: float, height: float
) -> None:
    axes = figure.add_axes((_EDGE_IN / WIDTH_IN, 0, 1 - 2 * _EDGE_IN / WIDTH_IN, top / height))
    axes.set_axis_off()
    axes.set_xlim(0, WIDTH_IN - 2 * _EDGE_IN)
    axes.set_ylim(0, top)
    for number, row in enumerate(rows):
        y = top - 0.25 * (number + 1)
        for x, pattern, label in row:
            swatch(axes, x, y + 0.03, (0.26, 0.13), pattern)
            axes.text(x + 0.33, y + 0.095, label, size=_SIZE, va="center", color=BLACK)


def _times(
    axes: Axes, book: Book, seen: Sequence[Seen], lanes: Sequence[tuple[str, Spans]]
) -> None:
    first = min(min(one.scene.taken.earliest for one in seen), book.before.earliest)
    last = max(max(one.scene.taken.latest for one in seen), book.after.latest)
    pad = timedelta(days=max(10, (last - first).days // 30))
    low, high = day_number(first - pad), day_number(last + pad)
    axes.set_ylim(low, high)
    axes.set_xlim(book.extent.start_m / 1000, book.extent.end_m / 1000)
    axes.set_facecolor("none")
    for side in axes.spines.values():
        side.set_color(HATCH)
    per_in = (high - low) / _TALL_IN
    for epoch, (_, blind) in zip((book.before, book.after), lanes, strict=True):
        _epoch(axes, epoch, blind)
    dates = {one.scene.taken.latest for one in seen}
    least = per_in * min(0.11, max(0.05, 0.6 * _TALL_IN / len(dates)))
    for one in seen:
        _image(axes, one, least)
    axes.set_xticks([])
    _time_ticks(axes, first, last)
    words = ((say("before"), book.before), (say("after"), book.after))
    for word, epoch in words:
        middle = (day_number(epoch.earliest) + day_number(epoch.latest)) / 2
        axes.annotate(
            word, (0, middle), xycoords=("axes fraction", "data"),
            xytext=(-(_LEFT_IN - _EDGE_IN) * 72, 0), textcoords="offset points", size=10,
            weight="bold", color=BLACK, va="center", ha="left", annotation_clip=False,
        )  # fmt: skip


def _epoch(axes: Axes, epoch: When, blind: Spans) -> None:
    """The time of an epoch, pale, and hatched where nothing of it is clear."""
    low, high = day_number(epoch.earliest), day_number(epoch.latest + timedelta(days=1))
    axes.axhspan(low, high, facecolor=_BANDS, edgecolor="none", zorder=0)
    axes.broken_barh(
        _runs(blind), (low, high - low), facecolor="white", edgecolor=HATCH, linewidth=0,
        hatch="////", zorder=0.5,
    )  # fmt: skip


def _runs(spans: Spans) -> list[tuple[float, float]]:
    return [(part.start_m / 1000, part.length_m / 1000) for part in spans]


def _image(axes: Axes, one: Seen, least: float) -> None:
    taken = one.scene.taken
    low, high = day_number(taken.earliest), day_number(taken.latest + timedelta(days=1))
    is_bracket = high - low > 1.5 * least
    if high - low < least:
        low, high = (low + high - least) / 2, (low + high + least) / 2
    for key, spans in one.parts.items():
        pattern = SHOWN[key][0]
        axes.broken_barh(
            _runs(spans), (low, high - low), facecolor=pattern.face, edgecolor=pattern.edge,
            linewidth=0.6 if pattern.hatch or key == FOOTPRINT else 0.3,
            hatch=pattern.hatch or None, zorder=3 if key == CLEAR else 2,
            alpha=0.55 if is_bracket else 1.0,
        )  # fmt: skip


def _time_ticks(axes: Axes, first: date, last: date) -> None:
    """Ticks as ISO dates, which read the same in every language."""
    years = (last - first).days / 365.25
    locator: Any
    if years > 2.5:
        locator, form = YearLocator(max(1, round(years / 10))), "%Y"  # type: ignore[no-untyped-call]
    elif years > 0.4:
        step = max(1, round(years * 12 / 10))
        locator, form = MonthLocator(interval=step), "%Y-%m"  # type: ignore[no-untyped-call]
    else:
        step = max(1, (last - first).days // 8)
        locator, form = DayLocator(interval=step), "%Y-%m-%d"  # type: ignore[no-untyped-call]
    axes.yaxis.set_major_locator(locator)
    axes.yaxis.set_major_formatter(DateFormatter(form))  # type: ignore[no-untyped-call]
    axes.grid(axis="y", color=RULE, lw=0.7, zorder=0.2)
    axes.tick_params(axis="y", labelsize=_SIZE, colors=BLACK, length=3)


def _lane(axes: Axes, book: Book, what: str, spans: Spans, *, is_last: bool) -> None:
    """What no image shows clearly, hatched, with its length."""
    axes.set_xlim(book.extent.start_m / 1000, book.extent.end_m / 1000)
    axes.set_ylim(0, 1)
    axes.set_yticks([])
    for name, side in axes.spines.items():
        side.set_color(HATCH)
        side.set_visible(name != "x")
    axes.broken_barh(
        _runs(spans), (0, 1), facecolor="white", edgecolor=_BLIND.edge, linewidth=0.8,
        hatch=_BLIND.hatch,
    )  # fmt: skip
    text = partial(axes.annotate, xycoords="axes fraction", textcoords="offset points",
                   va="center", color=BLACK, annotation_clip=False)  # fmt: skip
    room = _LEFT_IN - _EDGE_IN - 0.75
    size = _SIZE * min(1, room / width_in(what, _SIZE))
    text(length_text(spans.length_m), (0, 0.5), xytext=(-5, 0), size=_SIZE, weight="bold",
         ha="right")  # fmt: skip
    text(what, (0, 0.5), xytext=(-(_LEFT_IN - _EDGE_IN) * 72, 0), size=size, ha="left")
    if is_last:
        axes.xaxis.set_major_locator(MaxNLocator(nbins=10, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
        axes.tick_params(axis="x", labelsize=_SIZE, length=4, colors=BLACK)
        axes.set_xlabel(say("Kilometres along the line (chainage)"), size=_SIZE, color=BLACK)
    else:
        axes.set_xticks([])
