"""A claim as the machine proposes it: what, how many, where, when, and who says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from vallum.ground.kinds import Change
from vallum.ground.names import NamedPlace
from vallum.ground.saidkinds import Access, Modality, Precision, Subject
from vallum.ground.when import When


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """An amount as stated; an end that is not stated is None.

    Attributes:
        low: smallest amount it can mean, in `unit`.
        high: largest amount, None after "at least", "hundreds of".
        unit: km, m, mi, ft, ...; "count"; "layers"; "count per 200 m".
        qualifier: "at least", "about", "hundreds of", "regular intervals"; empty if none.
        as_stated: the words.
    """

    low: float | None = None
    high: float | None = None
    unit: str = "count"
    qualifier: str = ""
    as_stated: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return {
            "min": self.low,
            "max": self.high,
            "unit": self.unit,
            "qualifier": self.qualifier,
            "as_stated": self.as_stated,
        }


@dataclass(frozen=True, kw_only=True)
class Place:
    """One place that a claim names.

    Attributes:
        name: as in the gazetteer; "border" for the whole; as stated where it cannot be placed.
        as_stated: the words.
        precision: `unplaced` where no gazetteer has it.
        country: ISO codes, "CN/KP" for both banks; empty if unknown.
        lon: degrees east, None where it has no point.
        lat: degrees north.
        within_m: how far off the point may be.
        rivals: other places of the same name.
        kind: city, county, river, province, ...; empty where no gazetteer has it.
        is_near: stated as near the place, not at it.
        is_opposite: stated as across the line from it.
        off_m: stated distance from it, in metres.
        bank: country whose side is stated, "both" for both; empty if not said.
        is_end: the far end of "from A to B"; the place before it is the near end.
        also: what the rivals are, for whoever puts the place on a line.
    """

    name: str
    as_stated: str
    precision: Precision
    country: str = ""
    lon: float | None = None
    lat: float | None = None
    within_m: int | None = None
    rivals: tuple[str, ...] = ()
    kind: str = ""
    is_near: bool = False
    is_opposite: bool = False
    off_m: int = 0
    bank: str = ""
    is_end: bool = False
    also: tuple[NamedPlace, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return {
            "name": self.name,
            "as_stated": self.as_stated,
            "precision": str(self.precision),
            "near": self.is_near,
            "country": self.country,
            "lon": self.lon,
            "lat": self.lat,
            "within_m": self.within_m,
            "rivals": [*self.rivals],
        }


@dataclass(frozen=True, kw_only=True)
class Time:
    """When, as stated and in days.

    Attributes:
        expression: the words.
        edtf: ISO 8601-2 (EDTF level 1); open ends as "..".
        first: first day it can mean; None where open.
        last: last day it can mean; None where open.
    """

    expression: str
    edtf: str
    first: date | None
    last: date | None

    @property
    def when(self) -> When | None:
        """The bracket of days; None where an end is open."""
        return When(self.first, self.last) if self.first and self.last else None

    def to_json(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return {
            "expression": self.expression,
            "edtf": self.edtf,
            "first": self.first.isoformat() if self.first else None,
            "last": self.last.isoformat() if self.last else None,
        }


@dataclass(frozen=True, kw_only=True)
class ClaimDraft:
    """One thing that a text states, as a suggestion; a person approves it, or not.

    Attributes:
        start: first character, in the text as read.
        end: one past the last.
        text: the words that stand there.
        sentence: first character of its sentence, and one past the last.
        kind: what it speaks of.
        changes: what happened to it; two for "new or upgraded"; empty if nothing is said.
        modality: how far it is.
        quantity: how much; None if not stated.
        places: where; empty if not stated.
        time: when; None if not stated.
        attribution: who says so, as stated; empty for the text's own voice.
        access: how whoever says so came to know it.
    """

    start: int
    end: int
    text: str
    sentence: tuple[int, int]
    kind: Subject
    modality: Modality
    changes: tuple[Change, ...] = ()
    quantity: Quantity | None = None
    places: tuple[Place, ...] = field(default=())
    time: Time | None = None
    attribution: str = ""
    access: Access = Access.UNKNOWN

    @property
    def when(self) -> When | None:
        """The bracket of days; None where none is stated, or an end is open."""
        return self.time.when if self.time else None

    def to_json(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return {
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "sentence": [*self.sentence],
            "kind": str(self.kind),
            "change": str(self.changes[0]) if self.changes else None,
            "changes": [str(change) for change in self.changes],
            "modality": str(self.modality),
            "quantity": self.quantity.to_json() if self.quantity else None,
            "place": "; ".join(place.name for place in self.places) or None,
            "places": [place.to_json() for place in self.places],
            "date": self.time.to_json() if self.time else None,
            "attribution": self.attribution,
            "access": str(self.access),
        }
