"""Brackets of days, and how EDTF writes them (ISO 8601-2:2019, level 1 intervals)."""

from __future__ import annotations

import calendar as days
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july",
         "aug august", "sep sept september", "oct october", "nov november", "dec december"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
"""First month; northern seasons by the meteorological calendar."""


@dataclass(frozen=True)
class Bracket:
    """First and last day; None where open."""

    first: date | None
    last: date | None

    @property
    def edtf(self) -> str:
        """A year, a month or a day where it is one whole, else an interval; open ends as ".."."""
        if self.first and self.last:
            whole = _whole(self.first, self.last)
            return whole or f"{self.first.isoformat()}/{self.last.isoformat()}"
        first = self.first.isoformat() if self.first else ".."
        return f"{first}/{self.last.isoformat() if self.last else '..'}"


def _whole(first: date, last: date) -> str:
    if first == last:
        return first.isoformat()
    if (first, last) == (date(first.year, 1, 1), date(first.year, 12, 31)):
        return f"{first.year:04d}"
    if Bracket(first, last) == month_of(first.year, first.month):
        return f"{first.year:04d}-{first.month:02d}"
    return ""


def day_of(year: int, month: int, day: int) -> Bracket | None:
    """Return one day, or None where the calendar has no such day."""
    try:
        only = date(year, month, day)
    except ValueError:
        return None
    return Bracket(only, only)


def ends_of(year: int, month: int) -> tuple[date, date]:
    """Return first and last day of a month; months beyond 1 to 12 count into the years around."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, 1), date(year, month, days.monthrange(year, month)[1])


def month_of(year: int, month: int) -> Bracket:
    """Return a whole month, as `ends_of`."""
    return Bracket(*ends_of(year, month))


def months_of(year: int, first: int, last: int) -> Bracket:
    """Return whole months from `first` to `last` of a year; 14 is February of the next."""
    return Bracket(month_of(year, first).first, month_of(year, last).last)


def season_of(year: int, season: str) -> Bracket:
    """Return three whole months; winter runs into the next year."""
    first = SEASONS[season]
    return months_of(year, first, first + 2)


def months_back(day: date, n: int) -> date:
    """Return the same day `n` months earlier, or the last day of a shorter month."""
    _, last = ends_of(day.year, day.month - n)
    return last.replace(day=min(day.day, last.day))


def part_of(whole: Bracket, part: str) -> Bracket:
    """Return the early, middle or late third of a month, or of a year (four months each)."""
    first, last = whole.first, whole.last
    if first is None or last is None:
        return whole
    number = {"early": 0, "beginning": 0, "start": 0, "mid": 1, "middle": 1}.get(part, 2)
    if (last - first).days > 32:
        return months_of(first.year, first.month + 4 * number, first.month + 4 * number + 3)
    ends = (date(first.year, first.month, 10), date(first.year, first.month, 20), last)
    return Bracket(first if not number else ends[number - 1] + timedelta(1), ends[number])


def week_of(day: date) -> Bracket:
    """Return Monday to Sunday around a day."""
    monday = day - timedelta(day.weekday())
    return Bracket(monday, monday + timedelta(6))
