"""The command line: one command is one step; results to stdout, progress to stderr.

Nothing heavy is imported until a command runs, so that `vallum --help` answers at once.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vallum import __version__
from vallum.commands.adding import add
from vallum.commands.backing import backup, restore
from vallum.commands.backing import project as project_
from vallum.commands.calendars import dates
from vallum.commands.casing import case, recompute, stamp
from vallum.commands.clusters import cluster
from vallum.commands.cueing import cue
from vallum.commands.doctoring import doctor
from vallum.commands.figures import lint, sample
from vallum.commands.framing import capture_plan, place, shots
from vallum.commands.keeping import scrub, source, vault, withdraw
from vallum.commands.keepingup import line, watch
from vallum.commands.opening import open_
from vallum.commands.photographs import view
from vallum.commands.publishing import diff, publish
from vallum.commands.saying import claims, match, read
from vallum.commands.serving import people, serve
from vallum.commands.sheeting import sheet
from vallum.commands.spending import shop
from vallum.commands.surveyed import terrain
from vallum.commands.taking import intake
from vallum.commands.verb import HELP, command, given, scheduler
from vallum.commands.watching import runs

if TYPE_CHECKING:
    from vallum.steps.done import Done, Progress


class _Words(click.Group):
    """Lists commands in the order in which they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(
    cls=_Words,
    invoke_without_command=True,
    context_settings=HELP | {"max_content_width": 100},
)
@click.version_option(__version__, prog_name="vallum")
@click.pass_context
def main(context: click.Context) -> None:
    """Measure how a land border is being closed, so that every number can be defended.

    `vallum` alone opens the app in your browser, like `vallum open`. At the command line, a first
    try: `vallum demo`. Your own border: `vallum new NAME --frontier prk-north ...`, then
    `vallum add FOLDER`, then `vallum run`.
    """
    if context.invoked_subcommand is None:
        context.invoke(open_)


# -- the verbs ------------------------------------------------------------------------------

_command = partial(command, group=main)
main.add_command(open_)
main.add_command(serve)
main.add_command(people)


@_command(needs_project=False)
@click.argument("folder", type=click.Path(path_type=Path), default=Path("demo-border"))
@click.option("--seed", type=int, default=1, help="Another number makes another border.")
@click.option("--yes", is_flag=True, help="Replace an earlier demo in the same folder.")
@click.option(
    "--no-review",
    is_flag=True,
    help="Half the border, without simulated analysts: the review is yours, see `vallum open`.",
)
def demo(folder: Path, seed: int, yes: bool, no_review: bool, show: Progress) -> Done:
    """Run the whole flow on a SIMULATED border, and compare what was found with the truth."""
    from vallum import steps

    return steps.demo(folder, seed=seed, review=not no_review, replace_old=yes, show=show)


@_command(needs_project=False)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--frontier",
    required=True,
    help="Name of a packaged line, or a GeoJSON, KML, GeoPackage or Shapefile.",
)
@click.option(
    "--before",
    required=True,
    metavar="WHEN",
    help="When earlier images were taken: 2019, 2019-03, FROM..TO.",
)
@click.option("--after", required=True, metavar="WHEN", help="When later images were taken.")
@click.option(
    "--corridor-m",
    type=click.IntRange(1),
    default=1000,
    show_default=True,
    help="Width to each side of the line.",
)
@click.option(
    "--left-m", type=click.IntRange(0), help="Width left of increasing chainage, instead."
)
@click.option(
    "--right-m", type=click.IntRange(0), help="Width right of increasing chainage, instead."
)
@click.option(
    "--km", "stretch_km", default="", metavar="FROM..TO", help="Only this stretch of the line."
)
@click.option(
    "--section-m",
    type=click.IntRange(100),
    default=2000,
    show_default=True,
    help="Length of one unit of work.",
)
@click.option(
    "--force-network-drive",
    "force",
    is_flag=True,
    help="Also on a network drive, at your own risk.",
)
def new(folder: Path, show: Progress, **options: Any) -> Done:
    """Make a project folder: which line, how wide, which dates."""
    from vallum import steps

    project, done = steps.new(folder, **options)
    project.close()
    return done


main.add_command(add)
main.add_command(capture_plan)
main.add_command(shots)
main.add_command(place)
main.add_command(dates)
main.add_command(terrain)
main.add_command(line)


@_command("set-aside")
@click.argument("image")
@click.option("--why", default="", help="The reason, kept with the image.")
@click.option("--back", is_flag=True, help="Use it again.")
def set_aside(project: Any, image: str, why: str, back: bool, show: Progress) -> Done:
    """Take an image out of use for a reason, such as thin cloud that was not noticed."""
    from vallum import steps

    return steps.set_aside(project, image, why=why, back=back)


@_command()
@scheduler
def cover(project: Any, scheduler: str, show: Progress) -> Done:
    """Work out which kilometres each image lets one see."""
    from vallum import steps

    return steps.cover(project, scheduler=scheduler, show=show)


_ignore = click.option(
    "--ignore-georeference",
    is_flag=True,
    help="Of two files: lay pixel on pixel although they say where they lie.",
)
_search = click.option(
    "--search",
    "search_px",
    type=click.IntRange(1),
    metavar="PIXELS",
    help="Of two files: largest shift looked for; 48 if left out.",
)


@_command(files="A and B")
@click.argument("images", nargs=-1, type=click.Path(path_type=Path), metavar="[A B]")
@_search
@_ignore
@scheduler
def align(project: Any, images: tuple[Path, ...], show: Progress, **options: Any) -> Done:
    """Bring after images to lie on before images, or refuse.

    With two files A and B, no project is needed: says how far the content of B lies from that of
    A. A thing seen at column, row of A is at column + dx_px, row + dy_px of B; positive is right
    and down; pixels of A. Without a georeference pixel lies on pixel. Exit code 3 when refused.
    """
    from vallum import steps

    if images:
        return steps.align_files(*images, **given(options)).done()
    return steps.align(project, scheduler=options["scheduler"], show=show)


@_command(files="BEFORE and AFTER")
@click.argument("images", nargs=-1, type=click.Path(path_type=Path), metavar="[BEFORE AFTER]")
@click.option(
    "--line",
    type=click.Path(path_type=Path),
    help="Of two files: what to look beside; all of both images if left out.",
)
@click.option(
    "--output",
    "-o",
    "to",
    type=click.Path(path_type=Path),
    help="Of two files: GeoJSON to write.",
)
@click.option(
    "--width-m",
    type=click.FloatRange(0),
    help="Of two files: width to each side of the line; 250 if left out.",
)
@click.option("--left-m", type=click.FloatRange(0), help="Of two files: width on the left instead.")
@click.option(
    "--right-m", type=click.FloatRange(0), help="Of two files: width on the right instead."
)
@click.option(
    "--false-per-km",
    type=click.FloatRange(0, min_open=True),
    help="Of two files: false lines to put up with, per km of 32 m to each side; 1 if left out.",
)
@click.option(
    "--kinds", metavar="KIND,KIND", help="Of two files: only these kinds; all if left out."
)
@click.option("--no-align", is_flag=True, help="Of two files: they lie on each other already.")
@click.option("--no-cloud-mask", is_flag=True, help="Of two files: compare under clouds too.")
@click.option(
    "--gsd-m",
    type=click.FloatRange(0, min_open=True),
    help="Of two files without georeference: size of a pixel; 0.5 if left out.",
)
@_search
@_ignore
@scheduler
def detect(project: Any, images: tuple[Path, ...], show: Progress, **options: Any) -> Done:
    """Suggest what is new, upgraded or removed.

    With two files BEFORE and AFTER, no project is needed: aligns them, looks beside the line (or
    everywhere) and writes the candidates as GeoJSON. Exit code 3 when they cannot be aligned.
    """
    from vallum import steps

    if not images:
        return steps.detect(project, scheduler=options["scheduler"], show=show)
    typed = given(options)
    typed |= {"kinds": str(typed.pop("kinds")).split(",")} if "kinds" in typed else {}
    typed |= {"align": False} if typed.pop("no_align", False) else {}
    typed |= {"mask_clouds": False} if typed.pop("no_cloud_mask", False) else {}
    width_m = typed.pop("width_m", 250.0)
    typed = {"left_m": width_m, "right_m": width_m} | typed
    return steps.detect_files(*images, show=show, **typed).done()


@_command()
@click.option(
    "--export",
    "export_to",
    type=click.Path(path_type=Path),
    help="Write candidates to a .csv or .gpkg.",
)
@click.option(
    "--import",
    "import_from",
    type=click.Path(path_type=Path),
    help="Read an analyst's answers back.",
)
@click.option("--analyst", default="", help="Who answered; required with --import.")
def review(
    project: Any, export_to: Path | None, import_from: Path | None, analyst: str, show: Progress
) -> Done:
    """Hand candidates to analysts and take their verdicts back."""
    from vallum import steps

    if export_to is not None and import_from is None:
        return steps.review_export(project, export_to, analyst=analyst)
    if import_from is None or export_to is not None:
        raise click.UsageError("give either --export FILE or --import FILE")
    if not analyst:
        raise click.UsageError("--import needs --analyst NAME: every verdict is somebody's")
    return steps.review_import(project, import_from, analyst=analyst)


main.add_command(sample)


@_command()
def settle(project: Any, show: Progress) -> Done:
    """Turn verdicts into findings: two agree, a third decides."""
    from vallum import steps

    return steps.settle(project)


@_command()
@scheduler
def sight(project: Any, scheduler: str, show: Progress) -> Done:
    """Ask every other image of the place whether what was found stands there."""
    from vallum import steps

    return steps.sight(project, scheduler=scheduler, show=show)


@_command()
def measure(project: Any, show: Progress) -> Done:
    """Compute every number, with what it rests on."""
    from vallum import steps

    return steps.measure(project)


main.add_command(cue)
main.add_command(shop)
main.add_command(lint)
main.add_command(intake)
main.add_command(read)
main.add_command(claims)
main.add_command(match)
main.add_command(view)
main.add_command(scrub)
main.add_command(source)
main.add_command(vault)
main.add_command(withdraw)


main.add_command(publish)
main.add_command(diff)
main.add_command(sheet)
main.add_command(case)
main.add_command(recompute)
main.add_command(stamp)


@_command()
@scheduler
def run(project: Any, scheduler: str, show: Progress) -> Done:
    """Do everything due: cover, align, detect, settle, sight, match, measure, publish."""
    from vallum import steps

    return steps.run(project, scheduler=scheduler, show=show)


@_command()
def status(project: Any, show: Progress) -> Done:
    """Say what is there, what is due and what is blocked."""
    from vallum import steps

    return steps.status(project)


main.add_command(watch)
main.add_command(runs)


@_command()
@click.argument("name")
def trace(project: Any, name: str, show: Progress) -> Done:
    """Walk from a number, row, figure or file back to files and their hashes."""
    from vallum import steps

    return steps.trace(project, name)


@_command()
@click.option("--rebuild", is_flag=True, help="Make the tables anew from the ledger first.")
def verify(project: Any, rebuild: bool, show: Progress) -> Done:
    """Check the ledger's chain, the tables and every stored file."""
    from vallum import steps

    return steps.verify(project, rebuild=rebuild, show=show)


main.add_command(backup)
main.add_command(restore)
main.add_command(project_)
main.add_command(cluster)
main.add_command(doctor)


if __name__ == "__main__":
    main()
