"""The past of a project: which step ran when, for how long, what it added, what it could not do."""

from __future__ import annotations

from collections import Counter
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


def past(project: Project, *, last: int = 50) -> list[PastRun]:
    """Return the newest executions, the newest first: of the ledger, and what only the log tells.

    A run that changed nothing is in the log alone; one that another machine did, in the ledger
    alone.
    """
    lines = logbook.told(project.root)
    seconds = {line.run: line.seconds for line in lines if line.run and line.event is Event.DONE}
    found = [
        replace(one, seconds=seconds.get(one.run, one.seconds)) for one in _of_ledger(project, last)
    ]
    known = {one.run for one in found} | {row.id for row in project.rows(Run)}
    found += [one for one in _of_log(lines) if one.run not in known]
    # Of two at the same moment, the one that was written later came later.
    return sorted(found, key=lambda one: one.at)[::-1][:last]


def _of_ledger(project: Project, last: int) -> list[PastRun]:
    runs = project.rows(Run)[-last:]
    if not runs:
        return []
    first = project.store.history(runs[0].id)[0].seq
    wrote: dict[str, list[Entry]] = {run.id: [] for run in runs}
    for entry in project.store.entries(after=first):
        run = entry.row().run
        if run in wrote:
            wrote[run].append(entry)
    return [_of_run(project, run, wrote[run.id]) for run in runs]


def _of_run(project: Project, run: Run, wrote: Sequence[Entry]) -> PastRun:
    ended = max((datetime.fromisoformat(entry.at) for entry in wrote), default=None)
    return PastRun(
        run=run.id,
        step=run.step,
        at=run.at,
        by=run.actor,
        seconds=max(0.0, (ended - run.at).total_seconds()) if ended else None,
        n_added=len(wrote),
        kinds=dict(sorted(Counter(entry.kind for entry in wrote).items())),
        blocked=tuple(_blocked(project, wrote)),
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
