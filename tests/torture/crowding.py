"""A desk served to a crowd: the real server in a process of its own, and browsers that ask it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

NAME = "desk.example"
_SERVE = "from vallum.commands.serving import serve; serve()"
_EXTENT_M = 12_000


@dataclass
class Served:
    """A desk that is served, behind a proxy that these browsers play."""

    port: int
    pid: int
    tokens: dict[str, str]


@contextmanager
def served(root: Path, people: Sequence[tuple[str, str]]) -> Iterator[Served]:
    """Serve a project to people; ends as a service does, by SIGTERM, and must end well."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    words = [f"--invite={name}:{role}" for name, role in people]
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE, "--json", "--project", str(root), "--port", str(port),
         "--behind-proxy", f"https://{NAME}", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ),
    )  # fmt: skip
    try:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        tokens = {one["name"]: one["link"].partition("#")[2] for one in said["links"]}
        yield Served(port=port, pid=process.pid, tokens=tokens)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=90)
        assert process.returncode == 0, errors[-2000:]
        assert "Traceback" not in errors, errors[-2000:]
    finally:
        process.kill()
        process.communicate()


@dataclass
class Tally:
    """What all browsers saw; shared by threads."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    statuses: Counter[int] = field(default_factory=Counter)
    took_s: dict[str, list[float]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def note(self, what: str, status: int, seconds: float) -> None:
        """Remember one answer."""
        with self.lock:
            self.statuses[status] += 1
            self.took_s.setdefault(what, []).append(seconds)

    def complain(self, text: str) -> None:
        """Remember what went another way than it should."""
        with self.lock:
            self.problems.append(text)

    @property
    def n_broken(self) -> int:
        """How many answers said that the server broke."""
        return sum(n for status, n in self.statuses.items() if status >= 500)


class Browser:
    """One connection that is kept open, with its cookie, as a proxy would pass it on."""

    def __init__(self, port: int, number: int) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._headers = {
            "Host": NAME,
            "Origin": f"https://{NAME}",
            "Content-Type": "application/json",
            "X-Forwarded-For": f"203.0.113.{number % 250 + 1}",
        }

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Return status and JSON, or the bytes where it is none."""
        text = None if body is None else json.dumps(body)
        try:
            answer = self._sent(method, path, text)
        except (http.client.RemoteDisconnected, ConnectionError):
            # An idle connection was closed: do as a browser does, and send it again.
            self._line.close()
            answer = self._sent(method, path, text)
        content = answer.read()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                self._headers["Cookie"] = value.partition(";")[0]
        kind = answer.getheader("content-type", "")
        return answer.status, json.loads(content) if "json" in kind else content

    def _sent(self, method: str, path: str, text: str | None) -> http.client.HTTPResponse:
        self._line.request(method, path, text, self._headers)
        if self._line.sock is not None:
            self._line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._line.getresponse()

    def join(self, token: str) -> None:
        """Come in by a one-time link."""
        status, told = self.ask("POST", "/api/join", {"token": token})
        assert status == 200, told

    def close(self) -> None:
        """Close the connection."""
        self._line.close()


def make(root: Path, *, n: int, database: str = "") -> None:
    """Write a SIMULATED project of 12 km with things to judge, in SQLite or in a database."""
    import small_desk
    from vallum import config
    from vallum.project import create

    first = root.with_name(f"{root.name}-settings") if database else root
    with small_desk.make(first, n=n, extent_m=_EXTENT_M) as project:
        settings = project.config
    if not database:
        return
    settings = replace(settings, store=config.Stored(database=database))
    with create(root, settings, small_desk.FRONTIER) as project, project.run("made") as work:
        work.add_all(small_desk.rows(project, small_desk.candidates(n, _EXTENT_M)))


def together(threads: Sequence[threading.Thread], within_s: float, tally: Tally) -> None:
    """Let threads work at once, and wait for them."""
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(within_s)
    if any(thread.is_alive() for thread in threads):
        tally.complain(f"not finished in {within_s:.0f} s")
