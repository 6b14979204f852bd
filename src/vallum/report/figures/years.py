"""The axis of time of all figures, with its days written as the language writes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num, num2date
from matplotlib.ticker import Formatter, NullFormatter

from vallum.report.printing import month_text, year_text
from vallum.report.tongue import ENGLISH, say, spoken


class _Days(Formatter):
    """Years where every tick begins one, else months with the year at each turn of it, or days.

    What a tick says never depends on the machine's locale, as names of months otherwise do.
    """

    def __call__(self, value: float, position: int | None = None) -> str:  # noqa: ARG002
        return year_text(_day(value).year)

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        days = [_day(value) for value in values]
        if all((day.month, day.day) == (1, 1) for day in days):
            return [year_text(day.year) for day in days]
        has_days = any(day.day != 1 for day in days)
        words, year = [], 0
        for day in days:
            month = say("{month}/{day}", month=day.month, day=day.day)
            words.append(month if has_days else _month(day))
            if day.year != year:
                words[-1] = f"{words[-1]}\n{year_text(day.year)}" if has_days else month_text(day)
                words[-1] = words[-1].replace(" ", "\n", 1)
                year = day.year
        return words


def _day(value: float) -> date:
    return num2date(value).date()  # type: ignore[no-any-return, no-untyped-call]


def _month(day: date) -> str:
    """The month alone: what stands after the year."""
    return month_text(day).removeprefix(year_text(day.year)).strip()


def time_axis(axes: Axes, size: float, colour: str, *, has_words: bool = True) -> None:
    """Set the ticks of an axis that counts days; short, and the same on every machine."""
    locator = AutoDateLocator(minticks=3, maxticks=6)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(_formatter(locator) if has_words else NullFormatter())
    axes.tick_params(axis="x", labelsize=size, colors=colour)


def _formatter(locator: Any) -> Any:
    if spoken() == ENGLISH:
        return ConciseDateFormatter(locator)  # type: ignore[no-untyped-call]
    return _Days()


def at(day: date) -> float:
    """A day as the axis counts it."""
    return float(date2num(day))  # type: ignore[no-untyped-call]
