"""What is known of each metre of frontier: five statuses, exclusive and exhaustive."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from vallum.ground import visibility
from vallum.ground.kinds import Change, Held, Kind, Status
from vallum.ground.records import FOOTPRINT_ONLY, Candidate, Comparison, Finding
from vallum.ground.span import Span, Spans


@dataclass(frozen=True, kw_only=True)
class Account:
    """The rows that count, and the metres they speak of.

    A candidate counts when a comparison in force lists it, or when an analyst drew it; a finding
    counts when its candidate does; both only if they lie beside the extent. So what an earlier run
    of detection left behind, and barriers that were imported, change no metre.
    """

    extent: Span
    attempted: Spans
    """Metres in the span of some comparison, usable or blocked."""
    seen: Spans
    """Metres compared by a usable pair."""
    promised: Spans
    """Metres for which a pair of images exists whose pixels are not here; not compared."""
    findings: tuple[Finding, ...]
    """Findings that count, whatever they hold."""
    waiting: tuple[Candidate, ...]
    """Candidates that count and have no settled answer yet."""
    unread: Spans
    """Metres of comparisons that list a candidate which is neither settled nor in hand."""
    blind: Spans = field(default=Spans())
    """Metres compared on pixels so coarse that the absence of no class says anything."""
    seen_by_kind: Mapping[Kind, Spans] | None = None
    """Metres compared on pixels fine enough for each class; None where no pixel size was given."""
    promised_by_kind: Mapping[Kind, Spans] | None = None
    """The same for pairs whose pixels are not here."""

    @cached_property
    def comparable(self) -> Spans:
        """Metres with a pair of images that shows at least one class, or beside what was found.

        Every metre of `seen` that is not `unshown`: what people confirmed, did not agree on or
        have in hand was seen, whatever the size of the pixels.
        """
        return (self.seen - self.unshown) | self.promised

    @cached_property
    def unshown(self) -> Spans:
        """Blind metres on which nobody found anything and nothing is in hand."""
        found = beside(self.confirmed) | beside(self.undecided) | beside(self.waiting)
        return self.blind - found - self.unread

    def seen_for(self, kinds: Iterable[Kind]) -> Spans:
        """Return the compared metres on which each of the classes would be seen."""
        asked = frozenset(kinds)
        if asked not in self._fine:
            found = self.seen
            for kind in asked:
                found = found if self.seen_by_kind is None else found & self.seen_by_kind[kind]
            self._fine[asked] = found
        return self._fine[asked]

    @cached_property
    def _fine(self) -> dict[frozenset[Kind], Spans]:
        """What `seen_for` answered, by the classes that it was asked for: it is asked often."""
        return {}

    def coarse_for(self, kinds: Iterable[Kind]) -> Spans:
        """Return the compared metres on which the absence of one of the classes says nothing."""
        return self.seen - self.seen_for(kinds)

    def comparable_for(self, kind: Kind) -> Spans:
        """Return the metres with a pair of images, compared or not, fine enough for a class."""
        promised = self.promised
        if self.promised_by_kind is not None:
            promised = self.promised_by_kind[kind]
        return (self.seen_for((kind,)) | promised) & self.comparable

    @cached_property
    def confirmed(self) -> tuple[Finding, ...]:
        """Findings that the rule confirmed, changes and things that stood before alike."""
        return tuple(f for f in self.findings if f.held is Held.CONFIRMED)

    @cached_property
    def undecided(self) -> tuple[Finding, ...]:
        """Findings on which analysts could not tell, or did not agree."""
        return tuple(f for f in self.findings if f.held in {Held.INDETERMINATE, Held.DISPUTED})

    @cached_property
    def open_on_seen(self) -> Spans:
        """Compared metres beside something that is not decided."""
        return (beside(self.undecided) | beside(self.waiting) | self.unread) & self.seen


def beside(things: Iterable[Finding | Candidate]) -> Spans:
    """Return the metres of frontier beside any of the things, each metre once."""
    return Spans(thing.span for thing in things)


def account(
    extent: Span,
    comparisons: Sequence[Comparison],
    candidates: Iterable[Candidate],
    findings: Iterable[Finding],
    sizes: Mapping[str, float] | None = None,
) -> Account:
    """Sort out which rows count.

    Args:
        extent: the stretch of frontier under study.
        comparisons: the newest row per section and slot; a section without any usable pair is
            expected to have one that says why it is blocked.
        candidates: all candidates; those that do not count are left out here.
        findings: the newest row per candidate.
        sizes: pixel size of the coarser image of each comparison, by its id; see
            `visible.sizes`. Left out, every comparison counts as fine enough for everything.
    """
    in_force = [c for c in comparisons if not c.blocked_by]
    attempted = Spans(c.span for c in comparisons)
    seen = Spans(part for c in in_force for part in c.seen) & extent
    showing = [c for c in in_force if visibility.shows_anything(_size(c, sizes))]
    footprints = [
        c
        for c in comparisons
        if c.blocked_by == FOOTPRINT_ONLY and visibility.shows_anything(_size(c, sizes))
    ]
    promised = Spans(part for c in footprints for part in c.seen) & extent
    by_id = {candidate.id: candidate for candidate in candidates}
    current = _current(in_force, by_id.values())
    settled = _settled(current, findings)
    unread = Spans(
        part
        for c in in_force
        if any(name not in by_id and name not in settled for name in c.candidate_ids)
        for part in c.seen
    )
    return Account(
        extent=extent,
        attempted=(attempted | seen | promised) & extent,
        seen=seen,
        promised=promised - seen,
        findings=_along(extent, settled.values()),
        waiting=tuple(
            sorted(
                (
                    by_id[name]
                    for name in current
                    if name in by_id and name not in settled and by_id[name].span.overlaps(extent)
                ),
                key=lambda c: (c.span.start_m, c.span.end_m, c.id),
            )
        ),
        unread=unread & extent,
        blind=seen - Spans(part for c in showing for part in c.seen),
        seen_by_kind=None if sizes is None else _by_kind(in_force, sizes, extent),
        promised_by_kind=None if sizes is None else _by_kind(footprints, sizes, extent),
    )


def confirmed(
    extent: Span,
    comparisons: Iterable[Comparison],
    candidates: Iterable[Candidate],
    findings: Iterable[Finding],
) -> tuple[Finding, ...]:
    """Return what `account(...).confirmed` is, without the metres."""
    current = _current([c for c in comparisons if not c.blocked_by], candidates)
    settled = _settled(current, findings).values()
    return _along(extent, [finding for finding in settled if finding.held is Held.CONFIRMED])


def _current(in_force: Iterable[Comparison], candidates: Iterable[Candidate]) -> set[str]:
    """Return the ids of what usable comparisons list or an analyst drew."""
    listed = {name for c in in_force for name in c.candidate_ids}
    return listed | {c.id for c in candidates if c.origin == "analyst"}


def _settled(current: set[str], findings: Iterable[Finding]) -> dict[str, Finding]:
    return {finding.about: finding for finding in findings if finding.about in current}


def _along(extent: Span, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings beside the extent, along the line."""
    return tuple(
        sorted(
            (finding for finding in findings if finding.span.overlaps(extent)),
            key=lambda f: (f.span.start_m, f.span.end_m, f.about),
        )
    )


def _size(comparison: Comparison, sizes: Mapping[str, float] | None) -> float:
    return math.nan if sizes is None else sizes.get(comparison.id, math.nan)


def _by_kind(
    comparisons: Sequence[Comparison], sizes: Mapping[str, float], extent: Span
) -> dict[Kind, Spans]:
    """Return the metres that comparisons with fine enough pixels show, for each class."""
    fine_m = {c.id: _size(c, sizes) for c in comparisons}
    return {
        kind: Spans(
            part
            for c in comparisons
            if visibility.is_observable(kind, fine_m[c.id])
            for part in c.seen
        )
        & extent
        for kind in Kind
    }


def statuses(
    extent: Span,
    comparisons: Iterable[Comparison],
    candidates: Iterable[Candidate],
    findings: Iterable[Finding],
    sizes: Mapping[str, float] | None = None,
) -> dict[Status, Spans]:
    """Return the metres of each status; together they are `extent`, and no two share a metre.

    A metre in no comparison's span has not been examined, nor has one for which only the
    footprints of a pair are known. One in the span of comparisons of which none saw it is not
    comparable. On metres that were seen: changed beside a confirmed new, upgraded or removed
    thing; else indeterminate beside an indeterminate or disputed finding; else not examined beside
    a candidate without a settled answer; else unchanged, which says that nothing suggested there
    was confirmed, and no more. A metre that would be unchanged, on pixels so coarse that they show
    no class at all, is not comparable: an absence that could not have been seen is none. Only where
    people confirmed there that something stood all the time, it is unchanged.

    Args:
        extent: the stretch of frontier under study.
        comparisons: newest row per section and slot.
        candidates: all candidates; see `Account` for those that count.
        findings: newest row per candidate.
        sizes: see `account`.
    """
    return statuses_of(account(extent, list(comparisons), candidates, findings, sizes))


def statuses_of(rows: Account) -> dict[Status, Spans]:
    """Return the metres of each status from rows already sorted out; see `statuses`."""
    seen = rows.seen
    changed = beside(f for f in rows.confirmed if f.change is not Change.UNCHANGED) & seen
    indeterminate = (beside(rows.undecided) & seen) - changed
    waiting = ((beside(rows.waiting) | rows.unread) & seen) - changed - indeterminate
    rest, unshown = seen - changed - indeterminate - waiting, rows.unshown
    return {
        Status.CHANGED: changed,
        Status.UNCHANGED: rest - unshown,
        Status.INDETERMINATE: indeterminate,
        Status.NOT_COMPARABLE: (rows.attempted - seen - rows.promised) | (rest & unshown),
        Status.NOT_EXAMINED: waiting | rows.promised | rows.attempted.within(rows.extent),
    }
