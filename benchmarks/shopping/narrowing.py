"""What a shopping list is worth: the same money by the list and evenly, on the demo border.

    python benchmarks/shopping/narrowing.py

SIMULATED. The border is the 7.4 km of the demo. Two situations:

- "demo": as `vallum demo` leaves it: before seen, after hidden by one cloud and one gap.
- "patchy": each date lacks stretches drawn by chance (0.2 to 2 km long, a fifth to two thirds).

What an ordered image shows is drawn by chance too, and alike for every way of spending: it hides
runs of 100 to 600 m until `1 - clear_share` is hidden. Of what is newly compared a tenth stays
indeterminate. The interval is that of border-km with a change (bounds): as long as what is not
comparable or indeterminate. No price here is anybody's: EXAMPLE units.

Ways of spending the same money:

- list: `measure.buying`, of product A (by the piece) and B (large areas, cheaper), and of A alone,
  which is what the other two ways buy.
- evenly, dates: areas of the least size evenly along the border, of both dates.
- evenly, gaps: the same, but of gaps alone and of the missing dates alone.

Factor: metres of interval that the list takes away, by those that the other way takes away, of all
seeds together; 95 % by bootstrap over seeds. Seeds 1-20 (dev) were looked at while this was
written; seeds 101-160 (test) were not. Nothing of `measure.buying` was tuned on either.
"""

from __future__ import annotations

import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np

from vallum.frontier import Frontier
from vallum.ground.kinds import Status
from vallum.ground.span import Span, Spans
from vallum.measure import buying
from vallum.measure.buying import Gap, Shop
from vallum.measure.orders import Limits
from vallum.measure.prices import Product
from vallum.simulate import hoeryong

DEV, TEST = range(1, 21), range(101, 161)
DOUBT = 0.1
WIDTH_KM = 0.9  # corridor of 400 m to each side, with 50 m around it
PRODUCTS = (
    Product(provider="EXAMPLE A", name="by the piece", gsd_m=0.5, price_per_km2=20.0,
            limits=Limits(min_km2=0.45), clear_share=0.9),
    Product(provider="EXAMPLE B", name="large areas", gsd_m=0.5, price_per_km2=12.0,
            limits=Limits(min_km2=1.8), clear_share=0.85),
)  # fmt: skip
SHARES = {"demo": (0.5, 2.0), "patchy": (0.25, 0.5)}


class Border:
    """One seed: what each date shows before anything is bought."""

    def __init__(self, stage, seed, situation):
        self.span, self.seed = stage.span, seed
        whole, rng = Spans((self.span,)), np.random.default_rng([seed, 7])
        if situation == "demo":
            self.seen = {"before": whole, "after": whole - stage.cloud - stage.gap}
        else:
            self.seen = {
                epoch: whole - _patches(self.span, rng, rng.uniform(0.2, 0.66), 200, 2000)
                for epoch in ("before", "after")
            }
        self.doubt = _patches(self.span, rng, DOUBT, 50, 300)

    def gaps(self):
        """What is missing, and of which date."""
        before, after = self.seen["before"], self.seen["after"]
        whole = Spans((self.span,))
        parts = (
            (whole - before - after, ("before", "after")),
            (before - after, ("after",)),
            (after - before, ("before",)),
        )
        return tuple(
            Gap(span=piece, status=Status.NOT_COMPARABLE, missing=missing)
            for spans, missing in parts for piece in spans
        )  # fmt: skip

    def width_m(self, bought):
        """Metres from the low to the high end, when some (span, epochs, product) were bought."""
        seen = dict(self.seen)
        for span, epochs, product in bought:
            for epoch in epochs:
                seen[epoch] = seen[epoch] | (Spans((span,)) - self.hidden(product, epoch))
        compared = seen["before"] & seen["after"]
        was = self.seen["before"] & self.seen["after"]
        sure = (compared & was) | (compared - self.doubt)
        # changed, unchanged and what was told before is settled; the rest is the interval
        return self.span.length_m - sure.length_m

    def hidden(self, product, epoch):
        """What clouds hide on the image of a product, wherever and by whom it is ordered."""
        rng = np.random.default_rng([self.seed, zlib.crc32(f"{product.label}{epoch}".encode())])
        return _patches(self.span, rng, 1 - product.clear_share, 100, 600)


def _patches(span, rng, share, least_m, most_m):
    """Return runs drawn until they hold a share of a span."""
    found = Spans()
    while found.length_m < share * span.length_m:
        start = int(rng.integers(span.start_m - least_m, span.end_m))
        piece = Span(max(0, start), start + int(rng.integers(least_m, most_m))) & span
        if piece is not None:
            found = found | piece
    return found


def _shop(border, products):
    cell_m = buying.cell_m(border.span)
    n = buying.n_cells(border.span, cell_m)
    strip = np.full(n, WIDTH_KM * border.span.length_m / 1000 / n)
    return Shop(
        extent=border.span, gaps=border.gaps(), doubt=DOUBT, cell_m=cell_m,
        products=tuple((one, ("before", "after")) for one in products),
        strip_km2={one.label: strip for one in products},
    )  # fmt: skip


def by_list(border, budget, products=PRODUCTS):
    bought = buying.basket(_shop(border, products), budget=budget, is_alone=True).purchases
    return [(one.span, one.epochs, one.product) for one in bought]


def evenly_dates(border, budget):
    """Areas of the least size, both dates, at even distances from a chance start."""
    product = PRODUCTS[0]
    length = round(1000 * product.limits.min_km2 / WIDTH_KM)
    n = int(budget // product.price(0.0, 2))
    if n < 1:
        return []
    rng = np.random.default_rng([border.seed, 11])
    apart = border.span.length_m / n
    starts = border.span.start_m + (rng.uniform() + np.arange(n)) * apart
    spans = [Span(int(a), int(a) + length) & border.span for a in starts]
    return [(one, ("before", "after"), product) for one in spans if one is not None]


def evenly_gaps(border, budget):
    """Areas of the least size that tile the gaps, the missing dates alone; evenly chosen."""
    product = PRODUCTS[0]
    length = round(1000 * product.limits.min_km2 / WIDTH_KM)
    tiles = [
        (Span(at, min(at + length, gap.span.end_m)), gap.missing)
        for gap in border.gaps()
        for at in range(gap.span.start_m, gap.span.end_m, length)
    ]
    rng, found = np.random.default_rng([border.seed, 13]), []
    start = int(rng.integers(len(tiles)))
    for n in range(len(tiles), 0, -1):  # as many as the money allows
        places = {(start + k * len(tiles) // n) % len(tiles) for k in range(n)}
        found = [tiles[k] for k in sorted(places)]
        if sum(product.price(0.0, len(missing)) for _, missing in found) <= budget:
            return [(span, missing, product) for span, missing in found]
    return []


LISTS = {"A and B": PRODUCTS, "A alone": PRODUCTS[:1]}
WAYS = {"evenly, dates": evenly_dates, "evenly, gaps": evenly_gaps}


def _everything(border):
    """What it costs to order every gap by itself, in the cheapest way there is."""
    return sum(
        PRODUCTS[0].price(WIDTH_KM * gap.span.length_m / 1000, len(gap.missing))
        for gap in border.gaps()
    )


def _factor(mine, other, rng):
    """Return a ratio of sums with its 95 % interval by bootstrap over seeds."""
    mine, other = np.array(mine, float), np.array(other, float)
    draws = rng.integers(len(mine), size=(4000, len(mine)))
    top, below = mine[draws].sum(axis=1), other[draws].sum(axis=1)
    ratios = top / np.maximum(below, 1e-9)
    low, high = np.quantile(ratios, (0.025, 0.975))
    return mine.sum() / max(other.sum(), 1e-9), low, high


def rows(seeds, stage):
    """Return a line per situation, sum of money and other way of spending."""
    found = []
    for situation in ("demo", "patchy"):
        borders = [Border(stage, seed, situation) for seed in seeds]
        for share in SHARES[situation]:
            sums = [share * _everything(one) for one in borders]
            before = [one.width_m([]) for one in borders]
            others = {
                name: [b.width_m(way(b, m)) for b, m in zip(borders, sums, strict=True)]
                for name, way in WAYS.items()
            }
            for listing, products in LISTS.items():
                pairs = zip(borders, sums, strict=True)
                listed = [b.width_m(by_list(b, m, products)) for b, m in pairs]
                gained = np.subtract(before, listed)
                for name, left in others.items():
                    factor = _factor(
                        gained, np.subtract(before, left), np.random.default_rng([len(borders), 3])
                    )
                    found.append(
                        (situation, share, np.mean(before), listing, np.mean(listed), name,
                         np.mean(left), *factor)
                    )  # fmt: skip
    return found


def main():
    with tempfile.TemporaryDirectory() as folder:
        line = Frontier.packaged("prk-north")
        stage = hoeryong.stage(line, Path(folder), seed=1, gsd_m=8.0).truth
        for name, seeds in (("dev", DEV), ("test", TEST)):
            print(
                f"\nSIMULATED, {name} seeds {seeds[0]}-{seeds[-1]} ({len(seeds)} borders of 7.4 km)\n"
            )
            print(
                "| situation | money | interval, km | list of | by the list | other way | by it | factor (95 %) |"
            )
            print("|---|---|---|---|---|---|---|---|")
            for line in rows(seeds, stage):
                situation, share, before, listing, listed, way, left, factor, low, high = line
                said = (
                    f"{factor:.2f} ({low:.2f} to {high:.2f})" if left < before else "by it nothing"
                )
                print(
                    f"| {situation} | {share:.0%} of all | {before / 1000:.2f} | {listing} | {listed / 1000:.2f} "
                    f"| {way} | {left / 1000:.2f} | {said} |"
                )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
