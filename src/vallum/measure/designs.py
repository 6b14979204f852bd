"""Stretches of border drawn by chance, or chosen for what they are; frozen when they are drawn.

A *unit* is a cell of `unit_m` metres of chainage, of which the usable metres count. Chance is
SHA-256 of the seed and the unit, so that a draw is the same on every machine, for ever, and a
larger one with the same seed keeps what was drawn.
"""

from __future__ import annotations

import base64
import hashlib
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import rfc8785

from vallum.ground.cells import units
from vallum.ground.chance import draw
from vallum.ground.errors import BadSetting
from vallum.ground.kinds import Answer, Design
from vallum.ground.records import Sample, Stratum, to_json
from vallum.ground.span import Spans

Column = Mapping[int, str | float]
"""What is known of each unit before anybody looks: a word or a number per unit number."""

ALL = "all"
"""Name of the one stratum of a border that was not divided."""

_SEEDS = 2**53  # from here on JSON holds no whole number exactly (RFC 8785)
_LEAST_PER_CLASS = 20  # fewer units than this are not worth a stratum of their own


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """One survey: the parts of the border that it was drawn from, and the stretches drawn.

    Attributes:
        strata: at least one; all with the name of the survey.
        samples: a row per piece of a drawn unit, in order along the line, without images.
        warnings: what the plan warned of.
    """

    strata: tuple[Stratum, ...]
    samples: tuple[Sample, ...]
    warnings: tuple[str, ...] = ()

    @property
    def survey(self) -> str:
        """Name of the drawing."""
        return self.strata[0].survey

    @property
    def design(self) -> Design:
        """How the stretches were chosen."""
        return self.strata[0].design

    @property
    def n_drawn(self) -> int:
        """Units drawn; a unit with a hole has more than one row."""
        return sum(stratum.n_drawn for stratum in self.strata)

    @property
    def n_units(self) -> int:
        """Units that could have been drawn."""
        return sum(stratum.n_units for stratum in self.strata)


@dataclass(frozen=True, kw_only=True)
class _Part:
    """One stratum before it has a survey's name."""

    name: str
    units: Mapping[int, Spans]
    chosen: Sequence[int]
    probability: float

    @property
    def spans(self) -> Spans:
        return Spans(piece for unit in self.units.values() for piece in unit)


def simple(usable: Spans, unit_m: int, n: int, *, seed: int) -> Drawing:
    """Draw n of all units without replacement; each has the chance n / N.

    Units at the ends of usable stretches are shorter and are drawn with the chance of a whole one.

    Args:
        usable: metres with a usable pair of images.
        unit_m: length of a whole unit.
        n: units to draw.
        seed: of the draw.

    Raises:
        BadSetting: n or unit_m is not positive, or there are fewer than n units.
    """
    whole = units(usable, unit_m)
    _check(n, len(whole), unit_m)
    chosen = _smallest(whole, unit_m, n, seed)
    part = _Part(name=ALL, units=whole, chosen=chosen, probability=n / len(whole))
    return _frozen(Design.SIMPLE, [part], unit_m, seed, "not divided")


def systematic(usable: Spans, unit_m: int, n: int, *, seed: int) -> Drawing:
    """Draw every (N / n)-th unit along the line from a random start; each has the chance n / N.

    With a fractional interval the chance stays n / N (Cochran 1977, section 8.1).

    Raises:
        BadSetting: n or unit_m is not positive, or there are fewer than n units.
    """
    whole = units(usable, unit_m)
    _check(n, len(whole), unit_m)
    start = draw(seed, "systematic")
    numbers, total = list(whole), len(whole)
    # floor((start + i) N / n): n different units, because N / n is at least 1.
    chosen = [numbers[min(int((start + i) * total / n), total - 1)] for i in range(n)]
    part = _Part(name=ALL, units=whole, chosen=chosen, probability=n / total)
    return _frozen(Design.SYSTEMATIC, [part], unit_m, seed, "not divided")


def stratified(
    usable: Spans,
    unit_m: int,
    classes: Mapping[int, str],
    sizes: Mapping[str, int],
    *,
    seed: int,
    rule: str,
) -> Drawing:
    """Draw a simple sample in every part of the border.

    Args:
        usable: metres with a usable pair of images.
        unit_m: length of a whole unit.
        classes: name of the stratum of every unit, by unit number; see `divided`.
        sizes: units to draw per stratum.
        seed: of the draw.
        rule: by what the border was divided, in words.

    Raises:
        BadSetting: a unit has no stratum, a stratum no size, or more units are asked for than
            there are.
    """
    whole = units(usable, unit_m)
    homeless = [number for number in whole if number not in classes]
    if homeless:
        raise BadSetting(
            f"{len(homeless)} of {len(whole)} stretches belong to no part of the border (the first "
            f"begins at {homeless[0] * unit_m} m); nothing was drawn, divide all of them"
        )
    parts = []
    for name in sorted({classes[number] for number in whole}):
        inside = {number: unit for number, unit in whole.items() if classes[number] == name}
        n = sizes.get(name, 0)
        _check(n, len(inside), unit_m, f" in part '{name}'")
        chosen = _smallest(inside, unit_m, n, seed)
        parts.append(_Part(name=name, units=inside, chosen=chosen, probability=n / len(inside)))
    return _frozen(Design.STRATIFIED, parts, unit_m, seed, rule)


def second(
    first: Sequence[Stratum],
    samples: Sequence[Sample],
    answers: Mapping[int, Answer],
    sizes: Mapping[str, int],
    *,
    seed: int,
) -> Drawing:
    """Draw some stretches of a survey to be read once more, within stratum and first answer.

    The groups are frozen with the draw: what a first reader changes later moves no stretch.

    Args:
        first: strata of the survey.
        samples: its rows.
        answers: the first answer about every drawn unit, by unit number.
        sizes: units to draw per group; groups are named by `group_name`.
        seed: of the draw.

    Raises:
        BadSetting: a unit has no answer yet, or more are asked for than there are.
    """
    by_unit: dict[int, list[Sample]] = {}
    for row in samples:
        by_unit.setdefault(row.unit, []).append(row)
    check_read(first[0].survey, by_unit, answers)
    groups: dict[str, dict[int, Spans]] = {}
    for number, rows in sorted(by_unit.items()):
        name = group_name(rows[0].stratum, answers[number])
        groups.setdefault(name, {})[number] = Spans(row.span for row in rows)
    unit_m = first[0].unit_m
    parts = []
    for name, inside in sorted(groups.items()):
        n = min(sizes.get(name, 0), len(inside))
        _check(n, len(inside), unit_m, f" in group '{name}'")
        chosen = _smallest(inside, unit_m, n, seed, "second")
        before = by_unit[next(iter(inside))][0].probability
        share = n / len(inside)
        parts.append(_Part(name=name, units=inside, chosen=chosen, probability=share * before))
    rule = f"by part of the border and first answer of {first[0].survey}"
    return _frozen(Design.SECOND, parts, unit_m, seed, rule, of=first[0].survey)


def check_seed(seed: int) -> None:
    """Check that a seed can be kept as it is.

    Raises:
        BadSetting: it is too large.
    """
    if abs(seed) >= _SEEDS:
        raise BadSetting(
            f"the seed {seed} has too many digits to be kept exactly; nothing was drawn, choose "
            f"one between {1 - _SEEDS} and {_SEEDS - 1}"
        )


def check_read(survey: str, drawn: Collection[int], answers: Collection[int]) -> None:
    """Check that every drawn unit of a survey has a first answer.

    Raises:
        BadSetting: one has none.
    """
    unread = set(drawn) - set(answers)
    if unread:
        raise BadSetting(
            f"{len(unread)} of {len(drawn)} stretches of {survey} are not read yet; nothing was "
            "drawn, because second readings are drawn by what the first ones say. Finish them first"
        )


def group_name(stratum: str, answer: Answer) -> str:
    """Return the name of those who were answered alike in one part of the border."""
    return f"{stratum}: {answer.value}"


def group_answer(name: str) -> Answer:
    """Return the first answer that the name of a group holds."""
    return Answer(name.rpartition(": ")[2])


def chosen_area(spans: Spans, why: str, *, unit_m: int) -> Drawing:
    """Return all units of an area that was chosen for what it is; it speaks of itself alone.

    Args:
        spans: the usable metres of the area.
        why: why it was chosen, in words.
        unit_m: length of a whole unit.

    Raises:
        BadSetting: there is no reason, or no usable metre.
    """
    if not why.strip():
        raise BadSetting(
            "an area that is chosen needs its reason (--why); nothing was drawn, say why it was "
            "chosen, or draw by chance"
        )
    whole = units(spans, unit_m)
    hull = spans.hull
    if hull is None:
        raise BadSetting(
            "the chosen area has no metre with a usable pair of images; nothing was drawn, choose "
            "another one"
        )
    name = f"km {hull.start_m / 1000:g}-{hull.end_m / 1000:g}"
    part = _Part(name=name, units=whole, chosen=list(whole), probability=1.0)
    return _frozen(Design.PURPOSIVE, [part], unit_m, 0, "chosen, not drawn", why=why.strip())


def divided(column: Column, *, label: str = "", most: int = 3) -> dict[int, str]:
    """Return the name of the stratum of every unit.

    Words are names as they are. Numbers are cut: units at 0 or below, or without a number, are a
    part of their own; the others are cut into parts with equally many units.

    Args:
        column: a word or a number per unit number.
        label: what the numbers are, to begin the names with.
        most: parts that numbers are cut into.
    """
    named = {at: value for at, value in column.items() if isinstance(value, str)}
    numbers = {at: float(value) for at, value in column.items() if not isinstance(value, str)}
    above = sorted(value for value in numbers.values() if value > 0)
    n_parts = max(1, min(most - 1, len(above) // _LEAST_PER_CLASS))
    cuts = sorted({above[len(above) * k // n_parts] for k in range(1, n_parts)})
    cuts = [cut for cut in cuts if cut > above[0]]  # many equal values make fewer parts
    return named | {at: f"{label} {_class(value, cuts)}".strip() for at, value in numbers.items()}


def _class(value: float, cuts: Sequence[float]) -> str:
    """Return the name of the part in which a number falls; names sort as the numbers do."""
    if not value > 0:
        return "0 (none)"
    place = bisect_right(cuts, value)
    if not cuts:
        return "1 (any)"
    edge = f"under {cuts[place]:.3g}" if place < len(cuts) else f"{cuts[-1]:.3g} or more"
    return f"{place + 1} ({edge})"


def _smallest(
    whole: Mapping[int, Spans], unit_m: int, n: int, seed: int, word: str = "simple"
) -> list[int]:
    """Return the n units with the smallest draws, in order along the line."""
    drawn = sorted(whole, key=lambda number: (draw(seed, word, unit_m, number), number))
    return sorted(drawn[:n])


def _check(n: int, n_units: int, unit_m: int, where: str = "") -> None:
    if n < 1:
        raise BadSetting(
            f"a sample of {n} stretches{where} is none; nothing was drawn, draw at least 1"
        )
    if n > n_units:
        raise BadSetting(
            f"{n} stretches of {unit_m} m were asked for{where}, but only {n_units} have a usable "
            "pair of images; nothing was drawn, draw fewer, or shorter ones"
        )


def _frozen(
    design: Design,
    parts: Sequence[_Part],
    unit_m: int,
    seed: int,
    rule: str,
    *,
    of: str = "",
    why: str = "",
) -> Drawing:
    check_seed(seed)
    survey = _name(design, parts, unit_m, seed, of)
    strata = tuple(
        Stratum(
            survey=survey,
            name=part.name,
            design=design,
            rule=rule,
            spans=part.spans,
            unit_m=unit_m,
            n_units=len(part.units),
            n_drawn=len(part.chosen),
            seed=seed,
            of=of,
            why=why,
        )
        for part in parts
    )
    samples = [
        Sample(
            span=piece,
            design=design,
            survey=survey,
            unit=number,
            stratum=part.name,
            probability=part.probability,
            seed=seed,
        )
        for part in parts
        for number in part.chosen
        for piece in part.units[number]
    ]
    return Drawing(strata=strata, samples=tuple(sorted(samples, key=lambda row: row.span)))


def _name(design: Design, parts: Sequence[_Part], unit_m: int, seed: int, of: str) -> str:
    """Return a name that is the same only for the same draw from the same metres."""
    told = [[part.name, to_json(part.spans), list(part.chosen)] for part in parts]
    digest = hashlib.sha256(rfc8785.dumps([design.value, unit_m, seed, of, told])).digest()
    mark = base64.b32encode(digest[:5]).decode().lower()
    n = sum(len(part.chosen) for part in parts)
    return f"{design.value}-{n}x{unit_m}m-{mark}"
