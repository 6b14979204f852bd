"""The order of work: each thing once, groups together, second readers apart, repeats unseen."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk_rows import EXTENT, candidate, line, post, spanned, verdict
from vallum.ground.kinds import Answer, Change, Kind, Reading, Seen
from vallum.ground.span import Span, Spans
from vallum.ground.when import When
from vallum.review.dating import Shot, dating
from vallum.review.queue import (
    disagreements,
    first_readers,
    progress,
    repeats,
    second,
    shuffled,
    triage,
    work,
)

YES, NO = Answer.YES, Answer.NO
ALL = Spans((EXTENT,))
SECTIONS = [Span(2000 * i, 2000 * (i + 1)) for i in range(10)]
START = datetime(2026, 1, 1, tzinfo=UTC)
FENCES = [spanned(500 * i, 500 * i + 100, score=((7 * i) % 40) / 10) for i in range(40)]
GROUP = [
    candidate(line(3000, 3400), score=2.05, group="2-0-1"),
    *(candidate(post(at), Kind.GUARD_POST, score=9.0, group="2-0-1") for at in (3300, 3100, 3200)),
]


def ids(turns):
    return [turn.about for turn in turns]


def by_id(things):
    return {thing.id: thing for thing in things}


def at(minute):
    return START + timedelta(minutes=minute)


def answered(name, things, first=0, **more):
    return [verdict(c, name, at=at(first + i), **more) for i, c in enumerate(things)]


# -- triage -----------------------------------------------------------------------------------


def test_the_strongest_comes_first_and_everything_once():
    turns = triage(FENCES, ALL)
    scores = [by_id(FENCES)[turn.about].score for turn in turns]
    assert scores == sorted(scores, reverse=True)
    assert sorted(ids(turns)) == sorted(c.id for c in FENCES)


def test_the_order_of_the_input_is_no_matter():
    mixed = random.Random(1).sample([*FENCES, *GROUP], 44)
    assert triage(mixed, ALL) == triage([*FENCES, *GROUP], ALL)
    one = second(mixed, ALL, analyst="bob", seed=1, sections=SECTIONS)
    assert one == second([*GROUP, *FENCES], ALL, analyst="bob", seed=1, sections=SECTIONS)


def test_by_position_is_along_the_border():
    starts = [
        by_id(FENCES)[name].span.start_m for name in ids(triage(FENCES, ALL, order="position"))
    ]
    assert starts == sorted(starts)


def test_posts_follow_their_line_along_the_border_where_the_line_stands():
    # The posts score higher than any line, but it is their line's score that places the group.
    turns = ids(triage([*FENCES, *GROUP], ALL))
    at_line = turns.index(GROUP[0].id)
    expected = [GROUP[0], *sorted(GROUP[1:], key=lambda c: c.span)]
    assert turns[at_line : at_line + 4] == [c.id for c in expected]
    assert (
        by_id(FENCES)[turns[at_line - 1]].score >= 2.05 >= by_id(FENCES)[turns[at_line + 4]].score
    )


def test_what_cannot_be_judged_is_never_served():
    seen = Spans.of((0, 5000), (7050, 20000))
    served = set(ids(triage(FENCES, seen)))
    hidden = [c for c in FENCES if c.id not in served]
    assert [c.span.start_m for c in hidden] == [5000, 5500, 6000, 6500]  # 7000 is half seen
    assert not triage(FENCES, Spans())
    assert set(ids(second(FENCES, seen, analyst="bob", seed=1))) == served
    said = [*answered("ann", FENCES), *answered("bob", FENCES, answer=NO)]
    assert set(ids(disagreements(FENCES, said, seen))) == served


def test_a_section_holds_what_has_its_middle_there_with_its_whole_group():
    across = [
        candidate(line(1500, 2300), group="g"),
        candidate(post(2200), Kind.GUARD_POST, group="g"),
    ]
    turns = triage([*FENCES, *across], ALL, section=SECTIONS[0])
    assert {c.id for c in across} < set(ids(turns))
    assert len(turns) == 6
    assert not {c.id for c in across} & set(ids(triage(across, ALL, section=SECTIONS[1])))


def test_scores_of_others_can_order_the_queue():
    upside_down = [-c.score for c in FENCES]
    assert ids(triage(FENCES, ALL, scores=upside_down))[0] == FENCES[0].id


def test_a_candidate_without_a_score_comes_last():
    unscored = spanned(600, 700, score=float("nan"))
    assert ids(triage([unscored, *FENCES], ALL))[-1] == unscored.id


# -- second readers ---------------------------------------------------------------------------


def test_a_second_reader_comes_from_the_other_end_in_an_order_of_their_own():
    turns = ids(second(FENCES, ALL, analyst="bob", seed=1, sections=SECTIONS))
    numbers = [by_id(FENCES)[name].span.start_m // 2000 for name in turns]
    assert numbers == sorted(numbers, reverse=True)
    assert sorted(turns) == sorted(c.id for c in FENCES)
    assert turns == ids(second(FENCES, ALL, analyst="bob", seed=1, sections=SECTIONS))
    for other in (("cid", 1), ("bob", 2)):
        assert turns != ids(second(FENCES, ALL, analyst=other[0], seed=other[1], sections=SECTIONS))


def test_the_order_of_a_second_reader_says_nothing_of_the_scores():
    rescored = [replace(c, score=-c.score) for c in FENCES]
    assert [c.id for c in rescored] == [c.id for c in FENCES]
    assert second(rescored, ALL, analyst="bob", seed=1) == second(
        FENCES, ALL, analyst="bob", seed=1
    )


def test_groups_stay_together_for_second_readers():
    turns = ids(second([*FENCES, *GROUP], ALL, analyst="bob", seed=3, sections=SECTIONS))
    at_line = turns.index(GROUP[0].id)
    assert set(turns[at_line : at_line + 4]) == {c.id for c in GROUP}


def test_a_section_of_a_second_reader_is_a_part_of_the_whole_order():
    things, how = [*FENCES, *GROUP], {"analyst": "bob", "seed": 1, "sections": SECTIONS}
    whole = second(things, ALL, **how)
    parts = [second(things, ALL, section=section, **how) for section in reversed(SECTIONS)]
    assert [turn for part in parts for turn in part] == whole


def test_what_another_began_keeps_its_order_whatever_was_learned():
    things = [*FENCES, *GROUP]
    said = [verdict(FENCES[0], "amy", at=at(0))]  # amy begins the first section
    scores = [float("nan") if i % 9 == 0 else (17 * i) % 31 for i in range(len(things))]
    how = {"analyst": "bob", "seed": 1, "sections": SECTIONS, "share": 0.0}
    plain, hidden = work(things, said, ALL, **how)
    liked, also_hidden = work(things, said, ALL, scores=scores, **how)
    assert hidden == also_hidden
    assert [t for t in liked if t.about in hidden] == [t for t in plain if t.about in hidden]
    own = triage(things, ALL, scores=scores)
    assert [t for t in liked if t.about not in hidden] == [t for t in own if t.about not in hidden]


def test_frames_are_shuffled_by_name_and_seed():
    names = [f"frame-{i}" for i in range(30)]
    one = shuffled(names, analyst="ann", seed=1)
    assert sorted(one) == sorted(names)
    assert one == shuffled(reversed(names), analyst="ann", seed=1)
    assert one != shuffled(names, analyst="bob", seed=1)


def test_who_answers_first_in_a_section_is_its_first_reader():
    said = [
        *answered("bob", FENCES[4:6], first=5), *answered("ann", FENCES[4:8], first=1),
        *answered("cid", FENCES[0:2], first=0, is_withdrawn=True),
        *answered("cid", FENCES[0:2], first=0, is_final=True), *answered("bob", FENCES[:1], first=9),
    ]  # fmt: skip
    assert first_readers(FENCES, said, SECTIONS) == {SECTIONS[0]: "bob", SECTIONS[1]: "ann"}


def test_what_another_began_comes_after_ones_own_and_is_blind():
    said = answered("ann", FENCES[8:10])  # section 2
    turns, blind = work(FENCES, said, ALL, analyst="bob", seed=1, sections=SECTIONS, share=0.0)
    theirs = {c.id for c in FENCES[8:12]}
    assert blind == theirs
    assert set(ids(turns)[-4:]) == theirs
    assert len(turns) == 40
    mine, none = work(FENCES, said, ALL, analyst="ann", seed=1, sections=SECTIONS, share=0.0)
    assert ids(mine) == ids(triage(FENCES, ALL))
    assert none == set()


def test_what_somebody_else_drew_is_blind():
    drawn = candidate(line(900, 950), origin="analyst")
    said = [verdict(drawn, "ann", mode="draw", at=at(50)), *answered("bob", FENCES[:1])]
    _, blind = work([*FENCES, drawn], said, ALL, analyst="bob", seed=1, sections=SECTIONS)
    assert drawn.id in blind
    _, blind = work([*FENCES, drawn], said, ALL, analyst="ann", seed=1, sections=SECTIONS)
    assert by_id(FENCES[1:4]).keys() <= blind


# -- repeats ----------------------------------------------------------------------------------

MANY = [spanned(20 * i, 20 * i + 10) for i in range(900)]


def test_a_fifth_is_asked_again_at_least_ten_things_later():
    turns = repeats(triage(MANY, ALL), [], analyst="ann", seed=1)
    again = [turn for turn in turns if turn.reading is Reading.REPEAT]
    assert 0.16 < len(again) / len(MANY) < 0.24
    place = {turn.about: i for i, turn in enumerate(turns) if turn.reading is Reading.FIRST}
    assert all(turns.index(turn) - place[turn.about] > 10 for turn in again)
    assert len({turn.about for turn in again}) == len(again)
    assert turns == repeats(triage(MANY, ALL), [], analyst="ann", seed=1)
    assert turns != repeats(triage(MANY, ALL), [], analyst="bob", seed=1)
    assert turns != repeats(triage(MANY, ALL), [], analyst="ann", seed=2)


def test_the_queue_does_not_move_while_one_works_through_it():
    plain = triage(MANY[:100], ALL)
    before = repeats(plain, [], analyst="ann", seed=1)
    said = []
    for n, turn in enumerate(before):
        said.append(verdict(turn.about, "ann", at=at(n), reading=turn.reading))
        if n % 17 == 0:
            assert repeats(plain, said, analyst="ann", seed=1) == before


@settings(max_examples=12, deadline=None)
@given(st.randoms(use_true_random=False))
def test_however_one_jumps_no_repeat_comes_within_ten_answers(chance):
    plain = triage(MANY[:60], ALL)
    said, answered_at, n_met = [], {}, 0
    for minute in range(60):
        turns = repeats(plain, said, analyst="ann", seed=5)
        n_open = 0
        for turn in turns:
            if turn.reading is Reading.FIRST:
                n_open += turn.about not in answered_at
            elif turn.about in answered_at:
                # Whoever takes the open ones in order gave at least ten other answers by then.
                assert len(said) - 1 - answered_at[turn.about] + n_open >= 10
                n_met += 1
        turn = chance.choice([t for t in turns if t.about not in answered_at])
        answered_at[turn.about] = len(said)
        said.append(verdict(turn.about, "ann", at=at(minute)))
    assert n_met > 0


def test_what_was_answered_out_of_turn_is_not_repeated_at_once():
    plain = triage(MANY[:40], ALL)
    chosen = next(t for t in repeats(plain, [], analyst="ann", seed=1) if t.reading)
    others = [t.about for t in plain if t.about != chosen.about]

    def is_due(n_after):
        order = [*others[: len(others) - n_after], chosen.about, *others[len(others) - n_after :]]
        said = [verdict(about, "ann", at=at(i)) for i, about in enumerate(order)]
        turns = repeats(plain, said, analyst="ann", seed=1)
        return any(t.about == chosen.about and t.reading is Reading.REPEAT for t in turns)

    assert not is_due(0)
    assert not is_due(9)
    assert is_due(10)


def test_no_repeat_stands_inside_a_group():
    posts = [candidate(post(3000 + 10 * i), Kind.GUARD_POST, group="g") for i in range(60)]
    things = [candidate(line(3000, 3600), group="g", score=3.9), *posts, *FENCES]
    for seed in range(5):
        turns = repeats(triage(things, ALL), [], analyst="ann", seed=seed)
        firsts = [i for i, t in enumerate(turns) if t.group == "g" and t.reading is Reading.FIRST]
        assert firsts == list(range(firsts[0], firsts[0] + 61))


# -- disagreements ----------------------------------------------------------------------------

FENCE = FENCES[3]


def why(*said):
    found = disagreements([FENCE], said, ALL)
    return found[0].why if found else None


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        ({"answer": YES}, None),
        ({"answer": NO}, ("answer",)),
        ({"answer": Answer.CANNOT_TELL}, ("answer",)),
        ({"answer": YES, "category": Kind.WALL}, ("class",)),
        ({"answer": YES, "category": Kind.FENCE}, None),
        ({"answer": YES, "change": Change.UNCHANGED}, ("change",)),
        ({"answer": YES, "category": Kind.WALL, "change": Change.UPGRADED}, ("class", "change")),
        ({"answer": NO, "reading": Reading.REPEAT}, None),
        ({"answer": NO, "is_withdrawn": True}, None),
        ({"answer": YES, "reading": Reading.CONTESTED}, ("contested",)),
    ],
)
def test_answers_that_differ_are_in_dispute(theirs, expected):
    assert why(verdict(FENCE, "ann"), verdict(FENCE, "bob", **theirs)) == expected


def test_two_no_with_different_classes_are_no_dispute():
    assert why(verdict(FENCE, "ann", NO, category=Kind.WALL), verdict(FENCE, "bob", NO)) is None


def test_a_final_word_ends_a_dispute_until_a_newer_answer_says_something_else():
    old = [verdict(FENCE, "ann", YES, at=at(1)), verdict(FENCE, "bob", NO, at=at(2))]
    final = verdict(FENCE, "eve", NO, is_final=True, at=at(3))
    assert why(*old) == ("answer",)
    assert why(*old, final) is None
    assert why(*old, final, verdict(FENCE, "cid", NO, at=at(4))) is None
    assert why(*old, final, verdict(FENCE, "cid", YES, at=at(4))) == ("answer",)
    again = verdict(FENCE, "cid", YES, at=at(4), reading=Reading.CONTESTED)
    assert why(*old, final, again) == ("contested",)
    assert why(*old, replace(final, is_withdrawn=True)) == ("answer",)
    newer = replace(final, at=at(5))
    assert why(*old, newer, verdict(FENCE, "cid", YES, at=at(4)), again) is None


def test_without_times_the_ledger_says_what_is_newer():
    final = verdict(FENCE, "eve", NO, is_final=True, at=at(3), based_on=10)
    assert why(final, verdict(FENCE, "ann", YES, based_on=9)) is None
    assert why(final, verdict(FENCE, "ann", YES, based_on=11)) == ("answer",)


def test_nobody_judges_their_own_answers():
    said = [verdict(FENCE, "ann", YES), verdict(FENCE, "bob", NO)]
    assert disagreements([FENCE], said, ALL, adjudicator="ann") == []
    assert len(disagreements([FENCE], said, ALL, adjudicator="eve")) == 1


def test_disputes_come_along_the_border():
    said = [*answered("ann", FENCES), *answered("bob", FENCES, answer=NO)]
    assert ids(disagreements(FENCES[::-1], said, ALL)) == [c.id for c in FENCES]


def test_a_section_is_done_when_all_that_can_be_judged_is_answered():
    seen = Spans.of((0, 1200), (2000, 20000))
    said = [
        *answered("ann", FENCES[:3]), *answered("bob", FENCES[:2]),
        *answered("bob", FENCES[2:3], reading=Reading.REPEAT),
    ]  # fmt: skip
    done = progress(FENCES, said, seen, SECTIONS)
    assert (done[0].n, done[0].answered) == (3, {"ann": 3, "bob": 2})
    assert done[0].is_done_by("ann")
    assert not done[0].is_done_by("bob")
    assert not done[1].is_done_by("ann")


# -- dating -----------------------------------------------------------------------------------

DAY = date(2018, 1, 1)


def shots(truth, spread=0, known=()):
    """Return images of a place where it stood as `truth` says; only `known` positions were seen."""
    return [
        Shot(
            scene=f"s{i:02}",
            taken=When(DAY + timedelta(days=100 * i), DAY + timedelta(days=100 * i + spread)),
            state=state if i in known else None,
        )
        for i, state in enumerate(truth)
    ]


def played(truth, spread=0, known=()):
    """Return what bisection finds, and how many looks it took."""
    rows = shots(truth, spread, known)
    for n in range(len(truth) + 1):
        found = dating(rows)
        if not found.ask:
            return found, n
        i = int(found.ask[1:])
        assert rows[i].state is None
        rows[i] = replace(rows[i], state=truth[i])
    raise AssertionError("it asks for ever")


A, P, X = Seen.ABSENT, Seen.PRESENT, Seen.NOT_OBSERVABLE


@pytest.mark.parametrize("built_at", range(1, 32))
def test_the_beginning_is_found_in_log2_looks(built_at):
    truth = [A] * built_at + [P] * (32 - built_at)
    found, n = played(truth, known=(0, 31))
    assert n <= 5
    assert found.first_seen == DAY + timedelta(days=100 * built_at)
    assert found.last_absent == DAY + timedelta(days=100 * (built_at - 1))
    assert found.built == When(found.last_absent, found.first_seen)
    assert found.removed is None


@pytest.mark.parametrize(("built_at", "gone_at"), [(3, 20), (1, 2), (10, 31), (15, 16)])
def test_the_end_is_found_as_well(built_at, gone_at):
    truth = [A] * built_at + [P] * (gone_at - built_at) + [A] * (32 - gone_at)
    found, n = played(truth, known=(0, built_at))
    assert found.built == When(
        DAY + timedelta(days=100 * (built_at - 1)), DAY + timedelta(days=100 * built_at)
    )
    assert found.removed == When(
        DAY + timedelta(days=100 * (gone_at - 1)), DAY + timedelta(days=100 * gone_at)
    )
    assert n <= 11


def test_present_by_takes_the_upper_end_and_last_absent_the_lower():
    found, _ = played([A, A, P, P, A], spread=30)
    assert found.first_seen == DAY + timedelta(days=230)
    assert found.last_absent == DAY + timedelta(days=100)
    assert found.removed == When(DAY + timedelta(days=300), DAY + timedelta(days=430))


def test_images_that_show_nothing_are_passed_over_and_bracket_stays_wide():
    found, _ = played([A, X, X, P, X, P], known=(0, 5))
    assert found.built == When(DAY, DAY + timedelta(days=300))


def test_nothing_known_asks_the_newest_then_the_oldest_image():
    rows = shots([A] * 5)
    assert dating(rows).ask == "s04"
    assert dating(shots([A] * 5, known=(4,))).ask == "s00"
    assert dating(shots([A] * 5, known=(0, 4))).ask == "s02"
    assert dating([]).ask == ""
    found, n = played([A] * 5)
    assert (found.first_seen, found.built, n) == (None, None, 5)
    assert found.last_absent == DAY + timedelta(days=400)


def test_dates_that_overlap_never_make_an_impossible_bracket():
    # The image that shows it may be older than the one that does not.
    wide = Shot(scene="mosaic", taken=When(date(2010, 1, 1), date(2021, 6, 1)), state=P)
    day = Shot(scene="day", taken=When.on(date(2020, 1, 1)), state=A)
    found = dating([wide, day])
    # Built and gone again before 2020, or built after: both fit.
    assert (found.first_seen, found.still_seen) == (date(2021, 6, 1), date(2010, 1, 1))
    assert (found.built, found.removed, found.conflicts) == (None, None, ())
    before = dating([wide, replace(day, side="before")])
    assert before.built == When(date(2020, 1, 1), date(2021, 6, 1))
    assert dating([wide, replace(day, side="after")]).removed == When(
        date(2010, 1, 1), date(2020, 1, 1)
    )


def test_absent_between_two_dates_on_which_it_stood_is_named():
    found = dating(shots([A, P, A, P], known=(0, 1, 2, 3)))
    assert found.conflicts == ("s02",)
    assert found.removed is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([A, P, X]), min_size=1, max_size=12), st.integers(0, 250))
def test_whatever_the_images_say_dating_ends_with_brackets_that_run_forwards(truth, spread):
    found, _ = played(truth, spread)
    assert (found.first_seen is not None) == (P in truth) or found.ask == ""
    if P in truth and found.first_seen is None:
        pytest.fail("every image is asked before it is said that nothing stood there")
