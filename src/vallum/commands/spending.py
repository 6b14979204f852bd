"""The command about what to buy: `shop`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vallum.commands.verb import command

if TYPE_CHECKING:
    from vallum.steps.done import Done, Progress

_KINDS = (
    "fence", "double_fence", "wall", "patrol_road", "cleared_strip", "guard_post", "watchtower",
    "building",
)  # fmt: skip


@command()
@click.option(
    "--prices",
    type=click.Path(path_type=Path),
    help="Your price file, .toml or .csv; vallum knows no prices of its own.",
)
@click.option(
    "--budget", type=click.FloatRange(0, min_open=True), help="Most that all may cost, as in it."
)
@click.option(
    "--half-width-km",
    type=click.FloatRange(0, min_open=True),
    help="Or: buy until border-km with a change is known to plus or minus this.",
)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice(_KINDS),
    help="What the images must be able to show; may be given again.",
)
@click.option(
    "--gsd-m", type=click.FloatRange(0, min_open=True), help="Coarsest pixels, in place of --kind."
)
@click.option(
    "--aim",
    type=click.Choice(["bounds", "expected"]),
    default="bounds",
    show_default=True,
    help="Each unknown metre alike, or those first where more is to be expected.",
)
@click.option("--to", type=click.Path(path_type=Path), help="Folder; out/shopping if left out.")
@click.option(
    "--example-prices",
    "example_to",
    type=click.Path(path_type=Path),
    help="Write an example of a price file, and nothing else; all its prices are invented.",
)
def shop(
    project: Any,
    prices: Path | None,
    example_to: Path | None,
    show: Progress,
    **options: Any,
) -> Done:
    """Say which images to buy first, and write the areas to order.

    Stretches of border that could not be compared, or on which analysts could not tell, are
    ranked by what an image would settle there per unit of money. Written are a table, the areas as
    GeoJSON and KMZ within the limits of the provider, and a catalogue query per section. Nothing
    is bought, and nobody is asked.
    """
    from vallum.steps import shopping

    if example_to is not None:
        return shopping.example_prices(example_to)
    if prices is None:
        raise click.UsageError(
            "--prices FILE is missing; write an example with --example-prices FILE"
        )
    typed = {name: value for name, value in options.items() if value is not None}
    return shopping.shop(project, prices=prices, show=show, **typed)
