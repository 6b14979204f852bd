"""Placing photographs at the desk: the camera goes into the vault, where the thing stands is told.

Nothing here returns a camera but `camera` and `stated_camera`, for the keeper who has the vault
open and asks; that it was looked at is on the ledger first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from vallum.evidence.consent import agreed
from vallum.evidence.views import View
from vallum.ground.errors import BadInput, NotThere, VallumError
from vallum.ground.kinds import LINES, Kind
from vallum.ground.records import Depicted, Finding
from vallum.ground.saidkinds import Paper, Scope
from vallum.ground.statements import Exhibit
from vallum.steps import viewing
from vallum.steps.desk import Person
from vallum.steps.desk_keyring import needs_key
from vallum.steps.desk_said import Said
from vallum.steps.done import known

Way = Literal["crossing", "line", "distance", "image"]
_PICTURES = {Paper.PHOTO, Paper.VIDEO}
_NAMES = re.compile(r"\b(?:exhibit|finding)-[a-z2-7]{16}\b")
_MOST_LINES = 300


# -- what is told ---------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ThingTold:
    """Where a thing stands that a picture shows; of a hidden source no point and whole cells."""

    number: int
    kind: Kind | None
    point: tuple[float, float] | None
    start_m: int | None
    end_m: int | None
    precision_m: float | None
    method: str
    by: str
    is_coarse: bool


@dataclass(frozen=True, kw_only=True)
class OtherView:
    """A view that may cross with another one."""

    ticket: str
    title: str
    number: int


@dataclass(frozen=True, kw_only=True)
class LineTold:
    """A finding that a thing may stand on."""

    ticket: str
    kind: Kind
    start_m: int
    end_m: int


@dataclass(frozen=True, kw_only=True)
class Views:
    """What is placed of a picture; which views there are, and nothing of what they say."""

    is_picture: bool
    is_film: bool
    why_not: str
    has_vault: bool
    is_open: bool
    numbers: tuple[int, ...]
    things: tuple[ThingTold, ...]
    others: tuple[OtherView, ...]
    lines: tuple[LineTold, ...]
    n_taken_back: int = 0


@dataclass(frozen=True, kw_only=True, repr=False)
class Camera:
    """Where a camera stood and looked; for the keeper's eyes, and never for a log."""

    lon: float
    lat: float
    bearing_deg: float | None
    fov_deg: float | None
    distance_m: float | None = None
    error_m: float | None = None
    bearing_error_deg: float | None = None

    def __repr__(self) -> str:
        return "Camera()"


@dataclass(frozen=True, kw_only=True)
class ThingWish:
    """What stands in a picture, and by which one way it is placed."""

    way: Way
    number: int = 1
    kind: Kind | None = None
    beside: tuple[tuple[str, int], ...] = ()
    on: str = ""
    distance_m: float | None = None
    error_m: float = 50.0
    at_share: float = 0.5
    at: tuple[float, float] | None = None


def views(said: Said, person: Person, ticket: str, n_taken_back: int = 0) -> Views:
    """Return what is placed of a picture.

    Raises:
        NoTicket: there is no such paper for this person.
    """
    with said.lock:
        exhibit = said.exhibit(person, ticket)
        every = viewing.all_views(said.project)
        rows = [row for row in said.project.rows(Depicted) if row.exhibit == exhibit.id]
        is_picture = exhibit.paper in _PICTURES
        return Views(
            is_picture=is_picture,
            is_film=exhibit.paper is Paper.VIDEO,
            why_not=_why_not(said, exhibit) if is_picture else "",
            has_vault=bool(said.project.config.vault.folder),
            is_open=said.keyring.is_mine(person),
            numbers=tuple(sorted(every.get(exhibit.id, {}))),
            things=tuple(
                _thing(row)
                for row in sorted(rows, key=lambda row: row.number)
                if not row.is_withdrawn
            ),
            others=_others(said, person, exhibit, every) if is_picture else (),
            lines=_lines(said, person) if is_picture else (),
            n_taken_back=n_taken_back,
        )


def _why_not(said: Said, exhibit: Exhibit) -> str:
    source = said.rows.source_of(exhibit)
    if source is None:
        return "nobody knows whose it is"
    return agreed(source, Scope.ANALYSE, datetime.now(UTC).date())


def _thing(row: Depicted) -> ThingTold:
    point = row.shape.centroid if row.shape is not None else None
    return ThingTold(
        number=row.number,
        kind=row.category,
        point=(round(point.x, 5), round(point.y, 5)) if point is not None else None,
        start_m=row.span.start_m if row.span is not None else None,
        end_m=row.span.end_m if row.span is not None else None,
        precision_m=known(row.precision_m),
        method=row.method,
        by=row.by,
        is_coarse=point is None,
    )


def _others(
    said: Said, person: Person, exhibit: Exhibit, every: dict[str, dict[int, str]]
) -> tuple[OtherView, ...]:
    """Return the views that are placed; of the picture itself too, as of the frames of a film."""
    papers = said.rows.all(Exhibit)
    found = []
    for name, numbers in every.items():
        paper = papers.get(name)
        if paper is None or not said.sees_exhibit(person, paper):
            continue
        row = said.exhibit_row(person, paper)
        title = "" if paper.id == exhibit.id or row.is_protected else row.title or row.name
        found += [OtherView(ticket=row.ticket, title=title, number=n) for n in sorted(numbers)]
    return tuple(found)


def _lines(said: Said, person: Person) -> tuple[LineTold, ...]:
    """Return the lines that people found, in order of chainage."""
    rows = [
        row
        for row in said.project.rows(Finding)
        if row.category in LINES and row.shape is not None and not row.shape.is_empty
    ]
    rows.sort(key=lambda row: (row.span.start_m, row.span.end_m))
    return tuple(
        LineTold(
            ticket=said.ticket(person, row.id),
            kind=row.category,
            start_m=row.span.start_m,
            end_m=row.span.end_m,
        )
        for row in rows[:_MOST_LINES]
    )


# -- the camera -----------------------------------------------------------------------------------


def place(said: Said, person: Person, ticket: str, view: View, *, number: int = 1) -> Views:
    """Lock a camera point and view away; what was there under its number is deleted.

    Raises:
        NoTicket: there is no such paper for this person.
        VallumError: as `viewing.place_view`.
    """
    with said.lock, _without_names():
        exhibit = said.exhibit(person, ticket)
        done = viewing.lock_view(said.project, exhibit.id, view, number=number, by=person.name)
        n_back = done.facts["n_taken_back"]
        return views(said, person, ticket, n_back if isinstance(n_back, int) else 0)


def remove(said: Said, person: Person, ticket: str, number: int) -> Views:
    """Delete a view, and take back what was placed by it.

    Raises:
        NoTicket: there is no such paper for this person.
        NotThere: there is no such view.
    """
    with said.lock, _without_names():
        exhibit = said.exhibit(person, ticket)
        done = viewing.remove_view(
            said.project, exhibit.id, number=number, by=person.name, yes=True
        )
        n_back = done.facts["n"]
        return views(said, person, ticket, n_back if isinstance(n_back, int) else 0)


def camera(said: Said, person: Person, ticket: str, number: int) -> Camera:
    """Return where a picture was taken; that it was looked at is on the ledger first.

    Raises:
        NoTicket: there is no such paper for this person.
        NotOpened: the vault is not open for this person.
        NotThere: there is no such view.
    """
    with said.lock, _without_names():
        exhibit = said.exhibit(person, ticket)
        keys = needs_key(said.keyring, person)
        if not viewing.view_name(said.project, exhibit.id, number):
            raise NotThere(f"nobody has placed view {number} of it; nothing was opened, place it")
        said.note_look(person, exhibit.id, always=True)
        view = viewing.view_of(said.project, exhibit.id, *keys, number=number)
    return Camera(
        lon=view.lon,
        lat=view.lat,
        bearing_deg=view.bearing_deg,
        fov_deg=view.fov_deg,
        distance_m=view.distance_m,
        error_m=view.error_m,
        bearing_error_deg=view.bearing_error_deg,
    )


def stated_camera(said: Said, person: Person, ticket: str) -> Camera | None:
    """Return what the file itself says of its camera; None where it says nothing.

    Raises:
        NoTicket: there is no such paper for this person.
        NotOpened: the vault is not open for this person.
    """
    with said.lock, _without_names():
        exhibit = said.exhibit(person, ticket)
        keys = needs_key(said.keyring, person)
        said.note_look(person, exhibit.id, always=True)
        told = viewing.stated_view(said.project, exhibit.id, *keys)
    if not {"lon", "lat"} <= set(told):
        return None
    return Camera(
        lon=told["lon"],
        lat=told["lat"],
        bearing_deg=told.get("bearing_deg"),
        fov_deg=told.get("fov_deg"),
    )


# -- the thing ------------------------------------------------------------------------------------


def thing(said: Said, person: Person, ticket: str, wish: ThingWish) -> Views:
    """Keep where a thing stands that a picture shows.

    Raises:
        NoTicket: there is no such paper, or finding, for this person.
        NotOpened: the way needs a view, and the vault is not open for this person.
        VallumError: as `viewing.depict`.
    """
    with said.lock, _without_names():
        exhibit = said.exhibit(person, ticket)
        keys = () if wish.way == "image" else needs_key(said.keyring, person)
        viewing.depict(
            said.project,
            exhibit.id,
            category=wish.kind,
            number=wish.number,
            keys=keys,
            at_share=wish.at_share,
            error_m=wish.error_m,
            by=person.name,
            **_by_its_way(said, person, exhibit, wish),
        )
        return views(said, person, ticket)


def _by_its_way(said: Said, person: Person, exhibit: Exhibit, wish: ThingWish) -> dict[str, Any]:
    """Return what the chosen way of placing needs, and nothing of the others.

    Raises:
        BadInput: it is missing.
    """
    if wish.way == "crossing":
        beside = [(said.exhibit(person, name).id, nth) for name, nth in wish.beside]
        _need(beside, "a second view that is placed")
        if (exhibit.id, wish.number) in beside:
            raise BadInput("a view does not cross itself; nothing was placed, choose another one")
        return {"beside": beside}
    if wish.way == "line":
        _need(wish.on, "a line on the ground")
        is_border = wish.on == viewing.LINE
        return {"on": viewing.LINE if is_border else said.read(person, Finding, wish.on)}
    if wish.way == "distance":
        _need(wish.distance_m, "the distance in metres")
        return {"distance_m": wish.distance_m}
    _need(wish.at, "longitude and latitude")
    return {"at": wish.at}


def _need(value: object, what: str) -> None:
    if value is None or (isinstance(value, Sequence) and not value):
        raise BadInput(f"this way of placing needs {what}; nothing was placed, give it")


@contextmanager
def _without_names() -> Iterator[None]:
    """Let errors through without the names of rows, which mean nothing on the page."""
    try:
        yield
    except VallumError as error:
        text = str(error)
        if _NAMES.search(text) is None:
            raise
        told = _NAMES.sub("this picture", text).replace("this picture: ", "")
        raise type(error)(told) from None
