"""Commands about numbers: `sample`, before they are made, and `lint`, once they stand in a text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vallum.commands.verb import command

if TYPE_CHECKING:
    from vallum.steps.done import Done, Progress


@command()
@click.option("--n", type=click.IntRange(1), help="Stretches to read.")
@click.option(
    "--half-width-km",
    type=click.FloatRange(0, min_open=True),
    help="Or: as many as are needed to be within this many km of border.",
)
@click.option(
    "--unit-m",
    type=click.IntRange(10),
    default=200,
    show_default=True,
    help="Length of one stretch.",
)
@click.option(
    "--design",
    type=click.Choice(["stratified", "simple", "systematic"]),
    default="stratified",
    show_default=True,
    help="How stretches are drawn.",
)
@click.option(
    "--by",
    default="score",
    show_default=True,
    metavar="score|coverage|section|terrain|TABLE.csv",
    help="What divides the border; 'terrain' needs `vallum terrain` first; a table has the columns "
    "from_km, to_km and class.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another number, other luck.")
@click.option(
    "--readers",
    "n_readers",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="People who will read each stretch; for the hours of a plan.",
)
@click.option("--plan", is_flag=True, help="Draw nothing; say what it would cost and give.")
@click.option(
    "--area",
    default="",
    metavar="FROM..TO",
    help="Instead of a draw: a chosen area, in km. Never extrapolated.",
)
@click.option("--why", default="", help="With --area: why it was chosen.")
@click.option(
    "--second-of", default="", metavar="SURVEY", help="Draw stretches of a survey to read again."
)
@click.option(
    "--export",
    "export_to",
    type=click.Path(path_type=Path),
    help="Write the newest survey to a .csv to answer in, in place of drawing.",
)
@click.option("--import", "import_from", type=click.Path(path_type=Path), help="Read answers back.")
@click.option("--survey", default="", help="With --export: another survey than the newest.")
@click.option("--analyst", default="", help="Who answered; required with --import.")
def sample(
    project: Any,
    export_to: Path | None,
    import_from: Path | None,
    survey: str,
    analyst: str,
    show: Progress,
    **options: Any,
) -> Done:
    """Draw stretches of border by chance, to say how much there is and how sure that is.

    Say what you need with --half-width-km or --n; with --plan nothing is drawn and the cost in
    hours is told first. The stretches are read blind, in the app (Review, Sample) or in a table.
    """
    from vallum import steps

    if export_to is not None and import_from is not None:
        raise click.UsageError("give either --export FILE or --import FILE")
    if export_to is not None:
        return steps.sample_export(project, export_to, survey=survey, analyst=analyst)
    if import_from is not None:
        if not analyst:
            raise click.UsageError("--import needs --analyst NAME: every answer is somebody's")
        return steps.sample_import(project, import_from, analyst=analyst)
    typed = {name: value for name, value in options.items() if value is not None}
    return steps.sample(project, show=show, **typed)


@command(needs_project=False)
@click.argument("text")
@click.option(
    "--project",
    "-p",
    "project",
    type=click.Path(path_type=Path),
    help="Folder of a project: every measurement must be one of its numbers.",
)
def lint(text: str, project: Path | None, show: Progress) -> Done:
    """Check the numbers of a text against each other, published figures and a project.

    TEXT is a file (.txt, .md, .html), `-` for standard input, `report` for the report of the
    project, or the text itself in quotation marks. --json prints a list of problems with the
    places of their first and last character. Exit code 3 when there is a problem.
    """
    from vallum import steps

    return steps.lint(text, project=project)
