"""A project that was read by two people, settled and measured: what is published comes from it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import desk_rows
import small_desk
from vallum import config, steps
from vallum.ground.kinds import Answer
from vallum.ground.records import Candidate
from vallum.project import Project, open_project

READERS = ("Hong Gildong", "Im Kkeokjeong")
_START = datetime(2024, 5, 1, 8, 0, tzinfo=UTC)


def make(root: Path, *, n: int = 9, is_measured: bool = True) -> Path:
    """Make the project; all its candidates but every third are confirmed by both readers."""
    with small_desk.make(root, n=n, extent_m=6000) as project:
        settings = replace(project.config, publish=replace(project.config.publish, n_chips=0))
    config.write(settings, root / config.FILE_NAME)
    with open_project(root) as project:
        for reader in READERS:
            answer(project, reader)
        if is_measured:
            steps.measure(project)
    return root


def answer(project: Project, reader: str, *, yes: int = 3, day: int = 0) -> None:
    """One reader answers everything: yes, but no to every `yes`-th; then it is settled."""
    said = [
        desk_rows.verdict(
            one, reader, Answer.YES if (k + 1) % yes else Answer.NO,
            at=_START + timedelta(days=day, seconds=k), seconds=2.0,
        )
        for k, one in enumerate(project.rows(Candidate))
    ]  # fmt: skip
    with project.run("review", by=reader) as work:
        work.add_all(said)
    steps.settle(project)


def translate(folder: Path) -> None:
    """Put a second language beside a report, as a publication in two has it, without its time."""
    (folder / "ko").mkdir()
    english = (folder / "report.html").read_text(encoding="utf-8")
    korean = english.replace('lang="en"', 'lang="ko"', 1)
    (folder / "ko" / "report.html").write_text(korean, encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["languages"] = ["en", "ko"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
