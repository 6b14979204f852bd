"""`capture_plan`: where to take pictures in Google Earth Pro, and what their markers mean.

People drive Google Earth Pro and save the pictures. vallum never does: it writes a KMZ to be opened
there and reads what was saved.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vallum.ground.errors import BadInput, BadSetting
from vallum.ground.span import Span
from vallum.ground.whole import write_whole
from vallum.project import Project
from vallum.steps.done import Done
from vallum.steps.done import km as in_km

if TYPE_CHECKING:
    from vallum.imagery.shots.plan import Plan

PLANS = "plans"
_PEOPLE_DRIVE = (
    "You drive Google Earth Pro; vallum never does, because its terms forbid mass download. They "
    "allow notes on it, KML, and showing pictures with their credit; some read them more strictly: "
    "ask your lawyer. Pictures stay unpublished until you say --may-publish"
)


def capture_plan(
    project: Project,
    *,
    km: str = "",
    width_m: float = 1000.0,
    height_m: float = 600.0,
    overlap: float = 0.15,
    along: bool = True,
    to: Path | None = None,
) -> Done:
    """Write a numbered tour for Google Earth Pro with markers, and keep what they mean.

    Args:
        project: whose border.
        km: the stretch, like `1004..1019`; the measured stretch if empty.
        width_m: of a frame, on the ground.
        height_m: of a frame.
        overlap: share of a frame that its neighbour shows too.
        along: turn every frame so that the border runs from left to right.
        to: the KMZ to write; in `out/` if None.

    Raises:
        BadSetting: the stretch is not on the border, or a size makes no sense.
    """
    from vallum.imagery.shots import plan as planning

    wanted = Span.parse_km(km) if km else project.extent
    span = wanted & project.frontier.span
    if span is None:
        raise BadSetting(
            f"km {km} lies beyond the end of the line, which is "
            f"{in_km(project.frontier.length_m)} long; no plan was made"
        )
    made = planning.lay(
        project.frontier, span, width_m=width_m, height_m=height_m, overlap=overlap, along=along
    )
    kept = project.root / PLANS / f"{made.name}.json"
    kept.parent.mkdir(exist_ok=True)
    write_whole(kept, json.dumps(made.to_json(), indent=1).encode())
    target = to or project.out_folder / f"{made.name}.kmz"
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, _kmz(project, made))
    frame = made.frames[0]
    shown_m = height_m / 2 * (1 - overlap)
    lines = [
        f"{len(made.frames)} frames of {width_m:g} x {height_m:g} m for {span}, "
        f"{in_km(span.length_m)}, markers of {frame.marker_m:g} m",
        f"shown for sure: {shown_m:.0f} m on either side of a straight border",
        "in Google Earth Pro: switch off Terrain and 3D Buildings, open the KMZ, choose the date, "
        "then at every frame File, Save, Save Image; type nothing",
        _PEOPLE_DRIVE,
    ]
    inside = span & project.extent
    if inside is None or inside.length_m < span.length_m:
        part = "none of it" if inside is None else f"only {inside}"
        lines.append(
            f"this project measures {project.extent}, of this plan {part}: pictures of the rest "
            "show ground that is not measured"
        )
    border = project.config.border
    reach_m = max(border.left_m, border.right_m)
    if reach_m > shown_m:
        needed_m = 2 * reach_m / (1 - overlap)
        lines.insert(
            2,
            f"the corridor reaches {reach_m} m to each side: where frames do not show all of it, "
            f"it counts as not seen; --height-m {needed_m:.0f} would show it",
        )
    return Done(
        step="capture_plan",
        lines=tuple(lines),
        files=(str(target),),
        facts={"frames": len(made.frames), "plan": made.name, "marker_m": frame.marker_m},
        next="vallum add FOLDER_WITH_THE_PICTURES",
    )


def _kmz(project: Project, made: Plan) -> bytes:
    import shapely

    from vallum.imagery.shots import markers
    from vallum.report import tour

    def square(marker: Any) -> tour.Square:
        west, south, east, north = marker.box(rim=markers.RIM)
        return tour.Square(
            name=f"files/{marker.number:03d}.png",
            west=west,
            south=south,
            east=east,
            north=north,
            png=markers.picture(marker.number),
        )

    stops = [
        tour.Stop(
            title=f"{n:03d}  {frame.span}",
            text=f"Frame {n} of {len(made.frames)}, {frame.span}. File, Save, Save Image.",
            lon=frame.lon,
            lat=frame.lat,
            range_m=frame.range_m,
            heading_deg=frame.heading_deg,
            outline=frame.outline,
            squares=[square(marker) for marker in frame.markers],
        )
        for n, frame in enumerate(made.frames, start=1)
    ]
    words = (
        f"Capture plan {made.name} of the project {project.config.name}. Switch off Terrain and 3D "
        "Buildings in the layers, so that the ground is flat. Play the tour; it halts at every "
        "frame. Choose the date, then File, Save, Save Image at the largest size. Keep the four "
        f"markers of the frame in the picture. {_PEOPLE_DRIVE}."
    )
    line = shapely.get_coordinates(project.frontier.line_of(made.span)).tolist()
    return tour.tour_bytes(
        f"vallum capture plan {made.span}",
        words,
        stops,
        [(lon, lat) for lon, lat in line],
        is_simulated=project.config.is_simulated,
    )


def plans(project: Project) -> list[Plan]:
    """Return the capture plans of the project; a file that is none is left out."""
    from vallum.imagery.shots.plan import Plan

    found = []
    for path in sorted((project.root / PLANS).glob("*.json")):
        try:
            found.append(Plan.from_json(json.loads(path.read_bytes()), path.name))
        except (BadInput, ValueError):
            continue
    return found
