"""Gates: what keeps a publication in, what is held back of it, and the way out of each."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from fake_book import fake_book
from vallum.ground.kinds import Basis
from vallum.ground.records import Level
from vallum.report.gates import Facts, is_too_strong, refusals


@pytest.fixture(scope="module")
def book():
    return fake_book(7.4, n_chips=0)


def _found(book, facts=None, **more):
    yes = {one.about: 2 for one in book.confirmed}
    given = {"estimates": book.estimates, "confirmed": book.confirmed, "scenes": book.scenes}
    return refusals(facts or Facts(yes=yes), **(given | more))


def test_what_two_people_confirmed_may_go_out(book):
    assert _found(book) == ()


@pytest.mark.parametrize(("level", "is_hard"), [(Level.PUBLIC, True), (Level.DESK, False)])
def test_a_finding_that_one_person_saw_is_refused_to_the_public(book, level, is_hard):
    yes = {one.about: 2 for one in book.confirmed[1:]} | {book.confirmed[0].about: 1}
    (one,) = _found(book, Facts(level=level, yes=yes))
    assert (one.gate, one.n, one.is_hard) == ("accepts", 1, is_hard)
    assert book.confirmed[0].id in one.why
    assert "second person" in one.way_out


def test_one_person_is_enough_where_the_settings_say_so(book):
    assert _found(book, Facts(n_accepts=1, yes={one.about: 1 for one in book.confirmed})) == ()


@pytest.mark.parametrize(
    ("name", "basis", "from_ids", "is_refused"),
    [
        ("border_km_changed_estimated", Basis.CHOSEN_AREA, (), True),
        ("border_km_changed_estimated", Basis.SAMPLED, ("stratum-chosen",), True),
        ("border_km_changed_estimated", Basis.SAMPLED, ("stratum-drawn",), False),
        ("border_km_changed_estimated_in_hoeryong", Basis.CHOSEN_AREA, ("stratum-chosen",), False),
    ],
    ids=["chosen", "resting-on-chosen", "drawn", "said-of-its-area"],
)
def test_a_chosen_area_speaks_of_itself_alone(book, name, basis, from_ids, is_refused):
    number = replace(book.estimates[0], name=name, basis=basis, from_ids=from_ids, wording="about",
                     value=2.0, low=1.0, high=3.0)  # fmt: skip
    facts = Facts(chosen={"stratum-chosen"})
    found = _found(book, facts, estimates=(number,), confirmed=())
    assert [one.gate for one in found] == (["sample"] if is_refused else [])
    assert all(one.is_hard for one in found)


@pytest.mark.parametrize(
    ("wording", "low", "high", "is_strong"),
    [
        ("at least", 5.0, math.nan, False),
        ("at least", 4.0, math.nan, True),
        ("exactly", 5.0, 5.0, True),
        ("about", 5.0, 5.0, True),
        ("nothing confirmed", 5.0, math.nan, False),
    ],
)
def test_words_may_not_be_stronger_than_the_evidence(book, wording, low, high, is_strong):
    number = replace(book.estimates[0], value=5.0, low=low, high=high, wording=wording,
                     basis=Basis.CONFIRMED)  # fmt: skip
    assert is_too_strong(number) is is_strong
    found = _found(book, estimates=(number,))
    assert [one.gate for one in found] == (["wording"] if is_strong else [])


def test_pixels_without_a_licence_are_held_back_and_numbers_go_out(book):
    shut = tuple(replace(one, may_publish=False) for one in book.scenes)
    (one,) = _found(book, scenes=shut)
    assert (one.gate, one.n, one.is_hard) == ("licence", 2, False)
    assert "--may-publish" in one.way_out
    assert _found(book, scenes=tuple(replace(s, is_simulated=True) for s in shut)) == ()
    assert _found(book, scenes=tuple(replace(s, href="") for s in shut)) == ()


def test_pictures_are_told_of_by_reason(book):
    facts = Facts(
        n_accepts=0, pictures={"a": "too few pixels", "b": "too few pixels", "c": "stood"}
    )
    found = _found(book, facts)
    assert [(one.gate, one.n) for one in found] == [("picture", 2), ("picture", 1)]


def test_withheld_claims_are_told_to_the_desk_with_the_reason(book):
    facts = Facts(n_accepts=0, withheld=["under embargo until 2030-01-01", "off the record",
                                         "off the record"])  # fmt: skip
    assert [(one.gate, one.n) for one in _found(book, facts)] == [("level", 2), ("embargo", 1)]


def test_photographs_that_nobody_cleared_are_held_back(book):
    (one,) = _found(book, Facts(n_accepts=0, uncleared={"exhibit-a"}))
    assert (one.gate, one.is_hard) == ("photo", False)


def test_an_overlay_with_an_earlier_release_is_refused(book):
    (one,) = _found(book, Facts(n_accepts=0, together=["claim-a beside release ab"]))
    assert (one.gate, one.is_hard) == ("claims", True)
    assert "--despite" in one.way_out


def test_nothing_goes_out_before_something_is_measured(book):
    (one,) = _found(book, estimates=())
    assert (one.gate, one.is_hard) == ("numbers", True)
    assert str(one).startswith("numbers (refused): the report: nothing has been measured")


def test_hard_gates_stand_first(book):
    facts = Facts(stale=["frontier_km"], withheld=["off the record"])
    assert [one.is_hard for one in _found(book, facts)] == [True, False, False]
