"""`[store] database`: where a PostgreSQL is, without its password, and how it is reached safely.

The setting may come from a stranger, with a whole project. Another machine is asked only when
something outside the project names it: a line of the person's own password file, or `PGHOST`.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import re
import ssl
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from vallum.ground.errors import BadSetting

_FORM = "postgresql://USER@HOST/NAME"
_SCHEMES = ("postgresql", "postgres")
_KNOWN = {"schema", "sslmode", "sslrootcert", "host"}
_SCHEMA = re.compile(r"[a-z][a-z0-9_]{0,47}")
_HOST = re.compile(r"[\w.:%-]{1,253}")
_RESERVED = ("pg_", "public", "information_schema", "topology", "tiger")
_PORT = 5432
_CONNECT_S = 15.0


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where the rows of a project are, in a PostgreSQL."""

    user: str
    host: str
    port: int
    database: str
    schema: str
    socket: str = ""
    root_certificate: str = ""
    is_encrypted: bool = True

    @property
    def is_local(self) -> bool:
        """True when nothing leaves this machine."""
        return bool(self.socket) or _is_loopback(self.host)

    def __str__(self) -> str:
        """Return it as `vallum.toml` keeps it; no password is part of it."""
        more = {
            "schema": self.schema,
            "host": self.socket,
            "sslmode": "" if self.is_encrypted is not self.is_local else self._mode(),
            "sslrootcert": self.root_certificate,
        }
        told = "&".join(f"{name}={quote(value, safe='/')}" for name, value in more.items() if value)
        host = f"[{self.host}]" if ":" in self.host else self.host
        place = "" if self.socket else host + (f":{self.port}" if self.port != _PORT else "")
        return f"postgresql://{quote(self.user)}@{place}/{quote(self.database)}?{told}"

    def _mode(self) -> str:
        return "verify-full" if self.is_encrypted else "disable"

    def in_words(self) -> str:
        """Return where it is, for a person; no password is part of it."""
        where = self.socket or self.host
        return f"the PostgreSQL database '{self.database}' on {where}, schema {self.schema}"

    def arguments(self) -> dict[str, Any]:
        """Return what the driver connects with; the password is looked up anew each time.

        Raises:
            BadSetting: it is on another machine, which nothing outside the project names.
        """
        lines = _password_file()
        self._check_named(lines)
        told: dict[str, Any] = {
            "user": self.user,
            "database": self.database,
            "password": self._password(lines),
            "timeout": _CONNECT_S,
            "application_name": "vallum",
        }
        if self.socket:
            return told | {"unix_sock": f"{self.socket}/.s.PGSQL.{self.port}"}
        told |= {"host": self.host, "port": self.port}
        if self.is_encrypted:
            try:
                # Name and chain are both checked: PostgreSQL calls it verify-full.
                told["ssl_context"] = ssl.create_default_context(
                    cafile=self.root_certificate or None
                )
            except OSError as error:
                raise BadSetting(
                    "[store] database: the file named by sslrootcert cannot be read; nothing was "
                    "changed, name the certificate of the authority"
                ) from error
        return told

    @property
    def _is_hosts_own(self) -> bool:
        """True when the environment of this process names the host."""
        return bool(self.host) and os.environ.get("PGHOST", "").lower() == self.host

    def _check_named(self, lines: list[list[str]]) -> None:
        """Refuse another machine that only the settings name: they may be a stranger's."""
        if self.is_local or self._is_hosts_own:
            return
        if any(line[0].lower() == self.host for line in lines):
            return
        host = self.host.replace(":", "\\:")
        raise BadSetting(
            f"vallum.toml: [store] database asks {self.host}:{self.port}, another machine that "
            "only this project names; nothing was asked and no password left. If the server is "
            f"yours, add the line {host}:{self.port}:{self.database}:{self.user}:PASSWORD to "
            "~/.pgpass (only you may read it: chmod 600)"
        )

    def _password(self, lines: list[list[str]]) -> str | None:
        """Return the password as PostgreSQL's own programs find it; None when there is none.

        `PGPASSWORD` names no host: another machine gets it only where `PGHOST` names it.
        """
        given = os.environ.get("PGPASSWORD")
        if given and (self.is_local or self._is_hosts_own):
            return given
        host = "localhost" if self.socket else self.host
        wanted = (host, str(self.port), self.database, self.user)
        for line in lines:
            if all(told in {"*", want} for told, want in zip(line, wanted, strict=False)):
                return line[4]
        return None


def _password_file() -> list[list[str]]:
    """Return the lines of the person's own password file, five parts each."""
    path = Path(os.environ.get("PGPASSFILE") or Path.home() / ".pgpass")
    try:
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            return []  # PostgreSQL's own programs pass over a file that others can read
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    return [parts for parts in map(_fields, lines) if len(parts) == 5]


def parse(text: str, project: str) -> Address:
    """Return what `[store] database` says.

    Args:
        text: the setting, `postgresql://USER@HOST/NAME` and after a question mark what differs:
            `schema`, `host` (folder of a Unix socket), `sslmode`, `sslrootcert`.
        project: name of the project; the schema follows from it where none is given.

    Raises:
        BadSetting: it cannot be used, holds a password, or would send rows in the clear.
    """
    try:
        parts = urlsplit(text)
        port = parts.port or _PORT
        told = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError as error:
        raise BadSetting(_wrong(f"it is no address like {_FORM}")) from error
    # Nothing of the text is repeated before this: an error message may be read by anybody.
    if parts.password is not None or {"password", "passfile"} & told.keys():
        raise BadSetting(
            _wrong(
                "it holds a password, and vallum.toml is no place for one; take it out, change it "
                "at the server, and keep the new one in ~/.pgpass or PGPASSWORD"
            )
        )
    unknown = sorted(told.keys() - _KNOWN)
    if parts.scheme not in _SCHEMES or parts.fragment or unknown:
        named = f"'{unknown[0]}' is not known" if unknown else f"it is no address like {_FORM}"
        raise BadSetting(_wrong(f"{named}; after ? may stand {', '.join(sorted(_KNOWN))}"))
    user, database = unquote(parts.username or ""), unquote(parts.path.removeprefix("/"))
    socket, host = told.get("host", ""), parts.hostname or ""
    if not user or not database or bool(socket) == bool(host) or "/" in database:
        raise BadSetting(
            _wrong(f"user, database and one host are needed, like {_FORM} or, over a socket, "
                   "postgresql://USER@/NAME?host=/var/run/postgresql")
        )  # fmt: skip
    # A stranger's setting is told to people: it must not hold what acts on their terminal.
    if not f"{user}{database}{socket}{told.get('sslrootcert', '')}".isprintable():
        raise BadSetting(_wrong("it holds signs that cannot be printed"))
    if host and not _HOST.fullmatch(host):
        raise BadSetting(_wrong("it names no host: no name and no address of a machine"))
    if socket and not socket.startswith("/"):
        raise BadSetting(_wrong("host= names the folder of a socket, like /var/run/postgresql"))
    return Address(
        user=user,
        host=host,
        port=port,
        database=database,
        schema=_checked_schema(told.get("schema", "") or schema_of(project)),
        socket=socket,
        root_certificate=told.get("sslrootcert", ""),
        is_encrypted=_encrypted(told.get("sslmode", ""), socket, host),
    )


def schema_of(project: str) -> str:
    """Return the schema for a project's name: its plain letters, and a little of its hash."""
    plain = re.sub(r"[^a-z0-9]+", "_", project.lower()).strip("_")[:32] or "project"
    return f"v_{plain}_{hashlib.sha256(project.encode()).hexdigest()[:6]}"


def _encrypted(mode: str, socket: str, host: str) -> bool:
    if mode not in {"", "verify-full", "disable"}:
        raise BadSetting(
            _wrong("sslmode is verify-full, or disable for a server on this machine; what lies "
                   "between does not say whom one speaks to")
        )  # fmt: skip
    is_local = bool(socket) or _is_loopback(host)
    if mode == "disable" and not is_local:
        raise BadSetting(
            _wrong("sslmode=disable would send every row in the clear to another machine; leave it "
                   "out, and set sslrootcert where the server has a certificate of your own")
        )  # fmt: skip
    return mode == "verify-full" or not is_local


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _checked_schema(name: str) -> str:
    if not _SCHEMA.fullmatch(name) or name.startswith(_RESERVED):
        raise BadSetting(
            _wrong("schema is a name of small letters, digits and _, and none of PostgreSQL's own")
        )
    return name


def _wrong(what: str) -> str:
    return f"vallum.toml: [store] database: {what}; nothing was changed"


def _fields(line: str) -> list[str]:
    """Return the parts of a line of .pgpass, where a backslash keeps the next sign as it is."""
    if line.startswith("#"):
        return []
    parts, taken = [""], False
    for sign in line:
        if taken or sign not in ":\\":
            parts[-1] += sign
            taken = False
        elif sign == "\\":
            taken = True
        elif len(parts) < 5:
            parts.append("")
        else:
            parts[-1] += sign
    return parts
