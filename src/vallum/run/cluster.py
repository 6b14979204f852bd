"""Tasks on a Dask cluster: a scheduler somewhere and workers that see the same files.

The only file that knows Dask. Nothing of Dask's own defaults is used that listens or trusts: no
cluster is started from here, and none is asked without keys unless it is on this computer.
"""

from __future__ import annotations

import logging
import os
import pickle
import statistics
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from vallum.ground.errors import BadSetting, MissingExtra, NotReached
from vallum.run import inside
from vallum.run.address import Address, keys
from vallum.run.order import Order
from vallum.run.outcome import Outcome, Task, Value, answered, opened

if TYPE_CHECKING:
    from distributed import Client, Future

WAIT = "VALLUM_CLUSTER_WAIT_S"
_MOST_HELD = 1024
_N_TRACKED = 200
_DIED = (
    "the workers that worked on it died, again and again, at last while nothing else ran (memory?)"
)


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long one waits for what.

    Attributes:
        connect_s: for the first answer of a scheduler.
        wait_s: for a scheduler that was lost, and for a cluster without workers.
        slow_s: before a task is given to a second worker when others have nothing to do; it must
            also be four times slower than half of the others.
        tick_s: between two looks at how the cluster is.
    """

    connect_s: float = 10.0
    wait_s: float = 600.0
    slow_s: float = 120.0
    tick_s: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a worker must be like for its results to be those of the caller.

    Attributes:
        likeness: versions by name, see `inside.likeness`.
        folder: the caller's current folder, from which relative paths start.
        root: the project's folder as the tasks name it; empty if they do not.
        sight: SHA-256 of its frontier line.
    """

    likeness: dict[str, str]
    folder: str
    root: str
    sight: str


class _Lost(Exception):
    """The connection to the scheduler is gone."""


def patience() -> Patience:
    """Return how long to wait, by the environment.

    Raises:
        BadSetting: `VALLUM_CLUSTER_WAIT_S` is no number of seconds.
    """
    told = os.environ.get(WAIT, "").strip()
    if not told:
        return Patience()
    try:
        wait_s = float(told)
    except ValueError:
        wait_s = -1.0
    if not 0 <= wait_s <= 1e7:
        raise BadSetting(f"{WAIT} is '{told[:40]}'; nothing was done, give a number of seconds")
    return Patience(wait_s=wait_s)


def on_cluster(
    function: Callable[[Task], Value],
    tasks: Sequence[Task],
    where: Address,
    waits: Patience | None = None,
) -> Iterator[Outcome[Task, Value]]:
    """Yield one outcome per task, in order, from the workers of a cluster.

    A task whose worker died is given to another one; one that goes on killing workers gets a
    problem. Where the scheduler is lost, what was not answered is sent again to the next one at
    the same address. Leaving the iterator takes everything back that was not begun.

    Args:
        function: importable by its name on the workers.
        tasks: picklable.
        where: the scheduler.
        waits: how long to wait; by the environment if None.

    Raises:
        BadSetting: keys are missing, or a worker is not like this vallum.
        MissingExtra: Dask is not installed.
        NotReached: there is no scheduler or no worker, or they were lost and did not come back.
    """
    waits = waits or patience()
    order = Order(n_tasks=len(tasks), most_held=_MOST_HELD)
    expected = _expected(str(getattr(tasks[0], "root", "")))
    known_until = time.monotonic()
    is_known = False
    while not order.is_finished:
        try:
            with _client(where, waits.connect_s) as client:
                is_known = True
                turn = _Turn(client, order, pickle.dumps((pickle.dumps(function), expected)), waits)
                for index, answer in turn.answers(tasks):
                    yield opened(tasks[index], answer)
            known_until = time.monotonic()
        except _Lost as lost:
            for index in [*order.under_way]:
                order.back(index)
            if not is_known:
                raise _no_answer(where, lost) from None
            if turn.heard_at > known_until:
                known_until = turn.heard_at
            if time.monotonic() > known_until + waits.wait_s:
                raise NotReached(
                    f"{where} was lost and did not come back within {waits.wait_s:.0f} s; what was "
                    "finished is kept. Start the cluster again, then run this again to go on"
                ) from None
            time.sleep(min(waits.tick_s, 1.0))


def checked(where: Address, root: str = "") -> dict[str, str]:
    """Return for every worker of a cluster why it cannot stand in; empty where it can.

    Args:
        where: the scheduler.
        root: a project's folder that the workers must see; empty for none.

    Raises:
        NotReached: it cannot be reached.
    """
    blob = pickle.dumps(_expected(root))
    try:
        with _client(where, patience().connect_s) as client, _translated():
            told = client.run(_looked, blob, on_error="return")
    except _Lost as lost:
        raise _no_answer(where, lost) from None
    return {
        name: why if isinstance(why, str) else f"cannot run vallum ({_in_short(why)})"
        for name, why in told.items()
    }


def _no_answer(where: Address, lost: _Lost) -> NotReached:
    return NotReached(
        f"{where} did not answer as a scheduler of Dask that takes these keys ({lost}); nothing "
        "was sent. Check that it runs, that the address is right and that both sides have keys "
        "of one set"
    )


def _expected(root: str) -> Expected:
    return Expected(
        likeness=inside.likeness(),
        folder=os.getcwd(),  # noqa: PTH109
        root=root,
        sight=inside.sight_of(root),
    )


# -- the caller's side ----------------------------------------------------------------------


@dataclass(eq=False)
class _Turn:
    """One connection to a scheduler, and what was sent over it.

    Attributes:
        sent: future by key; for each its task and when it was sent.
        heard_at: when the scheduler was last known to be there.
    """

    client: Client
    order: Order
    head: bytes
    waits: Patience
    name: str = field(default_factory=lambda: f"vallum-{uuid.uuid4().hex[:12]}")
    sent: dict[Any, tuple[Future[Any], int, float]] = field(default_factory=dict)
    events: SimpleQueue[Any] = field(default_factory=SimpleQueue)
    heard_at: float = field(default_factory=time.monotonic)
    n_workers: int = 0
    took_s: list[float] = field(default_factory=list)
    copied: set[int] = field(default_factory=set)
    n_sent: int = 0

    def answers(self, tasks: Sequence[Any]) -> Iterator[tuple[int, bytes]]:
        """Yield answers in the order of the tasks until all are handed on."""
        looked_at = with_workers_at = time.monotonic()
        self._look()
        try:
            while True:
                yield from self.order.ready()
                if self.order.is_finished:
                    return
                self._send(tasks)
                self._collect()
                now = time.monotonic()
                if now < looked_at + self.waits.tick_s:
                    continue
                looked_at = now
                self._look()
                self._help_slow(tasks)
                if self.n_workers:
                    with_workers_at = now
                elif now > with_workers_at + self.waits.wait_s:
                    raise NotReached(
                        f"the cluster had no worker for {self.waits.wait_s:.0f} s; what was "
                        "finished is kept. Start workers, then run this again to go on"
                    )
        finally:
            self._take_back()

    def _send(self, tasks: Sequence[Any]) -> None:
        """Send as much as keeps every worker busy while the next answers travel."""
        n_more = 4 * self.n_workers + 64 - len(self.sent)
        indices: list[int] = []
        while len(indices) < n_more and (index := self.order.take()) is not None:
            indices.append(index)
        self._submit(indices, tasks)

    def _submit(self, indices: Sequence[int], tasks: Sequence[Any]) -> None:
        if not indices:
            return
        blobs = [pickle.dumps(tasks[index], pickle.HIGHEST_PROTOCOL) for index in indices]
        names = [(self.name, self.n_sent + n) for n in range(len(indices))]
        self.n_sent += len(indices)
        with _translated():
            futures = self.client.map(
                _there, [self.head] * len(blobs), blobs, key=names, pure=False
            )
        now = time.monotonic()
        for index, future in zip(indices, futures, strict=True):
            self.sent[future.key] = (future, index, now)
            future.add_done_callback(self.events.put)

    def _collect(self) -> None:
        """Wait a moment for answers, and note those that came."""
        keys_done = []
        try:
            future = self.events.get(timeout=self.waits.tick_s)
            while True:
                if future.key in self.sent:
                    keys_done.append(future.key)
                future = self.events.get_nowait()
        except Empty:
            pass
        done = [(key, self.sent[key]) for key in dict.fromkeys(keys_done)]
        if any(future.status in {"cancelled", "lost"} for _, (future, _, _) in done):
            raise _Lost("connection lost")
        good = [one for one in done if one[1][0].status == "finished"]
        with _translated():
            told = self.client.gather([future for _, (future, _, _) in good], errors="raise")
        now = time.monotonic()
        for (key, (_, index, since)), (word, answer) in zip(good, told, strict=True):
            if word != "done":
                raise BadSetting(
                    f"a worker of the cluster {answer}; nothing of it was kept. Set the workers up "
                    "like this computer, then run this again to go on"
                )
            del self.sent[key]
            self.took_s = [*self.took_s[-_N_TRACKED:], now - since]
            self.order.done(index, answer)
        for key, (future, index, _) in done:
            if future.status == "error":
                self._note_error(key, future, index)
        if done:
            self.heard_at = now

    def _note_error(self, key: Any, future: Future[Any], index: int) -> None:
        from distributed import KilledWorker

        with _translated():
            error = future.exception()
        del self.sent[key]
        if any(other == index for _, other, _ in self.sent.values()):
            return  # another worker still has a copy of it
        if isinstance(error, KilledWorker):
            self.order.died(index, _DIED)
            return
        raise BadSetting(
            f"a worker of the cluster cannot run vallum ({type(error).__name__}: "
            f"{str(error)[:200]}); nothing of it was kept. Install this version of vallum there, "
            "then run this again to go on"
        )

    def _look(self) -> None:
        """Look whether the scheduler is there, and how many workers it has."""
        if self.client.status != "running":
            raise _Lost(f"client is {self.client.status}")
        with _translated():
            self.n_workers = len(self.client.nthreads())
        self.heard_at = time.monotonic()

    def _help_slow(self, tasks: Sequence[Any]) -> None:
        """Give a task that takes very long to a second worker, if others have nothing to do."""
        if len(self.sent) >= self.n_workers or len(self.took_s) < 3:
            return
        least = time.monotonic() - max(self.waits.slow_s, 4 * statistics.median(self.took_s))
        slow = [i for _, i, since in self.sent.values() if since < least and i not in self.copied]
        slow = slow[: self.n_workers - len(self.sent)]
        self.copied.update(slow)
        self._submit(slow, tasks)

    def _take_back(self) -> None:
        """Cancel what was not begun; what runs ends by itself and its result is dropped."""
        futures = [future for future, _, _ in self.sent.values()]
        self.sent.clear()
        if futures and self.client.status == "running":
            with suppress(Exception):
                self.client.cancel(futures)


@contextmanager
def _client(where: Address, connect_s: float) -> Iterator[Client]:
    """Give a connection to a scheduler; Dask itself is kept silent, its trouble is told here."""
    try:
        import dask
        from distributed import Client
        from distributed.security import Security
    except ImportError as error:
        raise MissingExtra(
            f"{where} needs Dask, which is not installed; nothing was done, "
            'install it with: pip install "vallum[cluster]"'
        ) from error
    if where.protocol == "tls":
        mine = keys(Security().get_tls_config_for_role("client"))
        security = Security(
            require_encryption=True,
            tls_ca_file=mine.ca,
            tls_client_cert=mine.certificate,
            tls_client_key=mine.key,
        )
    else:
        security = Security()
    log = logging.getLogger("distributed")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    # Given up early: `on_cluster` connects again, and sends again what was lost.
    quick = {"distributed.comm.timeouts.connect": f"{connect_s}s"}
    client: Client | None = None
    try:
        with dask.config.set(quick):
            with _translated():
                client = Client(
                    str(where), security=security, timeout=connect_s, set_as_default=False
                )
            yield client
    finally:
        if client is not None:
            with suppress(Exception):
                client.close(timeout=2)
        log.setLevel(level)


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what Dask raises when the connection is gone into one exception."""
    from asyncio import CancelledError as AsyncCancelled
    from asyncio import InvalidStateError

    from distributed.client import CancelledError
    from distributed.comm import CommClosedError

    gone = (AsyncCancelled, InvalidStateError, CancelledError, CommClosedError, OSError)
    try:
        yield
    except gone as error:
        raise _Lost(_in_short(error)) from error
    except ValueError as error:
        # The files of keys are there, and hold something else.
        raise BadSetting(f"the cluster's keys cannot be used: {error}; nothing was sent") from error
    except RuntimeError as error:
        if "close" in str(error).lower() or "shutdown" in str(error).lower():
            raise _Lost(_in_short(error)) from error
        raise


def _in_short(error: BaseException) -> str:
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return text[:160]


# -- the worker's side ----------------------------------------------------------------------


def _there(head: bytes, task: bytes) -> tuple[str, Any]:
    """Return `("done", answer)` from a worker, or `("unfit", why)` before it has begun.

    Checked with every task: workers come and go while a run lasts, and the folder of a project may
    have been made anew meanwhile.
    """
    function, expected = pickle.loads(head)  # noqa: S301  # who has keys may run programs here
    why = unfit(expected, n_threads=_n_threads())
    if why:
        return "unfit", why
    inside.settle()
    return "done", answered(function, task)


def _looked(blob: bytes, dask_worker: Any = None) -> str:
    """Return from a worker why it is unfit; Dask hands it its worker by that name."""
    n_threads = int(dask_worker.state.nthreads)
    return unfit(pickle.loads(blob), n_threads=n_threads)  # noqa: S301  # who has keys may


def _n_threads() -> int:
    from distributed import get_worker

    return int(get_worker().state.nthreads)


def unfit(expected: Expected, *, n_threads: int = 1) -> str:
    """Return why this process cannot stand in for the caller; empty when it can."""
    mine = inside.likeness()
    for name, wanted in expected.likeness.items():
        if mine.get(name, "none") != wanted:
            return f"has {name} {mine.get(name, 'none')}, and this computer {wanted}"
    if n_threads != 1:
        return f"has {n_threads} threads: start it with --nthreads 1, and one for each core"
    with suppress(OSError):
        os.chdir(expected.folder)
    if expected.sight and inside.sight_of(expected.root) != expected.sight:
        return (
            f"does not see the project in {expected.root}, or sees another one: the folder must "
            "be shared under the same path"
        )
    return ""
