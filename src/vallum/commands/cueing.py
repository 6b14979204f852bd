"""The command that says where to look next: `cue`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vallum.commands.verb import command, scheduler

if TYPE_CHECKING:
    from vallum.steps.done import Done, Progress


@command(needs_project=False)
@click.argument("images", nargs=-1, type=click.Path(path_type=Path), metavar="[FILES...]")
@click.option(
    "--line",
    type=click.Path(path_type=Path),
    help="Of plain files: the border. A project has its own.",
)
@click.option("--cell-m", type=click.IntRange(100), help="Of plain files: length of a stretch.")
@click.option("--reach-m", type=click.IntRange(50), help="Of plain files: metres to each side.")
@click.option(
    "--false-per-100km",
    type=click.FloatRange(0, min_open=True),
    help="Of plain files: stretches that may be named wrongly, as measured on simulated series.",
)
@click.option("--no-cloud-mask", is_flag=True, help="Of plain files: take cloud for ground.")
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="Most listed.")
@click.option(
    "--output",
    "-o",
    "to",
    type=click.Path(path_type=Path),
    help="Folder for table, map, KMZ and areas; out/cue in a project.",
)
@click.option(
    "--project",
    "-p",
    "root",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The project's folder; the current one if left out.",
)
@click.option("--force-network-drive", "force", is_flag=True, help="Open it on a network drive.")
@scheduler
def cue(
    images: tuple[Path, ...],
    line: Path | None,
    top: int,
    to: Path | None,
    root: Path,
    force: bool,
    scheduler: str,
    no_cloud_mask: bool,
    show: Progress,
    **options: Any,
) -> Done:
    """Say where along the border to look next, from free wide-area images.

    In a project: all its images with pixels of 5 to 45 m, whatever their date. Else name GeoTIFFs
    or folders, and the border with --line. Each stretch gets a rank, dates and reasons, or why
    nothing can be said of it. A cue is a hint and no finding. Exit code 3 when stretches are
    without enough data.
    """
    from vallum.project import open_project
    from vallum.steps import cueing

    typed = {name: value for name, value in options.items() if value is not None}
    if images:
        if line is None:
            raise click.UsageError("plain files need --line FILE: the border they lie beside")
        from vallum.config import Cueing

        rule = replace(Cueing(), **typed)
        done = cueing.cue_files(
            images, line, settings=rule, mask_clouds=not no_cloud_mask, to=to, show=show
        )
        return _first(done, top)
    if line is not None or typed or no_cloud_mask:
        raise click.UsageError(
            "--line, --cell-m, --reach-m, --false-per-100km and --no-cloud-mask go with plain "
            "files; in a project, vallum.toml says it under [cue]"
        )
    with open_project(root, force=force) as project:
        return _first(cueing.cue(project, to=to, scheduler=scheduler, show=show), top)


def _first(done: Done, top: int) -> Done:
    """Return what was done with only the first cues listed, in words and in numbers."""
    ranked = done.facts.get("cues")
    facts = dict(done.facts) | ({"cues": ranked[:top]} if isinstance(ranked, list) else {})
    n_cues = 0
    lines = []
    for text in done.lines:
        n_cues += ". km " in text[:12]
        if ". km " not in text[:12] or n_cues <= top:
            lines.append(text)
    return replace(done, lines=tuple(lines), facts=facts)
