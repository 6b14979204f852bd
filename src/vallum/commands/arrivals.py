"""Options of the commands that images come in by: `add` and `watch`."""

from __future__ import annotations

from functools import reduce
from typing import Any

import click

MOST_ITEMS = 200
"""Images of a catalogue that are added at a time if nobody says how many."""

_OF_IMAGES = (
    click.option(
        "--taken",
        default="",
        metavar="WHEN",
        help="Date for files that tell none: 2022-04-11 or FROM..TO.",
    ),
    click.option("--licence", default="", help="Terms of use."),
    click.option("--credit", default="", help="Line to print beside the pixels."),
    click.option(
        "--may-publish", is_flag=True, help="The licence lets the pixels be shown outside."
    ),
)
_OF_A_CATALOGUE = (
    click.option(
        "--stac",
        default="",
        metavar="URL",
        help="Search this STAC catalogue along the corridor and fetch that part of its images; or "
        "earth-search, planetary-computer, copernicus.",
    ),
    click.option("--collections", default="", metavar="A,B", help="With --stac: its collections."),
    click.option(
        "--when",
        multiple=True,
        metavar="FROM..TO",
        help="With --stac: these dates; both epochs if left out. May be given again.",
    ),
    click.option(
        "--max-cloud",
        type=click.FloatRange(0, 100),
        metavar="PERCENT",
        help="With --stac: leave out what is stated to be cloudier.",
    ),
    click.option(
        "--max-items",
        type=click.IntRange(1, 10_000),
        help=f"With --stac: most images to add at a time; {MOST_ITEMS} if left out.",
    ),
    click.option(
        "--bands",
        default="",
        metavar="A,B",
        help="With --stac: bands or files, like red,green,blue or visual.",
    ),
)


def of_images(function: Any) -> Any:
    """Let a command take what is said of all images that it takes in."""
    return reduce(lambda made, option: option(made), reversed(_OF_IMAGES), function)


def of_a_catalogue(function: Any) -> Any:
    """Let a command ask a catalogue."""
    return reduce(lambda made, option: option(made), reversed(_OF_A_CATALOGUE), function)
