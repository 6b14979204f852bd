"""Tables that come back from analysts: good rows in, bad rows named, nothing lost."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from shapely.geometry import Point

from vallum.frontier import Frontier
from vallum.ground.errors import BadInput, BadSetting
from vallum.ground.kinds import BUILT, Answer, Change, Kind, Reason
from vallum.ground.records import Candidate, Scene, Verdict
from vallum.review import drawing, words
from vallum.review.rows import HEADERS, Row, read_rows

_ASKED = ("answer", "class", "reason", "change")


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a table held.

    Args:
        verdicts: one per answered row, in the order of the table.
        additions: candidates that the analyst drew; each has a yes verdict among `verdicts`.
        problems: one sentence per row that was not taken: row, column, value, what to do.
        n_unanswered: rows without an answer; they are no problem.
    """

    verdicts: tuple[Verdict, ...]
    additions: tuple[Candidate, ...]
    problems: tuple[str, ...]
    n_unanswered: int


class _BadRowError(Exception):
    """A row that cannot be taken; the text says which column, what it holds and what to do."""


@dataclass(frozen=True, kw_only=True)
class _Desk:
    """What rows are read against."""

    analyst: str
    known: Mapping[str, Candidate]
    scenes: Mapping[str, Scene]
    frontier: Frontier
    before: str
    after: str
    limit_m: float
    at: datetime | None
    answered: dict[str, tuple[int, Verdict]] = field(default_factory=dict)


def read_table(
    path: Path,
    *,
    analyst: str,
    known: Mapping[str, Candidate],
    scenes: Mapping[str, Scene],
    frontier: Frontier,
) -> tuple[list[Verdict], list[Candidate], list[str]]:
    """Return verdicts, drawn candidates and problems of a table; `read_answers` says more.

    Raises:
        BadTable: the file cannot be read as a table at all.
        BadSetting: nobody is named as the analyst.
    """
    found = read_answers(path, analyst=analyst, known=known, scenes=scenes, frontier=frontier)
    return list(found.verdicts), list(found.additions), list(found.problems)


def read_answers(
    path: Path,
    *,
    analyst: str,
    known: Mapping[str, Candidate],
    scenes: Mapping[str, Scene],
    frontier: Frontier,
    before: str = "",
    after: str = "",
    limit_m: float = drawing.LIMIT_M,
    at: datetime | None = None,
) -> Answers:
    """Return what an analyst answered and drew in a CSV or a file of shapes (GeoPackage).

    Columns may come in any order and case; those that are not known are not read. A row without a
    candidate is something that the analyst adds: it needs a class, and a geometry (CSV: lat and
    lon). Its `change` is new unless given; `unchanged` records what stood there before. In a row
    about a candidate an empty `change` means as suggested, and so does a table without the column.
    Geometry that differs from the candidate's was redrawn and goes into the verdict. A bad row is
    named and left out; it never costs another row.

    Args:
        path: `.csv`, `.tsv` or `.txt` with comma, semicolon or tab; else shapes.
        analyst: who answered; a row that names somebody else is a problem.
        known: candidates by id.
        scenes: images by id.
        frontier: places what was drawn.
        before: earlier image of added rows that name none; empty takes the nearest candidate's.
        after: later image, likewise.
        limit_m: farthest accepted distance of drawn things from the frontier.
        at: when the answers were given.

    Raises:
        BadTable: the file cannot be read as a table at all.
        BadSetting: nobody is named as the analyst.
    """
    if not analyst.strip():
        raise BadSetting("a table of answers needs the name of the analyst; give --analyst NAME")
    problems: list[str] = []
    rows = read_rows(path, problems)
    desk = _Desk(
        analyst=analyst.strip(), known=known, scenes=scenes, frontier=frontier, before=before,
        after=after, limit_m=limit_m, at=at,
    )  # fmt: skip
    additions: dict[str, Candidate] = {}
    n_unanswered = 0
    for row in rows:
        try:
            drawn, verdict = _taken(row, desk)
        except (_BadRowError, BadInput) as bad:
            problems.append(f"{path.name}, row {row.number}, {bad}")
            continue
        if verdict is None:
            n_unanswered += row.cells["candidate"] != ""
            continue
        if drawn is not None:
            additions[drawn.id] = drawn
        desk.answered.setdefault(verdict.about, (row.number, verdict))
    return Answers(
        verdicts=tuple(verdict for _, verdict in desk.answered.values()),
        additions=tuple(additions.values()),
        problems=tuple(problems),
        n_unanswered=n_unanswered,
    )


# -- rows -------------------------------------------------------------------------------------


def _taken(row: Row, desk: _Desk) -> tuple[Candidate | None, Verdict | None]:
    """Return what one row adds and answers; (None, None) where nothing was answered.

    Raises:
        _BadRowError: it cannot be understood.
    """
    cell = {name: row.cells.get(name, "").strip() for name in HEADERS}
    row.cells.update(cell)
    about = cell["candidate"].strip("'\" ")
    has_place = row.shape is not None or bool(cell["lat"] or cell["lon"])
    if not about and not has_place and not any(cell[name] for name in _ASKED):
        return None, None
    if not about:
        return _added(row, cell, desk)
    if about not in desk.known:
        raise _BadRowError(
            f"column candidate: '{about[:60]}' is not in this project; left out. Export again, or "
            "empty the cell if you add something"
        )
    if not cell["answer"]:
        filled = next((name for name in ("class", "reason", "change") if cell[name]), "")
        if filled:
            raise _BadRowError(
                f"column answer: empty although {filled} is '{cell[filled][:60]}'; left out. Write "
                f"one of: {words.choices('answer')}"
            )
        return None, None
    _check_analyst(cell, desk)
    verdict = _verdict(desk.known[about], row, cell, desk)
    return None, _once(verdict, desk)


def _check_analyst(cell: dict[str, str], desk: _Desk) -> None:
    said = cell["analyst"]
    if said and said.casefold() != desk.analyst.casefold():
        raise _BadRowError(
            f"column analyst: '{said[:60]}', but the table is read as that of '{desk.analyst}'; "
            "left out. Import it under the name of who answered, or empty the cell"
        )


def _once(verdict: Verdict, desk: _Desk) -> Verdict:
    """Return the verdict unless the table gave another one on the same candidate before."""
    earlier = desk.answered.get(verdict.about)
    if earlier is not None and not earlier[1].same_as(verdict):
        raise _BadRowError(
            f"column candidate: '{verdict.about}' has another answer in row {earlier[0]}, which "
            "was taken; this one was left out. Delete one of them"
        )
    return verdict


def _verdict(candidate: Candidate, row: Row, cell: dict[str, str], desk: _Desk) -> Verdict:
    answer, said, implied = _answer(candidate, cell["answer"])
    category = _kind(cell["class"])
    change = _seen_change(cell["change"], answer, said)
    reason = _reason(cell["reason"])
    if answer is Answer.NO and change is Change.UNCHANGED:
        implied = Reason.EXISTED_BEFORE
    return Verdict(
        about=candidate.id,
        analyst=desk.analyst,
        answer=answer,
        category=category,
        change=None if change is candidate.change else change,
        reason=reason or implied,
        shape=drawing.redrawn(row.shape, candidate, desk.frontier, desk.limit_m),
        at=desk.at,
    )


def _answer(candidate: Candidate, text: str) -> tuple[Answer, Change | None, Reason]:
    """Return the answer, and the change and the reason that its word implies."""
    meant = words.answer(text)
    if isinstance(meant, Answer):
        return meant, None, Reason.NONE
    has_stood = meant in {words.EXISTED, Change.UNCHANGED}
    if has_stood and candidate.change is not Change.UNCHANGED:
        return Answer.NO, None, Reason.EXISTED_BEFORE
    if has_stood or meant is candidate.change:
        return Answer.YES, candidate.change, Reason.NONE
    if isinstance(meant, Change) and {meant, candidate.change} <= BUILT:
        return Answer.YES, meant, Reason.NONE
    if isinstance(meant, Change):
        # 'removed' may also mean that the row should go; so it is asked, not guessed.
        raise _BadRowError(
            f"column answer: '{text[:60]}', but what was suggested is '{candidate.change.value}'; "
            f"left out. If you see this thing and it is {meant.value}, write yes here and "
            f"{meant.value} in the column change; else write no"
        )
    raise _BadRowError(
        f"column answer: '{text[:60]}' is not understood; left out. Write one of: "
        f"{words.choices('answer')}"
    )


def _seen_change(text: str, answer: Answer, said: Change | None) -> Change | None:
    """Return what happened from its own column, or as the word in the answer says."""
    if not text:
        return said
    change = _change_word(text)
    if said is not None and change is not said:
        raise _BadRowError(
            f"column change: '{text[:60]}', but the answer says '{said.value}'; left out. Write "
            "yes or no as the answer, and what happened in the column change"
        )
    if answer is Answer.NO and change is not Change.UNCHANGED:
        raise _BadRowError(
            f"column change: '{text[:60]}' although the answer is no; left out. Write yes if that "
            "is what happened here, or empty the cell"
        )
    return change


def _change_word(text: str) -> Change:
    change = words.change(text)
    if change is None:
        raise _BadRowError(
            f"column change: '{text[:60]}' is no change; left out. Write one of: "
            f"{words.choices('change')}"
        )
    return change


def _kind(text: str) -> Kind | None:
    if not text:
        return None
    kind = words.kind(text)
    if kind is None:
        raise _BadRowError(
            f"column class: '{text[:60]}' is no class; left out. Write one of: "
            f"{words.choices('class')}"
        )
    return kind


def _reason(text: str) -> Reason:
    if not text:
        return Reason.NONE
    reason = words.reason(text)
    if reason is None:
        raise _BadRowError(
            f"column reason: '{text[:60]}' is no reason on the list; left out. Write one of: "
            f"{words.choices('reason')}"
        )
    return reason


# -- what analysts add ------------------------------------------------------------------------


def _added(row: Row, cell: dict[str, str], desk: _Desk) -> tuple[Candidate, Verdict]:
    """Return the candidate that an analyst drew, and the yes that comes with it."""
    _check_analyst(cell, desk)
    meant = words.answer(cell["answer"]) if cell["answer"] else Answer.YES
    if meant is None or meant in {Answer.NO, Answer.CANNOT_TELL}:
        raise _BadRowError(
            f"column answer: '{cell['answer'][:60]}' in a row that adds something; left out. Write "
            "yes, or name the candidate that you answer"
        )
    if not cell["class"]:
        raise _BadRowError(
            "column class: empty in a row that adds something; left out. Write one of: "
            f"{words.choices('class')}"
        )
    category = _kind(cell["class"])
    assert category is not None  # noqa: S101 - only an empty cell gives None
    change = _change(cell["change"], meant)
    shape = drawing.simple(row.shape) if row.shape is not None else _point(cell)
    at_m = desk.frontier.span_of(shape).middle_m
    before, after = _images(cell, at_m, desk)
    candidate = drawing.drawn(
        shape, category, change, desk.frontier, before=before, after=after, limit_m=desk.limit_m,
        said=cell["class"],
    )  # fmt: skip
    verdict = Verdict(
        about=candidate.id, analyst=desk.analyst, answer=Answer.YES, category=category, at=desk.at
    )
    return candidate, _once(verdict, desk)


def _change(text: str, answered: object) -> Change:
    """Return the change from its own column, or from a word like 'removed' in the answer."""
    if text:
        return _change_word(text)
    if answered == words.EXISTED:
        return Change.UNCHANGED
    return answered if isinstance(answered, Change) else Change.NEW


def _point(cell: dict[str, str]) -> Point:
    lat, lon = (_degrees(cell[name], name) for name in ("lat", "lon"))
    if abs(lat) > 90 or abs(lon) > 180:
        fix = "; latitude and longitude are swapped" if abs(lon) <= 90 else ""
        raise _BadRowError(f"column lat, lon: {lat:g}, {lon:g} is not on Earth; left out{fix}")
    return Point(lon, lat)


def _degrees(text: str, column: str) -> float:
    if not text:
        raise _BadRowError(
            f"column {column}: empty in a row that adds something; left out. Write degrees, like "
            f"{'42.43210' if column == 'lat' else '129.75310'}"
        )
    match = re.fullmatch(
        r"([+-]?\d{1,3}(?:[.,]\d+)?)\s*°?\s*([NSEW]?)", text.strip(), re.IGNORECASE
    )
    if match is None:
        raise _BadRowError(f"column {column}: '{text[:60]}' is no number of degrees; left out")
    value = float(match[1].replace(",", "."))
    return -value if match[2].upper() in {"S", "W"} else value


def _images(cell: dict[str, str], at_m: float, desk: _Desk) -> tuple[str, str]:
    """Return the two images of an added row: named in it, given, or the nearest candidate's."""
    by_name = {scene.name: scene.id for scene in desk.scenes.values()}
    named = [
        cell[column] if cell[column] in desk.scenes else by_name.get(cell[column], "")
        for column in ("before", "after")
    ]
    suggested = [c for c in desk.known.values() if c.origin != "analyst"] or desk.known.values()
    nearest = min(suggested, key=lambda c: (abs(c.span.middle_m - at_m), c.id), default=None)
    return (
        named[0] or desk.before or (nearest.before if nearest else ""),
        named[1] or desk.after or (nearest.after if nearest else ""),
    )
