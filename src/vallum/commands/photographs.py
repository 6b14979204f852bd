"""Command `view`: where a photograph from the ground was taken, and where what it shows stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vallum.commands.verb import command
from vallum.ground.kinds import Kind

if TYPE_CHECKING:
    from vallum.evidence.views import View
    from vallum.steps.done import Done, Progress

_PLACE = "LON,LAT"


@command()
@click.argument("exhibit")
@click.option("--camera", default="", metavar=_PLACE, help="Where the camera stood; see below.")
@click.option(
    "--camera-file",
    type=click.Path(path_type=Path),
    help="Read LON,LAT from the first line of a file: the history of the shell keeps no point.",
)
@click.option("--from-file", "is_stated", is_flag=True,
              help="Take point, direction and angle from what the file itself says.")  # fmt: skip
@click.option("--bearing", "bearing_deg", type=float, metavar="DEG",
              help="Direction of the middle of the picture, from true north.")  # fmt: skip
@click.option("--fov", "fov_deg", type=float, metavar="DEG",
              help="Angle across the picture; 65 if left out.")  # fmt: skip
@click.option("--point-error-m", type=float, default=10.0, show_default=True,
              help="By how much the camera point may be wrong.")  # fmt: skip
@click.option("--bearing-error", "bearing_error_deg", type=float, default=5.0, show_default=True,
              metavar="DEG", help="By how much the direction may be wrong.")  # fmt: skip
@click.option("--number", type=int, default=1, show_default=True,
              help="1, 2 ... of the views of one film or photograph.")  # fmt: skip
@click.option("--shows", type=click.Choice([kind.value for kind in Kind]),
              help="What the picture shows; keeps where that stands.")  # fmt: skip
@click.option("--on", default="", metavar="line|FINDING",
              help="It stands on the border line, or on a finding.")  # fmt: skip
@click.option("--with", "beside", multiple=True, metavar="EXHIBIT[#N]",
              help="Another placed view of the same thing; may be given again.")  # fmt: skip
@click.option("--distance-m", type=float, help="It stands this far from the camera.")
@click.option("--object", "at", default="", metavar=_PLACE,
              help="It stands here, as found on an image.")  # fmt: skip
@click.option("--error-m", type=float, default=50.0, show_default=True,
              help="By how much --object or --distance-m may be wrong.")  # fmt: skip
@click.option("--across", "at_share", type=float, default=0.5, show_default=True,
              help="Where in the picture it stands, from 0 (left) to 1 (right).")  # fmt: skip
@click.option("--key", "key_files", multiple=True, type=click.Path(path_type=Path),
              help="Key of the vault: opens views that were placed before.")  # fmt: skip
@click.option("--passphrase-file", "passphrase_files", multiple=True,
              type=click.Path(path_type=Path),
              help="Read the passphrase from the first line of a file.")  # fmt: skip
@click.option("--remove", is_flag=True, help="Delete the view, and what was placed by it.")
@click.option("--yes", is_flag=True, help="Really delete.")
def view(
    project: Any,
    exhibit: str,
    key_files: tuple[Path, ...],
    passphrase_files: tuple[Path, ...],
    number: int,
    remove: bool,
    yes: bool,
    show: Progress,
    **options: Any,
) -> Done:
    """Place a photograph or film frame: the camera goes into the vault, the thing onto the border.

    Who knows where a camera stood knows where a person was. So its point and direction are kept in
    an encrypted file of the vault and nowhere else, and are never printed. With --shows, the place
    of the thing is kept: of a protected source, or beside the camera, only as whole border cells.

    Without --camera, --camera-file or --from-file the view that was placed before is used, which
    needs --key. Use --camera-file where others may read what you type.
    """
    from vallum.commands import keeping
    from vallum.steps import viewing

    if remove:
        return viewing.remove_view(project, exhibit, number=number, yes=yes)
    keys = keeping.keys_of(key_files, passphrase_files)
    given = _view(project, exhibit, options, keys)
    if not _is_placed(options):
        return _or_refuse(viewing.lock_view(project, exhibit, given, number=number)
                          if given else None)  # fmt: skip
    how: dict[str, Any] = {
        name: options[name] for name in ("on", "distance_m", "at_share", "error_m")
    }
    how |= {
        "category": options["shows"], "view": given, "number": number, "keys": tuple(keys),
        "beside": tuple(_numbered(one) for one in options["beside"]),
        "at": _lon_lat(options["at"], "--object") if options["at"] else None,
    }  # fmt: skip
    # What cannot be placed is refused before the view is locked, which would delete an older one.
    viewing.placed(project, exhibit, viewing.Way(**how))
    done = viewing.lock_view(project, exhibit, given, number=number) if given else None
    row = viewing.depict(project, exhibit, **how)
    return _told(done, viewing.in_words(row), row.id)


def _view(project: Any, exhibit: str, options: dict[str, Any], keys: list[Any]) -> View | None:
    """Return the view that was typed or that the file states; None where neither was asked for."""
    from vallum.evidence.views import USUAL_FOV_DEG, View
    from vallum.ground.errors import BadInput
    from vallum.steps import viewing

    told: dict[str, float] = {}
    if options["is_stated"]:
        told = viewing.stated_view(project, exhibit, *keys)
        if not told:
            raise BadInput(
                "the file says nothing of where its camera stood; nothing was placed, give --camera"
            )
    if options["camera_file"] or options["camera"]:
        text = options["camera"] or _first_line(options["camera_file"])
        told["lon"], told["lat"] = _lon_lat(text, "--camera")
    typed = {name: options[name] for name in ("bearing_deg", "fov_deg")}
    told |= {name: value for name, value in typed.items() if value is not None}
    if "lon" not in told:
        if typed["bearing_deg"] is not None:
            raise BadInput("a direction alone is no view; nothing was placed, give --camera too")
        return None
    if "bearing_deg" not in told:
        raise BadInput("a point alone is no view; nothing was placed, give --bearing too")
    return View(
        **({"fov_deg": USUAL_FOV_DEG} | told),
        error_m=options["point_error_m"],
        bearing_error_deg=options["bearing_error_deg"],
    )


def _is_placed(options: dict[str, Any]) -> bool:
    ways = ("on", "beside", "at")
    return any(options[name] for name in ways) or options["distance_m"] is not None


def _or_refuse(done: Done | None) -> Done:
    from vallum.ground.errors import BadInput

    if done is None:
        raise BadInput(
            "nothing was said of the camera or of what the picture shows; nothing was done, give "
            "--camera LON,LAT --bearing DEG, or --shows KIND with --on, --with, --distance-m or "
            "--object"
        )
    return done


def _told(done: Done | None, lines: list[str], name: str) -> Done:
    from dataclasses import replace

    from vallum.steps.done import Done

    first = done or Done(step="view")
    return replace(
        first, lines=(*first.lines, *lines), n_added=first.n_added + 1,
        facts={**first.facts, "depicted": name}, next="vallum match",
    )  # fmt: skip


def _lon_lat(text: str, option: str) -> tuple[float, float]:
    """Return longitude and latitude; what was typed is not repeated, for it may be a camera."""
    from vallum.ground.errors import BadInput

    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        raise BadInput(
            f"{option}: that is no LON,LAT; nothing was placed, write it like 128.5,42.1"
        ) from None
    return lon, lat


def _first_line(file: Path) -> str:
    from vallum.ground.errors import BadInput

    try:
        with file.open(encoding="utf-8") as handle:
            return handle.readline(200).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            "--camera-file cannot be read; nothing was placed, give a text file with LON,LAT"
        ) from error


def _numbered(text: str) -> tuple[str, int]:
    from vallum.ground.errors import BadInput

    name, _, number = text.partition("#")
    if number and not number.isdecimal():
        raise BadInput(f"--with {name}: the number of a view is 1, 2 ...; nothing was placed")
    return name, int(number or 1)
