"""Commands about what is kept and protected: `scrub`, the `vault`, the `source` register."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vallum.commands.verb import command
from vallum.ground.saidkinds import Attribution, Handling, Risk, Scope, Voice

if TYPE_CHECKING:
    from vallum.evidence.keys import Key
    from vallum.steps.done import Done, Progress


class _Box(click.ParamType[tuple[int, int, int, int]]):
    """A rectangle in pixels: X,Y,WIDTH,HEIGHT."""

    name = "X,Y,WIDTH,HEIGHT"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int, int, int]:
        if isinstance(value, tuple):
            return value
        try:
            x, y, width, height = (int(part) for part in str(value).split(","))
        except ValueError:
            self.fail(
                f"'{value}' is no rectangle; write four whole numbers: 10,20,300,200", param, ctx
            )
        return x, y, width, height


@command(needs_project=False)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--out",
    "-o",
    required=True,
    type=click.Path(path_type=Path),
    help="A new .jpg or .png, .mp4 or .txt; its name is published with it, so leave out names and "
    "dates.",
)
@click.option(
    "--cover",
    multiple=True,
    type=_Box(),
    metavar="X,Y,WIDTH,HEIGHT",
    help="Cover this too, in pixels of the new picture; may be given again.",
)
@click.option(
    "--replace",
    multiple=True,
    metavar="WORDS=NEW",
    help="Of documents: put NEW in place of WORDS; may be given again.",
)
@click.option(
    "--longest-px",
    type=click.IntRange(1),
    help="Longer side at most; 2048 for photographs, never more than 1280 for videos.",
)
@click.option("--yes", is_flag=True, help="Replace OUT if it is there.")
def scrub(
    file: Path,
    out: Path,
    cover: tuple[tuple[int, int, int, int], ...],
    replace: tuple[str, ...],
    longest_px: int | None,
    yes: bool,
    show: Progress,
) -> Done:
    """Rebuild FILE without metadata: a photograph or video with faces covered, a document as text.

    Faces and number plates are looked for only to be covered, and some are overlooked: a person
    must look at what comes out before anybody else sees it. FILE is left as it is.
    """
    from vallum import steps

    pairs = [(words, new) for words, _, new in (one.rpartition("=") for one in replace)]
    return steps.scrub(
        file, out, cover=cover, replace=pairs, longest_px=longest_px, yes=yes, show=show
    )


# -- the vault ----------------------------------------------------------------------------------


@click.group()
def vault() -> None:
    """Lock away originals and who sources are, for two keys or more."""


_recipient = click.option(
    "--recipient",
    "recipients",
    multiple=True,
    required=True,
    metavar="age1...",
    help="Public half of a key that opens it; give at least two, one of them for recovery.",
)
_key = click.option(
    "--key",
    "key_files",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    help="File of a key; may be given again.",
)
_passphrase_file = click.option(
    "--passphrase-file",
    "passphrase_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Read the passphrase from the first line of a file; asked for if left out. Once for all "
    "keys, or once for each.",
)


@command("key", needs_project=False, group=vault)
@click.argument("file", type=click.Path(path_type=Path))
@_passphrase_file
def vault_key(file: Path, passphrase_files: tuple[Path, ...], show: Progress) -> Done:
    """Make a key in FILE, locked with a passphrase, and print its public half.

    Make two: one for whoever works with sources, one for recovery that is kept offline.
    """
    from vallum.steps import vaulting

    words = _passphrases(passphrase_files, [file.name], is_new=True)
    return vaulting.vault_key(file, words[0])


@command("new", group=vault)
@click.argument("folder", type=click.Path(path_type=Path))
@_recipient
def vault_new(project: Any, folder: Path, recipients: tuple[str, ...], show: Progress) -> Done:
    """Make the vault of the project in FOLDER: outside the project, best on a removable disk."""
    from vallum.steps import vaulting

    return vaulting.vault_new(project, folder, recipients)


@command("check", group=vault)
@_key
@_passphrase_file
def vault_check(
    project: Any, key_files: tuple[Path, ...], passphrase_files: tuple[Path, ...], show: Progress
) -> Done:
    """Open every file of the vault, as a drill; use the recovery key.

    Names what is missing, exchanged, unknown, or does not open. Exit code 3 when there is any.
    """
    from vallum.steps import vaulting

    return vaulting.vault_check(project, keys_of(key_files, passphrase_files), show=show)


@command("rotate", group=vault)
@_recipient
@_key
@_passphrase_file
def vault_rotate(
    project: Any,
    recipients: tuple[str, ...],
    key_files: tuple[Path, ...],
    passphrase_files: tuple[Path, ...],
    show: Progress,
) -> Done:
    """Lock the vault to other keys, as when one is lost or somebody leaves.

    Name all who may open it from now on. It can be stopped and run again. Copies of the vault that
    somebody made before stay open to the old keys.
    """
    from vallum.steps import vaulting

    return vaulting.vault_rotate(project, recipients, keys_of(key_files, passphrase_files))


@command("form", group=vault)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--language",
    type=click.Choice(["en", "ko", "zh"]),
    default="en",
    show_default=True,
    help="Language in which it opens; it holds all three.",
)
@click.option("--yes", is_flag=True, help="Replace FILE if it is there.")
def vault_form(project: Any, file: Path, language: str, yes: bool, show: Progress) -> Done:
    """Write a form for people at risk: a page that needs no network and saves one locked file.

    Give it away on a stick or in any way you trust. What it saves, only the keys of this vault
    open; `vallum intake` takes it in.
    """
    from vallum.steps import handing

    return handing.handover_form(project, file, language=language, yes=yes)


def keys_of(files: Sequence[Path], passphrase_files: Sequence[Path]) -> list[Key]:
    """Return opened keys; passphrases come from files, or are typed without being shown."""
    if not files:
        return []
    from vallum.evidence.keys import read_key

    words = _passphrases(passphrase_files, [file.name for file in files])
    return [read_key(file, one) for file, one in zip(files, words, strict=True)]


def _passphrases(files: Sequence[Path], names: Sequence[str], *, is_new: bool = False) -> list[str]:
    """Return a passphrase for each name: from files, else typed without being shown."""
    from vallum.ground.errors import BadSetting

    if files and len(files) not in {1, len(names)}:
        raise click.UsageError("give --passphrase-file once, or once for each --key")
    if files:
        read = [_first_line(file) for file in files]
        return read * len(names) if len(read) == 1 else read
    if not sys.stdin.isatty():
        raise BadSetting(
            "there is nobody here to type the passphrase; nothing was done, give it with "
            "--passphrase-file FILE"
        )
    return [
        click.prompt(f"Passphrase of {name}", hide_input=True, confirmation_prompt=is_new, err=True)
        for name in names
    ]


def _first_line(file: Path) -> str:
    with file.open(encoding="utf-8") as handle:
        return handle.readline().rstrip("\r\n")


# -- the register of sources --------------------------------------------------------------------


@click.group()
def source() -> None:
    """Keep the register of sources: who speaks, without who it is."""


def _one_of(*names: str, kind: Any, words: str, multiple: bool = False) -> Callable[..., Any]:
    return click.option(
        *names, type=click.Choice([one.value for one in kind]), multiple=multiple, help=words
    )


@command("add", group=source)
@click.option(
    "--voice",
    required=True,
    type=click.Choice([one.value for one in Voice]),
    help="Who speaks.",
)
@click.option("--name", default="", help="Of a publisher or organisation; a person has none here.")
@click.option(
    "--reliability",
    default="F",
    show_default=True,
    type=click.Choice([*"ABCDEF"]),
    help="Admiralty: A reliable to E unreliable; F cannot be judged.",
)
@click.option("--reliability-basis", default="", help="Why that letter.")
@_one_of("--attribution", kind=Attribution, words="How it may be referred to.")
@click.option("--described-as", default="", help="The words agreed with the source, for print.")
@_one_of("--consent", kind=Scope, words="What it has agreed to; may be given again.", multiple=True)
@click.option(
    "--consent-given",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Day of the agreement; today if left out.",
)
@click.option("--consent-method", default="", help="In writing, spoken, by publication.")
@click.option(
    "--consent-expires",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Last day of the agreement.",
)
@_one_of("--risk", kind=Risk, words="What may happen to it when it is found out.")
@click.option("--origin", default="", help="Shared by sources who have it from the same origin.")
@_one_of("--handling", kind=Handling, words="Who may be told (Traffic Light Protocol).")
@click.option(
    "--identity",
    type=click.Path(path_type=Path),
    help="File with who it is and how to reach it; goes into the vault and nowhere else.",
)
def source_add(
    project: Any,
    identity: Path | None,
    consent: tuple[str, ...],
    consent_given: datetime | None,
    consent_expires: datetime | None,
    show: Progress,
    **options: Any,
) -> Done:
    """Register a source under a random code.

    What is left out is the strictest: off the record, high risk, agreed to nothing. Never give a
    name, a contact or a place of a person here: the ledger cannot forget. That is what --identity
    is for.
    """
    from vallum.steps import sources

    _, done = sources.source_add(
        project,
        consent=consent or None,
        consent_given=consent_given.date() if consent_given else None,
        consent_expires=consent_expires.date() if consent_expires else None,
        identity=identity.read_bytes() if identity else None,
        **options,
    )
    return done


@command("list", group=source)
def source_list(project: Any, show: Progress) -> Done:
    """List the codes, grades and agreements; who somebody is, is not in it."""
    from vallum.steps import sources

    return sources.source_list(project)


@command("grade", group=source)
@click.argument("code")
@click.option(
    "--reliability",
    required=True,
    type=click.Choice([*"ABCDEF"]),
    help="Admiralty: A reliable to E unreliable; F cannot be judged.",
)
@click.option("--why", required=True, help="The reason; no names, it stays in the ledger.")
@click.option("--by", default="", help="Who judges; whoever is logged in if left out.")
def source_grade(
    project: Any, code: str, reliability: str, why: str, by: str, show: Progress
) -> Done:
    """Judge how reliable a source is, apart from what it says.

    Whoever took in what came from a source at high risk cannot grade it.
    """
    from vallum.steps import sources

    _, done = sources.source_grade(project, code, reliability=reliability, why=why, by=by)
    return done


@command("change", group=source)
@click.argument("code")
@click.option("--why", required=True, help="The reason; no names, it stays in the ledger.")
@click.option("--name", help="Of a publisher or organisation; a person has none here.")
@_one_of("--attribution", kind=Attribution, words="How it may be referred to.")
@click.option("--described-as", help="The words agreed with the source, for print.")
@_one_of(
    "--consent", kind=Scope, words="All that it has agreed to; may be given again.", multiple=True
)
@click.option(
    "--consent-expires",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Last day of the agreement.",
)
@_one_of("--risk", kind=Risk, words="What may happen to it when it is found out.")
@click.option("--origin", help="Shared by sources who have it from the same origin.")
@_one_of("--handling", kind=Handling, words="Who may be told (Traffic Light Protocol).")
@click.option(
    "--identity",
    type=click.Path(path_type=Path),
    help="File to lock in, in place of what the vault has of it.",
)
def source_change(
    project: Any,
    code: str,
    why: str,
    consent: tuple[str, ...],
    consent_expires: datetime | None,
    identity: Path | None,
    show: Progress,
    **options: Any,
) -> Done:
    """Change what a source has agreed to, how it is handled, or what the vault has of it."""
    from vallum.steps import sources

    changes = {name: value for name, value in options.items() if value is not None}
    changes |= {"consent": consent} if consent else {}
    changes |= {"consent_expires": consent_expires.date()} if consent_expires else {}
    changes |= {"identity": identity.read_bytes()} if identity else {}
    _, done = sources.source_change(project, code, why=why, **changes)
    return done


@command()
@click.argument("code")
@click.option("--why", required=True, help="The reason; no names, it stays in the ledger.")
@click.option("--yes", is_flag=True, help="Really delete.")
def withdraw(project: Any, code: str, why: str, yes: bool, show: Progress) -> Done:
    """A source takes its agreement back: delete what it gave, and tell nothing of it any more.

    Copies that others took, earlier releases and backups are not undone. Exit code 3 when the
    vault's disk is away: connect it and run this again.
    """
    from vallum.steps import withdrawing

    return withdrawing.withdraw(project, code, why=why, yes=yes)
