"""A Dask cluster on this computer, with keys of its own: one scheduler, two workers."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import vallum
from vallum.run import keys
from vallum.run.starting import scheduler_command, settings, worker_command

TESTS = Path(__file__).parent
SOURCE = Path(str(vallum.__file__)).parents[1]
_PATIENCE_S = 60.0
_SETTINGS = {"DASK_DISTRIBUTED__DIAGNOSTICS__NVML": "False"}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Cluster:
    """A cluster that runs; `folder` holds its keys and its logs."""

    folder: Path
    protocol: str = "tls"
    port: int = field(default_factory=free_port)
    path: Sequence[Path] = (SOURCE, TESTS)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where the scheduler is."""
        return f"{self.protocol}://127.0.0.1:{self.port}"

    @property
    def keys(self) -> Path:
        """The folder of its keys."""
        return self.folder / "keys"

    @property
    def host(self) -> tuple[str, str]:
        """The option that keeps everything on this computer."""
        return "--host", f"{self.protocol}://127.0.0.1"

    def start(self, *, n_workers: int = 2, nanny: bool = True) -> None:
        """Start a scheduler and workers; a caller waits for them by itself."""
        self._run("scheduler", scheduler_command(self.keys, self.port), *self.host, "--no-show")
        for _ in range(n_workers):
            self.add_worker(nanny=nanny)

    def add_worker(self, *, nanny: bool = True, n_threads: int = 1) -> subprocess.Popen[bytes]:
        """Start a worker."""
        line = worker_command(self.keys, self.address)
        return self._run(
            "worker", line, *self.host, "--nanny" if nanny else "--no-nanny",
            "--local-directory", str(self.folder / "scratch"), "--nthreads", str(n_threads),
        )  # fmt: skip

    def stop(self) -> None:
        """End everything, at once."""
        for process in self.processes:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        for process in self.processes:
            process.wait(timeout=_PATIENCE_S)
        self.processes.clear()

    def _run(self, role: str, line: str, *more: str) -> subprocess.Popen[bytes]:
        """Start what the documentation says one starts, kept to this computer."""
        words = shlex.split(line)
        assert words[:2] == ["dask", role]
        told = settings() | _SETTINGS
        if self.protocol == "tcp":
            at = words.index("--protocol") if "--protocol" in words else None
            words = words if at is None else words[:at] + words[at + 2 :]
            at = words.index("--tls-ca-file")
            words = words[:at] + words[at + 6 :]
            del told["DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION"]
        with (self.folder / f"{role}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", *words, *more],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | told | {"PYTHONPATH": os.pathsep.join(map(str, self.path))},
                cwd=self.folder,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def said(self) -> str:
        """What scheduler and workers printed."""
        return "\n".join(p.read_text(errors="replace") for p in sorted(self.folder.glob("*.log")))


@contextmanager
def running(
    folder: Path,
    *,
    n_workers: int = 2,
    nanny: bool = True,
    protocol: str = "tls",
    path: Sequence[Path] = (SOURCE, TESTS),
) -> Iterator[Cluster]:
    """A cluster for as long as the block lasts; its keys are those of the environment."""
    cluster = Cluster(folder, protocol=protocol, path=path)
    folder.mkdir(parents=True, exist_ok=True)
    if not cluster.keys.exists():
        keys.make(cluster.keys)
    before = {name: os.environ.get(name) for name in ("VALLUM_CLUSTER_KEYS",)}
    os.environ["VALLUM_CLUSTER_KEYS"] = str(cluster.keys)
    try:
        cluster.start(n_workers=n_workers, nanny=nanny)
        listening(cluster.port)
        yield cluster
    finally:
        cluster.stop()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def listening(port: int) -> None:
    """Wait until something takes calls at a port of this computer."""
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens at {port}")
