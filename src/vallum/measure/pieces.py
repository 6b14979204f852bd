"""How far the machine's map is believed, and of what a total is made besides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from vallum.ground.geodesy import Floats
from vallum.ground.kinds import Design
from vallum.measure.parts import Bounds, Figure, Part, clamped, least_positive, positives
from vallum.measure.spacing import even_spacing
from vallum.measure.spread import Piece, interval, piece, satterthwaite

_MOSTLY = 0.5
# At 60 % intervals with the map hold, at 90 % they are too short (simulated).
_NEARLY = 0.7
_ALIKE = 1e-9


@dataclass(frozen=True, kw_only=True)
class Belief:
    """How far the machine is believed, and what an even spacing does to the rest.

    Args:
        slope: on the machine's values, 0 to 1.
        factors: of each part, by what the variance of a simple sample is multiplied.
        pulls: of each part, how much one stretch pulls the slope, per square of its x less mean.
    """

    slope: float
    factors: tuple[float, ...]
    pulls: tuple[float, ...]


def belief(parts: Sequence[Part], design: Design, *, is_length: bool, use_map: bool) -> Belief:
    """Return how far the machine is to be believed: the slope that makes the variance least.

    Combined over parts (Cochran 1977, eq. 7.57), held within 0 and 1 as PPI++ holds it: a machine
    that marks the opposite is not believed at all. What it says is split into c y, which follows
    the readings, and a rest, which does not; y - slope x is then (1 - slope c) y less slope times
    the rest. An even spacing favours what stands in long runs, so both have a factor of their own.

    Args:
        parts: strata.
        design: how the stretches were drawn; only a systematic one has factors other than 1.
        is_length: False for counts.
        use_map: False to believe it not at all.
    """
    known = all(part.x is not None and math.isfinite(part.x_total) for part in parts)
    splits = [_split(part, design, is_length, use_map and known) for part in parts]
    both = sum(s.weight * s.follows * s.y for s in splits)
    own = sum(s.weight * (s.follows**2 * s.y + s.rest) for s in splits)
    slope = min(max(both / own, 0.0), 1.0) if own > 0 else 0.0
    square = sum(s.weight * s.x for s in splits)
    pulls = tuple(s.weight / square if square > 0 and slope > 0 else 0.0 for s in splits)
    return Belief(slope=slope, factors=tuple(_factor(s, slope) for s in splits), pulls=pulls)


@dataclass(frozen=True, kw_only=True)
class _Split:
    """Spread of one part: of its readings and of what the machine says besides them.

    `y` and `rest` are sums of squares times their factors, `x` without; `follows` is c.
    """

    weight: float
    x: float
    follows: float
    y: float
    rest: float
    y_factor: float
    rest_factor: float


def _split(part: Part, design: Design, is_length: bool, use_map: bool) -> _Split:
    if part.n < 2 or part.fraction >= 1:
        return _Split(weight=0, x=0, follows=0, y=0, rest=0, y_factor=1, rest_factor=1)
    weight = (part.scale / part.m.sum()) ** 2 * (1 - part.fraction) * part.n / (part.n - 1)
    y = centred(part.y, part.m)
    square = float(y @ y)
    even = design is Design.SYSTEMATIC
    said: Any = {"fraction": part.fraction, "is_length": is_length}
    y_factor = even_spacing(part.y, part.m, **said) if even else 1.0
    if not use_map or part.x is None:
        return _Split(
            weight=weight,
            x=0,
            follows=0,
            y=square * y_factor,
            rest=0,
            y_factor=y_factor,
            rest_factor=1,
        )
    x = centred(part.x, part.m)
    follows = float(x @ y) / square if square > 0 else 0.0
    rest = float(x @ x) - follows**2 * square
    # The rest is what was marked too much or missed, and stands in runs of its own.
    beside = part.x - part.y
    rest_factor = 1.0
    if even and _mostly_in_part(beside, part.m):
        rest_factor = even_spacing(beside, part.m, **said)
    return _Split(
        weight=weight,
        x=float(x @ x),
        follows=follows,
        y=square * y_factor,
        rest=max(rest, 0.0) * rest_factor,
        y_factor=y_factor,
        rest_factor=rest_factor,
    )


def _mostly_in_part(values: Floats, m: Floats) -> bool:
    """Return True where most stretches with anything are held in part: runs shorter than they.

    Only then the runs of the machine's errors are trusted; errors of whole stretches may be long
    runs, or single stretches with nothing to do with each other.
    """
    some = values != 0
    partly = some & (np.abs(values) < m)
    return bool(2 * np.count_nonzero(partly) > np.count_nonzero(some))


def _factor(split: _Split, slope: float) -> float:
    """Return the factor of y - slope x."""
    share = (1 - slope * split.follows) ** 2 * split.y
    rest = slope**2 * split.rest
    plain = share / split.y_factor + rest / split.rest_factor
    return (share + rest) / plain if plain > 0 else 1.0


def centred(values: Floats, m: Floats) -> Floats:
    """Return values less what is expected of stretches of their size."""
    rate = float(values.sum() / m.sum())
    return values - rate * m


def step_of(parts: Sequence[Part]) -> float:
    """Return what one more positive unit would typically bring: sum y^2 / sum |y|."""
    y = np.concatenate([part.y for part in parts])
    size = float(np.abs(y).sum())
    return float((y * y).sum()) / size if size > 0 else 0.0


def pieces_of(
    rest: Floats,
    x: Floats,
    m: Floats,
    scale: float,
    fraction: float,
    *,
    step: float,
    cap: float,
    believed: float,
    factor: float,
) -> list[Piece]:
    """Return what the machine missed, what it marked too much, and what it did not see in full."""
    if fraction >= 1 or len(rest) < 2:
        return []
    held = 1 - (1 - fraction) * factor
    marked = x != 0
    missed, beside = np.where(marked, 0.0, rest), np.where(marked, rest, 0.0)
    # What no stretch was read for cannot have gone unseen: no allowance.
    unmarked_step = 0.0 if marked.all() else step
    marked_step = believed * step if marked.any() else 0.0
    # Where all are marked, but not in full, the machine may have missed more of the same.
    has_room = cap == 0 or bool((np.abs(x) < m).any())
    beside_step = step if marked.all() and has_room else 0.0
    sides = [
        (np.maximum(missed, 0), 1, unmarked_step, cap),
        (np.maximum(-missed, 0), -1, 0.0, cap),
        (np.maximum(-beside, 0), -1, marked_step, cap / believed if believed > 0 else cap),
        (np.maximum(beside, 0), 1, beside_step, cap),
    ]
    return [
        piece(u, m, sign=sign, scale=scale, fraction=held, step=least, cap=top)
        for u, sign, least, top in sides
        if least > 0 or u.any()
    ]


def is_mostly_held(y: Floats, m: Floats) -> bool:
    """Return True where what is rare is a stretch that is *not* held in full."""
    return bool((y >= 0).all() or (y <= 0).all()) and abs(float(y.sum())) > _MOSTLY * m.sum()


def is_nearly_everywhere(parts: Sequence[Part]) -> bool:
    """Return True where so much is held that the machine's map makes intervals too short."""
    held = sum(part.scale * abs(float(part.y.sum())) / float(part.m.sum()) for part in parts)
    return held > _NEARLY * sum(part.scale for part in parts)


def lack_few(parts: Sequence[Part]) -> bool:
    """Return True where few stretches of the mostly held parts are not held in full."""
    mostly = [part for part in parts if part.n and is_mostly_held(part.y, part.m)]
    return sum(int((np.abs(part.y) < part.m).sum()) for part in mostly) < least_positive(
        len(mostly)
    )


def mirrored(
    part: Part, m: Floats, scale: float, *, factor: float, cap: float, are_few: bool
) -> list[Piece]:
    """Return the pieces of a mostly held part: what it lacks, as others have what was found.

    Where no stretch lacked anything, an allowance of one whole stretch. Where few did, how much
    each of them lacks says little of what others do, so each is taken to lack all or nothing,
    which varies most.

    Args:
        part: all values of one sign, and most of its metres held.
        m: (n,) metres, or 1 where the estimator does not use them.
        scale: what a rate per `m` is multiplied with.
        factor: of the variance, by design.
        cap: 1 / (highest possible rate).
        are_few: from `lack_few`.
    """
    if part.fraction >= 1 or part.n < 2:
        return []
    gone = np.maximum(part.m - np.abs(part.y), 0)
    held = 1 - (1 - part.fraction) * factor
    lacks = piece(
        gone, m, sign=-1 if part.y.sum() > 0 else 1, scale=scale, fraction=held,
        step=float(part.m.mean()), cap=cap,
    )  # fmt: skip
    return [replace(lacks, least=(1 - held) / (part.n * cap) if are_few else 0.0)]


def alike(residuals: Floats, part: Part, m: Floats, scale: float, step: float) -> list[Piece]:
    """Return an allowance both ways where all that was read is alike and not nothing."""
    if part.fraction >= 1 or part.n < 2 or not part.y.any():
        return []
    if np.abs(residuals).max() > _ALIKE * np.abs(part.y).max():
        return []
    none = np.zeros(part.n)
    return [
        piece(none, m, sign=sign, scale=scale, fraction=part.fraction, step=step, cap=0.0)
        for sign in (1, -1)
    ]


@dataclass(kw_only=True, eq=False)
class Sums:
    """What the parts of the border add up to, one after the other."""

    value: float = 0.0
    variances: list[float] = field(default_factory=list)
    dfs: list[float] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)

    def add(self, value: float, variance: float, df: float, pieces: Sequence[Piece]) -> None:
        """Add a part: its total, the variance of it with its degrees of freedom, its pieces."""
        self.value += value
        self.variances.append(variance)
        self.dfs.append(df)
        self.pieces += pieces

    def figure(
        self,
        parts: Sequence[Part],
        bounds: Bounds,
        estimator: str,
        notes: tuple[str, ...],
        *,
        unread: tuple[float, float] | None = None,
    ) -> Figure:
        """Return the figure of all that was added, within what is possible.

        `unread` is what the few unread stretches leave open; the interval is no shorter.
        """
        total = sum(self.variances)
        df = satterthwaite(self.variances, self.dfs)
        low, high = interval(self.value, total, self.pieces, df=df, bounds=bounds)
        if unread is not None:
            low, high = min(low, unread[0]), max(high, unread[1])
            if bounds.is_length:
                low, high = unread
                self.value = min(max(self.value, low), high)
        figure = Figure(
            value=float(self.value),
            low=low,
            high=high,
            se=math.sqrt(total),
            df=float(df),
            n=sum(part.n for part in parts),
            n_positive=positives(parts),
            estimator=estimator,
            notes=notes,
        )
        return clamped(figure, parts, bounds)
