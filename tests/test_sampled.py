"""What a sample says: estimates, bounds, refusals with their reasons, and no extrapolation."""

import math

import pytest

import desk_rows
from sample_rows import EXTENT, UNIT_M, USABLE, Desk, drawn, suggested
from vallum.ground.errors import NotASample
from vallum.ground.kinds import Answer, Basis, Change, Kind
from vallum.ground.span import Span, Spans
from vallum.measure import designs
from vallum.measure.readings import first_answers
from vallum.measure.sampled import area_slug, estimates_over, sampled_estimates
from vallum.measure.wording import AS_READ, Words

BUILT = Spans.of((500, 3_100), (6_000, 8_050), (12_000, 14_600), (17_000, 18_300))
TRUTH_KM = (BUILT & USABLE).length_m / 1000
UNSEEN_KM = 2.0


def read_survey(n=40, seed=1, machine=(), findings=(), **more):
    desk = Desk(drawn(n, seed), machine=machine, findings=findings)
    for row in desk.samples:
        desk.see(row, BUILT, **more)
    return desk


def numbers(desk, **more):
    return {one.name: one for one in sampled_estimates(desk.surveys, **more)}


def test_the_estimate_holds_the_truth_and_says_what_it_is():
    one = numbers(read_survey())["border_km_changed_estimated"]
    assert one.low < TRUTH_KM < one.high
    assert one.low <= one.value <= one.high
    assert (one.unit, one.basis, one.n) == ("km", Basis.SAMPLED, 40)
    assert one.n_positive >= 10
    assert one.wording == f"{Words.ABOUT}, {AS_READ}"
    assert one.se > 0
    assert one.survey.startswith("simple-40x200m-")
    assert not one.reason
    assert one.denominator.startswith("of 18.000 km that could be compared")
    assert "As 1 reader saw it" in one.method


def test_intervals_hold_the_truth_as_often_as_they_say():
    inside = 0
    for seed in range(100):
        one = numbers(read_survey(seed=seed))["border_km_changed_estimated"]
        inside += one.low <= TRUTH_KM <= one.high
    # 95 %, and four standard errors of a share of 100: the study in benchmarks measures it.
    assert inside >= 86


def test_a_good_map_makes_the_interval_narrow():
    machine = suggested(*((span.start_m, span.end_m) for span in BUILT))
    plain = numbers(read_survey())["border_km_changed_estimated"]
    helped = numbers(read_survey(machine=machine))["border_km_changed_estimated"]
    assert helped.estimator == "regression"
    assert helped.high - helped.low < 0.5 * (plain.high - plain.low)
    assert helped.low <= TRUTH_KM <= helped.high


def test_everything_read_is_the_truth_without_doubt():
    one = numbers(read_survey(90))["border_km_changed_estimated"]
    assert one.low == one.value == one.high == pytest.approx(TRUTH_KM, abs=0.02)


def test_bounds_add_all_that_was_not_seen():
    found = numbers(read_survey())
    one, bounds = found["border_km_changed_estimated"], found["border_km_changed_bounds"]
    assert math.isnan(bounds.value)
    assert bounds.low == one.low
    assert bounds.high == pytest.approx(one.high + UNSEEN_KM)
    assert (bounds.basis, bounds.wording) == (Basis.BOUNDS, Words.BETWEEN)
    barrier = found["barrier_km_fence_new_bounds"]
    assert math.isnan(barrier.high)
    assert barrier.open_m == 2000


def test_what_is_confirmed_is_the_least_there_is():
    (fence,) = suggested((500, 3_000))
    (elsewhere,) = suggested((9_300, 9_500))
    findings = [desk_rows.finding(fence), desk_rows.finding(elsewhere)]
    desk = Desk(drawn(), findings=findings)
    for row in desk.samples:
        desk.see(row, BUILT & Spans.of((0, 9000)))
    found = numbers(desk)
    one = found["border_km_changed_estimated"]
    assert one.low >= fence.span.length_m / 1000
    bounds = found["border_km_changed_bounds"]
    assert bounds.low == pytest.approx(one.low + elsewhere.span.length_m / 1000)


def test_stretches_nobody_read_make_one_row_that_says_so():
    desk = Desk(drawn(40))
    for row in desk.samples[:3]:
        desk.see(row, BUILT)
    (one,) = sampled_estimates(desk.surveys)
    assert one.name == "border_km_changed_estimated"
    assert math.isnan(one.value)
    assert one.reason == "37 of 40 stretches are not read yet"
    assert one.wording == Words.NO_NUMBER


def test_too_few_finds_give_a_reason_in_place_of_a_number():
    desk = Desk(drawn(40))
    for k, row in enumerate(desk.samples):
        desk.read(row, Answer.YES if k < 3 else Answer.NO, category=Kind.FENCE if k < 3 else None)
    found = numbers(desk)
    one = found["border_km_changed_estimated"]
    assert math.isnan(one.value)
    assert math.isnan(one.low)
    assert "3 of 40" in one.reason
    assert "Clopper-Pearson" in one.reason
    assert "border_km_changed_bounds" not in found


def test_an_assumption_has_rows_of_its_own_and_only_when_asked():
    desk = read_survey()
    assert not any("at_random" in name for name in numbers(desk))
    found = numbers(desk, if_at_random=True)
    one = found["border_km_changed_estimated"]
    assumed = found["border_km_changed_if_missing_at_random"]
    assert assumed.value == pytest.approx(one.value * 20 / 18)
    assert assumed.high == pytest.approx(one.high * 20 / 18)
    assert (assumed.basis, assumed.wording) == (Basis.ASSUMPTION, Words.ABOUT_IF)
    assert "ASSUMES" in assumed.method


def test_posts_and_their_net_change_are_estimated():
    desk = Desk(drawn(60))
    for k, row in enumerate(desk.samples):
        is_post, is_gone = k % 3 == 0, k % 6 == 0
        desk.read(row, Answer.YES if is_post else Answer.NO)
        if is_post:
            at = row.span.middle_m
            desk.draw(row, desk_rows.post(at), category=Kind.GUARD_POST)
            desk.draw(row, desk_rows.post(at + 20), category=Kind.WATCHTOWER)
        if is_gone:
            desk.draw(row, desk_rows.post(at - 20), category=Kind.BUILDING, change=Change.REMOVED)
    found = numbers(desk)
    new, removed = found["posts_new_estimated"], found["posts_removed_estimated"]
    net = found["posts_net_change_estimated"]
    assert new.unit == "posts"
    assert new.value == pytest.approx(40 * 90 / 60)
    assert removed.value == pytest.approx(10 * 90 / 60)
    assert net.value == pytest.approx(new.value - removed.value)
    assert "posts_net_change_bounds" not in found


def test_the_newest_survey_that_is_read_completely_counts_and_the_rule_is_said():
    one, two, three = drawn(30, seed=1), drawn(35, seed=2), drawn(40, seed=3)
    desk = Desk(one, two, three)
    for row in desk.samples:
        if row.survey != three.survey:
            desk.see(row, BUILT)
    found = numbers(desk)
    assert {row.survey for row in found.values()} == {two.survey}
    assert "3 surveys were drawn" in found["border_km_changed_estimated"].method


def test_second_readings_correct_what_first_readers_see_wrongly():
    first = drawn(60, seed=4)
    desk = Desk(first)
    for k, row in enumerate(desk.samples):
        # Every seventh stretch without anything is taken for a fence.
        if k % 7 == 0 and not BUILT & row.span:
            desk.read(row, Answer.YES, category=Kind.FENCE)
        else:
            desk.see(row, BUILT)
    answers = first_answers(desk.rows, first.survey)
    sizes = {"all: yes": 20, "all: no": 10}
    second = designs.second(first.strata, first.samples, answers, sizes, seed=1)
    both = Desk(first, second)
    both.verdicts, both.candidates = desk.verdicts, desk.candidates
    as_read = numbers(both)["border_km_changed_estimated"]
    assert "30 second readings are missing" in as_read.method
    for row in both.samples:
        if row.survey == second.survey:
            both.see(row, BUILT, "zoe")
    corrected = numbers(both)["border_km_changed_estimated"]
    assert corrected.estimator == "two-phase"
    assert corrected.value < as_read.value
    assert corrected.low <= TRUTH_KM <= corrected.high
    assert "corrected by second readings" in corrected.method


def test_an_area_that_was_chosen_speaks_of_itself_alone():
    area = designs.chosen_area(Spans.of((5_000, 7_000)), "a market town", unit_m=UNIT_M)
    desk = Desk(area)
    for k, row in enumerate(desk.samples):
        if k == 0:
            desk.read(row, Answer.CANNOT_TELL)
        else:
            desk.see(row, BUILT)
    found = numbers(desk)
    one = found["border_km_changed_in_km_5_7"]
    assert one.value == one.low == pytest.approx(1.0, abs=0.01)
    assert one.high == pytest.approx(one.value + 0.2)
    assert one.basis is Basis.CHOSEN_AREA
    assert "chosen because: a market town" in one.method
    assert "in the chosen area" in one.wording
    assert math.isnan(found["barrier_km_fence_new_in_km_5_7"].high)
    refused = found["border_km_changed_estimated"]
    assert math.isnan(refused.value)
    assert "only areas that were chosen were read" in refused.reason
    assert "18.000 km" in refused.reason


def test_a_chosen_area_beside_a_sample_changes_no_estimate():
    plain = read_survey()
    area = designs.chosen_area(Spans.of((5_000, 7_000)), "a market town", unit_m=UNIT_M)
    desk = Desk(drawn(40), area)
    for row in desk.samples:
        desk.see(row, BUILT)
    one, other = numbers(plain), numbers(desk)
    assert other["border_km_changed_estimated"].value == one["border_km_changed_estimated"].value
    assert other["border_km_changed_in_km_5_7"].value == pytest.approx(1.0, abs=0.01)


def test_a_chosen_area_that_is_not_read_yet_is_one_row():
    desk = Desk(designs.chosen_area(Spans.of((5_000, 7_000)), "a market town", unit_m=UNIT_M))
    found = numbers(desk)
    assert found["border_km_changed_in_km_5_7"].reason == "10 of 10 stretches are not read yet"
    assert len(found) == 2


def test_nothing_is_extrapolated_beyond_what_could_have_been_drawn():
    desk = read_survey()
    with pytest.raises(NotASample, match="could not be compared"):
        estimates_over(desk.surveys[0], Spans.of((8_000, 10_500)))
    area = Desk(designs.chosen_area(Spans.of((5_000, 7_000)), "a market town", unit_m=UNIT_M))
    with pytest.raises(NotASample, match="a market town"):
        estimates_over(area.surveys[0], Spans((EXTENT,)))
    with pytest.raises(NotASample, match="without a metre"):
        area_slug(Spans())


def test_a_part_of_the_border_has_its_own_estimate_from_the_same_draw():
    over = Spans.of((0, 9_000))
    found = {e.name: e for e in estimates_over(read_survey(60).surveys[0], over)}
    one = found["border_km_changed_estimated_in_km_0_9"]
    assert one.low <= (BUILT & over).length_m / 1000 <= one.high <= 9.0
    assert one.denominator == "of 9.000 km of border in this part"


def test_a_part_of_a_chosen_area_is_a_smaller_sum():
    desk = Desk(designs.chosen_area(Spans.of((5_000, 7_000)), "a market town", unit_m=UNIT_M))
    for row in desk.samples:
        desk.see(row, BUILT)
    found = {e.name: e for e in estimates_over(desk.surveys[0], Spans.of((6_500, 7_000)))}
    assert found["border_km_changed_in_km_6.5_7"].value == pytest.approx(0.5, abs=0.01)


def test_every_number_names_the_rows_it_rests_on():
    desk = read_survey()
    one = numbers(desk)["border_km_changed_estimated"]
    assert {v.id for v in desk.verdicts} <= set(one.from_ids)
    assert {s.id for s in desk.strata} <= set(one.from_ids)


def test_nothing_drawn_says_nothing():
    assert sampled_estimates([]) == []


def unsure(every=2):
    """A survey in which every second stretch could not be told, and the others are full."""
    desk = Desk(drawn(60))
    for k, row in enumerate(desk.samples):
        if k % every:
            desk.read(row, Answer.CANNOT_TELL)
        else:
            desk.read(row, Answer.YES, category=Kind.FENCE)
    return desk


def test_what_readers_could_not_tell_is_in_the_bounds_and_never_nothing():
    found = numbers(unsure())
    bounds = found["border_km_changed_bounds"]
    assert found["border_km_changed_estimated"].high < 14
    assert bounds.high == pytest.approx(20.0)
    assert "readers could not tell" in found["border_km_changed_estimated"].method
    fence = found["barrier_km_all_new_bounds"]
    assert math.isnan(fence.high)
    assert fence.open_m > 2000 + 8000  # what was not compared, and what could not be told


def test_a_hole_in_a_chosen_area_is_not_dropped():
    area = designs.chosen_area(USABLE & Span(8_000, 12_000), "a town", unit_m=UNIT_M)
    desk = Desk(area)
    for row in area.samples:
        desk.read(row, Answer.NO)
    found = numbers(desk)
    assert (
        found["border_km_changed_in_km_8_12"].low,
        found["border_km_changed_in_km_8_12"].high,
    ) == (0, 1)
    assert math.isnan(found["posts_new_in_km_8_12"].high)
    assert found["posts_new_in_km_8_12"].open_m == 1000


def test_a_smaller_draw_that_repeats_what_was_read_takes_no_ones_place():
    first, less = drawn(50, 1), drawn(30, 1)
    desk = Desk(first, less)
    for row in first.samples:
        desk.see(row, BUILT)
    assert {one.n_unread for one in desk.surveys} == {0}
    assert numbers(desk)["border_km_changed_estimated"].n == 50


def test_an_assumption_never_says_less_than_what_is_confirmed():
    beyond = [desk_rows.finding(one) for one in suggested((9_100, 9_950), (19_050, 19_950))]
    found = numbers(read_survey(findings=beyond), if_at_random=True)
    least = found["border_km_changed_bounds"].low - found["border_km_changed_estimated"].low
    assert least > 1
    assert found["border_km_changed_if_missing_at_random"].low >= least


def test_areas_a_metre_apart_have_names_of_their_own():
    names = {
        area_slug(Spans.of((1_004_123, 1_019_000))),
        area_slug(Spans.of((1_004_124, 1_019_000))),
    }
    assert names == {"km_1004.123_1019", "km_1004.124_1019"}
