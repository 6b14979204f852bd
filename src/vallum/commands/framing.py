"""Commands about pictures from Google Earth Pro: `capture-plan`, `shots` and `place`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vallum.commands.verb import command

if TYPE_CHECKING:
    from vallum.steps.done import Done, Progress


@command()
@click.option(
    "--km",
    default="",
    metavar="FROM..TO",
    help="Stretch of border, like 1004..1019; the measured stretch if left out.",
)
@click.option(
    "--width-m",
    type=click.FloatRange(60, 20_000),
    default=1000,
    show_default=True,
    help="Width of a frame on the ground.",
)
@click.option(
    "--height-m",
    type=click.FloatRange(60, 20_000),
    default=600,
    show_default=True,
    help="Height of a frame on the ground.",
)
@click.option(
    "--overlap",
    type=click.FloatRange(0, 0.6),
    default=0.15,
    show_default=True,
    help="Share of a frame that its neighbour shows too.",
)
@click.option(
    "--north", is_flag=True, help="North is up; if left out the border runs left to right."
)
@click.option(
    "-o", "--output", "to", type=click.Path(path_type=Path), help="The KMZ; in out/ if left out."
)
def capture_plan(project: Any, north: bool, show: Progress, **options: Any) -> Done:
    """Write a tour for Google Earth Pro: where to save pictures that then place themselves.

    Open the KMZ there, switch off Terrain and 3D Buildings, choose a date, and save a picture at
    every frame. Then `vallum add` the folder. You drive Google Earth; vallum never does.
    """
    from vallum.steps import shooting

    return shooting.capture_plan(project, along=not north, **options)


@command()
def shots(project: Any, show: Progress) -> Done:
    """List the screenshots: how each was placed, or what it needs from you."""
    from vallum.steps import shooting

    return shooting.shots(project)


@command()
@click.argument("shot")
@click.option(
    "--points",
    "points_file",
    type=click.Path(path_type=Path),
    help="CSV with the columns column, row, lon and lat: two points at least, better four.",
)
@click.option(
    "--taken",
    default="",
    metavar="FROM..TO",
    help="Earliest and latest day it can show, or 'unknown'.",
)
@click.option("--skip", "is_skipped", is_flag=True, help="Leave it out.")
@click.option("--by", default="", metavar="NAME", help="Who placed it; you if left out.")
def place(
    project: Any,
    shot: str,
    points_file: Path | None,
    taken: str,
    is_skipped: bool,
    by: str,
    show: Progress,
) -> Done:
    """Place a screenshot by hand, say when it was taken, or leave it out.

    SHOT is its id or file name; `vallum shots` lists them. It says how far each point lies off.
    """
    from vallum.steps import shooting

    return shooting.by_hand(
        project, shot, points=points_file, taken=taken, is_skipped=is_skipped, by=by
    )
