"""Agreement for the public: from answers, without names; and what others published of a line."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

import small_desk
from vallum.ground.kinds import Answer, Reading
from vallum.ground.records import Verdict
from vallum.steps.agreeing import agreement, published
from vallum.steps.judging import current_candidates

YES, NO, UNSURE = Answer.YES, Answer.NO, Answer.CANNOT_TELL
SAID = {
    "first": (YES, YES, YES, NO, NO, UNSURE),
    "second": (YES, YES, NO, NO, UNSURE, UNSURE),
    "third": (YES, NO),
}


def _verdicts(candidates, said, reading=Reading.FIRST):
    return [
        Verdict(about=one.id, analyst=f"secret-name-{who}", answer=answer, reading=reading)
        for who, answers in said.items()
        for one, answer in zip(candidates, answers, strict=False)
    ]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    made = small_desk.make(tmp_path_factory.mktemp("agreeing") / "p")
    with made.run("review") as work:
        work.add_all(_verdicts(current_candidates(made), SAID))
    yield made
    made.close()


def test_unordered_pairs_of_answers_are_counted(project):
    told = agreement(project)
    assert told.answers == ("yes", "no", "cannot_tell")
    # By hand: first and second agree on things 1, 2, 4 and 6; the third on 1 with both.
    assert told.counts == ((4, 3, 0), (3, 1, 1), (0, 1, 1))
    assert told.n_twice == 6


def test_no_name_is_in_it(project):
    assert "secret-name" not in repr(agreement(project))


def test_the_record_of_one_person_alone_is_never_told(project):
    candidates = current_candidates(project)
    with project.run("review") as work:
        work.add_all(_verdicts(candidates, {"first": SAID["first"]}, Reading.REPEAT))
    assert all(math.isnan(one) for one in agreement(project).within)
    with project.run("review") as work:
        work.add_all(_verdicts(candidates, {"second": SAID["first"]}, Reading.REPEAT))
    value, low, high = agreement(project).within
    assert low <= value <= high <= 1


def test_without_two_answers_to_one_thing_there_is_no_agreement(tmp_path):
    project = small_desk.make(tmp_path / "p")
    assert agreement(project) is None
    with project.run("review") as work:
        work.add_all(_verdicts(current_candidates(project), {"first": SAID["first"]}))
    assert agreement(project) is None
    project.close()


def _on(project, name, *, is_simulated=False):
    config = replace(project.config, is_simulated=is_simulated)
    return replace(project, config=config, frontier=replace(project.frontier, name=name))


def test_numbers_of_others_belong_to_their_line(project):
    told = published(_on(project, "prk-chn"))
    assert any(one.value == 489 and one.words == "at least" for one in told)
    assert all(one.url.startswith("http") and one.who and one.over for one in told)
    assert {one.unit for one in told} == {"km", "posts"}
    assert not any("length" in one.label and "fence" not in one.label for one in told)
    assert published(_on(project, "usa-mex")) == ()


def test_a_range_has_no_middle(project):
    told = published(_on(project, "pol-blr"))
    ranges = [one for one in told if not math.isnan(one.low)]
    assert ranges
    assert all(math.isnan(one.value) and one.low < one.high for one in ranges)


def test_a_simulated_border_stands_beside_no_real_number(project):
    assert published(_on(project, "prk-chn", is_simulated=True)) == ()
