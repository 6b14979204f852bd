"""Which images to buy first: what each would tell, per unit of money.

Border-km with a change lie between what is confirmed and what could still be there. Every metre
that is not comparable, or on which analysts could not tell, is in that gap; an image is worth the
metres that it is expected to take out of it. That is the value of information of a purchase
(Raiffa & Schlaifer 1961), with the width of the interval as the loss.

Orders are stretches of border that do not overlap; `measure.knapsack` finds the best for a sum. A
smallest area that must be paid anyway is so filled with neighbouring gaps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from vallum.ground.errors import BadSetting
from vallum.ground.geodesy import Floats
from vallum.ground.kinds import Status
from vallum.ground.span import Span, Spans
from vallum.measure import knapsack
from vallum.measure.knapsack import HAIR, Option, Picked, Table
from vallum.measure.planning import UNKNOWN_SHARE, Expected
from vallum.measure.prices import Product

Aim = Literal["bounds", "expected"]
AIMS: tuple[Aim, ...] = ("bounds", "expected")

_CELLS_M = ((20_000, 50), (60_000, 100), (200_000, 250))
_COARSEST_CELL_M = 500
_LONGEST_ORDER_M = 10_000  # where the least area does not ask for more

RUN_M = 2000.0
"""Length over which a barrier is taken to be all there or not at all (for aim "expected")."""

FINER = 0.67
"""An image settles what was in doubt only if its pixels are finer by this factor (a guess)."""

SETTLES = 0.5
"""Share of what was in doubt that a finer image settles (a guess)."""

_Z = 1.959964
_EPOCHS = ("before", "after")
_MASKS = (1, 2, 3)  # before, after, both
_CLOSE = 1e-3  # how closely the worth of money is found


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A stretch of border about which too little is known, and what would help.

    Attributes:
        span: metres of frontier.
        status: not comparable, or indeterminate.
        missing: epochs of which an image is missing: "before", "after" or both.
        why: in words.
        share: chance of a metre to have changed, for aim "expected".
        pair_gsd_m: pixels of what was compared, where it was; NaN else.
    """

    span: Span
    status: Status
    missing: tuple[str, ...]
    why: str = ""
    share: float = UNKNOWN_SHARE
    pair_gsd_m: float = math.nan

    @property
    def mask(self) -> int:
        """The epochs that are missing as bits: 1 before, 2 after."""
        return sum(1 << _EPOCHS.index(one) for one in set(self.missing))


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """One order: a stretch, a product, the dates.

    Attributes:
        span: stretch of border.
        product: what is ordered.
        epochs: dates that are ordered: "before", "after" or both.
        km2: area of one date.
        price: of all dates.
        resolves_m: metres that are expected to become known.
        gains: the same in what is aimed at: metres, or square metres of variance.
        open_m: metres in it about which too little is known.
    """

    span: Span
    product: Product
    epochs: tuple[str, ...]
    km2: float
    price: float
    resolves_m: float
    gains: float
    open_m: int

    @property
    def per_money(self) -> float:
        """Metres that become known per unit of money."""
        return self.resolves_m / self.price if self.price else math.inf

    def priced(self, km2: float) -> Purchase:
        """Return the order with the area as it was drawn."""
        return replace(self, km2=km2, price=self.product.price(km2, len(self.epochs)))


@dataclass(frozen=True, kw_only=True)
class Basket:
    """What to buy, and what it is expected to give.

    Attributes:
        purchases: best first: most metres per unit of money.
        aim: what is made smaller.
        open_m: metres about which too little is known, before.
        loss: what is made smaller, before: metres, or square metres of variance.
        more: other sums, each with the half-width that it would leave, in km.
    """

    purchases: tuple[Purchase, ...]
    aim: Aim
    open_m: int
    loss: float
    more: tuple[tuple[float, float], ...] = ()

    @property
    def price(self) -> float:
        """What all costs."""
        return math.fsum(one.price for one in self.purchases)

    @property
    def resolves_m(self) -> float:
        """Metres that are expected to become known."""
        return math.fsum(one.resolves_m for one in self.purchases)

    @property
    def half_width_before_km(self) -> float:
        """Half of the interval of border-km with a change, as it is."""
        return half_width_km(self.loss, self.aim)

    @property
    def half_width_after_km(self) -> float:
        """The same when all was bought, as expected."""
        gained = math.fsum(one.gains for one in self.purchases)
        return half_width_km(max(0.0, self.loss - gained), self.aim)


def half_width_km(loss: float, aim: Aim) -> float:
    """Return half of the interval that a loss stands for.

    Args:
        loss: metres of unknown border ("bounds"), or variance in square metres ("expected").
        aim: which of the two.
    """
    return (loss / 2 if aim == "bounds" else _Z * math.sqrt(loss)) / 1000


def variance_m2(size_m: float, share: float) -> float:
    """Return the variance of the metres with something, of so many metres, before anybody looks.

    They are taken as stretches of `RUN_M` that hold something along all of them or nothing.
    """
    part = Expected(name="", n_units=1, size_m=RUN_M, share=share)
    return size_m / RUN_M * part.sd_m**2


def doubtful_share(changed_m: int, unchanged_m: int, indeterminate_m: int) -> float:
    """Return the share of what will be compared that will be in doubt all the same.

    As among what was compared so far, in stretches of `RUN_M`, beside two stretches of which a
    tenth is in doubt (a guess that soon weighs little).
    """
    doubt, all_m = indeterminate_m / RUN_M, changed_m + unchanged_m + indeterminate_m
    return (doubt + 0.2) / (all_m / RUN_M + 2.0)


@dataclass(frozen=True, kw_only=True)
class Shop:
    """What is for sale along a border, and what it would tell.

    Attributes:
        extent: the border.
        gaps: stretches about which too little is known; they do not overlap.
        products: that may be bought, with the epochs from which each can deliver.
        strip_km2: for each product, by its label, area of an order per metre of border: (n,) of
            every cell, as wide as the product's areas must be.
        aim: what is made smaller.
        doubt: share of what is newly compared that will be in doubt all the same.
        cell_m: steps in which orders begin and end; see `cell_m`.
    """

    extent: Span
    gaps: tuple[Gap, ...]
    products: tuple[tuple[Product, tuple[str, ...]], ...]
    strip_km2: Mapping[str, Floats]
    aim: Aim = "bounds"
    doubt: float = 0.0
    cell_m: int = _COARSEST_CELL_M

    @property
    def n_cells(self) -> int:
        """Cells along the border; the last one takes the rest."""
        return n_cells(self.extent, self.cell_m)

    @property
    def loss(self) -> float:
        """What is made smaller, before anything is bought."""
        return math.fsum(gap.span.length_m * self._weight(gap) for gap in self.gaps)

    def _weight(self, gap: Gap) -> float:
        return 1.0 if self.aim == "bounds" else variance_m2(1.0, gap.share)

    def gains(self, product: Product, mask: int) -> tuple[Floats, Floats]:
        """Return what buying a product tells in every cell: metres, and loss taken away.

        Args:
            product: what is bought.
            mask: dates that are bought: 1 before, 2 after, 3 both.
        """
        metres, worth = np.zeros(self.n_cells), np.zeros(self.n_cells)
        for gap in self.gaps:
            chance = self._chance(gap, product, mask)
            if chance > 0:
                for cell, length_m in self._cells_of(gap.span):
                    metres[cell] += chance * length_m
                    worth[cell] += chance * length_m * self._weight(gap)
        return metres, worth

    def _chance(self, gap: Gap, product: Product, mask: int) -> float:
        """Return the share of a gap that an order is expected to settle."""
        if not gap.mask or gap.mask & ~mask:
            return 0.0
        clear = product.clear_share ** len(set(gap.missing))
        if gap.status is Status.INDETERMINATE:
            is_finer = product.gsd_m <= FINER * gap.pair_gsd_m
            return clear * SETTLES if is_finer else 0.0
        return clear * (1 - self.doubt)

    def _cells_of(self, span: Span) -> list[tuple[int, int]]:
        """Return the cells that a span touches, with metres in each."""
        inside = span & self.extent
        if inside is None:
            return []
        first = self.cell_at(inside.start_m)
        last = self.cell_at(inside.end_m - 1)
        found = []
        for cell in range(first, last + 1):
            both = self.span_of(cell, cell + 1) & inside
            if both is not None:
                found.append((cell, both.length_m))
        return found

    def cell_at(self, at_m: int) -> int:
        """Return the cell of a metre of frontier."""
        return min((at_m - self.extent.start_m) // self.cell_m, self.n_cells - 1)

    def span_of(self, first: int, end: int) -> Span:
        """Return the metres of cells."""
        start_m = self.extent.start_m + first * self.cell_m
        end_m = self.extent.start_m + end * self.cell_m
        return Span(start_m, self.extent.end_m if end >= self.n_cells else end_m)


def cell_m(extent: Span) -> int:
    """Return the steps in which orders begin and end: finer on short borders."""
    return next((m for most_m, m in _CELLS_M if extent.length_m <= most_m), _COARSEST_CELL_M)


def n_cells(extent: Span, cell_m: int) -> int:
    """Return the number of cells of a stretch of border; the last one takes the rest."""
    return max(1, extent.length_m // cell_m)


def basket(
    shop: Shop,
    *,
    budget: float = 0.0,
    half_width_to_km: float = 0.0,
    is_alone: bool = False,
    price_file: str = "the price file",
) -> Basket:
    """Return what to buy for a sum of money, or to make the interval as narrow as asked for.

    Args:
        shop: what is for sale.
        budget: most that all may cost; 0 to go by the half-width.
        half_width_to_km: half of the interval of border-km with a change that may be left; 0 to
            go by the budget.
        is_alone: leave out what other sums of money would give.
        price_file: what the list of what is for sale is called.

    Raises:
        BadSetting: neither or both are given, nothing is for sale, or all that is for sale does
            not make it as narrow.
    """
    if (budget > 0) == (half_width_to_km > 0):
        raise BadSetting(
            "give either a sum of money (--budget) or the half-width that may be left "
            "(--half-width-km); nothing was planned"
        )
    options = _options(shop)
    if not options or not any(option.gains[-1] > 0 for option in options):
        raise BadSetting(
            f"no product of {price_file} can show what is missing (dates, size of pixels); "
            "nothing was planned, add products, or other `since` and `until`"
        )
    known = knapsack.table(options, shop.n_cells)
    found = (
        _for_budget(shop, known, budget)
        if budget > 0
        else _for_target(shop, known, half_width_to_km)
    )
    total = math.fsum(one.price for one in found)
    loss = shop.loss
    return Basket(
        purchases=tuple(sorted(found, key=lambda one: (-one.per_money, one.span))),
        aim=shop.aim,
        open_m=Spans(gap.span for gap in shop.gaps).length_m,
        loss=loss,
        more=() if is_alone else _more(shop, known, total, loss),
    )


def within(purchases: Sequence[Purchase], budget: float) -> tuple[Purchase, ...]:
    """Return orders that together cost no more than a sum; the worst ones are left out first.

    The areas of orders are only known when they are drawn, which may cost more than was planned.
    """
    kept = sorted(purchases, key=lambda one: (-one.per_money, one.span))
    while kept and math.fsum(one.price for one in kept) > budget * (1 + HAIR):
        over = math.fsum(one.price for one in kept) - budget
        enough = [one for one in kept if one.price >= over]
        kept.remove(min(enough or kept, key=lambda one: one.gains))
    return tuple(kept)


def _options(shop: Shop) -> list[Option]:
    found = []
    for product, epochs in shop.products:
        can = sum(1 << _EPOCHS.index(one) for one in epochs)
        km2 = np.concatenate([[0.0], np.cumsum(shop.strip_km2[product.label])])
        for mask in _MASKS:
            if mask & ~can:
                continue
            metres, gains = shop.gains(product, mask)
            if not gains.any():
                continue
            found.append(
                Option(
                    product=product, mask=mask, km2=km2,
                    metres=np.concatenate([[0.0], np.cumsum(metres)]),
                    gains=np.concatenate([[0.0], np.cumsum(gains)]),
                    most_cells=_most_cells(shop, product, km2),
                )
            )  # fmt: skip
    return found


def _most_cells(shop: Shop, product: Product, km2: Floats) -> int:
    """Return how many cells one order may hold.

    It must be able to fill the least area, and keeps the largest one and length by width.
    """
    limits, n = product.limits, shop.n_cells
    per_cell = max(km2[-1] / n, HAIR)
    fill = math.ceil(2 * limits.min_km2 / per_cell)
    most = max(_LONGEST_ORDER_M // shop.cell_m, fill)
    width_m = per_cell * 1e6 / shop.cell_m
    if math.isfinite(limits.max_aspect):
        most = min(most, math.floor(limits.max_aspect * width_m / shop.cell_m))
    if math.isfinite(limits.max_km2):
        most = min(most, math.floor(0.8 * limits.max_km2 / per_cell))
    return int(min(max(1, most), n))


def _joined(options: Sequence[Option], picked: Picked) -> Picked:
    """Return orders of one kind that touch as one: never dearer, and less work for everybody."""
    found = Picked()
    for place, first, end in sorted(picked, key=lambda one: one[1]):
        if found and found[-1][0] == place and found[-1][2] == first:
            start = found[-1][1]
            if end - start <= options[place].most_cells:
                found[-1] = (place, start, end)
                continue
        found.append((place, first, end))
    return found


def _purchases(shop: Shop, options: Sequence[Option], picked: Picked) -> list[Purchase]:
    found = []
    for place, first, end in _joined(options, picked):
        option = options[place]
        gains, price = option.of(np.array([first]), np.array([end]))
        span = shop.span_of(first, end)
        epochs = tuple(one for k, one in enumerate(_EPOCHS) if option.mask >> k & 1)
        found.append(
            Purchase(
                span=span,
                product=option.product,
                epochs=epochs,
                km2=float(option.km2[end] - option.km2[first]),
                price=float(price[0]),
                resolves_m=float(option.metres[end] - option.metres[first]),
                gains=float(gains[0]),
                open_m=(Spans(gap.span for gap in shop.gaps) & span).length_m,
            )
        )
    return found


def _for_budget(shop: Shop, known: Table, budget: float) -> list[Purchase]:
    low, high = knapsack.cheapest(known.options, known.n), knapsack.dearest(known.options)
    kept = knapsack.picked(known, low)
    if knapsack.sums(known.options, kept)[1] <= budget * (1 + HAIR):
        return _purchases(shop, known.options, kept)
    kept = []
    while high / low > 1 + _CLOSE:
        money = math.sqrt(low * high)
        picked = knapsack.picked(known, money)
        if knapsack.sums(known.options, picked)[1] <= budget * (1 + HAIR):
            high, kept = money, picked
        else:
            low = money
    kept = knapsack.filled(known, kept, budget)
    return _purchases(shop, known.options, kept)


def _for_target(shop: Shop, known: Table, to_km: float) -> list[Purchase]:
    loss = shop.loss

    def is_enough(gained: float) -> bool:
        return half_width_km(max(0.0, loss - gained), shop.aim) <= to_km * (1 + HAIR)

    if is_enough(0.0):
        return []
    low, high = knapsack.cheapest(known.options, known.n), knapsack.dearest(known.options)
    kept = knapsack.picked(known, low)
    most = knapsack.sums(known.options, kept)[0]
    if not is_enough(most):
        least = half_width_km(max(0.0, loss - most), shop.aim)
        raise BadSetting(
            f"all that can be bought leaves about {least:,.1f} km to each side, more than the "
            f"{to_km:g} km asked for; nothing was planned, allow more, or add products"
        )
    while high / low > 1 + _CLOSE:
        money = math.sqrt(low * high)
        picked = knapsack.picked(known, money)
        if is_enough(knapsack.sums(known.options, picked)[0]):
            low, kept = money, picked
        else:
            high = money
    found = _purchases(shop, known.options, kept)
    # Leave out what is not needed, dearest for what it tells first.
    for one in sorted(found, key=lambda purchase: purchase.gains / max(purchase.price, HAIR)):
        rest = [other for other in found if other is not one]
        if is_enough(math.fsum(other.gains for other in rest)):
            found = rest
    return found


def _more(shop: Shop, known: Table, total: float, loss: float) -> tuple[tuple[float, float], ...]:
    """Return what half and twice the sum would leave."""
    found: dict[float, float] = {}
    for sum_ in (total / 2, 2 * total):
        bought = _for_budget(shop, known, sum_) if sum_ > 0 else []
        gained = math.fsum(one.gains for one in bought)
        spent = round(math.fsum(one.price for one in bought), 2)
        if spent > 0 and abs(spent - total) > 0.01 * total:
            found[spent] = half_width_km(max(0.0, loss - gained), shop.aim)
    return tuple(sorted(found.items()))
