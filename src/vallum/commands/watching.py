"""Commands that tell how a project is and what happened to it: `runs`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from vallum.commands.verb import command

if TYPE_CHECKING:
    from vallum.steps.done import Done, Progress


@command()
@click.option(
    "--last",
    type=click.IntRange(1, 10_000),
    default=50,
    show_default=True,
    help="How many, the newest first.",
)
def runs(project: Any, last: int, show: Progress) -> Done:
    """List what ran: when, for how long, what it added, what was blocked and why."""
    from vallum.steps import statusing

    return statusing.runs(project, last=last)
