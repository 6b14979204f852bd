"""What every step returns, and how it tells how far it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from vallum.ground.records import Json
from vallum.ground.span import Span, Spans
from vallum.project import Work

Item = TypeVar("Item")

_MOST_STRETCHES = 3

Progress = Callable[[str, float, float, str], None]
"""Called as `(what, done, total, unit)`; total 0 means unknown."""


def silent(what: str, done: float, total: float, unit: str) -> None:
    """Show nothing."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a step did: in words, in numbers, and what to do next."""

    step: str
    run: str = ""
    n_added: int = 0
    lines: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    facts: Mapping[str, Json] = field(default_factory=dict)
    next: str = ""

    @property
    def exit_code(self) -> int:
        """0 when everything was done, 3 when something was blocked."""
        return 3 if self.blocked else 0

    def to_json(self) -> dict[str, Json]:
        """Return everything as plain JSON."""
        return {
            "step": self.step,
            "run": self.run,
            "n_added": self.n_added,
            "lines": list(self.lines),
            "blocked": list(self.blocked),
            "files": list(self.files),
            "facts": dict(self.facts),
            "next": self.next,
        }

    def _repr_html_(self) -> str:
        from html import escape

        items = "".join(f"<li>{escape(line)}</li>" for line in (*self.lines, *self.blocked))
        return f"<p><b>{escape(self.step)}</b></p><ul>{items}</ul><p>{escape(self.next)}</p>"


def finished(
    work: Work,
    lines: Iterable[str],
    *,
    then: str = "",
    files: Iterable[str] = (),
    facts: Mapping[str, Json] | None = None,
) -> Done:
    """Return what `work` came to."""
    return Done(
        step=work.row.step,
        run=work.row.id if work.n_added else "",
        n_added=work.n_added,
        lines=tuple(lines),
        blocked=tuple(work.blocked),
        files=tuple(files),
        facts=facts or {},
        next=then,
    )


def tracked(
    items: Iterable[Item], what: str, total: int, unit: str, show: Progress
) -> Iterator[Item]:
    """Yield items and report each one that was finished."""
    show(what, 0, total, unit)
    for n_done, item in enumerate(items, start=1):
        yield item
        show(what, n_done, total, unit)


def known(value: float) -> float | None:
    """Return a number, or None where it is not known."""
    return value if math.isfinite(value) else None


def km(length_m: float) -> str:
    """Return a length in words: metres below 10 km as km with three decimals, else one."""
    return f"{length_m / 1000:,.1f} km" if length_m >= 10_000 else f"{length_m / 1000:.2f} km"


def block_sections(work: Work, blocked: Iterable[tuple[Span, str]]) -> None:
    """Tell `work` which sections are blocked, once per reason."""
    by_reason: dict[str, list[Span]] = {}
    for span, why in blocked:
        by_reason.setdefault(why, []).append(span)
    for why, spans in by_reason.items():
        work.block(_where(Spans(spans)), why)


def _where(spans: Spans) -> str:
    """Return where something is: the stretches, or how many kilometres when they are many."""
    if len(spans) <= _MOST_STRETCHES:
        return str(spans)
    return f"{km(spans.length_m)} in {len(spans)} stretches, the first {spans.parts[0]}"
