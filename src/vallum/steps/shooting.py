"""Pictures without georeference: taken in, placed, dated or skipped; `capture_plan` plans them.

People drive Google Earth Pro and save the pictures. vallum never does: it writes a KMZ to be opened
there and reads what was saved.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vallum.ground.errors import BadDate, BadInput, BadSetting, DiskFull, NotThere, WorkerFailed
from vallum.ground.records import Json, Shot
from vallum.ground.when import When
from vallum.project import Project, actor
from vallum.steps.capturing import capture_plan, plans
from vallum.steps.done import Done, Progress, known, silent
from vallum.steps.done import km as in_km
from vallum.steps.picturing import (
    COPIES,
    NO_DATE,
    Desk,
    aside,
    made,
    markers_in,
    settled,
    texts_of,
    with_place,
)

if TYPE_CHECKING:
    from vallum.imagery.catalog import Wish
    from vallum.imagery.shots.place import Placing

UNKNOWN = "unknown"
_COLUMNS = {
    "column": ("column", "col", "x"),
    "row": ("row", "y"),
    "lon": ("lon", "longitude", "lng"),
    "lat": ("lat", "latitude"),
}
_LONGEST_LINE = 10_000
_NO_TABLE = (
    "is no table of control points; nothing was changed, save it as CSV with the columns column, "
    "row, lon and lat"
)
_LARGEST_TABLE = 1_000_000  # bytes
_SECONDS_EACH = 33  # to place one by hand


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What became of pictures.

    Attributes:
        lines: one per picture that is in, and one in sum.
        problems: one per picture that needs a person, or cannot be used.
        n: pictures that were placed.
        scenes: ids of the images they became.
    """

    lines: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    n: int = 0
    scenes: tuple[str, ...] = ()


def take(project: Project, files: Sequence[Path], wish: Wish, show: Progress = silent) -> Taken:
    """Take in pictures without georeference: each is placed by its markers, or by matching.

    Every file is opened in a limited process. What cannot be placed or dated is kept, with the
    reason, until a person does it. A second time nothing is added; what was not placed is tried
    again, as there may be a new plan or a new image to match it with.

    Args:
        project: where they go.
        files: pictures.
        wish: what the person said about all of them.
        show: told about every file.
    """
    folder = project.imagery_folder / COPIES
    folder.mkdir(parents=True, exist_ok=True)
    fresh, lines, scenes = _unsettled(project, files, wish)
    opened, problems = _opened(fresh, folder, show)
    texts = texts_of([folder / one["href"] for one in opened], show)
    state = Desk.of(project, wish)
    ways: Counter[str] = Counter()
    show("place", 0, len(opened), "pictures")
    with project.run("shots") as work:
        for n, (one, words) in enumerate(zip(opened, texts, strict=True), start=1):
            shot, note, scene = settled(state, one, words)
            if scene is not None:
                work.add(scene)
            work.add(shot)
            show("place", n, len(opened), "pictures")
            ways["you" if not shot.scene and not shot.is_skipped else shot.method] += 1
            said = _line(shot, note)
            if shot.scene or shot.is_skipped:
                lines.append(said)
                scenes += [shot.scene] if shot.scene else []
            else:
                problems.append(said)
    if len(opened) > 1:
        lines.append(_sum(len(opened), ways))
    return Taken(lines=tuple(lines), problems=tuple(problems), n=len(scenes), scenes=tuple(scenes))


def _unsettled(
    project: Project, files: Sequence[Path], wish: Wish
) -> tuple[list[Path], list[str], list[str]]:
    """Return the files that are not settled yet, and lines and scenes of those that are."""
    by_hash = {shot.sha256: shot for shot in project.rows(Shot)}
    fresh: list[Path] = []
    lines: list[str] = []
    scenes: list[str] = []
    for file in files:
        try:
            with file.open("rb") as handle:
                shot = by_hash.get(hashlib.file_digest(handle, "sha256").hexdigest())
        except OSError:
            shot = None
        if shot is None or not (shot.scene or shot.is_skipped) or wish.taken:
            fresh.append(file)
            continue
        lines.append(_line(shot, "already in the project"))
        scenes += [shot.scene] if shot.scene else []
    return fresh, lines, scenes


def _opened(
    files: Sequence[Path], folder: Path, show: Progress
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return what the limited process says of each picture, and one line per bad one."""
    from vallum.ground import foreign
    from vallum.imagery import catalog
    from vallum.imagery.shots import picture

    opened: list[dict[str, Any]] = []
    problems: list[str] = []
    show("open", 0, len(files), "pictures")
    for n, file in enumerate(files, start=1):
        try:
            with catalog.incoming(folder) as work:
                # What looks into a picture does not say which one it is.
                sha256 = catalog.hash_of(file)
                told = foreign.call(
                    "vallum.imagery.shots.picture:take_in",
                    {"path": str(file.resolve()), "folder": str(work)},
                    reads=[file],
                    writes=[work],
                    returns=picture.Taken,
                )
                picture.keep(told, work, folder, sha256=sha256)
            if all(told["sha256"] != other["sha256"] for other in opened):
                opened.append(told)
            else:
                problems.append(f"{file.name}: the same picture came twice; it counts once")
        except BadInput as error:
            problems.append(str(error))
        except (WorkerFailed, DiskFull) as error:
            problems.append(f"{file.name}: left out, {error}; save it again as PNG")
        except PermissionError:
            problems.append(f"{file.name}: left out, it may not be read; get the right to read it")
        show("open", n, len(files), "pictures")
    return opened, problems


def _line(shot: Shot, note: str) -> str:
    if shot.is_skipped:
        return f"{shot.name}: left out by {shot.by}"
    if not shot.scene:
        said = f"{shot.name}: {shot.why_not}"
        return f"{said} ({note})" if note else said
    way = f"by {shot.method}" + (f" of frame {shot.frame}" if shot.frame else "")
    said = f"{shot.name}: {way}, {shot.taken}, {shot.gsd_m:.2f} m, off by {shot.rmse_m:.2f} m"
    notes = "; ".join(filter(None, (shot.looking_only, note)))
    return f"{said} ({notes})" if notes else said


def _sum(n_files: int, ways: Counter[str]) -> str:
    need = ways["you"]
    minutes = math.ceil(need * _SECONDS_EACH / 60)
    by_hand = f", {ways['points']} by hand" if ways["points"] else ""
    text = f"{n_files} files: {ways['markers']} placed by markers, {ways['matching']} by matching"
    return f"{text}{by_hand}, {need} need you" + (f" (about {minutes} min)" if need else "")


def residuals(project: Project, shot_id: str, points: Sequence[Sequence[float]]) -> Placing:
    """Return where points would place a picture, and how far each lies off; nothing is written.

    Args:
        project: where it is.
        shot_id: of the picture.
        points: column, row, longitude, latitude of each.

    Raises:
        NotThere: there is no such picture.
        BadInput: the points do not place it; says why.
    """
    from vallum.imagery.shots import place as placing

    shot = _shot(project, shot_id)
    try:
        known_points = [(float(c), float(r), float(x), float(y)) for c, r, x, y in points]
        return placing.fit(known_points, (shot.width_px, shot.height_px))
    except ValueError as error:
        raise BadInput(f"{shot.name}: {error}; nothing was changed") from error


def place(
    project: Project,
    shot_id: str,
    points: Sequence[Sequence[float]],
    *,
    taken: str = "",
    by: str = "",
) -> Shot:
    """Place a picture by hand and return its row, once that is kept.

    Args:
        project: where it is.
        shot_id: of the picture.
        points: column, row, longitude, latitude of each; at least two, better four.
        taken: earliest and latest day, `2022-04-11..2022-09-30`, or `unknown`; empty keeps what
            is known.
        by: who placed it; you if empty.

    Raises:
        NotThere: there is no such picture.
        BadInput: the points do not place it.
        BadDate: `taken` is no date.
    """
    placing = residuals(project, shot_id, points)
    shot = _shot(project, shot_id)
    placed = with_place(shot, placing, "points", points)
    placed = replace(placed, by=by or actor(), frame="", reference="", is_skipped=False, scene="")
    return _kept(project, _as_dated(placed, taken), by=by)


def date(project: Project, shot_id: str, taken: str, by: str = "") -> Shot:
    """Say when a picture was taken, as an interval or `unknown`, and return its row.

    Raises:
        NotThere: there is no such picture.
        BadDate: it is no date.
    """
    shot = _shot(project, shot_id)
    if not taken.strip():
        raise BadDate(f"{shot.name}: no date was given; {NO_DATE.partition('. ')[2]}")
    return _kept(project, _as_dated(shot, taken), by=by)


def skip(project: Project, shot_id: str, by: str = "") -> Shot:
    """Leave a picture out; it can be placed later all the same.

    Raises:
        NotThere: there is no such picture.
        BadSetting: it is an image by now.
    """
    shot = _shot(project, shot_id)
    if shot.scene:
        raise BadSetting(
            f"{shot.name} is placed and in use; nothing was changed, take it out of use with "
            f"vallum set-aside {shot.scene} --why REASON"
        )
    left = replace(shot, is_skipped=True, by=by or actor())
    with project.run("shots", by=by) as work:
        work.add(left)
    return left


def by_hand(
    project: Project,
    shot_id: str,
    *,
    points: Path | None = None,
    taken: str = "",
    is_skipped: bool = False,
    by: str = "",
) -> Done:
    """Place, date or skip one picture, and say in words what came of it.

    Raises:
        BadSetting: nothing was asked.
    """
    if is_skipped:
        shot = skip(project, shot_id, by=by)
        return Done(step="place", n_added=1, lines=(_line(shot, ""),), next="vallum shots")
    lines: list[str] = []
    if points is not None:
        known_points = read_points(points)
        placing = residuals(project, shot_id, known_points)
        for n, off_m in enumerate(placing.residuals_m):
            odd = "  the others contradict it, check it" if n == placing.worst else ""
            lines.append(f"point {n + 1}: off by {off_m:.2f} m{odd}")
        lines += _far_off(project, placing)
        shot = place(project, shot_id, known_points, taken=taken, by=by)
    elif taken:
        shot = date(project, shot_id, taken, by=by)
    else:
        raise BadSetting(
            f"{shot_id}: nothing to do; give --points FILE.csv, --taken FROM..TO or --skip"
        )
    lines.append(_line(shot, aside(project, shot.scene)))
    facts: dict[str, Json] = {"shot": shot.id, "scene": shot.scene, "rmse_m": known(shot.rmse_m)}
    then = "vallum run" if shot.scene else f"vallum place {shot.id} --taken FROM..TO"
    return Done(step="place", n_added=1, lines=tuple(lines), facts=facts, next=then)


def _far_off(project: Project, placing: Placing) -> list[str]:
    """Return a line where a placed picture shows none of the corridor."""
    places = [*placing.corners, (placing.lon, placing.lat)]
    lon, lat = zip(*(p for p in places if abs(p[0]) <= 180 and abs(p[1]) <= 90), strict=True)
    _, offs = project.frontier.locate_many(lon, lat)
    border = project.config.border
    reach_m = max(border.left_m, border.right_m)
    off_m = abs(float(offs[-1]))
    size_m = max(abs(float(offs[-1]) - float(each)) for each in offs)
    if off_m - 2 * size_m <= reach_m:
        return []
    return [
        f"it lies {in_km(off_m)} from the border, and the corridor reaches {reach_m} m to each "
        "side: it shows none of it and nothing is measured on it; check the order and the signs "
        "of lon and lat, or whether the points are of another picture"
    ]


def _as_dated(shot: Shot, taken: str) -> Shot:
    from vallum.imagery.dates import OLDEST

    text = taken.strip()
    if not text:
        return shot
    today = datetime.now(UTC).date()
    when = When(OLDEST, today) if text.lower() == UNKNOWN else When.parse(text)
    if when.earliest > today:
        raise BadDate(f"{shot.name}: {when} lies in the future; nothing was changed")
    return replace(shot, taken=when, taken_from="given")


def _kept(project: Project, shot: Shot, *, by: str) -> Shot:
    """Return the row once it is on disk, as an image where it is placed and dated."""
    scene = None
    # Reading and laying take seconds: before the run, which nobody else can write during.
    if shot.method and shot.taken is None:
        shot = replace(shot, why_not=NO_DATE)
    elif shot.method:
        copy = project.root / shot.href
        words = texts_of([copy], silent)[0] if copy.exists() else ()
        scene = made(project, shot, words, markers_in(project, shot))
        shot = replace(shot, scene=scene.id, why_not="")
    with project.run("shots", by=by) as work:
        if scene is not None:
            work.add(scene)
        work.add(shot)
    return shot


def _shot(project: Project, shot_id: str) -> Shot:
    rows = {name: shot for shot in project.rows(Shot) for name in (shot.name, shot.id)}
    if shot_id not in rows:
        raise NotThere(
            f"no picture is called '{shot_id}'; nothing was changed, `vallum shots` lists them"
        )
    return rows[shot_id]


def shots(project: Project) -> Done:
    """List the pictures: how each was placed, or what it needs."""
    rows = sorted(project.rows(Shot), key=lambda shot: (bool(shot.scene), shot.name))
    told: list[Json] = [
        {
            "id": shot.id,
            "name": shot.name,
            "state": _state(shot),
            "taken": str(shot.taken) if shot.taken else None,
            "method": shot.method,
            "frame": shot.frame,
            "rmse_m": known(shot.rmse_m),
            "tilt_deg": known(shot.tilt_deg),
            "looking_only": shot.looking_only,
            "why_not": shot.why_not,
            "credit": shot.credit,
            "scene": shot.scene,
        }
        for shot in rows
    ]
    ways = Counter("you" if _state(shot) == "needs you" else shot.method for shot in rows)
    lines = [f"{shot.id}  {_line(shot, '')}" for shot in rows]
    if rows:
        lines.append(_sum(len(rows), ways))
    need = next((shot.id for shot in rows if _state(shot) == "needs you"), "")
    then = f"vallum place {need} --points FILE.csv --taken FROM..TO" if need else "vallum run"
    if not rows:
        lines, then = ["no pictures yet"], "vallum capture-plan --km FROM..TO"
    return Done(step="shots", lines=tuple(lines), facts={"shots": told}, next=then)


def _state(shot: Shot) -> str:
    if shot.is_skipped:
        return "skipped"
    return "placed" if shot.scene else "needs you"


def read_points(path: Path) -> list[tuple[float, float, float, float]]:
    """Return the control points of a CSV with the columns column, row, lon and lat.

    Commas, semicolons or tabs stand between them; after these two numbers may have a decimal comma.

    Raises:
        BadInput: it is no such table, or a column or a number is missing; names the row.
    """
    import csv
    import io

    text = _table_text(path)
    if any(len(line) > _LONGEST_LINE for line in text.splitlines()):
        raise BadInput(f"{path.name}: {_NO_TABLE} (a line has over {_LONGEST_LINE:,} signs)")
    head = text.partition("\n")[0]
    between = max(",;\t", key=head.count)
    table = csv.DictReader(io.StringIO(text, newline=""), delimiter=between)
    try:
        rows = list(table)
    except csv.Error as error:
        raise BadInput(f"{path.name}: {_NO_TABLE} ({error})") from error
    names = {(name or "").strip().lower(): name for name in table.fieldnames or ()}
    chosen = {
        key: next((names[name] for name in every if name in names), "")
        for key, every in _COLUMNS.items()
    }
    missing = [key for key, name in chosen.items() if not name]
    if missing:
        raise BadInput(
            f"{path.name}: has no column {', '.join(missing)}; nothing was changed, write the "
            "columns column, row, lon and lat"
        )
    points = []
    for n, row in enumerate(rows, start=2):
        try:
            told = [row[chosen[key]] for key in ("column", "row", "lon", "lat")]
            if between != ",":
                told = [each.replace(",", ".") for each in told]
            c, r, lon, lat = map(float, told)
        except (AttributeError, TypeError, ValueError) as error:
            raise BadInput(
                f"{path.name}: row {n}: column, row, lon and lat must be numbers; nothing was "
                "changed"
            ) from error
        points.append((c, r, lon, lat))
    return points


def _table_text(path: Path) -> str:
    """Return a small table as text, in the encodings that spreadsheets write.

    Raises:
        BadInput: it cannot be read, or is no text.
    """
    if not path.is_file():
        raise BadInput(f"{path} does not exist; nothing was changed, check the path")
    try:
        with path.open("rb") as handle:
            content = handle.read(_LARGEST_TABLE + 1)
    except OSError as error:
        raise BadInput(
            f"{path.name}: cannot be read ({error.strerror}); nothing was changed"
        ) from error
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError:
        # Old spreadsheets write their own code page: names and numbers look alike in all of them.
        text = "\0" if is_wide else content.decode("latin-1")
    if len(content) > _LARGEST_TABLE or "\0" in text:
        raise BadInput(f"{path.name}: {_NO_TABLE}")
    return text


__all__ = [
    "Taken",
    "by_hand",
    "capture_plan",
    "date",
    "place",
    "plans",
    "read_points",
    "residuals",
    "shots",
    "skip",
    "take",
]
