"""How every command is made: its project, --json, --debug, progress bar and exit codes."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from vallum.commands import answer

HELP = {"help_option_names": ["-h", "--help"]}
_PLAIN = (
    click.option("--debug", is_flag=True, help="Show the traceback of an error."),
    click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
)
_OF_PROJECT = (
    click.option(
        "--force-network-drive",
        "force",
        is_flag=True,
        help="Open a project on a network drive, at your own risk.",
    ),
    click.option(
        "--project",
        "-p",
        "root",
        type=click.Path(path_type=Path),
        default=Path(),
        help="The project's folder; the current one if left out.",
    ),
)


def _use_keys(context: click.Context, _: click.Parameter, folder: Path | None) -> None:
    """Name the folder of a cluster's keys in the environment, while the command lasts."""
    if folder is None:
        return
    from vallum.run.address import KEYS

    before = os.environ.get(KEYS)
    os.environ[KEYS] = str(folder.absolute())

    def restore() -> None:
        if before is None:
            os.environ.pop(KEYS, None)
        else:
            os.environ[KEYS] = before

    context.call_on_close(restore)


cluster_keys = click.option(
    "--cluster-keys",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    expose_value=False,
    callback=_use_keys,
    help="Keys for tls://, as `vallum cluster keys` makes them; else VALLUM_CLUSTER_KEYS.",
)
_scheduler = click.option(
    "--scheduler",
    envvar="VALLUM_SCHEDULER",
    default="",
    metavar="[local|tls://HOST:PORT]",
    help="Who does the work: 'local', one process per core; a Dask cluster by its address; a plain "
    "loop if left out. Else VALLUM_SCHEDULER.",
)


def scheduler(function: Any) -> Any:
    """Let a command be executed by processes or a cluster; it takes the argument `scheduler`."""
    return _scheduler(cluster_keys(function))


def command(
    name: str | None = None,
    *,
    needs_project: bool = True,
    files: str = "",
    group: click.Group | None = None,
) -> Callable[..., Any]:
    """Make a command with --json, --debug, a progress bar and our exit codes.

    Args:
        name: of the command; that of the function if left out.
        needs_project: the function's first argument is an open project.
        files: names of the two files that may take the project's place.
        group: what it is a command of; None where it is added later, in its place.
    """

    def decorate(function: Callable[..., Any]) -> click.Command:
        @wraps(function)
        def wrapped(*, as_json: bool, debug: bool, **options: Any) -> None:
            if files:
                check_two(options, files)
            answer.guarded(function, as_json, debug, needs_project, options)

        made: Any = wrapped
        for option in (*_PLAIN, *(_OF_PROJECT if needs_project else ())):
            made = option(made)
        called = name or function.__name__.rstrip("_").replace("_", "-")
        # A command keeps the words for help with which it was first called, also without `vallum`.
        make = group.command if group else click.command
        finished: click.Command = make(called, context_settings=HELP)(made)
        return finished

    return decorate


def check_two(options: dict[str, Any], files: str) -> None:
    """Refuse what does not go with two files, or without them."""
    n_files = len(options["images"])
    if n_files not in {0, 2}:
        raise click.UsageError(f"give two files, {files}, or none inside a project; {n_files} came")
    if n_files and options["scheduler"]:
        source = click.get_current_context().get_parameter_source("scheduler")
        if source is not ParameterSource.ENVIRONMENT:
            raise click.UsageError("--scheduler is for projects; two files need none")
        options["scheduler"] = ""
    typed = [] if n_files else [*given(options)]
    if typed:
        option = {"to": "output", "search_px": "search"}.get(typed[0], typed[0]).replace("_", "-")
        raise click.UsageError(
            f"--{option} goes with two files: give {files}. In a project, vallum.toml says it"
        )


def given(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options about two files that were typed."""
    others = {"images", "scheduler", "root", "force"}
    typed = {k: v for k, v in options.items() if k not in others}
    return {k: v for k, v in typed.items() if v is not None and v is not False}  # 0 is typed
