"""Connections to PostgreSQL: how they are made, what they refuse, how they end."""

from __future__ import annotations

import os
import socket
import ssl
from contextlib import suppress
from functools import cache
from typing import Any

from vallum.ground.errors import StoreError

_CLEAR = 3
_ASKING = {_CLEAR, 5, 10}
"""Messages of the server that ask for a password: in the clear, by MD5, by SASL (SCRAM)."""


def dialled(host: str, port: int, timeout_s: float) -> socket.socket:
    """Return a connected socket that notices within a minute when the other side is gone."""
    made = socket.create_connection((host, port), timeout_s)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, name):
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 60_000)
    return made


def hang_up(line: socket.socket) -> None:
    """Give a socket back to the system, whatever the driver still holds of it."""
    with suppress(OSError):
        handle = line.detach()
        if handle >= 0:
            os.close(handle)


def close(connection: Any) -> None:
    """Close a connection; one that broke is closed without a word, its loss was told before."""
    from pg8000.exceptions import Error

    line = connection._usock
    try:
        connection.close()
    except (Error, OSError):
        if line is not None:
            hang_up(line)


@cache
def connection_class() -> Any:
    """Return the driver's connection, made careful with passwords and short of journeys."""
    from pg8000 import core, dbapi

    class Careful(dbapi.Connection):  # type: ignore[misc]
        """A connection that gives no password away, and asks a question in one journey."""

        def handle_AUTHENTICATION_REQUEST(self, data: bytes, context: Any) -> None:  # noqa: N802
            """Answer who we are; a password never goes out in the clear."""
            how = int.from_bytes(data[:4], "big")
            if how == _CLEAR and not isinstance(self._usock, ssl.SSLSocket):
                raise StoreError(
                    "the PostgreSQL server asks for the password in the clear; it was not sent, "
                    "ask who runs the server for scram-sha-256 (pg_hba.conf)"
                )
            if how in _ASKING and self.password is None:
                raise StoreError(
                    "the PostgreSQL server asks for a password, and none is kept for it; nothing "
                    "was changed, put it into ~/.pgpass or PGPASSWORD"
                )
            super().handle_AUTHENTICATION_REQUEST(data, context)

        def execute_unnamed(
            self, statement: str, vals: Any = (), oids: Any = (), stream: Any = None
        ) -> Any:
            """Ask with parameters: all parts of the question go out together.

            The driver would wait for an answer to each of three parts; what comes back is the same
            (PostgreSQL, Frontend/Backend Protocol, "Extended Query").
            """
            if stream is not None:
                return super().execute_unnamed(statement, vals, oids, stream)
            context = core.Context(statement)
            self.send_PARSE(b"\0", statement, oids)
            self.send_BIND(b"\0", core.make_params(self.py_types, vals))
            self._send_message(core.DESCRIBE, b"P\0")
            self.send_EXECUTE()
            core._write(self._sock, core.SYNC_MSG)
            core._flush(self._sock)
            self.handle_messages(context)
            return context

    return Careful
