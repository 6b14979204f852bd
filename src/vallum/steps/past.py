"""The past of a project: which step ran when, for how long, what it added, what it could not do."""

from __future__ import annotations

import re
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from vallum.ground import logbook
from vallum.ground.logbook import Event
from vallum.ground.records import Json, Run
from vallum.ground.span import Span, Spans
from vallum.project import Project
from vallum.store import Entry

How = Literal["done", "failed", "stopped", "unfinished"]
_ENDS: Mapping[Event, How] = {
    Event.DONE: "done", Event.FAILED: "failed", Event.STOPPED: "stopped",
}  # fmt: skip
_RUN = re.compile(r'"run":"(run-[a-z0-9]+)"')
_NOT_BLOCKED = '"blocked_by":""'


@dataclass(frozen=True, kw_only=True)
class Blocked:
    """Where one run could not do its work, and why.

    Attributes:
        why: the reason in words, as the rows say it.
        sections: numbers of the sections.
        length_m: metres of border.
    """

    why: str
    sections: tuple[int, ...]
    length_m: int


@dataclass(frozen=True, kw_only=True)
class PastRun:
    """One execution of a step.

    Attributes:
        run: id of its row in the ledger; empty where it wrote nothing.
        step: the step or command.
        at: when it began, UTC.
        by: who ran it; only the ledger knows.
        seconds: how long it took, by the log; else to its last row, which is somewhat less. None
            where nothing tells.
        n_added: rows that it wrote.
        kinds: how many of each kind.
        blocked: what it could not do.
        how: done, failed, stopped, or unfinished: it was cut off, or is still at work.
        error: class of the error that ended it.
        version: of vallum that ran.
    """

    run: str = ""
    step: str
    at: datetime
    by: str = ""
    seconds: float | None = None
    n_added: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    blocked: tuple[Blocked, ...] = ()
    how: How = "done"
    error: str = ""
    version: str = ""

    def as_json(self) -> dict[str, Json]:
        """Return it as plain JSON."""
        return {
            "run": self.run,
            "step": self.step,
            "at": self.at.isoformat(timespec="seconds"),
            "by": self.by,
            "seconds": None if self.seconds is None else round(self.seconds, 1),
            "n_added": self.n_added,
            "kinds": dict(self.kinds),
            "blocked": [
                {"why": one.why, "sections": list(one.sections), "length_m": one.length_m}
                for one in self.blocked
            ],
            "how": self.how,
            "error": self.error,
            "version": self.version,
        }


@dataclass(kw_only=True)
class _Wrote:
    """What one run wrote."""

    ended: str = ""
    kinds: Counter[str] = field(default_factory=Counter)
    blocked: list[Entry] = field(default_factory=list)


class Tally:
    """What each of the newest runs wrote; may be kept, and reads each row of the ledger once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seq = -1
        self._wrote: defaultdict[str, _Wrote] = defaultdict(_Wrote)

    def of(self, project: Project, runs: Sequence[Run]) -> list[_Wrote]:
        """Return what runs wrote, of all rows after the first of these runs."""
        with self._lock:
            first = project.store.history(runs[0].id)[0].seq if runs else 0
            if self._seq < 0:
                self._seq = first
            for entry in project.store.entries(after=self._seq):
                self._take(entry)
            return [self._wrote[run.id] for run in runs]

    def _take(self, entry: Entry) -> None:
        self._seq = max(self._seq, entry.seq)
        wrote = self._wrote[_run_of(entry)]
        wrote.ended = max(wrote.ended, entry.at)
        wrote.kinds[entry.kind] += 1
        if '"blocked_by"' in entry.body and _NOT_BLOCKED not in entry.body:
            wrote.blocked.append(entry)


def past(project: Project, *, last: int = 50, tally: Tally | None = None) -> list[PastRun]:
    """Return the newest executions, the newest first: of the ledger, and what only the log tells.

    A run that changed nothing is in the log alone; one that another machine did, in the ledger
    alone.

    Args:
        project: whose.
        last: how many.
        tally: from the last time, for as many.
    """
    lines = logbook.told(project.root)
    seconds = {line.run: line.seconds for line in lines if line.run and line.event is Event.DONE}
    found = [
        replace(one, seconds=seconds.get(one.run, one.seconds))
        for one in _of_ledger(project, last, tally or Tally())
    ]
    known = {one.run for one in found} | {row.id for row in project.rows(Run)}
    found += [one for one in _of_log(lines) if one.run not in known]
    # Of two at the same moment, the one that was written later came later.
    return sorted(found, key=lambda one: one.at)[::-1][:last]


def _of_ledger(project: Project, last: int, tally: Tally) -> list[PastRun]:
    runs = project.rows(Run)[-last:]
    wrote = tally.of(project, runs) if runs else []
    return [_of_run(project, run, what) for run, what in zip(runs, wrote, strict=True)]


def _run_of(entry: Entry) -> str:
    """Return the run that wrote an entry, without reading its row: a ledger has many thousands."""
    found = _RUN.search(entry.body)
    return found[1] if found else ""


def _of_run(project: Project, run: Run, wrote: _Wrote) -> PastRun:
    ended = datetime.fromisoformat(wrote.ended) if wrote.ended else None
    return PastRun(
        run=run.id,
        step=run.step,
        at=run.at,
        by=run.actor,
        seconds=max(0.0, (ended - run.at).total_seconds()) if ended else None,
        n_added=wrote.kinds.total(),
        kinds=dict(sorted(wrote.kinds.items())),
        blocked=tuple(_blocked(project, wrote.blocked)),
        version=run.version,
    )


def _blocked(project: Project, wrote: Iterable[Entry]) -> list[Blocked]:
    spans: dict[str, list[Span]] = {}
    for entry in wrote:
        row = entry.row()
        why, span = getattr(row, "blocked_by", ""), getattr(row, "span", None)
        if why and isinstance(span, Span):
            spans.setdefault(why, []).append(span)
    return [
        Blocked(why=why, sections=sections_of(project, there), length_m=there.length_m)
        for why, there in ((why, Spans(parts)) for why, parts in sorted(spans.items()))
    ]


def sections_of(project: Project, spans: Spans) -> tuple[int, ...]:
    """Return the numbers of the sections that these spans touch."""
    return tuple(one.number for one in project.sections if spans & one.span)


def _of_log(lines: Iterable[logbook.Line]) -> list[PastRun]:
    """Return the executions that the log tells of, with how they ended."""
    found: dict[str, PastRun] = {}
    for line in lines:
        if not line.mark:
            continue
        if line.event is Event.BEGAN:
            found[line.mark] = PastRun(
                step=line.step, at=line.time, how="unfinished", version=line.version
            )
        elif line.event in _ENDS:
            begun = found.get(line.mark, PastRun(step=line.step, at=line.time))
            found[line.mark] = replace(
                begun,
                run=line.run,
                seconds=line.seconds,
                n_added=line.counts.get("added", 0),
                how=_ENDS[line.event],
                error=line.error,
                version=line.version,
            )
    return list(found.values())
