"""The best stretches of a line for a sum of money: a knapsack of intervals.

With a price on money (a Lagrange multiplier; Everett 1963) the best set of stretches that do not
overlap is found in one pass along the line (weighted interval scheduling, Kleinberg & Tardos 2005,
section 6.1). `measure.buying` moves that price until a sum is spent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vallum.ground.geodesy import Floats, Ints
from vallum.measure.prices import Product

HAIR = 1e-9
"""What counts as nothing."""

_LEAST_GAIN = 0.002  # of all that could be told: less is not bought for what money is left


@dataclass(frozen=True, kw_only=True, eq=False)
class Option:
    """One product and set of dates: cumulated sums over cells, from which every stretch is read.

    Attributes:
        product: what is bought.
        mask: dates as bits: 1 before, 2 after.
        km2: (n + 1,) area up to each cell.
        metres: (n + 1,) metres that become known.
        gains: (n + 1,) the same in what is aimed at.
        most_cells: cells in one order, at most.
    """

    product: Product
    mask: int
    km2: Floats
    metres: Floats
    gains: Floats
    most_cells: int

    def of(self, first: Ints, end: Ints) -> tuple[Floats, Floats]:
        """Return gains and price of stretches of cells."""
        one, n_dates = self.product, self.mask.bit_count()
        km2 = np.maximum(self.km2[end] - self.km2[first], one.limits.min_km2)
        price = n_dates * np.maximum(one.min_price, km2 * one.price_per_km2)
        return self.gains[end] - self.gains[first], price


Picked = list[tuple[int, int, int]]
"""Option, first cell, cell after the last, of each order."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """What every stretch of cells tells and costs, by option, last cell and length.

    Attributes:
        options: what can be bought.
        gains: (option, n + 1, length) what is told; minus infinity where there is no such stretch.
        price: the same shape.
    """

    options: tuple[Option, ...]
    gains: Floats
    price: Floats

    @property
    def n(self) -> int:
        """Cells along the line."""
        return int(self.gains.shape[1]) - 1


def table(options: Sequence[Option], n: int) -> Table:
    """Return what every stretch of n cells tells and costs."""
    most = max(option.most_cells for option in options)
    gains = np.full((len(options), n + 1, most), -np.inf)
    price = np.zeros((len(options), n + 1, most))
    for place, option in enumerate(options):
        for length in range(1, option.most_cells + 1):
            ends = np.arange(length, n + 1)
            told, costs = option.of(ends - length, ends)
            gains[place, length:, length - 1] = np.where(told > 0, told, -np.inf)
            price[place, length:, length - 1] = costs
    return Table(options=tuple(options), gains=gains, price=price)


def picked(known: Table, money: float) -> Picked:
    """Return the stretches that are worth most, if a unit of money is worth `money`."""
    n, most = known.n, known.gains.shape[2]
    lengths = np.arange(1, most + 1)
    # Of stretches that tell the same for the same money the shortest is taken.
    worth = known.gains - money * known.price - HAIR * lengths
    choice, best = worth.argmax(axis=0), worth.max(axis=0)
    total = np.zeros(n + 1)
    step: NDArray[np.intp] = np.zeros(n + 1, np.intp)
    for end in range(1, n + 1):
        reach = lengths[: min(end, most)]
        whole = total[end - reach] + best[end, : len(reach)]
        k = int(np.argmax(whole))
        total[end] = total[end - 1]
        if whole[k] > total[end] + HAIR:
            total[end], step[end] = whole[k], reach[k]
    found, end = Picked(), n
    while end > 0:
        if step[end]:
            first = end - int(step[end])
            found.append((int(choice[end, step[end] - 1]), first, end))
            end = first
        else:
            end -= 1
    return found[::-1]


def sums(options: Sequence[Option], picked: Picked) -> tuple[float, float]:
    """Return gains and price of a set of stretches."""
    gains, price = 0.0, 0.0
    for place, first, end in picked:
        more, costs = options[place].of(np.array([first]), np.array([end]))
        gains, price = gains + float(more[0]), price + float(costs[0])
    return gains, price


def cheapest(options: Sequence[Option], n: int) -> float:
    """Return a worth of money at which all is bought that tells anything, in the cheapest way."""
    # Never zero: then nothing would tell two small orders from one that holds both.
    per_cell = max(o.product.price(0.0) + o.product.price_per_km2 * o.km2[-1] for o in options)
    most = max(float(o.gains[-1]) for o in options)
    return 1e-6 * most / max(float(per_cell) * n, HAIR)


def dearest(options: Sequence[Option]) -> float:
    """Return a worth of money at which nothing is bought."""
    least = [max(o.product.price(0.0), o.product.price_per_km2 * 1e-3, 1e-9) for o in options]
    worth = (float(o.gains[-1]) / p for o, p in zip(options, least, strict=True))
    return float(2 * max(worth))


def filled(known: Table, kept: Picked, budget: float) -> Picked:
    """Spend what a budget leaves on further stretches, most for the money first."""
    taken = np.zeros(known.n, bool)
    for _, first, end in kept:
        taken[first:end] = True
    left = budget - sums(known.options, kept)[1]
    least = _LEAST_GAIN * max(float(option.gains[-1]) for option in known.options)
    ratio = known.gains / np.maximum(known.price, HAIR)
    ratio[known.gains <= least] = -np.inf
    ends, lengths = np.arange(known.n + 1)[:, None], np.arange(1, ratio.shape[2] + 1)[None, :]
    found = list(kept)
    while left > 0:
        blocked = np.concatenate([[0], np.cumsum(taken)])
        is_free = (ends >= lengths) & (blocked[ends] == blocked[np.maximum(ends - lengths, 0)])
        worth = np.where(is_free & (known.price <= left), ratio, -np.inf)
        place, end, k = (int(one) for one in np.unravel_index(np.argmax(worth), worth.shape))
        if not np.isfinite(worth[place, end, k]):
            break
        found.append((place, end - k - 1, end))
        taken[end - k - 1 : end] = True
        left -= float(known.price[place, end, k])
    return found
