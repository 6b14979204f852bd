"""Zip and tar archives of deliveries are unpacked here, with limits on what an archive may do."""

from __future__ import annotations

import shutil
import stat
import tarfile
import zipfile
from pathlib import Path
from typing import Any

from vallum.ground import foreign
from vallum.ground.errors import BadImage
from vallum.ground.whole import OUT_OF_ROOM

_MOST_ENTRIES = 50_000
_MOST_RATIO = 100
_SMALL_BYTES = 64 << 20
"""What unfolds to no more than this may be packed as tightly as it likes."""
_NAME_BYTES = 255
_SPARE_BYTES = 1 << 30
_LONGEST_S = 6 * 3600.0
BUDGET_BYTES = 512 << 30


def unpack(archive: Path, folder: Path, *, budget_bytes: int = BUDGET_BYTES) -> None:
    """Write the files of a zip or tar archive into an empty folder, from the limited process.

    Raises:
        BadImage: it is no sound archive, or holds more than may be unpacked.
        DiskFull: there is no room.
        WorkerFailed: it could not be opened safely.
    """
    foreign.call(
        "vallum.imagery.deliveries.unpack:write",
        {
            "archive": str(archive.resolve()),
            "folder": str(folder.resolve()),
            "budget_bytes": budget_bytes,
        },
        reads=[archive],
        writes=[folder],
        returns=dict[str, int],
        wall_s=_LONGEST_S,
        file_bytes=budget_bytes,
    )


def write(archive: str, folder: str, budget_bytes: int) -> dict[str, Any]:
    """Unpack; runs in the limited process only. Returns how many files were written.

    Names that lead elsewhere, links and devices are refused with the whole archive: a delivery
    has none.
    """
    file, root = Path(archive), Path(folder)
    if not zipfile.is_zipfile(file) and tarfile.is_tarfile(file):
        return {"files": _write_tar(file, root, budget_bytes)}
    n_files = 0
    try:
        with zipfile.ZipFile(file) as opened:
            entries = [entry for entry in opened.infolist() if not entry.is_dir()]
            _check(file, entries, budget_bytes, shutil.disk_usage(root).free)
            for entry in entries:
                target = root.joinpath(*Path(entry.filename.replace("\\", "/")).parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(entry) as source, target.open("xb") as made:
                    left = entry.file_size
                    while part := source.read(min(1 << 20, left + 1)):
                        left -= len(part)
                        if left < 0:
                            raise BadImage(f"{file.name}: unfolds to more than it says; not used")
                        made.write(part)
                n_files += 1
    except (
        zipfile.BadZipFile,
        EOFError,
        NotImplementedError,
        RuntimeError,
        OSError,
    ) as error:
        if isinstance(error, OSError) and error.errno in OUT_OF_ROOM:
            raise
        kind = "is locked with a password" if "password" in str(error) else "is broken or cut short"
        step = "unpack it and add the folder" if "password" in kind else "fetch it again"
        raise BadImage(f"{file.name}: {kind}; {step}") from error
    return {"files": n_files}


def _write_tar(file: Path, root: Path, budget_bytes: int) -> int:
    """Unpack a tar archive (Landsat), gzipped or not; returns how many files were written."""
    most = min(budget_bytes, max(_SMALL_BYTES, _MOST_RATIO * file.stat().st_size))
    n_files, left = 0, min(most, shutil.disk_usage(root).free - _SPARE_BYTES)
    try:
        with tarfile.open(file) as opened:
            for entry in opened:
                if entry.isdir():
                    continue
                left -= entry.size
                n_files += 1
                if not entry.isreg() or n_files > _MOST_ENTRIES or left < 0:
                    raise BadImage(
                        f"{file.name}: holds links, too many files, unfolds to far more than its "
                        "size, or there is no room for it; unpack it yourself and add the folder"
                    )
                _check_name(file, entry.name)
                opened.extract(entry, root, filter="data")
    except (tarfile.TarError, EOFError, OSError) as error:
        if isinstance(error, OSError) and error.errno in OUT_OF_ROOM:
            raise
        raise BadImage(f"{file.name}: is broken or cut short; fetch it again") from error
    return n_files


def _check(file: Path, entries: list[zipfile.ZipInfo], budget_bytes: int, free_bytes: int) -> None:
    total = sum(entry.file_size for entry in entries)
    if len(entries) > _MOST_ENTRIES:
        raise BadImage(f"{file.name}: holds {len(entries):,} files; unpack it and add parts of it")
    most = max(_SMALL_BYTES, _MOST_RATIO * file.stat().st_size)
    if total > min(budget_bytes, most):
        raise BadImage(
            f"{file.name}: would unfold to {total / 2**30:,.1f} GiB; not unpacked, unpack it "
            "yourself and add the folder"
        )
    if total > free_bytes - _SPARE_BYTES:
        raise BadImage(
            f"{file.name}: unfolds to {total / 2**30:,.1f} GiB and there is no room for it; free "
            "some space, or unpack it elsewhere and add the folder"
        )
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        parts = Path(name).parts
        kind = entry.external_attr >> 16
        if name.startswith("/") or ".." in parts or ":" in name or stat.S_ISLNK(kind):
            raise BadImage(f"{file.name}: holds a name that leads out of it; not unpacked")
        _check_name(file, name)


def _check_name(file: Path, name: str) -> None:
    if any(len(part.encode("utf-8", "replace")) > _NAME_BYTES for part in Path(name).parts):
        raise BadImage(
            f"{file.name}: holds a file whose name is longer than a disk takes; unpack it with "
            "another program, which shortens it, and add the folder"
        )
