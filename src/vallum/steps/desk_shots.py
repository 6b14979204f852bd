"""Screenshots at the desk: which lie on the ground, and how people lay the others there.

A person gives pairs of places, one in the picture and one on the map; nothing is written until the
person says so. The arithmetic is `steps.shooting`'s: the page shows what would be kept.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vallum.ground.errors import BadInput, NotAllowed, NotThere
from vallum.ground.kinds import Role
from vallum.ground.records import Scene, Shot
from vallum.project import Project
from vallum.steps.desk import Person
from vallum.steps.done import known

if TYPE_CHECKING:
    from vallum.imagery.shots.place import Placing

MAY_PLACE = frozenset({Role.ANALYST, Role.ADJUDICATOR, Role.KEEPER})
ShotState = Literal["placed", "looking", "undated", "waiting", "skipped"]
Point = tuple[float, float, float, float]
"""Column, row, longitude, latitude."""

_LINE_STEPS = 4000
_LEAST_STEP_M = 25
_MOST_POINTS = 60
_FREE = {"similarity": 4, "affine": 6, "homography": 8}
"""Numbers that a way of laying a picture is made of; two for each point determine them."""
_STATES: tuple[ShotState, ...] = ("waiting", "undated", "looking", "placed", "skipped")


# -- what is told -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ShotTold:
    """One screenshot as its table shows it; `name` is the file's, `frame` of the capture plan."""

    id: str
    name: str
    state: ShotState
    width_px: int
    height_px: int
    taken: tuple[date, date] | None
    taken_from: str
    credit: str
    licence: str
    may_publish: bool
    method: str
    frame: str
    n_points: int
    n_agree: int
    gsd_m: float | None
    rotation_deg: float | None
    tilt_deg: float | None
    rmse_m: float | None
    looking_only: str
    why_not: str
    by: str
    scene: str
    at_m: int | None


@dataclass(frozen=True, kw_only=True)
class ShotFull:
    """One screenshot to be placed: its points so far, and where the next one is likely to be."""

    shot: ShotTold
    points: tuple[Point, ...]
    near: tuple[float, float] | None
    next: str
    before: str


@dataclass(frozen=True, kw_only=True)
class StateCount:
    """How many screenshots are at one point."""

    state: ShotState
    n: int


@dataclass(frozen=True, kw_only=True)
class ShotList:
    """All screenshots by name; the counts are of all of them."""

    items: tuple[ShotTold, ...]
    counts: tuple[StateCount, ...]


@dataclass(frozen=True, kw_only=True)
class Residuals:
    """What a set of points gives, before anything is kept.

    Attributes:
        method: how the picture would be laid: similarity, affine or homography.
        residual_m: of each point, in the order in which they were given; None where too few.
        worst: number of the pair that disagrees most, from 0; None while none does.
        outline: the picture's corners on the ground: longitude and latitude, in turn.
        looking_only: why lengths could not be measured on it; empty when they could.
        why_not: why the points cannot be used yet; empty when they can.
    """

    method: str
    residual_m: tuple[float | None, ...]
    rmse_m: float | None
    gsd_m: float | None
    rotation_deg: float | None
    tilt_deg: float | None
    worst: int | None
    outline: tuple[tuple[float, float], ...]
    looking_only: str
    why_not: str


@dataclass(frozen=True, kw_only=True)
class Backdrop:
    """An image that lies on the ground already, to find the same places on."""

    scene: str
    name: str
    taken: str
    gsd_m: float | None
    credit: str
    is_simulated: bool
    bounds: tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What the map shows: the line as longitude, latitude, chainage; images, finest first."""

    line: tuple[tuple[float, float, int], ...]
    images: tuple[Backdrop, ...]


# -- looking ------------------------------------------------------------------------------------


def shots(project: Project) -> ShotList:
    """Return every screenshot, and how many are at which point."""
    rows = _in_order(project.rows(Shot))
    centres = _centres(project, rows)
    along = _chainages(project, centres)
    items = tuple(_told(row, along.get(row.id)) for row in rows)
    counts = tuple(
        StateCount(state=state, n=sum(one.state == state for one in items)) for state in _STATES
    )
    return ShotList(items=items, counts=counts)


def shot(project: Project, shot_id: str) -> ShotFull:
    """Return one screenshot with its points, its neighbours and where to begin to look.

    Raises:
        NotThere: there is none of that name.
    """
    rows = _in_order(project.rows(Shot))
    at = next((n for n, row in enumerate(rows) if row.id == shot_id), None)
    if at is None:
        raise _missing(shot_id)
    centres = _centres(project, rows)
    near = centres.get(shot_id) or _nearest_in_list(rows, centres, at)
    row = rows[at]
    open_ones = [n for n, one in enumerate(rows) if _state(one) == "waiting" and n != at]
    return ShotFull(
        shot=_told(row, _chainages(project, centres).get(row.id)),
        points=_points(row),
        near=near,
        next=rows[min(open_ones, key=lambda n: (n < at, n))].id if open_ones else "",
        before=rows[at - 1].id if at else "",
    )


def picture(project: Project, shot_id: str) -> tuple[Path, str]:
    """Return the working copy of a screenshot and its media type.

    Raises:
        NotThere: there is no such screenshot, or its working copy is gone.
    """
    path = (project.root / row_of(project, shot_id).href).resolve()
    if not path.is_relative_to(project.root.resolve()) or not path.is_file():
        raise NotThere(
            "the working copy of this screenshot is gone; nothing was changed, add the file again"
        )
    with path.open("rb") as handle:
        head = handle.read(12)
    for start, media_type in ((b"\x89PNG", "image/png"), (b"\xff\xd8\xff", "image/jpeg")):
        if head.startswith(start):
            return path, media_type
    if head[:4] == b"RIFF" and head[8:] == b"WEBP":
        return path, "image/webp"
    raise NotThere(
        "the working copy of this screenshot is no picture that a browser shows; nothing was "
        "changed, add the file again"
    )


def ground(project: Project) -> Ground:
    """Return the line with its chainage, and the images that lie on the ground, finest first."""
    extent = project.extent
    step_m = max(_LEAST_STEP_M, extent.length_m // _LINE_STEPS)
    at_m = [*range(extent.start_m, extent.end_m, step_m), extent.end_m]
    lon, lat = project.frontier.points_at(at_m)
    line = zip(lon.round(7).tolist(), lat.round(7).tolist(), at_m, strict=True)
    usable = [row for row in project.rows(Scene) if row.has_pixels and not row.set_aside]
    usable.sort(key=lambda row: (math.isnan(row.gsd_m), row.gsd_m, row.taken.latest, row.id))
    return Ground(line=tuple(line), images=tuple(_backdrop(row) for row in usable))


def row_of(project: Project, shot_id: str) -> Shot:
    """Return the row of a screenshot.

    Raises:
        NotThere: there is none of that name.
    """
    found = project.store.latest(Shot, shot_id)
    if not found:
        raise _missing(shot_id)
    return found[0]


# -- placing ------------------------------------------------------------------------------------


def residuals(project: Project, shot_id: str, points: Sequence[Point]) -> Residuals:
    """Return how well points agree; nothing is written.

    Raises:
        NotThere: there is no such screenshot.
    """
    from vallum.steps import shooting

    row_of(project, shot_id)
    try:
        return _residuals(shooting.residuals(project, shot_id, _checked(points)), len(points))
    except BadInput as error:
        return _too_few(len(points), str(error))


def place(
    project: Project, person: Person, shot_id: str, points: Sequence[Point], taken: str
) -> ShotTold:
    """Keep points as the place of a screenshot, and return it as it stands then.

    Args:
        project: the open one.
        person: who says so.
        shot_id: the screenshot.
        points: pairs of places.
        taken: `FROM..TO`, a day, `unknown`, or empty to leave the date as it is.

    Raises:
        NotAllowed: this person only reads.
        NotThere: there is no such screenshot.
        BadInput: the points do not give one place.
        BadDate: `taken` is no date.
    """
    from vallum.steps import shooting

    _check_role(person)
    row_of(project, shot_id)
    shooting.place(project, shot_id, _checked(points), taken=taken.strip(), by=person.name)
    return shot(project, shot_id).shot


def date_it(project: Project, person: Person, shot_id: str, taken: str) -> ShotTold:
    """Keep when a screenshot was taken, and return it.

    Raises:
        NotAllowed: this person only reads.
        NotThere: there is no such screenshot.
        BadDate: `taken` is no date.
    """
    from vallum.steps import shooting

    _check_role(person)
    row_of(project, shot_id)
    shooting.date(project, shot_id, taken.strip(), person.name)
    return shot(project, shot_id).shot


def skip(project: Project, person: Person, shot_id: str) -> ShotTold:
    """Leave a screenshot out, and return it; placing it later takes it in again.

    Raises:
        NotAllowed: this person only reads.
        NotThere: there is no such screenshot.
    """
    from vallum.steps import shooting

    _check_role(person)
    row_of(project, shot_id)
    shooting.skip(project, shot_id, person.name)
    return shot(project, shot_id).shot


# -- of this file ---------------------------------------------------------------------------------


def _check_role(person: Person) -> None:
    if person.role not in MAY_PLACE:
        raise NotAllowed("an editor reads only; nothing was changed, ask an analyst")


def _missing(shot_id: str) -> NotThere:
    return NotThere(f"there is no screenshot '{shot_id[:80]}'; load the page again")


def _checked(points: Sequence[Point]) -> list[Point]:
    if len(points) > _MOST_POINTS:
        raise BadInput(f"more than {_MOST_POINTS} points; nothing was changed, take some away")
    for number, (_, _, lon, lat) in enumerate(points, start=1):
        if not (abs(lon) <= 180 and abs(lat) <= 85):
            raise BadInput(f"point {number} lies on no map; nothing was changed, move it")
    return list(points)


def _points(row: Shot) -> tuple[Point, ...]:
    flat = row.points
    return tuple(
        (flat[n], flat[n + 1], flat[n + 2], flat[n + 3]) for n in range(0, len(flat) - 3, 4)
    )


def _state(row: Shot) -> ShotState:
    if row.is_skipped:
        return "skipped"
    if row.scene:
        return "looking" if row.looking_only else "placed"
    return "undated" if row.method else "waiting"


def _in_order(rows: Iterable[Shot]) -> list[Shot]:
    return sorted(rows, key=lambda row: (row.name.casefold(), row.id))


def _centres(project: Project, rows: Sequence[Shot]) -> dict[str, tuple[float, float]]:
    """Return where screenshots lie that lie anywhere: by their image, else by their points."""
    scenes = {row.id: row for row in project.rows(Scene)} if any(r.scene for r in rows) else {}
    found = {}
    for row in rows:
        scene, points = scenes.get(row.scene), _points(row)
        if scene is not None:
            middle = scene.footprint.centroid
            found[row.id] = (float(middle.x), float(middle.y))
        elif points:
            found[row.id] = (
                sum(point[2] for point in points) / len(points),
                sum(point[3] for point in points) / len(points),
            )
    return found


def _nearest_in_list(
    rows: Sequence[Shot], centres: dict[str, tuple[float, float]], at: int
) -> tuple[float, float] | None:
    """Return the place of the screenshot whose name is next to this one's: often it is close by."""
    placed = [n for n, row in enumerate(rows) if row.id in centres]
    return centres[rows[min(placed, key=lambda n: abs(n - at))].id] if placed else None


def _chainages(project: Project, centres: dict[str, tuple[float, float]]) -> dict[str, int]:
    """Return beside which metre of the border each screenshot lies, all at once."""
    if not centres:
        return {}
    lon, lat = zip(*centres.values(), strict=True)
    at_m, _ = project.frontier.locate_many(list(lon), list(lat))
    return {name: int(at) for name, at in zip(centres, at_m, strict=True)}


def _told(row: Shot, at_m: int | None) -> ShotTold:
    return ShotTold(
        id=row.id,
        name=row.name,
        state=_state(row),
        width_px=row.width_px,
        height_px=row.height_px,
        taken=(row.taken.earliest, row.taken.latest) if row.taken is not None else None,
        taken_from=row.taken_from,
        credit=row.credit,
        licence=row.licence,
        may_publish=row.may_publish,
        method=row.method,
        frame=row.frame,
        n_points=len(row.points) // 4,
        n_agree=row.n_agree,
        gsd_m=known(row.gsd_m),
        rotation_deg=known(row.rotation_deg),
        tilt_deg=known(row.tilt_deg),
        rmse_m=known(row.rmse_m),
        looking_only=row.looking_only,
        why_not=row.why_not,
        by=row.by,
        scene=row.scene,
        at_m=at_m,
    )


def _backdrop(row: Scene) -> Backdrop:
    west, south, east, north = row.footprint.bounds
    return Backdrop(
        scene=row.id,
        name=row.name,
        taken=str(row.taken),
        gsd_m=known(row.gsd_m),
        credit=row.credit,
        is_simulated=row.is_simulated,
        bounds=(west, south, east, north),
    )


def _too_few(n: int, why: str) -> Residuals:
    return Residuals(
        method="",
        residual_m=(None,) * n,
        rmse_m=None,
        gsd_m=None,
        rotation_deg=None,
        tilt_deg=None,
        worst=None,
        outline=(),
        looking_only="",
        why_not=why,
    )


def _residuals(placing: Placing, n: int) -> Residuals:
    free = _FREE.get(placing.model, 0)
    is_checked = 2 * n > free  # points that define the picture agree with it for nothing
    return Residuals(
        method=placing.model,
        residual_m=tuple(known(one) if is_checked else None for one in placing.residuals_m),
        rmse_m=known(placing.rmse_m) if is_checked else None,
        gsd_m=known(placing.gsd_m),
        rotation_deg=known(placing.rotation_deg),
        tilt_deg=known(placing.tilt_deg),
        worst=placing.worst if is_checked and placing.worst >= 0 else None,
        outline=placing.corners,
        looking_only=placing.looking_only,
        why_not="",
    )
