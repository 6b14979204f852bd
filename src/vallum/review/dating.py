"""Since when, and until when: the fewest looks that say it.

The dates of images are intervals. What was seen was there by the last day its image can have been
taken; what was not there yet was absent for sure on the first day only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from vallum.ground.kinds import Seen
from vallum.ground.when import When


@dataclass(frozen=True, kw_only=True, slots=True)
class Shot:
    """One image of a place, and what is known from it.

    Args:
        scene: id of the image.
        taken: first and last possible day.
        state: absent, present, not observable; None while nobody looked.
    """

    scene: str
    taken: When
    state: Seen | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Dated:
    """What the images say so far.

    Args:
        ask: image to ask next; empty when no further look would narrow the dates.
        first_seen: day by which it stood there: the earliest last day of an image that shows it.
        last_absent: day on which it surely did not stand yet: the latest first day.
        built: from `last_absent` to `first_seen`; None while one of them is missing.
        removed: from the last day it surely stood to the day by which it was gone; None if it
            stands, or that is not known.
        conflicts: images that do not fit: absent between two dates on which it stood.
        n_left: looks that are needed at most.
    """

    ask: str
    first_seen: date | None
    last_absent: date | None
    built: When | None
    removed: When | None
    conflicts: tuple[str, ...] = ()
    n_left: int = 0


def dating(shots: Sequence[Shot]) -> Dated:
    """Return which image of a place to ask next, and the bracket so far.

    Absent, then present, then perhaps absent again is assumed; the dates are bisected, about
    log2(n) looks each for the beginning and, where the newest image shows it gone, for the end.
    With nothing seen yet, the newest image is asked, then the oldest, then the widest gap.
    Images that are not observable are never asked again.

    Args:
        shots: all images of the place, each once, in any order.
    """
    ordered = sorted(shots, key=_middle)
    present = [shot.taken for shot in ordered if shot.state is Seen.PRESENT]
    absent = [shot for shot in ordered if shot.state is Seen.ABSENT]
    if not present:
        asked = _unseen(ordered)
        return Dated(
            ask=asked,
            first_seen=None,
            last_absent=max((shot.taken.earliest for shot in absent), default=None),
            built=None,
            removed=None,
            n_left=sum(shot.state is None for shot in ordered),
        )
    # Seen on this day at the latest, and on this day still, whenever within its dates each image
    # was taken.
    first_seen = min(taken.latest for taken in present)
    still_seen = max(taken.earliest for taken in present)
    early = [shot for shot in absent if shot.taken.earliest <= first_seen]
    late = [shot for shot in absent if shot.taken.earliest > first_seen]
    gone = [shot for shot in late if shot.taken.latest >= still_seen]
    last_absent = max((shot.taken.earliest for shot in early), default=None)
    gone_by = min((shot.taken.latest for shot in gone), default=None)
    unknown = [shot for shot in ordered if shot.state is None]
    building = _narrowing(unknown, last_absent, first_seen)
    ending = _ending(unknown, first_seen, still_seen, gone_by)
    ask = _median(building) or _median(ending)
    return Dated(
        ask=ask,
        first_seen=first_seen,
        last_absent=last_absent,
        built=When(last_absent, first_seen) if last_absent is not None else None,
        removed=When(still_seen, gone_by) if gone_by is not None else None,
        conflicts=tuple(shot.scene for shot in late if shot not in gone),
        n_left=len(building).bit_length() + len(ending).bit_length(),
    )


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
