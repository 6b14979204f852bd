"""When an image was taken, and where that was read.

Looked for in this order; the first that gives a day wins:

1. the papers of the delivery it came with (`.IMD`, `MTL.txt`, `MTD_MSIL2A.xml`, ...);
2. an acquisition tag inside the file (`ACQUISITIONDATETIME`, `DATE_ACQUIRED`, ...);
3. the STAC item beside it, `<stem>.json` (`datetime`, or `start_datetime` and `end_datetime`);
4. its file name (`20190314`, `2019-03-14`, `14MAR23...`, `2019-03`, or a range of two of them);
5. the TIFF tag `DateTime`. It is often the day of processing, so it comes last and is noted.

What the person said (`--taken`) must agree with 1 to 4: the more exact of the two is kept, and a
contradiction is refused, because a wrong date is worse than none. It stands above 5.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from vallum.ground.errors import BadDate
from vallum.ground.when import When

OLDEST = date(1960, 1, 1)  # the first images from orbit
_TAGS = {
    # Spelled as compared: upper case, letters and digits only.
    "ACQUISITIONDATETIME",
    "ACQUISITIONDATE",
    "ACQUISITIONTIME",
    "ACQUISITIONSTARTTIME",
    "ACQUIRED",
    "ACQUIREDDATE",
    "DATEACQUIRED",
    "DATETAKEN",
    "IMAGEDATE",
    "IMAGINGDATE",
    "IMAGINGTIME",
    "SENSINGTIME",
    "SENSINGSTART",
    "DATATAKE1DATATAKESENSINGSTART",
    "FIRSTLINETIME",
    "TLCTIME",
    "NITFIDATIM",
    "CAPTUREDATE",
    "COLLECTIONDATE",
}
_PROCESSED = "TIFFTAG_DATETIME"
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_MONTH = "|".join(_MONTHS)
_FORMATS = (
    "%Y:%m:%d %H:%M:%S",
    "%Y:%m:%d",
    "%Y/%m/%d",
    "%Y/%m/%d %H:%M:%S",
    "%Y%m%d",
    "%Y%m%d%H%M%S",
    "%Y%m%dT%H%M%S",
    "%Y%m%dT%H%M%SZ",
)


@dataclass(frozen=True, kw_only=True)
class Dated:
    """When an image was taken, where that was read, and what a person should know about it."""

    taken: When
    read_from: str
    note: str = ""


def find(
    name: str,
    tags: Mapping[str, str],
    stac: Mapping[str, object] | None,
    *,
    given: When | None,
    today: date,
    told: tuple[str, str] = ("", ""),
) -> Dated:
    """Return when the image `name` was taken.

    Args:
        name: file name, with or without its suffix.
        tags: the file's own metadata.
        stac: the `properties` of the STAC item beside it, if there is one.
        given: what the person said; None if nothing.
        today: days after it are not believed.
        told: day or range that the papers of its delivery state, and which paper; empty if none.

    Raises:
        BadDate: nothing names a day, or the file contradicts what was given; the message says
            what to do.
    """
    found = [*_told(told, today), *_found(name, tags, stac, today)]
    if given is not None:
        return _agreed(name, given, found)
    if not found:
        hint = _year_hint(name, today)
        raise BadDate(
            f"{name}: nothing says when it was taken (tags, STAC item, file name); "
            f"say it with --taken FROM..TO{hint}"
        )
    taken, read_from = found[0]
    other = next((f for f in found[1:] if not f[0].overlaps(taken) and f[1] != _processed()), None)
    notes = []
    if read_from == _processed():
        notes.append(
            f"dated {taken} by the TIFF tag DateTime, often the day of processing; "
            "check it, or say --taken"
        )
    if other is not None:
        notes.append(f"dated {taken} by its {read_from}, but its {other[1]} says {other[0]}")
    return Dated(taken=taken, read_from=read_from, note="; ".join(notes))


def _told(told: tuple[str, str], today: date) -> Iterator[tuple[When, str]]:
    """Yield what the papers of the delivery say, if it can be."""
    taken, source = told
    try:
        days = When.parse(taken) if taken else None
    except BadDate:
        return
    if days is not None and OLDEST <= days.earliest <= days.latest <= today:
        yield days, source


def _processed() -> str:
    return f"tag {_PROCESSED}"


def _agreed(name: str, given: When, found: list[tuple[When, str]]) -> Dated:
    """Return what the person said, or the file's more exact statement of the same."""
    stated = [(taken, source) for taken, source in found if source != _processed()]
    if not stated:
        return Dated(taken=given, read_from="given")
    taken, source = stated[0]
    if not taken.overlaps(given):
        raise BadDate(
            f"{name}: --taken says {given}, but its {source} says {taken}; add it without --taken, "
            f"or correct its {source.split()[0]}"
        )
    if taken.is_within(given):
        return Dated(taken=taken, read_from=source)
    return Dated(taken=given, read_from="given")


def _found(
    name: str, tags: Mapping[str, str], stac: Mapping[str, object] | None, today: date
) -> Iterator[tuple[When, str]]:
    """Yield all dates that can be read, the most trusted first."""
    for key, text in tags.items():
        if _plain(key) in _TAGS and (day := day_in(text, today)):
            yield When.on(day), f"tag {key}"
            break
    taken = in_stac(stac, today) if stac else None
    if taken is not None:
        yield taken, "sidecar"
    taken = in_name(name, today)
    if taken is not None:
        yield taken, "filename"
    day = day_in(tags.get(_PROCESSED, ""), today)
    if day is not None:
        yield When.on(day), _processed()


def _plain(key: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", key.upper())


def day_in(text: str, today: date) -> date | None:
    """Return the day (UTC) that a timestamp names, or None when it is none to be believed."""
    text = text.strip().strip('";').strip()[:40]
    moment: datetime | None = None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        for pattern in _FORMATS:
            try:
                moment = datetime.strptime(text, pattern).replace(tzinfo=UTC)
            except ValueError:
                continue
            break
    if moment is None:
        return None
    try:
        day = moment.astimezone(UTC).date() if moment.tzinfo else moment.date()
    except OverflowError:
        return None
    return day if OLDEST <= day <= today else None


def in_stac(properties: Mapping[str, object], today: date) -> When | None:
    """Return the days that a STAC item's properties name, or None."""

    def day(*keys: str) -> date | None:
        texts = [value for key in keys if isinstance(value := properties.get(key), str)]
        return next((found for text in texts if (found := day_in(text, today))), None)

    first, last = day("start_datetime"), day("end_datetime")
    if first and last and first <= last:
        return When(first, last)
    moment = day("datetime", "acquired")
    return When.on(moment) if moment else None


def in_name(name: str, today: date) -> When | None:
    """Return the days that a file name names, or None.

    Two dates are a bracket from the earlier to the later. Products known to carry their day of
    processing as a second date (Landsat, Sentinel) count by their first. Digits that are no day
    of the calendar, or lie outside 1960 to today, are no date.
    """
    stem = re.sub(r"\.(tiff?|json|cog|jp2)$", "", name, flags=re.IGNORECASE)
    years = re.search(r"(?<![\dA-Za-z])(\d{4})(?:\.\.|_to_)(\d{4})(?![\dA-Za-z])", stem)
    if years is not None and (span := _years(years[1], years[2], today)):
        return span
    found = [taken for _, taken in sorted(_dates(stem, today), key=lambda pair: pair[0])]
    if not found:
        return None
    if re.match(r"(L[COTEM]0\d_|S[123][A-D]_|LC8|LE7|LT5)", stem, re.IGNORECASE):
        return found[0]
    return When(min(f.earliest for f in found), max(f.latest for f in found))


def _dates(stem: str, today: date) -> Iterator[tuple[int, When]]:
    """Yield where in the name a date stands, and the date; no character is read twice."""
    for pattern, reader in _PATTERNS:
        for match in list(pattern.finditer(stem)):
            taken = reader(match, today)
            if taken is not None and OLDEST <= taken.earliest <= taken.latest <= today:
                yield match.start(), taken
                blank = "#" * (match.end() - match.start())
                stem = stem[: match.start()] + blank + stem[match.end() :]


def _day(year: str, month: str, day: str, _today: date) -> When | None:
    try:
        return When.on(date(int(year), int(month), int(day)))
    except ValueError:
        return None


def _digits(match: re.Match[str], today: date) -> When | None:
    return _day(match["y"], match["m"], match["d"], today)


def _year_month_day(match: re.Match[str], today: date) -> When | None:
    """Read 14MAR23 as 2014-03-23, the way Maxar names its files."""
    century = 2000 if 2000 + int(match["y"]) <= today.year else 1900
    month = str(_MONTHS[match["m"].upper()])
    return _day(str(century + int(match["y"])), month, match["d"], today)


def _day_month_year(match: re.Match[str], today: date) -> When | None:
    return _day(match["y"], str(_MONTHS[match["m"].upper()]), match["d"], today)


def _month(match: re.Match[str], today: date) -> When | None:
    year, month = int(match["y"]), int(match["m"])
    if not (OLDEST.year <= year <= today.year and 1 <= month <= 12):
        return None
    last = date(year, month, calendar.monthrange(year, month)[1])
    first = date(year, month, 1)
    return When(first, min(last, today)) if first <= today else None


_CLOCK = r"(?:(?:[01]\d|2[0-3])[0-5]\d[0-5]\d\d{0,3})"
_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], When | None]], ...] = (
    (re.compile(r"(?<!\d)(?P<y>\d{4})(?P<s>[-_.])(?P<m>\d{2})(?P=s)(?P<d>\d{2})(?!\d)"), _digits),
    (re.compile(rf"(?<!\d)(?P<y>\d{{4}})(?P<m>\d\d)(?P<d>\d\d){_CLOCK}?(?!\d)"), _digits),
    (
        re.compile(
            rf"(?<![\dA-Za-z])(?P<y>\d\d)(?P<m>{_MONTH})(?P<d>\d\d){_CLOCK}?(?!\d)", re.IGNORECASE
        ),
        _year_month_day,
    ),
    (
        re.compile(
            rf"(?<!\d)(?P<d>\d{{1,2}})(?P<m>{_MONTH})(?P<y>(?:19|20)\d\d)(?!\d)", re.IGNORECASE
        ),
        _day_month_year,
    ),
    (re.compile(r"(?<![\d-])(?P<y>\d{4})-(?P<m>\d{2})(?![\d-]\d|\d)"), _month),
)


def _years(first: str, last: str, today: date) -> When | None:
    if not OLDEST.year <= int(first) <= int(last) <= today.year:
        return None
    return When(date(int(first), 1, 1), min(date(int(last), 12, 31), today))


def _year_hint(name: str, today: date) -> str:
    """Return a suggestion when the name holds a lone year; too weak to be read as a date."""
    for match in re.finditer(r"(?<!\d)\d{4}(?!\d)", name):
        if OLDEST.year <= int(match[0]) <= today.year:
            return f" (if the {match[0]} in its name is the year: --taken {match[0]})"
    return ""
