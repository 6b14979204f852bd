"""The desk's mirror: the newest rows of an open project, held in memory and kept fresh."""

from __future__ import annotations

import hashlib
import math
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from operator import attrgetter
from typing import TypeVar, cast

import numpy as np

from vallum.frontier import Section
from vallum.ground.kinds import Reading
from vallum.ground.records import (
    Analyst,
    Candidate,
    Comparison,
    Estimate,
    Exhibit,
    Finding,
    Fit,
    Look,
    Remark,
    Row,
    Run,
    Sample,
    Scene,
    Sighting,
    Stratum,
    Verdict,
)
from vallum.ground.span import Span, Spans
from vallum.ground.unhurried import unhurried
from vallum.project import Project
from vallum.review import queue as rules
from vallum.steps.desk_places import Pair, Where, lying, paired, shown_by
from vallum.steps.desk_saying import saying
from vallum.steps.judging import current_among, is_in_force, set_apart
from vallum.store import Entry

UNDO = "undo"
"""Step of the runs that take something back; the mirror tells by it what was undone."""

RowT = TypeVar("RowT", bound=Row)
Value = TypeVar("Value")
_KINDS: tuple[type[Row], ...] = (
    Candidate, Comparison, Look, Fit, Scene, Stratum, Sample, Verdict, Remark, Analyst, Finding,
    Sighting, Estimate,
)  # fmt: skip
_KEPT = {cls.kind(): cls for cls in _KINDS}
_SPOKEN = frozenset({"Verdict", "Remark", "Sighting"})
TOLD = frozenset({"Claim", "Exhibit", "Source", "Match", "Custody"})
"""Kinds about what was said: the mirror hands them on as they came."""

_ALL = _SPOKEN | TOLD
"""Kinds of which older rows count as well."""

_PAIRED = ("Comparison", "Look", "Fit", "Scene")
_TOGETHER = frozenset({"Candidate", "Sample", *_PAIRED})
_BEGUN = "begun"  # pseudo kind: changes when somebody begins a section, or takes an answer back
_DRAWN = "drawn"  # pseudo kind: changes when something is drawn or a drawing is taken back


class Mirror:
    """Newest rows by kind, the history of what people said, and what follows from both.

    Not safe for threads by itself: the desk holds its lock around every call.
    """

    def __init__(self, project: Project) -> None:
        """Read what people said so far."""
        self.project = project
        self.seq = 0
        self.seq_read = 0
        self.seqs: dict[str, int] = {}
        self.about: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self.verdicts: defaultdict[str, dict[str, Verdict]] = defaultdict(dict)
        self.by: defaultdict[tuple[str, Reading], dict[str, Verdict]] = defaultdict(dict)
        self.spoken_of: set[str] = set()
        self.acted: dict[str, str] = {}
        self.told: list[Entry] = []
        self._begun: set[tuple[int, str]] | None = None
        self._rows: dict[str, dict[str, Row]] = {kind: {} for kind in _KEPT}
        self._unasked = _KEPT.keys() - _SPOKEN
        self._unread: dict[str, dict[str, Entry]] = {kind: {} for kind in _KEPT}
        self._sayings: defaultdict[str, list[tuple[int, Verdict]]] = defaultdict(list)
        self._marks: dict[str, dict[str, int]] = {}
        self._unsorted: list[tuple[int, Verdict | Remark | Sighting]] = []
        self._acts: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
        self._steps: dict[str, str] = {}
        self._changed: dict[str, int] = {}
        self._cached: dict[object, tuple[int, object]] = {}
        self._read()

    def _read(self) -> None:
        """Read what was said; rows that only stand somewhere are read when somebody asks."""
        store = self.project.store
        self.refreshed_at = time.monotonic()
        newest = store.newest_by()
        until = max((seq for _, _, seq, _ in newest), default=0)
        self.acted = {actor.casefold(): at for _, actor, _, at in newest}
        with unhurried():
            self._take(store.entries(until=until, kinds={Run.kind(), *TOLD}))
            for seq, row in store.written(*_SPOKEN, until=until):
                self._keep(seq, row.kind(), row)
        self._changed |= {kind: seq for kind, _, seq, _ in newest if kind in _KEPT}
        self.secret = _secret(self.told, store.entries(until=1))
        self.seq = self.seq_read = until

    # -- keeping fresh ------------------------------------------------------------------------

    def refresh(self) -> None:
        """Take in what was written since the last call, by whichever process."""
        self._take(self.project.store.entries(after=self.seq))
        self.refreshed_at = time.monotonic()

    def _take(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self.seq = max(self.seq, entry.seq)
            self.acted[entry.actor.casefold()] = entry.at
            if entry.kind == Run.kind():
                self._steps[entry.id] = cast("Run", entry.row()).step
            if entry.kind in TOLD:
                self.told.append(entry)
            if entry.kind in _SPOKEN:
                self._keep(entry.seq, entry.kind, entry.row())
            elif entry.kind in _KEPT:
                self._unread[entry.kind][entry.id] = entry
                self.seqs[entry.id] = entry.seq
                self._changed[entry.kind] = entry.seq

    def _keep(self, seq: int, kind: str, row: Row) -> None:
        old = self._rows[kind].get(row.id)
        if isinstance(row, Verdict):
            self._note_begun(seq, row)
            self.verdicts[row.about][row.id] = row
            self.spoken_of.add(row.about)
            self.by[(row.analyst, row.reading)][row.about] = row
            if row.mode == "draw" or (isinstance(old, Verdict) and old.mode == "draw"):
                self._changed[_DRAWN] = seq
        self._rows[kind][row.id] = row
        self.seqs[row.id] = seq
        self._changed[kind] = seq
        if isinstance(row, Verdict | Remark | Sighting):
            self.about[row.about][row.id] = seq
            self._unsorted.append((seq, row))

    def _note_begun(self, seq: int, row: Verdict) -> None:
        """Note who works in which section; few answers change it, so little is made anew."""
        if not self.seq_read:
            self._changed[_BEGUN] = seq
            return
        if self._begun is None:
            self._begun = {self._place_of(one) for one in self.all(Verdict).values()}
        mark = self._place_of(row)
        if row.is_withdrawn or mark not in self._begun:
            self._begun.add(mark)
            self._changed[_BEGUN] = seq

    def _place_of(self, row: Verdict) -> tuple[int, str]:
        """Return the number of the section that an answer is about, 0 for none, and whose it is."""
        about = self.all(Candidate).get(row.about)
        section = self.section_at(about.span.middle_m) if about is not None else None
        return (section.number if section is not None else 0, row.analyst)

    def said_at(self, row: Verdict) -> int | None:
        """Return the ledger number of an answer that was sent before, None if it was not."""
        self._sort()
        known = self._marks.get(row.about)
        if known is None:
            known = {}
            for seq, one in self._sayings.get(row.about, ()):
                known.setdefault(saying(one), seq)
            self._marks[row.about] = known
        return known.get(saying(row))

    def _sort(self) -> None:
        """Put what was said in its order, once somebody asks for that."""
        unsorted, self._unsorted = self._unsorted, []
        for seq, row in unsorted:
            if isinstance(row, Verdict):
                self._sayings[row.about].append((seq, row))
                self._marks.pop(row.about, None)
            if row.analyst:
                self._remember(row)

    def _remember(self, row: Verdict | Remark | Sighting) -> None:
        """Put an act on its person's pile, or, when the row was an undoing, take one off."""
        pile = self._acts[(row.analyst.casefold(), row.about)]
        if self._steps.get(row.run) != UNDO:
            pile.append(row)
            return
        for index in range(len(pile) - 1, -1, -1):
            if pile[index].id == row.id:
                del pile[index]
                return

    # -- rows ---------------------------------------------------------------------------------

    def all(self, cls: type[RowT]) -> Mapping[str, RowT]:
        """Return the newest rows of a kind by id."""
        kind = cls.kind()
        if kind in self._unasked:
            self._ask(kind)
        rows, unread = self._rows[kind], self._unread[kind]
        if unread:
            # The latest wins, at its own place: as if it had been read when it came.
            with unhurried():
                rows.update((name, entry.row()) for name, entry in unread.items())
            self._unread[kind] = {}
        return cast("dict[str, RowT]", rows)

    def _ask(self, kind: str) -> None:
        """Read rows of a kind that stood when the desk was opened: there are tens of thousands.

        What every page needs is read together: the database looks through all rows each time.
        """
        kinds = self._unasked & _TOGETHER if kind in _TOGETHER else {kind}
        seqs = self.seqs
        with unhurried():
            for seq, row in self.project.store.written(*kinds, until=self.seq_read, is_newest=True):
                self._rows[row.kind()][row.id] = row
                seqs.setdefault(row.id, seq)
        self._unasked -= kinds

    def holds(self, cls: type[Row]) -> bool:
        """Say whether rows of a kind are held in memory."""
        return cls.kind() in _KEPT

    def in_order(self, cls: type[RowT]) -> Sequence[RowT]:
        """Return the newest rows of a kind in the order of the ledger."""
        kind = cls.kind()
        return self.derived(
            ("in order", kind),
            (kind,),
            lambda: sorted(self.all(cls).values(), key=lambda row: self.seqs[row.id]),
        )

    def acts(self, name: str, about: str) -> Sequence[Row]:
        """Return what a person did about a thing and did not take back, oldest first."""
        self._sort()
        return self._acts.get((name.casefold(), about), ())

    def stamp(self, *kinds: str) -> int:
        """Return a number that grows when rows of these kinds change."""
        return max(map(self._changed.get, kinds, repeat(0)), default=0)

    def derived(
        self, name: object, kinds: Sequence[str], make: Callable[[], Value], *more: int
    ) -> Value:
        """Return what `make` gives, made again only when rows of these kinds changed."""
        stamp = hash((self.stamp(*kinds), *more)) if more else self.stamp(*kinds)
        known = self._cached.get(name)
        if known is None or known[0] != stamp:
            known = (stamp, make())
            self._cached[name] = known
        return cast("Value", known[1])

    def newest_about(self, about: str) -> int:
        """Return the ledger number of the newest row about a thing, its own row included."""
        self.all(Candidate), self.all(Sample)
        return max([self.seqs.get(about, 0), *self.about.get(about, {}).values()])

    def in_force(self, about: str) -> list[Verdict]:
        """Return the verdicts about a thing that count."""
        return [row for row in self.verdicts.get(about, {}).values() if is_in_force(row)]

    def own(self, name: str, about: str, reading: Reading = Reading.FIRST) -> Verdict | None:
        """Return what a person answers of a thing, if he or she does."""
        row = self.by.get((name, reading), {}).get(about)
        return row if row is not None and not row.is_withdrawn else None

    # -- what follows -------------------------------------------------------------------------

    @property
    def current(self) -> list[Candidate]:
        """The candidates in force, along the line."""

        def make() -> list[Candidate]:
            apart = set_apart(self.all(Verdict).values(), self.all(Sample).values())
            return current_among(self.all(Candidate).values(), self.all(Comparison).values(), apart)

        return self.derived("current", ("Candidate", "Comparison", "Sample", _DRAWN), make)

    @property
    def pairs(self) -> list[tuple[Span, Pair]]:
        """Every stretch that is compared, with the images of its pair; sorted, disjoint."""

        def make() -> list[tuple[Span, Pair]]:
            return paired(self.all(Comparison), self.all(Look), self.all(Scene), self.all(Fit))

        return self.derived("pairs", _PAIRED, make)

    @property
    def usable(self) -> Spans:
        """Metres of border where two images can be compared."""
        return self.derived("usable", _PAIRED, lambda: Spans(span for span, _ in self.pairs))

    def pair_at(self, at_m: float) -> Pair | None:
        """Return the pair in force at a chainage, or None where there is none."""
        pairs = self.pairs
        for index in range(bisect_right(self._starts_m, at_m) - 1, -1, -1):
            span, pair = pairs[index]
            if at_m < span.end_m:
                return pair
            if at_m - span.start_m > self._longest_m:
                break
        return None

    @property
    def _longest_m(self) -> int:
        return self.derived(
            "longest",
            _PAIRED,
            lambda: max((span.length_m for span, _ in self.pairs), default=0),
        )

    def pair_over(self, span: Span, scenes: tuple[str, str]) -> Pair | None:
        """Return the pair that shows most of a stretch, one of these two images before others.

        None where less than half of it can be compared.
        """
        shared = self._shared(span)
        if 2 * sum(part.length_m for part, _ in shared) < span.length_m:
            return None
        ranked = [
            ((pair.before.id, pair.after.id) == scenes, part.length_m, -part.start_m, pair)
            for part, pair in shared
        ]
        return max(ranked, key=lambda each: each[:3])[3]

    def _shared(self, span: Span) -> list[tuple[Span, Pair]]:
        """Return the parts of a stretch that are compared, with their pairs."""
        pairs, starts = self.pairs, self._starts_m
        start_m, end_m, found = span.start_m, span.end_m, []
        first_m = start_m - self._longest_m
        for index in range(bisect_right(starts, end_m) - 1, -1, -1):
            part, pair = pairs[index]
            if part.start_m < end_m and start_m < part.end_m:
                both = Span(max(part.start_m, start_m), min(part.end_m, end_m))
                found.append((both, pair))
            if part.start_m < first_m:
                break
        return found

    @property
    def _starts_m(self) -> list[int]:
        return self.derived("starts", _PAIRED, lambda: [span.start_m for span, _ in self.pairs])

    @property
    def judgeable(self) -> dict[str, Pair]:
        """The pair to look at for each current candidate; those without one are left out."""

        def make() -> dict[str, Pair]:
            return shown_by(
                self.current,
                self.pairs,
                lambda row: self.pair_over(row.span, (row.before, row.after)),
            )

        kinds = ("Candidate", "Comparison", "Look", "Fit", "Scene", _DRAWN)
        return self.derived("judgeable", kinds, make)

    @property
    def wheres(self) -> dict[str, Where]:
        """Where each current candidate is."""
        kinds = ("Candidate", "Comparison", _DRAWN)
        return self.derived("all wheres", kinds, lambda: self.wheres_of(self.current))

    def wheres_of(self, rows: Sequence[Candidate]) -> dict[str, Where]:
        """Return where these current candidates are, and perhaps others."""
        known: dict[str, Where] = self.derived("wheres", ("Candidate", "Comparison", _DRAWN), dict)
        known |= lying([row for row in rows if row.id not in known], self.project.frontier)
        return known

    @property
    def groups(self) -> dict[str, list[Candidate]]:
        """Current candidates that belong together: a line and the posts beside it."""

        def make() -> dict[str, list[Candidate]]:
            groups: defaultdict[str, list[Candidate]] = defaultdict(list)
            for row in self.current:
                if row.group:
                    groups[row.group].append(row)
            return dict(groups)

        return self.derived("groups", ("Candidate", "Comparison", _DRAWN), make)

    @property
    def first_readers(self) -> dict[Span, str]:
        """Who began each section; all others are second readers there."""

        def make() -> dict[Span, str]:
            given = [row for rows in self.verdicts.values() for row in rows.values()]
            sections = [section.span for section in self.project.sections]
            return rules.first_readers(
                self.current, [row for row in given if not row.is_withdrawn], sections
            )

        kinds = ("Candidate", "Comparison", _DRAWN, _BEGUN)
        return self.derived("first readers", kinds, make)

    def is_second_reader(self, name: str, row: Candidate) -> bool:
        """Say whether somebody else began the section in which a candidate, or its group, lies."""
        members = self.groups.get(row.group, []) or [row]
        for one in members:
            section = self.section_at(one.span.middle_m)
            if section is not None and self.first_readers.get(section.span, name) != name:
                return True
        return False

    def second_readings(self, name: str) -> set[str]:
        """Return the current candidates of which a person is a second reader, by their ids."""

        def make() -> set[str]:
            other = {span for span, first in self.first_readers.items() if first != name}
            if not other:
                return set()
            spans = [section.span for section in self.project.sections]
            at_m = np.array([row.span.middle_m for row in self.current])
            index = np.searchsorted([span.start_m for span in spans], at_m, side="right") - 1
            is_inside = (index >= 0) & (at_m < np.array([span.end_m for span in spans])[index])
            is_other = np.array([span in other for span in spans])[index] & is_inside
            here = {row.id for row, one in zip(self.current, is_other, strict=True) if one}
            for members in self.groups.values():
                if any(row.id in here for row in members):
                    here.update(row.id for row in members)
            return here

        kinds = ("Candidate", "Comparison", _DRAWN, _BEGUN)
        return self.derived(("second readings", name), kinds, make)

    def remark_of(self, about: str, name: str) -> Remark | None:
        """Return what a person remarked on a thing."""

        def make() -> dict[tuple[str, str], Remark]:
            return {(row.about, row.analyst): row for row in self.all(Remark).values()}

        return self.derived("remarks", ("Remark",), make).get((about, name))

    def section_at(self, at_m: float) -> Section | None:
        """Return the section that holds a chainage."""
        sections = self.project.sections
        index = bisect_right(sections, at_m, key=attrgetter("span.start_m")) - 1
        return sections[index] if index >= 0 and at_m < sections[index].span.end_m else None

    def looks_in(self, span: Span) -> list[Look]:
        """Return the looks over one section."""

        def make() -> dict[Span, list[Look]]:
            found: defaultdict[Span, list[Look]] = defaultdict(list)
            for look in self.all(Look).values():
                found[look.span].append(look)
            return dict(found)

        return self.derived("looks", ("Look",), make).get(span, [])

    def fit_between(self, look: str, reference: str) -> Fit | None:
        """Return how one look was brought to lie on another."""

        def make() -> dict[tuple[str, str], Fit]:
            return {(fit.look, fit.reference): fit for fit in self.all(Fit).values()}

        return self.derived("fits", ("Fit",), make).get((look, reference))


def median(values: Iterable[float]) -> float:
    """Return the median of the numbers that are known; NaN when there are none."""
    known = sorted(value for value in values if math.isfinite(value))
    return (known[len(known) // 2] + known[~(len(known) // 2)]) / 2 if known else math.nan


def _secret(told: Iterable[Entry], first: Sequence[Entry]) -> bytes:
    """Return what tickets are made with: the same for a project, and shown to nobody."""
    line = next((entry.id for entry in told if entry.kind == Exhibit.kind()), "")
    mark = first[0].sha256 if first else ""
    return hashlib.sha256(f"tickets {line} {mark}".encode()).digest()
