"""What the limited process cannot do: with all defences, with each alone, and with none."""

import json
import os
import platform
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from vallum.ground import confine, filtering, foreign
from vallum.ground.errors import BadSetting
from vallum.ground.foreign import call

JOBS = Path(__file__).parent / "foreign_jobs"
Attempt = Callable[..., str]

held = foreign.protection()
"""What this system lets a process give up; the tests below need all of it, as CI does."""

pytestmark = pytest.mark.skipif(
    not held.is_whole and os.environ.get("CI") != "true",
    reason=f"this system lacks defences: {'; '.join(held.why_not)}",
)


@pytest.fixture(scope="module")
def interpreter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that finds `tests/foreign_jobs` as part of vallum."""
    script = tmp_path_factory.mktemp("interpreter") / "python"
    script.write_text(
        f"#!{sys.executable}\nimport runpy, sys\nimport vallum\n"
        f"vallum.__path__.append({str(JOBS)!r})\nsys.argv = sys.argv[2:]\n"
        "runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return script


@pytest.fixture
def attempt(interpreter: Path, monkeypatch: pytest.MonkeyPatch) -> Attempt:
    """Try one thing in a limited process, with some defences; return what came of it."""
    monkeypatch.setattr(sys, "executable", str(interpreter))

    def run(what: str, defences: str = "", *, reads: Any = (), writes: Any = (), runs: Any = (),
            **more: Any) -> str:  # fmt: skip
        monkeypatch.setenv(foreign.SWITCH, defences)
        said: str = call(
            "vallum.probe:attempt", {"what": what, **more}, returns=str, wall_s=60.0,
            reads=[JOBS, *reads], writes=writes, runs=runs,
        )  # fmt: skip
        return said

    return run


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that the process was not given."""
    path = tmp_path / "closed" / "secret.txt"
    path.parent.mkdir()
    path.write_text("canary-7c1e")
    return path


@pytest.fixture
def port() -> Iterator[int]:
    """A port of this machine that answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


# -- files ------------------------------------------------------------------------------------

FILES = [
    "read",
    "list",
    "write",
    "append",
    "truncate",
    "cut short",
    "remove",
    "move",
    "chmod",
    "date",
]


@pytest.mark.parametrize("what", FILES)
def test_a_file_that_was_not_given_is_closed(attempt: Attempt, secret: Path, what: str) -> None:
    before = secret.stat()
    path = secret.parent if what == "list" else secret
    assert attempt(what, path=str(path)) in {"PermissionError", "OSError"}
    after = secret.stat()
    assert secret.read_text() == "canary-7c1e"
    assert (before.st_mode, before.st_mtime_ns) == (after.st_mode, after.st_mtime_ns)


@pytest.mark.parametrize("what", ["read", "list", "write", "append", "remove", "move"])
def test_landlock_alone_closes_files(attempt: Attempt, secret: Path, what: str) -> None:
    path = secret.parent if what == "list" else secret
    assert attempt(what, "landlock", path=str(path)) in {"PermissionError", "OSError"}
    assert secret.read_text() == "canary-7c1e"


@pytest.mark.parametrize("what", ["truncate", "cut short", "chmod", "date"])
def test_the_filter_alone_keeps_files_as_they_are(
    attempt: Attempt, secret: Path, what: str
) -> None:
    assert attempt(what, "syscalls", path=str(secret)) == "PermissionError"
    assert secret.read_text() == "canary-7c1e"


def test_without_landlock_the_control_finds_the_secret(attempt: Attempt, secret: Path) -> None:
    assert attempt("read", "off", path=str(secret)) == "canary-7c1e"
    assert attempt("read", "namespaces,syscalls", path=str(secret)) == "canary-7c1e"


def test_what_was_given_is_read_and_not_written(attempt: Attempt, secret: Path) -> None:
    assert attempt("read", path=str(secret), reads=[secret]) == "canary-7c1e"
    assert attempt("write", path=str(secret), reads=[secret]) == "PermissionError"
    assert attempt("list", path=str(secret.parent), reads=[secret]) == "PermissionError"


def test_a_file_beside_the_one_that_was_given_is_closed(attempt: Attempt, secret: Path) -> None:
    beside = secret.with_name("beside.txt")
    beside.write_text("other")
    assert attempt("read", path=str(beside), reads=[secret]) == "PermissionError"


def test_a_link_in_a_given_folder_leads_nowhere(
    attempt: Attempt, secret: Path, tmp_path: Path
) -> None:
    given = tmp_path / "given"
    given.mkdir()
    (given / "link.tif").symlink_to(secret)
    assert attempt("read", path=str(given / "link.tif"), reads=[given]) == "PermissionError"


@pytest.mark.parametrize("way", ["/proc/self/root{}", "/proc/self/cwd/../..{}"])
def test_no_way_around_through_proc(attempt: Attempt, secret: Path, way: str) -> None:
    said = attempt("read", path=way.format(secret))
    assert said in {"PermissionError", "FileNotFoundError"}


def test_a_folder_for_writing_takes_files_and_no_links(
    attempt: Attempt, secret: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    assert attempt("write", path=str(out / "made"), writes=[out]) == "1"
    for what in ("link", "hard link", "pipe"):
        for defences in ("", "landlock", "syscalls"):
            said = attempt(what, defences, path=str(secret), writes=[out])
            assert said in {"PermissionError", "OSError"}, (what, defences)


@pytest.mark.parametrize("path", ["/etc/passwd", "/etc/hostname", "/proc/1/environ", "/root", "~"])
def test_the_home_and_what_names_people_are_closed(attempt: Attempt, path: str) -> None:
    path = str(Path(path).expanduser())
    what = "list" if Path(path).is_dir() else "read"
    assert attempt(what, path=path) in {"PermissionError", "FileNotFoundError"}


def test_its_home_is_an_empty_folder_that_goes_away(attempt: Attempt) -> None:
    home = attempt("home")
    assert home != os.environ.get("HOME")
    assert not Path(home).exists()


# -- the network ------------------------------------------------------------------------------


@pytest.mark.parametrize("defences", ["", "namespaces", "landlock", "syscalls"])
def test_each_defence_alone_takes_the_network_away(
    attempt: Attempt, port: int, defences: str
) -> None:
    assert attempt("tcp", defences, port=port) != "done"


def test_without_any_the_control_reaches_the_port(attempt: Attempt, port: int) -> None:
    assert attempt("tcp", "off", port=port) == "done"


@pytest.mark.parametrize("defences", ["", "syscalls"])
def test_no_datagram_leaves_and_nothing_listens(attempt: Attempt, port: int, defences: str) -> None:
    assert attempt("udp", defences, port=port) == "PermissionError"
    assert attempt("listen", defences) == "PermissionError"


def test_a_socket_in_the_file_system_is_not_reached(attempt: Attempt, tmp_path: Path) -> None:
    path = tmp_path / "agent"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen(5)
        assert attempt("socket file", "off", path=str(path)) == "done", "the control"
        assert attempt("socket file", path=str(path)) == "PermissionError"
        assert attempt("socket file", "syscalls", path=str(path)) == "PermissionError"


# -- programs and other processes -------------------------------------------------------------


@pytest.mark.parametrize("what", ["run", "fork"])
def test_no_program_is_started_unless_it_was_named(attempt: Attempt, what: str) -> None:
    assert attempt(what, "off") not in {"PermissionError", "OSError"}, "the control"
    assert attempt(what) == "PermissionError"
    assert attempt(what, "landlock") != "done" or what == "fork"
    assert attempt(what, "syscalls") == "PermissionError"


def test_a_named_program_is_started_and_no_other(attempt: Attempt) -> None:
    assert attempt("run", runs=[Path("/bin/true")]) not in {"PermissionError", "OSError"}
    assert attempt("run", runs=[Path("/bin/false")]) == "PermissionError"


def test_threads_still_start(attempt: Attempt) -> None:
    assert attempt("thread") == "done"


@pytest.mark.parametrize("what", ["signal", "limit", "ptrace", "io_uring"])
def test_other_processes_and_the_kernel_are_left_alone(attempt: Attempt, what: str) -> None:
    if what == "ptrace" and platform.machine() != "x86_64":
        pytest.skip("the number of the call is that of x86_64")
    with subprocess.Popen(["sleep", "60"]) as other:
        try:
            for defences in ("", "syscalls"):
                said = attempt(what, defences, other=other.pid)
                assert said in {"PermissionError", "ProcessLookupError", "OSError"}, defences
        finally:
            other.kill()


def test_a_limited_process_ends_with_the_one_that_started_it(
    interpreter: Path, tmp_path: Path
) -> None:
    code = (
        "import sys; sys.executable = sys.argv[1]\n"
        "from pathlib import Path\n"
        "from vallum.ground.foreign import call\n"
        "call('vallum.probe:hang', {}, returns=int, reads=[Path(sys.argv[2])], wall_s=300)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(interpreter), str(JOBS)]) as parent:
        children = _wait_for(lambda: _children(parent.pid))
        _wait_for(lambda: _is_confined(children[0]))
        parent.kill()
    assert _wait_for(lambda: [one for one in children if not _is_alive(one)]) == children


def _children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(one) for one in path.read_text().split()] if path.exists() else []


def _is_confined(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return "Seccomp:\t2" in status.read_text() if status.exists() else False


def _is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "State:\tZ" not in status.read_text()


def _wait_for(look: Callable[[], Any]) -> Any:
    ready = threading.Event()
    for _ in range(600):
        if found := look():
            return found
        ready.wait(0.05)
    return pytest.fail("it never came")


# -- what is told -----------------------------------------------------------------------------


def test_what_protects_is_measured_by_a_limited_process() -> None:
    assert held.is_whole
    assert held.notice == ""
    assert held.landlock_abi == confine.landlock_abi()
    assert held.why_not == ()


@pytest.mark.parametrize(
    ("defences", "network", "files", "programs"),
    [
        ("off", False, False, False),
        ("namespaces", True, False, False),
        ("landlock", True, True, True),
        ("syscalls", True, False, True),
    ],
)
def test_what_is_switched_off_is_told(
    monkeypatch: pytest.MonkeyPatch, defences: str, network: bool, files: bool, programs: bool
) -> None:
    monkeypatch.setenv(foreign.SWITCH, defences)
    found = foreign.protection.__wrapped__()
    assert (found.network, found.files, found.programs) == (network, files, programs)
    assert found.limits
    assert any("VALLUM_CONFINE" in line for line in found.why_not)
    if defences == "off":
        assert "reach the network, read your files, start programs" in found.notice
        assert "\n" not in found.notice


def test_a_defence_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(foreign.SWITCH, "landlok")
    with pytest.raises(BadSetting, match="landlok"):
        foreign.wanted()


@pytest.mark.parametrize(
    ("said", "names"),
    [("", confine.DEFENCES), ("on", confine.DEFENCES), ("off", ()), ("landlock", ("landlock",))],
)
def test_the_switch_says_which_defences_are_put_up(
    monkeypatch: pytest.MonkeyPatch, said: str, names: tuple[str, ...]
) -> None:
    monkeypatch.setenv(foreign.SWITCH, said)
    assert foreign.wanted() == names


@pytest.mark.parametrize("may_run", [True, False])
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_is_a_program_whose_jumps_stay_inside(machine: str, may_run: bool) -> None:
    program = filtering._program(machine, may_run)
    n = len(program) // 8
    assert len(program) == 8 * n
    assert n < 4096, "the most that the kernel takes"
    for at in range(n):
        code, yes, no = (
            program[8 * at] | program[8 * at + 1] << 8,
            *program[8 * at + 2 : 8 * at + 4],
        )
        assert at + 1 + max(yes, no) < n or code == 0x06
    assert program[-8:-6] == b"\x06\x00", "it ends with a verdict"


def test_walls_cross_into_the_process_as_plain_values() -> None:
    walls = confine.Walls(reads=["/a"], writes=["/b"], runs=["/c"])
    again = confine.Walls(**json.loads(json.dumps(asdict(walls))))
    assert list(again.reads) == ["/a"]
    assert list(again.defences) == list(confine.DEFENCES)
