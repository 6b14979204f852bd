"""What both databases share: the five verbs, the chain, and the tables that follow from it.

One `ledger` row per fact or state, chained by SHA-256 over the previous row's hash and the row's
canonical JSON (RFC 8785). In the same transaction the row lands in one typed table per kind, which
holds the newest row per id and can be rebuilt from the ledger at any time. Rows, numbers and
hashes are the same in SQLite and in PostgreSQL, so that a project can move between them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

import rfc8785
import sqlalchemy as sa

from vallum.ground.errors import ChainBroken, StoreError
from vallum.ground.records import Row
from vallum.store.framed import framed
from vallum.store.tables import BATCH, GENESIS, Entry, Tables, chained, columns_from, row_from

if TYPE_CHECKING:
    import geopandas as gpd

_MOST_IDS = 10_000

RowT = TypeVar("RowT", bound=Row)
Part = TypeVar("Part", str, int)
_seq_of = itemgetter(0)


class Ledger(ABC):
    """The rows of a project; holds a connection pool, close it or use it in a `with`."""

    kind: str
    """`sqlite` or `postgresql`."""

    _engine: sa.Engine
    _tables: Tables
    _n_remembering: int = 0
    _remembered: dict[str, tuple[tuple[int, str], list[Any]]]

    # -- what differs ------------------------------------------------------------------------

    @abstractmethod
    def say_where(self) -> str:
        """Say in words where the rows are; no password is in it."""

    @abstractmethod
    def backup_to(self, path: Path) -> tuple[int, str]:
        """Write all rows to a new SQLite file, as they stand at one moment; writers may go on.

        Returns:
            Number and hash of its newest row.

        Raises:
            DiskFull: there is no room; nothing was kept.
            StoreError: `path` exists.
        """

    @abstractmethod
    def _translated(self, error: BaseException | None) -> StoreError:
        """Turn what the database says into our words."""

    @abstractmethod
    def _make(self, connection: sa.Connection) -> None:
        """Make the ledger's table, as far as it is not there, and what guards it."""

    @abstractmethod
    def _check_file(self, connection: sa.Connection) -> None:
        """Raise ChainBroken if what the rows lie in is damaged."""

    @abstractmethod
    def _check_guards(self, connection: sa.Connection) -> None:
        """Raise ChainBroken if nothing refuses changes of the ledger any more."""

    @abstractmethod
    def _snapshot(self) -> AbstractContextManager[sa.Connection]:
        """Give a connection that sees one moment, however many statements it is asked."""

    def hold(self) -> AbstractContextManager[None]:
        """Keep other hosts from working on this project meanwhile; a file needs no such lock."""
        return nullcontext()

    # -- the five verbs ---------------------------------------------------------------------

    def add(self, rows: Iterable[Row], *, actor: str) -> list[Row]:
        """Append rows in one transaction and return those that were new or differed.

        A row equal to the newest of its id (its run aside) is left out. When this returns, the
        rows are on disk.

        Raises:
            DiskFull: there is no room; nothing of this call was kept.
            StoreLocked: another process is writing.
        """
        return self.add_together([(rows, actor)])

    def add_together(self, parts: Iterable[tuple[Iterable[Row], str]]) -> list[Row]:
        """Append rows of several actors in one transaction; else as `add`."""
        told = [(row, actor) for rows, actor in parts for row in rows]
        with self._speaking(), self._engine.begin() as connection:
            return self._add_in(connection, told)[0]

    def _add_in(
        self, connection: sa.Connection, told: Sequence[tuple[Row, str]]
    ) -> tuple[list[Row], str]:
        """Append rows inside a transaction; return what was added, and the new head."""
        seq, head = self._head(connection)
        newest = self._newest(connection, [row for row, _ in told])
        kept = set(newest)
        added: list[Row] = []
        entries: list[Entry] = []
        for row, actor in told:
            before = newest.get((row.kind(), row.id))
            if before is not None and before.same_as(row):
                continue
            seq += 1
            entries.append(_entry_of(row, actor, seq, head))
            head = entries[-1].sha256
            newest[row.kind(), row.id] = row
            added.append(row)
        self._append(connection, entries, kept)
        return added, head

    def latest(self, cls: type[RowT], *ids: str) -> list[RowT]:
        """Return the newest row of each id, all of them or those named, in ledger order."""
        if ids or not self._n_remembering:
            return self._latest(cls, ids)
        head, known = self.head(), self._remembered.get(cls.kind())
        if known is None or known[0] != head:
            # What is written meanwhile is in no head that was asked for before it.
            known = self._remembered[cls.kind()] = (head, self._latest(cls, ids))
        return list(known[1])

    @contextmanager
    def remembering(self) -> Iterator[None]:
        """Keep all rows of a kind in memory until the ledger grows: for who asks again and again.

        Rows are read once per kind instead of once per question, and forgotten at the end.
        """
        if not self._n_remembering:
            self._remembered = {}
        self._n_remembering += 1
        try:
            yield
        finally:
            self._n_remembering -= 1
            if not self._n_remembering:
                self._remembered = {}

    def _latest(self, cls: type[RowT], ids: Sequence[str]) -> list[RowT]:
        ledger, table = self._tables.ledger, self._tables.typed[cls.kind()]
        query = sa.select(ledger.c.seq, ledger.c.id, ledger.c.body).join(
            table, table.c.seq == ledger.c.seq
        )
        found: list[Any] = []
        with self._speaking(), self._reading() as connection:
            for some in _in_parts(ids):
                found += connection.execute(query.where(table.c.id.in_(some))).all()
            if not ids:
                found += connection.execute(query).all()
        where = self.say_where()
        rows = (
            row_from(cls.kind(), seq, body, where, row_id=row_id)
            for seq, row_id, body in sorted(found, key=_seq_of)
        )
        return cast(list[RowT], list(rows))

    def history(self, row_id: str) -> list[Entry]:
        """Return every ledger row of one id, oldest first."""
        ledger = self._tables.ledger
        query = sa.select(ledger).where(ledger.c.id == row_id).order_by(ledger.c.seq)
        with self._speaking(), self._reading() as connection:
            return [Entry(**found) for found in connection.execute(query).mappings()]

    def get(self, row_id: str) -> Row:
        """Return the newest row of one id.

        Raises:
            StoreError: there is none.
        """
        entries = self.history(row_id)
        if not entries:
            raise StoreError(f"nothing in this project is called '{row_id}'; see `vallum status`")
        return entries[-1].row()

    def frame(self, cls: type[Row]) -> gpd.GeoDataFrame:
        """Return the newest rows as a table, EPSG:4326, `id` first; private fields stay inside."""
        return framed(cls, self.latest(cls))

    def tally(self, cls: type[Row], name: str) -> dict[str, int]:
        """Return how many of the newest rows of a kind hold each value of a field of words."""
        column = self._tables.typed[cls.kind()].c[name]
        query = sa.select(column, sa.func.count()).group_by(column)
        with self._speaking(), self._reading() as connection:
            return {found[0]: found[1] for found in connection.execute(query)}

    # -- the chain --------------------------------------------------------------------------

    def head(self) -> tuple[int, str]:
        """Return number and hash of the newest ledger row; (0, 64 zeros) when empty."""
        with self._speaking(), self._reading() as connection:
            return self._head(connection)

    def head_without(self, *kinds: str) -> str:
        """Return the hash of the newest ledger row that is of none of these kinds."""
        ledger = self._tables.ledger
        query = (
            sa.select(ledger.c.sha256)
            .where(ledger.c.kind.not_in(kinds))
            .order_by(ledger.c.seq.desc())
            .limit(1)
        )
        with self._speaking(), self._reading() as connection:
            return connection.execute(query).scalar() or GENESIS

    def entries(
        self, *, after: int = 0, until: int | None = None, kinds: Collection[str] = ()
    ) -> list[Entry]:
        """Return the ledger, oldest first: all of it, or a part.

        Args:
            after: only what came after row number `after`.
            until: only up to row number `until`.
            kinds: only rows of these kinds.
        """
        with self._speaking(), self._reading() as connection:
            return list(self._entries(connection, after, until, kinds))

    def newest_by(self) -> list[tuple[str, str, int, str]]:
        """Return of each kind and actor the newest row, as kind, actor, number and time."""
        ledger = self._tables.ledger
        newest = sa.select(sa.func.max(ledger.c.seq)).group_by(ledger.c.kind, ledger.c.actor)
        query = sa.select(ledger.c.kind, ledger.c.actor, ledger.c.seq, ledger.c.at)
        found: list[tuple[str, str, int, str]] = []
        with self._speaking(), self._reading() as connection:
            # As one statement it takes SQLite three times as long.
            for some in _in_parts(sorted(connection.execute(newest).scalars())):
                rows = connection.execute(query.where(ledger.c.seq.in_(some)))
                found += [(kind, actor, seq, at) for kind, actor, seq, at in rows]
        return sorted(found, key=itemgetter(2))

    def written(
        self, *kinds: str, until: int, is_newest: bool = False
    ) -> Iterator[tuple[int, Row]]:
        """Yield number and row of what the ledger held up to a row of it, oldest first.

        Args:
            kinds: of the rows.
            until: number of the last row that counts.
            is_newest: only the newest of each id.
        """
        ledger = self._tables.ledger
        query = sa.select(ledger.c.seq, ledger.c.kind, ledger.c.id, ledger.c.body)
        query = query.where(ledger.c.kind.in_(kinds), ledger.c.seq <= until).order_by(ledger.c.seq)
        with self._speaking(), self._reading() as connection:
            found = connection.execute(query).all()
        newest = {row_id: seq for seq, _, row_id, _ in found} if is_newest else {}
        where = self.say_where()
        for seq, kind, row_id, body in found:
            if newest.get(row_id, seq) == seq:
                yield seq, row_from(kind, seq, body, where, row_id=row_id)

    def verify(self) -> int:
        """Check chain, tables and what guards them; return the number of ledger rows.

        All is read as it stands at one moment: people may go on writing.

        Raises:
            ChainBroken: names the first row that does not follow, or the first table row that
                differs from the ledger.
        """
        with self._speaking(), self._snapshot() as connection:
            self._check_file(connection)
            n_rows, newest = self._verify_chain(connection)
            self._verify_tables(connection, newest)
            self._check_guards(connection)
        return n_rows

    def verify_chain(self) -> int:
        """Check the ledger alone, without the tables; return the number of its rows.

        Raises:
            ChainBroken: names the first row that does not follow from the one before.
        """
        with self._speaking(), self._snapshot() as connection:
            return self._verify_chain(connection)[0]

    def _verify_chain(self, connection: sa.Connection) -> tuple[int, dict[str, Entry]]:
        head, newest, seq = GENESIS, {}, 0
        for seq, entry in enumerate(self._entries(connection), start=1):
            if entry.seq != seq or entry.prev_sha256 != head:
                raise ChainBroken(f"ledger row {seq} is missing or out of order; restore a backup")
            if entry.sha256 != entry.expected_sha256():
                raise ChainBroken(
                    f"ledger row {seq} ({entry.kind} {entry.id}) was changed after it was written; "
                    "everything before it is sound, restore a backup to go on"
                )
            head, newest[entry.id] = entry.sha256, entry
        return seq, newest

    def _verify_tables(self, connection: sa.Connection, newest: dict[str, Entry]) -> None:
        found = 0
        for kind, table in self._tables.typed.items():
            names = [column.name for column in table.c]
            for stored in connection.execute(self._as_kept(table)):
                entry = newest.get(stored[0])
                if entry is None or entry.kind != kind:
                    raise ChainBroken(f"table {kind}: {stored[0]} is in no ledger row")
                if not self._is_equal(table, dict(zip(names, stored, strict=True)), entry):
                    raise ChainBroken(
                        f"table {kind}: {stored[0]} differs from ledger row {entry.seq}; "
                        "the ledger is sound, run `vallum verify --rebuild`"
                    )
                found += 1
        if found != len(newest):
            raise ChainBroken(
                f"{len(newest) - found} rows of the ledger are in no table; the ledger is sound, "
                "run `vallum verify --rebuild`"
            )

    def _as_kept(self, table: sa.Table) -> sa.Select[Any]:
        """Return the question for all rows of a table, `id` first, as `_is_equal` compares them."""
        return sa.select(table)

    def _is_equal(self, table: sa.Table, stored: dict[str, Any], entry: Entry) -> bool:  # noqa: ARG002
        """Say whether a row of a table is what follows from a ledger row."""
        return stored == self._columns(entry)

    # -- inside a transaction ---------------------------------------------------------------

    def _entries(
        self,
        connection: sa.Connection,
        after: int = 0,
        until: int | None = None,
        kinds: Collection[str] = (),
    ) -> Iterator[Entry]:
        ledger = self._tables.ledger
        query = sa.select(ledger).where(ledger.c.seq > after).order_by(ledger.c.seq)
        query = query if until is None else query.where(ledger.c.seq <= until)
        query = query.where(ledger.c.kind.in_(kinds)) if kinds else query
        for seq, at, actor, kind, row_id, body, prev, sha256 in connection.execute(query):
            yield Entry(
                seq=seq, at=at, actor=actor, kind=kind, id=row_id, body=body, prev_sha256=prev,
                sha256=sha256,
            )  # fmt: skip

    def _head(self, connection: sa.Connection) -> tuple[int, str]:
        ledger = self._tables.ledger
        query = sa.select(ledger.c.seq, ledger.c.sha256).order_by(ledger.c.seq.desc()).limit(1)
        found = connection.execute(query).first()
        return (found[0], found[1]) if found else (0, GENESIS)

    def _newest(self, connection: sa.Connection, rows: Sequence[Row]) -> dict[tuple[str, str], Row]:
        """Return what is newest of the ids of some rows, by kind and id."""
        ids: dict[str, list[str]] = {}
        for row in rows:
            ids.setdefault(row.kind(), []).append(row.id)
        found: dict[tuple[str, str], Row] = {}
        for kind, named in ids.items():
            ledger, table = self._tables.ledger, self._tables.typed[kind]
            query = sa.select(table.c.id, ledger.c.seq, ledger.c.body).join(
                ledger, table.c.seq == ledger.c.seq
            )
            for some in _in_parts(named):
                for row_id, seq, body in connection.execute(query.where(table.c.id.in_(some))):
                    where = self.say_where()
                    found[kind, row_id] = row_from(kind, seq, body, where, row_id=row_id)
        return found

    def _append(
        self, connection: sa.Connection, entries: Sequence[Entry], kept: set[tuple[str, str]]
    ) -> None:
        """Write ledger rows, and the newest of each id into its table in place of what it held."""
        if not entries:
            return
        self._fill(connection, self._tables.ledger, [asdict(entry) for entry in entries])
        newest = {(entry.kind, entry.id): entry for entry in entries}
        of_kind: dict[str, list[Entry]] = {}
        for entry in newest.values():
            of_kind.setdefault(entry.kind, []).append(entry)
        for kind, some in of_kind.items():
            table = self._tables.typed[kind]
            for gone in _in_parts([entry.id for entry in some if (kind, entry.id) in kept]):
                connection.execute(sa.delete(table).where(table.c.id.in_(gone)))
            self._fill(connection, table, [self._columns(entry) for entry in some])

    def _columns(self, entry: Entry) -> dict[str, Any]:
        """Return what a typed table holds of a ledger row."""
        return columns_from(entry, self.say_where())

    def rebuild(self) -> None:
        """Make the typed tables anew from the ledger, and what guards the ledger."""
        with self._speaking(), self._engine.begin() as connection:
            self._make(connection)
            self._rebuild(connection)

    def _rebuild(self, connection: sa.Connection) -> None:
        self._remake(connection)
        newest = {entry.id: entry for entry in self._entries(connection)}
        of_kind: dict[str, list[dict[str, Any]]] = {}
        for entry in newest.values():
            of_kind.setdefault(entry.kind, []).append(self._columns(entry))
        for kind, values in of_kind.items():
            self._fill(connection, self._tables.typed[kind], values)

    def _remake(self, connection: sa.Connection) -> None:
        """Make the typed tables anew, empty."""
        tables = list(self._tables.typed.values())
        self._tables.metadata.drop_all(connection, tables)
        self._tables.metadata.create_all(connection, tables)

    def _fill(
        self, connection: sa.Connection, table: sa.Table, values: Sequence[dict[str, Any]]
    ) -> None:
        """Insert many rows."""
        for at in range(0, len(values), BATCH):
            connection.execute(sa.insert(table), list(values[at : at + BATCH]))

    def take_over(self, entries: Sequence[Entry]) -> None:
        """Write another project's ledger into this empty one, row by row as it is.

        Raises:
            StoreError: this one is not empty.
            ChainBroken: a row does not follow from the one before; nothing was kept.
        """
        with self._speaking(), self._engine.begin() as connection:
            if self._head(connection)[0]:
                raise StoreError(
                    f"{self.say_where()} holds rows already; nothing was changed, name another "
                    "place"
                )
            plain = [asdict(entry) for entry in entries]
            self._fill(connection, self._tables.ledger, plain)
            self._verify_chain(connection)
            self._rebuild(connection)

    # -- resources --------------------------------------------------------------------------

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with self._engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """Turn what the database says into our words."""
        try:
            yield
        except sa.exc.DBAPIError as error:
            raise self._translated(error.orig) from error
        except sa.exc.TimeoutError as error:
            raise self._translated(error) from error

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _entry_of(row: Row, actor: str, seq: int, prev: str) -> Entry:
    """Return the ledger row for a row, chained to the one before."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    body = rfc8785.dumps(row.body()).decode()
    return Entry(
        seq=seq,
        at=at,
        actor=actor,
        kind=row.kind(),
        id=row.id,
        body=body,
        prev_sha256=prev,
        sha256=chained(prev, seq, at, actor, row.kind(), row.id, body),
    )


def _in_parts(ids: Sequence[Part]) -> Iterator[Sequence[Part]]:
    """Cut a list of ids or numbers into parts that a statement takes."""
    for at in range(0, len(ids), _MOST_IDS):
        yield ids[at : at + _MOST_IDS]
