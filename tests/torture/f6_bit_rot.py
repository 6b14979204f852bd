"""F6: one bit turns somewhere; `verify` says where, and says nothing while nothing turned."""

from __future__ import annotations

import hashlib
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from torture import SEED, Figure, Size
from torture.killing import apart

NAME = "F6"
WHAT = "bit rot in database, media and outputs"
_FLIPS = {Size.CI: 30, Size.RELEASE: 1000}
_CLEAN = {Size.CI: 3, Size.RELEASE: 100}
PROMISED = {
    size: f"{n} flips: every one that touches a ledger row or a stored file reported by name; 0 "
    f"false alarms in {_CLEAN[size]} clean runs"
    for size, n in _FLIPS.items()
}
_IN_DATABASE = 0.5
_PIXELS = 60_000


@dataclass(kw_only=True)
class _Seen:
    """What the flips came to."""

    n_flips: Counter[str] = field(default_factory=Counter)
    n_reported: Counter[str] = field(default_factory=Counter)
    n_idle: int = 0
    problems: list[str] = field(default_factory=list)


def measure(size: Size, folder: Path) -> Figure:
    """Turn single bits in a SIMULATED project that holds one of everything, one at a time."""
    return apart("f6_bit_rot", size, folder)


def inside(size: Size, folder: Path) -> Figure:
    """The same, in a process of its own."""
    chance = random.Random(SEED)
    root = make(folder)
    pristine = (root / "project.db").read_bytes()
    alarms = [problem for _ in range(_CLEAN[size]) for problem in [_verified(root)] if problem]
    files = dict(_stored(root, folder))
    rows = _rows(root / "project.db")
    seen = _Seen()
    for _ in range(_FLIPS[size]):
        if chance.random() < _IN_DATABASE:
            _flip_database(root, pristine, rows, chance, seen)
        else:
            kind = chance.choice(sorted(set(files.values())))
            path = chance.choice(sorted(one for one, its in files.items() if its == kind))
            _flip_file(root, path, kind, chance, seen)
    seen.problems += [f"false alarm: {alarm}" for alarm in [*alarms, _verified(root)] if alarm]
    kinds = {"ledger", *files.values()}
    missing = sorted(kinds - seen.n_flips.keys())
    seen.problems += [f"no flip in {kind}" for kind in missing if size is Size.RELEASE]
    n_all, n_told = seen.n_flips.total(), seen.n_reported.total()
    each = ", ".join(f"{kind} {seen.n_reported[kind]}/{n}" for kind, n in seen.n_flips.items())
    return Figure(
        measured=f"{_FLIPS[size]} flips: {n_told} of {n_all} reported by name, {seen.n_idle} "
        f"touched no row; {len(alarms)} false alarms in {_CLEAN[size]} clean runs",
        holds=not seen.problems and n_told == n_all and n_all >= _FLIPS[size] // 2,
        misses=tuple(seen.problems[:20]),
        notes=(
            f"reported of those that touch something: {each}",
            "not looked at, as no row holds their hash: vallum.toml, covers of cloud that vallum "
            "makes itself and makes again, lists of places, sheets' own list",
        ),
    )


# -- a project with one of everything -------------------------------------------------------------


def make(folder: Path) -> Path:
    """Make it: images, a paper, a vault, a time stamp, a publication, two editions."""
    from datetime import date

    import small_published
    import small_vault
    from vallum import steps
    from vallum.project import open_project
    from vallum.steps import editions, vaulting

    root = small_published.make(folder / "border", n=6)
    keys = small_vault.new_keys(2)
    with open_project(root) as project:
        vaulting.vault_new(project, folder / "vault", [key.recipient for key in keys])
    with open_project(root) as project:
        _images(project)
        _paper(project)
        steps.measure(project)
        editions.freeze(project, note="SIMULATED", day=date(2026, 5, 1))
        editions.freeze(project, note="SIMULATED, again", day=date(2026, 6, 1))
        _stamp(project, folder)
    return root


def _images(project: object) -> None:
    from vallum.ground.records import Scene
    from vallum.project import Project

    assert isinstance(project, Project)
    rows = []
    for number, scene in enumerate(project.rows(Scene)):
        content = random.Random(number).randbytes(_PIXELS)
        (project.root / scene.href).parent.mkdir(exist_ok=True)
        (project.root / scene.href).write_bytes(content)
        rows.append(replace(scene, copy_sha256=hashlib.sha256(content).hexdigest()))
    with project.run("add") as work:
        work.add_all(rows)


def _paper(project: object) -> None:
    """Lock a paper in, with an open working copy, as `intake` does for a newspaper."""
    from vallum.ground.records import Exhibit
    from vallum.ground.saidkinds import Event
    from vallum.project import Project
    from vallum.steps.vaulting import custody, the_vault

    assert isinstance(project, Project)
    content = b"SIMULATED: a new fence was seen near the bridge. " * 40
    sha256 = hashlib.sha256(content).hexdigest()
    (project.root / "papers").mkdir(exist_ok=True)
    (project.root / "papers" / "made-up.txt").write_bytes(content)
    one = the_vault(project).put(content * 50)
    row = Exhibit(
        sha256=sha256, name="made-up.txt", media_type="text/plain", role="statement",
        vault_ref=one.name, href="papers/made-up.txt", copy_sha256=sha256, n_bytes=len(content),
        is_simulated=True,
    )  # fmt: skip
    with project.run("intake") as work:
        work.add(row, custody(row.id, Event.ENCRYPTION, of=one, outcome="original"))


def _stamp(project: object, folder: Path) -> None:
    """Have the ledger's head stamped by an authority of the tests."""
    import small_tsa
    from vallum.project import Project
    from vallum.steps import stamping

    assert isinstance(project, Project)
    if shutil.which("openssl") is None:
        return
    tsa = small_tsa.make(folder / "tsa")
    request = folder / "head.tsq"
    stamping.stamp(project, request=request)
    answer = tsa.answer(request, folder / "head.tsr")
    stamping.stamp(project, response=answer, roots=[tsa.root])


def _stored(root: Path, folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield every file that `verify` promises to look at, and what kind it is."""
    yield root / "frontier.geojson", "line"
    kinds = {"imagery": "image", "papers": "paper", "stamps": "time stamp"}
    for name, kind in kinds.items():
        for path in sorted((root / name).glob("*")):
            if path.suffix != ".tsq":
                yield path, kind
    for path in sorted((root / "out" / "report").rglob("*")):
        if path.is_file():
            yield path, "publication"
    for path in sorted((root / "out" / "editions").rglob("*")):
        if path.is_file():
            yield path, "edition"
    for path in sorted((folder / "vault").glob("*.age")):
        yield path, "vault"
    yield folder / "vault" / "recipients.txt", "vault"


# -- flips ----------------------------------------------------------------------------------------


def _verified(root: Path) -> str:
    """Return what `vallum verify` complains of; empty when it finds nothing."""
    from vallum import steps
    from vallum.ground.errors import VallumError
    from vallum.project import open_project

    try:
        with open_project(root) as project:
            steps.verify(project)
    except VallumError as error:
        return str(error)
    except Exception as error:  # what nobody foresaw is a traceback for a person
        return f"TRACEBACK {type(error).__name__}: {error}"
    return ""


def _flipped(content: bytes, chance: random.Random) -> tuple[bytes, int]:
    turned = bytearray(content)
    bit = chance.randrange(len(content) * 8)
    turned[bit // 8] ^= 1 << bit % 8
    return bytes(turned), bit


def _flip_file(root: Path, path: Path, kind: str, chance: random.Random, seen: _Seen) -> None:
    old, mode = path.read_bytes(), path.stat().st_mode
    turned, bit = _flipped(old, chance)
    path.chmod(0o644)
    path.write_bytes(turned)
    told = _verified(root)
    path.write_bytes(old)
    path.chmod(mode)
    seen.n_flips[kind] += 1
    name = path.stem if kind == "vault" else path.name
    if told.startswith("TRACEBACK") or name not in told:
        seen.problems.append(f"bit {bit} of {kind} {path.name}: {told or 'nothing was said'}"[:300])
    else:
        seen.n_reported[kind] += 1


def _flip_database(
    root: Path, pristine: bytes, rows: list[tuple[object, ...]], chance: random.Random, seen: _Seen
) -> None:
    path = root / "project.db"
    turned, bit = _flipped(pristine, chance)
    path.write_bytes(turned)
    is_touched = _rows(path) != rows
    told = _verified(root)
    for left in root.glob("project.db-*"):
        left.unlink()
    shutil.rmtree(root / "backups", ignore_errors=True)
    path.write_bytes(pristine)
    if told.startswith("TRACEBACK"):
        seen.problems.append(f"bit {bit} of project.db: {told}"[:300])
    if not is_touched:
        seen.n_idle += 1
        return
    seen.n_flips["ledger"] += 1
    if any(word in told for word in ("ledger row", "project.db", "table ", "rows of the ledger")):
        seen.n_reported["ledger"] += 1
    else:
        seen.problems.append(f"bit {bit} of project.db: {told or 'nothing was said'}"[:300])


def _rows(path: Path) -> list[tuple[object, ...]]:
    """Return all rows of all tables, read without any index; fewer where they cannot be read."""
    found: list[tuple[object, ...]] = []
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database:
            database.text_factory = bytes
            names = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
            for (name,) in sorted(names.fetchall()):
                query = f'SELECT * FROM "{name.decode()}" NOT INDEXED'
                found += [(name, *row) for row in database.execute(query)]
    except (sqlite3.Error, UnicodeDecodeError) as error:
        found.append((str(error),))
    return found
