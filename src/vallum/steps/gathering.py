"""Which files were given to be taken in: what lies in folders, and what is left out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vallum.ground.errors import BadSetting, NotThere
from vallum.project import Project
from vallum.steps.home import INBOX
from vallum.steps.vaulting import vault_folder

_NOT_OURS = ("Thumbs.db", "desktop.ini")


@dataclass(frozen=True, kw_only=True)
class Came:
    """One file that was given.

    Attributes:
        path: where it lies.
        told: what it is called when something is said of it.
        is_link: it lay in a folder and leads elsewhere, to any file of this computer.
    """

    path: Path
    told: str
    is_link: bool = False


def listed(project: Project, paths: Sequence[Path]) -> list[Came]:
    """Return all files, in the order of the alphabet; links in folders are not followed.

    Raises:
        NotThere: there is no such file.
        BadSetting: it lies in the project or its vault, or is neither a file nor a folder.
    """
    kept_out = [project.root.resolve(), vault_folder(project).resolve()]
    inbox = (project.root / INBOX).resolve()  # of the app
    found: dict[Path, None] = {}
    for path in paths:
        if not path.exists():
            raise NotThere(f"{path}: there is no such file; nothing was taken")
        if not (path.is_file() or path.is_dir()):
            raise BadSetting(f"{path.name}: neither a file nor a folder; nothing was taken")
        inner = path.resolve()
        is_inside = any(inner.is_relative_to(folder) for folder in kept_out)
        if is_inside and not inner.is_relative_to(inbox):
            raise BadSetting(
                f"{path.name} lies in the project or its vault; nothing was taken, give what was "
                "received, from where it was saved"
            )
        found |= dict.fromkeys(_walked(path, kept_out) if path.is_dir() else [path])
    given = set(paths)
    return [
        Came(path=path, told=path.name, is_link=path.is_symlink() and path not in given)
        for path in found
    ]


def _walked(folder: Path, kept_out: Sequence[Path]) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        here = Path(root)
        pages = {Path(name).stem for name in names if name.lower().endswith((".html", ".htm"))}
        # A browser saves the pictures of `page.html` in `page_files`: they are no papers.
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name.removesuffix("_files") not in pages
            and not any((here / name).resolve().is_relative_to(out) for out in kept_out)
        )
        for name in sorted(names):
            path = here / name
            is_ours = not name.startswith(".") and name not in _NOT_OURS
            # Opening a pipe never ends. Links are named, but not followed.
            if is_ours and (path.is_symlink() or path.is_file()):
                yield path
