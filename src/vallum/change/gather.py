"""Everything the detector reads off the pixels of a pair, before it draws any line."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vallum.change import evidence, fuse, network, zscores
from vallum.change.found import Settings

_MULTIPLE = 16

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """What both parts say of a pair of dates, at half the resolution.

    Attributes:
        layers: evidence for lines: new (or stronger than before), gone.
        logits: (10, y / 2, x / 2) float32 of the network.
        inputs: (4, y, x) int8 local z-scores x 6: brightness of both dates, redness of both.
        bright: (y / 2, x / 2) float32 brightness of both dates.
        solid: (y / 2, x / 2) bool, True = usable in both, away from what is not.
    """

    layers: list[fuse.Layer]
    logits: Floats
    inputs: NDArray[np.int8]
    bright: tuple[Floats, Floats]
    solid: Bools


def gather(
    before: NDArray[np.generic],
    after: NDArray[np.generic],
    clear: Bools,
    gsd_m: float,
    settings: Settings,
) -> Evidence:
    """Return the evidence of both parts; sides must be multiples of 16 pixels (`padded`)."""
    bright = zscores.brightness(before), zscores.brightness(after)
    red = zscores.redness(before), zscores.redness(after)
    inputs = zscores.standardised([*bright, *red], clear)
    logits = network.logits_of(inputs, clear)
    new, gone = evidence.ridges(
        inputs[0],
        inputs[1],
        clear,
        octaves=evidence.n_octaves(gsd_m, settings.widest_m),
        tolerance_px=settings.tolerance_px,
    )
    whole = cv2.resize(
        clear.astype(np.uint8) * 255, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA
    )
    solid = cv2.erode(whole, np.ones((7, 7), np.uint8), borderValue=0) == 255
    return Evidence(
        layers=fuse.layers(new, gone, logits, solid),
        logits=logits,
        inputs=inputs,
        bright=(zscores.halved(bright[0]), zscores.halved(bright[1])),
        solid=solid,
    )


def padded(
    before: NDArray[np.generic], after: NDArray[np.generic], clear: Bools
) -> tuple[NDArray[np.generic], NDArray[np.generic], Bools]:
    """Return the three grown to the right and down to multiples of 16 pixels, unusable there."""
    down, right = (-side % _MULTIPLE for side in clear.shape)
    if not (down or right):
        return before, after, clear
    grown = [np.pad(image, ((0, 0), (0, down), (0, right)), "edge") for image in (before, after)]
    return grown[0], grown[1], np.pad(clear, ((0, down), (0, right)))
