"""Commands for a desk of many people: `serve`, `people`, and who looked at what is sealed."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vallum.commands import answer
from vallum.commands.keeping import source
from vallum.commands.verb import command
from vallum.ground.kinds import Role

if TYPE_CHECKING:
    from vallum.steps.done import Done, Progress
    from vallum.web.serve import Served


class _Invite(click.ParamType[tuple[str, Role]]):
    """A name and a role: NAME:ROLE."""

    name = "NAME:ROLE"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Role]:
        if isinstance(value, tuple):
            return value
        name, _, role = str(value).rpartition(":")
        roles = ", ".join(one.value for one in Role)
        try:
            known = Role(role.strip())
        except ValueError:
            self.fail(f"'{value}' is no NAME:ROLE; the roles are {roles}", param, ctx)
        if not name.strip():
            self.fail(f"'{value}' has no name; write NAME:{known.value}", param, ctx)
        return name.strip(), known


@click.command("serve")
@click.option(
    "--project",
    "-p",
    "root",
    type=click.Path(path_type=Path),
    default=Path(),
    show_default="the current folder",
    help="The project's folder.",
)
@click.option("--host", default="", help="The name that people type; with --tls-cert.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=7420, show_default=True, help="Port."
)
@click.option("--listen", default="", help="Address to listen on, if it is not that of --host.")
@click.option("--tls-cert", type=click.Path(path_type=Path), help="Certificate (PEM).")
@click.option("--tls-key", type=click.Path(path_type=Path), help="Its key (PEM).")
@click.option(
    "--unix-socket",
    type=click.Path(path_type=Path),
    help="Listen on this path and on no port: for a proxy on this computer, or ssh -L.",
)
@click.option(
    "--behind-proxy",
    default="",
    metavar="https://NAME",
    help="A proxy on this computer ends TLS; this is the address that people type.",
)
@click.option(
    "--invite",
    "invites",
    multiple=True,
    type=_Invite(),
    help="Print a one-time link for this person; may be given again. Who has a session is out.",
)
@click.option(
    "--force-network-drive",
    "force",
    is_flag=True,
    help="Serve a project on a network drive, at your own risk.",
)
@click.option("--json", "as_json", is_flag=True, help="Say where as JSON, in the first line.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def serve(as_json: bool, debug: bool, **options: Any) -> None:
    """Serve one project to a desk of invited people, until SIGTERM or Ctrl+C.

    Nobody comes in without a link of their own. Where no keeper has one yet, one is printed, once.
    """
    answer.guarded(partial(_serve, as_json), as_json, debug, False, options)


def _serve(as_json: bool, root: Path, invites: Any, force: bool, **options: Any) -> Done:
    from vallum.commands.doctoring import say_what_is_missing
    from vallum.steps.done import Done
    from vallum.web.serve import Door, serve_app

    say_what_is_missing()
    del options["show"]
    serve_app(root, Door(**options), invites=invites, force=force, tell=partial(_told, as_json))
    return Done(step="serve", lines=("stopped; everything that was saved is kept",))


def _told(as_json: bool, served: Served) -> None:
    """Say where it runs, and the links, once."""
    if as_json:
        links = [{"name": name, "role": role, "link": link} for name, role, link in served.links]
        click.echo(answer.json_text({"url": served.url, "where": served.where, "links": links}))
        return
    click.echo(f"Serving at {served.url} ({served.where}). Ctrl+C or SIGTERM stops.")
    for name, role, link in served.links:
        click.echo(f"For {answer.one_line(name)} ({role}), once: {link}")
    if served.links:
        click.echo(f"A link ends when it is used, or after {served.invite_days} days.")


# -- people --------------------------------------------------------------------------------


@click.group()
def people() -> None:
    """Say who may come to the desk; works while it is served."""


@command("list", group=people)
def people_list(project: Any, show: Progress) -> Done:
    """List everybody: role, and whether a session or a link is open."""
    from vallum.steps import admitting

    return admitting.people_list(project)


@command("invite", group=people)
@click.argument("who", type=_Invite())
def people_invite(project: Any, who: tuple[str, Role], show: Progress) -> Done:
    """Print a one-time link for NAME:ROLE; a browser that this person had is out at once."""
    from vallum.steps import admitting

    return admitting.people_invite(project, *who)


@command("end", group=people)
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do it.")
def people_end(project: Any, name: str, yes: bool, show: Progress) -> Done:
    """Sign NAME's browser out, and end a link that was not used; a new link lets in again."""
    from vallum.steps import admitting

    return admitting.people_end(project, name, yes=yes)


@command("looks", group=source)
@click.argument("code", default="")
def source_looks(project: Any, code: str, show: Progress) -> Done:
    """Say who looked at what is sealed: the vault, and of source CODE if it is given."""
    from vallum.steps import looking

    return looking.source_looks(project, code)
