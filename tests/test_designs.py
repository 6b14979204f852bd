"""Every metre has the stated chance; a draw is the same for ever; a chosen area is no draw."""

from dataclasses import FrozenInstanceError
from itertools import pairwise

import pytest

from vallum.ground.cells import cells, units
from vallum.ground.errors import BadSetting
from vallum.ground.kinds import Answer, Design
from vallum.ground.span import Span, Spans
from vallum.measure import designs

USABLE = Spans.of((150, 5000), (5100, 5300), (7000, 12_345), (20_000, 20_030))
LONG = Spans.of((0, 10_000))
CLASSES = {number: "near" if number < 5 else "far" for number in units(USABLE, 1000)}
SIZES = {"near": 2, "far": 3}
DRAWS = 3000


def starts(drawing):
    return [row.span.start_m for row in drawing.samples]


def stratified(seed=1, sizes=SIZES):
    return designs.stratified(USABLE, 1000, CLASSES, sizes, seed=seed, rule="by hand")


def test_units_are_cells_of_the_frontier_with_their_usable_part():
    found = units(USABLE, 1000)
    assert found[0] == Spans.of((150, 1000))
    assert found[5] == Spans.of((5100, 5300))
    assert found[20] == Spans.of((20_000, 20_030))
    assert len(found) == 13
    assert units(Spans.of((100, 200), (700, 900)), 1000) == {0: Spans.of((100, 200), (700, 900))}


def test_cells_of_no_length_are_refused():
    with pytest.raises(BadSetting, match="length above 0"):
        list(cells(Span(0, 10), 0))


@pytest.mark.parametrize("draw", [designs.simple, designs.systematic])
def test_a_draw_is_the_same_for_the_same_seed_and_another_for_another(draw):
    one = draw(USABLE, 500, 6, seed=11)
    assert one == draw(USABLE, 500, 6, seed=11)
    assert starts(one) != starts(draw(USABLE, 500, 6, seed=12))
    assert starts(one) == sorted(starts(one))
    assert {row.probability for row in one.samples} == {6 / len(units(USABLE, 500))}


def test_the_draw_is_the_one_that_earlier_versions_drew():
    # What was drawn for a review before the move to this file must be drawn again.
    assert starts(designs.simple(LONG, 1000, 3, seed=7)) == [4000, 6000, 9000]
    assert starts(designs.systematic(LONG, 1000, 3, seed=7)) == [1000, 5000, 8000]


def test_a_larger_simple_sample_keeps_what_was_drawn():
    few = starts(designs.simple(USABLE, 500, 4, seed=3))
    assert set(few) < set(starts(designs.simple(USABLE, 500, 9, seed=3)))


def test_a_larger_sample_of_a_part_keeps_what_was_drawn_there():
    few = set(starts(stratified(sizes={"near": 2, "far": 3})))
    assert few < set(starts(stratified(sizes={"near": 2, "far": 6})))


def test_a_unit_with_a_hole_gives_a_row_per_piece_of_one_number():
    drawn = designs.simple(Spans.of((100, 200), (700, 900)), 1000, 1, seed=1)
    assert [row.span for row in drawn.samples] == [Span(100, 200), Span(700, 900)]
    assert {row.unit for row in drawn.samples} == {0}
    assert drawn.n_drawn == 1


@pytest.mark.parametrize("draw", [designs.simple, designs.systematic])
def test_every_metre_has_the_stated_chance(draw):
    times = dict.fromkeys(units(USABLE, 1000), 0)
    for seed in range(DRAWS):
        drawn = draw(USABLE, 1000, 5, seed=seed)
        assert drawn.n_drawn == 5
        for row in drawn.samples:
            times[row.unit] += 1
    check_shares(times, dict.fromkeys(times, 5 / 13))


def test_every_metre_of_a_part_has_the_chance_of_its_part():
    times = dict.fromkeys(units(USABLE, 1000), 0)
    for seed in range(DRAWS):
        for row in stratified(seed=seed).samples:
            times[row.unit] += 1
            n = {"near": 5, "far": 8}[row.stratum]
            assert row.probability == SIZES[row.stratum] / n
    check_shares(times, {at: 2 / 5 if at < 5 else 3 / 8 for at in times})


def test_second_readings_are_drawn_by_chance_within_what_was_answered():
    first = designs.simple(LONG, 500, 12, seed=1)
    numbers = sorted({row.unit for row in first.samples})
    answers = {unit: Answer.YES if k < 4 else Answer.NO for k, unit in enumerate(numbers)}
    sizes = {"all: yes": 3, "all: no": 2}
    times = dict.fromkeys(numbers, 0)
    for seed in range(DRAWS):
        drawn = designs.second(first.strata, first.samples, answers, sizes, seed=seed)
        assert drawn.n_drawn == 5
        for row in drawn.samples:
            times[row.unit] += 1
    check_shares(times, {u: 3 / 4 if answers[u] is Answer.YES else 2 / 8 for u in numbers})
    assert drawn.design is Design.SECOND
    assert {stratum.of for stratum in drawn.strata} == {first.survey}
    # The chance of a metre: drawn first, and then again.
    assert drawn.samples[0].probability in {12 / 20 * 3 / 4, 12 / 20 * 2 / 8}
    assert [designs.group_answer(s.name) for s in drawn.strata] == [Answer.NO, Answer.YES]


def check_shares(times, expected):
    for unit, share in expected.items():
        # Four standard errors of a share of the draws.
        error = (share * (1 - share) / DRAWS) ** 0.5
        assert abs(times[unit] / DRAWS - share) < 4 * error, unit


def test_a_systematic_sample_is_spread_along_the_line():
    drawn = starts(designs.systematic(Spans.of((0, 100_000)), 1000, 10, seed=5))
    assert {b - a for a, b in pairwise(drawn)} == {10_000}


def test_what_was_drawn_from_is_kept_and_cannot_be_changed():
    drawn = stratified()
    assert Spans(span for stratum in drawn.strata for span in stratum.spans) == USABLE
    assert {s.name: (s.n_units, s.n_drawn) for s in drawn.strata} == {"near": (5, 2), "far": (8, 3)}
    assert {s.rule for s in drawn.strata} == {"by hand"}
    assert drawn.n_units == 13
    with pytest.raises(FrozenInstanceError):
        drawn.strata[0].n_units = 4


def test_another_border_or_another_seed_is_another_survey():
    surveys = {
        designs.simple(USABLE, 500, 6, seed=11).survey,
        designs.simple(USABLE | Span(13_000, 14_000), 500, 6, seed=11).survey,
        designs.simple(USABLE, 500, 6, seed=12).survey,
        designs.systematic(USABLE, 500, 6, seed=11).survey,
    }
    assert len(surveys) == 4
    assert designs.simple(USABLE, 500, 6, seed=11).survey.startswith("simple-6x500m-")


def test_the_same_stretch_of_two_surveys_is_two_rows():
    one, other = (designs.simple(LONG, 1000, n, seed=3) for n in (4, 5))
    assert not {row.id for row in one.samples} & {row.id for row in other.samples}


def test_a_chosen_area_is_read_as_a_whole_and_says_why():
    drawn = designs.chosen_area(Spans.of((1000, 2000), (2500, 2700)), "a market town", unit_m=200)
    assert drawn.design is Design.PURPOSIVE
    assert not drawn.strata[0].is_probability
    assert drawn.strata[0].why == "a market town"
    assert drawn.strata[0].name == "km 1-2.7"
    assert drawn.n_drawn == drawn.n_units == 7
    with pytest.raises(BadSetting, match="needs its reason"):
        designs.chosen_area(Spans.of((1000, 2000)), " ", unit_m=200)
    with pytest.raises(BadSetting, match="no metre"):
        designs.chosen_area(Spans(), "a market town", unit_m=200)


def test_numbers_are_cut_into_none_and_equally_many():
    column = dict.fromkeys(range(10), 0.0) | {10 + k: (k + 1) / 100 for k in range(60)}
    names = designs.divided(column, label="score")
    counts = {name: list(names.values()).count(name) for name in names.values()}
    assert counts == {
        "score 0 (none)": 10,
        "score 1 (under 0.31)": 30,
        "score 2 (0.31 or more)": 30,
    }


def test_few_or_equal_numbers_are_not_cut_and_words_stay():
    assert set(designs.divided({1: 0.5, 2: 0.7}).values()) == {"1 (any)"}
    assert set(designs.divided(dict.fromkeys(range(100), 3.0)).values()) == {"1 (any)"}
    assert designs.divided({1: "hills", 2: float("nan")}) == {1: "hills", 2: "0 (none)"}


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(BadSetting, match="only 13"):
        designs.simple(USABLE, 1000, 14, seed=1)
    assert designs.simple(USABLE, 1000, 13, seed=1).n_drawn == 13
    with pytest.raises(BadSetting, match="at least 1"):
        designs.simple(USABLE, 1000, 0, seed=1)
    with pytest.raises(BadSetting, match="only 0"):
        designs.systematic(Spans(), 1000, 1, seed=1)
    with pytest.raises(BadSetting, match="in part 'near', but only 5"):
        stratified(sizes={"near": 6, "far": 3})
    with pytest.raises(BadSetting, match="in part 'near' is none"):
        stratified(sizes={"far": 3})
    with pytest.raises(BadSetting, match="belong to no part"):
        designs.stratified(USABLE, 1000, {0: "near"}, SIZES, seed=1, rule="")
    for seed in (2**53, -(2**53)):
        with pytest.raises(BadSetting, match=r"seed .* nothing was drawn"):
            designs.simple(USABLE, 1000, 3, seed=seed)
    assert designs.simple(USABLE, 1000, 3, seed=2**53 - 1).n_drawn == 3
    first = designs.simple(LONG, 1000, 4, seed=1)
    one = {first.samples[0].unit: Answer.NO}
    with pytest.raises(BadSetting, match="3 of 4 stretches"):
        designs.second(first.strata, first.samples, one, {"all: no": 1}, seed=1)
