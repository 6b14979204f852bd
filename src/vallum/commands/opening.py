"""The command `vallum open`: the door from the command line to the app in the browser."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vallum.commands import answer

if TYPE_CHECKING:
    from vallum.ground.errors import VallumError
    from vallum.steps.done import Done
    from vallum.web.serve import Address


@click.command("open")
@click.option(
    "--project",
    "-p",
    "root",
    type=click.Path(path_type=Path),
    help="The project's folder. Left out: the current folder, if it holds one.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Name or address to listen on; others than this computer's own need TLS.",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=7420,
    show_default=True,
    help="Port to listen on; the next free one if it is in use.",
)
@click.option("--no-browser", is_flag=True, help="Print the link and open no browser.")
@click.option("--tls-cert", type=click.Path(path_type=Path), help="Certificate (PEM).")
@click.option("--tls-key", type=click.Path(path_type=Path), help="Its key (PEM).")
@click.option(
    "--insecure",
    "is_insecure",
    is_flag=True,
    help="Let other computers in without TLS, on a network that you trust.",
)
@click.option(
    "--force-network-drive",
    "force",
    is_flag=True,
    help="Open a project on a network drive, at your own risk.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the link as JSON, in the first line.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def open_(as_json: bool, debug: bool, **options: Any) -> None:
    """Open the app in your browser: images, review, report. `vallum` alone does the same."""
    answer.guarded(partial(_open, as_json), as_json, debug, False, options)


def _open(as_json: bool, *, no_browser: bool, **options: Any) -> Done:
    from vallum.commands.doctoring import say_what_is_missing
    from vallum.web.serve import open_app

    del options["show"]  # the page shows how far a job is
    tell = partial(_where, as_json)
    open_app(**options, browser=not no_browser, tell=tell, warn=_warned, then=say_what_is_missing)
    from vallum.steps.done import Done  # it takes half a second, and the port is open by now

    return Done(step="open", lines=("stopped; everything that was saved is kept",))


def _where(as_json: bool, address: Address) -> None:
    """Say where the app runs."""
    if as_json:
        said = {"url": address.link, "port": address.port, "is_local": address.is_local}
        click.echo(answer.json_text(said))
        return
    for port in address.taken:
        click.echo(f"Port {port} is taken; trying the next.", err=True)
    reach = "only this computer" if address.is_local else "other computers can reach it"
    click.echo(f"Running at {address.url} ({reach}). Ctrl+C stops.")
    click.echo(f"If no browser opens, open: {address.link}")


def _warned(problem: VallumError) -> None:
    """Say why the project here could not be opened."""
    click.echo(f"vallum: {problem}  [{problem.code}]", err=True)
