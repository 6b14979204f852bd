"""`sample --export` and `--import`: reading a sample without the page."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from vallum.ground.errors import BadInput, BadSetting
from vallum.ground.kinds import Design
from vallum.ground.records import Exhibit, Sample, Scene
from vallum.measure.readings import told
from vallum.project import Project
from vallum.steps.done import Done
from vallum.steps.estimating import rows_of
from vallum.steps.judging import record, same_person, verdicts_in_force


def sample_export(project: Project, path: Path, *, survey: str = "", analyst: str = "") -> Done:
    """Write the stretches of a survey to a table in which one person answers.

    Args:
        project: whose survey.
        path: `.csv`.
        survey: its name; the newest one if empty.
        analyst: fill in what this person answered before.

    Raises:
        BadSetting: another ending.
        BadInput: there is no such survey.
    """
    from vallum.review import stretches

    if path.suffix.lower() != ".csv":
        raise BadSetting(f"{path.name}: write a .csv; nothing was written")
    known = list(dict.fromkeys(row.survey for row in rows_of(project).strata))
    name = survey or (known[-1] if known else "")
    if name not in known:
        raise BadInput(
            f"there is no survey '{name}'; nothing was written, there are: "
            + (", ".join(known) or "none, draw one with `vallum sample`")
        )
    rows = [row for row in project.rows(Sample) if row.survey == name]
    who = same_person(project, analyst) if analyst else ""
    own = {v.about: v for v in verdicts_in_force(project) if who and v.analyst == who}
    scenes = {scene.id: scene for scene in project.rows(Scene)}
    stretches.write_stretches(rows, scenes, path, own)
    return Done(
        step="sample",
        lines=(f"{len(rows):,} stretches of {name} written; fill in the column 'answer'",),
        files=(str(path),),
        facts={"survey": name, "stretches": len(rows)},
        next=f"vallum sample --import {path.name} --analyst NAME",
    )


def sample_import(project: Project, path: Path, *, analyst: str) -> Done:
    """Read one person's answers about drawn stretches; good rows are kept, bad ones are named.

    Raises:
        BadTable: the file cannot be read at all.
        BadInput: it does not exist.
        BadSetting: nobody is named.
    """
    from vallum.review import stretches

    if not path.is_file():
        raise BadInput(f"{path} does not exist; nothing was read, check the path")
    who = same_person(project, analyst)
    drawn = {row.id: row for row in project.rows(Sample) if row.design is not Design.SWEEP}
    barred, taken = _barred(project, who)
    verdicts, problems = stretches.read_stretches(path, analyst=who, known=drawn, barred=barred)
    problems += [
        f"{path.name}: {drawn[one.about].span} is a first reading, and {who} read it a second "
        "time; left out. Leave it to another person."
        for one in verdicts
        if one.about in taken
    ]
    verdicts = [one for one in verdicts if one.about not in taken]
    with path.open("rb") as handle:
        sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
    exhibit = Exhibit(sha256=sha256, name=path.name, role="verdicts", media_type="text/csv")
    return replace(record(project, verdicts, [], exhibit, problems), next="vallum measure")


def _barred(project: Project, who: str) -> tuple[set[str], set[str]]:
    """Return the rows that a person may not answer: nobody reads a stretch first and second.

    Returns:
        Second readings of what this person read first, and first readings, in any survey, of what
        this person read a second time.
    """
    heard = told(rows_of(project))
    of = heard.first
    first = [row for row in heard.rows.values() if row.survey not in of]
    again = [row for row in heard.rows.values() if row.survey in of]
    read = {(row.survey, row.unit) for row in first if who in heard.of(row)}
    reread = {(of[row.survey], row.unit) for row in again if who in heard.of(row)}
    barred = {row.id for row in again if (of[row.survey], row.unit) in read}
    places = {heard.place(row) for row in first if (row.survey, row.unit) in reread - read}
    return barred, {row.id for row in first if heard.place(row) in places}
