"""Agreement is what the papers say it is, and its interval covers what it should."""

import math
from collections import Counter
from datetime import UTC, datetime
from itertools import combinations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from desk_rows import candidate, line, post, verdict
from vallum.ground.kinds import Answer, Kind, Reading
from vallum.ground.span import Span
from vallum.review.agreement import agreement, alpha_of, kappa, pabak, report
from vallum.review.overlap import line_agreement

YES, NO, CANNOT = Answer.YES, Answer.NO, Answer.CANNOT_TELL
FENCES = [candidate(line(1000 + 200 * i, 1100 + 200 * i)) for i in range(40)]


def codes(*observers):
    """Return units x observers from one string per observer; a dot is a missing answer."""
    letters = sorted(set("".join(observers)) - {".", " "})
    rows = [[letters.index(c) if c != "." else -1 for c in o.replace(" ", "")] for o in observers]
    return np.array(rows).T


def test_alpha_is_that_of_the_paper_for_two_observers_and_binary_data():
    # Krippendorff 2011, section A: 10 units.
    found = alpha_of(codes("0100000010", "1110010000"))
    assert found.value == pytest.approx(0.095, abs=5e-4)
    assert (found.n, found.n_answers) == (10, 20)


def test_alpha_is_that_of_the_paper_for_two_observers_and_nominal_data():
    # Section B: 12 articles.
    assert alpha_of(codes("aabbdcccedda", "babbbcccEddd".lower())).value == pytest.approx(
        0.692, abs=5e-4
    )


def test_alpha_is_that_of_the_paper_for_four_observers_with_missing_data():
    # Section C: 12 units, of which one was judged by one observer only.
    found = alpha_of(codes("1233214 12...", "12332241 25.3", ".3332342 251.", "12332441 251."))
    assert found.value == pytest.approx(0.743, abs=5e-4)
    assert (found.n, found.n_answers) == (11, 40)
    assert found.low < 0.743 < found.high <= 1


def test_alpha_nears_kappa_where_two_observers_answer_alike_often():
    chance = np.random.default_rng(4)
    truth = chance.integers(0, 3, 4000)
    ours, theirs = (
        np.where(chance.random(4000) < 0.8, truth, chance.integers(0, 3, 4000)) for _ in "ab"
    )
    found = alpha_of(np.stack([ours, theirs], axis=1)).value
    assert found == pytest.approx(cohen_kappa_score(ours, theirs), abs=2e-3)


def test_full_agreement_is_one_and_no_variation_is_not_defined():
    assert alpha_of(codes("abab", "abab", "abab")).value == 1
    same = alpha_of(codes("aaaa", "aaaa"))
    assert math.isnan(same.value)
    assert math.isnan(same.low)
    assert same.share_equal == 1
    assert alpha_of(codes("a.", ".b")).n == 0
    assert alpha_of(np.empty((0, 3), int)).n == 0


def test_the_order_of_things_and_the_names_of_words_are_no_matter():
    ratings = codes("aabbdccced", "babbbccced")
    again = 4 - ratings[::-1]
    assert alpha_of(ratings) == alpha_of(ratings, seed=0)
    assert alpha_of(again).value == pytest.approx(alpha_of(ratings).value)


def test_the_interval_of_alpha_covers_the_truth_in_95_of_100_draws():
    # Three analysts, three words; 80 % careful, else at random; a fifth of the answers missing.
    shares, careful, n_things, n_draws = np.array([0.6, 0.3, 0.1]), 0.8, 150, 1000
    same = careful**2 + (1 - careful**2) * (shares**2).sum()
    truth = 1 - (1 - same) / (1 - (shares**2).sum())
    chance = np.random.default_rng(n_things)
    covered = 0
    for seed in range(n_draws):
        words = chance.choice(3, n_things, p=shares)[:, None]
        other = chance.choice(3, (n_things, 3), p=shares)
        ratings = np.where(chance.random((n_things, 3)) < careful, words, other)
        ratings[chance.random((n_things, 3)) < 0.2] = -1
        found = alpha_of(ratings, seed=seed)
        covered += found.low <= truth <= found.high
    assert 0.93 <= covered / n_draws <= 0.97


def test_kappa_is_that_of_cohen():
    # 25 yes-no pairs: 20 equal out of 50 in Wikipedia's old example: a=20, b=5, c=10, d=15.
    ours = ["yes"] * 25 + ["no"] * 25
    theirs = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert kappa(ours, theirs) == pytest.approx(0.4)
    assert math.isnan(kappa(["no"] * 3, ["no"] * 3))
    assert math.isnan(kappa([], []))


def test_pabak_does_not_sink_when_nearly_all_is_no():
    ours, theirs = ["no"] * 98 + ["yes", "no"], ["no"] * 98 + ["no", "yes"]
    assert kappa(ours, theirs) < 0
    assert pabak(0.98, 2) == pytest.approx(0.96)


def answers(name, given, things=FENCES, **more):
    return [verdict(c, name, a, **more) for c, a in zip(things, given, strict=False)]


def test_final_contested_withdrawn_and_repeated_answers_are_no_agreement():
    said = [*answers("ann", [YES, NO, NO]), *answers("bob", [YES, NO, YES])]
    noise = [
        *answers("cid", [NO, NO, NO], is_final=True),
        *answers("dan", [NO, NO, NO], reading=Reading.CONTESTED),
        *answers("eve", [NO, NO, NO], is_withdrawn=True),
        *answers("bob", [NO, YES, NO], reading=Reading.REPEAT),
    ]
    assert agreement([*said, *noise]) == agreement(said)
    found = report(FENCES, [*said, *noise])
    assert found.overall == agreement(said)
    assert found.alpha == report(FENCES, said).alpha


def test_agreement_is_told_by_class_and_by_section():
    walls = [candidate(line(9000 + 200 * i, 9100 + 200 * i), Kind.WALL) for i in range(10)]
    said = [
        *answers("ann", [YES, NO] * 5), *answers("bob", [YES, NO] * 5),
        *answers("ann", [YES, NO] * 5, walls), *answers("bob", [NO, YES] * 5, walls),
    ]  # fmt: skip
    near, far, empty = Span(0, 8000), Span(8000, 16000), Span(16000, 20000)
    found = report([*FENCES, *walls], said, [near, far, empty])
    assert found.by_class[Kind.FENCE].value == 1
    assert found.by_class[Kind.WALL].value < -0.8
    assert set(found.by_class) == {Kind.FENCE, Kind.WALL}
    assert found.by_section[near].n == 10
    assert found.by_section[far].share_equal == 0
    assert empty not in found.by_section


def test_self_agreement_is_that_of_repeats_with_first_answers():
    said = answers("ann", [YES, YES, NO, NO, YES])
    again = answers("ann", [YES, NO, NO, NO], reading=Reading.REPEAT)
    (found,) = report(FENCES, [*said, *again]).self
    assert (found.first, found.second, found.n) == ("ann", "ann", 4)
    assert found.share_equal == 0.75
    assert found.kappa == pytest.approx(0.5)


def test_confusion_counts_pairs_of_classes_of_those_who_say_yes():
    said = [
        *answers("ann", [YES, YES, YES], category=Kind.WALL),
        *answers("bob", [YES, YES, NO]),
        *answers("cid", [YES], category=Kind.WALL),
    ]
    found = report(FENCES, said)
    assert found.confusion == {(Kind.FENCE, Kind.WALL): 3, (Kind.WALL, Kind.WALL): 1}
    assert found.classes.n == 2


def test_the_yes_of_the_one_who_drew_a_thing_is_no_agreement():
    drawn = candidate(post(3000), Kind.GUARD_POST, origin="analyst")
    at = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)]
    by_table = [verdict(drawn, "ann", at=at[0]), verdict(drawn, "bob", at=at[1])]
    assert report([drawn], by_table).overall.n == 0
    said = [*by_table, verdict(drawn, "cid", NO, at=at[2])]
    assert report([drawn], said).overall.n == 1
    assert report([drawn], said).overall.share_equal == 0


def test_lines_that_lie_on_each_other_agree_to_the_metre():
    ours, theirs = line(1000, 2000), line(1500, 2500, off_m=53.0)
    length_m, within_m = line_agreement([ours], [theirs], 5.0)
    assert length_m == pytest.approx(1000, abs=2)
    assert within_m == pytest.approx(504, abs=3)  # half of it, and the round end of the buffer
    assert line_agreement([ours], [line(1000, 2000, off_m=56.0)], 5.0)[1] == 0
    assert line_agreement([ours], [], 5.0)[1] == 0
    assert line_agreement([], [ours], 5.0) == (0, 0)


def test_what_was_redrawn_or_drawn_is_held_against_all_the_other_accepted():
    fence = candidate(line(1000, 2000))
    drawn = candidate(line(3000, 4000), origin="analyst")
    said = [
        verdict(fence, "ann", shape=line(1000, 2000, off_m=52.0)),
        verdict(drawn, "ann", mode="draw"),
        verdict(fence, "bob"),
    ]
    (found,) = report([fence, drawn], said).lines
    assert found.first_m == pytest.approx(2000, abs=4)
    assert found.first_share == pytest.approx(0.5, abs=0.01)
    assert found.second_m == 0
    assert math.isnan(found.second_share)


def test_lines_count_only_in_sections_where_both_worked():
    fence, drawn = candidate(line(1000, 2000)), candidate(line(9000, 9500), origin="analyst")
    said = [
        verdict(fence, "ann", shape=line(1000, 2000, off_m=52.0)),
        verdict(drawn, "ann", mode="draw"),
        verdict(fence, "bob"),
    ]
    (found,) = report([fence, drawn], said, [Span(0, 5000), Span(5000, 10000)]).lines
    assert found.first_share == 1
    assert report([fence, drawn], said[1:], [Span(0, 5000), Span(5000, 10000)]).lines == ()


def test_random_answers_agree_no_more_than_by_chance():
    chance = np.random.default_rng(1)
    ratings = chance.integers(0, 3, (20_000, 3))
    assert abs(alpha_of(ratings).value) < 0.02


def test_every_table_of_a_report_can_be_counted_again_by_hand():
    chance = np.random.default_rng(3)
    things = [
        *FENCES,
        *(candidate(line(9000 + 90 * i, 9050 + 90 * i), Kind.WALL) for i in range(9)),
    ]
    said = [
        verdict(thing, name, word, **({"category": Kind.DOUBLE_FENCE} if is_other else {}))
        for thing in things
        for name in ("eve", "ann", "bob")
        if chance.random() < 0.8
        for word in [[YES, NO, CANNOT][chance.choice(3, p=(0.6, 0.3, 0.1))]]
        for is_other in [word is YES and chance.random() < 0.4]
    ]
    near, far = Span(0, 5000), Span(5000, 20000)
    found = report(things, said, [near, far])
    given = {thing.id: {v.analyst: v for v in said if v.about == thing.id} for thing in things}

    for pair in found.overall.pairs:
        both = [one for one in given.values() if {pair.first, pair.second} <= one.keys()]
        ours, theirs = ([one[name].answer for one in both] for name in (pair.first, pair.second))
        assert (pair.n, pair.kappa) == (len(both), kappa(ours, theirs))
    assert [pair.first for pair in found.overall.pairs] == ["ann", "ann", "bob"]

    classes = {thing.id: thing.category for thing in things}
    named = Counter(
        tuple(sorted((v.category or classes[v.about] for v in both), key=list(Kind).index))
        for one in given.values()
        for both in combinations([v for v in one.values() if v.answer is YES], 2)
    )
    assert found.confusion == named
    assert list(found.confusion) == sorted(named, key=lambda p: [list(Kind).index(k) for k in p])

    inside = [given[c.id] for c in sorted(things, key=lambda c: c.id) if c.span.middle_m < 5000]
    words = list(dict.fromkeys(v.answer for one in given.values() for v in one.values()))
    table = [[words.index(one[n].answer) if n in one else -1 for n in ["ann", "bob", "eve"]]
             for one in inside]  # fmt: skip
    assert found.by_section[near] == alpha_of(np.array(table))
