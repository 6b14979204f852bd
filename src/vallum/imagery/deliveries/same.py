"""The same acquisition twice: delivered again, processed again, or packed in another way.

Two images are one when they were taken by the same satellite at the same moment, show the same
bands at the same size and the same ground; or when their pixels are the same number for number.
Only one of them may count: two copies of one view are no second look at the ground.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from vallum.ground.errors import BadImage
from vallum.ground.records import Scene
from vallum.imagery import rewrite, view

MOMENT_S = 5.0
"""Two deliveries of one acquisition may state its first line or its middle."""
_SIZES = 1.5
_WITHIN = 0.98
_WITHIN_RAW = 0.8


@dataclass(frozen=True, kw_only=True)
class Twin:
    """Another image that is the same acquisition.

    Attributes:
        scene: the other image.
        why: what they share, in words.
        is_better: the other image is the one that counts.
    """

    scene: Scene
    why: str
    is_better: bool


def twin(
    new: Scene, known: Iterable[Scene], path_of: Callable[[Scene], Path | None]
) -> Twin | None:
    """Return an image that is the same acquisition as `new`, or None.

    What shows more ground counts; between equals the one that was there first. What may be
    measured on counts before what is for looking only.

    Args:
        new: the image that came in.
        known: images of the project; those that are repeats themselves are passed over.
        path_of: where the working copy of an image is.
    """
    for other in known:
        if other.id == new.id or other.repeats or not (other.has_pixels and new.has_pixels):
            continue
        if other.part_of != new.part_of or bool(other.set_aside):
            continue
        why = _same_moment(new, other) or _same_pixels(new, other, path_of)
        if why:
            return Twin(scene=other, why=why, is_better=_is_better(other, new))
    return None


def _same_moment(new: Scene, other: Scene) -> str:
    if new.taken_at is None or other.taken_at is None:
        return ""
    if abs((new.taken_at - other.taken_at).total_seconds()) > MOMENT_S:
        return ""
    if not _plain(new.sensor) or _plain(new.sensor) != _plain(other.sensor):
        return ""
    if max(new.gsd_m, other.gsd_m) > _SIZES * min(new.gsd_m, other.gsd_m):
        return ""
    if new.n_bands != other.n_bands or sorted(new.bands) != sorted(other.bands):
        return ""
    is_raw = bool(new.looking_only or other.looking_only)
    # One that adds ground of its own counts beside the other: nothing is lost.
    common = shapely.intersection(new.footprint, other.footprint).area
    least = min(new.footprint.area, other.footprint.area)
    if not least or common < (_WITHIN_RAW if is_raw else _WITHIN) * least:
        return ""
    return f"{new.sensor}, {new.taken_at:%Y-%m-%d %H:%M:%S} UTC"


def _plain(sensor: str) -> str:
    """Return the platform alone: deliveries differ in whether they name the instrument."""
    words = re.findall(r"[a-z]+|\d+", sensor.lower())
    return "".join(word for word in words if word not in {"msi", "oli", "tirs", "psb", "sd"})


def _is_better(other: Scene, new: Scene) -> bool:
    if bool(other.looking_only) != bool(new.looking_only):
        return not other.looking_only
    return bool(other.footprint.area >= new.footprint.area * 0.99)


def _same_pixels(new: Scene, other: Scene, path_of: Callable[[Scene], Path | None]) -> str:
    """Say whether two working copies hold the same numbers; the first difference ends it."""
    if (new.n_bands, new.dtype, new.crs) != (other.n_bands, other.dtype, other.crs):
        return ""
    apart = np.abs(np.subtract(new.footprint.bounds, other.footprint.bounds)).max()
    if apart > 1e-4 or (new.is_simulated and new.taken != other.taken):
        return ""  # a made-up border may well be unchanged between two dates
    mine, theirs = path_of(new), path_of(other)
    if mine is None or theirs is None or mine == theirs:
        return ""
    try:
        with view.opened(mine) as one, view.opened(theirs) as two:
            if one.shape != two.shape or not one.transform.almost_equals(two.transform, 1e-9):
                return ""
            for window in rewrite.windows(*one.shape):
                if not np.array_equal(one.read(window=window), two.read(window=window)):
                    return ""
    except BadImage:
        return ""
    return "the same pixels"
