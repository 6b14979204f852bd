"""Threads that import at once, each what the other needs."""

import subprocess
import sys
from pathlib import Path

import pytest

_PARTS = {
    "__init__.py": "import time\ntime.sleep(0.4)\nfrom parted.inner import thing\n",
    "inner.py": "import parted\nthing = 1\n",
    "outer.py": "from parted.inner import thing\n",
}
_PROGRAM = """
import importlib, sys, threading, time
if sys.argv[1] == "in turn":
    from vallum.ground.loading import import_in_turn
    import_in_turn()
    import_in_turn()
problems = []
def load(how, name):
    try:
        importlib.import_module(name) if how == "module" else __import__(name)
    except Exception as error:
        problems.append(error)
threads = [threading.Thread(target=load, args=order) for order in
           (("module", "parted"), ("statement", "parted.outer"))]
threads[0].start()
time.sleep(0.1)
threads[1].start()
for thread in threads:
    thread.join()
sys.exit(len(problems))
"""


@pytest.mark.parametrize(("way", "is_whole"), [("in turn", True), ("as Python does", False)])
def test_packages_that_import_their_own_parts_are_imported_by_two_threads(
    tmp_path: Path, way: str, is_whole: bool
) -> None:
    package = tmp_path / "parted"
    package.mkdir()
    for name, text in _PARTS.items():
        (package / name).write_text(text)
    ended = subprocess.run(
        [sys.executable, "-c", _PROGRAM, way], cwd=tmp_path, capture_output=True, check=False
    )
    assert (ended.returncode == 0) is is_whole, ended.stderr


_PAST_IT = """
import sys, threading
from vallum.ground import loading
loading._LONGEST_S = 0.2
loading.import_in_turn()
kept, may_end = threading.Event(), threading.Event()
def keep():
    with loading._in_turn():
        kept.set()
        may_end.wait(20)
threading.Thread(target=keep, daemon=True).start()
kept.wait()
import json, colorsys
print(colorsys.__name__)
may_end.set()
"""


def test_a_turn_that_never_comes_is_not_waited_for(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", _PAST_IT], capture_output=True, check=True, timeout=15
    )
    assert told.stdout == b"colorsys\n"
