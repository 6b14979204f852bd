"""A made-up book in which a sample was read, an area was chosen, and findings are dated."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

from fake_book import fake_book
from vallum.ground.kinds import Basis
from vallum.ground.records import Estimate
from vallum.report.book import Book
from vallum.report.built import Built

OF = "of 10.100 km with comparable imagery, of 12.000 km of frontier"


def _number(name: str, value: float, low: float, high: float, **more) -> Estimate:
    said = {"unit": "km", "method": "Made up for tests.", "wording": "about", "denominator": OF}
    return Estimate(**{"name": name, "value": value, "low": low, "high": high, **said, **more})


def _sampled(name: str, value: float, low: float, high: float, **more) -> Estimate:
    said = {"basis": Basis.SAMPLED, "n": 200, "n_positive": 41, "se": (high - low) / 3.92,
            "estimator": "regression", "survey": "s1"}  # fmt: skip
    return _number(name, value, low, high, **{**said, **more})


def _refused(name: str, n_positive: int, **more) -> Estimate:
    return _sampled(
        name, math.nan, math.nan, math.nan, n_positive=n_positive, wording="no number",
        reason=f"only {n_positive} of 200 stretches hold something, 10 are needed; with 95 % "
        "confidence fewer than 4.4 % of stretches hold it", **more,
    )  # fmt: skip


def _bounds(name: str, low: float, high: float, **more) -> Estimate:
    return _number(f"{name}_bounds", math.nan, low, high, basis=Basis.BOUNDS, wording="between",
                   **more)  # fmt: skip


def said_estimates(unseen_km: float, new_posts: float) -> tuple[Estimate, ...]:
    """Sampled numbers, bounds, an assumption, a refusal, a chosen area, dates and stages."""
    if_text = "about, if what was not compared is like what was"
    return (
        _sampled("border_km_changed_estimated", 5.31, 4.62, 6.04),
        _bounds("border_km_changed", 4.62, 6.04 + unseen_km),
        _number("border_km_changed_if_missing_at_random", 6.12, 5.3, 7.02, basis=Basis.ASSUMPTION,
                wording=if_text),
        _sampled("border_km_with_new_infrastructure_estimated", 5.02, 4.31, 5.77),
        _bounds("border_km_with_new_infrastructure", 4.31, 5.77 + unseen_km),
        _refused("border_km_with_removed_infrastructure_estimated", 6),
        _sampled("border_km_indeterminate_estimated", 0.62, 0.31, 1.12, n_positive=19),
        _bounds("border_km_with_removed_infrastructure", 0.2, 8.0),
        _sampled("barrier_km_all_new_estimated", 6.9, 5.5, 8.3),
        _bounds("barrier_km_all_new", 5.5, math.nan, open_m=round(unseen_km * 1000)),
        _refused("barrier_km_all_removed_estimated", 3),
        _sampled("barrier_km_double_fence_new_estimated", 1.4, 1.1, 1.9, n_positive=12),
        _sampled("posts_new_estimated", new_posts * 1.2, new_posts, new_posts * 1.5, unit="posts"),
        _bounds("posts_new", new_posts, math.nan, unit="posts", open_m=round(unseen_km * 1000)),
        _number("border_km_changed_in_km_4.2_6", 1.24, 1.24, 1.31, basis=Basis.CHOSEN_AREA, n=9,
                n_positive=7, wording="about, in the chosen area only", survey="ford"),
        _number("posts_new_in_km_4.2_6", 12, 12, 12, basis=Basis.CHOSEN_AREA, n=9, n_positive=5,
                unit="posts", wording="about, in the chosen area only", survey="ford"),
        *(
            _number(f"barrier_km_built_by_{day}", value, low, high, basis=Basis.BOUNDS, n=37,
                    wording="about" if low < high else "at least", denominator="of 6.270 km of barrier confirmed as built")
            for day, value, low, high in (("2019-12-31", 1.9, 0.6, 3.2), ("2020-12-31", 3.4, 2.4, 4.1),
                                          ("2021-12-31", 5.9, 5.6, 6.1), ("2022-12-31", 6.27, 6.27, 6.27))
        ),
        _number("barrier_km_undated", 0.41, 0.41, 0.41, n=3, wording="at least"),
        _number("barrier_km_not_enough_looks", 0.2, 0.2, 0.2, n=1, wording="at least"),
        _number("barrier_km_at_stage_groundwork", 0.47, 0.47, 0.47, n=2, wording="at least"),
        _number("barrier_km_at_stage_complete", 4.9, 4.9, 4.9, n=30, wording="at least"),
    )  # fmt: skip


def fake_curve(*, n: int = 37, total: float = 6.27) -> dict:
    """What `measure.onset.Curve.as_data` hands over."""
    days = ["2018-05-02", "2019-03-14", "2019-09-01", "2020-06-20", "2021-02-11", "2021-08-30",
            "2022-04-09"]  # fmt: skip
    value = [0.0, 0.7, 1.5, 2.9, 4.4, 5.6, 6.27]
    return {
        "what": "barrier built", "unit": "km", "total": total, "n": n, "level": 0.95,
        "from": days[0], "to": days[-1], "days": days,
        "low": [0.0, 0.2, 0.6, 1.9, 3.6, 5.1, 6.27], "high": [0.4, 1.8, 3.2, 4.0, 5.2, 6.0, 6.27],
        "value": value,
        "band_low": [max(0.0, one - 0.5) for one in value] if n >= 10 else [None] * 7,
        "band_high": [min(6.27, one + 0.45) for one in value] if n >= 10 else [None] * 7,
        "note": "Grey: what the looks prove. Line: the estimate between them, Turnbull's; it takes "
        "it that the days of the images have nothing to do with the days of building.",
    }  # fmt: skip


@cache
def said_book(length_km: float = 12.0, *, is_simulated: bool = True, n_chips: int = 0) -> Book:
    """A book in which everything can be said that vallum knows to say."""
    book = fake_book(length_km, is_simulated=is_simulated, n_chips=n_chips)
    unseen = book.by_name["border_km_not_comparable"].value
    more = said_estimates(unseen, book.by_name["posts_new"].value)
    counts = {"border_km_changed": 61, "border_km_with_new_infrastructure": 58, "posts_new": 108}
    counted = tuple(
        replace(one, n=counts.get(one.name, 0), basis=Basis.CONFIRMED) for one in book.estimates
    )
    return replace(book, estimates=(*counted, *more), built=(Built.of(fake_curve()),))
