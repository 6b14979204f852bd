"""The same brush as `paint.py`, but it paints as `vallum.simulate` does.

For a second table beside the main one: how much better the detector is at the brush of its own
house tells how far it learned a look instead of barriers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely

from vallum.ground.kinds import Kind
from vallum.simulate import barriers
from vallum.simulate.season import Sun


@dataclass(frozen=True, kw_only=True)
class Look:
    """A look of the house with its kind."""

    kind: str
    looks: barriers.Look

    @property
    def width_m(self):
        """Metres from one side to the other, both rows of a double fence included."""
        return self.looks.width_m + self.looks.gap_m

    def weaker(self, share):
        """Return the look with its covers times `share`."""
        return Look(kind=self.kind, looks=_covered(self.looks, share))


def _covered(looks, share):
    return replace(
        looks,
        cover=min(1.0, looks.cover * share),
        shade=min(0.9, looks.shade * share),
        strip_cover=min(1.0, looks.strip_cover * share),
    )


def look(rng, kind, contrast):
    """Return the usual look of a kind, its widths varied by a third, its covers by `contrast`."""
    usual = barriers.LOOKS[Kind(kind)]
    if kind == "patrol_road" and rng.random() < 0.35:
        usual = barriers.TRACK
    factor = rng.uniform(0.7, 1.35)
    usual = replace(usual, width_m=usual.width_m * factor, gap_m=usual.gap_m * factor)
    return Look(kind=kind, looks=_covered(usual, contrast))


def _sun(light, gsd_m):
    x, y = light.shadow * gsd_m
    return Sun(
        azimuth_deg=float(np.degrees(np.arctan2(-x, y))) % 360,
        elevation_deg=float(np.degrees(np.arctan2(1, np.hypot(x, y)))),
    )


def _paint(rng, image, shape, kind, looks, light, gsd_m):
    bytes_ = np.clip(np.rint(image), 1, 255).astype(np.uint8)
    painted = barriers.paint(bytes_, shape, kind, looks, _sun(light, gsd_m), rng, gsd_m=gsd_m)
    changed = painted != bytes_
    image[changed] = painted[changed]


def lay(rng, image, points, chosen, light, gsd_m):
    """Paint a look along a course onto the (band, y, x) float32 image, in place."""
    shape = shapely.LineString(np.asarray(points) + 0.5)
    _paint(rng, image, shape, Kind(chosen.kind), chosen.looks, light, gsd_m)


def post(rng, image, centre, heading, contrast, light, gsd_m):
    """Paint one guard post, in place; returns its side in metres."""
    del heading  # the house turns its posts itself
    usual = barriers.LOOKS[Kind.GUARD_POST]
    usual = replace(usual, width_m=usual.width_m * rng.uniform(0.7, 1.4))
    shape = shapely.Point(np.asarray(centre) + 0.5)
    _paint(rng, image, shape, Kind.GUARD_POST, _covered(usual, contrast**0.5), light, gsd_m)
    return float(usual.width_m)
