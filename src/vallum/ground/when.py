"""When: the earliest and the latest day that a thing can have happened."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from vallum.ground.errors import BadDate

_DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True, order=True, slots=True)
class When:
    """A closed bracket of days `[earliest, latest]`; a known day has both ends equal.

    Raises:
        ValueError: the bracket runs backwards.
    """

    earliest: date
    latest: date

    def __post_init__(self) -> None:
        if self.latest < self.earliest:
            raise ValueError(f"{self.latest} lies before {self.earliest}")

    @classmethod
    def on(cls, day: date) -> When:
        """Return the bracket of one known day; a time with a zone gives its day in UTC.

        Raises:
            ValueError: there is no such day (a missing value of a table).
        """
        if isinstance(day, datetime):
            day = (day.astimezone(UTC) if day.tzinfo else day).date()
        if not isinstance(day, date) or str(day) == "NaT":
            raise ValueError(f"{day!r} is no day")
        return cls(day, day)

    @classmethod
    def parse(cls, text: str) -> When:
        """Read `2019`, `2019-03`, `2019-03-14`, or a range of two of them: `2022..2023`.

        Args:
            text: ISO days, months or years. `/` is accepted in place of `..` (ISO 8601 interval).

        Raises:
            BadDate: the text is no such date, or the range runs backwards.
        """
        ends = re.split(r"\.\.|/", text.strip())
        if len(ends) > 2:
            raise BadDate(f"{text[:60]!r} has more than two ends; write FROM..TO, like 2022..2023")
        first, last = _whole(ends[0], text), _whole(ends[-1], text)
        try:
            return cls(first.earliest, last.latest)
        except ValueError as error:
            raise BadDate(f"{text[:60]!r} runs backwards; write the earlier date first") from error

    @property
    def days(self) -> int:
        """Number of days in the bracket; 1 for a known day."""
        return (self.latest - self.earliest).days + 1

    def is_before(self, other: When) -> bool:
        """Say whether this surely ended before `other` began."""
        return self.latest < other.earliest

    def overlaps(self, other: When) -> bool:
        """Say whether the two can be the same day."""
        return self.earliest <= other.latest and other.earliest <= self.latest

    def is_within(self, other: When) -> bool:
        """Say whether this surely happened inside `other`."""
        return other.earliest <= self.earliest and self.latest <= other.latest

    def __and__(self, other: When) -> When | None:
        first, last = max(self.earliest, other.earliest), min(self.latest, other.latest)
        return When(first, last) if first <= last else None

    def __or__(self, other: When) -> When:
        return When(min(self.earliest, other.earliest), max(self.latest, other.latest))

    def __str__(self) -> str:
        if self.earliest == self.latest:
            return self.earliest.isoformat()
        return f"{self.earliest.isoformat()}..{self.latest.isoformat()}"


def _whole(text: str, original: str) -> When:
    """Return the whole year, month or day that `text` names."""
    match = _DAY.fullmatch(text.strip())
    if match is None:
        raise BadDate(f"{original[:60]!r} is no date; write 2019, 2019-03, 2019-03-14, or FROM..TO")
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        if year is None or month is None:
            return When(date(year or 0, 1, 1), date(year or 0, 12, 31))
        if day is None:
            return When(
                date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
            )
        return When.on(date(year, month, day))
    except (ValueError, calendar.IllegalMonthError) as error:
        raise BadDate(f"{original[:60]!r}: there is no such day; check month and day") from error
