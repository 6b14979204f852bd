"""Context beside the numbers: dated series and events with their sources, never a cause."""

from __future__ import annotations

from dataclasses import dataclass

from vallum.ground.when import When


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One dated value, or one dated event where `value` is None.

    Attributes:
        when: the time it is true of; a whole year for a sum per year.
        value: how much; None for an event.
        says: what happened, for an event; empty for a value.
        source: whom it is from.
        source_url: where it was read; may be empty for what stands on paper.
        accessed: the day it was read, as written.
    """

    when: When
    value: float | None = None
    says: str = ""
    source: str
    source_url: str = ""
    accessed: str = ""


@dataclass(frozen=True, kw_only=True)
class Series:
    """One thing that was counted, or one line of events, in order of time.

    Attributes:
        name: what it is, in words.
        unit: what one of it is; "event" for events.
        entries: by time.
    """

    name: str
    unit: str
    entries: tuple[Entry, ...] = ()
