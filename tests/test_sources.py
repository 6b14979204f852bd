"""The register of sources: random codes, the strictest where nothing is said, never who it is."""

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from small_vault import WORDS, Desk, bare_project, new_desk
from vallum.commands.keeping import source as commands
from vallum.ground.errors import BadInput, BadSetting, NotAllowed, NotOpened, NotThere, TooLarge
from vallum.ground.records import Claim, Custody, Exhibit, Run, Source
from vallum.ground.saidkinds import (
    Attribution,
    Event,
    Handling,
    Modality,
    Risk,
    Scope,
    Subject,
    Voice,
)
from vallum.ground.statements import Dated
from vallum.steps import hiding
from vallum.steps.papers import text_of
from vallum.steps.sources import (
    papers_of,
    source_add,
    source_change,
    source_grade,
    source_list,
    source_of,
    sources,
)
from vallum.steps.vaulting import kept, lying, owners, unlocked, vault_check

WHO = b"SIMULATED CANARY: name, number, what to mind"
AGREED = {"voice": Voice.PERSON, "attribution": "background", "described_as": "a trader"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A project with an empty vault."""
    return new_desk(tmp_path)


def test_a_person_of_whom_nothing_is_said_is_protected_most(desk) -> None:
    row, done = source_add(desk.project, voice="person")
    assert (row.risk, row.handling) == (Risk.HIGH, Handling.AMBER_STRICT)
    assert (row.attribution, row.consent) == (Attribution.OFF_RECORD, ())
    assert (row.reliability, row.name, row.vault_ref) == ("F", "", "")
    assert row.consent_given is None
    assert done.facts == {"code": row.code, "id": row.id}
    assert sources(desk.project) == (source_of(desk.project, row.code),)
    assert source_of(desk.project, row.id).code == row.code


def test_a_publisher_has_agreed_by_publishing(desk) -> None:
    row, _ = source_add(desk.project, voice="publisher", name="Border Post")
    assert row.consent == (
        Scope.RETAIN, Scope.ANALYSE, Scope.SHARE_PARTNERS, Scope.PUBLISH_TEXT,
    )  # fmt: skip
    assert (row.risk, row.handling, row.attribution) == (
        Risk.LOW, Handling.CLEAR, Attribution.ON_RECORD,
    )  # fmt: skip
    assert row.consent_method == "by publication"
    assert row.consent_given is not None
    strict, _ = source_add(desk.project, voice="publisher", name="X", consent=[], risk="extreme")
    assert (strict.consent, strict.risk) == ((), Risk.EXTREME)


def test_codes_say_nothing_of_order_or_person(desk) -> None:
    rows = [source_add(desk.project, voice="person")[0] for _ in range(30)]
    codes = [row.code for row in rows]
    assert all(re.fullmatch(r"[a-z2-7]{16}", code) for code in codes)
    assert len({code[:3] for code in codes}) > 25
    assert codes != sorted(codes)


@pytest.mark.parametrize(
    "given",
    [
        {"name": "Canary"},
        {"described_as": "canary@example.org"},
        {"reliability": "B"},
        {"reliability": "H", "reliability_basis": "right every time"},
        {"risk": "huge"},
        {"consent": ["publish_text"]},
        {"attribution": "background"},
    ],
    ids=["name", "contact", "no reason", "no letter", "no risk", "not kept", "no words"],
)
def test_what_is_refused_leaves_no_trace(desk, given) -> None:
    head = desk.project.store.head()
    with pytest.raises(BadInput) as caught:
        source_add(desk.project, voice="person", identity=WHO, **given)
    assert "anary" not in str(caught.value)
    assert desk.project.store.head() == head
    assert lying(desk.project) == frozenset()


def test_who_it_is_goes_into_the_vault_and_nowhere_else(desk, tmp_path) -> None:
    row, done = source_add(desk.project, identity=WHO, **AGREED)
    assert owners(desk.project) == {row.vault_ref: row.id}
    assert row.vault_ref != row.code
    assert unlocked(desk.project, row.vault_ref, desk.keys[1]) == WHO
    assert vault_check(desk.project, desk.keys[:1]).exit_code == 0
    told = json.dumps([done.to_json(), source_list(desk.project).to_json()])
    assert "CANARY" not in told
    assert row.vault_ref not in told
    desk.project.close()
    everything = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert b"CANARY" not in everything


def test_without_a_vault_nothing_of_a_person_is_kept(tmp_path, desk) -> None:
    with bare_project(tmp_path / "another") as project:
        with pytest.raises(BadSetting, match="no vault"):
            source_add(project, identity=WHO, **AGREED)
        assert project.rows(Source) == []
    (tmp_path / "stick").rename(tmp_path / "drawer")
    with pytest.raises(NotThere, match="disk"):
        source_add(desk.project, identity=WHO, **AGREED)
    assert desk.project.rows(Source) == []
    (tmp_path / "drawer").rename(tmp_path / "stick")
    for content in (b"", b"x" * 10_000_001):
        with pytest.raises(TooLarge):
            source_add(desk.project, identity=content, **AGREED)
    assert desk.project.rows(Source) == []


# -- changes ------------------------------------------------------------------------------------


def test_a_change_keeps_its_reason_and_what_was_before(desk) -> None:
    row, _ = source_add(desk.project, **AGREED)
    new, done = source_change(
        desk.project, row.code, why="agreed by telephone", by="editor",
        consent=["retain", "analyse"], risk="extreme",
    )  # fmt: skip
    assert new.consent == (Scope.RETAIN, Scope.ANALYSE)
    assert new.consent_given is not None
    assert done.facts["changed"] == ["consent", "consent_given", "risk"]
    past = [entry.row() for entry in desk.project.store.history(row.id)]
    assert [one.risk for one in past] == [Risk.HIGH, Risk.EXTREME]
    newest = desk.project.rows(Custody)[-1]
    assert (newest.subject, newest.by) == (row.id, "editor")
    assert newest.outcome.endswith("agreed by telephone")


def test_a_publisher_may_change_its_name_and_a_person_gets_none(desk) -> None:
    paper, _ = source_add(desk.project, voice="publisher", name="Border Post")
    new, done = source_change(desk.project, paper.code, why="was renamed in May", name="The Post")
    assert (new.name, new.id, done.facts["changed"]) == ("The Post", paper.id, ["name"])
    person, _ = source_add(desk.project, **AGREED)
    with pytest.raises(BadInput, match="no name"):
        source_change(desk.project, person.code, why="has told us now", name="Canary")


def test_a_change_to_the_same_writes_nothing(desk) -> None:
    row, _ = source_add(desk.project, **AGREED)
    head = desk.project.store.head()
    _, done = source_change(desk.project, row.code, why="nothing is new here", risk="high")
    assert done.lines == ("nothing changed",)
    assert desk.project.store.head() == head


def test_a_change_without_reason_or_of_what_is_fixed_is_refused(desk) -> None:
    row, _ = source_add(desk.project, **AGREED)
    head = desk.project.store.head()
    with pytest.raises(BadInput, match="at least 10"):
        source_change(desk.project, row.code, why="because", risk="low")
    with pytest.raises(BadInput, match="e-mail"):
        source_change(desk.project, row.code, why="wrote from kim@example.org", risk="low")
    for fixed in ("code", "voice", "vault_ref", "consent_withdrawn", "reliability", "run"):
        with pytest.raises(BadInput, match="not changed like this"):
            source_change(desk.project, row.code, why="for good reasons", **{fixed: "x"})
    with pytest.raises(NotThere) as caught:
        source_change(desk.project, "Canary", why="for good reasons", risk="low")
    assert "Canary" not in str(caught.value)
    assert desk.project.store.head() == head


def test_a_new_identity_takes_the_place_of_the_old_one(desk) -> None:
    row, _ = source_add(desk.project, identity=WHO, **AGREED)
    new, _ = source_change(desk.project, row.code, why="has a new number", identity=WHO + b" 2")
    assert new.vault_ref != row.vault_ref
    assert lying(desk.project) == {new.vault_ref}
    assert [one.name for one in kept(desk.project)] == [new.vault_ref]
    assert unlocked(desk.project, new.vault_ref, desk.keys[0]).endswith(b" 2")
    assert vault_check(desk.project, desk.keys[:1]).exit_code == 0


def test_a_source_that_withdrew_is_not_changed_back(desk) -> None:
    row, _ = source_add(desk.project, **AGREED)
    with desk.project.run("test") as work:
        work.add(replace(row, consent_withdrawn=date(2023, 5, 10)))
    with pytest.raises(NotAllowed, match="register it again"):
        source_change(desk.project, row.code, why="he came back to us", risk="low")


@pytest.mark.parametrize("changes", [{"risk": "extreme"}, {"handling": "red"}], ids=["risk", "red"])
def test_when_a_source_comes_into_danger_its_open_copies_go_into_the_vault(desk, changes) -> None:
    row, _ = source_add(desk.project, risk="low", **AGREED)
    paper, _ = desk.take_in(row, title="SIMULATED heading", rights="SIMULATED rights")
    claim = Claim(
        exhibit=paper.id, subject=Subject.FENCE, modality=Modality.COMPLETED,
        attribution="my aunt", quantity_as_stated="twelve kilometres", proposed_by="Ada",
        dates=(Dated(expression="after my wedding", edtf="2019-04"),),
    )  # fmt: skip
    with desk.project.run("test") as work:
        work.add(claim)
    _, done = source_change(desk.project, row.code, why="police asked for it", **changes)
    assert done.exit_code == 0
    assert done.facts["n_locked_up"] == 1
    assert "1 working copy locked into the vault" in done.lines[1]
    assert "not undone: older rows" in done.lines[2]
    (now,) = desk.project.rows(Exhibit)[-1:]
    assert (now.href, now.title, now.rights) == ("", "", "")
    assert not (desk.root / paper.href).exists()
    assert text_of(desk.project, now, desk.keys[1]) == WORDS.decode()
    with pytest.raises(NotOpened):
        text_of(desk.project, now)
    (said,) = desk.project.rows(Claim)
    assert (said.attribution, said.quantity_as_stated) == ("someone else", "")
    assert (said.dates[0].expression, said.dates[0].edtf) == ("", "2019-04")
    events = {one.event for one in desk.project.rows(Custody) if one.subject == paper.id}
    assert {Event.ENCRYPTION, Event.DELETION} <= events
    assert vault_check(desk.project, desk.keys[:1]).exit_code == 0
    head = desk.project.store.head()
    source_change(desk.project, row.code, why="police asked for it", **changes)
    assert desk.project.store.head() == head


def test_without_the_vaults_disk_a_copy_stays_and_is_locked_up_by_the_next_try(desk) -> None:
    row, _ = source_add(desk.project, risk="low", **AGREED)
    paper, _ = desk.take_in(row)
    away = desk.vault.folder.rename(desk.vault.folder.with_name("away"))
    _, done = source_change(desk.project, row.code, why="police asked for it", risk="high")
    assert done.exit_code == 3
    assert "still lies open" in done.blocked[0]
    assert "run this again" in done.next
    assert source_of(desk.project, row.code).risk is Risk.HIGH
    away.rename(desk.vault.folder)
    _, done = source_change(desk.project, row.code, why="police asked for it", risk="high")
    assert (done.exit_code, done.facts["n_locked_up"]) == (0, 1)
    assert not (desk.root / paper.href).exists()


def test_what_was_stopped_between_the_vault_and_the_rows_goes_on(desk, monkeypatch) -> None:
    row, _ = source_add(desk.project, risk="low", **AGREED)
    paper, _ = desk.take_in(row)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(hiding, "fsync_folder", killed)
        with pytest.raises(KeyboardInterrupt):
            source_change(desk.project, row.code, why="police asked for it", risk="high")
    assert not (desk.root / paper.href).exists()
    source_change(desk.project, row.code, why="police asked for it", risk="high")
    assert text_of(desk.project, paper, desk.keys[0]) == WORDS.decode()
    assert vault_check(desk.project, desk.keys[:1]).exit_code == 0


# -- grades -------------------------------------------------------------------------------------


def test_a_grade_is_given_with_a_reason(desk) -> None:
    row, _ = source_add(desk.project, **AGREED)
    new, _ = source_grade(desk.project, row.code, reliability="b", why="right 4 of 5 times")
    assert (new.reliability, new.reliability_basis) == ("B", "right 4 of 5 times")
    assert source_of(desk.project, row.id).reliability == "B"
    for letter, why in (("Z", "right 4 of 5 times"), ("A", "no")):
        with pytest.raises(BadInput):
            source_grade(desk.project, row.code, reliability=letter, why=why)


@pytest.mark.parametrize("risk", list(Risk))
def test_whoever_took_the_papers_in_does_not_grade_a_source_at_high_risk(desk, risk) -> None:
    row, _ = source_add(desk.project, risk=risk, **AGREED)
    desk.take_in(row, collected_by="Lee  Collects")
    copy = {"derived_how": "translation_of", "collected_by": "translator"}
    desk.take_in(None, b"SIMULATED copy", derived_from=papers_of(desk.project, row)[0].id, **copy)
    for who in ("Lee Collects", " lee collects ", "Translator"):
        grade = {"reliability": "C", "why": "sounds like it", "by": who}
        if risk.is_protected:
            with pytest.raises(NotAllowed, match="somebody else must grade"):
                source_grade(desk.project, row.code, **grade)
        else:
            source_grade(desk.project, row.code, **grade)
    new, _ = source_grade(
        desk.project, row.code, reliability="D", why="was wrong before", by="another"
    )
    assert new.reliability == "D"
    assert not source_list(desk.project).facts["sources"][0]["is_graded_by_collector"]


def test_a_grade_by_the_collector_from_before_is_told(desk) -> None:
    row, _ = source_add(
        desk.project, by="lee", reliability="A", reliability_basis="known for years", **AGREED
    )
    assert not source_list(desk.project).facts["sources"][0]["is_graded_by_collector"]
    desk.take_in(row, collected_by="Lee")
    source_change(desk.project, row.code, why="agreed to be kept", consent=["retain"], by="kim")
    done = source_list(desk.project)
    assert done.facts["sources"][0]["is_graded_by_collector"]
    assert "let somebody else grade it" in done.lines[0]


def test_what_a_publisher_made_of_it_is_not_its_paper(desk) -> None:
    row, _ = source_add(desk.project, **AGREED)
    one, _ = desk.take_in(row)
    two, _ = desk.take_in(None, b"2", derived_from=one.id, derived_how="translation_of")
    three, _ = desk.take_in(None, b"3", derived_from=two.id, derived_how="redacted")
    desk.take_in(None, b"4", derived_from=one.id, derived_how="republishes")
    assert {p.id for p in papers_of(desk.project, row)} == {one.id, two.id, three.id}


# -- the list and the command line --------------------------------------------------------------


def test_the_list_says_what_may_be_done_today(desk) -> None:
    source_add(
        desk.project, consent=["retain", "publish_text"], consent_given=date(2023, 1, 1),
        consent_expires=date(2023, 6, 1), **AGREED,
    )  # fmt: skip
    now = source_list(desk.project, on=date(2023, 6, 1))
    assert now.facts["sources"][0]["may"] == ["retain", "publish_text"]
    later = source_list(desk.project, on=date(2023, 6, 2))
    assert later.facts["sources"][0]["may"] == []
    assert "ended on 2023-06-01" in later.lines[0]


def test_the_commands_register_list_change_and_grade(desk, tmp_path) -> None:
    desk.project.close()
    (tmp_path / "who.txt").write_bytes(WHO)

    def call(*words: str) -> tuple[int, dict]:
        done = CliRunner().invoke(commands, [*words, "--project", str(desk.root), "--json"])
        return done.exit_code, json.loads(done.output)

    code, told = call(
        "add", "--voice", "person", "--attribution", "background", "--described-as", "a trader",
        "--consent", "retain", "--consent", "analyse", "--consent-given", "2023-05-01",
        "--consent-expires", "2033-05-01", "--risk", "extreme", "--identity", str(tmp_path / "who.txt"),
    )  # fmt: skip
    assert code == 0, told
    name = told["facts"]["code"]
    assert "still lies where it was" in " ".join(told["lines"])
    code, told = call("grade", name, "--reliability", "C", "--why", "right 3 of 5 times")
    assert code == 0, told
    code, told = call("change", name, "--why", "asked us to", "--handling", "red")
    assert (code, told["facts"]["changed"]) == (0, ["handling"])
    code, told = call("list")
    assert code == 0
    one = told["facts"]["sources"][0]
    assert (one["code"], one["reliability"], one["handling"]) == (name, "C", "red")
    assert one["has_identity"]
    assert "vault_ref" not in one
    assert "CANARY" not in json.dumps(told)
    code, told = call("add", "--voice", "person", "--name", "Canary")
    assert (code, told["error"]) == (1, "BadInput")


def test_an_empty_register_says_how_to_begin(tmp_path) -> None:
    with bare_project(tmp_path / "p") as project:
        done = source_list(project)
        assert done.lines == ("no sources yet",)
        assert done.next.startswith("vallum source add")
        assert [row.step for row in project.rows(Run)] == ["new"]
        assert not [row for row in project.rows(Custody) if row.event is Event.ENCRYPTION]
