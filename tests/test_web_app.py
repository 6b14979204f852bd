"""The shield around the app: hosts, origins, sessions, headers, and errors in one shape."""

import re
import threading
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

import small_border
import web_client
from vallum import steps
from vallum.ground import errors
from vallum.ground.errors import VallumError
from vallum.ground.kinds import Role
from vallum.steps.desk import Person
from vallum.steps.home import Home
from vallum.web import guard
from vallum.web.app import create_app, openapi

POSTS = ("/api/run", "/api/close", "/api/settings", "/api/job/stop", "/api/demo", "/api/images")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("app")
    small = small_border.make(folder / "made")
    project, _ = steps.new(folder / "small", frontier=small.line, before="2019", after="2022")
    project.close()
    return web_client.home_of(folder / "small", folder)


@pytest.fixture
def browser(home: Home) -> TestClient:
    return web_client.keeper(home)


@pytest.fixture
def stranger(home: Home) -> TestClient:
    return web_client.stranger(home)


def assert_problem(answer, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"error", "message", "next"}
    assert body["error"] == code
    assert len(body["message"]) > 10
    assert len(body["next"]) > 10


# -- who comes in ------------------------------------------------------------------------------


def test_the_printed_link_becomes_a_session_and_leaves_the_address_bar(
    home: Home, stranger: TestClient
) -> None:
    answer = stranger.get("/", params={"token": home.token}, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("vallum=")
    for word in ("HttpOnly", "SameSite=strict", "Path=/"):
        assert word in cookie
    assert home.token not in cookie
    assert stranger.get("/api/state").json()["me"]["role"] == "keeper"


def test_a_wrong_link_is_told_calmly(stranger: TestClient) -> None:
    answer = stranger.get("/", params={"token": "guessed"})
    assert answer.status_code == 401
    assert "text/html" in answer.headers["content-type"]
    assert "link that vallum printed" in answer.text
    assert "set-cookie" not in answer.headers


def test_without_a_session_the_first_page_says_how_to_come_in(stranger: TestClient) -> None:
    answer = stranger.get("/")
    assert answer.status_code == 401
    assert "Open the link" in answer.text


def test_a_stranger_learns_nothing_of_the_project(home: Home, stranger: TestClient) -> None:
    answer = stranger.get("/api/state")
    assert answer.status_code == 200
    state = answer.json()
    assert state["me"] is None
    assert state["project"] is None
    assert state["job"] is None
    assert str(home.project.root) not in answer.text


@pytest.mark.parametrize(
    "path",
    ["/api/home", "/api/images", "/api/coverage", "/api/strip", "/api/settings", "/api/job",
     "/api/places", "/api/report-state", "/api/report/", "/api/openapi.json"],
)  # fmt: skip
def test_a_stranger_is_asked_to_sign_in(stranger: TestClient, path: str) -> None:
    assert_problem(stranger.get(path), 401, "NotSignedIn")


def test_a_made_up_session_opens_nothing(stranger: TestClient) -> None:
    stranger.cookies.set("vallum", "made-up")
    assert_problem(stranger.get("/api/images"), 401, "NotSignedIn")


def test_the_session_outlives_a_change_of_project(home: Home, browser: TestClient) -> None:
    root = str(home.project.root)
    assert browser.post("/api/close").json()["project"] is None
    assert browser.get("/api/state").json()["me"]["role"] == "keeper"
    assert_problem(browser.get("/api/images"), 409, "NoProject")
    assert browser.post("/api/open", json={"root": root}).json()["project"]["root"] == root
    assert browser.get("/api/state").json()["me"]["role"] == "keeper"


@pytest.mark.parametrize("path", POSTS)
def test_only_the_keeper_may_change_the_project(
    home: Home, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = web_client.keeper(home)
    monkeypatch.setattr(Home, "person_of", lambda *_: Person(name="kim", role=Role.ANALYST))
    assert_problem(browser.post(path, json={}), 403, "NotAllowed")


# -- where requests come from ------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:7420", "", "[::1"])
def test_a_strange_host_is_refused(browser: TestClient, host: str) -> None:
    assert_problem(browser.get("/api/state", headers={"Host": host}), 400, "UnknownHost")


@pytest.mark.parametrize("host", ["127.0.0.1:7420", "localhost:7420", "LOCALHOST", "127.0.0.1:9"])
def test_this_computer_is_known_by_its_names(browser: TestClient, host: str) -> None:
    assert browser.get("/api/state", headers={"Host": host}).status_code == 200


def test_a_given_host_is_known_too(home: Home) -> None:
    client = TestClient(create_app(home, hosts=["Desk.Example"]), base_url="https://desk.example")
    assert client.get("/api/state").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1:7420"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_post_from_another_page_is_refused(browser: TestClient, headers: dict[str, str]) -> None:
    assert_problem(browser.post("/api/close", headers=headers), 403, "NotAllowed")


def test_a_post_that_does_not_say_where_it_comes_from_is_refused(home: Home) -> None:
    browser = web_client.keeper(home)
    del browser.headers["Origin"]
    assert_problem(browser.post("/api/close"), 403, "NotAllowed")
    assert home.desk is not None


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_post_of_our_own_page_goes_through(browser: TestClient, site: str) -> None:
    answer = browser.post("/api/job/stop", headers={"Sec-Fetch-Site": site})
    assert_problem(answer, 404, "NotThere")


def test_a_body_beyond_all_measure_is_refused(browser: TestClient) -> None:
    long = b'{"table": "' + b"x" * (17 << 20) + b'"}'
    assert_problem(browser.post("/api/settings", content=long), 413, "TooLarge")
    answer = browser.post(
        "/api/settings", content=(long[at : at + 65536] for at in range(0, len(long), 65536))
    )
    assert answer.status_code in {400, 413}


# -- every answer ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/join"), ("GET", "/nothing"), ("GET", "/static/nothing.js"),
     ("GET", "/api/state"), ("GET", "/api/nothing"), ("DELETE", "/api/state"),
     ("GET", "/api/images"), ("POST", "/api/settings"), ("GET", "/?token=wrong")],
)  # fmt: skip
def test_every_answer_carries_the_policy(browser: TestClient, method: str, path: str) -> None:
    headers = browser.request(method, path).headers
    policy = headers["content-security-policy"]
    for rule in ("default-src 'self'", "object-src 'none'", "base-uri 'none'",
                 "frame-ancestors 'none'", "connect-src 'self'", "worker-src 'self' blob:"):  # fmt: skip
        assert rule in policy
    assert "unsafe" not in policy
    assert not re.search(r"https?:", policy)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    if path.startswith("/api"):
        assert headers["cache-control"] == "no-store"


def test_unknown_addresses_of_the_api_answer_in_the_same_shape(browser: TestClient) -> None:
    assert_problem(browser.get("/api/nothing"), 404, "NotThere")
    assert_problem(browser.get("/api/"), 404, "NotThere")


def test_an_unknown_page_is_told_in_words(browser: TestClient) -> None:
    answer = browser.get("/nothing")
    assert answer.status_code == 404
    assert "text/html" in answer.headers["content-type"]


def test_a_wrong_method_says_which_are_right(browser: TestClient) -> None:
    answer = browser.delete("/api/state")
    assert_problem(answer, 405, "NotAllowed")
    assert answer.headers["allow"] == "GET"


def test_what_is_not_asked_for_is_refused_by_name(browser: TestClient) -> None:
    body = {"table": "review", "name": "n_agree", "value": 2, "more": 1}
    answer = browser.post("/api/settings", json=body)
    assert_problem(answer, 400, "BadInput")
    assert "more" in answer.json()["message"]


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[]", b"null", b'{"root": "\\ud800"}'])
def test_a_broken_body_is_refused(browser: TestClient, content: bytes) -> None:
    answer = browser.post(
        "/api/open", content=content, headers={"content-type": "application/json"}
    )
    assert_problem(answer, 400, "BadInput")


def test_every_error_has_a_status_and_a_next_step() -> None:
    kinds = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, VallumError)]
    for kind in kinds:
        error = kind("this happened; nothing was changed, do that")
        status = guard.status_of(error)
        assert 400 <= status < 600
        assert status != 500
        assert status in {400, 401, 403, 404, 409, 413, 423, 507}
        assert len(guard.problem_of(error).next) > 5
    assert guard.status_of(errors.StoreLocked("x")) == 423
    assert guard.status_of(errors.DiskFull("x")) == 507
    assert guard.status_of(errors.NoProject("x")) == 409


def test_the_next_step_is_the_end_of_the_message() -> None:
    error = errors.BadSetting("it is red; nothing was changed, paint it blue")
    assert guard.problem_of(error).next == "Paint it blue"


def test_what_nobody_foresaw_is_told_without_its_words(home: Home, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a secret of the machine")

    client = TestClient(
        web_client.app_of(home), base_url=web_client.BASE, headers={"Origin": web_client.BASE},
        raise_server_exceptions=False,
    )  # fmt: skip
    client.get("/", params={"token": home.token}, follow_redirects=False)
    monkeypatch.setattr(Home, "projects", broken)
    answer = client.get("/api/home")
    assert_problem(answer, 500, "Unexpected")
    assert "secret" not in answer.text
    assert "content-security-policy" in answer.headers


# -- what is published of it -------------------------------------------------------------------


def test_the_description_of_the_api_names_every_error_and_no_cdn(browser: TestClient) -> None:
    answer = browser.get("/api/openapi.json")
    assert answer.status_code == 200
    described = answer.json()
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert "400" in operation["responses"], (method, path)
            assert "422" not in operation["responses"], (method, path)
    assert browser.get("/docs").status_code == 404
    assert browser.get("/redoc").status_code == 404
    assert "http://" not in answer.text
    assert "https://" not in answer.text


def test_every_route_but_three_needs_a_session(home: Home, stranger: TestClient) -> None:
    schema = openapi(web_client.app_of(home))
    open_to_all = set()
    for path, operations in schema["paths"].items():
        address = re.sub(r"\{[^}]+\}", "1", path)
        for method in operations:
            answer = stranger.request(method.upper(), address, json={})
            if answer.status_code not in {401, 400}:
                open_to_all.add(path)
    assert open_to_all <= {"/api/state", "/api/join", "/api/health"}


def test_requests_in_parallel_are_all_answered(browser: TestClient) -> None:
    statuses: list[int] = []

    def ask() -> None:
        statuses.append(browser.get("/api/strip").status_code)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 8


def test_the_start_page_knows_what_lies_near(
    home: Home, browser: TestClient, tmp_path: Path
) -> None:
    found = browser.get("/api/home").json()
    assert str(home.project.root) in [project["root"] for project in found["projects"]]
    lengths = {line["name"]: line["length_m"] for line in found["frontiers"]}
    assert lengths["prk-chn"] > 1_000_000
    assert found["problem"] is None
