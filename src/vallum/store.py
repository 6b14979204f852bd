"""The cellar: an append-only, hash-chained ledger in SQLite, and typed tables that follow from it.

The only file that speaks SQL. One `ledger` row per fact or state, chained by SHA-256 over the
previous row's hash and the row's canonical JSON (RFC 8785); triggers forbid UPDATE and DELETE.
In the same transaction the row lands in one typed table per kind, which holds the newest row per
id and can be rebuilt from the ledger at any time.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

import rfc8785
import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry

from vallum.ground.errors import (
    ChainBroken,
    DiskFull,
    NetworkDrive,
    SchemaTooNew,
    StoreError,
    StoreLocked,
)
from vallum.ground.records import ROWS, SCHEMA_VERSION, Level, Row, field_notes
from vallum.ground.span import Span

if TYPE_CHECKING:
    import geopandas as gpd

GENESIS = "0" * 64
_BUSY_MS = 10_000
_MOUNTS = Path("/proc/mounts")
_NETWORK_TYPES = ("nfs", "cifs", "smb", "9p", "afs", "ceph", "fuse.sshfs", "davfs", "fuse.davfs2")

RowT = TypeVar("RowT", bound=Row)

_metadata = sa.MetaData()
_ledger = sa.Table(
    "ledger",
    _metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("id", sa.Text, nullable=False, index=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("prev_sha256", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False, unique=True),
)


def _typed_table(cls: type[Row]) -> sa.Table:
    """Return the table of one row kind; a field `span` becomes two indexed integers."""
    columns: list[sa.Column[Any]] = [
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("seq", sa.Integer, nullable=False),
    ]
    hints = get_type_hints(cls)
    for entry in fields(cls):
        if hints[entry.name] is Span:
            columns += [sa.Column("start_m", sa.Integer), sa.Column("end_m", sa.Integer)]
        else:
            columns.append(sa.Column(entry.name, _SQL_TYPES.get(hints[entry.name], sa.Text)))
    table = sa.Table(cls.kind().lower(), _metadata, *columns)
    if "start_m" in table.c:
        sa.Index(f"{table.name}_span", table.c.start_m, table.c.end_m)
    return table


_SQL_TYPES: dict[Any, Any] = {int: sa.Integer, float: sa.Float, bool: sa.Boolean}
_tables = {name: _typed_table(cls) for name, cls in ROWS.items()}


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
        return ROWS[self.kind].from_body(json.loads(self.body))

    def expected_sha256(self) -> str:
        """Return the hash that follows from the previous row and this one's content."""
        return _chained(
            self.prev_sha256, self.seq, self.at, self.actor, self.kind, self.id, self.body
        )


def _chained(prev: str, *content: int | str) -> str:
    return hashlib.sha256(bytes.fromhex(prev) + rfc8785.dumps(list(content))).hexdigest()


class Store:
    """The project's database; holds a connection pool, close it or use it in a `with`."""

    def __init__(self, path: Path, *, force: bool = False) -> None:
        """Open or create the database at `path`.

        Args:
            path: the SQLite file.
            force: open it even on a network file system.

        Raises:
            NetworkDrive: `path` lies on a network file system and `force` is False.
            SchemaTooNew: it was written by a newer vallum.
            StoreError: it is no database of vallum, or cannot be opened.
        """
        if not force:
            _refuse_network_drive(path)
        self.path = path
        self._engine = sa.create_engine(
            "sqlite://", creator=self._connect, poolclass=sa.pool.QueuePool
        )
        sa.event.listen(self._engine, "begin", _begin_immediate)
        with self._speaking():
            self._migrate()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False, timeout=_BUSY_MS / 1000
        )
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "trusted_schema=OFF",
            "foreign_keys=ON",
            "cell_size_check=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def _migrate(self) -> None:
        """Bring the tables to the present schema; the ledger itself never changes."""
        with self._reading() as connection:
            version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        if version > SCHEMA_VERSION:
            raise SchemaTooNew(
                f"{self.path.name} has schema {version}, this vallum knows {SCHEMA_VERSION}; "
                "nothing was changed, install a newer vallum"
            )
        if version == SCHEMA_VERSION:
            return
        with self._engine.begin() as connection:
            _metadata.create_all(connection, [_ledger])
            for verb in ("UPDATE", "DELETE"):
                connection.exec_driver_sql(
                    f"CREATE TRIGGER IF NOT EXISTS ledger_no_{verb.lower()} "
                    f"BEFORE {verb} ON ledger "
                    "BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END"
                )
            self._rebuild(connection)
            connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA_VERSION}")

    def _rebuild(self, connection: sa.Connection) -> None:
        tables = list(_tables.values())
        _metadata.drop_all(connection, tables)
        _metadata.create_all(connection, tables)
        for entry in self._entries(connection):
            self._put(connection, entry.seq, entry.row(), json.loads(entry.body))

    def rebuild(self) -> None:
        """Drop the typed tables and make them anew from the ledger."""
        with self._speaking(), self._engine.begin() as connection:
            self._rebuild(connection)

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
        added: list[Row] = []
        with self._speaking(), self._engine.begin() as connection:
            seq, head = self._head(connection)
            for row, actor in ((row, actor) for rows, actor in parts for row in rows):
                newest = self._newest(connection, type(row), row.id)
                if newest is not None and newest.same_as(row):
                    continue
                seq += 1
                head = self._append(connection, seq, head, actor, row)
                added.append(row)
        return added

    def latest(self, cls: type[RowT], *ids: str) -> list[RowT]:
        """Return the newest row of each id, all of them or those named, in ledger order."""
        table = _tables[cls.kind()]
        query = sa.select(_ledger.c.body).join(table, table.c.seq == _ledger.c.seq)
        if ids:
            query = query.where(table.c.id.in_(ids))
        with self._speaking(), self._reading() as connection:
            bodies = connection.execute(query.order_by(_ledger.c.seq)).scalars().all()
        return [cls.from_body(json.loads(body)) for body in bodies]

    def history(self, row_id: str) -> list[Entry]:
        """Return every ledger row of one id, oldest first."""
        query = sa.select(_ledger).where(_ledger.c.id == row_id).order_by(_ledger.c.seq)
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
        import geopandas as gpd

        rows = self.latest(cls)
        hints = get_type_hints(cls)
        columns: dict[str, list[Any]] = {"id": [row.id for row in rows]}
        for entry in fields(cls):
            if field_notes(entry)[0] is Level.PRIVATE:
                continue
            values = [getattr(row, entry.name) for row in rows]
            if hints[entry.name] is Span:
                columns["start_m"] = [value.start_m for value in values]
                columns["end_m"] = [value.end_m for value in values]
            else:
                columns[entry.name] = values
        shapes = [name for name, hint in hints.items() if hint is BaseGeometry]
        if not shapes:
            return gpd.GeoDataFrame(columns)
        return gpd.GeoDataFrame(columns, geometry=shapes[0], crs="EPSG:4326")

    # -- the chain --------------------------------------------------------------------------

    def head(self) -> tuple[int, str]:
        """Return number and hash of the newest ledger row; (0, 64 zeros) when empty."""
        with self._speaking(), self._reading() as connection:
            return self._head(connection)

    def head_without(self, *kinds: str) -> str:
        """Return the hash of the newest ledger row that is of none of these kinds."""
        query = (
            sa.select(_ledger.c.sha256)
            .where(_ledger.c.kind.not_in(kinds))
            .order_by(_ledger.c.seq.desc())
            .limit(1)
        )
        with self._speaking(), self._reading() as connection:
            return connection.execute(query).scalar() or GENESIS

    def entries(self, *, after: int = 0) -> list[Entry]:
        """Return the ledger, oldest first: all of it, or what came after row number `after`."""
        with self._speaking(), self._reading() as connection:
            return list(self._entries(connection, after))

    def verify(self) -> int:
        """Check file, chain and tables; return the number of ledger rows.

        Raises:
            ChainBroken: names the first row that does not follow, or the first table row that
                differs from the ledger.
        """
        with self._speaking(), self._reading() as connection:
            state = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
            if state != "ok":
                raise ChainBroken(f"{self.path.name}: {state}; restore it from a backup")
            n_rows, newest = self._verify_chain(connection)
            self._verify_tables(connection, newest)
        return n_rows

    def verify_chain(self) -> int:
        """Check the ledger alone, without the tables; return the number of its rows.

        Raises:
            ChainBroken: names the first row that does not follow from the one before.
        """
        with self._speaking(), self._reading() as connection:
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
        for kind, table in _tables.items():
            for stored in connection.execute(sa.select(table)).mappings():
                entry = newest.get(stored["id"])
                row = entry.row() if entry is not None else None
                if entry is None or row is None or entry.kind != kind:
                    raise ChainBroken(f"table {kind}: {stored['id']} is in no ledger row")
                expected = _columns(entry.seq, row, json.loads(entry.body))
                if expected != dict(stored):
                    raise ChainBroken(
                        f"table {kind}: {stored['id']} differs from ledger row {entry.seq}; "
                        "the ledger is sound, run `vallum verify --rebuild`"
                    )
                found += 1
        if found != len(newest):
            raise ChainBroken(
                f"{len(newest) - found} rows of the ledger are in no table; the ledger is sound, "
                "run `vallum verify --rebuild`"
            )

    # -- inside a transaction ---------------------------------------------------------------

    @staticmethod
    def _entries(connection: sa.Connection, after: int = 0) -> Iterator[Entry]:
        query = sa.select(_ledger).where(_ledger.c.seq > after).order_by(_ledger.c.seq)
        for found in connection.execute(query).mappings():
            yield Entry(**found)

    @staticmethod
    def _head(connection: sa.Connection) -> tuple[int, str]:
        query = sa.select(_ledger.c.seq, _ledger.c.sha256).order_by(_ledger.c.seq.desc()).limit(1)
        found = connection.execute(query).first()
        return (found[0], found[1]) if found else (0, GENESIS)

    @staticmethod
    def _newest(connection: sa.Connection, cls: type[RowT], row_id: str) -> RowT | None:
        table = _tables[cls.kind()]
        query = (
            sa.select(_ledger.c.body)
            .join(table, table.c.seq == _ledger.c.seq)
            .where(table.c.id == row_id)
        )
        body = connection.execute(query).scalar()
        return None if body is None else cls.from_body(json.loads(body))

    def _append(self, connection: sa.Connection, seq: int, prev: str, actor: str, row: Row) -> str:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        plain = row.body()
        body = rfc8785.dumps(plain).decode()
        sha256 = _chained(prev, seq, at, actor, row.kind(), row.id, body)
        connection.execute(
            sa.insert(_ledger).values(
                seq=seq,
                at=at,
                actor=actor,
                kind=row.kind(),
                id=row.id,
                body=body,
                prev_sha256=prev,
                sha256=sha256,
            )
        )
        self._put(connection, seq, row, plain)
        return sha256

    @staticmethod
    def _put(connection: sa.Connection, seq: int, row: Row, plain: dict[str, Any]) -> None:
        table = _tables[row.kind()]
        connection.execute(sa.delete(table).where(table.c.id == row.id))
        connection.execute(sa.insert(table).values(_columns(seq, row, plain)))

    # -- resources --------------------------------------------------------------------------

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with self._engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """Turn what SQLite says into our words."""
        try:
            yield
        except sa.exc.DBAPIError as error:
            raise self._translated(error.orig) from error
        except sqlite3.Error as error:
            raise self._translated(error) from error

    def _translated(self, error: BaseException | None) -> StoreError:
        text = str(error)
        if "locked" in text or "busy" in text:
            return StoreLocked(
                f"{self.path.name} is being written by another vallum; nothing was lost, "
                "wait for it to finish and retry"
            )
        if "readonly" in text or "unable to open" in text:
            return StoreError(
                f"{self.path} may not be written; nothing was changed, get the right to write in "
                "its folder or copy the project to a folder of your own"
            )
        if "full" in text or "disk I/O" in text:
            return DiskFull(
                f"no room to write {self.path}; nothing half-written was kept, "
                "free some space and run the same command again"
            )
        return StoreError(f"{self.path.name}: {text}; restore it from a backup if it was damaged")

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _begin_immediate(connection: sa.Connection) -> None:
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _columns(seq: int, row: Row, plain: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a typed table's columns for one row."""
    values: dict[str, Any] = {"id": row.id, "seq": seq}
    hints = get_type_hints(type(row))
    for entry in fields(row):
        value = plain.get(entry.name)
        if hints[entry.name] is Span:
            values["start_m"], values["end_m"] = value if value else (None, None)
        elif isinstance(value, list | dict):
            values[entry.name] = rfc8785.dumps(value).decode()
        else:
            values[entry.name] = value
    return values


def _refuse_network_drive(path: Path) -> None:
    """Refuse file systems where SQLite's locks do not hold, as far as /proc tells."""
    if not _MOUNTS.exists():
        return
    here = path.resolve()
    best, kind = "", ""
    for line in _MOUNTS.read_text().splitlines():
        _, point, fs_type, *_ = line.split(" ")
        point = point.replace("\\040", " ")
        if here.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, fs_type
    if kind.startswith(_NETWORK_TYPES):
        raise NetworkDrive(
            f"the project folder is on a network drive ({kind} at {best}); SQLite can corrupt or "
            "lock there. Put it on this machine's own disk, or use --force-network-drive"
        )
