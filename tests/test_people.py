"""People at the desk: one-time links, sessions, roles, names, sections, and who may do what."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import small_desk
import web_client
from vallum.ground.errors import BadInput, NotAllowed, NotThere
from vallum.ground.kinds import Role
from vallum.ground.records import Analyst
from vallum.project import open_project
from vallum.steps import admitting, judging
from vallum.steps.desk import Desk, Person
from vallum.steps.desk_people import PersonRow
from vallum.steps.home import Home
from vallum.steps.sessions import ENDED
from vallum.web.app import openapi


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of which each test gets a copy."""
    folder = tmp_path_factory.mktemp("made") / "p"
    small_desk.make(folder, n=9).close()
    return folder


@pytest.fixture
def desk(root: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VALLUM_ACTOR", "someone")
    with open_project(root) as project:
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


def test_the_api_of_people(root: Path) -> None:
    home: Home
    with web_client.home_of(root) as home:
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
            "is_signed_in": True, "last_seen": "now", "link": "",
        }  # fmt: skip
        assert boss.post("/api/people/ann", json={"is_active": False}).status_code == 200
        assert ann.get("/api/queue").status_code == 401
        assert boss.post("/api/people/nobody", json={}).status_code == 404
        assert "link" in boss.post("/api/people/ann/link").json()


# -- how long somebody stays in --------------------------------------------------------------------


class Clock:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.at

    def on(self, **ago: float) -> None:
        self.at += timedelta(**ago)


@pytest.fixture
def clock(desk: Desk) -> Clock:
    desk.sessions.now = Clock()
    return desk.sessions.now


def row_of(desk: Desk, name: str) -> PersonRow:
    return next(row for row in desk.people() if row.name == name)


def restarted(desk: Desk, clock: Clock) -> Desk:
    again = Desk(desk.project)
    again.sessions.now = clock
    return again


def test_a_browser_that_asks_nothing_is_signed_out(desk: Desk, clock: Clock) -> None:
    key, _ = invited(desk, "ann")
    for _ in range(5):
        clock.on(hours=71)
        assert desk.person_of(key) is not None  # asking keeps it open
    clock.on(hours=72, seconds=1)
    assert desk.person_of(key) is None
    assert desk.person_of(key) is None  # a refused try is no use
    assert not row_of(desk, "ann").is_signed_in
    assert row_of(desk, "ann").has_joined


def test_every_session_ends_after_its_days_whatever_was_asked(desk: Desk, clock: Clock) -> None:
    key, _ = invited(desk, "ann")
    for _ in range(71):
        clock.on(hours=10)
        assert desk.person_of(key) is not None
    clock.on(hours=11)
    assert desk.person_of(key) is None


def test_a_restart_keeps_in_only_who_certainly_used_it_lately(desk: Desk, clock: Clock) -> None:
    key, ann = invited(desk, "ann")
    clock.on(hours=71)
    assert desk.person_of(key) == ann
    assert restarted(desk, clock).person_of(key) == ann  # the key itself is young enough
    clock.on(hours=2)
    assert desk.person_of(key) == ann
    assert restarted(desk, clock).person_of(key) is None  # nobody knows of the use any more
    old = desk.sessions.now
    desk.sessions.now = Clock()
    about = desk.candidates()[0]
    desk.answer(ann, [small_desk.given(desk, ann, desk.ticket_of(ann, about.id))])
    desk.sessions.now = old
    later = Clock()
    later.on(hours=71)
    assert restarted(desk, later).person_of(key) == ann  # what she wrote is in the ledger


def test_opening_the_project_anew_forgets_nobody(root: Path) -> None:
    with web_client.home_of(root) as home:
        clock = home.desk.sessions.now = Clock()
        key, _ = invited(home.desk, "ann")
        clock.on(hours=71)
        assert home.desk.person_of(key)
        home.set("review", "n_agree", 1)
        clock.on(hours=2)
        home.desk.sessions.now = clock
        assert home.desk.person_of(key)


def test_a_link_that_nobody_used_ends(desk: Desk, clock: Clock) -> None:
    link = desk.invite(keeper(desk), "ann", Role.ANALYST).link.partition("#")[2]
    assert row_of(desk, "ann").link == "open"
    clock.on(days=7, seconds=1)
    assert row_of(desk, "ann").link == "over"
    with pytest.raises(NotAllowed, match="ended after 7 days"):
        desk.join(link)
    assert not row_of(desk, "ann").has_joined


def test_keys_of_older_projects_count_from_the_day_they_were_written(desk: Desk) -> None:
    from dataclasses import replace

    key, _ = invited(desk, "ann")
    (row,) = desk.project.rows(Analyst)
    desk.project.store.add([replace(row, key_given=None)], actor="older vallum")
    again = Desk(desk.project)
    assert again.person_of(key).name == "ann"
    again.sessions.now = Clock()
    again.sessions.now.on(days=31)
    again.sessions.used.clear()
    assert again.person_of(key) is None


def test_a_session_that_was_ended_is_over_at_once_and_the_name_stays(desk: Desk) -> None:
    key, ann = invited(desk, "ann", Role.KEEPER)
    desk.end_session(keeper(desk), "ANN")
    assert desk.person_of(key) is None
    assert desk.person_of(ENDED) is None
    (row,) = desk.project.rows(Analyst)
    assert row.is_active
    # Who was signed out must not be taken for the person at this computer.
    assert keeper(desk).name == "someone"
    link = desk.invite_again(keeper(desk), "ann").link.partition("#")[2]
    assert desk.join(link)[1] == ann


def test_the_person_at_this_computer_is_not_signed_out_by_others(desk: Desk) -> None:
    desk.rename(keeper(desk), "Kim")
    with pytest.raises(BadInput, match="stop the program"):
        desk.end_session(Person(name="ann", role=Role.KEEPER), "Kim")


def test_the_keeper_sees_only_roughly_when_somebody_was_here(desk: Desk, clock: Clock) -> None:
    key, _ = invited(desk, "ann")
    seen = []
    for hours in (0, 1, 30, 24 * 9):
        desk.sessions.used[next(iter(desk.project.rows(Analyst))).key_sha256] = clock.at
        clock.on(hours=hours)
        seen.append(row_of(desk, "ann").last_seen)
    assert seen == ["now", "day", "week", "earlier"]
    desk.invite(keeper(desk), "bob", Role.EDITOR)
    assert row_of(desk, "bob").last_seen == "never"
    assert key


def test_what_is_remembered_of_sessions_stays_as_small_as_the_desk(desk: Desk) -> None:
    key, _ = invited(desk, "ann")
    for number in range(200):
        desk.person_of(f"guess {number}")
    assert desk.person_of(key)
    assert len(desk.sessions.used) == 1


# -- the same over the wire -------------------------------------------------------------------------


@pytest.fixture
def home(root: Path):
    with web_client.home_of(root) as home:
        yield home


def joined(home: Home, name: str, role: str = "analyst"):
    boss = web_client.keeper(home)
    link = boss.post("/api/people", json={"name": name, "role": role}).json()["link"]
    client = web_client.stranger(home)
    assert client.post("/api/join", json={"token": link.partition("#")[2]}).status_code == 200
    return client


def test_i_sign_out_and_the_old_cookie_opens_nothing(home: Home) -> None:
    ann = joined(home, "ann")
    cookie = ann.cookies[home.cookie]
    left = ann.post("/api/me/leave", json={})
    assert left.status_code == 200
    assert home.cookie not in ann.cookies
    again = web_client.stranger(home)
    again.cookies.set(home.cookie, cookie)
    assert again.get("/api/queue").status_code == 401
    assert ann.post("/api/me/leave", json={}).status_code == 401


def test_the_keeper_signs_out_one_browser_or_all_of_them(home: Home) -> None:
    one, other, third = (web_client.keeper(home) for _ in range(3))
    assert one.post("/api/me/leave", json={}).status_code == 200
    assert one.get("/api/people").status_code == 401
    assert other.get("/api/people").status_code == 200
    assert other.post("/api/me/leave", json={"everywhere": True}).status_code == 200
    assert third.get("/api/people").status_code == 401


def test_the_keeper_ends_a_session_and_a_cookie_given_before_is_no_key(home: Home) -> None:
    boss, ann = web_client.keeper(home), joined(home, "ann")
    rows = boss.post("/api/people/ann/end").json()
    assert [row["is_signed_in"] for row in rows] == [False]
    assert ann.get("/api/state").json()["me"] is None
    # Session fixation: what a browser brings along does not become its session.
    link = boss.post("/api/people/ann/link").json()["link"].partition("#")[2]
    victim = web_client.stranger(home)
    victim.cookies.set(home.cookie, "chosen-by-somebody-else")
    assert victim.post("/api/join", json={"token": link}).status_code == 200
    fixed = web_client.stranger(home)
    fixed.cookies.set(home.cookie, "chosen-by-somebody-else")
    assert fixed.get("/api/queue").status_code == 401


def test_where_others_come_in_the_keepers_link_ends_too(home: Home) -> None:
    boss = web_client.keeper(home)
    ((mark, (begun, _)),) = home._keepers.items()
    home._keepers[mark] = (begun, begun - timedelta(hours=73))
    assert boss.get("/api/people").status_code == 200  # on this computer it lasts
    home.is_local = False
    home._keepers[mark] = (begun, begun - timedelta(hours=73))
    assert boss.get("/api/people").status_code == 401
    assert not home._keepers


def test_an_empty_token_lets_nobody_in(home: Home) -> None:
    home.token = ""
    stranger = web_client.stranger(home)
    assert stranger.get("/", params={"token": ""}).status_code == 401
    assert stranger.get("/", params={"token": "x"}).status_code == 401


def test_people_are_invited_and_signed_out_from_the_command_line(desk: Desk) -> None:
    project = desk.project
    assert "nobody was invited" in admitting.people_list(project).lines[0]
    done = admitting.people_invite(project, "ann", Role.ANALYST)
    key, _ = desk.join(str(done.facts["link"]).partition("#")[2])  # a desk that was open before
    assert desk.person_of(key)
    assert admitting.people_list(project).lines == ("ann (analyst): signed in",)
    again = admitting.people_invite(project, "Ann", Role.EDITOR)
    with desk.fresh():  # a second later at the latest
        pass
    assert desk.person_of(key) is None
    key, person = desk.join(str(again.facts["link"]).partition("#")[2])
    assert person.role is Role.EDITOR
    assert admitting.people_end(project, "ann", yes=True).lines[0].startswith("ann is signed out")
    with desk.fresh():
        assert desk.person_of(key) is None
    head = project.store.head()
    admitting.people_end(project, "ann", yes=True)
    assert project.store.head() == head  # done twice, it adds nothing
    assert admitting.people_list(project).lines == ("ann (editor): signed out",)


# -- who may what -----------------------------------------------------------------------------------

TABLE = Path(__file__).parents[1] / "docs" / "explain" / "who-may-what.md"
_IN_WORDS = {
    frozenset(): "anybody",
    frozenset(Role): "whoever is signed in",
    frozenset({Role.KEEPER}): "keeper",
    frozenset({Role.ADJUDICATOR, Role.KEEPER}): "adjudicator, keeper",
    frozenset({Role.ANALYST, Role.ADJUDICATOR, Role.KEEPER}): "analyst, adjudicator, keeper",
}


def rules(app) -> dict[str, frozenset[Role]]:
    """Who each route lets in, as its dependencies say."""
    from fastapi.routing import APIRoute

    from vallum.web import guard, said, tiles

    signed_in = {guard.me, guard.desk, said.said_of, tiles.pictured}

    def allowed(dependant) -> frozenset[Role]:
        found, calls, left = frozenset(Role), set(), [dependant]
        while left:
            one = left.pop()
            calls.add(one.call)
            found &= getattr(one.call, "roles", found)
            left += one.dependencies
        is_open = not any(call in signed_in or hasattr(call, "roles") for call in calls)
        return frozenset() if is_open else found

    def routes():
        for route in app.routes:
            if isinstance(route, APIRoute) and route.path not in {"/", "/join"}:
                yield "", route
            for one in getattr(getattr(route, "original_router", None), "routes", ()):
                yield "/api", one

    return {
        f"{method} {prefix}{route.path_format}": allowed(route.dependant)
        for prefix, route in routes()
        for method in route.methods
    }


def test_every_route_stands_in_the_table_of_who_may_what(home: Home) -> None:
    found = rules(web_client.app_of(home))
    asked = {
        f"{method.upper()} {path}"
        for path, methods in openapi(web_client.app_of(home))["paths"].items()
        for method in methods
    }
    assert len(asked) > 80
    assert asked <= set(found)
    lines = sorted(f"| `{name}` | {_IN_WORDS[roles]} |" for name, roles in found.items())
    told = [line for line in TABLE.read_text().splitlines() if line.startswith("| `")]
    assert told == lines, "write this into the table:\n" + "\n".join(lines)


def test_every_role_is_refused_what_the_table_keeps_from_it(home: Home) -> None:
    app = web_client.app_of(home)
    browsers = {role: web_client.stranger(home) for role in Role}
    for role, browser in browsers.items():
        _, token = home.desk.invite_whoever(role.value, role).link.split("#")
        assert browser.post("/api/join", json={"token": token}).status_code == 200
    asked, (seq, _) = 0, home.project.store.head()
    for name, roles in rules(app).items():
        method, path = name.split(" ")
        address = re.sub(r"\{[^}]+\}", "1", path)
        for role in set(Role) - roles if roles else ():
            answer = browsers[role].request(method, address, json={"no such field": 1})
            assert answer.status_code == 403, (role, name, answer.text)
            assert answer.json()["error"] == "NotAllowed", (role, name)
            asked += 1
    assert asked > 100
    assert home.project.store.head()[0] == seq
