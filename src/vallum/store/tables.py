"""The ledger's table, a typed table per kind, and what a ledger row is; the same in each database.

The ledger is what counts. Typed tables hold the newest row of each id and follow from it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, get_type_hints

import orjson
import sqlalchemy as sa
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from vallum.ground.canonical import canonical
from vallum.ground.errors import BadInput, ChainBroken
from vallum.ground.records import ROWS, Level, Row, field_notes
from vallum.ground.span import Span

GENESIS = "0" * 64
BATCH = 500
"""Rows that are sent to the database together."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row of the ledger."""

    seq: int
    at: str
    actor: str
    kind: str
    id: str
    body: str
    prev_sha256: str
    sha256: str

    def row(self) -> Row:
        """Return the row it holds."""
        return row_from(self.kind, self.seq, self.body, row_id=self.id)

    def expected_sha256(self) -> str:
        """Return the hash that follows from the previous row and this one's content.

        Empty where they are not even texts and numbers.
        """
        try:
            return chained(
                self.prev_sha256, self.seq, self.at, self.actor, self.kind, self.id, self.body
            )
        except (TypeError, ValueError):
            return ""


def row_from(
    kind: str, seq: int, body: str, where: str = "the database", *, row_id: str = ""
) -> Row:
    """Return the row that a ledger row holds.

    Args:
        kind: of the row.
        seq: number of the ledger row.
        body: what it holds, as JSON.
        where: what to call the place it was read from.
        row_id: the name it has in the ledger; hashing it anew costs more than all the rest.

    Raises:
        ChainBroken: it holds what vallum never writes: it was changed from outside.
    """
    try:
        row = ROWS[kind].from_body(_plain(body))
    except _NOT_OURS as error:
        raise _unreadable(kind, seq, where) from error
    if row_id:
        row.__dict__["id"] = row_id  # where `Row.id` would keep it
    return row


def _plain(body: str) -> dict[str, Any]:
    """Return what JSON holds; what the fast reader refuses, Python's own may still take."""
    try:
        found: dict[str, Any] = orjson.loads(body)
    except ValueError:
        found = json.loads(body)
    return found


def columns_from(entry: Entry, where: str) -> dict[str, Any]:
    """Return the values of a typed table's columns for a ledger row; raises as `row_from`."""
    try:
        return columns_of(ROWS[entry.kind], entry.id, entry.seq, _plain(entry.body))
    except _NOT_OURS as error:
        raise _unreadable(entry.kind, entry.seq, where) from error


def _unreadable(kind: str, seq: int, where: str) -> ChainBroken:
    return ChainBroken(
        f"{where}: ledger row {seq} ({str(kind)[:40]!r}) cannot be read, it was changed after it "
        "was written; nothing was changed, `vallum verify` tells what is sound, restore a backup "
        "to go on"
    )


_NOT_OURS = (
    TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError,
    ShapelyError, BadInput,
)  # fmt: skip
"""What reading a row may meet that a damaged disk or a stranger's hand wrote."""


def chained(prev: str, *content: int | str) -> str:
    """Return the hash of a row: SHA-256 over the previous hash and the canonical content."""
    # Of texts and whole numbers this is what RFC 8785 asks for, and many times faster.
    return hashlib.sha256(bytes.fromhex(prev) + orjson.dumps(content)).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Tables:
    """All tables of one project."""

    metadata: sa.MetaData
    ledger: sa.Table
    typed: Mapping[str, sa.Table]


def tables_of(metadata: sa.MetaData, shape: sa.types.TypeEngine[Any]) -> Tables:
    """Return the tables of a project, shapes kept as the type `shape`."""
    ledger = sa.Table(
        "ledger",
        metadata,
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False, index=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("prev_sha256", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False, unique=True),
        comment="every fact and state, chained by hash; it only grows",
    )
    typed = {name: _typed_table(cls, metadata, shape) for name, cls in ROWS.items()}
    return Tables(metadata=metadata, ledger=ledger, typed=typed)


_INTEGER = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
_SQL_TYPES: dict[Any, Any] = {int: _INTEGER, float: sa.Float(53), bool: sa.Boolean}


def _typed_table(
    cls: type[Row], metadata: sa.MetaData, shape: sa.types.TypeEngine[Any]
) -> sa.Table:
    """Return the table of one row kind; a field `span` becomes two indexed integers."""
    columns: list[sa.Column[Any]] = [
        sa.Column("id", sa.Text, primary_key=True, comment="name of the row"),
        sa.Column("seq", sa.Integer, nullable=False, comment="number of its ledger row"),
    ]
    hints = _hints(cls)  # type: ignore[arg-type]
    for entry in fields(cls):
        level, meaning, unit = field_notes(entry)
        words = f"{meaning} [{unit}]" if unit else meaning
        said = f"{words}; {level}"
        if hints[entry.name] is Span:
            columns += [
                sa.Column("start_m", _INTEGER, comment=f"{said}; where it begins"),
                sa.Column("end_m", _INTEGER, comment=f"{said}; where it ends"),
            ]
        else:
            kept = shape if is_shape(hints[entry.name]) else _SQL_TYPES.get(hints[entry.name])
            columns.append(sa.Column(entry.name, kept or sa.Text(), comment=said))
    first_line = (cls.__doc__ or "").split("\n", 1)[0]
    table = sa.Table(cls.kind().lower(), metadata, *columns, comment=first_line)
    if "start_m" in table.c:
        sa.Index(f"{table.name}_span", table.c.start_m, table.c.end_m)
    if not isinstance(shape, sa.Text):
        for name in (entry.name for entry in fields(cls) if is_shape(hints[entry.name])):
            sa.Index(f"{table.name}_{name}", table.c[name], postgresql_using="gist")
    return table


@cache
def _hints(cls: type[Row]) -> dict[str, Any]:
    return get_type_hints(cls)


def is_shape(hint: Any) -> bool:
    """Say whether a field holds a geometry, or may."""
    return hint is BaseGeometry or BaseGeometry in getattr(hint, "__args__", ())


def public_columns(cls: type[Row]) -> list[str]:
    """Return the columns of a kind whose fields may be published."""
    found = ["id", "seq"]
    for entry in fields(cls):
        if field_notes(entry)[0] is Level.PUBLIC:
            is_span = _hints(cls)[entry.name] is Span  # type: ignore[arg-type]
            found += ["start_m", "end_m"] if is_span else [entry.name]
    return found


def columns_of(cls: type[Row], row_id: str, seq: int, plain: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a typed table's columns for one row, from its plain JSON form."""
    values: dict[str, Any] = {"id": row_id, "seq": seq}
    for name, is_span in _plan(cls):  # type: ignore[arg-type]
        value = plain.get(name)
        if is_span:
            values["start_m"], values["end_m"] = value if value else (None, None)
        elif type(value) in _NESTED:
            values[name] = canonical(value).decode() if value else _EMPTY[type(value)]
        else:
            values[name] = value
    return values


_EMPTY: dict[type, str] = {list: "[]", dict: "{}"}
_NESTED = frozenset(_EMPTY)


@cache
def _plan(cls: type[Row]) -> tuple[tuple[str, bool], ...]:
    """Return the fields of a kind, and which of them are spans."""
    hints = _hints(cls)  # type: ignore[arg-type]
    return tuple((entry.name, hints[entry.name] is Span) for entry in fields(cls))
