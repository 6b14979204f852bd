"""A made book with all that the figures of numbers and evidence need. SIMULATED."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

from fake_book import fake_book
from vallum.ground.kinds import Basis, Change
from vallum.ground.records import Estimate
from vallum.ground.span import Spans
from vallum.report.book import Book
from vallum.report.figures.agreement import Agreement
from vallum.report.figures.forest import Published

NAN = math.nan
AGREEMENT = Agreement(
    answers=("yes", "no", "cannot_tell"),
    counts=((223, 14, 6), (14, 88, 3), (6, 3, 0)),
    n_twice=300,
    kappa=(0.81, 0.76, 0.86),
    within=(NAN, NAN, NAN),
    method="Pairs of answers.",
)
PUBLISHED = (
    Published(
        label="new fencing", words="at least", value=482.0, low=NAN, high=NAN, unit="km",
        who="A Made-up Outlet, 2024", url="https://example.org/a", over="six areas, 2020 to 2023",
    ),
    Published(
        label="guard posts", value=NAN, low=5.0, high=174.0, unit="posts",
        who="Another Outlet, 2022", url="https://example.org/b", over="one section",
    ),
)  # fmt: skip


def number(name: str, value: float, **more: object) -> Estimate:
    """An estimate with what it must have."""
    said = {"unit": "km", "low": value, "high": value, "denominator": "of 7.2 km of frontier",
            "method": "made up", "wording": "at least"}  # fmt: skip
    return Estimate(**{"name": name, "value": value, **said, **more})


@cache
def figures_book() -> Book:
    """A short border: sampled numbers, layers, stock of fences, and what each number rests on."""
    plain = fake_book(7.4, is_simulated=True, n_chips=0)
    new = [one for one in plain.confirmed if one.category.is_line and one.change is Change.NEW]
    keys = tuple(plain.id_of(one) for one in new)
    comparisons = tuple(
        replace(one, candidate_ids=tuple(
            plain.id_of(each) for each in plain.candidates
            if one.span.start_m <= each.span.start_m < one.span.end_m
        ))
        for one in plain.comparisons
    )  # fmt: skip
    seen = plain.estimate("border_km_comparable").spans
    half = Spans((plain.extent,)) & Spans.of((0, plain.extent.end_m // 2))
    more = (
        number("barrier_km_all_new_estimated", 9.4, low=8.6, high=10.3, basis=Basis.SAMPLED,
               wording="about", n=40, n_positive=12),
        number("barrier_km_all_new_bounds", NAN, low=8.6, high=NAN, basis=Basis.BOUNDS,
               wording="between", open_m=900),
        number("border_km_fenced_before", 2.0, high=7.4, spans=half & seen),
        number("border_km_fenced", 5.0, high=7.4, spans=seen),
        number("layer_gap_m_primary_to_secondary", 23.7, low=12.2, high=79.7, unit="m",
               basis=Basis.ACCOUNT, wording="counted"),
    )  # fmt: skip
    estimates = tuple(
        replace(one, from_ids=keys) if one.name == "barrier_km_all_new" else one
        for one in plain.estimates
    )
    findings = tuple(replace(one, agreement="2 of 3 yes") for one in plain.findings)
    return replace(
        plain, estimates=estimates + more, findings=findings, comparisons=comparisons,
        agreement=AGREEMENT, published=PUBLISHED,
    )  # fmt: skip


def empty_book() -> Book:
    """A project in which nothing was done yet."""
    return replace(
        fake_book(7.4, is_reviewed=False, n_chips=0), findings=(), candidates=(), scenes=(),
        looks=(), comparisons=(), fits=(), estimates=(),
    )  # fmt: skip
