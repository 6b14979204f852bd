"""`new` and `add`: the line, and what is known to have been seen."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vallum import config
from vallum.frontier import Frontier, packaged_names
from vallum.ground.errors import BadInput, BadSetting
from vallum.ground.records import Exhibit, Json, Scene
from vallum.ground.span import Span
from vallum.ground.when import When
from vallum.project import Project, create
from vallum.steps import delivering, in_storage, twins
from vallum.steps.done import Done, Progress, finished, km, silent

if TYPE_CHECKING:
    pass

_SHORTEST_REASON = 10


def new(
    root: Path,
    *,
    frontier: str | Path,
    before: str,
    after: str,
    corridor_m: int = 1000,
    left_m: int | None = None,
    right_m: int | None = None,
    stretch_km: str = "",
    section_m: int = 2000,
    is_simulated: bool = False,
    force: bool = False,
) -> tuple[Project, Done]:
    """Make a project folder for a border and return it open.

    Args:
        root: folder to make.
        frontier: name of a packaged line, or a GeoJSON, KML, GeoPackage or Shapefile.
        before: when the earlier images were taken: `2019`, `2019-03`, `FROM..TO`.
        after: when the later images were taken.
        corridor_m: width of the corridor on either side.
        left_m: width on the left of increasing chainage, in place of `corridor_m`.
        right_m: width on the right.
        stretch_km: only this stretch, like `1004..1019`; empty for the whole line.
        section_m: length of one unit of work.
        is_simulated: every output says SIMULATED.
        force: also on a network drive.

    Raises:
        BadLine: the line cannot be used.
        BadSetting: a value makes no sense, or the folder already holds a project.
    """
    line = _line(frontier)
    extent = line.span
    if stretch_km:
        wanted = Span.parse_km(stretch_km) & line.span
        if wanted is None:
            raise BadSetting(
                f"km {stretch_km} lies beyond the end of the line, which is {km(line.length_m)} "
                "long; nothing was made, choose a stretch on it"
            )
        extent = wanted
    settings = config.Config(
        name=root.resolve().name,
        is_simulated=is_simulated,
        border=config.Border(
            frontier=str(frontier) if str(frontier) in packaged_names() else line.name,
            start_m=extent.start_m,
            end_m=extent.end_m,
            left_m=corridor_m if left_m is None else left_m,
            right_m=corridor_m if right_m is None else right_m,
            section_m=section_m,
        ),
        dates=config.Dates(before=before, after=after),
    )
    project = create(root, settings, line, force=force)
    lines = [f"line: {line}", _ends(line), f"measured: {extent}, {km(extent.length_m)}"]
    if stretch_km and Span.parse_km(stretch_km) != extent:
        lines.append(f"km {stretch_km} was cut there: the line ends at {km(line.length_m)}")
    folded_m = _folded_m(project)
    if folded_m:
        lines.append(
            f"the corridor reaches across a bend of the line on about {km(folded_m)}: what stands "
            "there is given the nearest chainage; make the corridor narrower to avoid it"
        )
    facts: dict[str, Json] = {
        "root": str(root),
        "length_m": extent.length_m,
        "folded_m": folded_m,
        "sections": len(project.sections),
    }
    return project, Done(
        step="new",
        n_added=1,
        lines=tuple(lines),
        facts=facts,
        next=f"vallum add FOLDER --project {root}",
    )


def _ends(line: Frontier) -> str:
    """Say where the line is, so that swapped coordinates are noticed by who knows the place."""
    places = []
    for at_m, name in ((0, line.start), (line.length_m, line.end)):
        point = line.point_at(at_m)
        north, east = "N" if point.y >= 0 else "S", "E" if point.x >= 0 else "W"
        place = f"{abs(point.y):.4f}° {north} {abs(point.x):.4f}° {east}"
        places.append(f"{place} ({name})" if name else place)
    return f"it runs from {places[0]} to {places[1]}"


def _line(frontier: str | Path) -> Frontier:
    names = packaged_names()
    if str(frontier) in names:
        return Frontier.packaged(str(frontier))
    path = Path(frontier)
    if not path.exists():
        raise BadSetting(
            f"'{frontier}' is neither a packaged line ({', '.join(names)}) nor a file; "
            "check the spelling or give the path of a GeoJSON, KML, GeoPackage or Shapefile"
        )
    if path.is_dir():
        raise BadSetting(
            f"{path} is a folder; no project was made, give the file with the line in it"
        )
    return Frontier.read(path)


def _folded_m(project: Project) -> int:
    """Return about how many metres of frontier have a corridor that lies nearer to another part."""
    import numpy as np

    border = project.config.border
    step_m = max(100, project.extent.length_m // 5000)
    at_m = np.arange(project.extent.start_m, project.extent.end_m, step_m, dtype=float)
    folded = np.zeros(at_m.size, dtype=bool)
    for off_m in (-border.left_m, border.right_m):
        if off_m:
            lon, lat = project.frontier.points_at(at_m, off_m * 0.99)
            _, nearest_m = project.frontier.locate_many(lon, lat)
            # On a plain corridor the nearest point of the line is the one we started from.
            folded |= np.abs(nearest_m) < abs(off_m) * 0.9
    return int(folded.sum() * step_m)


def add(
    project: Project,
    paths: Sequence[Path],
    *,
    taken: str = "",
    licence: str = "",
    credit: str = "",
    may_publish: bool = False,
    in_place: bool = False,
    is_simulated: bool = False,
    dem: Path | None = None,
    show: Progress = silent,
) -> Done:
    """Take in images: deliveries as providers send them, GeoTIFF and COG, screenshots.

    Folders are searched, zip and tar archives unpacked. What belongs together (tiles of a set,
    bands of a scene) becomes one image, dated and described by the papers that came with it;
    pictures without a place are handed to the placing of screenshots. Every file is opened in a
    limited process; a bad one is reported by name and the rest goes on.

    Args:
        project: where they go.
        paths: files, folders and archives; or `s3://BUCKET/KEY.tif` and `s3://BUCKET/FOLDER/`,
            with `in_place` alone.
        taken: when they were taken, `2022-04-11` or `FROM..TO`, for files that tell less; a file
            that says otherwise is refused.
        licence: terms of use.
        credit: line to print beside the pixels.
        may_publish: whether the pixels may be shown outside.
        in_place: use trusted COGs where they are, without a working copy.
        is_simulated: the pixels show no real place.
        dem: height model (GeoTIFF) for images that are not map-projected.
        show: told about every image.

    Raises:
        BadInput: none of the paths exists or holds an image.
    """
    from vallum.imagery import catalog, objects

    deliver = delivering.deliver
    if any(objects.is_object(path) for path in paths):
        deliver = in_storage.deliver
    return deliver(
        project,
        paths,
        catalog.Wish(
            taken=When.parse(taken) if taken else None,
            licence=licence,
            credit=credit,
            may_publish=may_publish,
            in_place=in_place,
            is_simulated=is_simulated or project.config.is_simulated,
        ),
        dem=dem,
        show=show,
    )


def set_aside(project: Project, image: str, *, why: str = "", back: bool = False) -> Done:
    """Take an image out of use, for a reason, or back into use; its row and file stay.

    For what no program noticed: thin cloud over the line, a wrong date, a false delivery.

    Args:
        project: where it is.
        image: id of the scene, or its file name.
        why: the reason, kept with the image.
        back: use it again.

    Raises:
        BadSetting: there is no such image, or no reason was given.
    """
    scenes = {name: s for s in project.rows(Scene) for name in (s.id, s.name)}
    if image not in scenes:
        near = difflib.get_close_matches(image, scenes, 1)
        hint = f"did you mean {near[0]}?" if near else "give a file name or the id of a scene"
        raise BadSetting(f"no image is called '{image}'; nothing was changed, {hint}")
    if not back and len(why.strip()) < _SHORTEST_REASON:
        raise BadSetting(
            f"{image}: say why it is set aside, with --why and at least {_SHORTEST_REASON} "
            "characters; nothing was changed"
        )
    scene = scenes[image]
    if back:
        row, note, others = twins.returned(project, scene)
        lines = [f"{scene.name}: in use again" + (f" ({note})" if note else "")]
    else:
        row, others = replace(scene, set_aside=why.strip()), twins.heirs(project, scene)
        lines = [f"{scene.name}: set aside: {row.set_aside}"]
        if others:
            lines.append(f"{others[0].name}: the same acquisition, delivered again: it counts now")
    with project.run("set_aside") as work:
        work.add_all([row, *others])
    return finished(work, lines, then="vallum run", facts={"scene": scene.id})


def add_footprints(project: Project, path: Path, *, credit: str = "", licence: str = "") -> Done:
    """Take in a catalogue of footprints: which images exist, without their pixels.

    Raises:
        BadTable: the file holds no footprint with a date.
    """
    from vallum.imagery import footprints

    scenes, problems = footprints.read(path)
    exhibit = _exhibit(path, "footprints", licence, credit)
    with project.run("add") as work:
        stamped = [
            replace(s, exhibit=exhibit.id, credit=s.credit or credit, licence=s.licence or licence)
            for s in scenes
        ]
        added = work.add_all([exhibit, *stamped])
        for problem in problems:
            work.block(path.name, problem)
    near = sum(1 for scene in scenes if not delivering.far(project, scene))
    n_new = sum(isinstance(row, Scene) for row in added)
    lines = [
        f"{path.name}: {len(scenes):,} footprints, {n_new:,} new",
        f"{near:,} of them touch the measured stretch of frontier",
    ]
    n_outside = sum(bool(delivering.epoch(project, scene)) for scene in scenes)
    if n_outside:
        dates = project.config.dates
        lines.append(
            f"{n_outside:,} of them lie in neither epoch (before {dates.before_when}, after "
            f"{dates.after_when}) and are not compared"
        )
    return finished(
        work, lines, then="vallum cover", facts={"footprints": len(scenes), "near": near}
    )


def add_barriers(
    project: Project,
    path: Path,
    *,
    subtype: str = "",
    kind: str = "fence",
    credit: str = "",
    licence: str = "",
) -> Done:
    """Take in existing barrier lines as imported findings.

    Args:
        project: where they go.
        path: GeoJSON, KML, KMZ, GeoPackage or Shapefile with lines.
        subtype: name of the property that tells the type, such as `gen_type`.
        kind: class that the lines are given.
        credit: whom to credit.
        licence: terms of use.

    Raises:
        BadInput: the file holds no line.
    """
    from vallum.ground.kinds import Kind
    from vallum.ground.vector import read_shapes_with_problems
    from vallum.measure import barriers

    if kind not in {member.value for member in Kind if member.is_line}:
        known = ", ".join(member for member in Kind if member.is_line)
        raise BadSetting(f"'{kind}' is no class of line; use one of {known}")
    features, problems = read_shapes_with_problems(path)
    fields = sorted({name for feature in features for name in feature.properties})
    if subtype and features and subtype not in fields:
        raise BadSetting(
            f"{path.name} has no field '{subtype}'; nothing was added, --subtype can be one of "
            f"{', '.join(fields[:12]) or 'none'}"
        )
    exhibit = _exhibit(path, "barriers", licence, credit)
    findings, notes = barriers.findings_from_lines(
        features,
        project.frontier,
        exhibit_id=exhibit.id,
        category=Kind(kind),
        subtype_field=subtype or "gen_type",
    )
    if not findings:
        raise BadInput(f"{path.name} holds no line; nothing was added ({'; '.join(problems[:3])})")
    with project.run("add") as work:
        work.add_all([exhibit, *findings])
        for problem in problems:
            work.block(path.name, problem)
    total_m = sum(finding.length_m for finding in findings)
    lines = [f"{path.name}: {len(findings):,} lines, {km(total_m)}", *notes]
    return finished(
        work, lines, then="vallum measure", facts={"lines": len(findings), "length_m": total_m}
    )


def _exhibit(path: Path, role: str, licence: str, credit: str) -> Exhibit:
    if not path.is_file():
        raise BadInput(f"{path} does not exist; nothing was added, check the path")
    with path.open("rb") as handle:
        sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
    media_type = {
        ".geojson": "application/geo+json",
        ".gpkg": "application/geopackage+sqlite3",
        ".csv": "text/csv",
        ".kml": "application/vnd.google-earth.kml+xml",
    }
    return Exhibit(
        sha256=sha256,
        name=path.name,
        media_type=media_type.get(path.suffix.lower(), "application/octet-stream"),
        role=role,
        licence=licence,
        credit=credit,
    )
