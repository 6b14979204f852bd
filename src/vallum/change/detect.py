"""Suggest what was built, upgraded or removed between two images on one grid.

A first, classical detector: no training data, no network. The seam is `detect`: arrays and a grid
in, `Found` out; what lies behind it can be replaced.
"""

from __future__ import annotations

from itertools import groupby

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from shapely.geometry import LineString, Point

from vallum.change import evidence, judge, lines, posts, profile
from vallum.change.found import Found, Settings
from vallum.ground.errors import GridMismatch
from vallum.ground.kinds import Change, Kind

__all__ = ["Found", "Settings", "detect"]

_LEAST_PX = 24
_LEAST_EVIDENCE = 2.0
_ON_LINE_COST = 4.0

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


def detect(
    before: NDArray[np.generic],
    after: NDArray[np.generic],
    clear: Bools,
    grid: GeoBox,
    settings: Settings | None = None,
) -> list[Found]:
    """Return suggestions of change, surest first: lines, then points.

    The two images must already lie on each other to about a pixel. Their brightness need not
    match: every date is judged by its own local contrast. Nothing is suggested where `clear` is
    False, nor within a few pixels of it or of the edge of the grid, because a line needs both its
    sides; give tiles an overlap of 64 px and join them with `stitch`.

    Args:
        before: (band, y, x), any numeric type; the first three bands are averaged.
        after: (band, y, x) of the later date; the number of bands may differ.
        clear: (y, x) bool, True = usable in both dates.
        grid: north-up grid in a projected CRS in metres, square pixels.
        settings: thresholds; the defaults if left out.

    Returns:
        Found with shapes in the CRS of the grid.

    Raises:
        GridMismatch: the arrays and the grid do not have one height and width, or the grid is not
            in metres.
    """
    settings = settings or Settings()
    gsd_m = _checked(before, after, clear, grid)
    first, second = evidence.brightness(before), evidence.brightness(after)
    usable = clear & ~_empty(before) & ~_empty(after)
    if not usable.any():
        return []
    judged = judged_lines(first, second, usable, gsd_m, settings)
    found = _as_found(judge.without_doubles(judged, gsd_m), grid, gsd_m)
    if settings.finds_posts:
        points = _posts(first, second, usable, grid, gsd_m, settings)
        found += _off_lines(points, found, settings.post_threshold)
    return found


def _checked(
    before: NDArray[np.generic], after: NDArray[np.generic], clear: Bools, grid: GeoBox
) -> float:
    """Return the pixel size in metres."""
    shape = tuple(grid.shape)
    if not before.shape[1:] == after.shape[1:] == clear.shape == shape:
        raise GridMismatch(
            f"detect: before {before.shape}, after {after.shape}, clear {clear.shape} and the grid "
            f"{shape} differ; read all of them on one grid"
        )
    if grid.crs is None or not grid.crs.projected:
        raise GridMismatch("detect: the grid is not in metres; use the UTM zone of the section")
    return float(abs(grid.resolution.x))


def _empty(image: NDArray[np.generic]) -> Bools:
    """Return where an image holds nothing: solid areas of 0 in all bands, not dark pixels."""
    nothing = (~image.any(axis=0)).astype(np.uint8)
    return np.asarray(cv2.morphologyEx(nothing, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)) > 0)


def judged_lines(
    before: Floats, after: Floats, clear: Bools, gsd_m: float, settings: Settings
) -> list[judge.Judged]:
    """Return every track over the threshold, doubles included (for the fit of the weights).

    Args:
        before: (y, x) brightness of the earlier date.
        after: the same of the later date.
        clear: (y, x) bool, True = usable in both.
        gsd_m: pixel size.
        settings: thresholds.
    """
    octaves = evidence.n_octaves(gsd_m, settings.widest_m)
    shortest_px = max(settings.min_length_m / gsd_m, _LEAST_PX)
    every = evidence.layers(
        before, after, clear, octaves=octaves, tolerance_px=settings.tolerance_px
    )
    images, at = (before, after), 1
    pyramid: dict[int, tuple[Floats, Floats]] = {}
    tracks: list[lines.Track] = []
    for step, group in groupby(every, key=lambda layer: layer.step):
        while at < step:
            images = (_halved(images[0]), _halved(images[1]))
            at *= 2
        pyramid[step] = images
        for layer in group:
            found = lines.trace(layer, bridge_px=settings.bridge_m / gsd_m, shortest_px=shortest_px)
            tracks += [track.without_map() for track in found if track.score >= _LEAST_EVIDENCE]
    return _judged(tracks, pyramid, gsd_m, settings)


def _halved(image: Floats) -> Floats:
    rows, columns = image.shape[0] // 2, image.shape[1] // 2
    return np.asarray(
        cv2.resize(image[: rows * 2, : columns * 2], (columns, rows), interpolation=cv2.INTER_AREA)
    )


def usual_deviation(image: Floats) -> float:
    """Return the usual distance of a pixel from the mean around it, in units of brightness."""
    part = np.abs(image - cv2.blur(image, (41, 41)))
    return 1.25 * float(np.median(part[:: max(1, len(part) // 256)]))


def _judged(
    tracks: list[lines.Track],
    pyramid: dict[int, tuple[Floats, Floats]],
    gsd_m: float,
    settings: Settings,
) -> list[judge.Judged]:
    """Return the tracks that changed and reach the threshold."""
    if not tracks:
        return []
    noise = {step: [usual_deviation(image) for image in pair] for step, pair in pyramid.items()}
    shown = []
    for track, support in zip(tracks, judge.support_of(tracks, gsd_m), strict=True):
        most = judge.score_of(judge.measures(track, None, float(support)))
        if most < settings.line_threshold:
            continue
        step, here = track.layer.step, int(track.layer.is_new)
        cut, measured = profile.measure(
            track,
            pyramid[step][here],
            pyramid[step][1 - here],
            noise[step][here],
            noise[step][1 - here],
        )
        measures = judge.measures(track, measured, float(support))
        score = judge.score_of(measures)
        long_enough = cut.length_px * gsd_m >= settings.min_length_m
        if score >= settings.line_threshold and long_enough:
            shown.append((cut, measured, measures, score))
    kept = [measured.growth for cut, measured, _, _ in shown if cut.layer.is_kept]
    usual_growth = float(np.median([*kept, 1.0, 1.0, 1.0]))
    judged = []
    for cut, measured, measures, score in shown:
        change = judge.change_of(cut, measured, settings.upgrade_ratio, usual_growth)
        if change is not None:
            judged.append(
                judge.Judged(
                    track=cut, profile=measured, measures=measures, score=score, change=change
                )
            )
    return judged


def _as_found(kept: list[judge.Judged], grid: GeoBox, gsd_m: float) -> list[Found]:
    """Return the lines as Found; two narrow lines side by side become one double fence."""
    pairs = {i: (j, apart_m) for i, j, apart_m in judge.pairs_of(kept, gsd_m)}
    second = {j for j, _ in pairs.values()}
    found = []
    for number, one in enumerate(kept):
        if number in second:
            continue
        kind, width_m = judge.kind_of(one, gsd_m)
        if number in pairs:
            kind, width_m = Kind.DOUBLE_FENCE, pairs[number][1] + min(width_m, 3.0)
        shape = LineString(one.track.points).simplify(0.7)
        shape = LineString([grid.affine * (x + 0.5, y + 0.5) for x, y in shape.coords])
        found.append(
            Found(
                category=kind,
                change=one.change,
                score=one.score,
                shape=shape,
                length_m=float(shape.length),
                width_m=float(width_m),
            )
        )
    return found


def _posts(
    before: Floats, after: Floats, clear: Bools, grid: GeoBox, gsd_m: float, settings: Settings
) -> list[Found]:
    """Return the points, surest first."""
    spots = posts.spots(
        before,
        after,
        clear,
        gsd_m=gsd_m,
        tolerance_px=settings.tolerance_px,
        threshold=settings.post_threshold,
    )
    return [
        Found(
            category=_point_kind(spot),
            change=Change.NEW if spot.is_new else Change.REMOVED,
            score=spot.score,
            shape=Point(grid.affine * (spot.x + 0.5, spot.y + 0.5)),
            length_m=spot.size_m,
            width_m=spot.size_m,
        )
        for spot in spots
    ]


def _off_lines(points: list[Found], lines_found: list[Found], threshold: float) -> list[Found]:
    """Return the points less those that are the grain of a line: there they must be far surer."""
    if not (points and lines_found):
        return points
    area = shapely.union_all([one.shape.buffer(2 + one.width_m / 2) for one in lines_found])
    on_line = shapely.intersects(area, np.array([one.shape for one in points]))
    return [
        one
        for one, on in zip(points, on_line, strict=True)
        if not on or one.score >= threshold + _ON_LINE_COST
    ]


def _point_kind(spot: posts.Spot) -> Kind:
    """Return the kind that size and shadow suggest: towers are small and throw long shadows."""
    if spot.size_m > 6:
        return Kind.BUILDING
    return Kind.WATCHTOWER if spot.size_m < 3 and spot.shadow > 2 else Kind.GUARD_POST
