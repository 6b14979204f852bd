"""F13: a backup that is made while people write restores, and a long ledger is checked quickly."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from torture import SEED, Figure, Size
from vallum import config
from vallum.frontier import Frontier
from vallum.ground.kinds import Answer
from vallum.ground.records import Verdict
from vallum.project import Project, create, open_project
from vallum.steps import backing

NAME = "F13"
WHAT = "backup while people write; check of a long ledger"
_BACKUPS = {Size.CI: 2, Size.RELEASE: 20}
_ROWS = {Size.CI: 1_000, Size.RELEASE: 100_000}
_WRITES_PER_S = 200.0
_TOGETHER = 5
_AT_ONCE = 5_000
_VERIFY_S = 10.0
PROMISED = {
    size: (
        f"{_BACKUPS[size]} backups on each store under {_WRITES_PER_S:.0f} writes/s restore with a "
        f"valid chain and all that was acknowledged; {_ROWS[size]:,} rows verified in under "
        f"{_VERIFY_S:.0f} s"
    )
    for size in Size
}


@dataclass
class _Found:
    """What came out for one store."""

    n_restored: int = 0
    n_rows: int = 0
    n_written: int = 0
    seconds: float = 0.0
    verify_s: float = 0.0
    misses: list[str] = field(default_factory=list)

    @property
    def per_s(self) -> float:
        return self.n_written / self.seconds if self.seconds else 0.0


def measure(size: Size, folder: Path) -> Figure:
    """Back up while another process writes, restore each, and look for every acknowledged row."""
    chance = random.Random(SEED)
    notes: list[str] = []
    found: dict[str, _Found] = {}
    with ExitStack() as stack:
        stores = {"SQLite": lambda: ""} | _postgresql(size, stack, notes)
        for name, new_address in stores.items():
            found[name] = _on(new_address(), size, folder / name.lower(), chance)
            found[name].verify_s = _verified(
                folder / f"{name.lower()}-long", new_address(), _ROWS[size], found[name]
            )
    misses = [f"{name}: {miss}" for name, one in found.items() for miss in one.misses]
    n_restored = sum(one.n_restored for one in found.values())
    slow = [one for one in found.values() if one.per_s < _WRITES_PER_S or one.verify_s > _VERIFY_S]
    return Figure(
        measured="; ".join(
            f"{name}: {one.n_restored} backups of up to {one.n_rows:,} rows, made under "
            f"{one.per_s:,.0f} writes/s, restored; {_ROWS[size]:,} rows verified in "
            f"{one.verify_s:.1f} s"
            for name, one in found.items()
        ),
        holds=not misses and n_restored == _BACKUPS[size] * len(found),
        in_time=not slow,
        misses=tuple(misses),
        notes=(
            f"the ledger that is verified is one of its own, of exactly {_ROWS[size]:,} rows; nobody "
            "writes while a restored backup is looked through",
            *notes,
        ),
    )


def _postgresql(size: Size, stack: ExitStack, notes: list[str]) -> dict[str, Callable[[], str]]:
    import pg

    if pg.missing():
        notes.append(f"not measured on PostgreSQL: {pg.missing()}")
        return {}
    is_durable = size is Size.RELEASE
    server = stack.enter_context(pg.serving(is_durable=is_durable))
    stack.enter_context(pg.password())
    if not is_durable:
        notes.append("PostgreSQL on this machine, with fsync off: it is the test's own")
    return {"PostgreSQL": server.new_database}


def _on(address: str, size: Size, folder: Path, chance: random.Random) -> _Found:
    folder.mkdir(parents=True)
    root = folder / "border"
    _make(root, address).close()
    found = _Found()
    told = folder / "acknowledged"
    with _writing(root, told) as writer:
        for number in range(_BACKUPS[size]):
            start, before = time.monotonic(), _acknowledged(told)
            time.sleep(chance.uniform(0.05, 0.3))
            acked = _acknowledged(told)
            target = folder / f"{number}.zip"
            with open_project(root) as project:
                found.n_rows = int(backing.backup(project, target).facts["rows"])
            found.n_written += _acknowledged(told) - before
            found.seconds += time.monotonic() - start
            with _still(writer):
                found.misses += _restored(target, folder / "back", acked, number)
            found.n_restored += 1
            target.unlink()
    if not found.n_written:
        found.misses.append("nothing was written meanwhile, so nothing was shown")
    found.misses += _tampered(root, folder)
    return found


def _make(root: Path, address: str) -> Project:
    settings = config.Config(
        name="SIMULATED",
        is_simulated=True,
        border=config.Border(frontier="prk-north", start_m=0, end_m=4000, left_m=400, right_m=400),
        dates=config.Dates(before="2019", after="2022"),
    )
    stored = replace(settings, store=config.Stored(database=address))
    return create(root, stored, Frontier.packaged("prk-north"))


def _verdict(number: int) -> Verdict:
    return Verdict(
        about=f"candidate-{number}", analyst="SIMULATED", answer=Answer.YES, is_simulated=True
    )


@contextmanager
def _writing(root: Path, told: Path) -> Iterator[int]:
    """Let another process write, and note in `told` how many rows were acknowledged; give its id."""
    told.touch()
    start = time.monotonic()
    child = os.fork()
    if not child:
        _write_forever(root, told)
    try:
        while not _acknowledged(told):
            if time.monotonic() - start > 60:
                raise RuntimeError("the writer did not start")
            time.sleep(0.01)
        yield child
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


@contextmanager
def _still(writer: int) -> Iterator[None]:
    """Hold the writer while a restored backup is looked through: that is not what it disturbs."""
    os.kill(writer, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(writer, signal.SIGCONT)


def _write_forever(root: Path, told: Path) -> None:
    """Write as a desk does that takes in what several people say at the same moment."""
    try:
        with open_project(root) as project, told.open("a") as out:
            number = 0
            while True:
                rows = [_verdict(number + one) for one in range(_TOGETHER)]
                project.store.add(rows, actor="SIMULATED")
                number += _TOGETHER
                out.write("." * _TOGETHER)
                out.flush()
    finally:
        os._exit(1)


def _acknowledged(told: Path) -> int:
    return told.stat().st_size


def _restored(target: Path, back: Path, n_acked: int, number: int) -> list[str]:
    """Restore a backup and say what is missing of what was acknowledged before it was begun."""
    try:
        backing.restore(target, back)
        with open_project(back) as project:
            project.store.verify()
            kept = {row.about for row in project.rows(Verdict)}
        lost = [n for n in range(n_acked) if f"candidate-{n}" not in kept]
        return [f"backup {number + 1}: {len(lost)} acknowledged rows are not in it"] if lost else []
    except Exception as error:
        return [f"backup {number + 1}: {type(error).__name__}: {error}"]
    finally:
        shutil.rmtree(back, ignore_errors=True)


def _tampered(root: Path, folder: Path) -> list[str]:
    """Change one byte of a backup; a restore that takes it shows that nothing was checked."""
    with open_project(root) as project:
        backing.backup(project, folder / "plain")
    database = folder / "plain" / "project" / "project.db"
    content = bytearray(database.read_bytes())
    content[len(content) // 2] ^= 1
    database.write_bytes(content)
    try:
        backing.restore(folder / "plain", folder / "tampered")
    except Exception:
        return []
    return ["a backup with a changed byte was restored"]


def _verified(root: Path, address: str, n_rows: int, found: _Found) -> float:
    """Make a ledger of so many rows, and return how long its check takes."""
    with _make(root, address) as project:
        n_made = project.store.head()[0]
        rows = [_verdict(number) for number in range(n_rows - n_made)]
        for first in range(0, len(rows), _AT_ONCE):
            project.store.add(rows[first : first + _AT_ONCE], actor="SIMULATED")
        start = time.perf_counter()
        n_checked = project.store.verify()
        took_s = time.perf_counter() - start
    if n_checked != n_rows:
        found.misses.append(f"{n_checked} rows were checked, not {n_rows}")
    return took_s
