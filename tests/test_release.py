"""Nothing leaves that was not allowed to, and what is told is coarse, in the program's words."""

import ast
import math
from dataclasses import dataclass, fields, replace
from datetime import date
from inspect import getsource

import pytest

import claim_rows
from fake_book import fake_book
from told_rows import ON, exactly, newspaper, said, telling, witness
from vallum.evidence.redact import blanks, redact
from vallum.evidence.release import barred
from vallum.ground.errors import BadSetting
from vallum.ground.kinds import Answer
from vallum.ground.records import (
    ROWS,
    Analyst,
    Claim,
    Custody,
    Disclosure,
    Estimate,
    Exhibit,
    Level,
    Match,
    Remark,
    Row,
    Run,
    Scene,
    Source,
    Verdict,
    field_notes,
)
from vallum.ground.row import public
from vallum.ground.saidkinds import (
    Access,
    Attribution,
    ClaimStatus,
    Handling,
    Modality,
    Precision,
    Risk,
    Scope,
    Standing,
    Subject,
    Voice,
)
from vallum.ground.span import Spans
from vallum.report.book import Book
from vallum.steps import telling as telling_step

STAYING = (Source, Claim, Match, Custody, Disclosure, Remark, Analyst)
PAPER = newspaper()


@dataclass(frozen=True, kw_only=True)
class Moat(Row):
    """A kind of row that nobody has thought about."""

    NAMED_BY = ("name",)
    PREFIX = "moat"
    name: str = public("fine to tell")
    plan: str = "secret"


@dataclass(frozen=True, kw_only=True)
class Grown(Scene):
    """A scene with a field that nobody declared."""

    whose: str = "somebody's"


def a_verdict(**more):
    return Verdict(about="candidate-x", analyst="Canary", answer=Answer.YES, seconds=3.0, **more)


# -- the door ---------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", STAYING, ids=lambda cls: cls.__name__)
def test_at_public_level_no_row_about_who_said_what_passes(cls):
    rows = {
        Source: PAPER,
        Claim: said(PAPER).claim,
        Match: Match(claim="claim-x", about="finding-y", relation="supports", method="imagery",
                     rationale="", by="vallum"),
        Custody: Custody(subject="vault", event="capture", at=None, by="x"),
        Disclosure: Disclosure(release="a", subject="b"),
        Remark: Remark(about="candidate-x", analyst="Canary"),
        Analyst: Analyst(name="Canary", role="keeper"),
    }  # fmt: skip
    assert redact([rows[cls]], Level.PUBLIC) == []


def test_a_kind_of_row_that_nobody_named_does_not_pass():
    assert redact([Moat(name="a")], Level.PUBLIC) == []
    scene = fake_book(7.4).scenes[0]
    grown = Grown(**{e.name: getattr(scene, e.name) for e in fields(Scene)})
    assert redact([grown], Level.PUBLIC) == []


def test_an_undeclared_field_is_private():
    entry = next(e for e in fields(Moat) if e.name == "plan")
    assert field_notes(entry)[0] is Level.PRIVATE


@pytest.mark.parametrize("kind", sorted(ROWS))
def test_every_field_that_stays_is_blank_or_its_row_does_not_pass(kind):
    for level in (Level.PUBLIC, Level.DESK):
        rank = {Level.PUBLIC: 0, Level.DESK: 1, Level.PRIVATE: 2}
        above = {e.name for e in fields(ROWS[kind]) if rank[field_notes(e)[0]] > rank[level]}
        passes = ROWS[kind] in {type(r) for r in redact([_sample(kind)], level) if _sample(kind)}
        assert not passes or above <= set(blanks(ROWS[kind]))


def _sample(kind):
    book = fake_book(7.4)
    rows = [*book.scenes, *book.findings, *book.candidates, *book.looks, *book.fits,
            *book.comparisons, *book.estimates, a_verdict(), PAPER, said(PAPER).claim]  # fmt: skip
    return next((row for row in rows if row.kind() == kind), Moat(name="none"))


def test_a_scene_keeps_its_id_and_loses_its_name_its_path_and_its_hash():
    scene = fake_book(7.4).scenes[0]
    (clean,) = redact([scene], Level.PUBLIC)
    assert (clean.name, clean.href, clean.sha256) == ("", "", "")
    assert clean.id == scene.id
    assert (clean.taken, clean.sensor) == (scene.taken, scene.sensor)
    (at_desk,) = redact([scene], Level.DESK)
    assert at_desk.name == scene.name


def test_an_id_that_follows_from_a_name_does_not_pass():
    verdict = a_verdict()
    (clean,) = redact([verdict], Level.PUBLIC)
    assert clean.analyst == ""
    assert math.isnan(clean.seconds)
    assert clean.id != verdict.id
    finding = replace(fake_book(7.4).findings[0], from_ids=("candidate-x", verdict.id, "scene-y"))
    (told,) = redact([finding], Level.PUBLIC)
    assert told.from_ids == ("candidate-x", "scene-y")
    number = Estimate(name="n", value=1, unit="km", method="m", wording="about",
                      from_ids=("claim-x", "finding-y", "exhibit-z"))  # fmt: skip
    secret = claim_rows.paper("secret")
    (told,) = redact([replace(number, from_ids=(*number.from_ids, secret.id))], Level.PUBLIC)
    assert told.from_ids == ("finding-y", "exhibit-z", secret.id)
    told = redact([secret, replace(number, from_ids=(secret.id, "finding-y"))], Level.PUBLIC)
    assert [row.from_ids for row in told] == [("finding-y",)]


def test_when_something_was_done_does_not_pass():
    scene = replace(fake_book(7.4).scenes[0], run="run-x")
    assert redact([scene], Level.PUBLIC)[0].run == ""
    assert redact([scene], Level.DESK)[0].run == "run-x"
    made = Run(step="add", actor="Canary", at=_at(), version="1", config_sha256="",
               reads_sha256="")  # fmt: skip
    (clean,) = redact([made], Level.PUBLIC)
    assert clean.actor == ""
    assert clean.id != made.id


def _at():
    from datetime import UTC, datetime

    return datetime(2025, 1, 1, tzinfo=UTC)


def test_an_imported_table_passes_without_its_file_name_and_a_statement_does_not():
    table = Exhibit(sha256="a", name="for-our-friend.kml", media_type="kml", role="barriers",
                    credit="Somebody")  # fmt: skip
    (clean,) = redact([table, claim_rows.paper()], Level.PUBLIC)
    assert (clean.name, clean.credit) == ("", "Somebody")
    assert clean.id == table.id


def test_at_the_desk_nothing_passes_of_a_protected_source_nor_what_speaks_of_it():
    kept, secret = said(PAPER), said(witness(), paper={"handling": Handling.AMBER})
    match = Match(claim=secret.claim.id, about="finding-x", relation="supports",
                  method="imagery", rationale="", by="vallum")  # fmt: skip
    rows = [secret.source, secret.exhibit, secret.claim, match, kept.source, kept.exhibit,
            kept.claim]  # fmt: skip
    assert redact(rows, Level.DESK) == rows[4:]
    red = replace(kept.claim, handling=Handling.RED)
    assert redact([red], Level.DESK) == []


def test_nothing_is_printed_at_level_private():
    with pytest.raises(BadSetting, match="private"):
        redact([], Level.PRIVATE)


def test_the_step_hands_the_book_no_row_but_through_the_door():
    tree = ast.parse(getsource(telling_step.book_of))
    (call,) = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and _name(n) == "Book"]
    named = {k.arg: ast.unparse(k.value) for k in call.keywords}
    through = {
        ast.unparse(n.targets[0])
        for n in ast.walk(tree)
        if isinstance(n, ast.Assign) and "redact(" in ast.unparse(n.value)
    }
    hints = Book.__annotations__
    of_rows = [n for n, hint in hints.items() if any(f"[{kind}," in hint for kind in ROWS)]
    assert len(of_rows) >= 7
    for name in of_rows:
        value = named[name]
        assert "redact(" in value or value.removeprefix("tuple(").rstrip(")") in through, name


def _name(call):
    return call.func.id if isinstance(call.func, ast.Name) else ""


# -- what may be told -------------------------------------------------------------------------


def test_a_newspaper_s_claim_is_told_in_cells_months_and_the_program_s_words():
    (told,) = telling(
        said(PAPER, when="2019-04-14", quantity_min=2.0, quantity_max=2.0, quantity_unit="count",
             subject=Subject.CHECKPOINT, modality=Modality.PLANNED, seen=["finding-x"])
    ).told  # fmt: skip
    assert told.cells == Spans.of((805_000, 810_000))
    assert told.where == "border km 805 to 810 (nearest town Hoeryong)"
    assert (told.when, told.first, told.last) == ("April 2019", date(2019, 4, 1), date(2019, 4, 30))
    assert told.who == "River Daily"
    assert told.grade == "B2"
    assert told.findings == ("finding-x",)
    assert told.says == (
        "According to River Daily, 2 new checkpoints are planned, border km 805 to 810 "
        "(nearest town Hoeryong), April 2019."
    )


def test_of_a_protected_source_nothing_is_told_that_goes_with_it():
    (told,) = telling(
        said(witness(), when="2019-04-14", quantity_min=17.0, quantity_max=17.0,
             quantity_unit="count", subject=Subject.CAMERA, seen=["finding-x"])
    ).told  # fmt: skip
    assert told.cells == Spans.of((800_000, 820_000))
    assert told.where == "border km 800 to 820"
    assert told.when == "2019"
    assert told.quantity == "10 to 20"
    assert (told.grade, told.access, told.findings) == ("", Access.UNKNOWN, ())
    assert told.who == "a person who worked at the border"
    assert "17" not in repr(replace(told, key=""))


def test_side_offset_and_the_words_of_a_source_are_in_nothing_that_is_told():
    place = claim_rows.place(806_200, 806_900, side="left", as_stated="behind the blue CANARY")
    one = said(PAPER, places=(place,), quantity_as_stated="CANARY many", attribution="CANARY said",
               statement="CANARY statement", qualifier="CANARY qualifier", note="CANARY",
               quantity_unit="CANARY units", quantity_min=3.0)  # fmt: skip
    text = repr(telling(one).told)
    assert "CANARY" not in text
    assert "left" not in text
    assert "806" not in text


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"claim": {"standing": Standing.PROPOSED}}, "nobody has approved"),
        ({"claim": {"standing": Standing.REJECTED}}, "nobody has approved"),
        ({"claim": {"handling": Handling.GREEN}}, "TLP:GREEN"),
        ({"exhibit": {"handling": Handling.AMBER_STRICT}}, "TLP:AMBER"),
        ({"source": {"handling": Handling.RED}}, "TLP:RED"),
        ({"claim": {"embargo_until": date(2025, 3, 15)}}, "embargo"),
        ({"exhibit": {"embargo_until": date(2025, 3, 15)}}, "embargo"),
        ({"source": {"attribution": Attribution.OFF_RECORD}}, "off the record"),
        ({"source": {"consent": (Scope.RETAIN, Scope.ANALYSE)}}, "not agreed"),
        ({"source": {"consent_given": None}}, "not known"),
        ({"source": {"consent_given": date(2025, 3, 15)}}, "agreed only"),
        ({"source": {"consent_expires": date(2025, 3, 13)}}, "ended"),
        ({"source": {"consent_withdrawn": date(2025, 3, 14)}}, "withdrawn"),
    ],
    ids=lambda value: str(value)[:60] if isinstance(value, str) else "",
)
def test_what_nobody_allowed_is_not_told(change, why):
    one = said(witness())
    assert barred(one.claim, one.exhibit, one.source, level=Level.PUBLIC, on=ON) == ""
    parts = {name: replace(getattr(one, name), **more) for name, more in change.items()}
    other = replace(one, **parts)
    made = telling(other)
    assert made.told == ()
    assert why in made.withheld[0].why


def test_a_claim_is_told_on_the_day_its_embargo_ends():
    one = said(PAPER, embargo_until=ON)
    assert len(telling(one).told) == 1


@pytest.mark.parametrize(
    ("more", "is_told"),
    [
        ({}, True),
        ({"attribution": Attribution.BACKGROUND}, False),
        ({"voice": Voice.PERSON}, False),
        ({"risk": Risk.HIGH}, False),
        ({"consent_withdrawn": ON}, False),
    ],
    ids=["in print", "on background", "a person", "at risk", "withdrawn"],
)
def test_what_a_publisher_printed_on_the_record_needs_no_further_consent(more, is_told):
    assert bool(telling(said(newspaper(**more))).told) is is_told


def test_what_a_publisher_has_not_printed_yet_is_not_told():
    assert telling(said(PAPER, paper={"published": None})).told == ()
    assert telling(said(PAPER, paper={"published": date(2025, 3, 15)})).told == ()


def test_the_desk_is_told_up_to_amber_and_not_what_is_stricter():
    amber, strict = (said(PAPER, handling=h) for h in (Handling.AMBER, Handling.AMBER_STRICT))
    made = telling(amber, strict, level=Level.DESK)
    assert [one.subject for one in made.withheld] == [strict.claim.id]
    assert telling(amber).told == ()


def test_a_claim_of_which_one_place_is_unknown_is_not_told_at_the_other():
    unknown = claim_rows.place(1, 2)
    one = said(PAPER)
    one = replace(one, claim=replace(one.claim, places=(
        *one.claim.places, replace(unknown, span=None, precision=Precision.UNPLACED))))  # fmt: skip
    (told,) = telling(one).told
    assert told.where == "cannot be placed"


# -- who --------------------------------------------------------------------------------------


def test_agreed_words_stand_at_one_claim_of_a_source_at_most():
    source = witness()
    made = telling(*(said(source, sha256=f"paper {n}") for n in range(3)))
    assert sorted(one.who for one in made.told) == [
        "a person who worked at the border",
        "a source that is not named",
        "a source that is not named",
    ]


@pytest.mark.parametrize("attribution", ["a border guard CANARY", "CANARY"])
def test_a_newspaper_that_quotes_somebody_is_told_to_quote_and_not_whom(attribution):
    (told,) = telling(said(PAPER, attribution=attribution)).told
    assert told.who == "River Daily, quoting others"
    assert told.says.startswith("According to River Daily, quoting others, ")
    assert "CANARY" not in repr(told)


def test_a_newspaper_that_speaks_for_itself_quotes_nobody():
    assert telling(said(PAPER, attribution="River  daily")).told[0].who == "River Daily"


def test_a_person_s_words_are_those_agreed_whoever_they_quote():
    (told,) = telling(said(witness(risk=Risk.LOW), attribution="a border guard")).told
    assert told.who == "a person who worked at the border"


def test_a_source_in_deep_background_is_not_described():
    (told,) = telling(said(witness(attribution=Attribution.DEEP_BACKGROUND))).told
    assert told.who == "a source that is not named"


# -- what stands beside it --------------------------------------------------------------------


def _linked(one, other, how="agreeing"):
    return replace(one, **{how: (other.claim.id,)}), replace(other, **{how: (one.claim.id,)})


def test_claims_that_agree_or_not_point_at_each_other_by_key():
    a, b = _linked(said(PAPER), said(newspaper("other", name="Hill Weekly")))
    told = {one.who: one for one in telling(a, b).told}
    assert told["River Daily"].agrees == (told["Hill Weekly"].key,)
    a, b = _linked(a, b, "contradicting")
    told = {one.who: one for one in telling(a, b).told}
    assert told["Hill Weekly"].beside == (told["River Daily"].key,)


def test_a_link_that_would_place_a_protected_source_more_closely_is_not_told():
    secret, close = _linked(said(witness()), said(PAPER))
    assert all(one.agrees == () for one in telling(secret, close).told)
    wide = exactly(close, at=(700_000, 900_000), when="2018..2021")
    secret, wide = _linked(secret, wide)
    assert all(one.agrees for one in telling(secret, wide).told)


def test_a_link_to_a_claim_that_is_not_told_is_not_told():
    a, b = _linked(said(PAPER), said(witness(), embargo_until=date(2026, 1, 1)))
    (told,) = telling(a, b).told
    assert told.agrees == ()


@pytest.mark.parametrize("status", ClaimStatus)
def test_why_never_counts_sources(status):
    (told,) = telling(said(PAPER, status=status)).told
    assert told.status is status
    assert not any(word in told.why.lower().split() for word in ("one", "two", "1", "2", "3"))


def test_a_claim_of_which_images_show_a_part_is_not_said_to_stand_alone():
    (told,) = telling(replace(said(PAPER), is_part_shown=True)).told
    assert told.status is ClaimStatus.UNVERIFIED
    assert "a part of it" in told.why
    assert "Nothing else" in telling(said(PAPER)).told[0].why
    (quiet,) = telling(replace(said(witness()), is_part_shown=True)).told
    assert "Nothing else" in quiet.why


def test_every_kind_of_claim_has_a_sentence():
    for subject in Subject:
        for modality in Modality:
            one = said(PAPER, subject=subject, modality=modality)
            (told,) = telling(one).told
            assert told.says.startswith("According to River Daily, ")
            assert told.says.endswith(".")
            assert "_" not in told.says


# -- keys -------------------------------------------------------------------------------------


def test_keys_are_new_for_new_content_and_the_same_for_the_same():
    a, b = said(PAPER), said(newspaper("other"))
    first = telling(a)
    rows = [replace(row, release="r1") for row in first.disclosures]
    assert telling(a, earlier=rows).told == first.told
    assert telling(a, earlier=rows).disclosures == first.disclosures
    both = telling(a, b, earlier=rows)
    assert first.told[0].key not in {one.key for one in both.told}
    assert telling(a).told[0].key != first.told[0].key


def test_nothing_is_remembered_where_nothing_was_ever_told():
    made = telling(said(PAPER, embargo_until=date(2030, 1, 1)))
    assert made.disclosures == ()
