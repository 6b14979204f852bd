"""The command `cluster`: keys for a Dask cluster, and whether its workers can stand in."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vallum.commands.verb import HELP, cluster_keys, command

if TYPE_CHECKING:
    from vallum.steps.done import Done, Progress


@click.group(context_settings=HELP)
def cluster() -> None:
    """Let the computers of a Dask cluster do the work: keys for it, and whether it is fit."""


@command(group=cluster, needs_project=False)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="Name or address of the scheduler, noted in its certificate; may be repeated.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=365,
    show_default=True,
    help="How long the keys are valid.",
)
def keys(folder: Path, hosts: tuple[str, ...], days: int, show: Progress) -> Done:
    """Make keys for one cluster: whoever has one of them may run programs on it.

    Nobody can add to them later; when they end, make others. Only you may read the folder.
    """
    from vallum.run import keys as made
    from vallum.steps.done import Done

    files = made.make(folder, hosts=hosts, days=days)
    return Done(
        step="cluster keys",
        lines=(f"keys of one cluster, valid for {days:,} days; only you may read them",),
        files=tuple(str(path) for path in files),
        facts={"days": days},
        next=f"vallum cluster start {folder}",
    )


@command(group=cluster, needs_project=False)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="NAME",
    help="Name or address under which workers reach the scheduler.",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8786,
    show_default=True,
    help="Port of the scheduler.",
)
def start(folder: Path, host: str, port: int, show: Progress) -> Done:
    """Print the commands that start a cluster with the keys in FOLDER; nothing is started."""
    from vallum.ground.errors import BadSetting
    from vallum.run.starting import scheduler_command, settings, worker_command
    from vallum.steps.done import Done

    if not folder.is_dir():
        raise BadSetting(
            f"{folder}: there is no such folder; nothing was printed. Make the keys first: "
            f"vallum cluster keys {folder}"
        )
    address = f"tls://{host}:{port}"
    base = folder.absolute()
    return Done(
        step="cluster start",
        lines=(
            "in every shell, on every computer:",
            *(f"export {name}={shlex.quote(value)}" for name, value in settings().items()),
            "on the computer of the scheduler:",
            scheduler_command(base, port),
            "on every computer that works, once for each core:",
            worker_command(base, address),
        ),
        facts={"address": address},
        next=f"vallum cluster check {address} --cluster-keys {folder}",
    )


@command(group=cluster, needs_project=False)
@click.argument("address")
@cluster_keys
@click.option(
    "--project",
    "-p",
    "root",
    type=click.Path(path_type=Path),
    help="A project's folder, which the workers must see under the same path.",
)
def check(address: str, root: Path | None, show: Progress) -> Done:
    """Ask every worker at ADDRESS whether its results would be those of this computer."""
    from vallum.ground.errors import BadSetting, NotAProject
    from vallum.run.address import Address, parsed
    from vallum.run.cluster import checked
    from vallum.steps.done import Done

    where = parsed(address)
    if not isinstance(where, Address):
        raise BadSetting(f"'{address}' is no cluster; nothing was asked, write tls://HOST:PORT")
    if root is not None and not root.is_dir():
        raise NotAProject(f"{root}: there is no such folder; nothing was asked, name a project's")
    found = checked(where, str(root.absolute()) if root else "")
    unfit = {name: why for name, why in sorted(found.items()) if why}
    n_fit = len(found) - len(unfit)
    return Done(
        step="cluster check",
        lines=(f"{len(found):,} workers, {n_fit:,} of them can stand in for this computer",),
        blocked=tuple(f"{name} {why}" for name, why in unfit.items()),
        facts={"workers": len(found), "fit": n_fit},
        next=f"vallum run --scheduler {where}" if n_fit and not unfit else "",
    )
