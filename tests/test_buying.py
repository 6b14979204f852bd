"""What to buy first: the best stretches, products and dates for a sum, or for a half-width."""

import itertools
import math
from datetime import date

import numpy as np
import pytest

from vallum.ground.errors import BadSetting
from vallum.ground.kinds import Status
from vallum.ground.span import Span
from vallum.measure import buying
from vallum.measure.buying import Gap, Shop
from vallum.measure.orders import Limits
from vallum.measure.prices import Product

CELL = 500
NOT = Status.NOT_COMPARABLE


def product(name="p", price=10.0, min_km2=0.0, clear=1.0, gsd_m=0.5, **more):
    return Product(provider="EXAMPLE", name=name, gsd_m=gsd_m, price_per_km2=price,
                   clear_share=clear, limits=Limits(min_km2=min_km2), **more)  # fmt: skip


def shop(gaps, products, *, length_m=10_000, width_km=1.0, **more):
    extent = Span(0, length_m)
    strip = np.full(buying.n_cells(extent, CELL), CELL / 1000 * width_km)
    return Shop(
        extent=extent,
        gaps=tuple(gaps),
        products=tuple((one, ("before", "after")) for one in products),
        strip_km2={one.label: strip for one in products},
        cell_m=CELL,
        **more,
    )


def gap(start, end, missing=("after",), **more):
    return Gap(span=Span(start, end), status=NOT, missing=missing, **more)


def test_a_gap_of_one_date_is_bought_before_one_of_both():
    store = shop([gap(0, 1000, ("before", "after")), gap(5000, 6000)], [product()])
    bought = buying.basket(store, budget=10).purchases
    assert [(one.span, one.epochs) for one in bought] == [(Span(5000, 6000), ("after",))]


def test_neighbouring_gaps_fill_an_area_that_must_be_paid_anyway():
    gaps = [gap(1000, 1500), gap(2000, 2500), gap(3500, 4000), gap(8000, 8500)]
    bought = buying.basket(shop(gaps, [product(min_km2=3.0)]), budget=30).purchases
    assert [one.span for one in bought] == [Span(1000, 4000)]
    assert bought[0].resolves_m == pytest.approx(1500)


def test_orders_never_overlap_and_never_cost_more_than_there_is():
    rng = np.random.default_rng(3)
    for _ in range(10):
        starts = sorted(rng.choice(20, 7, replace=False) * 500)
        kinds = [("after",), ("before",), ("before", "after")]
        gaps = [gap(int(a), int(a) + 500, kinds[rng.integers(3)]) for a in starts]
        store = shop(gaps, [product(min_km2=1.0), product("q", 6.0, 3.0, 0.8)])
        budget = float(rng.uniform(10, 60))
        bought = buying.basket(store, budget=budget, is_alone=True)
        assert bought.price <= budget * (1 + 1e-9)
        spans = sorted(one.span for one in bought.purchases)
        assert all(a.end_m <= b.start_m for a, b in itertools.pairwise(spans))


def test_the_list_is_as_good_as_the_best_of_all_lists():
    rng = np.random.default_rng(5)
    shares = []
    for _ in range(12):
        gaps = [gap(int(a) * 500, int(a) * 500 + 500) for a in rng.choice(8, 4, replace=False)]
        store = shop(gaps, [product(min_km2=1.0)], length_m=4000)
        budget = float(rng.choice([10, 15, 20, 25]))
        mine = buying.basket(store, budget=budget, is_alone=True).resolves_m
        shares.append(mine / _best_of_all(store, budget))
    # Prices on money miss what lies between two of them; the rest is spent on what fits.
    assert min(shares) >= 0.65
    assert np.mean(shares) >= 0.95


def _best_of_all(store, budget):
    """Try every set of stretches that do not overlap."""
    one = store.products[0][0]
    metres, _ = store.gains(one, 2)
    spans = [(a, b) for a in range(8) for b in range(a + 1, 9)]
    best = 0.0
    for n in (1, 2, 3):
        for some in itertools.combinations(spans, n):
            if any(x[1] > y[0] for x, y in itertools.pairwise(some)):
                continue
            if sum(one.price((b - a) * CELL / 1000) for a, b in some) <= budget:
                best = max(best, sum(metres[a:b].sum() for a, b in some))
    return best


def test_a_half_width_is_reached_with_little_more_than_is_needed():
    gaps = [gap(k * 1000, k * 1000 + 500) for k in range(8)]
    found = buying.basket(shop(gaps, [product()]), half_width_to_km=1.0)
    assert found.half_width_before_km == pytest.approx(2.0)
    assert found.half_width_after_km == pytest.approx(1.0)
    assert found.price == pytest.approx(4 * 5.0)


def test_nothing_is_bought_for_what_is_known_well_enough():
    assert buying.basket(shop([gap(0, 500)], [product()]), half_width_to_km=1.0).purchases == ()


def test_a_half_width_that_no_image_can_give_is_refused_with_what_can():
    with pytest.raises(BadSetting, match=r"about 0\.2 km"):
        buying.basket(shop([gap(0, 1000)], [product(clear=0.5)]), half_width_to_km=0.1)


def test_neither_or_both_wishes_are_refused():
    store = shop([gap(0, 1000)], [product()])
    with pytest.raises(BadSetting, match="either"):
        buying.basket(store)
    with pytest.raises(BadSetting, match="either"):
        buying.basket(store, budget=1, half_width_to_km=1)


def test_what_no_product_can_show_is_refused():
    doubt = Gap(span=Span(0, 1000), status=Status.INDETERMINATE, missing=("after",), pair_gsd_m=0.5)
    with pytest.raises(BadSetting, match="add products"):
        buying.basket(shop([doubt], [product(gsd_m=0.5)]), budget=100)
    finer = buying.basket(shop([doubt], [product(gsd_m=0.3)]), budget=100)
    assert finer.resolves_m == pytest.approx(1000 * buying.SETTLES)


def test_cloud_on_either_of_two_images_is_counted():
    both = buying.basket(shop([gap(0, 1000, ("before", "after"))], [product(clear=0.8)]), budget=99)
    assert both.resolves_m == pytest.approx(640)


def test_expected_aim_goes_where_more_is_uncertain():
    gaps = [gap(0, 500, share=0.02), gap(3000, 3500, share=0.5)]
    bought = buying.basket(shop(gaps, [product()], aim="expected"), budget=5).purchases
    assert [one.span for one in bought] == [Span(3000, 3500)]


def test_the_expected_half_width_is_that_of_runs_drawn_by_chance():
    rng, n, share = np.random.default_rng(1), 40, 0.3
    drawn = (rng.random((20_000, n)) < share).sum(axis=1) * buying.RUN_M / 1000
    said = buying.half_width_km(buying.variance_m2(n * buying.RUN_M, share), "expected")
    assert said == pytest.approx(1.96 * drawn.std(), rel=0.03)


def test_what_was_in_doubt_before_is_expected_to_be_in_doubt_again():
    assert buying.doubtful_share(0, 0, 0) == pytest.approx(0.1)
    assert buying.doubtful_share(60_000, 20_000, 20_000) == pytest.approx(0.2, abs=0.01)


def test_dearer_areas_than_planned_drop_the_least_worth():
    store = shop([gap(0, 1000), gap(4000, 4500)], [product()])
    bought = buying.basket(store, budget=15).purchases
    dearer = [one.priced(1.2 * one.km2) for one in bought]
    kept = buying.within(dearer, 15)
    assert [one.span for one in kept] == [Span(0, 1000)]
    assert buying.within(dearer, 18) == tuple(sorted(dearer, key=lambda p: (-p.per_money, p.span)))


def test_a_longer_list_is_never_worse():
    gaps = [gap(k * 1000, k * 1000 + 300 + 100 * (k % 3)) for k in range(9)]
    store = shop(gaps, [product(min_km2=1.0)])
    got = [buying.basket(store, budget=sum_, is_alone=True).resolves_m for sum_ in (10, 30, 90)]
    assert got == sorted(got)
    assert got[0] < got[2]


def test_orders_keep_length_by_width():
    one = Product(provider="EXAMPLE", name="p", gsd_m=0.5, price_per_km2=10.0,
                  limits=Limits(max_aspect=2.0))  # fmt: skip
    bought = buying.basket(shop([gap(0, 10_000)], [one]), budget=1000).purchases
    assert max(p.span.length_m for p in bought) <= 2000


@pytest.mark.parametrize(
    ("mode", "since", "epoch", "can"),
    [
        ("archive", None, "2019", True),
        ("archive", date(2021, 1, 1), "2019", False),
        ("archive", None, "2031", False),
        ("tasking", None, "2019", False),
        ("tasking", None, "2031", True),
    ],
)
def test_no_product_shows_a_day_it_cannot(mode, since, epoch, can):
    from vallum.ground.when import When

    one = product(mode=mode, since=since)
    assert (one.days(When.parse(epoch), date(2026, 1, 1)) is not None) is can


def test_borders_of_any_length_are_cut_into_cells():
    for length_m in (30, 7400, 150_000, 1_418_000):
        extent = Span(0, length_m)
        n = buying.n_cells(extent, buying.cell_m(extent))
        assert 1 <= n < 3000
        assert math.isfinite(length_m / n)
