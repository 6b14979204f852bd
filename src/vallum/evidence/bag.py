"""BagIt folders (RFC 8493): files with a list of their hashes, written and checked.

Written here and not with the package `bagit`, which puts its own name, the day and the order of
the folder into the bag; the tests hold every bag against that package.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from vallum.ground.errors import BadInput

VERSION = "1.0"
PAYLOAD = "data"
ALGORITHMS = ("sha256", "sha512")
INFO, DECLARATION = "bag-info.txt", "bagit.txt"
_WIDTH = 79
_MOST_FILES = 10_000
_LONGEST_PATH, _LONGEST_NAME_BYTES = 1_000, 255  # no disk holds longer names
_MOST_LIST_BYTES = 16 << 20


def seal(folder: Path, info: Mapping[str, str]) -> None:
    """Make a bag of a folder whose payload lies in `data`: hashes, tags, and hashes of the tags.

    The same payload and the same words give the same bytes.

    Args:
        folder: with nothing in it but `data`.
        info: labels and values of `bag-info.txt`, in the order in which they are written;
            `Payload-Oxum` (bytes and files) is added.
    """
    payload = [path for path in sorted((folder / PAYLOAD).rglob("*")) if path.is_file()]
    n_bytes = sum(path.stat().st_size for path in payload)
    labels = {**info, "Payload-Oxum": f"{n_bytes}.{len(payload)}"}
    _write(folder / DECLARATION, f"BagIt-Version: {VERSION}\nTag-File-Character-Encoding: UTF-8\n")
    _write(folder / INFO, "".join(_folded(f"{label}: {labels[label]}") for label in labels))
    _write_manifests(folder, "manifest", payload)
    tags = [path for path in sorted(folder.iterdir()) if path.is_file()]
    _write_manifests(folder, "tagmanifest", tags)


def problems(folder: Path) -> tuple[str, ...]:
    """Return what is wrong with a bag, every file by its name; nothing where it is whole.

    Raises:
        BadInput: it is no bag at all.
    """
    if not (folder / DECLARATION).is_file():
        raise BadInput(
            f"{folder} is no case file (no {DECLARATION}); nothing was checked, name the folder "
            f"that holds {DECLARATION} and {PAYLOAD}"
        )
    found: list[str] = []
    lists = {
        kind: {name: _read_manifest(folder, f"{kind}-{name}.txt") for name in ALGORITHMS}
        for kind in ("manifest", "tagmanifest")
    }
    for kind, manifests in lists.items():
        for algorithm, manifest in manifests.items():
            if manifest is None:
                found.append(f"{kind}-{algorithm}.txt is missing")
        known: dict[str, dict[str, str]] = {}
        for algorithm, manifest in manifests.items():
            for name, digest in (manifest or {}).items():
                known.setdefault(name, {})[algorithm] = digest
        found += _against(folder, known)
        if kind == "manifest":
            found += _unlisted(folder, set(known))
    return tuple(dict.fromkeys(found))


def _against(folder: Path, known: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Yield what differs from the lists, each file read once."""
    for name in sorted(known):
        path = folder / name
        if path.is_symlink() or not path.resolve().is_relative_to(folder.resolve()):
            yield f"{name} leads out of the folder"
        elif not path.is_file():
            yield f"{name} is missing"
        elif _digests(path, known[name]) != dict(known[name]):
            yield f"{name} was changed after the case file was made"
        elif len(known[name]) < len(ALGORITHMS):
            yield f"{name} is not in every list of hashes"


def _unlisted(folder: Path, listed: set[str]) -> Iterator[str]:
    for path in sorted((folder / PAYLOAD).rglob("*")):
        name = path.relative_to(folder).as_posix()
        if (path.is_file() or path.is_symlink()) and name not in listed:
            yield f"{name} was added after the case file was made"


def _read_manifest(folder: Path, name: str) -> dict[str, str] | None:
    """Return hashes by name of file; None where there is no such list.

    Raises:
        BadInput: a line cannot be read, or names a file outside of the folder.
    """
    path = folder / name
    if path.is_symlink() or not path.is_file():
        return None
    if path.stat().st_size > _MOST_LIST_BYTES:
        raise BadInput(f"{name} is longer than any list of a case file; nothing was checked")
    found: dict[str, str] = {}
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines, start=1):
        digest, _, rest = line.partition(" ")
        file = rest.strip().replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
        parts = PurePosixPath(file)
        is_long = len(file) > _LONGEST_PATH or any(
            len(part.encode()) > _LONGEST_NAME_BYTES for part in parts.parts
        )
        leads_out = parts.is_absolute() or ".." in parts.parts
        if not file or leads_out or is_long or "\\" in file or "\0" in file:
            raise BadInput(
                f"{name}, line {number} names no file of the case file; nothing was checked, ask "
                "for the case file again"
            )
        found[parts.as_posix()] = digest.lower()
    if len(found) > _MOST_FILES:
        raise BadInput(f"{name} lists more than {_MOST_FILES:,} files; nothing was checked")
    return found


def _write_manifests(folder: Path, kind: str, paths: list[Path]) -> None:
    digests = {path.relative_to(folder).as_posix(): _digests(path, ALGORITHMS) for path in paths}
    for algorithm in ALGORITHMS:
        lines = [f"{digests[name][algorithm]}  {name}\n" for name in digests]
        _write(folder / f"{kind}-{algorithm}.txt", "".join(lines))


def _digests(path: Path, algorithms: object) -> dict[str, str]:
    wanted = [name for name in ALGORITHMS if name in algorithms]  # type: ignore[operator]
    hashes = {name: hashlib.new(name) for name in wanted}
    with path.open("rb") as handle:
        while block := handle.read(1 << 20):
            for one in hashes.values():
                one.update(block)
    return {name: one.hexdigest() for name, one in hashes.items()}


def _folded(line: str) -> str:
    """Return one label with its value, long ones broken at spaces (RFC 8493, 2.2.2)."""
    rows, row = [], ""
    for word in " ".join(line.split()).split(" "):
        if row and len(row) + 1 + len(word) > _WIDTH:
            rows.append(row)
            row = f"  {word}"
        else:
            row = f"{row} {word}" if row else word
    return "\n".join([*rows, row]) + "\n"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
