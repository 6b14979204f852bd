"""Tasks for tests of whoever executes them; a module of their own, so that workers find them."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from vallum.ground.errors import BadImage, StoreError


@dataclass(frozen=True, kw_only=True)
class Rooted:
    """A task of a project."""

    root: str
    number: int


def square(task: int) -> int:
    """The square; 3 is refused, 4 is a bug."""
    if task == 3:
        raise BadImage("image 3 is torn; use another")
    if task == 4:
        raise ZeroDivisionError("a bug")
    return task * task


def process_id(_: object) -> int:
    """Who works on it."""
    return os.getpid()


def seen(name: str) -> str | None:
    """What a variable of the environment is."""
    return os.environ.get(name)


def rooted(task: Rooted) -> int:
    """Its number."""
    return task.number


def die_of_seven(task: tuple[str, int]) -> int:
    """The number; 7 kills whoever works on it, and notes it in a folder."""
    folder, number = task
    if number == 7:
        (Path(folder) / f"{os.getpid()}-{time.monotonic_ns()}").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def die_once(task: tuple[str, int]) -> int:
    """The number; 7 kills the first who works on it."""
    folder, number = task
    if number == 7:
        try:
            (Path(folder) / "died").touch(exist_ok=False)
        except FileExistsError:
            return number
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def hang_once(task: tuple[str, int]) -> int:
    """The number; the first who works on 2 works for as long as the file `hold` is there."""
    folder, number = task
    if number == 2:
        try:
            (Path(folder) / "began").touch(exist_ok=False)
        except FileExistsError:
            return number
        while (Path(folder) / "hold").exists():
            time.sleep(0.05)
    return number


def held(task: tuple[str, int]) -> int:
    """The number, noted as begun; waits while the file `hold` is there."""
    folder, number = task
    (Path(folder) / f"began-{number}").touch()
    while (Path(folder) / "hold").exists():
        time.sleep(0.02)
    return number


def unpicklable(_: int) -> object:
    """Something that cannot travel."""
    return lambda: None


def broken_store(_: int) -> None:
    """Trouble with the project itself."""
    raise StoreError("the database is gone")


def threads_of_sums(_: int) -> int:
    """How many threads linear algebra uses at most."""
    import numpy  # noqa: F401
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_info

    return max(one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas")
