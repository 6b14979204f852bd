"""Totals along the line from stretches drawn by chance, with intervals that hold."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from vallum.ground.geodesy import Floats
from vallum.ground.kinds import Design
from vallum.measure.accuracy import Adjusted, error_adjusted, rogan_gladen
from vallum.measure.intervals import clopper_pearson
from vallum.measure.parts import (
    UNBOUNDED,
    Bounds,
    Figure,
    First,
    Part,
    check,
    least_positive,
    positives,
    refused,
)
from vallum.measure.pieces import (
    Belief,
    Sums,
    alike,
    belief,
    centred,
    is_mostly_held,
    is_nearly_everywhere,
    lack_few,
    mirrored,
    pieces_of,
    step_of,
)
from vallum.measure.spread import (
    variance,
)
from vallum.measure.two_phase import two_phase

__all__ = [
    "Adjusted",
    "Figure",
    "Part",
    "error_adjusted",
    "estimate",
    "expansion",
    "ratio",
    "regression",
    "rogan_gladen",
    "two_phase",
]

_MIN_MAPPED = 10
_FEW_UNREAD = 4
# Where an even spacing meets little, the length of runs cannot be read from it (simulated).
_MIN_EVEN_SHARE = 0.1


def estimate(
    parts: Sequence[Part],
    *,
    design: Design,
    bounds: Bounds = UNBOUNDED,
) -> Figure:
    """Return the total over all parts by the method that the sample can carry.

    With a second reading: `two_phase`. With the machine's map: `regression`. Otherwise `ratio`.
    Fewer than 10 positive stretches (20 in a divided border), or a part that nothing was drawn
    from: no number, a reason.

    Args:
        parts: strata; one, where the border was not divided.
        design: how the stretches were drawn.
        bounds: what is known of the total before the sample speaks.

    Raises:
        BadInput: the numbers of a part contradict each other.
    """
    parts = [part for part in parts if part.n_units > 0 or part.n > 0]
    check(parts)
    reason = why_not(parts, design, bounds)
    if reason:
        return refused(parts, "none", reason)
    if any(part.reference is not None and np.isfinite(part.reference).any() for part in parts):
        return two_phase(parts, design=design, bounds=bounds)
    return _first(parts, design, bounds)


def _first(parts: Sequence[Part], design: Design, bounds: Bounds) -> Figure:
    """Return the total as the first readers read it."""
    why = _why_no_map(parts) or (_why_full(parts) if bounds.is_length else "")
    if not bounds.is_length and len(parts) > 1 and not why:
        # With a good map the intervals of counts held 98 % in a divided border (simulated).
        why = (
            "the machine's map was not used: with it, intervals of counts and barrier lengths in "
            "a divided border come out too wide"
        )
    if all(part.n == part.n_units for part in parts):
        why = "no map"  # nothing is left for it to tell
    if not why:
        return _figure(parts, design, bounds, "regression")
    return _figure(parts, design, bounds, "ratio").noting(*([why] if why != "no map" else []))


def expansion(
    parts: Sequence[Part],
    *,
    design: Design,
    bounds: Bounds = UNBOUNDED,
) -> Figure:
    """Return the total by expansion: each stretch drawn stands for N_h / n_h stretches.

    Horvitz & Thompson (1952); Cochran (1977, sect. 5.3 and 5.4). Sizes of stretches are not used.

    Args: as `estimate`.

    Raises:
        BadInput: the numbers of a part contradict each other.
    """
    check(parts)
    return _figure(parts, design, bounds, "expansion")


def ratio(
    parts: Sequence[Part],
    *,
    design: Design,
    bounds: Bounds = UNBOUNDED,
) -> Figure:
    """Return the total by what was read per metre drawn, times the metres there are.

    Separate ratio estimator (Cochran 1977, sect. 6.10).

    Args: as `estimate`.

    Raises:
        BadInput: the numbers of a part contradict each other.
    """
    check(parts)
    return _figure(parts, design, bounds, "ratio")


def regression(
    parts: Sequence[Part],
    *,
    design: Design,
    bounds: Bounds = UNBOUNDED,
) -> Figure:
    """Return the machine's total, corrected by what analysts read where it was checked.

    Generalised regression estimator (Cassel, Sarndal & Wretman 1976; Sarndal, Swensson & Wretman
    1992, ch. 6) with one slope for all parts (Cochran 1977, sect. 7.10). For a mean it is
    prediction-powered inference with a tuned weight (Angelopoulos et al. 2023; PPI++, Angelopoulos,
    Duchi & Zrnic 2023): the slope is how far the machine is believed, 0 (not) to 1. Without a map
    it is 0.

    Args: as `estimate`.

    Raises:
        BadInput: the numbers of a part contradict each other.
    """
    check(parts)
    return _figure(parts, design, bounds, "regression")


def why_not(parts: Sequence[Part], design: Design, bounds: Bounds) -> str:
    """Return why no number can be printed; empty where one can."""
    if design in (Design.PURPOSIVE, Design.SWEEP):
        return "these stretches were not drawn by chance, so they speak of themselves alone"
    empty = [part.name for part in parts if part.n == 0 and part.n_units > 0]
    if empty:
        return f"no stretch was drawn in {', '.join(empty)}"
    if all(part.n == part.n_units for part in parts):
        return ""
    lone = [part for part in parts if part.n == 1 and part.n_units > 1]
    if lone and len(parts) == 1:
        return "one stretch was read, and one has no spread; read at least 2"
    if design is Design.SYSTEMATIC and not bounds.is_length:
        return (
            "counts and lengths of barriers have no interval that holds in an evenly spaced "
            "sample; draw a simple or a stratified one for them"
        )
    found, n = positives(parts), sum(part.n for part in parts)
    least = least_positive(len(parts))
    if found < least:
        return _too_few(parts, found, n, least, bounds)
    if design is Design.SYSTEMATIC and found < _MIN_EVEN_SHARE * n:
        return (
            f"something was found in {found} of {n:,} stretches read; an evenly spaced sample "
            f"tells its own spread only where {_MIN_EVEN_SHARE:.0%} or more hold something. Draw a "
            "stratified one for what is rare"
        )
    return ""


def _too_few(parts: Sequence[Part], found: int, n: int, least: int, bounds: Bounds) -> str:
    """Return the reason with the exact upper limit in words."""
    n_units = sum(part.n_units for part in parts)
    most, how = _most_units(parts, bounds.level)
    words = f"{most:,.0f} of {n_units:,} stretches"
    if bounds.is_length:
        largest = max(max(float(part.m.max()), part.scale / part.n_units) for part in parts)
        metres = min(most * largest, sum(part.scale for part in parts), bounds.ceiling)
        words += f", so at most {metres / 1000:,.1f} km"
    open_ = sum(_perhaps(part) for part in parts) - found
    if open_:
        words += f" (counting {open_} of which the reader could not tell)"
    return (
        f"something was found in {found} of {n:,} stretches read; an interval needs at least "
        f"{least}. At most {words} hold any ({how}, {bounds.level:.0%})"
    )


def _perhaps(part: Part) -> int:
    """Return how many stretches hold something, or may: the reader could not tell."""
    some = part.y != 0
    if part.answers is not None:
        some = some | (part.answers == First.CANNOT_TELL)
    return int(np.count_nonzero(some))


def _most_units(parts: Sequence[Part], level: float) -> tuple[float, str]:
    """Return an upper limit of the units that hold anything, and its name.

    Exact (Clopper & Pearson 1934) in one part. In several, the number found is a sum of binomials,
    which is less spread than one binomial (Hoeffding 1956), so the limit on all, each unit weighed
    by the largest weight there is, holds too.
    """
    n, found = sum(part.n for part in parts), sum(_perhaps(part) for part in parts)
    heaviest = max(part.n_units / part.n for part in parts)
    high = clopper_pearson(found, n, level=level)[1]
    n_units = sum(part.n_units for part in parts)
    unread = n_units - n
    return min(math.floor(high * n * heaviest), unread + found), "Clopper-Pearson"


def _why_no_map(parts: Sequence[Part]) -> str:
    """Return why the machine's map is not used; empty where it is."""
    if any(part.x is None or not math.isfinite(part.x_total) for part in parts):
        return "no map"
    marked = sum(int(np.count_nonzero(part.x)) for part in parts if part.x is not None)
    if marked < _MIN_MAPPED:
        return (
            f"the machine's map was not used: it marks something in {marked} of the stretches "
            f"read, and {_MIN_MAPPED} are needed to learn how far to believe it"
        )
    return ""


def _why_full(parts: Sequence[Part]) -> str:
    """Return why a map is not used in a border that is held nearly everywhere."""
    if not is_nearly_everywhere(parts):
        return ""
    return (
        "the machine's map was not used: most of the border is held, and there intervals with the "
        "map come out too short"
    )


def _figure(parts: Sequence[Part], design: Design, bounds: Bounds, name: str) -> Figure:
    """Return the total with its interval by the method of this name."""
    lone = [part.name for part in parts if part.n == 1 and part.n_units > 1]
    if any(part.n == 0 and part.n_units > 0 for part in parts) or (lone and len(parts) == 1):
        return refused(parts, name, why_not(parts, design, bounds) or "nothing was drawn")
    how = belief(parts, design, is_length=bounds.is_length, use_map=name == "regression")
    believed = how.slope
    sums, step, few = Sums(), step_of(parts), lack_few(parts)
    for part, factor, pull in zip(parts, how.factors, how.pulls, strict=True):
        if not part.n:
            continue
        m = np.ones(part.n) if name == "expansion" else part.m
        scale = float(part.n_units) if name == "expansion" else part.scale
        x = part.x if part.x is not None and believed > 0 else np.zeros(part.n)
        rest = part.y - believed * x
        total_m = float(m.sum())
        residuals = centred(rest, m)
        if bounds.is_length:
            # What pulls the slope has too small a residual (MacKinnon & White 1985, HC3). Of
            # counts it makes intervals that hold 98 %: those few that pull hold most of them.
            residuals = residuals / (1 - np.minimum(pull * centred(x, m) ** 2, 0.5))
        value = scale / total_m * float(rest.sum())
        value += believed * part.x_total if believed > 0 else 0.0
        if part.n < 2 and part.fraction < 1:
            residuals = _with_neighbour(parts, part, believed)
        spread = variance(residuals, scale / total_m, part.fraction) * part.n / len(residuals)
        df = max(part.n - 1 - (believed > 0) / len(parts), 1.0)
        cap = (float(m.mean()) / float(part.m.mean())) if bounds.is_length else 0.0
        pieces = pieces_of(
            rest, x, m, scale, part.fraction, step=step, cap=cap, believed=believed, factor=factor
        )
        if believed <= 0 and bounds.is_length and is_mostly_held(part.y, part.m):
            pieces = mirrored(part, m, scale, factor=factor, cap=cap, are_few=few)
        elif believed <= 0:
            pieces += alike(residuals, part, m, scale, step)
        sums.add(value, spread * factor, df, pieces)
    notes = _notes(parts, design, name, how, lone)
    return sums.figure(parts, bounds, name, notes, unread=_unread(parts, bounds))


def _unread(parts: Sequence[Part], bounds: Bounds) -> tuple[float, float] | None:
    """Return the least and the most there can be, where so few are unread that all is said by it.

    Of 4 stretches or fewer chance leaves too few possible totals for an interval to hold 95 %.
    """
    left = [part for part in parts if 0 < part.n < part.n_units]
    if not 0 < sum(part.n_units - part.n for part in left) <= _FEW_UNREAD:
        return None
    read = sum(float(part.y.sum()) for part in parts)
    if bounds.is_length:
        more = sum(max(part.scale - float(part.m.sum()), 0.0) for part in left)
    else:
        more = sum((part.n_units - part.n) * float(np.abs(part.y).max()) for part in left)
    return (read if bounds.floor >= 0 else read - more), read + more


def _with_neighbour(parts: Sequence[Part], lone: Part, believed: float) -> Floats:
    """Return residuals of a part with one reading and its neighbour, about their common rate.

    Collapsed strata (Cochran 1977, sect. 5A.12): the differences between the two are counted as
    chance, so the variance is rather too large than too small.
    """
    i = next(k for k, part in enumerate(parts) if part is lone)
    beside = parts[i - 1] if i else parts[1]
    both = [lone, beside]
    rest = np.concatenate(
        [p.y - believed * (p.x if p.x is not None else np.zeros(p.n)) for p in both]
    )
    m = np.concatenate([p.m for p in both])
    return np.asarray(rest - rest.sum() / m.sum() * m)


def _notes(
    parts: Sequence[Part],
    design: Design,
    name: str,
    how: Belief,
    lone: Sequence[str],
) -> tuple[str, ...]:
    """Return in plain words what was done."""
    believed = how.slope
    n, n_units = sum(part.n for part in parts), sum(part.n_units for part in parts)
    drawn = {
        Design.SIMPLE: "drawn by chance",
        Design.SYSTEMATIC: "drawn at even distances from a chance start",
    }.get(design, "drawn by chance within each part of the border")
    notes = [f"{n:,} of {n_units:,} stretches, {drawn}, were read"]
    if name == "regression" and believed > 0:
        notes.append(
            "the machine's map of the whole border, corrected by what was read where it was "
            f"checked; believed by {believed:.0%}"
        )
    elif name == "regression":
        notes.append("the machine's map says nothing about what was read, and was not used")
    if design is Design.SYSTEMATIC:
        notes.append(
            f"for the even spacing the variance was taken as {np.mean(how.factors):.0%} of that of "
            "a simple sample, from how long the runs are that the stretches show; it has no "
            "unbiased estimate"
        )
    if lone:
        notes.append(
            f"one stretch only was read in {', '.join(lone)}: its variance was taken together "
            "with its neighbour's"
        )
    whole = [part.name for part in parts if part.n == part.n_units]
    if whole:
        notes.append(f"every stretch was read in {', '.join(whole)}: nothing is uncertain there")
    return tuple(notes)
