"""Tasks in processes of this computer: one per core, one thread inside."""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any

from vallum.run.address import KEYS, SCHEDULER
from vallum.run.inside import ALONE, sight_of
from vallum.run.order import Order
from vallum.run.outcome import Outcome, Task, Value, opened
from vallum.run.worker import IDLED

_MOST_HELD_EACH = 64
_DIED = "the process that worked on it died twice, the second time alone (memory?)"
_KEPT = frozenset({
    "CURL_CA_BUNDLE", "DYLD_LIBRARY_PATH", "HOME", "HTTPS_PROXY", "HTTP_PROXY", "LANG",
    "LANGUAGE", "LD_LIBRARY_PATH", "NO_PROXY", "PATH", "SSL_CERT_DIR", "SSL_CERT_FILE", "TMPDIR",
    "TZ", "https_proxy", "http_proxy", "no_proxy",
})  # fmt: skip
# AWS_: images may lie in object storage, and a process that works on them reads them itself.
# OPENBLAS_: which instructions are used is part of what a number is, to its last bits.
_KEPT_KINDS = (
    "AWS_", "BLIS_", "CPL_", "GDAL_", "LC_", "MKL_", "NPY_", "OMP_", "OPENBLAS_", "OPENCV_",
    "PROJ_", "PYTHON", "VALLUM_", "VSI",
)  # fmt: skip
_NOT_KEPT = frozenset({SCHEDULER, KEYS})


def environment() -> dict[str, str]:
    """Return the environment of a process that works for this one; passwords stay here.

    Kept is what Python, GDAL, PROJ and object storage need, by name; all else stays behind.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if (name in _KEPT or name.startswith(_KEPT_KINDS)) and name not in _NOT_KEPT
    }
    return kept | ALONE | {"PYTHONSAFEPATH": "1"}


def n_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(eq=False)
class _Worker:
    """A process and the line to it; `tasks` are those sent and not answered, oldest first."""

    like: tuple[Any, ...]
    process: subprocess.Popen[bytes]
    line: Connection
    tasks: deque[int] = field(default_factory=deque)

    def end(self) -> None:
        """Let it end; it is killed if it works on something."""
        self.line.close()
        if self.tasks:
            self.process.kill()
        self.process.wait()


_spare: list[_Worker] = []
"""Processes that the last run left; they end by themselves after a few seconds."""


def in_processes(
    function: Callable[[Task], Value], tasks: Sequence[Task], n_workers: int = 0
) -> Iterator[Outcome[Task, Value]]:
    """Yield one outcome per task, in order, from one process per core.

    A task whose process died is tried once more, alone; only if that dies as well, the task gets a
    problem. All others finish.

    Args:
        function: importable by its name in another process.
        tasks: picklable.
        n_workers: how many processes; 0 for one per core.
    """
    n_workers = min(len(tasks), n_workers or n_cores())
    order = Order(n_tasks=len(tasks), most_held=_MOST_HELD_EACH * n_workers)
    blob = pickle.dumps(function)
    like = (environment(), os.getcwd(), sight_of(str(getattr(tasks[0], "root", ""))))  # noqa: PTH109
    crew = [_worker(like) for _ in range(n_workers)]
    try:
        while not order.is_finished:
            _hand_out(order, crew, blob, tasks)
            busy = {worker.line: worker for worker in crew if worker.tasks}
            for line in wait(list(busy)):
                _hear(order, crew, busy[line])  # type: ignore[index]
            for index, answer in order.ready():
                yield opened(tasks[index], answer)
    finally:
        for worker in crew:
            if worker.tasks or len(_spare) >= n_workers:
                worker.end()
            else:
                _spare.append(worker)


def _hand_out(order: Order, crew: list[_Worker], blob: bytes, tasks: Sequence[Any]) -> None:
    """Give every process a task, and a second one to begin with at once, except near the end."""
    n_each = 2 if order.n_left > 2 * len(crew) else 1
    for n_waiting in range(n_each):
        for at, worker in enumerate(crew):
            if len(worker.tasks) > n_waiting:
                continue
            index = order.take()
            if index is None:
                return
            task = pickle.dumps(tasks[index], pickle.HIGHEST_PROTOCOL)
            if not _sent(worker, blob, task):
                # It ended while it was idle; a new one is told at once.
                worker.end()
                crew[at] = worker = _started(worker.like)
                _sent(worker, blob, task)
            worker.tasks.append(index)


def _sent(worker: _Worker, blob: bytes, task: bytes) -> bool:
    if not worker.tasks and worker.process.poll() is not None:
        return False
    try:
        worker.line.send((blob, task))
    except OSError:
        return bool(worker.tasks)  # one that died at work is noticed when it is listened to
    return True


def _hear(order: Order, crew: list[_Worker], worker: _Worker) -> None:
    """Take the next answer of a process, or notice that it died and start another."""
    try:
        answer = worker.line.recv_bytes()
    except (EOFError, OSError):
        culprit, *waiting = worker.tasks
        if worker.process.wait() == IDLED:
            waiting.insert(0, culprit)
        else:
            order.died(culprit, _DIED)
        for index in waiting:
            order.back(index)
        worker.tasks.clear()
        worker.end()
        crew[crew.index(worker)] = _started(worker.like)
        return
    order.done(worker.tasks.popleft(), answer)


def _worker(like: tuple[Any, ...]) -> _Worker:
    """Return a process that is left from the last run and is like what is wanted, or a new one."""
    while _spare:
        worker = _spare.pop()
        if worker.like == like and worker.process.poll() is None:
            return worker
        worker.end()
    return _started(like)


def _started(like: tuple[Any, ...]) -> _Worker:
    mine, its = Pipe()
    with its:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "vallum.run.worker", str(its.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=like[0],
            pass_fds=(its.fileno(),),
            start_new_session=True,
        )
    with contextlib.suppress(OSError):
        mine.send(sys.path)
    return _Worker(like, process, mine)


@atexit.register
def _end_spare() -> None:
    while _spare:
        _spare.pop().end()
