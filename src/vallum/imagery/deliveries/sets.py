"""The files that one paper lists: found, missing, or there under another name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from vallum.imagery import stated
from vallum.imagery.deliveries.papers import IMAGES, Folder, tiff_size

_TERMS = re.compile(r"(licen[cs]e|eula|terms[_ ]of[_ ]use)", re.IGNORECASE)


def files_of(
    folder: Folder, paper: Path, listed: Sequence[str], *, whole: tuple[int, int] | None = None
) -> tuple[list[Path], list[str], list[str]]:
    """Return the files that `paper` lists, the names that are missing, and notes.

    A listed file that is not there may have been renamed: if as many unclaimed images lie beside
    the paper as are missing, they are taken for them (each lies where its own georeference says,
    so that only the date is at stake, and the note says so). Found files are claimed.

    Args:
        folder: everything that was given.
        paper: the paper.
        listed: names as the paper writes them; empty if it lists none.
        whole: columns and rows of the image, where it is one file.
    """
    found = [(name, folder.find(paper, name)) for name in listed]
    files = [path for _, path in found if path is not None]
    missing = [Path(name.replace("\\", "/")).name for name, path in found if path is None]
    notes: list[str] = []
    folder.claimed.update(files)
    if not listed:
        files = _unlisted(folder, paper, whole)
    elif missing:
        renamed = _renamed(folder, paper, len(missing), whole if len(listed) == 1 else None)
        if renamed:
            notes.append(
                f"{', '.join(path.name for path in renamed)} taken for {', '.join(missing)} of "
                f"{paper.name}: renamed"
            )
            files, missing = files + renamed, []
    folder.claimed.update(files)
    return sorted(files), missing, notes


def _unlisted(folder: Folder, paper: Path, whole: tuple[int, int] | None) -> list[Path]:
    """Return the image of a paper that lists no file: of the same name, or the only fit."""
    options = folder.beside(paper)
    stem = paper.stem.lower()
    named = [path for path in options if path.stem.lower() == stem]
    if named:
        return named[:1]
    tiles = [p for p in options if re.sub(r"_?r\d+c\d+", "", p.stem.lower()) == stem]
    if tiles:
        return tiles
    fitting = [path for path in options if whole and tiff_size(path) == whole]
    return fitting if len(fitting) == 1 else []


def _renamed(
    folder: Folder, paper: Path, n_missing: int, whole: tuple[int, int] | None
) -> list[Path]:
    # A file that another paper names is no renamed one, wherever it lies.
    options = [path for path in folder.beside(paper) if not _is_spoken_of(folder, path, paper)]
    if whole:
        options = [path for path in options if tiff_size(path) == whole]
    return options if len(options) == n_missing else []


def _is_spoken_of(folder: Folder, image: Path, paper: Path) -> bool:
    """Say whether a text paper other than `paper` names the image, or is named like it."""
    name = image.name.lower()
    others = [p for p in (*folder.text, *folder.xml, *folder.json) if p.stem != paper.stem]
    return any(p.stem.lower() == image.stem.lower() for p in others) or any(
        name in text.lower() for path, text in folder.text.items() if path.stem != paper.stem
    )


def licence(folder: Folder, paper: Path) -> str:
    """Return the first line of the licence text nearest to a paper, with the file's name."""
    options = [path for path in folder.text if _TERMS.search(path.stem)]
    near = [
        path for path in options if path.parent == paper.parent or path.parent in paper.parents[:3]
    ]
    for path in sorted(near, key=lambda p: -len(p.parts)):
        folder.claimed.add(path)
        lines = (stated.words(line, 160) for line in folder.text[path].splitlines())
        first = next((line for line in lines if line), "")
        if first:
            return f"{first} ({path.name})"
    return ""


def claim_like(folder: Folder, root: Path, *, suffixes: frozenset[str] = IMAGES) -> None:
    """Claim every image below a folder that a paper describes as a whole."""
    folder.claimed.update(
        path
        for path in folder.files
        if path.suffix.lower() in suffixes and path.is_relative_to(root)
    )
