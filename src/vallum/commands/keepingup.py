"""Commands that keep a border up to date: `watch` for what arrives, `line` for a corrected line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vallum.commands.arrivals import MOST_ITEMS, of_a_catalogue, of_images
from vallum.commands.verb import command, scheduler

if TYPE_CHECKING:
    from vallum.ground.errors import VallumError
    from vallum.project import Project
    from vallum.steps.done import Done, Progress

_UNITS_S = {"s": 1, "min": 60, "h": 3600, "d": 86_400}
_EVERY = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|h|d)")
_LEAST_S = 10.0


class _Every(click.ParamType[float]):
    """A time like 30min or 6h, in seconds."""

    name = "30min"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        found = _EVERY.fullmatch(str(value).strip())
        if found is None:
            self.fail(f"'{value}' is no time; write 30min, 6h or 1d", param, ctx)
        seconds = float(found[1]) * _UNITS_S[found[2]]
        if seconds < _LEAST_S:
            self.fail(f"'{value}' is too often; {_LEAST_S:g}s is the least", param, ctx)
        return seconds


@command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--every", type=_Every(), help="Look again and again until Ctrl-C: 30min, 6h, 1d.")
@click.option(
    "--to",
    multiple=True,
    metavar="ADDRESS",
    help="Address that stands in the e-mail; may be given again. Nothing is sent.",
)
@click.option("--again", is_flag=True, help="Try once more what could not be used.")
@click.option(
    "--settled-s",
    type=click.FloatRange(0),
    default=30.0,
    show_default=True,
    help="A file is complete when it has not changed for so many seconds.",
)
@of_images
@of_a_catalogue
@scheduler
def watch(
    project: Any, folder: Path | None, every: float | None, show: Progress, **options: Any
) -> Done:
    """Take in what is new in FOLDER or a catalogue, compare it, and tell what is new.

    Looks once, for cron or a systemd timer, or again and again with --every. News are written
    into out/news as text, page, e-mail and feeds; nothing is sent. Where nothing is new, no file
    changes.
    Without FOLDER and --stac, it tells what others have added.
    """
    look = _look(folder, options, show)
    if every is None:
        return look(project)
    root = project.root
    project.close()
    return _on_and_on(root, every, look)


def _look(
    folder: Path | None, options: dict[str, Any], show: Progress
) -> Callable[[Project], Done]:
    """Return what looks once, with everything that was typed."""
    from vallum.steps import keepingup

    url = options.pop("stac")
    asked = {name: options.pop(name) for name in ("collections", "when", "max_cloud", "bands")}
    most = options.pop("max_items")
    typed = [name for name, value in (asked | {"max_items": most}).items() if value]
    if typed and not url:
        raise click.UsageError(f"--{typed[0].replace('_', '-')} goes with --stac")
    catalogue = None
    if url:
        names = tuple(asked.pop("collections").split(","))
        catalogue = keepingup.Catalogue(
            url=url, collections=names, max_items=most or MOST_ITEMS, **asked
        )
    named = ("taken", "licence", "credit", "may_publish")
    terms = keepingup.Terms(**{name: options.pop(name) for name in named})

    def look(project: Project) -> Done:
        return keepingup.watch(
            project, folder, catalogue=catalogue, terms=terms, show=show, **options
        )

    return look


def _on_and_on(root: Path, every_s: float, look: Callable[[Project], Done]) -> Done:
    """Print what each look came to, until Ctrl-C; return what is said at the end."""
    from vallum.steps import keepingup
    from vallum.steps.done import Done

    n_looks = 0
    context = click.get_current_context(silent=True)
    force = bool(context and context.params.get("force"))
    rounds: Iterator[Done | VallumError] = keepingup.watch_on(root, every_s, look, force=force)
    try:
        for found in rounds:
            _say(found)
            n_looks += 1
    except KeyboardInterrupt:
        pass
    return Done(step="watch", lines=(f"stopped after {n_looks} looks; what was finished is kept",))


def _say(found: Done | VallumError) -> None:
    from vallum.commands.answer import json_text, one_line
    from vallum.ground.errors import VallumError

    context = click.get_current_context(silent=True)
    as_json = bool(context and context.params.get("as_json"))
    if isinstance(found, VallumError):
        told: dict[str, Any] = {"error": found.code, "message": str(found)}
        click.echo(
            json_text(told) if as_json else one_line(f"{found}; it goes on"), err=not as_json
        )
        return
    if as_json:
        click.echo(json_text(found.to_json()))
        return
    for text in (*found.lines, *(f"blocked: {why}" for why in found.blocked), *found.files):
        click.echo(one_line(text))


@command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--why", default="", help="The reason, kept with the line.")
@click.option(
    "--shift",
    is_flag=True,
    help="Also where every kilometre beyond the correction gets another number.",
)
@click.option(
    "--keep-samples",
    is_flag=True,
    help="Keep what was read of samples on the corrected part, along the old line.",
)
@click.option("--list", "only_list", is_flag=True, help="Only say what would be looked at anew.")
def line(project: Any, file: Path, show: Progress, **options: Any) -> Done:
    """Put the corrected line of FILE in the place of the project's line, which is kept.

    FILE holds the whole line again. Sections in which nothing moved keep what they have; in the
    others the next `vallum run` looks, aligns and compares anew, and what people said stays with
    the things that are found again.
    """
    from vallum.steps.correcting import correct_line

    return correct_line(project, file, **options)
