"""Rows as they are handed over: only fields that the level lets out, people under code names.

Names of rows that hold a person's name (`Verdict`, `Sighting`) and of runs could be guessed from a
list of names, because they are hashes of it. So they are made anew from random code names, the same
in all rows of one case file and different in each.
"""

from __future__ import annotations

import base64
import hmac
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import get_type_hints

import rfc8785

from vallum.evidence.redact import redact
from vallum.ground.errors import BadInput
from vallum.ground.records import Json, Level, Row, Sample, Scene, Sighting, Verdict, field_notes

_RANK = {Level.PUBLIC: 0, Level.DESK: 1, Level.PRIVATE: 2}
_ELSEWHERE = "not in this case file"


@dataclass(frozen=True, kw_only=True)
class Given:
    """One row as it is handed over: its name, its kind, and the fields that go with it."""

    id: str
    kind: str
    body: Mapping[str, Json]

    def line(self) -> bytes:
        """Return it as one line of canonical JSON (RFC 8785)."""
        return rfc8785.dumps({"id": self.id, **self.body}) + b"\n"


def handed(rows: Sequence[Row], level: Level, salt: bytes) -> list[Given]:
    """Return rows as they are handed over, in their order.

    Args:
        rows: of any kinds; what is named in one must be among them to be renamed.
        level: who gets them. At the desk people are known by name, so nothing is renamed.
        salt: random, for this case file alone, and kept nowhere.
    """
    is_public = level is Level.PUBLIC
    order = _order_of_answers(rows) if is_public else {}
    names = _new_names(rows, salt) if is_public else {}
    found = []
    for row in rows:
        body = _let_out(row, level, names)
        if body is None:
            continue
        if is_public and isinstance(row, Verdict | Sighting) and row.analyst:
            body["analyst"] = code_name(row.analyst, salt)
        if is_public and row.run:
            body["run"] = run_name(row.run, salt)
        if row.id in order:
            body["at"] = order[row.id]
        found.append(Given(id=names.get(row.id, row.id), kind=row.kind(), body=body))
    return found


def code_name(name: str, salt: bytes) -> str:
    """Return random letters that are the same for the same name and salt, and say nothing of it."""
    digest = hmac.digest(salt, name.encode(), "sha256")
    return base64.b32encode(digest[:10]).decode().lower()


def run_name(run_id: str, salt: bytes) -> str:
    """Return the name of a run in a public case file; its id follows from who ran it and when."""
    return f"run-{code_name(run_id, salt)}"


def read_row(cls: type[Row], line: Mapping[str, Json]) -> Row:
    """Return the row that a line holds, under the name that it has in the line.

    Raises:
        BadInput: the line is no such row, or its name does not follow from what it holds.
    """
    name = str(line.get("id", ""))
    body = {key: value for key, value in line.items() if key != "id"}
    named_by = {*cls.NAMED_BY, *(one for one in cls.NAMED_IF_SET if body.get(one))}
    hints = get_type_hints(cls)
    blank = {one.name: "" for one in fields(cls) if hints[one.name] is str}
    if cls is Scene and body.get("n_bands"):
        blank["href"] = _ELSEWHERE  # it has pixels, and they stay where they are
    try:
        row = cls.from_body({**{k: v for k, v in blank.items() if k not in body}, **body})
    except (TypeError, ValueError, KeyError, AttributeError, IndexError, OverflowError) as error:
        raise BadInput(
            f"{cls.kind()} {name[:40]!r} is no such row ({type(error).__name__})"
        ) from error
    if named_by <= body.keys() and row.id != name:
        raise BadInput(f"{cls.kind()} {name[:40]!r} does not hold what its name stands for")
    object.__setattr__(row, "id", name)  # where the name rests on what was not let out
    return row


def _let_out(row: Row, level: Level, names: Mapping[str, str]) -> dict[str, Json] | None:
    """Return the fields that may be seen at a level; None where the row may not be seen.

    `redact` takes out the ids that follow from a person's name; they come back under new ones.
    """
    clean = redact([row], level)
    if not clean:
        return None
    body = clean[0].body()
    found: dict[str, Json] = {}
    for entry in fields(row):
        if _RANK[field_notes(entry)[0]] > _RANK[level]:
            continue
        value, own = body[entry.name], getattr(row, entry.name)
        if isinstance(value, list) and isinstance(own, tuple) and entry.metadata.get("refers"):
            value = [names.get(one, one) for one in own if one in names or one in value]
        found[entry.name] = value
    return found


def _new_names(rows: Iterable[Row], salt: bytes) -> dict[str, str]:
    """Return the new name of every row whose name follows from a person's."""
    return {
        row.id: replace(row, analyst=code_name(row.analyst, salt)).id
        for row in rows
        if isinstance(row, Verdict | Sighting) and row.analyst
    }


def _order_of_answers(rows: Iterable[Row]) -> dict[str, str]:
    """Return a stand-in for the time of an answer where one person answered a place twice.

    Of two answers about one stretch the later one counts, so their order is handed over, and
    their times are not.
    """
    rows = list(rows)
    spans = {row.id: row.span for row in rows if isinstance(row, Sample)}
    groups: dict[object, list[Verdict]] = defaultdict(list)
    for row in rows:
        place = spans.get(row.about) or spans.get(row.frame) if isinstance(row, Verdict) else None
        if isinstance(row, Verdict) and place is not None and row.at is not None:
            groups[row.analyst, place].append(row)
    return {
        row.id: f"1970-01-01T00:{place // 60:02d}:{place % 60:02d}+00:00"
        for group in groups.values()
        if len(group) > 1
        for place, row in enumerate(sorted(group, key=lambda v: (v.at, v.about))[-3600:])
    }
