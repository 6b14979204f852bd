"""Kilometres built by date: published examples, other software, limits that hold."""

import importlib.util
import json
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines.fitters.npmle import npmle

from desk_rows import finding, spanned
from vallum.ground.kinds import Basis, Change, Dating, Held, Kind, Stage
from vallum.ground.when import When
from vallum.measure.onset import (
    Onset,
    built_by,
    curves_of,
    onset_estimates,
    onsets_of,
    removed_by,
)
from vallum.measure.turnbull import band_by, turnbull

INF = np.inf
_PATH = Path(__file__).parents[1] / "benchmarks" / "estimation" / "dating.py"

# Breast cosmesis: months to retraction, D. M. Finkelstein and R. A. Wolfe (1985), Biometrics 41,
# 933-945; as data `bcos` of the R package interval.
RADIATION = (
    "45- 6-10 0-7 46- 46- 7-16 17- 7-14 37-44 0-8 4-11 15- 11-15 22- 46- 46- 25-37 46- 26-40 46- "
    "27-34 36-44 46- 36-48 37- 40- 17-25 46- 11-18 38- 5-12 37- 0-5 18- 24- 36- 5-11 19-35 17-25 "
    "24- 32- 33- 19-26 37- 34- 36-"
)
WITH_CHEMOTHERAPY = (
    "8-12 0-22 24-31 17-27 17-23 24-30 16-24 13- 11-13 16-20 18-25 17-26 32- 23- 44-48 14-17 0-5 "
    "5-8 12-20 11- 33-40 31- 13-39 19-32 34- 13- 16-24 35- 15-22 11-17 22-32 10-35 30-34 13- 10-17 "
    "8-21 4-9 11- 14-19 4-8 34- 30-36 18-24 16-60 35-39 21- 11-20 48-"
)
# Printed by M. P. Fay and P. A. Shaw (2010), Exact and asymptotic weighted logrank tests for
# interval censored data: the interval R package, J. Stat. Softw. 36(2), section 4.1 (`icfit`).
PUBLISHED = {
    RADIATION: {
        (4, 5): 0.0463, (6, 7): 0.0334, (7, 8): 0.0887, (11, 12): 0.0708, (24, 25): 0.0926,
        (33, 34): 0.0818, (38, 40): 0.1209, (46, 48): 0.4656,
    },
    WITH_CHEMOTHERAPY: {
        (4, 5): 0.0433, (5, 8): 0.0433, (11, 12): 0.0692, (16, 17): 0.1454, (18, 19): 0.1411,
        (19, 20): 0.1157, (24, 25): 0.0999, (30, 31): 0.0709, (35, 36): 0.1608, (44, 48): 0.0552,
        (48, 60): 0.0552,
    },
}  # fmt: skip


def read(text):
    pairs = [pair.split("-") for pair in text.split()]
    return (
        np.array([float(low) for low, _ in pairs]),
        np.array([float(high or INF) for _, high in pairs]),
    )


# -- Turnbull's estimate -----------------------------------------------------------------------


def test_the_estimate_is_exact_where_the_exact_one_was_published():
    # Fay and Shaw (2010), table 2: 2/7, 2/7, 3/14, 3/14.
    low = np.array([2.0, 5, 1, 1, 9, 8, 10])
    high = np.array([3.0, 6, 7, 7, 12, 10, 13])
    found = turnbull(low, high, np.ones(7))
    assert list(zip(found.left, found.right, strict=True)) == [(2, 3), (5, 6), (9, 10), (10, 12)]
    assert found.mass == pytest.approx([2 / 7, 2 / 7, 3 / 14, 3 / 14], abs=1e-12)


@pytest.mark.parametrize("data", PUBLISHED, ids=["radiation", "with chemotherapy"])
def test_the_cosmesis_data_give_what_r_prints_and_what_lifelines_computes(data):
    low, high = read(data)
    found = turnbull(low, high, np.ones(low.size), tolerance=1e-12)
    printed = {
        (left, right): round(mass, 4)
        for left, right, mass in zip(found.left, found.right, found.mass, strict=True)
        if mass > 1e-5
    }
    assert printed == PUBLISHED[data]
    # lifelines closes its intervals; between whole months (3, 5] is [3.5, 5].
    theirs, intervals = npmle(low + 0.5, high, tol=1e-14)
    assert [(one.left - 0.5, one.right) for one in intervals] == list(
        zip(found.left, found.right, strict=True)
    )
    assert found.mass == pytest.approx(theirs, abs=1e-8)


def test_weights_are_those_of_lifelines():
    chance = np.random.default_rng(1)
    at = chance.integers(0, 100, 60)
    low, high = at - chance.integers(1, 30, 60), at + chance.integers(0, 30, 60)
    weight = chance.uniform(0.1, 5, 60)
    theirs, _ = npmle(low + 0.5, high.astype(float), weights=weight, tol=1e-14)
    found = turnbull(low.astype(float), high.astype(float), weight, tolerance=1e-12)
    assert found.mass == pytest.approx(theirs, abs=1e-7)


def test_the_estimate_is_the_maximum_by_the_conditions_of_gentleman_and_geyer():
    low, high = read(RADIATION)
    found = turnbull(low, high, np.ones(low.size))
    inside = (low[:, None] <= found.left) & (found.right <= high[:, None])
    slope = (inside / (inside @ found.mass)[:, None]).mean(axis=0)
    assert slope.max() <= 1 + 1e-8
    assert slope[found.mass > 1e-6] == pytest.approx(1.0, abs=1e-6)
    assert found.gap <= 1e-9


def test_observations_without_censoring_give_the_empirical_distribution():
    at = np.array([3.0, 5, 5, 9])
    found = turnbull(at - 1, at, np.array([1.0, 2, 1, 4]))
    assert found.share_by(np.array([2.0, 3, 4, 5, 8, 9])) == pytest.approx(
        [0, 1 / 8, 1 / 8, 4 / 8, 4 / 8, 1]
    )


def test_intervals_that_are_empty_are_refused():
    with pytest.raises(ValueError, match="low < high"):
        turnbull(np.array([1.0]), np.array([1.0]), np.ones(1))
    with pytest.raises(ValueError, match="low < high"):
        turnbull(np.array([]), np.array([]), np.array([]))


# -- curves ------------------------------------------------------------------------------------

BORN = date(2015, 1, 1)


def day(number):
    return BORN + timedelta(days=number)


def onset(low=None, high=None, km=1.0, name="x", **more):
    return Onset(
        id=name,
        length_m=km * 1000,
        low=None if low is None else day(low),
        high=None if high is None else day(high),
        **more,
    )


def test_the_envelope_counts_what_is_sure_and_what_is_possible():
    onsets = [onset(0, 100, 1.0), onset(50, 60, 2.0), onset(None, 80, 4.0), onset(70, None, 8.0)]
    curve = built_by(onsets, [day(n) for n in (-5, 0, 1, 50, 51, 60, 71, 80, 100, 500)])
    assert curve.low.tolist() == [0, 0, 0, 0, 0, 2, 2, 6, 7, 7]
    assert curve.high.tolist() == [4, 4, 5, 5, 7, 7, 15, 15, 15, 15]
    assert (curve.total_km, curve.n, curve.n_dated) == (15.0, 4, 2)


def test_inside_a_time_that_no_look_divides_there_is_no_estimate():
    curve = built_by([onset(0, 100, 2.0)], [day(n) for n in (0, 25, 50, 100)])
    assert curve.value.tolist() == pytest.approx([0.0, np.nan, np.nan, 2.0], nan_ok=True)
    assert (curve.low.tolist(), curve.high.tolist()) == ([0, 0, 0, 2], [0, 2, 2, 2])
    assert curve.as_data()["value"] == [0.0, None, None, 2.0]


@pytest.mark.parametrize(("km", "is_stated"), [(0.9, True), (1.2, False)], ids=["9%", "11%"])
def test_up_to_a_tenth_of_the_length_may_lie_in_such_a_time(km, is_stated):
    onsets = [onset(10 * k, 10 * k + 1, 1.0, name=str(k)) for k in range(9)]
    rest = onset(200, 400, km, name="wide")
    curve = built_by([*onsets, rest], [day(300)])
    assert np.isfinite(curve.value).tolist() == [is_stated]
    if is_stated:
        assert curve.value[0] == pytest.approx(9 + km * 100 / 200)


def test_the_share_of_which_nothing_is_known_is_that_of_intervals_astride_a_day():
    # Fay and Shaw (2010), table 2: 2/7 in (2, 3], 2/7 in (5, 6], 3/14 in (9, 10], 3/14 in (10, 12].
    low = np.array([2.0, 5, 1, 1, 9, 8, 10])
    found = turnbull(low, np.array([3.0, 6, 7, 7, 12, 10, 13]), np.ones(7))
    at = np.array([2.0, 2.5, 3, 4, 10, 11, 12])
    assert found.open_at(at) == pytest.approx([0, 2 / 7, 0, 0, 0, 3 / 14, 0])
    begun = turnbull(np.array([0.0, 5.0]), np.array([1.0, INF]), np.array([3.0, 1.0]))
    assert begun.open_at(np.array([3.0, 5.0, 6.0, 1e6])) == pytest.approx([0, 0, 0.25, 0.25])


def test_seen_absent_and_standing_on_one_day_means_built_on_that_day():
    curve = built_by([onset(10, 10)], [day(9), day(10)])
    assert (curve.low.tolist(), curve.high.tolist()) == ([0, 1], [0, 1])


def test_a_curve_without_any_look_is_refused():
    with pytest.raises(ValueError, match="no look"):
        built_by([onset()])


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.integers(0, 900)),
            st.one_of(st.none(), st.integers(1, 400)),
            st.floats(0.1, 20),
        ),
        min_size=1,
        max_size=25,
    )
)
def test_estimate_and_band_rise_inside_an_envelope_that_rises(drawn):
    onsets = [
        onset(low, None if width is None else (low or 0) + width, km) for low, width, km in drawn
    ]
    if all(o.low is None and o.high is None for o in onsets):
        return
    curve = built_by(onsets)
    known = np.isfinite(curve.value)
    for line in (curve.low, curve.high, *(
        one[known] for one in (curve.value, curve.band_low, curve.band_high)
    )):  # fmt: skip
        assert np.isnan(line).all() or (np.diff(line) >= -1e-9).all()
    assert (curve.low <= curve.value + 1e-9)[known].all()
    assert (curve.value <= curve.high + 1e-9)[known].all()
    if curve.n_dated < 10:
        assert np.isnan(curve.band_low).all()
        return
    assert (np.isfinite(curve.band_low) == known).all()
    assert (np.isfinite(curve.band_high) == known).all()
    assert (curve.low - 1e-9 <= curve.band_low)[known].all()
    assert (curve.band_low <= curve.value + 1e-9)[known].all()
    assert (curve.value <= curve.band_high + 1e-9)[known].all()
    assert (curve.band_high <= curve.high + 1e-9)[known].all()


def test_a_curve_is_plain_data_with_null_where_there_is_no_band():
    data = built_by([onset(0, 100, 2.0), onset(50, 200, 1.0)]).as_data()
    assert json.loads(json.dumps(data)) == data
    assert len({len(data[key]) for key in ("days", "low", "high", "value", "band_low")}) == 1
    assert data["band_low"] == [None] * len(data["days"])
    assert (data["from"], data["to"]) == ("2015-01-01", day(200).isoformat())
    assert "10 are needed" in data["note"]


def test_the_same_onsets_give_the_same_band():
    onsets = [onset(30 * k, 30 * k + 90 + k, 1.0 + k) for k in range(20)]
    one, two = built_by(onsets), built_by(onsets)
    assert one.as_data() == two.as_data()
    assert "independent" in one.note


def test_the_band_holds_what_happened_about_as_often_as_it_says():
    chance = np.random.default_rng(3)
    held = []
    for seed in range(40):
        built = chance.integers(0, 1000, 30)
        looks = np.sort(chance.integers(0, 1000, (30, 5)), axis=1)
        low = np.where(looks < built[:, None], looks, -INF).max(axis=1)
        high = np.where(looks >= built[:, None], looks, INF).min(axis=1)
        at = np.arange(150.0, 900.0, 150.0)
        band = band_by(low, high, np.ones(30), at, n_draws=100, seed=seed)
        truth = (built[:, None] <= at).sum(axis=0)
        held.append((band[0] <= truth) & (truth <= band[1]))
    assert 0.93 <= np.mean(held) <= 1.0


# -- numbers -----------------------------------------------------------------------------------


def barrier(start_m, km, *, change=Change.NEW, category=Kind.FENCE, **more):
    row = spanned(start_m, start_m + int(km * 1000), change=change, category=category)
    return finding(row, **more)


def dated(start_m, km, low, high, **more):
    fields = {
        "last_absent": day(low),
        "first_seen": day(high),
        "built": When(day(low), day(high)),
        "dating": Dating.BRACKETED,
    }
    return barrier(start_m, km, **(fields | more))


def by_name(estimates):
    return {one.name: one for one in estimates}


def test_year_ends_inside_the_range_of_the_looks_have_a_number():
    found = by_name(onset_estimates([dated(0, 2, 300, 1200), dated(5000, 1, 100, 1000)]))
    names = [name for name in found if "built_by" in name]
    assert names == [f"barrier_km_built_by_{year}-12-31" for year in (2015, 2016, 2017)]
    middle = found["barrier_km_built_by_2016-12-31"]
    assert (middle.basis, middle.wording, middle.unit) == (Basis.BOUNDS, "between", "km")
    assert (middle.low, middle.high) == (0.0, pytest.approx(3.0))
    assert np.isnan(middle.value)  # 2016 lies between the looks of both
    assert (middle.n, middle.estimator) == (2, "")
    assert middle.denominator == "of 3.000 km of barrier confirmed as built"
    assert "only that it lies between low and high" in middle.method
    assert "assumes" not in middle.method


def test_a_year_end_that_looks_surround_closely_has_an_estimate_between_its_limits():
    # One finding alone is open at the end of 2015, and others tell where its length may lie.
    rows = [dated(2000 * k, 1, 296 + 20 * k, 301 + 20 * k) for k in range(6)]
    found = by_name(onset_estimates([*rows, dated(20_000, 1, 310, 480)]))
    one = found["barrier_km_built_by_2015-12-31"]
    assert (one.low, one.high) == (pytest.approx(4.0), pytest.approx(5.0))
    assert one.low < one.value < one.high
    assert (one.basis, one.estimator) == (Basis.BOUNDS, "Turnbull")
    assert "assumes" in one.method


def test_a_day_that_looks_leave_certain_is_counted_and_no_estimate():
    found = by_name(onset_estimates([dated(0, 2, 100, 200), dated(5000, 1, 500, 600)]))
    sure = found["barrier_km_built_by_2015-12-31"]
    assert (sure.basis, sure.wording, sure.estimator) == (Basis.CONFIRMED, "at least", "")
    assert sure.value == sure.low == sure.high == pytest.approx(2.0)
    assert "assumes" not in sure.method


def test_quarter_ends_are_stated_where_looks_are_dense():
    rows = [dated(3000 * k, 1, 90 * k, 90 * k + 60) for k in range(4)]
    names = [one.name for one in onset_estimates(rows) if "built_by" in one.name]
    assert "barrier_km_built_by_2015-03-31" in names
    assert "barrier_km_built_by_2015-06-30" in names


def test_what_has_no_date_is_a_number_and_not_enough_looks_is_a_part_of_it():
    old = barrier(0, 3, change=Change.UNCHANGED, first_seen=day(9), dating=Dating.LEFT_CENSORED)
    open_ = barrier(5000, 2, change=Change.UNCHANGED, dating=Dating.NOT_ENOUGH_LOOKS)
    found = by_name(onset_estimates([old, open_, dated(9000, 1, 0, 9)]))
    assert found["barrier_km_undated"].value == pytest.approx(5.0)
    assert found["barrier_km_not_enough_looks"].value == pytest.approx(2.0)
    assert "not the same as no change" in found["barrier_km_not_enough_looks"].method
    assert found["barrier_km_undated"].denominator == "of 6.000 km of barrier confirmed"
    none = by_name(onset_estimates([dated(9000, 1, 0, 9)]))
    assert none["barrier_km_undated"].value == 0.0
    assert none["barrier_km_undated"].wording == "counted"


def test_stages_add_up_to_what_somebody_named():
    rows = [
        dated(0, 2, 0, 9, stage=Stage.COMPLETE),
        dated(4000, 1, 0, 9, stage=Stage.PARTIAL),
        barrier(8000, 1, last_absent=day(5), dating=Dating.RIGHT_CENSORED, stage=Stage.CLEARED),
        dated(12000, 1, 0, 9),
    ]
    found = by_name(onset_estimates(rows))
    stages = {name: one.value for name, one in found.items() if "at_stage" in name}
    assert stages == {
        "barrier_km_at_stage_cleared": pytest.approx(1.0),
        "barrier_km_at_stage_partial": pytest.approx(1.0),
        "barrier_km_at_stage_complete": pytest.approx(2.0),
    }
    assert {one.wording for name, one in found.items() if "at_stage" in name} == {"at least"}
    assert "1.000 km nobody named" in found["barrier_km_at_stage_partial"].method
    # What is only begun is no undated barrier.
    assert found["barrier_km_undated"].value == 0.0


def test_what_is_begun_and_does_not_stand_is_never_surely_built():
    begun = barrier(8000, 1, last_absent=day(5), dating=Dating.RIGHT_CENSORED)
    (curve,) = curves_of([begun, dated(0, 2, 0, 400)])
    assert (curve.low[-1], curve.high[-1]) == (pytest.approx(2.0), pytest.approx(3.0))


def test_removals_have_a_curve_and_numbers_of_their_own():
    fields = {"still_seen": day(300), "gone_by": day(500), "removed": When(day(300), day(500))}
    gone = barrier(0, 2, change=Change.REMOVED, first_seen=day(0), **fields)
    assert onsets_of([gone]) == []
    (one,) = onsets_of([gone], "removed")
    assert removed_by([one]).high[-1] == pytest.approx(2.0)
    found = by_name(onset_estimates([gone]))
    assert found["barrier_km_removed_by_2015-12-31"].high == pytest.approx(2.0)
    assert [curve.what for curve in curves_of([gone])] == ["barrier removed"]


def test_findings_of_an_older_project_have_their_bracket_only():
    (one,) = onsets_of([barrier(0, 1, built=When(day(0), day(90)))])
    assert (one.low, one.high) == (day(0), day(90))


def test_roads_posts_and_what_is_not_confirmed_are_in_no_curve():
    road = dated(0, 2, 0, 100, category=Kind.PATROL_ROAD)
    open_ = dated(4000, 2, 0, 100, held=Held.DISPUTED)
    assert onset_estimates([road, open_]) == []
    assert curves_of([road, open_]) == []


def test_length_drawn_twice_counts_once():
    one = dated(0, 2, 0, 100)
    again = replace(one, about="drawn-again", last_absent=day(50))
    assert sum(o.length_m for o in onsets_of([one, again])) == pytest.approx(2000, abs=1)


# -- simulated histories ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def study():
    spec = importlib.util.spec_from_file_location("dating_study", _PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_brackets_hold_the_day_in_every_simulated_history(study):
    found = study.histories(150, 0.0, seed=8)
    assert found["hold"] == found["histories"] == 150
    assert found["kinds"][Dating.CONFLICTING] == 0
    assert all(found["kinds"][one] for one in (Dating.BRACKETED, Dating.LEFT_CENSORED))
    assert found["temporary"] > 0


def test_wrong_looks_are_named_where_they_contradict_and_few_dates_are_wrong_unnamed(study):
    found = study.histories(150, 0.1, seed=8)
    assert found["kinds"][Dating.CONFLICTING] > 40
    assert found["wrong and not named"] < 25


def test_the_envelope_holds_however_looks_were_chosen(study):
    for follows in (False, True):
        case = study.Case(n=12, n_images=6, n_sections=3, follows=follows)
        assert study.coverage(case, 3, 60.0, seed=4)["envelope"] == 1.0
