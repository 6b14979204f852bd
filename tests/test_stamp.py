"""Time stamps (RFC 3161): asked for, answered by a local authority, held or refused with words."""

from __future__ import annotations

import hashlib
import shutil
import ssl

import pytest

import claim_rows
import small_desk
import small_tsa
from vallum.evidence import stamp as stamps
from vallum.ground.errors import BadInput, BadSetting
from vallum.ground.records import APART, Anchor
from vallum.project import open_project
from vallum.steps.stamping import head, lines_of, record_head, stamp, stamps_told


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "border"
    small_desk.make(folder, n=3).close()
    return folder


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return small_tsa.make(tmp_path_factory.mktemp("tsa") / "tsa")


@pytest.fixture
def project(made, tmp_path):
    shutil.copytree(made, tmp_path / "border")
    with open_project(tmp_path / "border") as project:
        yield project


@pytest.fixture
def asked(project, tmp_path):
    stamp(project, request=tmp_path / "head.tsq")
    return tmp_path / "head.tsq"


def test_a_request_holds_nothing_but_the_hash_of_a_text_that_anybody_can_write(project, asked):
    seq, sha256 = head(project)
    text = asked.with_suffix(".txt").read_bytes()
    assert text == f"{sha256}\n".encode()
    assert seq == project.store.head()[0]
    assert hashlib.sha256(text).digest() in asked.read_bytes()
    assert len(asked.read_bytes()) < 100


def test_openssl_reads_the_request_with_nonce_and_certificate_wanted(asked):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    said = small_tsa.openssl("ts", "-query", "-in", asked, "-text")
    assert "Hash Algorithm: sha256" in said
    assert "Certificate required: yes" in said
    assert "Nonce: 0x" in said


def test_an_answer_that_holds_is_kept_with_an_anchor(project, asked, authority, tmp_path):
    answer = authority.answer(asked, tmp_path / "head.tsr")
    before = head(project)
    done = stamp(project, response=answer, roots=[authority.root])
    (anchor,) = project.rows(Anchor)
    assert (anchor.ledger_seq, anchor.ledger_head) == before
    assert anchor.authority == small_tsa.NAME
    assert anchor.stamped is not None
    assert (project.root / anchor.href).read_bytes() == answer.read_bytes()
    assert "time stamp holds" in done.lines[0]
    assert stamps_told(project) == list(done.lines)
    assert next(iter(lines_of(project))) == "1 of 1 time stamps hold"


def test_openssl_holds_the_stamp_against_the_text(asked, authority, tmp_path):
    answer = authority.answer(asked, tmp_path / "head.tsr")
    said = small_tsa.openssl(
        "ts", "-verify", "-data", asked.with_suffix(".txt"), "-in", answer, "-CAfile",
        authority.root,
    )  # fmt: skip
    assert "Verification: OK" in said


def test_a_stamp_changes_nothing_that_is_printed_or_stamped_next(
    project, asked, authority, tmp_path
):
    before = head(project)
    answer = authority.answer(asked, tmp_path / "head.tsr")
    stamp(project, response=answer, roots=[authority.root])
    assert head(project) == before
    assert "Anchor" in APART
    again = stamp(project, response=answer, roots=[authority.root])
    assert again.n_added == 0


def test_what_was_said_since_has_a_request_of_its_own(project, authority, tmp_path):
    printed = head(project)
    with project.run("source") as work:
        work.add(claim_rows.source())
    assert head(project) == printed
    done = stamp(project, request=tmp_path / "head.tsq")
    assert (tmp_path / "head.txt").read_text().strip() == printed[1]
    seq, sha256 = record_head(project)
    assert (tmp_path / "head-desk.txt").read_text().strip() == sha256
    assert seq > printed[0]
    assert len(done.files) == 4
    answer = authority.answer(tmp_path / "head-desk.tsq", tmp_path / "desk.tsr")
    stamp(project, response=answer, roots=[authority.root])
    assert project.rows(Anchor)[0].ledger_seq == seq
    assert next(iter(lines_of(project))) == "1 of 1 time stamps hold"


def test_a_stamp_of_an_earlier_row_still_holds_when_the_ledger_has_grown(
    project, asked, authority, tmp_path
):
    answer = authority.answer(asked, tmp_path / "head.tsr")
    seq, _ = head(project)
    with project.run("more") as work:
        work.add(small_desk.desk_rows.scene("more.tif", "2023-01-01"))
    stamp(project, response=answer, roots=[authority.root])
    assert project.rows(Anchor)[0].ledger_seq == seq < head(project)[0]


def test_an_answer_for_another_ledger_is_refused(project, authority, tmp_path):
    other = tmp_path / "other.tsq"
    other.write_bytes(stamps.request_for(stamps.head_text("ab" * 32)))
    answer = authority.answer(other, tmp_path / "other.tsr")
    with pytest.raises(BadInput, match="something else than a row of this ledger"):
        stamp(project, response=answer, roots=[authority.root])
    assert not project.rows(Anchor)


def test_an_answer_to_another_request_is_refused(project, asked, authority, tmp_path):
    other = tmp_path / "other.tsq"
    other.write_bytes(stamps.request_for(asked.with_suffix(".txt").read_bytes()))
    answer = authority.answer(other, tmp_path / "other.tsr")
    with pytest.raises(BadInput, match="nonce differs"):
        stamp(project, response=answer, roots=[authority.root])


def test_an_answer_nobody_asked_for_is_refused(project, asked, authority, tmp_path):
    answer = authority.answer(asked, tmp_path / "head.tsr")
    shutil.rmtree(project.root / "stamps")
    with pytest.raises(BadInput, match="no request for it was made here"):
        stamp(project, response=answer, roots=[authority.root])


def test_a_broken_signature_is_refused(project, asked, authority, tmp_path):
    answer = authority.answer(asked, tmp_path / "head.tsr")
    content = bytearray(answer.read_bytes())
    content[-4] ^= 1
    answer.write_bytes(content)
    with pytest.raises(BadInput, match="does not hold: its signature does not fit"):
        stamp(project, response=answer, roots=[authority.root])
    assert not project.rows(Anchor)


def test_a_stranger_as_authority_is_refused(project, asked, authority, tmp_path):
    for name in ("Test Anchor", "Other Anchor"):  # under the same name as well
        stranger = small_tsa.make(tmp_path / name, root=name)
        answer = stranger.answer(asked, tmp_path / "head.tsr")
        with pytest.raises(BadInput, match="does not lead to one that is trusted"):
            stamp(project, response=answer, roots=[authority.root])
    with pytest.raises(BadInput, match="does not hold"):
        stamp(project, response=answer)


def test_certificates_in_any_order_are_read(asked, authority, tmp_path):
    content = authority.answer(asked, tmp_path / "head.tsr").read_bytes()
    first, second = (
        ssl.PEM_cert_to_DER_cert((authority.folder / f"{name}.pem").read_text())
        for name in ("tsa", "root")
    )
    found = set()
    for pair in (first + second, second + first):
        path = tmp_path / "either.tsr"
        path.write_bytes(content.replace(first + second, pair).replace(second + first, pair))
        found.add(path.read_bytes())
        text = asked.with_suffix(".txt").read_bytes()
        assert stamps.check(path, text, [asked], [authority.root]).authority == small_tsa.NAME
    assert len(found) == 2


def test_a_certificate_that_had_expired_is_refused(project, asked, tmp_path):
    old = small_tsa.make(tmp_path / "old", is_expired=True)
    answer = old.answer(asked, tmp_path / "head.tsr")
    with pytest.raises(BadInput, match="was not valid at the time in the stamp"):
        stamp(project, response=answer, roots=[old.root])


@pytest.mark.parametrize("content", [b"", b"no stamp", b"\x30\x82\xff\xff" * 50])
def test_what_is_no_stamp_is_refused(project, tmp_path, content):
    path = tmp_path / "head.tsr"
    path.write_bytes(content)
    with pytest.raises(BadInput, match="is no time stamp"):
        stamp(project, response=path)


def test_a_root_that_is_no_certificate_is_refused(project, asked, authority, tmp_path):
    answer = authority.answer(asked, tmp_path / "head.tsr")
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    with pytest.raises(BadInput, match="holds no certificate"):
        stamp(project, response=answer, roots=[wrong])


def test_one_of_the_two_must_be_asked_and_nothing_is_overwritten(project, asked, tmp_path):
    with pytest.raises(BadSetting, match="either --request"):
        stamp(project)
    with pytest.raises(BadSetting, match="is there already"):
        stamp(project, request=asked)
    with pytest.raises(BadInput, match="does not exist"):
        stamp(project, response=tmp_path / "none.tsr")


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        ("missing", "is missing, put it back"),
        ("changed", "was changed after it was taken in"),
    ],
)
def test_a_kept_stamp_that_was_harmed_is_told(project, asked, authority, tmp_path, harm, words):
    stamp(project, response=authority.answer(asked, tmp_path / "a.tsr"), roots=[authority.root])
    own = project.root / project.rows(Anchor)[0].href
    own.unlink() if harm == "missing" else own.write_bytes(own.read_bytes() + b"x")
    assert words in stamps_told(project)[0]
    assert next(iter(lines_of(project))) == "0 of 1 time stamps hold"
