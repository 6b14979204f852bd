"""The only door from rows to what is printed: what nobody declared fit to leave stays.

A kind of row passes only if it is named here, a field only if it is declared for that level. What
stays is blank: empty text, zero, NaN, nothing. A row keeps its id, which other rows refer to,
unless the id itself follows from a person's name: whoever has a list of names can try them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, Field, fields, replace
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from vallum.ground.errors import BadSetting
from vallum.ground.records import (
    Anchor,
    Candidate,
    Claim,
    Comparison,
    Cue,
    Custody,
    Estimate,
    Exhibit,
    Finding,
    Fit,
    Level,
    Look,
    Match,
    Release,
    Remark,
    Row,
    Run,
    Sample,
    Scene,
    Sighting,
    Source,
    Stratum,
    Terrain,
    Value,
    Verdict,
    field_notes,
)
from vallum.ground.saidkinds import Handling
from vallum.ground.span import Spans

RowT = TypeVar("RowT", bound=Row)
STATEMENT = "statement"
AT_DESK = frozenset({Handling.AMBER, Handling.GREEN, Handling.CLEAR})
_PUBLIC: frozenset[type[Row]] = frozenset(
    {Anchor, Candidate, Comparison, Cue, Estimate, Exhibit, Finding, Fit, Look, Release, Run,
     Sample, Scene, Sighting, Stratum, Terrain, Verdict}
)  # fmt: skip
_DESK = _PUBLIC | {Claim, Custody, Match, Remark, Source}
_NAMED_BY_PEOPLE: frozenset[type[Row]] = frozenset({Run, Sighting, Verdict})
"""Their ids are hashes of an analyst's name and of what everybody knows."""
_NEVER_SAID = (
    "analyst-",
    "claim-",
    "custody-",
    "depicted-",
    "disclosure-",
    "match-",
    "remark-",
    "source-",
)
_RANK = {Level.PUBLIC: 0, Level.DESK: 1, Level.PRIVATE: 2}


def redact(rows: Iterable[RowT], level: Level) -> list[RowT]:
    """Return what of `rows` may be printed at `level`, in their order.

    At public level no source, claim, match, exhibit of a statement, custody, disclosure, remark or
    analyst passes; at the desk those pass that are marked for it (up to TLP:AMBER), sources only
    where nothing could happen to them.

    Args:
        rows: of any kinds.
        level: public or desk.

    Raises:
        BadSetting: the level is private, at which nothing is printed.
    """
    if level is Level.PRIVATE:
        raise BadSetting(
            "nothing is printed at level 'private'; nothing was written, choose public or desk"
        )
    known = list(rows)
    dropped = {row.id for row in known if not _passes(row, level)}
    while more := {r.id for r in known if r.id not in dropped and _speaks_of(r, dropped)}:
        dropped |= more
    return [_blanked(row, level, dropped) for row in known if row.id not in dropped]


def _passes(row: Row, level: Level) -> bool:
    if type(row) not in (_PUBLIC if level is Level.PUBLIC else _DESK):
        return False
    if isinstance(row, Exhibit) and row.role != STATEMENT:
        return True
    if isinstance(row, Source) and row.risk.is_protected:
        return False
    if isinstance(row, Exhibit | Claim | Source):
        return level is Level.DESK and row.handling in AT_DESK
    return all(name in blanks(type(row)) for name in _above(type(row), level))


def _speaks_of(row: Row, dropped: set[str]) -> bool:
    """Say whether a row is about one that stays; it would tell that there is one."""
    if isinstance(row, Match):
        return row.claim in dropped or row.about in dropped
    if isinstance(row, Claim):
        return row.exhibit in dropped
    if isinstance(row, Exhibit):
        return row.source in dropped
    if isinstance(row, Custody):
        return row.subject in dropped
    return isinstance(row, Remark) and row.about in dropped


def _blanked(row: RowT, level: Level, dropped: set[str]) -> RowT:
    cls = type(row)
    changes: dict[str, Any] = {name: blanks(cls)[name] for name in _above(cls, level)}
    for entry in fields(cls):
        value = getattr(row, entry.name)
        if entry.name in changes:
            continue
        if entry.metadata.get("refers"):
            changes[entry.name] = _said(value, level, dropped)
        elif isinstance(value, Value):
            changes[entry.name] = _value(value, level)
        elif isinstance(value, tuple) and any(isinstance(part, Value) for part in value):
            changes[entry.name] = tuple(_value(part, level) for part in value)
    if level is Level.PUBLIC:
        changes["run"] = ""  # it says when
    clean = replace(row, **changes)
    if level is Level.DESK or cls not in _NAMED_BY_PEOPLE:
        clean.__dict__["id"] = row.id
    return clean


def _value(value: Value, level: Level) -> Value:
    """The same for the few fields that belong together inside a row."""
    return replace(value, **{n: blanks(type(value))[n] for n in _above(type(value), level)})


def _said(value: str | tuple[str, ...], level: Level, dropped: set[str]) -> str | tuple[str, ...]:
    """Return ids without those of rows that stay, and of those that follow from a name."""
    never = _NEVER_SAID + (("verdict-", "sighting-") if level is Level.PUBLIC else ())
    if level is Level.DESK:
        return value if isinstance(value, str) else tuple(v for v in value if v not in dropped)
    if isinstance(value, str):
        return "" if value.startswith(never) or value in dropped else value
    return tuple(one for one in value if not one.startswith(never) and one not in dropped)


def _above(cls: type[Row] | type[Value], level: Level) -> tuple[str, ...]:
    """Return the names of the fields that stay."""
    return _staying(cls, level)  # type: ignore[arg-type]


@cache
def _staying(cls: type[Row] | type[Value], level: Level) -> tuple[str, ...]:
    return tuple(e.name for e in fields(cls) if _RANK[field_notes(e)[0]] > _RANK[level])


def blanks(cls: type[Row] | type[Value]) -> dict[str, Any]:
    """Return what stands for each field that stays; a field that cannot be blank has none."""
    return _blank_fields(cls)  # type: ignore[arg-type]


@cache
def _blank_fields(cls: type[Row] | type[Value]) -> dict[str, Any]:
    return dict(_blanks(fields(cls), get_type_hints(cls)))


def _blanks(entries: tuple[Field[Any], ...], hints: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for entry in entries:
        hint = hints[entry.name]
        if entry.default is not MISSING:
            yield entry.name, entry.default
        elif get_origin(hint) is UnionType and NoneType in get_args(hint):
            yield entry.name, None
        elif get_origin(hint) is tuple:
            yield entry.name, ()
        elif hint in _EMPTY:
            yield entry.name, _EMPTY[hint]()


_EMPTY: dict[Any, Callable[[], Any]] = {
    str: str,
    int: int,
    bool: bool,
    float: lambda: math.nan,
    Spans: Spans,
}
