"""The frozen sample holds all that its numbers rest on, and names nobody."""

import json

import pytest
import rfc8785

import desk_rows
from sample_rows import UNIT_M, Desk, drawn, suggested
from vallum.ground.errors import BadInput
from vallum.ground.kinds import Answer, Kind
from vallum.ground.span import Spans
from vallum.measure import designs, frozen
from vallum.measure.readings import first_answers
from vallum.measure.sampled import sampled_estimates

BUILT = Spans.of((500, 3_100), (6_000, 8_050), (12_000, 14_600), (17_000, 18_300))
NAMES = ("Ann Smith", "김철수", 'o\'neil "the" reader', "zoe")


def everything():
    """A survey with several readers, a map, findings, second readings, and a chosen area."""
    first = drawn(70, seed=4)
    area = designs.chosen_area(Spans.of((5_000, 6_500)), "a market town; busy", unit_m=UNIT_M)
    machine = suggested((400, 2_900), (9_900, 10_700))
    findings = [desk_rows.finding(machine[0])]
    desk = Desk(first, machine=machine, findings=findings)
    for k, row in enumerate(desk.samples):
        desk.see(row, BUILT, NAMES[k % 3])
        if k % 5 == 0:
            desk.read(row, Answer.CANNOT_TELL, NAMES[(k + 1) % 3])
    answers = first_answers(desk.rows, first.survey)
    sizes = {designs.group_name("all", one): 12 for one in set(answers.values())}
    again = designs.second(first.strata, first.samples, answers, sizes, seed=1)
    both = Desk(first, again, area, machine=machine, findings=findings)
    both.verdicts, both.candidates = desk.verdicts, desk.candidates
    for row in both.samples:
        if row.survey == again.survey:
            both.see(row, BUILT, NAMES[3])
        if row.survey == area.survey:
            both.read(row, Answer.YES, NAMES[0], category=Kind.WALL, metres=12.5, posts=2)
    return both


@pytest.fixture(scope="module")
def desk():
    return everything()


def numbers_only(rows):
    return [rfc8785.dumps(row.body() | {"from_ids": []}) for row in rows]


@pytest.mark.parametrize("if_at_random", [False, True])
def test_every_number_comes_out_again_from_the_file_alone(desk, if_at_random):
    published = sampled_estimates(desk.surveys, if_at_random=if_at_random)
    text = frozen.frozen(desk.surveys, if_at_random=if_at_random)
    assert {row.estimator for row in published} >= {"two-phase"}
    assert numbers_only(frozen.recompute(text)) == numbers_only(published)
    assert any("at_random" in row.name for row in published) is if_at_random


def test_no_name_of_a_person_is_in_the_file(desk):
    text = frozen.frozen(desk.surveys)
    for name in NAMES:
        assert name not in text
        assert json.dumps(name)[1:-1] not in text
    readers = {
        said["reader"]
        for survey in json.loads(text)["surveys"]
        for stretch in survey["stretches"]
        for said in (*stretch["said"], *stretch["again"])
    }
    assert readers == {"A", "B", "C", "D"}
    assert "verdict-" not in text
    assert "run-" not in text


def test_the_file_is_the_same_for_the_same_readings_in_any_order(desk):
    turned = everything()
    turned.verdicts.reverse()
    turned.samples.reverse()
    assert frozen.frozen(turned.surveys) == frozen.frozen(desk.surveys)


def test_the_file_is_canonical_and_says_what_it_is(desk):
    text = frozen.frozen(desk.surveys)
    body = json.loads(text)
    assert text == rfc8785.dumps(body).decode() + "\n"
    assert body["format"] == "vallum sample 1"
    assert len(body["surveys"]) == 2


def test_a_changed_reading_changes_a_number(desk):
    text = frozen.frozen(desk.surveys)
    body = json.loads(text)
    stretches = body["surveys"][1]["stretches"]
    alone = next(one["said"] for one in stretches if len(one["said"]) == 1)
    alone[0]["answer"] = "no"
    before = {row.name: row.value for row in frozen.recompute(text)}
    after = {row.name: row.value for row in frozen.recompute(json.dumps(body))}
    assert after["posts_new_in_km_5_6.5"] == before["posts_new_in_km_5_6.5"] - 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": "vallum sample 1"}',
        '{"format": "vallum sample 1", "surveys": 3}',
    ],
)
def test_what_is_no_frozen_sample_is_refused(text):
    with pytest.raises(BadInput, match="cannot be read"):
        frozen.recompute(text)


def test_a_file_of_another_format_is_refused_by_name():
    with pytest.raises(BadInput, match="another format"):
        frozen.recompute('{"format": "vallum sample 9", "surveys": []}')
