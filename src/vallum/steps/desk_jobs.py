"""Steps over papers and claims that take a while, begun at the desk: intake, read, match, check."""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from vallum.evidence.handover import is_handover
from vallum.ground.errors import BadDate, BadInput, DiskFull, VallumError
from vallum.ground.records import Exhibit, Source
from vallum.ground.saidkinds import Handling, Paper
from vallum.project import Project
from vallum.steps.desk import Person
from vallum.steps.desk_keyring import needs_key
from vallum.steps.desk_said import Said, no_ticket
from vallum.steps.done import Done, Progress
from vallum.steps.home import Home
from vallum.steps.jobs import Job

Word = TypeVar("Word")
PREFIX = "vallum-papers-"
_NAMES = re.compile(r"\b(?:exhibit|claim|source|match|finding)-[a-z2-7]{16}\b")
_OLD_S = 3600.0
_HOW = ("manual", "in_person", "auto_archiver", "atlos", "handover", "import")
_DERIVED = ("", "translation_of", "republishes")


def new_inbox(here: Home, n_bytes: int) -> Path:
    """Return a new folder for papers that come in; nobody else on this computer can look into it.

    It lies outside the project, in memory where there is room: what is handed over never lies
    open on the project's disk. What an earlier server left when it was cut off is taken away.

    Raises:
        Busy: a job is at work.
        DiskFull: it would not fit.
    """
    here.jobs.check_free()
    here.check_room(n_bytes)
    memory = Path("/dev/shm")  # noqa: S108 - a fresh folder of our own is made in it
    roots = [memory, Path(tempfile.gettempdir())]
    for root in roots:
        _clear(root)
    has_room = memory.is_dir() and 0 < 2 * n_bytes < shutil.disk_usage(memory).free // 2
    root = memory if has_room else roots[1]
    if shutil.disk_usage(root).free < 2 * n_bytes:
        raise DiskFull(
            f"{root} has no room for what comes in; nothing was taken, free some space or use "
            "`vallum intake`"
        )
    return Path(tempfile.mkdtemp(prefix=PREFIX, dir=root))


def _clear(root: Path) -> None:
    """Take away what was left in a folder that everybody may use, if it is ours and old."""
    if not root.is_dir():
        return
    for folder in root.glob(f"{PREFIX}*"):
        try:
            found = folder.lstat()
            is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
        except (OSError, AttributeError):
            continue
        if is_ours and time.time() - found.st_mtime > _OLD_S:
            shutil.rmtree(folder, ignore_errors=True)


def intake(here: Home, said: Said, person: Person, folder: Path, fields: Mapping[str, str]) -> Job:
    """Begin to take in the papers of a folder, and remove it afterwards.

    Args:
        here: what the server holds.
        said: what was said.
        person: who takes them in.
        folder: of `new_inbox`, with the files.
        fields: as a form sends them; `source` is a ticket.

    Raises:
        NoTicket: there is no such source, or no such paper that it is derived from.
        BadInput: a field cannot be used.
    """
    from vallum.steps.taking import intake as take_in

    project = said.project
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    are_handovers = all(is_handover(path.name) for path in paths)
    keys = needs_key(said.keyring, person) if any(is_handover(p.name) for p in paths) else ()
    source = None if are_handovers else _source(said, person, fields.get("source", ""))
    options = _terms(said, person, fields)
    code = source.code if source is not None else ""

    def work(show: Progress) -> Done:
        try:
            done = take_in(
                project,
                paths,
                source=code,
                by=person.name,
                collected_by=person.name,
                keys=keys,
                show=show,
                **options,
            )
            return _briefly(done)
        except VallumError as error:
            # Everybody at the desk is told how a job ended.
            told = str(error).replace(code, "this one") if code else str(error)
            raise type(error)(_NAMES.sub("a paper", told)) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    return here.jobs.start("intake", "vallum intake FILES --source CODE", work)


def _terms(said: Said, person: Person, fields: Mapping[str, str]) -> dict[str, Any]:
    """Return what was typed, as `intake` takes it."""
    base = fields.get("derived_from", "")
    return {
        "derived_from": said.exhibit(person, base).id if base else "",
        "derived_how": _one_of(_DERIVED, fields, "derived_how"),
        "how": _one_of(_HOW, fields, "how") or "manual",
        "paper": _word(Paper, fields, "paper") or "",
        "handling": _word(Handling, fields, "handling") or "",
        "published": _day(fields, "published"),
        "embargo_until": _day(fields, "embargo_until"),
        **{name: fields.get(name, "") for name in ("title", "url", "language", "rights")},
    }


def _source(said: Said, person: Person, ticket: str) -> Source:
    if not ticket:
        raise BadInput("a paper needs a source; nothing was taken in, choose or add one")
    row = said.fresh().all(Source).get(said.read(person, Source, ticket))
    if row is None:
        raise no_ticket()
    return row


def _briefly(done: Done) -> Done:
    """Return what a step did without names and ids: a job is told to everybody at the desk."""
    is_detail = ("  ", "and ")  # what follows a line about one paper
    lines = [
        line for line in done.lines if not _NAMES.search(line) and not line.startswith(is_detail)
    ]
    blocked = [_NAMES.sub("a paper", line) for line in done.blocked]
    return replace(done, lines=tuple(lines), blocked=tuple(blocked), facts={})


def read(here: Home, said: Said, person: Person, tickets: Sequence[str]) -> Job:
    """Begin to look for claims in papers, all that can be opened or those named.

    Raises:
        NoTicket: one of them is not there for this person.
        BadInput: there is nothing that can be read.
    """
    from vallum.steps.reading import read_in

    keys = said.keyring.keys_of(person)
    with said.lock:
        every = [row for row in said.fresh().all(Exhibit).values() if said.has_text(row)]
        wanted = [said.exhibit(person, ticket) for ticket in tickets] or [
            row for row in every if said.sees_exhibit(person, row) and (row.href or keys)
        ]
    if not wanted:
        raise BadInput(
            "there is no text here that can be opened now; nothing was read, add a paper"
        )
    ids = [row.id for row in wanted]
    project = said.project

    def work(_show: Progress) -> Done:
        return _briefly(read_in(project, ids, *keys))

    return here.jobs.start("read", "vallum read --all", work)


def match(here: Home) -> Job:
    """Begin to hold claims against findings and images."""
    from vallum.steps.matching import match as held_against

    project = here.project

    def work(_show: Progress) -> Done:
        # How many stand where counts claims that not everybody may know of.
        done = _briefly(held_against(project))
        return replace(done, lines=("claims were held against findings, images and one another",))

    return here.jobs.start("match", "vallum match", work)


def check(here: Home, project: Project, person: Person) -> Job:
    """Begin the recovery drill with the key that this keeper brought.

    Raises:
        NotOpened: the vault is not open for this person.
    """
    from vallum.steps.vaulting import vault_check

    keys = needs_key(here.keyring, person)
    return here.jobs.start(
        "check",
        "vallum vault check --key FILE",
        lambda show: vault_check(project, keys, by=person.name, show=show),
    )


def _day(fields: Mapping[str, str], name: str) -> date | None:
    text = fields.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadDate(f"{name}: this is no day; nothing was taken in, write 2019-05-15") from error


def _word(kind: type[Word], fields: Mapping[str, str], name: str) -> Word | None:
    text = fields.get(name, "").strip()
    if not text:
        return None
    try:
        return kind(text)  # type: ignore[call-arg]
    except ValueError as error:
        raise BadInput(f"{name}: this is not known; nothing was taken in, choose one") from error


def _one_of(known: Sequence[str], fields: Mapping[str, str], name: str) -> str:
    text = fields.get(name, "").strip()
    if text and text not in known:
        raise BadInput(f"{name}: this is not known; nothing was taken in, choose one")
    return text
