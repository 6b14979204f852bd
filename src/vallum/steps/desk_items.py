"""What the page is told of one thing to judge: places, images, nothing that it must not know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import lru_cache
from typing import Any, cast

import numpy as np

from vallum.frontier import Frontier
from vallum.ground import names
from vallum.ground.geodesy import offsets_m
from vallum.ground.kinds import Answer, Change, Kind, Reading, Reason
from vallum.ground.records import (
    Candidate,
    Finding,
    Remark,
    Sample,
    Verdict,
    to_json,
)
from vallum.ground.span import Span
from vallum.steps.desk_images import Image, Reader, images_of
from vallum.steps.desk_mirror import Mirror
from vallum.steps.desk_places import Pair, Where, map_bearing
from vallum.steps.desk_ticket import ThingKind
from vallum.steps.done import known

GeoJson = dict[str, Any]
"""A shape as the page gets it, EPSG:4326."""

_NEAREST_M, _FARTHEST_M, _POST_M = 200.0, 1500.0, 120.0
_NAMED_M = 25_000.0
_BORDER_M = 1000


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing to judge, as it stands in a queue.

    Args:
        ticket: what it is called in this person's browser.
        kind: candidate, frame (a stretch to look at) or finding (to be dated).
        span: its metres of frontier.
        at_m: chainage of its middle.
        off_m: offset of its middle, left negative.
        centre: longitude and latitude of its middle.
        bearing_deg: up on a map on which the border runs from left to right.
        length_m: length of the line; 0 for a post.
        category: class as suggested; None when blind, or a frame.
        change: what happened as suggested; None likewise.
        score: strength of the evidence; None likewise.
        group: shared by a line and the posts beside it.
        n_group: things in the group.
        answer: my own answer.
        is_flagged: I flagged it.
    """

    ticket: str
    kind: ThingKind
    span: tuple[int, int]
    at_m: int
    off_m: float
    centre: tuple[float, float]
    bearing_deg: float
    length_m: float
    category: Kind | None = None
    change: Change | None = None
    score: float | None = None
    group: str = ""
    n_group: int = 0
    answer: Answer | None = None
    is_flagged: bool = False


@dataclass(frozen=True, kw_only=True)
class Said:
    """An answer as its own author sees it."""

    ticket: str
    answer: Answer
    category: Kind | None
    change: Change | None
    reason: Reason
    shape: GeoJson | None
    at: datetime | None
    seq: int


@dataclass(frozen=True, kw_only=True)
class Other:
    """Somebody else's answer, without a name; for adjudicators only."""

    label: str
    answer: Answer
    category: Kind | None
    change: Change | None
    reason: Reason
    shape: GeoJson | None
    is_contested: bool


@dataclass(frozen=True, kw_only=True)
class Chance:
    """What a thing may be, and how probable that is."""

    kind: Kind
    p: float


@dataclass(frozen=True, kw_only=True)
class GroupShape:
    """Something else of the same group."""

    ticket: str
    shape: GeoJson
    category: Kind | None


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where it is, in words."""

    name: str
    names: dict[str, str]
    side: str
    side_name: str


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Which image to look at next to date a thing, and what is known so far."""

    scene: str
    first_seen: date | None
    last_absent: date | None
    built: tuple[date, date] | None = None
    removed: tuple[date, date] | None = None
    conflicts: tuple[str, ...] = ()
    n_left: int = 0


@dataclass(frozen=True, kw_only=True)
class ItemFull(Item):
    """One thing to judge with all that is needed to judge it.

    Args:
        shape: GeoJSON; None for a frame.
        kinds: what it may be; None when blind.
        flags: what an analyst should know of it; empty when blind.
        evidence: decades of evidence for each ten metres; None when blind.
        group_shapes: the others of its group, empty when blind; in a frame, my own drawings.
        place: where it is, in words.
        zoom_m: metres to show across.
        border: the frontier line for a kilometre to each side, longitude and latitude.
        images: the pair first, then all others that show the place, by date.
        before: earlier image of the pair.
        after: later image of the pair.
        based_on: state of the project that this shows; send it back with the answer.
        mine: my own answer.
        others: for an adjudicator, what the others said.
        ask: for a finding, which image to look at next.
        remark: what I wrote when I flagged it.
    """

    shape: GeoJson | None = None
    kinds: tuple[Chance, ...] | None = None
    flags: tuple[str, ...] = ()
    evidence: tuple[float, ...] | None = None
    group_shapes: tuple[GroupShape, ...] = ()
    place: Place
    zoom_m: float
    border: tuple[tuple[float, float], ...]
    images: tuple[Image, ...] = ()
    before: str
    after: str
    based_on: int
    mine: Said | None = None
    others: tuple[Other, ...] = ()
    ask: Ask | None = None
    remark: str = ""


def geojson(shape: object) -> GeoJson | None:
    """Return a shape as GeoJSON."""
    return None if shape is None else cast("GeoJson", to_json(shape))


# -- one line of a queue ------------------------------------------------------------------------


def candidate_item(mirror: Mirror, row: Candidate, by: Reader) -> Item:
    """Return a candidate as it stands in a queue."""
    where = mirror.wheres_of([row])[row.id]
    own = mirror.own(by.name, row.id, by.thing.reading)
    members = mirror.groups.get(row.group, []) if row.group and not by.is_blind else []
    return Item(
        ticket=by.ticket,
        kind=by.thing.kind,
        span=(row.span.start_m, row.span.end_m),
        at_m=where.at_m,
        off_m=round(where.off_m, 1),
        centre=(where.lon, where.lat),
        bearing_deg=round(where.bearing_deg, 2),
        length_m=row.length_m,
        category=None if by.is_blind else row.category,
        change=None if by.is_blind else row.change,
        score=None if by.is_blind else known(row.score),
        group="" if by.is_blind else row.group,
        n_group=len(members),
        answer=own.answer if own is not None else None,
        is_flagged=_remark(mirror, by, row.id) is not None,
    )


def frame_where(frontier: Frontier, row: Sample) -> Where:
    """Return where the middle of a stretch is."""
    at_m = row.span.middle_m
    lon, lat = frontier.points_at([at_m])
    bearing = map_bearing(frontier.bearings_at([at_m]))
    return Where(
        at_m=int(at_m), off_m=0.0, lon=float(lon[0]), lat=float(lat[0]),
        bearing_deg=float(bearing[0]),
    )  # fmt: skip


def frame_item(mirror: Mirror, row: Sample, by: Reader) -> Item:
    """Return a stretch as it stands in a queue."""
    where = mirror.derived(("frame", row.id), (), lambda: frame_where(mirror.project.frontier, row))
    own = mirror.own(by.name, row.id, by.thing.reading)
    return Item(
        ticket=by.ticket,
        kind="frame",
        span=(row.span.start_m, row.span.end_m),
        at_m=where.at_m,
        off_m=0.0,
        centre=(where.lon, where.lat),
        bearing_deg=round(where.bearing_deg, 2),
        length_m=float(row.span.length_m),
        answer=own.answer if own is not None else None,
        is_flagged=_remark(mirror, by, row.id) is not None,
    )


def _remark(mirror: Mirror, by: Reader, about: str) -> Remark | None:
    """Return a person's flag on a thing; a second asking does not show it."""
    if by.thing.reading is Reading.REPEAT:
        return None
    row = mirror.remark_of(about, by.name)
    return row if row is not None and row.is_flagged else None


# -- everything about one thing -------------------------------------------------------------------


def full_candidate(
    mirror: Mirror,
    row: Candidate,
    pair: Pair,
    by: Reader,
    *,
    tickets: dict[str, str],
    finding: Finding | None = None,
    ask: Ask | None = None,
) -> ItemFull:
    """Return a candidate, or what it became, with all that is needed to judge or date it.

    Args:
        mirror: rows in memory.
        row: the candidate.
        pair: images to look at first.
        by: who looks.
        tickets: ticket of each other thing of its group.
        finding: what is held to be there, when it is dated.
        ask: which image to look at next, when it is dated.
    """
    item = candidate_item(mirror, row, by)
    own = mirror.own(by.name, row.id, by.thing.reading)
    shape = finding.shape if finding is not None else row.shape
    remark = _remark(mirror, by, row.id)
    is_blind = by.is_blind
    return ItemFull(
        **_plain(item),
        shape=geojson(shape),
        kinds=None if is_blind else tuple(_chances(row)),
        flags=() if is_blind else row.flags,
        evidence=None if is_blind else row.evidence,
        group_shapes=tuple(
            GroupShape(
                ticket=tickets[one.id], shape=geojson(one.shape) or {}, category=one.category
            )
            for one in mirror.groups.get(item.group, [])
            if one.id != row.id and one.id in tickets
        ),
        place=_place(mirror.project.frontier, item),
        zoom_m=_zoom_m(row.length_m, _POST_M),
        border=_border(mirror.project.frontier, item.at_m),
        images=tuple(images_of(mirror, item.at_m, pair, by)),
        before=pair.before.id,
        after=pair.after.id,
        based_on=mirror.seq,
        mine=said(mirror, own, by.ticket),
        others=tuple(_others(mirror, row.id, by)) if by.sees_others else (),
        ask=ask,
        remark=remark.text if remark is not None else "",
    )


def full_frame(
    mirror: Mirror,
    row: Sample,
    pair: Pair,
    by: Reader,
    *,
    drawn: Sequence[tuple[str, Candidate]] = (),
) -> ItemFull:
    """Return a stretch with all that is needed to look at it.

    Args:
        mirror: rows in memory.
        row: the stretch.
        pair: images to look at first.
        by: who looks.
        drawn: what this very person drew in it, each with its ticket.
    """
    item = frame_item(mirror, row, by)
    remark = _remark(mirror, by, row.id)
    return ItemFull(
        **_plain(item),
        group_shapes=tuple(
            GroupShape(ticket=ticket, shape=geojson(one.shape) or {}, category=one.category)
            for ticket, one in drawn
        ),
        place=_place(mirror.project.frontier, item),
        zoom_m=_zoom_m(row.span.length_m, _NEAREST_M),
        border=_border(mirror.project.frontier, item.at_m),
        images=tuple(images_of(mirror, item.at_m, pair, by)),
        before=pair.before.id,
        after=pair.after.id,
        based_on=mirror.seq,
        mine=said(mirror, mirror.own(by.name, row.id, by.thing.reading), by.ticket),
        remark=remark.text if remark is not None else "",
    )


def _border(frontier: Frontier, at_m: int) -> tuple[tuple[float, float], ...]:
    """Return the line around a place, to be drawn dotted; half a metre is no matter on a screen."""
    near = Span(max(0, at_m - _BORDER_M), min(frontier.length_m, at_m + _BORDER_M))
    line = frontier.line_of(near).simplify(5e-6)
    return tuple((round(lon, 7), round(lat, 7)) for lon, lat, *_ in line.coords)


def said(mirror: Mirror, own: Verdict | None, ticket: str) -> Said | None:
    """Return an answer as its author sees it."""
    if own is None:
        return None
    return Said(
        ticket=ticket,
        answer=own.answer,
        category=own.category,
        change=own.change,
        reason=own.reason,
        shape=geojson(own.shape),
        at=own.at,
        seq=mirror.seqs.get(own.id, 0),
    )


def _plain(item: Item) -> dict[str, Any]:
    return {entry.name: getattr(item, entry.name) for entry in fields(Item)}


def _chances(row: Candidate) -> Iterator[Chance]:
    for text in row.kinds:
        name, _, share = text.rpartition(" ")
        if name in set(Kind):
            yield Chance(kind=Kind(name), p=float(share))


def _zoom_m(length_m: float, least_m: float) -> float:
    return round(min(max(1.3 * length_m, least_m), _FARTHEST_M), 1)


def _place(frontier: Frontier, item: Item) -> Place:
    side = "left" if item.off_m < 0 else "right"
    name, names = _named(frontier, *item.centre)
    side_name = frontier.left if side == "left" else frontier.right
    return Place(name=name, names=names, side=side, side_name=side_name)


@lru_cache(maxsize=20_000)
def _named(frontier: Frontier, lon: float, lat: float) -> tuple[str, dict[str, str]]:
    """Return the nearest place that has a name, in all its spellings; none if all are far."""
    among = names.places(frontier.name)
    if not among:
        return "", {}
    away_m = np.hypot(
        *offsets_m(np.array([p.lon for p in among]), np.array([p.lat for p in among]), lon, lat)
    )
    nearest = int(away_m.argmin())
    if away_m[nearest] > _NAMED_M:
        return "", {}
    return among[nearest].name, dict(among[nearest].names)


def _others(mirror: Mirror, about: str, by: Reader) -> Iterator[Other]:
    """Yield what others said, in an order that says nothing of who they are."""
    given = [
        row
        for row in mirror.verdicts.get(about, {}).values()
        if not row.is_withdrawn
        and row.reading is not Reading.REPEAT
        and (row.analyst, row.reading, row.is_final) != (by.name, Reading.FIRST, True)
    ]
    names = sorted({row.analyst for row in given}, key=lambda name: Verdict(
        about=about, analyst=name, answer=Answer.YES).id)  # fmt: skip
    letters = {name: chr(65 + number % 26) for number, name in enumerate(names)}
    for row in sorted(given, key=lambda one: (letters[one.analyst], one.reading)):
        yield Other(
            label=letters[row.analyst],
            answer=row.answer,
            category=row.category,
            change=row.change,
            reason=row.reason,
            shape=geojson(row.shape),
            is_contested=row.reading is Reading.CONTESTED,
        )
