"""What a publication tells of a project's claims: weighed anew, and no source told from another."""

from dataclasses import replace

import pytest

import desk_rows
import told_rows
from fake_book import fake_frontier
from told_rows import ON, newspaper, said, witness
from vallum import config
from vallum.ground.records import APART, Claim, Level, Match, Source
from vallum.ground.saidkinds import ClaimStatus, Handling, Modality, Risk, Subject
from vallum.project import create
from vallum.steps import releasing
from vallum.steps.matching import match

HERE = {"at": (1200, 1220), "when": "2019-04"}
A, B = witness("aaaa", risk=Risk.MEDIUM), witness("bbbb", risk=Risk.MEDIUM)
PAPER = newspaper("paper", name="River Daily")


@pytest.fixture
def project(tmp_path):
    settings = config.Config(
        name="Ford",
        border=config.Border(frontier="test-line", start_m=0, end_m=7000, left_m=9, right_m=9),
        dates=config.Dates(before="2019", after="2022"),
    )
    with create(tmp_path / "border", settings, fake_frontier(7.4)) as project:
        yield project


def keep(project, *claims):
    with project.run("fill") as work:
        work.add_all([row for one in claims for row in (one.source, one.exhibit, one.claim)])


def telling(project, level=Level.PUBLIC, on=ON):
    return releasing.told(project, level, on)


def remember(project, made, name="ab" * 32):
    with project.run("publish") as work:
        work.add_all([replace(row, release=name) for row in made.disclosures])


# -- one source is not told from another --------------------------------------------------------


@pytest.mark.parametrize("risk", [Risk.MEDIUM, Risk.EXTREME])
def test_that_two_claims_are_one_source_s_is_not_told_by_a_missing_link(project, risk):
    one, other = (replace(source, risk=risk) for source in (A, B))
    keep(project, said(one, sha256="first", **HERE), said(one, sha256="again", **HERE),
         said(other, sha256="second", **HERE))  # fmt: skip
    match(project)
    made = telling(project)
    assert len(made.told) == 2
    assert all(len(claim.agrees) == 1 for claim in made.told)
    assert {claim.status for claim in made.told} == {ClaimStatus.CORROBORATED}
    (left,) = made.withheld
    assert "goes back to the same source" in left.why


def test_that_two_claims_are_one_source_s_is_not_told_by_their_status(project):
    """Of two that say the same and are not corroborated, both would have to be one source's."""
    keep(project, said(A, sha256="first", **HERE), said(A, sha256="again", **HERE))
    match(project)
    assert len(telling(project).told) == 1


def test_who_gave_it_to_a_newspaper_is_not_told_by_a_missing_link(project):
    informed = replace(PAPER, origin=A.code)
    keep(project, said(informed, **HERE), said(A, **HERE))
    match(project)
    (told,) = telling(project).told
    assert told.who == "River Daily"


def test_newspapers_of_one_agency_are_told_side_by_side(project):
    keep(project, *(said(newspaper(code, name=code, origin="agency"), **HERE)
                    for code in ("Hill Weekly", "Lake Weekly")))  # fmt: skip
    match(project)
    assert len(telling(project).told) == 2


def test_a_source_that_contradicts_itself_is_not_told_until_somebody_decides(project):
    yes = said(A, sha256="yes", **HERE)
    no = said(A, sha256="no", modality=Modality.DENIED, change=None, **HERE)
    keep(project, yes, no)
    match(project)
    made = telling(project)
    assert made.told == ()
    assert all("says otherwise" in one.why for one in made.withheld)
    with project.run("decide") as work:
        work.add(replace(no.claim, standing="rejected"))
    assert len(telling(project).told) == 1


def test_of_two_the_one_that_was_told_before_stays(project):
    first, again = said(A, sha256="first", **HERE), said(A, sha256="again", **HERE)
    late = max((first, again), key=lambda one: one.claim.id)
    early = first if late is again else again
    keep(project, late)
    remember(project, telling(project))
    keep(project, early)
    match(project)
    made = telling(project)
    assert made.refused == ()
    assert [one.subject for one in made.withheld] == [early.claim.id]


def test_two_that_were_both_told_before_both_stay(project):
    first, again = said(A, sha256="first", **HERE), said(A, sha256="again", **HERE)
    keep(project, first, again)
    both = said(B, sha256="none", **HERE)
    rows = [replace(row, release="ab" * 32) for row in _told_by_hand(first, again).disclosures]
    with project.run("publish") as work:
        work.add_all(rows)
    keep(project, both)
    made = telling(project)
    assert len(made.told) == 3
    assert made.refused == ()


def _told_by_hand(*claims):
    return told_rows.telling(
        *claims, grid=replace(told_rows.GRID, length_m=fake_frontier(7.4).length_m)
    )


# -- weighed anew -------------------------------------------------------------------------------


def test_a_claim_that_was_corrected_is_not_told_as_corroborated_by_an_old_match(project):
    one, other = said(PAPER, **HERE), said(newspaper("hill", name="Hill Weekly"), **HERE)
    keep(project, one, other)
    match(project)
    assert {told.status for told in telling(project).told} == {ClaimStatus.CORROBORATED}
    late = said(PAPER, at=(1200, 1220), when="2011", modality=Modality.PLANNED).claim
    with project.run("decide") as work:
        work.add(replace(other.claim, dates=late.dates, modality=late.modality))
    made = telling(project).told
    assert ClaimStatus.CORROBORATED not in {told.status for told in made}
    assert all(told.agrees == () for told in made)


def test_nobody_has_to_run_match_before_claims_are_weighed(project):
    keep(project, said(PAPER, **HERE), said(newspaper("hill", name="Hill Weekly"), **HERE))
    assert project.rows(Match) == []
    assert {one.status for one in telling(project).told} == {ClaimStatus.CORROBORATED}


# -- what the record prints ---------------------------------------------------------------------


def test_what_is_not_told_does_not_change_the_state_of_the_record(project):
    with project.run("add") as work:
        work.add(desk_rows.scene("a.tif", "2022-04-09"))
    before = project.store.head_without(*APART)
    keep(project, said(witness("cccc", handling=Handling.RED), subject=Subject.WALL, **HERE))
    match(project)
    assert project.store.head_without(*APART) == before
    assert len(project.rows(Claim)) == len(project.rows(Source)) == 1


# -- what people decided ------------------------------------------------------------------------


def test_who_published_despite_a_refusal_is_remembered_with_the_claim(project):
    mine = [said(A, sha256=str(n), subject=kind, **HERE)
            for n, kind in enumerate((Subject.FENCE, Subject.DITCH))]  # fmt: skip
    keep(project, *mine)
    remember(project, telling(project))
    names = [one.claim.id for one in mine]
    with project.run("source") as work:
        work.add(replace(A, risk=Risk.EXTREME))
    made = telling(project)
    (line,) = (one for one in releasing.in_words(project, made) if "risk" in one)
    assert all(name in line for name in names)
    assert not [row for row in releasing.remembered(project, made, "cd" * 32) if _is_custody(row)]
    bold = releasing.told(project, Level.PUBLIC, ON, despite=names)
    rows = [row for row in releasing.remembered(project, bold, "cd" * 32) if _is_custody(row)]
    assert {row.subject for row in rows} == set(names)
    assert all(row.by and "despite" in row.outcome for row in rows)


# -- what sheets tell ---------------------------------------------------------------------------


def _two_of_one(project):
    mine = [said(A, sha256=str(n), subject=kind, **HERE)
            for n, kind in enumerate((Subject.FENCE, Subject.DITCH))]  # fmt: skip
    keep(project, *mine)
    return [one.claim.id for one in mine]


def _on_a_sheet(project, name):
    made = telling(project)
    return releasing.printed_alone(project, made, {made.keys[name]}, Level.PUBLIC)


def test_a_claim_that_is_on_no_sheet_is_not_told_as_closely_as_if_it_had_been(project):
    first, _ = _two_of_one(project)
    remember(project, _on_a_sheet(project, first))
    with project.run("source") as work:
        work.add(replace(A, risk=Risk.EXTREME))
    assert telling(project).as_before == (first,)  # the other was never out


def test_a_publication_after_a_sheet_is_the_one_that_the_next_is_held_against(project):
    first, other = _two_of_one(project)
    remember(project, _on_a_sheet(project, first), "ff" * 32)
    remember(project, telling(project), "ab" * 32)
    remember(project, _on_a_sheet(project, other), "fe" * 32)
    with project.run("source") as work:
        work.add(replace(A, consent_withdrawn=ON))
    assert {one.claim for one in telling(project).refused} == {first, other}


def _is_custody(row):
    return row.kind() == "Custody"
