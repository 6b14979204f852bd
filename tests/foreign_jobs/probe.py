"""Jobs for the limited process: each tries one thing that a hostile file might bring about.

`test_foreign` puts this folder on vallum's own path in the worker, as `vallum.probe`.
"""

import ctypes
import os
import resource
import socket
import sys
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
