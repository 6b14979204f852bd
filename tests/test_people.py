"""People at the desk: one-time links, roles, names, sections, and who may do what."""

from pathlib import Path

import pytest

import small_desk
import web_client
from vallum.ground.errors import BadInput, NotAllowed, NotThere
from vallum.ground.kinds import Role
from vallum.ground.records import Analyst
from vallum.steps import judging
from vallum.steps.desk import Desk, Person
from vallum.steps.home import Home


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VALLUM_ACTOR", "someone")
    with small_desk.make(tmp_path / "p", n=9) as project:
        yield Desk(project)


def keeper(desk: Desk) -> Person:
    return desk.sign_in_keeper()[1]


def invited(desk: Desk, name: str, role: Role = Role.ANALYST) -> tuple[str, Person]:
    link = desk.invite(keeper(desk), name, role).link
    assert link.startswith("/join#")
    return desk.join(link.partition("#")[2])


def test_the_person_at_this_computer_is_the_keeper_and_says_a_name(desk: Desk) -> None:
    key, person = desk.sign_in_keeper()
    assert person == Person(name="someone", role=Role.KEEPER)
    assert desk.needs_name(person)
    assert desk.rename(person, " Kim  Minji ").name == "Kim Minji"
    found = desk.person_of(key)
    assert found.name == "Kim Minji"
    assert not desk.needs_name(found)
    assert Desk(desk.project).sign_in_keeper()[1] == found
    assert desk.rename(found, "Lee").name == "Lee"
    assert [row.name for row in desk.people() if row.is_active] == ["Lee"]


def test_a_link_lets_one_browser_in_once_and_outlives_a_restart(desk: Desk) -> None:
    link = desk.invite(keeper(desk), "ann", Role.ANALYST).link.partition("#")[2]
    assert not desk.people()[0].has_joined
    key, person = desk.join(link)
    assert person == Person(name="ann", role=Role.ANALYST)
    with pytest.raises(NotAllowed, match="used already"):
        desk.join(link)
    assert desk.people()[0].has_joined
    again = Desk(desk.project)
    assert again.person_of(key) == person
    assert again.person_of(key + "x") is None
    assert again.person_of("") is None
    assert again.person_of(link) is None


def test_neither_key_nor_link_is_kept_in_the_project(desk: Desk) -> None:
    link = desk.invite(keeper(desk), "ann", Role.ANALYST).link.partition("#")[2]
    key, _ = desk.join(link)
    bodies = [entry.body for entry in desk.project.store.entries()]
    assert not any(key in body or link in body for body in bodies)


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "x" * 81])
def test_a_name_must_be_one(desk: Desk, name: str) -> None:
    with pytest.raises(BadInput):
        desk.invite(keeper(desk), name, Role.ANALYST)


def test_two_people_cannot_share_a_name(desk: Desk) -> None:
    desk.invite(keeper(desk), "Ann", Role.ANALYST)
    with pytest.raises(BadInput, match="already"):
        desk.invite(keeper(desk), " ann ", Role.EDITOR)
    with pytest.raises(BadInput, match="somebody else"):
        desk.rename(keeper(desk), "ANN")


def test_who_answered_in_a_table_is_the_same_person_at_the_desk(desk: Desk) -> None:
    about = desk.candidates()[0]
    verdict = small_desk.desk_rows.verdict(about, analyst="Kim")
    judging.record(desk.project, [verdict], [], None, [])
    _key, person = invited(desk, "kim")
    assert person.name == "Kim"
    ticket = desk.ticket_of(person, about.id)
    assert desk.item(person, ticket).mine.answer.value == "yes"


def test_the_keeper_changes_roles_lets_out_and_in_again(desk: Desk) -> None:
    key, _person = invited(desk, "ann")
    desk.change_person(keeper(desk), "ANN", role=Role.ADJUDICATOR)
    assert desk.person_of(key).role is Role.ADJUDICATOR
    desk.change_person(keeper(desk), "ann", is_active=False)
    assert desk.person_of(key) is None
    desk.change_person(keeper(desk), "ann", is_active=True)
    assert desk.person_of(key) is not None
    link = desk.invite_again(keeper(desk), "ann").link.partition("#")[2]
    assert desk.person_of(key) is None
    assert desk.join(link)[1].name == "ann"
    with pytest.raises(NotThere):
        desk.change_person(keeper(desk), "nobody", is_active=False)


def test_sections_limit_what_a_person_is_asked(desk: Desk) -> None:
    _key, person = invited(desk, "ann")
    every = len(desk.queue(person, "sheet").items)
    rows = desk.change_person(keeper(desk), "ann", sections=[2, 3])
    assert rows[0].sections == (2, 3)
    items = desk.queue(person, "sheet").items
    assert 0 < len(items) < every
    assert all(2000 <= item.at_m < 6000 for item in items)
    with pytest.raises(BadInput, match="no section 99"):
        desk.change_person(keeper(desk), "ann", sections=[99])
    desk.change_person(keeper(desk), "ann", sections=[])
    assert len(desk.queue(person, "sheet").items) == every


def test_an_invited_person_keeps_the_name_of_the_invitation(desk: Desk) -> None:
    _, person = invited(desk, "ann")
    with pytest.raises(NotAllowed):
        desk.rename(person, "bob")


def test_keys_of_people_are_private_fields(desk: Desk) -> None:
    invited(desk, "ann")
    (row,) = desk.project.rows(Analyst)
    assert row.key_sha256
    assert row.key_sha256 not in str(desk.people())


def test_the_api_of_people(tmp_path: Path) -> None:
    small_desk.make(tmp_path / "p", n=6).close()
    home: Home
    with web_client.home_of(tmp_path / "p", tmp_path) as home:
        boss = web_client.keeper(home)
        assert boss.post("/api/me", json={"name": "Kim"}).json() == {
            "name": "Kim", "role": "keeper", "needs_name": False,
        }  # fmt: skip
        link = boss.post("/api/people", json={"name": "ann"}).json()["link"]
        ann = web_client.stranger(home)
        assert ann.post("/api/join", json={"token": link.partition("#")[2]}).status_code == 200
        assert "httponly" in str(ann.cookies.jar).lower() or ann.cookies
        assert ann.get("/api/queue").status_code == 200
        used = web_client.stranger(home).post("/api/join", json={"token": link.partition("#")[2]})
        assert used.status_code == 403
        changed = boss.post("/api/people/ann", json={"sections": [1], "role": "editor"})
        assert changed.json()[0] == {
            "name": "ann", "role": "editor", "is_active": True, "has_joined": True, "sections": [1],
        }  # fmt: skip
        assert boss.post("/api/people/ann", json={"is_active": False}).status_code == 200
        assert ann.get("/api/queue").status_code == 401
        assert boss.post("/api/people/nobody", json={}).status_code == 404
        assert "link" in boss.post("/api/people/ann/link").json()
