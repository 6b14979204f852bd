"""Commands about what was said: `read` claims out of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vallum.verb import command

if TYPE_CHECKING:
    from vallum.steps.done import Done, Progress


@command(needs_project=False)
@click.argument("text")
@click.option(
    "--published",
    required=True,
    metavar="DATE",
    help="Day of publication: 'last month' is counted from it.",
)
def read(text: str, published: str, show: Progress) -> Done:
    """Propose the claims that a text makes: what, how many, where, when, and who says so.

    TEXT is a file (.txt, .md, .html), `-` for standard input, or the text itself in quotation
    marks. --json prints a list of claims with the places of their first and last character.
    Each is a suggestion until a person approves it.
    """
    from vallum import steps

    return steps.read(text, published=published)
