"""What is measured in a stretch of border: the quantities that a sample can estimate."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from vallum.ground.cells import cells
from vallum.ground.kinds import LINES, POINTS, Change, Kind
from vallum.ground.span import Spans
from vallum.measure.counting import BARRIERS, ROLL_UPS
from vallum.measure.once import Thing as Known
from vallum.measure.once import rows_drawn_as_one, shares_counted

Sort = Literal["border", "barrier", "posts", "cannot_tell"]

_CHANGES = frozenset(Change) - {Change.UNCHANGED}


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One thing beside the border: what it is, and how much of it lies beside which metres.

    Attributes:
        category: class; None where nobody said.
        change: what happened.
        spans: metres of border that it lies beside.
        length_m: length of the thing itself beside them; 0 for posts.
        count: posts; a part of one where it stands on the edge of a stretch.
        unplaced_m: metres of border beside it where nobody said which.
    """

    category: Kind | None
    change: Change
    spans: Spans
    length_m: float = 0.0
    count: float = 0.0
    unplaced_m: float = 0.0

    def within(self, where: Spans) -> Recorded:
        """Return what of it lies beside some metres; length and count in proportion."""
        here = self.spans & where
        share = here.length_m / self.spans.length_m if self.spans else 1.0
        return Recorded(
            category=self.category,
            change=self.change,
            spans=here,
            length_m=self.length_m * share,
            count=self.count * share,
            unplaced_m=self.unplaced_m,
        )

    def scaled(self, share: float) -> Recorded:
        """Return a share of it, where nobody said which metres it lies beside."""
        return Recorded(
            category=self.category,
            change=self.change,
            spans=self.spans,
            length_m=self.length_m * share,
            count=self.count * share,
            unplaced_m=self.unplaced_m * share,
        )


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """One number of a border, as a sum over its stretches.

    Attributes:
        name: of the census number that it estimates.
        sort: metres of border, length of barriers, posts, or metres where people could not tell.
        kinds: classes that count; None is a thing whose class nobody said.
        changes: what counts.
        lost: changes that count as less.
    """

    name: str
    sort: Sort
    kinds: frozenset[Kind | None] = frozenset({*Kind, None})
    changes: frozenset[Change] = _CHANGES
    lost: frozenset[Change] = frozenset()

    @property
    def unit(self) -> str:
        """Unit of the printed number."""
        return "posts" if self.sort == "posts" else "km"

    @property
    def per_unit(self) -> float:
        """What the sum is divided by to be printed."""
        return 1.0 if self.sort == "posts" else 1000.0

    @property
    def is_border(self) -> bool:
        """True where a stretch cannot hold more than its metres."""
        return self.sort in {"border", "cannot_tell"}

    @property
    def is_net(self) -> bool:
        """True where the number may be below 0."""
        return bool(self.lost)

    def counts(self, thing: Recorded | Known) -> bool:
        """Say whether a thing is part of it."""
        return thing.category in self.kinds and thing.change in self.changes | self.lost

    def of(self, things: Iterable[Recorded]) -> float:
        """Return how much of it some things make up, in metres or posts."""
        mine = [thing for thing in things if self.counts(thing)]
        if self.sort == "border":
            placed = Spans(span for thing in mine for span in thing.spans)
            return placed.length_m + math.fsum(thing.unplaced_m for thing in mine)
        if self.sort == "barrier":
            return math.fsum(thing.length_m for thing in mine)
        if self.sort == "posts":
            signs = (-1.0 if thing.change in self.lost else 1.0 for thing in mine)
            return math.fsum(s * thing.count for s, thing in zip(signs, mine, strict=True))
        return 0.0


CHANGED = Quantity(name="border_km_changed", sort="border")
CANNOT_TELL = Quantity(name="border_km_indeterminate", sort="cannot_tell")

_BORDERS = (
    CHANGED,
    *(
        Quantity(name=f"border_km_with_{word}_infrastructure", sort="border", changes=changes)
        for word, changes in ROLL_UPS.items()
    ),
    CANNOT_TELL,
)
_ALWAYS_LENGTH = (Change.NEW, Change.UPGRADED, Change.REMOVED)
_ALWAYS_POSTS = (Change.NEW, Change.REMOVED)


def quantities(things: Iterable[Recorded]) -> list[Quantity]:
    """Return what can be estimated from what was read, in the order of the census.

    Classes and changes of which nothing was read are left out, but for the totals that are always
    printed; the stock of posts is left out where nobody recorded one that stood before.
    """
    read = {(thing.category, thing.change) for thing in things}
    changed = [change for change in Change if change in _CHANGES]
    found = [
        *_BORDERS,
        *(
            _barrier(kind.value, (kind,), change)
            for change in Change
            for kind in Kind
            if kind in LINES and (kind, change) in read
        ),
        *(
            _barrier("all", BARRIERS, change)
            for change in changed
            if change in _ALWAYS_LENGTH or any((kind, change) in read for kind in BARRIERS)
        ),
        *(
            _posts(f"posts_{change.value}", {change})
            for change in changed
            if change in _ALWAYS_POSTS or any((kind, change) in read for kind in POINTS)
        ),
        _posts("posts_net_change", {Change.NEW}, {Change.REMOVED}),
    ]
    if any((kind, Change.UNCHANGED) in read for kind in POINTS):
        found.append(_posts("posts_stock_before", set(Change) - {Change.NEW}))
        found.append(_posts("posts_stock_after", set(Change) - {Change.REMOVED}))
    return found


def _barrier(word: str, kinds: Iterable[Kind], change: Change) -> Quantity:
    return Quantity(
        name=f"barrier_km_{word}_{change.value}",
        sort="barrier",
        kinds=frozenset(kinds),
        changes=frozenset({change}),
    )


def _posts(name: str, changes: Iterable[Change], lost: Iterable[Change] = ()) -> Quantity:
    return Quantity(
        name=name,
        sort="posts",
        kinds=frozenset({*POINTS, None}),
        changes=frozenset(changes),
        lost=frozenset(lost),
    )


def recorded(things: Sequence[Known]) -> list[Recorded]:
    """Return things as they count, nothing drawn twice twice; first come, first counted."""
    shares = shares_counted(things)
    rows = rows_drawn_as_one(things)  # the rule of `metres_counted`, with its shares at hand
    return [
        Recorded(
            category=thing.category,
            change=thing.change,
            spans=Spans((thing.span,)),
            length_m=thing.length_m * float(share * n_rows) if thing.category.is_line else 0.0,
            count=0.0 if thing.category.is_line else float(share),
        )
        for thing, share, n_rows in zip(things, shares, rows, strict=True)
    ]


def per_unit(
    quantity: Quantity, things: Sequence[Recorded], whole: Mapping[int, Spans], unit_m: int
) -> dict[int, float]:
    """Return how much of a quantity each unit holds; units without any are left out.

    Args:
        quantity: what is measured.
        things: anything along the border.
        whole: metres of each unit, by its number.
        unit_m: length of a whole unit.
    """
    mine = [thing for thing in things if quantity.counts(thing)]
    found: dict[int, float] = {}
    if quantity.sort == "border":
        beside = Spans(span for thing in mine for span in thing.spans)
        for number, here in _met(beside, whole, unit_m):
            found[number] = found.get(number, 0.0) + here.length_m
    elif quantity.sort != "cannot_tell":
        for thing in mine:
            for number, here in _met(thing.spans, whole, unit_m):
                part = quantity.of([thing.within(here)])
                found[number] = found.get(number, 0.0) + part
    return found


def _met(spans: Spans, whole: Mapping[int, Spans], unit_m: int) -> Iterable[tuple[int, Spans]]:
    """Yield the units that some metres lie in, with the metres shared."""
    for part in spans:
        for cell in cells(part, unit_m):
            unit = whole.get(cell.start_m // unit_m)
            here = unit & cell if unit is not None else Spans()
            if here:
                yield cell.start_m // unit_m, here
