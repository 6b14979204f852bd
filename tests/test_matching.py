"""Claims against findings, against images, and the step that writes what comes of it."""

from dataclasses import replace
from datetime import date

import pytest

import claim_rows as said
import desk_rows
from vallum import config
from vallum.claims.against import NOTHING, Why, against, is_partly, reason_of
from vallum.claims.alike import alike, paired
from vallum.ground.errors import BadInput, NotThere
from vallum.ground.kinds import Change, Held, Kind
from vallum.ground.records import Dated, Match
from vallum.ground.saidkinds import (
    ClaimStatus,
    MatchMethod,
    Modality,
    Precision,
    Relation,
    Scope,
    Standing,
    Subject,
    Voice,
)
from vallum.ground.span import Span, Spans
from vallum.project import create
from vallum.steps.matching import holding, match, match_by, weighed

SUPPORTS, CONTRADICTS, NOT_OBSERVABLE = Relation


def one(matches):
    assert len(matches) == 1, matches
    return matches[0]


# -- what supports ------------------------------------------------------------------------------


def test_a_finding_of_the_kind_at_the_place_in_the_time_supports():
    fence = said.found(2_200, 2_900)
    got = one(said.Ground([fence]).against(said.claim()))
    assert (got.relation, got.about, got.by) == (SUPPORTS, fence.id, "vallum")
    assert got.spans == Spans((fence.span,))
    assert "2019-03-01" in got.rationale


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        (Subject.DOUBLE_FENCE, Kind.FENCE),
        (Subject.FENCE, Kind.DOUBLE_FENCE),
        (Subject.GUARD_POST, Kind.WATCHTOWER),
        (Subject.BUFFER_ZONE, Kind.CLEARED_STRIP),
        (Subject.INFRASTRUCTURE, Kind.WALL),
        (Subject.CHECKPOINT, Kind.BUILDING),
        (Subject.ELECTRIC_FENCE, Kind.FENCE),
    ],
    ids=lambda value: value.value,
)
def test_a_thing_under_another_name_supports(subject, kind):
    ground = said.Ground([said.found(2_200, 2_900 if kind.is_line else None, kind)])
    assert one(ground.against(said.claim(subject))).relation is SUPPORTS


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        (Subject.ELECTRIC_FENCE, Kind.FENCE),
        (Subject.DOUBLE_FENCE, Kind.FENCE),
        (Subject.WATCHTOWER, Kind.GUARD_POST),
        (Subject.CHECKPOINT, Kind.BUILDING),
        (Subject.INFRASTRUCTURE, Kind.BUILDING),
        (Subject.BUFFER_ZONE, Kind.CLEARED_STRIP),
    ],
    ids=lambda value: value.value,
)
def test_what_an_image_leaves_open_is_said(subject, kind):
    ground = said.Ground([said.found(2_200, 2_900 if kind.is_line else None, kind)])
    got = one(ground.against(said.claim(subject)))
    assert got.relation is SUPPORTS
    assert "In part" in got.rationale
    assert is_partly(got)


def test_what_a_person_says_is_never_in_part():
    fence = said.found(2_200, 2_900)
    got = one(said.Ground([fence]).against(said.claim(Subject.ELECTRIC_FENCE)))
    assert not is_partly(replace(got, by="ann"))


def test_a_new_fence_is_shown_in_part_only_by_one_that_was_upgraded():
    upgraded = said.Ground([said.found(2_200, 2_900, change=Change.UPGRADED)])
    assert is_partly(one(upgraded.against(said.claim())))
    claim = said.claim(change=Change.UPGRADED)
    assert not is_partly(one(upgraded.against(claim)))
    assert is_partly(one(said.Ground([said.found(2_200, 2_900)]).against(claim)))


@pytest.mark.parametrize(
    "claim",
    [
        {"at": (0, 12_000), "precision": Precision.REGION},
        {"quantity_min": 3.0, "quantity_unit": "km"},
        {"quantity_min": 3.0, "quantity_unit": "layers"},
        {"when": "", "modality": Modality.PRESENT, "change": None},
        {"places": (said.place(), said.place(7_000, 8_000))},
    ],
    ids=["region", "longer", "layers", "undated", "two places"],
)
def test_a_finding_that_shows_less_than_is_said_shows_it_in_part(claim):
    got = one(said.Ground([said.found(2_200, 2_900)]).against(said.claim(**claim)))
    assert got.relation is SUPPORTS
    assert is_partly(got)


def test_a_finding_that_reaches_a_place_with_its_end_only_is_not_the_one_that_is_meant():
    got = one(said.Ground([said.found(2_950, 3_950)]).against(said.claim()))
    assert (got.relation, reason_of(got)) == (NOT_OBSERVABLE, Why.SOMETHING_ALIKE)
    assert one(said.Ground([said.found(2_500, 3_500)]).against(said.claim())).relation is SUPPORTS


def test_a_wall_is_no_fence_but_it_is_not_nothing_either():
    wall = said.found(2_200, 2_900, Kind.WALL)
    got = one(said.Ground([wall]).against(said.claim()))
    assert (got.relation, got.about) == (NOT_OBSERVABLE, wall.id)
    assert reason_of(got) == Why.SOMETHING_ALIKE


@pytest.mark.parametrize("held", [Held.REJECTED, Held.IMPORTED], ids=lambda one: one.value)
def test_only_what_people_confirmed_supports(held):
    ground = said.Ground([said.found(2_200, 2_900, held=held)])
    assert all(row.relation is not SUPPORTS for row in ground.against(said.claim()))


def test_a_finding_elsewhere_supports_nothing():
    ground = said.Ground([said.found(6_200, 6_900)])
    assert one(ground.against(said.claim())).relation is CONTRADICTS


@pytest.mark.parametrize("kind", [Kind.FENCE, Kind.WALL], ids=lambda one: one.value)
def test_something_alike_a_few_steps_beside_the_place_is_not_nothing(kind):
    beside = said.found(1_200, 1_840, kind)
    got = one(said.Ground([beside]).against(said.claim()))
    assert (got.relation, reason_of(got)) == (NOT_OBSERVABLE, Why.SOMETHING_ALIKE)
    assert "close by" in got.rationale
    waiting = said.Ground(candidates=[said.thing(1_200, 1_840)])
    assert reason_of(one(waiting.against(said.claim()))) == Why.NOT_REVIEWED


def test_a_finding_on_the_other_side_supports_nothing():
    right = said.found(2_200, 2_900)
    claim = said.claim(places=(said.place(side="left"),))
    assert one(said.Ground([right]).against(claim)).relation is CONTRADICTS
    claim = said.claim(places=(said.place(side="right"),))
    assert one(said.Ground([right]).against(claim)).relation is SUPPORTS


@pytest.mark.parametrize("when", ["2018", "2023"])
def test_a_finding_of_another_time_does_not_support(when):
    matches = said.Ground([said.found(2_200, 2_900)]).against(said.claim(when=when))
    assert all(row.relation is NOT_OBSERVABLE for row in matches)


def test_what_stood_before_supports_that_it_stands_and_not_that_it_is_new():
    ground = said.Ground([said.found(2_200, 2_900, change=Change.UNCHANGED)])
    stands = said.claim(modality=Modality.PRESENT, change=None)
    assert one(ground.against(stands)).relation is SUPPORTS
    got = one(ground.against(said.claim()))
    assert (got.relation, reason_of(got)) == (NOT_OBSERVABLE, Why.SOMETHING_ALIKE)


def test_what_was_upgraded_stood_before_in_another_form():
    ground = said.Ground([said.found(2_200, 2_900, change=Change.UPGRADED)])
    stands = said.claim(modality=Modality.PRESENT, change=None, when="2019-06")
    assert one(ground.against(stands)).relation is SUPPORTS


def test_what_was_gone_before_does_not_support_that_it_stands():
    ground = said.Ground([said.found(2_200, 2_900, change=Change.REMOVED)])
    stands = said.claim(modality=Modality.PRESENT, change=None, when="2022-05")
    assert one(ground.against(stands)).relation is NOT_OBSERVABLE


def test_a_new_thing_that_stands_is_not_an_old_one():
    old = said.found(
        2_200, 2_900, last_absent=date(2012, 1, 1), first_seen=date(2013, 1, 1),
    )  # fmt: skip
    claim = said.claim(modality=Modality.PRESENT, when="2020")
    assert one(said.Ground([old]).against(claim)).relation is NOT_OBSERVABLE


def test_a_new_thing_may_be_a_year_old():
    built = said.found(2_200, 2_900, first_seen=date(2019, 10, 1))
    claim = said.claim(modality=Modality.PRESENT, when="2020-06")
    assert one(said.Ground([built]).against(claim)).relation is SUPPORTS


def test_nothing_was_built_by_the_day_on_which_it_surely_did_not_stand():
    fence = said.found(2_200, 2_900)
    claim = said.claim(when="2019-02-20..2019-03-01")
    assert one(said.Ground([fence]).against(claim)).relation is NOT_OBSERVABLE
    claim = said.claim(when="2019-03-01..2019-03-02")
    assert one(said.Ground([fence]).against(claim)).relation is SUPPORTS


@pytest.mark.parametrize("when", ["2018..2019-03-02", "2022-04-10..2023"])
def test_brackets_that_share_a_day_at_their_ends_do_not_fit(when):
    matches = said.Ground([said.found(2_200, 2_900)]).against(said.claim(when=when))
    assert all(row.relation is NOT_OBSERVABLE for row in matches)


@pytest.mark.parametrize("when", ["2010", "2021-12"], ids=["ten years before", "at the end"])
def test_a_plan_is_not_borne_out_by_just_anything_later(when):
    claim = said.claim(modality=Modality.PLANNED, when=when)
    matches = said.Ground([said.found(2_200, 2_900)]).against(claim)
    assert all(row.relation is NOT_OBSERVABLE for row in matches)


def test_removal_is_supported_by_something_that_went():
    claim = said.claim(modality=Modality.REMOVED, change=Change.REMOVED)
    gone = said.found(2_200, 2_900, change=Change.REMOVED)
    assert one(said.Ground([gone]).against(claim)).relation is SUPPORTS
    assert one(said.Ground([said.found(2_200, 2_900)]).against(claim)).relation is CONTRADICTS


@pytest.mark.parametrize("modality", [Modality.PLANNED, Modality.ORDERED], ids=str)
def test_planned_and_later_seen_supports(modality):
    claim = said.claim(modality=modality, when="2019-06")
    got = one(said.Ground([said.found(2_200, 2_900)]).against(claim))
    assert got.relation is SUPPORTS
    assert "planned, and later seen" in got.rationale


@pytest.mark.parametrize("modality", [Modality.PLANNED, Modality.ORDERED], ids=str)
def test_a_plan_says_nothing_of_what_stands_and_is_never_contradicted(modality):
    claim = said.claim(modality=modality, when="2019-06")
    got = one(said.Ground().against(claim))
    assert (got.relation, got.about, reason_of(got)) == (NOT_OBSERVABLE, NOTHING, Why.A_PLAN)
    later = said.claim(modality=modality, when="2023")
    assert one(said.Ground([said.found(2_200, 2_900)]).against(later)).relation is NOT_OBSERVABLE


def test_fewer_than_said_support_in_part():
    posts = [said.found(at, kind=Kind.GUARD_POST) for at in (2_100, 2_400, 2_700)]
    claim = said.claim(
        Subject.GUARD_POST, quantity_min=5.0, quantity_unit="count", qualifier="at least"
    )
    matches = said.Ground(posts).against(claim)
    assert {row.about for row in matches} == {post.id for post in posts}
    assert all("3 found of at least 5" in row.rationale for row in matches)


def test_lengths_are_compared_whatever_their_unit():
    fence = said.found(2_100, 2_900)
    short = said.claim(quantity_min=0.4, quantity_max=0.5, quantity_unit="mi")
    enough = one(said.Ground([fence]).against(short))
    assert "In part" not in enough.rationale
    long = said.claim(quantity_min=9.2, quantity_unit="km")
    assert "m found of at least 9.2 km" in one(said.Ground([fence]).against(long)).rationale
    long = said.claim(quantity_min=1582.0, quantity_unit="km")
    assert "at least 1,582 km" in one(said.Ground([fence]).against(long)).rationale


def test_a_part_of_the_whole_supports_in_part():
    place = replace(said.place(), as_stated="the entire region")
    got = one(said.Ground([said.found(2_000, 2_200)]).against(said.claim(places=(place,))))
    assert got.relation is SUPPORTS
    assert "20%" in got.rationale


def test_no_rationale_names_the_place_or_the_day_that_a_claim_states():
    for ground in (said.Ground([said.found(2_200, 2_900)]), said.Ground()):
        (got,) = ground.against(said.claim(when="2020-06-17"))
        assert "a town" not in got.rationale
        assert "2020-06-17" not in got.rationale
        assert "km 2" not in got.rationale


# -- what contradicts ---------------------------------------------------------------------------


def test_images_before_and_after_that_show_nothing_contradict():
    ground = said.Ground()
    got = one(ground.against(said.claim()))
    assert (got.relation, got.about) == (CONTRADICTS, ground.comparisons[1].id)
    assert got.spans == Spans.of((2_000, 3_000))
    assert "came and went" in got.rationale


def test_each_pair_that_shows_a_part_of_the_place_contradicts_for_its_metres():
    matches = said.Ground().against(said.claim(at=(1_500, 4_500)))
    assert [row.spans.length_m for row in matches] == [500, 2_000, 500]
    assert {row.relation for row in matches} == {CONTRADICTS}


def both(one_ground, other, claim):
    """Hold a claim against the pairs of two grounds at once."""
    looks = {row.id: row for row in (*one_ground.looks, *other.looks)}
    scenes = {row.id: row for row in (*one_ground.scenes, *other.scenes)}
    second = [replace(row, slot=1) for row in other.comparisons]
    return against(claim, [], [*one_ground.comparisons, *second], looks, scenes)


def test_a_second_pair_of_other_dates_contradicts_nothing():
    ground = said.Ground()
    got = one(both(ground, said.Ground(before="2021-03-01"), said.claim()))
    assert (got.relation, got.about) == (CONTRADICTS, ground.comparisons[1].id)


def test_two_pairs_that_show_a_part_each_contradict_together():
    ground = said.Ground(hole=Span(2_500, 12_000))
    rest = said.Ground(hole=Span(0, 2_500), gsd_m=0.4)
    matches = both(ground, rest, said.claim())
    assert [row.relation for row in matches] == [CONTRADICTS, CONTRADICTS]
    assert [row.spans for row in matches] == [Spans.of((2_000, 2_500)), Spans.of((2_500, 3_000))]
    assert reason_of(one(rest.against(said.claim()))) == Why.PART_SEEN


def test_a_coarser_second_pair_adds_nothing():
    ground = said.Ground(hole=Span(2_500, 12_000))
    got = one(both(ground, said.Ground(hole=Span(0, 2_500), gsd_m=2.0), said.claim()))
    assert reason_of(got) == Why.PART_SEEN


def test_rejected_suggestions_are_nothing():
    ground = said.Ground([said.found(2_200, 2_900, held=Held.REJECTED)])
    assert one(ground.against(said.claim())).relation is CONTRADICTS


def test_what_came_long_after_the_time_stated_does_not_save_a_claim():
    late = said.found(2_200, 2_900, last_absent=date(2021, 6, 1))
    got = one(said.Ground([late]).against(said.claim(when="2020")))
    assert got.relation is CONTRADICTS
    assert "came later" in got.rationale


def test_a_denial_is_contradicted_by_what_stood():
    denial = said.claim(modality=Modality.DENIED, change=None)
    stood = said.found(2_200, 2_900, change=Change.UNCHANGED)
    got = one(said.Ground([stood]).against(denial))
    assert (got.relation, got.about) == (CONTRADICTS, stood.id)


def test_a_denial_that_anything_new_was_built_is_supported_by_images_without_it():
    denial = said.claim(modality=Modality.DENIED, change=Change.NEW)
    nothing = one(said.Ground().against(denial))
    assert nothing.relation is SUPPORTS
    assert is_partly(nothing)
    inside = said.found(2_200, 2_900, last_absent=date(2020, 2, 1), first_seen=date(2020, 9, 1))
    assert one(said.Ground([inside]).against(denial)).relation is CONTRADICTS
    for days in ({}, {"last_absent": date(2020, 2, 1)}, {"first_seen": date(2020, 9, 1)}):
        open_dates = said.found(2_200, 2_900, **days)
        assert one(said.Ground([open_dates]).against(denial)).relation is NOT_OBSERVABLE


@pytest.mark.parametrize(
    ("subject", "kind"),
    [(Subject.DOUBLE_FENCE, Kind.FENCE), (Subject.CHECKPOINT, Kind.BUILDING)],
    ids=lambda value: value.value,
)
def test_a_denial_is_not_contradicted_by_what_need_not_be_the_thing(subject, kind):
    denial = said.claim(subject, modality=Modality.DENIED, change=None)
    stood = said.found(2_200, 2_900 if kind.is_line else None, kind, change=Change.UNCHANGED)
    assert one(said.Ground([stood]).against(denial)).relation is NOT_OBSERVABLE


def test_a_part_does_not_contradict_a_denial_of_the_whole():
    place = replace(said.place(), as_stated="not across the entire border")
    denial = said.claim(modality=Modality.DENIED, change=None, places=(place,))
    stood = said.found(2_200, 2_900, change=Change.UNCHANGED)
    got = one(said.Ground([stood]).against(denial))
    assert (got.relation, reason_of(got)) == (NOT_OBSERVABLE, Why.PARTLY_DENIED)


# -- absent imagery is never an absent fence ------------------------------------------------------


def open_end(**more):
    return (Dated(expression="by then", edtf="../2020", first=None, last=date(2020, 12, 31)),)


UNSEEN = {
    "a camera": ({"subject": Subject.CAMERA}, {}, Why.NEVER_SEEN),
    "an order": ({"subject": Subject.ORDER}, {}, Why.NEVER_SEEN),
    "a live fence": ({"subject": Subject.ELECTRIC_FENCE}, {}, Why.NEVER_SEEN),
    "no image at all": ({}, {"has_images": False}, Why.NO_IMAGE),
    "a hole in the images": ({"at": (9_100, 9_800)}, {}, Why.NO_IMAGE),
    "cloud over a part": ({"at": (8_500, 9_500)}, {}, Why.PART_SEEN),
    "beyond the border": ({"at": (11_500, 12_500)}, {}, Why.PART_SEEN),
    "pixels too coarse": ({}, {"gsd_m": 2.0}, Why.TOO_COARSE),
    "pixels unknown": ({}, {"gsd_m": float("nan")}, Why.TOO_COARSE),
    "before all images": ({"when": "2018"}, {}, Why.OTHER_DATE),
    "just after the first image": ({"when": "2019-04"}, {}, Why.OTHER_DATE),
    "after all images": ({"when": "2022-05"}, {}, Why.OTHER_DATE),
    "around the last image": ({"when": "2022"}, {}, Why.OTHER_DATE),
    "under way shortly before the last image": (
        {"when": "2022-01", "modality": Modality.UNDER_WAY}, {}, Why.OTHER_DATE,
    ),
    "new, of a year that begins too early": (
        {"when": "2019-12", "modality": Modality.PRESENT}, {}, Why.OTHER_DATE,
    ),
    "no date": ({"when": ""}, {}, Why.NO_DATE),
    "a date without beginning": ({"dates": open_end()}, {}, Why.NO_DATE),
    "a whole region": ({"precision": Precision.REGION}, {}, Why.TOO_WIDE),
    "no place": ({"at": ()}, {}, Why.NO_PLACE),
    "what only stands": ({"modality": Modality.PRESENT, "change": None}, {}, Why.ONLY_CHANGE),
    "denied, unless new": ({"modality": Modality.DENIED, "change": None}, {}, Why.ONLY_CHANGE),
    "no public reports": ({"modality": Modality.NO_PUBLIC_REPORTS}, {}, Why.REPORTS),
    "nobody looks for gates": ({"subject": Subject.GATE}, {"gsd_m": 0.3}, Why.NOT_SOUGHT),
    "nobody looks for checkpoints": ({"subject": Subject.CHECKPOINT}, {}, Why.NOT_SOUGHT),
    "suggestions shown to nobody": ({}, {"n_beyond_cap": 3}, Why.NOT_REVIEWED),
}  # fmt: skip


@pytest.mark.parametrize("name", UNSEEN)
def test_what_images_cannot_tell_is_not_observable_with_the_reason(name):
    claim, ground, why = UNSEEN[name]
    got = one(said.Ground(**ground).against(said.claim(**claim)))
    assert (got.relation, reason_of(got)) == (NOT_OBSERVABLE, why)
    assert len(got.rationale) > len(why) + 10


def test_where_there_is_no_image_the_match_is_about_nothing():
    assert one(said.Ground(has_images=False).against(said.claim())).about == NOTHING


def words_of(ground, **claim):
    got = one(ground.against(said.claim(**claim)))
    assert (got.relation, got.about) == (NOT_OBSERVABLE, NOTHING)
    assert reason_of(got) == Why.NO_IMAGE
    return got.rationale


def test_why_there_is_no_image_is_said():
    assert "no pair of images" in words_of(said.Ground(has_images=False))
    assert "hides its place" in words_of(said.Ground(), at=(9_100, 9_800))
    assert "outside the stretch" in words_of(said.Ground(), at=(20_000, 21_000))
    nothing = one(against(said.claim(), [], [], {}, {}))
    assert "no images have been compared yet" in nothing.rationale


def test_a_suggestion_that_nobody_settled_is_not_looked_at_yet():
    ground = said.Ground(candidates=[said.thing(2_200, 2_900)])
    got = one(ground.against(said.claim()))
    assert reason_of(got) == Why.NOT_REVIEWED


def test_a_suggestion_of_quite_another_kind_does_not_matter():
    ground = said.Ground(candidates=[said.thing(2_500, kind=Kind.GUARD_POST)])
    assert one(ground.against(said.claim())).relation is CONTRADICTS


def test_a_listed_suggestion_that_is_not_here_is_not_looked_at_yet():
    ground = said.Ground([said.found(2_200, 2_900, held=Held.REJECTED)])
    comparisons = [replace(row, candidate_ids=("candidate-gone",)) for row in ground.comparisons]
    looks, scenes = ({row.id: row for row in rows} for rows in (ground.looks, ground.scenes))
    got = one(against(said.claim(), ground.findings, comparisons, looks, scenes))
    assert reason_of(got) == Why.NOT_REVIEWED


@pytest.mark.parametrize("held", [Held.INDETERMINATE, Held.DISPUTED], ids=lambda one: one.value)
def test_what_people_could_not_decide_contradicts_nothing(held):
    open_finding = said.found(2_200, 2_900, held=held)
    got = one(said.Ground([open_finding]).against(said.claim()))
    assert (got.relation, got.about) == (NOT_OBSERVABLE, open_finding.id)
    assert reason_of(got) == Why.UNDECIDED


def test_an_image_taken_out_of_use_shows_nothing():
    ground = said.Ground()
    scenes = {row.id: replace(row, set_aside="thin cloud") for row in ground.scenes}
    looks = {row.id: row for row in ground.looks}
    got = one(against(said.claim(), [], ground.comparisons, looks, scenes))
    assert reason_of(got) == Why.NO_IMAGE
    assert "taken out of use" in got.rationale


def test_nothing_said_on_a_day_lies_after_that_day():
    claim = said.claim(when="2021..2022")
    assert one(said.Ground().against(claim)).relation is NOT_OBSERVABLE
    got = one(said.Ground().against(claim, published=date(2021, 12, 1)))
    assert got.relation is CONTRADICTS


# -- claims against each other --------------------------------------------------------------------


def test_claims_of_one_thing_at_one_place_and_time_agree_both_ways():
    a, b = said.claim(), said.claim(at=(2_500, 3_500), when="2020-06..2021-03")
    assert alike(a, b).relation is SUPPORTS
    assert alike(b, a).relation is SUPPORTS


def region_of(start_m=0, end_m=60_000):
    return {"places": (said.place(start_m, end_m, Precision.REGION),)}


LESS = {
    "a region": region_of(),
    "a long section": {"at": (0, 12_000), "precision": Precision.SECTION},
    "a wide locality": {"at": (0, 12_000)},
    "years": {"when": "2015..2020"},
    "one day in common": {"when": "2015-01-01..2020-06-01"},
    "no beginning": {"dates": (Dated(edtf="../2020", last=date(2020, 12, 31)),)},
    "infrastructure": {"subject": Subject.INFRASTRUCTURE},
    "a buffer zone": {"subject": Subject.BUFFER_ZONE},
    "a building": {"subject": Subject.BUILDING},
    "under way": {"modality": Modality.UNDER_WAY},
    "it stands": {"modality": Modality.PRESENT, "change": None},
    "a new one stands": {"modality": Modality.PRESENT},
    "upgraded": {"change": Change.UPGRADED},
    "new or upgraded": {"also": Change.UPGRADED},
    "fewer metres": {"quantity_min": 100.0, "quantity_max": 100.0, "quantity_unit": "m"},
}


@pytest.mark.parametrize("name", LESS)
def test_what_is_vaguer_bears_out_nothing_that_is_stated_more_closely(name):
    close = said.claim(when="2020-06", quantity_min=0.5, quantity_unit="km")
    exact = {"when": "2020-06", "quantity_min": 0.5, "quantity_unit": "km"}
    vague = said.claim(**(exact | LESS[name]))
    assert alike(close, said.claim(**exact)).relation is SUPPORTS
    assert alike(close, vague).relation is not SUPPORTS


@pytest.mark.parametrize("special", [Subject.DOUBLE_FENCE, Subject.ELECTRIC_FENCE], ids=str)
def test_a_special_thing_bears_out_the_plain_one_and_not_the_other_way_round(special):
    plain, other = said.claim(), said.claim(special)
    assert alike(plain, other).relation is SUPPORTS
    assert alike(other, plain).relation is None


@pytest.mark.parametrize(
    "subject", [Subject.BUILDING, Subject.BUFFER_ZONE, Subject.INFRASTRUCTURE], ids=str
)
@pytest.mark.parametrize(
    "special", [Subject.CHECKPOINT, Subject.ELECTRIC_FENCE, Subject.CLEARED_STRIP], ids=str
)
def test_what_may_be_anything_never_bears_out_something_special(subject, special):
    assert alike(said.claim(special), said.claim(subject)).relation is None


def test_what_was_built_stands_and_what_stands_was_not_built_then():
    built, stands = said.claim(), said.claim(modality=Modality.PRESENT, change=None)
    assert alike(stands, built).relation is SUPPORTS
    assert alike(built, stands).relation is None


def test_an_order_is_a_plan_and_a_plan_is_no_order():
    plan, order = (said.claim(modality=m) for m in (Modality.PLANNED, Modality.ORDERED))
    assert alike(plan, order).relation is SUPPORTS
    assert alike(order, plan).relation is None


@pytest.mark.parametrize(
    ("at", "when", "relation"),
    [
        ((2_000, 3_000), "2020-06-02", SUPPORTS),
        ((2_000, 4_000), "2020-06", SUPPORTS),
        ((2_000, 3_000), "2020-05..2020-07", SUPPORTS),
        ((2_000, 6_000), "2020-06-02", SUPPORTS),
        ((2_000, 8_000), "2020-06-02", None),
        ((2_000, 5_000), "2020-04..2020-09", None),
        ((2_000, 3_000), "2020", None),
        ((2_000, 3_000), "2020-09", None),
    ],
    ids=["same", "month", "season", "town", "county", "both a bit wide", "year", "later"],
)
def test_places_and_days_must_be_of_comparable_width(at, when, relation):
    mine = said.claim(when="2020-06-01..2020-06-03")
    assert alike(mine, said.claim(at=at, when=when)).relation is relation


def test_a_stretch_and_several_places_need_all_of_them():
    stretch = said.claim(at=(0, 12_000), precision=Precision.SECTION)
    assert alike(stretch, said.claim()).relation is None
    assert alike(stretch, said.claim(at=(2_000, 12_000))).relation is SUPPORTS
    two = said.claim(places=(said.place(), said.place(9_000, 10_000)))
    assert alike(two, said.claim()).relation is None
    assert alike(said.claim(), two).relation is SUPPORTS
    assert alike(two, replace(two, nth=two.nth + 1_000)).relation is SUPPORTS


def test_all_of_it_is_borne_out_by_all_of_it_only():
    every = said.claim(Subject.CAMERA, places=region("entire region"))
    some = said.claim(Subject.CAMERA, places=region("the region"))
    assert alike(every, some).relation is None
    assert alike(every, replace(every, nth=every.nth + 1_000)).relation is SUPPORTS


def test_what_was_said_on_a_day_does_not_lie_after_it():
    one_claim = said.claim(when="2020..2029")
    other = said.claim(when="2020")
    assert alike(other, one_claim).relation is None
    day = date(2020, 12, 31)
    assert alike(other, one_claim, other_published=day).relation is SUPPORTS


@pytest.mark.parametrize(
    "more",
    [
        {"at": (6_000, 7_000)},
        {"when": "2021"},
        {"when": ""},
        {"at": ()},
        {"subject": Subject.CAMERA},
        {"modality": Modality.PLANNED},
        {"modality": Modality.REMOVED, "change": Change.REMOVED},
    ],
    ids=["elsewhere", "later", "undated", "unplaced", "camera", "planned", "removed"],
)
def test_claims_of_different_things_neither_agree_nor_contradict(more):
    assert alike(said.claim(), said.claim(**more)).relation is None


def region(text):
    return (replace(said.place(0, 12_000, Precision.REGION), as_stated=text),)


def test_all_of_it_contradicts_not_all_of_it_a_year_later():
    a = said.claim(
        Subject.CAMERA, Modality.PRESENT, None, when="2019-02-16", places=region("entire region")
    )
    b = said.claim(
        Subject.CAMERA, Modality.DENIED, None, when="2020-05",
        places=region("not across the entire border"),
    )  # fmt: skip
    assert alike(a, b).relation is CONTRADICTS
    assert alike(b, a).relation is CONTRADICTS


def test_some_of_it_does_not_contradict_not_all_of_it():
    a = said.claim(Subject.CAMERA, Modality.PRESENT, None, when="2019-02-16")
    b = said.claim(
        Subject.CAMERA, Modality.DENIED, None, when="2020-05",
        places=region("not across the entire border"),
    )  # fmt: skip
    assert alike(a, b).relation is None


def test_a_denial_bears_out_one_that_denies_no_more():
    narrow = said.claim(Subject.DOUBLE_FENCE, Modality.DENIED, None)
    wide = said.claim(modality=Modality.DENIED, change=None, places=region("the province"))
    assert alike(narrow, wide).relation is SUPPORTS
    assert alike(wide, narrow).relation is None


def test_who_denies_a_special_thing_does_not_contradict_the_plain_one():
    denial = said.claim(Subject.ELECTRIC_FENCE, Modality.DENIED, None)
    assert alike(said.claim(), denial).relation is None
    denial = said.claim(modality=Modality.DENIED, change=None)
    assert alike(said.claim(Subject.ELECTRIC_FENCE), denial).relation is CONTRADICTS


def test_who_denies_that_a_thing_is_new_does_not_contradict_that_it_stands():
    denial = said.claim(modality=Modality.DENIED)
    assert alike(said.claim(modality=Modality.PRESENT, change=None), denial).relation is None
    assert alike(said.claim(), denial).relation is CONTRADICTS


def test_what_was_not_there_yet_may_have_come_later():
    denial = said.claim(modality=Modality.DENIED, change=None, when="2019")
    assert alike(said.claim(when="2020"), denial).relation is None
    assert alike(said.claim(when="2018"), denial).relation is CONTRADICTS


def test_somewhere_in_a_region_is_not_contradicted_by_a_part_without_it():
    a = said.claim(modality=Modality.PRESENT, change=None, places=region("the province"))
    b = said.claim(modality=Modality.DENIED, change=None)
    assert alike(a, b).relation is None


def test_nowhere_in_a_region_contradicts_a_part_with_it():
    a = said.claim(modality=Modality.PRESENT, change=None)
    b = said.claim(modality=Modality.DENIED, change=None, places=region("the province"))
    assert alike(a, b).relation is CONTRADICTS


def test_a_report_contradicts_that_nothing_was_reported_later():
    silence = said.claim(modality=Modality.NO_PUBLIC_REPORTS, change=None, when="2021")
    assert alike(said.claim(when="2020"), silence).relation is CONTRADICTS


def amount(low, high, unit="count", qualifier=""):
    return {
        "subject": Subject.GUARD_POST,
        "quantity_min": low,
        "quantity_max": high,
        "quantity_unit": unit,
        "qualifier": qualifier,
    }


NAN = float("nan")


@pytest.mark.parametrize(
    ("one_amount", "other_amount", "relation", "back"),
    [
        (amount(5, 5), amount(169, 169), CONTRADICTS, CONTRADICTS),
        (amount(5, NAN, qualifier="at least"), amount(169, 169), SUPPORTS, None),
        (amount(200, NAN, qualifier="at least"), amount(169, 169), CONTRADICTS, CONTRADICTS),
        (amount(100, 100, qualifier="about"), amount(92, 92), SUPPORTS, None),
        (amount(505, 505, "km"), amount(314, 314, "mi"), SUPPORTS, SUPPORTS),
        (amount(505, 505, "km"), amount(250, 250, "mi"), CONTRADICTS, CONTRADICTS),
        (amount(20, 20, "m"), amount(3, 3), None, None),
        (amount(NAN, NAN), amount(3, 3), SUPPORTS, None),
    ],
    ids=["apart", "at least", "not at least", "about", "km and mi", "km not mi", "units", "none"],
)
def test_an_amount_is_borne_out_by_one_that_fits_in_it(one_amount, other_amount, relation, back):
    a, b = said.claim(**one_amount), said.claim(**other_amount)
    assert alike(a, b).relation is relation
    assert alike(b, a).relation is back


def test_what_was_added_is_not_compared_with_what_stands():
    a, b = said.claim(**amount(169, 169)), said.claim(change=None, **amount(5, 5))
    assert alike(a, b).relation is None


def test_claims_of_two_banks_have_nothing_to_do_with_each_other():
    a, b = (said.claim(places=(said.place(side=side),)) for side in ("left", "right"))
    assert alike(a, b).relation is None


def test_a_plan_to_build_and_a_plan_to_remove_do_not_agree():
    a, b = (said.claim(modality=Modality.PLANNED, change=c) for c in (Change.NEW, Change.REMOVED))
    assert alike(a, b).relation is None


def test_not_everywhere_and_nowhere_do_not_agree():
    a = said.claim(modality=Modality.DENIED, change=None, places=region("not the entire border"))
    b = said.claim(modality=Modality.DENIED, change=None, places=region("the border"))
    assert alike(a, b).relation is None
    assert alike(b, replace(b, nth=b.nth + 1_000)).relation is SUPPORTS


def test_only_approved_claims_are_paired():
    a, b = said.claim(), said.claim()
    assert {(row.claim, row.about) for row in paired([a, b])} == {(a.id, b.id), (b.id, a.id)}
    for standing in (Standing.PROPOSED, Standing.REJECTED):
        assert not list(paired([a, replace(b, standing=standing)]))


# -- the step -------------------------------------------------------------------------------------


ANNA, BORIS = said.source("anna"), said.source("boris")
ONE, TWO = said.paper("one", ANNA), said.paper("two", BORIS)
FENCE = said.found(2_200, 2_900)
GROUND = said.Ground([FENCE])


@pytest.fixture
def project(tmp_path):
    settings = config.Config(
        name="said",
        border=config.Border(
            frontier="test-line", start_m=0, end_m=said.END_M, left_m=500, right_m=500,
            section_m=2_000,
        ),
        dates=config.Dates(before="2019", after="2022"),
    )  # fmt: skip
    with create(tmp_path / "said", settings, desk_rows.FRONTIER) as made:
        write(made, ANNA, BORIS, ONE, TWO, FENCE, said.thing(2_200, 2_900))
        write(made, *GROUND.scenes, *GROUND.looks, *GROUND.comparisons)
        yield made


def write(project, *rows):
    with project.run("made") as work:
        work.add_all(rows)


def status_of(project, claim):
    return next(row for row in weighed(project) if row.claim.id == claim.id).status


def test_matching_writes_matches_and_says_where_each_claim_stands(project):
    true = said.claim(exhibit=ONE)
    false = said.claim(exhibit=ONE, at=(5_000, 6_000))
    camera = said.claim(Subject.CAMERA, exhibit=ONE)
    write(project, true, false, camera)
    done = match(project)
    assert status_of(project, true) is ClaimStatus.CORROBORATED
    assert status_of(project, false) is ClaimStatus.CONTRADICTED
    assert status_of(project, camera) is ClaimStatus.NOT_OBSERVABLE
    assert done.lines[0] == ("3 approved claims: 1 corroborated, 1 contradicted, 1 not observable")
    assert done.facts["images_say_nothing"] == {Why.NEVER_SEEN.value: 1}
    assert done.facts["claims"][true.id]["supports"] == [FENCE.id]
    assert [line.split(":")[0] for line in done.lines[2:]] == sorted(
        row.id for row in (true, false, camera)
    )


def test_a_second_run_adds_nothing(project):
    write(project, said.claim(exhibit=ONE), said.claim(exhibit=TWO))
    assert match(project).n_added == 4
    head = project.store.head()
    assert match(project).n_added == 0
    assert project.store.head() == head


def test_without_claims_nothing_is_written(project):
    done = match(project)
    assert (done.n_added, done.facts["n_claims"]) == (0, 0)


def test_only_approved_claims_are_matched(project):
    write(project, said.claim(exhibit=ONE, standing=Standing.PROPOSED))
    assert match(project).n_added == 0
    assert weighed(project) == ()


def test_a_match_is_withdrawn_when_its_finding_is_rejected_later(project):
    claim = said.claim(exhibit=ONE)
    write(project, claim)
    match(project)
    write(project, replace(FENCE, held=Held.REJECTED))
    # It counts no more from then on, and is withdrawn when claims are matched again.
    assert status_of(project, claim) is ClaimStatus.CONTRADICTED
    done = match(project)
    assert done.facts["n_withdrawn"] == 1
    assert status_of(project, claim) is ClaimStatus.CONTRADICTED
    gone = [row for row in project.rows(Match) if row.is_withdrawn]
    assert [row.about for row in gone] == [FENCE.id]
    write(project, FENCE)
    match(project)
    assert status_of(project, claim) is ClaimStatus.CORROBORATED


def test_a_finding_whose_candidate_is_not_in_force_does_not_count(project):
    claim = said.claim(exhibit=ONE)
    write(project, claim)
    match(project)
    write(project, *(replace(row, candidate_ids=()) for row in GROUND.comparisons))
    assert status_of(project, claim) is ClaimStatus.CONTRADICTED


def test_what_a_person_says_wins_and_stays(project):
    claim = said.claim(exhibit=ONE)
    write(project, claim)
    match(project)
    said_by = match_by(
        project, claim.id, FENCE.id, CONTRADICTS, MatchMethod.IMAGERY,
        "this is the wall of a farm", "ann",
    )  # fmt: skip
    assert said_by.at is not None
    assert status_of(project, claim) is ClaimStatus.CONTRADICTED
    assert match(project).n_added == 0
    assert status_of(project, claim) is ClaimStatus.CONTRADICTED
    match_by(
        project, claim.id, FENCE.id, CONTRADICTS, MatchMethod.IMAGERY,
        "looked at the wrong image", "ann", is_withdrawn=True,
    )  # fmt: skip
    match(project)
    assert status_of(project, claim) is ClaimStatus.CORROBORATED
    assert match(project).n_added == 0


def test_a_person_matches_two_claims_both_ways(project):
    a, b = said.claim(exhibit=ONE, when=""), said.claim(exhibit=TWO, at=())
    write(project, a, b)
    match_by(
        project, a.id, b.id, SUPPORTS, MatchMethod.SECOND_SOURCE, "same event, same words", "ann"
    )
    assert status_of(project, a) is ClaimStatus.CORROBORATED
    assert status_of(project, b) is ClaimStatus.CORROBORATED


def test_a_person_needs_a_reason_a_name_and_something_to_speak_of(project):
    claim = said.claim(exhibit=ONE)
    write(project, claim)
    known = (SUPPORTS, MatchMethod.EXPERT)
    reason = "long enough a reason"
    with pytest.raises(BadInput, match="at least 10"):
        match_by(project, claim.id, FENCE.id, *known, "too short", "ann")
    with pytest.raises(BadInput, match="nobody"):
        match_by(project, claim.id, FENCE.id, *known, reason, " ")
    with pytest.raises(BadInput, match="nobody"):
        match_by(project, claim.id, FENCE.id, *known, reason, "vallum")
    with pytest.raises(BadInput, match="neither support"):
        match_by(project, claim.id, NOTHING, *known, reason, "ann")
    with pytest.raises(NotThere, match="no claim"):
        match_by(project, "claim-no", FENCE.id, *known, reason, "ann")
    with pytest.raises(NotThere, match="no such thing"):
        match_by(project, claim.id, "finding-no", *known, reason, "ann")
    with pytest.raises(NotThere, match="another claim"):
        match_by(project, claim.id, claim.id, SUPPORTS, MatchMethod.SECOND_SOURCE, reason, "ann")
    assert project.rows(Match) == []


def test_nobody_holds_a_finding_against_a_claim_after_it_was_rejected(project):
    claim = said.claim(Subject.ELECTRIC_FENCE, exhibit=ONE)
    write(project, claim)
    match_by(
        project, claim.id, FENCE.id, SUPPORTS, MatchMethod.GEOLOCATION,
        "the photo shows the warning signs", "ann",
    )  # fmt: skip
    assert status_of(project, claim) is ClaimStatus.CORROBORATED
    for held in (Held.DISPUTED, Held.INDETERMINATE, Held.WITHDRAWN):
        write(project, replace(FENCE, held=held))
        assert status_of(project, claim) is ClaimStatus.NOT_OBSERVABLE


UNFOUNDED = {
    "a camera": ({"subject": Subject.CAMERA}, MatchMethod.GEOLOCATION, "is no camera"),
    "a wall": ({"subject": Subject.WALL}, MatchMethod.EXPERT, "is no wall"),
    "live": ({"subject": Subject.ELECTRIC_FENCE}, MatchMethod.IMAGERY, "live"),
    "elsewhere": ({"at": (5_000, 6_000)}, MatchMethod.GEOLOCATION, "the place"),
    "nowhere": ({"at": ()}, MatchMethod.GEOLOCATION, "the place"),
    "earlier": ({"when": "2011"}, MatchMethod.IMAGERY, "dates"),
}


@pytest.mark.parametrize("name", UNFOUNDED)
def test_nobody_makes_a_finding_bear_out_what_it_cannot(project, name):
    more, method, why = UNFOUNDED[name]
    claim = said.claim(exhibit=ONE, **more)
    write(project, claim)
    with pytest.raises(BadInput, match=why):
        match_by(project, claim.id, FENCE.id, SUPPORTS, method, "looks like it to me", "bob")
    # Nor does what somebody wrote before that was asked.
    written = Match(
        claim=claim.id, about=FENCE.id, relation=SUPPORTS, method=method,
        rationale="looks like it to me", by="bob",
    )  # fmt: skip
    write(project, written)
    assert status_of(project, claim) is not ClaimStatus.CORROBORATED
    taken_back = match_by(
        project, claim.id, FENCE.id, SUPPORTS, method, "was a mistake", "bob", is_withdrawn=True
    )
    assert taken_back.is_withdrawn


@pytest.mark.parametrize("relation", [SUPPORTS, CONTRADICTS], ids=str)
def test_no_comparison_says_anything_of_a_camera_or_of_another_place(project, relation):
    camera = said.claim(Subject.CAMERA, exhibit=ONE)
    fence = said.claim(exhibit=ONE)
    write(project, camera, fence)
    here, there = GROUND.comparisons[1].id, GROUND.comparisons[5].id
    for claim, about, why in ((camera, here, "too small"), (fence, there, "the place")):
        with pytest.raises(BadInput, match=why):
            match_by(
                project, claim.id, about, relation, MatchMethod.IMAGERY, "looks so to me", "bob"
            )


def test_claims_of_two_origins_are_matched_with_each_other(project):
    a, b = said.claim(Subject.CAMERA, exhibit=ONE), said.claim(Subject.CAMERA, exhibit=TWO)
    write(project, a, b)
    match(project)
    told = {row.claim.id: row for row in weighed(project)}
    assert told[a.id].agreeing == (b.id,)
    assert told[b.id].agreeing == (a.id,)
    assert told[a.id].status is ClaimStatus.CORROBORATED


# -- only what holds now, and only what may be worked with ------------------------------------------


def test_a_claim_that_was_corrected_counts_as_it_is_without_matching_again(project):
    a, b = said.claim(Subject.CAMERA, exhibit=ONE), said.claim(Subject.CAMERA, exhibit=TWO)
    write(project, a, b)
    match(project)
    assert status_of(project, a) is ClaimStatus.CORROBORATED
    write(project, replace(b, modality=Modality.PLANNED, dates=(said.dated("2011"),)))
    assert {row.status for row in weighed(project)} == {ClaimStatus.NOT_OBSERVABLE}
    assert not any(row.method is MatchMethod.SECOND_SOURCE for row in holding(project))


@pytest.mark.parametrize("held", [Held.DISPUTED, Held.INDETERMINATE], ids=str)
def test_a_finding_that_is_no_longer_sure_counts_no_more_without_matching_again(project, held):
    claim = said.claim(exhibit=ONE)
    write(project, claim)
    match(project)
    write(project, replace(FENCE, held=held))
    assert status_of(project, claim) is ClaimStatus.NOT_OBSERVABLE


def test_claims_count_without_matching_at_all(project):
    claim = said.claim(exhibit=ONE)
    write(project, claim)
    assert project.rows(Match) == []
    assert status_of(project, claim) is ClaimStatus.CORROBORATED


def test_what_a_person_said_of_a_claim_that_was_changed_since_does_not_count(project):
    a = said.claim(Subject.CAMERA, exhibit=ONE, when="")
    b = said.claim(Subject.CAMERA, exhibit=TWO, at=())
    write(project, a, b)
    match_by(
        project, a.id, b.id, SUPPORTS, MatchMethod.SECOND_SOURCE, "same event, same words", "ann"
    )
    write(project, replace(b, note="a note changes nothing of what it says"))
    assert status_of(project, a) is ClaimStatus.CORROBORATED
    write(project, replace(b, modality=Modality.PLANNED))
    assert status_of(project, a) is not ClaimStatus.CORROBORATED
    done = match(project)
    assert done.facts["n_outdated"] == 2
    assert any("changed since" in line for line in done.lines)
    write(project, b)
    assert status_of(project, a) is ClaimStatus.CORROBORATED


@pytest.mark.parametrize(
    "more",
    [
        {"consent": (Scope.RETAIN,)},
        {"consent": ()},
        {"consent_given": None},
        {"consent_expires": date(2024, 5, 1)},
        {"consent_withdrawn": date(2024, 5, 1)},
    ],
    ids=["kept only", "asked nothing", "no day", "ended", "taken back"],
)
def test_only_a_source_that_agreed_to_be_worked_with_counts(project, more):
    a, b = said.claim(Subject.CAMERA, exhibit=ONE), said.claim(Subject.CAMERA, exhibit=TWO)
    write(project, a, b)
    match(project)
    write(project, replace(BORIS, **more))
    assert [row.claim.id for row in weighed(project)] == [a.id]
    assert status_of(project, a) is ClaimStatus.NOT_OBSERVABLE
    done = match(project)
    assert list(done.facts["left_out"]) == [b.id]
    assert done.facts["claims"].keys() == {a.id}
    assert any("do not count" in line for line in done.lines)
    assert not [row for row in project.rows(Match) if b.id in {row.claim, row.about}
                and not row.is_withdrawn]  # fmt: skip


def test_consent_counts_on_its_days(project):
    a, b = said.claim(Subject.CAMERA, exhibit=ONE), said.claim(Subject.CAMERA, exhibit=TWO)
    write(project, a, b, replace(BORIS, consent_expires=date(2025, 1, 31)))
    assert len(weighed(project, on=date(2025, 1, 31))) == 2
    assert len(weighed(project, on=date(2025, 2, 1))) == 1
    assert len(weighed(project, on=date(2023, 2, 1))) == 0


def test_a_publisher_has_published_and_is_not_asked(project):
    press = said.source("press", voice=Voice.PUBLISHER, consent=(), consent_given=None)
    article = said.paper("article", press)
    write(project, press, article, said.claim(exhibit=article))
    assert [row.status for row in weighed(project)] == [ClaimStatus.CORROBORATED]


def test_whose_words_were_only_translated_is_asked_too(project):
    silent = replace(BORIS, consent=(Scope.RETAIN,))
    again = said.paper("again", ANNA, derived_from=TWO.id, derived_how="translation_of")
    press = said.paper("press", ANNA, derived_from=TWO.id, derived_how="republishes")
    write(project, silent, again, press, said.claim(exhibit=again))
    assert weighed(project) == ()
    in_print = said.claim(exhibit=press)
    write(project, in_print)
    assert [row.claim.id for row in weighed(project)] == [in_print.id]


def test_only_some_claims_count_as_if_there_were_no_others(project):
    a, b = said.claim(Subject.CAMERA, exhibit=ONE), said.claim(Subject.CAMERA, exhibit=TWO)
    write(project, a, b)
    (alone,) = weighed(project, [a])
    assert (alone.status, alone.agreeing) == (ClaimStatus.NOT_OBSERVABLE, ())


def test_what_is_shown_in_part_corroborates_nothing_and_says_so(project):
    claim = said.claim(Subject.ELECTRIC_FENCE, exhibit=ONE)
    write(project, claim)
    (got,) = weighed(project)
    assert got.status is ClaimStatus.UNVERIFIED
    assert "in part only" in got.why


def test_a_region_is_not_corroborated_by_one_finding_in_it(project):
    claim = said.claim(exhibit=ONE, places=(said.place(0, 12_000, Precision.REGION),))
    write(project, claim)
    assert status_of(project, claim) is ClaimStatus.UNVERIFIED


def test_where_there_is_no_image_it_is_not_observable_and_the_facts_say_why(project):
    claim = said.claim(exhibit=ONE, at=(9_100, 9_800))
    write(project, claim)
    told = match(project).facts["claims"][claim.id]
    assert told["status"] == "not_observable"
    (reason,) = told["reasons"]
    assert reason["relation"] == "not_observable"
    assert reason["about"] == NOTHING
    assert reason["by"] == "vallum"
    assert reason["why"].startswith("no image: ")
    assert not reason["is_partly"]


def test_a_reason_with_a_contact_is_not_kept(project):
    claim = said.claim(exhibit=ONE)
    write(project, claim)
    with pytest.raises(BadInput, match="Nothing was kept"):
        match_by(
            project, claim.id, FENCE.id, SUPPORTS, MatchMethod.EXPERT,
            "ask the engineer at +86 138 1234 5678", "ann",
        )  # fmt: skip
    assert project.rows(Match) == []
