"""Barrier-km: the length of the things themselves, by class, layer, life and change."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vallum.ground.geodesy import Floats
from vallum.ground.kinds import LINES, Basis, Change, Kind, Life
from vallum.ground.records import Estimate
from vallum.measure.basis import Given, Lot, ids, km
from vallum.measure.counting import (
    BARRIERS,
    CELL_M,
    LAYERS,
    by_life,
    layer_gaps,
    stands_after,
    stood_before,
    stood_throughout,
)
from vallum.measure.once import (
    DOUBLE_WITHIN_M,
    SAME_WITHIN_M,
)
from vallum.measure.wording import Evidence, wording

_LINE_KINDS = tuple(kind for kind in Kind if kind in LINES)
_ALL = ", ".join(kind.label for kind in BARRIERS)
_ALWAYS = (Change.NEW, Change.UPGRADED, Change.REMOVED)
_NO_ROADS = " Patrol roads and cleared strips have their own numbers and are not in this one."
_LAYERED = (
    " Layers are counted outward from the border among confirmed barriers on the same side; a "
    "barrier that nobody recorded is no layer."
)
_LIVES = {
    Life.TEMPORARY: ("temporary", " Said to be temporary by people, or by what became of it."),
    Life.PERMANENT: ("permanent", " Said to be permanent by people, or by what became of it."),
    Life.UNKNOWN: ("life_unknown", " Nothing says whether it was built to stay."),
}


def lengths(given: Given) -> list[Estimate]:
    """Return barrier-km per class and change, of all barriers, per layer, per life, and standing.

    A class is there only where it was suggested or found; extended and replaced barriers, layers
    and lives only where some are confirmed.
    """
    found = [
        _length(given, kind.value, kind.label, _measured(held), change.value, kinds=(kind,))
        for change in Change
        for kind in _LINE_KINDS
        if (held := given.things((kind,), change))
    ]
    by_change = {change: _measured(given.things(BARRIERS, change)) for change in Change}
    for change, barriers in by_change.items():
        if change is not Change.UNCHANGED and (barriers.held or change in _ALWAYS):
            found.append(_length(given, "all", _ALL, barriers, change.value, _NO_ROADS))
    for change, barriers in by_change.items():
        found += [*_by_layer(given, barriers, change), *_by_life(given, barriers, change)]
    return [*found, *_standing(given), *_gaps(given)]


@dataclass(frozen=True, kw_only=True)
class _Measured:
    """Things with the metres that they add.

    Args:
        held: confirmed and open things.
        metres: (n,) what each confirmed thing adds; nothing twice.
        more_km: what the open ones would add.
        twice_m: what was drawn twice and is counted once.
    """

    held: Lot
    metres: Floats
    more_km: float
    twice_m: float

    @property
    def km(self) -> float:
        """Kilometres of what is confirmed."""
        return math.fsum(self.metres.tolist()) / 1000

    def part(self, is_in: Sequence[bool]) -> _Measured:
        """Return some of the confirmed things; all such parts add up to the whole."""
        sure = [finding for finding, kept in zip(self.held.sure, is_in, strict=True) if kept]
        metres = self.metres[np.array(is_in, dtype=bool)]
        return replace(self, held=Lot(sure=sure, open=self.held.open), metres=metres, twice_m=0.0)


def _measured(held: Lot) -> _Measured:
    weights, n_sure = held.weights, len(held.sure)
    lengths_m = np.array([thing.length_m for thing in held.all], dtype=float)
    metres = lengths_m[:n_sure] * weights.shares[:n_sure] * weights.rows
    most = lengths_m * weights.shares * weights.rows_with_open
    most_m = math.fsum(most.tolist()) if held.open else 0.0
    drawn_m = lengths_m[:n_sure] @ weights.rows
    value_m = math.fsum(metres.tolist())
    return _Measured(
        held=held, metres=metres, more_km=max(0.0, most_m - value_m) / 1000,
        twice_m=float(drawn_m) - value_m,
    )  # fmt: skip


def km_counted(held: Lot) -> tuple[float, float]:
    """Return kilometres of what is confirmed, and with what is open added; nothing twice."""
    found = _measured(held)
    return found.km, found.km + found.more_km


def _by_layer(given: Given, barriers: _Measured, change: Change) -> list[Estimate]:
    named = [given.layers.get(finding.id) for finding in barriers.held.sure]
    return [
        _length(
            given, layer, f"{_ALL}; {layer} layer", barriers.part([one == layer for one in named]),
            change.value, _LAYERED + _NO_ROADS,
        )
        for layer in LAYERS
        if layer in named
    ]  # fmt: skip


def _by_life(given: Given, barriers: _Measured, change: Change) -> list[Estimate]:
    lives = [finding.life for finding in barriers.held.sure]
    return [
        _length(
            given, _LIVES[life][0], f"{_ALL}; {life.value}",
            barriers.part([one is life for one in lives]), change.value,
            _LIVES[life][1] + _NO_ROADS,
        )
        for life, sure in by_life(barriers.held.sure).items()
        if sure
    ]  # fmt: skip


def _standing(given: Given) -> list[Estimate]:
    """Return the barrier-km that stood before and stand after, where any stock is recorded."""
    if not given.things(BARRIERS, stood_throughout).sure:
        return []
    more = _NO_ROADS + " It holds what analysts recorded; nobody is known to have recorded all."
    return [
        _length(given, "standing", _ALL, _measured(given.things(BARRIERS, is_there)), date, more)
        for date, is_there in (("before", stood_before), ("after", stands_after))
    ]


def _length(
    given: Given,
    word: str,
    classes: str,
    lines: _Measured,
    what: str,
    more: str = "",
    kinds: Iterable[Kind] = BARRIERS,
) -> Estimate:
    """Return `barrier_km_<word>_<what>`: the length of what is confirmed, and its bounds."""
    held, value = lines.held, lines.km
    method = (
        f"Length of the things themselves on the ellipsoid ({classes}; {what}), from "
        f"{len(held.sure)} confirmed findings; layers add up, so it is no length of border. A "
        f"double fence counts twice, unless its two rows were drawn (within {DOUBLE_WITHIN_M:g} m)."
    )
    if lines.twice_m >= 1:
        method += f" {km(lines.twice_m)} drawn twice (within {SAME_WITHIN_M:g} m) are counted once."
    high, open_m, bounds = given.bounded(
        value + lines.more_km, len(held.open), given.everywhere, kinds
    )
    return Estimate(
        name=f"barrier_km_{word}_{what}",
        value=value,
        low=value,
        high=high,
        open_m=open_m,
        unit="km",
        n=len(held.sure),
        denominator=given.of_comparable,
        method=f"{method}{more} {bounds}",
        wording=wording(Evidence(n_confirmed=len(held.sure))),
        from_ids=ids(held.all),
    )


def _gaps(given: Given) -> list[Estimate]:
    """Return the gap between each two neighbouring layers, as a range."""
    found = []
    sure = given.things(BARRIERS, stands_after).sure
    found_gaps = layer_gaps(given.rows.confirmed, given.frontier, given.profiles)
    for (inner, outer), gaps in found_gaps.items():
        low, value, high = (float(q) for q in np.quantile(gaps, (0.05, 0.5, 0.95)))
        found.append(
            Estimate(
                name=f"layer_gap_m_{inner}_to_{outer}",
                value=value,
                low=low,
                high=high,
                unit="m",
                basis=Basis.ACCOUNT,
                n=len(gaps),
                denominator=f"on {km(len(gaps) * CELL_M)} of border with both layers, "
                f"{given.of_comparable}",
                method=f"Distance from the {inner} to the {outer} layer of confirmed barriers that "
                f"stand after, on every {CELL_M} m of border beside which both stand, across the "
                "border. Value: the middle one. Low and high: nine tenths lie between them; they "
                f"are no interval of an estimate. Smallest {gaps.min():,.0f} m, largest "
                f"{gaps.max():,.0f} m.",
                wording=wording(Evidence(basis=Basis.ACCOUNT)),
                from_ids=ids(f for f in sure if given.layers.get(f.id) in {inner, outer}),
            )
        )
    return found
