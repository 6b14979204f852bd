"""Attacks by people who keep every publication and lay them over each other."""

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from told_rows import GRID, LENGTH_M, Press, exactly, newspaper, said, telling, witness
from vallum.evidence.coarse import Grid
from vallum.evidence.difference import Header, Memory, Outline, kept_coarse, refusals
from vallum.ground.errors import BadSetting
from vallum.ground.kinds import Change
from vallum.ground.records import Level
from vallum.ground.saidkinds import Attribution, ClaimStatus, Handling, Precision, Risk, Subject
from vallum.ground.span import Spans

PAPER = newspaper()


def place_of(made):
    (one,) = made.told
    return one.cells


# -- telling it again --------------------------------------------------------------------------


def test_thirty_releases_of_one_claim_average_to_nothing_finer_than_one():
    press, one = Press(), said(witness())
    cells = {press.out(one, exactly(one, note=f"{n}")).told[0].cells for n in range(30)}
    assert cells == {Spans.of((800_000, 820_000))}


def test_a_claim_read_more_closely_later_is_told_as_before():
    press, one = Press(), said(witness(), at=(790_000, 830_000), precision=Precision.SECTION)
    first = press.out(one)
    second = press.out(exactly(one, at=(806_200, 806_210)))
    assert not second.refused
    assert place_of(second) == place_of(first)


@given(
    st.lists(st.tuples(st.integers(0, 1_300_000), st.integers(1, 90_000)), min_size=2, max_size=6)
)
def test_however_a_claim_is_moved_no_two_releases_leave_less_than_either(places):
    press, one = Press(), said(witness(), at=(0, 1))
    told = []
    for start, length in places:
        made = press.out(exactly(one, at=(start, start + length)))
        if not made.refused:
            told.append(place_of(made))
    for k, later in enumerate(told):
        assert all(earlier & later == earlier for earlier in told[:k])


def test_a_source_that_is_at_lower_risk_now_is_not_told_more_closely():
    press, source = Press(), witness()
    one = said(source, when="2019-04-14", quantity_min=17.0, quantity_max=17.0,
               quantity_unit="count", seen=["finding-x"])  # fmt: skip
    (first,) = press.out(one).told
    (second,) = press.out(replace(one, source=replace(source, risk=Risk.LOW))).told
    for name in ("cells", "first", "last", "quantity", "grade", "access", "findings"):
        assert getattr(first, name) == getattr(second, name), name


def test_a_time_that_is_known_better_later_is_told_as_before():
    press, one = Press(), said(witness(risk=Risk.LOW), when="2019..2020")
    press.out(one)
    (later,) = press.out(exactly(one, when="2019-04-14")).told
    assert (later.first, later.last) == (date(2019, 1, 1), date(2020, 12, 31))


def test_an_undated_unplaced_claim_of_a_person_stays_so():
    press, one = Press(), said(witness(risk=Risk.LOW), at=(), when="")
    (first,) = press.out(one).told
    assert (first.where, first.when) == ("cannot be placed", "no date stated")
    (later,) = press.out(exactly(one, at=(806_000, 806_100), when="2019-04-14")).told
    assert (later.where, later.when) == ("cannot be placed", "no date stated")


def test_an_amount_that_is_corrected_later_does_not_close_in():
    press = Press()
    one = said(witness(), quantity_min=13.0, quantity_max=31.0, quantity_unit="count")
    press.out(one)
    (later,) = press.out(exactly(one, quantity_min=17.0, quantity_max=18.0)).told
    assert later.quantity == "10 to 50"


def test_what_was_told_may_be_told_more_coarsely():
    press, one = Press(), said(witness(risk=Risk.LOW))
    press.out(one)
    wider = press.out(exactly(one, at=(790_000, 830_000)))
    assert not wider.refused
    assert place_of(wider) == Spans.of((790_000, 830_000))


def test_better_words_for_a_source_are_not_told_later():
    press, source = Press(), witness(attribution=Attribution.DEEP_BACKGROUND)
    one = said(source)
    press.out(one)
    (later,) = press.out(replace(one, source=replace(source, attribution="background"))).told
    assert later.who == "a source that is not named"


def test_two_descriptions_of_one_source_are_never_added_up():
    press, source = Press(), witness(described_as="a trader")
    one = said(source)
    press.out(one)
    (later,) = press.out(
        replace(one, source=replace(source, described_as="a woman of Dandong"))
    ).told
    assert later.who == "a trader"


def test_agreed_words_stay_at_the_claim_where_they_were_told_first():
    source = witness()
    some = [said(source, sha256=f"paper {n}") for n in range(8)]
    press = Press()
    press.out(some[3])
    made = press.out(*some)
    described = [one for one in made.told if one.who == source.described_as]
    assert len(described) == 1
    outlines = Memory.of(press.rows, Level.PUBLIC).outlines
    assert {c for told in outlines.values() for c, o in told.items() if o.who} == {some[3].claim.id}


# -- laying one over the other ------------------------------------------------------------------


def test_another_place_for_a_protected_claim_is_refused_with_what_to_do():
    press, one = Press(), said(witness())
    press.out(one)
    made = press.out(exactly(one, at=(300_000, 300_100)))
    (refused,) = made.refused
    assert refused.claim == one.claim.id
    assert refused.release == f"{1:064x}"
    assert "the place" in refused.why
    assert "keeper" in refused.next
    assert not press.out(exactly(one, at=(300_000, 300_100)), despite=[one.claim.id]).refused


def test_a_newspaper_may_be_corrected():
    press, one = Press(), said(PAPER)
    press.out(one)
    made = press.out(exactly(one, at=(300_000, 300_100)))
    assert not made.refused
    assert place_of(made) == Spans.of((300_000, 305_000))


def test_a_newspaper_s_claim_that_is_half_elsewhere_is_told_as_both():
    press, one = Press(), said(PAPER, at=(806_000, 812_000))
    press.out(one)
    made = press.out(exactly(one, at=(812_000, 818_000)))
    assert not made.refused
    assert place_of(made) == Spans.of((805_000, 820_000))


def test_a_release_made_by_hand_that_intersects_an_earlier_one_is_refused():
    old = Outline(claim="claim-a", source="source-a", is_guarded=True,
                  cells=Spans.of((800_000, 820_000)))  # fmt: skip
    memory = Memory.of([replace(old.row(), release="r1"), _header("r1")], Level.PUBLIC)
    for cells in ((810_000, 830_000), (805_000, 810_000), (900_000, 920_000)):
        new = replace(old, cells=Spans.of(cells))
        assert [one.claim for one in refusals({"claim-a": new}, memory)] == ["claim-a"]
    assert refusals({"claim-a": replace(old, cells=Spans.of((780_000, 840_000)))}, memory) == ()
    assert refusals({"claim-a": replace(old, cells=Spans())}, memory) == ()


def _header(release, *, level=Level.PUBLIC, nth=1, cell_m=5000):
    header = Header(salt="00", cell_m=cell_m, level=level, content="c", nth=nth)
    return replace(header.row(), release=release)


def test_status_may_change():
    press, one = Press(), said(witness())
    press.out(one)
    made = press.out(replace(one, status=ClaimStatus.CORROBORATED))
    assert not made.refused
    assert made.told[0].status is ClaimStatus.CORROBORATED


# -- other cells --------------------------------------------------------------------------------


def test_cells_may_not_become_finer_nor_lie_elsewhere():
    press, one = Press(), said(PAPER)
    press.out(one, grid=Grid(cell_m=10_000, length_m=LENGTH_M))
    for cell_m in (5000, 7000, 15_000):
        with pytest.raises(BadSetting, match="set it back to 10000"):
            press.out(one, grid=Grid(cell_m=cell_m, length_m=LENGTH_M))
    made = press.out(one, grid=Grid(cell_m=20_000, length_m=LENGTH_M))
    assert place_of(made) == Spans.of((800_000, 820_000))


# -- with and without ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "hidden",
    [
        {"embargo_until": date(2030, 1, 1)},
        {"handling": Handling.RED},
        {"handling": Handling.GREEN},
        {"standing": "rejected"},
    ],
    ids=["embargo", "red", "green", "rejected"],
)
def test_a_release_with_a_claim_that_is_not_told_is_the_same_as_one_without(hidden):
    one = said(PAPER)
    other = said(witness(), **hidden)
    one_linked = replace(one, agreeing=(other.claim.id,))
    press = Press()
    first = press.out(one)
    assert press.out(one_linked, other).told == first.told
    assert repr(telling(one, other, earlier=press.rows).told) == repr(first.told)


def test_nothing_that_is_told_counts_what_is_not():
    told = [telling(said(PAPER), *(said(witness(f"w{k}"), handling=Handling.RED) for k in range(n)))
            for n in (0, 1, 7)]  # fmt: skip
    assert len({repr(replace(one.told[0], key="")) for one in told}) == 1
    assert {len(one.told) for one in told} == {1}


def test_claims_that_all_leave_with_one_source_are_refused_until_a_person_decides():
    press, source = Press(), witness()
    stays, *leave = said(PAPER), *(said(source, sha256=f"p{n}") for n in range(2))
    press.out(stays, *leave)
    gone = [replace(x, source=replace(source, consent_withdrawn=date(2025, 1, 1))) for x in leave]
    made = press.out(stays, *gone)
    assert {one.claim for one in made.refused} == {one.claim.id for one in leave}
    assert "one source" in made.refused[0].why
    decided = press.out(stays, *gone, despite=[one.claim.id for one in leave])
    assert not decided.refused
    assert len(decided.told) == 1
    assert not press.out(stays, *gone).refused


# -- what changes together ----------------------------------------------------------------------


def three_of(source):
    """Three claims of one person about different things at different places."""
    kinds = (Subject.FENCE, Subject.WALL, Subject.DITCH)
    return [
        said(source, sha256=f"{source.code} {n}", at=(n * 40_000, n * 40_000 + 300), subject=kind)
        for n, kind in enumerate(kinds, start=5)
    ]


def of(source, claims):
    """The same claims, with the source as it is now."""
    return [replace(one, source=source) for one in claims]


LOW = [witness(code, risk=Risk.LOW, reliability="F") for code in ("aaaa", "bbbb")]


@pytest.mark.parametrize(
    "change",
    [{"risk": Risk.EXTREME}, {"reliability": "D"}, {"described_as": "someone else"}],
    ids=["risk", "grade", "words"],
)
def test_what_changes_about_a_person_does_not_change_all_their_claims_together(change):
    press = Press()
    mine, theirs = (three_of(source) for source in LOW)
    before = press.out(*mine, *theirs)
    after = press.out(*of(replace(LOW[0], **change), mine), *theirs)
    assert after.refused == ()
    assert after.told == before.told
    raised = {one.claim.id for one in mine} if "risk" in change else set()
    assert set(after.as_before) == raised


def test_a_grade_that_goes_with_a_person_is_not_told():
    assert [one.grade for one in telling(*three_of(LOW[0])).told] == ["", "", ""]


def test_what_comes_after_the_risk_has_risen_is_told_at_that_risk():
    press = Press()
    mine = three_of(LOW[0])
    press.out(*mine[:2])
    made = press.out(*of(replace(LOW[0], risk=Risk.EXTREME), mine))
    widths = sorted(one.cells.length_m for one in made.told)
    assert widths == [5000, 5000, 20_000]


def test_a_keeper_may_tell_more_coarsely_what_was_told():
    press = Press()
    mine = three_of(LOW[0])
    press.out(*mine)
    names = [one.claim.id for one in mine]
    made = press.out(*of(replace(LOW[0], risk=Risk.EXTREME), mine), despite=names)
    assert made.refused == ()
    assert {one.cells.length_m for one in made.told} == {20_000}
    assert set(made.overruled) == set(names)
    again = press.out(*of(replace(LOW[0], risk=Risk.EXTREME), mine))
    assert again.told == made.told
    assert again.overruled == again.as_before == ()


def test_claims_that_all_change_with_one_person_are_refused_until_somebody_decides():
    press = Press()
    mine, theirs = (three_of(source) for source in LOW)
    press.out(*mine, *theirs)
    wider = [exactly(one, when="2018..2022") for one in mine[:2]]
    made = telling(*wider, mine[2], *theirs, earlier=press.rows)
    assert {one.claim for one in made.refused} == {one.claim.id for one in mine[:2]}
    assert "come from one source" in made.refused[0].why
    alone = telling(wider[0], *mine[1:], *theirs, earlier=press.rows)
    assert alone.refused == ()
    others = [exactly(theirs[0], when="2018..2022"), *theirs[1:]]
    assert telling(*wider, mine[2], *others, earlier=press.rows).refused == ()
    despite = [one.claim.id for one in mine]
    made = telling(*wider, mine[2], *theirs, earlier=press.rows, despite=despite)
    assert made.refused == ()
    assert set(made.overruled) == {one.claim.id for one in mine[:2]}


def test_statuses_that_all_change_with_one_person_are_pointed_out():
    press = Press()
    mine = three_of(LOW[0])
    press.out(*mine)
    seen = [replace(one, status=ClaimStatus.CORROBORATED) for one in mine]
    assert telling(seen[0], *mine[1:], earlier=press.rows).restated == ()
    assert len(telling(*seen, earlier=press.rows).restated) == 3


def test_what_an_older_version_remembered_still_counts():
    press = Press()
    mine = three_of(LOW[0])
    press.out(*mine)
    old = []
    for row in press.rows:
        body = json.loads(row.told)
        body = {k: v for k, v in body.items() if k not in {"risk", "words", "status"}}
        old.append(replace(row, told=json.dumps(body)))
    made = telling(*mine, earlier=old)
    assert made.refused == made.restated == ()
    assert len(made.told) == 3


def test_claims_that_leave_with_others_are_not_refused():
    press = Press()
    some = [said(witness(f"w{n}")) for n in range(3)]
    press.out(*some)
    assert not press.out(some[0]).refused


def test_a_newspaper_s_claim_may_leave():
    press, one, other = Press(), said(PAPER), said(newspaper("other"))
    press.out(one, other)
    assert not press.out(one).refused


def test_claims_that_come_together_from_one_source_are_pointed_out():
    press, source = Press(), witness()
    first = press.out(said(PAPER))
    assert first.together == ()
    made = press.out(said(PAPER), *(said(source, sha256=f"p{n}") for n in range(2)))
    assert len(made.together) == 2
    assert not made.refused


def test_a_claim_is_told_when_its_embargo_is_over_without_a_word_about_it():
    press = Press()
    one, held = said(PAPER), said(witness(), embargo_until=date(2025, 4, 1))
    press.out(one, held)
    made = press.out(one, held, on=date(2025, 4, 1))
    assert len(made.told) == 2
    assert not made.refused
    assert "embargo" not in repr(made.told)


# -- who reads what -----------------------------------------------------------------------------


def test_a_public_release_is_not_held_against_what_only_the_desk_was_told():
    press = Press()
    a, b = (
        said(newspaper(code), handling=h) for code, h in (("a", "clear"), ("b", Handling.AMBER))
    )
    press.out(a, b, level=Level.DESK)
    memory = Memory.of(press.rows, Level.PUBLIC)
    assert not memory.headers
    assert not memory.outlines
    press.out(a)
    assert len(Memory.of(press.rows, Level.DESK).headers) == 2


def test_keys_tell_nothing_of_the_claim_and_order_nothing_of_when_it_came():
    some = [said(newspaper(f"n{n}")) for n in range(40)]
    made = telling(*some)
    keys = [one.key for one in made.told]
    assert keys == sorted(keys)
    assert len(set(keys)) == 40
    ids = {one.claim.id.removeprefix("claim-") for one in some}
    assert not any(key in name for key in keys for name in ids)


def test_what_is_remembered_reads_back_as_it_was():
    one = said(witness(), quantity_min=3.0, change=Change.EXTENDED)
    rows = telling(one).disclosures
    assert [Header.of(row).row() for row in rows if row.subject == "release"] == [rows[0]]
    assert [Outline.of(row).row() for row in rows[1:]] == list(rows[1:])
    assert type(rows[1]).from_body(rows[1].body()) == rows[1]


@given(st.integers(0, 60), st.integers(1, 9), st.integers(0, 60), st.integers(1, 9), st.booleans())
def test_what_is_kept_coarse_is_never_refused_where_the_two_meet(a, n, b, m, guarded):
    old, new = (
        Outline(claim="c", source="s", is_guarded=guarded,
                cells=GRID.cells(Spans.of((at * 5000, (at + size) * 5000))))
        for at, size in ((a, n), (b, m))
    )  # fmt: skip
    memory = Memory.of([replace(old.row(), release="r1"), _header("r1")], Level.PUBLIC)
    found = refusals({"c": kept_coarse(new, [old])}, memory)
    assert bool(found) == (guarded and not old.cells & new.cells)
