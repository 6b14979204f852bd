"""A real server in a process of its own: started, asked, stopped; and what it refuses to do.

For one person (`vallum open`) and for a desk of many (`vallum serve`): how it is reached, how much
may be asked of it at once, and what ends connections that drag.
"""

import asyncio
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

import small_desk
import web_client
from vallum.cli import main
from vallum.commands import serving
from vallum.ground.errors import BadSetting
from vallum.ground.kinds import Role
from vallum.web import limits, serve, wire
from vallum.web.app import STATIC, create_app

START = "from vallum.cli import main; main()"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    folder: Path, *words: str, verb: str = "open"
) -> Iterator[tuple[subprocess.Popen, dict]]:
    """A server started as a person would, and what it said in its first line."""
    server = subprocess.Popen(
        [sys.executable, "-W", "error::ResourceWarning", "-c", START, *([verb] if verb else []),
         "--no-browser", "--json", *words],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield server, json.loads(server.stdout.readline())
    finally:
        server.kill()
        server.communicate()


def stopped(server: subprocess.Popen, how: signal.Signals = signal.SIGINT) -> tuple[int, str, str]:
    server.send_signal(how)
    out, errors = server.communicate(timeout=60)
    return server.returncode, out, errors


def ask(address: str, path: str, **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(f"{address}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def opened(opener: urllib.request.OpenerDirector, address: str):
    """The page, also when it is only told that it was not built."""
    try:
        return opener.open(address, timeout=30)
    except urllib.error.HTTPError as error:
        return error


def test_it_starts_at_the_next_free_port_answers_and_stops_with_ctrl_c(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as first:
        taken = first.getsockname()[1]
        with running(tmp_path, "--port", str(taken)) as (server, said):
            _answers_and_stops(server, said, tmp_path, taken)


def _answers_and_stops(server: subprocess.Popen, said: dict, cwd: Path, taken: int) -> None:
    address, _, token = said["url"].partition("/?token=")
    assert said["port"] > taken
    assert said["is_local"] is True
    assert address == f"http://127.0.0.1:{said['port']}"
    assert len(token) >= 32
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    page = opened(opener, said["url"])
    assert page.url == f"{address}/"  # the token has left the address bar
    text = page.read().decode()
    assert ("<vallum-app>" in text) == (STATIC / "index.html").is_file()
    assert "vallum" in text
    page.close()
    with opener.open(f"{address}/api/home", timeout=30) as answer:
        assert json.load(answer)["cwd"] == str(cwd)
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert "server" not in {name.lower() for name in answer.headers}
    status, page_text = ask(address, "/?token=wrong")
    assert status == 401
    assert "link that vallum printed" in page_text
    assert ask(address, "/api/state", Host="evil.example")[0] == 400
    status, refused = ask(address, "/api/state", Origin="http://evil.example")
    assert status == 200  # reading needs the session, not the origin
    assert json.loads(refused)["me"] is None
    code, out, errors = stopped(server)
    assert code == 0, errors
    assert "Traceback" not in errors
    assert json.loads(out)["step"] == "open"


def test_a_taken_port_is_said_and_the_next_is_used() -> None:
    listener, taken = serve._listener("127.0.0.1", free_port())
    with listener:
        after, taken = serve._listener("127.0.0.1", listener.server_address[1])
        after.server_close()
        assert taken == (listener.server_address[1],)


def test_words_for_people_say_where_it_runs() -> None:
    from vallum.commands.opening import _where

    address = serve.Address(
        host="127.0.0.1", port=7421, is_tls=False, is_local=True, token="t", taken=(7420,)
    )
    import click

    @click.command()
    def say() -> None:
        _where(False, address)

    result = CliRunner().invoke(say)
    assert "Port 7420 is taken" in result.stderr
    assert "Running at http://127.0.0.1:7421 (only this computer). Ctrl+C stops." in result.stdout
    assert "http://127.0.0.1:7421/?token=t" in result.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--host", "10.0.0.5"], "without TLS"),
        (["--host", "0.0.0.0"], "every address at once"),
        (["--host", "::"], "every address at once"),
        (["--tls-cert", "a.pem"], "belong together"),
        (["--tls-cert", "a.pem", "--tls-key", "b.pem"], "does not exist"),
        (["--host", "192.0.2.1", "--insecure"], "cannot be listened on"),
        (["--project", "nowhere"], "no vallum project"),
    ],
)
def test_what_would_not_be_safe_is_refused_with_a_way_out(
    words: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["open", "--no-browser", *words])
    assert result.exit_code == 2, result.output
    assert says in result.output


def test_a_certificate_that_cannot_be_used_is_refused_before_a_link_is_made(tmp_path: Path) -> None:
    cert, key = tmp_path / "desk.pem", tmp_path / "desk-key.pem"
    for path in (cert, key):
        path.write_text("no certificate")
    words = ["--host", "localhost", "--tls-cert", str(cert), "--tls-key", str(key)]
    result = CliRunner().invoke(main, ["serve", "--project", str(tmp_path), *words])
    assert result.exit_code == 2, result.output
    assert "are no certificate (PEM) and the key that belongs to it" in result.output
    assert "/join#" not in result.output


def test_vallum_alone_opens_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict] = []
    monkeypatch.setattr(serve, "open_app", lambda **options: asked.append(options))
    result = CliRunner().invoke(main, [])
    assert result.exit_code == 0, result.output
    assert asked[0]["root"] is None
    assert asked[0]["host"] == "127.0.0.1"
    assert asked[0]["port"] == 7420
    assert asked[0]["browser"] is True


def test_no_free_port_is_told() -> None:
    with pytest.raises(BadSetting, match="--port"):
        serve._listener("127.0.0.1", 65536)


def test_help_stays_quick(tmp_path: Path) -> None:
    program = (
        "import sys; from vallum.cli import main\n"
        "try: main(['open', '--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'fastapi', 'uvicorn', 'starlette', 'numpy', 'sqlalchemy', 'pydantic'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=os.environ
    )
    assert done.returncode == 0, done.stderr
    assert "--no-browser" in done.stdout


# -- for a desk of many -----------------------------------------------------------------------------

SERVE = "from vallum.commands.serving import serve; serve()"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of which each test gets a copy."""
    folder = tmp_path_factory.mktemp("served") / "p"
    small_desk.make(folder, n=6).close()
    return folder


@pytest.fixture
def home(root: Path):
    with web_client.home_of(root) as home:
        yield home


@contextmanager
def served(root: Path, *words: str) -> Iterator[tuple[subprocess.Popen, dict]]:
    """A desk served as in the manual, and what it said in its first line."""
    server = subprocess.Popen(
        [sys.executable, "-W", "error::ResourceWarning", "-c", SERVE,
         "--json", "--project", str(root), *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield server, json.loads(server.stdout.readline() or "{}")
    finally:
        server.kill()
        server.communicate()


def talk(
    line: http.client.HTTPConnection, method: str, path: str, body: object = None, **headers: str
) -> tuple[int, dict, dict[str, str]]:
    """Status, JSON and headers of one request."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    text = None if body is None else json.dumps(body)
    line.request(method, path, text, {"Content-Type": "application/json", **sent})
    answer = line.getresponse()
    content = answer.read()
    told = {name.lower(): value for name, value in answer.getheaders()}
    return answer.status, json.loads(content) if content[:1] in (b"{", b"[") else {}, told


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for `localhost`, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here")
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", str(key), "-out", str(cert), "-days", "1", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


def test_a_desk_is_served_over_tls_to_who_was_invited(
    root: Path, certificate: tuple[Path, Path]
) -> None:
    cert, key = certificate
    port = free_port()
    words = ("--host", "localhost", "--listen", "127.0.0.1", "--port", str(port),
             "--tls-cert", str(cert), "--tls-key", str(key), "--invite", "Ann:analyst")  # fmt: skip
    with served(root, *words) as (server, said):
        assert said["url"] == f"https://localhost:{port}"
        assert [(one["name"], one["role"]) for one in said["links"]] == [
            ("keeper", "keeper"), ("Ann", "analyst"),
        ]  # fmt: skip
        trusted = ssl.create_default_context(cafile=str(cert))
        with closing(http.client.HTTPSConnection("localhost", port, context=trusted)) as line:
            origin = said["url"]
            status, _, told = talk(line, "GET", "/")
            assert status == 401  # no token opens it, only an invitation
            assert told["strict-transport-security"].startswith("max-age=")
            token = said["links"][0]["link"].partition("#")[2]
            assert said["links"][0]["link"] == f"{origin}/join#{token}"
            refused = talk(line, "POST", "/api/join", {"token": token}, Origin="https://x.example")
            assert refused[0] == 403
            status, me, told = talk(line, "POST", "/api/join", {"token": token}, Origin=origin)
            assert (status, me["role"]) == (200, "keeper")
            cookie = told["set-cookie"]
            assert cookie.startswith("__Host-vallum=")
            assert {"httponly", "secure", "samesite=strict", "path=/", "max-age=2592000"} <= {
                part.strip().lower() for part in cookie.split(";")[1:]
            }
            cookie = cookie.partition(";")[0]
            again = talk(line, "POST", "/api/join", {"token": token}, Origin=origin)
            assert again[0] == 403
            status, state, _ = talk(line, "GET", "/api/state", Cookie=cookie)
            assert state["me"]["name"] == "keeper"
            assert state["is_local"] is False
            # One project: no other is opened, made or named.
            for path, body in (
                ("/api/open", {"root": "/"}),
                ("/api/close", {}),
                ("/api/projects",
                 {"folder": "x", "frontier": "prk-chn", "before": "2019", "after": "2022"}),
                ("/api/demo", {}),
            ):  # fmt: skip
                status, problem, _ = talk(line, "POST", path, body, Origin=origin, Cookie=cookie)
                assert (status, problem["error"]) == (403, "NotAllowed"), path
        code, out, errors = stopped(server, signal.SIGTERM)
        assert code == 0, errors
        assert "Traceback" not in errors
        assert json.loads(out)["step"] == "serve"
    with web_client.home_of(root) as home:
        assert serve.invited(home, []) == []  # there is a keeper now


def test_a_desk_behind_a_socket_and_a_proxy_is_reached_by_its_name(root: Path) -> None:
    path = root.parent / "s"
    words = ("--unix-socket", str(path), "--behind-proxy", "https://desk.example")
    with served(root, *words) as (server, said):
        assert said["url"] == "https://desk.example"
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        line = http.client.HTTPConnection("desk.example")
        line.sock = socket.socket(socket.AF_UNIX)
        line.sock.connect(str(path))
        with closing(line):
            token = said["links"][0]["link"].partition("#")[2]
            through = {"Host": "desk.example", "X_Forwarded_For": "203.0.113.9, 203.0.113.7"}
            origin = {"Origin": "https://desk.example"}
            status, _, told = talk(line, "POST", "/api/join", {"token": token}, **through, **origin)
            assert status == 200
            assert "Secure" in told["set-cookie"]
            status, problem, _ = talk(line, "GET", "/api/state", Host="desk.example",
                                      X_Forwarded_Proto="http")  # fmt: skip
            assert (status, problem["error"]) == (400, "NotEncrypted")
            assert talk(line, "GET", "/api/state", Host="evil.example")[0] == 400
            wrong = talk(line, "POST", "/api/join", {"token": "x"}, **through,
                         Origin="http://desk.example")  # fmt: skip
            assert wrong[0] == 403
        code, _, errors = stopped(server, signal.SIGTERM)
        assert code == 0, errors
        assert not path.exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "without encryption"),
        (["--host", "desk.example"], "without encryption"),
        (["--behind-proxy", "http://desk.example"], "begins with https://"),
        (["--behind-proxy", "https://d.example", "--host", "d.example"], "leave them out"),
        (["--unix-socket", "s", "--host", "d.example"], "leave them out"),
        (["--host", "0.0.0.0", "--tls-cert", "a", "--tls-key", "a"], "every address at once"),
        (["--host", "d.example", "--tls-cert", "no.pem", "--tls-key", "a"], "does not exist"),
        (["--unix-socket", "x" * 200], "cannot be listened on"),
        (["--invite", "ann"], "NAME:ROLE"),
        (["--invite", ":analyst"], "has no name"),
        (["--invite", "ann:boss"], "roles are"),
    ],
    ids=range(11),
)
def test_a_desk_is_not_served_where_it_would_not_be_safe(
    words: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").touch()
    result = CliRunner().invoke(serving.serve, words)
    assert result.exit_code == 2, result.output
    assert says in result.output
    assert not (tmp_path / "s").exists()


def test_a_port_that_is_taken_is_not_passed_over_in_silence() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as first,
        pytest.raises(BadSetting, match="is taken"),
    ):
        serve._listener("127.0.0.1", first.getsockname()[1], 1)


def test_a_socket_takes_the_place_of_none_but_one_that_was_left_behind(tmp_path: Path) -> None:
    path = tmp_path / "s"
    path.write_text("somebody's file")
    with pytest.raises(BadSetting, match="no socket"), serve._unix(path):
        pass
    assert path.read_text() == "somebody's file"
    path.unlink()
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(path))
    with serve._unix(path):
        with pytest.raises(BadSetting, match="in use"), serve._unix(path):
            pass
        assert path.exists()
    assert not path.exists()


# -- how much at once -------------------------------------------------------------------------------


class Clock:
    """A clock that is turned by hand."""

    at = 0.0

    def __call__(self) -> float:
        return self.at


def test_a_bucket_lets_through_what_it_promises_and_tells_how_long_to_wait() -> None:
    clock = Clock()
    bucket = limits.Buckets(limits.Rule(burst=3, per_s=0.5), clock=clock)
    assert [bucket.take("a") for _ in range(4)] == [0, 0, 0, 2.0]
    assert bucket.take("b") == 0
    clock.at = 2.0
    assert bucket.take("a") == 0
    assert bucket.take("a") == 2.0
    clock.at = 1e6
    assert [bucket.take("a") for _ in range(4)][:3] == [0, 0, 0]  # never more than its burst
    bucket.give_back("a")
    assert bucket.take("a") == 0


def test_what_is_remembered_of_who_asked_is_bounded() -> None:
    bucket = limits.Buckets(limits.Rule(burst=3, per_s=0.5), clock=Clock())
    for number in range(20_000):
        bucket.take(f"address {number}")
    assert len(bucket) <= 4096


def browser_from(home, address: str = "203.0.113.1", app=None) -> TestClient:
    return TestClient(
        app or web_client.app_of(home), base_url=web_client.BASE,
        headers={"Origin": web_client.BASE}, client=(address, 4000),
    )  # fmt: skip


def test_guessing_links_ends_soon_and_joining_never(home) -> None:
    app = create_app(home)
    guesser = browser_from(home, app=app)
    tries = [guesser.post("/api/join", json={"token": f"guess {n}"}) for n in range(14)]
    assert [one.status_code for one in tries] == [403] * 10 + [429] * 4
    last = tries[-1]
    assert last.json()["error"] == "TooMany"
    assert int(last.headers["retry-after"]) >= 1
    assert last.json()["next"].startswith("Wait ")
    assert "content-security-policy" in last.headers
    door = guesser.get("/", params={"token": "x"})  # the same door, and a page for who stands there
    assert (door.status_code, door.headers["content-type"][:9]) == (429, "text/html")
    assert "Please wait a moment" in door.text
    assert int(door.headers["retry-after"]) >= 1
    assert guesser.get("/api/state").status_code == 200
    # A whole desk joins from one address: what is let in costs nothing.
    for number in range(25):
        _, token = home.desk.invite_whoever(f"p{number}", Role.ANALYST).link.split("#")
        other = browser_from(home, "203.0.113.2", app)
        assert other.post("/api/join", json={"token": token}).status_code == 200


def test_guessing_from_many_addresses_ends_as_well(home) -> None:
    app = create_app(home)
    statuses = [
        browser_from(home, f"198.51.100.{n}", app)
        .post("/api/join", json={"token": "x"})
        .status_code
        for n in range(70)
    ]
    assert statuses[:60] == [403] * 60
    assert 429 in statuses[60:]


def test_one_session_cannot_take_all(home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "OF_SESSION", limits.Rule(burst=5, per_s=0.01))
    app = create_app(home)
    greedy, calm = browser_from(home, app=app), browser_from(home, app=app)
    for client in (greedy, calm):
        client.get("/", params={"token": home.token}, follow_redirects=False)
    statuses = [greedy.get("/api/home").status_code for _ in range(8)]
    assert statuses == [200] * 5 + [429] * 3
    assert calm.get("/api/home").status_code == 200


def test_only_a_few_uploads_come_in_at_once() -> None:
    begun, may_end = [], asyncio.Event()

    async def app(scope, receive, send) -> None:
        begun.append(scope["path"])
        await may_end.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def upload(limited, told: list) -> None:
        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message) -> None:
            told.append(message.get("status"))

        scope = {"type": "http", "method": "POST", "path": "/api/images", "headers": [],
                 "query_string": b"", "client": ("203.0.113.1", 1)}  # fmt: skip
        await limited(scope, receive, send)

    async def both() -> list:
        limited = limits.Limits(app, cookie=lambda: "vallum")
        told: list[list] = [[], [], [], []]
        tasks = [asyncio.create_task(upload(limited, told[n])) for n in range(3)]
        while not told[2]:
            await asyncio.sleep(0)
        may_end.set()
        await asyncio.gather(*tasks)
        await upload(limited, told[3])
        assert limited.n_uploads == 0
        return [one[0] for one in told]

    assert asyncio.run(both()) == [200, 200, 429, 200]


def test_a_body_that_drips_is_refused_as_if_the_browser_had_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "BODY_S", 0.05)

    async def never():
        await asyncio.sleep(60)

    async def slow():
        await asyncio.sleep(0.03)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def ask() -> list[str]:
        stalled = limits._paced(never, False)
        dripping = limits._paced(slow, True)
        return [(await stalled())["type"]] + [(await dripping())["type"] for _ in range(4)]

    assert asyncio.run(ask())[0] == "http.disconnect"
    assert asyncio.run(ask())[-1] == "http.disconnect"


@contextmanager
def wired() -> Iterator[int]:
    """A server in this process over a tiny app, by our connections; yields its port."""
    import uvicorn

    async def app(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        big = b"x" * (1 << 20)
        for _ in range(40 if scope["path"] == "/big" else 0):
            await send({"type": "http.response.body", "body": big, "more_body": True})
        await send({"type": "http.response.body", "body": b"ok"})

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(serve._settings(app, grace_s=1))
        server.install_signal_handlers = lambda: None
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


def is_closed(line: socket.socket, within_s: float = 5.0) -> bool:
    line.settimeout(within_s)
    try:
        while line.recv(1 << 16):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


def test_connections_that_say_nothing_or_half_a_line_are_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wire, "HEAD_S", 0.3)
    with wired() as port:
        with socket.create_connection(("127.0.0.1", port)) as silent:
            assert is_closed(silent)
        with socket.create_connection(("127.0.0.1", port)) as dripping:
            dripping.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ")
            ended = threading.Event()

            def drip() -> None:
                while not ended.wait(0.05):
                    try:
                        dripping.sendall(b"a")
                    except OSError:
                        return

            threading.Thread(target=drip, daemon=True).start()
            assert is_closed(dripping)
            ended.set()
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as line:
            for _ in range(3):  # one that is kept open between requests is not cut off
                line.request("GET", "/")
                assert line.getresponse().read() == b"ok"
                time.sleep(0.4)


def test_whoever_does_not_take_an_answer_gets_no_more_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wire, "TAKEN_S", 0.3)
    with wired() as port, socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect(("127.0.0.1", port))
        line.sendall(b"GET /big HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        time.sleep(1.0)
        line.settimeout(10)
        n_bytes = 0
        try:
            while piece := line.recv(1 << 16):
                n_bytes += len(piece)
        except ConnectionError:
            pass
        assert n_bytes < 40 << 20


def test_more_connections_than_are_held_are_closed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MOST_CONNECTIONS", 3)
    with wired() as port:
        lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
        time.sleep(0.2)
        for line in lines:
            try:
                line.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            except OSError:
                continue
        answered = 0
        for line in lines:
            line.settimeout(5)
            with suppress(OSError):
                answered += line.recv(100).startswith(b"HTTP/1.1 200")
            line.close()
        assert answered == 3
