"""Context beside the numbers: dated series and events with their sources, never a cause.

A table has the columns `series, unit, when, value, source, source_url, accessed`. Where the unit is
"event", the value is what happened, in words; else it is a number. `when` is a day, a month, a year
or a range of them (ISO 8601), and may carry the marks of EDTF (ISO 8601-2) for what is approximate
or uncertain, and its seasons.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from vallum.ground.errors import BadDate, BadTable, BrokenInstall
from vallum.ground.when import When

EVENT = "event"
CONTEXT_FILE = "context.csv"
"""Name of a project's own table, beside its settings."""

COLUMNS = ("series", "unit", "when", "value", "source", "source_url", "accessed")
_NEEDED = ("series", "unit", "when", "value", "source")
_PACKAGED = dict.fromkeys(("prk-chn", "prk-north", "prk-rus"), "north-korea")
_MOST_BYTES = 1 << 20
_MOST_LETTERS = 300
# EDTF level 1: spring to winter of a year; winter ends in the year after.
_SEASONS = {"21": ("03", "05"), "22": ("06", "08"), "23": ("09", "11"), "24": ("12", "02")}
_SEASON = re.compile(r"(\d{4})-(2[1-4])")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One dated value, or one dated event where `value` is None.

    Attributes:
        when: the time it is true of; a whole year for a sum per year.
        as_stated: the date as it stands in the table.
        value: how much; None for an event.
        says: what happened, for an event; empty for a value.
        source: whom it is from.
        source_url: where it can be read; may be empty for what stands on paper.
        accessed: the day it was read, as written.
    """

    when: When
    as_stated: str = ""
    value: float | None = None
    says: str = ""
    source: str
    source_url: str = ""
    accessed: str = ""


@dataclass(frozen=True, kw_only=True)
class Series:
    """One thing that was counted, or one line of events, in order of time.

    Attributes:
        name: what it is, in words.
        unit: what one of it is; "event" for events.
        entries: by time.
    """

    name: str
    unit: str
    entries: tuple[Entry, ...] = ()

    @property
    def is_events(self) -> bool:
        """Whether it lists what happened, not how much there was."""
        return self.unit == EVENT


def packaged(frontier_name: str) -> tuple[Series, ...]:
    """Return the series that come with vallum for a frontier; none for most.

    Raises:
        BrokenInstall: the table that belongs to this version is missing or changed.
    """
    name = _PACKAGED.get(frontier_name)
    if name is None:
        return ()
    path = resources.files("vallum") / "data" / "context" / f"{name}.csv"
    try:
        return parse(path.read_text(encoding="utf-8"), f"data/context/{name}.csv")
    except (OSError, BadTable) as error:
        raise BrokenInstall(
            f"data/context/{name}.csv is missing or changed; no context was read, install vallum "
            "again"
        ) from error


def read(path: Path) -> tuple[Series, ...]:
    """Return the series of a project's own table.

    Raises:
        BadTable: the file is no such table; the message names row and column.
    """
    if path.stat().st_size > _MOST_BYTES:
        raise BadTable(
            f"{path.name}: over {_MOST_BYTES >> 20} MB; no context was read; keep the rows that "
            "belong beside this border"
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadTable(
            f"{path.name}: is no UTF-8 text; no context was read; save it as CSV UTF-8"
        ) from error
    return parse(text, path.name)


def parse(text: str, name: str) -> tuple[Series, ...]:
    """Return the series of a table, in the order in which they first appear.

    Raises:
        BadTable: see `read`.
    """
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise BadTable(
            f"{name} row {reader.line_num}: {error}; no context was read; mend the quotes"
        ) from error
    missing = [column for column in _NEEDED if column not in (reader.fieldnames or ())]
    if missing:
        raise BadTable(
            f"{name}: column {', '.join(missing)} is missing; no context was read; the first line "
            f"must be {','.join(COLUMNS)}"
        )
    entries: dict[tuple[str, str], list[Entry]] = {}
    for number, row in enumerate(rows, start=2):
        key = _cell(row, "series", name, number), _cell(row, "unit", name, number)
        entries.setdefault(key, []).append(_entry(row, name, number))
    return tuple(
        Series(name=series, unit=unit, entries=_in_order(found))
        for (series, unit), found in entries.items()
    )


def _in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda one: (one.when, one.says, one.source)))


def _cell(row: Mapping[str, str | None], column: str, name: str, number: int) -> str:
    """Return a cell of one line, which must hold something where it is needed."""
    text = " ".join((row.get(column) or "").split())
    if not text and column in _NEEDED:
        raise _wrong(name, number, column, "is empty", "fill it in or take the row out")
    if len(text) > _MOST_LETTERS:
        raise _wrong(name, number, column, f"has {len(text)} letters", f"keep to {_MOST_LETTERS}")
    return text


def _entry(row: Mapping[str, str | None], name: str, number: int) -> Entry:
    stated, value = _cell(row, "when", name, number), _cell(row, "value", name, number)
    try:
        when = when_of(stated)
    except BadDate as error:
        raise _wrong(name, number, "when", f"'{stated}' is no date",
                     "write 2020, 2020-08, 2020-08-25 or 2020-01/2020-03") from error  # fmt: skip
    is_event = _cell(row, "unit", name, number) == EVENT
    return Entry(
        when=when,
        as_stated=stated,
        value=None if is_event else _number(value, name, number),
        says=value if is_event else "",
        source=_cell(row, "source", name, number),
        source_url=_cell(row, "source_url", name, number),
        accessed=_cell(row, "accessed", name, number),
    )


def _number(text: str, name: str, number: int) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _wrong(name, number, "value", f"'{text}' is no number",
                     f"write it like 1047 or 3.5; for an event, the unit is {EVENT}")  # fmt: skip
    return value


def when_of(text: str) -> When:
    """Read a date with the marks of EDTF level 1, as the strict bracket of days that it names.

    "Approximate" and "uncertain" (`~`, `?`, `%`) widen nothing: how much they mean is not stated.

    Raises:
        BadDate: it is no such date.
    """
    ends = [_end(part.strip().rstrip("~?%")) for part in re.split(r"\.\.|/", text.strip())]
    return When.parse("/".join((ends[0].partition("/")[0], ends[-1].rpartition("/")[2]))
                      if len(ends) <= 2 else text)  # fmt: skip


def _end(text: str) -> str:
    season = _SEASON.fullmatch(text)
    if season is None:
        return text.removesuffix("-XX").removesuffix("-XX")
    first, last = _SEASONS[season[2]]
    year = int(season[1]) + (last < first)
    return f"{season[1]}-{first}/{year}-{last}"


def _wrong(name: str, number: int, column: str, what: str, way_out: str) -> BadTable:
    return BadTable(f"{name} row {number}, column {column}: {what}; no context was read; {way_out}")
