"""One warmed limited process that forks for each foreign file, in place of a start for each.

Only starting is saved. What `vallum.ground.foreign` does before and after stays what it is: the
child takes the order from its standard input, confines itself and prints its answer.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MODULES = (
    "vallum.ground.foreign",
    "vallum.ground.vector",
    "vallum.ground.formats.geojson",
    "vallum.ground.formats.geopackage",
    "vallum.ground.formats.kml",
    "vallum.ground.formats.shapefile",
    "vallum.imagery.intake",
    "vallum.imagery.footprints",
    "vallum.imagery.loose",
    "vallum.imagery.deliveries.accept",
    "vallum.imagery.deliveries.find",
    "vallum.imagery.deliveries.unpack",
    "vallum.imagery.landrasters",
    "vallum.imagery.shots.picture",
    "pyogrio",
    "vallum.evidence.courier",
    "vallum.evidence.papers",
    "vallum.evidence.paper_copy",
    "vallum.evidence.scrub",
    "vallum.evidence.stamp",
)
_MOST_MESSAGE = 1 << 16


@dataclass
class Used:
    """What the limited processes took since it was asked last."""

    n: int = 0
    rss_bytes: int = 0
    cpu_s: float = 0.0


class Warm:
    """Takes the place of `subprocess` in `vallum.ground.foreign`: its `Popen` forks a warmed process.

    Args:
        tests: the folder of the tests, for the process to find this file.
    """

    def __init__(self, tests: Path) -> None:
        self._tests = tests
        self._line: socket.socket | None = None
        self.used = Used()

    def __getattr__(self, name: str) -> Any:
        return getattr(subprocess, name)

    def Popen(self, command: list[str], **options: Any) -> Any:
        """Start the limited process; anything else is really started."""
        if command[-1] != "vallum.ground.foreign":
            return subprocess.Popen(command, **options)
        return _Forked(self, options)

    def line(self, env: dict[str, str]) -> socket.socket:
        """Return the line to the warmed process; it starts in the first call's environment."""
        if self._line is None:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            words = (
                f"import sys; sys.path.insert(0, {str(self._tests)!r}); "
                f"from torture import warmed; warmed.serve({theirs.fileno()})"
            )
            subprocess.Popen([sys.executable, "-c", words], pass_fds=[theirs.fileno()], env=env)
            theirs.close()
            self._line = ours
        return self._line


class _Forked:
    """One limited process, as far as `vallum.ground.foreign` asks."""

    pid = 1 << 30  # none has this number: it has ended when somebody asks
    returncode = 0

    def __init__(self, warm: Warm, options: dict[str, Any]) -> None:
        self._warm, self._options = warm, options

    def __enter__(self) -> _Forked:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def communicate(self, order: bytes, timeout: float) -> None:
        """Give the order and wait until the process has ended."""
        options, passed = self._options, tuple(self._options.get("pass_fds", ()))
        line = self._warm.line(options["env"])
        told = {"env": options["env"], "passed": passed, "timeout": timeout,
                "cwd": os.fspath(options["cwd"])}  # fmt: skip
        with os.fdopen(os.memfd_create("order"), "w+b") as given:
            given.write(order)
            given.seek(0)
            numbers = [given.fileno(), *(options[k].fileno() for k in ("stdout", "stderr"))]
            socket.send_fds(line, [json.dumps(told).encode()], [*numbers, *passed])
            said = json.loads(line.recv(_MOST_MESSAGE) or b"null")
        if said is None:
            raise ConnectionError("the warmed process is gone")
        used = self._warm.used
        used.n += 1
        used.rss_bytes = max(used.rss_bytes, said["rss_bytes"])
        used.cpu_s += said["cpu_s"]
        if said["timed_out"]:
            raise subprocess.TimeoutExpired("the limited process", timeout)
        self.returncode = said["code"]


def serve(number: int) -> None:
    """Fork for each order until the other side is gone."""
    for name in _MODULES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    foreign = importlib.import_module("vallum.ground.foreign")
    line = socket.socket(fileno=number)
    while True:
        message, given, _, _ = socket.recv_fds(line, _MOST_MESSAGE, 64)
        if not message:
            return
        told = json.loads(message)
        process = os.fork()
        if process == 0:
            line.close()
            _child(told, given, foreign._main)
        for each in given:
            os.close(each)
        line.send(json.dumps(_ended(process, told["timeout"])).encode())


def _ended(process: int, timeout_s: float | None) -> dict[str, Any]:
    """Wait for the child, or end it when its time is over."""
    handle = os.pidfd_open(process)
    try:
        ready = select.select([handle], [], [], timeout_s)[0]
    finally:
        os.close(handle)
    if not ready:
        os.kill(process, 9)
    _, status, usage = os.wait4(process, 0)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "timed_out": not ready,
        "rss_bytes": usage.ru_maxrss * 1024,
        "cpu_s": usage.ru_utime + usage.ru_stime,
    }


def _child(told: dict[str, Any], given: list[int], work: Callable[[], None]) -> None:
    """Become the limited process; never returns."""
    code = 1
    try:
        os.environ.clear()
        os.environ.update(told["env"])
        os.setsid()
        os.chdir(told["cwd"])
        tempfile.tempdir = None  # it is another one for each
        # Out of the way first: the numbers that are wanted may be taken by what was received.
        high = [os.dup2(each, 200 + k, inheritable=False) for k, each in enumerate(given)]
        for each in given:
            os.close(each)
        for k, wanted in enumerate((0, 1, 2, *told["passed"])):
            os.dup2(high[k], wanted)
            os.close(high[k])
        sys.stdin, sys.stdout, sys.stderr = (
            open(k, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
            for k, mode in ((0, "r"), (1, "w"), (2, "w"))
        )
        work()
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
        if isinstance(error.code, str):
            sys.stderr.write(error.code)
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
