"""What can stand at a border, what can happen to it, and what an analyst can answer."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """A class of structure, in the field's words."""

    FENCE = "fence"
    DOUBLE_FENCE = "double_fence"
    WALL = "wall"
    PATROL_ROAD = "patrol_road"
    CLEARED_STRIP = "cleared_strip"
    GUARD_POST = "guard_post"
    WATCHTOWER = "watchtower"
    BUILDING = "building"

    @property
    def is_line(self) -> bool:
        """True for structures measured by length, False for those that are counted."""
        return self in LINES

    @property
    def label(self) -> str:
        """The word to print."""
        return self.value.replace("_", " ")


LINES = frozenset({Kind.FENCE, Kind.DOUBLE_FENCE, Kind.WALL, Kind.PATROL_ROAD, Kind.CLEARED_STRIP})
POINTS = frozenset(Kind) - LINES

COLOURS: dict[Kind, str] = {
    # Okabe-Ito, darkened where a label on white would fall under 4.5:1.
    Kind.FENCE: "#0072B2",
    Kind.DOUBLE_FENCE: "#1F6FA5",
    Kind.WALL: "#B34700",
    Kind.PATROL_ROAD: "#7A5C00",
    Kind.CLEARED_STRIP: "#8A6D3B",
    Kind.GUARD_POST: "#A23E78",
    Kind.WATCHTOWER: "#6B2E8F",
    Kind.BUILDING: "#555555",
}


class Change(StrEnum):
    """What happened to a structure between two dates."""

    NEW = "new"
    EXTENDED = "extended"
    UPGRADED = "upgraded"
    REPLACED = "replaced"
    REMOVED = "removed"
    UNCHANGED = "unchanged"


BUILT = frozenset({Change.NEW, Change.EXTENDED, Change.UPGRADED, Change.REPLACED})
"""Changes after which more, or something stronger, stands there: "new or upgraded" in one word."""


class Answer(StrEnum):
    """What an analyst says of a candidate."""

    YES = "yes"
    NO = "no"
    CANNOT_TELL = "cannot_tell"


class Reason(StrEnum):
    """Why an analyst said no, or could not tell."""

    NONE = ""
    SHADOW = "shadow"
    SEASON = "season"
    CROP = "crop"
    MISALIGNED = "misaligned"
    CLOUD = "cloud"
    VEHICLE = "vehicle"
    EXISTED_BEFORE = "existed_before"
    TOO_COARSE = "too_coarse"
    OTHER = "other"


class Seen(StrEnum):
    """What one image says of a thing that is known from another."""

    ABSENT = "absent"
    PRESENT = "present"
    NOT_OBSERVABLE = "not_observable"


class Status(StrEnum):
    """What is known of one metre of frontier; every metre has exactly one."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    INDETERMINATE = "indeterminate"
    NOT_COMPARABLE = "not_comparable"
    NOT_EXAMINED = "not_examined"

    @property
    def label(self) -> str:
        """The words to print."""
        return _STATUS_LABELS[self]


_STATUS_LABELS = {
    Status.CHANGED: "changed infrastructure (built, upgraded, replaced or removed)",
    Status.UNCHANGED: "compared, no change confirmed",
    Status.INDETERMINATE: "indeterminate",
    Status.NOT_COMPARABLE: "not comparable (no usable pair of images)",
    Status.NOT_EXAMINED: "not examined",
}


class Held(StrEnum):
    """Where a finding stands after the rule was applied to the verdicts."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    INDETERMINATE = "indeterminate"
    DISPUTED = "disputed"
    IMPORTED = "imported"
    WITHDRAWN = "withdrawn"


class Reading(StrEnum):
    """Which of an analyst's answers about one thing this is."""

    FIRST = ""
    REPEAT = "repeat"
    CONTESTED = "contested"


class Role(StrEnum):
    """What a person may do at the review desk."""

    ANALYST = "analyst"
    ADJUDICATOR = "adjudicator"
    EDITOR = "editor"
    KEEPER = "keeper"


class Design(StrEnum):
    """How stretches of border were chosen to be looked at."""

    SIMPLE = "simple"
    SYSTEMATIC = "systematic"
    STRATIFIED = "stratified"
    SECOND = "second"
    PURPOSIVE = "purposive"
    SWEEP = "sweep"


class Stage(StrEnum):
    """How far something is built, in order."""

    NONE = ""
    CLEARED = "cleared"
    GROUNDWORK = "groundwork"
    PARTIAL = "partial"
    COMPLETE = "complete"
    REMOVED = "removed"


class Life(StrEnum):
    """Whether something was built to stay; images alone seldom say."""

    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    UNKNOWN = "unknown"


class Dating(StrEnum):
    """What the looks at a thing allow to say of its date."""

    NONE = ""
    BRACKETED = "bracketed"
    LEFT_CENSORED = "left-censored"
    RIGHT_CENSORED = "right-censored"
    NOT_ENOUGH_LOOKS = "not enough looks"
    CONFLICTING = "conflicting"


class Basis(StrEnum):
    """What kind of number an estimate is."""

    CONFIRMED = "confirmed"
    ACCOUNT = "account"
    SAMPLED = "sampled"
    BOUNDS = "bounds"
    ASSUMPTION = "assumption"
    CHOSEN_AREA = "chosen area"
    IMPORTED = "imported"
