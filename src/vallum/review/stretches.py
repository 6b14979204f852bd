"""Drawn stretches out to people who work in a spreadsheet, and their readings in again."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from vallum.ground.kinds import LINES, Answer, Change, Kind
from vallum.ground.records import Sample, Scene, Verdict
from vallum.ground.whole import write_whole
from vallum.review import words
from vallum.review.rows import Row, read_rows
from vallum.review.tables import safe_cell

COLUMNS: dict[str, str] = {
    "sample": "name of the stretch; do not change it",
    "from_km": "where it begins along the frontier, km",
    "to_km": "where it ends, km",
    "before_date": "day or days on which the earlier image was taken",
    "after_date": "the same of the later image",
    "before_image": "name of the earlier image",
    "after_image": "name of the later image",
    "answer": "yes if anything changed in the stretch, no, or cannot tell",
    "kind": "what it is: fence, double_fence, wall, patrol_road, cleared_strip, guard_post, "
    "watchtower or building; of several, the longest",
    "change": "what happened: new, extended, upgraded, replaced or removed; empty means new",
    "metres": "metres of the stretch along which it stands; empty means all of it",
    "posts": "guard posts, watchtowers and buildings of that change, how many",
}
"""Columns of the table, with their meaning."""

_HEADERS: dict[str, tuple[str, ...]] = {
    "sample": ("sample", "sample_id", "id"),
    "answer": ("answer", "verdict"),
    "kind": ("kind", "class", "category"),
    "change": ("change",),
    "metres": ("metres", "meters", "m"),
    "posts": ("posts", "n_posts"),
}


class _BadRowError(Exception):
    """One row cannot be used; the text says which cell and what to write."""


def write_stretches(
    samples: Sequence[Sample],
    scenes: Mapping[str, Scene],
    path: Path,
    answers: Mapping[str, Verdict] | None = None,
) -> None:
    """Write one row per stretch, along the frontier. UTF-8 with a mark that Excel needs.

    Args:
        samples: what is asked; answers of others, and the machine's, are never shown.
        scenes: images by id, for names and dates.
        path: file to write; whole or not there.
        answers: earlier answers of the one who will answer, by stretch.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in sorted(samples, key=lambda row: (row.span, row.id)):
        writer.writerow([safe_cell(cell) for cell in _cells(row, scenes, (answers or {}))])
    write_whole(path, text.getvalue().encode("utf-8-sig"))


def read_stretches(
    path: Path, *, analyst: str, known: Mapping[str, Sample], barred: Collection[str] = ()
) -> tuple[list[Verdict], list[str]]:
    """Return the readings of a table, and a sentence for each row that cannot be used.

    Rows without an answer are left out.

    Args:
        path: comma, semicolon or tab between cells.
        analyst: who answered.
        known: drawn stretches by id.
        barred: stretches that this person may not read, because it is a second reading.

    Raises:
        BadTable: the file cannot be read as a table at all.
    """
    problems: list[str] = []
    found: dict[str, Verdict] = {}
    at = datetime.fromtimestamp(int(path.stat().st_mtime), UTC) if path.is_file() else None
    for row in read_rows(path, problems, _HEADERS):
        if not row.cells.get("answer", ""):
            continue
        try:
            verdict = _verdict(row, analyst, at, known, barred)
            if verdict.about in found:
                raise _BadRowError(f"{verdict.about} was answered in an earlier row; left out")
            found[verdict.about] = verdict
        except _BadRowError as error:
            problems.append(f"{path.name}, row {row.number}: {error}.")
    return list(found.values()), problems


def _cells(
    row: Sample, scenes: Mapping[str, Scene], answers: Mapping[str, Verdict]
) -> list[str | float | int]:
    before, after, own = scenes.get(row.before), scenes.get(row.after), answers.get(row.id)
    return [
        row.id,
        row.span.start_m / 1000,
        row.span.end_m / 1000,
        str(before.taken) if before else "",
        str(after.taken) if after else "",
        before.name if before else "",
        after.name if after else "",
        own.answer.value if own else "",
        own.category.value if own and own.category else "",
        own.change.value if own and own.change else "",
        own.metres if own and math.isfinite(own.metres) else "",
        own.posts if own and own.posts else "",
    ]


def _verdict(
    row: Row,
    analyst: str,
    at: datetime | None,
    known: Mapping[str, Sample],
    barred: Collection[str],
) -> Verdict:
    cell = {name: row.cells.get(name, "") for name in _HEADERS}
    stretch = known.get(cell["sample"])
    if stretch is None:
        raise _BadRowError(
            f"column sample: there is no stretch '{cell['sample'][:40]}'; left out. Export the "
            "table again"
        )
    if stretch.id in barred:
        raise _BadRowError(
            f"{stretch.span} is a second reading, and {analyst} read it the first time; left out. "
            "Leave it to another person"
        )
    answer, category, change = _answer(cell["answer"]), _kind(cell["kind"]), _change(cell["change"])
    metres, posts = _metres(cell["metres"], stretch), _posts(cell["posts"])
    if answer is not Answer.YES and (category or change or math.isfinite(metres) or posts):
        raise _BadRowError(
            f"answer is '{cell['answer'][:40]}', and yet something is described; left out. Write "
            "yes, or empty the cells after it"
        )
    if math.isfinite(metres) and category is not None and category not in LINES:
        raise _BadRowError(
            f"column metres: a {category.label} has no metres; left out. Write how many in posts"
        )
    return Verdict(
        about=stretch.id,
        analyst=analyst,
        answer=answer,
        category=category,
        change=change,
        metres=metres,
        posts=posts,
        looked_at=tuple(name for name in (stretch.before, stretch.after) if name),
        at=at,
        mode="sample",
    )


def _answer(text: str) -> Answer:
    meant = words.answer(text)
    if not isinstance(meant, Answer):
        raise _BadRowError(
            f"column answer: '{text[:40]}' is not understood; left out. Write yes, no or cannot "
            "tell"
        )
    return meant


def _kind(text: str) -> Kind | None:
    kind = words.kind(text) if text else None
    if text and kind is None:
        raise _BadRowError(
            f"column kind: '{text[:40]}' is no class; left out. Write one of: "
            f"{words.choices('class')}"
        )
    return kind


def _change(text: str) -> Change | None:
    change = words.change(text) if text else None
    if text and (change is None or change is Change.UNCHANGED):
        raise _BadRowError(
            f"column change: '{text[:40]}' is no change; left out. Write new, extended, upgraded, "
            "replaced or removed"
        )
    return change


def _metres(text: str, stretch: Sample) -> float:
    if not text:
        return math.nan
    metres = _number(text, "metres")
    if not 0 < metres <= stretch.span.length_m:
        raise _BadRowError(
            f"column metres: {text[:20]} of a stretch of {stretch.span.length_m} m; left out. "
            "Write how many metres of the stretch it stands along"
        )
    return metres


def _posts(text: str) -> int:
    posts = _number(text, "posts") if text else 0.0
    if posts < 0 or posts != int(posts):
        raise _BadRowError(f"column posts: '{text[:20]}' is no count; left out. Write how many")
    return int(posts)


def _number(text: str, column: str) -> float:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _BadRowError(f"column {column}: '{text[:20]}' is no number; left out. Write digits")
    return number
