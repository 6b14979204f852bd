"""What has arrived in a folder: deliveries that are complete, and were not taken in before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vallum.ground.errors import BadInput
from vallum.ground.records import Json
from vallum.steps.folders import sha256_of

LOOSE = "."
"""Name of the unit of all files that lie directly in the folder."""

_UNFINISHED = (".part", ".partial", ".filepart", ".crdownload", ".download", ".tmp", ".temp")
_MOST_FILES = 200_000


@dataclass(frozen=True, kw_only=True)
class Unit:
    """What is taken in together: a folder inside the watched one, or the files beside it.

    Attributes:
        name: of the folder; `LOOSE` for the files.
        files: with size in bytes and the time of the last change in ns, by name.
        is_settled: none of it has changed for a while.
    """

    name: str
    files: tuple[tuple[Path, int, int], ...]
    is_settled: bool

    def stated(self, folder: Path) -> list[Json]:
        """Return what tells one state of it from another without reading it."""
        return [
            [path.relative_to(folder).as_posix(), size, mtime_ns]
            for path, size, mtime_ns in self.files
        ]


@dataclass(kw_only=True)
class Memory:
    """What is known of one watched folder: states of its units, and what became of their files.

    Attributes:
        units: state of each unit that was dealt with.
        notes: what became of every file, by the hash of its bytes; empty where it was taken in.
    """

    units: dict[str, list[Json]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Memory:
        """Rebuild what `to_json` returned."""
        return cls(units=dict(told["units"]), notes=dict(told["notes"]))

    def to_json(self) -> dict[str, Json]:
        """Return it as plain JSON."""
        return {"units": dict(self.units), "notes": dict(self.notes)}


def units(folder: Path, *, now_s: float, settled_s: float) -> list[Unit]:
    """Return what lies in a folder, in units, by name.

    A file counts as complete when neither its bytes nor its name have changed for `settled_s`: the
    time of the last change (`ctime`) cannot be set back by a program that copies. Hidden files,
    links, and names under which programs keep what they still load are left out; while one of the
    last lies in a unit, the unit is not complete.

    Args:
        folder: the watched one.
        now_s: seconds since 1970.
        settled_s: seconds.

    Raises:
        BadInput: it is no folder, or holds too many files.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder} is no folder that can be watched; check the path")
    found: dict[str, list[tuple[Path, int, int]]] = {}
    waiting: set[str] = set()
    for n, path in enumerate(sorted(folder.rglob("*"))):
        if n > _MOST_FILES:
            raise BadInput(f"{folder} holds over {_MOST_FILES:,} files; watch a smaller folder")
        inside = path.relative_to(folder)
        if path.is_symlink() or not path.is_file() or any(p.startswith(".") for p in inside.parts):
            continue
        name = inside.parts[0] if len(inside.parts) > 1 else LOOSE
        if path.suffix.lower() in _UNFINISHED:
            waiting.add(name)
            continue
        try:
            stat = path.stat()
        except OSError:
            continue  # gone while we looked
        if now_s - max(stat.st_mtime, stat.st_ctime) < settled_s or not stat.st_size:
            waiting.add(name)
        found.setdefault(name, []).append((path, stat.st_size, stat.st_mtime_ns))
    return [
        Unit(name=name, files=tuple(files), is_settled=name not in waiting)
        for name, files in sorted(found.items())
    ]


def is_known(unit: Unit, folder: Path, memory: Memory) -> bool:
    """Say whether a unit was dealt with as it is; none of it is read."""
    return memory.units.get(unit.name) == unit.stated(folder)


def hashes(unit: Unit) -> dict[Path, str]:
    """Return the hash of every file of a unit; without those that changed while they were read."""
    return dict(_hashes(unit.files))


def _hashes(files: Sequence[tuple[Path, int, int]]) -> Iterator[tuple[Path, str]]:
    for path, size, mtime_ns in files:
        try:
            sha256 = sha256_of(path)
            stat = path.stat()
        except OSError:
            continue
        if (stat.st_size, stat.st_mtime_ns) == (size, mtime_ns):
            yield path, sha256
