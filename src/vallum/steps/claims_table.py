"""`claims`: listed, or written to a table for a spreadsheet and read back from it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from vallum.claims import rows
from vallum.claims.placing import Land
from vallum.evidence.keys import Key
from vallum.ground.errors import (
    BadInput,
    BadSetting,
    BadTable,
    NotAllowed,
    NotThere,
    Stale,
    TooLarge,
    VallumError,
    VaultError,
)
from vallum.ground.prose.text import sentences
from vallum.ground.saidkinds import Standing
from vallum.ground.statements import Claim, Exhibit, Source
from vallum.ground.whole import write_whole
from vallum.project import Project, actor
from vallum.steps import claiming
from vallum.steps.done import Done, finished, known
from vallum.steps.looking import note_taken
from vallum.steps.papers import text_of
from vallum.steps.reading import barred, is_protected, land_of

DESK, PARTNER = "desk", "partner"
LEVELS = (DESK, PARTNER)
_FIELDS = {
    "statement": "statement", "kind": "subject", "change": "change", "second_change": "also",
    "how_far": "modality", "min": "quantity_min", "max": "quantity_max", "unit": "quantity_unit",
    "qualifier": "qualifier", "places": "places", "dates": "dates", "who": "attribution",
    "access": "access", "handling": "handling", "embargo_until": "embargo_until",
    "credibility": "credibility", "credibility_reason": "credibility_basis",
}  # fmt: skip
"""Columns that may be changed, and the fields they stand for."""
_SHOWN = ("standing", "decided_by", "km", "precision", "rivals", "sentence", "paper", "exhibit")
COLUMNS = ("claim", "row", "answer", "note", *_FIELDS, *_SHOWN)
_DESK_ONLY = frozenset({"who", "sentence", "paper", "exhibit", "decided_by"})
_ANSWERS = {
    "": None, "edit": None, "approve": Standing.APPROVED, "approved": Standing.APPROVED,
    "reject": Standing.REJECTED, "rejected": Standing.REJECTED, "propose": Standing.PROPOSED,
    "proposed": Standing.PROPOSED,
}  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_MOST_BYTES = 50_000_000
_MOST_TOLD = 320  # signs of what is wrong, before 'and 7 more'


@dataclass(frozen=True, kw_only=True)
class Listed(Done):
    """The claims of a project.

    Attributes:
        claims: in the order of the frontier.
    """

    claims: tuple[Mapping[str, Any], ...] = ()

    def to_json(self) -> Any:
        """Return a list with one object per claim."""
        return [dict(claim) for claim in self.claims]


# -- out --------------------------------------------------------------------------------------


def claims_list(project: Project, *, standing: Standing | str | None = None) -> Listed:
    """Return the claims of a project, those that cannot be placed last.

    Args:
        project: whose claims.
        standing: proposed, approved or rejected; all if left out.

    Raises:
        BadSetting: there is no such standing.
    """
    wanted = claiming.standing_of(standing) if standing else None
    every = [row for row in _ordered(project) if wanted in {None, row.standing}]
    by_standing = {one: sum(row.standing is one for row in every) for one in Standing}
    lines = [f"{row.id}: {row.statement} [{row.standing}]" for row in every]
    told = ", ".join(f"{n:,} {one}" for one, n in by_standing.items() if n)
    lines.append(f"{len(every):,} claims" + (f": {told}" if told else ""))
    return Listed(
        step="claims",
        lines=tuple(lines),
        claims=tuple({"id": row.id, **row.body()} for row in every),
        facts={"claims": len(every), **{str(one): n for one, n in by_standing.items()}},
    )


def claims_export(
    project: Project,
    path: Path,
    *,
    level: str = PARTNER,
    keys: Sequence[Key] = (),
) -> Done:
    """Write a row per claim for a spreadsheet; `claims_import` reads it back.

    Args:
        project: whose claims.
        path: a `.csv`.
        level: `partner` leaves out who speaks, the sentence and the paper; `desk` has them, but
            never a sentence of a protected source.
        keys: what opens the vault.

    Raises:
        BadSetting: another ending, no such level, or no claims.
    """
    if path.suffix.lower() != ".csv":
        raise BadSetting(f"{path.name}: write a .csv")
    if level not in LEVELS:
        raise BadSetting(f"level '{level}' is not known; choose one of {', '.join(LEVELS)}")
    every = _ordered(project)
    if not every:
        raise BadSetting("there are no claims yet; run `vallum intake` and `vallum read --all`")
    texts = _Texts(project, keys) if level == DESK else None
    columns = [name for name in COLUMNS if level == DESK or name not in _DESK_ONLY]
    seqs = {row.id: claiming.claim_of(project, row.id)[1] for row in every}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for row in every:
        cells = {**_cells(row), "row": str(seqs[row.id]), **(texts.cells(row) if texts else {})}
        writer.writerow([safe(cells.get(name, "")) for name in columns])
    write_whole(path, out.getvalue().encode("utf-8-sig"))
    if level == DESK:
        note_taken(project, actor())
    told = f"{len(every):,} claims written; fill in the column 'answer': approve, reject or edit"
    warned = ("it holds what may not leave the desk",) if level == DESK else ()
    return Done(
        step="claims", lines=(told, *warned), files=(str(path),), facts={"claims": len(every)},
        next=f"vallum claims --import {path.name} --by NAME",
    )  # fmt: skip


def _ordered(project: Project) -> list[Claim]:
    """Return claims along the frontier: their order of arrival says much."""
    far = (1, 0)
    return sorted(
        project.rows(Claim),
        key=lambda row: ((0, row.spans.hull.start_m) if row.spans.hull else far, row.id),
    )


def _cells(row: Claim) -> dict[str, str]:
    """Return a claim as text, as a person would type it."""
    return {
        "claim": row.id,
        "answer": "",
        "note": row.note,
        "statement": row.statement,
        "kind": row.subject.value,
        "change": row.change.value if row.change else "",
        "second_change": row.also.value if row.also else "",
        "how_far": row.modality.value,
        "min": _figure(row.quantity_min),
        "max": _figure(row.quantity_max),
        "unit": row.quantity_unit,
        "qualifier": row.qualifier,
        "places": "; ".join(rows.words_of(place) for place in row.places),
        "dates": "; ".join(dated.edtf for dated in row.dates),
        "who": row.attribution,
        "access": row.access.value,
        "handling": row.handling.value,
        "embargo_until": row.embargo_until.isoformat() if row.embargo_until else "",
        "credibility": str(row.credibility),
        "credibility_reason": row.credibility_basis,
        "standing": row.standing.value,
        "decided_by": row.approved_by,
        "km": "; ".join(
            f"{part.start_m / 1000:.1f} to {part.end_m / 1000:.1f}" for part in row.spans
        ),
        "precision": "; ".join(place.precision.value for place in row.places),
        "rivals": "; ".join(name for place in row.places for name in place.rivals),
        "exhibit": row.exhibit,
    }


def _figure(value: float) -> str:
    return "" if known(value) is None or math.isnan(value) else f"{value:g}"


def safe(text: str) -> str:
    """Return a cell that no spreadsheet runs as a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA) or text.startswith("'") else text


def _plain(text: str) -> str:
    """Return a cell as it was before `safe`."""
    text = text.strip()
    return text[1:] if text.startswith("'") else text


class _Texts:
    """The sentences in which claims stand; opened once for each exhibit."""

    def __init__(self, project: Project, keys: Sequence[Key]) -> None:
        self._project, self._keys = project, keys
        self._exhibits = {row.id: row for row in project.rows(Exhibit)}
        self._sources = project.rows(Source)
        self._opened: dict[str, str] = {}

    def cells(self, row: Claim) -> dict[str, str]:
        """Return the sentence and the paper of a claim; nothing of a protected source."""
        exhibit = self._exhibits.get(row.exhibit)
        if (
            exhibit is None
            or is_protected(exhibit, self._sources)
            or barred(exhibit, self._sources)
        ):
            return {}
        if exhibit.id not in self._opened:
            self._opened[exhibit.id] = self._text(exhibit)
        sentence = sentence_at(self._opened[exhibit.id], row.start, row.end)
        return {"sentence": sentence, "paper": exhibit.title or exhibit.url}

    def _text(self, exhibit: Exhibit) -> str:
        try:
            return text_of(self._project, exhibit, *self._keys)
        except (NotThere, VaultError, BadSetting):
            return ""


def sentence_at(text: str, start: int, end: int) -> str:
    """Return the sentence, or sentences, in which characters stand; empty without text."""
    if not 0 <= start < end <= len(text):
        return ""
    within = [one for one in sentences(text) if one.start < end and start < one.end]
    return " ".join(text[within[0].start : within[-1].end].split()) if within else ""


# -- in ---------------------------------------------------------------------------------------


def claims_import(
    project: Project,
    path: Path,
    *,
    by: str,
    keys: Sequence[Key] = (),
) -> Done:
    """Read answers from a table: approve, reject or edit; everything is kept, or nothing.

    A cell that differs from what the claim says is a change. A row without an answer whose cells
    are as they were is left alone.

    Args:
        project: whose claims.
        path: a `.csv` as `claims_export` writes it; columns may be missing, `claim` and `answer`
            may not.
        by: who answered.
        keys: what opens the vault.

    Raises:
        BadTable: rows cannot be used; the message names row and column of each.
        Stale: a claim was changed after the table was written.
        BadInput: there is no such file.
    """
    by = claiming.person(by)
    table = _rows_of(path)
    with project.alone():
        land = land_of(project)
        known = {row.id for row in project.rows(Claim)}
        made: list[Claim] = []
        problems: list[str] = []
        seen: dict[str, int] = {}
        for number, cells in table:
            after = _answered(cells, by, land, project, keys)
            name = cells.get("claim", "")
            if isinstance(after, str):
                problems.append(f"row {number}, {after}")
            elif name in seen:
                problems.append(f"row {number}, column claim: {name} is in row {seen[name]} too")
            elif after is not None:
                before = claiming.claim_of(project, name)[0]
                made += claiming.together(before, after, known | {row.id for row in made})
            seen.setdefault(name, number)
        if problems:
            raise _refused(path, problems)
        with project.run("claims", by=by) as work:
            work.add_all(made)
    counts = {one: sum(row.standing is one for row in made) for one in Standing}
    lines = [
        f"{len(table):,} rows read, {work.n_added:,} claims changed: "
        + (", ".join(f"{n:,} {one}" for one, n in counts.items() if n) or "none")
    ]
    facts = {"rows": len(table), "changed": work.n_added}
    return finished(work, lines, then="vallum match" if made else "", facts=facts)


def _refused(path: Path, problems: Sequence[str]) -> VallumError:
    shown = [
        problem if len(problem) <= _MOST_TOLD else f"{problem[:200]}…{problem[-80:]}"
        for problem in problems
    ]
    # As many as fit: whoever reads it wants to see the end of the line, too.
    n = sum(length <= _MOST_TOLD for length in accumulate(map(len, shown)))
    rest = len(shown) - max(1, n)
    more = f"; and {rest} more" if rest else ""
    told = "; ".join(shown[: len(shown) - rest]) + more
    return BadTable(
        f"{path.name}: {told}. Nothing was imported, correct the table and import it again"
    )


def _rows_of(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of a table with their numbers as a spreadsheet counts them."""
    if not path.is_file():
        raise BadInput(f"{path} does not exist; nothing was read, check the path")
    if path.stat().st_size > _MOST_BYTES:
        raise TooLarge(
            f"{path.name} is larger than {_MOST_BYTES // 1_000_000} MB; nothing was read"
        )
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadTable(f"{path.name} is not UTF-8; save it as 'CSV UTF-8' and try again") from error
    head = text.split("\n", 1)[0]
    mark = max((",", ";", "\t"), key=head.count)
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    except csv.Error as error:
        raise BadTable(f"{path.name} is no table ({error}); nothing was read") from error
    names = [_plain(name).casefold() for name in table[0]] if table else []
    missing = [name for name in ("claim", "answer") if name not in names]
    if missing:
        raise BadTable(f"{path.name}: there is no column '{missing[0]}'; nothing was read")
    twice = next((name for name in names if name in COLUMNS and names.count(name) > 1), "")
    if twice:
        raise BadTable(f"{path.name}: there are two columns '{twice}'; nothing was read")
    return [
        (number, dict(zip(names, map(_plain, row), strict=False)))
        for number, row in enumerate(table[1:], start=2)
        if any(cell.strip() for cell in row)
    ]


def _answered(
    cells: Mapping[str, str], by: str, land: Land, project: Project, keys: Sequence[Key]
) -> Claim | str | None:
    """Return the claim that a row makes, what is wrong with it, or None where nothing changes."""
    answer = cells.get("answer", "").casefold()
    if answer not in _ANSWERS:
        return f"column answer: '{answer}' is not known; write approve, reject or edit"
    try:
        before, newest = claiming.claim_of(project, cells.get("claim", ""))
    except NotThere as error:
        return f"column claim: {error}"
    was = _cells(_written_from(project, before, cells))
    typed = {
        column: cells[column]
        for column in _FIELDS
        if column in cells and cells[column] != _plain(safe(was[column]))
    }
    if not answer and not typed:
        return None
    if not answer:
        return (
            f"column answer: {', '.join(typed)} changed, but there is no answer; write edit, "
            "approve or reject"
        )
    if problem := _wrong_cell(before, typed, land):
        return problem
    note = cells.get("note", "")
    try:
        after = claiming.decided(
            project, before, standing=_ANSWERS[answer] or before.standing, by=by, land=land,
            changes={_FIELDS[column]: value for column, value in typed.items()},
            note=note if note != before.note else "", keys=keys,
        )  # fmt: skip
        if after is before:
            return None
        if cells.get("row", "").isdigit():
            claiming.check_newest(before.id, newest, int(cells["row"]))
    except (BadInput, BadSetting, NotAllowed, Stale) as error:
        return f"column {_blamed(error, typed)}: {error}"
    return after


def _written_from(project: Project, newest: Claim, cells: Mapping[str, str]) -> Claim:
    """Return the row from which the table was written: what differs from it, somebody typed."""
    number = cells.get("row", "")
    seen = [entry for entry in project.store.history(newest.id) if str(entry.seq) == number]
    row = seen[0].row() if seen else newest
    return row if isinstance(row, Claim) else newest


def _wrong_cell(before: Claim, typed: Mapping[str, str], land: Land) -> str:
    """Return what is wrong with the first cell that cannot be used, or nothing."""
    for column, value in typed.items():
        field = _FIELDS[column]
        if field in claiming.GRADE:
            continue
        try:
            rows.changed(before, {field: value}, land)
        except (BadInput, BadSetting) as error:
            # Both ends of an amount may change at once.
            if column in {"min", "max"} and "larger" in str(error) and {"min", "max"} <= {*typed}:
                continue
            return f"column {column}: {error}"
    return ""


def _blamed(error: VallumError, typed: Mapping[str, str]) -> str:
    """Return the column that stands in the way of a decision."""
    if isinstance(error, Stale):
        return "row"
    if isinstance(error, BadInput):
        field = str(error).partition(":")[0].replace(" ", "_")
        return next((column for column in typed if _FIELDS[column] == field), "note")
    if {"credibility", "credibility_reason"} & {*typed} and "statement" not in str(error):
        return "credibility" if "not known" in str(error) else "credibility_reason"
    return "min" if "larger" in str(error) else "statement"
