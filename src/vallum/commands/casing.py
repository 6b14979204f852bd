"""Commands about what is handed over: a `case` file, `recompute` it, `stamp` the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vallum.commands.verb import command

if TYPE_CHECKING:
    from vallum.steps.done import Done, Progress


@command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--level",
    type=click.Choice(["public", "desk"]),
    default="public",
    show_default=True,
    help="'desk' keeps names and the whole ledger: for your own archive.",
)
def case(project: Any, folder: Path, level: str, show: Progress) -> Done:
    """Write a case file: the publication, and all rows that its numbers rest on.

    FOLDER is new or empty. It becomes a BagIt folder (RFC 8493) with a README in plain words;
    anybody can check it with `sha256sum`, and compute its numbers again with `vallum recompute`.
    """
    from vallum import steps

    return steps.case(project, folder, level=level, show=show)


@command(needs_project=False)
@click.argument("bag", type=click.Path(path_type=Path))
def recompute(bag: Path, show: Progress) -> Done:
    """Check a case file, and compute every published number again from it alone.

    BAG is the folder that holds bagit.txt. Exit code 3 when a file was changed, or a number does
    not follow digit for digit; each is named.
    """
    from vallum import steps

    return steps.recompute(bag)


@command()
@click.option(
    "--request",
    type=click.Path(path_type=Path),
    metavar="FILE.tsq",
    help="Write a request for a time stamp of the newest state of the ledger.",
)
@click.option(
    "--response",
    type=click.Path(path_type=Path),
    metavar="FILE.tsr",
    help="Check and keep the answer of the authority.",
)
@click.option(
    "--root",
    "roots",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Certificate of the authority (PEM or DER); those of this computer if left out.",
)
def stamp(
    project: Any,
    request: Path | None,
    response: Path | None,
    roots: tuple[Path, ...],
    show: Progress,
) -> Done:
    """Have somebody else say on which day the ledger stood as it does (RFC 3161).

    First --request writes a file with nothing but a hash; send it to a time stamp authority from
    any computer. Then --response takes in the answer. vallum itself sends nothing.
    """
    from vallum import steps

    return steps.stamp(project, request=request, response=response, roots=roots)
