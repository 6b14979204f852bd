"""The counting rules, each under its name: what the numbers are made by and the docs explain.

`RULES` is the list. The modules that make numbers call these functions and no copies of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from vallum.frontier import Frontier
from vallum.ground.amounts import change_text, unit_pair
from vallum.ground.geodesy import Floats
from vallum.ground.kinds import BUILT, Change, Held, Kind, Life
from vallum.ground.records import Finding
from vallum.ground.span import Spans
from vallum.measure.extent import beside, statuses_of
from vallum.measure.once import (
    DOUBLE_WITHIN_M,
    SAME_WITHIN_M,
    Thing,
    metres_counted,
    rows_drawn_as_one,
    shares_counted,
)

BARRIERS = (Kind.FENCE, Kind.DOUBLE_FENCE, Kind.WALL)
"""What stops people: what `barrier_km_all_*` adds up and layers are counted of."""

LAYERS = ("primary", "secondary", "tertiary")
"""First, second, and third or further line outward from the border."""

CELL_M = 25
"""Layers are compared on stretches of border this long."""

_STEP_DEG = 0.0001  # about 10 m: a line is looked at more often than the cells are long


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One counting rule.

    Args:
        name: as the docs head it.
        meaning: one line.
        by: the function that counts so.
    """

    name: str
    meaning: str
    by: Callable[..., object]


# -- border ------------------------------------------------------------------------------------


def border_once(things: Iterable[Thing], within: Spans) -> Spans:
    """Return the metres of border beside any of the things, each once, inside `within`.

    However many things stand beside a metre, and however the line meanders there, the metre is
    counted once: border-km can never exceed `within`. A post counts with the metre it lies beside.
    """
    return beside(things) & within


def meander_m(things: Iterable[Thing]) -> int:
    """Return the metres of border beside lines less than half as long as the border they take.

    A fence across the neck of a meander lies beside the whole loop: all of it counts as border
    with a fence, once, although the fence is short. The number says how much of that there is.
    """
    short = [t for t in things if t.category.is_line and 0 < 2 * t.length_m < t.span.length_m]
    return beside(short).length_m


# -- changes -----------------------------------------------------------------------------------

ROLL_UPS: dict[str, frozenset[Change]] = {
    "new": BUILT,
    "removed": frozenset({Change.REMOVED}),
}
"""`border_km_with_<word>_infrastructure`: the only place where changes are taken together."""


def of_changes(things: Iterable[Thing], word: str) -> list[Thing]:
    """Return the things of a roll-up of `ROLL_UPS`; every other number is of one change alone."""
    return [thing for thing in things if thing.change in ROLL_UPS[word]]


def stood_before(thing: Thing) -> bool:
    """Say whether a confirmed thing stood at the earlier date, in some form.

    An extension did not, where it is a line: what is drawn is the piece that was added. A post that
    was extended did: it is the same post.
    """
    if thing.change is Change.EXTENDED:
        return not thing.category.is_line
    return thing.change is not Change.NEW


def stands_after(thing: Thing) -> bool:
    """Say whether a confirmed thing stands at the later date: all but what was removed."""
    return thing.change is not Change.REMOVED


def stood_throughout(thing: Thing) -> bool:
    """Say whether a confirmed thing stood at both dates, in some form."""
    return stood_before(thing) and stands_after(thing)


def by_life(findings: Iterable[Finding]) -> dict[Life, list[Finding]]:
    """Return findings by whether they were built to stay; empty where nothing is told of any."""
    found: dict[Life, list[Finding]] = {life: [] for life in Life}
    for finding in findings:
        found[finding.life].append(finding)
    return found if found[Life.TEMPORARY] or found[Life.PERMANENT] else {}


# -- layers ------------------------------------------------------------------------------------


Profiles = Mapping[str, Mapping[int, float]]
"""Mean signed offset (m) of each line, by its id, on each cell of border that it runs beside."""


def layers_of(
    findings: Iterable[Finding], frontier: Frontier, profiles: Profiles | None = None
) -> dict[str, str]:
    """Return the layer of each confirmed barrier line by id: primary, secondary or tertiary.

    Counted outward from the border, on each side by itself, on every 25 m of border: a line is
    behind those that are nearer to it there. Lines nearer than 5 m to each other, or 20 m if both
    are double fences, are one layer. A line's layer is the one that it has along most of its
    stretch, the nearer one on a tie; a line with none before it is primary. What is left is
    counted among what stands after, what was removed among what stood before. A layer that a
    finding carries already is kept; it does not move the others.

    Args:
        findings: confirmed ones count; roads, strips and posts have no layer.
        frontier: the line that is counted from.
        profiles: what `profiles_of` said of the same findings, where that is known.
    """
    lines = _barrier_lines(findings)
    said = {line.id: line.layer for line in lines if line.layer}
    profiles = _profiles(lines, frontier) if profiles is None else profiles
    found: dict[str, str] = {}
    for is_there, is_asked in ((stands_after, stands_after), (stood_before, _was_removed)):
        ranks: dict[str, list[int]] = defaultdict(list)
        for cell in _cells([line for line in lines if is_there(line)], profiles).values():
            for rank, (_, line) in _ranked(cell):
                ranks[line.id].append(rank)
        for line in lines:
            if is_asked(line):
                counts = np.bincount(np.minimum(ranks[line.id], len(LAYERS) - 1))
                found[line.id] = said.get(line.id, LAYERS[int(counts.argmax())])
    return found


def layer_gaps(
    findings: Iterable[Finding], frontier: Frontier, profiles: Profiles | None = None
) -> dict[tuple[str, str], Floats]:
    """Return the distances between neighbouring layers that stand after, in metres.

    A gap is no number but a range: there is one distance for every 25 m of border beside which two
    layers stand.

    Args:
        findings: as for `layers_of`.
        frontier: the line that is counted from.
        profiles: as for `layers_of`.

    Returns:
        By pair of layers, (n,) metres; pairs that nowhere stand side by side are left out.
    """
    lines = [line for line in _barrier_lines(findings) if stands_after(line)]
    profiles = _profiles(lines, frontier) if profiles is None else profiles
    gaps: dict[tuple[str, str], list[float]] = defaultdict(list)
    for cell in _cells(lines, profiles).values():
        nearest: dict[int, float] = {}
        for rank, (off_m, _) in _ranked(cell):
            nearest.setdefault(rank, off_m)
        for rank in range(1, min(len(nearest), len(LAYERS))):
            pair = (LAYERS[rank - 1], LAYERS[rank])
            gaps[pair].append(nearest[rank] - nearest[rank - 1])
    return {pair: np.array(values) for pair, values in gaps.items()}


def profiles_of(findings: Iterable[Finding], frontier: Frontier) -> Profiles:
    """Return how far each confirmed barrier line lies from the border, on every 25 m of it.

    Args:
        findings: as for `layers_of`.
        frontier: the line that is counted from.
    """
    return _profiles(_barrier_lines(findings), frontier)


def _barrier_lines(findings: Iterable[Finding]) -> list[Finding]:
    """Return confirmed barriers that are drawn as lines, each once, in an order of their own."""
    kept = {
        f.id: f
        for f in findings
        if f.held is Held.CONFIRMED and f.category in BARRIERS and f.shape.length
    }
    return sorted(kept.values(), key=lambda f: (f.span.start_m, f.span.end_m, f.id))


def _was_removed(line: Finding) -> bool:
    return line.change is Change.REMOVED


_Cell = list[tuple[float, Finding]]


def _profiles(lines: Sequence[Finding], frontier: Frontier) -> dict[str, dict[int, float]]:
    """Return, for each line, its mean signed offset on each cell of border it runs beside."""
    if not lines:
        return {}
    dense = shapely.segmentize(np.array([line.shape for line in lines], dtype=object), _STEP_DEG)
    coordinates, owner = shapely.get_coordinates(dense, return_index=True)
    at_m, off_m = frontier.locate_many(coordinates[:, 0], coordinates[:, 1])
    cell = (at_m // CELL_M).astype(int)
    key = owner * (int(cell.max()) + 1) + cell
    _, first, inverse, count = np.unique(
        key, return_index=True, return_inverse=True, return_counts=True
    )
    mean_m = np.bincount(inverse, weights=off_m) / count
    profiles: dict[str, dict[int, float]] = {line.id: {} for line in lines}
    for position, value in zip(first.tolist(), mean_m.tolist(), strict=True):
        profiles[lines[int(owner[position])].id][int(cell[position])] = value
    return profiles


def _cells(lines: Sequence[Finding], profiles: Profiles) -> dict[tuple[bool, int], _Cell]:
    """Return the lines beside each cell and side of the border, with their distance, nearest first.

    A line lies on the side on which most of it does: one that runs along the border itself must
    not change sides with every bend.
    """
    cells: dict[tuple[bool, int], _Cell] = defaultdict(list)
    for line in lines:
        offsets = profiles[line.id]
        is_left = 2 * sum(off_m < 0 for off_m in offsets.values()) > len(offsets)
        for number, off_m in offsets.items():
            cells[is_left, number].append((-off_m if is_left else off_m, line))
    for cell in cells.values():
        cell.sort(key=lambda one: (one[0], one[1].id))
    return cells


def _ranked(cell: _Cell) -> list[tuple[int, tuple[float, Finding]]]:
    """Return each line of a cell with its place outward from the border, 0 for the first."""
    found: list[tuple[int, tuple[float, Finding]]] = []
    rank, row_m, row = -1, 0.0, None
    for off_m, line in cell:
        is_double = row is not None and line.category is row.category is Kind.DOUBLE_FENCE
        if row is None or off_m - row_m >= (DOUBLE_WITHIN_M if is_double else SAME_WITHIN_M):
            rank, row_m, row = rank + 1, off_m, line
        found.append((rank, (off_m, line)))
    return found


# -- rates -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Rate:
    """Things per kilometre, with bounds, and the spacing that is the same said the other way.

    Args:
        value: things per km.
        low: fewest things on most kilometres.
        high: most things on fewest kilometres; NaN where there is no upper bound.
    """

    value: float
    low: float
    high: float

    @property
    def spacing_m(self) -> tuple[float, float, float]:
        """Metres per thing: value, low, high; low is 0 where any number may stand there.

        Raises:
            ZeroDivisionError: there is no thing, and so no spacing.
        """
        low_m = 1000 / self.high if np.isfinite(self.high) else 0.0
        return 1000 / self.value, low_m, 1000 / self.low if self.low > 0 else float("nan")


def rate_per_km(n: tuple[float, float], km: tuple[float, float]) -> Rate | None:
    """Return things per km; None without a kilometre to divide by.

    Args:
        n: things that are confirmed, and the upper bound of them (NaN: none).
        km: kilometres, and their upper bound (NaN: none). The same twice where they are exact, as
            compared border is and fence is not.
    """
    if not km[0] > 0:
        return None
    return Rate(
        value=n[0] / km[0],
        low=n[0] / km[1] if np.isfinite(km[1]) else 0.0,
        high=n[1] / km[0],
    )


# -- the list ----------------------------------------------------------------------------------

RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule(
            name="one status per metre",
            meaning="every metre of border is in exactly one of five statuses; they add up",
            by=statuses_of,
        ),
        Rule(
            name="border once",
            meaning="a metre of border counts once, however many things stand beside it",
            by=border_once,
        ),
        Rule(
            name="meanders",
            meaning="a fence across a neck counts for the whole loop, once, and is said",
            by=meander_m,
        ),
        Rule(
            name="drawn twice",
            meaning="what two drawings of one kind show within 5 m is one thing",
            by=shares_counted,
        ),
        Rule(
            name="double fence",
            meaning="two rows: twice in barrier-km unless both were drawn, once in border-km",
            by=rows_drawn_as_one,
        ),
        Rule(
            name="barrier length",
            meaning="length of the things themselves; layers add up, nothing drawn twice does",
            by=metres_counted,
        ),
        Rule(
            name="layers",
            meaning="primary, secondary, tertiary: counted outward from the border, on each side",
            by=layers_of,
        ),
        Rule(
            name="gap between layers",
            meaning="a range over the border on which two layers stand, never one number",
            by=layer_gaps,
        ),
        Rule(
            name="changes apart",
            meaning="new, extended, upgraded, replaced, removed are apart, but for named roll-ups",
            by=of_changes,
        ),
        Rule(
            name="stood before",
            meaning="all but what is new and what was added to a line",
            by=stood_before,
        ),
        Rule(
            name="stands after",
            meaning="all but what was removed",
            by=stands_after,
        ),
        Rule(
            name="temporary or permanent",
            meaning="apart only where somebody said it; unknown is a class of its own",
            by=by_life,
        ),
        Rule(
            name="delta and stock",
            meaning='the change and what stood before in one form: "+169, 5 -> 174"',
            by=change_text,
        ),
        Rule(
            name="rates and spacing",
            meaning="the name of a rate says per km of what; of border and of fence are apart",
            by=rate_per_km,
        ),
        Rule(
            name="unit pairs",
            meaning="the second unit is made from the first as printed, with exact factors",
            by=unit_pair,
        ),
    )
}
"""Every rule by name, in the order of the docs."""
