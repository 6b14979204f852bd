"""How many stretches to read, and what that gives: answered before anybody looks.

All figures here are plans. They rest on what is expected of each part of the border, which is said
with them; the interval of the estimate itself rests on what was read.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from vallum.ground.errors import BadSetting
from vallum.ground.kinds import Answer
from vallum.ground.records import Sample, Stratum
from vallum.measure.designs import group_name
from vallum.measure.intervals import student
from vallum.measure.parts import least_positive

Allocation = Literal["neyman", "proportional"]

UNKNOWN_SHARE = 0.5
"""Share that makes an interval widest: what is assumed where nothing is known."""

SECONDS_EACH = 60.0
"""Time that one stretch is taken to need where nobody has timed any."""

"""Stretches with something in them under which no number is printed."""

LEAST_PER_PART = 5
"""Stretches drawn in a part of the border, at least, where there are as many."""

SECOND_SHARES = {Answer.YES: 0.9, Answer.NO: 0.05, Answer.CANNOT_TELL: 0.5}
"""How often a second reader is expected to say yes, by the first answer."""

_LEAST = 2  # fewer give no interval
_OPTIONS = (50, 100, 200, 400, 800, 1600, 3200)


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What is expected of one part of the border before anybody looks.

    Attributes:
        name: of the stratum.
        n_units: stretches there are.
        size_m: metres in them.
        share: of its metres beside something; 0 to 1.
    """

    name: str
    n_units: int
    size_m: float
    share: float = UNKNOWN_SHARE

    @property
    def sd_m(self) -> float:
        """Spread between stretches if each has something along all of it, or nothing: the most."""
        mean_m = self.size_m / self.n_units if self.n_units else 0.0
        return mean_m * math.sqrt(self.share * (1 - self.share))


@dataclass(frozen=True, kw_only=True)
class Option:
    """What a sample of one size costs and gives.

    Attributes:
        n: stretches to read.
        sizes: of these, in each part of the border.
        half_width_km: the estimate plus or minus this, if things are as expected.
        n_positive: stretches with something in them that are to be expected.
        hours: of work, of all readers together.
    """

    n: int
    sizes: Mapping[str, int]
    half_width_km: float
    n_positive: float
    hours: float


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What was asked for, other sizes beside it, and what all of it assumes.

    Attributes:
        chosen: the size asked for, or the smallest one that reaches the half-width asked for.
        options: other sizes.
        expected: of each part of the border.
        seconds_each: time that one reader needs for one stretch.
        n_readers: people who read each stretch.
        assumed: what the figures rest on, in words.
        warnings: what to think about before beginning.
        is_known: False where nothing says how many stretches hold something.
    """

    chosen: Option
    options: tuple[Option, ...]
    expected: tuple[Expected, ...]
    seconds_each: float
    n_readers: int
    assumed: tuple[str, ...]
    warnings: tuple[str, ...]
    is_known: bool = True

    @property
    def lines(self) -> tuple[str, ...]:
        """The plan as it is printed: a table, then what it assumes and warns of."""
        head = f"{'stretches':>9}  {'plus or minus':>14}  {'with something':>14}  {'hours':>7}"
        every = {option.n: option for option in (*self.options, self.chosen)}
        rows = [
            f"{one.n:>9,}  {one.half_width_km:>11,.1f} km  {one.n_positive:>14,.1f}  "
            f"{one.hours:>7,.1f}" + ("  <- this one" if one.n == self.chosen.n else "")
            for _, one in sorted(every.items())
        ]
        parts = [
            f"{one.name}: {self.chosen.sizes.get(one.name, 0):,} of {one.n_units:,} stretches"
            for one in self.expected
        ]
        drawn = ["drawn from: " + "; ".join(parts)] if len(parts) > 1 else []
        return (head, *rows, *drawn, *self.assumed, *self.warnings)


def planned(
    expected: Sequence[Expected],
    *,
    n: int = 0,
    half_width_km: float = 0.0,
    seconds_each: float = SECONDS_EACH,
    n_readers: int = 1,
    assumed: Sequence[str] = (),
    is_known: bool = True,
    allocation: Allocation = "neyman",
) -> Plan:
    """Return what a sample costs and gives.

    Args:
        expected: of each part of the border; one for a border that is not divided.
        n: stretches to read; 0 to go by the half-width.
        half_width_km: half of the 95 % interval that the estimate of border-km may have.
        seconds_each: time that one reader needs for one stretch.
        n_readers: people who read each stretch.
        assumed: what `expected` and `seconds_each` rest on, in words.
        is_known: False where the shares are the worst case, so that the places in which something
            stands cannot be counted before.
        allocation: see `allocated`.

    Raises:
        BadSetting: neither or both of n and half_width_km are given, or there is not so much.
    """
    n_units = sum(part.n_units for part in expected)
    if (n > 0) == (half_width_km > 0):
        raise BadSetting(
            "give either the number of stretches (--n) or the half-width of the interval "
            "(--half-width-km); nothing was drawn"
        )
    if not n_units:
        raise BadSetting(
            "no stretch of border has a usable pair of images; nothing was drawn, run "
            "`vallum detect` first"
        )
    if n > n_units:
        raise BadSetting(
            f"{n} stretches were asked for, but only {n_units} have a usable pair of images; "
            "nothing was drawn, draw fewer, or shorter ones"
        )
    if n_readers < 1:
        raise BadSetting("a plan needs at least one reader; nothing was drawn")

    def option(size: int) -> Option:
        sizes = allocated(expected, size, allocation)
        return _option(expected, sizes, seconds_each * n_readers)

    chosen = option(n or _smallest(expected, half_width_km, allocation))
    fewest = _fewest(part.n_units for part in expected)
    others = [size for size in _OPTIONS if fewest <= size < n_units]
    return Plan(
        chosen=chosen,
        options=tuple(option(size) for size in others),
        expected=tuple(expected),
        seconds_each=seconds_each,
        n_readers=n_readers,
        assumed=(
            *assumed,
            "within a part, a stretch is taken to have something along all of it or nothing, and "
            "no help from the machine's map is counted on: the interval may come out narrower.",
        ),
        warnings=tuple(_warnings(chosen, n_units, len(expected), is_known=is_known)),
        is_known=is_known,
    )


def allocated(
    expected: Sequence[Expected], n: int, allocation: Allocation = "neyman"
) -> dict[str, int]:
    """Return how many of n stretches to read in each part of the border.

    Every part gets `LEAST_PER_PART`, or fewer where n or the part is small, and none more than it
    has.

    Args:
        expected: of each part.
        n: stretches in all.
        allocation: "neyman" by number times spread, more where more is uncertain (Neyman 1934;
            Cochran 1977, section 5.5); "proportional" by number.

    Raises:
        BadSetting: n gives no interval in each part, or there are fewer stretches than n.
    """
    room = {part.name: part.n_units for part in expected}
    weights = {part.name: part.n_units * part.sd_m for part in expected}
    if allocation == "proportional" or not any(weights.values()):
        weights = {part.name: float(part.n_units) for part in expected}
    return _shared_out(weights, _floors(room, n), room, n)


def allocated_second(
    strata: Sequence[Stratum], samples: Sequence[Sample], answers: Mapping[int, Answer], n: int
) -> dict[str, int]:
    """Return how many stretches of each group to read a second time.

    Groups are those of one part of the border that were answered alike. By what a group stands for
    times the spread of second answers in it; for that, a first answer is taken to hold as often as
    `SECOND_SHARES` says (a guess that costs precision when it is wrong, and nothing else).

    Args:
        strata: of the first survey.
        samples: its rows.
        answers: first answer of every drawn unit.
        n: stretches in all.

    Raises:
        BadSetting: n gives no interval, or there are fewer.
    """
    stands_for = {part.name: part.n_units / part.n_drawn for part in strata}
    stratum_of = {row.unit: row.stratum for row in samples}
    room: dict[str, int] = {}
    weights: dict[str, float] = {}
    for unit, answer in answers.items():
        name = group_name(stratum_of[unit], answer)
        share = SECOND_SHARES[answer]
        room[name] = room.get(name, 0) + 1
        weights[name] = weights.get(name, 0.0) + stands_for[stratum_of[unit]] * math.sqrt(
            share * (1 - share)
        )
    return _shared_out(weights, _floors(room, n), room, n)


def _shared_out(
    weights: Mapping[str, float], least: Mapping[str, int], room: Mapping[str, int], n: int
) -> dict[str, int]:
    """Share n out by weight; none gets less than its least or more than there is room for."""
    sizes, free = dict(least), set(weights)
    ideal: dict[str, float] = {}
    while free:
        left = n - sum(size for name, size in sizes.items() if name not in free)
        total = math.fsum(weights[name] for name in free) or 1.0
        ideal = {name: left * weights[name] / total for name in free}
        over = {name for name in free if ideal[name] > room[name]}
        under = {name for name in free if ideal[name] < least[name]}
        if not over and not under:
            break
        # One side at a time: what the full ones cannot take may lift the others over their least.
        for name in over or under:
            sizes[name] = room[name] if over else least[name]
        free -= over or under
    if free:
        sizes |= _whole(ideal, n - sum(sizes[name] for name in sizes if name not in free), room)
    return {name: sizes[name] for name in weights}


def half_width_km(expected: Sequence[Expected], sizes: Mapping[str, int]) -> float:
    """Return half of the 95 % interval of kilometres, if the border is as expected.

    Stratified expansion (Cochran 1977, 5.12) with Student's t for the stretches read; a part that
    is read completely adds nothing.
    """
    variance = 0.0
    freedom = 0
    for part in expected:
        n = sizes.get(part.name, 0)
        if n >= part.n_units:
            continue
        if n < _LEAST:
            return math.inf
        variance += part.n_units**2 * (1 - n / part.n_units) * part.sd_m**2 / n
        freedom += n - 1
    if not variance:
        return 0.0
    return student(max(1, freedom)) * math.sqrt(variance) / 1000


def _option(expected: Sequence[Expected], sizes: Mapping[str, int], seconds: float) -> Option:
    n = sum(sizes.values())
    return Option(
        n=n,
        sizes=sizes,
        half_width_km=half_width_km(expected, sizes),
        n_positive=math.fsum(sizes[part.name] * part.share for part in expected),
        hours=n * seconds / 3600,
    )


def _smallest(expected: Sequence[Expected], target_km: float, allocation: Allocation) -> int:
    """Return the fewest stretches that reach a half-width; all of them always do."""
    low, high = _fewest(part.n_units for part in expected), sum(part.n_units for part in expected)
    while low < high:
        middle = (low + high) // 2
        if half_width_km(expected, allocated(expected, middle, allocation)) <= target_km:
            high = middle
        else:
            low = middle + 1
    return low


def _floors(room: Mapping[str, int], n: int) -> dict[str, int]:
    """Return how many stretches each part gets at least."""
    fewest, n_units = _fewest(room.values()), sum(room.values())
    if n < fewest:
        raise BadSetting(
            f"{n} stretches are too few for {len(room)} parts of the border: each needs {_LEAST}; "
            f"nothing was drawn, draw at least {fewest} or divide less"
        )
    if n > n_units:
        raise BadSetting(
            f"{n} stretches were asked for, but there are only {n_units}; nothing was drawn, draw "
            "fewer"
        )
    for each in range(LEAST_PER_PART, _LEAST, -1):
        floors = {name: min(each, units) for name, units in room.items()}
        if sum(floors.values()) <= n:
            return floors
    return {name: min(_LEAST, units) for name, units in room.items()}


def _fewest(n_units: Iterable[int]) -> int:
    return sum(min(_LEAST, n) for n in n_units)


def _whole(ideal: Mapping[str, float], n: int, room: Mapping[str, int]) -> dict[str, int]:
    """Round shares to whole numbers that add up to n (largest remainders)."""
    sizes = {name: min(room[name], int(share)) for name, share in ideal.items()}
    ranked = sorted(ideal, key=lambda name: (sizes[name] - ideal[name], name))
    while sum(sizes.values()) < n:
        for name in ranked:
            if sizes[name] < room[name] and sum(sizes.values()) < n:
                sizes[name] += 1
    return sizes


def _warnings(chosen: Option, n_units: int, n_parts: int, *, is_known: bool) -> list[str]:
    found, least = [], least_positive(n_parts)
    if is_known and chosen.n_positive < least and chosen.n < n_units:
        found.append(
            f"WARNING: about {chosen.n_positive:.1f} stretches with something in them are to be "
            f"expected; with fewer than {least} no number is printed, only an upper "
            "limit. Read more, or longer stretches"
        )
    if chosen.n == n_units:
        found.append("NOTE: this reads every stretch there is; nothing is left to chance")
    return found
