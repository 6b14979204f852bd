"""Whether two claims say the same, contradict each other, or speak of different things."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from vallum.claims.observable import may_be_same
from vallum.claims.stance import Sense, Stance, amount_of, is_whole, sense_of
from vallum.ground.saidkinds import MatchMethod, Modality, Relation, Standing
from vallum.ground.statements import Claim, Match

_ASSERTS = frozenset({Stance.STANDS, Stance.BUILT})
_DENIES = frozenset({Stance.DENIED, Stance.UNREPORTED})
# Guesses: how far off "about" may be, and how far two roundings of one amount may lie apart.
_ABOUT, _ROUNDED = 0.10, 0.02
_VAGUE = ("about", "around", "roughly", "nearly", "almost", "approximately", "some", "estimated")
_MOSTLY = 0.5


@dataclass(frozen=True, kw_only=True)
class Alike:
    """What two claims are to each other.

    Attributes:
        relation: supports where they agree, contradicts, or None.
        why: in a sentence that names no place and no day.
    """

    relation: Relation | None
    why: str


_APART = Alike(relation=None, why="")


def alike(one: Claim, other: Claim) -> Alike:
    """Return whether two claims agree, contradict each other, or neither; symmetric.

    They agree where they can mean the same thing, their places and their stated days overlap and
    both say that it stands or is built, or both that it is planned, gone, or not there. A claim
    without a place or without a date agrees with nothing.

    They contradict each other where one says that something stands and the other, of the same days
    or of later ones, that it does not; "all of it" and "not all of it" too. "Nowhere in a wide
    area" contradicts what stands in a part of it; what stands somewhere in a wide area is not
    contradicted by its absence in a part. Amounts of the same thing at the same time contradict
    each other where no amount fits both.
    """
    if one.id == other.id or not may_be_same(one.subject, other.subject):
        return _APART
    if not _share_a_place(one, other):
        return _APART
    first, second = sense_of(one), sense_of(other)
    if _is_denied(one, first, other, second) or _is_denied(other, second, one, first):
        return Alike(
            relation=Relation.CONTRADICTS,
            why="one says of the same place what the other denies",
        )
    if not _agree(one, first, other, second):
        return _APART
    if first.stance in _ASSERTS and _amounts_differ(one, other):
        return Alike(
            relation=Relation.CONTRADICTS,
            why="they give amounts of the same thing that cannot both be right",
        )
    return Alike(relation=Relation.SUPPORTS, why="they agree in kind, place and time")


def paired(claims: Iterable[Claim], *, by: str = "vallum") -> Iterator[Match]:
    """Yield matches of approved claims with each other, each pair both ways."""
    approved = [claim for claim in claims if claim.standing is Standing.APPROVED and claim.spans]
    for one, other in combinations(sorted(approved, key=lambda claim: claim.id), 2):
        found = alike(one, other)
        if found.relation is None:
            continue
        for claim, about in ((one, other), (other, one)):
            yield Match(
                claim=claim.id,
                about=about.id,
                relation=found.relation,
                method=MatchMethod.SECOND_SOURCE,
                spans=one.spans & other.spans,
                rationale=found.why,
                by=by,
            )


# -- place and time -----------------------------------------------------------------------------


def _share_a_place(one: Claim, other: Claim) -> bool:
    return any(
        a.span.overlaps(b.span) and (not a.side or not b.side or a.side == b.side)
        for a in one.places
        if a.span is not None
        for b in other.places
        if b.span is not None
    )


def _agree(one: Claim, first: Sense, other: Claim, second: Sense) -> bool:
    if first.stance is not second.stance and not {first.stance, second.stance} <= _ASSERTS:
        return False
    if first.is_removal is not second.is_removal:
        return False
    if first.stance is Stance.DENIED and is_whole(one) is not is_whole(other):
        return False
    return _dates_overlap(first, second)


def _dates_overlap(one: Sense, other: Sense) -> bool:
    """Say whether two can mean the same day; a claim that states none never does."""
    if not _is_dated(one) or not _is_dated(other):
        return False
    return _start(one) <= _end(other) and _start(other) <= _end(one)


def _is_dated(sense: Sense) -> bool:
    return sense.first is not None or sense.last is not None


def _start(sense: Sense) -> date:
    return sense.first or date.min


def _end(sense: Sense) -> date:
    return sense.last or date.max


# -- what one says and the other denies ---------------------------------------------------------


def _is_denied(said: Claim, saying: Sense, denial: Claim, denying: Sense) -> bool:
    """Say whether `denial` denies what `said` says, of overlapping days or of later ones."""
    if denying.stance not in _DENIES or saying.is_removal or denying.is_removal:
        return False
    if denial.modality is Modality.NO_PUBLIC_REPORTS:
        # That nothing is reported is contradicted by a report of that day or before, no matter
        # what stands there.
        is_about = saying.stance is not Stance.DENIED and saying.stance is not Stance.UNREPORTED
    else:
        is_about = saying.stance in _ASSERTS
    if not is_about or not _is_dated(saying) or not _is_dated(denying):
        return False
    # What was built stands from then on; what was not there yet may have come later.
    if _start(saying) > _end(denying):
        return False
    if is_whole(denial):
        return is_whole(said)
    return is_whole(said) or _lies_mostly_in(said, denial)


def _lies_mostly_in(said: Claim, denial: Claim) -> bool:
    shared_m = (said.spans & denial.spans).length_m
    return shared_m > _MOSTLY * said.spans.length_m


# -- amounts ------------------------------------------------------------------------------------


def _amounts_differ(one: Claim, other: Claim) -> bool:
    """Say whether no amount fits both, where both speak of the same thing at the same place."""
    if one.subject is not other.subject or one.change is not other.change:
        return False
    if not (_lies_mostly_in(one, other) and _lies_mostly_in(other, one)):
        return False
    (low, high, unit), (other_low, other_high, other_unit) = _range(one), _range(other)
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
