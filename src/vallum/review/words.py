"""What people type into a table, and what it means."""

from __future__ import annotations

import re
import unicodedata

from vallum.ground.kinds import Answer, Change, Kind, Reason

EXISTED = "existed"
"""What `answer` returns for a thing that stood there before."""

_ANSWERS: dict[str, str] = {
    **dict.fromkeys(("yes", "y", "1", "true", "t", "ok", "a", "예", "네", "是"), Answer.YES.value),
    **dict.fromkeys(
        ("no", "n", "0", "false", "f", "x", "nothing", "none", "아니오", "아니요", "否"),
        Answer.NO.value,
    ),
    **dict.fromkeys(
        (
            "cannot_tell", "can_not_tell", "cant_tell", "can't_tell", "unsure", "not_sure",
            "unknown", "unclear", "maybe", "?", "u", "모름", "不确定", "不確定",
        ),
        Answer.CANNOT_TELL.value,
    ),
    **dict.fromkeys(
        (
            "existed", "existed_before", "exists", "old", "e", "already_there", "there_already",
            "stood_before", "there_before",
        ),
        EXISTED,
    ),
    **{change.value: change.value for change in Change},
    **dict.fromkeys(
        ("upgrade", "improved", "reinforced", "strengthened"), Change.UPGRADED.value
    ),
    **dict.fromkeys(("extend", "extension", "lengthened"), Change.EXTENDED.value),
    **dict.fromkeys(("replace", "replacement", "rebuilt"), Change.REPLACED.value),
    **dict.fromkeys(("r", "gone", "dismantled", "demolished"), Change.REMOVED.value),
}  # fmt: skip

_KINDS: dict[str, Kind] = {
    **{kind.value: kind for kind in Kind},
    "wire_fence": Kind.FENCE,
    "wire": Kind.FENCE,
    "concrete_wall": Kind.WALL,
    "double": Kind.DOUBLE_FENCE,
    "post": Kind.GUARD_POST,
    "guardpost": Kind.GUARD_POST,
    "tower": Kind.WATCHTOWER,
    "watch_tower": Kind.WATCHTOWER,
    "guard_tower": Kind.WATCHTOWER,
    "road": Kind.PATROL_ROAD,
    "track": Kind.PATROL_ROAD,
    "strip": Kind.CLEARED_STRIP,
    "house": Kind.BUILDING,
    "barracks": Kind.BUILDING,
}

_REASONS: dict[str, Reason] = {
    **{reason.value: reason for reason in Reason if reason.value},
    "shadow/sun": Reason.SHADOW,
    "sun": Reason.SHADOW,
    "season/snow": Reason.SEASON,
    "snow": Reason.SEASON,
    "crop/field": Reason.CROP,
    "field": Reason.CROP,
    "misalignment": Reason.MISALIGNED,
    "shift": Reason.MISALIGNED,
    "cloud/haze": Reason.CLOUD,
    "haze": Reason.CLOUD,
    "parked_vehicle": Reason.VEHICLE,
    "car": Reason.VEHICLE,
    "existed": Reason.EXISTED_BEFORE,
    "exists": Reason.EXISTED_BEFORE,
    "old": Reason.EXISTED_BEFORE,
    "coarse": Reason.TOO_COARSE,
    "resolution": Reason.TOO_COARSE,
    "blurry": Reason.TOO_COARSE,
}


def plain(text: str) -> str:
    """Return a word without case, surrounding marks, and differences of space and hyphen."""
    text = (
        unicodedata.normalize("NFKC", text)
        .replace("’", "'")
        .strip()
        .strip("'\"‘’“”")
        .strip()
        .casefold()
    )
    return re.sub(r"[\s\-_]+", "_", text)


def answer(text: str) -> Answer | Change | str | None:
    """Return the answer, the kind of change that was typed instead, `EXISTED`, or None."""
    meant = _ANSWERS.get(plain(text))
    if meant is None or meant == EXISTED:
        return meant
    return Answer(meant) if meant in set(Answer) else Change(meant)


def kind(text: str) -> Kind | None:
    """Return the class of structure, or None."""
    word = plain(text)
    return _KINDS.get(word) or _KINDS.get(word.removesuffix("s"))


def reason(text: str) -> Reason | None:
    """Return the reason, or None."""
    word = plain(text)
    return _REASONS.get(word) or _REASONS.get(word.removesuffix("s"))


def change(text: str) -> Change | None:
    """Return the kind of change, or None."""
    meant = answer(text)
    if meant == EXISTED:
        return Change.UNCHANGED
    return meant if isinstance(meant, Change) else None


CHOICES = {
    "answer": [item.value for item in Answer],
    "class": [item.value for item in Kind],
    "reason": [item.value for item in Reason if item.value],
    "change": [item.value for item in Change],
}
"""What each column that people fill in may hold."""


def choices(column: str) -> str:
    """Return the list of words to print when a value was not understood."""
    return ", ".join(word.replace("_", " ") for word in CHOICES[column])
