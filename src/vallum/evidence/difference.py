"""The memory of releases: what two of them tell together that neither tells alone.

Whoever keeps every publication lays them over each other: a place told as km 20 to 40 and later as
km 30 to 50 is km 30 to 40; a claim that is missing since a source took back its consent was that
source's. So each release is remembered, claim by claim, and the next one is held against all
earlier ones before it appears.

Refusals are to be rare: what was told once is told again in the same words as long as it holds
(`kept_coarse`). What cannot be settled that way is refused (`refusals`), with what to do.

What a guarded source said never gets finer. What an open one said (a publisher, on the record) is
in print anyway, and may be corrected.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from vallum.evidence.coarse import Amount, Bracket
from vallum.ground.records import Disclosure, Level
from vallum.ground.span import Spans
from vallum.ground.when import When

HEADER = "release"
"""Subject of the one row of a release that holds its salt and its cells."""
ANYWHERE = Spans()
_ANYTIME: Bracket = (None, None)
_UNTOLD: Amount = (math.nan, math.nan)


@dataclass(frozen=True, kw_only=True)
class Outline:
    """How closely one release tells one claim.

    Attributes:
        claim: its id.
        source: id of the source.
        is_guarded: the source is a person, or at risk: it is never told more closely again.
        is_quiet: the source is, or was, at high risk: nothing is told that goes with it.
        cells: whole cells; none for anywhere.
        bracket: first and last day; None where open.
        amount: least and most; NaN where open.
        who: how the source is named; empty where it is not.
        risk: the risk that decided how coarsely; empty in what older versions told.
        words: hash of all that is printed of it but its status; empty as above.
        status: where it stands; empty as above.
    """

    claim: str
    source: str
    is_guarded: bool
    is_quiet: bool = False
    cells: Spans = ANYWHERE
    bracket: Bracket = _ANYTIME
    amount: Amount = _UNTOLD
    who: str = ""
    risk: str = ""
    words: str = ""
    status: str = ""

    def row(self) -> Disclosure:
        """Return it as a row of a release that has no name yet."""
        first, last = self.bracket
        more = {
            "amount": [one if math.isfinite(one) else None for one in self.amount],
            "first": first.isoformat() if first else None,
            "guarded": self.is_guarded,
            "last": last.isoformat() if last else None,
            "quiet": self.is_quiet,
            "risk": self.risk,
            "status": self.status,
            "who": self.who,
            "words": self.words,
        }
        return Disclosure(
            release="",
            subject=self.claim,
            source=self.source,
            spans=self.cells,
            when=When(first or date.min, last or date.max) if first or last else None,
            told=json.dumps(more, sort_keys=True),
        )

    @classmethod
    def of(cls, row: Disclosure) -> Outline:
        """Return what a row remembers."""
        more = json.loads(row.told)
        low, high = (math.nan if one is None else float(one) for one in more["amount"])
        first, last = (date.fromisoformat(d) if d else None for d in (more["first"], more["last"]))
        return cls(
            claim=row.subject,
            source=row.source,
            is_guarded=bool(more["guarded"]),
            is_quiet=bool(more["quiet"]),
            cells=row.spans,
            bracket=(first, last),
            amount=(low, high),
            who=str(more["who"]),
            risk=str(more.get("risk", "")),
            words=str(more.get("words", "")),
            status=str(more.get("status", "")),
        )


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a release says of itself.

    Attributes:
        salt: hex; the keys of its claims are made from it.
        cell_m: length of its cells.
        level: who could read it.
        content: hash of what was told; the same content gets the same salt.
        nth: counts the releases that told something else than the one before.
    """

    salt: str
    cell_m: int
    level: Level
    content: str
    nth: int

    def row(self) -> Disclosure:
        """Return it as a row of a release that has no name yet."""
        body = {**vars(self), "level": str(self.level)}
        return Disclosure(release="", subject=HEADER, told=json.dumps(body, sort_keys=True))

    @classmethod
    def of(cls, row: Disclosure) -> Header:
        """Return what a row remembers."""
        body: dict[str, Any] = json.loads(row.told)
        return cls(**{**body, "level": Level(body["level"])})


@dataclass(frozen=True, kw_only=True)
class Memory:
    """All earlier releases that a reader of this level may have.

    Attributes:
        headers: by release.
        outlines: what each release told, by release and claim.
    """

    headers: Mapping[str, Header]
    outlines: Mapping[str, Mapping[str, Outline]]

    @classmethod
    def of(cls, earlier: Iterable[Disclosure], level: Level) -> Memory:
        """Sort rows by release; who reads at the desk has what is public, too."""
        rows = list(earlier)
        headers = {row.release: Header.of(row) for row in rows if row.subject == HEADER}
        hidden = {
            name
            for name, header in headers.items()
            if level is Level.PUBLIC and header.level is not Level.PUBLIC
        }
        outlines: dict[str, dict[str, Outline]] = defaultdict(dict)
        for row in rows:
            if row.subject != HEADER and row.release not in hidden:
                outlines[row.release][row.subject] = Outline.of(row)
        return cls(
            headers={name: one for name, one in headers.items() if name not in hidden},
            outlines=outlines,
        )

    @property
    def newest(self) -> str:
        """Name of the last release; empty where there is none.

        Of those with the same content, the one that has told most of it: sheets tell a part.
        """

        def late(name: str) -> tuple[int, int, str]:
            return self.headers[name].nth, len(self.outlines.get(name, ())), name

        return max(self.headers, key=late, default="")

    def of_claim(self, claim: str) -> list[tuple[str, Outline]]:
        """Return what was told of a claim, with the release, oldest first."""
        order = sorted(self.outlines, key=lambda name: (self._nth(name), name))
        return [
            (name, self.outlines[name][claim]) for name in order if claim in self.outlines[name]
        ]

    def _nth(self, release: str) -> int:
        return self.headers[release].nth if release in self.headers else -1


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why a release may not go out, for the desk.

    Attributes:
        claim: id of the claim.
        release: hash of the earlier release.
        why: what both together would tell.
        next: what to do.
    """

    claim: str
    release: str
    why: str
    next: str

    def __str__(self) -> str:
        before = f" (told in release {self.release[:12]})" if self.release else ""
        return f"{self.claim}{before}: {self.why}; {self.next}"


# -- telling no more than before ---------------------------------------------------------------


def kept_coarse(new: Outline, before: Sequence[Outline]) -> Outline:
    """Return `new` widened so that no earlier outline of the same claim gets finer by it.

    Where the new one cannot be brought to agree (another place, another time) it is left as it
    is: `refusals` speaks of it.
    """
    for old in before:
        is_guarded = new.is_guarded or old.is_guarded
        new = replace(
            new,
            is_guarded=is_guarded,
            is_quiet=new.is_quiet or old.is_quiet,
            cells=_settled_cells(new.cells, old.cells, is_guarded=is_guarded),
            bracket=_settled(new.bracket, old.bracket, _day_limits, is_guarded=is_guarded),
            amount=_settled(new.amount, old.amount, _amount_limits, is_guarded=is_guarded),
            who=old.who if is_guarded and new.who else new.who,
        )
    return new


def is_as_wide(one: Outline, other: Outline) -> bool:
    """Say whether the place and time of one hold all of those of the other."""
    (a, b), (c, d) = _day_limits(one.bracket), _day_limits(other.bracket)
    return _holds(one.cells, other.cells) and a <= c and b >= d


def _settled_cells(new: Spans, old: Spans, *, is_guarded: bool) -> Spans:
    if _holds(new, old) or not (is_guarded or old):
        return new
    if not old:
        return old
    if not (new & old):
        return new
    return old if is_guarded else new | old


def _holds(new: Spans, old: Spans) -> bool:
    """Say whether `new` lets in all that `old` does; no cells are anywhere."""
    return not new or (bool(old) and new & old == old)


def _settled(new: Any, old: Any, limits: Any, *, is_guarded: bool) -> Any:
    """The same for a bracket or an amount, whose open ends are endless."""
    (a, b), (c, d) = limits(new), limits(old)
    is_open = limits(old) == limits((None, None))
    if (a <= c and b >= d) or (is_open and not is_guarded) or b < c or a > d:
        return new
    if is_guarded:
        return old
    return (new[0] if a <= c else old[0], new[1] if b >= d else old[1])


def _day_limits(bracket: Bracket) -> tuple[date, date]:
    return bracket[0] or date.min, bracket[1] or date.max


def _amount_limits(amount: tuple[float | None, float | None]) -> tuple[float, float]:
    low, high = (math.nan if one is None else one for one in amount)
    return (low if math.isfinite(low) else -math.inf, high if math.isfinite(high) else math.inf)


# -- what must not go out ----------------------------------------------------------------------


def refusals(
    now: Mapping[str, Outline], memory: Memory, *, despite: Collection[str] = ()
) -> tuple[Refusal, ...]:
    """Return why a release may not follow the earlier ones; empty where it may.

    Args:
        now: what is about to be told, by claim, after `kept_coarse`.
        memory: what was told.
        despite: claims that a person has decided about: nothing is said of them.
    """
    found = [
        Refusal(claim=claim, release=release, why=why, next=_KEEP)
        for claim, outline in sorted(now.items())
        for release, old in memory.of_claim(claim)
        if (why := _finer(outline, old))
    ]
    found += _gone(now, memory)
    found += _altered(now, memory)
    return tuple(one for one in dict.fromkeys(found) if one.claim not in despite)


_KEEP = (
    "nothing was published: give the claim back the place, time and amount that were told, or "
    "reject it and have a keeper decide whether its correction is worth the risk"
)
_ALTERED = (
    "nothing was published: take the changes back, publish them together with changes to claims of "
    "another such source, or have a keeper decide to publish despite it"
)
_GONE = (
    "nothing was published: wait until claims of another such source leave as well, reject one of "
    "theirs, or have a keeper decide to publish despite it; the earlier publication is out in any "
    "case, so warn the source first"
)


def _finer(new: Outline, old: Outline) -> str:
    """Say what an outline tells beyond an earlier one; of open sources corrections are fine."""
    is_guarded = new.is_guarded or old.is_guarded
    found = []
    if not _holds(new.cells, old.cells) and (is_guarded or (old.cells and new.cells & old.cells)):
        found.append("the place")
    (a, b), (c, d) = _day_limits(new.bracket), _day_limits(old.bracket)
    if not (a <= c and b >= d) and (is_guarded or (old.bracket != _ANYTIME and a <= d and b >= c)):
        found.append("the time")
    (e, f), (g, h) = _amount_limits(new.amount), _amount_limits(old.amount)
    if is_guarded and not (e <= g and f >= h):
        found.append("the amount")
    if is_guarded and new.who and new.who != old.who:
        found.append("the words for the source")
    if not found:
        return ""
    return f"{' and '.join(found)} would be told more closely, or otherwise, than before"


def _gone(now: Mapping[str, Outline], memory: Memory) -> list[Refusal]:
    """Return claims whose absence points at one source: all that leave are that source's."""
    newest = memory.newest
    left = [
        old
        for claim, old in sorted(memory.outlines.get(newest, {}).items())
        if claim not in now and old.is_guarded
    ]
    if len({one.source for one in left}) != 1:
        return []
    why = "it would be missing now, and all claims that leave come from one source"
    return [Refusal(claim=one.claim, release=newest, why=why, next=_GONE) for one in left]


def _altered(now: Mapping[str, Outline], memory: Memory) -> list[Refusal]:
    """Return claims that are told otherwise than before, where all that are come from one source.

    One alone points at nothing but itself.
    """
    changed = _changed(now, memory, "words")
    if not _points_at_one(changed):
        return []
    why = "it would be told otherwise now, and all claims that change come from one source"
    newest = memory.newest
    return [Refusal(claim=one.claim, release=newest, why=why, next=_ALTERED) for one in changed]


def restated(now: Mapping[str, Outline], memory: Memory) -> tuple[str, ...]:
    """Return claims whose status is another than before, where all come from one guarded source.

    Told at the desk, not refused: that images show two things that one person said is no secret.
    """
    changed = _changed(now, memory, "status")
    return tuple(one.claim for one in changed) if _points_at_one(changed) else ()


def _changed(now: Mapping[str, Outline], memory: Memory, name: str) -> list[Outline]:
    """Return what is told of guarded sources otherwise than in the newest release."""
    known = memory.outlines.get(memory.newest, {})
    return [
        one
        for claim, one in sorted(now.items())
        if one.is_guarded
        and claim in known
        and getattr(known[claim], name) not in {"", getattr(one, name)}
    ]


def _points_at_one(changed: Sequence[Outline]) -> bool:
    return len(changed) > 1 and len({one.source for one in changed}) == 1


def arrivals(now: Mapping[str, Outline], memory: Memory) -> tuple[str, ...]:
    """Return claims that are new, where several are and all come from one guarded source.

    Whoever has the release before can tell that they belong together: told at the desk, not
    refused, for most testimony comes that way.
    """
    if not memory.newest:
        return ()
    known = memory.outlines.get(memory.newest, {})
    new = [one for claim, one in sorted(now.items()) if claim not in known and one.is_guarded]
    if len(new) < 2 or len({one.source for one in new}) != 1:
        return ()
    return tuple(one.claim for one in new)
