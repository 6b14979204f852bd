"""How a scheduler and a worker are started, so that nobody without keys is heard."""

from __future__ import annotations

import shlex
from pathlib import Path

from vallum.run.inside import ALONE

_HEALTH = '["distributed.http.health"]'


def settings() -> dict[str, str]:
    """Return the environment of scheduler and workers, besides their own.

    Dask serves pages about its tasks on a port of its own, without asking who reads them: all but
    the one that says that it lives are taken away. A task that killed two workers is given back.
    """
    return ALONE | {
        "DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "true",
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
        "DASK_DISTRIBUTED__SCHEDULER__HTTP__ROUTES": _HEALTH,
        "DASK_DISTRIBUTED__WORKER__HTTP__ROUTES": _HEALTH,
    }


def scheduler_command(folder: Path, port: int) -> str:
    """Return the line that starts a scheduler with the keys in `folder`."""
    return shlex.join(
        ["dask", "scheduler", "--protocol", "tls", "--port", str(port), *_tls(folder, "scheduler")]
    )


def worker_command(folder: Path, address: str) -> str:
    """Return the line that starts one worker with the keys in `folder`."""
    return shlex.join(
        ["dask", "worker", address, "--nthreads", "1", "--memory-limit", "3GiB",
         "--death-timeout", "120", *_tls(folder, "worker")]
    )  # fmt: skip


def _tls(folder: Path, role: str) -> list[str]:
    return [
        "--tls-ca-file", str(folder / "ca.pem"),
        "--tls-cert", str(folder / f"{role}.pem"),
        "--tls-key", str(folder / f"{role}-key.pem"),
        "--no-dashboard", "--dashboard-address", "127.0.0.1:0",
    ]  # fmt: skip
