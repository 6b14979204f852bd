"""Two agree, a third decides: the same answers give the same finding in any order."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk_rows import (
    AFTER,
    BEFORE,
    FRONTIER,
    SCENES,
    candidate,
    line,
    post,
    scene,
    verdict,
)
from vallum.frontier import geodesic_length_m
from vallum.ground.errors import BadSetting
from vallum.ground.kinds import Answer, Change, Dating, Held, Kind, Reading
from vallum.ground.records import Sample
from vallum.ground.span import Span
from vallum.ground.when import When
from vallum.review.settle import Rule, agreement, settle

YES, NO, CANNOT = Answer.YES, Answer.NO, Answer.CANNOT_TELL
FENCE = candidate(line(1000, 2000))
LATER = datetime(2026, 1, 2, tzinfo=UTC)
EARLIER = datetime(2026, 1, 1, tzinfo=UTC)


def answered(*answers, about=FENCE):
    return [verdict(about, f"analyst {i}", answer) for i, answer in enumerate(answers)]


def settled(verdicts, about=FENCE, **more):
    found = settle([about], verdicts, SCENES, FRONTIER, **more)
    return found[0] if found else None


@pytest.mark.parametrize(
    ("answers", "held"),
    [
        ((), None),
        ((YES,), None),
        ((YES, NO), None),
        ((YES, CANNOT), None),
        ((YES, YES), Held.CONFIRMED),
        ((NO, NO), Held.REJECTED),
        ((CANNOT, CANNOT), Held.INDETERMINATE),
        ((YES, NO, YES), Held.CONFIRMED),
        ((YES, NO, NO), Held.REJECTED),
        ((YES, NO, CANNOT), Held.DISPUTED),
        ((YES, CANNOT, CANNOT), Held.INDETERMINATE),
        ((YES, YES, NO, NO), Held.DISPUTED),
        ((YES, YES, CANNOT, CANNOT), Held.INDETERMINATE),
        ((YES, YES, NO, NO, YES), Held.CONFIRMED),
    ],
)
def test_two_agree_and_a_third_decides(answers, held):
    found = settled(answered(*answers))
    assert (found.held if found else None) is held


@pytest.mark.parametrize(
    ("answers", "held"),
    [
        ((YES,), Held.CONFIRMED),
        ((NO,), Held.REJECTED),
        ((CANNOT,), Held.INDETERMINATE),
        ((YES, NO), Held.DISPUTED),
    ],
)
def test_a_single_analyst_can_be_trusted_by_rule(answers, held):
    assert settled(answered(*answers), rule=Rule(n_agree=1)).held is held


def test_a_rule_that_nobody_can_meet_is_refused():
    with pytest.raises(BadSetting, match="at least one"):
        Rule(n_agree=0)
    with pytest.raises(BadSetting, match="never reach"):
        Rule(n_agree=3, n_panel=2)


def test_the_newest_answer_of_an_analyst_counts():
    changed = [verdict(FENCE, "ann", NO, at=EARLIER), verdict(FENCE, "ann", YES, at=LATER)]
    other = verdict(FENCE, "bob", YES, at=EARLIER)
    assert settled([*changed, other]).held is Held.CONFIRMED
    assert settled([other, *reversed(changed)]).held is Held.CONFIRMED


def test_two_answers_of_one_analyst_are_not_two_analysts():
    assert settled([verdict(FENCE, "ann", at=EARLIER), verdict(FENCE, "ann", at=LATER)]) is None


def test_answers_taken_back_after_settling_leave_nothing_confirmed():
    found = settled(answered(YES, NO), settled_before={FENCE.id})
    assert found.held is Held.DISPUTED
    assert "changed after it had been settled" in found.agreement
    assert settled(answered(YES, YES), settled_before={FENCE.id}).held is Held.CONFIRMED


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        ((None, None), Kind.FENCE),
        ((Kind.WALL, Kind.WALL), Kind.WALL),
        ((Kind.WALL, None, Kind.WALL), Kind.WALL),
        ((Kind.WALL, None), Kind.FENCE),
        ((Kind.WALL, Kind.DOUBLE_FENCE), Kind.FENCE),
    ],
)
def test_the_class_is_what_most_yes_answers_name_and_the_machine_breaks_ties(classes, expected):
    said = [verdict(FENCE, f"a{i}", YES, category=kind) for i, kind in enumerate(classes)]
    assert settled(said).category is expected


@pytest.mark.parametrize(
    ("changes", "expected", "told"),
    [
        ((None, None), Change.NEW, ""),
        ((Change.NEW, None), Change.NEW, ""),
        ((Change.UPGRADED,) * 2, Change.UPGRADED, "2 upgraded: settled as upgraded, suggested"),
        ((Change.UPGRADED, None, Change.UPGRADED), Change.UPGRADED, "1 new, 2 upgraded: settled"),
        ((None, Change.UPGRADED, None), Change.NEW, "2 new, 1 upgraded: settled as new"),
        ((Change.UPGRADED, None), Change.NEW, "1 new, 1 upgraded: no majority, so new as sugg"),
        ((Change.UPGRADED, Change.REMOVED), Change.NEW, "1 upgraded, 1 removed: no majority"),
        ((Change.UNCHANGED,) * 2, Change.UNCHANGED, "2 unchanged: settled as unchanged"),
    ],
)
def test_what_happened_is_what_most_yes_answers_say_and_ties_leave_it_as_suggested(
    changes, expected, told
):
    said = [verdict(FENCE, f"a{i}", YES, change=change) for i, change in enumerate(changes)]
    found = settled(said)
    assert (found.held, found.change) == (Held.CONFIRMED, expected)
    assert told in found.agreement
    assert bool(told) == ("what happened" in found.agreement)
    assert settled(said[::-1]) == found


def test_the_days_follow_the_change_as_it_was_settled():
    between = When(date(2019, 3, 1), date(2022, 4, 10))
    for change, days in (
        (Change.UPGRADED, (between, None)),
        (Change.EXTENDED, (between, None)),
        (Change.REPLACED, (between, None)),
        (Change.REMOVED, (None, between)),
        (Change.UNCHANGED, (None, None)),
    ):
        found = settled([verdict(FENCE, who, YES, change=change) for who in "ab"])
        assert (found.built, found.removed) == days


def test_a_no_answer_has_no_say_in_what_happened_and_an_open_one_stays_as_suggested():
    upgraded = [verdict(FENCE, "ann", YES, change=Change.UPGRADED)]
    no = [verdict(FENCE, who, NO, change=Change.UNCHANGED) for who in ("bob", "zoe")]
    assert settled([*upgraded, verdict(FENCE, "eve", YES), no[0]]).change is Change.NEW
    rejected = settled([*upgraded, *no])
    assert (rejected.held, rejected.change) == (Held.REJECTED, Change.NEW)
    assert "what happened" not in rejected.agreement


def test_a_no_answer_has_no_say_in_class_or_shape():
    said = [
        *answered(YES, YES),
        verdict(FENCE, "zoe", NO, category=Kind.WALL, shape=line(1000, 1100), at=LATER),
    ]
    found = settled(said)
    assert (found.category, found.shape) == (Kind.FENCE, FENCE.shape)


def test_the_newest_redrawn_line_is_measured_and_placed_again():
    older, newer = line(1000, 1500), line(3000, 3400, -80.0)
    said = [
        verdict(FENCE, "ann", YES, shape=newer, at=LATER),
        verdict(FENCE, "bob", YES, shape=older, at=EARLIER),
    ]
    found = settled(said)
    assert found.shape == newer
    assert found.length_m == pytest.approx(geodesic_length_m(newer))
    assert found.span.start_m == pytest.approx(3000, abs=2)
    assert found.span.end_m == pytest.approx(3400, abs=2)
    assert found.off_m == pytest.approx(-80, abs=1)


def test_a_new_thing_was_built_between_the_two_images():
    found = settled(answered(YES, YES))
    assert found.built == When(date(2019, 3, 1), date(2022, 4, 10))
    assert found.removed is None


def test_a_removed_thing_went_between_the_two_images():
    gone = candidate(line(1000, 2000), change=Change.REMOVED)
    found = settled(answered(YES, YES, about=gone), about=gone)
    assert found.built is None
    assert found.removed == When(date(2019, 3, 1), date(2022, 4, 10))


def test_what_stood_before_has_no_date_and_neither_has_what_was_rejected():
    old = candidate(line(1000, 2000), change=Change.UNCHANGED, origin="analyst")
    found = settled(answered(YES, YES, about=old), about=old)
    assert (found.built, found.removed) == (None, None)
    assert settled(answered(NO, NO)).built is None


def test_a_post_has_no_length():
    tower = candidate(post(500), Kind.WATCHTOWER)
    assert settled(answered(YES, YES, about=tower), about=tower).length_m == 0.0


def test_a_finding_names_what_it_rests_on_and_no_analyst():
    said = answered(YES, NO, YES)
    found = settled(said)
    assert found.about == FENCE.id
    assert found.from_ids[0] == FENCE.id
    assert set(found.from_ids) == {FENCE.id, *(v.id for v in said), BEFORE.id, AFTER.id}
    assert found.agreement == "2 of 3 yes, 1 no"
    assert "analyst 0" not in str(found.body())


def test_simulated_analysts_are_said_to_be_simulated():
    said = [verdict(FENCE, name, YES, is_simulated=True) for name in ("a", "b")]
    assert settled(said).agreement == "2 of 2 yes (simulated analysts)"


def test_unknown_images_leave_the_date_open():
    swapped = scene("after.tif", "2010-01-01")
    lost = candidate(line(1000, 2000), before="scene-lost")
    wrong = candidate(line(1000, 2000), before=BEFORE.id, after=swapped.id)
    for about in (lost, wrong):
        scenes = {**SCENES, swapped.id: swapped}
        found = settle([about], answered(YES, YES, about=about), scenes, FRONTIER)[0]
        assert found.held is Held.CONFIRMED
        assert found.built is None
    assert found.dating is Dating.CONFLICTING
    assert found.conflicts == (BEFORE.id,)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcd"),
            st.sampled_from(list(Answer)),
            st.sampled_from([None, EARLIER, LATER]),
            st.sampled_from([None, Kind.WALL, Kind.FENCE]),
            st.sampled_from([None, *Change]),
        ),
        max_size=8,
    ),
    st.randoms(),
)
def test_the_order_of_answers_does_not_matter(given_answers, dice):
    said = [
        verdict(FENCE, who, a, at=at, category=kind, change=change)
        for who, a, at, kind, change in given_answers
    ]
    shuffled = dice.sample(said, len(said))
    assert settled(said) == settled(shuffled)


def test_findings_come_in_the_order_of_the_frontier():
    near, far = candidate(line(100, 200)), candidate(line(5000, 5100))
    said = answered(YES, YES, about=near) + answered(YES, YES, about=far)
    found = settle([far, near], said, SCENES, FRONTIER)
    assert [f.about for f in found] == [near.id, far.id]


def test_kappa_is_that_of_the_textbook():
    # 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: kappa 0.4 (the usual 50-grant example).
    table = [(YES, YES)] * 20 + [(YES, NO)] * 5 + [(NO, YES)] * 10 + [(NO, NO)] * 15
    said = []
    for number, (ours, theirs) in enumerate(table):
        said += [verdict(f"c{number}", "ann", ours), verdict(f"c{number}", "bob", theirs)]
    found = agreement(said)
    assert (found.n_analysts, found.n_candidates, found.n) == (2, 50, 50)
    assert found.share_equal == pytest.approx(0.70)
    assert found.kappa == pytest.approx(0.40)
    assert "70%" in str(found)


def test_kappa_is_not_defined_when_everybody_always_says_the_same():
    found = agreement(answered(YES, YES))
    assert found.share_equal == 1.0
    assert math.isnan(found.kappa)
    assert "not defined" in str(found)


def test_agreement_of_one_analyst_is_nothing():
    found = agreement([verdict(FENCE, "ann")])
    assert (found.n, found.n_candidates, found.pairs) == (0, 0, ())
    assert math.isnan(found.share_equal)


def test_three_analysts_make_three_pairs():
    found = agreement(answered(YES, YES, NO))
    assert (found.n_analysts, found.n_candidates, found.n) == (3, 1, 3)
    assert found.share_equal == pytest.approx(1 / 3)


# -- the review desk --------------------------------------------------------------------------

AT = [datetime(2026, 2, day, tzinfo=UTC) for day in range(1, 10)]
SPLIT = [verdict(FENCE, "ann", YES, at=AT[0]), verdict(FENCE, "bob", NO, at=AT[1])]


def final(answer=YES, at=AT[3], **more):
    return verdict(FENCE, "eve", answer, is_final=True, at=at, **more)


def test_what_was_taken_back_counts_as_not_given():
    said = answered(YES, YES)
    assert settled([said[0], replace(said[1], is_withdrawn=True)]) is None
    older = verdict(FENCE, "ann", YES, at=EARLIER)
    gone = verdict(FENCE, "ann", NO, at=LATER, is_withdrawn=True)
    assert settled([older, gone, verdict(FENCE, "bob", YES)]) is None


@pytest.mark.parametrize("reading", [Reading.REPEAT, Reading.CONTESTED])
def test_repeats_and_contested_answers_settle_nothing(reading):
    extra = [verdict(FENCE, "ann", NO, reading=reading), verdict(FENCE, "cid", NO, reading=reading)]
    assert settled([verdict(FENCE, "ann", YES), *extra]) is None
    assert settled([*answered(YES, YES), *extra]).agreement == "2 of 2 yes"


@pytest.mark.parametrize(
    ("answer", "held"),
    [(YES, Held.CONFIRMED), (NO, Held.REJECTED), (CANNOT, Held.INDETERMINATE)],
)
def test_a_final_word_decides_and_says_what_was_said_before(answer, held):
    found = settled([*SPLIT, final(answer)])
    assert found.held is held
    assert found.agreement == "adjudicated; before: 1 of 2 yes, 1 no"
    assert {v.id for v in SPLIT} < set(found.from_ids)
    assert final(answer).id in found.from_ids


def test_a_final_word_needs_nobody_else():
    assert settled([final(NO)]).agreement == "adjudicated; before: no answers"


def test_a_final_word_settles_class_change_and_shape():
    redrawn = line(1000, 2100, 40.0)
    before = [replace(SPLIT[0], shape=redrawn, category=Kind.DOUBLE_FENCE), SPLIT[1]]
    found = settled([*before, final(category=Kind.WALL, change=Change.UPGRADED)])
    assert (found.category, found.change) == (Kind.WALL, Change.UPGRADED)
    assert found.shape == redrawn
    own = line(1000, 1900, 45.0)
    assert settled([*before, final(shape=own)]).shape == own
    assert settled([*before, final()]).category is Kind.FENCE


def test_a_newer_answer_that_differs_disputes_a_final_word():
    found = settled([*SPLIT, final(), verdict(FENCE, "cid", NO, at=AT[5])])
    assert found.held is Held.DISPUTED
    assert "disputed again by 1 newer answer; all answers: 2 of 3 no, 1 yes" in found.agreement
    again = settled([*SPLIT, final(at=AT[6]), verdict(FENCE, "cid", NO, at=AT[5])])
    assert again.held is Held.CONFIRMED
    assert again.agreement == "adjudicated; before: 2 of 3 no, 1 yes"


def test_newer_answers_that_say_the_same_leave_a_final_word():
    same = verdict(FENCE, "cid", YES, at=AT[5])
    assert settled([*SPLIT, final(), same]).held is Held.CONFIRMED
    other_class = replace(same, category=Kind.WALL)
    assert settled([*SPLIT, final(), other_class]).held is Held.DISPUTED
    repeat = verdict(FENCE, "cid", NO, at=AT[5], reading=Reading.REPEAT)
    assert settled([*SPLIT, final(), repeat]).held is Held.CONFIRMED


def test_a_final_word_that_was_taken_back_leaves_it_to_the_rule():
    assert settled([*SPLIT, replace(final(), is_withdrawn=True)]) is None
    assert (
        settled([*answered(YES, YES), replace(final(NO), is_withdrawn=True)]).held is Held.CONFIRMED
    )


def test_the_newest_of_two_final_words_counts():
    other = verdict(FENCE, "kay", NO, is_final=True, at=AT[4])
    assert settled([*SPLIT, final(), other]).held is Held.REJECTED
    assert settled([*SPLIT, other, final(at=AT[5])]).held is Held.CONFIRMED


def test_verdicts_about_frames_settle_nothing():
    frame = Sample(span=Span(0, 800), design="sweep")
    said = [verdict(frame, "ann", YES), verdict(frame, "bob", YES)]
    assert settle([FENCE], said, SCENES, FRONTIER) == []
