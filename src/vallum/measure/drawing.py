"""Orders as they can really be placed: drawn, priced by their areas, filled up to a budget.

A plan goes by strips along the border; the areas that a provider takes are often larger, and some
cannot be drawn at all. Here the plan is drawn, what is too dear makes room for what fits, and the
same is tried with plans for somewhat less money. The best list that can be paid is kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from vallum.ground.errors import BadSetting
from vallum.ground.span import Span, Spans
from vallum.measure import buying, orders
from vallum.measure.buying import Purchase, Shop
from vallum.measure.knapsack import HAIR

_STEP = 1.1  # between the sums that are planned for
_N_SUMS = 4  # below the budget, on a scale that is the same for every budget
_FEW = 40  # orders: of longer lists, what one order more or less costs weighs little
_MOST_FILLS = 20
_MOST_LINES = 12


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Orders with their areas.

    Attributes:
        purchases: priced by their areas.
        areas: of each, in the same order, EPSG:4326; each holds its whole corridor.
    """

    purchases: tuple[Purchase, ...] = ()
    areas: tuple[Polygon, ...] = ()

    @property
    def price(self) -> float:
        """What all costs."""
        return math.fsum(one.price for one in self.purchases)

    @property
    def gains(self) -> float:
        """What all tells, in what is aimed at."""
        return math.fsum(one.gains for one in self.purchases)


@dataclass(frozen=True, kw_only=True)
class Drawer:
    """Draws orders of a shop.

    Attributes:
        shop: what is for sale.
        corridor: gives the land of a stretch that an area must hold, EPSG:4326.
        refused: stretch and product that no area could be drawn for, with the reason; filled.
    """

    shop: Shop
    corridor: Callable[[Span], BaseGeometry]
    refused: dict[tuple[Span, str], str] = field(default_factory=dict)
    _areas: dict[tuple[Span, str], Polygon] = field(default_factory=dict)

    def all_of(self, planned: Sequence[Purchase]) -> Drawn:
        """Return all orders that can be drawn, whatever they cost."""
        return self._cut(self._priced(planned))

    def for_budget(self, budget: float, planned: Sequence[Purchase]) -> Drawn:
        """Return the orders that tell most, of those that can be drawn and paid.

        Args:
            budget: most that all may cost.
            planned: what was planned for it.
        """
        best = self._filled(planned, budget)
        hoped = math.fsum(one.gains for one in planned)
        if len(planned) > _FEW or best.gains >= hoped * (1 - HAIR):
            return best
        top = math.floor(math.log(budget) / math.log(_STEP))
        for sum_ in (_STEP**k for k in range(top, top - _N_SUMS, -1)):
            one = self._filled(self._plan(self.shop, sum_), budget)
            if (one.gains, -one.price) > (best.gains + HAIR, -best.price):
                best = one
        return best

    def for_target(self, half_width_km: float, planned: Sequence[Purchase]) -> Drawn:
        """Return the orders of a plan that can be drawn; where some cannot, by other products.

        Args:
            half_width_km: half of the interval that may be left.
            planned: what was planned for it.
        """
        found = self.all_of(planned)
        labels = {label for _, label in self.refused}
        rest = tuple(one for one in self.shop.products if one[0].label not in labels)
        if not labels or not rest:
            return found
        try:
            again = buying.basket(
                replace(self.shop, products=rest), half_width_to_km=half_width_km, is_alone=True
            )
        except BadSetting:  # the other products do not reach it either
            return found
        return max(self.all_of(again.purchases), found, key=lambda one: (one.gains, -one.price))

    def not_drawn(self, found: Drawn) -> list[str]:
        """Return a line for each stretch that nothing was ordered for, as no area can be drawn."""
        held = Spans(one.span for one in found.purchases)
        lines = [
            f"{span}, {label}: {why}"
            for (span, label), why in sorted(self.refused.items())
            if Spans((span,)) - held
        ]
        return lines[:_MOST_LINES]

    def _filled(self, planned: Sequence[Purchase], budget: float) -> Drawn:
        """Return what of a plan can be paid, and what fits beside it, until nothing more does."""
        found = self._cut(buying.within(self._priced(planned), budget))
        for _ in range(_MOST_FILLS):
            left = budget - found.price
            more = self._fitting(planned, found, left) or self._further(found, left)
            if more is None:
                break
            found = self._cut((*found.purchases, more))
        return found

    def _further(self, found: Drawn, left: float) -> Purchase | None:
        """Return an order for what money is left, of what no order holds yet."""
        held = Spans(one.span for one in found.purchases)
        gaps = tuple(
            replace(gap, span=span) for gap in self.shop.gaps for span in Spans((gap.span,)) - held
        )
        rest = replace(self.shop, gaps=gaps)
        for share in (1.0, 0.75, 0.5, 0.3):
            more = self._fitting(self._plan(rest, left * share), found, left)
            if more is not None:
                return more
        return None

    def _fitting(self, planned: Sequence[Purchase], found: Drawn, left: float) -> Purchase | None:
        held = Spans(one.span for one in found.purchases)
        fits = [
            one
            for one in self._priced(planned)
            if one.price <= left * (1 + HAIR) and not (held & one.span).length_m
        ]
        return max(fits, key=lambda one: (one.per_money, one.gains), default=None)

    def _plan(self, shop: Shop, budget: float) -> tuple[Purchase, ...]:
        if budget <= HAIR or not shop.gaps:
            return ()
        try:
            return buying.basket(shop, budget=budget, is_alone=True).purchases
        except BadSetting:  # nothing is for sale that shows what is left
            return ()

    def _priced(self, planned: Sequence[Purchase]) -> list[Purchase]:
        drawn = ((one, self._area(one)) for one in planned)
        return [one.priced(orders.area_km2(area)) for one, area in drawn if area is not None]

    def _area(self, one: Purchase) -> Polygon | None:
        key = one.span, one.product.label
        if key not in self._areas and key not in self.refused:
            try:
                self._areas[key] = orders.aoi(self.corridor(one.span), one.product.limits)
            except BadSetting as error:
                self.refused[key] = str(error)
        return self._areas.get(key)

    def _cut(self, bought: Sequence[Purchase]) -> Drawn:
        """Return orders with areas cut from their neighbours of the same product and dates."""
        areas: dict[Span, Polygon] = {}
        groups: dict[tuple[str, tuple[str, ...]], list[Purchase]] = {}
        for one in sorted(bought, key=lambda one: one.span):
            groups.setdefault((one.product.label, one.epochs), []).append(one)
        for (label, _), mine in groups.items():
            cut = orders.apart(
                [self._areas[one.span, label] for one in mine],
                mine[0].product.limits,
                around=[self.corridor(one.span) for one in mine],
            )
            areas |= {one.span: area for one, area in zip(mine, cut, strict=True)}
        priced = [one.priced(orders.area_km2(areas[one.span])) for one in bought]
        priced.sort(key=lambda one: (-one.per_money, one.span))
        return Drawn(purchases=tuple(priced), areas=tuple(areas[one.span] for one in priced))


def check(shop: Shop, budget: float, half_width_km: float) -> None:
    """Refuse a half-width that is reached already, and a sum that pays no order.

    Raises:
        BadSetting: so it is.
    """
    now_km = buying.half_width_km(shop.loss, shop.aim)
    if half_width_km and not budget and now_km <= half_width_km:
        raise BadSetting(
            f"it is as narrow already: plus or minus {now_km:,.2f} km, {half_width_km:g} km were "
            "asked for; nothing was planned, ask for less"
        )
    if not math.isfinite(budget):
        raise BadSetting("the budget is no sum of money; nothing was planned, give a number")
    # That is never more than what an area costs when it is drawn.
    prices = [one.price(0.0) for one, _ in shop.products]
    if budget and not half_width_km and prices and budget < min(prices):
        raise BadSetting(
            f"{budget:g} {shop.products[0][0].currency} pays no order, the smallest costs "
            f"{min(prices):,.2f}; nothing was planned, give more"
        )
