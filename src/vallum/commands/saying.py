"""Commands about what was said: `read` claims out of texts, approve `claims`, `match` them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vallum.commands.keeping import keys_of
from vallum.commands.verb import command

if TYPE_CHECKING:
    from vallum.steps.done import Done, Progress

_passphrase_file = click.option(
    "--passphrase-file",
    "passphrase_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Read the passphrase from the first line of a file; asked for if left out.",
)


@command(needs_project=False)
@click.argument("texts", nargs=-1, metavar="[TEXT | EXHIBIT...]")
@click.option(
    "--published",
    default="",
    metavar="DATE",
    help="Day of publication of TEXT: 'last month' is counted from it.",
)
@click.option(
    "--frontier",
    default="",
    metavar="NAME",
    help="Packaged frontier on which places of TEXT are put; the one it speaks of if left out.",
)
@click.option("--all", "is_all", is_flag=True, help="Read all exhibits of the project.")
@click.option(
    "--project",
    "-p",
    "root",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The project's folder; the current one if left out.",
)
@click.option(
    "--key",
    "key_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Key file that opens the vault, for texts of protected sources.",
)
@_passphrase_file
def read(
    texts: tuple[str, ...],
    published: str,
    frontier: str,
    is_all: bool,
    root: Path,
    key_files: tuple[Path, ...],
    passphrase_files: tuple[Path, ...],
    show: Progress,
) -> Done:
    """Propose the claims that a text makes: what, how many, where, when, and who says so.

    With --published, TEXT is a file (.txt, .md, .html), `-` for standard input, or the text itself
    in quotation marks; --json prints a list of claims with the places of their first and last
    character. Without, inside a project, each EXHIBIT is read (--all: every one), and proposals
    are kept. Each is a suggestion until a person approves it.
    """
    from vallum import steps

    if published:
        if len(texts) != 1 or is_all or key_files:
            raise click.UsageError("--published goes with one TEXT, and not with --all or --key")
        return steps.read(texts[0], published=published, frontier=frontier or None)
    if frontier:
        raise click.UsageError("--frontier goes with --published; a project has its own frontier")
    if bool(texts) == is_all:
        raise click.UsageError(
            "say what to read: a TEXT with --published DATE, or inside a project EXHIBIT or --all"
        )
    from vallum.project import open_project
    from vallum.steps.reading import read_in

    with open_project(root) as project:
        return read_in(project, texts, *keys_of(key_files, passphrase_files))


@command()
@click.option(
    "--export",
    "out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write them to this .csv, to answer in a spreadsheet.",
)
@click.option(
    "--import",
    "table",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Read the answers from this .csv: approve, reject or edit.",
)
@click.option("--by", default="", metavar="NAME", help="Who answered.")
@click.option(
    "--level",
    type=click.Choice(["partner", "desk"]),
    default="partner",
    show_default=True,
    help="'desk' writes who speaks and the sentence too.",
)
@click.option(
    "--standing",
    type=click.Choice(["proposed", "approved", "rejected"]),
    default=None,
    help="List only these.",
)
@click.option(
    "--key",
    "key_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Key file that opens the vault, to hold new wording against locked texts.",
)
@_passphrase_file
def claims(
    project: Any,
    out: Path | None,
    table: Path | None,
    by: str,
    level: str,
    standing: str | None,
    key_files: tuple[Path, ...],
    passphrase_files: tuple[Path, ...],
    show: Progress,
) -> Done:
    """List the claims of a project, or answer them in a spreadsheet.

    Only approved claims count. In the table, write approve, reject or edit in the column 'answer';
    a cell that you change is changed in the claim. Everything is imported, or nothing.
    """
    from vallum.steps import claims_table

    if out and table:
        raise click.UsageError("--export and --import do not go together")
    if table and not by.strip():
        raise click.UsageError("--import needs --by NAME: say who answered")
    keys = keys_of(key_files, passphrase_files)
    if out:
        return claims_table.claims_export(project, out, level=level, keys=keys)
    if table:
        return claims_table.claims_import(project, table, by=by, keys=keys)
    return claims_table.claims_list(project, standing=standing)


@command("match")
def match(project: Any, show: Progress) -> Done:
    """Hold approved claims against findings, images and one another.

    Says which support a claim, which contradict it, and what no image can show. What a person
    matched by hand stays as it is.
    """
    from vallum.steps import matching

    return matching.match(project)
