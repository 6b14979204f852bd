"""F3: every command is given twice; the second time no byte changes and no row is added."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torture import SEED, Figure, Size
from torture.killing import apart, bytes_of

NAME = "F3"
WHAT = "every command twice"
PROMISED = dict.fromkeys(Size, "0 changed bytes, 0 new rows in the second run")

Words = Callable[["_Made"], list[str]]


@dataclass(frozen=True, kw_only=True)
class _Made:
    """Where things are."""

    root: Path
    line: Path
    images: Path
    out: Path


def measure(size: Size, folder: Path) -> Figure:
    """Type every command that can be typed twice, in a small SIMULATED project."""
    return apart("f3_again", size, folder)


def inside(size: Size, folder: Path) -> Figure:
    """The same, in a process of its own."""
    import small_border

    small = small_border.make(folder / "came")
    out = folder / "given-out"
    out.mkdir()
    made = _Made(root=folder / "border", line=small.line, images=small.images, out=out)
    problems: list[str] = []
    n_twice, n_once, n_added = 0, 0, 0
    known = set(_commands())
    for name, words in _typed().items():
        if words(made)[0] not in {*known, "--help"} or (size is Size.CI and name in _RELEASE):
            continue
        first = _called(words(made), made)
        if first.problem:
            problems.append(f"{name}: {first.problem}")
            continue
        if name in _ONCE:
            n_once += 1
            continue
        before, rows = _state(made), first.n_rows
        again = _called(words(made), made)
        n_twice += 1
        n_added += again.n_rows - rows
        problems += [f"{name}, again: {again.problem}"] if again.problem else []
        if again.n_rows != rows:
            problems.append(f"{name}: {again.n_rows - rows} rows more the second time")
        after = _state(made)
        problems += [
            f"{name}: {key} is not as it was"
            for key in sorted({*before, *after} - {*_DATED.get(name, ())})
            if before.get(key) != after.get(key)
        ]
    n_bytes = sum("not as it was" in one for one in problems)
    left_out = _left_out(known)
    return Figure(
        measured=f"{n_twice} commands twice: {n_bytes} files changed, {n_added} rows added",
        holds=not problems and n_twice >= 20,
        misses=tuple(problems[:20]),
        notes=(
            f"done once each, as they make something new by their nature: {', '.join(_ONCE)}",
            f"says when it was made, and adds no row: {', '.join(_DATED)}",
            f"not typed here: {'; '.join(left_out)}",
        ),
    )


# -- what is typed --------------------------------------------------------------------------------

_ONCE = {
    "new": "a second project is refused",
    "case": "a folder that is there is refused",
    "people invite": "each link is a new one",
    "source add": "each is a new source, under a random code",
    "publish edition": "nothing is frozen twice under two numbers",
    "shop prices": "a price file that is there is refused",
    "stamp": "each request has a new number, so that nobody can answer it beforehand",
}

_DATED = {
    "backup": ("given-out/backup.zip", "border/backups/last.json"),
    "project export": ("given-out/move.zip", "border/backups/last.json"),
}
"""What says when it was made: these files, and no others, are not as before."""

_RELEASE = frozenset(
    {
        "publish",
        "cue",
        "terrain",
        "scrub",
        "publish edition",
        "publish check",
        "diff",
        "case",
        "recompute",
        "align files",
    }
)
"""Typed in full only, because they take seconds; `run` publishes, too."""

_ANYWHERE = {"new", "--help", "recompute", "scrub"}
"""Know no project."""

_NEVER = {
    "cluster": "each key is a new one; touches no project",
    "line": "the same line again is refused",
    "open": "serves until it is stopped (F1, F15)",
    "serve": "serves until it is stopped (F4, F15)",
    "demo": "a project of its own, by the commands above",
    "restore": "a folder that is there is refused (F13)",
    "intake": "needs a vault (F7, F11)",
    "vault": "each key is a new one (F11)",
    "view": "needs a photograph",
    "withdraw": "deletes; needs a source",
    "place": "needs a screenshot",
    "shop": "no image is missing here; only its price file is written",
}


def _typed() -> dict[str, Words]:
    """Return what is typed for each command, in an order in which each finds what it needs."""
    return {
        "new": lambda m: [
            "new", str(m.root), "--frontier", str(m.line), "--before", "2019", "--after", "2022",
            "--corridor-m", "60", "--section-m", "500",
        ],
        "add": lambda m: ["add", str(m.images)],
        "watch": lambda m: ["watch", str(m.images), "--settled-s", "0"],
        "cover": lambda _: ["cover"],
        "align": lambda _: ["align"],
        "detect": lambda _: ["detect"],
        "review": lambda m: ["review", "--export", str(m.out / "review.csv")],
        "review layers": lambda m: ["review", "--export", str(m.out / "review.gpkg")],
        "review import": lambda m: ["review", "--import", str(_answered(m.out, "ann")), "--analyst", "ann"],
        "review of another": lambda m: ["review", "--import", str(_answered(m.out, "bea")), "--analyst", "bea"],
        "settle": lambda _: ["settle"],
        "sight": lambda _: ["sight"],
        "sample": lambda _: ["sample", "--n", "6", "--unit-m", "50"],
        "sample table": lambda m: ["sample", "--export", str(m.out / "sample.csv")],
        "sample plan": lambda _: ["sample", "--n", "6", "--unit-m", "50", "--plan"],
        "set-aside": lambda _: ["set-aside", "scene_2019-05-01.tif", "--back"],
        "terrain": lambda _: ["terrain"],
        "dates": lambda m: ["dates", "--csv", str(m.out / "dates.csv")],
        "measure": lambda _: ["measure"],
        "publish": lambda _: ["publish"],
        "sheet": lambda _: ["sheet", "--all"],
        "shots": lambda _: ["shots"],
        "read": lambda _: ["read", "--all"],
        "match": lambda _: ["match"],
        "source add": lambda _: ["source", "add", "--voice", "publisher", "--name", "SIMULATED press"],
        "people invite": lambda _: ["people", "invite", "Bea:analyst"],
        "people list": lambda _: ["people", "list"],
        "people end": lambda _: ["people", "end", "Bea", "--yes"],
        "run": lambda _: ["run"],
        "publish edition": lambda _: ["publish", "--edition", "--day", "2026-01-02"],
        "publish check": lambda _: ["publish", "--check"],
        "diff": lambda _: ["diff", "1"],
        "case": lambda m: ["case", str(m.out / "case")],
        "recompute": lambda m: ["recompute", str(m.out / "case")],
        "shop prices": lambda m: ["shop", "--example-prices", str(m.out / "example.toml")],
        "capture-plan": lambda _: ["capture-plan"],
        "scrub": lambda m: ["scrub", str(_photograph(m.out)), "-o", str(m.out / "scrubbed.jpg"), "--yes"],
        "align files": lambda m: ["align", *_both(m.images)],
        "stamp": lambda m: ["stamp", "--request", str(m.out / "head.tsq")],
        "lint": lambda m: ["lint", "Built were 12 km and 3 km, 15 km in all."],
        "backup": lambda m: ["backup", str(m.out / "backup.zip"), "--yes"],
        "project export": lambda m: ["project", "export", str(m.out / "move.zip"), "--yes"],
        "status": lambda _: ["status"],
        "runs": lambda _: ["runs"],
        "source looks": lambda _: ["source", "looks"],
        "trace": lambda _: ["trace", "border_km_changed"],
        "verify": lambda _: ["verify"],
        "verify rebuild": lambda _: ["verify", "--rebuild"],
        "claims": lambda _: ["claims"],
        "source list": lambda _: ["source", "list"],
        "cue": lambda _: ["cue"],
        "--help": lambda _: ["--help"],
        "doctor": lambda _: ["doctor"],
    }  # fmt: skip


def _answered(folder: Path, analyst: str) -> Path:
    """Fill in the table as one analyst would: everything is there."""
    import csv

    with (folder / "review.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    filled = folder / f"answered-{analyst}.csv"
    with filled.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "answer": "yes", "analyst": analyst} for row in rows)
    return filled


def _prices(folder: Path) -> Path:
    """Return the price file that the command before wrote."""
    return folder / "example.toml"


def _photograph(folder: Path) -> Path:
    """Write a photograph of nothing, once."""
    import cv2
    import numpy as np

    path = folder / "photograph.jpg"
    if not path.is_file():
        grey = np.random.default_rng(SEED).integers(0, 255, (240, 320, 3), dtype=np.uint8)
        cv2.imwrite(str(path), grey)
    return path


def _both(images: Path) -> list[str]:
    return [str(path) for path in sorted(images.glob("*.tif"))]


def _left_out(known: set[str]) -> list[str]:
    """Return the commands that nobody typed here, and why."""
    typed = {name.split(" ")[0] for name in _typed()}
    return [f"{name} ({_NEVER[name]})" for name in sorted(set(_NEVER) | (known - typed))]


def _commands() -> list[str]:
    from vallum.cli import main

    return list(main.commands)


# -- typing ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Said:
    n_rows: int
    problem: str


def _called(words: list[str], made: _Made) -> _Said:
    """Type one command in the project; a person who types twice is not told of a traceback."""
    from click.testing import CliRunner

    from vallum.cli import main

    os.environ["VALLUM_ACTOR"] = "ann"
    here = [] if words[0] in _ANYWHERE else ["--project", str(made.root)]
    result = CliRunner().invoke(main, [*words, *here], catch_exceptions=True)
    problem = ""
    if result.exit_code not in {0, 3} or "Unexpected" in result.output:
        problem = f"exit {result.exit_code}: {' '.join(result.output.split())[-300:]}"
    return _Said(n_rows=_rows(made.root), problem=problem)


def _rows(root: Path) -> int:
    from vallum.project import open_project

    if not (root / "vallum.toml").is_file():
        return 0
    with open_project(root) as project:
        return project.store.head()[0]


def _state(made: _Made) -> dict[str, Any]:
    """Return every file of the project and of what was given out; the database by its rows."""
    from vallum.project import open_project

    files: dict[str, Any] = {}
    for folder in (made.root, made.out):
        for name, content in bytes_of(folder).items():
            if not name.startswith(("project.db", "log/")):
                files[f"{folder.name}/{name}"] = content
    with open_project(made.root) as project:
        files["ledger"] = json.dumps([entry.sha256 for entry in project.store.entries()])
    return files
