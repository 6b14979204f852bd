"""Commands about what is shown: `publish` a draft or an edition, and `diff` two of them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vallum.commands.verb import command

if TYPE_CHECKING:
    from vallum.steps.done import Done, Progress

_OF_EDITION = ("note", "day", "why", "correct")


def _pairs(texts: tuple[str, ...], option: str) -> dict[str, str]:
    """Return `NAME=TEXT` as names with their text."""
    found = {}
    for text in texts:
        name, sign, words = text.partition("=")
        if not sign or not name.strip() or not words.strip():
            raise click.UsageError(f"--{option} needs NAME=TEXT: posts_new='two more dates'")
        found[name.strip()] = words.strip()
    return found


@command()
@click.option(
    "--level",
    type=click.Choice(["public", "desk"]),
    default="public",
    show_default=True,
    help="Who may see it.",
)
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    help="Folder to write a draft to; out/report if left out.",
)
@click.option(
    "--language",
    "languages",
    multiple=True,
    metavar="TAG",
    help="en, ko or zh-Hans, the main one first; may be repeated. Else as in the settings.",
)
@click.option("--parquet", is_flag=True, help="Also tables for pandas and databases.")
@click.option(
    "--overlays", is_flag=True, help="Put pixels that may be shown into the Google Earth file."
)
@click.option("--check", is_flag=True, help="Say what may not go out and why; write nothing.")
@click.option("--edition", is_flag=True, help="Freeze it as the next edition, in out/editions.")
@click.option("--note", default="", metavar="TEXT", help="Of an edition: what it is; printed.")
@click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Of an edition: the day printed on it; today if left out.",
)
@click.option(
    "--why",
    multiple=True,
    metavar="NAME=TEXT",
    help="Of an edition: why a number is not as before; NAME 'all' for every other one.",
)
@click.option(
    "--correct",
    multiple=True,
    metavar="NAME=TEXT",
    help="Of an edition: a number that was wrong in the one before, and why.",
)
@click.option(
    "--despite",
    multiple=True,
    metavar="CLAIM",
    help="Publish although this claim was refused beside an earlier publication: a keeper's word.",
)
def publish(project: Any, show: Progress, **options: Any) -> Done:
    """Write the report and the tables: as a draft, or frozen as an edition.

    A draft says which edition it comes after. --edition freezes: it gets the next number, is
    written into the ledger, and says number by number what is otherwise than in the one before,
    and why. Exit code 3 when --check finds something that keeps it in.
    """
    from vallum import steps
    from vallum.steps import editions, gating

    _refuse_mixed(options)
    if options["check"]:
        return gating.check(project, options["level"])
    shared = {
        "level": options["level"],
        "languages": options["languages"],
        "parquet": options["parquet"],
        "overlays": options["overlays"],
        "despite": options["despite"],
        "show": show,
    }
    if not options["edition"]:
        return steps.publish(project, folder=options["folder"], **shared)
    day: datetime | None = options["day"]
    return editions.freeze(
        project,
        note=options["note"],
        day=day.date() if day else None,
        why=_pairs(options["why"], "why"),
        correct=_pairs(options["correct"], "correct"),
        **shared,
    )


def _refuse_mixed(options: dict[str, Any]) -> None:
    """Refuse options that do not go together."""
    typed = [name for name in _OF_EDITION if options[name]]
    if typed and not options["edition"]:
        raise click.UsageError(f"--{typed[0]} is printed in editions only; add --edition")
    if options["edition"] and options["folder"]:
        raise click.UsageError("an edition lies in out/editions; --to is for drafts")


@command()
@click.argument("a")
@click.argument("b", default="")
def diff(project: Any, a: str, b: str, show: Progress) -> Done:
    """Say what two publications say otherwise, number by number.

    A and B are numbers of editions, beginnings of a manifest's hash, folders of publications, case
    files, or report.json files. Without B: what would be published now.
    """
    from vallum.steps import editions

    return editions.diff(project, a, b)
