"""`backup`, `restore`, `project export` and `import`: a whole project in one file or folder.

A backup holds the rows as a SQLite file of one moment, whatever they are kept in, and every other
file of the project but working copies of images, unless asked for, and the vault, always. A list
says the hash of each; nothing is restored that does not have it.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TypedDict

from vallum import __version__, config
from vallum.ground import whole
from vallum.ground.errors import BadSetting, ChainBroken
from vallum.ground.records import SCHEMA_VERSION, Analyst, Json, Scene
from vallum.imagery import objects
from vallum.project import DATABASE_FILE, Project, open_project
from vallum.steps import unbacking
from vallum.steps.done import Done, Progress, silent
from vallum.steps.sessions import ENDED
from vallum.store import Ledger, Store, open_store, whole_address

MANIFEST = unbacking.MANIFEST
INSIDE = unbacking.INSIDE
LAST = "backups/last.json"
"""When the last backup was made; says not where it is."""

_FORMAT = unbacking.FORMAT
_IMAGES = "imagery"
_LEFT_OUT = {"backups", "log", "inbox"}
_STORED = {".zip", ".kmz", ".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".mp4", ".pdf"}
_TRIES = 5
_CHUNK = 1 << 20


class LastBackup(TypedDict):
    """What is remembered of the newest backup."""

    at: str
    rows: int
    head: str


@dataclass(frozen=True, kw_only=True)
class _Source:
    """The files of a project that go into its backup."""

    files: Mapping[str, Path]
    n_images: int
    n_links: int
    unsteady: tuple[str, ...]
    """Files that still changed when they were copied for the last time."""


# -- backup -----------------------------------------------------------------------------------


def backup(
    project: Project,
    to: Path,
    *,
    with_images: bool = False,
    yes: bool = False,
    show: Progress = silent,
) -> Done:
    """Write the whole project, as it stands at one moment, to one file or folder.

    People may go on working meanwhile. Only you may read what is written: it holds everything that
    stays at the desk.

    Args:
        project: what to keep.
        to: a new file that ends in .zip, or a new folder, outside the project.
        with_images: with the working copies of images, too.
        yes: replace an earlier backup of this name.
        show: told how far it is.

    Raises:
        BadSetting: something else has this name, or it lies inside the project.
        DiskFull: there is no room; nothing half-written was kept.
    """
    return _backed_up(project, to, "backup", with_images=with_images, yes=yes, show=show)


def export_project(
    project: Project,
    to: Path,
    *,
    with_images: bool = False,
    yes: bool = False,
    show: Progress = silent,
) -> Done:
    """Write a project for another machine or another database; else as `backup`."""
    done = _backed_up(project, to, "project export", with_images=with_images, yes=yes, show=show)
    return replace(
        done,
        lines=(*done.lines, "work on in the new place only: two ledgers never become one again"),
        next=f"vallum project import {to} FOLDER",
    )


def last_backup(project: Project) -> LastBackup | None:
    """Return when the newest backup was made; None when there was none."""
    try:
        told = json.loads((project.root / LAST).read_text(encoding="utf-8"))
        return LastBackup(at=str(told["at"]), rows=int(told["rows"]), head=str(told["head"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _backed_up(
    project: Project, to: Path, step: str, *, with_images: bool, yes: bool, show: Progress
) -> Done:
    target = to.absolute()
    _check_target(project, target, yes=yes)
    whole.make_folder(target.parent)
    at = datetime.now(UTC)
    with _staged(target) as stage:
        show(step, 1, 3, "steps")
        # Rows first: a file is written before the row that names it, so every one named is there.
        n_rows, head = project.store.backup_to(stage / DATABASE_FILE)
        source = _copied(project, stage, with_images=with_images)
        show(step, 2, 3, "steps")
        told: dict[str, Json] = {
            "format": _FORMAT,
            "vallum": __version__,
            "schema": SCHEMA_VERSION,
            "project": project.config.name,
            "is_simulated": project.config.is_simulated,
            "at": at.isoformat(timespec="seconds"),
            "rows": n_rows,
            "head": head,
            "with_images": with_images,
        }
        if target.suffix.lower() == ".zip":
            with whole.drafted_whole(target) as draft, _private(draft) as out:
                _zip(out, source.files, told)
                whole.fsync_open(out)
        else:
            _fill_folder(stage, target, source.files, told)
    _remember(project, LastBackup(at=str(told["at"]), rows=n_rows, head=head))
    show(step, 3, 3, "steps")
    return Done(
        step=step,
        lines=tuple(_lines(project, source, n_rows, head, with_images=with_images)),
        files=(str(to),),
        blocked=tuple(
            f"{name}: still changed when it was copied for the {_TRIES}th time; the backup may "
            "hold half of a change of it: end what writes to it and make another backup"
            for name in source.unsteady
        ),
        facts={"rows": n_rows, "head": head, "files": len(source.files), "images": source.n_images},
        next=f"vallum restore {to} FOLDER",
    )


def _lines(
    project: Project, source: _Source, n_rows: int, head: str, *, with_images: bool
) -> Iterator[str]:
    yield f"{n_rows:,} rows from {project.store.say_where()}, newest {head[:16]}"
    yield f"{len(source.files):,} files, each with its hash"
    if source.n_images and not with_images:
        yield f"{source.n_images:,} working copies of images left out (--with-images takes them in)"
    if source.n_links:
        yield f"{source.n_links:,} links left out: what they point at is no part of the project"
    if project.config.vault.folder:
        yield "the vault is not in it: back it up by itself, on a disk of its own"
    yield "it holds all that stays at the desk, names too: only you can read it; lock it away"


def _check_target(project: Project, target: Path, *, yes: bool) -> None:
    """Refuse a place where a backup would be no backup, or would take something else's place."""
    if target.resolve().is_relative_to(project.root.resolve()):
        raise BadSetting(
            f"{target} lies inside the project, and would be lost with it; nothing was written, "
            "name a place outside, best on another disk"
        )
    if not target.exists():
        return
    is_zip = target.suffix.lower() == ".zip"
    if is_zip and target.is_file() and not yes:
        raise BadSetting(
            f"{target} is there already; nothing was written, name another or say --yes"
        )
    if is_zip and target.is_file():
        return
    if not is_zip and target.is_dir() and (not any(target.iterdir()) or _is_backup(target)):
        if any(target.iterdir()) and not yes:
            raise BadSetting(
                f"{target} holds a backup already; nothing was written, name another or say --yes"
            )
        return
    raise BadSetting(f"{target} is something else; nothing was written, name a new file or folder")


def _is_backup(folder: Path) -> bool:
    return (folder / MANIFEST).is_file() and (folder / INSIDE).is_dir()


@contextmanager
def _staged(target: Path) -> Iterator[Path]:
    """Give a folder beside `target` that only its owner can read; it goes with the block."""
    stage = target.with_name(f".{target.name}.{secrets.token_hex(4)}{whole.PART}")
    stage.mkdir(mode=0o700)
    try:
        yield stage
    except OSError as error:
        if error.errno not in whole.OUT_OF_ROOM:
            raise
        n_bytes = sum(one.stat().st_size for one in stage.rglob("*") if one.is_file())
        raise whole.no_room(str(target), n_bytes, is_all=False) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


# -- which files ------------------------------------------------------------------------------


def _copied(project: Project, stage: Path, *, with_images: bool) -> _Source:
    """Copy what may change meanwhile, so that all of it is of one moment."""
    files: dict[str, Path] = {}
    for attempt in range(_TRIES):
        shutil.rmtree(stage / INSIDE, ignore_errors=True)
        found = _found(project)
        before = _states(found)
        files = {}
        for name, path in found.items():
            if name.startswith(f"{_IMAGES}/"):
                continue
            copy = stage / INSIDE / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            try:
                files[name] = Path(shutil.copyfile(path, copy, follow_symlinks=False))
            except FileNotFoundError:
                continue  # gone since the list was made: the next look says so
        after = _states(_found(project))
        unsteady = tuple(
            name for name in sorted(before.keys() | after) if before.get(name) != after.get(name)
        )
        if not unsteady or attempt == _TRIES - 1:
            break
    images = {name: path for name, path in found.items() if name.startswith(f"{_IMAGES}/")}
    files |= images if with_images else {}
    files[DATABASE_FILE] = stage / DATABASE_FILE
    n_links = sum(path.is_symlink() for path in _walked(project))
    return _Source(files=files, n_images=len(images), n_links=n_links, unsteady=unsteady)


def _found(project: Project) -> dict[str, Path]:
    """Return the files of a project by their names in it."""
    found = {}
    for path in _walked(project):
        if path.is_symlink() or not path.is_file():
            continue
        found[path.relative_to(project.root).as_posix()] = path
    return dict(sorted(found.items()))


def _walked(project: Project) -> Iterator[Path]:
    vault = project.config.vault.folder
    locked = (project.root / vault).resolve() if vault else None
    for folder, folders, names in os.walk(project.root):
        here = Path(folder)
        is_top = here == project.root
        folders[:] = [
            name
            for name in sorted(folders)
            if not (is_top and name in _LEFT_OUT)
            and not name.endswith(whole.PART)
            and (locked is None or (here / name).resolve() != locked)
        ]
        for name in [*names, *(one for one in folders if (here / one).is_symlink())]:
            is_draft = name.endswith((whole.PART, ".draft"))
            if not is_draft and not (is_top and name.startswith(DATABASE_FILE)):
                yield here / name


def _states(found: Mapping[str, Path]) -> dict[str, tuple[int, int, int]]:
    """Return what changes when a file does; working copies of images never change."""
    states = {}
    for name, path in found.items():
        try:
            told = path.stat()
        except FileNotFoundError:
            continue
        if not name.startswith(f"{_IMAGES}/"):
            states[name] = (told.st_size, told.st_mtime_ns, told.st_ino)
    return states


# -- writing ----------------------------------------------------------------------------------


def _zip(out: IO[bytes], files: Mapping[str, Path], told: dict[str, Json]) -> None:
    listed: dict[str, Json] = {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        for name, path in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{INSIDE}/{name}")
            entry.external_attr = 0o600 << 16
            is_packed = path.suffix.lower() in _STORED
            entry.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as member:
                listed[name] = _poured(path, member.write)
        entry = zipfile.ZipInfo(MANIFEST)
        entry.external_attr = 0o600 << 16
        archive.writestr(entry, _manifest(told, listed))


def _fill_folder(
    stage: Path, target: Path, files: Mapping[str, Path], told: dict[str, Json]
) -> None:
    listed: dict[str, Json] = {}
    made = stage / "made"
    made.mkdir(mode=0o700)
    for name, path in sorted(files.items()):
        copy = made / INSIDE / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        with _private(copy) as member:
            listed[name] = _poured(path, member.write)
    with _private(made / MANIFEST) as member:
        member.write(_manifest(told, listed))
    for inner in made.rglob("*/"):
        inner.chmod(0o600 if inner.is_file() else 0o700)
    is_there = target.exists() and any(target.iterdir())
    whole.folder_whole(made, target, aside=stage / "before" if is_there else None)


def _private(path: Path) -> IO[bytes]:
    """Make a file that only its owner can read, and open it."""
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")


def _poured(path: Path, write: Callable[[bytes], object]) -> dict[str, Json]:
    """Copy a file and return its size and hash."""
    digest, n_bytes = hashlib.sha256(), 0
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            digest.update(chunk)
            n_bytes += len(chunk)
            write(chunk)
    return {"sha256": digest.hexdigest(), "bytes": n_bytes}


def _manifest(told: dict[str, Json], listed: dict[str, Json]) -> bytes:
    return json.dumps({**told, "files": listed}, ensure_ascii=False, indent=1).encode()


def _remember(project: Project, last: LastBackup) -> None:
    path = project.root / LAST
    path.parent.mkdir(mode=0o700, exist_ok=True)
    whole.write_private(path, json.dumps(last).encode())


# -- restore ----------------------------------------------------------------------------------


def restore(backup: Path, folder: Path, *, database: str = "", show: Progress = silent) -> Done:
    """Make a project folder from a backup, after every hash in it was checked.

    Args:
        backup: what `backup` or `export_project` wrote.
        folder: a new or empty folder.
        database: PostgreSQL in which the rows shall be; the file project.db if empty.
        show: told how far it is.

    Raises:
        BadSetting: the folder is not empty; nothing was changed.
        BadInput: it is no backup, or a file in it was changed; named.
        ChainBroken: the ledger in it does not hold.
        DiskFull: there is no room; nothing half-written was kept.
        StoreError: the database cannot be used, or holds rows already.
    """
    return _restored(backup, folder, database, "restore", show)


def import_project(
    file: Path, folder: Path, *, database: str = "", show: Progress = silent
) -> Done:
    """Make a project from what `export_project` wrote, in a file or in PostgreSQL; as `restore`."""
    return _restored(file, folder, database, "project import", show)


def _restored(backup: Path, folder: Path, database: str, step: str, show: Progress) -> Done:
    target = folder.absolute()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadSetting(
            f"{target} is there already and not empty; nothing was changed, name a new folder"
        )
    with unbacking.opened(backup) as content:
        whole.make_folder(target.parent)
        with _staged(target) as stage:
            made = stage / "made"
            made.mkdir()
            unbacking.check_room(backup, content, made)
            for done, name in enumerate(content.files, start=1):
                unbacking.take_out(content, name, made)
                show(step, done, len(content.files), "files")
            where = _placed(backup, content, made, database)
            with open_project(made) as project:
                n_gone = sum(
                    bool(row.href) and not objects.is_there(project.path_of(row))
                    for row in project.rows(Scene)
                )
                n_in = sum(_may_come_in(row) for row in project.rows(Analyst))
            whole.folder_whole(made, target)
    lines = [
        f"{content.rows:,} rows in {where}, the chain holds, newest {content.head[:16]}",
        f"{len(content.files):,} files, each as it was on {content.at[:10]}",
    ]
    if n_gone:
        lines.append(
            f"{n_gone:,} working copies of images were not in the backup: put the folder imagery "
            "back, or add the images again; `vallum verify` names them"
        )
    if n_in:
        lines.append(
            f"{n_in:,} people have a session or a link, as they had on {content.at[:10]}: who was "
            "signed out later is in again; look at `vallum people list` before you serve it"
        )
    return Done(
        step=step,
        lines=tuple(lines),
        files=(str(folder),),
        facts={"rows": content.rows, "head": content.head, "images_missing": n_gone},
        next=f"vallum verify --project {folder}",
    )


def _may_come_in(row: Analyst) -> bool:
    return row.is_active and (row.key_sha256 not in {"", ENDED} or bool(row.invite_sha256))


def _placed(backup: Path, content: unbacking.Content, made: Path, database: str) -> str:
    """Check the ledger, put the rows where they belong and the settings right; say where."""
    file = made / DATABASE_FILE
    settings = config.read(made / config.FILE_NAME)
    with Store(file, force=True) as store:
        n_rows, head = store.verify(), store.head()[1]
        if (n_rows, head) != (content.rows, content.head):
            raise ChainBroken(
                f"{backup.name} says {content.rows} rows that end in {content.head[:16]}, but "
                f"holds {n_rows} that end in {head[:16]}; nothing was restored, use another backup"
            )
        where = store.say_where()
        if database:
            where = _moved(store, database, settings.name)
    place = whole_address(database, settings.name)
    if place != settings.store.database:
        kept = replace(settings, store=replace(settings.store, database=place))
        config.write(kept, made / config.FILE_NAME)
    if database:
        file.unlink()
    return where


def _moved(store: Ledger, database: str, name: str) -> str:
    """Write all rows into PostgreSQL, and compare them one by one."""
    with open_store(Path(), database, project=name, make=True) as new:
        if new.head() != store.head():  # the same head: an earlier try ended after this step
            new.take_over(store.entries())
        new.verify()
        if [asdict(one) for one in new.entries()] != [asdict(one) for one in store.entries()]:
            raise ChainBroken(
                f"{new.say_where()} gave back other rows than it was given; nothing else was "
                "changed, tell who runs the server"
            )
        return new.say_where()
