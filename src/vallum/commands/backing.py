"""Commands that keep a project safe and move it: `backup`, `restore`, `project export|import`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vallum.commands.verb import HELP, command

if TYPE_CHECKING:
    from vallum.steps.done import Done, Progress

_PATH = click.Path(path_type=Path)
_with_images = click.option(
    "--with-images", is_flag=True, help="With the working copies of images, too."
)
_yes = click.option("--yes", is_flag=True, help="Replace an earlier backup of this name.")


@command()
@click.argument("to", metavar="FILE.zip|FOLDER", type=_PATH)
@_with_images
@_yes
def backup(project: Any, to: Path, with_images: bool, yes: bool, show: Progress) -> Done:
    """Write the whole project, as it stands at one moment, to one file or folder.

    People may go on working meanwhile. It holds the rows, settings, line, papers and publications,
    never the vault; only you can read it. Put it on another disk.
    """
    from vallum import steps

    return steps.backup(project, to, with_images=with_images, yes=yes, show=show)


def _database(words: str) -> Callable[..., Any]:
    return click.option("--database", default="", metavar="ADDRESS", help=words)


@command(needs_project=False)
@click.argument("backup", metavar="BACKUP", type=_PATH)
@click.argument("folder", type=_PATH)
@_database("Put the rows into PostgreSQL: postgresql://USER@HOST/NAME, without a password.")
def restore(backup: Path, folder: Path, database: str, show: Progress) -> Done:
    """Make a project folder from a backup, after its chain and every hash in it were checked.

    FOLDER is new or empty; nothing is ever overwritten.
    """
    from vallum import steps

    return steps.restore(backup, folder, database=database, show=show)


@click.group(context_settings=HELP)
def project() -> None:
    """Move a project to another machine, or between a file and PostgreSQL."""


@command("export", group=project)
@click.argument("file", metavar="FILE.zip", type=_PATH)
@_with_images
@_yes
def project_export(project: Any, file: Path, with_images: bool, yes: bool, show: Progress) -> Done:
    """Write a project for another machine or database.

    Afterwards go on in one of the two places only: two ledgers never become one again.
    """
    from vallum import steps

    return steps.export_project(project, file, with_images=with_images, yes=yes, show=show)


@command("import", group=project, needs_project=False)
@click.argument("file", metavar="FILE.zip", type=_PATH)
@click.argument("folder", type=_PATH)
@_database("Put the rows into PostgreSQL, not into a file: postgresql://USER@HOST/NAME.")
def project_import(file: Path, folder: Path, database: str, show: Progress) -> Done:
    """Make a project from what `project export` wrote; its ledger ends in the same hash.

    All rows are compared one by one before the folder gets its name.
    """
    from vallum import steps

    return steps.import_project(file, folder, database=database, show=show)
