"""Foreign bytes are opened here: in a separate process with limits, never in the main one.

The main process calls `call("vallum.some.module:function", {...})`. A fresh interpreter starts,
takes the drivers and sidecars away from GDAL before it is imported, takes the network away where
the system allows it, limits its own memory, time and files, runs the function and prints its
result as JSON. A crash, a hang or a bomb ends that process only.

Mitigations follow the threat table in `docs/explain/foreign-files.md`.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vallum.ground import errors
from vallum.ground.errors import BadInput, DiskFull, WorkerFailed

GDAL_LIMITS = {
    # A VRT or service description named .tif would read local files or the network (measured).
    "GDAL_SKIP": (
        "VRT,WMS,WMTS,WCS,HTTP,DAAS,EEDA,EEDAI,PLMOSAIC,STACIT,STACTA,GTI,DERIVED,MRF,Zarr"
    ),
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_CACHEMAX": "64",
    "PROJ_NETWORK": "OFF",
    "CPL_CURL_ENABLE_VSIMEM": "NO",
    "GDAL_HTTP_MAX_RETRY": "0",
}
_ALLOWED = "vallum."
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR")
_MOST_ANSWER_BYTES = 256 << 20
_MOST_FILES = 256
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000


def call(
    job: str,
    arguments: dict[str, Any],
    *,
    wall_s: float = 120.0,
    memory_bytes: int = 4 << 30,
    file_bytes: int = 1 << 30,
    inherited: Sequence[int] = (),
) -> Any:
    """Run `module:function` with `arguments` in the limited process and return its JSON result.

    Args:
        job: a function of vallum that takes keyword arguments and returns plain JSON.
        arguments: plain JSON.
        wall_s: seconds after which the process is ended.
        memory_bytes: address space the process may take.
        file_bytes: size that any file it writes may reach.
        inherited: open files and sockets that it gets under the same numbers; no others.

    Raises:
        BadInput: the function refused the file; the message names it.
        DiskFull: there was no room for what it wrote.
        WorkerFailed: it crashed, hung or ran out of memory.
    """
    order = json.dumps(
        {
            "job": job,
            "arguments": arguments,
            "memory_bytes": memory_bytes,
            "file_bytes": file_bytes,
            "cpu_s": int(wall_s) + 5,
        }
    )
    keep = {key: os.environ[key] for key in _KEPT if key in os.environ}
    environment = keep | GDAL_LIMITS | {"PYTHONSAFEPATH": "1", "OMP_NUM_THREADS": "1"}
    # What it prints goes to files, not pipes: the size limit of the process holds for those.
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        try:
            done = subprocess.run(
                [sys.executable, "-m", "vallum.ground.foreign"],
                input=order.encode(),
                stdout=said,
                stderr=complained,
                timeout=wall_s,
                env=environment,
                pass_fds=tuple(inherited),
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise WorkerFailed(f"gave up after {wall_s:.0f} s") from error
        said.seek(0)
        complained.seek(0)
        words, complaint = said.read(_MOST_ANSWER_BYTES), complained.read(_MOST_ANSWER_BYTES)
    return _answered(done.returncode, words, complaint)


def _answered(returncode: int, words: bytes, complaint: bytes) -> Any:
    """Return the result in the worker's last line, or raise what it says went wrong."""
    try:
        answer = json.loads(words.splitlines()[-1])
    except (IndexError, ValueError) as error:
        raise WorkerFailed(_last_words(returncode, complaint)) from error
    if "refused" in answer:
        kind = getattr(errors, str(answer.get("error")), BadInput)
        raise (kind if issubclass(kind, BadInput) else BadInput)(answer["refused"])
    if "disk_full" in answer:
        raise DiskFull(answer["disk_full"])
    if "crashed" in answer:
        raise WorkerFailed(answer["crashed"])
    return answer["result"]


def _last_words(returncode: int, stderr: bytes) -> str:
    if returncode < 0:
        return f"the process that opened it was ended by signal {-returncode}"
    if b"MemoryError" in stderr:
        return "opening it needs more memory than allowed"
    # An uncaught error ends the worker with a traceback, whose last line says what it was.
    lines = stderr.decode("utf-8", "replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return last[:300] or f"the process that opened it ended with code {returncode}"


def _confine(order: dict[str, Any]) -> None:
    """Take away what this process does not need; silently less where the system refuses."""
    uid, gid = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "linux" and libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0:
        # Map ourselves back, so that files we write belong to the person who runs vallum.
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{uid} {uid} 1"),
            ("gid_map", f"{gid} {gid} 1"),
        ):
            try:
                Path("/proc/self", name).write_text(text)
            except OSError:
                break
    for limit, value in (
        (resource.RLIMIT_AS, order["memory_bytes"]),
        (resource.RLIMIT_FSIZE, order["file_bytes"]),
        (resource.RLIMIT_CPU, order["cpu_s"]),
        (resource.RLIMIT_NOFILE, _MOST_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(limit)
        ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (ceiling, hard))


def _main() -> None:
    order = json.loads(sys.stdin.buffer.read())
    _confine(order)
    module, _, name = str(order["job"]).partition(":")
    if not module.startswith(_ALLOWED):
        raise SystemExit(f"{module} is no module of vallum")
    answer: dict[str, Any]
    try:
        answer = {"result": getattr(importlib.import_module(module), name)(**order["arguments"])}
    except BadInput as error:
        answer = {"refused": str(error), "error": error.code}
    except MemoryError:
        answer = {"crashed": "opening it needs more memory than allowed"}
    except OSError as error:
        full = error.errno in {27, 28, 122}  # EFBIG, ENOSPC, EDQUOT
        answer = {"disk_full" if full else "crashed": str(error)}
    sys.stdout.write("\n" + json.dumps(answer) + "\n")


if __name__ == "__main__":
    _main()
