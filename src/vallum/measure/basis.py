"""What the numbers of confirmed findings are computed from, and the bounds that all of them share.

What was not seen is never taken for nothing. Metres of border are bounded by the border itself. How
much barrier or how many posts stand on a metre nothing limits, so that those have no upper bound
(NaN) as long as one metre is open.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np

from vallum.frontier import Frontier
from vallum.ground.geodesy import Ints
from vallum.ground.kinds import Basis, Change, Kind, Status
from vallum.ground.records import Estimate, Finding
from vallum.ground.span import Span, Spans
from vallum.measure.counting import Profiles, layers_of, profiles_of
from vallum.measure.extent import Account
from vallum.measure.once import Thing, Weights

ThingT = TypeVar("ThingT", bound=Thing)


@dataclass(frozen=True, kw_only=True)
class Lot:
    """What some numbers rest on: things of some kinds and changes.

    Args:
        sure: confirmed, longest first.
        open: undecided or waiting, as suggested, longest first.
        known: how much of each counts, where it was worked out with more things.
    """

    sure: list[Finding]
    open: list[Thing]
    known: Weights | None = None

    def __bool__(self) -> bool:
        return bool(self.sure or self.open)

    @property
    def all(self) -> list[Thing]:
        """Both, what is confirmed first."""
        return [*self.sure, *self.open]

    @cached_property
    def weights(self) -> Weights:
        """How much of each counts, so that nothing counts twice."""
        return Weights.of(self.sure, self.open) if self.known is None else self.known


@dataclass(frozen=True, kw_only=True)
class _Ordered:
    """All things that count, longest first, what is confirmed before what is open.

    Args:
        sure: confirmed.
        things: the same, then undecided, then waiting.
        places: where the things of a class and change stand among all.
        weights: how much of each counts.
    """

    sure: list[Finding]
    things: list[Thing]
    places: dict[tuple[Kind, Change], Ints]
    weights: Weights

    @classmethod
    def of(cls, rows: Account) -> _Ordered:
        sure = _longest_first(rows.confirmed)
        open_: list[Thing] = [*_longest_first(rows.undecided)]
        open_ += _longest_first(rows.waiting)
        piles: dict[tuple[Kind, Change], list[int]] = {}
        for place, thing in enumerate((*sure, *open_)):
            piles.setdefault((thing.category, thing.change), []).append(place)
        return cls(
            sure=sure,
            things=[*sure, *open_],
            places={key: np.array(pile, dtype=np.intp) for key, pile in piles.items()},
            weights=Weights.of(sure, open_),
        )

    def lot(self, kinds: Iterable[Kind], is_wanted: Callable[[Thing], bool]) -> Lot:
        wanted = set(kinds)
        piles = [
            pile
            for (kind, _), pile in self.places.items()
            if kind in wanted and is_wanted(self.things[pile[0]])
        ]
        places = np.sort(np.concatenate([np.array([], dtype=np.intp), *piles]))
        n_sure = int(np.searchsorted(places, len(self.sure)))
        return Lot(
            sure=[self.sure[place] for place in places[:n_sure].tolist()],
            open=[self.things[place] for place in places[n_sure:].tolist()],
            known=self.weights.at(places),
        )


def _longest_first(things: Iterable[ThingT]) -> list[ThingT]:
    return sorted(things, key=lambda thing: (-thing.length_m, thing.id))


@dataclass(frozen=True)
class Given:
    """The rows that count, and what is known of each metre.

    Args:
        frontier: the line it is measured on.
        rows: findings, candidates and metres that count.
        status: metres of each status.
        comparison_ids: every comparison.
        n_beyond_cap: suggestions that were not kept.
    """

    frontier: Frontier
    rows: Account
    status: dict[Status, Spans]
    comparison_ids: tuple[str, ...]
    n_beyond_cap: int

    @property
    def extent(self) -> Span:
        """The stretch of frontier under study."""
        return self.rows.extent

    @cached_property
    def everywhere(self) -> Spans:
        """All metres under study."""
        return Spans((self.rows.extent,))

    @cached_property
    def of_comparable(self) -> str:
        """The denominator that stands beside every number."""
        return (
            f"of {km(self.rows.comparable.length_m)} with comparable imagery, "
            f"of {km(self.extent.length_m)} of frontier"
        )

    @cached_property
    def open(self) -> Spans:
        """Metres that were not seen or not finished; how much stands there nothing limits."""
        unknown = self.status[Status.NOT_COMPARABLE] | self.status[Status.NOT_EXAMINED]
        return unknown | self.rows.unread

    @cached_property
    def layers(self) -> dict[str, str]:
        """Layer of each confirmed barrier line by id."""
        return layers_of(self.rows.confirmed, self.frontier, self.profiles)

    @cached_property
    def profiles(self) -> Profiles:
        """How far each confirmed barrier line lies from the border, cell by cell."""
        return profiles_of(self.rows.confirmed, self.frontier)

    def bounded(
        self, most: float, n_undecided: int, where: Spans, kinds: Iterable[Kind] = ()
    ) -> tuple[float, int, str]:
        """Return the upper bound of things beside `where`, the metres that open it, the words.

        Args:
            most: what the bound is when every metre was seen and finished.
            n_undecided: how many things it adds to what is confirmed.
            where: the metres that the number speaks of.
            kinds: the classes it counts; metres on which one of them could not be seen are open.
        """
        open_m, why = self._opened(tuple(kinds), where)
        count = "1 thing" if n_undecided == 1 else f"{n_undecided} things"
        things = f"what is undecided or unreviewed ({count}, as suggested)"
        if not open_m:
            words = f"High: adds {things}; what nobody noticed is in no bound."
            return most, 0, f"Low: confirmed only. {words}"
        words = f"No upper bound: {why}, and any amount may stand there. Not counted: {things}."
        return math.nan, open_m, f"Low: confirmed only. {words}"

    def _opened(self, kinds: tuple[Kind, ...], where: Spans) -> tuple[int, str]:
        """Return the metres of `where` that open a bound on some classes, and why, in words."""
        asked = (kinds, where)
        if asked not in self._openings:
            coarse = self.rows.coarse_for(kinds) & where
            known = (self.open & where) - coarse
            open_m = known.length_m + coarse.length_m
            self._openings[asked] = (open_m, self._why_open(known, coarse, where, kinds))
        return self._openings[asked]

    @cached_property
    def _openings(self) -> dict[tuple[tuple[Kind, ...], Spans], tuple[int, str]]:
        """What `_opened` answered: many numbers speak of the same classes and metres."""
        return {}

    def _why_open(self, known: Spans, coarse: Spans, where: Spans, kinds: tuple[Kind, ...]) -> str:
        """Return how many metres were not seen, not finished, or seen too coarsely."""
        said = []
        if known:
            unseen_m = (where - self.rows.seen).length_m
            how = "not seen or not finished"
            if unseen_m in {0, known.length_m}:
                how = "not seen" if unseen_m else "not finished"
            said.append(f"{km(known.length_m)} of border were {how}")
        if coarse:
            what = f"a {kinds[0].label}" if len(kinds) == 1 else "one of these classes"
            of_border = "" if known else " of border"
            said.append(
                f"{km(coarse.length_m)}{of_border} were compared on pixels larger than {what} needs"
            )
        return " and ".join(said)

    def things(self, kinds: Iterable[Kind], is_wanted: Change | Callable[[Thing], bool]) -> Lot:
        """Return what is confirmed and what is open of some kinds, and of one change or several.

        Args:
            kinds: classes that are asked for.
            is_wanted: the change, or a rule that goes by class and change alone.
        """
        if isinstance(is_wanted, Change):
            return self._ordered.lot(kinds, lambda thing: thing.change is is_wanted)
        return self._ordered.lot(kinds, is_wanted)

    @cached_property
    def _ordered(self) -> _Ordered:
        return _Ordered.of(self.rows)


def exact(
    name: str,
    spans: Spans,
    *,
    denominator: str,
    method: str,
    words: str,
    from_ids: tuple[str, ...],
    n: int = 0,
) -> Estimate:
    """Return an account in metres of border: nothing about it is uncertain."""
    value = spans.length_m / 1000
    return Estimate(
        name=name, value=value, low=value, high=value, unit="km", basis=Basis.ACCOUNT, n=n,
        denominator=denominator, method=method, wording=words, spans=spans, from_ids=from_ids,
    )  # fmt: skip


def ids(things: Iterable[Thing], more: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the ids of things, each once and in order, then others."""
    return (*sorted({thing.id for thing in things}), *more)


def km(metres: float) -> str:
    """Return metres as the methods print them: to the metre."""
    return f"{metres / 1000:,.3f} km"
