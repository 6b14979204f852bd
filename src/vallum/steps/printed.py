"""Whether a publication that lies in a folder is the one that would be made now."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

from vallum import __version__
from vallum.ground.records import Level
from vallum.project import Project
from vallum.steps import releasing, telling
from vallum.steps.done import silent

STRIP = "strip-chart.svg"


def is_of_today(project: Project, folder: Path, level: Level, on: date) -> bool:
    """Say whether a folder holds the publication of a level as it would be printed on a day.

    Pictures are not compared.

    Not everything is on the ledger: consent and embargo run out, settings and tables beside them
    are edited, and the printed head leaves out what was said.
    """
    from vallum.report import charts, model

    if not _is_whole(folder, level):
        return False
    publish = replace(project.config.publish, n_chips=0)
    book = telling.book_of(
        replace(project, config=replace(project.config, publish=publish)),
        telling.current_estimates(project),
        level,
        telling._kept_score(project, ()),
        silent,
        releasing.told(project, level, on).told,
    )
    printed = json.loads((folder / "report.json").read_bytes())
    again = json.loads(json.dumps(model.build(book)))
    if any(printed.get(key) != again[key] for key in again if key != "chips"):
        return False
    # Names along the line stand in figures alone.
    return (folder / STRIP).read_bytes() == charts.strip(book).svg


def _is_whole(folder: Path, level: Level) -> bool:
    """Say whether a folder holds a publication of a level, unchanged, of this version."""
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        files = {name: one["sha256"] for name, one in manifest["files"].items()}
        told = manifest["level"], manifest["version"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    found = {path.name for path in folder.iterdir()} - {"manifest.json"}
    return (
        told == (level, __version__)
        and found == files.keys()
        and all(sha256_of(folder / name) == sha256 for name, sha256 in files.items())
    )


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
