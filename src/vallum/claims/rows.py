"""A claim as read, or as typed, made a row."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from vallum.claims.draft import ClaimDraft, Time
from vallum.claims.edtf import bracket_of
from vallum.claims.placing import Land, put, put_words
from vallum.claims.stance import is_whole
from vallum.ground.errors import BadSetting
from vallum.ground.kinds import Change
from vallum.ground.saidkinds import Access, Handling, Modality, Precision, Subject
from vallum.ground.statements import Claim, Dated, Exhibit, Placed

READER = "vallum reader"
VERSION = "3"
"""Goes up when the reader changes what it proposes."""
VALLUM = "vallum"

EDITABLE = (
    "statement", "subject", "change", "also", "modality", "quantity_min", "quantity_max",
    "quantity_unit", "qualifier", "places", "dates", "attribution", "access", "handling",
    "embargo_until",
)  # fmt: skip
"""What a person may change of a claim; grades have their own door, and words belong to the text."""

_MIND = ("I", "We", "we", "me")
SELF, OTHER = "the source", "someone else"
"""Who says so, where the words of the text must not be kept."""
_ALL = "entire"
_NOWHERE = "a place that no gazetteer has"
_QUALIFIERS = re.compile(
    r"at least|more than|over|no (?:fewer|less) than|a minimum of|upwards of|exceeding|at most|"
    r"up to|less than|fewer than|no more than|under|a maximum of|nearly|almost|about|around|"
    r"roughly|approximately|some|an estimated|estimated|circa|ca\.|every|(?:tens of )?thousands of|"
    r"hundreds of|dozens of|scores of|tens of|multiple|several|numerous|a few|a couple of|many|"
    r"(?:at )?(?:regular|close|short) intervals|substantial|extensive"
)
"""What the reader can find: words that everybody uses."""
_UNITS = frozenset(
    {"", "km", "m", "mi", "ft", "yd", "count", "layers", "rows", "lines", "m2", "ha"}
)
_PER = re.compile(r"count per \d[\d.,]* (?:km|m|mi|ft|yd)")
_LONGEST = 600
_ALIKE = 8
"""So many words in a row, the same in the statement and in the text, are a quotation."""
_WORD = re.compile(r"[^\W_]+(?:[’'-][^\W_]+)*")
_QUOTED = re.compile(r"[“\"«„][^”\"»“]{12,}[”\"»“]")
EnumT = TypeVar("EnumT", bound=StrEnum)


def row_of(
    draft: ClaimDraft, exhibit: Exhibit, land: Land, *, nth: int = 0, is_protected: bool = False
) -> Claim:
    """Return a proposal as a row.

    Args:
        draft: as read from the working text of `exhibit`.
        exhibit: the evidentiary exhibit; its handling and embargo are taken over.
        land: the frontier on which places are put.
        nth: tells apart claims of the same words and subject.
        is_protected: words of the text stay out of the row: a person's tell who speaks, and whom
            they speak of.
    """
    quantity, changes = draft.quantity, draft.changes
    places = put(draft.places, land)
    made = Claim(
        exhibit=exhibit.id,
        start=draft.start,
        end=draft.end,
        nth=nth,
        subject=draft.kind,
        change=changes[0] if changes else None,
        also=changes[1] if len(changes) > 1 else None,
        modality=draft.modality,
        quantity_min=_number(quantity.low if quantity else None),
        quantity_max=_number(quantity.high if quantity else None),
        quantity_unit=quantity.unit if quantity else "",
        quantity_as_stated=quantity.as_stated if quantity else "",
        qualifier=quantity.qualifier if quantity else "",
        places=places,
        dates=(_dated(draft.time),) if draft.time else (),
        attribution=draft.attribution,
        access=draft.access,
        handling=exhibit.handling,
        embargo_until=exhibit.embargo_until,
        proposed_by=f"{READER} {VERSION}",
        is_simulated=exhibit.is_simulated,
    )
    made = without_words(made) if is_protected else made
    return replace(made, statement=statement_of(made))


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _dated(time: Time) -> Dated:
    return Dated(expression=time.expression, edtf=time.edtf, first=time.first, last=time.last)


def without_words(claim: Claim) -> Claim:
    """Return a claim without the words of its text, which tell who speaks and of whom.

    Places that no gazetteer has lose their name, for it may be that of a person. That a claim
    speaks of all of a place is kept, in one word.
    """
    who = claim.attribution
    if who not in {"", SELF, OTHER}:
        who = SELF if who.split()[0] in _MIND else OTHER
    is_known = _QUALIFIERS.fullmatch(claim.qualifier.casefold()) is not None
    return replace(
        claim,
        attribution=who,
        quantity_as_stated=_ALL if is_whole(replace(claim, statement="")) else "",
        qualifier=claim.qualifier if is_known else "",
        places=tuple(
            replace(
                place,
                as_stated="",
                name=_known_name(place),
            )
            for place in claim.places
        ),
        dates=tuple(replace(dated, expression="") for dated in claim.dates),
    )


def _known_name(place: Placed) -> str:
    """Return what a place is called by a gazetteer, or by its metres."""
    is_typed = place.basis == "person" and not place.country and place.name != "border"
    if place.basis != "text" and not is_typed:
        return place.name
    if place.precision is Precision.UNPLACED:
        return _NOWHERE
    span = place.span
    return f"km {span.start_m / 1000:g}..{span.end_m / 1000:g}" if span and is_typed else place.name


def statement_of(claim: Claim) -> str:
    """Return what a claim says in a fixed wording, made from its fields: never a quotation."""
    parts = [claim.subject.label]
    changes = [str(one) for one in (claim.change, claim.also) if one is not None]
    said = claim.modality.label
    parts.append(f"{' or '.join(changes)}, {said}" if changes and changes != [said] else said)
    if amount := amount_of(claim):
        parts.append(amount)
    if claim.places:
        parts.append("; ".join(where_of(place) for place in claim.places))
    if claim.dates:
        parts.append("; ".join(dated.edtf for dated in claim.dates))
    return ", ".join(parts)


def where_of(place: Placed) -> str:
    """Return a place in words."""
    if place.name == "border":
        return "along the border"
    return f"near {place.name}" if place.is_near else place.name


def amount_of(claim: Claim) -> str:
    """Return how much, in words; empty if nothing is stated."""
    low, high = claim.quantity_min, claim.quantity_max
    unit = claim.quantity_unit.removeprefix("count").strip()
    if math.isnan(low) and math.isnan(high):
        return claim.qualifier
    if low == high:
        about = f"{claim.qualifier} " if claim.qualifier not in {"", "every"} else ""
        return f"{about}{low:g} {unit}".strip()
    if math.isnan(high):
        return f"at least {low:g} {unit}".strip()
    return (
        f"at most {high:g} {unit}" if math.isnan(low) else f"{low:g} to {high:g} {unit}"
    ).strip()


# -- by hand ----------------------------------------------------------------------------------


def changed(
    claim: Claim, changes: Mapping[str, Any], land: Land, *, is_protected: bool = False
) -> Claim:
    """Return a claim with fields changed as a person typed or chose them.

    Args:
        claim: as it stands.
        changes: by name of the field (`EDITABLE`): values, or text as in a form or a table; places
            as in `placing.put_words`, dates as EDTF kept apart by ";".
        land: the frontier on which places are put.
        is_protected: words that could be those of the text are left out, as in `row_of`.

    Raises:
        BadSetting: there is no such field, or the value cannot be one; names the field.
        BadDate: a date is none.
    """
    typed: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in EDITABLE:
            raise BadSetting(
                f"'{name}' cannot be changed in a claim; nothing was changed, choose one of "
                f"{', '.join(EDITABLE)}"
            )
        typed[name] = _read(name, value, claim, land)
    made = replace(claim, **typed)
    low, high = made.quantity_min, made.quantity_max
    if low > high:
        raise BadSetting(
            f"quantity_min {low:g} is larger than quantity_max {high:g}; nothing was changed"
        )
    stated = {"quantity_min", "quantity_max", "quantity_unit", "qualifier"}
    if any(getattr(made, name) != getattr(claim, name) for name in stated & typed.keys()) and not (
        _same_numbers(made, claim)
    ):
        made = replace(made, quantity_as_stated="")
    made = without_words(made) if is_protected else made
    if "statement" not in typed and claim.statement in {"", statement_of(claim)}:
        made = replace(made, statement=statement_of(made))
    return made


def _same_numbers(one: Claim, other: Claim) -> bool:
    names = ("quantity_min", "quantity_max", "quantity_unit", "qualifier")
    return all(str(getattr(one, name)) == str(getattr(other, name)) for name in names)


def _read(name: str, value: Any, claim: Claim, land: Land) -> Any:
    if name in {"quantity_min", "quantity_max"}:
        return _amount(name, value)
    if name == "quantity_unit":
        return _unit(str(value or "").strip())
    if name == "places":
        return _places(value, claim, land)
    if name == "dates":
        return _dates(value, claim)
    if name == "embargo_until":
        return _day(value)
    if name in {"statement", "attribution", "qualifier"}:
        return _text(name, value)
    if name in {"change", "also"}:
        return _choice(Change, name, value) if value not in {None, ""} else None
    kinds: dict[str, type[StrEnum]] = {
        "subject": Subject, "modality": Modality, "access": Access, "handling": Handling,
    }  # fmt: skip
    return _choice(kinds[name], name, value)


def as_subject(value: Any) -> Subject:
    """Return a subject by its value or its label.

    Raises:
        BadSetting: there is none.
    """
    return _choice(Subject, "subject", value)


def as_modality(value: Any) -> Modality:
    """Return a modality by its value or its label.

    Raises:
        BadSetting: there is none.
    """
    return _choice(Modality, "modality", value)


def _choice(kind: type[EnumT], name: str, value: Any) -> EnumT:
    try:
        return kind(str(value).strip().lower().replace(" ", "_").replace("-", "_"))
    except ValueError as error:
        known = ", ".join(one.value for one in kind if one.value)
        raise BadSetting(f"{name} '{value}' is not known; choose one of {known}") from error


def _amount(name: str, value: Any) -> float:
    if value is None or (isinstance(value, str) and not value.strip()):
        return math.nan
    try:
        number = float(value.replace(",", "") if isinstance(value, str) else value)
    except (TypeError, ValueError) as error:
        raise BadSetting(f"{name} '{value}' is no number; write 12, 2.5, or nothing") from error
    if math.isinf(number) or number < 0:
        raise BadSetting(f"{name} '{value}' is no amount; write 12, 2.5, or nothing")
    return number


def _unit(value: str) -> str:
    if value in _UNITS or _PER.fullmatch(value):
        return value
    known = ", ".join(sorted(_UNITS - {""}))
    raise BadSetting(f"unit '{value}' is not known; choose one of {known}, or count per 200 m")


def _places(value: Any, claim: Claim, land: Land) -> tuple[Placed, ...]:
    """Return typed places; those whose name did not change stay as they were put."""
    if not isinstance(value, str):
        if all(isinstance(one, Placed) for one in value):
            return tuple(value)
        value = "; ".join(str(one) for one in value)
    before = {words_of(place): place for place in claim.places}
    found: list[Placed] = []
    for words in (part.strip() for part in value.split(";") if part.strip()):
        found += [before[words]] if words in before else put_words(words, land)
    return tuple(found)


def words_of(place: Placed) -> str:
    """Return a place as it is written in a form, so that it can be told whether it was changed."""
    return f"near {place.name}" if place.is_near else place.name


def _dates(value: Any, claim: Claim) -> tuple[Dated, ...]:
    if not isinstance(value, str):
        if all(isinstance(one, Dated) for one in value):
            return tuple(value)
        value = "; ".join(str(one) for one in value)
    before = {dated.edtf: dated for dated in claim.dates}
    found = []
    for words in (part.strip() for part in value.split(";") if part.strip()):
        if words in before:
            found.append(before[words])
            continue
        bracket = bracket_of(words)
        found.append(Dated(expression="", edtf=words, first=bracket.first, last=bracket.last))
    return tuple(found)


def _day(value: Any) -> date | None:
    if value is None or value == "":
        return None
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError as error:
        raise BadSetting(f"embargo_until '{value}' is no day; write 2026-05-31") from error


def _text(name: str, value: Any) -> str:
    text = " ".join(str(value or "").split())
    if len(text) > _LONGEST:
        raise BadSetting(f"{name} has {len(text)} characters, more than {_LONGEST}; shorten it")
    return text


def check_wording(statement: str, text: str) -> None:
    """Refuse a statement that quotes.

    Args:
        statement: what the desk wrote.
        text: the working text of the exhibit; empty where it has none or is locked away.

    Raises:
        BadSetting: it holds a quotation, or eight words in a row that stand in the text as well.
    """
    if _QUOTED.search(statement) or _runs(statement) & _runs(text):
        raise BadSetting(
            "the statement repeats the words of the exhibit; nothing was kept, write it in your "
            "own words: a quotation can give away who said it, and cannot be taken back"
        )


def _runs(text: str) -> set[tuple[str, ...]]:
    """Return every eight words that stand in a row."""
    words = [word.casefold() for word in _WORD.findall(text)]
    return {tuple(words[i : i + _ALIKE]) for i in range(len(words) - _ALIKE + 1)}


def numbered(drafts: Sequence[ClaimDraft]) -> list[tuple[ClaimDraft, int]]:
    """Return drafts with the number that tells apart those of the same words and subject."""
    seen: dict[tuple[int, int, str], int] = {}
    found = []
    for draft in drafts:
        key = (draft.start, draft.end, str(draft.kind))
        found.append((draft, seen.get(key, 0)))
        seen[key] = seen.get(key, 0) + 1
    return found
