"""Servers of the tests, all on loopback: a real STAC API on PostgreSQL, and one that serves files.

The STAC API is stac-fastapi with its SQL backend (pgstac) on a PostgreSQL of its own, in a folder
of its own, ended with the session. The file server answers ranges as cloud storage does.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_PROGRAMS = ("initdb", "postgres", "createdb", "psql")
_WAIT_S = 60.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


# -- files by ranges ---------------------------------------------------------------------------


@dataclass
class Files:
    """A server of files in memory; `answer` may do otherwise for one request."""

    content: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    answer: Callable[[Any, str], bool] | None = None
    gives_ranges: bool = True
    port: int = 0

    @property
    def href(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def put_json(self, path: str, value: Any) -> str:
        self.content[path] = json.dumps(value).encode()
        return self.href + path

    @property
    def n_bytes(self) -> int:
        """Bytes of ranges that were asked for."""
        total = 0
        for _, _, headers in self.asked:
            told = headers.get("range", "").removeprefix("bytes=").split("-")
            if len(told) == 2 and all(told):
                total += int(told[1]) - int(told[0]) + 1
        return total


@contextlib.contextmanager
def files() -> Iterator[Files]:
    """Serve files until the block ends."""
    served = Files()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            self.reply()

        def do_POST(self) -> None:
            served.bodies.append(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            self.reply()

        def reply(self) -> None:
            path, _, _ = self.path.partition("?")
            headers = {name.lower(): value for name, value in self.headers.items()}
            with lock:
                served.asked.append((self.command, self.path, headers))
            if served.answer is not None and served.answer(self, path):
                return
            content = served.content.get(path)
            if content is None:
                self.send(404, b"")
                return
            tag = f'"{len(content)}-{hash(content) & 0xFFFFFFFF:x}"'
            more = {"ETag": tag, "Accept-Ranges": "bytes"}
            told = headers.get("range", "")
            is_same = headers.get("if-range", tag) == tag
            if served.gives_ranges and told.startswith("bytes=") and is_same:
                first, _, last = told.removeprefix("bytes=").partition("-")
                start, stop = int(first), min(int(last or len(content) - 1) + 1, len(content))
                if start >= len(content):
                    self.send(416, b"", more | {"Content-Range": f"bytes */{len(content)}"})
                    return
                more["Content-Range"] = f"bytes {start}-{stop - 1}/{len(content)}"
                self.send(206, content[start:stop], more)
                return
            self.send(200, content, more)

        def send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# -- a STAC API on PostgreSQL --------------------------------------------------------------------


@dataclass
class Api:
    """A running STAC API."""

    href: str
    dsn: str

    @property
    def host(self) -> str:
        return self.href.removeprefix("http://")

    def load(self, kind: str, rows: list[dict[str, Any]]) -> None:
        """Put collections or items into its database."""
        from pypgstac.db import PgstacDB
        from pypgstac.load import Loader, Methods

        with PgstacDB(dsn=self.dsn) as database:
            loader = Loader(db=database)
            method = loader.load_collections if kind == "collections" else loader.load_items
            method(iter(rows), Methods.upsert)


def missing() -> str:
    """Say in one line what is not installed; empty when everything is."""
    folder = programs()
    gone = [name for name in _PROGRAMS if not (folder / name).exists()]
    if gone:
        return f"PostgreSQL is not installed ({', '.join(gone)}); run tools/setup-tests.sh"
    share = subprocess.run(
        [folder / "pg_config", "--sharedir"], capture_output=True, text=True, check=False
    ).stdout.strip()
    options = [Path(share), *Path("/usr/share/postgresql").glob("*")]
    if not any((path / "extension/postgis.control").exists() for path in options if path.name):
        return "PostGIS is not installed; run tools/setup-tests.sh"
    return ""


def programs() -> Path:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if versions:
        return versions[-1]
    found = shutil.which("initdb")
    return Path(found).parent if found else Path("/nowhere")


@contextlib.contextmanager
def stac_api() -> Iterator[Api]:
    """Start PostgreSQL and a STAC API on it; both end with the block."""
    with contextlib.ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="vallum-pg-", dir="/tmp"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        port = free_port()
        stack.enter_context(postgres(folder, port))
        dsn = f"postgresql://tester:tester@127.0.0.1:{port}/postgres"
        _migrate(dsn)
        api_port = free_port()
        stack.enter_context(_api(api_port, port))
        yield Api(href=f"http://127.0.0.1:{api_port}", dsn=dsn)


@contextlib.contextmanager
def postgres(folder: Path, port: int, *, is_durable: bool = False) -> Iterator[None]:
    # PostgreSQL does not run as root: there it is given to the user that its package made.
    who = pwd.getpwnam("postgres") if os.getuid() == 0 else None
    as_user: dict[str, Any] = {"user": who.pw_uid, "group": who.pw_gid} if who else {}
    if who:
        os.chown(folder, who.pw_uid, who.pw_gid)
    secret = folder / "secret"
    secret.write_text("tester")
    secret.chmod(0o644)
    data = folder / "data"
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(
        [programs() / "initdb", "-D", data, "-U", "tester", "-A", "scram-sha-256", "-E", "UTF8",
         "--locale=C.UTF-8", f"--pwfile={secret}", "--no-sync"],
        check=True, cwd=folder, **quiet, **as_user,
    )  # fmt: skip
    durable = "on" if is_durable else "off"
    server = subprocess.Popen(
        [programs() / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", folder,
         "-c", f"fsync={durable}", "-c", f"full_page_writes={durable}",
         "-c", f"synchronous_commit={durable}",
         "-c", "shared_buffers=32MB", "-c", "max_connections=30", "-c", "jit=off"],
        cwd=folder, **quiet, **as_user,
    )  # fmt: skip
    try:
        _until(lambda: _answers(port), server)
        yield
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _answers(port: int) -> bool:
    import psycopg

    try:
        with psycopg.connect(
            f"postgresql://tester:tester@127.0.0.1:{port}/postgres", connect_timeout=2
        ):
            return True
    except psycopg.OperationalError:
        return False


def _migrate(dsn: str) -> None:
    from pypgstac.db import PgstacDB
    from pypgstac.migrate import Migrate

    with PgstacDB(dsn=dsn) as database:
        Migrate(database).run_migration()


@contextlib.contextmanager
def _api(port: int, database_port: int) -> Iterator[None]:
    environment = os.environ | {
        "PGUSER": "tester",
        "PGPASSWORD": "tester",
        "PGHOST": "127.0.0.1",
        "PGPORT": str(database_port),
        "PGDATABASE": "postgres",
        "DB_MIN_CONN_SIZE": "1",
        "DB_MAX_CONN_SIZE": "3",
    }
    with tempfile.TemporaryFile() as said:
        server = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "stac_fastapi.pgstac.app:create_app", "--factory", "--host", "127.0.0.1",
             "--port", str(port), "--log-level", "warning"],
            env=environment, stdout=said, stderr=said,
        )  # fmt: skip
        try:
            _until(lambda: _is_up(f"http://127.0.0.1:{port}/_mgmt/ping"), server)
            yield
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _is_up(href: str) -> bool:
    try:
        with urllib.request.urlopen(href, timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def _until(is_ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _WAIT_S
    while time.monotonic() < end:
        if is_ready():
            return
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with code {process.returncode}")
        time.sleep(0.1)
    raise RuntimeError(f"{process.args[0]} did not start in {_WAIT_S:.0f} s")
