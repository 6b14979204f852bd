"""A real server in a process of its own: started, asked, stopped; and what it refuses to do."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from vallum.cli import main
from vallum.ground.errors import BadSetting
from vallum.web import serve
from vallum.web.app import STATIC

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


def test_it_starts_answers_and_stops_with_ctrl_c(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path, "--port", str(port)) as (server, said):
        assert said["port"] == port
        assert said["is_local"] is True
        address, _, token = said["url"].partition("/?token=")
        assert address == f"http://127.0.0.1:{port}"
        assert len(token) >= 32
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        page = opened(opener, said["url"])
        assert page.url == f"{address}/"  # the token has left the address bar
        text = page.read().decode()
        assert ("<vallum-app>" in text) == (STATIC / "index.html").is_file()
        assert "vallum" in text
        page.close()
        with opener.open(f"{address}/api/home", timeout=30) as answer:
            assert json.load(answer)["cwd"] == str(tmp_path)
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


def test_a_taken_port_is_said_and_the_next_is_used(tmp_path: Path) -> None:
    with socket.socket() as first:
        first.bind(("127.0.0.1", 0))
        first.listen()
        port = first.getsockname()[1]
        with running(tmp_path, "--port", str(port)) as (server, said):
            assert said["port"] > port
            code, _, errors = stopped(server, signal.SIGTERM)
            assert code == 0, errors
    listener, taken = serve._listener("127.0.0.1", free_port())
    with listener:
        after, taken = serve._listener("127.0.0.1", listener.server_address[1])
        after.server_close()
        assert taken == (listener.server_address[1],)


def test_words_for_people_say_where_it_runs() -> None:
    from vallum.commands.opening import _where
    from vallum.steps.home import Home

    address = serve.Address(
        host="127.0.0.1", port=7421, is_tls=False, is_local=True, token="t", taken=(7420,)
    )
    import click

    @click.command()
    def say() -> None:
        _where(False, address, Home(cwd=Path()))

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
