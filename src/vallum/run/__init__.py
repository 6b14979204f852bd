"""Run the same function over many tasks: in a plain loop, in local processes, or on a cluster.

The plain loop is the specification. A task that fails becomes an `Outcome` with a problem; it
never ends the others. Results come in the order of the tasks, so a run writes the same rows in
the same order whoever executes it. Workers return values; only the caller writes rows.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

from vallum.ground.errors import BadSetting
from vallum.run.address import SCHEDULER, SCHEDULERS, Address, parsed
from vallum.run.inside import one_sum
from vallum.run.outcome import Outcome, Task, Value, attempt

__all__ = ["SCHEDULERS", "Outcome", "chosen", "each"]


def each(
    function: Callable[[Task], Value], tasks: Sequence[Task], scheduler: str = ""
) -> Iterator[Outcome[Task, Value]]:
    """Return one outcome per task, in order, as they are asked for.

    However many tasks there are, only some are under way or finished and not yet handed on, so
    memory stays flat. Leaving the iterator takes back what was not begun.

    Args:
        function: a module-level function that takes one task and returns plain values.
        tasks: the work; picklable unless `scheduler` is "". Tasks that have a `root` name the
            project's folder there, and workers of a cluster show that they see the same one.
        scheduler: "" for a plain loop, "local" for one process per core, "tls://HOST:PORT" for a
            Dask cluster, "tcp://127.0.0.1:PORT" for one on this computer.

    Raises:
        BadSetting: `scheduler` is none of these, or its workers are not like this vallum.
        MissingExtra: a cluster is named and Dask is not installed.
        NotReached: the cluster cannot be reached, or was lost and did not come back.
        StoreError: a task says that the project itself is in trouble.
    """
    where = parsed(scheduler)
    if not tasks:
        return iter(())
    if isinstance(where, Address):
        from vallum.run.cluster import on_cluster

        return on_cluster(function, tasks, where)
    if where == "local" and len(tasks) > 1:
        from vallum.run.processes import in_processes

        return in_processes(function, tasks)
    return _in_a_loop(function, tasks)


def _in_a_loop(
    function: Callable[[Task], Value], tasks: Sequence[Task]
) -> Iterator[Outcome[Task, Value]]:
    """Yield one outcome per task, in order: what every other way must come to."""
    alone = one_sum()
    for task in tasks:
        with alone():
            outcome = attempt(function, task)
        yield outcome


def chosen(default: str = "local") -> str:
    """Return the scheduler that the person's environment names, else `default`.

    Raises:
        BadSetting: it names something that is none.
    """
    scheduler = os.environ.get(SCHEDULER, "").strip() or default
    try:
        parsed(scheduler)
    except BadSetting as error:
        raise BadSetting(f"{SCHEDULER}: {error}") from None
    return scheduler
