"""The command `doctor`: what protects this machine; and the line that others say at their start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vallum.commands.verb import command

if TYPE_CHECKING:
    from vallum.steps.done import Done, Progress

_said: list[str] = []


@command(needs_project=False)
@click.option(
    "--project",
    "-p",
    "root",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The project's folder; the current one if left out. It need not be one.",
)
@click.option(
    "--force-network-drive",
    "force",
    is_flag=True,
    help="Look at a project on a network drive too.",
)
def doctor(root: Path, force: bool, show: Progress) -> Done:
    """Say what protects this machine, and what does not: a line each, with the next step.

    Looks and changes nothing; works with a project and without one. Exit code 3 when something is
    to be mended before work.
    """
    from vallum.config import FILE_NAME
    from vallum.ground.errors import VallumError
    from vallum.project import open_project
    from vallum.steps import doctoring

    if not (root / FILE_NAME).is_file():
        return doctoring.doctor(None)
    try:
        project = open_project(root, force=force)
    except VallumError as error:
        return doctoring.doctor(None, problem=error)
    with project:
        return doctoring.doctor(project)


def say_what_is_missing() -> None:
    """Say in one line on stderr what does not protect this machine, once; nothing if all does."""
    from vallum.ground import foreign

    notice = foreign.protection().notice
    if notice and notice not in _said:
        _said.append(notice)
        click.echo(notice, err=True)
