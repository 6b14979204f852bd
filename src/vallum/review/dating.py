"""Since when, and until when: what looks say, and the fewest that say it.

The dates of images are intervals. What was seen was there by the last day its image can have been
taken; what was not there yet was absent for sure on the first day only. An image whose interval
spans every day on which the thing surely stood says nothing: it may be older than the thing, or
younger than its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from vallum.ground.kinds import Change, Kind, Seen, Stage
from vallum.ground.when import When

Side = Literal["", "before", "after"]

BEGUN = frozenset({Stage.CLEARED, Stage.GROUNDWORK})
"""Stages at which works are seen and the thing itself does not stand yet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shot:
    """One image of a place, and what is known from it.

    Args:
        scene: id of the image.
        taken: first and last possible day.
        state: absent, present, not observable; None while nobody looked.
        side: where it is absent, whether it is known to be not there yet ("before") or gone
            ("after"); empty when only the dates tell.
    """

    scene: str
    taken: When
    state: Seen | None = None
    side: Side = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dated:
    """What the images say so far.

    Args:
        ask: image to ask next; empty when no further look would narrow the dates.
        first_seen: day by which it stood there: the earliest last day of an image that shows it.
        last_absent: day on which it surely did not stand yet: the latest first day.
        built: from `last_absent` to `first_seen`; None while one of them is missing.
        removed: from `still_seen` to `gone_by`; None if it stands, or that is not known.
        conflicts: images that do not fit: absent between two dates on which it stood.
        n_left: looks that are needed at most.
        still_seen: last day on which it surely stood: the latest first day of such an image.
        gone_by: day by which it was surely gone.
    """

    ask: str
    first_seen: date | None
    last_absent: date | None
    built: When | None
    removed: When | None
    conflicts: tuple[str, ...] = ()
    n_left: int = 0
    still_seen: date | None = None
    gone_by: date | None = None


def of_pair(change: Change) -> tuple[Seen, Seen]:
    """Return what a confirmed change says of the earlier and of the later image of its pair.

    Of something upgraded, replaced or extended it speaks of what it became.
    """
    if change is Change.REMOVED:
        return Seen.PRESENT, Seen.ABSENT
    if change is Change.UNCHANGED:
        return Seen.PRESENT, Seen.PRESENT
    return Seen.ABSENT, Seen.PRESENT


def stands(state: Seen, stage: Stage, category: Kind) -> Seen:
    """Return whether a thing stands on an image, from what a person said of it there.

    Cleared ground and groundwork are works on it: it does not stand yet, unless it is a cleared
    strip, which needs no more. A part of it stands.
    """
    if state is not Seen.PRESENT:
        return state
    is_begun = stage in BEGUN and category is not Kind.CLEARED_STRIP
    return Seen.ABSENT if is_begun or stage is Stage.REMOVED else Seen.PRESENT


def side_of(state: Seen, stage: Stage, category: Kind) -> Side:
    """Return on which side of its life a stage puts an image that does not show it standing."""
    if stands(state, stage, category) is not Seen.ABSENT:
        return ""
    if stage in BEGUN:
        return "before"
    return "after" if stage is Stage.REMOVED else ""


def dating(shots: Sequence[Shot]) -> Dated:
    """Return which image of a place to ask next, and the bracket so far.

    Absent, then present, then perhaps absent again is assumed; the dates are bisected, about
    log2(n) looks each for the beginning and, where the newest image shows it gone, for the end.
    With nothing seen yet, the newest image is asked, then the oldest, then the widest gap.
    Images that are not observable are never asked again. An image that does not show it, and can
    have been taken before as well as after all days on which it surely stood, moves nothing unless
    its `side` is known.

    Args:
        shots: all images of the place, each once, in any order.
    """
    ordered = sorted(shots, key=_middle)
    present = [shot.taken for shot in ordered if shot.state is Seen.PRESENT]
    absent = [shot for shot in ordered if shot.state is Seen.ABSENT]
    if not present:
        asked = _unseen(ordered)
        # Where works were seen, what is absent later may have come and gone meanwhile.
        known = "before" if any(shot.side for shot in absent) else ""
        return Dated(
            ask=asked,
            first_seen=None,
            last_absent=max(
                (shot.taken.earliest for shot in absent if shot.side == known), default=None
            ),
            built=None,
            removed=None,
            n_left=sum(shot.state is None for shot in ordered),
        )
    # Seen on this day at the latest, and on this day still, whenever within its dates each image
    # was taken.
    first_seen = min(taken.latest for taken in present)
    still_seen = max(taken.earliest for taken in present)
    sides = {shot.scene: _side(shot, first_seen, still_seen) for shot in absent}
    early = [shot.taken for shot in absent if sides[shot.scene] == "before"]
    late = [shot.taken for shot in absent if sides[shot.scene] == "after"]
    last_absent = max((taken.earliest for taken in early), default=None)
    gone_by = min((taken.latest for taken in late), default=None)
    unknown = [shot for shot in ordered if shot.state is None]
    building = _narrowing(unknown, last_absent, first_seen)
    ending = _ending(unknown, first_seen, still_seen, gone_by)
    ask = _median(building) or _median(ending)
    return Dated(
        ask=ask,
        first_seen=first_seen,
        last_absent=last_absent,
        built=_between(last_absent, first_seen),
        removed=_between(still_seen, gone_by),
        conflicts=tuple(shot.scene for shot in absent if sides[shot.scene] == "neither"),
        n_left=len(building).bit_length() + len(ending).bit_length(),
        still_seen=still_seen,
        gone_by=gone_by,
    )


def cautious(shots: Sequence[Shot]) -> Dated:
    """Return the brackets that hold whichever of the looks that contradict each other are wrong.

    Without a contradiction it is `dating`. With one, it stood for sure only from the looks after
    all that contradict, and surely still only on the looks before them.

    Args:
        shots: all images of the place, each once, in any order.
    """
    found = dating(shots)
    if not found.conflicts:
        return found
    odd = [shot.taken for shot in shots if shot.scene in found.conflicts]
    present = [shot.taken for shot in shots if shot.state is Seen.PRESENT]
    last, first = max(taken.latest for taken in odd), min(taken.earliest for taken in odd)
    first_seen = min((t.latest for t in present if t.earliest > last), default=None)
    still_seen = max((t.earliest for t in present if t.latest < first), default=None)
    sure = first_seen or date.max, still_seen or date.min
    absent = [s for s in shots if s.state is Seen.ABSENT and s.scene not in found.conflicts]
    early = [shot.taken.earliest for shot in absent if _side(shot, *sure) == "before"]
    late = [shot.taken.latest for shot in absent if _side(shot, *sure) == "after"]
    last_absent, gone_by = max(early, default=None), min(late, default=None)
    return replace(
        found,
        first_seen=first_seen,
        last_absent=last_absent,
        built=_between(last_absent, first_seen),
        removed=_between(still_seen, gone_by),
        still_seen=still_seen,
        gone_by=gone_by,
    )


def _between(low: date | None, high: date | None) -> When | None:
    return When(low, high) if low is not None and high is not None else None


def _side(shot: Shot, first_seen: date, still_seen: date) -> str:
    """Return whether an absent image is from before or after, from "neither", or unknown ("")."""
    may_be_before = shot.side != "after" and shot.taken.earliest <= first_seen
    may_be_after = shot.side != "before" and shot.taken.latest >= still_seen
    if shot.side:
        return shot.side if may_be_before or may_be_after else "neither"
    if may_be_before and shot.taken.latest <= still_seen:
        return "before"
    if may_be_after and shot.taken.earliest > first_seen:
        return "after"
    return "" if may_be_before or may_be_after else "neither"


def _narrowing(unknown: list[Shot], low: date | None, high: date) -> list[Shot]:
    """Return the images that would bring the beginning nearer, whatever they show."""
    return [
        shot
        for shot in unknown
        if (low is None or shot.taken.latest >= low)
        and (
            shot.taken.latest < high
            or (shot.taken.earliest <= high and (low is None or shot.taken.earliest > low))
        )
    ]


def _ending(
    unknown: list[Shot], first_seen: date, still_seen: date, gone_by: date | None
) -> list[Shot]:
    """Return the images that would bring the end nearer; only the newest while it still stands."""
    later = [shot for shot in unknown if shot.taken.earliest > max(first_seen, still_seen)]
    if gone_by is None:
        return later[-1:]
    return [shot for shot in later if shot.taken.earliest <= gone_by]


def _median(shots: list[Shot]) -> str:
    return shots[(len(shots) - 1) // 2].scene if shots else ""


def _unseen(ordered: list[Shot]) -> str:
    """Return the image farthest, in number of images, from all that were asked; newest first."""
    unknown = [i for i, shot in enumerate(ordered) if shot.state is None]
    asked = [i for i, shot in enumerate(ordered) if shot.state is not None]
    if not unknown:
        return ""
    if not asked:
        return ordered[unknown[-1]].scene
    return ordered[max(unknown, key=lambda i: (min(abs(i - j) for j in asked), i))].scene


def _middle(shot: Shot) -> tuple[int, int, str]:
    taken = shot.taken
    return taken.earliest.toordinal() + taken.latest.toordinal(), taken.days, shot.scene
