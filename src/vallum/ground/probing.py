"""What the limited process tries in order to say what it cannot do; see `foreign.protection`."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
from pathlib import Path

from typing_extensions import TypedDict  # that of `typing` tells pydantic too little before 3.12

from vallum.ground import confine

_PROGRAMS = ("/bin/true", "/usr/bin/true")


class Told(TypedDict):
    """What could be done, and what was put up against it."""

    connects: bool
    reads: bool
    writes: bool
    runs: bool
    is_limited: bool
    landlock_abi: int
    why_not: list[str]


def try_all(port: int, closed: str) -> Told:
    """Try what foreign bytes would like to do; runs in the limited process.

    Args:
        port: of this machine, where something listens.
        closed: a file that this process was not given.
    """
    held = confine.now
    limits = (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE)
    return {
        "connects": _connects(port),
        "reads": _opens(closed, os.O_RDONLY),
        "writes": _opens(f"{closed}.more", os.O_WRONLY | os.O_CREAT),
        "runs": _runs(),
        "is_limited": all(resource.getrlimit(x)[1] != resource.RLIM_INFINITY for x in limits),
        "landlock_abi": held.landlock_abi if held else 0,
        "why_not": list(held.why_not) if held else [],
    }


def _connects(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def _opens(path: str, flags: int) -> bool:
    try:
        os.close(os.open(path, flags, 0o600))
    except OSError:
        return False
    return True


def _ends_well(program: str) -> bool:
    return subprocess.run([program], check=False).returncode == 0  # noqa: S603 - a known one


def _runs() -> bool:
    program = next((one for one in _PROGRAMS if Path(one).exists()), "")
    try:
        # Where none of them is there, nobody knows.
        return not program or _ends_well(program)
    except OSError:
        return False
