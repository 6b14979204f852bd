"""Whether a publication that lies in a folder is the one that would be made now."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vallum import __version__
from vallum.ground.errors import BadInput
from vallum.ground.records import Edition, Level
from vallum.project import Project
from vallum.steps import histories, releasing, telling
from vallum.steps.done import silent
from vallum.steps.folders import changed_files, manifest_of
from vallum.steps.folders import sha256_of as sha256_of

if TYPE_CHECKING:
    from vallum.report.issue import History

STRIP = "figures/strip-chart.svg"
_PICTURE_AT = 8
"""Where a line of `report.live` about a finding says which picture shows it."""


def is_of_today(project: Project, folder: Path, level: Level, on: date) -> bool:
    """Say whether a folder holds the publication of a level as it would be printed on a day.

    Pictures are not compared. An edition is of today while a new one would say the same.

    Not everything is on the ledger: consent and embargo run out, settings and tables beside them
    are edited, and the printed head leaves out what was said.
    """
    from vallum.report import model
    from vallum.report.figures import charts
    from vallum.report.tongue import speaking

    manifest = _whole(folder, level)
    if manifest is None:
        return False
    history = _history(project, folder, level, int(manifest.get("edition", 0)))
    if history is None:
        return False
    publish = replace(project.config.publish, n_chips=0)
    asked = telling.Asked(
        level=level, languages=tuple(manifest.get("languages", ())), history=history
    )
    book = telling.book_of(
        replace(project, config=replace(project.config, publish=publish)),
        telling.current_estimates(project),
        level,
        telling._kept_score(project, ()),
        silent,
        releasing.told(project, level, on).told,
        asked=asked,
    )
    printed = _without_pictures(json.loads((folder / "report.json").read_bytes()))
    with speaking(book.languages[0]):
        again = _without_pictures(json.loads(json.dumps(model.build(book))))
        if any(printed.get(key) != again[key] for key in again):
            return False
        # Names along the line stand in figures alone.
        return (folder / STRIP).read_bytes() == charts.strip(book).svg


def _without_pictures(told: dict[str, Any]) -> dict[str, Any]:
    """Return a model without pictures, and without which picture belongs to which finding."""
    left = {key: value for key, value in told.items() if key not in {"chips", "embed"}}
    live = left.get("live")
    if isinstance(live, dict):
        things = [str(one).split(" ") for one in live.get("things", ())]
        left["live"] = live | {
            "things": [[part for at, part in enumerate(one) if at != _PICTURE_AT] for one in things]
        }
    return left


def _history(project: Project, folder: Path, level: Level, number: int) -> History | None:
    """Return the history that a publication must have; None where it cannot be of today."""
    estimates = telling.current_estimates(project)
    if not number:
        return telling.history_of(project, estimates, level)
    rows = [row for row in project.rows(Edition) if row.number == number]
    if not rows or rows[0].manifest_sha256 != sha256_of(folder / "manifest.json"):
        return None
    row = rows[0]
    if row.level is not level or row.number != max(r.number for r in project.rows(Edition)):
        return None
    issue = replace(histories.issue_of(row), manifest_sha256="", ledger_head="")
    after = histories.state_of(project, row)
    before = telling.history_of(project, estimates, level)
    if before.changes:
        return None  # something is otherwise since
    return histories.history(
        project,
        after,
        level,
        issue=issue,
        why=histories.reasons_of(row.reasons),
        correct=histories.reasons_of(row.corrections),
    )


def _whole(folder: Path, level: Level) -> dict[str, Any] | None:
    """Return the list of a publication of a level, unchanged, of this version; else None."""
    try:
        manifest = manifest_of(folder)
    except BadInput:
        return None
    told = manifest.get("level"), manifest.get("version")
    if told != (level, __version__) or any(changed_files(folder)):
        return None
    return manifest
