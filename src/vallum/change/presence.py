"""Whether a known thing stands in another image: absent, present, or not observable.

The path is known, so far less contrast is needed than to find it: a strip along it is straightened,
the mean profile across it is taken per 16 samples, and matched with the profile of the date on
which the thing was accepted (what it added to the ground, not the ground itself), of either
polarity, each piece up to 3 samples aside but steadily so. How the ground usually looks,
and what of it stood on the date without the thing, is weighed down (a linear discriminant, Fisher
1936, with the ground of that date as a covariate). The same is done on parallel paths beside it in
the same image: what they reach is the level of chance there, whatever the texture. Then the
accepted profile, weakened, is laid on those parallel paths: where it would not have been noticed,
the method could not have seen it, and it says so; it never says "absent" then.

For posts the same with the picture of the post, against all places around it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from shapely.geometry import LineString, Point

from vallum.change import along, around, limits
from vallum.change.odds import Odds
from vallum.change.straight import Strip, straighten
from vallum.ground.kinds import Kind, Seen

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

# Set on the dev half of `benchmarks/detection/presence.py`, for about 3 wrong answers in 100.
THRESHOLDS = (3.0, 4.0)  # of a line, in spreads of the parallel paths; the other polarity more
POINT_SHARES = (0.005, 0.001)  # of the places around a post that may reach as much
FADED = (0.6, 0.5)  # the accepted contrast may have become this weak: lines, points
POWER = (0.8, 0.9)  # share of the other places on which it must then be noticed: lines, points
_LEAST_SEEN = 0.5
_UNSEEABLE = 0.2  # blind search surely finds less than this share: too coarse


@dataclass(frozen=True, kw_only=True)
class Presence:
    """What one image says of one thing.

    Attributes:
        state: absent, present or not observable.
        snr: how far it stands out of the places beside it, in their spread; NaN if not measured.
        share_seen: share of the path that is clear.
        reason: why it was not observable; empty otherwise.
    """

    state: Seen
    snr: float
    share_seen: float
    reason: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Example:
    """What a thing looked like on the date on which it was accepted.

    Attributes:
        profile: what it added to the ground, in units of brightness: (across,) samples of a line,
            (row, column) of a point.
        ground: the strip on the date without it; None where no such date was given.
    """

    profile: Floats
    ground: Strip | None


def presence(
    image: NDArray[np.generic],
    clear: Bools,
    grid: GeoBox,
    shape: LineString | Point,
    category: Kind,
    width_m: float,
    *,
    example: Example | None = None,
) -> Presence:
    """Return whether a thing stands in an image: absent, present, or not observable.

    Args:
        image: (band, y, x), aligned with the image in which the path was drawn to within 3 px, and
            its brightness matched to that of the example.
        clear: (y, x) bool, True = usable.
        grid: of both; it should reach `straight.reach_m` around the path.
        shape: the path or place, in the CRS of the grid.
        category: what it is.
        width_m: its width.
        example: what it looked like when it was accepted, on a grid of the same pixel size;
            without it the answer can be "present" but never "absent".
    """
    strip = straighten(image, clear, grid, shape, width_m)
    return judged(strip, category, width_m, example, is_point=isinstance(shape, Point))


def example_of(
    strip: Strip, without: Strip | None = None, *, is_point: bool = False
) -> Example | None:
    """Return what a thing looks like on one date, less the ground of a date without it.

    Args:
        strip: along the thing on the date on which it was accepted, from `straighten`.
        without: the same path on a date on which it did not stand (or, for an upgrade, as it was),
            of matched brightness.
        is_point: the strip is the square around a point.

    Returns:
        Example, or None where under half of either strip is clear.
    """
    dates = [one for one in (strip, without) if one is not None]
    if any(share_seen(one, is_point=is_point) < _LEAST_SEEN for one in dates):
        return None
    if is_point:
        return Example(profile=around.added(strip, without), ground=without)
    profile = along.mean_profile(strip)
    if without is not None:
        profile = profile - along.mean_profile(without)
    return Example(profile=profile, ground=without)


def judged(
    strip: Strip,
    category: Kind,
    width_m: float,
    example: Example | None,
    *,
    is_point: bool = False,
) -> Presence:
    """Return the same as `presence`, from a strip (see `straight.joined` for long paths)."""
    share = share_seen(strip, is_point=is_point)
    if share < _LEAST_SEEN:
        return _unseen(f"only {share:.0%} of it is clear", share)
    if not limits.could_be_seen(category, strip.gsd_m, width_m=width_m, level=_UNSEEABLE):
        return _unseen(f"{strip.gsd_m:g} m is too coarse for a {category.label}", share)
    if example is None:
        picture = around.usual_picture(strip) if is_point else along.usual_profile(strip)
        example, is_known = Example(profile=picture, ground=None), False
    else:
        is_known = True
    if not _fits(example, strip, is_point=is_point):
        return _unseen("the accepted image has another pixel size", share)
    found = (
        around.odds(strip, example.profile, example.ground, faded=FADED[1], shares=POINT_SHARES)
        if is_point
        else along.odds(
            strip, example.profile, example.ground, faded=FADED[0], thresholds=THRESHOLDS
        )
    )
    if found is None:
        return _unseen("too little clear ground beside it", share)
    return _decided(*found, share, is_known=is_known, power=POWER[is_point])


def share_seen(strip: Strip, *, is_point: bool = False) -> float:
    """Return the share of the thing and the ground right beside it that is clear."""
    middle, half = strip.values.shape[1] // 2, along.half_of(strip)
    near = slice(middle - half, middle + half + 1)
    part = strip.clear[near, near] if is_point else strip.clear[:, near]
    return float(part.mean())


def _fits(example: Example, strip: Strip, *, is_point: bool) -> bool:
    size = 2 * along.half_of(strip) + 1
    shape = (size, size) if is_point else (size,)
    same_ground = example.ground is None or example.ground.values.shape == strip.values.shape
    return example.profile.shape == shape and same_ground


def _decided(
    same: Odds, other: Odds | None, share: float, *, is_known: bool, power: float
) -> Presence:
    """Return the answer, from the polarity of the example and, where it may be, the other."""
    snr = same.snr
    if other is not None and other.stands and not same.stands:
        snr = other.snr
    if same.stands or (other is not None and other.stands):
        return Presence(state=Seen.PRESENT, snr=snr, share_seen=share)
    if not is_known:
        return _unseen("no accepted image to compare with: absence cannot be told", share, snr)
    if same.power < power:
        return _unseen(
            "the ground beside it varies so much that the accepted contrast would not stand out",
            share,
            snr,
        )
    return Presence(state=Seen.ABSENT, snr=snr, share_seen=share)


def _unseen(reason: str, share: float, snr: float = float("nan")) -> Presence:
    return Presence(state=Seen.NOT_OBSERVABLE, snr=snr, share_seen=share, reason=reason)
