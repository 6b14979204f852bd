"""Working copies of papers: in the project where that harms nobody, else in the vault."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Literal

from vallum.evidence.keys import Key
from vallum.ground.errors import NotOpened, NotThere
from vallum.ground.records import Custody, Exhibit
from vallum.ground.saidkinds import Event
from vallum.project import Project
from vallum.steps.vaulting import kept, the_vault, unlocked

FOLDER = "papers"
ORIGINAL = "original, untouched"
ABOUT = "salt, and what is known of the file"
WORKING_TEXT = "working text"
WORKING_PICTURE = "working picture"
_TEXT, _PICTURE = ".txt", ".png"
_AGAIN = "take the file in again: `vallum intake FILE --source CODE`"


def text_of(project: Project, exhibit: Exhibit | str, *keys: Key) -> str:
    """Return the working text of an exhibit; claims count its characters.

    Args:
        project: where the exhibit is.
        exhibit: the exhibit, or its id.
        keys: needed only where the text lies in the vault.

    Raises:
        NotThere: there is no such exhibit, it has no text, or its working copy is gone.
        NotOpened: the text lies in the vault, and no key was given or none opens it.
    """
    return _copy(project, exhibit, _TEXT, WORKING_TEXT, keys).decode("utf-8")


def picture_of(project: Project, exhibit: Exhibit | str, *keys: Key) -> bytes:
    """Return the working picture of an exhibit, a PNG of pixels alone; nobody cleared it.

    Raises as `text_of` does.
    """
    return _copy(project, exhibit, _PICTURE, WORKING_PICTURE, keys)


def text_lies(project: Project, exhibit: Exhibit) -> Literal["open", "locked", "none"]:
    """Say whether the working text lies in the project, in the vault, or does not exist."""
    if exhibit.href.endswith(_TEXT):
        return "open"
    return "locked" if _in_vault(project, exhibit, WORKING_TEXT) else "none"


def lies_in_vault(project: Project, exhibit: Exhibit, what: str) -> bool:
    """Say whether a working copy of an exhibit lies in the vault."""
    return bool(_in_vault(project, exhibit, what))


def _copy(
    project: Project, exhibit: Exhibit | str, ending: str, what: str, keys: tuple[Key, ...]
) -> bytes:
    row = _row(project, exhibit)
    if row.href.endswith(ending):
        path = project.root / row.href
        if path.is_symlink() or not path.resolve().is_relative_to(
            (project.root / FOLDER).resolve()
        ):
            raise NotThere(f"{row.id}: its {what} does not lie in {FOLDER}; {_AGAIN}")
        if not path.is_file():
            raise NotThere(f"{row.id}: its {what} is gone from {FOLDER}; {_AGAIN}")
        return path.read_bytes()
    name = _in_vault(project, row, what)
    if not name:
        raise NotThere(
            f"{row.id}: there is no {what} of it ({row.paper or 'not a paper'}); what was received "
            "lies in the vault, give a copy that can be read as a further file"
        )
    if not keys:
        raise NotOpened(
            f"{row.id}: its {what} lies in the vault, since it would endanger a source; nothing "
            "was opened, give a key: --key FILE, or unlock the vault in the app"
        )
    return unlocked(project, name, *keys)


def _row(project: Project, exhibit: Exhibit | str) -> Exhibit:
    """Return the newest row: a working copy may have been deleted meanwhile."""
    name = exhibit if isinstance(exhibit, str) else exhibit.id
    found = project.store.latest(Exhibit, name)
    if not found:
        raise NotThere(f"there is no exhibit of this name; `vallum intake` tells the names: {name}")
    return found[0]


def is_veiled(exhibit: Exhibit) -> bool:
    """Say whether rows have a salted commitment in place of the hash of what was received."""
    return bool(exhibit.commitment) and exhibit.sha256 == exhibit.commitment


def locked_hashes(project: Project, keys: tuple[Key, ...]) -> dict[str, str]:
    """Return the ids of veiled exhibits by the SHA-256 of their originals, as the vault has them.

    What none of the keys opens is left out.
    """
    veiled = {row.id for row in project.rows(Exhibit) if row.vault_ref and is_veiled(row)}
    newest = {one.name: one for one in kept(project)}
    found: dict[str, str] = {}
    for row in project.rows(Custody):
        if row.outcome != ABOUT or row.subject not in veiled or row.vault_ref not in newest:
            continue
        with suppress(NotOpened, NotThere, ValueError):
            told = json.loads(the_vault(project).get(newest[row.vault_ref], *keys))
            found[str(told.get("sha256", ""))] = row.subject
    return found


def _in_vault(project: Project, exhibit: Exhibit, what: str) -> str:
    """Return the name of the vault file with this copy; empty where there is none."""
    found = ""
    for row in project.rows(Custody):
        if row.subject != exhibit.id or not row.vault_ref:
            continue
        if row.event is Event.ENCRYPTION and row.outcome == what:
            found = row.vault_ref
        elif row.event is Event.DELETION and row.vault_ref == found:
            found = ""
    return found
