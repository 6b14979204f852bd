"""Rows of a table in words, from CSV text or a file of shapes, with caps and plain complaints."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from shapely.geometry.base import BaseGeometry

from vallum.ground.errors import BadTable
from vallum.review import words

MAX_BYTES = 64 << 20
MAX_ROWS = 200_000
MAX_CELL = 10_000

Headers = Mapping[str, tuple[str, ...]]

HEADERS: Headers = {
    "candidate": ("candidate", "candidate_id", "id"),
    "lat": ("lat", "latitude", "y"),
    "lon": ("lon", "lng", "long", "longitude", "x"),
    "answer": ("answer", "verdict"),
    "class": ("class", "category", "kind"),
    "reason": ("reason", "why"),
    "change": ("change",),
    "analyst": ("analyst",),
    "before": ("before_image", "before"),
    "after": ("after_image", "after"),
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row: its number in the file, a text (maybe empty) for each of `HEADERS`, its geometry."""

    number: int
    cells: dict[str, str]
    shape: BaseGeometry | None = None


def read_rows(
    path: Path,
    problems: list[str],
    headers: Headers = HEADERS,
    needs: tuple[str, ...] = ("answer",),
) -> list[Row]:
    """Return the rows of a file, and add a sentence to `problems` for each that cannot be read.

    Args:
        path: `.csv`, `.tsv` or `.txt` with comma, semicolon or tab; else a file of shapes.
        problems: is added to.
        headers: columns that are read, with the ways in which their names are written. The first
            one must be there.
        needs: others that must be there.

    Raises:
        BadTable: the file cannot be read as a table at all.
    """
    if not path.is_file():
        raise BadTable(f"{path} does not exist; nothing was read, check the path")
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise BadTable(
            f"{path.name} has {size >> 20} MiB, more than the {MAX_BYTES >> 20} MiB of a table; "
            "nothing was read, split it"
        )
    if path.suffix.lower() in {".csv", ".tsv", ".txt"}:
        return list(_csv_rows(path, problems, headers, needs))
    if path.suffix.lower() in {".xlsx", ".xls", ".ods"}:
        raise BadTable(f"{path.name} is a workbook; nothing was read, save it as 'CSV UTF-8'")
    waiting = path.with_name(f"{path.name}-wal")
    if waiting.is_file() and waiting.stat().st_size:
        # QGIS keeps what was typed last in this file until it closes.
        raise BadTable(
            f"{path.name} is still open in another program, which has not written all answers into "
            "it; nothing was read. Save the edits, close that program and import it again"
        )
    return _shape_rows(path, problems, headers, needs)


def _shape_rows(
    path: Path, problems: list[str], headers: Headers, needs: tuple[str, ...]
) -> list[Row]:
    from vallum.ground.vector import read_shapes_with_problems

    features, bad = read_shapes_with_problems(path)
    problems.extend(bad)
    found = list(dict.fromkeys(key for f in features for key in f.properties))
    columns = _columns(found, path, headers, needs)
    return [
        Row(
            number=feature.number,
            cells={name: _cell(feature.properties.get(key)) for name, key in columns.items()},
            shape=feature.shape,
        )
        for feature in features
    ]


def _cell(value: object) -> str:
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value)


def _csv_rows(
    path: Path, problems: list[str], known: Headers, needs: tuple[str, ...]
) -> Iterator[Row]:
    text = _text(path)
    first, _, rest = text.partition("\n")
    n_skipped = 0
    if re.fullmatch(r"\s*\"?sep=.\"?\s*", first, re.IGNORECASE):
        text, n_skipped = rest, 1
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    columns: dict[str, int] | None = None
    number = n_skipped
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            problems.append(
                f"{path.name}, row {number}: {error}; left out. Look for an open quote."
            )
            continue
        if number > MAX_ROWS:
            problems.append(f"{path.name}: more than {MAX_ROWS:,} rows; the rest was not read.")
            break
        if not any(cell.strip() for cell in cells):
            continue
        if columns is None:
            headers = [_bare(cell) for cell in cells]
            named = _columns(headers, path, known, needs)
            columns = {name: headers.index(key) for name, key in named.items()}
            continue
        row = Row(
            number=number,
            cells={name: _bare(cells[i]) if i < len(cells) else "" for name, i in columns.items()},
        )
        if any(len(cell) > MAX_CELL for cell in row.cells.values()):
            problems.append(
                f"{path.name}, row {number}: a cell has more than {MAX_CELL:,} characters; left "
                "out. Look for an open quote."
            )
            continue
        yield row
    if columns is None:
        raise BadTable(f"{path.name} is empty; nothing was read, export it again")


def _text(path: Path) -> str:
    data = path.read_bytes()
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        encoding, name = "utf-16", "UTF-16"
    else:
        encoding, name = "utf-8-sig", "UTF-8"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        looks = "; it looks like Korean (CP949)" if _is_korean(data) else ""
        raise BadTable(
            f"{path.name}, row {row}: the text is not {name}{looks}. Nothing was read; save it as "
            "'CSV UTF-8' and import it again"
        ) from error


def _is_korean(data: bytes) -> bool:
    try:
        text = data.decode("cp949")
    except UnicodeDecodeError:
        return False
    return any("가" <= letter <= "힣" for letter in text)


def _columns(
    headers: list[str], path: Path, known: Headers, needs: tuple[str, ...]
) -> dict[str, str]:
    """Return, for each column that is read, the header as it is written in the file."""
    by_word: dict[str, list[str]] = {}
    for header in headers:
        by_word.setdefault(words.plain(header), []).append(header)
    found = {}
    for name, spellings in known.items():
        for spelling in spellings:
            if len(by_word.get(spelling, ())) > 1:
                raise BadTable(
                    f"{path.name}: two columns are called '{spelling}'; nothing was read"
                )
            if spelling in by_word:
                found[name] = by_word[spelling][0]
                break
    missing = [name for name in (next(iter(known)), *needs) if name not in found]
    if missing:
        listed = ", ".join(header[:24] for header in headers[:12]) or "none"
        raise BadTable(
            f"{path.name} has no column '{missing[0]}' (it has: {listed}); nothing was read. Use "
            "the exported table, or name the column so"
        )
    return found


def _bare(text: str) -> str:
    """Return a cell without what spreadsheets put around text: blanks, `'`, `="..."`."""
    text = text.strip()
    if match := re.fullmatch(r'=\s*"(.*)"', text):
        text = match[1]
    return text.removeprefix("'").strip()
