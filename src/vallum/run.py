"""Run the same function over many tasks: in a plain loop, or in local processes.

The plain loop is the specification. A task that fails becomes an `Outcome` with a problem; it
never ends the others. Results come in the order of the tasks, so a run writes the same rows in
the same order whoever executes it.
"""

from __future__ import annotations

import multiprocessing
import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Generic, TypeVar

from vallum.ground.errors import BadSetting, StoreError, VallumError

Task = TypeVar("Task")
Value = TypeVar("Value")

SCHEDULERS = ("", "local")


@dataclass(frozen=True, kw_only=True)
class Outcome(Generic[Task, Value]):
    """What became of one task: a value, or a problem in one line."""

    task: Task
    value: Value | None = None
    problem: str = ""
    details: str = ""

    @property
    def ok(self) -> bool:
        """True when there is a value."""
        return not self.problem


def each(
    function: Callable[[Task], Value], tasks: Sequence[Task], scheduler: str = ""
) -> Iterator[Outcome[Task, Value]]:
    """Yield one outcome per task, in order.

    Args:
        function: a module-level function that takes one task and returns plain values.
        tasks: the work; picklable when `scheduler` is "local".
        scheduler: "" for a plain loop, "local" for one process per core.

    Raises:
        BadSetting: `scheduler` is neither.
    """
    if scheduler not in SCHEDULERS:
        raise BadSetting(f"scheduler '{scheduler}' is unknown; leave it out, or write local")
    if scheduler == "local" and len(tasks) > 1:
        yield from _in_processes(function, tasks)
        return
    for task in tasks:
        yield _attempt(function, task)


def _attempt(function: Callable[[Task], Value], task: Task) -> Outcome[Task, Value]:
    try:
        return Outcome(task=task, value=function(task))
    except StoreError:
        raise  # the project itself is in trouble: no further task can help
    except VallumError as error:
        return Outcome(task=task, problem=str(error))
    except Exception as error:  # the one place where any failure becomes data
        text = f"internal error, please report it: {type(error).__name__}: {error}"
        return Outcome(task=task, problem=text[:300], details=traceback.format_exc())


def _in_processes(
    function: Callable[[Task], Value], tasks: Sequence[Task]
) -> Iterator[Outcome[Task, Value]]:
    n_workers = min(len(tasks), os.cpu_count() or 1)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(n_workers, mp_context=context, initializer=_one_thread) as pool:
        waiting: list[Future[Outcome[Task, Value]]] = [
            pool.submit(_attempt, function, task) for task in tasks
        ]
        for task, future in zip(tasks, waiting, strict=True):
            try:
                yield future.result()
            except BrokenProcessPool:
                yield Outcome(task=task, problem="the process that worked on it died (memory?)")


def _one_thread() -> None:
    """One process per core, one thread inside: pools that multiply only slow each other."""
    import cv2

    cv2.setNumThreads(1)
