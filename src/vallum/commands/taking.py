"""Commands about what comes in: `intake` of reports, testimony and photographs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vallum.commands.verb import command
from vallum.ground.saidkinds import Handling, Paper

if TYPE_CHECKING:
    from vallum.steps.done import Done, Progress

_DAY = "DATE"


def _lower(kind: Any) -> click.Choice[str]:
    return click.Choice([one.value for one in kind if one])


@command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--source", default="", metavar="CODE", help="Who they come from.")
@click.option("--paper", type=_lower(Paper), help="What they are; by their bytes if left out.")
@click.option("--title", default="", help="Heading.")
@click.option("--url", default="", help="Where it was published; written down, never opened.")
@click.option("--published", default="", metavar=_DAY, help="Day of publication.")
@click.option("--language", default="", metavar="CODE", help="Language of the text: en, ko, zh.")
@click.option("--received", default="", metavar=_DAY, help="Day it came in; today if left out.")
@click.option(
    "--how",
    type=click.Choice(["manual", "in_person", "auto_archiver", "atlos", "handover", "import"]),
    default="manual",
    show_default=True,
    help="How it came in.",
)
@click.option(
    "--handling",
    type=_lower(Handling),
    help="Who may be told (Traffic Light Protocol); the stricter of this and the source's holds.",
)
@click.option("--embargo-until", default="", metavar=_DAY, help="Tell nothing before this day.")
@click.option(
    "--derived-from", default="", metavar="EXHIBIT", help="It translates or republishes this."
)
@click.option(
    "--derived-how", type=click.Choice(["translation_of", "republishes"]), help="Which of the two."
)
@click.option("--captured", default="", metavar="EDTF", help="When it was taken: 2021-04-17.")
@click.option("--rights", default="", help="Who holds the rights.")
@click.option("--collected-by", default="", help="Who took it in; you if left out.")
@click.option(
    "--key",
    "key_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Key of the vault: opens handovers, sees what came in before. May be given again.",
)
@click.option(
    "--passphrase-file",
    "passphrase_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Read the passphrase from the first line of a file; asked for if left out.",
)
def intake(
    project: Any,
    paths: tuple[Path, ...],
    key_files: tuple[Path, ...],
    passphrase_files: tuple[Path, ...],
    show: Progress,
    **options: Any,
) -> Done:
    """Take in reports, testimony, photographs and archives; folders are searched.

    Each original is locked in the vault, untouched; a working copy is rebuilt from its words or
    pixels. Of sources at high risk nothing lies outside the vault. No address is opened: archive
    pages with your own tools and give the files. Your files stay where they are.

    A `handover-*.age` file needs no --source. It is kept sealed; with --key it is opened. With
    --key and no PATHS, all that lie sealed are opened. Exit code 3 when a file was refused.
    """
    from vallum.commands import keeping
    from vallum.commands.doctoring import say_what_is_missing
    from vallum.ground.errors import BadSetting
    from vallum.steps.taking import intake as take_in

    if not paths and not key_files:
        raise BadSetting(
            "no file was given; nothing was taken, name files or folders, or open sealed handovers "
            "with --key FILE"
        )
    say_what_is_missing()
    keys = keeping.keys_of(key_files, passphrase_files)
    given = {name: value or "" for name, value in options.items()}
    return take_in(project, paths, keys=keys, show=show, **given)
