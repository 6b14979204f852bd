"""The open project with its rows in memory: what only reads need not read and parse them again."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TypeVar, cast

from vallum.ground.records import Candidate, Finding, Row
from vallum.ground.unhurried import unhurried
from vallum.project import Project
from vallum.steps.desk_heard import heard
from vallum.steps.desk_mirror import Mirror
from vallum.steps.desk_queue import datable

_QUIET_S, _ASKED_S, _LONGEST_S, _BETWEEN_S, _MOST_MADE = 1.0, 300.0, 2.0, 0.1, 40
RowT = TypeVar("RowT", bound=Row)
Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True, eq=False)
class Kept(Project):
    """A project of which `rows` gives what the desk holds, as new as the ledger is.

    Rows are shared and must not be changed; kinds that the desk does not hold come from the store.
    """

    fresh: Callable[[], AbstractContextManager[Mirror]]
    _made: dict[object, _Made] = field(default_factory=dict, repr=False)
    _standing: dict[object, object] = field(default_factory=dict, repr=False)
    _rests: threading.Event = field(default_factory=threading.Event, repr=False)

    @classmethod
    def of(cls, project: Project, fresh: Callable[[], AbstractContextManager[Mirror]]) -> Kept:
        """Return a project over what a desk holds."""
        return cls(
            root=project.root,
            config=project.config,
            frontier=project.frontier,
            store=project.store,
            fresh=fresh,
            _held=project._held,
            _guard=project._guard,
        )

    def rows(self, cls: type[RowT]) -> list[RowT]:
        """Return the newest rows of one kind, in the order of the ledger."""
        with self.fresh() as mirror:
            if mirror.holds(cls):
                return list(mirror.in_order(cls))
        return self.store.latest(cls)

    def remembered(self, name: Hashable, make: Callable[[], Value]) -> Value:
        """Return what `make` gives, made again only when something was written since.

        Nobody waits for it but who asks; who asks while it is being made waits for that. While it
        is asked for now and then, `tend` makes it again before somebody asks.
        """
        return cast("Value", self._asked(name, make).newest(self._seq()))

    def at_hand(
        self, name: Hashable, make: Callable[[], Value], *, wait_s: float
    ) -> tuple[Value | None, bool]:
        """Return what `make` gave last, None before the first time, and whether that is the newest.

        What is not the newest is made in the background; whoever asks waits `wait_s` for it, no
        longer, and asks again. What `make` raises is raised to one of those who ask.
        """
        value, is_newest = self._asked(name, make).soon(self._seq(), wait_s)
        return cast("Value | None", value), is_newest

    def _asked(self, name: Hashable, make: Callable[[], object]) -> _Made:
        made = self._made.setdefault(name, _Made())
        made.make, made.asked_at = make, time.monotonic()
        while len(self._made) > _MOST_MADE:
            self._made.pop(min(self._made, key=lambda one: self._made[one].asked_at), None)
        return made

    def standing(self, name: Hashable, make: Callable[[], Value]) -> Value:
        """Return what was made once, for as long as the desk is open."""
        return cast("Value", self._standing.setdefault(name, make()))

    def _seq(self) -> int:
        with self.fresh() as mirror:
            return mirror.seq

    def tend(self) -> None:
        """Until `rest`: make again what is remembered a second after something was written.

        What takes over two seconds is left to who asks for it: it would slow down all the others.
        """
        seen, tended = -1, -1
        while not self._rests.wait(_QUIET_S):
            seq = self._seq()
            if seq != seen or seq == tended:
                seen = seq
                continue
            since = time.monotonic() - _ASKED_S
            for made in list(self._made.values()):
                is_due = made.asked_at > since and made.took_s < _LONGEST_S
                if is_due and not self._rests.is_set():
                    made.newest(seq)
            tended = seq

    def is_resting(self, wait_s: float) -> bool:
        """Wait a little, and say whether nothing more is to be made."""
        return self._rests.wait(wait_s)

    def rest(self) -> None:
        """Make nothing more beforehand."""
        self._rests.set()

    def warm(self, *, is_more: bool = False) -> None:
        """Make what the first page needs, or else what others need, before somebody asks.

        The next caller waits for a part of it. What is held from then on for as long as the desk is
        open is not looked through again by the collector of garbage, which would stop everybody for
        a tenth of a second now and then.
        """
        for make in _OTHER_PAGES if is_more else _FIRST_PAGE:
            if is_more and self.is_resting(_BETWEEN_S):
                return
            with unhurried():
                with self.fresh() as mirror:
                    make(mirror)
                gc.freeze()  # before the collector goes on: it would look through all that is new


@dataclass(kw_only=True, eq=False)
class _Made:
    """A value, the row of the ledger up to which it counts, and how it is made."""

    make: Callable[[], object] = object
    asked_at: float = 0.0
    held: tuple[int, object] = (-1, None)
    took_s: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)
    pending: Future[object] | None = None
    begins: threading.Lock = field(default_factory=threading.Lock)

    def newest(self, seq: int) -> object:
        """Return the value as of a row of the ledger."""
        with self.lock:
            if self.held[0] < seq:
                begun = time.thread_time()
                with unhurried():
                    self.held = seq, self.make()
                self.took_s = time.thread_time() - begun
            return self.held[1]

    def soon(self, seq: int, wait_s: float) -> tuple[object, bool]:
        """Return the value after `wait_s` at most, and whether it is as of a row of the ledger."""
        pending = self._pending(seq)
        if pending is not None and wait([pending], wait_s).done:
            self._take(pending)
        at, value = self.held
        return value, at >= seq

    def _pending(self, seq: int) -> Future[object] | None:
        """Return what is being made, begun now if need be; None where nothing has to be."""
        pending = self.pending  # others may take it meanwhile
        if pending is not None and pending.done():
            self._take(pending)
        with self.begins:
            if self.pending is None and self.held[0] < seq:
                self.pending = _in_background(lambda: self.newest(seq))
            return self.pending

    def _take(self, pending: Future[object]) -> None:
        """Let the next one begin anew; raise what went wrong, once."""
        with self.begins:
            if self.pending is not pending:
                return
            self.pending = None
        pending.result()


def _in_background(make: Callable[[], object]) -> Future[object]:
    """Begin to make something; nobody has to wait for it, not even the end of the program."""
    made: Future[object] = Future()

    def work() -> None:
        try:
            made.set_result(make())
        except BaseException as error:  # to whoever asks for it
            made.set_exception(error)

    threading.Thread(target=work, name="checking", daemon=True).start()
    return made


_FIRST_PAGE: tuple[Callable[[Mirror], object], ...] = (
    lambda mirror: mirror.judgeable,
    lambda mirror: mirror.groups,
    lambda mirror: mirror.first_readers,
)
_OTHER_PAGES: tuple[Callable[[Mirror], object], ...] = (
    lambda mirror: mirror.in_order(Candidate),
    lambda mirror: mirror.all(Finding),
    lambda mirror: mirror.wheres,
    heard,
    datable,
)
