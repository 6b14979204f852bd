"""The command `dates`: which dates there are of every section."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vallum.commands.verb import command

if TYPE_CHECKING:
    from vallum.steps.done import Done, Progress


@command()
@click.option(
    "--csv",
    "table",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a table: one row for each date of each section.",
)
def dates(project: Any, table: Path | None, show: Progress) -> Done:
    """Show which dates there are of every section, and where there is a long gap.

    Pictures of one pass count as one date, however often they were delivered. Of a mosaic each part
    counts by its own date. Images that a person set aside do not count.
    """
    del show
    from vallum.steps.datebook import dates as calendar

    return calendar(project, table=table)
