"""A plan says beforehand what a sample costs and gives, and what that rests on."""

import itertools
import math

import numpy as np
import pytest
from scipy.stats import t as student

from vallum.ground.errors import BadSetting
from vallum.ground.kinds import Answer, Design
from vallum.ground.records import Sample, Stratum
from vallum.ground.span import Span, Spans
from vallum.measure import planning
from vallum.measure.planning import Expected

BORDER = [
    Expected(name="a", n_units=6000, size_m=1_200_000, share=0.02),
    Expected(name="b", n_units=700, size_m=140_000, share=0.3),
    Expected(name="c", n_units=300, size_m=60_000, share=0.7),
]


def test_the_half_width_is_that_of_cochran_5_12():
    sizes = {"a": 200, "b": 100, "c": 50}
    variance = 0.0
    for part in BORDER:
        n, total = sizes[part.name], part.n_units
        spread = 200.0**2 * part.share * (1 - part.share)
        variance += total**2 * (1 - n / total) * spread / n
    expected = student.ppf(0.975, 347) * math.sqrt(variance) / 1000
    assert planning.half_width_km(BORDER, sizes) == pytest.approx(expected, rel=1e-12)


def test_the_half_width_is_what_samples_of_such_a_border_give():
    rng = np.random.default_rng(5)
    y = np.zeros(2000)
    y[:200] = 200.0  # a tenth of the stretches, all along them
    expected = [Expected(name="all", n_units=2000, size_m=400_000, share=0.1)]
    totals = [y[rng.permutation(2000)[:150]].mean() * 2000 / 1000 for _ in range(4000)]
    planned = planning.half_width_km(expected, {"all": 150})
    inside = np.mean(np.abs(np.array(totals) - y.sum() / 1000) <= planned)
    # 95 %, and three standard errors of a share of 4,000.
    assert 0.93 < inside < 0.975


def test_everything_read_leaves_no_width_and_one_reading_gives_none():
    assert planning.half_width_km(BORDER, {"a": 6000, "b": 700, "c": 300}) == 0.0
    assert planning.half_width_km(BORDER, {"a": 1, "b": 700, "c": 300}) == math.inf


def test_neyman_is_the_best_of_all_ways_to_share_out():
    small = [
        Expected(name="a", n_units=40, size_m=8000, share=0.1),
        Expected(name="b", n_units=30, size_m=6000, share=0.5),
        Expected(name="c", n_units=20, size_m=4000, share=0.3),
    ]

    def variance(sizes):
        return sum(
            p.n_units**2 * (1 - n / p.n_units) * p.sd_m**2 / n
            for p, n in zip(small, sizes, strict=True)
        )

    found = planning.allocated(small, 36)
    best = min(
        (sizes for sizes in itertools.product(range(5, 27), repeat=3) if sum(sizes) == 36),
        key=variance,
    )
    # Rounding to whole stretches may move one.
    assert variance(found.values()) <= variance(best) * 1.01
    assert sum(found.values()) == 36


def test_proportional_follows_the_number_of_stretches():
    assert planning.allocated(BORDER, 700, "proportional") == {"a": 600, "b": 70, "c": 30}


def test_every_part_gets_its_least_and_none_more_than_it_has():
    parts = [
        Expected(name="tiny", n_units=3, size_m=600),
        Expected(name="dull", n_units=500, size_m=100_000, share=0.001),
        Expected(name="rich", n_units=40, size_m=8000, share=0.5),
    ]
    for n in range(7, 544):
        sizes = planning.allocated(parts, n)
        assert sum(sizes.values()) == n
        for part in parts:
            least = 5 if n >= 13 else 2
            assert min(part.n_units, least) <= sizes[part.name] <= part.n_units


@pytest.mark.parametrize("target_km", [1.0, 5.0, 20.0, 60.0])
def test_the_fewest_stretches_that_are_narrow_enough_are_chosen(target_km):
    plan = planning.planned(BORDER, half_width_km=target_km)
    assert plan.chosen.half_width_km <= target_km
    fewer = planning.allocated(BORDER, plan.chosen.n - 1)
    assert planning.half_width_km(BORDER, fewer) > target_km


def test_hours_are_stretches_times_readers_times_seconds():
    plan = planning.planned(BORDER, n=400, seconds_each=90, n_readers=2)
    assert plan.chosen.hours == 400 * 2 * 90 / 3600
    assert {option.n for option in plan.options} >= {50, 100, 200, 800}
    text = "\n".join(plan.lines)
    assert "20.0" in text
    assert "<- this one" in text


def test_a_plan_warns_when_too_little_is_to_be_expected():
    rare = [Expected(name="all", n_units=5000, size_m=1_000_000, share=0.002)]
    assert any("about 0.8 stretches" in line for line in planning.planned(rare, n=400).warnings)
    assert not planning.planned(BORDER, n=400).warnings


def test_nothing_is_said_of_how_much_will_be_found_where_nothing_is_known():
    unknown = [Expected(name="all", n_units=5000, size_m=1_000_000)]
    plan = planning.planned(unknown, n=10, is_known=False, assumed=["the worst case"])
    assert not plan.warnings
    assert plan.assumed[0] == "the worst case"
    assert not plan.is_known


def test_a_plan_says_that_it_leaves_nothing_out():
    plan = planning.planned([Expected(name="all", n_units=30, size_m=6000, share=0.9)], n=30)
    assert plan.chosen.half_width_km == 0.0
    assert any("every stretch" in line for line in plan.warnings)


def test_second_readings_go_where_most_may_change():
    strata = [
        Stratum(
            survey="s", name=name, design=Design.STRATIFIED, spans=Spans.of((k, k + 200)),
            unit_m=200, n_units=n_units, n_drawn=n, seed=1,
        )
        for k, (name, n_units, n) in enumerate((("dull", 5000, 100), ("rich", 100, 100)))
    ]  # fmt: skip
    samples = [
        Sample(
            span=Span(200 * k, 200 * k + 200), design=Design.STRATIFIED, survey="s", unit=k,
            stratum="dull" if k < 100 else "rich",
        )
        for k in range(200)
    ]  # fmt: skip
    answers = {k: Answer.YES if k % 10 == 0 else Answer.NO for k in range(200)}
    sizes = planning.allocated_second(strata, samples, answers, 60)
    assert sum(sizes.values()) == 60
    assert set(sizes) == {"dull: yes", "dull: no", "rich: yes", "rich: no"}
    # 90 noes that stand for 4,500 stretches weigh more than 90 that stand for 90.
    assert sizes["dull: no"] > 5 * sizes["rich: no"]
    assert min(sizes.values()) >= 5


def test_what_cannot_be_planned_is_refused():
    with pytest.raises(BadSetting, match="either the number"):
        planning.planned(BORDER)
    with pytest.raises(BadSetting, match="either the number"):
        planning.planned(BORDER, n=10, half_width_km=3)
    with pytest.raises(BadSetting, match="only 7000"):
        planning.planned(BORDER, n=7001)
    with pytest.raises(BadSetting, match="too few for 3 parts"):
        planning.planned(BORDER, n=5)
    with pytest.raises(BadSetting, match="at least one reader"):
        planning.planned(BORDER, n=50, n_readers=0)
    with pytest.raises(BadSetting, match="no stretch"):
        planning.planned([], n=5)
    with pytest.raises(BadSetting, match="only 7000"):
        planning.allocated(BORDER, 7001)
