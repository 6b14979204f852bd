"""Killing on purpose: a warmed process forks, the fork works, and `kill -9` ends it somewhere.

The measurements that fork run in a process of their own (`apart`): of the threads that a test
suite has started by then, none would be there in a fork.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torture
from torture import Figure, Size

PATIENCE_S = 120.0
_HERE = Path(torture.__file__).parents[1]
_FAILED = 70

Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What became of one fork.

    Attributes:
        told: lines that it told before it ended; each was on its way before what came after it.
        is_killed: it was still at work when it was killed.
        problem: the traceback it ended with; empty if it was killed or came to its end.
        seconds: from its start to its end.
        at_s: when each line was told, in seconds from its start.
    """

    told: tuple[str, ...]
    at_s: tuple[float, ...]
    is_killed: bool
    problem: str
    seconds: float

    def to_line(self, *starts: str, at_end: bool = False) -> float:
        """Return the seconds to the first line, or to the last, that begins with one of some words.

        0 if there is none.
        """
        found = [
            at
            for line, at in zip(self.told, self.at_s, strict=True)
            if line.split(" ")[0] in starts
        ]
        return found[-1 if at_end else 0] if found else 0.0


def forked(
    work: Callable[[Tell], None],
    *,
    kill_after_s: float | None = None,
    kill_at: Callable[[str, int], bool] | None = None,
    then_s: float = 0.0,
) -> Ended:
    """Let a fork do some work, and kill it.

    Args:
        work: done in the fork; is given what sends a line to this process.
        kill_after_s: seconds after the fork's first word; it comes to its end if None.
        kill_at: told each line and how many came before it; kills when it says so.
        then_s: seconds between that and the kill.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        _work(work, writer)
    os.close(writer)
    try:
        told, at_s, seconds, was_shot = _heard(reader, child, kill_after_s, kill_at, then_s)
    finally:
        os.close(reader)
    _, status = os.waitpid(child, 0)
    is_killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL and was_shot
    problem = ""
    if not is_killed and status:
        problem = "\n".join(line[1:] for line in told if line.startswith("!")) or str(status)
    good = [(line, at) for line, at in zip(told, at_s, strict=True) if not line.startswith("!")]
    return Ended(
        told=tuple(line for line, _ in good),
        at_s=tuple(at for _, at in good),
        is_killed=is_killed,
        problem=problem,
        seconds=seconds,
    )


def _work(work: Callable[[Tell], None], writer: int) -> None:
    """Do the work in the fork and end it, without anything that would run at a common end."""
    code = 0
    try:
        with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
            work(lambda line: _say(writer, line))
    except BaseException:
        code = _FAILED
        for line in traceback.format_exc().splitlines():
            _say(writer, f"!{line}")
    finally:
        os._exit(code)


def _say(writer: int, line: str) -> None:
    os.write(writer, line.replace("\n", " ").encode() + b"\n")


def _heard(
    reader: int,
    child: int,
    kill_after_s: float | None,
    kill_at: Callable[[str, int], bool] | None,
    then_s: float,
) -> tuple[list[str], list[float], float, bool]:
    """Read what a fork tells until it ends, and kill it when it is time."""
    held, told, at_s = b"", [], []
    began = time.monotonic()
    latest = began + PATIENCE_S
    shoot_at: float | None = None
    was_shot = False
    while True:
        now = time.monotonic()
        due = latest if shoot_at is None else min(latest, shoot_at)
        if now >= due and not was_shot:
            os.kill(child, signal.SIGKILL)
            was_shot = True
        ready, _, _ = select.select([reader], [], [], 10.0 if was_shot else due - now)
        if not ready:
            continue
        piece = os.read(reader, 1 << 16)
        if not piece:
            return told, at_s, time.monotonic() - began, was_shot
        if not told and kill_after_s is not None:
            shoot_at = time.monotonic() + kill_after_s
        *lines, held = (held + piece).split(b"\n")
        for line in lines:
            told.append(line.decode())
            at_s.append(time.monotonic() - began)
            if kill_at is not None and shoot_at is None and kill_at(told[-1], len(told) - 1):
                shoot_at = time.monotonic() + then_s


# -- in a process of its own ----------------------------------------------------------------------


def apart(module: str, size: Size, folder: Path, *, before: tuple[str, ...] = ()) -> Figure:
    """Return what `inside` of a module measures, called in a fresh process.

    Args:
        module: in this package.
        size: how much is done.
        folder: empty.
        before: words of a command that starts the process, such as `unshare`.
    """
    words = [*before, sys.executable, "-m", "torture.killing", module, size.value, str(folder)]
    done = subprocess.run(words, cwd=_HERE, capture_output=True, text=True, check=False)
    try:
        told = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        last = done.stderr.strip().splitlines()[-12:]
        return Figure(measured=f"ended with code {done.returncode}", holds=False, misses=(*last,))
    return Figure(**told | {key: tuple(told[key]) for key in ("misses", "notes")})


def main() -> None:
    """Measure in this process and print what came out."""
    module, size, folder = sys.argv[1:]
    inside: Callable[[Size, Path], Figure] = importlib.import_module(f"torture.{module}").inside
    sys.stdout.write("\n" + json.dumps(asdict(inside(Size(size), Path(folder)))) + "\n")


# -- what is left ---------------------------------------------------------------------------------


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by their path in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def copied(folder: Path, to: Path) -> Path:
    """Return a fresh copy of a folder, in place of an earlier one."""
    shutil.rmtree(to, ignore_errors=True)
    return Path(shutil.copytree(folder, to, symlinks=True))


if __name__ == "__main__":
    main()
