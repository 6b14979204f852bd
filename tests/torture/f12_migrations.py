"""F12: a project of every schema opens, its numbers stay, and a kill leaves the old or the new one."""

from __future__ import annotations

import csv
import json
import math
import os
import random
import shutil
import signal
import sqlite3
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torture import SEED, Figure, Size

NAME = "F12"
WHAT = "projects of older schemas open, their numbers stay, and a kill leaves old or new"
PROMISED = {
    Size.CI: "8 schemas open, rows, head and numbers as they were; 20 kills: old or new, "
    "a whole copy first",
    Size.RELEASE: "8 schemas open, rows, head and numbers as they were, published again; "
    "20 kills each: old or new, a whole copy first",
}
FIXTURES = Path(__file__).parents[1] / "fixtures" / "schemas"
DATABASE = "project.db"
KILLS = 20
_LONGEST_S = 60.0
_SAME = 1e-9  # a number computed again by newer libraries may differ in its last digits

SAID_OTHERWISE = {
    "barrier_km_repeated_imported": "schema 6 says of lists of others 'as listed by the source'",
    "repeated_geometries_imported": "schema 6 says of lists of others 'as listed by the source'",
}
"""Numbers whose wording is another one when they are measured again, and why; no value is."""

Numbers = dict[str, list[str]]


def names() -> list[str]:
    """Return the names of all fixtures, the oldest schema first."""
    return sorted(expected())


def expected() -> dict[str, dict[str, Any]]:
    """Return what each fixture must hold, as the code said that made it."""
    told: dict[str, dict[str, Any]] = json.loads((FIXTURES / "expected.json").read_bytes())
    return told


def unpacked(name: str, folder: Path) -> Path:
    """Put the project of a fixture into a new folder and return it."""
    root = folder / name
    root.mkdir(parents=True)
    with zipfile.ZipFile(FIXTURES / f"{name}.zip") as archive:
        archive.extractall(root)
    return root


# -- opening, and measuring again ---------------------------------------------------------------


def opened(root: Path, want: dict[str, Any]) -> list[str]:
    """Open a project with the present code; return what is not as its own code said."""
    from vallum.ground.records import SCHEMA_VERSION, Estimate
    from vallum.project import open_project

    wrong = []
    with open_project(root) as project:
        if project.store.head() != (want["rows"], want["head"]):
            wrong.append(f"rows and head are {project.store.head()}")
        if project.store.verify() != want["rows"]:
            wrong.append("the chain has another length")
        kinds: dict[str, int] = {}
        for entry in project.store.entries():
            entry.row()
            kinds[entry.kind] = kinds.get(entry.kind, 0) + 1
        if kinds != want["kinds"]:
            wrong.append(f"kinds are {kinds}")
        if numbers_of(project.rows(Estimate)) != want["numbers"]:
            wrong.append("a stored number is another one")
    if version_of(root / DATABASE) != SCHEMA_VERSION:
        wrong.append(f"its schema is {version_of(root / DATABASE)}")
    return wrong


def numbers_of(rows: list[Any]) -> Numbers:
    """Return value, ends, unit and wording of numbers, by name."""
    return {
        one.name: [repr(one.value), repr(one.low), repr(one.high), one.unit, one.wording]
        for one in sorted(rows, key=lambda one: one.name)
    }


def measured_again(root: Path, want: dict[str, Any], *, is_published: bool) -> list[str]:
    """Measure again, and publish; return every number that is otherwise and that nobody explained.

    The numbers of a fixture are compared; a newer vallum knows more numbers, and adds them.
    """
    from vallum import steps
    from vallum.ground.records import Estimate
    from vallum.project import open_project

    with open_project(root) as project:
        steps.measure(project)
        now = numbers_of(project.rows(Estimate))
        wrong = [
            f"{name} was {' '.join(old)}, is {' '.join(now.get(name, ['gone']))}"
            for name, old in want["numbers"].items()
            if not _is_same(old, now.get(name), has_words=name not in SAID_OTHERWISE)
        ]
        if is_published:
            before = _printed(root)
            steps.publish(project)
            after = _printed(root)
            wrong += [
                f"{name} was printed as {before[name]}, is {after.get(name)}"
                for name in before
                if not _is_near(before[name], after.get(name, ""))
            ]
            if not before:
                wrong.append("the fixture printed no number")
    return wrong


def _is_same(old: list[str], new: list[str] | None, *, has_words: bool) -> bool:
    if new is None or old[3] != new[3] or (has_words and old[4] != new[4]):
        return False
    return all(_is_near(one, other) for one, other in zip(old[:3], new[:3], strict=True))


def _is_near(old: str, new: str) -> bool:
    if old == new:
        return True
    try:
        return math.isclose(float(old), float(new), rel_tol=_SAME, abs_tol=_SAME)
    except ValueError:
        return False


def _printed(root: Path) -> dict[str, str]:
    """Return the values in the published table of numbers, by name."""
    with (root / "out" / "report" / "estimates.csv").open(encoding="utf-8-sig") as handle:
        return {row["name"]: row["value"] for row in csv.DictReader(handle)}


# -- killing ------------------------------------------------------------------------------------


def version_of(database: Path) -> int:
    """Return the schema that a database says it has, read without vallum."""
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _head_of(database: Path) -> tuple[int, str]:
    with closing(sqlite3.connect(database)) as connection:
        query = "SELECT seq, sha256 FROM ledger ORDER BY seq DESC LIMIT 1"
        seq, sha256 = connection.execute(query).fetchone()
        return int(seq), str(sha256)


def tables_of(database: Path) -> dict[str, tuple[str, int]]:
    """Return the definition and number of rows of every table, read without vallum."""
    with closing(sqlite3.connect(database)) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
        return {
            name: (sql, connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])
            for name, sql in found.fetchall()
        }


def _migrating(root: Path, at: int, tell: int) -> None:
    """Open the project in this process, which kills itself at the `at`-th thing that it does.

    Counted are the statements that go to the database, and what Python does with files; the
    number of all of them goes to `tell` when the project is open.
    """
    import sqlalchemy as sa

    from vallum.store import Store

    n_done = 0

    def one_more(*_: object, **__: object) -> None:
        nonlocal n_done
        n_done += 1
        if n_done == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def heard(event: str, _: object) -> None:
        if event in {"open", "os.rename", "os.mkdir", "os.remove", "sqlite3.connect"}:
            one_more()

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", one_more)
    sa.event.listen(sa.engine.Engine, "commit", one_more)
    sys.addaudithook(heard)
    store = Store(root / DATABASE)
    one_more()  # the last point: all is done, and nothing is closed
    store.close()
    os.write(tell, n_done.to_bytes(4, "big"))


def _in_child(work: Callable[[int], None], *, kill_after_s: float = 0.0) -> tuple[int, int]:
    """Run in a forked process; return the signal that ended it (0 for none) and what it told."""
    listen, tell = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(listen)
            work(tell)
            os._exit(0)
        except BaseException:  # a child must never go on as the parent
            os._exit(1)
    os.close(tell)
    try:
        if kill_after_s:
            time.sleep(kill_after_s)
            os.kill(child, signal.SIGKILL)
        status = _ended(child)
        told = os.read(listen, 4)
    finally:
        os.close(listen)
    code = os.waitstatus_to_exitcode(status)
    if code > 0:
        raise RuntimeError("the process that migrates failed before it could be killed")
    return -code, int.from_bytes(told, "big")


def _ended(child: int) -> int:
    end = time.monotonic() + _LONGEST_S
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    raise RuntimeError("the process that migrates did not end")


@dataclass(kw_only=True)
class Kills:
    """What killing came to."""

    n: int = 0
    n_old: int = 0
    n_new: int = 0
    wrong: list[str] = field(default_factory=list)


def _open_once(root: Path) -> None:
    from vallum.store import Store

    Store(root / DATABASE).close()
    shutil.rmtree(root)


def killed(name: str, folder: Path, *, n: int, n_timed: int = 0) -> Kills:
    """Kill the migration of a fixture at `n` points, and `n_timed` times after a random while."""
    drawn = random.Random(f"{SEED} {name}")
    source, found = unpacked(name, folder / "source"), Kills()
    was = tables_of(source / DATABASE)
    # Once in this process: what is imported on the way is there in every child, so that all count
    # the same points.
    _open_once(Path(shutil.copytree(source, folder / "first")))
    trial = Path(shutil.copytree(source, folder / "whole"))
    began = time.monotonic()
    _, n_points = _in_child(lambda tell: _migrating(trial, 0, tell))
    lasts_s = time.monotonic() - began
    becomes = tables_of(trial / DATABASE)
    shutil.rmtree(trial)
    if n_points < n:
        raise RuntimeError(f"{name}: only {n_points} points to kill at")
    # Always with the last point, at which the new one must be there already.
    last = max(1, n_points)
    for at in [*sorted(drawn.sample(range(1, last), n - 1)), last]:
        root = folder / f"kill-{at}"
        shutil.copytree(source, root)
        ended, _ = _in_child(lambda tell, root=root, at=at: _migrating(root, at, tell))  # type: ignore[misc]
        if ended != signal.SIGKILL:
            found.wrong.append(f"{name}, point {at}: it was not killed")
        _judge(found, f"{name}, point {at} of {n_points}", root, was, becomes)
        shutil.rmtree(root)
    for number in range(n_timed):
        root = folder / f"timed-{number}"
        shutil.copytree(source, root)
        wait_s = drawn.uniform(0.001, max(lasts_s, 0.002))
        _in_child(lambda tell, root=root: _migrating(root, 0, tell), kill_after_s=wait_s)  # type: ignore[misc]
        _judge(found, f"{name}, after {wait_s:.3f} s", root, was, becomes)
        shutil.rmtree(root)
    return found


def _judge(
    found: Kills,
    where: str,
    root: Path,
    was: dict[str, tuple[str, int]],
    becomes: dict[str, tuple[str, int]],
) -> None:
    """Look at what a kill left, and whether the project opens as if nothing had been."""
    name = where.partition(",")[0]
    wrong = [f"{where}: {what}" for what in left_wrong(root, name, was, becomes)]
    found.n += 1
    if version_of(root / DATABASE) == _version(name):
        found.n_old += 1
    else:
        found.n_new += 1
    wrong += [f"{where}: opened again, {what}" for what in opened(root, expected()[name])]
    found.wrong += wrong


def left_wrong(
    root: Path, name: str, was: dict[str, tuple[str, int]], becomes: dict[str, tuple[str, int]]
) -> Iterator[str]:
    """Yield what is neither the old database nor the new one, and what no whole copy is."""
    want = expected()[name]
    version, head = version_of(root / DATABASE), (want["rows"], want["head"])
    is_old = version == _version(name)
    if _head_of(root / DATABASE) != head:
        yield f"the ledger ends at {_head_of(root / DATABASE)}"
    if tables_of(root / DATABASE) != (was if is_old else becomes):
        yield f"schema {version}, but its tables are not those of that schema"
    copies = sorted((root / "backups").glob("*.db")) if (root / "backups").is_dir() else []
    for copy in copies:
        if version_of(copy) != _version(name) or _head_of(copy) != head or tables_of(copy) != was:
            yield f"{copy.name} is no copy of what was there before"
    if not is_old and not copies:
        yield "it is new, and nothing was kept of the old one"


def _version(name: str) -> int:
    return int(name.rpartition("-")[2])


# -- the figure ---------------------------------------------------------------------------------


def measure(size: Size, folder: Path) -> Figure:
    """Open every fixture, measure it again, and kill its migration."""
    is_full = size is Size.RELEASE
    misses: list[str] = []
    for name in names():
        root = unpacked(name, folder / "open")
        want = expected()[name]
        misses += [f"{name}: {what}" for what in opened(root, want)]
        misses += [f"{name}: {what}" for what in measured_again(root, want, is_published=is_full)]
        shutil.rmtree(root)
    every = Kills()
    shares = [KILLS] * len(names()) if is_full else _shared_out(KILLS, len(names()))
    for name, n in zip(names(), shares, strict=True):
        one = killed(name, folder / name, n=n, n_timed=n // 2 if is_full else 0)
        every.n, every.n_old = every.n + one.n, every.n_old + one.n_old
        every.n_new, every.wrong = every.n_new + one.n_new, every.wrong + one.wrong
    misses += every.wrong
    if every.n < sum(shares) or not every.n_old or not every.n_new:
        misses.append("the migration was not killed often enough to say anything")
    again = ", published again" if is_full else ""
    return Figure(
        measured=f"{len(names())} schemas open, rows, head and numbers as they were{again}; "
        f"{every.n} kills: {every.n_old} left the old one, {every.n_new} the new one, "
        f"{len(every.wrong)} something else",
        holds=not misses,
        misses=tuple(misses),
        notes=(
            "schema 1 was never committed, so no project of it exists",
            "the fixtures were made by the code of their time and hold no images",
            *(f"{name}: {why}" for name, why in SAID_OTHERWISE.items()),
        ),
    )


def _shared_out(n: int, parts: int) -> list[int]:
    """Return `parts` whole numbers that add up to `n`, as equal as they can be."""
    return [n // parts + (k < n % parts) for k in range(parts)]
