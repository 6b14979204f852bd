"""Foreign bytes are opened here: in a separate process with limits, never in the main one.

The main process calls `call("vallum.some.module:function", {...}, reads=..., returns=...)`. A fresh
interpreter starts, takes the drivers and sidecars away from GDAL before it is imported, gives up
the network, all files but those named, and other processes (`confine`), limits its own memory, time
and files, runs the function and prints its result as JSON. A crash, a hang or a bomb ends that
process only. Whatever it prints is checked against the type that the caller expects: the bytes may
have taken the process over.

`VALLUM_CONFINE=off` leaves out what `confine` gives up and keeps all else: for systems where that
breaks something, and for tests of the rest. A list (`landlock,syscalls`) puts up only those.

Mitigations follow the threat table in `docs/explain/foreign-files.md`.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from vallum.ground import confine, errors
from vallum.ground.errors import BadInput, BadSetting, DiskFull, WorkerFailed

if TYPE_CHECKING:
    from pydantic import TypeAdapter

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
SWITCH = "VALLUM_CONFINE"
_ALLOWED = "vallum."
# rasterio and odc-geo import these where they are installed; nothing here uses them.
_LEFT_OUT = ("boto3", "dask")
_KEPT = ("PATH", "HOME", "LANG")
_MOST_ANSWER_BYTES = 256 << 20
_MOST_COMPLAINT_BYTES = 1 << 20
_LONGEST_REASON = 400
_RESULT, _ERROR = b"R", b"E"
_OBEYED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Ending:
    """Ends limited processes that other threads wait for, once nobody wants what they tell."""

    _running: set[int] = field(default_factory=set)
    _told: threading.Event = field(default_factory=threading.Event)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @contextlib.contextmanager
    def watching(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """Count a process as one of them while it runs."""
        with self._guard:
            self._running.add(process.pid)
            if self._told.is_set():
                _kill(process.pid)
        try:
            yield
        finally:
            with self._guard:
                self._running.discard(process.pid)

    def now(self) -> None:
        """End those that run, and those that will."""
        with self._guard:
            self._told.set()
            for pid in self._running:
                _kill(pid)


def call(
    job: str,
    arguments: dict[str, Any],
    *,
    returns: Any,
    reads: Sequence[Path] = (),
    writes: Sequence[Path] = (),
    runs: Sequence[Path] = (),
    wall_s: float = 120.0,
    memory_bytes: int = 4 << 30,
    file_bytes: int = 1 << 30,
    inherited: Sequence[int] = (),
    ending: Ending | None = None,
) -> Any:
    """Run `module:function` with `arguments` in the limited process and return its JSON result.

    Paths in `arguments` are absolute; paths in the result are words of somebody else: use only
    names that were given (`made`).

    Args:
        job: a function of vallum that takes keyword arguments and returns plain JSON.
        arguments: plain JSON.
        returns: the type of the result, or its pydantic `TypeAdapter`; checked strictly.
        reads: the files and folders that it may read, beside what Python needs.
        writes: the folders, and files that exist, in which it may write. A folder for temporary
            files, gone afterwards, it has anyway.
        runs: the programs that it may start.
        wall_s: seconds after which the process is ended.
        memory_bytes: address space the process may take.
        file_bytes: size that any file it writes may reach.
        inherited: open files and sockets that it gets under the same numbers; no others.
        ending: what may end it before its time.

    Raises:
        BadInput: the function refused the file; the message names it.
        DiskFull: there was no room for what it wrote.
        WorkerFailed: it crashed, hung, ran out of memory, or answered something else than asked.
    """
    work = Path(tempfile.mkdtemp(prefix="vallum-worker-")).resolve()
    try:
        walls = confine.Walls(
            reads=[str(path.resolve()) for path in reads],
            writes=[str(work), *(str(path.resolve()) for path in writes)],
            runs=[str(path.resolve()) for path in runs],
            defences=wanted(),
            memory_bytes=memory_bytes,
            file_bytes=file_bytes,
            cpu_s=int(wall_s) + 5,
        )
        order = json.dumps({"job": job, "arguments": arguments, "walls": asdict(walls)})
        returncode, words, complaint = _run(
            order.encode(), work, wall_s, inherited, ending or Ending()
        )
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return _answered(returncode, words, complaint, returns)


def wanted() -> tuple[str, ...]:
    """Return the defences that are to be put up, by the environment.

    Raises:
        BadSetting: `VALLUM_CONFINE` names something else.
    """
    said = os.environ.get(SWITCH, "").strip()
    if said in {"", "on"}:
        return confine.DEFENCES
    names = tuple(name.strip() for name in said.split(",") if name.strip() != "off")
    if unknown := set(names) - set(confine.DEFENCES):
        raise BadSetting(
            f"{SWITCH} names {min(unknown)!r}, which is no defence; nothing was opened. Leave it "
            f"empty, or say off, or some of {', '.join(confine.DEFENCES)}"
        )
    return names


def made(folder: Path, name: str) -> Path:
    """Return a file that the limited process wrote into a folder, if it is a plain file there.

    Raises:
        WorkerFailed: it is not there, or is a link or something else than a file.
    """
    path = folder / name
    try:
        found = path.lstat()
    except (OSError, ValueError):
        raise WorkerFailed("the process that opened it wrote nothing") from None
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1 or path.name != name:
        raise WorkerFailed("the process that opened it left something else than a file")
    return path


def _run(
    order: bytes, work: Path, wall_s: float, inherited: Sequence[int], ending: Ending
) -> tuple[int, bytes, bytes]:
    """Return exit code and both outputs of a limited process."""
    keep = {key: os.environ[key] for key in _KEPT if key in os.environ}
    fixed = {"PYTHONSAFEPATH": "1", "OMP_NUM_THREADS": "1", "TMPDIR": str(work)}
    # What it prints goes to files, not pipes: the size limit of the process holds for those.
    with (
        tempfile.TemporaryFile() as said,
        tempfile.TemporaryFile() as complained,
        subprocess.Popen(
            [sys.executable, "-m", "vallum.ground.foreign"],
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=complained,
            env=keep | GDAL_LIMITS | fixed,
            cwd=work,
            pass_fds=tuple(inherited),
            start_new_session=True,
        ) as process,
        ending.watching(process),
    ):
        try:
            process.communicate(order, timeout=wall_s)
        except subprocess.TimeoutExpired as error:
            raise WorkerFailed(f"gave up after {wall_s:.0f} s") from error
        finally:
            _kill(process.pid)
        said.seek(0)
        complained.seek(0)
        words, complaint = said.read(_MOST_ANSWER_BYTES), complained.read(_MOST_COMPLAINT_BYTES)
    return process.returncode, words, complaint


def _kill(pid: int) -> None:
    """End a limited process with all that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _answered(returncode: int, words: bytes, complaint: bytes, returns: Any) -> Any:
    """Return the result in the worker's last line, or raise what it says went wrong."""
    line = words.rstrip(b"\n").rsplit(b"\n", 1)[-1]
    if line.startswith(_RESULT) and returncode == 0:
        return _checked(line[1:], returns)
    if not line.startswith(_ERROR):
        raise WorkerFailed(_last_words(returncode, complaint))
    try:
        answer = dict(json.loads(line[1 : 1 + _MOST_COMPLAINT_BYTES]))
        kind, reason = str(answer["kind"]), _in_one_line(str(answer["reason"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise WorkerFailed(_last_words(returncode, complaint)) from None
    if kind == "DiskFull":
        raise DiskFull(reason)
    raised = getattr(errors, kind, None)
    if isinstance(raised, type) and issubclass(raised, BadInput):
        raise raised(reason)
    raise WorkerFailed(reason)


def _checked(text: bytes, returns: Any) -> Any:
    """Return a result that is of the type that was asked for."""
    from pydantic import ValidationError

    try:
        return _adapter(returns).validate_json(text, strict=True)
    except (ValidationError, RecursionError) as error:
        found = error.errors(include_input=False)[0] if isinstance(error, ValidationError) else None
        where = ".".join(str(part) for part in found["loc"][:4]) if found else ""
        what = found["msg"] if found else "nested too deeply"
        raise WorkerFailed(
            "the process that opened it answered something else than was asked "
            f"({_in_one_line(where)[:80]}: {what[:120]})"
        ) from None


def _adapter(returns: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return returns if isinstance(returns, TypeAdapter) else _adapter_of(returns)


@functools.lru_cache(maxsize=64)
def _adapter_of(returns: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(returns)


def _in_one_line(text: str) -> str:
    """Return words of the limited process without what a terminal would obey, not too many.

    Their end, where the next step stands, is kept.
    """
    plain = _OBEYED.sub(" ", text)
    if len(plain) <= _LONGEST_REASON:
        return plain
    return f"{plain[: _LONGEST_REASON - 101]}…{plain[-100:]}"


def _last_words(returncode: int, stderr: bytes) -> str:
    if returncode < 0:
        return f"the process that opened it was ended by signal {-returncode}"
    if b"MemoryError" in stderr:
        return "opening it needs more memory than allowed"
    # An uncaught error ends the worker with a traceback, whose last line says what it was.
    lines = stderr.decode("utf-8", "replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    said = _in_one_line(last)[:300]
    return said or f"the process that opened it ended with code {returncode}"


# -- what protects this machine ---------------------------------------------------------------


Wall = Literal["network", "files", "programs", "limits"]
"""What stands between a process that was taken over and this machine."""

_OPEN_TO: dict[Wall, str] = {
    "network": "reach the network",
    "files": "read your files",
    "programs": "start programs",
    "limits": "take all memory and time",
}
"""What such a process could do where a wall is missing."""


@dataclass(frozen=True, kw_only=True)
class Protection:
    """What a limited process on this machine really cannot do, as one of them tried it.

    Attributes:
        network: it reaches no port of this machine, and so no other.
        files: it reads and writes no file but those it was given.
        programs: it starts no program.
        limits: its memory, processor time and files are limited.
        landlock_abi: version of Landlock in force; 0 without.
        why_not: a line for each defence that could not be put up.
    """

    network: bool
    files: bool
    programs: bool
    limits: bool
    landlock_abi: int
    why_not: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Nothing is missing."""
        return self.network and self.files and self.programs and self.limits

    @property
    def missing(self) -> tuple[Wall, ...]:
        """Which of the four walls do not hold."""
        held = {"network": self.network, "files": self.files, "programs": self.programs,
                "limits": self.limits}  # fmt: skip
        return tuple(wall for wall in _OPEN_TO if not held[wall])

    @property
    def notice(self) -> str:
        """What is missing and what then still holds, in one line; nothing where all holds."""
        if self.is_whole:
            return ""
        open_to = [_OPEN_TO[wall] for wall in self.missing]
        return (
            "less protection than usual: a process that opens files from others and is taken over "
            f"by one could {', '.join(open_to)}; drivers, sizes and formats stay restricted. "
            "`vallum doctor` says why"
        )


@functools.lru_cache(maxsize=1)
def protection() -> Protection:
    """Return what a limited process cannot do here; one is started to try, once per process."""
    from vallum.ground.probing import Told

    with (
        tempfile.TemporaryDirectory(prefix="vallum-") as folder,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        closed = Path(folder) / "closed"
        closed.write_bytes(b"closed")
        arguments = {"port": listener.getsockname()[1], "closed": str(closed.resolve())}
        try:
            told: Told = call("vallum.ground.probing:try_all", arguments, returns=Told, wall_s=30.0)
        except WorkerFailed as error:
            return Protection(
                network=False, files=False, programs=False, limits=False, landlock_abi=0,
                why_not=(f"the limited process does not start: {error}",),
            )  # fmt: skip
    why_not = list(told["why_not"])
    if left := set(confine.DEFENCES) - set(wanted()):
        why_not.append(f"switched off by {SWITCH}: {', '.join(sorted(left))}")
    return Protection(
        network=not told["connects"],
        files=not told["reads"] and not told["writes"],
        programs=not told["runs"],
        limits=told["is_limited"],
        landlock_abi=told["landlock_abi"],
        why_not=tuple(why_not),
    )


# -- inside the limited process -------------------------------------------------------------


def _main() -> None:
    order = json.loads(sys.stdin.buffer.read())
    module, _, name = str(order["job"]).partition(":")
    if not module.startswith(_ALLOWED):
        raise SystemExit(f"{module} is no module of vallum")
    confine.now = confine.confine(confine.Walls(**order["walls"]))
    # What libraries keep in the home goes where everything temporary goes.
    os.environ["HOME"] = os.environ["TMPDIR"]
    _leave_out()
    try:
        result = getattr(importlib.import_module(module), name)(**order["arguments"])
        _tell(_RESULT, json.dumps(result))
    except BadInput as error:
        _tell(_ERROR, _reason(error.code, str(error)))
    except MemoryError:
        _tell(_ERROR, _reason("WorkerFailed", "opening it needs more memory than allowed"))
    except OSError as error:
        full = error.errno in {27, 28, 122}  # EFBIG, ENOSPC, EDQUOT
        _tell(_ERROR, _reason("DiskFull" if full else "WorkerFailed", str(error)))


def _leave_out() -> None:
    """Let imports of packages that cost a third of the start and serve nothing here fail."""
    sys.modules.update(dict.fromkeys(_LEFT_OUT))  # type: ignore[arg-type]


def _reason(kind: str, reason: str) -> str:
    return json.dumps({"kind": kind, "reason": reason})


def _tell(sign: bytes, text: str) -> None:
    sys.stdout.write(f"\n{sign.decode()}{text}\n")


if __name__ == "__main__":
    _main()
