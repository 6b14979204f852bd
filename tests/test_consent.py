"""What a source has agreed to decides what is told; what nobody allowed is not allowed."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from vallum.evidence.consent import (
    Reader,
    agreed,
    embargoed,
    may,
    may_show,
    may_tell,
    shown_to,
    spoken_of,
    strictest,
)
from vallum.ground.records import Claim, Exhibit, Level, Source
from vallum.ground.saidkinds import (
    Attribution,
    Handling,
    Modality,
    Part,
    Risk,
    Scope,
    Subject,
    Voice,
)

DAY = date(2023, 5, 10)
NAME = "SIMULATED-CANARY"
SOURCE = Source(
    code="abcdefghijklmnop", voice=Voice.PUBLISHER, name=NAME, consent=tuple(Scope),
    consent_given=DAY, attribution=Attribution.ON_RECORD, risk=Risk.LOW,
    handling=Handling.CLEAR, described_as=f"{NAME} described",
)  # fmt: skip
EXHIBIT = Exhibit(
    sha256="0" * 64, name=NAME, media_type="image/png", role="statement", source=SOURCE.id,
    handling=Handling.CLEAR, part=Part.REDACTED, cleared_by="editor",
    cleared_at=datetime(2023, 5, 10, tzinfo=UTC),
)  # fmt: skip
CLAIM = Claim(
    exhibit=EXHIBIT.id, subject=Subject.FENCE, modality=Modality.PRESENT, handling=Handling.CLEAR
)


def test_what_was_agreed_may_be_done_and_nothing_else() -> None:
    for scope in Scope:
        assert may(SOURCE, scope, DAY) == ""
        assert "has not agreed" in may(replace(SOURCE, consent=()), scope, DAY)
        others = tuple(one for one in Scope if one is not scope)
        assert "has not agreed" in may(replace(SOURCE, consent=others), scope, DAY)
        assert may(replace(SOURCE, consent=(scope,)), scope, DAY) == ""


def test_an_agreement_holds_from_its_first_day_to_its_last() -> None:
    ending = replace(SOURCE, consent_expires=date(2023, 6, 1))
    assert may(ending, Scope.RETAIN, date(2023, 6, 1)) == ""
    assert "ended on 2023-06-01" in may(ending, Scope.RETAIN, date(2023, 6, 2))
    assert "agreed only on" in may(SOURCE, Scope.RETAIN, date(2023, 5, 9))
    assert "not known" in may(replace(SOURCE, consent_given=None), Scope.RETAIN, DAY)


def test_whoever_withdrew_is_told_nothing_of_by_anybody_from_that_day_on() -> None:
    gone = replace(SOURCE, consent_withdrawn=date(2023, 7, 1))
    for scope in Scope:
        assert "withdrawn on 2023-07-01" in may(gone, scope, date(2023, 7, 1))
        assert may(gone, scope, date(2023, 6, 30)) == ""
    for reader in Reader:
        why = may_tell(reader, date(2024, 1, 1), source=gone, exhibit=EXHIBIT, claim=CLAIM)
        assert "withdrawn" in why
        assert "withdrawn" in may_show(reader, date(2024, 1, 1), source=gone, exhibit=EXHIBIT)


def test_what_was_said_off_the_record_does_not_leave() -> None:
    off = replace(SOURCE, attribution=Attribution.OFF_RECORD)
    for scope in (Scope.PUBLISH_TEXT, Scope.PUBLISH_MEDIA, Scope.SHARE_PARTNERS):
        assert may(off, scope, DAY) == "it was said off the record"
    assert may(off, Scope.ANALYSE, DAY) == ""


@pytest.mark.parametrize("risk", list(Risk))
def test_no_picture_of_a_protected_source_is_shown_outside_the_desk(risk) -> None:
    source = replace(SOURCE, risk=risk)
    for reader in (Reader.PUBLIC, Reader.PARTNERS):
        why = may_show(reader, DAY, source=source, exhibit=EXHIBIT)
        assert bool(why) is risk.is_protected, why
    assert bool(may(source, Scope.PUBLISH_MEDIA, DAY)) is risk.is_protected
    assert may_tell(Reader.PUBLIC, DAY, source=source, exhibit=EXHIBIT) == ""


def test_an_embargo_ends_on_its_day_and_binds_outside_the_desk() -> None:
    until = date(2023, 6, 1)
    for row in (replace(EXHIBIT, embargo_until=until), replace(CLAIM, embargo_until=until)):
        assert embargoed(row, date(2023, 5, 31)) == "under embargo until 2023-06-01"
        assert embargoed(row, until) == ""
    assert embargoed(CLAIM, DAY) == ""
    late = {"exhibit": EXHIBIT, "claim": replace(CLAIM, embargo_until=until)}
    early = {"exhibit": replace(EXHIBIT, embargo_until=until), "claim": CLAIM}
    for rows, reader in itertools.product((late, early), Reader):
        why = may_tell(reader, date(2023, 5, 31), source=SOURCE, **rows)
        assert bool(why) is (reader in {Reader.PUBLIC, Reader.PARTNERS})
        assert may_tell(reader, until, source=SOURCE, **rows) == ""


def test_only_clear_is_public_and_red_is_for_the_keeper() -> None:
    may_read = {r: {h for h in Handling if not shown_to(h, r)} for r in Reader}
    assert may_read == {
        Reader.PUBLIC: {Handling.CLEAR},
        Reader.PARTNERS: {Handling.CLEAR, Handling.GREEN},
        Reader.DESK: {Handling.CLEAR, Handling.GREEN, Handling.AMBER, Handling.AMBER_STRICT},
        Reader.KEEPER: set(Handling),
    }
    assert (
        shown_to(Handling.AMBER_STRICT, Reader.PUBLIC) == "marked TLP:AMBER+STRICT, not for public"
    )
    assert [Reader.of(level) for level in Level] == [Reader.PUBLIC, Reader.DESK, Reader.KEEPER]


def test_the_strictest_of_all_marks_holds() -> None:
    marks = list(Handling)
    assert strictest() is Handling.CLEAR
    for n, (one, other) in itertools.product(range(2), itertools.combinations(marks, 2)):
        pair = (one, other) if n else (other, one)
        assert strictest(*pair) is one  # the enumeration begins with the strictest
    for reader, mark in itertools.product(Reader, Handling):
        expected = bool(shown_to(mark, reader))
        for where in ("source", "exhibit", "claim"):
            rows = {"source": SOURCE, "exhibit": EXHIBIT, "claim": CLAIM}
            rows[where] = replace(rows[where], handling=mark)
            assert bool(may_tell(reader, DAY, **rows)) is expected
            if where != "claim":
                del rows["claim"]
                assert bool(may_show(reader, DAY, **rows)) is expected


@pytest.mark.parametrize(
    "change",
    [{"part": Part.EVIDENTIARY}, {"part": Part.WORKING}, {"cleared_by": " "}, {"cleared_at": None}],
    ids=["evidentiary", "working", "by nobody", "at no time"],
)
def test_a_picture_that_nobody_cleared_stays_at_the_desk(change) -> None:
    exhibit = replace(EXHIBIT, **change)
    for reader in Reader:
        why = may_show(reader, DAY, source=SOURCE, exhibit=exhibit)
        assert bool(why) is (reader in {Reader.PUBLIC, Reader.PARTNERS})
    assert may_show(Reader.PUBLIC, DAY, source=SOURCE, exhibit=EXHIBIT) == ""


def test_a_row_with_nothing_said_of_consent_is_for_nobody() -> None:
    bare = Source(code="abcdefghijklmnop", voice=Voice.PERSON)
    paper = Exhibit(sha256="1" * 64, name="", media_type="text/plain", role="statement")
    for reader in Reader:
        assert may_tell(reader, DAY, source=bare, exhibit=paper)
        assert may_show(reader, DAY, source=bare, exhibit=paper)


@pytest.mark.parametrize("voice", list(Voice))
def test_a_source_is_called_what_it_agreed_to(voice) -> None:
    row = replace(SOURCE, voice=voice)
    words = {a: spoken_of(replace(row, attribution=a)) for a in Attribution}
    assert words[Attribution.OFF_RECORD] == words[Attribution.DEEP_BACKGROUND] == ""
    assert words[Attribution.BACKGROUND] == row.described_as
    on_record = row.described_as if voice is Voice.PERSON else row.name
    assert words[Attribution.ON_RECORD] == on_record


def test_no_reason_tells_whose_it_is() -> None:
    gone = replace(SOURCE, consent_withdrawn=DAY)
    rows = [SOURCE, gone, replace(SOURCE, consent=()), replace(SOURCE, risk=Risk.EXTREME),
            replace(SOURCE, handling=Handling.RED), replace(SOURCE, attribution=Attribution.OFF_RECORD)]  # fmt: skip
    later = replace(EXHIBIT, embargo_until=date(2030, 1, 1), part=Part.WORKING)
    reasons = {
        rule(reader, DAY, source=row, exhibit=exhibit)
        for rule in (may_tell, may_show)
        for row, exhibit, reader in itertools.product(rows, (EXHIBIT, later), Reader)
    } - {""}
    assert len(reasons) >= 7
    assert not [why for why in reasons if NAME in why or SOURCE.code in why]


@pytest.mark.parametrize("scope", Scope)
def test_publication_is_enough_to_keep_and_work_with_what_a_publisher_says(scope) -> None:
    silent = replace(SOURCE, consent=(), consent_given=None)
    is_enough = scope in {Scope.RETAIN, Scope.ANALYSE}
    assert (agreed(silent, scope, DAY) == "") is is_enough
    assert "has not agreed" in agreed(replace(silent, voice=Voice.ORGANISATION), scope, DAY)
    assert "withdrawn" in agreed(replace(silent, consent_withdrawn=DAY), Scope.ANALYSE, DAY)
    ended = replace(SOURCE, consent_given=DAY, consent_expires=DAY)
    assert "ended" in agreed(ended, Scope.ANALYSE, date(2023, 5, 11))
