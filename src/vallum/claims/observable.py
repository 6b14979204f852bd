"""What an image from above can show of what a claim speaks of, and which kinds may be the same."""

from __future__ import annotations

from collections.abc import Mapping

from vallum.ground import visibility
from vallum.ground.kinds import Kind
from vallum.ground.saidkinds import Subject
from vallum.ground.visibility import Threshold

THRESHOLDS: Mapping[Subject, Threshold] = visibility.thresholds()
"""Each with its source, or marked as a guess: the table that numbers and the report go by, too."""

_NEVER: dict[Subject, str] = {
    Subject.CAMERA: "a camera is too small for any satellite image that can be had",
    Subject.MINES: "mines lie under the ground",
    Subject.SPIKES: "spikes are too small for any satellite image that can be had",
    Subject.LIGHTS: "lamps are too small for any satellite image by day that can be had",
    Subject.JAMMER: "what an aerial is for no image shows",
    # A guess: the dish of a large one may show, which of all masts it is does not.
    Subject.RADAR: "what an aerial is for no image shows",
    Subject.ORDER: "an order leaves nothing on the ground",
    Subject.ARREST: "an arrest leaves nothing on the ground",
    Subject.BUFFER_ZONE: "a zone is declared, not built; only what is cleared or built in it shows",
    Subject.ELECTRIC_FENCE: "a fence may show; whether it is live no image shows",
}

SOUGHT = frozenset({
    Subject.FENCE, Subject.DOUBLE_FENCE, Subject.WALL, Subject.PATROL_ROAD, Subject.CLEARED_STRIP,
    Subject.GUARD_POST, Subject.WATCHTOWER,
})  # fmt: skip
"""What a comparison looks for. Of anything else, nothing found means that nobody looked."""

_ANY = frozenset(Kind)
_FENCES = frozenset({Kind.FENCE, Kind.DOUBLE_FENCE})
# No published key tells a guard post from a watchtower, so either may be meant by either word.
_POSTS = frozenset({Kind.GUARD_POST, Kind.WATCHTOWER})
_CAN_BE: dict[Subject, frozenset[Kind]] = {
    Subject.FENCE: _FENCES,
    Subject.DOUBLE_FENCE: _FENCES,
    Subject.ELECTRIC_FENCE: _FENCES,
    Subject.WALL: frozenset({Kind.WALL}),
    Subject.PATROL_ROAD: frozenset({Kind.PATROL_ROAD}),
    Subject.CLEARED_STRIP: frozenset({Kind.CLEARED_STRIP}),
    Subject.GUARD_POST: _POSTS,
    Subject.WATCHTOWER: _POSTS,
    Subject.BUILDING: frozenset({Kind.BUILDING}),
    Subject.CHECKPOINT: frozenset({Kind.BUILDING, Kind.GUARD_POST}),
    Subject.BUFFER_ZONE: frozenset({Kind.CLEARED_STRIP, *_FENCES}),
    Subject.INFRASTRUCTURE: _ANY,
}
_BARRIERS = frozenset({*_FENCES, Kind.WALL})
_GROUND = frozenset({Kind.PATROL_ROAD, Kind.CLEARED_STRIP})
_HOUSES = frozenset({*_POSTS, Kind.BUILDING})
_IN_PART: dict[Subject, str] = {
    Subject.DOUBLE_FENCE: "one fence is seen, not two",
    Subject.ELECTRIC_FENCE: "a fence is seen, whether it is live no image shows",
    Subject.WATCHTOWER: "a post is seen, whether it is a tower nobody said",
    Subject.BUFFER_ZONE: "what was cleared or built is seen, a zone is declared and not built",
    Subject.CHECKPOINT: "a building is seen, what it is for no image shows",
    Subject.INFRASTRUCTURE: "whether it belongs to the border no image shows",
}
_STRUCTURES = frozenset({
    Subject.FENCE, Subject.DOUBLE_FENCE, Subject.ELECTRIC_FENCE, Subject.WALL, Subject.PATROL_ROAD,
    Subject.GUARD_POST, Subject.WATCHTOWER, Subject.CHECKPOINT, Subject.GATE, Subject.DITCH,
})  # fmt: skip
# What is not here implies nothing but itself: a building may be any, a zone is not built.
_IMPLIES: dict[Subject, frozenset[Subject]] = {
    Subject.DOUBLE_FENCE: frozenset({Subject.FENCE}),
    Subject.ELECTRIC_FENCE: frozenset({Subject.FENCE}),
    Subject.WATCHTOWER: frozenset({Subject.GUARD_POST}),
}


def observable(subject: Subject, gsd_m: float) -> str:
    """Return why something cannot be seen in images of this pixel size; empty where it can.

    What can be seen is what is usually found: only then does its absence say anything.

    Args:
        subject: what a claim speaks of.
        gsd_m: ground sample distance of the coarser of two images; NaN if not known.
    """
    if why := _NEVER.get(subject, ""):
        return why
    return visibility.too_coarse(subject, gsd_m)


def can_be(subject: Subject) -> frozenset[Kind]:
    """Return the kinds of finding that may be what a claim speaks of; none for most of them."""
    return _CAN_BE.get(subject, frozenset())


def kin(subject: Subject) -> frozenset[Kind]:
    """Return the kinds that somebody may have meant: while one stands there, not nothing does."""
    meant = can_be(subject)
    for group in (_BARRIERS, _GROUND, _HOUSES):
        if meant & group:
            meant |= group
    return meant


def in_part(subject: Subject, kind: Kind) -> str:
    """Return what a finding of a kind leaves open of what a claim speaks of; empty if nothing."""
    return (
        "" if kind in shown_by(subject) else _IN_PART.get(subject, "another kind of thing is seen")
    )


def shown_by(subject: Subject) -> frozenset[Kind]:
    """Return the kinds of finding that show all of what a claim speaks of, not only a part."""
    return frozenset(kind for kind in can_be(subject) if implies(Subject(kind.value), subject))


def implies(one: Subject, other: Subject) -> bool:
    """Say whether where the first stands, the second does: a double fence is a fence.

    Not the other way round: a fence need not be a double one, and what is called a building,
    infrastructure or a zone may be anything.
    """
    if one is other or other in _IMPLIES.get(one, ()):
        return True
    return other is Subject.INFRASTRUCTURE and one in _STRUCTURES
