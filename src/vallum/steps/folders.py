"""Folders of publications: whether what lies there is what was published."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from vallum.ground.errors import BadInput

MANIFEST = "manifest.json"
SHEETS = "sheets.json"
_MOST_BYTES = 64 << 20


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def manifest_of(folder: Path) -> dict[str, Any]:
    """Return the list of files and hashes of a publication.

    Raises:
        BadInput: there is none, or it cannot be read.
    """
    path = folder / MANIFEST
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError
        told = json.loads(path.read_bytes())
        files = {str(name): str(one["sha256"]) for name, one in told["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput(
            f"{path} cannot be read as the list of a publication; nothing was compared, name the "
            "folder that holds report.html and manifest.json"
        ) from error
    return {**told, "hashes": files}


def sheet_lists(out_folder: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield every list of sheets below `out` with its files and their hashes.

    Sheets that were written elsewhere are not known here.
    """
    for path in sorted(out_folder.glob(f"*/{SHEETS}")):
        try:
            told = json.loads(path.read_bytes())["files"]
            files = {str(name): str(sha256) for name, sha256 in told.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
        yield path, files


def copies_of(out_folder: Path, releases: Collection[str]) -> list[Path]:
    """Return the folders below `out` that hold one of some releases, in any language or level.

    Lists of sheets are written anew with every sheet, so that any of their folders may hold one.

    Args:
        out_folder: of a project.
        releases: hashes of manifests, or of lists of sheets.
    """
    if not releases:
        return []
    found = {path.parent for path in out_folder.rglob(MANIFEST) if sha256_of(path) in set(releases)}
    return sorted(found | {path.parent for path, _ in sheet_lists(out_folder)})


def changed_files(folder: Path, manifest_sha256: str = "") -> Iterator[str]:
    """Yield what is not as it was published, in words; nothing where the folder is whole.

    Args:
        folder: of a publication.
        manifest_sha256: hash that its list must have; any if empty.
    """
    path = folder / MANIFEST
    if not path.is_file():
        yield f"{path} is missing"
        return
    if manifest_sha256 and sha256_of(path) != manifest_sha256:
        yield f"{path} was changed after it was published"
        return
    try:
        hashes: dict[str, str] = manifest_of(folder)["hashes"]
    except BadInput as error:
        yield str(error)
        return
    found = {
        one.relative_to(folder).as_posix()
        for one in folder.rglob("*")
        if one.is_file() or one.is_symlink()
    } - {MANIFEST}
    for name in sorted(hashes.keys() - found):
        yield f"{folder / name} is missing"
    for name in sorted(found - hashes.keys()):
        yield f"{folder / name} was added after it was published"
    for name in sorted(found & hashes.keys()):
        if (folder / name).is_symlink() or sha256_of(folder / name) != hashes[name]:
            yield f"{folder / name} was changed after it was published"
