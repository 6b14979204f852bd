"""Built by when: what the looks prove of the dates, and what is estimated between them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.figure import Figure

from vallum.ground.numbers import parts_of
from vallum.ground.records import Estimate, to_json
from vallum.report.book import Book
from vallum.report.figures.ink import (
    BLACK,
    GREY,
    PALE,
    RULE,
    Figures,
    draw_footer,
    footer_in,
    mark_simulated,
    new_figure,
    ready,
    save,
    wrapped,
)
from vallum.report.figures.years import time_axis
from vallum.report.printing import (
    STAGE_LABELS,
    Scaled,
    date_text,
    label_of,
    way_of,
)
from vallum.report.tongue import listed, many, said, say, sentences
from vallum.report.words import marked

_SLACK_KM = 1e-6
_LEAST_SEEN = 0.02  # of the time; shorter pieces of a line are less than a hair wide
WIDTH_IN, TALL_IN = 4.2, 3.3
_TEXT, _SMALL = 10.5, 9.5
BAND = "#9ecae1"  # lies on the grey and is told from it by its dashed edges


@dataclass(frozen=True, kw_only=True)
class Built:
    """Kilometres of confirmed barrier built (or removed) by date; all lists have one length.

    Attributes:
        what: "barrier built" or "barrier removed".
        total_km: length of all confirmed barrier that the curve speaks of.
        n: findings.
        days: in order.
        low: all built as late as the looks allow; holds from its day on.
        high: all built as early as the looks allow; holds from its day on.
        value: the estimate between them, Turnbull's; straight between days; NaN where looks divide
            time too little for one.
        band_low: lower end of its 95 % band; NaN where there is none.
        band_high: upper end.
        note: what has to stand beside the picture.
    """

    what: str
    total_km: float
    n: int
    days: tuple[date, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    value: tuple[float, ...]
    band_low: tuple[float, ...]
    band_high: tuple[float, ...]
    note: str = ""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Built:
        """Return it from the plain data of `measure.onset.Curve.as_data`."""
        lists = {
            name: tuple(math.nan if one is None else float(one) for one in data[name])
            for name in ("low", "high", "value", "band_low", "band_high")
        }
        days = tuple(date.fromisoformat(day) for day in data["days"])
        return cls(
            what=data["what"], total_km=float(data["total"]), n=int(data["n"]), days=days,
            note=data.get("note", ""), **lists,
        )  # fmt: skip

    @property
    def is_certain(self) -> bool:
        """Whether the looks leave nothing open."""
        return self.low == self.high

    @property
    def has_band(self) -> bool:
        """Whether enough findings are dated for a band."""
        return _has_line(self.days, self.band_low)

    @property
    def has_estimate(self) -> bool:
        """Whether there is an estimate for any stretch of time."""
        return _has_line(self.days, self.value)


def _has_line(days: Sequence[date], values: Sequence[float]) -> bool:
    """Say whether enough neighbours are known for a line that can be seen."""
    known = sum(
        (end - start).days
        for (start, one), (end, two) in pairwise(zip(days, values, strict=True))
        if math.isfinite(one) and math.isfinite(two)
    )
    return known > _LEAST_SEEN * max((days[-1] - days[0]).days, 1) if days else False


def built_model(book: Book) -> dict[str, Any]:
    """Return the part as plain JSON; empty lists where nothing is dated."""
    dated = [one for one in book.estimates if parts_of(one.name).quantity in _BY]
    stages = [one for one in book.estimates if parts_of(one.name).quantity == _AT_STAGE]
    order = list(STAGE_LABELS)
    scaled = Scaled.over([number for one in dated for number in (one.value, one.high)], "km")
    rest = [one for name in _OPEN if (one := book.estimate(name)) is not None and one.value]
    return {
        "curves": [_curve(one) for one in book.built],
        "rows": [_dated(one, scaled) for one in sorted(dated, key=_when)],
        "open": [_plain(one) for one in rest],
        "stages": [
            _plain(one) | {"label": STAGE_LABELS.get(parts_of(one.name).change, one.name)}
            for one in sorted(stages, key=lambda one: order.index(parts_of(one.name).change))
        ],
    }


_BY = frozenset({"barrier_km_built_by", "barrier_km_removed_by"})
_AT_STAGE = "barrier_km_at_stage"
_OPEN = ("barrier_km_undated", "barrier_km_not_enough_looks")


def _curve(one: Built) -> dict[str, Any]:
    lists = ("low", "high", "value", "band_low", "band_high")
    return {
        "what": said(one.what),
        "total": Scaled.over([one.total_km], "km").text(one.total_km),
        "findings": _findings(one.n),
        "note": said(one.note),
        "days": [day.isoformat() for day in one.days],
        **{name: [to_json(value) for value in getattr(one, name)] for name in lists},
    }


def _when(one: Estimate) -> tuple[str, str]:
    parts = parts_of(one.name)
    return parts.quantity, parts.at


def _dated(one: Estimate, scaled: Scaled) -> dict[str, Any]:
    parts = parts_of(one.name)
    is_open = one.low < one.high
    return {
        "what": said(parts.quantity.split("_")[2]),
        "day": date_text(date.fromisoformat(parts.at)),
        "limits": scaled.range_text(one.low, one.high, " and ")
        if is_open
        else scaled.text(one.low, way_of(one)),
        "words": say("certainly between") if is_open else said(one.wording),
        "estimate": _estimate_text(one, scaled) if is_open else "",
        "findings": _findings(one.n) if one.n else "",
        "denominator": said(one.denominator),
        "trace": one.name,
        "values": [to_json(number) for number in (one.value, one.low, one.high)],
    }


NOT_DIVIDED = "none: looks divide this time too little"


def _estimate_text(one: Estimate, scaled: Scaled) -> str:
    if not math.isfinite(one.value):
        return said(NOT_DIVIDED)
    return say("about {what}", what=scaled.text(one.value))


def _findings(n: int) -> str:
    return many(n, "{n} finding", "{n} findings")


def _plain(one: Estimate) -> dict[str, Any]:
    scaled = Scaled.over([one.value], one.unit)
    return {
        "label": label_of(one.name),
        "words": said(one.wording),
        "number": scaled.text(one.value, way_of(one)),
        "findings": _findings(one.n) if one.n else "",
        "denominator": said(one.denominator),
        "trace": one.name,
        "values": [to_json(float(one.value))],
    }


def built_figure(book: Book) -> Figures | None:
    """Draw the curves, one under the other; None where nothing is dated."""
    curves = [one for one in book.built if one.days]
    if not curves:
        return None
    alt = marked(book, sentences(say("Kilometres by date."), *map(_in_words, curves)))
    with ready():
        foot = footer_in(book, WIDTH_IN)
        figure = new_figure(WIDTH_IN, TALL_IN * len(curves) + foot)
        draw_footer(figure, book)
        for number, one in enumerate(curves):
            _draw(figure, one, foot + TALL_IN * (len(curves) - 1 - number))
        mark_simulated(figure, book, rows=len(curves))
        svg, png = save(figure, book, f"{book.name}: {say('built by when')}", alt)
    return Figures(
        svg=svg, png=png, alt=alt, notes=tuple(said(one.note) for one in curves if one.note)
    )


def _in_words(one: Built) -> str:
    scaled = Scaled.over([one.total_km], "km")
    middle = len(one.days) // 2
    told = [
        say("{km} by {day}", km=_between(scaled, one.low[at], one.high[at]),
            day=date_text(one.days[at]))
        for at in (middle, -1)
    ]  # fmt: skip
    return say(
        "{what}, {total} in all: {told}.",
        what=said(one.what).capitalize(), total=scaled.text(one.total_km), told=listed(told),
    )  # fmt: skip


def _between(scaled: Scaled, low: float, high: float) -> str:
    if high - low < _SLACK_KM:
        return scaled.text(low)
    return say("between {range}", range=scaled.range_text(low, high, " and "))


def _draw(figure: Figure, one: Built, base_in: float) -> None:
    tall = figure.get_figheight()
    base = base_in / tall
    title = say("{what}, km by date", what=said(one.what).capitalize())
    top = base + (TALL_IN - 0.12) / tall
    for line, text in enumerate(wrapped(title, _TEXT + 0.5, WIDTH_IN - 0.2, "bold")):
        figure.text(0.1 / WIDTH_IN, top - line * 0.2 / tall, text, size=_TEXT + 0.5, weight="bold",
                    color=BLACK, va="top")  # fmt: skip
    axes = figure.add_axes(
        (0.55 / WIDTH_IN, base + 0.95 / tall, (WIDTH_IN - 0.72) / WIDTH_IN, (TALL_IN - 1.4) / tall)
    )
    ink(axes, one)
    frame(axes, one, (one.days[0], one.days[-1]))
    if not one.is_certain:
        handles, names = drawn_in(axes, one)
        axes.legend(
            handles, names, loc="upper center", bbox_to_anchor=(0.45, -0.2), fontsize=_SMALL,
            ncols=len(names), frameon=False, handlelength=1.6, columnspacing=1.4, borderpad=0,
        )  # fmt: skip


def drawn_in(axes: Axes, one: Built) -> tuple[list[Any], list[str]]:
    """What a curve shows, with its name: only what is there to be seen."""
    names = [
        say("certain limits"),
        *([say("95 % band")] if one.has_band else []),
        *([say("estimate")] if one.has_estimate else []),
    ]
    handles, labels = axes.get_legend_handles_labels()
    known = dict(zip(labels, handles, strict=True))
    return [known[name] for name in names], list(names)


def ink(axes: Axes, one: Built) -> None:
    """Draw limits, band and estimate; no line runs over a time for which there is none."""
    x = date2num(one.days)  # type: ignore[no-untyped-call]
    if one.is_certain:
        axes.step(x, one.low, where="post", color=BLACK, linewidth=1.6)
        return
    axes.fill_between(
        x, one.low, one.high, step="post", facecolor=PALE, edgecolor=GREY, linewidth=0.8,
        label=say("certain limits"),
    )  # fmt: skip
    if one.has_band:
        axes.fill_between(
            x, one.band_low, one.band_high, facecolor=BAND, edgecolor=BLACK, linewidth=0.8,
            linestyle=(0, (2, 2)), alpha=0.75, label=say("95 % band"),
        )  # fmt: skip
    if one.has_estimate:
        axes.plot(x, one.value, color=BLACK, linewidth=1.8, label=say("estimate"))


def frame(axes: Axes, one: Built, ends: tuple[date, date]) -> None:
    """Set scales and ticks; the dashed line is all that the curve speaks of."""
    axes.set_ylim(0, one.total_km * 1.02 or 1)
    axes.set_xlim(*date2num(ends))  # type: ignore[no-untyped-call]
    axes.axhline(one.total_km, color=BLACK, linewidth=1, linestyle=(0, (5, 3)))
    time_axis(axes, _SMALL, BLACK)
    axes.tick_params(labelsize=_SMALL, colors=BLACK)
    axes.grid(color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
