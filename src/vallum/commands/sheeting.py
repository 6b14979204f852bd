"""`vallum sheet`: one page for each finding."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vallum.commands.verb import command

if TYPE_CHECKING:
    from vallum.steps.done import Done, Progress


@command("sheet")
@click.argument("findings", nargs=-1, metavar="[FINDING]...")
@click.option("--all", "every", is_flag=True, help="All findings that the report shows.")
@click.option("--kind", default="", metavar="CLASS", help="Only this class, like guard_post.")
@click.option("--km", default="", metavar="FROM..TO", help="Only this stretch of the line.")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where to write; out/sheets if left out.",
)
@click.option(
    "--level",
    type=click.Choice(["public", "desk"]),
    default="public",
    show_default=True,
    help="'desk' also writes what is not agreed on yet; it may not leave the desk.",
)
@click.option("--language", default="", metavar="TAG", help="en, ko or zh-Hans.")
def sheet(
    project: Any,
    findings: tuple[str, ...],
    every: bool,
    kind: str,
    km: str,
    folder: Path | None,
    level: str,
    language: str,
    show: Progress,
) -> Done:
    """Write one page for each finding, as PDF and for the browser.

    Before and after, where it is, between which days it was built, how long it is, and how many
    people agreed. FINDING is a name from findings.csv, or its first letters. Exit code 3 when some
    findings may not have a sheet; each reason is named.
    """
    from vallum.steps import sheeting

    return sheeting.sheet(
        project,
        findings,
        every=every,
        kind=kind,
        km=km,
        folder=folder,
        level=level,
        language=language,
        show=show,
    )
