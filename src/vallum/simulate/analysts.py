"""Simulated analysts: they know the truth and err at stated rates.

They stand in for people in the demo and in tests; every verdict says that it is simulated.
Chance depends on the seed, the analyst and the candidate alone, so that neither the order of the
candidates nor what else is asked changes an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from pyproj import Transformer
from shapely import LineString, STRtree
from shapely.geometry.base import BaseGeometry
from shapely.ops import linemerge

from vallum.ground.geodesy import geodesic_length_m, utm_epsg
from vallum.ground.kinds import LINES, POINTS, Answer, Change, Kind, Reason
from vallum.ground.records import Candidate, Verdict
from vallum.ground.span import Spans
from vallum.simulate.chance import generator
from vallum.simulate.truth import CHANGES, Built, Truth, lines_of

if TYPE_CHECKING:
    from vallum.frontier import Frontier

NAMES = ("analyst-a", "analyst-b", "analyst-c")
BUFFER_M = 4.0
_ENOUGH = 0.5
_EXCUSES = (
    Reason.CROP,
    Reason.SEASON,
    Reason.SHADOW,
    Reason.MISALIGNED,
    Reason.VEHICLE,
    Reason.OTHER,
)
_EXCUSE_SHARES = (0.34, 0.2, 0.22, 0.1, 0.04, 0.1)
_BUILT_UP = frozenset({Change.NEW, Change.UPGRADED})
_CHANGES = (*CHANGES, Change.UNCHANGED)  # what the simulated truth holds


@dataclass(frozen=True, kw_only=True)
class _Fact:
    """What a candidate really is: the structure it shows, or why it shows none."""

    thing: Built | None
    change: Change | None = None
    reason: Reason = Reason.NONE
    is_hidden: bool = False


@dataclass(frozen=True, kw_only=True)
class _Rates:
    """How often an analyst errs."""

    cannot_tell: float
    miss: float
    false_accept: float
    class_error: float
    change_error: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Place:
    """The truth in metres, ready for questions; `project` turns degrees into them."""

    truth: Truth
    project: Transformer
    shapes: tuple[BaseGeometry, ...]
    tree: STRtree


def answer(
    candidates: Sequence[Candidate],
    truth: Truth,
    frontier: Frontier,
    *,
    names: tuple[str, ...] = NAMES,
    miss_rate: float = 0.05,
    false_accept_rate: float = 0.03,
    cannot_tell_rate: float = 0.04,
    class_error_rate: float = 0.05,
    change_error_rate: float = 0.05,
    seed: int = 1,
) -> list[Verdict]:
    """Return the verdicts of simulated analysts, by candidate, then by analyst.

    A candidate is right when at least half of it lies within 4 m of something in the truth that
    changed as it says (new and upgraded count as one: both stand there and did not before), or,
    when a person drew it as unchanged, of something that did not change. A yes to what is right
    says what happened to most of what the candidate lies on.

    Args:
        candidates: what is asked.
        truth: what was built.
        frontier: places the truth; gives its UTM zone.
        names: the analysts. With three or more the last one answers only where the others differ
            in answer, or, all saying yes, in class or in what happened.
        miss_rate: chance of "no" to what is right.
        false_accept_rate: chance of "yes" to what is wrong.
        cannot_tell_rate: chance of "cannot tell", whatever is true.
        class_error_rate: chance that a right "yes" carries another class of the same sort.
        change_error_rate: chance that a right "yes" says that something else happened.
        seed: chance.
    """
    place = placed(truth, frontier)
    rates = _Rates(
        cannot_tell=cannot_tell_rate,
        miss=miss_rate,
        false_accept=false_accept_rate,
        class_error=class_error_rate,
        change_error=change_error_rate,
    )
    first, last = (names[:-1], names[-1]) if len(names) > 2 else (names, "")
    verdicts: list[Verdict] = []
    for candidate in candidates:
        fact = _fact(candidate, place)
        given = [_verdict(candidate, fact, name, rates, seed) for name in first]
        if last and len({(one.answer, one.category, one.change) for one in given}) > 1:
            given.append(_verdict(candidate, fact, last, rates, seed))
        verdicts += given
    return verdicts


def additions(
    truth: Truth,
    frontier: Frontier,
    candidates: Sequence[Candidate],
    *,
    pairs: Sequence[tuple[Spans, str, str]] = (),
    missed_share_drawn: float = 0.6,
    min_length_m: float = 40.0,
    seed: int = 1,
) -> list[Candidate]:
    """Return what simulated analysts draw themselves; pass it to `answer` for its verdicts.

    They draw what stood before and still stands (watchtowers, the part of the old fence that was
    not upgraded) as unchanged stock, and a share of what changed and no candidate shows. They draw
    only where images can be compared, with a hand that strays by about half a metre.

    Args:
        truth: what was built.
        frontier: gives each drawing its span and offset.
        candidates: what the machine suggested.
        pairs: metres that were compared, with the ids of the scene before and after. Without it,
            drawings name the scenes of the nearest candidate and lie in `truth.visible`.
        missed_share_drawn: chance that a missed thing is drawn.
        min_length_m: shorter missed pieces of lines are not drawn.
        seed: chance.
    """
    place = placed(truth, frontier)
    seen = Spans(part for spans, _, _ in pairs for part in spans) if pairs else truth.visible
    drawn: list[Candidate] = []
    shown = [
        _flat(one.shape, place.project) for one in candidates if one.change is not Change.UNCHANGED
    ]
    tree = STRtree([shape.buffer(BUFFER_M) for shape in shown])
    for number, (item, shape) in enumerate(zip(truth.items, place.shapes, strict=True)):
        chance = generator(seed, "additions", number)
        for part in _undrawn(item, shape, tree, min_length_m):
            wanted = item.change is Change.UNCHANGED or chance.random() < missed_share_drawn
            pieces = seen_pieces(part, seen, frontier, place.project) if wanted else []
            drawn += [
                _drawing(item, piece, frontier, place, candidates, pairs, chance)
                for piece in pieces
                if piece.length >= min_length_m or not item.category.is_line
            ]
    return drawn


def _verdict(
    candidate: Candidate,
    fact: _Fact,
    name: str,
    rates: _Rates,
    seed: int,
) -> Verdict:
    chance = generator(seed, name, candidate.id)
    # Always the same number of draws, so that one rate changes no other outcome.
    luck, excuse, mixed = chance.random(3)
    seconds = round(float(chance.lognormal(2.2, 0.5)), 1)
    category, reason = None, Reason.NONE
    if fact.is_hidden or luck < rates.cannot_tell:
        said = Answer.CANNOT_TELL
        reason = Reason.CLOUD if fact.is_hidden else Reason.TOO_COARSE
    elif luck < rates.cannot_tell + (rates.miss if fact.thing else rates.false_accept):
        said = Answer.NO if fact.thing else Answer.YES
    else:
        said = Answer.YES if fact.thing else Answer.NO
    if said is Answer.YES:
        category = fact.thing.category if fact.thing else candidate.category
        if mixed < rates.class_error:
            category = _other_kind(category, chance)
    if said is Answer.NO:
        reason = fact.reason if fact.reason else _excuse(excuse)
    return Verdict(
        about=candidate.id,
        analyst=name,
        answer=said,
        category=category,
        change=_change_said(candidate, fact, name, rates, seed) if said is Answer.YES else None,
        reason=reason,
        looked_at=(candidate.before, candidate.after),
        seconds=seconds,
        at=None,
        is_simulated=True,
    )


def _change_said(
    candidate: Candidate, fact: _Fact, name: str, rates: _Rates, seed: int
) -> Change | None:
    """Return what the analyst says happened; None when as suggested, or when nothing did."""
    if fact.change is None:
        return None
    # A stream of its own, so that this rate changes no other outcome.
    chance = generator(seed, name, candidate.id, "change")
    luck, change = chance.random(), fact.change
    if luck < rates.change_error:
        others = [one for one in _CHANGES if one is not change]
        change = others[int(chance.integers(len(others)))]
    return None if change is candidate.change else change


def _excuse(luck: float) -> Reason:
    return _EXCUSES[int(np.searchsorted(np.cumsum(_EXCUSE_SHARES)[:-1], luck, side="right"))]


def _other_kind(category: Kind, chance: np.random.Generator) -> Kind:
    others = sorted((LINES if category.is_line else POINTS) - {category})
    return others[int(chance.integers(len(others)))]


def _fact(candidate: Candidate, place: Place) -> _Fact:
    """Return what the candidate really is."""
    if 2 * (place.truth.cloud & candidate.span).length_m >= candidate.span.length_m:
        return _Fact(thing=None, reason=Reason.CLOUD, is_hidden=True)
    flat = _flat(candidate.shape, place.project)
    is_line = flat.length > 0
    # Points may lie a little beside their thing, lines are judged by the metres beside it.
    near = [
        (_beside(flat, place.shapes[i]), place.truth.items[i])
        for i in place.tree.query(flat.buffer(BUFFER_M)).tolist()
        if place.truth.items[i].category.is_line == is_line
    ]
    as_said = {
        one: share
        for one in _changes_meant(candidate.change)
        if (share := sum(part for part, item in near if item.change is one))
    }
    if sum(as_said.values()) >= _ENOUGH:
        _, thing = max(
            ((part, item) for part, item in near if item.change in as_said),
            key=lambda pair: pair[0],
        )
        return _Fact(thing=thing, change=max(sorted(as_said), key=as_said.__getitem__))
    if sum(part for part, _ in near) >= _ENOUGH:
        return _Fact(thing=None, reason=Reason.EXISTED_BEFORE)
    return _Fact(thing=None)


def _changes_meant(change: Change) -> frozenset[Change]:
    return _BUILT_UP if change in _BUILT_UP else frozenset({change})


def _beside(flat: BaseGeometry, thing: BaseGeometry) -> float:
    """Return the share of `flat` within the buffer of `thing`."""
    if flat.length == 0:
        return 1.0 if flat.distance(thing) <= BUFFER_M else 0.0
    return float((flat & thing.buffer(BUFFER_M)).length / flat.length)


def _undrawn(
    item: Built, shape: BaseGeometry, tree: STRtree, min_length_m: float
) -> list[BaseGeometry]:
    """Return the parts of a thing that no candidate of its sort shows."""
    if item.change is Change.UNCHANGED:
        is_stock = item.category in {Kind.WATCHTOWER, Kind.FENCE}
        return [shape] if is_stock else []
    near = [tree.geometries[i] for i in tree.query(shape, predicate="intersects").tolist()]
    if not item.category.is_line:
        return [] if near else [shape]
    left = shape - shapely.union_all(near)
    return [part for part in lines_of([left]) if part.length >= min_length_m]


def seen_pieces(
    part: BaseGeometry, seen: Spans, frontier: Frontier, project: Transformer
) -> list[BaseGeometry]:
    """Return the pieces of a shape (in metres) beside some metres of frontier."""
    flat = shapely.segmentize(part, 5.0) if part.length else part
    xy = shapely.get_coordinates(flat)
    at_m, _ = frontier.locate_many(*project.transform(xy[:, 0], xy[:, 1], direction="INVERSE"))
    inside = np.array([value in seen for value in at_m.tolist()])
    if part.length == 0:
        return [part] if inside.all() else []
    both = np.flatnonzero(inside[:-1] & inside[1:])
    merged = linemerge([LineString(xy[i : i + 2]) for i in both.tolist()])
    return [piece.simplify(0.3) for piece in lines_of([merged])]


def _drawing(
    item: Built,
    piece: BaseGeometry,
    frontier: Frontier,
    place: Place,
    candidates: Sequence[Candidate],
    pairs: Sequence[tuple[Spans, str, str]],
    chance: np.random.Generator,
) -> Candidate:
    """Return a candidate as a person would draw it."""
    by_hand = shapely.transform(piece, lambda xy: xy + chance.normal(0, 0.5, xy.shape))
    shape = degrees(by_hand, place.project)
    span = frontier.span_of(shape)
    middle_lon, middle_lat = degrees(middle(piece), place.project).coords[0]
    before, after = _scenes(span.middle_m, candidates, pairs)
    return Candidate(
        span=span,
        off_m=frontier.locate(middle_lon, middle_lat).off_m,
        category=item.category,
        change=item.change,
        score=0.0,
        width_m=item.width_m,
        shape=shape,
        before=before,
        after=after,
        origin="analyst",
        length_m=geodesic_length_m(shape) if item.category.is_line else 0.0,
    )


def middle(piece: BaseGeometry) -> BaseGeometry:
    """Return the point half-way along a line, or the point itself."""
    return piece.interpolate(0.5, normalized=True) if piece.length else piece


def _scenes(
    at_m: float, candidates: Sequence[Candidate], pairs: Sequence[tuple[Spans, str, str]]
) -> tuple[str, str]:
    for spans, before, after in pairs:
        if at_m in spans:
            return before, after
    if pairs:
        return pairs[0][1], pairs[0][2]
    if not candidates:
        return "", ""
    nearest = min(candidates, key=lambda one: (abs(one.span.middle_m - at_m), one.id))
    return nearest.before, nearest.after


def placed(truth: Truth, frontier: Frontier) -> Place:
    """Return the truth in the metres of its UTM zone."""
    lon, lat = frontier.points_at([truth.span.middle_m])
    project = Transformer.from_crs(4326, utm_epsg(float(lon[0]), float(lat[0])), always_xy=True)
    shapes = tuple(_flat(item.shape, project) for item in truth.items)
    return Place(truth=truth, project=project, shapes=shapes, tree=STRtree(shapes))


def _flat(shape: BaseGeometry, project: Transformer) -> BaseGeometry:
    return shapely.transform(shape, lambda xy: np.column_stack(project.transform(*xy.T)))


def degrees(shape: BaseGeometry, project: Transformer) -> BaseGeometry:
    """Return a shape in metres as EPSG:4326."""
    return shapely.transform(
        shape,
        lambda xy: np.column_stack(project.transform(xy[:, 0], xy[:, 1], direction="INVERSE")),
    )
