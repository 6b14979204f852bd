"""The command about the land: `terrain`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vallum.commands.verb import command

if TYPE_CHECKING:
    from vallum.steps.done import Done, Progress

_FILE = click.Path(path_type=Path)


@command()
@click.option(
    "--dem", type=_FILE, multiple=True, help="Heights in metres, GeoTIFF, or a folder of tiles."
)
@click.option("--water", type=_FILE, multiple=True, help="Water, GeoTIFF or shapes (areas).")
@click.option(
    "--water-value", type=int, help="Value of --water that is water; 1 or percents if left out."
)
@click.option(
    "--land-cover", type=_FILE, multiple=True, help="Classes, GeoTIFF; WorldCover or --classes."
)
@click.option(
    "--settlements", type=_FILE, multiple=True, help="Built-up land, GeoTIFF or shapes (areas)."
)
@click.option(
    "--classes", type=_FILE, metavar="TABLE.csv", help="Columns value and class, of --land-cover."
)
@click.option("--licence", default="", help="Of the maps; printed with what was read from them.")
def terrain(project: Any, show: Progress, **options: Any) -> Done:
    """Describe the land that each section runs through, from maps you have.

    Slope, rivers and other obstacles, land cover, towns and settled land, by section: to divide
    the border for a sample (`vallum sample --by terrain`), and to say in which land changes lie.
    Nothing is downloaded. Towns come with vallum; every map may be left out, or given later.
    Tiles of one map: give its option several times, or a folder.
    """
    from vallum.steps import surveying

    return surveying.terrain(project, show=show, **options)
