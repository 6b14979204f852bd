"""Totals corrected for the errors of analysts, by reading some stretches a second time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from vallum.ground.geodesy import Floats
from vallum.ground.kinds import Design
from vallum.measure.parts import (
    MIN_POSITIVE,
    UNBOUNDED,
    Bools,
    Bounds,
    Figure,
    First,
    Part,
    check,
    refused,
)
from vallum.measure.pieces import (
    Sums,
    alike,
    belief,
    is_mostly_held,
    is_nearly_everywhere,
    mirrored,
    pieces_of,
    step_of,
)
from vallum.measure.spread import (
    Piece,
    piece,
    variance,
)

MIN_CONFIRMED = 6
# Under about 20 likely ones intervals hold 97 to 98 %: too wide to be called 95 %.
MIN_LIKELY = 2 * MIN_POSITIVE
# Where second readings found nothing missed, something may still be: a quarter of the full
# allowance holds 93 to 97 % both for readers who never miss and for those who miss a tenth.
UNSEEN = 0.25
TWO_PHASE = "two-phase"
_WORDS = {First.NO: "no", First.YES: "yes", First.CANNOT_TELL: "cannot tell"}


@dataclass(frozen=True, kw_only=True, eq=False)
class _Cell:
    """Stretches of one part with the same first answer.

    Args:
        part: number of the part.
        answer: class of the first answer.
        members: (n,) of the part's readings, those in the cell.
        again: (n,) those of them that were read again.
    """

    part: int
    answer: int
    members: Bools
    again: Bools

    @property
    def is_enough(self) -> bool:
        """True where the second readings say how much they vary, or are all there is."""
        n, again = int(self.members.sum()), int(self.again.sum())
        return again >= 2 or again == n


def two_phase(
    parts: Sequence[Part],
    *,
    design: Design,
    bounds: Bounds = UNBOUNDED,
) -> Figure:
    """Return the total as the second reader would have read it, from some second readings.

    Double sampling for stratification (Rao 1973; Cochran 1977, sect. 12.2): the first answer makes
    the strata, within which the second readings were drawn by chance. The first readings enter as a
    regressor with a tuned slope, the machine's map likewise (Sarndal, Swensson & Wretman 1992,
    ch. 9). The second reading is taken to be right.

    Args:
        parts: strata with `reference`; `answers` default to yes where `y` is not 0.
        design: how the first stretches were drawn.
        bounds: what is known of the total before the sample speaks.

    Raises:
        BadInput: the numbers of a part contradict each other.
    """
    check(parts)
    cells = [cell for i, part in enumerate(parts) for cell in _cells(i, part)]
    reason = _why_not(parts, cells)
    if reason:
        return refused(parts, TWO_PHASE, reason)
    trust = _trust(parts, cells)
    step = step_of(parts)
    errors, found = _corrections(parts, cells, trust, step, bounds.is_length)
    by_part = [[e for e in errors if e.cell.part == i] for i in range(len(parts))]
    factors = belief(parts, design, is_length=bounds.is_length, use_map=True).factors
    corrected = [
        replace(part, y=_fitted(part, trust, those))
        for part, those in zip(parts, by_part, strict=True)
    ]
    believed = belief(corrected, Design.SIMPLE, is_length=bounds.is_length, use_map=True).slope
    if bounds.is_length and is_nearly_everywhere(corrected):
        believed = 0.0
    sums = Sums()
    for part, those, factor in zip(corrected, by_part, factors, strict=True):
        value, spread, pieces = _first_phase(part, those, trust, believed, factor, step, bounds)
        sums.add(value, spread, max(part.n - 1.0, 1.0), pieces)
    for spread, df, pieces in found:
        sums.add(0.0, spread, df, pieces)
    return sums.figure(parts, bounds, TWO_PHASE, _notes(parts, cells, believed))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Error:
    """What second readings of a cell say.

    Args:
        cell: it.
        rate: mean correction per metre.
        within: variance of the corrections.
        along: their covariance with the first readings and the machine's values: a pair of numbers.
    """

    cell: _Cell
    rate: float
    within: float
    along: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class _Trust:
    """How far the first reading and the machine tell what the second reading says, within cells."""

    first: float
    machine: float


def _cells(i: int, part: Part) -> list[_Cell]:
    answers = part.answers
    if answers is None:
        answers = np.asarray(part.y != 0, dtype=np.intp)
    reference = part.reference if part.reference is not None else np.full(part.n, np.nan)
    again = np.isfinite(reference)
    return [
        _Cell(part=i, answer=int(a), members=answers == a, again=again & (answers == a))
        for a in np.unique(answers)
    ]


def _why_not(parts: Sequence[Part], cells: Sequence[_Cell]) -> str:
    """Return why the second readings do not carry a correction; empty where they do."""
    for part in parts:
        if part.n < 2 and part.n < part.n_units:
            return f"fewer than 2 stretches were read in {part.name}"
    for answer in {cell.answer for cell in cells}:
        same = [cell for cell in cells if cell.answer == answer]
        again = sum(int(cell.again.sum()) for cell in same)
        n = sum(int(cell.members.sum()) for cell in same)
        if again < min(2, n):
            return (
                f"{again} of {n} stretches first answered {_WORDS[First(answer)]} were read "
                "a second time by somebody who could tell, and 2 are the least"
            )
    confirmed = sum(_confirmed(part) for part in parts)
    likely = sum(_likely(parts[cell.part], cell) for cell in cells)
    if all(_is_whole(part) for part in parts):
        return ""
    if confirmed < MIN_CONFIRMED or likely < MIN_LIKELY:
        twice = sum(int(cell.again.sum()) for cell in cells)
        return (
            f"the second reading found something in {confirmed} of {twice:,} stretches read twice, "
            f"which makes about {likely:.0f} of all that were read; a corrected number needs "
            f"{MIN_CONFIRMED} and {MIN_LIKELY}"
        )
    return ""


def _likely(part: Part, cell: _Cell) -> float:
    """Return in how many stretches of a cell the second reader would find something."""
    if part.reference is None or not cell.again.any():
        return 0.0
    share = float(np.mean(part.reference[cell.again] != 0))
    return share * int(cell.members.sum())


def _confirmed(part: Part) -> int:
    if part.reference is None:
        return 0
    return int(np.count_nonzero(np.nan_to_num(part.reference)))


def _is_whole(part: Part) -> bool:
    """Return True where everything was read, twice."""
    return (
        part.n == part.n_units
        and part.reference is not None
        and bool(np.isfinite(part.reference).all())
    )


def _trust(parts: Sequence[Part], cells: Sequence[_Cell]) -> _Trust:
    """Return the slopes of the second reading on the first and on the machine, each 0 to 1.

    Least squares within cells, all cells together, each weighed by what it stands for.
    """
    yy = xx = xy = yz = xz = 0.0
    for cell in cells:
        part = parts[cell.part]
        if part.reference is None or cell.again.sum() < 2:
            continue
        y, z = part.y[cell.again], part.reference[cell.again]
        x = _machine(part)[cell.again]
        weight = (part.scale / part.n * int(cell.members.sum()) / len(y)) ** 2
        y, x, z = y - y.mean(), x - x.mean(), z - z.mean()
        yy, xx, xy = yy + weight * (y @ y), xx + weight * (x @ x), xy + weight * (x @ y)
        yz, xz = yz + weight * (y @ z), xz + weight * (x @ z)
    first = 1.0  # where every first yes has the same size its slope cannot be told: as read
    room = yy * xx - xy * xy
    if yy > 0:
        both = (yz * xx - xz * xy) / room if room > 1e-9 * yy * xx else yz / yy
        first = min(max(both, 0.0), 1.0)
    machine = min(max((xz - first * xy) / xx, 0.0), 1.0) if xx > 0 else 0.0
    return _Trust(first=first, machine=machine)


def _machine(part: Part) -> Floats:
    """Return the machine's values; zeros where there is no map."""
    if part.x is None or not math.isfinite(part.x_total):
        return np.zeros(part.n)
    return part.x


def _fitted(part: Part, trust: _Trust, errors: Sequence[_Error]) -> Floats:
    """Return what the second reader would say of each stretch, as far as can be told."""
    fitted = trust.first * part.y + trust.machine * _machine(part)
    for error in errors:
        fitted = fitted + error.rate * part.m * error.cell.members
    return fitted


def _corrections(
    parts: Sequence[Part], cells: Sequence[_Cell], trust: _Trust, step: float, is_length: bool
) -> tuple[list[_Error], list[tuple[float, float, list[Piece]]]]:
    """Return the correction of each cell, and variance, df and pieces of each group of cells.

    A group is one cell; or all cells with the same answer, where one of them was read again too
    little. The correction of a group is its mean, each second reading weighed by what it stands
    for.
    """
    errors: list[_Error] = []
    found: list[tuple[float, float, list[Piece]]] = []
    for group in _groups(cells):
        d, m, weights = (np.concatenate(a) for a in zip(*(_differences(parts[c.part], c, trust)
                         for c in group), strict=True))  # fmt: skip
        n = sum(int(cell.members.sum()) for cell in group)
        fraction = len(d) / n
        rate = float((weights * d).sum() / (weights * m).sum())
        scale = sum(_metres(parts[cell.part], cell) for cell in group)
        # Unequal weights (only where cells are joined) are worth fewer readings (Kish 1965).
        loss = len(d) * float((weights**2).sum()) / float(weights.sum()) ** 2
        held, cap = 1 - (1 - fraction) * loss, 1.0 if is_length else 0.0
        more = []
        least = {1: step, -1: 0.0}
        if is_length and all(is_mostly_held(parts[c.part].y, parts[c.part].m) for c in group):
            # There a stretch that the first reader overstates is what is rare.
            least[-1] = float(m.mean())
        if fraction < 1:
            more = [
                piece(
                    np.maximum(sign * d, 0),
                    m,
                    sign=sign,
                    scale=scale,
                    fraction=held,
                    step=UNSEEN * least[sign],
                    cap=cap,
                )
                for sign in (1, -1)
            ]
        residuals = d - rate * m
        found.append(
            (variance(residuals, scale / float(m.sum()), fraction) * loss, len(d) - 1.0, more)
        )
        errors += [_error(cell, rate, residuals, group, parts) for cell in group]
    return errors, found


def _groups(cells: Sequence[_Cell]) -> list[list[_Cell]]:
    groups: list[list[_Cell]] = []
    for answer in sorted({cell.answer for cell in cells}):
        same = [cell for cell in cells if cell.answer == answer]
        groups += [[c] for c in same] if all(c.is_enough for c in same) else [same]
    return groups


def _metres(part: Part, cell: _Cell) -> float:
    """Return the metres of the population that a cell stands for."""
    return part.scale * float(part.m[cell.members].sum()) / float(part.m.sum())


def _differences(part: Part, cell: _Cell, trust: _Trust) -> tuple[Floats, Floats, Floats]:
    """Return second readings less what was expected, metres, and what each stands for."""
    z = part.reference[cell.again] if part.reference is not None else np.empty(0)
    d = z - trust.first * part.y[cell.again] - trust.machine * _machine(part)[cell.again]
    m = part.m[cell.again]
    each = _metres(part, cell) / float(m.sum()) if len(m) else 0.0
    return d, m, np.full(len(m), each)


def _error(
    cell: _Cell, rate: float, residuals: Floats, group: Sequence[_Cell], parts: Sequence[Part]
) -> _Error:
    n = len(residuals)
    if n < 2:
        return _Error(cell=cell, rate=rate, within=0.0, along=(0.0, 0.0))
    y = np.concatenate([parts[c.part].y[c.again] for c in group])
    x = np.concatenate([_machine(parts[c.part])[c.again] for c in group])
    along = tuple(float(((v - v.mean()) @ residuals) / (n - 1)) for v in (y, x))
    return _Error(
        cell=cell, rate=rate, within=float(np.var(residuals, ddof=1)), along=(along[0], along[1])
    )


def _first_phase(
    part: Part,
    errors: Sequence[_Error],
    trust: _Trust,
    believed: float,
    factor: float,
    step: float,
    bounds: Bounds,
) -> tuple[float, float, list[Piece]]:
    """Return the total of a part whose `y` is fitted, its variance from the first drawing, pieces.

    Second readings vary more than what is fitted to them; Rao (1973) adds that spread.
    """
    x = _machine(part) if believed > 0 else np.zeros(part.n)
    rest = part.y - believed * x
    total_m = float(part.m.sum())
    residuals = rest - rest.sum() / total_m * part.m
    weight = part.scale / total_m
    value = weight * float(rest.sum())
    value += believed * part.x_total if believed > 0 else 0.0
    if part.n < 2:
        return value, 0.0, []
    spread = variance(residuals, weight, part.fraction) * factor
    added = sum(
        int(e.cell.members.sum())
        * (e.within + 2 * trust.first * e.along[0] + 2 * (trust.machine - believed) * e.along[1])
        for e in errors
    )
    spread = max(spread + weight * weight * (1 - part.fraction) * added, 0.0)
    cap = 1.0 if bounds.is_length else 0.0
    more = pieces_of(
        rest, x, part.m, part.scale, part.fraction, step=step, cap=cap, believed=believed,
        factor=factor,
    )  # fmt: skip
    if believed <= 0 and bounds.is_length and is_mostly_held(np.maximum(part.y, 0), part.m):
        more = mirrored(part, part.m, part.scale, factor=factor, cap=1.0, are_few=False)
    elif believed <= 0:
        more += alike(residuals, part, part.m, part.scale, step)
    return value, spread, more


def _notes(parts: Sequence[Part], cells: Sequence[_Cell], believed: float) -> tuple[str, ...]:
    n, n_units = sum(part.n for part in parts), sum(part.n_units for part in parts)
    again = sum(int(cell.again.sum()) for cell in cells)
    notes = [
        f"{n:,} of {n_units:,} stretches, drawn by chance, were read",
        f"{again:,} of these were read a second time, drawn by chance within each first answer; "
        "the number is what the second reader would have found, and that reader is taken to be "
        "right",
    ]
    if believed > 0:
        notes.append(f"the machine's map of the whole border helped; believed by {believed:.0%}")
    if any(len(group) > 1 for group in _groups(cells)):
        notes.append(
            "second readings of several parts of the border were taken together, because one part "
            "had fewer than 2"
        )
    return tuple(notes)
