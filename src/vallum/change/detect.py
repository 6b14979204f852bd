"""Suggest what was built, upgraded or removed between two images on one grid.

The seam is `detect`: arrays and a grid in, `Found` out. Behind it `gather` reads the pixels (a
small network, and classical evidence for lines), `lines` draws tracks, `judge` scores them, `posts`
finds small things, and `candidates` says what an analyst needs to know of each.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from vallum.change import candidates, judge, lines, posts, profile
from vallum.change.found import Found, Settings
from vallum.change.gather import Evidence, gather, padded
from vallum.ground.errors import GridMismatch

__all__ = ["Found", "Settings", "detect"]

_LEAST_PX = 20
_LEAST_EVIDENCE = 0.7
_MARGIN = 0.5  # by how much settling and measuring may raise the score of a track

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
    usable = clear & ~_empty(before) & ~_empty(after)
    if not usable.any():
        return []
    seen = gather(*padded(before, after, usable), gsd_m, settings)
    judged = judge.without_doubles(judged_lines(seen, gsd_m, settings), gsd_m)
    spots = []
    if settings.finds_posts:
        spots = posts.spots(seen.logits, seen.bright, seen.solid, gsd_m, settings.post_threshold)
    return candidates.described(judged, spots, seen, grid)


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
    if image.dtype in (np.uint8, np.uint16):
        most = image[0]
        for band in image[1:]:
            most = cv2.max(most, band)
        nothing = cv2.compare(most, 0, cv2.CMP_EQ)
    else:
        nothing = (~image.any(axis=0)).astype(np.uint8)
    if not cv2.hasNonZero(nothing):
        return np.zeros(nothing.shape, bool)
    return np.asarray(cv2.morphologyEx(nothing, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)) > 0)


def judged_lines(seen: Evidence, gsd_m: float, settings: Settings) -> list[judge.Judged]:
    """Return every track over the threshold, doubles included (for the fit of the weights)."""
    shortest_px = max(settings.min_length_m / gsd_m, _LEAST_PX)
    least = settings.line_threshold - _MARGIN
    tracks: list[lines.Track] = []
    for layer in seen.layers:
        drawn = lines.trace(
            layer,
            bridge_px=settings.bridge_m / gsd_m,
            shortest_px=shortest_px,
            least_score=_LEAST_EVIDENCE,
        )
        tracks += map(profile.settled, judge.hopeful(drawn, gsd_m, least))
    return _judged(tracks, seen.bright, gsd_m, settings)


def usual_deviation(image: Floats) -> float:
    """Return the usual distance of a pixel from the mean around it, in units of brightness."""
    rows = slice(None, None, max(1, len(image) // 256))
    return 1.25 * profile.median(np.abs(image[rows] - cv2.blur(image, (41, 41))[rows]).ravel())


def _judged(
    tracks: list[lines.Track],
    pair: tuple[Floats, Floats],
    gsd_m: float,
    settings: Settings,
) -> list[judge.Judged]:
    """Return the tracks that changed and reach the threshold."""
    both = [(track, judge.measures(track, gsd_m)) for track in tracks]
    worth = [one for one in both if judge.best_of(one[1]) >= settings.line_threshold]
    if not worth:
        return []
    noise = [usual_deviation(image) for image in pair]
    judged = []
    for track, known in worth:
        here = int(track.layer.is_new)
        cut, measured = profile.measure(
            track, pair[here], pair[1 - here], noise[here], noise[1 - here]
        )
        measures = judge.with_profile(known, measured)
        score = judge.score_of(measures)
        if score < settings.line_threshold or cut.length_px * gsd_m < settings.min_length_m:
            continue
        change = judge.change_of(cut, measured, settings.upgrade_ratio)
        if change is not None:
            judged.append(
                judge.Judged(
                    track=cut, profile=measured, measures=measures, score=score, change=change
                )
            )
    return judged
