"""Run by test_private.py in a process of its own: the flow of vallum where there is no network.

    python offline_flow.py FOLDER

The process gives up its network first: in its namespace there is nothing but loopback. It watches
itself and every Python that it starts, by an audit hook, for whatever speaks or asks for a name
elsewhere, and prints what was run and seen as JSON. `FOLDER/watch` holds the hook, which is found
by the name that Python looks for.
"""

import ctypes
import fcntl
import http.client
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

NEWUSER, NEWNET = 0x10000000, 0x40000000
ELSEWHERE = ("203.0.113.9", 9)  # of the addresses that are kept for examples: nobody is there

HOOK = """
import os, sys
_SEEN = os.environ["VALLUM_TEST_SEEN"]
_TALK = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind"}
_ASK = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}

def _is_here(host):
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    return host in (None, "", "localhost", "::1") or str(host).startswith("127.")

def _watch(event, arguments):
    if event in _TALK:
        address = arguments[1]
        if not isinstance(address, tuple):
            return  # a file, or a socket that is connected already
        host, is_here = address[0], _is_here(address[0]) and address[0] not in ("", None)
    elif event in _ASK:
        host, is_here = arguments[0], _is_here(arguments[0])
    else:
        return
    if not is_here:
        with open(_SEEN, "a") as seen:
            seen.write(f"{event} {host}\\n")

sys.addaudithook(_watch)
"""


def leave_the_network() -> None:
    """Give up every interface but loopback, and switch that on."""
    uid, gid = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(NEWUSER | NEWNET) != 0:
        sys.stdout.write(json.dumps({"refused": os.strerror(ctypes.get_errno())}))
        sys.exit(0)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {uid} 1"),
        ("gid_map", f"{gid} {gid} 1"),
    ):
        Path("/proc/self", name).write_text(text)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        up = struct.pack("16sh14x", b"lo", 0x1 | 0x40)
        fcntl.ioctl(probe, 0x8914, up)


def commands(root: Path, folder: Path) -> dict[str, int]:
    """Run commands as a person does; return how each ended."""
    from click.testing import CliRunner

    from vallum.cli import main
    from vallum.commands.doctoring import doctor

    words = {
        "help": ["--help"],
        "version": ["--version"],
        "run": ["run", "-p", str(root)],
        "status": ["status", "-p", str(root), "--json"],
        "publish": ["publish", "-p", str(root), "--to", str(folder / "out")],
        "verify": ["verify", "-p", str(root)],
        "trace": ["trace", "frontier_km", "-p", str(root)],
    }
    ended = {}
    for name, line in words.items():
        done = CliRunner().invoke(main, line)
        ended[name] = done.exit_code
        if done.exit_code not in (0, 3):
            sys.stderr.write(f"{name}: {done.output[-1500:]} {done.exception}\n")
    ended["doctor"] = CliRunner().invoke(doctor, ["-p", str(root)]).exit_code
    return ended


def answers(root: Path, folder: Path) -> dict[str, int]:
    """Open the app and the desk on loopback; return what their first page says."""
    begin = "from vallum.cli import main; main()"
    desk = "from vallum.commands.serving import serve; serve()"
    door = Path(folder, "s")
    program = subprocess.Popen(
        [sys.executable, "-c", begin, "open", "--no-browser", "--json", "--port", str(free_port()), "--project", str(root)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    said = json.loads(program.stdout.readline())
    line = http.client.HTTPConnection("127.0.0.1", said["port"], timeout=60)
    seen = {"open": asked(line)}
    stop(program)
    program = subprocess.Popen(
        [sys.executable, "-c", desk, "-p", str(root), "--unix-socket", str(door)],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    for _ in range(600):
        if door.exists() or program.poll() is not None:
            break
        time.sleep(0.1)
    line = http.client.HTTPConnection("127.0.0.1", timeout=60)
    line.sock = socket.socket(socket.AF_UNIX)
    line.sock.connect(str(door))
    seen["serve"] = asked(line)
    stop(program)
    return seen


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def asked(line: http.client.HTTPConnection) -> int:
    line.request("GET", "/")
    status = line.getresponse().status
    line.close()
    return status


def stop(program: subprocess.Popen) -> None:
    program.send_signal(signal.SIGTERM)
    try:
        program.wait(30)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()


def main() -> None:
    folder = Path(sys.argv[1])
    watch, seen = folder / "watch", folder / "seen.txt"
    watch.mkdir()
    (watch / "sitecustomize.py").write_text(HOOK)
    os.environ["VALLUM_TEST_SEEN"] = str(seen)
    os.environ["PYTHONPATH"] = str(watch)
    leave_the_network()
    exec(compile(HOOK, "hook", "exec"), {})

    import small_published

    root = small_published.make(folder / "border", n=3)
    told = {"commands": commands(root, folder), "pages": answers(root, folder)}
    told["seen"] = seen.read_text().splitlines() if seen.exists() else []
    try:
        socket.create_connection(ELSEWHERE, timeout=5).close()
        told["planted"] = "reached"
    except OSError as error:
        told["planted"] = type(error).__name__
    told["seen_planted"] = seen.read_text().splitlines()[len(told["seen"]) :]
    # A process that was started must be watched too, or nothing was proved of the servers.
    code = f"import socket\ntry: socket.create_connection({ELSEWHERE!r}, timeout=5)\nexcept OSError: pass"
    subprocess.run([sys.executable, "-c", code], check=True)
    told["seen_in_child"] = seen.read_text().splitlines()[-1]
    shutil.rmtree(watch)
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
