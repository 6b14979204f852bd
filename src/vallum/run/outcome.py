"""What became of one task."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from vallum.ground.errors import StoreError, VallumError

Task = TypeVar("Task")
Value = TypeVar("Value")


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


def attempt(function: Callable[[Task], Value], task: Task) -> Outcome[Task, Value]:
    """Return what becomes of one task, done here.

    Raises:
        StoreError: the project itself is in trouble, so no further task can help.
    """
    try:
        return Outcome(task=task, value=function(task))
    except StoreError:
        raise
    except VallumError as error:
        return Outcome(task=task, problem=str(error))
    except Exception as error:  # the one place where any failure becomes data
        text = f"internal error, please report it: {type(error).__name__}: {error}"
        return Outcome(task=task, problem=text[:300], details=traceback.format_exc())


def answered(function: bytes, task: bytes) -> bytes:
    """Return what becomes of one task in another process; the task itself does not travel back.

    Args:
        function: pickled, by the name of its module.
        task: pickled.

    Returns:
        Pickled `(value, problem, details)`, or a pickled `StoreError`.
    """

    def work(blob: bytes) -> Any:
        value = pickle.loads(function)(pickle.loads(blob))  # noqa: S301  # what the caller sent
        pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        return value

    try:
        found = attempt(work, task)
    except StoreError as error:
        return pickle.dumps(StoreError(str(error)))
    return pickle.dumps((found.value, found.problem, found.details), pickle.HIGHEST_PROTOCOL)


def opened(task: Task, answer: bytes) -> Outcome[Task, Any]:
    """Return what a process of ours answered, as the outcome of the caller's own task.

    Raises:
        StoreError: the process says that the project itself is in trouble.
    """
    told = pickle.loads(answer)  # noqa: S301  # a process that this one started or has keys with
    if isinstance(told, StoreError):
        raise told
    value, problem, details = told
    return Outcome(task=task, value=value, problem=problem, details=details)


def given_up(problem: str) -> bytes:
    """Return the answer of a task that nobody answered."""
    return pickle.dumps((None, problem, ""))
