"""The register of sources and the vault: the keeper alone, keys that are not kept, what is logged."""

import logging
import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

import small_desk
import small_said
import web_client
from vallum.ground.kinds import Role
from vallum.ground.records import Custody, Source
from vallum.steps.desk import Person
from vallum.steps.desk_keyring import Keyring
from vallum.steps.home import Home

PASSPHRASE = "canary words of a passphrase"
ROUTES = (
    ("GET", "sources"), ("POST", "sources"), ("GET", "sources/x"), ("POST", "sources/x"),
    ("POST", "sources/x/grade"), ("POST", "sources/x/withdraw"), ("GET", "sources/x/identity"),
    ("GET", "vault"), ("POST", "vault"), ("POST", "vault/keys"), ("POST", "vault/unlock"),
    ("POST", "vault/lock"), ("POST", "vault/check"),
)  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> small_said.Made:
    return small_said.make(tmp_path_factory.mktemp("vault"))


@pytest.fixture
def home(made: small_said.Made, tmp_path: Path):
    with web_client.home_of(small_said.copy(made, tmp_path), tmp_path) as opened:
        yield opened


def me(home: Home) -> Person:
    name = web_client.keeper(home).get("/api/state").json()["me"]["name"]
    return Person(name=name, role=Role.KEEPER)


@pytest.fixture(scope="module")
def shared(made: small_said.Made, tmp_path_factory: pytest.TempPathFactory):
    """For tests that change nothing: making the app takes longer than most of them."""
    folder = tmp_path_factory.mktemp("shared")
    with web_client.home_of(small_said.copy(made, folder), folder) as opened:
        yield opened


def person(home: Home, name: str, role: str) -> TestClient:
    keeper = web_client.keeper(home)
    link = keeper.post("/api/people", json={"name": name, "role": role}).json().get("link")
    # Who is known already gets a new link.
    link = link or keeper.post(f"/api/people/{name}/link").json()["link"]
    browser = web_client.stranger(home)
    assert browser.post("/api/join", json={"token": link.partition("#")[2]}).status_code == 200
    return browser


def protected(browser: TestClient) -> dict:
    rows = browser.get("/api/sources").json()
    return next(row for row in rows if row["is_protected"])


def test_everybody_but_the_keeper_is_refused(shared: Home) -> None:
    browsers = [person(shared, role, role) for role in ("analyst", "adjudicator", "editor")]
    for method, path in ROUTES:
        for browser in browsers:
            answer = browser.request(method, f"/api/{path}", json={})
            assert answer.status_code == 403, (path, answer.text)
        assert web_client.stranger(shared).request(method, f"/api/{path}").status_code == 401
        evil = {"Origin": "https://evil.example"}
        if method == "POST":
            answer = web_client.keeper(shared).post(f"/api/{path}", json={}, headers=evil)
            assert answer.status_code == 403


def test_the_register_never_tells_who_a_source_is(home: Home, made: small_said.Made) -> None:
    keeper = web_client.keeper(home)
    row = protected(keeper)
    assert row["has_identity"] is True
    assert (row["n_exhibits"], row["n_claims"]) == (1, 1)
    home.keyring.put(me(home), made.key)
    told = keeper.get("/api/sources").text + keeper.get(f"/api/sources/{row['ticket']}").text
    assert small_said.CANARY not in told
    assert "vault_ref" not in told


def test_who_it_is_needs_an_open_vault_and_every_look_is_on_the_ledger(
    home: Home, made: small_said.Made
) -> None:
    keeper, other = web_client.keeper(home), person(home, "kim", "keeper")
    path = f"/api/sources/{protected(keeper)['ticket']}/identity"
    locked = keeper.get(path)
    assert (locked.status_code, locked.json()["error"]) == (403, "NotOpened")
    assert "Unlock" in locked.json()["next"]
    home.keyring.put(me(home), made.key)
    for n in (1, 2):
        answer = keeper.get(path)
        assert answer.json()["text"] == small_said.CANARY
        assert answer.headers["cache-control"] == "no-store"
        looks = [row for row in home.project.rows(Custody) if row.outcome == "looked at"]
        assert len(looks) == n
        assert {row.by for row in looks} == {me(home).name}
    theirs = f"/api/sources/{protected(other)['ticket']}/identity"
    assert other.get(theirs).status_code == 403


def test_a_source_is_added_changed_and_graded_with_reasons(home: Home) -> None:
    keeper = web_client.keeper(home)
    body = {"voice": "person", "described_as": "a teacher", "identity": "canary-other-9"}
    answer = keeper.post("/api/sources", json=body)
    assert answer.status_code == 200, answer.text
    row = answer.json()
    assert (row["risk"], row["attribution"], row["reliability"]) == ("high", "off_record", "F")
    assert row["has_identity"]
    assert "canary-other-9" not in answer.text
    path = f"/api/sources/{row['ticket']}"
    changed = keeper.post(path, json={
        "reason": "it agreed to more", "based_on": row["based_on"], "consent": ["retain"],
    })  # fmt: skip
    assert changed.json()["consent"] == ["retain"]
    stale = keeper.post(path, json={
        "reason": "an older window", "based_on": row["based_on"], "risk": "low",
    })  # fmt: skip
    assert stale.status_code == 409
    assert stale.json()["theirs"]["consent"] == ["retain"]
    again = keeper.post(path, json={
        "reason": "it agreed to more", "based_on": row["based_on"], "consent": ["retain"],
    })  # fmt: skip
    assert again.status_code == 200
    graded = keeper.post(f"{path}/grade", json={
        "reliability": "B", "basis": "right three times", "based_on": again.json()["based_on"],
    })  # fmt: skip
    assert graded.json()["reliability"] == "B"
    full = keeper.get(path).json()
    assert [one["reliability"] for one in full["history"]] == ["F", "F", "B"]
    left = [path for path in home.project.root.rglob("*") if path.is_file()]
    assert not any(b"canary-other-9" in path.read_bytes() for path in left)


@pytest.mark.parametrize(
    "body",
    [
        {"voice": "person", "name": "Somebody"},
        {"voice": "person", "described_as": "call +1 555 010 9999"},
        {"voice": "ghost"},
        {"voice": "person", "handling": "secret"},
        {"voice": "person", "nickname": "x"},
        {"voice": "publisher", "name": "x", "reliability": "A"},
    ],
    ids=["a name", "a contact", "voice", "handling", "unknown field", "a grade without a reason"],
)
def test_a_source_that_cannot_be_kept_is_refused(shared: Home, body: dict) -> None:
    n_before = len(shared.project.rows(Source))
    answer = web_client.keeper(shared).post("/api/sources", json=body)
    assert answer.status_code == 400, answer.text
    assert len(shared.project.rows(Source)) == n_before


def test_withdrawing_asks_for_the_word_and_takes_everything_away(tmp_path: Path) -> None:
    made = small_said.make(tmp_path / "made")  # its vault is emptied: not the shared one
    with web_client.home_of(made.root, tmp_path) as home:
        keeper = web_client.keeper(home)
        row = protected(keeper)
        path = f"/api/sources/{row['ticket']}"
        body = {"confirm": "withdraw", "reason": "the source asked for it"}
        assert keeper.post(f"{path}/withdraw", json=body).status_code == 400
        body["confirm"] = "WITHDRAW"
        old = keeper.post(f"{path}/withdraw", json=body | {"based_on": row["based_on"] - 1})
        assert old.status_code == 409
        answer = keeper.post(f"{path}/withdraw", json=body | {"based_on": row["based_on"]})
        assert answer.status_code == 200, answer.text
        assert answer.json()["blocked"] == []
        full = keeper.get(path).json()
        assert full["consent_withdrawn"]
        assert full["has_identity"] is False
        home.keyring.put(me(home), made.key)
        assert keeper.get(f"{path}/identity").status_code == 404
        paper = next(one for one in keeper.get("/api/exhibits").json() if one["is_protected"])
        told = keeper.get(f"/api/exhibits/{paper['ticket']}").json()
        assert (told["text"], told["has_text"]) == (None, False)


def test_keys_are_made_sent_and_not_kept_and_open_a_new_vault(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    small_desk.make(tmp_path / "p", n=3).close()
    with web_client.home_of(tmp_path / "p", tmp_path) as home:
        home.keyring = Keyring(between_tries_s=0.0)
        keeper = web_client.keeper(home)
        assert keeper.get("/api/vault").json()["exists"] is False
        one = keeper.post("/api/vault/keys", json={"passphrase": PASSPHRASE}).json()
        other = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
        folder = tmp_path / "stick" / "vault"
        body = {"folder": str(folder), "recipients": [one["recipient"], other]}
        assert keeper.post("/api/vault", json=body | {"folder": "here"}).status_code == 400
        inside = body | {"folder": str(tmp_path / "p" / "vault")}
        assert keeper.post("/api/vault", json=inside).status_code == 400
        state = keeper.post("/api/vault", json=body).json()
        assert (state["exists"], state["n_recipients"]) == (True, 2)
        assert keeper.post("/api/vault", json=body).status_code == 400
        wrong = {"identity": one["identity"], "passphrase": "canary wrong words"}
        refused = keeper.post("/api/vault/unlock", json=wrong)
        assert (refused.status_code, refused.json()["error"]) == (403, "NotOpened")
        right = wrong | {"passphrase": PASSPHRASE}
        state = keeper.post("/api/vault/unlock", json=right).json()
        assert (state["is_unlocked"], state["is_mine"]) == (True, True)
        assert 1700 < state["locks_in_s"] <= 1800
        state = keeper.post("/api/vault/lock").json()
        assert (state["is_unlocked"], state["locks_in_s"]) == (False, None)
    secret = one["identity"].splitlines()[3]
    for text in (caplog.text, refused.text):
        assert not any(word in text for word in ("canary", secret, "AGE-SECRET"))
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(secret.encode() in path.read_bytes() for path in kept)


@pytest.mark.parametrize(
    "identity", ["no file", "QUdFLVNFQ1JFVC1LRVktMQ==", "AGE-SECRET-KEY-1QQQQ"],
    ids=["no base64", "an open key in base64", "an open key"],
)  # fmt: skip
def test_what_is_no_locked_key_does_not_unlock(shared: Home, identity: str) -> None:
    keeper = web_client.keeper(shared)
    shared.keyring = Keyring(between_tries_s=0.0)
    answer = keeper.post("/api/vault/unlock", json={"identity": identity, "passphrase": "x"})
    assert answer.status_code == 400
    assert identity not in answer.text
    assert not shared.keyring.is_open


def test_tries_to_unlock_are_two_seconds_apart(shared: Home) -> None:
    assert Keyring()._between_tries_s == 2.0
    shared.keyring = Keyring(between_tries_s=600.0)  # nobody is that slow
    keeper = web_client.keeper(shared)
    body = {"identity": "no file", "passphrase": "x"}
    assert keeper.post("/api/vault/unlock", json=body).status_code == 400
    for path, sent in (("unlock", body), ("keys", {"passphrase": PASSPHRASE})):
        answer = keeper.post(f"/api/vault/{path}", json=sent)
        assert answer.status_code == 429
        assert 500 < int(answer.headers["retry-after"]) <= 600
        assert set(answer.json()) == {"error", "message", "next"}


def test_a_drill_needs_the_key_and_tells_what_it_opened(home: Home, made: small_said.Made) -> None:
    keeper = web_client.keeper(home)
    assert keeper.post("/api/vault/check").status_code == 403
    home.keyring.put(me(home), made.key)
    assert keeper.post("/api/vault/check").json()["what"] == "check"
    assert home.jobs.wait(30).state == "done"
    state = keeper.get("/api/vault").json()
    assert "files opened" in state["last_check"]["outcome"]
    assert state["last_check"]["by"] == me(home).name
    assert state["n_files"] > 3


# -- the key in memory ------------------------------------------------------------------------------


ADA = Person(name="ada", role=Role.KEEPER)


def test_a_key_goes_when_nobody_uses_it_even_if_nobody_asks(made: small_said.Made) -> None:
    ring = Keyring(idle_s=0.1)
    ring.put(ADA, made.key)
    assert ring.keys_of(ADA) == (made.key,)
    for _ in range(100):
        if ring._key is None:
            break
        time.sleep(0.02)
    assert ring._key is None
    assert ring.keys_of(ADA) == ()


def test_use_puts_off_the_locking_and_asking_for_the_state_does_not(made: small_said.Made) -> None:
    ring = Keyring(idle_s=60.0)
    ring.put(ADA, made.key)
    ring._used_at -= 50
    assert ring.locks_in_s == 10
    assert ring.is_open
    assert ring.locks_in_s == 10
    ring.keys_of(ADA)
    assert ring.locks_in_s == 60
    ring.drop()


def test_a_key_is_for_whoever_brought_it_while_keeper(made: small_said.Made) -> None:
    ring = Keyring()
    ring.put(ADA, made.key)
    assert ring.keys_of(Person(name="bob", role=Role.KEEPER)) == ()
    assert ring.keys_of(Person(name="ada", role=Role.ANALYST)) == ()
    assert "key" not in repr(ring.keys_of(ADA)).replace("<key>", "")
    ring.drop()


def test_another_project_and_the_end_of_the_server_take_the_key_away(
    home: Home, made: small_said.Made, tmp_path: Path
) -> None:
    small_desk.make(tmp_path / "other", n=3).close()
    home.keyring.put(ADA, made.key)
    home.set("release", "cell_m", 6000)
    assert home.keyring.is_open
    home.open(tmp_path / "other")
    assert not home.keyring.is_open
    home.keyring.put(ADA, made.key)
    home.close()
    assert not home.keyring.is_open
