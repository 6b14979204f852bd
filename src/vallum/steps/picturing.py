"""What becomes of one picture without georeference: its date, its place, its pixels north up."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vallum.ground.errors import BadInput, DiskFull, WorkerFailed
from vallum.ground.records import Scene, Shot
from vallum.ground.when import When
from vallum.project import Project
from vallum.steps.capturing import plans
from vallum.steps.done import Progress
from vallum.steps.folders import sha256_of

if TYPE_CHECKING:
    from vallum.imagery.catalog import Wish
    from vallum.imagery.shots.matching import Matched, Search
    from vallum.imagery.shots.place import Placing
    from vallum.imagery.shots.plan import Plan
    from vallum.imagery.shots.words import Word

COPIES = "shots"
NO_DATE = (
    "the date bar is cut off. Google Earth dates are ranges; type the earliest and latest it can "
    "be, or 'unknown' (then it can show a fence exists but not when)"
)
_NO_MARKERS = (
    "no corner markers found. Was the KMZ off, or the picture cropped? Place it by hand "
    "(vallum place {id} --points FILE.csv, or in the page) or skip it"
)
_LICENCE = (
    "Google Earth: may be annotated and shown with its credit; no mass download, no passing on. "
    "Ask your lawyer before you publish"
)
_SAVED = re.compile(
    # Programs that save a screen name it after that moment, not after the image on it.
    r"screen[ _-]?(?:shot|cap|grab)|bildschirmfoto|capture[ _-]|captura|snip|snapshot|snagit|"
    r"스크린샷|캡처|截图|截屏|屏幕快照|螢幕|スクリーンショット|"
    r"^(?:img|pxl|dsc|image|photo)[ _-]?\d|"
    r"\d{4}-?\d\d-?\d\d[ _T-]\D{0,8}[012]?\d[.:h_-]?[0-5]\d[.:m_-]?[0-5]\d(?![\d-])",
    re.IGNORECASE,
)
_TEXTS_AT_ONCE = 16


@dataclass(kw_only=True)
class Desk:
    """What placing needs to know of the project, read once."""

    project: Project
    wish: Wish
    plans: list[Plan]
    known: dict[str, Shot]
    today: date
    _search: Search | None = field(default=None)
    last: int = 0

    @classmethod
    def of(cls, project: Project, wish: Wish) -> Desk:
        """Return it for a batch of pictures."""
        return cls(
            project=project,
            wish=wish,
            plans=plans(project),
            known={shot.sha256: shot for shot in project.rows(Shot)},
            today=datetime.now(UTC).date(),
        )

    @property
    def search(self) -> Search:
        """The placed images, read when they are first asked for."""
        if self._search is None:
            self._search = _search(self.project)
        return self._search


def settled(
    desk: Desk, one: dict[str, Any], words: tuple[Word, ...]
) -> tuple[Shot, str, Scene | None]:
    """Return the row of one picture, placed and dated as far as can be, a note, and its image."""
    before = desk.known.get(one["sha256"])
    is_redated = desk.wish.taken is not None and before and desk.wish.taken != before.taken
    if before is not None and (before.scene or before.is_skipped) and not is_redated:
        return before, "already in the project", None
    shot, note = _described(desk, one, words, before)
    if before is None or not before.method:
        shot, hidden = _located(desk, shot, one, words)
    else:
        hidden = []
    if not shot.method:
        return shot, note, None
    if shot.taken is None:
        return replace(shot, why_not=NO_DATE), note, None
    try:
        scene = made(desk.project, shot, words, hidden)
    except (BadInput, WorkerFailed, DiskFull) as error:
        return replace(shot, why_not=f"could not be laid north up: {error}"), note, None
    note = "; ".join(filter(None, (note, aside(desk.project, scene.id))))
    return replace(shot, scene=scene.id, why_not=""), note, scene


def _described(
    desk: Desk, one: dict[str, Any], words: Sequence[Word], before: Shot | None
) -> tuple[Shot, str]:
    """Return a row with what is known of a picture but its place, and a note on its date."""
    from vallum.imagery.shots import words as reading

    told = reading.told(words, desk.today, is_month_first=reading.months_first(words))
    taken, source, note = told.taken, "picture", told.note
    if desk.wish.taken is not None:
        taken, source = desk.wish.taken, "given"
        if told.taken is not None and not told.taken.overlaps(taken):
            note = f"--taken says {taken}, but it bears {told.taken}; --taken was kept, check it"
        elif told.taken is None and told.oldest is not None:
            note = _later(taken, told.oldest)
    elif taken is None:
        taken, source = _in_name(one["name"], desk.today), "filename"
        if told.oldest is not None and (taken is None or taken.latest < told.oldest.earliest):
            contradicted = f"its name says {taken}, but " if taken is not None else ""
            also = f"; {told.note}" if told.note else ""
            taken, source = When(told.oldest.earliest, desk.today), "picture"
            note = contradicted + (
                f"its status bar says {told.oldest}, which is the oldest possible day; the newest "
                f"(at the slider) is not in it, so that today was taken: type it if you know{also}"
            )
        elif told.oldest is not None and taken is not None:
            # The bar is the oldest day that it can be; a name written by hand bounds the newest.
            taken, source = When(told.oldest.earliest, taken.latest), "picture"
    base = before or Shot(
        sha256=one["sha256"],
        name=one["name"],
        href=f"imagery/{COPIES}/{one['href']}",
        copy_sha256=sha256_of(desk.project.imagery_folder / COPIES / one["href"]),
        width_px=int(one["width"]),
        height_px=int(one["height"]),
        taken_from="",
    )
    if before is not None and before.taken is not None and desk.wish.taken is None:
        taken, source = before.taken, before.taken_from
    wish = desk.wish
    is_google = "google" in told.credit.lower() or bool(desk.plans)
    row = replace(
        base,
        taken=taken,
        taken_from=source if taken else "",
        credit=wish.credit or told.credit or base.credit,
        licence=wish.licence or base.licence or (_LICENCE if is_google else ""),
        may_publish=wish.may_publish or base.may_publish,
    )
    return row, note


def _later(said: When, oldest: When) -> str:
    """Return a note where a typed date leaves out the oldest day that the status bar tells."""
    if said.latest < oldest.earliest:
        return (
            f"--taken says {said}, but its status bar says that it is not older than {oldest}; "
            "--taken was kept, check it"
        )
    if said.earliest <= oldest.earliest:
        return ""
    return (
        f"--taken begins on {said.earliest}, but its status bar says that parts can be as old as "
        f"{oldest}; what is missing in it may have been built before then: --taken was kept, check "
        "it, or begin with the older day"
    )


def _in_name(name: str, today: date) -> When | None:
    """Return the days that a name states, unless it is the moment at which a machine saved it."""
    from vallum.imagery import dates

    return None if _SAVED.search(name) else dates.in_name(name, today)


def _located(
    desk: Desk, shot: Shot, one: dict[str, Any], words: Sequence[Word]
) -> tuple[Shot, list[list[float]]]:
    """Return the row with its place, by markers or by matching, and markers to be hidden."""
    import numpy as np

    from vallum.imagery.shots import markers

    size = (shot.width_px, shot.height_px)
    seen = [
        markers.Seen(number=int(number), corners=np.array(corners).reshape(4, 2))
        for number, *corners in one["markers"]
    ]
    found = markers.locate(seen, desk.plans, size)
    if found.placing is not None and found.frame is not None:
        frame, placing = found.frame, found.placing
        desk.last = _section_at(desk.project, frame.span.start_m)
        placed = with_place(shot, placing, "markers", found.points)
        placed = replace(placed, frame=frame.name, n_agree=4 * found.n_markers)
        return placed, _drawn_in(desk.plans, placing, size)
    why = found.why_not
    corners = [one.corners.ravel().tolist() for one in seen]
    matched = _match(desk, shot, words, corners)
    if matched.placing is not None:
        shot = with_place(shot, matched.placing, "matching", matched.points)
        return replace(shot, reference=matched.scene, n_agree=matched.n_pairs), corners
    told = _NO_MARKERS.format(id=shot.id) if not seen else f"{why}; place it by hand or skip it"
    return replace(shot, why_not=told), corners


def _match(
    desk: Desk, shot: Shot, words: Sequence[Word], corners: Sequence[Sequence[float]]
) -> Matched:
    """Return where the picture lies on images that are placed already."""
    import cv2

    from vallum.imagery.shots import rectify
    from vallum.imagery.shots.matching import Matched
    from vallum.imagery.shots.words import boxes

    if not desk.search.references:
        return Matched(why_not="no image is placed yet")
    pixels = cv2.imread(str(desk.project.root / shot.href), cv2.IMREAD_COLOR)
    if pixels is None:
        return Matched(why_not="its copy is gone")
    shown = rectify.ground_shown(pixels, boxes(words), corners)
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    found = desk.search.find(grey, shown, first=desk.last)
    if found.placing is not None:
        at_m, _ = desk.project.frontier.locate_many([found.placing.lon], [found.placing.lat])
        desk.last = _section_at(desk.project, int(at_m[0]))
    return found


def _section_at(project: Project, at_m: int) -> int:
    spans = [section.span for section in project.sections]
    near = [abs(span.middle_m - at_m) for span in spans]
    return near.index(min(near)) if near else 0


def _search(project: Project) -> Search:
    """Return the corridor as the placed images of the project show it, the finest first."""
    from vallum.imagery.shots.matching import Reference, Search

    usable = [
        scene
        for scene in project.rows(Scene)
        if scene.has_pixels and not (scene.looking_only or scene.set_aside or scene.repeats)
    ]
    references = [
        Reference(scene=scene.id, path=path, gsd_m=scene.gsd_m, area=scene.footprint)
        for scene in sorted(usable, key=lambda each: (each.gsd_m, each.id))
        if scene.gsd_m <= 5 and (path := project.path_of(scene)) is not None
    ]
    border = project.config.border
    return Search(
        frontier=project.frontier,
        sections=project.sections,
        reach_m=float(max(border.left_m, border.right_m)),
        references=references,
    )


def with_place(
    shot: Shot, placing: Placing, method: str, points: Sequence[Sequence[float]]
) -> Shot:
    """Return the row with where the picture lies, and by what it was placed."""
    return replace(
        shot,
        method=method,
        points=tuple(round(float(v), 9) for point in points for v in point),
        n_agree=len(points),
        gsd_m=placing.gsd_m,
        rotation_deg=placing.rotation_deg,
        tilt_deg=placing.tilt_deg,
        rmse_m=placing.rmse_m,
        looking_only=placing.looking_only,
        why_not="",
    )


def _drawn_in(every: Sequence[Plan], placing: Placing, size: tuple[int, int]) -> list[list[float]]:
    """Return where the markers of all plans lie in a placed picture, seen or not."""
    import numpy as np

    corners = [
        marker.corners
        for each in every
        for frame in each.frames
        if abs(frame.lat - placing.lat) < 0.1 and abs(frame.lon - placing.lon) < 0.2
        for marker in frame.markers
    ]
    if not corners:
        return []
    lon, lat = np.array(corners).reshape(-1, 2).T
    column, row = placing.to_picture(lon, lat)
    quads = np.stack([column, row], axis=-1).reshape(-1, 8)
    near = (np.abs(quads) < 3 * max(size)).all(axis=1)
    return [quad.tolist() for quad in quads[near]]


def made(
    project: Project,
    shot: Shot,
    words: Sequence[Word],
    hidden_markers: Sequence[Sequence[float]],
) -> Scene:
    """Lay a placed and dated picture north up, and return the image it is; nothing is kept yet.

    Raises:
        BadInput: it cannot be laid.
    """
    import shapely

    from vallum.ground import foreign
    from vallum.ground.whole import replace_whole
    from vallum.imagery import catalog
    from vallum.imagery.shots import picture
    from vallum.imagery.shots.words import boxes

    if shot.taken is None:
        raise BadInput(f"{shot.name}: {NO_DATE}")
    points = [list(shot.points[n : n + 4]) for n in range(0, len(shot.points), 4)]
    model = "" if shot.method == "points" else "homography"
    digest = hashlib.sha256(json.dumps([shot.sha256, shot.points]).encode()).hexdigest()
    target = project.imagery_folder / f"{digest[:16]}.tif"
    copy = (project.root / shot.href).resolve()
    with catalog.incoming(project.imagery_folder) as work:
        told: picture.Straight = foreign.call(
            "vallum.imagery.shots.picture:straighten",
            {
                "copy": str(copy),
                "points": points,
                "model": model,
                "hidden": boxes(words),
                "markers": [list(each) for each in hidden_markers],
                "made": str(work / target.name),
            },
            reads=[copy],
            writes=[work],
            returns=picture.Straight,
            wall_s=300.0,
        )
        replace_whole(foreign.made(work, target.name), target)
    scene = Scene(
        sha256=shot.sha256,
        name=shot.name,
        taken=shot.taken,
        taken_from=shot.taken_from,
        sensor="screenshot",
        gsd_m=float(told["gsd_m"]),
        n_bands=3,
        dtype="uint8",
        crs=f"EPSG:{told['epsg']}",
        footprint=shapely.from_wkt(told["footprint"]),
        href=str(target.relative_to(project.root)),
        licence=shot.licence,
        credit=shot.credit,
        may_publish=shot.may_publish,
        is_simulated=project.config.is_simulated,
        copy_sha256=sha256_of(target),
        bands=("red", "green", "blue"),
        looking_only=shot.looking_only,
        placed_by=shot.method,
        placed_rmse_m=shot.rmse_m,
        tilt_deg=shot.tilt_deg,
    )
    known = _known(project, scene.id)
    if known is None:
        return scene
    # What people said of the image stays, however often its picture is placed or dated anew.
    return replace(
        scene,
        set_aside=known.set_aside,
        repeats=known.repeats,
        licence=scene.licence or known.licence,
        credit=scene.credit or known.credit,
    )


def _known(project: Project, scene_id: str) -> Scene | None:
    return next(iter(project.store.latest(Scene, scene_id)), None) if scene_id else None


def aside(project: Project, scene_id: str) -> str:
    """Return a note where the image that a picture became is set aside; empty where not."""
    known = _known(project, scene_id)
    if known is None or not known.set_aside:
        return ""
    return f"it stays set aside: {known.set_aside}; vallum set-aside {scene_id} --back uses it"


def markers_in(project: Project, shot: Shot) -> list[list[float]]:
    """Return where markers of the plans lie in a picture that is placed."""
    from vallum.imagery.shots import place as placing

    size = (shot.width_px, shot.height_px)
    points = [tuple(shot.points[n : n + 4]) for n in range(0, len(shot.points), 4)]
    model = None if shot.method == "points" else "homography"
    known_points = [(p[0], p[1], p[2], p[3]) for p in points]
    every = plans(project) if shot.frame else []
    return _drawn_in(every, placing.fit(known_points, size, model=model), size)  # type: ignore[arg-type]


def texts_of(copies: Sequence[Path], show: Progress) -> list[tuple[Word, ...]]:
    """Return what is written in pictures; nothing where reading failed."""
    from vallum.ground import foreign
    from vallum.imagery.shots import words as reading

    texts: list[tuple[Word, ...]] = []
    for start in range(0, len(copies), _TEXTS_AT_ONCE):
        part = copies[start : start + _TEXTS_AT_ONCE]
        show("read", start, len(copies), "pictures")
        try:
            lines = foreign.call(
                "vallum.imagery.shots.words:read",
                {"paths": [str(path.resolve()) for path in part]},
                reads=part,
                returns=list[list[tuple[str, float, float, float, float, bool]]],
                wall_s=60.0 + 30.0 * len(part),
            )
        except (WorkerFailed, BadInput):
            lines = [[] for _ in part]
        texts += [reading.as_words(each) for each in lines]
    return texts
