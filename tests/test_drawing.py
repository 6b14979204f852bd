"""Orders as drawn: each holds its corridor, a budget is kept, and what fits is bought."""

import numpy as np
import pytest
import shapely

from vallum.frontier import Frontier
from vallum.ground.errors import BadSetting
from vallum.ground.kinds import Status
from vallum.ground.span import Span
from vallum.measure import buying, drawing, orders
from vallum.measure.buying import Gap, Shop
from vallum.measure.drawing import Drawer
from vallum.measure.orders import Limits
from vallum.measure.prices import Product

LINE = Frontier.packaged("prk-north")
EXTENT = Span(172_000, 184_000)


def store(epochs=("after", "before", "after")):
    one = Product(provider="EXAMPLE", name="p", gsd_m=0.5, price_per_km2=10.0,
                  limits=Limits(min_width_m=3000))  # fmt: skip
    cell_m = buying.cell_m(EXTENT)
    n = buying.n_cells(EXTENT, cell_m)
    gaps = tuple(
        Gap(span=Span(172_000 + 4000 * k, 176_000 + 4000 * k), status=Status.NOT_COMPARABLE,
            missing=(epoch,))
        for k, epoch in enumerate(epochs)
    )  # fmt: skip
    return Shop(extent=EXTENT, gaps=gaps, products=((one, ("before", "after")),),
                strip_km2={one.label: np.full(n, 3.0 * cell_m / 1000)}, cell_m=cell_m)  # fmt: skip


def drawer():
    return Drawer(shop=store(), corridor=lambda span: LINE.corridor(span, 400, 400))


@pytest.mark.parametrize("budget", [100, 250, 400])
def test_every_area_holds_its_corridor_and_the_budget_is_kept(budget):
    mine = drawer()
    found = mine.for_budget(budget, buying.basket(mine.shop, budget=budget).purchases)
    assert found.purchases
    assert found.price <= budget * (1 + 1e-9)
    for one, area in zip(found.purchases, found.areas, strict=True):
        land = mine.corridor(one.span)
        assert land.difference(area).area <= 1e-3 * land.area
        assert one.km2 == pytest.approx(orders.area_km2(area))


def test_an_order_too_dear_when_drawn_makes_room_for_one_that_fits():
    mine = drawer()
    planned = buying.basket(mine.shop, budget=400).purchases
    least = min(one.price for one in mine.all_of(planned).purchases)
    assert mine.for_budget(0.9 * least, planned).purchases


def test_a_neighbour_is_cut_only_so_far_that_its_own_corridor_stays():
    left, right = shapely.box(129, 42, 129.1, 42.1), shapely.box(129.05, 42, 129.2, 42.1)
    land = shapely.box(129.06, 42.02, 129.15, 42.08)
    assert orders.apart([left, right], Limits(), around=[left, land])[1].equals(right)
    assert orders.apart([left, right], Limits())[1].area < right.area


def test_a_sum_without_an_end_is_refused():
    with pytest.raises(BadSetting, match="no sum"):
        drawing.check(store(), float("inf"), 0.0)
