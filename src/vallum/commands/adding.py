"""The command `add`: images, footprints, barrier lines, and what catalogues have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vallum.commands.arrivals import MOST_ITEMS, of_a_catalogue, of_images
from vallum.commands.verb import command

if TYPE_CHECKING:
    from vallum.steps.done import Done, Progress

_STAC_ONLY = {
    "collections": "--collections",
    "before": "--before",
    "after": "--after",
    "when": "--when",
    "max_cloud": "--max-cloud",
    "max_items": "--max-items",
    "whole": "--whole",
    "bands": "--bands",
    "only_list": "--list",
}
_FILES_ONLY = {
    "taken": "--taken",
    "in_place": "--in-place",
    "footprints": "--footprints",
    "barriers": "--barriers",
    "subtype": "--subtype",
    "dem": "--dem",
}


@command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@of_images
@click.option(
    "--in-place",
    is_flag=True,
    help="Use trusted COGs where they are, also s3://BUCKET/KEY.tif; make no copy.",
)
@click.option(
    "--dem",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Height model: lays images on the ground that come unprojected, with their camera model.",
)
@click.option(
    "--footprints", is_flag=True, help="PATHS are catalogues of footprints, without pixels."
)
@click.option("--barriers", is_flag=True, help="PATHS are existing barrier lines.")
@click.option(
    "--subtype", default="", metavar="FIELD", help="With --barriers: the field that tells the type."
)
@click.option(
    "--kind", default="fence", show_default=True, help="With --barriers: class of the lines."
)
@of_a_catalogue
@click.option("--before", is_flag=True, help="With --stac: only the project's earlier dates.")
@click.option("--after", is_flag=True, help="With --stac: only the project's later dates.")
@click.option(
    "--whole", is_flag=True, help="With --stac: fetch whole files, not the corridor only."
)
@click.option("--list", "only_list", is_flag=True, help="With --stac: only list what there is.")
def add(project: Any, paths: tuple[Path, ...], stac: str, show: Progress, **options: Any) -> Done:
    """Take in images, deliveries, screenshots, footprints or existing barrier lines.

    PATHS are files, folders or zip files; with --in-place also s3://BUCKET/KEY.tif, in a bucket
    that VALLUM_BUCKETS names. Pictures without a place on Earth, such as screenshots, are placed
    where they can be; see `vallum shots`. With --stac, images are fetched from a catalogue on the
    network instead: that server alone learns the corridor, and files come from where it says they
    lie.
    """
    from vallum.commands.doctoring import say_what_is_missing

    _check(paths, stac, options)
    say_what_is_missing()
    return (
        _from_catalogue(project, stac, show, options)
        if stac
        else _from_files(project, paths, show, options)
    )


def _check(paths: tuple[Path, ...], stac: str, options: dict[str, Any]) -> None:
    """Refuse what does not go together."""
    if bool(paths) == bool(stac):
        raise click.UsageError(
            "give files or folders, or --stac URL"
            if not paths
            else "--stac fetches from a catalogue: add files apart from it"
        )
    wrong = _FILES_ONLY if stac else _STAC_ONLY
    typed = [option for name, option in wrong.items() if options[name] not in (None, "", False, ())]
    if typed:
        raise click.UsageError(
            f"{typed[0]} goes with files, not with --stac"
            if stac
            else f"{typed[0]} goes with --stac"
        )
    if options["footprints"] and options["barriers"]:
        raise click.UsageError("--footprints and --barriers are two kinds of file: add them apart")
    if options["when"] and (options["before"] or options["after"]):
        raise click.UsageError("--when says the dates: leave --before and --after away")


def _from_catalogue(project: Any, url: str, show: Progress, options: dict[str, Any]) -> Done:
    from vallum.steps.catalogues import add_stac

    dates = project.config.dates
    when = list(options["when"])
    when += [dates.before] if options["before"] else []
    when += [dates.after] if options["after"] else []
    return add_stac(
        project,
        url,
        collections=options["collections"].split(","),
        when=when,
        max_cloud=options["max_cloud"],
        max_items=options["max_items"] or MOST_ITEMS,
        whole=options["whole"],
        bands=options["bands"],
        licence=options["licence"],
        credit=options["credit"],
        may_publish=options["may_publish"],
        dry_run=options["only_list"],
        show=show,
    )


def _from_files(
    project: Any, paths: tuple[Path, ...], show: Progress, options: dict[str, Any]
) -> Done:
    from vallum import steps

    terms = {name: options[name] for name in ("credit", "licence")}
    if options["footprints"]:
        return _together([steps.add_footprints(project, path, **terms) for path in paths])
    if options["barriers"]:
        more = {name: options[name] for name in ("subtype", "kind")}
        return _together([steps.add_barriers(project, path, **more, **terms) for path in paths])
    asked = {name: options[name] for name in ("taken", "may_publish", "in_place")}
    asked |= {"dem": options["dem"]} if options["dem"] else {}
    return steps.add(project, paths, show=show, **asked, **terms)


def _together(parts: list[Done]) -> Done:
    from dataclasses import replace

    return replace(
        parts[-1],
        n_added=sum(part.n_added for part in parts),
        lines=tuple(line for part in parts for line in part.lines),
        blocked=tuple(line for part in parts for line in part.blocked),
    )
