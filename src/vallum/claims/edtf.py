"""Dates as EDTF (ISO 8601-2:2019): what a person types, in first and last days.

The strict bounds of the package `edtf` are used, never the fuzzy ones: those pad "2019-05?" to 27
months. Seasons are three whole months (21 to 24), as everywhere in vallum; the package ends its
winter in the December in which it begins.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from vallum.claims.calendar import Bracket, season_of
from vallum.ground.errors import BadDate

_SEASONS = {"21": "spring", "22": "summer", "23": "autumn", "24": "winter"}
_SEASON = re.compile(r"(\d{4})-(2[1-4])")
_LONGEST = 60


def bracket_of(text: str) -> Bracket:
    """Return first and last day of an EDTF date; None where an end is open.

    Args:
        text: `2019`, `2019-05`, `2019-05-14`, `2019-21` (spring), `2019-05~`, `2019-05-XX`,
            `2019/2021`, `2019/..`, `../2019`, `[2019,2020]`; `..` is accepted for `/` between two
            dates.

    Raises:
        BadDate: it is no such date, it is open at both ends, or it runs backwards.
    """
    words = " ".join(text.split())
    try:
        first, last = _bounds(_canonical(words))
    except (ValueError, OverflowError) as error:
        raise _bad(words) from error
    if first is None and last is None:
        raise _bad(words)
    if first and last and last < first:
        raise BadDate(
            f"'{words}' runs backwards; nothing was changed, write the earlier date first"
        )
    return Bracket(first, last)


def _canonical(words: str) -> str:
    """Return `2019..2021` as `2019/2021`; "2019/.." stays."""
    return re.sub(r"(?<=[\dX~?%])\.\.(?=\d)", "/", words)


def _bounds(words: str) -> tuple[date | None, date | None]:
    if not words or len(words) > _LONGEST:
        raise ValueError(words)
    if words[0] not in "[{" and words.count("/") == 1:
        start, end = words.split("/")
        return (
            None if start in {"", ".."} else _one(start)[0],
            None if end in {"", ".."} else _one(end)[1],
        )
    return _one(words)


def _one(words: str) -> tuple[date | None, date | None]:
    if season := _SEASON.fullmatch(words):
        bracket = season_of(int(season[1]), _SEASONS[season[2]])
        return bracket.first, bracket.last
    import edtf

    try:
        parsed: Any = edtf.parse_edtf(words)
        return _day(parsed.lower_strict()), _day(parsed.upper_strict())
    except edtf.EDTFParseException as error:
        raise ValueError(words) from error
    except (AttributeError, TypeError) as error:  # a set with an open end
        raise ValueError(words) from error


def _day(told: Any) -> date:
    return date(told.tm_year, told.tm_mon, told.tm_mday)


def _bad(words: str) -> BadDate:
    return BadDate(
        f"'{words[:_LONGEST]}' is no date; nothing was changed, write 2019, 2019-05, 2019-05-14, "
        "2019-21 for a spring, 2019/2021, or ../2019-05 where an end is open"
    )
