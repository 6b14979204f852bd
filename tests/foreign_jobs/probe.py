"""Jobs for the limited process: each tries one thing that a hostile file might bring about.

`test_foreign` puts this folder on vallum's own path in the worker, as `vallum.probe`.
"""

import ctypes
import os
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from vallum.ground.errors import BadImage


def echo(value: object) -> object:
    """Return what came in."""
    return value


def refuse(name: str) -> None:
    """Refuse a file, as a reader does."""
    raise BadImage(f"{name}: not an image; send a GeoTIFF")


def chatter() -> str:
    """Write to both outputs, as libraries do, then answer."""
    sys.stdout.write('{"result": "forged"}')
    sys.stderr.write("warning: something\n" * 100)
    return "answer"


def leave_without_answer(code: int) -> None:
    """End at once."""
    os._exit(code)


def fault() -> None:
    """Read from address 0."""
    ctypes.string_at(0)


def hang() -> None:
    """Never come back."""
    time.sleep(600)


def spin() -> None:
    """Burn time without end."""
    while True:
        pass


def take_memory(size: int) -> int:
    """Ask for `size` bytes."""
    return len(bytearray(size))


def write(path: str, size: int) -> int:
    """Write `size` bytes and return who owns the file."""
    Path(path).write_bytes(bytes(size))
    return Path(path).stat().st_uid


def divide() -> float:
    """Fail in a way that nobody foresaw."""
    return 1 / 0


def unserialisable() -> object:
    """Return something that is no JSON."""
    return {1, 2, 3}


def connect(port: int) -> str:
    """Try to reach a port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError as error:
        return type(error).__name__
    return "connected"


def environment() -> dict[str, str]:
    """Return the environment of the worker."""
    return dict(os.environ)


def limits() -> dict[str, int]:
    """Return the limits in force."""
    names = ("RLIMIT_AS", "RLIMIT_FSIZE", "RLIMIT_CPU", "RLIMIT_CORE")
    return {name: resource.getrlimit(getattr(resource, name))[0] for name in names}


def leave_in_temp() -> str:
    """Leave a file where temporary files go, and say where."""
    handle, name = tempfile.mkstemp()
    os.close(handle)
    return name


def leave_a_child() -> int:
    """Start a process that outlives this one, and return its number."""
    return subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL).pid


def attempt(what: str, path: str = "", port: int = 0, other: int = 0) -> str:
    """Try one thing that taken-over code would try; return what came of it."""
    try:
        return str(_ATTEMPTS[what](path, port, other))
    except (OSError, subprocess.SubprocessError) as error:
        return type(error).__name__


def _socket_file(path: str, _port: int, _other: int) -> str:
    with socket.socket(socket.AF_UNIX) as end:
        end.connect(path)
    return "done"


def _thread(_path: str, _port: int, _other: int) -> str:
    found: list[str] = []
    one = threading.Thread(target=found.append, args=("done",))
    one.start()
    one.join()
    return found[0]


def _in_temp(name: str) -> Path:
    return Path(os.environ["TMPDIR"], name)


def _by_syscall(number: int, *arguments: int) -> str:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return "done"


_ATTEMPTS = {
    "read": lambda path, *_: Path(path).read_text(),
    "list": lambda path, *_: sorted(each.name for each in Path(path).iterdir()),
    "write": lambda path, *_: Path(path).write_text("x"),
    "append": lambda path, *_: os.close(os.open(path, os.O_WRONLY | os.O_APPEND)) or "done",
    "truncate": lambda path, *_: os.truncate(path, 0) or "done",
    "cut short": lambda path, *_: os.close(os.open(path, os.O_RDONLY | os.O_TRUNC)) or "done",
    "remove": lambda path, *_: Path(path).unlink() or "done",
    "move": lambda path, *_: Path(path).rename(path + ".moved") and "done",
    "link": lambda path, *_: _in_temp("link").symlink_to(path) or "done",
    "hard link": lambda path, *_: _in_temp("link").hardlink_to(path) or "done",
    "pipe": lambda path, *_: os.mkfifo(_in_temp("pipe")) or "done",
    "chmod": lambda path, *_: Path(path).chmod(0o777) or "done",
    "date": lambda path, *_: os.utime(path, (1, 1)) or "done",
    "run": lambda *_: subprocess.run(["/bin/true"], check=True) and "done",
    "fork": lambda *_: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0) and "done",
    "signal": lambda _path, _port, other: os.kill(other, 0) or "done",
    "limit": lambda _p, _q, other: resource.prlimit(other, resource.RLIMIT_CORE) and "done",
    "tcp": lambda _path, port, _: (
        socket.create_connection(("127.0.0.1", port), timeout=2).close() or "done"
    ),
    "listen": lambda *_: socket.create_server(("127.0.0.1", 0)).close() or "done",
    "udp": lambda _path, port, _: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(
        b"x", ("127.0.0.1", port)
    ),
    "socket file": _socket_file,
    "thread": _thread,
    "io_uring": lambda *_: _by_syscall(425, 1, 0),
    "ptrace": lambda _path, _port, other: _by_syscall(101, 16, other, 0, 0),
    "home": lambda *_: os.environ["HOME"],
}


def open_raster(path: str) -> int:
    """Open a raster without naming a driver and return the sum of its pixels."""
    import rasterio

    try:
        with rasterio.open(path) as source:
            return int(source.read().sum())
    except rasterio.errors.RasterioIOError as error:
        raise BadImage(f"{Path(path).name}: {error}") from error


def origin(path: str) -> list[float]:
    """Return the corner of a raster as GDAL sees it, sidecars included."""
    import rasterio

    with rasterio.open(path, driver="GTiff") as source:
        return [source.transform.c, source.transform.f]


def imported() -> list[str]:
    """Import what reads images, and say which large packages came along."""
    import odc.geo.geobox
    import rasterio

    assert rasterio.__name__
    assert odc.geo.geobox.__name__
    return [name for name in ("boto3", "dask") if sys.modules.get(name)]
