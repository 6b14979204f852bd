"""The cellar: an append-only, hash-chained ledger, and typed tables that follow from it.

The only room that speaks SQL: to a SQLite file, or to PostgreSQL for a desk of many people.
"""

from __future__ import annotations

from pathlib import Path

from vallum.ground.errors import StoreError
from vallum.store.address import parse as _parse
from vallum.store.ledger import Ledger
from vallum.store.sqlite import Store
from vallum.store.tables import GENESIS, Entry


def open_store(
    path: Path, database: str = "", *, project: str = "", force: bool = False, make: bool = False
) -> Ledger:
    """Return the rows of a project, from PostgreSQL where the settings name one.

    Args:
        path: the SQLite file, where no other database is named.
        database: `[store] database` of the settings.
        project: name of the project; the schema follows from it where `database` names none.
        force: open a file even on a network drive.
        make: begin a new project.

    Raises:
        BadSetting: `database` cannot be used.
        StoreError: it cannot be opened.
    """
    if not database:
        if not make:
            _check_there(path)
        return Store(path, force=force)
    from vallum.store.postgres import PostgresStore

    return PostgresStore(_parse(database, project), make=make)


def _check_there(path: Path) -> None:
    if not path.is_file():
        raise StoreError(
            f"{path.name} is missing from {path.parent}; nothing was changed, put it back from a "
            "backup"
        )
    if not path.stat().st_size:
        # SQLite would take it for a new database, and everything would seem to be undone.
        raise StoreError(f"{path} is empty; nothing was changed, restore it from a backup")


def whole_address(database: str, project: str) -> str:
    """Return `[store] database` with the schema written out, so that a new name changes nothing."""
    return str(_parse(database, project)) if database else ""


__all__ = ["GENESIS", "Entry", "Ledger", "Store", "open_store", "whole_address"]
