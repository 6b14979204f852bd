"""A person approves claims, changes them, types and grades them; every change keeps who and why."""

import math
from dataclasses import replace
from datetime import date

import pytest

import small_claims
from vallum.claims import rows
from vallum.ground.errors import BadInput, BadSetting, NotAllowed, NotThere, Stale
from vallum.ground.kinds import Change
from vallum.ground.records import Claim, Source
from vallum.ground.saidkinds import Access, Modality, Precision, Scope, Standing, Subject
from vallum.ground.statements import Dated, Placed
from vallum.steps import claiming
from vallum.steps.claiming import claim_of, decide, grade_claim, propose
from vallum.steps.reading import read_in

WHY = "two colleagues read it again"


@pytest.fixture
def project(tmp_path):
    with small_claims.make(tmp_path / "p") as project:
        read_in(project)
        yield project


@pytest.fixture
def fence(project):
    return small_claims.of(project, small_claims.article(project))["fence"]


def test_an_approved_claim_keeps_its_id_and_says_who_and_when(project, fence):
    row = decide(project, fence.id, standing="approved", by=" Ada ")
    assert row.id == fence.id
    assert row.standing is Standing.APPROVED
    assert row.approved_by == "Ada"
    assert row.approved_at is not None
    assert [entry.actor for entry in project.store.history(row.id)][-1] == "Ada"
    assert project.store.history(row.id)[0].row().standing is Standing.PROPOSED
    assert project.store.verify()


def test_the_same_decision_twice_adds_nothing(project, fence):
    decide(project, fence.id, standing="approved", by="Ada", note=WHY)
    head = project.store.head()
    decide(project, fence.id, standing="approved", by="Ada", note=WHY)
    assert project.store.head() == head


def test_changes_are_read_as_typed(project, fence):
    row = decide(
        project, fence.id, standing=Standing.APPROVED, by="Ada",
        changes={
            "subject": "double fence", "change": "extended", "modality": "under way",
            "quantity_min": "10", "quantity_max": "14", "places": "Musan to Hoeryong",
            "dates": "2019-03/2019-04; 2019-21", "access": "hearsay", "embargo_until": "2030-01-31",
            "attribution": "a trader",
        },
    )  # fmt: skip
    assert (row.subject, row.change, row.modality) == (
        Subject.DOUBLE_FENCE, Change.EXTENDED, Modality.UNDER_WAY,
    )  # fmt: skip
    assert (row.quantity_min, row.quantity_max, row.quantity_unit) == (10, 14, "km")
    assert row.quantity_as_stated == ""
    assert row.places[0].precision is Precision.SECTION
    assert row.places[0].basis == "person"
    assert row.whens[0].latest == date(2019, 4, 30)
    assert row.dates[1].first == date(2019, 3, 1)
    assert row.access is Access.HEARSAY
    assert row.embargo_until == date(2030, 1, 31)
    assert "double fence" in row.statement


def test_places_and_dates_that_are_not_retyped_stay_as_they_were_read(project, fence):
    row = decide(
        project, fence.id, standing="approved", by="Ada",
        changes={"places": "near Hoeryong; Musan", "dates": "2019-04"},
    )  # fmt: skip
    assert row.places[0] == fence.places[0]
    assert row.places[1].name == "Musan"
    assert row.dates == fence.dates


def test_a_claim_of_another_subject_goes_on_under_another_name(project, fence):
    row = decide(project, fence.id, standing="approved", by="Ada", changes={"subject": "wall"})
    assert row.subject is Subject.WALL
    assert row.standing is Standing.APPROVED
    assert row.id != fence.id
    old = claim_of(project, fence.id)[0]
    assert old.standing is Standing.REJECTED
    assert row.id in old.note
    head = project.store.head()
    read_in(project)
    assert project.store.head() == head, "neither is proposed again"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"subject": "castle"}, "subject 'castle'"),
        ({"quantity_min": "many"}, "quantity_min 'many'"),
        ({"quantity_min": "-1"}, "no amount"),
        ({"quantity_min": "9", "quantity_max": "3"}, "larger"),
        ({"quantity_unit": "leagues"}, "unit 'leagues'"),
        ({"dates": "soon"}, "no date"),
        ({"places": "km 9999"}, "km 0 to"),
        ({"embargo_until": "later"}, "no day"),
        ({"standing": "approved"}, "cannot be changed"),
        ({"exhibit": "x"}, "cannot be changed"),
        ({"statement": "x" * 700}, "shorten"),
        ({"credibility": 7, "credibility_basis": WHY}, "1 to 6"),
        ({"credibility": 2, "credibility_basis": "short"}, "10 characters"),
    ],
)
def test_a_field_that_cannot_be_used_is_named_and_nothing_changes(project, fence, changes, words):
    head = project.store.head()
    with pytest.raises((BadSetting, BadInput), match=words):
        decide(project, fence.id, standing="approved", by="Ada", changes=changes)
    assert project.store.head() == head


def test_to_reject_or_to_change_what_was_decided_needs_a_reason(project, fence):
    with pytest.raises(BadInput, match="reason"):
        decide(project, fence.id, standing="rejected", by="Ada")
    decide(project, fence.id, standing="approved", by="Ada")
    with pytest.raises(BadInput, match="reason"):
        decide(project, fence.id, standing="approved", by="Bo", changes={"access": "unknown"})
    row = decide(project, fence.id, standing="rejected", by="Bo", note=WHY)
    assert (row.standing, row.approved_by, row.note) == (Standing.REJECTED, "Bo", WHY)


def test_a_decision_about_an_older_row_is_stale(project, fence):
    seen = claim_of(project, fence.id)[1]
    decide(project, fence.id, standing="approved", by="Ada", based_on=seen)
    with pytest.raises(Stale, match="somebody else"):
        decide(project, fence.id, standing="rejected", by="Bo", note=WHY, based_on=seen)
    assert claim_of(project, fence.id)[0].standing is Standing.APPROVED


@pytest.mark.parametrize("by", ["", "  ", "vallum", "Vallum"])
def test_only_a_person_decides(project, fence, by):
    with pytest.raises(BadSetting, match="person"):
        decide(project, fence.id, standing="approved", by=by)


def test_what_is_not_there_is_said(project):
    with pytest.raises(NotThere):
        decide(project, "claim-none", standing="approved", by="Ada")
    with pytest.raises(NotThere):
        propose(project, "exhibit-none", by="Ada", subject="wall", modality="present")
    with pytest.raises(BadSetting, match="standing"):
        decide(project, project.rows(Claim)[0].id, standing="maybe", by="Ada")


def test_a_statement_in_the_words_of_the_text_is_refused(project, fence):
    copied = "Soldiers built 12 km of fence near Hoeryong last month"
    for words in (copied, f"It says: {copied.upper()}", 'They said "it was built near the river"'):
        with pytest.raises(BadSetting, match="your own words"):
            decide(project, fence.id, standing="approved", by="Ada", changes={"statement": words})
    own = "A fence of 12 km near Hoeryong, finished in April 2019"
    row = decide(project, fence.id, standing="approved", by="Ada", changes={"statement": own})
    assert row.statement == own


def test_a_claim_is_typed_for_a_photograph_or_for_words_of_a_text(project):
    exhibit = small_claims.article(project)
    row = propose(
        project, exhibit.id, by="Ada", subject="watchtower", modality="present", quantity_min=2,
        quantity_max=2, quantity_unit="count", places="km 1116.2", dates="2019-05-14",
        note="seen in the picture",
    )  # fmt: skip
    assert (row.start, row.end, row.standing) == (-1, -1, Standing.PROPOSED)
    assert row.proposed_by == "Ada"
    assert row.statement == "watchtower, present, 2, km 1116.2, 2019-05-14"
    assert row.handling is exhibit.handling
    second = propose(
        project, exhibit, by="Ada", subject=Subject.WATCHTOWER, modality=Modality.PRESENT
    )
    assert second.id != row.id
    marked = propose(
        project, exhibit, by="Ada", subject="gate", modality="present", start=11, end=19
    )
    assert (marked.start, marked.end) == (11, 19)


def test_a_typed_claim_is_checked_like_any_other(project):
    exhibit = small_claims.article(project)
    for fields, words in (
        ({"modality": "present"}, "needs a subject"),
        ({"subject": "wall"}, "needs a modality"),
        ({"subject": "wall", "modality": "present", "start": 5, "end": 5}, "no words"),
        ({"subject": "wall", "modality": "present", "start": 0, "end": 10**6}, "cannot end"),
        ({"subject": "wall", "modality": "present", "nth": 4}, "cannot be changed"),
    ):
        with pytest.raises(BadSetting, match=words):
            propose(project, exhibit, by="Ada", **fields)


def test_a_grade_needs_a_reason_and_not_whoever_took_it_in(project, fence):
    row = grade_claim(project, fence.id, credibility=2, basis="agrees with two others", by="Ada")
    assert (row.credibility, row.credibility_basis) == (2, "agrees with two others")
    assert row.standing is Standing.PROPOSED
    tower = small_claims.of(project, small_claims.testimony(project))["watchtower"]
    with pytest.raises(NotAllowed, match="colleague"):
        grade_claim(project, tower.id, credibility=2, basis="I believe the source", by="ada")
    assert grade_claim(
        project, tower.id, credibility=3, basis="possible at this place", by="Bo"
    ).credibility == 3  # fmt: skip


def test_a_grade_of_an_approved_claim_needs_no_second_reason(project, fence):
    decide(project, fence.id, standing="approved", by="Ada")
    row = grade_claim(project, fence.id, credibility=1, basis="confirmed by two others", by="Bo")
    assert (row.standing, row.credibility) == (Standing.APPROVED, 1)


def test_amounts_are_told_in_words():
    row = Claim(exhibit="e", subject=Subject.FENCE, modality=Modality.PRESENT)
    assert rows.amount_of(row) == ""
    for low, high, unit, qualifier, words in (
        (12.0, 12.0, "km", "about", "about 12 km"),
        (2.0, math.nan, "count", "at least", "at least 2"),
        (math.nan, 6.0, "km", "up to", "at most 6 km"),
        (1.0, 2.0, "km", "", "1 to 2 km"),
        (1.0, 1.0, "count per 500 m", "every", "1 per 500 m"),
        (math.nan, math.nan, "", "substantial", "substantial"),
    ):
        made = replace(
            row, quantity_min=low, quantity_max=high, quantity_unit=unit, qualifier=qualifier
        )
        assert rows.amount_of(made) == words


def test_words_that_are_shared_by_chance_are_no_quotation():
    text = "The soldiers built a wall of twelve kilometres near the town in April."
    rows.check_wording("Soldiers are said to have built a wall near the town", text)
    rows.check_wording("anything", "")
    with pytest.raises(BadSetting):
        rows.check_wording("reports that soldiers built a wall of twelve kilometres near it", text)
    assert claiming.LEAST_REASON == 10


CONTACT = "call +86 138 1234 5678"


@pytest.mark.parametrize(
    "changes",
    [
        {"statement": f"a fence, {CONTACT}"}, {"attribution": CONTACT}, {"qualifier": CONTACT},
        {"places": f"house, {CONTACT}"}, {"places": (Placed(name=CONTACT, basis="person"),)},
        {"dates": (Dated(expression=CONTACT, edtf="2019"),)},
        {"credibility": 2, "credibility_basis": f"he said so, {CONTACT}"},
    ],
    ids=["statement", "who", "qualifier", "place", "placed", "date", "grade"],
)  # fmt: skip
def test_a_contact_gets_into_no_field_of_a_claim(project, fence, changes):
    head = project.store.head()
    with pytest.raises(BadInput, match="telephone"):
        decide(project, fence.id, standing="approved", by="Ada", changes=changes)
    if "credibility" not in changes:
        with pytest.raises(BadInput, match="telephone"):
            propose(project, fence.exhibit, by="Ada", subject="wall", modality="present", **changes)
    assert project.store.head() == head


def test_a_contact_gets_into_no_reason(project, fence):
    with pytest.raises(BadInput, match="telephone"):
        decide(project, fence.id, standing="rejected", by="Ada", note=CONTACT)
    with pytest.raises(BadInput, match="telephone"):
        propose(project, fence.exhibit, by="Ada", subject="wall", modality="present", note=CONTACT)


def test_dates_and_kilometres_are_no_contacts(project, fence):
    words = "a fence from km 120 to km 135, seen 2015-01-01/2019-04-01 and 2019-2021"
    row = decide(
        project, fence.id, standing="approved", by="Ada",
        changes={"statement": words, "places": "km 120.25..135.75"},
    )  # fmt: skip
    assert row.statement == words


def test_what_a_person_types_of_a_persons_words_is_said_by_nobody(project):
    exhibit = small_claims.testimony(project)
    row = propose(
        project, exhibit, by="Ada", subject="gate", modality="completed",
        attribution="my neighbour Kim Chol-su", qualifier="behind the house of Ri Sun-hui",
        places="the orchard house; km 12..13 = the house of Ri Sun-hui; Musan",
        dates=(Dated(expression="after my wedding", edtf="2019-04"),),
    )  # fmt: skip
    assert (row.attribution, row.qualifier) == ("someone else", "")
    assert [place.name for place in row.places] == [
        "a place that no gazetteer has", "km 12..13", "Musan",
    ]  # fmt: skip
    assert (row.dates[0].expression, row.dates[0].edtf) == ("", "2019-04")
    row = decide(
        project, row.id, standing="approved", by="Ada",
        changes={"attribution": "the source", "qualifier": "at least"},
    )  # fmt: skip
    assert (row.attribution, row.qualifier) == ("the source", "at least")
    assert "Sun-hui" not in "\n".join(entry.body for entry in project.store.entries())


def test_what_was_given_to_be_kept_alone_is_neither_claimed_nor_approved(project):
    exhibit = small_claims.testimony(project)
    claim = small_claims.of(project, exhibit)["gate"]
    (source,) = project.rows(Source)
    with project.run("test") as work:
        work.add(replace(source, consent=(Scope.RETAIN,)))
    with pytest.raises(NotAllowed, match="analyse"):
        propose(project, exhibit, by="Ada", subject="wall", modality="present")
    with pytest.raises(NotAllowed, match="analyse"):
        decide(project, claim.id, standing="approved", by="Ada")
    assert decide(project, claim.id, standing="rejected", by="Ada", note=WHY).note == WHY
