"""Commands about what is kept and protected: `scrub` a photograph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vallum.verb import command

if TYPE_CHECKING:
    from vallum.steps.done import Done, Progress


class _Box(click.ParamType[tuple[int, int, int, int]]):
    """A rectangle in pixels: X,Y,WIDTH,HEIGHT."""

    name = "X,Y,WIDTH,HEIGHT"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int, int, int]:
        if isinstance(value, tuple):
            return value
        try:
            x, y, width, height = (int(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"'{value}' is no rectangle; write four whole numbers: 10,20,300,200")
        return x, y, width, height


@command(needs_project=False)
@click.argument("photo", type=click.Path(path_type=Path))
@click.option(
    "--out",
    "-o",
    required=True,
    type=click.Path(path_type=Path),
    help="A new .jpg or .png; its name is published with it, so leave out names and dates.",
)
@click.option(
    "--cover",
    multiple=True,
    type=_Box(),
    metavar="X,Y,WIDTH,HEIGHT",
    help="Cover this too, in pixels of the new picture; may be given again.",
)
@click.option(
    "--longest-px",
    type=click.IntRange(1),
    default=2048,
    show_default=True,
    help="The longer side of the new picture at most.",
)
@click.option("--yes", is_flag=True, help="Replace OUT if it is there.")
def scrub(
    photo: Path,
    out: Path,
    cover: tuple[tuple[int, int, int, int], ...],
    longest_px: int,
    yes: bool,
    show: Progress,
) -> Done:
    """Rebuild PHOTO from its pixels, without metadata, and cover the faces in it.

    Faces are looked for only to be covered, and some are overlooked: a person must look at the new
    picture at full size before anybody else sees it. PHOTO is left as it is.
    """
    from vallum import steps

    return steps.scrub(photo, out, cover=cover, longest_px=longest_px, yes=yes)
