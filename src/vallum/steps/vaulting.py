"""The vault of a project: made, drilled, locked to other keys; and what the ledger knows of it.

The ledger holds, for every file that was locked in, its random name, the SHA-256 of the encrypted
file and whose it is; and the hash of the recipients, so that an added one is noticed.
"""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from vallum.evidence.keys import Key, new_key, read_recipients
from vallum.evidence.register import came_from
from vallum.evidence.vault import Drill, Kept, Vault
from vallum.ground.errors import BadSetting, NotOpened, NotThere, VaultError
from vallum.ground.records import Custody, Exhibit, Json, Source
from vallum.ground.saidkinds import Event
from vallum.project import Project, Work, actor
from vallum.steps.done import Done, Progress, finished, silent
from vallum.steps.settings import change_setting

VAULT = "vault"
"""The subject of custody rows about the whole vault."""
ANNOUNCED = "to be locked to other recipients"
BEGUN = "other recipients, begun"
DRILL_DAYS = 90

_OF_A_VAULT = ("recipients.txt", ".lock")
_MISSING = "missing: it is not in the vault"
_HALF = "missing: deleted, as consent was withdrawn, but that was stopped; run `withdraw` again"
_BACK = "deleted before, and back: from a backup of the vault? run `withdraw` again"
_EXCHANGED = "exchanged: another file than the one that was put in, or a damaged one"
_LOCKED = "not opened: it is as it was put in, but these keys do not open it"
_UNKNOWN = "unknown: the ledger knows no such file; a step was stopped, or somebody put it there"

_guard = threading.Lock()
_last = datetime.min.replace(tzinfo=UTC)


# -- what the ledger knows ----------------------------------------------------------------------


def the_vault(project: Project) -> Vault:
    """Return the vault of the project, if it is locked to whom the project knows.

    Raises:
        BadSetting: the project has none, or one that was not made for it.
        NotThere: its disk is not connected.
        VaultError: somebody changed the recipients.
    """
    folder = vault_folder(project)
    known = _recipients(project.rows(Custody))
    if not known:
        raise BadSetting(
            "the vault in vallum.toml was not made for this project, and who can open it is not "
            "known; nothing was put in, make one with `vallum vault new FOLDER`"
        )
    for sha256 in known[:-1]:  # a rotation that was stopped before it changed anything
        try:
            return Vault.open(folder, project=project.root, recipients_sha256=sha256)
        except VaultError:
            continue
    return Vault.open(folder, project=project.root, recipients_sha256=known[-1])


def vault_folder(project: Project) -> Path:
    """Return where the vault lies; never print or log it.

    Raises:
        BadSetting: the project has no vault.
    """
    if not project.config.vault.folder:
        raise BadSetting(
            "this project has no vault, and what must be protected would lie open; nothing was "
            "done, make one with `vallum vault new FOLDER`"
        )
    return Path(project.config.vault.folder)


def kept(project: Project) -> tuple[Kept, ...]:
    """Return every file that should lie in the vault, by name, the newest version of it last.

    A name occurs once; more often only while a rotation that was stopped waits to go on.
    """
    files: dict[str, list[Kept]] = {}
    for row in project.rows(Custody):
        if row.subject == VAULT:
            if row.event is Event.ENCRYPTION and row.outcome != BEGUN:
                files = {name: versions[-1:] for name, versions in files.items()}
        elif row.vault_ref and row.event is Event.DELETION:
            files.pop(row.vault_ref, None)
        elif row.vault_ref and row.event is Event.ENCRYPTION:
            one = Kept(name=row.vault_ref, sha256=row.vault_sha256, n_bytes=row.vault_bytes)
            before = files.get(row.vault_ref, []) if row.outcome == ANNOUNCED else []
            files[row.vault_ref] = [*before, one]
    return tuple(one for name in sorted(files) for one in files[name])


def owners(project: Project) -> dict[str, str]:
    """Return, for each name of a file in the vault, the id of the exhibit or source it is of."""
    return {
        row.vault_ref: row.subject
        for row in project.rows(Custody)
        if row.vault_ref and row.subject != VAULT
    }


def deleted(project: Project) -> frozenset[str]:
    """Return the names of files that were deleted, and should not be in the vault again."""
    gone = {r.vault_ref for r in project.rows(Custody) if r.event is Event.DELETION}
    return frozenset(gone - {""} - {one.name for one in kept(project)})


def lying(project: Project) -> frozenset[str]:
    """Return the names of files that lie in the vault; none while its disk is away."""
    folder = project.config.vault.folder
    return frozenset(Vault(Path(folder)).names) if folder else frozenset()


def unlocked(project: Project, name: str, *keys: Key) -> bytes:
    """Return what was put in by this name, whichever of its versions lies there.

    Raises:
        BadSetting: the project has no vault.
        NotThere: there is no such file, or its disk is not connected.
        NotOpened: it was changed, or none of the keys opens it.
    """
    versions = [one for one in kept(project) if one.name == name]
    if not versions:
        raise NotThere(f"{name}: the ledger knows no such file; it was deleted, or never put in")
    vault = the_vault(project)
    for one in versions[:-1]:
        try:
            return vault.get(one, *keys)
        except NotOpened:
            continue
    return vault.get(versions[-1], *keys)


def custody(
    subject: str, event: Event, *, by: str = "", of: Kept | None = None, outcome: str = ""
) -> Custody:
    """Return the row of what was done just now, with a time that no other row of it has.

    Args:
        subject: id of an exhibit or source, or `VAULT`.
        event: what was done.
        by: who did it; whoever is working if left out.
        of: the file of the vault that it was done with, as `Vault.put` returned it.
        outcome: what came of it; no names, quotations or paths.
    """
    return Custody(
        subject=subject,
        event=event,
        at=_now(),
        by=by or actor(),
        vault_ref=of.name if of else "",
        vault_sha256=of.sha256 if of else "",
        vault_bytes=of.n_bytes if of else 0,
        outcome=outcome,
    )


def last_drill(project: Project) -> datetime | None:
    """Return when the vault was last opened as a drill, with everything there and sound."""
    sound = (
        row.at
        for row in project.rows(Custody)
        if row.subject == VAULT and row.event is Event.FIXITY and row.outcome.startswith("whole")
    )
    return max(sound, default=None)


def drill_due(project: Project, on: date) -> str:
    """Return why a recovery drill is due; empty when it is not, or nothing is kept."""
    if not project.config.vault.folder or not kept(project):
        return ""
    last = last_drill(project)
    if last is None:
        return "the vault was never opened as a drill: vallum vault check --key FILE"
    days = (on - last.date()).days
    if days <= DRILL_DAYS:
        return ""
    return f"the vault was last opened {days} days ago: vallum vault check --key FILE"


def _now() -> datetime:
    """Return a time that was never returned before: rows of custody are named by theirs."""
    global _last
    with _guard:
        _last = max(datetime.now(UTC), _last + timedelta(microseconds=1))
        return _last


def _recipients(rows: Iterable[Custody]) -> list[str]:
    """Return the hashes that the recipients may have; two while a rotation has changed nothing."""
    known: list[str] = []
    for row in rows:
        if row.subject == VAULT and row.event is Event.ENCRYPTION:
            known = [*known[-1:], row.vault_sha256] if row.outcome == BEGUN else [row.vault_sha256]
        elif row.outcome == ANNOUNCED:
            known = known[-1:]  # the recipients are written before the first file
    return known


def _hash_of(recipients: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(read_recipients(recipients)).encode()).hexdigest()


# -- the steps ----------------------------------------------------------------------------------


def vault_key(path: Path, passphrase: str) -> Done:
    """Write a new key, locked with a passphrase, and return its public half: the recipient.

    Args:
        path: a new file, outside vault and project; best on a stick of its own.
        passphrase: at least 12 characters; it is kept nowhere.

    Raises:
        BadSetting: the passphrase is too short, or there is such a file.
    """
    if not path.absolute().parent.is_dir():
        raise BadSetting(f"{path.name}: there is no such folder; no key was made, make it first")
    recipient = new_key(path, passphrase)
    return Done(
        step="vault key",
        lines=(
            f"recipient: {recipient}",
            "this line is no secret: whoever makes the vault needs it. The file and its "
            "passphrase are the secret; lose one of them and this key opens nothing",
        ),
        files=(str(path),),
        facts={"recipient": recipient},
        next="make a second key on another disk, for recovery: vallum vault key FILE",
    )


def vault_new(project: Project, folder: Path, recipients: Sequence[str], *, by: str = "") -> Done:
    """Make the project's vault, and remember who can open it.

    Args:
        project: keeps the folder in its settings; open it again to use the vault.
        folder: new or empty, outside the project; for instance on a removable disk.
        recipients: at least two, `age1...`; one should be a recovery key kept offline.
        by: who makes it.

    Raises:
        BadSetting: there is a vault already, fewer than two recipients, or a folder that is not
            empty, or in the project.
    """
    if project.config.vault.folder:
        raise BadSetting(
            "this project has a vault; nothing was made. For other keys: `vallum vault rotate`. "
            "If it is lost for good, empty `folder` under [vault] in vallum.toml first"
        )
    folder = folder.expanduser().resolve()
    with project.run("vault new", by=by) as work:
        vault = _made(folder, recipients, project.root)
        row = custody(VAULT, Event.ENCRYPTION, by=work.row.actor, outcome="made")
        work.add(_with_recipients(row, vault.recipients_sha256))
        change_setting(project, "vault", "folder", str(folder))
    n = len(vault.recipients)
    return finished(
        work,
        [
            f"vault made for {n} keys; each alone opens everything that will be put in",
            "keep its disk apart from this computer when it is not needed, and a copy elsewhere",
        ],
        then="vallum vault check --key FILE, with the recovery key, once something is in it",
        facts={"n_recipients": n},
    )


def vault_check(
    project: Project, keys: Sequence[Key], *, by: str = "", show: Progress = silent
) -> Done:
    """Open every file that the ledger knows and throw it away: the recovery drill.

    Args:
        project: its ledger says what must be there.
        keys: usually the recovery key alone.
        by: who does it.
        show: told how far it is.

    Returns:
        Done; `blocked` names every file that is missing, exchanged, or does not open with these
        keys, and every file that the ledger does not know.

    Raises:
        BadSetting: the project has no vault.
        NotThere: its disk is not connected.
        VaultError: somebody changed the recipients.
    """
    vault, ledger, of = the_vault(project), kept(project), owners(project)
    with project.run("vault check", by=by) as work:
        show("vault check", 0, len(vault.names), "files")
        found = vault.check(*keys, ledger=ledger)
        show("vault check", len(vault.names), len(vault.names), "files")
        leaving, gone = _leaving(project), deleted(project)
        told = [
            (name, _more(what, is_leaving=of.get(name) in leaving, was_deleted=name in gone))
            for name, what in _told(vault, ledger, found)
        ]
        for name, what in told:
            work.block(name, f"{name}{f' ({of[name]})' if name in of else ''}: {what}")
        n_all = len({one.name for one in ledger})
        counts = ", ".join(f"{n} {what.split(':')[0]}" for what, n in _counted(told))
        outcome = f"{counts or 'whole'}: {found.n_opened} of {n_all} files opened"
        work.add(custody(VAULT, Event.FIXITY, by=work.row.actor, outcome=outcome))
    lines = [f"{found.n_opened} of {n_all} files opened to the last byte with this key"]
    if not told:
        lines.append("nothing is missing, exchanged or unknown")
    facts: dict[str, Json] = {
        "n_opened": found.n_opened,
        "n_kept": n_all,
        "wrong": [{"name": name, "of": of.get(name, ""), "what": what} for name, what in told],
    }
    then = (
        "fetch what is missing or exchanged from a backup of the vault, and check again"
        if told
        else f"again within {DRILL_DAYS} days; the other keys too"
    )
    return finished(work, lines, then=then, facts=facts)


def vault_rotate(
    project: Project, recipients: Sequence[str], keys: Sequence[Key], *, by: str = ""
) -> Done:
    """Lock everything to other recipients: a key was lost, or somebody left or came.

    Each file is written to the ledger before it is exchanged. If it is stopped, run it again with
    an old key and a new one. What somebody copied before stays open to the old keys.

    Args:
        project: whose vault.
        recipients: all who can open it from now on, at least two.
        keys: must open what is there.
        by: who does it.

    Raises:
        BadSetting: the project has no vault, or fewer than two recipients.
        NotThere: its disk is not connected.
        NotOpened: none of the keys opens anything; nothing was changed.
        VaultError: somebody changed the recipients.
    """
    vault, ledger = the_vault(project), kept(project)
    of = {name: owner for name, owner in owners(project).items() if name not in deleted(project)}
    sizeless = {one.name for one in ledger if not one.n_bytes}
    sha256 = _hash_of(recipients)
    _try(vault, ledger, keys)
    with project.run("vault rotate", by=by) as work:
        who = work.row.actor

        made: list[Kept] = []

        def announce(one: Kept) -> None:
            if one.name in of:  # a file that nobody knows does not become known by this
                if one.name in sizeless:
                    one = replace(one, n_bytes=0)
                row = custody(of[one.name], Event.ENCRYPTION, by=who, of=one, outcome=ANNOUNCED)
                work.add(row)
                made.append(one)

        begun = custody(VAULT, Event.ENCRYPTION, by=who, outcome=BEGUN)
        work.add(_with_recipients(begun, sha256))
        done = vault.rotate(recipients, *keys, ledger=ledger, announce=announce)
        for name, why in done.refused:
            work.block(name, why)
        if done.refused:  # not at its end, but these files are: their older versions do not count
            work.add(*(custody(of[one.name], Event.ENCRYPTION, by=who, of=one) for one in made))
        else:
            ended = custody(VAULT, Event.ENCRYPTION, by=who, outcome="other recipients")
            work.add(_with_recipients(ended, sha256))
    n = len(read_recipients(recipients))
    return finished(
        work,
        [
            f"{done.n_opened} files are locked to {n} keys now",
            "copies of the vault that were made before still open with the old keys: delete them, "
            "and treat what a lost key could open as known",
        ],
        then="vallum vault check --key FILE, with the new recovery key",
        facts={"n_exchanged": done.n_opened, "n_recipients": n},
    )


def delete_files(project: Project, work: Work, files: Mapping[str, str]) -> int:
    """Delete files of the vault, each before its row: what the ledger calls gone is gone."""
    if not files:
        return 0
    try:
        # Whoever was added to the recipients: what is deleted is locked to nobody any more.
        vault = Vault.open(vault_folder(project), project=project.root)
    except (NotThere, BadSetting) as error:
        work.block("vault", f"{len(files)} files of the vault were not deleted: {error}")
        return 0
    n_deleted = 0
    known = {one.name: one for one in kept(project)}
    for name, of in files.items():
        outcome = "deleted"
        try:
            vault.delete(name)
            n_deleted += 1
        except NotThere:
            outcome = "was not there any more"
        row = custody(of, Event.DELETION, by=work.row.actor, of=known.get(name), outcome=outcome)
        work.add(replace(row, vault_ref=name))
    return n_deleted


def _made(folder: Path, recipients: Sequence[str], root: Path) -> Vault:
    """Return a new vault; or the empty one that was made just before a crash."""
    is_left = folder.is_dir() and {p.name for p in folder.iterdir()} <= {*_OF_A_VAULT}
    if is_left and any(folder.iterdir()):
        vault = Vault.open(folder, project=root)
        if vault.recipients == tuple(read_recipients(recipients)):
            return vault
    return Vault.create(folder, recipients, project=root)


def _with_recipients(row: Custody, sha256: str) -> Custody:
    return replace(row, vault_sha256=sha256)


def _try(vault: Vault, ledger: Sequence[Kept], keys: Sequence[Key]) -> None:
    """Refuse keys that open nothing: the recipients would change and the files would not."""
    refusal: NotOpened | NotThere | None = None
    for one in sorted(ledger, key=lambda one: one.n_bytes):
        try:
            vault.get(one, *keys)
        except (NotOpened, NotThere) as error:
            refusal = error
        else:
            return
    if refusal is not None:
        raise NotOpened(
            "none of these keys opens any file of the vault; nothing was changed, give a key that "
            "could open it until now"
        ) from refusal


def _told(vault: Vault, ledger: Sequence[Kept], found: Drill) -> list[tuple[str, str]]:
    """Return what is wrong with each file, the unknown ones last."""
    there = {*vault.names}
    wrong = []
    for name, _ in found.refused:
        known = {one.sha256 for one in ledger if one.name == name}
        if name not in there:
            wrong.append((name, _MISSING))
        elif _sha256(vault.folder / f"{name}.age") not in known:
            wrong.append((name, _EXCHANGED))
        else:
            wrong.append((name, _LOCKED))
    return wrong + [(name, _UNKNOWN) for name in found.unknown]


def _more(what: str, *, is_leaving: bool, was_deleted: bool) -> str:
    """Say what is wrong more closely, where a withdrawal explains it."""
    if what == _MISSING and is_leaving:
        return _HALF
    return _BACK if what == _UNKNOWN and was_deleted else what


def _leaving(project: Project) -> set[str]:
    """Return the ids of sources that withdrew their consent, and of what came from them."""
    gone = [row for row in project.rows(Source) if row.consent_withdrawn]
    papers = project.rows(Exhibit) if gone else []
    return {row.id for row in gone} | {p.id for row in gone for p in came_from(row, papers)}


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _counted(told: Iterable[tuple[str, str]]) -> list[tuple[str, int]]:
    return Counter(what for _, what in told).most_common()
