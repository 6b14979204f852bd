"""What all rows share: how a field is declared, how a row is named, and its plain JSON form."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache, cached_property
from types import NoneType, UnionType
from typing import Any, ClassVar, Self, TypeVar, get_args, get_origin, get_type_hints

from shapely import linestrings, points
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from vallum.ground.canonical import canonical
from vallum.ground.span import Span, Spans
from vallum.ground.when import When

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class Level(StrEnum):
    """Who may see a field."""

    PUBLIC = "public"
    DESK = "desk"
    PRIVATE = "private"


def public(meaning: str, *, unit: str = "", default: Any = MISSING, refers: str = "") -> Any:
    """Declare a field that may be published."""
    return _declared(Level.PUBLIC, meaning, unit, default, refers)


def desk(meaning: str, *, unit: str = "", default: Any = MISSING, refers: str = "") -> Any:
    """Declare a field that stays with the people who work on the project."""
    return _declared(Level.DESK, meaning, unit, default, refers)


def private(meaning: str, *, unit: str = "", default: Any = MISSING) -> Any:
    """Declare a field that no table, page or file ever shows."""
    return _declared(Level.PRIVATE, meaning, unit, default, "")


def _declared(level: Level, meaning: str, unit: str, default: Any, refers: str) -> Any:
    notes = {"level": level, "meaning": meaning, "unit": unit, "refers": refers}
    if default is MISSING:
        return field(metadata=notes)
    return field(default=default, metadata=notes)


@dataclass(frozen=True, kw_only=True)
class Row:
    """What all rows share: an id that follows from the fields in `NAMED_BY`, and their run."""

    NAMED_BY: ClassVar[tuple[str, ...]] = ()
    NAMED_IF_SET: ClassVar[tuple[str, ...]] = ()
    """Fields that came later: they are part of the name only where they hold something."""
    PREFIX: ClassVar[str] = ""

    run: str = public("the run that wrote the row", default="", refers="Run")

    @cached_property
    def id(self) -> str:
        """A name that is the same whenever the fields in `NAMED_BY` are the same."""
        values = [to_json(getattr(self, name)) for name in self.NAMED_BY]
        values += [
            [name, to_json(getattr(self, name))]
            for name in self.NAMED_IF_SET
            if getattr(self, name)
        ]
        digest = hashlib.sha256(canonical([type(self).__name__, *values])).digest()
        return f"{self.PREFIX}-{base64.b32encode(digest[:10]).decode().lower()}"

    @classmethod
    def kind(cls) -> str:
        """The name of the row kind, as in the ledger."""
        return cls.__name__

    def parents(self) -> tuple[str, ...]:
        """Ids of the rows this one stands on, without its run."""
        found: list[str] = []
        for entry in fields(self):
            if entry.metadata.get("refers", "") and entry.name != "run":
                value = getattr(self, entry.name)
                found.extend(value if isinstance(value, tuple) else [value] if value else [])
        return tuple(found)

    def body(self) -> dict[str, Json]:
        """Return the fields as plain JSON values; the canonical form that the ledger hashes."""
        return {entry.name: to_json(getattr(self, entry.name)) for entry in fields(self)}

    def same_as(self, other: Row) -> bool:
        """Say whether two rows hold the same, no matter which run wrote them."""
        return type(self) is type(other) and all(
            _is_same(getattr(self, entry.name), getattr(other, entry.name))
            for entry in fields(self)
            if entry.name != "run"
        )

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        """Rebuild a row from what `body` returned; fields unknown to this version are ignored."""
        return _made(cls, body)


@dataclass(frozen=True, kw_only=True)
class Value:
    """A few fields that belong together inside a row; it has no id of its own."""

    def body(self) -> dict[str, Json]:
        """Return the fields as plain JSON values."""
        return {entry.name: to_json(getattr(self, entry.name)) for entry in fields(self)}

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        """Rebuild a value from what `body` returned; unknown fields are ignored."""
        return _made(cls, body)


def _is_same(one: Any, other: Any) -> bool:
    """Say whether two values of a field have one JSON form; equal ones do, others may."""
    return (type(one) is type(other) and one == other) or to_json(one) == to_json(other)


def to_json(value: Any) -> Json:
    """Turn a field's value into plain JSON; NaN becomes null, geometry GeoJSON at 8 decimals."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        # A file name need not be valid UTF-8; what is kept must be.
        return str(value).encode("utf-8", "replace").decode()
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone; times are kept in UTC")
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, When):
        return str(value)
    if isinstance(value, Value):
        return value.body()
    if isinstance(value, Span):
        return [value.start_m, value.end_m]
    if isinstance(value, Spans | tuple | list):
        return [to_json(part) for part in value]
    if isinstance(value, BaseGeometry):
        return _rounded(mapping(value))
    raise TypeError(f"no JSON form for {type(value).__name__}")


def _rounded(value: Any) -> Json:
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a shape has a coordinate that is no number")
    # 8 decimals of a degree are about a millimetre: a round trip changes nothing.
    return round(float(value), 8) if isinstance(value, float) else value


Reader = Callable[[Any], Any]
Made = TypeVar("Made", bound="Row | Value")


def _made(cls: type[Made], body: Mapping[str, Any]) -> Made:
    """Return a row or value with the fields that a body holds."""
    made = object.__new__(cls)
    held = made.__dict__
    try:
        for name, plain, read in _plan(cls):  # type: ignore[arg-type]
            value = body[name]
            held[name] = value if value.__class__ is plain else read(value)
    except (LookupError, TypeError):
        # One of an older version, whose missing fields have defaults, or a bad one.
        readers = _readers(cls)  # type: ignore[arg-type]
        return cls(**{name: readers[name](body[name]) for name in readers if name in body})
    return made


@cache
def _plan(cls: type[Row] | type[Value]) -> tuple[tuple[str, type | None, Reader], ...]:
    """Return the fields of a class: name, class of JSON values that stay as they are, reader."""
    if hasattr(cls, "__post_init__"):
        raise TypeError(f"{cls.__name__} checks itself: it is made by its own constructor only")
    hints = get_type_hints(cls)
    return tuple((entry.name, *_quick(hints[entry.name])) for entry in fields(cls))


def _quick(hint: Any) -> tuple[type | None, Reader]:
    """Return the class of JSON values that stay as they are, and what reads most of the others.

    It raises `LookupError` or `TypeError` where only `_reader` can tell.
    """
    if get_origin(hint) is UnionType:
        return NoneType, _quick(next(part for part in get_args(hint) if part is not NoneType))[1]
    if get_origin(hint) is tuple:
        item = get_args(hint)[0]
        quick = item if item in _PLAIN else _quick(item)[1]
        return None, lambda value: tuple(map(quick, value))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return None, {member.value: member for member in hint}.__getitem__
    return (hint if hint in _PLAIN else None), _reader(hint)


@cache
def _readers(cls: type[Row] | type[Value]) -> dict[str, Reader]:
    hints = get_type_hints(cls)
    return {entry.name: _reader(hints[entry.name]) for entry in fields(cls)}


def _reader(hint: Any) -> Reader:
    """Return the function that turns JSON back into a value of type `hint`."""
    if get_origin(hint) is UnionType:
        inner = _reader(next(part for part in get_args(hint) if part is not NoneType))
        return lambda value: None if value is None else inner(value)
    if get_origin(hint) is tuple:
        item = _reader(get_args(hint)[0])
        return lambda value: tuple(item(part) for part in value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    if isinstance(hint, type) and issubclass(hint, Value):
        return hint.from_body
    return _READERS[hint]


def _shape(value: Any) -> BaseGeometry:
    """Return a geometry; points and lines, which most are, without looking at every number."""
    try:
        make = _SHAPES.get(value["type"])
        if make is not None and value["coordinates"]:
            made = make(value["coordinates"])
            if isinstance(made, BaseGeometry):
                return made
    except (TypeError, ValueError):
        pass  # whatever is wrong, the library says it
    return shape(value)


_SHAPES: dict[Any, Reader] = {"Point": points, "LineString": linestrings}
_PLAIN = frozenset({str, int, bool, float})
_READERS: dict[Any, Reader] = {
    str: str,
    int: int,
    bool: bool,
    float: lambda value: math.nan if value is None else float(value),
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    When: When.parse,
    Span: lambda value: Span(*value),
    Spans: lambda value: Spans([Span(*part) for part in value]),
    BaseGeometry: _shape,
}


def field_notes(entry: Field[Any]) -> tuple[Level, str, str]:
    """Return level, meaning and unit of a field; an undeclared field is private."""
    notes = entry.metadata
    return notes.get("level", Level.PRIVATE), notes.get("meaning", ""), notes.get("unit", "")
