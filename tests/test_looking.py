"""Who looked at what is sealed: every unlocking, every failed try, every look, and what left."""

from pathlib import Path

import pytest

import small_said
import web_client
from vallum.ground.errors import NotThere
from vallum.ground.kinds import Role
from vallum.ground.records import Source
from vallum.steps import looking
from vallum.steps.claims_table import claims_export
from vallum.steps.desk import Person
from vallum.steps.home import Home

PASSPHRASE = "canary words of a passphrase"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> small_said.Made:
    return small_said.make(tmp_path_factory.mktemp("looking"))


@pytest.fixture
def home(made: small_said.Made, tmp_path: Path):
    with web_client.home_of(small_said.copy(made, tmp_path), tmp_path) as opened:
        yield opened


def did(home: Home) -> list[tuple[str, str, str]]:
    return [(one.what, one.code, one.did) for one in reversed(looking.looks(home.project))]


def test_unlocking_failing_looking_and_locking_are_told_without_what_was_seen(
    home: Home, made: small_said.Made
) -> None:
    keeper = web_client.keeper(home)
    name = keeper.get("/api/state").json()["me"]["name"]
    before = did(home)
    stranger_key = keeper.post("/api/vault/keys", json={"passphrase": PASSPHRASE}).json()
    home.keyring._tried_at = float("-inf")
    refused = keeper.post(
        "/api/vault/unlock",
        json={"identity": stranger_key["identity"], "passphrase": PASSPHRASE},
    )
    assert refused.status_code == 403
    home.keyring.put(Person(name=name, role=Role.KEEPER), made.key)
    row = next(one for one in keeper.get("/api/sources").json() if one["is_protected"])
    assert keeper.get(f"/api/sources/{row['ticket']}/identity").status_code == 200
    assert keeper.post("/api/vault/lock", json={}).status_code == 200
    assert keeper.post("/api/vault/lock", json={}).status_code == 200  # it was locked: no row
    assert did(home)[len(before) :] == [
        ("vault", "", "key refused"),
        ("source", row["code"], "looked at"),
        ("vault", "", "key put away"),
    ]
    told = keeper.get("/api/looks")
    assert {one["by"] for one in told.json()[:3]} == {name}
    assert small_said.CANARY not in told.text
    assert PASSPHRASE not in told.text
    of_one = looking.source_looks(home.project, row["code"])
    assert any(f"source {row['code']}" in line for line in of_one.lines)
    assert not any("vault" in line for line in of_one.lines)
    assert home.project.store.verify()


def test_the_looks_of_a_source_that_is_not_there_are_not_made_up(home: Home) -> None:
    with pytest.raises(NotThere, match="source list"):
        looking.source_looks(home.project, "nobody")
    for row in home.project.rows(Source):
        assert looking.source_looks(home.project, row.code).lines


def test_a_table_with_the_desks_own_fields_is_noted_once_until_something_changes(
    home: Home, tmp_path: Path
) -> None:
    project = home.project
    seq, _ = project.store.head()
    claims_export(project, tmp_path / "partner.csv")
    assert project.store.head()[0] == seq
    claims_export(project, tmp_path / "desk.csv", level="desk")
    after, _ = project.store.head()
    assert after > seq
    assert did(home)[-1] == ("desk", "", "taken out of the desk")
    claims_export(project, tmp_path / "again.csv", level="desk")
    assert project.store.head()[0] == after  # a second run adds no row
    looking.note(project, "ann", looking.PUT_AWAY, step="lock")
    claims_export(project, tmp_path / "third.csv", level="desk")
    assert project.store.head()[0] > after + 1
