"""The newest rows about what was said, kept fresh while the desk is open."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import TypeVar, cast

from vallum.ground.records import Custody, Row
from vallum.ground.saidkinds import Event, Part, Standing
from vallum.ground.statements import Claim, Exhibit, Source
from vallum.steps.desk import Desk
from vallum.steps.desk_mirror import TOLD
from vallum.steps.matching import Weighed, weighed
from vallum.steps.papers import WORKING_PICTURE, WORKING_TEXT
from vallum.store import Entry

RowT = TypeVar("RowT", bound=Row)
STATEMENT = "statement"
_WEIGHED_BY = ("Finding", "Comparison", "Candidate", "Verdict", "Look", "Scene")
"""What claims are weighed by, besides what was said."""


class Rows:
    """Newest rows about what was said, with the number of their ledger row and their history."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.project = desk.project
        self._n_taken = 0
        self._stamp = -1
        self.seqs: dict[str, int] = {}
        self.history: dict[str, list[Entry]] = {}
        self._rows: dict[str, dict[str, Row]] = {kind: {} for kind in TOLD}
        self._vaulted: dict[str, dict[str, str]] = {}
        self._stale = True
        self._day = date.min
        self._weighed: dict[Hashable, dict[str, Weighed]] = {}

    def refresh(self) -> None:
        """Take in what was written since the last call; the desk has read it already."""
        with self.desk.fresh() as mirror:
            new, stamp = mirror.told[self._n_taken :], mirror.stamp(*_WEIGHED_BY)
        self._n_taken += len(new)
        self._stale = self._stale or stamp != self._stamp or any(e.kind != "Custody" for e in new)
        self._stamp = stamp
        for entry in new:
            self._keep(entry)

    def _keep(self, entry: Entry) -> None:
        row = entry.row()
        if isinstance(row, Custody):
            self._note_vaulted(row)
            return
        if isinstance(row, Exhibit) and (row.role != STATEMENT or row.part is not Part.EVIDENTIARY):
            return
        self._rows[entry.kind][entry.id] = row
        self.seqs[entry.id] = entry.seq
        if isinstance(row, Claim | Source):
            self.history.setdefault(entry.id, []).append(entry)

    def _note_vaulted(self, row: Custody) -> None:
        """Remember which working copies lie in the vault."""
        if row.event is Event.ENCRYPTION and row.outcome in {WORKING_TEXT, WORKING_PICTURE}:
            self._vaulted.setdefault(row.subject, {})[row.outcome] = row.vault_ref
        elif row.event is Event.DELETION and row.vault_ref:
            mine = self._vaulted.get(row.subject, {})
            self._vaulted[row.subject] = {k: v for k, v in mine.items() if v != row.vault_ref}

    def is_vaulted(self, exhibit: Exhibit, what: str) -> bool:
        """Say whether a working copy of an exhibit lies in the vault."""
        return what in self._vaulted.get(exhibit.id, {})

    def all(self, cls: type[RowT]) -> Mapping[str, RowT]:
        """Return the newest rows of a kind by id."""
        return cast("dict[str, RowT]", self._rows[cls.kind()])

    def weighed(self, who: Hashable, seen: Callable[[], Iterable[Claim]]) -> Mapping[str, Weighed]:
        """Return what is computed of the approved claims that somebody may see, by their ids.

        A claim that somebody may not see must not speak for another before their eyes: that would
        tell that it is there.

        Args:
            who: for whom; the same until something is written, or a day begins.
            seen: the claims that they may see.
        """
        if self._stale or self._day != datetime.now(UTC).date():
            self._weighed, self._stale = {}, False
            self._day = datetime.now(UTC).date()
        if who not in self._weighed:
            claims = [row for row in seen() if row.standing is Standing.APPROVED]
            found = weighed(self.desk.kept, claims) if claims else ()
            self._weighed[who] = {one.claim.id: one for one in found}
        return self._weighed[who]

    def exhibit_of(self, claim: Claim) -> Exhibit | None:
        """Return the paper in which a claim is made."""
        return self.all(Exhibit).get(claim.exhibit)

    def source_of(self, exhibit: Exhibit | None) -> Source | None:
        """Return who a paper came from."""
        if exhibit is None or not exhibit.source:
            return None
        known = self.all(Source)
        by_code = (one for one in known.values() if one.code == exhibit.source)
        return known.get(exhibit.source) or next(by_code, None)
