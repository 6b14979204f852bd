"""Names of towns and rivers as two languages write them, so that no side's name stands alone."""

from __future__ import annotations

from functools import cache

from vallum.ground import names
from vallum.ground.names import NamedPlace
from vallum.report.tongue import ENGLISH, spoken

_SCRIPTS = {"KP": "hangul", "CN": "hanzi", "RU": "russian"}
"""How a place is written in its own country."""
_OWN = {"ko": "hangul", "zh-Hans": "hanzi"}
"""How a language writes places of all countries."""
_RIVER = "river"


def both_names(name: str) -> str:
    """Return a place's name in two languages: `Hoeryong (회령)`, in Korean `회령 (Hoeryong)`.

    A border river has the names of both sides: `Yalu (Amnok)`, `압록강 (鸭绿江)`. A name that the
    packaged gazetteer does not hold is returned as it is.

    Args:
        name: in any spelling that the gazetteer knows.
    """
    first, second = two_names(name)
    return f"{first} ({second})" if second else first


def two_names(name: str) -> tuple[str, str]:
    """Return the name as the language writes it, and the other one; empty where there is none."""
    place = _known().get(names.fold(name))
    if place is None:
        return name, ""
    first, second = _river(place) if place.kind == _RIVER else _town(place)
    first = first or second or name
    return first, second if second != first else ""


def _river(place: NamedPlace) -> tuple[str, str]:
    """The names of a river on both of its banks, the reader's own first."""
    hangul, hanzi = place.names.get("hangul", ""), place.names.get("hanzi", "")
    if spoken() == "ko":
        return hangul, hanzi or place.name
    if spoken() == "zh-Hans":
        return hanzi, hangul or place.name
    korean, _, chinese = place.name.partition(" / ")
    return (chinese, korean) if chinese else (place.name, hangul or hanzi)


def _town(place: NamedPlace) -> tuple[str, str]:
    at_home = place.names.get(_SCRIPTS.get(place.country.partition("/")[0], ""), "")
    if spoken() == ENGLISH:
        return place.name, at_home
    own = place.names.get(_OWN.get(spoken(), ""), "")
    return own, place.name if own == at_home else at_home or place.name


@cache
def _known() -> dict[str, NamedPlace]:
    """Packaged places by every way to write them; a name that two share stands for neither."""
    found: dict[str, NamedPlace | None] = {}
    for place in names.places():
        for spelling in {names.fold(one) for one in place.spellings}:
            found[spelling] = None if spelling in found else place
    return {spelling: place for spelling, place in found.items() if place is not None}
