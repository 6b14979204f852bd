"""What a claim asserts, over which days, and whether of all of its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from vallum.ground.amounts import PAIRS
from vallum.ground.kinds import BUILT, Change
from vallum.ground.saidkinds import Modality
from vallum.ground.statements import Claim


class Stance(StrEnum):
    """What a claim asserts of the ground."""

    STANDS = "stands"
    BUILT = "built"
    GONE = "gone"
    MEANT = "meant"
    DENIED = "denied"
    UNREPORTED = "unreported"


@dataclass(frozen=True, kw_only=True)
class Sense:
    """What a claim asserts, and when.

    Attributes:
        stance: what of the ground.
        is_new: it speaks of a change, not of what stands only.
        is_removal: what is meant, or denied, is that it goes away.
        first: first day it can mean; None where open.
        last: last day it can mean; None where open.
    """

    stance: Stance
    is_new: bool
    is_removal: bool
    first: date | None
    last: date | None


_WHOLE = re.compile(
    r"\b(?:entire(?:ly|ty)?|whole|full length|throughout|everywhere"
    r"|all (?:of|along|across|over|parts?))\b",
    re.IGNORECASE,
)
_FITTING: dict[Change, frozenset[Change]] = {
    Change.NEW: frozenset({Change.NEW, Change.EXTENDED, Change.REPLACED}),
    Change.EXTENDED: frozenset({Change.EXTENDED, Change.NEW}),
    Change.UPGRADED: frozenset({Change.UPGRADED, Change.REPLACED}),
    Change.REPLACED: frozenset({Change.REPLACED, Change.NEW, Change.UPGRADED}),
}
_FOOT_M, _MILE_M = PAIRS["m"][1], 1000.0 * PAIRS["km"][1]
_LENGTHS_M = {"m": 1.0, "km": 1000.0, "ft": _FOOT_M, "yd": 3 * _FOOT_M, "mi": _MILE_M}


def sense_of(claim: Claim, published: date | None = None) -> Sense:
    """Return what a claim asserts.

    Args:
        claim: the claim.
        published: day on which it was said: nothing but a plan can lie after it.
    """
    first = _least([one.first for one in claim.dates])
    last = _most([one.last for one in claim.dates])
    stance = _stance(claim)
    if (
        published is not None
        and stance is not Stance.MEANT
        and (first is None or first <= published)
    ):
        last = published if last is None else min(last, published)
    return Sense(
        stance=stance,
        is_new=stance is Stance.BUILT or claim.change in BUILT,
        is_removal=claim.change is Change.REMOVED,
        first=first,
        last=last,
    )


def _stance(claim: Claim) -> Stance:
    plain = {
        Modality.PLANNED: Stance.MEANT,
        Modality.ORDERED: Stance.MEANT,
        Modality.DENIED: Stance.DENIED,
        Modality.NO_PUBLIC_REPORTS: Stance.UNREPORTED,
        Modality.REMOVED: Stance.GONE,
    }
    if claim.modality in plain:
        return plain[claim.modality]
    if claim.change is Change.REMOVED:
        return Stance.GONE
    if claim.modality is Modality.PRESENT or claim.change is Change.UNCHANGED:
        return Stance.STANDS
    return Stance.BUILT


def changes_of(claim: Claim) -> frozenset[Change]:
    """Return what is said to have been built or bettered; what was completed is new if not said."""
    said = frozenset(one for one in (claim.change, claim.also) if one in BUILT and one is not None)
    if not said and _stance(claim) is Stance.BUILT:
        return frozenset({Change.NEW})
    return said


def fits_change(claim: Claim, changes: frozenset[Change]) -> bool:
    """Say whether what happened is what a claim says happened: an upgraded fence is no new one.

    Args:
        claim: what says that something was built, or is new.
        changes: each that it may have been.
    """
    said = changes_of(claim)
    allowed = frozenset[Change]().union(*(_FITTING[change] for change in said))
    return not said or (bool(changes) and changes <= allowed)


def _least(days: list[date | None]) -> date | None:
    """Return the first day; None where there is none, or one of several is open."""
    return min((day for day in days if day), default=None) if None not in days else None


def _most(days: list[date | None]) -> date | None:
    return max((day for day in days if day), default=None) if None not in days else None


def is_whole(claim: Claim) -> bool:
    """Say whether it speaks of all of its place: "the entire region", "not the whole border"."""
    words = [claim.quantity_as_stated, claim.qualifier, claim.statement]
    words += [place.as_stated for place in claim.places]
    return any(_WHOLE.search(one) for one in words)


def amount_of(claim: Claim) -> tuple[float, float, str]:
    """Return least and largest amount, and "m" or the unit as it is; NaN where not said."""
    factor = _LENGTHS_M.get(claim.quantity_unit, 1.0)
    unit = "m" if claim.quantity_unit in _LENGTHS_M else claim.quantity_unit
    return claim.quantity_min * factor, claim.quantity_max * factor, unit
