"""`view`: where a photograph was taken is locked away, and where what it shows stands is kept.

The camera point, its direction and everything that follows from them lie in one encrypted file of
the vault. The rows hold the place of the thing, which is on any satellite image for all to see; of
a protected source they hold no place but the coarse cells in which a release would tell it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from vallum.claims.edtf import bracket_of
from vallum.evidence import views
from vallum.evidence.consent import agreed
from vallum.evidence.keys import Key
from vallum.evidence.views import Spot, View
from vallum.ground.errors import BadDate, BadInput, NoChainage, NotAllowed, NotOpened, NotThere
from vallum.ground.kinds import Kind
from vallum.ground.records import Custody, Depicted, Exhibit, Finding, Source
from vallum.ground.saidkinds import Event, Paper, Scope
from vallum.ground.span import Span
from vallum.ground.when import When
from vallum.project import Project, Work
from vallum.steps import blurring
from vallum.steps.blurring import Of
from vallum.steps.done import Done, finished
from vallum.steps.papers import ABOUT
from vallum.steps.vaulting import custody, delete_files, kept, the_vault, unlocked

CAMERA = "camera point and view"
LINE = "line"
_PICTURES = {Paper.PHOTO, Paper.VIDEO}


# -- the camera, for the vault alone --------------------------------------------------------------


def place_view(
    project: Project,
    exhibit_id: str,
    *,
    lon: float,
    lat: float,
    bearing_deg: float,
    fov_deg: float = views.USUAL_FOV_DEG,
    distance_m: float | None = None,
    error_m: float = views.USUAL_ERROR_M,
    bearing_error_deg: float = views.USUAL_BEARING_ERROR_DEG,
    number: int = 1,
    by: str = "",
) -> Done:
    """Lock away where a picture was taken and what it looks at; no row holds any of it.

    A view that was placed before under the same number is deleted, and what was placed by it is
    taken back. No key is needed: whoever has none can lock in and not look.

    Args:
        project: where; it needs a vault.
        exhibit_id: the photograph or film.
        lon: of the camera, degrees east.
        lat: degrees north.
        bearing_deg: direction of the middle of the picture, from true north.
        fov_deg: angle across the picture.
        distance_m: to the thing in the middle, where it was measured.
        error_m: by how much the point may be wrong, one standard deviation.
        bearing_error_deg: by how much the direction may be wrong, one standard deviation.
        number: 1, 2 ... of the views of one exhibit, as of the frames of a film.
        by: who places it.

    Raises:
        NotThere: there is no such exhibit.
        NotAllowed: its source has not agreed that it is analysed.
        BadInput: it is no picture, or these are no such numbers.
        BadSetting: the project has no vault.
    """
    view = View(
        lon=lon, lat=lat, bearing_deg=bearing_deg, fov_deg=fov_deg, error_m=error_m,
        bearing_error_deg=bearing_error_deg, distance_m=distance_m,
    )  # fmt: skip
    return lock_view(project, exhibit_id, view, number=number, by=by)


def lock_view(
    project: Project, exhibit_id: str, view: View, *, number: int = 1, by: str = ""
) -> Done:
    """Lock a view away; see `place_view`."""
    of = _of(project, exhibit_id)
    _check_number(number)
    vault = the_vault(project)
    old = view_name(project, exhibit_id, number)
    one = vault.put(view.packed())
    try:
        with project.run("view", by=by) as work:
            row = custody(
                exhibit_id, Event.ENCRYPTION, by=work.row.actor, of=one, outcome=_named(number)
            )
            work.add(replace(row, vault_bytes=0) if of.is_hidden else row)
    except BaseException:
        vault.delete(one.name)
        raise
    n_back = 0
    if old:
        with project.alone():
            n_back = take_back(project, work, [old])
            delete_files(project, work, {old: exhibit_id})
    n_coarse = blurring.blur_beside(project, work, of, view)
    lines = ["camera point and view are locked in the vault; no row, table or file holds them"]
    if old:
        lines.append("the view that was there before is deleted")
    if n_back:
        lines.append(f"what was placed by it is taken back ({n_back}); place it again")
    if n_coarse:
        lines.append(
            f"the camera stood beside what was placed before ({n_coarse}): only whole cells of it "
            "are kept now; older rows of the ledger still hold the place"
        )
    return finished(
        work, lines, then=f"vallum view {exhibit_id} --shows guard_post --on line --key FILE",
        facts={"exhibit": exhibit_id, "number": number, "n_taken_back": n_back},
    )  # fmt: skip


def view_of(project: Project, exhibit_id: str, *keys: Key, number: int = 1) -> View:
    """Return where a picture was taken, out of the vault.

    Raises:
        NotThere: it was not placed.
        NotOpened: no key was given, or none opens it.
    """
    name = view_name(project, exhibit_id, number)
    if not name:
        raise NotThere(
            f"{exhibit_id}: nobody has placed view {number} of it; nothing was opened, place it "
            "with `vallum view EXHIBIT --camera LON,LAT --bearing DEG`"
        )
    if not keys:
        raise NotOpened(
            f"{exhibit_id}: its camera point lies in the vault; nothing was opened, give a key: "
            "--key FILE"
        )
    return View.unpacked(unlocked(project, name, *keys))


def stated_view(project: Project, exhibit_id: str, *keys: Key) -> dict[str, float]:
    """Return what the file itself says of its camera, as intake read it; empty where nothing.

    What a file says anybody can have written into it.

    Returns:
        `lon` and `lat`, and `bearing_deg` and `fov_deg` where it says so.

    Raises:
        NotThere: there is no such exhibit.
        NotOpened: no key was given, or none opens it.
    """
    of = _of(project, exhibit_id)
    known = {one.name for one in kept(project)}
    names = [
        row.vault_ref
        for row in project.rows(Custody)
        if row.subject == of.exhibit.id and row.outcome == ABOUT and row.vault_ref in known
    ]
    if not names:
        return {}
    if not keys:
        raise NotOpened(
            f"{exhibit_id}: what its file says of the camera lies in the vault; nothing was "
            "opened, give a key: --key FILE"
        )
    told = json.loads(unlocked(project, names[-1], *keys))
    camera, looks = told.get("camera") or [], told.get("looks") or []
    if len(camera) != 2:
        return {}
    found = zip(("lat", "lon", "bearing_deg", "fov_deg"), [*camera, *looks], strict=False)
    return {name: float(value) for name, value in found if value is not None}


def view_name(project: Project, exhibit_id: str, number: int) -> str:
    """Return the name of the vault's file with a view; empty where there is none."""
    return all_views(project).get(exhibit_id, {}).get(number, "")


def all_views(project: Project) -> dict[str, dict[int, str]]:
    """Return the names of the vault's files with views, by exhibit and number."""
    found: dict[str, dict[int, str]] = {}
    for row in project.rows(Custody):
        if not row.vault_ref:
            continue
        if row.event is Event.ENCRYPTION and row.outcome.startswith(CAMERA):
            number = int(row.outcome.rpartition(" ")[2])
            found.setdefault(row.subject, {})[number] = row.vault_ref
        elif row.event is Event.DELETION and row.subject in found:
            mine = found[row.subject]
            found[row.subject] = {n: name for n, name in mine.items() if name != row.vault_ref}
    return found


def _named(number: int) -> str:
    return f"{CAMERA} {number}"


def _check_number(number: int) -> None:
    if not 1 <= number <= 9999:
        raise BadInput(f"view {number}: views are numbered 1, 2 ...; nothing was kept")


# -- the thing ------------------------------------------------------------------------------------


def depict(
    project: Project,
    exhibit_id: str,
    *,
    category: Kind | str | None = None,
    view: View | None = None,
    number: int = 1,
    beside: Iterable[tuple[str, int]] = (),
    on: str = "",
    distance_m: float | None = None,
    at_share: float = 0.5,
    at: tuple[float, float] | None = None,
    error_m: float = 50.0,
    keys: Sequence[Key] = (),
    by: str = "",
) -> Depicted:
    """Keep where something stands that a picture shows: never the camera, never its direction.

    One way of placing it: `at` (found on an image by a person), `beside` (further views that
    cross), `on` (one view and a line on the ground) or `distance_m` (one view and a distance).

    Args:
        project: where.
        exhibit_id: the photograph or film.
        category: class of the thing; None when it is no structure.
        view: its view; from the vault if left out.
        number: of the view, and of the thing that is kept.
        beside: exhibit and number of further views of the same thing.
        on: `line` for the frontier, or the id of a finding that the thing stands on.
        distance_m: from the camera.
        at_share: where it stands in the picture, from 0 (left) to 1 (right).
        at: longitude and latitude.
        error_m: by how much `at` or `distance_m` may be wrong.
        keys: open the views.
        by: who places it.

    Returns:
        The row. Of protected sources, and where the camera stood beside the thing or may have
        (a view that the keys do not open), it holds no shape, and the cells of a release in place
        of a stretch.

    Raises:
        BadInput: not exactly one way, or the views give no place.
        NotThere: there is no such exhibit, view or finding.
        NotAllowed: a source has not agreed that its material is analysed.
        NoChainage: the thing stands outside the corridor.
    """
    way = Way(
        category=category, view=view, number=number, beside=tuple(beside), on=on,
        distance_m=distance_m, at_share=at_share, at=at, error_m=error_m, keys=tuple(keys),
    )  # fmt: skip
    row = placed(project, exhibit_id, way)
    with project.run("view", by=by) as work:
        row = replace(row, by=work.row.actor)
        work.add(row)
    return row


@dataclass(frozen=True, kw_only=True, repr=False)
class Way:
    """What a picture shows and how it is placed; the fields are the arguments of `depict`."""

    category: Kind | str | None = None
    view: View | None = None
    number: int = 1
    beside: tuple[tuple[str, int], ...] = ()
    on: str = ""
    distance_m: float | None = None
    at_share: float = 0.5
    at: tuple[float, float] | None = None
    error_m: float = 50.0
    keys: tuple[Key, ...] = ()


def placed(project: Project, exhibit_id: str, way: Way) -> Depicted:
    """Return the row that `depict` would keep, and keep nothing; raises what it raises."""
    of = [_of(project, exhibit_id), *(_of(project, name) for name, _ in way.beside)]
    _check_number(way.number)
    kind = _kind(way.category)
    if sum(map(bool, (way.at, way.beside, way.on, way.distance_m is not None))) != 1:
        raise BadInput(
            "a thing is placed in one way: by crossing views, on a line, at a distance or as found "
            "on an image; nothing was placed, choose one"
        )
    spot, refs = _spot(project, exhibit_id, way)
    row = _row(project, of, spot)
    row = replace(row, number=way.number, category=kind, camera_ref=" ".join(filter(None, refs)))
    if not any(one.is_hidden for one in of) and not _is_beside(project, of, spot, way):
        from shapely.geometry import Point

        # To a metre: more digits would be a mark of the computation, not of the place.
        return replace(row, shape=Point(round(spot.lon, 5), round(spot.lat, 5)))
    return blurring.coarsened(project, row, of)


def _spot(project: Project, exhibit_id: str, way: Way) -> tuple[Spot, list[str]]:
    """Return the place, and the vault's files that it rests on."""
    if way.at is not None:
        return views.stated(*way.at, way.error_m), []
    mine = way.view or view_of(project, exhibit_id, *way.keys, number=way.number)
    refs = [view_name(project, exhibit_id, way.number)]
    if way.beside:
        sights = [(mine, way.at_share)]
        for name, nth in way.beside:
            sights.append((view_of(project, name, *way.keys, number=nth), 0.5))
            refs.append(view_name(project, name, nth))
        return views.crossing(sights), refs
    if way.distance_m is not None:
        return views.at_distance(mine, way.distance_m, way.error_m, at_share=way.at_share), refs
    line = project.frontier.line if way.on == LINE else _finding(project, way.on).shape
    return views.on_line(mine, line, at_share=way.at_share), refs


def _row(project: Project, of: Sequence[Of], spot: Spot) -> Depicted:
    """Return where it stands, as a stretch of border."""
    border = project.config.border
    try:
        place = project.frontier.locate(
            spot.lon, spot.lat, limit_m=max(border.left_m, border.right_m) + spot.major_m
        )
    except NoChainage:  # it would print the place
        raise NoChainage(
            "what the picture shows stands outside the corridor of this border; nothing was "
            "placed, check point and direction"
        ) from None
    reach = math.ceil(spot.major_m)
    whole = project.frontier.span
    around = Span(
        max(whole.start_m, math.floor(place.at_m) - reach),
        min(whole.end_m, math.floor(place.at_m) + reach + 1),
    )
    return Depicted(
        exhibit=of[0].exhibit.id, number=1, method=spot.method, by="", when=_when(of[0]),
        span=around, precision_m=float(reach),
    )  # fmt: skip


def _is_beside(project: Project, of: Sequence[Of], spot: Spot, way: Way) -> bool:
    """Say whether a camera of these pictures stood beside the thing, or may have.

    A view that no key opens here may be one that did.
    """
    mine, every = (of[0].exhibit.id, way.number), all_views(project)
    known = {mine: way.view} if way.view is not None else {}
    for name in {one.exhibit.id for one in of}:
        for number in every.get(name, {}):
            if (name, number) in known:
                continue
            try:
                known[name, number] = view_of(project, name, *way.keys, number=number)
            except (NotOpened, NotThere):
                return True
    return any(blurring.is_close(view, spot.lon, spot.lat) for view in known.values())


def _when(of: Of) -> When | None:
    """Return when the picture was taken."""
    if not of.exhibit.captured:
        return None
    try:
        said = bracket_of(of.exhibit.captured)
    except BadDate:
        return None
    return When(said.first, said.last) if said.first and said.last else None


def in_words(row: Depicted) -> list[str]:
    """Return what is kept of a thing in a picture, in sentences without a camera."""
    what = row.category.label if row.category else "thing"
    if row.span is None:
        return [f"{what}: no place is kept"]
    where = f"km {row.span.start_m / 1000:,.1f} to {row.span.end_m / 1000:,.1f}"
    if row.shape is None:
        return [
            f"{what} in border {where}: the source is protected, or the camera stood or may have "
            "stood beside it, so nothing closer is kept",
            "even this is told to nobody by itself: a release tells claims, not pictures",
        ]
    point = row.shape.centroid
    return [
        f"{what} at {point.y:.5f} N, {point.x:.5f} E, give or take {row.precision_m:,.0f} m, "
        f"beside {where} ({row.method})"
    ]


# -- taking back ----------------------------------------------------------------------------------


def remove_view(
    project: Project, exhibit_id: str, *, number: int = 1, by: str = "", yes: bool = False
) -> Done:
    """Delete a view from the vault, and take back what was placed by it.

    Raises:
        NotThere: it was not placed.
        BadInput: `yes` is missing; nothing was done.
    """
    name = view_name(project, exhibit_id, number)
    if not name:
        raise NotThere(f"{exhibit_id}: nobody has placed view {number} of it; nothing was done")
    if not yes:
        raise BadInput("this deletes the camera point for ever; nothing was done, give --yes")
    with project.run("view", by=by) as work:
        n_back = take_back(project, work, [name])
        delete_files(project, work, {name: exhibit_id})
    said = f"the view is deleted; {n_back} placed by it taken back"
    return finished(work, [said], then="vallum vault check --key FILE", facts={"n": n_back})


def take_back(
    project: Project, work: Work, refs: Iterable[str] = (), exhibits: Iterable[str] = ()
) -> int:
    """Blank what pictures show, where it rests on these files or comes from these exhibits.

    Returns:
        How many rows.
    """
    names, papers = set(refs), set(exhibits)
    gone = [
        row
        for row in project.rows(Depicted)
        if not row.is_withdrawn and (row.exhibit in papers or names & set(row.camera_ref.split()))
    ]
    work.add_all(
        replace(
            row, category=None, shape=None, span=None, precision_m=math.nan, when=None,
            method="taken back", camera_ref="", is_withdrawn=True,
        )
        for row in gone
    )  # fmt: skip
    return len(gone)


# -- what it is about -----------------------------------------------------------------------------


def _of(project: Project, exhibit_id: str) -> Of:
    found = project.store.latest(Exhibit, exhibit_id)
    if not found:
        raise NotThere(
            f"there is no exhibit {exhibit_id}; nothing was placed, `vallum intake` tells the names"
        )
    exhibit = found[0]
    if exhibit.paper not in _PICTURES:
        raise BadInput(f"{exhibit_id} is no photograph and no film; nothing was placed")
    source = next(
        (row for row in project.rows(Source) if exhibit.source in {row.id, row.code}), None
    )
    today = datetime.now(UTC).date()
    why = agreed(source, Scope.ANALYSE, today) if source else "nobody knows whose it is"
    if why:
        raise NotAllowed(f"{exhibit_id}: {why}; nothing was placed")
    return Of(exhibit=exhibit, source=source)


def _finding(project: Project, name: str) -> Finding:
    found = project.store.latest(Finding, name)
    if not found:
        raise NotThere(
            f"there is no finding {name}; nothing was placed, give its id or `line` for the border"
        )
    return found[0]


def _kind(category: Kind | str | None) -> Kind | None:
    if not category:
        return None
    try:
        return Kind(category)
    except ValueError as error:
        raise BadInput(
            f"'{category}' is no class of structure; nothing was placed, choose of "
            + ", ".join(kind.value for kind in Kind)
        ) from error
