"""Where changes stand, by kind of land, in sentences that say no more than the numbers do.

A share of changed border by itself says little: most of a border may lie near towns. So each
sentence has the same share of all border that was compared, and none says why.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vallum.ground.pictures import Terrain
from vallum.ground.span import Spans

NEAR_TOWN_M = 5000.0
SETTLED = 0.05
"""Share of built-up land from which a section counts as settled; a choice."""

FLAT_DEG = 5.0
_CROP = 0.5  # share of cropland from which land is called agricultural
_LEAST_KM = 1.0  # of changed border: under it no shares are told
_LEAST_KNOWN = 0.5  # share of what changed of which the land must be known
_MUCH = 1.25  # how much more often, to say "more often"
_APART_M = 2000  # changes nearer to each other than this may be one wall
LEAST_RUNS = 5
"""Separate stretches of change from which "more often" or "less often" may be said; a choice."""

_Z = 1.96


@dataclass(frozen=True, kw_only=True)
class Share:
    """How much of what changed, and of what was compared, lies in one kind of land.

    Attributes:
        words: kind of land, to follow "lie" or "lies".
        changed_m: changed border there.
        changed_of_m: changed border of which the land is known.
        compared_m: compared border there.
        compared_of_m: compared border of which the land is known.
        n_runs: separate stretches of changed border of which the land is known, 2 km apart.
    """

    words: str
    changed_m: int
    changed_of_m: int
    compared_m: int
    compared_of_m: int
    n_runs: int = 0

    @property
    def of_changed(self) -> float:
        """Share of what changed."""
        return self.changed_m / self.changed_of_m if self.changed_of_m else 0.0

    @property
    def of_compared(self) -> float:
        """Share of what was compared."""
        return self.compared_m / self.compared_of_m if self.compared_of_m else 0.0

    @property
    def sentence(self) -> str:
        """The shares in words; which is larger only where chance alone would rarely do it."""
        low, high = self.interval
        than = ""
        if self.n_runs >= LEAST_RUNS:
            if self.of_changed > _MUCH * self.of_compared and low > self.of_compared:
                than = "more often than"
            elif self.of_compared > _MUCH * self.of_changed and high < self.of_compared:
                than = "less often than"
        of_all = f"{self.of_compared:.0%} of {self.compared_of_m / 1000:,.1f} km"
        end = f"; of the border that was compared, {of_all} do."
        if than:
            end = f": {than} the border that was compared ({of_all})."
        return (
            f"Of {self.changed_of_m / 1000:,.1f} km with a confirmed change, "
            f"{self.changed_m / 1000:,.1f} km ({self.of_changed:.0%}) lie {self.words}{end}"
        )

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of `of_changed` (Wilson 1927), each separate stretch counted once."""
        if not self.n_runs:
            return 0.0, 1.0
        weight = _Z**2 / self.n_runs
        middle = (self.of_changed + weight / 2) / (1 + weight)
        spread = self.of_changed * (1 - self.of_changed) / self.n_runs + weight / 4 / self.n_runs
        half = _Z * math.sqrt(spread) / (1 + weight)
        return middle - half, middle + half


def shares(sections: Sequence[Terrain], changed: Spans, compared: Spans) -> tuple[Share, ...]:
    """Return how changes lie by kind of land; kinds of which nothing is known are left out.

    Args:
        sections: what is known of the land of each.
        changed: metres with a confirmed change.
        compared: metres that were compared.
    """
    found = []
    for words, is_known, is_in in _KINDS:
        known = Spans(one.span for one in sections if is_known(one))
        there = Spans(one.span for one in sections if is_known(one) and is_in(one))
        share = Share(
            words=words,
            changed_m=(changed & compared & there).length_m,
            changed_of_m=(changed & compared & known).length_m,
            compared_m=(compared & there).length_m,
            compared_of_m=(compared & known).length_m,
            n_runs=_runs(changed & compared & known),
        )
        if share.compared_of_m:
            found.append(share)
    return tuple(found)


def _runs(spans: Spans) -> int:
    """Return how many stretches there are that lie apart from each other."""
    ends = [(one.start_m, one.end_m) for one in spans]
    gaps = (start - end for (_, end), (start, _) in itertools.pairwise(ends))
    return bool(ends) + sum(gap >= _APART_M for gap in gaps)


def sentences(sections: Sequence[Terrain], changed: Spans, compared: Spans) -> tuple[str, ...]:
    """Return what may be written of where changes lie; a single sentence where it is too little.

    Nothing is said of kinds of land that are known for less than half of what changed.
    """
    all_m = (changed & compared).length_m
    if all_m < 1000 * _LEAST_KM:
        return (
            f"{all_m / 1000:.2f} km with a confirmed change are too little to say in which land "
            "changes lie.",
        )
    told = [
        one.sentence
        for one in shares(sections, changed, compared)
        if one.changed_of_m >= _LEAST_KNOWN * all_m and (one.changed_m or one.compared_m)
    ]
    if told:
        n_runs = _runs(changed & compared)
        if n_runs < LEAST_RUNS:
            told.append(
                f"The change lies in {n_runs} separate stretches; fewer than {LEAST_RUNS} are too "
                "few to say more often or less often."
            )
        told.append(
            "This says where changes lie among the border that was compared, not why, and nothing "
            "of the rest. The choice of sections to look at may be behind it."
        )
    return tuple(told)


def stratum(row: Terrain) -> str:
    """Return the land of a section in one word for sampling: 'flat, settled, no obstacle'.

    Parts of which nothing is known are left out; a section of which nothing is known is
    'land not known'.
    """
    slope = ""
    if row.slope_deg == row.slope_deg:
        slope = (
            "flat" if row.slope_deg < FLAT_DEG else "steep" if row.obstacle == "steep" else "hilly"
        )
    people = ""
    if row.settled_share == row.settled_share:
        people = "settled" if row.settled_share >= SETTLED else "unsettled"
    elif row.town_m == row.town_m:
        people = "near a town" if row.town_m <= NEAR_TOWN_M else "far from towns"
    water = {"": "", "none": "no obstacle", "steep": ""}.get(row.obstacle, row.obstacle)
    return ", ".join(filter(None, (slope, people, water))) or "land not known"


def _cover(row: Terrain) -> dict[str, float]:
    return {
        word: float(share) for word, _, share in (one.rpartition(" ") for one in row.land_cover)
    }


_Ask = Callable[[Terrain], bool]
_KINDS: tuple[tuple[str, _Ask, _Ask], ...] = (
    (
        f"within {NEAR_TOWN_M / 1000:g} km of a town",
        lambda row: row.town_m == row.town_m,
        lambda row: row.town_m <= NEAR_TOWN_M,
    ),
    (
        f"in settled land (at least {SETTLED:.0%} built up)",
        lambda row: row.settled_share == row.settled_share,
        lambda row: row.settled_share >= SETTLED,
    ),
    (
        "where there is no natural obstacle",
        lambda row: bool(row.obstacle),
        lambda row: row.obstacle == "none",
    ),
    ("along a river", lambda row: row.river_width_m == row.river_width_m,
     lambda row: row.obstacle == "river"),
    (
        f"in flat land (under {FLAT_DEG:g} degrees)",
        lambda row: row.slope_deg == row.slope_deg,
        lambda row: row.slope_deg < FLAT_DEG,
    ),
    (
        "in land that is mostly fields",
        lambda row: bool(row.land_cover),
        lambda row: _cover(row).get("crop", 0.0) >= _CROP,
    ),
)  # fmt: skip
