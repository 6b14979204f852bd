"""A PostgreSQL of the tests: a server of its own in a folder of its own, ended with the block."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import stac_server

USER, PASSWORD = "tester", "tester"


@dataclass(frozen=True)
class Server:
    """A running server; what asks it needs `PGPASSWORD=tester` in its environment."""

    port: int
    has_postgis: bool

    def new_database(self) -> str:
        """Make an empty database and return the address that goes into [store] database."""
        name = f"desk_{secrets.token_hex(4)}"
        self.ask(f"CREATE DATABASE {name}", database="postgres")
        return self.href(name)

    def href(self, database: str, *, port: int = 0, user: str = USER) -> str:
        return f"postgresql://{user}@127.0.0.1:{port or self.port}/{database}"

    def ask(self, statement: str, *, database: str, user: str = USER) -> list[tuple[object, ...]]:
        """Run statements beside vallum, and return the rows of the last one."""
        import psycopg

        dsn = f"postgresql://{user}:{PASSWORD}@127.0.0.1:{self.port}/{database}"
        with psycopg.connect(dsn, autocommit=True) as connection:
            done = connection.execute(statement)  # type: ignore[arg-type]
            while done.nextset():
                pass  # of several statements the last one answers
            return done.fetchall() if done.description else []


def missing() -> str:
    """Say in one line what is not installed; empty when everything is."""
    said = stac_server.missing()
    return said if "PostgreSQL" in said else ""


@contextlib.contextmanager
def serving(*, is_durable: bool = False) -> Iterator[Server]:
    """Start a PostgreSQL on loopback; it ends with the block, and its folder goes.

    Unless it is durable, it confirms writes before they are on the disk: fit to test what vallum
    asks of it, not for speeds that are promised.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="vallum-desk-", dir="/tmp"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        port = stac_server.free_port()
        stack.enter_context(stac_server.postgres(folder, port, is_durable=is_durable))
        yield Server(port=port, has_postgis=not stac_server.missing())


@contextlib.contextmanager
def password() -> Iterator[None]:
    """Let what runs in the block, and its children, know the password of the tests."""
    before = os.environ.get("PGPASSWORD")
    os.environ["PGPASSWORD"] = PASSWORD
    try:
        yield
    finally:
        os.environ.pop("PGPASSWORD")
        if before is not None:
            os.environ["PGPASSWORD"] = before


def database_of(address: str) -> str:
    """Return the name of the database in an address of vallum."""
    return address.rpartition("/")[2].partition("?")[0]


def programs() -> Path:
    """Return the folder with pg_dump and its like."""
    return stac_server.programs()


def run(*command: str | Path) -> str:
    """Run a program of PostgreSQL and return what it says."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
