"""F5: the disk is full at some point; nothing is lost, nothing is half there, and it goes on."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torture import SEED, Figure, Size
from torture.f1_review import _there as verdicts_in
from torture.killing import Ended, Tell, apart, bytes_of, copied, forked

NAME = "F5"
WHAT = "disk full"
_POINTS = {Size.CI: 20, Size.RELEASE: 60}
PROMISED = {
    size: f"full at {n} points: 0 lost, no half file under a final name, path and bytes needed "
    "are named, goes on once there is room"
    for size, n in _POINTS.items()
}
_DISK_MB = 48
_OWN_DISK = ("unshare", "-r", "-m")
_BYTES = re.compile(r"\d[\d,]* bytes")


@dataclass(kw_only=True)
class _Seen:
    """What the full disks came to."""

    n_full: Counter[str] = field(default_factory=Counter)
    n_lost: int = 0
    problems: list[str] = field(default_factory=list)


def measure(size: Size, folder: Path) -> Figure:
    """Fill a small disk of its own while a SIMULATED project is worked on."""
    has_own = subprocess.run([*_OWN_DISK, "true"], capture_output=True, check=False)
    if has_own.returncode:
        return Figure(
            measured="not measured: this system lends no file system of its own",
            holds=False,
            misses=("unshare -r -m is refused; run it where user namespaces are allowed",),
        )
    return apart("f5_disk_full", size, folder, before=_OWN_DISK)


def inside(size: Size, folder: Path) -> Figure:
    """The same, with a disk of its own that ends with this process."""
    _warm()
    chance = random.Random(SEED)
    ready = folder / "ready"
    problem = forked(lambda tell: _make(ready, tell)).problem
    disk = folder / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_MB}m", "none", str(disk)]
    subprocess.run(words, check=True)
    if os.statvfs(disk).f_blocks * os.statvfs(disk).f_frsize != _DISK_MB << 20:
        problem = "the small disk is not there"
    seen = _Seen(problems=[problem] if problem else [])
    needs: dict[str, int] = {}
    often = [name for name in _DOINGS if name not in _SELDOM]
    names = [*often, *_SELDOM[: None if size is Size.RELEASE else 1], *often * 10 * _POINTS[size]]
    for name in names:
        if seen.problems or seen.n_full.total() >= _POINTS[size]:
            break
        _point(ready, disk, name, needs, chance, seen)
    n = seen.n_full.total()
    each = ", ".join(f"{name} {count}" for name, count in seen.n_full.items())
    return Figure(
        measured=f"full at {n} points: {seen.n_lost} lost, "
        f"{sum('half' in one for one in seen.problems)} half files, path and bytes named, went on",
        holds=not seen.problems and n >= _POINTS[size],
        misses=tuple(seen.problems[:20]),
        notes=(f"where it was full: {each}",),
    )


def _warm() -> None:
    """Import what every fork needs; none of it starts a thread."""
    import small_published  # noqa: F401
    import small_vault  # noqa: F401
    import vallum.report.pdf  # noqa: F401
    from vallum.steps import backing, editions, judging, settings, vaulting  # noqa: F401
    from vallum.steps.desk import Desk  # noqa: F401


def _make(ready: Path, tell: Tell) -> None:
    import small_published
    import small_vault
    from vallum.project import open_project
    from vallum.steps import vaulting

    small_published.make(ready / "border", n=6)
    keys = small_vault.new_keys(2)
    with open_project(ready / "border") as project:
        vaulting.vault_new(project, ready / "vault", [key.recipient for key in keys])
    tell("made")


# -- what is done while the disk fills ------------------------------------------------------------


def _review(project: Any, tell: Tell) -> None:
    import small_desk
    from vallum.ground.kinds import Role
    from vallum.steps.desk import Desk, Person

    ann, desk = Person(name="ann", role=Role.ANALYST), Desk(project)
    tickets = [desk.ticket_of(ann, one.id) for one in desk.candidates()[:3]]
    for k in range(60):
        given = small_desk.given(desk, ann, tickets[k % 3], 90_000 + k)
        result = desk.answer(ann, [given])[0]
        if result.status == "refused":
            raise RuntimeError(result.message)
        tell(f"acked {given.at.isoformat()}")


def _export(project: Any, _: Tell) -> None:
    from vallum.steps.judging import review_export

    review_export(project, project.root.parent / "review.csv")


def _export_layers(project: Any, _: Tell) -> None:
    from vallum.steps.judging import review_export

    review_export(project, project.root.parent / "review.gpkg")


def _set(project: Any, _: Tell) -> None:
    from vallum.steps.settings import change_setting

    change_setting(project, "publish", "n_chips", 3)


def _lock_up(project: Any, _: Tell) -> None:
    from vallum.ground.saidkinds import Event
    from vallum.steps.vaulting import custody, the_vault

    one = the_vault(project).put(b"SIMULATED" * 40_000)
    with project.run("intake") as work:
        work.add(custody("exhibit", Event.ENCRYPTION, of=one, outcome="original"))


def _back_up(project: Any, _: Tell) -> None:
    from vallum.steps import backing

    backing.backup(project, project.root.parent / "backup.zip")


def _publish(project: Any, _: Tell) -> None:
    from vallum import steps

    steps.publish(project)


def _freeze(project: Any, _: Tell) -> None:
    from vallum import steps

    steps.freeze(project, note="SIMULATED")


_DOINGS: dict[str, Callable[[Any, Tell], None]] = {
    "review": _review, "table": _export, "settings": _set, "vault": _lock_up, "backup": _back_up,
    "review again": _review, "layers": _export_layers, "table again": _export,
    "vault again": _lock_up, "publish": _publish, "backup again": _back_up, "edition": _freeze,
}  # fmt: skip

_SELDOM = ("edition", "publish")
"""What takes long: the second is done in the first, too."""


def _do(root: Path, name: str, tell: Tell) -> None:
    from vallum.ground.errors import VallumError
    from vallum.project import open_project

    try:
        with open_project(root) as project:
            _DOINGS[name](project, tell)
    except (VallumError, OSError) as error:
        full = type(error).__name__ == "DiskFull"
        tell(f"{'full' if full else 'refused'} {type(error).__name__}: {error}")
        return
    tell("done")


# -- one point ------------------------------------------------------------------------------------


def _point(
    ready: Path, disk: Path, name: str, needs: dict[str, int], chance: random.Random, seen: _Seen
) -> None:
    """Let the disk fill up while one thing is done, look at what is there, make room, go on."""
    root = _fresh(ready, disk)
    if name not in needs:
        free = _free(disk)
        ended = forked(lambda tell: _do(root, name, tell))
        if ended.told[-1:] != ("done",):
            seen.problems.append(f"{name} with enough room: {ended.told[-1:]} {ended.problem}")
            return
        needs[name] = max(free - _free(disk), 60_000)
        root = _fresh(ready, disk)
    before = bytes_of(disk)
    room = chance.randrange(4096, max(needs[name], 8192))
    (disk / "filler").write_bytes(b"\0" * max(_free(disk) - room, 0))
    ended = forked(lambda tell: _do(root, name, tell))
    last = ended.told[-1] if ended.told else ""
    if last != "done":
        seen.n_full[name] += 1
        seen.problems += _problems(name, last, ended, before, disk)
    (disk / "filler").unlink()
    again = forked(lambda tell: _do(root, name, tell))
    if again.told[-1:] != ("done",):
        seen.problems.append(f"{name} did not go on: {again.told[-1:]} {again.problem[-300:]}")
    n_lost = _lost(root, ended)
    seen.n_lost += n_lost
    seen.problems += [f"{name}: {n_lost} acknowledged and lost"] if n_lost else []
    seen.problems += _unsound(root, name)


def _fresh(ready: Path, disk: Path) -> Path:
    for old in disk.iterdir():
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    for name in ("border", "vault"):
        copied(ready / name, disk / name)
    settings = disk / "border" / "vallum.toml"
    text = settings.read_text().replace(str(ready / "vault"), str(disk / "vault"))
    settings.write_text(text)
    return disk / "border"


def _free(disk: Path) -> int:
    stat = os.statvfs(disk)
    return stat.f_bavail * stat.f_frsize


def _problems(
    name: str, last: str, ended: Ended, before: dict[str, bytes], disk: Path
) -> list[str]:
    """Return what a person could complain of after the disk was full."""
    if ended.problem:
        return [f"{name}: {ended.problem[-400:]}"]
    problems = []
    if not last.startswith("full "):
        problems.append(f"{name}: not called a full disk: {last[:300]}")
    is_named = ".age" in last or str(disk) in last
    if not (is_named and _BYTES.search(last)):
        problems.append(f"{name}: names no path or bytes: {last[:300]}")
    after = bytes_of(disk)
    apart = ("project.db", "filler", "vault/.lock")  # the last is empty
    ours = {key for key in {*before, *after} if not any(one in key for one in apart)}
    changed = sorted(key for key in ours if before.get(key) != after.get(key))
    whole = _whole_editions(disk / "border" / "out" / "editions")
    problems += [
        f"{name}: half a file, or one left behind: {key}"
        for key in changed
        if not any(key.startswith(f"border/out/editions/{one}/") for one in whole)
    ]
    return problems


def _whole_editions(folder: Path) -> list[str]:
    """Return the editions that are whole: frozen, and the disk full before they were signed."""
    from vallum.steps.folders import changed_files

    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return [one.name for one in found if one.name.isdigit() and not list(changed_files(one))]


def _lost(root: Path, ended: Ended) -> int:
    acked = {line.removeprefix("acked ") for line in ended.told if line.startswith("acked ")}
    return len(acked - verdicts_in(root))


def _unsound(root: Path, name: str) -> list[str]:
    from vallum import steps
    from vallum.ground.errors import VallumError
    from vallum.project import open_project

    try:
        with open_project(root) as project:
            steps.verify(project)
    except VallumError as error:
        return [f"{name}: {error}"]
    return []
