"""Whether one claim bears out another, contradicts it, or speaks of something else.

To bear another out a claim has to *imply* it: where it is true, the other is, or is at least as
likely as not. What is vague bears out nothing that is closer stated, and a source that contradicts
itself nothing at all. A wrong "corroborated" is worse than none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import combinations

from vallum.claims.observable import implies
from vallum.claims.stance import (
    Sense,
    Stance,
    amount_of,
    changes_of,
    fits_change,
    is_whole,
    sense_of,
)
from vallum.ground.saidkinds import MatchMethod, Modality, Precision, Relation, Standing
from vallum.ground.span import Span, Spans
from vallum.ground.statements import Claim, Match, Placed

_ASSERTS = frozenset({Stance.STANDS, Stance.BUILT})
_DENIES = frozenset({Stance.DENIED, Stance.UNREPORTED})
# What is done was under way, and stands from then on; what stands may be old.
_IMPLIED: dict[Modality, frozenset[Modality]] = {
    Modality.COMPLETED: frozenset({Modality.COMPLETED, Modality.UNDER_WAY, Modality.PRESENT}),
    Modality.ORDERED: frozenset({Modality.ORDERED, Modality.PLANNED}),
}
# Guesses: how far off "about" may be, and how far two roundings of one amount may lie apart.
_ABOUT, _ROUNDED = 0.10, 0.02
_VAGUE = ("about", "around", "roughly", "nearly", "almost", "approximately", "some", "estimated")
_MOSTLY = 0.5
_ALL = 0.9
# Guesses, set on SIMULATED dev pairs: nobody states a place or a time more closely than this.
_ROOM_M = 3_000
_ROOM = timedelta(days=90)
_POINTS = frozenset({Precision.EXACT, Precision.VICINITY, Precision.LOCALITY})
_NO_DAYS: Mapping[str, date | None] = {}


@dataclass(frozen=True, kw_only=True)
class Alike:
    """What one claim is to another.

    Attributes:
        relation: supports where it implies the other, contradicts, or None.
        why: in a sentence that names no place and no day.
    """

    relation: Relation | None
    why: str


_APART = Alike(relation=None, why="")


class _Said:
    """A claim with what it asserts; what costs time is done once."""

    def __init__(self, claim: Claim, published: date | None = None) -> None:
        self.claim = claim
        self._published = published
        self.places = tuple(place for place in claim.places if place.span is not None)
        self.spans = claim.spans

    @cached_property
    def sense(self) -> Sense:
        return sense_of(self.claim, self._published if self.claim.dates else None)

    @property
    def is_removal(self) -> bool:
        return self.sense.stance is Stance.GONE or self.sense.is_removal

    @cached_property
    def is_whole(self) -> bool:
        return is_whole(self.claim)

    @cached_property
    def room(self) -> Spans:
        """Its places, each at least as wide as places are stated."""
        return Spans(_roomy(place.span) for place in self.places if place.span is not None)

    @property
    def start(self) -> date:
        return self.sense.first or date.min

    @property
    def end(self) -> date:
        return self.sense.last or date.max

    @property
    def is_dated(self) -> bool:
        return self.sense.first is not None or self.sense.last is not None


def alike(
    one: Claim,
    other: Claim,
    *,
    published: date | None = None,
    other_published: date | None = None,
) -> Alike:
    """Return what `other` says to `one`. Contradiction is mutual, support need not be.

    *Supports*: the other implies this one. All of this holds: the kind it names is this one's, or
    one that always is (a double fence is a fence); it goes at least as far (what was completed
    stands, what stands was not built then); at least half of what its place and its days can mean,
    taken together, lies within this one's; what is said of a stretch, of several places or of "all
    of it" is said by the other of all of them; where this one gives an amount, the other's fits in
    it. A denial implies another if it denies as much, of all of its place. A claim without a place
    or without a date implies nothing.

    *Contradicts*: one says that something stands and the other, of the same days or of later
    ones, that it does not, or nothing that it is a kind of; "all of it" and "not all of it" too.
    "Nowhere in a wide area" contradicts what stands in a part of it; what stands somewhere in a
    wide area is not contradicted by its absence in a part. Amounts of the same thing at the same
    time contradict each other where no amount fits both.

    Args:
        one: the claim that is weighed.
        other: the one that it is held against.
        published: day on which `one` was said.
        other_published: day on which `other` was said.
    """
    return _alike(_Said(one, published), _Said(other, other_published))


def paired(
    claims: Iterable[Claim],
    *,
    published: Mapping[str, date | None] = _NO_DAYS,
    by: str = "vallum",
) -> Iterator[Match]:
    """Yield matches of approved claims with each other: of each, what the other says to it.

    Args:
        claims: any; those that are not approved, or have no place, are left out.
        published: days on which exhibits were published, by id.
        by: who says so.
    """
    said = [
        _Said(claim, published.get(claim.exhibit))
        for claim in sorted(claims, key=lambda claim: claim.id)
        if claim.standing is Standing.APPROVED and claim.spans
    ]
    for first, second in combinations(said, 2):
        for one, other in ((first, second), (second, first)):
            found = _alike(one, other)
            if found.relation is not None:
                yield Match(
                    claim=one.claim.id,
                    about=other.claim.id,
                    relation=found.relation,
                    method=MatchMethod.SECOND_SOURCE,
                    spans=one.spans & other.spans,
                    rationale=found.why,
                    by=by,
                )


def _alike(one: _Said, other: _Said) -> Alike:
    is_implied = implies(other.claim.subject, one.claim.subject)
    is_implying = implies(one.claim.subject, other.claim.subject)
    if one.claim.id == other.claim.id or not (is_implied or is_implying):
        return _APART
    if not _share_a_place(one, other):
        return _APART
    if _is_denied(one, other) or _is_denied(other, one):
        return Alike(
            relation=Relation.CONTRADICTS,
            why="one says of the same place what the other denies",
        )
    if _amounts_differ(one, other):
        return Alike(
            relation=Relation.CONTRADICTS,
            why="they give amounts of the same thing that cannot both be right",
        )
    if not _bears_out(other, one):
        return _APART
    return Alike(relation=Relation.SUPPORTS, why="it agrees in kind, place and time")


# -- what implies what --------------------------------------------------------------------------


def _bears_out(other: _Said, one: _Said) -> bool:
    """Say whether `other` implies `one`."""
    if one.sense.stance in _DENIES or other.sense.stance in _DENIES:
        return _denies_as_much(other, one)
    return (
        implies(other.claim.subject, one.claim.subject)
        and _goes_as_far(other, one)
        and _lies_in(other, one)
        and _amount_fits(other, one)
    )


def _denies_as_much(other: _Said, one: _Said) -> bool:
    """Say whether what is denied includes what the other claim denies: it runs the other way."""
    if one.sense.stance is not other.sense.stance or one.is_whole is not other.is_whole:
        return False
    if one.claim.change is not other.claim.change:
        return False
    if not implies(one.claim.subject, other.claim.subject):
        return False
    if one.is_whole and _share(other.spans, one.spans) < _ALL:
        return False
    # Both ways in time: what is not there in May may be there in June, and have been in April.
    days = min(_share_of_days(one, other), _share_of_days(other, one))
    return _share(one.spans, other.spans) >= _ALL and days >= _MOSTLY


def _goes_as_far(other: _Said, one: _Said) -> bool:
    """Say whether what is said to be done implies what is said of it."""
    if other.is_removal is not one.is_removal:
        return False
    how_far = _far(other)
    if _far(one) not in _IMPLIED.get(how_far, {how_far}):
        return False
    return one.is_removal or fits_change(one.claim, changes_of(other.claim))


def _far(said: _Said) -> Modality:
    """Return how far it is; what is gone, in whatever words, is removed."""
    modality = said.claim.modality
    is_done = modality in {Modality.COMPLETED, Modality.PRESENT}
    return Modality.REMOVED if is_done and said.is_removal else modality


def _lies_in(other: _Said, one: _Said) -> bool:
    """Say whether what `other` speaks of lies, as likely as not, where and when `one` says."""
    if not _reaches_all(other, one):
        return False
    days = _share_of_days(other, one)
    places = (
        _share(Spans((place.span,)), one.room)
        for place in other.places
        if place.span is not None and any(_is_same_side(place, mine) for mine in one.places)
    )
    return max(places, default=0.0) * days >= _MOSTLY


def _reaches_all(other: _Said, one: _Said) -> bool:
    """Say whether what is said of several places, or a stretch, is said of all of it."""
    if one.is_whole:
        return other.is_whole and _share(one.spans, other.spans) >= _ALL
    is_stretch = any(place.precision not in _POINTS for place in one.places)
    if not is_stretch and len(one.places) == 1:
        return True
    parts = [Spans((place.span,)) for place in one.places if place.span is not None]
    return all(_share(part, other.room) >= _MOSTLY for part in parts)


def _amount_fits(other: _Said, one: _Said) -> bool:
    """Say whether an amount, where this one gives any, is borne out by the other's."""
    low, high, unit = _range(one.claim)
    if not unit and not math.isfinite(high) and low <= 0.0:
        return True
    other_low, other_high, other_unit = amount_of(other.claim)
    if unit != other_unit or (math.isnan(other_low) and math.isnan(other_high)):
        return False
    lowest = 0.0 if math.isnan(other_low) else other_low
    highest = math.inf if math.isnan(other_high) else other_high
    return low <= lowest and highest <= high


# -- place and time -----------------------------------------------------------------------------


def _share_a_place(one: _Said, other: _Said) -> bool:
    return any(
        _is_same_side(a, b) and a.span.overlaps(b.span)
        for a in one.places
        if a.span is not None
        for b in other.places
        if b.span is not None
    )


def _is_same_side(one: Placed, other: Placed) -> bool:
    return not one.side or not other.side or one.side == other.side


def _roomy(span: Span) -> Span:
    """Return a place as wide as the closest that anybody states."""
    missing = max(0, _ROOM_M - span.length_m)
    return Span(max(0, span.start_m - missing // 2), span.end_m + (missing + 1) // 2)


def _share(part: Spans, whole: Spans) -> float:
    """Return the share of one that lies in the other."""
    return (part & whole).length_m / part.length_m if part else 0.0


def _share_of_days(part: _Said, whole: _Said) -> float:
    """Return the share of one's days among those that the other can mean; 0 if none is stated.

    The stated days themselves must overlap. Of an open end only a lot can lie within.
    """
    if not part.is_dated or not whole.is_dated:
        return 0.0
    if part.start > whole.end or whole.start > part.end:
        return 0.0
    missing = timedelta(days=max(0, _ROOM.days - 1 - (whole.end - whole.start).days) // 2)
    start = whole.start - min(missing, whole.start - date.min)
    end = whole.end + min(missing, date.max - whole.end)
    shared = min(part.end, end) - max(part.start, start)
    return (shared.days + 1) / ((part.end - part.start).days + 1)


# -- what one says and the other denies ---------------------------------------------------------


def _is_denied(said: _Said, denial: _Said) -> bool:
    """Say whether `denial` denies what `said` says, of overlapping days or of later ones."""
    saying, denying = said.sense, denial.sense
    if denying.stance not in _DENIES or saying.is_removal or denying.is_removal:
        return False
    if not implies(said.claim.subject, denial.claim.subject):
        return False
    if denial.claim.modality is Modality.NO_PUBLIC_REPORTS:
        # That nothing is reported is contradicted by a report of that day or before, no matter
        # what stands there.
        is_about = saying.stance not in _DENIES
    else:
        # That nothing new was built does not deny what stood already.
        is_about = saying.stance in _ASSERTS and (saying.is_new or not denying.is_new)
    if not is_about or not said.is_dated or not denial.is_dated:
        return False
    # What was built stands from then on; what was not there yet may have come later.
    if said.start > denial.end:
        return False
    if denial.is_whole:
        return said.is_whole
    return said.is_whole or _lies_mostly_in(said, denial)


def _lies_mostly_in(said: _Said, denial: _Said) -> bool:
    return _share(said.spans, denial.spans) > _MOSTLY


# -- amounts ------------------------------------------------------------------------------------


def _amounts_differ(one: _Said, other: _Said) -> bool:
    """Say whether no amount fits both, where both speak of the same thing at the same place."""
    if one.claim.subject is not other.claim.subject or one.claim.change is not other.claim.change:
        return False
    if not {one.sense.stance, other.sense.stance} <= _ASSERTS:
        return False
    if not (_lies_mostly_in(one, other) and _lies_mostly_in(other, one)):
        return False
    if max(_share_of_days(one, other), _share_of_days(other, one)) < _MOSTLY:
        return False
    (low, high, unit), (other_low, other_high, other_unit) = _range(one.claim), _range(other.claim)
    if unit != other_unit or not unit:
        return False
    return low > other_high or other_low > high


def _range(claim: Claim) -> tuple[float, float, str]:
    """Return the amounts a claim can mean, with room for "about" and for rounding."""
    least, most, unit = amount_of(claim)
    if math.isnan(least) and math.isnan(most):
        return 0.0, math.inf, ""
    is_vague = any(word in claim.qualifier.casefold() for word in _VAGUE)
    slack = _ABOUT if is_vague else _ROUNDED if unit == "m" else 0.0
    low = 0.0 if math.isnan(least) else least * (1 - slack)
    high = math.inf if math.isnan(most) else most * (1 + slack)
    return low, high, unit
