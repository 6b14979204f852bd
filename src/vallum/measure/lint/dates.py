"""Dates read out of prose."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_SHORT = {name[:3]: number for number, name in enumerate(_MONTHS, start=1)}
_MONTH = (
    r"(?P<{0}>jan(?:uary|\.)?|feb(?:ruary|\.)?|mar(?:ch|\.)?|apr(?:il|\.)?|may|june?\.?|july?\.?|"
    r"aug(?:ust|\.)?|sept?(?:ember|\.)?|oct(?:ober|\.)?|nov(?:ember|\.)?|dec(?:ember|\.)?)"
)
_YEAR = r"(?P<{0}>(?:19|20)\d\d)"
_DATE = re.compile(
    r"(?<![\w.,/-])(?:"
    rf"{_YEAR.format('y1')}-(?P<m1>0[1-9]|1[0-2])(?:-(?P<d1>[0-3]\d))?(?![\d-])"
    rf"|(?P<d2>[0-3]?\d)(?:st|nd|rd|"
    rf"th)?(?: of)?\s{_MONTH.format('m2')}(?:,?\s{_YEAR.format('y2')})?(?![\w])"
    rf"|{_MONTH.format('m3')}\s(?P<d3>[0-3]?\d)(?:st|nd|rd|"
    rf"th)?(?:,?\s{_YEAR.format('y3')})?(?![\w,]\d|\w)"
    rf"|{_MONTH.format('m4')}(?: of)?,?\s{_YEAR.format('y4')}(?!\w)"
    rf"|(?P<d5>[0-3]?\d)[./](?P<m5>[01]?\d)[./]{_YEAR.format('y5')}(?!\w)"
    r")",
    re.IGNORECASE,
)
_PLAIN_YEAR = re.compile(
    r"(?<![\w.,/$€£])(?P<year>(?:19|20)\d\d)(?:s\b|[-–/](?:(?:19|20)?\d\d)(?![\w.,]\d))?(?![\w]|"
    r"[.,]\d)"
)


@dataclass(frozen=True)
class Day:
    """A date in a text; what is not said is None."""

    start: int
    end: int
    text: str
    year: int | None
    month: int | None = None
    day: int | None = None

    @property
    def earliest(self) -> tuple[int, int, int]:
        """First day it can mean; the year must be known."""
        return (self.year or 0, self.month or 1, self.day or 1)

    @property
    def latest(self) -> tuple[int, int, int]:
        """Last day it can mean; the year must be known."""
        return (self.year or 0, self.month or 12, self.day or 31)


def read_dates(clean: str) -> tuple[Day, ...]:
    """Return dates with a month, in order; plain years are found by `read_years`."""
    found = []
    for match in _DATE.finditer(clean):
        groups = {key: value for key, value in match.groupdict().items() if value}
        by_kind = {key[0]: value for key, value in groups.items()}
        month = by_kind["m"]
        number = int(month) if month.isdigit() else _SHORT[month[:3].lower()]
        day = int(by_kind["d"]) if "d" in by_kind else None
        if not 1 <= number <= 12 or (day is not None and not 1 <= day <= 31):
            continue
        # "may 5" is a verb as often as a month.
        if month == "may" and "y" not in by_kind:
            continue
        year = int(by_kind["y"]) if "y" in by_kind else None
        found.append(Day(match.start(), match.end(), match.group(), year, number, day))
    return tuple(found)


def read_years(clean: str) -> tuple[Day, ...]:
    """Return years that stand alone, such as 2019 or 2016-2020, as whole years."""
    return tuple(
        Day(match.start(), match.end(), match.group(), int(match.group("year")))
        for match in _PLAIN_YEAR.finditer(clean)
    )
