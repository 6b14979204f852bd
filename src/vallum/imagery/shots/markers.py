"""The markers of a capture plan, drawn and found again, and where they put a picture.

ArUco markers: Garrido-Jurado et al. 2014. Homography: Hartley & Zisserman 2004, chapter 4.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vallum.imagery.shots import camera, place
from vallum.imagery.shots.plan import FIRST, MODULI, N_MARKERS, Frame, Marker, Plan

Floats = NDArray[np.float64]

_DICTIONARY = cv2.aruco.DICT_5X5_1000
_CELLS = 7  # 5 of the code and one of black border on either side
RIM = 1 / 7  # white around a marker, as a share of its side
_CELL_PX = 16
_LARGE_PX = 2400
_LEAST_SIDE_PX = 12
_LEAST_MARKERS = 3
_NEIGHBOURS = 3  # frames before and after whose markers can be in the picture too
_MOST_OFF_PX = 3.0
_MOST_RMSE_PX = 1.5
# On `dev`, flat ground left under 0.1 pixels beside a camera's view, hills of 5 m 0.3, and the
# picture was off by about twice what its markers were.
_UNEVEN_PX = 0.2
_UNEVEN_TIMES = 2.0
_MOST_UNEVEN_M = 1.0  # beyond it a picture is for looking only
_WIDE_TILT_DEG = 30.0
# Two markers: what people tilt without meaning to, and what the picture may be off by.
_USUAL_TILT_DEG = 1.5
_PAIR_RMSE_PX, _PAIR_MOST_PX = 0.3, 0.8
_PAIR_TILT_DEG = 6.0
_MOST_GUESS_M = 2.0
MOST_CHANCE = 0.005
"""Two markers are refused where a picture of an unknown plan would be taken for one of these more
often than this."""
_LIKE_DEG = 1.5  # markers see their frame's heading better than this
_NET = (4, 4)
_LEAST_SPREAD = 0.25  # of the frame's height: markers in a row tell nothing across


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """One marker in a picture: its number, and its corners in pixels, (4, 2)."""

    number: int
    corners: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """Which frame a picture shows and how it lies; or why that could not be told.

    Attributes:
        frame: the frame.
        placing: where the picture lies.
        points: what it was placed by.
        n_markers: markers that agree.
        why_not: empty when it was placed.
    """

    frame: Frame | None = None
    placing: place.Placing | None = None
    points: tuple[place.Point, ...] = ()
    n_markers: int = 0
    why_not: str = ""


def picture(number: int) -> bytes:
    """Return the PNG of one marker with a white rim of a seventh of its side."""
    side = _CELLS * _CELL_PX
    drawn = cv2.aruco.generateImageMarker(_dictionary(), number, side)
    rim = round(side * RIM)
    framed = cv2.copyMakeBorder(drawn, rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=255)
    return bytes(cv2.imencode(".png", framed, [cv2.IMWRITE_PNG_COMPRESSION, 9])[1])


@cache
def _dictionary() -> Any:
    return cv2.aruco.getPredefinedDictionary(_DICTIONARY)


def find(grey: NDArray[np.uint8]) -> list[Seen]:
    """Return the markers in a picture, each number once.

    Looked for at full size, or at half of it where the picture is large; and at twice that where
    fewer than three were found.

    Args:
        grey: (y, x).
    """
    by_number: dict[int, list[Seen]] = defaultdict(list)
    scale = 1.0 if max(grey.shape) <= _LARGE_PX else 0.5
    for size in (scale, 2.0 * scale):
        for one in _found(grey, size):
            by_number[one.number].append(one)
        if len(by_number) >= _LEAST_MARKERS:
            break
    # A number at two places is a mistake at one of them.
    return [group[0] for _, group in sorted(by_number.items()) if _are_one(group)]


def _are_one(group: Sequence[Seen]) -> bool:
    size = float(np.ptp(group[0].corners[:, 0]))
    apart = max(float(np.abs(one.corners - group[0].corners).max()) for one in group)
    return apart < max(2.0, 0.05 * size)


def _found(grey: NDArray[np.uint8], scale: float) -> list[Seen]:
    scaled = grey
    if scale != 1.0:
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        scaled = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=how)
    corners, numbers, _ = _detector().detectMarkers(scaled)
    if numbers is None:
        return []
    found = []
    for number, quad in zip(numbers.ravel().tolist(), corners, strict=True):
        if number >= N_MARKERS:
            continue
        sharp = _sharpened(grey, (quad.reshape(4, 2).astype(np.float64) + 0.5) / scale - 0.5)
        if sharp is not None:
            found.append(Seen(number=int(number), corners=sharp))
    return found


@cache
def _detector() -> Any:
    wanted = cv2.aruco.DetectorParameters()
    wanted.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_NONE  # `_sharpened` does it
    wanted.adaptiveThreshWinSizeMin = 5
    wanted.adaptiveThreshWinSizeMax = 45
    wanted.adaptiveThreshWinSizeStep = 10
    wanted.minMarkerPerimeterRate = 0.012
    wanted.minMarkerDistanceRate = 0.01
    wanted.errorCorrectionRate = 0.5
    wanted.perspectiveRemovePixelPerCell = 8
    return cv2.aruco.ArucoDetector(_dictionary(), wanted)


def _sharpened(grey: NDArray[np.uint8], quad: Floats) -> Floats | None:
    """Return the corners where straight lines through the points of strongest edge meet.

    Every side is crossed in many places; a line is laid through the crossings, which a corner's
    own few pixels cannot outvote. The first look reaches far, the second is exact. None where a
    side is hidden.
    """
    for share in (0.9, 0.5):
        cell = float(np.hypot(*(quad[0] - quad[2]))) / _CELLS / np.sqrt(2)
        sides = [_edge(grey, quad[n], quad[(n + 1) % 4], share * cell) for n in range(4)]
        lines = [side for side in sides if side is not None]
        if len(lines) < 4:
            return None
        corners = np.array([np.cross(lines[n - 1], lines[n]) for n in range(4)])
        if (np.abs(corners[:, 2]) < 1e-9).any():
            return None
        sharp = corners[:, :2] / corners[:, 2:]
        if np.abs(sharp - quad).max() > 1.5 * cell:
            return None
        quad = sharp
    return quad


def _edge(grey: NDArray[np.uint8], start: Floats, end: Floats, reach: float) -> Floats | None:
    """Return the line (a, b, c) along one side of a marker; None where there is no clear edge."""
    along = end - start
    length = float(np.hypot(*along))
    if length < _LEAST_SIDE_PX:
        return None
    unit = along / length
    across = np.array([unit[1], -unit[0]])  # outwards: corners run clockwise with y down
    reach = max(reach, 1.0)
    at = np.linspace(0.1, 0.9, max(8, int(length)))[:, None] * along + start
    steps = np.arange(-reach, reach + 0.01, 0.25)
    places = at[:, None, :] + steps[None, :, None] * across
    values = cv2.remap(
        grey,
        places[..., 0].astype(np.float32),
        places[..., 1].astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    ).astype(np.float64)
    rise = np.maximum(np.diff(cv2.blur(values, (5, 1)), axis=1), 0)
    weight = rise.sum(axis=1)
    if np.median(weight) < 30:
        return None
    middle = (rise * (steps[:-1] + 0.125)).sum(axis=1) / np.maximum(weight, 1e-9)
    good = weight > 0.5 * np.median(weight)
    points = at[good] + middle[good, None] * across
    for _ in range(2):
        vx, vy, x, y = _line_through(points)
        off = np.abs((points[:, 0] - x) * vy - (points[:, 1] - y) * vx)
        points = points[off <= max(0.3, 2.5 * float(np.median(off)))]
        if len(points) < 6:
            return None
    return np.array([vy, -vx, y * vx - x * vy], dtype=np.float64)


def locate(seen: Sequence[Seen], plans: Sequence[Plan], size: tuple[int, int]) -> Found:
    """Return which frame of the plans the markers show, and where the picture lies.

    Args:
        seen: from `find`.
        plans: of the project.
        size: width and height of the picture.
    """
    if not seen:
        return Found(why_not="no corner markers found")
    if not plans:
        return Found(why_not="shows markers, but the project has no capture plan")
    tried = [_placed(seen, plan, number, size) for plan, number in _likely(seen, plans)]
    good = [one for one in tried if not one.why_not]
    if not good:
        few = f"only {len(seen)} corner marker{'s' * (len(seen) > 1)} of 4 found"
        return max(tried, key=lambda one: one.n_markers) if tried else Found(why_not=few)
    best = max(good, key=lambda one: one.n_markers)
    if best.n_markers < _LEAST_MARKERS:
        return _alone(best, good, seen, plans)
    rivals = [o for o in good if o.n_markers == best.n_markers and not _same(o, best)]
    if rivals:
        return Found(why_not="its markers fit two frames of different plans")
    return best


def _same(one: Found, other: Found) -> bool:
    """Say whether two ways to read the markers put the picture at the same place."""
    if one.placing is None or other.placing is None:
        return False
    apart = np.abs(np.asarray(one.placing.corners) - np.asarray(other.placing.corners))
    return bool(apart.max() < 1e-5)


def _likely(seen: Sequence[Seen], plans: Sequence[Plan]) -> list[tuple[Plan, int]]:
    """Return the frames, by plan and place in it, that the numbers speak for; the best few."""
    votes: list[tuple[int, Plan, int]] = []
    for plan in plans:
        codes = np.array([frame.code for frame in plan.frames], dtype=np.int64)
        shown = np.stack([f + codes % m for f, m in zip(FIRST, MODULI, strict=True)])
        own = np.isin(shown, [one.number for one in seen]).sum(axis=0)
        votes += [(int(own[n]), plan, int(n)) for n in np.flatnonzero(own >= 2)]
    votes.sort(key=lambda vote: -vote[0])
    return [(plan, n) for count, plan, n in votes[:8] if count >= votes[0][0] - 1]


def _placed(seen: Sequence[Seen], plan: Plan, number: int, size: tuple[int, int]) -> Found:
    """Return where the markers of one frame and its neighbours put the picture."""
    frame = plan.frames[number]
    near = plan.frames[max(0, number - _NEIGHBOURS) : number + _NEIGHBOURS + 1]
    by_number: dict[int, Marker] = {}
    for one in sorted(near, key=lambda each: -abs(each.code - frame.code)):
        by_number |= {marker.number: marker for marker in one.markers}
    pairs = [(one, by_number[one.number]) for one in seen if one.number in by_number]
    own = {marker.number for marker in frame.markers}
    if len(pairs) < _LEAST_MARKERS:
        few = f"only {len(pairs)} corner marker{'s' * (len(pairs) > 1)} of 4 found"
        if len(pairs) == 2 and all(one.number in own for one, _ in pairs):
            return _by_two(frame, pairs, size)
        return Found(frame=frame, n_markers=len(pairs), why_not=few)
    pairs, placing = _agreed(pairs, size)
    if placing is None:
        return Found(frame=frame, n_markers=len(pairs), why_not="its markers contradict each other")
    if not _is_spread(pairs):
        return _by_two(frame, pairs, size)
    placing = _if_uneven(placing, pairs, size)
    points = tuple(_points(pairs))
    return Found(frame=frame, placing=placing, points=points, n_markers=len(pairs))


def _by_two(frame: Frame, pairs: Sequence[tuple[Seen, Marker]], size: tuple[int, int]) -> Found:
    """Return where markers in one row put a picture: a camera hardly tilted, or nothing.

    Across the row they tell little of the tilt. What that may shift the far side by is the error.
    """
    at, ground, origin = _plane_of(pairs)
    found = Found(frame=frame, n_markers=len(pairs))
    try:
        view = camera.seen(at, ground, size, usual_tilt_deg=_USUAL_TILT_DEG)
    except ValueError:
        return replace(found, why_not="its markers contradict each other")
    if view.rmse_px > _PAIR_RMSE_PX or view.most_px > _PAIR_MOST_PX:
        return replace(found, why_not="its markers contradict each other")
    if view.tilt_deg > _PAIR_TILT_DEG:
        return replace(found, why_not="only markers in one row found, and the view is tilted")
    points = tuple(_net(view.matrix, origin, size))
    try:
        placing = place.fit(points, size, model="homography")
    except ValueError:
        return replace(found, why_not="its markers contradict each other")
    why = placing.looking_only
    if view.error_m > _MOST_GUESS_M:
        why = (
            f"placed by {len(pairs)} markers in one row, which leaves {view.error_m:.1f} m open "
            f"(limit {_MOST_GUESS_M:g} m). Usable for looking, not for measuring"
        )
    placing = replace(
        placing,
        rmse_m=view.error_m,
        rmse_px=view.error_m / placing.gsd_m,
        tilt_deg=view.tilt_deg,
        looking_only=why,
    )
    return replace(found, placing=placing, points=points)


def _if_uneven(
    placing: place.Placing, pairs: Sequence[tuple[Seen, Marker]], size: tuple[int, int]
) -> place.Placing:
    """Return the placing with the error of ground that is not flat, where its markers show that."""
    if placing.tilt_deg > 2 * place.TILT_LIMIT_DEG:
        return placing  # for looking only anyway; bars and crops then shift the lens too
    at, ground, _ = _plane_of(pairs)
    try:
        off_px = camera.seen(at, ground, size, usual_tilt_deg=_WIDE_TILT_DEG).rmse_px
    except ValueError:
        off_px = _MOST_OFF_PX
    off_m = _UNEVEN_TIMES * off_px * placing.gsd_m
    if off_px <= _UNEVEN_PX:
        return placing
    why = placing.looking_only
    if off_m > _MOST_UNEVEN_M:
        why = (
            f"its markers do not lie on flat ground (off by some {off_m:.1f} m): was Terrain on? "
            "Usable for looking, not for measuring"
        )
    return replace(placing, rmse_m=max(placing.rmse_m, off_m), looking_only=why)


def _plane_of(
    pairs: Sequence[tuple[Seen, Marker]],
) -> tuple[Floats, Floats, tuple[float, float]]:
    """Return corners in the picture, the same in metres of a plane, and its origin."""
    points = np.array(_points(pairs))
    lon, lat = (float(value) for value in points[:, 2:].mean(axis=0))
    return points[:, :2], place.to_plane(points[:, 2:], (lon, lat)), (lon, lat)


def _net(matrix: Floats, origin: tuple[float, float], size: tuple[int, int]) -> list[place.Point]:
    """Return points all over the picture that stand for a view."""
    columns, rows = np.meshgrid(
        *(np.linspace(0, n - 1, k) for n, k in zip(size, _NET, strict=True))
    )
    columns, rows = columns.ravel(), rows.ravel()
    lon, lat = place.from_plane(np.column_stack(place.applied(matrix, columns, rows)), origin)
    return [
        (float(c), float(r), float(x), float(y))
        for c, r, x, y in zip(columns, rows, lon, lat, strict=True)
    ]


def _alone(
    best: Found, good: Sequence[Found], seen: Sequence[Seen], plans: Sequence[Plan]
) -> Found:
    """Return what two markers say if nothing else in the picture or the plans speaks against it."""
    if best.frame is None or best.placing is None:
        return best
    if len(seen) > best.n_markers:
        return replace(best, placing=None, points=(), why_not="its markers contradict each other")
    if any(other is not best and not _same(other, best) for other in good):
        return replace(best, placing=None, points=(), why_not="its markers fit two frames")
    if chance_of(best.frame, [one.number for one in seen], plans) > MOST_CHANCE:
        few = "only 2 corner markers of 4 found, which is too few among so many frames"
        return replace(best, placing=None, points=(), why_not=few)
    return best


def chance_of(frame: Frame, numbers: Sequence[int], plans: Sequence[Plan]) -> float:
    """Return how often two markers of an unknown plan would be taken for a frame of these plans.

    Two numbers of such a picture are as good as drawn by lot, and each pair of corners has as many
    draws as the product of their moduli. Only frames that lie like this one would also agree with
    where the markers stand: of the same size, and turned the same way.
    """
    like = 0
    for plan in plans:
        for one in plan.frames:
            turn = (one.heading_deg - frame.heading_deg + 180) % 360 - 180
            is_sized = abs(one.width_m / one.marker_m - frame.width_m / frame.marker_m) < 0.3
            like += abs(turn) < _LIKE_DEG and is_sized
    sizes = [
        size for size, one in zip(MODULI, frame.markers, strict=True) if one.number in set(numbers)
    ]
    return like / math.prod(sizes[:2])


def _agreed(
    pairs: list[tuple[Seen, Marker]], size: tuple[int, int]
) -> tuple[list[tuple[Seen, Marker]], place.Placing | None]:
    """Return the markers that agree on one view of flat ground, and that view.

    As long as they do not, the one without which the others agree best is left out.
    """
    while True:
        placing = _fitted(pairs, size)
        if placing is not None and placing.rmse_px <= _MOST_RMSE_PX:
            off = np.array(placing.residuals_px).reshape(-1, 4).max(axis=1)
            if off.max() <= _MOST_OFF_PX:
                return pairs, placing
        if len(pairs) <= _LEAST_MARKERS:
            return pairs, None
        ways = [pairs[:n] + pairs[n + 1 :] for n in range(len(pairs))]
        fits = [_fitted(way, size) for way in ways]
        errors = [np.inf if fit is None else fit.rmse_px for fit in fits]
        pairs = ways[int(np.argmin(errors))]


def _fitted(pairs: Sequence[tuple[Seen, Marker]], size: tuple[int, int]) -> place.Placing | None:
    try:
        return place.fit(_points(pairs), size, model="homography")
    except ValueError:
        return None


def _points(pairs: Sequence[tuple[Seen, Marker]]) -> list[place.Point]:
    return [
        (float(x), float(y), lon, lat)
        for one, marker in pairs
        for (x, y), (lon, lat) in zip(one.corners, marker.corners, strict=True)
    ]


def _is_spread(pairs: Sequence[tuple[Seen, Marker]]) -> bool:
    middles = np.array([one.corners.mean(axis=0) for one, _ in pairs])
    across = np.linalg.svd(middles - middles.mean(axis=0), compute_uv=False)
    return bool(across[-1] > _LEAST_SPREAD * across[0] * 0.5)


def _line_through(points: Floats) -> tuple[float, float, float, float]:
    """Return direction and a place of the line that fits points best (Huber)."""
    vx, vy, x, y = (
        cv2.fitLine(points.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01).ravel().tolist()
    )
    return vx, vy, x, y
