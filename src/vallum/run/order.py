"""Which task goes next, what came back, and what may be handed on: in the order of the tasks."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from vallum.run.outcome import given_up

MOST_DEATHS = 2


@dataclass(kw_only=True)
class Order:
    """The state of a run over `n_tasks`, whoever executes them; tasks are named by their index.

    A task whose worker died is tried once more, while nothing else is under way: then it is known
    who killed it, and two large tasks that did not fit into memory together get a second chance.

    Attributes:
        n_tasks: how many there are.
        most_held: how far one may be ahead of the first that is not finished. It bounds memory:
            a task much slower than the others makes at most so many results wait.
    """

    n_tasks: int
    most_held: int
    under_way: set[int] = field(default_factory=set)
    _n_sent: int = 0
    _first: int = 0
    _held: dict[int, bytes] = field(default_factory=dict)
    _again: list[int] = field(default_factory=list)
    _suspects: list[int] = field(default_factory=list)
    _deaths: Counter[int] = field(default_factory=Counter)
    _alone: int = -1

    @property
    def is_finished(self) -> bool:
        """True when everything was handed on."""
        return self._first == self.n_tasks

    @property
    def n_left(self) -> int:
        """How many were never sent, or must be sent again."""
        return self.n_tasks - self._n_sent + len(self._again) + len(self._suspects)

    def take(self) -> int | None:
        """Return the task to be sent next; None when one must wait for answers first."""
        if self._alone in self.under_way:
            return None
        if self._suspects:
            if self.under_way:
                return None
            self._alone = heapq.heappop(self._suspects)
            return self._sent(self._alone)
        if self._again:
            return self._sent(heapq.heappop(self._again))
        if self._n_sent < min(self.n_tasks, self._first + self.most_held):
            self._n_sent += 1
            return self._sent(self._n_sent - 1)
        return None

    def _sent(self, index: int) -> int:
        self.under_way.add(index)
        return index

    def done(self, index: int, answer: bytes) -> None:
        """Note an answer; that of a task which is not under way any more is left out."""
        if index in self.under_way:
            self.under_way.remove(index)
            self._held[index] = answer

    def back(self, index: int) -> None:
        """Note that a task must be sent again, through no fault of its own."""
        if index in self.under_way:
            self.under_way.remove(index)
            heapq.heappush(self._suspects if self._deaths[index] else self._again, index)

    def died(self, index: int, problem: str) -> None:
        """Note that whoever worked on a task died; the second time it gets a problem."""
        if index not in self.under_way:
            return
        self._deaths[index] += 1
        if self._deaths[index] >= MOST_DEATHS:
            self.done(index, given_up(problem))
            return
        self.under_way.remove(index)
        heapq.heappush(self._suspects, index)

    def ready(self) -> Iterator[tuple[int, bytes]]:
        """Yield what may be handed on, in order."""
        while self._first in self._held:
            index = self._first
            answer = self._held.pop(index)
            self._first += 1
            yield index, answer
