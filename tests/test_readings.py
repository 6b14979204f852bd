"""What people read in a stretch is counted as they said it, clipped to the stretch."""

import numpy as np
import pytest

import desk_rows
from sample_rows import UNIT_M, USABLE, Desk, drawn, suggested
from vallum.ground.kinds import Answer, Change, Held, Kind
from vallum.ground.span import Spans
from vallum.measure import designs
from vallum.measure.quantities import CANNOT_TELL, CHANGED, quantities
from vallum.measure.readings import first_answers
from vallum.measure.sampled import estimates_over
from vallum.measure.survey import parts


def one_unit(span=(1000, 1200)):
    """A desk with a survey of a single stretch, and its row."""
    desk = Desk(designs.simple(Spans.of(span), UNIT_M, 1, seed=1))
    return desk, desk.samples[0]


def amounts(desk, *names):
    """What was read of some quantities in the first survey, one value per name."""
    survey = desk.surveys[0]
    by_name = {one.name: one for one in survey.quantities()}
    return [float(sum(p.y.sum() for p in parts(survey, by_name[name]))) for name in names]


BORDER = ("border_km_changed", "border_km_with_new_infrastructure", "border_km_indeterminate")


def test_a_no_is_nothing_and_cannot_tell_is_the_stretch_that_is_indeterminate():
    desk, row = one_unit()
    desk.read(row, Answer.NO)
    assert amounts(desk, *BORDER) == [0, 0, 0]
    desk, row = one_unit()
    desk.read(row, Answer.CANNOT_TELL)
    assert amounts(desk, *BORDER) == [0, 0, 200]


def test_what_is_drawn_counts_only_inside_the_stretch():
    desk, row = one_unit()
    desk.read(row, Answer.YES)
    fence = desk.draw(row, desk_rows.line(1100, 1300))
    border, barrier = amounts(desk, "border_km_changed", "barrier_km_fence_new")
    inside = Spans((fence.span,)) & row.span
    assert border == inside.length_m
    assert abs(border - 100) <= 2  # a line ends on whole metres of the frontier
    assert barrier == pytest.approx(fence.length_m * inside.length_m / fence.span.length_m)


def test_what_is_drawn_wholly_beyond_the_edge_is_nothing_inside():
    desk, row = one_unit()
    desk.read(row, Answer.YES)
    desk.draw(row, desk_rows.line(1250, 1300))
    assert amounts(desk, "border_km_changed", "barrier_km_all_new") == [0, 0]


def test_a_yes_without_a_drawing_is_all_of_the_stretch():
    desk, row = one_unit()
    desk.read(row, Answer.YES, category=Kind.WALL, change=Change.UPGRADED)
    assert amounts(desk, "border_km_changed", "barrier_km_wall_upgraded") == [200, 200]
    desk, row = one_unit()
    desk.read(row, Answer.YES)
    assert amounts(desk, "border_km_with_new_infrastructure", "barrier_km_all_new") == [200, 0]
    assert desk.surveys[0].n_unnamed == 1


def test_typed_metres_and_posts_stand_in_place_of_a_drawing():
    desk, row = one_unit()
    desk.read(row, Answer.YES, category=Kind.FENCE, metres=120.0, posts=3)
    assert amounts(desk, "border_km_changed", "barrier_km_all_new", "posts_new") == [123, 120, 3]
    desk, row = one_unit()
    desk.read(row, Answer.YES, category=Kind.WATCHTOWER, change=Change.REMOVED)
    assert amounts(desk, "border_km_changed", "posts_removed", "posts_net_change") == [1, 1, -1]
    desk, row = one_unit()
    desk.read(row, Answer.YES, posts=2)
    assert amounts(desk, "border_km_changed", "posts_new", "barrier_km_all_new") == [2, 2, 0]


def test_two_layers_add_up_in_barrier_km_and_count_once_in_border_km():
    desk, row = one_unit()
    desk.read(row, Answer.YES)
    for off_m in (40.0, 90.0):
        desk.draw(row, desk_rows.line(1000, 1200, off_m))
    border, barrier = amounts(desk, "border_km_changed", "barrier_km_fence_new")
    assert border <= 200
    assert barrier == pytest.approx(400, rel=0.03)


def test_the_same_thing_drawn_twice_counts_once():
    desk, row = one_unit()
    desk.read(row, Answer.YES)
    desk.draw(row, desk_rows.line(1010, 1190, 50.0))
    desk.draw(row, desk_rows.line(1012, 1190, 51.0))
    desk.draw(row, desk_rows.post(1100), category=Kind.GUARD_POST)
    desk.draw(row, desk_rows.post(1102), category=Kind.GUARD_POST)
    barrier, posts = amounts(desk, "barrier_km_fence_new", "posts_new")
    assert barrier == pytest.approx(180, rel=0.03)
    assert posts == 1


def test_several_readers_of_a_stretch_count_with_their_mean():
    desk, row = one_unit()
    desk.read(row, Answer.YES, "ann", category=Kind.FENCE)
    desk.read(row, Answer.NO, "ben")
    desk.read(row, Answer.CANNOT_TELL, "eve")
    assert amounts(desk, *BORDER) == pytest.approx([200 / 3, 200 / 3, 200 / 3])
    assert desk.surveys[0].readers == {"A", "B", "C"}


def test_a_drawing_of_another_reader_or_another_stretch_is_not_mine():
    desk, row = one_unit()
    desk.read(row, Answer.NO, "ann")
    desk.read(row, Answer.YES, "ben")
    desk.draw(row, desk_rows.line(1000, 1100), "ben")
    elsewhere = desk.draw(row, desk_rows.line(5000, 5100), "ann")
    assert amounts(desk, "border_km_changed")[0] == pytest.approx(50, abs=1)
    assert elsewhere.id in desk.candidates


def test_a_stock_is_counted_even_where_nothing_changed():
    desk, row = one_unit()
    desk.read(row, Answer.NO)
    desk.draw(row, desk_rows.post(1100), category=Kind.GUARD_POST, change=Change.UNCHANGED)
    assert amounts(desk, "border_km_changed", "posts_new", "posts_stock_before") == [0, 0, 1]
    assert "posts_stock_before" not in {one.name for one in quantities([])}


def test_pieces_of_one_stretch_add_up_and_wait_for_each_other():
    desk = Desk(designs.simple(Spans.of((1000, 1050), (1150, 1200)), UNIT_M, 1, seed=1))
    first, other = desk.samples
    desk.read(first, Answer.YES, category=Kind.FENCE)
    assert desk.surveys[0].n_unread == 1
    desk.read(other, Answer.YES, category=Kind.FENCE)
    assert desk.surveys[0].n_unread == 0
    assert amounts(desk, "border_km_changed") == [100]
    (part,) = parts(desk.surveys[0], CHANGED)
    assert part.m.tolist() == [100]


def test_answers_given_in_other_modes_say_nothing_of_a_sample():
    desk, row = one_unit()
    desk.verdicts.append(desk_rows.verdict(row, "ann", Answer.YES, mode="sweep"))
    assert desk.surveys[0].n_unread == 1


def test_a_stretch_that_a_later_survey_draws_again_has_been_read_already():
    desk = Desk(drawn(10, seed=3), drawn(20, seed=3))
    few = [row for row in desk.samples if row.survey == desk.strata[0].survey]
    for row in few:
        desk.see(row, Spans.of((0, 20_000)))
    first, second = desk.surveys
    assert (first.n_unread, second.n_unread) == (0, 10)
    assert sum(bool(piece.said) for piece in second.stretches) == 10


def test_the_map_of_the_machine_covers_drawn_and_other_stretches():
    machine = suggested((900, 1300), (3000, 3100), (9_200, 9_800))
    desk = Desk(drawn(90), machine=machine)
    for row in desk.samples:
        desk.read(row, Answer.NO)
    survey = desk.surveys[0]
    known = survey.known["border_km_changed"]
    beside = Spans(thing.span for thing in machine) & USABLE
    assert known.totals == {"all": beside.length_m}
    # Everything was drawn, so the parts are the whole.
    assert sum(known.machine.values()) == beside.length_m
    (part,) = parts(survey, CHANGED)
    assert part.x.sum() == part.x_total
    assert not survey.known["posts_net_change"].totals
    assert parts(survey, CANNOT_TELL)[0].x is None


def test_what_was_confirmed_is_the_least_there_is_on_the_metres_drawn_from_and_elsewhere():
    here, there = suggested((1000, 1400), (9_500, 9_700))
    findings = [
        desk_rows.finding(here),
        desk_rows.finding(there),
        desk_rows.finding(suggested((4000, 4200))[0], held=Held.INDETERMINATE),
    ]
    desk = Desk(drawn(), findings=findings)
    known = desk.surveys[0].known
    assert known["border_km_changed"].floor == here.span.length_m
    assert known["border_km_changed"].beyond == there.span.length_m
    assert known["barrier_km_all_new"].floor == pytest.approx(here.length_m)
    assert known["border_km_with_removed_infrastructure"].floor == 0


def test_second_readings_count_only_by_others_and_only_together():
    first = drawn(12, seed=2)
    desk = Desk(first)
    for k, row in enumerate(desk.samples):
        desk.read(row, Answer.YES if k < 6 else Answer.NO, category=Kind.FENCE if k < 6 else None)
    answers = first_answers(desk.rows, first.survey)
    assert sorted(answers.values()) == [Answer.NO] * 6 + [Answer.YES] * 6
    second = designs.second(
        first.strata, first.samples, answers, {"all: yes": 3, "all: no": 3}, seed=1
    )
    both = Desk(first, second)
    both.verdicts = desk.verdicts
    again = [row for row in both.samples if row.survey == second.survey]
    for row in again[:-1]:
        both.read(row, Answer.NO, "zoe")
    both.read(again[-1], Answer.NO, "ann")  # who read it first cannot correct it
    (survey,) = both.surveys
    assert survey.n_unread_again == 1
    assert parts(survey, CHANGED)[0].reference is None
    both.read(again[-1], Answer.NO, "zoe")
    (part,) = parts(both.surveys[0], CHANGED)
    assert np.isfinite(part.reference).sum() == 6
    assert np.nansum(part.reference) == 0
    assert sorted(part.answers.tolist()) == [0] * 6 + [1] * 6


def read_first(n=12, n_yes=6):
    """A desk with a survey that ann read, and the survey."""
    first = drawn(n, seed=2)
    desk = Desk(first)
    for k, row in enumerate(desk.samples):
        desk.read(row, Answer.YES if k < n_yes else Answer.NO)
    return desk, first


def drawn_again(desk, first, *sizes):
    """The same desk with second phases of these sizes per answer, and their rows."""
    answers = first_answers(desk.rows, first.survey)
    groups = {designs.group_name("all", one) for one in answers.values()}
    phases = [
        designs.second(first.strata, first.samples, answers, dict.fromkeys(groups, n), seed=1)
        for n in sizes
    ]
    both = Desk(first, *phases)
    both.verdicts = desk.verdicts
    return both, [[r for r in both.samples if r.survey == one.survey] for one in phases]


def test_a_newer_second_phase_takes_over_when_it_is_read_and_keeps_what_was_read():
    both, (few, many) = drawn_again(*read_first(), 2, 4)
    assert {row.span for row in few} < {row.span for row in many}
    for row in few:
        both.read(row, Answer.NO, "zoe")
    (survey,) = both.surveys
    assert survey.is_twice_read
    assert {stratum.survey for stratum in survey.groups} == {few[0].survey}
    for row in many:
        if row.span not in {one.span for one in few}:
            both.read(row, Answer.NO, "zoe")
    (survey,) = both.surveys
    assert survey.is_twice_read
    assert {stratum.survey for stratum in survey.groups} == {many[0].survey}
    assert np.isfinite(parts(survey, CHANGED)[0].reference).sum() == 8


def test_of_second_phases_that_nobody_finished_the_newest_counts():
    both, (few, many) = drawn_again(*read_first(), 2, 4)
    both.read(few[0], Answer.NO, "zoe")
    (survey,) = both.surveys
    assert {stratum.survey for stratum in survey.groups} == {many[0].survey}
    assert survey.n_unread_again == 7


def test_who_read_a_stretch_a_second_time_is_no_first_reader_of_it():
    both, (again,) = drawn_again(*read_first(), 3)
    for row in again:
        both.read(row, Answer.NO, "zoe")
    (before,) = both.surveys
    for row in both.samples:
        if row.span in {one.span for one in again} and row not in again:
            both.read(row, Answer.CANNOT_TELL, "zoe")
    (survey,) = both.surveys
    assert survey.is_twice_read
    assert survey.stretches == before.stretches


def test_a_second_reader_who_could_not_tell_corrects_nothing():
    both, (again,) = drawn_again(*read_first(), 3)
    for k, row in enumerate(again):
        both.read(row, Answer.NO if k else Answer.CANNOT_TELL, "zoe")
    (survey,) = both.surveys
    assert survey.is_twice_read
    (part,) = parts(survey, CHANGED)
    assert np.isfinite(part.reference).sum() == 5
    both.read(again[0], Answer.YES, "kim")
    (part,) = parts(both.surveys[0], CHANGED)
    assert np.nansum(part.reference) == 200
    assert np.nansum(parts(both.surveys[0], CANNOT_TELL)[0].reference) == 100


def test_where_nobody_could_tell_elsewhere_nothing_is_indeterminate_here():
    desk = Desk(drawn(60))
    for row in desk.samples:
        desk.read(row, Answer.NO if row.span.start_m < 4000 else Answer.CANNOT_TELL)
    (survey,) = desk.surveys
    found = {row.name: row for row in estimates_over(survey, Spans.of((0, 4000)))}
    one = found["border_km_indeterminate_estimated_in_km_0_4"]
    assert one.n_positive == 0
    assert not one.value > 0
    (part,) = parts(survey.within(Spans.of((4000, 4300))), CANNOT_TELL)
    here = Spans(row.span for row in desk.samples) & Spans.of((4000, 4300))
    assert part.y.sum() == here.length_m
    assert part.m.sum() == parts(survey, CANNOT_TELL)[0].m.sum()


def test_a_double_fence_that_was_not_drawn_counts_both_rows_along_the_same_border():
    names = ("border_km_changed", "barrier_km_double_fence_new")
    desk, row = one_unit()
    desk.read(row, Answer.YES, category=Kind.DOUBLE_FENCE)
    assert amounts(desk, *names) == [200, 400]
    desk, row = one_unit()
    desk.read(row, Answer.YES, category=Kind.DOUBLE_FENCE, metres=120.0)
    assert amounts(desk, *names) == [120, 240]
    desk, row = one_unit()
    desk.read(row, Answer.YES, "ben")
    fence = desk.draw(row, desk_rows.line(1000, 1200), "ben", category=Kind.DOUBLE_FENCE)
    share = (Spans((fence.span,)) & row.span).length_m / fence.span.length_m
    assert amounts(desk, names[1]) == pytest.approx([2 * fence.length_m * share])


def test_the_groups_of_second_readings_stay_when_a_first_reader_changes_the_answer():
    first = drawn(12, seed=2)
    desk = Desk(first)
    for row in desk.samples:
        desk.read(row, Answer.NO)
    answers = first_answers(desk.rows, first.survey)
    second = designs.second(first.strata, first.samples, answers, {"all: no": 4}, seed=1)
    both = Desk(first, second)
    both.verdicts = desk.verdicts[1:]
    both.read(both.samples[0], Answer.YES, category=Kind.FENCE)
    for row in both.samples:
        if row.survey == second.survey:
            both.read(row, Answer.NO, "zoe")
    (part,) = parts(both.surveys[0], CHANGED)
    assert part.answers.tolist() == [0] * 12
    assert part.y.sum() == 200


def test_first_answers_take_the_strongest_of_several_and_leave_out_the_unread():
    desk = Desk(drawn(4, seed=2))
    a, b, c, _ = desk.samples
    for row, answers in ((a, "ny"), (b, "nc"), (c, "n")):
        for who, letter in zip(("ann", "ben"), answers, strict=False):
            meant = {"n": Answer.NO, "y": Answer.YES, "c": Answer.CANNOT_TELL}[letter]
            desk.read(row, meant, who)
    found = first_answers(desk.rows, desk.strata[0].survey)
    assert found == {a.unit: Answer.YES, b.unit: Answer.CANNOT_TELL, c.unit: Answer.NO}


def test_letters_follow_the_line_and_not_the_names():
    desk = Desk(drawn(4, seed=2))
    for row, who in zip(desk.samples, ("zoe", "ann", "zoe", "ben"), strict=True):
        desk.read(row, Answer.NO, who)
    said = [piece.said[0].reader for piece in desk.surveys[0].stretches]
    assert said == ["A", "B", "A", "C"]


def test_a_survey_says_what_can_be_estimated_from_it():
    names = [one.name for one in quantities([])]
    assert names[:4] == [
        "border_km_changed",
        "border_km_with_new_infrastructure",
        "border_km_with_removed_infrastructure",
        "border_km_indeterminate",
    ]
    assert {"barrier_km_all_new", "posts_new", "posts_net_change"} <= set(names)
