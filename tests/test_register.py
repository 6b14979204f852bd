"""What must not get into the ledger is kept out of the register of sources."""

from dataclasses import replace
from datetime import date

import pytest

from vallum.evidence.register import came_from, check, check_why, check_words, typed
from vallum.ground.errors import BadInput
from vallum.ground.records import Exhibit, Source
from vallum.ground.saidkinds import Attribution, Risk, Scope, Voice

TODAY = date(2023, 5, 10)
ROW = Source(code="abcdefghijklmnop", voice=Voice.PERSON)

CONTACTS = {
    "e-mail": "write to kim.canary@example.org",
    "handle": "known as @canary_kim",
    "link": "see https://example.org/kim",
    "telegram": "t.me/canary",
    "wechat": "WeChat: canary88",
    "chinese wechat": "微信：canary88",
    "kakao": "카카오톡: canary",
    "mobile": "call 139 1234 5678",
    "foreign": "+82 10-1234-5678",
    "years in it": "+86 139 2019 2020",
    "full width": "１３９１２３４５６７８",
    "brackets": "(0433) 123-4567",
    "position": "at 42.12345 N",
}


@pytest.mark.parametrize("words", CONTACTS.values(), ids=CONTACTS)
def test_a_contact_is_refused_and_not_repeated(words) -> None:
    for field in ("described_as", "reliability_basis", "consent_method", "origin"):
        with pytest.raises(BadInput, match="could never forget") as caught:
            check(replace(ROW, **{field: words}), TODAY)
        assert "canary" not in str(caught.value)
        assert "123" not in str(caught.value)
    with pytest.raises(BadInput):
        check_why(f"he asked for it: {words}")


@pytest.mark.parametrize(
    "words",
    [
        "a trader on the Chinese side of the Tumen",
        "right in 4 of 5 reports between 2019-2023",
        "reports of 2019-05-15, 2020-06 and 2021-11-30 were borne out",
        "in writing, 2023/2024, with two witnesses",
        "중국 쪽 무역상",
        "knows 1,418 km of it",
        "abcdefgh23456777",
        "a2345672345672ab",
    ],
    ids=["trader", "years", "days", "writing", "korean", "length", "code", "code of digits"],
)
def test_ordinary_words_pass(words) -> None:
    check_words(words, "why")
    check(replace(ROW, described_as=words), TODAY)


def test_a_person_has_no_name_here() -> None:
    with pytest.raises(BadInput, match="--identity") as caught:
        check(replace(ROW, name="Canary"), TODAY)
    assert "Canary" not in str(caught.value)
    account = replace(ROW, voice=Voice.ACCOUNT, name="Canary")
    with pytest.raises(BadInput):
        check(account, TODAY)
    check(replace(account, risk=Risk.LOW), TODAY)
    check(replace(ROW, voice=Voice.PUBLISHER, name="Border Post"), TODAY)


@pytest.mark.parametrize("letter", ["", "G", "AB", "a", "1"])
def test_a_grade_is_one_letter_from_a_to_f(letter) -> None:
    with pytest.raises(BadInput, match="A to F"):
        check(replace(ROW, reliability=letter), TODAY)


def test_a_grade_needs_a_reason() -> None:
    for letter in "ABCDE":
        with pytest.raises(BadInput, match="needs a reason"):
            check(replace(ROW, reliability=letter, reliability_basis="trust me"), TODAY)
        check(replace(ROW, reliability=letter, reliability_basis="right 4 of 5 times"), TODAY)
    check(ROW, TODAY)
    with pytest.raises(BadInput, match="at least 10"):
        check_why("   because    ")


def test_whoever_may_be_referred_to_has_agreed_words() -> None:
    for attribution in Attribution:
        row = replace(ROW, attribution=attribution)
        if attribution in {Attribution.ON_RECORD, Attribution.BACKGROUND}:
            with pytest.raises(BadInput, match="words agreed"):
                check(row, TODAY)
        else:
            check(row, TODAY)
        check(replace(row, described_as="a trader"), TODAY)


def test_an_agreement_makes_sense() -> None:
    given = replace(ROW, consent=(Scope.RETAIN,), consent_given=TODAY)
    check(given, TODAY)
    with pytest.raises(BadInput, match="may not be kept"):
        check(replace(given, consent=(Scope.PUBLISH_TEXT,)), TODAY)
    with pytest.raises(BadInput, match="not come yet"):
        check(replace(given, consent_given=date(2023, 5, 11)), TODAY)
    with pytest.raises(BadInput, match="ends before"):
        check(replace(given, consent_expires=date(2023, 5, 9)), TODAY)


def test_words_become_values_in_their_order() -> None:
    made = typed(
        {"risk": " Extreme ", "consent": ["analyse", "retain", "analyse"], "origin": " x "}
    )
    assert made == {"risk": Risk.EXTREME, "consent": (Scope.RETAIN, Scope.ANALYSE), "origin": "x"}
    with pytest.raises(BadInput, match="low, medium, high, extreme"):
        typed({"risk": "huge"})


def test_copies_and_translations_belong_to_the_source_and_reprints_do_not() -> None:
    def paper(n: int, **more) -> Exhibit:
        return Exhibit(sha256=f"{n:064}", name="", media_type="", role="statement", **more)

    by_id, by_code = paper(1, source=ROW.id), paper(2, source=ROW.code)
    copy = paper(3, derived_from=by_id.id, derived_how="redacted")
    again = paper(4, derived_from=copy.id, derived_how="translation_of")
    reprint = paper(5, derived_from=by_id.id, derived_how="republishes", source="source-other")
    rows = [reprint, again, copy, by_code, by_id, paper(6), paper(7, source="source-other")]
    assert {*came_from(ROW, rows)} == {by_id, by_code, copy, again}
    assert came_from(ROW, iter([])) == ()
