"""What a process does first that works for another one: one thread inside, a small cache."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path

ALONE = {
    "GDAL_CACHEMAX": "64",
    "GDAL_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(512 << 20),
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
"""One process per core, one thread inside: pools that multiply only slow each other.

GDAL would take 5 % of the memory for the cache of each process; 64 MB are enough for one tile.
The C library of Linux would give the arrays of each tile back to the system and fetch them anew.
"""
FRONTIER_FILE = "frontier.geojson"
_OF_SUMS = ("MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_NOT_AT_WORK = {"cli.py", "commands", "report", "review", "simulate", "store", "web"}
"""What no task uses: it may differ."""


def settle() -> None:
    """Keep this process to one thread, also where its environment was made by somebody else."""
    for name, value in ALONE.items():
        os.environ.setdefault(name, value)
    cv2 = sys.modules.get("cv2")
    if cv2 is not None:
        cv2.setNumThreads(1)


def one_sum() -> Callable[[], AbstractContextManager[None]]:
    """Return what lets linear algebra add in one order while a block lasts, as every worker does.

    With several threads the last bits of a sum depend on how many there are: the number of cores
    of a computer would be part of the result.
    """
    from threadpoolctl import ThreadpoolController

    loaded = ThreadpoolController()  # looking takes a millisecond: once for all blocks

    @contextmanager
    def block() -> Iterator[None]:
        before = {name: os.environ.get(name) for name in _OF_SUMS}
        os.environ.update(dict.fromkeys(_OF_SUMS, "1"))  # for what is loaded meanwhile
        try:
            with loaded.limit(limits=1, user_api="blas"):
                yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value

    return block


def sight_of(root: str) -> str:
    """Return the SHA-256 of the frontier line of a project; empty when it cannot be seen."""
    if not root:
        return ""
    try:
        path = Path(root) / FRONTIER_FILE
        found = path.stat()
        return _sha256(str(path.resolve()), found.st_mtime_ns, found.st_size)
    except OSError:
        return ""


@cache
def _sha256(path: str, _mtime_ns: int, _size: int) -> str:
    import hashlib

    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


@cache
def likeness() -> dict[str, str]:
    """Return what must be equal for two processes to give the same bytes, by name.

    The versions of Python, of vallum and of every package that computes with pixels or places, and
    a hash of vallum's own code: a working copy has the same version before and after a change.
    """
    from importlib.metadata import PackageNotFoundError, version

    found = {"Python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    from vallum import __version__

    found["vallum"] = __version__
    for name in (
        "affine", "numpy", "odc-geo", "onnxruntime", "opencv-python-headless", "pyproj",
        "rasterio", "scikit-image", "scipy", "shapely",
    ):  # fmt: skip
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    found["code of vallum"] = _code()
    return found


def _code() -> str:
    import hashlib

    import vallum

    folder = Path(str(vallum.__file__)).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        if path.relative_to(folder).parts[0] in _NOT_AT_WORK:
            continue
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
