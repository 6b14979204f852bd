"""The line in force and those before it: `frontier.geojson`, and `lines/` once it was corrected.

One transaction of the ledger decides a correction: from then on the newest line is in force. What
follows on the disk (settings, `frontier.geojson`) is done again whenever a project is opened whose
file is not the line in force: a correction that is cut off happened wholly, or not at all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from vallum import config
from vallum.frontier import Frontier
from vallum.ground.errors import BadSetting, StoreLocked
from vallum.ground.row import Json
from vallum.ground.span import Span, Spans
from vallum.ground.whole import write_whole

Mark = tuple[int, int, int]
FRONTIER_FILE = "frontier.geojson"
FOLDER = "lines"
ROLE, ROLE_BEFORE = "frontier", "frontier_before"
"""`Exhibit.role` of the line in force, and of those that were in force before it."""

CORRECTED = "the line was corrected here; run `vallum run`"
"""`blocked_by` of looks and comparisons that were made along another line."""

_SAID = "vallum"  # what a corrected line tells of its correction, a foreign member of RFC 7946


def kept_at(sha256: str) -> str:
    """Return where a line is kept, below the project's folder."""
    return f"{FOLDER}/{sha256[:16]}.geojson"


def as_bytes(
    line: Frontier,
    *,
    measured: Span | None = None,
    touched: Spans | None = None,
    shift_m: int = 0,
) -> bytes:
    """Return a line as its file; a corrected one tells what is measured and what it touches.

    Args:
        line: the line.
        measured: the stretch of it that is measured; None for a first line.
        touched: sections to be looked at anew.
        shift_m: metres by which chainage changed beyond the correction.
    """
    told: dict[str, object] = dict(line.to_geojson())
    if measured is not None:
        told[_SAID] = {
            "measured_m": [measured.start_m, measured.end_m],
            "touched_m": [[part.start_m, part.end_m] for part in touched or Spans()],
            "shift_m": shift_m,
        }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def as_line(content: bytes) -> Frontier:
    """Return the line of a file that `as_bytes` wrote."""
    return Frontier.from_geojson(json.loads(content))


def touched_by(content: bytes) -> Spans:
    """Return the sections that a corrected line touched; empty for the first line."""
    told: dict[str, Json] = json.loads(content).get(_SAID, {})
    return Spans(Span(*part) for part in told.get("touched_m", []))  # type: ignore[union-attr,misc]


def shift_m(root: Path) -> int:
    """Return by how much the newest correction shifted what lies beyond it, in metres from 0."""
    told = json.loads((root / FRONTIER_FILE).read_bytes()).get(_SAID, {})
    return abs(int(told.get("shift_m", 0)))


def in_force(
    root: Path, settings: config.Config, known: Collection[str]
) -> tuple[bytes, config.Config, Mark | None]:
    """Return the file of the line in force, the settings that go with it, and the file's mark.

    A correction that was cut off after the ledger had it is finished first.

    Args:
        root: folder of the project.
        settings: as they stand in the folder.
        known: hashes of the lines in force, by the ledger; empty where `new` was cut off.

    Raises:
        BadSetting: `frontier.geojson` is another line.
    """
    mark = mark_of(root)
    line = (root / FRONTIER_FILE).read_bytes()
    if not known or hashlib.sha256(line).hexdigest() in known:
        return line, settings, mark
    before = root / kept_at(hashlib.sha256(line).hexdigest())
    for sha256 in sorted(known):
        path = root / kept_at(sha256)
        content = path.read_bytes() if path.is_file() else b""
        if before.is_file() and hashlib.sha256(content).hexdigest() == sha256:
            return content, put_in_force(root, settings, content), mark_of(root)
    raise BadSetting(
        f"{FRONTIER_FILE} was changed since the project was made, so no chainage would hold; put "
        "the old file back, and correct the line with `vallum line FILE`"
    )


def put_in_force(root: Path, settings: config.Config, content: bytes) -> config.Config:
    """Write settings and line of a correction, the line last; return the settings."""
    start_m, end_m = json.loads(content)[_SAID]["measured_m"]
    border = replace(settings.border, start_m=start_m, end_m=end_m)
    if border != settings.border:
        settings = replace(settings, border=border)
        config.write(settings, root / config.FILE_NAME)
    write_whole(root / FRONTIER_FILE, content)
    return settings


def mark_of(root: Path) -> Mark | None:
    """Return what tells one file of the line from another without reading it; None if none."""
    try:
        found = (root / FRONTIER_FILE).stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def read(root: Path) -> Frontier:
    """Return the line in force of a folder, read once per process and file."""
    return _read(root, mark_of(root))


@lru_cache(maxsize=8)
def _read(root: Path, _mark: Mark | None) -> Frontier:
    return as_line((root / FRONTIER_FILE).read_bytes())


def check_same(root: Path, mark: Mark | None) -> None:
    """Refuse to go on with a line that another process corrected meanwhile.

    Raises:
        StoreLocked: the file is not the one that was opened.
    """
    if mark is not None and mark_of(root) != mark:
        raise StoreLocked(
            f"the line of {root.resolve().name} was corrected while this vallum was running; "
            "nothing was changed, start it again"
        )
