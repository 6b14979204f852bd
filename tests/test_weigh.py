"""Where claims stand: origins, republications, images, and what no addition may change."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import claim_rows as said
from vallum.claims.alike import paired
from vallum.claims.weigh import weigh
from vallum.ground.records import Match
from vallum.ground.saidkinds import (
    ClaimStatus,
    MatchMethod,
    Modality,
    Relation,
    Standing,
    Subject,
    Voice,
)

ANNA, BORIS, CHAN = (said.source(code) for code in ("anna", "boris", "chan"))
ONE, TWO, THREE = (
    said.paper(name, of) for name, of in (("one", ANNA), ("two", BORIS), ("three", CHAN))
)
UNVERIFIED, CORROBORATED, CONTRADICTED, NOT_OBSERVABLE = ClaimStatus


def shown(claim, relation=Relation.SUPPORTS, about="finding-a", **more):
    fields = {"method": MatchMethod.IMAGERY, "rationale": "a fence was found there", "by": "vallum"}
    return Match(claim=claim.id, about=about, relation=relation, **(fields | more))


def camera(exhibit, **more):
    return said.claim(Subject.CAMERA, exhibit=exhibit, **more)


def told(claims, exhibits, sources, matches=()):
    every = [*matches, *paired(claims)]
    return {row.claim.id: row for row in weigh(claims, exhibits, sources, every)}


def status(claim, claims, exhibits=(ONE, TWO, THREE), sources=(ANNA, BORIS, CHAN), matches=()):
    return told(claims, exhibits, sources, matches)[claim.id].status


# -- by origins -----------------------------------------------------------------------------------


def test_one_source_alone_is_unverified():
    claim = camera(ONE)
    got = told([claim], [ONE], [ANNA])[claim.id]
    assert (got.status, got.origins) == (UNVERIFIED, ("anna",))
    assert got.why == "Reported by one origin."


def test_two_sources_of_two_origins_corroborate_each_other():
    a, b = camera(ONE), camera(TWO)
    got = told([a, b], [ONE, TWO], [ANNA, BORIS])
    assert {row.status for row in got.values()} == {CORROBORATED}
    assert got[a.id].origins == ("anna", "boris")
    assert got[a.id].agreeing == (b.id,)
    assert got[a.id].why == "Reported by two independent origins."


@pytest.mark.parametrize("how", ["republishes", "translation_of", "working", "redacted"])
def test_what_derives_from_an_exhibit_has_its_origin(how):
    again = said.paper("again", BORIS, derived_from=ONE.id, derived_how=how)
    a, b = camera(ONE), camera(again)
    got = told([a, b], [ONE, again], [ANNA, BORIS])
    assert {row.status for row in got.values()} == {UNVERIFIED}
    assert {row.origins for row in got.values()} == {("anna",)}


def test_a_translation_of_a_republication_goes_back_to_the_first():
    again = said.paper("again", BORIS, derived_from=ONE.id, derived_how="republishes")
    third = said.paper("third", CHAN, derived_from=again.id, derived_how="translation_of")
    a, b = camera(ONE), camera(third)
    assert status(a, [a, b], [ONE, again, third]) is UNVERIFIED


def test_papers_that_derive_from_each_other_in_a_ring_are_one_origin():
    two = said.paper("two", BORIS, derived_from=THREE.id, derived_how="republishes")
    three = replace(THREE, derived_from=two.id, derived_how="republishes")
    a, b = camera(two), camera(three)
    assert status(a, [a, b], [two, three]) is UNVERIFIED


def test_two_exhibits_of_one_source_never_corroborate_each_other():
    again = said.paper("again", ANNA)
    a, b = camera(ONE), camera(again)
    assert status(a, [a, b], [ONE, again]) is UNVERIFIED


@pytest.mark.parametrize("group", ["the market trader", "anna", ANNA.id], ids=["g", "code", "id"])
def test_sources_of_one_origin_count_once(group):
    anna = replace(ANNA, origin=group if group == "the market trader" else "")
    boris = replace(BORIS, origin=group)
    a, b = camera(ONE), camera(TWO)
    assert status(a, [a, b], sources=(anna, boris)) is UNVERIFIED
    c = camera(THREE)
    assert status(a, [a, b, c], sources=(anna, boris, CHAN)) is CORROBORATED


def test_sources_that_name_each_other_are_one_origin():
    ring = (replace(ANNA, origin="boris"), replace(BORIS, origin="chan"),
            replace(CHAN, origin="anna"))  # fmt: skip
    claims = [camera(ONE), camera(TWO), camera(THREE)]
    got = told(claims, [ONE, TWO, THREE], ring)
    assert {row.origins for row in got.values()} == {("anna",)}
    assert {row.status for row in got.values()} == {UNVERIFIED}


def test_whose_source_is_not_known_counts_as_no_origin():
    nobody, another = said.paper("nobody"), said.paper("another")
    a, b = camera(nobody), camera(another)
    got = told([a, b], [nobody, another], [])
    assert {row.status for row in got.values()} == {UNVERIFIED}
    assert "not known who says so" in got[a.id].why


def test_a_sensor_is_no_origin():
    eye = said.source("eye", voice=Voice.SENSOR)
    seen = said.paper("seen", eye)
    a, b = camera(ONE), camera(seen)
    got = told([a, b], [ONE, seen], [ANNA, eye], [shown(b)])
    assert (got[a.id].status, got[b.id].status) == (UNVERIFIED, UNVERIFIED)


@pytest.mark.parametrize("standing", [Standing.PROPOSED, Standing.REJECTED], ids=str)
def test_claims_that_are_not_approved_never_count(standing):
    a, b = camera(ONE), camera(TWO)
    matches = list(paired([a, b]))
    b = replace(b, standing=standing)
    got = weigh([a, b], [ONE, TWO], [ANNA, BORIS], [*matches, shown(b)])
    assert [(row.claim.id, row.status) for row in got] == [(a.id, UNVERIFIED)]


def test_what_a_source_took_back_counts_nowhere():
    a, b = camera(ONE), camera(TWO)
    gone = replace(BORIS, consent_withdrawn=date(2024, 1, 1))
    got = told([a, b], [ONE, TWO], [ANNA, gone])
    assert [(row.claim.id, row.status) for row in got.values()] == [(a.id, UNVERIFIED)]


# -- by images ------------------------------------------------------------------------------------


def test_one_source_and_a_finding_corroborate():
    claim = said.claim(exhibit=ONE)
    got = told([claim], [ONE], [ANNA], [shown(claim), shown(claim, about="finding-b")])[claim.id]
    assert got.status is CORROBORATED
    assert got.origins == ("anna",)
    assert got.why == (
        "Shown by images: a fence was found there. One more of what was found fits. "
        "Reported by one origin."
    )


def test_a_finding_that_shows_a_part_corroborates_nothing_and_the_words_say_so():
    claim = said.claim(exhibit=ONE)
    part = shown(claim, rationale="a fence was found there. In part: 1 of 2 places")
    got = told([claim], [ONE], [ANNA], [part])[claim.id]
    assert (got.status, got.supports, got.in_part) == (UNVERIFIED, (), (part,))
    assert got.why.startswith("Supported in part only: a fence")
    whole = shown(claim, about="finding-b")
    got = told([claim], [ONE], [ANNA], [part, whole])[claim.id]
    assert (got.status, got.supports, got.in_part) == (CORROBORATED, (whole,), (part,))


def test_what_is_no_finding_corroborates_nothing_whoever_says_it():
    claim = camera(ONE)
    match = shown(claim, about="comparison-a", by="bob")
    got = told([claim], [ONE], [ANNA], [match])[claim.id]
    assert (got.status, got.supports, got.in_part) == (UNVERIFIED, (), (match,))


def test_only_who_says_as_much_agrees():
    double = said.claim(Subject.DOUBLE_FENCE, exhibit=ONE)
    plain = said.claim(exhibit=TWO)
    got = told([double, plain], [ONE, TWO], [ANNA, BORIS])
    assert (got[plain.id].status, got[plain.id].agreeing) == (CORROBORATED, (double.id,))
    assert (got[double.id].status, got[double.id].agreeing) == (UNVERIFIED, ())


def test_an_expert_who_names_no_image_is_no_finding():
    claim = said.claim(exhibit=ONE)
    match = shown(claim, about="exhibit-x", method=MatchMethod.EXPERT)
    assert status(claim, [claim], matches=[match]) is UNVERIFIED


def test_a_withdrawn_match_does_not_count():
    claim = said.claim(exhibit=ONE)
    assert status(claim, [claim], matches=[shown(claim, is_withdrawn=True)]) is UNVERIFIED


def test_only_what_images_cannot_show_is_not_observable():
    claim = camera(ONE)
    unseen = shown(claim, Relation.NOT_OBSERVABLE, "nothing", rationale="no image shows it: small")
    got = told([claim], [ONE], [ANNA], [unseen])[claim.id]
    assert got.status is NOT_OBSERVABLE
    assert got.why.endswith("Images say nothing: no image shows it: small.")
    other = camera(TWO)
    assert status(claim, [claim, other], matches=[unseen]) is CORROBORATED


def test_an_image_that_shows_nothing_contradicts_beside_all_support():
    a, b = said.claim(exhibit=ONE), said.claim(exhibit=TWO)
    against = shown(a, Relation.CONTRADICTS, "comparison-a", rationale="nothing of the kind")
    got = told([a, b], [ONE, TWO], [ANNA, BORIS], [against, shown(a)])
    assert (got[a.id].status, got[b.id].status) == (CONTRADICTED, CORROBORATED)
    assert "Contradicted by images" in got[a.id].why
    assert "Shown by images" in got[a.id].why
    assert "two independent origins" in got[a.id].why


# -- by claims that say otherwise -----------------------------------------------------------------


def denial(exhibit):
    return camera(exhibit, modality=Modality.DENIED, change=None)


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        ("C", "C", CONTRADICTED),
        ("C", "A", CONTRADICTED),
        ("C", "D", UNVERIFIED),
        ("C", "F", UNVERIFIED),
        ("F", "F", CONTRADICTED),
    ],
)
def test_who_is_no_less_reliable_contradicts(mine, theirs, expected):
    a, b = camera(ONE), denial(TWO)
    sources = (replace(ANNA, reliability=mine), replace(BORIS, reliability=theirs))
    got = told([a, b], [ONE, TWO], sources)[a.id]
    assert got.status is expected
    # Shown beside each other whoever is the more reliable.
    assert got.contradicting == (b.id,)


def test_a_source_that_contradicts_itself_is_shown_and_does_not_decide():
    again = said.paper("again", ANNA)
    a, b = camera(ONE), denial(again)
    got = told([a, b], [ONE, again], [ANNA])[a.id]
    assert (got.status, got.contradicting) == (UNVERIFIED, (b.id,))
    assert "Another claim says otherwise" in got.why


def test_a_republisher_lends_no_reliability():
    again = said.paper("again", BORIS, derived_from=THREE.id, derived_how="republishes")
    sources = (ANNA, replace(BORIS, reliability="A"), replace(CHAN, reliability="E"))
    a, b = camera(ONE), denial(again)
    assert status(a, [a, b], [ONE, again, THREE], sources) is UNVERIFIED


def test_who_repeats_another_lends_no_reliability():
    sources = (replace(ANNA, reliability="E"), replace(BORIS, origin="anna", reliability="A"), CHAN)
    a, b = camera(THREE), denial(TWO)
    assert status(a, [a, b], sources=sources) is UNVERIFIED


def test_what_images_show_of_a_claim_by_nobody_is_unverified():
    nobody = said.paper("nobody")
    claim = said.claim(exhibit=nobody)
    unseen = shown(claim, Relation.NOT_OBSERVABLE, "nothing")
    assert status(claim, [claim], [nobody], matches=[shown(claim), unseen]) is UNVERIFIED


def test_why_names_no_source_place_or_exhibit():
    a, b = camera(ONE), camera(TWO)
    for row in told([a, b, denial(THREE)], [ONE, TWO, THREE], [ANNA, BORIS, CHAN]).values():
        for secret in ("anna", "boris", "chan", "a town", ONE.id, ANNA.id):
            assert secret not in row.why


# -- whatever is said, by whom, in whatever order ---------------------------------------------------

SOURCES = tuple(
    said.source(f"s{n}", origin=origin, reliability=letter)
    for n, (origin, letter) in enumerate(
        [("", "A"), ("", "C"), ("", "F"), ("group", "B"), ("group", "E"), ("s0", "A")]
    )
)


@st.composite
def worlds(draw):
    """Papers of several sources, what they say, and what images show of it."""
    exhibits, claims, matches = [], [], []
    for n in range(draw(st.integers(1, 5))):
        of = draw(st.sampled_from(SOURCES))
        exhibits.append(said.paper(f"p{n}", of))
    for _ in range(draw(st.integers(1, 6))):
        claim = said.claim(
            draw(st.sampled_from([Subject.FENCE, Subject.DOUBLE_FENCE, Subject.CAMERA])),
            draw(st.sampled_from([Modality.COMPLETED, Modality.DENIED, Modality.PLANNED])),
            None,
            exhibit=draw(st.sampled_from(exhibits)),
            at=draw(st.sampled_from([(2_000, 3_000), (2_500, 3_500), (6_000, 7_000)])),
            when=draw(st.sampled_from(["2019", "2020", "2019..2020"])),
            standing=draw(st.sampled_from([Standing.APPROVED, Standing.APPROVED, *Standing])),
        )
        claims.append(claim)
        if draw(st.booleans()):
            relation = draw(st.sampled_from(Relation))
            about = "nothing" if relation is Relation.NOT_OBSERVABLE else "finding-a"
            matches.append(shown(claim, relation, about))
    return exhibits, claims, matches


def statuses(exhibits, claims, matches, sources=SOURCES):
    return {name: row.status for name, row in told(claims, exhibits, sources, matches).items()}


@settings(max_examples=150)
@given(worlds(), st.data())
def test_adding_a_republication_never_changes_a_status(world, data):
    exhibits, claims, matches = world
    before = statuses(*world)
    first = data.draw(st.sampled_from(exhibits))
    how = data.draw(st.sampled_from(["republishes", "translation_of"]))
    by = data.draw(st.sampled_from([*SOURCES, said.source("new", reliability="A")]))
    again = said.paper("again", by, derived_from=first.id, derived_how=how)
    copies = [replace(claim, exhibit=again.id) for claim in claims if claim.exhibit == first.id]
    sources = (*SOURCES, said.source("new", reliability="A"))
    after = statuses([*exhibits, again], [*claims, *copies], matches, sources)
    assert {name: after[name] for name in before} == before


@settings(max_examples=150)
@given(worlds(), st.data())
def test_an_independent_source_that_agrees_lowers_only_what_it_contradicts(world, data):
    exhibits, claims, matches = world
    before = told(claims, exhibits, SOURCES, matches)
    new = said.source("new", reliability="A")
    paper = said.paper("new", new)
    copied = replace(data.draw(st.sampled_from(claims)), exhibit=paper.id)
    copied = replace(copied, standing=Standing.APPROVED)
    after = told([*claims, copied], [*exhibits, paper], (*SOURCES, new), matches)
    for name, row in before.items():
        if row.status is CORROBORATED and copied.id not in after[name].contradicting:
            assert after[name].status is CORROBORATED
        if copied.id in after[name].agreeing:
            assert after[name].status in {CORROBORATED, CONTRADICTED} or not row.origins


@settings(max_examples=100)
@given(worlds(), st.randoms())
def test_the_order_of_rows_does_not_matter(world, chance):
    exhibits, claims, matches = world
    every = [*matches, *paired(claims)]
    first = weigh(claims, exhibits, SOURCES, every)
    mixed = [list(rows) for rows in (claims, exhibits, SOURCES, every)]
    for rows in mixed:
        chance.shuffle(rows)
    assert weigh(*mixed) == first
    assert {row.id for row in paired(mixed[0])} == {row.id for row in paired(claims)}


@settings(max_examples=100)
@given(worlds(), st.sampled_from([Standing.PROPOSED, Standing.REJECTED]))
def test_claims_that_nobody_approved_change_nothing(world, standing):
    exhibits, claims, matches = world
    approved = [claim for claim in claims if claim.standing is Standing.APPROVED]
    others = [replace(claim, nth=claim.nth + 10_000, standing=standing) for claim in claims]
    every = [
        *matches,
        *paired([*claims, *(replace(c, standing=Standing.APPROVED) for c in others)]),
    ]
    got = weigh([*claims, *others], exhibits, SOURCES, every)
    plain = weigh(approved, exhibits, SOURCES, [*matches, *paired(approved)])
    assert {row.claim.id: row.status for row in got} == {row.claim.id: row.status for row in plain}
