"""The ledger in a SQLite file: the store of one machine, with nothing to install or to run."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa

from vallum.ground import whole
from vallum.ground.errors import (
    ChainBroken,
    DiskFull,
    NetworkDrive,
    SchemaTooNew,
    StoreError,
    StoreLocked,
)
from vallum.ground.records import SCHEMA_VERSION
from vallum.store.ledger import Ledger
from vallum.store.tables import tables_of

BACKUPS = "backups"
"""Folder beside the database with the copies that are made before it is changed to a new schema."""

_BUSY_MS = 10_000
_MOUNTS = Path("/proc/mounts")
_NETWORK_TYPES = ("nfs", "cifs", "smb", "9p", "afs", "ceph", "fuse.sshfs", "davfs", "fuse.davfs2")
_PRAGMAS = (
    "trusted_schema=OFF",
    "cell_size_check=ON",
    "mmap_size=0",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
)
_TRIGGERS = {
    f"ledger_no_{verb.lower()}": (
        f"CREATE TRIGGER ledger_no_{verb.lower()} BEFORE {verb} ON ledger "
        "BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END"
    )
    for verb in ("UPDATE", "DELETE")
}
_NAME = r"(?:\"\w+\"|\[\w+\]|\w+)"
_PART = (
    rf"(?:{_NAME} (?:TEXT|INTEGER|FLOAT|BOOLEAN|BIGINT)(?: NOT NULL)?"
    rf"|(?:PRIMARY KEY|UNIQUE) \({_NAME}\))"
)
_PLAIN_TABLE = re.compile(rf"CREATE TABLE {_NAME} \( ?{_PART}(?:, ?{_PART})* ?\)", re.IGNORECASE)
_PLAIN_INDEX = re.compile(
    rf"CREATE (?:UNIQUE )?INDEX {_NAME} ON {_NAME} \({_NAME}(?:, ?{_NAME})*\)", re.IGNORECASE
)
"""All that vallum ever wrote into a schema; an expression, a default or a check is not in it."""

_SUPER = bytes.fromhex("d9d505f920a163d7")
_SUPER_AT = 512
"""A journal ends so, behind its first sector, where it names a super-journal."""

_ROOM_BYTES = 1_000_000
"""What is asked for when the disk is full: pages of some rows, and the log that they go through."""


class Store(Ledger):
    """The project's database in a file; close it or use it in a `with`."""

    kind = "sqlite"

    def __init__(self, path: Path, *, force: bool = False) -> None:
        """Open or create the database at `path`; one of an older schema is copied, then changed.

        Args:
            path: the SQLite file.
            force: open it even on a network file system.

        Raises:
            NetworkDrive: `path` lies on a network file system and `force` is False.
            SchemaTooNew: it was written by a newer vallum.
            StoreError: it is no database of vallum, holds a trigger or a view that vallum did not
                make, or cannot be opened.
        """
        if not force:
            _refuse_network_drive(path)
        _refuse_odd_files(path)
        self.path = path
        self._tables = tables_of(sa.MetaData(), sa.Text())
        self._engine = sa.create_engine(
            "sqlite://",
            creator=self._connect,
            poolclass=sa.pool.QueuePool,
            hide_parameters=True,
        )
        sa.event.listen(self._engine, "begin", _begin_immediate)
        try:
            with self._speaking():
                self._migrate()
        except BaseException:
            self.close()
            raise

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False, timeout=_BUSY_MS / 1000
        )
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def say_where(self) -> str:
        """Say in words where the rows are."""
        return f"the file {self.path.name}"

    # -- schema -----------------------------------------------------------------------------

    def _migrate(self) -> None:
        """Bring the tables to the present schema; the ledger itself never changes.

        The old file is copied first. Then all is one transaction: a killed process leaves the old
        schema or the new one.
        """
        with self._reading() as connection:
            version = _version(connection)
            self._refuse_foreign(connection, version)
        if version == SCHEMA_VERSION:
            return
        with self._engine.begin() as connection:
            # Nobody else writes from here on; another process may have been faster.
            version = _version(connection)
            if version == SCHEMA_VERSION:
                return
            if version:
                self._keep_old(version)
            self._make(connection)
            self._rebuild(connection)
            connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA_VERSION}")

    def _make(self, connection: sa.Connection) -> None:
        self._tables.metadata.create_all(connection, [self._tables.ledger])
        for name, statement in _TRIGGERS.items():
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
            connection.exec_driver_sql(statement)

    def _refuse_foreign(self, connection: sa.Connection, version: int) -> None:
        """Refuse a database of somebody else, or one into which something was put that acts."""
        if version > SCHEMA_VERSION:
            raise SchemaTooNew(
                f"{self.path.name} has schema {version}, this vallum knows {SCHEMA_VERSION}; "
                "nothing was changed, install a newer vallum"
            )
        found = connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_master").all()
        names = {name for _, name, _ in found}
        if version < 0 or (found and (not version or "ledger" not in names)):
            raise StoreError(
                f"{self.path.name} is no database of vallum (schema {version}, "
                f"{len(found)} things in it, no ledger of ours); nothing was changed"
            )
        for what, name, sql in found:
            if not _is_ours(what, name, sql):
                raise StoreError(
                    f"{self.path.name} holds a {what} '{name[:80]}' that vallum did not make and "
                    "that could act when it is read; nothing was changed, ask who gave it to you, "
                    "or restore a backup of your own"
                )

    def _keep_old(self, version: int) -> Path:
        """Copy the database as it is into the folder `backups` beside it; return the copy."""
        folder = self.path.parent / BACKUPS
        folder.mkdir(mode=0o700, exist_ok=True)
        whole.fsync_folder(self.path.parent)
        number, kept = 1, folder / f"{self.path.stem}-schema-{version}.db"
        while kept.exists():  # of another day, before something was restored: it stays as well
            number += 1
            kept = folder / f"{self.path.stem}-schema-{version}-{number}.db"
        self._copy_to(kept)
        return kept

    # -- copies -----------------------------------------------------------------------------

    def backup_to(self, path: Path) -> tuple[int, str]:
        """Write all rows to a new SQLite file, as they stand at one moment; writers may go on."""
        if path.exists():
            raise StoreError(f"{path.name} exists; nothing was changed, name another file")
        with self._speaking():
            self._copy_to(path)
            with Store(path, force=True) as copy:
                return copy.head()

    def _copy_to(self, path: Path) -> None:
        """Copy by SQLite's own backup, in one step, so that it is of one moment; whole or not."""
        draft = path.with_name(path.name + whole.PART)
        draft.unlink(missing_ok=True)
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        source, copy = self._connect(), sqlite3.connect(draft, isolation_level=None)
        try:
            source.backup(copy, pages=-1)
            copy.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.Error as error:
            draft.unlink(missing_ok=True)
            if _has_no_room(error):
                raise whole.no_room(str(path), self.path.stat().st_size) from error
            raise self._translated(error) from error
        finally:
            source.close()
            copy.close()
        whole.replace_whole(draft, path)

    # -- reading ----------------------------------------------------------------------------

    def _check_file(self, connection: sa.Connection) -> None:
        state = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
        if state != "ok":
            raise ChainBroken(f"{self.path.name}: {state}; restore it from a backup")

    def _check_guards(self, connection: sa.Connection) -> None:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        gone = _TRIGGERS.keys() - set(connection.exec_driver_sql(query).scalars())
        if gone:
            raise ChainBroken(
                f"{self.path.name}: nothing refuses changes of the ledger any more (no trigger "
                f"{min(gone)}); the ledger is sound, run `vallum verify --rebuild`"
            )

    @contextmanager
    def _snapshot(self) -> Iterator[sa.Connection]:
        with self._reading() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                with suppress(sa.exc.DBAPIError):
                    connection.exec_driver_sql("ROLLBACK")

    def _translated(self, error: BaseException | None) -> StoreError:
        text = str(error)
        if text.startswith("Could not decode"):  # goes on with what the row says
            return ChainBroken(
                f"{self.path.name}: a row is no text any more (not UTF-8), it was changed after it "
                "was written; nothing was changed, restore it from a backup"
            )
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
        if _has_no_room(error):
            return DiskFull(
                f"no room to write {self.path}, which needs at least {_ROOM_BYTES:,} bytes to go "
                "on; nothing half-written was kept, free some space and run the same command again"
            )
        return StoreError(f"{self.path.name}: {text}; restore it from a backup if it was damaged")


def _version(connection: sa.Connection) -> int:
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def _has_no_room(error: BaseException | None) -> bool:
    text = str(error)
    return "full" in text or "disk I/O" in text


def _is_ours(what: str, name: str, sql: str | None) -> bool:
    """Say whether a thing in the schema is of the kind that vallum makes."""
    said = " ".join((sql or "").split())
    if what == "trigger":
        return said.replace(" IF NOT EXISTS", "") == _TRIGGERS.get(name)
    if what == "index":
        return not said or _PLAIN_INDEX.fullmatch(said) is not None
    if what == "table":
        # What ANALYZE leaves behind cannot act either.
        return name.startswith("sqlite_stat") or _PLAIN_TABLE.fullmatch(said) is not None
    return False


def _begin_immediate(connection: sa.Connection) -> None:
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _refuse_odd_files(path: Path) -> None:
    """Refuse files that SQLite would follow out of the folder, before it has seen any of them.

    It deletes the file that a journal names as its super-journal once it has played that journal
    back, wherever that file lies. Only a transaction over several databases has one, and vallum
    never makes any (https://www.sqlite.org/fileformat2.html#the_rollback_journal).
    """
    journal = path.with_name(f"{path.name}-journal")
    for one in (journal, *(path.with_name(f"{path.name}-{part}") for part in ("wal", "shm"))):
        if one.is_symlink() or (one.exists() and not one.is_file()):
            raise _odd(one, "is a link or no plain file")
    with suppress(FileNotFoundError), journal.open("rb") as stream:
        end = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, end - len(_SUPER)))
        if end > _SUPER_AT and stream.read() == _SUPER:
            raise _odd(journal, "names a file elsewhere that would be deleted")


def _odd(path: Path, why: str) -> StoreError:
    return StoreError(
        f"{path.name} {why}, and vallum never made it so; nothing was opened or changed, ask who "
        "gave the folder to you, or restore a backup of your own"
    )


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
