"""What many candidates share: which pair of images shows each, and where each lies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from vallum.frontier import Frontier
from vallum.ground.records import Candidate, Comparison, Fit, Look, Scene
from vallum.ground.span import Span


@dataclass(frozen=True, kw_only=True)
class Pair:
    """The images that are compared at one place, and how they were aligned."""

    comparison: Comparison
    before: Scene
    after: Scene
    before_look: Look
    fit: Fit | None


@dataclass(frozen=True, kw_only=True)
class Where:
    """Where a thing is, ready to be shown."""

    at_m: int
    off_m: float
    lon: float
    lat: float
    bearing_deg: float


def paired(
    comparisons: Mapping[str, Comparison],
    looks: Mapping[str, Look],
    scenes: Mapping[str, Scene],
    fits: Mapping[str, Fit],
) -> list[tuple[Span, Pair]]:
    """Return every stretch that is compared, with the images of its pair, along the line."""
    found = []
    for comparison in comparisons.values():
        before, after = looks.get(comparison.before), looks.get(comparison.after)
        if comparison.blocked_by or before is None or after is None:
            continue
        one, other = scenes.get(before.scene), scenes.get(after.scene)
        if one is None or other is None or one.set_aside or other.set_aside:
            continue
        pair = Pair(
            comparison=comparison,
            before=one,
            after=other,
            before_look=before,
            fit=fits.get(comparison.fit),
        )
        found += [(part, pair) for part in comparison.seen]
    return sorted(found, key=lambda each: (each[0], each[1].comparison.slot))


def shown_by(
    rows: Sequence[Candidate],
    pairs: Sequence[tuple[Span, Pair]],
    over: Callable[[Candidate], Pair | None],
) -> dict[str, Pair]:
    """Return the pair that shows at least half of each candidate, by its id.

    Args:
        rows: candidates.
        pairs: stretches along the line, with their pairs.
        over: says it of one candidate; asked only where stretches meet.
    """
    starts_m = np.array([span.start_m for span, _ in pairs], np.int64)
    ends_m = np.array([span.end_m for span, _ in pairs], np.int64)
    if not len(pairs) or (ends_m[:-1] > starts_m[1:]).any():
        asked = ((row.id, over(row)) for row in rows)
        return {name: pair for name, pair in asked if pair is not None}
    first = np.searchsorted(ends_m, [row.span.start_m for row in rows], side="right").tolist()
    beyond = np.searchsorted(starts_m, [row.span.end_m for row in rows], side="left").tolist()
    found: dict[str, Pair] = {}
    for row, index, end in zip(rows, first, beyond, strict=True):
        if end - index == 1:
            (part, pair), span = pairs[index], row.span
            both_m = min(part.end_m, span.end_m) - max(part.start_m, span.start_m)
            if 2 * both_m >= span.length_m:
                found[row.id] = pair
        elif end > index and (one := over(row)) is not None:
            found[row.id] = one
    return found


def lying(rows: Sequence[Candidate], frontier: Frontier) -> dict[str, Where]:
    """Return where each candidate is, by its id."""
    if not rows:
        return {}
    shapes = np.array([row.shape for row in rows], dtype=object)
    middles = shapely.centroid(shapes)
    is_line = shapely.get_type_id(shapes) == 1
    middles[is_line] = shapely.line_interpolate_point(shapes[is_line], 0.5, normalized=True)
    lon, lat = shapely.get_x(middles), shapely.get_y(middles)
    at_m, _ = frontier.locate_many(lon, lat)
    bearings = map_bearing(frontier.bearings_at(at_m))
    return {
        row.id: Where(
            at_m=min(max(int(at), row.span.start_m), row.span.end_m - 1),
            off_m=row.off_m,
            lon=float(x),
            lat=float(y),
            bearing_deg=float(bearing),
        )
        for row, at, x, y, bearing in zip(rows, at_m, lon, lat, bearings, strict=True)
    }


def map_bearing(azimuth_deg: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how a map is turned so that the border runs from left to right."""
    return (azimuth_deg - 90.0) % 360.0
