"""The ledger in PostgreSQL: the store of a desk at which many people work from several machines.

Each project has a schema of its own. One writer at a time holds an advisory lock until its rows are
committed, so row numbers have no gaps and nobody sees a row before those under it. The tables are
the same as in SQLite; where PostGIS is there, shapes are geometries that QGIS can show.
"""

from __future__ import annotations

import hashlib
import io
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from vallum.ground.errors import (
    ChainBroken,
    DiskFull,
    MissingExtra,
    SchemaTooNew,
    StoreError,
    StoreLocked,
)
from vallum.ground.records import SCHEMA_VERSION, Row
from vallum.store import dialling, views
from vallum.store.address import Address
from vallum.store.ledger import Ledger
from vallum.store.sending import as_json, copied, inserting, is_same, plain, tables_in
from vallum.store.sqlite import Store
from vallum.store.tables import Entry

_LOCK_WAIT = "10s"
_N_KEPT, _N_MORE = 4, 28
_IDLE_S = 1.0
_FEW = 200
"""Rows that go as one statement; more go by COPY."""

_GONE = ("08", "57P01", "57P02", "57P03")
_WORDS = {
    "28P01": "the password was refused; keep the right one in ~/.pgpass or PGPASSWORD",
    "28000": "this user is not let in; ask who runs the server (pg_hba.conf)",
    "3D000": "there is no such database; make it with createdb, or correct [store] database",
    "42501": "this user has not the right; ask the owner of the schema for it (see docs)",
    "53300": "the server has no connection left; close a vallum, or raise max_connections",
    "25006": "the server only lets read at present; write to the one that is in charge",
}
_SETTINGS = f"""
SET search_path = pg_catalog;
SET synchronous_commit = on;
SET default_transaction_isolation = 'read committed';
SET default_transaction_read_only = off;
SET lock_timeout = '{_LOCK_WAIT}';
SET client_min_messages = warning;
SET tcp_keepalives_idle = 30;
SET tcp_keepalives_interval = 10;
SET tcp_keepalives_count = 3
"""
"""The last three let the server notice a vallum that is gone, and give its turn to another."""


class PostgresStore(Ledger):
    """The rows of a project in PostgreSQL; close it or use it in a `with`."""

    kind = "postgresql"

    def __init__(self, address: Address, *, make: bool = False) -> None:
        """Open the rows of a project, or make room for them.

        Args:
            address: where they are.
            make: make the schema when it is not there.

        Raises:
            BadSetting: it is another machine, which nothing outside the project names.
            MissingExtra: the driver is not installed.
            SchemaTooNew: the schema was written by a newer vallum.
            StoreError: the server cannot be reached, or holds no such project.
        """
        try:
            import pg8000.dbapi  # noqa: F401
        except ImportError as error:
            raise MissingExtra(
                "rows in PostgreSQL need a driver that is not installed; nothing was changed, "
                'install it with: pip install "vallum[postgres]"'
            ) from error
        self.address = address
        self._engine = sa.create_engine(
            "postgresql+pg8000://",
            creator=self._connect,
            poolclass=sa.pool.QueuePool,
            pool_size=_N_KEPT,
            max_overflow=_N_MORE,
            hide_parameters=True,
        )
        self._engine.dialect.do_close = dialling.close  # type: ignore[assignment, method-assign]
        self._engine.dialect.do_terminate = dialling.close  # type: ignore[assignment, method-assign]
        sa.event.listen(self._engine, "begin", self._take_turn)
        sa.event.listen(self._engine, "handle_error", _notice_loss)
        sa.event.listen(self._engine, "checkin", _note_use)
        sa.event.listen(self._engine, "checkout", _try_idle)
        try:
            with self._speaking():
                self._open(make=make)
        except BaseException:
            self.close()
            raise

    def _connect(self) -> Any:
        told = self.address.arguments()
        told.setdefault("ssl_context", False)  # left out, the driver would take any certificate
        line: socket.socket | None = None
        try:
            if "host" in told:
                line = dialling.dialled(told["host"], told.pop("port"), told["timeout"])
                told["sock"] = line
            made = dialling.connection_class()(**told)
            made._usock.settimeout(None)  # that limit was for connecting; a check may take longer
            made.autocommit = True
            made.cursor().execute(_SETTINGS)
            made.autocommit = False
        except BaseException as error:
            if line is not None:
                dialling.hang_up(line)
            if isinstance(error, OSError):
                why = str(error.strerror or type(error).__name__)
                raise StoreError(self._unreached(why)) from None
            raise
        return made

    def say_where(self) -> str:
        """Say in words where the rows are, and what that means for maps."""
        shapes = "shapes as geometries" if self._geometry else "shapes as text, for want of PostGIS"
        return f"{self.address.in_words()}, {shapes}"

    # -- schema -----------------------------------------------------------------------------

    @property
    def _schema(self) -> str:
        return self.address.schema

    def _open(self, *, make: bool) -> None:
        self._geometry = ""
        self._tables = tables_in(self._schema, "")
        self._about = sa.Table(
            "about",
            sa.MetaData(schema=self._schema),
            sa.Column("name", sa.Text, primary_key=True),
            sa.Column("value", sa.Text, nullable=False),
            comment="what this schema holds: the version of its tables",
        )
        with self._reading() as connection:
            version = self._version(connection)
        if version is None and not make:
            raise StoreError(
                f"{self.address.in_words()} holds no project; nothing was changed. To move one "
                "there: `vallum project export FILE`, then `vallum project import FILE FOLDER "
                "--database ADDRESS`"
            )
        if version is not None and version > SCHEMA_VERSION:
            raise SchemaTooNew(
                f"{self.address.in_words()} has version {version}, this vallum knows "
                f"{SCHEMA_VERSION}; nothing was changed, install a newer vallum"
            )
        if version != SCHEMA_VERSION:
            with self._engine.begin() as connection:
                if self._version(connection) != SCHEMA_VERSION:
                    self._migrate(connection)
        with self._reading() as connection:
            self._geometry = views.geometry_in_use(connection, self._schema)
        self._tables = tables_in(self._schema, self._geometry)

    def _version(self, connection: sa.Connection) -> int | None:
        about = sa.text("SELECT to_regclass(:name)").bindparams(name=f'"{self._schema}".about')
        if connection.execute(about).scalar() is None:
            return None
        found = connection.execute(
            sa.select(self._about.c.value).where(self._about.c.name == "version")
        ).scalar()
        return None if found is None else int(found)

    def _migrate(self, connection: sa.Connection) -> None:
        """Bring the tables to the present schema, in one transaction; the ledger never changes.

        No copy is made first: the ledger's table is not touched, and all others follow from it.
        """
        self._geometry = views.postgis_schema(connection)
        self._tables = tables_in(self._schema, self._geometry)
        self._make(connection)
        self._rebuild(connection)
        connection.execute(sa.delete(self._about))
        connection.execute(sa.insert(self._about).values(name="version", value=str(SCHEMA_VERSION)))

    def _make(self, connection: sa.Connection) -> None:
        name = self._schema
        connection.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{name}"')
        self._about.create(connection, checkfirst=True)
        self._tables.metadata.create_all(connection, [self._tables.ledger])
        for statement in views.guards(name):
            connection.exec_driver_sql(statement)

    def _remake(self, connection: sa.Connection) -> None:
        allowed = views.grants(connection, self._schema)
        # As one text: hundreds of statements would be as many journeys.
        connection.exec_driver_sql(";\n".join(views.remaking(self._schema, self._tables)))
        views.grant(connection, self._schema, allowed)

    def _fill(
        self, connection: sa.Connection, table: sa.Table, values: Sequence[dict[str, Any]]
    ) -> None:
        """Insert many rows by COPY: one journey in place of one for each row."""
        if not values:
            return
        names = list(values[0])
        stream = io.StringIO(newline="")
        for row in values:
            stream.write(",".join(copied(table.c[name].type, row[name]) for name in names) + "\n")
        listed = ", ".join(f'"{name}"' for name in names)
        from pg8000.exceptions import Error

        try:
            connection.connection.cursor().execute(  # type: ignore[call-arg]
                f'COPY "{self._schema}"."{table.name}" ({listed}) FROM STDIN WITH (FORMAT csv)',
                stream=io.BytesIO(stream.getvalue().encode()),
            )
        except (Error, OSError) as error:
            # Told to the driver itself, it is not told to the pool, nor put into our words.
            is_lost = not _code(error) or _code(error).startswith(_GONE)
            if is_lost:
                connection.invalidate()
            raise sa.exc.DBAPIError(None, None, error, connection_invalidated=is_lost) from error

    def _append(
        self, connection: sa.Connection, entries: Sequence[Entry], kept: set[tuple[str, str]]
    ) -> None:
        """Write a few rows and what follows from them as one statement: one journey for all."""
        if not 0 < len(entries) <= _FEW:
            super()._append(connection, entries, kept)
            return
        newest = {(entry.kind, entry.id): entry for entry in entries}
        of_kind: dict[str, list[dict[str, Any]]] = {}
        for entry in newest.values():
            of_kind.setdefault(entry.kind, []).append(self._columns(entry))
        ledger = self._tables.ledger
        statements = [inserting(ledger)]
        values = [as_json(ledger, [asdict(entry) for entry in entries])]
        for kind, some in of_kind.items():
            statements.append(inserting(self._tables.typed[kind], is_newest=True))
            values.append(as_json(self._tables.typed[kind], some))
        parts = ", ".join(f"part_{n} AS ({one})" for n, one in enumerate(statements))
        connection.exec_driver_sql(f"WITH {parts} SELECT", tuple(values))

    # -- writing ----------------------------------------------------------------------------

    def _take_turn(self, connection: sa.Connection) -> None:
        """Wait until no other writer of this project is at work; the turn ends with the commit."""
        if connection.get_execution_options().get("isolation_level") is None:
            connection.exec_driver_sql(
                f"SELECT pg_advisory_xact_lock({_key(self._schema, 'write')})"
            )

    def add_together(self, parts: Iterable[tuple[Iterable[Row], str]]) -> list[Row]:
        """Append rows of several actors in one transaction; else as `add`.

        When the connection is lost it is done once more. Whether the first time had been kept
        already is looked up by the hash that its last row has: nothing is written twice.
        """
        told = [(row, actor) for rows, actor in parts for row in rows]
        added: list[Row] = []
        head = ""
        with self._speaking():
            try:
                with self._engine.begin() as connection:
                    added, head = self._add_in(connection, told)
                return added
            except sa.exc.DBAPIError as error:
                if not error.connection_invalidated:
                    raise
            with self._engine.begin() as connection:
                if added and self._is_kept(connection, head):
                    return added
                return self._add_in(connection, told)[0]

    def _is_kept(self, connection: sa.Connection, sha256: str) -> bool:
        ledger = self._tables.ledger
        query = sa.select(ledger.c.seq).where(ledger.c.sha256 == sha256)
        return connection.execute(query).scalar() is not None

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep other hosts from working on this project meanwhile; ends with the connection."""
        key = _key(self._schema, "alone")
        with self._speaking(), self._reading() as connection:
            if not connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({key})").scalar():
                raise StoreLocked(
                    "another vallum is at work on this project, perhaps on another machine; "
                    "nothing was changed, wait until it has finished and run this again"
                )
            try:
                yield
            finally:
                with suppress(sa.exc.DBAPIError):
                    connection.exec_driver_sql(f"SELECT pg_advisory_unlock({key})")

    # -- reading ----------------------------------------------------------------------------

    def backup_to(self, path: Path) -> tuple[int, str]:
        """Write all rows to a new SQLite file, as they stand at one moment; writers may go on."""
        if path.exists():
            raise StoreError(f"{path.name} exists; nothing was changed, name another file")
        entries = self.entries()
        draft = path.with_name(path.name + ".rows")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        with Store(draft, force=True) as copy:
            copy.take_over(entries)
            head = copy.head()
            copy.backup_to(path)
        for left in (draft, *(draft.with_name(draft.name + end) for end in ("-wal", "-shm"))):
            left.unlink(missing_ok=True)
        return head

    def _check_file(self, connection: sa.Connection) -> None:
        """PostgreSQL looks after its own files."""

    def _check_guards(self, connection: sa.Connection) -> None:
        gone = views.missing_guards(connection, self._schema)
        if gone:
            raise ChainBroken(
                f"{self.address.in_words()}: nothing refuses changes of the ledger any more (no "
                f"trigger {gone}); the ledger is sound, run `vallum verify --rebuild`"
            )

    def _as_kept(self, table: sa.Table) -> sa.Select[Any]:
        """Ask for shapes as PostGIS prints them: to read each one would take most of a check."""
        return sa.select(*(plain(column) for column in table.c))

    def _is_equal(self, table: sa.Table, stored: dict[str, Any], entry: Entry) -> bool:
        return is_same(table, stored, self._columns(entry))

    @contextmanager
    def _snapshot(self) -> Iterator[sa.Connection]:
        with self._engine.connect() as connection:
            yield connection.execution_options(isolation_level="REPEATABLE READ")

    # -- words ------------------------------------------------------------------------------

    def _translated(self, error: BaseException | None) -> StoreError:
        where = self.address.in_words()
        code = _code(error)
        if code == "55P03":
            return StoreLocked(
                f"{where} is being written by another vallum; nothing was lost, wait for it to "
                "finish and retry"
            )
        if code == "53100":
            return DiskFull(
                f"the server of {where} has no room left; nothing half-written was kept, ask who "
                "runs it to make room and run the same command again"
            )
        if code in _WORDS:
            return StoreError(f"{where}: {_WORDS[code]}; nothing was changed")
        if not code or code.startswith(_GONE):
            return StoreError(self._unreached("the connection was lost or refused"))
        if code == "P0001":
            return StoreError(f"{where}: the ledger only grows; nothing was changed")
        return StoreError(f"{where}: PostgreSQL refused (SQLSTATE {code}); nothing was changed")

    def _unreached(self, why: str) -> str:
        return (
            f"{self.address.in_words()} does not answer ({why}); what was acknowledged is kept, "
            "see that the server runs and run the same command again: nothing is written twice"
        )


# -- connections ------------------------------------------------------------------------------


def _code(error: BaseException | None) -> str:
    """Return the SQLSTATE of what the driver raised; empty where the server said nothing."""
    told = error.args[0] if error is not None and error.args else None
    return str(told.get("C", "")) if isinstance(told, dict) else ""


def _notice_loss(context: sa.engine.ExceptionContext) -> None:
    """Tell the pool that a connection is lost, where its own words for it do not say so."""
    error = context.original_exception
    if isinstance(error, OSError):
        context.is_disconnect = True
        raise sa.exc.OperationalError(None, None, error, connection_invalidated=True)
    if _code(error).startswith(_GONE):
        context.is_disconnect = True


def _note_use(connection: Any, record: Any) -> None:  # noqa: ARG001
    record.info["used_at"] = time.monotonic()


def _try_idle(connection: Any, record: Any, proxy: Any) -> None:  # noqa: ARG001
    """Ask a connection that lay idle whether it still holds; the pool makes another if not."""
    if time.monotonic() - record.info.get("used_at", time.monotonic()) < _IDLE_S:
        return
    from pg8000.exceptions import Error

    try:
        connection.autocommit = True
        connection.cursor().execute("SELECT 1")
        connection.autocommit = False
    except (OSError, Error) as error:
        raise sa.exc.DisconnectionError from error


def _key(schema: str, what: str) -> int:
    """Return the number of an advisory lock of one project."""
    digest = hashlib.sha256(f"vallum {what} {schema}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
