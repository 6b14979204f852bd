"""The process of F7 that stands for a person's terminal: it gives files to commands, one by one."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import resource
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from torture.warmed import Warm

Words = list[str | Path]

_TESTS = Path(__file__).parents[1]
_PROJECTS = ("land", "desk", "said", "stick")


def main(home: str) -> None:
    """Take orders from standard input, one JSON a line, and answer each in one line."""
    from vallum.ground import foreign

    warm = Warm(_TESTS)
    foreign.subprocess = warm  # type: ignore[attr-defined]
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints by itself must not be taken for an answer
    for line in sys.stdin:
        answers.write(json.dumps(_answer(json.loads(line), Path(home), warm)) + "\n")
        answers.flush()


def _answer(order: dict[str, Any], home: Path, warm: Warm) -> dict[str, Any]:
    """Lay the file down, give it, and tell what came of it."""
    _put_back(home)
    place = home / f"case-{order['number'] % 2}"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(order["folder"], place)
    raw = Path(order["raw"]).read_bytes()
    file = place / order["file"]
    file.parent.mkdir(parents=True, exist_ok=True)
    is_changed = not file.exists() or file.read_bytes() != raw
    file.write_bytes(raw)
    if order["door"] == "bag" and is_changed:
        _seal(place / order["given"], order["file"])
    warm.used.__init__()  # type: ignore[misc]
    used, began = _cpu_s(), time.monotonic()
    door = order["door"]
    if door.startswith("control-"):
        told = CONTROLS[door.removeprefix("control-")](home, warm)
    else:
        told = _typed(DOORS[door](home, place, place / order["given"]))
    wall_s = time.monotonic() - began
    _swept(home, place)
    return {
        "wall_s": wall_s,
        "cpu_s": _cpu_s() - used + warm.used.cpu_s,
        "rss_bytes": warm.used.rss_bytes,
        "n_workers": warm.used.n,
        **told,
    }


def _put_back(home: Path) -> None:
    """Give the next file to the projects as they were made: what one took says nothing of another.

    Else the pixels of a delivery would be known after its first copy, and its papers not read.
    """
    kept = home / "as-made"
    for name in _PROJECTS:
        if not (kept / name).exists():
            shutil.copytree(home / name, kept / name)
        elif _listed(home / name) != _listed(kept / name):
            shutil.rmtree(home / name)
            shutil.copytree(kept / name, home / name)


def _listed(folder: Path) -> set[tuple[str, int, int]]:
    """What lies in a folder, as far as a file that was written anew is seen."""
    stats = {path: path.lstat() for path in folder.rglob("*") if not path.is_dir()}
    return {
        (str(path.relative_to(folder)), one.st_size, one.st_mtime_ns) for path, one in stats.items()
    }


def _cpu_s() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime


def _typed(words: Iterable[str | Path]) -> dict[str, Any]:
    """Run a command as it is typed, in this process."""
    from click.testing import CliRunner

    from vallum.cli import main as vallum

    sys.excepthook = sys.__excepthook__
    result = CliRunner().invoke(vallum, [str(word) for word in words], catch_exceptions=True)
    raised = ""
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        last = traceback.extract_tb(result.exception.__traceback__)[-1]
        raised = f"{result.exception!r:.300} in {Path(last.filename).name}:{last.lineno}"
        if os.environ.get("VALLUM_TORTURE_KEEP"):
            traceback.print_exception(result.exception)
    return {"code": result.exit_code, "out": result.stdout, "err": result.stderr, "raised": raised}


def _seal(bag: Path, changed: str) -> None:
    """List a changed file of a case file with its new hash: a forger would."""
    told = str(Path(changed).relative_to(bag.name))
    if "manifest-" in told:
        return
    for kind in ("", "tag"):
        for name in ("sha256", "sha512"):
            listed = bag / f"{kind}manifest-{name}.txt"
            lines = listed.read_text().splitlines() if listed.is_file() else []
            for k, line in enumerate(lines):
                path = line.split("  ", 1)[-1]
                if (bag / path).is_file():
                    lines[k] = f"{hashlib.new(name, (bag / path).read_bytes()).hexdigest()}  {path}"
            listed.write_text("\n".join(lines) + "\n")


def _swept(home: Path, place: Path) -> None:
    for one in (home / "made", place / "made"):
        shutil.rmtree(one, ignore_errors=True)


# -- the doors --------------------------------------------------------------------------------


def _add(*more: str) -> Callable[[Path, Path, Path], Words]:
    return lambda home, place, given: ["add", given, "-p", home / "land", "--credit", "x", *more]


def _desk(*words: str) -> Callable[[Path, Path, Path], Words]:
    """A command on the project with candidates; the file stands at the end."""
    return lambda home, place, given: [words[0], "-p", home / "desk", *words[1:], given]


DOORS: dict[str, Callable[[Path, Path, Path], Words]] = {
    "line": lambda home, place, given: [
        "new", home / "made", "--frontier", given, "--before", "2019", "--after", "2022",
    ],
    "barriers": _add("--barriers"),
    "footprints": _add("--footprints"),
    "images": _add("--taken", "2019-03-01"),
    "deliveries": _add(),
    "heights": lambda home, place, given: ["terrain", "-p", home / "land", "--dem", given],
    "verdicts": _desk("review", "--analyst", "ann", "--import"),
    "answers": _desk("sample", "--analyst", "ann", "--import"),
    "classes": _desk("sample", "--plan", "--n", "4", "--by"),
    "claims": lambda home, place, given: ["claims", "-p", home / "said", "--by", "ann",
                                          "--import", given],
    "prices": lambda home, place, given: ["shop", "-p", home / "land", "--to", place / "made",
                                          "--budget", "1000", "--prices", given],
    "intake": lambda home, place, given: ["intake", given, "-p", home / "desk", "--source",
                                          (home / "source").read_text()],
    "scrub": lambda home, place, given: ["scrub", given, "-o", place / f"made.{_kind(given)}"],
    "read": lambda home, place, given: ["read", given, "--published", "2021-05-20"],
    "lint": lambda home, place, given: ["lint", given],
    "project": lambda home, place, given: ["status", "-p", given],
    "diff": lambda home, place, given: ["diff", "-p", home / "desk", given],
    "bag": lambda home, place, given: ["recompute", given],
}  # fmt: skip


def _kind(given: Path) -> str:
    return "png" if given.suffix == ".png" else "jpg"


# -- planted faults ---------------------------------------------------------------------------


def _said(code: int = 1, err: str = "", raised: str = "") -> dict[str, Any]:
    return {"code": code, "out": "", "err": err, "raised": raised}


def _dies(home: Path, warm: Warm) -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGSEGV)
    return _said()


def _raises(home: Path, warm: Warm) -> dict[str, Any]:
    import click

    from vallum.cli import main as vallum

    @click.command("planted")
    def planted() -> None:
        raise ZeroDivisionError

    vallum.add_command(planted)
    return _typed(["planted"])


def _hangs(home: Path, warm: Warm) -> dict[str, Any]:
    time.sleep(600)
    return _said()


def _eats(home: Path, warm: Warm) -> dict[str, Any]:
    """Stand for a limited process that took too much."""
    importlib.import_module("vallum.ground.foreign")
    warm.used.rss_bytes = 5 << 30
    return _said(err="vallum: a.bin: refused")


CONTROLS: dict[str, Callable[[Path, Warm], dict[str, Any]]] = {
    "dies": _dies,
    "raises": _raises,
    "prints": lambda home, warm: _said(err="Traceback (most recent call last) a.bin"),
    "tells": lambda home, warm: _said(err=f"vallum: a.bin: {home}/a.bin"),
    "talks": lambda home, warm: _said(err="vallum: a.bin\nand\nmore"),
    "unnamed": lambda home, warm: _said(err="vallum: something is wrong"),
    "hangs": _hangs,
    "eats": _eats,
}
